//! The words of a campaign, with places for what differs from person to person.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::quote::quoted;

/// A share text has at most so many characters.
const LONGEST: usize = 2_000;
const PLACES: &str = "`{name|a friend}`, `{link}`, `{code}`, `{title}`";

/// A text with places: `{link}`, `{code}`, `{title}` of the campaign, and `{name|a friend}` with the words for people who
/// gave no name. `{{` and `}}` are braces.
///
/// ```
/// use referral_core::link::{ShareText, ShareWords};
/// let text: ShareText = "{name|A friend} gives you 10 euros: {link}".parse()?;
/// let words = ShareWords { name: Some("Ada"), link: "https://go.shop.example/x", code: "SUMMER", title: "Friends" };
/// assert_eq!(text.render(&words), "Ada gives you 10 euros: https://go.shop.example/x");
/// assert_eq!(text.render(&ShareWords { name: None, ..words }), "A friend gives you 10 euros: https://go.shop.example/x");
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ShareText {
    text: Arc<str>,
    parts: Arc<[Part]>,
}

/// What is put into the places of a share text.
#[derive(Clone, Copy)]
pub struct ShareWords<'a> {
    /// The participant's name, as [`shown_name`](super::shown_name) gives it.
    pub name: Option<&'a str>,
    /// The URL of the participant's link.
    pub link: &'a str,
    /// The participant's code, as it is shown.
    pub code: &'a str,
    /// What the campaign is called.
    pub title: &'a str,
}

#[derive(Clone, Debug)]
enum Part {
    Words(String),
    Name { without: String },
    Link,
    Code,
    Title,
}

impl ShareText {
    /// The text with its places filled.
    #[must_use]
    pub fn render(&self, words: &ShareWords<'_>) -> String {
        render(&self.parts, words)
    }

    /// The same for an app that is handed the link beside the text: a link that begins or ends it is left out, with the
    /// space around. One in the middle stays, because the sentence needs it.
    #[must_use]
    pub fn render_beside_link(&self, words: &ShareWords<'_>) -> String {
        match self.parts.as_ref() {
            [before @ .., Part::Link] => render(before, words).trim_end().to_owned(),
            [Part::Link, after @ ..] => render(after, words).trim_start().to_owned(),
            parts => render(parts, words),
        }
    }

    /// Whether whoever reads it can follow it: it holds the link or the code.
    #[must_use]
    pub fn leads_somewhere(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, Part::Link | Part::Code))
    }

    /// The text as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn render(parts: &[Part], words: &ShareWords<'_>) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(match part {
            Part::Words(words) => words,
            Part::Name { without } => words.name.unwrap_or(without),
            Part::Link => words.link,
            Part::Code => words.code,
            Part::Title => words.title,
        });
    }
    text
}

impl FromStr for ShareText {
    type Err = Error;
    /// # Errors
    /// [`Error::InvalidValue`] if it is empty or longer than 2,000 characters, holds a control character besides line
    /// breaks, a place that there is none of, or a name without the words for those who have none.
    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.replace("\r\n", "\n");
        if text.trim().is_empty() {
            return Err(refuse("says nothing"));
        }
        if text.chars().count() > LONGEST {
            return Err(refuse("is longer than 2,000 characters"));
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            return Err(refuse("holds a control character other than a line break"));
        }
        let parts = parse(&text)?.into();
        Ok(Self { text: text.into(), parts })
    }
}

fn refuse(problem: impl Into<String>) -> Error {
    Error::invalid("share text", problem)
}

fn parse(text: &str) -> Result<Vec<Part>, Error> {
    let mut parts = Vec::new();
    let mut words = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(['{', '}']) {
        let (before, from) = rest.split_at(at);
        words.push_str(before);
        if let Some(after) = from.strip_prefix("{{") {
            words.push('{');
            rest = after;
        } else if let Some(after) = from.strip_prefix("}}") {
            words.push('}');
            rest = after;
        } else if let Some((place, after)) = from.strip_prefix('{').and_then(|from| from.split_once('}')) {
            if !words.is_empty() {
                parts.push(Part::Words(std::mem::take(&mut words)));
            }
            parts.push(part(place)?);
            rest = after;
        } else if from.starts_with('{') {
            return Err(refuse("has a `{` that nothing closes; a brace is written `{{`"));
        } else {
            return Err(refuse("has a `}` that nothing opens; a brace is written `}}`"));
        }
    }
    words.push_str(rest);
    if !words.is_empty() {
        parts.push(Part::Words(words));
    }
    Ok(parts)
}

