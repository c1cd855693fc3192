//! A courier's warehouse keeper fights a shop fire: proposed, verified by another person, approved by two.

use ledger::community::Actor;
use ledger::ids::{DeedId, OrganizationId};
use ledger::machine::award::Reason;
use ledger::machine::deeds::{DeedState, ExceptionalCommand};
use ledger::machine::{AwardState, Command, Receipt};
use ledger::{Ledger, WriteError};
use tests::backend::Database;
use tests::on_both;
use tests::policies::exceptional;
use tests::story::{DAY, Story, code_of, points};
use uuid::Uuid;

use super::{awarded, deed_of, fund};

/// What each category earns, agreed to by two.
fn policy() -> String {
    let table = "{ rescue = 200, firefighting = 200, disaster_relief = 150, bravery = 150, honesty = 50, other = 30 }";
    exceptional(
        "approval = \"two_person\"\nnotice = \"7 days\"",
        &format!("{{ by = \"category\", table = {table} }}"),
        "points = 200, approval = \"two_person\", notice = \"7 days\"",
    )
}

async fn run(
    story: &Story,
    actor: Actor,
    command: ExceptionalCommand,
) -> Result<(Receipt, Option<ledger::machine::deeds::Answer>), WriteError> {
    let request = story.request(actor, None);
    let command = Command::Exceptional(Box::new(command));
    story.ledger.execute_deed(&request, command).await
}

fn fire(story: &Story, reference: u128, category: &str) -> ExceptionalCommand {
    ExceptionalCommand::Propose {
        member: story.members[0],
        reference: Uuid::from_u128(reference),
        category: category.to_owned(),
        occurred_at: story.clock.now().plus_seconds(-DAY),
        attachments: Vec::new(),
    }
}

async fn waiting(ledger: &Ledger, story: &Story) -> usize {
    let first = DeedId(Uuid::nil());
    ledger
        .exceptional_proposed(story.program, first, 9)
        .await
        .unwrap()
        .len()
}

on_both! {
    async fn a_fire_is_fought_verified_and_approved_by_two(db: Database) {
        let story = Story::begin(&db).await;
        fund(&story, "exceptional", &policy()).await;
        story.later(2 * DAY);
        let on = |index: u8, node: u128| Actor { node: Some(OrganizationId(Uuid::from_u128(node))), ..story.staff(index) };
        let itself = Actor { member: Some(story.members[0]), ..story.staff(0) };
        assert_eq!(code_of(run(&story, itself, fire(&story, 1, "firefighting")).await), "self_award");
        assert_eq!(code_of(run(&story, on(0, 1), fire(&story, 1, "banquet")).await), "bad_fact");
        let (receipt, _) = run(&story, on(0, 1), fire(&story, 1, "firefighting")).await.unwrap();
        let deed = deed_of(&receipt);
        assert_eq!(code_of(run(&story, on(1, 2), fire(&story, 1, "firefighting")).await), "already_exists");
        assert_eq!(waiting(&story.ledger, &story).await, 1);
        let verify = ExceptionalCommand::Verify { deed };
        assert_eq!(code_of(run(&story, on(0, 1), verify.clone()).await), "own_proposal");
        let hero = Actor { member: Some(story.members[0]), ..story.staff(3) };
        assert_eq!(code_of(run(&story, hero, verify.clone()).await), "self_award");
        let (_, answer) = run(&story, on(1, 2), verify.clone()).await.unwrap();
        let award = awarded(&story, answer).await;
        assert_eq!((award.state, award.points, award.deed_id), (AwardState::Submitted, points(200), deed));
        assert_eq!(award.submitted_by, story.staff(0).id);
        assert_eq!(code_of(run(&story, on(1, 2), verify).await), "deed_state");
        assert_eq!(waiting(&story.ledger, &story).await, 0);

        let approve = Command::ApproveAward { award: award.id };
        assert_eq!(code_of(story.execute(on(0, 1), None, approve.clone()).await), "self_approval", "nor does who proposed it");
        story.execute(on(2, 3), None, approve.clone()).await.unwrap();
        assert_eq!(code_of(story.execute(on(2, 3), None, approve.clone()).await), "same_approver");
        story.execute(on(3, 4), None, approve).await.unwrap();
        story.later(7 * DAY);
        story.execute(story.admin(), None, Command::VestAward { award: award.id }).await.unwrap();
        assert_eq!(story.available(0).await, 20_000);

        let (receipt, _) = run(&story, on(0, 1), fire(&story, 2, "honesty")).await.unwrap();
        let deed = deed_of(&receipt);
        let refuse = ExceptionalCommand::Refuse { deed, reason: Reason::Evidence };
        assert_eq!(code_of(run(&story, on(0, 1), refuse.clone()).await), "own_proposal");
        run(&story, on(1, 2), refuse).await.unwrap();
        let view = story.ledger.deed(story.program, deed).await.unwrap().unwrap();
        assert_eq!((view.record.state, view.asked), (DeedState::Void, false));
        story.sound_books(&db).await;
    }
}
