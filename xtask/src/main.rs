//! The project's own tooling: `cargo xtask test`, `cargo xtask tidy` and `cargo xtask deep`.
//!
//! It starts other programs and reads the tree. It never changes a tracked file.

mod project;
mod test;
mod tidy;

use std::process::ExitCode;

use project::Project;

const USAGE: &str = "usage: cargo xtask <command>

  test [suite …]   every suite of every language, or those named; prepares what they need
  tidy             the checks that no linter knows: floors, sizes, purity, unsafe, paths, links
  deep [part …]    what takes hours: the model on 100,000 programs, long runs of the simulator, how time grows";

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
        Some((command, parts)) if command == "deep" => test::run_deep(&project, parts),
        Some((command, [])) if command == "tidy" => tidy::run(&project),
        _ => Err(USAGE.into()),
    }
}
