//! When a receiver wants to be asked again: the header `Retry-After`, in seconds or as a date.

use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use referral_core::value::{Span, Timestamp};

/// Nobody may put a delivery off for longer.
const LONGEST: TimeDelta = TimeDelta::hours(24);

/// How long `header` says to wait, counted from `now`: rounded up to minutes, at most a day. None if it says nothing that can
/// be read, or a time that has passed.
pub(crate) fn read(header: &str, now: Timestamp) -> Option<Span> {
    let text = header.trim();
    let wait = if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number that is too large for the type is as good as one that is too large.
        text.parse::<u32>().map_or(LONGEST, |seconds| TimeDelta::seconds(seconds.into()))
    } else {
        date(text)? - now.to_chrono()
    };
    let seconds = wait.min(LONGEST).num_milliseconds().checked_add(999)?.div_euclid(1_000);
    let minutes = seconds.checked_add(59)?.div_euclid(60);
    u32::try_from(minutes).ok().filter(|minutes| *minutes > 0).map(Span::minutes)
}

/// A date in one of the three forms of HTTP.
fn date(text: &str) -> Option<DateTime<Utc>> {
    let usual = || DateTime::parse_from_rfc2822(text).ok().map(|date| date.to_utc());
    let old = || ["%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"].into_iter().find_map(|form| naive(text, form));
    usual().or_else(old)
}

fn naive(text: &str, form: &str) -> Option<DateTime<Utc>> {
    NaiveDateTime::parse_from_str(text, form).ok().map(|date| date.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_kept_within_a_day() {
        let now = "1994-11-06T08:00:00Z".parse().unwrap();
        for (header, wait) in [
            ("120", Some("2 minutes")),
            (" 61 ", Some("2 minutes")),
            ("1", Some("1 minute")),
            ("0", None),
            ("3600", Some("1 hour")),
            ("86400", Some("1 day")),
            ("86401", Some("1 day")),
            ("99999999999999999999999999", Some("1 day")),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some("50 minutes")),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some("50 minutes")),
            ("Sun Nov  6 08:49:37 1994", Some("50 minutes")),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some("1 day")),
            ("Sun, 06 Nov 1994 07:59:59 GMT", None),
            ("Thu, 01 Jan 1970 00:00:00 GMT", None),
            ("", None),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 06 Nov 1994", None),
            ("١٢٠", None),
        ] {
            assert_eq!(read(header, now).map(|span| span.to_string()).as_deref(), wait, "{header}");
        }
    }
}
