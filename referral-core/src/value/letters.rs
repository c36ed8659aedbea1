//! Characters that show nothing, or turn the direction of what follows: with them a text can look like another one.

/// Whether a character shows nothing of its own: format characters, marks of direction, separators of lines, and fillers.
///
/// Joiners are among them, although Persian, Hindi and emoji are written with them: see [`is_joiner`].
pub(crate) fn is_invisible(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{70f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{3164}'
        | '\u{feff}' | '\u{ffa0}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// Whether a character joins or parts its neighbours, as some scripts and emoji need it.
pub(crate) fn is_joiner(letter: char) -> bool {
    matches!(letter, '\u{200c}' | '\u{200d}')
}

/// Whether a text for people holds what they cannot see: a control character, or anything invisible but a joiner.
pub(crate) fn hides(text: &str) -> bool {
    text.chars().any(|letter| letter.is_control() || (is_invisible(letter) && !is_joiner(letter)))
}

#[cfg(test)]
mod tests {
    use crate::value::{EventId, HostId};

    #[test]
    fn ids_with_marks_that_show_nothing_are_refused() {
        for mark in ["\u{202e}", "\u{200f}", "\u{2066}", "\u{ad}", "\u{200b}", "\u{200d}", "\u{feff}", "\u{2028}"] {
            for id in [format!("order{mark}-1"), format!("{mark}order-1"), format!("order-1{mark}")] {
                let refused = [EventId::new(&id).unwrap_err(), HostId::new(&id).unwrap_err()];
                for error in refused.map(|error| error.to_string()) {
                    assert!(error.contains("shows nothing") && !error.contains(mark), "{error}");
                }
            }
        }
        for id in ["Bestellung 1/ä", "订单-1", "הזמנה-1", "e\u{301}", "a b"] {
            EventId::new(id).unwrap();
            HostId::new(id).unwrap();
        }
    }
}
