//! What the engine's answer means for the row that asked.

use referrals::Result;
use referrals::campaign::Content;
use referrals::command::{AnyOutcome, Outcome, Reason, Receipt};
use referrals::error::{Error, Family};
use referrals::record::Progress;

use crate::draft::Wrong;
use crate::report::RowResult;

/// What was found about a row that was done, and that its sender should know.
const WORTH_TELLING: [Reason; 4] =
    [Reason::WaitsForLead, Reason::WaitsForConversion, Reason::WindowClosed, Reason::SameTime];

/// What a row is told.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) result: RowResult,
    pub(crate) reason: Option<String>,
    pub(crate) detail: Option<String>,
}

impl From<Wrong> for Told {
    fn from(wrong: Wrong) -> Self {
        let detail = Some(wrong.detail).filter(|detail| !detail.is_empty());
        Self { result: wrong.result, reason: Some(wrong.reason.to_owned()), detail }
    }
}

impl Told {
    fn plainly(result: RowResult, reason: Option<&str>) -> Self {
        Self { result, reason: reason.map(ToOwned::to_owned), detail: None }
    }

    /// A row without an answer.
    pub(crate) fn lost() -> Self {
        Self::plainly(RowResult::Failed, Some("store_failed"))
    }

    /// What the engine answered.
    pub(crate) fn of(content: Content, result: &Result<Receipt>) -> Self {
        match result {
            Ok(Receipt { outcome: Outcome::Declined(reason), .. }) => {
                Self::plainly(RowResult::Declined, Some(reason.as_str()))
            }
            Ok(receipt) if receipt.repeated => Self::plainly(RowResult::Already, None),
            Ok(Receipt { outcome: Outcome::Accepted(outcome), decision, .. }) => {
                let has = |reason| decision.findings.iter().any(|finding| finding.reason == reason);
                match outcome {
                    AnyOutcome::Enrolled(enrolled) if enrolled.already => Self::plainly(RowResult::Already, None),
                    AnyOutcome::LeadRecorded(lead) if lead.already => Self::plainly(RowResult::Already, None),
                    AnyOutcome::ReferralMoved(moved)
                        if content == Content::Qualifications
                            && moved.progress == Progress::Qualified
                            && !has(Reason::Qualified) =>
                    {
                        Self::plainly(RowResult::Already, Some("already_qualified"))
                    }
                    _ => {
                        let reason = WORTH_TELLING.into_iter().find(|reason| has(*reason));
                        Self::plainly(RowResult::Applied, reason.map(Reason::as_str))
                    }
                }
            }
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
        Self { result, reason: Some(error.code().to_owned()), detail: Some(error.to_string()) }
    }
}
