//! What merchants give for points, and on what terms.

use serde::{Deserialize, Serialize};

use crate::ids::{FunderId, OfferId};
use crate::points::{Points, Rate};

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

/// What a redemption was agreed on: pinned to it as it was, whatever becomes of the offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// Which offer.
    pub offer: OfferId,
    /// What the member pays besides at the counter, in yuan; it is on no books here.
    pub cash: Points,
    /// Who bears it.
    pub bearer: Bearer,
}
