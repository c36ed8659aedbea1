//! How a person is shown to friends, and what the person says to them.

use super::halt::{Decide, Halt};
use super::people;
use super::view::View;
use crate::command::bounds::excess;
use crate::command::{Finding, ProfileSet, Reason, SetProfile};
use crate::link::for_others;
use crate::record::{ParticipantState, Person, PersonKey, Private, ShownAs};

const LONGEST_PSEUDONYM: usize = 40;
const LONGEST_MESSAGE: usize = 280;

/// Sets what is stated. A pseudonym is needed by whoever is shown by one.
pub(super) fn set(view: &mut View<'_>, command: &SetProfile) -> Decide<ProfileSet> {
    let pseudonym = cleaned(view, command.pseudonym.as_ref(), ("pseudonym", LONGEST_PSEUDONYM))?;
    let message = cleaned(view, command.message.as_ref(), ("message", LONGEST_MESSAGE))?;
    let known = people::known(view, &command.participant)?;
    let participant = known.participant;
    if known.state == ParticipantState::Erased {
        return Err(Halt::Declined(Reason::PersonErased));
    }
    let row = view.get::<Person>(PersonKey { participant })?;
    let Some(row) = row else { return Err(Halt::Declined(Reason::PersonErased)) };
    let mut person = row.clone();
    person.shown_as = command.shown_as.or(person.shown_as);
    person.pseudonym = pseudonym.unwrap_or(person.pseudonym);
    person.message = message.unwrap_or(person.message);
    if person.shown_as == Some(ShownAs::Pseudonym) && person.pseudonym.is_none() {
        return Err(refused(view, "a pseudonym is needed by whoever is shown by one".to_owned()));
    }
    let already = person == row;
    if !already {
        view.put(person);
    }
    Ok(ProfileSet { participant, already })
}

/// A text that was stated, as it is shown; nothing if it is empty.
fn cleaned(
    view: &mut View<'_>,
    text: Option<&Private>,
    (what, most): (&'static str, usize),
) -> Decide<Option<Option<Private>>> {
    let Some(text) = text else { return Ok(None) };
    if let Some(problem) = excess("set_profile", what, &text.0) {
        return Err(refused(view, problem));
    }
    match for_others(&text.0, most) {
        Ok(shown) => Ok(Some((!shown.is_empty()).then_some(Private(shown)))),
        Err(problem) => Err(refused(view, format!("the {what} {problem}"))),
    }
}

fn refused(view: &mut View<'_>, detail: String) -> Halt {
    view.find_in_what_was_told(Finding::new(Reason::WordsRefused).because(detail));
    Halt::Declined(Reason::WordsRefused)
}
