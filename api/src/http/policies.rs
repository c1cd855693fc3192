//! Policies in force and to come, and the words they are written in.

use axum::Json;
use axum::extract::State;
use ledger::clock::Timestamp;
use ledger::community::{PolicyVersion, Registration, Standing, standings};
use ledger::policy::{Policy, kinds};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::{Created, Moment, created};
use super::register::register;
use crate::auth::{Policymaker, Somebody};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::{Code, FieldError, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, publish))
        .routes(routes!(get))
        .routes(routes!(deed_kinds))
}

/// A version of a policy.
#[derive(Debug, Serialize, ToSchema)]
struct VersionView {
    name: String,
    /// SHA-256 of its source.
    digest: String,
    /// It prices deeds that happened from this moment on, until the next version does.
    effective_from: Option<Moment>,
    /// Whether it prices deeds that happen now.
    in_force: bool,
    /// `in_force`, `to_come` or `superseded`.
    #[schema(value_type = String, example = "in_force")]
    standing: Standing,
}

impl VersionView {
    fn of(version: PolicyVersion, standing: Standing) -> Self {
        Self {
            standing,
            name: version.name,
            digest: version.digest,
            effective_from: version.effective_from.map(Moment),
            in_force: standing == Standing::InForce,
        }
    }
}

/// By when it takes effect, for [`standings`].
fn since(version: &PolicyVersion) -> (&str, Timestamp) {
    let from = version.effective_from.unwrap_or(Timestamp::from_micros(0));
    (&version.name, from)
}

/// Which policies.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct PoliciesQuery {
    /// `true` shows the versions that later ones superseded as well; they still price deeds of their time
    superseded: Option<bool>,
}

/// Policies in force and to come
#[utoipa::path(get, path = "/v1/policies", tag = "policies", params(PoliciesQuery), responses((status = OK, description = "As it stands", body = Vec<VersionView>), Reading))]
async fn list(
    State(app): State<App>,
    caller: Somebody,
    Query(query): Query<PoliciesQuery>,
) -> Result<Json<Vec<VersionView>>, Problem> {
    let versions = app.ledger.policies(caller.program).await?;
    let mut views = standings(versions, since, app.ledger.clock().now());
    if query.superseded != Some(true) {
        views.retain(|(_, standing)| *standing != Standing::Superseded);
    }
    let view = |(version, standing)| VersionView::of(version, standing);
    Ok(Json(views.into_iter().map(view).collect()))
}

/// A policy with its source, so that anybody can read what is rewarded.
#[derive(Debug, Serialize, ToSchema)]
struct PolicyBody {
    name: String,
    /// SHA-256 of the source.
    digest: String,
    effective_from: Option<Moment>,
    in_force: bool,
    /// The file as written (TOML).
    source: String,
}

/// One policy, with its source
///
/// The version in force, or the first to come.
#[utoipa::path(get, path = "/v1/policies/{name}", tag = "policies", params(("name" = String, Path)),
    responses((status = OK, description = "As it stands", body = PolicyBody), Reading))]
async fn get(
    State(app): State<App>,
    caller: Somebody,
    Path(name): Path<String>,
) -> Result<Json<PolicyBody>, Problem> {
    let now = app.ledger.clock().now();
    let versions = app.ledger.policies(caller.program).await?;
    let found = standings(versions, since, now)
        .into_iter()
        .find(|(version, standing)| version.name == name && *standing != Standing::Superseded);
    let (version, standing) = found.ok_or_else(Problem::not_found)?;
    Ok(Json(PolicyBody {
        name: version.name,
        digest: version.digest,
        effective_from: version.effective_from.map(Moment),
        in_force: standing == Standing::InForce,
        source: version.source,
    }))
}

/// A policy to be put in force.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPolicy {
    /// Its name, as in its source.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    name: String,
    /// The file as written (TOML).
    #[validate(length(min = 1, max = 131_072, message = "has 1 to 131072 characters"))]
    source: String,
    /// From when on it prices deeds; from now if not said, never in the past.
    effective_from: Option<Moment>,
}

/// Put the first version of a policy in force
///
/// Its source must be without error and pass its own cases. Later versions go by way of a draft that another person approves.
#[utoipa::path(post, path = "/v1/policies", tag = "policies", request_body = NewPolicy,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is on record", body = VersionView), Changing))]
async fn publish(
    State(app): State<App>,
    operator: Policymaker,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<NewPolicy>,
) -> Result<Created<VersionView>, Problem> {
    let policy = Policy::parse(&format!("{}.toml", body.name), &body.source)?;
    passes_its_cases(&policy)?;
    let known = app.ledger.policies(operator.program).await?;
    if known
        .iter()
        .any(|version| version.name == body.name && version.digest != policy.digest())
    {
        let detail = "a policy of this name is on record: import the new version as a draft";
        return Err(Problem::new(Code::DraftNeeded, detail));
    }
    let wanted = body.effective_from.map(|moment| moment.0);
    let mut version = PolicyVersion {
        name: body.name,
        digest: policy.digest().to_owned(),
        source: body.source,
        effective_from: wanted,
    };
    let record = Registration::Policy(version.clone());
    let registered = register(&app, &operator, key, record).await?;
    version.effective_from = wanted.or(Some(registered.recorded_at.0));
    let path = format!("/v1/policies/{}", version.name);
    let standing = match wanted {
        None => Standing::InForce,
        Some(_) => Standing::ToCome,
    };
    Ok(created(path, VersionView::of(version, standing)))
}

/// The policy's own cases that come out otherwise than it says.
pub(super) fn failed_cases(policy: &Policy) -> Vec<FieldError> {
    let cases = policy.run_cases().into_iter();
    cases
        .filter_map(|case| {
            let differences = case.outcome.err()?;
            let message = format!("{}: {}", case.name, differences.join("; "));
            Some(FieldError {
                line: Some(case.line),
                ..FieldError::new("/source", "case", message)
            })
        })
        .collect()
}

fn passes_its_cases(policy: &Policy) -> Result<(), Problem> {
    let failed = failed_cases(policy);
    if failed.is_empty() {
        return Ok(());
    }
    let detail = format!("{} of its cases come out otherwise", failed.len());
    Err(Problem::new(Code::PolicyCasesFailed, detail).with_errors(failed))
}

/// The kinds of deed and the facts each declares
///
/// What is not declared here cannot be rewarded.
#[utoipa::path(get, path = "/v1/deed-kinds", tag = "policies", responses((status = OK, description = "As it stands", body = Vec<Object>), Reading))]
async fn deed_kinds(_: Somebody) -> Result<Json<Value>, Problem> {
    let kinds = serde_json::to_value(kinds()).map_err(Problem::internal)?;
    Ok(Json(kinds))
}
