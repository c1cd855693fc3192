//! A hazard as callers see it.

use ledger::clock::Timestamp;
use ledger::community::attachment::Twin;
use ledger::community::hazard::{
    Hazard, HazardCategory, HazardState, InvalidReason, Severity, Step, StepKind,
};
use ledger::machine::deeds::Answer;
use ledger::machine::hazards::steps_from;
use ledger::machine::{Outcome, Receipt};
use ledger::policy::Position;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;

use super::deeds::{Came, WhyNotView, answered};
use super::model::{Moment, unexpected};
use crate::problem::Problem;
use crate::state::App;

/// A place in WGS-84.
#[derive(Debug, Serialize, ToSchema)]
pub struct Place {
    #[schema(example = 41.7952)]
    latitude: f64,
    #[schema(example = 123.3085)]
    longitude: f64,
}

impl From<Position> for Place {
    fn from(position: Position) -> Self {
        let point = position.point();
        Self {
            latitude: point.y(),
            longitude: point.x(),
        }
    }
}

/// Something that was done about a hazard.
#[derive(Debug, Serialize, ToSchema)]
struct StepView {
    /// `report`, `triage`, `verify`, `invalid`, `duplicate`, `assign`, `fix`, `confirm` or `reopen`.
    #[schema(value_type = String, example = "triage")]
    step: StepKind,
    at: Moment,
    by: Uuid,
    /// How long it took since the step before, in seconds.
    seconds: Option<i64>,
    /// Why nothing comes of it: `not_found`, `no_hazard`, `unclear`, `outside`, `made_up` or `other`.
    #[schema(value_type = Option<String>)]
    reason: Option<InvalidReason>,
}

/// A report of a hazard.
#[derive(Debug, Serialize, ToSchema)]
pub struct HazardView {
    pub id: Uuid,
    /// Who reported it; nobody for a resident's report.
    member: Option<Uuid>,
    /// Their deed, which tells what came of the report.
    deed: Option<Uuid>,
    #[schema(value_type = String, example = "road")]
    category: HazardCategory,
    /// `low`, `medium` or `high`, once it was looked at.
    #[schema(value_type = Option<String>, example = "high")]
    severity: Option<Severity>,
    /// `received`, `triaged`, `verified`, `invalid`, `duplicate`, `assigned`, `fixed` or `confirmed`.
    #[schema(value_type = String, example = "verified")]
    state: HazardState,
    /// Of a duplicate the report that goes on for it.
    duplicate_of: Option<Uuid>,
    position: Option<Place>,
    grid: Option<String>,
    /// Whose it is to see to.
    organization: Option<Uuid>,
    staff: Option<Uuid>,
    seen_at: Moment,
    received_at: Moment,
    /// Until when the next step is to be taken.
    due_at: Option<Moment>,
    photos: Vec<Uuid>,
    text: Option<Uuid>,
    steps: Vec<StepView>,
    /// How long it took until it was clear whether it is so, in seconds.
    decided_after: Option<i64>,
    /// How long it took from then until it was mended, in seconds.
    fixed_after: Option<i64>,
}

impl From<Hazard> for HazardView {
    fn from(hazard: Hazard) -> Self {
        let steps = hazard.body.steps.iter();
        let before = std::iter::once(None).chain(steps.clone().map(|step| Some(step.at)));
        let view = |(step, before): (&Step, Option<Timestamp>)| StepView {
            step: step.kind,
            at: step.at.into(),
            by: step.by.0,
            seconds: before.map(|before| step.at.seconds_since(before)),
            reason: step.reason,
        };
        Self {
            id: hazard.id.0,
            member: hazard.member.map(|id| id.0),
            deed: hazard.deed.map(|id| id.0),
            category: hazard.category,
            severity: hazard.severity,
            state: hazard.state,
            duplicate_of: hazard.of.map(|id| id.0),
            position: hazard.position.map(Into::into),
            grid: hazard.body.grid.clone(),
            organization: hazard.node.map(|id| id.0),
            staff: hazard.body.staff.map(|id| id.0),
            seen_at: hazard.seen_at.into(),
            received_at: hazard.received_at.into(),
            due_at: hazard.due_at().map(Into::into),
            photos: hazard.body.photos.iter().map(|id| id.0).collect(),
            text: hazard.body.text.map(|id| id.0),
            steps: steps.zip(before).map(view).collect(),
            decided_after: hazard.decided_after().map(|(seconds, _)| seconds),
            fixed_after: hazard.fixed_after().map(|(seconds, _)| seconds),
        }
    }
}

