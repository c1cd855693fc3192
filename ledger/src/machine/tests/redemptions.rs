//! Points spent, held, given back; and lots whose time runs out.

use super::*;
use crate::community::PayCode;
use crate::machine::{Payer, RedemptionState, ShownCode};

const MONTH: &str = "approval = \"none\"\n[expiry]\nafter = \"30 days\"\n";

fn capture(redemption: RedemptionId, amount: Option<i64>) -> Command {
    Command::Capture {
        redemption,
        points: amount.map(points),
    }
}

fn refund(redemption: RedemptionId, amount: Option<i64>) -> Command {
    Command::Refund {
        redemption,
        points: amount.map(points),
    }
}

#[test]
fn a_code_is_spent_once() {
    let mut desk = Desk::new(NO_APPROVAL);
    desk.award("a", 100);
    let pay = desk.authorise(40, true);
    let receipt = desk.does(cashier(STORE), pay.clone());
    assert_eq!(redemption_in(&receipt).state, RedemptionState::Captured);
    assert_eq!(desk.holds(Account::accepted(STORE)), points(40));
    assert_eq!(desk.refuses(cashier(STORE), pay), Rejection::InvalidCode);

    let expired = desk.authorise(1, true);
    desk.later(300);
    assert_eq!(
        desk.refuses(cashier(STORE), expired),
        Rejection::InvalidCode
    );
    let own = desk.authorise(1, true);
    assert_eq!(
        desk.refuses(riding(RIDER), own.clone()),
        Rejection::SelfAward
    );
    desk.does(cashier(STORE), own);
    let large = desk.authorise(60, true);
    let (available, requested) = (points(59), points(60));
    let refused = desk.refuses(cashier(STORE), large);
    assert_eq!(
        refused,
        Rejection::InsufficientPoints {
            available,
            requested
        }
    );
    let nothing = desk.authorise(0, true);
    assert_eq!(
        desk.refuses(cashier(STORE), nothing),
        Rejection::AmountNotPositive
    );
}

#[test]
fn a_refused_payment_leaves_the_code_good() {
    let mut desk = Desk::new(NO_APPROVAL);
    desk.award("a", 10);
    let Command::Authorise {
        payer,
        store,
        capture,
        hold_seconds,
        ..
    } = desk.authorise(11, true)
    else {
        panic!()
    };
    let pay = |amount| Command::Authorise {
        payer: payer.clone(),
        store,
        charge: Charge::Points(points(amount)),
        capture,
        hold_seconds,
    };
    desk.refuses(cashier(STORE), pay(11));
    desk.does(cashier(STORE), pay(10));
}

/// Of a code that was typed, devices are asked for only once it proved to be no one-time code that is good.
#[test]
fn devices_are_asked_for_where_no_one_time_code_is_known() {
    let mut desk = Desk::new(NO_APPROVAL);
    desk.award("a", 10);
    let hash = desk.code();
    let pay = |hash: &str, devices| Command::Authorise {
        payer: Payer::Code(ShownCode {
            hash: hash.to_owned(),
            typed: PayCode::parse("123456700000042"),
            devices,
        }),
        store: STORE,
        charge: Charge::Points(points(1)),
        capture: true,
        hold_seconds: HOUR,
    };
    let unknown = desk.tries(cashier(STORE), pay("no code", None));
    assert_eq!(unknown, Err(Stop::Reprice));
    desk.does(cashier(STORE), pay(&hash, None));
    let spent = desk.tries(cashier(STORE), pay(&hash, None));
    assert_eq!(spent, Err(Stop::Reprice));
    let none = pay(&hash, Some(Vec::new()));
    assert_eq!(desk.refuses(cashier(STORE), none), Rejection::InvalidCode);
}

/// A key that was asked under before offers came stands for the same request.
#[test]
fn a_payment_of_points_is_written_as_it_always_was() {
    let mut desk = Desk::new(NO_APPROVAL);
    let command = desk.authorise(2, true);
    let Command::Authorise { payer, store, .. } = &command else {
        panic!()
    };
    let code = payer.code().expect("a code");
    let written = format!(
        r#"{{"authorise":{{"code":"{code}","store":"{store}","points":"2.00","capture":true,"hold_seconds":3600}}}}"#
    );
    assert_eq!(serde_json::to_string(&command).expect("json"), written);
    let read: Command = serde_json::from_str(&written).expect("a command");
    assert_eq!(read, command);
}

#[test]
fn a_capture_in_part_gives_the_rest_back_to_the_lots_last_taken_from() {
    let mut desk = Desk::new(MONTH);
    let first = desk.award("a", 50);
    desk.later(DAY);
    let second = desk.award("b", 50);
    let held = desk.pay(80, false);
    assert_eq!((desk.lot(first)[1], desk.lot(second)[1]), (0, 20));
    assert_eq!(desk.holds(Account::hold(RIDER)), points(80));

    let refused = desk.refuses(cashier(STORE), capture(held, Some(81)));
    let (authorised, requested) = (points(80), points(81));
    assert_eq!(
        refused,
        Rejection::CaptureExceedsHold {
            authorised,
            requested
        }
    );
    let refused = desk.refuses(cashier(STORE), capture(held, Some(0)));
    assert_eq!(refused, Rejection::AmountNotPositive);
    let refused = desk.refuses(cashier(OTHER_STORE), capture(held, None));
    assert_eq!(refused, Rejection::UnknownRedemption { redemption: held });

    desk.does(cashier(STORE), capture(held, Some(40)));
    assert_eq!((desk.lot(first)[1], desk.lot(second)[1]), (10, 50));
    assert_eq!(desk.holds(Account::hold(RIDER)), Points::ZERO);
    assert_eq!(desk.holds(Account::accepted(STORE)), points(40));

    let (redemption, state) = (held, RedemptionState::Captured);
    let resolved = Rejection::HoldAlreadyResolved { redemption, state };
    assert_eq!(desk.refuses(cashier(STORE), capture(held, None)), resolved);
    assert_eq!(
        desk.refuses(cashier(STORE), Command::Void { redemption }),
        resolved
    );
    assert_eq!(
        desk.refuses(clerk(), Command::ReleaseHold { redemption }),
        resolved
    );
}

