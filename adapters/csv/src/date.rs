//! Dates and times as people write them. What could be read in two ways is refused until the mapping says which.

use chrono::{LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Utc};
use referrals::campaign::Dates;
use referrals::value::{Timestamp, Zone};

use crate::draft::Wrong;

/// The instant that `text` means.
///
/// A day means its first instant; it and a local time need the mapping's `zone`. Without a stated form, only the order
/// year, month, day is understood: `03/04/2026` is in March to some and in April to others.
pub(crate) fn instant(text: &str, dates: Option<Dates>, zone: Option<Zone>) -> Result<Timestamp, Wrong> {
    match dates {
        Some(Dates::UnixSeconds) => unix(text, 1_000_000),
        Some(Dates::UnixMilliseconds) => unix(text, 1_000),
        _ => match text.parse::<Timestamp>() {
            Ok(time) => Ok(time),
            Err(_) => local(text, dates, zone),
        },
    }
}

fn not_a_date() -> Wrong {
    Wrong::new("not_a_date", "is not a date or time as the mapping says, or lies outside 1970 to 9999")
}

fn unix(text: &str, micros: i64) -> Result<Timestamp, Wrong> {
    if text.is_empty() || text.len() > 18 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(not_a_date());
    }
    let number: i64 = text.parse().map_err(|_| not_a_date())?;
    let micros = number.checked_mul(micros).ok_or_else(not_a_date)?;
    Timestamp::from_micros(micros).map_err(|_| not_a_date())
}

fn local(text: &str, dates: Option<Dates>, zone: Option<Zone>) -> Result<Timestamp, Wrong> {
    let (day, time) = text.split_once(['T', ' ']).map_or((text, None), |(day, time)| (day, Some(time)));
    let day = calendar_day(day, dates)?;
    let time = time.map(time_of_day).transpose()?;
    let zone = zone.ok_or_else(|| {
        Wrong::new("ambiguous_time", "has no offset from UTC; the mapping must state the `zone` of its times")
    })?;
    match time {
        None => Ok(zone.start_of(day.into())),
        Some(time) => in_zone(day.and_time(time), zone),
    }
}

fn calendar_day(text: &str, dates: Option<Dates>) -> Result<NaiveDate, Wrong> {
    let mark = text.chars().find(|c| !c.is_ascii_digit()).filter(|mark| matches!(mark, '-' | '/' | '.'));
    let mark = mark.ok_or_else(not_a_date)?;
    let parts: Vec<&str> = text.split(mark).collect();
    let [first, second, third] = parts.as_slice() else { return Err(not_a_date()) };
    let is_number = |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if !parts.iter().all(is_number) {
        return Err(not_a_date());
    }
    let (year, month, day) = match dates {
        Some(Dates::DayMonthYear) => (third, second, first),
        Some(Dates::MonthDayYear) => (third, first, second),
        None if first.len() != 4 => {
            return Err(Wrong::new("ambiguous_date", "could be read in two ways; the mapping must state `dates`"));
        }
        _ => (first, second, third),
    };
    // A year of two digits could be of another century.
    if year.len() != 4 || month.len() > 2 || day.len() > 2 {
        return Err(not_a_date());
    }
    let number = |part: &str| part.parse::<u32>().map_err(|_| not_a_date());
    let year = year.parse::<i32>().map_err(|_| not_a_date())?;
    let date = NaiveDate::from_ymd_opt(year, number(month)?, number(day)?);
    date.filter(|_| (1970..=9999).contains(&year)).ok_or_else(not_a_date)
}

fn time_of_day(text: &str) -> Result<NaiveTime, Wrong> {
    let forms = ["%H:%M:%S%.f", "%H:%M"];
    let time = forms.iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok());
    // A leap second is none of the instants that can be stored.
    let is_leap = |time: &NaiveTime| chrono::Timelike::nanosecond(time) >= 1_000_000_000;
    time.filter(|time| !is_leap(time)).ok_or_else(not_a_date)
}

