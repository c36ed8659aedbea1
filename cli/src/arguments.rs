//! What can be typed.

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser as _};
use clap::{Args, Parser, Subcommand, ValueEnum};
use referrals::record::{DeliveryState, Dimension, Kind, Metric, RewardState};
use referrals::value::{CampaignSlug, CommandKey, Day, Month, NotificationId, SubscriberName, TenantId};

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
}

#[derive(Debug, Subcommand)]
pub(crate) enum Job {
    /// Checks, compares, defines and lists campaigns.
    Campaign {
        #[command(subcommand)]
        job: CampaignJob,
    },
    /// Lists what is owed, and marks what was handed over.
    Rewards {
        #[command(subcommand)]
        job: RewardJob,
    },
    /// Takes a CSV file in: people, conversions, qualifications, rewards handed over.
    Upload(Upload),
    /// Does what time brings: ends holds, lets leads and rewards expire.
    Settle,
    /// Counts what happened: as tables, as an SVG, or as an HTML page with charts.
    Metrics(Metrics),
    /// Ranks referrers.
    Leaderboard(Leaderboard),
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
    /// Tells what is held on a person, and erases it.
    Person {
        #[command(subcommand)]
        job: PersonJob,
    },
    /// Lists what was told to a subscriber, what waits and what failed, each with its last error.
    Deliveries(Deliveries),
    /// Has notifications delivered to a subscriber again.
    Redeliver(Redeliver),
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

#[derive(Debug, Subcommand)]
pub(crate) enum CampaignJob {
    /// Names every mistake in a definition, and what is odd in it. Needs no store.
    Check {
        /// The definition, in TOML or, if its name ends so, JSON.
        file: PathBuf,
    },
    /// Tells in words how one definition differs from another. Needs no store.
    Diff {
        /// The definition as it was.
        old: PathBuf,
        /// The definition as it is to be.
        new: PathBuf,
    },
    /// Defines a campaign, or adds a version to it.
    Define {
        /// The definition.
        file: PathBuf,
        /// Only tell what would change.
        #[arg(long)]
        dry_run: bool,
    },
    /// Lists the campaigns.
    List,
}

#[derive(Debug, Subcommand)]
pub(crate) enum RewardJob {
    /// Lists the rewards that are to be handed over, oldest first.
    Due {
        /// The campaign.
        campaign: CampaignSlug,
        /// Those in another state: `pending`, `issued`, …
        #[arg(long, default_value = "due")]
        state: RewardState,
        /// How many at most.
        #[arg(long, default_value_t = 1_000)]
        limit: usize,
    },
    /// Marks rewards as handed over. One that was already is told so, and left as it is.
    Issue {
        /// The reward's key, as `rewards due` prints it: `reward/1/thanks/…`.
        #[arg(required_unless_present = "all_due")]
        rewards: Vec<String>,
        /// All that is due in this campaign.
        #[arg(long, value_name = "CAMPAIGN", conflicts_with = "rewards")]
        all_due: Option<CampaignSlug>,
        /// Your reference of the handing over: the transfer, the voucher.
        #[arg(long)]
        reference: String,
        /// Only tell which ones.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Which file, and how it is to be read.
#[derive(Debug, Args)]
pub(crate) struct Upload {
    /// The file.
    pub(crate) file: PathBuf,
    /// What its rows are; with `--campaign` they are read as that campaign says.
    #[arg(long, conflicts_with = "mapping")]
    pub(crate) content: Option<Content>,
    /// How it is to be read, in TOML or, if its name ends so, JSON: columns, dates, decimals, source.
    #[arg(long, value_name = "FILE")]
    pub(crate) mapping: Option<PathBuf>,
    /// The campaign that it is for.
    #[arg(long)]
    pub(crate) campaign: Option<CampaignSlug>,
    /// Only tell what would become of each row.
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Write what became of each row, one JSON document a line.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    /// Replace the report that is there.
    #[arg(long, requires = "report")]
    pub(crate) replace: bool,
}

/// What rows are.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Content {
    /// People to enrol.
    Referrers,
    /// People who signed up, each with what names the referrer.
    Invitees,
    /// Purchases and other conversions.
    Conversions,
    /// Invitees to qualify by hand.
    Qualifications,
    /// Rewards that were handed over.
    Rewards,
}

impl From<Content> for referral_csv::Content {
    fn from(content: Content) -> Self {
        match content {
            Content::Referrers => Self::Referrers,
            Content::Invitees => Self::Invitees,
            Content::Conversions => Self::Conversions,
            Content::Qualifications => Self::Qualifications,
            Content::Rewards => Self::Rewards,
        }
    }
}

/// Which tables, where to, and in which form.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The folder, made if it is not there. `-` is standard output, for one table.
    pub(crate) folder: PathBuf,
    /// The form of the files.
    #[arg(long, default_value = "csv")]
    pub(crate) format: Form,
    /// This table alone; may be said more than once.
    #[arg(long, value_name = "TABLE", value_parser = table())]
    pub(crate) table: Vec<Kind>,
    /// Replace the export that is there.
    #[arg(long)]
    pub(crate) replace: bool,
}

/// Where an export is.
#[derive(Debug, Args)]
pub(crate) struct Restore {
    /// The folder.
    pub(crate) folder: PathBuf,
    /// The form of an export that has no `export.json`, because another program wrote it.
    #[arg(long)]
    pub(crate) format: Option<Form>,
}

/// The form of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// Comma-separated values, safe to open in a spreadsheet.
    Csv,
    /// JSON Lines: an object a line.
    Jsonl,
}

