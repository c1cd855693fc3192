//! Many awards in one request, each for itself.

use axum::Json;
use axum::extract::State;
use futures::{StreamExt, stream};
use ledger::AwardRequest;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::awards::SubmitAward;
use super::decisions::AwardReceipt;
use super::docs::Changing;
use crate::auth::{Awarder, Caller};
use crate::extract::{IdempotencyKey, Line, Lines};
use crate::problem::{Details, Problem};
use crate::state::App;

/// How many lines are under way at a time: enough to share commits, few enough to leave others room in the queue.
const SIDE_BY_SIDE: usize = 256;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(batch))
}

/// What came of a batch.
#[derive(Debug, Serialize, ToSchema)]
struct BatchAnswer {
    /// How many lines are on record.
    accepted: usize,
    /// How many are not.
    refused: usize,
    /// One for each line, in the order sent.
    results: Vec<LineAnswer>,
}

/// What came of a line.
#[derive(Debug, Serialize, ToSchema)]
struct LineAnswer {
    /// Its place in the list, from 1. The line's own key is the request's, `#` and this.
    line: usize,
    /// What the line would have been answered by itself: 201, or the problem's status.
    #[schema(example = 201)]
    status: u16,
    /// The receipt, if it is on record.
    #[serde(skip_serializing_if = "Option::is_none")]
    award: Option<AwardReceipt>,
    /// Why not, otherwise. Its `errors` point into the whole body, as in `/0/deed/kind`.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Details>,
}

impl LineAnswer {
    fn of(line: usize, outcome: Result<AwardReceipt, Problem>) -> Self {
        match outcome {
            Ok(award) => Self {
                line,
                status: 201,
                award: Some(award),
                problem: None,
            },
            Err(mut problem) => {
                if let Some(cause) = problem.take_cause() {
                    tracing::error!(error = cause, line, "a line of a batch failed");
                }
                let details = problem.details();
                Self {
                    line,
                    status: details.status(),
                    award: None,
                    problem: Some(details),
                }
            }
        }
    }
}

/// Submit up to 1,000 awards, each for itself
///
/// Every line is a command of its own under the key `<Idempotency-Key>#<line>`, lines counted from 1: one that is turned down does not
/// hold up the others. The answer is 200 as soon as the body is a list of objects; what came of each line stands in `results`. A repeat
/// answers the same and has no second effect, save that lines which could not be worked on (status 409 `in_progress`, 500, 503) are tried
/// again. The body may be four times as large as others.
#[utoipa::path(post, path = "/v1/awards/batch", tag = "awards", params(IdempotencyKey), request_body = Vec<SubmitAward>,
    responses((status = OK, description = "What came of each line", body = BatchAnswer), Changing))]
async fn batch(
    State(app): State<App>,
    staff: Awarder,
    key: IdempotencyKey,
    Lines(lines): Lines<SubmitAward>,
) -> Json<BatchAnswer> {
    let lines: Vec<Line<AwardRequest>> = lines
        .into_iter()
        .map(|line| line.map(AwardRequest::from))
        .collect();
    // The policies are read once, not by each of the first lines.
    if let Some(Ok(first)) = lines.iter().find(|line| line.is_ok()) {
        let _ = app.ledger.quote(staff.program, first).await;
    }
    let submit = |(index, line): (usize, Line<AwardRequest>)| {
        let (app, number) = (&app, index + 1);
        let key = IdempotencyKey(format!("{}#{number}", key.0));
        let request = staff.request(Some(key));
        let caller: &Caller = &staff;
        async move { LineAnswer::of(number, submit_line(app, caller, &request, line).await) }
    };
    let results: Vec<LineAnswer> = stream::iter(lines.into_iter().enumerate())
        .map(submit)
        .buffered(SIDE_BY_SIDE)
        .collect()
        .await;
    let accepted = results.iter().filter(|line| line.award.is_some()).count();
    Json(BatchAnswer {
        accepted,
        refused: results.len() - accepted,
        results,
    })
}

async fn submit_line(
    app: &App,
    caller: &Caller,
    request: &ledger::Request,
    line: Line<AwardRequest>,
) -> Result<AwardReceipt, Problem> {
    let award = line?;
    caller.must_see_member(app, award.member).await?;
    app.submit_award(request, &award).await?.try_into()
}
