//! What is typed of an offer read field by field, so that everything that is wrong is said at once.

use jiff::tz::TimeZone;
use ledger::clock::Timestamp;
use ledger::community::hours::Hours;
use ledger::community::offer::{Bearer, Limit, Needed, OfferKind, OfferTerms, Price};
use ledger::ids::{FunderId, StoreId};
use ledger::points::{Points, Rate, Rounding};
use ledger::policy::Window;
use rust_decimal::Decimal;

use super::flaws::flaw;
use super::said::{EVERY, KINDS};
use super::typed::{IN_KIND, MERCHANT, Typed};
use crate::web::format::from_field;
use crate::web::reading::t;
use crate::web::wrong::Wrong;

/// Stands in for a price that cannot be read, so that the rest is looked at as well.
const UNREAD: Price = Price::Fixed {
    points: Points::from_hundredths(100),
    cash: Points::ZERO,
};

impl Typed {
    /// What it comes to, or all that is wrong with it. Whether it can be so is for the ledger to say.
    pub fn terms(&self, zone: &TimeZone) -> Result<OfferTerms, Wrong> {
        let wrong = &mut Wrong::default();
        let description = self.get("description");
        let terms = OfferTerms {
            title: self.get("title").to_owned(),
            description: (!description.is_empty()).then(|| description.to_owned()),
            kind: self.kind(wrong),
            stores: self.places(wrong),
            price: self.price(wrong).unwrap_or(UNREAD),
            bearer: self.bearer(wrong).unwrap_or(Bearer::Merchant),
            stock: self.number("stock", wrong),
            from: self.moment("from", zone, wrong),
            until: self.moment("until", zone, wrong),
            hours: self.open(wrong),
            limit: self.limit(wrong),
            needed: self.done(wrong),
        };
        for found in terms.flaws() {
            flaw(wrong, &found);
        }
        match wrong.is_empty() {
            true => Ok(terms),
            false => Err(std::mem::take(wrong)),
        }
    }
}

/// Reading field by field.
impl Typed {
    fn number(&self, name: &str, wrong: &mut Wrong) -> Option<i64> {
        let text = self.get(name);
        let number = text.parse::<i64>().ok();
        if number.is_none() && !text.is_empty() {
            wrong.note(name, t("请填整数。", "Please enter a whole number."));
        }
        number
    }

    fn amount(&self, name: &str, wrong: &mut Wrong) -> Option<Points> {
        let text = self.get(name);
        let amount = text.parse::<Points>().ok();
        if amount.is_none() && !text.is_empty() {
            let words = t(
                "写成 12 或 12.50 这样，最多两位小数。",
                "It is written as 12 or 12.50, with two decimals at most.",
            );
            wrong.note(name, words);
        }
        amount
    }

    fn decimal(&self, name: &str, wrong: &mut Wrong) -> Option<Decimal> {
        let number = Decimal::from_str_exact(self.get(name)).ok();
        if number.is_none() {
            let words = t(
                "请填数字，写成 0.5 或 85 这样。",
                "Please enter a number, written as 0.5 or 85.",
            );
            wrong.note(name, words);
        }
        number.map(|number| number.normalize())
    }

    fn moment(&self, name: &str, zone: &TimeZone, wrong: &mut Wrong) -> Option<Timestamp> {
        let text = self.get(name);
        let at = from_field(text, zone);
        if at.is_none() && !text.is_empty() {
            let words = t(
                "请填日期和时间，或者留空。",
                "Please enter a date and a time, or leave it empty.",
            );
            wrong.note(name, words);
        }
        at
    }

    fn rounding(&self, name: &str) -> Rounding {
        Rounding::from_name(self.get(name)).unwrap_or_default()
    }

    fn kind(&self, wrong: &mut Wrong) -> OfferKind {
        let chosen = KINDS.iter().find(|(name, _)| *name == self.get("kind"));
        if chosen.is_none() {
            wrong.note("kind", t("请选类别。", "Please choose a kind."));
        }
        chosen.map_or(OfferKind::Service, |(_, kind)| *kind)
    }

    fn places(&self, wrong: &mut Wrong) -> Vec<StoreId> {
        let stores = self.stores.iter().map(|store| store.parse::<StoreId>());
        let stores: Result<Vec<StoreId>, _> = stores.collect();
        stores.unwrap_or_else(|_| {
            wrong.note(
                "stores",
                t("请重新选门店。", "Please choose the stores again."),
            );
            Vec::new()
        })
    }

