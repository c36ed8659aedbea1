//! What conditions answer.

use super::*;

#[test]
fn operators_and_functions_answer_as_cel_does() {
    for text in [
        "order.total == money('80.00 EUR')",
        "order.total > money('79.99 EUR') && order.net < money('80.01 EUR')",
        "invitee.is_new || order.number > 100",
        "!(order.number > 2) && !!invitee.is_new",
        "order.number + 1 == 3 && 5 - order.number >= 3",
        "order.country in ['DE', 'FR']",
        "'gift' in order.data.tags && size(order.data.tags) == 2",
        "size(order.country) == 2",
        "order.data.status.startsWith('pa') && order.data.status.endsWith('id') && order.data.status.contains('ai')",
        "order.occurred_at - referral.lead_at < duration('72h1m')",
        "order.occurred_at + duration('5h') <= now",
        "now - duration('1d') >= timestamp('2026-05-01T02:00:00+02:00')",
        "has(order.country) && !has(order.coupon)",
        "order.occurred_at.getFullYear() == 2026 && order.occurred_at.getMonth() == 4",
        "order.occurred_at.getDate() == 1 && order.occurred_at.getDayOfMonth() == 0",
        "order.occurred_at.getDayOfWeek() == 5 && order.occurred_at.getDayOfWeek('Asia/Jakarta') == 6",
        "order.occurred_at.getDate('Asia/Jakarta') == 2 && order.occurred_at.getHours('Asia/Jakarta') == 1",
        "order.occurred_at.getDate(order.data.zone) == 2 && referral.lead_at.getMonth(order.data.zone) == 3",
        "referrer.data.is_member",
        "order.occurred_at.getDayOfYear() == 120 && order.occurred_at.getMinutes('Asia/Kolkata') == 0",
        "order.occurred_at.getSeconds() == 15 && order.occurred_at.getMilliseconds() == 250",
        "(order.number > 1) == invitee.is_new",
        "order.country < 'EE'",
        "order.number in [-1, 2]",
        "order.total in [money('80 EUR'), money('90 USD')]",
    ] {
        assert_eq!(condition(text).evaluate(&Purchase::default()), Verdict::Holds, "{text}");
    }
}

#[test]
fn a_verdict_names_the_part_that_decided() {
    let without_country = Purchase { country: None, ..Purchase::default() };
    let plain = Purchase::default();
    let fails = |part| Verdict::Fails { part };
    let unknown = |part, field, problem| Verdict::Unknown { part, field, problem };
    let missing = unknown("order.country == 'DE'", "order.country", Problem::Missing);
    for (text, facts, verdict) in [
        ("order.number > 1 && order.number > 5 && invitee.is_new", &plain, fails("order.number > 5")),
        (
            "invitee.is_new && (order.number > 5 || order.number == 3)",
            &plain,
            fails("order.number > 5 || order.number == 3"),
        ),
        ("!(invitee.is_new || order.number > 5)", &plain, fails("!(invitee.is_new || order.number > 5)")),
        ("(order.number > 5) == invitee.is_new", &plain, fails("order.number > 5 == invitee.is_new")),
        // A missing value decides nothing where another part does.
        ("order.country == 'DE' && order.number > 5", &without_country, fails("order.number > 5")),
        ("order.number > 5 && order.country == 'DE'", &without_country, fails("order.number > 5")),
        ("order.country == 'DE' || invitee.is_new", &without_country, Verdict::Holds),
        ("order.country == 'DE' || order.number > 5", &without_country, missing),
        ("order.number > 5 || order.country == 'DE'", &without_country, missing),
        ("order.country == 'DE' && invitee.is_new", &without_country, missing),
        ("!(order.country == 'DE')", &without_country, missing),
        ("!(order.country == 'DE') == invitee.is_new", &without_country, missing),
        ("has(order.country) && order.country == 'DE'", &without_country, fails("has(order.country)")),
        (
            "order.country in ['DE']",
            &without_country,
            unknown("order.country in ['DE']", "order.country", Problem::Missing),
        ),
    ] {
        assert_eq!(condition(text).evaluate(facts), verdict, "{text}");
    }
}

#[test]
fn what_has_no_answer_is_neither_met_nor_unmet() {
    let dollars = Purchase { total: "80 USD", ..Purchase::default() };
    let plain = Purchase::default();
    let unknown = |part, field, problem| Verdict::Unknown { part, field, problem };
    let mismatch = unknown("order.total >= money('50.00 EUR')", "order.total", Problem::CurrencyMismatch);
    for (text, facts, verdict) in [
        // Money of two currencies has no order and no equality.
        ("order.total >= money('50 EUR')", &dollars, mismatch),
        ("!(order.total >= money('50 EUR')) && invitee.is_new", &dollars, mismatch),
        (
            "order.total != money('50 EUR')",
            &dollars,
            unknown("order.total != money('50.00 EUR')", "order.total", Problem::CurrencyMismatch),
        ),
        (
            "order.total in [money('50 EUR'), money('60 USD')]",
            &dollars,
            unknown(
                "order.total in [money('50.00 EUR'), money('60.00 USD')]",
                "order.total",
                Problem::CurrencyMismatch,
            ),
        ),
        ("order.total >= money('50 EUR') || order.total >= money('60 USD')", &dollars, Verdict::Holds),
        // A field that names no zone.
        (
            "now.getMonth(order.country) == 4",
            &plain,
            unknown("now.getMonth(order.country) == 4", "order.country", Problem::UnknownZone),
        ),
        // Sums that leave their range, and facts that break their word.
        (
            "invitee.data.visits + 1 > 0",
            &plain,
            unknown("invitee.data.visits + 1 > 0", "invitee.data.visits", Problem::OutOfRange),
        ),
        (
            "now - duration('30000d') < now",
            &plain,
            unknown("now - duration('30000d') < now", "now", Problem::OutOfRange),
        ),
        (
            "order.tax > money('1 EUR')",
            &plain,
            unknown("order.tax > money('1.00 EUR')", "order.tax", Problem::WrongType),
        ),
    ] {
        assert_eq!(condition(text).evaluate(facts), verdict, "{text}");
    }
}
