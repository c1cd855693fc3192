//! Activities, deeds and the awards asked for: what a batch locks and reads, and what is asked. Compiled once for each database: `super` names the
//! types and binds.

use std::collections::HashMap;

use uuid::Uuid;

use super::run::fetch_rows;
use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::community::activity::LONGEST_SLOT;
use crate::ids::{ActivityId, DeedId, MemberId, ProgramId, before};
use crate::machine::award::takes;
use crate::machine::deeds::{AskedAward, Counted, Planned};
use crate::machine::needs::LinkNeeds;
use crate::machine::{Links, Needs, State};
use crate::policy::Deed;
use crate::store::columns::Column;
use crate::store::deeds::{
    ActivityRow, AskedRow, DeedRow, DeedViewRow, asked, deed_view, planned, record,
};
use crate::store::value::page;
use crate::store::views::{DeedView, Due, SLACK};
use crate::store::{StoreError, deed_text as text};

impl Tx<'_> {
    pub(super) async fn link_deeds(
        &mut self,
        needs: &LinkNeeds,
        links: &mut Links,
    ) -> Result<(), StoreError> {
        if needs.deeds.is_empty() {
            return Ok(());
        }
        let columns = [Column::uuids(needs.deeds.iter().map(|id| id.0))];
        let rows: Vec<(Uuid, Uuid, Option<Uuid>)> = self.fetch(&text::LINK_DEEDS, columns).await?;
        links.deeds = rows
            .into_iter()
            .map(|(deed, member, activity)| {
                (DeedId(deed), (MemberId(member), activity.map(ActivityId)))
            })
            .collect();
        self.link_orders(needs, links).await
    }

    pub(super) async fn lock_deeds(&mut self, needs: &Needs) -> Result<(), StoreError> {
        if !needs.activities.is_empty() {
            let columns = [Column::uuids(needs.activities.iter().map(|id| id.0))];
            self.run(&text::LOCK_ACTIVITIES, columns).await?;
        }
        self.lock_orders(needs).await?;
        self.lock_teams(needs).await?;
        if !needs.asked.is_empty() {
            let columns = [Column::uuids(needs.asked.iter().map(|id| id.0))];
            self.run(&text::LOCK_ASKED, columns).await?;
        }
        Ok(())
    }

    pub(super) async fn load_deeds(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if !needs.activities.is_empty() {
            let columns = [Column::uuids(needs.activities.iter().map(|id| id.0))];
            let rows: Vec<ActivityRow> = self.fetch(&text::ACTIVITIES, columns).await?;
            for row in rows {
                state.deeds.load_activity(planned(row)?);
            }
        }
        self.load_orders(needs, state).await?;
        self.load_teams(needs, state).await?;
        let mut parts = needs.parts.clone();
        let mut times = Vec::new();
        if !needs.records.is_empty() {
            let columns = [Column::uuids(needs.records.iter().map(|id| id.0))];
            let rows: Vec<DeedRow> = self.fetch(&text::DEEDS, columns).await?;
            for row in rows {
                let record = record(row)?;
                let longest = record.began_at.plus_seconds(LONGEST_SLOT);
                times.push((record.member, (record.began_at, longest)));
                parts.extend(record.part());
                state.deeds.load_record(record);
            }
        }
        if !parts.is_empty() {
            let columns = [
                Column::uuids(parts.iter().map(|part| part.activity.0)),
                Column::ints(parts.iter().map(|part| i64::from(part.slot))),
                Column::uuids(parts.iter().map(|part| part.member.0)),
            ];
            let rows: Vec<DeedRow> = self.fetch(&text::PARTS, columns).await?;
            for row in rows {
                state.deeds.load_record(record(row)?);
            }
            let slots = parts.iter().filter_map(|part| {
                let slot = state
                    .deeds
                    .activity(part.activity)?
                    .activity
                    .slot(part.slot)?;
                Some((part.member, (slot.starts_at, slot.ends_at)))
            });
            times.extend(slots);
        }
        self.load_entered(&around(&times), state).await?;
        if state.records_deeds {
            times.extend(&needs.entered);
        }
        self.load_counted(&around(&times), state).await?;
        if !needs.asked.is_empty() {
            let columns = [Column::uuids(needs.asked.iter().map(|id| id.0))];
            let rows: Vec<AskedRow> = self.fetch(&text::ASKED, columns).await?;
            for row in rows {
                state.deeds.load_asked(asked(row)?);
            }
        }
        Ok(())
    }

    /// Time of these members that counts already for deeds on record, around these times.
    async fn load_counted(&mut self, around: &Around, state: &mut State) -> Result<(), StoreError> {
        if around.is_empty() {
            return Ok(());
        }
        let columns = [
            Column::uuids(around.keys().map(|member| member.0)),
            Column::ints(
                around
                    .values()
                    .map(|(from, _)| from.plus_seconds(-LONGEST_SLOT).as_micros()),
            ),
            Column::ints(around.values().map(|(_, until)| until.as_micros())),
        ];
        let rows: Vec<(Uuid, Uuid, i64, i64)> = self.fetch(&text::COUNTED, columns).await?;
        for (member, deed, from, until) in rows {
            let counted = Counted {
                deed: DeedId(deed),
                from: Timestamp::from_micros(from),
                until: Timestamp::from_micros(until),
            };
            state.deeds.load_counted(MemberId(member), counted);
        }
        Ok(())
    }

    /// Time of these members for which an award stands, from these times on. Nobody submits a deed to come, so it was submitted since.
    async fn load_entered(&mut self, around: &Around, state: &mut State) -> Result<(), StoreError> {
        if around.is_empty() {
            return Ok(());
        }
        let earliest = |from: Timestamp| before(from.plus_seconds(-LONGEST_SLOT - SLACK));
        let columns = [
            Column::uuids(around.keys().map(|member| member.0)),
            Column::uuids(around.values().map(|(from, _)| earliest(*from))),
        ];
        let rows: Vec<(Uuid, Uuid, String)> = self.fetch(&text::ENTERED, columns).await?;
        for (member, deed, json) in rows {
            let entered: Deed = serde_json::from_str(&json)
                .map_err(|error| StoreError::corrupt("awards", "deed", deed, error))?;
            if let Some((from, until)) = takes(&entered) {
                let deed = DeedId(deed);
                let counted = Counted { deed, from, until };
                state.deeds.load_entered(MemberId(member), counted);
            }
        }
        Ok(())
    }
}

