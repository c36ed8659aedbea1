//! What of a command never prints: it came with a request, and may lead to a person or open something.

use std::fmt;

/// Cookies, addresses and headers of somebody's browser; tokens, which open something; what a person typed or chose.
const HIDDEN: &[&str] = &[
    "code",
    "coupon",
    "destination",
    "ip",
    "link",
    "query",
    "referer",
    "token",
    "user_agent",
    "utm",
    "vanity",
    "visitor",
];

struct Hidden;

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// A field as `Debug` shows it.
pub(super) fn shown_or_hidden<'f>(name: &str, value: &'f dyn fmt::Debug) -> &'f dyn fmt::Debug {
    if HIDDEN.contains(&name) { &Hidden } else { value }
}
