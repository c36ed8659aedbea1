//! Milestones: the n-th referral of a referrer, by the time at which it qualified and its id, carries level n.
//!
//! Level n is owed while n referrals count. Its amount, hold and expiry are those of the carrier's version; its hold runs
//! from the newest of what carries the first n referrals. A rule with `keep` keeps a level when the number falls below it:
//! the referrals that counted are remembered. The level stands while none of them is denied, belongs to somebody else, or has
//! all its orders voided.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::balance;
use super::campaign::{self, Current};
use super::context::ReferralContext;
use super::earned::{By, Earned, Hold, Raise};
use super::group;
use super::halt::Decide;
use super::kept_level;
use super::merged;
use super::notify::{self, About};
use super::overdue;
use super::reward;
use super::standing;
use super::tally::{member_of, reason_of, tally};
use super::view::View;
use crate::campaign::Compiled;
use crate::command::{Finding, Reason};
use crate::evaluate::{Membership, amount};
use crate::record::{
    Cause, ConversionKey, Key, Member, NotificationKind, Participant, Reward, RewardKey, RewardState, Role, Tally,
    TallyKey,
};
use crate::value::{Amount, ParticipantId, RuleId, Span, Timestamp};

/// In [`Places`](crate::record::Places): the referral counts towards a rule that has no groups.
const COUNTED: u32 = 0;
/// The most referrals of which a tally knows the order, and a kept level its members.
const MOST_FIRST: usize = 100;
/// A tally knows so many referrals beyond its highest level: when one leaves, the next carries.
const SPARE: usize = 16;
const FELL: &str = "fell below the milestone";
const DISCREDITED: &str = "a referral that counted was denied or voided";

/// What changed of a referral towards a rule with levels.
#[derive(Debug)]
pub(super) struct Change<'a> {
    /// How it counted before.
    pub(super) was: Option<&'a Membership>,
    /// How it counts now.
    pub(super) is: Option<&'a Membership>,
    /// Whether kept levels did not stand because of it before: it was denied, or all its orders were voided.
    pub(super) was_discredited: bool,
    /// Whether kept levels do not stand because of it now.
    pub(super) discredited: bool,
}

/// What is owed for a level.
struct Level {
    pinned: Arc<Compiled>,
    amount: Amount,
    hold: Hold,
    at: Timestamp,
    expires: Option<Span>,
    /// The invitee and the order that carry it, if that is known.
    carrier: Option<(ParticipantId, Option<ConversionKey>)>,
}

/// The levels of a rule that a change of one referral may move.
#[derive(Debug)]
pub(super) struct Moved {
    rule: RuleId,
    levels: BTreeSet<u32>,
    carrier_at: Option<Timestamp>,
    discredited: bool,
}

/// Counts a change of one referral towards a rule. No reward moves yet.
pub(super) fn note(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    rule: &RuleId,
    change: &Change<'_>,
) -> Decide<Moved> {
    let mut tally = tally(view, context, rule)?;
    let before = tally.clone();
    let highest = context.pinned.rule(rule).and_then(|rule| rule.model.milestones.last()).map_or(0, |level| level.at);
    count(context, &mut tally, change, usize::try_from(highest).unwrap_or(usize::MAX));
    match change.is {
        Some(_) => context.referral.places.groups.insert(rule.clone(), COUNTED),
        None => context.referral.places.groups.remove(rule),
    };
    kept_level::keep(view, context, (&before, &mut tally), change.discredited)?;
    if before != tally {
        view.put(tally.clone());
    }
    let levels = levels(view, context, &before, &tally)?;
    if change.was.is_none() && change.is.is_some() {
        tell_next(view, context, rule, &tally)?;
    }
    let carrier_at = change.is.or(change.was).map(|member| member.at);
    let discredited = change.discredited && !change.was_discredited;
    Ok(Moved { rule: rule.clone(), levels, carrier_at, discredited })
}

