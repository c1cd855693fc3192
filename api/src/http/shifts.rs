//! Shifts: begun in a cell, gone on with from place to place, ended; one step at a time, or those that a device kept.

use axum::Json;
use axum::extract::State;
use ledger::Request;
use ledger::clock::Timestamp;
use ledger::ids::{DeedId, MemberId};
use ledger::machine::Command;
use ledger::machine::deeds::PatrolCommand;
use ledger::views::Due;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::activities::PlaceInList;
use super::awards::PositionBody;
use super::deeds::{DeedReceipt, DeedView, ShiftView, receipt};
use super::docs::{Changing, Reading};
use super::model::Moment;
use super::page::{Page, PageQuery, cursor, limit};
use crate::auth::{Awarder, Caller, Participant};
use crate::extract::{IdempotencyKey, Line, Lines, Path, Query, ValidatedJson};
use crate::patrolling::{Step, StepKind};
use crate::problem::{Code, Details, FieldError, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, start))
        .routes(routes!(steps))
        .routes(routes!(waypoint))
        .routes(routes!(end))
        .routes(routes!(void))
}

/// A shift that begins.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct StartShift {
    /// Whose; members say nothing, it is theirs.
    member: Option<Uuid>,
    /// What the device calls it: a UUID of its own, by which it sends what it kept offline.
    shift: Uuid,
    /// In which cell; in the one that the position lies in, if not said.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    grid: Option<String>,
    /// When, by the device; now, if not said.
    at: Option<Moment>,
    /// Where: the first place. Kept until the shift has ended.
    #[validate(nested)]
    position: PositionBody,
}

/// Somebody is somewhere.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Here {
    /// When, by the device; now, if not said. What was kept while there was no network may come up to 24 hours late.
    at: Option<Moment>,
    /// Where. Kept until the shift has ended.
    #[validate(nested)]
    position: PositionBody,
}

/// Somebody has done.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Gone {
    /// When, by the device; now, if not said.
    at: Option<Moment>,
    /// Where: one more place, if it is in the cell.
    #[validate(nested)]
    position: Option<PositionBody>,
}

/// A shift came a step further.
#[derive(Debug, Serialize, ToSchema)]
struct ShiftReceipt {
    #[serde(flatten)]
    deed: DeedReceipt,
    /// As it stands now.
    shift: Option<ShiftView>,
}

async fn executed(app: &App, request: &Request, command: Command) -> Result<ShiftReceipt, Problem> {
    let (done, answer) = app.execute_deed(request, command).await?;
    let deed = receipt(app, request.program, done, answer).await?;
    let view = app.ledger.deed(request.program, deed.id()).await?;
    Ok(ShiftReceipt {
        shift: view.and_then(|view| ShiftView::of(&view.record.body)),
        deed,
    })
}

/// Who acts: a member themselves, or whom staff name and reach.
async fn whose(app: &App, caller: &Caller, member: Option<Uuid>) -> Result<MemberId, Problem> {
    let own = caller.actor.member.filter(|_| caller.is_member());
    let Some(member) = member.map(MemberId).or(own) else {
        let error = FieldError::new("/member", "required", "say whose shift it is");
        return Err(Problem::new(Code::InvalidBody, "a member is needed").with_errors(vec![error]));
    };
    caller.must_see_member(app, member).await?;
    Ok(member)
}

/// A shift of a member whom this caller sees.
async fn seen(app: &App, caller: &Caller, deed: DeedId) -> Result<DeedId, Problem> {
    let view = app.ledger.deed(caller.program, deed).await?;
    let view = view.ok_or_else(Problem::not_found)?;
    caller.must_see_member(app, view.record.member).await?;
    Ok(deed)
}

fn at(app: &App, said: Option<Moment>) -> Timestamp {
    said.map_or_else(|| app.ledger.clock().now(), |at| at.0)
}

fn place(body: PositionBody) -> Result<ledger::policy::Position, Problem> {
    let missing = || Problem::new(Code::InvalidBody, "the position is no place");
    body.position().ok_or_else(missing)
}

