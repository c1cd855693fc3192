//! Reports of one and the same thing: told from others by their facts, place and time, and paid once, whoever reports and however many at once.

mod crossings;

use std::sync::Arc;

use futures::future::join_all;
use ledger::accounts::Account;
use ledger::clock::Timestamp;
use ledger::community::{Budget, Member, Registration};
use ledger::ids::{AwardId, BudgetId, MemberId, derived};
use ledger::machine::{Award, AwardState, Command, Reason, Receipt};
use ledger::points::Points;
use ledger::policy::{Deed, Language, Position};
use ledger::views::{Falling, Kept};
use ledger::{AwardRequest, ExecuteError, Ledger, Options};
use serde_json::json;
use tests::backend::Database;
use tests::books::Sql;
use tests::on_both;
use tests::story::{DAY, HOUR, Story, award_of, code_of, points};

/// Six points by severity for reports of one category within 50 m and a day.
pub const REPORT: &str = r#"
schema = "jifen/1"
name = "report"
title = "随手拍"
on = "hazard_report"
budget = "hazard"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "none"

[duplicates]
key = ["category"]
radius = "50 m"
window = "24 hours"
reward = "REWARD"

[[rule]]
name = "hazard"
title = "隐患"
points = { by = "severity", table = { low = 6, medium = 10, high = 20 } }

[[cap]]
name = "member-month"
per = "member"
every = "month"
points = 15
over = "clip"

[[test]]
name = "六分"
at = 2026-03-05T10:00:00
facts = { category = "road", severity = "low", outcome = "verified" }
expect = { points = 6 }
"#;

pub const HERE: (i64, i64) = (41_800_000, 123_300_000);

/// A programme with so many more riders.
pub struct Street {
    pub story: Story,
    pub riders: Vec<MemberId>,
    budget: BudgetId,
}

impl Street {
    pub async fn begin(db: &Database, reward: &str, riders: u8) -> Self {
        let story = Story::begin(db).await;
        let id = |what: &str, index: u8| {
            derived(&[story.program.0.as_bytes(), what.as_bytes(), &[index]])
        };
        let budget = BudgetId(id("hazard", 0));
        let record = Budget {
            id: budget,
            code: "hazard".to_owned(),
            name: String::new(),
        };
        story.register(Registration::Budget(record)).await;
        let appropriate = Command::Appropriate {
            budget,
            points: points(10_000),
        };
        story
            .execute(story.admin(), None, appropriate)
            .await
            .unwrap();
        let riders: Vec<MemberId> = (0..riders)
            .map(|index| MemberId(id("rider", index)))
            .collect();
        for &id in &riders {
            let rider = Member {
                id,
                organization: None,
                name: String::new(),
            };
            story.register(Registration::Member(rider)).await;
        }
        story
            .enact("report", &REPORT.replace("REWARD", reward))
            .await;
        // So that there are days before now on which it was in force.
        story.later(60 * DAY);
        Self {
            story,
            riders,
            budget,
        }
    }

    pub fn report(
        &self,
        rider: usize,
        reference: &str,
        (latitude, longitude): (i64, i64),
        at: Timestamp,
    ) -> AwardRequest {
        let deed = json!({ "kind": "hazard_report", "reference": reference, "occurred_at": at,
            "facts": { "category": "road", "severity": "low", "outcome": "verified" } });
        AwardRequest {
            member: self.riders[rider],
            deed: serde_json::from_value::<Deed>(deed).unwrap(),
            policy: Some("report".to_owned()),
            position: Some(Position::from_millionths(latitude, longitude).unwrap()),
        }
    }

    /// A report from where the first one was, of now.
    pub fn here(&self, rider: usize, reference: &str) -> AwardRequest {
        self.report(rider, reference, HERE, self.story.clock.now())
    }

    pub async fn submit(&self, report: &AwardRequest) -> AwardId {
        award_of(&self.story.award(report).await.unwrap())
    }

    async fn award(&self, id: AwardId) -> Award {
        let award = self.story.ledger.award(self.story.program, id).await;
        award.unwrap().unwrap()
    }

    pub async fn standing(&self, id: AwardId) -> (AwardState, String) {
        let award = self.award(id).await;
        (award.state, award.points.to_string())
    }

    async fn vest(&self, award: AwardId) -> Result<Receipt, ledger::WriteError> {
        let story = &self.story;
        story
            .execute(story.admin(), None, Command::VestAward { award })
            .await
    }

    /// Everything whose notice has closed, as the job does it.
    pub async fn vest_all(&self) {
        let (story, now) = (&self.story, self.story.clock.now());
        let due = story
            .ledger
            .due(story.program, Falling::Notices, now, None, 200)
            .await
            .unwrap();
        for due in due {
            self.vest(AwardId(due.id)).await.unwrap();
        }
    }

