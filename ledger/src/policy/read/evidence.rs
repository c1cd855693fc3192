//! `evidence` and `geofence`: what a deed must be shown by, and where it must have happened.

use toml::de::DeValue;

use super::super::evidence::{CLASSES, Evidence};
use super::reader::{Fault, Reader, Section, Value};

pub const EVIDENCE_KEYS: &[&str] = &["any"];

/// The optional `evidence` of a section: a list of which all are needed, or `{ any = […] }`.
pub fn evidence(reader: &mut Reader<'_>, section: &Section<'_>) -> Option<Evidence> {
    let value = section.get("evidence")?;
    if matches!(value.get_ref(), DeValue::Table(_)) {
        let section = reader.section(value, "evidence", "evidence")?;
        if !reader.keys(&section, EVIDENCE_KEYS) {
            return None;
        }
        let value = reader.need(&section, "any", "a list of classes, one of which suffices")?;
        return classes(reader, value, "any").map(Evidence::Any);
    }
    classes(reader, value, "evidence").map(Evidence::All)
}

/// A class of evidence.
pub fn class(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<&'static str> {
    let words: Vec<_> = CLASSES
        .iter()
        .map(|class| (class.value, class.value))
        .collect();
    reader.word(value, "evidence", &words)
}

fn classes(reader: &mut Reader<'_>, value: &Value<'_>, key: &str) -> Option<Vec<String>> {
    let elements = reader.list(value, key, CLASSES.len())?;
    if elements.is_empty() {
        let fault = Fault::new(format!("`{key}` names no evidence"));
        reader.fault(value.span(), fault.expected("at least one class"));
        return None;
    }
    let classes: Vec<_> = elements
        .iter()
        .map(|element| class(reader, element).map(str::to_owned))
        .collect();
    classes.into_iter().collect()
}

/// The optional `geofence` of a section: the name of a layer of the programme's map.
pub fn geofence(reader: &mut Reader<'_>, section: &Section<'_>) -> Option<String> {
    reader.name(section.get("geofence")?, "geofence")
}
