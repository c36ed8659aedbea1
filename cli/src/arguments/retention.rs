//! What can be typed about how long records are kept.

use clap::{Args, Subcommand};

/// What is done about how long records are kept.
#[derive(Debug, Subcommand)]
pub(crate) enum RetentionJob {
    /// Shows how long records of each kind are kept, and how far `settle` removed what is older.
    Show,
    /// Sets how long they are kept. What is not said stays as it was.
    Set(Kept),
}

/// How long records are kept.
#[derive(Clone, Copy, Debug, Args)]
#[group(required = true, multiple = true)]
pub(crate) struct Kept {
    /// Receipts of commands, in days; a command whose key is older is refused.
    #[arg(long, value_name = "DAYS")]
    pub(crate) receipt_days: Option<u32>,
    /// Counted clicks and views, and the visitors behind them, in days.
    #[arg(long, value_name = "DAYS")]
    pub(crate) touch_days: Option<u32>,
    /// Clicks and views of robots, previews and duplicates, in days: at most as long as those that count.
    #[arg(long, value_name = "DAYS")]
    pub(crate) uncounted_days: Option<u32>,
    /// Letters, in days.
    #[arg(long, value_name = "DAYS")]
    pub(crate) letter_days: Option<u32>,
    /// How many letters may be kept at once.
    #[arg(long, value_name = "NUMBER")]
    pub(crate) most_letters: Option<u32>,
}
