//! Events: places, check-in and check-out, what counts, and the award that comes of it once.

use futures::future::join_all;
use ledger::clock::Timestamp;
use ledger::community::event::{CheckInSecret, Event, EventForm, Fence, Forgotten, Slot};
use ledger::community::{Actor, Organization, Registration};
use ledger::ids::{DeedId, EventId, MemberId, OrganizationId, random_bytes};
use ledger::machine::deeds::{Answer, DeedState, EventCommand, Part, Proof, WhyNot};
use ledger::machine::{AwardState, Command, Outcome, Receipt};
use ledger::policy::Position;
use ledger::views::{Due, Falling};
use ledger::{Ledger, WriteError};
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, HOUR, Story, code_of, points};
use uuid::Uuid;

const SECRET: [u8; 20] = [7; 20];

fn place() -> Position {
    Position::from_degrees(41.7952, 123.3085).unwrap()
}

/// A community, and a volunteer action of two hours that begins in an hour, for two people.
struct Community {
    story: Story,
    event: Event,
}

impl Community {
    async fn begin(db: &Database) -> Self {
        Self::with(db, |_| {}).await
    }

    async fn with(db: &Database, other: impl FnOnce(&mut Event)) -> Self {
        let story = Story::begin(db).await;
        let node = Organization {
            id: OrganizationId(Uuid::from_bytes(random_bytes())),
            parent: None,
            kind: "community".to_owned(),
            name: "社区".to_owned(),
        };
        let organization = node.id;
        story.register(Registration::Organization(node)).await;
        let starts_at = story.clock.now().plus_seconds(HOUR);
        let mut event = Event {
            id: EventId(Uuid::from_bytes(random_bytes())),
            organization,
            form: EventForm::Volunteer,
            title: "助老".to_owned(),
            place: "活动室".to_owned(),
            fence: Some(Fence {
                position: place(),
                radius: 100,
            }),
            slots: vec![Slot {
                starts_at,
                ends_at: starts_at.plus_seconds(2 * HOUR),
                quota: Some(2),
            }],
            facts: [("beneficiary".to_owned(), "elderly".into())].into(),
            policy: None,
            forgotten: Forgotten::Half,
            opens_before: 1_800,
            organizer: story.staff(0),
            cancelled: false,
        };
        other(&mut event);
        let plan = EventCommand::Plan {
            event: event.clone(),
            secret: CheckInSecret::new(SECRET),
        };
        let community = Self { story, event };
        community
            .command(community.story.staff(0), plan)
            .await
            .unwrap();
        community
    }

    async fn command(&self, actor: Actor, command: EventCommand) -> Result<Receipt, WriteError> {
        self.told(actor, command).await.map(|(receipt, _)| receipt)
    }

    async fn told(
        &self,
        actor: Actor,
        command: EventCommand,
    ) -> Result<(Receipt, Option<Answer>), WriteError> {
        let request = self
            .story
            .request(actor, Some(&Uuid::from_bytes(random_bytes()).to_string()));
        self.story
            .ledger
            .execute_deed(&request, Command::Event(Box::new(command)))
            .await
    }

    fn member(&self, index: usize) -> Actor {
        let member = self.story.members[index];
        Actor {
            id: ledger::ids::ActorId(member.0),
            role: ledger::community::Role::Member,
            member: Some(member),
            store: None,
            node: None,
        }
    }

    fn part(&self, member: usize) -> Part {
        Part {
            event: self.event.id,
            slot: 0,
            member: self.story.members[member],
        }
    }

    fn code(&self) -> Proof {
        Proof::Code(CheckInSecret::new(SECRET).code_at(self.story.clock.now()))
    }

    fn starts_at(&self) -> Timestamp {
        self.event.slots[0].starts_at
    }

    /// Minutes after the slot begins.
    fn at(&self, minutes: i64) -> Timestamp {
        let at = self.starts_at().plus_seconds(minutes * 60);
        self.story.clock.set(at);
        at
    }

