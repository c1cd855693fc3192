//! The form of a policy file as a JSON Schema, for editors. Its words are those the reader knows.

use serde_json::{Map, Value, json};

use super::super::caps::CapSubject;
use super::super::deed::{FactType, kinds};
use super::super::evidence::CLASSES;
use super::super::refusal::CODES;
use super::{KEYS, approval, cap, case, condition, duplicates, evidence, header, rule, terms};

/// A JSON Schema (draft 2020-12) of a policy file. What it lets pass the reader may still refuse:
/// names that are nowhere, numbers out of range, facts of another kind of deed.
pub fn schema() -> Value {
    let mut root = object(
        KEYS,
        &[
            "schema",
            "name",
            "title",
            "on",
            "budget",
            "zone",
            "day_start",
            "rule",
            "test",
        ],
        property,
    );
    root["$schema"] = "https://json-schema.org/draft/2020-12/schema".into();
    root["title"] = "jifen policy".into();
    root["$defs"] = json!({
        "name": { "type": "string", "pattern": "^[a-z0-9-]{1,64}$" },
        "title": { "type": "string", "minLength": 1, "maxLength": 120 },
        "points": { "type": "number", "exclusiveMinimum": 0 },
        "length": { "type": "string", "pattern": "^[1-9][0-9]* (hours?|days?)$" },
        "date": { "type": "string", "pattern": "^2[0-9]{3}-[0-9]{2}-[0-9]{2}$" },
        "fact": { "enum": facts() },
        "class": { "enum": CLASSES.iter().map(|class| class.value).collect::<Vec<_>>() },
        "rounding": words(rule::ROUNDINGS),
        "condition": condition_schema(),
        "approval": approval_schema(),
        "evidence": evidence_schema(),
        "rule": object(rule::RULE_KEYS, &["name", "title", "points"], rule_property),
        "multiplier": object(rule::MULTIPLIER_KEYS, &["name", "times"], multiplier_property),
        "cap": cap_schema(),
        "test": object(case::CASE_KEYS, &["name", "at", "facts", "expect"], case_property),
    });
    root
}

/// An object that knows these keys and no other.
fn object(keys: &[&str], required: &[&str], property: fn(&str) -> Value) -> Value {
    let properties: Map<_, _> = keys
        .iter()
        .map(|key| ((*key).to_owned(), property(key)))
        .collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}

fn any_of<const N: usize>(schemas: [Value; N]) -> Value {
    json!({ "anyOf": Vec::from(schemas) })
}

fn list(items: &Value) -> Value {
    json!({ "type": "array", "items": items, "minItems": 1 })
}

fn to(definition: &str) -> Value {
    json!({ "$ref": format!("#/$defs/{definition}") })
}

fn words<T>(words: &[(&str, T)]) -> Value {
    json!({ "enum": words.iter().map(|(word, _)| *word).collect::<Vec<_>>() })
}

/// Every fact of every kind, once.
fn facts() -> Vec<&'static str> {
    let facts = kinds().iter().flat_map(|kind| kind.facts);
    let mut names: Vec<_> = facts.map(|fact| fact.name).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn property(key: &str) -> Value {
    match key {
        "schema" => json!({ "const": header::SCHEMA }),
        "name" | "budget" | "geofence" => to("name"),
        "title" => to("title"),
        "on" => json!({ "enum": kinds().iter().map(|kind| kind.name).collect::<Vec<_>>() }),
        "zone" => json!({ "type": "string", "description": "an IANA time zone" }),
        "day_start" => json!({ "type": "string", "pattern": "^(0[0-9]|1[01]):[0-5][0-9]$" }),
        "effective" => object(header::EFFECTIVE_KEYS, &["from"], |_| to("date")),
        "approval" => to("approval"),
        "notice" => to("length"),
        "evidence" => to("evidence"),
        "expiry" => object(terms::EXPIRY_KEYS, &["after"], expiry_property),
        "reversal" => object(terms::REVERSAL_KEYS, &[], reversal_property),
        "duplicates" => object(
            duplicates::DUPLICATE_KEYS,
            &["key", "window"],
            duplicate_property,
        ),
        "rule" => list(&to("rule")),
        "cap" => json!({ "type": "array", "items": to("cap") }),
        "test" => list(&to("test")),
        _ => Value::Bool(true),
    }
}

fn expiry_property(key: &str) -> Value {
    match key {
        "after" => json!({ "type": "string", "pattern": "^[1-9][0-9]* (days?|months?|years?)$" }),
        "round_up" => words(terms::ROUND_UPS),
        "to" => words(terms::DESTINATIONS),
        "grace" => json!({ "type": "string", "pattern": "^(0|[1-9][0-9]*) (hours?|days?)$" }),
        "notices" => json!({ "type": "array", "items": days() }),
        _ => Value::Bool(true),
    }
}

fn days() -> Value {
    json!({ "type": "string", "pattern": "^[1-9][0-9]* days?$" })
}

fn reversal_property(key: &str) -> Value {
    match key {
        "debt_cap" => to("points"),
        "recovered" => json!({ "type": "string", "pattern": "^[0-9]+(\\.[0-9]{1,2})? ?%$" }),
        "write_off_after" => days(),
        _ => Value::Bool(true),
    }
}

fn duplicate_property(key: &str) -> Value {
    match key {
        "key" => list(&to("fact")),
        "radius" => json!({ "type": "string", "pattern": "^[1-9][0-9]* m$" }),
        "window" => to("length"),
        "reward" => words(duplicates::REWARDS),
        _ => Value::Bool(true),
    }
}

