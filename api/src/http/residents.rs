//! What residents do without an account: ask a community for something, and object to an award on public notice.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ledger::community::CodeFor;
use ledger::community::personal::Phone;
use ledger::ids::random_bytes;
use ledger::machine::Reason;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::attachments::LONGEST_TEXT;
use super::decisions::{NoticeReceipt, given};
use super::docs::Changing;
use super::orders::needed;
use super::personal::malformed;
use super::phone_login::{AskForCode, Asked};
use crate::auth::session;
use crate::extract::{IdempotencyKey, Path, ValidatedJson};
use crate::outside::{
    Objector, Wish, ask_for_proof, keep_pace, object, program_of, station_of, wish,
};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask_for_something))
        .routes(routes!(ask_for_code))
        .routes(routes!(object_by_phone))
}

/// What a resident asks for.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct WishBody {
    /// The programme's code.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    #[schema(example = "yuhong")]
    program: String,
    /// The station's code (报到码), as it is posted there.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    join_code: String,
    /// See the facts of `request_fulfilled` in `/v1/deed-kinds`.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    #[schema(example = "delivery")]
    category: String,
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    #[schema(example = "elderly")]
    beneficiary: String,
    /// What is wanted, where and when; sealed with name and phone, for staff and for who does it.
    #[validate(length(min = 1, max = 1_000, message = "has 1 to 1000 characters"))]
    words: String,
    #[validate(length(min = 1, max = 40, message = "has 1 to 40 characters"))]
    name: String,
    #[validate(length(min = 1, max = 32, message = "has 1 to 32 characters"))]
    phone: String,
}

/// It waits for staff to look at it.
#[derive(Debug, Serialize, ToSchema)]
struct Wished {
    order: Uuid,
    /// With this the resident confirms on `/{program}/confirm/{id}` that it was done.
    #[schema(example = "k7m2x9qa4tbc")]
    code: String,
}

/// Ask a community for something
///
/// Without an account, with its station's code. Nobody but staff sees it before these have looked at it and said what may be read of it.
#[utoipa::path(post, path = "/v1/wishes", tag = "orders", request_body = WishBody, security(()),
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = ACCEPTED, description = "It waits for staff", body = Wished), Changing))]
async fn ask_for_something(
    State(app): State<App>,
    key: Option<IdempotencyKey>,
    from: session::Asking,
    ValidatedJson(body): ValidatedJson<WishBody>,
) -> Result<(StatusCode, Json<Wished>), Problem> {
    keep_pace(&app, &from)?;
    let program = program_of(&app, &body.program).await?;
    let station = station_of(&app, program.id, &body.join_code).await?;
    let fresh = || format!("{:032x}", u128::from_be_bytes(random_bytes()));
    let asked = Wish {
        program: program.id,
        station: &station.ok_or_else(Problem::not_found)?,
        key: &key.map_or_else(fresh, |key| key.0),
        category: &body.category,
        beneficiary: &body.beneficiary,
        words: [&body.words, &body.name, &body.phone],
        from: &from,
    };
    let code = wish(&app, &asked).await?;
    let order = asked.order().0;
    Ok((StatusCode::ACCEPTED, Json(Wished { order, code })))
}

/// Ask for a code to object with
///
/// Six digits are sent to the phone, whoever has it. They are good for this award alone.
#[utoipa::path(post, path = "/v1/public-notices/{id}/code", tag = "approvals", request_body = AskForCode, security(()),
    params(("id" = Uuid, Path)),
    responses((status = ACCEPTED, description = "It was asked for", body = Asked), Changing))]
async fn ask_for_code(
    State(app): State<App>,
    Path(number): Path<Uuid>,
    asking: session::Asking,
    ValidatedJson(body): ValidatedJson<AskForCode>,
) -> Result<(StatusCode, Json<Asked>), Problem> {
    let phone = body.phone()?;
    let program = program_of(&app, &body.program).await?;
    let now = app.ledger.clock().now();
    let award = app.ledger.noticed(program.id, number, now).await?;
    award.ok_or_else(Problem::not_found)?;
    ask_for_proof(&app, &program, CodeFor::Objecting(number), &phone, &asking).await?;
    Ok((StatusCode::ACCEPTED, Json(Asked::now())))
}

/// What whoever has a phone holds against an award.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct ByPhone {
    /// The programme's code.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    #[schema(example = "yuhong")]
    program: String,
    /// Of it nothing but a keyed hash is kept.
    #[validate(length(min = 1, max = 32, message = "has 1 to 32 characters"))]
    phone: String,
    /// The six digits that were sent to it.
    #[validate(length(min = 1, max = 16, message = "has 6 digits"))]
    #[schema(example = "041736")]
    code: String,
    /// `not_as_claimed`, `evidence`, `duplicate` or `mistake`. Not said, they appeal against what was made of their objection.
    #[validate(custom(function = given))]
    #[schema(value_type = Option<String>, example = "not_as_claimed")]
    reason: Option<Reason>,
    /// For who reviews it.
    #[serde(default)]
    words: String,
}

/// Object to an award on public notice by phone
///
/// For residents without an account: once an award; it is frozen until somebody who has no part in it has decided. Who objected in vain appeals with
/// the same phone. Whoever's phone is a member's acts as that member.
#[utoipa::path(post, path = "/v1/public-notices/{id}/by-phone", tag = "approvals", request_body = ByPhone, security(()),
    params(("id" = Uuid, Path), IdempotencyKey),
    responses((status = OK, description = "It took effect", body = NoticeReceipt), Changing))]
async fn object_by_phone(
    State(app): State<App>,
    key: IdempotencyKey,
    Path(number): Path<Uuid>,
    from: session::Asking,
    ValidatedJson(body): ValidatedJson<ByPhone>,
) -> Result<Json<NoticeReceipt>, Problem> {
    if body.words.chars().count() > LONGEST_TEXT {
        return Err(needed("/words", "words have at most 2000 characters"));
    }
    let phone = Phone::parse(&body.phone).map_err(|error| malformed("/phone", error))?;
    let program = program_of(&app, &body.program).await?;
    let objector = Objector {
        program: program.id,
        number,
        phone: &phone,
        code: &body.code,
        ground: body.reason,
        words: &body.words,
        key: &key.0,
        from: &from,
    };
    let receipt = object(&app, &objector).await?;
    Ok(Json(NoticeReceipt::of(number, &receipt)))
}
