//! The load on the library in this process, without HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use ledger::clock::Timestamp;
use ledger::community::{Actor, Code, Origin, Registration, Role, Via};
use ledger::ids::{ActorId, MemberId, ProgramId, StaffId, StoreId, sha256_hex};
use ledger::machine::{Charge, Command};
use ledger::points::Points;
use ledger::policy::{Deed, Fact};
use ledger::{AwardRequest, Ledger, Request};

use super::Failure;
use super::load::{Driver, Load, Step, run_name};
use super::setup::Setup;
use super::tally::{Operation, Tally};
use crate::commands::program::open;
use crate::config;

const MINUTE: i64 = 60;

/// Drives a ledger of its own.
pub async fn drive(
    setup: Setup,
    load: Load,
    database: &config::Database,
    group_size: usize,
) -> Result<Tally, Failure> {
    let ledger = open(database).await?;
    let occurred_at = ledger.clock().now();
    let task = Task(Arc::new(Common {
        ledger,
        setup,
        run: run_name(),
        occurred_at,
        group_size,
    }));
    let drivers = (0..load.plan.connections()).map(|_| task.clone());
    let tally = load.run(drivers.collect()).await;
    if let Some(common) = Arc::into_inner(task.0) {
        common.ledger.close().await;
    }
    Ok(tally)
}

struct Common {
    ledger: Ledger,
    setup: Setup,
    run: String,
    occurred_at: Timestamp,
    group_size: usize,
}

#[derive(Clone)]
struct Task(Arc<Common>);

impl Driver for Task {
    async fn take(&mut self, step: Step, tally: &mut Tally) {
        let common = &*self.0;
        let asked = Instant::now();
        match step {
            Step::Award {
                serial,
                member,
                policy,
            } => {
                let award = common.award(&format!("{}-{serial}", common.run), member, policy);
                let request = common.as_staff(award.deed.reference.clone());
                let answer = common.ledger.submit_award(&request, &award).await;
                tally.record(Operation::Award, asked, answer.err().map(|e| e.to_string()));
            }
            Step::Group {
                serial,
                member,
                policy,
            } => {
                let awards: Vec<AwardRequest> = (0..common.group_size)
                    .map(|line| {
                        let reference = format!("{}-{serial}-{line}", common.run);
                        let member = (member + line) % common.setup.members.len();
                        common.award(&reference, member, policy)
                    })
                    .collect();
                let request = common.as_staff(format!("{}-{serial}", common.run));
                let answer = common.ledger.submit_awards(&request, &awards).await;
                tally.record(Operation::Group, asked, answer.err().map(|e| e.to_string()));
            }
            Step::Balance { member } => {
                let answer = common.balance(member).await;
                tally.record(Operation::Balance, asked, answer.err());
            }
            Step::Redemption {
                serial,
                member,
                store,
            } => common.redeem(serial, member, store, tally).await,
        }
    }
}

impl Common {
    fn award(&self, reference: &str, member: usize, policy: usize) -> AwardRequest {
        let facts = BTreeMap::from([
            ("minutes".to_owned(), Fact::from(120)),
            ("grid".to_owned(), Fact::from("G-7")),
        ]);
        AwardRequest {
            member: MemberId(self.setup.members[member].id),
            deed: Deed {
                kind: "patrol_shift".to_owned(),
                reference: reference.to_owned(),
                occurred_at: self.occurred_at,
                facts,
                evidence: [].into(),
                places: vec![],
            },
            policy: Some(self.setup.policies[policy].clone()),
            position: None,
        }
    }

    async fn balance(&self, member: usize) -> Result<(), String> {
        let member = MemberId(self.setup.members[member].id);
        let now = self.ledger.clock().now();
        let balance = self.ledger.balance(self.program(), member, now).await;
        match balance {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err("unknown member".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// A code, then a redemption with it.
    async fn redeem(&self, serial: u64, member: usize, store: usize, tally: &mut Tally) {
        let asked = Instant::now();
        let member = MemberId(self.setup.members[member].id);
        let hash = sha256_hex(format!("{}-{serial}", self.run).as_bytes());
        let code = Code {
            hash: hash.clone(),
            member,
            expires_at: self.ledger.clock().now().plus_seconds(5 * MINUTE),
        };
        let request = self.request(Role::Member, member.0, None);
        let command = Command::Register(Registration::Code(code));
        let answer = self.ledger.execute(&request, command).await;
        let failed = answer.is_err();
        tally.record(Operation::Code, asked, answer.err().map(|e| e.to_string()));
        if failed {
            return;
        }
        let asked = Instant::now();
        let store = StoreId(self.setup.stores[store].id);
        let key = format!("{}-r{serial}", self.run);
        let mut request = self.request(Role::Merchant, store.0, Some(key));
        request.actor.store = Some(store);
        let command = Command::Authorise {
            payer: hash.into(),
            store,
            charge: Charge::Points(Points::from_hundredths(1)),
            capture: true,
            hold_seconds: 30 * MINUTE,
        };
        let answer = self.ledger.execute(&request, command).await;
        tally.record(
            Operation::Redemption,
            asked,
            answer.err().map(|e| e.to_string()),
        );
    }

    const fn program(&self) -> ProgramId {
        ProgramId(self.setup.program)
    }

    fn as_staff(&self, key: String) -> Request {
        let StaffId(id) = StaffId(self.setup.staff_id);
        self.request(Role::Staff, id, Some(key))
    }

    const fn request(&self, role: Role, id: uuid::Uuid, key: Option<String>) -> Request {
        Request {
            program: self.program(),
            actor: Actor {
                id: ActorId(id),
                role,
                member: None,
                store: None,
                node: None,
            },
            origin: Origin {
                via: Via::Console,
                address: None,
            },
            key,
        }
    }
}
