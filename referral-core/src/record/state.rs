//! The states of what is stored. Their texts are the same in JSON, in tables and in every language.

use super::field::{text_enum, text_fields};

text_enum! {
    /// Whether a campaign takes new leads.
    CampaignState {
        /// Between its dates it runs.
        Active = "active",
        /// Stopped by hand for a while: no new leads, no new rewards.
        Paused = "paused",
        /// Ended by hand.
        Ended = "ended",
    }
    /// Whether a participant may refer and earn.
    ParticipantState {
        /// May refer.
        Active = "active",
        /// May not refer; what was earned stays.
        Suspended = "suspended",
        /// Erased on request: a random id with totals, no person.
        Erased = "erased",
    }
    /// How a person is shown to friends and on leaderboards.
    ShownAs {
        /// By the first name.
        FirstName = "first_name",
        /// By the first letter of that name.
        Initial = "initial",
        /// By a name that the person chose for this.
        Pseudonym = "pseudonym",
    }
    /// What an alias was made from.
    AliasKind {
        /// The host's own id.
        Host = "host",
        /// The email as written, lower case.
        Email = "email",
        /// A further id, such as that of a payment system.
        Id = "id",
    }
    /// Who mints with a grant.
    GrantKind {
        /// The server, for a participant.
        Server = "server",
        /// A device, offline, for its owner.
        Device = "device",
    }
    /// Whether a grant or a code is good.
    Validity {
        /// Good.
        Active = "active",
        /// Withdrawn.
        Revoked = "revoked",
    }
    /// Where a code came from.
    CodeKind {
        /// Drawn at random, with a check symbol.
        Random = "random",
        /// Chosen by a person.
        Vanity = "vanity",
    }
    /// What a touch was.
    TouchKind {
        /// A participant passed a link on.
        Share = "share",
        /// A page with the offer was seen.
        View = "view",
        /// A link was followed.
        Click = "click",
    }
    /// What stood behind a touch. All but `human` are stored and do not count.
    Verdict {
        /// A person.
        Human = "human",
        /// A crawler that names itself, or an address on the block list.
        Bot = "bot",
        /// A HEAD request.
        Head = "head",
        /// A browser or proxy that fetches ahead.
        Prefetch = "prefetch",
        /// A messenger that draws a preview.
        Preview = "preview",
        /// A browser that loads the link as a part of a page: an image, a script, a frame.
        Embedded = "embedded",
        /// The same visitor on the same link within an hour of the last counted click.
        Duplicate = "duplicate",
    }
    /// How far a referral is.
    Progress {
        /// Signed up.
        Lead = "lead",
        /// Met the success criteria.
        Qualified = "qualified",
        /// Did not qualify within the window.
        Expired = "expired",
        /// Given up by the host.
        Lost = "lost",
        /// Was qualified; what qualified it was taken back.
        Reverted = "reverted",
        /// It is no lead any more: another lead of the invitee holds what was told of it.
        Superseded = "superseded",
    }
    /// What a hand says of a referral.
    MarkKind {
        /// It met the success criteria.
        Qualified = "qualified",
        /// It did not: an earlier mark `qualified` counts no longer.
        NotQualified = "not_qualified",
        /// It was given up: its window ends.
        Lost = "lost",
        /// Nothing: an earlier mark is removed.
        None = "none",
    }
    /// What moderation says of a referral.
    Moderation {
        /// Nothing against it.
        Clear = "clear",
        /// Under review: it goes on, its rewards are held.
        Flagged = "flagged",
        /// Fraud: its rewards are cancelled or reversed.
        Denied = "denied",
    }
    /// What named the referrer of a referral.
    Evidence {
        /// The host named the referrer.
        Referrer = "referrer",
        /// A code.
        Code = "code",
        /// A link token.
        Link = "link",
        /// An earlier click of the visitor.
        Visitor = "visitor",
    }
    /// What kind of outside event a conversion is.
    ConversionKind {
        /// A one-time payment.
        Purchase = "purchase",
        /// A further payment of a subscription.
        Renewal = "renewal",
        /// A subscription began.
        Subscription = "subscription",
        /// Whatever else the host counts.
        Custom = "custom",
    }
    /// Where a conversion stands.
    ConversionState {
        /// Its refunds or corrections came first; the conversion itself is awaited.
        Awaited = "awaited",
        /// Recorded.
        Recorded = "recorded",
    }
    /// What a hand did with a reward.
    HandKind {
        /// Approved it.
        Approve = "approve",
        /// Began to hand it over.
        BeginIssue = "begin_issue",
        /// Handed it over.
        Issue = "issue",
        /// Told that handing it over failed.
        Fail = "fail",
        /// Told that its transfer came back.
        ReturnIssue = "return_issue",
        /// Told that a part of it was used.
        Redeem = "redeem",
        /// Cancelled it before it was handed over.
        Cancel = "cancel",
        /// Took it back after it was handed over.
        Reverse = "reverse",
        /// Granted what was refused of it, within limits.
        Grant = "grant",
        /// Granted what was refused of it, whatever the limits say.
        GrantBeyondLimits = "grant_beyond_limits",
    }
    /// Which side a reward's beneficiary is on.
    Role {
        /// Who referred.
        Referrer = "referrer",
        /// Who was referred.
        Invitee = "invitee",
    }
    /// Where a reward stands.
    RewardState {
        /// Held.
        Pending = "pending",
        /// Owed.
        Due = "due",
        /// Owed, and approved by a person.
        Approved = "approved",
        /// Being handed over.
        Issuing = "issuing",
        /// Handed over.
        Issued = "issued",
        /// Used up by the beneficiary.
        Redeemed = "redeemed",
        /// Taken back before it was handed over.
        Cancelled = "cancelled",
        /// Not claimed in time.
        Expired = "expired",
        /// Handing over failed; it may be tried again.
        Failed = "failed",
        /// Taken back after it was handed over.
        Reversed = "reversed",
        /// Nothing of it was granted; the reason says why.
        Refused = "refused",
    }
    /// Why a pending reward is held.
    HoldKind {
        /// Until refunds are unlikely.
        RefundWindow = "refund_window",
        /// Until a person approves.
        Approval = "approval",
        /// While its referral is flagged.
        Moderation = "moderation",
    }
    /// What a reward is among the claims of its beneficiary and the host.
    Claim {
        /// Nothing is outstanding.
        None = "none",
        /// The beneficiary is to get something, now or after a hold.
        Open = "open",
        /// The beneficiary owes something.
        Debt = "debt",
    }
    /// What a ledger entry did.
    EntryKind {
        /// A reward was granted.
        Grant = "grant",
        /// Its amount followed a changed base.
        Adjust = "adjust",
        /// A hold ended.
        Release = "release",
        /// A hold began again.
        Hold = "hold",
        /// It was handed over.
        Issue = "issue",
        /// An older debt was netted against it.
        Net = "net",
        /// A netting was undone.
        Unnet = "unnet",
        /// The transfer came back.
        Return = "return",
        /// It was used.
        Redeem = "redeem",
        /// It was cancelled before it was handed over.
        Cancel = "cancel",
        /// It was not claimed in time.
        Expire = "expire",
        /// It was handed over, and not used in time; or it was used in time, as was told later.
        Lapse = "lapse",
        /// It was taken back after it was handed over.
        Reverse = "reverse",
        /// It was given back after it was taken.
        Reinstate = "reinstate",
        /// A debt was given up.
        WriteOff = "write_off",
    }
    /// A side of a ledger entry. Each belongs to one campaign; `held`, `owed`, `issued` and `redeemed` to one participant in it.
    Account {
        /// What the campaign spends.
        Expense = "expense",
        /// Promised under a hold.
        Held = "held",
        /// Owed.
        Owed = "owed",
        /// Handed over.
        Issued = "issued",
        /// Used.
        Redeemed = "redeemed",
    }
    /// Where a letter stands: a message of another system that could not be used.
    LetterState {
        /// It is kept, and can be replayed.
        Kept = "kept",
        /// It was used after all.
        Replayed = "replayed",
        /// A hand gave it up, or a person whom it names was erased.
        Dropped = "dropped",
    }
    /// Where a delivery stands.
    DeliveryState {
        /// Waits for its due time.
        Waiting = "waiting",
        /// Was handed over and acknowledged.
        Delivered = "delivered",
        /// Ran out of attempts.
        Dead = "dead",
    }
    /// What a timer brings.
    TimerKind {
        /// A reward's hold ends.
        HoldEnds = "hold_ends",
        /// A reward expires.
        RewardExpires = "reward_expires",
        /// What was handed over may be used no longer.
        RedemptionEnds = "redemption_ends",
        /// A lead's window closes.
        LeadExpires = "lead_expires",
        /// A lookup is forgotten.
        LookupEnds = "lookup_ends",
    }
    /// Whether a lookup leads to anybody. The two texts have one length, as everything of the two lookups has.
    LookupStanding {
        /// Somebody has the email.
        Live = "live",
        /// Nobody has it: nothing is ever handed over.
        Void = "void",
    }
}

text_fields! {
    CampaignState, ParticipantState, AliasKind, GrantKind, Validity, CodeKind, TouchKind, Verdict, Progress, MarkKind,
    Moderation, Evidence, ConversionKind, ConversionState, Role, RewardState, ShownAs, HoldKind, Claim, EntryKind, Account, DeliveryState, TimerKind,
    LookupStanding, LetterState,
}

impl RewardState {
    /// Whether a reward in this state counts towards limits: one that expired still does.
    #[must_use]
    pub fn counts(self) -> bool {
        !matches!(self, Self::Cancelled | Self::Reversed | Self::Refused)
    }

    /// Whether a reward in this state was handed over.
    #[must_use]
    pub fn is_issued(self) -> bool {
        matches!(self, Self::Issued | Self::Redeemed)
    }
}
