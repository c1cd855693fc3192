//! A small programme to tell stories about: two policies, a few members, two stores, a clock that stands still.

use std::sync::Arc;

use ledger::accounts::Account;
use ledger::clock::{Clock, Timestamp};
use ledger::community::personal::Keyring;
use ledger::community::{
    Actor, Budget, Code, Member, Merchant, Origin, PolicyVersion, Program, Registration, Role,
    Store,
};
use ledger::ids::{
    ActorId, AwardId, BudgetId, CommandId, MemberId, MerchantId, ProgramId, RedemptionId, StoreId,
    derived, random_bytes, sha256_hex,
};
use ledger::machine::{Charge, Command, Outcome, Receipt};
use ledger::points::Points;
use ledger::policy::Deed;
use ledger::{AwardRequest, ExecuteError, Ledger, Options, Request, WriteError};
use serde_json::json;

use crate::backend::Database;
use crate::books::Books;

/// A point a minute, at most 120 a day, good for 30 days; a reversal leaves at most 100 owing.
pub const SERVICE: &str = r#"
schema = "jifen/1"
name = "service"
title = "志愿服务"
on = "volunteer_service"
budget = "service"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "none"

[expiry]
after = "30 days"

[reversal]
debt_cap = 100

[[rule]]
name = "service"
title = "志愿服务"
when = { fact = "minutes", at_least = 1 }
points = { rate = 1, per = "minutes" }

[[cap]]
name = "member-day"
per = "member"
every = "day"
points = 120
over = "clip"

[[test]]
name = "一小时六十分"
at = 2026-03-05T10:00:00
facts = { minutes = 60, beneficiary = "elderly" }
expect = { points = 60 }
"#;

/// Half a point a minute, once a second person has agreed; at most three shifts a day for a member and 500 points a week
/// for the budget. What it gives never expires, and all of it is owed when it is reversed.
pub const PATROL: &str = r#"
schema = "jifen/1"
name = "patrol"
title = "网格巡查"
on = "patrol_shift"
budget = "patrol"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "single"

[[rule]]
name = "shift"
title = "巡查"
when = { fact = "minutes", at_least = 1 }
points = { rate = 0.5, per = "minutes" }

[[cap]]
name = "member-day"
per = "member"
every = "day"
count = 3
over = "reject"

[[cap]]
name = "budget-week"
per = "budget"
every = "week"
points = 500
over = "reject"

[[test]]
name = "一小时三十分"
at = 2026-03-05T10:00:00
facts = { minutes = 60, grid = "G-7" }
expect = { points = 30 }
"#;

/// What seals what a story holds about people.
pub const KEYS: &str = "lookup 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f;\
    first 202122232425262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f";

/// Not in force when a story begins.
pub const HAZARD: &str = r#"
schema = "jifen/1"
name = "hazard"
title = "隐患上报"
on = "hazard_report"
budget = "hazard"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "single"

[[rule]]
name = "hazard"
title = "隐患"
when = { fact = "outcome", is = "fixed" }
points = 5

[[test]]
name = "五分"
at = 2026-03-05T10:00:00
facts = { category = "gas", severity = "high", outcome = "fixed" }
expect = { points = 5 }
"#;

/// Ten in the morning of a Thursday, in Shanghai.
pub const BEGINNING: &str = "2026-03-05T10:00:00+08:00";
pub const HOUR: i64 = 3_600;
pub const DAY: i64 = 24 * HOUR;

/// A programme in a ledger.
#[derive(Debug)]
pub struct Story {
    pub ledger: Ledger,
    pub clock: Clock,
    pub program: ProgramId,
    pub members: Vec<MemberId>,
    pub stores: Vec<StoreId>,
    pub service: BudgetId,
    pub patrol: BudgetId,
}

/// Whole points.
///
/// # Panics
/// When they do not fit.
pub fn points(points: i64) -> Points {
    Points::whole(points).expect("a sensible amount")
}

/// `hours` of volunteer service, or a patrol shift, as long as `minutes`.
pub fn deed(kind: &str, reference: &str, occurred_at: Timestamp, minutes: i64) -> Deed {
    let facts = match kind {
        "patrol_shift" => json!({ "minutes": minutes, "grid": "G-7" }),
        _ => json!({ "minutes": minutes, "beneficiary": "elderly" }),
    };
    let deed =
        json!({ "kind": kind, "reference": reference, "occurred_at": occurred_at, "facts": facts });
    serde_json::from_value(deed).expect("a deed")
}

