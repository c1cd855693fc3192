//! An offer as it is typed, and kept as it was.

use std::collections::{BTreeMap, BTreeSet};

use jiff::tz::TimeZone;
use ledger::community::hours::{Hours, Minute, STRETCH_LIMIT, Stretch};
use ledger::community::offer::{BACK_LIMIT, Bearer, NEEDED_LIMIT, Needed, OfferTerms, Price};
use ledger::points::Points;
use ledger::policy::deed;

use super::said::{EVERY, KINDS};
use crate::web::fields::fresh_key;
use crate::web::format::field;

/// Who bears it, where that is no fund.
pub const MERCHANT: &str = "merchant";
pub const IN_KIND: &str = "in_kind";

/// A stretch of the day as it is typed.
#[derive(Clone, Debug, Default)]
pub struct TypedHours {
    pub days: BTreeSet<u8>,
    pub from: String,
    pub until: String,
}

impl TypedHours {
    fn is_blank(&self) -> bool {
        self.days.is_empty() && self.from.is_empty() && self.until.is_empty()
    }

    /// What it comes to, if it is whole.
    pub fn read(&self) -> Option<Stretch> {
        let minute = |text: &str| text.parse::<Minute>().ok();
        let (from, until) = minute(&self.from).zip(minute(&self.until))?;
        let days: Vec<u8> = self.days.iter().copied().collect();
        (!days.is_empty()).then_some(Stretch { days, from, until })
    }
}

/// What one must have done, as it is typed.
#[derive(Clone, Debug, Default)]
pub struct TypedNeeded {
    pub deed: String,
    pub count: String,
    pub days: String,
}

impl TypedNeeded {
    fn is_blank(&self) -> bool {
        self.deed.is_empty() && self.count.is_empty() && self.days.is_empty()
    }

    /// What it comes to, if it is whole.
    pub fn read(&self) -> Option<Needed> {
        let number = |text: &str, most: i64| {
            let number = text.parse::<i64>().ok();
            number.filter(|number| (1..=most).contains(number))
        };
        Some(Needed {
            deed: deed::kind(&self.deed)?.name.to_owned(),
            count: number(&self.count, 1_000)?,
            within_days: number(&self.days, BACK_LIMIT)?,
        })
    }
}

/// An offer as it is typed.
#[derive(Clone, Debug, Default)]
pub struct Typed {
    fields: BTreeMap<String, String>,
    pub stores: BTreeSet<String>,
    pub hours: Vec<TypedHours>,
    pub needed: Vec<TypedNeeded>,
}

/// A row by its number, made if need be.
fn row<'r, T: Default>(rows: &'r mut Vec<T>, number: &str, most: usize) -> Option<&'r mut T> {
    let number = number.parse::<usize>().ok();
    let number = number.filter(|number| *number < most)?;
    if rows.len() <= number {
        rows.resize_with(number.saturating_add(1), T::default);
    }
    rows.get_mut(number)
}

impl Typed {
    /// One that says nothing yet.
    pub fn fresh() -> Self {
        let mut typed = Self::default();
        typed.set("key", fresh_key());
        typed.set("kind", "service");
        typed.set("every", "month");
        typed
    }

    /// What an offer says.
    pub fn of(terms: &OfferTerms, zone: &TimeZone) -> Self {
        let mut typed = Self::fresh();
        typed.set("title", terms.title.as_str());
        typed.set("description", terms.description.as_deref().unwrap_or(""));
        let kind = KINDS.iter().find(|(_, kind)| *kind == terms.kind);
        typed.set("kind", kind.map_or("", |(name, _)| *name));
        typed.stores = terms.stores.iter().map(ToString::to_string).collect();
        typed.set_price(&terms.price);
        typed.set_bearer(&terms.bearer);
        typed.set("stock", terms.stock.map_or_else(String::new, written));
        for (name, at) in [("from", terms.from), ("until", terms.until)] {
            typed.set(name, at.map_or_else(String::new, |at| field(at, zone)));
        }
        if let Some(limit) = terms.limit {
            let every = EVERY.iter().find(|(_, every)| *every == limit.every);
            typed.set("count", written(limit.count));
            typed.set("every", every.map_or("", |(name, _)| *name));
        }
        let Hours(stretches) = &terms.hours;
        let stretches = stretches.iter().map(|stretch| TypedHours {
            days: stretch.days.iter().copied().collect(),
            from: stretch.from.to_string(),
            // A field for a time of day knows no later one.
            until: stretch.until.to_string().replace("24:00", "00:00"),
        });
        typed.hours = stretches.collect();
        let needed = terms.needed.iter().map(|needed| TypedNeeded {
            deed: needed.deed.clone(),
            count: written(needed.count),
            days: written(needed.within_days),
        });
        typed.needed = needed.collect();
        typed
    }

