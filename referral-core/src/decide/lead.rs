//! Records sign-ups: who referred this person?

use super::campaign::{self, Current};
use super::conversion;
use super::evidence::{self, Named};
use super::halt::{Decide, Halt};
use super::metrics::{self, Dimensions};
use super::notify::{self, About};
use super::people;
use super::qualify;
use super::rules::{self, Occasion};
use super::scene::Scene;
use super::timer;
use super::view::View;
use crate::campaign::{ExistingCustomers, QualifiesOn, Trigger};
use crate::command::{EvidenceGiven, LeadRecorded, Reason, RecordLead};
use crate::record::{
    Cause, Counts, Metric, Moderation, NotificationKind, Participant, ParticipantKey, ParticipantState, Places,
    Progress, RecordKind, Referral, ReferralKey,
};
use crate::value::CampaignId;

/// A person has a referral in at most so many campaigns.
const MOST_CAMPAIGNS: usize = 64;
/// So many ancestors are walked in search of a cycle; a longer line of them is taken for one.
const MOST_ANCESTORS: usize = 64;

/// Records that a person signed up.
pub(super) fn record(view: &mut View<'_>, command: &RecordLead) -> Decide<LeadRecorded> {
    let current = campaign::by_slug(view, &command.campaign)?;
    let invitee = people::register(view, &command.person)?;
    let key = ReferralKey { campaign: current.id(), invitee: invitee.participant };
    if let Some(referral) = view.get::<Referral>(key.clone())? {
        return again(view, &current, &referral, &command.evidence);
    }
    let mut scene = begin(view, current, invitee, &command.evidence)?;
    count_waiting(view, &mut scene)?;
    let Referral { referrer, evidence, progress, .. } = scene.referral;
    scene.leave(view);
    Ok(LeadRecorded { referral: key, referrer, evidence, progress, already: false })
}

/// The first referrer stays.
fn again(view: &mut View<'_>, current: &Current, referral: &Referral, given: &EvidenceGiven) -> Decide<LeadRecorded> {
    if !given.is_empty() && evidence::resolve(view, current, given)?.referrer != referral.referrer {
        return Err(Halt::Declined(Reason::AlreadyReferred));
    }
    let Referral { referrer, evidence, progress, .. } = *referral;
    Ok(LeadRecorded { referral: referral.key(), referrer, evidence, progress, already: true })
}

/// Makes a referral by the evidence, if no guard stands against it, and runs the rules of `joined`.
pub(super) fn begin(
    view: &mut View<'_>,
    current: Current,
    mut invitee: Participant,
    given: &EvidenceGiven,
) -> Decide<Scene> {
    if !current.is_running(view.now()) {
        return Err(Halt::Declined(Reason::CampaignNotRunning));
    }
    let named = evidence::resolve(view, &current, given)?;
    guard(view, &current, &invitee, &named)?;
    evidence::use_code(view, &named)?;
    invitee.referred_in.push(current.id());
    let referral = new_referral(view, &current, &invitee, &named);
    // A later cycle check guards the invitee; so does a purchase that would wait.
    view.put(invitee);
    timer::set_lead_expiry(view, &referral);
    let mut scene = Scene::around(view, current, referral)?;
    count(view, &scene);
    let key = scene.referral.key();
    notify::tell(view, NotificationKind::ReferralLead, &About::referral(&key, scene.referral.referrer))?;
    let cause = Cause::Referral(key.invitee);
    rules::run(view, &mut scene, &Occasion { on: Trigger::Joined, number: 1, cause })?;
    if scene.pinned.model.qualification.on == QualifiesOn::Joined {
        qualify::by_joining(view, &mut scene)?;
    }
    Ok(scene)
}

/// The guards of attribution, on every path.
fn guard(view: &mut View<'_>, current: &Current, invitee: &Participant, named: &Named) -> Decide<()> {
    let declined = |reason| Err(Halt::Declined(reason));
    if named.referrer == invitee.participant {
        return declined(Reason::SelfReferral);
    }
    let refuses = current.compiled.model.attribution.existing_customers == ExistingCustomers::Refuse;
    if refuses && view.facts().existing_customer {
        return declined(Reason::ExistingCustomer);
    }
    let referrer = view.expect::<Participant>(ParticipantKey { participant: named.referrer })?;
    if referrer.state != ParticipantState::Active {
        return declined(Reason::ReferrerNotActive);
    }
    if invitee.referred_in.len() >= MOST_CAMPAIGNS {
        return declined(Reason::TooManyCampaigns);
    }
    refuse_cycle(view, current.id(), invitee, named)
}

/// Walks the referrer's ancestors. Each of them, and the first who was not referred, is guarded: whoever becomes a lead at
/// the same time puts their own participant, so of two leads that would close a circle one is refused.
fn refuse_cycle(view: &mut View<'_>, campaign: CampaignId, invitee: &Participant, named: &Named) -> Decide<()> {
    let mut ancestor = named.referrer;
    for _ in 0..MOST_ANCESTORS {
        view.get::<Participant>(ParticipantKey { participant: ancestor })?;
        let Some(referral) = view.get::<Referral>(ReferralKey { campaign, invitee: ancestor })? else { return Ok(()) };
        if referral.referrer == invitee.participant {
            return Err(Halt::Declined(Reason::Cycle));
        }
        ancestor = referral.referrer;
    }
    Err(Halt::Declined(Reason::Cycle))
}

fn new_referral(view: &View<'_>, current: &Current, invitee: &Participant, named: &Named) -> Referral {
    let now = view.now();
    Referral {
        campaign: current.id(),
        invitee: invitee.participant,
        referrer: named.referrer,
        progress: Progress::Lead,
        moderation: Moderation::Clear,
        version: current.compiled.version,
        evidence: named.evidence,
        channel: named.channel.clone(),
        country: invitee.country.or(view.facts().country),
        is_new: !view.facts().existing_customer,
        clicked_at: named.clicked_at,
        command: view.command(),
        lead_at: now,
        expires_at: current.compiled.model.qualification.window.map(|window| now.plus(window.delta())),
        qualified_at: None,
        qualifications: 0,
        qualified_by: Vec::new(),
        qualified_by_hand: false,
        conversions: Counts::default(),
        places: Places::default(),
        rewards: Vec::new(),
    }
}

fn count(view: &mut View<'_>, scene: &Scene) {
    let referral = &scene.referral;
    let dimensions = Dimensions {
        channel: referral.channel.clone(),
        country: referral.country,
        version: Some(referral.version),
        referrer: Some(referral.referrer),
    };
    metrics::count(view, &scene.current, Metric::Leads, 1, &dimensions);
}

/// Counts the purchases that came before their lead.
fn count_waiting(view: &mut View<'_>, scene: &mut Scene) -> Decide<()> {
    let mut invitee = view.expect::<Participant>(ParticipantKey { participant: scene.referral.invitee })?;
    let waiting = std::mem::take(&mut invitee.waiting);
    if waiting.is_empty() {
        return Ok(());
    }
    let (now, campaign) = (view.now(), scene.current.id());
    for one in waiting {
        if one.until <= now || !conversion::may_count(view, &one.conversion, campaign)? {
            invitee.waiting.push(one);
            continue;
        }
        conversion::count_waiting(view, scene, &one)?;
    }
    view.put(invitee);
    Ok(())
}