/// Lets the rewards of levels become less, where they do: nothing grows before all that falls has fallen.
pub(super) fn fall(view: &mut View<'_>, context: &ReferralContext, moved: &Moved) -> Decide<()> {
    let tally = tally(view, context, &moved.rule)?;
    for at in &moved.levels {
        let Some(mut reward) = view.get::<Reward>(level_key(&tally, *at))? else { continue };
        let level = owed(view, (&context.pinned, moved.carrier_at(view)), &tally, *at)?;
        if level.is_none() && tally.kept.contains(at) {
            continue;
        }
        let owed = level.map(|level| level.amount);
        reward::fall(view, &context.current, &mut reward, owed.as_ref(), moved.why())?;
        balance::put(view, reward);
    }
    Ok(())
}

impl Moved {
    /// The rule.
    pub(super) fn rule(&self) -> &RuleId {
        &self.rule
    }

    /// The levels that may move, lowest first.
    pub(super) fn levels(&self) -> impl Iterator<Item = u32> {
        self.levels.iter().copied()
    }

    fn carrier_at(&self, view: &View<'_>) -> Timestamp {
        self.carrier_at.unwrap_or(view.now())
    }

    fn why(&self) -> &'static str {
        if self.discredited { DISCREDITED } else { FELL }
    }
}

/// Counts the referral, and puts it in its place among the first.
fn count(context: &ReferralContext, tally: &mut Tally, change: &Change<'_>, highest: usize) {
    let Change { was, is, .. } = change;
    let length = tally.first.len();
    let is_whole = i64::try_from(length).unwrap_or(i64::MAX) == tally.qualified;
    tally.qualified += i64::from(is.is_some()) - i64::from(was.is_some());
    let flagged = |member: &Option<&Membership>| i64::from(member.is_some_and(|member| member.flagged));
    tally.flagged += flagged(is) - flagged(was);
    tally.first.retain(|member| !member.is(&context.referral));
    if let Some(is) = is {
        let member = member_of(context, is);
        let place = |member: &Member| (member.qualified_at, member.invitee, member.lead);
        let index = tally.first.partition_point(|known| place(known) < place(&member));
        // Behind the last of a list that is not whole, others may stand before it.
        if index < tally.first.len() || is_whole {
            tally.first.insert(index, member);
        }
    }
    tally.first.truncate(MOST_FIRST.min(highest.saturating_add(SPARE).max(length)));
}

fn level_key(tally: &Tally, level: u32) -> RewardKey {
    let cause = Cause::Level(level);
    RewardKey { campaign: tally.campaign, rule: tally.rule.clone(), participant: tally.participant, cause }
}

/// The levels that a change may move: those up to the number before and after, in the versions of who carries them.
fn levels(view: &mut View<'_>, context: &ReferralContext, before: &Tally, tally: &Tally) -> Decide<BTreeSet<u32>> {
    let mut versions: BTreeSet<u32> = tally.first.iter().chain(&before.first).map(|member| member.version).collect();
    versions.insert(context.referral.version);
    let mut levels = BTreeSet::new();
    for version in versions {
        let pinned = campaign::version(view, tally.campaign, version)?;
        let rule = pinned.rule(&tally.rule);
        levels.extend(rule.into_iter().flat_map(|rule| &rule.model.milestones).map(|level| level.at));
    }
    let most = before.qualified.max(tally.qualified);
    levels.retain(|level| i64::from(*level) <= most || before.kept.contains(level) || before.fallen.contains(level));
    view.need(levels.iter().map(|level| Key::from(level_key(tally, *level))))?;
    Ok(levels)
}

