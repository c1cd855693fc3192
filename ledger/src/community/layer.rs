//! Layers of a programme's map: named areas in which policies want deeds to have happened.
//!
//! Coordinates are WGS-84 throughout. They are kept in whole millionths of a degree, as positions are, so that whether a place lies in an
//! area is decided in integers and is the same on every machine.

use std::collections::BTreeMap;

use geo::{
    BoundingRect, Coord, Distance as _, Euclidean, InteriorPoint, Intersects, LineString,
    MapCoords, Point, Polygon, Rect,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::clock::Timestamp;
use crate::ids::{derived, sha256_hex};
use crate::policy::Position;

/// The most layers of a programme: what is priced with a position is held against each.
pub const LAYER_LIMIT: usize = 200;
/// The longest name, in bytes: that of a policy's `geofence`.
const LONGEST_NAME: usize = 64;

/// Millionths in a degree.
pub(super) const MILLION: f64 = 1_000_000.0;
/// How long a degree of latitude is, in metres: that of a sphere of the earth's mean radius.
const DEGREE: f64 = 111_195.08;

/// A version of a layer, on the map from a moment on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LayerVersion {
    /// The layer's name, as policies write it in `geofence`: see [`is_layer_name`].
    pub name: String,
    /// What it covers.
    pub area: Area,
    /// On the map from this moment until a later version of the same name takes over; `None` in a registration means from the moment it
    /// is recorded.
    pub effective_from: Option<Timestamp>,
}

/// Whether a policy could name a layer so: 1 to 64 lower-case letters, digits and hyphens.
pub fn is_layer_name(name: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    (1..=LONGEST_NAME).contains(&name.len()) && name.bytes().all(allowed)
}

/// Polygons with holes; together they are one area, even where they overlap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Rings", into = "Rings")]
pub struct Area {
    polygons: Vec<(Rect<i64>, Polygon<i64>)>,
    text: String,
}

/// Polygons, each a ring around it and one around each hole, each ring longitudes and latitudes in millionths of a degree, closed.
type Rings = Vec<Vec<Vec<[i64; 2]>>>;

impl Area {
    /// Of polygons in millionths of a degree; `None` if one has no ring, or there is none.
    pub(super) fn of(polygons: Vec<Polygon<i64>>) -> Option<Self> {
        let bounded = |polygon: Polygon<i64>| Some((polygon.bounding_rect()?, polygon));
        let polygons: Option<Vec<_>> = polygons.into_iter().map(bounded).collect();
        let polygons = polygons.filter(|polygons| !polygons.is_empty())?;
        let text = serde_json::to_string(&rings(&polygons)).ok()?;
        Some(Self { polygons, text })
    }

