//! Who pays at a store, and what shows that they want to.

use serde::{Deserialize, Serialize};

use crate::accounts::Owner;
use crate::ids::MemberId;
use crate::machine::{Context, Links, Needs, Rejection, State, Stop};

/// Who pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// Whose code this is: they showed it to the store, which asks.
    Code(ShownCode),
}

/// A code that was shown. What it is asked for again under the same key by is its hash alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ShownCode {
    /// Its hash, as that of a one-time code.
    pub hash: String,
    /// Whose it says it is, for who counts guesses; `None` where it was not typed.
    pub handle: Option<String>,
}

impl From<String> for ShownCode {
    fn from(hash: String) -> Self {
        Self { hash, handle: None }
    }
}

impl From<ShownCode> for String {
    fn from(code: ShownCode) -> Self {
        code.hash
    }
}

impl From<String> for Payer {
    fn from(hash: String) -> Self {
        Self::Code(hash.into())
    }
}

impl Payer {
    /// The hash of the one-time code that it may be.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Code(code) => Some(&code.hash),
        }
    }

    /// Whose code somebody says it is.
    pub fn handle(&self) -> Option<&str> {
        match self {
            Self::Code(code) => code.handle.as_deref(),
        }
    }
}

impl Needs {
    /// Whoever pays, and what shows that they want to.
    pub(super) fn add_payer(&mut self, payer: &Payer, links: &Links) {
        let code = payer.code();
        if let Some((code, &member)) = code.and_then(|code| Some((code, links.codes.get(code)?))) {
            self.codes.insert(code.to_owned());
            self.owners.insert(Owner::Member(member));
            self.open_lots.insert(member);
        }
    }
}

/// Whose points are asked for, and the code that is spent by it. A store asks for another's; nobody is charged by themselves.
pub(super) fn who_pays(
    state: &State,
    context: &Context,
    payer: &Payer,
) -> Result<(MemberId, Option<String>), Stop> {
    let Payer::Code(shown) = payer;
    let code = state
        .unspent_code(&shown.hash)
        .ok_or(Rejection::InvalidCode)?;
    if context.actor.member == Some(code.member) {
        return Err(Rejection::SelfAward.into());
    }
    Ok((code.member, Some(shown.hash.clone())))
}
