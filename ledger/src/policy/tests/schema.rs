//! The schema for editors lets every policy pass that the reader does, and knows no word it does not.

use serde_json::{Map, Value};

use super::super::schema;
use super::files;

/// What is wrong with a value by a schema. It knows the keywords our schema uses, and no other;
/// patterns are for editors.
fn check(root: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    let Value::Object(keywords) = schema else {
        return Ok(());
    };
    for (keyword, wanted) in keywords {
        let ok = match keyword.as_str() {
            "$ref" => {
                let name = wanted.as_str().and_then(|to| to.strip_prefix("#/$defs/"));
                check(root, &root["$defs"][name.expect("a definition")], value)?;
                true
            }
            "type" => match wanted {
                Value::Array(types) => types.iter().any(|name| is(name, value)),
                one => is(one, value),
            },
            "const" => wanted == value,
            "enum" => wanted.as_array().expect("a list").contains(value),
            "oneOf" => {
                let fits = |schema: &&Value| check(root, schema, value).is_ok();
                wanted
                    .as_array()
                    .expect("a list")
                    .iter()
                    .filter(fits)
                    .count()
                    == 1
            }
            "anyOf" => {
                let fits = |schema: &Value| check(root, schema, value).is_ok();
                wanted.as_array().expect("a list").iter().any(fits)
            }
            "required" => {
                let has = |key: &Value| value.get(key.as_str().expect("a key")).is_some();
                wanted.as_array().expect("a list").iter().all(has)
            }
            "items" => {
                for item in value.as_array().into_iter().flatten() {
                    check(root, wanted, item)?;
                }
                true
            }
            "properties" | "additionalProperties" => members(root, keywords, value)?,
            "minItems" => value
                .as_array()
                .is_none_or(|list| list.len() as u64 >= number(wanted)),
            "maxItems" => value
                .as_array()
                .is_none_or(|list| list.len() as u64 <= number(wanted)),
            "minProperties" => value
                .as_object()
                .is_none_or(|map| map.len() as u64 >= number(wanted)),
            "maxProperties" => value
                .as_object()
                .is_none_or(|map| map.len() as u64 <= number(wanted)),
            "minLength" => value
                .as_str()
                .is_none_or(|text| text.chars().count() as u64 >= number(wanted)),
            "maxLength" => value
                .as_str()
                .is_none_or(|text| text.chars().count() as u64 <= number(wanted)),
            "minimum" => value
                .as_f64()
                .is_none_or(|n| n >= wanted.as_f64().expect("a bound")),
            "exclusiveMinimum" => value
                .as_f64()
                .is_none_or(|n| n > wanted.as_f64().expect("a bound")),
            "$schema" | "$defs" | "title" | "description" | "pattern" => true,
            other => panic!("a keyword this check does not know: {other}"),
        };
        if !ok {
            return Err(format!("{value} against {keyword} {wanted}"));
        }
    }
    Ok(())
}

fn number(wanted: &Value) -> u64 {
    wanted.as_u64().expect("a count")
}

fn is(name: &Value, value: &Value) -> bool {
    match name.as_str().expect("a type") {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "number" => value.is_number(),
        "integer" => value.is_i64(),
        "boolean" => value.is_boolean(),
        other => panic!("no type: {other}"),
    }
}

fn members(root: &Value, keywords: &Map<String, Value>, value: &Value) -> Result<bool, String> {
    let empty = Map::new();
    let known = keywords.get("properties").and_then(Value::as_object);
    let other = keywords.get("additionalProperties").unwrap_or(&Value::Null);
    for (key, member) in value.as_object().unwrap_or(&empty) {
        match (known.unwrap_or(&empty).get(key), other) {
            (Some(schema), _) | (None, schema @ Value::Object(_)) => check(root, schema, member)?,
            (None, Value::Bool(false)) => return Err(format!("no key {key}")),
            (None, _) => {}
        }
    }
    Ok(true)
}

/// As an editor sees a file: dates and times are text.
fn json(value: &toml::Value) -> Value {
    match value {
        toml::Value::Datetime(moment) => Value::String(moment.to_string()),
        toml::Value::Array(list) => list.iter().map(json).collect(),
        toml::Value::Table(table) => {
            let members = table.iter().map(|(key, value)| (key.clone(), json(value)));
            Value::Object(members.collect())
        }
        other => serde_json::to_value(other).expect("a plain value"),
    }
}

fn verdict(source: &str) -> Result<(), String> {
    let schema = schema();
    let table: toml::Table = source.parse().expect("TOML");
    check(&schema, &schema, &json(&toml::Value::Table(table)))
}

#[test]
fn every_policy_fits_the_schema() {
    for (path, source) in files::all() {
        assert_eq!(verdict(&source), Ok(()), "{}", path.display());
    }
    for full in [
        super::mistakes::GOOD,
        super::terms::FULL,
        super::limits::FULL,
        super::proof::FULL,
        super::duplicates::FULL,
    ] {
        assert_eq!(verdict(full), Ok(()));
    }
}

#[test]
fn a_word_that_nobody_knows_does_not_fit() {
    for (full, right, wrong) in [
        (super::mistakes::GOOD, "at_least = 22", "at_lest = 22"),
        (super::mistakes::GOOD, "saturday = 5", "satrday = 5"),
        (super::mistakes::GOOD, "max = 10", "max = 0"),
        (
            super::mistakes::GOOD,
            "points = 50",
            "points = 50\ncount = 2",
        ),
        (super::terms::FULL, "two_person", "two_persons"),
        (super::terms::FULL, "notices = ", "notice = "),
        (super::limits::FULL, "per = \"grid\"", "per = \"girds\""),
        (
            super::proof::FULL,
            "combine = \"add\"",
            "combine = \"added\"",
        ),
        (super::proof::FULL, "{ any = ", "{ all = "),
        (super::proof::FULL, "\"missing_evidence\"", "\"evidence\""),
        (super::duplicates::FULL, "\"category\"", "\"categroy\""),
    ] {
        assert!(full.contains(right), "{right}");
        assert!(verdict(&full.replacen(right, wrong, 1)).is_err(), "{wrong}");
    }
}

#[test]
fn every_key_of_the_reader_has_a_form() {
    fn look(schema: &Value, place: &str) {
        match schema {
            Value::Object(members) => {
                for (key, value) in members {
                    assert_ne!(value, &Value::Bool(true), "{place}/{key}");
                    look(value, &format!("{place}/{key}"));
                }
            }
            Value::Array(list) => list.iter().for_each(|value| look(value, place)),
            _ => {}
        }
    }
    look(&schema(), "");
}
