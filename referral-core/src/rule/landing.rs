//! What a click says of where it came from: the referring host, and the UTM values of the URL that was asked for.
//!
//! Both come from anybody: they are bounded and cleaned, and nothing may be paid by them alone.

use crate::link::percent_decoded;
use crate::record::{ReferringHost, Utm};

/// So many parameters of a query are looked at.
const MOST_PARAMETERS: usize = 64;

/// The host of a `Referer` header: in lower case, without user, port, path and query. None for what is no page of the web.
///
/// ```
/// use referral_core::rule::landing::referring_host;
/// let host = referring_host("https://ada:secret@Forum.Example:8443/thread/7?mail=ada@mail.example");
/// assert_eq!(host.map(|host| host.to_string()), Some("forum.example".to_owned()));
/// ```
#[must_use]
pub fn referring_host(referer: &str) -> Option<ReferringHost> {
    let (scheme, rest) = referer.trim().split_once("://")?;
    // An app on Android says its package: `android-app://com.example.mail/`.
    if !["http", "https", "android-app"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return None;
    }
    let authority = rest.split(['/', '?', '#', '\\']).next()?;
    let host = authority.rsplit('@').next()?;
    let host = match host.split_once(']') {
        // An address of version 6 has colons of its own.
        Some((address, _)) => format!("{address}]"),
        None => host.split(':').next()?.to_owned(),
    };
    host.trim_end_matches('.').parse().ok()
}

/// The parameters of a URL that say UTM values.
pub(crate) fn utm_parameters(utm: &Utm) -> impl Iterator<Item = (&str, &str)> {
    let all = [
        ("utm_source", &utm.source),
        ("utm_medium", &utm.medium),
        ("utm_campaign", &utm.campaign),
        ("utm_term", &utm.term),
        ("utm_content", &utm.content),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?.as_str())))
}

/// The UTM values in a URL or its query. The first of a name counts; names in any case.
///
/// ```
/// use referral_core::rule::landing::utm_of_query;
/// let utm = utm_of_query("https://go.shop.example/K7F3M-2QX9A?utm_source=mail&utm_campaign=may+sale#top");
/// assert_eq!(utm.campaign.map(|campaign| campaign.to_string()), Some("may sale".to_owned()));
/// ```
#[must_use]
pub fn utm_of_query(url: &str) -> Utm {
    let query = url.split_once('?').map_or(url, |(_, query)| query);
    let query = query.split('#').next().unwrap_or_default();
    let mut utm = Utm::default();
    for pair in query.split(['&', ';']).take(MOST_PARAMETERS) {
        let Some((name, value)) = pair.split_once('=') else { continue };
        let name = name.to_ascii_lowercase();
        if let Some(name) = name.strip_prefix("utm_") {
            utm.note(name, &percent_decoded(value));
        }
    }
    utm
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_referer_nothing_but_the_host_is_read() {
        let long = format!("https://{}.example/", "x".repeat(260));
        let cases = [
            ("https://forum.example/thread/7?mail=ada@mail.example#top", Some("forum.example")),
            ("HTTPS://WWW.Forum.Example", Some("www.forum.example")),
            ("http://ada:secret@forum.example:8080/", Some("forum.example")),
            ("https://ada@mail.example@forum.example/x@y", Some("forum.example")),
            ("https://forum.example?q=https://other.example/", Some("forum.example")),
            ("https://forum.example\\@other.example/", Some("forum.example")),
            ("https://forum.example./", Some("forum.example")),
            ("https://xn--bcher-kva.example/", Some("xn--bcher-kva.example")),
            ("https://BÜCHER.example/", Some("bücher.example")),
            ("https://203.0.113.7/", Some("203.0.113.7")),
            ("https://[2001:db8::1]:8443/x", Some("[2001:db8::1]")),
            ("android-app://com.example.mail/", Some("com.example.mail")),
            ("about:blank", None),
            ("javascript:alert(1)", None),
            ("data:text/html,https://forum.example/", None),
            ("file:///x/list.html", None),
            ("https:///path", None),
            ("https://for um.example/", None),
            ("https://forum\u{202e}.example/", None),
            ("https://<script>/", None),
            ("forum.example", None),
            ("", None),
            (&long, None),
        ];
        for (referer, host) in cases {
            assert_eq!(referring_host(referer).as_ref().map(ReferringHost::as_str), host, "{referer}");
        }
    }

    #[test]
    fn of_a_query_the_first_good_value_of_each_name_is_read() {
        let of = |query: &str| {
            let Utm { source, medium, campaign, term, content } = utm_of_query(query);
            [source, medium, campaign, term, content].map(|value| value.map(String::from).unwrap_or_default())
        };
        assert_eq!(of("utm_source=a&utm_medium=b&utm_campaign=c&utm_term=d&utm_content=e"), ["a", "b", "c", "d", "e"]);
        assert_eq!(of("?UTM_Source=News%20Letter&utm_source=second"), ["News Letter", "", "", "", ""]);
        assert_eq!(of("/x?utm_source=&utm_source=later"), ["later", "", "", "", ""]);
        assert_eq!(of("?utm_content=ada%40mail.example&utm_term=ada%2540mail.example"), [""; 5], "no email");
        assert_eq!(of("?utm_source=%ff&utm_medium=%"), ["%ff", "%", "", "", ""]);
        assert_eq!(of(&format!("?utm_source={}", "x".repeat(101))), [""; 5], "not cut: left out");
        assert_eq!(of(&format!("{}utm_source=late", "a=b&".repeat(64))), [""; 5]);
        assert_eq!(of("?utm_source=a%0d%0ab&utm_medium=a%E2%80%AEb"), [""; 5], "nothing that hides");
        assert_eq!(of("#utm_source=a"), [""; 5]);
    }
}