    /// From its text.
    ///
    /// # Errors
    /// What is wrong with the text.
    pub fn from_text(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// In JSON: polygons of rings of `[longitude, latitude]` in millionths of a degree.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of its text, in lower-case hexadecimal.
    pub fn digest(&self) -> String {
        sha256_hex(self.text.as_bytes())
    }

    /// Whether the place lies in it. Its edge belongs to it, that of a hole too.
    pub fn holds(&self, place: Position) -> bool {
        let at = Coord {
            x: place.longitude_millionths(),
            y: place.latitude_millionths(),
        };
        let holds = |(bounds, polygon): &(Rect<i64>, Polygon<i64>)| {
            bounds.intersects(&at) && polygon.intersects(&at)
        };
        self.polygons.iter().any(holds)
    }

    /// How far a place is from it, in metres: none for one that lies in it. The earth is taken for flat, which it is within a few kilometres.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a double holds every millionth of a degree"
    )]
    pub fn metres_to(&self, place: Position) -> f64 {
        if self.holds(place) {
            return 0.0;
        }
        let (x, y) = (place.longitude_millionths(), place.latitude_millionths());
        let parallel = DEGREE * (y as f64 / MILLION).to_radians().cos();
        let flat = |at: Coord<i64>| Coord {
            x: (at.x - x) as f64 / MILLION * parallel,
            y: (at.y - y) as f64 / MILLION * DEGREE,
        };
        let here = Point::new(0.0, 0.0);
        let metres =
            |(_, polygon): &(_, Polygon<i64>)| Euclidean.distance(&here, &polygon.map_coords(flat));
        self.polygons
            .iter()
            .map(metres)
            .fold(f64::INFINITY, f64::min)
    }

    /// Some place in it, always the same.
    #[expect(
        clippy::cast_precision_loss,
        reason = "a double holds every millionth of a degree"
    )]
    pub fn inside(&self) -> Option<Position> {
        let (_, polygon) = self.polygons.first()?;
        let degrees = polygon.map_coords(|at| Coord {
            x: at.x as f64 / MILLION,
            y: at.y as f64 / MILLION,
        });
        let place = degrees.interior_point()?;
        Position::from_degrees(place.y(), place.x())
    }

    /// The rectangle around it, in millionths of a degree: west, south, east, north.
    pub fn bounds(&self) -> [i64; 4] {
        let all = self.polygons.iter().map(|(bounds, _)| bounds);
        let edges = all.map(|b| [b.min().x, b.min().y, b.max().x, b.max().y]);
        let wider = |a: [i64; 4], b: [i64; 4]| {
            [
                a[0].min(b[0]),
                a[1].min(b[1]),
                a[2].max(b[2]),
                a[3].max(b[3]),
            ]
        };
        edges.reduce(wider).unwrap_or_default()
    }

    /// Its polygons, each a ring around it and one around each hole, each ring longitudes and latitudes in millionths of a degree, closed.
    pub fn rings(&self) -> Vec<Vec<Vec<[i64; 2]>>> {
        rings(&self.polygons)
    }

    /// How many polygons it has.
    pub const fn polygons(&self) -> usize {
        self.polygons.len()
    }

    /// How many corners, those of holes included.
    pub fn corners(&self) -> usize {
        let corners = |ring: &LineString<i64>| ring.0.len().saturating_sub(1);
        let of = |(_, polygon): &(_, Polygon<i64>)| {
            let holes: usize = polygon.interiors().iter().map(corners).sum();
            corners(polygon.exterior()) + holes
        };
        self.polygons.iter().map(of).sum()
    }

    /// As a GeoJSON geometry (RFC 7946 § 3.1.7).
    #[expect(
        clippy::cast_precision_loss,
        reason = "a double holds every millionth of a degree"
    )]
    pub fn to_geojson(&self) -> Value {
        let degrees = |millionths: i64| millionths as f64 / MILLION;
        let ring = |ring: Vec<[i64; 2]>| -> Vec<[f64; 2]> {
            ring.into_iter().map(|at| at.map(degrees)).collect()
        };
        let polygon =
            |rings: Vec<Vec<[i64; 2]>>| -> Vec<_> { rings.into_iter().map(ring).collect() };
        let coordinates: Vec<_> = rings(&self.polygons).into_iter().map(polygon).collect();
        json!({ "type": "MultiPolygon", "coordinates": coordinates })
    }
}

fn rings(polygons: &[(Rect<i64>, Polygon<i64>)]) -> Rings {
    let ring = |ring: &LineString<i64>| ring.0.iter().map(|at| [at.x, at.y]).collect();
    let of = |(_, polygon): &(_, Polygon<i64>)| {
        let outer = std::iter::once(polygon.exterior());
        outer.chain(polygon.interiors()).map(ring).collect()
    };
    polygons.iter().map(of).collect()
}

impl From<Area> for Rings {
    fn from(area: Area) -> Self {
        rings(&area.polygons)
    }
}

impl TryFrom<Rings> for Area {
    type Error = &'static str;

    fn try_from(polygons: Rings) -> Result<Self, Self::Error> {
        const WRONG: &str = "an area is polygons of closed rings of places on the globe";
        let polygon = |rings: Vec<Vec<[i64; 2]>>| {
            let mut rings = rings.into_iter().map(ring);
            let outer = rings.next().flatten()?;
            let holes: Option<Vec<_>> = rings.collect();
            Some(Polygon::new(outer, holes?))
        };
        let polygons: Option<Vec<_>> = polygons.into_iter().map(polygon).collect();
        polygons.and_then(Self::of).ok_or(WRONG)
    }
}

fn ring(corners: Vec<[i64; 2]>) -> Option<LineString<i64>> {
    let on_the_globe = |[x, y]: &[i64; 2]| Position::from_millionths(*y, *x).is_some();
    let closed = corners.len() >= 4 && corners.first() == corners.last();
    let ring = corners
        .iter()
        .map(|[x, y]| Coord { x: *x, y: *y })
        .collect();
    (closed && corners.iter().all(on_the_globe)).then_some(LineString(ring))
}

