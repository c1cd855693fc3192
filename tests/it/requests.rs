//! What residents ask for, exceptional deeds, teams and pledges: from an empty programme to points, once.

use futures::future::join_all;
use ledger::WriteError;
use ledger::clock::Timestamp;
use ledger::community::order::{OPEN_CLAIMS, Order, OrderState, Wanted};
use ledger::community::{Actor, Origin};
use ledger::ids::{MemberId, OrderId, OrganizationId, random_bytes, sha256_hex};
use ledger::machine::award::Reason;
use ledger::machine::deeds::{Answer, DeedState, OrderCommand, WhyNot};
use ledger::machine::{AwardState, Command, Outcome};
use ledger::views::{Due, Kept};
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, HOUR, Story, code_of, points};
use uuid::Uuid;

mod counted;
mod desk;
mod exceptional;
mod http;
mod pledges;
mod teams;

pub use desk::{Desk, awarded, deed_of, fund};
use desk::{by_code, resident};

on_both! {
    async fn an_order_is_done_confirmed_and_awarded_once(db: Database) {
        let story = Story::begin(&db).await;
        let desk = Desk::open(&story).await;
        let order = desk.post(&desk.order(1)).await;
        let deed = deed_of(&desk.claim(0, order).await.unwrap());
        assert_eq!(code_of(desk.claim(0, order).await), "already_exists");
        assert_eq!(code_of(desk.claim(1, order).await), "order_taken");
        let confirm = OrderCommand::Confirm { deed, code_hash: None };
        assert_eq!(code_of(desk.command(story.staff(1), confirm.clone()).await), "deed_state", "it is not done");
        story.later(HOUR);
        desk.done(0, deed, Some(40)).await.unwrap();
        assert_eq!(story.available(0).await, 0, "nothing before somebody confirms");
        let itself = Actor { member: Some(story.members[0]), ..story.staff(1) };
        assert_eq!(code_of(desk.command(itself, confirm.clone()).await), "self_award");
        assert_eq!(code_of(desk.command(desk.rider(0), by_code(deed, "k7m2")).await), "self_award", "who logs in to use the code");
        assert_eq!(code_of(desk.command(resident(), by_code(deed, "k7m3")).await), "invalid_code");
        let stands = desk.stands(order).await;
        assert_eq!((stands.taken, stands.reported, stands.confirmed), (0, 1, 0));
        assert!(stands.waits_since.is_some() && stands.position.is_some());
        let (receipt, answer) = desk.told(resident(), by_code(deed, "k7m2")).await.unwrap();
        assert!(matches!(receipt.outcome, Outcome::Deed { state: DeedState::Done, .. }));
        let award = awarded(&story, answer).await;
        assert_eq!((award.state, award.points, award.deed_id), (AwardState::Vested, points(6), deed));
        assert_eq!(award.submitted_by, story.staff(0).id, "who posted it answers for it");
        assert_eq!(award.deed.evidence, ["sign_off".to_owned()].into());
        assert_eq!(code_of(desk.command(resident(), by_code(deed, "k7m2")).await), "deed_state");
        assert_eq!(story.available(0).await, 600);
        let stands = desk.stands(order).await;
        assert_eq!((stands.state, stands.position, stands.waits_since), (OrderState::Confirmed, None, None), "where it was is forgotten");
        assert_eq!(code_of(desk.claim(1, order).await), "order_state");
        story.sound_books(&db).await;
    }

    /// Where a resident lives is needed until somebody was awarded or not, and asked for again only while the order goes on.
    async fn where_an_order_is_is_forgotten_with_what_was_asked_for(db: Database) {
        let story = Story::begin(&db).await;
        let desk = Desk::open(&story).await;
        story.later(HOUR);
        let order = desk.post(&desk.order(2)).await;
        let asked = async |deed| story.ledger.asked(story.program, deed).await.unwrap().unwrap();
        let mut deeds = Vec::new();
        for rider in [0, 1] {
            let deed = deed_of(&desk.claim(rider, order).await.unwrap());
            desk.done(rider, deed, Some(30)).await.unwrap();
            let confirm = OrderCommand::Confirm { deed, code_hash: None };
            story.execute(story.staff(1), None, Command::Order(Box::new(confirm))).await.unwrap();
            assert_eq!(asked(deed).await.request.position, desk.order(1).position);
            deeds.push(deed);
        }
        let awarded = story.ledger.award_deed(story.program, deeds[0], Origin::default()).await.unwrap();
        assert!(matches!(awarded, Some(Answer::Awarded(_))), "{awarded:?}");
        let refuse = Command::RefuseDeed { deed: deeds[1], attempt: 1, why: Box::new(WhyNot::NoPolicy) };
        story.execute(story.admin(), None, refuse).await.unwrap();
        assert_eq!(asked(deeds[0]).await.request.position, None, "it is awarded");
        assert_eq!(desk.stands(order).await.position, None, "it is over");
        // What was refused can be asked for again, and a fence wants to know where it was; for a month.
        story.execute(story.staff(1), None, Command::AskAgain { deed: deeds[1] }).await.unwrap();
        assert_eq!(asked(deeds[1]).await.request.position, desk.order(1).position);
        let refuse = Command::RefuseDeed { deed: deeds[1], attempt: 2, why: Box::new(WhyNot::NoPolicy) };
        story.execute(story.admin(), None, refuse).await.unwrap();
        let forget = async || {
            let now = story.clock.now();
            assert_eq!(story.ledger.stale_since(story.program, Kept::AskedPlaces, now).await.unwrap().is_some(),
                asked(deeds[1]).await.asked_at.plus_seconds(30 * DAY) <= now);
            story.ledger.forget(story.program, Kept::AskedPlaces, now, 10).await.unwrap()
        };
        story.later(29 * DAY);
        assert_eq!(forget().await, 0);
        assert!(asked(deeds[1]).await.request.position.is_some());
        story.later(2 * DAY);
        assert_eq!(forget().await, 1);
        assert_eq!(asked(deeds[1]).await.request.position, None);
    }

    /// Two processes, many members, one place.
    async fn the_last_place_is_taken_once(db: Database) {
        let seed = random_bytes();
        ledger::Ledger::migrate(&db.url).await.unwrap();
        let story = Story::begin_as(&db, seed).await;
        let other = Story::join(&db, seed).await;
        let (desk, beside) = (Desk::open(&story).await, Desk { story: &other, organization: OrganizationId(Uuid::nil()) });
        let order = desk.post(&desk.order(2)).await;
        let all = (0..12_usize).map(|index| {
            let at = if index.is_multiple_of(2) { &desk } else { &beside };
            at.claim(index % 3, order)
        });
        let taken: Vec<_> = join_all(all).await.into_iter().filter_map(Result::ok).collect();
        assert_eq!(taken.len(), 2);
        let stands = desk.stands(order).await;
        assert_eq!((stands.taken, stands.room()), (2, 0));
        // Confirmed at both doors at once, it is awarded once.
        let deed = deed_of(&taken[0]);
        let Outcome::Deed { member, .. } = taken[0].outcome else { panic!() };
        let rider = story.members.iter().position(|known| *known == member).unwrap();
        desk.done(rider, deed, None).await.unwrap();
        let confirm = |index: usize| {
            let (at, by) = if index.is_multiple_of(2) { (&desk, story.staff(1)) } else { (&beside, resident()) };
            let code_hash = (index % 2 == 1).then(|| sha256_hex(b"k7m2"));
            at.told(by, OrderCommand::Confirm { deed, code_hash })
        };
        let confirmed = join_all((0..8).map(confirm)).await;
        assert_eq!(confirmed.iter().filter(|answer| answer.is_ok()).count(), 1);
        assert_eq!(story.available(rider).await, 600);
        story.sound_books(&db).await;
    }

    async fn nobody_takes_on_more_than_they_can_do(db: Database) {
        let story = Story::begin(&db).await;
        let desk = Desk::open(&story).await;
        let mut orders = Vec::new();
        for _ in 0..=OPEN_CLAIMS {
            orders.push(desk.post(&desk.order(1)).await);
        }
        let all = orders.iter().map(|order| desk.claim(0, *order));
        let taken: Vec<_> = join_all(all).await.into_iter().filter_map(Result::ok).collect();
        assert_eq!(taken.len(), OPEN_CLAIMS, "at once, too");
        let mut left = orders.iter().copied();
        let left = loop {
            let order = left.next().unwrap();
            if desk.stands(order).await.taken == 0 { break order; }
        };
        assert_eq!(code_of(desk.claim(0, left).await), "too_many_claims");
        desk.command(desk.rider(0), OrderCommand::Release { deed: deed_of(&taken[0]) }).await.unwrap();
        desk.claim(0, left).await.unwrap();

        let able = Order { wanted: Wanted { skills: ["first-aid".to_owned()].into(), ..desk.order(1).wanted }, ..desk.order(1) };
        let order = desk.post(&able).await;
        assert_eq!(code_of(desk.claim(1, order).await), "skills_missing");
        for skills in [["first-aid", "driver"].as_slice(), &["first-aid"]] {
            let skills = skills.iter().map(|skill| (*skill).to_owned()).collect();
            let note = OrderCommand::Skills { member: story.members[1], skills };
            desk.command(story.staff(0), note).await.unwrap();
        }
        assert_eq!(story.ledger.skills_of(story.program, story.members[1]).await.unwrap(), ["first-aid"]);
        desk.claim(1, order).await.unwrap();
        let nobody = OrderCommand::Claim { order, member: MemberId(Uuid::nil()), team: None };
        assert_eq!(code_of(desk.command(story.staff(0), nobody).await), "unknown_member");
    }

    /// Who does not do it in time gives it back by itself; what nobody does is over.
    async fn what_is_late_is_released(db: Database) {
        let story = Story::begin(&db).await;
        let desk = Desk::open(&story).await;
        let order = desk.post(&desk.order(1)).await;
        let deed = deed_of(&desk.claim(0, order).await.unwrap());
        story.later(24 * HOUR - 60);
        assert_eq!(desk.jobs().await, 0);
        assert_eq!(code_of(story.execute(story.admin(), None, Command::CloseDeed { deed }).await), "claim_not_due");
        story.later(60);
        assert_eq!(desk.jobs().await, 1);
        assert_eq!(code_of(desk.done(0, deed, None).await), "deed_state");
        let again = deed_of(&desk.claim(1, order).await.unwrap());
        desk.done(1, again, None).await.unwrap();
        story.later(3 * DAY);
        desk.jobs().await;
        assert_eq!(desk.stands(order).await.state, OrderState::Posted, "what was done in time can be confirmed");
        story.later(7 * DAY);
        let waiting = story.ledger.orders_waiting(story.program, Due { since: Timestamp::from_micros(0), id: Uuid::nil() }, 9).await.unwrap();
        assert_eq!((waiting.len(), waiting[0].id), (1, order));
        assert!(waiting[0].is_overdue(story.clock.now()));
        assert_eq!(story.available(1).await, 0, "silence confirms nothing");
        let refuse = OrderCommand::Refuse { deed: again, reason: Reason::NotAsClaimed };
        desk.command(story.staff(1), refuse).await.unwrap();
        let stands = desk.stands(order).await;
        assert_eq!((stands.state, stands.position, stands.due_at), (OrderState::Expired, None, None));
        assert_eq!(desk.jobs().await, 0);

        let nobodys = desk.post(&desk.order(1)).await;
        story.later(3 * DAY);
        assert_eq!(code_of(desk.claim(2, nobodys).await), "order_over");
        assert_eq!((desk.jobs().await, desk.stands(nobodys).await.state), (1, OrderState::Expired));
        story.sound_books(&db).await;
    }

    /// What residents ask for is seen by nobody before staff have said what may be read of it.
    async fn a_wish_is_let_in_by_staff(db: Database) {
        let story = Story::begin(&db).await;
        let desk = Desk::open(&story).await;
        let asked = Order { position: None, ..desk.order(1) };
        let ask = OrderCommand::Ask(Box::new(asked.clone()));
        desk.command(resident(), ask).await.unwrap();
        let order = asked.id;
        let posted = story.ledger.orders_posted(story.program, Due { since: story.clock.now(), id: Uuid::max() }, 9).await.unwrap();
        assert_eq!(posted, []);
        assert_eq!(code_of(desk.claim(0, order).await), "unknown_order");
        let accept = |title: &str| OrderCommand::Accept {
            order,
            wanted: Box::new(Wanted { title: title.to_owned(), category: "wish".to_owned(), ..asked.wanted.clone() }),
            position: None,
        };
        assert_eq!(code_of(desk.command(story.staff(2), accept("")).await), "bad_order");
        desk.command(story.staff(2), accept("一副老花镜")).await.unwrap();
        assert_eq!(code_of(desk.command(story.staff(2), accept("一副老花镜")).await), "order_state");
        let deed = deed_of(&desk.claim(0, order).await.unwrap());
        desk.done(0, deed, None).await.unwrap();
        let (_, answer) = desk.told(resident(), by_code(deed, "k7m2")).await.unwrap();
        let award = awarded(&story, answer).await;
        assert_eq!(award.submitted_by, story.staff(2).id, "who let it in answers for it");
        assert_eq!(award.deed.facts["category"].text(), Some("wish"));

        let other = Order { id: OrderId(Uuid::from_bytes(random_bytes())), ..asked.clone() };
        desk.command(resident(), OrderCommand::Ask(Box::new(other.clone()))).await.unwrap();
        desk.command(story.staff(0), OrderCommand::Withdraw { order: other.id }).await.unwrap();
        let stands = desk.stands(other.id).await;
        assert_eq!((stands.state, stands.waits_since, stands.due_at), (OrderState::Withdrawn, None, None));
        assert_eq!(code_of(desk.claim(0, other.id).await), "order_state");
        story.sound_books(&db).await;
    }

    /// What somebody has taken on when an order is taken back is not done for it any more, and what they did is.
    async fn an_order_taken_back_keeps_what_was_done(db: Database) {
        let story = Story::begin(&db).await;
        let desk = Desk::open(&story).await;
        let order = desk.post(&desk.order(2)).await;
        let one = deed_of(&desk.claim(0, order).await.unwrap());
        let other = deed_of(&desk.claim(1, order).await.unwrap());
        desk.done(0, one, None).await.unwrap();
        desk.command(story.staff(0), OrderCommand::Withdraw { order }).await.unwrap();
        assert_eq!(code_of(desk.done(1, other, None).await), "order_state");
        let confirm = OrderCommand::Confirm { deed: one, code_hash: None };
        let (_, answer) = desk.told(story.staff(1), confirm).await.unwrap();
        assert_eq!(awarded(&story, answer).await.submitted_by, story.staff(1).id);
        desk.command(desk.rider(1), OrderCommand::Release { deed: other }).await.unwrap();
        let stands = desk.stands(order).await;
        assert_eq!((stands.state, stands.taken, stands.reported, stands.confirmed), (OrderState::Withdrawn, 0, 0, 1));
    }

    /// The same hour counts once; what tells no time stands in the way of nothing.
    async fn time_that_counts_elsewhere_counts_once(db: Database) {
        let story = Story::begin(&db).await;
        let desk = Desk::open(&story).await;
        story.later(2 * HOUR);
        let mut deeds = Vec::new();
        for minutes in [Some(60), None, Some(30)] {
            let order = desk.post(&desk.order(1)).await;
            let deed = deed_of(&desk.claim(0, order).await.unwrap());
            story.later(600);
            desk.done(0, deed, minutes).await.unwrap();
            let confirm = OrderCommand::Confirm { deed, code_hash: None };
            let (_, answer) = desk.told(story.staff(1), confirm).await.unwrap();
            deeds.push((deed, answer));
        }
        assert!(matches!(deeds[0].1, Some(Answer::Awarded(_))) && matches!(deeds[1].1, Some(Answer::Awarded(_))));
        let view = story.ledger.deed(story.program, deeds[2].0).await.unwrap().unwrap();
        let Some(Answer::Refused(why)) = view.answer else { panic!("{:?}", view.answer) };
        assert_eq!(why.code(), "time_counted");
        assert_eq!(story.available(0).await, 1_200);
    }

    /// What two members have who are one is one's, and no order is done twice by one.
    async fn orders_go_with_a_merge(db: Database) {
        let story = Story::begin(&db).await;
        let desk = Desk::open(&story).await;
        let order = desk.post(&desk.order(3)).await;
        let deed = deed_of(&desk.claim(0, order).await.unwrap());
        let note = |member, skill: &str| OrderCommand::Skills { member, skills: [skill.to_owned()].into() };
        let (from, into) = (story.members[0], story.members[1]);
        for (member, skill) in [(from, "driver"), (into, "nurse")] {
            desk.command(story.staff(0), note(member, skill)).await.unwrap();
        }
        story.execute(story.admin(), None, Command::MergeMembers { from, into }).await.unwrap();
        assert_eq!(story.ledger.skills_of(story.program, into).await.unwrap(), ["driver", "nurse"]);
        assert_eq!(code_of(desk.claim(1, order).await), "already_exists", "they have it already");
        desk.done(1, deed, None).await.unwrap();
        let itself = Actor { member: Some(into), ..story.staff(1) };
        assert_eq!(code_of(desk.command(itself, OrderCommand::Confirm { deed, code_hash: None }).await), "self_award");
        let (_, answer) = desk.told(resident(), by_code(deed, "k7m2")).await.unwrap();
        assert_eq!(awarded(&story, answer).await.member, into);
        assert_eq!((story.available(0).await, story.available(1).await), (0, 600));
        assert_eq!(code_of(desk.claim(1, order).await), "already_exists", "nor once more");
        story.sound_books(&db).await;
    }

    async fn wrong_codes_are_slowed(db: Database) {
        let story = Story::begin(&db).await;
        let desk = Desk::open(&story).await;
        let order = desk.post(&desk.order(1)).await;
        let deed = deed_of(&desk.claim(0, order).await.unwrap());
        desk.done(0, deed, None).await.unwrap();
        for guess in 0..10 {
            assert_eq!(code_of(desk.command(resident(), by_code(deed, &guess.to_string())).await), "invalid_code");
        }
        let right = desk.command(resident(), by_code(deed, "k7m2")).await;
        assert!(matches!(right, Err(WriteError::TooManyGuesses(_))), "{right:?}");
        desk.command(story.staff(1), OrderCommand::Confirm { deed, code_hash: None }).await.unwrap();
    }
}
