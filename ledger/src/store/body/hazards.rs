//! Hazards: what a batch reads, and what is asked. Compiled once for each database: `super` names the types and binds.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::run::fetch_rows;
use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::community::attachment::{Looks, Twin};
use crate::community::hazard::{HINT_METRES, HINT_SECONDS, Hazard, HazardBody, Terms};
use crate::ids::{AttachmentId, DeedId, HazardId, MemberId, ProgramId};
use crate::machine::deeds::Answer;
use crate::machine::needs::LinkNeeds;
use crate::machine::{Award, Links, Needs, State};
use crate::policy::MILLIONTHS_A_METRE;
use crate::store::attachments::{looks_of, places};
use crate::store::columns::Column;
use crate::store::deeds::{AskedRow, asked};
use crate::store::hazards::{HazardRow, TermsRow, terms};
use crate::store::records::AwardRow;
use crate::store::value::Value;
use crate::store::views::{Due, HazardFilter};
use crate::store::{
    StoreError, attachment_text, deed_text, hazard_text as text, text as write_text,
};

/// How many reports in a strip of latitude are looked at for a hint.
const STRIP: i64 = 500;

fn read(rows: Vec<HazardRow>) -> Result<Vec<Hazard>, StoreError> {
    rows.into_iter().map(Hazard::try_from).collect()
}

impl Tx<'_> {
    pub(super) async fn link_hazards(
        &mut self,
        needs: &LinkNeeds,
        links: &mut Links,
    ) -> Result<(), StoreError> {
        if !needs.hazards.is_empty() {
            let columns = [Column::uuids(needs.hazards.iter().map(|id| id.0))];
            let rows: Vec<(Uuid, Uuid, Uuid)> = self.fetch(&text::LINK_HAZARDS, columns).await?;
            let link = |(id, member, deed)| (HazardId(id), (MemberId(member), DeedId(deed)));
            links.hazards = rows.into_iter().map(link).collect();
        }
        if !needs.reports.is_empty() {
            let columns = [Column::uuids(needs.reports.iter().map(|id| id.0))];
            let rows: Vec<(Uuid, String)> = self.fetch(&text::LINK_REPORTS, columns).await?;
            for (deed, body) in rows {
                let body: HazardBody = serde_json::from_str(&body)
                    .map_err(|error| StoreError::corrupt("hazards", "body", deed, error))?;
                links.shown.insert(DeedId(deed), body.photos);
            }
        }
        Ok(())
    }

    /// Hazards with all reports of the same, and what was awarded for what those to be awarded now must not be awarded beside. After
    /// attachments, which say what was shown with the same photos.
    pub(super) async fn load_hazards(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if needs.hazards.is_empty() && needs.reports.is_empty() {
            return Ok(());
        }
        let rows: Vec<TermsRow> = self.fetch(&text::HAZARD_TERMS, []).await?;
        for row in rows {
            state.hazards.load_terms(terms(row)?);
        }
        let reports = needs.reports.iter().map(|deed| deed.0);
        let reported = self
            .read_hazards(&text::HAZARDS_OF_DEEDS, reports.collect(), state)
            .await?;
        let named = needs.hazards.iter().map(|id| id.0);
        let named = self
            .read_hazards(&text::HAZARDS, named.collect(), state)
            .await?;
        let things: BTreeSet<Uuid> = reported.iter().chain(&named).map(|h| h.thing().0).collect();
        self.read_hazards(&text::HAZARDS, things.clone(), state)
            .await?;
        let same = self
            .read_hazards(&text::HAZARDS_OF_SAME, things, state)
            .await?;
        if needs.reports.is_empty() {
            return Ok(());
        }
        let photos = reported.iter().flat_map(|hazard| &hazard.body.photos);
        let like = self.shown_alike(photos, state).await?;
        let others = same
            .iter()
            .chain(&reported)
            .filter_map(|hazard| hazard.deed);
        // The first report of each thing, too.
        let things: Vec<DeedId> = reported
            .iter()
            .filter_map(|hazard| state.hazards.get(hazard.thing())?.deed)
            .collect();
        let deeds = others.chain(things).chain(like);
        self.load_awarded(deeds.collect(), state).await
    }

    /// The deeds that were shown with photos alike: of hazards, or by themselves.
    async fn shown_alike(
        &mut self,
        photos: impl Iterator<Item = &AttachmentId>,
        state: &mut State,
    ) -> Result<Vec<DeedId>, StoreError> {
        let twins = photos.flat_map(|photo| state.attachments.twins(*photo));
        let of: BTreeSet<Uuid> = twins.map(|twin| twin.of).collect();
        let hazards = self.read_hazards(&text::HAZARDS, of.clone(), state).await?;
        let known: BTreeSet<Uuid> = hazards.iter().map(|hazard| hazard.id.0).collect();
        let deeds = of.difference(&known).map(|deed| DeedId(*deed));
        let reported = hazards.iter().filter_map(|hazard| hazard.deed);
        Ok(deeds.chain(reported).collect())
    }

    /// What was asked for these deeds, and the awards that came of it.
    async fn load_awarded(
        &mut self,
        deeds: BTreeSet<DeedId>,
        state: &mut State,
    ) -> Result<(), StoreError> {
        let mut awards = BTreeSet::new();
        if deeds.is_empty() {
            return Ok(());
        }
        let columns = [Column::uuids(deeds.iter().map(|deed| deed.0))];
        let rows: Vec<AskedRow> = self.fetch(&deed_text::ASKED, columns).await?;
        for row in rows {
            let asked = asked(row)?;
            if let Some(Answer::Awarded(award)) = asked.answer {
                awards.extend(state.award(award).is_none().then_some(award.0));
            }
            state.deeds.load_asked(asked);
        }
        if awards.is_empty() {
            return Ok(());
        }
        let rows: Vec<AwardRow> = self
            .fetch(&write_text::AWARDS, [Column::uuids(awards)])
            .await?;
        for row in rows {
            state.load_award(Award::try_from(row)?);
        }
        Ok(())
    }

    async fn read_hazards(
        &mut self,
        statement: &'static crate::store::statement::Statement,
        ids: BTreeSet<Uuid>,
        state: &mut State,
    ) -> Result<Vec<Hazard>, StoreError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let hazards = read(self.fetch(statement, [Column::uuids(ids)]).await?)?;
        hazards
            .iter()
            .for_each(|hazard| state.hazards.load(hazard.clone()));
        Ok(hazards)
    }
}

