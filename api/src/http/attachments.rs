//! Photos and texts: uploaded, and looked at by those whom they concern.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use ledger::community::{Verb, Verbs};
use ledger::ids::{AttachmentId, AwardId, DeedId, HazardId, OrderId};
use ledger::{Opened, Upload, UploadError};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::docs::{Changing, Reading};
use super::orders::{in_hand, reached};
use crate::auth::{Author, Caller, MemberFacing};
use crate::extract::Path;
use crate::photo;
use crate::problem::{Code, Problem};
use crate::state::App;

/// How long a text may be, in characters.
pub const LONGEST_TEXT: usize = 2_000;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(upload))
        .layer(DefaultBodyLimit::max(photo::LARGEST))
        .routes(routes!(get))
}

/// What was uploaded.
#[derive(Debug, Serialize, ToSchema)]
struct Uploaded {
    /// To be named by what it shows, within a day.
    id: Uuid,
    #[schema(example = "photo")]
    kind: &'static str,
    /// SHA-256 of a photo as it is kept, in hexadecimal.
    digest: Option<String>,
}

/// Upload a photo or a text
///
/// The body is a photo (JPEG, PNG, WebP; up to 12 MB) or a text (`text/plain`, up to 2,000 characters). A photo is made anew: its longer side
/// has at most 1,600 pixels, and nothing but its pixels is kept. What is attached to nothing within a day is forgotten.
#[utoipa::path(post, path = "/v1/attachments", tag = "deeds",
    request_body(description = "The photo or text", content((Vec<u8> = "image/jpeg"), (Vec<u8> = "image/png"), (Vec<u8> = "image/webp"), (String = "text/plain"))),
    responses((status = OK, description = "It is kept", body = Uploaded), Changing))]
async fn upload(
    State(app): State<App>,
    caller: Author,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Uploaded>, Problem> {
    let body = body.map_err(|_| {
        let detail = "the body is larger than is taken, or ended early";
        Problem::new(Code::PayloadTooLarge, detail)
    })?;
    let value = headers.get(header::CONTENT_TYPE);
    let text = value.and_then(|value| value.to_str().ok()).unwrap_or("");
    let upload = match text.split(';').next().unwrap_or("").trim() {
        "image/jpeg" | "image/png" | "image/webp" => photo::remake(body).await?,
        "text/plain" => Upload::Text(text_of(&body)?),
        _ => {
            let detail = "send Content-Type: image/jpeg, image/png, image/webp or text/plain";
            return Err(Problem::new(Code::UnsupportedMediaType, detail));
        }
    };
    let kept = app
        .ledger
        .upload(caller.program, &caller.actor, upload)
        .await?;
    Ok(Json(Uploaded {
        id: kept.id.0,
        kind: kept.kind.name(),
        digest: kept.digest,
    }))
}

fn text_of(body: &[u8]) -> Result<String, Problem> {
    let text = std::str::from_utf8(body).ok().map(str::trim);
    match text {
        Some(text) if (1..=LONGEST_TEXT).contains(&text.chars().count()) => Ok(text.to_owned()),
        _ => {
            let detail = format!("a text is UTF-8 and has 1 to {LONGEST_TEXT} characters");
            Err(Problem::new(Code::InvalidBody, detail))
        }
    }
}

/// One photo or text
///
/// For whoever uploaded it, and, once it shows a deed, for those who may know of that.
#[utoipa::path(get, path = "/v1/attachments/{id}", tag = "deeds", params(("id" = Uuid, Path)),
    responses((status = OK, description = "The photo (JPEG) or text", content((Vec<u8> = "image/jpeg"), (String = "text/plain"))), Reading))]
async fn get(
    State(app): State<App>,
    caller: MemberFacing,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let found = app.ledger.attachment(caller.program, AttachmentId(id));
    let found = found.await?.ok_or_else(Problem::not_found)?;
    must_see(&app, &caller, &found).await?;
    shown(found)
}

async fn must_see(app: &App, caller: &Caller, found: &Opened) -> Result<(), Problem> {
    if found.attachment.by == caller.actor.id {
        return Ok(());
    }
    let of = found.attachment.of.ok_or_else(Problem::not_found)?;
    if let Some(hazard) = app.ledger.hazard(caller.program, HazardId(of)).await? {
        let seen = caller.sees_hazard(app, &hazard).await?;
        return seen.then_some(()).ok_or_else(Problem::not_found);
    }
    // What a resident wrote is for those who do or see to the order, who are not those who only read.
    if app
        .ledger
        .order(caller.program, OrderId(of))
        .await?
        .is_some()
    {
        let taking_part = caller.asking(Verbs::of(&[Verb::Member, Verb::Award]));
        let taking_part = taking_part.ok_or_else(Problem::not_found)?;
        return in_hand(app, &taking_part, OrderId(of)).await.map(drop);
    }
    let member = match app.ledger.deed(caller.program, DeedId(of)).await? {
        Some(deed) => match deed.record.order() {
            // What shows that an order was done goes to who sees to the order, wherever the member belongs.
            Some(order) if !caller.is_member() => {
                return reached(app, caller, order).await.map(drop);
            }
            _ => deed.record.member,
        },
        // What was said about an award.
        None => {
            let award = app.ledger.award(caller.program, AwardId(of)).await?;
            award.ok_or_else(Problem::not_found)?.member
        }
    };
    caller.must_see_member(app, member).await
}

/// What it shows, for whoever may see it.
pub fn shown(found: Opened) -> Result<Response, Problem> {
    let (media_type, bytes) = found.content.ok_or_else(|| {
        let detail = "it is no longer kept: photos and texts are for 180 days";
        Problem::new(Code::NotFound, detail)
    })?;
    let headers = [
        (header::CONTENT_TYPE, media_type.as_str()),
        (header::CACHE_CONTROL, "private, no-store"),
    ];
    Ok((headers, bytes).into_response())
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::TooMany => Self::new(Code::TooManyAttachments, error.to_string()),
            UploadError::Personal(error) => error.into(),
        }
    }
}
