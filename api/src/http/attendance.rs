//! Members' parts in activities: signed up for, checked in to and out of, entered afterwards.

use axum::Json;
use axum::extract::State;
use ledger::clock::Timestamp;
use ledger::ids::{ActivityId, MemberId};
use ledger::machine::Command;
use ledger::machine::deeds::{ActivityCommand, Part, Proof};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::activities::{found, reached};
use super::awards::PositionBody;
use super::deeds::{DeedReceipt, DeedView, executed};
use super::docs::{Changing, Reading};
use super::model::Moment;
use super::page::{Page, PageQuery, cursor, limit};
use crate::auth::{Awarder, Participant};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::{Code, FieldError, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(sign_up))
        .routes(routes!(withdraw))
        .routes(routes!(check_in))
        .routes(routes!(check_out))
        .routes(routes!(backfill))
}

/// Whose part in which slot.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct TakePart {
    /// Whose; members say nothing, it is theirs.
    member: Option<Uuid>,
    /// Which slot, counted from 0.
    #[serde(default)]
    slot: u32,
}

/// Somebody is there, or goes.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Check {
    /// Who; members say nothing, it is they.
    member: Option<Uuid>,
    /// Which slot, counted from 0.
    #[serde(default)]
    slot: u32,
    /// When, by the device; now, if not said. What was kept while there was no network may come up to 24 hours late.
    at: Option<Moment>,
    /// The six digits on the organizer's screen.
    #[validate(length(min = 6, max = 12, message = "has 6 digits"))]
    #[schema(example = "041736")]
    code: Option<String>,
    /// Where the device is. Looked at, and not kept.
    #[validate(nested)]
    position: Option<PositionBody>,
}

/// Somebody was there.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct BackfillPart {
    /// Who.
    member: Uuid,
    /// Which slot, counted from 0.
    #[serde(default)]
    slot: u32,
    /// From when; within the slot.
    from: Moment,
    /// Until when.
    until: Moment,
}

/// A member takes part themselves; staff act for members they reach.
async fn part(
    app: &App,
    caller: &Participant,
    activity: ActivityId,
    member: Option<Uuid>,
    slot: u32,
) -> Result<Part, Problem> {
    found(app, caller.program, activity).await?;
    let member = match (member.map(MemberId), caller.actor.member) {
        (Some(member), _) => member,
        (None, Some(member)) if caller.is_member() => member,
        (None, _) => {
            let error = FieldError::new("/member", "required", "say whose part it is".to_owned());
            return Err(
                Problem::new(Code::InvalidBody, "a member is needed").with_errors(vec![error])
            );
        }
    };
    caller.must_see_member(app, member).await?;
    Ok(Part {
        activity,
        slot,
        member,
    })
}

fn of(command: ActivityCommand) -> Command {
    Command::Activity(Box::new(command))
}

/// Sign up
///
/// Takes a place in a slot, as long as there is one.
#[utoipa::path(post, path = "/v1/activities/{id}/sign-up", tag = "activities", request_body = TakePart,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "They have a place", body = DeedReceipt), Changing))]
async fn sign_up(
    State(app): State<App>,
    caller: Participant,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<TakePart>,
) -> Result<Json<DeedReceipt>, Problem> {
    let part = part(&app, &caller, ActivityId(id), body.member, body.slot).await?;
    executed(&app, &caller, key, of(ActivityCommand::SignUp(part))).await
}

/// Give a place back
#[utoipa::path(post, path = "/v1/activities/{id}/withdraw", tag = "activities", request_body = TakePart,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "It is free again", body = DeedReceipt), Changing))]
async fn withdraw(
    State(app): State<App>,
    caller: Participant,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<TakePart>,
) -> Result<Json<DeedReceipt>, Problem> {
    let part = part(&app, &caller, ActivityId(id), body.member, body.slot).await?;
    executed(&app, &caller, key, of(ActivityCommand::Withdraw(part))).await
}

/// What shows that they are there: members bring the code or their position, staff say so.
fn proof(caller: &Participant, body: &Check) -> Result<Proof, Problem> {
    let position = body.position.and_then(PositionBody::position);
    match (&body.code, position) {
        (Some(code), _) => Ok(Proof::Code(code.clone())),
        (None, Some(position)) => Ok(Proof::Position(position)),
        (None, None) if !caller.is_member() => Ok(Proof::Staff),
        (None, None) => {
            let why = "bring the code on the organizer's screen, or the position".to_owned();
            let error = FieldError::new("/code", "required", why);
            Err(
                Problem::new(Code::InvalidBody, "what shows that you are there?")
                    .with_errors(vec![error]),
            )
        }
    }
}

