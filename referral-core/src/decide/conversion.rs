//! Records conversions: in which campaigns they count, what they qualify, what they earn, or for whom they wait.

use super::amount::Base;
use super::answer::{Decided, document};
use super::campaign;
use super::halt::{Decide, Halt};
use super::lead;
use super::metrics::{self, Dimensions};
use super::people::{self, check_data};
use super::qualify;
use super::reference::{self, Known};
use super::refund;
use super::rules::{self, Occasion};
use super::scene::Scene;
use super::timer;
use super::view::View;
use crate::campaign::Trigger;
use crate::command::{ConversionRecorded, Finding, Outcome, Reason, RecordConversion};
use crate::error::{Error, Result};
use crate::record::{
    Cause, Conversion, ConversionKey, ConversionState, Document, Metric, Moderation, Participant, ParticipantKey,
    Progress, RecordKind, ReferralKey, Subject, Timer, TimerKey, TimerKind, Waiting,
};
use crate::value::{CampaignId, Money, Span, Timestamp};

/// So many purchases wait with a person who is no lead yet.
const MOST_WAITING: usize = 16;
const MOST_REFERENCES: usize = 8;
const WAITING: Span = Span::hours(72);

/// Records a conversion.
pub(super) fn record(view: &mut View<'_>, command: &RecordConversion, content: [u8; 32]) -> Decide<Decided> {
    let money = Amounts::check(command)?;
    let key = ConversionKey { source: command.source.clone(), event: command.event.clone() };
    let (main, refunds) = match reference::known_as(view, command, &key, content)? {
        Known::Before(answer) => return Ok(Decided::Repeated(answer)),
        Known::NotYet { main, refunds } => (main, refunds),
    };
    let person = people::register(view, &command.person)?;
    let only_in = match &command.campaign {
        Some(slug) => Some(campaign::by_slug(view, slug)?.id()),
        None => None,
    };
    let content = (main == key).then_some(content);
    let mut conversion = money.conversion(view.now(), command, main, content);
    conversion.participant = Some(person.participant);
    conversion.only_in = only_in;
    refunds.hand_over(view, &mut conversion);
    if let Some(campaign) = only_in {
        begin_referral(view, command, campaign, &person)?;
    }
    let conversion = count_everywhere(view, conversion)?;
    let conversion = wait_if_uncounted(view, command, conversion)?;
    finish(view, conversion).map(Decided::New)
}

fn finish(view: &mut View<'_>, mut conversion: Conversion) -> Decide<crate::command::AnyOutcome> {
    let outcome = ConversionRecorded {
        conversion: conversion.key(),
        participant: conversion.participant.ok_or_else(|| Error::command("person", "is missing"))?,
        counted_in: conversion.counted_in.clone(),
        waiting: conversion.state == ConversionState::Waiting,
    };
    conversion.answer = document(&Outcome::Accepted(outcome.clone().into()), view.decision());
    view.put(conversion);
    Ok(outcome.into())
}

/// The amounts of a command, checked against one another.
struct Amounts {
    total: Option<Money>,
    tax: i64,
    shipping: i64,
}

impl Amounts {
    fn check(command: &RecordConversion) -> Result<Self> {
        if command.references.len() > MOST_REFERENCES {
            return Err(Error::command("references", "are at most 8"));
        }
        if !command.evidence.is_empty() && command.campaign.is_none() {
            return Err(Error::command("evidence", "needs the campaign that it is for"));
        }
        if command.coupon.as_ref().is_some_and(|coupon| coupon.len() > 255 || coupon.contains(char::is_control)) {
            return Err(Error::command("coupon", "has at most 255 bytes, none of them a control character"));
        }
        check_data("data", &command.data)?;
        let part = |field, money: Option<Money>| match (money, command.total) {
            (None, _) => Ok(0),
            (Some(money), Some(total)) if money.currency == total.currency && money.minor >= 0 => Ok(money.minor),
            _ => Err(Error::command(field, "needs a total in the same currency and is not negative")),
        };
        let (tax, shipping) = (part("tax", command.tax)?, part("shipping", command.shipping)?);
        let total = command.total.map_or(0, |total| total.minor);
        if total < 0 || tax.checked_add(shipping).is_none_or(|both| both > total) {
            return Err(Error::command("total", "is not negative, and not less than tax and shipping together"));
        }
        Ok(Self { total: command.total, tax, shipping })
    }

