//! A readable sentence for each finding: the one place for the English texts of reasons.
//!
//! Whoever shows another language translates the reason code; codes are stable, sentences are not.

use super::hands::HandDid;
use crate::command::{Finding, Reason};

/// What a reason says. `{amount}`, `{rule}` and `{detail}` are what the finding holds; a detail that the text does not
/// place stands behind it.
const TEXTS: &[(Reason, &str)] = &[
    (Reason::SelfReferral, "declined: the person referred themself"),
    (Reason::AlreadyReferred, "declined: the person has another referrer in this campaign, and the first one stays"),
    (Reason::ExistingCustomer, "declined: the person was a customer before"),
    (Reason::ReferrerNotActive, "declined: the referrer may not refer now"),
    (Reason::CampaignNotRunning, "declined: the campaign is not running now"),
    (Reason::NoEvidence, "declined: nothing names a referrer"),
    (Reason::EvidenceUnknown, "the evidence names nobody that is known"),
    (Reason::CodeInvalid, "what was typed is no code, or a code with a mistake in it"),
    (Reason::LinkInvalid, "the link is no link of this server, or its signature does not hold"),
    (Reason::TouchTooOld, "declined: the touch is longer ago than the campaign's attribution window"),
    (Reason::CodeExpired, "declined: the code is no longer good"),
    (Reason::CodeUsedUp, "declined: the code brought as many referrals as it may"),
    (Reason::LinkRevoked, "declined: the link or code was withdrawn"),
    (Reason::WordsRefused, "declined: what was typed is not shown to others"),
    (Reason::Cycle, "declined: the person would be an ancestor of their own referrer"),
    (Reason::TooManyLeads, "declined: the person has had as many leads in the campaign as is handled"),
    (Reason::TooManyMerged, "declined: as many people turned out to be this one as is handled"),
    (Reason::TooManyCampaigns, "declined: the person has a referral in as many campaigns as is handled"),
    (Reason::NotEnrolled, "declined: the person is not enrolled in the campaign"),
    (Reason::ReferralDenied, "the referral was denied, so nothing counts for it"),
    (Reason::RewardState, "declined: the reward is not in a state for this"),
    (Reason::UnderReview, "declined: the reward's referral is under review"),
    (Reason::MoreThanIssued, "declined: more is redeemed than was handed over"),
    (Reason::TimerObsolete, "declined: what the timer was about has changed since"),
    (Reason::TimerNotDue, "declined: the timer is not due yet"),
    (Reason::RefundCurrency, "the refund is in another currency than the conversion, so it does not count"),
    (Reason::TooManyRefunds, "the conversion has as many refunds as is handled, so this one was not recorded"),
    (Reason::TooManyOrders, "an order happened before the last ones that are handled, so it has no place"),
    (
        Reason::SameTime,
        "another fact of this kind has the same time and other values; the one with the greater id counts",
    ),
    (Reason::LaterCounts, "another fact of this kind has a later time, so that one counts"),
    (Reason::LookupLimit, "declined: this email asked as often as it may within a day"),
    (Reason::LookupUnknown, "declined: no lookup has this token"),
    (Reason::LookupExpired, "declined: the token's 15 minutes are over"),
    (Reason::LookupUsed, "declined: the token was used before"),
    (Reason::BelongsToAnother, "an id or an email that was told belongs to another person, and stays theirs"),
    (Reason::SameMailbox, "the person shares a mailbox with the referrer"),
    (Reason::PersonErased, "declined: the person was erased"),
    (Reason::LettersFull, "declined: as many letters are kept as the tenant allows"),
    (Reason::LetterClosed, "declined: the letter was replayed or dropped before"),
    (Reason::Attributed, "the referral was attributed by {detail}"),
    (Reason::Qualified, "the referral qualified"),
    (Reason::Unqualified, "what qualified the referral was taken back"),
    (Reason::NotQualifying, "the event does not qualify the referral: {detail}"),
    (Reason::WindowClosed, "the lead's window has closed, so the event does not qualify it"),
    (Reason::BeforeLead, "it was said of a time before the lead, so it does not count"),
    (Reason::BeforeWindow, "the order happened too long before the lead, so it has no place"),
    (Reason::ZeroOrder, "the order is one of zero, which does not count in this campaign"),
    (Reason::ToldTooLate, "{amount} under {rule} is refused, because the order was told too long after it happened"),
    (Reason::Void, "the order was voided, so it has no place"),
    (Reason::RefundedWhole, "the order was refunded whole, so it has no place"),
    (Reason::NoReferral, "the person has no referral that this could count for"),
    (Reason::WaitsForLead, "the conversion waits for its person to become a lead"),
    (Reason::WaitsForConversion, "what was told waits for its conversion"),
    (Reason::Granted, "{amount} was granted under {rule}"),
    (Reason::Held, "the reward under {rule} is held: {detail}"),
    (Reason::Due, "the reward under {rule} is due"),
    (Reason::Adjusted, "the reward under {rule} followed its base to {amount}: {detail}"),
    (Reason::Issued, "{amount} of the reward under {rule} was handed over"),
    (Reason::Returned, "{amount} of the reward under {rule} came back: {detail}"),
    (Reason::GrantedByHand, "a hand granted {amount} under {rule}: {detail}"),
    (Reason::Netted, "{amount} of the reward under {rule} paid an older debt"),
    (Reason::WrittenOff, "the debt that the reward under {rule} left was given up"),
    (Reason::Cancelled, "{amount} under {rule} was cancelled before it was handed over: {detail}"),
    (Reason::Reversed, "{amount} under {rule} was taken back after it was handed over: {detail}"),
    (Reason::Reinstated, "{amount} under {rule} was given back"),
    (Reason::Lapsed, "what was handed over under {rule} was not used in time"),
    (Reason::Expired, "the reward under {rule} was not claimed in time"),
    (Reason::ConditionNotMet, "{rule} does not pay, because this does not hold: {detail}"),
    (Reason::ConditionUnknown, "{rule} does not pay, because this cannot be decided: {detail}"),
    (Reason::OccurrenceNotPaid, "{rule} does not pay this occurrence: {detail}"),
    (Reason::LimitReached, "{amount} under {rule} does not fit a limit: {detail}"),
    (Reason::Currency, "{rule} does not pay in the currency of this order"),
    (Reason::NoBase, "{rule} does not pay, because there is no order to take a percentage of"),
    (Reason::AmountZero, "{rule} does not pay, because the amount comes to nothing"),
    (Reason::BeneficiaryNotActive, "{rule} does not pay, because the beneficiary may not earn now"),
    (Reason::CampaignPaused, "{rule} does not pay, because the campaign is paused"),
    (Reason::GroupOpen, "the group under {rule} is still open: {detail}"),
    (Reason::MilestoneOpen, "the next milestone under {rule} is not reached yet: {detail}"),
    (Reason::LeaseLost, "declined: the lease has ended, and another worker has the delivery"),
    (Reason::AlreadyGranted, "the reward under {rule} for this cause exists already"),
];

