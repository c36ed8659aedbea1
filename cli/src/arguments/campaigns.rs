//! What can be typed about campaigns.

use std::path::PathBuf;

use clap::Subcommand;
use referrals::value::{CampaignSlug, Day};

use super::Hand;

/// What is done with campaigns.
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
    /// Shows a campaign with its definition.
    Show {
        /// The campaign.
        campaign: CampaignSlug,
        /// This version; by default the current one.
        #[arg(long)]
        version: Option<u32>,
    },
    /// Stops a campaign for a while: it takes no leads, and refuses rewards.
    Pause {
        /// The campaign.
        campaign: CampaignSlug,
        #[command(flatten)]
        hand: Hand,
    },
    /// Lets a paused campaign go on.
    Resume {
        /// The campaign.
        campaign: CampaignSlug,
        #[command(flatten)]
        hand: Hand,
    },
    /// States how many customers could refer from a day on: the participation rate is of them.
    Eligible {
        /// The campaign.
        campaign: CampaignSlug,
        /// How many.
        customers: u64,
        /// From which day on; by default today.
        #[arg(long, value_name = "DAY")]
        day: Option<Day>,
        #[command(flatten)]
        hand: Hand,
    },
    /// Ends a campaign.
    End {
        /// The campaign.
        campaign: CampaignSlug,
        #[command(flatten)]
        hand: Hand,
    },
}
