//! A whole referral program in one run: `cargo run --release -p quickstart`.
//!
//! It reads what happened from a CSV, tells the library, and shows what came of it. Its clock is the CSV's, so every run
//! shows the same; a second run on the same file finds every answer there and changes nothing.

mod demo;
mod events;
mod fithub;
mod show;
mod weblog;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use referral_maxmind::Places;
use referrals::{KeyState, Keyring, Secret};

/// Runs a whole referral program on a database, from a CSV and a campaign definition.
#[derive(Debug, Parser)]
#[command(name = "quickstart", args_conflicts_with_subcommands = true)]
struct Arguments {
    /// The SQLite file to keep the program in; made if it is not there.
    #[arg(default_value = "quickstart.sqlite")]
    file: PathBuf,
    /// Where to keep the program instead: `memory:` or `sqlite:PATH`.
    #[arg(long, global = true)]
    db: Option<String>,
    /// Print one JSON document instead of tables.
    #[arg(long, global = true)]
    json: bool,
    #[command(subcommand)]
    command: Option<Job>,
}

#[derive(Debug, Subcommand)]
enum Job {
    /// Takes an access log in combined format as clicks: each path is a link, address and agent make the visitor.
    Weblog {
        /// The log.
        log: PathBuf,
        /// A database of places in MaxMind's format, such as GeoLite2-City: then clicks are told apart by country and city.
        #[arg(long, value_name = "FILE")]
        places: Option<PathBuf>,
    },
    /// Audits a gym chain's referral program: tells its history under its rules, and compares what was recorded.
    Fithub(fithub::Job),
}

/// Secrets belong into a vault. These are public, because everything in this example is.
fn keyring() -> referrals::Result<Keyring> {
    Keyring::builder()
        .link_key(1, Secret::new([11; 32]), KeyState::Active)
        .alias_key(Secret::new([22; 32]))
        .lookup_key(Secret::new([33; 32]))
        .build()
}

fn run(arguments: Arguments) -> Result<String, Box<dyn Error>> {
    let keyring = keyring()?;
    match arguments.command {
        Some(Job::Weblog { log, places }) => {
            let db = arguments.db.unwrap_or_else(|| "memory:".to_owned());
            let places = places.map(Places::open).transpose()?;
            let counted = weblog::run(&db, keyring, &log, places.as_ref())?;
            return Ok(if arguments.json { serde_json::to_string_pretty(&counted)? } else { counted.to_string() });
        }
        Some(Job::Fithub(job)) => {
            let audited = fithub::run(arguments.db.as_deref(), keyring, &job)?;
            return Ok(if arguments.json { serde_json::to_string_pretty(&audited)? } else { audited.to_string() });
        }
        None => {}
    }
    let db = arguments.db.unwrap_or_else(|| format!("sqlite:{}", arguments.file.display()));
    let summary = demo::run(&db, keyring)?;
    Ok(if arguments.json { serde_json::to_string_pretty(&summary)? } else { show::tables(&summary) })
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(text) => {
            println!("{}", text.trim_end());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
