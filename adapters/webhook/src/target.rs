//! Where an endpoint is: its URL, checked as far as that goes without a look-up.

use std::fmt;
use std::net::IpAddr;

use referral_core::error::{Error, Result};
use url::{Host, Url};

use crate::address::{self, Reach};

/// No endpoint needs more, and a request line has an end.
const LONGEST: usize = 2_000;
/// Names that are never public, with whatever stands before them.
const PRIVATE_NAMES: &[&str] =
    &["localhost", "localdomain", "local", "internal", "home.arpa", "onion", "invalid", "arpa"];

/// A URL that deliveries may go to, in its one normal form.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Target {
    url: Url,
}

impl Target {
    /// Parses and checks `text`.
    pub(crate) fn parse(text: &str, reach: Reach) -> Result<Self> {
        let target = Self::unchecked(text)?;
        match target.problem(reach) {
            Some(problem) => Err(invalid(problem)),
            None => Ok(target),
        }
    }

    /// Parses `text` without asking where it leads.
    pub(crate) fn unchecked(text: &str) -> Result<Self> {
        if text.len() > LONGEST {
            return Err(invalid("is longer than 2,000 characters"));
        }
        let mut url = Url::parse(text).map_err(|error| invalid(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
            return Err(invalid("does not begin with `https://`"));
        }
        url.set_fragment(None);
        Ok(Self { url })
    }

    /// The normal form of the URL.
    pub(crate) fn as_str(&self) -> &str {
        self.url.as_str()
    }

    /// Whether nothing is encrypted.
    pub(crate) fn is_plain(&self) -> bool {
        self.url.scheme() == "http"
    }

    /// The host's name, or the address that stands in its place.
    pub(crate) fn host(&self) -> std::result::Result<&str, IpAddr> {
        match self.url.host() {
            Some(Host::Ipv4(address)) => Err(address.into()),
            Some(Host::Ipv6(address)) => Err(address.into()),
            Some(Host::Domain(name)) => Ok(name),
            None => Ok(""),
        }
    }

    /// The port.
    pub(crate) fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or(443)
    }

    fn problem(&self, reach: Reach) -> Option<String> {
        if !self.url.username().is_empty() || self.url.password().is_some() {
            return Some("holds a user name or a password".to_owned());
        }
        let development = reach == Reach::PublicAndLoopback;
        if self.is_plain() && !development {
            return Some("does not begin with `https://`".to_owned());
        }
        let port = self.port();
        if port == 0 || (port < 1_024 && port != 443 && !development) {
            return Some(format!("names port {port}, which is neither 443 nor above 1,023"));
        }
        match self.host() {
            Err(address) => address::problem(address, reach).map(|what| format!("leads to an address that is {what}")),
            Ok(name) => name_problem(name, reach).map(str::to_owned),
        }
    }
}

fn name_problem(name: &str, reach: Reach) -> Option<&'static str> {
    if name.ends_with('.') {
        return Some("ends its host in a dot");
    }
    let is_in = |zone: &str| name.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    if reach == Reach::PublicAndLoopback && is_in("localhost") {
        return None;
    }
    if PRIVATE_NAMES.iter().any(|zone| is_in(zone)) {
        return Some("names a host that is never public");
    }
    // A search list would make a private name of it.
    (!name.contains('.')).then_some("names a host without a domain")
}

fn invalid(problem: impl Into<String>) -> Error {
    Error::InvalidValue { what: "webhook url", problem: problem.into() }
}

impl fmt::Debug for Target {
    /// Without path and query, which may hold what only the endpoint should know.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}:{}/..", self.url.scheme(), self.url.host_str().unwrap_or_default(), self.port())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_delivery_may_go_to_is_refused_without_being_quoted() {
        for text in [
            "",
            "hooks",
            "//hooks.shop.example/",
            "ftp://hooks.shop.example/",
            "file:///etc/passwd",
            "gopher://hooks.shop.example/",
            "data:text/plain,hunter2",
            "javascript:alert(1)",
            "unix:/run/docker.sock",
            "http://hooks.shop.example/hunter2",
            "https://ada@hooks.shop.example/",
            "https://ada:hunter2@hooks.shop.example/",
            "https://:hunter2@hooks.shop.example/",
            "https://hooks.shop.example:0/",
            "https://hooks.shop.example:22/",
            "https://hooks.shop.example:25/",
            "https://hooks.shop.example:80/",
            "https://hooks.shop.example:65536/",
            "https://hooks.shop.example./hunter2",
            "https://intranet/",
            "https://printer.local/",
            "https://metadata.google.internal/",
            "https://router.home.arpa/",
            "https://localhost/",
            "https://a.localhost/",
            "https://LOCALHOST/",
            "https://xyz.onion/",
            "https:///hooks",
            "https://hooks shop.example/",
            "https://[::1/",
            "https://[fe80::1%25eth0]/",
            "https://1.2.3.4.5/",
            "https://256.1.1.1/",
        ] {
            let error = Target::parse(text, Reach::Public).unwrap_err();
            assert_eq!(error.code(), "invalid_value", "{text}");
            assert!(!error.to_string().contains("hunter2") && !error.to_string().contains("ada"), "{error}");
        }
        assert!(Target::parse(&format!("https://hooks.shop.example/{}", "a".repeat(2_000)), Reach::Public).is_err());
    }

    #[test]
    fn what_is_public_is_kept_in_its_normal_form() {
        for (text, normal, port) in [
            ("https://hooks.shop.example", "https://hooks.shop.example/", 443),
            ("HTTPS://Hooks.Shop.Example:443/a?b=c#d", "https://hooks.shop.example/a?b=c", 443),
            ("https://hooks.shop.example:8443/", "https://hooks.shop.example:8443/", 8_443),
            ("https://93.184.215.14/", "https://93.184.215.14/", 443),
            ("https://[2606:2800:21f::1]/", "https://[2606:2800:21f::1]/", 443),
            ("https://bücher.example/", "https://xn--bcher-kva.example/", 443),
            ("https://notlocalhost.example/", "https://notlocalhost.example/", 443),
        ] {
            let target = Target::parse(text, Reach::Public).unwrap();
            assert_eq!((target.as_str(), target.port()), (normal, port));
        }
    }

    #[test]
    fn a_target_prints_no_path() {
        let target = Target::parse("https://hooks.shop.example/hunter2?hunter3", Reach::Public).unwrap();
        assert_eq!(format!("{target:?}"), "https://hooks.shop.example:443/..");
    }
}
