//! What would come of commands, were they executed as one group now: the same price, the same decisions, on a state that is thrown away.
//!
//! The state is read by a reader in one transaction, so a preview takes nothing of the writer's time, and the database would let it
//! change nothing. Lines are decided one after the other on it: what a line counts on a cap, the next one finds counted.

use std::collections::BTreeSet;

use super::{AwardRequest, ExecuteError, Ledger, Request};
use crate::accounts::Owner;
use crate::ids::{AwardId, CommandId};
use crate::machine::needs::LinkNeeds;
use crate::machine::{
    Award, Command, Context, Needs, Outcome, Receipt, State, Stop, Submission, decide_and_apply,
};
use crate::points::Points;
use crate::store::StoreError;
use crate::writer::WriteError;

/// How often it is all read anew because owners were missing, and priced anew because policies changed.
const RELOCKS: usize = 8;
const TRIES: usize = 4;

/// An award as it would be, were it submitted now. Its id is nobody's.
#[derive(Clone, Debug, PartialEq)]
pub struct AwardPreview {
    /// The deed priced by its policy, before caps.
    pub submission: Box<Submission>,
    /// The award: what caps leave, its state, and how it came to that.
    pub award: Award,
    /// What of it would go to an earlier debt.
    pub recovered: Points,
}

/// What would come of each command, in order, and the state after all of them.
pub(super) struct Foreseen {
    pub outcomes: Vec<Result<Receipt, Stop>>,
    pub state: State,
}

impl Ledger {
    /// What each of these awards would come to, were they submitted now, one after the other. Nothing is written, nothing is locked, no key
    /// is claimed. A line that is turned down counts for nothing with those after it. `progress` is told how many are priced.
    ///
    /// # Errors
    /// When the database could not be read, or the policies kept changing meanwhile.
    pub async fn preview_awards(
        &self,
        request: &Request,
        awards: &[AwardRequest],
        mut progress: impl FnMut(u64),
    ) -> Result<Previews, ExecuteError> {
        for _ in 0..TRIES {
            let mut commands = Vec::with_capacity(awards.len());
            let mut priced = Vec::with_capacity(awards.len());
            for (index, award) in awards.iter().enumerate() {
                priced.push(match self.priced(request.program, award).await {
                    Ok(submission) => {
                        commands.push(Command::SubmitAward(Box::new(submission)));
                        Ok(())
                    }
                    Err(ExecuteError::Store(error)) => return Err(error.into()),
                    Err(error) => Err(error),
                });
                progress(index as u64 + 1);
            }
            let foreseen = self.foresee(request, &commands).await?;
            if foreseen.outcomes.contains(&Err(Stop::Reprice)) {
                self.forget_tariff(request.program);
                continue;
            }
            let mut decided = previews(commands, foreseen).into_iter();
            let missing = || Err(WriteError::Internal.into());
            let lines = priced.into_iter();
            return Ok(lines
                .map(|priced| priced.and_then(|()| decided.next().unwrap_or_else(missing)))
                .collect());
        }
        Err(WriteError::Reprice.into())
    }

    /// What one award would come to, were it submitted now.
    ///
    /// # Errors
    /// Why it would be turned down, or as [`Ledger::preview_awards`].
    pub async fn preview_award(
        &self,
        request: &Request,
        award: &AwardRequest,
    ) -> Result<AwardPreview, ExecuteError> {
        let awards = std::slice::from_ref(award);
        let preview = self.preview_awards(request, awards, |_| {}).await?.pop();
        preview.unwrap_or_else(|| Err(WriteError::Internal.into()))
    }

    /// Decides commands one after the other, each on what those before it made of the state.
    pub(super) async fn foresee(
        &self,
        request: &Request,
        commands: &[Command],
    ) -> Result<Foreseen, StoreError> {
        let mut also = BTreeSet::new();
        for _ in 0..RELOCKS {
            let foreseen = self.foresee_knowing(request, commands, &also).await?;
            let missing = foreseen
                .outcomes
                .iter()
                .filter_map(|outcome| match outcome {
                    Err(Stop::Relock(owner)) => Some(*owner),
                    _ => None,
                });
            let known = also.len();
            also.extend(missing);
            if also.len() == known {
                return Ok(foreseen);
            }
        }
        self.foresee_knowing(request, commands, &also).await
    }

    async fn foresee_knowing(
        &self,
        request: &Request,
        commands: &[Command],
        also: &BTreeSet<Owner>,
    ) -> Result<Foreseen, StoreError> {
        let Request { program, actor, .. } = *request;
        let mut tx = self.store.reading(program).await?;
        let mut link_needs = LinkNeeds::default();
        commands.iter().for_each(|command| link_needs.add(command));
        let links = tx.links(&link_needs).await?;
        let mut needs = Needs::default();
        needs.owners.extend(also);
        for command in commands {
            needs.add(program, actor.id, command, &links);
        }
        let now = self.clock.now();
        let mut state = tx.load(&needs, now).await?;
        drop(tx);
        let outcomes = commands.iter().map(|command| {
            let id = CommandId::new(now);
            decide_and_apply(&mut state, command, &Context { id, actor, now })
        });
        Ok(Foreseen {
            outcomes: outcomes.collect(),
            state,
        })
    }
}

type Previews = Vec<Result<AwardPreview, ExecuteError>>;

fn previews(commands: Vec<Command>, foreseen: Foreseen) -> Previews {
    let Foreseen { outcomes, state } = foreseen;
    commands
        .into_iter()
        .zip(outcomes)
        .map(|(command, outcome)| {
            let receipt = outcome.map_err(write_error)?;
            let award = state.award(AwardId(receipt.id.0)).cloned();
            match (command, award, receipt.outcome) {
                (
                    Command::SubmitAward(submission),
                    Some(award),
                    Outcome::Award { recovered, .. },
                ) => Ok(AwardPreview {
                    submission,
                    award,
                    recovered,
                }),
                _ => Err(write_error(Stop::Fault("it made no award".to_owned())).into()),
            }
        })
        .collect()
}

/// What the writer would have answered.
pub(super) fn write_error(stop: Stop) -> WriteError {
    match stop {
        Stop::Rejected(rejection) => WriteError::Rejected(rejection),
        Stop::Reprice => WriteError::Reprice,
        Stop::Relock(owner) => {
            tracing::error!(?owner, "a preview kept missing an owner");
            WriteError::Internal
        }
        Stop::Fault(problem) => {
            tracing::error!(%problem, "a command would have broken the ledger");
            WriteError::Internal
        }
    }
}
