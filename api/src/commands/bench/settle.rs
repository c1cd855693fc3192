//! A month of redemptions at many stores, from the counter to the bank, and where every point is at its end.

use std::collections::BTreeMap;
use std::time::Instant;

use futures::{StreamExt, TryStreamExt, stream};
use indicatif::ProgressBar;
use ledger::accounts::AccountKind;
use ledger::clock::{Clock, Timestamp};
use ledger::community::{
    Actor, Budget, Code, Funder, Member, Merchant, Program, Registration, Role, Store,
};
use ledger::ids::{
    ActorId, BudgetId, CommandId, FunderId, MemberId, MerchantId, ProgramId, RedemptionId,
    StatementId, StoreId, sha256_hex,
};
use ledger::machine::{Charge, Command, GROUP_LIMIT, Outcome, SettlementCommand};
use ledger::points::{Points, Rate, Rounding};
use ledger::policy::{Deed, Fact};
use ledger::{AwardRequest, Ledger, Options, Request};
use rust_decimal::Decimal;
use serde_json::json;
use uuid::Uuid;

use super::Failure;
use super::policies::{YEAR, enact, year_policy};
use super::setup::bar;
use crate::commands::program::operator;
use crate::commands::settle::settle;
use crate::config;

const DAY_SECONDS: i64 = 24 * 3_600;
/// Noon of the first of March, in Shanghai.
const BEGINNING: &str = "2026-03-01T12:00:00+08:00";
/// How many times a member is awarded, and how many redemptions there are to a member.
const AWARDS: usize = 4;
const REDEMPTIONS: usize = 10;
/// How many commands are under way at a time.
const SIDE_BY_SIDE: usize = 256;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    database: config::Database,
    /// The code of the programme to make; it must be new
    #[arg(long, default_value = "month")]
    code: String,
    /// How many stores
    #[arg(long, default_value_t = 80, value_name = "N")]
    stores: usize,
    /// How many redemptions, one in twenty refunded in part afterwards
    #[arg(long, default_value_t = 20_000, value_name = "N")]
    redemptions: usize,
}

/// The programme.
struct Month {
    ledger: Ledger,
    clock: Clock,
    program: ProgramId,
    members: Vec<MemberId>,
    stores: Vec<StoreId>,
    funder: FunderId,
}

impl Args {
    /// Makes the month, settles it, verifies it; prints a JSON line.
    pub async fn run(self) -> Result<(), Failure> {
        if self.stores == 0 || self.redemptions == 0 {
            return Err(Failure("stores and redemptions are above 0".into()));
        }
        Ledger::migrate(&self.database.database_url).await?;
        let clock = Clock::fixed(BEGINNING.parse()?);
        let options = Options {
            clock: clock.clone(),
            readers: self.database.readers,
            keyring: None,
        };
        let ledger = Ledger::open(&self.database.database_url, options).await?;
        let month = Month::found(ledger, clock, &self).await?;
        let began = Instant::now();
        month.award().await?;
        month.spend(self.redemptions).await?;
        let made = began.elapsed().as_secs_f64();

        let rate = Rate::new(Decimal::new(855, 1), Rounding::HalfUp);
        let mut request = operator(month.program);
        request.key = Some("month".to_owned());
        let began = Instant::now();
        let named = (Some(month.funder), Some(rate));
        let settled = settle(&month.ledger, &request, named).await?;
        let frozen = began.elapsed().as_secs_f64();
        if let Some((store, why)) = settled.refused.first() {
            return Err(Failure(format!("store {store} was not settled: {why}")));
        }
        let began = Instant::now();
        month.agree().await?;
        let agreed = began.elapsed().as_secs_f64();
        let began = Instant::now();
        let paid = month.pay().await?;
        let paying = began.elapsed().as_secs_f64();
        let began = Instant::now();
        let report = month.ledger.verify(month.program, |_| {}).await?;
        let verified = began.elapsed().as_secs_f64();
        let totals = month.ledger.totals(month.program).await?;
        month.ledger.close().await;
        let problems: Vec<String> = report.problems.iter().map(ToString::to_string).collect();
        println!(
            "{}",
            json!({
                "bench": "settle",
                "stores": self.stores,
                "redemptions": self.redemptions,
                "debug_build": cfg!(debug_assertions),
                "statements": settled.statements,
                "points": settled.points,
                "yuan": settled.amount,
                "paid": paid,
                "seconds": {
                    "made": tenths(made), "frozen": tenths(frozen), "confirmed_and_approved": tenths(agreed),
                    "paid": tenths(paying), "verified": tenths(verified),
                },
                "where_the_points_are": held(&totals),
                "problems": problems,
            })
        );
        let issued = Points::sum(
            totals
                .iter()
                .filter(|(kind, _)| is_points(*kind))
                .map(|(_, sum)| *sum),
        )?;
        match (problems.first(), issued.is_zero()) {
            (None, true) => Ok(()),
            (None, false) => Err(Failure(format!("{issued} points are not accounted for"))),
            (Some(problem), _) => Err(Failure(problem.clone())),
        }
    }
}

