//! How many requests somebody may send, told by the headers `RateLimit` and `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10).
//!
//! Counted in this process alone: several servers of one ledger allow as many times as much. Whoever is known is counted as who they are,
//! whatever address they come from; only who is not known is counted by address, because a whole district may share one.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::{Extensions, HeaderMap, HeaderName, HeaderValue};
use ledger::buckets::{Buckets, Level, Quota, Wait, network_of};
use ledger::clock::Timestamp;
use uuid::Uuid;

use super::ClientAddress;
use crate::problem::{Code, Problem};

const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
const LEVEL: HeaderName = HeaderName::from_static("ratelimit");

/// Who is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// The holder of an API key.
    Key(Uuid),
    /// A session of somebody who logged in.
    Session(Uuid),
    /// An address without either.
    Address(IpAddr),
    /// Keys that are none, sent from an address.
    Failures(IpAddr),
    /// An address from which somebody asks for, or tries, something to log in with from outside.
    Door(IpAddr),
}

impl Who {
    const fn name(self) -> &'static str {
        match self {
            Self::Key(_) => "key",
            Self::Session(_) => "session",
            Self::Address(_) => "address",
            Self::Failures(_) => "failures",
            Self::Door(_) => "door",
        }
    }

    fn counted(self) -> Self {
        match self {
            Self::Address(ip) => Self::Address(network_of(ip)),
            Self::Failures(ip) => Self::Failures(network_of(ip)),
            Self::Door(ip) => Self::Door(network_of(ip)),
            known => known,
        }
    }
}

/// How many requests each may send; `None` is as many as they like.
#[derive(Debug, Default)]
pub struct Quotas {
    pub key: Option<Quota>,
    pub session: Option<Quota>,
    pub address: Option<Quota>,
    pub failures: Option<Quota>,
    pub door: Option<Quota>,
    buckets: Buckets<Who>,
}

/// As what a request was counted, for its answer. In the extensions of every request; whoever finds out who calls adds to it.
#[derive(Clone, Debug, Default)]
pub struct Counting(Arc<Mutex<Vec<Counted>>>);

#[derive(Debug)]
struct Counted {
    name: &'static str,
    quota: Quota,
    level: Level,
}

/// Somebody has sent too many.
#[derive(Clone, Copy, Debug)]
pub struct TooMany {
    name: &'static str,
    quota: Quota,
    /// After how many seconds the next is taken.
    pub wait: u32,
}

impl From<TooMany> for Problem {
    fn from(TooMany { name, quota, wait }: TooMany) -> Self {
        let Quota { most, seconds } = quota;
        let detail = format!("at most {most} in {seconds} s for each {name}");
        Self::new(Code::TooManyRequests, detail).after(wait.into())
    }
}

impl Quotas {
    /// With these limits: of keys, sessions, addresses, failures and the door.
    pub fn new([key, session, address, failures, door]: [Option<Quota>; 5]) -> Self {
        Self {
            key,
            session,
            address,
            failures,
            door,
            buckets: Buckets::default(),
        }
    }

    const fn quota(&self, who: Who) -> Option<Quota> {
        match who {
            Who::Key(_) => self.key,
            Who::Session(_) => self.session,
            Who::Address(_) => self.address,
            Who::Failures(_) => self.failures,
            Who::Door(_) => self.door,
        }
    }

    /// Counts a request.
    ///
    /// # Errors
    /// They have sent too many.
    pub fn count(&self, counting: &Counting, who: Who, now: Timestamp) -> Result<(), TooMany> {
        let Some(quota) = self.quota(who) else {
            return Ok(());
        };
        let taken = self.buckets.take(who.counted(), quota, now);
        let level = taken.unwrap_or_else(|Wait(seconds)| Level {
            left: 0,
            full_in: seconds,
        });
        let name = who.name();
        counting.lock().push(Counted { name, quota, level });
        let too_many = |Wait(wait)| TooMany { name, quota, wait };
        taken.map(drop).map_err(too_many)
    }

