//! The pages on the command line: their examples print what stands there, and no command is left out.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::path::Path;

use common::{Home, well};

/// What may stand in place of what differs from run to run; alone on a line, of any lines.
const ANY: &str = "…";

fn page(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(name)).unwrap()
}

/// The fenced blocks: what stands behind the fence, and their lines.
fn blocks(page: &str) -> Vec<(&str, Vec<&str>)> {
    let mut blocks: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut is_inside = false;
    for line in page.lines() {
        match line.strip_prefix("```") {
            Some(info) => {
                is_inside = !is_inside;
                if is_inside {
                    blocks.push((info, Vec::new()));
                }
            }
            None if is_inside => blocks.last_mut().unwrap().1.push(line),
            None => {}
        }
    }
    blocks
}

/// Whether a line is what the page says.
fn fits(said: &str, line: &str) -> bool {
    let (said, line) = (said.trim_end(), line.trim_end());
    let Some((start, rest)) = said.split_once(ANY) else { return said == line };
    let Some(mut line) = line.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split(ANY).collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = line.find(part) else { return false };
        line = &line[at + part.len()..];
    }
    line.ends_with(end)
}

/// Whether lines are what the page says.
fn all_fit(said: &[&str], lines: &[&str]) -> bool {
    match said {
        [] => lines.is_empty(),
        [any, rest @ ..] if *any == ANY => (0..=lines.len()).any(|from| all_fit(rest, &lines[from..])),
        [first, rest @ ..] => !lines.is_empty() && fits(first, lines[0]) && all_fit(rest, &lines[1..]),
    }
}

#[test]
fn the_page_on_each_command_prints_what_it_says() {
    assert!(run_page("command-line.md") > 80);
}

#[test]
fn the_page_on_an_operators_work_prints_what_it_says() {
    assert!(run_page("operator.md") > 18);
}

/// Runs the examples of a page, in order. Answers how many there are.
fn run_page(name: &str) -> usize {
    let home = Home::new();
    std::fs::remove_file(home.path("keyring.toml")).unwrap();
    std::fs::remove_file(home.path("friends.toml")).unwrap();
    let folder = Path::new(env!("CARGO_BIN_EXE_referrals")).parent().unwrap().display();
    let mut before = format!("PATH={folder}:\"$PATH\"; exec 2>&1\n");
    let (page, mut count, mut wrong) = (page(name), 0, String::new());
    for (info, lines) in blocks(&page) {
        if let Some((_, name)) = info.split_once(' ') {
            home.write(name, &(lines.join("\n") + "\n"));
            continue;
        }
        if info != "console" {
            continue;
        }
        let mut starts: Vec<usize> = (0..lines.len()).filter(|line| lines[*line].starts_with("$ ")).collect();
        starts.push(lines.len());
        for ends in starts.windows(2) {
            let (typed, said) = (&lines[ends[0]][2..], &lines[ends[0] + 1..ends[1]]);
            if typed.starts_with("export ") {
                before += &format!("{typed}\n");
                continue;
            }
            let output = home.command("sh").args(["-c", &format!("{before}{typed}")]).output().unwrap();
            let printed = String::from_utf8(output.stdout).unwrap();
            if !all_fit(said, &printed.lines().collect::<Vec<_>>()) {
                wrong += &format!("$ {typed}\n{printed}\n");
            }
            count += 1;
        }
    }
    println!("{count} examples");
    assert!(wrong.is_empty(), "the page does not say:\n{wrong}");
    count
}

#[test]
fn what_the_page_says_must_be_there() {
    for (said, lines, is_so) in [
        (&["a"][..], &["a"][..], true),
        (&["a"], &["b"], false),
        (&["a"], &["a", "b"], false),
        (&["a", "…"], &["a", "b", "c"], true),
        (&["…", "c"], &["a", "c"], true),
        (&["…", "c"], &["a", "b"], false),
        (&["a … c"], &["a b c"], true),
        (&["a … c"], &["a b d"], false),
        (&["… b … d"], &["a b c d"], true),
        (&["… b … d"], &["a c d"], false),
        (&[], &["error"], false),
    ] {
        assert_eq!(all_fit(said, lines), is_so, "{said:?} {lines:?}");
    }
}

/// The commands below another, by its help.
fn commands(home: &Home, above: &[&str]) -> Vec<String> {
    let help = well(&home.bare(&[above, &["--help"]].concat()));
    let Some((_, after)) = help.split_once("Commands:\n") else { return vec![above.join(" ")] };
    let names = after.lines().take_while(|line| !line.is_empty());
    let names = names.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names = names.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.flat_map(|name| commands(home, &[above, &[name]].concat())).collect()
}

#[test]
fn every_command_stands_on_the_page() {
    let (home, page) = (Home::new(), page("command-line.md"));
    let commands = commands(&home, &[]);
    assert!(commands.len() > 20, "{commands:?}");
    // What is explained shares a form.
    for command in commands.iter().filter(|command| !command.starts_with("explain ")) {
        assert!(
            page.contains(&format!("referrals {command}"))
                || page.contains(&format!("referrals --db memory: {command}")),
            "{command}"
        );
    }
    for what in commands.iter().filter_map(|command| command.strip_prefix("explain ")) {
        assert!(page.contains(&format!("`{what}`")), "explain {what}");
    }
}
