//! What can be typed about referrals.

use clap::{Args, Subcommand};
use referrals::record::{MarkKind, Moderation};
use referrals::value::CampaignSlug;

use super::{Hand, one_of};

/// What is done with referrals.
#[derive(Debug, Subcommand)]
pub(crate) enum ReferralJob {
    /// Shows a referral with its orders, its rewards, and what hands did.
    Show(OfReferral),
    /// Lists referrals, oldest first.
    List(ReferralList),
    /// Lists the referrals under review, oldest first: the review queue.
    Review {
        /// The campaign.
        campaign: CampaignSlug,
        /// How many at most.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Says what moderation found: `clear`, `flagged`, `denied`. Each may follow each.
    Moderate {
        #[command(flatten)]
        of: OfReferral,
        /// The finding.
        #[arg(value_parser = one_of::<Moderation, _>(Moderation::ALL.iter().map(|found| found.as_str())))]
        finding: Moderation,
        #[command(flatten)]
        hand: Hand,
    },
    /// Marks a referral: `qualified`, `not_qualified`, `lost`.
    Mark {
        #[command(flatten)]
        of: OfReferral,
        /// What the mark says.
        #[arg(value_parser = one_of::<MarkKind, _>(["qualified", "not_qualified", "lost"].into_iter()))]
        says: MarkKind,
        #[command(flatten)]
        hand: Hand,
    },
    /// Gives a referral to another referrer, who is enrolled.
    Reassign {
        #[command(flatten)]
        of: OfReferral,
        /// The referrer from now on, named as an invitee is.
        to: String,
        #[command(flatten)]
        hand: Hand,
    },
    /// Removes what a hand marked.
    RemoveMark {
        #[command(flatten)]
        of: OfReferral,
        #[command(flatten)]
        hand: Hand,
    },
}

/// A referral: an invitee in a campaign.
#[derive(Clone, Debug, Args)]
pub(crate) struct OfReferral {
    /// The campaign.
    pub(crate) campaign: CampaignSlug,
    /// The invitee: the host's id, or `email:ADDRESS`, `further:SOURCE:ID`, `id:UUID`, `code:CODE`, `link:URL`.
    pub(crate) invitee: String,
}

/// Which referrals.
#[derive(Debug, Args)]
pub(crate) struct ReferralList {
    /// The campaign.
    pub(crate) campaign: CampaignSlug,
    /// Those of which moderation says this.
    #[arg(long, value_parser = one_of::<Moderation, _>(Moderation::ALL.iter().map(|found| found.as_str())))]
    pub(crate) moderation: Option<Moderation>,
    /// How many at most.
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: usize,
}
