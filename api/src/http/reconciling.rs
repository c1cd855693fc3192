//! A merchant's own list of sales beside what is on record. Nothing of it is kept.

use axum::Json;
use axum::extract::State;
use ledger::Stretch;
use ledger::clock::Timestamp;
use ledger::ids::StoreId;
use ledger::import::{Theirs, Unmatched};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::docs::Changing;
use super::imports::problem;
use super::model::Moment;
use super::settlement::must_see;
use crate::auth::StoreFacing;
use crate::extract::{Csv, Path, Query};
use crate::problem::{Code, Problem};
use crate::state::App;

/// How many minutes two clocks may differ if that is not said, and at most.
const TOLERANCE_MINUTES: i64 = 5;
const MOST_MINUTES: i64 = 24 * 60;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(reconcile))
}

/// What is looked at.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct Asked {
    /// From this moment on; from the first sale on if not said
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Before this moment; until the last sale if not said
    #[param(value_type = Option<String>)]
    until: Option<Timestamp>,
    /// By how many minutes clocks may differ, 0 to 1440; 5 if not said
    tolerance_minutes: Option<i64>,
}

/// A line that is one of the store's redemptions.
#[derive(Debug, Serialize, ToSchema)]
struct MatchedLine {
    /// Where it stands in the file, from 1; the header counts.
    line: u64,
    redemption: Uuid,
}

/// A line that is none of them as it stands.
#[derive(Debug, Serialize, ToSchema)]
struct UnmatchedLine {
    /// Where it stands in the file, from 1; the header counts.
    line: u64,
    /// amount_differs, refunded_since, not_ours, outside_range, two_candidates, or twice where another line is the same redemption.
    #[schema(value_type = String, example = "amount_differs")]
    why: Theirs,
    /// The redemption that it is about, if that is known.
    redemption: Option<Uuid>,
}

impl From<Unmatched> for UnmatchedLine {
    fn from(unmatched: Unmatched) -> Self {
        Self {
            line: unmatched.line,
            why: unmatched.why,
            redemption: unmatched.redemption.map(|id| id.0),
        }
    }
}

/// Two lists, one beside the other.
#[derive(Debug, Serialize, ToSchema)]
struct Reconciliation {
    from: Moment,
    until: Moment,
    matched: Vec<MatchedLine>,
    unmatched: Vec<UnmatchedLine>,
    /// Redemptions of that time that the file does not have.
    not_theirs: Vec<Uuid>,
}

/// Reconcile a store's own list of sales
///
/// A CSV or XLSX file of at most 1,000 lines with the columns points (积分), time (时间) and, if there is one, reference (单号): a redemption's id, or the
/// Idempotency-Key under which the caller charged it. Lines without a known reference are matched by points and time. Nothing is stored.
#[utoipa::path(post, path = "/v1/stores/{id}/reconciliations", tag = "settlement", params(("id" = Uuid, Path), Asked),
    request_body(content = String, content_type = "text/csv"),
    responses((status = OK, description = "What matches, and why the rest does not", body = Reconciliation), Changing))]
async fn reconcile(
    State(app): State<App>,
    caller: StoreFacing,
    Path(store): Path<StoreId>,
    Query(asked): Query<Asked>,
    Csv(file): Csv,
) -> Result<Json<Reconciliation>, Problem> {
    must_see(&caller, store)?;
    let minutes = asked.tolerance_minutes.unwrap_or(TOLERANCE_MINUTES);
    if !(0..=MOST_MINUTES).contains(&minutes) {
        let why = format!("tolerance_minutes is 0 to {MOST_MINUTES}");
        return Err(Problem::new(Code::InvalidQuery, why));
    }
    let stretch = Stretch {
        from: asked.from,
        until: asked.until,
        tolerance: minutes * 60,
    };
    let request = caller.request(None);
    let found = app.ledger.reconcile(&request, store, &file, stretch).await;
    let (scope, found) = found.map_err(problem)?;
    let matched = found.matched.into_iter();
    Ok(Json(Reconciliation {
        from: scope.from.into(),
        until: scope.until.into(),
        matched: matched
            .map(|(line, id)| MatchedLine {
                line,
                redemption: id.0,
            })
            .collect(),
        unmatched: found.theirs.into_iter().map(UnmatchedLine::from).collect(),
        not_theirs: found.ours.into_iter().map(|id| id.0).collect(),
    }))
}
