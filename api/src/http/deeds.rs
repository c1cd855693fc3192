//! Deeds on record, and what came of the awards they asked for.

use axum::Json;
use axum::extract::State;
use ledger::clock::Timestamp;
use ledger::ids::{AwardId, DeedId, MemberId, ProgramId};
use ledger::machine::deeds::{
    Answer, Claim, DeedBody, DeedState, EndedBy, Mark, Shift, WhyNot, explain_why_not,
};
use ledger::machine::{AwardState, Command, Outcome, Receipt};
use ledger::policy::Language;
use ledger::views::Due;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::activities::PlaceInList;
use super::docs::{Changing, Reading};
use super::model::{Amount, Moment, unexpected};
use super::page::{Page, PageQuery, cursor, limit};
use crate::auth::{Awarder, Caller, MemberFacing};
use crate::extract::{IdempotencyKey, Path, Query};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(of_member))
        .routes(routes!(get))
        .routes(routes!(ask_again))
}

/// A check-in or check-out.
#[derive(Debug, Serialize, ToSchema)]
struct MarkView {
    at: Moment,
    /// `code`, `fence`, `staff`, `backfill` (entered afterwards) or `rule` (the activity's, for who never checked out).
    #[schema(value_type = String, example = "code")]
    by: ledger::machine::deeds::ProofKind,
}

impl From<Mark> for MarkView {
    fn from(mark: Mark) -> Self {
        Self {
            at: mark.at.into(),
            by: mark.by,
        }
    }
}

/// Why a deed has no award.
#[derive(Debug, Serialize, ToSchema)]
pub struct WhyNotView {
    /// A stable code.
    #[schema(example = "time_counted")]
    code: String,
    /// In Chinese, in sentences.
    zh: Vec<String>,
    /// In English.
    en: Vec<String>,
}

impl WhyNotView {
    pub fn of(kind: &str, why: &WhyNot) -> Self {
        Self {
            code: why.code(),
            zh: explain_why_not(kind, why, Language::Zh),
            en: explain_why_not(kind, why, Language::En),
        }
    }
}

/// A deed, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeedView {
    id: Uuid,
    member: Uuid,
    #[schema(value_type = String, example = "done")]
    state: DeedState,
    /// When it began or is to begin.
    began_at: Moment,
    ended_at: Option<Moment>,
    #[serde(flatten)]
    what: What,
    /// Whether its award is asked for and not answered yet.
    asks: bool,
    award: Option<Uuid>,
    why_not: Option<WhyNotView>,
}

/// What is known of a deed, by what it is.
#[derive(Debug, Serialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum What {
    Attendance(AttendanceView),
    HazardReport {
        /// Which: see `/v1/hazards`.
        hazard: Uuid,
    },
    #[serde(rename = "patrol_shift")]
    Shift(ShiftView),
    /// What a member does for an order.
    RequestFulfilled(ClaimView),
    Exceptional(ExceptionalView),
}

/// A part in an order.
#[derive(Debug, Serialize, ToSchema)]
struct ClaimView {
    order: Uuid,
    team: Option<String>,
    /// When they said that it was done.
    reported_at: Option<Moment>,
    minutes: Option<i64>,
    people_served: Option<i64>,
    confirmed_at: Option<Moment>,
    /// Whether the resident did; else staff.
    confirmed_by_resident: bool,
    /// Why it was not confirmed.
    #[schema(value_type = Option<String>)]
    refused: Option<ledger::machine::award::Reason>,
}

/// What nobody could have planned.
#[derive(Debug, Serialize, ToSchema)]
struct ExceptionalView {
    #[schema(example = "firefighting")]
    category: String,
    proposed_by: Uuid,
    /// Who looked into it.
    decided_by: Option<Uuid>,
    /// Why it was turned down.
    #[schema(value_type = Option<String>)]
    refused: Option<ledger::machine::award::Reason>,
}

impl From<Claim> for ClaimView {
    fn from(claim: Claim) -> Self {
        let reported = claim.reported;
        let confirmed = claim.confirmed;
        Self {
            order: claim.order.0,
            team: claim.team,
            reported_at: reported.map(|reported| reported.at.into()),
            minutes: reported.and_then(|reported| reported.minutes),
            people_served: reported.and_then(|reported| reported.people),
            confirmed_at: confirmed.map(|confirmed| confirmed.at.into()),
            confirmed_by_resident: confirmed.is_some_and(|confirmed| confirmed.by_resident),
            refused: claim.refused,
        }
    }
}

