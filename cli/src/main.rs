//! `referrals`, the command line: what an operator does with a store that a backend writes to.
//!
//! It holds no referral logic: it opens the store by the front door, asks or commands, and shows the answer.

mod arguments;
mod campaigns;
mod chart;
mod failure;
mod keys;
mod metrics;
mod page;
mod rewards;
mod show;
mod store;
mod telling;
mod upload;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use arguments::{Arguments, Job};
use failure::Failure;
use telling::Telling;

fn run(arguments: &Arguments) -> Result<Telling, Failure> {
    let open = || store::open(&arguments.store);
    match &arguments.job {
        Job::Campaign { job } => campaigns::run(job, &open),
        Job::Rewards { job } => rewards::run(job, &open),
        Job::Upload(job) => upload::run(job, &open()?),
        Job::Settle => store::settle(&open()?),
        Job::Audit => store::audit(&open()?),
        Job::Metrics(job) => metrics::run(job, &open()?),
        Job::Leaderboard(job) => show::leaderboard(job, &open()?),
        Job::Explain { what } => show::explain(what, &open()?),
        Job::Keyring { file } => keys::make(file),
        Job::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "referrals", &mut script);
            Ok(Telling::text(String::from_utf8_lossy(&script).into_owned()))
        }
    }
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(telling) => telling.print(arguments.json),
        Err(failure) => failure.print(arguments.json),
    }
}