fn tenths(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}

fn is_points(kind: AccountKind) -> bool {
    kind.commodity() == ledger::accounts::Commodity::Pts
}

/// By kind of account; what is issued is the sum of the rest.
fn held(totals: &[(AccountKind, Points)]) -> BTreeMap<&'static str, String> {
    let some = totals.iter().filter(|(_, sum)| !sum.is_zero());
    some.map(|(kind, sum)| (kind.code(), sum.to_string()))
        .collect()
}

/// Somebody of staff, or a store's till.
fn person(number: u128, store: Option<StoreId>) -> Actor {
    Actor {
        id: ActorId(Uuid::from_u128(number)),
        role: store.map_or(Role::Staff, |_| Role::Merchant),
        member: None,
        store,
        node: None,
    }
}

impl Month {
    async fn found(ledger: Ledger, clock: Clock, args: &Args) -> Result<Self, Failure> {
        let now = clock.now();
        let program = Program {
            id: ProgramId::new(now),
            code: args.code.clone(),
            name: format!("Month {}", args.code),
            zone: "Asia/Shanghai".to_owned(),
        };
        let month = Self {
            ledger,
            clock,
            program: program.id,
            members: (0..args.redemptions.div_ceil(REDEMPTIONS))
                .map(|_| MemberId::new(now))
                .collect(),
            stores: (0..args.stores).map(|_| StoreId::new(now)).collect(),
            funder: FunderId::new(now),
        };
        let register = Command::Register(Registration::Program(program));
        month
            .ledger
            .execute(&operator(month.program), register)
            .await?;
        month.groups(month.records(now)?, "records").await?;
        Ok(month)
    }

    fn records(&self, now: Timestamp) -> Result<Vec<Command>, Failure> {
        let register = Command::Register;
        let (budget, merchant) = (BudgetId::new(now), MerchantId::new(now));
        let plenty = Points::whole(10_000_000).unwrap_or(Points::MAX);
        let name = |what: &str, index: usize| format!("{what} {}", index + 1);
        let mut commands = vec![
            register(Registration::Budget(Budget {
                id: budget,
                code: YEAR.to_owned(),
                name: YEAR.to_owned(),
            })),
            Command::Appropriate {
                budget,
                points: plenty,
            },
            enact(YEAR, year_policy(60))?,
            register(Registration::Merchant(Merchant {
                id: merchant,
                name: "商户".to_owned(),
            })),
            register(Registration::Funder(Funder {
                id: self.funder,
                name: "街道办".to_owned(),
            })),
            Command::ReceiveFunds {
                funder: self.funder,
                amount: plenty,
            },
        ];
        let members = self.members.iter().enumerate().map(|(index, &id)| {
            register(Registration::Member(Member {
                id,
                organization: None,
                name: name("骑手", index),
            }))
        });
        let stores = self.stores.iter().enumerate().map(|(index, &id)| {
            register(Registration::Store(Store {
                id,
                merchant,
                name: name("门店", index),
                address: "于洪".to_owned(),
            }))
        });
        commands.extend(members.chain(stores));
        Ok(commands)
    }

    /// Commands in groups, in order.
    async fn groups(
        &self,
        commands: Vec<Command>,
        what: &'static str,
    ) -> Result<Vec<CommandId>, Failure> {
        let bar: ProgressBar = bar(commands.len(), what)?;
        let now = self.clock.now();
        let mut ids = Vec::with_capacity(commands.len());
        for group in commands.chunks(GROUP_LIMIT) {
            let group: Vec<_> = group
                .iter()
                .map(|command| (CommandId::new(now), command.clone()))
                .collect();
            ids.extend(group.iter().map(|(id, _)| *id));
            let request = operator(self.program);
            self.ledger.execute(&request, Command::Group(group)).await?;
            bar.inc((ids.len() as u64).saturating_sub(bar.position()));
        }
        bar.finish_and_clear();
        Ok(ids)
    }