fn condition_schema() -> Value {
    let fact_keys: Vec<_> = ["fact"]
        .iter()
        .chain(condition::OPERATORS)
        .copied()
        .collect();
    let mut fact = object(&fact_keys, &["fact"], operator);
    fact["minProperties"] = 2.into();
    fact["maxProperties"] = 2.into();
    let mut group = object(condition::GROUPS, &[], |_| list(&to("condition")));
    group["minProperties"] = 1.into();
    let shown = object(&["evidence"], &["evidence"], |_| to("class"));
    any_of([fact, shown, group])
}

fn operator(key: &str) -> Value {
    let literal = json!({ "type": ["boolean", "number", "string"] });
    match key {
        "fact" => to("fact"),
        "is" | "is_not" => literal,
        "in" => list(&literal),
        "between" => {
            let number = json!({ "type": "number" });
            json!({ "type": "array", "items": number, "minItems": 2, "maxItems": 2 })
        }
        _ => json!({ "type": "number" }),
    }
}

fn approval_schema() -> Value {
    let tier = object(approval::TIER_KEYS, &["tier"], |key| match key {
        "tier" => words(approval::TIERS),
        "when" => to("condition"),
        "points_at_least" => to("points"),
        _ => Value::Bool(true),
    });
    any_of([words(approval::APPROVALS), list(&tier)])
}

fn evidence_schema() -> Value {
    let any = object(evidence::EVIDENCE_KEYS, &["any"], |_| list(&to("class")));
    any_of([list(&to("class")), any])
}

fn rule_property(key: &str) -> Value {
    match key {
        "points" => amount_schema(),
        "name" | "geofence" => to("name"),
        "title" => to("title"),
        "when" => to("condition"),
        "max" => to("points"),
        "multiplier" => json!({ "type": "array", "items": to("multiplier") }),
        "combine" => words(rule::COMBINES),
        "rounding" => to("rounding"),
        "evidence" => to("evidence"),
        "approval" => to("approval"),
        _ => Value::Bool(true),
    }
}

fn amount_schema() -> Value {
    let rate = object(rule::RATE_KEYS, &["rate", "per"], |key| match key {
        "rate" => to("points"),
        "per" => to("fact"),
        "rounding" => to("rounding"),
        _ => Value::Bool(true),
    });
    let table = object(rule::TABLE_KEYS, &["by", "table"], |key| match key {
        "by" => to("fact"),
        "table" => object(&choices(), &[], |_| to("points")),
        _ => Value::Bool(true),
    });
    any_of([to("points"), rate, table])
}

/// Every word that some fact may be.
fn choices() -> Vec<&'static str> {
    let facts = kinds().iter().flat_map(|kind| kind.facts);
    let lists = facts.filter(|fact| matches!(fact.kind, FactType::Choice { .. }));
    let words = lists.flat_map(|fact| fact.kind.choices());
    let mut words: Vec<_> = words.map(|choice| choice.value).collect();
    words.sort_unstable();
    words.dedup();
    words
}

fn multiplier_property(key: &str) -> Value {
    match key {
        "name" => to("name"),
        "title" => to("title"),
        "times" => json!({ "type": ["number", "string"] }),
        "when" => to("condition"),
        "rounding" => to("rounding"),
        _ => Value::Bool(true),
    }
}

fn cap_schema() -> Value {
    let mut schema = object(cap::CAP_KEYS, &["name", "per", "every"], |key| match key {
        "name" => to("name"),
        "per" => json!({ "enum": CapSubject::ALL.map(CapSubject::name) }),
        "every" => {
            let rolling = "^rolling [1-9][0-9]* days$";
            any_of([
                words(cap::WINDOWS),
                json!({ "type": "string", "pattern": rolling }),
            ])
        }
        "points" => to("points"),
        "count" => json!({ "type": "integer", "minimum": 1 }),
        "over" => words(cap::OVERS),
        "rules" => list(&to("name")),
        _ => Value::Bool(true),
    });
    schema["oneOf"] = json!([{ "required": ["points"] }, { "required": ["count"] }]);
    schema
}

fn case_property(key: &str) -> Value {
    match key {
        "name" => to("title"),
        "at" => json!({ "type": "string", "description": "a local date and time" }),
        "facts" => {
            let value = json!({ "type": ["boolean", "number", "string"] });
            json!({ "type": "object", "additionalProperties": value })
        }
        "evidence" => json!({ "type": "array", "items": { "type": "string" } }),
        "places" => json!({ "type": "array", "items": to("name") }),
        "used" => {
            let counted = json!({ "type": "number", "minimum": 0 });
            json!({ "type": "object", "additionalProperties": counted })
        }
        "expect" => any_of([
            object(case::GRANT_KEYS, &["points"], grant_property),
            object(case::REFUSED_KEYS, &["refused"], |key| match key {
                "refused" => json!({ "enum": CODES }),
                _ => to("name"),
            }),
        ]),
        _ => Value::Bool(true),
    }
}

fn grant_property(key: &str) -> Value {
    match key {
        "points" => to("points"),
        "rule" => to("name"),
        "approval" => words(approval::APPROVALS),
        "notice" => to("length"),
        "expires" => any_of([json!({ "const": "never" }), to("date")]),
        _ => Value::Bool(true),
    }
}
