//! Cells that look odd and are right, each in a file of its own.

use super::{CONVERSIONS, File, Must, REFERRERS, quoted};

const NAMES: &[&str] = &[
    "Zoë",
    "Zoe\u{308}",
    "Ægir Þór",
    "Nguyễn Thị",
    "李小龙",
    "すずき",
    "김민준",
    "محمد",
    "אברהם",
    "Ελένη",
    "Дмитрий",
    "ßẞ",
    "İı",
    "नमस्ते",
    "ไทย",
    "🎉",
    "👩‍👩‍👧‍👦",
    "🇩🇪",
    "𝔘𝔫𝔦",
    "a\u{300}\u{301}\u{302}",
    "\u{202e}evil",
    "x\u{200b}y",
    "O'Brien",
    "'quoted'",
    "Smith, John",
    "semi;colon",
    "say \"hi\"",
    "\"",
    "\"\"",
    ",",
    ";",
    "=1+1",
    "+49 30 1234",
    "-x",
    "@home",
    "=HYPERLINK(\"x\")",
    "null",
    "NULL",
    "nil",
    "N/A",
    "#N/A",
    "NaN",
    "true",
    "0",
    "00",
    "1e5",
    "1,234",
    "2026-05-01",
    "<b>x</b>",
    "&amp;",
    "%00",
    "\\",
    "\\n",
    "C:\\temp",
    "../..",
    "'; DROP TABLE people; --",
    "{{7*7}}",
    "${x}",
    "$(reboot)",
    "`id`",
    "a  b",
    "．",
    "＝1",
    "\u{fffd}",
];

/// Names of people, every one exact.
pub fn names() -> Vec<File> {
    let file = |name: &&str| {
        let text = format!("host_id,name\nbea,{}\n", quoted(name));
        File::new(format!("name {}", name.escape_default()), REFERRERS, text, Must::Hold(vec![format!("bea||{name}")]))
    };
    NAMES.iter().map(file).collect()
}

const POINT: &str = "decimals = 'point'";
const COMMA: &str = "decimals = 'comma'";
const AMOUNTS: &[(&str, &str, &str, &str)] = &[
    ("", "EUR", "12", "12.00 EUR"),
    ("", "EUR", "12.5", "12.50 EUR"),
    ("", "EUR", "12.50", "12.50 EUR"),
    ("", "EUR", "0", "0.00 EUR"),
    ("", "EUR", "0.01", "0.01 EUR"),
    ("", "EUR", "000012", "12.00 EUR"),
    ("", "EUR", " 12 ", "12.00 EUR"),
    ("", "EUR", "-0", "0.00 EUR"),
    ("", "EUR", "92233720368547758.07", "92233720368547758.07 EUR"),
    ("", "EUR", "12 EUR", "12.00 EUR"),
    ("", "EUR", "12 eur", "12.00 EUR"),
    ("", "JPY", "1234", "1234 JPY"),
    ("", "JPY", "9223372036854775807", "9223372036854775807 JPY"),
    ("", "KWD", "1.2", "1.200 KWD"),
    ("", "CLF", "1.2345", "1.2345 CLF"),
    ("", "USD", "5", "5.00 USD"),
    ("", "BHD", "0.1", "0.100 BHD"),
    (POINT, "EUR", "1,234.50", "1234.50 EUR"),
    (POINT, "EUR", "1,234", "1234.00 EUR"),
    (POINT, "EUR", "1,234,567", "1234567.00 EUR"),
    (POINT, "EUR", "1 234.5", "1234.50 EUR"),
    (POINT, "EUR", "1\u{a0}234.5", "1234.50 EUR"),
    (POINT, "EUR", "1\u{202f}234", "1234.00 EUR"),
    (POINT, "EUR", "1'234.50", "1234.50 EUR"),
    (POINT, "EUR", "1’234.50", "1234.50 EUR"),
    (POINT, "KWD", "1.234", "1.234 KWD"),
    (POINT, "EUR", "999", "999.00 EUR"),
    (POINT, "EUR", "12.5", "12.50 EUR"),
    (POINT, "EUR", "1,000 EUR", "1000.00 EUR"),
    (COMMA, "EUR", "1.234,50", "1234.50 EUR"),
    (COMMA, "EUR", "1.234", "1234.00 EUR"),
    (COMMA, "EUR", "12,5", "12.50 EUR"),
    (COMMA, "EUR", "0,01", "0.01 EUR"),
    (COMMA, "EUR", "1 234,5", "1234.50 EUR"),
    (COMMA, "EUR", "1\u{202f}234,5", "1234.50 EUR"),
    (COMMA, "EUR", "1.234.567,89", "1234567.89 EUR"),
    (COMMA, "KWD", "1,234", "1.234 KWD"),
    (COMMA, "EUR", "7", "7.00 EUR"),
    (COMMA, "EUR", "1 234 EUR", "1234.00 EUR"),
    (COMMA, "EUR", "1'234,5", "1234.50 EUR"),
];

