//! What is refused and warned about, and where.

use super::*;

const MISTAKES: &[(&str, &str)] = &[
    ("", "1:1: expected a field or a value, found the end"),
    ("order.total >", "1:14: expected a field or a value, found the end"),
    ("order.number > 1 order.number", "1:18: expected `&&`, `||` or the end, found `order`"),
    ("invitee.is_new &&\n  order.number >> 1", "2:17: expected a field or a value, found `>`"),
    ("(invitee.is_new", "1:16: expected `)`, found the end"),
    ("order.totl > money('5 EUR')", "1:1: no field `order.totl`; did you mean `order.total`?"),
    ("order.data.state == 'paid'", "1:1: no field `order.data.state`; did you mean `order.data.status`?"),
    (
        "share.number > 1",
        "1:1: `share` is not known where this rule applies; there are `order`, `invitee`, `referrer`, `referral`, `now`",
    ),
    ("referral.utm.sorce == 'x'", "1:1: no field `referral.utm.sorce`; did you mean `referral.utm.source`?"),
    ("referral.device == 1", "1:1: `referral.device` is a string, `1` is a number"),
    ("referral.device == 'mobil'", "1:1: `referral.device == 'mobil'` can never hold"),
    ("!(referral.browser != 'netscape')", "1:2: `!(referral.browser != 'netscape')` can never hold"),
    ("referral.system in ['beos', 'os2']", "1:1: `referral.system in ['beos', 'os2']` can never hold"),
    ("customer.age > 1", "1:1: no field `customer.age`; there are `order`, `invitee`, `referrer`, `referral`, `now`"),
    ("order.total > 50", "1:1: `order.total` is money, `50` is a number; write `money('50 EUR')`"),
    ("order.country == 5", "1:1: `order.country` is a string, `5` is a number"),
    (
        "now > '2026-05-01'",
        "1:1: `now` is a time, `'2026-05-01'` is a string; a time is written `timestamp('2026-05-01T00:00:00Z')`",
    ),
    ("order.total + order.tax > order.net", "1:1: `+` does not work on money and money"),
    ("invitee.is_new > false", "1:1: `>` does not work on a truth value"),
    ("order.number", "1:1: a condition asks for a truth value, and `order.number` is a number"),
    ("order.number && invitee.is_new", "1:1: `&&` asks for a truth value, and `order.number` is a number"),
    ("order.number in [1, 'x']", "1:21: `order.number` is a number, `'x'` is a string"),
    ("order.country in []", "1:18: nothing is in an empty list"),
    (
        "order.country in order.data.status",
        "1:18: `in` asks for a list of strings, and `order.data.status` is a string",
    ),
    ("order.country in ('DE')", "1:18: `in` asks for a list or a list field"),
    ("order.number in [order.number]", "1:18: a list holds only constants"),
    ("order.number.startsWith('x')", "1:1: `startsWith` asks for a string, and `order.number` is a number"),
    (
        "order.country.matches('x')",
        "1:15: no method `matches`; there are `startsWith`, `endsWith`, `contains` for strings and `getFullYear` to `getMilliseconds` for times",
    ),
    ("now.getHours('Mars/Base') == 1", "1:14: zone: `Mars/Base` is not an IANA time zone"),
    ("now.getHours(order.number) == 1", "1:14: `getHours` asks for a string, and `order.number` is a number"),
    ("now.getHours(1) == 1", "1:14: `getHours` asks for the name of a zone in quotes, or a field"),
    ("now.getHours(order.contry) == 1", "1:14: no field `order.contry`; did you mean `order.country`?"),
    (
        "lower(order.country) == 'de'",
        "1:1: no function `lower`; there are `money`, `timestamp`, `duration`, `has` and `size`",
    ),
    ("has(5)", "1:5: `has` asks for a field"),
    ("money(5) > order.total", "1:7: `money` asks for a string in quotes"),
    ("-order.number < 0", "1:1: a `-` without a left side stands only before a number; write `0 - x`"),
    ("order.number > 9223372036854775808", "1:16: the number `9223372036854775808` is too large"),
    ("money('5 EUR') == money('5 USD')", "1:1: EUR cannot be compared with USD"),
    ("order.data['x'] == 'y'", "1:11: there is no index here; a list stands only after `in`"),
];

#[test]
fn every_mistake_is_told_with_its_place() {
    for (text, expected) in MISTAKES {
        assert_eq!(mistakes(text), [*expected], "{text}");
    }
}

#[test]
fn several_mistakes_are_told_together_in_reading_order() {
    assert_eq!(
        mistakes("order.totl > 5 &&\n  order.number == 'x' || invitee.is_old")
            .iter()
            .map(|m| &m[..4])
            .collect::<Vec<_>>(),
        ["1:1:", "2:3:", "2:26"]
    );
    let both = mistakes("order.total > money('5 EURO') && now > timestamp('tomorrow') && now - now < duration('1w')");
    assert_eq!(both.len(), 3, "{both:?}");
}

