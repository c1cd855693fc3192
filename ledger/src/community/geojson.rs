//! Layers of the map from GeoJSON (RFC 7946), with every mistake at its place.

use std::fmt;

use geo::algorithm::validation::{InvalidPolygon, RingRole, Validation};
use geo::{Area as _, Coord, LineString, MapCoords, Polygon};
use geojson::{Feature, Geometry, GeometryValue};
use serde_json::Value;

use super::layer::{Area, MILLION};
use crate::policy::Datum;

mod grids;

pub use grids::{GridDefaults, grids_of};

/// The most corners of a layer; telling whether a ring crosses itself takes the square of it.
pub const CORNER_LIMIT: usize = 10_000;
/// How many mistakes are told at once.
const TOLD: usize = 20;
/// What older GeoJSON calls the coordinates that are now the only ones. CGCS2000 (4490) differs from them by centimetres.
const WGS_84: &[&str] = &[
    "urn:ogc:def:crs:OGC:1.3:CRS84",
    "urn:ogc:def:crs:OGC::CRS84",
    "urn:ogc:def:crs:EPSG::4326",
    "EPSG:4326",
    "urn:ogc:def:crs:EPSG::4490",
    "EPSG:4490",
];

/// Something that is wrong with a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {message}", shown(.pointer))]
pub struct GeoJsonError {
    /// Where, as a JSON pointer (RFC 6901) into the document: `/features/2/geometry/coordinates/0`.
    pub pointer: String,
    /// What, and what to do.
    pub message: String,
}

/// The whole document has no pointer.
const fn shown(pointer: &str) -> &str {
    if pointer.is_empty() {
        "the document"
    } else {
        pointer
    }
}

/// All that is wrong with a document, at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GeoJsonErrors(pub Vec<GeoJsonError>);

impl fmt::Display for GeoJsonErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<_> = self.0.iter().map(GeoJsonError::to_string).collect();
        f.write_str(&lines.join("\n"))
    }
}

impl std::error::Error for GeoJsonErrors {}

type Mistake = Vec<GeoJsonError>;

fn mistake<T>(pointer: &str, message: impl Into<String>) -> Result<T, Mistake> {
    Err(vec![GeoJsonError {
        pointer: pointer.to_owned(),
        message: message.into(),
    }])
}

/// What the polygons of a document cover together: of a `FeatureCollection`, a `Feature` or a geometry. Properties are left out, and so
/// are altitudes. Coordinates are of the datum named, and rounded to millionths of a degree.
///
/// # Errors
/// Everything that is wrong, up to twenty things: coordinates that are no place on the globe, rings that are not closed or cross, what
/// is no area, too many corners.
pub fn area_of(document: &Value, datum: Datum) -> Result<Area, GeoJsonErrors> {
    polygons_of(document, datum)
        .and_then(|polygons| match Area::of(polygons) {
            Some(area) => Ok(area),
            None => mistake(
                "",
                "it has no polygon: expected at least one Polygon or MultiPolygon",
            ),
        })
        .map_err(|mut mistakes| {
            mistakes.truncate(TOLD);
            GeoJsonErrors(mistakes)
        })
}

fn polygons_of(document: &Value, datum: Datum) -> Result<Vec<Polygon<i64>>, Mistake> {
    in_wgs_84(document)?;
    let kind = document
        .get("type")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let mut reader = Reader { corners: 0, datum };
    match kind {
        "FeatureCollection" => {
            let features = document.get("features").and_then(Value::as_array);
            let Some(features) = features else {
                return mistake(
                    "/features",
                    "is missing: a FeatureCollection has a list of them",
                );
            };
            reader.all(features.iter().enumerate(), |reader, (index, feature)| {
                reader.feature(feature, &format!("/features/{index}"))
            })
        }
        "Feature" => reader.feature(document, ""),
        _ => reader.geometry_in(document, ""),
    }
}

