//! `jifen policy drafts`, `simulate-draft` and `approve`: a policy's way into force.

use jiff::civil::Date;
use ledger::clock::Timestamp;
use ledger::community::{Actor, Origin, PolicyDraft, Program, Role, Verb, Verbs, standing_of};
use ledger::ids::{ActorId, DraftId};
use ledger::machine::{Command, Outcome};
use ledger::policy::Policy;
use ledger::views::{DraftFilter, KeyHolder, Register};
use ledger::{Ledger, Request, WriteError};
use uuid::Uuid;

use super::Failure;
use crate::auth::{Kind, Token};
use crate::commands::moment::{Typed, typed};
use crate::commands::program::open;
use crate::commands::{choose, simulate};
use crate::config;

/// What is said when something was turned down.
pub const AS_WERE: &str = "The policies in force are as they were.";

/// A command that was turned down changed nothing. Whether one took effect whose answer was lost is not known.
pub fn kept(error: WriteError) -> Failure {
    match error {
        WriteError::Rejected(rejection) => Failure(format!("{rejection}\n{AS_WERE}")),
        other => other.into(),
    }
}

/// How many drafts are read at once.
const PAGE: i64 = 200;

/// Who acts. Whoever sits at the database's console could name anybody: where that matters, an admin key proves who it is.
#[derive(clap::Args)]
pub struct Acting {
    /// Who does it: the token of an admin key, or the id of a staff member on record, whom this command then takes at your word. What one
    /// imports another approves
    #[arg(
        long = "as",
        env = "JIFEN_AS",
        hide_env_values = true,
        value_name = "WHO"
    )]
    who: String,
}

impl Acting {
    /// As that person, in this programme.
    pub async fn request(&self, ledger: &Ledger, program: &Program) -> Result<Request, Failure> {
        let who = self.who.trim();
        let id = match (Token::parse(Kind::Key, who), who.parse::<Uuid>()) {
            (Some(token), _) => key_of(ledger, program, &token).await?,
            (None, Ok(staff)) => {
                let person = ledger
                    .registered(program.id, Register::Staff, staff)
                    .await?;
                let missing = || Failure(format!("no staff member {staff} in {}", program.code));
                person.ok_or_else(missing)?.id
            }
            (None, Err(_)) => {
                let why = "--as takes the token of an admin key (jf_…) or the id of a staff member";
                return Err(Failure(why.into()));
            }
        };
        Ok(Request {
            program: program.id,
            actor: Actor {
                id: ActorId(id),
                role: Role::Admin,
                member: None,
                store: None,
                node: None,
            },
            origin: Origin::default(),
            key: None,
        })
    }
}

/// Whether a key lets its holder change policies, everywhere.
fn gives_policies(holder: &KeyHolder) -> bool {
    let wanted = Verbs::of(&[Verb::Policies]);
    let mut grants = holder.grants().into_iter();
    grants.any(|grant| grant.within.is_empty() && wanted.are_within(grant.verbs))
}

/// Whom an admin key speaks for.
async fn key_of(ledger: &Ledger, program: &Program, token: &Token) -> Result<Uuid, Failure> {
    let holder = match token.program == program.id {
        true => ledger.key_holder(program.id, &token.hash()).await?,
        false => None,
    };
    match holder {
        Some(holder) if !holder.is_valid_at(ledger.clock().now()) => {
            Err(Failure("this key has ended".into()))
        }
        Some(holder) if holder.role == Role::Admin && gives_policies(&holder) => {
            Ok(holder.subject.unwrap_or(holder.key))
        }
        Some(_) => Err(Failure(
            "policies are changed with an admin key, and this is another".into(),
        )),
        None => Err(Failure(format!("this is no key of {}", program.code))),
    }
}

#[derive(clap::Args)]
pub struct List {
    #[command(flatten)]
    database: config::Database,
    #[command(flatten)]
    program: config::Program,
}

#[derive(clap::Args)]
pub struct Simulate {
    /// The draft's id
    #[arg(value_name = "ID")]
    id: DraftId,
    #[command(flatten)]
    acting: Acting,
    /// The first day of the deeds replayed, such as 2026-01-01, by the policy's own calendar
    #[arg(long, value_name = "DATE")]
    from: Date,
    /// The first day no longer replayed
    #[arg(long, value_name = "DATE")]
    until: Date,
    #[command(flatten)]
    database: config::Database,
    #[command(flatten)]
    program: config::Program,
}

#[derive(clap::Args)]
pub struct Approve {
    /// The drafts' ids
    #[arg(value_name = "ID", required = true)]
    ids: Vec<DraftId>,
    #[command(flatten)]
    acting: Acting,
    /// From when on they price deeds: a day such as 2026-04-01, which begins when the policy's day does, or a moment (RFC 3339); never in
    /// the past. From now on if not said
    #[arg(long, value_name = "DATE")]
    effective_from: Option<String>,
    #[command(flatten)]
    database: config::Database,
    #[command(flatten)]
    program: config::Program,
}

