//! The closing table and the last line.

use std::fmt::Write;

use super::count::Count;

/// What became of one suite.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It ran; `failed_step` is the step that did not end well.
    Ran { count: Count, failed_step: Option<String> },
    /// It was not run: this tool is not installed.
    Lacks(&'static str),
}

/// One line of the table.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) suite: &'static str,
    pub(crate) seconds: u64,
    pub(crate) outcome: Outcome,
}

impl Row {
    /// What the row adds to the sum. A suite without readable cases counts as one; so does one that could not run,
    /// which a `strict` machine must be able to.
    fn count(&self, strict: bool) -> Count {
        match &self.outcome {
            Outcome::Lacks(_) if strict => Count { failed: 1, ..Count::default() },
            Outcome::Lacks(_) => Count { skipped: 1, ..Count::default() },
            // The exit code decides: a runner that died may have reported no failure.
            Outcome::Ran { count, failed_step: Some(_) } => Count { failed: count.failed.max(1), ..*count },
            Outcome::Ran { count, failed_step: None } if count.is_empty() => Count { passed: 1, ..*count },
            Outcome::Ran { count, failed_step: None } => *count,
        }
    }

    fn note(&self, strict: bool) -> String {
        match &self.outcome {
            Outcome::Lacks(tool) if strict => format!("failed: `{tool}` is not installed, and CI=true"),
            Outcome::Lacks(tool) => format!("skipped: `{tool}` is not installed"),
            Outcome::Ran { failed_step: Some(step), .. } => format!("failed: {step}"),
            Outcome::Ran { failed_step: None, .. } => String::new(),
        }
    }
}

/// The table with its last line, and whether nothing failed.
pub(crate) fn render(rows: &[Row], strict: bool) -> (String, bool) {
    let mut sum = Count::default();
    let mut text = String::from("\nsuite         passed  failed  skipped  seconds\n");
    for row in rows {
        let count = row.count(strict);
        sum.passed += count.passed;
        sum.failed += count.failed;
        sum.skipped += count.skipped;
        let cells = format!(
            "{:<12} {:>7} {:>7} {:>8} {:>8}  {}",
            row.suite,
            count.passed,
            count.failed,
            count.skipped,
            row.seconds,
            row.note(strict)
        );
        let _ = writeln!(text, "{}", cells.trim_end());
    }
    let _ = write!(text, "\n{} passed, {} failed", sum.passed, sum.failed);
    if sum.skipped > 0 {
        let _ = write!(text, ", {} skipped", sum.skipped);
    }
    text.push('\n');
    (text, sum.failed == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ran(passed: u64, failed: u64, skipped: u64, failed_step: Option<&str>) -> Row {
        let outcome =
            Outcome::Ran { count: Count { passed, failed, skipped }, failed_step: failed_step.map(str::to_owned) };
        Row { suite: "sample", seconds: 1, outcome }
    }

    fn lacking() -> Row {
        Row { suite: "jvm", seconds: 0, outcome: Outcome::Lacks("mvn") }
    }

    #[test]
    fn the_last_line_sums_up() {
        let cases = [
            (vec![ran(3, 0, 0, None), ran(4, 0, 0, None)], false, "7 passed, 0 failed", true),
            (vec![ran(3, 0, 2, None)], false, "3 passed, 0 failed, 2 skipped", true),
            (vec![ran(0, 0, 0, None)], false, "1 passed, 0 failed", true),
            (vec![ran(3, 0, 0, Some("sh"))], false, "3 passed, 1 failed", false),
            (vec![ran(3, 2, 0, Some("sh"))], false, "3 passed, 2 failed", false),
            (vec![ran(3, 2, 0, None)], false, "3 passed, 2 failed", false),
            (vec![ran(3, 0, 0, None), lacking()], false, "3 passed, 0 failed, 1 skipped", true),
            (vec![ran(3, 0, 0, None), lacking()], true, "3 passed, 1 failed", false),
        ];
        for (rows, strict, last, held) in cases {
            let (text, found) = render(&rows, strict);
            assert_eq!((text.lines().last(), found), (Some(last), held), "{text}");
        }
    }

    #[test]
    fn a_missing_tool_is_named() {
        assert!(render(&[lacking()], false).0.contains("skipped: `mvn` is not installed"));
        assert!(render(&[lacking()], true).0.contains("failed: `mvn` is not installed, and CI=true"));
    }
}
