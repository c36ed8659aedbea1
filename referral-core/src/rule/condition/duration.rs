//! Lengths of time as a condition writes them: CEL's `72h` and `1h30m`, and `30d`.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::quote::quoted;

/// A length of time in microseconds; may be negative. A day is 24 hours, whatever the calendar says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Duration(pub(super) i64);

/// About ten thousand years, as in CEL.
const LONGEST: i128 = 315_576_000_000 * 1_000_000;

/// Units and their microseconds, longest first; `ms` before `m` and `s` where text is read.
const UNITS: [(&str, i64); 6] =
    [("d", 86_400_000_000), ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000), ("us", 1)];

impl FromStr for Duration {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let problem = |why: &str| Error::invalid("duration", format!("{} {why}", quoted(text)));
        let (negative, mut rest) = match text.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if rest.is_empty() {
            return Err(problem("is empty; write `30d`, `72h`, `1h30m`"));
        }
        if rest == "0" {
            return Ok(Self(0));
        }
        let mut total = 0_i128;
        while !rest.is_empty() {
            let (micros, after) = component(rest).map_err(problem)?;
            total += micros;
            rest = after;
            if total > LONGEST {
                return Err(problem("is longer than 10000 years"));
            }
        }
        let signed = if negative { -total } else { total };
        i64::try_from(signed).map(Self).map_err(|_| problem("is too long"))
    }
}

/// One number with its unit at the start of `text`, in microseconds, and what follows.
fn component(text: &str) -> Result<(i128, &str), &'static str> {
    const SHAPE: &str = "is not like `30d`, `72h`, `1h30m`, `1.5h`; units are d, h, m, s, ms and us";
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or(SHAPE)?;
    let (number, rest) = text.split_at_checked(end).ok_or(SHAPE)?;
    let end = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
    let (unit, after) = rest.split_at_checked(end).ok_or(SHAPE)?;
    let (_, size) = UNITS.iter().find(|(name, _)| *name == unit).ok_or(SHAPE)?;
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() || whole.len() > 20 || fraction.len() > 12 || fraction.contains('.') || number.ends_with('.') {
        return Err(SHAPE);
    }
    let digits: i128 = format!("{whole}{fraction}").parse().map_err(|_| SHAPE)?;
    let scale = (0..fraction.len()).fold(1_i128, |scale, _| scale * 10);
    let scaled = digits.checked_mul(i128::from(*size)).ok_or("is too long")?;
    if scaled % scale != 0 {
        return Err("is finer than a microsecond");
    }
    Ok((scaled / scale, after))
}

impl fmt::Display for Duration {
    /// The largest units first: `90m` prints as `1h30m`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 == 0 {
            return f.write_str("0s");
        }
        if self.0 < 0 {
            f.write_str("-")?;
        }
        let mut rest = self.0.unsigned_abs();
        for (unit, micros) in UNITS {
            let count = rest / micros.unsigned_abs();
            rest %= micros.unsigned_abs();
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_and_print() {
        for (text, micros, printed) in [
            ("30d", 30 * 86_400_000_000, "30d"),
            ("72h", 72 * 3_600_000_000, "3d"),
            ("90m", 90 * 60_000_000, "1h30m"),
            ("1h30m", 90 * 60_000_000, "1h30m"),
            ("1.5h", 90 * 60_000_000, "1h30m"),
            ("-1.5s", -1_500_000, "-1s500ms"),
            ("2ms3us", 2_003, "2ms3us"),
            ("0", 0, "0s"),
            ("0s", 0, "0s"),
        ] {
            let duration: Duration = text.parse().unwrap();
            assert_eq!(duration.0, micros, "{text}");
            assert_eq!(duration.to_string(), printed, "{text}");
            assert_eq!(printed.parse::<Duration>().unwrap(), duration);
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        let long = "9".repeat(400) + "d";
        for text in ["", "-", "30", "d", "1.h", ".5h", "1..5h", "3 d", "1w", "1ns", "0.1us", "4000000d", "1h-3m", &long]
        {
            assert!(text.parse::<Duration>().is_err(), "{text}");
        }
    }
}
