//! What looks odd and is right, with exactly what must be there in the end.

use super::{CONVERSIONS, File, Must, REFERRERS, quoted};

pub fn files() -> Vec<File> {
    let families: [fn() -> Vec<File>; 11] = [
        forms,
        blank_lines,
        column_orders,
        spelled_headers,
        names,
        amounts,
        times,
        stated_separators,
        bounds,
        places_of_reads,
        fields_in_quotes,
    ];
    families.into_iter().flat_map(|family| family()).collect()
}

fn hold(rows: &[&str]) -> Must {
    Must::Hold(rows.iter().map(|row| (*row).to_owned()).collect())
}

/// The same three people in every form of CSV.
fn forms() -> Vec<File> {
    let people = [["bea", "bea@example.com", "Bea, B; \"B\"\tB"], ["cem", "", "Çem"], ["", "dan@example.com", ""]];
    let must = hold(&["bea|bea@example.com|Bea, B; \"B\"\tB", "cem||Çem", "|dan@example.com|"]);
    let mut files = Vec::new();
    for separator in [",", ";", "\t"] {
        for line_end in ["\n", "\r\n", "\r"] {
            for mark in ["", "\u{feff}"] {
                for last in [true, false] {
                    for quoting in 0..3 {
                        let field = |place: usize, text: &str| {
                            let needs = text.contains([',', ';', '\t', '"']);
                            if needs || quoting == 1 || (quoting == 2 && place % 2 == 0) {
                                quoted(text)
                            } else {
                                text.to_owned()
                            }
                        };
                        let row = |cells: &[&str; 3]| {
                            let cells: Vec<String> =
                                cells.iter().enumerate().map(|(place, cell)| field(place, cell)).collect();
                            cells.join(separator)
                        };
                        let rows: Vec<String> = std::iter::once(["host_id", "email", "name"])
                            .chain(people)
                            .map(|cells| row(&cells))
                            .collect();
                        let text = format!("{mark}{}{}", rows.join(line_end), if last { line_end } else { "" });
                        let name = format!("form {separator:?} {line_end:?} {} {last} {quoting}", mark.len());
                        // A tab in a name is a control character; here it only has to be told apart from a separator.
                        let text = text.replace("\"\"\tB", "\"\" B");
                        let must = match &must {
                            Must::Hold(rows) => Must::Hold(rows.iter().map(|row| row.replace('\t', " ")).collect()),
                            other => other.clone(),
                        };
                        files.push(File::new(name, REFERRERS, text, must));
                    }
                }
            }
        }
    }
    files
}

/// Empty lines, before, between and behind.
fn blank_lines() -> Vec<File> {
    let mut files = Vec::new();
    for line_end in ["\n", "\r\n", "\r"] {
        for before in [0, 1, 7] {
            for between in [1, 2, 5] {
                for behind in [0, 1, 9] {
                    let blank = |count: usize| line_end.repeat(count);
                    let text =
                        format!("{}host_id{}bea{}cem{}", blank(before), blank(between), blank(between), blank(behind));
                    let name = format!("blank {line_end:?} {before} {between} {behind}");
                    files.push(File::new(name, REFERRERS, text, hold(&["bea||", "cem||"])));
                }
            }
        }
    }
    files
}

/// Every order of the columns, with columns between that mean nothing.
fn column_orders() -> Vec<File> {
    let cells = [("host_id", "bea"), ("email", "bea@example.com"), ("name", "Bea"), ("", "ignored")];
    let mut files = Vec::new();
    for first in 0..4 {
        for second in (0..4).filter(|place| *place != first) {
            for third in (0..4).filter(|place| ![first, second].contains(place)) {
                let fourth = 6 - first - second - third;
                let order = [first, second, third, fourth];
                let row = |side: fn(&(&'static str, &'static str)) -> &'static str| {
                    order.iter().map(|place| side(&cells[*place])).collect::<Vec<_>>().join(",")
                };
                let text = format!("{}\n{}\n", row(|cell| cell.0), row(|cell| cell.1));
                files.push(File::new(format!("order {order:?}"), REFERRERS, text, hold(&["bea|bea@example.com|Bea"])));
            }
        }
    }
    files
}

