//! A programme as of one moment, whichever the database, and what its checks answer.

use std::collections::HashMap;

use uuid::Uuid;

use super::statement::Statement;
use super::views::AccountView;
use super::{Store, StoreError, Tx, either, postgres, sqlite};
use crate::accounts::Account;
use crate::clock::Timestamp;
use crate::community::PolicyVersion;
use crate::community::offer::OfferTerms;
use crate::community::order::Order;
use crate::community::team::TeamDeed;
use crate::ids::{AwardId, BudgetId, CommandId, MemberId, OfferId, ProgramId};
use crate::journal::PostedTransfer;
use crate::machine::{Award, CounterKey, Redemption};
use crate::points::Points;
use crate::policy::{Deed, Terms};
use crate::simulation::BudgetEntry;

/// The first row that a check does not pass: its key, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// The row's id, or the owner of its account.
    pub id: Uuid,
    /// The account's kind, or a taking's position.
    pub number: i64,
    /// An entry's version.
    pub version: i64,
    /// What was expected.
    pub expected: String,
    /// What is there.
    pub found: String,
}

/// A row of `account_kinds`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its number.
    pub number: i64,
    /// Its code, as in `member:wallet`.
    pub code: String,
    /// What its accounts hold.
    pub commodity: String,
    /// Whether their balance may fall below zero.
    pub may_be_negative: bool,
}

/// An award's row, readable or not.
#[derive(Debug)]
pub struct Audited {
    /// Its id.
    pub id: Uuid,
    /// What it says.
    pub award: Result<Award, StoreError>,
}

/// What a lot keeps of what binds its award.
#[derive(Debug)]
pub struct LotTerms {
    /// Its id, also the award's.
    pub id: AwardId,
    /// See [`crate::lots::Lot`], as for the next three.
    pub to_budget: bool,
    /// In seconds.
    pub grace_seconds: i64,
    /// In days.
    pub notice_days: Option<i64>,
    /// When it expires.
    pub expires_at: Option<Timestamp>,
    /// When its award says it does.
    pub promised: Option<Timestamp>,
    /// What binds its award, readable or not.
    pub terms: Result<Terms, StoreError>,
}

/// What counts for a team.
#[derive(Debug)]
pub struct TeamAward {
    /// Of which award.
    pub award: AwardId,
    /// As it is counted.
    pub counted: TeamDeed,
    /// The award's deed, if there is one that can be read.
    pub deed: Result<Option<Deed>, StoreError>,
}

/// An order, and what members do for it.
#[derive(Debug)]
pub struct OrderCounts {
    /// Which.
    pub id: Uuid,
    /// As it says itself, readable or not.
    pub order: Result<Order, StoreError>,
    /// The state that it is found by.
    pub state: String,
    /// How many have taken it on, say that they have done it, and did it indeed.
    pub parts: [i64; 3],
}

/// A redemption in which an offer was taken up.
#[derive(Debug)]
pub struct Agreed {
    /// The offer that it counts for.
    pub offer: OfferId,
    /// Its id.
    pub id: Uuid,
    /// Whose, and when.
    pub taker: (Uuid, i64),
    /// What it says, readable or not.
    pub redemption: Result<Redemption, StoreError>,
}

/// When an award was submitted, and by which policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwardTime {
    /// The award.
    pub id: AwardId,
    /// When.
    pub submitted_at: Timestamp,
    /// The policy's name.
    pub policy: String,
}

/// A programme as of one moment. It keeps nobody from writing, and sees nothing of what they write.
pub enum Snapshot {
    /// PostgreSQL.
    Postgres(postgres::Snapshot),
    /// SQLite.
    Sqlite(sqlite::Snapshot),
}

impl Store {
    /// A programme as it is now.
    pub async fn snapshot(&self, program: ProgramId) -> Result<Snapshot, StoreError> {
        Ok(match self {
            Self::Postgres(store) => Snapshot::Postgres(store.snapshot(program).await?),
            Self::Sqlite(store) => Snapshot::Sqlite(store.snapshot(program).await?),
        })
    }
}

impl Store {
    /// A transaction that loads as a batch's does, of one moment. The database lets it lock and write nothing.
    pub async fn reading(&self, program: ProgramId) -> Result<Tx<'static>, StoreError> {
        Ok(match self {
            Self::Postgres(store) => Tx::Postgres(store.reading(program).await?),
            Self::Sqlite(store) => Tx::Sqlite(store.reading(program).await?),
        })
    }
}

