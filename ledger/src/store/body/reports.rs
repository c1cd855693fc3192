//! Reports on points. Compiled once for each database: `super` names the types and binds.

use std::collections::BTreeMap;

use uuid::Uuid;

use super::Store;
use super::run::fetch_rows;
use crate::accounts::AccountKind;
use crate::clock::Timestamp;
use crate::ids::{OfferId, ProgramId, StoreId};
use crate::points::Points;
use crate::store::columns::Column;
use crate::store::statement::Statement;
use crate::store::views::{Awarded, AwardedBy, AwardedKey, Flow, Period, Taken};
use crate::store::{StoreError, report_text as text};

/// Points in hundredths, and a moment in microseconds.
type Row<K> = (i64, K, i64, i64, i64, i64, i64);

fn awarded<K>(rows: Vec<Row<K>>, key: impl Fn(K) -> AwardedKey) -> Vec<Awarded> {
    let row = |(from, of, awards, points, outstanding, expired, reversed): Row<K>| Awarded {
        from: Timestamp::from_micros(from),
        key: key(of),
        awards,
        points: Points::from_hundredths(points),
        outstanding: Points::from_hundredths(outstanding),
        expired: Points::from_hundredths(expired),
        reversed: Points::from_hundredths(reversed),
    };
    rows.into_iter().map(row).collect()
}

impl Store {
    /// What became of what was awarded in each of these periods.
    pub async fn awarded_points(
        &self,
        program: ProgramId,
        by: AwardedBy,
        periods: &[Period],
    ) -> Result<Vec<Awarded>, StoreError> {
        let columns = Column::periods(periods);
        let mut reader = self.reader().acquire().await?;
        let (reader, program) = (&mut reader, program.0);
        Ok(match by {
            AwardedBy::Rule => {
                let rows = fetch_rows(reader, &text::AWARDED_BY_RULE, program, &columns);
                awarded(rows.await?, AwardedKey::Rule)
            }
            AwardedBy::Organization => {
                let rows = fetch_rows(reader, &text::AWARDED_BY_ORGANIZATION, program, &columns);
                awarded(rows.await?, AwardedKey::Of)
            }
            AwardedBy::Budget => {
                let rows = fetch_rows(reader, &text::AWARDED_BY_BUDGET, program, &columns);
                awarded(rows.await?, |budget: Uuid| AwardedKey::Of(Some(budget)))
            }
        })
    }

    /// What was issued, and what expired to the programme, in each of these periods in which anything was.
    pub async fn flows(
        &self,
        program: ProgramId,
        periods: &[Period],
    ) -> Result<BTreeMap<Timestamp, Flow>, StoreError> {
        let [_, _, from, until] = Column::periods(periods);
        let mut reader = self.reader().acquire().await?;
        let rows: Vec<(i64, i64, i64)> =
            fetch_rows(&mut reader, &text::FLOWS, program.0, &[from, until]).await?;
        let mut flows: BTreeMap<Timestamp, Flow> = BTreeMap::new();
        for (from, kind, amount) in rows {
            let flow = flows.entry(Timestamp::from_micros(from)).or_default();
            match kind == AccountKind::Issued.number() {
                true => flow.issued = Points::from_hundredths(-amount),
                false => flow.breakage = Points::from_hundredths(amount),
            }
        }
        Ok(flows)
    }

    /// What each store took in each of these periods.
    pub async fn taken(
        &self,
        program: ProgramId,
        periods: &[Period],
    ) -> Result<Vec<Taken<StoreId>>, StoreError> {
        self.taken_of(program, &text::TAKEN, periods, StoreId).await
    }

    /// What was paid for each offer in each of these periods.
    pub async fn taken_up(
        &self,
        program: ProgramId,
        periods: &[Period],
    ) -> Result<Vec<Taken<OfferId>>, StoreError> {
        let statement = &text::TAKEN_UP;
        self.taken_of(program, statement, periods, OfferId).await
    }

    async fn taken_of<T>(
        &self,
        program: ProgramId,
        statement: &'static Statement,
        periods: &[Period],
        id: impl Fn(Uuid) -> T,
    ) -> Result<Vec<Taken<T>>, StoreError> {
        let columns = Column::periods(periods);
        let mut reader = self.reader().acquire().await?;
        let rows: Vec<(i64, Uuid, i64, i64, i64)> =
            fetch_rows(&mut reader, statement, program.0, &columns).await?;
        let taken = |(from, of, redemptions, captured, refunded)| Taken {
            from: Timestamp::from_micros(from),
            of: id(of),
            redemptions,
            captured: Points::from_hundredths(captured),
            refunded: Points::from_hundredths(refunded),
        };
        Ok(rows.into_iter().map(taken).collect())
    }
}
