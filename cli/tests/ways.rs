//! The table of what can be told by which way, in `docs/integrations.md`, says what the code does.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::{Home, well};
use referral_csv::Content;
use referral_inbound::{Table, tables};
use referrals::command::AnyCommand;
use serde_json::{Value, json};

const PAGE: &str = include_str!("../../docs/integrations.md");
const FILES: &str = include_str!("../../adapters/csv/README.md");

/// A cell of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cell {
    /// It can be told, under these names.
    Named(BTreeSet<String>),
    /// It can be told, by the same commands.
    Yes,
    /// It cannot, for the reason of that letter.
    No(char),
}

impl Cell {
    fn read(text: &str) -> Self {
        let text = text.trim();
        match text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
            Some(letter) => Self::No(letter.parse().unwrap()),
            None if text == "yes" => Self::Yes,
            None => Self::Named(quoted(text)),
        }
    }

    fn names(&self) -> BTreeSet<String> {
        match self {
            Self::Named(names) => names.clone(),
            _ => BTreeSet::new(),
        }
    }
}

/// What stands in backticks.
fn quoted(text: &str) -> BTreeSet<String> {
    text.split('`').skip(1).step_by(2).map(ToOwned::to_owned).collect()
}

/// The part of the page between its heading and the next one.
fn section() -> &'static str {
    let after = PAGE.split_once("\n## What can be told, and how\n").unwrap().1;
    after.split_once("\n## ").unwrap().0
}

/// The rows of a Markdown table whose first heading is `first`: each column by its heading.
fn rows(page: &str, first: &str) -> Vec<BTreeMap<String, String>> {
    let start = format!("| {first} |");
    let mut lines = page.lines().skip_while(|line| !line.starts_with(&start)).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let head = cells(lines.next().unwrap());
    let rows = lines.skip(1).map(|line| head.iter().cloned().zip(cells(line)).collect::<BTreeMap<_, _>>());
    let rows: Vec<_> = rows.collect();
    assert!(rows.iter().all(|row| row.len() == head.len()));
    rows
}

struct Row {
    what: String,
    cells: BTreeMap<String, Cell>,
}

impl Row {
    fn cell(&self, column: &str) -> &Cell {
        &self.cells[column]
    }

    fn commands(&self) -> BTreeSet<String> {
        self.cell("API").names()
    }
}

fn ways() -> Vec<Row> {
    let read = |mut row: BTreeMap<String, String>| {
        let what = row.remove("what").unwrap();
        Row { what, cells: row.into_iter().map(|(column, text)| (column, Cell::read(&text))).collect() }
    };
    rows(section(), "what").into_iter().map(read).collect()
}

/// The commands that the rules of a table make, each with the events that its rules name.
fn commands_of(table: &str) -> BTreeMap<String, BTreeSet<String>> {
    let table: Value = serde_json::from_str(table).unwrap();
    let mut commands: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for rule in table["rules"].as_array().unwrap() {
        let events = commands.entry(rule["command"].as_str().unwrap().to_owned()).or_default();
        for when in rule["when"].as_array().unwrap().iter().filter(|when| when["path"] == "event") {
            let several = when["in"].as_array().cloned().unwrap_or_default();
            let names = several.into_iter().chain([when["is"].clone()]);
            events.extend(names.filter_map(|name| name.as_str().map(ToOwned::to_owned)));
        }
    }
    commands
}

/// Whether tables may make this command.
fn is_made_by_tables(command: &str) -> bool {
    let rule = json!({"name": "a", "command": command, "fields": {}});
    let table = json!({"source": "s", "at": {"time": "at", "unit": "rfc3339"}, "rules": [rule]});
    let mistakes = Table::from_json(&table.to_string()).unwrap_err();
    !mistakes.iter().any(|mistake| mistake.to_string().contains("is unknown"))
}

