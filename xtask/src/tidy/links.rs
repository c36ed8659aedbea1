//! Links in Markdown that lead to a file of the project lead somewhere.

use super::Finding;
use crate::project::Source;

/// Every link to a file that is not among `paths`.
pub(super) fn check(sources: &[Source], paths: &[String]) -> Vec<Finding> {
    let documents = sources.iter().filter(|source| source.path.ends_with(".md"));
    documents
        .flat_map(|source| {
            let broken = links(&source.text).into_iter().filter(|(_, target)| !resolves(&source.path, target, paths));
            broken.map(|(line, target)| Finding::new(&source.path, line, format!("`{target}` leads nowhere")))
        })
        .collect()
}

/// Every link target with its line, from 1. Code is not read.
fn links(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut in_fence = false;
    for (index, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_fence = !in_fence;
        } else if !in_fence {
            let prose: String = line.split('`').step_by(2).collect();
            found.extend(targets(&prose).map(|target| (index + 1, target.to_owned())));
        }
    }
    found
}

/// The targets of `[text](target)` and of `[name]: target`.
fn targets(prose: &str) -> impl Iterator<Item = &str> {
    let inline = prose.split("](").skip(1).filter_map(|after| after.split([')', ' ']).next());
    let named = prose.strip_prefix('[').and_then(|after| after.split_once("]: ")).map(|(_, target)| target.trim());
    inline.chain(named)
}

fn resolves(from: &str, target: &str, paths: &[String]) -> bool {
    let file = target.split('#').next().unwrap_or_default().trim_end_matches('/');
    if file.is_empty() || target.contains("://") || target.starts_with("mailto:") {
        return true;
    }
    let Some(wanted) = join(from, file) else { return false };
    let folder = format!("{wanted}/");
    wanted.is_empty() || paths.iter().any(|path| *path == wanted || path.starts_with(&folder))
}

/// `target` as seen from the document `from`; nothing if it leaves the project.
fn join(from: &str, target: &str) -> Option<String> {
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::super::{lines, sample};
    use super::*;

    fn findings(text: &str) -> Vec<String> {
        let paths = ["README.md", "docs/adr/README.md", "docs/adr/0001-steps.md"].map(str::to_owned);
        lines(&check(&[sample("docs/adr/README.md", text)], &paths))
    }

    #[test]
    fn a_link_that_leads_nowhere_is_flagged() {
        let cases = [
            "[a](0002.md)",
            "[a](../README.md)",
            "[a](../../../README.md)",
            "[a]: lost.md",
            "x [a](0001-steps.md) [b](lost/)",
        ];
        for text in cases {
            assert_eq!(findings(text).len(), 1, "{text}");
        }
        assert_eq!(findings("\n[a](lost.md#part)"), ["docs/adr/README.md:2: `lost.md#part` leads nowhere"]);
    }

    #[test]
    fn links_that_lead_somewhere_pass() {
        let cases = [
            "[a](0001-steps.md#why) [b](../../README.md) [c](../adr/) [d](#here) [e](../..)",
            "[a](https://example.com/x) [b](mailto:a@example.com)",
            "`[a](lost.md)`\n```\n[a](lost.md)\n```",
            "[a]: 0001-steps.md",
        ];
        for text in cases {
            assert_eq!(findings(text), Vec::<String>::new(), "{text}");
        }
    }
}
