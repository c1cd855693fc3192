//! Codes on the walls of stores, and devices that show codes without signal.

use uuid::Uuid;
use zeroize::Zeroizing;

use super::codes::draw;
use super::{Ledger, PersonalError, Request};
use crate::community::paying::{ChargeObjection, Device, StoreCode};
use crate::ids::{DeviceId, MemberId, ProgramId, RedemptionId, StoreId, derived};
use crate::machine::{Command, PayingCommand, Rejection};
use crate::store::{Store, StoreError, either};
use crate::writer::WriteError;

/// A number drawn before is drawn again; so often running, that is an error.
const TRIES: usize = 5;

impl Ledger {
    /// Prints a code for a store's wall; the one before leads nowhere any more.
    ///
    /// # Errors
    /// There is no keyring, or the command is turned down.
    pub async fn print_code(
        &self,
        request: &Request,
        store: StoreId,
    ) -> Result<String, PersonalError> {
        self.keyring()?;
        for _ in 0..TRIES {
            let number = draw(StoreCode::DIGITS);
            let command = Command::Paying(Box::new(PayingCommand::PrintCode { store, number }));
            match self.execute(request, command).await {
                Err(WriteError::Rejected(Rejection::AlreadyExists)) => {}
                Err(error) => return Err(error.into()),
                Ok(_) => break,
            }
        }
        let tag = self.store_tag(request.program, store).await?;
        tag.ok_or(PersonalError::Write(WriteError::Internal))
    }

    /// What stands in the address of the code that a store printed last, if it ever printed one.
    pub async fn store_tag(
        &self,
        program: ProgramId,
        store: StoreId,
    ) -> Result<Option<String>, PersonalError> {
        let keyring = self.keyring()?;
        let code = either!(&self.store, Store, store_ => store_.store_code(program, store).await)?;
        let tag =
            |code: StoreCode| StoreCode::tag(&code.number, &keyring.store_check(program, &code));
        Ok(code.map(tag))
    }

    /// Whose code it is; `None` for one that is mistyped, made up or of before.
    pub async fn store_of_tag(
        &self,
        program: ProgramId,
        tag: &str,
    ) -> Result<Option<StoreId>, PersonalError> {
        let keyring = self.keyring()?;
        let Some(number) = StoreCode::number_in(tag) else {
            return Ok(None);
        };
        let code = either!(&self.store, Store, store => store.store_code_by_number(program, number).await)?;
        // What is compared is hashed anew, so that the time it takes tells nothing.
        let print = |tag: &str| derived(&[b"tag", tag.as_bytes()]);
        let same = code.filter(|code| {
            let right = StoreCode::tag(&code.number, &keyring.store_check(program, code));
            print(&right) == print(tag)
        });
        Ok(same.map(|code| code.store))
    }

    /// A device of a member's, and the secret from which it makes its codes: told this once.
    ///
    /// # Errors
    /// There is no keyring, or the command is turned down.
    pub async fn add_device(
        &self,
        request: &Request,
        member: MemberId,
    ) -> Result<(Device, String, Zeroizing<[u8; 32]>), PersonalError> {
        let keyring = self.keyring()?;
        let handle = self.handle(request, member).await?;
        let now = self.clock().now();
        let device = Device {
            id: DeviceId::new(now),
            member,
            made_at: now,
            ended_at: None,
        };
        let command = Command::Paying(Box::new(PayingCommand::AddDevice(device.clone())));
        let request = Request {
            key: None,
            ..request.clone()
        };
        self.execute(&request, command).await?;
        let secret = keyring.device_secret(request.program, device.id);
        Ok((device, handle, secret))
    }

    /// The objection to a charge.
    pub async fn charge_objection(
        &self,
        program: ProgramId,
        redemption: RedemptionId,
    ) -> Result<Option<ChargeObjection>, StoreError> {
        either!(&self.store, Store, store => store.charge_objection(program, redemption).await)
    }

    /// A page of the objections that wait for an answer, at one store or at all, after one.
    pub async fn charge_objections(
        &self,
        program: ProgramId,
        at: Option<StoreId>,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<ChargeObjection>, StoreError> {
        either!(&self.store, Store, store => store.charge_objections(program, at, after, limit).await)
    }

    /// A member's devices, those that ended among them, in order of id.
    pub async fn devices(
        &self,
        program: ProgramId,
        member: MemberId,
    ) -> Result<Vec<Device>, StoreError> {
        either!(&self.store, Store, store => store.devices(program, member).await)
    }
}
