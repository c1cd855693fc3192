//! Lots: what is left of each vested award in a wallet, spent first-expiring-first.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{AwardId, BudgetId, MemberId, RedemptionId};
use crate::points::{AmountError, Points};

/// How long a lot that expired meanwhile stays open once points return to it, unless its policy says otherwise: seven days, in seconds.
pub const GRACE_SECONDS: i64 = 7 * 24 * 3600;

/// What is left of one vested award in one wallet. Its id is the award's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lot {
    /// The award that opened it.
    pub id: AwardId,
    /// Whose wallet.
    pub member: MemberId,
    /// The budget it came from, and returns to when the award is reversed.
    pub budget: BudgetId,
    /// What the award was worth.
    pub opened: Points,
    /// What can still be spent or expire.
    pub remaining: Points,
    /// What expired unspent.
    pub expired: Points,
    /// What the member still owes on it after a reversal.
    pub owed: Points,
    /// Whether its award was reversed.
    pub reversed: bool,
    /// From this moment on it cannot be spent; `None` never expires.
    pub expires_at: Option<Timestamp>,
    /// Whether what expires of it goes back to its budget, instead of to program:breakage.
    pub to_budget: bool,
    /// How long it is open again once points come back to it after it expired, in seconds; 0 is not at all.
    pub grace_seconds: i64,
    /// How many days before it expires its member is told next; `None` when there is nothing more to tell.
    pub notice_days: Option<i64>,
}

impl Lot {
    /// Whether it can be spent at `now`.
    pub fn is_spendable(&self, now: Timestamp) -> bool {
        self.remaining.is_positive() && !self.has_expired(now)
    }

    /// Whether its time has run out, swept or not.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.expires_at.is_some_and(|end| end <= now)
    }
}

/// So much of one lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The lot.
    pub lot: AwardId,
    /// How much of it.
    pub points: Points,
}

/// Which lots a redemption took, and what came back: one row per lot, in the order taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taking {
    /// The redemption.
    pub redemption: RedemptionId,
    /// Its place in the order of consumption, from 0.
    pub position: i64,
    /// The lot.
    pub lot: AwardId,
    /// What was taken of it.
    pub taken: Points,
    /// What has come back since.
    pub returned: Points,
}

/// What can be spent at `now`.
pub fn spendable(lots: &[Lot], now: Timestamp) -> Result<Points, AmountError> {
    Points::sum(
        lots.iter()
            .filter(|lot| lot.is_spendable(now))
            .map(|lot| lot.remaining),
    )
}

/// Takes `amount` from the lots that expire first (those that never do come last; the older award breaks a
/// tie). `None` when there is not enough.
pub fn take_first_expiring(lots: &[Lot], amount: Points, now: Timestamp) -> Option<Vec<Part>> {
    let mut open: Vec<&Lot> = lots.iter().filter(|lot| lot.is_spendable(now)).collect();
    open.sort_by_key(|lot| (lot.expires_at.is_none(), lot.expires_at, lot.id));
    let mut rest = amount;
    let mut parts = Vec::new();
    for lot in open {
        if !rest.is_positive() {
            break;
        }
        let points = rest.min(lot.remaining);
        rest = rest.minus(points).ok()?;
        parts.push(Part {
            lot: lot.id,
            points,
        });
    }
    rest.is_zero().then_some(parts)
}

/// Which takings `amount` comes back to: the lots last consumed are refilled first. `None` when less was
/// taken than is to come back.
pub fn give_back_last_consumed(takings: &[Taking], amount: Points) -> Option<Vec<Part>> {
    let mut order: Vec<&Taking> = takings.iter().collect();
    order.sort_by_key(|taking| std::cmp::Reverse(taking.position));
    let mut rest = amount;
    let mut parts = Vec::new();
    for taking in order {
        let outstanding = taking.taken.minus(taking.returned).ok()?;
        let points = rest.min(outstanding);
        if points.is_positive() {
            rest = rest.minus(points).ok()?;
            parts.push(Part {
                lot: taking.lot,
                points,
            });
        }
    }
    rest.is_zero().then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn lot(id: u128, remaining: i64, expires_at: Option<i64>) -> Lot {
        Lot {
            id: AwardId(Uuid::from_u128(id)),
            member: MemberId(Uuid::from_u128(1)),
            budget: BudgetId(Uuid::from_u128(2)),
            opened: Points::from_hundredths(remaining),
            remaining: Points::from_hundredths(remaining),
            expired: Points::ZERO,
            owed: Points::ZERO,
            reversed: false,
            expires_at: expires_at.map(Timestamp::from_micros),
            to_budget: false,
            grace_seconds: GRACE_SECONDS,
            notice_days: None,
        }
    }

    fn parts(parts: Option<Vec<Part>>) -> Option<Vec<(u128, i64)>> {
        parts.map(|parts| {
            parts
                .iter()
                .map(|p| (p.lot.0.as_u128(), p.points.hundredths()))
                .collect()
        })
    }

    #[test]
    fn the_first_to_expire_is_spent_first() {
        let lots = [
            lot(1, 10, None),
            lot(2, 10, Some(90)),
            lot(3, 10, Some(50)),
            lot(4, 10, Some(5)),
        ];
        let now = Timestamp::from_micros(10);
        let take = |amount| {
            parts(take_first_expiring(
                &lots,
                Points::from_hundredths(amount),
                now,
            ))
        };
        assert_eq!(take(5), Some(vec![(3, 5)]));
        assert_eq!(take(25), Some(vec![(3, 10), (2, 10), (1, 5)]));
        assert_eq!(take(31), None, "the lot that has expired does not count");
        assert_eq!(spendable(&lots, now), Ok(Points::from_hundredths(30)));
    }

    #[test]
    fn what_comes_back_goes_to_the_lot_last_consumed() {
        let taking = |position, lot, taken, returned| Taking {
            redemption: RedemptionId(Uuid::nil()),
            position,
            lot: AwardId(Uuid::from_u128(lot)),
            taken: Points::from_hundredths(taken),
            returned: Points::from_hundredths(returned),
        };
        let takings = [taking(0, 3, 10, 0), taking(1, 2, 10, 4)];
        let back = |amount| {
            parts(give_back_last_consumed(
                &takings,
                Points::from_hundredths(amount),
            ))
        };
        assert_eq!(back(8), Some(vec![(2, 6), (3, 2)]));
        assert_eq!(back(17), None);
    }
}
