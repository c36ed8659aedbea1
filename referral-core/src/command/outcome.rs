//! What comes of each command: one struct for each.

use serde::{Deserialize, Serialize};

use crate::record::{
    CampaignState, CodeKind, Consent, ConversionKey, DeliveryState, Evidence, LetterKey, LetterState, Moderation,
    ParticipantState, Progress, ReferralKey, RewardKey, RewardState, TimerKind, Validity, Verdict,
};
use crate::value::{Amount, CampaignId, Day, EventId, GrantId, ParticipantId, Timestamp, TouchId};

macro_rules! outcomes {
    ($($(#[$doc:meta])* $name:ident = $text:literal { $($(#[$fdoc:meta])* $f:ident: $ft:ty,)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
            pub struct $name { $($(#[$fdoc])* pub $f: $ft,)* }

            impl From<$name> for AnyOutcome {
                fn from(outcome: $name) -> Self { Self::$name(outcome) }
            }

            impl TryFrom<AnyOutcome> for $name {
                type Error = AnyOutcome;
                fn try_from(outcome: AnyOutcome) -> Result<Self, AnyOutcome> {
                    match outcome { AnyOutcome::$name(outcome) => Ok(outcome), other => Err(other) }
                }
            }
        )*

        /// Any outcome. In JSON: `{"enrolled": {…}}`.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum AnyOutcome {
            $($(#[$doc])* #[serde(rename = $text)] $name($name),)*
        }

        impl AnyOutcome {
            /// The names of all outcomes.
            pub const NAMES: &'static [&'static str] = &[$($text),*];

            /// The name of this outcome.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self { $(Self::$name(_) => $text,)* }
            }
        }
    };
}

outcomes! {
    /// The keyring is the tenant's.
    KeyringChecked = "keyring_checked" {
        /// How many keys were not known before.
        added: u32,
    }

    /// A campaign was defined.
    CampaignDefined = "campaign_defined" {
        /// Its number, part of every link.
        campaign: CampaignId,
        /// The current version.
        version: u32,
        /// Whether the version is new.
        changed: bool,
    }

    /// A campaign was paused, resumed or ended.
    CampaignStateSet = "campaign_state_set" {
        /// The campaign.
        campaign: CampaignId,
        /// Its state.
        state: CampaignState,
    }

    /// A subscription was changed.
    Subscribed = "subscribed" {
        /// How many kinds the subscriber is told.
        kinds: u32,
    }

    /// A notification is due for delivery again.
    Redelivered = "redelivered" {
        /// Where its delivery stood before.
        before: DeliveryState,
    }

    /// A person is enrolled.
    Enrolled = "enrolled" {
        /// The person.
        participant: ParticipantId,
        /// The token of the person's first link.
        link: String,
        /// The person's code, as it is shown.
        code: String,
        /// Whether the person was enrolled before.
        already: bool,
    }

    /// A link was made.
    LinkCreated = "link_created" {
        /// The token.
        link: String,
        /// Its grant.
        grant: GrantId,
        /// Its counter under that grant.
        counter: u32,
    }

    /// A code was made.
    CodeCreated = "code_created" {
        /// The code, as it is shown.
        code: String,
        /// Where it came from.
        made: CodeKind,
    }

    /// A host id or an email was added to a person.
    AliasAdded = "alias_added" {
        /// The person.
        participant: ParticipantId,
    }

    /// A link, a code or a grant was withdrawn or restored.
    ValiditySet = "validity_set" {
        /// Whose it is.
        participant: ParticipantId,
        /// Whether it is good now.
        validity: Validity,
    }

    /// Ids or emails were taken away.
    AliasRemoved = "alias_removed" {
        /// The person.
        participant: ParticipantId,
        /// How many of them were the person's.
        removed: u32,
    }

    /// A participant was suspended or may refer again.
    ParticipantStateSet = "participant_state_set" {
        /// The participant.
        participant: ParticipantId,
        /// The state.
        state: ParticipantState,
    }

    /// It is stated how many customers could refer.
    EligibleSet = "eligible_set" {
        /// The campaign.
        campaign: CampaignId,
        /// From which day on.
        day: Day,
        /// How many.
        customers: u64,
    }

    /// It is set how a person is shown.
    ProfileSet = "profile_set" {
        /// The person.
        participant: ParticipantId,
        /// Whether nothing changed, because it was so before.
        already: bool,
    }

    /// It is set how long receipts and touches are kept.
    RetentionSet = "retention_set" {
        /// How long receipts are kept, in days.
        receipt_days: u32,
        /// How long counted clicks and views are kept, in days.
        touch_days: u32,
        /// How long uncounted clicks and views are kept, in days.
        uncounted_days: u32,
        /// How long letters are kept, in days.
        #[serde(default)]
        letter_days: u32,
        /// How many letters may be kept at once.
        #[serde(default)]
        most_letters: u32,
    }

    /// A share was recorded.
    ShareRecorded = "share_recorded" {
        /// The touch.
        touch: TouchId,
        /// Which of the participant's shares it is, from 1.
        number: u32,
    }

    /// A click or view was recorded.
    ClickRecorded = "click_recorded" {
        /// The touch.
        touch: TouchId,
        /// The campaign.
        campaign: CampaignId,
        /// Whose link it was.
        referrer: ParticipantId,
        /// What stood behind it. All but `human` do not count.
        verdict: Verdict,
        /// Where to send the visitor; none if the campaign has no destination.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        destination: Option<String>,
    }

    /// A person is a lead.
    LeadRecorded = "lead_recorded" {
        /// The referral.
        referral: ReferralKey,
        /// Who referred.
        referrer: ParticipantId,
        /// What named the referrer.
        evidence: Evidence,
        /// How far the referral is now.
        progress: Progress,
        /// Whether it was a lead before, with the same referrer.
        already: bool,
    }

    /// A referral was moved by hand.
    ReferralMoved = "referral_moved" {
        /// The referral.
        referral: ReferralKey,
        /// How far it is now.
        progress: Progress,
    }

    /// A conversion was recorded.
    ConversionRecorded = "conversion_recorded" {
        /// The conversion, under its first id.
        conversion: ConversionKey,
        /// Whose it is.
        participant: ParticipantId,
        /// In which campaigns it was counted.
        counted_in: Vec<CampaignId>,
        /// Whether it waits for its person to become a lead.
        waiting: bool,
    }

    /// A further id of a conversion is known.
    ReferenceAdded = "reference_added" {
        /// The conversion.
        conversion: ConversionKey,
    }

    /// A refund was recorded.
    RefundRecorded = "refund_recorded" {
        /// The conversion.
        conversion: ConversionKey,
        /// Whether the conversion itself is still awaited.
        awaited: bool,
        /// All that was refunded of it so far, in minor units.
        refunded_minor: i64,
    }

    /// A refund was taken back.
    RefundCancelled = "refund_cancelled" {
        /// The conversion.
        conversion: ConversionKey,
        /// The refund's own id.
        refund: EventId,
        /// All that is refunded of the conversion now, in minor units.
        refunded_minor: i64,
    }

    /// A conversion was corrected, voided or restored.
    ConversionChanged = "conversion_changed" {
        /// The conversion.
        conversion: ConversionKey,
        /// Whether the conversion itself is still awaited.
        awaited: bool,
    }

    /// A referral was given to another referrer.
    Reassigned = "reassigned" {
        /// The referral.
        referral: ReferralKey,
        /// Whose it was.
        from: ParticipantId,
        /// Whose it is now.
        to: ParticipantId,
    }

    /// Two people are one.
    PeopleMerged = "people_merged" {
        /// The person who stays.
        participant: ParticipantId,
        /// The ids that lead to that person from now on; none, if they were one before.
        merged: Vec<ParticipantId>,
        /// The referrals that would not have begun, and are taken back.
        superseded: Vec<ReferralKey>,
        /// The referrals between the two, which are denied.
        denied: Vec<ReferralKey>,
    }

    /// A referral was moderated.
    Moderated = "moderated" {
        /// The referral.
        referral: ReferralKey,
        /// What moderation says now.
        moderation: Moderation,
    }

    /// A reward was moved on.
    RewardMoved = "reward_moved" {
        /// The reward.
        reward: RewardKey,
        /// Where it stands now.
        state: RewardState,
        /// How much was handed over, used or taken back by this.
        amount: Amount,
        /// How much of it paid an older debt instead.
        netted: i64,
    }

    /// If anybody has the email, a token is on its way to them.
    LookupRequested = "lookup_requested" {
        /// Until when a token would be good.
        expires_at: Timestamp,
    }

    /// A lookup's token was good, and is used now.
    LookupOpened = "lookup_opened" {
        /// Whose referrals may be shown: what the host keeps in its session.
        participant: ParticipantId,
        /// The campaign on whose page it was asked.
        campaign: CampaignId,
    }

    /// It is recorded that a person wants no mails, or none of some kinds.
    Unsubscribed = "unsubscribed" {
        /// The person.
        participant: ParticipantId,
        /// All that the person chose about mail, as it is now.
        consent: Consent,
        /// Whether nothing changed, because it was known before.
        already: bool,
    }

    /// It is recorded that a person wants mails, or those of some kinds.
    Resubscribed = "resubscribed" {
        /// The person.
        participant: ParticipantId,
        /// All that the person chose about mail, as it is now.
        consent: Consent,
        /// Whether nothing changed, because it was known before.
        already: bool,
    }

    /// A person was erased.
    PersonErased = "person_erased" {
        /// Whom it was, under the id that stays.
        participant: ParticipantId,
        /// How many records were removed, or cleared of what they said of the person.
        records: u32,
        /// Whether the person was erased before.
        already: bool,
    }

    /// A message that could not be used is kept.
    LetterKept = "letter_kept" {
        /// The letter.
        letter: LetterKey,
        /// Whether its body is kept. If not, its sender has to keep it.
        sealed: bool,
        /// How often it was tried.
        tries: u32,
    }

    /// A letter was replayed or dropped.
    LetterStateSet = "letter_state_set" {
        /// The letter.
        letter: LetterKey,
        /// What became of it.
        state: LetterState,
    }

    /// A timer was fired.
    TimerFired = "timer_fired" {
        /// What it brought.
        brought: TimerKind,
    }
}
