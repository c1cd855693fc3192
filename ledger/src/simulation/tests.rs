//! The replay by itself: awards as the machine made them, in, and a report out.

use uuid::Uuid;

use super::{Course, Period, Recorded, Replaces, Report, Simulation, order};
use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::community::{Actor, Role};
use crate::ids::{ActorId, BudgetId, CommandId, MemberId, ProgramId};
use crate::machine::state::{Balance, InForce};
use crate::machine::{
    Award, AwardState, Command, Context, Reason, State, Submission, decide_and_apply,
};
use crate::points::Points;
use crate::policy::{Deed, Fact, Policy};

const PROGRAM: ProgramId = ProgramId(Uuid::from_u128(1));
const BUDGET: BudgetId = BudgetId(Uuid::from_u128(11));
const RIDER: MemberId = MemberId(Uuid::from_u128(21));
const DAY: i64 = 24 * 3_600;

/// A point a minute, at most so many a day and a week.
fn policy(day: i64, week: i64) -> Policy {
    let source = format!(
        r#"
schema = "jifen/1"
name = "p"
title = "巡查"
on = "patrol_shift"
budget = "b"
zone = "Asia/Shanghai"
day_start = "04:00"
effective = {{ from = 2026-03-01 }}

[[rule]]
name = "r"
title = "规则"
when = {{ fact = "minutes", at_least = 1 }}
points = {{ rate = 1, per = "minutes" }}

[[cap]]
name = "day"
per = "member"
every = "day"
points = {day}
over = "clip"

[[cap]]
name = "week"
per = "member"
every = "week"
points = {week}
over = "clip"

[[test]]
name = "十分"
at = 2026-03-05T10:00:00
facts = {{ minutes = 10, grid = "G-7" }}
expect = {{ points = 10 }}
"#
    );
    Policy::parse_unfiled(&source).expect("a policy")
}

/// Ten in the morning of a Monday, and so many seconds.
fn at(seconds: i64) -> Timestamp {
    let monday: Timestamp = "2026-03-09T10:00:00+08:00".parse().expect("a moment");
    monday.plus_seconds(seconds)
}

/// A past made by the machine.
struct Past {
    state: State,
    policy: Policy,
    /// Counted down, so that the order of ids is not that of submissions.
    next: u128,
    made: Vec<CommandId>,
}

impl Past {
    fn under(policy: Policy) -> Self {
        let owners = [Owner::Member(RIDER), Owner::Budget(BUDGET)];
        let mut state = State::new(PROGRAM, at(0), owners);
        let plenty = Balance {
            points: Points::from_hundredths(i64::MAX / 2),
            ..Balance::default()
        };
        state.load_account(Owner::Member(RIDER).guard(), Balance::default());
        state.load_account(Owner::Budget(BUDGET).guard(), plenty);
        state.note_registered();
        state.load_policy(InForce {
            name: "p".to_owned(),
            digest: policy.digest().to_owned(),
            from: Timestamp::from_micros(0),
        });
        Self {
            state,
            policy,
            next: 9_000,
            made: Vec::new(),
        }
    }

    fn give(&mut self, id: CommandId, command: &Command) {
        let actor = Actor {
            id: ActorId(Uuid::from_u128(91)),
            role: Role::Staff,
            member: None,
            store: None,
            node: None,
        };
        let now = self.state.now;
        let context = Context { id, actor, now };
        decide_and_apply(&mut self.state, command, &context).expect("it is done");
    }

    /// Submits minutes of a deed of that moment, now.
    fn submit(&mut self, occurred_at: Timestamp, minutes: i64) -> usize {
        self.next -= 1;
        let id = CommandId(Uuid::from_u128(self.next));
        let facts = [
            ("minutes".to_owned(), Fact::from(minutes)),
            ("grid".to_owned(), Fact::from("G-7")),
        ];
        let deed = Deed {
            kind: "patrol_shift".to_owned(),
            reference: self.next.to_string(),
            occurred_at,
            facts: facts.into(),
            evidence: [].into(),
            places: vec![],
        };
        let quote = self.policy.price(&deed).expect("a price");
        let submission = Submission {
            member: RIDER,
            deed,
            named_policy: None,
            position: None,
            map: None,
            budget: BUDGET,
            quote,
            answers: None,
        };
        self.give(id, &Command::SubmitAward(Box::new(submission)));
        self.made.push(id);
        self.made.len() - 1
    }

    fn reverse(&mut self, which: usize) {
        let award = crate::ids::AwardId(self.made[which].0);
        self.next -= 1;
        let reason = Reason::Mistake;
        let command = Command::ReverseAward { award, reason };
        self.give(CommandId(Uuid::from_u128(self.next)), &command);
    }

