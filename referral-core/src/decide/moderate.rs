//! Moderation: a flagged referral goes on and its rewards are held; a denied one earns nothing.

use super::campaign::{self, Current};
use super::halt::{Decide, Halt};
use super::notify::{self, About};
use super::people;
use super::qualify;
use super::reward;
use super::scene::Scene;
use super::view::View;
use crate::campaign::Hold;
use crate::command::{Moderate, Moderated, Reason};
use crate::record::{HoldKind, Key, Moderation, NotificationKind, RecordKind, ReferralKey, Reward, RewardState};

const LONGEST_NOTE: usize = 500;

/// Says what moderation found of a referral.
pub(super) fn moderate(view: &mut View<'_>, command: &Moderate) -> Decide<Moderated> {
    if command.note.as_ref().is_some_and(|note| note.chars().count() > LONGEST_NOTE) {
        return Err(crate::error::Error::command("note", "has at most 500 characters").into());
    }
    let current = campaign::by_slug(view, &command.campaign)?;
    let invitee = people::known(view, &command.invitee)?.participant;
    let key = ReferralKey { campaign: current.id(), invitee };
    let mut scene = Scene::enter(view, current, &key)?.ok_or(Halt::Declined(Reason::NoReferral))?;
    let moderation = command.moderation;
    let before = scene.referral.moderation;
    if before == Moderation::Denied && moderation != Moderation::Denied {
        return Err(Halt::Declined(Reason::ReferralDenied));
    }
    if before != moderation {
        scene.referral.moderation = moderation;
        view.need(scene.referral.rewards.iter().cloned().map(Key::from))?;
        match moderation {
            Moderation::Flagged => each_reward(view, &mut scene, flag)?,
            Moderation::Clear => each_reward(view, &mut scene, clear)?,
            Moderation::Denied => deny(view, &mut scene)?,
        }
        tell(view, &scene)?;
    }
    scene.leave(view);
    Ok(Moderated { referral: key, moderation })
}

fn tell(view: &mut View<'_>, scene: &Scene) -> Decide<()> {
    let kind = match scene.referral.moderation {
        Moderation::Flagged => NotificationKind::ReferralFlagged,
        Moderation::Denied => NotificationKind::ReferralDenied,
        Moderation::Clear => return Ok(()),
    };
    notify::tell(view, kind, &About::referral(&scene.referral.key(), scene.referral.referrer))
}

type Change = fn(&mut View<'_>, &Current, &mut Reward) -> Decide<()>;

fn each_reward(view: &mut View<'_>, scene: &mut Scene, change: Change) -> Decide<()> {
    for key in scene.referral.rewards.clone() {
        let mut reward = view.expect::<Reward>(key)?;
        change(view, &scene.current, &mut reward)?;
        view.put(reward);
    }
    Ok(())
}

fn flag(view: &mut View<'_>, current: &Current, reward: &mut Reward) -> Decide<()> {
    let can_be_held =
        matches!(reward.state, RewardState::Pending | RewardState::Due | RewardState::Approved | RewardState::Failed);
    if can_be_held { reward::hold_again(view, current, reward) } else { Ok(()) }
}

/// The hold that the reward's rule asks for goes on where it has not ended meanwhile.
fn clear(view: &mut View<'_>, current: &Current, reward: &mut Reward) -> Decide<()> {
    if reward.state != RewardState::Pending || reward.hold != Some(HoldKind::Moderation) {
        return Ok(());
    }
    let version = campaign::version(view, reward.campaign, reward.version)?;
    let needs_approval = version.rule(&reward.rule).is_some_and(|rule| rule.model.hold == Some(Hold::Approval));
    if reward.held_until.is_some_and(|until| until > view.now()) {
        reward.hold = Some(HoldKind::RefundWindow);
        return reward::set_state(view, reward, RewardState::Pending);
    }
    if needs_approval {
        reward.hold = Some(HoldKind::Approval);
        return reward::set_state(view, reward, RewardState::Pending);
    }
    reward::release(view, current, reward, RewardState::Due)
}

fn deny(view: &mut View<'_>, scene: &mut Scene) -> Decide<()> {
    qualify::unqualify(view, scene, "denied")?;
    each_reward(view, scene, |view, current, reward| reward::take_back(view, current, reward, "denied"))
}
