//! What looks odd and is right, with exactly what must be there in the end.

use super::odd_cells::{amounts, names, times};
use super::{File, Must, REFERRERS, quoted};

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
                            if needs || quoting == 1 || (quoting == 2 && place.is_multiple_of(2)) {
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
