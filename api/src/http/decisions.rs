//! What people decide about an award, and what is answered.

use axum::Json;
use axum::extract::State;
use ledger::ids::{AttachmentId, AwardId};
use ledger::machine::award::contest::Finding;
use ledger::machine::{AwardState, Command, Outcome, Reason, Receipt};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::{Validate, ValidationError};

use super::docs::Changing;
use super::model::{Amount, Moment, transfer_of, unexpected};
use crate::auth::{Approver, Awarder, Objector};
use crate::extract::{IdempotencyKey, Path, ValidatedJson};
use crate::problem::{Code, FieldError, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(approve))
        .routes(routes!(reject))
        .routes(routes!(withdraw))
        .routes(routes!(object))
        .routes(routes!(review))
        .routes(routes!(appeal))
        .routes(routes!(reverse))
}

/// What came of an award.
#[derive(Debug, Serialize, ToSchema)]
pub struct AwardReceipt {
    /// The award.
    pub id: Uuid,
    member: Uuid,
    #[schema(value_type = String, example = "vested")]
    state: AwardState,
    /// What it is worth after caps.
    points: Amount,
    /// What of it went to an earlier debt.
    recovered: Amount,
    expires_at: Option<Moment>,
    /// When its public notice closes, once it has begun.
    notice_until: Option<Moment>,
    /// The transfer, if points moved.
    transfer: Option<Uuid>,
    recorded_at: Moment,
}

impl TryFrom<Receipt> for AwardReceipt {
    type Error = Problem;

    fn try_from(receipt: Receipt) -> Result<Self, Problem> {
        let Outcome::Award {
            award,
            member,
            state,
            points,
            recovered,
            expires_at,
            notice_until,
        } = receipt.outcome
        else {
            return Err(unexpected(&receipt.outcome));
        };
        Ok(Self {
            id: award.0,
            member: member.0,
            state,
            points: points.into(),
            recovered: recovered.into(),
            expires_at: expires_at.map(Moment),
            notice_until: notice_until.map(Moment),
            transfer: transfer_of(&receipt),
            recorded_at: receipt.recorded_at.into(),
        })
    }
}

/// What came of undoing an award.
#[derive(Debug, Serialize, ToSchema)]
struct ReversalReceipt {
    /// The award.
    id: Uuid,
    member: Uuid,
    /// What was left of its lot and went back to the budget.
    returned: Amount,
    /// What had been spent and is owed now.
    owed: Amount,
    /// What had been spent beyond the policy's debt cap: recorded, not owed.
    excess: Amount,
    /// The transfer, if points moved.
    transfer: Option<Uuid>,
    recorded_at: Moment,
}

impl TryFrom<Receipt> for ReversalReceipt {
    type Error = Problem;

    fn try_from(receipt: Receipt) -> Result<Self, Problem> {
        let Outcome::Reversal {
            award,
            member,
            returned,
            owed,
            excess,
        } = receipt.outcome
        else {
            return Err(unexpected(&receipt.outcome));
        };
        Ok(Self {
            id: award.0,
            member: member.0,
            returned: returned.into(),
            owed: owed.into(),
            excess: excess.into(),
            transfer: transfer_of(&receipt),
            recorded_at: receipt.recorded_at.into(),
        })
    }
}

/// Why an award is rejected or reversed. A code, because the record holds no free text.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReasonBody {
    /// `not_as_claimed`, `evidence`, `duplicate` or `mistake`.
    #[validate(custom(function = given))]
    #[schema(value_type = String, example = "mistake")]
    reason: Reason,
}

/// Some reasons are the ledger's to find.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the validator passes fields so"
)]
pub fn given(reason: &Reason) -> Result<(), ValidationError> {
    if reason.is_given() {
        return Ok(());
    }
    let expected =
        "is not for people to give: expected not_as_claimed, evidence, duplicate or mistake";
    Err(ValidationError::new("reason").with_message(expected.into()))
}

/// Approve an award
///
/// By somebody who neither submitted it nor benefits from it.
#[utoipa::path(post, path = "/v1/awards/{id}/approve", tag = "awards", params(("id" = Uuid, Path), IdempotencyKey),
    responses((status = OK, description = "It took effect", body = AwardReceipt), Changing))]