impl From<Form> for referral_csv::Format {
    fn from(form: Form) -> Self {
        match form {
            Form::Csv => Self::Csv,
            Form::Jsonl => Self::JsonLines,
        }
    }
}

/// A table by its name. Another name is answered with the ones that are near it.
fn table() -> impl clap::builder::TypedValueParser<Value = Kind> {
    let named = |name: String| Kind::ALL.iter().copied().find(|kind| kind.table().name == name);
    PossibleValuesParser::new(Kind::ALL.iter().map(|kind| kind.table().name))
        .try_map(move |name| named(name).ok_or("is no table"))
}

/// What is asked about a person.
#[derive(Debug, Subcommand)]
pub(crate) enum PersonJob {
    /// All that is held on a person, as JSON. It reads everything, as an audit does.
    Export {
        /// The host's id, or `email:ADDRESS`, or `id:UUID`. `-` reads it from standard input, so that no other user sees it.
        person: String,
        /// Write it to this file, readable by its owner alone.
        #[arg(long, value_name = "FILE")]
        to: Option<PathBuf>,
        /// Replace the file that is there.
        #[arg(long, requires = "to")]
        replace: bool,
    },
    /// Erases a person. What is counted stays, under an id that leads to nobody.
    Erase {
        /// The host's id, or `email:ADDRESS`, or `id:UUID`. `-` reads it from standard input, so that no other user sees it.
        person: String,
        /// Say that it is meant: what is erased cannot be brought back.
        #[arg(long, required_unless_present = "dry_run", conflicts_with = "dry_run")]
        yes: bool,
        /// Only tell what is held.
        #[arg(long)]
        dry_run: bool,
    },
}

/// Whose deliveries.
#[derive(Debug, Args)]
pub(crate) struct Deliveries {
    /// Who is told.
    pub(crate) subscriber: SubscriberName,
    /// In this state: `waiting`, `delivered`, `dead`; may be said more than once. By default those that did not arrive.
    #[arg(long, default_values = ["dead", "waiting"])]
    pub(crate) state: Vec<DeliveryState>,
    /// How many at most.
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: usize,
}

/// Which notifications, and to whom.
#[derive(Debug, Args)]
pub(crate) struct Redeliver {
    /// Who is told.
    pub(crate) subscriber: SubscriberName,
    /// The notifications, as `deliveries` prints them.
    #[arg(required_unless_present = "all_dead")]
    pub(crate) notifications: Vec<NotificationId>,
    /// All that ran out of attempts.
    #[arg(long, conflicts_with = "notifications")]
    pub(crate) all_dead: bool,
    /// Only tell which ones.
    #[arg(long)]
    pub(crate) dry_run: bool,
}

/// Which campaign, which days, in which form.
#[derive(Debug, Args)]
pub(crate) struct Metrics {
    /// The campaign.
    pub(crate) campaign: CampaignSlug,
    /// The first day; by default 30 days before the end.
    #[arg(long)]
    pub(crate) from: Option<Day>,
    /// The first day behind the last; by default tomorrow.
    #[arg(long)]
    pub(crate) until: Option<Day>,
    /// Break it down: `channel`, `country`, `version`.
    #[arg(long, value_name = "DIMENSION", default_value = "channel")]
    pub(crate) by: Vec<Dimension>,
    /// Write a page with charts and tables, which needs nothing but itself.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Write the chart of the days.
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// Replace files that are there.
    #[arg(long)]
    pub(crate) replace: bool,
}

/// Who is ranked by what.
#[derive(Debug, Args)]
pub(crate) struct Leaderboard {
    /// The campaign.
    pub(crate) campaign: CampaignSlug,
    /// By what: `qualified`, `leads`, `clicks`; or with `--unit`: `revenue`, `granted`.
    #[arg(long, default_value = "qualified")]
    pub(crate) metric: Metric,
    /// The currency or unit, for a metric that has one.
    #[arg(long, default_value = "")]
    pub(crate) unit: String,
    /// In one calendar month: `2026-05`.
    #[arg(long)]
    pub(crate) month: Option<Month>,
    /// How many places.
    #[arg(long, default_value_t = 10)]
    pub(crate) limit: u32,
}

#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// A referral: what made it, what moved it.
    Referral {
        /// The campaign.
        campaign: CampaignSlug,
        /// The invitee: the host's id, or `email:ADDRESS`, or `id:UUID`.
        invitee: String,
    },
    /// A reward: what granted it, what changed it.
    Reward {
        /// Its key, as `rewards due` prints it.
        reward: String,
    },
    /// A conversion, with its refunds.
    Conversion {
        /// Where it came from.
        source: String,
        /// Its id there.
        event: String,
    },
    /// A command, as long as its receipt is kept.
    Command {
        /// Its key.
        key: CommandKey,
    },
}
