//! The result of an evaluation: how far a referral is, what is owed, and why the rest is not.

use super::amount::NoAmount;
use crate::record::{Cause, ConversionKey, ConversionKind, Progress, Role};
use crate::rule::condition::Verdict;
use crate::value::{Amount, Money, Timestamp};

/// The result of evaluating a referral.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target<'v> {
    /// How far it is.
    pub progress: Progress,
    /// When and by what it qualified, if it is qualified.
    pub qualified: Option<Qualified>,
    /// What is owed, in order: by time of its carrier, by rule, the referrer first.
    pub lines: Vec<Line>,
    /// What orders that were told too late would have added: one line for each rule, side and unit. The newest of these orders
    /// carries it.
    pub late: Vec<Line>,
    /// The rules with groups or milestones towards which it counts.
    pub memberships: Vec<Membership>,
    /// Whether a kept level that it helped to reach does not stand: it is denied or superseded, or all its orders are voided.
    pub discredited: bool,
    /// Whether it is under review.
    pub flagged: bool,
    /// What pays or qualifies nothing, and why.
    pub unpaid: Vec<Unpaid<'v>>,
}

impl Target<'_> {
    /// A target of which nothing is known: a lead that is owed nothing.
    #[must_use]
    pub fn nothing() -> Self {
        Self {
            progress: Progress::Lead,
            qualified: None,
            lines: Vec::new(),
            late: Vec::new(),
            memberships: Vec::new(),
            discredited: false,
            flagged: false,
            unpaid: Vec::new(),
        }
    }
}

/// When and by what a referral qualified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qualified {
    /// When it counts as qualified: never before the lead.
    pub at: Timestamp,
    /// When its carrier happened: holds run from here.
    pub since: Timestamp,
    /// What carries it.
    pub by: Carrier,
}

/// What carries a qualification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// An order.
    Order(ConversionKey),
    /// A mark by hand.
    Mark,
    /// Becoming a lead.
    Joining,
}

/// Something owed to one side because of one cause under one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The place of the rule in the version.
    pub rule: usize,
    /// The side.
    pub role: Role,
    /// The cause.
    pub cause: Cause,
    /// How much; never zero.
    pub amount: Amount,
    /// The order on which it rests, if one does.
    pub carrier: Option<ConversionKey>,
    /// When its carrier happened.
    pub at: Timestamp,
    /// Until when it is held, where the rule says so.
    pub held_until: Option<Timestamp>,
    /// Whether a hand must approve it.
    pub needs_approval: bool,
    /// Whether it is held for moderation.
    pub flagged: bool,
}

/// A rule with groups or milestones towards which a qualified referral counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The place of the rule in the version.
    pub rule: usize,
    /// What a percentage is taken of, if the qualification has an order.
    pub base: Option<Money>,
    /// When the referral qualified.
    pub qualified_at: Timestamp,
    /// When what carries the qualification happened.
    pub at: Timestamp,
    /// The order that carries it, if one does.
    pub carrier: Option<ConversionKey>,
    /// Whether the referral is under review.
    pub flagged: bool,
}

impl Membership {
    /// Whether it counts the same.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        let of = |member: &Self| (member.base, member.qualified_at, member.at, member.flagged);
        of(self) == of(other) && self.carrier == other.carrier
    }
}

/// Something that pays or qualifies nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpaid<'v> {
    /// The place of the rule in the version; none: the order does not qualify the referral.
    pub rule: Option<usize>,
    /// The order, if it is about one.
    pub order: Option<ConversionKey>,
    /// Why.
    pub why: Why<'v>,
}

/// Why a rule does not pay, or an order does not qualify.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why<'v> {
    /// The condition does not hold, or has no answer.
    NotMet(Verdict<'v>),
    /// The order's kind does not qualify here.
    KindDoesNotQualify(ConversionKind),
    /// The order happened after the window of the lead.
    WindowClosed,
    /// The order happened too long before the lead.
    BeforeWindow,
    /// The order has no place.
    NoPlace,
    /// It is an order of zero.
    ZeroOrder,
    /// The order was told too late.
    ToldTooLate,
    /// The order was voided.
    Void,
    /// The order was refunded whole.
    RefundedWhole,
    /// The campaign had ended.
    CampaignOver,
    /// The referral was denied.
    Denied,
    /// The rule does not pay the order's place.
    OccurrenceNotPaid(u32),
    /// There is no amount.
    NoAmount(NoAmount),
    /// The amount is zero.
    AmountZero,
}
