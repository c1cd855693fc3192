//! The audit trail. Compiled once for each database: `super` names the types and binds.

use uuid::Uuid;

use super::Store;
use crate::clock::Timestamp;
use crate::ids::{ActorId, CommandId, ProgramId};
use crate::store::views::{Change, TrailFilter, TrailPage};
use crate::store::{StoreError, trail_text as text};

/// How many events are looked through for one page of those that fit a filter. There is no index of who did what to what: every award would
/// have to be written into it.
const LOOKED_THROUGH: i64 = 20_000;
type Row = (
    Uuid,
    i64,
    String,
    Uuid,
    String,
    Option<String>,
    Option<Uuid>,
    Option<String>,
    Option<String>,
    Option<Uuid>,
    Option<String>,
);

fn change(row: Row) -> Result<Change, StoreError> {
    let (id, at, operation, subject, receipt, reason, actor, role, via, via_id, address) = row;
    let receipt = serde_json::from_str(&receipt)
        .map_err(|error| StoreError::corrupt("events", "receipt", id, error))?;
    Ok(Change {
        id: CommandId(id),
        at: Timestamp::from_micros(at),
        operation,
        subject,
        actor: actor.map(ActorId),
        role,
        via,
        via_id,
        address,
        reason,
        receipt,
    })
}

impl Store {
    /// A page of what was changed, newest first.
    pub async fn trail(
        &self,
        program: ProgramId,
        filter: &TrailFilter,
    ) -> Result<TrailPage, StoreError> {
        let (latest, earliest) = filter.bounds();
        let looked_through = if filter.is_sparse() {
            LOOKED_THROUGH.max(filter.limit)
        } else {
            filter.limit
        };
        let from = filter.from.map_or(i64::MIN, Timestamp::as_micros);
        let until = filter.until.map_or(i64::MAX, Timestamp::as_micros);
        let pattern = filter.object.map(|id| format!("%{id}%"));
        let values = [
            latest.into(),
            earliest.into(),
            looked_through.into(),
            from.into(),
            until.into(),
            filter.operation.as_deref().into(),
            filter.actor.map(|id| id.0).into(),
            filter.object.into(),
            pattern.as_deref().into(),
            filter.limit.into(),
        ];
        let rows: Vec<Row> = self.query(program, &text::TRAIL, values).await?;
        let changes = rows
            .into_iter()
            .map(change)
            .collect::<Result<Vec<_>, _>>()?;
        let is_full = i64::try_from(changes.len()).is_ok_and(|found| found == filter.limit);
        let next = match changes.last() {
            Some(last) if is_full => Some(last.id),
            _ => {
                let values = [latest.into(), earliest.into(), (looked_through - 1).into()];
                let end: Vec<(Uuid,)> = self.query(program, &text::TRAIL_END, values).await?;
                end.into_iter().next().map(|(id,)| CommandId(id))
            }
        };
        Ok(TrailPage { changes, next })
    }

    /// The first day of which addresses are still known.
    pub async fn oldest_address(
        &self,
        program: ProgramId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let rows: Vec<(i64,)> = self.query(program, &text::OLDEST_ADDRESS, []).await?;
        Ok(rows
            .into_iter()
            .next()
            .map(|(day,)| Timestamp::from_micros(day)))
    }

    /// Forgets the addresses of days that began by `until`, up to so many; answers with how many.
    pub async fn forget_addresses(
        &self,
        program: ProgramId,
        until: Timestamp,
        limit: i64,
    ) -> Result<u64, StoreError> {
        let values = [until.as_micros().into(), limit.into()];
        let rows: Vec<(Uuid,)> = self.keep(program, &text::FORGET_ADDRESSES, values).await?;
        Ok(rows.len() as u64)
    }
}
