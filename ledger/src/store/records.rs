//! Rows as they come from the database, and how they become what the ledger works with.

use std::collections::HashMap;

use sqlx::FromRow;
use uuid::Uuid;

use super::StoreError;
use super::settling::terms;
use super::views::StatementLine;
use crate::accounts::{Account, AccountKind};
use crate::clock::Timestamp;
use crate::community::{DraftState, PolicyDraft};
use crate::ids::{
    ActorId, AwardId, BudgetId, CommandId, DeedId, DraftId, MemberId, RedemptionId, StoreId,
};
use crate::journal::{PostedEntry, PostedTransfer, TransferKind};
use crate::lots::Lot;
use crate::machine::{Award, AwardState, Reason, Redemption, RedemptionState};
use crate::points::Points;

/// A row of `awards`.
#[derive(Debug, FromRow)]
pub struct AwardRow {
    award_id: Uuid,
    member_id: Uuid,
    budget_id: Uuid,
    deed_id: Uuid,
    deed: String,
    policy: String,
    digest: String,
    rule: String,
    points: i64,
    trace: String,
    counted: String,
    expires_at: Option<i64>,
    terms: String,
    state: String,
    submitted_by: Uuid,
    submitted_at: i64,
    approvals: Option<String>,
    notice_until: Option<i64>,
    objection: Option<String>,
    decided_by: Option<Uuid>,
    decided_at: Option<i64>,
    reason: Option<String>,
}

impl AwardRow {
    /// Its key, which can be read even if the rest cannot.
    pub const fn id(&self) -> Uuid {
        self.award_id
    }
}

impl TryFrom<AwardRow> for Award {
    type Error = StoreError;

    fn try_from(row: AwardRow) -> Result<Self, StoreError> {
        let id = row.award_id;
        let corrupt = |column, problem: &dyn ToString| {
            StoreError::corrupt("awards", column, id, problem.to_string())
        };
        let reason = match &row.reason {
            None => None,
            Some(name) => Some(
                Reason::from_name(name)
                    .ok_or_else(|| corrupt("reason", &row.reason.as_deref().unwrap_or("")))?,
            ),
        };
        Ok(Self {
            id: AwardId(id),
            member: MemberId(row.member_id),
            budget: BudgetId(row.budget_id),
            deed_id: DeedId(row.deed_id),
            deed: serde_json::from_str(&row.deed).map_err(|e| corrupt("deed", &e))?,
            policy: row.policy,
            digest: row.digest,
            rule: row.rule,
            points: Points::from_hundredths(row.points),
            trace: serde_json::from_str(&row.trace).map_err(|e| corrupt("trace", &e))?,
            counted: serde_json::from_str(&row.counted).map_err(|e| corrupt("counted", &e))?,
            expires_at: row.expires_at.map(Timestamp::from_micros),
            terms: serde_json::from_str(&row.terms).map_err(|e| corrupt("terms", &e))?,
            state: AwardState::from_name(&row.state).ok_or_else(|| corrupt("state", &row.state))?,
            submitted_by: ActorId(row.submitted_by),
            submitted_at: Timestamp::from_micros(row.submitted_at),
            approvals: match &row.approvals {
                None => Vec::new(),
                Some(text) => serde_json::from_str(text).map_err(|e| corrupt("approvals", &e))?,
            },
            notice_until: row.notice_until.map(Timestamp::from_micros),
            objection: match &row.objection {
                None => None,
                Some(text) => serde_json::from_str(text).map_err(|e| corrupt("objection", &e))?,
            },
            decided_by: row.decided_by.map(ActorId),
            decided_at: row.decided_at.map(Timestamp::from_micros),
            reason,
        })
    }
}

/// A row of `policy_drafts`.
#[derive(Debug, FromRow)]
pub struct DraftRow {
    draft_id: Uuid,
    name: String,
    digest: String,
    source: String,
    state: String,
    imported_by: Uuid,
    imported_at: i64,
    simulated: Option<String>,
    approved_by: Option<Uuid>,
    approved_at: Option<i64>,
    effective_from: Option<i64>,
}

impl TryFrom<DraftRow> for PolicyDraft {
    type Error = StoreError;

    fn try_from(row: DraftRow) -> Result<Self, StoreError> {
        let id = row.draft_id;
        let corrupt = |column, problem: &dyn ToString| {
            StoreError::corrupt("policy_drafts", column, id, problem.to_string())
        };
        Ok(Self {
            id: DraftId(id),
            name: row.name,
            digest: row.digest,
            source: row.source,
            state: DraftState::from_name(&row.state).ok_or_else(|| corrupt("state", &row.state))?,
            imported_by: ActorId(row.imported_by),
            imported_at: Timestamp::from_micros(row.imported_at),
            simulated: match &row.simulated {
                None => None,
                Some(text) => serde_json::from_str(text).map_err(|e| corrupt("simulated", &e))?,
            },
            approved_by: row.approved_by.map(ActorId),
            approved_at: row.approved_at.map(Timestamp::from_micros),
            effective_from: row.effective_from.map(Timestamp::from_micros),
        })
    }
}

/// A row of `lots`.
#[derive(Debug, FromRow)]
pub struct LotRow {
    member_id: Uuid,
    lot_id: Uuid,
    budget_id: Uuid,
    opened: i64,
    remaining: i64,
    expired: i64,
    owed: i64,
    reversed: i64,
    expires_at: Option<i64>,
    to_budget: i64,
    grace_seconds: i64,
    notice_days: Option<i64>,
}

