//! Lines of statements: who bears them, what they come to, and what merchants say to them.

use proptest::prelude::*;

use super::offers::gift;
use super::settlement::{
    agreed, covers, freeze, freeze_at, funded, pay, rate, refund, statement_in, step,
};
use super::*;
use crate::community::offer::{Bearer, Offer, Terms};
use crate::ids::{OfferId, StatementId};
use crate::machine::settlement::{DisputeFinding, DisputeReason, worth};
use crate::machine::{SettlementCommand, SettlementRejection, StatementState};
use crate::points::Rounding;

/// As if an offer had been taken up.
fn agree_on(desk: &mut Desk, redemption: RedemptionId, bearer: Bearer) {
    let known = desk.state.redemption(redemption).expect("a redemption");
    // However often it is given back, it was taken up before.
    let offer = Offer {
        taken: 1_000,
        ..gift(OfferId(Uuid::from_u128(5)))
    };
    let terms = Some(Terms {
        offer: offer.id,
        revision: offer.revision,
        price: offer.terms.price,
        amount: None,
        cash: Points::ZERO,
        bearer,
        within: None,
    });
    let agreed = Redemption {
        terms,
        ..known.clone()
    };
    desk.state.offers.load(offer);
    desk.state.load_redemption(agreed);
}

fn money_of(desk: &Desk) -> Vec<(i64, Option<Points>)> {
    let lines = desk.state.settling.new_lines.iter();
    lines.map(|line| (line.version, line.amount)).collect()
}

#[test]
fn what_is_refunded_later_is_worth_what_it_was_charged_at() {
    let mut desk = funded();
    let spent = desk.pay(40, true);
    desk.does(clerk(), freeze_at("100", None));
    desk.does(cashier(STORE), refund(spent, 10));
    desk.pay(20, true);
    let second = statement_in(&desk.does(clerk(), freeze_at("50", None)));
    assert_eq!(second.points, points(10));
    assert_eq!(second.amount, Points::ZERO, "20 at 50 fen less 10 at 100");
    assert_eq!(desk.holds(Account::fund(FUNDER)), points(460));
    let below = desk.pay(1, true);
    desk.does(cashier(STORE), refund(below, 1));
    let third = statement_in(&desk.does(clerk(), freeze_at("50", None)));
    assert_eq!((third.points, third.amount), (Points::ZERO, Points::ZERO));
    assert_eq!(covers(&third), (5, 7, Points::ZERO));
    let newest = desk.state.account(Account::accepted(STORE)).version;
    assert_eq!(newest, 7, "it moved nothing, and left no entry");
    desk.does(cashier(STORE), refund(spent, 5));
    let owing = desk.refuses(clerk(), freeze_at("50", None));
    let points = points(-5);
    assert_eq!(
        owing,
        SettlementRejection::NothingToSettle { points }.into()
    );
}

#[test]
fn who_bears_it_pays() {
    let mut desk = funded();
    let [own, given, dear] = [10, 20, 30].map(|amount| desk.pay(amount, true));
    agree_on(&mut desk, own, Bearer::Merchant);
    agree_on(&mut desk, given, Bearer::InKind);
    let bare = Command::FreezeStatement {
        store: STORE,
        through_version: None,
        funder: None,
        rate: None,
    };
    let redemption = Some(dear);
    let refused = desk.refuses(clerk(), bare.clone());
    assert_eq!(
        refused,
        SettlementRejection::RateNeeded { redemption }.into()
    );
    let (funder, other) = (FUNDER, rate("200", Rounding::HalfUp));
    agree_on(
        &mut desk,
        dear,
        Bearer::Fund {
            funder,
            rate: other,
        },
    );
    let statement = statement_in(&desk.does(clerk(), bare.clone()));
    assert_eq!(
        (statement.points, statement.amount),
        (points(60), points(60))
    );
    let (none, yuan) = (Some(Points::ZERO), Some(points(60)));
    assert_eq!(money_of(&desk), [(1, none), (2, none), (3, yuan)]);
    let more = desk.pay(5, true);
    agree_on(&mut desk, more, Bearer::InKind);
    let in_kind = statement_in(&desk.does(clerk(), bare));
    assert_eq!((in_kind.points, in_kind.amount), (points(5), Points::ZERO));
    agreed(&mut desk, in_kind.id);
    desk.does(decider(), pay(in_kind.id));
    assert_eq!(desk.holds(Account::redeemed(PROGRAM)), points(5));
}

