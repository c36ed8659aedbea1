//! The code: ten symbols that a person can read aloud and type in, thirteen where it carries money.
//!
//! The alphabet has 31 symbols, without `0`, `O`, `1`, `I` and `L`. The last symbol is chosen so that `Σ i·dᵢ ≡ 0 mod 31`
//! over the positions `i` from 1. As 31 is prime and no position reaches it:
//!
//! - one symbol replaced changes the sum by `i·(d − d′)`, a product of two factors that 31 does not divide;
//! - two symbols swapped over a distance of `k` (adjacent: 1, jump: 2) change it by `k·(d − d′)`, likewise.
//!
//! So either is caught before anything is looked up.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::pasted::pasted;
use super::{VanityCode, refuse};
use crate::error::Error;
use crate::value::Entropy;

/// The symbols by value.
const ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";
const PRIME: u32 = 31;
/// The largest multiple of 31 that a byte can stay below: bytes from here on are drawn again, so that no symbol is favoured.
const UNBIASED: u8 = 248;
/// No code with separators is longer; more is refused unread.
const MAX_INPUT_BYTES: usize = 64;

/// Beginnings and middles of words that no code may hold, in English, German, French and Spanish, as far as the alphabet
/// can write them. Digits are read as the letters that they look like, and `V` as `U`, before a code is compared.
const STEMS: [&str; 36] = [
    "ANUS", "ARSC", "ARSE", "ASS", "BTCH", "CACA", "CRAP", "CUM", "CUNT", "DAMN", "DEAD", "FAG", "FART", "FCK", "FDP",
    "FUC", "FUK", "GAY", "HATE", "HURE", "KACK", "KKK", "KUNT", "KYS", "MERD", "NAZ", "NEGR", "PUSS", "PUTA", "PUTE",
    "RAPE", "SEX", "SUCK", "TARD", "TURD", "WANK",
];

/// How long a code is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodeKind {
    /// Nine random symbols and one to check: for codes that only name a referrer.
    Plain,
    /// Twelve random symbols and one to check: for codes that carry money.
    Money,
}

impl CodeKind {
    /// How many symbols such a code has, with the one to check.
    #[must_use]
    pub fn symbols(self) -> usize {
        match self {
            Self::Plain => 10,
            Self::Money => 13,
        }
    }

    fn of_length(symbols: usize) -> Option<Self> {
        [Self::Plain, Self::Money].into_iter().find(|kind| kind.symbols() == symbols)
    }
}

/// A random code. `Display` shows it in groups of five: `K7F3M-2QX9T`.
///
/// ```
/// use referral_core::link::{Code, CodeKind};
/// use referral_core::value::Entropy;
/// let code = Code::generate(CodeKind::Plain, &mut Entropy::new([7; 32]));
/// assert_eq!(code.to_string().len(), 11);
/// assert_eq!(code.to_string().to_lowercase().replace('-', " ").parse(), Ok(code));
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Code(Arc<str>);

impl Code {
    /// A new code, every one equally likely but for those that hold an offensive word.
    ///
    /// Whether it is free, only the store can tell.
    pub fn generate(kind: CodeKind, entropy: &mut Entropy) -> Self {
        loop {
            let code = Self::draw(kind, entropy);
            if !is_offensive(&code.0) {
                return code;
            }
        }
    }

    /// How long it is.
    #[must_use]
    pub fn kind(&self) -> CodeKind {
        CodeKind::of_length(self.0.len()).unwrap_or(CodeKind::Plain)
    }

    /// The symbols, in upper case and without dashes.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn draw(kind: CodeKind, entropy: &mut Entropy) -> Self {
        let mut values = Vec::with_capacity(kind.symbols());
        while values.len() + 1 < kind.symbols() {
            let missing = kind.symbols() - 1 - values.len();
            let fair = entropy.bytes::<16>().into_iter().filter(|byte| *byte < UNBIASED);
            values.extend(fair.map(|byte| u32::from(byte) % PRIME).take(missing));
        }
        let last = values.len() as u32 + 1;
        let open = weighted_sum(values.iter().copied());
        // INVARIANT: exactly one value fits, because `last` has an inverse modulo a prime.
        values.extend((0..PRIME).find(|value| (open + last * value).is_multiple_of(PRIME)));
        let symbol = |value: &u32| ALPHABET.get(*value as usize).copied().map(char::from);
        Self(values.iter().filter_map(symbol).collect::<String>().into())
    }
}

