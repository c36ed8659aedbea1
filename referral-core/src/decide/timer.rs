//! What time brings: timers are put and deleted with their cause, and fired by a guarded command.

use super::campaign;
use super::halt::{Decide, Halt};
use super::lookup;
use super::notify::{self, About};
use super::reward;
use super::view::View;
use crate::command::{FireTimer, Reason, TimerFired};
use crate::record::{
    Conversion, ConversionKey, ConversionState, HoldKind, NotificationKind, Participant, ParticipantKey, Progress,
    RecordKind, Referral, ReferralKey, Reward, RewardKey, RewardState, Subject, Timer, TimerKey, TimerKind,
};
use crate::value::{CampaignId, Timestamp};

/// Puts a timer.
pub(super) fn set(
    view: &mut View<'_>,
    due_at: Timestamp,
    brings: TimerKind,
    subject: Subject,
    campaign: Option<CampaignId>,
) {
    view.put(Timer { due_at, brings, subject, campaign });
}

fn drop_timer(view: &mut View<'_>, due_at: Option<Timestamp>, brings: TimerKind, subject: Subject) -> Decide<()> {
    let Some(due_at) = due_at else { return Ok(()) };
    let key = TimerKey { due_at, brings, subject };
    if view.get::<Timer>(key.clone())?.is_some() {
        view.delete(key);
    }
    Ok(())
}

/// Puts the timer that ends a reward's hold, if the hold has a date.
pub(super) fn set_hold(view: &mut View<'_>, reward: &Reward) {
    if let (Some(HoldKind::RefundWindow), Some(until)) = (reward.hold, reward.held_until) {
        set(view, until, TimerKind::HoldEnds, Subject::Reward(reward.key()), Some(reward.campaign));
    }
}

/// Puts the timer that lets a reward expire, if it does.
pub(super) fn set_expiry(view: &mut View<'_>, reward: &mut Reward) -> Decide<()> {
    let Some(span) = reward.expires_after else { return Ok(()) };
    drop_timer(view, reward.expires_at, TimerKind::RewardExpires, Subject::Reward(reward.key()))?;
    let due_at = view.now().plus(span.delta());
    reward.expires_at = Some(due_at);
    set(view, due_at, TimerKind::RewardExpires, Subject::Reward(reward.key()), Some(reward.campaign));
    Ok(())
}

/// Removes the timers of a reward.
pub(super) fn drop_timers(view: &mut View<'_>, reward: &mut Reward) -> Decide<()> {
    let subject = || Subject::Reward(reward.key());
    drop_timer(view, reward.held_until, TimerKind::HoldEnds, subject())?;
    drop_timer(view, reward.expires_at, TimerKind::RewardExpires, subject())?;
    reward.expires_at = None;
    Ok(())
}

/// Puts the timer that lets a lead expire, if it does.
pub(super) fn set_lead_expiry(view: &mut View<'_>, referral: &Referral) {
    if let Some(due_at) = referral.expires_at {
        set(view, due_at, TimerKind::LeadExpires, Subject::Referral(referral.key()), Some(referral.campaign));
    }
}

/// Removes the timer that lets a lead expire.
pub(super) fn drop_lead_expiry(view: &mut View<'_>, referral: &Referral) -> Decide<()> {
    drop_timer(view, referral.expires_at, TimerKind::LeadExpires, Subject::Referral(referral.key()))
}

/// Does what a due timer brings.
pub(super) fn fire(view: &mut View<'_>, command: &FireTimer) -> Decide<TimerFired> {
    let key = &command.timer;
    if key.due_at > view.now() {
        return Err(Halt::Declined(Reason::TimerNotDue));
    }
    if view.get::<Timer>(key.clone())?.is_none() {
        return Err(Halt::Declined(Reason::TimerObsolete));
    }
    match (&key.subject, key.brings) {
        (Subject::Reward(reward), TimerKind::HoldEnds) => end_hold(view, reward)?,
        (Subject::Reward(reward), TimerKind::RewardExpires) => expire_reward(view, reward)?,
        (Subject::Referral(referral), TimerKind::LeadExpires) => expire_lead(view, referral)?,
        (Subject::Conversion(conversion), TimerKind::WaitEnds) => end_wait(view, conversion)?,
        (Subject::Lookup(lookup), TimerKind::LookupEnds) => lookup::forget(view, lookup)?,
        _ => {}
    }
    // Whatever became of it, this timer has fired.
    view.delete(key.clone());
    Ok(TimerFired { brought: key.brings })
}

fn end_hold(view: &mut View<'_>, key: &RewardKey) -> Decide<()> {
    let mut reward = view.expect::<Reward>(key.clone())?;
    let ends = reward.held_until.is_some_and(|until| until <= view.now());
    if reward.state == RewardState::Pending && reward.hold == Some(HoldKind::RefundWindow) && ends {
        let current = campaign::existing(view, key.campaign)?;
        reward::release(view, &current, &mut reward, RewardState::Due)?;
        view.put(reward);
    }
    Ok(())
}

fn expire_reward(view: &mut View<'_>, key: &RewardKey) -> Decide<()> {
    let mut reward = view.expect::<Reward>(key.clone())?;
    let claimable = matches!(reward.state, RewardState::Due | RewardState::Approved | RewardState::Failed);
    if claimable && reward.expires_at.is_some_and(|at| at <= view.now()) {
        let current = campaign::existing(view, key.campaign)?;
        reward::expire(view, &current, &mut reward)?;
        view.put(reward);
    }
    Ok(())
}

fn expire_lead(view: &mut View<'_>, key: &ReferralKey) -> Decide<()> {
    let mut referral = view.expect::<Referral>(key.clone())?;
    if referral.progress == Progress::Lead && referral.expires_at.is_some_and(|at| at <= view.now()) {
        referral.progress = Progress::Expired;
        notify::tell(view, NotificationKind::ReferralExpired, &About::referral(key, referral.referrer))?;
        view.put(referral);
    }
    Ok(())
}

fn end_wait(view: &mut View<'_>, key: &ConversionKey) -> Decide<()> {
    let mut conversion = view.expect::<Conversion>(key.clone())?;
    if conversion.state != ConversionState::Waiting {
        return Ok(());
    }
    if let Some(participant) = conversion.participant {
        let mut participant = view.expect::<Participant>(ParticipantKey { participant })?;
        participant.waiting.retain(|waiting| waiting.conversion != *key);
        view.put(participant);
    }
    conversion.state = ConversionState::Recorded;
    view.put(conversion);
    Ok(())
}
