//! What is stored: closed kinds of records, each described once.
//!
//! A record kind says its columns, its key and its indexes here, and nowhere else. Adapters are generic over that
//! description ([`Kind::table`]): a new kind is an entry in a file of `kind/`, its name in the list there, and a migration.

mod closed;
mod consent;
mod describe;
mod fact;
mod field;
mod hand;
mod kind;
mod letter;
mod member;
mod name;
mod origin;
mod part;
mod retention;
mod state;
mod sums;

pub use consent::{Choice, ChosenBy, Consent, MailChoice};
pub use describe::{Column, Index, Order, RecordKind, Table};
pub use fact::{
    Correction, Met, NamedOrder, OrderFact, RefundFact, Sealed, SealedLate, SealedOrder, Voiding, note_met, note_order,
    note_refund, refunded_minor,
};
pub(crate) use field::text_enum;
pub use field::{Cell, ColumnType, Field, RowReader};
pub use hand::{
    EligibleStated, Formerly, HandMove, MOST_ELIGIBLE, MOST_HAND_MOVES, Mark, Merge, Moderating, Reassignment, Said,
    Suspicion, moderation_of, note_eligible, note_hand, note_mark, note_moderating,
};
pub use kind::*;
pub use letter::Encrypted;
pub use member::{EmptyGroup, Member, Places, SeenMember};
pub use name::{Cause, Channel, Dimension, KnownChannel, Metric, NotificationKind};
pub use origin::{Browser, Device, Origin, ReferringHost, System, UsedLink, Utm, UtmValue};
pub use part::{
    Approval, Data, Days, Document, FixedIssue, FurtherId, Netting, Private, Purpose, RecentLink, RecentLookup,
    SeenCampaign, SeenTouch, Subject, Subscription, ToldTouch, Used, WindowGrant,
};
pub use retention::{Retention, Swept};
pub use state::{
    Account, AliasKind, CampaignState, Claim, CodeKind, ConversionKind, ConversionState, DeliveryState, EntryKind,
    Evidence, GrantKind, HandKind, HoldKind, LetterState, LookupStanding, MarkKind, Moderation, ParticipantState,
    Progress, RewardState, Role, ShownAs, TimerKind, TouchKind, Validity, Verdict,
};
pub use sums::{Sums, of_part_name, of_sum_name, part_name, sum_name};
