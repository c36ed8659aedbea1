//! The suites, as data. One that is not in the tree yet is not listed.

use crate::project::Project;

/// The private virtual environment of the Python suite.
pub(crate) const VENV: &str = ".build/venv";

/// Folders whose package is tested by a suite of its own: its test binary needs what plain cargo does not provide.
const APART: &[&str] = &["bindings-python", "bindings-node", "adapters/postgres"];

/// What is run together and counted together.
#[derive(Debug)]
pub(crate) struct Suite {
    pub(crate) name: &'static str,
    /// Programs that must be installed.
    pub(crate) tools: &'static [&'static str],
    /// Run in order, until one fails.
    pub(crate) steps: Vec<Step>,
}

/// One program call.
#[derive(Debug)]
pub(crate) struct Step {
    /// Relative to the root.
    pub(crate) folder: String,
    /// A name to look up, or with a `/` a path relative to the root.
    pub(crate) program: String,
    pub(crate) arguments: Vec<String>,
}

impl Step {
    pub(crate) fn new(folder: &str, program: &str, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Self { folder: folder.to_owned(), program: program.to_owned(), arguments }
    }

    /// How a person would type it.
    pub(crate) fn line(&self) -> String {
        let place = if self.folder == "." { String::new() } else { format!(" (in {})", self.folder) };
        format!("{} {}{place}", self.program, self.arguments.join(" "))
    }
}

/// A suite, and the file that exists once the suite does.
struct Listed {
    marker: &'static str,
    suite: Suite,
}

/// Every suite of the tree, in the order they run.
pub(crate) fn all(project: &Project) -> Vec<Suite> {
    let listed = [
        rust(project),
        rust_doc(project),
        inbound(),
        webhook_python(),
        webhook_node(),
        python(),
        node(),
        jvm(),
        postgres(project),
    ];
    listed.into_iter().filter(|listed| project.path(listed.marker).exists()).map(|listed| listed.suite).collect()
}

/// What takes hours, part by part.
pub(crate) fn deep(project: &Project) -> Vec<Suite> {
    let listed = [model(), simulator(), growth()];
    listed.into_iter().filter(|listed| project.path(listed.marker).exists()).map(|listed| listed.suite).collect()
}

/// The independent model on 100,000 random programs.
fn model() -> Listed {
    const PYTHON: &str = ".build/venv/bin/python";
    let Listed { marker, mut suite } = python();
    suite.steps.pop();
    suite.steps.push(Step::new("conformance", PYTHON, &["-m", "model", "--programs", "100000", "--seed", "2"]));
    Listed { marker, suite: Suite { name: "model", ..suite } }
}

fn simulator() -> Listed {
    let steps =
        vec![Step::new(".", "cargo", &["run", "--profile", "checks", "--locked", "-p", "simulator", "--", "deep"])];
    Listed { marker: "simulator/Cargo.toml", suite: Suite { name: "simulator", tools: &["cargo"], steps } }
}

/// How the time of a command grows with what is stored.
fn growth() -> Listed {
    let arguments = ["run", "--release", "--locked", "-p", "referral-core", "--example", "growth", "--", "100000"];
    let steps = vec![Step::new(".", "cargo", &arguments)];
    let suite = Suite { name: "growth", tools: &["cargo"], steps };
    Listed { marker: "referral-core/examples/growth.rs", suite }
}

fn rust(project: &Project) -> Listed {
    let mut test = Step::new(".", "cargo", &["test", "--workspace", "--all-targets", "--locked", "--no-fail-fast"]);
    test.arguments.extend(excluded(project));
    Listed { marker: "Cargo.toml", suite: Suite { name: "rust", tools: &["cargo"], steps: vec![test] } }
}

fn rust_doc(project: &Project) -> Listed {
    let mut test = Step::new(".", "cargo", &["test", "--workspace", "--doc", "--locked", "--no-fail-fast"]);
    test.arguments.extend(excluded(project));
    Listed { marker: "Cargo.toml", suite: Suite { name: "rust-doc", tools: &["cargo"], steps: vec![test] } }
}

fn excluded(project: &Project) -> impl Iterator<Item = String> {
    APART.iter().filter_map(|folder| project.package(folder)).flat_map(|package| ["--exclude".to_owned(), package])
}

/// The signatures that the Rust tests verify are the ones that the senders' own packages make.
fn inbound() -> Listed {
    const FOLDER: &str = "adapters/inbound/tests/official";
    const PYTHON: &str = ".build/venv-inbound/bin/python";
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"];
    let steps = vec![
        Step::new(".", "python3", &["-m", "venv", ".build/venv-inbound"]),
        Step::new(FOLDER, PYTHON, &install),
        Step::new(FOLDER, PYTHON, &["-m", "pytest", "-p", "no:cacheprovider", "."]),
    ];
    let suite = Suite { name: "inbound", tools: &["python3"], steps };
    Listed { marker: "adapters/inbound/tests/official/requirements.txt", suite }
}

