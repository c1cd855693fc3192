//! An offer as callers make it and see it.

use ledger::community::hours::{Hours, Minute, Stretch};
use ledger::community::offer::{
    Bearer, Limit, Needed, OfferKind, OfferState, OfferTerms, Price, Terms,
};
use ledger::ids::{FunderId, StoreId};
use ledger::points::{Points, Rate, Rounding};
use ledger::policy::Window;
use ledger::views::{OfferView, RevisionView};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::model::{Amount, Moment};
use crate::problem::{Code, FieldError, Problem};

/// What a member pays.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum PriceBody {
    /// The same for everybody.
    Fixed {
        /// In points, above zero.
        points: Amount,
        /// And at the counter, in yuan: it is shown, and on no books here.
        cash: Option<Amount>,
    },
    /// By what it would cost: points = amount × rate.
    Amount {
        /// Points a yuan, above zero, at most 1000.
        #[schema(value_type = String, example = "0.5")]
        rate: Decimal,
        /// How that becomes hundredths of a point: half_up (if not said), half_even, down or up.
        #[serde(default)]
        #[schema(value_type = Option<String>, example = "half_up")]
        rounding: Rounding,
        /// No more points than these.
        most: Option<Amount>,
        /// Of the amount, so many ten thousandths are still paid at the counter, rounded half up to fen; 0 if not said.
        #[serde(default)]
        #[schema(default = 0, minimum = 0, maximum = 9_999)]
        cash_share: i64,
    },
}

/// Who bears it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "by", rename_all = "snake_case", deny_unknown_fields)]
pub enum BearerBody {
    /// The merchant: nothing is paid for its points.
    Merchant,
    /// A fund, so many fen a point.
    Fund {
        /// The funder.
        funder: Uuid,
        /// Fen a point.
        #[schema(value_type = String, example = "85.5")]
        fen: Decimal,
        /// How a sum becomes whole fen: half_up (if not said), half_even, down or up.
        #[serde(default)]
        #[schema(value_type = Option<String>, example = "half_up")]
        rounding: Rounding,
    },
    /// Goods that somebody gave: nothing is paid for their points.
    InKind,
}

impl From<Bearer> for BearerBody {
    fn from(bearer: Bearer) -> Self {
        match bearer {
            Bearer::Merchant => Self::Merchant,
            Bearer::Fund { funder, rate } => Self::Fund {
                funder: funder.0,
                fen: rate.fen,
                rounding: rate.rounding,
            },
            Bearer::InKind => Self::InKind,
        }
    }
}

/// A stretch of the day, the same on some days of the week, in the programme's time zone.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StretchBody {
    /// 1 is Monday, 7 Sunday.
    #[schema(example = json!([1, 2, 3, 4, 5]))]
    days: Vec<u8>,
    #[schema(value_type = String, example = "11:00")]
    from: Minute,
    /// At or before `from`, of the next day.
    #[schema(value_type = String, example = "13:30")]
    until: Minute,
}

/// Hours as callers give them.
pub fn hours(stretches: Vec<StretchBody>) -> Hours {
    let stretches = stretches.into_iter().map(|stretch| Stretch {
        days: stretch.days,
        from: stretch.from,
        until: stretch.until,
    });
    Hours(stretches.collect())
}

/// Hours as callers see them.
pub fn stretches(Hours(stretches): Hours) -> Vec<StretchBody> {
    let stretches = stretches.into_iter().map(|stretch| StretchBody {
        days: stretch.days,
        from: stretch.from,
        until: stretch.until,
    });
    stretches.collect()
}

/// In which stretch of the calendar a limit counts.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EveryBody {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

/// How often one member may take it up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LimitBody {
    /// 1 to 1000 times
    count: i64,
    /// in each of these, days from midnight on.
    every: EveryBody,
}

/// What a member must have done. Nothing about who they are can be asked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NeededBody {
    /// Deeds of this kind: see `/v1/deed-kinds`.
    #[schema(example = "patrol_shift")]
    deed: String,
    /// So many of them or more.
    count: i64,
    /// Done within the last so many days, each with an award that has vested and stands.
    within_days: i64,
}

/// What an offer says.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferBody {
    #[schema(example = "暖心午餐")]
    title: String,
    description: Option<String>,
    /// `service`, `discount` or `gift`.
    #[schema(value_type = String, example = "service")]
    kind: OfferKind,
    /// At which of the merchant's stores; at all of them if none is named.
    #[serde(default)]
    stores: Vec<Uuid>,
    price: PriceBody,
    bearer: BearerBody,
    /// How many there are in all.
    stock: Option<i64>,
    /// From when on it is good.
    from: Option<Moment>,
    /// Until before when.
    until: Option<Moment>,
    /// At which hours; always if none are named.
    #[serde(default)]
    hours: Vec<StretchBody>,
    limit: Option<LimitBody>,
    /// For whom, by what they did: all of it.
    #[serde(default)]
    needed: Vec<NeededBody>,
}

impl OfferBody {
    /// As the ledger has it.
    ///
    /// # Errors
    /// Each field that cannot be so.
    pub fn terms(self) -> Result<OfferTerms, Problem> {
        let terms = OfferTerms {
            title: self.title,
            description: self.description,
            kind: self.kind,
            stores: self.stores.into_iter().map(StoreId).collect(),
            price: price(self.price),
            bearer: bearer(self.bearer),
            stock: self.stock,
            from: self.from.map(|moment| moment.0),
            until: self.until.map(|moment| moment.0),
            hours: hours(self.hours),
            limit: self.limit.map(|limit| Limit {
                count: limit.count,
                every: match limit.every {
                    EveryBody::Day => Window::Day,
                    EveryBody::Week => Window::Week,
                    EveryBody::Month => Window::Month,
                    EveryBody::Quarter => Window::Quarter,
                    EveryBody::Year => Window::Year,
                },
            }),
            needed: self.needed.into_iter().map(needed).collect(),
        };
        let flaws = terms.flaws().into_iter();
        let errors: Vec<FieldError> = flaws
            .map(|flaw| FieldError::new(flaw.field, "offer", flaw.problem))
            .collect();
        match errors.is_empty() {
            true => Ok(terms),
            false => {
                let detail = "the offer cannot be so";
                Err(Problem::new(Code::InvalidBody, detail).with_errors(errors))
            }
        }
    }
}

