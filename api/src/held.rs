//! What is held about a member besides what they said of themselves, for them to take along: what they did, and what they uploaded.

use ledger::clock::Timestamp;
use ledger::community::attachment::Attachment;
use ledger::ids::{AttachmentId, MemberId, ProgramId};
use ledger::machine::deeds::DeedBody;
use ledger::views::{DeedView, Due};
use ledger::{Ledger, PersonalError, StoreError};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// How much is read at once.
const PAGE: i64 = 200;

/// What a member did, and what they uploaded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Doings {
    /// The newest first.
    deeds: Vec<HeldDeed>,
    /// What they wrote themselves, and photos of theirs: those are at `/v1/attachments/{id}`. What others wrote is not theirs to take.
    attachments: Vec<HeldAttachment>,
}

/// Something that a member did or promised to do.
#[derive(Debug, Serialize, ToSchema)]
struct HeldDeed {
    deed: Uuid,
    #[schema(example = "request_fulfilled")]
    kind: &'static str,
    #[schema(example = "done")]
    state: &'static str,
    #[schema(value_type = String, format = DateTime)]
    began_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
    minutes: Option<i64>,
    /// In which cell, of a patrol.
    #[serde(skip_serializing_if = "Option::is_none")]
    grid: Option<String>,
    /// What was reported.
    #[serde(skip_serializing_if = "Option::is_none")]
    hazard: Option<HeldHazard>,
    /// For which order it was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<HeldOrder>,
}

/// A hazard that a member reported.
#[derive(Debug, Serialize, ToSchema)]
struct HeldHazard {
    id: Uuid,
    #[schema(example = "road")]
    category: &'static str,
    #[schema(example = "fixed")]
    state: &'static str,
    #[schema(value_type = String, format = DateTime)]
    seen_at: Timestamp,
    /// Degrees, in WGS-84, as far as they are still kept.
    latitude: Option<f64>,
    longitude: Option<f64>,
}

/// An order that a member took on.
#[derive(Debug, Serialize, ToSchema)]
struct HeldOrder {
    id: Uuid,
    title: Option<String>,
    team: Option<String>,
    people_served: Option<i64>,
}

/// What a member uploaded.
#[derive(Debug, Serialize, ToSchema)]
struct HeldAttachment {
    id: Uuid,
    #[schema(example = "text")]
    kind: &'static str,
    /// The deed, hazard, order or award that it is about.
    about: Option<Uuid>,
    /// What they wrote, as long as it is kept.
    text: Option<String>,
}

/// All of it.
///
/// # Errors
/// The database did not answer, or a text cannot be opened.
pub async fn doings_of(
    ledger: &Ledger,
    program: ProgramId,
    member: MemberId,
) -> Result<Doings, PersonalError> {
    let mut deeds = Vec::new();
    let mut before = Due {
        since: Timestamp::from_micros(i64::MAX),
        id: Uuid::max(),
    };
    loop {
        let page = ledger.deeds_of(program, member, before, PAGE).await?;
        let Some(last) = page.last() else { break };
        before = Due {
            since: last.record.began_at,
            id: last.record.id.0,
        };
        for view in page {
            deeds.push(deed(ledger, program, view).await?);
        }
    }
    let mut attachments = Vec::new();
    let mut after = AttachmentId(Uuid::nil());
    loop {
        let page = ledger.attachments_by(program, member, after, PAGE).await?;
        let Some(last) = page.last() else { break };
        after = last.id;
        for theirs in page {
            attachments.push(attachment(ledger, program, theirs).await?);
        }
    }
    Ok(Doings { deeds, attachments })
}

async fn deed(ledger: &Ledger, program: ProgramId, view: DeedView) -> Result<HeldDeed, StoreError> {
    let record = view.record;
    let (mut grid, mut hazard, mut order) = (None, None, None);
    match &record.body {
        DeedBody::Shift(shift) => grid = Some(shift.grid.clone()),
        DeedBody::HazardReport { hazard: id } => {
            let known = ledger.hazard(program, *id).await?;
            hazard = known.map(|known| {
                let point = known.position.map(|position| position.point());
                HeldHazard {
                    id: id.0,
                    category: known.category.name(),
                    state: known.state.name(),
                    seen_at: known.seen_at,
                    latitude: point.map(|point| point.y()),
                    longitude: point.map(|point| point.x()),
                }
            });
        }
        DeedBody::Order(claim) => {
            let known = ledger.order(program, claim.order).await?;
            order = Some(HeldOrder {
                id: claim.order.0,
                title: known.map(|known| known.wanted.title),
                team: claim.team.clone(),
                people_served: claim.reported.and_then(|reported| reported.people),
            });
        }
        DeedBody::Attendance(_) | DeedBody::Exceptional(_) => {}
    }
    Ok(HeldDeed {
        deed: record.id.0,
        kind: record.body.kind(),
        state: record.state.name(),
        began_at: record.began_at,
        ended_at: record.ended_at,
        minutes: record.body.minutes(),
        grid,
        hazard,
        order,
    })
}

async fn attachment(
    ledger: &Ledger,
    program: ProgramId,
    theirs: Attachment,
) -> Result<HeldAttachment, PersonalError> {
    let text = match theirs.looks {
        Some(_) => None,
        None => {
            let opened = ledger.attachment(program, theirs.id).await?;
            let content = opened.and_then(|opened| opened.content);
            content.and_then(|(_, bytes)| String::from_utf8(bytes).ok())
        }
    };
    Ok(HeldAttachment {
        id: theirs.id.0,
        kind: theirs.kind.name(),
        about: theirs.of,
        text,
    })
}
