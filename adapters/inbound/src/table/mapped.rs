//! What a delivery became, and what to answer to its sender.

use referral_core::command::{AnyCommand, Finding, Outcome, Receipt, Request, Who};
use referral_core::error::Error;
use referral_core::report::sentence;

use crate::error::InboundError;

/// What a delivery became.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapped {
    /// What to execute, in this order, all together. Each has its own result.
    pub requests: Vec<Request>,
    /// Where each request comes from, in the same order.
    pub origins: Vec<Origin>,
    /// People to erase, by the front door's `erase`, after the requests: it answers that nobody is known as often as it is
    /// asked again.
    pub erasures: Vec<Erasure>,
    /// Events that made no request for a rule, because a field is missing or invalid; with the event of the delivery, from
    /// 0.
    pub problems: Vec<(usize, InboundError)>,
    /// Fields that a request leaves out or changes: a country that is none, a tax beyond the total.
    pub left_out: Vec<(usize, InboundError)>,
    /// Events that the table ignores on purpose, each with the name of the entry that says so.
    pub ignored: Vec<(usize, String)>,
    /// How many events of the delivery no rule applied to.
    pub unmatched: usize,
}

/// Where a request comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The event of the delivery, from 0.
    pub event: usize,
    /// The rule of the table.
    pub rule: String,
    /// Errors that the rule expects: with one of them there is nothing left to do.
    pub expects: Vec<Expected>,
}

/// An error that a rule may expect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// Whom the command names is nobody that is known here.
    UnknownPerson,
    /// The order is known with other content. Another rule tells what changed of it.
    KnownOrder,
}

impl Expected {
    /// All that a rule may expect, as tables name them.
    pub(super) const ALL: [(&'static str, Self); 2] =
        [("unknown_person", Self::UnknownPerson), ("known_order", Self::KnownOrder)];

    /// Whether it is this error. That a campaign is unknown is a mistake in the table, never expected.
    fn is(self, error: &Error) -> bool {
        match self {
            Self::UnknownPerson => matches!(error, Error::NotFound { what: "participant", .. }),
            Self::KnownOrder => matches!(error, Error::EventReused { .. }),
        }
    }
}

/// A person to erase.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Erasure {
    /// The event of the delivery, from 0.
    pub event: usize,
    /// Who.
    pub person: Who,
}

/// What to answer to the sender.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status: 200 if everything is recorded or declined, 503 if the same delivery may succeed later, 422 if a part
    /// of it cannot succeed as it is. A sender keeps what is answered with the latter two, and sends it again.
    pub status: u16,
    /// The parts that are not recorded, without personal data.
    pub unrecorded: Vec<Unrecorded>,
    /// The parts of which nothing is kept, because their rule expects that: about people who are not known here, and orders
    /// of which another rule tells what changed.
    pub expected: Vec<Unrecorded>,
}

/// A part of a delivery that is not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrecorded {
    /// The event of the delivery, from 0.
    pub event: usize,
    /// The stable code of the error.
    pub code: &'static str,
    /// What is wrong.
    pub problem: String,
}

/// Why less came of a part of a delivery than its sender may expect. Without personal data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shortfall {
    /// The event of the delivery, from 0.
    pub event: usize,
    /// The rule of the table.
    pub rule: String,
    /// Whether the request was declined. Otherwise it is recorded.
    pub declined: bool,
    /// What was found: the reason, the campaign's rule, and what decided it.
    pub finding: Finding,
    /// The same in a sentence.
    pub text: String,
}

impl Mapped {
    /// Puts requests about people who may be unknown behind those that make people known, ids before all else: of a batch no
    /// mark is lost because it stands before its lead.
    pub(super) fn put_unsure_last(&mut self) {
        let turn = |(request, origin): &(Request, Origin)| {
            let is_unsure = origin.expects.contains(&Expected::UnknownPerson);
            let tells_ids = matches!(request.command, AnyCommand::AddAlias(_) | AnyCommand::MergePeople(_));
            (is_unsure, is_unsure && !tells_ids)
        };
        let mut told: Vec<_> = self.requests.drain(..).zip(self.origins.drain(..)).collect();
        told.sort_by_key(turn);
        (self.requests, self.origins) = told.into_iter().unzip();
    }

    /// Why less came of what is recorded than the sender may expect, and what was declined, by the result of each request. Of
    /// a request that was declined, the reason for that comes first.
    ///
    /// ```
    /// use referral_inbound::Mapped;
    /// assert!(Mapped::default().shortfalls(&[]).is_empty());
    /// ```
    #[must_use]
    pub fn shortfalls(&self, results: &[Result<Receipt, Error>]) -> Vec<Shortfall> {
        let mut found = Vec::new();
        for (origin, result) in self.origins.iter().zip(results) {
            let Ok(receipt) = result else { continue };
            let mut findings = receipt.decision.shortfalls();
            let declined = matches!(receipt.outcome, Outcome::Declined(_));
            if let Outcome::Declined(reason) = receipt.outcome {
                findings.sort_by_key(|finding| finding.reason != reason);
            }
            found.extend(findings.into_iter().map(|finding| Shortfall {
                event: origin.event,
                rule: origin.rule.clone(),
                declined,
                finding: finding.clone(),
                text: sentence(finding),
            }));
        }
        found
    }

    /// What to answer, by the result of each request.
    ///
    /// A request without a result counts as one that was not executed: 503.
    ///
    /// ```
    /// use referral_inbound::Mapped;
    /// let nothing: [Result<(), referral_core::error::Error>; 0] = [];
    /// assert_eq!(Mapped::default().answer(&nothing).status, 200);
    /// ```
    #[must_use]
    pub fn answer<T>(&self, results: &[Result<T, Error>]) -> Answer {
        let wrong = |(event, error): &(usize, InboundError)| Unrecorded {
            event: *event,
            code: error.code(),
            problem: error.to_string(),
        };
        let mut unrecorded: Vec<Unrecorded> = self.problems.iter().map(wrong).collect();
        let mut expected = Vec::new();
        let mut again = results.len() < self.origins.len();
        for (origin, result) in self.origins.iter().zip(results) {
            let Err(error) = result else { continue };
            let problem = format!("rule `{}`: {error}", origin.rule);
            let part = Unrecorded { event: origin.event, code: error.code(), problem };
            if origin.expects.iter().any(|expected| expected.is(error)) {
                expected.push(part);
                continue;
            }
            again |= error.is_retryable();
            unrecorded.push(part);
        }
        let status = match (again, unrecorded.is_empty()) {
            (true, _) => 503,
            (false, false) => 422,
            (false, true) => 200,
        };
        Answer { status, unrecorded, expected }
    }
}
