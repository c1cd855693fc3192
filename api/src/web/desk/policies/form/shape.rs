//! What stands in a field: how the document has it, and how people write it.

use jiff::civil::Date;
use rust_decimal::Decimal;
use toml_edit::{Array, Value};

use super::document::Document;
use crate::web::reading::t;

/// What stands in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// Points, more than none.
    Points,
    /// A figure that a fact is compared with.
    Figure,
    /// How many, one at least.
    Whole,
    /// A line of text.
    Line,
    /// A time of day.
    Time,
    /// One of some words.
    Word,
    /// A day.
    Date,
    /// By how much something is multiplied: in quotes.
    Times,
    /// How long: a number and a unit.
    Length,
    /// Several numbers of days.
    Days,
    /// A share.
    Percent,
    /// A distance.
    Metres,
}

/// The units of lengths of time, as they stand in policies.
pub const UNITS: [&str; 4] = ["hours", "days", "months", "years"];

/// A unit in words.
pub fn unit_words(unit: &str) -> &'static str {
    match unit {
        "hours" => t("小时", "hours"),
        "days" => t("天", "days"),
        "months" => t("个月", "months"),
        _ => t("年", "years"),
    }
}

impl Shape {
    /// What a field shows of what stands there, and its unit.
    pub fn shown(self, document: &Document, path: &str) -> (String, String) {
        let text = document.scalar(path).unwrap_or_default();
        let bare = |unit: &str| {
            let bare = text.strip_suffix(unit).unwrap_or(&text);
            (bare.trim_end().to_owned(), String::new())
        };
        match self {
            Self::Length => measured(&text),
            Self::Percent => bare("%"),
            Self::Metres => bare(" m"),
            Self::Days => {
                let days = document.list(path).unwrap_or_else(|| vec![text]);
                let bare = days.iter().map(|one| match measured(one) {
                    (count, unit) if unit == "days" => count,
                    _ => one.clone(),
                });
                let bare: Vec<String> = bare.collect();
                (bare.join(t("、", ", ")), String::new())
            }
            _ => (text, String::new()),
        }
    }

    /// What stands in the document for it.
    pub fn value(self, typed: &str, unit: &str) -> Value {
        match self {
            Self::Points | Self::Figure | Self::Whole => number(typed),
            Self::Date => match typed.parse::<Date>() {
                Ok(day) => parsed(&day.to_string()),
                Err(_) => Value::from(typed),
            },
            Self::Line | Self::Word => Value::from(typed),
            Self::Time => Value::from(narrow(typed).replace('：', ":")),
            Self::Times => Value::from(narrow(typed)),
            Self::Length => Value::from(format!("{} {unit}", narrow(typed))),
            Self::Days => Value::Array(days(typed).into_iter().collect::<Array>()),
            Self::Percent => {
                let share = narrow(typed);
                Value::from(format!("{} %", share.trim_end_matches('%').trim_end()))
            }
            Self::Metres => Value::from(format!("{} m", narrow(typed))),
        }
    }

    /// Whether what is shown is such as the field takes, so far as `takes` says it.
    pub fn fits(self, shown: &str) -> bool {
        let shown = narrow(shown.trim());
        let number = || Decimal::from_str_exact(&shown).ok();
        let whole = |text: &str| text.parse::<u64>().is_ok_and(|count| count > 0);
        let share = |number: Decimal| number > Decimal::ZERO && number <= Decimal::ONE_HUNDRED;
        match self {
            Self::Points => number().is_some_and(|it| it > Decimal::ZERO && it.scale() <= 2),
            Self::Figure => number().is_some(),
            Self::Whole | Self::Length | Self::Metres => whole(&shown),
            Self::Line => (1..=120).contains(&shown.chars().count()),
            Self::Time | Self::Word => false,
            Self::Date => shown.parse::<Date>().is_ok(),
            Self::Times | Self::Percent => number().is_some_and(share),
            Self::Days => days(&shown).iter().all(|one| {
                let count = one.strip_suffix(" days");
                count.is_some_and(whole)
            }),
        }
    }

    /// In words.
    pub fn takes(self) -> &'static str {
        match self {
            Self::Points => t(
                "要填大于 0 的数，最多两位小数。",
                "It takes a number above 0 with at most two decimal places.",
            ),
            Self::Figure => t("要填数。", "It takes a number."),
            Self::Whole | Self::Length | Self::Metres => {
                t("要填大于 0 的整数。", "It takes a whole number above 0.")
            }
            Self::Line => t(
                "要填一行字，最多 120 个。",
                "It takes a line of at most 120 letters.",
            ),
            Self::Time => t(
                "要填中午以前的时刻，如 04:00。",
                "It takes a time before noon, such as 04:00.",
            ),
            Self::Word => t("请另选一项。", "Please choose another."),
            Self::Date => t(
                "要填日期，如 2026-01-01。",
                "It takes a day, such as 2026-01-01.",
            ),
            Self::Times => t(
                "要填大于 0、不超过 100 的倍数，如 1.5。",
                "It takes a factor above 0 and at most 100, such as 1.5.",
            ),
            Self::Days => t(
                "要填几个整数，用顿号隔开，如 30、7。",
                "It takes whole numbers with commas between them, such as 30, 7.",
            ),
            Self::Percent => t(
                "要填大于 0、不超过 100 的数。",
                "It takes a number above 0 and at most 100.",
            ),
        }
    }
}

/// `12 months`: a count and a unit, if it is that.
fn measured(text: &str) -> (String, String) {
    if let Some((count, unit)) = text.rsplit_once(' ') {
        let known = UNITS
            .iter()
            .find(|known| known.trim_end_matches('s') == unit.trim_end_matches('s'));
        if let Some(unit) = known {
            return (count.to_owned(), (*unit).to_owned());
        }
    }
    (text.to_owned(), String::new())
}

/// Digits as Chinese keyboards also write them.
fn narrow(typed: &str) -> String {
    let narrow = |letter: char| match letter {
        '０'..='９' => {
            char::from_digit(u32::from(letter) - u32::from('０'), 10).unwrap_or(letter)
        }
        '．' => '.',
        '－' => '-',
        '％' => '%',
        other => other,
    };
    typed.chars().map(narrow).collect()
}

/// A figure; what is none stays as it was typed.
pub fn number(typed: &str) -> Value {
    match Decimal::from_str_exact(&narrow(typed)) {
        Ok(number) => parsed(&number.to_string()),
        Err(_) => Value::from(typed),
    }
}

fn parsed(text: &str) -> Value {
    text.parse().unwrap_or_else(|_| Value::from(text))
}

/// Several numbers of days, each with its unit.
pub fn days(typed: &str) -> Vec<String> {
    let narrow = narrow(typed);
    let between = |letter: char| "、，,；;".contains(letter) || letter.is_whitespace();
    let words = narrow.split(between).filter(|word| !word.is_empty());
    let day = |word: &str| match word.bytes().all(|byte| byte.is_ascii_digit()) {
        true => format!("{word} days"),
        false => word.to_owned(),
    };
    words.map(day).collect()
}
