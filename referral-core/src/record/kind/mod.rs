//! The closed list of record kinds; each is described in the file of its family.

mod campaign;
mod counts;
mod letters;
mod links;
mod messages;
mod people;
mod referral;
mod reward;
mod tenant;
mod visits;

pub use campaign::{Campaign, CampaignKey, CampaignName, CampaignNameKey, CampaignVersion, CampaignVersionKey};
pub use counts::{
    Eligible, EligibleKey, PartSums, PartSumsKey, PeriodSums, PeriodSumsKey, PersonSums, PersonSumsKey, Standing,
    StandingKey, Total, TotalKey,
};
pub use letters::{
    Letter, LetterBody, LetterBodyKey, LetterCount, LetterCountKey, LetterKey, LetterPerson, LetterPersonKey,
};
pub use links::{Code, CodeKey, Enrolment, EnrolmentKey, Grant, GrantKey, Link, LinkKey, TakenCode, TakenCodeKey};
pub use messages::{Delivery, DeliveryKey, Notification, NotificationKey};
pub use people::{
    Alias, AliasKey, Lookup, LookupKey, LookupLimit, LookupLimitKey, Participant, ParticipantKey, Person, PersonKey,
};
pub use referral::{Conversion, ConversionKey, Reference, ReferenceKey, Referral, ReferralKey, Refund, RefundKey};
pub use reward::{
    Balance, BalanceKey, Debt, DebtKey, Entry, EntryKey, Group, GroupKey, KeptLevel, KeptLevelKey, Reward, RewardKey,
    Tally, TallyKey, Window, WindowKey,
};
pub use tenant::{Receipt, ReceiptKey, Settings, SettingsKey, Timer, TimerKey};
pub use visits::{EvidenceTouches, EvidenceTouchesKey, Touch, TouchKey, Visit, VisitKey, Visitor, VisitorKey};

use super::closed::kinds;
use super::describe::{Described, DescribedKey, RecordKind, Table};
use super::field::{Cell, RowReader};
use crate::error::StoreError;
use crate::value::Timestamp;

kinds! {
    Settings (SettingsKey) = "settings",
    CampaignName (CampaignNameKey) = "campaign_name",
    Campaign (CampaignKey) = "campaign",
    CampaignVersion (CampaignVersionKey) = "campaign_version",
    Participant (ParticipantKey) = "participant",
    Person (PersonKey) = "person",
    Alias (AliasKey) = "alias",
    Enrolment (EnrolmentKey) = "enrolment",
    Grant (GrantKey) = "grant_of_links",
    Link (LinkKey) = "link",
    Code (CodeKey) = "code",
    TakenCode (TakenCodeKey) = "taken_code",
    Visitor (VisitorKey) = "visitor",
    Visit (VisitKey) = "visit",
    Touch (TouchKey) = "touch",
    Referral (ReferralKey) = "referral",
    EvidenceTouches (EvidenceTouchesKey) = "evidence_touches",
    Conversion (ConversionKey) = "conversion",
    Reference (ReferenceKey) = "reference",
    Refund (RefundKey) = "refund",
    Reward (RewardKey) = "reward",
    Entry (EntryKey) = "ledger_entry",
    Tally (TallyKey) = "tally",
    Group (GroupKey) = "group_of_every",
    KeptLevel (KeptLevelKey) = "kept_level",
    Window (WindowKey) = "rolling_window",
    Balance (BalanceKey) = "balance",
    Debt (DebtKey) = "debt",
    PeriodSums (PeriodSumsKey) = "period_sums",
    PartSums (PartSumsKey) = "part_sums",
    PersonSums (PersonSumsKey) = "person_sums",
    Eligible (EligibleKey) = "eligible",
    Total (TotalKey) = "total",
    Standing (StandingKey) = "standing",
    Receipt (ReceiptKey) = "receipt",
    Notification (NotificationKey) = "notification",
    Delivery (DeliveryKey) = "delivery",
    Timer (TimerKey) = "timer",
    Lookup (LookupKey) = "lookup",
    LookupLimit (LookupLimitKey) = "lookup_limit",
    Letter (LetterKey) = "letter",
    LetterBody (LetterBodyKey) = "letter_body",
    LetterPerson (LetterPersonKey) = "letter_person",
    LetterCount (LetterCountKey) = "letter_count",
}