/// What is owed for a level; nothing if it is not reached, or its carrier's version does not have it.
fn owed(view: &mut View<'_>, fallback: (&Arc<Compiled>, Timestamp), tally: &Tally, at: u32) -> Decide<Option<Level>> {
    if i64::from(at) > tally.qualified {
        return Ok(None);
    }
    let first = tally.first.get(..usize::try_from(at).unwrap_or(usize::MAX));
    // Of a number beyond what a tally knows in order, who reached it carries it.
    let (pinned, newest) =
        match first.and_then(|first| Some((first.last()?, first.iter().map(|member| member.at).max()?))) {
            Some((carrier, newest)) => (campaign::version(view, tally.campaign, carrier.version)?, newest),
            None => (Arc::clone(fallback.0), fallback.1),
        };
    let Some(rule) = pinned.rule(&tally.rule) else { return Ok(None) };
    let Some(level) = rule.model.milestones.iter().find(|level| level.at == at) else { return Ok(None) };
    let amount = match amount(&level.give, None)? {
        Ok(amount) => amount,
        Err(why) => {
            view.find(Finding::new(reason_of(why)).in_campaign(tally.campaign).by_rule(&tally.rule));
            return Ok(None);
        }
    };
    let carrier = first.and_then(|first| first.last());
    let carrier = carrier.map(|carrier| (carrier.invitee, carrier.carrier.clone()));
    let hold = Hold::of(rule, newest, tally.qualified - tally.flagged < i64::from(at));
    let expires = rule.model.expires;
    Ok(Some(Level { amount, hold, at: newest, expires, pinned: Arc::clone(&pinned), carrier }))
}

/// Lets the reward of one level follow.
pub(super) fn grow(view: &mut View<'_>, context: &ReferralContext, moved: &Moved, at: u32) -> Decide<()> {
    let tally = tally(view, context, &moved.rule)?;
    let key = level_key(&tally, at);
    let known = view.get::<Reward>(key.clone())?;
    let level = owed(view, (&context.pinned, moved.carrier_at(view)), &tally, at)?;
    match (known, level) {
        (None, None) => Ok(()),
        (None, Some(level)) => grant(view, context, key, &level),
        (Some(mut reward), level) => {
            let (current, beneficiary) = (&context.current, &context.referrer);
            adjust(view, (current, beneficiary, &tally), &mut reward, (at, level.as_ref()), moved.why())?;
            balance::put(view, reward);
            Ok(())
        }
    }
}

/// When the newest of what carries the first referrals up to a level happened, and which order that is.
pub(super) fn newest(
    view: &mut View<'_>,
    context: &ReferralContext,
    moved: &Moved,
    level: u32,
) -> Decide<(Timestamp, Option<ConversionKey>)> {
    let tally = tally(view, context, &moved.rule)?;
    let first = tally.first.get(..usize::try_from(level).unwrap_or(usize::MAX));
    Ok(first.and_then(group::newest_of).unwrap_or((moved.carrier_at(view), None)))
}

fn grant(view: &mut View<'_>, context: &ReferralContext, key: RewardKey, level: &Level) -> Decide<()> {
    let earned = Earned {
        current: &context.current,
        pinned: &level.pinned,
        key,
        version: level.pinned.version,
        role: Role::Referrer,
        beneficiary: &context.referrer,
        invitee: None,
        lead: None,
        amount: level.amount.clone(),
        base: None,
        at: level.at,
        hold: level.hold,
        expires: level.expires,
        refused: None,
    };
    reward::grant(view, &earned).map(drop)
}

/// Lets the reward of a level follow what is owed for it. While it is being handed over nothing is posted.
fn adjust(
    view: &mut View<'_>,
    (current, beneficiary, tally): (&Current, &Participant, &Tally),
    reward: &mut Reward,
    (at, level): (u32, Option<&Level>),
    why: &str,
) -> Decide<()> {
    if reward.state == RewardState::Issuing || reward.closed {
        return Ok(());
    }
    overdue::catch_up(view, current, reward)?;
    let Some(level) = level else {
        if !tally.kept.contains(&at) {
            return reward::lower(view, current, reward, 0, why);
        }
        return kept_level::adjust(view, (current, beneficiary, tally), reward, at);
    };
    if level.amount.unit_key() != reward.unit && !reward::change_unit(view, current, reward, &level.amount, why)? {
        return Ok(());
    }
    let target = level.amount.quantity();
    reward::lower(view, current, reward, target, why)?;
    if reward.version != level.pinned.version {
        balance::follow_version(view, current, reward, level.pinned.version);
    }
    reward.expires_after = level.expires;
    let hold = hold_of(reward, level);
    let (at, pinned) = (level.at, &level.pinned);
    let raise = Raise { current, pinned, beneficiary, target, refused: None, at, hold, by: By::Rule };
    reward::raise(view, &raise, reward)?;
    standing::renew(view, current, reward, hold, at)
}