/// Begin a shift
///
/// In a cell, at its first place. Nobody is on two shifts at once.
#[utoipa::path(post, path = "/v1/shifts", tag = "patrols", request_body = StartShift,
    params(("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "It has begun", body = ShiftReceipt), Changing))]
async fn start(
    State(app): State<App>,
    caller: Participant,
    key: IdempotencyKey,
    ValidatedJson(body): ValidatedJson<StartShift>,
) -> Result<Json<ShiftReceipt>, Problem> {
    let member = whose(&app, &caller, body.member).await?;
    let step = Step::Start(body.grid, place(body.position)?);
    let named = (body.shift, at(&app, body.at));
    let command = step.command(&app, caller.program, member, named).await??;
    let done = executed(&app, &caller.request(Some(key)), command).await?;
    Ok(Json(done))
}

/// Be somewhere on a shift
///
/// Counts where it is far enough from every earlier place and not too soon after the last: `shift.points` says how many do.
#[utoipa::path(post, path = "/v1/shifts/{id}/waypoints", tag = "patrols", request_body = Here,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "It is noted", body = ShiftReceipt), Changing))]
async fn waypoint(
    State(app): State<App>,
    caller: Participant,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<Here>,
) -> Result<Json<ShiftReceipt>, Problem> {
    let command = PatrolCommand::Waypoint {
        deed: seen(&app, &caller, DeedId(id)).await?,
        at: at(&app, body.at),
        position: place(body.position)?,
    };
    let command = Command::Patrol(Box::new(command));
    let done = executed(&app, &caller.request(Some(key)), command).await?;
    Ok(Json(done))
}

/// End a shift
///
/// Where somebody was is deleted with it. The award is asked for at once; `award` or `why_not` says what came of it. What staff end counts up to
/// the last place, and so does what nobody ends, a day after it was over at the latest.
#[utoipa::path(post, path = "/v1/shifts/{id}/end", tag = "patrols", request_body = Gone,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "It has ended", body = ShiftReceipt), Changing))]
async fn end(
    State(app): State<App>,
    caller: Participant,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<Gone>,
) -> Result<Json<ShiftReceipt>, Problem> {
    let command = PatrolCommand::End {
        deed: seen(&app, &caller, DeedId(id)).await?,
        at: at(&app, body.at),
        position: body.position.map(place).transpose()?,
    };
    let command = Command::Patrol(Box::new(command));
    let done = executed(&app, &caller.request(Some(key)), command).await?;
    Ok(Json(done))
}

/// Let nothing come of a shift
///
/// As long as it has not ended. Where somebody was is deleted.
#[utoipa::path(post, path = "/v1/shifts/{id}/void", tag = "patrols",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "Nothing comes of it", body = ShiftReceipt), Changing))]
async fn void(
    State(app): State<App>,
    staff: Awarder,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
) -> Result<Json<ShiftReceipt>, Problem> {
    let deed = seen(&app, &staff, DeedId(id)).await?;
    let command = Command::Patrol(Box::new(PatrolCommand::Void { deed }));
    let done = executed(&app, &staff.request(Some(key)), command).await?;
    Ok(Json(done))
}

/// A step that a device kept.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct KeptStep {
    step: StepKind,
    /// Whose; members say nothing, it is theirs.
    member: Option<Uuid>,
    /// What the device calls the shift.
    shift: Uuid,
    /// In which cell it begins; in the one that the position lies in, if not said.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    grid: Option<String>,
    /// When, by the device: up to 24 hours ago.
    at: Moment,
    /// Where; only the end needs none.
    #[validate(nested)]
    position: Option<PositionBody>,
}

/// What came of the steps.
#[derive(Debug, Serialize, ToSchema)]
struct StepsAnswer {
    /// How many are on record.
    accepted: usize,
    /// How many are not.
    refused: usize,
    /// One for each step, in the order sent.
    results: Vec<StepAnswer>,
}

/// What came of a step.
#[derive(Debug, Serialize, ToSchema)]
struct StepAnswer {
    /// Its place in the list, from 1.
    line: usize,
    /// What the step would have been answered by itself: 200, or the problem's status.
    #[schema(example = 200)]
    status: u16,
    /// The receipt, if it is on record.
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<ShiftReceipt>,
    /// Why not, otherwise. Its `errors` point into the whole body, as in `/0/position`.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Details>,
}

impl StepAnswer {
    fn of(line: usize, outcome: Result<ShiftReceipt, Problem>) -> Self {
        match outcome {
            Ok(receipt) => Self {
                line,
                status: 200,
                receipt: Some(receipt),
                problem: None,
            },
            Err(mut problem) => {
                if let Some(cause) = problem.take_cause() {
                    tracing::error!(error = cause, line, "a step of a shift failed");
                }
                let details = problem.details();
                Self {
                    line,
                    status: details.status(),
                    receipt: None,
                    problem: Some(details),
                }
            }
        }
    }
}

/// Send the steps that a device kept
///
/// One after the other, each for itself: one that is turned down does not hold up the others. A step is known by its shift, kind and moment, and sent
/// again, in whatever list, it has no second effect and the same answer, save that what could not be worked on (status 409 `in_progress`,
/// 500, 503) or is of a shift that is not on record is tried again. What comes more than two hours late is marked for the policy (evidence `backfill`).
#[utoipa::path(post, path = "/v1/shifts/steps", tag = "patrols", request_body = Vec<KeptStep>,
    responses((status = OK, description = "What came of each step", body = StepsAnswer), Changing))]
