//! The core depends on little, and on nothing that does I/O, draws entropy or brings an async runtime.

use super::Finding;
use crate::project::Project;

const CORE: &str = "referral-core";
const MANIFEST: &str = "referral-core/Cargo.toml";

/// What the core may depend on. A new name here needs a reason in the commit that adds it.
const DIRECT: &[&str] = &[
    "blake3",
    "chacha20poly1305",
    "chrono",
    "chrono-tz",
    "constant_time_eq",
    "data-encoding",
    "icu_normalizer",
    "idna",
    "iso_currency",
    "serde",
    "serde_json",
    "thiserror",
    "toml",
    "uuid",
];

/// What must not be below the core, however deep. A `*` at the end stands for any ending.
const DENIED: &[&str] = &[
    // Runtimes and their parts.
    "async-*",
    "embassy*",
    "futures*",
    "mio",
    "polling",
    "rayon*",
    "smol",
    "tokio*",
    // Entropy.
    "fastrand",
    "getrandom",
    "rand",
    "rand_*",
    "oorandom",
    // Files, databases, the network, the system.
    "curl*",
    "deadpool*",
    "dirs*",
    "filetime",
    "h2",
    "home",
    "hyper*",
    "iana-time-zone",
    "libsqlite3-sys",
    "memmap*",
    "native-tls",
    "num_cpus",
    "openssl*",
    "postgres*",
    "reqwest",
    "rusqlite",
    "rustls*",
    "socket2",
    "sqlx*",
    "tempfile",
    "ureq*",
    "walkdir",
];

/// Every dependency of the core that is denied, or direct and not on the list.
pub(super) fn check(project: &Project) -> Result<Vec<Finding>, String> {
    // Every target and feature: what only one platform pulls in counts too.
    let common = ["tree", "--package", CORE, "--edges", "normal", "--target", "all", "--all-features", "--locked"];
    let tree = |further: &[&str]| project.capture("cargo", &[&common, further].concat());
    let all = tree(&["--prefix", "none", "--format", "{p}"])?;
    let direct = tree(&["--prefix", "none", "--format", "{p}", "--depth", "1"])?;
    Ok(judge(&all, &direct))
}

fn judge(all: &str, direct: &str) -> Vec<Finding> {
    let denied = names(all).into_iter().filter(|name| DENIED.iter().any(|pattern| matches(pattern, name)));
    let denied = denied.map(|name| format!("`{name}` is below the core, which does no I/O and draws no entropy"));
    let unlisted = names(direct).into_iter().filter(|name| !DIRECT.contains(&name.as_str()));
    let unlisted =
        unlisted.map(|name| format!("the core depends on `{name}`, which is not on the list of `cargo xtask tidy`"));
    denied.chain(unlisted).map(|problem| Finding::new(MANIFEST, 1, problem)).collect()
}

/// The package names of `name v1.2.3 (*)` lines, each once, without the core itself.
fn names(tree: &str) -> Vec<String> {
    let mut names: Vec<String> = tree.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect();
    names.retain(|name| !name.is_empty() && name != CORE);
    names.sort();
    names.dedup();
    names
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_denied_dependency_is_flagged_however_deep() {
        for name in ["getrandom", "tokio", "tokio-util", "futures-core", "async-trait", "rand_core", "rusqlite"] {
            let all = format!("referral-core v0.1.0\nuuid v1.0.0\n{name} v1.0.0\n{name} v1.0.0 (*)\n");
            assert_eq!(judge(&all, "referral-core v0.1.0\nuuid v1.0.0\n").len(), 1, "{name}");
        }
    }

    #[test]
    fn a_direct_dependency_that_nobody_listed_is_flagged() {
        let tree = "referral-core v0.1.0\nuuid v1.0.0\nleft-pad v1.0.0\n";
        assert_eq!(judge(tree, tree).len(), 1);
    }

    #[test]
    fn listed_dependencies_and_what_they_bring_pass() {
        let all = "referral-core v0.1.0 (somewhere)\nuuid v1.0.0\nserde v1.0.0\nserde_core v1.0.0\n\n";
        assert_eq!(judge(all, "referral-core v0.1.0\nuuid v1.0.0\nserde v1.0.0\n"), []);
    }
}
