//! What a delivery became, and what to answer to its sender.

use referral_core::command::{Request, Who};
use referral_core::error::Error;

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
    /// What could not be told, because the event lacks what its command needs or says it wrongly; with the event of the
    /// delivery, from 0.
    pub problems: Vec<(usize, InboundError)>,
    /// What a request is made without, or with another value than the event has: a country that is none, a tax beyond the
    /// total.
    pub left_out: Vec<(usize, InboundError)>,
    /// Which event the table ignores on purpose, and the name by which it says so.
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
    /// Codes of errors that the rule expects: with one of them there is nothing left to do.
    pub expects: Vec<String>,
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
    /// What is not recorded, each with its event and rule, without personal data.
    pub unrecorded: Vec<Unrecorded>,
}

/// Something that a delivery tells and that is not recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unrecorded {
    /// The event of the delivery, from 0.
    pub event: usize,
    /// The stable code of the error.
    pub code: &'static str,
    /// What is wrong.
    pub problem: String,
}

impl Mapped {
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
        let mut again = results.len() < self.origins.len();
        for (origin, result) in self.origins.iter().zip(results) {
            let Err(error) = result else { continue };
            if origin.expects.iter().any(|code| code == error.code()) {
                continue;
            }
            again |= error.is_retryable();
            let problem = format!("rule `{}`: {error}", origin.rule);
            unrecorded.push(Unrecorded { event: origin.event, code: error.code(), problem });
        }
        let status = match (again, unrecorded.is_empty()) {
            (true, _) => 503,
            (false, false) => 422,
            (false, true) => 200,
        };
        Answer { status, unrecorded }
    }
}