/// A part in an activity.
#[derive(Debug, Serialize, ToSchema)]
struct AttendanceView {
    activity: Uuid,
    /// Which slot of it, counted from 0.
    slot: u32,
    checked_in: Option<MarkView>,
    checked_out: Option<MarkView>,
    /// What counts of it.
    minutes: Option<i64>,
}

/// A patrol of a cell. Of where somebody was it says how many places.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShiftView {
    #[schema(example = "YH-0312")]
    grid: String,
    /// What the device calls it.
    shift: Uuid,
    /// When it is over at the latest.
    ends_by: Moment,
    /// How many places were said, its beginning included.
    waypoints: u32,
    /// How many of them count, by what has arrived so far.
    points: u32,
    /// When somebody came to the last one that counts.
    last_at: Moment,
    /// Whether some of it arrived more than two hours late.
    late: bool,
    /// `member`, `staff`, or `rule` where nobody did.
    #[schema(value_type = Option<String>, example = "member")]
    ended_by: Option<EndedBy>,
    /// What counts of it.
    minutes: Option<i64>,
}

impl ShiftView {
    /// What a deed is, if it is a shift.
    pub fn of(body: &DeedBody) -> Option<Self> {
        match body {
            DeedBody::Shift(shift) => Some(shift.clone().into()),
            _ => None,
        }
    }
}

impl From<Shift> for ShiftView {
    fn from(shift: Shift) -> Self {
        Self {
            grid: shift.grid,
            shift: shift.shift,
            ends_by: shift.ends_by.into(),
            waypoints: shift.waypoints,
            points: shift.points,
            last_at: shift.last_at.into(),
            late: shift.late,
            ended_by: shift.ended_by,
            minutes: shift.minutes,
        }
    }
}

impl From<DeedBody> for What {
    fn from(body: DeedBody) -> Self {
        match body {
            DeedBody::Attendance(attendance) => Self::Attendance(AttendanceView {
                activity: attendance.activity.0,
                slot: attendance.slot,
                checked_in: attendance.checked_in.map(Into::into),
                checked_out: attendance.checked_out.map(Into::into),
                minutes: attendance.minutes,
            }),
            DeedBody::HazardReport { hazard } => Self::HazardReport { hazard: hazard.0 },
            DeedBody::Shift(shift) => Self::Shift(shift.into()),
            DeedBody::Order(claim) => Self::RequestFulfilled(claim.into()),
            DeedBody::Exceptional(deed) => Self::Exceptional(ExceptionalView {
                category: deed.category,
                proposed_by: deed.proposed_by.id.0,
                decided_by: deed.decided_by.map(|id| id.0),
                refused: deed.refused,
            }),
        }
    }
}

impl From<ledger::views::DeedView> for DeedView {
    fn from(deed: ledger::views::DeedView) -> Self {
        let (award, why_not) = answered(deed.record.body.kind(), deed.answer.as_ref());
        Self {
            id: deed.record.id.0,
            member: deed.record.member.0,
            state: deed.record.state,
            began_at: deed.record.began_at.into(),
            ended_at: deed.record.ended_at.map(Into::into),
            what: deed.record.body.into(),
            asks: deed.asked && deed.answer.is_none(),
            award,
            why_not,
        }
    }
}

pub fn answered(kind: &str, answer: Option<&Answer>) -> (Option<Uuid>, Option<WhyNotView>) {
    match answer {
        None => (None, None),
        Some(Answer::Awarded(award)) => (Some(award.0), None),
        Some(Answer::Refused(why)) => (None, Some(WhyNotView::of(kind, why))),
    }
}

/// A deed came a step further.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeedReceipt {
    deed: Uuid,
    member: Uuid,
    #[schema(value_type = String, example = "done")]
    state: DeedState,
    recorded_at: Moment,
    #[serde(flatten)]
    came: Came,
}

/// What came of the award that a step asks for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Came {
    /// Whether the award is asked for and could not be submitted at once: it will be, by itself.
    asks: bool,
    award: Option<Uuid>,
    #[schema(value_type = Option<String>, example = "vested")]
    award_state: Option<AwardState>,
    /// What it is worth, after caps.
    points: Option<Amount>,
    why_not: Option<WhyNotView>,
}

