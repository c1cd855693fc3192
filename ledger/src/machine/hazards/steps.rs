//! A report on its way: what each step does.

use super::asking::ask;
use super::once::must_share;
use super::table::steps_from;
use super::{HazardChange, HazardCommand, Report};
use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::community::Role;
use crate::community::hazard::{
    Found, Hazard, HazardBody, HazardState, InvalidReason, LATE_SECONDS, PHOTO_LIMIT, Step,
    StepKind,
};
use crate::ids::HazardId;
use crate::machine::attachments::Attachments;
use crate::machine::award::CLOCK_SKEW_SECONDS;
use crate::machine::deeds::{
    AskedAward, DeedBody, DeedChange, DeedRecord, DeedRejection, DeedState,
};
use crate::machine::merge::must_be_active;
use crate::machine::{Context, Effects, Outcome, Rejection, State, Stop};
use crate::policy::deed::FactType;

/// How often something may be done about one hazard.
const STEP_LIMIT: usize = 100;

use HazardState as S;

/// Decides a command about a hazard.
pub(in crate::machine) fn decide(
    state: &State,
    command: &HazardCommand,
    context: &Context,
) -> Result<Effects, Stop> {
    let act = |hazard: HazardId| Acting::on(state, hazard, command, context);
    match command {
        HazardCommand::Report(report) => reported(state, report, context),
        HazardCommand::SetTerms(terms) if !terms.are_sensible() => {
            Err(DeedRejection::BadHours.into())
        }
        HazardCommand::SetTerms(terms) => Ok(Effects {
            hazards: HazardChange {
                terms: Some(*terms),
                ..HazardChange::NONE
            },
            ..Effects::answering(
                state.program.0,
                Outcome::Registered {
                    subject: state.program.0,
                },
            )
        }),
        HazardCommand::Triage { hazard, .. } => act(*hazard)?.triage(command),
        HazardCommand::Verify { hazard, policy } => act(*hazard)?.verify(policy.clone()),
        HazardCommand::Invalid { hazard, reason } => act(*hazard)?.invalid(*reason),
        HazardCommand::Duplicate { hazard, of } => act(*hazard)?.duplicate(*of),
        HazardCommand::Assign {
            hazard,
            node,
            staff,
        } => act(*hazard)?.changed(|hazard| {
            hazard.state = HazardState::Assigned;
            hazard.node = Some(*node);
            hazard.body.staff = *staff;
        }),
        HazardCommand::Fix { hazard } => act(*hazard)?.fix(),
        HazardCommand::Confirm { hazard } => {
            act(*hazard)?.changed(|hazard| hazard.state = HazardState::Confirmed)
        }
        HazardCommand::Reopen { hazard } => act(*hazard)?.reopen(),
        HazardCommand::Follow { hazard } => follow(state, *hazard, context),
    }
}

fn reported(state: &State, report: &Report, context: &Context) -> Result<Effects, Stop> {
    if state.hazards.get(report.hazard).is_some() {
        return Err(Rejection::AlreadyExists.into());
    }
    if let Some(member) = report.member {
        must_be_active(state, member)?;
    }
    if report.photos.len() > PHOTO_LIMIT {
        let limit = PHOTO_LIMIT as u64;
        return Err(DeedRejection::TooManyPhotos { limit }.into());
    }
    must_be_codes([&report.grid, &report.team])?;
    let (now, seen_at) = (state.now, report.seen_at);
    if seen_at > now.plus_seconds(CLOCK_SKEW_SECONDS) {
        return Err(Rejection::DeedInFuture {
            occurred_at: seen_at,
        }
        .into());
    }
    let until = seen_at.plus_seconds(LATE_SECONDS);
    if until < now {
        return Err(Rejection::DeedTooLate { until }.into());
    }
    let attached: Vec<_> = report.attachments().collect();
    let attached = Attachments::attach(state, &attached, report.hazard.0, &context.actor)?;
    let hazard = Hazard {
        id: report.hazard,
        member: report.member,
        deed: report.deed(),
        node: report.node,
        home: report.node,
        category: report.category,
        severity: None,
        position: report.position,
        state: HazardState::Received,
        of: None,
        found: None,
        seen_at,
        received_at: now,
        body: HazardBody {
            photos: report.photos.clone(),
            text: report.text,
            grid: report.grid.clone(),
            team: report.team.clone(),
            policy: None,
            staff: None,
            found_by: None,
            decide_by: decide_by(state, report.category, now),
            fix_by: None,
            again_by: None,
            steps: vec![Step {
                kind: StepKind::Report,
                at: now,
                by: context.actor.id,
                reason: None,
            }],
        },
    };
    let record = record(state, &hazard, DeedState::Begun)?;
    Ok(Effects {
        attached,
        ..effects(hazard, record, None)
    })
}

fn decide_by(
    state: &State,
    category: crate::community::hazard::HazardCategory,
    received_at: Timestamp,
) -> Timestamp {
    let hours = state.hazards.terms(category).decide_hours;
    received_at.plus_seconds(hours * 3_600)
}

