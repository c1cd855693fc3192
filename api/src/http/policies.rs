//! Policies in force and to come, and the words they are written in.

use axum::Json;
use axum::extract::State;
use ledger::clock::Timestamp;
use ledger::community::{PolicyVersion, Registration};
use ledger::policy::{Policy, kinds};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::{Created, Moment, created};
use super::register::register;
use crate::auth::{Operator, Somebody};
use crate::extract::{IdempotencyKey, Path, ValidatedJson};
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
}

impl VersionView {
    fn of(version: PolicyVersion, in_force: bool) -> Self {
        Self {
            name: version.name,
            digest: version.digest,
            effective_from: version.effective_from.map(Moment),
            in_force,
        }
    }
}

/// Each version with whether it is in force; those superseded are left out.
fn current(versions: Vec<PolicyVersion>, now: Timestamp) -> Vec<(PolicyVersion, bool)> {
    let begun = |version: &PolicyVersion| version.effective_from.is_none_or(|from| from <= now);
    let mut kept: Vec<(PolicyVersion, bool)> = Vec::new();
    for version in versions {
        let begun = begun(&version);
        if begun
            && kept
                .last()
                .is_some_and(|(last, _)| last.name == version.name)
        {
            kept.pop();
        }
        kept.push((version, begun));
    }
    kept
}

/// Policies in force and to come
#[utoipa::path(get, path = "/v1/policies", tag = "policies", responses((status = OK, description = "As it stands", body = Vec<VersionView>), Reading))]
async fn list(State(app): State<App>, caller: Somebody) -> Result<Json<Vec<VersionView>>, Problem> {
    let now = app.ledger.clock().now();
    let versions = app.ledger.policies(caller.program).await?;
    let views = current(versions, now)
        .into_iter()
        .map(|(version, in_force)| VersionView::of(version, in_force));
    Ok(Json(views.collect()))
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
    let found = current(versions, now)
        .into_iter()
        .find(|(version, _)| version.name == name);
    let (version, in_force) = found.ok_or_else(Problem::not_found)?;
    Ok(Json(PolicyBody {
        name: version.name,
        digest: version.digest,
        effective_from: version.effective_from.map(Moment),
        in_force,
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
    operator: Operator,
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
    Ok(created(path, VersionView::of(version, wanted.is_none())))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_begun_version_is_in_force_and_later_ones_are_to_come() {
        let version = |name: &str, from| PolicyVersion {
            name: name.to_owned(),
            digest: format!("{name}-{from}"),
            source: String::new(),
            effective_from: Some(Timestamp::from_micros(from)),
        };
        let versions = vec![
            version("a", 1),
            version("a", 5),
            version("a", 9),
            version("b", 9),
        ];
        let kept: Vec<_> = current(versions, Timestamp::from_micros(6))
            .into_iter()
            .map(|(version, in_force)| (version.digest, in_force))
            .collect();
        let expected = [("a-5", true), ("a-9", false), ("b-9", false)];
        assert_eq!(
            kept,
            expected.map(|(digest, begun)| (digest.to_owned(), begun))
        );
    }
}
