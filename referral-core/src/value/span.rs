//! Lengths of time as people write them: `30 days`, `72 hours`.

use std::fmt;
use std::str::FromStr;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::quote::quoted;

/// A positive length of time in whole minutes, of at most 100 years. A day has 24 hours.
///
/// ```
/// use referral_core::value::Span;
/// let span: Span = "30 days".parse()?;
/// assert_eq!(span, Span::days(30));
/// assert_eq!(Span::hours(72).to_string(), "3 days");
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span {
    minutes: u32,
}

const UNITS: [(&str, u32); 4] = [("week", 10_080), ("day", 1_440), ("hour", 60), ("minute", 1)];
const LONGEST_MINUTES: u32 = 36_525 * 1_440;

impl Span {
    /// So many days of 24 hours; at most 100 years.
    #[must_use]
    pub const fn days(days: u16) -> Self {
        Self::hours(days as u32 * 24)
    }

    /// So many hours; at most 100 years.
    #[must_use]
    pub const fn hours(hours: u32) -> Self {
        Self::minutes(hours.saturating_mul(60))
    }

    /// So many minutes, at least one; at most 100 years.
    #[must_use]
    pub const fn minutes(minutes: u32) -> Self {
        let minutes = if minutes == 0 { 1 } else { minutes };
        Self { minutes: if minutes > LONGEST_MINUTES { LONGEST_MINUTES } else { minutes } }
    }

    /// The length as chrono has it.
    #[must_use]
    pub fn delta(self) -> TimeDelta {
        TimeDelta::minutes(i64::from(self.minutes))
    }
}

impl FromStr for Span {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let shape = || {
            let problem = format!("{} is not like `30 days`; units are weeks, days, hours and minutes", quoted(text));
            Error::invalid("span", problem)
        };
        let (number, unit) = text.split_once(' ').ok_or_else(shape)?;
        let unit = unit.strip_suffix('s').unwrap_or(unit);
        let (_, size) = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(shape)?;
        if !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(shape());
        }
        let minutes = number.parse::<u32>().ok().and_then(|number| number.checked_mul(*size));
        match minutes {
            Some(0) => Err(Error::invalid("span", "is zero")),
            Some(minutes) if minutes <= LONGEST_MINUTES => Ok(Self { minutes }),
            _ => Err(Error::invalid("span", "is longer than 100 years")),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Weeks are read, and written as days.
        let units = UNITS.iter().skip(1);
        let unit = units.copied().find(|(_, size)| self.minutes.is_multiple_of(*size)).unwrap_or(("minute", 1));
        let number = self.minutes / unit.1;
        write!(f, "{number} {}{}", unit.0, if number == 1 { "" } else { "s" })
    }
}

impl TryFrom<String> for Span {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        span.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_and_print() {
        for (text, printed) in [
            ("30 days", "30 days"),
            ("1 day", "1 day"),
            ("2 weeks", "14 days"),
            ("72 hours", "3 days"),
            ("90 minutes", "90 minutes"),
        ] {
            assert_eq!(text.parse::<Span>().unwrap().to_string(), printed);
        }
    }

    #[test]
    fn what_is_no_span_is_refused() {
        for text in
            ["", "30", "30days", "-1 days", "+1 days", "0 days", "1.5 days", "1 month", "99999999 weeks", "40000 days"]
        {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