/// Codes of a grid or team stand in facts, which policies look at.
fn must_be_codes(codes: [&Option<String>; 2]) -> Result<(), Stop> {
    let is_code = |code: &&String| FactType::Code.check(&code.as_str().into()).is_ok();
    match codes.into_iter().flatten().all(|code| is_code(&code)) {
        true => Ok(()),
        false => Err(DeedRejection::BadCode.into()),
    }
}

/// Somebody takes a step about a hazard that may be taken.
struct Acting<'s> {
    state: &'s State,
    context: &'s Context,
    hazard: &'s Hazard,
    step: StepKind,
}

impl<'s> Acting<'s> {
    fn on(
        state: &'s State,
        id: HazardId,
        command: &HazardCommand,
        context: &'s Context,
    ) -> Result<Self, Stop> {
        let hazard = found(state, id)?;
        let wrong = || DeedRejection::HazardState {
            hazard: id,
            state: hazard.state,
        };
        let step = command.step().ok_or_else(wrong)?;
        // Whoever reported it may say that it is gone, or that it is not; all else is for somebody else to say.
        let own = hazard.member.is_some() && context.actor.member == hazard.member;
        let may = match step {
            StepKind::Confirm => true,
            StepKind::Reopen => !own || matches!(hazard.state, S::Fixed | S::Confirmed),
            StepKind::Assign => context.actor.role != Role::Member,
            _ => !own && context.actor.role != Role::Member,
        };
        if !may {
            return Err(Rejection::SelfAward.into());
        }
        let from = steps_from(hazard.state).any(|known| known == step);
        let room = hazard.body.steps.len() < STEP_LIMIT;
        match from && room {
            true => Ok(Self {
                state,
                context,
                hazard,
                step,
            }),
            false => Err(wrong().into()),
        }
    }

    /// The hazard with this step taken.
    fn taken(&self, reason: Option<InvalidReason>) -> Hazard {
        let mut hazard = self.hazard.clone();
        hazard.body.steps.push(Step {
            kind: self.step,
            at: self.state.now,
            by: self.context.actor.id,
            reason,
        });
        hazard
    }

    /// Nothing but the hazard changes.
    fn changed(&self, change: impl FnOnce(&mut Hazard)) -> Result<Effects, Stop> {
        let mut hazard = self.taken(None);
        change(&mut hazard);
        Ok(effects(hazard, None, None))
    }

    fn triage(&self, command: &HazardCommand) -> Result<Effects, Stop> {
        let HazardCommand::Triage {
            severity,
            category,
            position,
            grid,
            ..
        } = command
        else {
            return Err(Stop::Fault("another step was taken for triage".to_owned()));
        };
        must_be_codes([grid, &None])?;
        self.changed(|hazard| {
            hazard.state = HazardState::Triaged;
            hazard.severity = Some(*severity);
            hazard.position = position.or(hazard.position);
            hazard.body.grid = grid.clone().or(hazard.body.grid.take());
            if let Some(category) = *category {
                hazard.category = category;
                hazard.body.decide_by = decide_by(self.state, category, hazard.received_at);
                let mut steps = hazard.body.steps.iter().rev();
                let opened = steps.find(|step| step.kind == StepKind::Reopen);
                let again = opened.filter(|_| hazard.body.again_by.is_some());
                hazard.body.again_by = again.map(|step| decide_by(self.state, category, step.at));
            }
        })
    }

    fn verify(&self, policy: Option<String>) -> Result<Effects, Stop> {
        let mut hazard = self.taken(None);
        hazard.state = HazardState::Verified;
        let hours = self.state.hazards.terms(hazard.category).fix_hours;
        hazard.body.fix_by = Some(self.state.now.plus_seconds(hours * 3_600));
        hazard.body.policy = policy.or(hazard.body.policy.take());
        self.comes_to(hazard, Found::Verified)
    }

    fn fix(&self) -> Result<Effects, Stop> {
        let mut hazard = self.taken(None);
        hazard.state = HazardState::Fixed;
        self.comes_to(hazard, Found::Fixed)
    }

    /// It came to this at least: the award is asked for with it.
    fn comes_to(&self, mut hazard: Hazard, found: Found) -> Result<Effects, Stop> {
        hazard.found = hazard.found.max(Some(found));
        hazard.body.again_by = None;
        hazard.body.found_by = Some(self.context.actor);
        let asked = ask(self.state, &hazard, &hazard, self.context.actor)?;
        let record = match &asked {
            Some(_) => record(self.state, &hazard, DeedState::Done)?,
            None => None,
        };
        Ok(effects(hazard, record, asked))
    }

    fn invalid(&self, reason: InvalidReason) -> Result<Effects, Stop> {
        let hazard = self.taken(Some(reason));
        voided(self.state, hazard)
    }

