//! What tells people, places and hosts apart: emails, network prefixes, languages, countries, host names.
//!
//! An email never prints. An IP address is cut to its network before anything keeps it.

use std::borrow::Cow;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;
use std::sync::Arc;

use icu_normalizer::ComposingNormalizerBorrowed;
use idna::AsciiDenyList;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::quote::quoted;

macro_rules! serde_as_text {
    ($($name:ident)*) => {$(
        impl TryFrom<String> for $name {
            type Error = Error;
            fn try_from(text: String) -> Result<Self, Error> {
                text.parse()
            }
        }
    )*};
}

serde_as_text! { Email IpPrefix Language Country LinkHost }

/// The ASCII form of a domain, in lower case. Nothing if it is none.
fn ascii_domain(text: &str) -> Option<Cow<'_, str>> {
    let ascii = idna::domain_to_ascii_cow(text.as_bytes(), AsciiDenyList::STD3).ok()?;
    let is_label = |label: &str| (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-');
    let labels_fit = ascii.split('.').all(is_label);
    let last_is_number = ascii.rsplit('.').next().is_some_and(|last| last.bytes().all(|byte| byte.is_ascii_digit()));
    (ascii.len() <= 253 && labels_fit && !last_is_number).then_some(ascii)
}

/// An email address. Personal data: it never prints, and [`Email::expose`] is easy to find in a review.
///
/// ```
/// use referral_core::value::Email;
/// let email: Email = "Ada.Lovelace+shop@GoogleMail.com".parse()?;
/// assert_eq!(email.exact(), "ada.lovelace+shop@googlemail.com");
/// assert_eq!(email.canonical(), "adalovelace@gmail.com");
/// assert_eq!(format!("{email:?}"), "Email(..)");
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email {
    original: Arc<str>,
    exact: Arc<str>,
    canonical: Arc<str>,
}

impl Email {
    /// The address as it was given, to send to.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.original
    }

    /// The address in lower case and NFKC, its domain in ASCII: two spellings of one mailbox have the same. Personal data.
    #[must_use]
    pub fn exact(&self) -> &str {
        &self.exact
    }

    /// The exact form without what one person can vary at will: a `+tag` anywhere, and dots at `gmail.com`, which is also
    /// `googlemail.com`. Two addresses that share it are one person. Personal data.
    #[must_use]
    pub fn canonical(&self) -> &str {
        &self.canonical
    }

    /// The domain in ASCII.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.exact.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// A local part in NFKC and lower case: what a mailbox is compared by.
fn fold_local(local: &str) -> String {
    let nfkc = ComposingNormalizerBorrowed::new_nfkc();
    let lower = nfkc.normalize(local).to_lowercase();
    nfkc.normalize(&lower).into_owned()
}

/// Whether `local` is a dot-atom of RFC 5321, with the letters of RFC 6531.
fn is_local(local: &str) -> bool {
    let fine = |c: char| {
        c.is_ascii_alphanumeric()
            || "!#$%&'*+-/=?^_`{|}~.".contains(c)
            || (!c.is_ascii() && !c.is_control() && !c.is_whitespace())
    };
    (1..=64).contains(&local.len()) && local.chars().all(fine) && local.split('.').all(|atom| !atom.is_empty())
}

fn canonical_local(local: &str, domain: &str) -> String {
    let untagged = match local.split_once('+') {
        Some((name, _)) if !name.is_empty() => name,
        _ => local,
    };
    if domain == "gmail.com" { untagged.replace('.', "") } else { untagged.to_owned() }
}

