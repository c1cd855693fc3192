//! Choosing what to log in with: by an invitation, and changed by oneself later.

use std::net::IpAddr;

use serde::Serialize;
use uuid::Uuid;

use super::{Bucket, LogInError, TOTP, hashing, oneself, recovery_hash};
use crate::community::{
    Credentials, Invitation, Origin, Role, SealedTotp, Via, handle_of, password_problem, step_of,
};
use crate::ids::{MemberId, ProgramId, SessionId, random_bytes};
use crate::ledger::{Ledger, PersonalError, Request};
use crate::machine::{Command, Rejection};
use crate::store::views::LoginRow;
use crate::store::{Store, StoreError, either};
use crate::writer::WriteError;

/// How many recovery codes there are.
const CODES: usize = 10;
/// Bytes of a TOTP secret: as long as what SHA-1 gives, as RFC 4226 recommends.
const SECRET: usize = 20;

/// Why what was chosen is not kept.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// The password breaks the rule; by which word of `short`, `long`, `handle`, `common`.
    #[error("the password cannot be taken: {0}")]
    Password(&'static str),
    /// The code is not of this secret and moment.
    #[error("the code is not the one your app shows now")]
    Code,
    /// Of no secret that was offered.
    #[error("the secret is not one that was offered")]
    Secret,
    /// A handle of another form.
    #[error("a handle has 2 to 64 letters, digits and . - _ @")]
    Handle,
    /// The PIN breaks the rule; by which word of `digits`, `same`, `run`.
    #[error("a PIN has 4 to 8 digits, not one again and again, nor in a row: {0}")]
    Pin(&'static str),
    /// Not let in.
    #[error(transparent)]
    LogIn(#[from] LogInError),
}

impl From<StoreError> for SetError {
    fn from(error: StoreError) -> Self {
        Self::LogIn(error.into())
    }
}

impl From<WriteError> for SetError {
    fn from(error: WriteError) -> Self {
        Self::LogIn(error.into())
    }
}

/// What an authenticator app is set up with.
#[derive(Clone, Serialize)]
pub struct Offer {
    /// The secret, in base32.
    pub secret: String,
    /// The same as a link, for a QR code.
    pub uri: String,
}

impl Offer {
    /// A new secret for somebody of a programme.
    pub fn draw(program_code: &str, handle: &str) -> Self {
        let secret = totp_rs::Secret::Raw(random_bytes::<SECRET>().to_vec()).to_encoded();
        Self::of(&secret.to_string(), program_code, handle)
    }

    /// One that was drawn before.
    pub fn of(secret: &str, program_code: &str, handle: &str) -> Self {
        use std::fmt::Write as _;
        let mut name = String::new();
        for byte in handle.bytes() {
            if byte.is_ascii_alphanumeric() {
                name.push(char::from(byte));
            } else {
                let _ = write!(name, "%{byte:02X}");
            }
        }
        let issuer = format!("jifen-{program_code}");
        Self {
            secret: secret.to_owned(),
            uri: format!("otpauth://totp/{issuer}:{name}?secret={secret}&issuer={issuer}"),
        }
    }
}

fn secret_of(text: &str) -> Result<Vec<u8>, SetError> {
    let secret = totp_rs::Secret::Encoded(text.trim().to_ascii_uppercase()).to_bytes();
    let secret = secret.map_err(|_| SetError::Secret)?;
    (secret.len() == SECRET)
        .then_some(secret)
        .ok_or(SetError::Secret)
}

/// New recovery codes: 80 bits each, in four groups, without letters that look like digits.
fn draw_codes() -> Vec<String> {
    const LETTERS: &[u8; 32] = b"abcdefghjkmnpqrstuvwxyz123456789";
    let code = || {
        let drawn = random_bytes::<16>();
        let letters = drawn.map(|byte| char::from(LETTERS[usize::from(byte % 32)]));
        let groups: Vec<String> = letters
            .chunks(4)
            .map(|group| group.iter().collect())
            .collect();
        groups.join("-")
    };
    std::iter::repeat_with(code).take(CODES).collect()
}

impl Ledger {
    /// Asks a staff member or clerk to choose what they log in with. The same for who forgot it: all they had stays until they have chosen.
    pub async fn invite(
        &self,
        request: &Request,
        (role, subject): (Role, Uuid),
        handle: &str,
        secret_hash: &str,
    ) -> Result<Invitation, SetError> {
        self.sealing()?;
        let invitation = Invitation {
            subject,
            role,
            handle: handle_of(handle).ok_or(SetError::Handle)?,
            secret_hash: secret_hash.to_owned(),
            ends_at: self.clock.now().plus_seconds(Invitation::LIFE_SECONDS),
        };
        let command = Command::Invite(invitation.clone());
        self.execute(request, command).await?;
        Ok(invitation)
    }

    /// Who is invited by the secret of this hash, if the invitation is still good.
    pub async fn invited(
        &self,
        program: ProgramId,
        secret_hash: &str,
    ) -> Result<Option<LoginRow>, StoreError> {
        let row: Option<LoginRow> = either!(&self.store, Store, store => {
            store.login_by_invitation(program, secret_hash).await
        })?;
        let now = self.clock.now();
        let good = |row: &LoginRow| {
            let invitation = row.invitation.as_ref();
            invitation.is_some_and(|(_, ends_at)| now < *ends_at)
        };
        Ok(row.filter(good))
    }

    /// Follows an invitation: a password, and an app that shows codes. Answers with recovery codes, told this once. All sessions end.
    pub async fn accept_invitation(
        &self,
        program: ProgramId,
        secret_hash: &str,
        password: &str,
        (secret, code): (&str, &str),
        address: Option<IpAddr>,
    ) -> Result<Vec<String>, SetError> {
        let via = Via::Door;
        let origin = Origin { via, address };
        let row = self.invited(program, secret_hash).await?;
        let row = row.ok_or(WriteError::Rejected(Rejection::InvalidCode))?;
        let totp = self.taken_over(program, secret, code)?;
        let password = self.chosen(&row.handle, password).await?;
        let codes = draw_codes();
        let credentials = Credentials {
            subject: row.subject,
            invited_by: Some(secret_hash.to_owned()),
            password: Some(password),
            totp: Some(totp),
            recovery: Some(hashes(program, row.subject, &codes)),
            keep: None,
        };
        self.set(program, row.role, credentials, origin).await?;
        Ok(codes)
    }

    /// Changes one's own password; all other sessions end.
    pub async fn change_password(
        &self,
        request: &Request,
        session: Option<SessionId>,
        old: &str,
        new: &str,
    ) -> Result<(), SetError> {
        let row = self.proved(request, old).await?;
        let password = self.chosen(&row.handle, new).await?;
        let credentials = Credentials {
            password: Some(password),
            ..Self::unchanged(row.subject, session)
        };
        self.set(request.program, row.role, credentials, request.origin)
            .await
    }

    /// New recovery codes in place of all earlier ones, told this once; all other sessions end.
    pub async fn renew_recovery(
        &self,
        request: &Request,
        session: Option<SessionId>,
        password: &str,
    ) -> Result<Vec<String>, SetError> {
        let row = self.proved(request, password).await?;
        let codes = draw_codes();
        let credentials = Credentials {
            recovery: Some(hashes(request.program, row.subject, &codes)),
            ..Self::unchanged(row.subject, session)
        };
        self.set(request.program, row.role, credentials, request.origin)
            .await?;
        Ok(codes)
    }

    /// Another app shows one's codes from now on; all other sessions end.
    pub async fn change_totp(
        &self,
        request: &Request,
        session: Option<SessionId>,
        password: &str,
        (secret, code): (&str, &str),
    ) -> Result<(), SetError> {
        let totp = self.taken_over(request.program, secret, code)?;
        let row = self.proved(request, password).await?;
        let credentials = Credentials {
            totp: Some(totp),
            ..Self::unchanged(row.subject, session)
        };
        self.set(request.program, row.role, credentials, request.origin)
            .await
    }

    const fn unchanged(subject: Uuid, keep: Option<SessionId>) -> Credentials {
        Credentials {
            subject,
            invited_by: None,
            password: None,
            totp: None,
            recovery: None,
            keep,
        }
    }

    /// What the caller logs in with, once they have said their password again. Guesses at it are slowed as at the door.
    pub(super) async fn proved(
        &self,
        request: &Request,
        password: &str,
    ) -> Result<LoginRow, SetError> {
        let program = request.program;
        let row = self.login(program, request.actor.id.0).await?;
        let row = row.ok_or(LogInError::Refused)?;
        // A session is no address: whoever found one open guesses at its owner alone.
        let again = Bucket::of_handle(&format!("{}/again", row.handle));
        self.count(program, again).await?;
        let verdict = hashing::verify(row.password.clone(), password).await;
        if !verdict.is_right {
            return Err(LogInError::Refused.into());
        }
        self.forgive(program, again).await?;
        Ok(row)
    }

    async fn chosen(&self, handle: &str, password: &str) -> Result<String, SetError> {
        if let Some(problem) = password_problem(handle, password) {
            return Err(SetError::Password(problem));
        }
        let hash = hashing::hash(password).await;
        Ok(hash.ok_or(WriteError::Busy)?)
    }

    /// A secret whose code of the moment somebody has shown, so it is in their app.
    fn taken_over(
        &self,
        program: ProgramId,
        secret: &str,
        code: &str,
    ) -> Result<SealedTotp, SetError> {
        let secret = secret_of(secret)?;
        let step = step_of(&secret, code, self.clock.now()).ok_or(SetError::Code)?;
        let (key_id, body) = self.seal_secret(program, TOTP, &secret)?;
        Ok(SealedTotp { key_id, body, step })
    }

    async fn set(
        &self,
        program: ProgramId,
        role: Role,
        credentials: Credentials,
        origin: Origin,
    ) -> Result<(), SetError> {
        let request = Request {
            program,
            actor: oneself(role, credentials.subject),
            origin,
            key: None,
        };
        let command = Command::SetLogin(Box::new(credentials));
        self.execute(&request, command).await?;
        Ok(())
    }

    /// Seals what codes follow from under the newest master key; how many there were.
    pub(in crate::ledger) async fn reseal_totp(
        &self,
        program: ProgramId,
    ) -> Result<u64, PersonalError> {
        const PAGE: i64 = 200;
        let (mut after, mut done) = (Uuid::nil(), 0);
        loop {
            let newest = self.keyring()?.newest();
            let rows: Vec<LoginRow> = either!(&self.store, Store, store => {
                store.totp_under_other_keys(program, newest, after, PAGE).await
            })?;
            let Some(last) = rows.last() else {
                return Ok(done);
            };
            after = last.subject;
            for row in &rows {
                let Some((key, before)) = &row.totp else {
                    continue;
                };
                let keys = self.keyring()?;
                let opened = keys.open_secret(program, TOTP, (key, before));
                let sealed = opened
                    .and_then(|secret| keys.seal_secret(program, TOTP, &secret, &random_bytes()));
                let (key, totp) = sealed.map_err(|error| PersonalError::Seal {
                    member: MemberId(row.subject),
                    error,
                })?;
                let resealed = either!(&self.store, Store, store => {
                    store.reseal(program, row.subject, (&key, &totp), before).await
                })?;
                done += u64::from(resealed);
            }
        }
    }
}

fn hashes(program: ProgramId, subject: Uuid, codes: &[String]) -> Vec<String> {
    let hash = |code: &String| recovery_hash(program, subject, code);
    codes.iter().map(hash).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_codes_differ_and_are_read_however_they_are_typed() {
        let codes = draw_codes();
        assert_eq!(codes.len(), CODES);
        let (program, subject) = (ProgramId(Uuid::nil()), Uuid::from_u128(1));
        let mut hashes = hashes(program, subject, &codes);
        let typed = codes[0].replace('-', " ").to_uppercase();
        assert_eq!(recovery_hash(program, subject, &typed), hashes[0]);
        hashes.sort();
        hashes.dedup();
        assert_eq!(hashes.len(), CODES);
        assert!(codes.iter().all(|code| code.len() == 19), "{codes:?}");
    }
}
