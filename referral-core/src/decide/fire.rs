//! Does what due timers bring, each by a guarded command.

use super::balance;
use super::campaign;
use super::foresee_rewards;
use super::halt::{Decide, Halt};
use super::lookup;
use super::notify::{self, About};
use super::overdue;
use super::view::View;
use crate::command::{FireTimer, Reason, TimerFired};
use crate::record::{
    NotificationKind, Progress, Referral, ReferralKey, Reward, RewardKey, Subject, Timer, TimerKey, TimerKind,
};

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
        (Subject::Reward(reward), TimerKind::HoldEnds | TimerKind::RewardExpires | TimerKind::RedemptionEnds) => {
            catch_up(view, reward)?
        }
        (Subject::Referral(referral), TimerKind::LeadExpires) => expire_lead(view, referral)?,
        (Subject::Lookup(lookup), TimerKind::LookupEnds) => lookup::forget(view, lookup)?,
        _ => {}
    }
    // Whatever became of it, this timer has fired.
    view.delete(key.clone());
    Ok(TimerFired { brought: key.brings })
}

/// Posts what time has brought to a reward.
fn catch_up(view: &mut View<'_>, key: &RewardKey) -> Decide<()> {
    let mut reward = view.expect::<Reward>(key.clone())?;
    let current = campaign::existing(view, key.campaign)?;
    overdue::catch_up(view, &current, &mut reward)?;
    balance::put(view, reward);
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

/// Foresees what a timer reads.
pub(super) fn foresee(view: &mut View<'_>, key: &TimerKey) {
    view.want([key.clone()]);
    match &key.subject {
        Subject::Reward(key) => foresee_rewards::reward(view, key),
        Subject::Referral(key) => view.want([key.clone()]),
        Subject::Conversion(key) => view.want([key.clone()]),
        Subject::Lookup(key) => view.want([key.clone()]),
    }
}