impl FromStr for Email {
    type Err = Error;
    /// Parses an address without name, quotes, comments or an IP address in place of the domain.
    ///
    /// The message never quotes the input.
    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = |problem: &str| Error::invalid("email", problem);
        let text = text.trim();
        if text.len() > 254 {
            return Err(refuse("is longer than 254 bytes"));
        }
        let (local, domain) = text.rsplit_once('@').ok_or_else(|| refuse("has no `@`"))?;
        let folded = fold_local(local);
        // Both, because folding turns some characters into others: a full-width `＠` becomes an `@`.
        if !is_local(local) || !is_local(&folded) {
            return Err(refuse("has characters before the `@` that do not belong there, or too many"));
        }
        let domain = ascii_domain(domain).filter(|domain| domain.contains('.'));
        let domain = domain.ok_or_else(|| refuse("has no domain after the `@`"))?;
        let one_domain = if domain == "googlemail.com" { "gmail.com" } else { &domain };
        let canonical = format!("{}@{one_domain}", canonical_local(&folded, one_domain));
        Ok(Self { original: text.into(), exact: format!("{folded}@{domain}").into(), canonical: canonical.into() })
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.expose().to_owned()
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(..)")
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(..)")
    }
}

/// The network that an IP address belongs to: 24 bits of an IPv4 address, 48 of an IPv6 address. What was cut is gone.
///
/// ```
/// use referral_core::value::IpPrefix;
/// let address: std::net::IpAddr = "203.0.113.77".parse().unwrap();
/// assert_eq!(IpPrefix::from(address).to_string(), "203.0.113.0/24");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IpPrefix(Network);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Network {
    V4([u8; 3]),
    V6([u16; 3]),
}

impl From<IpAddr> for IpPrefix {
    /// An IPv4 address inside an IPv6 address (`::ffff:203.0.113.77`) is taken for what it is.
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => {
                let [a, b, c, _] = address.octets();
                Self(Network::V4([a, b, c]))
            }
            IpAddr::V6(address) => {
                let [a, b, c, ..] = address.segments();
                Self(Network::V6([a, b, c]))
            }
        }
    }
}

impl FromStr for IpPrefix {
    type Err = Error;
    /// Parses what `Display` writes: a whole network with its length, /24 or /48.
    fn from_str(text: &str) -> Result<Self, Error> {
        let address = text.split_once('/').and_then(|(address, _)| address.parse::<IpAddr>().ok());
        let prefix = address.map(Self::from).filter(|prefix| prefix.to_string() == text);
        // The input may be a person's whole address, so it is not quoted.
        prefix.ok_or_else(|| Error::invalid("network", "is not of the form `203.0.113.0/24` or `2001:db8:1::/48`"))
    }
}

impl From<IpPrefix> for String {
    fn from(prefix: IpPrefix) -> Self {
        prefix.to_string()
    }
}

impl fmt::Display for IpPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Network::V4([a, b, c]) => write!(f, "{}/24", Ipv4Addr::new(a, b, c, 0)),
            Network::V6([a, b, c]) => write!(f, "{}/48", Ipv6Addr::new(a, b, c, 0, 0, 0, 0, 0)),
        }
    }
}

impl fmt::Debug for IpPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A language by its tag: `en`, `pt-BR`, `zh-Hant`. The shape is checked and the case is set right, the registry is not
/// consulted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Language(Arc<str>);

impl Language {
    /// English: what is written in where nothing else is said.
    #[must_use]
    pub fn english() -> Self {
        Self("en".into())
    }

    /// The tag and what is left of it when it loses its last part, again and again: `zh-Hant-TW`, `zh-Hant`, `zh`. What is
    /// not there in one is looked for in the next (RFC 4647, lookup).
    pub fn fallbacks(&self) -> impl Iterator<Item = &str> {
        std::iter::successors(Some(self.as_str()), |tag| {
            let (shorter, _) = tag.rsplit_once('-')?;
            // A single letter begins an extension and says nothing by itself.
            Some(shorter.rsplit_once('-').filter(|(_, last)| last.len() == 1).map_or(shorter, |(before, _)| before))
        })
    }

