//! What time will bring: timers are put and deleted with their cause.

use super::halt::Decide;
use super::view::View;
use crate::record::{
    HoldKind, Key, Moderation, Progress, RecordKind, Referral, Reward, Subject, Timer, TimerKey, TimerKind,
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

/// Puts the timer that lets a reward expire, if it does: so long after it is due since then, or after it last began to
/// expire anew, if that is later.
pub(super) fn set_expiry(view: &mut View<'_>, reward: &mut Reward, since: Timestamp) -> Decide<()> {
    let Some(span) = reward.expires_after else { return Ok(()) };
    let since = expiry_start(reward, since);
    drop_timer(view, reward.expires_at, TimerKind::RewardExpires, Subject::Reward(reward.key()))?;
    let due_at = since.plus(span.delta());
    reward.expires_at = Some(due_at);
    set(view, due_at, TimerKind::RewardExpires, Subject::Reward(reward.key()), Some(reward.campaign));
    Ok(())
}

/// From when the span of a reward that is due since then runs: from there, or from when it last began anew, if that is later.
pub(super) fn expiry_start(reward: &Reward, since: Timestamp) -> Timestamp {
    reward.expires_from.map_or(since, |from| from.max(since))
}

/// Notes that the span of a reward begins anew now. Its timer is put when it is due.
pub(super) fn expire_anew(view: &View<'_>, reward: &mut Reward) {
    reward.expires_from = Some(expiry_start(reward, view.now()));
}

/// Lets the span of a reward begin anew now, and puts its timer.
pub(super) fn restart_expiry(view: &mut View<'_>, reward: &mut Reward) -> Decide<()> {
    expire_anew(view, reward);
    let now = view.now();
    set_expiry(view, reward, now)
}

/// Puts the timer that ends the use of what was handed over, if it is not there.
pub(super) fn set_redemption_end(view: &mut View<'_>, reward: &Reward) -> Decide<()> {
    let Some(due_at) = reward.redeem_by else { return Ok(()) };
    let (brings, subject) = (TimerKind::RedemptionEnds, Subject::Reward(reward.key()));
    if view.get::<Timer>(TimerKey { due_at, brings, subject: subject.clone() })?.is_none() {
        set(view, due_at, brings, subject, Some(reward.campaign));
    }
    Ok(())
}

/// Removes the timer that ends the use of what was handed over.
pub(super) fn drop_redemption_end(view: &mut View<'_>, reward: &Reward) -> Decide<()> {
    drop_timer(view, reward.redeem_by, TimerKind::RedemptionEnds, Subject::Reward(reward.key()))
}

/// The keys of the timers that a reward may have.
pub(super) fn keys(reward: &Reward) -> impl Iterator<Item = Key> + use<> {
    let subject = Subject::Reward(reward.key());
    let timers = [
        (reward.held_until, TimerKind::HoldEnds),
        (reward.expires_at, TimerKind::RewardExpires),
        (reward.redeem_by, TimerKind::RedemptionEnds),
    ];
    let key = move |(due_at, brings): (Option<Timestamp>, TimerKind)| {
        due_at.map(|due_at| TimerKey { due_at, brings, subject: subject.clone() }.into())
    };
    timers.into_iter().filter_map(key)
}

/// Removes the timers of a reward that is not handed over yet.
pub(super) fn drop_timers(view: &mut View<'_>, reward: &mut Reward) -> Decide<()> {
    let subject = || Subject::Reward(reward.key());
    drop_timer(view, reward.held_until, TimerKind::HoldEnds, subject())?;
    drop_timer(view, reward.expires_at, TimerKind::RewardExpires, subject())?;
    reward.expires_at = None;
    Ok(())
}

/// When the lead's timer is due: only a lead that may expire has one.
pub(super) fn lead_expiry(referral: &Referral) -> Option<Timestamp> {
    let may_expire = referral.progress == Progress::Lead && referral.moderation != Moderation::Denied;
    referral.expires_at.filter(|_| may_expire)
}

/// Moves the timer that lets a lead expire to where it is due now.
pub(super) fn move_lead_expiry(view: &mut View<'_>, referral: &Referral, before: Option<Timestamp>) -> Decide<()> {
    let after = lead_expiry(referral);
    if before == after {
        return Ok(());
    }
    let subject = || Subject::Referral(referral.key());
    drop_timer(view, before, TimerKind::LeadExpires, subject())?;
    if let Some(due_at) = after {
        set(view, due_at, TimerKind::LeadExpires, subject(), Some(referral.campaign));
    }
    Ok(())
}