/// A finding as a sentence.
///
/// ```
/// use referral_core::command::{Finding, Reason};
/// use referral_core::report::sentence;
/// let finding = Finding::new(Reason::Attributed).because("code");
/// assert_eq!(sentence(&finding), "the referral was attributed by code");
/// ```
#[must_use]
pub fn sentence(finding: &Finding) -> String {
    let text = TEXTS.iter().find(|(reason, _)| *reason == finding.reason).map(|(_, text)| *text);
    let text = text.unwrap_or(finding.reason.as_str());
    let rule = finding.rule.as_ref().map_or_else(|| "the rule".to_owned(), |rule| format!("rule `{rule}`"));
    let amount = finding.amount.as_ref().map_or_else(|| "the reward".to_owned(), ToString::to_string);
    let filled = text.replace("{rule}", &rule).replace("{amount}", &amount);
    match (&finding.detail, filled.strip_suffix("{detail}")) {
        (Some(detail), Some(before)) => format!("{before}{detail}"),
        (Some(detail), None) => format!("{filled} ({detail})"),
        (None, Some(before)) => before.trim_end_matches([' ', ':']).trim_end_matches(" by").to_owned(),
        (None, None) => filled,
    }
}

/// What a hand did, as the rest of a sentence whose subject is the actor.
pub(super) fn done_by_hand(did: &HandDid) -> String {
    match did {
        HandDid::Mark(says) => format!("marked `{says}`"),
        HandDid::Moderate(finding) => format!("moderated `{finding}`"),
        HandDid::Reassign(from) => format!("took it from `{from}`"),
        HandDid::MergePeople(gone, kept) => format!("said that `{gone}` is `{kept}`"),
        HandDid::CorrectConversion(order, id) => format!("corrected order {}/{} by `{id}`", order.source, order.event),
        HandDid::RecordRefund(order, id) => {
            format!("recorded refund `{id}` of order {}/{}", order.source, order.event)
        }
        HandDid::CancelRefund(order, id) => {
            format!("took back refund `{id}` of order {}/{}", order.source, order.event)
        }
        HandDid::VoidConversion(order) => format!("voided order {}/{}", order.source, order.event),
        HandDid::RestoreConversion(order) => format!("restored order {}/{}", order.source, order.event),
        HandDid::Reward(did, reward) => format!("`{did}` of the reward under rule `{}`", reward.rule),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_one_sentence_in_the_style_of_messages() {
        for reason in Reason::ALL {
            let texts: Vec<_> = TEXTS.iter().filter(|(other, _)| other == reason).map(|(_, text)| *text).collect();
            assert_eq!(texts.len(), 1, "{reason}");
            assert!(texts.iter().all(|text| !text.ends_with('.') && !text.starts_with(char::is_uppercase)), "{reason}");
            let placed = texts.iter().all(|text| !text.contains("{detail}") || text.ends_with("{detail}"));
            assert!(placed, "{reason}: the detail stands at the end");
        }
    }

    #[test]
    fn a_sentence_holds_what_the_finding_holds() {
        let rule = "thanks".parse().unwrap();
        let amount = "8.00 EUR".parse().map(crate::value::Amount::Money).unwrap();
        let cases = [
            (Finding::new(Reason::Granted).by_rule(&rule).of(amount), "8.00 EUR was granted under rule `thanks`"),
            (Finding::new(Reason::Held).by_rule(&rule), "the reward under rule `thanks` is held"),
            (Finding::new(Reason::Qualified).because("qualification 1"), "the referral qualified (qualification 1)"),
            (Finding::new(Reason::Attributed), "the referral was attributed"),
        ];
        for (finding, text) in cases {
            assert_eq!(sentence(&finding), text);
        }
    }
}
