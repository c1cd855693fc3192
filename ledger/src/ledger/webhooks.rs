//! What signs that which endpoints are told.

use zeroize::Zeroizing;

use super::{Ledger, PersonalError};
use crate::ids::{EndpointId, ProgramId};

impl Ledger {
    /// The secret of this number that signs what an endpoint is told.
    ///
    /// # Errors
    /// There is no keyring.
    pub fn webhook_secret(
        &self,
        program: ProgramId,
        endpoint: EndpointId,
        number: i64,
    ) -> Result<Zeroizing<[u8; 32]>, PersonalError> {
        Ok(self.keyring()?.webhook_secret(program, endpoint, number))
    }
}
