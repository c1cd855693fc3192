//! A programme that closes.

use super::*;
use crate::machine::Closing;

const MONTH: &str = "approval = \"none\"\n[expiry]\nafter = \"30 days\"\n";

fn close(desk: &Desk, earning: i64, spending: i64) -> Command {
    let now = desk.state.now;
    Command::CloseProgram(Closing {
        last_earning: now.plus_seconds(earning),
        last_spending: now.plus_seconds(spending),
    })
}

#[test]
fn each_moment_is_the_last_at_which_it_would_do() {
    let mut desk = Desk::new(MONTH);
    let lot = desk.award("a", 50);
    let command = close(&desk, HOUR, DAY);
    desk.does(clerk(), command);
    let closing = desk.state.closing.expect("it closes");
    desk.later(HOUR);
    desk.award("b", 10);
    let in_time = desk.submit("c", 10);
    desk.later(1);
    let since = closing.last_earning;
    let closed = Rejection::ProgramClosed { since };
    assert_eq!(desk.refuses(clerk(), in_time), closed, "submitted too late");
    desk.later(DAY - HOUR - 1);
    let held = desk.pay(5, false);
    let sweep = Command::ExpireLots { member: RIDER };
    assert_eq!(desk.refuses(clerk(), sweep.clone()), Rejection::NothingDue);

    desk.later(1);
    let since = closing.last_spending;
    let pay = desk.authorise(1, true);
    let refused = desk.refuses(cashier(STORE), pay);
    assert_eq!(refused, Rejection::ProgramClosed { since });
    desk.does(clerk(), sweep.clone());
    assert_eq!(desk.wallet(), Points::ZERO);
    assert_eq!(desk.lot(lot), [50, 0, 45, 0]);
    desk.does(cashier(STORE), Command::Void { redemption: held });
    desk.does(clerk(), sweep);
    assert_eq!(
        desk.wallet(),
        Points::ZERO,
        "what comes back goes the same way"
    );
}

#[test]
fn it_is_moved_later_until_it_is_reached() {
    let mut desk = Desk::new(MONTH);
    let now = desk.state.now;
    let past = close(&desk, -1, DAY);
    let earliest = now;
    assert_eq!(
        desk.refuses(clerk(), past),
        Rejection::ClosingTooEarly { earliest }
    );
    let wrong = close(&desk, DAY, HOUR);
    assert_eq!(desk.refuses(clerk(), wrong), Rejection::ClosingOrder);
    let first = close(&desk, HOUR, DAY);
    desk.does(clerk(), first);
    let earlier = close(&desk, HOUR, DAY - 1);
    let earliest = now.plus_seconds(DAY);
    assert_eq!(
        desk.refuses(clerk(), earlier),
        Rejection::ClosingTooEarly { earliest }
    );
    desk.later(HOUR);
    let moved = close(&desk, 1, DAY);
    let since = now.plus_seconds(HOUR);
    assert_eq!(
        desk.refuses(clerk(), moved),
        Rejection::ProgramClosed { since }
    );
    let spending_moved = close(&desk, 0, DAY);
    desk.does(clerk(), spending_moved);
}
