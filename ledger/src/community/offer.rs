//! What merchants give for points, and on what terms.

mod price;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::community::hours::Hours;
use crate::ids::{FunderId, MerchantId, OfferId, StoreId};
use crate::points::{Points, Rate};
use crate::policy::Window;
use crate::policy::deed::kind;

pub use price::{Price, Priced, Unpriced};

/// The most stores that an offer names.
pub const STORE_LIMIT: usize = 200;
/// The most kinds of deed that an offer asks for.
pub const NEEDED_LIMIT: usize = 5;
/// How far back an offer looks for deeds, in days.
pub const BACK_LIMIT: i64 = 366;

/// Who bears what points are redeemed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Bearer {
    /// The merchant: nothing is paid for its points.
    Merchant,
    /// A fund, so many fen a point.
    Fund {
        /// Whose.
        funder: FunderId,
        /// At which rate.
        rate: Rate,
    },
    /// Goods that somebody gave: nothing is paid for their points.
    InKind,
}

/// What sort of thing is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferKind {
    /// Something is done for the member.
    Service,
    /// Something costs less.
    Discount,
    /// Something is handed over.
    Gift,
}

/// How often one member may take an offer up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    /// So many times, one or more,
    pub count: i64,
    /// in each day, week, month, quarter or year of the programme's zone, days from midnight on.
    pub every: Window,
}

/// What a member must have done to take an offer up. Never who they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Needed {
    /// Deeds of this kind.
    pub deed: String,
    /// So many of them or more.
    pub count: i64,
    /// Done within the last so many days, each with an award that has vested and stands.
    pub within_days: i64,
}

/// What an offer says. It never changes; another revision takes its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferTerms {
    /// What is given, in a few words.
    pub title: String,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What sort of thing it is.
    pub kind: OfferKind,
    /// At which of the merchant's stores; at all of them where none is named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stores: Vec<StoreId>,
    /// What a member pays.
    pub price: Price,
    /// Who bears it.
    pub bearer: Bearer,
    /// How many there are in all, over every revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stock: Option<i64>,
    /// From when on it is good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Until before when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// At which hours.
    #[serde(default)]
    pub hours: Hours,
    /// How often for one member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Limit>,
    /// For whom, by what they did: all of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needed: Vec<Needed>,
}

/// Whether an offer can be taken up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferState {
    /// It can.
    Open,
    /// Not for now.
    Paused,
    /// Never again.
    Ended,
}

impl OfferState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Open, Self::Paused, Self::Ended];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Paused => "paused",
            Self::Ended => "ended",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// What a merchant gives for points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Its id.
    pub id: OfferId,
    /// Whose.
    pub merchant: MerchantId,
    /// Whether it can be taken up.
    pub state: OfferState,
    /// How often its terms were said anew; the first is 1.
    pub revision: i64,
    /// What it says now.
    pub terms: OfferTerms,
    /// How many were taken and not given back.
    pub taken: i64,
}

impl Offer {
    /// How many are left, where they are counted.
    pub fn left(&self) -> Option<i64> {
        let stock = self.terms.stock?;
        Some(stock.saturating_sub(self.taken).max(0))
    }

    /// Whether it is to be had at a store of its merchant's.
    pub fn is_at(&self, store: StoreId) -> bool {
        self.terms.stores.is_empty() || self.terms.stores.contains(&store)
    }

    /// Whether it can be taken up at a moment, whose local time is given, by somebody who may.
    pub fn is_open(&self, now: Timestamp, local: jiff::civil::DateTime) -> bool {
        self.state == OfferState::Open
            && self.terms.is_valid(now)
            && self.terms.hours.hold(local)
            && self.left() != Some(0)
    }
}

/// Something in an offer that cannot be so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{field} {problem}")]
pub struct Flaw {
    /// Where, as a JSON pointer.
    pub field: String,
    /// What is wrong.
    pub problem: String,
}

impl OfferTerms {
    /// Whether a moment lies within its validity.
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= now) && self.until.is_none_or(|until| now < until)
    }

    /// Everything that cannot be so.
    pub fn flaws(&self) -> Vec<Flaw> {
        let mut flaws = Vec::new();
        let mut flaw = |wrong: bool, field: &str, problem: &str| {
            if wrong {
                flaws.push(Flaw {
                    field: field.to_owned(),
                    problem: problem.to_owned(),
                });
            }
        };
        let long = |text: &str, most: usize| text.trim().is_empty() || text.chars().count() > most;
        flaw(long(&self.title, 100), "/title", "has 1 to 100 characters");
        let description = self.description.as_ref();
        let wordy = description.is_some_and(|text| long(text, 1_000));
        flaw(wordy, "/description", "has 1 to 1000 characters");
        let mut stores = self.stores.clone();
        stores.sort_unstable();
        stores.dedup();
        let twice = stores.len() != self.stores.len() || stores.len() > STORE_LIMIT;
        flaw(twice, "/stores", "are at most 200, each once");
        flaw(
            self.stock.is_some_and(|stock| stock < 1),
            "/stock",
            "is one or more",
        );
        let over = matches!((self.from, self.until), (Some(from), Some(until)) if until <= from);
        flaw(over, "/until", "is later than from");
        if let Some(problem) = self.hours.flaw() {
            flaw(true, "/hours", &problem);
        }
        if let Some(limit) = &self.limit {
            let few = !(1..=1_000).contains(&limit.count);
            flaw(few, "/limit/count", "is 1 to 1000");
            let rolling = matches!(limit.every, Window::Rolling { .. });
            let calendar = "is day, week, month, quarter or year";
            flaw(rolling, "/limit/every", calendar);
        }
        flaw(
            self.needed.len() > NEEDED_LIMIT,
            "/needed",
            "are at most 5 kinds of deed",
        );
        for (index, needed) in self.needed.iter().enumerate() {
            let field = |name: &str| format!("/needed/{index}/{name}");
            let known = kind(&needed.deed).is_some();
            flaw(!known, &field("deed"), "is no kind of deed");
            let counts = (1..=1_000).contains(&needed.count);
            flaw(!counts, &field("count"), "is 1 to 1000");
            let days = (1..=BACK_LIMIT).contains(&needed.within_days);
            flaw(!days, &field("within_days"), "is 1 to 366");
        }
        flaws.extend(self.price.flaws());
        if let Bearer::Fund { rate, .. } = &self.bearer
            && (rate.fen <= Decimal::ZERO || rate.fen > Decimal::ONE_THOUSAND * Decimal::TEN)
        {
            flaws.push(Flaw {
                field: "/bearer/fen".to_owned(),
                problem: "is above 0 and at most 10000 fen a point".to_owned(),
            });
        }
        flaws
    }
}

/// In which stretch of the calendar a redemption counts, and how many of its offer may there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Within {
    /// No more than these.
    pub count: i64,
    /// The first moment of the stretch.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
}

/// What a redemption was agreed on: pinned to it as it was, whatever becomes of the offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Which offer.
    pub offer: OfferId,
    /// Which revision of it.
    pub revision: i64,
    /// The price it named.
    pub price: Price,
    /// What it would have cost in yuan, where the price goes by that.
    pub amount: Option<Points>,
    /// What the member pays besides at the counter, in yuan; it is on no books here.
    pub cash: Points,
    /// Who bears it.
    pub bearer: Bearer,
    /// How often a member may, where that is bounded.
    pub within: Option<Within>,
}
