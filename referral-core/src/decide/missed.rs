//! Posts what the facts changed while a reward was being handed over.

use std::collections::BTreeSet;

use super::balance;
use super::campaign::{self, Current};
use super::context::ReferralContext;
use super::earned::Hold;
use super::group;
use super::halt::Decide;
use super::leads;
use super::milestone;
use super::reconcile::{self, Lines, Owed};
use super::view::View;
use crate::evaluate::{Facts, evaluate, evaluate_sealed};
use crate::record::{Cause, Conversion, RecordKind, Referral, ReferralKey, Reward, RewardKey};
use crate::value::{CampaignId, ParticipantId, Timestamp};

const MISSED: &str = "it changed while it was handed over";

/// Lets a reward follow what is owed now, after its transfer ended.
pub(super) fn post(view: &mut View<'_>, current: &Current, reward: &mut Reward) -> Decide<()> {
    let campaign = current.id();
    let Some(invitee) = reward.invitee else {
        return match reward.cause {
            Cause::Group(number) => group::catch_up(view, current, reward, number, MISSED),
            Cause::Level(level) => milestone::catch_up(view, current, reward, level, MISSED),
            _ => Ok(()),
        };
    };
    let Some((context, owed)) = owed_by(view, current, (campaign, invitee), reward)? else { return Ok(()) };
    reconcile::follow(view, &context, reward, owed.as_ref(), MISSED)
}

/// When what carries a reward now happened, and why it is held; nothing if nothing owes it.
pub(super) fn terms(view: &mut View<'_>, current: &Current, reward: &Reward) -> Decide<Option<(Timestamp, Hold)>> {
    if let Some(invitee) = reward.invitee {
        let owed = owed_by(view, current, (current.id(), invitee), reward)?.and_then(|(_, owed)| owed);
        return Ok(owed.map(|owed| (owed.at, owed.hold)));
    }
    match reward.cause {
        Cause::Group(number) => group::terms(view, reward, number),
        Cause::Level(level) => milestone::terms(view, reward, level),
        Cause::Share(_) => of_share(view, reward),
        _ => Ok(None),
    }
}

/// When a share happened, and how its rule holds what it earned.
fn of_share(view: &mut View<'_>, reward: &Reward) -> Decide<Option<(Timestamp, Hold)>> {
    let pinned = campaign::version(view, reward.campaign, reward.version)?;
    let Some(rule) = pinned.rule(&reward.rule) else { return Ok(None) };
    let until = reward.held_until;
    let at = match rule.model.hold {
        Some(crate::campaign::Hold::For(span)) => until.map(|until| until.plus(-span.delta())),
        _ => None,
    };
    let at = at.unwrap_or(reward.granted_at);
    Ok(Some((at, Hold::of(rule, at, false))))
}

/// The first lead of the invitee that owes the reward, with what it owes; if none does, the sealed order on which it rests,
/// or the lead that brought it about.
fn owed_by(
    view: &mut View<'_>,
    current: &Current,
    (campaign, invitee): (CampaignId, ParticipantId),
    reward: &Reward,
) -> Decide<Option<(ReferralContext, Option<Owed>)>> {
    let mut last = None;
    for (context, _, lines) in shared(view, current, (campaign, invitee))? {
        let is_own = Some(context.referral.lead) == reward.lead;
        if let Some(owed) = lines.take(&reward.key()) {
            return Ok(Some((context, Some(owed))));
        }
        if is_own || last.is_none() {
            last = Some((context, None));
        }
    }
    Ok(owed_by_sealed(view, current, (campaign, invitee), reward)?.or(last))
}

/// All leads of a person, each with what it would be owed alone, and with what it is owed beside the others.
fn shared(
    view: &mut View<'_>,
    current: &Current,
    (campaign, invitee): (CampaignId, ParticipantId),
) -> Decide<Vec<(ReferralContext, Lines, Lines)>> {
    let (mut contexts, mut alone, mut lines) = (Vec::new(), Vec::new(), Vec::new());
    for referral in leads::all(view, campaign, invitee)? {
        let context = ReferralContext::around(view, current.clone(), referral)?;
        let target = evaluate(&context.pinned, &Facts::of(&context.referral), view.received_at())?;
        let own = Lines::of(&context, &target);
        alone.push(own.clone());
        lines.push((Lines::default(), own));
        contexts.push(context);
    }
    reconcile::share(&contexts, &mut lines, &[]);
    let lines = lines.into_iter().map(|(_, lines)| lines);
    Ok(contexts.into_iter().zip(alone).zip(lines).map(|((context, alone), lines)| (context, alone, lines)).collect())
}

/// The rewards that a lead would owe alone, and that another lead of its person carries.
pub(crate) fn carried_by_others(
    view: &mut View<'_>,
    current: &Current,
    lead: &ReferralKey,
) -> Decide<BTreeSet<RewardKey>> {
    let shared = shared(view, current, (lead.campaign, lead.invitee))?;
    let own = shared.into_iter().find(|(context, ..)| context.referral.key() == *lead);
    Ok(own.map(|(_, alone, lines)| &alone.keys() - &lines.keys()).unwrap_or_default())
}

/// What the sealed order on which a reward rests owes, with its lead; nothing if it rests on none.
fn owed_by_sealed(
    view: &mut View<'_>,
    current: &Current,
    (campaign, invitee): (CampaignId, ParticipantId),
    reward: &Reward,
) -> Decide<Option<(ReferralContext, Option<Owed>)>> {
    let Some(order) = balance::carrier_of(reward) else { return Ok(None) };
    let conversion = view.get::<Conversion>(order)?;
    let sealed = conversion.iter().flat_map(|conversion| &conversion.sealed_in);
    let Some(sealed) = sealed.into_iter().find(|sealed| sealed.campaign == campaign).cloned() else { return Ok(None) };
    let key = ReferralKey { campaign, invitee, lead: sealed.lead };
    let Some(referral) = view.get::<Referral>(key)? else { return Ok(None) };
    let context = ReferralContext::around(view, current.clone(), referral)?;
    let lines = evaluate_sealed(&context.pinned, &Facts::of(&context.referral), &sealed)?;
    let owed = Lines::of_lines(&context, &lines).take(&reward.key());
    Ok(Some((context, owed)))
}
