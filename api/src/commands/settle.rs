//! `jifen settle`: freezes the next statement of every store that has something to settle.

use std::process::ExitCode;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use ledger::Ledger;
use ledger::Request;
use ledger::WriteError;
use ledger::ids::{FunderId, StoreId};
use ledger::machine::{Outcome, Rejection, SettlementRejection};
use ledger::points::{Points, Rate, Rounding};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::program::{open, operator};
use super::{Failure, choose};
use crate::config;
use crate::settling::{freeze_page, unsettled};

/// How many stores are frozen at once.
const PAGE: i64 = 100;

#[derive(clap::Args)]
#[command(
    after_help = "Each store is settled by itself, so one that is turned down does not hold up the others, and the command may be cut off\n\
    and run again: what is frozen stays frozen, and only what came since is frozen next.\n\
    Exit code: 0 every store with something to settle has its statement, 1 one of them has not."
)]
pub struct Args {
    #[command(flatten)]
    database: config::Database,
    #[command(flatten)]
    program: config::Program,
    /// Who pays for what was redeemed without an offer
    #[arg(long, value_name = "ID", requires = "rate")]
    funder: Option<Uuid>,
    /// At how many fen a point, such as 85.5
    #[arg(long, value_name = "FEN", requires = "funder")]
    rate: Option<Decimal>,
}

/// What came of a programme's stores.
#[derive(Default)]
pub(super) struct Settled {
    /// How many statements were frozen.
    pub statements: u64,
    /// What they come to.
    pub points: Points,
    /// In yuan.
    pub amount: Points,
    /// Stores whose points or money come to nothing yet: they wait.
    pub waiting: u64,
    /// Stores that were turned down, and why.
    pub refused: Vec<(StoreId, String)>,
}

impl Args {
    pub async fn run(self) -> Result<ExitCode, Failure> {
        let ledger = open(&self.database).await?;
        let program = choose::one(&ledger, &self.program).await?;
        let rate = self.rate.map(|fen| Rate::new(fen, Rounding::HalfUp));
        let named = (self.funder.map(FunderId), rate);
        let settled = settle(&ledger, &operator(program.id), named).await;
        ledger.close().await;
        let settled = settled?;
        println!(
            "{} statements of {} points, {} yuan; {} stores wait for the next",
            settled.statements, settled.points, settled.amount, settled.waiting
        );
        for (store, why) in &settled.refused {
            println!("store {store}: {why}");
        }
        Ok(match settled.refused.is_empty() {
            true => ExitCode::SUCCESS,
            false => ExitCode::FAILURE,
        })
    }
}

/// With a bar on standard error where that is a terminal.
pub(super) async fn settle(
    ledger: &Ledger,
    request: &Request,
    named: (Option<FunderId>, Option<Rate>),
) -> Result<Settled, Failure> {
    let style = ProgressStyle::with_template("freezing [{bar:24}] {pos}/{len} stores {wide_msg}")?;
    let bar = ProgressBar::new(unsettled(ledger, request.program).await?).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    let mut settled = Settled::default();
    let mut after = StoreId(Uuid::nil());
    loop {
        let page = freeze_page(ledger, request, named, after, PAGE).await?;
        for (store, outcome) in page.stores {
            match outcome.map(|receipt| receipt.outcome) {
                Ok(Outcome::Statement(statement)) => {
                    settled.statements += 1;
                    settled.points = settled.points.plus(statement.points)?;
                    settled.amount = settled.amount.plus(statement.amount)?;
                }
                Err(WriteError::Rejected(Rejection::Settlement(
                    SettlementRejection::NothingToSettle { .. },
                ))) => settled.waiting += 1,
                Ok(other) => settled.refused.push((store, format!("{other:?}"))),
                Err(error) => settled.refused.push((store, error.to_string())),
            }
            bar.inc(1);
        }
        bar.set_message(format!("{} yuan", settled.amount));
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    bar.finish_and_clear();
    Ok(settled)
}
