//! Records refunds: amounts follow, a qualification that rests on nothing is taken back, and what is refunded whole nets to
//! zero. A refund may arrive first: it then waits under its purchase's event id.

use super::amount::{Base, amount, refunded};
use super::answer::{Decided, document};
use super::campaign;
use super::conversion;
use super::group;
use super::halt::{Decide, Halt};
use super::metrics;
use super::qualify;
use super::reference;
use super::reward;
use super::scene::Scene;
use super::view::View;
use crate::campaign::Give;
use crate::command::{AnyOutcome, Finding, Outcome, Reason, RecordRefund, RefundAmount, RefundRecorded};
use crate::error::Error;
use crate::record::{
    Conversion, ConversionKey, ConversionKind, ConversionState, Data, Document, Metric, Progress, RecordKind,
    ReferralKey, Refund, RefundKey, Reward, RewardKey,
};
use crate::value::Currency;

const REFUNDED: &str = "refund";

/// Records a refund.
pub(super) fn record(view: &mut View<'_>, command: &RecordRefund, content: [u8; 32]) -> Decide<Decided> {
    let money = command.amount.money();
    if money.minor <= 0 {
        return Err(Error::command("amount", "is greater than zero").into());
    }
    let given = ConversionKey { source: command.source.clone(), event: command.event.clone() };
    let own = RefundKey { source: given.source.clone(), event: given.event.clone(), refund: command.refund.clone() };
    view.need([own.clone().into(), given.clone().into()])?;
    if let Some(known) = view.get::<Refund>(own.clone())? {
        if known.content != content {
            let (source_name, event) = (own.source.to_string(), own.refund.to_string());
            return Err(Error::EventReused { source_name, event }.into());
        }
        return Ok(Decided::Repeated(known.answer));
    }
    let key = reference::resolve(view, &given)?;
    let mut conversion = view.get::<Conversion>(key.clone())?.unwrap_or_else(|| awaited(view, &key, None));
    if conversion.state == ConversionState::Awaited && is_untouched(&conversion) {
        conversion.currency = Some(money.currency);
    }
    if conversion.currency != Some(money.currency) {
        return Err(Halt::Declined(Reason::RefundCurrency));
    }
    let (mut sum, mut total) = (conversion.refunded_sum, conversion.refunded_total);
    match command.amount {
        RefundAmount::Amount(_) => sum = sum.saturating_add(money.minor),
        RefundAmount::Cumulative(_) => total = total.max(money.minor),
    }
    if conversion.state == ConversionState::Recorded {
        conversion = follow_everywhere(view, conversion, sum, total)?;
    } else {
        (conversion.refunded_sum, conversion.refunded_total) = (sum, total);
    }
    let is_awaited = conversion.state == ConversionState::Awaited;
    if is_awaited {
        view.find(Finding::new(Reason::WaitsForConversion));
    }
    let refunded_minor = if is_awaited { sum.max(total) } else { refunded(&conversion) };
    view.put(conversion);
    let outcome = AnyOutcome::from(RefundRecorded { conversion: key, awaited: is_awaited, refunded_minor });
    let answer = document(&Outcome::Accepted(outcome.clone()), view.decision());
    view.put(Refund {
        source: own.source,
        event: own.event,
        refund: own.refund,
        currency: money.currency,
        amount_minor: money.minor,
        cumulative: matches!(command.amount, RefundAmount::Cumulative(_)),
        received_at: view.now(),
        content,
        answer,
    });
    Ok(Decided::New(outcome))
}

/// Whether nothing of a conversion was refunded.
pub(super) fn is_untouched(conversion: &Conversion) -> bool {
    conversion.refunded_sum == 0 && conversion.refunded_total == 0
}

/// An awaited conversion whose refunds went to the one that it is a further id of.
pub(super) fn emptied(awaited: Conversion) -> Conversion {
    Conversion { refunded_sum: 0, refunded_total: 0, currency: None, ..awaited }
}

/// A conversion of which nothing is known but refunds in `currency`, or nothing at all.
pub(super) fn awaited(view: &View<'_>, key: &ConversionKey, currency: Option<Currency>) -> Conversion {
    let now = view.now();
    Conversion {
        source: key.source.clone(),
        event: key.event.clone(),
        state: ConversionState::Awaited,
        participant: None,
        converted: ConversionKind::Custom,
        only_in: None,
        currency,
        total_minor: 0,
        tax_minor: 0,
        shipping_minor: 0,
        country: None,
        coupon: None,
        data: Data::default(),
        occurred_at: now,
        received_at: now,
        refunded_sum: 0,
        refunded_total: 0,
        counted_in: Vec::new(),
        rewards: Vec::new(),
        content: None,
        answer: Document::default(),
    }
}