#[test]
fn every_command_stands_in_one_row_or_tells_no_fact() {
    let mut seen = BTreeMap::new();
    for row in ways() {
        for command in row.commands() {
            assert_eq!(seen.insert(command.clone(), row.what.clone()), None, "{command} stands twice");
        }
    }
    let (_, rest) = section().split_once("These commands tell no fact").unwrap();
    for command in quoted(rest) {
        assert_eq!(seen.insert(command.clone(), String::new()), None, "{command} stands twice");
    }
    let known: BTreeSet<&str> = AnyCommand::NAMES.iter().copied().collect();
    assert_eq!(seen.keys().map(String::as_str).collect::<BTreeSet<_>>(), known);
}

#[test]
fn every_cell_that_names_nothing_has_a_reason_that_stands_below() {
    let reasons = section().lines().filter_map(|line| line.strip_prefix("- (")?.chars().next());
    let reasons: BTreeSet<char> = reasons.collect();
    let cells = ways().into_iter().flat_map(|row| row.cells.into_values());
    let used: BTreeSet<char> =
        cells.filter_map(|cell| if let Cell::No(letter) = cell { Some(letter) } else { None }).collect();
    assert_eq!(used, reasons);
    for row in ways() {
        assert_eq!(row.cells.len(), 8);
        assert!(row.cells.values().all(|cell| *cell != Cell::Named(BTreeSet::new())), "{} has an empty cell", row.what);
    }
}

#[test]
fn own_tables_make_the_commands_of_their_column() {
    for row in ways() {
        for command in row.commands() {
            assert_eq!(row.cell("own table") == &Cell::Yes, is_made_by_tables(&command), "{command}");
        }
    }
}

#[test]
fn the_built_in_tables_make_the_commands_of_their_columns() {
    for (column, table) in [("Stripe", tables::STRIPE), ("HubSpot", tables::HUBSPOT), ("Intercom", tables::INTERCOM)] {
        let made = commands_of(table);
        for row in ways() {
            let is_made = row.commands().iter().any(|command| made.contains_key(command));
            assert_eq!(row.cell(column) == &Cell::Yes, is_made, "{column}: {}", row.what);
        }
    }
    let made = commands_of(tables::ZAPIER);
    for row in ways() {
        let events: BTreeSet<String> =
            row.commands().iter().filter_map(|command| made.get(command)).flatten().cloned().collect();
        assert_eq!(row.cell("Zapier").names(), events, "{}", row.what);
    }
}

#[test]
fn files_make_the_commands_of_their_column_and_the_command_line_takes_files() {
    let mut contents: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows(FILES, "content") {
        let content = quoted(&row["content"]).into_iter().next().unwrap();
        contents.insert(content, quoted(&row["by the command"]));
    }
    let all: BTreeSet<String> = Content::ALL.iter().map(|content| content.as_str().to_owned()).collect();
    assert_eq!(contents.keys().cloned().collect::<BTreeSet<_>>(), all);
    for row in ways() {
        let of_row = contents.iter().filter(|(_, commands)| !commands.is_disjoint(&row.commands()));
        let names: BTreeSet<String> = of_row.map(|(content, _)| content.clone()).collect();
        assert_eq!(row.cell("CSV").names(), names, "{}", row.what);
        assert_eq!(row.cell("command line").names().contains("upload"), !names.is_empty(), "{}", row.what);
    }
}

#[test]
fn the_jobs_of_the_command_line_are_there() {
    let home = Home::new();
    let jobs: BTreeSet<String> = ways().iter().flat_map(|row| row.cell("command line").names()).collect();
    for job in jobs {
        let words: Vec<&str> = job.split(' ').chain(["--help"]).collect();
        assert!(well(&home.bare(&words)).contains(&format!("referrals {job}")), "{job}");
    }
}

#[test]
fn the_command_line_takes_every_content_of_files() {
    let home = Home::new();
    let help = well(&home.bare(&["upload", "--help"]));
    for content in Content::ALL {
        assert!(help.contains(content.as_str()), "{content:?}");
    }
}
