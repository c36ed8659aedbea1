//! Records conversions: in which campaigns they count, what they qualify, what they earn, or for whom they wait.

use super::campaign;
use super::context::ReferralContext;
use super::evidence;
use super::follow::{self, Told};
use super::foresee;
use super::foresee_rewards::{self, Converts, referral};
use super::halt::{Decide, Halt};
use super::handled::{Decided, document};
use super::identity::{self, Alike};
use super::lead::{self, LeadTold};
use super::leads;
use super::moderate;
use super::orders;
use super::people::{self, check_data};
use super::reference::{self, Known};
use super::sealed;
use super::stated;
use super::view::View;
use crate::campaign::{SameMailbox, Trigger};
use crate::command::{ConversionRecorded, Finding, Outcome, Person, Reason, RecordConversion};
use crate::error::{Error, Result};
use crate::evaluate::{Facts, window_start};
use crate::record::{
    Cause, Conversion, ConversionKey, ConversionState, Document, Participant, ParticipantKey, RecordKind, Suspicion,
};
use crate::value::{CampaignId, Money};

const MOST_REFERENCES: usize = 8;
/// Before it is known where a person was referred, the referral is looked for in at most this many campaigns.
const FEW_CAMPAIGNS: usize = 4;

/// Records a conversion.
pub(super) fn record(view: &mut View<'_>, command: &RecordConversion, content: [u8; 32]) -> Decide<Decided> {
    let money = Amounts::check(command)?;
    let key = ConversionKey { source: command.source.clone(), event: command.event.clone() };
    let (main, told_before) = match reference::known_as(view, command, &key, content)? {
        Known::Before(answer) => return Ok(Decided::Repeated(answer)),
        Known::NotYet { main, told_before } => (main, told_before),
    };
    let mut person = people::register(view, &command.person)?;
    let only_in = match &command.campaign {
        Some(slug) => {
            let current = campaign::by_slug(view, slug)?;
            let fields = &current.compiled.model.fields;
            stated::check(fields, "order.data.", "data", &command.data)?;
            stated::check(fields, "invitee.data.", "person.data", &command.person.data)?;
            Some(current.id())
        }
        None => None,
    };
    let content = (main == key).then_some(content);
    let mut conversion = money.conversion(view, command, main.clone(), content);
    conversion.participant = Some(person.participant);
    conversion.only_in = only_in;
    told_before.hand_over(view, &mut conversion);
    orders::name(view, &mut person, &conversion);
    // A lead that begins at the same time puts the same record.
    view.put(person.clone());
    view.put(conversion.clone());
    if let Some(campaign) = only_in {
        give_evidence(view, command, campaign, &main, person)?;
    }
    let has_referral = count_everywhere(view, &main, &command.person)?;
    let conversion = view.expect::<Conversion>(main)?;
    finish(view, conversion, has_referral).map(Decided::New)
}

fn finish(view: &mut View<'_>, mut conversion: Conversion, has_referral: bool) -> Decide<crate::command::AnyOutcome> {
    let waiting = !has_referral;
    if waiting {
        view.find(Finding::new(Reason::WaitsForLead));
    }
    let outcome = ConversionRecorded {
        conversion: conversion.key(),
        participant: conversion.participant.ok_or_else(|| Error::command("person", "is missing"))?,
        counted_in: conversion.counted_in.clone(),
        waiting,
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
        command.check_amount()?;
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
        view: &View<'_>,
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
            occurred_at: command.occurred_at.unwrap_or(view.now()).min(view.received_at()),
            received_at: view.received_at(),
            refunds: Vec::new(),
            correction: None,
            voiding: None,
            counted_in: Vec::new(),
            sealed_in: Vec::new(),
            content,
            answer: Document::default(),
        }
    }
}

