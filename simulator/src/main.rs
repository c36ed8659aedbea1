//! The simulator's command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use referral_core::store::MemoryStore;
use simulator::ci::{Amount, Summary, all};
use simulator::coverage::UNREACHABLE;
use simulator::order;
use simulator::report::markdown;
use simulator::run::{Plan, run};
use simulator::sweep::sweep;

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
        /// Check everything after each store call, until something does not hold.
        #[arg(long)]
        watched: bool,
    },
    /// The sweep of one seed, to look at.
    Sweep {
        /// The seed.
        #[arg(long)]
        seed: u64,
        /// How many commands.
        #[arg(long, default_value_t = 150)]
        commands: u64,
    },
    /// The orders of one seed, to look at.
    Order {
        /// The seed.
        #[arg(long)]
        seed: u64,
    },
    /// What every change must pass.
    Ci {
        /// How many commands in all.
        #[arg(long, default_value_t = 200_000)]
        commands: u64,
        #[command(flatten)]
        more: More,
    },
    /// What an evening is for.
    Deep {
        /// How many commands in all.
        #[arg(long, default_value_t = 1_000_000_000)]
        commands: u64,
        #[command(flatten)]
        more: More,
    },
}

#[derive(Args)]
struct More {
    /// How many commands a run has.
    #[arg(long, default_value_t = 1_000)]
    each: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    first: u64,
    /// Where to write what was done and found, as Markdown.
    #[arg(long)]
    report: Option<PathBuf>,
    /// The day that the report names.
    #[arg(long)]
    date: Option<String>,
}

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    match command {
        Command::Run { seed, commands, watched } => {
            let done = run(Plan { seed, commands, watched }, MemoryStore::new());
            println!("{}", done.coverage);
            tell(&done.failures)
        }
        Command::Sweep { seed, commands } => {
            let swept = sweep(seed, commands);
            println!("{} cases", swept.total());
            swept.cases.iter().for_each(|((name, fault), count)| println!("{name:<24} {:<14} {count}", fault.name()));
            tell(&swept.failures)
        }
        Command::Order { seed } => tell(&order::compare(seed).err().into_iter().collect::<Vec<_>>()),
        Command::Ci { commands, more } => finish(commands, 20, 400, &more),
        Command::Deep { commands, more } => finish(commands, 4_000, 40_000, &more),
    }
}

fn tell(failures: &[String]) -> ExitCode {
    failures.iter().take(40).for_each(|failure| println!("FAILED: {failure}"));
    ExitCode::from(u8::from(!failures.is_empty()))
}

fn finish(commands: u64, sweeps: u64, orders: u64, more: &More) -> ExitCode {
    let amount = Amount { commands, each: more.each, first: more.first, sweeps, orders };
    let summary = all(&amount);
    if let Some(path) = &more.report
        && let Err(error) = std::fs::write(path, markdown(&summary, more.date.as_deref()))
    {
        eprintln!("simulator: the report cannot be written: {error}");
        return ExitCode::FAILURE;
    }
    conclude(&summary)
}

fn conclude(summary: &Summary) -> ExitCode {
    println!("{}", summary.coverage);
    let (failed, missing) = (tell(&summary.failures), summary.missing());
    missing.iter().for_each(|missing| println!("MISSING: {missing}"));
    for (reason, why) in UNREACHABLE {
        println!("not reachable: reason `{reason}`: {why}");
    }
    println!(
        "simulator: {} commands in {} runs, each twice; {} invariants checked over a whole store; {} swept cases; {} \
         referrals in {} orders; {} failures, {} missing",
        summary.coverage.total(),
        summary.runs,
        summary.checks,
        summary.swept.total(),
        summary.orders,
        1 + order::ORDERS,
        summary.failures.len(),
        missing.len()
    );
    if missing.is_empty() { failed } else { ExitCode::FAILURE }
}
