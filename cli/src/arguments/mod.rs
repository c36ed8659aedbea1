//! What can be typed.

mod campaigns;
mod conversions;
mod files;
mod graph;
mod letters;
mod notices;
mod people;
mod referral;
mod reports;
mod retention;
mod rewards;

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use referrals::value::{TenantId, Timestamp};

pub(crate) use campaigns::CampaignJob;
pub(crate) use conversions::{ConversionJob, OfConversion};
pub(crate) use files::{Export, Restore, Upload};
pub(crate) use graph::{Form, Graph, GreatestBy, NameBy};
pub(crate) use letters::{LettersJob, Replay as ReplayLetters, TableOf};
pub(crate) use notices::{Deliveries, Redeliver, Relay, Subscribe};
pub(crate) use people::{Aliases, MailKinds, NewCode, NewLink, NewPerson, OfPerson, PersonJob, Profile, Withdrawn};
pub(crate) use referral::{OfReferral, ReferralJob};
pub(crate) use reports::{Landing, Leaderboard, Metrics, Motivators, Touches, What};
pub(crate) use retention::{Kept, RetentionJob};
pub(crate) use rewards::{Gift, Moved, RefusedOf, RewardJob, Taken};

/// Looks after a referral program: its campaigns, what is owed, what came of it, and why.
///
/// Secrets are never given on the command line: `--keyring` names a file, `--keyring-env` an environment variable.
#[derive(Debug, Parser)]
#[command(name = "referrals", version, after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) store: Store,
    /// Print one JSON document instead of tables, also of errors.
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Tell of each person whom an answer names the host's id, the email and the name too.
    #[arg(long, global = true)]
    pub(crate) people: bool,
    #[command(subcommand)]
    pub(crate) job: Job,
}

const EXIT_CODES: &str = "Exit codes: 0 done; 1 refused, failed, or what was looked for is wrong; 2 the command line itself is \
                          wrong, and nothing was tried.";

/// Where everything is kept, and the keys to it.
#[derive(Clone, Debug, Args)]
pub(crate) struct Store {
    /// The store: `sqlite:PATH` or `memory:`.
    #[arg(long, global = true, env = "REFERRALS_DB", hide_env_values = true, value_name = "URL")]
    pub(crate) db: Option<String>,
    /// Whose program it is, where many share a store.
    #[arg(long, global = true, env = "REFERRALS_TENANT", hide_env_values = true, value_name = "NAME", default_value_t)]
    pub(crate) tenant: TenantId,
    /// The file of the keyring, in TOML or JSON; by default what the environment variable `REFERRALS_KEYRING` names.
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "keyring_env")]
    pub(crate) keyring: Option<PathBuf>,
    /// The environment variable that holds the keyring, in TOML or JSON.
    #[arg(long, global = true, value_name = "NAME")]
    pub(crate) keyring_env: Option<String>,
    /// The time of the operation, for trials; by default now: `2026-05-01T09:30:00Z`.
    #[arg(long, global = true, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
}

/// Who does it and why: kept with what is done, and shown by `explain`.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Hand {
    /// Who does it, in your own words.
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
    /// Why, in a few words without personal data.
    #[arg(long, value_name = "REASON")]
    pub(crate) why: Option<String>,
    /// When it happened; by default, and at the latest, now.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
}

/// One of the names that there are. Another name is answered with the ones that are near it.
fn one_of<T, E>(names: impl Iterator<Item = &'static str>) -> impl TypedValueParser<Value = T>
where
    T: FromStr<Err = E> + Clone + Send + Sync + 'static,
    E: std::error::Error + Send + Sync + 'static,
{
    PossibleValuesParser::new(names).try_map(|name| name.parse::<T>())
}

#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// Checks, compares, defines, shows, pauses and ends campaigns.
    Campaign {
        #[command(subcommand)]
        job: CampaignJob,
    },
    /// Lists what is owed, hands it over, takes it back, grants and gives.
    Rewards {
        #[command(subcommand)]
        job: RewardJob,
    },
    /// Shows, marks and moderates referrals.
    Referral {
        #[command(subcommand)]
        job: ReferralJob,
    },
    /// Shows conversions, corrects and voids them, and records refunds.
    Conversion {
        #[command(subcommand)]
        job: ConversionJob,
    },
    /// Takes a CSV file in: people, conversions, refunds, voids, marks, moderation, rewards handed over.
    Upload(Upload),
    /// Does what time brings: ends holds, lets leads and rewards expire, removes what is older than it is kept.
    Settle,
    /// Shows and sets how long receipts, clicks, views and letters are kept.
    Retention {
        #[command(subcommand)]
        job: RetentionJob,
    },
    /// Counts what happened: as tables, as an SVG, or as an HTML page with charts.
    Metrics(Metrics),
    /// Compares motivators by how many of their leads qualify: versions, channels, values of UTM.
    Motivators(Motivators),
    /// Ranks referrers.
    Leaderboard(Leaderboard),
    /// Shows who referred whom over generations: as tables, as a picture, or for other programs.
    Graph(Graph),
    /// Shows what a friend sees who followed a link or typed a code.
    Landing(Landing),
    /// Tells which share each touch has in referrals, and not the one that decided alone.
    Touches(Touches),
    /// Tells why something is as it is.
    Explain {
        #[command(subcommand)]
        what: What,
    },
    /// Recomputes balances, totals and limits from the facts, and names every difference.
    Audit,
    /// Writes every table as CSV or JSON Lines.
    Export(Export),
    /// Reads an export back, into an empty store, and audits it.
    Restore(Restore),
    /// Finds and shows people, enrols them, makes links and codes, and tells or erases what is held on them.
    Person {
        #[command(subcommand)]
        job: PersonJob,
    },
    /// Lists what was told to a subscriber, what waits and what failed, each with its last error.
    Deliveries(Deliveries),
    /// Has notifications delivered to a subscriber again.
    Redeliver(Redeliver),
    /// Lists, shows, replays and drops messages of other systems that could not be used.
    Letters {
        #[command(subcommand)]
        job: LettersJob,
    },
    /// Says who is told what, from now on.
    Subscribe(Subscribe),
    /// Lists who is told what.
    Subscribers,
    /// Hands what is due to a subscriber over once: prints each notice as a line of JSON.
    Relay(Relay),
    /// Lists whose programs are in the store.
    Tenants,
    /// Makes a keyring of new secrets, readable by its owner alone.
    Keyring {
        /// The file; must not be there yet.
        file: PathBuf,
    },
    /// Prints the completions of a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}