/// RFC 7946 knows no `crs`; one that says nothing else than WGS-84 does no harm.
fn in_wgs_84(document: &Value) -> Result<(), Mistake> {
    let Some(crs) = document.get("crs").filter(|crs| !crs.is_null()) else {
        return Ok(());
    };
    let name = crs.pointer("/properties/name").and_then(Value::as_str);
    if name.is_some_and(|name| WGS_84.contains(&name)) {
        return Ok(());
    }
    let name = name.map_or_else(|| crs.to_string(), str::to_owned);
    mistake(
        "/crs",
        format!(
            "is {name}: convert the file to WGS-84 and leave `crs` out; coordinates of Chinese maps are told by the datum gcj02"
        ),
    )
}

struct Reader {
    corners: usize,
    datum: Datum,
}

impl Reader {
    /// What all come to, or all that is wrong with any of them.
    fn all<T>(
        &mut self,
        items: impl Iterator<Item = T>,
        mut read: impl FnMut(&mut Self, T) -> Result<Vec<Polygon<i64>>, Mistake>,
    ) -> Result<Vec<Polygon<i64>>, Mistake> {
        let (mut polygons, mut mistakes) = (Vec::new(), Vec::new());
        for item in items {
            match read(self, item) {
                Ok(read) => polygons.extend(read),
                Err(found) => mistakes.extend(found),
            }
            if mistakes.len() >= TOLD {
                break;
            }
        }
        if mistakes.is_empty() {
            Ok(polygons)
        } else {
            Err(mistakes)
        }
    }

    fn feature(&mut self, feature: &Value, at: &str) -> Result<Vec<Polygon<i64>>, Mistake> {
        let feature: Feature = match serde_json::from_value(feature.clone()) {
            Ok(feature) => feature,
            Err(error) => return mistake(at, format!("is no Feature: {error}")),
        };
        let at = format!("{at}/geometry");
        match feature.geometry {
            Some(geometry) => self.geometry(&geometry, &at),
            None => mistake(&at, "is missing: expected a Polygon or MultiPolygon"),
        }
    }

    fn geometry_in(&mut self, document: &Value, at: &str) -> Result<Vec<Polygon<i64>>, Mistake> {
        match serde_json::from_value::<Geometry>(document.clone()) {
            Ok(geometry) => self.geometry(&geometry, at),
            Err(error) => mistake(
                at,
                format!("is neither FeatureCollection, Feature nor geometry of GeoJSON: {error}"),
            ),
        }
    }

    fn geometry(&mut self, geometry: &Geometry, at: &str) -> Result<Vec<Polygon<i64>>, Mistake> {
        match &geometry.value {
            GeometryValue::Polygon { coordinates } => {
                let polygon = self.polygon(coordinates, &format!("{at}/coordinates"))?;
                Ok(vec![polygon])
            }
            GeometryValue::MultiPolygon { coordinates } => self.all(
                coordinates.iter().enumerate(),
                |reader, (index, polygon)| {
                    let polygon = reader.polygon(polygon, &format!("{at}/coordinates/{index}"))?;
                    Ok(vec![polygon])
                },
            ),
            GeometryValue::GeometryCollection { geometries } => self.all(
                geometries.iter().enumerate(),
                |reader, (index, geometry)| {
                    reader.geometry(geometry, &format!("{at}/geometries/{index}"))
                },
            ),
            other => {
                let kind = other.type_name();
                let message =
                    format!("is a {kind}, which covers no area: expected Polygon or MultiPolygon");
                mistake(at, message)
            }
        }
    }

    fn polygon(
        &mut self,
        rings: &[Vec<geojson::Position>],
        at: &str,
    ) -> Result<Polygon<i64>, Mistake> {
        let mut read = Vec::with_capacity(rings.len());
        for (index, ring) in rings.iter().enumerate() {
            read.push(self.ring(ring, &format!("{at}/{index}"))?);
        }
        if read.is_empty() {
            return mistake(at, "has no ring");
        }
        let outer = read.remove(0);
        let polygon = Polygon::new(outer, read);
        sound(&polygon, at)?;
        Ok(polygon)
    }