/// Every draft, those imported last first.
pub async fn all_drafts(ledger: &Ledger, program: &Program) -> Result<Vec<PolicyDraft>, Failure> {
    let mut drafts: Vec<PolicyDraft> = Vec::new();
    loop {
        let filter = DraftFilter {
            before: drafts.last().map(|last| (last.imported_at, last.id)),
            state: None,
            limit: PAGE,
        };
        let page = ledger.drafts(program.id, &filter).await?;
        if page.is_empty() {
            return Ok(drafts);
        }
        drafts.extend(page);
    }
}

impl List {
    pub async fn run(self) -> Result<bool, Failure> {
        let ledger = open(&self.database).await?;
        let lines = self.lines(&ledger).await;
        ledger.close().await;
        lines?.iter().for_each(|line| println!("{line}"));
        Ok(true)
    }

    async fn lines(&self, ledger: &Ledger) -> Result<Vec<String>, Failure> {
        let program = choose::one(ledger, &self.program).await?;
        let versions = ledger.policies(program.id).await?;
        let now = ledger.clock().now();
        let line = |draft: PolicyDraft| {
            let standing = standing_of(&draft, &versions, now);
            let stands = standing.map_or(draft.state.name(), |standing| standing.name());
            let from = draft
                .effective_from
                .map_or("-".to_owned(), |from| from.to_string());
            let PolicyDraft {
                id,
                name,
                imported_by,
                imported_at,
                ..
            } = draft;
            format!("{id}\t{name}\t{stands}\t{imported_by}\t{imported_at}\t{from}")
        };
        Ok(all_drafts(ledger, &program)
            .await?
            .into_iter()
            .map(line)
            .collect())
    }
}

impl Simulate {
    pub async fn run(self) -> Result<bool, Failure> {
        let ledger = open(&self.database).await?;
        let report = self.replay(&ledger).await;
        ledger.close().await;
        simulate::print(&report?, self.from, self.until)?;
        println!(
            "Draft {} is simulated: another person can approve it.",
            self.id
        );
        Ok(true)
    }

    async fn replay(&self, ledger: &Ledger) -> Result<ledger::simulation::Report, Failure> {
        let program = choose::one(ledger, &self.program).await?;
        let request = self.acting.request(ledger, &program).await?;
        let candidate = policy_of(&draft(ledger, &program, self.id).await?)?;
        let period = simulate::period(&candidate, self.from, self.until)?;
        let report = simulate::simulate(ledger, &program, &candidate, period).await?;
        let command = Command::PolicySimulated {
            draft: self.id,
            from: period.from,
            until: period.until,
        };
        ledger.execute(&request, command).await?;
        Ok(report)
    }
}

async fn draft(ledger: &Ledger, program: &Program, id: DraftId) -> Result<PolicyDraft, Failure> {
    let draft = ledger.draft(program.id, id).await?;
    draft.ok_or_else(|| Failure(format!("no draft {id} in {}", program.code)))
}

fn policy_of(draft: &PolicyDraft) -> Result<Policy, Failure> {
    Ok(Policy::parse(
        &format!("{}.toml", draft.name),
        &draft.source,
    )?)
}

impl Approve {
    pub async fn run(self) -> Result<bool, Failure> {
        let ledger = open(&self.database).await?;
        let done = self.approve(&ledger).await;
        ledger.close().await;
        done.map(|()| true)
    }

    async fn approve(&self, ledger: &Ledger) -> Result<(), Failure> {
        let program = choose::one(ledger, &self.program).await?;
        let request = self.acting.request(ledger, &program).await?;
        let mut drafts = Vec::new();
        for &id in &self.ids {
            drafts.push(draft(ledger, &program, id).await?);
        }
        let command = Command::ApprovePolicies {
            drafts: self.ids.clone(),
            effective_from: self.from(&drafts)?,
        };
        let receipt = ledger.execute(&request, command).await.map_err(kept)?;
        let Outcome::Drafts {
            effective_from: Some(from),
            ..
        } = receipt.outcome
        else {
            return Err(Failure("the ledger answered with another receipt".into()));
        };
        for draft in drafts {
            println!("{}: in force from {from} (draft {})", draft.name, draft.id);
        }
        Ok(())
    }

    /// The moment meant; a day begins for all of them at once, or it has to be named.
    fn from(&self, drafts: &[PolicyDraft]) -> Result<Option<Timestamp>, Failure> {
        let Some(text) = &self.effective_from else {
            return Ok(None);
        };
        let day = match typed(text)? {
            Typed::Moment(moment) => return Ok(Some(moment)),
            Typed::Day(day) => day,
        };
        let mut begins = Vec::new();
        for draft in drafts {
            let start = policy_of(draft)?.start_of(day);
            begins.push(start.ok_or_else(|| Failure(format!("{day} is beyond the calendar")))?);
        }
        begins.sort_unstable();
        begins.dedup();
        match begins.as_slice() {
            [begin] => Ok(Some(*begin)),
            _ => Err(Failure(format!(
                "{day} begins at different moments by these policies: name a moment such as {day}T04:00:00+08:00"
            ))),
        }
    }
}
