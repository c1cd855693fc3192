//! What is paid for an offer.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Flaw;
use crate::points::{AmountError, Points, Rounding};

/// Ten thousandths that are the whole.
const WHOLE: i64 = 10_000;

/// What a member pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum Price {
    /// The same for everybody.
    Fixed {
        /// In points, above zero.
        points: Points,
        /// And at the counter, in yuan.
        cash: Points,
    },
    /// By what it would cost.
    Amount {
        /// Points a yuan, above zero.
        rate: Decimal,
        /// How the product becomes hundredths of a point.
        rounding: Rounding,
        /// No more points than these.
        most: Option<Points>,
        /// Of the amount, so many ten thousandths are still paid at the counter, rounded half up to fen.
        cash_share: i64,
    },
}

/// What a member pays this time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Priced {
    /// In points, above zero.
    pub points: Points,
    /// At the counter, in yuan; it is on no books here.
    pub cash: Points,
}

/// Why there is no price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unpriced {
    /// What it would cost has to be said.
    AmountNeeded,
    /// What it would cost makes no difference.
    AmountIdle,
    /// It comes to nothing.
    Nothing,
    /// It does not fit.
    Overflow,
}

impl From<AmountError> for Unpriced {
    fn from(_: AmountError) -> Self {
        Self::Overflow
    }
}

impl Price {
    /// What is paid for something that would cost so many yuan.
    ///
    /// # Errors
    /// The amount is missing, one too many, or comes to no points or more than fit.
    pub fn of(&self, amount: Option<Points>) -> Result<Priced, Unpriced> {
        match (*self, amount) {
            (Self::Fixed { .. }, Some(_)) => Err(Unpriced::AmountIdle),
            (Self::Amount { .. }, None) => Err(Unpriced::AmountNeeded),
            (Self::Fixed { points, cash }, None) => Ok(Priced { points, cash }),
            (
                Self::Amount {
                    rate,
                    rounding,
                    most,
                    cash_share,
                },
                Some(amount),
            ) => {
                let yuan = amount.to_decimal();
                let product = yuan.checked_mul(rate).ok_or(Unpriced::Overflow)?;
                let points = Points::rounded(product, rounding)?;
                let points = most.map_or(points, |most| points.min(most));
                if !amount.is_positive() || !points.is_positive() {
                    return Err(Unpriced::Nothing);
                }
                let share = yuan.checked_mul(Decimal::new(cash_share, 4));
                let cash = Points::rounded(share.ok_or(Unpriced::Overflow)?, Rounding::HalfUp)?;
                Ok(Priced { points, cash })
            }
        }
    }
}

impl Price {
    /// Everything in it that cannot be so.
    pub(super) fn flaws(&self) -> Vec<Flaw> {
        let flaw = |wrong: bool, field: &str, problem: &str| {
            wrong.then(|| Flaw {
                field: format!("/price/{field}"),
                problem: problem.to_owned(),
            })
        };
        let flaws = match self {
            Self::Fixed { points, cash } => [
                flaw(!points.is_positive(), "points", "is above zero"),
                flaw(cash.is_negative(), "cash", "is not below zero"),
                None,
            ],
            Self::Amount {
                rate,
                most,
                cash_share,
                ..
            } => {
                let rated = *rate > Decimal::ZERO && *rate <= Decimal::ONE_THOUSAND;
                let most = most.is_some_and(|most| !most.is_positive());
                let share = (0..WHOLE).contains(cash_share);
                [
                    flaw(!rated, "rate", "is above 0 and at most 1000 points a yuan"),
                    flaw(most, "most", "is above zero"),
                    flaw(!share, "cash_share", "is 0 to 9999 ten thousandths"),
                ]
            }
        };
        flaws.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(text: &str) -> Points {
        text.parse().expect(text)
    }

    fn by_amount(rounding: Rounding, most: Option<&str>, cash_share: i64) -> Price {
        Price::Amount {
            rate: Decimal::from_str_exact("0.333").expect("a rate"),
            rounding,
            most: most.map(points),
            cash_share,
        }
    }

    #[test]
    fn amounts_become_points_by_the_named_rounding() {
        for (rounding, amount, most, share, expected) in [
            (Rounding::HalfUp, "10.05", None, 0, Ok(("3.35", "0"))),
            (Rounding::Down, "10.05", None, 0, Ok(("3.34", "0"))),
            (Rounding::Up, "10.00", None, 8_000, Ok(("3.33", "8"))),
            (Rounding::Up, "10.01", None, 3_333, Ok(("3.34", "3.34"))),
            (Rounding::HalfUp, "100", Some("5"), 0, Ok(("5", "0"))),
            (Rounding::Down, "0.01", None, 0, Err(Unpriced::Nothing)),
            (Rounding::Up, "0", None, 0, Err(Unpriced::Nothing)),
            (
                Rounding::Up,
                "92233720368547758.07",
                None,
                0,
                Ok(("30713828882726403.44", "0")),
            ),
        ] {
            let price = by_amount(rounding, most, share);
            let expected = expected.map(|(a, b)| Priced {
                points: points(a),
                cash: points(b),
            });
            assert_eq!(price.of(Some(points(amount))), expected, "{amount}");
        }
        let price = by_amount(Rounding::Up, None, 0);
        assert_eq!(price.of(None), Err(Unpriced::AmountNeeded));
        let fixed = Price::Fixed {
            points: points("5"),
            cash: points("10"),
        };
        assert_eq!(fixed.of(Some(points("1"))), Err(Unpriced::AmountIdle));
        assert_eq!(fixed.of(None).expect("a price").cash, points("10"));
    }
}
