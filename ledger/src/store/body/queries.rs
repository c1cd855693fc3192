//! Queries. This file is compiled once for each database: `super` names the types and binds.

use std::collections::HashMap;

use uuid::Uuid;

use super::run::{fetch, fetch_rows};
use super::{Row, Store};
use crate::clock::Timestamp;
use crate::community::{DraftState, PolicyDraft, PolicyVersion, Program};
use crate::ids::{AwardId, DraftId, MemberId, OrganizationId, ProgramId, RedemptionId};
use crate::lots::Taking;
use crate::machine::{Award, Redemption};
use crate::points::Points;
use crate::store::columns::Column;
use crate::store::records::{AwardRow, DraftRow, RedemptionRow};
use crate::store::statement::Statement;
use crate::store::value::Value;
use crate::store::views::{
    AwardFilter, Charger, DraftFilter, Named, Period, RedemptionFilter, Register, WaitingFilter,
};
use crate::store::{Claimed, StoreError, log_in_text, query_text as text, text as write_text};

type NamedRow = (Uuid, String, Option<Uuid>, String);

impl Store {
    pub(super) async fn query<T: Row>(
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

    /// What became of a claimed key.
    pub async fn claimed(
        &self,
        program: ProgramId,
        claims: &[Uuid],
    ) -> Result<HashMap<Uuid, Claimed>, StoreError> {
        type Row = (Uuid, Uuid, Option<String>, Option<String>);
        let claims = [Column::uuids(claims.iter().copied())];
        let mut reader = self.reader().acquire().await?;
        let statement = &write_text::CLAIMED;
        let rows: Vec<Row> = fetch_rows(&mut reader, statement, program.0, &claims).await?;
        let read =
            |(id, body, rejection, receipt)| Ok((id, Claimed::read(id, body, rejection, receipt)?));
        rows.into_iter().map(read).collect()
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
            Register::Clerks => &log_in_text::CLERKS,
            Register::Organizations => &text::ORGANIZATIONS,
        };
        let rows: Vec<NamedRow> = self
            .query(program, statement, [after.into(), limit.into()])
            .await?;
        Ok(rows.into_iter().map(named).collect())
    }

    /// One record.
    pub async fn registered(
        &self,
        program: ProgramId,
        register: Register,
        id: Uuid,
    ) -> Result<Option<Named>, StoreError> {
        let statement = match register {
            Register::Members => &text::MEMBER,
            Register::Staff => &text::STAFF_PERSON,
            Register::Merchants => &text::MERCHANT,
            Register::Stores => &text::STORE,
            Register::Sites => &text::SITE,
            Register::Clerks => &log_in_text::CLERK,
            Register::Organizations => &text::ORGANIZATION,
        };
        let rows: Vec<NamedRow> = self.query(program, statement, [id.into()]).await?;
        Ok(rows.into_iter().next().map(named))
    }

    /// Those of these ids that are on record, in any order.
    pub async fn registered_of(
        &self,
        program: ProgramId,
        register: Register,
        ids: &[Uuid],
    ) -> Result<Vec<Named>, StoreError> {
        let statement = match register {
            Register::Members => &text::MEMBERS_OF,
            Register::Staff => &text::STAFF_OF,
            Register::Merchants => &text::MERCHANTS_OF,
            Register::Stores => &text::STORES_OF,
            Register::Sites => &text::SITES_OF,
            Register::Clerks => &log_in_text::NAMED_CLERKS,
            Register::Organizations => &text::ORGANIZATIONS_OF,
        };
        let ids = [Column::uuids(ids.iter().copied())];
        let mut reader = self.reader().acquire().await?;
        let rows: Vec<NamedRow> = fetch_rows(&mut reader, statement, program.0, &ids).await?;
        Ok(rows.into_iter().map(named).collect())
    }

    /// Those of these members who were merged or erased, and who they are now, in any order.
    pub async fn merged_among(
        &self,
        program: ProgramId,
        members: &[MemberId],
    ) -> Result<Vec<(MemberId, MemberId)>, StoreError> {
        let columns = [Column::uuids(members.iter().map(|member| member.0))];
        let mut reader = self.reader().acquire().await?;
        let statement = &text::MERGED_AMONG;
        let rows: Vec<(Uuid, Uuid)> =
            fetch_rows(&mut reader, statement, program.0, &columns).await?;
        let ids = |(member, into)| (MemberId(member), MemberId(into));
        Ok(rows.into_iter().map(ids).collect())
    }

