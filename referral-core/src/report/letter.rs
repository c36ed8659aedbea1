//! Letters: messages of other systems that could not be used, what is wrong with each, and what one of them says.

use serde::{Deserialize, Serialize};

use super::question::{ListLetters, ShowLetter};
use crate::decide::Decide;
use crate::engine::{Reader, Rows};
use crate::error::Error;
use crate::record::{Letter, LetterBody, LetterKey, LetterState, Private, RecordKind, Said};
use crate::store::{Cursor, Listing};
use crate::value::{Message, MessageBody, Timestamp};

/// A letter, without what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterReport {
    /// The letter: what [`SetLetterState`](crate::command::SetLetterState) names.
    pub letter: LetterKey,
    /// Where it stands.
    pub state: LetterState,
    /// When it was received first.
    pub received_at: Timestamp,
    /// When it was tried last.
    pub tried_at: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// The stable code of what is wrong.
    pub code: String,
    /// What is wrong.
    pub problem: String,
    /// How many bytes the body has.
    pub bytes: i64,
    /// Whether the body is kept.
    pub sealed: bool,
    /// Who replayed or dropped it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub said: Option<Said>,
}

/// A page of letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterPage {
    /// The letters.
    pub letters: Vec<LetterReport>,
    /// Where the next page begins; none if this is the last.
    pub next: Option<Cursor>,
}

/// A letter that was opened. What it says may be about people, and never prints.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenedLetter {
    /// The letter.
    pub letter: LetterReport,
    /// The id of the delivery, where its scheme signs one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Private>,
    /// The raw body, if it is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<MessageBody>,
}

fn report(letter: Letter) -> LetterReport {
    LetterReport {
        letter: letter.key(),
        state: letter.state,
        received_at: letter.received_at,
        tried_at: letter.tried_at,
        tries: letter.tries,
        code: letter.code,
        problem: letter.problem,
        bytes: letter.bytes,
        sealed: letter.sealed,
        said: letter.said,
    }
}

pub(super) fn list(reader: &mut Reader<'_>, asked: &ListLetters) -> Decide<LetterPage> {
    let listing = Listing::LettersIn { state: asked.state, until: None };
    let Rows { rows, next, .. } = reader.rows::<Letter>(&asked.page.of(listing))?;
    Ok(LetterPage { letters: rows.into_iter().map(report).collect(), next })
}

pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowLetter) -> Decide<OpenedLetter> {
    let key = asked.letter.clone();
    reader.need([key.clone().into(), key.body().into()])?;
    let Some(letter) = reader.peek::<Letter>(key.clone())? else { return Err(Error::not_found("letter", &key).into()) };
    let Some(LetterBody { source, letter: id, sealed }) = reader.peek::<LetterBody>(key.body())? else {
        return Ok(OpenedLetter { letter: report(letter), delivery: None, body: None });
    };
    let Message { delivery, body } = reader.keyring().unseal(reader.tenant(), &source, id, &sealed.0)?;
    Ok(OpenedLetter { letter: report(letter), delivery: delivery.map(Private), body: Some(body) })
}
