//! One award, decided anew by the machine on a state made for it alone.

use super::{Simulation, SimulationError};
use crate::accounts::{Account, Owner};
use crate::clock::Timestamp;
use crate::community::{Actor, Role};
use crate::ids::{ActorId, BudgetId, CommandId, MemberId};
use crate::machine::award::Approved;
use crate::machine::state::{Balance, InForce};
use crate::machine::{
    Award, Command, Context, Rejection, State, Stop, Submission, decide_and_apply,
};
use crate::points::Points;
use crate::policy::Share;

/// What the candidate makes of a deed.
#[derive(Debug)]
pub(super) enum Verdict {
    /// An award.
    Awarded(Box<Award>),
    /// Nothing.
    Refused {
        /// The stable code of the reason.
        code: String,
        /// The cap that left no room, if that was it.
        cap: Option<String>,
    },
}

impl Verdict {
    pub fn award(&self) -> Option<&Award> {
        match self {
            Self::Awarded(award) => Some(award),
            Self::Refused { .. } => None,
        }
    }

    fn of(rejection: &Rejection) -> Self {
        Self::Refused {
            code: rejection.code(),
            cap: match rejection {
                Rejection::CapReached(reached) => Some(reached.cap.clone()),
                _ => None,
            },
        }
    }
}

impl Simulation {
    /// Prices the deed of a recorded award by the candidate and submits it. `available` is what its budget holds for it.
    pub(super) fn submit(
        &mut self,
        recorded: &Award,
        budget: BudgetId,
        available: Points,
    ) -> Result<Verdict, SimulationError> {
        let mut quote = match self.candidate.price(&recorded.deed) {
            Ok(quote) => quote,
            Err(refusal) => {
                return Ok(Verdict::Refused {
                    code: refusal.code().to_owned(),
                    cap: None,
                });
            }
        };
        // Where deeds happened is not on record: which of them were about one thing is taken as it was.
        let duplicates = quote.terms.duplicates.take();
        let submission = Submission {
            member: recorded.member,
            deed: recorded.deed.clone(),
            named_policy: None,
            position: None,
            map: None,
            budget,
            quote,
        };
        let mut state = self.state(recorded.member, budget, available, recorded.submitted_at);
        state.load_policy(InForce {
            name: self.candidate.name().to_owned(),
            digest: self.candidate.digest().to_owned(),
            from: Timestamp::from_micros(i64::MIN),
        });
        if let Some(award) = self.live.get(&recorded.deed_id) {
            let policy = submission.quote.policy.clone();
            state.load_live(submission.deed_id(), policy, *award);
        }
        let subjects = submission.subjects();
        for claim in submission.caps() {
            let key = subjects.counter(claim);
            let used = self.counters.used_at_submission(claim, &key, recorded);
            state.load_counter(key, used);
        }
        let context = context(recorded, recorded.submitted_by, recorded.submitted_at);
        let command = Command::SubmitAward(Box::new(submission));
        let mut verdict = self.decided(recorded, state, &command, &context)?;
        if let (Verdict::Awarded(award), Some(duplicates)) = (&mut verdict, duplicates) {
            let share = recorded.trace.share;
            let share = share.and_then(|s| Share::of(award.trace.priced(), s.reports));
            if let Some(share) = share {
                award.trace = award.trace.clone().shared(share);
                award.points = award.trace.points;
            }
            award.terms.duplicates = Some(duplicates);
        }
        Ok(verdict)
    }

    /// Has the person who approved the recorded award approve the simulated one at the same moment.
    pub(super) fn approve(
        &mut self,
        recorded: &Award,
        award: &Award,
        approval: usize,
        available: Points,
    ) -> Result<Verdict, SimulationError> {
        let Approved { by, at, node } = recorded.approvals[approval];
        let mut state = self.state(award.member, award.budget, available, at);
        let subjects = award.subjects(by);
        for claim in &award.terms.approver_caps {
            let key = subjects.counter(claim);
            let used = self
                .counters
                .used_at_approval(claim, &key, recorded, approval);
            state.load_counter(key, used);
        }
        state.load_award(award.clone());
        let command = Command::ApproveAward { award: award.id };
        let mut context = context(recorded, by, at);
        context.actor.node = node;
        self.decided(recorded, state, &command, &context)
    }

    fn decided(
        &self,
        recorded: &Award,
        mut state: State,
        command: &Command,
        context: &Context,
    ) -> Result<Verdict, SimulationError> {
        match decide_and_apply(&mut state, command, context) {
            Ok(_) => {}
            Err(Stop::Rejected(rejection)) => return Ok(Verdict::of(&rejection)),
            Err(stop) => return Err(SimulationError::stopped(recorded.id, &stop)),
        }
        let award = state.award(recorded.id).cloned().ok_or_else(|| {
            let stop = Stop::Fault("it made no award".to_owned());
            SimulationError::stopped(recorded.id, &stop)
        })?;
        Ok(Verdict::Awarded(Box::new(award)))
    }

    /// What the store would have loaded of a member and a budget, had everything before been decided by the candidate. To it comes, as the
    /// counter of the deed's own window, what each cap has used: of a rolling one that day's, which lies in every window around it.
    fn state(
        &self,
        member: MemberId,
        budget: BudgetId,
        available: Points,
        now: Timestamp,
    ) -> State {
        let owners = [Owner::Member(member), Owner::Budget(budget)];
        let mut state = State::new(self.program, now, owners);
        state.load_account(Owner::Member(member).guard(), Balance::default());
        let holding = Balance {
            points: available,
            ..Balance::default()
        };
        state.load_account(Account::budget(budget), holding);
        state.note_registered();
        state.note_open_lots([member]);
        state
    }
}

/// As the person who did it then; whoever that was, it was not the member.
const fn context(award: &Award, by: ActorId, now: Timestamp) -> Context {
    Context {
        id: CommandId(award.id.0),
        actor: Actor {
            id: by,
            role: Role::Staff,
            member: None,
            store: None,
            node: None,
        },
        now,
    }
}