fn part(place: &str) -> Result<Part, Error> {
    match place.split_once('|') {
        Some(("name", without)) if !without.trim().is_empty() && !without.contains('{') => {
            Ok(Part::Name { without: without.to_owned() })
        }
        Some(("name", _)) => Err(refuse("has `{name|}` without words for people who gave no name: `{name|a friend}`")),
        None if place == "name" => {
            Err(refuse("has `{name}` without words for people who gave no name: `{name|a friend}`"))
        }
        None if place == "link" => Ok(Part::Link),
        None if place == "code" => Ok(Part::Code),
        None if place == "title" => Ok(Part::Title),
        _ => Err(refuse(format!("knows no place {}; there are {PLACES}", quoted(&format!("{{{place}}}"))))),
    }
}

impl TryFrom<String> for ShareText {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<ShareText> for String {
    fn from(text: ShareText) -> Self {
        text.as_str().to_owned()
    }
}

impl PartialEq for ShareText {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for ShareText {}

impl fmt::Display for ShareText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// It never prints: a name may stand in it.
impl fmt::Debug for ShareWords<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShareWords(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORDS: ShareWords<'_> =
        ShareWords { name: Some("Zoë {link} & Co"), link: "https://go.example.com/x", code: "ABC", title: "Spring" };

    #[test]
    fn places_are_filled_once_and_what_fills_them_is_never_read_as_a_place() {
        let cases = [
            ("{name|A friend}: {link}", "Zoë {link} & Co: https://go.example.com/x", "Zoë {link} & Co:"),
            ("{link}\n{title} {code}", "https://go.example.com/x\nSpring ABC", "Spring ABC"),
            ("Use {link} now", "Use https://go.example.com/x now", "Use https://go.example.com/x now"),
            ("{{name}} {code}", "{name} ABC", "{name} ABC"),
            ("{link}", "https://go.example.com/x", ""),
            ("سلام {name|دوست}\r\n{link}", "سلام Zoë {link} & Co\nhttps://go.example.com/x", "سلام Zoë {link} & Co"),
        ];
        for (text, whole, beside) in cases {
            let text: ShareText = text.parse().unwrap();
            assert_eq!(text.render(&WORDS), whole);
            assert_eq!(text.render_beside_link(&WORDS), beside, "{text}");
        }
        let text: ShareText = "{name|Jemand} lädt ein: {code}".parse().unwrap();
        assert_eq!(text.render(&ShareWords { name: None, ..WORDS }), "Jemand lädt ein: ABC");
    }

    #[test]
    fn a_text_with_a_mistake_is_refused_and_says_which() {
        let long = "é".repeat(2_001);
        let cases = [
            ("", "says nothing"),
            (" \n ", "says nothing"),
            (long.as_str(), "is longer than 2,000 characters"),
            ("a\tb", "control character"),
            ("a\rb", "control character"),
            ("{nmae|x} {link}", "knows no place `{nmae|x}`"),
            ("{email}", "knows no place `{email}`"),
            ("{}", "knows no place `{}`"),
            ("{link|x}", "knows no place `{link|x}`"),
            ("{name} {link}", "for people who gave no name"),
            ("{name|} {link}", "for people who gave no name"),
            ("{link", "nothing closes"),
            ("link}", "nothing opens"),
            ("{name|a {link}}", "for people who gave no name"),
        ];
        for (text, problem) in cases {
            let error = text.parse::<ShareText>().unwrap_err();
            assert!(error.to_string().contains(problem), "{text}: {error}");
        }
        assert!("é".repeat(2_000).parse::<ShareText>().is_ok());
    }
}
