//! What riders do on a day.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::{Date, Weekday};
use ledger::clock::Timestamp;
use ledger::policy::{Deed, Fact};

use super::cast;
use super::chance::Chance;
use crate::commands::Failure;

/// A rider's deed, to be entered by a member of staff.
pub struct Done {
    pub rider: usize,
    pub deed: Deed,
}

/// How a rider lives: how many times in a thousand days they do each thing.
#[derive(Clone, Copy)]
pub struct Habits {
    pub events: usize,
    pub patrols: usize,
    pub nights: bool,
    pub hazards: usize,
    pub service: usize,
    pub requests: usize,
    pub spends: usize,
}

impl Habits {
    /// Of the crowd: a few do much, many do a little.
    pub fn of_the_crowd(chance: &mut Chance) -> Self {
        let zeal = chance.below(10) * chance.below(10) / 8 + 1;
        Self {
            events: 70 + 48 * zeal,
            patrols: if chance.per_mille(600) { 34 * zeal } else { 0 },
            nights: chance.per_mille(300),
            hazards: 9 * zeal,
            service: if chance.per_mille(500) { 14 * zeal } else { 4 },
            requests: 10 * zeal,
            spends: 14 + 6 * zeal,
        }
    }
}

/// An hour and minute of a date, in the programme's zone.
pub fn moment(date: Date, hour: i8, minute: i8) -> Result<Timestamp, Failure> {
    let zoned = date.at(hour, minute, 0, 0).in_tz(cast::ZONE)?;
    Ok(zoned.timestamp().into())
}

/// A deed of that kind. The reference is that of the list or report it comes from.
pub fn deed<const N: usize>(
    kind: &str,
    reference: String,
    occurred_at: Timestamp,
    facts: [(&str, Fact); N],
) -> Deed {
    let facts = facts.map(|(name, fact)| (name.to_owned(), fact));
    Deed {
        kind: kind.to_owned(),
        reference,
        occurred_at,
        facts: BTreeMap::from(facts),
        evidence: evidence_of(kind),
        places: Vec::new(),
    }
}

/// What the list or report it comes from shows.
fn evidence_of(kind: &str) -> BTreeSet<String> {
    let classes: &[&str] = match kind {
        "attendance" => &["check_in"],
        "hazard_report" => &["photo"],
        "volunteer_service" => &["sign_off"],
        "exceptional" => &["document"],
        _ => &["system"],
    };
    classes.iter().map(|class| (*class).to_owned()).collect()
}

/// The event that is held on a date: activity, hour, minute, how long.
fn event(date: Date) -> Option<(&'static str, i8, i8, i64)> {
    let first_week = date.day() <= 7;
    match date.weekday() {
        Weekday::Tuesday => Some(("study", 19, 30, 60)),
        Weekday::Wednesday if date.day() % 2 == 0 => Some(("study", 14, 30, 45)),
        Weekday::Friday if !first_week => Some(("meeting", 20, 0, 50)),
        Weekday::Saturday if first_week => Some(("party_day", 9, 0, 90)),
        Weekday::Sunday if (15..=21).contains(&date.day()) => Some(("training", 9, 0, 120)),
        _ => None,
    }
}

/// What one rider does on a date.
pub fn day(
    chance: &mut Chance,
    habits: &Habits,
    rider: usize,
    date: Date,
) -> Result<Vec<Deed>, Failure> {
    let mut deeds = Vec::new();
    if let Some((activity, hour, minute, minutes)) = event(date)
        && chance.per_mille(habits.events)
    {
        let facts = [
            ("activity", activity.into()),
            ("minutes", Fact::from(minutes)),
        ];
        let reference = format!("{activity}-{date}");
        let at = moment(date, hour, minute)?;
        deeds.push(deed("attendance", reference, at, facts));
    }
    if chance.per_mille(habits.patrols) {
        deeds.push(patrol(chance, habits, rider, date)?);
    }
    if chance.per_mille(habits.hazards) {
        deeds.push(hazard(chance, date)?);
    }
    if chance.per_mille(habits.service) {
        deeds.push(service(chance, date)?);
    }
    if chance.per_mille(habits.requests) {
        deeds.push(request(chance, date)?);
    }
    Ok(deeds)
}

fn minute(chance: &mut Chance) -> i8 {
    i8::try_from(chance.below(12)).unwrap_or(0) * 5
}

fn hour(chance: &mut Chance, from: i64, until: i64) -> i8 {
    i8::try_from(chance.between(from, until)).unwrap_or(12)
}

fn patrol(chance: &mut Chance, habits: &Habits, rider: usize, date: Date) -> Result<Deed, Failure> {
    let from = if habits.nights { 21 } else { 9 };
    let (hour, minute) = (hour(chance, from, from + 1), minute(chance));
    let minutes = *chance.pick(&[30, 45, 60, 60, 60, 90, 100, 120]);
    let grid = format!("YH-{:02}{:02}", rider % 18 + 1, rider / 18 % 2 + 1);
    let facts = [
        ("minutes", Fact::from(minutes)),
        ("grid", grid.as_str().into()),
        ("checkpoints", chance.between(3, 12).into()),
    ];
    let at = moment(date, hour, minute)?;
    Ok(deed("patrol_shift", format!("patrol-{date}"), at, facts))
}

fn hazard(chance: &mut Chance, date: Date) -> Result<Deed, Failure> {
    let category = *chance.pick(&[
        "fire",
        "road",
        "road",
        "electrical",
        "gas",
        "facility",
        "facility",
        "environment",
        "dispute",
        "traffic",
        "traffic",
        "other",
    ]);
    let severity = *chance.pick(&["low", "low", "low", "medium", "medium", "high"]);
    let outcome = *chance.pick(&["verified", "fixed", "fixed"]);
    let facts = [
        ("category", category.into()),
        ("severity", severity.into()),
        ("outcome", Fact::from(outcome)),
    ];
    let at = moment(date, hour(chance, 8, 21), minute(chance))?;
    let number = chance.below(10_000);
    Ok(deed(
        "hazard_report",
        format!("hazard-{date}-{number:04}"),
        at,
        facts,
    ))
}

fn service(chance: &mut Chance, date: Date) -> Result<Deed, Failure> {
    let minutes = *chance.pick(&[45, 60, 60, 90, 120, 120, 150, 240, 300]);
    let whom = *chance.pick(&["elderly", "elderly", "child", "hardship", "community"]);
    let facts = [
        ("minutes", Fact::from(minutes)),
        ("beneficiary", whom.into()),
        ("people_served", chance.between(1, 8).into()),
    ];
    let at = moment(date, hour(chance, 9, 15), minute(chance))?;
    let reference = format!("service-{date}");
    Ok(deed("volunteer_service", reference, at, facts))
}

fn request(chance: &mut Chance, date: Date) -> Result<Deed, Failure> {
    let category = *chance.pick(&["errand", "delivery", "delivery", "repair", "escort", "wish"]);
    let whom = *chance.pick(&["elderly", "elderly", "hardship", "community", "community"]);
    let at = moment(date, hour(chance, 10, 19), minute(chance))?;
    Ok(request_of(date, at, category, whom))
}

pub fn request_of(date: Date, at: Timestamp, category: &str, whom: &str) -> Deed {
    let facts = [
        ("category", category.into()),
        ("beneficiary", whom.into()),
        ("confirmed", Fact::from(true)),
    ];
    let reference = format!("request-{date}-{category}");
    deed("request_fulfilled", reference, at, facts)
}
