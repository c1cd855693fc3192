//! The programme that the load goes to.

use std::fs;
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use ledger::community::{
    ApiKey, Budget, Member, Merchant, Program, Registration, Role, Staff, Store,
};
use ledger::ids::{
    ActorId, ApiKeyId, BudgetId, CommandId, MemberId, MerchantId, ProgramId, StaffId, StoreId,
};
use ledger::machine::{Command, GROUP_LIMIT};
use ledger::points::Points;
use ledger::policy::{Deed, Fact};
use ledger::{AwardRequest, Ledger, Request};
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::Failure;
use super::policies::{SEED, enact, policy, seed_policy};
use crate::auth::{Kind, Token};
use crate::commands::program::{open, operator};
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
        let ledger = open(&self.database).await?;
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

    /// A key and its token.
    fn key(&self, role: Role, subject: Uuid) -> (Registration, String) {
        let token = Token::new(Kind::Key, self.program);
        let key = ApiKey {
            id: ApiKeyId::new(self.ledger.clock().now()),
            secret_hash: token.hash(),
            role,
            subject: Some(subject),
            name: "bench".to_owned(),
            verbs: None,
            node: None,
            expires_at: None,
        };
        (Registration::ApiKey(key), token.text())
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
                    evidence: [].into(),
                    places: vec![],
                },
                policy: Some(SEED.to_owned()),
                position: None,
            };
            let awards: Vec<AwardRequest> = page.iter().map(award).collect();
            self.ledger.submit_awards(&request, &awards).await?;
            bar.inc(page.len() as u64);
        }
        bar.finish_and_clear();
        Ok(())
    }

    fn request(&self) -> Request {
        operator(self.program)
    }
}

/// A bar that says how many of what are done.
pub fn bar(length: usize, what: &'static str) -> Result<ProgressBar, Failure> {
    let style = ProgressStyle::with_template("[{bar:40}] {pos}/{len} {msg}")?;
    let bar = ProgressBar::new(length as u64).with_style(style);
    Ok(bar.with_message(what))
}
