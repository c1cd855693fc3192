//! Adding up what a simulation finds, award by award.

use std::collections::{BTreeMap, HashMap};

use super::Period;
use super::decide::Verdict;
use super::report::{
    Approvals, Bites, Both, CapLine, Crowd, MemberLine, RefusalLine, Report, RuleLine, Sum,
};
use crate::clock::Timestamp;
use crate::ids::MemberId;
use crate::machine::award::Objection;
use crate::machine::{Award, AwardState};
use crate::points::{AmountError, Points};
use crate::policy::Policy;

type Added = Result<(), AmountError>;

#[derive(Debug, Default)]
pub(super) struct Tally {
    fallen: u64,
    sums: Both<Sum>,
    changed: u64,
    newly_refused: u64,
    newly_awarded: u64,
    newly_waiting: u64,
    approvals: Approvals,
    unapproved: Both<Sum>,
    on_notice: Both<Sum>,
    rules: Vec<RuleLine>,
    caps: BTreeMap<String, (Both<Bites>, u64)>,
    refusals: BTreeMap<String, Sum>,
    members: HashMap<MemberId, Both<Points>>,
}

/// What an award that stands is worth.
fn worth(award: &Award) -> Points {
    match award.state {
        AwardState::Queued => Points::ZERO,
        _ => award.points,
    }
}

/// Whether an award is what another one is, but for its id, its state and who had a hand in it.
fn is_same(one: &Award, other: &Award) -> bool {
    (one.points, one.budget, one.expires_at) == (other.points, other.budget, other.expires_at)
        && (&one.rule, &one.terms) == (&other.rule, &other.terms)
        && (one.state == AwardState::Queued) == (other.state == AwardState::Queued)
        && (one.state == AwardState::Submitted) == (other.state == AwardState::Submitted)
}

/// Whether an award's public notice was open at a moment, or an objection raised during it not yet reviewed.
fn is_on_notice(award: &Award, objection: Option<Objection>, at: Timestamp) -> bool {
    let Some(closes) = award.notice_until else {
        return false;
    };
    let opened = closes.plus_seconds(-award.terms.notice_seconds);
    let frozen = objection.is_some_and(|objection| {
        let raised = (opened..closes).contains(&objection.at) && objection.at <= at;
        raised && objection.review.is_none_or(|review| review.at > at)
    });
    opened <= at && (at < closes || frozen)
}

impl Tally {
    pub fn new(candidate: &Policy) -> Self {
        let mut tally = Self::default();
        for (rule, title) in candidate.rules() {
            tally.rule(rule, title);
        }
        tally
    }

    /// An award on record and what the candidate makes of its deed, once nothing more happened to it; the cap under which somebody could
    /// not approve it; and the end of the period. One that fell is counted and left out.
    pub fn take(
        &mut self,
        recorded: &Award,
        verdict: &Verdict,
        held_up: Option<&str>,
        until: Timestamp,
    ) -> Added {
        if !recorded.state.is_live() {
            self.fallen += 1;
            return Ok(());
        }
        let simulated = verdict.award();
        let was = worth(recorded);
        let is = simulated.map_or(Points::ZERO, worth);
        self.sums.recorded.add(was)?;
        if let Some(award) = simulated {
            self.sums.simulated.add(worth(award))?;
        }
        if !simulated.is_some_and(|simulated| is_same(recorded, simulated)) {
            self.changed += 1;
        }
        self.add_waiting(recorded, simulated, until)?;
        self.add_rules(recorded, simulated, was, is)?;
        self.add_caps(recorded, verdict, held_up)?;
        let member = self.members.entry(recorded.member).or_default();
        member.recorded = member.recorded.plus(was)?;
        member.simulated = member.simulated.plus(is)?;
        match verdict {
            Verdict::Awarded(award) => self.add_approvals(recorded, award),
            Verdict::Refused { code, .. } => {
                self.newly_refused += 1;
                self.refusals.entry(code.clone()).or_default().add(was)?;
            }
        }
        Ok(())
    }

    fn add_waiting(
        &mut self,
        recorded: &Award,
        simulated: Option<&Award>,
        until: Timestamp,
    ) -> Added {
        let waits = |award: &Award| award.state == AwardState::Queued;
        match (waits(recorded), simulated.map(waits)) {
            (true, Some(false)) => self.newly_awarded += 1,
            (false, Some(true)) => self.newly_waiting += 1,
            _ => {}
        }
        let lines = [
            (
                &mut self.unapproved.recorded,
                &mut self.on_notice.recorded,
                Some(recorded),
            ),
            (
                &mut self.unapproved.simulated,
                &mut self.on_notice.simulated,
                simulated,
            ),
        ];
        for (unapproved, on_notice, award) in lines {
            let Some(award) = award else { continue };
            if award.state == AwardState::Submitted {
                unapproved.add(award.points)?;
            }
            if is_on_notice(award, recorded.objection, until) {
                on_notice.add(award.points)?;
            }
        }
        Ok(())
    }

