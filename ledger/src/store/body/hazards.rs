//! Hazards: what a batch reads, and what is asked. Compiled once for each database: `super` names the types and binds.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::community::hazard::{HINT_METRES, HINT_SECONDS, Hazard, HazardBody, Terms};
use crate::ids::{AttachmentId, DeedId, HazardId, MemberId, ProgramId};
use crate::machine::needs::LinkNeeds;
use crate::machine::{Award, Links, Needs, State};
use crate::policy::MILLIONTHS_A_METRE;
use crate::store::columns::Column;
use crate::store::hazards::{HazardRow, TermsRow, terms};
use crate::store::records::AwardRow;
use crate::store::value::Value;
use crate::store::views::{Due, HazardFilter};
use crate::store::{StoreError, hazard_text as text};

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
            let columns = [Column::uuids(needs.reports.iter().map(|id| id.0))];
            let rows: Vec<(Uuid, Uuid)> = self.fetch(&text::LINK_SHOWN, columns).await?;
            for (deed, photo) in rows {
                let shown = links.shown.entry(DeedId(deed)).or_default();
                shown.push(AttachmentId(photo));
            }
        }
        Ok(())
    }

    /// Hazards with all reports of the same and, where it matters, what was awarded for these and for what was shown with the same photos. After
    /// attachments, which say what that is.
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
        let first = self
            .read_hazards(&text::HAZARDS, things.clone(), state)
            .await?;
        let same = self
            .read_hazards(&text::HAZARDS_OF_SAME, things, state)
            .await?;
        if !needs.awarded_reports {
            return Ok(());
        }
        let like = self.shown_alike(&needs.attachments, state).await?;
        // All of them: a command of this batch may say that two of them are of one hazard, and the next award one of these.
        let all = [&reported, &named, &first, &same].into_iter().flatten();
        let deeds = all.filter_map(|hazard| hazard.deed).chain(like);
        self.load_awarded(deeds.collect(), state).await
    }

    /// The deeds that were shown with photos alike: of hazards, or by themselves.
    async fn shown_alike(
        &mut self,
        photos: &BTreeSet<AttachmentId>,
        state: &mut State,
    ) -> Result<Vec<DeedId>, StoreError> {
        let twins = photos
            .iter()
            .flat_map(|photo| state.attachments.twins(*photo));
        let of: BTreeSet<Uuid> = twins.map(|twin| twin.of).collect();
        let hazards = self.read_hazards(&text::HAZARDS, of.clone(), state).await?;
        let known: BTreeSet<Uuid> = hazards.iter().map(|hazard| hazard.id.0).collect();
        let deeds = of.difference(&known).map(|deed| DeedId(*deed));
        let reported = hazards.iter().filter_map(|hazard| hazard.deed);
        Ok(deeds.chain(reported).collect())
    }

    /// The awards for these deeds that stand, and of which things they are reports.
    async fn load_awarded(
        &mut self,
        deeds: BTreeSet<DeedId>,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if deeds.is_empty() {
            return Ok(());
        }
        let columns = [Column::uuids(deeds.iter().map(|deed| deed.0))];
        let rows: Vec<AwardRow> = self.fetch(&text::AWARDS_OF_DEEDS, columns).await?;
        let mut sharing = BTreeSet::new();
        for row in rows {
            let award = Award::try_from(row)?;
            let shares =
                award.terms.duplicates.is_some() && state.things.report(award.id).is_none();
            sharing.extend(shares.then_some(award.id));
            state.load_live(award.deed_id, award.policy.clone(), award.id);
            if state.award(award.id).is_none() {
                state.load_award(award);
            }
        }
        let things = self.things_of(&sharing).await?;
        self.load_reports(things, state).await
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

    /// How long may be taken for each category for which the programme says something.
    pub async fn hazard_terms(&self, program: ProgramId) -> Result<Vec<Terms>, StoreError> {
        let rows: Vec<TermsRow> = self.query(program, &text::HAZARD_TERMS, []).await?;
        rows.into_iter().map(terms).collect()
    }
}
