//! Broken texts, each with what is said of it and where: `mistakes.txt`; and odd ones: `warnings.txt`.
//!
//! A case is a text after a line `## toml` or `## json`; lines that begin with `=> ` are what must be said. TOML is read
//! behind two lines that name a campaign and its link host, unless it names them itself.

use std::fmt::Write as _;

use super::{file, mistakes};
use crate::campaign::{CampaignModel, Format, MAX_TEXT};
use crate::error::Error;

const HEAD: &str = "name = \"a\"\nlink_host = \"go.shop.example\"\n";

/// Compares what `say` says of each text in a file with what must be said. How many there are.
pub(super) fn hold_cases_against(name: &str, say: impl Fn(&str, Format) -> Vec<String>) -> usize {
    let path = format!("referral-core/src/campaign/tests/{name}");
    let given = file(&path);
    let mut found = given.split("## ").next().unwrap().to_owned();
    let mut count = 0;
    for case in given.split("## ").skip(1) {
        let (format, case) = case.split_once('\n').unwrap();
        let lines: Vec<_> = case.lines().filter(|line| !line.starts_with("=> ")).collect();
        let text = lines.join("\n").trim_end_matches('\n').to_owned() + "\n";
        let said = say(&text, if format == "toml" { Format::Toml } else { Format::Json });
        assert!(!said.is_empty(), "nothing is said of:\n{text}");
        let _ = write!(found, "## {format}\n{text}=> {}\n\n", said.join("\n=> "));
        count += 1;
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR")), &found).unwrap();
    }
    for (found, given) in found.split("## ").zip(given.split("## ")) {
        assert_eq!(found, given);
    }
    assert_eq!(found, given);
    count
}

#[test]
fn every_broken_text_is_refused_with_all_its_mistakes_at_their_places() {
    let count = hold_cases_against("mistakes.txt", |text, format| match format {
        Format::Toml if !text.contains("link_host") => mistakes(&format!("{HEAD}{text}"), format),
        _ => mistakes(text, format),
    });
    assert!(count >= 240, "{count}");
}

#[test]
fn a_mark_of_byte_order_and_windows_line_breaks_move_nothing() {
    let joined = "[qualification]\nwhen = \"\"\"\n  invitee.is_new \\\n   && order.totl\"\"\"\n";
    let literal = "[qualification]\nwhen = '''\n  invitee.is_new\n   && order.totl'''\n";
    let expected = ["6:7: qualification.when: no field `order.totl`; did you mean `order.total`?"];
    for text in [joined, literal].map(|text| format!("{HEAD}{text}")) {
        assert_eq!(mistakes(&text, Format::Toml), expected);
        assert_eq!(mistakes(&text.replace('\n', "\r\n"), Format::Toml), expected);
    }
    assert_eq!(mistakes("\u{feff}title = 5", Format::Toml).first().map(|said| &said[..5]), Some("1:1: "));
    assert_eq!(mistakes("\u{feff}{\"nam\"", Format::Json), ["1:6: eof while parsing an object"]);
}

#[test]
fn a_text_that_is_too_long_is_refused_before_it_is_read() {
    let text = " ".repeat(MAX_TEXT + 1);
    for format in [Format::Toml, Format::Json] {
        assert_eq!(mistakes(&text, format), ["the text is longer than 1048576 bytes"]);
    }
}

#[test]
fn no_more_than_a_hundred_mistakes_are_told_and_a_flood_of_them_takes_no_time() {
    let all = |make: &dyn Fn(usize) -> String| (0..60_000).map(make).collect::<String>();
    let floods = [
        (format!("{HEAD}{}", all(&|index| format!("nope{index} = 1\n"))), Format::Toml),
        (format!("{HEAD}[[rewards]]\ngive = {{ {} }}", all(&|index| format!("a{index} = 1, "))), Format::Toml),
        (all(&|_| "a = \n".to_owned()), Format::Toml),
        (format!("a = [{}]", all(&|_| "x, ".to_owned())), Format::Toml),
        (format!("{{{}\"z\": 1}}", all(&|index| format!("\"a{index}\":1,"))), Format::Json),
        (format!("{{{}\"z\": 1}}", all(&|_| "\"a\":1,".to_owned())), Format::Json),
    ];
    for (text, format) in floods {
        let said = mistakes(&text, format);
        let last = said.last().map(String::as_str);
        assert!(said.len() <= 101, "{}", said.len());
        assert!(last == Some("there are more mistakes") || said.len() == 1, "{last:?}");
    }
}

#[test]
fn deep_texts_are_refused_and_nothing_overflows() {
    for depth in [100, 10_000, 200_000] {
        let cases = [
            (format!("title = {}", "[".repeat(depth)), Format::Toml),
            (format!("title = {}{}", "{a=".repeat(depth), "}".repeat(depth)), Format::Toml),
            (format!("{}a = 1", "a.".repeat(depth)), Format::Toml),
            (format!("[{}a]", "a.".repeat(depth)), Format::Toml),
            ("[".repeat(depth), Format::Json),
            (format!("{{\"title\": {}", "[".repeat(depth)), Format::Json),
            ("{\"a\":".repeat(depth), Format::Json),
            (format!("{{\"title\": {}0{}}}", "[".repeat(depth), "]".repeat(depth)), Format::Json),
        ];
        for (text, format) in cases {
            assert!(!mistakes(&text, format).is_empty(), "{format} {depth}");
        }
    }
}

#[test]
fn no_cut_or_changed_text_makes_the_reader_panic() {
    let toml = file("examples/campaigns/subscription.toml");
    let json = CampaignModel::from_toml(&toml).unwrap().to_json();
    let strange = ['"', '\'', '\\', '{', '[', ']', '}', '=', ',', '\n', '\r', '#', '\u{0}', 'é', '😀', '0', '-', '.'];
    for (text, format) in [(toml, Format::Toml), (json, Format::Json)] {
        let places: Vec<_> = text.char_indices().map(|(index, _)| index).collect();
        for (count, place) in places.iter().enumerate().step_by(3) {
            let (before, after) = text.split_at(*place);
            let sign = strange[count / 3 % strange.len()];
            let rest = after.get(1..).unwrap_or_default();
            for broken in [before.to_owned(), format!("{before}{sign}{after}"), format!("{before}{sign}{rest}")] {
                match CampaignModel::read(&broken, format) {
                    Ok(_) => {}
                    Err(Error::InvalidCampaign(mistakes)) => {
                        let lines = u32::try_from(broken.split('\n').count()).unwrap();
                        assert!(!mistakes.is_empty());
                        for mistake in mistakes {
                            assert!((1..=lines).contains(&mistake.line.unwrap()), "{mistake}");
                            assert!(mistake.column.unwrap() >= 1, "{mistake}");
                        }
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        }
    }
}