    /// Who these members are now — another, where they were merged, and themselves, where they were erased — and what they can spend at
    /// `now`, in any order.
    pub async fn standings(
        &self,
        program: ProgramId,
        members: &[MemberId],
        now: Timestamp,
    ) -> Result<Vec<(MemberId, Option<MemberId>, Points)>, StoreError> {
        let columns = [
            Column::uuids(members.iter().map(|member| member.0)),
            Column::ints(members.iter().map(|_| now.as_micros())),
        ];
        let mut reader = self.reader().acquire().await?;
        let statement = &text::STANDINGS;
        let rows: Vec<(Uuid, Option<Uuid>, i64)> =
            fetch_rows(&mut reader, statement, program.0, &columns).await?;
        let standing = |(member, into, available): (Uuid, Option<Uuid>, i64)| {
            let points = Points::from_hundredths(available);
            (MemberId(member), into.map(MemberId), points)
        };
        Ok(rows.into_iter().map(standing).collect())
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
            (None, Some(AwardState::Queued | AwardState::Submitted | AwardState::Frozen)) => {
                self.query(program, &text::AWARDS_WAITING, [before, state, limit])
                    .await?
            }
            (None, _) => {
                self.query(program, &text::AWARDS_PAGE, [before, state, limit])
                    .await?
            }
        };
        rows.into_iter().map(Award::try_from).collect()
    }

    /// A page of the awards of members below a node that wait in a state, newest first.
    pub async fn waiting_within(
        &self,
        program: ProgramId,
        node: OrganizationId,
        filter: &WaitingFilter,
    ) -> Result<Vec<Award>, StoreError> {
        let before: Value = filter.before.map_or(Uuid::max(), |id| id.0).into();
        let state: Value = filter.state.name().into();
        let values = [before, state, filter.limit.into(), node.0.into()];
        let rows: Vec<AwardRow> = self
            .query(program, &text::AWARDS_WAITING_WITHIN, values)
            .await?;
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

    /// How many redemptions of a store were authorised in a period, in whatever state, and what the store has of them: what it captured less
    /// what it gave back.
    pub async fn kept_by_store(
        &self,
        program: ProgramId,
        store: Uuid,
        period: Period,
    ) -> Result<(i64, Points), StoreError> {
        let (first, last) = period.bounds();
        let values: [Value; 5] = [
            store.into(),
            first.into(),
            last.into(),
            period.from.as_micros().into(),
            period.until.as_micros().into(),
        ];
        let rows: Vec<(i64, i64)> = self.query(program, &text::KEPT_BY_STORE, values).await?;
        let (number, hundredths) = rows.into_iter().next().unwrap_or_default();
        Ok((number, Points::from_hundredths(hundredths)))
    }

    /// Who authorised these redemptions, of those that are on record.
    pub async fn chargers(
        &self,
        program: ProgramId,
        ids: &[RedemptionId],
    ) -> Result<HashMap<RedemptionId, Charger>, StoreError> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let ids = [Column::uuids(ids.iter().map(|id| id.0))];
        let mut reader = self.reader().acquire().await?;
        let statement = &text::CHARGERS;
        let rows: Vec<(Uuid, Option<String>, i64)> =
            fetch_rows(&mut reader, statement, program.0, &ids).await?;
        let charger = |(id, clerk, members): (Uuid, Option<String>, i64)| {
            let by = match (clerk, members) {
                (Some(name), _) => Charger::Clerk(name),
                (None, 0) => Charger::Other,
                (None, _) => Charger::Member,
            };
            (RedemptionId(id), by)
        };
        Ok(rows.into_iter().map(charger).collect())
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

    /// One policy on its way into force.
    pub async fn draft(
        &self,
        program: ProgramId,
        id: DraftId,
    ) -> Result<Option<PolicyDraft>, StoreError> {
        let rows: Vec<DraftRow> = self.query(program, &text::DRAFT, [id.0.into()]).await?;
        rows.into_iter().next().map(TryInto::try_into).transpose()
    }

    /// A page of policies on their way into force, those imported last first.
    pub async fn drafts(
        &self,
        program: ProgramId,
        filter: &DraftFilter,
    ) -> Result<Vec<PolicyDraft>, StoreError> {
        let (at, id) = filter
            .before
            .map_or((i64::MAX, Uuid::max()), |(at, id)| (at.as_micros(), id.0));
        let state = filter.state.map_or("", DraftState::name);
        let values = [at.into(), id.into(), state.into(), filter.limit.into()];
        let rows: Vec<DraftRow> = self.query(program, &text::DRAFTS_PAGE, values).await?;
        rows.into_iter().map(TryInto::try_into).collect()
    }

    /// A page of reversed awards of which something is still owed, after one, in order of id; begin with the nil id.
    pub async fn owing_awards(
        &self,
        program: ProgramId,
        after: AwardId,
        limit: i64,
    ) -> Result<Vec<Award>, StoreError> {
        let values = [after.0.into(), limit.into()];
        let rows: Vec<AwardRow> = self.query(program, &text::OWING_AWARDS, values).await?;
        rows.into_iter().map(Award::try_from).collect()
    }
}

fn named((id, name, belongs_to, detail): NamedRow) -> Named {
    Named {
        id,
        name,
        belongs_to,
        detail,
    }
}