    fn set_price(&mut self, price: &Price) {
        match price {
            Price::Fixed { points, cash } => {
                self.set("points", plain(*points));
                self.set("cash", some(*cash));
            }
            Price::Amount {
                rate,
                rounding,
                most,
                cash_share,
            } => {
                self.set("rate", rate.normalize().to_string());
                self.set("rounding", rounding.name());
                self.set("most", most.map_or_else(String::new, plain));
                self.set("share", some(Points::from_hundredths(*cash_share)));
            }
        }
    }

    fn set_bearer(&mut self, bearer: &Bearer) {
        match bearer {
            Bearer::Merchant => self.set("bearer", MERCHANT),
            Bearer::InKind => self.set("bearer", IN_KIND),
            Bearer::Fund { funder, rate } => {
                self.set("bearer", funder.to_string());
                self.set("fen", rate.fen.normalize().to_string());
                self.set("fen_rounding", rate.rounding.name());
            }
        }
    }

    /// As a form sends it. Rows that say nothing are left out.
    pub fn read(fields: Vec<(String, String)>) -> Self {
        let mut typed = Self::default();
        for (name, value) in fields {
            let value = value.trim().replace("\r\n", "\n");
            let mut parts = name.splitn(3, '.');
            match (parts.next(), parts.next(), parts.next()) {
                (Some("store"), None, None) => {
                    typed.stores.insert(value);
                }
                (Some("hours"), Some(number), Some(part)) => {
                    typed.take_hours(number, part, value);
                }
                (Some("needed"), Some(number), Some(part)) => {
                    typed.take_needed(number, part, value);
                }
                _ => typed.set(&name, value),
            }
        }
        typed.hours.retain(|row| !row.is_blank());
        typed.needed.retain(|row| !row.is_blank());
        if typed.get("key").is_empty() {
            typed.set("key", fresh_key());
        }
        typed
    }

    fn take_hours(&mut self, number: &str, part: &str, value: String) {
        let Some(row) = row(&mut self.hours, number, STRETCH_LIMIT) else {
            return;
        };
        match part {
            "day" => match value.parse::<u8>() {
                Ok(day) if (1..=7).contains(&day) => {
                    row.days.insert(day);
                }
                _ => {}
            },
            "from" => row.from = value,
            "until" => row.until = value,
            _ => {}
        }
    }

    fn take_needed(&mut self, number: &str, part: &str, value: String) {
        let Some(row) = row(&mut self.needed, number, NEEDED_LIMIT) else {
            return;
        };
        match part {
            "deed" => row.deed = value,
            "count" => row.count = value,
            "days" => row.days = value,
            _ => {}
        }
    }

    /// What a field says.
    pub fn get(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    /// Has a field say something else.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.fields.insert(name.to_owned(), value.into());
    }

    /// Whether one of these says something.
    pub fn says(&self, names: &[&str]) -> bool {
        names.iter().any(|name| !self.get(name).is_empty())
    }
}

fn written(number: i64) -> String {
    number.to_string()
}

/// As one types it.
fn plain(amount: Points) -> String {
    amount.to_decimal().normalize().to_string()
}

/// The same, and nothing for nothing.
fn some(amount: Points) -> String {
    match amount.is_zero() {
        true => String::new(),
        false => plain(amount),
    }
}
