//! What can be typed about what came of it, and why.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use referrals::record::{Dimension, Metric};
use referrals::report::{TouchDimension, TouchSpread};
use referrals::value::{CampaignSlug, CommandKey, Day, Language, Money, Month};

use super::one_of;

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
    /// By what: one of those that the campaign names under `leaderboard`. `revenue`, `granted` and `issued` need `--unit`.
    #[arg(long, default_value = "qualified")]
    pub(crate) metric: Metric,
    /// The currency or unit, for a metric that has one.
    #[arg(long, default_value = "")]
    pub(crate) unit: String,
    /// In one calendar month: `2026-05`.
    #[arg(long)]
    pub(crate) month: Option<Month>,
    /// On one day: `2026-05-01`.
    #[arg(long, conflicts_with = "month")]
    pub(crate) day: Option<Day>,
    /// In the week in which this day lies, from Monday on.
    #[arg(long, value_name = "DAY", conflicts_with_all = ["month", "day"])]
    pub(crate) week: Option<Day>,
    /// From this day on; at most 92 days.
    #[arg(long, value_name = "DAY", requires = "until", conflicts_with_all = ["month", "day", "week"])]
    pub(crate) from: Option<Day>,
    /// The first day behind the last.
    #[arg(long, value_name = "DAY", requires = "from")]
    pub(crate) until: Option<Day>,
    /// Those around this person: the host's id, or `email:ADDRESS`, `further:SOURCE:ID`, or `id:UUID`.
    #[arg(long, value_name = "PERSON")]
    pub(crate) around: Option<String>,
    /// Name people as they chose to be shown.
    #[arg(long)]
    pub(crate) names: bool,
    /// How many places.
    #[arg(long, default_value_t = 10)]
    pub(crate) limit: u32,
}

/// Tells which share each touch has in the referrals of some days, and not the one that decided alone.
#[derive(Debug, Args)]
pub(crate) struct Touches {
    /// The campaign.
    pub(crate) campaign: CampaignSlug,
    /// How shares are spread: `linear`, `position` (40, 20, 40 %), `decay` (half for each seven days).
    #[arg(long, default_value = "linear", value_parser = super::one_of::<TouchSpread, _>(TouchSpread::ALL.iter().map(|model| model.as_str())))]
    pub(crate) model: TouchSpread,
    /// By what: `channel`, `campaign`, `link`, `referrer`, `utm_source`, `utm_medium`, `utm_campaign`.
    #[arg(long, default_value = "channel", value_parser = super::one_of::<TouchDimension, _>(TouchDimension::ALL.iter().map(|by| by.as_str())))]
    pub(crate) by: TouchDimension,
    /// The first day on which a lead counts; by default 30 days before the end.
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<Day>,
    /// The first day behind the last; by default tomorrow.
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Option<Day>,
}

/// What is compared.
#[derive(Debug, Args)]
pub(crate) struct Motivators {
    /// The campaign.
    pub(crate) campaign: CampaignSlug,
    /// What to compare: versions, channels, values of `utm_campaign` or another dimension that the campaign declares.
    #[arg(long, default_value = "version", value_parser = one_of::<Dimension, _>(Dimension::ALL.iter().map(|by| by.as_str())))]
    pub(crate) by: Dimension,
    /// The first day; by default 30 days before the end.
    #[arg(long, value_name = "DAY")]
    pub(crate) from: Option<Day>,
    /// The first day behind the last; by default tomorrow.
    #[arg(long, value_name = "DAY")]
    pub(crate) until: Option<Day>,
}

/// What a friend sees.
#[derive(Debug, Args)]
pub(crate) struct Landing {
    /// The link, its token, or the code.
    pub(crate) link: String,
    /// The campaign of a code.
    #[arg(long, value_name = "CAMPAIGN")]
    pub(crate) campaign: Option<CampaignSlug>,
    /// The language of the words; by default the campaign's.
    #[arg(long, value_name = "TAG")]
    pub(crate) language: Option<Language>,
    /// What the friend is about to pay: `50 EUR`.
    #[arg(long, value_name = "AMOUNT")]
    pub(crate) total: Option<Money>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// A referral: what made it, what moved it.
    Referral {
        /// The campaign.
        campaign: CampaignSlug,
        /// The invitee: the host's id, or `email:ADDRESS`, `further:SOURCE:ID`, or `id:UUID`.
        invitee: String,
        /// Write it as a picture too: what happened, on a line of time.
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
        /// Replace a file that is there.
        #[arg(long)]
        replace: bool,
    },
    /// A reward: what granted it, what changed it.
    Reward {
        /// Its key, as `rewards due` prints it, or `order:SOURCE/EVENT`.
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
