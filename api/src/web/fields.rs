//! What forms hold.

use ledger::clock::Timestamp;
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

/// When a form was sent by the device's clock, which the page's script fills in: what was kept while there was no network happened then. What is not
/// said, or lies ahead, is now.
pub fn sent_at(text: &str, now: Timestamp) -> Timestamp {
    let said = text.parse::<jiff::Timestamp>().map(Timestamp::from);
    said.unwrap_or(now).min(now)
}
