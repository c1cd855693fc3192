//! What was typed about a hazard, and the step that was pressed.

use ledger::WriteError;
use ledger::community::hazard::{Hazard, HazardCategory, InvalidReason, Severity};
use ledger::ids::{HazardId, OrganizationId};
use ledger::machine::Rejection;
use ledger::machine::deeds::DeedRejection;
use ledger::machine::hazards::HazardCommand;
use ledger::policy::Position;
use serde::Deserialize;

use crate::web::fields::{datum, position};
use crate::web::reading::t;
use crate::web::words;
use crate::web::wrong::Wrong;

/// A step, with what it needs.
#[derive(Default, Deserialize)]
pub struct Act {
    pub act: String,
    #[serde(default)]
    pub key: String,
    #[serde(default)]
    pub severity: String,
    #[serde(default)]
    pub category: String,
    /// In degrees.
    #[serde(default)]
    pub place: String,
    #[serde(default)]
    pub datum: String,
    #[serde(default)]
    pub grid: String,
    #[serde(default)]
    pub reason: String,
    #[serde(default)]
    pub of: String,
    #[serde(default)]
    pub node: String,
}

impl Act {
    /// What is on record of a hazard, to be put right.
    pub fn about(hazard: &Hazard, key: String) -> Self {
        let place = |place: Position| format!("{:.6}, {:.6}", place.point().y(), place.point().x());
        let severity = hazard.severity.map(|severity| severity.name().to_owned());
        Self {
            key,
            severity: severity.unwrap_or_default(),
            category: hazard.category.name().to_owned(),
            place: hazard.position.map(place).unwrap_or_default(),
            grid: hazard.body.grid.clone().unwrap_or_default(),
            ..Self::default()
        }
    }

    /// What its form holds when it is shown again; the other form holds what is on record.
    pub fn again(self, hazard: &Hazard, key: String) -> Self {
        match self.act.as_str() {
            "triage" => Self { key, ..self },
            _ => Self {
                reason: self.reason,
                node: self.node,
                ..Self::about(hazard, key)
            },
        }
    }

    /// Where it is; nothing if nothing is typed.
    fn position(&self) -> Result<Option<Position>, Wrong> {
        if self.place.trim().is_empty() {
            return Ok(None);
        }
        let datum = datum(&self.datum);
        let place = position(&self.place, datum);
        place.map(Some).ok_or_else(|| {
            let words = t(
                "位置写成“纬度, 经度”，如 41.795200, 123.308500。",
                "The position is written as latitude, longitude, such as 41.795200, 123.308500.",
            );
            Wrong::with("place", words)
        })
    }

    /// What was pressed, or what it needs and was not filled in.
    pub fn command(&self, hazard: HazardId) -> Result<HazardCommand, Wrong> {
        let filled = |text: &str| (!text.trim().is_empty()).then(|| text.trim().to_owned());
        Ok(match self.act.as_str() {
            "triage" => HazardCommand::Triage {
                hazard,
                severity: Severity::from_name(&self.severity).ok_or_else(|| {
                    let words = t("请选严重程度。", "Please choose how serious it is.");
                    Wrong::with("severity", words)
                })?,
                category: HazardCategory::from_name(&self.category),
                position: self.position()?,
                grid: filled(&self.grid),
            },
            "verify" => HazardCommand::Verify {
                hazard,
                policy: None,
            },
            "invalid" => HazardCommand::Invalid {
                hazard,
                reason: InvalidReason::from_name(&self.reason).ok_or_else(|| {
                    let words = t("请选不属实的原因。", "Please choose why it is turned down.");
                    Wrong::with("reason", words)
                })?,
            },
            "duplicate" => HazardCommand::Duplicate {
                hazard,
                of: self.of.trim().parse().map_err(|_| {
                    let words = t(
                        "请选同一处隐患的那一条。",
                        "Please choose the report of the same hazard.",
                    );
                    Wrong::with("form", words)
                })?,
            },
            "assign" => HazardCommand::Assign {
                hazard,
                node: OrganizationId(self.node.parse().map_err(|_| {
                    let words = t("请选由谁整改。", "Please choose who is to mend it.");
                    Wrong::with("node", words)
                })?),
                staff: None,
            },
            "fix" => HazardCommand::Fix { hazard },
            "confirm" => HazardCommand::Confirm { hazard },
            "reopen" => HazardCommand::Reopen { hazard },
            _ => {
                let words = t("没有这一步。", "There is no such step.");
                return Err(Wrong::with("form", words));
            }
        })
    }
}

/// What the ledger turned down, beside its field where it is about one.
pub fn flaw(error: &WriteError) -> Wrong {
    let field = match error {
        WriteError::Rejected(Rejection::Deed(DeedRejection::BadCode)) => "grid",
        _ => "form",
    };
    Wrong::with(field, words::failure(error))
}
