//! What must be refused, wholly or row by row.

use super::hostile_cells::{formulas, numbers, times, values};
use super::{File, Must, Numbers, REFERRERS, end, tell};

pub fn files() -> Vec<File> {
    let families: [fn() -> Vec<File>; 16] = [
        marks,
        utf16_and_32,
        not_utf8,
        nul,
        quotes,
        bombs,
        bounds,
        ragged,
        headers,
        separators,
        formulas,
        numbers,
        times,
        values,
        binary,
        garbage,
    ];
    families.into_iter().flat_map(|family| family()).collect()
}

/// The marks of other encodings and the first bytes of files that are no text (Unicode 16, table 2-4 and section 23.8;
/// the formats' own specifications).
fn marks() -> Vec<File> {
    let marks: &[&[u8]] = &[
        b"\xFF\xFE\0\0",
        b"\0\0\xFE\xFF",
        b"\xFF\xFE",
        b"\xFE\xFF",
        b"\x84\x31\x95\x33",
        b"\xDD\x73\x66\x73",
        b"\x0E\xFE\xFF",
        b"\xFB\xEE\x28",
        b"\xF7\x64\x4C",
        b"+/v8",
        b"+/v9",
        b"+/v+",
        b"+/v/",
        b"PK\x03\x04",
        b"\xD0\xCF\x11\xE0",
        b"\x1F\x8B",
        b"BZh9",
        b"\xFD7zXZ\0",
        b"\x28\xB5\x2F\xFD",
        b"7z\xBC\xAF\x27\x1C",
        b"%PDF-1.7",
        b"SQLite format 3\0",
        b"PAR1",
    ];
    let rests: &[&[u8]] = &[b"", b"host_id\nbea\n", b"\x14\0\0\0\x08\0\nhost_id\n"];
    let all = marks.iter().enumerate().flat_map(|(number, mark)| rests.iter().map(move |rest| (number, mark, rest)));
    all.enumerate()
        .map(|(at, (number, mark, rest))| {
            File::new(format!("mark {number}/{at}"), REFERRERS, [*mark, *rest].concat(), end("encoding"))
        })
        .collect()
}

/// Whole files in other encodings of Unicode, with a mark and without.
fn utf16_and_32() -> Vec<File> {
    let texts = [
        "host_id\nbea\n",
        "host_id;email\r\nbea;bea@example.com\r\n",
        "email\n\"a@example.com\"\n",
        "host_id\tname\nx\tÄ\n",
    ];
    let mut files = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        for mark in ["", "\u{feff}"] {
            let whole = format!("{mark}{text}");
            let units: Vec<u16> = whole.encode_utf16().collect();
            let chars: Vec<u32> = whole.chars().map(u32::from).collect();
            let encoded: [Vec<u8>; 4] = [
                units.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
                units.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
                chars.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
                chars.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
            ];
            for (form, bytes) in encoded.into_iter().enumerate() {
                files.push(File::new(
                    format!("wide {number}/{}/{form}", mark.len()),
                    REFERRERS,
                    bytes,
                    end("encoding"),
                ));
            }
        }
    }
    files
}

