//! Points: exact amounts of the commodity the programme runs on.
//!
//! One unit of [`Points`] is a hundredth of a point, held in an `i64`; both databases store that
//! integer. At the edges (API, policies, exports) an amount is a decimal with at most two places.
//! Arithmetic is checked: what does not fit is an [`AmountError`], never a panic or a wrap.

use std::fmt;
use std::str::FromStr;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An exact amount in hundredths of a point. Negative where an account may be overdrawn.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Points(i64);

/// What can be wrong with an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AmountError {
    /// More than two decimal places: nothing is rounded behind the caller's back.
    #[error("an amount has at most two decimal places")]
    TooPrecise,
    /// Outside ±92,233,720,368,547,758.07.
    #[error("the amount is too large")]
    Overflow,
    /// Not a decimal number at all.
    #[error("expected a decimal number such as 12 or 12.50")]
    NotANumber,
}

/// How a fraction of a hundredth is resolved. Policies name one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Default)]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    /// Half away from zero: 0.125 → 0.13. The default.
    #[default]
    HalfUp,
    /// Half to the even neighbour (banker's rounding): 0.125 → 0.12.
    HalfEven,
    /// Towards zero: 0.129 → 0.12.
    Down,
    /// Away from zero: 0.121 → 0.13.
    Up,
}

impl Rounding {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::HalfUp, Self::HalfEven, Self::Down, Self::Up];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::HalfUp => "half_up",
            Self::HalfEven => "half_even",
            Self::Down => "down",
            Self::Up => "up",
        }
    }

    /// The way of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|rounding| rounding.name() == name)
    }
}

impl Points {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest amount that can be held.
    pub const MAX: Self = Self(i64::MAX);

    /// From hundredths of a point.
    pub const fn from_hundredths(hundredths: i64) -> Self {
        Self(hundredths)
    }

    /// From whole points; `None` when it does not fit.
    pub const fn whole(points: i64) -> Option<Self> {
        match points.checked_mul(100) {
            Some(hundredths) => Some(Self(hundredths)),
            None => None,
        }
    }

    /// In hundredths of a point.
    pub const fn hundredths(self) -> i64 {
        self.0
    }

    /// From a decimal of at most two places.
    pub fn try_from_decimal(value: Decimal) -> Result<Self, AmountError> {
        if value.normalize().scale() > 2 {
            return Err(AmountError::TooPrecise);
        }
        Self::rounded(value, Rounding::HalfUp)
    }

    /// From any decimal, rounded to hundredths by the named rule. The one place where points are rounded.
    pub fn rounded(value: Decimal, rounding: Rounding) -> Result<Self, AmountError> {
        let strategy = match rounding {
            Rounding::HalfUp => RoundingStrategy::MidpointAwayFromZero,
            Rounding::HalfEven => RoundingStrategy::MidpointNearestEven,
            Rounding::Down => RoundingStrategy::ToZero,
            Rounding::Up => RoundingStrategy::AwayFromZero,
        };
        let mut value = value.round_dp_with_strategy(2, strategy);
        value.rescale(2);
        if value.scale() != 2 {
            return Err(AmountError::Overflow);
        }
        i64::try_from(value.mantissa())
            .map(Self)
            .map_err(|_| AmountError::Overflow)
    }

    /// As a decimal with two places.
    pub fn to_decimal(self) -> Decimal {
        Decimal::new(self.0, 2)
    }

    /// The sum, or [`AmountError::Overflow`].
    pub fn plus(self, other: Self) -> Result<Self, AmountError> {
        self.0
            .checked_add(other.0)
            .map(Self)
            .ok_or(AmountError::Overflow)
    }

    /// The difference, or [`AmountError::Overflow`].
    pub fn minus(self, other: Self) -> Result<Self, AmountError> {
        self.0
            .checked_sub(other.0)
            .map(Self)
            .ok_or(AmountError::Overflow)
    }