/// Whose part, when, and what shows it.
async fn shown(
    app: &App,
    caller: &Participant,
    activity: ActivityId,
    body: &Check,
) -> Result<(Part, Timestamp, Proof), Problem> {
    let proof = proof(caller, body)?;
    let part = part(app, caller, activity, body.member, body.slot).await?;
    let at = body.at.map_or_else(|| app.ledger.clock().now(), |at| at.0);
    Ok((part, at, proof))
}

/// Check in
///
/// With the code on the organizer's screen or the device's position; staff need neither. Whoever has no place gets one, if there is one.
#[utoipa::path(post, path = "/v1/activities/{id}/check-in", tag = "activities", request_body = Check,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "They are there", body = DeedReceipt), Changing))]
async fn check_in(
    State(app): State<App>,
    caller: Participant,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<Check>,
) -> Result<Json<DeedReceipt>, Problem> {
    let (part, at, proof) = shown(&app, &caller, ActivityId(id), &body).await?;
    let command = ActivityCommand::CheckIn { part, at, proof };
    executed(&app, &caller, key, of(command)).await
}

/// Check out
///
/// What counts is the time between, within the slot. The award is asked for at once; `award` or `why_not` says what came of it.
#[utoipa::path(post, path = "/v1/activities/{id}/check-out", tag = "activities", request_body = Check,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "They went", body = DeedReceipt), Changing))]
async fn check_out(
    State(app): State<App>,
    caller: Participant,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<Check>,
) -> Result<Json<DeedReceipt>, Problem> {
    let (part, at, proof) = shown(&app, &caller, ActivityId(id), &body).await?;
    let command = ActivityCommand::CheckOut { part, at, proof };
    executed(&app, &caller, key, of(command)).await
}

/// Enter an attendance afterwards
///
/// Staff say that somebody was there. It is marked as entered afterwards (evidence `backfill`), and priced as the policy says.
#[utoipa::path(post, path = "/v1/activities/{id}/backfill", tag = "activities", request_body = BackfillPart,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "They were there", body = DeedReceipt), Changing))]
async fn backfill(
    State(app): State<App>,
    staff: Awarder,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<BackfillPart>,
) -> Result<Json<DeedReceipt>, Problem> {
    reached(&app, &staff, ActivityId(id)).await?;
    let member = MemberId(body.member);
    staff.must_see_member(&app, member).await?;
    let part = Part {
        activity: ActivityId(id),
        slot: body.slot,
        member,
    };
    let command = ActivityCommand::Backfill {
        part,
        from: body.from.0,
        until: body.until.0,
    };
    executed(&app, &staff, key, of(command)).await
}

/// Who takes part
///
/// By slot and member.
#[utoipa::path(get, path = "/v1/activities/{id}/attendances", tag = "activities",
    params(("id" = Uuid, Path), PageQuery),
    responses((status = OK, description = "A page of them", body = Page<DeedView>), Reading))]
async fn list(
    State(app): State<App>,
    staff: Awarder,
    Path(id): Path<Uuid>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<DeedView>>, Problem> {
    let activity = ActivityId(id);
    reached(&app, &staff, activity).await?;
    let limit = limit(query.limit)?;
    let after = match cursor::<String>(query.cursor.as_deref())? {
        Some(place) => place_of(&place)
            .ok_or_else(|| Problem::new(Code::InvalidQuery, "this cursor is not one of ours"))?,
        None => (0, MemberId(Uuid::nil())),
    };
    let parts = app
        .ledger
        .parts(staff.program, activity, after, limit + 1)
        .await?;
    Ok(Json(Page::of(
        parts,
        limit,
        |deed: &ledger::views::DeedView| {
            let slot = deed.record.part().map_or(0, |part| part.slot);
            format!("{slot} {}", deed.record.member)
        },
    )))
}

fn place_of(text: &str) -> Option<(u32, MemberId)> {
    let (slot, member) = text.split_once(' ')?;
    Some((slot.parse().ok()?, MemberId(member.parse().ok()?)))
}
