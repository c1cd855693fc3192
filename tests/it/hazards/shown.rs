//! One photo shows one deed, whatever it was: a report of a hazard, what was done for an order, an exceptional deed.

use ledger::Upload;
use ledger::community::Actor;
use ledger::community::attachment::Looks;
use ledger::ids::{AttachmentId, DeedId, OrderId};
use ledger::machine::award::Reason;
use ledger::machine::deeds::{Answer, Done, ExceptionalCommand, OrderCommand, explain_why_not};
use ledger::machine::hazards::HazardCommand;
use ledger::machine::{AwardState, Command};
use ledger::policy::Language;
use tests::backend::Database;
use tests::on_both;
use tests::policies::exceptional;
use tests::story::code_of;
use uuid::Uuid;

use super::beat::{Beat, at, here};
use super::{is_awarded, why};
use crate::requests::{Desk, deed_of, fund};

/// What photos look like.
const LOOKS: u64 = 0x0123_4567_89ab_cdef;

async fn uploaded(beat: &Beat, by: Actor, looks: u64) -> AttachmentId {
    let photo = Upload::Photo(looks.to_be_bytes().to_vec(), Looks(looks));
    let (ledger, program) = (&beat.story.ledger, beat.story.program);
    ledger.upload(program, &by, photo).await.unwrap().id
}

/// An order taken on by a rider, shown with such a photo, and confirmed.
async fn done(
    desk: &Desk<'_>,
    beat: &Beat,
    rider: usize,
    order: OrderId,
    looks: u64,
) -> (DeedId, Option<Answer>) {
    let deed = deed_of(&desk.claim(rider, order).await.unwrap());
    let photo = uploaded(beat, desk.rider(rider), looks).await;
    let told = Done {
        minutes: None,
        people: None,
    };
    let command = OrderCommand::Done {
        deed,
        done: told,
        attachments: vec![photo],
    };
    desk.command(desk.rider(rider), command).await.unwrap();
    let confirm = OrderCommand::Confirm {
        deed,
        code_hash: None,
    };
    let (_, answer) = desk.told(desk.story.staff(1), confirm).await.unwrap();
    (deed, answer)
}

/// A hazard reported with such a photo, and verified.
async fn reported(beat: &Beat, rider: usize, looks: u64) -> Option<Answer> {
    let photo = uploaded(beat, beat.rider(rider), looks).await;
    let report = beat.report(Some(rider), at(41_900_000, 123_100_000), vec![photo]);
    let hazard = report.hazard;
    let command = HazardCommand::Report(report);
    beat.told(beat.rider(rider), command).await.unwrap();
    beat.verified(hazard).await
}

/// An exceptional deed shown with such a photo, and verified.
async fn proposed(beat: &Beat, reference: u128, looks: u64) -> (DeedId, Option<Answer>) {
    let story = &beat.story;
    let propose = ExceptionalCommand::Propose {
        member: story.members[2],
        reference: Uuid::from_u128(reference),
        category: "rescue".to_owned(),
        occurred_at: story.clock.now(),
        attachments: vec![uploaded(beat, story.staff(0), looks).await],
    };
    let run = |actor, command| {
        let request = story.request(actor, None);
        let command = Command::Exceptional(Box::new(command));
        async move { story.ledger.execute_deed(&request, command).await.unwrap() }
    };
    let deed = deed_of(&run(story.staff(0), propose).await.0);
    let (_, answer) = run(story.staff(1), ExceptionalCommand::Verify { deed }).await;
    (deed, answer)
}

