//! Service records: what a member did, for them and for whoever looks after them; signed, for their organization at home.

use axum::Json;
use axum::extract::State;
use axum::http::Extensions;
use axum::response::IntoResponse;
use ledger::clock::Timestamp;
use ledger::community::personal::Purpose;
use ledger::community::service::{Served, ServiceRecord};
use ledger::ids::MemberId;
use ledger::views::Register;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::{Created, Moment, created};
use crate::auth::MemberFacing;
use crate::extract::{Path, Query, ValidatedJson};
use crate::problem::Problem;
use crate::records::{self, LONGEST, Statement, Wanted};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(of_member))
        .routes(routes!(issue))
        .routes(routes!(check))
        .routes(routes!(keys))
}

/// So many deeds, and how long they took.
#[derive(Debug, Serialize, ToSchema)]
struct ServedView {
    deeds: u64,
    minutes: i64,
    /// Rounded down to hundredths.
    #[schema(example = "12.50")]
    hours: String,
}

impl From<Served> for ServedView {
    fn from(served: Served) -> Self {
        Self {
            deeds: served.deeds,
            minutes: served.minutes,
            hours: served.hours(),
        }
    }
}

/// What a member did, of what was awarded and stands.
#[derive(Debug, Serialize, ToSchema)]
struct RecordView {
    member: Uuid,
    total: ServedView,
    /// By what shows it: a deed of several classes counts under the first of `backfill`, `check_in`, `system`, `sign_off`, `witness`, `document`,
    /// `photo`; without any under `none`.
    by_evidence: BTreeMap<String, ServedView>,
    by_kind: BTreeMap<String, ServedView>,
    /// On the programme's calendar.
    by_month: BTreeMap<String, ServedView>,
    /// Where deeds say so.
    people_served: i64,
    /// Deeds by whom they were for, where they say so.
    beneficiaries: BTreeMap<String, u64>,
}

impl RecordView {
    fn of(member: MemberId, record: ServiceRecord) -> Self {
        let each = |parts: BTreeMap<String, Served>| {
            let parts = parts.into_iter();
            parts.map(|(name, part)| (name, part.into())).collect()
        };
        Self {
            member: member.0,
            total: record.total.into(),
            by_evidence: each(record.by_evidence),
            by_kind: each(record.by_kind),
            by_month: each(record.by_month),
            people_served: record.people_served,
            beneficiaries: record.beneficiaries,
        }
    }
}

/// Of when.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct PeriodQuery {
    /// Deeds from this moment on
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Deeds before this moment
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// What a member did
///
/// Hours, deeds and people, of deeds whose award vested and was not undone, whatever policy priced them and whatever became of the points.
#[utoipa::path(get, path = "/v1/members/{id}/service-record", tag = "service", params(("id" = Uuid, Path), PeriodQuery),
    responses((status = OK, description = "As it stands", body = RecordView), Reading))]
async fn of_member(
    State(app): State<App>,
    caller: MemberFacing,
    Path(id): Path<MemberId>,
    Query(query): Query<PeriodQuery>,
) -> Result<Json<RecordView>, Problem> {
    caller.must_see_member(&app, id).await?;
    let named = app
        .ledger
        .registered(caller.program, Register::Members, id.0);
    named.await?.ok_or_else(Problem::not_found)?;
    let period = (query.from, query.until);
    let record = app
        .ledger
        .service_record(caller.program, id, period)
        .await?;
    Ok(Json(RecordView::of(id, record)))
}

/// What is to be signed.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct SigningBody {
    /// Deeds from this moment on.
    from: Option<Moment>,
    /// Deeds before this moment.
    until: Option<Moment>,
    /// Under the whole name instead of the family name and stars.
    #[serde(default)]
    whole_name: bool,
    /// For staff, with `whole_name`: contact, identification, correction, complaint or request.
    #[schema(value_type = Option<String>)]
    purpose: Option<Purpose>,
}

/// A record as it was issued.
#[derive(Debug, Serialize, ToSchema)]
struct SignedView {
    id: Uuid,
    /// A JSON Web Signature in compact form (RFC 7515), by Ed25519 (RFC 8037). The keys are at /.well-known/jwks.json.
    jws: String,
    /// With the id, what is asked about on the page that checks records.
    #[schema(example = "9f86d081884c7d65")]
    check: String,
    issued_at: Moment,
}

/// Sign a member's service record
///
/// For their organization at home. Every request issues another one; that it did is recorded, by its digest alone.
#[utoipa::path(post, path = "/v1/members/{id}/service-record/statements", tag = "service", params(("id" = Uuid, Path)),
    request_body = SigningBody, responses((status = CREATED, description = "It was issued", body = SignedView), Changing))]
async fn issue(
    State(app): State<App>,
    caller: MemberFacing,
    Path(id): Path<MemberId>,
    ValidatedJson(body): ValidatedJson<SigningBody>,
) -> Result<Created<SignedView>, Problem> {
    caller.must_see_member(&app, id).await?;
    let wanted = Wanted {
        member: id,
        from: body.from.map(|at| at.0),
        until: body.until.map(|at| at.0),
        whole_name: body.whole_name,
        purpose: body.purpose,
    };
    let issued = records::issue(&app, &caller.request(None), &wanted).await?;
    let view = SignedView {
        id: issued.statement.jti,
        jws: issued.signed,
        check: issued.check,
        issued_at: Timestamp::from_micros(issued.statement.iat * 1_000_000).into(),
    };
    Ok(created(format!("/v1/members/{id}/service-record"), view))
}

/// A record to be checked.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct CheckBody {
    /// As it was issued.
    #[validate(length(max = LONGEST, message = "is longer than any record"))]
    jws: String,
}

/// What a record comes to.
#[derive(Debug, Serialize, ToSchema)]
struct CheckView {
    /// Whether it is as one of the keys of this server signed it.
    signed: bool,
    /// When it was issued here; null where that is not on record.
    issued_at: Option<Moment>,
    /// What it says.
    #[schema(value_type = Option<Object>)]
    statement: Option<Statement>,
    /// Why it is not as it was signed.
    why_not: Option<String>,
}

/// Check a signed service record
///
/// By anybody. It can be checked without this server, too: with the keys at /.well-known/jwks.json and any library for JSON Web Signatures.
#[utoipa::path(post, path = "/v1/service-records/check", tag = "service", security(()), request_body = CheckBody,
    responses((status = OK, description = "What it comes to", body = CheckView), Changing))]
async fn check(
    State(app): State<App>,
    extensions: Extensions,
    ValidatedJson(body): ValidatedJson<CheckBody>,
) -> Result<Json<CheckView>, Problem> {
    app.count_stranger(&extensions)?;
    let view = match records::verify(&app.records.published(), &body.jws) {
        Ok(statement) => {
            let check = records::check_of(&body.jws);
            let issued = records::was_issued(&app, &statement.program, statement.jti, &check);
            CheckView {
                signed: true,
                issued_at: issued.await?.map(Moment),
                statement: Some(statement),
                why_not: None,
            }
        }
        Err(error) => CheckView {
            signed: false,
            issued_at: None,
            statement: None,
            why_not: Some(error.to_string()),
        },
    };
    Ok(Json(view))
}

/// The keys that sign service records (RFC 7517)
#[utoipa::path(get, path = "/.well-known/jwks.json", tag = "service", security(()),
    responses((status = OK, description = "All that ever signed", body = Object), Reading))]
async fn keys(State(app): State<App>) -> impl IntoResponse {
    Json(app.records.published())
}
