//! The leads of one person in a campaign: a person who signs up again after a lead ended begins another one.

use super::campaign::Current;
use super::context::ReferralContext;
use super::halt::Decide;
use super::merged;
use super::view::View;
use crate::evaluate::{Facts, window_end};
use crate::record::{ConversionKey, Evidence, Key, Referral, ReferralKey};
use crate::value::{CampaignId, ParticipantId, Timestamp};

/// The key of a person's first lead in a campaign.
pub(crate) fn first_key(campaign: CampaignId, invitee: ParticipantId) -> ReferralKey {
    ReferralKey { campaign, invitee, lead: 1 }
}

/// The keys of all leads, as their first says how many there are.
pub(crate) fn keys(first: &Referral) -> impl Iterator<Item = ReferralKey> + use<> {
    let (campaign, invitee) = (first.campaign, first.invitee);
    (1..=first.leads.max(1)).map(move |lead| ReferralKey { campaign, invitee, lead })
}

/// All leads of a person in a campaign, with those that were superseded: by number, under each of the person's ids.
pub(crate) fn all(view: &mut View<'_>, campaign: CampaignId, invitee: ParticipantId) -> Decide<Vec<Referral>> {
    let ids = merged::ids(view, invitee)?;
    view.need(ids.iter().map(|id| first_key(campaign, *id).into()))?;
    let mut leads = Vec::new();
    for id in ids {
        let Some(first) = view.get::<Referral>(first_key(campaign, id))? else { continue };
        view.need(keys(&first).map(Key::from))?;
        for key in keys(&first) {
            leads.push(view.expect::<Referral>(key)?);
        }
    }
    Ok(leads)
}

/// The leads that stand, in order of time.
pub(crate) fn standing(leads: &[Referral]) -> Vec<&Referral> {
    let mut standing: Vec<&Referral> = leads.iter().filter(|lead| !lead.superseded).collect();
    standing.sort_by_key(|lead| (lead.lead_at, lead.lead, lead.invitee));
    standing
}

/// How many leads that stand began by a code: so often codes were used.
pub(super) fn begun_by_code<'l>(leads: impl IntoIterator<Item = &'l Referral>) -> usize {
    leads.into_iter().filter(|lead| !lead.superseded && lead.evidence == Evidence::Code).count()
}

/// The latest lead that stands; if none does, the first.
pub(crate) fn latest(leads: &[Referral]) -> Option<&Referral> {
    not_after(leads, Timestamp::LAST).or(leads.first())
}

/// The latest lead not after a time; the first one, if all are after it.
pub(crate) fn not_after(leads: &[Referral], at: Timestamp) -> Option<&Referral> {
    let standing = standing(leads);
    let found = standing.iter().rev().find(|lead| lead.lead_at <= at).or(standing.first());
    found.copied()
}

/// Whether a lead is the only one of its person, and none of its evidence may begin another one.
pub(super) fn is_alone(context: &ReferralContext) -> bool {
    let referral = &context.referral;
    let is_only = referral.lead == 1 && referral.leads <= 1 && context.invitee.merged.is_empty();
    let Some(last) = referral.further.last().filter(|_| is_only) else { return is_only };
    // Whether a mark ended the window before some evidence is judged by the marks before it.
    referral.marks.is_empty() && window_end(&context.pinned, &Facts::of(referral)).is_none_or(|end| last.at < end)
}

/// The context of a person's latest lead not after a time.
pub(super) fn enter(
    view: &mut View<'_>,
    current: Current,
    invitee: ParticipantId,
    at: Timestamp,
) -> Decide<Option<ReferralContext>> {
    let leads = all(view, current.id(), invitee)?;
    match not_after(&leads, at).cloned() {
        Some(referral) => ReferralContext::around(view, current, referral).map(Some),
        None => Ok(None),
    }
}

/// The context of a person's latest lead.
pub(super) fn enter_latest(
    view: &mut View<'_>,
    current: Current,
    invitee: ParticipantId,
) -> Decide<Option<ReferralContext>> {
    enter(view, current, invitee, Timestamp::LAST)
}

/// The lead that knows an order among its open ones.
pub(super) fn holding(
    view: &mut View<'_>,
    campaign: CampaignId,
    invitee: ParticipantId,
    order: &ConversionKey,
) -> Decide<Option<Referral>> {
    let leads = all(view, campaign, invitee)?;
    Ok(leads.into_iter().find(|lead| lead.orders.iter().any(|known| known.is(order))))
}
