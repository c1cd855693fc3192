//! Funds, statements and their payment.

use rust_decimal::Decimal;

use super::*;
use crate::ids::StatementId;
use crate::machine::{SettlementCommand, SettlementRejection, Statement, StatementState};
use crate::points::{Rate, Rounding};

pub(super) fn rate(fen: &str, rounding: Rounding) -> Rate {
    Rate::new(Decimal::from_str_exact(fen).expect("a rate"), rounding)
}

pub(super) fn freeze_at(fen: &str, through_version: Option<i64>) -> Command {
    Command::FreezeStatement {
        store: STORE,
        through_version,
        funder: Some(FUNDER),
        rate: Some(rate(fen, Rounding::HalfUp)),
    }
}

/// A step between freezing and paying.
pub(super) fn step(command: SettlementCommand) -> Command {
    Command::Settlement(Box::new(command))
}

/// Confirmed by its store, approved by somebody.
pub(super) fn agreed(desk: &mut Desk, statement: StatementId) {
    desk.does(
        cashier(STORE),
        step(SettlementCommand::Confirm { statement }),
    );
    let unanswered = false;
    let approve = SettlementCommand::Approve {
        statement,
        unanswered,
    };
    desk.does(decider(), step(approve));
}

pub(super) fn freeze() -> Command {
    freeze_at("100", None)
}

pub(super) fn pay(statement: StatementId) -> Command {
    let reference = "BOC-1".to_owned();
    Command::PayStatement {
        statement,
        reference,
    }
}

pub(super) fn statement_in(receipt: &Receipt) -> Statement {
    match &receipt.outcome {
        Outcome::Statement(statement) => (**statement).clone(),
        other => panic!("{other:?} is no statement"),
    }
}

pub(super) fn refund(redemption: RedemptionId, amount: i64) -> Command {
    Command::Refund {
        redemption,
        points: Some(points(amount)),
    }
}

/// With 100 points in the wallet and 500 yuan in the fund.
pub(super) fn funded() -> Desk {
    let mut desk = Desk::new(NO_APPROVAL);
    desk.award("a", 100);
    let amount = points(500);
    desk.does(
        clerk(),
        Command::ReceiveFunds {
            funder: FUNDER,
            amount,
        },
    );
    desk
}

pub(super) fn covers(statement: &Statement) -> (i64, i64, Points) {
    let Statement {
        from_version,
        through_version,
        points,
        ..
    } = statement;
    (*from_version, *through_version, *points)
}

#[test]
fn funds_come_in_from_those_on_record() {
    let mut desk = funded();
    assert_eq!(desk.holds(Account::bank(PROGRAM)), points(-500));
    assert_eq!(desk.holds(Account::fund(FUNDER)), points(500));
    let receive = |amount| Command::ReceiveFunds {
        funder: FUNDER,
        amount,
    };
    let refused = desk.refuses(clerk(), receive(Points::ZERO));
    assert_eq!(refused, Rejection::AmountNotPositive);
    desk.does(clerk(), receive(points(1)));
    let stranger = Command::ReceiveFunds {
        funder: FunderId(Uuid::from_u128(42)),
        amount: points(1),
    };
    assert!(matches!(
        desk.tries(clerk(), stranger),
        Err(Stop::Relock(_))
    ));
}

#[test]
fn a_statement_is_frozen_once_and_paid_by_another() {
    let mut desk = funded();
    let refused = desk.refuses(clerk(), freeze());
    let nothing = Rejection::from(SettlementRejection::NothingToSettle {
        points: Points::ZERO,
    });
    assert_eq!(refused, nothing);
    desk.pay(40, true);
    let statement = statement_in(&desk.does(clerk(), freeze()));
    assert_eq!(covers(&statement), (1, 1, points(40)));
    assert_eq!(statement.amount, points(40));
    assert_eq!(desk.holds(Account::accepted(STORE)), Points::ZERO);
    assert_eq!(desk.holds(Account::settling(STORE)), points(40));
    assert_eq!(desk.holds(Account::payable(STORE)), points(40));
    assert_eq!(desk.holds(Account::fund(FUNDER)), points(460));
    assert_eq!(desk.refuses(clerk(), freeze()), nothing);

    let id = statement.id;
    let state = StatementState::Frozen;
    let early = SettlementRejection::StatementState {
        statement: id,
        state,
    };
    assert_eq!(desk.refuses(decider(), pay(id)), early.into());
    agreed(&mut desk, id);
    assert_eq!(desk.refuses(clerk(), pay(id)), Rejection::SelfApproval);
    let paid = statement_in(&desk.does(decider(), pay(id)));
    let payment = paid.payment.clone().expect("a payment");
    assert_eq!(payment.by, decider().id);
    let unpaid = Statement {
        payment: None,
        confirmation: None,
        approval: None,
        ..paid
    };
    assert_eq!(unpaid, statement);
    assert_eq!(desk.holds(Account::redeemed(PROGRAM)), points(40));
    assert_eq!(desk.holds(Account::settling(STORE)), Points::ZERO);
    assert_eq!(desk.holds(Account::payable(STORE)), Points::ZERO);
    assert_eq!(desk.holds(Account::bank(PROGRAM)), points(-460));
    let again = desk.refuses(decider(), pay(id));
    assert_eq!(
        again,
        SettlementRejection::AlreadyPaid { statement: id }.into()
    );
    let unknown = StatementId(Uuid::from_u128(7));
    let refused = desk.refuses(decider(), pay(unknown));
    assert_eq!(
        refused,
        SettlementRejection::UnknownStatement { statement: unknown }.into()
    );
}