/// `Σ i·dᵢ` over positions from 1.
fn weighted_sum(values: impl Iterator<Item = u32>) -> u32 {
    (1..).zip(values).map(|(position, value)| position * value).sum()
}

/// The place of `symbol` in the alphabet.
fn value_of(symbol: char) -> Option<u32> {
    let letter = |left_out: u32| Some(u32::from(symbol) - u32::from('A') + 8 - left_out);
    match symbol {
        '2'..='9' => Some(u32::from(symbol) - u32::from('2')),
        'A'..='H' => letter(0),
        'J' | 'K' => letter(1),
        'M' | 'N' => letter(2),
        'P'..='Z' => letter(3),
        _ => None,
    }
}

fn is_offensive(symbols: &str) -> bool {
    let read = |symbol: char| match symbol {
        '2' => 'Z',
        '3' => 'E',
        '4' => 'A',
        '5' => 'S',
        '6' | '9' => 'G',
        '7' => 'T',
        '8' => 'B',
        'V' => 'U',
        other => other,
    };
    let folded: String = symbols.chars().map(read).collect();
    STEMS.iter().any(|stem| folded.contains(stem))
}

/// Whether people write this between symbols: a space or any dash.
pub(super) fn is_separator(c: char) -> bool {
    c.is_whitespace() || matches!(c, '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

/// What was typed, in upper case and without separators.
fn typed_symbols(text: &str) -> Result<String, Error> {
    if text.len() > MAX_INPUT_BYTES {
        return Err(refuse("code", "is too long"));
    }
    Ok(text.chars().filter(|c| !is_separator(*c)).map(|c| c.to_ascii_uppercase()).collect())
}

/// Whether these symbols could be a random code, right or with a mistake: then they are never a vanity code.
pub(super) fn has_shape_of_random(symbols: &str) -> bool {
    CodeKind::of_length(symbols.len()).is_some() && symbols.chars().all(|symbol| value_of(symbol).is_some())
}

fn check_symbols(symbols: &str) -> Result<(), Error> {
    for (index, symbol) in symbols.chars().enumerate() {
        if value_of(symbol).is_some() {
            continue;
        }
        let (position, shown) = (index + 1, symbol.escape_default());
        let problem = match symbol {
            '0' | 'O' => format!("has `{shown}` at position {position}: codes never have 0 or O; perhaps it is Q or D"),
            '1' | 'I' | 'L' => {
                format!("has `{shown}` at position {position}: codes never have 1, I or L; perhaps it is J, T or 7")
            }
            _ => format!("has `{shown}` at position {position}, which no code has"),
        };
        return Err(refuse("code", problem));
    }
    if CodeKind::of_length(symbols.len()).is_none() {
        return Err(refuse("code", format!("has {} symbols; a code has 10 or 13", symbols.len())));
    }
    if !weighted_sum(symbols.chars().filter_map(value_of)).is_multiple_of(PRIME) {
        return Err(refuse("code", "has a symbol wrong, or two of them swapped"));
    }
    Ok(())
}

impl FromStr for Code {
    type Err = Error;
    /// Case, spaces and dashes do not matter. A symbol that looks like one that codes never have is an error that names
    /// its position.
    fn from_str(text: &str) -> Result<Self, Error> {
        let symbols = typed_symbols(text)?;
        check_symbols(&symbols)?;
        Ok(Self(symbols.into()))
    }
}

impl TryFrom<String> for Code {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Code> for String {
    fn from(code: Code) -> Self {
        code.to_string()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, symbol) in self.0.chars().enumerate() {
            if index > 0 && index % 5 == 0 {
                f.write_str("-")?;
            }
            write!(f, "{symbol}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Code({self})")
    }
}

/// A code of either family, as somebody typed it.
///
/// What has the shape of a random code, ten or thirteen symbols of its alphabet, is one, or is refused because its check
/// symbol does not fit; it is never looked up as a vanity code, so that nobody can wait at the mistyped forms of another's
/// code. Everything else may be a vanity code.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AnyCode {
    /// A random code, with a check symbol that fits.
    Random(Code),
    /// What may be a vanity code.
    Vanity(VanityCode),
}

impl AnyCode {
    /// The text under which the store has this code.
    #[must_use]
    pub fn key(&self) -> CodeText {
        match self {
            Self::Random(code) => CodeText(code.0.clone()),
            Self::Vanity(code) => CodeText(code.skeleton().into()),
        }
    }

    /// What to answer if the store has no such code: why it may be mistyped, if that can be seen.
    #[must_use]
    pub fn unknown(&self) -> Error {
        let shown = self.to_string();
        let symbols = typed_symbols(&shown).unwrap_or_default();
        if CodeKind::of_length(symbols.len()).is_some()
            && let Err(error) = check_symbols(&symbols)
        {
            return error;
        }
        Error::not_found("code", shown)
    }
}

impl From<Code> for AnyCode {
    fn from(code: Code) -> Self {
        Self::Random(code)
    }
}

impl From<VanityCode> for AnyCode {
    fn from(code: VanityCode) -> Self {
        Self::Vanity(code)
    }
}

impl FromStr for AnyCode {
    type Err = Error;
    /// Reads it as people paste it: with quotes, invisible characters, full-width letters, or in a whole URL.
    fn from_str(text: &str) -> Result<Self, Error> {
        let text = pasted(text);
        let text = text.trim_matches('_');
        if has_shape_of_random(&typed_symbols(text)?) {
            return text.parse().map(Self::Random);
        }
        text.parse().map(Self::Vanity)
    }
}

impl fmt::Display for AnyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Random(code) => code.fmt(f),
            Self::Vanity(code) => code.fmt(f),
        }
    }
}

