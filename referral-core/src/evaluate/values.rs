//! The values that decided a condition, for explanations: amounts, places and times, and nothing of a person.

use super::facts::Facts;
use super::judge::{self, Event};
use super::moment::Moment;
use super::orders::{Orders, Sight};
use crate::campaign::Compiled;
use crate::error::Result;
use crate::record::ConversionKey;
use crate::rule::condition::{Root, Schema};
use crate::value::Timestamp;

/// The values of the fields that `part` of a condition names, by their paths: at an order, or without one at a time.
///
/// # Errors
/// Never: the fields that every campaign has are well formed.
pub fn values(
    version: &Compiled,
    facts: &Facts<'_>,
    order: Option<&ConversionKey>,
    at: Timestamp,
    part: &str,
) -> Result<Vec<(String, String)>> {
    let orders = Orders::new(version, facts, Sight::AsTold);
    let placed = order.and_then(|key| orders.all().iter().find(|placed| placed.fact.is(key)).copied());
    let event = match placed {
        Some(placed) => Event::order(placed),
        None => Event { moment: Moment::Lead, at, reading: "", order: None },
    };
    let schema = Schema::new(&[Root::Order, Root::Referral, Root::Now], &[])?;
    let named = schema.fields().iter().filter(|field| names(part, &field.path));
    Ok(judge::values(version, facts, &event, named))
}

/// Whether a part of a condition names the field of this path.
fn names(part: &str, path: &str) -> bool {
    let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    part.match_indices(path).any(|(start, _)| {
        let before = part.get(..start).and_then(|before| before.chars().next_back());
        let after = part.get(start + path.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(|letter| is_of_name(letter) || letter == '.') && !after.is_some_and(is_of_name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_named_by_its_whole_path() {
        for (part, path, expected) in [
            ("order.total >= money('20 EUR')", "order.total", true),
            ("order.data.total == 5", "order.total", false),
            ("order.totals", "order.total", false),
            ("now.getHours('Europe/Paris') < 9", "now", true),
            ("order.known", "now", false),
            ("!(x) && order.number == 1", "order.number", true),
        ] {
            assert_eq!(names(part, path), expected, "{part}: {path}");
        }
    }
}
