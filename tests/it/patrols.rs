//! Patrols: what counts of a shift, what does not, and that nothing is left of where somebody was.

use futures::future::join_all;
use ledger::community::patrol::PatrolRule;
use ledger::community::{Actor, GridDefaults, grids_of};
use ledger::ids::DeedId;
use ledger::machine::deeds::{
    Answer, DeedState, EndedBy, PatrolCommand, ShiftStart, WhyNot, explain_why_not,
};
use ledger::machine::{AwardState, Command, Receipt};
use ledger::policy::{Datum, Language, Position, gcj02_of};
use ledger::views::Kept;
use serde_json::json;
use tests::backend::Database;
use tests::books::Sql;
use tests::on_both;
use tests::story::{DAY, HOUR, Story, code_of, points};
use uuid::Uuid;

pub mod beat;
pub mod http;

use beat::{Beat, CORNER, cells, grids, place};

fn why(answer: Option<Answer>) -> WhyNot {
    match answer {
        Some(Answer::Refused(why)) => *why,
        other => panic!("{other:?} is not refused"),
    }
}

impl Beat<'_> {
    /// A shift of a hundred minutes with a place every twenty, 100 metres apart. Answers with its award.
    async fn walked(&self, member: usize, minutes: i64) -> (DeedId, Receipt, Option<Answer>) {
        self.now(minutes);
        let deed = self.start(member, minutes).await.unwrap();
        for index in 1..=4 {
            self.now(minutes + index * 20);
            self.step(deed, minutes + index * 20, index * 100)
                .await
                .unwrap();
        }
        self.now(minutes + 100);
        let (receipt, answer) = self.end(member, deed, minutes + 100).await.unwrap();
        (deed, receipt, answer)
    }
}

