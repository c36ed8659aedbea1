//! Compares what is owed with the rewards that exist, and moves the difference: the only place that moves money because
//! of facts.
//!
//! First it shrinks and takes back, then it grows and grants, by time of the carrier, order of rules, the referrer first.

use std::collections::{BTreeMap, BTreeSet};

use super::balance;
use super::context::ReferralContext;
use super::earned::{By, Earned, Hold, Raise};
use super::halt::Decide;
use super::overdue;
use super::reward;
use super::standing;
use super::view::View;
use crate::command::Reason;
use crate::evaluate::{Line, Target};
use crate::record::{Cause, Key, RecordKind, Reward, RewardKey, RewardState, Role};
use crate::value::{Amount, ParticipantId, Timestamp};

/// One thing owed, under the key of its reward.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Owed {
    /// The reward's key.
    pub(super) key: RewardKey,
    /// The beneficiary's side.
    pub(super) role: Role,
    /// The version whose rule owes it.
    pub(super) version: u32,
    /// How much.
    pub(super) amount: Amount,
    /// The order on which it rests.
    pub(super) carrier: Option<crate::record::ConversionKey>,
    /// When its carrier happened.
    pub(super) at: Timestamp,
    /// Why it is held.
    pub(super) hold: Hold,
    /// How long after it is due it expires.
    pub(super) expires: Option<crate::value::Span>,
    /// Why it is refused whatever limits say.
    pub(super) refused: Option<Reason>,
}

/// All that one referral is owed, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Lines(Vec<Owed>);

impl Lines {
    /// What a target owes, under the keys of rewards.
    pub(super) fn of(context: &ReferralContext, target: &Target<'_>) -> Self {
        let lines = target.lines.iter().filter_map(|line| owed(context, line));
        let late = target.late.iter().filter_map(|line| owed(context, line));
        let late = late.map(|owed| Owed { refused: Some(Reason::ToldTooLate), ..owed });
        Self(lines.chain(late).collect())
    }

    /// What single lines owe, under the keys of rewards.
    pub(super) fn of_lines(context: &ReferralContext, lines: &[Line]) -> Self {
        Self(lines.iter().filter_map(|line| owed(context, line)).collect())
    }

    /// Those of the referrer alone.
    pub(super) fn of_referrer(self) -> Self {
        Self(self.0.into_iter().filter(|owed| owed.role == Role::Referrer).collect())
    }

    /// Takes out what is owed under a key.
    fn take_out(&mut self, key: &RewardKey) -> Option<Owed> {
        let index = self.0.iter().position(|owed| owed.key == *key)?;
        Some(self.0.remove(index))
    }

    fn by_key(&self) -> BTreeMap<&RewardKey, &Owed> {
        self.0.iter().map(|owed| (&owed.key, owed)).collect()
    }

    /// The keys under which something is owed.
    pub(super) fn keys(&self) -> BTreeSet<RewardKey> {
        self.0.iter().map(|owed| owed.key.clone()).collect()
    }

    /// Whether something is owed once over all leads of a person.
    pub(super) fn pays_once(&self) -> bool {
        self.0.iter().any(|owed| matches!(owed.key.cause, Cause::Referral(_)))
    }

    /// What is owed under a key.
    pub(super) fn take(self, key: &RewardKey) -> Option<Owed> {
        self.0.into_iter().find(|owed| owed.key == *key)
    }
}