#[test]
fn a_dispute_is_answered_before_anybody_agrees() {
    let mut desk = funded();
    desk.pay(40, true);
    let statement = statement_in(&desk.does(clerk(), freeze())).id;
    let confirm = || step(SettlementCommand::Confirm { statement });
    let dispute = |version| {
        let reason = DisputeReason::Points;
        step(SettlementCommand::Dispute {
            statement,
            version,
            reason,
        })
    };
    let approve = |unanswered| {
        step(SettlementCommand::Approve {
            statement,
            unanswered,
        })
    };
    let answer = |version| {
        let finding = DisputeFinding::Stands;
        step(SettlementCommand::Answer {
            statement,
            version,
            finding,
        })
    };
    assert_eq!(
        desk.refuses(decider(), confirm()),
        SettlementRejection::StoreOnly.into()
    );
    let unknown = SettlementRejection::UnknownStatement { statement };
    assert_eq!(
        desk.refuses(cashier(OTHER_STORE), confirm()),
        unknown.into()
    );
    let line = SettlementRejection::UnknownLine { version: 2 };
    assert_eq!(desk.refuses(cashier(STORE), dispute(2)), line.into());
    let disputed = statement_in(&desk.does(cashier(STORE), dispute(1)));
    assert_eq!(disputed.state(), StatementState::Disputed);
    let again = SettlementRejection::AlreadyDisputed { version: 1 };
    assert_eq!(desk.refuses(cashier(STORE), dispute(1)), again.into());
    let open = SettlementRejection::StatementDisputed { open: 1 };
    assert_eq!(desk.refuses(cashier(STORE), confirm()), open.clone().into());
    assert_eq!(desk.refuses(decider(), approve(true)), open.into());
    assert_eq!(
        desk.refuses(cashier(STORE), answer(1)),
        Rejection::SelfApproval
    );
    let none = SettlementRejection::NoDispute { version: 2 };
    assert_eq!(desk.refuses(clerk(), answer(2)), none.into());
    let answered = statement_in(&desk.does(clerk(), answer(1)));
    assert_eq!(answered.state(), StatementState::Frozen);

    let until = desk.state.now.plus_seconds(10 * DAY);
    let early = Rejection::from(SettlementRejection::NotConfirmed { until });
    assert_eq!(desk.refuses(decider(), approve(true)), early);
    desk.state.now = until;
    assert_eq!(
        desk.refuses(decider(), approve(false)),
        early,
        "nobody said so"
    );
    assert_eq!(
        desk.refuses(clerk(), approve(true)),
        Rejection::SelfApproval
    );
    let approved = statement_in(&desk.does(decider(), approve(true)));
    assert!(approved.approval.expect("approved").unanswered);

    let gather = |ids: &[StatementId]| {
        let statements = ids.to_vec();
        step(SettlementCommand::Gather {
            statements,
            named: true,
        })
    };
    let limit = SettlementRejection::BadPayments { limit: 1_000 };
    assert_eq!(desk.refuses(clerk(), gather(&[])), limit.into());
    let state = StatementState::Approved;
    let twice = Rejection::from(SettlementRejection::StatementState { statement, state });
    assert_eq!(
        desk.refuses(clerk(), gather(&[statement, statement])),
        twice
    );
    let gathered = desk.does(clerk(), gather(&[statement]));
    let Outcome::Payments(batch) = gathered.outcome else {
        panic!("{gathered:?} is no batch")
    };
    assert_eq!((batch.statements, batch.amount), (1, points(40)));
    assert_eq!(desk.refuses(clerk(), gather(&[statement])), twice);
}

/// What happens at a store: a charge borne by one of five, a refund of hundredths of an earlier one, or a freeze at one of three rates.
#[derive(Clone, Debug)]
enum Event {
    Charge(i64, usize),
    Refund(usize, i64),
    Freeze(usize),
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        3 => (1..25_i64, 0..6_usize).prop_map(|(points, bearer)| Event::Charge(points, bearer)),
        3 => (0..20_usize, 1..3_000_i64).prop_map(|(which, part)| Event::Refund(which, part)),
        2 => (0..3_usize).prop_map(Event::Freeze),
    ]
}

/// Charges, refunds and freezes in any order: the lines of a redemption come to what the store has of it, at the rate of its charge.
fn lines_come_to_what_is_left(events: Vec<Event>) {
    const FEN: [&str; 3] = ["85.5", "33.333333", "0.7"];
    let mut desk = Desk::new(NO_APPROVAL);
    desk.award("a", 1_000);
    let (funder, amount) = (FUNDER, points(100_000));
    desk.does(clerk(), Command::ReceiveFunds { funder, amount });
    let mut spent = Vec::new();
    for event in events {
        match event {
            Event::Charge(amount, bearer) => {
                let id = desk.pay(amount, true);
                let rounding = Rounding::ALL[bearer % 4];
                let at = |fen| Bearer::Fund {
                    funder,
                    rate: rate(fen, rounding),
                };
                match bearer {
                    0 => agree_on(&mut desk, id, Bearer::Merchant),
                    1 => agree_on(&mut desk, id, Bearer::InKind),
                    2 => agree_on(&mut desk, id, at("12.345")),
                    _ => {}
                }
                spent.push(id);
            }
            Event::Refund(which, part) if !spent.is_empty() => {
                let id = spent[which % spent.len()];
                let known = desk.state.redemption(id).expect("a redemption");
                let left = known.captured.minus(known.refunded).expect("what is left");
                let part = Points::from_hundredths(part).min(left);
                if part.is_positive() {
                    let (redemption, points) = (id, Some(part));
                    desk.does(cashier(STORE), Command::Refund { redemption, points });
                }
            }
            Event::Refund(..) => {}
            Event::Freeze(index) => {
                let _ = desk.tries(clerk(), freeze_at(FEN[index], None));
            }
        }
    }
    let lines = &desk.state.settling.new_lines;
    for id in spent {
        let of = || lines.iter().filter(|line| line.redemption == id);
        let Some(first) = of().next() else { continue };
        assert!(of().all(|line| line.bearer == first.bearer));
        let net = Points::sum(of().map(|line| line.points)).expect("a sum");
        let money = Points::sum(of().filter_map(|line| line.amount)).expect("a sum");
        assert_eq!(worth(&first.bearer, net), Ok(money), "{id}");
    }
    let all = Points::sum(lines.iter().filter_map(|line| line.amount)).expect("a sum");
    assert_eq!(desk.holds(Account::payable(STORE)), all);
    assert_eq!(desk.holds(Account::fund(FUNDER)).plus(all), Ok(amount));
    let settled = Points::sum(lines.iter().map(|line| line.points)).expect("a sum");
    assert_eq!(desk.holds(Account::settling(STORE)), settled);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn lines_always_come_to_what_is_left(events in prop::collection::vec(event(), 1..40)) {
        lines_come_to_what_is_left(events);
    }
}