    async fn check_in(&self, member: usize, minutes: i64) -> Result<Receipt, WriteError> {
        let at = self.at(minutes);
        let command = EventCommand::CheckIn {
            part: self.part(member),
            at,
            proof: self.code(),
        };
        self.command(self.member(member), command).await
    }

    async fn check_out(
        &self,
        member: usize,
        minutes: i64,
    ) -> Result<(Receipt, Option<Answer>), WriteError> {
        let at = self.at(minutes);
        let command = EventCommand::CheckOut {
            part: self.part(member),
            at,
            proof: self.code(),
        };
        self.told(self.member(member), command).await
    }

    async fn due(&self) -> Vec<Due> {
        let story = &self.story;
        story
            .ledger
            .due(story.program, Falling::Deeds, story.clock.now(), None, 100)
            .await
            .unwrap()
    }

    /// What the jobs do, once.
    async fn jobs(&self) -> Vec<Answer> {
        for due in self.due().await {
            let close = Command::CloseDeed {
                deed: DeedId(due.id),
            };
            self.story
                .execute(
                    self.story.admin(),
                    Some(&format!("close:{}", due.id)),
                    close,
                )
                .await
                .unwrap();
        }
        award_all(&self.story.ledger, &self.story).await
    }

    async fn clean(&self, db: &Database) {
        let report = self
            .story
            .ledger
            .verify(self.story.program, |_| {})
            .await
            .unwrap();
        assert_eq!(report.problems, []);
        self.story.sound_books(db).await;
    }
}

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
        let community = Community::begin(&db).await;
        let story = &community.story;
        let sign_up = EventCommand::SignUp(community.part(0));
        let (deed, state) = deed_of(&community.command(community.member(0), sign_up).await.unwrap());
        assert_eq!(state, DeedState::Promised);
        assert_eq!(community.check_in(0, -10).await.map(|r| deed_of(&r)).unwrap(), (deed, DeedState::Begun));
        let (receipt, answer) = community.check_out(0, 90).await.unwrap();
        assert_eq!(deed_of(&receipt), (deed, DeedState::Done));
        let Some(Answer::Awarded(award)) = answer else { panic!("{answer:?}") };
        let award = story.ledger.award(story.program, award).await.unwrap().unwrap();
        assert_eq!((award.state, award.points, award.deed_id), (AwardState::Vested, points(90), deed));
        assert_eq!(award.submitted_by, story.staff(0).id, "the organizer awards");
        assert_eq!(award.deed.occurred_at, community.starts_at(), "who comes early waits");
        assert_eq!(award.deed.evidence, ["check_in".to_owned()].into());
        assert_eq!(story.available(0).await, 9_000);

        let at = community.at(100);
        let near = Position::from_degrees(41.7955, 123.3085).unwrap();
        let far = Position::from_degrees(41.7852, 123.3085).unwrap();
        let come = |proof| EventCommand::CheckIn { part: community.part(1), at, proof };
        let member = community.member(1);
        assert_eq!(code_of(community.command(member, come(Proof::Position(far))).await), "outside_fence");
        assert_eq!(code_of(community.command(member, come(Proof::Code("000000".to_owned()))).await), "invalid_code");
        community.command(member, come(Proof::Position(near))).await.unwrap();
        let at = community.at(125);
        let go = EventCommand::CheckOut { part: community.part(1), at, proof: Proof::Staff };
        let itself = Actor { member: Some(story.members[1]), ..story.staff(1) };
        assert_eq!(code_of(community.command(itself, go.clone()).await), "self_award");
        let (_, answer) = community.told(story.staff(1), go).await.unwrap();
        assert!(matches!(answer, Some(Answer::Awarded(_))), "{answer:?}");
        assert_eq!(story.available(1).await, 2_000, "the slot ended five minutes before");
        community.clean(&db).await;
    }

    async fn a_slot_never_has_more_people_than_places(db: Database) {
        let community = Community::begin(&db).await;
        let all = (0..3).map(|index| community.command(community.member(index), EventCommand::SignUp(community.part(index))));
        let signed = join_all(all).await;
        assert_eq!(signed.iter().filter(|answer| answer.is_ok()).count(), 2);
        let out = signed.iter().position(Result::is_err).unwrap();
        let free = (out + 1) % 3;
        assert_eq!(code_of(community.check_in(out, 0).await), "event_full", "nor by walking in");
        community.story.clock.set(community.starts_at().plus_seconds(-60));
        let back = EventCommand::Withdraw(community.part(free));
        community.command(community.member(free), back.clone()).await.unwrap();
        assert_eq!(code_of(community.command(community.member(free), back).await), "deed_state");
        community.check_in(out, 0).await.unwrap();
        assert_eq!(code_of(community.check_in(free, 0).await), "event_full");
        let planned = community.story.ledger.event(community.story.program, community.event.id).await.unwrap();
        assert_eq!(planned.unwrap().taken, [2]);
        let less = Event { slots: vec![Slot { quota: Some(1), ..community.event.slots[0] }], ..community.event.clone() };
        assert_eq!(code_of(community.command(community.story.staff(0), EventCommand::Change(less)).await), "event_taken");
        let more = Event { slots: vec![Slot { quota: Some(3), ..community.event.slots[0] }], ..community.event.clone() };
        community.command(community.story.staff(0), EventCommand::Change(more)).await.unwrap();
        community.check_in(free, 0).await.unwrap();
        let cancel = EventCommand::Cancel { event: community.event.id };
        community.command(community.story.staff(0), cancel).await.unwrap();
        let late = (free + 1) % 3;
        if late != out {
            assert_eq!(code_of(community.check_in(late, 1).await), "event_cancelled");
        }
        community.clean(&db).await;
    }

    /// Who forgot to check out gets what the rule says, who never came gets nothing, and both once.
    async fn forgotten_check_outs_are_closed_by_rule(db: Database) {
        for (rule, counted) in [(Forgotten::Nothing, 0), (Forgotten::Half, 50), (Forgotten::Whole, 100)] {
            let db = db.backend.fresh().await;
            let community = Community::with(&db, |event| event.forgotten = rule).await;
            community.command(community.member(1), EventCommand::SignUp(community.part(1))).await.unwrap();
            community.check_in(0, 20).await.unwrap();
            community.at(120 + 29);
            assert_eq!(community.due().await, []);
            community.at(120 + 30);
            assert_eq!(community.due().await.len(), 2);
            let answers = community.jobs().await;
            assert_eq!(answers.len(), usize::from(counted > 0));
            assert_eq!(community.due().await, []);
            assert_eq!(community.jobs().await, []);
            assert_eq!(community.story.available(0).await, counted * 100);
            let before = Due { since: Timestamp::from_micros(i64::MAX), id: Uuid::max() };
            let story = &community.story;
            let deeds = story.ledger.deeds_of(story.program, story.members[1], before, 9).await.unwrap();
            assert_eq!(deeds[0].record.state, DeedState::Void);
            community.clean(&db).await;
        }
    }

    /// What staff enter afterwards is marked so, and the same hour counts once, whatever it was for.
    async fn the_same_hour_counts_once(db: Database) {
        let community = Community::begin(&db).await;
        let story = &community.story;
        community.check_in(0, 0).await.unwrap();
        community.check_out(0, 60).await.unwrap();
        let other = Event { id: EventId(Uuid::from_bytes(random_bytes())), ..community.event.clone() };
        let plan = EventCommand::Plan { event: other.clone(), secret: CheckInSecret::new(SECRET) };
        community.command(story.staff(0), plan).await.unwrap();
        community.at(180);
        let part = Part { event: other.id, ..community.part(0) };
        let from = community.starts_at().plus_seconds(59 * 60);
        let enter = |part, from: Timestamp| EventCommand::Backfill { part, from, until: from.plus_seconds(600) };
        let itself = Actor { member: Some(story.members[0]), ..story.staff(1) };
        assert_eq!(code_of(community.command(itself, enter(part, from)).await), "self_award");
        let early = community.starts_at().plus_seconds(-60);
        assert_eq!(code_of(community.command(story.staff(1), enter(part, early)).await), "outside_slot");
        let (receipt, answer) = community.told(story.staff(1), enter(part, from)).await.unwrap();
        assert_eq!((deed_of(&receipt).1, answer), (DeedState::Done, None), "nothing is asked for");
        let view = story.ledger.deed(story.program, deed_of(&receipt).0).await.unwrap().unwrap();
        assert_eq!(why(view.answer), "time_counted");
        assert_eq!(story.available(0).await, 6_000);

        let part = Part { event: other.id, ..community.part(1) };
        let (receipt, answer) = community.told(story.staff(1), enter(part, from)).await.unwrap();
        let Some(Answer::Awarded(award)) = answer else { panic!("{answer:?}") };
        let award = story.ledger.award(story.program, award).await.unwrap().unwrap();
        assert_eq!(award.deed.evidence, ["backfill".to_owned()].into());
        assert_eq!(award.submitted_by, story.staff(1).id);
        assert_eq!(award.deed_id, deed_of(&receipt).0);
        community.clean(&db).await;
    }

    /// Whoever planned it gets nothing by the code they see on their own screen.
    async fn organizers_do_not_award_themselves(db: Database) {
        let community = Community::with(&db, |_| {}).await;
        let story = &community.story;
        let organizer = Actor { member: Some(story.members[2]), ..story.staff(0) };
        let own = Event { id: EventId(Uuid::from_bytes(random_bytes())), ..community.event.clone() };
        let plan = EventCommand::Plan { event: own.clone(), secret: CheckInSecret::new(SECRET) };
        community.command(organizer, plan).await.unwrap();
        let part = Part { event: own.id, ..community.part(2) };
        let at = community.at(0);
        let come = EventCommand::CheckIn { part, at, proof: community.code() };
        community.command(community.member(2), come).await.unwrap();
        let at = community.at(60);
        let go = EventCommand::CheckOut { part, at, proof: community.code() };
        let (receipt, answer) = community.told(community.member(2), go).await.unwrap();
        assert_eq!(why(answer), "self_award");
        let deed = deed_of(&receipt).0;
        // Another member of staff may ask for it in their own name.
        let request = story.request(story.staff(1), Some("again"));
        let (_, answer) = story.ledger.execute_deed(&request, Command::AskAgain { deed }).await.unwrap();
        assert!(matches!(answer, Some(Answer::Awarded(_))), "{answer:?}");
        let again = story.ledger.execute_deed(&story.request(story.staff(1), Some("once more")), Command::AskAgain { deed }).await;
        assert_eq!(code_of(again), "already_awarded");
        assert_eq!(story.available(2).await, 6_000);
        community.clean(&db).await;
    }

    /// What a cap turns down can be asked for again when there is room.
    async fn a_refusal_is_told_and_can_be_asked_again(db: Database) {
        let community = Community::begin(&db).await;
        let story = &community.story;
        story.award(&story.service_of(0, "before", 120)).await.unwrap();
        community.check_in(0, 0).await.unwrap();
        let (receipt, answer) = community.check_out(0, 60).await.unwrap();
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
        assert_eq!(story.available(0).await, 6_000);
        community.clean(&db).await;
    }

    /// The process died between the outcome and the award: whoever finds the request submits it, and many at once submit it once.
    async fn an_award_left_behind_is_made_once(db: Database) {
        let community = Community::begin(&db).await;
        let story = &community.story;
        community.check_in(0, 0).await.unwrap();
        let at = community.at(60);
        let go = EventCommand::CheckOut { part: community.part(0), at, proof: community.code() };
        let request = story.request(community.member(0), Some("go"));
        story.ledger.execute(&request, Command::Event(Box::new(go))).await.unwrap();
        assert_eq!(story.available(0).await, 0, "asked for, not awarded");
        let origin = ledger::community::Origin::default();
        let deed = ledger::machine::award::deed_id_of(story.members[0], "volunteer_service", &format!("{}/0", community.event.id));
        let other = Story::join(&db, random_bytes()).await;
        let many = (0..16).map(|index| {
            let ledger = if index % 2 == 0 { &story.ledger } else { &other.ledger };
            ledger.award_deed(story.program, deed, origin)
        });
        let answers: Vec<Answer> = join_all(many).await.into_iter().map(|a| a.unwrap().unwrap()).collect();
        assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
        assert_eq!(story.available(0).await, 6_000);
        assert_eq!(award_all(&story.ledger, story).await, []);
        community.clean(&db).await;
    }

    /// A member who is merged in between keeps what they began, and its award is theirs who they are now.
    async fn deeds_go_with_a_merge(db: Database) {
        let community = Community::begin(&db).await;
        let story = &community.story;
        community.check_in(0, 0).await.unwrap();
        let (from, into) = (story.members[0], story.members[1]);
        story.execute(story.admin(), None, Command::MergeMembers { from, into }).await.unwrap();
        let (_, answer) = community.check_out(1, 60).await.unwrap();
        assert!(matches!(answer, Some(Answer::Awarded(_))), "{answer:?}");
        assert_eq!((story.available(0).await, story.available(1).await), (0, 6_000));
        community.clean(&db).await;
    }

    /// What a device kept while it was offline arrives late: as a check-in for two hours, as a later entry for a day.
    async fn what_comes_late_is_taken_for_a_day(db: Database) {
        for (hours, evidence) in [(1, Some("check_in")), (5, Some("backfill")), (26, None)] {
            let db = db.backend.fresh().await;
            let community = Community::begin(&db).await;
            let story = &community.story;
            let (came, went) = (community.starts_at(), community.starts_at().plus_seconds(HOUR));
            let code = |at| Proof::Code(CheckInSecret::new(SECRET).code_at(at));
            story.clock.set(went.plus_seconds(hours * HOUR));
            let part = community.part(0);
            let come = EventCommand::CheckIn { part, at: came, proof: code(came) };
            let go = EventCommand::CheckOut { part, at: went, proof: code(went) };
            let Some(evidence) = evidence else {
                assert_eq!(code_of(community.command(community.member(0), come).await), "deed_too_late");
                continue;
            };
            community.command(community.member(0), come).await.unwrap();
            let (_, answer) = community.told(community.member(0), go).await.unwrap();
            let Some(Answer::Awarded(award)) = answer else { panic!("{answer:?}") };
            let award = story.ledger.award(story.program, award).await.unwrap().unwrap();
            assert!(award.deed.evidence.contains(evidence), "{:?}", award.deed.evidence);
            community.clean(&db).await;
        }
    }

    async fn a_plan_says_what_its_deeds_must_state(db: Database) {
        let community = Community::begin(&db).await;
        let slot = community.event.slots[0];
        let plans: [(&str, &dyn Fn(&mut Event)); 7] = [
            ("slots", &|event| event.slots.clear()),
            ("slot", &|event| event.slots = vec![Slot { ends_at: slot.starts_at, ..slot }]),
            ("slot", &|event| event.slots = vec![Slot { ends_at: slot.starts_at.plus_seconds(DAY + 1), ..slot }]),
            ("missing", &|event| event.facts.clear()),
            ("fact", &|event| { event.facts.insert("speed".to_owned(), 9.into()); }),
            ("fact", &|event| { event.facts.insert("minutes".to_owned(), 9.into()); }),
            ("fence", &|event| event.fence = Some(Fence { position: place(), radius: 9 })),
        ];
        for (problem, otherwise) in plans {
            let mut event = Event { id: EventId(Uuid::from_bytes(random_bytes())), ..community.event.clone() };
            otherwise(&mut event);
            let found = event.check().unwrap_err();
            assert_eq!(serde_json::to_value(&found).unwrap()["problem"], problem, "{found}");
            let plan = EventCommand::Plan { event, secret: CheckInSecret::default() };
            assert_eq!(code_of(community.command(community.story.staff(0), plan).await), "bad_plan");
        }
        let nobody = Part { member: MemberId(Uuid::nil()), ..community.part(0) };
        assert_eq!(code_of(community.command(community.story.staff(0), EventCommand::SignUp(nobody)).await), "unknown_member");
        let nowhere = Part { slot: 1, ..community.part(0) };
        assert_eq!(code_of(community.command(community.story.staff(0), EventCommand::SignUp(nowhere)).await), "unknown_event");
    }
}