/// The text that is unique for a code in its tenant, of whichever family.
///
/// A random code is its symbols in upper case; a vanity code is its skeleton in lower case. The two cannot be equal: they
/// could only be where neither has a letter, so in ten or thirteen digits, and those no vanity code has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CodeText(Arc<str>);

impl CodeText {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CodeText {
    type Error = Error;
    /// Reads what was stored.
    fn try_from(text: String) -> Result<Self, Error> {
        let fits = (4..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if fits { Ok(Self(text.into())) } else { Err(refuse("code", "is not the text that a code is stored under")) }
    }
}

impl From<CodeText> for String {
    fn from(text: CodeText) -> Self {
        text.as_str().to_owned()
    }
}

impl fmt::Display for CodeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(seed: u64, kind: CodeKind) -> Code {
        Code::generate(kind, &mut Entropy::new([3; 32]).part("code", seed))
    }

    #[test]
    fn case_spaces_and_dashes_do_not_matter() {
        for kind in [CodeKind::Plain, CodeKind::Money] {
            let code = code(1, kind);
            assert_eq!(code.kind(), kind);
            let shown = code.to_string();
            let spaced: String = shown.chars().flat_map(|c| [c, ' ']).collect();
            let dashes = shown.replace('-', "\u{2013}\u{a0}");
            for text in [shown.clone(), shown.to_lowercase(), shown.replace('-', ""), spaced, dashes] {
                assert_eq!(text.parse(), Ok(code.clone()), "{text}");
            }
            assert_eq!(serde_json::from_str::<Code>(&serde_json::to_string(&code).unwrap()).unwrap(), code);
        }
        assert_eq!(code(1, CodeKind::Money).to_string().split('-').map(str::len).collect::<Vec<_>>(), [5, 5, 3]);
    }

    #[test]
    fn a_symbol_has_its_place_in_the_alphabet_as_value() {
        for (value, symbol) in (0..).zip(ALPHABET) {
            assert_eq!(value_of(char::from(*symbol)), Some(value));
        }
        assert_eq!((0..=u8::MAX).filter(|byte| value_of(char::from(*byte)).is_some()).count(), 31);
    }