/// An award's id, from its receipt.
///
/// # Panics
/// When the receipt is of something else.
pub fn award_of(receipt: &Receipt) -> AwardId {
    match receipt.outcome {
        Outcome::Award { award, .. } => award,
        ref other => panic!("{other:?} is no award"),
    }
}

/// A redemption's id, from its receipt.
///
/// # Panics
/// When the receipt is of something else.
pub fn redemption_of(receipt: &Receipt) -> RedemptionId {
    match &receipt.outcome {
        Outcome::Redemption(redemption) => redemption.id,
        other => panic!("{other:?} is no redemption"),
    }
}

/// The stable code of a refusal.
///
/// # Panics
/// When it was not refused for a reason of the programme's.
pub fn code_of<T: std::fmt::Debug>(answer: Result<T, impl Into<ExecuteError>>) -> String {
    match answer.map_err(Into::into) {
        Err(ExecuteError::Write(WriteError::Rejected(rejection))) => rejection.code(),
        other => panic!("expected a rejection, found {other:?}"),
    }
}

impl Story {
    /// Migrates the database and begins a programme with three members, two stores and 10,000 points in each budget.
    pub async fn begin(db: &Database) -> Self {
        Ledger::migrate(&db.url).await.expect("it migrates");
        Self::begin_as(db, random_bytes()).await
    }

    /// The same in a migrated database, with ids derived from a seed: the same seed, the same programme.
    pub async fn begin_as(db: &Database, seed: [u8; 16]) -> Self {
        let story = Self::join(db, seed).await;
        story.found().await;
        story
    }

    /// Another process of a programme that has begun: same ids, a ledger of its own.
    pub async fn join(db: &Database, seed: [u8; 16]) -> Self {
        let clock = Clock::fixed(BEGINNING.parse().expect("a moment"));
        let options = Options {
            clock: clock.clone(),
            keyring: Some(Arc::new(Keyring::parse(KEYS).expect("keys"))),
            ..Options::default()
        };
        let id = |what: &str, index: u8| derived(&[&seed, what.as_bytes(), &[index]]);
        Self {
            ledger: Ledger::open(&db.url, options).await.expect("it opens"),
            clock,
            program: ProgramId(id("program", 0)),
            members: (0..3).map(|index| MemberId(id("member", index))).collect(),
            stores: (0..2).map(|index| StoreId(id("store", index))).collect(),
            service: BudgetId(id("budget", 0)),
            patrol: BudgetId(id("budget", 1)),
        }
    }

    async fn found(&self) {
        let name = |what: &str, index: usize| format!("{what} {}", index + 1);
        let program = Program {
            id: self.program,
            code: self.program.to_string(),
            name: "于洪".to_owned(),
            zone: "Asia/Shanghai".to_owned(),
        };
        self.register(Registration::Program(program)).await;
        for (index, &id) in self.members.iter().enumerate() {
            let member = Member {
                id,
                organization: None,
                name: name("骑手", index),
            };
            self.register(Registration::Member(member)).await;
        }
        let merchant = MerchantId(derived(&[self.program.0.as_bytes(), b"merchant"]));
        let record = Merchant {
            id: merchant,
            name: "商户".to_owned(),
        };
        self.register(Registration::Merchant(record)).await;
        for (index, &id) in self.stores.iter().enumerate() {
            let store = Store {
                id,
                merchant,
                name: name("门店", index),
                address: String::new(),
            };
            self.register(Registration::Store(store)).await;
        }
        for (id, code) in [(self.service, "service"), (self.patrol, "patrol")] {
            let budget = Budget {
                id,
                code: code.to_owned(),
                name: code.to_owned(),
            };
            self.register(Registration::Budget(budget)).await;
            let points = points(10_000);
            let command = Command::Appropriate { budget: id, points };
            self.execute(self.admin(), None, command)
                .await
                .expect("points for the budget");
        }
        self.enact("service", SERVICE).await;
        self.enact("patrol", PATROL).await;
    }

    /// Puts a policy version in force from now on.
    pub async fn enact(&self, name: &str, source: &str) {
        let version = PolicyVersion {
            name: name.to_owned(),
            digest: sha256_hex(source.as_bytes()),
            source: source.to_owned(),
            effective_from: None,
        };
        self.register(Registration::Policy(version)).await;
    }

    /// # Panics
    /// When it is refused.
    pub async fn register(&self, registration: Registration) -> Receipt {
        let command = Command::Register(registration);
        self.execute(self.admin(), None, command)
            .await
            .expect("it is registered")
    }