async fn approve(
    State(app): State<App>,
    staff: Approver,
    key: IdempotencyKey,
    Path(award): Path<AwardId>,
) -> Result<Json<AwardReceipt>, Problem> {
    staff.must_reach_award(&app, award).await?;
    let request = staff.request(Some(key));
    let receipt = app
        .execute(&request, Command::ApproveAward { award })
        .await?;
    Ok(Json(receipt.try_into()?))
}

/// Take back an award of one's own submitting
///
/// Before it vests, and while nobody objects to it. Its caps and its budget get back what it took.
#[utoipa::path(post, path = "/v1/awards/{id}/withdraw", tag = "awards", params(("id" = Uuid, Path), IdempotencyKey),
    responses((status = OK, description = "It took effect", body = AwardReceipt), Changing))]
async fn withdraw(
    State(app): State<App>,
    staff: Awarder,
    key: IdempotencyKey,
    Path(award): Path<AwardId>,
) -> Result<Json<AwardReceipt>, Problem> {
    staff.must_reach_award(&app, award).await?;
    let request = staff.request(Some(key));
    let command = Command::WithdrawAward { award };
    Ok(Json(app.execute(&request, command).await?.try_into()?))
}

/// What somebody holds against an award.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct ObjectionBody {
    /// `not_as_claimed`, `evidence`, `duplicate` or `mistake`.
    #[validate(custom(function = given))]
    #[schema(value_type = String, example = "mistake")]
    reason: Reason,
    /// A text that was uploaded before.
    words: Option<Uuid>,
}

/// What came of an objection, told without the award's id or its member.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoticeReceipt {
    /// By what the award went on the notice.
    number: Uuid,
    /// Frozen, until a reviewer has decided.
    #[schema(example = "frozen")]
    state: &'static str,
    recorded_at: Moment,
}

impl NoticeReceipt {
    /// Of an objection that took effect.
    pub fn of(number: Uuid, receipt: &Receipt) -> Self {
        Self {
            number,
            state: AwardState::Frozen.name(),
            recorded_at: receipt.recorded_at.into(),
        }
    }
}

/// Object to an award on public notice that one sees
///
/// Once an award; others' awards go by their number under /v1/public-notices. It is frozen until somebody who has no part in it has decided.
#[utoipa::path(post, path = "/v1/awards/{id}/object", tag = "awards", params(("id" = Uuid, Path), IdempotencyKey),
    request_body = ObjectionBody, responses((status = OK, description = "It took effect", body = AwardReceipt), Changing))]
async fn object(
    State(app): State<App>,
    objector: Objector,
    key: IdempotencyKey,
    Path(award): Path<AwardId>,
    ValidatedJson(ObjectionBody {
        reason: ground,
        words,
    }): ValidatedJson<ObjectionBody>,
) -> Result<Json<AwardReceipt>, Problem> {
    objector.must_reach_award(&app, award).await?;
    let request = objector.request(Some(key));
    let words = words.map(AttachmentId);
    let command = Command::ObjectAward {
        award,
        ground,
        words,
    };
    Ok(Json(app.execute(&request, command).await?.try_into()?))
}

/// What a reviewer makes of an objection.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReviewBody {
    /// True when the objection is right, so that the award falls unless its member appeals; false lets its public notice go on.
    upheld: bool,
    /// What was found. Of one that is right: `not_as_claimed`, `evidence`, `duplicate` or `mistake`; else `as_claimed`, `evidence_suffices` or
    /// `unrelated`.
    #[schema(value_type = String, example = "as_claimed")]
    reason: Finding,
    /// A text that was uploaded before.
    words: Option<Uuid>,
}

impl ReviewBody {
    /// A finding either upholds or it does not.
    fn check(&self) -> Result<(), Problem> {
        if self.reason.reason().is_some() == self.upheld {
            return Ok(());
        }
        let expected = match self.upheld {
            true => "does not uphold: expected not_as_claimed, evidence, duplicate or mistake",
            false => "does not dismiss: expected as_claimed, evidence_suffices or unrelated",
        };
        let item = FieldError::new("/reason", "reason", expected.to_owned());
        let problem = Problem::new(Code::InvalidBody, "the body is not as it should be");
        Err(problem.with_errors(vec![item]))
    }
}

/// Decide an objection, or the appeal against what was decided
///
/// By somebody who neither submitted, approved nor benefits from the award, nor objects to it; of an appeal, nor made it, nor reviewed before. For
/// seven days the first review can be appealed: till then an award that is to fall is frozen, and another does not vest.
#[utoipa::path(post, path = "/v1/awards/{id}/review", tag = "awards", params(("id" = Uuid, Path), IdempotencyKey),
    request_body = ReviewBody, responses((status = OK, description = "It took effect", body = AwardReceipt), Changing))]
