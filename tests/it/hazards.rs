//! Hazards: reported, looked at, verified and seen to; what is awarded for the report, and that one hazard is awarded once.

use futures::future::join_all;
use jiff::tz::TimeZone;
use ledger::community::Actor;
use ledger::community::hazard::{
    Found, HazardCategory, HazardState, PLACE_SECONDS, StepKind, Terms,
};
use ledger::ids::HazardId;
use ledger::machine::deeds::{Answer, DeedState, explain_why_not};
use ledger::machine::hazards::{HazardCommand, Report, steps_from};
use ledger::machine::{AwardState, Command};
use ledger::policy::Language;
use ledger::views::{Due, HazardFilter, Kept};
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, HAZARD, HOUR, Story, code_of, points};
use uuid::Uuid;

mod beat;
mod http;
mod photos;
mod shown;
mod twice;

use beat::{Beat, SHARED, at, here, invalid, step, triage, verify, way};

fn why(answer: Option<&Answer>) -> String {
    match answer {
        Some(Answer::Refused(why)) => why.code(),
        other => panic!("{other:?} is not refused"),
    }
}

fn is_awarded(answer: Option<&Answer>) -> bool {
    matches!(answer, Some(Answer::Awarded(_)))
}

on_both! {
    /// From a report to points in the wallet, and how long each step took.
    async fn a_report_is_seen_to_and_awarded(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let node = beat.node().await;
        let hazard = beat.reported(0, here()).await;
        let known = beat.hazard(hazard).await;
        assert_eq!((known.state, known.due_at()), (HazardState::Received, Some(known.received_at.plus_seconds(24 * HOUR))));
        let deed = beat.story.ledger.deed(beat.story.program, known.deed.unwrap()).await.unwrap().unwrap();
        assert_eq!((deed.record.state, deed.asked), (DeedState::Begun, false));
        beat.later(2 * HOUR);
        beat.triaged(hazard).await;
        beat.later(HOUR);
        let Some(Answer::Awarded(award)) = beat.does(verify(hazard)).await else { panic!("awarded with the outcome") };
        let award = beat.award(award).await;
        assert_eq!((award.state, award.points, award.deed_id), (AwardState::Vested, points(10), known.deed.unwrap()));
        let facts: Vec<_> = award.deed.facts.iter().map(|(name, value)| format!("{name} {value}")).collect();
        assert_eq!(facts, ["category \"road\"", "grid \"YH-0312\"", "outcome \"verified\"", "severity \"high\""]);
        assert_eq!((award.submitted_by, award.deed.occurred_at), (beat.story.staff(0).id, known.seen_at));
        assert_eq!(beat.story.available(0).await, 1_000);

        beat.does(step(StepKind::Assign, hazard, hazard, node)).await;
        beat.later(73 * HOUR);
        let overdue = HazardFilter { due_by: Some(beat.story.clock.now()), ..HazardFilter::newest(9) };
        let program = beat.story.program;
        assert_eq!(beat.story.ledger.hazards(program, &overdue).await.unwrap().len(), 1);
        assert_eq!(beat.does(HazardCommand::Fix { hazard }).await, None, "it is awarded already");
        assert_eq!(beat.story.ledger.hazards(program, &overdue).await.unwrap().len(), 0);
        // Whoever reported it sees that it is gone.
        beat.told(beat.rider(0), HazardCommand::Confirm { hazard }).await.unwrap();
        let known = beat.hazard(hazard).await;
        assert_eq!((known.state, known.found, known.node), (HazardState::Confirmed, Some(Found::Fixed), Some(node)));
        assert_eq!((known.decided_after(), known.fixed_after()), (Some((3 * HOUR, true)), Some((73 * HOUR, false))));
        let kinds: Vec<_> = known.body.steps.iter().map(|step| step.kind.name()).collect();
        assert_eq!(kinds, ["report", "triage", "verify", "assign", "fix", "confirm"]);
        beat.clean(&db, 1_000).await;
    }

    async fn figures_tell_how_fast_each_category_was_seen_to(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let from = beat.story.clock.now();
        let set = HazardCommand::SetTerms(Terms { category: HazardCategory::Road, decide_hours: 2, fix_hours: 10 });
        beat.told(beat.story.admin(), set).await.unwrap();
        let wrong = HazardCommand::SetTerms(Terms { category: HazardCategory::Road, decide_hours: 0, fix_hours: 10 });
        assert_eq!(code_of(beat.told(beat.story.admin(), wrong).await), "bad_hours");
        let program = beat.story.program;
        assert_eq!(beat.story.ledger.hazard_terms(program).await.unwrap(), [Terms { category: HazardCategory::Road, decide_hours: 2, fix_hours: 10 }]);
        for hours in [1, 2, 5] {
            let hazard = beat.reported(0, here()).await;
            beat.later(hours * HOUR);
            if hours == 2 {
                beat.does(invalid(hazard)).await;
                continue;
            }
            beat.verified(hazard).await;
            beat.later(3 * HOUR);
            beat.does(HazardCommand::Fix { hazard }).await;
        }
        beat.reported(1, here()).await;
        beat.later(40 * DAY);
        beat.reported(1, here()).await;
        let zone = TimeZone::get("Asia/Shanghai").unwrap();
        let until = beat.later(1);
        let figures = beat.story.ledger.hazard_figures(program, (from, until), &zone, None).await.unwrap();
        let told: Vec<_> = figures.iter().map(|f| (f.month.as_str(), f.category.name(), f.reported)).collect();
        assert_eq!(told, [("2026-03", "road", 4), ("2026-04", "road", 1)]);
        let (decided, fixed) = (figures[0].decided, figures[0].fixed);
        assert_eq!((decided.count, decided.in_time, decided.median), (3, 2, Some(2 * HOUR)));
        assert_eq!((fixed.count, fixed.in_time, fixed.median), (2, 2, Some(3 * HOUR)));
    }

    /// There is as much time for what is opened again as there was at first; how fast it was seen to is held against what was said first.
    async fn what_is_opened_again_has_time_anew(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let road = Terms::of(HazardCategory::Road);
        let hazard = beat.reported(0, here()).await;
        beat.later(HOUR);
        beat.verified(hazard).await;
        beat.later((road.fix_hours + 8) * HOUR);
        beat.does(HazardCommand::Fix { hazard }).await;
        let now = beat.later(HOUR);
        beat.does(HazardCommand::Reopen { hazard }).await;
        let due = now.plus_seconds(road.fix_hours * HOUR);
        assert_eq!(beat.hazard(hazard).await.due_at(), Some(due));
        let overdue = HazardFilter { due_by: Some(due.plus_seconds(-1)), ..HazardFilter::newest(9) };
        assert_eq!(beat.story.ledger.hazards(beat.story.program, &overdue).await.unwrap(), []);
        beat.later(HOUR);
        beat.does(HazardCommand::Fix { hazard }).await;
        let known = beat.hazard(hazard).await;
        assert_eq!((known.due_at(), known.fixed_after()), (None, Some(((road.fix_hours + 10) * HOUR, false))));

        let other = beat.reported(1, here()).await;
        let reported = beat.hazard(other).await.received_at;
        beat.later((road.decide_hours + 6) * HOUR);
        beat.does(invalid(other)).await;
        let opened = beat.later(30 * HOUR);
        beat.does(HazardCommand::Reopen { hazard: other }).await;
        assert_eq!(beat.hazard(other).await.due_at(), Some(opened.plus_seconds(road.decide_hours * HOUR)));
        beat.later(HOUR);
        let HazardCommand::Triage { hazard, severity, position, grid, .. } = triage(other) else { panic!("triage") };
        let gas = HazardCategory::Gas;
        beat.does(HazardCommand::Triage { hazard, severity, position, grid, category: Some(gas) }).await;
        assert_eq!(beat.hazard(other).await.due_at(), Some(opened.plus_seconds(Terms::of(gas).decide_hours * HOUR)));
        beat.does(verify(other)).await;
        let known = beat.hazard(other).await;
        assert_eq!(known.due_at(), Some(opened.plus_seconds((1 + Terms::of(gas).fix_hours) * HOUR)));
        assert_eq!(known.body.decide_by, reported.plus_seconds(Terms::of(gas).decide_hours * HOUR));
        assert_eq!(known.decided_after(), Some(((road.decide_hours + 6) * HOUR, false)));
        beat.clean(&db, 2_000).await;
    }

    /// Where it is, staff see it still when others are to mend it; nobody else does.
    async fn what_is_given_to_others_is_still_seen_where_it_was_reported(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let (home, others, nobody) = (beat.node().await, beat.node().await, beat.node().await);
        let report = Report { node: Some(home), ..beat.report(Some(0), here(), Vec::new()) };
        let hazard = report.hazard;
        beat.told(beat.rider(0), HazardCommand::Report(report)).await.unwrap();
        beat.verified(hazard).await;
        for node in [others, nobody, others] {
            beat.does(step(StepKind::Assign, hazard, hazard, node)).await;
        }
        for (node, sees) in [(home, true), (others, true), (nobody, false)] {
            let within = HazardFilter { within: Some(node), ..HazardFilter::newest(9) };
            let found = beat.story.ledger.hazards(beat.story.program, &within).await.unwrap();
            assert_eq!(found.len(), usize::from(sees));
        }
        let known = beat.hazard(hazard).await;
        assert_eq!((known.node, known.home), (Some(others), Some(home)));
    }

    /// Each step from each state: those of the table are taken, all others leave it where it was.
    async fn no_step_is_taken_from_where_it_may_not_be(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let node = beat.node().await;
        let of = beat.reported(1, at(41_900_000, 123_000_000)).await;
        let mut taken = 0;
        for state in HazardState::ALL {
            for kind in StepKind::ALL.iter().filter(|kind| **kind != StepKind::Report) {
                let hazard = beat.reported(0, here()).await;
                for before in way(*state) {
                    beat.does(step(*before, hazard, of, node)).await;
                }
                assert_eq!(beat.hazard(hazard).await.state, *state);
                let done = beat.told(beat.story.staff(0), step(*kind, hazard, of, node)).await;
                if steps_from(*state).any(|known| known == *kind) {
                    done.unwrap();
                    taken += 1;
                } else {
                    assert_eq!(code_of(done), "hazard_state", "{kind:?} from {state:?}");
                    assert_eq!(beat.hazard(hazard).await.state, *state);
                }
            }
        }
        assert_eq!(taken, 2 + 1 + 2 + 2 + 2 + 2 + 1 + 6);
        let nowhere = HazardId(Uuid::nil());
        assert_eq!(code_of(beat.told(beat.story.staff(0), triage(nowhere)).await), "unknown_hazard");
        let itself = beat.reported(0, here()).await;
        let of_itself = HazardCommand::Duplicate { hazard: itself, of: itself };
        assert_eq!(code_of(beat.told(beat.story.staff(0), of_itself).await), "hazard_state");
    }

    /// Nobody says of what they reported that it is so.
    async fn nobody_decides_on_their_own_report(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let node = beat.node().await;
        let hazard = beat.reported(0, here()).await;
        let own = Actor { member: Some(beat.story.members[0]), ..beat.story.staff(1) };
        assert_eq!(code_of(beat.told(own, triage(hazard)).await), "self_award");
        beat.triaged(hazard).await;
        for actor in [own, beat.rider(0), beat.rider(1)] {
            for kind in [StepKind::Verify, StepKind::Invalid, StepKind::Fix] {
                assert_eq!(code_of(beat.told(actor, step(kind, hazard, hazard, node)).await), "self_award");
            }
        }
        beat.does(verify(hazard)).await;
        assert_eq!(code_of(beat.told(beat.rider(0), HazardCommand::Reopen { hazard }).await), "self_award");
        beat.does(HazardCommand::Fix { hazard }).await;
        beat.told(beat.rider(0), HazardCommand::Reopen { hazard }).await.unwrap();
        assert_eq!(beat.hazard(hazard).await.state, HazardState::Verified, "it was not mended after all");
        beat.clean(&db, 1_000).await;
    }

    /// Two riders, one hazard: by place and time, and by what staff say though it was days later and across the street.
    async fn reports_of_one_hazard_share_one_award(db: Database) {
        let beat = Beat::begin(&db, SHARED).await;
        let first = beat.reported(0, here()).await;
        beat.later(HOUR);
        let second = beat.reported(1, at(41_795_300, 123_308_500)).await;
        beat.later(2 * DAY);
        let third = beat.reported(2, at(41_799_000, 123_308_500)).await;
        assert!(is_awarded(beat.verified(first).await.as_ref()));
        let hints = beat.story.ledger.hazards_near(beat.story.program, &beat.hazard(first).await).await.unwrap();
        assert_eq!(hints.iter().map(|hint| hint.id).collect::<Vec<_>>(), [second], "the third is too far off");
        assert!(is_awarded(beat.verified(second).await.as_ref()), "by its place and time");
        beat.does(HazardCommand::Duplicate { hazard: third, of: first }).await;
        assert!(is_awarded(beat.answer(third).await.as_ref()), "because staff say so");
        assert_eq!(beat.hazard(third).await.found, Some(Found::Verified));
        beat.vest().await;
        assert_eq!([beat.story.available(0).await, beat.story.available(1).await, beat.story.available(2).await], [333; 3]);
        assert_eq!(beat.jobs().await, 0);
        // Who comes after it was divided is told so.
        let late = beat.reported(1, at(41_799_000, 123_308_500)).await;
        beat.does(HazardCommand::Duplicate { hazard: late, of: third }).await;
        assert_eq!(beat.hazard(late).await.of, Some(first), "of what the other is of");
        let answer = beat.answer(late).await;
        assert_eq!(why(answer.as_ref()), "duplicate_deed");
        let Some(Answer::Refused(refused)) = answer else { panic!("refused") };
        assert_eq!(explain_why_not("hazard_report", &refused, Language::Zh), ["同一件事已经有人登记，只计一次。"]);
        beat.clean(&db, 999).await;
    }

    /// A policy that says nothing of duplicates does not pay one hazard twice either.
    async fn one_hazard_is_awarded_once_where_nothing_is_shared(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let (first, second) = (beat.reported(0, here()).await, beat.reported(1, here()).await);
        beat.does(HazardCommand::Duplicate { hazard: second, of: first }).await;
        assert_eq!(beat.answer(second).await, None, "nothing is known of the other yet");
        assert!(is_awarded(beat.verified(first).await.as_ref()));
        assert_eq!(why(beat.answer(second).await.as_ref()), "duplicate_deed");
        // What was turned down is free again.
        let undo = Command::ReverseAward {
            award: match beat.answer(first).await { Some(Answer::Awarded(award)) => award, other => panic!("{other:?}") },
            reason: ledger::machine::Reason::Mistake,
        };
        beat.story.execute(beat.story.staff(1), None, undo).await.unwrap();
        let again = Command::AskAgain { deed: beat.hazard(second).await.deed.unwrap() };
        let (_, answer) = beat.story.ledger.execute_deed(&beat.story.request(beat.story.staff(1), None), again).await.unwrap();
        assert!(is_awarded(answer.as_ref()), "{answer:?}");
        beat.clean(&db, 1_000).await;
    }

    /// Two processes award two reports of one hazard at once: one gets it.
    async fn two_processes_award_one_hazard_once(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let other = Story::join(&db, ledger::ids::random_bytes()).await;
        other.clock.set(beat.story.clock.now());
        for _ in 0..4 {
            let (first, second) = (beat.reported(0, here()).await, beat.reported(1, here()).await);
            let request = beat.story.request(beat.story.staff(0), None);
            let hazard = |command| Command::Hazard(Box::new(command));
            for command in [triage(first), verify(first), HazardCommand::Duplicate { hazard: second, of: first }, HazardCommand::Follow { hazard: second }] {
                beat.story.ledger.execute(&request, hazard(command)).await.unwrap();
            }
            let mut deeds = Vec::new();
            for id in [first, second] {
                deeds.push(beat.hazard(id).await.deed.unwrap());
            }
            let origin = ledger::community::Origin::default();
            let many = (0..8).map(|index| {
                let ledger = if index % 4 < 2 { &beat.story.ledger } else { &other.ledger };
                ledger.award_deed(beat.story.program, deeds[index % 2], origin)
            });
            for answer in join_all(many).await {
                answer.unwrap();
            }
            let answers = [beat.answer(first).await, beat.answer(second).await];
            assert_eq!(answers.iter().filter(|answer| is_awarded(answer.as_ref())).count(), 1, "{answers:?}");
        }
        beat.clean(&db, 4_000).await;
    }

    /// A policy that awards what is mended: asked for and refused first, and asked for again by itself, for duplicates too.
    async fn an_award_is_asked_for_with_each_outcome_until_it_is_given(db: Database) {
        let beat = Beat::awarding(&db, SHARED, r#"["fixed"]"#).await;
        let (first, second) = (beat.reported(0, here()).await, beat.reported(1, here()).await);
        beat.does(HazardCommand::Duplicate { hazard: second, of: first }).await;
        let answer = beat.verified(first).await;
        assert_eq!(why(answer.as_ref()), "no_rule_applies");
        assert_eq!(why(beat.answer(second).await.as_ref()), "no_rule_applies");
        assert!(is_awarded(beat.does(HazardCommand::Fix { hazard: first }).await.as_ref()));
        assert!(is_awarded(beat.answer(second).await.as_ref()));
        let asked = beat.story.ledger.asked(beat.story.program, beat.hazard(first).await.deed.unwrap()).await.unwrap().unwrap();
        assert_eq!(asked.attempt, 2);
        assert_eq!(asked.request.position, None, "where it is is kept with the hazard alone");
        beat.later(2 * DAY);
        beat.vest().await;
        assert_eq!([beat.story.available(0).await, beat.story.available(1).await], [500; 2]);
        beat.clean(&db, 1_000).await;
    }

    /// Who has to agree still has to.
    async fn an_outcome_is_approved_as_the_policy_says(db: Database) {
        let beat = Beat::begin(&db, "").await;
        beat.story.enact("single", &HAZARD.replace("\"hazard\"\ntitle", "\"single\"\ntitle")).await;
        beat.later(60);
        let hazard = beat.reported(0, here()).await;
        assert_eq!(why(beat.verified(hazard).await.as_ref()), "several_policies");
        beat.does(HazardCommand::Reopen { hazard }).await;
        beat.triaged(hazard).await;
        let named = HazardCommand::Verify { hazard, policy: Some("single".to_owned()) };
        assert_eq!(why(beat.does(named).await.as_ref()), "no_rule_applies");
        let Some(Answer::Awarded(award)) = beat.does(HazardCommand::Fix { hazard }).await else { panic!("awarded") };
        assert_eq!(beat.award(award).await.state, AwardState::Submitted);
        let approve = |by| beat.story.execute(by, None, Command::ApproveAward { award });
        assert_eq!(code_of(approve(beat.story.staff(0)).await), "self_approval");
        approve(beat.story.staff(1)).await.unwrap();
        assert_eq!(beat.story.available(0).await, 500);
        beat.clean(&db, 500).await;
    }

    /// What a resident reports earns nothing; the first rider who reported it, too, is awarded.
    async fn a_residents_report_earns_nothing(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let report = beat.report(None, here(), Vec::new());
        let hazard = report.hazard;
        beat.does(HazardCommand::Report(report)).await;
        let (first, second) = (beat.reported(0, here()).await, beat.reported(1, here()).await);
        for duplicate in [first, second] {
            beat.does(HazardCommand::Duplicate { hazard: duplicate, of: hazard }).await;
        }
        assert_eq!(beat.verified(hazard).await, None);
        let known = beat.hazard(hazard).await;
        assert_eq!((known.state, known.member, known.deed), (HazardState::Verified, None, None));
        let answers = [beat.answer(first).await, beat.answer(second).await];
        assert_eq!(answers.iter().filter(|answer| is_awarded(answer.as_ref())).count(), 1, "{answers:?}");
        beat.clean(&db, 1_000).await;
    }

    /// What comes to nothing comes to nothing for its duplicates, whoever looks: here a job, because the process died.
    async fn duplicates_follow_by_a_job_what_was_left_behind(db: Database) {
        let beat = Beat::begin(&db, SHARED).await;
        let (first, second, third) = (beat.reported(0, here()).await, beat.reported(1, here()).await, beat.reported(2, here()).await);
        beat.does(HazardCommand::Duplicate { hazard: third, of: second }).await;
        beat.does(HazardCommand::Duplicate { hazard: second, of: first }).await;
        assert_eq!(beat.hazard(third).await.of, Some(first), "duplicates of a duplicate are of the same");
        let request = beat.story.request(beat.story.staff(0), None);
        for command in [triage(first), verify(first)] {
            beat.story.ledger.execute(&request, Command::Hazard(Box::new(command))).await.unwrap();
        }
        assert_eq!(beat.answer(second).await, None);
        assert_eq!(beat.jobs().await, 5, "two follow, three are awarded");
        for hazard in [first, second, third] {
            assert!(is_awarded(beat.answer(hazard).await.as_ref()));
        }
        assert_eq!(beat.jobs().await, 0);
        let reverted = beat.reported(0, at(41_900_000, 123_000_000)).await;
        let too = beat.reported(1, at(41_900_000, 123_000_000)).await;
        beat.does(HazardCommand::Duplicate { hazard: too, of: reverted }).await;
        beat.does(invalid(reverted)).await;
        let known = beat.hazard(too).await;
        assert_eq!(known.state, HazardState::Invalid);
        let deed = beat.story.ledger.deed(beat.story.program, known.deed.unwrap()).await.unwrap().unwrap();
        assert_eq!((deed.record.state, deed.asked), (DeedState::Void, false));
        // It was there after all.
        beat.does(HazardCommand::Reopen { hazard: too }).await;
        assert!(is_awarded(beat.verified(too).await.as_ref()));
        beat.later(3 * DAY);
        beat.vest().await;
        beat.clean(&db, 999 + 1_000).await;
    }

    /// A member who is merged in between keeps what they reported, and its award is theirs who they are now.
    async fn reports_go_with_a_merge(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let hazard = beat.reported(0, here()).await;
        let (from, into) = (beat.story.members[0], beat.story.members[1]);
        beat.story.execute(beat.story.admin(), None, Command::MergeMembers { from, into }).await.unwrap();
        assert!(is_awarded(beat.verified(hazard).await.as_ref()));
        let newest = Due { since: beat.later(1), id: Uuid::max() };
        let theirs = beat.story.ledger.hazards_of(beat.story.program, into, newest, 9).await.unwrap();
        assert_eq!(theirs.iter().map(|hazard| hazard.id).collect::<Vec<_>>(), [hazard]);
        assert_eq!((beat.story.available(0).await, beat.story.available(1).await), (0, 1_000));
        beat.clean(&db, 1_000).await;
    }

    /// What is closed need not be known exactly for ever.
    async fn places_are_rounded_in_time(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let (closed, open) = (beat.reported(0, here()).await, beat.reported(1, here()).await);
        beat.does(invalid(closed)).await;
        let (program, ledger) = (beat.story.program, &beat.story.ledger);
        let now = beat.later(PLACE_SECONDS - 1);
        assert_eq!(ledger.stale_since(program, Kept::HazardPlaces, now).await.unwrap(), None);
        assert_eq!(ledger.forget(program, Kept::HazardPlaces, now, 9).await.unwrap(), 0);
        let now = beat.later(1);
        assert_eq!(ledger.stale_since(program, Kept::HazardPlaces, now).await.unwrap(), Some(now));
        assert_eq!(ledger.forget(program, Kept::HazardPlaces, now, 9).await.unwrap(), 1);
        assert_eq!(ledger.forget(program, Kept::HazardPlaces, now, 9).await.unwrap(), 0);
        assert_eq!(beat.hazard(closed).await.position, Some(at(41_790_000, 123_300_000)));
        assert_eq!(beat.hazard(open).await.position, Some(here()));
    }

    /// What is said under one key is said once; what is wrong is told.
    async fn a_report_is_taken_once(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let report = beat.report(Some(0), here(), Vec::new());
        let request = beat.story.request(beat.rider(0), Some("one"));
        let once = beat.story.ledger.execute_hazard(&request, HazardCommand::Report(report.clone())).await.unwrap();
        beat.later(5);
        let mut again = report.clone();
        again.seen_at = beat.story.clock.now();
        assert_eq!(beat.story.ledger.execute_hazard(&request, HazardCommand::Report(again)).await.unwrap(), once);
        assert_eq!(code_of(beat.told(beat.rider(0), HazardCommand::Report(report)).await), "already_exists");
        let wrong = |change: &dyn Fn(&mut ledger::machine::hazards::Report)| {
            let mut report = beat.report(Some(0), here(), Vec::new());
            change(&mut report);
            beat.told(beat.rider(0), HazardCommand::Report(report))
        };
        let late = beat.story.clock.now().plus_seconds(-25 * HOUR);
        let soon = beat.story.clock.now().plus_seconds(HOUR);
        assert_eq!(code_of(wrong(&|report| report.seen_at = late).await), "deed_too_late");
        assert_eq!(code_of(wrong(&|report| report.seen_at = soon).await), "deed_in_future");
        assert_eq!(code_of(wrong(&|report| report.grid = Some("第三网格 东".to_owned())).await), "bad_code");
        assert_eq!(code_of(wrong(&|report| report.member = Some(ledger::ids::MemberId(Uuid::nil()))).await), "unknown_member");
        assert_eq!(code_of(wrong(&|report| report.node = Some(ledger::ids::OrganizationId(Uuid::nil()))).await), "unknown_reference");
        let many = (0..7).map(|_| ledger::ids::AttachmentId(Uuid::nil())).collect::<Vec<_>>();
        assert_eq!(code_of(wrong(&|report| report.photos = many.clone()).await), "too_many_photos");
        assert_eq!(code_of(wrong(&|report| report.photos = many[..1].to_vec()).await), "unknown_attachment");
    }
}
