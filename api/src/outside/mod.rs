//! Log-ins from outside: codes by SMS, and providers of identities; and what else a code to a phone shows. What the API and the pages both ask.
//!
//! Whoever asks learns nothing about who is known here: a phone that is nobody's is answered like a member's, and every identity that
//! leads to nobody is refused in the same words.

mod changing;
mod joining;
mod objecting;
pub mod oidc;
mod person;
mod phone;
mod sms;
mod webhook;
mod wishing;

use std::sync::Arc;
use std::time::Duration;

use ledger::community::Program;
use ledger::{Ledger, LogInError, PersonalError, StoreError};

pub use changing::{NotChanged, change_own_phone};
pub use joining::{Joiner, NotAsked, ask_to_join, at_door, has_room, station_of};
pub use objecting::{NotObjected, Objector, object};
pub use person::{Then, after_provider, identified, link_identity, who_is};
pub use phone::{ask_for_code, ask_for_proof, log_in_with_code};
pub use sms::Gateway;
pub use webhook::{Webhooks, message};
pub use wishing::{NotWished, Wish, wish};

use crate::auth::session::Asking;
use crate::config;
use crate::edge::Who;
use crate::problem::{Code, Problem};
use crate::state::App;

/// What is configured of it.
#[derive(Debug)]
pub struct Outside {
    /// Through which codes are sent; `None` where nobody logs in by phone.
    sms: Option<Arc<Gateway>>,
    /// Through whom people log in.
    pub providers: oidc::Providers,
    /// How events are told.
    pub webhooks: Webhooks,
}

impl Outside {
    /// Reads the configuration; the error says what is wrong with it and where. Nobody outside is asked anything yet.
    pub fn open(given: &config::Outside, ledger: &Ledger, demo: bool) -> Result<Self, String> {
        let sms = match &given.sms_url {
            Some(_) if !ledger.has_keyring() => {
                let why = "--sms-url needs a master key, because members are found by their phone with it alone: give --master-key-file";
                return Err(why.to_owned());
            }
            Some(url) => Some(Gateway::over_http(url, given)?),
            None if demo && ledger.has_keyring() => Some(Gateway::log(&given.sms_text)),
            None => None,
        };
        Ok(Self {
            sms: sms.map(Arc::new),
            providers: oidc::Providers::read(given.oidc.as_deref(), given.public_url.as_deref())?,
            webhooks: Webhooks::open(&given.webhook_networks)?,
        })
    }

    /// Codes stand in the log, and there are no providers.
    #[cfg(test)]
    pub fn of_test() -> Self {
        Self {
            sms: Some(Arc::new(Gateway::log("{code}"))),
            providers: oidc::Providers::default(),
            webhooks: Webhooks::open(&[]).expect("a client"),
        }
    }

    /// Whether anybody can log in by phone.
    pub const fn has_sms(&self) -> bool {
        self.sms.is_some()
    }
}

/// Why somebody is not let in, or not told how to be.
#[derive(Debug)]
pub enum Refusal {
    /// There is no such programme or provider.
    Missing,
    /// For so many seconds.
    TooOften(i64),
    /// Nobody logs in by phone here.
    NoSms,
    /// The code is nobody's any more, or never was.
    WrongCode,
    /// They are somebody who may not come in any more.
    Nobody,
    /// Something else is wrong.
    Problem(Problem),
}

macro_rules! problems {
    ($($error:ty),+) => {$(
        impl From<$error> for Refusal {
            fn from(error: $error) -> Self {
                Self::Problem(error.into())
            }
        }
    )+};
}

problems!(StoreError, PersonalError, LogInError);

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Missing => Self::not_found(),
            Refusal::TooOften(seconds) => {
                let why = "somebody asked too often from this address or for this phone";
                Self::new(Code::TooManyRequests, why).after(seconds)
            }
            Refusal::NoSms => {
                let why = "this server was started without an SMS gateway (--sms-url)";
                Self::new(Code::PhoneLoginUnavailable, why)
            }
            Refusal::WrongCode => Self::new(Code::WrongLoginCode, "ask for another code"),
            Refusal::Nobody => Self::new(Code::LogInRefused, "ask whom the programme names"),
            Refusal::Problem(problem) => problem,
        }
    }
}

impl From<NotAsked> for Problem {
    fn from(error: NotAsked) -> Self {
        match error {
            NotAsked::Full => {
                let why = "too many ask this station to be enrolled: ask later, or at its desk";
                Self::new(Code::TooManyRequests, why).after(3_600)
            }
            NotAsked::Unproved(refusal) => refusal.into(),
            NotAsked::Unkept(error) => error.into(),
        }
    }
}

impl From<NotObjected> for Problem {
    fn from(error: NotObjected) -> Self {
        match error {
            NotObjected::Missing => Self::not_found(),
            NotObjected::Unproved(refusal) => refusal.into(),
            NotObjected::Unkept(error) => error.into(),
            NotObjected::Write(error) => error.into(),
        }
    }
}

impl From<NotWished> for Problem {
    fn from(error: NotWished) -> Self {
        match error {
            NotWished::Full => {
                let why = "too many ask this community for something: ask later, or at its desk";
                Self::new(Code::TooManyRequests, why).after(3_600)
            }
            NotWished::NoKeys => Self::not_found(),
            NotWished::Unkept(error) => error.into(),
            NotWished::Write(error) => error.into(),
        }
    }
}

impl From<NotChanged> for Problem {
    fn from(error: NotChanged) -> Self {
        match error {
            NotChanged::Taken => Self::new(Code::PhoneTaken, "ask the staff of your community"),
            NotChanged::Unproved(refusal) => refusal.into(),
            NotChanged::Unkept(error) => error.into(),
        }
    }
}

/// The programme of this code.
pub async fn program_of(app: &App, code: &str) -> Result<Program, Refusal> {
    let programs = app.ledger.programs().await?;
    let program = programs.into_iter().find(|program| program.code == code);
    program.ok_or(Refusal::Missing)
}

/// Turns down who asks too fast, whatever they ask.
pub fn keep_pace(app: &App, asking: &Asking) -> Result<(), Refusal> {
    let (who, now) = (Who::Door(asking.address), app.ledger.clock().now());
    let counted = app.quotas.count(&asking.counting, who, now);
    counted.map_err(|too_many| Refusal::TooOften(too_many.wait.into()))
}

/// What asks others: it follows nobody elsewhere, and does not wait for ever.
fn http_client(patience: Duration) -> Result<reqwest::Client, String> {
    built(asking(patience))
}

fn asking(patience: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(patience)
        .user_agent(concat!("jifen/", env!("CARGO_PKG_VERSION")))
}

fn built(client: reqwest::ClientBuilder) -> Result<reqwest::Client, String> {
    let built = client.build();
    built.map_err(|error| format!("nobody outside can be asked: {error}"))
}
