//! Members' parts in orders: taken on, given back, done, confirmed; and what members are able to do.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use ledger::ids::{AttachmentId, DeedId, MemberId, OrderId};
use ledger::machine::Command;
use ledger::machine::award::Reason;
use ledger::machine::deeds::{DeedBody, Done, ExceptionalCommand, OrderCommand};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::deeds::{DeedReceipt, executed, seen};
use super::docs::{Changing, Reading};
use super::orders::{known, needed, of, reached};
use super::register::{Registered, registered};
use crate::auth::{Awarder, MemberFacing, Participant};
use crate::extract::{IdempotencyKey, Path, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(claim))
        .routes(routes!(release))
        .routes(routes!(done))
        .routes(routes!(confirm))
        .routes(routes!(refuse))
        .routes(routes!(skills, note_skills))
}

/// Who takes it on.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct TakeOn {
    /// Who; members say nothing, it is they.
    member: Option<Uuid>,
    /// With which team of theirs.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    team: Option<String>,
}

/// Take an order on
///
/// As long as a place is left, the member can do what it takes, and has not taken on three others. Who does not do it in time gives it back by
/// itself.
#[utoipa::path(post, path = "/v1/orders/{id}/claim", tag = "orders", request_body = TakeOn,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "It is theirs to do", body = DeedReceipt), Changing))]
async fn claim(
    State(app): State<App>,
    caller: Participant,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<TakeOn>,
) -> Result<Json<DeedReceipt>, Problem> {
    let order = known(&app, &caller, OrderId(id)).await?.id;
    let member = match (body.member.map(MemberId), caller.actor.member) {
        (Some(member), _) => member,
        (None, Some(member)) if caller.is_member() => member,
        (None, _) => return Err(needed("/member", "say who takes it on")),
    };
    caller.must_see_member(&app, member).await?;
    let team = body.team;
    let command = OrderCommand::Claim {
        order,
        member,
        team,
    };
    executed(&app, &caller, key, of(command)).await
}

/// Give an order back
#[utoipa::path(post, path = "/v1/deeds/{id}/release", tag = "orders",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "Somebody else may take it on", body = DeedReceipt), Changing))]
async fn release(
    State(app): State<App>,
    caller: Participant,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
) -> Result<Json<DeedReceipt>, Problem> {
    let deed = DeedId(id);
    seen(&app, &caller, deed).await?;
    executed(&app, &caller, key, of(OrderCommand::Release { deed })).await
}

/// What was done.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct ItIsDone {
    /// How long it took until now, if that is to count as time.
    #[validate(range(min = 1, max = 1_440, message = "is 1 to 1440"))]
    minutes: Option<i64>,
    /// For how many people.
    #[validate(range(min = 1, max = 1_000, message = "is 1 to 1000"))]
    people_served: Option<i64>,
    /// What shows it: photos and texts uploaded by this caller.
    #[serde(default)]
    #[validate(length(max = 9, message = "has at most 9 attachments"))]
    attachments: Vec<Uuid>,
}

/// Say that an order is done
///
/// Nothing is awarded before the resident or staff confirm it.
#[utoipa::path(post, path = "/v1/deeds/{id}/done", tag = "orders", request_body = ItIsDone,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "It waits to be confirmed", body = DeedReceipt), Changing))]
async fn done(
    State(app): State<App>,
    caller: Participant,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<ItIsDone>,
) -> Result<Json<DeedReceipt>, Problem> {
    let deed = DeedId(id);
    seen(&app, &caller, deed).await?;
    let command = OrderCommand::Done {
        deed,
        done: Done {
            minutes: body.minutes,
            people: body.people_served,
        },
        attachments: body.attachments.into_iter().map(AttachmentId).collect(),
    };
    executed(&app, &caller, key, of(command)).await
}