/// Amounts as they are written in the world.
pub fn amounts() -> Vec<File> {
    let mut files = Vec::new();
    for (number, (decimals, currency, text, held)) in AMOUNTS.iter().enumerate() {
        let must = || Must::Hold(vec![format!("o-1|{held}|")]);
        let in_mapping = format!("{CONVERSIONS}{decimals}\ncurrency = '{currency}'");
        let text_in = format!("id,host_id,total\no-1,bea,{}\n", quoted(text));
        files.push(File::new(format!("amount {number} by the mapping"), in_mapping, text_in, must()));
        let in_row = format!("id;host_id;total;currency\no-1;bea;{};{}\n", quoted(text), currency.to_lowercase());
        files.push(File::new(
            format!("amount {number} by the row"),
            format!("{CONVERSIONS}{decimals}"),
            in_row,
            must(),
        ));
    }
    files
}

/// Times as they are written in the world, all of them before the upload.
pub fn times() -> Vec<File> {
    let paris = "zone = 'Europe/Paris'";
    let day_first = "dates = 'day_month_year'\nzone = 'Europe/Paris'";
    let month_first = "dates = 'month_day_year'\nzone = 'America/New_York'";
    let seconds = "dates = 'unix_seconds'";
    let millis = "dates = 'unix_milliseconds'";
    let cases = [
        ("", "2026-04-01T10:00:00Z", "2026-04-01T10:00:00Z"),
        ("", "2026-04-01T10:00:00+02:00", "2026-04-01T08:00:00Z"),
        ("", "2026-04-01T10:00:00-09:30", "2026-04-01T19:30:00Z"),
        ("", "2026-04-01t10:00:00z", "2026-04-01T10:00:00Z"),
        ("", "2026-04-01 10:00:00Z", "2026-04-01T10:00:00Z"),
        ("", "2026-04-01T10:00:00.5Z", "2026-04-01T10:00:00.500Z"),
        ("", "2026-04-01T10:00:00.123456Z", "2026-04-01T10:00:00.123456Z"),
        ("", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
        ("", "2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"),
        ("", "2026-04-01T00:00:00+14:00", "2026-03-31T10:00:00Z"),
        (paris, "2026-04-01", "2026-03-31T22:00:00Z"),
        (paris, "2026-01-01", "2025-12-31T23:00:00Z"),
        (paris, "2026-4-1", "2026-03-31T22:00:00Z"),
        (paris, "2026/04/01", "2026-03-31T22:00:00Z"),
        (paris, "2026.04.01", "2026-03-31T22:00:00Z"),
        (paris, "2026-04-01 10:00", "2026-04-01T08:00:00Z"),
        (paris, "2026-04-01T10:00", "2026-04-01T08:00:00Z"),
        (paris, "2026-04-01 10:00:30", "2026-04-01T08:00:30Z"),
        (paris, "2026-04-01 10:00:30.25", "2026-04-01T08:00:30.250Z"),
        (paris, "2026-03-29 01:59", "2026-03-29T00:59:00Z"),
        (paris, "2026-03-29 03:00", "2026-03-29T01:00:00Z"),
        (paris, "2025-10-26 03:00", "2025-10-26T02:00:00Z"),
        (paris, "2026-04-01T10:00:00Z", "2026-04-01T10:00:00Z"),
        ("zone = 'UTC'", "2026-04-01", "2026-04-01T00:00:00Z"),
        ("zone = 'Asia/Kathmandu'", "2026-04-01", "2026-03-31T18:15:00Z"),
        ("zone = 'Asia/Tokyo'", "2026-04-01 09:00", "2026-04-01T00:00:00Z"),
        (day_first, "03/04/2026", "2026-04-02T22:00:00Z"),
        (day_first, "3.4.2026", "2026-04-02T22:00:00Z"),
        (day_first, "03-04-2026", "2026-04-02T22:00:00Z"),
        (day_first, "31.12.2025 23:59", "2025-12-31T22:59:00Z"),
        (day_first, "2026-04-01T10:00:00Z", "2026-04-01T10:00:00Z"),
        (month_first, "03/04/2026", "2026-03-04T05:00:00Z"),
        (month_first, "3/4/2026 15:30", "2026-03-04T20:30:00Z"),
        (month_first, "12/31/2025", "2025-12-31T05:00:00Z"),
        (seconds, "0", "1970-01-01T00:00:00Z"),
        (seconds, "1775037600", "2026-04-01T10:00:00Z"),
        (millis, "1775037600500", "2026-04-01T10:00:00.500Z"),
        (millis, "0001", "1970-01-01T00:00:00.001Z"),
    ];
    let file = |(number, (mapping, text, held)): (usize, &(&str, &str, &str))| {
        let mapping = format!("{CONVERSIONS}{mapping}\ncurrency = 'EUR'");
        let text = format!("id,host_id,total,at\no-1,bea,5,{text}\n");
        File::new(format!("time {number}"), mapping, text, Must::Hold(vec![format!("o-1|5.00 EUR|{held}")]))
    };
    cases.iter().enumerate().map(file).collect()
}