fn price(body: PriceBody) -> Price {
    match body {
        PriceBody::Fixed { points, cash } => Price::Fixed {
            points: points.0,
            cash: cash.map_or(Points::ZERO, |cash| cash.0),
        },
        PriceBody::Amount {
            rate,
            rounding,
            most,
            cash_share,
        } => Price::Amount {
            rate: rate.normalize(),
            rounding,
            most: most.map(|most| most.0),
            cash_share,
        },
    }
}

fn bearer(body: BearerBody) -> Bearer {
    match body {
        BearerBody::Merchant => Bearer::Merchant,
        BearerBody::InKind => Bearer::InKind,
        BearerBody::Fund {
            funder,
            fen,
            rounding,
        } => Bearer::Fund {
            funder: FunderId(funder),
            rate: Rate::new(fen, rounding),
        },
    }
}

fn needed(body: NeededBody) -> Needed {
    Needed {
        deed: body.deed,
        count: body.count,
        within_days: body.within_days,
    }
}

/// How often one member may take it up.
#[derive(Debug, Serialize, ToSchema)]
struct LimitView {
    count: i64,
    #[schema(value_type = String, example = "month")]
    every: Window,
}

/// What an offer says.
#[derive(Debug, Serialize, ToSchema)]
struct TermsAnswer {
    title: String,
    description: Option<String>,
    #[schema(value_type = String, example = "service")]
    kind: OfferKind,
    /// At which of the merchant's stores; at all of them when empty.
    stores: Vec<Uuid>,
    price: PriceBody,
    bearer: BearerBody,
    stock: Option<i64>,
    from: Option<Moment>,
    until: Option<Moment>,
    hours: Vec<StretchBody>,
    limit: Option<LimitView>,
    needed: Vec<NeededBody>,
}

impl From<OfferTerms> for TermsAnswer {
    fn from(terms: OfferTerms) -> Self {
        let needed = terms.needed.into_iter().map(|needed| NeededBody {
            deed: needed.deed,
            count: needed.count,
            within_days: needed.within_days,
        });
        Self {
            title: terms.title,
            description: terms.description,
            kind: terms.kind,
            stores: terms.stores.into_iter().map(|id| id.0).collect(),
            price: terms.price.into(),
            bearer: terms.bearer.into(),
            stock: terms.stock,
            from: terms.from.map(Into::into),
            until: terms.until.map(Into::into),
            hours: stretches(terms.hours),
            limit: terms.limit.map(|limit| LimitView {
                count: limit.count,
                every: limit.every,
            }),
            needed: needed.collect(),
        }
    }
}

/// An offer.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferAnswer {
    id: Uuid,
    merchant: Uuid,
    /// `open`, `paused` or `ended`.
    #[schema(value_type = String, example = "open")]
    state: OfferState,
    /// Whether it could be taken up now by somebody who may: its merchant takes part, it is open and good, at this hour, and there is some left.
    open_now: bool,
    /// How often its terms were said anew; the first is 1.
    revision: i64,
    #[serde(flatten)]
    terms: TermsAnswer,
    /// How many were taken and not given back.
    taken: i64,
}

impl From<OfferView> for OfferAnswer {
    fn from(view: OfferView) -> Self {
        let (offer, open_now) = (view.offer, view.open);
        Self {
            id: offer.id.0,
            merchant: offer.merchant.0,
            state: offer.state,
            open_now,
            revision: offer.revision,
            terms: offer.terms.into(),
            taken: offer.taken,
        }
    }
}

/// What an offer said from some moment on.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevisionAnswer {
    /// The first is 1.
    revision: i64,
    /// Since when.
    recorded_at: Moment,
    #[serde(flatten)]
    terms: TermsAnswer,
}

impl From<RevisionView> for RevisionAnswer {
    fn from(view: RevisionView) -> Self {
        Self {
            revision: view.number,
            recorded_at: view.recorded_at.into(),
            terms: view.terms.into(),
        }
    }
}

impl From<Price> for PriceBody {
    fn from(price: Price) -> Self {
        match price {
            Price::Fixed { points, cash } => Self::Fixed {
                points: points.into(),
                cash: Some(cash.into()),
            },
            Price::Amount {
                rate,
                rounding,
                most,
                cash_share,
            } => Self::Amount {
                rate,
                rounding,
                most: most.map(Into::into),
                cash_share,
            },
        }
    }
}

/// What was agreed on when an offer was taken up, as it was then.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgreedView {
    offer: Uuid,
    /// Which revision of it.
    revision: i64,
    /// What it would have cost in yuan, where the price goes by that.
    amount: Option<Amount>,
    /// What the member pays at the counter besides, in yuan.
    cash: Amount,
    bearer: BearerBody,
}

impl From<Terms> for AgreedView {
    fn from(terms: Terms) -> Self {
        Self {
            offer: terms.offer.0,
            revision: terms.revision,
            amount: terms.amount.map(Into::into),
            cash: terms.cash.into(),
            bearer: terms.bearer.into(),
        }
    }
}
