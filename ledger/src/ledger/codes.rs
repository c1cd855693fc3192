//! One-time codes with which a member pays: their handle and digits drawn for one payment.

use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::task::Poll;

use tracing::Instrument;

use super::wrong_codes::Guess;
use super::{Ledger, Request};
use crate::clock::{Clock, Timestamp};
use crate::community::paying::Device;
use crate::community::personal::Keyring;
use crate::community::{Code, Handle, PayCode, Registration};
use crate::ids::{MemberId, ProgramId, random_bytes};
use crate::machine::{Command, Payer, Receipt, Rejection, ShownBy};
use crate::store::{Store, StoreError, either};
use crate::writer::{Submission, WriteError, Writer};

/// A code as told to its member, once: only its hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCode {
    /// What is shown.
    pub code: PayCode,
    /// From this moment on it is worthless.
    pub expires_at: Timestamp,
}

impl IssuedCode {
    /// How long it can be paid with, in seconds.
    pub const LIFE_SECONDS: i64 = 120;
}

/// Digits drawn before are drawn again; so often running, that is an error.
const TRIES: usize = 3;

/// What it takes to try a code, apart from who asks.
struct Trying {
    writer: Writer,
    store: Store,
    keyring: Option<Arc<Keyring>>,
    clock: Clock,
}

impl Trying {
    /// Submits it, and what was typed once more where that is no one-time code: with the devices that show it. So nothing is read of devices
    /// where a one-time code is shown. Answers with whether it was no one-time code, too.
    async fn submit(&self, submission: Submission) -> (Result<Receipt, WriteError>, bool) {
        let typed = match &submission.command {
            Command::Authorise {
                payer: Payer::Code(shown),
                ..
            } => shown.typed.clone(),
            _ => None,
        };
        let Some(typed) = typed else {
            return (self.writer.submit(submission).await, false);
        };
        let mut again = submission.clone();
        match self.writer.submit(submission).await {
            Err(WriteError::Reprice) => {}
            answer => return (answer, false),
        }
        let devices = match self.shown_by(again.program, &typed).await {
            Ok(devices) => devices,
            Err(error) => return (Err(error), true),
        };
        if let Command::Authorise {
            payer: Payer::Code(shown),
            ..
        } = &mut again.command
        {
            shown.devices = Some(devices);
        }
        (self.writer.submit(again).await, true)
    }

    /// The devices that show this code at about this time, should it be one of theirs.
    async fn shown_by(
        &self,
        program: ProgramId,
        code: &PayCode,
    ) -> Result<Vec<ShownBy>, WriteError> {
        let Some(keyring) = &self.keyring else {
            return Ok(Vec::new());
        };
        let devices = either!(&self.store, Store, store => store.devices_by_handle(program, &code.handle).await);
        let now = Device::step_of(self.clock.now());
        let mut shown = Vec::new();
        for Device { id, member, .. } in devices.map_err(unavailable)? {
            let secret = keyring.device_secret(program, id);
            let steps = now - Device::STEPS_OFF..=now + Device::STEPS_OFF;
            let those = steps.filter(|step| Device::digits(&secret, *step) == code.digits);
            shown.extend(those.map(|step| ShownBy {
                device: id,
                member,
                step,
            }));
        }
        Ok(shown)
    }
}

impl Ledger {
    /// Tries a code, and counts it if it was wrong: to the end in any case, so that nobody guesses for nothing who hangs up before the answer.
    pub(super) async fn try_code(
        &self,
        submission: Submission,
        guess: Guess,
    ) -> Result<Receipt, WriteError> {
        let trying = Trying {
            writer: self.writer.clone(),
            store: self.store.clone(),
            keyring: self.keyring.clone(),
            clock: self.clock.clone(),
        };
        let wrong_codes = Arc::clone(&self.wrong_codes);
        let tried = async move {
            let (answer, no_one_time_code) = trying.submit(submission).await;
            let wrong = match &answer {
                Err(WriteError::Rejected(rejection)) => *rejection == Rejection::InvalidCode,
                // It failed after it was clear that it is no one-time code, and that took longer.
                Err(_) => no_one_time_code,
                Ok(_) => false,
            };
            if wrong {
                wrong_codes.count(guess, trying.clock.now());
            }
            answer
        };
        // It takes its place in the queue at once: commands are decided in the order in which they were asked for.
        let mut tried = Box::pin(tried.in_current_span());
        let first = poll_fn(|context| Poll::Ready(tried.as_mut().poll(context)));
        if let Poll::Ready(answer) = first.await {
            return answer;
        }
        tokio::spawn(tried)
            .await
            .unwrap_or(Err(WriteError::Internal))
    }

    /// Makes a code worth one payment. The one before it is worthless from now on.
    pub async fn issue_code(
        &self,
        request: &Request,
        member: MemberId,
    ) -> Result<IssuedCode, WriteError> {
        let handle = self.handle(request, member).await?;
        for _ in 0..TRIES {
            let code = PayCode {
                handle: handle.clone(),
                digits: draw(PayCode::DIGITS),
            };
            let expires_at = self.clock().now().plus_seconds(IssuedCode::LIFE_SECONDS);
            let record = Registration::OnlyCode(Code {
                hash: code.hash(request.program),
                member,
                expires_at,
            });
            match self.execute(request, Command::Register(record)).await {
                Err(WriteError::Rejected(Rejection::AlreadyExists)) => {}
                Err(error) => return Err(error),
                Ok(_) => return Ok(IssuedCode { code, expires_at }),
            }
        }
        Err(WriteError::Internal)
    }

    /// By which number the member's codes begin: for good, drawn when it is first asked for.
    pub async fn handle(&self, request: &Request, member: MemberId) -> Result<String, WriteError> {
        let request = Request {
            key: None,
            ..request.clone()
        };
        for _ in 0..TRIES {
            let known =
                either!(&self.store, Store, store => store.handle(request.program, member).await);
            if let Some(handle) = known.map_err(unavailable)? {
                return Ok(handle);
            }
            let handle = draw_handle();
            let record = Registration::Handle(Handle {
                member,
                handle: handle.clone(),
            });
            match self.execute(&request, Command::Register(record)).await {
                // The number is another's, or somebody has drawn one for this member meanwhile.
                Err(WriteError::Rejected(Rejection::AlreadyExists)) => {}
                Err(error) => return Err(error),
                Ok(_) => return Ok(handle),
            }
        }
        Err(WriteError::Internal)
    }
}

fn unavailable(error: StoreError) -> WriteError {
    tracing::error!(%error, "what is shown to pay could not be read");
    WriteError::Unavailable
}

/// The first digit is no zero, so that no program that takes it for a number loses any.
fn draw_handle() -> String {
    loop {
        let handle = draw(PayCode::HANDLE_DIGITS);
        if !handle.starts_with('0') {
            return handle;
        }
    }
}

/// Each digit equally likely: bytes from 250 on are drawn again, so that none is favoured.
pub(super) fn draw(length: usize) -> String {
    let mut digits = String::with_capacity(length);
    while digits.len() < length {
        let fair = random_bytes::<16>().into_iter().filter(|byte| *byte < 250);
        let wanted = length - digits.len();
        digits.extend(fair.take(wanted).map(|byte| char::from(b'0' + byte % 10)));
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drawn_code_reads_back() {
        for _ in 0..200 {
            let code = PayCode {
                handle: draw_handle(),
                digits: draw(PayCode::DIGITS),
            };
            assert_eq!(PayCode::parse(&code.text()), Some(code));
        }
    }
}
