//! Links and codes: what a person carries from a referrer to the shop.
//!
//! In reading order: a [`SealedToken`] is a signed link, 33 bytes, made by a server or by a device that holds a [`Grant`];
//! a [`ClaimLink`] is made by a device that never was online; a [`Code`] or a [`VanityCode`] is read aloud and typed in.
//! [`LinkText`] tells them apart. A [`ShareText`] is what is said with a link, a [`ShareVia`] the app in which it is said.
//! A [`LookupToken`] is none of these: it opens a page, and names no referrer.
//! Everything that can be refused without a look into the store is refused here.
//!
//! Nothing here looks anything up, and nothing that sets a value is read from a link: no amount, no rule, no tier and no
//! destination.

mod claim;
mod code;
mod grant;
mod lookup;
mod mailed;
mod pasted;
mod share;
mod token;
mod unsubscribe;
mod vanity;
mod words;

use std::str::FromStr;

pub use claim::ClaimLink;
pub use code::{AnyCode, Code, CodeKind, CodeText};
pub use grant::Grant;
pub use lookup::LookupToken;
pub(crate) use pasted::percent_decoded;
pub(crate) use share::initial;
pub use share::{ShareText, ShareVia, ShareWords, Shared, first_name, percent_encoded, shown_name};
pub use token::{LinkToken, SealedToken, grant_key};
pub use unsubscribe::UnsubscribeToken;
pub use vanity::VanityCode;
pub(crate) use words::{for_others, is_offensive_code};

use crate::error::Error;

/// Whatever a person came with: a signed link, a claim link or a code, told apart by length.
///
/// ```
/// use referral_core::link::LinkText;
/// let text: LinkText = "summer-2027".parse()?;
/// assert!(matches!(text, LinkText::Code(_)));
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkText {
    /// A signed link. Its signature is still to be verified.
    Token(SealedToken),
    /// A claim link.
    Claim(ClaimLink),
    /// A code.
    Code(AnyCode),
}

impl FromStr for LinkText {
    type Err = Error;
    /// It is read as people paste it: with quotes, invisible characters, full-width letters, or in a whole URL.
    ///
    /// # Errors
    /// [`Error::InvalidLink`] if it is none of them.
    fn from_str(text: &str) -> Result<Self, Error> {
        let text = &*pasted::pasted(text);
        // No code has more than 20 characters besides separators. One whose separators fill it up to the length of a claim
        // link does not decode as one.
        match text.len() {
            24 => text.parse().map(Self::Claim).or_else(|_| text.parse().map(Self::Code)),
            0..=43 => text.parse().map(Self::Code),
            _ => text.parse().map(Self::Token),
        }
    }
}

/// A link or code that is refused.
fn refuse(what: &'static str, problem: impl Into<String>) -> Error {
    Error::InvalidLink { what, problem: problem.into() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{CampaignId, Secret, TenantId};

    #[test]
    fn what_a_person_came_with_is_told_apart_by_length() {
        let claim = ClaimLink::new(0, &TenantId::default(), CampaignId(7), &Secret::new([1; 32])).to_string();
        let spaced = "k 7 f 3 m - 2 q x 9 y 4 ";
        for (text, expected) in [(claim.as_str(), "Claim"), ("SUMMER2025", "Code"), (spaced, "Code")] {
            let shown = match text.parse::<LinkText>() {
                Ok(found) => format!("{found:?}"),
                Err(error) => error.to_string(),
            };
            assert!(shown.to_lowercase().starts_with(&expected.to_lowercase()), "{text}: {shown}");
        }
        for text in ["", " ", "abc", &"A".repeat(43), &"A".repeat(44), &"A".repeat(53), &"A".repeat(5000)] {
            assert_eq!(text.parse::<LinkText>().unwrap_err().code(), "invalid_link", "{text}");
        }
    }
}
