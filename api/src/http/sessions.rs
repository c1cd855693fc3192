//! Logging in and out: two steps, a session, and the list of those one has.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum_extra::extract::CookieJar;
use ledger::community::{Access, Program, Role, Verb, Verbs, Way};
use ledger::ids::{SessionId, StaffId};
use ledger::views::SessionView;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::Moment;
use super::page::{Page, cursor, limit};
use super::staffing::{EndedBody, end_access};
use crate::auth::Caller;
use crate::auth::session::{self, Asking};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::{Code, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(begin, list))
        .routes(routes!(finish))
        .routes(routes!(revoke))
}

/// The first step.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct FirstStep {
    /// The programme's code.
    #[schema(example = "yuhong")]
    program: String,
    #[validate(length(max = 200, message = "has at most 200 characters"))]
    handle: String,
    #[validate(length(max = 1000, message = "has at most 1,000 characters"))]
    password: String,
}

/// What the second step takes.
#[derive(Serialize, ToSchema)]
struct PendingBody {
    /// Good for five minutes. It is no session, and nothing else can be done with it.
    pending: String,
}

/// The programme of this code.
pub async fn program_of(app: &App, code: &str) -> Result<Program, Problem> {
    let programs = app.ledger.programs().await?;
    let program = programs.into_iter().find(|program| program.code == code);
    program.ok_or_else(Problem::not_found)
}

/// Log in: handle and password
///
/// Whether the handle, the password or both were wrong is not told. After five failures at a handle, or twenty from an address, the
/// next try waits a second, then two, four … at most 15 minutes; a day later all is forgotten.
#[utoipa::path(post, path = "/v1/sessions", tag = "access", request_body = FirstStep,
    responses((status = ACCEPTED, description = "Now the code", body = PendingBody), Changing))]
async fn begin(
    State(app): State<App>,
    asking: Asking,
    ValidatedJson(body): ValidatedJson<FirstStep>,
) -> Result<(StatusCode, Json<PendingBody>), Problem> {
    let program = program_of(&app, &body.program).await?.id;
    let checked = app
        .ledger
        .check_password(program, &body.handle, &body.password, asking.address);
    let pending = checked.await?;
    Ok((StatusCode::ACCEPTED, Json(PendingBody { pending })))
}

/// The second step.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct SecondStep {
    /// The programme's code.
    program: String,
    /// As the first step answered.
    #[validate(length(max = 2000, message = "has at most 2,000 characters"))]
    pending: String,
    /// Six digits from the app, or a recovery code. Each works once.
    #[validate(length(max = 100, message = "has at most 100 characters"))]
    code: String,
}

/// A session that was opened.
#[derive(Serialize, ToSchema)]
struct OpenedBody {
    id: Uuid,
    /// To be said in the header X-CSRF-Token by every request that may change something.
    csrf: String,
    #[schema(value_type = String, example = "staff")]
    role: Role,
    /// The staff member or clerk.
    subject: Uuid,
    /// When it ends at the latest.
    ends_at: Moment,
    /// Unused for so many seconds, it ends as well.
    idle_seconds: i64,
}

/// Log in: the code
///
/// The session is in the cookie of the answer. Whatever cookie the request brought stays what it was.
#[utoipa::path(post, path = "/v1/sessions/code", tag = "access", request_body = SecondStep,
    responses((status = CREATED, description = "Logged in", body = OpenedBody), Changing))]
async fn finish(
    State(app): State<App>,
    asking: Asking,
    ValidatedJson(body): ValidatedJson<SecondStep>,
) -> Result<(StatusCode, CookieJar, Json<OpenedBody>), Problem> {
    let program = program_of(&app, &body.program).await?.id;
    let checked = app
        .ledger
        .check_second(program, &body.pending, &body.code, asking.address);
    let known = checked.await?;
    let opened = session::open(&app, program, known, &asking).await?;
    let session = opened.session;
    let told = OpenedBody {
        id: session.id.0,
        csrf: opened.csrf,
        role: session.role,
        subject: session.subject,
        ends_at: session.ends_at.into(),
        idle_seconds: session.idle_seconds,
    };
    let jar = CookieJar::new().add(opened.cookie);
    Ok((StatusCode::CREATED, jar, Json(told)))
}