    #[test]
    fn a_mistake_is_named_with_its_place() {
        let good = code(1, CodeKind::Plain).to_string();
        let with = |index: usize, symbol: &str| format!("{}{symbol}{}", &good[..index], &good[index + 1..]);
        let cases = [
            (with(0, "0"), "has `0` at position 1: codes never have 0 or O"),
            (with(4, "o"), "has `O` at position 5: codes never have 0 or O"),
            (with(6, "l"), "has `L` at position 6: codes never have 1, I or L"),
            (with(10, "I"), "has `I` at position 10"),
            (with(2, "$"), "has `$` at position 3, which no code has"),
            (with(2, "Ａ"), "has `\\u{ff21}` at position 3, which no code has"),
            (good[1..].to_owned(), "has 9 symbols; a code has 10 or 13"),
            (String::new(), "has 0 symbols"),
            ("2".repeat(65), "too long"),
        ];
        for (text, problem) in cases {
            let error = text.parse::<Code>().unwrap_err();
            assert!(error.code() == "invalid_link" && error.to_string().contains(problem), "{text}: {error}");
        }
        let wrong = with(0, if good.starts_with('A') { "B" } else { "A" });
        assert!(wrong.parse::<Code>().unwrap_err().to_string().contains("a symbol wrong"), "{wrong}");
    }

    #[test]
    fn a_drawn_code_with_an_offensive_word_is_drawn_again() {
        assert!(["XXF4GXXXXX", "XXXXXXXXA5", "FVCKXXXXXX", "2345K7S"].map(is_offensive) == [true, false, true, false]);
        let entropy = |seed| Entropy::new([4; 32]).part("code", seed);
        let seed = (0..100_000).find(|seed| is_offensive(&Code::draw(CodeKind::Plain, &mut entropy(*seed)).0)).unwrap();
        let code = Code::generate(CodeKind::Plain, &mut entropy(seed));
        assert!(!is_offensive(&code.0));
        assert_eq!(code.to_string().parse(), Ok(code));
    }

    #[test]
    fn every_symbol_is_equally_likely() {
        let mut counts = [0_i64; 31];
        for seed in 0..5_000 {
            let code = code(seed, CodeKind::Money);
            for symbol in code.as_str().chars().take(12) {
                counts[value_of(symbol).unwrap() as usize] += 1;
            }
        }
        // 60,000 symbols: 1,935 each, with a standard deviation of 43.
        assert!(counts.iter().all(|count| (count - 1_935).abs() < 5 * 43), "{counts:?}");
    }

    #[test]
    fn a_text_of_random_shape_is_never_looked_up_as_a_vanity_code() {
        let good = code(1, CodeKind::Plain);
        assert_eq!(good.to_string().parse(), Ok(AnyCode::Random(good.clone())));
        let mut swapped: Vec<char> = good.as_str().chars().collect();
        let unequal = (0..9).find(|index| swapped[*index] != swapped[index + 1]).unwrap();
        swapped.swap(unequal, unequal + 1);
        let swapped: String = swapped.into_iter().collect();
        assert!(swapped.parse::<AnyCode>().is_err(), "{swapped}");
        assert!(swapped.parse::<VanityCode>().is_err(), "{swapped}");
        assert!(good.as_str().parse::<VanityCode>().is_err());
        assert!(matches!("SUMMER2025".parse(), Ok(AnyCode::Vanity(_))));
    }

    #[test]
    fn a_code_that_nobody_has_gets_the_reason_that_can_be_seen() {
        let cases = [("SUMMER2025", "position 8: codes never have 0"), ("BLACK-FRIDAY", "no code `BLACK-FRIDAY`")];
        for (text, problem) in cases {
            let error = text.parse::<AnyCode>().unwrap().unknown();
            assert!(error.to_string().contains(problem), "{error}");
        }
        let random = AnyCode::from(code(1, CodeKind::Plain));
        assert_eq!(random.unknown().code(), "not_found");
    }

    #[test]
    fn the_two_families_share_one_space_of_keys_without_meeting() {
        let random = AnyCode::from(code(1, CodeKind::Plain)).key();
        let vanity = "Summer-2025".parse::<AnyCode>().unwrap().key();
        assert_eq!((random.as_str(), vanity.as_str()), (code(1, CodeKind::Plain).as_str(), "summerzozs"));
        for key in [random, vanity] {
            assert_eq!(CodeText::try_from(key.to_string()), Ok(key));
        }
        assert!("3479347934".parse::<VanityCode>().is_err());
        assert!(CodeText::try_from("a b c d".to_owned()).is_err());
    }
}
