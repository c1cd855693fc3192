//! Cells of the map from a `FeatureCollection`: what a cell is called stands in its feature's properties.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{GeoJsonError, GeoJsonErrors, Mistake, Reader, TOLD, in_wgs_84, mistake};
use crate::community::layer::Area;
use crate::community::patrol::{GRIDS_AT_ONCE, GridProblem, NewGrid, PatrolRule};
use crate::ids::OrganizationId;
use crate::policy::Datum;

/// What holds for every cell of a document that does not say otherwise.
#[derive(Clone, Debug, Default)]
pub struct GridDefaults {
    /// In which coordinates the document is.
    pub datum: Datum,
    /// Whose the cells are.
    pub organization: Option<OrganizationId>,
    /// What counts as a patrol of them.
    pub rule: Option<PatrolRule>,
}

/// A cell from each feature. Its properties are `code`, `name` (the code, if there is none), and `organization` (an id); others are left out.
///
/// # Errors
/// Everything that is wrong, up to twenty things, each at its feature.
pub fn grids_of(document: &Value, defaults: &GridDefaults) -> Result<Vec<NewGrid>, GeoJsonErrors> {
    all_of(document, defaults).map_err(|mut mistakes| {
        mistakes.truncate(TOLD);
        GeoJsonErrors(mistakes)
    })
}

fn all_of(document: &Value, defaults: &GridDefaults) -> Result<Vec<NewGrid>, Mistake> {
    in_wgs_84(document)?;
    let Some(features) = document.get("features").and_then(Value::as_array) else {
        let expected = "is missing: expected a FeatureCollection with a feature for each cell";
        return mistake("/features", expected);
    };
    if features.is_empty() || features.len() > GRIDS_AT_ONCE {
        let expected = format!(
            "has {} features: expected 1 to {GRIDS_AT_ONCE}",
            features.len()
        );
        return mistake("/features", expected);
    }
    let (mut grids, mut mistakes) = (Vec::with_capacity(features.len()), Vec::new());
    let mut codes = BTreeSet::new();
    for (index, feature) in features.iter().enumerate() {
        let at = format!("/features/{index}");
        match one_of(feature, defaults, &at) {
            Ok(grid) if !codes.insert(grid.code.clone()) => mistakes.push(GeoJsonError {
                pointer: format!("{at}/properties/code"),
                message: GridProblem::Twice { grid: grid.code }.to_string(),
            }),
            Ok(grid) => grids.push(grid),
            Err(found) => mistakes.extend(found),
        }
        if mistakes.len() >= TOLD {
            break;
        }
    }
    match mistakes.is_empty() {
        true => Ok(grids),
        false => Err(mistakes),
    }
}

fn one_of(feature: &Value, defaults: &GridDefaults, at: &str) -> Result<NewGrid, Mistake> {
    let mut reader = Reader {
        corners: 0,
        datum: defaults.datum,
    };
    let code = match feature.pointer("/properties/code") {
        Some(Value::String(code)) => code.trim().to_owned(),
        // Spreadsheets make numbers of codes.
        Some(Value::Number(code)) => code.to_string(),
        _ => {
            let missing = "is missing: say what deeds call the cell, as in \"YH-0312\"";
            return mistake(&format!("{at}/properties/code"), missing);
        }
    };
    let organization = match feature.pointer("/properties/organization") {
        None | Some(Value::Null) => defaults.organization,
        Some(id) => match id.as_str().and_then(|id| id.parse().ok()) {
            Some(id) => Some(OrganizationId(id)),
            None => {
                let pointer = format!("{at}/properties/organization");
                return mistake(&pointer, "is no organization's id: expected a UUID");
            }
        },
    };
    let name = feature.pointer("/properties/name").and_then(Value::as_str);
    let polygons = reader.feature(feature, at)?;
    let Some(area) = Area::of(polygons) else {
        return mistake(&format!("{at}/geometry"), "has no polygon");
    };
    let grid = NewGrid {
        name: name.map_or_else(|| code.clone(), |name| name.trim().to_owned()),
        code,
        organization,
        area,
        rule: defaults.rule.clone(),
    };
    match grid.check() {
        Ok(()) => Ok(grid),
        Err(problem) => {
            let field = match problem {
                GridProblem::Name { .. } => "/properties/name",
                GridProblem::Rule { .. } => "",
                _ => "/properties/code",
            };
            mistake(&format!("{at}{field}"), problem.to_string())
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::policy::Position;
    use crate::policy::gcj02_of;

    fn feature(properties: &Value, from: (f64, f64)) -> Value {
        let (south, west) = from;
        let (north, east) = (south + 0.01, west + 0.01);
        json!({
            "type": "Feature", "properties": properties,
            "geometry": { "type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]] },
        })
    }

    fn collection(features: &[Value]) -> Value {
        json!({ "type": "FeatureCollection", "features": features })
    }

    const HERE: (f64, f64) = (41.79, 123.30);

    #[test]
    fn each_feature_is_a_cell() {
        let node = OrganizationId(uuid::Uuid::from_u128(7));
        let document = collection(&[
            feature(
                &json!({ "code": "YH-0312", "name": "怒江社区第三网格", "population": 812 }),
                HERE,
            ),
            feature(
                &json!({ "code": 313, "organization": node }),
                (41.80, 123.30),
            ),
        ]);
        let grids = grids_of(&document, &GridDefaults::default()).expect("two cells");
        assert_eq!(
            (grids[0].code.as_str(), grids[0].name.as_str()),
            ("YH-0312", "怒江社区第三网格")
        );
        assert_eq!(
            (grids[1].code.as_str(), grids[1].name.as_str()),
            ("313", "313")
        );
        assert_eq!(
            (grids[0].organization, grids[1].organization),
            (None, Some(node))
        );
    }

    #[test]
    fn a_chinese_map_is_bent_back() {
        let (south, west) = gcj02_of(HERE);
        let document = collection(&[feature(&json!({ "code": "A" }), (south, west))]);
        let chinese = GridDefaults {
            datum: Datum::Gcj02,
            ..GridDefaults::default()
        };
        let straight = grids_of(&document, &chinese).expect("a cell");
        let bent = grids_of(&document, &GridDefaults::default()).expect("a cell");
        let corner = Position::from_degrees(HERE.0, HERE.1).expect("a place");
        assert!(straight[0].area.metres_to(corner) < 1.0);
        assert!(bent[0].area.metres_to(corner) > 100.0);
    }

    #[test]
    fn every_mistake_is_told_at_its_feature() {
        let mut open = feature(&json!({ "code": "C" }), HERE);
        open["geometry"]["coordinates"][0]
            .as_array_mut()
            .expect("a ring")
            .pop();
        let document = collection(&[
            feature(&json!({ "name": "无编号" }), HERE),
            feature(&json!({ "code": "B", "organization": "街道" }), HERE),
            open,
            feature(&json!({ "code": "D" }), HERE),
            feature(&json!({ "code": "D" }), HERE),
            feature(&json!({ "code": "E", "name": " " }), HERE),
        ]);
        let GeoJsonErrors(errors) =
            grids_of(&document, &GridDefaults::default()).expect_err("mistakes");
        let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
        assert_eq!(
            pointers,
            [
                "/features/0/properties/code",
                "/features/1/properties/organization",
                "/features/2/geometry/coordinates/0",
                "/features/4/properties/code",
                "/features/5/properties/name",
            ]
        );
        assert!(grids_of(&json!({ "type": "Feature" }), &GridDefaults::default()).is_err());
    }
}