fn python() -> Listed {
    const PYTHON: &str = ".build/venv/bin/python";
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements-dev.txt"];
    let steps = vec![
        Step::new(".", "python3", &["-m", "venv", VENV]),
        Step::new("bindings-python", PYTHON, &install),
        Step::new("bindings-python", ".build/venv/bin/maturin", &["develop", "--locked"]),
        // A test compares what the command line prints.
        Step::new(".", "cargo", &["build", "--locked", "-p", "referrals-cli"]),
        Step::new("bindings-python", PYTHON, &["-m", "pytest", "tests"]),
    ];
    let suite = Suite { name: "python", tools: &["python3", "cargo"], steps };
    Listed { marker: "bindings-python/pyproject.toml", suite }
}

fn node() -> Listed {
    let steps = vec![
        Step::new("bindings-node", "npm", &["install", "--ignore-scripts", "--no-audit", "--no-fund"]),
        Step::new("bindings-node", "npm", &["test"]),
    ];
    Listed { marker: "bindings-node/package.json", suite: Suite { name: "node", tools: &["node", "npm"], steps } }
}

fn jvm() -> Listed {
    let steps = vec![Step::new("bindings-mobile/kotlin", "mvn", &["--batch-mode", "--no-transfer-progress", "test"])];
    Listed { marker: "bindings-mobile/kotlin/pom.xml", suite: Suite { name: "jvm", tools: &["mvn"], steps } }
}

/// The script makes a private cluster, hands its URL on, and removes it whatever happens.
fn postgres(project: &Project) -> Listed {
    let package = project.package("adapters/postgres").unwrap_or_default();
    let steps = vec![Step::new(
        ".",
        "xtask/with-postgres",
        &["cargo", "test", "--package", &package, "--all-targets", "--locked", "--no-fail-fast"],
    )];
    let suite = Suite { name: "postgres", tools: &["bash", "initdb", "pg_ctl"], steps };
    Listed { marker: "adapters/postgres/Cargo.toml", suite }
}

/// What the webhook adapter signs, verified by the official package for Python.
fn webhook_python() -> Listed {
    const FOLDER: &str = "adapters/webhook/verify";
    const PYTHON: &str = ".build/venv-webhook/bin/python";
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"];
    let steps = vec![
        Step::new(".", "python3", &["-m", "venv", ".build/venv-webhook"]),
        Step::new(FOLDER, PYTHON, &install),
        Step::new(FOLDER, PYTHON, &["-m", "pytest", "-p", "no:cacheprovider", "."]),
    ];
    let suite = Suite { name: "webhook-python", tools: &["python3", "cargo"], steps };
    Listed { marker: "adapters/webhook/verify/requirements.txt", suite }
}

/// The same by the official package for JavaScript. A lock file would name a registry; versions are exact instead.
fn webhook_node() -> Listed {
    const FOLDER: &str = "adapters/webhook/verify";
    let install = ["install", "--ignore-scripts", "--no-package-lock", "--no-audit", "--no-fund"];
    let steps = vec![Step::new(FOLDER, "npm", &install), Step::new(FOLDER, "npm", &["test"])];
    let suite = Suite { name: "webhook-node", tools: &["node", "npm", "cargo"], steps };
    Listed { marker: "adapters/webhook/verify/package.json", suite }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_has_a_name_of_its_own_and_something_to_run() {
        let project = Project::find().unwrap();
        let suites = all(&project);
        let mut names: Vec<&str> = suites.iter().map(|suite| suite.name).collect();
        names.dedup();
        assert_eq!(names.len(), suites.len());
        assert!(names.contains(&"rust"));
        assert!(suites.iter().all(|suite| !suite.steps.is_empty() && !suite.tools.is_empty()));
    }

    #[test]
    fn what_takes_hours_has_names_of_its_own_and_ends_with_what_it_is_for() {
        let parts = deep(&Project::find().unwrap());
        let last = |part: &Suite| part.steps.last().unwrap().line();
        let lines: Vec<String> = parts.iter().map(last).collect();
        assert!(lines[0].ends_with("model --programs 100000 --seed 2 (in conformance)"), "{lines:?}");
        assert!(lines[1].ends_with("simulator -- deep") && lines[2].ends_with("growth -- 100000"), "{lines:?}");
    }

    #[test]
    fn a_suite_is_listed_exactly_when_its_folder_exists() {
        let project = Project::find().unwrap();
        let names: Vec<&str> = all(&project).iter().map(|suite| suite.name).collect();
        for (name, marker) in [("python", "bindings-python/pyproject.toml"), ("node", "bindings-node/package.json")] {
            assert_eq!(names.contains(&name), project.path(marker).exists(), "{name}");
        }
    }

    #[test]
    fn a_step_reads_as_a_person_would_type_it() {
        assert_eq!(Step::new(".", "cargo", &["test"]).line(), "cargo test");
        assert_eq!(Step::new("bindings-node", "npm", &["test"]).line(), "npm test (in bindings-node)");
    }
}