    fn conversion(
        &self,
        now: Timestamp,
        command: &RecordConversion,
        main: ConversionKey,
        content: Option<[u8; 32]>,
    ) -> Conversion {
        Conversion {
            source: main.source,
            event: main.event,
            state: ConversionState::Recorded,
            participant: None,
            converted: command.kind,
            only_in: None,
            currency: self.total.map(|total| total.currency),
            total_minor: self.total.map_or(0, |total| total.minor),
            tax_minor: self.tax,
            shipping_minor: self.shipping,
            country: command.country,
            coupon: command.coupon.clone(),
            data: command.data.clone(),
            // Claimed by the source: never later than it was received.
            occurred_at: command.occurred_at.map_or(now, |at| at.min(now)),
            received_at: now,
            refunded_sum: 0,
            refunded_total: 0,
            counted_in: Vec::new(),
            rewards: Vec::new(),
            content,
            answer: Document::default(),
        }
    }
}

/// Skipping a step: a purchase with evidence makes the lead first. A purchase is never lost because its evidence is bad.
fn begin_referral(
    view: &mut View<'_>,
    command: &RecordConversion,
    campaign: CampaignId,
    person: &Participant,
) -> Decide<()> {
    let key = ReferralKey { campaign, invitee: person.participant };
    if command.evidence.is_empty() || view.get::<crate::record::Referral>(key)?.is_some() {
        return Ok(());
    }
    let current = campaign::existing(view, campaign)?;
    match lead::begin(view, current, person.clone(), &command.evidence) {
        Ok(scene) => scene.leave(view),
        Err(Halt::Declined(reason)) => view.find(Finding::new(reason).in_campaign(campaign)),
        Err(Halt::Failed(error @ (Error::InvalidLink { .. } | Error::NotFound { .. }))) => {
            let finding = Finding::new(Reason::EvidenceUnknown).in_campaign(campaign);
            view.find(finding.because(error.code()));
        }
        Err(halt) => return Err(halt),
    }
    Ok(())
}

/// Counts the conversion in every campaign where its person has a referral, or in the one that it names.
fn count_everywhere(view: &mut View<'_>, mut conversion: Conversion) -> Decide<Conversion> {
    let Some(participant) = conversion.participant else { return Ok(conversion) };
    let person = view.expect::<Participant>(ParticipantKey { participant })?;
    let campaigns =
        person.referred_in.into_iter().filter(|campaign| conversion.only_in.is_none_or(|only| only == *campaign));
    for campaign in campaigns.collect::<Vec<_>>() {
        let current = campaign::existing(view, campaign)?;
        let key = ReferralKey { campaign, invitee: participant };
        let Some(mut scene) = Scene::enter(view, current, &key)? else { continue };
        scene.order = Some(conversion);
        count(view, &mut scene)?;
        conversion = leave(view, scene)?;
    }
    Ok(conversion)
}

/// Leaves the scene and takes its order out of it, as it is now.
fn leave(view: &mut View<'_>, mut scene: Scene) -> Decide<Conversion> {
    let order = scene.order.take().ok_or_else(|| Error::command("event", "is missing"))?;
    scene.leave(view);
    Ok(order)
}