on_both! {
    /// From the first place to points in the wallet.
    async fn a_patrol_counts_the_time_between_places(db: Database) {
        let story = Story::begin(&db).await;
        let beat = Beat::begin(&story).await;
        let (deed, _, answer) = beat.walked(0, 10).await;
        let Some(Answer::Awarded(award)) = answer else { panic!("{answer:?}") };
        let found = story.ledger.award(story.program, award).await.unwrap().unwrap();
        assert_eq!((found.state, found.points, found.deed_id), (AwardState::Submitted, points(50), deed));
        assert_eq!(found.submitted_by, story.staff(0).id, "who put the cell on the map awards");
        assert_eq!(found.deed.occurred_at, beat.at(10));
        let facts = json!({ "minutes": 100, "grid": "G-7", "checkpoints": 5 });
        assert_eq!(serde_json::to_value(&found.deed.facts).unwrap(), facts);
        assert_eq!(found.deed.evidence, ["check_in".to_owned()].into());
        story.execute(story.staff(1), None, Command::ApproveAward { award }).await.unwrap();
        assert_eq!(story.available(0).await, 5_000);
        let shift = beat.body(deed).await;
        assert_eq!((shift.points, shift.waypoints, shift.minutes), (5, 5, Some(100)));
        assert_eq!((shift.ended_by, shift.late), (Some(EndedBy::Member), false));
        assert_eq!(code_of(beat.step(deed, 105, 500).await), "deed_state");
        assert_eq!(code_of(beat.end(0, deed, 110).await), "deed_state");
        beat.clean(&db).await;
    }

    /// However often it is pressed.
    async fn standing_still_earns_nothing_and_is_told_why(db: Database) {
        let story = Story::begin(&db).await;
        let beat = Beat::begin(&story).await;
        let deed = beat.start(0, 0).await.unwrap();
        for index in 1..=10 {
            beat.now(index * 10);
            beat.step(deed, index * 10, index % 3 * 20).await.unwrap();
        }
        assert_eq!(beat.body(deed).await.points, 1);
        let (receipt, answer) = beat.end(0, deed, 101).await.unwrap();
        assert_eq!(answer, None, "{receipt:?}");
        let view = beat.shift(deed).await;
        assert_eq!(view.record.state, DeedState::Done);
        let why = why(view.answer);
        assert_eq!(why, WhyNot::TooFewPoints { points: 1, needed: 3 });
        let told = explain_why_not("patrol_shift", &why, Language::Zh);
        assert!(told[0].contains("站着不动"), "{told:?}");
        let again = story.ledger.execute_deed(&story.request(story.staff(1), None), Command::AskAgain { deed }).await;
        assert_eq!(code_of(again), "deed_answered", "asking again does not move anybody");
        assert_eq!((story.available(0).await, beat.places(0).await), (0, 0));
        beat.clean(&db).await;
    }

    /// What a device kept counts as if it had come at once, in whatever order it comes, and is marked when it comes late.
    async fn what_comes_late_and_out_of_order_counts_the_same(db: Database) {
        let story = Story::begin(&db).await;
        let beat = Beat::begin(&story).await;
        beat.now(5 * 60);
        let deed = beat.start(0, 0).await.unwrap();
        for (minutes, metres) in [(80, 400), (20, 100), (22, 150), (60, 300), (40, 200)] {
            beat.step(deed, minutes, metres).await.unwrap();
        }
        assert_eq!(code_of(beat.step(deed, 40, 700).await), "already_exists");
        assert_eq!(code_of(beat.step(deed, -1, 700).await), "outside_shift");
        assert_eq!(code_of(beat.step(deed, 241, 700).await), "outside_shift", "nobody rides on when tired");
        let (_, answer) = beat.end(0, deed, 100).await.unwrap();
        let Some(Answer::Awarded(award)) = answer else { panic!("{answer:?}") };
        let award = story.ledger.award(story.program, award).await.unwrap().unwrap();
        assert_eq!(award.points, points(50));
        assert_eq!(award.deed.evidence, ["backfill".to_owned(), "check_in".to_owned()].into());
        assert_eq!(award.deed.occurred_at, beat.at(0));

        beat.now(2 * 24 * 60);
        assert_eq!(code_of(beat.start(1, 24 * 60 - 1).await), "deed_too_late");
        assert_eq!(code_of(beat.start(1, 2 * 24 * 60 + 6).await), "deed_in_future");
        beat.clean(&db).await;
    }

    async fn nobody_is_on_two_shifts_at_once(db: Database) {
        let story = Story::begin(&db).await;
        let beat = Beat::begin(&story).await;
        let started = join_all([beat.start(0, 0), beat.start(0, 0), beat.start(0, 0)]).await;
        assert_eq!(started.iter().filter(|answer| answer.is_ok()).count(), 1, "{started:?}");
        let first = started.into_iter().find_map(Result::ok).unwrap();
        assert!(beat.start(1, 0).await.is_ok(), "others are");
        beat.now(30);
        assert_eq!(code_of(beat.start(0, 30).await), "shift_open");
        beat.step(first, 20, 100).await.unwrap();
        // Its time over, it is in nobody's way; what was kept of it still counts.
        beat.now(4 * 60);
        let second = beat.start(0, 4 * 60).await.unwrap();
        beat.step(first, 40, 200).await.unwrap();
        let (_, answer) = beat.end(0, first, 60).await.unwrap();
        assert!(matches!(answer, Some(Answer::Awarded(_))), "{answer:?}");
        assert_eq!(beat.shift(second).await.record.state, DeedState::Begun);
        beat.clean(&db).await;
    }

    /// The same hour counts once, whatever the device says when it began.
    async fn the_same_hour_of_two_shifts_counts_once(db: Database) {
        let story = Story::begin(&db).await;
        let beat = Beat::begin(&story).await;
        beat.walked(0, 0).await;
        let (deed, _, answer) = {
            let deed = beat.start(0, 99).await.unwrap();
            beat.now(130);
            beat.step(deed, 115, 100).await.unwrap();
            beat.step(deed, 125, 200).await.unwrap();
            let (receipt, answer) = beat.end(0, deed, 130).await.unwrap();
            (deed, receipt, answer)
        };
        assert_eq!(answer, None);
        assert!(matches!(why(beat.shift(deed).await.answer), WhyNot::TimeCounted { .. }));
        beat.clean(&db).await;
    }

    /// Nobody's pressing the end costs what came after the last place, and nothing else.
    async fn a_shift_that_nobody_ends_is_closed_by_rule(db: Database) {
        let story = Story::begin(&db).await;
        let beat = Beat::begin(&story).await;
        let deed = beat.start(0, 0).await.unwrap();
        for index in 1..=3 {
            beat.now(index * 20);
            beat.step(deed, index * 20, index * 100).await.unwrap();
        }
        let by_staff = beat.start(1, 60).await.unwrap();
        let closed = 4 * 60 + 24 * 60;
        beat.now(closed - 1);
        assert_eq!(beat.due().await, []);
        assert_eq!(beat.places(0).await, 4, "what was kept offline may still arrive");
        beat.now(closed);
        beat.close_all().await;
        let shift = beat.body(deed).await;
        assert_eq!((shift.ended_by, shift.minutes, shift.points), (Some(EndedBy::Rule), Some(60), 4));
        assert_eq!((beat.places(0).await, beat.places(1).await), (0, 1));
        let view = beat.shift(deed).await;
        let Some(Answer::Awarded(award)) = view.answer else { panic!("{view:?}") };
        let award = story.ledger.award(story.program, award).await.unwrap().unwrap();
        assert!(award.deed.evidence.contains("system"), "{:?}", award.deed.evidence);

        let end = PatrolCommand::End { deed: by_staff, at: beat.at(closed), position: None };
        let itself = Actor { member: Some(story.members[1]), ..story.staff(1) };
        assert_eq!(code_of(beat.told(itself, end.clone()).await), "self_award");
        beat.told(story.staff(1), end).await.unwrap();
        let shift = beat.body(by_staff).await;
        assert_eq!((shift.ended_by, shift.minutes), (Some(EndedBy::Staff), Some(0)));
        let third = beat.start(2, closed).await.unwrap();
        beat.told(story.staff(1), PatrolCommand::Void { deed: third }).await.unwrap();
        assert_eq!((beat.shift(third).await.record.state, beat.places(2).await), (DeedState::Void, 0));
        assert_eq!(beat.due().await, []);
        beat.clean(&db).await;
    }

    /// With who is erased goes where they were; a shift of theirs comes to nothing.
    async fn an_erasure_takes_the_places_along(db: Database) {
        let story = Story::begin(&db).await;
        let beat = Beat::begin(&story).await;
        let deed = beat.start(0, 0).await.unwrap();
        let other = beat.start(1, 0).await.unwrap();
        let merge = Command::MergeMembers { from: story.members[1], into: story.members[0] };
        story.execute(story.admin(), None, merge).await.unwrap();
        assert_eq!(beat.places(0).await, 2, "merged, they are one member's");
        let erase = Command::ErasePersonal { member: story.members[0] };
        story.execute(story.admin(), None, erase).await.unwrap();
        assert_eq!(beat.places(0).await, 0);
        assert_eq!(code_of(beat.end(0, deed, 30).await), "member_erased");
        beat.now(2 * 24 * 60);
        beat.close_all().await;
        for deed in [deed, other] {
            assert_eq!(beat.shift(deed).await.record.state, DeedState::Void);
        }
        beat.clean(&db).await;
    }

    /// Not in an event, a claim, a deed or a request; and not after a week, should nothing have ended the shift.
    async fn nothing_is_left_of_where_somebody_was(db: Database) {
        let story = Story::begin(&db).await;
        let beat = Beat::begin(&story).await;
        let outside = ShiftStart {
            member: story.members[1],
            shift: Uuid::from_u128(7),
            grid: "G-7".to_owned(),
            at: beat.at(0),
            position: Position::from_millionths(41_792_137, 123_290_649).unwrap(),
        };
        assert_eq!(code_of(beat.told(beat.member(1), PatrolCommand::Start(outside)).await), "outside_grid");
        beat.walked(0, 0).await;
        let still = beat.start(0, 101).await.unwrap();
        beat.end(0, still, 102).await.unwrap();
        let open = beat.start(1, 102).await.unwrap();
        let digits = [place(0), place(100)].map(|place| place.latitude_millionths().to_string());
        let mut sql = Sql::connect(&db.url).await;
        let texts: Vec<(String,)> = sql.rows(story.program, "SELECT receipt FROM events WHERE program_id = $1 \
            UNION ALL SELECT rejection FROM claims WHERE program_id = $1 AND rejection IS NOT NULL \
            UNION ALL SELECT body FROM deeds WHERE program_id = $1 UNION ALL SELECT request FROM award_requests WHERE program_id = $1 \
            UNION ALL SELECT deed FROM awards WHERE program_id = $1").await;
        assert!(texts.len() > 10);
        for (text,) in &texts {
            assert!(!digits.iter().any(|digits| text.contains(digits)) && !text.contains("123305649"), "{text}");
        }
        let places: Vec<(i64, i64)> = sql.rows(story.program, "SELECT COUNT(*), COUNT(DISTINCT deed_id) FROM waypoints WHERE program_id = $1").await;
        assert_eq!(places, [(1, 1)], "of what goes on alone");

        let forget = async |days: i64| {
            let now = beat.at(102).plus_seconds(days * DAY);
            let stale = story.ledger.stale_since(story.program, Kept::Waypoints, now).await.unwrap();
            let gone = story.ledger.forget(story.program, Kept::Waypoints, now, 100).await.unwrap();
            (stale.is_some(), gone)
        };
        assert_eq!(forget(6).await, (false, 0));
        assert_eq!(forget(7).await, (true, 1));
        beat.now(8 * 24 * 60);
        beat.close_all().await;
        assert!(matches!(why(beat.shift(open).await.answer), WhyNot::TooFewPoints { points: 0, .. }));
        beat.clean(&db).await;
    }

    /// Cells are changed by their code, told apart from those of Chinese maps, and patrolled no more once retired.
    async fn cells_are_imported_changed_and_retired(db: Database) {
        let story = Story::begin(&db).await;
        let beat = Beat::begin(&story).await;
        let here = async |place: Position| {
            story.ledger.grid_at(story.program, place).await.unwrap().map(|grid| grid.code)
        };
        assert_eq!(here(place(0)).await.as_deref(), Some("G-7"));
        assert_eq!(here(place(-60)).await.as_deref(), Some("G-7"), "just outside is inside");
        assert_eq!(here(place(-200)).await, None);
        let import = |grids| PatrolCommand::Import { grids };
        let mut twice = grids(&["G-9"]);
        twice.extend(grids(&["G-9"]));
        assert_eq!(code_of(beat.told(story.staff(0), import(twice)).await), "bad_grid");
        assert_eq!(code_of(beat.told(story.staff(0), import(Vec::new())).await), "bad_grid");
        let mut strict = grids(&["G-7"]);
        strict[0].rule = Some(PatrolRule { points: 5, tolerance: 0, ..PatrolRule::default() });
        beat.told(story.staff(1), import(strict)).await.unwrap();
        assert_eq!(here(place(-60)).await, None);
        beat.told(story.staff(1), import(grids(&["G-7"]))).await.unwrap();
        let grid = story.ledger.grid(story.program, "G-7").await.unwrap().unwrap();
        assert_eq!((grid.rule.points, grid.keeper.id), (5, story.staff(1).id), "what is not said stays");
        let all = story.ledger.grids(story.program, "", 10).await.unwrap();
        assert_eq!(all.iter().map(|grid| grid.code.as_str()).collect::<Vec<_>>(), ["G-7", "G-8"]);

        // The same cell drawn on a Chinese map is the same cell; taken for WGS-84 it is half a kilometre off.
        let mut drawn = cells(&["G-7"]);
        for corner in drawn["features"][0]["geometry"]["coordinates"][0].as_array_mut().unwrap() {
            let (north, east) = gcj02_of((corner[1].as_f64().unwrap(), corner[0].as_f64().unwrap()));
            *corner = json!([east, north]);
        }
        let corner = Position::from_degrees(CORNER.0, CORNER.1).unwrap();
        for (datum, inside) in [(Datum::Wgs84, false), (Datum::Gcj02, true)] {
            let read = grids_of(&drawn, &GridDefaults { datum, ..GridDefaults::default() }).unwrap();
            beat.told(story.staff(0), import(read)).await.unwrap();
            let grid = story.ledger.grid(story.program, "G-7").await.unwrap().unwrap();
            assert_eq!(grid.area.metres_to(corner) < 1.0, inside, "{datum:?}");
        }

        let open = beat.start(0, 0).await.unwrap();
        let retire = PatrolCommand::Retire { grid: "G-7".to_owned() };
        beat.told(story.staff(0), retire.clone()).await.unwrap();
        assert_eq!(code_of(beat.told(story.staff(0), retire).await), "grid_retired");
        assert_eq!(code_of(beat.start(1, 0).await), "grid_retired");
        assert_eq!(here(place(0)).await, None);
        beat.now(10);
        beat.step(open, 10, 100).await.unwrap();
        let unknown = PatrolCommand::Retire { grid: "G-99".to_owned() };
        assert_eq!(code_of(beat.told(story.staff(0), unknown).await), "unknown_grid");
        beat.told(story.staff(0), import(grids(&["G-7"]))).await.unwrap();
        assert!(beat.start(1, 10).await.is_ok(), "imported again, it is patrolled again");
        beat.clean(&db).await;
    }

    /// Who put the cell on the map earns nothing by patrolling it, unless somebody else asks for it.
    async fn keepers_do_not_award_themselves(db: Database) {
        let story = Story::begin(&db).await;
        let beat = Beat::begin(&story).await;
        let keeper = Actor { member: Some(story.members[0]), ..story.staff(2) };
        beat.told(keeper, PatrolCommand::Import { grids: grids(&["G-7"]) }).await.unwrap();
        let (deed, _, answer) = beat.walked(0, 0).await;
        assert_eq!(why(answer).code(), "self_award");
        let again = story.ledger.execute_deed(&story.request(story.staff(1), None), Command::AskAgain { deed }).await;
        assert!(matches!(again.unwrap().1, Some(Answer::Awarded(_))));
        story.later(HOUR);
        beat.clean(&db).await;
    }
}
