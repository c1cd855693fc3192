//! Coordinates of Chinese maps, and those of satellites.
//!
//! Maps published in China show places in GCJ-02, which is WGS-84 bent by up to 600 metres; phones and GeoJSON say WGS-84. Nothing in the
//! numbers tells the two apart, so whoever gives coordinates says which they are, and inside there is WGS-84 alone.

use serde::{Deserialize, Serialize};

/// In which coordinates a place is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Datum {
    /// Satellites, phones, GeoJSON, `OpenStreetMap`.
    #[default]
    Wgs84,
    /// 高德, 腾讯 and other maps published in China.
    Gcj02,
}

/// Of Krasovsky's ellipsoid, in metres.
const SEMI_MAJOR_AXIS: f64 = 6_378_245.0;
/// Its eccentricity, squared.
const ECCENTRICITY_SQUARED: f64 = 0.006_693_421_622_965_943;
/// How near the inverse comes, in degrees: about a millimetre.
const NEAR: f64 = 1e-8;
/// How often it tries; three times are enough anywhere in China.
const TRIES: usize = 30;

/// Latitude and longitude, in degrees.
type Degrees = (f64, f64);

/// Where GCJ-02 is bent at all: a rectangle around China. Outside, the two are the same.
fn is_bent((latitude, longitude): Degrees) -> bool {
    (0.8293..=55.8271).contains(&latitude) && (72.004..=137.8347).contains(&longitude)
}

/// By how much GCJ-02 is off at a place in WGS-84.
fn bend((latitude, longitude): Degrees) -> Degrees {
    use std::f64::consts::PI;
    let (x, y) = (longitude - 105.0, latitude - 35.0);
    let wave = |of: f64, period: f64| (of / period * PI).sin();
    let ripple = (20.0 * (6.0 * x * PI).sin() + 20.0 * (2.0 * x * PI).sin()) * 2.0 / 3.0;
    let north = -100.0
        + 2.0 * x
        + 3.0 * y
        + 0.2 * y * y
        + 0.1 * x * y
        + 0.2 * x.abs().sqrt()
        + ripple
        + (20.0 * wave(y, 1.0) + 40.0 * wave(y, 3.0)) * 2.0 / 3.0
        + (160.0 * wave(y, 12.0) + 320.0 * wave(y, 30.0)) * 2.0 / 3.0;
    let east = 300.0
        + x
        + 2.0 * y
        + 0.1 * x * x
        + 0.1 * x * y
        + 0.1 * x.abs().sqrt()
        + ripple
        + (20.0 * wave(x, 1.0) + 40.0 * wave(x, 3.0)) * 2.0 / 3.0
        + (150.0 * wave(x, 12.0) + 300.0 * wave(x, 30.0)) * 2.0 / 3.0;
    let radians = latitude.to_radians();
    let magic = 1.0 - ECCENTRICITY_SQUARED * radians.sin().powi(2);
    let meridian = SEMI_MAJOR_AXIS * (1.0 - ECCENTRICITY_SQUARED) / (magic * magic.sqrt());
    let parallel = SEMI_MAJOR_AXIS / magic.sqrt() * radians.cos();
    (
        (north / meridian).to_degrees(),
        (east / parallel).to_degrees(),
    )
}

/// A place in WGS-84, as maps published in China show it.
pub fn gcj02_of(place: Degrees) -> Degrees {
    match is_bent(place) {
        true => {
            let (north, east) = bend(place);
            (place.0 + north, place.1 + east)
        }
        false => place,
    }
}

impl Datum {
    /// Latitude and longitude in degrees, in WGS-84. There is no formula back from GCJ-02: it is come nearer to step by step.
    pub fn to_wgs84(self, latitude: f64, longitude: f64) -> Degrees {
        let shown = (latitude, longitude);
        if self == Self::Wgs84 || !is_bent(shown) {
            return shown;
        }
        let mut place = shown;
        for _ in 0..TRIES {
            let bent = gcj02_of(place);
            let off = (shown.0 - bent.0, shown.1 - bent.1);
            place = (place.0 + off.0, place.1 + off.1);
            if off.0.abs() < NEAR && off.1.abs() < NEAR {
                break;
            }
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published with the library eviltransform: WGS-84, and the same in GCJ-02.
    const PUBLISHED: [(Degrees, Degrees); 3] = [
        (
            (31.177_427_6, 121.527_210_6),
            (31.175_303_983_645_97, 121.531_541_859_215),
        ),
        (
            (22.543_847, 113.912_316),
            (22.540_796_131_694_766, 113.917_176_480_836_3),
        ),
        (
            (39.911_954, 116.377_817),
            (39.913_345_455_360_69, 116.384_047_224_556_57),
        ),
    ];

    /// A millionth of a degree is a tenth of a metre.
    fn is_near(one: Degrees, other: Degrees) -> bool {
        (one.0 - other.0).abs() < 1e-6 && (one.1 - other.1).abs() < 1e-6
    }

    #[test]
    fn published_places_are_where_they_are_both_ways() {
        for (wgs84, gcj02) in PUBLISHED {
            assert!(is_near(gcj02_of(wgs84), gcj02), "{:?}", gcj02_of(wgs84));
            let back = Datum::Gcj02.to_wgs84(gcj02.0, gcj02.1);
            assert!(is_near(back, wgs84), "{back:?}");
        }
    }

    #[test]
    fn there_and_back_is_the_same_place_all_over_china() {
        for latitude in 2..55 {
            for longitude in 73..137 {
                let place = (f64::from(latitude) + 0.37, f64::from(longitude) + 0.61);
                let bent = gcj02_of(place);
                let back = Datum::Gcj02.to_wgs84(bent.0, bent.1);
                assert!(is_near(back, place), "{place:?} became {back:?}");
                assert_eq!(Datum::Wgs84.to_wgs84(place.0, place.1), place);
            }
        }
    }

    #[test]
    fn elsewhere_nothing_is_bent() {
        for place in [(48.2, 16.37), (-33.9, 151.2), (0.0, 105.0)] {
            assert_eq!(gcj02_of(place), place);
            assert_eq!(Datum::Gcj02.to_wgs84(place.0, place.1), place);
        }
    }
}
