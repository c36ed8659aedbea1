//! Decimal numbers as people write them. What could be read in two ways is refused until the mapping says which.

use referrals::campaign::Decimals;

use crate::draft::Wrong;

/// What may stand between thousands, whatever the mark: a space, a space that does not break (two kinds), an apostrophe.
const SPACES: [char; 5] = [' ', '\u{a0}', '\u{202f}', '\'', '\u{2019}'];

/// `text` as `-1234.50`: digits, at most one point, a sign only if it is negative.
///
/// Where the mapping says nothing, a comma is refused, and so is a point with three digits behind it: `1.234` is a
/// thousand and more to some, and little more than one to others.
pub(crate) fn plain(text: &str, decimals: Option<Decimals>) -> Result<String, Wrong> {
    let (sign, digits) = text.strip_prefix('-').map_or(("", text), |rest| ("-", rest));
    let known = |c: char| c.is_ascii_digit() || c == '.' || c == ',' || SPACES.contains(&c);
    if !digits.starts_with(|c: char| c.is_ascii_digit()) || !digits.chars().all(known) {
        return Err(Wrong::new("not_a_number", "is not a decimal number"));
    }
    let Some(decimals) = decimals else { return unstated(digits).map(|()| format!("{sign}{digits}")) };
    let (mark, between) = match decimals {
        Decimals::Point => ('.', ','),
        Decimals::Comma => (',', '.'),
    };
    let (whole, part) = digits.split_once(mark).map_or((digits, None), |(whole, part)| (whole, Some(part)));
    if part.is_some_and(|part| part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit())) {
        return Err(Wrong::new("not_a_number", "is not a decimal number as the mapping says"));
    }
    let whole = ungrouped(whole, between)?;
    Ok(part.map_or_else(|| format!("{sign}{whole}"), |part| format!("{sign}{whole}.{part}")))
}

fn unstated(digits: &str) -> Result<(), Wrong> {
    if digits.chars().all(|c| c.is_ascii_digit()) {
        return Ok(());
    }
    let clear = digits.split_once('.').is_some_and(|(whole, part)| {
        let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        is_number(whole) && is_number(part) && part.len() != 3
    });
    if clear {
        return Ok(());
    }
    Err(Wrong::new("ambiguous_number", "could be read in two ways; the mapping must state `decimals`"))
}

/// Takes the marks between thousands out, which are all the same and each have three digits behind them.
fn ungrouped(whole: &str, between: char) -> Result<String, Wrong> {
    let Some(mark) = whole.chars().find(|c| !c.is_ascii_digit()) else { return Ok(whole.to_owned()) };
    let mut groups = whole.split(mark);
    let first = groups.next().unwrap_or_default();
    let is_group = |group: &str| group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit());
    if (mark != between && !SPACES.contains(&mark)) || !(1..=3).contains(&first.len()) || !groups.all(is_group) {
        return Err(Wrong::new("not_a_number", "is not a decimal number as the mapping says"));
    }
    Ok(whole.chars().filter(char::is_ascii_digit).collect())
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_in_the_one_way_that_they_can_be_or_refused() {
        let (p, c) = (Some(Decimals::Point), Some(Decimals::Comma));
        let cases: &[(&str, Option<Decimals>, Result<&str, &str>)] = &[
            ("12", None, Ok("12")),
            ("12.5", None, Ok("12.5")),
            ("-12.50", None, Ok("-12.50")),
            ("0012", None, Ok("0012")),
            ("1.2345", None, Ok("1.2345")),
            ("1.234", None, Err("ambiguous_number")),
            ("1,234", None, Err("ambiguous_number")),
            ("12,50", None, Err("ambiguous_number")),
            ("1 234", None, Err("ambiguous_number")),
            ("1.234.567", None, Err("ambiguous_number")),
            ("1,234.50", None, Err("ambiguous_number")),
            ("12.", None, Err("ambiguous_number")),
            ("1.234", p, Ok("1.234")),
            ("1,234", p, Ok("1234")),
            ("1,234,567.89", p, Ok("1234567.89")),
            ("1'234.5", p, Ok("1234.5")),
            ("12,34", p, Err("not_a_number")),
            ("1,234,56", p, Err("not_a_number")),
            ("1234,567", p, Err("not_a_number")),
            ("1,234 567", p, Err("not_a_number")),
            ("1.", p, Err("not_a_number")),
            ("1.2.3", p, Err("not_a_number")),
            ("1.234", c, Ok("1234")),
            ("1,234", c, Ok("1.234")),
            ("1.234.567,8", c, Ok("1234567.8")),
            ("1\u{a0}234,50", c, Ok("1234.50")),
            ("1\u{202f}234,50", c, Ok("1234.50")),
            ("-1.234,50", c, Ok("-1234.50")),
            ("1.23", c, Err("not_a_number")),
            ("", None, Err("not_a_number")),
            ("-", None, Err("not_a_number")),
            ("+5", None, Err("not_a_number")),
            (".5", None, Err("not_a_number")),
            ("1e5", None, Err("not_a_number")),
            ("0x10", None, Err("not_a_number")),
            ("NaN", None, Err("not_a_number")),
            ("inf", p, Err("not_a_number")),
            ("１２", None, Err("not_a_number")),
            ("--1", p, Err("not_a_number")),
            ("€5", p, Err("not_a_number")),
            ("=1+1", p, Err("not_a_number")),
        ];
        for (text, decimals, expected) in cases {
            let read = plain(text, *decimals);
            let read = read.as_deref().map_err(|wrong| wrong.reason);
            assert_eq!(read, *expected, "`{text}` as {decimals:?}");
        }
    }
}
