//! What the form about a deed says, and what is wrong with it, beside its fields.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ledger::clock::Timestamp;
use ledger::ids::sha256_hex;
use ledger::machine::Rejection;
use ledger::policy::deed::{Choice, FactSpec, FactType, kind};
use ledger::policy::{Deed, DeedKind, Fact, Refusal, evidence_classes};
use ledger::{AwardRequest, ExecuteError, WriteError};
use rust_decimal::Decimal;

use crate::web::fields::{datum, position};
use crate::web::format::from_field;
use crate::web::reading::{say, t};
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

/// Every field of the form, as sent.
pub type Fields = HashMap<String, String>;

/// Under which name the form carries the mark of what was looked at.
const PREVIEWED: &str = "previewed";
/// What says nothing of the deed.
const BESIDES: [&str; 3] = ["csrf", "key", PREVIEWED];

/// The field of a fact.
pub fn fact_field(spec: &FactSpec) -> String {
    format!("fact.{}", spec.name)
}

/// The field of a class of evidence.
pub fn evidence_field(class: &str) -> String {
    format!("evidence.{class}")
}

/// A mark of all that is said of the deed: another as soon as any of it is.
pub fn mark(fields: &Fields) -> String {
    let said: BTreeMap<&str, &str> = fields
        .iter()
        .map(|(name, text)| (name.as_str(), text.trim()))
        .filter(|(name, text)| !BESIDES.contains(name) && !text.is_empty())
        .collect();
    sha256_hex(format!("{said:?}").as_bytes())
}

/// Why it has to be looked at first what the form comes to; nothing once that was.
pub fn unseen(fields: &Fields) -> Option<&'static str> {
    match fields.get(PREVIEWED) {
        Some(seen) if *seen == mark(fields) => None,
        Some(_) => Some(t(
            "改动过，请看新的结果再确认。",
            "Something was changed. Please look at what it comes to now, then confirm.",
        )),
        None => Some(t(
            "请先看看得多少分，再确认。",
            "Please look at how many points it comes to first, then confirm.",
        )),
    }
}

/// The award the form asks for, or what is wrong with it. Whether the facts are as declared is the policy's to say.
pub fn read(web: &Web, fields: &Fields) -> Result<AwardRequest, Wrong> {
    let typed = |name: &str| fields.get(name).map_or("", |text| text.trim());
    let member = typed("member").parse();
    let (Ok(member), Some(kind)) = (member, kind(typed("kind"))) else {
        let words = t(
            "请先选骑手和事项。",
            "Please choose the rider and the kind of deed first.",
        );
        return Err(Wrong::with("form", words));
    };
    let mut wrong = Wrong::default();
    let when = when(web, typed("when"), &mut wrong);
    let facts = facts(kind, fields, &mut wrong);
    let position = position(typed("place"), datum(typed("datum")));
    if position.is_none() && !typed("place").is_empty() {
        let words = t(
            "地点坐标要填“纬度, 经度”，如 41.7952, 123.3085。",
            "The position is written as latitude, longitude, such as 41.7952, 123.3085.",
        );
        wrong.note("place", words);
    }
    let (Some(occurred_at), true) = (when, wrong.is_empty()) else {
        return Err(wrong);
    };
    // The deed is the rider's, of this kind, at this time: entered by two people it is still one deed.
    let reference = format!("desk-{}", typed("when"));
    Ok(AwardRequest {
        member,
        deed: Deed {
            kind: kind.name.to_owned(),
            reference,
            occurred_at,
            facts,
            evidence: shown(fields),
            places: Vec::new(),
        },
        policy: None,
        position,
    })
}

/// When it happened, as far as that can be.
fn when(web: &Web, text: &str, wrong: &mut Wrong) -> Option<Timestamp> {
    let at = from_field(text, &web.zone());
    let words = match at {
        None => t("请填事情发生的时间。", "Please fill in when it happened."),
        Some(at) if at > web.now() => t(
            "发生时间不能在将来。",
            "It cannot have happened in the future.",
        ),
        Some(_) => return at,
    };
    wrong.note("when", words);
    at
}

/// What is said of it, of what its kind asks for.
fn facts(kind: &DeedKind, fields: &Fields, wrong: &mut Wrong) -> BTreeMap<String, Fact> {
    let mut facts = BTreeMap::new();
    for spec in kind.facts.iter().filter(|spec| !spec.derived) {
        let field = fact_field(spec);
        let text = fields.get(&field).map_or("", |text| text.trim());
        let label = t(spec.zh, spec.en);
        if text.is_empty() {
            if spec.required {
                wrong.note(&field, say!("请填{label}。", "Please fill in: {label}."));
            }
            continue;
        }
        match fact(spec, text) {
            Some(fact) => {
                facts.insert(spec.name.to_owned(), fact);
            }
            None => {
                let words = say!("{label}要填数字。", "This is to be a number: {label}.");
                wrong.note(&field, words);
            }
        }
    }
    facts
}

fn fact(spec: &FactSpec, text: &str) -> Option<Fact> {
    match spec.kind {
        FactType::Bool => Some(Fact::Bool(text == "true")),
        FactType::Number { .. } => Decimal::from_str_exact(text).ok().map(Fact::Number),
        FactType::Choice { .. } | FactType::Code => Some(Fact::Text(text.to_owned())),
    }
}

/// The classes of evidence that were ticked.
fn shown(fields: &Fields) -> BTreeSet<String> {
    let ticked = |class: &&Choice| fields.contains_key(&evidence_field(class.value));
    let classes = evidence_classes().iter().filter(ticked);
    classes.map(|class| class.value.to_owned()).collect()
}

/// Why it is not awarded: beside the field it is about, else in sentences above the form.
pub fn refused(kind: &str, error: &ExecuteError) -> (Wrong, Vec<String>) {
    let said = words::unawarded(kind, error);
    match about(kind, error) {
        Some(field) => (Wrong::with(&field, said.concat()), Vec::new()),
        None => (Wrong::default(), said),
    }
}

/// The one field that a refusal is about.
fn about(kind: &str, error: &ExecuteError) -> Option<String> {
    let field = match error {
        ExecuteError::Refused { refusal, .. } => match &**refusal {
            Refusal::WrongFactType { fact, .. }
            | Refusal::WrongFactValue { fact, .. }
            | Refusal::MissingFact { fact, .. } => return asked(kind, fact),
            Refusal::MissingEvidence { .. } => "evidence",
            Refusal::OutsideGeofence { .. } => "place",
            Refusal::OutsideEffectiveWindow { .. } | Refusal::MomentOutOfRange => "when",
            _ => return None,
        },
        ExecuteError::Write(WriteError::Rejected(rejection)) => match rejection {
            Rejection::PositionNeeded { .. } => "place",
            Rejection::DeedTooLate { .. } | Rejection::DeedInFuture { .. } => "when",
            _ => return None,
        },
        _ => return None,
    };
    Some(field.to_owned())
}

/// The field of a fact, where the form asks for it.
fn asked(of: &str, fact: &str) -> Option<String> {
    let mut facts = kind(of)?.facts.iter().filter(|spec| !spec.derived);
    facts.find(|spec| spec.name == fact).map(fact_field)
}