    /// A patrol a day of each member for some days.
    async fn award(&self) -> Result<(), Failure> {
        let bar: ProgressBar = bar(self.members.len() * AWARDS, "deeds awarded")?;
        let mut request = operator(self.program);
        request.actor = person(1, None);
        for day in 0..AWARDS {
            let now = self.clock.now();
            let award = |(index, &member): (usize, &MemberId)| AwardRequest {
                member,
                deed: patrol(&format!("walk-{day}-{index}"), now),
                policy: Some(YEAR.to_owned()),
                position: None,
            };
            let awards: Vec<AwardRequest> = self.members.iter().enumerate().map(award).collect();
            for group in awards.chunks(500) {
                self.ledger.submit_awards(&request, group).await?;
                bar.inc(group.len() as u64);
            }
            self.clock.set(now.plus_seconds(DAY_SECONDS));
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Each member pays in turn, at one store after the other; of one in twenty a part comes back.
    async fn spend(&self, count: usize) -> Result<(), Failure> {
        let expires_at = self.clock.now().plus_seconds(300);
        let hash = |number: usize| sha256_hex(format!("{} {number}", self.program).as_bytes());
        let code = |number: usize| {
            Command::Register(Registration::Code(Code {
                hash: hash(number),
                member: self.members[number % self.members.len()],
                expires_at,
            }))
        };
        self.groups((0..count).map(code).collect(), "codes").await?;
        let charge = |number: usize| Command::Authorise {
            payer: hash(number).into(),
            store: self.stores[number % self.stores.len()],
            charge: Charge::Points(Points::from_hundredths(100 + (number * 7 % 500) as i64)),
            capture: true,
            hold_seconds: 300,
        };
        let charges = (0..count).map(charge).collect();
        let charged = self.groups(charges, "redemptions").await?;
        let refund = |id: &CommandId| Command::Refund {
            redemption: RedemptionId(id.0),
            points: Some(Points::from_hundredths(77)),
        };
        let refunds = charged.iter().step_by(20).map(refund).collect();
        self.groups(refunds, "refunds").await?;
        Ok(())
    }

    fn by(&self, actor: Actor) -> Request {
        Request {
            actor,
            ..operator(self.program)
        }
    }

    /// Every store confirms, and a second person approves.
    async fn agree(&self) -> Result<(), Failure> {
        let bar: ProgressBar = bar(self.stores.len(), "statements confirmed and approved")?;
        let agree = |(index, &store): (usize, &StoreId)| {
            let bar = &bar;
            async move {
                let page = self
                    .ledger
                    .settlements(self.program, store, None, 1)
                    .await?;
                for statement in page.iter().map(|statement| statement.id) {
                    let confirm = SettlementCommand::Confirm { statement };
                    let till = self.by(person(1_000 + index as u128, Some(store)));
                    self.step(&till, confirm).await?;
                    let approve = SettlementCommand::Approve {
                        statement,
                        unanswered: false,
                    };
                    self.step(&self.by(person(2, None)), approve).await?;
                }
                bar.inc(1);
                Ok::<(), Failure>(())
            }
        };
        let all = stream::iter(self.stores.iter().enumerate().map(agree));
        all.buffer_unordered(SIDE_BY_SIDE)
            .try_collect::<Vec<()>>()
            .await?;
        bar.finish_and_clear();
        Ok(())
    }

    async fn step(
        &self,
        request: &Request,
        command: SettlementCommand,
    ) -> Result<Outcome, Failure> {
        let command = Command::Settlement(Box::new(command));
        Ok(self.ledger.execute(request, command).await?.outcome)
    }

    /// All in one batch; how many were paid.
    async fn pay(&self) -> Result<u64, Failure> {
        let first = StatementId(Uuid::nil());
        let approved = self.ledger.to_pay(self.program, first, 1_000).await?;
        let statements: Vec<StatementId> = approved.iter().map(|statement| statement.id).collect();
        let bar: ProgressBar = bar(statements.len(), "statements paid")?;
        let gather = SettlementCommand::Gather {
            statements: statements.clone(),
            named: true,
        };
        self.step(&self.by(person(2, None)), gather).await?;
        let pay = |(number, statement): (usize, StatementId)| {
            let command = Command::PayStatement {
                statement,
                reference: format!("BOC-{number}"),
            };
            let bar = &bar;
            async move {
                self.ledger
                    .execute(&self.by(person(3, None)), command)
                    .await?;
                bar.inc(1);
                Ok::<(), Failure>(())
            }
        };
        let all = stream::iter(statements.into_iter().enumerate().map(pay));
        let paid = all.buffer_unordered(SIDE_BY_SIDE).try_collect::<Vec<()>>();
        let paid = paid.await?.len() as u64;
        bar.finish_and_clear();
        Ok(paid)
    }
}

/// Of an hour.
fn patrol(reference: &str, occurred_at: Timestamp) -> Deed {
    let facts = [
        ("minutes".to_owned(), Fact::from(60)),
        ("grid".to_owned(), Fact::from("G-7")),
    ];
    Deed {
        kind: "patrol_shift".to_owned(),
        reference: reference.to_owned(),
        occurred_at,
        facts: BTreeMap::from(facts),
        evidence: [].into(),
        places: vec![],
    }
}
