//! `cargo xtask test`: runs every suite of every language and sums up.
//!
//! Output streams through as it comes. The exit code of each step counts, not what it printed; what it printed only
//! tells how many cases there were. The last line is `N passed, N failed` or `N passed, N failed, N skipped`.

mod count;
mod suite;
mod summary;

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::project::Project;
use count::Count;
use suite::{Step, Suite};
use summary::{Outcome, Row};

/// Runs the suites in `named`, or all. Whether none failed.
pub(crate) fn run(project: &Project, named: &[String]) -> Result<bool, String> {
    run_all(project, &suite::all(project), named)
}

/// Runs the parts in `named` of what takes hours, or all. Whether none failed.
pub(crate) fn run_deep(project: &Project, named: &[String]) -> Result<bool, String> {
    run_all(project, &suite::deep(project), named)
}

fn run_all(project: &Project, suites: &[Suite], named: &[String]) -> Result<bool, String> {
    if let Some(unknown) = named.iter().find(|name| suites.iter().all(|suite| suite.name != name.as_str())) {
        let known: Vec<&str> = suites.iter().map(|suite| suite.name).collect();
        return Err(format!("no suite `{unknown}`; there are: {}", known.join(", ")));
    }
    let mut rows = Vec::new();
    for suite in suites.iter().filter(|suite| named.is_empty() || named.iter().any(|name| name == suite.name)) {
        rows.push(run_suite(project, suite, &mut std::io::stdout())?);
    }
    let strict = std::env::var("CI").is_ok_and(|value| value == "true");
    let (text, held) = summary::render(&rows, strict);
    print!("{text}");
    Ok(held)
}

fn run_suite(project: &Project, suite: &Suite, out: &mut impl Write) -> Result<Row, String> {
    if let Some(tool) = suite.tools.iter().find(|tool| !is_installed(tool)) {
        return Ok(Row { suite: suite.name, seconds: 0, outcome: Outcome::Lacks(tool) });
    }
    let start = Instant::now();
    let mut count = Count::default();
    let mut failed_step = None;
    for step in &suite.steps {
        writeln!(out, "== {}: {}", suite.name, step.line()).map_err(|error| error.to_string())?;
        if !run_step(project, step, &mut count, out)? {
            failed_step = Some(step.line());
            break;
        }
    }
    let outcome = Outcome::Ran { count, failed_step };
    Ok(Row { suite: suite.name, seconds: start.elapsed().as_secs(), outcome })
}

/// Whether the step ended well. Its output passes through line by line.
fn run_step(project: &Project, step: &Step, count: &mut Count, out: &mut impl Write) -> Result<bool, String> {
    let program = if step.program.contains('/') { project.path(&step.program) } else { PathBuf::from(&step.program) };
    let mut command = Command::new(&program);
    command.args(&step.arguments).current_dir(project.path(&step.folder));
    command.env("VIRTUAL_ENV", project.path(suite::VENV));
    if let Ok(data) = project.path("../shared/data").canonicalize() {
        command.env("REFERRAL_DATA", data);
    }
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`{}`: {error}", step.line()))?;
    let output = child.stdout.take().ok_or("the step has no output")?;
    pass_through(BufReader::new(output), count, out).map_err(|error| format!("`{}`: {error}", step.line()))?;
    let status = child.wait().map_err(|error| format!("`{}`: {error}", step.line()))?;
    Ok(status.success())
}

fn pass_through(mut output: impl BufRead, count: &mut Count, out: &mut impl Write) -> std::io::Result<()> {
    let mut line = Vec::new();
    while output.read_until(b'\n', &mut line)? > 0 {
        out.write_all(&line)?;
        out.flush()?;
        count.read(&String::from_utf8_lossy(&line));
        line.clear();
    }
    Ok(())
}

fn is_installed(tool: &str) -> bool {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&folders).any(|folder| is_program(&folder.join(tool)))
}

fn is_program(path: &Path) -> bool {
    path.is_file() || path.with_extension(std::env::consts::EXE_EXTENSION).is_file()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> Project {
        Project::find().unwrap()
    }

    fn row(suite: &Suite) -> (Row, String) {
        let mut out = Vec::new();
        let row = run_suite(&project(), suite, &mut out).unwrap();
        (row, String::from_utf8(out).unwrap())
    }

    fn suite(tools: &'static [&'static str], program: &str, arguments: &[&str]) -> Suite {
        Suite { name: "sample", tools, steps: vec![Step::new(".", program, arguments)] }
    }

    #[test]
    fn a_step_that_fails_fails_its_suite_whatever_it_printed() {
        let arguments = ["-c", "echo 'test result: ok. 3 passed; 0 failed; 0 ignored'; exit 1"];
        let (row, out) = row(&suite(&[], "sh", &arguments));
        assert!(out.ends_with("\ntest result: ok. 3 passed; 0 failed; 0 ignored\n"), "{out}");
        let (text, held) = summary::render(&[row], false);
        assert!(!held);
        assert!(text.ends_with("\n3 passed, 1 failed\n"), "{text}");
    }

    #[test]
    fn a_suite_whose_tool_is_missing_is_not_run() {
        let (row, _) = row(&suite(&["no-such-tool"], "sh", &["-c", "exit 1"]));
        assert!(matches!(row.outcome, Outcome::Lacks("no-such-tool")));
    }

    #[test]
    fn a_suite_reads_nothing_from_the_terminal() {
        let (row, _) = row(&suite(&["sh"], "sh", &["-c", "! read line"]));
        assert!(matches!(row.outcome, Outcome::Ran { failed_step: None, .. }));
    }

    #[test]
    fn an_unknown_suite_is_refused_by_name() {
        let problem = run(&project(), &["no-such-suite".to_owned()]).unwrap_err();
        assert!(problem.contains("`no-such-suite`"), "{problem}");
    }
}
