//! What conditions ask: the fields of an order, an invitee, a referrer, a referral, a share.

use serde_json::Value as Json;

use super::amount::Base;
use super::scene::Scene;
use crate::campaign::Compiled;
use crate::command::{Finding, Reason};
use crate::record::{Conversion, Enrolment, Participant, ParticipantState};
use crate::rule::condition::{Condition, CustomField, Facts, Slot, Type, Value, Verdict};
use crate::value::{Money, Timestamp};

/// The facts of a referral, with the order that is decided about, if there is one.
#[derive(Debug)]
pub(super) struct ReferralFacts<'a> {
    scene: &'a Scene,
    channel: Option<String>,
    qualification: u32,
    now: Timestamp,
}

impl<'a> ReferralFacts<'a> {
    /// The facts of a scene at `now`, when its referral qualifies for the so-many-th time.
    pub(super) fn new(scene: &'a Scene, qualification: u32, now: Timestamp) -> Self {
        let channel = scene.referral.channel.as_ref().map(ToString::to_string);
        Self { scene, channel, qualification, now }
    }

    fn order(&self, slot: Slot, order: &'a Conversion) -> Option<Value<'_>> {
        let money = |minor| order.currency.map(|currency| Value::Money(Money::new(minor, currency)));
        // Conditions see the order as it was placed: a partial refund evaluates amounts again, not conditions.
        let untouched = Conversion { refunded_sum: 0, refunded_total: 0, ..order.clone() };
        match slot {
            Slot::OrderTotal => money(order.total_minor),
            Slot::OrderNet => Base::of(&untouched).and_then(|base| base.net_left().ok()).map(Value::Money),
            Slot::OrderTax => money(order.tax_minor),
            Slot::OrderShipping => money(order.shipping_minor),
            Slot::OrderCurrency => order.currency.map(|currency| Value::Str(currency.code())),
            Slot::OrderCountry => order.country.as_ref().map(|country| Value::Str(country.as_str())),
            Slot::OrderKind => Some(Value::Str(order.converted.as_str())),
            Slot::OrderSource => Some(Value::Str(order.source.as_str())),
            Slot::OrderCoupon => order.coupon.as_deref().map(Value::Str),
            Slot::OrderNumber => Some(Value::Int(i64::from(self.scene.order_number))),
            Slot::OrderOccurredAt => Some(Value::Time(order.occurred_at)),
            _ => None,
        }
    }

    fn custom(&self, index: u16) -> Option<Value<'_>> {
        let field = self.scene.pinned.model.fields.get(usize::from(index))?;
        if let Some(name) = field.path.strip_prefix("order.data.") {
            return stated(field, self.scene.order.as_ref()?.data.0.get(name)?);
        }
        if let Some(name) = field.path.strip_prefix("invitee.data.") {
            return stated(field, self.scene.invitee.data.0.get(name)?);
        }
        of_referrer(field, &self.scene.referrer)
    }
}

/// What a host stated of a referrer.
fn of_referrer<'a>(field: &CustomField, referrer: &'a Participant) -> Option<Value<'a>> {
    stated(field, referrer.data.0.get(field.path.strip_prefix("referrer.data.")?)?)
}

/// What a host stated, if it is of the type that the campaign declares.
fn stated<'a>(field: &CustomField, json: &'a Json) -> Option<Value<'a>> {
    match field.kind {
        Type::Bool => json.as_bool().map(Value::Bool),
        Type::Int => json.as_i64().map(Value::Int),
        Type::String => json.as_str().map(Value::Str),
        Type::Money => json.as_str()?.parse().ok().map(Value::Money),
        Type::Time => json.as_str()?.parse().ok().map(Value::Time),
        Type::Strings => None,
    }
}

impl Facts for ReferralFacts<'_> {
    fn get(&self, slot: Slot) -> Option<Value<'_>> {
        let Scene { referral, invitee, referrer, enrolment, .. } = self.scene;
        match slot {
            Slot::InviteeIsNew => Some(Value::Bool(referral.is_new)),
            Slot::InviteeCountry => invitee.country.as_ref().map(|country| Value::Str(country.as_str())),
            Slot::InviteeEnrolledAt => Some(Value::Time(invitee.enrolled_at)),
            Slot::ReferrerIsActive => Some(Value::Bool(referrer.state == ParticipantState::Active)),
            Slot::ReferrerEnrolledAt => Some(Value::Time(enrolment.enrolled_at)),
            Slot::ReferrerQualified => Some(Value::Int(enrolment.qualified)),
            Slot::ReferralChannel => self.channel.as_deref().map(Value::Str),
            Slot::ReferralLeadAt => Some(Value::Time(referral.lead_at)),
            Slot::ReferralClickedAt => referral.clicked_at.map(Value::Time),
            Slot::ReferralQualification => Some(Value::Int(i64::from(self.qualification))),
            Slot::ReferralVersion => Some(Value::Int(i64::from(referral.version))),
            Slot::Now => Some(Value::Time(self.now)),
            Slot::Custom(index) => self.custom(index),
            Slot::ShareChannel | Slot::ShareNumber => None,
            slot => self.order(slot, self.scene.order.as_ref()?),
        }
    }
}

/// The facts of a share.
#[derive(Debug)]
pub(super) struct ShareFacts<'a> {
    /// The campaign.
    pub(super) campaign: &'a Compiled,
    /// Where it was shared.
    pub(super) channel: String,
    /// Who shared.
    pub(super) participant: &'a Participant,
    /// Their part in the campaign.
    pub(super) enrolment: &'a Enrolment,
    /// The time of the decision.
    pub(super) now: Timestamp,
}

impl Facts for ShareFacts<'_> {
    fn get(&self, slot: Slot) -> Option<Value<'_>> {
        match slot {
            Slot::ShareChannel => Some(Value::Str(&self.channel)),
            Slot::ShareNumber => Some(Value::Int(i64::from(self.enrolment.shares))),
            Slot::ReferrerIsActive => Some(Value::Bool(self.participant.state == ParticipantState::Active)),
            Slot::ReferrerEnrolledAt => Some(Value::Time(self.enrolment.enrolled_at)),
            Slot::ReferrerQualified => Some(Value::Int(self.enrolment.qualified)),
            Slot::Now => Some(Value::Time(self.now)),
            Slot::Custom(index) => of_referrer(self.campaign.model.fields.get(usize::from(index))?, self.participant),
            _ => None,
        }
    }
}

/// Why a condition is not met; nothing if it is, or if there is none.
pub(super) fn unmet(when: Option<&Condition>, facts: &dyn Facts) -> Option<Finding> {
    match when?.evaluate(facts) {
        Verdict::Holds => None,
        Verdict::Fails { part } => Some(Finding::new(Reason::ConditionNotMet).because(part)),
        Verdict::Unknown { part, field, problem } => {
            Some(Finding::new(Reason::ConditionUnknown).because(format!("{part}: {field}: {}", problem.code())))
        }
    }
}