/// A session, without its secret.
#[derive(Serialize, ToSchema)]
struct SessionBody {
    id: Uuid,
    #[schema(value_type = String, example = "staff")]
    role: Role,
    subject: Uuid,
    /// How they showed who they are: `password`, `recovery`, `sms`, `oidc`, `demo`, or `pin`: a clerk who took over a counter from another. That is
    /// done on the pages alone, and gives no `manage`.
    #[schema(value_type = String, example = "password")]
    way: Way,
    /// What the device calls itself.
    agent: String,
    opened_at: Moment,
    /// When it was last used; a minute may pass before that is known.
    seen_at: Moment,
    /// When it ends, if it is not used again; or ended.
    ends_at: Moment,
    ended_by: Option<Uuid>,
    /// Whether it is the one that asks.
    own: bool,
}

fn told(session: SessionView, own: Option<SessionId>) -> SessionBody {
    SessionBody {
        own: own == Some(session.id),
        id: session.id.0,
        role: session.role,
        subject: session.subject,
        way: session.way,
        agent: session.agent,
        opened_at: session.opened_at.into(),
        seen_at: session.seen_at.into(),
        ends_at: session.ends_at.into(),
        ended_by: session.ended_by.map(|id| id.0),
    }
}

/// Whose sessions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Whose {
    /// A staff member, clerk or member, for administrators; those of a node see its staff. Oneself if not said.
    subject: Option<Uuid>,
    /// How many, 1 to 200.
    limit: Option<i64>,
    /// `next_cursor` of the page before.
    cursor: Option<String>,
}

/// Somebody's own sessions are theirs; anybody's are an administrator's of the whole programme, those of staff below a node its
/// administrator's.
async fn must_be_theirs(app: &App, caller: &Caller, subject: Uuid) -> Result<(), Problem> {
    if caller.actor.id.0 == subject {
        return Ok(());
    }
    let administrator = caller.asking(Verbs::of(&[Verb::People]));
    let administrator = administrator.ok_or_else(Problem::not_found)?;
    administrator.must_reach_staff(app, StaffId(subject)).await
}

/// One's sessions, those that ended in the last 30 days among them
#[utoipa::path(get, path = "/v1/sessions", tag = "access", params(Whose),
    responses((status = OK, description = "As it stands", body = Page<SessionBody>), Reading))]
async fn list(
    State(app): State<App>,
    caller: Caller,
    Query(query): Query<Whose>,
) -> Result<Json<Page<SessionBody>>, Problem> {
    let limit = limit(query.limit)?;
    let after: Uuid = cursor(query.cursor.as_deref())?.unwrap_or_default();
    let subject = query.subject.unwrap_or(caller.actor.id.0);
    must_be_theirs(&app, &caller, subject).await?;
    let sessions = app
        .ledger
        .sessions_of(caller.program, subject, SessionId(after), limit + 1);
    let sessions = sessions.await?.into_iter();
    let sessions: Vec<SessionBody> = sessions.map(|of| told(of, caller.session)).collect();
    Ok(Json(Page::of(sessions, limit, |session| session.id)))
}

/// End a session at once: log out, or have another device forget
///
/// The process that answers refuses it from then on, others within five seconds.
#[utoipa::path(post, path = "/v1/sessions/{id}/revoke", tag = "access",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It took effect", body = EndedBody), Changing))]
async fn revoke(
    State(app): State<App>,
    caller: Caller,
    key: Option<IdempotencyKey>,
    Path(id): Path<SessionId>,
) -> Result<Json<EndedBody>, Problem> {
    let session = app.ledger.session(caller.program, id).await?;
    let session = session.ok_or_else(Problem::not_found)?;
    must_be_theirs(&app, &caller, session.subject).await?;
    end_access(&app, &caller, key, Access::Session(id)).await
}

/// The session of a caller who changes what they log in with: a key does not.
pub fn own_session(caller: &Caller) -> Result<SessionId, Problem> {
    let why = "log in: a key does not change what somebody logs in with";
    caller
        .session
        .ok_or_else(|| Problem::new(Code::Forbidden, why))
}