async fn review(
    State(app): State<App>,
    staff: Approver,
    key: IdempotencyKey,
    Path(award): Path<AwardId>,
    ValidatedJson(body): ValidatedJson<ReviewBody>,
) -> Result<Json<AwardReceipt>, Problem> {
    body.check()?;
    staff.must_reach_award(&app, award).await?;
    let request = staff.request(Some(key));
    let command = Command::ReviewObjection {
        award,
        upheld: body.upheld,
        finding: Some(body.reason),
        words: body.words.map(AttachmentId),
    };
    Ok(Json(app.execute(&request, command).await?.try_into()?))
}

/// What is said for an appeal.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppealBody {
    /// A text that was uploaded before.
    pub words: Option<Uuid>,
}

/// Appeal against what was made of an objection
///
/// Once, within seven days, by whom it went against: the award's member where the objection was upheld, who objected where it was dismissed. The
/// award is frozen until somebody who was not asked before has decided.
#[utoipa::path(post, path = "/v1/awards/{id}/appeal", tag = "awards", params(("id" = Uuid, Path), IdempotencyKey),
    request_body = AppealBody, responses((status = OK, description = "It took effect", body = AwardReceipt), Changing))]
async fn appeal(
    State(app): State<App>,
    caller: Objector,
    key: IdempotencyKey,
    Path(award): Path<AwardId>,
    ValidatedJson(AppealBody { words }): ValidatedJson<AppealBody>,
) -> Result<Json<AwardReceipt>, Problem> {
    let found = app.ledger.award(caller.program, award).await?;
    let objected = found.and_then(|award| award.objection);
    // Who objected may see nothing else of it.
    if objected.is_none_or(|objection| objection.by != caller.actor.id) {
        caller.must_reach_award(&app, award).await?;
    }
    let request = caller.request(Some(key));
    let words = words.map(AttachmentId);
    let command = Command::AppealReview { award, words };
    Ok(Json(app.execute(&request, command).await?.try_into()?))
}

/// Turn an award down that has not vested
///
/// Its caps and its budget get back what it took.
#[utoipa::path(post, path = "/v1/awards/{id}/reject", tag = "awards", params(("id" = Uuid, Path), IdempotencyKey),
    request_body = ReasonBody, responses((status = OK, description = "It took effect", body = AwardReceipt), Changing))]
async fn reject(
    State(app): State<App>,
    staff: Approver,
    key: IdempotencyKey,
    Path(award): Path<AwardId>,
    ValidatedJson(ReasonBody { reason }): ValidatedJson<ReasonBody>,
) -> Result<Json<AwardReceipt>, Problem> {
    staff.must_reach_award(&app, award).await?;
    let request = staff.request(Some(key));
    let command = Command::RejectAward { award, reason };
    let receipt = app.execute(&request, command).await?;
    Ok(Json(receipt.try_into()?))
}

/// Undo a vested award
///
/// What is left of its points goes back to the budget; what was spent, up to the policy's cap, is owed.
#[utoipa::path(post, path = "/v1/awards/{id}/reverse", tag = "awards", params(("id" = Uuid, Path), IdempotencyKey),
    request_body = ReasonBody, responses((status = OK, description = "It took effect", body = ReversalReceipt), Changing))]
async fn reverse(
    State(app): State<App>,
    staff: Approver,
    key: IdempotencyKey,
    Path(award): Path<AwardId>,
    ValidatedJson(ReasonBody { reason }): ValidatedJson<ReasonBody>,
) -> Result<Json<ReversalReceipt>, Problem> {
    staff.must_reach_award(&app, award).await?;
    let request = staff.request(Some(key));
    let command = Command::ReverseAward { award, reason };
    let receipt = app.execute(&request, command).await?;
    Ok(Json(receipt.try_into()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_gives_a_reason_that_the_ledger_finds() {
        for reason in Reason::ALL {
            let found = matches!(
                reason,
                Reason::Withdrawn | Reason::Expired | Reason::Erased | Reason::BudgetClosed
            );
            assert_eq!(
                ReasonBody { reason }.validate().is_err(),
                found,
                "{reason:?}"
            );
        }
    }
}