    /// Duplicates of this one are of the other from now on.
    fn duplicate(&self, of: HazardId) -> Result<Effects, Stop> {
        let of = found(self.state, of)?.thing();
        let thing = found(self.state, of)?;
        if of == self.hazard.id || thing.state == HazardState::Invalid {
            return Err(DeedRejection::HazardState {
                hazard: of,
                state: thing.state,
            }
            .into());
        }
        let reports = |thing| self.state.hazards.same(thing);
        must_share(self.state, reports(self.hazard.id), reports(of))?;
        let mut hazard = self.taken(None);
        hazard.state = HazardState::Duplicate;
        hazard.of = Some(of);
        // What it came to by itself, before it was looked at again, is not what the other came to.
        hazard.found = None;
        let same = self.state.hazards.same(self.hazard.id);
        let others = same.filter(|other| other.id != self.hazard.id);
        let others = others.cloned().map(|other| Hazard {
            of: Some(of),
            found: None,
            ..other
        });
        let mut effects = effects(hazard, None, None);
        effects.hazards.hazards.extend(others);
        Ok(effects)
    }

    /// What did not hold is mended anew; all else is looked at once more. There is as much time for that as there was at first.
    fn reopen(&self) -> Result<Effects, Stop> {
        let mut hazard = self.taken(None);
        hazard.of = None;
        hazard.state = match (self.hazard.state, hazard.severity) {
            (S::Fixed | S::Confirmed, _) => HazardState::Verified,
            (_, Some(_)) => HazardState::Triaged,
            (_, None) => HazardState::Received,
        };
        let terms = self.state.hazards.terms(hazard.category);
        let hours = match hazard.state {
            S::Verified => terms.fix_hours,
            _ => terms.decide_hours,
        };
        hazard.body.again_by = Some(self.state.now.plus_seconds(hours * 3_600));
        let void = hazard.deed.and_then(|deed| self.state.deeds.record(deed));
        let record = match void.is_some_and(|record| record.state == DeedState::Void) {
            true => record(self.state, &hazard, DeedState::Begun)?,
            false => None,
        };
        Ok(effects(hazard, record, None))
    }
}

/// Nothing comes of it. What was awarded for it before is for staff to take back.
fn voided(state: &State, mut hazard: Hazard) -> Result<Effects, Stop> {
    hazard.state = HazardState::Invalid;
    hazard.found = None;
    let asked = hazard
        .deed
        .is_some_and(|deed| state.deeds.asked(deed).is_some());
    let record = match asked {
        true => None,
        false => record(state, &hazard, DeedState::Void)?,
    };
    Ok(effects(hazard, record, None))
}

/// A duplicate comes to what the other came to.
fn follow(state: &State, id: HazardId, context: &Context) -> Result<Effects, Stop> {
    let duplicate = found(state, id)?;
    let thing = found(state, duplicate.thing())?;
    if duplicate.state != HazardState::Duplicate {
        return Err(Rejection::NothingDue.into());
    }
    let mut hazard = duplicate.clone();
    if thing.state == HazardState::Invalid {
        let reason = thing.body.steps.iter().rev().find_map(|step| step.reason);
        hazard.body.steps.push(Step {
            kind: StepKind::Invalid,
            at: state.now,
            by: context.actor.id,
            reason,
        });
        return voided(state, hazard);
    }
    let (Some(_), Some(by)) = (
        thing.found.filter(|found| Some(*found) > duplicate.found),
        thing.body.found_by,
    ) else {
        return Err(Rejection::NothingDue.into());
    };
    hazard.found = thing.found;
    let asked = ask(state, &hazard, thing, by)?;
    let record = match &asked {
        Some(_) => record(state, &hazard, DeedState::Done)?,
        None => None,
    };
    Ok(effects(hazard, record, asked))
}

fn found(state: &State, id: HazardId) -> Result<&Hazard, Stop> {
    let unknown = DeedRejection::UnknownHazard { hazard: id };
    state.hazards.get(id).ok_or_else(|| unknown.into())
}

/// The member's deed; none for a resident's report.
fn record(state: &State, hazard: &Hazard, at: DeedState) -> Result<Option<DeedRecord>, Stop> {
    let Some((member, deed)) = hazard.member.zip(hazard.deed) else {
        return Ok(None);
    };
    let member = state.merged_into(member).unwrap_or(member);
    state.require(Owner::Member(member))?;
    Ok(Some(DeedRecord {
        id: deed,
        member,
        state: at,
        began_at: hazard.seen_at,
        ended_at: None,
        due_at: None,
        body: DeedBody::HazardReport { hazard: hazard.id },
    }))
}

fn effects(hazard: Hazard, record: Option<DeedRecord>, asked: Option<AskedAward>) -> Effects {
    let subject = hazard.id.0;
    let outcome = Outcome::Hazard {
        hazard: hazard.id,
        category: hazard.category,
        severity: hazard.severity,
        state: hazard.state,
        deed: hazard.deed,
        asks: asked.is_some(),
    };
    Effects {
        deeds: DeedChange {
            record,
            asked,
            ..DeedChange::NONE
        },
        hazards: HazardChange {
            hazards: vec![hazard],
            ..HazardChange::NONE
        },
        ..Effects::answering(subject, outcome)
    }
}