/// From when until when each member is asked about.
type Around = HashMap<MemberId, (Timestamp, Timestamp)>;

/// Several times of one member are asked about as one.
fn around(times: &[(MemberId, (Timestamp, Timestamp))]) -> Around {
    let mut around = Around::new();
    for &(member, (from, until)) in times {
        let known = around.entry(member).or_insert((from, until));
        *known = (known.0.min(from), known.1.max(until));
    }
    around
}

impl Store {
    /// One activity.
    pub async fn activity(
        &self,
        program: ProgramId,
        activity: ActivityId,
    ) -> Result<Option<Planned>, StoreError> {
        let rows: Vec<ActivityRow> = self
            .query(program, &text::ACTIVITY, [activity.0.into()])
            .await?;
        rows.into_iter().next().map(planned).transpose()
    }

    /// A page of the activities that end after a moment, and after a place among them.
    pub async fn activities(
        &self,
        program: ProgramId,
        after: Due,
        limit: i64,
    ) -> Result<Vec<Planned>, StoreError> {
        let values = page(after, limit);
        let rows: Vec<ActivityRow> = self.query(program, &text::ACTIVITIES_FROM, values).await?;
        rows.into_iter().map(planned).collect()
    }

    /// A page of the parts in an activity, by slot and member.
    pub async fn parts(
        &self,
        program: ProgramId,
        activity: ActivityId,
        after: (u32, MemberId),
        limit: i64,
    ) -> Result<Vec<DeedView>, StoreError> {
        let (slot, member) = after;
        let values = [
            activity.0.into(),
            i64::from(slot).into(),
            member.0.into(),
            limit.into(),
        ];
        let rows: Vec<DeedViewRow> = self
            .query(program, &text::PARTS_OF_ACTIVITY, values)
            .await?;
        rows.into_iter().map(deed_view).collect()
    }

    /// A page of a member's deeds before a place among them, the newest first.
    pub async fn deeds_of(
        &self,
        program: ProgramId,
        member: MemberId,
        before: Due,
        limit: i64,
    ) -> Result<Vec<DeedView>, StoreError> {
        let [since, id, limit] = page(before, limit);
        let values = [member.0.into(), since, id, limit];
        let rows: Vec<DeedViewRow> = self.query(program, &text::DEEDS_OF_MEMBER, values).await?;
        rows.into_iter().map(deed_view).collect()
    }

    /// One deed, and what came of it.
    pub async fn deed(
        &self,
        program: ProgramId,
        deed: DeedId,
    ) -> Result<Option<DeedView>, StoreError> {
        let rows: Vec<DeedViewRow> = self.query(program, &text::DEED, [deed.0.into()]).await?;
        rows.into_iter().next().map(deed_view).transpose()
    }

    /// Those of these deeds that are on record, in no order.
    pub async fn deeds(
        &self,
        program: ProgramId,
        deeds: &[DeedId],
    ) -> Result<Vec<DeedView>, StoreError> {
        let ids = [Column::uuids(deeds.iter().map(|id| id.0))];
        let mut reader = self.reader().acquire().await?;
        let rows: Vec<DeedViewRow> =
            fetch_rows(&mut reader, &text::DEEDS_OF, program.0, &ids).await?;
        rows.into_iter().map(deed_view).collect()
    }

    /// How many parts in an activity have begun.
    pub async fn present(
        &self,
        program: ProgramId,
        activity: ActivityId,
    ) -> Result<i64, StoreError> {
        let rows: Vec<(i64,)> = self
            .query(program, &text::PRESENT, [activity.0.into()])
            .await?;
        Ok(rows.into_iter().next().map_or(0, |(count,)| count))
    }

    /// What was asked for a deed.
    pub async fn asked(
        &self,
        program: ProgramId,
        deed: DeedId,
    ) -> Result<Option<AskedAward>, StoreError> {
        let rows: Vec<AskedRow> = self
            .query(program, &text::ASKED_FOR, [deed.0.into()])
            .await?;
        rows.into_iter().next().map(asked).transpose()
    }
}
