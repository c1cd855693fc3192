//! What two members do who become one, while they become one.

use futures::future::join_all;
use ledger::community::{Actor, Member, Origin, Registration};
use ledger::ids::{DeedId, MemberId, random_bytes};
use ledger::machine::Command;
use ledger::machine::deeds::{ActivityCommand, Answer, DeedState, OrderCommand, Part};
use tests::backend::Database;
use tests::on_both;
use tests::people::rider;
use tests::story::{Story, code_of};
use uuid::Uuid;

use super::merge;
use crate::activities::Gathering;
use crate::requests::{Desk, deed_of};

const ROUNDS: usize = 6;

/// Two members who were just enrolled.
async fn two(story: &Story) -> [MemberId; 2] {
    let both = [(); 2].map(|()| MemberId(Uuid::from_bytes(random_bytes())));
    for id in both {
        let member = Member {
            id,
            organization: None,
            name: String::new(),
        };
        story.register(Registration::Member(member)).await;
    }
    both
}

/// All at once: the first keeps the writer busy while the others queue up behind it. Answers with what the last was refused for.
async fn at_once(story: &Story, commands: Vec<(Actor, Command)>) -> String {
    let busy = Command::Order(Box::new(OrderCommand::Skills {
        member: story.members[2],
        skills: ["driver".to_owned()].into(),
    }));
    let all = [(story.staff(0), busy)].into_iter().chain(commands);
    let all = all.map(|(actor, command)| story.execute(actor, None, command));
    let mut answers = join_all(all).await;
    let last = answers.pop().unwrap();
    for answer in answers {
        answer.unwrap();
    }
    code_of(last)
}

on_both! {
    /// Whether they took it on before or in the same breath: it is whose they are now, and nobody takes it on twice.
    async fn nobody_has_two_parts_in_one_order(db: Database) {
        let story = Story::begin(&db).await;
        let desk = Desk::open(&story).await;
        for round in 0..ROUNDS {
            let [from, into] = two(&story).await;
            let order = desk.post(&desk.order(3)).await;
            let claim = |member| {
                let claim = OrderCommand::Claim { order, member, team: None };
                (rider(member), Command::Order(Box::new(claim)))
            };
            let mut commands = vec![claim(from), (story.admin(), merge(from, into)), claim(into)];
            if round % 2 == 0 {
                let (actor, command) = commands.remove(0);
                story.execute(actor, None, command).await.unwrap();
            }
            assert_eq!(at_once(&story, commands).await, "already_exists", "round {round}");
            let parts = story.ledger.parts_of_order(story.program, order, DeedId(Uuid::nil()), 9).await.unwrap();
            let whose: Vec<_> = parts.iter().map(|part| (part.record.member, part.record.state)).collect();
            assert_eq!(whose, [(into, DeedState::Promised)], "round {round}");
        }
        assert_eq!(story.ledger.verify(story.program, |_| {}).await.unwrap().problems, []);
    }

    async fn nobody_has_two_places_in_one_slot(db: Database) {
        let story = Story::begin(&db).await;
        for round in 0..ROUNDS {
            let [from, into] = two(&story).await;
            let gathering = Gathering::plan(&story, |_| {}).await;
            let activity = gathering.activity.id;
            let sign_up = |member| {
                let sign_up = ActivityCommand::SignUp(Part { activity, slot: 0, member });
                (rider(member), Command::Activity(Box::new(sign_up)))
            };
            let mut commands = vec![sign_up(from), (story.admin(), merge(from, into)), sign_up(into)];
            if round % 2 == 0 {
                let (actor, command) = commands.remove(0);
                story.execute(actor, None, command).await.unwrap();
            }
            assert_eq!(at_once(&story, commands).await, "already_exists", "round {round}");
            let parts = story.ledger.parts(story.program, activity, (0, MemberId(Uuid::nil())), 9).await.unwrap();
            assert_eq!(parts.iter().map(|part| part.record.member).collect::<Vec<_>>(), [into], "round {round}");
            let planned = story.ledger.activity(story.program, activity).await.unwrap().unwrap();
            assert_eq!(planned.taken, [1]);
        }
        assert_eq!(story.ledger.verify(story.program, |_| {}).await.unwrap().problems, []);
    }

    /// Found out between the outcome and the award: it is awarded to who they are.
    async fn what_is_asked_for_goes_to_who_they_are(db: Database) {
        let story = Story::begin(&db).await;
        let desk = Desk::open(&story).await;
        for round in 0..ROUNDS {
            let [from, into] = two(&story).await;
            let order = desk.post(&desk.order(1)).await;
            let claim = OrderCommand::Claim { order, member: from, team: None };
            let deed = deed_of(&desk.command(rider(from), claim).await.unwrap());
            let done = OrderCommand::Done { deed, done: Default::default(), attachments: Vec::new() };
            desk.command(rider(from), done).await.unwrap();
            let confirm = Command::Order(Box::new(OrderCommand::Confirm { deed, code_hash: None }));
            story.execute(story.staff(1), None, confirm).await.unwrap();
            let (merged, answer) = futures::join!(
                story.execute(story.admin(), None, merge(from, into)),
                story.ledger.award_deed(story.program, deed, Origin::default()),
            );
            merged.unwrap();
            let Ok(Some(Answer::Awarded(award))) = answer else { panic!("round {round}: {answer:?}") };
            let award = story.ledger.award(story.program, award).await.unwrap().unwrap();
            assert_eq!((award.member, award.deed_id), (into, deed), "round {round}");
        }
        story.clean(&db).await;
    }
}
