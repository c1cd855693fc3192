//! What is typed to be paid with points: by a clerk at the counter, or by a rider at a store's own code.

use ledger::ids::{OfferId, StoreId};
use ledger::machine::offers::TradeRejection;
use ledger::machine::{Asked, Charge, PayingRejection, Rejection};
use ledger::points::Points;
use ledger::views::{OfferFilter, OffersOf};
use ledger::{StoreError, WriteError};
use serde::Deserialize;
use uuid::Uuid;

use crate::web::fields::fresh_key;
use crate::web::reading::{say, t};
use crate::web::rider::places::{Told, told};
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

/// How many offers there are to choose from.
const OFFERS: i64 = 100;

/// What was typed, kept until it is paid.
#[derive(Default, Deserialize)]
pub struct Typed {
    /// The rider's code; at a store's own code there is none.
    #[serde(default)]
    pub code: String,
    #[serde(default)]
    pub points: String,
    /// An offer in place of points, and what it would cost where its price goes by that.
    #[serde(default)]
    pub offer: String,
    #[serde(default)]
    pub amount: String,
    pub key: String,
    /// How far it has come.
    #[serde(default)]
    pub act: String,
}

impl Typed {
    /// An empty form under a key of its own: sent twice, it charges once.
    pub fn fresh() -> Self {
        Self {
            key: fresh_key(),
            ..Self::default()
        }
    }

    /// The same once it failed, to be sent again: under its key where that may be tried again, else under another.
    pub fn after(self, error: &WriteError) -> Self {
        let key = match words::may_try_again(error) {
            true => self.key,
            false => fresh_key(),
        };
        Self { key, ..self }
    }

    /// Points, or an offer that says how many; or what is wrong with it.
    pub fn charge(&self) -> Result<Charge, Wrong> {
        let read = |text: &str| text.trim().parse::<Points>().ok();
        if self.offer.is_empty() {
            let points = read(&self.points).filter(|points| points.is_positive());
            let points = points.ok_or_else(|| {
                let words = t(
                    "请填多少积分，最多两位小数。",
                    "Please enter how many points, with at most two decimals.",
                );
                Wrong::with("points", words)
            })?;
            return Ok(Charge::Points(points));
        }
        let offer = self.offer.parse::<OfferId>().map_err(|_| {
            let words = t("请重新选择优惠。", "Please choose the offer again.");
            Wrong::with("offer", words)
        })?;
        let amount = match self.amount.trim() {
            "" => None,
            amount => Some(read(amount).ok_or_else(|| {
                let words = t(
                    "金额最多两位小数，单位是元。",
                    "The amount is in yuan, with at most two decimals.",
                );
                Wrong::with("amount", words)
            })?),
        };
        Ok(Charge::Offer(Asked { offer, amount }))
    }

    /// Why nothing was charged: beside the field that this is about, or of the whole form.
    pub fn refused(&self, error: &WriteError) -> Wrong {
        Wrong::with(self.about(error), words::failure(error))
    }

    fn about(&self, error: &WriteError) -> &'static str {
        let WriteError::Rejected(rejection) = error else {
            return "form";
        };
        // Where an offer says how many they are, it is about the offer.
        let price = match self.offer.is_empty() {
            true => "points",
            false => "offer",
        };
        match rejection {
            Rejection::InvalidCode => "code",
            Rejection::InsufficientPoints { .. }
            | Rejection::AmountNotPositive
            | Rejection::AmountOverflow
            | Rejection::Paying(PayingRejection::OfflineLimit { .. }) => price,
            Rejection::Trade(trade) => match trade {
                TradeRejection::UnknownOffer { .. }
                | TradeRejection::OfferNotOpen { .. }
                | TradeRejection::OfferNotHere { .. }
                | TradeRejection::OfferNotNow { .. }
                | TradeRejection::OutOfStock { .. }
                | TradeRejection::OfferLimitReached { .. }
                | TradeRejection::NotEligible { .. } => "offer",
                TradeRejection::AmountRequired
                | TradeRejection::AmountUnwanted
                | TradeRejection::AmountTooSmall => "amount",
                _ => "form",
            },
            _ => "form",
        }
    }
}

/// What is said of an offer is said of the whole form, where that has none to choose from.
pub fn told_above(mut wrong: Wrong, offers: &[(String, String)]) -> Wrong {
    let words = wrong.of("offer").or(wrong.of("amount"));
    let words = words.filter(|_| offers.is_empty()).map(str::to_owned);
    if let Some(words) = words {
        wrong.note("form", words);
    }
    wrong
}

/// The offers that are open at a store now: their ids, and what they are.
pub async fn choices(web: &Web, store: StoreId) -> Result<Vec<(String, String)>, StoreError> {
    let filter = OfferFilter {
        of: OffersOf::Store(store),
        open: true,
        now: web.now(),
        after: OfferId(Uuid::nil()),
        limit: OFFERS,
    };
    let offers = web.ledger.offers(web.program.id, &filter).await?;
    let offers = offers.iter().map(|view| told(&view.offer));
    let choice = |one: Told| {
        let (title, price) = (one.title, one.price);
        let what = say!("{title}：{price}", "{title}: {price}");
        (one.id.to_string(), what)
    };
    Ok(offers.map(choice).collect())
}