impl Snapshot {
    /// The first row that a check does not pass.
    pub async fn misfit(
        &mut self,
        check: &'static Statement,
    ) -> Result<Option<Misfit>, StoreError> {
        either!(self, Self, snapshot => snapshot.misfit(check).await)
    }
    /// How many rows.
    pub async fn count(&mut self, rows: &'static Statement) -> Result<u64, StoreError> {
        either!(self, Self, snapshot => snapshot.count(rows).await)
    }
    /// The chart of accounts as the database holds it.
    pub async fn kinds(&mut self) -> Result<Vec<Kind>, StoreError> {
        either!(self, Self, snapshot => snapshot.kinds().await)
    }
    /// A page of statements after an id; begin with the nil id.
    pub async fn settlements_after(
        &mut self,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<crate::machine::Statement>, StoreError> {
        either!(self, Self, snapshot => snapshot.settlements_after(after, limit).await)
    }
    /// A page of statements' lines after a redemption's version, in that order; begin with the nil id.
    pub async fn lines_after(
        &mut self,
        after: (Uuid, i64),
        limit: i64,
    ) -> Result<Vec<super::views::AuditedLine>, StoreError> {
        either!(self, Self, snapshot => snapshot.lines_after(after, limit).await)
    }
    /// Every version of every policy.
    pub async fn policies(&mut self) -> Result<Vec<PolicyVersion>, StoreError> {
        either!(self, Self, snapshot => snapshot.policies().await)
    }
    /// Every member merged into another, and into whom.
    pub async fn merged(&mut self) -> Result<Vec<(MemberId, MemberId)>, StoreError> {
        either!(self, Self, snapshot => snapshot.merged().await)
    }
    /// Whose wallets paid for these redemptions.
    pub async fn payers(
        &mut self,
        redemptions: &[Uuid],
    ) -> Result<HashMap<Uuid, Uuid>, StoreError> {
        either!(self, Self, snapshot => snapshot.payers(redemptions).await)
    }
    /// Every budget and its code.
    pub async fn budget_codes(&mut self) -> Result<Vec<(BudgetId, String)>, StoreError> {
        either!(self, Self, snapshot => snapshot.budget_codes().await)
    }
    /// What a budget held at a moment, by what was recorded then, and the version of its account after which the next entries come.
    pub async fn budget_held(
        &mut self,
        budget: BudgetId,
        at: Timestamp,
    ) -> Result<(Points, i64), StoreError> {
        either!(self, Self, snapshot => snapshot.budget_held(budget, at).await)
    }
    /// A page of a budget's entries after a version, each with its own.
    pub async fn budget_entries_after(
        &mut self,
        budget: BudgetId,
        after: i64,
        limit: i64,
    ) -> Result<Vec<(i64, BudgetEntry)>, StoreError> {
        either!(self, Self, snapshot => snapshot.budget_entries_after(budget, after, limit).await)
    }
    /// A page of awards after an id; begin with the nil id.
    pub async fn awards_after(
        &mut self,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<Audited>, StoreError> {
        either!(self, Self, snapshot => snapshot.awards_after(after, limit).await)
    }
    /// A page of lots by the ids of their awards, with what binds those; begin with the nil id.
    pub async fn lot_terms_after(
        &mut self,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<LotTerms>, StoreError> {
        either!(self, Self, snapshot => snapshot.lot_terms_after(after, limit).await)
    }
    /// A page of what counts for teams, after one.
    pub async fn team_awards_after(
        &mut self,
        after: Option<&TeamAward>,
        limit: i64,
    ) -> Result<Vec<TeamAward>, StoreError> {
        either!(self, Self, snapshot => snapshot.team_awards_after(after, limit).await)
    }
    /// A page of orders after an id; begin with the nil id.
    pub async fn order_counts_after(
        &mut self,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<OrderCounts>, StoreError> {
        either!(self, Self, snapshot => snapshot.order_counts_after(after, limit).await)
    }
    /// Every revision of every offer, readable or not.
    pub async fn offer_revisions(
        &mut self,
    ) -> Result<Vec<(OfferId, i64, Result<OfferTerms, StoreError>)>, StoreError> {
        either!(self, Self, snapshot => snapshot.offer_revisions().await)
    }
    /// A page of redemptions in which offers were taken up, in order of offer, member, moment and id; after one.
    pub async fn agreed_after(
        &mut self,
        after: Option<&Agreed>,
        limit: i64,
    ) -> Result<Vec<Agreed>, StoreError> {
        either!(self, Self, snapshot => snapshot.agreed_after(after, limit).await)
    }
    /// When awards were submitted since a moment, and by which policy: a page after an id; begin with the nil id.
    pub async fn award_times_after(
        &mut self,
        after: Uuid,
        since: Timestamp,
        limit: i64,
    ) -> Result<Vec<AwardTime>, StoreError> {
        either!(self, Self, snapshot => snapshot.award_times_after(after, since, limit).await)
    }
    /// The awards of these ids, in any order.
    pub async fn awards_of(&mut self, ids: &[AwardId]) -> Result<Vec<Award>, StoreError> {
        either!(self, Self, snapshot => snapshot.awards_of(ids).await)
    }
    /// A page of counters after one.
    pub async fn counters_after(
        &mut self,
        after: Option<&CounterKey>,
        limit: i64,
    ) -> Result<Vec<(CounterKey, i64)>, StoreError> {
        either!(self, Self, snapshot => snapshot.counters_after(after, limit).await)
    }
    /// A page of accounts after one, in order of owner and kind.
    pub async fn accounts_after(
        &mut self,
        after: Option<Account>,
        limit: i64,
    ) -> Result<Vec<AccountView>, StoreError> {
        either!(self, Self, snapshot => snapshot.accounts_after(after, limit).await)
    }
    /// A page of transfers after an id, in order of id; begin with the nil id.
    pub async fn transfers_after(
        &mut self,
        after: CommandId,
        limit: i64,
    ) -> Result<Vec<PostedTransfer>, StoreError> {
        either!(self, Self, snapshot => snapshot.transfers_after(after, limit).await)
    }
}
