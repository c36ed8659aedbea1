//! What can be typed about who is told what.

use clap::Args;
use referrals::record::{DeliveryState, NotificationKind};
use referrals::value::{NotificationId, SubscriberName};

use super::one_of;

/// Who is told what.
#[derive(Debug, Args)]
pub(crate) struct Subscribe {
    /// Who is told.
    pub(crate) subscriber: SubscriberName,
    /// Of what: `referral.qualified`, `reward.due`, …
    #[arg(required_unless_present = "nothing",
          value_parser = one_of::<NotificationKind, _>(NotificationKind::ALL.iter().map(|kind| kind.as_str())))]
    pub(crate) kinds: Vec<NotificationKind>,
    /// The subscriber writes mails: each notice holds what a mail needs.
    #[arg(long)]
    pub(crate) mail: bool,
    /// Nothing any more.
    #[arg(long, conflicts_with = "kinds")]
    pub(crate) nothing: bool,
}

/// What is handed over.
#[derive(Debug, Args)]
pub(crate) struct Relay {
    /// Who is told.
    pub(crate) subscriber: SubscriberName,
    /// How many at most.
    #[arg(long, default_value_t = 100)]
    pub(crate) limit: u32,
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
