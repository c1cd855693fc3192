//! A member's service record: what of their deeds was awarded and stands, counted in hours, deeds and people. Points are no part of it: they
//! expire and stay in their programme, service does not.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::policy::{Deed, Fact};

/// Classes of evidence, the one that says most first. A deed of several counts under the first, so that the parts sum to the whole; but what was
/// entered afterwards is that, whatever else shows it.
const CLASSES: [&str; 7] = [
    "backfill", "check_in", "system", "sign_off", "witness", "document", "photo",
];

/// Under what a deed counts that nothing shows but the word of who submitted it.
pub const NO_EVIDENCE: &str = "none";

/// So many deeds, and how long they took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Served {
    /// How many.
    pub deeds: u64,
    /// Their minutes; a deed of a kind without a duration has none.
    pub minutes: i64,
}

impl Served {
    fn add(&mut self, minutes: i64) {
        self.deeds += 1;
        self.minutes = self.minutes.saturating_add(minutes);
    }

    /// In hours, rounded down to hundredths: `12.50`.
    pub fn hours(&self) -> String {
        let hundredths = self.minutes.saturating_mul(100) / 60;
        format!("{}.{:02}", hundredths / 100, hundredths % 100)
    }
}

/// What a member did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceRecord {
    /// All of it.
    pub total: Served,
    /// By what shows it.
    pub by_evidence: BTreeMap<String, Served>,
    /// By the kind of deed.
    pub by_kind: BTreeMap<String, Served>,
    /// By month of the programme's calendar, as in `2026-03`.
    pub by_month: BTreeMap<String, Served>,
    /// How many people were served, where a deed says so.
    pub people_served: i64,
    /// Deeds by whom they were for, where a deed says so.
    pub beneficiaries: BTreeMap<String, u64>,
}

impl ServiceRecord {
    /// Counts one more deed; whoever counts sees to it that none is counted twice.
    pub fn add(&mut self, deed: &Deed, zone: &TimeZone) {
        let minutes = number(deed, "minutes").unwrap_or(0);
        let month = deed.occurred_at.to_jiff().to_zoned(zone.clone());
        let month = month.strftime("%Y-%m").to_string();
        self.total.add(minutes);
        for (parts, name) in [
            (&mut self.by_evidence, class_of(deed)),
            (&mut self.by_kind, deed.kind.as_str()),
            (&mut self.by_month, month.as_str()),
        ] {
            parts.entry(name.to_owned()).or_default().add(minutes);
        }
        let people = number(deed, "people_served").unwrap_or(0);
        self.people_served = self.people_served.saturating_add(people);
        if let Some(Fact::Text(whom)) = deed.facts.get("beneficiary") {
            *self.beneficiaries.entry(whom.clone()).or_default() += 1;
        }
    }
}

/// Under which class of evidence a deed counts.
pub fn class_of(deed: &Deed) -> &'static str {
    let mut classes = CLASSES.into_iter();
    let class = classes.find(|class| deed.evidence.contains(*class));
    class.unwrap_or(NO_EVIDENCE)
}

fn number(deed: &Deed, fact: &str) -> Option<i64> {
    match deed.facts.get(fact)? {
        Fact::Number(number) => i64::try_from(number.trunc().mantissa())
            .ok()
            .filter(|_| number.trunc().scale() == 0),
        Fact::Bool(_) | Fact::Text(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deed(minutes: i64, evidence: &[&str], at: &str) -> Deed {
        Deed {
            kind: "volunteer_service".to_owned(),
            reference: "r".to_owned(),
            occurred_at: at.parse().expect("a moment"),
            facts: [
                ("minutes".to_owned(), minutes.into()),
                ("people_served".to_owned(), 3.into()),
                ("beneficiary".to_owned(), "elderly".into()),
            ]
            .into(),
            evidence: evidence.iter().map(|class| (*class).to_owned()).collect(),
            places: Vec::new(),
        }
    }

    #[test]
    fn each_deed_counts_once_in_every_way_of_counting() {
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        let mut record = ServiceRecord::default();
        for (minutes, evidence, at) in [
            (50, &["photo", "check_in"][..], "2026-03-31T15:00:00Z"),
            (45, &["backfill", "sign_off"], "2026-03-31T17:00:00Z"),
            (40, &[], "2026-04-02T00:00:00Z"),
        ] {
            record.add(&deed(minutes, evidence, at), &zone);
        }
        assert_eq!(record.total.hours(), "2.25");
        assert_eq!(record.people_served, 9);
        assert_eq!(record.beneficiaries["elderly"], 3);
        let minutes = |parts: &BTreeMap<String, Served>| {
            let parts = parts.iter();
            let parts = parts.map(|(name, part)| format!("{name} {}", part.minutes));
            parts.collect::<Vec<_>>().join(", ")
        };
        assert_eq!(
            minutes(&record.by_evidence),
            "backfill 45, check_in 50, none 40"
        );
        assert_eq!(minutes(&record.by_month), "2026-03 50, 2026-04 85");
        assert_eq!(minutes(&record.by_kind), "volunteer_service 135");
    }
}
