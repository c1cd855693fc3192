//! `jifen login`: invite staff and clerks to choose what they log in with.

use std::process::ExitCode;

use ledger::Ledger;
use ledger::community::Role;
use ledger::views::Register;
use uuid::Uuid;

use super::program::{open_with, operator};
use super::{Failure, choose, personal};
use crate::auth::{Kind, Token};
use crate::config::{self, Database, MasterKeys};

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Invite a staff member or clerk to choose a password and a second factor; prints the invitation, once. The same for who forgot theirs
    Invite(Invite),
}

#[derive(clap::Args)]
struct Invite {
    #[command(flatten)]
    database: Database,
    #[command(flatten)]
    keys: MasterKeys,
    #[command(flatten)]
    program: config::Program,
    /// The staff member's or clerk's id
    #[arg(value_name = "ID")]
    subject: Uuid,
    /// By what name they log in: 2 to 64 letters, digits and . - _ @
    #[arg(long)]
    handle: String,
}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        let Action::Invite(invite) = self.action;
        let keyring = personal::read(&invite.keys)?;
        let ledger = open_with(&invite.database, keyring).await?;
        let invited = invite.run(&ledger).await;
        ledger.close().await;
        println!("{}", invited?);
        Ok(ExitCode::SUCCESS)
    }
}

impl Invite {
    async fn run(&self, ledger: &Ledger) -> Result<String, Failure> {
        let program = choose::one(ledger, &self.program).await?;
        let subject = self.subject;
        let staff = ledger.registered(program.id, Register::Staff, subject);
        let clerk = ledger.registered(program.id, Register::Clerks, subject);
        let role = match (staff.await?, clerk.await?) {
            (Some(_), _) => Role::Staff,
            (None, Some(_)) => Role::Merchant,
            (None, None) => {
                let why = format!("no staff member or clerk {subject} in {}", program.code);
                return Err(Failure(why));
            }
        };
        let token = Token::new(Kind::Invitation, program.id);
        let request = operator(program.id);
        let whom = (role, subject);
        let invited = ledger
            .invite(&request, whom, &self.handle, &token.hash())
            .await?;
        eprintln!(
            "{} may choose what to log in with until {}; hand this over in person",
            invited.handle, invited.ends_at
        );
        Ok(token.text())
    }
}
