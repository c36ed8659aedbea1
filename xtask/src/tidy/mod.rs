//! `cargo xtask tidy`: the checks that no linter knows.
//!
//! Each check is a function from text to findings, with a bad sample in its tests that it must flag. What a check
//! allows stands in one list at the top of its file.

mod circles;
mod dependencies;
mod floors;
mod links;
mod paths;
mod purity;
mod safety;
mod sizes;
mod tokens;

use std::fmt;

use crate::project::{Project, Source};

/// One thing to mend.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    problem: String,
}

impl Finding {
    fn new(path: &str, line: usize, problem: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, problem: problem.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.problem)
    }
}

/// Runs every check and lists all findings. Whether there were none.
pub(crate) fn run(project: &Project) -> Result<bool, String> {
    let sources = project.sources()?;
    let mut findings = dependencies::check(project)?;
    for check in [floors::check, circles::check, purity::check, sizes::check, safety::check, paths::check] {
        findings.extend(check(&sources));
    }
    findings.extend(links::check(&sources, &project.paths()?));
    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    println!("tidy: {} files, {} findings", sources.len(), findings.len());
    Ok(findings.is_empty())
}

/// The Rust sources among `sources`.
fn rust(sources: &[Source]) -> impl Iterator<Item = &Source> {
    sources.iter().filter(|source| source.path.ends_with(".rs"))
}

#[cfg(test)]
fn sample(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}

#[cfg(test)]
fn lines(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(Finding::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_project_is_tidy() {
        assert_eq!(run(&Project::find().unwrap()), Ok(true));
    }
}
