//! Why: one list of stable reason codes for everything that is declined, refused, granted or changed.

use crate::record::text_enum;

text_enum! {
    /// Why a command or a rule gave its result. Codes are stable and the same in every language.
    Reason {
        /// The person referred themself.
        SelfReferral = "self_referral",
        /// The person has another referrer in this campaign.
        AlreadyReferred = "already_referred",
        /// The person was a customer before.
        ExistingCustomer = "existing_customer",
        /// The referrer may not refer now.
        ReferrerNotActive = "referrer_not_active",
        /// The campaign is not running now.
        CampaignNotRunning = "campaign_not_running",
        /// Nothing names a referrer.
        NoEvidence = "no_evidence",
        /// The evidence names nobody that is known.
        EvidenceUnknown = "evidence_unknown",
        /// What was typed is no code, or a code with a mistake in it; the detail says where.
        CodeInvalid = "code_invalid",
        /// The link is no link of this server, or its signature does not hold.
        LinkInvalid = "link_invalid",
        /// The touch is too long ago.
        TouchTooOld = "touch_too_old",
        /// The code is no longer good.
        CodeExpired = "code_expired",
        /// The code brought as many referrals as it may.
        CodeUsedUp = "code_used_up",
        /// The link or code was withdrawn.
        LinkRevoked = "link_revoked",
        /// The person would be an ancestor of their own referrer.
        Cycle = "cycle",
        /// The person has a referral in as many campaigns as is handled.
        TooManyCampaigns = "too_many_campaigns",
        /// The person has had as many leads in the campaign, or has told as much evidence for one, as is handled.
        TooManyLeads = "too_many_leads",
        /// As many people turned out to be this one as is handled.
        TooManyMerged = "too_many_merged",
        /// The person is not enrolled.
        NotEnrolled = "not_enrolled",
        /// The referral was denied.
        ReferralDenied = "referral_denied",
        /// The reward is not in a state for this.
        RewardState = "reward_state",
        /// The reward's referral is under review.
        UnderReview = "under_review",
        /// More is redeemed than was handed over.
        MoreThanIssued = "more_than_issued",
        /// What the timer was about has changed since.
        TimerObsolete = "timer_obsolete",
        /// The timer is not due yet.
        TimerNotDue = "timer_not_due",
        /// The refund is in another currency than the conversion.
        RefundCurrency = "refund_currency",
        /// The conversion has as many refunds as is handled.
        TooManyRefunds = "too_many_refunds",
        /// The order has no place: it happened before the 256 last ones of its referral, or before the 32 last ones that its
        /// person names.
        TooManyOrders = "too_many_orders",
        /// Another fact of this kind has the same time and other values: the one with the greater id counts.
        SameTime = "same_time",
        /// Another fact of this kind has a later time: that one counts.
        LaterCounts = "later_counts",

        /// This email asked as often as it may within a day, whether or not anybody has it.
        LookupLimit = "lookup_limit",
        /// No lookup has this token: it is forged, or was tried too often, or its person was erased.
        LookupUnknown = "lookup_unknown",
        /// The token was good for 15 minutes, which are over.
        LookupExpired = "lookup_expired",
        /// The token was used before.
        LookupUsed = "lookup_used",

        /// An id or an email that was told belongs to another person, and stays theirs; the detail is its kind.
        BelongsToAnother = "belongs_to_another",
        /// The person shares a mailbox with the referrer: the addresses differ only in what one person can vary at will.
        SameMailbox = "same_mailbox",
        /// What was typed is not shown to others: it is too long, names an address, or has an offensive word; the detail says which.
        WordsRefused = "words_refused",
        /// The person was erased.
        PersonErased = "person_erased",

        /// As many letters are kept as the tenant allows.
        LettersFull = "letters_full",
        /// The letter is not kept any more: it was replayed or dropped.
        LetterClosed = "letter_closed",

        /// The referral was attributed; the detail is the evidence.
        Attributed = "attributed",
        /// The referral became qualified.
        Qualified = "qualified",
        /// What qualified the referral was taken back.
        Unqualified = "unqualified",
        /// The event does not qualify the referral; the detail is the part of the condition that failed.
        NotQualifying = "not_qualifying",
        /// The lead's window has closed.
        WindowClosed = "window_closed",
        /// A hand said it of a time before the lead, so it belongs to no lead.
        BeforeLead = "before_lead",
        /// The order happened too long before the lead.
        BeforeWindow = "before_window",
        /// The order is one of zero, which does not count here.
        ZeroOrder = "zero_order",
        /// The order was told too long after it happened.
        ToldTooLate = "told_too_late",
        /// The order was voided.
        Void = "void",
        /// The order was refunded whole.
        RefundedWhole = "refunded_whole",
        /// The conversion counts for nothing, because the person has no referral.
        NoReferral = "no_referral",
        /// The conversion waits for its person to become a lead.
        WaitsForLead = "waits_for_lead",
        /// What was told waits for its conversion.
        WaitsForConversion = "waits_for_conversion",

        /// A reward was granted.
        Granted = "granted",
        /// The reward is held.
        Held = "held",
        /// The reward is due.
        Due = "due",
        /// The reward's amount followed its base.
        Adjusted = "adjusted",
        /// The reward was handed over.
        Issued = "issued",
        /// The transfer of the reward came back.
        Returned = "returned",
        /// A hand granted what was refused of the reward.
        GrantedByHand = "granted_by_hand",
        /// Part of the reward paid an older debt.
        Netted = "netted",
        /// The debt of a reversal was given up.
        WrittenOff = "written_off",
        /// The reward was cancelled before it was handed over.
        Cancelled = "cancelled",
        /// The reward was taken back after it was handed over.
        Reversed = "reversed",
        /// The reward was given back.
        Reinstated = "reinstated",
        /// The reward was not claimed in time.
        Expired = "expired",
        /// What was handed over was not used in time.
        Lapsed = "lapsed",
        /// The rule's condition does not hold; the detail is the part that failed.
        ConditionNotMet = "condition_not_met",
        /// The rule's condition could not be decided; the detail is the field that is missing.
        ConditionUnknown = "condition_unknown",
        /// It is not the occurrence that the rule pays; the detail is the order's place.
        OccurrenceNotPaid = "occurrence_not_paid",
        /// A limit is reached; the detail is the limit.
        LimitReached = "limit_reached",
        /// The order is in a currency that the rule does not pay in.
        Currency = "currency",
        /// There is no order to take a percentage of.
        NoBase = "no_base",
        /// The amount comes to nothing.
        AmountZero = "amount_zero",
        /// The beneficiary may not earn now.
        BeneficiaryNotActive = "beneficiary_not_active",
        /// The campaign is paused: no new rewards.
        CampaignPaused = "campaign_paused",
        /// The group of `every` is still open; the detail is how many are missing. Groups go by commit order.
        GroupOpen = "group_open",
        /// The milestone is not reached yet; the detail is how many are missing.
        MilestoneOpen = "milestone_open",
        /// The reward for this cause exists already.
        AlreadyGranted = "already_granted",
        /// The lease has ended, and another worker has the delivery.
        LeaseLost = "lease_lost",
    }
}