    pub fn admin(&self) -> Actor {
        self.actor("admin", 0, Role::Admin)
    }

    pub fn staff(&self, index: u8) -> Actor {
        self.actor("staff", index, Role::Staff)
    }

    pub fn merchant(&self, store: usize) -> Actor {
        Actor {
            id: ActorId(self.stores[store].0),
            role: Role::Merchant,
            member: None,
            store: Some(self.stores[store]),
            node: None,
        }
    }

    fn actor(&self, what: &str, index: u8, role: Role) -> Actor {
        let id = derived(&[self.program.0.as_bytes(), what.as_bytes(), &[index]]);
        Actor {
            id: ActorId(id),
            role,
            member: None,
            store: None,
            node: None,
        }
    }

    pub fn request(&self, actor: Actor, key: Option<&str>) -> Request {
        Request {
            program: self.program,
            actor,
            origin: Origin::default(),
            key: key.map(str::to_owned),
        }
    }

    pub async fn execute(
        &self,
        actor: Actor,
        key: Option<&str>,
        command: Command,
    ) -> Result<Receipt, WriteError> {
        self.ledger
            .execute(&self.request(actor, key), command)
            .await
    }

    /// Minutes of service by a member, done now.
    pub fn service_of(&self, member: usize, reference: &str, minutes: i64) -> AwardRequest {
        self.deed_of("volunteer_service", member, reference, minutes)
    }

    /// A patrol shift by a member, done now.
    pub fn patrol_of(&self, member: usize, reference: &str, minutes: i64) -> AwardRequest {
        self.deed_of("patrol_shift", member, reference, minutes)
    }

    fn deed_of(&self, kind: &str, member: usize, reference: &str, minutes: i64) -> AwardRequest {
        AwardRequest {
            member: self.members[member],
            deed: deed(kind, reference, self.clock.now(), minutes),
            policy: None,
            position: None,
        }
    }

    /// Submits an award under its reference as key, as the first member of staff.
    pub async fn award(&self, award: &AwardRequest) -> Result<Receipt, ExecuteError> {
        let request = self.request(self.staff(0), Some(&award.deed.reference));
        self.ledger.submit_award(&request, award).await
    }

    /// The hash of a new one-time code of the member's, good for five minutes.
    pub async fn code(&self, member: usize) -> String {
        let hash = sha256_hex(&random_bytes::<16>());
        let code = Code {
            hash: hash.clone(),
            member: self.members[member],
            expires_at: self.clock.now().plus_seconds(300),
        };
        self.register(Registration::Code(code)).await;
        hash
    }

    /// Spends whole points at a store with a new code; captured at once, or held for an hour.
    pub async fn spend(
        &self,
        member: usize,
        store: usize,
        amount: i64,
        capture: bool,
    ) -> Result<Receipt, WriteError> {
        let code = self.code(member).await;
        let command = self.authorise(code, store, amount, capture);
        self.execute(self.merchant(store), None, command).await
    }

    pub fn authorise(&self, code: String, store: usize, amount: i64, capture: bool) -> Command {
        Command::Authorise {
            payer: code.into(),
            store: self.stores[store],
            charge: Charge::Points(points(amount)),
            capture,
            hold_seconds: HOUR,
        }
    }

    /// A new command id, ordered by the clock.
    pub fn command_id(&self) -> CommandId {
        CommandId::new(self.clock.now())
    }

    /// Moves the clock.
    pub fn later(&self, seconds: i64) {
        self.clock.set(self.clock.now().plus_seconds(seconds));
    }

    /// What a member can spend, in hundredths.
    ///
    /// # Panics
    /// When the member is unknown or the database does not answer.
    pub async fn available(&self, member: usize) -> i64 {
        let member = self.members[member];
        let balance = self
            .ledger
            .balance(self.program, member, self.clock.now())
            .await;
        let balance = balance.expect("an answer").expect("a member");
        balance.available.hundredths()
    }

    /// What an account holds, in hundredths.
    pub async fn holds(&self, account: Account) -> i64 {
        let view = self
            .ledger
            .account(self.program, account)
            .await
            .expect("an answer");
        view.map_or(0, |view| view.balance.hundredths())
    }

    /// Reads the books and asserts that they are sound.
    pub async fn sound_books(&self, db: &Database) -> Books {
        let books = Books::read(db, self.program).await;
        books.assert_sound();
        books
    }
}
