//! Queries of the books: balances, accounts, statements, transfers. Compiled once for each database: `super` names the types and binds.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use uuid::Uuid;

use super::Store;
use super::run::fetch_rows;
use crate::accounts::{Account, AccountKind};
use crate::clock::Timestamp;
use crate::ids::{CommandId, MemberId, ProgramId};
use crate::journal::{PostedTransfer, TransferKind};
use crate::points::Points;
use crate::store::columns::Column;
use crate::store::records::{LineRow, TransferRow, account, line, posted};
use crate::store::views::{
    AccountView, AsOf, Expiring, MemberBalance, OccurredFilter, StatementFilter, StatementLine,
};
use crate::store::{StoreError, query_text as text};

impl Store {
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
        let values = [
            account.owner.into(),
            account.kind.number().into(),
            filter.before.unwrap_or(i64::MAX).into(),
            filter.kind.map_or("", TransferKind::name).into(),
            filter.from.map_or(i64::MIN, Timestamp::as_micros).into(),
            filter.until.map_or(i64::MAX, Timestamp::as_micros).into(),
            filter.limit.into(),
        ];
        let rows: Vec<LineRow> = self.query(program, &text::STATEMENT, values).await?;
        rows.into_iter().map(line).collect()
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

    /// What a member held at a moment; nothing before the first entry, `None` for an unknown member.
    pub async fn balance_as_of(
        &self,
        program: ProgramId,
        member: MemberId,
        at: Timestamp,
        by: AsOf,
    ) -> Result<Option<MemberBalance>, StoreError> {
        let accounts = self.owned_as_of(program, member.0, 0..=i64::MAX, at, by);
        let accounts = accounts.await?;
        let held = |kind| {
            let of = accounts.iter().find(|view| view.account.kind == kind);
            of.map_or(Points::ZERO, |view| view.balance)
        };
        let corrupt = |error| StoreError::corrupt("entries", "balance_after", member, error);
        let balance = MemberBalance {
            member,
            available: held(AccountKind::Wallet),
            held: held(AccountKind::Hold),
            pending: held(AccountKind::Pending),
            debt: held(AccountKind::Debt).negated().map_err(corrupt)?,
            expiring: Vec::new(),
            as_of: at,
        };
        let known = accounts
            .iter()
            .any(|view| view.account.kind == AccountKind::Wallet);
        Ok(known.then_some(balance))
    }

    /// One account at a moment; empty before its first entry.
    pub async fn account_as_of(
        &self,
        program: ProgramId,
        account: Account,
        at: Timestamp,
        by: AsOf,
    ) -> Result<Option<AccountView>, StoreError> {
        let kind = account.kind.number();
        let accounts = self.owned_as_of(program, account.owner, kind..=kind, at, by);
        Ok(accounts.await?.into_iter().next())
    }

    /// The accounts of an owner, of these kinds, at a moment.
    async fn owned_as_of(
        &self,
        program: ProgramId,
        owner: Uuid,
        kinds: RangeInclusive<i64>,
        at: Timestamp,
        by: AsOf,
    ) -> Result<Vec<AccountView>, StoreError> {
        let statement = match by {
            AsOf::Recorded => &text::BALANCES_RECORDED,
            AsOf::Occurred => &text::BALANCES_OCCURRED,
        };
        let values = [
            owner.into(),
            (*kinds.start()).into(),
            (*kinds.end()).into(),
            at.as_micros().into(),
        ];
        let rows: Vec<(i64, i64, i64)> = self.query(program, statement, values).await?;
        rows.into_iter()
            .map(|(kind, balance, version)| account_view((owner, kind, balance, version)))
            .collect()
    }

    /// Lines of an account, the last that happened first, each with the balance in that order.
    pub async fn statement_by_occurrence(
        &self,
        program: ProgramId,
        account: Account,
        filter: &OccurredFilter,
    ) -> Result<Vec<StatementLine>, StoreError> {
        let (moment, version) = filter.before.map_or((i64::MAX, i64::MAX), |(at, version)| {
            (at.as_micros(), version)
        });
        let values = [
            account.owner.into(),
            account.kind.number().into(),
            filter.known.into(),
            // A balance depends on nothing that happened after its line.
            filter.at.as_micros().min(moment).into(),
            moment.into(),
            version.into(),
            filter.kind.map_or("", TransferKind::name).into(),
            filter.from.map_or(i64::MIN, Timestamp::as_micros).into(),
            filter.until.map_or(i64::MAX, Timestamp::as_micros).into(),
            filter.limit.into(),
        ];
        let rows: Vec<LineRow> = self
            .query(program, &text::STATEMENT_OCCURRED, values)
            .await?;
        rows.into_iter().map(line).collect()
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
        let mut reader = self.reader().acquire().await?;
        let entries = fetch_rows(&mut reader, &text::ENTRIES_OF, program.0, &ids).await?;
        posted(rows, entries)
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
