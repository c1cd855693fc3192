//! Awards as work. Compiled once for each database: `super` names the types and binds.

use uuid::Uuid;

use super::Store;
use super::run::fetch_rows;
use crate::clock::Timestamp;
use crate::ids::{ActorId, AwardId, CommandId, DeedId, MemberId, ProgramId};
use crate::machine::{Award, AwardState, Outcome, Receipt};
use crate::points::Points;
use crate::policy::{Deed, Trace};
use crate::store::columns::Column;
use crate::store::records::AwardRow;
use crate::store::value::Value;
use crate::store::views::{
    ApprovalFilter, Approver, DisputeFilter, IssuedRecord, NearTier, NoticeFilter, OnNotice, Pair,
    PairFilter, PairOf, Period, Place, ServedDeed, TierRange,
};
use crate::store::{StoreError, work_text as text};

fn awards(rows: Vec<AwardRow>) -> Result<Vec<Award>, StoreError> {
    rows.into_iter().map(Award::try_from).collect()
}

impl Store {
    /// A page of the awards that wait for an approver, oldest first.
    pub async fn approvals(
        &self,
        program: ProgramId,
        filter: &ApprovalFilter,
    ) -> Result<Vec<Award>, StoreError> {
        // Nothing is of the nil id, and nothing holds this text.
        let own = filter.own.map_or(Uuid::nil(), |member| member.0);
        let by = format!("%\"by\":\"{}\"%", filter.approver);
        let node = filter.node.map(|node| format!("%\"node\":\"{node}\"%"));
        let mut values: Vec<Value> = vec![
            filter.after.map_or(Uuid::nil(), |award| award.0).into(),
            filter.approver.0.into(),
            own.into(),
            by.as_str().into(),
            node.as_deref().unwrap_or("-").into(),
            filter.limit.into(),
        ];
        let statement = match filter.within {
            None => &text::APPROVALS,
            Some(within) => {
                values.push(within.0.into());
                &text::APPROVALS_WITHIN
            }
        };
        awards(self.query(program, statement, values).await?)
    }

    /// A page of what waits for a reviewer, what is escalated first, then the oldest.
    pub async fn disputes(
        &self,
        program: ProgramId,
        filter: &DisputeFilter,
    ) -> Result<Vec<Award>, StoreError> {
        let Place(rank, id) = filter.after.unwrap_or(Place(-1, Uuid::nil()));
        let mut values: Vec<Value> = vec![rank.into(), id.into(), filter.limit.into()];
        let statement = match filter.within {
            None => &text::DISPUTES,
            Some(within) => {
                values.push(within.0.into());
                &text::DISPUTES_WITHIN
            }
        };
        awards(self.query(program, statement, values).await?)
    }

    /// A page of what is on public notice, what closes first at first.
    pub async fn on_notice(
        &self,
        program: ProgramId,
        filter: &NoticeFilter,
    ) -> Result<Vec<OnNotice>, StoreError> {
        type Row = (
            Uuid,
            i64,
            String,
            String,
            i64,
            i64,
            Option<String>,
            Option<String>,
        );
        let Place(until, id) = filter.after.unwrap_or(Place(i64::MIN, Uuid::nil()));
        let mut values: Vec<Value> = vec![
            filter.now.as_micros().into(),
            until.into(),
            id.into(),
            filter.limit.into(),
        ];
        let statement = match filter.within {
            None => &text::ON_NOTICE,
            Some(within) => {
                values.push(within.0.into());
                &text::ON_NOTICE_WITHIN
            }
        };
        let rows: Vec<Row> = self.query(program, statement, values).await?;
        let view = |(id, points, deed, trace, until, objected, name, organization): Row| {
            let corrupt =
                |column, error: serde_json::Error| StoreError::corrupt("awards", column, id, error);
            let deed: Deed = serde_json::from_str(&deed).map_err(|e| corrupt("deed", e))?;
            let trace: Trace = serde_json::from_str(&trace).map_err(|e| corrupt("trace", e))?;
            Ok(OnNotice {
                award: AwardId(id),
                name: name.unwrap_or_default(),
                organization,
                title: trace.rule_title,
                points: Points::from_hundredths(points),
                occurred_at: deed.occurred_at,
                until: Timestamp::from_micros(until),
                objected: objected != 0,
            })
        };
        rows.into_iter().map(view).collect()
    }

    /// The award on public notice that goes by a number. All that is on notice is looked through: it is little.
    pub async fn noticed(
        &self,
        program: ProgramId,
        number: Uuid,
        now: Timestamp,
    ) -> Result<Option<AwardId>, StoreError> {
        let values = [now.as_micros().into()];
        let rows: Vec<(Uuid,)> = self.query(program, &text::NOTICED, values).await?;
        let mut awards = rows.into_iter().map(|(id,)| AwardId(id));
        Ok(awards.find(|award| OnNotice::number_of(*award) == number))
    }

