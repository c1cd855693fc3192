//! Policies on their way into force: imported, tested, simulated, approved by another.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use ledger::clock::Timestamp;
use ledger::community::{
    DraftState, PolicyDraft, PolicySource, PolicyVersion, Standing, changed_by, standing_of,
};
use ledger::ids::DraftId;
use ledger::machine::{Command, Outcome};
use ledger::policy::{Language, Policy, diff_in_words};
use ledger::views::DraftFilter;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::lang::LangQuery;
use super::model::{Moment, unexpected};
use super::page::{Page, cursor, limit};
use super::policies::failed_cases;
use crate::auth::{Planner, Policymaker};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::{Code, FieldError, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, import))
        .routes(routes!(get))
        .routes(routes!(approve))
}

/// A policy on its way into force.
#[derive(Debug, Serialize, ToSchema)]
struct DraftView {
    id: Uuid,
    name: String,
    /// SHA-256 of its source.
    digest: String,
    /// `draft`: its own cases fail; `tested`; `simulated`; `approved`.
    #[schema(value_type = String, example = "tested")]
    state: DraftState,
    imported_by: Uuid,
    imported_at: Moment,
    /// The first moment of the period last replayed under it.
    simulated_from: Option<Moment>,
    /// The first moment after it.
    simulated_until: Option<Moment>,
    approved_by: Option<Uuid>,
    approved_at: Option<Moment>,
    effective_from: Option<Moment>,
    /// Of an approved one: `to_come`, `in_force` or `superseded`.
    #[schema(value_type = Option<String>, example = "in_force")]
    standing: Option<Standing>,
}

impl DraftView {
    fn of(draft: PolicyDraft, versions: &[PolicyVersion], now: Timestamp) -> Self {
        Self {
            standing: standing_of(&draft, versions, now),
            id: draft.id.0,
            name: draft.name,
            digest: draft.digest,
            state: draft.state,
            imported_by: draft.imported_by.0,
            imported_at: draft.imported_at.into(),
            simulated_from: draft.simulated.map(|over| over.from.into()),
            simulated_until: draft.simulated.map(|over| over.until.into()),
            approved_by: draft.approved_by.map(|actor| actor.0),
            approved_at: draft.approved_at.map(Moment),
            effective_from: draft.effective_from.map(Moment),
        }
    }
}

/// A draft with its source.
#[derive(Debug, Serialize, ToSchema)]
struct DraftBody {
    #[serde(flatten)]
    draft: DraftView,
    /// Which of its own cases fail, and how.
    failing_cases: Vec<String>,
    /// Against which version of the policy `changes` are told: the one in force, or that which an approved draft superseded. None if there
    /// is none before.
    changes_from: Option<String>,
    /// What is different from it, in sentences.
    changes: Vec<String>,
    /// The file as written (TOML).
    source: String,
}

impl DraftBody {
    fn of(
        draft: PolicyDraft,
        versions: &[PolicyVersion],
        now: Timestamp,
        language: Language,
    ) -> Self {
        let file = format!("{}.toml", draft.name);
        let source = draft.source.clone();
        let policy = Policy::parse(&file, &source);
        let before = changed_by(&draft, versions, now);
        let old = before.and_then(|version| Policy::parse(&file, &version.source).ok());
        let changes = match (&old, &policy) {
            (Some(old), Ok(new)) => diff_in_words(old, new, language),
            _ => Vec::new(),
        };
        let failing = policy.map_or_else(|_| Vec::new(), |policy| failed_cases(&policy));
        Self {
            changes_from: before.map(|version| version.digest.clone()),
            changes,
            draft: DraftView::of(draft, versions, now),
            failing_cases: failing.into_iter().map(|case| case.message).collect(),
            source,
        }
    }
}

/// Which drafts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct DraftsQuery {
    /// Only in this state: draft, tested, simulated or approved
    #[param(value_type = Option<String>)]
    state: Option<DraftState>,
    /// `next_cursor` of the page before; the first page needs none
    cursor: Option<String>,
    /// How many at most, 1 to 200; 50 if not said
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// Policies on their way into force
///
/// Those imported last come first.
#[utoipa::path(get, path = "/v1/policies/drafts", tag = "policies", params(DraftsQuery),
    responses((status = OK, description = "As it stands", body = Page<DraftView>), Reading))]
async fn list(
    State(app): State<App>,
    caller: Planner,
    Query(query): Query<DraftsQuery>,
) -> Result<Json<Page<DraftView>>, Problem> {
    let limit = limit(query.limit)?;
    let before = match cursor::<DraftId>(query.cursor.as_deref())? {
        None => None,
        Some(id) => {
            let last = app.ledger.draft(caller.program, id).await?;
            last.map(|draft| (draft.imported_at, draft.id))
        }
    };
    let filter = DraftFilter {
        before,
        state: query.state,
        limit: limit + 1,
    };
    let drafts = app.ledger.drafts(caller.program, &filter).await?;
    let versions = app.ledger.policies(caller.program).await?;
    let now = app.ledger.clock().now();
    let page = Page::<PolicyDraft>::of(drafts, limit, |draft: &PolicyDraft| draft.id);
    Ok(Json(page.map(|draft| DraftView::of(draft, &versions, now))))
}