    /// A key was sent that is none: answers with `problem`, or that these were too many.
    pub fn failed(&self, extensions: &Extensions, problem: Problem, now: Timestamp) -> Problem {
        let Some(client) = extensions.get::<ClientAddress>() else {
            return problem;
        };
        let counting = Counting::of(extensions);
        match self.count(&counting, Who::Failures(client.ip), now) {
            Ok(()) => problem,
            Err(too_many) => too_many.into(),
        }
    }
}

impl Counting {
    /// Of a request; of one that nothing is told of, its own.
    pub fn of(extensions: &Extensions) -> Self {
        extensions.get().cloned().unwrap_or_default()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Counted>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the caller how they stand, as whatever they were counted.
    pub fn tell(&self, headers: &mut HeaderMap) {
        for Counted { name, quota, level } in self.lock().iter() {
            let policy = format!("\"{name}\";q={};w={}", quota.most, quota.seconds);
            let level = format!("\"{name}\";r={};t={}", level.left, level.full_in);
            for (header, text) in [(POLICY, policy), (LEVEL, level)] {
                if let Ok(value) = HeaderValue::from_str(&text) {
                    headers.append(header, value);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000)
    }

    fn quota(most: u32) -> Option<Quota> {
        let seconds = 60;
        Some(Quota { most, seconds })
    }

    #[test]
    fn each_is_counted_apart_and_told_how_they_stand() {
        let quotas = Quotas::new([quota(2), quota(5), None, None, None]);
        let ask = |who| {
            let counting = Counting::default();
            let answer = quotas.count(&counting, who, at(1_000));
            let mut headers = HeaderMap::new();
            counting.tell(&mut headers);
            let told = |name| {
                headers
                    .get(name)
                    .map(|value| value.to_str().expect("text").to_owned())
            };
            (answer.is_ok(), told(POLICY), told(LEVEL))
        };
        let (one, other) = (Who::Key(Uuid::from_u128(1)), Who::Key(Uuid::from_u128(2)));
        let told = |level: &str| {
            (
                Some("\"key\";q=2;w=60".to_owned()),
                Some(format!("\"key\";{level}")),
            )
        };
        for (ok, level) in [(true, "r=1;t=30"), (true, "r=0;t=60"), (false, "r=0;t=30")] {
            let (policy, level) = told(level);
            assert_eq!(ask(one), (ok, policy, level));
        }
        assert!(ask(other).0);
        let anybody = Who::Address([192, 0, 2, 1].into());
        assert_eq!(ask(anybody), (true, None, None));
    }

    #[test]
    fn a_network_of_version_6_is_counted_as_one() {
        let quotas = Quotas::new([None, None, quota(1), quota(1), quota(1)]);
        for who in [Who::Address, Who::Failures, Who::Door] {
            let ask = |text: &str| {
                let who = who(text.parse().expect("an address"));
                let counted = quotas.count(&Counting::default(), who, at(1_000));
                counted.is_ok()
            };
            assert!(ask("2001:db8:1:2::3") && !ask("2001:db8:1:2:ffff::9"));
            assert!(ask("2001:db8:1:3::3"));
        }
    }

    #[test]
    fn at_the_door_an_address_waits_whatever_else_it_may_send() {
        let quotas = Quotas::new([None, None, quota(60), None, quota(2)]);
        let (one, other) = ([192, 0, 2, 1].into(), [192, 0, 2, 2].into());
        let ask = |ip, second| {
            let counting = Counting::default();
            let asked = quotas.count(&counting, Who::Address(ip), at(second));
            asked.expect("within its sixty");
            let wait = quotas.count(&counting, Who::Door(ip), at(second));
            let mut headers = HeaderMap::new();
            counting.tell(&mut headers);
            let told = headers.get_all(LEVEL).iter();
            let told: Vec<_> = told.filter_map(|level| level.to_str().ok()).collect();
            (wait.err().map(|too_many| too_many.wait), told.join(", "))
        };
        for waits in [None, None, Some(30)] {
            assert_eq!(ask(one, 1_000).0, waits);
        }
        let told = "\"address\";r=56;t=4, \"door\";r=0;t=30";
        assert_eq!(ask(one, 1_000), (Some(30), told.to_owned()));
        assert_eq!(ask(other, 1_000).0, None);
        assert_eq!(ask(one, 1_030).0, None);
    }
}