async fn steps(
    State(app): State<App>,
    caller: Participant,
    Lines(lines): Lines<KeptStep>,
) -> Json<StepsAnswer> {
    let mut results = Vec::with_capacity(lines.len());
    for (index, line) in lines.into_iter().enumerate() {
        let outcome = taken(&app, &caller, index, line).await;
        results.push(StepAnswer::of(index + 1, outcome));
    }
    let accepted = results
        .iter()
        .filter(|result| result.receipt.is_some())
        .count();
    Json(StepsAnswer {
        accepted,
        refused: results.len() - accepted,
        results,
    })
}

async fn taken(
    app: &App,
    caller: &Participant,
    index: usize,
    line: Line<KeptStep>,
) -> Result<ShiftReceipt, Problem> {
    let kept = line?;
    let member = whose(app, caller, kept.member).await?;
    let position = kept.position.map(place).transpose()?;
    let Some(step) = Step::of(kept.step, kept.grid, position) else {
        let pointer = format!("/{index}/position");
        let error = FieldError::new(pointer, "required", "say where it was");
        return Err(
            Problem::new(Code::InvalidBody, "a position is needed").with_errors(vec![error])
        );
    };
    let (shift, at) = (kept.shift, kept.at.0);
    // What is refused is refused for good, and what it belongs to may be on its way.
    if kept.step != StepKind::Start {
        let known = app.ledger.shift_of(caller.program, member, shift).await?;
        let known = known.ok_or_else(Problem::not_found)?;
        caller.must_see_member(app, known.record.member).await?;
    }
    let request = caller.request(Some(step.key(shift, at)));
    let command = step.command(app, caller.program, member, (shift, at));
    executed(app, &request, command.await??).await
}

/// Shifts under way and of late
///
/// The newest first, of the members whom the caller sees. Of where they were nothing is told but how many places count.
#[utoipa::path(get, path = "/v1/shifts", tag = "patrols", params(PageQuery),
    responses((status = OK, description = "A page of them", body = Page<DeedView>), Reading))]
async fn list(
    State(app): State<App>,
    staff: Awarder,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<DeedView>>, Problem> {
    let limit = limit(query.limit)?;
    let before = match cursor::<PlaceInList>(query.cursor.as_deref())? {
        Some(PlaceInList(place)) => place,
        None => Due {
            since: Timestamp::from_micros(i64::MAX),
            id: Uuid::max(),
        },
    };
    let shifts = staff.shifts(&app, before, limit + 1).await?;
    Ok(Json(Page::of(
        shifts,
        limit,
        |deed: &ledger::views::DeedView| {
            PlaceInList(Due {
                since: deed.record.began_at,
                id: deed.record.id.0,
            })
        },
    )))
}
