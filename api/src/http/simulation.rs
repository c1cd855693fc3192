//! A past period under a policy that was not in force then.

use axum::Json;
use axum::extract::State;
use jiff::civil::Date;
use ledger::ids::DraftId;
use ledger::machine::Command;
use ledger::policy::Policy;
use ledger::simulation::{Period, Report, SimulationError};
use ledger::{SimulateError, machine::Rejection};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

use super::docs::Changing;
use crate::auth::{Books, Policymaker};
use crate::extract::{IdempotencyKey, Path, ValidatedJson};
use crate::problem::{Code, FieldError, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(simulate))
        .routes(routes!(simulate_draft))
}

/// How many awards a request replays at most: as many as take a few seconds.
const MOST_AWARDS: usize = 50_000;

/// A policy to be held against the past.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Candidate {
    /// The file as written (TOML). The days between which it says it holds are put aside.
    #[validate(length(min = 1, max = 131_072, message = "has 1 to 131072 characters"))]
    source: String,
    /// The first day of the deeds replayed, by the policy's own calendar.
    #[schema(value_type = String, format = Date, example = "2026-01-01")]
    from: Date,
    /// The first day no longer replayed.
    #[schema(value_type = String, format = Date, example = "2026-04-01")]
    until: Date,
}

/// Simulate a policy over a past period
///
/// Says who would have gained and lost, by rule, budget and month, cap and member, had the policy been in force; changes nothing.
/// It takes the awards of the policy of the same name, or of every policy about the same kind of deed if the name is new. People do what
/// they did, at the same moment: who approved approves again, as far as that is needed, and what was rejected or reversed falls.
/// `unapproved` are awards that still wait for somebody to approve, `on_notice` those on public notice when the period ended, each as
/// recorded and as simulated. `budgets` says what is drawn in each month, `holdings` how little a budget came to hold and when it ran out;
/// what it would not have covered is among `refusals` as `budget_exhausted`. Deeds that were refused at the time left no record
/// and are not simulated. More than 50,000 awards are refused: `jifen policy simulate` has no such limit.
#[utoipa::path(post, path = "/v1/policies/simulate", tag = "policies", request_body = Candidate,
    responses((status = OK, description = "What would have been", body = Object), Changing))]
async fn simulate(
    State(app): State<App>,
    caller: Books,
    ValidatedJson(body): ValidatedJson<Candidate>,
) -> Result<Json<Report>, Problem> {
    let candidate = Policy::parse_unfiled(&body.source)?;
    let period = period(&candidate, body.from, body.until)?;
    let (program, most) = (caller.program, Some(MOST_AWARDS));
    let report = app
        .ledger
        .simulate(program, &candidate, period, most, |_| {});
    Ok(Json(report.await.map_err(problem)?))
}

/// The days to replay.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Days {
    /// The first day of the deeds replayed, by the policy's own calendar.
    #[schema(value_type = String, format = Date, example = "2026-01-01")]
    from: Date,
    /// The first day no longer replayed.
    #[schema(value_type = String, format = Date, example = "2026-04-01")]
    until: Date,
}

/// Simulate a draft over a past period
///
/// Answers as `/v1/policies/simulate` does, and notes on the draft that it was simulated, so that another person can approve it.
#[utoipa::path(post, path = "/v1/policies/drafts/{id}/simulate", tag = "policies", params(("id" = Uuid, Path), IdempotencyKey),
    request_body = Days, responses((status = OK, description = "What would have been", body = Object), Changing))]
async fn simulate_draft(
    State(app): State<App>,
    operator: Policymaker,
    key: IdempotencyKey,
    Path(id): Path<DraftId>,
    ValidatedJson(days): ValidatedJson<Days>,
) -> Result<Json<Report>, Problem> {
    let program = operator.program;
    let draft = app.ledger.draft(program, id).await?;
    let draft = draft.ok_or_else(Problem::not_found)?;
    let candidate = Policy::parse(&format!("{}.toml", draft.name), &draft.source)?;
    let period = period(&candidate, days.from, days.until)?;
    let most = Some(MOST_AWARDS);
    let report = app
        .ledger
        .simulate(program, &candidate, period, most, |_| {});
    let report = report.await.map_err(problem)?;
    let command = Command::PolicySimulated {
        draft: id,
        from: period.from,
        until: period.until,
    };
    app.execute(&operator.request(Some(key)), command).await?;
    Ok(Json(report))
}

/// From the first instant of one day to that of another, by the policy's calendar.
fn period(policy: &Policy, from: Date, until: Date) -> Result<Period, Problem> {
    let start = |field, day| {
        let message = format!("{day} is beyond the calendar");
        policy
            .start_of(day)
            .ok_or_else(|| invalid(field, "range", message))
    };
    Ok(Period {
        from: start("/from", from)?,
        until: start("/until", until)?,
    })
}

fn invalid(field: &'static str, code: &'static str, message: String) -> Problem {
    let item = FieldError::new(field, code, message);
    Problem::new(Code::InvalidBody, "the body is not as it should be").with_errors(vec![item])
}

fn problem(error: SimulateError) -> Problem {
    let detail = error.to_string();
    match error {
        SimulateError::EmptyPeriod { .. } => invalid("/until", "range", detail),
        SimulateError::TooMany { .. } => {
            let instead =
                "name a shorter period, or run `jifen policy simulate`, which has no limit";
            invalid("/from", "range", format!("{detail}: {instead}"))
        }
        SimulateError::Store(error) => error.into(),
        SimulateError::Simulation(SimulationError::UnknownBudget { budget }) => {
            Rejection::UnknownBudget { budget }.into()
        }
        SimulateError::Simulation(SimulationError::Amount(error)) => Rejection::from(error).into(),
        SimulateError::Simulation(error @ SimulationError::Stopped { .. }) => {
            Problem::internal(error)
        }
    }
}
