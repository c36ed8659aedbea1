//! The project's own tooling: `cargo xtask test` and `cargo xtask tidy`.
//!
//! It starts other programs and reads the tree. It never changes a tracked file.

mod project;
mod test;
mod tidy;

use std::process::ExitCode;

use project::Project;

const USAGE: &str = "usage: cargo xtask <command>

  test [suite …]   every suite of every language, or those named; prepares what they need
  tidy             the checks that no linter knows: floors, sizes, purity, unsafe, paths, links";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(problem) => {
            eprintln!("xtask: {problem}");
            ExitCode::from(2)
        }
    }
}

/// Whether everything held.
fn run(arguments: &[String]) -> Result<bool, String> {
    let project = Project::find()?;
    match arguments.split_first() {
        Some((command, suites)) if command == "test" => test::run(&project, suites),
        Some((command, [])) if command == "tidy" => tidy::run(&project),
        _ => Err(USAGE.into()),
    }
}