#[test]
fn what_is_refunded_after_the_freeze_is_on_the_next_statement() {
    let mut desk = funded();
    let spent = desk.pay(40, true);
    let first = statement_in(&desk.does(clerk(), freeze()));
    desk.does(cashier(STORE), refund(spent, 10));
    assert_eq!(desk.holds(Account::accepted(STORE)), points(-10));
    let below = desk.refuses(clerk(), freeze());
    let points_below = points(-10);
    assert_eq!(
        below,
        SettlementRejection::NothingToSettle {
            points: points_below
        }
        .into()
    );
    desk.pay(25, true);
    let second = statement_in(&desk.does(clerk(), freeze()));
    assert_eq!(covers(&first), (1, 1, points(40)));
    assert_eq!(
        covers(&second),
        (2, 4, points(15)),
        "2 froze the first and counts nothing"
    );
}

#[test]
fn a_statement_may_end_earlier_and_the_rest_is_on_the_next() {
    let mut desk = funded();
    let spent = desk.pay(10, true);
    desk.pay(20, true);
    desk.does(cashier(STORE), refund(spent, 4));
    desk.pay(30, true);
    for through in [0, 5] {
        let refused = desk.refuses(clerk(), freeze_at("100", Some(through)));
        let (from, newest) = (1, 4);
        assert_eq!(
            refused,
            SettlementRejection::StatementRange { from, newest }.into()
        );
    }
    let first = statement_in(&desk.does(clerk(), freeze_at("100", Some(2))));
    assert_eq!(covers(&first), (1, 2, points(30)));
    assert_eq!(desk.holds(Account::accepted(STORE)), points(26));
    let refused = desk.refuses(clerk(), freeze_at("100", Some(3)));
    assert_eq!(
        refused,
        SettlementRejection::NothingToSettle { points: points(-4) }.into(),
        "the refund alone"
    );
    let second = statement_in(&desk.does(clerk(), freeze_at("100", Some(4))));
    assert_eq!(covers(&second), (3, 4, points(26)));
    let nothing = desk.refuses(clerk(), freeze());
    let points = Points::ZERO;
    assert_eq!(
        nothing,
        SettlementRejection::NothingToSettle { points }.into()
    );
}

#[test]
fn the_fund_must_cover_it() {
    let mut desk = funded();
    desk.pay(60, true);
    let refused = desk.refuses(clerk(), freeze_at("1000", None));
    let (funder, available, requested) = (FUNDER, points(500), points(600));
    assert_eq!(
        refused,
        SettlementRejection::FundsExhausted {
            funder,
            available,
            requested
        }
        .into()
    );
    for fen in ["0", "-1"] {
        let refused = desk.refuses(clerk(), freeze_at(fen, None));
        assert_eq!(refused, Rejection::AmountNotPositive);
    }
    let refused = desk.refuses(clerk(), freeze_at("0.001", None));
    let points = points(60);
    assert_eq!(
        refused,
        SettlementRejection::NothingToSettle { points }.into(),
        "less than a fen"
    );
}

#[test]
fn money_is_rounded_once_by_name() {
    for (rounding, fen) in [
        (Rounding::HalfUp, 3),
        (Rounding::HalfEven, 2),
        (Rounding::Down, 2),
        (Rounding::Up, 3),
    ] {
        let amount = rate("1.25", rounding).amount(points(2));
        assert_eq!(amount, Ok(Points::from_hundredths(fen)), "{rounding:?}");
        assert_eq!(Rounding::from_name(rounding.name()), Some(rounding));
    }
    let most = rate("79228162514264337593543950335", Rounding::Down);
    assert!(most.amount(Points::MAX).is_err());
    let written = |fen| rate(fen, Rounding::Up).fen.to_string();
    assert_eq!(written("0.80"), written("0.8"), "one way to write it");
}
