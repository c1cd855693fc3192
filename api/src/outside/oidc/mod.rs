//! OpenID Connect: providers of identities that people log in through, by authorisation code with PKCE.
//!
//! The crate `openidconnect` checks signature, `iss`, `aud`, `exp`, nonce and `at_hash`. Here is what it leaves open: that a browser
//! comes back once and is the one that went ([`Ticket`], and a row that is deleted), who that is, and that a provider may be away.

mod claims;
mod configured;
mod provider;
mod ticket;

use std::path::Path;
use std::sync::Arc;

pub use claims::Claims;
pub use configured::{Given, read};
pub use provider::Provider;
pub use ticket::Ticket;

/// How long a browser may stay with a provider, in seconds.
pub const VISIT_SECONDS: i64 = 600;

/// Why nobody came back from a provider who can be believed.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// It cannot be asked now.
    #[error("the provider cannot be asked: {0}")]
    Away(String),
    /// What it said, or who came back with it, is not to be believed.
    #[error("{0}")]
    Unbelievable(String),
}

/// Every provider of every programme.
#[derive(Debug, Default)]
pub struct Providers(Vec<Arc<Provider>>);

impl Providers {
    /// From the file, if there is one. Nobody is asked anything: a provider that is away keeps no server from starting.
    pub fn read(file: Option<&Path>, public_url: Option<&str>) -> Result<Self, String> {
        let Some(file) = file else {
            return Ok(Self::default());
        };
        let needed = "--oidc needs --public-url: providers send browsers back to it";
        let public_url = public_url.ok_or_else(|| needed.to_owned())?;
        let name = file.display().to_string();
        let text = std::fs::read_to_string(file);
        let text = text.map_err(|error| format!("cannot read {name}: {error}"))?;
        let given = read(&text).map_err(|error| format!("{name}: {error}"))?;
        let open = |given| Provider::open(given, public_url).map(Arc::new);
        let providers = given.into_iter().map(open).collect::<Result<_, _>>();
        Ok(Self(providers.map_err(|error| format!("{name}: {error}"))?))
    }

    /// Those of a programme.
    pub fn of(&self, program: &str) -> Vec<&Arc<Provider>> {
        let all = self.0.iter();
        all.filter(|provider| provider.given.program == program)
            .collect()
    }

    /// The one of that name.
    pub fn named(&self, program: &str, name: &str) -> Option<&Arc<Provider>> {
        let its = self.of(program);
        its.into_iter().find(|provider| provider.given.name == name)
    }
}