    const fn add_approvals(&mut self, recorded: &Award, simulated: &Award) {
        let was = recorded.terms.approval.people();
        let is = simulated.terms.approval.people();
        match (was, is) {
            (0, 1..) => self.approvals.newly_needed += 1,
            (1.., 0) => self.approvals.no_longer_needed += 1,
            (1, 2..) => self.approvals.second_needed += 1,
            (2.., 1) => self.approvals.second_dropped += 1,
            _ => {}
        }
    }

    fn rule(&mut self, rule: &str, title: &str) -> &mut RuleLine {
        let known = self.rules.iter().position(|line| line.rule == rule);
        let place = known.unwrap_or_else(|| {
            self.rules.push(RuleLine {
                rule: rule.to_owned(),
                title: title.to_owned(),
                recorded: Sum::default(),
                simulated: Sum::default(),
                gained: Points::ZERO,
                lost: Points::ZERO,
            });
            self.rules.len() - 1
        });
        &mut self.rules[place]
    }

    fn add_rules(
        &mut self,
        recorded: &Award,
        simulated: Option<&Award>,
        was: Points,
        is: Points,
    ) -> Added {
        let line = self.rule(&recorded.rule, &recorded.trace.rule_title);
        line.recorded.add(was)?;
        if is > was {
            line.gained = line.gained.plus(is.minus(was)?)?;
        } else {
            line.lost = line.lost.plus(was.minus(is)?)?;
        }
        if let Some(award) = simulated {
            let line = self.rule(&award.rule, &award.trace.rule_title);
            line.simulated.add(worth(award))?;
        }
        Ok(())
    }

    fn add_caps(&mut self, recorded: &Award, verdict: &Verdict, held_up: Option<&str>) -> Added {
        for step in &recorded.trace.caps {
            let (line, _) = self.caps.entry(step.cap.clone()).or_default();
            bite(&mut line.recorded, step.clipped)?;
        }
        match verdict {
            Verdict::Awarded(award) => {
                for step in &award.trace.caps {
                    let (line, _) = self.caps.entry(step.cap.clone()).or_default();
                    bite(&mut line.simulated, step.clipped)?;
                }
            }
            Verdict::Refused { cap: Some(cap), .. } => {
                self.caps.entry(cap.cap.clone()).or_default().1 += 1;
            }
            Verdict::Refused { cap: None, .. } => {}
        }
        if let Some(cap) = held_up {
            self.caps.entry(cap.to_owned()).or_default().1 += 1;
        }
        Ok(())
    }

    /// All but what budgets hold.
    pub fn report(self, candidate: &Policy, period: Period) -> Result<Report, AmountError> {
        let mut members: Vec<MemberLine> = Vec::new();
        let (mut gaining, mut losing) = (Crowd::default(), Crowd::default());
        for (member, sums) in self.members {
            let difference = sums.simulated.minus(sums.recorded)?;
            let crowd = if difference.is_positive() {
                &mut gaining
            } else if difference.is_negative() {
                &mut losing
            } else {
                continue;
            };
            let size = if difference.is_negative() {
                difference.negated()?
            } else {
                difference
            };
            crowd.members += 1;
            crowd.points = crowd.points.plus(size)?;
            members.push(MemberLine {
                member,
                recorded: sums.recorded,
                simulated: sums.simulated,
                difference,
            });
        }
        members.sort_by_key(|line| (line.difference, line.member));
        let most = |lines: &mut dyn Iterator<Item = &MemberLine>| -> Vec<MemberLine> {
            lines.take(Report::MOST_MEMBERS).copied().collect()
        };
        let losers = most(&mut members.iter().filter(|line| line.difference.is_negative()));
        let gainers = most(
            &mut members
                .iter()
                .rev()
                .filter(|line| line.difference.is_positive()),
        );
        Ok(Report {
            policy: candidate.name().to_owned(),
            title: candidate.title().to_owned(),
            digest: candidate.digest().to_owned(),
            from: period.from,
            until: period.until,
            fallen: self.fallen,
            recorded: self.sums.recorded,
            simulated: self.sums.simulated,
            changed: self.changed,
            newly_refused: self.newly_refused,
            newly_awarded: self.newly_awarded,
            newly_waiting: self.newly_waiting,
            approvals: self.approvals,
            unapproved: self.unapproved,
            on_notice: self.on_notice,
            gaining,
            losing,
            rules: self.rules,
            budgets: Vec::new(),
            holdings: Vec::new(),
            caps: self.caps.into_iter().map(cap_line).collect(),
            refusals: self.refusals.into_iter().map(refusal_line).collect(),
            gainers,
            losers,
        })
    }
}

fn bite(bites: &mut Bites, clipped: Points) -> Added {
    if clipped.is_positive() {
        bites.clipped += 1;
        bites.points = bites.points.plus(clipped)?;
    }
    Ok(())
}

fn cap_line((cap, (bites, refused)): (String, (Both<Bites>, u64))) -> CapLine {
    CapLine {
        cap,
        recorded: bites.recorded,
        simulated: bites.simulated,
        refused,
    }
}

fn refusal_line((code, recorded): (String, Sum)) -> RefusalLine {
    RefusalLine { code, recorded }
}