/// What stands for the whole map at a moment: of each layer, given as name, digest and since when, the version of that moment.
pub fn map_at<'v>(
    versions: impl Iterator<Item = (&'v str, &'v str, Timestamp)>,
    moment: Timestamp,
) -> Uuid {
    let mut map = BTreeMap::<&str, (Timestamp, &str)>::new();
    for (name, digest, from) in versions.filter(|(_, _, from)| *from <= moment) {
        let known = map.entry(name).or_insert((from, digest));
        if known.0 <= from {
            *known = (from, digest);
        }
    }
    let parts = map.iter().flat_map(|(name, (_, digest))| [*name, *digest]);
    let parts: Vec<&[u8]> = parts.map(str::as_bytes).collect();
    derived(&parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(latitude: i64, longitude: i64) -> Position {
        Position::from_millionths(latitude, longitude).expect("a place")
    }

    /// Ten by ten thousandths of a degree with a hole of two by two in the middle.
    fn square() -> Area {
        let around = |low: i64, high: i64| {
            vec![
                [low, low],
                [high, low],
                [high, high],
                [low, high],
                [low, low],
            ]
        };
        let rings: Rings = vec![vec![around(0, 10_000), around(4_000, 6_000)]];
        rings.try_into().expect("an area")
    }

    #[test]
    fn edges_belong_to_an_area_and_holes_do_not() {
        let area = square();
        for (latitude, longitude, inside) in [
            (1, 1, true),
            (0, 0, true),
            (10_000, 5_000, true),
            (10_001, 5_000, false),
            (5_000, -1, false),
            (5_000, 5_000, false),
            (4_001, 4_001, false),
            (4_000, 5_000, true),
            (6_000, 6_000, true),
        ] {
            assert_eq!(
                area.holds(at(latitude, longitude)),
                inside,
                "{latitude} {longitude}"
            );
        }
        assert_eq!((area.polygons(), area.corners()), (1, 8));
    }

    #[test]
    fn distances_to_an_area_are_in_metres() {
        let area = square();
        assert!(area.metres_to(at(10, 10)).abs() < f64::EPSILON);
        for (latitude, longitude, metres) in [
            (5_000, -1_000, 111.2),
            (11_000, 11_000, 157.3),
            (5_000, 5_000, 111.2),
        ] {
            let found = area.metres_to(at(latitude, longitude));
            assert!(
                (found - metres).abs() < 0.5,
                "{latitude} {longitude}: {found}"
            );
        }
        assert!(area.holds(area.inside().expect("a place")));
        assert_eq!(area.bounds(), [0, 0, 10_000, 10_000]);
    }

    #[test]
    fn an_area_is_its_text() {
        let area = square();
        assert_eq!(Area::from_text(area.text()).as_ref(), Ok(&area));
        assert_eq!(area.to_geojson()["coordinates"][0][0][1][0], json!(0.01));
        for wrong in [
            "[]",
            "[[]]",
            "[[[[0,0],[1,0],[1,1]]]]",
            "[[[[0,0],[1,0],[0,91000000],[0,0]]]]",
        ] {
            assert!(Area::from_text(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_map_is_that_of_its_moment() {
        let moment = Timestamp::from_micros;
        let versions = [("a", "1", 1), ("a", "2", 5), ("b", "1", 3)];
        let map = |at, take| {
            let versions = versions.iter().take(take);
            map_at(
                versions.map(|(name, digest, from)| (*name, *digest, moment(*from))),
                moment(at),
            )
        };
        assert_eq!(map(4, 3), map(3, 3));
        assert_ne!(map(4, 3), map(5, 3));
        assert_ne!(map(4, 3), map(2, 3));
        assert_ne!(map(4, 3), map(4, 2));
        assert_eq!(
            map(2, 3),
            map(2, 1),
            "what comes later changes nothing before it"
        );
    }

    #[test]
    fn names_are_those_a_policy_can_write() {
        for (name, allowed) in [
            ("grid-0312", true),
            ("", false),
            ("Grid", false),
            ("网格", false),
        ] {
            assert_eq!(is_layer_name(name), allowed, "{name}");
        }
    }
}
