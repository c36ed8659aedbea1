//! The files of a folder stand in reading order: each imports only from those that its `mod.rs` lists before it. So there
//! is no circle of imports.

use super::{Finding, rust};
use crate::project::Source;

/// The folders whose files stand in reading order.
const ORDERED: [&str; 2] = ["referral-core/src/decide/", "referral-core/src/evaluate/"];

/// Every import from a file that is listed later.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    ORDERED.iter().flat_map(|folder| folder_of(sources, folder)).collect()
}

fn folder_of(sources: &[Source], folder: &str) -> Vec<Finding> {
    let Some(list) = sources.iter().find(|source| source.path.strip_prefix(folder) == Some("mod.rs")) else {
        return vec![Finding::new(folder, 1, "no `mod.rs` that lists the files")];
    };
    let listed: Vec<&str> = list.text.lines().filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';')).collect();
    let files = rust(sources).filter_map(|source| Some((source, source.path.strip_prefix(folder)?)));
    let mut findings = Vec::new();
    for (source, file) in files {
        let own = file.trim_end_matches(".rs");
        let Some(place) = listed.iter().position(|name| *name == own) else { continue };
        for (number, line) in source.text.lines().enumerate().filter(|_| own != "tests") {
            for name in imported(line) {
                if listed.iter().position(|other| *other == name).is_some_and(|other| other > place) {
                    let problem = format!("`{own}` imports from `{name}`, which `mod.rs` lists after it");
                    findings.push(Finding::new(&source.path, number + 1, problem));
                }
            }
        }
    }
    findings
}

/// The neighbours that a line names: `super::name`, outside comments.
fn imported(line: &str) -> impl Iterator<Item = &str> {
    let code = line.split("//").next().unwrap_or_default();
    code.split("super::").skip(1).map(|rest| {
        let end = rest.find(|letter: char| !letter.is_ascii_lowercase() && letter != '_').unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    use super::super::{lines, sample};
    use super::*;

    #[test]
    fn an_import_from_a_file_that_is_listed_later_is_flagged() {
        let mut sources = vec![
            sample("referral-core/src/evaluate/mod.rs", "mod a;\n"),
            sample("referral-core/src/decide/mod.rs", "//! Text.\n\nmod a;\nmod b;\n"),
            sample("referral-core/src/decide/a.rs", "use super::b::B;\n"),
            sample("referral-core/src/decide/b.rs", "use super::a::A; // super::c\n"),
        ];
        let later = "referral-core/src/decide/a.rs:1: `a` imports from `b`, which `mod.rs` lists after it";
        assert_eq!(lines(&check(&sources)), [later]);
        sources[2] = sample("referral-core/src/decide/a.rs", "use crate::b::B;\n");
        assert_eq!(lines(&check(&sources)), Vec::<String>::new());
    }
}
