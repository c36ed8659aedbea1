//! What can be typed about letters.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use referrals::record::{LetterKey, LetterState};

use super::{Hand, one_of};

#[derive(Debug, Subcommand)]
pub(crate) enum LettersJob {
    /// Lists letters, the oldest first, each with what is wrong.
    List {
        /// Where they stand: `kept`, `replayed`, `dropped`.
        #[arg(long, default_value = "kept",
              value_parser = one_of::<LetterState, _>(LetterState::ALL.iter().map(|state| state.as_str())))]
        state: LetterState,
        /// How many at most.
        #[arg(long, default_value_t = 100)]
        limit: usize,
    },
    /// Shows a letter: what is wrong, and what became of it.
    Show {
        /// The letter, as `letters list` prints it.
        letter: LetterKey,
        /// Tell what the message says too. It may be about people.
        #[arg(long)]
        body: bool,
    },
    /// Replays letters with a table: what can be used now is recorded.
    Replay(Replay),
    /// Drops letters: what they say is removed.
    Drop {
        /// The letters, as `letters list` prints them.
        #[arg(required = true)]
        letters: Vec<LetterKey>,
        #[command(flatten)]
        hand: Hand,
    },
    /// Keeps a message that one of your own systems stored, to be replayed.
    Keep {
        /// The file with the body of the message.
        file: PathBuf,
        #[command(flatten)]
        table: TableOf,
        /// What is wrong, in a few words without personal data.
        #[arg(long, value_name = "REASON", default_value = "kept by hand")]
        why: String,
    },
}

/// Which table reads messages.
#[derive(Clone, Debug, Args)]
pub(crate) struct TableOf {
    /// `stripe`, `hubspot`, `intercom`, `zapier`, or the file of a table.
    #[arg(long = "table", value_name = "TABLE")]
    pub(crate) name: String,
    /// A constant of the table: `campaign=friends`; may be said more than once.
    #[arg(long = "set", value_name = "NAME=VALUE")]
    pub(crate) constants: Vec<String>,
}

/// Which letters are replayed, and how.
#[derive(Debug, Args)]
pub(crate) struct Replay {
    /// The letters, as `letters list` prints them.
    #[arg(required_unless_present = "all")]
    pub(crate) letters: Vec<LetterKey>,
    /// All that are kept of the table's source.
    #[arg(long, conflicts_with = "letters")]
    pub(crate) all: bool,
    #[command(flatten)]
    pub(crate) table: TableOf,
    /// Who does it, in your own words.
    #[arg(long, value_name = "WHO")]
    pub(crate) by: Option<String>,
    /// Why, in a few words without personal data.
    #[arg(long, value_name = "REASON")]
    pub(crate) why: Option<String>,
}