fn in_zone(local: NaiveDateTime, zone: Zone) -> Result<Timestamp, Wrong> {
    let zone: chrono_tz::Tz = zone.to_string().parse().map_err(|_| not_a_date())?;
    match zone.from_local_datetime(&local) {
        LocalResult::Single(time) => Timestamp::try_from(time.with_timezone(&Utc)).map_err(|_| not_a_date()),
        LocalResult::Ambiguous(..) => {
            Err(Wrong::new("ambiguous_time", "stands twice on the clock of that night; write it with an offset"))
        }
        LocalResult::None => Err(Wrong::new("not_a_date", "is skipped by the clock of that night")),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_in_the_one_way_that_they_can_be_or_refused() {
        let paris: Option<Zone> = "Europe/Paris".parse().ok();
        let (ymd, dmy, mdy) = (Some(Dates::YearMonthDay), Some(Dates::DayMonthYear), Some(Dates::MonthDayYear));
        let (seconds, millis) = (Some(Dates::UnixSeconds), Some(Dates::UnixMilliseconds));
        type Case = (&'static str, Option<Dates>, Option<Zone>, Result<&'static str, &'static str>);
        let cases: &[Case] = &[
            ("2026-05-01T09:30:00Z", None, None, Ok("2026-05-01T09:30:00Z")),
            ("2026-05-01T09:30:00+02:00", None, None, Ok("2026-05-01T07:30:00Z")),
            ("2026-05-01T09:30:00Z", dmy, None, Ok("2026-05-01T09:30:00Z")),
            ("2026-05-01", None, None, Err("ambiguous_time")),
            ("2026-05-01", None, paris, Ok("2026-04-30T22:00:00Z")),
            ("2026-5-1", None, paris, Ok("2026-04-30T22:00:00Z")),
            ("2026/05/01", None, paris, Ok("2026-04-30T22:00:00Z")),
            ("2026-05-01 09:30", None, paris, Ok("2026-05-01T07:30:00Z")),
            ("2026-05-01T09:30:05", ymd, paris, Ok("2026-05-01T07:30:05Z")),
            ("2026-05-01 09:30", None, None, Err("ambiguous_time")),
            ("03/04/2026", None, paris, Err("ambiguous_date")),
            ("31.12.2026", None, paris, Err("ambiguous_date")),
            ("03/04/2026", dmy, paris, Ok("2026-04-02T22:00:00Z")),
            ("03/04/2026", mdy, paris, Ok("2026-03-03T23:00:00Z")),
            ("03.04.2026 10:00", dmy, paris, Ok("2026-04-03T08:00:00Z")),
            ("13/04/2026", mdy, paris, Err("not_a_date")),
            ("31/02/2026", dmy, paris, Err("not_a_date")),
            ("03/04/26", dmy, paris, Err("not_a_date")),
            ("2026-05-01", dmy, paris, Err("not_a_date")),
            ("2026-02-29", None, paris, Err("not_a_date")),
            ("2026-13-01", None, paris, Err("not_a_date")),
            ("0000-01-01", None, paris, Err("not_a_date")),
            ("1969-12-31", None, paris, Err("not_a_date")),
            ("10000-01-01", None, paris, Err("not_a_date")),
            ("2026-03-29 02:30", None, paris, Err("not_a_date")),
            ("2026-10-25 02:30", None, paris, Err("ambiguous_time")),
            ("2026-05-01 24:00", None, paris, Err("not_a_date")),
            ("2026-05-01 23:59:60", None, paris, Err("not_a_date")),
            ("2026-05-01 9am", None, paris, Err("not_a_date")),
            ("1777627800", seconds, None, Ok("2026-05-01T09:30:00Z")),
            ("1777627800000", millis, None, Ok("2026-05-01T09:30:00Z")),
            ("-1", seconds, None, Err("not_a_date")),
            ("99999999999999999999", seconds, None, Err("not_a_date")),
            ("9223372036854775807", millis, None, Err("not_a_date")),
            ("2026-05-01T09:30:00Z", seconds, None, Err("not_a_date")),
            ("1777627800", None, paris, Err("not_a_date")),
            ("46143", None, paris, Err("not_a_date")),
            ("yesterday", None, paris, Err("not_a_date")),
            ("", None, paris, Err("not_a_date")),
            ("2026-05-01-02", None, paris, Err("not_a_date")),
            ("２０２６-05-01", None, paris, Err("not_a_date")),
        ];
        for (text, dates, zone, expected) in cases {
            let read = instant(text, *dates, *zone).map(|time| time.to_string());
            let read = read.as_deref().map_err(|wrong| wrong.reason);
            assert_eq!(read, *expected, "`{text}` as {dates:?} in {zone:?}");
        }
    }
}
