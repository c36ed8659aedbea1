//! Share texts: a campaign's words with a participant's name and link in them, and the URLs that open an app with them.
//!
//! A [`ShareText`] is what the campaign says; [`ShareVia`] makes the URL of one app. Nothing here looks anything up, and
//! whatever a person is called, it can neither break out of a URL nor add a header to a mail.

mod name;
mod text;
mod via;

pub use name::{first_name, shown_name};
pub(crate) use name::{initial, shown_words};
pub use text::{ShareText, ShareWords};
pub use via::{ShareVia, Shared};

/// `text` as a part of a URL: every byte but letters, digits, `-`, `.`, `_` and `~` becomes `%` and two digits (RFC 3986,
/// 2.1), so that it means the same in a path, in a query and behind `mailto:`, where a `+` is a `+` and no space.
///
/// ```
/// use referral_core::link::percent_encoded;
/// assert_eq!(percent_encoded("Tom & Åsa+1"), "Tom%20%26%20%C3%85sa%2B1");
/// ```
#[must_use]
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
            _ => {
                encoded.push('%');
                for half in [byte >> 4, byte & 15] {
                    encoded.extend(char::from_digit(u32::from(half), 16).map(|digit| digit.to_ascii_uppercase()));
                }
            }
        }
    }
    encoded
}