on_both! {
    async fn one_photo_shows_one_deed(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let (story, desk) = (&beat.story, Desk::open(&beat.story).await);
        let policy = exceptional("approval = \"single\"", "50", "points = 50");
        fund(story, "exceptional", &policy).await;
        let mut orders = Vec::new();
        for places in [2, 1, 1] {
            orders.push(desk.post(&desk.order(places)).await);
        }
        let (first, answer) = done(&desk, &beat, 0, orders[0], LOOKS).await;
        let Some(Answer::Awarded(award)) = answer else { panic!("{answer:?}") };
        // Who did it together may show one photo of it.
        let (_, together) = done(&desk, &beat, 1, orders[0], LOOKS).await;
        assert!(is_awarded(together.as_ref()), "{together:?}");
        // For another order it is the same photo, saved again or not; another photo is none.
        let (second, answer) = done(&desk, &beat, 0, orders[1], LOOKS ^ 0b111).await;
        assert_eq!(why(answer.as_ref()), "photo_used");
        let Some(Answer::Refused(refused)) = &answer else { panic!("refused") };
        let told = explain_why_not("request_fulfilled", refused, Language::Zh);
        assert_eq!(told, ["照片和另一件已计分的事项是同一张（缩小、调亮或转存过的也算），同一张照片只计一次。"]);
        let (_, other) = done(&desk, &beat, 0, orders[2], LOOKS ^ 0b1111).await;
        assert!(is_awarded(other.as_ref()), "{other:?}");
        // Nor does it show a hazard, or what nobody could have planned.
        assert_eq!(why(reported(&beat, 2, LOOKS).await.as_ref()), "photo_used");
        let (deed, answer) = proposed(&beat, 1, LOOKS).await;
        assert_eq!(why(answer.as_ref()), "photo_used");
        // By hand neither: an award under the order's number is for the same deed.
        let view = story.ledger.deed(story.program, second).await.unwrap().unwrap();
        let mut by_hand = story.service_of(0, &orders[1].to_string(), 10);
        by_hand.deed.kind = "request_fulfilled".to_owned();
        let facts = [("category", "errand".into()), ("beneficiary", "elderly".into()), ("confirmed", true.into())];
        by_hand.deed.facts = facts.map(|(fact, value)| (fact.to_owned(), value)).into();
        by_hand.deed.occurred_at = view.record.began_at;
        assert_eq!(code_of(story.award(&by_hand).await), "photo_used");
        // It is free once all who showed it have nothing for it.
        let Some(Answer::Awarded(also)) = together else { panic!("awarded") };
        for award in [award, also] {
            let undo = Command::ReverseAward { award, reason: Reason::NotAsClaimed };
            story.execute(story.staff(1), None, undo).await.unwrap();
        }
        let again = Command::AskAgain { deed };
        let (_, answer) = story.ledger.execute_deed(&story.request(story.staff(1), None), again).await.unwrap();
        let Some(Answer::Awarded(award)) = answer else { panic!("{answer:?}") };
        assert_eq!(beat.award(award).await.state, AwardState::Submitted);
        // What waits for somebody to agree holds it, too.
        let again = Command::AskAgain { deed: first };
        assert_eq!(code_of(story.execute(story.staff(1), None, again).await), "already_awarded");
        let again = Command::AskAgain { deed: second };
        let (_, answer) = story.ledger.execute_deed(&story.request(story.staff(1), None), again).await.unwrap();
        assert_eq!(why(answer.as_ref()), "photo_used");
        beat.clean(&db, 0).await;
    }

    /// A hazard's photo is no other deed's.
    async fn a_photo_of_a_hazard_shows_no_order(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let desk = Desk::open(&beat.story).await;
        assert!(is_awarded(reported(&beat, 0, LOOKS).await.as_ref()));
        let order = desk.post(&desk.order(1)).await;
        let (_, answer) = done(&desk, &beat, 1, order, LOOKS).await;
        assert_eq!(why(answer.as_ref()), "photo_used");
        assert_eq!([beat.story.available(0).await, beat.story.available(1).await], [1_000, 0]);
        assert!(is_awarded(beat.verified(beat.reported(2, here()).await).await.as_ref()), "without a photo nothing is looked at");
        beat.clean(&db, 2_000).await;
    }
}
