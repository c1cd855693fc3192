//! One programme as of one moment, for whoever must read much of it. This file is compiled once for each database.

use std::collections::HashMap;

use uuid::Uuid;

use super::run::{fetch, fetch_rows};
use super::{Row, SNAPSHOT, Store, Transaction, Tx, read_whole_tables};
use crate::accounts::{Account, AccountKind};
use crate::clock::Timestamp;
use crate::community::PolicyVersion;
use crate::community::team::TeamDeed;
use crate::ids::{AwardId, BudgetId, CommandId, MemberId, ProgramId};
use crate::journal::{PostedTransfer, TransferKind};
use crate::machine::{Award, CounterKey};
use crate::points::Points;
use crate::simulation::BudgetEntry;
use crate::store::audit::{Audited, AwardTime, Kind, LotTerms, Misfit, OrderCounts, TeamAward};
use crate::store::columns::Column;
use crate::store::orders::order;
use crate::store::records::{AwardRow, EntryRow, TransferRow, account, posted};
use crate::store::statement::Statement;
use crate::store::value::Value;
use crate::store::views::AccountView;
use crate::store::{StoreError, audit_text as text, query_text, settling_text, text as write_text};

/// A read transaction: everything it answers is of one moment, whatever is written meanwhile.
pub struct Snapshot {
    transaction: Transaction<'static>,
    program: ProgramId,
}

impl Store {
    /// A programme as it is now.
    pub async fn snapshot(&self, program: ProgramId) -> Result<Snapshot, StoreError> {
        Ok(Snapshot {
            transaction: self.reader().begin_with(SNAPSHOT).await?,
            program,
        })
    }

    /// A transaction that loads as a batch's does, of one moment. The database lets it lock and write nothing.
    pub async fn reading(&self, program: ProgramId) -> Result<Tx<'static>, StoreError> {
        Ok(Tx {
            transaction: self.reader().begin_with(SNAPSHOT).await?,
            program,
            locks: false,
            watched: false,
        })
    }
}

impl Snapshot {
    pub(super) async fn fetch<T: Row>(
        &mut self,
        statement: &'static Statement,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<Vec<T>, StoreError> {
        let values: Vec<Value> = values.into_iter().collect();
        fetch(&mut *self.transaction, statement, self.program.0, &values).await
    }

    /// The first row that a check does not pass.
    pub async fn misfit(
        &mut self,
        statement: &'static Statement,
    ) -> Result<Option<Misfit>, StoreError> {
        read_whole_tables(&mut self.transaction, true).await?;
        let rows: Vec<(Uuid, i64, i64, String, String)> = self.fetch(statement, []).await?;
        read_whole_tables(&mut self.transaction, false).await?;
        let row = rows.into_iter().next();
        Ok(row.map(|(id, number, version, expected, found)| Misfit {
            id,
            number,
            version,
            expected,
            found,
        }))
    }

