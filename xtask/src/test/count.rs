//! Counts test cases from what a runner prints: cargo, pytest, node and Maven.

/// How many cases passed, failed and were skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Count {
    /// Whether a runner reported any case.
    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }

    /// Adds what `line` reports, if it is the closing line of a runner.
    pub(crate) fn read(&mut self, line: &str) {
        let line = line.trim();
        if let Some(result) = line.strip_prefix("test result: ") {
            self.read_words(result);
        } else if is_pytest(line) {
            self.read_words(line.trim_matches('='));
        } else if let Some(result) = line.strip_prefix("# ").or_else(|| line.strip_prefix("ℹ ")) {
            self.read_node(result);
        } else if let Some((_, result)) = line.split_once("Tests run: ") {
            self.read_maven(result);
        }
    }

    /// Pairs such as `3 passed`, in any order.
    fn read_words(&mut self, text: &str) {
        let words: Vec<&str> = text.split([' ', ',', ';']).filter(|word| !word.is_empty()).collect();
        for (number, word) in words.iter().zip(words.iter().skip(1)) {
            let Ok(number) = number.parse::<u64>() else { continue };
            match *word {
                "passed" | "xfailed" => self.passed += number,
                "failed" | "error" | "errors" | "xpassed" => self.failed += number,
                "ignored" | "skipped" => self.skipped += number,
                _ => {}
            }
        }
    }

    /// `pass 3`, `fail 0`, `skipped 1`.
    fn read_node(&mut self, text: &str) {
        let Some((word, number)) = text.split_once(' ') else { return };
        let Ok(number) = number.parse::<u64>() else { return };
        match word {
            "pass" => self.passed += number,
            "fail" | "cancelled" => self.failed += number,
            "skipped" | "todo" => self.skipped += number,
            _ => {}
        }
    }

    /// `5, Failures: 0, Errors: 0, Skipped: 1`. Lines with a time belong to one class, and the total follows them.
    fn read_maven(&mut self, text: &str) {
        if text.contains("Time elapsed") {
            return;
        }
        let numbers: Vec<u64> = text.split(", ").filter_map(|part| part.rsplit(' ').next()?.parse().ok()).collect();
        let [run, failures, errors, skipped] = numbers[..] else { return };
        self.failed += failures + errors;
        self.skipped += skipped;
        self.passed += run.saturating_sub(failures + errors + skipped);
    }
}

/// `=== 3 passed, 1 skipped in 0.12s ===`, and the same without the rule when pytest is quiet.
fn is_pytest(line: &str) -> bool {
    let text = line.trim_matches('=').trim();
    let Some((counts, time)) = text.rsplit_once(" in ") else { return false };
    let seconds = time.split(' ').next().unwrap_or_default();
    seconds.ends_with('s')
        && seconds.starts_with(|first: char| first.is_ascii_digit())
        && counts.split(", ").all(|part| {
            part.split_once(' ').is_some_and(|(number, word)| number.parse::<u64>().is_ok() && !word.contains(' '))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a runner prints; how many passed, failed and were skipped.
    type Case = (&'static [&'static str], (u64, u64, u64));

    fn count(lines: &[&str]) -> (u64, u64, u64) {
        let mut count = Count::default();
        for line in lines {
            count.read(line);
        }
        (count.passed, count.failed, count.skipped)
    }

    #[test]
    fn every_runner_is_understood() {
        let cases: &[Case] = &[
            (
                &["test result: ok. 12 passed; 0 failed; 2 ignored; 0 measured; 7 filtered out; finished in 0.01s"],
                (12, 0, 2),
            ),
            (&["test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured"], (1, 2, 0)),
            (&["===== 3 passed, 1 skipped in 0.12s ====="], (3, 0, 1)),
            (&["2 failed, 1 passed, 1 error in 1.50s"], (1, 3, 0)),
            (&["==== 120 passed, 3 warnings in 61.20s (0:01:01) ===="], (120, 0, 0)),
            (&["# tests 4", "# pass 3", "# fail 1", "# cancelled 0", "# skipped 0"], (3, 1, 0)),
            (&["ℹ pass 3", "ℹ fail 0", "ℹ skipped 2"], (3, 0, 2)),
            (
                &[
                    "[INFO] Tests run: 5, Failures: 1, Errors: 1, Skipped: 1, Time elapsed: 0.2 s -- in a.B",
                    "[ERROR] Tests run: 5, Failures: 1, Errors: 1, Skipped: 1",
                ],
                (2, 2, 1),
            ),
        ];
        for (lines, expected) in cases {
            assert_eq!(count(lines), *expected, "{lines:?}");
        }
    }

    #[test]
    fn ordinary_output_counts_nothing() {
        let lines = ["running 3 tests", "12 passed the gate", "3 passed in the morning", "# a heading", "done in 3s"];
        assert_eq!(count(&lines), (0, 0, 0));
    }
}
