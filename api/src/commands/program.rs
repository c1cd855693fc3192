//! `jifen program`: make and list programmes.

use std::process::ExitCode;
use std::sync::Arc;

use ledger::community::personal::Keyring;
use ledger::community::{Actor, Origin, Program, Registration, Role};
use ledger::ids::{ActorId, ProgramId, derived};
use ledger::machine::Command;
use ledger::{Ledger, Options, Request};

use super::Failure;
use crate::config::Database;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(clap::Subcommand)]
enum Action {
    /// Make a programme: one district's points, apart from all others; prints its id
    Create(Create),
    /// List the programmes of the database: code, name, zone and id
    List(List),
}

#[derive(clap::Args)]
struct Create {
    #[command(flatten)]
    database: Database,
    /// Short name in paths, such as `yuhong`: small letters, digits and hyphens
    #[arg(long, value_name = "CODE")]
    code: String,
    /// Its name for people
    #[arg(long)]
    name: String,
    /// IANA time zone of its pages and days
    #[arg(long, default_value = "Asia/Shanghai")]
    zone: String,
}

#[derive(clap::Args)]
struct List {
    #[command(flatten)]
    database: Database,
}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        match self.action {
            Action::Create(create) => create.run().await?,
            Action::List(list) => list.run().await?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Create {
    async fn run(self) -> Result<(), Failure> {
        if !is_code(&self.code) {
            let why = "a code has 1 to 64 small letters, digits and hyphens";
            return Err(Failure(why.into()));
        }
        jiff::tz::TimeZone::get(&self.zone)?;
        let ledger = open(&self.database).await?;
        let id = ProgramId::new(ledger.clock().now());
        let program = Program {
            id,
            code: self.code,
            name: self.name,
            zone: self.zone,
        };
        let command = Command::Register(Registration::Program(program));
        let answer = ledger.execute(&operator(id), command).await;
        ledger.close().await;
        answer?;
        println!("{id}");
        Ok(())
    }
}

impl List {
    async fn run(self) -> Result<(), Failure> {
        let ledger = open(&self.database).await?;
        for Program {
            id,
            code,
            name,
            zone,
        } in ledger.programs().await?
        {
            println!("{code}\t{name}\t{zone}\t{id}");
        }
        ledger.close().await;
        Ok(())
    }
}

fn is_code(code: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=64).contains(&code.len()) && code.bytes().all(plain)
}

/// The ledger, for a command.
pub(super) async fn open(database: &Database) -> Result<Ledger, Failure> {
    open_with(database, None).await
}

/// The same with what opens what is held about people.
pub(super) async fn open_with(
    database: &Database,
    keyring: Option<Arc<Keyring>>,
) -> Result<Ledger, Failure> {
    let options = Options {
        readers: database.readers,
        keyring,
        ..Options::default()
    };
    let hint = "if the database is new, run `jifen migrate` with the same --database-url first";
    Ledger::open(&database.database_url, options)
        .await
        .map_err(|error| Failure(format!("{error}\n{hint}")))
}

/// Whoever sits at the console of the server.
pub(super) fn operator(program: ProgramId) -> Request {
    Request {
        program,
        actor: Actor {
            id: ActorId(derived(&[b"operator"])),
            role: Role::Admin,
            member: None,
            store: None,
            node: None,
        },
        origin: Origin::default(),
        key: None,
    }
}
