//! Names as other people get to see them.

use icu_normalizer::ComposingNormalizerBorrowed;

use crate::value::letters::{is_invisible, is_joiner};

/// So many characters of a name are shown.
const LONGEST: usize = 60;

/// What may stand before a dot in a name, in lower case: `St.John` is a person, and `evil.Com` is a site.
const TITLES: &[&str] = &[
    "capt", "col", "dr", "fr", "gen", "hon", "ing", "jr", "lt", "mag", "mme", "mr", "mrs", "ms", "mt", "prof", "rev",
    "sgt", "sr", "sra", "st", "ste",
];

/// Endings of domains with more than three letters that anybody can have. Behind an initial, other long words are family names.
const ENDINGS: &[&str] = &[
    "blog", "chat", "click", "club", "digital", "email", "finance", "games", "group", "help", "info", "life", "link",
    "live", "media", "mobi", "money", "name", "news", "online", "page", "shop", "site", "social", "space", "store",
    "support", "team", "tech", "today", "website", "wiki", "work", "world", "zone",
];

/// Endings of domains that are usual, beside those of countries and [`ENDINGS`].
const USUAL: &[&str] = &["app", "biz", "com", "dev", "edu", "example", "gov", "io", "net", "org", "pro", "top", "xyz"];

/// A name as it is put into a text: in one line, without characters that show nothing or turn the direction of what follows,
/// at most 60 characters. None if nothing is left, or if it looks like an address: a name must not advertise a site in a
/// message that carries the campaign's words.
///
/// The name is what a person typed: whoever puts it into HTML escapes it.
///
/// ```
/// use referral_core::link::shown_name;
/// assert_eq!(shown_name("  Ada \n Lovelace "), Some("Ada Lovelace".to_owned()));
/// assert_eq!(shown_name("win at www.evil.example"), None);
/// assert_eq!(shown_name("Win at Evil.Com"), None);
/// ```
#[must_use]
pub fn shown_name(name: &str) -> Option<String> {
    let plain: String = name.chars().filter_map(plain).collect();
    if is_address_by(&plain, is_domain) {
        return None;
    }
    let shown: String = in_one_line(&plain).chars().take(LONGEST).collect();
    let shown = shown.trim_end();
    (!shown.is_empty()).then(|| shown.to_owned())
}

/// A text in one line, without characters that show nothing or turn the direction of what follows. None if a mail program would
/// make a link of a part of it: of a site with a usual ending, an address of mail, or one of a machine.
pub(crate) fn shown_words(text: &str) -> Option<String> {
    let plain: String = text.chars().filter_map(plain).collect();
    if is_address_by(&plain, is_site) {
        return None;
    }
    Some(in_one_line(&plain))
}

fn in_one_line(plain: &str) -> String {
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The first letter of a name, as initials are written: `B.` of `Bob Miller`.
pub(crate) fn initial(name: &str) -> Option<String> {
    let first = first_name(name)?.chars().find(|letter| letter.is_alphabetic())?;
    Some(format!("{}.", first.to_uppercase()))
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
        '\u{2028}' | '\u{2029}' => Some(' '),
        c if c.is_control() => Some(' '),
        c if is_invisible(c) && !is_joiner(c) => None,
        c => Some(c),
    }
}

/// Whether a mail program would make a link of a part of it. It is read as browsers read it: without joiners, with letters in
/// their usual form, and with every kind of full stop as a dot.
fn is_address_by(text: &str, is_domain: impl Fn(&str) -> bool) -> bool {
    let visible: String = text.chars().filter(|c| !is_joiner(*c)).collect();
    let usual = ComposingNormalizerBorrowed::new_nfkc().normalize(&visible).replace(['\u{3002}', '\u{ff61}'], ".");
    let lower = usual.to_lowercase();
    ["://", "www.", "@", "mailto:"].iter().any(|sign| lower.contains(sign))
        || usual.split(|c: char| !c.is_alphanumeric() && !matches!(c, '.' | '-')).any(is_domain)
}

