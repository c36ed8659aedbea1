//! `RELIABILITY.md`: what was done, what was found, and how far that carries.

use std::fmt::Write as _;

use referral_core::command::AnyCommand;

use crate::ci::Summary;
use crate::coverage::UNREACHABLE;
use crate::fault::Fault;
use crate::order;

/// The report of a run. `date` is the day that it names, if any.
#[must_use]
pub fn markdown(summary: &Summary, date: Option<&str>) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut text, summary, date);
    text
}

fn write(text: &mut String, summary: &Summary, date: Option<&str>) -> std::fmt::Result {
    writeln!(text, "# Reliability\n\nWritten by `simulator`, version {}", env!("CARGO_PKG_VERSION"))?;
    if let Some(date) = date {
        writeln!(text, "On {date}.")?;
    }
    writeln!(text, "\n| what | trials | failures | bound at 95 % |\n|---|--:|--:|---|")?;
    let failures = |of: &str| summary.failures.iter().filter(|failure| failure.starts_with(of)).count() as u64;
    let rows = [
        ("simulated commands under faults, each run done twice", summary.coverage.total(), failures("run")),
        ("commands disturbed at their k-th store call and sent again", summary.swept.total(), failures("sweep")),
        ("orders of one referral's events", summary.orders * (1 + order::ORDERS as u64), failures("orders")),
    ];
    for (what, trials, failed) in rows {
        let bound = if failed == 0 { format!("at most 3 in {trials}") } else { "none".to_owned() };
        writeln!(text, "| {what} | {trials} | {failed} | {bound} |")?;
    }
    writeln!(text, "\n{} runs; {} invariants, each checked over a whole store.", summary.runs, summary.checks)?;
    faults(text, summary)?;
    writeln!(text, "\n## What cannot occur yet\n")?;
    for (reason, why) in UNREACHABLE {
        writeln!(text, "- `{reason}`: {why}")?;
    }
    for missing in summary.missing() {
        writeln!(text, "- MISSING: {missing}")?;
    }
    Ok(())
}

fn faults(text: &mut String, summary: &Summary) -> std::fmt::Result {
    writeln!(text, "\n## Commands and the faults that befell them\n")?;
    let names: Vec<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
    writeln!(text, "| command | answered | {} |\n|---|--:|{}", names.join(" | "), "--:|".repeat(names.len()))?;
    for command in AnyCommand::NAMES {
        let answered = summary.coverage.commands.get(*command).copied().unwrap_or(0);
        write!(text, "| `{command}` | {answered} |")?;
        for fault in Fault::ALL {
            let key = ((*command).to_owned(), fault);
            write!(text, " {} |", summary.coverage.faults.get(&key).copied().unwrap_or(0))?;
        }
        writeln!(text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_has_no_bound_and_the_rest_has() {
        let summary = Summary { orders: 10, failures: vec!["run of seed 1: x".to_owned()], ..Summary::default() };
        let text = markdown(&summary, Some("2026-05-01"));
        assert!(text.contains("| orders of one referral's events | 60 | 0 | at most 3 in 60 |"), "{text}");
        assert!(text.contains("each run done twice | 0 | 1 | none |") && text.contains("On 2026-05-01."), "{text}");
    }
}
