use super::*;

use crate::policy::Position;
use serde_json::json;

fn square(low: f64, high: f64) -> Value {
    json!([
        [low, low],
        [high, low],
        [high, high],
        [low, high],
        [low, low]
    ])
}

fn wrong(document: &Value) -> Vec<String> {
    let errors = area_of(document, Datum::Wgs84).expect_err("mistakes");
    errors.0.iter().map(GeoJsonError::to_string).collect()
}

#[test]
fn features_collections_and_geometries_are_read() {
    let geometry = json!({ "type": "Polygon", "coordinates": [square(1.0, 2.0)] });
    let feature =
        json!({ "type": "Feature", "properties": { "name": "一网格" }, "geometry": geometry });
    let collection = json!({ "type": "FeatureCollection", "features": [feature] });
    let area = area_of(&geometry, Datum::Wgs84).expect("an area");
    assert_eq!(area_of(&feature, Datum::Wgs84).as_ref(), Ok(&area));
    assert_eq!(area_of(&collection, Datum::Wgs84).as_ref(), Ok(&area));
    assert_eq!(
        area_of(&area.to_geojson(), Datum::Wgs84).as_ref(),
        Ok(&area)
    );
    let several = json!({ "type": "GeometryCollection", "geometries": [
        geometry,
        { "type": "MultiPolygon", "coordinates": [[square(5.0, 6.0)], [square(7.0, 9.0), square(7.5, 8.0)]] },
    ] });
    let several = area_of(&several, Datum::Wgs84).expect("an area");
    assert_eq!((several.polygons(), several.corners()), (4 - 1, 16));
    let at = |degrees: f64| {
        let millionths = (degrees * MILLION).round() as i64;
        Position::from_millionths(millionths, millionths).expect("a place")
    };
    for (degrees, inside) in [
        (1.5, true),
        (3.0, false),
        (5.5, true),
        (7.2, true),
        (7.7, false),
    ] {
        assert_eq!(several.holds(at(degrees)), inside, "{degrees}");
    }
}

#[test]
fn coordinates_are_rounded_to_millionths_and_altitudes_left_out() {
    let ring = json!([[0, 0, 35.5], [1.000_000_4, 0], [1, 1.000_000_6], [0, 0]]);
    let area = area_of(
        &json!({ "type": "Polygon", "coordinates": [ring] }),
        Datum::Wgs84,
    )
    .expect("an area");
    assert_eq!(
        area.text(),
        "[[[[0,0],[1000000,0],[1000000,1000001],[0,0]]]]"
    );
}

#[test]
fn mistakes_are_told_with_their_feature() {
    let feature =
        |geometry: Value| json!({ "type": "Feature", "properties": null, "geometry": geometry });
    let polygon = |rings: Value| feature(json!({ "type": "Polygon", "coordinates": rings }));
    let document = json!({ "type": "FeatureCollection", "features": [
        polygon(json!([square(1.0, 2.0)])),
        polygon(json!([[[41.8, 123.4], [41.9, 123.4], [41.9, 123.5], [41.8, 123.4]]])),
        polygon(json!([[[0, 0], [1, 0], [1, 1], [0, 1]]])),
        polygon(json!([[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]])),
        feature(json!({ "type": "Point", "coordinates": [1, 1] })),
        feature(Value::Null),
        polygon(json!([square(1.0, 2.0), square(3.0, 4.0)])),
        polygon(json!([[[0, 0], [1, 1], [2, 2], [0, 0]]])),
        polygon(json!([[[0, 0], ["x", 0]]])),
    ] });
    let told = wrong(&document);
    for (line, parts) in told.iter().zip([
        [
            "/features/1/geometry/coordinates/0/0: [41.8, 123.4] is no place",
            "seem swapped",
        ],
        [
            "/features/2/geometry/coordinates/0: is not closed",
            "repeats the first",
        ],
        ["/features/3/geometry/coordinates/0: crosses itself", ""],
        ["/features/4/geometry: is a Point", "expected Polygon"],
        ["/features/5/geometry: is missing", ""],
        [
            "/features/6/geometry/coordinates/1: is a hole",
            "not inside",
        ],
        ["/features/7/geometry/coordinates/0: encloses nothing", ""],
        ["/features/8: is no Feature", ""],
    ]) {
        assert!(
            parts.iter().all(|part| line.contains(part)),
            "{line} {parts:?}"
        );
    }
    assert_eq!(told.len(), 8, "{told:#?}");
}

#[test]
fn what_is_no_map_is_told_so() {
    let empty = json!({ "type": "FeatureCollection", "features": [] });
    assert_eq!(
        wrong(&empty),
        ["the document: it has no polygon: expected at least one Polygon or MultiPolygon"]
    );
    assert!(wrong(&json!({ "type": "FeatureCollection" }))[0].starts_with("/features: is missing"));
    assert!(wrong(&json!([1, 2]))[0].starts_with("the document: is neither"));
    let mut elsewhere = json!({ "type": "Polygon", "coordinates": [square(1.0, 2.0)],
        "crs": { "type": "name", "properties": { "name": "urn:ogc:def:crs:EPSG::4528" } } });
    assert!(wrong(&elsewhere)[0].contains("convert the file to WGS-84"));
    elsewhere["crs"]["properties"]["name"] = json!("urn:ogc:def:crs:OGC:1.3:CRS84");
    assert!(area_of(&elsewhere, Datum::Wgs84).is_ok());
    let many: Vec<_> = (0..CORNER_LIMIT + 2)
        .map(|step| [step as f64 / MILLION, 0.0])
        .collect();
    let many = json!({ "type": "Polygon", "coordinates": [many] });
    assert!(wrong(&many)[0].contains("at most 10000 corners"));
}

#[test]
fn corners_of_chinese_maps_are_put_where_they_are() {
    let around = |latitude: f64, longitude: f64| {
        let corners = [
            (0.0, 0.0),
            (0.0, 0.01),
            (0.01, 0.01),
            (0.01, 0.0),
            (0.0, 0.0),
        ];
        let ring = corners.map(|(north, east)| [longitude + east, latitude + north]);
        json!({ "type": "Polygon", "coordinates": [ring] })
    };
    let place = crate::policy::Position::from_degrees(39.912, 116.378).expect("a place");
    let as_shown = around(39.911_954, 116.377_817);
    let here = area_of(&as_shown, Datum::Wgs84).expect("an area");
    let there = area_of(&as_shown, Datum::Gcj02).expect("an area");
    assert!(
        here.holds(place)
            && !there
                .holds(crate::policy::Position::from_degrees(39.92, 116.387).expect("a place"))
    );
    let shown = crate::policy::gcj02_of((39.911_954, 116.377_817));
    let back = area_of(&around(shown.0, shown.1), Datum::Gcj02).expect("an area");
    assert!(
        back.holds(place),
        "what was taken from such a map lies where it is"
    );
}