impl Came {
    /// Of a deed of this kind.
    pub async fn of(
        app: &App,
        program: ProgramId,
        (kind, asks): (&str, bool),
        answer: Option<&Answer>,
    ) -> Result<Self, Problem> {
        let (award, why_not) = answered(kind, answer);
        let found = match award {
            Some(award) => app.ledger.award(program, AwardId(award)).await?,
            None => None,
        };
        Ok(Self {
            asks: asks && answer.is_none(),
            award,
            award_state: found.as_ref().map(|award| award.state),
            points: found.map(|award| award.points.into()),
            why_not,
        })
    }
}

impl DeedReceipt {
    /// Of which deed.
    pub const fn id(&self) -> DeedId {
        DeedId(self.deed)
    }
}

/// What is answered to a step.
pub async fn receipt(
    app: &App,
    program: ProgramId,
    receipt: Receipt,
    answer: Option<Answer>,
) -> Result<DeedReceipt, Problem> {
    let Outcome::Deed {
        deed,
        member,
        state,
        asks,
    } = receipt.outcome
    else {
        return Err(unexpected(&receipt.outcome));
    };
    let asks = asks && answer.is_none();
    let (kind, answer) = match answer {
        Some(Answer::Awarded(_)) => ("", answer),
        // A repetition is told what came of it since; a first answer is told what was refused at once.
        _ if state == DeedState::Done && !asks => {
            let view = app.ledger.deed(program, deed).await?;
            view.map_or(("", None), |view| (view.record.body.kind(), view.answer))
        }
        _ => ("", None),
    };
    Ok(DeedReceipt {
        deed: deed.0,
        member: member.0,
        state,
        recorded_at: receipt.recorded_at.into(),
        came: Came::of(app, program, (kind, asks), answer.as_ref()).await?,
    })
}

/// Takes a deed a step further in the caller's name.
pub(super) async fn executed(
    app: &App,
    caller: &Caller,
    key: IdempotencyKey,
    command: Command,
) -> Result<Json<DeedReceipt>, Problem> {
    let request = caller.request(Some(key));
    let (done, answer) = app.execute_deed(&request, command).await?;
    receipt(app, caller.program, done, answer).await.map(Json)
}

/// A member's deeds
///
/// The newest first: what they promised, began and did, and what came of it.
#[utoipa::path(get, path = "/v1/members/{id}/deeds", tag = "members", params(("id" = Uuid, Path), PageQuery),
    responses((status = OK, description = "A page of them", body = Page<DeedView>), Reading))]
async fn of_member(
    State(app): State<App>,
    caller: MemberFacing,
    Path(id): Path<Uuid>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<DeedView>>, Problem> {
    let member = MemberId(id);
    caller.must_see_member(&app, member).await?;
    let limit = limit(query.limit)?;
    let before = match cursor::<PlaceInList>(query.cursor.as_deref())? {
        Some(PlaceInList(place)) => place,
        None => Due {
            since: Timestamp::from_micros(i64::MAX),
            id: Uuid::max(),
        },
    };
    let deeds = app
        .ledger
        .deeds_of(caller.program, member, before, limit + 1);
    Ok(Json(Page::of(
        deeds.await?,
        limit,
        |deed: &ledger::views::DeedView| {
            PlaceInList(Due {
                since: deed.record.began_at,
                id: deed.record.id.0,
            })
        },
    )))
}

/// The deed, and that this caller may know of its member.
pub(super) async fn seen(
    app: &App,
    caller: &Caller,
    deed: DeedId,
) -> Result<ledger::views::DeedView, Problem> {
    let view = app.ledger.deed(caller.program, deed).await?;
    let view = view.ok_or_else(Problem::not_found)?;
    caller.must_see_member(app, view.record.member).await?;
    Ok(view)
}

/// One deed
#[utoipa::path(get, path = "/v1/deeds/{id}", tag = "deeds", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As far as it got", body = DeedView), Reading))]
async fn get(
    State(app): State<App>,
    caller: MemberFacing,
    Path(id): Path<Uuid>,
) -> Result<Json<DeedView>, Problem> {
    let view = seen(&app, &caller, DeedId(id)).await?;
    Ok(Json(view.into()))
}

/// Ask for a deed's award once more
///
/// Where it was refused: a cap may have room by now, a budget money. It is asked for in the name of this caller.
#[utoipa::path(post, path = "/v1/deeds/{id}/ask-again", tag = "deeds",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "What came of it", body = DeedReceipt), Changing))]
async fn ask_again(
    State(app): State<App>,
    staff: Awarder,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
) -> Result<Json<DeedReceipt>, Problem> {
    let deed = DeedId(id);
    seen(&app, &staff, deed).await?;
    executed(&app, &staff, key, Command::AskAgain { deed }).await
}
