//! What conditions ask of people, of what a host states, and of a share.

use serde_json::Value as Json;

use super::context::ReferralContext;
use super::stated::AllStated;
use crate::campaign::Compiled;
use crate::command::{Finding, Reason};
use crate::evaluate::Moment;
use crate::record::{
    Browser, Conversion, Device, Enrolment, OrderFact, Origin, Participant, ParticipantState, ReferringHost, System,
    UtmValue,
};
use crate::rule::condition::{Condition, Facts, Slot, Value, Verdict};
use crate::value::{City, Timestamp};

/// Reads the parts of conditions that ask for people, for an order with what is stated of it.
pub(super) fn read_order(context: &ReferralContext, order: &OrderFact, stated: &Conversion) -> String {
    let told = Told::new(context, Some((order, stated)), order.at);
    Moment::Order(order.converted).read(&context.pinned, &told)
}

/// Reads the parts of conditions that ask for people, when the person becomes a lead.
pub(super) fn read_lead(context: &ReferralContext) -> String {
    let told = Told::new(context, None, context.referral.lead_at);
    Moment::Lead.read(&context.pinned, &told)
}

/// Reads the parts of conditions that ask for people, when a hand sets a mark.
pub(super) fn read_mark(context: &ReferralContext, at: Timestamp) -> String {
    Moment::Mark.read(&context.pinned, &Told::new(context, None, at))
}

/// What is known at the time of a fact: later evaluations keep only verdicts of it.
struct Told<'a> {
    context: &'a ReferralContext,
    order: Option<(&'a OrderFact, &'a Conversion)>,
    at: Timestamp,
    stated: AllStated,
}

impl<'a> Told<'a> {
    fn new(context: &'a ReferralContext, order: Option<(&'a OrderFact, &'a Conversion)>, at: Timestamp) -> Self {
        let find = |path: &str| {
            if let Some(name) = path.strip_prefix("order.data.") {
                return order?.1.data.0.get(name);
            }
            if let Some(name) = path.strip_prefix("invitee.data.") {
                return context.invitee.data.0.get(name);
            }
            of_referrer(path, &context.referrer)
        };
        let stated = AllStated::read(&context.pinned.model.fields, find);
        Self { context, order, at, stated }
    }
}

impl Facts for Told<'_> {
    fn get(&self, slot: Slot) -> Option<Value<'_>> {
        let ReferralContext { referral, invitee, referrer, enrolment, .. } = self.context;
        if let Some(text) = of_origin(&referral.origin, slot) {
            return Some(Value::Str(text));
        }
        match slot {
            Slot::OrderCountry => self.order?.1.country.as_ref().map(|country| Value::Str(country.as_str())),
            Slot::OrderCoupon => self.order?.1.coupon.as_deref().map(Value::Str),
            Slot::OrderKind => Some(Value::Str(self.order?.0.converted.as_str())),
            Slot::OrderSource => Some(Value::Str(self.order?.0.source.as_str())),
            Slot::OrderOccurredAt => Some(Value::Time(self.order?.0.at)),
            Slot::InviteeIsNew => Some(Value::Bool(referral.is_new)),
            Slot::InviteeCountry => invitee.country.as_ref().map(|country| Value::Str(country.as_str())),
            Slot::InviteeEnrolledAt => Some(Value::Time(invitee.enrolled_at)),
            Slot::ReferrerIsActive => Some(Value::Bool(referrer.state == ParticipantState::Active)),
            Slot::ReferrerEnrolledAt => Some(Value::Time(enrolment.enrolled_at)),
            Slot::ReferrerQualified => Some(Value::Int(enrolment.qualified)),
            Slot::ReferralLeadAt => Some(Value::Time(referral.lead_at)),
            Slot::ReferralClickedAt => referral.clicked_at.map(Value::Time),
            Slot::ReferralVersion => Some(Value::Int(i64::from(referral.version))),
            Slot::Now => Some(Value::Time(self.at)),
            Slot::Custom(index) => self.stated.get(index),
            _ => None,
        }
    }
}

/// What is known of where the invitee came from.
fn of_origin(origin: &Origin, slot: Slot) -> Option<&str> {
    let utm = &origin.utm;
    let utm = match slot {
        Slot::ReferralDevice => return origin.device.map(Device::as_str),
        Slot::ReferralBrowser => return origin.browser.map(Browser::as_str),
        Slot::ReferralSystem => return origin.system.map(System::as_str),
        Slot::ReferralReferringHost => return origin.referring_host.as_ref().map(ReferringHost::as_str),
        Slot::ReferralCity => return origin.city.as_ref().map(City::as_str),
        Slot::ReferralUtmSource => &utm.source,
        Slot::ReferralUtmMedium => &utm.medium,
        Slot::ReferralUtmCampaign => &utm.campaign,
        Slot::ReferralUtmTerm => &utm.term,
        Slot::ReferralUtmContent => &utm.content,
        _ => return None,
    };
    utm.as_ref().map(UtmValue::as_str)
}

/// What a host stated of a referrer.
fn of_referrer<'a>(path: &str, referrer: &'a Participant) -> Option<&'a Json> {
    referrer.data.0.get(path.strip_prefix("referrer.data.")?)
}

/// The facts of a share.
#[derive(Debug)]
pub(super) struct ShareFacts<'a> {
    /// Where it was shared.
    channel: String,
    /// Who shared.
    participant: &'a Participant,
    /// Their part in the campaign.
    enrolment: &'a Enrolment,
    /// The time of the decision.
    now: Timestamp,
    /// What a host stated of who shared.
    stated: AllStated,
}

impl<'a> ShareFacts<'a> {
    /// The facts of a share in a channel, by a participant with their part in the campaign.
    pub(super) fn new(
        campaign: &Compiled,
        channel: String,
        (participant, enrolment): (&'a Participant, &'a Enrolment),
        now: Timestamp,
    ) -> Self {
        let stated = AllStated::read(&campaign.model.fields, |path| of_referrer(path, participant));
        Self { channel, participant, enrolment, now, stated }
    }
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
            Slot::Custom(index) => self.stated.get(index),
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
