//! Where an address is: the country and the city that a host's resolver found.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::identity::Country;
use super::letters::hides;
use crate::error::Error;

/// The name of a city, as a resolver gives it: 1 to 64 characters that can be seen.
///
/// ```
/// use referral_core::value::City;
/// let city: City = "Frankfurt am Main".parse()?;
/// assert_eq!(city.as_str(), "Frankfurt am Main");
/// assert!("x".repeat(65).parse::<City>().is_err());
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct City(Arc<str>);

impl City {
    /// The greatest number of characters.
    pub const MOST: usize = 64;

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for City {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > Self::MOST || hides(text) {
            return Err(Error::invalid("city", "is a name of 1 to 64 characters that can be seen"));
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for City {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<City> for String {
    fn from(city: City) -> Self {
        city.as_str().to_owned()
    }
}

impl fmt::Display for City {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where an address is, as far as a resolver knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Place {
    /// The country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<Country>,
    /// The city in that country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub city: Option<City>,
}

impl From<Option<Country>> for Place {
    fn from(country: Option<Country>) -> Self {
        Self { country, city: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_city_has_a_name_that_can_be_seen() {
        for good in ["Paris", "  München ", "Saint-Jean-de-la-Porte", "東京", &"é".repeat(64)] {
            assert_eq!(good.parse::<City>().unwrap().as_str(), good.trim());
        }
        for bad in ["", "  ", "a\u{202e}b", "a\nb", &"é".repeat(65)] {
            assert!(bad.parse::<City>().is_err(), "{bad:?}");
        }
    }
}
