//! Lets an order count: what its evidence begins, and the referrals of its person that hold it.

use super::campaign;
use super::context::ReferralContext;
use super::follow::{self, Told};
use super::halt::{Decide, Halt};
use super::identity::{self, Alike};
use super::lead::{self, LeadTold};
use super::leads;
use super::moderate;
use super::orders;
use super::sealed;
use super::stated;
use super::view::View;
use crate::campaign::SameMailbox;
use crate::command::{Finding, Person, RecordConversion};
use crate::evaluate::{Facts, window_start};
use crate::record::{Conversion, ConversionKey, Participant, ParticipantKey, RecordKind, Suspicion};
use crate::value::CampaignId;

/// The one campaign that an order is told for, if it is told for one. What is stated must be as that campaign declares it.
pub(super) fn campaign_of(view: &mut View<'_>, command: &RecordConversion) -> Decide<Option<CampaignId>> {
    let Some(slug) = &command.campaign else { return Ok(None) };
    let current = campaign::by_slug(view, slug)?;
    let fields = &current.compiled.model.fields;
    stated::check(fields, "order.data.", "data", &command.data)?;
    stated::check(fields, "invitee.data.", "person.data", &command.person.data)?;
    Ok(Some(current.id()))
}

/// A purchase with evidence makes the lead, or says that it began earlier. A purchase is never lost because its evidence
/// is bad.
pub(super) fn give_evidence(
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
pub(super) fn count_everywhere(view: &mut View<'_>, key: &ConversionKey, told: &Person) -> Decide<bool> {
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
