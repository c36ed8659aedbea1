//! The vanity code: one that somebody chose, `SUMMER-2027`.
//!
//! It has no check symbol. Two that a reader could take for each other have the same skeleton, and the skeleton is unique:
//! nobody can have a code that looks like another's. ASCII only, so no letter of another script looks like one of these.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::code::{has_shape_of_random, is_separator};
use super::refuse;
use crate::error::Error;

const MIN_SYMBOLS: usize = 4;
/// Below the 24 characters of a claim link, so that neither is taken for the other.
const MAX_CHARS: usize = 20;

/// A code that somebody chose: 4 to 20 letters, digits and dashes. Shown in upper case.
///
/// ```
/// use referral_core::link::VanityCode;
/// let code: VanityCode = "Summer-2027".parse()?;
/// assert_eq!(code.to_string(), "SUMMER-2027");
/// assert_eq!(code.skeleton(), "5UMMER 2O27".parse::<VanityCode>()?.skeleton());
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct VanityCode(Arc<str>);

impl VanityCode {
    /// The code in upper case, with single dashes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What a reader sees: in lower case, without dashes, one symbol for all that look alike.
    #[must_use]
    pub fn skeleton(&self) -> String {
        self.0.chars().filter(|c| *c != '-').map(looks_like).collect()
    }
}

/// The one symbol that stands for all that look like `symbol` in upper case.
fn looks_like(symbol: char) -> char {
    match symbol {
        '0' | 'O' | 'Q' => 'o',
        '1' | 'I' | 'L' => 'i',
        '2' | 'Z' => 'z',
        '5' | 'S' => 's',
        '6' | 'G' => 'g',
        '8' | 'B' => 'b',
        'U' | 'V' => 'u',
        other => other.to_ascii_lowercase(),
    }
}

impl FromStr for VanityCode {
    type Err = Error;
    /// Case does not matter; spaces and dashes of any kind are read as one dash.
    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |problem: String| refuse("code", problem);
        if text.len() > 4 * MAX_CHARS {
            return Err(refuse(format!("has more than {MAX_CHARS} characters")));
        }
        let words: Vec<String> =
            text.split(is_separator).filter(|word| !word.is_empty()).map(str::to_ascii_uppercase).collect();
        let (symbols, shown) = (words.concat(), words.join("-"));
        if let Some(stranger) = symbols.chars().find(|c| !c.is_ascii_alphanumeric()) {
            return Err(refuse(format!("has `{}`; only A-Z, 0-9 and dashes may be in it", stranger.escape_default())));
        }
        if symbols.len() < MIN_SYMBOLS || shown.len() > MAX_CHARS {
            return Err(refuse(format!("does not have {MIN_SYMBOLS} to {MAX_CHARS} letters, digits and dashes")));
        }
        if has_shape_of_random(&symbols) {
            return Err(refuse(format!("`{shown}` has the shape of a random code; make it longer or shorter")));
        }
        Ok(Self(shown.into()))
    }
}

impl TryFrom<String> for VanityCode {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<VanityCode> for String {
    fn from(code: VanityCode) -> Self {
        code.as_str().to_owned()
    }
}

impl fmt::Display for VanityCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skeleton(text: &str) -> String {
        text.parse::<VanityCode>().unwrap().skeleton()
    }

    #[test]
    fn codes_that_look_alike_have_one_skeleton_and_others_do_not() {
        for (one, other) in [
            ("BOSS", "8055"),
            ("BILL", "81ll"),
            ("ZOOM", "2QOM"),
            ("GUV1", "6VUL"),
            ("ALFA-1", "alfaI"),
            ("summer", "SUM-MER"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        for (one, other) in [("BOSS", "BOSSY"), ("TEAM1", "TEAM7"), ("ADAM", "AOAM"), ("MOSS", "NOSS")] {
            assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
        }
    }

    #[test]
    fn what_cannot_be_a_vanity_code_is_refused_with_its_reason() {
        let cases = [
            ("", "4 to 20"),
            ("abc", "4 to 20"),
            ("-a-b-c-", "4 to 20"),
            ("ABCDEFGHIJKLMNOPQRSTU", "4 to 20"),
            ("SUMMER_2027", "`_`"),
            ("SUMMЕR-2027", "`\\u{415}`"),
            ("HAPPYMUMMY", "shape of a random code"),
            ("HAPPY-MUMMY", "shape of a random code"),
        ];
        for (text, problem) in cases {
            let error = text.parse::<VanityCode>().unwrap_err();
            assert!(error.code() == "invalid_link" && error.to_string().contains(problem), "{text}: {error}");
        }
        assert!("a".repeat(1_000_000).parse::<VanityCode>().is_err());
    }

    #[test]
    fn a_vanity_code_is_shown_in_upper_case_with_single_dashes() {
        for (text, shown) in [("  summer  --  2027 ", "SUMMER-2027"), ("anna\u{2013}2", "ANNA-2"), ("-anna-", "ANNA")] {
            let code: VanityCode = text.parse().unwrap();
            assert_eq!(code.as_str(), shown);
            assert_eq!(shown.parse(), Ok(code));
        }
    }
}
