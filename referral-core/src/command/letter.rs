//! Commands on letters: messages of other systems that could not be used.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::any::{AnyCommand, Command};
use super::hidden::shown_or_hidden;
use super::outcome::{LetterKept, LetterStateSet};
use super::part::Who;
use crate::record::{FurtherId, LetterKey, LetterState, Private};
use crate::value::{MessageBody, SourceName};

commands! {
    /// Keeps a message that was verified and could not be used, until a hand replays or drops it, or until it is older than the
    /// tenant keeps letters. The same message again is the same letter, tried once more.
    ///
    /// The body is kept encrypted. One of more than [`MOST_SEALED`](Self::MOST_SEALED) bytes, or one that names more than
    /// [`MOST_NAMES`](Self::MOST_NAMES) people, is not: then its sender has to keep it. When as many letters are kept as the
    /// tenant allows, a further one is declined with `letters_full`.
    KeepLetter => LetterKept = "keep_letter" {
        /// Which system sent it.
        source: SourceName,
        /// The raw body, in Base64.
        body: MessageBody,
        /// The id of the delivery, where its scheme signs one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        delivery: Option<Private>,
        /// The stable code of what is wrong.
        code: String,
        /// What is wrong, without what the message says.
        problem: String,
        /// People whom it names, as far as it can be read: their erasure drops the letter. With `ids` at most 1,000.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        people: Vec<Who>,
        /// Further ids of people whom it names.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ids: Vec<FurtherId>,
    }

    /// Says that a letter was replayed, or drops it. What it said is removed; that it was there, and who closed it and why, stays
    /// for as long as letters are kept. One that is not kept any more is declined with `letter_closed`.
    SetLetterState => LetterStateSet = "set_letter_state" {
        /// The letter.
        letter: LetterKey,
        /// What became of it: `replayed` or `dropped`.
        state: LetterState,
        /// Who does it, in the host's own words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        actor: Option<String>,
        /// Why, in a few words without personal data.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    }
}

impl KeepLetter {
    /// The most bytes of a body that is kept: 256 KiB.
    pub const MOST_SEALED: usize = 256 << 10;
    /// The most people whom a message names whose body is kept.
    pub const MOST_NAMES: usize = 256;
    /// The most bytes of a problem.
    pub const MOST_PROBLEM: usize = 255;
}
