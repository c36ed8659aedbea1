//! Letters: messages of other systems that could not be used, kept until a hand replays or drops them.

use crate::record::describe::records;
use crate::record::hand::Said;
use crate::record::letter::Encrypted;
use crate::record::state::LetterState;
use crate::value::{LetterId, SourceName, Timestamp};

records! {
    /// A verified message that could not be used. What it says stands sealed in its [`LetterBody`].
    Letter (LetterKey), personal {
        key {
            /// Which system sent it.
            source: SourceName,
            /// The keyed hash of the message.
            letter: LetterId,
        }
        /// Where it stands.
        state: LetterState,
        /// When it was received first.
        received_at: Timestamp,
        /// When it was tried last.
        tried_at: Timestamp,
        /// How often it was tried.
        tries: u32,
        /// The stable code of what is wrong.
        code: String,
        /// What is wrong, without what the message says.
        problem: String,
        /// How many bytes the body has.
        bytes: i64,
        /// Whether the body is kept.
        sealed: bool,
        /// Keyed hashes of the people whom it names, by which an erasure finds it.
        people: Vec<String>,
        /// Who replayed or dropped it.
        said: Option<Said>,
        @index BY_STATE = "by_state" [state Ascending, received_at Ascending]
    }

    /// The body of a letter that is kept, encrypted.
    LetterBody (LetterBodyKey), personal {
        key {
            /// Which system sent it.
            source: SourceName,
            /// The letter.
            letter: LetterId,
        }
        /// What is sealed: the id of the delivery and the raw body.
        sealed: Encrypted,
    }

    /// That a letter names somebody.
    LetterPerson (LetterPersonKey), personal {
        key {
            /// The keyed hash of an id or an email.
            hash: [u8; 16],
            /// Which system sent the letter.
            source: SourceName,
            /// The letter.
            letter: LetterId,
        }
        /// When the letter was received.
        received_at: Timestamp,
    }

    /// How many letters there are.
    LetterCount (LetterCountKey), counter {
        key {
            /// What is counted: `kept`.
            counted: String,
        }
        /// How many.
        value: i64,
        /// When it became that many.
        reached_at: Timestamp,
    }
}
