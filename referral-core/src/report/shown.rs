//! How a person is shown to others: as the person chose, and never by more.

use crate::link::{first_name, initial, shown_name};
use crate::record::{Person, ShownAs};

/// The name that others see; none where the host told none that can be shown.
pub(crate) fn shown(person: &Person) -> Option<String> {
    let told = person.name.as_ref().map(|name| name.0.as_str());
    match person.shown_as.unwrap_or(ShownAs::FirstName) {
        ShownAs::FirstName => told.and_then(first_name),
        ShownAs::Initial => told.and_then(initial),
        ShownAs::Pseudonym => person.pseudonym.as_ref().and_then(|name| shown_name(&name.0)),
    }
}
