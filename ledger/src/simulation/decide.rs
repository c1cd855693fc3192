//! One award, decided anew by the machine on a state made for it alone.

use super::{Simulation, SimulationError};
use crate::accounts::{Account, Owner};
use crate::clock::Timestamp;
use crate::community::budget::{AtEnd, BudgetPlan, Exhausted};
use crate::community::{Actor, Role};
use crate::ids::{ActorId, BudgetId, CommandId, MemberId};
use crate::machine::award::Approved;
use crate::machine::award::counting::Subjects;
use crate::machine::budget::{BudgetRecord, waiting_for};
use crate::machine::duplicates::divided_among;
use crate::machine::state::{Balance, InForce};
use crate::machine::{
    Admission, Award, AwardState, Command, Context, Rejection, State, Stop, Submission,
    decide_and_apply,
};
use crate::points::Points;
use crate::policy::{CapClaim, CapReached, Refusal, apply_caps, split_caps};

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
        cap: Option<Box<CapReached>>,
    },
}

impl Verdict {
    pub fn award(&self) -> Option<&Award> {
        match self {
            Self::Awarded(award) => Some(award),
            Self::Refused { .. } => None,
        }
    }

    /// Whether an award that waits may be let in later: its budget may be given more.
    pub fn is_for_now(&self) -> bool {
        matches!(self, Self::Refused { code, .. } if code == "budget_exhausted")
    }

    fn of(rejection: &Rejection) -> Self {
        Self::Refused {
            code: rejection.code(),
            cap: match rejection {
                Rejection::CapReached(reached) => Some(Box::new(reached.clone())),
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
        // Where deeds happened is not on record: each is the first of its kind, wherever that was.
        let duplicates = quote.terms.duplicates.clone();
        if let Some(duplicates) = &mut quote.terms.duplicates {
            duplicates.radius_metres = None;
        }
        let submission = Submission {
            member: recorded.member,
            deed: recorded.deed.clone(),
            named_policy: None,
            position: None,
            map: None,
            budget,
            quote,
            answers: None,
        };
        let mut state = self.state(recorded.member, budget, available, recorded.submitted_at);
        Self::load_wait(&mut state, recorded, budget);
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
            if let Some(key) = subjects.waiting(claim) {
                let waiting = self.counters.waiting_at_submission(claim, &key, recorded);
                state.load_counter(key, waiting);
            }
        }
        let context = context(recorded, recorded.submitted_by, recorded.submitted_at);
        let command = Command::SubmitAward(Box::new(submission));
        let mut verdict = self.decided(recorded, state, &command, &context)?;
        if let Verdict::Awarded(award) = &mut verdict {
            award.terms.duplicates = duplicates;
        }
        Ok(verdict)
    }

    /// Lets a simulated award in at a moment: where it would count in the windows in which it did on record, unless the simulation has
    /// made more room in those of its deed.
    pub(super) fn admit(
        &mut self,
        recorded: &Award,
        award: &Award,
        at: Timestamp,
        available: Points,
    ) -> Result<Verdict, SimulationError> {
        let refused = |refusal: Refusal| SimulationError::Stopped {
            award: recorded.id,
            problem: refusal.to_string(),
        };
        let caps = |moment| self.candidate.caps_at(&award.deed, moment);
        let of_deed = caps(award.deed.occurred_at).map_err(refused)?;
        let of_now = caps(at).map_err(refused)?;
        let (of_deed, of_now) = (split_caps(&of_deed).0, split_caps(&of_now).0);
        let subjects = Subjects {
            member: award.member,
            budget: award.budget,
            approver: None,
        };
        let used = |claim: &CapClaim| {
            let key = subjects.counter(claim);
            self.counters.used_when_counted(claim, &key, recorded)
        };
        let wait = recorded.trace.wait.as_ref();
        let full = wait.is_some_and(|wait| wait.counted_at.is_some())
            && self.counters.is_as_recorded(of_deed, subjects);
        let used_of_deed: Vec<i64> = of_deed.iter().map(used).collect();
        let fits = !full && apply_caps(award.points, of_deed, &used_of_deed).is_ok();
        // The counters of both would overlap, where windows roll: one of them is decided.
        let claims = if fits { of_deed } else { of_now };
        let mut state = self.state(award.member, award.budget, available, at);
        for claim in claims {
            state.load_counter(subjects.counter(claim), used(claim));
        }
        Self::load_wait(&mut state, recorded, award.budget);
        state.load_award(award.clone());
        let command = Command::AdmitAward(Box::new(Admission {
            award: award.id,
            member: award.member,
            of_deed: claims.to_vec(),
            of_now: of_now.to_vec(),
        }));
        let context = context(recorded, recorded.submitted_by, at);
        let verdict = self.decided(recorded, state, &command, &context)?;
        Ok(match verdict {
            Verdict::Awarded(award) if award.state == AwardState::Rejected => {
                let expires_at = award.expires_at.unwrap_or(at);
                Verdict::of(&Rejection::AlreadyExpired { expires_at })
            }
            Verdict::Awarded(award) => {
                let share = divided_like(recorded, &award).map(Box::new);
                Verdict::Awarded(share.unwrap_or(award))
            }
            refused @ Verdict::Refused { .. } => refused,
        })
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
        Self::load_wait(&mut state, recorded, award.budget);
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

    /// An award that still waits for its budget on record, or did until it fell, waits for it in the simulation, too.
    fn load_wait(state: &mut State, recorded: &Award, budget: BudgetId) {
        let trace = &recorded.trace;
        let Some(unfunded) = trace.unfunded.as_ref().filter(|_| trace.is_unfunded()) else {
            return;
        };
        let plan = BudgetPlan {
            funder: None,
            purpose: String::new(),
            starts_at: Timestamp::from_micros(i64::MIN),
            ends_at: Timestamp::from_micros(i64::MAX),
            settle_days: 0,
            exhausted: Exhausted::Queue,
            at_end: AtEnd::Return,
        };
        let record = BudgetRecord {
            plan: Some(plan),
            ..BudgetRecord::default()
        };
        state.budgets.load(budget, record);
        state.load_counter(waiting_for(budget), unfunded.ahead.max(1));
    }
}

/// The simulated award divided among as many reports as the one on record, if that has been; `None` too while it waits.
pub(super) fn divided_like(recorded: &Award, award: &Award) -> Option<Award> {
    let share = recorded.trace.share?;
    award.terms.duplicates.as_ref()?;
    if award.trace.waits() {
        return None;
    }
    divided_among(award, share.reports)
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
