//! `referrals`, the command line: what an operator does with a store that a backend writes to.
//!
//! It holds no referral logic: it opens the store by the front door, asks or commands, and shows the answer.

mod archive;
mod arguments;
mod campaigns;
mod chart;
mod conversion;
mod deliveries;
mod failure;
mod files;
mod find;
mod grants;
mod graph;
mod hand;
mod identity;
mod keys;
mod landing;
mod letters;
mod metrics;
mod motivators;
mod named;
mod near;
mod notices;
mod page;
mod people;
mod person;
mod referral;
mod restore;
mod retention;
mod reward_keys;
mod rewards;
mod show;
mod store;
mod telling;
mod touches;
mod upload;

use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use arguments::{Arguments, Job, PersonJob};
use failure::Failure;
use telling::Telling;

fn run(arguments: &Arguments) -> Result<Telling, Failure> {
    let place = &arguments.store;
    let open = || store::open(place);
    match &arguments.job {
        Job::Campaign { job } => campaigns::run(job, place),
        Job::Rewards { job } => rewards::run(job, &open),
        Job::Referral { job } => referral::run(job, &open),
        Job::Conversion { job } => conversion::run(job, &open),
        Job::Upload(job) => upload::run(job, &open()?),
        Job::Settle => store::settle(&open()?),
        Job::Retention { job } => retention::run(job, &open()?),
        Job::Audit => store::audit(&store::at_this_moment(place)?),
        Job::Export(job) => archive::run(job, place, arguments.json),
        Job::Restore(job) => restore::run(job, place),
        Job::Person { job } => people::run(job, &open),
        Job::Deliveries(job) => deliveries::list(job, &open()?),
        Job::Redeliver(job) => deliveries::again(job, &open()?),
        Job::Letters { job } => letters::run(job, &open),
        Job::Metrics(job) => metrics::run(job, &open()?),
        Job::Motivators(job) => motivators::run(job, &open()?),
        Job::Leaderboard(job) => show::leaderboard(job, &open()?),
        Job::Graph(job) => graph::run(job, &store::at_this_moment(place)?),
        Job::Landing(job) => landing::show(job, &open()?),
        Job::Touches(job) => touches::run(job, &open()?),
        Job::Explain { what } => show::explain(what, &open()?),
        Job::Subscribe(job) => notices::subscribe(job, &open()?),
        Job::Subscribers => notices::subscribers(&open()?),
        Job::Relay(job) => notices::relay(job, &open()?),
        Job::Tenants => store::tenants(place),
        Job::Keyring { file } => keys::make(file),
        Job::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "referrals", &mut script);
            Ok(Telling::text(String::from_utf8_lossy(&script).into_owned()))
        }
    }
}

/// A mistake on the command line as a document, if that is how it was asked; help and versions stay as they are.
fn mistyped(error: &clap::Error) -> ExitCode {
    let as_json = std::env::args_os().any(|argument| argument == "--json");
    if !error.use_stderr() || !as_json {
        // Nobody may be there to read it.
        let _ = error.print();
        return ExitCode::from(if error.use_stderr() { failure::USAGE } else { 0 });
    }
    let text = error.render().to_string();
    let message = text.split("\n\n").next().unwrap_or_default();
    let tip = text.lines().find_map(|line| line.trim_start().strip_prefix("tip: "));
    let help = tip.unwrap_or("`--help` tells what can be said");
    Failure::usage(message.strip_prefix("error: ").unwrap_or(message)).help(help).print(true)
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return mistyped(&error),
    };
    let told = match (arguments.people, &arguments.job) {
        // What is held on one person goes to that person.
        (true, Job::Person { job: PersonJob::Export { .. } }) => {
            Err(Failure::usage("what is held on a person names nobody else: `--people` is for other answers"))
        }
        (true, _) => run(&arguments).and_then(|telling| named::people(telling, &arguments.store)),
        (false, _) => run(&arguments),
    };
    let told = told.map_err(|failure| campaigns::suggested(failure, &arguments.store));
    match told {
        Ok(telling) => telling.print(arguments.json),
        Err(failure) => failure.print(arguments.json),
    }
}
