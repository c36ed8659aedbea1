//! Where a visitor may be sent: below what the campaign allows, by a URL that everybody reads the same.

use std::borrow::Cow;

use crate::link::percent_encoded;
use crate::value::letters::hides;

/// So often is a text decoded: some servers do it twice.
const ROUNDS: usize = 3;

/// Whether `url` is `prefix` or lies below it: `https://shop.example` allows `https://shop.example/sale?x=1` and not
/// `https://shop.example.evil.test`. A URL with a [`risk`] lies below nothing.
///
/// ```
/// use referral_core::rule::destination::lies_below;
/// assert!(lies_below("https://shop.example/app/sale?x=1", "https://shop.example/app/"));
/// assert!(!lies_below("https://shop.example/app/../admin", "https://shop.example/app/"));
/// ```
#[must_use]
pub fn lies_below(url: &str, prefix: &str) -> bool {
    let Some(rest) = url.strip_prefix(prefix) else { return false };
    risk(url).is_none() && (rest.is_empty() || prefix.ends_with('/') || rest.starts_with(['/', '?', '#']))
}

/// Whether a URL has a parameter of this name in its query, in small or in capital letters, encoded or not.
///
/// ```
/// use referral_core::rule::destination::has_parameter;
/// assert!(has_parameter("https://shop.example/?a=1&R%65f#top", "ref"));
/// assert!(!has_parameter("https://shop.example/?a=ref#?ref", "ref"));
/// ```
#[must_use]
pub fn has_parameter(url: &str, name: &str) -> bool {
    let rest = url.split_once('#').map_or(url, |(rest, _)| rest);
    let query = rest.split_once('?').map_or("", |(_, query)| query);
    let is_it = |pair: &str| decoded(pair.split('=').next().unwrap_or_default()).eq_ignore_ascii_case(name);
    query.split('&').any(is_it)
}

/// A URL with further parameters in its query, before its fragment. One that the URL has already stays as it is there.
///
/// ```
/// use referral_core::rule::destination::with_parameters;
/// let url = with_parameters("https://shop.example/sale?ref=x#top", [("ref", "a"), ("utm_source", "a&b")].into_iter());
/// assert_eq!(url, "https://shop.example/sale?ref=x&utm_source=a%26b#top");
/// ```
#[must_use]
pub fn with_parameters<'p>(url: &str, parameters: impl Iterator<Item = (&'p str, &'p str)>) -> String {
    let (rest, fragment) = url.split_once('#').map_or((url, None), |(rest, fragment)| (rest, Some(fragment)));
    let known = url;
    let mut url = rest.to_owned();
    for (name, value) in parameters.filter(|(name, _)| !has_parameter(known, name)) {
        let glue = match url.split_once('?') {
            None => "?",
            Some((_, "")) => "",
            Some((_, query)) if query.ends_with('&') => "",
            Some(_) => "&",
        };
        url = format!("{url}{glue}{}={}", percent_encoded(name), percent_encoded(value));
    }
    match fragment {
        Some(fragment) => format!("{url}#{fragment}"),
        None => url,
    }
}

/// Why two readers could understand a URL differently, or a person could be shown another one; none if they could not.
///
/// Looked for are raw characters that a URL must encode, `.` and `..` in its path, and control characters, marks of direction
/// and markup, also behind percent signs.
#[must_use]
pub fn risk(url: &str) -> Option<&'static str> {
    if !url.chars().all(|letter| letter.is_ascii_graphic()) || url.contains(['\\', '"', '<', '>', '`']) {
        return Some("holds a character that a URL must percent-encode");
    }
    if readings(url).any(|text| hides(&text) || text.contains(['<', '>'])) {
        return Some("hides markup, a control character or a mark of direction");
    }
    let behind_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = behind_scheme.split(['?', '#']).next().unwrap_or_default();
    // `..;x` is `..` to servers that know parameters of a segment.
    let segment = |part: &str| matches!(part.split(';').next(), Some("." | ".."));
    let climbs = |text: Cow<'_, str>| text.contains('\\') || text.split('/').any(segment);
    readings(path).any(climbs).then_some("has a `.` or `..` in its path")
}

/// The text as it is, and after each round of decoding.
fn readings(text: &str) -> impl Iterator<Item = Cow<'_, str>> {
    std::iter::successors(Some(Cow::Borrowed(text)), |text| {
        text.contains('%').then(|| decoded(text)).filter(|next| next != text).map(Cow::Owned)
    })
    .take(1 + ROUNDS)
}

/// The text with each `%2E` replaced by what it stands for. What is no UTF-8 becomes U+FFFD, what is no escape stays.
fn decoded(text: &str) -> String {
    let (mut bytes, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((first, after)) = rest.split_first() {
        let escape = after.split_at_checked(2).filter(|_| *first == b'%');
        let byte = escape.and_then(|(digits, _)| digit_pair(digits));
        bytes.push(byte.unwrap_or(*first));
        rest = match (byte, escape) {
            (Some(_), Some((_, behind))) => behind,
            _ => after,
        };
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn digit_pair(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits).ok().filter(|text| text.bytes().all(|byte| byte.is_ascii_hexdigit()))?;
    u8::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leaves_its_prefix_or_shows_another_url_lies_below_nothing() {
        for tail in [
            "../admin",
            "a/../../admin",
            "..",
            ".",
            "./x",
            "a/..",
            "%2e%2e/admin",
            ".%2E/admin",
            "%2e/x",
            "..%2fadmin",
            "a%2f..%2f..%2fadmin",
            "..%5cadmin",
            "%252e%252e/admin",
            "%25252e%25252e/admin",
            "..;/admin",
            "..;jsessionid=1/admin",
            "..?x=1",
            "..#x",
            "a\u{202e}moc.live",
            "%E2%80%AEmoc.live",
            "?next=%E2%80%AE",
            "%C2%ADx",
            "<script>",
            "?q=%3Cscript%3E",
            "?q=%253Cscript%253E",
            "?q=\"onload=",
            "a\\b",
            "a b",
            "?x=%0d%0aSet-Cookie:%20a",
            "%00",
            "ä",
        ] {
            let url = format!("https://shop.example/app/{tail}");
            // The control is a comparison of texts alone, which lets all of them pass.
            assert!(url.starts_with("https://shop.example/app/"));
            assert!(!lies_below(&url, "https://shop.example/app/"), "{url}");
            assert!(risk(&url).is_some(), "{url}");
        }
    }

    #[test]
    fn ordinary_destinations_lie_below_their_prefix() {
        for tail in [
            "",
            "sale?x=1&y=2#top",
            "a..b/...",
            ".well-known/x",
            "v1.2/..x",
            "?next=../x",
            "#/../x",
            "M%C3%BCnchen",
            "%D9%86%DB%8C%D9%85%E2%80%8C%D9%81",
            "100%",
            "100%25",
            "%zz",
            "%",
            "a;b=c/d",
            "~user/(x),'y'!*",
        ] {
            let url = format!("https://shop.example/app/{tail}");
            assert!(lies_below(&url, "https://shop.example/app/"), "{url}: {:?}", risk(&url));
        }
        assert!(!lies_below("https://shop.example.evil.test/", "https://shop.example"));
        assert!(lies_below("https://shop.example?x", "https://shop.example"));
    }
}