/// Why the reward of a level is held, by what carries it now.
fn hold_of(reward: &Reward, level: &Level) -> Hold {
    let seen = reward.approval.as_ref().and_then(|seen| Some((seen.referral?, seen.carrier.clone())));
    Hold { as_seen: Some(seen == level.carrier), ..level.hold }
}

/// When the newest of what carries a level happened, and why its reward is held; nothing if nothing owes it.
pub(super) fn terms(view: &mut View<'_>, reward: &Reward, level: u32) -> Decide<Option<(Timestamp, Hold)>> {
    let Reward { campaign, rule, participant, version, granted_at, .. } = reward.clone();
    let Some(tally) = view.get::<Tally>(TallyKey { campaign, rule, participant })? else { return Ok(None) };
    let pinned = campaign::version(view, campaign, version)?;
    if let Some(owed) = owed(view, (&pinned, granted_at), &tally, level)? {
        return Ok(Some((owed.at, hold_of(reward, &owed))));
    }
    if !tally.kept.contains(&level) {
        return Ok(None);
    }
    kept_level::terms(view, reward, (&tally, level)).map(Some)
}

/// Notes how many are missing for the next level, and tells who is one away from it.
fn tell_next(view: &mut View<'_>, context: &ReferralContext, rule: &RuleId, tally: &Tally) -> Decide<()> {
    let levels = context.pinned.rule(rule).map(|rule| rule.model.milestones.as_slice()).unwrap_or_default();
    let Some(next) = levels.iter().find(|level| i64::from(level.at) > tally.qualified) else { return Ok(()) };
    let missing = i64::from(next.at) - tally.qualified;
    let finding = Finding::new(Reason::MilestoneOpen).in_campaign(context.current.id()).by_rule(rule);
    view.find(finding.because(format!("{missing} missing for {}", next.at)));
    if missing == 1 {
        let about = About::rule(context.current.id(), context.referral.referrer, rule);
        notify::tell(view, NotificationKind::MilestoneNear, &about)?;
    }
    Ok(())
}

/// Lets the reward of a level follow what is owed for it, after its transfer ended.
pub(super) fn catch_up(
    view: &mut View<'_>,
    current: &Current,
    reward: &mut Reward,
    level: u32,
    why: &str,
) -> Decide<()> {
    let Reward { campaign, rule, participant, version, .. } = reward.clone();
    let Some(tally) = view.get::<Tally>(TallyKey { campaign, rule, participant })? else { return Ok(()) };
    let pinned = campaign::version(view, campaign, version)?;
    let granted_at = reward.granted_at;
    let owed = owed(view, (&pinned, granted_at), &tally, level)?;
    let beneficiary = merged::root(view, participant)?;
    adjust(view, (current, &beneficiary, &tally), reward, (level, owed.as_ref()), why)
}

/// The invitee and the order that carry the reward of a level; nothing for another reward.
pub(super) fn carrier_of(
    view: &mut View<'_>,
    reward: &Reward,
) -> Decide<Option<(ParticipantId, Option<ConversionKey>)>> {
    let Cause::Level(level) = reward.cause else { return Ok(None) };
    let Reward { campaign, rule, participant, .. } = reward.clone();
    let tally = view.get::<Tally>(TallyKey { campaign, rule, participant })?;
    let index = usize::try_from(level).unwrap_or(usize::MAX).saturating_sub(1);
    let carrier = tally.and_then(|tally| tally.first.get(index).cloned());
    Ok(carrier.map(|member| (member.invitee, member.carrier)))
}
