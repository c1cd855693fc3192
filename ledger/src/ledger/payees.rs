//! To whom merchants' money goes, sealed before the queue and opened for the bank.

use uuid::Uuid;

use super::{Ledger, PersonalError, Request};
use crate::community::personal::{Payee, SealError};
use crate::ids::{CommandId, MerchantId, ProgramId, random_bytes};
use crate::machine::{Command, Receipt, SettlementCommand};
use crate::store::views::BatchPayment;
use crate::store::{Store, either};

impl Ledger {
    /// Keeps to whom a merchant's money goes.
    ///
    /// # Errors
    /// There is no keyring, or it is turned down.
    pub async fn keep_payee(
        &self,
        request: &Request,
        merchant: MerchantId,
        payee: &Payee,
    ) -> Result<Receipt, PersonalError> {
        let nonce = random_bytes();
        let sealed = self
            .keyring()?
            .seal_payee(request.program, merchant, payee, &nonce);
        let sealed = sealed.map_err(|error| PersonalError::Payee { merchant, error })?;
        let command = SettlementCommand::KeepPayee(sealed);
        let command = Command::Settlement(Box::new(command));
        Ok(self.execute(request, command).await?)
    }

    /// What a batch pays and to whom, `None` of merchants that have not said; that somebody has it is recorded before.
    ///
    /// # Errors
    /// There is no keyring for it, or the database cannot be read.
    pub async fn payment_file(
        &self,
        request: &Request,
        batch: CommandId,
    ) -> Result<Vec<(BatchPayment, Option<Payee>)>, PersonalError> {
        self.keyring()?;
        let command = SettlementCommand::WriteFile { batch };
        self.execute(request, Command::Settlement(Box::new(command)))
            .await?;
        let payments = self.batch_payments(request.program, batch).await?;
        let opened = |payment: BatchPayment| {
            let (merchant, sealed) = (payment.merchant, payment.payee.as_ref());
            let opened = sealed.map(|(key, body)| {
                self.keyring()?
                    .open_payee(request.program, merchant, (key, body))
                    .map_err(|error| PersonalError::Payee { merchant, error })
            });
            let opened = opened.transpose()?;
            Ok((payment, opened))
        };
        payments.into_iter().map(opened).collect()
    }

    /// Seals all of a programme's under the newest master key; how many there were.
    pub(super) async fn reseal_payees(&self, program: ProgramId) -> Result<u64, PersonalError> {
        const PAGE: i64 = 200;
        let (mut after, mut done) = (Uuid::nil(), 0);
        loop {
            let keyring = self.keyring()?;
            let newest = keyring.newest();
            let rows: Vec<(Uuid, String, String)> = either!(&self.store, Store, store => {
                store.payees_under_other_keys(program, newest, after, PAGE).await
            })?;
            let Some((last, ..)) = rows.last() else {
                return Ok(done);
            };
            after = *last;
            for (id, key, before) in &rows {
                let merchant = MerchantId(*id);
                let opened = keyring.open_payee(program, merchant, (key, before));
                let sealed = opened.and_then(|payee| {
                    keyring.seal_payee(program, merchant, &payee, &random_bytes())
                });
                let failed = |error: SealError| PersonalError::Payee { merchant, error };
                let sealed = sealed.map_err(failed)?;
                let anew = (sealed.key_id.as_str(), sealed.body.as_str());
                let resealed = either!(&self.store, Store, store => {
                    store.reseal_payee(program, merchant, anew, before).await
                })?;
                done += u64::from(resealed);
            }
        }
    }
}