impl Store {
    /// One hazard.
    pub async fn hazard(
        &self,
        program: ProgramId,
        hazard: HazardId,
    ) -> Result<Option<Hazard>, StoreError> {
        let rows = self
            .query(program, &text::HAZARD, [hazard.0.into()])
            .await?;
        Ok(read(rows)?.pop())
    }

    /// The hazard that a deed reported.
    pub async fn hazard_of_deed(
        &self,
        program: ProgramId,
        deed: DeedId,
    ) -> Result<Option<Hazard>, StoreError> {
        let values = [deed.0.into()];
        let rows = self.query(program, &text::HAZARD_OF_DEED, values).await?;
        Ok(read(rows)?.pop())
    }

    /// A page of hazards before a place among them, the newest first.
    pub async fn hazards(
        &self,
        program: ProgramId,
        filter: &HazardFilter,
    ) -> Result<Vec<Hazard>, StoreError> {
        let bounds = filter.bounds.map(|(low, high)| {
            [
                low.latitude_millionths(),
                high.latitude_millionths(),
                low.longitude_millionths(),
                high.longitude_millionths(),
            ]
        });
        let bound = |index: usize| Value::from(bounds.map(|bounds| bounds[index]));
        let since = filter.since.map_or(i64::MIN, Timestamp::as_micros);
        let mut values: Vec<Value> = vec![
            filter.before.since.as_micros().into(),
            filter.before.id.into(),
            filter.limit.into(),
            filter.state.map_or("", |state| state.name()).into(),
            filter
                .category
                .map_or("", |category| category.name())
                .into(),
            filter.due_by.map(Timestamp::as_micros).into(),
            since.into(),
        ];
        values.extend((0..4).map(bound));
        let statement = match filter.within {
            None => &text::HAZARDS_BY_MOMENT,
            Some(node) => {
                values.push(node.0.into());
                &text::HAZARDS_WITHIN
            }
        };
        read(self.query(program, statement, values).await?)
    }

