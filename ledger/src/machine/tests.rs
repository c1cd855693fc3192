//! Each family of commands: what happens, what happens again, what is refused.

mod awards;
mod closing;
mod drafts;
mod expiry;
mod groups;
mod lifecycle;
mod merging;
mod offers;
mod redemptions;
mod reversals;
mod settlement;
mod settling;

use uuid::Uuid;

use super::state::{Balance, InForce};
use super::{
    Charge, Command, Context, Outcome, Receipt, Redemption, Rejection, State, Stop, Submission,
    decide_and_apply,
};
use crate::accounts::{Account, Owner};
use crate::clock::Timestamp;
use crate::community::{Actor, Code, Registration, Role};
use crate::ids::{
    ActorId, AwardId, BudgetId, CommandId, FunderId, MemberId, ProgramId, RedemptionId, StoreId,
};
use crate::points::Points;
use crate::policy::{Approval, Deed, Fact, Policy};

const PROGRAM: ProgramId = ProgramId(Uuid::from_u128(1));
const BUDGET: BudgetId = BudgetId(Uuid::from_u128(11));
const OTHER_BUDGET: BudgetId = BudgetId(Uuid::from_u128(12));
const RIDER: MemberId = MemberId(Uuid::from_u128(21));
const OTHER_RIDER: MemberId = MemberId(Uuid::from_u128(22));
const STORE: StoreId = StoreId(Uuid::from_u128(31));
const OTHER_STORE: StoreId = StoreId(Uuid::from_u128(32));
const FUNDER: FunderId = FunderId(Uuid::from_u128(41));

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// A point a minute; the rest is what a test is about.
fn policy(name: &str, more: &str) -> Policy {
    let source = format!(
        r#"
schema = "jifen/1"
name = "{name}"
title = "志愿服务"
on = "volunteer_service"
budget = "b"
zone = "Asia/Shanghai"
day_start = "04:00"
{more}
[[rule]]
name = "r"
title = "规则"
when = {{ fact = "minutes", at_least = 1 }}
points = {{ rate = 1, per = "minutes" }}

[[test]]
name = "一小时六十分"
at = 2026-03-05T10:00:00
facts = {{ minutes = 60, beneficiary = "elderly" }}
expect = {{ points = 60 }}
"#
    );
    Policy::parse(&format!("{name}.toml"), &source).expect("a policy")
}

const NO_APPROVAL: &str = "approval = \"none\"\n";
const APPROVAL: &str = "approval = \"single\"\n";

fn points(points: i64) -> Points {
    Points::whole(points).expect("a sensible amount")
}

fn at(text: &str) -> Timestamp {
    text.parse().expect("a moment")
}

fn person(id: u128) -> Actor {
    Actor {
        id: ActorId(Uuid::from_u128(id)),
        role: Role::Staff,
        member: None,
        store: None,
        node: None,
    }
}

/// Submits; is not the one who decides.
fn clerk() -> Actor {
    person(91)
}

fn decider() -> Actor {
    person(92)
}

/// A member of staff who is a rider too.
fn riding(member: MemberId) -> Actor {
    Actor {
        member: Some(member),
        ..person(93)
    }
}

fn cashier(store: StoreId) -> Actor {
    Actor {
        role: Role::Merchant,
        store: Some(store),
        ..person(94)
    }
}

/// A state in which everybody is locked, known and loaded, and the hand that gives commands to it.
struct Desk {
    state: State,
    policy: Policy,
    commands: u128,
}

impl Desk {
    /// With 1,000 points in each budget, at ten in the morning.
    fn new(more: &str) -> Self {
        let policy = policy("p", more);
        let owners = [
            Owner::Program(PROGRAM),
            Owner::Budget(BUDGET),
            Owner::Budget(OTHER_BUDGET),
            Owner::Member(RIDER),
            Owner::Member(OTHER_RIDER),
            Owner::Store(STORE),
            Owner::Store(OTHER_STORE),
            Owner::Funder(FUNDER),
        ];
        let mut state = State::new(PROGRAM, at("2026-03-05T10:00:00+08:00"), owners);
        for owner in owners {
            state.load_account(owner.guard(), Balance::default());
        }
        state.note_registered();
        state.note_open_lots([RIDER, OTHER_RIDER]);
        state.load_policy(InForce {
            name: "p".to_owned(),
            digest: policy.digest().to_owned(),
            from: at("2026-01-01T00:00:00Z"),
        });
        let mut desk = Self {
            state,
            policy,
            commands: 1_000,
        };
        for budget in [BUDGET, OTHER_BUDGET] {
            let points = points(1_000);
            desk.does(clerk(), Command::Appropriate { budget, points });
        }
        desk
    }