/// Counts the scene's order for its referral, as it was placed; then what was refunded of it before.
fn count(view: &mut View<'_>, scene: &mut Scene) -> Decide<()> {
    let referral = &mut scene.referral;
    let Some(order) = scene.order.as_mut() else { return Ok(()) };
    if referral.moderation == Moderation::Denied {
        view.find(Finding::new(Reason::ReferralDenied).in_campaign(referral.campaign));
        return Ok(());
    }
    if matches!(referral.progress, Progress::Lost | Progress::Expired) {
        let detail = referral.progress.as_str();
        view.find(Finding::new(Reason::ReferralState).in_campaign(referral.campaign).because(detail));
        return Ok(());
    }
    let (sum, total) = (std::mem::take(&mut order.refunded_sum), std::mem::take(&mut order.refunded_total));
    order.counted_in.push(referral.campaign);
    let number = referral.conversions.0.entry(order.converted).or_insert(0);
    *number = number.saturating_add(1);
    scene.order_number = *number;
    let (on, cause) = (Trigger::of(order.converted), Cause::Event(order.source.clone(), order.event.clone()));
    let occasion = Occasion { on, number: scene.order_number, cause };
    count_totals(view, scene)?;
    rules::run(view, scene, &occasion)?;
    qualify::by_order(view, scene)?;
    refund::apply(view, scene, sum, total)
}

fn count_totals(view: &mut View<'_>, scene: &Scene) -> Decide<()> {
    let dimensions = dimensions(scene);
    metrics::count(view, &scene.current, Metric::Conversions, 1, &dimensions);
    if let Some(base) = scene.order.as_ref().and_then(Base::of) {
        let net = base.net_left()?;
        let now = view.now();
        metrics::count_at(view, &scene.current, Metric::Revenue, net.currency.code(), net.minor, now, &dimensions);
    }
    Ok(())
}

/// What the totals of a scene's order are told apart by.
pub(super) fn dimensions(scene: &Scene) -> Dimensions {
    Dimensions {
        channel: scene.referral.channel.clone(),
        country: scene.referral.country,
        version: Some(scene.referral.version),
        referrer: Some(scene.referral.referrer),
    }
}

/// A conversion of a person without a referral waits for the person to become a lead.
fn wait_if_uncounted(
    view: &mut View<'_>,
    command: &RecordConversion,
    mut conversion: Conversion,
) -> Decide<Conversion> {
    let Some(participant) = conversion.participant else { return Ok(conversion) };
    let mut person = view.expect::<Participant>(ParticipantKey { participant })?;
    let has_referral =
        person.referred_in.iter().any(|campaign| conversion.only_in.is_none_or(|only| only == *campaign));
    if has_referral {
        return Ok(conversion);
    }
    let now = view.now();
    person.waiting.retain(|waiting| waiting.until > now);
    if person.waiting.len() >= MOST_WAITING {
        view.find(Finding::new(Reason::TooManyWaiting));
        return Ok(conversion);
    }
    let span = match &command.campaign {
        Some(slug) => campaign::by_slug(view, slug)?.compiled.model.waiting,
        None => WAITING,
    };
    let until = now.plus(span.delta());
    person.waiting.push(Waiting { conversion: conversion.key(), until });
    // Whoever makes this person a lead at the same time puts the same record.
    view.put(person);
    timer::set(view, until, TimerKind::WaitEnds, Subject::Conversion(conversion.key()), conversion.only_in);
    view.find(Finding::new(Reason::WaitsForLead));
    conversion.state = ConversionState::Waiting;
    Ok(conversion)
}

/// Whether a conversion that waits may count in this campaign.
pub(super) fn may_count(view: &mut View<'_>, key: &ConversionKey, campaign: CampaignId) -> Decide<bool> {
    let conversion = view.expect::<Conversion>(key.clone())?;
    Ok(conversion.state == ConversionState::Waiting && conversion.only_in.is_none_or(|only| only == campaign))
}

/// Counts a conversion that waited for the scene's referral.
pub(super) fn count_waiting(view: &mut View<'_>, scene: &mut Scene, waiting: &Waiting) -> Decide<()> {
    let mut conversion = view.expect::<Conversion>(waiting.conversion.clone())?;
    conversion.state = ConversionState::Recorded;
    let subject = Subject::Conversion(conversion.key());
    let timer = TimerKey { due_at: waiting.until, brings: TimerKind::WaitEnds, subject };
    if view.get::<Timer>(timer.clone())?.is_some() {
        view.delete(timer);
    }
    scene.order = Some(conversion);
    count(view, scene)?;
    if let Some(order) = scene.order.take() {
        view.put(order);
    }
    Ok(())
}