/// What the deed is; that this caller reaches whoever sees to it: of an order its organization, else the member's.
async fn to_decide(app: &App, staff: &Awarder, deed: DeedId) -> Result<DeedBody, Problem> {
    let view = app.ledger.deed(staff.program, deed).await?;
    let view = view.ok_or_else(Problem::not_found)?;
    match view.record.order() {
        Some(order) => drop(reached(app, staff, order).await?),
        None => staff.must_see_member(app, view.record.member).await?,
    }
    Ok(view.record.body)
}

/// Confirm what was done
///
/// That an order was done, or that an exceptional deed was so; by somebody else than who did or proposed it. Its award is asked for at once: `award`
/// or `why_not` says what came of it.
#[utoipa::path(post, path = "/v1/deeds/{id}/confirm", tag = "orders",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "It was done", body = DeedReceipt), Changing))]
async fn confirm(
    State(app): State<App>,
    staff: Awarder,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
) -> Result<Json<DeedReceipt>, Problem> {
    let deed = DeedId(id);
    let command = match to_decide(&app, &staff, deed).await? {
        DeedBody::Exceptional(_) => {
            Command::Exceptional(Box::new(ExceptionalCommand::Verify { deed }))
        }
        _ => of(OrderCommand::Confirm {
            deed,
            code_hash: None,
        }),
    };
    executed(&app, &staff, key, command).await
}

/// Why not.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhyRefused {
    /// `not_as_claimed`, `evidence`, `duplicate` or `mistake`.
    #[schema(value_type = String, example = "not_as_claimed")]
    reason: Reason,
}

/// Say that it was not done
///
/// Of an order, somebody else may take it on then.
#[utoipa::path(post, path = "/v1/deeds/{id}/refuse", tag = "orders", request_body = WhyRefused,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "Nothing comes of it", body = DeedReceipt), Changing))]
async fn refuse(
    State(app): State<App>,
    staff: Awarder,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<WhyRefused>,
) -> Result<Json<DeedReceipt>, Problem> {
    let (deed, reason) = (DeedId(id), body.reason);
    if !reason.is_given() {
        return Err(needed(
            "/reason",
            "say not_as_claimed, evidence, duplicate or mistake",
        ));
    }
    let command = match to_decide(&app, &staff, deed).await? {
        DeedBody::Exceptional(_) => {
            Command::Exceptional(Box::new(ExceptionalCommand::Refuse { deed, reason }))
        }
        _ => of(OrderCommand::Refuse { deed, reason }),
    };
    executed(&app, &staff, key, command).await
}

/// What a member is able to do.
#[derive(Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Skills {
    /// Codes that orders may ask for.
    #[validate(length(max = 20, message = "has at most 20 skills"))]
    #[schema(example = json!(["electrician", "first-aid"]))]
    skills: BTreeSet<String>,
}

/// What a member is able to do
#[utoipa::path(get, path = "/v1/members/{id}/skills", tag = "members", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As it is on record", body = Skills), Reading))]
async fn skills(
    State(app): State<App>,
    caller: MemberFacing,
    Path(id): Path<Uuid>,
) -> Result<Json<Skills>, Problem> {
    let member = MemberId(id);
    caller.must_see_member(&app, member).await?;
    let skills = app.ledger.skills_of(caller.program, member).await?;
    let skills = skills.into_iter().collect();
    Ok(Json(Skills { skills }))
}

/// Note what a member is able to do
///
/// All of it: what is not named is not on record any more.
#[utoipa::path(put, path = "/v1/members/{id}/skills", tag = "members", request_body = Skills,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It is on record", body = Registered), Changing))]
async fn note_skills(
    State(app): State<App>,
    staff: Awarder,
    key: Option<IdempotencyKey>,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<Skills>,
) -> Result<Json<Registered>, Problem> {
    let member = MemberId(id);
    staff.must_see_member(&app, member).await?;
    let skills = body.skills;
    let command = OrderCommand::Skills { member, skills };
    Ok(Json(registered(&app, &staff, key, of(command)).await?))
}