#[test]
fn a_hold_is_given_back_by_the_store_or_by_time() {
    let mut desk = Desk::new(NO_APPROVAL);
    desk.award("a", 100);
    let redemption = desk.pay(60, false);
    let expires_at = desk.state.now.plus_seconds(HOUR);
    let release = Command::ReleaseHold { redemption };
    let early = desk.refuses(clerk(), release.clone());
    assert_eq!(early, Rejection::HoldNotDue { expires_at });
    let unpaid = desk.refuses(cashier(STORE), refund(redemption, None));
    let state = RedemptionState::Held;
    assert_eq!(unpaid, Rejection::NotCaptured { redemption, state });
    desk.later(HOUR);
    let late = desk.refuses(cashier(STORE), capture(redemption, None));
    assert_eq!(
        late,
        Rejection::HoldExpired {
            expired_at: expires_at
        }
    );
    desk.does(clerk(), release);
    assert_eq!(desk.wallet(), points(100));

    let redemption = desk.pay(60, false);
    let void = Command::Void { redemption };
    desk.does(cashier(STORE), void.clone());
    assert_eq!(desk.wallet(), points(100));
    let state = RedemptionState::Voided;
    let again = desk.refuses(cashier(STORE), void);
    assert_eq!(again, Rejection::HoldAlreadyResolved { redemption, state });
}

#[test]
fn refunds_go_to_the_lots_last_taken_from_and_never_beyond_the_sale() {
    let mut desk = Desk::new(MONTH);
    let first = desk.award("a", 50);
    desk.later(DAY);
    let second = desk.award("b", 50);
    let sale = desk.pay(80, true);
    desk.does(cashier(STORE), refund(sale, Some(40)));
    assert_eq!((desk.lot(first)[1], desk.lot(second)[1]), (10, 50));
    let refused = desk.refuses(cashier(STORE), refund(sale, Some(41)));
    let (refundable, requested) = (points(40), points(41));
    assert_eq!(
        refused,
        Rejection::RefundExceedsCapture {
            refundable,
            requested
        }
    );
    let refused = desk.refuses(cashier(STORE), refund(sale, Some(-1)));
    assert_eq!(refused, Rejection::AmountNotPositive);
    let receipt = desk.does(cashier(STORE), refund(sale, None));
    assert_eq!(redemption_in(&receipt).refunded, points(80));
    assert_eq!((desk.lot(first)[1], desk.lot(second)[1]), (50, 50));
    let refused = desk.refuses(cashier(STORE), refund(sale, None));
    assert!(matches!(refused, Rejection::RefundExceedsCapture { .. }));
    assert_eq!(desk.holds(Account::accepted(STORE)), Points::ZERO);
}

#[test]
fn lots_expire_and_only_what_is_left_of_them() {
    let mut desk = Desk::new(MONTH);
    let id = desk.award("a", 100);
    let member = RIDER;
    let expire = Command::ExpireLots { member };
    assert_eq!(desk.refuses(clerk(), expire.clone()), Rejection::NothingDue);
    desk.pay(30, true);
    desk.later(31 * DAY);
    let pay = desk.authorise(1, true);
    let refused = desk.refuses(cashier(STORE), pay);
    assert!(matches!(
        refused,
        Rejection::InsufficientPoints {
            available: Points::ZERO,
            ..
        }
    ));
    let receipt = desk.does(clerk(), expire.clone());
    let points = points(70);
    assert_eq!(
        receipt.outcome,
        Outcome::Expired {
            member,
            points,
            lots: 1
        }
    );
    assert_eq!(
        (desk.wallet(), desk.lot(id)),
        (Points::ZERO, [100, 0, 70, 0])
    );
    assert_eq!(desk.holds(Account::breakage(PROGRAM)), points);
    assert_eq!(desk.refuses(clerk(), expire), Rejection::NothingDue);
}

/// Whether the sweep came by before the refund or not, the same comes back.
#[test]
fn a_refund_reopens_an_expired_lot_for_a_week_and_for_what_comes_back_only() {
    for swept in [true, false] {
        let mut desk = Desk::new(MONTH);
        let id = desk.award("a", 100);
        let sale = desk.pay(60, true);
        desk.later(31 * DAY);
        if swept {
            desk.does(clerk(), Command::ExpireLots { member: RIDER });
        }
        desk.does(cashier(STORE), refund(sale, Some(25)));
        assert_eq!(desk.lot(id), [100, 25, 40, 0], "swept: {swept}");
        assert_eq!(desk.holds(Account::breakage(PROGRAM)), points(40));
        desk.later(7 * DAY - 1);
        desk.pay(5, true);
        desk.later(1);
        let pay = desk.authorise(1, true);
        desk.refuses(cashier(STORE), pay);
        desk.does(clerk(), Command::ExpireLots { member: RIDER });
        assert_eq!(desk.lot(id), [100, 0, 60, 0]);
    }
}
