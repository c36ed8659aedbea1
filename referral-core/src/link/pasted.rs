//! What people paste in place of a code or a link: with quotes, invisible characters, full-width letters, or as a whole URL.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;

use super::{Code, SealedToken, VanityCode};

/// What is longer is left as it is: nothing in it would be found.
const MOST_BYTES: usize = 2_048;

/// So many URLs are read within the one that was pasted, each within the one before.
const MOST_WITHIN: usize = 2;

/// Names of parameters in which links carry a code or a token, the usual first.
const PARAMETERS: [&str; 9] = ["ref", "referral", "code", "coupon", "via", "invite", "referrer", "token", "r"];

/// Names of parameters in which the redirect pages of mailers and social networks carry the URL that they lead to.
const TARGETS: [&str; 6] = ["u", "url", "q", "z", "to", "target"];

/// How surely a part of a URL names a referrer, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Names {
    /// It holds a random code that fits, or a token.
    Good,
    /// It is called as such parts are called.
    ByName,
    /// It stands where such parts stand, and could be a code.
    ByPlace,
    /// It stands where such parts stand.
    Hardly,
}

/// The code or token in what somebody typed or pasted: in Unicode's form NFKC, without format characters, and without quotes
/// and punctuation at its ends. Of a URL it is what holds a good code or a token: a usual parameter, another one, or the last part
/// of the path or of a path behind `#`. If none does, it is what a usual parameter holds, else the last part of the path. A URL
/// within a parameter is read the same way. Parameters that were appended to a code or a token alone are left out.
pub(super) fn pasted(text: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if text.len() > MOST_BYTES || text.bytes().all(is_plain) {
        return Cow::Borrowed(text);
    }
    let composed = ComposingNormalizerBorrowed::new_nfkc().normalize(text);
    let plain: String = composed.chars().filter(|symbol| !is_format(*symbol)).collect();
    let alone = head(&plain);
    Cow::Owned(match behind_scheme(&plain) {
        _ if alone.len() < plain.len() && !alone.contains(['/', '.', ':']) && !trim(alone).is_empty() => {
            trim(alone).to_owned()
        }
        Some(rest) => in_url(rest.trim_end(), MOST_WITHIN).map_or(String::new(), |(_, found)| trim(&found).to_owned()),
        None => trim(&plain).to_owned(),
    })
}

/// A URL behind its scheme, which browsers do not show: then a host stands before the first slash.
fn behind_scheme(text: &str) -> Option<&str> {
    let has_host = |text: &&str| text.split_once('/').is_some_and(|(host, _)| host.contains('.'));
    text.split_once("://").map(|(_, rest)| rest).or_else(|| Some(text.trim_start()).filter(has_host))
}