/// Whether a word of a sentence is a site: its last part is a usual ending. Within sentences a full stop may lack its space.
fn is_site(word: &str) -> bool {
    let labels: Vec<&str> = word.trim_matches('.').split('.').collect();
    let [before @ .., last] = labels.as_slice() else { return false };
    if before.is_empty() || labels.iter().any(|label| label.is_empty()) {
        return false;
    }
    let is_number = |label: &&str| label.chars().all(|c| c.is_ascii_digit());
    let ending = last.to_lowercase();
    let is_country = ending.len() == 2 && ending.chars().all(|c| c.is_ascii_alphabetic()) && *last == ending;
    let is_usual = USUAL.contains(&ending.as_str()) || ENDINGS.contains(&ending.as_str());
    (labels.len() == 4 && labels.iter().all(is_number)) || is_country || is_usual || ending.starts_with("xn--")
}

/// Whether a word is a domain or the address of a machine: `Evil.Com`, `evil.xn--p1ai`, not `J.R.R.`, `St.` or `v1.2`.
fn is_domain(word: &str) -> bool {
    let labels: Vec<&str> = word.split('.').filter(|label| !label.is_empty()).collect();
    let is_number = |label: &&str| label.chars().all(|c| c.is_ascii_digit());
    let Some((last, before)) = labels.split_last().filter(|(_, before)| !before.is_empty()) else { return false };
    if labels.len() == 4 && labels.iter().all(is_number) {
        return true;
    }
    let ending = last.to_lowercase();
    if ending.chars().count() < 2 || is_number(last) {
        return false;
    }
    let is_initial = |label: &&str| label.chars().count() == 1 || TITLES.contains(&label.to_lowercase().as_str());
    let begins_large = last.chars().next().is_some_and(char::is_uppercase);
    let is_family_name = begins_large && last.chars().count() > 3 && !ENDINGS.contains(&ending.as_str());
    let is_shouted = !last.chars().any(char::is_lowercase);
    // `J.R.R.Tolkien`, `St.John`.
    !(before.iter().all(is_initial) && is_family_name && !is_shouted)
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
    fn a_name_that_a_mail_program_would_make_a_link_of_is_not_shown() {
        for name in [
            "Win at Evil.Com",
            "EVIL.COM",
            "eViL.cOm",
            "\"evil.com\"",
            "'evil.com'",
            "„evil.com“",
            "«evil.com»",
            "(evil.com)",
            "[evil.com]",
            "<evil.com>",
            "*evil.com*",
            "_evil.com_",
            "evil.com…",
            "evil.com!!",
            "Ada,evil.com",
            "Ada/evil.com",
            "evil.xn--p1ai",
            "xn--80adxhks.xn--p1ai",
            "президент.рф",
            "evil。com",
            "evil．com",
            "evil｡com",
            "evil\u{2024}com",
            "evil﹒com",
            "ｅｖｉｌ.ｃｏｍ",
            "𝐞𝐯𝐢𝐥.𝐜𝐨𝐦",
            "ev\u{ad}il.c\u{ad}om",
            "evil\u{ad}.com",
            "evil\u{200b}.com",
            "evil.\u{2060}com",
            "evil\u{200d}.com",
            "evil.c\u{200c}om",
            "evil\u{e0020}.com",
            "\u{202e}moc.live",
            "T.Co",
            "t.co/2x",
            "St.Com",
            "J.Shop",
            "dr.Online",
            "evil.com:8080",
            "sub-domain.evil.co.uk",
            "evil.com.",
            "10.0.0.1",
            "eve＠evil",
            "MAILTO:eve",
            "hxxp evil.museum",
        ] {
            assert_eq!(shown_name(name), None, "{name:?}");
            assert_eq!(first_name(name), None, "{name:?}");
        }
    }

    #[test]
    fn names_with_dots_are_shown() {
        for name in [
            "J.R.R.Tolkien",
            "St.John Rivers",
            "Dr.Watson",
            "Martin Luther King, Jr.",
            "J. Doe",
            "Ana M.",
            "No. 5",
            "v1.2",
            "Smith-Jones",
            "O'Neill",
            "محمد.",
            "B.B. King",
            "...",
        ] {
            assert!(shown_name(name).is_some(), "{name:?}");
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
