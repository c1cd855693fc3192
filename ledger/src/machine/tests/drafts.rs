//! Policies on their way into force.

use super::*;
use crate::community::{DraftState, PolicySource};
use crate::ids::DraftId;

fn file(name: &str, more: &str) -> PolicySource {
    PolicySource {
        name: name.to_owned(),
        source: policy(name, more).source().to_owned(),
    }
}

fn drafts_in(receipt: &Receipt) -> Vec<(DraftId, DraftState)> {
    match &receipt.outcome {
        Outcome::Drafts { drafts, .. } => drafts.clone(),
        other => panic!("{other:?} is no draft"),
    }
}

fn import(desk: &mut Desk, policies: Vec<PolicySource>) -> Vec<(DraftId, DraftState)> {
    drafts_in(&desk.does(clerk(), Command::ImportPolicies { policies }))
}

fn simulated(desk: &Desk, draft: DraftId) -> Command {
    let until = desk.state.now;
    let from = until.plus_seconds(-30 * DAY);
    Command::PolicySimulated { draft, from, until }
}

fn approve(drafts: &[DraftId], effective_from: Option<Timestamp>) -> Command {
    Command::ApprovePolicies {
        drafts: drafts.to_vec(),
        effective_from,
    }
}

#[test]
fn a_policy_is_tested_simulated_approved_by_another_and_then_prices() {
    let mut desk = Desk::new(NO_APPROVAL);
    let new = policy("p", APPROVAL);
    let [(draft, state)] = import(&mut desk, vec![file("p", APPROVAL)])[..] else {
        panic!("one draft");
    };
    assert_eq!(state, DraftState::Tested);
    let state = DraftState::Tested;
    let early = desk.refuses(decider(), approve(&[draft], None));
    assert_eq!(early, Rejection::DraftNotReady { draft, state });

    let replayed = simulated(&desk, draft);
    desk.does(clerk(), replayed);
    let own = desk.refuses(clerk(), approve(&[draft], None));
    assert_eq!(own, Rejection::SelfApproval);
    let earliest = desk.state.now;
    let past = Some(earliest.plus_seconds(-1));
    let refused = desk.refuses(decider(), approve(&[draft], past));
    assert_eq!(refused, Rejection::EffectiveInPast { earliest });

    let tomorrow = desk.state.now.plus_seconds(DAY);
    desk.does(decider(), approve(&[draft], Some(tomorrow)));
    let old = desk.policy.digest().to_owned();
    let now = desk.state.now;
    assert!(desk.state.is_in_force("p", &old, now));
    assert!(desk.state.is_in_force("p", new.digest(), tomorrow));
    assert!(
        desk.state.is_in_force("p", &old, tomorrow.plus_seconds(-1)),
        "a late deed is priced by its day"
    );

    let state = DraftState::Approved;
    let again = desk.refuses(decider(), approve(&[draft], Some(tomorrow)));
    assert_eq!(again, Rejection::DraftNotReady { draft, state });
}

#[test]
fn several_come_whole_or_not_at_all() {
    let mut desk = Desk::new(NO_APPROVAL);
    let broken = PolicySource {
        name: "broken".to_owned(),
        source: "schema = 1".to_owned(),
    };
    let policies = vec![file("q", NO_APPROVAL), broken];
    let refused = desk.refuses(clerk(), Command::ImportPolicies { policies });
    assert_eq!(refused.code(), "unreadable_policy");
    let policies = vec![file("q", NO_APPROVAL), file("q", APPROVAL)];
    let twice = desk.refuses(clerk(), Command::ImportPolicies { policies });
    assert_eq!(twice, Rejection::AlreadyExists);
    let policies = Vec::new();
    let none = desk.refuses(clerk(), Command::ImportPolicies { policies });
    assert_eq!(none.code(), "too_many_drafts");

    let made = import(
        &mut desk,
        vec![file("q", NO_APPROVAL), file("r", NO_APPROVAL)],
    );
    let ids: Vec<DraftId> = made.iter().map(|(id, _)| *id).collect();
    let replayed = simulated(&desk, ids[0]);
    desk.does(clerk(), replayed);
    let half = desk.refuses(decider(), approve(&ids, None));
    assert_eq!(half.code(), "draft_not_ready");
    assert_eq!(desk.state.newest_policy("q"), None);
    let unknown = DraftId(Uuid::from_u128(7));
    let refused = desk.refuses(decider(), approve(&[unknown], None));
    assert_eq!(refused, Rejection::UnknownDraft { draft: unknown });
}

#[test]
fn a_draft_whose_cases_fail_is_kept_but_goes_no_further() {
    let mut desk = Desk::new(NO_APPROVAL);
    let mut failing = file("q", NO_APPROVAL);
    failing.source = failing
        .source
        .replace("expect = { points = 60 }", "expect = { points = 61 }");
    let [(draft, state)] = import(&mut desk, vec![failing])[..] else {
        panic!("one draft");
    };
    assert_eq!(state, DraftState::Draft);
    let replayed = simulated(&desk, draft);
    let refused = desk.refuses(clerk(), replayed);
    assert_eq!(refused, Rejection::DraftNotReady { draft, state });
}
