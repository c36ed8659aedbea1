//! How a letter is named in a text, `stripe/000102030405060708090a0b0c0d0e0f`, and what is sealed of it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::field::{Cell, ColumnType, Field};
use super::kind::{Kind, LetterBodyKey, LetterCountKey, LetterKey, LetterPersonKey};
use super::state::LetterState;
use crate::error::Error;

/// Encrypted bytes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Encrypted(pub Vec<u8>);

impl fmt::Debug for Encrypted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Encrypted({} bytes)", self.0.len())
    }
}

impl Field for Encrypted {
    const TYPE: ColumnType = ColumnType::Bytes;
    fn to_cell(&self) -> Cell {
        self.0.to_cell()
    }
    fn from_cell(cell: Cell) -> Result<Self, String> {
        Field::from_cell(cell).map(Self)
    }
}

impl Kind {
    /// How many records of this kind are read together where `usual` of most kinds are: bodies of letters may be large.
    #[must_use]
    pub fn page_size(self, usual: u32) -> u32 {
        if self == Self::LetterBody { usual.min(LARGE) } else { usual }
    }
}

/// So many large records are read together.
const LARGE: u32 = 100;

impl LetterCountKey {
    /// How many letters are kept.
    #[must_use]
    pub fn kept() -> Self {
        Self { counted: LetterState::Kept.to_string() }
    }
}

impl LetterKey {
    /// The key of its body.
    #[must_use]
    pub fn body(&self) -> LetterBodyKey {
        LetterBodyKey { source: self.source.clone(), letter: self.letter }
    }

    /// The key that says that it names somebody.
    #[must_use]
    pub fn naming(&self, hash: [u8; 16]) -> LetterPersonKey {
        LetterPersonKey { hash, source: self.source.clone(), letter: self.letter }
    }
}

impl fmt::Display for LetterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.source, self.letter)
    }
}

impl FromStr for LetterKey {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let (source, letter) = text
            .split_once('/')
            .ok_or_else(|| Error::invalid("letter", "is not a source and an id, such as `stripe/0001…`"))?;
        Ok(Self { source: source.parse()?, letter: letter.parse()? })
    }
}
