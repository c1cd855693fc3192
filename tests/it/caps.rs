//! Caps as tables: every subject, window and way of counting, through the whole ledger; and what two processes make of them.

mod races;

use futures::future::join_all;
use ledger::AwardRequest;
use ledger::clock::Timestamp;
use ledger::ids::AwardId;
use ledger::machine::{Command, Outcome, Reason};
use serde_json::json;
use tests::backend::Database;
use tests::on_both;
use tests::story::{Story, code_of};

/// Whose counter.
const SUBJECTS: [&str; 5] = ["member", "grid", "team", "approver", "budget"];

/// A stretch of time and where it ends.
struct Window {
    every: &'static str,
    zone: &'static str,
    day_start: &'static str,
    /// Its first instant, one within it, its last, and the first of the next; of a rolling one, the deed's day, and the last and the
    /// first after it that share no window with that day.
    first: &'static str,
    inside: &'static str,
    last: &'static str,
    next: &'static str,
}

macro_rules! windows {
    ($($every:literal $zone:literal $day_start:literal: $first:literal, $inside:literal, $last:literal, $next:literal;)+) => {
        &[$(Window { every: $every, zone: $zone, day_start: $day_start, first: $first, inside: $inside, last: $last, next: $next },)+]
    };
}

/// In the second half days are those of a programme that puts its clocks forward and back: at 02:00 on the 28th of March, and at 03:00 on the
/// 31st of October. A day that begins at 02:30 begins an hour later by the sun on the one and is the first of two 02:30s on the other.
static WINDOWS: &[Window] = windows! {
    "day" "Asia/Shanghai" "04:00": "2027-03-04T04:00:00+08:00", "2027-03-04T10:00:00+08:00", "2027-03-05T03:59:59.999999+08:00", "2027-03-05T04:00:00+08:00";
    "week" "Asia/Shanghai" "04:00": "2027-03-01T04:00:00+08:00", "2027-03-04T10:00:00+08:00", "2027-03-08T03:59:59.999999+08:00", "2027-03-08T04:00:00+08:00";
    "month" "Asia/Shanghai" "04:00": "2027-02-01T04:00:00+08:00", "2027-02-28T23:00:00+08:00", "2027-03-01T03:59:59.999999+08:00", "2027-03-01T04:00:00+08:00";
    "quarter" "Asia/Shanghai" "04:00": "2027-01-01T04:00:00+08:00", "2027-02-14T10:00:00+08:00", "2027-04-01T03:59:59.999999+08:00", "2027-04-01T04:00:00+08:00";
    "year" "Asia/Shanghai" "04:00": "2027-01-01T04:00:00+08:00", "2027-07-01T10:00:00+08:00", "2028-01-01T03:59:59.999999+08:00", "2028-01-01T04:00:00+08:00";
    "rolling 3 days" "Asia/Shanghai" "04:00": "2027-03-04T04:00:00+08:00", "2027-03-04T10:00:00+08:00", "2027-03-07T03:59:59.999999+08:00", "2027-03-07T04:00:00+08:00";

    "day" "Europe/Berlin" "02:30": "2027-03-28T01:30:00Z", "2027-03-28T12:00:00Z", "2027-03-29T00:29:59.999999Z", "2027-03-29T00:30:00Z";
    "day" "Europe/Berlin" "02:30": "2027-10-31T00:30:00Z", "2027-10-31T01:30:00Z", "2027-11-01T01:29:59.999999Z", "2027-11-01T01:30:00Z";
    "day" "Europe/Berlin" "04:00": "2027-03-27T03:00:00Z", "2027-03-28T01:00:00Z", "2027-03-28T01:59:59.999999Z", "2027-03-28T02:00:00Z";
    "rolling 2 days" "Europe/Berlin" "02:30": "2027-03-27T01:30:00Z", "2027-03-27T20:00:00Z", "2027-03-29T00:29:59.999999Z", "2027-03-29T00:30:00Z";
    "rolling 2 days" "Europe/Berlin" "02:30": "2027-10-30T00:30:00Z", "2027-10-30T20:00:00Z", "2027-11-01T01:29:59.999999Z", "2027-11-01T01:30:00Z";
};

/// How much, and what becomes of what does not fit; an approver's cap cuts nothing, and neither does a count.
const LIMITS: [&str; 3] = [
    "points = 100\nover = \"clip\"",
    "points = 100\nover = \"reject\"",
    "count = 2\nover = \"reject\"",
];

#[derive(Clone, Copy, Debug)]
enum When {
    First,
    Inside,
    Last,
    Next,
}