/// Shares out what several leads of one person were owed, and are owed now. Under one key the first lead that pays carries it;
/// what another lead was owed under it is dropped there, so that nothing is taken back and granted again.
///
/// `parted` are the ids of somebody who was another person before: for what was owed before, they count as one apart.
pub(super) fn share(leads: &[ReferralContext], lines: &mut [(Lines, Lines)], parted: &[ParticipantId]) {
    let people = |lead: &ReferralContext| {
        [(lead.referral.invitee, lead.invitee.participant), (lead.referral.referrer, lead.referrer.participant)]
    };
    let ids: BTreeMap<_, _> = leads.iter().flat_map(people).collect();
    let other = parted.first().copied();
    let apart =
        |(id, root): (&ParticipantId, &ParticipantId)| (*id, other.filter(|_| parted.contains(id)).unwrap_or(*root));
    let ids_before: BTreeMap<_, _> = ids.iter().map(apart).collect();
    let began = |index: &usize| leads.get(*index).map(|lead| (lead.referral.lead_at, lead.referral.key()));
    let mut in_time: Vec<usize> = (0..lines.len()).collect();
    in_time.sort_by_key(began);
    let mut carried: BTreeMap<RewardKey, usize> = BTreeMap::new();
    let (mut by_person, mut by_person_before) = (BTreeMap::new(), BTreeMap::new());
    let mut was: BTreeMap<RewardKey, usize> = BTreeMap::new();
    for index in in_time {
        let Some((before, after)) = lines.get_mut(index) else { continue };
        after.0.retain(|owed| *by_person.entry(key_of_person(&owed.key, &ids)).or_insert(index) == index);
        carried.extend(after.0.iter().map(|owed| (owed.key.clone(), index)));
        let key_before = |owed: &Owed| key_of_person(&owed.key, &ids_before);
        before.0.retain(|owed| *by_person_before.entry(key_before(owed)).or_insert(index) == index);
        was.extend(before.0.iter().map(|owed| (owed.key.clone(), index)));
    }
    for (key, index) in carried {
        if let Some((before, _)) = was.get(&key).filter(|was| **was != index).and_then(|was| lines.get_mut(*was)) {
            before.take_out(&key);
        }
    }
}

/// The key of a reward for joining, with the ids of the people instead of those under which they had leads: a person joins once.
fn key_of_person(key: &RewardKey, ids: &BTreeMap<ParticipantId, ParticipantId>) -> RewardKey {
    let of = |id: &ParticipantId| *ids.get(id).unwrap_or(id);
    match &key.cause {
        Cause::Referral(invitee) => {
            RewardKey { participant: of(&key.participant), cause: Cause::Referral(of(invitee)), ..key.clone() }
        }
        _ => key.clone(),
    }
}

fn owed(context: &ReferralContext, line: &Line) -> Option<Owed> {
    let rule = context.pinned.rules.get(line.rule)?;
    let referral = &context.referral;
    let participant = if line.role == Role::Referrer { referral.referrer } else { referral.invitee };
    Some(Owed {
        key: RewardKey {
            campaign: referral.campaign,
            rule: rule.model.id.clone(),
            participant,
            cause: line.cause.clone(),
        },
        role: line.role,
        version: referral.version,
        amount: line.amount.clone(),
        carrier: line.carrier.clone(),
        at: line.at,
        hold: Hold { flagged: line.flagged, until: line.held_until, approval: line.needs_approval, as_seen: None },
        expires: rule.model.expires,
        refused: None,
    })
}

/// Posts the difference between what was owed before and what is owed after a change of facts.
pub(super) fn reconcile(
    view: &mut View<'_>,
    context: &ReferralContext,
    before: &Lines,
    after: &Lines,
    why: &str,
) -> Decide<()> {
    fall(view, context, (before, after), why)?;
    let growing = growing(before, after);
    growing.into_iter().try_for_each(|owed| adjust(view, context, &owed.key, Some(owed), why))
}

/// Lets the rewards fall that do.
pub(super) fn fall(
    view: &mut View<'_>,
    context: &ReferralContext,
    (before, after): (&Lines, &Lines),
    why: &str,
) -> Decide<()> {
    let (was, is) = (before.by_key(), after.by_key());
    let keys: BTreeSet<&RewardKey> = was.keys().chain(is.keys()).copied().collect();
    view.need(keys.into_iter().filter(|key| was.get(key) != is.get(key)).map(|key| Key::from(key.clone())))?;
    for owed in &before.0 {
        let is = is.get(&owed.key).copied();
        if falls(Some(owed), is) {
            adjust(view, context, &owed.key, is, why)?;
        }
    }
    Ok(())
}