/// A photo of something else that is the same or looks alike.
#[derive(Debug, Serialize, ToSchema)]
struct TwinView {
    attachment: Uuid,
    /// The report or deed that it was shown with.
    of: Uuid,
    /// In how many of 64 bits they differ. Up to 3 are taken for the same photo, which is awarded once; up to 7 look alike, which is for you to judge.
    distance: u32,
}

/// A report of a hazard, what came of it, and what staff want to know of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct HazardDetail {
    #[serde(flatten)]
    hazard: HazardView,
    award: Option<Uuid>,
    why_not: Option<WhyNotView>,
    /// What may be done about it now.
    #[schema(value_type = Vec<String>)]
    may: Vec<StepKind>,
    /// For staff: photos of something else that are the same or look alike.
    twins: Vec<TwinView>,
    /// For staff: other reports that may be of the same hazard, the nearest first.
    near: Vec<Uuid>,
}

impl HazardDetail {
    /// For staff or, without what only they are told, for who reported it.
    pub async fn of(
        app: &App,
        program: ledger::ids::ProgramId,
        hazard: Hazard,
        staff: bool,
    ) -> Result<Self, Problem> {
        let ledger = &app.ledger;
        let deed = match hazard.deed {
            Some(deed) => ledger.deed(program, deed).await?,
            None => None,
        };
        let answer = deed.and_then(|deed| deed.answer);
        let (award, why_not) = answered("hazard_report", answer.as_ref());
        let (twins, near) = match staff {
            true => (
                ledger.twins_of(program, hazard.id.0).await?,
                ledger.hazards_near(program, &hazard).await?,
            ),
            false => (Vec::new(), Vec::new()),
        };
        let twin = |twin: Twin| TwinView {
            attachment: twin.attachment.0,
            of: twin.of,
            distance: twin.distance,
        };
        let may = steps_from(hazard.state);
        let own = |step: &StepKind| matches!(step, StepKind::Confirm | StepKind::Reopen);
        Ok(Self {
            may: may.filter(|step| staff || own(step)).collect(),
            hazard: hazard.into(),
            award,
            why_not,
            twins: twins.into_iter().map(twin).collect(),
            near: near.into_iter().map(|other| other.id.0).collect(),
        })
    }
}

/// A hazard came a step further.
#[derive(Debug, Serialize, ToSchema)]
pub struct HazardReceipt {
    pub hazard: Uuid,
    #[schema(value_type = String, example = "road")]
    category: HazardCategory,
    #[schema(value_type = Option<String>, example = "high")]
    severity: Option<Severity>,
    #[schema(value_type = String, example = "verified")]
    state: HazardState,
    recorded_at: Moment,
    deed: Option<Uuid>,
    #[serde(flatten)]
    came: Came,
}

/// What is answered to a step.
pub async fn receipt(
    app: &App,
    program: ledger::ids::ProgramId,
    receipt: Receipt,
    answer: Option<Answer>,
) -> Result<HazardReceipt, Problem> {
    let Outcome::Hazard {
        hazard,
        category,
        severity,
        state,
        deed,
        asks,
    } = receipt.outcome
    else {
        return Err(unexpected(&receipt.outcome));
    };
    Ok(HazardReceipt {
        hazard: hazard.0,
        category,
        severity,
        state,
        recorded_at: receipt.recorded_at.into(),
        deed: deed.map(|deed| deed.0),
        came: Came::of(app, program, ("hazard_report", asks), answer.as_ref()).await?,
    })
}

/// A report as a point on the map (RFC 7946); nothing where its place is not known.
pub fn feature(hazard: &Hazard) -> Option<Value> {
    let point = hazard.position?.point();
    Some(json!({
        "type": "Feature",
        "id": hazard.id.0,
        "geometry": { "type": "Point", "coordinates": [point.x(), point.y()] },
        "properties": {
            "id": hazard.id.0,
            "category": hazard.category,
            "severity": hazard.severity,
            "state": hazard.state,
            "due_at": hazard.due_at(),
        },
    }))
}
