//! What a suite found.

use std::collections::BTreeSet;
use std::fmt;

/// One thing that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The case, race or sequence.
    pub check: String,
    /// Which step of it, from 0.
    pub step: Option<usize>,
    /// What was expected, and what was found.
    pub problem: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Some(step) => write!(f, "{}, step {step}: {}", self.check, self.problem),
            None => write!(f, "{}: {}", self.check, self.problem),
        }
    }
}

/// What a suite checked, and what did not hold.
#[must_use]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The names of all cases, races and sequences that ran.
    pub checked: Vec<String>,
    /// What did not hold.
    pub failures: Vec<Failure>,
}

impl Report {
    /// Whether something was checked and all of it held.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.failures.is_empty() && !self.checked.is_empty()
    }

    /// The names of the checks that failed, each once, in order.
    #[must_use]
    pub fn rejected_by(&self) -> BTreeSet<&str> {
        self.failures.iter().map(|failure| failure.check.as_str()).collect()
    }

    /// Notes that the check of that name ran, and how it ended.
    pub fn note(&mut self, check: &str, found: Result<(), (Option<usize>, String)>) {
        self.checked.push(check.to_owned());
        if let Err((step, problem)) = found {
            self.failures.push(Failure { check: check.to_owned(), step, problem });
        }
    }

    /// Adds another report behind this one.
    pub fn extend(&mut self, other: Self) {
        self.checked.extend(other.checked);
        self.failures.extend(other.failures);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} checked, {} failures", self.checked.len(), self.failures.len())?;
        for failure in &self.failures {
            write!(f, "\n  {failure}")?;
        }
        Ok(())
    }
}