    /// The same for everybody, or by the bill: whichever of the two is filled in.
    fn price(&self, wrong: &mut Wrong) -> Option<Price> {
        match (self.says(&["points"]), self.says(&["rate"])) {
            (true, false) => self.fixed(wrong),
            (false, true) => self.by_bill(wrong),
            (false, false) => {
                let words = t(
                    "请填要多少积分；按账单计分的，在“按账单计分、现付比例”里填每元多少分。",
                    "Please enter how many points it takes, or how many a yuan where it goes by the bill.",
                );
                wrong.note("points", words);
                None
            }
            (true, true) => {
                let words = t(
                    "固定积分和每元多少分只填一样。",
                    "Please enter fixed points or points a yuan, not both.",
                );
                wrong.note("rate", words);
                None
            }
        }
    }

    fn fixed(&self, wrong: &mut Wrong) -> Option<Price> {
        for name in ["most", "share"] {
            if self.says(&[name]) {
                let words = t(
                    "只有按账单计分时才填，请清空。",
                    "This is only for prices that go by the bill. Please empty it.",
                );
                wrong.note(name, words);
            }
        }
        let cash = self.amount("cash", wrong);
        Some(Price::Fixed {
            points: self.amount("points", wrong)?,
            cash: cash.unwrap_or(Points::ZERO),
        })
    }

    fn by_bill(&self, wrong: &mut Wrong) -> Option<Price> {
        if self.says(&["cash"]) {
            let words = t(
                "按账单计分时，现金填成账单的百分之几，这里请清空。",
                "Where it goes by the bill, cash is a share of the bill. Please empty this.",
            );
            wrong.note("cash", words);
        }
        let (most, share) = (self.amount("most", wrong), self.amount("share", wrong));
        Some(Price::Amount {
            rate: self.decimal("rate", wrong)?,
            rounding: self.rounding("rounding"),
            most,
            // Hundredths of a per cent are ten thousandths.
            cash_share: share.map_or(0, Points::hundredths),
        })
    }

    fn bearer(&self, wrong: &mut Wrong) -> Option<Bearer> {
        let chosen = self.get("bearer");
        let bearer = match chosen {
            MERCHANT => Some(Bearer::Merchant),
            IN_KIND => Some(Bearer::InKind),
            _ => None,
        };
        if bearer.is_some() {
            if self.says(&["fen"]) {
                let words = t(
                    "只有由资金结算时才填单价，请清空。",
                    "A rate is only for what a fund pays. Please empty it.",
                );
                wrong.note("fen", words);
            }
            return bearer;
        }
        let Ok(funder) = chosen.parse::<FunderId>() else {
            wrong.note("bearer", t("请选由谁承担。", "Please choose who bears it."));
            return None;
        };
        let fen = self.decimal("fen", wrong)?;
        let rate = Rate::new(fen, self.rounding("fen_rounding"));
        Some(Bearer::Fund { funder, rate })
    }

    fn limit(&self, wrong: &mut Wrong) -> Option<Limit> {
        let every = EVERY.iter().find(|(name, _)| *name == self.get("every"));
        Some(Limit {
            count: self.number("count", wrong)?,
            every: every.map_or(Window::Month, |(_, every)| *every),
        })
    }

    fn open(&self, wrong: &mut Wrong) -> Hours {
        let mut stretches = Vec::with_capacity(self.hours.len());
        for (number, row) in self.hours.iter().enumerate() {
            match row.read() {
                Some(stretch) => stretches.push(stretch),
                None => wrong.note(
                    &format!("hours-{number}"),
                    t(
                        "每个时段要选星期，并填从几点到几点。",
                        "Each of these takes days, and from when until when.",
                    ),
                ),
            }
        }
        Hours(stretches)
    }

    fn done(&self, wrong: &mut Wrong) -> Vec<Needed> {
        let mut done = Vec::with_capacity(self.needed.len());
        for (number, row) in self.needed.iter().enumerate() {
            match row.read() {
                Some(needed) => done.push(needed),
                None => wrong.note(
                    &format!("needed-{number}"),
                    t(
                        "请选事项，次数填 1 到 1000，天数填 1 到 366。",
                        "Please choose a deed, 1 to 1000 times and 1 to 366 days.",
                    ),
                ),
            }
        }
        done
    }
}
