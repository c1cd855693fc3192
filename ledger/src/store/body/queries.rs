//! Queries. This file is compiled once for each database: `super` names the types and binds.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::{Pool, Row, Store, bind, fetch};
use crate::accounts::{Account, AccountKind};
use crate::clock::Timestamp;
use crate::community::{PolicyVersion, Program, Role};
use crate::ids::{AwardId, BudgetId, CommandId, MemberId, ProgramId, RedemptionId};
use crate::journal::{PostedTransfer, TransferKind};
use crate::lots::Taking;
use crate::machine::{Award, Redemption};
use crate::points::Points;
use crate::store::columns::Column;
use crate::store::records::{AwardRow, EntryRow, RedemptionRow, TransferRow, account, posted};
use crate::store::statement::Statement;
use crate::store::value::Value;
use crate::store::views::{
    AccountView, AwardFilter, BudgetView, Expiring, KeyHolder, MemberBalance, Named,
    RedemptionFilter, Register, StatementFilter, StatementLine,
};
use crate::store::{Claimed, StoreError, query_text as text};

type NamedRow = (Uuid, String, Option<Uuid>, String);

impl Store {
    async fn query<T: Row>(
        &self,
        program: ProgramId,
        statement: &'static Statement,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>, StoreError> {
        let values: Vec<Value> = values.into_iter().collect();
        fetch(self.reader(), statement, program.0, &values).await
    }

    /// Every programme.
    pub async fn programs(&self) -> Result<Vec<Program>, StoreError> {
        type Row = (Uuid, String, String, String);
        let rows: Vec<Row> = self
            .query(ProgramId(Uuid::nil()), &text::PROGRAMS, [])
            .await?;
        Ok(rows
            .into_iter()
            .map(|(id, code, name, zone)| Program {
                id: ProgramId(id),
                code,
                name,
                zone,
            })
            .collect())
    }

    /// The holder of the API key whose secret has this hash.
    pub async fn key_holder(
        &self,
        program: ProgramId,
        hash: &str,
    ) -> Result<Option<KeyHolder>, StoreError> {
        type Row = (Uuid, String, Option<Uuid>, Option<Uuid>);
        let rows: Vec<Row> = self.query(program, &text::API_KEY, [hash.into()]).await?;
        let Some((key, role, subject, member)) = rows.into_iter().next() else {
            return Ok(None);
        };
        let role = Role::from_name(&role)
            .ok_or_else(|| StoreError::corrupt("api_keys", "role", key, role))?;
        let staff_member = member.map(MemberId);
        Ok(Some(KeyHolder {
            key,
            role,
            subject,
            staff_member,
        }))
    }

    /// What became of a claimed key.
    pub async fn claimed(
        &self,
        program: ProgramId,
        claim: Uuid,
    ) -> Result<Option<Claimed>, StoreError> {
        type Row = (Uuid, Uuid, Option<String>, Option<String>);
        let rows: Vec<Row> = self.query(program, &text::CLAIM_OF, [claim.into()]).await?;
        rows.into_iter()
            .next()
            .map(|(id, body, rejection, receipt)| Claimed::read(id, body, rejection, receipt))
            .transpose()
    }

