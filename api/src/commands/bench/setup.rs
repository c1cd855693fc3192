//! The programme that the load goes to.

use std::fs;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use indicatif::{ProgressBar, ProgressStyle};
use ledger::community::{
    Actor, ApiKey, Budget, Member, Merchant, PolicyVersion, Program, Registration, Role, Staff,
    Store,
};
use ledger::ids::{
    ActorId, ApiKeyId, BudgetId, CommandId, MemberId, MerchantId, ProgramId, StaffId, StoreId,
    random_bytes, sha256_hex,
};
use ledger::machine::{Command, GROUP_LIMIT};
use ledger::points::Points;
use ledger::policy::{Deed, Fact, Policy};
use ledger::{AwardRequest, Ledger, Options, Request};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::Failure;
use crate::config;

/// What the load needs to know. It holds working tokens: keep the file as you would keep them.
#[derive(Debug, Serialize, Deserialize)]
pub struct Setup {
    pub program: Uuid,
    /// A member of staff and their token.
    pub staff_id: Uuid,
    pub staff: String,
    pub members: Vec<KeyOf>,
    pub stores: Vec<KeyOf>,
    /// One for each budget, of the same name.
    pub policies: Vec<String>,
}

/// Somebody and their token.
#[derive(Debug, Serialize, Deserialize)]
pub struct KeyOf {
    pub id: Uuid,
    pub token: String,
}

impl Setup {
    /// Reads what [`Prepare`] wrote.
    pub fn read(path: &Path) -> Result<Self, Failure> {
        let text = fs::read_to_string(path).map_err(|error| {
            let file = path.display();
            Failure(format!(
                "cannot read {file}: {error}; `jifen bench prepare` writes it"
            ))
        })?;
        let setup: Self = serde_json::from_str(&text)?;
        if setup.stores.is_empty() {
            return Err(Failure(format!("{} names no store", path.display())));
        }
        Ok(setup)
    }
}

#[derive(clap::Args)]
pub struct Prepare {
    #[command(flatten)]
    database: config::Database,
    /// The code of the programme to make; it must be new
    #[arg(long, default_value = "bench")]
    code: String,
    /// How many members to make, each with a key and 10,000 points
    #[arg(long, default_value_t = 2_000, value_name = "N")]
    members: usize,
    /// How many budgets to make, each with a policy of its own
    #[arg(long, default_value_t = 50, value_name = "N")]
    budgets: usize,
    /// How many stores to make, each with a key
    #[arg(long, default_value_t = 20, value_name = "N")]
    stores: usize,
    /// Where to write the ids and tokens
    #[arg(long, default_value = "bench.json", value_name = "FILE")]
    out: PathBuf,
}

impl Prepare {
    /// Migrates the database, makes the programme, writes the file and prints a JSON line that names it.
    pub async fn run(self) -> Result<(), Failure> {
        let [members, budgets, stores] = [self.members, self.budgets, self.stores];
        if members == 0 || budgets == 0 || stores == 0 {
            return Err(Failure(
                "at least one member, budget and store is needed".into(),
            ));
        }
        Ledger::migrate(&self.database.database_url).await?;
        let ledger = Ledger::open(&self.database.database_url, Options::default()).await?;
        let program = ProgramId::new(ledger.clock().now());
        let setup = Maker { ledger, program }.make(&self).await?;
        fs::write(&self.out, serde_json::to_vec(&setup)?)?;
        println!(
            "{}",
            json!({
                "setup": self.out, "program": program, "code": self.code,
                "members": members, "budgets": budgets, "stores": stores,
            })
        );
        Ok(())
    }
}

/// Makes the programme.
struct Maker {
    ledger: Ledger,
    program: ProgramId,
}