const IMPOSSIBLE: &[(&str, &str)] = &[
    (
        "order.number > 5 && order.number < 3",
        "1:21: `order.number < 3` can never hold together with `order.number > 5`",
    ),
    (
        "order.number > 5 && order.number < 6",
        "1:21: `order.number < 6` can never hold together with `order.number > 5`",
    ),
    (
        "order.country == 'DE' && invitee.is_new && order.country == 'FR'",
        "1:44: `order.country == 'FR'` can never hold together with `order.country == 'DE'`",
    ),
    (
        "order.country in ['DE', 'FR'] && order.country == 'IT'",
        "1:34: `order.country == 'IT'` can never hold together with `order.country in ['DE', 'FR']`",
    ),
    (
        "order.total > money('50 EUR') && order.total <= money('50 EUR')",
        "1:34: `order.total <= money('50.00 EUR')` can never hold together with `order.total > money('50.00 EUR')`",
    ),
    (
        "order.total > money('50 EUR') && order.total < money('90 USD')",
        "1:34: `order.total < money('90.00 USD')` can never hold together with `order.total > money('50.00 EUR')`",
    ),
    ("invitee.is_new && !invitee.is_new", "1:20: `!(invitee.is_new)` can never hold together with `invitee.is_new`"),
    (
        "!(order.number > 5 || order.number <= 5)",
        "1:23: `!(order.number <= 5)` can never hold together with `!(order.number > 5)`",
    ),
    (
        "order.number > 5 && (order.number < 3 || invitee.is_new)",
        "1:22: `order.number < 3` can never hold together with `order.number > 5`",
    ),
    (
        "order.number >= 2 && order.number <= 3 && order.number != 2 && order.number != 3",
        "1:64: `order.number != 3` can never hold together with what else is asked of `order.number`",
    ),
    ("order.number < 1", "1:1: `order.number < 1` can never hold"),
    ("order.number != order.number", "1:1: `order.number != order.number` can never hold"),
    ("now.getMonth('Asia/Jakarta') == 12", "1:1: `now.getMonth('Asia/Jakarta') == 12` can never hold"),
    ("!has(order.number)", "1:2: `!(has(order.number))` can never hold"),
    ("1 + 1 == 3 || invitee.is_new", "1:1: `1 + 1 == 3` can never hold"),
    ("9223372036854775807 + 1 > 3", "1:1: `9223372036854775807 + 1 > 3` leaves the range of its type"),
    (
        "9223372036854775807 + 1 > order.number",
        "1:1: `9223372036854775807 + 1 > order.number` leaves the range of its type",
    ),
    (
        "order.country < 'DE' && order.country >= 'DE'",
        "1:25: `order.country >= 'DE'` can never hold together with `order.country < 'DE'`",
    ),
    (
        "5 < order.number && 3 > order.number",
        "1:21: `3 > order.number` can never hold together with `5 < order.number`",
    ),
];

#[test]
fn what_can_never_hold_is_refused() {
    for (text, expected) in IMPOSSIBLE {
        assert_eq!(mistakes(text), [*expected], "{text}");
    }
}

#[test]
fn what_always_holds_is_warned_about() {
    for (text, expected) in [
        ("referral.device in ['mobile', 'tabelt']", &["1:31: `'tabelt'` is nothing that `referral.device` can be"][..]),
        ("referral.device != 'mobil'", &["1:1: `referral.device != 'mobil'` always holds"]),
        ("order.number > 5 && order.number > 3", &["1:21: `order.number > 3` always holds here"][..]),
        ("order.number > 3 && order.number > 5", &["1:1: `order.number > 3` always holds here"]),
        ("invitee.is_new && invitee.is_new", &["1:19: `invitee.is_new` always holds here"]),
        ("order.country == 'DE' && order.country != 'FR'", &["1:26: `order.country != 'FR'` always holds here"]),
        (
            "order.total > money('5 EUR') && order.total >= money('5 EUR')",
            &["1:33: `order.total >= money('5.00 EUR')` always holds here"],
        ),
        ("order.number > 5 && (order.number > 3 || invitee.is_new)", &["1:22: `order.number > 3` always holds here"]),
        (
            "order.country != 'DE' || order.country != 'FR'",
            &["1:1: one of these parts always holds, whatever `order.country` is"],
        ),
        ("order.number >= 1", &["1:1: `order.number >= 1` always holds here"]),
        ("has(order.number)", &["1:1: `has(order.number)` always holds here"]),
        ("true", &["1:1: `true` always holds"]),
        ("order.number == order.number", &["1:1: `order.number == order.number` always holds"]),
        ("order.country in ['DE', 'FR', 'DE']", &["1:31: `'DE'` stands twice in the list"]),
        // Nothing to say about these.
        ("order.total > money('5 EUR') || order.total <= money('5 EUR')", &[]),
        ("order.total > money('5 EUR') || order.total < money('3 USD')", &[]),
        ("order.number > 3 && order.number < 9 && order.number != 5", &[]),
        ("order.country == 'DE' || order.country == 'FR'", &[]),
        ("order.country in ['DE', 'FR'] && order.country != 'FR'", &[]),
        ("order.country > 'A' && order.country < 'B'", &[]),
        ("has(order.country) && has(order.coupon)", &[]),
        ("now - order.occurred_at < duration('30d') && now - referral.lead_at < duration('7d')", &[]),
    ] {
        let condition = condition(text);
        let warnings: Vec<_> = condition.warnings().iter().map(ToString::to_string).collect();
        assert_eq!(warnings, expected, "{text}");
    }
}
