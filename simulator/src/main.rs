//! The simulator's command line.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use referral_core::store::MemoryStore;
use simulator::ci::{Summary, many};
use simulator::coverage::UNREACHABLE;
use simulator::run::{Plan, run};

/// Runs the referral engine from seeds against faults, races and cheating people.
#[derive(Parser)]
#[command(name = "simulator", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// One seed, to look at.
    Run {
        /// The seed.
        #[arg(long)]
        seed: u64,
        /// How many commands.
        #[arg(long, default_value_t = 1_000)]
        commands: u64,
    },
    /// What every change must pass.
    Ci {
        /// How many commands in all.
        #[arg(long, default_value_t = 200_000)]
        commands: u64,
        /// How many commands a run has.
        #[arg(long, default_value_t = 1_000)]
        each: u64,
        /// The first seed.
        #[arg(long, default_value_t = 1)]
        first: u64,
    },
}

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    match command {
        Command::Run { seed, commands } => {
            let done = run(Plan { seed, commands }, MemoryStore::new());
            println!("{}", done.coverage);
            done.failures.iter().for_each(|failure| println!("FAILED: {failure}"));
            ExitCode::from(u8::from(!done.failures.is_empty()))
        }
        Command::Ci { commands, each, first } => report(&many(first, commands, each)),
    }
}

fn report(summary: &Summary) -> ExitCode {
    println!("{}", summary.coverage);
    let missing = summary.coverage.missing();
    summary.failures.iter().take(40).for_each(|(seed, failure)| println!("FAILED: seed {seed}: {failure}"));
    missing.iter().for_each(|missing| println!("MISSING: {missing}"));
    for (reason, why) in UNREACHABLE {
        println!("not reachable: reason `{reason}`: {why}");
    }
    let (commands, runs, failed) = (summary.coverage.total(), summary.runs, summary.failures.len());
    println!("simulator: {commands} commands in {runs} runs, each twice; {failed} failures, {} missing", missing.len());
    ExitCode::from(u8::from(failed > 0 || !missing.is_empty()))
}