impl Maker {
    async fn make(self, wanted: &Prepare) -> Result<Setup, Failure> {
        let program = Program {
            id: self.program,
            code: wanted.code.clone(),
            name: format!("Load {}", wanted.code),
            zone: "Asia/Shanghai".to_owned(),
        };
        self.ledger
            .execute(
                &self.request(),
                Command::Register(Registration::Program(program)),
            )
            .await
            .map_err(|error| Failure(format!("programme {}: {error}", wanted.code)))?;
        let merchant = MerchantId::new(self.ledger.clock().now());
        let record = Merchant {
            id: merchant,
            name: "Load".to_owned(),
        };
        let staff_id = StaffId::new(self.ledger.clock().now());
        let staff = Staff {
            id: staff_id,
            organization: None,
            name: "Load".to_owned(),
            member: None,
        };
        let (staff_key, staff_token) = self.key(Role::Staff, staff_id.0);
        let mut records = vec![
            Registration::Merchant(record),
            Registration::Staff(staff),
            staff_key,
        ];
        let stores = self.stores(merchant, wanted.stores, &mut records);
        let members = self.members(wanted.members, &mut records);
        self.register(records).await?;
        let policies = self.budgets(wanted.budgets).await?;
        self.fill_wallets(&members, staff_id).await?;
        self.ledger.close().await;
        Ok(Setup {
            program: self.program.0,
            staff_id: staff_id.0,
            staff: staff_token,
            members,
            stores,
            policies,
        })
    }

    fn stores(
        &self,
        merchant: MerchantId,
        count: usize,
        records: &mut Vec<Registration>,
    ) -> Vec<KeyOf> {
        let make = |number| {
            let id = StoreId::new(self.ledger.clock().now());
            let (key, token) = self.key(Role::Merchant, id.0);
            let name = format!("Store {}", number + 1);
            let address = String::new();
            records.push(Registration::Store(Store {
                id,
                merchant,
                name,
                address,
            }));
            records.push(key);
            KeyOf { id: id.0, token }
        };
        (0..count).map(make).collect()
    }

    fn members(&self, count: usize, records: &mut Vec<Registration>) -> Vec<KeyOf> {
        let make = |number| {
            let id = MemberId::new(self.ledger.clock().now());
            let (key, token) = self.key(Role::Member, id.0);
            let name = format!("Member {}", number + 1);
            records.push(Registration::Member(Member {
                id,
                organization: None,
                name,
            }));
            records.push(key);
            KeyOf { id: id.0, token }
        };
        (0..count).map(make).collect()
    }

    /// A key and its token: `jf_` and the base64url of the programme's id and 32 secret bytes, of which only the hash is kept.
    fn key(&self, role: Role, subject: Uuid) -> (Registration, String) {
        let secret: [u8; 32] = random_bytes();
        let bytes = [self.program.0.as_bytes().as_slice(), &secret].concat();
        let key = ApiKey {
            id: ApiKeyId::new(self.ledger.clock().now()),
            secret_hash: sha256_hex(&secret),
            role,
            subject: Some(subject),
            name: "bench".to_owned(),
        };
        let token = format!("jf_{}", URL_SAFE_NO_PAD.encode(bytes));
        (Registration::ApiKey(key), token)
    }

    async fn register(&self, records: Vec<Registration>) -> Result<(), Failure> {
        let commands = records.into_iter().map(Command::Register).collect();
        self.in_groups(commands, "records").await
    }

