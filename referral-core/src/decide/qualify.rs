//! Qualifies referrals and takes qualifications back: by a conversion, by signing up, or by hand.

use super::campaign;
use super::facts::{ReferralFacts, unmet};
use super::group;
use super::halt::{Decide, Halt};
use super::metrics::{self, Dimensions};
use super::milestone;
use super::notify::{self, About};
use super::people;
use super::reward;
use super::rules::{self, Occasion};
use super::scene::Scene;
use super::timer;
use super::view::View;
use crate::campaign::{InFlight, QualifiesOn, Trigger};
use crate::command::{Finding, Lose, Qualify, Reason, ReferralMoved, Unqualify, Who};
use crate::record::{
    Cause, ConversionKind, Metric, Moderation, NotificationKind, Progress, RecordKind, ReferralKey, Reward, RewardKey,
};
use crate::value::CampaignSlug;

const MOST_QUALIFIERS: usize = 64;

/// Whether a conversion of this kind may qualify at all.
fn kind_fits(on: QualifiesOn, kind: ConversionKind) -> bool {
    match on {
        QualifiesOn::Purchase => matches!(kind, ConversionKind::Purchase | ConversionKind::Subscription),
        QualifiesOn::Conversion => true,
        QualifiesOn::Joined | QualifiesOn::Manual => false,
    }
}

/// Lets the scene's order qualify the referral, if it does.
pub(super) fn by_order(view: &mut View<'_>, scene: &mut Scene) -> Decide<()> {
    let Some(order) = scene.order.as_ref() else { return Ok(()) };
    if !kind_fits(scene.pinned.model.qualification.on, order.converted) {
        return Ok(());
    }
    let key = order.key();
    if let Some(finding) = hindrance(view, scene) {
        view.find(finding.in_campaign(scene.current.id()));
        return Ok(());
    }
    if scene.referral.qualified_by.len() < MOST_QUALIFIERS {
        scene.referral.qualified_by.push(key);
    }
    if scene.referral.progress == Progress::Qualified {
        return Ok(());
    }
    qualify(view, scene)
}

/// Why the scene's order does not qualify the referral; nothing if it does.
fn hindrance(view: &View<'_>, scene: &Scene) -> Option<Finding> {
    let now = view.now();
    let model = &scene.pinned.model;
    if !matches!(scene.referral.progress, Progress::Lead | Progress::Qualified | Progress::Reverted) {
        return Some(Finding::new(Reason::ReferralState).because(scene.referral.progress.as_str()));
    }
    // The window is half-open, and by the host's clock.
    if scene.referral.expires_at.is_some_and(|end| end <= now) && scene.referral.progress == Progress::Lead {
        return Some(Finding::new(Reason::WindowClosed));
    }
    if model.in_flight == InFlight::Stop && scene.current.is_over(now) {
        return Some(Finding::new(Reason::CampaignNotRunning));
    }
    let facts = ReferralFacts::new(scene, scene.referral.qualifications.saturating_add(1), now);
    let finding = unmet(scene.pinned.qualifies_when.as_ref(), &facts)?;
    Some(Finding { reason: Reason::NotQualifying, ..finding })
}

/// Makes the referral qualified and runs what that brings about.
pub(super) fn qualify(view: &mut View<'_>, scene: &mut Scene) -> Decide<()> {
    timer::drop_lead_expiry(view, &scene.referral)?;
    scene.referral.progress = Progress::Qualified;
    scene.referral.qualified_at = Some(view.now());
    scene.referral.qualifications = scene.referral.qualifications.saturating_add(1);
    scene.enrolment.qualified += 1;
    count(view, scene, 1);
    let key = scene.referral.key();
    let number = scene.referral.qualifications;
    let cause = Cause::Qualification(key.invitee, number);
    view.find(Finding::new(Reason::Qualified).in_campaign(key.campaign).because(format!("qualification {number}")));
    notify::tell(view, NotificationKind::ReferralQualified, &About::referral(&key, scene.referral.referrer))?;
    rules::run(view, scene, &Occasion { on: Trigger::Qualified, number, cause })?;
    group::join(view, scene)?;
    milestone::rise(view, scene)
}