/// Lets everything that rests on a conversion follow its refunds, in every campaign in which it was counted.
fn follow_everywhere(view: &mut View<'_>, mut conversion: Conversion, sum: i64, total: i64) -> Decide<Conversion> {
    let Some(invitee) = conversion.participant else { return Ok(conversion) };
    let before = (conversion.refunded_sum, conversion.refunded_total);
    for campaign in conversion.counted_in.clone() {
        let current = campaign::existing(view, campaign)?;
        let Some(mut scene) = Scene::enter(view, current, &ReferralKey { campaign, invitee })? else { continue };
        (conversion.refunded_sum, conversion.refunded_total) = before;
        scene.order = Some(conversion);
        apply(view, &mut scene, sum, total)?;
        let order = scene.order.take().ok_or_else(|| Error::command("event", "is missing"))?;
        scene.leave(view);
        conversion = order;
    }
    (conversion.refunded_sum, conversion.refunded_total) = (sum, total);
    Ok(conversion)
}

/// Adds what awaited refunds amount to, now that they turn out to be of a known conversion.
pub(super) fn merge(view: &mut View<'_>, main: &ConversionKey, awaited: Conversion) -> Decide<()> {
    if is_untouched(&awaited) {
        return Ok(());
    }
    let mut conversion = view.expect::<Conversion>(main.clone())?;
    if conversion.state == ConversionState::Awaited && is_untouched(&conversion) {
        conversion.currency = awaited.currency;
    }
    let (refunded_sum, refunded_total, currency) = (awaited.refunded_sum, awaited.refunded_total, awaited.currency);
    view.put(emptied(awaited));
    if conversion.currency != currency {
        view.find(Finding::new(Reason::RefundCurrency));
        return Ok(());
    }
    let sum = conversion.refunded_sum.saturating_add(refunded_sum);
    let total = conversion.refunded_total.max(refunded_total);
    if conversion.state == ConversionState::Recorded {
        conversion = follow_everywhere(view, conversion, sum, total)?;
    }
    (conversion.refunded_sum, conversion.refunded_total) = (sum, total);
    view.put(conversion);
    Ok(())
}

/// Sets what was refunded of the scene's order, and lets its rewards, its revenue and its qualification follow.
pub(super) fn apply(view: &mut View<'_>, scene: &mut Scene, sum: i64, total: i64) -> Decide<()> {
    let Some(order) = scene.order.as_mut() else { return Ok(()) };
    let before = Base::of(order);
    (order.refunded_sum, order.refunded_total) = (sum, total);
    let after = Base::of(order);
    let (Some(before), Some(after)) = (before, after) else { return Ok(()) };
    if before == after {
        return Ok(());
    }
    let lost = after.net_left()?.minor - before.net_left()?.minor;
    let (currency, now) = (after.net_left()?.currency, view.now());
    let dimensions = conversion::dimensions(scene);
    metrics::count_at(view, &scene.current, Metric::Revenue, currency.code(), lost, now, &dimensions);
    follow_rewards(view, scene, after)?;
    if after.is_gone() { follow_qualification(view, scene) } else { follow_groups(view, scene) }
}

fn follow_rewards(view: &mut View<'_>, scene: &Scene, base: Base) -> Decide<()> {
    let campaign = scene.current.id();
    let rewards = scene.order.iter().flat_map(|order| &order.rewards).filter(|key| key.campaign == campaign);
    for key in rewards.cloned().collect::<Vec<_>>() {
        let mut reward = view.expect::<Reward>(key.clone())?;
        let Some(give) = give_of(view, &reward, &key)? else { continue };
        if let Ok(amount) = amount(&give, Some(base))? {
            reward::set_quantity(view, &scene.current, &mut reward, amount.quantity(), REFUNDED)?;
            view.put(reward);
        }
    }
    Ok(())
}

/// What the reward's rule gives, by the version that the reward follows.
fn give_of(view: &mut View<'_>, reward: &Reward, key: &RewardKey) -> Decide<Option<Give>> {
    let version = campaign::version(view, key.campaign, reward.version)?;
    Ok(version.rule(&key.rule).and_then(|rule| rule.model.give.clone()))
}

fn follow_groups(view: &mut View<'_>, scene: &Scene) -> Decide<()> {
    let is_base = scene.order.as_ref().map(RecordKind::key).as_ref() == scene.referral.qualified_by.first();
    if is_base && scene.referral.progress == Progress::Qualified {
        return group::follow_order(view, scene);
    }
    Ok(())
}

/// The scene's order is gone: what it qualified falls back on the next conversion that stands, or is taken back.
fn follow_qualification(view: &mut View<'_>, scene: &mut Scene) -> Decide<()> {
    let Some(gone) = scene.order.as_ref().map(RecordKind::key) else { return Ok(()) };
    let was_base = scene.referral.qualified_by.first() == Some(&gone);
    scene.referral.qualified_by.retain(|key| *key != gone);
    if !was_base || scene.referral.progress != Progress::Qualified {
        return Ok(());
    }
    qualify::unqualify(view, scene, REFUNDED)?;
    let refunded = scene.order.take();
    if let Some(next) = scene.referral.qualified_by.first().cloned() {
        scene.order = Some(view.expect::<Conversion>(next)?);
        qualify::qualify(view, scene)?;
        if let Some(next) = scene.order.take() {
            view.put(next);
        }
    } else if scene.referral.qualified_by_hand {
        qualify::qualify(view, scene)?;
    }
    scene.order = refunded;
    Ok(())
}
