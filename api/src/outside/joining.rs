//! Whoever asks to be enrolled with a station's code (报到码): by the page or over the API, with their phone proved or without.

use ledger::clock::Timestamp;
use ledger::community::personal::Personal;
use ledger::community::{Actor, CodeFor, JoinCode, Origin, Role, Via};
use ledger::ids::{ActorId, MemberId, OrganizationId, ProgramId, derived};
use ledger::machine::Receipt;
use ledger::{PersonalError, Request, StoreError};
use uuid::Uuid;

use super::Refusal;
use super::phone::prove;
use crate::auth::session::Asking;
use crate::state::App;

/// How many may wait for a station's decision, and how many may ask it within an hour: more is somebody playing.
const WAITING: i64 = 200;
const AN_HOUR: i64 = 60;

/// Somebody who asks a station.
pub struct Joiner<'a> {
    /// Where.
    pub program: ProgramId,
    /// Whom.
    pub organization: OrganizationId,
    /// What makes a repetition one.
    pub key: &'a str,
    /// What they say.
    pub personal: &'a Personal,
    /// From where they ask.
    pub from: &'a Asking,
}

/// What they said is kept.
pub struct Asked {
    /// That it is.
    pub receipt: Receipt,
    /// When a code proved that the phone is theirs.
    pub proved_at: Option<Timestamp>,
}

/// Why it is not.
pub enum NotAsked {
    /// Too many ask this station.
    Full,
    /// The code does not prove it.
    Unproved(Refusal),
    /// It could not be.
    Unkept(PersonalError),
}

impl From<PersonalError> for NotAsked {
    fn from(error: PersonalError) -> Self {
        Self::Unkept(error)
    }
}

impl From<StoreError> for NotAsked {
    fn from(error: StoreError) -> Self {
        Self::Unkept(error.into())
    }
}

/// Where a station's code leads, if it is good still.
pub async fn station_of(
    app: &App,
    program: ProgramId,
    code: &str,
) -> Result<Option<JoinCode>, StoreError> {
    // Without keys nothing that is said can be kept.
    if !app.ledger.has_keyring() {
        return Ok(None);
    }
    let found = app.ledger.join_code_leads(program, code).await?;
    let now = app.ledger.clock().now();
    Ok(found.filter(|code| code.expires_at > now))
}

/// A request of nobody who is known, about what has this id.
pub fn at_door(program: ProgramId, about: Uuid, from: &Asking, key: &str) -> Request {
    Request {
        program,
        actor: Actor {
            id: ActorId(about),
            role: Role::Member,
            member: None,
            store: None,
            node: None,
        },
        origin: Origin {
            via: Via::Door,
            address: Some(from.address),
        },
        key: Some(key.to_owned()),
    }
}

/// Whether one more may ask a station.
pub async fn has_room(
    app: &App,
    program: ProgramId,
    organization: OrganizationId,
) -> Result<bool, StoreError> {
    let since = app.ledger.clock().now().plus_seconds(-3_600);
    let count = app.ledger.joining_count(program, organization, since);
    let count = count.await?;
    Ok(count.all < WAITING && count.lately < AN_HOUR)
}

/// Keeps what somebody says until staff decide. A code that was sent to their phone proves that it is theirs; without one, staff see to that.
pub async fn ask_to_join(
    app: &App,
    joiner: &Joiner<'_>,
    code: Option<&str>,
) -> Result<Asked, NotAsked> {
    let (program, organization) = (joiner.program, joiner.organization);
    let member = MemberId(derived(&[
        b"join",
        program.0.as_bytes(),
        joiner.key.as_bytes(),
    ]));
    let request = joiner.request(member);
    let mut proved_at = None;
    // Asked again under the same key they are answered as before: the code is used up.
    let before = app.ledger.outcome_of(&request, "joining.ask").await?;
    if before.is_none() {
        if !has_room(app, program, organization).await? {
            return Err(NotAsked::Full);
        }
        if let (Some(code), Some(phone)) = (code, joiner.personal.phones.first()) {
            let purpose = CodeFor::Joining(organization);
            let proved = prove(app, program, purpose, (phone, code), joiner.from);
            proved_at = Some(proved.await.map_err(NotAsked::Unproved)?);
        }
    }
    let personal = joiner.personal;
    let asked = app
        .ledger
        .ask_to_join(&request, member, organization, personal, proved_at);
    let receipt = asked.await?;
    let kept = app.ledger.joining_of(program, member).await?;
    Ok(Asked {
        receipt,
        proved_at: kept.and_then(|kept| kept.proved_at),
    })
}

impl Joiner<'_> {
    fn request(&self, member: MemberId) -> Request {
        at_door(self.program, member.0, self.from, self.key)
    }
}
