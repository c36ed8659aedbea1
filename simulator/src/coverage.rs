//! What occurred. A run that never met a reason says nothing about it, so what is missing is a failure.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use referral_core::command::{AnyCommand, AnyOutcome, Outcome, Reason, Receipt};
use referral_core::error::Error;

use crate::fault::Fault;

/// Counts of what occurred.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// Commands that were answered, by name.
    pub commands: BTreeMap<String, u64>,
    /// What each command came to: `accepted`, a reason, an error's code.
    pub answers: BTreeMap<(String, String), u64>,
    /// Outcomes by name.
    pub outcomes: BTreeMap<String, u64>,
    /// Reasons by code, in decisions and declined commands.
    pub reasons: BTreeMap<String, u64>,
    /// Errors by code.
    pub errors: BTreeMap<String, u64>,
    /// Faults that befell each command.
    pub faults: BTreeMap<(String, Fault), u64>,
}

/// Errors that every long run must meet: what callers do wrong, and what stores and rivals do.
const ERRORS: [&str; 11] = [
    "invalid_link",
    "invalid_campaign",
    "invalid_command",
    "key_too_old",
    "not_found",
    "command_reused",
    "event_reused",
    "taken",
    "contended",
    "store_busy",
    "store_no_answer",
];

/// Reasons that no command can bring about, with why. One that occurs all the same is a failure: the list has to shrink.
pub const UNREACHABLE: [(Reason, &str); 0] = [];

impl Coverage {
    /// Counts an answer to the command with this name.
    pub fn answered(&mut self, command: &str, answer: &Result<Receipt, Error>) {
        *self.commands.entry(command.to_owned()).or_default() += 1;
        let came_to = match answer {
            Ok(receipt) => self.receipt(receipt),
            Err(error) => {
                *self.errors.entry(error.code().to_owned()).or_default() += 1;
                error.code()
            }
        };
        *self.answers.entry((command.to_owned(), came_to.to_owned())).or_default() += 1;
    }

    fn receipt(&mut self, receipt: &Receipt) -> &'static str {
        if receipt.repeated {
            return "repeated";
        }
        for finding in &receipt.decision.findings {
            *self.reasons.entry(finding.reason.as_str().to_owned()).or_default() += 1;
        }
        match &receipt.outcome {
            Outcome::Accepted(outcome) => {
                *self.outcomes.entry(outcome.name().to_owned()).or_default() += 1;
                "accepted"
            }
            Outcome::Declined(reason) => {
                *self.reasons.entry(reason.as_str().to_owned()).or_default() += 1;
                reason.as_str()
            }
        }
    }

    /// Counts a reason that something other than a command was declined for.
    pub fn found(&mut self, reason: Reason) {
        *self.reasons.entry(reason.as_str().to_owned()).or_default() += 1;
    }

    /// Counts a fault that befell the command with this name.
    pub fn befell(&mut self, command: &str, fault: Fault) {
        *self.faults.entry((command.to_owned(), fault)).or_default() += 1;
    }

    /// How many commands were answered.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.commands.values().sum()
    }

    /// Adds what occurred elsewhere.
    pub fn absorb(&mut self, other: Self) {
        add(&mut self.commands, other.commands);
        add(&mut self.answers, other.answers);
        add(&mut self.outcomes, other.outcomes);
        add(&mut self.reasons, other.reasons);
        add(&mut self.errors, other.errors);
        add(&mut self.faults, other.faults);
    }

    /// What never occurred, each as one line.
    #[must_use]
    pub fn missing(&self) -> Vec<String> {
        let mut missing = Vec::new();
        let mut need = |what: &str, name: &str, found: bool| {
            if !found {
                missing.push(format!("{what} `{name}` never occurred"));
            }
        };
        for name in AnyOutcome::NAMES {
            need("outcome", name, self.outcomes.contains_key(*name));
        }
        for reason in Reason::ALL {
            let found = self.reasons.contains_key(reason.as_str());
            let is_reachable = UNREACHABLE.iter().all(|(unreachable, _)| unreachable != reason);
            need("reason", reason.as_str(), found || !is_reachable);
            need("the excuse of", reason.as_str(), is_reachable || !found);
        }
        for code in ERRORS {
            need("error", code, self.errors.contains_key(code));
        }
        for command in AnyCommand::NAMES {
            for fault in Fault::ALL {
                let name = format!("{command}` under `{}", fault.name());
                need("command", &name, self.faults.contains_key(&((*command).to_owned(), fault)));
            }
        }
        missing
    }
}

fn add<K: Ord>(to: &mut BTreeMap<K, u64>, from: BTreeMap<K, u64>) {
    for (key, count) in from {
        *to.entry(key).or_default() += count;
    }
}

impl fmt::Display for Coverage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:<24} {:>9}  answers", "command", "count")?;
        for (command, count) in &self.commands {
            let mut answers = String::new();
            for ((_, answer), count) in self.answers.iter().filter(|((name, _), _)| name == command) {
                write!(answers, " {answer}={count}")?;
            }
            writeln!(f, "{command:<24} {count:>9} {answers}")?;
        }
        write!(f, "\n{:<24}", "faults")?;
        for fault in Fault::ALL {
            write!(f, " {:>13}", fault.name())?;
        }
        writeln!(f)?;
        for command in self.commands.keys() {
            write!(f, "{command:<24}")?;
            for fault in Fault::ALL {
                write!(f, " {:>13}", self.faults.get(&(command.clone(), fault)).copied().unwrap_or(0))?;
            }
            writeln!(f)?;
        }
        let list = |counts: &BTreeMap<String, u64>| {
            counts.iter().map(|(name, count)| format!("{name}={count}")).collect::<Vec<_>>().join(" ")
        };
        writeln!(f, "\noutcomes: {}", list(&self.outcomes))?;
        writeln!(f, "\nreasons: {}", list(&self.reasons))?;
        writeln!(f, "\nerrors: {}", list(&self.errors))
    }
}
