//! Activities: places, check-in and check-out, what counts, and the award that comes of it once.

use futures::future::join_all;
use ledger::clock::Timestamp;
use ledger::community::Actor;
use ledger::community::activity::{Activity, CheckInSecret, Fence, Forgotten, Slot};
use ledger::ids::{ActivityId, DeedId, MemberId, random_bytes};
use ledger::machine::deeds::{ActivityCommand, Answer, DeedState, Part, Proof, WhyNot};
use ledger::machine::{AwardState, Command, Outcome, Receipt};
use ledger::policy::Position;
use ledger::views::{Due, Falling};
use ledger::{Ledger, WriteError};
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, HOUR, Story, code_of, points};
use uuid::Uuid;

mod afterwards;
mod by_hand;
mod gathering;
mod http;
mod stories;
mod teams;

pub use gathering::Gathering;
use gathering::{SECRET, place};

/// How an activity is planned otherwise.
type Otherwise<'a> = &'a dyn Fn(&mut Activity);

async fn award_all(ledger: &Ledger, story: &Story) -> Vec<Answer> {
    let now = story.clock.now();
    let open = ledger
        .due(story.program, Falling::Asked, now, None, 100)
        .await
        .unwrap();
    let origin = ledger::community::Origin::default();
    let awards = open
        .iter()
        .map(|due| ledger.award_deed(story.program, DeedId(due.id), origin));
    let answers = join_all(awards).await;
    answers
        .into_iter()
        .map(|answer| answer.unwrap().unwrap())
        .collect()
}

fn deed_of(receipt: &Receipt) -> (DeedId, DeedState) {
    match receipt.outcome {
        Outcome::Deed { deed, state, .. } => (deed, state),
        ref other => panic!("{other:?} is of no deed"),
    }
}

fn why(answer: Option<Answer>) -> String {
    match answer {
        Some(Answer::Refused(why)) => why.code(),
        other => panic!("{other:?} is not refused"),
    }
}