impl From<LotRow> for Lot {
    fn from(row: LotRow) -> Self {
        Self {
            id: AwardId(row.lot_id),
            member: MemberId(row.member_id),
            budget: BudgetId(row.budget_id),
            opened: Points::from_hundredths(row.opened),
            remaining: Points::from_hundredths(row.remaining),
            expired: Points::from_hundredths(row.expired),
            owed: Points::from_hundredths(row.owed),
            reversed: row.reversed != 0,
            expires_at: row.expires_at.map(Timestamp::from_micros),
            to_budget: row.to_budget != 0,
            grace_seconds: row.grace_seconds,
            notice_days: row.notice_days,
        }
    }
}

/// A row of `redemptions`.
#[derive(Debug, FromRow)]
pub struct RedemptionRow {
    redemption_id: Uuid,
    member_id: Uuid,
    store_id: Uuid,
    state: String,
    authorised: i64,
    captured: i64,
    refunded: i64,
    authorised_at: i64,
    hold_expires_at: i64,
    terms: Option<String>,
}

impl RedemptionRow {
    /// Its key, which can be read even if the rest cannot.
    pub const fn id(&self) -> Uuid {
        self.redemption_id
    }

    /// What orders redemptions in which offers were taken up, besides the offer: the member and when.
    pub const fn taker(&self) -> (Uuid, i64) {
        (self.member_id, self.authorised_at)
    }
}

/// A row of `redemptions` in which an offer was taken up.
#[derive(Debug, FromRow)]
pub struct AgreedRow {
    /// Which.
    pub offer_id: Uuid,
    /// The rest of it.
    #[sqlx(flatten)]
    pub redemption: RedemptionRow,
}

impl TryFrom<RedemptionRow> for Redemption {
    type Error = StoreError;

    fn try_from(row: RedemptionRow) -> Result<Self, StoreError> {
        let id = row.redemption_id;
        Ok(Self {
            id: RedemptionId(id),
            member: MemberId(row.member_id),
            store: StoreId(row.store_id),
            state: RedemptionState::from_name(&row.state)
                .ok_or_else(|| StoreError::corrupt("redemptions", "state", id, &row.state))?,
            authorised: Points::from_hundredths(row.authorised),
            captured: Points::from_hundredths(row.captured),
            refunded: Points::from_hundredths(row.refunded),
            authorised_at: Timestamp::from_micros(row.authorised_at),
            hold_expires_at: Timestamp::from_micros(row.hold_expires_at),
            terms: terms(id, row.terms.as_deref())?,
        })
    }
}

/// A line of an account: version, transfer, kind, subject, occurred_at, recorded_at, amount, balance_after.
pub type LineRow = (i64, Uuid, String, Uuid, i64, i64, i64, i64);

/// A line of an account's statement.
pub fn line(row: LineRow) -> Result<StatementLine, StoreError> {
    let (version, transfer, kind, subject, occurred_at, recorded_at, amount, balance_after) = row;
    Ok(StatementLine {
        version,
        transfer: CommandId(transfer),
        kind: TransferKind::from_name(&kind)
            .ok_or_else(|| StoreError::corrupt("transfers", "kind", transfer, &kind))?,
        subject,
        occurred_at: Timestamp::from_micros(occurred_at),
        recorded_at: Timestamp::from_micros(recorded_at),
        amount: Points::from_hundredths(amount),
        balance_after: Points::from_hundredths(balance_after),
    })
}

/// A row of `transfers`: id, kind, subject, actor, occurred_at, recorded_at.
pub type TransferRow = (Uuid, String, Uuid, Uuid, i64, i64);
/// A row of `entries`: transfer, owner, kind, version, amount, balance_after.
pub type EntryRow = (Uuid, Uuid, i64, i64, i64, i64);

/// Transfers with their entries, in the order of the transfers.
pub fn posted(
    transfers: Vec<TransferRow>,
    entries: Vec<EntryRow>,
) -> Result<Vec<PostedTransfer>, StoreError> {
    let mut of: HashMap<Uuid, Vec<PostedEntry>> = HashMap::with_capacity(transfers.len());
    for (transfer, owner, kind, version, amount, balance_after) in entries {
        of.entry(transfer).or_default().push(PostedEntry {
            account: account(owner, kind)?,
            version,
            amount: Points::from_hundredths(amount),
            balance_after: Points::from_hundredths(balance_after),
        });
    }
    transfers
        .into_iter()
        .map(|(id, kind, subject, actor, occurred_at, recorded_at)| {
            let kind = TransferKind::from_name(&kind)
                .ok_or_else(|| StoreError::corrupt("transfers", "kind", id, &kind))?;
            Ok(PostedTransfer {
                id: CommandId(id),
                kind,
                subject,
                actor: ActorId(actor),
                occurred_at: Timestamp::from_micros(occurred_at),
                recorded_at: Timestamp::from_micros(recorded_at),
                entries: of.remove(&id).unwrap_or_default(),
            })
        })
        .collect()
}

/// An account from its columns.
pub fn account(owner: Uuid, kind: i64) -> Result<Account, StoreError> {
    AccountKind::from_number(kind)
        .map(|kind| Account::of(kind, owner))
        .ok_or_else(|| {
            StoreError::corrupt("accounts", "kind", owner, format!("unknown kind {kind}"))
        })
}
