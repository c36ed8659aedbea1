//! What a hand does: a command with its time, and its answer with everything that was found.

use std::fmt::Write as _;

use referrals::command::{AnyCommand, AnyOutcome, HostFacts, Outcome, Receipt, Request};
use referrals::report::sentence;
use referrals::value::{CommandKey, Entropy, Timestamp};
use referrals::{EntropySource as _, Referrals, SystemEntropy};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::telling::Telling;

/// Executes a command as of the time at which it happened; by default now.
pub(crate) fn run(
    referrals: &Referrals,
    command: impl Into<AnyCommand>,
    at: Option<Timestamp>,
) -> Result<Receipt, Failure> {
    let mut requests = requests(referrals, [command.into()], at)?;
    let request = requests.pop().ok_or_else(|| Failure::new("output", "there is no command"))?;
    Ok(referrals.execute_request(request)?)
}

/// Requests of commands, each with a key of its own.
pub(crate) fn requests(
    referrals: &Referrals,
    commands: impl IntoIterator<Item = AnyCommand>,
    at: Option<Timestamp>,
) -> Result<Vec<Request>, Failure> {
    let mut seed = [0; 32];
    SystemEntropy.fill(&mut seed)?;
    let (mut entropy, now) = (Entropy::new(seed), referrals.now());
    let facts = HostFacts { at, ..HostFacts::default() };
    let request = |command| Request { key: CommandKey::mint(now, &mut entropy), command, facts: facts.clone() };
    Ok(commands.into_iter().map(request).collect())
}

/// The answer of one command: what it came to, in words of the caller, and what was found on the way.
pub(crate) fn answered(
    receipt: &Receipt,
    told: impl FnOnce(&AnyOutcome) -> (String, Value),
) -> Result<Telling, Failure> {
    let (mut text, shown, is_well) = match &receipt.outcome {
        Outcome::Accepted(outcome) => {
            let (text, shown) = told(outcome);
            (format!("{text}\n"), shown, true)
        }
        Outcome::Declined(reason) => (format!("declined: {reason}\n"), Value::Null, false),
    };
    let mut findings = Vec::new();
    for finding in &receipt.decision.findings {
        let said = sentence(finding);
        let _ = writeln!(text, "    {}: {said}", finding.reason);
        findings.push(json!({ "finding": finding, "text": said }));
    }
    let document = json!({
        "command": receipt.key, "outcome": receipt.outcome, "shown": shown, "findings": findings,
    });
    Ok(Telling::new(text, document)?.unless(is_well))
}

/// The answer to a command whose outcome is not the one that it has.
pub(crate) fn other(outcome: &AnyOutcome) -> (String, Value) {
    (outcome.name().to_owned(), Value::Null)
}