    /// The tag.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language alone: `pt` of `pt-BR`.
    #[must_use]
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

impl FromStr for Language {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let refuse = || Error::invalid("language", format!("{} is not a tag such as `en` or `pt-BR`", quoted(text)));
        let is_subtag = |part: &str| (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric());
        let (primary, rest) = text.split_once('-').map_or((text, None), |(primary, rest)| (primary, Some(rest)));
        let is_primary = (2..=3).contains(&primary.len()) && primary.bytes().all(|b| b.is_ascii_alphabetic());
        if text.len() > 35 || !is_primary || !rest.is_none_or(|rest| rest.split('-').all(is_subtag)) {
            return Err(refuse());
        }
        let mut tag = primary.to_ascii_lowercase();
        for part in rest.into_iter().flat_map(|rest| rest.split('-')) {
            tag.push('-');
            tag.push_str(&match part.len() {
                2 => part.to_ascii_uppercase(),
                4 if part.bytes().all(|b| b.is_ascii_alphabetic()) => {
                    let (first, others) = part.split_at(1);
                    first.to_ascii_uppercase() + &others.to_ascii_lowercase()
                }
                _ => part.to_ascii_lowercase(),
            });
        }
        Ok(Self(tag.into()))
    }
}

impl From<Language> for String {
    fn from(language: Language) -> Self {
        language.as_str().to_owned()
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A country by two upper-case letters, as ISO 3166-1 has them: `DE`. The list of countries is not consulted.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

impl Country {
    /// The two letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        // Only letters are ever parsed into it.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl FromStr for Country {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        match *text.as_bytes() {
            [a, b] if a.is_ascii_uppercase() && b.is_ascii_uppercase() => Ok(Self([a, b])),
            _ => {
                let problem = format!("{} is not two upper-case letters", quoted(text));
                Err(Error::invalid("country", problem))
            }
        }
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        country.to_string()
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b] = self.0.map(char::from);
        write!(f, "{a}{b}")
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({self})")
    }
}

/// The host name that links are opened at: `go.shop.example`, without scheme, port or path. Every token is bound to one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LinkHost(Arc<str>);

impl LinkHost {
    /// The host name in ASCII and lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for LinkHost {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let problem = || {
            let problem = format!("{} is not a host name such as `go.shop.example`", quoted(text));
            Error::invalid("link host", problem)
        };
        Ok(Self(ascii_domain(text).ok_or_else(problem)?.as_ref().into()))
    }
}

impl From<LinkHost> for String {
    fn from(host: LinkHost) -> Self {
        host.as_str().to_owned()
    }
}

