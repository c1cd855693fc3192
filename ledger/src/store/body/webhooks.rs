//! Endpoints and what they are told. Compiled once for each database: `super` names the types and binds.

use uuid::Uuid;

use super::run::run_rows;
use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::community::webhook::Endpoint;
use crate::ids::{CommandId, EndpointId, ProgramId};
use crate::machine::{Needs, State};
use crate::store::columns::Column;
use crate::store::views::{Attempt, Delivery, DeliveryState, DeliveryView, EndpointView};
use crate::store::{StoreError, webhook_text as text};

fn endpoint(body: &str) -> Result<Endpoint, StoreError> {
    let read = serde_json::from_str(body);
    read.map_err(|error| StoreError::corrupt("endpoints", "body", Uuid::nil(), error))
}

impl Tx<'_> {
    pub(super) async fn load_webhooks(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<(), StoreError> {
        state.webhooks.watched = self.watched;
        if needs.endpoints.is_empty() {
            return Ok(());
        }
        let columns = [Column::uuids(needs.endpoints.iter().map(|id| id.0))];
        let rows: Vec<(String,)> = self.fetch(&text::ENDPOINTS, columns).await?;
        for (body,) in rows {
            state.webhooks.load(endpoint(&body)?);
        }
        Ok(())
    }
}

impl Store {
    /// One endpoint.
    pub async fn endpoint(
        &self,
        program: ProgramId,
        id: EndpointId,
    ) -> Result<Option<Endpoint>, StoreError> {
        let rows: Vec<(String,)> = self.query(program, &text::ENDPOINT, [id.0.into()]).await?;
        rows.first().map(|(body,)| endpoint(body)).transpose()
    }

    /// How many endpoints there are that have not ended.
    pub async fn live_endpoints(&self, program: ProgramId) -> Result<i64, StoreError> {
        let rows: Vec<(i64,)> = self.query(program, &text::LIVE_ENDPOINTS, []).await?;
        Ok(rows.first().map_or(0, |(count,)| *count))
    }

    /// How one endpoint fares, or every one, those that ended among them, in order of id.
    pub async fn endpoint_views(
        &self,
        program: ProgramId,
        id: Option<EndpointId>,
    ) -> Result<Vec<EndpointView>, StoreError> {
        let (first, last) = id.map_or((Uuid::nil(), Uuid::max()), |id| (id.0, id.0));
        let values = [first.into(), last.into()];
        let rows: Vec<(String, i64, i64, i64, i64)> =
            self.query(program, &text::ENDPOINT_VIEWS, values).await?;
        let view = |(body, failures, rests_until, waiting, dead): (String, _, _, _, _)| {
            Ok(EndpointView {
                endpoint: endpoint(&body)?,
                failures,
                rests_until: Timestamp::from_micros(rests_until),
                waiting,
                dead,
            })
        };
        rows.into_iter().map(view).collect()
    }

    /// The endpoints that can be told something now, and how often each failed in a row.
    pub async fn endpoints_due(
        &self,
        program: ProgramId,
        now: Timestamp,
    ) -> Result<Vec<(Endpoint, i64)>, StoreError> {
        let values = [now.as_micros().into()];
        let rows: Vec<(String, i64)> = self.query(program, &text::ENDPOINTS_DUE, values).await?;
        let due = |(body, failures): (String, i64)| Ok((endpoint(&body)?, failures));
        rows.into_iter().map(due).collect()
    }

    /// Since when what waits longest could have been told.
    pub async fn deliveries_since(
        &self,
        program: ProgramId,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let values = [now.as_micros().into()];
        let rows: Vec<(i64,)> = self.query(program, &text::DELIVERIES_SINCE, values).await?;
        Ok(rows.first().map(|(at,)| Timestamp::from_micros(*at)))
    }

    /// What an endpoint can be told now: of each subject what comes first.
    pub async fn deliveries_due(
        &self,
        program: ProgramId,
        endpoint: EndpointId,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<Delivery>, StoreError> {
        type Row = (Uuid, i64, String, Uuid, i64, String, Option<String>);
        let values = [endpoint.0.into(), now.as_micros().into(), limit.into()];
        let rows: Vec<Row> = self.query(program, &text::DELIVERIES_DUE, values).await?;
        let delivery = |(event, attempts, kind, subject, recorded_at, receipt, reason): Row| {
            let receipt = serde_json::from_str(&receipt)
                .map_err(|error| StoreError::corrupt("events", "receipt", event, error))?;
            Ok(Delivery {
                event: CommandId(event),
                attempts,
                kind,
                subject,
                recorded_at: Timestamp::from_micros(recorded_at),
                receipt,
                reason,
            })
        };
        rows.into_iter().map(delivery).collect()
    }

    /// Keeps what came of attempts, beside the writer.
    pub async fn settle_deliveries(
        &self,
        program: ProgramId,
        attempts: &[Attempt],
    ) -> Result<(), StoreError> {
        if attempts.is_empty() {
            return Ok(());
        }
        let rows = || attempts.iter();
        let columns = [
            Column::uuids(rows().map(|a| a.endpoint.0)),
            Column::uuids(rows().map(|a| a.event.0)),
            Column::texts(rows().map(|a| a.state.name())),
            Column::ints(rows().map(|a| a.attempts)),
            Column::ints(rows().map(|a| a.due_at.as_micros())),
            Column::ints(rows().map(|a| a.at.as_micros())),
            Column::texts(rows().map(|a| a.answer.as_str())),
        ];
        let mut keeper = self.keeper().acquire().await?;
        let statement = &text::SETTLE_DELIVERIES;
        run_rows(&mut keeper, statement, program.0, &columns).await?;
        Ok(())
    }

    /// Notes how often an endpoint failed in a row, and until when it is left alone, beside the writer.
    pub async fn note_rest(
        &self,
        program: ProgramId,
        endpoint: EndpointId,
        failures: i64,
        until: Timestamp,
    ) -> Result<(), StoreError> {
        let values = [endpoint.0.into(), failures.into(), until.as_micros().into()];
        let _: Vec<(Uuid,)> = self.keep(program, &text::NOTE_REST, values).await?;
        Ok(())
    }

    /// A page of what an endpoint was told or is to be, before an event, the newest first; of all states or of one.
    pub async fn deliveries(
        &self,
        program: ProgramId,
        endpoint: EndpointId,
        state: Option<DeliveryState>,
        before: CommandId,
        limit: i64,
    ) -> Result<Vec<DeliveryView>, StoreError> {
        type Row = (
            Uuid,
            String,
            Uuid,
            i64,
            String,
            i64,
            i64,
            Option<i64>,
            Option<String>,
        );
        let [one, two, three] = state.map_or(DeliveryState::ALL, |state| [state; 3]);
        let values = [
            endpoint.0.into(),
            before.0.into(),
            one.name().into(),
            two.name().into(),
            three.name().into(),
            limit.into(),
        ];
        let rows: Vec<Row> = self.query(program, &text::DELIVERIES, values).await?;
        let view = |(event, kind, subject, recorded, state, attempts, due, tried, answer): Row| {
            let unknown = || StoreError::corrupt("deliveries", "state", event, &state);
            Ok(DeliveryView {
                event: CommandId(event),
                kind,
                subject,
                recorded_at: Timestamp::from_micros(recorded),
                state: DeliveryState::from_name(&state).ok_or_else(unknown)?,
                attempts,
                due_at: Timestamp::from_micros(due),
                tried_at: tried.map(Timestamp::from_micros),
                answer,
            })
        };
        rows.into_iter().map(view).collect()
    }
}
