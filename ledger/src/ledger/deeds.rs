//! Deeds on record: the commands that bring one further, and the award it asks for.

use uuid::Uuid;

use super::{ExecuteError, Ledger, Request};
use crate::community::Origin;
use crate::ids::{DeedId, MemberId, ProgramId};
use crate::machine::deeds::{Answer, AskedAward, WhyNot, shift_deed};
use crate::machine::{Command, Outcome, Receipt, Rejection};
use crate::store::StoreError;
use crate::store::views::DeedView;
use crate::writer::WriteError;

impl Ledger {
    /// A member's shift, by what their device calls it: begun as they are now, or as somebody who was merged into them since.
    ///
    /// # Errors
    /// The database did not answer.
    pub async fn shift_of(
        &self,
        program: ProgramId,
        member: MemberId,
        shift: Uuid,
    ) -> Result<Option<DeedView>, StoreError> {
        let theirs = self.deed(program, shift_deed(member, shift)).await?;
        if theirs.is_some() {
            return Ok(theirs);
        }
        for earlier in self.merged_from(program, member).await? {
            let theirs = self.deed(program, shift_deed(earlier, shift)).await?;
            if theirs.is_some() {
                return Ok(theirs);
            }
        }
        Ok(None)
    }

    /// Executes a command about a deed and, where its award is asked for with it, submits that at once. The request is on record by then, so
    /// what cannot be submitted now is submitted later, by a job.
    ///
    /// # Errors
    /// The command's. What comes of the award is in the answer; `None` when it is not asked for or still open.
    pub async fn execute_deed(
        &self,
        request: &Request,
        command: Command,
    ) -> Result<(Receipt, Option<Answer>), WriteError> {
        let receipt = self.execute(request, command).await?;
        let answer = match receipt.outcome {
            Outcome::Deed {
                deed, asks: true, ..
            }
            | Outcome::Hazard {
                deed: Some(deed),
                asks: true,
                ..
            } => match self.award_deed(request.program, deed, request.origin).await {
                Ok(answer) => answer,
                Err(error) => {
                    tracing::warn!(%error, %deed, "a deed's award is left to the job");
                    None
                }
            },
            _ => None,
        };
        Ok((receipt, answer))
    }

    /// Submits the award that a deed asks for, if it is still open, in the name of who asked. `None` for a deed that asks for none.
    ///
    /// Done twice, by several processes, it has one effect: its key follows from the deed, and the award answers the request in one transaction.
    ///
    /// # Errors
    /// It could not be found out what comes of it: the request stays open.
    pub async fn award_deed(
        &self,
        program: ProgramId,
        deed: DeedId,
        origin: Origin,
    ) -> Result<Option<Answer>, ExecuteError> {
        let Some(asked) = self.asked(program, deed).await? else {
            return Ok(None);
        };
        if asked.answer.is_some() {
            return Ok(asked.answer);
        }
        let request = Request {
            program,
            actor: asked.by,
            origin,
            key: Some(asked.key()),
        };
        let award = self.placed(program, &asked).await?;
        let submitted = self.submit_answering(&request, &award, Some(deed)).await;
        let merged = |error: &ExecuteError| {
            let ExecuteError::Write(WriteError::Rejected(rejection)) = error else {
                return false;
            };
            matches!(rejection, Rejection::MemberMerged { .. })
        };
        if submitted.as_ref().is_err_and(merged) {
            // It is another's by now, and asked for as theirs.
            let now = self.asked(program, deed).await?;
            if now.is_some_and(|now| now.request.member != asked.request.member) {
                return Box::pin(self.award_deed(program, deed, origin)).await;
            }
        }
        let why = match submitted {
            Ok(receipt) => match receipt.outcome {
                Outcome::Award { award, .. } => return Ok(Some(Answer::Awarded(award))),
                _ => return Ok(None),
            },
            Err(ExecuteError::Write(WriteError::Rejected(rejection))) => {
                WhyNot::Rejected(rejection)
            }
            Err(ExecuteError::Refused { policy, refusal }) => WhyNot::Refused {
                policy,
                refusal: *refusal,
            },
            Err(ExecuteError::NoPolicy { .. }) => WhyNot::NoPolicy,
            Err(ExecuteError::SeveralPolicies { .. }) => WhyNot::SeveralPolicies,
            Err(error) => return Err(error),
        };
        self.refuse(&request, &asked, why).await.map(Some)
    }

    /// Puts on record why a deed has no award. Somebody may have been faster: then theirs is the answer.
    async fn refuse(
        &self,
        request: &Request,
        asked: &AskedAward,
        why: WhyNot,
    ) -> Result<Answer, ExecuteError> {
        let why = Box::new(why);
        let request = Request {
            key: Some(format!("refuse:{}", asked.key())),
            ..request.clone()
        };
        let command = Command::RefuseDeed {
            deed: asked.deed,
            attempt: asked.attempt,
            why: why.clone(),
        };
        match self.execute(&request, command).await {
            Ok(_) => Ok(Answer::Refused(why)),
            Err(WriteError::Rejected(Rejection::Deed(_))) => {
                let asked = self.asked(request.program, asked.deed).await?;
                let answer = asked.and_then(|asked| asked.answer);
                Ok(answer.unwrap_or(Answer::Refused(why)))
            }
            Err(error) => Err(error.into()),
        }
    }
}
