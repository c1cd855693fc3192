//! What auditors look at: how much of all approving is one person's, who meets whom more often than chance would have it, and what comes close below
//! a tier. Counted by the database, for the API and the pages alike.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use jiff::Zoned;
use jiff::tz::TimeZone;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::community::personal::masked;
use ledger::ids::{ActorId, MemberId, ProgramId};
use ledger::points::Points;
use ledger::views::{Approver, NearTier, Pair, PairFilter, PairOf, Period, Register};

use crate::problem::{Code, Problem};
use crate::state::App;

/// The most months that are looked at at once.
const MONTHS: usize = 24;
/// How many months are looked at where nothing is said.
const LAST_MONTHS: i32 = 3;
/// A pair is unusual that met at least so often,
pub const LEAST: i64 = 5;
/// at least so many times as often as chance would have it,
pub const TIMES: i64 = 3;
/// or of whose member's awards at least so many per cent are of one person, who has less than half of all.
pub const PERCENT: i64 = 80;
/// How many pairs are told.
const PAIRS: i64 = 200;

/// Who approved what in a month.
#[derive(Debug)]
pub struct MonthOfApprovals {
    /// As in `2026-03`.
    pub month: String,
    /// How many approvals there were.
    pub approvals: i64,
    /// What they are worth.
    pub points: Points,
    /// The Herfindahl–Hirschman index of the approvals: the sum of the squares of everybody's share in per cent, from near 0 to 10,000 where one
    /// person approves everything.
    pub hhi: i64,
    /// Who, those first who approved most.
    pub approvers: Vec<ShareOfApprovals>,
}

/// Somebody's part of it.
#[derive(Debug)]
pub struct ShareOfApprovals {
    /// Who.
    pub approver: ActorId,
    /// What they are called.
    pub name: String,
    /// How many.
    pub approvals: i64,
    /// What they are worth.
    pub points: Points,
    /// Of all approvals of the month, in hundredths of a per cent.
    pub share: i64,
    /// How many came within ten seconds of the submission.
    pub hasty: i64,
}

/// A pair that meets more often than chance would have it.
#[derive(Debug)]
pub struct UnusualPair {
    /// As what the one decided.
    pub of: PairOf,
    /// How often they met, and how often there was somebody to meet.
    pub pair: Pair,
    /// What the one is called.
    pub name: String,
    /// What lists call the other.
    pub member: String,
}

impl UnusualPair {
    /// How often they would meet by chance, in hundredths: awards of the one × awards of the other ÷ all awards.
    pub fn expected(&self) -> i64 {
        let Pair {
            by_actor,
            by_member,
            total,
            ..
        } = self.pair;
        by_actor * by_member * 100 / total.max(1)
    }

    /// How many times as often they met, in hundredths.
    pub fn times(&self) -> i64 {
        let Pair {
            observed,
            by_actor,
            by_member,
            total,
            ..
        } = self.pair;
        observed * total * 100 / (by_actor * by_member).max(1)
    }

    /// How much of what the member has is of the one, in hundredths of a per cent.
    pub fn share(&self) -> i64 {
        self.pair.observed * 10_000 / self.pair.by_member.max(1)
    }
}