/// Sequences that are not UTF-8 (Unicode 16, table 3-7: overlong, surrogates, beyond the last, cut short), in every place.
fn not_utf8() -> Vec<File> {
    let sequences: &[&[u8]] = &[
        b"\xC0\x80",
        b"\xC0\xAF",
        b"\xC1\xBF",
        b"\xE0\x80\x80",
        b"\xE0\x9F\xBF",
        b"\xF0\x80\x80\x80",
        b"\xF0\x8F\xBF\xBF",
        b"\xED\xA0\x80",
        b"\xED\xBF\xBF",
        b"\xF4\x90\x80\x80",
        b"\xF5\x80\x80\x80",
        b"\xFF",
        b"\xFE",
        b"\x80",
        b"\xBF",
        b"\xE2\x82",
        b"\xF0\x9F\x98",
        b"\xC3\x28",
        b"\xE4",
        b"\xFC\x84\x80\x80\x80\x80",
        b"\x93quoted\x94",
        b"M\xFCller",
    ];
    let mut files = Vec::new();
    for (number, bad) in sequences.iter().enumerate() {
        let file = |place: &str, before: &[u8], after: &[u8], rows: &[&str]| {
            let rows = rows.iter().map(|row| (*row).to_owned()).collect();
            let bytes = [before, *bad, after].concat();
            File::new(format!("not UTF-8 {number}/{place}"), REFERRERS, bytes, Must::End("encoding", rows))
        };
        files.push(file("header", b"host_id,x", b"\nbea,\n", &[]));
        files.push(file("first row", b"host_id,name\nbea,", b"\n", &[]));
        files.push(file("quoted", b"host_id,name\nbea,\"", b"\"\n", &[]));
        files.push(file("last row", b"host_id,name\nbea,\ncem,", b"", &["2 applied"]));
        let padding = [b"host_id,name\nbea,".as_slice(), &vec![b' '; 4_096 - 18], b"\ncem,"].concat();
        files.push(file("second read", &padding, b"\n", &["2 applied"]));
    }
    files
}

/// Zeros.
fn nul() -> Vec<File> {
    let cases: &[(&[u8], &[&str])] = &[
        (b"host_id\0\nbea\n", &[]),
        (b"host\0_id\nbea\n", &[]),
        (b"host_id\nb\0ea\n", &[]),
        (b"host_id\n\"b\0ea\"\n", &[]),
        (b"host_id\nbea\n\0\n", &["2 applied"]),
        (b"host_id\nbea\n\0", &["2 applied"]),
        (b"host_id\n\0bea\n", &[]),
        (b"host_id,email\nbea,\0\n", &[]),
        (b"host_id,note\nbea,\ncem,x\0\n", &["2 applied"]),
        (b"host_id\nbea\ncem\n\"\0\"\n", &["2 applied", "3 applied"]),
    ];
    let file = |(number, (bytes, rows)): (usize, &(&[u8], &[&str]))| {
        let rows = rows.iter().map(|row| (*row).to_owned()).collect();
        File::new(format!("nul {number}"), REFERRERS, *bytes, Must::End("nul_byte", rows))
    };
    cases.iter().enumerate().map(file).collect()
}

/// Quotes that are never closed, or closed too soon, between every separator and line end.
fn quotes() -> Vec<File> {
    let broken: &[(&str, &str)] = &[
        ("\"", "unclosed_quote"),
        ("\"bea", "unclosed_quote"),
        ("\"bea\"\"", "unclosed_quote"),
        ("\"\"\"", "unclosed_quote"),
        ("\"bea\"x", "stray_quote"),
        ("\"bea\" ", "stray_quote"),
        ("\"\"x", "stray_quote"),
        ("\"bea\"'", "stray_quote"),
        ("\"a\"b\"c\"", "stray_quote"),
        ("\"\"\"\"x", "stray_quote"),
    ];
    let mut files = Vec::new();
    for (separator, _) in [(",", 0), (";", 1), ("\t", 2)] {
        for line_end in ["\n", "\r\n", "\r"] {
            for (number, (field, code)) in broken.iter().enumerate() {
                let text =
                    format!("host_id{separator}name{line_end}cem{separator}{line_end}{field}{separator}x{line_end}");
                let name = format!("quotes {number}/{}/{}", separator.escape_default(), line_end.escape_default());
                files.push(File::new(name, REFERRERS, text, Must::End(code, vec!["2 applied".to_owned()])));
            }
        }
    }
    for header in ["\"", "\"host_id", "host_id,\"", "\"host_id\"x", "\"host_id\" ,email"] {
        let code = if header.contains("id\"") { "stray_quote" } else { "unclosed_quote" };
        files.push(File::new(
            format!("quotes in the header {header}"),
            REFERRERS,
            format!("{header}\nbea\n"),
            end(code),
        ));
    }
    files
}

