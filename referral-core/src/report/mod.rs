//! Answers: funnels, leaderboards, what a person has, what is owed, and why.
//!
//! Each is a [`Question`](crate::engine::Question) that reads totals and records and writes nothing. Formulas stand with
//! the fields that hold their results; a ratio whose denominator is 0 is not there.

pub mod audit;
mod declare;
mod page_of;
mod place;
mod shown;
mod summed;
mod question;
mod numbers;
mod of_ids;
mod ratio;
mod interval;
mod stage;
mod members;
mod delays;

mod campaign;
mod delivery;
mod digest;
mod explain;
mod export;
mod funnel;
mod hands;
mod landing;
mod leaderboard;
mod letter;
mod lookup;
mod merge;
mod motivators;
mod participant;
mod progress;
mod reasons;
mod referral;
mod retention;
mod reward;
mod share;
mod text;
mod tree;
mod touches;

pub use campaign::{CampaignPage, CampaignReport};
pub use delays::{DelayRange, Delays};
pub use delivery::{DeliveryPage, DeliveryReport};
pub use digest::{Digest, DigestMark, DigestMarkPage};
pub use explain::{DecisionOf, EntryReport, Explained, ExplainedReferral, Explanation, StoredDecision, Unexplained};
pub use export::{Export, PersonData};
pub use funnel::{Balances, Breakdown, Cohort, DayStage, Funnel, UnitBalances};
pub use hands::{HandDid, HandReport};
pub use interval::Interval;
pub use landing::{FriendOffer, Invitation, Landing};
pub use letter::{LetterPage, LetterReport, OpenedLetter};
pub use lookup::{LookupReport, LookupState, MyReferral, MyReferrals, MyReward};
pub use members::{EligibleCustomers, Members};
pub use merge::MergeReport;
pub use motivators::{Difference, Motivator, Motivators};
pub use page_of::PageOf;
pub use participant::{CodeReport, EnrolmentReport, FoundParticipant, LinkReport, ParticipantReport, PersonBalances};
pub use place::{Begin, Leaderboard, Period, Place};
pub(crate) use progress::of as progress_of;
pub use progress::{LevelProgress, RuleProgress};
pub use question::*;
pub use ratio::Ratio;
pub use reasons::{LimitState, RuleVerdict};
pub use referral::{ConversionReport, ReferralPage, ReferralReport};
pub use retention::RetentionReport;
pub use reward::{RewardPage, RewardReport};
pub(crate) use share::code_and_link;
pub use share::{ShareItem, ShareKit};
pub(crate) use shown::shown;
pub use stage::{Rates, Ratios, Stage};
pub use text::sentence;
pub use touches::{ReferralTouches, TouchDimension, TouchShare, TouchShares, TouchSpread, TouchSum, WHOLE};
pub use tree::{Ancestor, AncestorReport, AncestorsEnd, Descendant, DescendantPage, TreeLevel, TreeReport, TreeValue};