    /// A page of a member's deeds whose award vested, after an award, and whether it stands.
    pub async fn served(
        &self,
        program: ProgramId,
        member: MemberId,
        after: AwardId,
        limit: i64,
    ) -> Result<Vec<ServedDeed>, StoreError> {
        let values = [member.0.into(), after.0.into(), limit.into()];
        type Row = (Uuid, Uuid, String, String);
        let rows: Vec<Row> = self.query(program, &text::SERVED, values).await?;
        let served = |(award, id, deed, state): Row| {
            let deed = serde_json::from_str(&deed)
                .map_err(|error| StoreError::corrupt("awards", "deed", award, error))?;
            Ok(ServedDeed {
                award: AwardId(award),
                id: DeedId(id),
                deed,
                stands: state == AwardState::Vested.name(),
            })
        };
        rows.into_iter().map(served).collect()
    }

    /// Other awards for the same thing, up to twenty.
    pub async fn alike(
        &self,
        program: ProgramId,
        award: AwardId,
    ) -> Result<Vec<AwardId>, StoreError> {
        let rows: Vec<(Uuid,)> = self.query(program, &text::ALIKE, [award.0.into()]).await?;
        Ok(rows.into_iter().map(|(id,)| AwardId(id)).collect())
    }

    /// A signed service record, if it was issued.
    pub async fn issued_record(
        &self,
        program: ProgramId,
        record: CommandId,
    ) -> Result<Option<IssuedRecord>, StoreError> {
        let rows: Vec<(Uuid, String, i64)> = self
            .query(program, &text::ISSUED_RECORD, [record.0.into()])
            .await?;
        let Some((_, receipt, at)) = rows.into_iter().next() else {
            return Ok(None);
        };
        let corrupt = |error: &dyn ToString| {
            StoreError::corrupt("events", "receipt", record, error.to_string())
        };
        let receipt: Receipt = serde_json::from_str(&receipt).map_err(|e| corrupt(&e))?;
        match receipt.outcome {
            Outcome::RecordIssued { member, digest } => Ok(Some(IssuedRecord {
                id: record,
                member,
                digest,
                at: Timestamp::from_micros(at),
            })),
            _ => Err(corrupt(&"it is of no record")),
        }
    }

    /// Who approved how much in each of these periods.
    pub async fn approvers(
        &self,
        program: ProgramId,
        periods: &[Period],
    ) -> Result<Vec<Approver>, StoreError> {
        let columns = Column::periods(periods);
        let mut reader = self.reader().acquire().await?;
        let rows: Vec<(i64, Uuid, i64, i64, i64)> =
            fetch_rows(&mut reader, &text::APPROVERS, program.0, &columns).await?;
        let approver = |(from, actor, approvals, points, hasty)| Approver {
            from: Timestamp::from_micros(from),
            approver: ActorId(actor),
            approvals,
            points: Points::from_hundredths(points),
            hasty,
        };
        Ok(rows.into_iter().map(approver).collect())
    }

    /// Pairs that meet more often than chance would have it.
    pub async fn pairs(
        &self,
        program: ProgramId,
        filter: &PairFilter,
    ) -> Result<Vec<Pair>, StoreError> {
        type Row = (Uuid, Uuid, i64, i64, i64, i64, i64);
        let (first, last) = filter.period.bounds();
        let values = [
            first.into(),
            last.into(),
            filter.period.from.as_micros().into(),
            filter.period.until.as_micros().into(),
            filter.least.into(),
            filter.times.into(),
            filter.percent.into(),
            filter.limit.into(),
        ];
        let statement = match filter.of {
            PairOf::Submitter => &text::SUBMITTER_PAIRS,
            PairOf::Approver => &text::APPROVER_PAIRS,
        };
        let rows: Vec<Row> = self.query(program, statement, values).await?;
        let pair = |(actor, member, observed, points, by_actor, by_member, total): Row| Pair {
            actor: ActorId(actor),
            member: MemberId(member),
            observed,
            points: Points::from_hundredths(points),
            by_actor,
            by_member,
            total,
        };
        Ok(rows.into_iter().map(pair).collect())
    }

    /// How many awards of each submitter come close below a tier.
    pub async fn near_tiers(
        &self,
        program: ProgramId,
        period: Period,
        tiers: &[TierRange],
    ) -> Result<Vec<NearTier>, StoreError> {
        if tiers.is_empty() {
            return Ok(Vec::new());
        }
        let (first, last) = period.bounds();
        let each = || tiers.iter();
        let columns = [
            Column::texts(each().map(|tier| tier.digest.as_str())),
            Column::ints(each().map(|tier| tier.low.hundredths())),
            Column::ints(each().map(|tier| tier.tier.hundredths())),
            Column::uuids(each().map(|_| first)),
            Column::uuids(each().map(|_| last)),
            Column::ints(each().map(|_| period.from.as_micros())),
            Column::ints(each().map(|_| period.until.as_micros())),
        ];
        let mut reader = self.reader().acquire().await?;
        let rows: Vec<(Uuid, String, i64, i64, i64)> =
            fetch_rows(&mut reader, &text::NEAR_TIERS, program.0, &columns).await?;
        let near = |(submitter, digest, tier, near, all)| NearTier {
            submitter: ActorId(submitter),
            digest,
            tier: Points::from_hundredths(tier),
            near,
            all,
        };
        Ok(rows.into_iter().map(near).collect())
    }
}
