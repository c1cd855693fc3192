//! `jifen`: the server and the operator's commands over the ledger.

mod auth;
mod calendar;
mod commands;
mod config;
mod consent;
mod datum;
mod demo;
mod edge;
mod evidence;
mod extract;
mod held;
mod http;
mod jobs;
mod meter;
mod middleware;
mod open311;
mod ordering;
mod outside;
mod patrolling;
mod payments;
mod photo;
mod problem;
mod records;
mod registering;
mod reports;
mod routes;
mod settling;
mod sheet;
mod state;
mod streams;
mod web;
mod workbook;

use clap::Parser;

/// Most of what a request needs is freed on another thread than took it, and SQLite takes pages all the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
#[command(
    name = "jifen",
    version,
    about = "A points-for-services ledger for districts (积分)"
)]
struct Cli {
    #[command(subcommand)]
    command: commands::Command,
}

fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(cli.command.run()),
        Err(error) => Err(commands::Failure::from(error)),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("jifen: {failure}");
            std::process::ExitCode::FAILURE
        }
    }
}
