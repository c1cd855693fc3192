//! Things reported by several, and awards that wait for room: what a batch reads, and what the job asks. Compiled once for each database:
//! `super` names the types and binds.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::run::fetch_rows;
use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::ids::{AwardId, ProgramId};
use crate::machine::duplicates::{Report, Sighting};
use crate::machine::{Award, CounterKey, Needs, State};
use crate::policy::Position;
use crate::store::columns::Column;
use crate::store::records::AwardRow;
use crate::store::views::Due;
use crate::store::{StoreError, text as write_text, waiting_text as text};

type SightingRow = (Uuid, Uuid, i64, i64, i64, i64);

fn sighting((thing, alike, latitude, longitude, occurred_at, closes_at): SightingRow) -> Sighting {
    Sighting {
        thing: AwardId(thing),
        alike,
        occurred_at: Timestamp::from_micros(occurred_at),
        place: Position::from_millionths(latitude, longitude),
        closes_at: Timestamp::from_micros(closes_at),
    }
}

impl Tx<'_> {
    /// Things that submitted deeds may be about, and those that loaded awards share; all reports of each, with their awards.
    pub(super) async fn load_things(
        &mut self,
        needs: &Needs,
        sharing: &BTreeSet<AwardId>,
        state: &mut State,
    ) -> Result<(), StoreError> {
        let mut things = BTreeSet::new();
        if !needs.likes.is_empty() {
            let likes = || needs.likes.iter();
            let columns = [
                Column::uuids(likes().map(|like| like.alike)),
                Column::ints(likes().map(|like| like.south)),
                Column::ints(likes().map(|like| like.north)),
                Column::ints(likes().map(|like| like.since.as_micros())),
                Column::ints(likes().map(|like| like.until.as_micros())),
            ];
            let rows: Vec<SightingRow> = self.fetch(&text::SIGHTINGS, columns).await?;
            for row in rows {
                things.insert(row.0);
                state.things.load_sighting(sighting(row));
            }
        }
        things.extend(self.things_of(sharing).await?);
        self.load_reports(things, state).await
    }

    /// Of which things awards are reports.
    pub(super) async fn things_of(
        &mut self,
        awards: &BTreeSet<AwardId>,
    ) -> Result<BTreeSet<Uuid>, StoreError> {
        if awards.is_empty() {
            return Ok(BTreeSet::new());
        }
        let columns = [Column::uuids(awards.iter().map(|id| id.0))];
        let rows: Vec<(Uuid,)> = self.fetch(&text::THINGS, columns).await?;
        Ok(rows.into_iter().map(|(thing,)| thing).collect())
    }

    /// All reports of things, with their awards.
    pub(super) async fn load_reports(
        &mut self,
        things: BTreeSet<Uuid>,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if things.is_empty() {
            return Ok(());
        }
        let rows: Vec<(Uuid, Uuid, Option<i64>)> =
            self.fetch(&text::REPORTS, [Column::uuids(things)]).await?;
        let awards = Column::uuids(rows.iter().map(|(_, award, _)| *award));
        for (thing, award, shares) in rows {
            state.things.load_report(Report {
                thing: AwardId(thing),
                award: AwardId(award),
                shares,
                sighting: None,
            });
        }
        let rows: Vec<AwardRow> = self.fetch(&write_text::AWARDS, [awards]).await?;
        for row in rows {
            state.load_award(Award::try_from(row)?);
        }
        Ok(())
    }
}

impl Store {
    /// A page of the awards that wait for room, in order of submission, after a place in it.
    pub async fn queued(
        &self,
        program: ProgramId,
        after: Option<Due>,
        limit: i64,
    ) -> Result<Vec<Award>, StoreError> {
        let (since, id) = after.map_or((i64::MIN, Uuid::nil()), |due| {
            (due.since.as_micros(), due.id)
        });
        let values = [since.into(), id.into(), limit.into()];
        let rows: Vec<AwardRow> = self.query(program, &text::QUEUED, values).await?;
        rows.into_iter().map(Award::try_from).collect()
    }

    /// What these counters have counted; one that is not there has counted nothing.
    pub async fn counters(
        &self,
        program: ProgramId,
        keys: &BTreeSet<CounterKey>,
    ) -> Result<Vec<(CounterKey, i64)>, StoreError> {
        let columns = [
            Column::texts(keys.iter().map(|key| key.cap.clone())),
            Column::uuids(keys.iter().map(|key| key.subject)),
            Column::ints(keys.iter().map(|key| key.window_start.as_micros())),
        ];
        let mut reader = self.reader().acquire().await?;
        let rows: Vec<(String, Uuid, i64, i64)> =
            fetch_rows(&mut reader, &write_text::COUNTERS, program.0, &columns).await?;
        let counter = |(cap, subject, window_start, used)| {
            let window_start = Timestamp::from_micros(window_start);
            let key = CounterKey {
                cap,
                subject,
                window_start,
            };
            (key, used)
        };
        Ok(rows.into_iter().map(counter).collect())
    }
}
