//! A policy's way into force, on both databases.

use ledger::community::{DraftState, PolicySource};
use ledger::ids::DraftId;
use ledger::machine::{Command, Outcome, Receipt};
use ledger::views::DraftFilter;
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, PATROL, SERVICE, Story, award_of, code_of};

fn drafts_in(receipt: &Receipt) -> Vec<DraftId> {
    match &receipt.outcome {
        Outcome::Drafts { drafts, .. } => drafts.iter().map(|(id, _)| *id).collect(),
        other => panic!("{other:?} is no draft"),
    }
}

fn file(name: &str, source: &str) -> PolicySource {
    PolicySource {
        name: name.to_owned(),
        source: source.to_owned(),
    }
}

on_both! {
    async fn a_draft_prices_once_another_approved_it_and_late_deeds_by_their_day(db: Database) {
        let story = Story::begin(&db).await;
        let twice = SERVICE.replace("rate = 1", "rate = 0.5").replace("expect = { points = 60 }", "expect = { points = 30 }");
        assert_ne!(twice, SERVICE);
        let import = Command::ImportPolicies { policies: vec![file("service", &twice), file("patrol", PATROL)] };
        let imported = story.execute(story.staff(0), Some("import"), import.clone()).await.unwrap();
        let again = story.execute(story.staff(0), Some("import"), import).await.unwrap();
        assert_eq!(imported, again, "a second press has no second effect");
        let draft = drafts_in(&imported)[0];

        let late = story.service_of(0, "before", 60);
        let until = story.clock.now();
        let simulated = Command::PolicySimulated { draft, from: until.plus_seconds(-DAY), until };
        story.execute(story.staff(0), None, simulated).await.unwrap();
        let approve = Command::ApprovePolicies { drafts: vec![draft], effective_from: None };
        story.later(60);
        let own = story.execute(story.staff(0), None, approve.clone()).await;
        assert_eq!(code_of(own), "self_approval");
        story.execute(story.staff(1), None, approve).await.unwrap();

        story.later(60);
        let now = story.service_of(1, "after", 60);
        let new = story.award(&now).await.unwrap();
        let old = story.award(&late).await.unwrap();
        for (receipt, points) in [(new, 3_000), (old, 6_000)] {
            let award = story.ledger.award(story.program, award_of(&receipt)).await.unwrap().unwrap();
            assert_eq!(award.points.hundredths(), points);
        }
        let filter = |state, before, limit| DraftFilter { before, state, limit };
        let list = |filter| {
            let story = &story;
            async move { story.ledger.drafts(story.program, &filter).await.unwrap() }
        };
        let all = list(filter(None, None, 9)).await;
        assert_eq!(all.len(), 2);
        let first = list(filter(None, None, 1)).await;
        let rest = list(filter(None, Some((first[0].imported_at, first[0].id)), 9)).await;
        assert_eq!([&first[..], &rest[..]].concat(), all);
        let approved = list(filter(Some(DraftState::Approved), None, 9)).await;
        assert_eq!(approved.iter().map(|draft| draft.id).collect::<Vec<_>>(), [draft]);
        story.sound_books(&db).await;
    }
}
