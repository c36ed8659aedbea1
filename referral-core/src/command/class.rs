//! What a reason says of the fact that a command told: the one place that sorts reasons.

use super::reason::Reason;

/// What a finding says of the fact that a command told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReasonClass {
    /// Something changed: a referral was attributed, a reward was granted, a reward was taken back.
    Change,
    /// A rule pays nothing for the fact, or the fact does not qualify its referral. Another rule may pay for it.
    Unpaid,
    /// The fact counts less than its sender may expect, or not yet, or part of it does not count.
    Shortfall,
}

const CHANGES: &[Reason] = &[
    Reason::Attributed,
    Reason::Qualified,
    Reason::Unqualified,
    Reason::Granted,
    Reason::Held,
    Reason::Due,
    Reason::Adjusted,
    Reason::Issued,
    Reason::Returned,
    Reason::GrantedByHand,
    Reason::Netted,
    Reason::WrittenOff,
    Reason::Cancelled,
    Reason::Reversed,
    Reason::Reinstated,
];

const UNPAID: &[Reason] = &[
    Reason::NotQualifying,
    Reason::ZeroOrder,
    Reason::Void,
    Reason::RefundedWhole,
    Reason::ConditionNotMet,
    Reason::OccurrenceNotPaid,
    Reason::AmountZero,
    Reason::GroupOpen,
    Reason::MilestoneOpen,
];

/// Only the test reads this list: a reason that is in no list is a shortfall, so that nothing is silent.
#[cfg(test)]
const SHORTFALLS: &[Reason] = &[
    Reason::SelfReferral,
    Reason::AlreadyReferred,
    Reason::ExistingCustomer,
    Reason::ReferrerNotActive,
    Reason::CampaignNotRunning,
    Reason::NoEvidence,
    Reason::EvidenceUnknown,
    Reason::CodeInvalid,
    Reason::LinkInvalid,
    Reason::TouchTooOld,
    Reason::CodeExpired,
    Reason::CodeUsedUp,
    Reason::LinkRevoked,
    Reason::WordsRefused,
    Reason::Cycle,
    Reason::TooManyCampaigns,
    Reason::TooManyLeads,
    Reason::TooManyMerged,
    Reason::NotEnrolled,
    Reason::ReferralDenied,
    Reason::RewardState,
    Reason::UnderReview,
    Reason::MoreThanIssued,
    Reason::TimerObsolete,
    Reason::TimerNotDue,
    Reason::RefundCurrency,
    Reason::TooManyRefunds,
    Reason::TooManyOrders,
    Reason::SameTime,
    Reason::LaterCounts,
    Reason::LookupLimit,
    Reason::LookupUnknown,
    Reason::LookupExpired,
    Reason::LookupUsed,
    Reason::BelongsToAnother,
    Reason::SameMailbox,
    Reason::PersonErased,
    Reason::LettersFull,
    Reason::LetterClosed,
    Reason::WindowClosed,
    Reason::BeforeWindow,
    Reason::BeforeLead,
    Reason::ToldTooLate,
    Reason::NoReferral,
    Reason::WaitsForLead,
    Reason::WaitsForConversion,
    Reason::Expired,
    Reason::Lapsed,
    Reason::ConditionUnknown,
    Reason::LimitReached,
    Reason::Currency,
    Reason::NoBase,
    Reason::BeneficiaryNotActive,
    Reason::CampaignPaused,
    Reason::AlreadyGranted,
    Reason::LeaseLost,
];

impl Reason {
    /// What a finding with this reason says of the fact that was told.
    ///
    /// ```
    /// use referral_core::command::{Reason, ReasonClass};
    /// assert_eq!(Reason::Granted.class(), ReasonClass::Change);
    /// assert_eq!(Reason::OccurrenceNotPaid.class(), ReasonClass::Unpaid);
    /// assert_eq!(Reason::WaitsForLead.class(), ReasonClass::Shortfall);
    /// ```
    #[must_use]
    pub fn class(self) -> ReasonClass {
        match self {
            change if CHANGES.contains(&change) => ReasonClass::Change,
            unpaid if UNPAID.contains(&unpaid) => ReasonClass::Unpaid,
            _ => ReasonClass::Shortfall,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_one_class() {
        for reason in Reason::ALL {
            let lists = [CHANGES, UNPAID, SHORTFALLS].into_iter().filter(|list| list.contains(reason));
            assert_eq!(lists.count(), 1, "{reason}: sort it into one list of this file");
        }
    }
}
