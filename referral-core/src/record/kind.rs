//! Every record kind, described once.

use super::consent::Consent;
use super::describe::{Column, Flags, Index, Order, RecordKind, Table, counted, records};
use super::fact::{
    Correction, HandMove, Mark, Moderating, NamedOrder, OrderFact, RefundFact, Sealed, SealedOrder, Voiding,
};
use super::field::{Cell, Field, RowReader};
use super::name::{Cause, Channel, Dimension, Metric, NotificationKind};
use super::part::{
    Approval, Data, Days, Document, FixedIssue, Member, Netting, Places, Private, RecentLink, RecentLookup,
    SeenCampaign, SeenTouch, Subject, Subscription, Used, WindowGrant,
};
use super::state::{
    Account, AliasKind, CampaignState, Claim, CodeKind, ConversionKind, ConversionState, DeliveryState, EntryKind,
    Evidence, GrantKind, HoldKind, LookupStanding, Moderation, ParticipantState, Progress, RewardState, Role,
    TimerKind, TouchKind, Validity, Verdict,
};
use crate::error::StoreError;
use crate::value::{
    CampaignId, CampaignSlug, CommandKey, Country, Currency, EntryId, EventId, GrantId, HostId, IpPrefix, LookupId,
    NotificationId, ParticipantId, RuleId, SourceName, Span, SubscriberName, Timestamp, TouchId, VisitorId,
};