/// What grows without end: a field, a row, columns.
fn bombs() -> Vec<File> {
    let mut files = Vec::new();
    for size in [65_537_usize, 70_000, 1_000_000, 4_000_000] {
        for (kind, text) in [
            ("plain", format!("host_id\n{}\n", "x".repeat(size))),
            ("quoted", format!("host_id\n\"{}\"\n", "x".repeat(size))),
            ("unclosed", format!("host_id\n\"{}", "x".repeat(size))),
            ("lines in quotes", format!("host_id\n\"{}", "x\n".repeat(size / 2 + 1))),
            ("quotes in quotes", format!("host_id\n\"{}", "\"\"".repeat(size + 1))),
            ("wide characters", format!("host_id\n{}\n", "日".repeat(size / 3 + 1))),
            ("in the header", format!("{}\nbea\n", "x".repeat(size))),
        ] {
            files.push(File::new(format!("bomb {kind} {size}"), REFERRERS, text, end("field_too_long")));
        }
        let commas = format!("host_id\n{}\n", ",".repeat(size));
        files.push(File::new(format!("bomb of columns {size}"), REFERRERS, commas, end("too_many_columns")));
        let commas = format!("host_id{}\nbea\n", ",".repeat(size));
        files.push(File::new(format!("bomb of headers {size}"), REFERRERS, commas, end("too_many_columns")));
    }
    let fields = vec!["x".repeat(60_000); 6].join(",");
    files.push(File::new("bomb of a row", REFERRERS, format!("host_id\n{fields}\n"), end("row_too_long")));
    files
}

/// One beyond each stated limit.
fn bounds() -> Vec<File> {
    let mut files = Vec::new();
    let mut bound = |limit: &str, most: usize, text: String, code, rows: usize| {
        let mapping = format!("{REFERRERS}limits = {{ {limit} = {most} }}");
        let rows = (0..rows).map(|row| format!("{} applied", row + 2)).collect();
        files.push(File::new(format!("one beyond {limit} {most}"), mapping, text, Must::End(code, rows)));
    };
    for most in [1, 2, 3, 10] {
        let rows: String = (0..=most).map(|row| format!("b{row}\n")).collect();
        bound("rows", most, format!("host_id\n{rows}"), "too_many_rows", most);
        bound("columns", most, format!("host_id{}\nbea\n", ",x".repeat(most)), "too_many_columns", 0);
        bound("field_bytes", most + 6, format!("host_id\nok\n{}\n", "x".repeat(most + 7)), "field_too_long", 1);
        bound(
            "row_bytes",
            most + 20,
            format!("host_id,x,y\nok,,\n{0},{0},\n", "x".repeat(most + 10)),
            "row_too_long",
            1,
        );
        bound("bytes", 11 + most, format!("host_id\nok\n{}\n", "x".repeat(most)), "too_many_bytes", 1);
    }
    files
}

/// Rows with another number of fields than the first: those between good ones are refused, and only those.
fn ragged() -> Vec<File> {
    let names = ["host_id", "email", "name", "a", "b", "c"];
    let mut files = Vec::new();
    for columns in 1..=names.len() {
        for fields in (1..=8).filter(|fields| *fields != columns) {
            let header = names[..columns].join(",");
            let good = |id: &str| format!("{id}{}", ",".repeat(columns - 1));
            let row = vec!["x"; fields].join(",");
            let text = format!("{header}\n{}\n{row}\n{}\n", good("bea"), good("cem"));
            let must = tell(&["2 applied", "3 invalid ragged", "4 applied"]);
            files.push(File::new(format!("ragged {fields} of {columns}"), REFERRERS, text, must));
        }
    }
    files
}

