//! One award, decided anew by the machine on a state made for it alone.

use super::{Simulation, SimulationError};
use crate::accounts::{Account, Owner};
use crate::clock::Timestamp;
use crate::community::{Actor, Role};
use crate::ids::{ActorId, CommandId};
use crate::lots::Lot;
use crate::machine::state::{Balance, InForce};
use crate::machine::{
    Award, AwardState, Command, Context, Links, Needs, Reason, Rejection, State, Stop, Submission,
    decide_and_apply,
};
use crate::points::Points;
use crate::policy::Share;

/// More than any budget holds, with room for what comes back.
const PLENTY: Points = Points::from_hundredths(i64::MAX / 2);

/// What the candidate makes of a deed.
#[derive(Debug)]
pub(super) enum Verdict {
    /// An award, and the lot it opened if it vested at once.
    Awarded(Box<Award>, Option<Lot>),
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
            Self::Awarded(award, _) => Some(award),
            Self::Refused { .. } => None,
        }
    }
}

impl Simulation {
    /// Prices the deed of a recorded award by the candidate and submits it.
    pub(super) fn decide(&mut self, recorded: &Award) -> Result<Verdict, SimulationError> {
        let mut quote = match self.candidate.price(&recorded.deed) {
            Ok(quote) => quote,
            Err(refusal) => {
                return Ok(Verdict::Refused {
                    code: refusal.code().to_owned(),
                    cap: None,
                });
            }
        };
        let budget = self.budgets.get(&quote.budget).copied();
        let budget = budget.ok_or_else(|| SimulationError::UnknownBudget {
            budget: quote.budget.clone(),
        })?;
        // Where deeds happened is not on record: which of them were about one thing is taken as it was.
        let duplicates = quote.terms.duplicates.take();
        let command = Command::SubmitAward(Box::new(Submission {
            member: recorded.member,
            deed: recorded.deed.clone(),
            named_policy: None,
            position: None,
            map: None,
            budget,
            quote,
        }));
        let mut needs = Needs::default();
        needs.add(
            self.program,
            recorded.submitted_by,
            &command,
            &Links::default(),
        );
        let mut state = self.state(&needs, recorded.submitted_at);
        let context = context(recorded, recorded.submitted_by, recorded.submitted_at);
        match decide_and_apply(&mut state, &command, &context) {
            Ok(_) => {}
            Err(Stop::Rejected(rejection)) => return Ok(refused(&rejection)),
            Err(stop) => return Err(SimulationError::stopped(recorded.id, &stop)),
        }
        self.keep_counters(&needs, &state);
        let mut award = state.award(recorded.id).cloned().ok_or_else(|| {
            let stop = Stop::Fault("it made no award".to_owned());
            SimulationError::stopped(recorded.id, &stop)
        })?;
        let shared = recorded.trace.share.filter(|_| duplicates.is_some());
        if let Some(share) = shared.and_then(|s| Share::of(award.trace.priced(), s.reports)) {
            award.trace = award.trace.shared(share);
            award.points = award.trace.points;
        }
        award.terms.duplicates = duplicates;
        let lot = state.lot(award.member, award.id).cloned();
        Ok(Verdict::Awarded(Box::new(award), lot))
    }

    /// The simulated award of a recorded one that was rejected or reversed falls too: how depends on whether it has vested.
    pub(super) fn let_fall(
        &mut self,
        recorded: &Award,
        verdict: Verdict,
    ) -> Result<(), SimulationError> {
        let Verdict::Awarded(award, lot) = verdict else {
            return Ok(());
        };
        let (id, reason) = (award.id, recorded.reason.unwrap_or(Reason::Mistake));
        let command = match award.state {
            AwardState::Vested => Command::ReverseAward { award: id, reason },
            _ => Command::RejectAward { award: id, reason },
        };
        let mut links = Links::default();
        links.awards.insert(id, (award.member, award.budget));
        let mut needs = Needs::default();
        let by = recorded.decided_by.unwrap_or(recorded.submitted_by);
        needs.add(self.program, by, &command, &links);
        let counted = award.counted.iter().map(|counted| counted.key.clone());
        needs.counters.extend(counted);
        let at = recorded.decided_at.unwrap_or(recorded.submitted_at);
        let mut state = self.state(&needs, at);
        if matches!(award.state, AwardState::Pending | AwardState::Frozen) {
            state.load_account(Account::pending(award.member), holding(award.points));
        }
        state.load_award(*award);
        if let Some(lot) = lot {
            state.load_account(Account::wallet(lot.member), holding(lot.remaining));
            state.load_lot(lot);
        }
        decide_and_apply(&mut state, &command, &context(recorded, by, at))
            .map_err(|stop| SimulationError::stopped(id, &stop))?;
        self.keep_counters(&needs, &state);
        Ok(())
    }

    /// What the store would have loaded for a command, had everything before it been decided by the candidate.
    fn state(&self, needs: &Needs, now: Timestamp) -> State {
        let mut state = State::new(self.program, now, needs.owners.iter().copied());
        for owner in &needs.owners {
            let plenty = match owner {
                Owner::Budget(_) => PLENTY,
                _ => Points::ZERO,
            };
            state.load_account(owner.guard(), holding(plenty));
        }
        state.note_registered();
        state.note_open_lots(needs.open_lots.iter().copied());
        state.load_policy(InForce {
            name: self.candidate.name().to_owned(),
            digest: self.candidate.digest().to_owned(),
            from: Timestamp::from_micros(i64::MIN),
        });
        for (deed, policy) in &needs.deeds {
            if let Some(award) = self.live.get(deed) {
                state.load_live(*deed, policy.clone(), *award);
            }
        }
        for key in &needs.counters {
            state.load_counter(key.clone(), self.counters.simulated(key));
        }
        state
    }

    fn keep_counters(&mut self, needs: &Needs, state: &State) {
        for key in &needs.counters {
            self.counters.set_simulated(key, state.counter(key));
        }
    }
}

fn refused(rejection: &Rejection) -> Verdict {
    Verdict::Refused {
        code: rejection.code(),
        cap: match rejection {
            Rejection::CapReached(reached) => Some(reached.cap.clone()),
            _ => None,
        },
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
        },
        now,
    }
}

fn holding(points: Points) -> Balance {
    Balance {
        points,
        ..Balance::default()
    }
}