    /// A command under an id of its own. When it stops, the state has to be what it was.
    fn tries(&mut self, actor: Actor, command: Command) -> Result<Receipt, Stop> {
        self.commands += 1;
        let id = CommandId(Uuid::from_u128(self.commands));
        let before = format!("{:?}", self.state);
        let now = self.state.now;
        let context = Context { id, actor, now };
        let answer = decide_and_apply(&mut self.state, &command, &context);
        match &answer {
            Err(_) => assert_eq!(before, format!("{:?}", self.state), "{command:?}"),
            Ok(_) => self.adds_up(),
        }
        answer
    }

    fn does(&mut self, actor: Actor, command: Command) -> Receipt {
        self.tries(actor, command).expect("it is done")
    }

    fn refuses(&mut self, actor: Actor, command: Command) -> Rejection {
        match self.tries(actor, command) {
            Err(Stop::Rejected(rejection)) => rejection,
            other => panic!("expected a rejection, found {other:?}"),
        }
    }

    /// Lots make the wallet and the debt, whatever happens.
    fn adds_up(&self) {
        for member in [RIDER, OTHER_RIDER] {
            let sum = |of: fn(&crate::lots::Lot) -> Points| {
                Points::sum(self.state.lots(member).iter().map(of)).expect("a sum")
            };
            assert_eq!(
                sum(|lot| lot.remaining),
                self.holds(Account::wallet(member))
            );
            let debt = self.holds(Account::debt(member)).negated();
            assert_eq!(Ok(sum(|lot| lot.owed)), debt);
        }
    }

    fn holds(&self, account: Account) -> Points {
        self.state.account(account).points
    }

    fn wallet(&self) -> Points {
        self.holds(Account::wallet(RIDER))
    }

    fn later(&mut self, seconds: i64) {
        self.state.now = self.state.now.plus_seconds(seconds);
    }

    /// Minutes of service now, out of a budget.
    fn submission(&self, member: MemberId, reference: &str, minutes: i64) -> Submission {
        let deed = Deed {
            kind: "volunteer_service".to_owned(),
            reference: reference.to_owned(),
            occurred_at: self.state.now,
            facts: [
                ("minutes".to_owned(), Fact::from(minutes)),
                ("beneficiary".to_owned(), Fact::from("elderly")),
            ]
            .into(),
            evidence: [].into(),
            places: vec![],
        };
        let quote = self.policy.price(&deed).expect("a price");
        Submission {
            member,
            deed,
            named_policy: None,
            position: None,
            map: None,
            budget: BUDGET,
            quote,
            answers: None,
        }
    }

    fn submit(&self, reference: &str, minutes: i64) -> Command {
        Command::SubmitAward(Box::new(self.submission(RIDER, reference, minutes)))
    }

    /// Submitted out of this budget, and vested if nobody has to agree.
    fn award_from(&mut self, budget: BudgetId, reference: &str, minutes: i64) -> AwardId {
        let submission = Submission {
            budget,
            ..self.submission(RIDER, reference, minutes)
        };
        let receipt = self.does(clerk(), Command::SubmitAward(Box::new(submission)));
        AwardId(receipt.id.0)
    }

    fn award(&mut self, reference: &str, minutes: i64) -> AwardId {
        self.award_from(BUDGET, reference, minutes)
    }

    /// A new code of the rider's, good for five minutes.
    fn code(&mut self) -> String {
        let hash = format!("code {}", self.commands);
        let code = Code {
            hash: hash.clone(),
            member: RIDER,
            expires_at: self.state.now.plus_seconds(300),
        };
        self.does(clerk(), Command::Register(Registration::Code(code)));
        hash
    }

    fn authorise(&mut self, amount: i64, capture: bool) -> Command {
        Command::Authorise {
            payer: self.code().into(),
            store: STORE,
            charge: Charge::Points(points(amount)),
            capture,
            hold_seconds: HOUR,
        }
    }

    fn pay(&mut self, amount: i64, capture: bool) -> RedemptionId {
        let command = self.authorise(amount, capture);
        RedemptionId(self.does(cashier(STORE), command).id.0)
    }

    /// Opened, remaining, expired, owed of a lot, in whole points.
    fn lot(&self, id: AwardId) -> [i64; 4] {
        let lot = self.state.lot(RIDER, id).expect("a lot");
        [lot.opened, lot.remaining, lot.expired, lot.owed].map(|points| points.hundredths() / 100)
    }
}

fn redemption_in(receipt: &Receipt) -> &Redemption {
    match &receipt.outcome {
        Outcome::Redemption(redemption) => redemption,
        other => panic!("{other:?} is no redemption"),
    }
}