/// First rows by which nothing, or two things, could be read.
fn headers() -> Vec<File> {
    let mut files = Vec::new();
    for (number, text) in ["", "\n", "\r\n", "\r", "\n\n\n", "\u{feff}", "\u{feff}\n", "\r\r\n\n"].iter().enumerate() {
        files.push(File::new(format!("no header {number}"), REFERRERS, *text, end("no_header")));
    }
    let missing = [
        " ",
        ",",
        ",,,",
        ";;",
        "\t\t",
        "name\nBea",
        "host id\nbea",
        "hostid\nbea",
        "id\n1",
        "host_id|email\nbea|x",
        "HOST-ID\nbea",
        "host_id email\nbea",
        "'host_id'\nbea",
        "x;y\n1;2",
        "host_id:email\n",
        "sep=|\nhost_id\n",
        "<html>\n<body>\n",
        "{\"host_id\":\"bea\"}",
        "---\nhost_id: bea\n",
        "# host_id\nbea\n",
        "\u{200b}host_id\nbea\n",
        "bea,bea@example.com\n",
        "ｈｏｓｔ＿ｉｄ\nbea\n",
    ];
    for (number, text) in missing.iter().enumerate() {
        files.push(File::new(format!("missing header {number}"), REFERRERS, *text, end("missing_header")));
    }
    let mapped = format!("{REFERRERS}columns = {{ host_id = 'Kunde', name = 'Name' }}");
    for (number, text) in ["host_id,name", "Kunde", "Name", "Kunde,Names", "kunden,name"].iter().enumerate() {
        files.push(File::new(format!("missing mapped header {number}"), mapped.as_str(), *text, end("missing_header")));
    }
    for (first, second) in [
        ("host_id", "host_id"),
        ("host_id", "HOST_ID"),
        ("host_id", " host_id "),
        ("\"host_id\"", "host_id"),
        ("email", "Email"),
        ("name", "name"),
        ("at", "AT"),
        ("data.plan", "Data.Plan"),
        ("country", "country\u{a0}"),
        ("language", "\u{2003}language"),
    ] {
        for between in ["", "x,", "x,y,"] {
            let text = format!("id,email2,{first},{between}{second}\n");
            let text = if first.contains("host_id") { text } else { format!("host_id,{text}") };
            let name = format!("twice {}/{}/{}", first.escape_default(), second.escape_default(), between.len());
            files.push(File::new(name, REFERRERS, text, end("duplicate_header")));
        }
    }
    files
}

/// First rows with more than one separator.
fn separators() -> Vec<File> {
    let texts = [
        "host_id,email;name\n",
        "host_id;email,name\n",
        "host_id\temail,name\n",
        "host_id\temail;name\n",
        ",;\n",
        "\t,host_id\n",
        "host_id;\"a,b\",name\n",
        "host_id,email;\n",
        ";host_id,\n",
        "host_id,a\tb\n",
    ];
    let file = |(number, text): (usize, &&str)| {
        File::new(format!("two separators {number}"), REFERRERS, *text, end("ambiguous_separator"))
    };
    texts.iter().enumerate().map(file).collect()
}

/// Bytes at random.
fn binary() -> Vec<File> {
    let file = |seed: u64| {
        let mut numbers = Numbers(seed);
        let length = 64 + usize::try_from(numbers.next(20_000)).unwrap();
        let bytes: Vec<u8> = (0..length).map(|_| u8::try_from(numbers.next(256)).unwrap()).collect();
        File::new(format!("binary {seed}"), REFERRERS, bytes, Must::EndSomehow)
    };
    (0..60).map(file).collect()
}

/// Separators, quotes, line ends and letters at random.
fn garbage() -> Vec<File> {
    let file = |seed: u64| {
        let mut numbers = Numbers(seed.wrapping_add(1_000));
        let alphabet = [",", ";", "\t", "\"", "\n", "\r", "\r\n", " ", "'", "=", "a", "ä", "0", "\u{feff}", "\"\""];
        let length = 1 + numbers.next(2_000);
        let text: String =
            (0..length).map(|_| alphabet[usize::try_from(numbers.next(alphabet.len() as u64)).unwrap()]).collect();
        File::new(format!("garbage {seed}"), REFERRERS, text, Must::EndSomehow)
    };
    (0..60).map(file).collect()
}
