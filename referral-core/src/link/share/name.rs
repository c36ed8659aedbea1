//! Names as other people get to see them.

/// So many characters of a name are shown.
const LONGEST: usize = 60;

/// A name as it is put into a text: in one line, without marks that turn the direction of what follows, at most 60
/// characters. None if nothing is left, or if it looks like an address: a name must not advertise a site in a message that
/// carries the campaign's words.
///
/// ```
/// use referral_core::link::shown_name;
/// assert_eq!(shown_name("  Ada \n Lovelace "), Some("Ada Lovelace".to_owned()));
/// assert_eq!(shown_name("win at www.evil.example"), None);
/// ```
#[must_use]
pub fn shown_name(name: &str) -> Option<String> {
    let plain: String = name.chars().filter_map(plain).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    let lower = plain.to_lowercase();
    if ["://", "www.", "@"].iter().any(|sign| lower.contains(sign)) || words.iter().any(|word| is_domain(word)) {
        return None;
    }
    let shown: String = words.join(" ").chars().take(LONGEST).collect();
    let shown = shown.trim_end();
    (!shown.is_empty()).then(|| shown.to_owned())
}

/// A first name, for messages to somebody else: the first word that is no title, or the first behind a comma. None where
/// words do not tell: a name that is written without spaces in Chinese, Japanese or Korean may be all of it.
///
/// ```
/// use referral_core::link::first_name;
/// assert_eq!(first_name("Dr. Ada Lovelace"), Some("Ada".to_owned()));
/// assert_eq!(first_name("Lovelace, Ada"), Some("Ada".to_owned()));
/// ```
#[must_use]
pub fn first_name(name: &str) -> Option<String> {
    let shown = shown_name(name)?;
    let given = shown.split_once(',').map_or(shown.as_str(), |(_, given)| given);
    let first = given.split_whitespace().find(|word| !word.ends_with('.'))?;
    (!first.chars().any(is_ideograph)).then(|| first.to_owned())
}

/// A control character and a line break become a space; marks of direction, and what shows nothing, are left out. Joiners
/// stay: Persian, Hindi and emoji are written with them.
fn plain(c: char) -> Option<char> {
    match c {
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' => None,
        '\u{feff}' | '\u{fff9}'..='\u{fffb}' => None,
        '\u{2028}' | '\u{2029}' => Some(' '),
        c if c.is_control() => Some(' '),
        c => Some(c),
    }
}

/// Whether a mail program would make a link of it: `evil.example`, not `J.R.R.` or `St.`.
fn is_domain(word: &str) -> bool {
    let word = word.split(['/', '?', '#', ':']).next().unwrap_or_default().trim_end_matches(['.', ',', '!', ')']);
    word.rsplit_once('.').is_some_and(|(rest, last)| {
        let letters = last.chars().count() >= 2 && last.chars().all(char::is_alphabetic);
        // `St.John` and `Mary-J.Blige` are names: a domain is written in small letters, or all in capitals.
        let small = last.chars().all(|c| !c.is_uppercase()) || !last.chars().any(char::is_lowercase);
        letters && small && rest.chars().next_back().is_some_and(char::is_alphanumeric)
    })
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_in_one_line_without_what_would_turn_the_text_around_it() {
        let long = "a".repeat(80);
        let cut = "a".repeat(60);
        let cases = [
            ("Ada", Some("Ada")),
            ("  Ada\r\nBcc: eve@evil.example ", None),
            ("Ada\r\nBcc: eve", Some("Ada Bcc: eve")),
            ("\u{202e}adA\u{202c}", Some("adA")),
            ("\u{2067}عبد الله\u{2069}", Some("عبد الله")),
            ("نیم\u{200c}فاصله", Some("نیم\u{200c}فاصله")),
            ("👩\u{200d}💻 & Söhne + \"Co\" <b>", Some("👩\u{200d}💻 & Söhne + \"Co\" <b>")),
            ("a\u{2028}b", Some("a b")),
            ("", None),
            (" \t\u{200b}", None),
            ("http://evil.example", None),
            ("WWW.evil.example", None),
            ("see evil.example!", None),
            ("bit.ly/2x", None),
            ("J.R.R. Tolkien", Some("J.R.R. Tolkien")),
            ("St. John", Some("St. John")),
            ("Mary J.Blige", Some("Mary J.Blige")),
            (long.as_str(), Some(cut.as_str())),
        ];
        for (name, shown) in cases {
            assert_eq!(shown_name(name).as_deref(), shown, "{name:?}");
        }
    }

    #[test]
    fn somebody_else_sees_a_first_name_or_none() {
        let cases = [
            ("Ada Lovelace", Some("Ada")),
            ("Ada", Some("Ada")),
            ("Prof. Dr. Ada Lovelace", Some("Ada")),
            ("Lovelace, Ada King", Some("Ada")),
            ("Lovelace,", None),
            ("山田太郎", None),
            ("김철수", None),
            ("ada@shop.example", None),
            ("", None),
        ];
        for (name, first) in cases {
            assert_eq!(first_name(name).as_deref(), first, "{name:?}");
        }
    }
}