    async fn in_groups(&self, commands: Vec<Command>, what: &'static str) -> Result<(), Failure> {
        let bar = bar(commands.len(), what)?;
        let mut commands = commands.into_iter().peekable();
        while commands.peek().is_some() {
            let group: Vec<(CommandId, Command)> = commands
                .by_ref()
                .take(GROUP_LIMIT)
                .map(|command| (CommandId::new(self.ledger.clock().now()), command))
                .collect();
            let count = group.len() as u64;
            let request = self.request();
            self.ledger.execute(&request, Command::Group(group)).await?;
            bar.inc(count);
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// Budgets with more than any run spends, and their policies.
    async fn budgets(&self, count: usize) -> Result<Vec<String>, Failure> {
        let names: Vec<String> = (1..=count)
            .map(|number| format!("bench-{number:02}"))
            .collect();
        let mut commands = Vec::new();
        let plenty = Points::whole(10_000_000_000).unwrap_or(Points::MAX);
        for name in &names {
            let budget = BudgetId::new(self.ledger.clock().now());
            commands.push(Command::Register(Registration::Budget(Budget {
                id: budget,
                code: name.clone(),
                name: name.clone(),
            })));
            commands.push(Command::Appropriate {
                budget,
                points: plenty,
            });
        }
        for name in &names {
            commands.push(enact(name, policy(name))?);
        }
        commands.push(enact(SEED, seed_policy(&names[0]))?);
        self.in_groups(commands, "budgets and policies").await?;
        Ok(names)
    }

    /// Points to redeem, one award a member.
    async fn fill_wallets(&self, members: &[KeyOf], staff: StaffId) -> Result<(), Failure> {
        let bar = bar(members.len(), "wallets")?;
        let mut request = self.request();
        request.actor.id = ActorId(staff.0);
        let occurred_at = self.ledger.clock().now();
        for page in members.chunks(GROUP_LIMIT / 2) {
            let award = |member: &KeyOf| AwardRequest {
                member: MemberId(member.id),
                deed: Deed {
                    kind: "patrol_shift".to_owned(),
                    reference: "seed".to_owned(),
                    occurred_at,
                    facts: [
                        ("minutes".to_owned(), Fact::from(60)),
                        ("grid".to_owned(), Fact::from("G-0")),
                    ]
                    .into(),
                },
                policy: Some(SEED.to_owned()),
            };
            let awards: Vec<AwardRequest> = page.iter().map(award).collect();
            self.ledger.submit_awards(&request, &awards).await?;
            bar.inc(page.len() as u64);
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn request(&self) -> Request {
        Request {
            program: self.program,
            actor: Actor {
                id: ActorId(self.program.0),
                role: Role::Admin,
                member: None,
                store: None,
            },
            key: None,
        }
    }
}

fn bar(length: usize, what: &'static str) -> Result<ProgressBar, Failure> {
    let style = ProgressStyle::with_template("[{bar:40}] {pos}/{len} {msg}")?;
    let bar = ProgressBar::new(length as u64).with_style(style);
    Ok(bar.with_message(what))
}

fn enact(name: &str, source: String) -> Result<Command, Failure> {
    let policy = Policy::parse(&format!("{name}.toml"), &source)?;
    Ok(Command::Register(Registration::Policy(PolicyVersion {
        name: name.to_owned(),
        digest: policy.digest().to_owned(),
        source,
        effective_from: None,
    })))
}

const SEED: &str = "bench-seed";

/// As much to work out as a real one: a condition, a rate, a multiplier, a maximum, two caps with room for any run.
fn policy(name: &str) -> String {
    format!(
        r#"schema = "jifen/1"
name = "{name}"
title = "压力测试"
on = "patrol_shift"
budget = "{name}"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "none"

[expiry]
after = "12 months"
round_up = "quarter"

[[rule]]
name = "shift"
title = "巡查"
when = {{ fact = "minutes", at_least = 30 }}
points = {{ rate = 6, per = "hours", rounding = "half_up" }}
max = 24
[[rule.multiplier]]
name = "night"
title = "夜间"
times = "1.5"
rounding = "half_up"
[rule.multiplier.when]
any = [
  {{ fact = "local_hour", at_least = 22 }},
  {{ fact = "local_hour", less_than = 6 }},
]

[[cap]]
name = "member-day"
per = "member"
every = "day"
count = 1000000
over = "reject"

[[cap]]
name = "budget-month"
per = "budget"
every = "month"
points = 10000000000
over = "reject"

[[test]]
name = "两小时得十二分"
at = 2026-03-05T10:00:00
facts = {{ minutes = 120, grid = "G-7" }}
expect = {{ points = 12 }}
"#
    )
}

fn seed_policy(budget: &str) -> String {
    format!(
        r#"schema = "jifen/1"
name = "{SEED}"
title = "压力测试的起始积分"
on = "patrol_shift"
budget = "{budget}"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "none"

[[rule]]
name = "seed"
title = "起始积分"
when = {{ fact = "minutes", at_least = 1 }}
points = 10000

[[test]]
name = "一万分"
at = 2026-03-05T10:00:00
facts = {{ minutes = 60, grid = "G-0" }}
expect = {{ points = 10000 }}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policies_are_sound() {
        for (name, source) in [
            ("bench-01", policy("bench-01")),
            (SEED, seed_policy("bench-01")),
        ] {
            let policy = Policy::parse(&format!("{name}.toml"), &source).unwrap();
            assert!(policy.run_cases().iter().all(|case| case.outcome.is_ok()));
        }
    }
}
