//! What falls due by itself is dealt with: a command for each thing, under a key derived from it.

use std::time::Duration;

use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::ids::{AwardId, BudgetId, DeedId, HazardId, MemberId, OrderId, RedemptionId};
use ledger::machine::deeds::OrderCommand;
use ledger::machine::hazards::HazardCommand;
use ledger::machine::{BudgetCommand, Command};
use ledger::views::{Due, Falling};

use super::{Answer, Job, PAGE, Page, Shift};

/// In microseconds.
const HOUR: i64 = 3_600_000_000;

/// Does something about each thing that fell due.
pub struct Dealing {
    name: &'static str,
    every: Duration,
    what: Falling,
    command: fn(&Shift, Due) -> (String, Command),
}

/// Holds whose time ran out are given back.
pub static RELEASE_HOLDS: Dealing = Dealing {
    name: "release_holds",
    every: Duration::from_secs(30),
    what: Falling::Holds,
    command: |_, due| {
        let redemption = RedemptionId(due.id);
        let key = format!("release:{redemption}");
        (key, Command::ReleaseHold { redemption })
    },
};

/// Awards vest whose public notice has closed with nobody objecting, or no longer.
///
/// The hour is for an award that was frozen when it fell due, and whose objection was dismissed later.
pub static VEST_AWARDS: Dealing = Dealing {
    name: "vest_awards",
    every: Duration::from_secs(60),
    what: Falling::Notices,
    command: |shift, due| {
        let award = AwardId(due.id);
        let key = format!("vest:{award}:{}", hour(shift));
        (key, Command::VestAward { award })
    },
};

/// Objections and appeals that nobody decided in time are escalated, once each.
///
/// The hour is for one that was decided and appealed later.
pub static ESCALATE_OBJECTIONS: Dealing = Dealing {
    name: "escalate_objections",
    every: Duration::from_secs(300),
    what: Falling::Escalations,
    command: |shift, due| {
        let award = AwardId(due.id);
        let key = format!("escalate:{award}:{}", hour(shift));
        (key, Command::EscalateObjection { award })
    },
};

/// Awards fall whose objection was upheld and not appealed in time.
pub static SETTLE_OBJECTIONS: Dealing = Dealing {
    name: "settle_objections",
    every: Duration::from_secs(300),
    what: Falling::Settlements,
    command: |shift, due| {
        let award = AwardId(due.id);
        let key = format!("settle:{award}:{}", hour(shift));
        (key, Command::SettleObjection { award })
    },
};

/// Lots whose time ran out expire, all due lots of a member at once.
///
/// A member whose lots ran out at several moments finds nothing due the second time. The hour is for lots that are opened later with a
/// moment that was dealt with already.
pub static EXPIRE_LOTS: Dealing = Dealing {
    name: "expire_lots",
    every: Duration::from_secs(60),
    what: Falling::Lots,
    command: |shift, due| {
        let member = MemberId(due.id);
        let since = due.since.as_micros();
        let key = format!("expire:{member}:{since}:{}", hour(shift));
        (key, Command::ExpireLots { member })
    },
};

/// Who asked to be enrolled and was not decided on within a week is forgotten.
pub static FORGET_JOINING: Dealing = Dealing {
    name: "forget_joining",
    every: Duration::from_secs(3_600),
    what: Falling::Joining,
    command: |_, due| {
        let member = MemberId(due.id);
        (
            format!("refuse-joining:{member}"),
            Command::RefuseJoining { member },
        )
    },
};

/// Slots that are over are closed: by the activity's rule for who never checked out.
pub static CLOSE_DEEDS: Dealing = Dealing {
    name: "close_deeds",
    every: Duration::from_secs(60),
    what: Falling::Deeds,
    command: |shift, due| {
        let deed = DeedId(due.id);
        (
            format!("close:{deed}:{}", hour(shift)),
            Command::CloseDeed { deed },
        )
    },
};

/// Duplicates of hazards come to what the report that goes on for them came to, where the process that said so died before.
pub static FOLLOW_HAZARDS: Dealing = Dealing {
    name: "follow_hazards",
    every: Duration::from_secs(60),
    what: Falling::Hazards,
    command: |shift, due| {
        let hazard = HazardId(due.id);
        let command = HazardCommand::Follow { hazard };
        (
            format!("follow:{hazard}:{}", hour(shift)),
            Command::Hazard(Box::new(command)),
        )
    },
};

/// Orders that nobody has done by when they were wanted are over.
pub static CLOSE_ORDERS: Dealing = Dealing {
    name: "close_orders",
    every: Duration::from_secs(60),
    what: Falling::Orders,
    command: |_, due| {
        let order = OrderId(due.id);
        let command = Command::Order(Box::new(OrderCommand::Close { order }));
        (format!("close-order:{order}"), command)
    },
};

/// Who is told of events learns that much of a budget is used: of each share once.
pub static TELL_BUDGETS: Dealing = Dealing {
    name: "tell_budgets",
    every: Duration::from_secs(15),
    what: Falling::LowBudgets,
    command: |shift, due| {
        let budget = BudgetId(due.id);
        about_budget(shift, "tell", budget, BudgetCommand::Tell { budget })
    },
};

/// Budgets whose time to settle is over are closed; closed ones give up what came back to them.
pub static CLOSE_BUDGETS: Dealing = Dealing {
    name: "close_budgets",
    every: Duration::from_secs(60),
    what: Falling::EndedBudgets,
    command: |shift, due| {
        let budget = BudgetId(due.id);
        about_budget(shift, "close", budget, BudgetCommand::Close { budget })
    },
};

/// A command about a budget, under a key that only has to be new: what was done already is refused.
fn about_budget(
    shift: &Shift,
    what: &str,
    budget: BudgetId,
    command: BudgetCommand,
) -> (String, Command) {
    let key = format!("{what}-budget:{budget}:{}", shift.now.as_micros());
    (key, Command::Budget(Box::new(command)))
}

/// Which hour it is, for keys of what may fall due once more.
pub(super) fn hour(shift: &Shift) -> i64 {
    shift.now.as_micros() / HOUR
}

impl Dealing {
    async fn due(
        &self,
        shift: &Shift,
        after: Option<Due>,
        limit: i64,
    ) -> Result<Vec<Due>, StoreError> {
        let ledger = shift.ledger();
        ledger
            .due(shift.program, self.what, shift.now, after, limit)
            .await
    }
}

impl Job for Dealing {
    fn name(&self) -> &'static str {
        self.name
    }

    fn every(&self) -> Duration {
        self.every
    }

    fn waits_since<'a>(&'a self, shift: &'a Shift) -> Answer<'a, Option<Timestamp>> {
        Box::pin(async {
            let first = self.due(shift, None, 1).await?;
            Ok(first.first().map(|due| due.since))
        })
    }

    fn page<'a>(&'a self, shift: &'a Shift, after: Option<Due>) -> Answer<'a, Page> {
        Box::pin(async move {
            let due = self.due(shift, after, PAGE).await?;
            Ok(shift.execute(due, |due| (self.command)(shift, due)).await)
        })
    }
}