    /// A page of what counts for teams, after one.
    pub async fn team_awards_after(
        &mut self,
        after: Option<&TeamAward>,
        limit: i64,
    ) -> Result<Vec<TeamAward>, StoreError> {
        type TeamAwardRow = (String, i64, Uuid, String, i64, i64, Option<String>);
        let (code, at, award) = match after {
            Some(TeamAward { counted, award, .. }) => {
                (&*counted.code, counted.occurred_at.as_micros(), award.0)
            }
            None => ("", i64::MIN, Uuid::nil()),
        };
        let values = [code.into(), at.into(), award.into(), limit.into()];
        let rows: Vec<TeamAwardRow> = self.fetch(&text::TEAM_AWARDS_AFTER, values).await?;
        let read = |(code, at, award, reference, minutes, people, deed): TeamAwardRow| TeamAward {
            award: AwardId(award),
            counted: TeamDeed {
                code,
                occurred_at: Timestamp::from_micros(at),
                reference,
                minutes,
                people,
            },
            deed: deed
                .map(|deed| serde_json::from_str(&deed))
                .transpose()
                .map_err(|error| StoreError::corrupt("awards", "deed", award, error)),
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// A page of orders after an id; begin with the nil id.
    pub async fn order_counts_after(
        &mut self,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<OrderCounts>, StoreError> {
        let values = [after.into(), limit.into()];
        let rows: Vec<(Uuid, String, String, i64, i64, i64)> =
            self.fetch(&text::ORDER_COUNTS_AFTER, values).await?;
        let read = |(id, body, state, promised, begun, done)| OrderCounts {
            id,
            order: order((id, body)),
            state,
            parts: [promised, begun, done],
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// How many rows.
    pub async fn count(&mut self, statement: &'static Statement) -> Result<u64, StoreError> {
        let rows: Vec<(i64,)> = self.fetch(statement, []).await?;
        let count = rows.first().map_or(0, |(count,)| *count);
        Ok(u64::try_from(count).unwrap_or(0))
    }

    /// The chart of accounts as the database holds it.
    pub async fn kinds(&mut self) -> Result<Vec<Kind>, StoreError> {
        let rows: Vec<(i64, String, String, i64)> = self.fetch(&text::KINDS, []).await?;
        Ok(rows
            .into_iter()
            .map(|(number, code, commodity, negative)| Kind {
                number,
                code,
                commodity,
                may_be_negative: negative != 0,
            })
            .collect())
    }

    /// Every version of every policy.
    pub async fn policies(&mut self) -> Result<Vec<PolicyVersion>, StoreError> {
        let rows: Vec<(String, i64, String, String)> =
            self.fetch(&query_text::POLICY_VERSIONS, []).await?;
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

    /// Every member merged into another, and into whom.
    pub async fn merged(&mut self) -> Result<Vec<(MemberId, MemberId)>, StoreError> {
        let rows: Vec<(Uuid, Uuid)> = self.fetch(&settling_text::MERGED, []).await?;
        let pairs = rows
            .into_iter()
            .map(|(from, into)| (MemberId(from), MemberId(into)));
        Ok(pairs.collect())
    }

    /// Whose wallets paid for these redemptions.
    pub async fn payers(
        &mut self,
        redemptions: &[Uuid],
    ) -> Result<HashMap<Uuid, Uuid>, StoreError> {
        let ids = [Column::uuids(redemptions.iter().copied())];
        let (program, statement) = (self.program.0, &query_text::ENTRIES_OF);
        let entries: Vec<EntryRow> =
            fetch_rows(&mut self.transaction, statement, program, &ids).await?;
        let wallets = entries
            .into_iter()
            .filter(|(_, _, kind, ..)| *kind == AccountKind::Wallet.number());
        Ok(wallets.map(|(id, owner, ..)| (id, owner)).collect())
    }

    /// Every budget and its code.
    pub async fn budget_codes(&mut self) -> Result<Vec<(BudgetId, String)>, StoreError> {
        let rows: Vec<(Uuid, String)> = self.fetch(&text::BUDGET_CODES, []).await?;
        let named = rows.into_iter().map(|(id, code)| (BudgetId(id), code));
        Ok(named.collect())
    }

    /// What a budget held at a moment, by what was recorded then, and the version of its account after which the next entries come.
    pub async fn budget_held(
        &mut self,
        budget: BudgetId,
        at: Timestamp,
    ) -> Result<(Points, i64), StoreError> {
        let kind = AccountKind::Budget.number();
        let values = [
            budget.0.into(),
            kind.into(),
            kind.into(),
            at.as_micros().into(),
        ];
        let rows: Vec<(i64, i64, i64)> = self.fetch(&query_text::BALANCES_RECORDED, values).await?;
        let held = rows.first().map_or((0, 0), |row| (row.1, row.2));
        Ok((Points::from_hundredths(held.0), held.1))
    }

    /// A page of a budget's entries after a version, each with its own.
    pub async fn budget_entries_after(
        &mut self,
        budget: BudgetId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<(i64, BudgetEntry)>, StoreError> {
        type Row = (i64, i64, i64, String, Uuid, i64);
        let values = [budget.0.into(), after.into(), limit.into()];
        let rows: Vec<Row> = self.fetch(&text::BUDGET_ENTRIES_AFTER, values).await?;
        let entry = |(version, amount, balance, kind, subject, recorded_at): Row| {
            let kind = TransferKind::from_name(&kind)
                .ok_or_else(|| StoreError::corrupt("transfers", "kind", version, &kind))?;
            let entry = BudgetEntry {
                kind,
                subject: AwardId(subject),
                recorded_at: Timestamp::from_micros(recorded_at),
                amount: Points::from_hundredths(amount),
                balance_after: Points::from_hundredths(balance),
            };
            Ok((version, entry))
        };
        rows.into_iter().map(entry).collect()
    }

    /// A page of awards after an id; begin with the nil id. A row that cannot be read does not spoil its page.
    pub async fn awards_after(
        &mut self,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<Audited>, StoreError> {
        let values = [after.into(), limit.into()];
        let rows: Vec<AwardRow> = self.fetch(&text::AWARDS_AFTER, values).await?;
        Ok(rows
            .into_iter()
            .map(|row| Audited {
                id: row.id(),
                award: Award::try_from(row),
            })
            .collect())
    }

    /// A page of lots by the ids of their awards, with what binds those; begin with the nil id.
    pub async fn lot_terms_after(
        &mut self,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<LotTerms>, StoreError> {
        type Row = (
            Uuid,
            i64,
            i64,
            Option<i64>,
            Option<i64>,
            Option<i64>,
            String,
        );
        let values = [after.into(), limit.into()];
        let rows: Vec<Row> = self.fetch(&text::LOT_TERMS_AFTER, values).await?;
        let lot =
            |(id, to_budget, grace_seconds, notice_days, expires_at, promised, terms): Row| {
                LotTerms {
                    id: AwardId(id),
                    to_budget: to_budget != 0,
                    grace_seconds,
                    notice_days,
                    expires_at: expires_at.map(Timestamp::from_micros),
                    promised: promised.map(Timestamp::from_micros),
                    terms: serde_json::from_str(&terms)
                        .map_err(|error| StoreError::corrupt("awards", "terms", id, error)),
                }
            };
        Ok(rows.into_iter().map(lot).collect())
    }

    /// When awards were submitted since a moment, and by which policy: a page after an id; begin with the nil id.
    pub async fn award_times_after(
        &mut self,
        after: Uuid,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<AwardTime>, StoreError> {
        let values = [after.into(), since.as_micros().into(), limit.into()];
        let rows: Vec<(Uuid, i64, String)> = self.fetch(&text::AWARD_TIMES_AFTER, values).await?;
        let time = |(id, submitted_at, policy)| AwardTime {
            id: AwardId(id),
            submitted_at: Timestamp::from_micros(submitted_at),
            policy,
        };
        Ok(rows.into_iter().map(time).collect())
    }

    /// The awards of these ids, in any order.
    pub async fn awards_of(&mut self, ids: &[AwardId]) -> Result<Vec<Award>, StoreError> {
        let ids = [Column::uuids(ids.iter().map(|id| id.0))];
        let program = self.program.0;
        let rows: Vec<AwardRow> =
            fetch_rows(&mut self.transaction, &write_text::AWARDS, program, &ids).await?;
        rows.into_iter().map(Award::try_from).collect()
    }

    /// A page of counters after one.
    pub async fn counters_after(
        &mut self,
        after: Option<&CounterKey>,
        limit: i64,
    ) -> Result<Vec<(CounterKey, i64)>, StoreError> {
        let (subject, window, cap) = after.map_or((Uuid::nil(), i64::MIN, ""), |key| {
            (key.subject, key.window_start.as_micros(), &key.cap)
        });
        let values = [subject.into(), window.into(), cap.into(), limit.into()];
        let rows: Vec<(Uuid, i64, String, i64)> = self.fetch(&text::COUNTERS_AFTER, values).await?;
        Ok(rows
            .into_iter()
            .map(|(subject, window_start, cap, used)| {
                let window_start = Timestamp::from_micros(window_start);
                let key = CounterKey {
                    cap,
                    subject,
                    window_start,
                };
                (key, used)
            })
            .collect())
    }

    /// A page of accounts after one, in order of owner and kind.
    pub async fn accounts_after(
        &mut self,
        after: Option<Account>,
        limit: i64,
    ) -> Result<Vec<AccountView>, StoreError> {
        let (owner, kind) = after.map_or((Uuid::nil(), 0), |a| (a.owner, a.kind.number()));
        let values = [owner.into(), kind.into(), limit.into()];
        let rows: Vec<(Uuid, i64, i64, i64)> =
            self.fetch(&query_text::ACCOUNTS_PAGE, values).await?;
        rows.into_iter()
            .map(|(owner, kind, balance, version)| {
                Ok(AccountView {
                    account: account(owner, kind)?,
                    balance: Points::from_hundredths(balance),
                    version,
                })
            })
            .collect()
    }

    /// A page of transfers after an id, in order of id; begin with the nil id.
    pub async fn transfers_after(
        &mut self,
        after: CommandId,
        limit: i64,
    ) -> Result<Vec<PostedTransfer>, StoreError> {
        let values = [after.0.into(), limit.into()];
        let rows: Vec<TransferRow> = self.fetch(&query_text::TRANSFERS_AFTER, values).await?;
        let ids = [Column::uuids(rows.iter().map(|row| row.0))];
        let program = self.program.0;
        let entries: Vec<EntryRow> = fetch_rows(
            &mut self.transaction,
            &query_text::ENTRIES_OF,
            program,
            &ids,
        )
        .await?;
        posted(rows, entries)
    }
}
