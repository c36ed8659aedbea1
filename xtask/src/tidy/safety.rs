//! No `unsafe`, and every crate under the workspace's lints.

use proc_macro2::{TokenStream, TokenTree};
use std::str::FromStr;

use super::tokens::{line, name};
use super::{Finding, rust};
use crate::project::Source;

/// Every crate that leaves the workspace's lints, and every `unsafe`.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let manifests = sources.iter().filter(|source| source.path.ends_with("Cargo.toml"));
    let mut findings: Vec<Finding> = manifests.filter_map(lints).collect();
    for source in rust(sources) {
        let tokens = TokenStream::from_str(&source.text).unwrap_or_default();
        let found = unsafe_lines(tokens);
        findings.extend(found.into_iter().map(|line| Finding::new(&source.path, line, "`unsafe` is forbidden")));
    }
    findings
}

fn lints(manifest: &Source) -> Option<Finding> {
    let holds = |section: &str, entry: &str| {
        let after = manifest.text.lines().skip_while(|line| line.trim() != section).skip(1);
        after.take_while(|line| !line.starts_with('[')).any(|line| line.replace(' ', "") == entry)
    };
    if manifest.text.contains("[workspace]") && !holds("[workspace.lints.rust]", "unsafe_code=\"forbid\"") {
        return Some(Finding::new(&manifest.path, 1, "the workspace's lints do not forbid `unsafe_code`"));
    }
    let is_package = manifest.text.contains("[package]");
    (is_package && !holds("[lints]", "workspace=true"))
        .then(|| Finding::new(&manifest.path, 1, "does not inherit the workspace's lints: `[lints] workspace = true`"))
}

fn unsafe_lines(tokens: TokenStream) -> Vec<usize> {
    let lines = |token: TokenTree| match &token {
        TokenTree::Group(group) => unsafe_lines(group.stream()),
        token if name(Some(token)).as_deref() == Some("unsafe") => vec![line(token)],
        _ => Vec::new(),
    };
    tokens.into_iter().flat_map(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{lines, sample};
    use super::*;

    #[test]
    fn unsafe_is_flagged_also_in_macros_and_tests() {
        let text = "fn f() {\n    unsafe { g() }\n}\n#[cfg(test)]\nmod tests {\n    vec![unsafe { g() }];\n}\n";
        let expected = [
            "adapters/sqlite/src/lib.rs:2: `unsafe` is forbidden",
            "adapters/sqlite/src/lib.rs:6: `unsafe` is forbidden",
        ];
        assert_eq!(lines(&check(&[sample("adapters/sqlite/src/lib.rs", text)])), expected);
    }

    #[test]
    fn the_word_in_prose_passes() {
        assert_eq!(check(&[sample("a.rs", "//! no `unsafe`\nfn unsafe_code() -> &'static str { \"unsafe\" }")]), []);
    }

    #[test]
    fn a_crate_outside_the_lints_is_flagged() {
        let cases = [
            ("[package]\nname = \"a\"\n", 1),
            ("[package]\nname = \"a\"\n[lints.rust]\nmissing_docs = \"warn\"\n", 1),
            ("[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n", 0),
            ("[workspace]\nmembers = []\n[workspace.lints.rust]\nunsafe_code = \"deny\"\n", 1),
            ("[workspace]\nmembers = []\n[workspace.lints.rust]\nunsafe_code = \"forbid\"\n", 0),
        ];
        for (text, expected) in cases {
            assert_eq!(check(&[sample("a/Cargo.toml", text)]).len(), expected, "{text}");
        }
    }
}