/// Lets signing up qualify the referral, if the campaign's condition holds.
pub(super) fn by_joining(view: &mut View<'_>, scene: &mut Scene) -> Decide<()> {
    if let Some(finding) = hindrance(view, scene) {
        view.find(finding.in_campaign(scene.current.id()));
        return Ok(());
    }
    qualify(view, scene)
}

fn count(view: &mut View<'_>, scene: &Scene, by: i64) {
    let referral = &scene.referral;
    let dimensions = Dimensions {
        channel: referral.channel.clone(),
        country: referral.country,
        version: Some(referral.version),
        referrer: Some(referral.referrer),
    };
    metrics::count(view, &scene.current, Metric::Qualified, by, &dimensions);
    let cohort = Dimensions { referrer: None, ..dimensions };
    metrics::count_at(view, &scene.current, Metric::LeadsQualified, "", by, referral.lead_at, &cohort);
}

/// Takes the referral's qualification back with all that it brought about.
pub(super) fn unqualify(view: &mut View<'_>, scene: &mut Scene, reason: &str) -> Decide<()> {
    if scene.referral.progress != Progress::Qualified {
        return Ok(());
    }
    scene.referral.progress = Progress::Reverted;
    scene.enrolment.qualified -= 1;
    count(view, scene, -1);
    let key = scene.referral.key();
    view.find(Finding::new(Reason::Unqualified).in_campaign(key.campaign).because(reason));
    notify::tell(view, NotificationKind::ReferralUnqualified, &About::referral(&key, scene.referral.referrer))?;
    let cause = Cause::Qualification(key.invitee, scene.referral.qualifications);
    let caused: Vec<RewardKey> = scene.referral.rewards.iter().filter(|key| key.cause == cause).cloned().collect();
    for key in caused {
        let mut reward = view.expect::<Reward>(key)?;
        reward::take_back(view, &scene.current, &mut reward, reason)?;
        view.put(reward);
    }
    group::leave(view, scene)?;
    milestone::fall(view, scene)
}

fn scene_of(view: &mut View<'_>, slug: &CampaignSlug, invitee: &Who) -> Decide<Scene> {
    let current = campaign::by_slug(view, slug)?;
    let invitee = people::known(view, invitee)?.participant;
    let key = ReferralKey { campaign: current.id(), invitee };
    Scene::enter(view, current, &key)?.ok_or(Halt::Declined(Reason::NoReferral))
}

fn leave(view: &mut View<'_>, scene: Scene) -> ReferralMoved {
    let outcome = ReferralMoved { referral: scene.referral.key(), progress: scene.referral.progress };
    scene.leave(view);
    outcome
}

/// Qualifies a lead by hand.
pub(super) fn by_hand(view: &mut View<'_>, command: &Qualify) -> Decide<ReferralMoved> {
    let mut scene = scene_of(view, &command.campaign, &command.invitee)?;
    if scene.referral.moderation == Moderation::Denied {
        return Err(Halt::Declined(Reason::ReferralDenied));
    }
    if !matches!(scene.referral.progress, Progress::Lead | Progress::Reverted | Progress::Qualified) {
        return Err(Halt::Declined(Reason::ReferralState));
    }
    scene.referral.qualified_by_hand = true;
    if scene.referral.progress != Progress::Qualified {
        qualify(view, &mut scene)?;
    }
    Ok(leave(view, scene))
}

/// Takes a qualification by hand back. A conversion that qualifies still does.
pub(super) fn take_back_by_hand(view: &mut View<'_>, command: &Unqualify) -> Decide<ReferralMoved> {
    let mut scene = scene_of(view, &command.campaign, &command.invitee)?;
    if !scene.referral.qualified_by_hand {
        return Err(Halt::Declined(Reason::ReferralState));
    }
    scene.referral.qualified_by_hand = false;
    if scene.referral.qualified_by.is_empty() {
        unqualify(view, &mut scene, "unqualified by hand")?;
    }
    Ok(leave(view, scene))
}

/// Gives a lead up.
pub(super) fn lose(view: &mut View<'_>, command: &Lose) -> Decide<ReferralMoved> {
    let mut scene = scene_of(view, &command.campaign, &command.invitee)?;
    if scene.referral.progress != Progress::Lead {
        return Err(Halt::Declined(Reason::ReferralState));
    }
    timer::drop_lead_expiry(view, &scene.referral)?;
    scene.referral.progress = Progress::Lost;
    Ok(leave(view, scene))
}
