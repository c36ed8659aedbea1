//! What a receipt leaves out of an answer: a code in a person's own words, and the destination that a caller asked for, which may
//! hold an email. Receipts outlive erasure. A retry carries both texts itself, so the answer is the same again. UTM values stay, as
//! they do with the click.

use crate::command::{AnyCommand, AnyOutcome, Outcome, RecordClick};
use crate::error::Error;
use crate::link::{AnyCode, LinkText, VanityCode, percent_encoded};

/// Stands for a code in a person's own words, where a URL has it: no URL has a space.
const CODE: &str = " ";

/// An outcome as it is stored.
pub(super) fn without(command: &AnyCommand, outcome: &Outcome<AnyOutcome>) -> Outcome<AnyOutcome> {
    let mut outcome = outcome.clone();
    match (&mut outcome, command) {
        (Outcome::Accepted(AnyOutcome::CodeCreated(created)), AnyCommand::CreateCode(command))
            if command.vanity.is_some() =>
        {
            created.code = String::new();
        }
        (Outcome::Accepted(AnyOutcome::ClickRecorded(click)), AnyCommand::RecordClick(command)) => {
            click.destination = click.destination.take().map(|destination| stored(command, &destination));
        }
        _ => {}
    }
    outcome
}

/// A stored outcome with what the retry carries.
pub(super) fn with(command: &AnyCommand, outcome: &mut Outcome<AnyOutcome>) -> Result<(), Error> {
    match (outcome, command) {
        (Outcome::Accepted(AnyOutcome::CodeCreated(created)), AnyCommand::CreateCode(command)) => {
            if let Some(vanity) = &command.vanity {
                created.code = vanity.parse::<VanityCode>()?.to_string();
            }
        }
        (Outcome::Accepted(AnyOutcome::ClickRecorded(click)), AnyCommand::RecordClick(command)) => {
            click.destination = click.destination.take().map(|stored| told(command, &stored));
        }
        _ => {}
    }
    Ok(())
}

/// A destination as it is stored: of one that was asked for only what it carries on, and no code in a person's own words.
fn stored(command: &RecordClick, destination: &str) -> String {
    let carried = match &command.destination {
        None => destination,
        Some(asked) => {
            let (rest, fragment) = parts(asked);
            let carried = destination.strip_prefix(rest).unwrap_or_default();
            carried.strip_suffix(fragment).unwrap_or(carried)
        }
    };
    let Some(code) = own_code(command) else { return carried.to_owned() };
    carried.replace(&code, CODE)
}

/// The destination that was stored, as it was told.
fn told(command: &RecordClick, stored: &str) -> String {
    let carried = own_code(command).map_or_else(|| stored.to_owned(), |code| stored.replace(CODE, &code));
    match &command.destination {
        None => carried,
        Some(asked) => {
            let (rest, fragment) = parts(asked);
            format!("{rest}{carried}{fragment}")
        }
    }
}

/// The code that somebody chose, as a URL has it, if the click is by one.
fn own_code(command: &RecordClick) -> Option<String> {
    match command.link.parse::<LinkText>() {
        Ok(LinkText::Code(AnyCode::Vanity(code))) => Some(percent_encoded(code.as_str())),
        _ => None,
    }
}

/// A URL before its fragment, and the fragment with its sign.
fn parts(url: &str) -> (&str, &str) {
    url.find('#').map_or((url, ""), |at| url.split_at(at))
}