    /// The amount with the other sign, or [`AmountError::Overflow`].
    pub fn negated(self) -> Result<Self, AmountError> {
        self.0.checked_neg().map(Self).ok_or(AmountError::Overflow)
    }

    /// Whether it is above zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether it is nothing.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// The sum of many, or [`AmountError::Overflow`].
    pub fn sum(amounts: impl IntoIterator<Item = Self>) -> Result<Self, AmountError> {
        amounts.into_iter().try_fold(Self::ZERO, Self::plus)
    }
}

impl fmt::Display for Points {
    /// Two decimal places, no grouping: `-12.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let absolute = self.0.unsigned_abs();
        write!(f, "{sign}{}.{:02}", absolute / 100, absolute % 100)
    }
}

impl fmt::Debug for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Points {
    type Err = AmountError;

    fn from_str(text: &str) -> Result<Self, AmountError> {
        let value = Decimal::from_str_exact(text).map_err(|_| AmountError::NotANumber)?;
        Self::try_from_decimal(value)
    }
}

impl Serialize for Points {
    /// As a decimal string, because JSON numbers are floats to many readers.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Points {
    /// From a decimal string or a number of at most two places.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = <Decimal as Deserialize>::deserialize(deserializer)?;
        Self::try_from_decimal(value).map_err(de::Error::custom)
    }
}

/// What a point is worth to whoever accepts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Fen a point, above zero.
    pub fen: Decimal,
    /// How a sum becomes whole fen.
    pub rounding: Rounding,
}

impl Rate {
    /// Written the one way that this rate is written, so that the same rate is the same request.
    pub fn new(fen: Decimal, rounding: Rounding) -> Self {
        let fen = fen.normalize();
        Self { fen, rounding }
    }

    /// What so many points come to, in yuan with two places, rounded once.
    ///
    /// # Errors
    /// It does not fit.
    pub fn amount(&self, points: Points) -> Result<Points, AmountError> {
        let fen = points.to_decimal().checked_mul(self.fen);
        let yuan = fen.and_then(|fen| fen.checked_div(Decimal::ONE_HUNDRED));
        Points::rounded(yuan.ok_or(AmountError::Overflow)?, self.rounding)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_and_hundredths_agree() {
        for (text, hundredths) in [("0", 0), ("12.5", 1250), ("-0.07", -7), ("12.500", 1250)] {
            assert_eq!(text.parse(), Ok(Points(hundredths)), "{text}");
        }
        assert_eq!("0.125".parse::<Points>(), Err(AmountError::TooPrecise));
        assert_eq!("ten".parse::<Points>(), Err(AmountError::NotANumber));
        assert_eq!(Points(-7).to_string(), "-0.07");
        assert_eq!(Points(i64::MIN).to_string(), "-92233720368547758.08");
    }

    #[test]
    fn rounding_is_by_name() {
        let value = Decimal::from_str_exact("0.125").expect("a decimal");
        for (rounding, hundredths) in [
            (Rounding::HalfUp, 13),
            (Rounding::HalfEven, 12),
            (Rounding::Down, 12),
            (Rounding::Up, 13),
        ] {
            assert_eq!(Points::rounded(value, rounding), Ok(Points(hundredths)));
        }
        assert_eq!(
            Points::rounded(Decimal::MAX, Rounding::Down),
            Err(AmountError::Overflow)
        );
    }

    #[test]
    fn overflow_is_an_error() {
        assert_eq!(Points::MAX.plus(Points(1)), Err(AmountError::Overflow));
        assert_eq!(Points(i64::MIN).negated(), Err(AmountError::Overflow));
    }

    #[test]
    fn json_takes_strings_and_numbers() {
        for json in ["\"12.50\"", "12.5", "12.50"] {
            assert_eq!(
                serde_json::from_str::<Points>(json).expect(json),
                Points(1250)
            );
        }
        assert!(serde_json::from_str::<Points>("1.005").is_err());
        assert_eq!(serde_json::to_string(&Points(5)).expect("json"), "\"0.05\"");
    }
}