impl fmt::Display for LinkHost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_one_person_have_one_canonical_form() {
        let cases = [
            ("ada@shop.example", "ada@shop.example", "ada@shop.example"),
            (" Ada@Shop.Example ", "ada@shop.example", "ada@shop.example"),
            ("ada+x+y@shop.example", "ada+x+y@shop.example", "ada@shop.example"),
            ("a.d.a@shop.example", "a.d.a@shop.example", "a.d.a@shop.example"),
            ("a.d.a+x@gmail.com", "a.d.a+x@gmail.com", "ada@gmail.com"),
            ("A.da@googlemail.com", "a.da@googlemail.com", "ada@gmail.com"),
            ("+x@shop.example", "+x@shop.example", "+x@shop.example"),
            ("ada@BÜCHER.example", "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
            ("ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example", "ada@xn--bcher-kva.example"),
            ("ａｄａ＋x@shop.example", "ada+x@shop.example", "ada@shop.example"),
            ("JOSE\u{301}@shop.example", "josé@shop.example", "josé@shop.example"),
        ];
        for (text, exact, canonical) in cases {
            let email: Email = text.parse().unwrap();
            assert_eq!((email.exact(), email.canonical()), (exact, canonical), "{text}");
            assert_eq!(email.expose(), text.trim());
            let again: Email = email.canonical().parse().unwrap();
            assert_eq!(again.canonical(), canonical, "{text}");
            assert_eq!(serde_json::from_str::<Email>(&serde_json::to_string(&email).unwrap()).unwrap(), email);
        }
        assert_eq!("ada@BÜCHER.example".parse::<Email>().unwrap().domain(), "xn--bcher-kva.example");
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_quoted() {
        let long_local = format!("{}@shop.example", "a".repeat(65));
        let long = format!("ada@{}example", "shop.".repeat(60));
        let cases = [
            "",
            "ada",
            "@shop.example",
            "ada@",
            "ada@shop",
            "ada@.example",
            "ada@shop..example",
            "ada@shop.example.",
            "a b@shop.example",
            "a\u{0}@shop.example",
            "a\u{200b}\u{2028}@shop.example",
            "\"ada\"@shop.example",
            "ada@lovelace@shop.example",
            "ada＠lovelace@shop.example",
            ".ada@shop.example",
            "ada.@shop.example",
            "a..da@shop.example",
            "ada@[203.0.113.7]",
            "ada@203.0.113.7",
            "ada@-shop.example",
            "ada@sh_op.example",
            "ada@shop .example",
            "Ada <ada@shop.example>",
            "ada,x@shop.example",
            "ada@xn--a.example",
            &long_local,
            &long,
        ];
        for text in cases {
            let error = text.parse::<Email>().expect_err(text);
            assert!(!error.to_string().contains("ada"), "{error}");
        }
    }

    #[test]
    fn an_address_never_prints() {
        let email: Email = "ada@shop.example".parse().unwrap();
        assert_eq!(format!("{email} {email:?}"), "Email(..) Email(..)");
    }

    #[test]
    fn an_ip_address_is_cut_to_its_network() {
        let cases = [
            ("203.0.113.77", "203.0.113.0/24"),
            ("::ffff:203.0.113.77", "203.0.113.0/24"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
            ("::1", "::/48"),
            ("0.0.0.1", "0.0.0.0/24"),
        ];
        for (address, shown) in cases {
            let prefix = IpPrefix::from(address.parse::<IpAddr>().unwrap());
            assert_eq!(prefix.to_string(), shown);
            assert_eq!(shown.parse(), Ok(prefix));
            assert_eq!(serde_json::from_str::<IpPrefix>(&format!("\"{shown}\"")).unwrap(), prefix);
        }
        for text in ["203.0.113.77/24", "203.0.113.0", "203.0.113.0/25", "2001:db8:1:2::/48", "x/24", "/24", ""] {
            assert!(text.parse::<IpPrefix>().is_err(), "{text}");
        }
    }

    #[test]
    fn tags_of_languages_and_countries_are_checked_and_set_right() {
        for (text, tag) in [("EN", "en"), ("pt-br", "pt-BR"), ("ZH-hant-tw", "zh-Hant-TW"), ("es-419", "es-419")] {
            let language: Language = text.parse().unwrap();
            assert_eq!(language.as_str(), tag);
        }
        assert_eq!("pt-BR".parse::<Language>().unwrap().primary(), "pt");
        for text in ["", "e", "engl", "e1", "en-", "-en", "en_US", "en-123456789", "dé", "en--US"] {
            assert!(text.parse::<Language>().is_err(), "{text}");
        }
        assert_eq!("DE".parse::<Country>().unwrap().to_string(), "DE");
        for text in ["", "D", "de", "De", "DEU", "D1", "É"] {
            assert!(text.parse::<Country>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_link_host_is_a_bare_host_name() {
        for (text, host) in [
            ("Go.Shop.Example", "go.shop.example"),
            ("localhost", "localhost"),
            ("bücher.example", "xn--bcher-kva.example"),
        ] {
            assert_eq!(text.parse::<LinkHost>().unwrap().as_str(), host);
        }
        for text in
            ["", "https://go.shop.example", "go.shop.example/", "go.shop.example:443", "go shop", "127.0.0.1", "a..b"]
        {
            assert!(text.parse::<LinkHost>().is_err(), "{text}");
        }
    }
}
