//! Times: instants in UTC to the microsecond, and calendar days and months in a zone.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveDateTime, SecondsFormat, TimeDelta, TimeZone, Utc};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::quote::quoted;

/// An instant in UTC, in microseconds since 1970, between the years 1970 and 9999.
///
/// Microseconds, because that is what Python's `datetime` holds: a finer time would not survive the way there and back.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "DateTime<Utc>", into = "DateTime<Utc>")]
pub struct Timestamp(i64);

/// 9999-12-31T00:00:00Z.
const LAST_MICROS: i64 = 253_402_214_400_000_000;

impl Timestamp {
    /// The first instant: 1970-01-01T00:00:00Z.
    pub const FIRST: Self = Self(0);
    /// The last instant that this library handles.
    pub const LAST: Self = Self(LAST_MICROS);

    /// The instant `micros` microseconds after 1970.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] before 1970 or after 9999.
    pub fn from_micros(micros: i64) -> Result<Self, Error> {
        if (0..=LAST_MICROS).contains(&micros) {
            Ok(Self(micros))
        } else {
            Err(Error::invalid("time", format!("{micros} µs lies outside 1970 to 9999")))
        }
    }

    /// The instant `millis` milliseconds after 1970.
    ///
    /// # Errors
    /// As [`Timestamp::from_micros`].
    pub fn from_millis(millis: i64) -> Result<Self, Error> {
        Self::from_micros(millis.saturating_mul(1_000))
    }

    /// Microseconds since 1970.
    #[must_use]
    pub fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole milliseconds since 1970.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0 / 1_000
    }

    /// This instant moved by `delta`, kept within 1970 to 9999.
    #[must_use]
    pub fn plus(self, delta: TimeDelta) -> Self {
        let micros = delta.num_microseconds().unwrap_or(if delta < TimeDelta::zero() { i64::MIN } else { i64::MAX });
        Self(self.0.saturating_add(micros).clamp(0, LAST_MICROS))
    }

    /// The time from `earlier` to this instant; negative if `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> TimeDelta {
        TimeDelta::microseconds(self.0 - earlier.0)
    }

    /// As chrono has it.
    #[must_use]
    pub fn to_chrono(self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.0).unwrap_or_default()
    }
}

impl TryFrom<DateTime<Utc>> for Timestamp {
    type Error = Error;
    fn try_from(time: DateTime<Utc>) -> Result<Self, Error> {
        Self::from_micros(time.timestamp_micros())
    }
}

impl From<Timestamp> for DateTime<Utc> {
    fn from(time: Timestamp) -> Self {
        time.to_chrono()
    }
}

impl FromStr for Timestamp {
    type Err = Error;
    /// Parses RFC 3339 with a zone: `2026-05-01T09:30:00Z`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let time = DateTime::parse_from_rfc3339(text)
            .map_err(|problem| Error::invalid("time", format!("{}: {problem}", quoted(text))))?;
        Self::try_from(time.with_timezone(&Utc))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_chrono().to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A calendar day in some zone: `2026-05-01`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(NaiveDate);

/// A calendar month in some zone: `2026-05`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month {
    year: i32,
    month: u32,
}

impl Day {
    /// The day as chrono has it.
    #[must_use]
    pub fn to_chrono(self) -> NaiveDate {
        self.0
    }

    /// The month of this day.
    #[must_use]
    pub fn month(self) -> Month {
        Month { year: self.0.year(), month: self.0.month() }
    }

    /// The first day of this day's ISO week (a Monday).
    #[must_use]
    pub fn week_start(self) -> Self {
        let back = u64::from(self.0.weekday().num_days_from_monday());
        Self(self.0.checked_sub_days(Days::new(back)).unwrap_or(self.0))
    }

    /// The next day.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.succ_opt().unwrap_or(self.0))
    }
}

impl From<NaiveDate> for Day {
    fn from(date: NaiveDate) -> Self {
        Self(date)
    }
}

impl FromStr for Day {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let date = NaiveDate::parse_from_str(text, "%Y-%m-%d");
        date.map(Self).map_err(|_| Error::invalid("day", format!("{} is not YYYY-MM-DD", quoted(text))))
    }
}

impl TryFrom<String> for Day {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m-%d"))
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for Month {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let first: Result<Day, Error> = format!("{text}-01").parse();
        first.map(Day::month).map_err(|_| Error::invalid("month", format!("{} is not YYYY-MM", quoted(text))))
    }
}

impl TryFrom<String> for Month {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)
    }
}

impl fmt::Debug for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

/// A time zone by its IANA name: `Europe/Paris`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(chrono_tz::Tz);

impl Zone {
    /// UTC.
    pub const UTC: Self = Self(chrono_tz::UTC);

    /// The zone with this IANA name, if there is one. Allocates nothing.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        name.parse().ok().map(Self)
    }

    /// The calendar day of `at` in this zone.
    ///
    /// ```
    /// use referral_core::value::{Timestamp, Zone};
    /// let zone: Zone = "Europe/Paris".parse()?;
    /// let at: Timestamp = "2026-03-29T22:30:00Z".parse()?;
    /// assert_eq!(zone.day(at).to_string(), "2026-03-30");
    /// # Ok::<(), referral_core::error::Error>(())
    /// ```
    #[must_use]
    pub fn day(self, at: Timestamp) -> Day {
        Day(at.to_chrono().with_timezone(&self.0).date_naive())
    }

    /// The date and time of day at `at` in this zone.
    #[must_use]
    pub fn local(self, at: Timestamp) -> NaiveDateTime {
        at.to_chrono().with_timezone(&self.0).naive_local()
    }

    /// The first instant of `day` in this zone. Where a change of the clock skips midnight, the first instant after it.
    #[must_use]
    pub fn start_of(self, day: Day) -> Timestamp {
        let midnight = day.0.and_time(chrono::NaiveTime::MIN);
        for minutes in (0..=180).step_by(15) {
            let local = midnight + TimeDelta::minutes(minutes);
            if let Some(time) = self.0.from_local_datetime(&local).earliest() {
                return Timestamp(time.timestamp_micros().clamp(0, LAST_MICROS));
            }
        }
        Timestamp(midnight.and_utc().timestamp_micros().clamp(0, LAST_MICROS))
    }

    /// The same local time of day, `months` later; the last day of the month where that day does not exist.
    #[must_use]
    pub fn plus_months(self, at: Timestamp, months: u32) -> Timestamp {
        let local = at.to_chrono().with_timezone(&self.0).naive_local();
        let Some(later) = local.checked_add_months(Months::new(months)) else { return Timestamp::LAST };
        let time = self.0.from_local_datetime(&later).earliest();
        let micros = time.map_or_else(|| later.and_utc().timestamp_micros(), |time| time.timestamp_micros());
        Timestamp(micros.clamp(0, LAST_MICROS))
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::UTC
    }
}

impl FromStr for Zone {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let zone = text.parse::<chrono_tz::Tz>();
        let problem = || format!("{} is not an IANA time zone", quoted(text));
        zone.map(Self).map_err(|_| Error::invalid("zone", problem()))
    }
}

impl TryFrom<String> for Zone {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.0.name().to_owned()
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name())
    }
}
