//! What waits for somebody, what is on public notice, and who decided how much for whom.

use serde::Serialize;
use uuid::Uuid;

use super::trail::SLACK;
use crate::clock::Timestamp;
use crate::ids::{ActorId, AwardId, CommandId, DeedId, MemberId, OrganizationId, before, derived};
use crate::points::Points;
use crate::policy::Deed;

/// Which awards that wait for an approver, oldest first.
#[derive(Clone, Copy, Debug)]
pub struct ApprovalFilter {
    /// Whom they wait for: not what they submitted, or approved already.
    pub approver: ActorId,
    /// Who they are as a member, if they are one: not what they benefit from.
    pub own: Option<MemberId>,
    /// On which node they approve: not what somebody approved there already.
    pub node: Option<OrganizationId>,
    /// Only those of members below this node.
    pub within: Option<OrganizationId>,
    /// Only those made after this one.
    pub after: Option<AwardId>,
    /// At most so many.
    pub limit: i64,
}

/// A place in a list that is in order of a number and of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place(pub i64, pub Uuid);

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.0, self.1)
    }
}

impl std::str::FromStr for Place {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (number, id) = text.split_once(' ').ok_or(())?;
        let (number, id) = (number.parse().ok(), id.parse().ok());
        number
            .zip(id)
            .map(|(number, id)| Self(number, id))
            .ok_or(())
    }
}

/// Which objections and appeals that wait for a reviewer.
#[derive(Clone, Copy, Debug)]
pub struct DisputeFilter {
    /// Only those about members below this node.
    pub within: Option<OrganizationId>,
    /// Only those after this place: 0 for what is escalated, 1 for the rest, and the award.
    pub after: Option<Place>,
    /// At most so many.
    pub limit: i64,
}

/// Which awards on public notice.
#[derive(Clone, Copy, Debug)]
pub struct NoticeFilter {
    /// Whose notice closes later than this.
    pub now: Timestamp,
    /// Only those of members below this node.
    pub within: Option<OrganizationId>,
    /// Only those after this place: the moment, in microseconds, and the award.
    pub after: Option<Place>,
    /// At most so many.
    pub limit: i64,
}

/// An award on public notice, as far as anybody may know: not where it happened, and when only by the month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnNotice {
    /// Which. Not to be told: an award's id says when it was made.
    pub award: AwardId,
    /// Its member's name as lists have it; whole where nothing was sealed.
    pub name: String,
    /// The organization that looks after them.
    pub organization: Option<String>,
    /// What the rule is called.
    pub title: String,
    /// What it is worth.
    pub points: Points,
    /// When it happened: only the month may be told.
    pub occurred_at: Timestamp,
    /// Until when somebody may object.
    pub until: Timestamp,
    /// Whether somebody did before.
    pub objected: bool,
}

impl OnNotice {
    /// By what an award on public notice goes, without telling when it was made.
    pub fn number_of(award: AwardId) -> Uuid {
        derived(&[b"public notice", award.0.as_bytes()])
    }

    /// See [`OnNotice::number_of`].
    pub fn number(&self) -> Uuid {
        Self::number_of(self.award)
    }

    /// In which month of this calendar it happened, as in `2026-03`.
    pub fn month(&self, zone: &jiff::tz::TimeZone) -> String {
        let at = self.occurred_at.to_jiff().to_zoned(zone.clone());
        at.strftime("%Y-%m").to_string()
    }

    /// Its place in the list.
    pub const fn place(&self) -> Place {
        Place(self.until.as_micros(), self.award.0)
    }
}

/// A deed whose award vested.
#[derive(Clone, Debug, PartialEq)]
pub struct ServedDeed {
    /// The award.
    pub award: AwardId,
    /// The deed.
    pub id: DeedId,
    /// What it was.
    pub deed: Deed,
    /// Whether the award stands: nobody undid it.
    pub stands: bool,
}

/// A signed service record that was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedRecord {
    /// Its id.
    pub id: CommandId,
    /// Whose.
    pub member: MemberId,
    /// SHA-256 of what was signed, in hexadecimal.
    pub digest: String,
    /// When.
    pub at: Timestamp,
}

/// A stretch of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// Its first moment.
    pub from: Timestamp,
    /// The first after it.
    pub until: Timestamp,
}

impl Period {
    /// The month of a calendar that is written like this: `2026-03`. Nothing for what is no month.
    pub fn of_month(text: &str, zone: &jiff::tz::TimeZone) -> Option<Self> {
        let (year, month) = text.split_once('-')?;
        let plain =
            |text: &str, digits| text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
        if !plain(year, 4) || !plain(month, 2) {
            return None;
        }
        let first = jiff::civil::Date::new(year.parse().ok()?, month.parse().ok()?, 1).ok()?;
        let next = first.checked_add(jiff::Span::new().months(1)).ok()?;
        let begins = |day: jiff::civil::Date| {
            let at = day.to_zoned(zone.clone()).ok()?;
            Some(Timestamp::from(at.timestamp()))
        };
        Some(Self {
            from: begins(first)?,
            until: begins(next)?,
        })
    }

    /// Whether a moment lies in it.
    pub fn holds(self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }

    /// Between which ids lies what happened in it, the later one not among them: clocks differ, so what is found is looked at again.
    pub(crate) fn bounds(self) -> (Uuid, Uuid) {
        let first = before(self.from.plus_seconds(-SLACK));
        (first, before(self.until.plus_seconds(SLACK)))
    }
}

/// What somebody approved in a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Approver {
    /// When the period began.
    pub from: Timestamp,
    /// Who.
    pub approver: ActorId,
    /// How many awards.
    pub approvals: i64,
    /// What they are worth.
    pub points: Points,
    /// How many of them were approved within ten seconds of their submission.
    pub hasty: i64,
}

/// Who is looked at beside the member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PairOf {
    /// Who submitted the award.
    Submitter,
    /// Who approved it.
    Approver,
}

/// Which pairs are unusual.
#[derive(Clone, Copy, Debug)]
pub struct PairFilter {
    /// Of whom.
    pub of: PairOf,
    /// When.
    pub period: Period,
    /// That met at least so often.
    pub least: i64,
    /// That met at least so many times as often as chance would have it.
    pub times: i64,
    /// Or where at least so many per cent of a member's awards are of one person, who has less than half of all.
    pub percent: i64,
    /// At most so many, those that met most first.
    pub limit: i64,
}

/// Somebody who awards or approves, and somebody who is awarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The one.
    pub actor: ActorId,
    /// The other.
    pub member: MemberId,
    /// How often they met.
    pub observed: i64,
    /// What it was worth.
    pub points: Points,
    /// How many awards the one decided.
    pub by_actor: i64,
    /// How many awards the other has.
    pub by_member: i64,
    /// How many awards there were.
    pub total: i64,
}

/// Points close below where more people have to agree, by a version of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TierRange {
    /// The version.
    pub digest: String,
    /// From so many.
    pub low: Points,
    /// To less than so many: the tier.
    pub tier: Points,
}

/// How many of a submitter's awards lie close below a tier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearTier {
    /// Who submitted them.
    pub submitter: ActorId,
    /// By which version of a policy.
    pub digest: String,
    /// Where more people would have to agree.
    pub tier: Points,
    /// How many lie close below.
    pub near: i64,
    /// Of how many.
    pub all: i64,
}
