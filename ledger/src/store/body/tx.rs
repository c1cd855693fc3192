//! One batch's transaction. This file is compiled once for each database: `super` names the types and binds.

use std::collections::{BTreeSet, HashMap, HashSet};

use uuid::Uuid;

use super::run::{fetch_rows, run_rows};
use super::{Transaction, save_all};
use crate::clock::Timestamp;
use crate::community::{Code, PolicyDraft};
use crate::ids::{
    ActorId, AwardId, BudgetId, DeedId, MemberId, OfferId, ProgramId, RedemptionId, StoreId,
};
use crate::lots::{Lot, Taking};
use crate::machine::needs::{LinkNeeds, PolicyLock};
use crate::machine::state::InForce;
use crate::machine::{Award, CounterKey, Links, Needs, Redemption, State};
use crate::points::Points;
use crate::store::columns::Column;
use crate::store::records::{AwardRow, DraftRow, LotRow, RedemptionRow};
use crate::store::statement::Statement;
use crate::store::{Claim, Claimed, StoreError, registers, save, text};

/// A transaction of one programme.
pub struct Tx<'c> {
    pub(super) transaction: Transaction<'c>,
    pub(super) program: ProgramId,
    /// Whether rows are locked: one that only reads may not, and SQLite has no need to.
    pub(super) locks: bool,
    /// Whether anybody is told of events.
    pub(super) watched: bool,
}

