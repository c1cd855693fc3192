//! `jifen key`: make, list, revoke and rotate API keys.

use std::process::ExitCode;

use ledger::Ledger;
use ledger::clock::Timestamp;
use ledger::community::{Access, ApiKey, Role, Verbs};
use ledger::ids::{ApiKeyId, OrganizationId, ProgramId};
use ledger::machine::Command;
use ledger::views::KeyView;
use uuid::Uuid;

use super::program::{open, operator};
use super::{Failure, choose};
use crate::auth::{Kind, Token, new_key, rotation};
use crate::config::{self, Database};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Make an API key; prints its token, once
    Create(Create),
    /// Every API key, without its secret
    List(Of),
    /// End an API key; a running server refuses it within five seconds
    Revoke(One),
    /// Make a key that takes the place of another; prints its token, once
    Rotate(Rotate),
}

#[derive(clap::Args)]
struct Of {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    program: config::Program,
}

impl Of {
    async fn program(&self, ledger: &Ledger) -> Result<ProgramId, Failure> {
        let program = choose::one(ledger, &self.program).await?;
        Ok(program.id)
    }
}

#[derive(clap::Args)]
struct One {
    #[command(flatten)]
    of: Of,
    /// Which, as `jifen key list` shows it
    #[arg(value_name = "ID")]
    id: Uuid,
}

#[derive(clap::Args)]
struct Rotate {
    #[command(flatten)]
    one: One,
    /// How many hours the old key still works
    #[arg(long, default_value_t = 24, value_name = "HOURS", value_parser = clap::value_parser!(i64).range(0..=720))]
    overlap_hours: i64,
}

#[derive(clap::Args)]
struct Create {
    #[command(flatten)]
    of: Of,
    /// What it may do: staff, merchant, member, auditor or admin
    #[arg(long, value_parser = role)]
    role: Role,
    /// Whom it speaks for: a staff member, store or member; auditor and admin keys speak for themselves
    #[arg(long, value_name = "UUID", required_if_eq_any = [("role", "staff"), ("role", "merchant"), ("role", "member")])]
    subject: Option<Uuid>,
    /// What it is for, for the operator's list
    #[arg(long)]
    name: String,
    /// Of what its role may do, only this, such as `award,approve`; all unless said
    #[arg(long, value_parser = verbs, value_name = "VERBS")]
    verbs: Option<Verbs>,
    /// The organization that it reaches, and all below; the whole programme unless said
    #[arg(long, value_name = "UUID")]
    organization: Option<Uuid>,
    /// From when on it is worthless, such as 2027-01-01T00:00:00+08:00; never unless said
    #[arg(long, value_name = "MOMENT")]
    expires: Option<Timestamp>,
}

fn role(name: &str) -> Result<Role, String> {
    Role::from_name(name)
        .ok_or_else(|| "expected staff, merchant, member, auditor or admin".to_owned())
}

fn verbs(text: &str) -> Result<Verbs, String> {
    let all = Role::Admin.verbs();
    Verbs::parse(text).map_err(|name| format!("no verb is called {name:?}; there are: {all}"))
}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        let database = match &self.action {
            Action::Create(create) => &create.of.database,
            Action::List(of) => &of.database,
            Action::Revoke(one) => &one.of.database,
            Action::Rotate(rotate) => &rotate.one.of.database,
        };
        let ledger = open(database).await?;
        let said = match &self.action {
            Action::Create(create) => create.make(&ledger).await,
            Action::List(of) => list(of, &ledger).await,
            Action::Revoke(one) => revoke(one, &ledger).await,
            Action::Rotate(rotate) => rotate.make(&ledger).await,
        };
        ledger.close().await;
        println!("{}", said?);
        Ok(ExitCode::SUCCESS)
    }
}

impl Create {
    async fn make(&self, ledger: &Ledger) -> Result<String, Failure> {
        let program = self.of.program(ledger).await?;
        let token = Token::new(Kind::Key, program);
        let key = ApiKey {
            id: ApiKeyId::new(ledger.clock().now()),
            secret_hash: token.hash(),
            role: self.role,
            subject: self.subject,
            name: self.name.clone(),
            verbs: self.verbs,
            node: self.organization.map(OrganizationId),
            expires_at: self.expires,
        };
        let command = new_key(ledger, program, key).await;
        let command = command.map_err(|problem| Failure(format!("--{problem}")))?;
        ledger.execute(&operator(program), command).await?;
        Ok(token.text())
    }
}

impl Rotate {
    async fn make(&self, ledger: &Ledger) -> Result<String, Failure> {
        let program = self.one.of.program(ledger).await?;
        let token = Token::new(Kind::Key, program);
        let old = ApiKeyId(self.one.id);
        let rotation = rotation(ledger, &token, old, self.overlap_hours).await;
        let rotation = rotation.map_err(|problem| Failure(problem.to_string()))?;
        ledger.execute(&operator(program), rotation.command).await?;
        eprintln!("the old key works until {}", rotation.old_ends_at);
        Ok(token.text())
    }
}

async fn revoke(one: &One, ledger: &Ledger) -> Result<String, Failure> {
    let program = one.of.program(ledger).await?;
    let access = Access::Key(ApiKeyId(one.id));
    let command = Command::EndAccess { access, at: None };
    ledger.execute(&operator(program), command).await?;
    Ok(format!("{} has ended", one.id))
}

/// A page of keys at a time.
const PAGE: i64 = 500;

async fn list(of: &Of, ledger: &Ledger) -> Result<String, Failure> {
    let program = of.program(ledger).await?;
    let mut lines =
        vec!["id\trole\tname\tsubject\tverbs\torganization\tends\tlast used".to_owned()];
    let mut after = ApiKeyId(Uuid::nil());
    loop {
        let keys = ledger.keys(program, after, PAGE).await?;
        lines.extend(keys.iter().map(line));
        match keys.last() {
            Some(last) => after = last.id,
            None => return Ok(lines.join("\n")),
        }
    }
}

fn line(key: &KeyView) -> String {
    fn said(value: Option<impl ToString>) -> String {
        value.map_or_else(|| "-".to_owned(), |value| value.to_string())
    }
    let ends = key.ended_at.into_iter().chain(key.expires_at).min();
    [
        key.id.to_string(),
        key.role.name().to_owned(),
        key.name.clone(),
        said(key.subject),
        said(key.verbs),
        said(key.node),
        said(ends),
        said(key.last_used_at),
    ]
    .join("\t")
}
