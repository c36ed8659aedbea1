//! No path of one machine and no host of a package registry: the project builds wherever it is checked out, from
//! whatever source its user has configured.

use super::Finding;
use crate::project::Source;

/// What a path of a developer's or a build machine starts with. Split, so that this file passes its own check.
const MACHINE: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
    concat!("C:", "\\Users"),
];

/// Hosts of package registries.
const REGISTRIES: &[&str] = &[
    concat!("crates", ".io"),
    concat!("pypi", ".org"),
    concat!("python", "hosted.org"),
    concat!("npmjs", ".org"),
    concat!("npmjs", ".com"),
    concat!("maven", ".org"),
    concat!("maven.apache", ".org/maven2"),
    concat!("maven.google", ".com"),
    concat!("plugins.gradle", ".org"),
    concat!("yarnpkg", ".com"),
    concat!("jfrog", ".io"),
    concat!("/artifact", "ory/"),
];

/// How a lock file writes "the default registry", on every machine alike.
const DEFAULT_REGISTRY: &str = concat!("registry+https://github.com/rust-lang/crates", ".io-index");

/// Every machine path and registry host.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    sources
        .iter()
        .flat_map(|source| {
            source.text.lines().enumerate().filter_map(move |(index, line)| {
                let problem = problem(&source.path, line)?;
                Some(Finding::new(&source.path, index + 1, problem))
            })
        })
        .collect()
}

fn problem(path: &str, line: &str) -> Option<String> {
    let line = if path.ends_with("Cargo.lock") { line.replace(DEFAULT_REGISTRY, "") } else { line.to_owned() };
    if let Some(start) = MACHINE.iter().find(|start| starts_path(&line, start)) {
        return Some(format!("`{start}` starts a path of one machine"));
    }
    let host = REGISTRIES.iter().find(|host| line.contains(*host))?;
    Some(format!("`{host}` is the host of a package registry"))
}

/// Whether `start` stands in `line` where a path begins, and not inside a longer one or a URL.
fn starts_path(line: &str, start: &str) -> bool {
    line.match_indices(start).any(|(index, _)| {
        let before = line.get(..index).and_then(|before| before.chars().next_back());
        before.is_none_or(|letter| !letter.is_alphanumeric() && !matches!(letter, '.' | '-' | '_' | '~' | '}'))
    })
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    fn count(path: &str, text: &str) -> usize {
        check(&[sample(path, text)]).len()
    }

    #[test]
    fn every_machine_path_and_registry_host_is_flagged() {
        for start in MACHINE {
            assert_eq!(count("a.md", &format!("see `{start}someone/x`")), 1, "{start}");
            assert_eq!(count("a.md", &format!("{start}someone/x")), 1, "{start}");
        }
        for host in REGISTRIES {
            assert_eq!(count("a.json", &format!("\"resolved\": \"https://registry.{host}/x\"")), 1, "{host}");
        }
    }

    #[test]
    fn the_default_registry_passes_in_a_lock_file_only() {
        let line = format!("source = \"{DEFAULT_REGISTRY}\"");
        assert_eq!(count("Cargo.lock", &line), 0);
        assert_eq!(count("deny.toml", &line), 1);
    }

    #[test]
    fn paths_inside_the_project_pass() {
        let text = format!("see src{}x and https://shop.example{}x", concat!("/wo", "rk/"), concat!("/ho", "me/"));
        assert_eq!(count("a.md", &text), 0);
    }
}