/// Without the parameters behind it.
fn head(text: &str) -> &str {
    let is_end = |(index, symbol): &(usize, char)| {
        matches!(symbol, '?' | '#' | '&' | ';') && text.get(index + 1..).is_some_and(is_parameter)
    };
    let end = text.char_indices().find(is_end).map(|(index, _)| index);
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// Whether a text begins with a parameter: a name and `=`.
fn is_parameter(text: &str) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    let length = text.bytes().take_while(|byte| is_name(byte)).count();
    length > 0 && text.as_bytes().get(length) == Some(&b'=')
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

/// What names a referrer in a URL, of which `rest` stands behind the scheme, and how surely. So many URLs may be within it.
fn in_url(rest: &str, within: usize) -> Option<(Names, String)> {
    let (path, further) = rest.split_once(['?', '#']).unwrap_or((rest, ""));
    let place = head(path);
    let appended = path.get(place.len()..).unwrap_or_default();
    let pieces: Vec<&str> = appended.split(['&', ';']).chain(further.split(['&', '#', '?'])).collect();
    let pairs = pieces.iter().filter_map(|piece| piece.split_once('='));
    let pairs = pairs.map(|(name, value)| (name.trim_start_matches(['/', '!']).to_ascii_lowercase(), value));
    let pairs: Vec<(String, String)> = pairs.map(|(name, value)| (name, percent_decoded(value))).collect();
    let find = |usual: &&str| pairs.iter().find(|(name, value)| name == usual && !value.is_empty());
    let usual = PARAMETERS.iter().filter_map(find);
    let other = pairs.iter().filter(|(name, _)| !PARAMETERS.contains(&name.as_str()));
    let held = usual.chain(other).filter_map(|(name, value)| in_parameter(name, value, within));
    let (_, path) = place.split_once('/').unwrap_or_default();
    let is_route = |piece: &&&str| piece.starts_with('/') || piece.starts_with("!/");
    let mut routes: Vec<&str> = pieces.iter().filter(is_route).map(|route| route.trim_start_matches('!')).collect();
    // A path behind `#` that is one word only says where in the page it is.
    routes.sort_by_key(|route| route.trim_matches('/').contains('/'));
    let single = routes.partition_point(|route| !route.trim_matches('/').contains('/'));
    let (single, long) = routes.split_at_checked(single).unwrap_or_default();
    let places = long.iter().copied().chain([path]).chain(single.iter().copied());
    let bare = pieces.iter().filter(|piece| is_good(piece)).map(|piece| (Names::Good, (*piece).to_owned()));
    held.chain(places.filter_map(|place| in_path(place, within))).chain(bare).min_by_key(|(names, _)| *names)
}

/// What names a referrer in a parameter.
fn in_parameter(name: &str, value: &str, within: usize) -> Option<(Names, String)> {
    let is_usual = PARAMETERS.contains(&name);
    if let Some(rest) = behind_scheme(value) {
        let found = in_url(rest, within.checked_sub(1)?)?;
        return Some(found).filter(|(names, _)| is_usual || TARGETS.contains(&name) || *names == Names::Good);
    }
    let value = head(value);
    let names = if is_good(value) { Names::Good } else { Names::ByName };
    (names == Names::Good || is_usual).then(|| (names, value.to_owned()))
}

/// What names a referrer in the last part of a path.
fn in_path(path: &str, within: usize) -> Option<(Names, String)> {
    let last = percent_decoded(path.rsplit('/').find(|part| !trim(part).is_empty())?);
    if let Some(rest) = behind_scheme(&last) {
        return in_url(rest, within.checked_sub(1)?);
    }
    let last = head(&last);
    let names = match trim(last).parse::<VanityCode>() {
        _ if is_good(last) => Names::Good,
        Ok(_) => Names::ByPlace,
        Err(_) => Names::Hardly,
    };
    Some((names, last.to_owned()))
}

/// Whether it is a random code that fits, or a token.
fn is_good(text: &str) -> bool {
    trim(text).parse::<Code>().is_ok() || trim(text).parse::<SealedToken>().is_ok()
}

/// The text with each `%2D` read as its byte and `+` as a space. What is not UTF-8 afterwards stays as it was.
pub(crate) fn percent_decoded(text: &str) -> String {
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
    fn a_url_within_a_url_is_read_and_no_deeper_than_two() {
        let code = Code::generate(super::super::CodeKind::Plain, &mut crate::value::Entropy::new([7; 32])).to_string();
        let within = |page: &str, url: &str| format!("{page}{}", super::super::percent_encoded(url));
        let shop = format!("https://shop.example/sale?utm_source=mail&ref={code}");
        let one = within("https://l.example/l.php?u=", &shop);
        let two = within("https://safe.example/?data=05%7C01&url=", &format!("{one}&h=AT0x"));
        for url in [&shop, &one, &two, &within("https://mail.example/c/", &shop), &one.replace("u=", "x=")] {
            assert_eq!(pasted(url), code, "{url}");
        }
        assert_ne!(pasted(&within("https://more.example/?u=", &two)), code, "three deep");
        // A chosen code is known by the name of its parameter alone: also behind a redirect page, and not behind a way back.
        let named = "https://shop.example/?ref=ADASHOP";
        assert_eq!(pasted(&within("https://video.example/redirect?q=", named)), "ADASHOP");
        assert_eq!(pasted(&within("https://shop.example/invite/BENSHOP?back=", named)), "BENSHOP");
        let deep = "https://a.example/?u=".repeat(90);
        assert!(pasted(&deep).len() < deep.len());
        let encoded = (0..6).fold(shop, |url, _| within("https://l.example/?u=", &url));
        assert!(encoded.len() <= MOST_BYTES && pasted(&encoded).is_empty(), "{encoded}");
    }

    #[test]
    fn paths_behind_a_hash_and_what_was_appended_are_read() {
        let code = Code::generate(super::super::CodeKind::Plain, &mut crate::value::Entropy::new([7; 32])).to_string();
        let token = format!("EQ{}", "A".repeat(42));
        assert!(token.parse::<SealedToken>().is_ok());
        for form in [
            "https://shop.example/#/invite/IT",
            "https://shop.example/app#!/invite/IT?utm_source=x",
            "https://shop.example/#/start?code=IT",
            "https://shop.example/welcome#IT",
            "https://shop.example/?IT",
            "https://go.example.com/IT&utm_source=x",
            "https://go.example.com/IT;jsessionid=1F",
            "https://go.example.com/IT%3Futm_source%3Dx",
            "https://shop.example/?ref=IT%26utm_source%3Dx",
            "go.example.com/IT&utm_source=x&utm_medium=y",
            "IT?fbclid=abc",
            "IT&utm_source=x",
            "IT?utm_source=https://mail.example/",
            "IT#utm=1",
            "\"IT?fbclid=abc\"",
        ] {
            for it in [&code, &token] {
                assert_eq!(pasted(&form.replace("IT", it)), **it, "{form}");
            }
        }
        for (text, expected) in [
            ("ADASHOP?fbclid=abc", "ADASHOP"),
            ("https://shop.example/#/invite/ADASHOP", "ADASHOP"),
            ("https://shop.example/start#/invite/ADASHOP", "ADASHOP"),
            ("https://shop.example/invite/ADASHOP#/top", "ADASHOP"),
            ("https://shop.example/invite/ADASHOP&utm_source=x", "ADASHOP"),
            // Not what is appended to a URL: it stays, and is no code.
            ("H&M-SHOP", "H&M-SHOP"),
            ("ADA#SHOP", "ADA#SHOP"),
        ] {
            assert_eq!(pasted(text), expected, "{text}");
        }
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
