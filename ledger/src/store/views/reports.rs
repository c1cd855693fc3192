//! What reports on points count.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::points::{AmountError, Points};

/// By what awarded points are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AwardedBy {
    /// The organization that looks after the member now.
    Organization,
    /// Policy and rule.
    Rule,
    /// The budget they came from.
    Budget,
}

/// Which of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum AwardedKey {
    /// An organization or a budget; `None` where no organization looks after the member.
    Of(Option<Uuid>),
    /// `policy/rule`.
    Rule(String),
}

/// What became of points that were awarded in a period and vested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Awarded {
    /// The first moment of the period.
    pub from: Timestamp,
    /// Whose.
    pub key: AwardedKey,
    /// How many awards.
    pub awards: i64,
    /// What they came to.
    pub points: Points,
    /// What of it can still be spent, or would be expired if somebody looked.
    pub outstanding: Points,
    /// What expired.
    pub expired: Points,
    /// What was undone by reversals, spent before or not.
    pub reversed: Points,
}

impl Awarded {
    /// What was spent of it, or is on hold.
    ///
    /// # Errors
    /// Never of what is on record.
    pub fn redeemed(&self) -> Result<Points, AmountError> {
        let rest = self.points.minus(self.outstanding)?.minus(self.expired)?;
        rest.minus(self.reversed)
    }
}

/// What went through accounts of the programme in a period.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flow {
    /// Issued into budgets, less what was taken back.
    pub issued: Points,
    /// Expired, as far as it fell to the programme and not back to budgets.
    pub breakage: Points,
}

/// What was taken of what was authorised in a period: by a store, or for an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken<T> {
    /// The first moment of the period.
    pub from: Timestamp,
    /// Which store, or which offer.
    pub of: T,
    /// How many redemptions.
    pub redemptions: i64,
    /// What was taken.
    pub captured: Points,
    /// What came back of that.
    pub refunded: Points,
}