    pub async fn left(&self) -> i64 {
        self.story.holds(Account::budget(self.budget)).await
    }

    async fn clean(&self, db: &Database) {
        self.story.clean(db).await;
    }

    /// Each rider reports the same at once, every other through another process.
    async fn race(&self, db: &Database) -> Vec<Result<Receipt, ExecuteError>> {
        let options = Options {
            clock: self.story.clock.clone(),
            ..Options::default()
        };
        let other = Arc::new(Ledger::open(&db.url, options).await.unwrap());
        let reports = (0..self.riders.len()).map(|rider| {
            // A few metres apart, as people stand.
            let step = i64::try_from(rider).unwrap();
            let place = (HERE.0 + step % 7, HERE.1 - step % 5);
            let report = self.report(
                rider,
                &format!("race {rider}"),
                place,
                self.story.clock.now(),
            );
            let other = Arc::clone(&other);
            async move {
                let request = self
                    .story
                    .request(self.story.staff(0), Some(&report.deed.reference));
                let ledger = if rider % 2 == 0 {
                    &self.story.ledger
                } else {
                    other.as_ref()
                };
                ledger.submit_award(&request, &report).await
            }
        });
        let outcomes = join_all(reports).await;
        Arc::into_inner(other).unwrap().close().await;
        outcomes
    }
}

fn riders() -> u8 {
    if tests::soak() { 64 } else { 24 }
}