/// What changed and does not fall, in order.
pub(super) fn growing<'l>(before: &Lines, after: &'l Lines) -> Vec<&'l Owed> {
    let was = before.by_key();
    let grows = |owed: &&Owed| {
        let was = was.get(&owed.key).copied();
        was != Some(*owed) && !falls(was, Some(owed))
    };
    after.0.iter().filter(grows).collect()
}

/// Whether less is owed than before, or something in another unit.
fn falls(was: Option<&Owed>, is: Option<&Owed>) -> bool {
    let quantity = |owed: Option<&Owed>| owed.map_or(0, |owed| owed.amount.quantity());
    let other_unit = was.zip(is).is_some_and(|(was, is)| was.amount.unit_key() != is.amount.unit_key());
    other_unit || quantity(is) < quantity(was)
}

/// Lets one reward follow what is owed under its key.
pub(super) fn adjust(
    view: &mut View<'_>,
    context: &ReferralContext,
    key: &RewardKey,
    owed: Option<&Owed>,
    why: &str,
) -> Decide<()> {
    let Some(mut reward) = view.get::<Reward>(key.clone())? else {
        return match owed {
            Some(owed) => grant(view, context, owed),
            None => Ok(()),
        };
    };
    follow(view, context, &mut reward, owed, why)?;
    balance::put(view, reward);
    Ok(())
}

fn grant(view: &mut View<'_>, context: &ReferralContext, owed: &Owed) -> Decide<()> {
    let beneficiary = if owed.role == Role::Referrer { &context.referrer } else { &context.invitee };
    let earned = Earned {
        current: &context.current,
        pinned: &context.pinned,
        key: owed.key.clone(),
        version: owed.version,
        role: owed.role,
        beneficiary,
        invitee: Some(context.referral.invitee),
        lead: Some(context.referral.lead),
        amount: owed.amount.clone(),
        base: owed.carrier.clone(),
        at: owed.at,
        hold: owed.hold,
        expires: owed.expires,
        refused: owed.refused,
    };
    reward::grant(view, &earned).map(drop)
}

/// Lets a reward that exists follow what is owed. While it is being handed over nothing is posted: what was missed is
/// posted when that ends.
pub(super) fn follow(
    view: &mut View<'_>,
    context: &ReferralContext,
    reward: &mut Reward,
    owed: Option<&Owed>,
    why: &str,
) -> Decide<()> {
    if reward.state == RewardState::Issuing || reward.closed {
        return Ok(());
    }
    overdue::catch_up(view, &context.current, reward)?;
    reward.lead = Some(context.referral.lead);
    let Some(owed) = owed else {
        return reward::lower(view, &context.current, reward, 0, why);
    };
    if owed.amount.unit_key() != reward.unit && !reward::change_unit(view, &context.current, reward, &owed.amount, why)?
    {
        return Ok(());
    }
    let (target, known) = (owed.amount.quantity(), balance::promised(reward));
    if target < known {
        reward::lower(view, &context.current, reward, target, why)?;
    }
    let was_carrier = balance::carrier_of(reward);
    if was_carrier != owed.carrier {
        reward.base_source = owed.carrier.as_ref().map(|carrier| carrier.source.clone());
        reward.base_event = owed.carrier.as_ref().map(|carrier| carrier.event.clone());
    }
    if reward.version != owed.version {
        balance::follow_version(view, &context.current, reward, owed.version);
    }
    reward.expires_after = owed.expires;
    if target > known {
        let beneficiary = if owed.role == Role::Referrer { &context.referrer } else { &context.invitee };
        let raise = Raise {
            current: &context.current,
            pinned: &context.pinned,
            beneficiary,
            target,
            refused: owed.refused,
            at: owed.at,
            hold: owed.hold,
            by: By::Rule,
        };
        reward::raise(view, &raise, reward)?;
    }
    standing::renew(view, &context.current, reward, owed.hold, owed.at)
}