    /// A page of records after an id, in order of id.
    pub async fn register(
        &self,
        program: ProgramId,
        register: Register,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<Named>, StoreError> {
        let statement = match register {
            Register::Members => &text::MEMBERS,
            Register::Staff => &text::STAFF,
            Register::Merchants => &text::MERCHANTS,
            Register::Stores => &text::STORES,
            Register::Sites => &text::SITES,
            Register::Organizations => &text::ORGANIZATIONS,
        };
        let rows: Vec<NamedRow> = self
            .query(program, statement, [after.into(), limit.into()])
            .await?;
        Ok(rows.into_iter().map(named).collect())
    }

    /// One member, staff member or store.
    pub async fn registered(
        &self,
        program: ProgramId,
        register: Register,
        id: Uuid,
    ) -> Result<Option<Named>, StoreError> {
        let statement = match register {
            Register::Members => &text::MEMBER,
            Register::Staff => &text::STAFF_PERSON,
            Register::Stores => &text::STORE,
            Register::Merchants | Register::Sites | Register::Organizations => return Ok(None),
        };
        let rows: Vec<NamedRow> = self.query(program, statement, [id.into()]).await?;
        Ok(rows.into_iter().next().map(named))
    }

    /// A member's balance at `now`; `None` for an unknown member.
    pub async fn balance(
        &self,
        program: ProgramId,
        member: MemberId,
        now: Timestamp,
    ) -> Result<Option<MemberBalance>, StoreError> {
        let rows: Vec<(i64, i64, Option<i64>)> = self
            .query(program, &text::BALANCE, [member.0.into()])
            .await?;
        let mut balance = MemberBalance {
            member,
            available: Points::ZERO,
            held: Points::ZERO,
            pending: Points::ZERO,
            debt: Points::ZERO,
            expiring: Vec::new(),
            as_of: now,
        };
        let corrupt = |error| StoreError::corrupt("lots", "remaining", member, error);
        let mut expiring = BTreeMap::<Timestamp, Points>::new();
        let mut known = false;
        for (kind, amount, expires_at) in rows {
            let points = Points::from_hundredths(amount);
            match AccountKind::from_number(kind) {
                Some(AccountKind::Wallet) => known = true,
                Some(AccountKind::Hold) => balance.held = points,
                Some(AccountKind::Pending) => balance.pending = points,
                Some(AccountKind::Debt) => balance.debt = points.negated().map_err(corrupt)?,
                Some(_) => {}
                None => {
                    let expires_at = expires_at.map(Timestamp::from_micros);
                    if expires_at.is_some_and(|at| at <= now) {
                        continue;
                    }
                    balance.available = balance.available.plus(points).map_err(corrupt)?;
                    if let Some(at) = expires_at {
                        let sum = expiring.entry(at).or_default();
                        *sum = sum.plus(points).map_err(corrupt)?;
                    }
                }
            }
        }
        balance.expiring = expiring
            .into_iter()
            .map(|(at, points)| Expiring { at, points })
            .collect();
        Ok(known.then_some(balance))
    }

    /// Lines of an account, newest first.
    pub async fn statement(
        &self,
        program: ProgramId,
        account: Account,
        filter: &StatementFilter,
    ) -> Result<Vec<StatementLine>, StoreError> {
        type Row = (i64, Uuid, String, Uuid, i64, i64, i64, i64);
        let values = [
            account.owner.into(),
            account.kind.number().into(),
            filter.before.unwrap_or(i64::MAX).into(),
            filter.kind.map_or("", TransferKind::name).into(),
            filter.from.map_or(i64::MIN, Timestamp::as_micros).into(),
            filter.until.map_or(i64::MAX, Timestamp::as_micros).into(),
            filter.limit.into(),
        ];
        let rows: Vec<Row> = self.query(program, &text::STATEMENT, values).await?;
        rows.into_iter()
            .map(
                |(
                    version,
                    transfer,
                    kind,
                    subject,
                    occurred_at,
                    recorded_at,
                    amount,
                    balance_after,
                )| {
                    Ok(StatementLine {
                        version,
                        transfer: CommandId(transfer),
                        kind: transfer_kind(transfer, &kind)?,
                        subject,
                        occurred_at: Timestamp::from_micros(occurred_at),
                        recorded_at: Timestamp::from_micros(recorded_at),
                        amount: Points::from_hundredths(amount),
                        balance_after: Points::from_hundredths(balance_after),
                    })
                },
            )
            .collect()
    }

    /// One account.
    pub async fn account(
        &self,
        program: ProgramId,
        account: Account,
    ) -> Result<Option<AccountView>, StoreError> {
        let values = [account.owner.into(), account.kind.number().into()];
        let rows: Vec<(Uuid, i64, i64, i64)> = self.query(program, &text::ACCOUNT, values).await?;
        rows.into_iter().next().map(account_view).transpose()
    }

    /// A page of accounts after one, in order of owner and kind.
    pub async fn accounts(
        &self,
        program: ProgramId,
        after: Option<Account>,
        limit: i64,
    ) -> Result<Vec<AccountView>, StoreError> {
        let (owner, kind) = after.map_or((Uuid::nil(), 0), |a| (a.owner, a.kind.number()));
        let values = [owner.into(), kind.into(), limit.into()];
        let rows: Vec<(Uuid, i64, i64, i64)> =
            self.query(program, &text::ACCOUNTS_PAGE, values).await?;
        rows.into_iter().map(account_view).collect()
    }

    /// One transfer with its entries.
    pub async fn transfer(
        &self,
        program: ProgramId,
        id: CommandId,
    ) -> Result<Option<PostedTransfer>, StoreError> {
        let rows: Vec<TransferRow> = self.query(program, &text::TRANSFER, [id.0.into()]).await?;
        Ok(self.with_entries(program, rows).await?.into_iter().next())
    }

    /// A page of transfers before one, newest first.
    pub async fn transfers_before(
        &self,
        program: ProgramId,
        before: Option<CommandId>,
        limit: i64,
    ) -> Result<Vec<PostedTransfer>, StoreError> {
        let before = before.map_or(Uuid::max(), |id| id.0);
        let values = [before.into(), limit.into()];
        let rows: Vec<TransferRow> = self.query(program, &text::TRANSFERS_BEFORE, values).await?;
        self.with_entries(program, rows).await
    }

    /// A page of transfers after one, oldest first.
    pub async fn transfers_after(
        &self,
        program: ProgramId,
        after: Option<CommandId>,
        limit: i64,
    ) -> Result<Vec<PostedTransfer>, StoreError> {
        let after = after.map_or(Uuid::nil(), |id| id.0);
        let values = [after.into(), limit.into()];
        let rows: Vec<TransferRow> = self.query(program, &text::TRANSFERS_AFTER, values).await?;
        self.with_entries(program, rows).await
    }

    async fn with_entries(
        &self,
        program: ProgramId,
        rows: Vec<TransferRow>,
    ) -> Result<Vec<PostedTransfer>, StoreError> {
        let ids = [Column::uuids(rows.iter().map(|row| row.0))];
        let entries = entry_rows(self.reader(), program, &ids).await?;
        posted(rows, entries)
    }

    /// One award.
    pub async fn award(
        &self,
        program: ProgramId,
        id: AwardId,
    ) -> Result<Option<Award>, StoreError> {
        let rows: Vec<AwardRow> = self.query(program, &text::AWARD, [id.0.into()]).await?;
        rows.into_iter().next().map(Award::try_from).transpose()
    }

    /// A page of awards, newest first.
    pub async fn awards(
        &self,
        program: ProgramId,
        filter: &AwardFilter,
    ) -> Result<Vec<Award>, StoreError> {
        use crate::machine::AwardState;
        let before: Value = filter.before.map_or(Uuid::max(), |id| id.0).into();
        let state: Value = filter.state.map_or("", AwardState::name).into();
        let limit: Value = filter.limit.into();
        let rows: Vec<AwardRow> = match (filter.member, filter.state) {
            (Some(member), None) => {
                let values = [before, member.0.into(), limit];
                self.query(program, &text::AWARDS_OF_MEMBER, values).await?
            }
            (Some(member), Some(_)) => {
                let values = [before, member.0.into(), state, limit];
                self.query(program, &text::AWARDS_OF_MEMBER_IN, values)
                    .await?
            }
            (None, Some(AwardState::Submitted)) => {
                self.query(program, &text::AWARDS_WAITING, [before, limit])
                    .await?
            }
            (None, _) => {
                self.query(program, &text::AWARDS_PAGE, [before, state, limit])
                    .await?
            }
        };
        rows.into_iter().map(Award::try_from).collect()
    }

    /// One redemption.
    pub async fn redemption(
        &self,
        program: ProgramId,
        id: RedemptionId,
    ) -> Result<Option<Redemption>, StoreError> {
        let rows: Vec<RedemptionRow> = self
            .query(program, &text::REDEMPTION, [id.0.into()])
            .await?;
        rows.into_iter()
            .next()
            .map(Redemption::try_from)
            .transpose()
    }

    /// Which lots a redemption took, in the order taken.
    pub async fn takings(
        &self,
        program: ProgramId,
        id: RedemptionId,
    ) -> Result<Vec<Taking>, StoreError> {
        let rows: Vec<(Uuid, i64, Uuid, i64, i64)> = self
            .query(program, &text::TAKINGS_OF, [id.0.into()])
            .await?;
        Ok(rows
            .into_iter()
            .map(|(redemption, position, lot, taken, returned)| Taking {
                redemption: RedemptionId(redemption),
                position,
                lot: AwardId(lot),
                taken: Points::from_hundredths(taken),
                returned: Points::from_hundredths(returned),
            })
            .collect())
    }

    /// A page of a store's redemptions, newest first.
    pub async fn redemptions_of_store(
        &self,
        program: ProgramId,
        store: Uuid,
        filter: &RedemptionFilter,
    ) -> Result<Vec<Redemption>, StoreError> {
        let before = filter.before.map_or(Uuid::max(), |id| id.0);
        let values = [store.into(), before.into(), filter.limit.into()];
        let rows: Vec<RedemptionRow> = self
            .query(program, &text::REDEMPTIONS_OF_STORE, values)
            .await?;
        rows.into_iter().map(Redemption::try_from).collect()
    }

    /// Every budget with what it holds.
    pub async fn budgets(&self, program: ProgramId) -> Result<Vec<BudgetView>, StoreError> {
        let rows: Vec<(Uuid, String, String, i64, i64)> =
            self.query(program, &text::BUDGETS, []).await?;
        Ok(rows
            .into_iter()
            .map(|(id, code, name, balance, recoverable)| BudgetView {
                id: BudgetId(id),
                code,
                name,
                balance: Points::from_hundredths(balance),
                recoverable: Points::from_hundredths(recoverable),
            })
            .collect())
    }

    /// Every version of every policy, by name and then by when it takes effect.
    pub async fn policies(&self, program: ProgramId) -> Result<Vec<PolicyVersion>, StoreError> {
        let rows: Vec<(String, i64, String, String)> =
            self.query(program, &text::POLICY_VERSIONS, []).await?;
        Ok(rows
            .into_iter()
            .map(|(name, from, digest, source)| PolicyVersion {
                name,
                digest,
                source,
                effective_from: Some(Timestamp::from_micros(from)),
            })
            .collect())
    }

    /// Holds whose time has run out.
    pub async fn due_holds(
        &self,
        program: ProgramId,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<RedemptionId>, StoreError> {
        let values = [now.as_micros().into(), limit.into()];
        let rows: Vec<(Uuid,)> = self.query(program, &text::DUE_HOLDS, values).await?;
        Ok(rows.into_iter().map(|(id,)| RedemptionId(id)).collect())
    }

    /// Members with lots whose time has run out, and when the first of them did.
    pub async fn due_lots(
        &self,
        program: ProgramId,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<(MemberId, Timestamp)>, StoreError> {
        let values = [now.as_micros().into(), limit.into()];
        let rows: Vec<(Uuid, i64)> = self.query(program, &text::DUE_LOTS, values).await?;
        Ok(rows
            .into_iter()
            .map(|(member, at)| (MemberId(member), Timestamp::from_micros(at)))
            .collect())
    }
}

async fn entry_rows(
    pool: &Pool,
    program: ProgramId,
    ids: &[Column],
) -> Result<Vec<EntryRow>, StoreError> {
    let arguments = bind(program.0, ids)?;
    let query = sqlx::query_as_with::<_, EntryRow, _>(super::sql(&text::ENTRIES_OF), arguments);
    Ok(query.fetch_all(pool).await?)
}

fn named((id, name, belongs_to, detail): NamedRow) -> Named {
    Named {
        id,
        name,
        belongs_to,
        detail,
    }
}

fn account_view(
    (owner, kind, balance, version): (Uuid, i64, i64, i64),
) -> Result<AccountView, StoreError> {
    Ok(AccountView {
        account: account(owner, kind)?,
        balance: Points::from_hundredths(balance),
        version,
    })
}

fn transfer_kind(id: Uuid, name: &str) -> Result<TransferKind, StoreError> {
    TransferKind::from_name(name).ok_or_else(|| StoreError::corrupt("transfers", "kind", id, name))
}
