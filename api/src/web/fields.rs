//! What forms hold.

use ledger::ids::random_bytes;
use ledger::policy::{Datum, Position};

/// A key for a form.
pub fn fresh_key() -> String {
    format!("form-{:032x}", u128::from_be_bytes(random_bytes()))
}

/// In which coordinates a form says that a place is.
pub fn datum(chosen: &str) -> Datum {
    match chosen {
        "gcj02" => Datum::Gcj02,
        _ => Datum::Wgs84,
    }
}

/// `latitude, longitude` in degrees.
pub fn position(text: &str, datum: Datum) -> Option<Position> {
    let (latitude, longitude) = text.split_once([',', '，'])?;
    let degrees = |text: &str| text.trim().parse().ok();
    Position::from_degrees_in(datum, degrees(latitude)?, degrees(longitude)?)
}