records! {
    /// What a tenant set for itself: one record.
    Settings (SettingsKey) = "settings" {
        key {}
        /// The number that the next new campaign gets.
        next_campaign: u32,
        /// Who is told what; at most 64.
        subscriptions: Vec<Subscription>,
        /// How long receipts are kept, in days.
        receipt_days: u32,
        /// The check values of the keyring that this tenant was last opened with.
        key_checks: Document,
    }

    /// Which campaign has a name.
    CampaignName (CampaignNameKey) = "campaign_name", immutable {
        key {
            /// The name.
            slug: CampaignSlug,
        }
        /// The campaign.
        campaign: CampaignId,
    }

    /// A campaign: which version is current, and whether it runs.
    Campaign (CampaignKey) = "campaign" {
        key {
            /// The campaign.
            campaign: CampaignId,
        }
        /// Its name.
        slug: CampaignSlug,
        /// The current version.
        version: u32,
        /// Whether it was stopped by hand.
        state: CampaignState,
        /// When it was last changed.
        changed_at: Timestamp,
    }

    /// One version of a campaign.
    CampaignVersion (CampaignVersionKey) = "campaign_version", immutable {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The version, from 1.
            version: u32,
        }
        /// The definition, as JSON.
        definition: Document,
        /// When it was defined.
        defined_at: Timestamp,
    }

    /// A person, without personal data.
    Participant (ParticipantKey) = "participant", personal {
        key {
            /// The person.
            participant: ParticipantId,
        }
        /// Whether the person may refer.
        state: ParticipantState,
        /// When the person was first seen.
        enrolled_at: Timestamp,
        /// The person's country, if the host said so.
        country: Option<Country>,
        /// What the host says of the person, for conditions.
        data: Data,
        /// The campaigns in which the person was referred; at most 64.
        referred_in: Vec<CampaignId>,
        /// The person's last orders, counted or not; at most 32. A lead that begins finds them here.
        orders: Vec<NamedOrder>,
    }

    /// The personal data of a participant: the one row that erasure removes.
    Person (PersonKey) = "person", personal {
        key {
            /// The person.
            participant: ParticipantId,
        }
        /// The host's own id.
        host_id: Option<HostId>,
        /// The email as written.
        email: Option<Private>,
        /// A name to greet by.
        name: Option<Private>,
        /// The language to write in.
        language: Option<String>,
        /// What the person chose about mail.
        consent: Consent,
    }

    /// A keyed hash of a host id or an email that leads to a participant.
    Alias (AliasKey) = "alias", personal {
        key {
            /// What it was made from.
            alias: AliasKind,
            /// The keyed hash.
            hash: [u8; 16],
        }
        /// Whose it is.
        participant: ParticipantId,
        @index BY_PARTICIPANT = "by_participant" [participant Ascending]
    }

    /// A participant's part in a campaign as a possible referrer.
    Enrolment (EnrolmentKey) = "enrolment" {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The participant.
            participant: ParticipantId,
        }
        /// When the person was enrolled.
        enrolled_at: Timestamp,
        /// The grant from which the server mints this person's links.
        grant: GrantId,
        /// The person's code, as a key of [`Code`].
        code: String,
        /// How many shares were recorded.
        shares: u32,
        /// How many of the person's referrals are qualified now.
        qualified: i64,
    }

    /// A permission to mint link tokens.
    Grant (GrantKey) = "grant_of_links" {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The grant.
            grant: GrantId,
        }
        /// Whose links they are.
        participant: ParticipantId,
        /// Who mints.
        minted_by: GrantKind,
        /// Whether its links are good.
        validity: Validity,
        /// The counter of the next link.
        next_counter: u32,
        /// When it was given.
        granted_at: Timestamp,
        @index BY_PARTICIPANT = "by_participant" [campaign Ascending, participant Ascending]
    }

    /// A link, as far as anything must be remembered of it. An offline link has no record until it is first used.
    Link (LinkKey) = "link", personal {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The grant that minted it.
            grant: GrantId,
            /// Its counter under that grant.
            counter: u32,
        }
        /// Whose link it is.
        participant: ParticipantId,
        /// Where it is shared.
        channel: Option<Channel>,
        /// UTM parameters.
        utm: Data,
        /// When it was made.
        made_at: Timestamp,
    }

    /// A code. Random and vanity codes share one key space.
    Code (CodeKey) = "code", personal {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The normalised code, or the look-alike skeleton of a vanity code.
            code: String,
        }
        /// Whose code it is.
        participant: ParticipantId,
        /// Where it came from.
        made: CodeKind,
        /// How it is shown.
        shown: String,
        /// Whether it is good.
        validity: Validity,
        /// Until when it is good.
        expires_at: Option<Timestamp>,
        /// How many referrals it may bring.
        max_uses: Option<u32>,
        /// How many it brought.
        uses: u32,
        @index BY_PARTICIPANT = "by_participant" [campaign Ascending, participant Ascending]
    }

    /// An anonymous visitor.
    Visitor (VisitorKey) = "visitor" {
        key {
            /// The visitor.
            visitor: VisitorId,
        }
        /// First and last counted touch of each campaign; at most 64.
        campaigns: Vec<SeenCampaign>,
        /// The last 16 counted touches.
        touches: Vec<SeenTouch>,
        /// The links clicked lately: at least those within the hour before the last counted click; at most 256.
        recent: Vec<RecentLink>,
    }

    /// The days on which a visitor had a counted click in a campaign: distinct visitors are counted by it.
    Visit (VisitKey) = "visit" {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The visitor.
            visitor: VisitorId,
        }
        /// The days, in the campaign's zone.
        days: Days,
    }

    /// A share, view or click.
    Touch (TouchKey) = "touch", immutable {
        key {
            /// The touch.
            touch: TouchId,
        }
        /// The campaign.
        campaign: CampaignId,
        /// What it was.
        touched: TouchKind,
        /// Whose link or code it was.
        referrer: ParticipantId,
        /// The link's grant.
        grant: Option<GrantId>,
        /// The link's counter.
        counter: Option<u32>,
        /// The link's channel, or where it was shared.
        channel: Option<Channel>,
        /// Who came.
        visitor: Option<VisitorId>,
        /// What stood behind it.
        verdict: Verdict,
        /// The place that the host found.
        country: Option<Country>,
        /// The network, cut to /24 or /48.
        network: Option<IpPrefix>,
        /// When.
        at: Timestamp,
        @index BY_CAMPAIGN = "by_campaign" [campaign Ascending, at Ascending]
    }

    /// One invitee's relation to one referrer in one campaign.
    Referral (ReferralKey) = "referral", personal {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// Who was referred.
            invitee: ParticipantId,
        }
        /// Who referred.
        referrer: ParticipantId,
        /// How far it is.
        progress: Progress,
        /// What moderation says.
        moderation: Moderation,
        /// The campaign version whose conditions, amounts and holds it follows.
        version: u32,
        /// What named the referrer.
        evidence: Evidence,
        /// The channel of the link.
        channel: Option<Channel>,
        /// The invitee's country at the time.
        country: Option<Country>,
        /// Whether the host knew the invitee as a new customer.
        is_new: bool,
        /// When the invitee came by the link.
        clicked_at: Option<Timestamp>,
        /// The command that made it a lead: its receipt says why, as long as it is kept.
        command: CommandKey,
        /// When it became a lead.
        lead_at: Timestamp,
        /// When the lead expires.
        expires_at: Option<Timestamp>,
        /// When it qualified, if it is qualified.
        qualified_at: Option<Timestamp>,
        /// What was read of people when it became a lead.
        reading: String,
        /// Its orders by time, source and id; at most 256.
        orders: Vec<OrderFact>,
        /// What it keeps of the orders before its 256 last.
        sealed: Option<Sealed>,
        /// The marks that hands set; at most one of each kind.
        marks: Vec<Mark>,
        /// Who said what moderation says, and why.
        moderating: Option<Moderating>,
        /// Its groups of `every`.
        places: Places,
        @index BY_REFERRER = "by_referrer" [campaign Ascending, referrer Ascending, lead_at Ascending]
        @index BY_MODERATION = "by_moderation" [campaign Ascending, moderation Ascending, lead_at Ascending]
        @index BY_TIME = "by_time" [campaign Ascending, lead_at Ascending]
    }

    /// A conversion, or the refunds of one that is still awaited.
    Conversion (ConversionKey) = "conversion", personal {
        key {
            /// Where it comes from.
            source: SourceName,
            /// Its id there.
            event: EventId,
        }
        /// Where it stands.
        state: ConversionState,
        /// Whose it is.
        participant: Option<ParticipantId>,
        /// What it is.
        converted: ConversionKind,
        /// The one campaign that it names, if it names one.
        only_in: Option<CampaignId>,
        /// The currency.
        currency: Option<Currency>,
        /// The total, in minor units.
        total_minor: i64,
        /// Tax within the total, in minor units.
        tax_minor: i64,
        /// Shipping within the total, in minor units.
        shipping_minor: i64,
        /// The country.
        country: Option<Country>,
        /// The coupon that was used.
        coupon: Option<String>,
        /// What else the host says about it.
        data: Data,
        /// When it happened, as the source says.
        occurred_at: Timestamp,
        /// When it was received.
        received_at: Timestamp,
        /// Its refunds; at most 32.
        refunds: Vec<RefundFact>,
        /// Its last correction: new amounts.
        correction: Option<Correction>,
        /// Whether it never was.
        voiding: Option<Voiding>,
        /// The campaigns whose referral of this person knows it; at most 64.
        counted_in: Vec<CampaignId>,
        /// Those of them whose referral has sealed it.
        sealed_in: Vec<SealedOrder>,
        /// The hash of its content.
        content: Option<[u8; 32]>,
        /// What the command answered.
        answer: Document,
        @index BY_PARTICIPANT = "by_participant" [participant Ascending, received_at Ascending]
    }

    /// A further id of a conversion.
    Reference (ReferenceKey) = "reference", immutable {
        key {
            /// Where the id comes from.
            source: SourceName,
            /// The id.
            id: EventId,
        }
        /// The conversion's source.
        conversion_source: SourceName,
        /// The conversion's event id.
        conversion_event: EventId,
    }

    /// One refund of a conversion.
    Refund (RefundKey) = "refund" {
        key {
            /// The conversion's source.
            source: SourceName,
            /// The conversion's event id.
            event: EventId,
            /// The refund's own id.
            refund: EventId,
        }
        /// The currency.
        currency: Currency,
        /// The amount, in minor units.
        amount_minor: i64,
        /// Whether the amount is the total refunded so far.
        cumulative: bool,
        /// When it was received.
        received_at: Timestamp,
        /// The hash of its content.
        content: [u8; 32],
        /// What the command answered.
        answer: Document,
    }

    /// Something owed to one beneficiary because of one cause under one rule version.
    Reward (RewardKey) = "reward" {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The rule.
            rule: RuleId,
            /// The beneficiary.
            participant: ParticipantId,
            /// The cause.
            cause: Cause,
        }
        /// The beneficiary's side.
        role: Role,
        /// The referral's invitee, where one referral brought it about.
        invitee: Option<ParticipantId>,
        /// The campaign version that it follows.
        version: u32,
        /// Where it stands.
        state: RewardState,
        /// The currency, or the unit's name.
        unit: String,
        /// How much was granted at first, in minor units or units.
        granted: i64,
        /// How much it is now; 0 once it is cancelled, expired or reversed.
        quantity: i64,
        /// How much of it was refused.
        refused: i64,
        /// How much of it expired.
        expired: i64,
        /// What a hand approved.
        approval: Option<Approval>,
        /// Whether a hand cancelled or reversed it: no rule gives it back.
        closed: bool,
        /// Why a part of it was refused.
        refused_because: Option<String>,
        /// How much of it was handed over.
        issued: i64,
        /// How much of it paid an older debt.
        netted: i64,
        /// What is to be paid, and what pays an older debt, while it is being handed over.
        fixed: Option<FixedIssue>,
        /// How much of what was handed over or netted is more than what it is worth: it is owed to the host, or was paid back.
        reclaimed: i64,
        /// How much of what was reclaimed is a debt that no transfer pays yet.
        owes: i64,
        /// How much of what was reclaimed other rewards paid back.
        paid_back: i64,
        /// The rewards that paid it back, latest last; at most 256.
        paid_by: Vec<Netting>,
        /// Its place among the claims of its beneficiary.
        claim: Claim,
        /// How much of what was handed over or netted was taken back and given up.
        written_off: i64,
        /// How much of it was used.
        redeemed: i64,
        /// Why it is held.
        hold: Option<HoldKind>,
        /// Until when it is held, where that is known.
        held_until: Option<Timestamp>,
        /// How long after it is due it expires, such as `90 days`.
        expires_after: Option<Span>,
        /// When it expires, once it is due.
        expires_at: Option<Timestamp>,
        /// When a hand, the end of a review or the end of a transfer last let it begin to expire anew.
        expires_from: Option<Timestamp>,
        /// The source of the conversion on which its amount rests.
        base_source: Option<SourceName>,
        /// The event id of the conversion on which its amount rests.
        base_event: Option<EventId>,
        /// What it took from limits; at most 32.
        used: Vec<Used>,
        /// The rolling windows that it stands in; at most 32.
        windows: Vec<WindowKey>,
        /// Why it was cancelled, reversed or failed.
        reason: Option<String>,
        /// The host's reference of the hand-over.
        issue_reference: Option<String>,
        /// How often handing over was tried.
        attempts: u32,
        /// What hands did with it, latest last; at most 16.
        hands: Vec<HandMove>,
        /// When it was granted.
        granted_at: Timestamp,
        /// When it last changed.
        changed_at: Timestamp,
        @index BY_STATE = "by_state" [state Ascending, campaign Ascending, granted_at Ascending]
        @index BY_PARTICIPANT = "by_participant" [participant Ascending, granted_at Ascending]
        @index BY_REFUSAL = "by_refusal" [campaign Ascending, refused_because Ascending, granted_at Ascending]
        @index BY_CLAIM = "by_claim" [participant Ascending, campaign Ascending, claim Ascending, granted_at Ascending]
    }

    /// An immutable movement. Debits equal credits, because every entry names one of each.
    Entry (EntryKey) = "ledger_entry", immutable {
        key {
            /// The entry.
            entry: EntryId,
        }
        /// The campaign.
        campaign: CampaignId,
        /// The participant.
        participant: ParticipantId,
        /// The reward's rule; a write-off names the rule of the reward that was reversed.
        rule: RuleId,
        /// The reward's cause.
        cause: Cause,
        /// What it did.
        did: EntryKind,
        /// The account debited.
        debit: Account,
        /// The account credited.
        credit: Account,
        /// The currency, or the unit's name.
        unit: String,
        /// How much, in minor units or units; never negative.
        quantity: i64,
        /// The command that posted it: its receipt says why, as long as it is kept.
        command: CommandKey,
        /// When.
        at: Timestamp,
        @index BY_PARTICIPANT = "by_participant" [participant Ascending, at Ascending]
    }

    /// What a referrer has towards groups of `every`, or towards milestones, of one rule.
    Tally (TallyKey) = "tally" {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The rule.
            rule: RuleId,
            /// The referrer.
            participant: ParticipantId,
        }
        /// How many of the referrer's referrals count towards the milestones now.
        qualified: i64,
        /// How many of them are under review.
        flagged: i64,
        /// The number of the group that is open.
        open_group: u32,
        /// How many members the open group takes: the `every` of its oldest member's version.
        open_size: u32,
        /// The version whose terms the open group keeps, if it was full before.
        open_version: Option<u32>,
        /// The number of groups begun, which is the number of the next new one.
        groups: u32,
        /// The open group's members, oldest first; fewer than it takes.
        open: Vec<Member>,
        /// The first referrals that count towards levels, by time and id: those up to the highest level, and a few more.
        first: Vec<Member>,
        /// The levels that are kept though the number is below them; at most 64.
        kept: Vec<u32>,
    }

    /// A closed group of `every`.
    Group (GroupKey) = "group_of_every" {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The rule.
            rule: RuleId,
            /// The referrer.
            participant: ParticipantId,
            /// The group's number, from 1.
            group: u32,
        }
        /// The version whose terms it keeps: that of the member who filled it first.
        version: u32,
        /// Its members, oldest first.
        members: Vec<Member>,
    }

    /// The referrals that counted when a level was reached that is kept now, though the number is below it.
    KeptLevel (KeptLevelKey) = "kept_level" {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The rule.
            rule: RuleId,
            /// The referrer.
            participant: ParticipantId,
            /// The level.
            level: u32,
        }
        /// The referrals; at most 100.
        members: Vec<Member>,
    }

    /// The live grants of a rolling limit, for one person.
    Window (WindowKey) = "rolling_window" {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The limit.
            limit: String,
            /// The person.
            participant: ParticipantId,
        }
        /// The grants inside the window; at most 1,000.
        grants: Vec<WindowGrant>,
    }

    /// What a participant is owed in one campaign, less what the participant owes there: due and held, less debts.
    Balance (BalanceKey) = "balance" {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The participant.
            participant: ParticipantId,
            /// The currency, or the unit's name.
            unit: String,
        }
        /// The difference; below zero if the participant owes more.
        net: i64,
    }

    /// What a participant owes because something was taken back after it was handed over.
    Debt (DebtKey) = "debt" {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// The participant.
            participant: ParticipantId,
            /// The currency, or the unit's name.
            unit: String,
        }
        /// How much.
        quantity: i64,
    }

    /// A total of a campaign.
    Total (TotalKey) = "total", counter {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// What is counted.
            metric: Metric,
            /// The currency, or the unit's name; empty for a number of things.
            unit: String,
            /// What it is told apart by.
            dimension: Dimension,
            /// `d2026-05-01`, `m2026-05` or `all`; the window of a limit.
            period: String,
            /// The channel, the country, the version, the limit.
            member: String,
        }
        /// The total.
        value: i64,
        /// When it was last changed.
        reached_at: Timestamp,
    }

    /// A total of a participant: what leaderboards rank.
    Standing (StandingKey) = "standing", counter {
        key {
            /// The campaign.
            campaign: CampaignId,
            /// What is counted.
            metric: Metric,
            /// The currency, or the unit's name; empty for a number of things.
            unit: String,
            /// `m2026-05` or `all`.
            period: String,
            /// The participant.
            participant: ParticipantId,
        }
        /// The total.
        value: i64,
        /// When it was last changed: who was there first.
        reached_at: Timestamp,
        @index BY_VALUE = "by_value" [campaign Ascending, metric Ascending, unit Ascending, period Ascending, value Descending, reached_at Ascending]
    }

    /// What a command answered.
    Receipt (ReceiptKey) = "receipt" {
        key {
            /// The command's idempotency key.
            command: CommandKey,
        }
        /// The command's name.
        name: String,
        /// The hash of the command.
        content: [u8; 32],
        /// The outcome and the decision.
        answer: Document,
        /// When.
        at: Timestamp,
    }

    /// Something to tell, by ids only.
    Notification (NotificationKey) = "notification" {
        key {
            /// The notification.
            notification: NotificationId,
        }
        /// What happened.
        happened: NotificationKind,
        /// The campaign.
        campaign: CampaignId,
        /// Whom it is about.
        participant: ParticipantId,
        /// The referral's invitee, if it is about a referral.
        invitee: Option<ParticipantId>,
        /// The reward's rule, if it is about a reward or a limit.
        rule: Option<RuleId>,
        /// The reward's cause, if it is about a reward.
        cause: Option<Cause>,
        /// When it happened.
        at: Timestamp,
    }

    /// The delivery of one notification to one subscriber.
    Delivery (DeliveryKey) = "delivery" {
        key {
            /// The notification.
            notification: NotificationId,
            /// Who is told.
            subscriber: SubscriberName,
        }
        /// Where it stands.
        state: DeliveryState,
        /// How often it was tried.
        attempts: u32,
        /// When it is tried next; while it is leased, when the lease ends; when it was delivered or died.
        due_at: Timestamp,
        /// The lease that holds it, or held it last.
        lease: Option<CommandKey>,
        /// What went wrong last.
        last_error: Option<String>,
        @index BY_DUE = "by_due" [subscriber Ascending, state Ascending, due_at Ascending]
    }

    /// Something that time will bring.
    Timer (TimerKey) = "timer" {
        key {
            /// When.
            due_at: Timestamp,
            /// What comes.
            brings: TimerKind,
            /// What it is about.
            subject: Subject,
        }
        /// The campaign, for reports.
        campaign: Option<CampaignId>,
    }

    /// A request to check one's referrals. It stays for a day, and looks the same whether or not anybody has the email.
    Lookup (LookupKey) = "lookup", personal {
        key {
            /// The lookup.
            lookup: LookupId,
        }
        /// The campaign on whose page it was requested.
        campaign: CampaignId,
        /// Whether it leads to anybody.
        standing: LookupStanding,
        /// Whose referrals it shows; of a void lookup an id that nobody has.
        participant: ParticipantId,
        /// The keyed hash of the email's canonical form: the key of its [`LookupLimit`].
        asker: [u8; 16],
        /// When it was requested.
        requested_at: Timestamp,
        /// When its token stops being good.
        expires_at: Timestamp,
        /// When its token was used.
        opened_at: Option<Timestamp>,
        /// How often a wrong token was tried.
        attempts: u32,
    }

    /// How often an email asked lately.
    LookupLimit (LookupLimitKey) = "lookup_limit", personal {
        key {
            /// The keyed hash of the email's canonical form.
            asker: [u8; 16],
        }
        /// Its lookups of the last day, oldest first; at most 5.
        recent: Vec<RecentLookup>,
    }
}
