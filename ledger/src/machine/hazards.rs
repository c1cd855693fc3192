//! Hazards that were reported: looked at, verified, seen to; and what is awarded for the report.
//!
//! Everything about hazards, the awards for reports among it, is decided under one lock of the programme's ([`lock`]), so that of reports of one
//! hazard, and of reports with one photo, no two are awarded at once. A report's award is asked for with what it came to, and once more when it
//! came to more, until it is awarded: which outcome is awarded is for the policy to say.

mod asking;
mod command;
mod once;
mod steps;
mod table;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use uuid::Uuid;

use crate::accounts::Owner;
use crate::community::hazard::{Hazard, HazardCategory, Terms};
use crate::ids::{DeedId, HazardId, derived};
use crate::machine::Submission;
use crate::machine::effects::Rows;
use crate::machine::needs::{Links, Needs};

pub use command::{HazardCommand, Report};
pub(in crate::machine) use once::once;
pub(in crate::machine) use steps::decide;
pub use table::steps_from;

/// The subject whose row is locked by everything about hazards.
pub fn lock() -> Uuid {
    derived(&[b"hazards"])
}

/// What is known of hazards while a batch is decided.
#[derive(Clone, Debug, Default)]
pub struct Hazards {
    known: BTreeMap<HazardId, Hazard>,
    of_deeds: HashMap<DeedId, HazardId>,
    terms: HashMap<HazardCategory, Terms>,
    /// Hazards reported or changed.
    pub rows: Rows<HazardId>,
    /// Categories whose terms changed.
    pub changed_terms: BTreeSet<HazardCategory>,
}

/// What a command does to hazards. Whole new images.
#[derive(Clone, Debug, Default)]
pub struct HazardChange {
    /// Hazards reported or changed.
    pub hazards: Vec<Hazard>,
    /// How long may be taken for a category from now on.
    pub terms: Option<Terms>,
}

impl HazardChange {
    /// Nothing.
    pub const NONE: Self = Self {
        hazards: Vec::new(),
        terms: None,
    };
}

impl Hazards {
    /// A hazard's row.
    pub fn load(&mut self, hazard: Hazard) {
        self.rows.stored(hazard.id);
        self.insert(hazard);
    }

    /// What a programme says of a category.
    pub fn load_terms(&mut self, terms: Terms) {
        self.terms.insert(terms.category, terms);
    }

    /// A hazard.
    pub fn get(&self, id: HazardId) -> Option<&Hazard> {
        self.known.get(&id)
    }

    /// The hazard that a deed reported.
    pub fn of_deed(&self, deed: DeedId) -> Option<&Hazard> {
        self.get(*self.of_deeds.get(&deed)?)
    }

    /// How long may be taken for a category.
    pub fn terms(&self, category: HazardCategory) -> Terms {
        let set = self.terms.get(&category).copied();
        set.unwrap_or_else(|| Terms::of(category))
    }

    /// The loaded reports of what a report is of, in order of id, itself among them.
    pub fn same(&self, thing: HazardId) -> impl Iterator<Item = &Hazard> {
        let known = self.known.values();
        known.filter(move |hazard| hazard.thing() == thing)
    }

    fn insert(&mut self, hazard: Hazard) {
        let id = hazard.id;
        self.of_deeds.extend(hazard.deed.map(|deed| (deed, id)));
        self.known.insert(id, hazard);
    }

    pub(super) fn keep(&mut self, change: HazardChange) {
        for hazard in change.hazards {
            self.rows.touch(hazard.id);
            self.insert(hazard);
        }
        if let Some(terms) = change.terms {
            self.changed_terms.insert(terms.category);
            self.load_terms(terms);
        }
    }
}

impl Needs {
    /// What it takes to see that one hazard and one photo are awarded once. What reports no hazard and is shown with no photo takes no lock.
    pub(in crate::machine) fn add_shown(&mut self, submission: &Submission, links: &Links) {
        let Some(deed) = submission.shown() else {
            return;
        };
        let photos = links.shown.get(&deed);
        if submission.report().is_some() || photos.is_some() {
            self.subjects.insert(lock());
            self.reports.insert(deed);
            self.awarded_reports = true;
            self.attachments.extend(photos.into_iter().flatten());
        }
    }

    /// What a command about a hazard needs.
    pub(in crate::machine) fn add_hazard(&mut self, command: &HazardCommand, links: &Links) {
        self.subjects.insert(lock());
        self.hazards.extend(command.hazard());
        self.hazards.extend(command.other());
        self.awarded_reports |= command.other().is_some();
        if let HazardCommand::Report(report) = command {
            self.owners.extend(report.member.map(Owner::Member));
            self.attachments.extend(report.attachments());
        }
        let known = command.hazard().and_then(|id| links.hazards.get(&id));
        if let Some(&(member, deed)) = known {
            self.owners.insert(Owner::Member(member));
            self.records.insert(deed);
            self.asked.insert(deed);
        }
    }
}