on_both! {
    /// From a place to points in the wallet, with the code on the screen, a fence and staff as what shows it.
    async fn what_counts_is_the_time_between_within_the_slot(db: Database) {
        let story = Story::begin(&db).await;
        let gathering = Gathering::plan(&story, |_| {}).await;
        let sign_up = ActivityCommand::SignUp(gathering.part(0));
        let (deed, state) = deed_of(&gathering.command(gathering.member(0), sign_up).await.unwrap());
        assert_eq!(state, DeedState::Promised);
        assert_eq!(gathering.check_in(0, -10).await.map(|r| deed_of(&r)).unwrap(), (deed, DeedState::Begun));
        assert_eq!(code_of(gathering.check_out(0, -5).await), "activity_not_open", "it has not begun");
        assert_eq!(code_of(gathering.check_out(0, 0).await), "activity_not_open", "less than a minute counts nothing");
        let (receipt, answer) = gathering.check_out(0, 90).await.unwrap();
        assert_eq!(deed_of(&receipt), (deed, DeedState::Done));
        let Some(Answer::Awarded(award)) = answer else { panic!("{answer:?}") };
        let award = story.ledger.award(story.program, award).await.unwrap().unwrap();
        assert_eq!((award.state, award.points, award.deed_id), (AwardState::Vested, points(90), deed));
        assert_eq!(award.submitted_by, story.staff(0).id, "the organizer awards");
        assert_eq!(award.deed.occurred_at, gathering.starts_at(), "who comes early waits");
        assert_eq!(award.deed.evidence, ["check_in".to_owned()].into());
        assert_eq!(story.available(0).await, 9_000);

        let at = gathering.at(100);
        let near = Position::from_degrees(41.7955, 123.3085).unwrap();
        let far = Position::from_degrees(41.7852, 123.3085).unwrap();
        let come = |proof| ActivityCommand::CheckIn { part: gathering.part(1), at, proof };
        let member = gathering.member(1);
        assert_eq!(code_of(gathering.command(member, come(Proof::Position(far))).await), "outside_fence");
        assert_eq!(code_of(gathering.command(member, come(Proof::Code("000000".to_owned()))).await), "invalid_code");
        gathering.command(member, come(Proof::Position(near))).await.unwrap();
        let at = gathering.at(125);
        let go = ActivityCommand::CheckOut { part: gathering.part(1), at, proof: Proof::Staff };
        let itself = Actor { member: Some(story.members[1]), ..story.staff(1) };
        assert_eq!(code_of(gathering.command(itself, go.clone()).await), "self_award");
        let (_, answer) = gathering.told(story.staff(1), go).await.unwrap();
        assert!(matches!(answer, Some(Answer::Awarded(_))), "{answer:?}");
        assert_eq!(story.available(1).await, 2_000, "the slot ended five minutes before");
        gathering.clean(&db).await;
    }

    async fn a_slot_never_has_more_people_than_places(db: Database) {
        let story = Story::begin(&db).await;
        let gathering = Gathering::plan(&story, |_| {}).await;
        let all = (0..3).map(|index| gathering.command(gathering.member(index), ActivityCommand::SignUp(gathering.part(index))));
        let signed = join_all(all).await;
        assert_eq!(signed.iter().filter(|answer| answer.is_ok()).count(), 2);
        let out = signed.iter().position(Result::is_err).unwrap();
        let free = (out + 1) % 3;
        assert_eq!(code_of(gathering.check_in(out, 0).await), "activity_full", "nor by walking in");
        story.clock.set(gathering.starts_at().plus_seconds(-60));
        let back = ActivityCommand::Withdraw(gathering.part(free));
        gathering.command(gathering.member(free), back.clone()).await.unwrap();
        assert_eq!(code_of(gathering.command(gathering.member(free), back).await), "deed_state");
        gathering.check_in(out, 0).await.unwrap();
        assert_eq!(code_of(gathering.check_in(free, 0).await), "activity_full");
        let planned = story.ledger.activity(story.program, gathering.activity.id).await.unwrap();
        assert_eq!(planned.unwrap().taken, [2]);
        let less = Activity { slots: vec![Slot { quota: Some(1), ..gathering.activity.slots[0] }], ..gathering.activity.clone() };
        assert_eq!(code_of(gathering.command(story.staff(0), ActivityCommand::Change(less)).await), "activity_taken");
        let more = Activity { slots: vec![Slot { quota: Some(3), ..gathering.activity.slots[0] }], ..gathering.activity.clone() };
        gathering.command(story.staff(0), ActivityCommand::Change(more)).await.unwrap();
        gathering.check_in(free, 0).await.unwrap();
        let cancel = ActivityCommand::Cancel { activity: gathering.activity.id };
        gathering.command(story.staff(0), cancel).await.unwrap();
        let late = (free + 1) % 3;
        if late != out {
            assert_eq!(code_of(gathering.check_in(late, 1).await), "activity_cancelled");
        }
        gathering.clean(&db).await;
    }

    /// Who forgot to check out gets what the rule says, who never came gets nothing, and both once.
    async fn forgotten_check_outs_are_closed_by_rule(db: Database) {
        for (rule, counted) in [(Forgotten::Nothing, 0), (Forgotten::Half, 50), (Forgotten::Whole, 100)] {
            let db = db.backend.fresh().await;
            let story = Story::begin(&db).await;
            let gathering = Gathering::plan(&story, |activity| activity.forgotten = rule).await;
            gathering.command(gathering.member(1), ActivityCommand::SignUp(gathering.part(1))).await.unwrap();
            gathering.check_in(0, 20).await.unwrap();
            gathering.at(120 + 29);
            assert_eq!(gathering.due().await, []);
            gathering.at(120 + 30);
            assert_eq!(gathering.due().await.len(), 2);
            let answers = gathering.jobs().await;
            assert_eq!(answers.len(), usize::from(counted > 0));
            assert_eq!(gathering.due().await, []);
            assert_eq!(gathering.jobs().await, []);
            assert_eq!(story.available(0).await, counted * 100);
            let before = Due { since: Timestamp::from_micros(i64::MAX), id: Uuid::max() };
            let deeds = story.ledger.deeds_of(story.program, story.members[1], before, 9).await.unwrap();
            assert_eq!(deeds[0].record.state, DeedState::Void);
            gathering.clean(&db).await;
        }
    }

    /// What staff enter afterwards is marked so, and the same hour counts once, whatever it was for.
    async fn the_same_hour_counts_once(db: Database) {
        let story = Story::begin(&db).await;
        let gathering = Gathering::plan(&story, |_| {}).await;
        gathering.check_in(0, 0).await.unwrap();
        gathering.check_out(0, 60).await.unwrap();
        let other = Activity { id: ActivityId(Uuid::from_bytes(random_bytes())), ..gathering.activity.clone() };
        let plan = ActivityCommand::Plan { activity: other.clone(), secret: CheckInSecret::new(SECRET) };
        gathering.command(story.staff(0), plan).await.unwrap();
        gathering.at(180);
        let part = Part { activity: other.id, ..gathering.part(0) };
        let from = gathering.starts_at().plus_seconds(59 * 60);
        let enter = |part, from: Timestamp| ActivityCommand::Backfill { part, from, until: from.plus_seconds(600) };
        let itself = Actor { member: Some(story.members[0]), ..story.staff(1) };
        assert_eq!(code_of(gathering.command(itself, enter(part, from)).await), "self_award");
        let early = gathering.starts_at().plus_seconds(-60);
        assert_eq!(code_of(gathering.command(story.staff(1), enter(part, early)).await), "outside_slot");
        let (receipt, answer) = gathering.told(story.staff(1), enter(part, from)).await.unwrap();
        assert_eq!((deed_of(&receipt).1, answer), (DeedState::Done, None), "nothing is asked for");
        let view = story.ledger.deed(story.program, deed_of(&receipt).0).await.unwrap().unwrap();
        assert_eq!(why(view.answer), "time_counted");
        let deed = deed_of(&receipt).0;
        story.ledger.execute_deed(&story.request(story.staff(1), None), Command::AskAgain { deed }).await.unwrap();
        let view = story.ledger.deed(story.program, deed).await.unwrap().unwrap();
        assert_eq!(why(view.answer), "time_counted", "asking again does not make it another hour");
        assert_eq!(story.available(0).await, 6_000);

        let part = Part { activity: other.id, ..gathering.part(1) };
        let (receipt, answer) = gathering.told(story.staff(1), enter(part, from)).await.unwrap();
        let Some(Answer::Awarded(award)) = answer else { panic!("{answer:?}") };
        let award = story.ledger.award(story.program, award).await.unwrap().unwrap();
        assert_eq!(award.deed.evidence, ["backfill".to_owned()].into());
        assert_eq!(award.submitted_by, story.staff(1).id);
        assert_eq!(award.deed_id, deed_of(&receipt).0);
        gathering.clean(&db).await;
    }

    /// Time counts for what is awarded: what was turned down or undone leaves it free, and asks in vain once it is taken.
    async fn an_hour_is_free_again_when_nothing_came_of_it(db: Database) {
        let story = Story::begin(&db).await;
        let gathering = Gathering::plan(&story, |_| {}).await;
        let mut parts = vec![gathering.part(0)];
        for _ in 0..2 {
            let other = Activity { id: ActivityId(Uuid::from_bytes(random_bytes())), ..gathering.activity.clone() };
            parts.push(Part { activity: other.id, ..gathering.part(0) });
            let plan = ActivityCommand::Plan { activity: other, secret: CheckInSecret::new(SECRET) };
            gathering.command(story.staff(0), plan).await.unwrap();
        }
        gathering.at(180);
        let full = story.award(&story.service_of(0, "afterwards", 120)).await.unwrap();
        let from = gathering.starts_at();
        let enter = |part| ActivityCommand::Backfill { part, from, until: from.plus_seconds(1_800) };
        let (first, answer) = gathering.told(story.staff(1), enter(parts[0])).await.unwrap();
        assert_eq!(why(answer), "cap_reached");
        let undo = |award| Command::ReverseAward { award, reason: ledger::machine::Reason::Mistake };
        story.execute(story.staff(1), None, undo(tests::story::award_of(&full))).await.unwrap();
        let (_, answer) = gathering.told(story.staff(1), enter(parts[1])).await.unwrap();
        let Some(Answer::Awarded(second)) = answer else { panic!("{answer:?}") };
        let again = |deed| (story.request(story.staff(1), None), Command::AskAgain { deed });
        let (request, command) = again(deed_of(&first).0);
        let (asked, answer) = story.ledger.execute_deed(&request, command).await.unwrap();
        assert!(matches!(asked.outcome, Outcome::Deed { asks: false, .. }) && answer.is_none());
        let view = story.ledger.deed(story.program, deed_of(&first).0).await.unwrap().unwrap();
        assert_eq!(why(view.answer), "time_counted");
        story.execute(story.staff(2), None, undo(second)).await.unwrap();
        let (_, answer) = gathering.told(story.staff(1), enter(parts[2])).await.unwrap();
        assert!(matches!(answer, Some(Answer::Awarded(_))), "{answer:?}");
        assert_eq!(story.available(0).await, 3_000);
        gathering.clean(&db).await;
    }

    /// Whoever planned it gets nothing by the code they see on their own screen.
    async fn organizers_do_not_award_themselves(db: Database) {
        let story = Story::begin(&db).await;
        let gathering = Gathering::plan(&story, |_| {}).await;
        let organizer = Actor { member: Some(story.members[2]), ..story.staff(0) };
        let own = Activity { id: ActivityId(Uuid::from_bytes(random_bytes())), ..gathering.activity.clone() };
        let plan = ActivityCommand::Plan { activity: own.clone(), secret: CheckInSecret::new(SECRET) };
        gathering.command(organizer, plan).await.unwrap();
        let part = Part { activity: own.id, ..gathering.part(2) };
        let at = gathering.at(0);
        let come = ActivityCommand::CheckIn { part, at, proof: gathering.code() };
        gathering.command(gathering.member(2), come).await.unwrap();
        let at = gathering.at(60);
        let go = ActivityCommand::CheckOut { part, at, proof: gathering.code() };
        let (receipt, answer) = gathering.told(gathering.member(2), go).await.unwrap();
        assert_eq!(why(answer), "self_award");
        let deed = deed_of(&receipt).0;
        // Another member of staff may ask for it in their own name.
        let request = story.request(story.staff(1), Some("again"));
        let (_, answer) = story.ledger.execute_deed(&request, Command::AskAgain { deed }).await.unwrap();
        assert!(matches!(answer, Some(Answer::Awarded(_))), "{answer:?}");
        let again = story.ledger.execute_deed(&story.request(story.staff(1), Some("once more")), Command::AskAgain { deed }).await;
        assert_eq!(code_of(again), "already_awarded");
        assert_eq!(story.available(2).await, 6_000);
        gathering.clean(&db).await;
    }

    /// What a cap turns down can be asked for again when there is room.
    async fn a_refusal_is_told_and_can_be_asked_again(db: Database) {
        let story = Story::begin(&db).await;
        let gathering = Gathering::plan(&story, |_| {}).await;
        for reference in ["before", "also before"] {
            story.award(&story.service_of(0, reference, 60)).await.unwrap();
        }
        gathering.check_in(0, 0).await.unwrap();
        let (receipt, answer) = gathering.check_out(0, 60).await.unwrap();
        assert_eq!(why(answer), "cap_reached");
        let deed = deed_of(&receipt).0;
        let view = story.ledger.deed(story.program, deed).await.unwrap().unwrap();
        let Some(Answer::Refused(refused)) = view.answer else { panic!("{view:?}") };
        assert!(matches!(*refused, WhyNot::Rejected(_)));
        let asked = story.ledger.asked(story.program, deed).await.unwrap().unwrap();
        assert_eq!(asked.attempt, 1);
        let undo = Command::ReverseAward {
            award: story.ledger.awards(story.program, &ledger::views::AwardFilter { limit: 1, ..Default::default() }).await.unwrap()[0].id,
            reason: ledger::machine::Reason::Mistake,
        };
        story.execute(story.staff(1), None, undo).await.unwrap();
        let request = story.request(story.staff(1), Some("again"));
        let (_, answer) = story.ledger.execute_deed(&request, Command::AskAgain { deed }).await.unwrap();
        assert!(matches!(answer, Some(Answer::Awarded(_))), "{answer:?}");
        assert_eq!(story.available(0).await, 12_000);
        gathering.clean(&db).await;
    }

    /// The process died between the outcome and the award: whoever finds the request submits it, and many at once submit it once.
    async fn an_award_left_behind_is_made_once(db: Database) {
        let story = Story::begin(&db).await;
        let gathering = Gathering::plan(&story, |_| {}).await;
        gathering.check_in(0, 0).await.unwrap();
        let at = gathering.at(60);
        let go = ActivityCommand::CheckOut { part: gathering.part(0), at, proof: gathering.code() };
        let request = story.request(gathering.member(0), Some("go"));
        story.ledger.execute(&request, Command::Activity(Box::new(go))).await.unwrap();
        assert_eq!(story.available(0).await, 0, "asked for, not awarded");
        let origin = ledger::community::Origin::default();
        let deed = ledger::machine::award::deed_id_of(story.members[0], "volunteer_service", &format!("{}/0", gathering.activity.id));
        let other = Story::join(&db, random_bytes()).await;
        other.clock.set(story.clock.now());
        let many = (0..16).map(|index| {
            let ledger = if index % 2 == 0 { &story.ledger } else { &other.ledger };
            ledger.award_deed(story.program, deed, origin)
        });
        let answers: Vec<Answer> = join_all(many).await.into_iter().map(|a| a.unwrap().unwrap()).collect();
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(story.available(0).await, 6_000);
        assert_eq!(award_all(&story.ledger, &story).await, []);
        gathering.clean(&db).await;
    }

    /// A member who is merged in between keeps what they began, and its award is theirs who they are now.
    async fn deeds_go_with_a_merge(db: Database) {
        let story = Story::begin(&db).await;
        let gathering = Gathering::plan(&story, |_| {}).await;
        gathering.check_in(0, 0).await.unwrap();
        let (from, into) = (story.members[0], story.members[1]);
        story.execute(story.admin(), None, Command::MergeMembers { from, into }).await.unwrap();
        let (_, answer) = gathering.check_out(1, 60).await.unwrap();
        assert!(matches!(answer, Some(Answer::Awarded(_))), "{answer:?}");
        assert_eq!((story.available(0).await, story.available(1).await), (0, 6_000));
        gathering.clean(&db).await;
    }

    /// What a device kept while it was offline arrives late: as a check-in for two hours, as a later entry for a day.
    async fn what_comes_late_is_taken_for_a_day(db: Database) {
        for (hours, evidence) in [(1, Some("check_in")), (5, Some("backfill")), (26, None)] {
            let db = db.backend.fresh().await;
            let story = Story::begin(&db).await;
            let gathering = Gathering::plan(&story, |_| {}).await;
            let (came, went) = (gathering.starts_at(), gathering.starts_at().plus_seconds(HOUR));
            let code = |at| Proof::Code(CheckInSecret::new(SECRET).code_at(at));
            story.clock.set(went.plus_seconds(hours * HOUR));
            let part = gathering.part(0);
            let come = ActivityCommand::CheckIn { part, at: came, proof: code(came) };
            let go = ActivityCommand::CheckOut { part, at: went, proof: code(went) };
            let Some(evidence) = evidence else {
                assert_eq!(code_of(gathering.command(gathering.member(0), come).await), "deed_too_late");
                continue;
            };
            gathering.command(gathering.member(0), come).await.unwrap();
            let (_, answer) = gathering.told(gathering.member(0), go).await.unwrap();
            let Some(Answer::Awarded(award)) = answer else { panic!("{answer:?}") };
            let award = story.ledger.award(story.program, award).await.unwrap().unwrap();
            assert!(award.deed.evidence.contains(evidence), "{:?}", award.deed.evidence);
            gathering.clean(&db).await;
        }
    }

    /// Six digits are soon tried by whoever may try without end.
    async fn wrong_codes_are_slowed(db: Database) {
        let story = Story::begin(&db).await;
        let gathering = Gathering::plan(&story, |_| {}).await;
        let at = gathering.at(0);
        let come = |member: usize, proof| ActivityCommand::CheckIn { part: gathering.part(member), at, proof };
        for guess in 0..10 {
            let wrong = Proof::Code(format!("00000{guess}"));
            assert_eq!(code_of(gathering.command(gathering.member(0), come(0, wrong)).await), "invalid_code");
        }
        let right = gathering.command(gathering.member(0), come(0, gathering.code())).await;
        assert!(matches!(right, Err(WriteError::TooManyGuesses(_))), "{right:?}");
        gathering.command(gathering.member(1), come(1, gathering.code())).await.unwrap();
        let staff = gathering.command(story.staff(1), come(0, Proof::Staff)).await;
        staff.unwrap();
    }

    async fn a_plan_says_what_its_deeds_must_state(db: Database) {
        let story = Story::begin(&db).await;
        let gathering = Gathering::plan(&story, |_| {}).await;
        let slot = gathering.activity.slots[0];
        let plans: [(&str, Otherwise); 7] = [
            ("slots", &|activity| activity.slots.clear()),
            ("slot", &|activity| activity.slots = vec![Slot { ends_at: slot.starts_at, ..slot }]),
            ("slot", &|activity| activity.slots = vec![Slot { ends_at: slot.starts_at.plus_seconds(DAY + 1), ..slot }]),
            ("missing", &|activity| activity.facts.clear()),
            ("fact", &|activity| { activity.facts.insert("speed".to_owned(), 9.into()); }),
            ("fact", &|activity| { activity.facts.insert("minutes".to_owned(), 9.into()); }),
            ("fence", &|activity| activity.fence = Some(Fence { position: place(), radius: 9 })),
        ];
        for (problem, otherwise) in plans {
            let mut activity = Activity { id: ActivityId(Uuid::from_bytes(random_bytes())), ..gathering.activity.clone() };
            otherwise(&mut activity);
            let found = activity.check().unwrap_err();
            assert_eq!(serde_json::to_value(&found).unwrap()["problem"], problem, "{found}");
            let plan = ActivityCommand::Plan { activity, secret: CheckInSecret::default() };
            assert_eq!(code_of(gathering.command(story.staff(0), plan).await), "bad_plan");
        }
        let nobody = Part { member: MemberId(Uuid::nil()), ..gathering.part(0) };
        assert_eq!(code_of(gathering.command(story.staff(0), ActivityCommand::SignUp(nobody)).await), "unknown_member");
        let nowhere = Part { slot: 1, ..gathering.part(0) };
        assert_eq!(code_of(gathering.command(story.staff(0), ActivityCommand::SignUp(nowhere)).await), "unknown_activity");
    }
}