/// Names of columns as people spell them, by their own name and by the mapping.
fn spelled_headers() -> Vec<File> {
    let mut files = Vec::new();
    for header in [
        "host_id",
        "HOST_ID",
        "Host_Id",
        " host_id",
        "host_id ",
        "\"host_id\"",
        "\" Host_ID \"",
        "\u{a0}host_id",
        "host_id\u{3000}",
    ] {
        let text = format!("{header},Name\nbea,Bea\n");
        files.push(File::new(format!("spelled {header:?}"), REFERRERS, text, hold(&["bea||Bea"])));
    }
    for header in [
        "Kunde",
        "Kunden-Nr.",
        "n°",
        "客户编号",
        "Идентификатор",
        "id клиента",
        "Ünïcödé",
        "a b",
        "=id",
        "host_id",
        "#",
    ] {
        let mapping = format!("{REFERRERS}columns = {{ host_id = {header:?}, name = 'Voller Name' }}");
        let text = format!("Voller Name;email;{};x\nBea;not read;bea;y\n", header.to_uppercase());
        files.push(File::new(format!("mapped {header}"), mapping, text, hold(&["bea||Bea"])));
    }
    files
}

/// Names of people, every one exact.
fn names() -> Vec<File> {
    let names = [
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
    let file = |name: &&str| {
        let text = format!("host_id,name\nbea,{}\n", quoted(name));
        File::new(format!("name {}", name.escape_default()), REFERRERS, text, Must::Hold(vec![format!("bea||{name}")]))
    };
    names.iter().map(file).collect()
}

/// Amounts as they are written in the world.
fn amounts() -> Vec<File> {
    let point = "decimals = 'point'";
    let comma = "decimals = 'comma'";
    let cases = [
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
        (point, "EUR", "1,234.50", "1234.50 EUR"),
        (point, "EUR", "1,234", "1234.00 EUR"),
        (point, "EUR", "1,234,567", "1234567.00 EUR"),
        (point, "EUR", "1 234.5", "1234.50 EUR"),
        (point, "EUR", "1\u{a0}234.5", "1234.50 EUR"),
        (point, "EUR", "1\u{202f}234", "1234.00 EUR"),
        (point, "EUR", "1'234.50", "1234.50 EUR"),
        (point, "EUR", "1’234.50", "1234.50 EUR"),
        (point, "KWD", "1.234", "1.234 KWD"),
        (point, "EUR", "999", "999.00 EUR"),
        (point, "EUR", "12.5", "12.50 EUR"),
        (point, "EUR", "1,000 EUR", "1000.00 EUR"),
        (comma, "EUR", "1.234,50", "1234.50 EUR"),
        (comma, "EUR", "1.234", "1234.00 EUR"),
        (comma, "EUR", "12,5", "12.50 EUR"),
        (comma, "EUR", "0,01", "0.01 EUR"),
        (comma, "EUR", "1 234,5", "1234.50 EUR"),
        (comma, "EUR", "1\u{202f}234,5", "1234.50 EUR"),
        (comma, "EUR", "1.234.567,89", "1234567.89 EUR"),
        (comma, "KWD", "1,234", "1.234 KWD"),
        (comma, "EUR", "7", "7.00 EUR"),
        (comma, "EUR", "1 234 EUR", "1234.00 EUR"),
        (comma, "EUR", "1'234,5", "1234.50 EUR"),
    ];
    let mut files = Vec::new();
    for (number, (decimals, currency, text, held)) in cases.iter().enumerate() {
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
fn times() -> Vec<File> {
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

/// `sep=`, which some spreadsheets write; and separators that only the mapping can tell.
fn stated_separators() -> Vec<File> {
    let mut files = Vec::new();
    for separator in [",", ";", "\t"] {
        for line_end in ["\n", "\r\n"] {
            for mark in ["", "\u{feff}"] {
                let rows = ["host_id", "name"].join(separator) + line_end + &["bea", "Bea"].join(separator);
                let text = format!("{mark}sep={separator}{line_end}{rows}{line_end}");
                files.push(File::new(
                    format!("sep {separator:?} {line_end:?} {}", mark.len()),
                    REFERRERS,
                    text,
                    hold(&["bea||Bea"]),
                ));
            }
        }
    }
    for (name, separator, other) in [("comma", ",", ";"), ("semicolon", ";", ","), ("tab", "\t", ",")] {
        for field in [format!("x{other}y"), other.to_owned(), format!("a{other}{other}b")] {
            let mapping = format!("{REFERRERS}separator = '{name}'");
            let text = format!("host_id{separator}note{other}note{separator}name\nbea{separator}z{separator}{field}\n");
            let must = Must::Hold(vec![format!("bea||{field}")]);
            files.push(File::new(format!("stated {name} {field}"), mapping, text, must));
        }
    }
    files
}

/// Exactly as much as each limit allows.
fn bounds() -> Vec<File> {
    let mut files = Vec::new();
    for most in [1_usize, 2, 5, 40] {
        let mut bound = |limit: &str, value: usize, text: String, must: Must| {
            let mapping = format!("{REFERRERS}limits = {{ {limit} = {value} }}");
            files.push(File::new(format!("just {limit} {value} {}", text.contains('"')), mapping, text, must));
        };
        let rows: String = (0..most).map(|row| format!("b{row:02}\n")).collect();
        let held = Must::Hold((0..most).map(|row| format!("b{row:02}||")).collect());
        bound("rows", most, format!("host_id\n{rows}"), held.clone());
        bound("bytes", 8 + 4 * most, format!("host_id\n{rows}"), held.clone());
        bound("rows_per_commit", most, format!("host_id\n{rows}"), held);
        bound("columns", most, format!("host_id{0}\nbea{0}\n", ",".repeat(most - 1)), hold(&["bea||"]));
        let id = "x".repeat(most + 6);
        bound("field_bytes", most + 6, format!("host_id\n{id}\n"), Must::Hold(vec![format!("{id}||")]));
        bound("field_bytes", most + 6, format!("host_id\n\"{id}\"\n"), Must::Hold(vec![format!("{id}||")]));
        // The end of the line is one byte of the row.
        bound(
            "row_bytes",
            most + 8,
            format!("host_id\n{}\n", "x".repeat(most + 7)),
            Must::Hold(vec![format!("{}||", "x".repeat(most + 7))]),
        );
    }
    files
}

/// A quote, a line end, a wide character at every place around the end of a read.
fn places_of_reads() -> Vec<File> {
    let mut files = Vec::new();
    for at in [4_096_usize, 65_536] {
        for shift in 0..24 {
            let line = "x,,\n";
            let lines = (at - 40 - shift) / line.len();
            let rest = (at - 40 - shift) % line.len();
            let text = format!(
                "note,host_id,name\n{}{},bea,\"\"\"B\"\" 日本🎉\"\r\n\"multi\r\nline\",cem,Ç\n",
                line.repeat(lines),
                "y".repeat(rest)
            );
            // Rows without anybody are refused; they only take room here.
            let text = text.replace("x,,\n", ",,\n\n");
            files.push(File::new(
                format!("read {at} {shift}"),
                REFERRERS,
                text,
                hold(&["bea||\"B\" 日本🎉", "cem||Ç"]),
            ));
        }
    }
    files
}

/// What stands in quotes in a column that is not read moves nothing in the columns that are.
fn fields_in_quotes() -> Vec<File> {
    let contents = [
        "",
        " ",
        "\n",
        "\r\n",
        "\r",
        "\n\n\n",
        ",",
        ",,,,",
        ";",
        "\t",
        "\"",
        "\"\"",
        "\",\"",
        "\"\n\"",
        "a\nb",
        "a,b\nc,d",
        "host_id",
        "\nbea,x\n",
        "'",
        "\\\"",
        "\\",
        "=1",
        "日\n本",
        "\u{2028}",
        "\u{feff}",
        "x\"y\"z",
        "\"start",
        "end\"",
        ",\"",
        "\",",
        "\r\n\"\r\n",
    ];
    let mut files = Vec::new();
    for (number, content) in contents.iter().enumerate() {
        for (place, text) in [
            ("first", format!("note,host_id,name\n{},bea,Bea\nx,cem,Cem\n", quoted(content))),
            ("middle", format!("host_id,note,name\r\nbea,{},Bea\r\ncem,x,Cem\r\n", quoted(content))),
            ("last", format!("host_id;name;note\nbea;Bea;{0}\ncem;Cem;{0}", quoted(content))),
        ] {
            files.push(File::new(
                format!("in quotes {number} {place}"),
                REFERRERS,
                text,
                hold(&["bea||Bea", "cem||Cem"]),
            ));
        }
    }
    files
}
