//! The core is pure: its source names no clock, file, socket, thread, process, environment or console.

use proc_macro2::TokenTree;

use super::tokens::{is_punct, is_test_file, line, name, outside_tests, strip};
use super::{Finding, rust};
use crate::project::Source;

const CORE: &str = "referral-core/src/";

/// Names that reach outside wherever they stand. The standard hash map draws entropy, and its order would make equal
/// inputs give unequal outputs.
const NAMES: &[&str] = &[
    "HashMap",
    "HashSet",
    "Instant",
    "RandomState",
    "SystemTime",
    "TcpListener",
    "TcpStream",
    "ToSocketAddrs",
    "UdpSocket",
];

/// Modules of `std` that reach outside. Not `net`: an address is a value.
const MODULES: &[&str] = &["env", "fs", "os", "process", "thread"];

/// Macros that write to the console.
const MACROS: &[&str] = &["print", "println", "eprint", "eprintln", "dbg"];

/// Every impure name.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let core = rust(sources).filter(|source| source.path.starts_with(CORE) && !is_test_file(&source.path));
    core.flat_map(|source| {
        let mut found = Vec::new();
        read(&outside_tests(&source.text), &mut found);
        found.into_iter().map(|(what, line)| Finding::new(&source.path, line, format!("the core is pure: `{what}`")))
    })
    .collect()
}

fn read(tokens: &[TokenTree], found: &mut Vec<(String, usize)>) {
    for (index, token) in tokens.iter().enumerate() {
        let after = tokens.get(index + 1..).unwrap_or_default();
        if let TokenTree::Group(group) = token {
            read(&strip(group.stream()), found);
        }
        let Some(word) = name(Some(token)) else { continue };
        if NAMES.contains(&word.as_str()) {
            found.push((word, line(token)));
        } else if MACROS.contains(&word.as_str()) && after.first().is_some_and(|next| is_punct(next, '!')) {
            found.push((format!("{word}!"), line(token)));
        } else if word == "std" {
            let modules = std_modules(after).into_iter().filter(|module| MODULES.contains(&module.as_str()));
            found.extend(modules.map(|module| (format!("std::{module}"), line(token))));
        }
    }
}

/// The names right after `std::`, one or a list.
fn std_modules(after: &[TokenTree]) -> Vec<String> {
    let [first, second, third, ..] = after else { return Vec::new() };
    if !is_punct(first, ':') || !is_punct(second, ':') {
        return Vec::new();
    }
    let TokenTree::Group(group) = third else { return name(Some(third)).into_iter().collect() };
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    tokens.split(|token| is_punct(token, ',')).filter_map(|part| name(part.first())).collect()
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&[sample(path, text)]).len()
    }

    #[test]
    fn whatever_reaches_outside_is_flagged() {
        let cases = [
            "use std::time::SystemTime;",
            "fn f() { std::fs::read(path); }",
            "use std::{fmt, fs::File};",
            "use std::net::TcpStream;",
            "use std::collections::HashMap;",
            "fn f() { println!(); }",
            "fn f() { vec![std::env::args()]; }",
            "fn f() { std::thread::spawn(g); }",
        ];
        for text in cases {
            assert_eq!(count("referral-core/src/a.rs", text), 1, "{text}");
        }
    }

    #[test]
    fn pure_code_tests_and_other_crates_pass() {
        assert_eq!(
            count("referral-core/src/a.rs", "use std::{collections::BTreeMap, net::IpAddr, time::Duration};"),
            0
        );
        assert_eq!(count("referral-core/src/a.rs", "fn print(os: u8) {} #[cfg(test)] mod tests { use std::fs; }"), 0);
        assert_eq!(count("referral-core/tests/a.rs", "use std::fs;"), 0);
        assert_eq!(count("referrals/src/a.rs", "use std::fs;"), 0);
    }
}
