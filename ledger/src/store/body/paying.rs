//! Paying at a counter. Compiled once for each database: `super` names the types and binds.

use uuid::Uuid;

use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::community::paying::{ChargeObjection, Device, StoreCode};
use crate::ids::{DeviceId, MemberId, ProgramId, RedemptionId, StoreId};
use crate::machine::paying::PaidDay;
use crate::machine::{Needs, State};
use crate::points::Points;
use crate::store::columns::Column;
use crate::store::{StoreError, paying_text as text};

/// device, member, made_at, ended_at.
type DeviceRow = (Uuid, Uuid, i64, Option<i64>);

fn device((id, member, made_at, ended_at): DeviceRow) -> Device {
    Device {
        id: DeviceId(id),
        member: MemberId(member),
        made_at: Timestamp::from_micros(made_at),
        ended_at: ended_at.map(Timestamp::from_micros),
    }
}

/// store, number, version.
type CodeRow = (Uuid, String, i64);

fn store_code((store, number, version): CodeRow) -> StoreCode {
    StoreCode {
        store: StoreId(store),
        number,
        version,
    }
}

fn objection((body,): (String,)) -> Result<ChargeObjection, StoreError> {
    let read = serde_json::from_str(&body);
    read.map_err(|error| StoreError::corrupt("charge_objections", "body", Uuid::nil(), error))
}

impl Tx<'_> {
    /// Forgets the codes that others took the place of.
    pub(super) async fn drop_codes(&mut self, state: &State) -> Result<(), StoreError> {
        let rotated = &state.changes.rotated;
        if rotated.is_empty() {
            return Ok(());
        }
        let members = Column::uuids(rotated.iter().map(|member| member.0));
        self.run(&text::DROP_CODES, [members]).await?;
        Ok(())
    }

    pub(super) async fn load_paying(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<(), StoreError> {
        let needs = &needs.paying;
        if !needs.stores.is_empty() {
            let columns = [Column::uuids(needs.stores.iter().map(|id| id.0))];
            let rows: Vec<CodeRow> = self.fetch(&text::STORE_CODES, columns).await?;
            rows.into_iter()
                .for_each(|row| state.paying.load_code(store_code(row)));
        }
        if !needs.devices.is_empty() {
            let columns = [Column::uuids(needs.devices.iter().map(|id| id.0))];
            let rows: Vec<DeviceRow> = self.fetch(&text::DEVICES, columns).await?;
            rows.into_iter()
                .for_each(|row| state.paying.load_device(device(row)));
        }
        if !needs.devices_of.is_empty() {
            let columns = [Column::uuids(needs.devices_of.iter().map(|id| id.0))];
            let rows: Vec<DeviceRow> = self.fetch(&text::DEVICES_OF, columns).await?;
            rows.into_iter()
                .for_each(|row| state.paying.load_device(device(row)));
        }
        if !needs.steps.is_empty() {
            let columns = [
                Column::uuids(needs.steps.iter().map(|(device, _)| device.0)),
                Column::ints(needs.steps.iter().map(|(_, step)| *step)),
            ];
            let rows: Vec<(Uuid, i64)> = self.fetch(&text::STEPS, columns).await?;
            rows.into_iter()
                .for_each(|(device, step)| state.paying.load_step(DeviceId(device), step));
        }
        if !needs.objections.is_empty() {
            let columns = [Column::uuids(needs.objections.iter().map(|id| id.0))];
            let rows: Vec<(String,)> = self.fetch(&text::OBJECTIONS, columns).await?;
            for row in rows {
                state.paying.load_objection(objection(row)?);
            }
        }
        if !needs.days.is_empty() {
            let columns = [Column::uuids(needs.days.iter().copied())];
            let rows: Vec<(Uuid, i64, i64, i64)> = self.fetch(&text::DAYS, columns).await?;
            for (who, day, payments, points) in rows {
                let points = Points::from_hundredths(points);
                let day = PaidDay {
                    day,
                    payments,
                    points,
                };
                state.paying.load_day(who, day);
            }
        }
        Ok(())
    }
}

impl Store {
    /// By which number a member's codes begin, once one was drawn.
    pub async fn handle(
        &self,
        program: ProgramId,
        member: MemberId,
    ) -> Result<Option<String>, StoreError> {
        let values = [member.0.into()];
        let rows: Vec<(String,)> = self.query(program, &text::HANDLE, values).await?;
        Ok(rows.into_iter().next().map(|(handle,)| handle))
    }

    /// The code that a store printed last.
    pub async fn store_code(
        &self,
        program: ProgramId,
        store: StoreId,
    ) -> Result<Option<StoreCode>, StoreError> {
        let values = [store.0.into()];
        let rows: Vec<CodeRow> = self.query(program, &text::STORE_CODE, values).await?;
        Ok(rows.into_iter().next().map(store_code))
    }

    /// The same by its number.
    pub async fn store_code_by_number(
        &self,
        program: ProgramId,
        number: &str,
    ) -> Result<Option<StoreCode>, StoreError> {
        let values = [number.into()];
        let rows: Vec<CodeRow> = self
            .query(program, &text::STORE_CODE_BY_NUMBER, values)
            .await?;
        Ok(rows.into_iter().next().map(store_code))
    }

    /// The objection to a charge.
    pub async fn charge_objection(
        &self,
        program: ProgramId,
        redemption: RedemptionId,
    ) -> Result<Option<ChargeObjection>, StoreError> {
        let values = [redemption.0.into()];
        let rows: Vec<(String,)> = self.query(program, &text::OBJECTION, values).await?;
        rows.into_iter().next().map(objection).transpose()
    }

    /// A page of the objections that wait for an answer, at one store or at all, after one.
    pub async fn charge_objections(
        &self,
        program: ProgramId,
        store: Option<StoreId>,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<ChargeObjection>, StoreError> {
        let rows: Vec<(String,)> = match store {
            None => {
                let values = [after.into(), limit.into()];
                self.query(program, &text::OPEN_OBJECTIONS, values).await?
            }
            Some(store) => {
                let values = [after.into(), limit.into(), store.0.into()];
                self.query(program, &text::OPEN_OBJECTIONS_AT, values)
                    .await?
            }
        };
        rows.into_iter().map(objection).collect()
    }

    /// A member's devices, those that ended among them, in order of id.
    pub async fn devices(
        &self,
        program: ProgramId,
        member: MemberId,
    ) -> Result<Vec<Device>, StoreError> {
        let values = [member.0.into()];
        let rows: Vec<DeviceRow> = self.query(program, &text::DEVICES_FOR, values).await?;
        Ok(rows.into_iter().map(device).collect())
    }

    /// The devices that show codes which begin with this number.
    pub async fn devices_by_handle(
        &self,
        program: ProgramId,
        handle: &str,
    ) -> Result<Vec<Device>, StoreError> {
        let values = [handle.into()];
        let rows: Vec<DeviceRow> = self
            .query(program, &text::DEVICES_BY_HANDLE, values)
            .await?;
        Ok(rows.into_iter().map(device).collect())
    }
}
