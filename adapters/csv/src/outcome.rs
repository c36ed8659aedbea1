//! What the engine's answer means for the row that asked.

use std::collections::BTreeSet;

use referrals::Result;
use referrals::command::{AnyOutcome, Decision, Finding, Outcome, Receipt};
use referrals::error::{Error, Family};
use referrals::report::sentence;

use crate::draft::Wrong;
use crate::report::RowResult;

/// What a row is told.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) result: RowResult,
    pub(crate) reason: Option<String>,
    pub(crate) detail: Option<String>,
    pub(crate) findings: Vec<Finding>,
}

impl From<Wrong> for Told {
    fn from(wrong: Wrong) -> Self {
        let detail = Some(wrong.detail).filter(|detail| !detail.is_empty());
        Self { result: wrong.result, reason: Some(wrong.reason.to_owned()), detail, findings: Vec::new() }
    }
}

impl Told {
    fn plainly(result: RowResult, reason: Option<&str>) -> Self {
        Self { result, reason: reason.map(ToOwned::to_owned), detail: None, findings: Vec::new() }
    }

    /// The same with everything that was found and that the row's sender should know. The first reason is the row's, if it has
    /// none of its own.
    fn with(self, decision: &Decision) -> Self {
        let found = decision.shortfalls();
        let mut said: Vec<String> = found.iter().map(|finding| sentence(finding)).collect();
        let mut seen = BTreeSet::new();
        said.retain(|sentence| seen.insert(sentence.clone()));
        let reason = self.reason.or_else(|| found.first().map(|finding| finding.reason.as_str().to_owned()));
        let detail = Some(said.join("; ")).filter(|detail| !detail.is_empty());
        Self { reason, detail, findings: found.into_iter().cloned().collect(), ..self }
    }

    /// A row without an answer.
    pub(crate) fn lost() -> Self {
        Self::plainly(RowResult::Failed, Some("store_failed"))
    }

    /// What the engine answered.
    pub(crate) fn of(result: &Result<Receipt>) -> Self {
        match result {
            Ok(Receipt { outcome: Outcome::Declined(reason), decision, .. }) => {
                Self::plainly(RowResult::Declined, Some(reason.as_str())).with(decision)
            }
            Ok(receipt) if receipt.repeated => Self::plainly(RowResult::Already, None),
            Ok(Receipt { outcome: Outcome::Accepted(outcome), decision, .. }) => match outcome {
                AnyOutcome::Enrolled(enrolled) if enrolled.already => Self::plainly(RowResult::Already, None),
                AnyOutcome::LeadRecorded(lead) if lead.already => Self::plainly(RowResult::Already, None),
                _ => Self::plainly(RowResult::Applied, None).with(decision),
            },
            Err(error) => Self::failed(error),
        }
    }

    fn failed(error: &Error) -> Self {
        let result = match (error, error.family()) {
            (Error::KeyringMismatch { .. }, _) => RowResult::Failed,
            (error, _) if error.is_retryable() => RowResult::Failed,
            (_, Family::InvalidInput) => RowResult::Invalid,
            (_, Family::NotFound) => RowResult::Unknown,
            (_, Family::Conflict) => RowResult::Conflict,
            _ => RowResult::Failed,
        };
        Self { result, reason: Some(error.code().to_owned()), detail: Some(error.to_string()), findings: Vec::new() }
    }
}
