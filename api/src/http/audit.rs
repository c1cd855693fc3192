//! The audit trail: who changed what, when, by what, from where and why.

use axum::Json;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::export::trail::Form;
use ledger::ids::{ActorId, CommandId, ProgramId};
use ledger::views::{Change, TrailFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::docs::Reading;
use super::model::Moment;
use super::page::{Page, cursor, limit};
use crate::auth::Books;
use crate::extract::Query;
use crate::problem::Problem;
use crate::state::App;

/// How many changes of an export are read at a time.
const PIECE: i64 = 1_000;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(changes))
        .routes(routes!(export))
}

/// A change: an event of the ledger, and where it came from.
#[derive(Debug, Serialize, ToSchema)]
struct ChangeView {
    /// The command; also its transfer, where points moved.
    id: Uuid,
    at: Moment,
    #[schema(example = "award.approve")]
    operation: String,
    /// What it is about.
    subject: Uuid,
    /// Who: a staff member, member or store, or a key that speaks for itself. Null in what is older than this record.
    actor: Option<Uuid>,
    /// As what they acted.
    #[schema(example = "staff")]
    role: Option<String>,
    /// By what: `key`, `session`, `demo`, `cli`, or `job` and its name.
    #[schema(example = "key")]
    via: Option<String>,
    /// Which key or session.
    via_id: Option<Uuid>,
    /// From which address; forgotten after a while.
    #[schema(example = "203.0.113.7")]
    address: Option<String>,
    /// Why, where it has to be said: an objection's ground, the purpose of a look at what is held about a member.
    #[schema(example = "mistake")]
    reason: Option<String>,
    /// What came of it: ids and amounts, nothing personal.
    #[schema(value_type = Object)]
    outcome: serde_json::Value,
}

impl From<Change> for ChangeView {
    fn from(change: Change) -> Self {
        let outcome = change.outcome();
        Self {
            id: change.id.0,
            at: change.at.into(),
            operation: change.operation,
            subject: change.subject,
            actor: change.actor.map(|id| id.0),
            role: change.role,
            via: change.via,
            via_id: change.via_id,
            address: change.address,
            reason: change.reason,
            outcome,
        }
    }
}

/// Which changes.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ChangesQuery {
    /// By whom
    actor: Option<Uuid>,
    /// Of what: an award, member, redemption, budget, store, key …
    object: Option<Uuid>,
    /// Which operation, such as `award.approve` or `personal.reveal`
    operation: Option<String>,
    /// Recorded from this moment on
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Recorded before this moment
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
    /// `next_cursor` of the page before; the first page needs none
    cursor: Option<String>,
    /// How many at most, 1 to 200; 50 if not said
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// What was changed, newest first
///
/// So many changes are looked through for a page that one which fits few may hold less than was asked for, or nothing, and have a next page all the
/// same. Looks of staff at what is held about members are among them, as `personal.reveal`.
#[utoipa::path(get, path = "/v1/audit", tag = "audit", params(ChangesQuery),
    responses((status = OK, description = "As it stands", body = Page<ChangeView>), Reading))]
async fn changes(
    State(app): State<App>,
    caller: Books,
    Query(query): Query<ChangesQuery>,
) -> Result<Json<Page<ChangeView>>, Problem> {
    let filter = TrailFilter {
        actor: query.actor.map(ActorId),
        object: query.object,
        operation: query.operation,
        from: query.from,
        until: query.to,
        before: cursor::<CommandId>(query.cursor.as_deref())?,
        limit: limit(query.limit)?,
    };
    let page = app.ledger.trail(caller.program, &filter).await?;
    let changes = page.changes.into_iter().map(ChangeView::from);
    Ok(Json(Page::new(changes.collect(), page.next)))
}

/// In which form.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
enum Format {
    /// RFC 4180, with a line of names first.
    #[default]
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// Which changes, and in which form.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ExportQuery {
    /// csv if not said, or jsonl
    #[param(inline)]
    format: Option<Format>,
    /// By whom
    actor: Option<Uuid>,
    /// Of what: an award, member, redemption, budget, store, key …
    object: Option<Uuid>,
    /// Which operation, such as `award.approve` or `personal.reveal`
    operation: Option<String>,
    /// Recorded from this moment on
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Recorded before this moment
    #[param(value_type = Option<String>, format = DateTime)]
    to: Option<Timestamp>,
}

/// The same as a file, newest first
///
/// It is sent as it is read; a connection that ends without the last chunk is an export that is not whole.
#[utoipa::path(get, path = "/v1/audit/export", tag = "audit", params(ExportQuery),
    responses((status = OK, description = "As it stands", body = String, content_type = "text/csv"), Reading))]
async fn export(
    State(app): State<App>,
    caller: Books,
    Query(query): Query<ExportQuery>,
) -> Result<Response, Problem> {
    let filter = TrailFilter {
        actor: query.actor.map(ActorId),
        object: query.object,
        operation: query.operation,
        from: query.from,
        until: query.to,
        before: None,
        limit: PIECE,
    };
    let (form, kind, name) = match query.format.unwrap_or_default() {
        Format::Csv => (Form::Csv, "text/csv; charset=utf-8", "audit.csv"),
        Format::Jsonl => (Form::JsonLines, "application/jsonl", "audit.jsonl"),
    };
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
    ];
    Ok((headers, pieces(app, caller.program, filter, form)).into_response())
}

/// A piece at a time, the next one once the caller has taken the one before.
fn pieces(app: App, program: ProgramId, filter: TrailFilter, form: Form) -> Body {
    let head = Some((Some(filter), form.head()));
    Body::from_stream(stream::try_unfold(head, move |at| {
        let app = app.clone();
        async move {
            let Some((filter, bytes)) = at else {
                return Ok(None);
            };
            let next = match filter {
                None => None,
                Some(filter) => Some(piece(&app, program, filter, form).await?),
            };
            Ok::<_, PieceError>(Some((Bytes::from(bytes), next)))
        }
    }))
}

/// What is still to be read, and what was.
type Piece = (Option<TrailFilter>, Vec<u8>);

/// Why an export ends before its end.
#[derive(Debug, thiserror::Error)]
enum PieceError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Form(#[from] std::io::Error),
}

async fn piece(
    app: &App,
    program: ProgramId,
    mut filter: TrailFilter,
    form: Form,
) -> Result<Piece, PieceError> {
    let page = app
        .ledger
        .trail(program, &filter)
        .await
        .inspect_err(|error| {
            tracing::warn!(%error, "an export of the audit trail broke off");
        })?;
    filter.before = page.next;
    let rest = page.next.is_some().then_some(filter);
    Ok((rest, form.lines(&page.changes)?))
}
