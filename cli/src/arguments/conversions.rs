//! What can be typed about conversions.

use clap::{Args, Subcommand};
use referrals::value::{EventId, Money, SourceName};

use super::Hand;

/// What is done with conversions.
#[derive(Debug, Subcommand)]
pub(crate) enum ConversionJob {
    /// Shows a conversion with its refunds, and what hands did.
    Show(OfConversion),
    /// Records that a conversion never was: what it earned is taken back.
    Void {
        #[command(flatten)]
        of: OfConversion,
        #[command(flatten)]
        hand: Hand,
    },
    /// Records that a voided conversion was after all.
    Restore {
        #[command(flatten)]
        of: OfConversion,
        #[command(flatten)]
        hand: Hand,
    },
    /// Gives a conversion new amounts.
    Correct {
        #[command(flatten)]
        of: OfConversion,
        /// The correction's own id.
        correction: EventId,
        /// What was paid, tax and shipping included: `120.00 EUR`.
        total: Money,
        /// The tax in it.
        #[arg(long)]
        tax: Option<Money>,
        /// The shipping in it.
        #[arg(long)]
        shipping: Option<Money>,
        #[command(flatten)]
        hand: Hand,
    },
    /// Records a refund.
    Refund {
        #[command(flatten)]
        of: OfConversion,
        /// The refund's own id.
        refund: EventId,
        /// How much: `5.00 EUR`.
        amount: Money,
        /// The amount is that of all refunds so far.
        #[arg(long)]
        cumulative: bool,
        #[command(flatten)]
        hand: Hand,
    },
    /// Takes a refund back: the money did not leave.
    CancelRefund {
        #[command(flatten)]
        of: OfConversion,
        /// The refund's own id.
        refund: EventId,
        #[command(flatten)]
        hand: Hand,
    },
}

/// A conversion by its id.
#[derive(Clone, Debug, Args)]
pub(crate) struct OfConversion {
    /// Where it came from.
    pub(crate) source: SourceName,
    /// Its id there, or a further id of it.
    pub(crate) event: EventId,
}