/// One policy on its way into force, with its source and what it changes
///
/// In words: in the language asked for, or that of Accept-Language.
#[utoipa::path(get, path = "/v1/policies/drafts/{id}", tag = "policies", params(("id" = Uuid, Path), LangQuery),
    responses((status = OK, description = "As it stands", body = DraftBody), Reading))]
async fn get(
    State(app): State<App>,
    caller: Planner,
    Path(id): Path<DraftId>,
    Query(query): Query<LangQuery>,
    headers: HeaderMap,
) -> Result<Json<DraftBody>, Problem> {
    let draft = app.ledger.draft(caller.program, id).await?;
    let draft = draft.ok_or_else(Problem::not_found)?;
    let versions = app.ledger.policies(caller.program).await?;
    let now = app.ledger.clock().now();
    let language = query.or_accepted(&headers);
    Ok(Json(DraftBody::of(draft, &versions, now, language)))
}

/// Policies to be imported.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDrafts {
    /// The files, all of them kept or none.
    #[validate(nested, length(min = 1, max = 100, message = "has 1 to 100 policies"))]
    policies: Vec<NewDraft>,
}

/// A policy to be imported.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewDraft {
    /// Its name, as in its source.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    name: String,
    /// The file as written (TOML).
    #[validate(length(min = 1, max = 131_072, message = "has 1 to 131072 characters"))]
    source: String,
}

/// What became of drafts.
#[derive(Debug, Serialize, ToSchema)]
struct DraftsReceipt {
    drafts: Vec<DraftStanding>,
    /// From when they are in force, once approved.
    effective_from: Option<Moment>,
    recorded_at: Moment,
}

/// A draft and how far it has come.
#[derive(Debug, Serialize, ToSchema)]
struct DraftStanding {
    id: Uuid,
    #[schema(value_type = String, example = "tested")]
    state: DraftState,
}

impl TryFrom<ledger::machine::Receipt> for DraftsReceipt {
    type Error = Problem;

    fn try_from(receipt: ledger::machine::Receipt) -> Result<Self, Problem> {
        let Outcome::Drafts {
            drafts,
            effective_from,
        } = receipt.outcome
        else {
            return Err(unexpected(&receipt.outcome));
        };
        let standing = |(id, state): (DraftId, DraftState)| DraftStanding { id: id.0, state };
        Ok(Self {
            drafts: drafts.into_iter().map(standing).collect(),
            effective_from: effective_from.map(Moment),
            recorded_at: receipt.recorded_at.into(),
        })
    }
}

/// Import policies as drafts
///
/// All of them or none: an error in one keeps everything as it was. A draft whose own cases fail stays a `draft`.
#[utoipa::path(post, path = "/v1/policies/drafts", tag = "policies", params(IdempotencyKey), request_body = NewDrafts,
    responses((status = OK, description = "It took effect", body = DraftsReceipt), Changing))]
async fn import(
    State(app): State<App>,
    operator: Policymaker,
    key: IdempotencyKey,
    ValidatedJson(body): ValidatedJson<NewDrafts>,
) -> Result<Json<DraftsReceipt>, Problem> {
    readable(&body.policies)?;
    let policies = body.policies.into_iter().map(|file| PolicySource {
        name: file.name,
        source: file.source,
    });
    let command = Command::ImportPolicies {
        policies: policies.collect(),
    };
    let request = operator.request(Some(key));
    Ok(Json(app.execute(&request, command).await?.try_into()?))
}

/// Every error of every file, each with its file's place in the list.
fn readable(policies: &[NewDraft]) -> Result<(), Problem> {
    let mut items = Vec::new();
    for (place, file) in policies.iter().enumerate() {
        if let Err(errors) = Policy::parse(&format!("{}.toml", file.name), &file.source) {
            let pointer = format!("/policies/{place}/source");
            items.extend(errors.iter().map(|error| FieldError {
                line: Some(error.line),
                column: Some(error.column),
                ..FieldError::new(&pointer, "policy", error.to_string())
            }));
        }
    }
    if items.is_empty() {
        return Ok(());
    }
    let detail = "nothing was imported, the policies in force are as they were";
    Err(Problem::new(Code::InvalidPolicy, detail).with_errors(items))
}

/// Drafts to be put in force.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Approval {
    /// Their ids, all of them put in force or none.
    #[validate(length(min = 1, max = 100, message = "has 1 to 100 drafts"))]
    drafts: Vec<Uuid>,
    /// From when on they price deeds; from now if not said, never in the past.
    effective_from: Option<Moment>,
}

/// Put simulated drafts in force
///
/// By somebody other than who imported them, all from one moment on.
#[utoipa::path(post, path = "/v1/policies/drafts/approve", tag = "policies", params(IdempotencyKey), request_body = Approval,
    responses((status = OK, description = "It took effect", body = DraftsReceipt), Changing))]
async fn approve(
    State(app): State<App>,
    operator: Policymaker,
    key: IdempotencyKey,
    ValidatedJson(body): ValidatedJson<Approval>,
) -> Result<Json<DraftsReceipt>, Problem> {
    let effective_from: Option<Timestamp> = body.effective_from.map(|moment| moment.0);
    let command = Command::ApprovePolicies {
        drafts: body.drafts.into_iter().map(DraftId).collect(),
        effective_from,
    };
    let request = operator.request(Some(key));
    Ok(Json(app.execute(&request, command).await?.try_into()?))
}