/// Hundredths, as a decimal.
pub fn decimal(hundredths: i64) -> String {
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

/// The months of a stretch of time on a calendar; the last three where nothing is said.
pub fn months(
    zone: &TimeZone,
    now: Timestamp,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
) -> Result<Vec<Period>, Problem> {
    let wrong = || Problem::new(Code::InvalidQuery, "no such stretch of time");
    let zoned = |at: Timestamp| at.to_jiff().to_zoned(zone.clone());
    let first = |at: &Zoned| at.first_of_month().and_then(|at| at.start_of_day());
    let until = until.unwrap_or(now);
    let mut begin = match from {
        Some(from) => zoned(from),
        None => {
            let back = jiff::Span::new().months(LAST_MONTHS - 1);
            let back = zoned(until).checked_sub(back).map_err(|_| wrong())?;
            first(&back).map_err(|_| wrong())?
        }
    };
    let mut periods = Vec::new();
    while Timestamp::from(begin.timestamp()) < until {
        if periods.len() == MONTHS {
            let why = format!("at most {MONTHS} months at once");
            return Err(Problem::new(Code::InvalidQuery, why));
        }
        let next = first(&begin).and_then(|at| at.checked_add(jiff::Span::new().months(1)));
        let next = next.map_err(|_| wrong())?;
        periods.push(Period {
            from: begin.timestamp().into(),
            until: Timestamp::from(next.timestamp()).min(until),
        });
        begin = next;
    }
    if periods.is_empty() {
        return Err(wrong());
    }
    Ok(periods)
}

/// All of it.
pub fn whole(months: &[Period]) -> Period {
    let from = months.first().map(|month| month.from);
    let until = months.last().map(|month| month.until);
    let none = Timestamp::from_micros(0);
    Period {
        from: from.unwrap_or(none),
        until: until.unwrap_or(none),
    }
}

/// What staff are called; whoever is on no record goes by no name.
async fn names(
    app: &App,
    program: ProgramId,
    ids: impl Iterator<Item = ActorId>,
) -> Result<HashMap<ActorId, String>, StoreError> {
    let mut names = HashMap::new();
    for id in ids {
        if let Entry::Vacant(unknown) = names.entry(id) {
            let named = app.ledger.registered(program, Register::Staff, id.0);
            unknown.insert(named.await?.map_or_else(String::new, |named| named.name));
        }
    }
    Ok(names)
}

/// Who approved how much, by the month.
pub async fn approvals(
    app: &App,
    program: ProgramId,
    zone: &TimeZone,
    months: &[Period],
) -> Result<Vec<MonthOfApprovals>, StoreError> {
    let found = app.ledger.approvers(program, months).await?;
    let names = names(app, program, found.iter().map(|one| one.approver)).await?;
    let mut by_month: BTreeMap<Timestamp, Vec<Approver>> = BTreeMap::new();
    for one in found {
        by_month.entry(one.from).or_default().push(one);
    }
    let month = |(from, approvers): (Timestamp, Vec<Approver>)| {
        let month = from.to_jiff().to_zoned(zone.clone());
        let month = month.strftime("%Y-%m").to_string();
        of_month(month, approvers, &names)
    };
    Ok(by_month.into_iter().map(month).collect())
}

fn of_month(
    month: String,
    approvers: Vec<Approver>,
    names: &HashMap<ActorId, String>,
) -> MonthOfApprovals {
    let all: i64 = approvers.iter().map(|one| one.approvals).sum();
    let points = approvers.iter().map(|one| one.points.hundredths()).sum();
    let squares = approvers.iter().map(|one| i128::from(one.approvals).pow(2));
    let hhi = squares.sum::<i128>() * 10_000 / i128::from(all.max(1)).pow(2);
    let share = |one: Approver| ShareOfApprovals {
        approver: one.approver,
        name: names.get(&one.approver).cloned().unwrap_or_default(),
        approvals: one.approvals,
        points: one.points,
        share: one.approvals * 10_000 / all.max(1),
        hasty: one.hasty,
    };
    let mut approvers: Vec<_> = approvers.into_iter().map(share).collect();
    approvers.sort_by_key(|one| (-one.approvals, one.approver));
    MonthOfApprovals {
        month,
        approvals: all,
        points: Points::from_hundredths(points),
        hhi: i64::try_from(hhi).unwrap_or(10_000),
        approvers,
    }
}

/// Pairs of submitter and member, then of approver and member, that meet more often than chance would have it.
pub async fn pairs(
    app: &App,
    program: ProgramId,
    period: Period,
) -> Result<Vec<UnusualPair>, StoreError> {
    let mut found = Vec::new();
    for of in [PairOf::Submitter, PairOf::Approver] {
        let filter = PairFilter {
            of,
            period,
            least: LEAST,
            times: TIMES,
            percent: PERCENT,
            limit: PAIRS,
        };
        let pairs = app.ledger.pairs(program, &filter).await?;
        found.extend(pairs.into_iter().map(|pair| (of, pair)));
    }
    let names = names(app, program, found.iter().map(|(_, pair)| pair.actor)).await?;
    let members: Vec<_> = found.iter().map(|(_, pair)| pair.member.0).collect();
    let members = app
        .ledger
        .registered_of(program, Register::Members, &members)
        .await?;
    let members: HashMap<MemberId, String> = members
        .into_iter()
        .map(|named| (MemberId(named.id), masked(&named.name)))
        .collect();
    let told = |(of, pair): (PairOf, Pair)| UnusualPair {
        of,
        name: names.get(&pair.actor).cloned().unwrap_or_default(),
        member: members.get(&pair.member).cloned().unwrap_or_default(),
        pair,
    };
    Ok(found.into_iter().map(told).collect())
}

/// Whose awards come close below where more people would have had to agree, and what they are called.
pub async fn tiers(
    app: &App,
    program: ProgramId,
    period: Period,
) -> Result<Vec<(String, NearTier)>, StoreError> {
    let near = app.ledger.below_tiers(program, period).await?;
    let names = names(app, program, near.iter().map(|one| one.submitter)).await?;
    let told = |one: NearTier| {
        let name = names.get(&one.submitter).cloned().unwrap_or_default();
        (name, one)
    };
    Ok(near.into_iter().map(told).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    #[test]
    fn months_are_those_of_the_calendar() {
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        let now = at("2026-03-05T10:00:00+08:00");
        let last = months(&zone, now, None, None).expect("three");
        assert_eq!(last.len(), 3);
        assert_eq!(last[0].from, at("2026-01-01T00:00:00+08:00"));
        assert_eq!(last[2].until, now);
        let from = Some(at("2026-01-31T23:00:00+08:00"));
        let two = months(&zone, now, from, Some(at("2026-02-01T01:00:00+08:00"))).expect("two");
        assert_eq!(two.len(), 2);
        assert_eq!(two[0].until, two[1].from);
        assert!(months(&zone, now, Some(now), None).is_err());
        assert!(months(&zone, now, Some(at("2020-01-01T00:00:00Z")), None).is_err());
    }

    #[test]
    fn the_index_is_the_sum_of_squared_shares() {
        let one = |approver: u128, approvals| Approver {
            from: at("2026-03-01T00:00:00+08:00"),
            approver: ActorId(uuid::Uuid::from_u128(approver)),
            approvals,
            points: Points::from_hundredths(100 * approvals),
            hasty: 0,
        };
        let three = vec![one(1, 60), one(2, 30), one(3, 10)];
        let month = of_month("2026-03".to_owned(), three, &HashMap::new());
        assert_eq!((month.hhi, month.approvals), (3_600 + 900 + 100, 100));
        assert_eq!(month.approvers[0].share, 6_000);
        let alone = of_month("2026-03".to_owned(), vec![one(1, 7)], &HashMap::new());
        assert_eq!(alone.hhi, 10_000);
    }
}