on_both! {
    async fn the_first_alone_is_rewarded_until_it_falls(db: Database) {
        let street = Street::begin(&db, "first", 3).await;
        let story = &street.story;
        let first = street.submit(&street.here(0, "a")).await;
        assert_eq!(street.standing(first).await, (AwardState::Vested, "6.00".to_owned()));
        for (rider, reference) in [(1, "b"), (0, "my own again")] {
            let refused = story.award(&street.here(rider, reference)).await;
            let ExecuteError::Write(ledger::WriteError::Rejected(rejection)) = refused.unwrap_err() else { panic!("no rejection") };
            assert_eq!(serde_json::to_value(&rejection).unwrap(), json!({ "code": "duplicate_deed", "award": first }));
        }
        let mut gas = street.here(1, "gas");
        gas.deed.facts.insert("category".to_owned(), "gas".into());
        street.submit(&gas).await;
        let mut nowhere = street.here(1, "nowhere");
        nowhere.position = None;
        assert_eq!(code_of(story.award(&nowhere).await), "position_needed");

        let reverse = Command::ReverseAward { award: first, reason: Reason::NotAsClaimed };
        story.execute(story.staff(1), None, reverse).await.unwrap();
        let second = street.submit(&street.here(1, "b once more")).await;
        assert_eq!(street.standing(second).await.0, AwardState::Vested);
        assert_eq!(code_of(story.award(&street.here(2, "c")).await), "duplicate_deed");
        street.clean(&db).await;
    }

    async fn what_is_one_thing_ends_at_the_radius_and_at_the_window(db: Database) {
        let street = Street::begin(&db, "first", 2).await;
        let story = &street.story;
        // A metre of latitude is 8.993 millionths of a degree; one of longitude more by the cosine: 449 and 450 millionths are 49.93 and 50.04 m.
        let hour = |hours: i64| story.clock.now().plus_seconds(hours * HOUR);
        let edges = [
            ("north, inside", HERE, (HERE.0 + 449, HERE.1), 0, true),
            ("north, outside", HERE, (HERE.0 + 450, HERE.1), 0, false),
            ("south, outside", HERE, (HERE.0 - 450, HERE.1), 0, false),
            ("east, inside", (0, 10), (0, 459), 0, true),
            ("east, outside", (0, 10), (0, 460), 0, false),
            ("east where degrees are short", (60_000_000, 0), (60_000_000, 890), 0, true),
            ("across the antimeridian", (0, 179_999_900), (0, -179_999_900), 0, true),
            ("outside across it", (0, 179_999_500), (0, -179_999_900), 0, false),
            ("around the pole", (89_999_800, 0), (89_999_800, 180_000_000), 0, true),
            ("outside around it", (89_999_700, 0), (89_999_700, 180_000_000), 0, false),
            ("a day before", HERE, HERE, -24, true),
            ("an hour more", HERE, HERE, -25, false),
        ];
        for (index, (what, first, second, hours, same)) in edges.into_iter().enumerate() {
            // Each pair in a week of its own.
            let week = -24 * 2 * i64::try_from(index).unwrap();
            let first = street.submit(&street.report(0, &format!("{what} 1"), first, hour(week))).await;
            let outcome = story.award(&street.report(1, &format!("{what} 2"), second, hour(week + hours))).await;
            if same {
                assert_eq!(code_of(outcome), "duplicate_deed", "{what}");
            } else {
                let reverse = Command::ReverseAward { award: award_of(&outcome.unwrap()), reason: Reason::Mistake };
                story.execute(story.staff(1), None, reverse).await.unwrap();
            }
            let reverse = Command::ReverseAward { award: first, reason: Reason::Mistake };
            story.execute(story.staff(1), None, reverse).await.unwrap();
        }
        let late = street.report(0, "late", HERE, story.clock.now().plus_seconds(-30 * DAY - 1));
        assert_eq!(code_of(story.award(&late).await), "deed_too_late");
        street.clean(&db).await;
    }

    async fn a_race_for_the_first_has_one_winner(db: Database) {
        let street = Street::begin(&db, "first", riders()).await;
        let outcomes = street.race(&db).await;
        assert_eq!(outcomes.iter().flatten().count(), 1);
        for refused in outcomes.into_iter().filter(Result::is_err) {
            assert_eq!(code_of(refused), "duplicate_deed");
        }
        assert_eq!(street.left().await, 1_000_000 - 600);
        street.clean(&db).await;
    }

    async fn all_who_race_share_one_award(db: Database) {
        let street = Street::begin(&db, "share", riders()).await;
        let outcomes = street.race(&db).await;
        let awards: Vec<AwardId> = outcomes.iter().flatten().map(award_of).collect();
        assert_eq!(awards.len(), street.riders.len());
        street.clean(&db).await;
        assert_eq!(code_of(street.vest(awards[0]).await), "notice_open");
        street.story.later(DAY);
        street.vest_all().await;
        let each = 600 / i64::from(riders());
        for award in &awards {
            assert_eq!(street.standing(*award).await, (AwardState::Vested, Points::from_hundredths(each).to_string()));
        }
        assert_eq!(street.left().await, 1_000_000 - each * i64::from(riders()), "what cannot be divided stays");
        street.clean(&db).await;
    }

    async fn reports_share_one_award_once_no_more_can_come(db: Database) {
        let street = Street::begin(&db, "share", 6).await;
        let story = &street.story;
        let a = street.submit(&street.here(0, "a")).await;
        story.later(20 * HOUR);
        let b = street.submit(&street.here(1, "b")).await;
        // An earlier deed that comes late is not worth more; a false one is turned down, one of one's own again refused.
        let c = street.submit(&street.report(2, "c", HERE, story.clock.now().plus_seconds(-40 * HOUR))).await;
        let d = street.submit(&street.here(3, "d")).await;
        assert_eq!(code_of(story.award(&street.here(1, "b again")).await), "duplicate_deed");
        let reject = Command::RejectAward { award: d, reason: Reason::NotAsClaimed };
        story.execute(story.staff(1), None, reject).await.unwrap();
        assert_eq!(street.left().await, 1_000_000 - 3 * 600, "each is set aside whole");
        let sentences = street.award(a).await.explained(Language::Zh);
        assert_eq!(sentences.last().unwrap(), "隐患类别相同、1 天以内、相距 50 米以内的算同一件事，共享一份积分，期满平分，先报的不多得。");
        street.clean(&db).await;

        // The late one's own window is over, that of the thing is not.
        assert_eq!(code_of(street.vest(c).await), "notice_open");
        story.later(4 * HOUR);
        let object = Command::ObjectAward { award: b, ground: Reason::Evidence, words: None };
        story.execute(story.staff(2), None, object).await.unwrap();
        assert_eq!(code_of(street.vest(a).await), "reports_undecided");
        let review = Command::ReviewObjection { award: b, upheld: false, finding: None, words: None };
        story.execute(story.staff(3), None, review).await.unwrap();
        street.vest(a).await.unwrap();
        assert_eq!(street.standing(a).await, (AwardState::Vested, "2.00".to_owned()));
        let sentences = street.award(a).await.explained(Language::Zh);
        assert!(sentences.contains(&"共 3 人报告同一件事，平分 6 分，各得 2 分。".to_owned()), "{sentences:?}");
        street.clean(&db).await;

        // Divided, it stays so: who comes now is too late, and what falls makes nobody else's more.
        assert_eq!(code_of(story.award(&street.here(4, "e")).await), "duplicate_deed");
        let reverse = Command::ReverseAward { award: a, reason: Reason::Mistake };
        story.execute(story.staff(1), None, reverse).await.unwrap();
        street.clean(&db).await;
        // Who objected to the second may appeal for a week.
        story.later(7 * DAY);
        street.vest_all().await;
        for award in [b, c] {
            assert_eq!(street.standing(award).await, (AwardState::Vested, "2.00".to_owned()));
        }
        assert_eq!(street.left().await, 1_000_000 - 400);
        street.clean(&db).await;
    }

    async fn alone_a_report_is_worth_its_price_and_caps_get_back_what_others_have(db: Database) {
        let street = Street::begin(&db, "share", 2).await;
        let story = &street.story;
        let far = |reference: &str, rider: usize, away: i64| street.report(rider, reference, (HERE.0 + away, HERE.1), story.clock.now());
        // Fifteen points a month: six alone, six to be shared, and three are left.
        let alone = street.submit(&far("alone", 0, 0)).await;
        let shared = street.submit(&far("shared", 0, 10_000)).await;
        let other = street.submit(&far("other", 1, 10_000)).await;
        let clipped = street.submit(&far("clipped", 0, 20_000)).await;
        assert_eq!(street.standing(clipped).await, (AwardState::Pending, "3.00".to_owned()));
        story.later(DAY);
        street.vest_all().await;
        for (award, points) in [(alone, "6.00"), (shared, "3.00"), (other, "3.00"), (clipped, "3.00")] {
            assert_eq!(street.standing(award).await, (AwardState::Vested, points.to_owned()));
        }
        street.clean(&db).await;
        let next = street.submit(&far("next", 0, 40_000)).await;
        assert_eq!(street.standing(next).await, (AwardState::Pending, "3.00".to_owned()), "three came back to the cap");
        street.clean(&db).await;
    }

    async fn a_group_is_what_its_lines_are_one_by_one(db: Database) {
        let street = Street::begin(&db, "share", 3).await;
        let story = &street.story;
        let lines = [street.here(0, "a"), street.here(1, "b"), street.here(2, "c")];
        let request = story.request(story.staff(0), Some("group"));
        story.ledger.submit_awards(&request, &lines).await.unwrap();
        let again = [street.here(1, "b again"), street.here(2, "c again")];
        let request = story.request(story.staff(0), Some("again"));
        assert_eq!(code_of(story.ledger.submit_awards(&request, &again).await), "in_group");
        story.later(DAY);
        street.vest_all().await;
        assert_eq!(street.left().await, 1_000_000 - 600);
        street.clean(&db).await;
    }

    async fn where_it_was_is_kept_apart_and_forgotten(db: Database) {
        let street = Street::begin(&db, "share", 2).await;
        let story = &street.story;
        let a = street.submit(&street.here(0, "a")).await;
        street.submit(&street.here(1, "b")).await;
        let mut sql = Sql::connect(&db.url).await;
        let seen: Vec<(i64, i64)> = sql.rows(story.program, "SELECT latitude, longitude FROM sightings WHERE program_id = $1").await;
        assert_eq!(seen, [HERE], "the place of the thing, and of nobody else");
        for text in [
            "SELECT deed || trace || counted || terms FROM awards WHERE program_id = $1",
            "SELECT receipt FROM events WHERE program_id = $1",
        ] {
            let rows: Vec<(String,)> = sql.rows(story.program, text).await;
            let told = rows.iter().find(|(text,)| ["41.8", "418000", "123.3", "1233000"].iter().any(|place| text.contains(place)));
            assert_eq!(told, None);
        }
        // Thirty days after its window has closed nothing can match any more; what was not divided still is.
        let kept = 31 * DAY;
        story.later(kept - 1);
        let stale = story.ledger.stale_since(story.program, Kept::Sightings, story.clock.now()).await.unwrap();
        assert_eq!(stale, None);
        story.later(1);
        assert_eq!(story.ledger.forget(story.program, Kept::Sightings, story.clock.now(), 9).await.unwrap(), 1);
        street.vest_all().await;
        assert_eq!(street.standing(a).await, (AwardState::Vested, "3.00".to_owned()));
        street.clean(&db).await;
    }

    async fn a_policy_without_a_radius_asks_for_no_place(db: Database) {
        let street = Street::begin(&db, "share", 2).await;
        let story = &street.story;
        story.later(1);
        let anywhere = REPORT.replace("REWARD", "share").replace("radius = \"50 m\"\n", "");
        story.enact("report", &anywhere).await;
        let nowhere = |rider: usize, reference: &str| AwardRequest { position: None, ..street.here(rider, reference) };
        let a = street.submit(&nowhere(0, "a")).await;
        street.submit(&nowhere(1, "b")).await;
        story.later(DAY);
        street.vest_all().await;
        assert_eq!(street.standing(a).await, (AwardState::Vested, "3.00".to_owned()));
        street.clean(&db).await;
    }
}
