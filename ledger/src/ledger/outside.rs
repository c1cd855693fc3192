//! Log-ins from outside: codes sent to phones, visits to providers of identities, and who is who there.
//!
//! A code is asked for, kept and guessed at in the same way whether or not the phone is a member's: who it is, is looked up only where
//! nobody who asks can tell, to send the code, and once it was named.

use super::{Ledger, PersonalError};
use crate::clock::Timestamp;
use crate::community::personal::Phone;
use crate::community::{CodeFor, LoginCode, OutsideIdentity, Who, handle_of};
use crate::ids::{ActorId, MemberId, ProgramId, random_bytes, sha256_hex};
use crate::machine::Rejection;
use crate::store::views::{Asked, NewCode, Visit};
use crate::store::{Store, StoreError, either};
use crate::writer::WriteError;

const DAY: i64 = 24 * 3_600;

/// What became of asking for a code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drawn {
    /// To be sent to the phone.
    Code(LoginCode),
    /// Another may be asked for after so many seconds, whoever's phone it is.
    TooSoon(i64),
}

impl Ledger {
    /// Draws a code for a phone, in place of the one before, whatever that was for.
    pub async fn draw_code(
        &self,
        program: ProgramId,
        purpose: CodeFor,
        phone: &Phone,
    ) -> Result<Drawn, PersonalError> {
        let keyring = self.keyring()?;
        let now = self.clock.now();
        let code = draw();
        let phone_hash = keyring.phone(program, phone).hash;
        let new = NewCode {
            code_hash: keyring.login_code(program, purpose, &phone_hash, code.as_str()),
            phone_hash,
            expires_at: now.plus_seconds(LoginCode::LIFE_SECONDS),
            now,
            apart: now.plus_seconds(-LoginCode::APART_SECONDS),
            a_day_ago: now.plus_seconds(-DAY),
            a_day: LoginCode::A_DAY,
        };
        let kept = either!(&self.store, Store, store => store.draw_login_code(program, &new).await);
        if kept? {
            return Ok(Drawn::Code(code));
        }
        let asked =
            either!(&self.store, Store, store => store.asked_for(program, &new.phone_hash).await)?;
        let wait = asked.map_or(1, |asked| wait_of(asked, now));
        Ok(Drawn::TooSoon(wait))
    }

    /// Whether this is the code that the phone was sent for this: not used before, not too old, and not guessed at too often.
    pub async fn spend_code(
        &self,
        program: ProgramId,
        purpose: CodeFor,
        phone: &Phone,
        code: &LoginCode,
    ) -> Result<bool, PersonalError> {
        let keyring = self.keyring()?;
        let phone_hash = keyring.phone(program, phone).hash;
        let code_hash = keyring.login_code(program, purpose, &phone_hash, code.as_str());
        let (now, guesses) = (self.clock.now(), LoginCode::GUESSES);
        let right = either!(&self.store, Store, store => store
            .guess_login_code(program, &phone_hash, &code_hash, now, guesses).await)?;
        Ok(right)
    }

    /// Who logs in with this code. Whatever is wrong with it is `None`, and so is a phone that is nobody's.
    pub async fn spend_login_code(
        &self,
        program: ProgramId,
        phone: &Phone,
        code: &LoginCode,
    ) -> Result<Option<MemberId>, PersonalError> {
        match self
            .spend_code(program, CodeFor::LogIn, phone, code)
            .await?
        {
            true => self.member_to_log_in(program, phone).await,
            false => Ok(None),
        }
    }

    /// The member whose phone this is, unless they were erased.
    pub async fn member_to_log_in(
        &self,
        program: ProgramId,
        phone: &Phone,
    ) -> Result<Option<MemberId>, PersonalError> {
        match self.member_by_phone(program, phone).await {
            Err(PersonalError::Write(WriteError::Rejected(Rejection::Suppressed { .. }))) => {
                Ok(None)
            }
            found => found,
        }
    }

    /// As whom somebody acts who showed that this phone is at hand: as the member whose it is, or else under a keyed hash of it. Nothing else of
    /// the phone is kept, and with the same phone they are the same again.
    pub async fn holder_of(
        &self,
        program: ProgramId,
        phone: &Phone,
    ) -> Result<(ActorId, Option<MemberId>), PersonalError> {
        let member = self.member_to_log_in(program, phone).await?;
        let said = [b"holder of ".as_slice(), phone.as_str().as_bytes()].concat();
        let stranger = ActorId(self.keyring()?.print(program, &said));
        Ok((member.map_or(stranger, |member| ActorId(member.0)), member))
    }

    /// Notes that a browser was sent to a provider. Who comes back tells the state.
    pub async fn begin_visit(
        &self,
        program: ProgramId,
        state: &str,
        visit: &Visit,
    ) -> Result<(), StoreError> {
        let hash = sha256_hex(state.as_bytes());
        either!(&self.store, Store, store => store.begin_visit(program, &hash, visit).await)
    }

    /// The visit that a browser comes back from: once, and in time.
    pub async fn end_visit(
        &self,
        program: ProgramId,
        state: &str,
        provider: &str,
    ) -> Result<Option<Visit>, StoreError> {
        let hash = sha256_hex(state.as_bytes());
        let visit =
            either!(&self.store, Store, store => store.end_visit(program, &hash, provider).await)?;
        Ok(visit.filter(|visit| self.clock.now() < visit.expires_at))
    }

    /// The staff member or clerk who logs in by this name, whether or not they have chosen a password.
    pub async fn who_logs_in_as(
        &self,
        program: ProgramId,
        handle: &str,
    ) -> Result<Option<Who>, StoreError> {
        let Some(handle) = handle_of(handle) else {
            return Ok(None);
        };
        let row =
            either!(&self.store, Store, store => store.login_by_handle(program, &handle).await)?;
        Ok(row.map(|row| Who {
            role: row.role,
            subject: row.subject,
        }))
    }

    /// Who somebody is whom a provider knows by this name, if they are linked.
    pub async fn linked(
        &self,
        program: ProgramId,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<Who>, StoreError> {
        let hash = OutsideIdentity::hash_of(issuer, subject);
        either!(&self.store, Store, store => store.linked(program, issuer, &hash).await)
    }
}

/// Each code equally likely: what is beyond a multiple of their number is drawn again.
fn draw() -> LoginCode {
    const CODES: u32 = 1_000_000;
    loop {
        let number = u32::from_be_bytes(random_bytes());
        if number < u32::MAX - u32::MAX % CODES
            && let Some(code) = LoginCode::parse(&format!("{:06}", number % CODES))
        {
            return code;
        }
    }
}

/// How many seconds until another code may be asked for.
fn wait_of(asked: Asked, now: Timestamp) -> i64 {
    let after = match asked.times >= LoginCode::A_DAY {
        true => asked.first.plus_seconds(DAY),
        false => asked.last.plus_seconds(LoginCode::APART_SECONDS),
    };
    after.seconds_since(now).clamp(1, DAY)
}