    /// A page of a member's reports before a place among them, the newest first.
    pub async fn hazards_of(
        &self,
        program: ProgramId,
        member: MemberId,
        before: Due,
        limit: i64,
    ) -> Result<Vec<Hazard>, StoreError> {
        let values = [
            member.0.into(),
            before.since.as_micros().into(),
            before.id.into(),
            limit.into(),
        ];
        read(
            self.query(program, &text::HAZARDS_OF_MEMBER, values)
                .await?,
        )
    }

    /// The duplicates of a hazard, in order of id.
    pub async fn duplicates_of(
        &self,
        program: ProgramId,
        hazard: HazardId,
        limit: i64,
    ) -> Result<Vec<Hazard>, StoreError> {
        let values = [hazard.0.into(), limit.into()];
        read(self.query(program, &text::DUPLICATES_OF, values).await?)
    }

    /// Other reports that may be of the same hazard, the nearest first: of one category, within [`HINT_METRES`] and [`HINT_SECONDS`].
    pub async fn hazards_near(
        &self,
        program: ProgramId,
        hazard: &Hazard,
    ) -> Result<Vec<Hazard>, StoreError> {
        let Some(position) = hazard.position else {
            return Ok(Vec::new());
        };
        let (latitude, strip) = (
            position.latitude_millionths(),
            HINT_METRES * MILLIONTHS_A_METRE,
        );
        let values: [Value; 6] = [
            hazard.category.name().into(),
            (latitude - strip).into(),
            (latitude + strip).into(),
            hazard
                .seen_at
                .plus_seconds(-HINT_SECONDS)
                .as_micros()
                .into(),
            hazard.seen_at.plus_seconds(HINT_SECONDS).as_micros().into(),
            STRIP.into(),
        ];
        let strip = read(self.query(program, &text::HAZARDS_NEAR, values).await?)?;
        let away = |other: &Hazard| other.position.map(|place| place.metres_to(position));
        #[expect(clippy::cast_precision_loss, reason = "50 metres")]
        let near = |other: &Hazard| away(other).is_some_and(|metres| metres <= HINT_METRES as f64);
        let mut others: Vec<Hazard> = strip
            .into_iter()
            .filter(|other| other.id != hazard.id && near(other))
            .collect();
        others.sort_by(|one, other| {
            away(one)
                .partial_cmp(&away(other))
                .unwrap_or(std::cmp::Ordering::Equal)
        });
        Ok(others)
    }

    /// What else was shown with photos like those of a hazard, those first that differ least.
    pub async fn hazard_twins(
        &self,
        program: ProgramId,
        hazard: HazardId,
    ) -> Result<Vec<Twin>, StoreError> {
        let shown = self.attachments_of(program, hazard.0).await?;
        let mut found = Vec::new();
        for (photo, looks) in shown.iter().filter_map(|of| Some((of.id, of.looks?))) {
            let near = looks.near().map(|(place, quarter)| {
                let place = i64::try_from(place).unwrap_or_default();
                (photo, (place, quarter))
            });
            let mut reader = self.reader().acquire().await?;
            let near: Vec<_> = near.collect();
            let columns = places(near.into_iter());
            let statement = &attachment_text::TWINS;
            let rows: Vec<(Uuid, Uuid, Uuid, i64)> =
                fetch_rows(&mut reader, statement, program.0, &columns).await?;
            for (_, other, of, other_looks) in rows {
                let distance = looks.distance(looks_of(other_looks));
                let alike = distance <= Looks::ALIKE && of != hazard.0;
                found.extend(alike.then_some(Twin {
                    attachment: AttachmentId(other),
                    of,
                    distance,
                }));
            }
        }
        found.sort_unstable_by_key(|twin| (twin.distance, *twin));
        found.dedup();
        Ok(found)
    }

    /// How long may be taken for each category for which the programme says something.
    pub async fn hazard_terms(&self, program: ProgramId) -> Result<Vec<Terms>, StoreError> {
        let rows: Vec<TermsRow> = self.query(program, &text::HAZARD_TERMS, []).await?;
        rows.into_iter().map(terms).collect()
    }
}