/// A purchase with evidence makes the lead, or says that it began earlier. A purchase is never lost because its evidence
/// is bad.
fn give_evidence(
    view: &mut View<'_>,
    command: &RecordConversion,
    campaign: CampaignId,
    order: &ConversionKey,
    person: Participant,
) -> Decide<()> {
    if command.evidence.is_empty() {
        return Ok(());
    }
    let at = view.expect::<Conversion>(order.clone())?.occurred_at;
    let current = campaign::existing(view, campaign)?;
    let told = LeadTold { person: &command.person, evidence: &command.evidence, at, order: Some(order) };
    let begun = lead::tell(view, current, person, &told).map(drop);
    match begun {
        Err(Halt::Declined(reason)) => view.find(Finding::new(reason).in_campaign(campaign)),
        begun => return begun,
    }
    Ok(())
}

/// Counts the conversion in every campaign where its person has a referral, or in the one that it names. Whether the person
/// has one there.
fn count_everywhere(view: &mut View<'_>, key: &ConversionKey, told: &Person) -> Decide<bool> {
    let conversion = view.expect::<Conversion>(key.clone())?;
    let Some(participant) = conversion.participant else { return Ok(false) };
    let person = view.expect::<Participant>(ParticipantKey { participant })?;
    let wanted = |campaign: &CampaignId| conversion.only_in.is_none_or(|only| only == *campaign);
    let new = |campaign: &CampaignId| !conversion.counted_in.contains(campaign);
    let mut has_referral = person.referred_in.iter().any(|campaign| wanted(campaign) && !new(campaign));
    for campaign in person.referred_in.into_iter().filter(wanted).filter(new) {
        let current = campaign::existing(view, campaign)?;
        let at = conversion.occurred_at;
        let Some(mut context) = leads::enter(view, current, participant, at)? else { continue };
        has_referral = true;
        let mut with = context.clone();
        let suspicion = suspicion(view, &context, &conversion, told)?;
        let before = context.referral.moderation;
        if let Some(found) = suspicion {
            moderate::suspect(view, &mut with.referral, found);
        }
        orders::add(view, &mut with, std::slice::from_ref(key))?;
        follow::change(view, &mut context, &Told::order(key, "order"), |context| {
            context.referral = with.referral;
        })?;
        sealed::seal_earliest(view, &mut context)?;
        if context.referral.moderation != before {
            moderate::tell(view, &context)?;
        }
        context.leave(view);
    }
    Ok(has_referral)
}

/// What an order tells of its buyer and of the referrer being one person.
fn suspicion(
    view: &mut View<'_>,
    context: &ReferralContext,
    conversion: &Conversion,
    told: &Person,
) -> Decide<Option<Suspicion>> {
    if conversion.occurred_at < window_start(&context.pinned, &Facts::of(&context.referral)) {
        // It belongs to no lead.
        return Ok(None);
    }
    let found = identity::told_alike(view, told, context.referral.invitee, context.referral.referrer)?;
    let allows = context.current.compiled.model.attribution.same_mailbox == SameMailbox::Allow;
    let mailbox = found == Some(Alike::Mailbox);
    let order = Some(conversion.key());
    let counts = found.is_some() && !(mailbox && allows);
    Ok(counts.then_some(Suspicion { at: conversion.occurred_at, order, mailbox }))
}

/// Foresees what a conversion reads.
pub(super) fn foresee(view: &mut View<'_>, command: &RecordConversion) {
    foresee::event(view, &command.source, &command.event);
    for reference in &command.references {
        foresee::event(view, &reference.source, &reference.id);
    }
    let participant = foresee::person(view, &command.person);
    let only_in = command.campaign.as_ref().and_then(|slug| foresee::campaign(view, slug));
    let referrers = only_in.map(|campaign| evidence::foresee(view, campaign, &command.evidence)).unwrap_or_default();
    let Some(invitee) = participant else { return };
    if let Some(campaign) = only_in {
        for referrer in referrers {
            foresee_rewards::new_referral(view, campaign, referrer, invitee);
        }
    }
    let campaigns = only_in.map_or_else(|| view.campaigns().few(view.tenant(), FEW_CAMPAIGNS), |only| vec![only]);
    let cause = Cause::Event(command.source.clone(), command.event.clone());
    for campaign in campaigns {
        let (on, currency) = (Trigger::of(command.kind), command.total.map(|total| total.currency));
        referral(view, leads::first_key(campaign, invitee), Some(Converts { on, cause: &cause, currency }));
    }
}
