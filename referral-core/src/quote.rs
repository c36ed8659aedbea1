//! How a message quotes what somebody else wrote: little of it, on one line, and never an email.

use std::fmt::Write as _;

/// The greatest number of characters of a text that a message quotes.
pub const QUOTED_CHARACTERS: usize = 64;

/// What a message says in place of a text that may be an email.
const MAY_BE_EMAIL: &str = "(not shown: may be an email)";

/// `text` in backticks, as every message quotes it.
///
/// At most [`QUOTED_CHARACTERS`] characters are shown, and `…` if there are more. Control and format characters, quotes and backticks
/// are escaped, so that a text can neither steer a terminal nor end its own quotation. A text with an at-sign is not shown.
///
/// ```
/// use referral_core::quote::quoted;
/// assert_eq!(quoted("order-1"), "`order-1`");
/// assert_eq!(quoted("\u{1b}[2J"), "`\\u{1b}[2J`");
/// assert_eq!(quoted("eve@example.com"), "(not shown: may be an email)");
/// ```
#[must_use]
pub fn quoted(text: &str) -> String {
    match may_be_email(text) {
        true => MAY_BE_EMAIL.to_owned(),
        false => format!("`{}`", shown(text)),
    }
}

/// [`quoted`] without the backticks: for a name inside a path, or a text that is a line of its own.
///
/// ```
/// use referral_core::quote::excerpt;
/// assert_eq!(excerpt(&"a".repeat(70)), format!("{}…", "a".repeat(64)));
/// ```
#[must_use]
pub fn excerpt(text: &str) -> String {
    if may_be_email(text) { MAY_BE_EMAIL.to_owned() } else { shown(text) }
}

/// A message of a parser, which quotes what it read: each quotation in it is an [`excerpt`], and it has an end itself.
///
/// ```
/// use referral_core::quote::retold;
/// let message = format!("unknown field `{}`, expected `id`", "a".repeat(1_000));
/// assert_eq!(retold(&message), format!("unknown field `{}…`, expected `id`", "a".repeat(64)));
/// ```
#[must_use]
pub fn retold(message: &str) -> String {
    let pieces = message.split_inclusive(['`', '"']).take(32);
    pieces.fold(String::new(), |told, piece| match piece.strip_suffix(['`', '"']) {
        Some(text) => told + &excerpt(text) + piece.get(text.len()..).unwrap_or_default(),
        None => told + &excerpt(piece),
    })
}

/// The beginning of `text`, escaped. No escape is cut in two.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    let mut room = QUOTED_CHARACTERS;
    for letter in text.chars() {
        let escaped = escape(letter);
        let length = escaped.chars().count();
        if length > room {
            shown.push('…');
            break;
        }
        room -= length;
        shown.push_str(&escaped);
    }
    shown
}

fn escape(letter: char) -> String {
    let mut escaped = String::new();
    let _ = match letter {
        '`' => write!(escaped, "\\u{{60}}"),
        '"' | '\'' => write!(escaped, "{letter}"),
        _ => write!(escaped, "{}", letter.escape_debug()),
    };
    escaped
}

/// Whether something stands before and behind an at-sign in any of its forms: as a sign, full-width, small, or as URLs escape it.
fn may_be_email(text: &str) -> bool {
    const SIGNS: [&str; 6] = ["@", "＠", "﹫", "%40", "%EF%BC%A0", "%ef%bc%a0"];
    SIGNS
        .iter()
        .any(|sign| text.split_once(sign).is_some_and(|(before, after)| !before.is_empty() && !after.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quotation_is_short_on_one_line_and_tells_where_it_was_cut() {
        let long = "ä".repeat(1_000_000);
        assert_eq!(quoted(&long), format!("`{}…`", "ä".repeat(64)));
        let steering = "\u{1b}]0;owned\u{7}\r\n\u{202e}txt\u{ad}\u{200b}`";
        assert_eq!(quoted(steering), "`\\u{1b}]0;owned\\u{7}\\r\\n\\u{202e}txt\\u{ad}\\u{200b}\\u{60}`");
        // Ten escapes of eight characters would be 80: the quotation ends before one that has no room.
        let escapes = quoted(&"\u{202e}".repeat(10));
        assert_eq!(escapes, format!("`{}…`", "\\u{202e}".repeat(8)));
    }

    #[test]
    fn a_text_that_may_be_an_email_is_not_shown_wherever_its_sign_stands() {
        let far = format!("{}@example.com", "a".repeat(100));
        assert_eq!(quoted("@"), "`@`");
        for text in ["eve@example.com", "id-eve＠example.com", "?email=eve%40example.com", "eve﹫x", &far] {
            assert!(!quoted(text).contains("eve") && !quoted(text).contains("aaa"), "{text}");
            assert_eq!(quoted(text), excerpt(text));
        }
    }
}