    fn awards(&self) -> Vec<Award> {
        let award = |id: &CommandId| self.state.award(crate::ids::AwardId(id.0)).cloned();
        self.made.iter().filter_map(award).collect()
    }

    fn recorded(&self) -> Vec<Recorded> {
        let recorded = |award| Recorded {
            award,
            before: None,
            came_back_at: None,
        };
        self.awards().into_iter().map(recorded).collect()
    }

    /// The budget holds plenty, and nobody kept its books.
    fn under_candidate(&self, candidate: Policy, from: Timestamp) -> Report {
        let plenty = Points::from_hundredths(i64::MAX / 2);
        let courses = vec![Course::new(BUDGET, "b".to_owned(), plenty)];
        let period = Period {
            from,
            until: at(30 * DAY),
        };
        let replaces = Replaces::ItsNamesake;
        let mut simulation =
            Simulation::new(PROGRAM, candidate, replaces, period, courses).expect("a budget");
        simulation.replay(self.recorded()).expect("it goes on");
        simulation.report().expect("it adds up")
    }
}

fn points(points: i64) -> Points {
    Points::whole(points).expect("a sensible amount")
}

/// Monday: 60; Tuesday: 70 and 50 at once, of which the day leaves 30; the first is reversed; Wednesday: 80, and 20 for Monday.
fn a_past() -> Past {
    let mut past = Past::under(policy(100, 250));
    let first = past.submit(at(0), 60);
    past.state.now = at(DAY);
    past.submit(at(DAY), 70);
    past.submit(at(DAY), 50);
    past.state.now = at(DAY + 60);
    past.reverse(first);
    past.state.now = at(2 * DAY);
    past.submit(at(2 * DAY), 80);
    past.submit(at(0), 20);
    past
}

#[test]
fn the_same_policy_gives_the_same_history_from_any_day_on() {
    let past = a_past();
    let granted: Vec<Points> = past.awards().iter().map(|award| award.points).collect();
    assert_eq!(granted, [60, 70, 30, 80, 20].map(points));
    for day in 0..3 {
        let report = past.under_candidate(policy(100, 250), at(day * DAY - 60));
        assert!(report.is_unchanged(), "{report:#?}");
    }
}

#[test]
fn those_of_one_moment_come_in_the_order_their_caps_saw_them() {
    let past = a_past();
    let mut awards = past.recorded();
    awards.reverse();
    let in_order: Vec<_> = order::by_submission(awards)
        .iter()
        .map(|one| one.award.id.0)
        .collect();
    // The last two count on one week, so their order is known although their ids run the other way.
    let made: Vec<_> = past.made.iter().map(|id| id.0).collect();
    assert_eq!(in_order, made);
}

#[test]
fn what_falls_gives_back_what_it_would_have_counted() {
    // 60, 70 and 20 fill the week; 60 come back; 60 of Wednesday's 80; nothing for Monday's 20.
    let report = a_past().under_candidate(policy(100, 150), at(0));
    assert_eq!((report.fallen, report.recorded.points), (1, points(200)));
    assert_eq!(report.simulated.points, points(150));
    assert_eq!((report.newly_refused, report.changed), (1, 3));
    let week = &report.caps[1];
    assert_eq!((week.cap.as_str(), week.refused), ("p/week", 1));
    assert_eq!(
        (week.simulated.clipped, week.simulated.points),
        (2, points(30))
    );
}

#[test]
fn windows_that_begin_before_the_period_begin_as_they_were() {
    // Monday and Tuesday have used 100 of the week; Wednesday's 80 do not fit into 150.
    let report = a_past().under_candidate(policy(100, 150), at(2 * DAY - 60));
    assert_eq!(
        (report.recorded.points, report.simulated.points),
        (points(80), points(50))
    );
}

#[test]
fn a_cap_of_another_length_is_another_cap() {
    let source = policy(100, 250)
        .source()
        .replace("every = \"week\"", "every = \"month\"");
    let report = a_past().under_candidate(
        Policy::parse_unfiled(&source).expect("one"),
        at(2 * DAY - 60),
    );
    assert!(
        report.is_unchanged(),
        "a month's 250 leave room: {report:#?}"
    );
}

#[test]
fn who_had_to_approve_is_told() {
    let source = policy(100, 250)
        .source()
        .replace("zone =", "approval = \"single\"\nzone =");
    let past = a_past();
    let report = past.under_candidate(Policy::parse_unfiled(&source).expect("one"), at(0));
    assert_eq!(
        (report.approvals.newly_needed, report.simulated),
        (4, report.recorded)
    );
    assert!(
        past.awards()
            .iter()
            .any(|award| award.state == AwardState::Reversed)
    );
}
