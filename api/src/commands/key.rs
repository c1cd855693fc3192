//! `jifen key`: make API keys.

use std::process::ExitCode;

use ledger::Ledger;
use ledger::community::{ApiKey, Registration, Role};
use ledger::ids::{ApiKeyId, ProgramId};
use ledger::machine::Command;
use ledger::views::Register;
use uuid::Uuid;

use super::program::{open, operator};
use super::{Failure, choose};
use crate::auth::Token;
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
}

#[derive(clap::Args)]
struct Create {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    program: config::Program,
    /// What it may do: staff, merchant, member, auditor or admin
    #[arg(long, value_parser = role)]
    role: Role,
    /// Whom it speaks for: a staff member, store or member; auditor and admin keys speak for themselves
    #[arg(long, value_name = "UUID", required_if_eq_any = [("role", "staff"), ("role", "merchant"), ("role", "member")])]
    subject: Option<Uuid>,
    /// What it is for, for the operator's list
    #[arg(long)]
    name: String,
}

fn role(name: &str) -> Result<Role, String> {
    Role::from_name(name)
        .ok_or_else(|| "expected staff, merchant, member, auditor or admin".to_owned())
}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        let Action::Create(create) = self.action;
        let ledger = open(&create.database).await?;
        let made = create.make(&ledger).await;
        ledger.close().await;
        println!("{}", made?.text());
        Ok(ExitCode::SUCCESS)
    }
}

impl Create {
    async fn make(&self, ledger: &Ledger) -> Result<Token, Failure> {
        let program = choose::one(ledger, self.program.program.as_deref())
            .await?
            .id;
        self.must_have_subject(ledger, program).await?;
        let token = Token::new(program);
        let key = ApiKey {
            id: ApiKeyId::new(ledger.clock().now()),
            secret_hash: token.hash(),
            role: self.role,
            subject: self.subject,
            name: self.name.clone(),
        };
        let command = Command::Register(Registration::ApiKey(key));
        ledger.execute(&operator(program), command).await?;
        Ok(token)
    }

    async fn must_have_subject(&self, ledger: &Ledger, program: ProgramId) -> Result<(), Failure> {
        let (register, what) = match self.role {
            Role::Staff => (Register::Staff, "staff member"),
            Role::Merchant => (Register::Stores, "store"),
            Role::Member => (Register::Members, "member"),
            Role::Auditor | Role::Admin if self.subject.is_none() => return Ok(()),
            Role::Auditor | Role::Admin => {
                let why = "auditor and admin keys speak for themselves: leave --subject out";
                return Err(Failure(why.into()));
            }
        };
        let subject = self
            .subject
            .ok_or_else(|| Failure(format!("--subject is needed: which {what}?")))?;
        match ledger.registered(program, register, subject).await? {
            Some(_) => Ok(()),
            None => Err(Failure(format!("no {what} {subject} in this programme"))),
        }
    }
}