enum Step {
    /// A deed of that moment and of so many minutes, a point each, submitted then or later: what is granted under each of [`LIMITS`].
    Deed(When, i64, [i64; 3]),
    /// The same of another member, grid, team or approver.
    ByAnother(When, i64, [i64; 3]),
    /// The award of an earlier step is turned down, or approved and reversed.
    Reject(&'static str),
    Reverse(&'static str),
}

use Step::{ByAnother, Deed, Reject, Reverse};
use When::{First, Inside, Last, Next};

const STEPS: &[(&str, Step)] = &[
    ("the first fits", Deed(First, 60, [60, 60, 60])),
    ("one over", Deed(Inside, 41, [40, 0, 41])),
    ("what was left fills it", Deed(Inside, 40, [0, 40, 0])),
    ("it is full", Deed(Inside, 1, [0, 0, 0])),
    ("to its last instant", Deed(Last, 1, [0, 0, 0])),
    ("for nobody else", ByAnother(Inside, 100, [100, 100, 100])),
    ("the next is another", Deed(Next, 99, [99, 99, 99])),
    ("what comes late does not fit", Deed(Inside, 1, [0, 0, 0])),
    ("what falls", Reject("the first fits")),
    ("makes room", Deed(Inside, 61, [60, 0, 61])),
    ("for as much", Deed(First, 60, [0, 60, 0])),
    ("and no more", Deed(Last, 1, [0, 0, 0])),
    ("what is undone", Reverse("makes room")),
    ("whichever it was", Reverse("for as much")),
    ("makes room again", Deed(Inside, 60, [60, 60, 60])),
    ("and then it is full", Deed(First, 1, [0, 0, 0])),
    ("the next goes on", Deed(Next, 2, [1, 0, 2])),
];

/// A cap under trial, alone in a policy.
struct Case {
    subject: &'static str,
    window: &'static Window,
    limit: usize,
    name: String,
    /// What its steps granted, by their names.
    awards: Vec<(&'static str, AwardId)>,
}

impl Case {
    fn all() -> Vec<Self> {
        let mut cases = Vec::new();
        for (number, window) in WINDOWS.iter().enumerate() {
            for subject in SUBJECTS {
                for limit in 0..LIMITS.len() {
                    if subject != "approver" || limit > 0 {
                        let name = format!("{subject}-{number}-{limit}");
                        let awards = Vec::new();
                        cases.push(Self {
                            subject,
                            window,
                            limit,
                            name,
                            awards,
                        });
                    }
                }
            }
        }
        cases
    }

    /// What counts on an approver waits for a second one, so that it can still be turned down when it has counted.
    fn policy(&self) -> String {
        let Window {
            every,
            zone,
            day_start,
            ..
        } = self.window;
        let (name, subject, limit) = (&self.name, self.subject, LIMITS[self.limit]);
        let approval = if subject == "approver" {
            "two_person"
        } else {
            "single"
        };
        format!(
            r#"
schema = "jifen/1"
name = "{name}"
title = "限额"
on = "patrol_shift"
budget = "patrol"
zone = "{zone}"
day_start = "{day_start}"
approval = "{approval}"

[[rule]]
name = "shift"
title = "巡查"
points = {{ rate = 1, per = "minutes" }}

[[cap]]
name = "cap"
per = "{subject}"
every = "{every}"
{limit}

[[test]]
name = "一分"
at = 2027-03-05T10:00:00
facts = {{ minutes = 1, grid = "G-7", team = "T-7" }}
expect = {{ points = 1 }}
"#
        )
    }

    fn moment(&self, when: When) -> Timestamp {
        let text = match when {
            First => self.window.first,
            Inside => self.window.inside,
            Last => self.window.last,
            Next => self.window.next,
        };
        text.parse().unwrap()
    }

    /// One step; what it did wrong, if anything.
    async fn take(
        &self,
        story: &Story,
        what: &'static str,
        step: &Step,
    ) -> (Option<AwardId>, Option<String>) {
        match step {
            Deed(when, minutes, granted) | ByAnother(when, minutes, granted) => {
                let another = matches!(step, ByAnother(..));
                if another && self.subject == "budget" {
                    return (None, None);
                }
                let (award, points) = self.deed(story, what, (*when, *minutes), another).await;
                let expected = granted[self.limit];
                let wrong = (points != expected * 100).then(|| {
                    format!(
                        "{}: {what}: {points} hundredths, not {expected} points",
                        self.label()
                    )
                });
                (award, wrong)
            }
            Reject(which) => {
                let award = self.award(which);
                let reason = Reason::NotAsClaimed;
                story
                    .execute(story.staff(9), None, Command::RejectAward { award, reason })
                    .await
                    .unwrap();
                (None, None)
            }
            Reverse(which) => {
                // Only one of the two was granted.
                if let Some((_, award)) = self.awards.iter().find(|(name, _)| name == which) {
                    let (award, reason) = (*award, Reason::NotAsClaimed);
                    let approve = Command::ApproveAward { award };
                    story.execute(story.staff(2), None, approve).await.unwrap();
                    story
                        .execute(
                            story.staff(9),
                            None,
                            Command::ReverseAward { award, reason },
                        )
                        .await
                        .unwrap();
                }
                (None, None)
            }
        }
    }

    fn label(&self) -> String {
        let Window {
            every,
            day_start,
            first,
            ..
        } = self.window;
        format!(
            "{} every {every} from {day_start} ({first}), {:?}",
            self.subject, LIMITS[self.limit]
        )
    }

    fn award(&self, which: &str) -> AwardId {
        self.awards
            .iter()
            .find(|(name, _)| *name == which)
            .unwrap()
            .1
    }

    fn request(
        &self,
        story: &Story,
        what: &str,
        (when, minutes): (When, i64),
        member: usize,
        [grid, team]: [&str; 2],
    ) -> AwardRequest {
        let deed = json!({
            "kind": "patrol_shift",
            "reference": format!("{} {what}", self.name),
            "occurred_at": self.moment(when),
            "facts": { "minutes": minutes, "grid": grid, "team": team },
        });
        AwardRequest {
            member: story.members[member],
            deed: serde_json::from_value(deed).unwrap(),
            policy: Some(self.name.clone()),
            position: None,
        }
    }

    /// What was granted, in hundredths; under an approver's cap, once they approved.
    async fn deed(
        &self,
        story: &Story,
        what: &str,
        (when, minutes): (When, i64),
        another: bool,
    ) -> (Option<AwardId>, i64) {
        let place = |name: &str| match (name == self.subject, another) {
            (true, true) => "8",
            _ => "7",
        };
        let member = usize::from(another && self.subject == "member");
        let places = [place("grid"), place("team")];
        let request = self.request(story, what, (when, minutes), member, places);
        let receipt = match story.award(&request).await {
            Ok(receipt) => receipt,
            refused => {
                assert_eq!(code_of(refused), "cap_reached", "{}: {what}", self.label());
                return (None, 0);
            }
        };
        let Outcome::Award { award, points, .. } = receipt.outcome else {
            panic!()
        };
        if self.subject == "approver" {
            let by = if another { 3 } else { 1 };
            let approved = story
                .execute(story.staff(by), None, Command::ApproveAward { award })
                .await;
            if approved.is_err() {
                assert_eq!(code_of(approved), "cap_reached", "{}: {what}", self.label());
                return (None, 0);
            }
        }
        (Some(award), points.hundredths())
    }
}

on_both! {
    /// All caps on one stretch of time at once, each step when its deed happened.
    async fn every_cap_holds_what_it_says_over_its_window(db: Database) {
        let story = Story::begin(&db).await;
        story.clock.set("2026-12-31T10:00:00+08:00".parse().unwrap());
        let plenty = Command::Appropriate { budget: story.patrol, points: tests::story::points(1_000_000) };
        story.execute(story.admin(), None, plenty).await.unwrap();
        let mut cases = Case::all();
        let policies: Vec<(&str, String)> = cases.iter().map(|case| (case.name.as_str(), case.policy())).collect();
        join_all(policies.iter().map(|(name, source)| story.enact(name, source))).await;
        let mut wrong = Vec::new();
        for window in WINDOWS {
            let mut cases: Vec<&mut Case> = cases.iter_mut().filter(|case| std::ptr::eq(case.window, window)).collect();
            for (what, step) in STEPS {
                if let Deed(when, ..) | ByAnother(when, ..) = step {
                    let now = story.clock.now().max(cases[0].moment(*when));
                    story.clock.set(if *what == "the first fits" { cases[0].moment(First) } else { now });
                }
                let taken = join_all(cases.iter().map(|case| case.take(&story, what, step))).await;
                for (case, (award, found)) in cases.iter_mut().zip(taken) {
                    case.awards.extend(award.map(|award| (*what, award)));
                    wrong.extend(found);
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
        story.clean(&db).await;
    }
}
