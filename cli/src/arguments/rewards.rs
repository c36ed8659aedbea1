//! What can be typed about rewards.

use clap::builder::TypedValueParser;
use clap::{Args, Subcommand};
use referrals::command::Reason;
use referrals::record::RewardState;
use referrals::value::{CampaignSlug, EventId, Span, Timestamp};

use super::{Hand, one_of};

/// What is done with rewards.
#[derive(Debug, Subcommand)]
pub(crate) enum RewardJob {
    /// Lists the rewards that are to be handed over, oldest first.
    Due {
        /// The campaign.
        campaign: CampaignSlug,
        /// Those in one state: `pending`, `issued`, … By default all of which something is due.
        #[arg(long, value_parser = one_of::<RewardState, _>(RewardState::ALL.iter().map(|state| state.as_str())))]
        state: Option<RewardState>,
        /// How many at most.
        #[arg(long, default_value_t = 1_000)]
        limit: usize,
    },
    /// Marks rewards as handed over. One that was already is told so, and left as it is.
    Issue {
        /// The reward: its key, as `rewards due` prints it, or `order:SOURCE/EVENT`, with its rule `order:SOURCE/EVENT#RULE`.
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
        #[command(flatten)]
        hand: Hand,
    },
    /// Shows a reward, and what hands did with it.
    Show {
        /// Its key, as `rewards due` prints it, or `order:SOURCE/EVENT`.
        reward: String,
    },
    /// Approves rewards that wait for it.
    Approve(Moved),
    /// Begins to hand rewards over: fixes what is payable, and what of it pays debts.
    Begin(Moved),
    /// Tells that handing over failed.
    Fail(Taken),
    /// Tells that the transfer came back: its amount is payable again.
    Return(Taken),
    /// Takes rewards back that were not handed over.
    Cancel(Taken),
    /// Takes rewards back that were handed over: the beneficiary owes them.
    Reverse(Taken),
    /// Lists what was refused for a reason.
    Refused(RefusedOf),
    /// Grants what was refused: of these rewards, or of all that were refused for a reason.
    Grant {
        /// The rewards: their keys, as `rewards refused` prints them, or `order:SOURCE/EVENT`.
        #[arg(required_unless_present = "all_refused")]
        rewards: Vec<String>,
        /// All that was refused in this campaign, for the reason of `--because`.
        #[arg(long, value_name = "CAMPAIGN", conflicts_with = "rewards", requires = "because")]
        all_refused: Option<CampaignSlug>,
        /// Why it was refused.
        #[arg(long, requires = "all_refused", value_parser = refusals())]
        because: Option<Reason>,
        /// Refused at this time or later.
        #[arg(long, value_name = "TIME", requires = "all_refused")]
        from: Option<Timestamp>,
        /// Refused before this time.
        #[arg(long, value_name = "TIME", requires = "all_refused")]
        until: Option<Timestamp>,
        /// Whatever the limits say.
        #[arg(long)]
        beyond_limits: bool,
        /// Who does it, in your own words.
        #[arg(long, value_name = "WHO")]
        by: Option<String>,
        /// Why, in a few words without personal data.
        #[arg(long, value_name = "REASON")]
        why: String,
    },
    /// Gives a reward that no rule brought about.
    Give(Gift),
}

/// Which rewards.
#[derive(Debug, Args)]
pub(crate) struct Moved {
    /// The rewards: their keys, as `rewards due` prints them, or `order:SOURCE/EVENT`.
    #[arg(required = true)]
    pub(crate) rewards: Vec<String>,
    #[command(flatten)]
    pub(crate) hand: Hand,
}

/// Which rewards, and why: the reason is never left out.
#[derive(Debug, Args)]
pub(crate) struct Taken {
    /// The rewards: their keys, as `rewards due` prints them, or `order:SOURCE/EVENT`.
    #[arg(required = true)]
    pub(crate) rewards: Vec<String>,
    /// Who does it, in your own words.
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
    /// Why, in a few words without personal data.
    #[arg(long, value_name = "REASON")]
    pub(crate) why: String,
    /// When it happened; by default, and at the latest, now.
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
}

/// What was refused.
#[derive(Debug, Args)]
pub(crate) struct RefusedOf {
    /// The campaign.
    pub(crate) campaign: CampaignSlug,
    /// Why it was refused.
    #[arg(long, value_parser = refusals())]
    pub(crate) because: Reason,
    /// Refused at this time or later.
    #[arg(long, value_name = "TIME")]
    pub(crate) from: Option<Timestamp>,
    /// Refused before this time.
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Timestamp>,
    /// How many at most.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) limit: usize,
}

/// A reward of the host's own making.
#[derive(Debug, Args)]
pub(crate) struct Gift {
    /// The campaign.
    pub(crate) campaign: CampaignSlug,
    /// Who gets it: the host's id, or `email:ADDRESS`, `further:SOURCE:ID`, or `id:UUID`.
    pub(crate) person: String,
    /// Its own id, in your words: the same id is given once.
    pub(crate) id: EventId,
    /// How much: `5.00 EUR`, or `100 points`.
    pub(crate) amount: String,
    /// Whatever the limits say.
    #[arg(long)]
    pub(crate) beyond_limits: bool,
    /// How long it is held: `14 days`.
    #[arg(long, value_name = "SPAN")]
    pub(crate) hold: Option<Span>,
    /// How long after it is due it expires.
    #[arg(long, value_name = "SPAN")]
    pub(crate) expires: Option<Span>,
    /// Who does it, in your own words.
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
    /// Why, in a few words without personal data.
    #[arg(long, value_name = "REASON")]
    pub(crate) why: String,
}

/// The reasons for which rewards are refused.
fn refusals() -> impl TypedValueParser<Value = Reason> {
    let reasons = [Reason::LimitReached, Reason::CampaignPaused, Reason::BeneficiaryNotActive, Reason::ToldTooLate];
    one_of(reasons.into_iter().map(Reason::as_str))
}