impl Tx<'_> {
    /// Claims keys in sorted order; answers with those that are ours.
    pub async fn claim(
        &mut self,
        claims: &[Claim],
        at: Timestamp,
    ) -> Result<HashSet<Uuid>, StoreError> {
        let mut sorted: Vec<&Claim> = claims.iter().collect();
        sorted.sort_by_key(|claim| claim.id);
        let columns = [
            Column::uuids(sorted.iter().map(|c| c.id)),
            Column::uuids(sorted.iter().map(|c| c.body)),
            Column::uuids(sorted.iter().map(|c| c.command.0)),
            Column::ints(sorted.iter().map(|_| at.as_micros())),
        ];
        let ours: Vec<(Uuid, i64)> = self.fetch(&text::CLAIM, columns).await?;
        self.watched = ours.iter().any(|(_, endpoints)| *endpoints > 0);
        Ok(ours.into_iter().map(|(id, _)| id).collect())
    }

    /// What became of keys that are not ours.
    pub async fn claimed(&mut self, ids: &[Uuid]) -> Result<HashMap<Uuid, Claimed>, StoreError> {
        type Row = (Uuid, Uuid, Option<String>, Option<String>);
        let columns = [Column::uuids(ids.iter().copied())];
        let rows: Vec<Row> = self.fetch(&text::CLAIMED, columns).await?;
        rows.into_iter()
            .map(|(id, body, rejection, receipt)| {
                Ok((id, Claimed::read(id, body, rejection, receipt)?))
            })
            .collect()
    }

    /// Reads what never changes.
    pub async fn links(&mut self, needs: &LinkNeeds) -> Result<Links, StoreError> {
        let mut links = Links::default();
        if !needs.awards.is_empty() {
            let columns = [Column::uuids(needs.awards.iter().map(|id| id.0))];
            let rows: Vec<(Uuid, Uuid, Uuid)> = self.fetch(&text::LINK_AWARDS, columns).await?;
            links.awards = rows
                .into_iter()
                .map(|(id, member, budget)| (AwardId(id), (MemberId(member), BudgetId(budget))))
                .collect();
        }
        if !needs.redemptions.is_empty() {
            let columns = [Column::uuids(needs.redemptions.iter().map(|id| id.0))];
            let rows: Vec<(Uuid, Uuid, Uuid, Option<Uuid>)> =
                self.fetch(&text::LINK_REDEMPTIONS, columns).await?;
            let linked = rows.into_iter().map(|(id, member, store, offer)| {
                let to = (MemberId(member), StoreId(store), offer.map(OfferId));
                (RedemptionId(id), to)
            });
            links.redemptions = linked.collect();
        }
        if !needs.codes.is_empty() {
            let columns = [Column::texts(needs.codes.iter().cloned())];
            let rows: Vec<(String, Uuid)> = self.fetch(&text::LINK_CODES, columns).await?;
            links.codes = rows
                .into_iter()
                .map(|(hash, member)| (hash, MemberId(member)))
                .collect();
        }
        self.link_statements(needs, &mut links).await?;
        self.link_stores(needs, &mut links).await?;
        self.link_heirs(needs, &mut links).await?;
        self.link_deeds(needs, &mut links).await?;
        self.link_hazards(needs, &mut links).await?;
        Ok(links)
    }

    /// Locks the policies, then the guards of all owners in the order of their keys.
    pub async fn lock(&mut self, needs: &Needs) -> Result<(), StoreError> {
        if !self.locks {
            return Ok(());
        }
        match needs.policies {
            Some(PolicyLock::Read) => self.run(&text::SHARE_POLICIES, []).await?,
            Some(PolicyLock::Change) => self.run(&text::LOCK_POLICIES, []).await?,
            None => 0,
        };
        if !needs.owners.is_empty() {
            let guards: BTreeSet<_> = needs.owners.iter().map(|owner| owner.guard()).collect();
            let columns = [
                Column::uuids(guards.iter().map(|guard| guard.owner)),
                Column::ints(guards.iter().map(|guard| guard.kind.number())),
            ];
            self.run(&text::LOCK, columns).await?;
        }
        if !needs.subjects.is_empty() {
            let subjects = || [Column::uuids(needs.subjects.iter().copied())];
            self.run(&text::ADD_SUBJECTS, subjects()).await?;
            self.run(&text::LOCK_SUBJECTS, subjects()).await?;
        }
        self.lock_offers(needs).await?;
        self.lock_deeds(needs).await?;
        self.lock_attachments(needs).await
    }

    /// Reads everything mutable, in statements later than the lock.
    pub async fn load(&mut self, needs: &Needs, now: Timestamp) -> Result<State, StoreError> {
        let mut state = State::new(self.program, now, needs.owners.iter().copied());
        let in_debt = self.load_accounts(needs, &mut state).await?;
        if needs.policies.is_some() {
            let rows: Vec<(String, String, i64)> = self.fetch(&text::POLICIES, []).await?;
            for (name, digest, from) in rows {
                let from = Timestamp::from_micros(from);
                state.load_policy(InForce { name, digest, from });
            }
        }
        if needs.layers {
            let rows: Vec<(String, String, i64)> = self.fetch(&text::LAYERS, []).await?;
            for (name, digest, from) in rows {
                let from = Timestamp::from_micros(from);
                state.load_layer(InForce { name, digest, from });
            }
        }
        if !needs.drafts.is_empty() {
            let columns = [Column::uuids(needs.drafts.iter().map(|id| id.0))];
            let rows: Vec<DraftRow> = self.fetch(&text::DRAFTS, columns).await?;
            for row in rows {
                state.load_draft(PolicyDraft::try_from(row)?);
            }
        }
        // What an award counted is given back when it does not stand.
        let mut sharing = BTreeSet::new();
        let mut counted = self.load_awards(needs, &mut sharing, &mut state).await?;
        self.lock_counted(needs, &counted).await?;
        self.load_things(needs, &sharing, &mut state).await?;
        self.add_merged_counters(needs, &mut counted).await?;
        counted.extend(self.load_budgets(needs, &mut state).await?);
        let counters = needs.counters.union(&counted).collect();
        self.load_counters(counters, &mut state).await?;
        self.load_redemptions(needs, &mut state).await?;
        self.load_statements(needs, &mut state).await?;
        self.load_closing(needs, &mut state).await?;
        self.load_deeds(needs, &mut state).await?;
        self.load_attachments(needs, &mut state).await?;
        self.load_patrols(needs, &mut state).await?;
        self.load_people(&needs.people, &mut state).await?;
        self.load_log_ins(&needs.people, &mut state).await?;
        let open: BTreeSet<MemberId> = needs.open_lots.union(&in_debt).copied().collect();
        if !open.is_empty() {
            let columns = [Column::uuids(open.iter().map(|id| id.0))];
            let rows: Vec<LotRow> = self.fetch(&text::OPEN_LOTS, columns).await?;
            rows.into_iter()
                .for_each(|row| state.load_lot(Lot::from(row)));
            state.note_open_lots(open);
        }
        self.load_notices(needs, &mut state).await?;
        self.load_personal(needs, &mut state).await?;
        self.load_asking(needs, &mut state).await?;
        self.load_hazards(needs, &mut state).await?;
        self.load_webhooks(needs, &mut state).await?;
        self.load_offers(needs, &mut state).await?;
        self.load_paying(needs, &mut state).await?;
        Ok(state)
    }

    /// Locks grids, teams and approvers on which loaded awards count. Only the awards say which, so these locks come after the others; a
    /// deadlock is found by the database, and the batch tried again.
    async fn lock_counted(
        &mut self,
        needs: &Needs,
        counted: &BTreeSet<CounterKey>,
    ) -> Result<(), StoreError> {
        let owners: HashSet<Uuid> = needs.owners.iter().map(|o| o.guard().owner).collect();
        let locked = |id: &Uuid| owners.contains(id) || needs.subjects.contains(id);
        let subjects = counted.iter().map(|key| key.subject);
        let subjects: BTreeSet<Uuid> = subjects.filter(|id| !locked(id)).collect();
        if self.locks && !subjects.is_empty() {
            let columns = [Column::uuids(subjects)];
            self.run(&text::LOCK_SUBJECTS, columns).await?;
        }
        Ok(())
    }

    async fn load_counters(
        &mut self,
        keys: BTreeSet<&CounterKey>,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if keys.is_empty() {
            return Ok(());
        }
        let columns = [
            Column::texts(keys.iter().map(|key| key.cap.clone())),
            Column::uuids(keys.iter().map(|key| key.subject)),
            Column::ints(keys.iter().map(|key| key.window_start.as_micros())),
        ];
        let rows: Vec<(String, Uuid, i64, i64)> = self.fetch(&text::COUNTERS, columns).await?;
        for (cap, subject, window_start, used) in rows {
            let window_start = Timestamp::from_micros(window_start);
            state.load_counter(
                CounterKey {
                    cap,
                    subject,
                    window_start,
                },
                used,
            );
        }
        Ok(())
    }

    /// Awards, deeds that have one, and lots; answers with the counters on which those awards count, and adds those that are shared.
    async fn load_awards(
        &mut self,
        needs: &Needs,
        sharing: &mut BTreeSet<AwardId>,
        state: &mut State,
    ) -> Result<BTreeSet<CounterKey>, StoreError> {
        let mut counters = BTreeSet::new();
        if !needs.deeds.is_empty() {
            let columns = [
                Column::uuids(needs.deeds.iter().map(|(deed, _)| deed.0)),
                Column::texts(needs.deeds.iter().map(|(_, policy)| policy.clone())),
            ];
            let rows: Vec<(Uuid, String, Uuid)> = self.fetch(&text::LIVE_AWARDS, columns).await?;
            for (deed, policy, award) in rows {
                state.load_live(DeedId(deed), policy, AwardId(award));
            }
        }
        if !needs.awards.is_empty() {
            let columns = [Column::uuids(needs.awards.iter().map(|id| id.0))];
            let rows: Vec<AwardRow> = self.fetch(&text::AWARDS, columns).await?;
            for row in rows {
                let award = Award::try_from(row)?;
                counters.extend(award.counted.iter().map(|counted| counted.key.clone()));
                let approvers = needs.approvals.range((award.id, ActorId(Uuid::nil()))..);
                for (_, approver) in approvers.take_while(|(id, _)| *id == award.id) {
                    let caps = &award.terms.approver_caps;
                    counters.extend(award.subjects(*approver).looked_at(caps));
                }
                sharing.extend(award.terms.duplicates.is_some().then_some(award.id));
                state.load_award(award);
            }
        }
        if !needs.lots.is_empty() {
            self.load_lots(needs.lots.iter().copied(), state).await?;
        }
        Ok(counters)
    }

    async fn load_lots(
        &mut self,
        ids: impl Iterator<Item = (MemberId, AwardId)>,
        state: &mut State,
    ) -> Result<(), StoreError> {
        let (members, lots): (Vec<Uuid>, Vec<Uuid>) =
            ids.map(|(member, lot)| (member.0, lot.0)).unzip();
        let columns = [Column::uuids(members), Column::uuids(lots)];
        let rows: Vec<LotRow> = self.fetch(&text::LOTS, columns).await?;
        rows.into_iter()
            .for_each(|row| state.load_lot(Lot::from(row)));
        Ok(())
    }

    /// Redemptions, what they took, and those lots; and the codes to be spent.
    async fn load_redemptions(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if !needs.redemptions.is_empty() {
            let ids = || [Column::uuids(needs.redemptions.iter().map(|id| id.0))];
            let rows: Vec<RedemptionRow> = self.fetch(&text::REDEMPTIONS, ids()).await?;
            let mut members = HashMap::new();
            for row in rows {
                let redemption = Redemption::try_from(row)?;
                members.insert(redemption.id, redemption.member);
                state.load_redemption(redemption);
            }
            let rows: Vec<(Uuid, i64, Uuid, i64, i64)> = self.fetch(&text::TAKINGS, ids()).await?;
            let mut lots = BTreeSet::new();
            for (redemption, position, lot, taken, returned) in rows {
                let redemption = RedemptionId(redemption);
                lots.extend(
                    members
                        .get(&redemption)
                        .map(|member| (*member, AwardId(lot))),
                );
                state.load_taking(Taking {
                    redemption,
                    position,
                    lot: AwardId(lot),
                    taken: Points::from_hundredths(taken),
                    returned: Points::from_hundredths(returned),
                });
            }
            self.load_lots(lots.into_iter(), state).await?;
        }
        if !needs.codes.is_empty() {
            let columns = [Column::texts(needs.codes.iter().cloned())];
            let rows: Vec<(String, Uuid, i64)> = self.fetch(&text::CODES, columns).await?;
            for (hash, member, expires_at) in rows {
                let (member, expires_at) = (MemberId(member), Timestamp::from_micros(expires_at));
                state.load_code(Code {
                    hash,
                    member,
                    expires_at,
                });
            }
        }
        Ok(())
    }

    /// Keeps rejections under their keys and gives up the keys of commands that must come again.
    pub async fn settle_claims(
        &mut self,
        rejected: Vec<(Uuid, String)>,
        again: Vec<Uuid>,
    ) -> Result<(), StoreError> {
        if !rejected.is_empty() {
            let (ids, texts): (Vec<Uuid>, Vec<String>) = rejected.into_iter().unzip();
            self.run(&text::REJECTED, [Column::uuids(ids), Column::texts(texts)])
                .await?;
        }
        if !again.is_empty() {
            self.run(&text::UNCLAIM, [Column::uuids(again)]).await?;
        }
        Ok(())
    }

    /// Saves what the batch changed, set-wise.
    pub async fn save(&mut self, state: &State) -> Result<(), StoreError> {
        if let Some(closing) = state.changes.closing {
            self.close_program(closing).await?;
        }
        for &(from, into) in &state.changes.merges {
            self.merge(from, into).await?;
        }
        self.drop_codes(state).await?;
        for (statement, columns) in registers::registrations(&state.changes.registrations) {
            self.run(statement, columns).await?;
        }
        self.save_personal(&state.changes.personal, state.now)
            .await?;
        for ended in &state.changes.ended {
            self.end_access(ended).await?;
        }
        self.save_log_ins(&state.changes.log_ins).await?;
        self.save_teams(&state.teams.changes).await?;
        let places = state.deeds.forgets_places();
        if places {
            self.overwrite(true).await?;
        }
        save_all(&mut self.transaction, self.program.0, &save::changes(state)).await?;
        if places {
            self.overwrite(false).await?;
        }
        self.save_merchants(state).await?;
        self.save_budgets(state).await?;
        self.save_places(state).await?;
        self.drop_waypoints(state).await
    }

    /// Makes it durable.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.transaction.commit().await.map_err(StoreError::from)
    }

    pub(super) async fn fetch<T>(
        &mut self,
        statement: &'static Statement,
        columns: impl IntoIterator<Item = Column>,
    ) -> Result<Vec<T>, StoreError>
    where
        T: super::Row,
    {
        let columns: Vec<Column> = columns.into_iter().collect();
        fetch_rows(&mut self.transaction, statement, self.program.0, &columns).await
    }

    pub(super) async fn run(
        &mut self,
        statement: &'static Statement,
        columns: impl IntoIterator<Item = Column>,
    ) -> Result<u64, StoreError> {
        let columns: Vec<Column> = columns.into_iter().collect();
        run_rows(&mut self.transaction, statement, self.program.0, &columns).await
    }
}