    fn ring(
        &mut self,
        positions: &[geojson::Position],
        at: &str,
    ) -> Result<LineString<i64>, Mistake> {
        self.corners += positions.len().saturating_sub(1);
        if self.corners > CORNER_LIMIT {
            let message = format!("an area has at most {CORNER_LIMIT} corners: simplify it");
            return mistake(at, message);
        }
        let mut ring = Vec::with_capacity(positions.len());
        for (index, position) in positions.iter().enumerate() {
            let corner = corner(position.as_slice(), self.datum, &format!("{at}/{index}"))?;
            // Closer than a tenth of a metre is the same corner.
            if ring.last() != Some(&corner) {
                ring.push(corner);
            }
        }
        let ends = (positions.first(), positions.last());
        if positions.len() < 4 || ring.first() != ring.last() || ends.0.is_none() {
            let message =
                "is not closed: a ring has at least four positions, and the last repeats the first";
            return mistake(at, message);
        }
        if ring.len() < 4 {
            return mistake(
                at,
                "has fewer than three corners that differ, in millionths of a degree",
            );
        }
        Ok(LineString(ring))
    }
}

/// Longitude and latitude in millionths of a degree.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a number of degrees, in range"
)]
fn corner(position: &[f64], datum: Datum, at: &str) -> Result<Coord<i64>, Mistake> {
    let &[longitude, latitude, ..] = position else {
        return mistake(
            at,
            "has fewer than two numbers: expected [longitude, latitude]",
        );
    };
    let is_place =
        |longitude: f64, latitude: f64| longitude.abs() <= 180.0 && latitude.abs() <= 90.0;
    if !is_place(longitude, latitude) {
        let hint = if is_place(latitude, longitude) {
            "; latitude and longitude seem swapped: GeoJSON writes longitude first"
        } else {
            ""
        };
        let message = format!(
            "[{longitude}, {latitude}] is no place: longitude goes from -180 to 180, latitude from -90 to 90{hint}"
        );
        return mistake(at, message);
    }
    let (latitude, longitude) = datum.to_wgs84(latitude, longitude);
    let millionths = |degrees: f64| (degrees * MILLION).round() as i64;
    Ok(Coord {
        x: millionths(longitude),
        y: millionths(latitude),
    })
}

/// Rings that cross themselves or one another would leave it open what is inside.
#[expect(
    clippy::cast_precision_loss,
    reason = "a double holds every millionth of a degree"
)]
fn sound(polygon: &Polygon<i64>, at: &str) -> Result<(), Mistake> {
    let polygon: Polygon<f64> = polygon.map_coords(|at| Coord {
        x: at.x as f64,
        y: at.y as f64,
    });
    let place = |ring: RingRole| match ring {
        RingRole::Exterior => format!("{at}/0"),
        RingRole::Interior(index) => format!("{at}/{}", index + 1),
    };
    let (ring, message) = match polygon.check_validation() {
        Ok(()) if polygon.unsigned_area() > 0.0 => return Ok(()),
        Ok(()) => (RingRole::Exterior, "encloses nothing".to_owned()),
        Err(InvalidPolygon::SelfIntersection(ring)) => (ring, "crosses itself".to_owned()),
        Err(InvalidPolygon::InteriorRingNotContainedInExteriorRing(ring)) => (
            ring,
            "is a hole that is not inside the polygon's first ring".to_owned(),
        ),
        Err(
            InvalidPolygon::IntersectingRingsOnALine(other, ring)
            | InvalidPolygon::IntersectingRingsOnAnArea(other, ring),
        ) => (ring, format!("overlaps the ring at {}", place(other))),
        Err(
            error @ (InvalidPolygon::TooFewPointsInRing(ring)
            | InvalidPolygon::NonFiniteCoord(ring, _)),
        ) => (ring, error.to_string()),
    };
    mistake(&place(ring), message)
}

#[cfg(test)]
mod tests;
