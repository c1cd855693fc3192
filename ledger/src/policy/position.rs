//! A place on the map. It is looked at while a deed is priced and decided, and is no part of the deed: what is kept of it is said where it
//! is kept.

use geo::{Distance as _, Haversine, Point};
use serde::{Deserialize, Serialize};

use super::Datum;

/// A place in WGS-84, in millionths of a degree (about a tenth of a metre).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Position {
    latitude: i64,
    longitude: i64,
}

/// Millionths in a degree.
const MILLION: i64 = 1_000_000;

impl Position {
    /// From millionths of a degree; `None` where no such place is: latitude goes from −90° to 90°, longitude from −180° to 180°.
    pub fn from_millionths(latitude: i64, longitude: i64) -> Option<Self> {
        let within = |value: i64, most: i64| (-most..=most).contains(&value);
        let is_place = within(latitude, 90 * MILLION) && within(longitude, 180 * MILLION);
        is_place.then_some(Self {
            latitude,
            longitude,
        })
    }

    /// From degrees; decimals beyond the sixth are rounded. `None` where no such place is.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        reason = "a million is exact, and where integers end there is no place any more"
    )]
    pub fn from_degrees(latitude: f64, longitude: f64) -> Option<Self> {
        let millionths = |degrees: f64| (degrees * MILLION as f64).round() as i64;
        let finite = latitude.is_finite() && longitude.is_finite();
        finite
            .then(|| Self::from_millionths(millionths(latitude), millionths(longitude)))
            .flatten()
    }

    /// From degrees of a datum; see [`Self::from_degrees`].
    pub fn from_degrees_in(datum: Datum, latitude: f64, longitude: f64) -> Option<Self> {
        let (latitude, longitude) = datum.to_wgs84(latitude, longitude);
        Self::from_degrees(latitude, longitude)
    }

    /// In millionths of a degree, north of the equator positive.
    pub const fn latitude_millionths(self) -> i64 {
        self.latitude
    }

    /// In millionths of a degree, east of Greenwich positive.
    pub const fn longitude_millionths(self) -> i64 {
        self.longitude
    }

    /// Longitude and latitude in degrees, as `geo` takes them.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a double holds every millionth of a degree"
    )]
    pub fn point(self) -> Point {
        let degrees = |millionths: i64| millionths as f64 / MILLION as f64;
        Point::new(degrees(self.longitude), degrees(self.latitude))
    }

    /// How far apart, in metres, along the great circle of a sphere of the earth's mean radius: within half a percent of the truth.
    pub fn metres_to(self, other: Self) -> f64 {
        Haversine.distance(self.point(), other.point())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: i64, longitude: i64) -> Position {
        Position::from_millionths(latitude, longitude).expect("a place")
    }

    #[test]
    fn distances_are_those_of_the_globe() {
        // A minute of latitude is about a nautical mile, 1,852 m.
        let minute = at(30_000_000, 114_000_000).metres_to(at(30_016_667, 114_000_000));
        assert!((minute - 1_852.0).abs() < 10.0, "{minute}");
        // One of longitude shrinks with the cosine of the latitude.
        let minute = at(60_000_000, 114_000_000).metres_to(at(60_000_000, 114_016_667));
        assert!((minute - 926.0).abs() < 5.0, "{minute}");
        // Across the antimeridian it is not once around.
        let across = at(0, 179_999_999).metres_to(at(0, -179_999_999));
        assert!(across < 1.0, "{across}");
    }

    #[test]
    fn nothing_is_beyond_the_poles() {
        assert!(Position::from_millionths(90_000_000, 180_000_000).is_some());
        assert!(Position::from_millionths(90_000_001, 0).is_none());
        assert!(Position::from_millionths(0, -180_000_001).is_none());
        assert!(Position::from_millionths(i64::MIN + 1, 0).is_none());
        assert_eq!(
            Position::from_degrees(30.123_456_7, -114.0),
            Some(at(30_123_457, -114_000_000))
        );
        for (latitude, longitude) in [
            (90.1, 0.0),
            (f64::NAN, 0.0),
            (1e300, 0.0),
            (0.0, f64::NEG_INFINITY),
        ] {
            assert!(Position::from_degrees(latitude, longitude).is_none());
        }
    }
}
