//! What people paste in place of a code or a link: with quotes, invisible characters, full-width letters, or as a whole URL.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

use super::{Code, SealedToken};

/// What is longer is left as it is: nothing in it would be found.
const MOST_BYTES: usize = 2_048;

/// Names of parameters in which links carry a code or a token, the usual first.
const PARAMETERS: [&str; 9] = ["ref", "referral", "code", "coupon", "via", "invite", "referrer", "token", "r"];

/// The code or token in what somebody typed or pasted: in Unicode's form NFKC, without format characters, and without quotes
/// and punctuation at its ends. Of a URL it is what holds a good code or a token: a usual parameter, another one, or the last part
/// of the path. If none does, it is what a usual parameter holds, else the last part of the path.
pub(super) fn pasted(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if text.len() > MOST_BYTES || text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let composed = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
    let plain: String = composed.chars().filter(|symbol| !is_format(*symbol)).collect();
    Cow::Owned(match behind_scheme(&plain) {
        Some(rest) => trim(&in_url(rest.trim_end())).to_owned(),
        None => trim(&plain).to_owned(),
    })
}

/// A URL behind its scheme, which browsers do not show: then a host stands before the first slash.
fn behind_scheme(text: &str) -> Option<&str> {
    let has_host = |text: &&str| text.split_once('/').is_some_and(|(host, _)| host.contains('.'));
    text.split_once("://").map(|(_, rest)| rest).or_else(|| Some(text.trim_start()).filter(has_host))
}

/// Without what stands around a code or a token and in none.
fn trim(text: &str) -> &str {
    text.trim_matches(|symbol: char| !symbol.is_alphanumeric() && symbol != '-' && symbol != '_')
}

/// Whether nobody sees this character: joiners, marks of direction, the byte order mark, variation selectors.
fn is_format(symbol: char) -> bool {
    matches!(symbol,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fe00}'..='\u{fe0f}' | '\u{fff9}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// What names a referrer in a URL, of which `rest` stands behind the scheme.
fn in_url(rest: &str) -> String {
    let (path, further) = rest.split_once(['?', '#']).unwrap_or((rest, ""));
    let pairs = further.split(['&', '#', '?']).filter_map(|pair| pair.split_once('='));
    let pairs: Vec<(String, String)> =
        pairs.map(|(name, value)| (name.to_ascii_lowercase(), percent_decoded(value))).collect();
    let usual =
        PARAMETERS.iter().filter_map(|name| pairs.iter().find(|(found, value)| found == name && !value.is_empty()));
    let usual: Vec<&String> = usual.map(|(_, value)| value).collect();
    let (_, path) = path.split_once('/').unwrap_or_default();
    let last = percent_decoded(path.rsplit('/').find(|part| !trim(part).is_empty()).unwrap_or_default());
    let is_good = |value: &&String| trim(value).parse::<Code>().is_ok() || trim(value).parse::<SealedToken>().is_ok();
    let all = usual.iter().copied().chain(pairs.iter().map(|(_, value)| value)).chain([&last]);
    let good = all.into_iter().find(is_good);
    good.or(usual.first().copied()).unwrap_or(&last).clone()
}

/// The text with each `%2D` read as its byte and `+` as a space. What is not UTF-8 afterwards stays as it was.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let hex = |digit: &u8| char::from(*digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
        let decoded = match (first, tail) {
            (b'%', [high, low, ..]) => hex(high).zip(hex(low)).map(|(high, low)| high * 16 + low),
            _ => None,
        };
        bytes.push(decoded.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if decoded.is_some() { tail.get(2..).unwrap_or_default() } else { tail };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_a_code_is_left_out() {
        let pastes = [
            "K7F3M-2QX9A.",
            "\"K7F3M-2QX9A\"",
            "\u{201c}K7F3M-2QX9A\u{201d}",
            "#K7F3M-2QX9A",
            "  K7F3M-2QX9A\n",
            "K7F3M-\u{200b}2QX9A",
            "\u{feff}K7F3M-2QX9A\u{2060}",
            "\u{ff2b}7F3M-2QX9\u{ff21}",
            "(K7F3M-2QX9A)!",
            "https://shop.example/?ref=K7F3M-2QX9A",
            "https://shop.example/sale?utm_source=mail&REF=K7F3M%2D2QX9A#top",
            "<https://shop.example/invite/K7F3M-2QX9A/>",
            "https://shop.example/#code=K7F3M-2QX9A",
            "shop.example/?ref=K7F3M-2QX9A",
            "www.shop.example/invite/K7F3M-2QX9A",
            "K7F3M-\u{ad}2QX9A\u{fff9}",
        ];
        for text in pastes {
            assert_eq!(pasted(text), "K7F3M-2QX9A", "{text}");
        }
    }

    #[test]
    fn a_parameter_with_another_name_counts_if_it_holds_a_good_code() {
        let code = Code::generate(super::super::CodeKind::Plain, &mut crate::value::Entropy::new([7; 32])).to_string();
        assert_eq!(pasted(&format!("https://shop.example/welcome?friend={code}&x=1")), code);
        assert_eq!(pasted("https://shop.example/welcome?friend=nobody"), "welcome");
        // A usual name with something else in it hides no good code.
        for url in ["?ref=producthunt&code=CODE", "?r=1&friend=CODE", "CODE?r=home", "?ref=CODE&code=SPRING"] {
            assert_eq!(pasted(&format!("https://shop.example/{}", url.replace("CODE", &code))), code, "{url}");
        }
        assert_eq!(pasted("https://shop.example/?ref=ADASHOP&code=SPRING"), "ADASHOP");
    }

    #[test]
    fn what_holds_no_code_stays_or_becomes_empty_and_nothing_long_is_read() {
        for (text, expected) in
            [("", ""), ("\u{200b}", ""), ("...", ""), ("https://", ""), ("https://shop.example", "")]
        {
            assert_eq!(pasted(text), expected, "{text}");
        }
        let long = "!".repeat(3_000);
        assert_eq!(pasted(&long), long);
        assert_eq!(pasted("a_b-"), "a_b-");
    }
}
