//! A year of deeds, and how many of them a second are simulated.

use std::collections::BTreeMap;
use std::time::Instant;

use indicatif::ProgressBar;
use ledger::clock::{Clock, Timestamp};
use ledger::community::{Budget, Member, Program, Registration};
use ledger::ids::{ActorId, BudgetId, CommandId, MemberId, ProgramId};
use ledger::machine::{Command, GROUP_LIMIT};
use ledger::points::Points;
use ledger::policy::{Deed, Fact, Policy};
use ledger::simulation::Period;
use ledger::{AwardRequest, Ledger, Options};
use serde_json::json;
use uuid::Uuid;

use super::Failure;
use super::policies::{YEAR, enact, year_policy};
use super::setup::bar;
use crate::commands::program::operator;
use crate::commands::simulate::simulate;
use crate::config;

const WEEK_SECONDS: i64 = 7 * 24 * 3_600;
/// Noon of the first Monday of 2025, in Shanghai.
const BEGINNING: &str = "2025-01-06T12:00:00+08:00";

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    database: config::Database,
    /// The code of the programme to make; it must be new
    #[arg(long, default_value = "year")]
    code: String,
    /// How many members, each with a deed a week
    #[arg(long, default_value_t = 10_000, value_name = "N")]
    members: usize,
    /// How many deeds in all; more than 53 a member reach beyond a year
    #[arg(long, default_value_t = 520_000, value_name = "N")]
    deeds: usize,
    /// How many deeds a group holds
    #[arg(long, default_value_t = 500, value_name = "N")]
    group_size: usize,
}

impl Args {
    /// Makes the year, simulates it by the policy in force, which must change nothing, and by one with a lower cap; prints a JSON line.
    pub async fn run(self) -> Result<(), Failure> {
        if self.members == 0 || self.deeds == 0 || !(1..=GROUP_LIMIT).contains(&self.group_size) {
            let why =
                format!("groups have 1 to {GROUP_LIMIT} deeds; members and deeds are above 0");
            return Err(Failure(why));
        }
        Ledger::migrate(&self.database.database_url).await?;
        let beginning: Timestamp = BEGINNING.parse()?;
        let clock = Clock::fixed(beginning);
        let options = Options {
            clock: clock.clone(),
            readers: self.database.readers,
            keyring: None,
        };
        let ledger = Ledger::open(&self.database.database_url, options).await?;
        let program = Program {
            id: ProgramId::new(beginning),
            code: self.code.clone(),
            name: format!("Year {}", self.code),
            zone: "Asia/Shanghai".to_owned(),
        };
        let members = found(&ledger, &program, self.members).await?;
        let began = Instant::now();
        self.submit(&ledger, &clock, &program, &members).await?;
        let awarding = began.elapsed().as_secs_f64();

        let period = Period {
            from: beginning,
            until: clock.now().plus_seconds(1),
        };
        let began = Instant::now();
        let same = candidate(60)?;
        let same = simulate(&ledger, &program, &same, period).await?;
        let unchanged = began.elapsed().as_secs_f64();
        let began = Instant::now();
        let lower = simulate(&ledger, &program, &candidate(30)?, period).await?;
        let lowered = began.elapsed().as_secs_f64();
        ledger.close().await;
        let deeds = self.deeds as f64;
        println!(
            "{}",
            json!({
                "bench": "simulate",
                "members": self.members,
                "deeds": self.deeds,
                "debug_build": cfg!(debug_assertions),
                "awarded_per_second": (deeds / awarding).round(),
                "simulated_per_second": (deeds / unchanged).round(),
                "simulated_per_second_with_a_lower_cap": (deeds / lowered).round(),
                "unchanged": same.is_unchanged(),
                "changed_by_a_lower_cap": lower.changed,
            })
        );
        if same.is_unchanged() {
            Ok(())
        } else {
            Err(Failure("the policy in force gave another history".into()))
        }
    }

    /// A deed a week of each member in turn, a second between groups.
    async fn submit(
        &self,
        ledger: &Ledger,
        clock: &Clock,
        program: &Program,
        members: &[MemberId],
    ) -> Result<(), Failure> {
        let bar: ProgressBar = bar(self.deeds, "deeds awarded")?;
        let beginning = clock.now();
        let mut request = operator(program.id);
        request.actor.id = ActorId(Uuid::max());
        let deeds: Vec<usize> = (0..self.deeds).collect();
        for (number, group) in deeds.chunks(self.group_size).enumerate() {
            let week = group[0] / members.len();
            let now = beginning.plus_seconds(week as i64 * WEEK_SECONDS + number as i64);
            clock.set(now);
            let award = |&deed: &usize| AwardRequest {
                member: members[deed % members.len()],
                deed: walk(deed, now),
                policy: Some(YEAR.to_owned()),
                position: None,
            };
            let awards: Vec<AwardRequest> = group.iter().map(award).collect();
            ledger.submit_awards(&request, &awards).await?;
            bar.inc(group.len() as u64);
        }
        bar.finish_and_clear();
        Ok(())
    }
}

fn candidate(day: i64) -> Result<Policy, Failure> {
    Ok(Policy::parse_unfiled(&year_policy(day))?)
}

/// Of half an hour to three hours.
fn walk(number: usize, occurred_at: Timestamp) -> Deed {
    let minutes = 30 + (number * 7 % 151) as i64;
    let facts = [
        ("minutes".to_owned(), Fact::from(minutes)),
        ("grid".to_owned(), Fact::from("G-7")),
    ];
    Deed {
        kind: "patrol_shift".to_owned(),
        reference: format!("walk-{number}"),
        occurred_at,
        facts: BTreeMap::from(facts),
        evidence: [].into(),
        places: vec![],
    }
}

/// The programme, its budget and policy, and its members.
async fn found(ledger: &Ledger, program: &Program, count: usize) -> Result<Vec<MemberId>, Failure> {
    let now = ledger.clock().now();
    let members: Vec<MemberId> = (0..count).map(|_| MemberId::new(now)).collect();
    let budget = BudgetId::new(now);
    let points = Points::whole(10_000_000_000).unwrap_or(Points::MAX);
    let register = Command::Register;
    let mut commands = vec![
        register(Registration::Budget(Budget {
            id: budget,
            code: YEAR.to_owned(),
            name: YEAR.to_owned(),
        })),
        Command::Appropriate { budget, points },
        enact(YEAR, year_policy(60))?,
    ];
    commands.extend(members.iter().enumerate().map(|(number, &id)| {
        register(Registration::Member(Member {
            id,
            organization: None,
            name: format!("Member {}", number + 1),
        }))
    }));
    let request = operator(program.id);
    let program = Registration::Program(program.clone());
    ledger.execute(&request, register(program)).await?;
    for group in commands.chunks(GROUP_LIMIT) {
        let group = group
            .iter()
            .map(|command| (CommandId::new(now), command.clone()));
        let group = Command::Group(group.collect());
        ledger.execute(&request, group).await?;
    }
    Ok(members)
}
