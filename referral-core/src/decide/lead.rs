//! Records sign-ups: who referred this person?

use super::ask;
use super::campaign::{self, Current};
use super::context::ReferralContext;
use super::evidence::{self, Named};
use super::follow::{self, Told};
use super::foresee;
use super::foresee_rewards::{counts, pays, reward_keys};
use super::halt::{Decide, Halt};
use super::identity::{self, Alike};
use super::moderate;
use super::notify::{self, About};
use super::orders;
use super::people;
use super::sealed;
use super::stated;
use super::view::View;
use crate::campaign::{ExistingCustomers, QualifiesOn, SameMailbox, Trigger};
use crate::command::{EvidenceGiven, Finding, LeadRecorded, Person, Reason, RecordLead};
use crate::evaluate::LEAD;
use crate::record::{
    Cause, ConversionKey, EnrolmentKey, Key, Moderation, NotificationKind, Participant, ParticipantKey,
    ParticipantState, PersonKey, Places, Progress, RecordKind, Referral, ReferralKey, Suspicion,
};
use crate::value::{CampaignId, ParticipantId, Timestamp};

/// A person has a referral in at most so many campaigns.
const MOST_CAMPAIGNS: usize = 64;
/// So many ancestors are walked in search of a cycle; a longer line of them is taken for one.
const MOST_ANCESTORS: usize = 64;

/// Records that a person signed up.
pub(super) fn record(view: &mut View<'_>, command: &RecordLead) -> Decide<LeadRecorded> {
    let current = campaign::by_slug(view, &command.campaign)?;
    stated::check(&current.compiled.model.fields, "invitee.data.", "person.data", &command.person.data)?;
    let invitee = people::register(view, &command.person)?;
    let key = ReferralKey { campaign: current.id(), invitee: invitee.participant };
    let at = view.now();
    if let Some(referral) = view.get::<Referral>(key.clone())? {
        return again(view, current, referral, &command.evidence, at);
    }
    let context = begin(
        view,
        current,
        invitee,
        &LeadTold { person: &command.person, evidence: &command.evidence, at, order: None },
    )?;
    let Referral { referrer, evidence, progress, .. } = context.referral;
    context.leave(view);
    Ok(LeadRecorded { referral: key, referrer, evidence, progress, already: false })
}

/// The first referrer stays. Evidence for the same referrer belongs to the lead: the earliest says when it began.
pub(super) fn again(
    view: &mut View<'_>,
    current: Current,
    mut referral: Referral,
    given: &EvidenceGiven,
    at: Timestamp,
) -> Decide<LeadRecorded> {
    if !given.is_empty() {
        let named = evidence::resolve(view, &current, given, at)?;
        if named.referrer != referral.referrer {
            return Err(Halt::Declined(Reason::AlreadyReferred));
        }
        if at < referral.lead_at {
            referral = begin_earlier(view, current, referral, named, at)?;
        }
    }
    let Referral { referrer, evidence, progress, .. } = referral;
    Ok(LeadRecorded { referral: referral.key(), referrer, evidence, progress, already: true })
}

/// Lets a lead begin earlier than was known: with the version of that time, and with the orders of its window.
fn begin_earlier(
    view: &mut View<'_>,
    current: Current,
    referral: Referral,
    named: Named,
    at: Timestamp,
) -> Decide<Referral> {
    let pinned = campaign::version_at(view, &current, at)?;
    let mut context = ReferralContext::around(view, current, referral)?;
    let mut moved = ReferralContext { pinned: pinned.clone(), ..context.clone() };
    moved.referral.version = pinned.version;
    moved.referral.lead_at = at;
    moved.referral.evidence = named.evidence;
    moved.referral.channel = named.channel;
    moved.referral.clicked_at = named.clicked_at;
    orders::read_anew(view, &mut moved)?;
    let found = orders::named_for(&moved);
    orders::add(view, &mut moved, &found)?;
    follow::change(view, &mut context, &Told::referral("the lead began earlier"), |context| {
        context.pinned = moved.pinned;
        context.referral = moved.referral;
    })?;
    sealed::seal_earliest(view, &mut context)?;
    let referral = context.referral.clone();
    context.leave(view);
    Ok(referral)
}

/// A sign-up or an order with evidence, as it was told.
pub(super) struct LeadTold<'a> {
    /// Of whom.
    pub(super) person: &'a Person,
    /// What names the referrer.
    pub(super) evidence: &'a EvidenceGiven,
    /// When it happened.
    pub(super) at: Timestamp,
    /// The order that brought the evidence, if one did.
    pub(super) order: Option<&'a ConversionKey>,
}

/// Makes a referral by the evidence, if no guard refuses it.
pub(super) fn begin(
    view: &mut View<'_>,
    current: Current,
    mut invitee: Participant,
    told: &LeadTold<'_>,
) -> Decide<ReferralContext> {
    let LeadTold { evidence: given, at, order, .. } = *told;
    if !current.is_running(at) {
        return Err(Halt::Declined(Reason::CampaignNotRunning));
    }
    let named = evidence::resolve(view, &current, given, at)?;
    let suspicion = guard(view, &current, &invitee, &named, told)?;
    evidence::use_code(view, &named)?;
    invitee.referred_in.push(current.id());
    let pinned = campaign::version_at(view, &current, at)?;
    let is_new = order.is_some() || !view.facts().existing_customer;
    let mut referral = new_referral(view, &current, &invitee, (&named, pinned.version, at, is_new));
    let is_suspected = suspicion.is_some();
    if let Some(found) = suspicion {
        moderate::suspect(view, &mut referral, found);
    }
    // A later cycle check guards the invitee; so does a purchase that names no lead yet.
    view.put(invitee);
    let mut context = ReferralContext::around(view, current, referral)?;
    context.referral.reading = ask::read_lead(&context);
    let found = orders::named_for(&context);
    orders::add(view, &mut context, &found)?;
    let key = context.referral.key();
    notify::tell(view, NotificationKind::ReferralLead, &About::referral(&key, context.referral.referrer))?;
    if is_suspected {
        moderate::tell(view, &context)?;
    }
    follow::begin(view, &mut context, &order.map_or_else(|| Told::referral(""), |order| Told::order(order, "")))?;
    Ok(context)
}

/// The guards of attribution, on every path.
fn guard(
    view: &mut View<'_>,
    current: &Current,
    invitee: &Participant,
    named: &Named,
    told: &LeadTold<'_>,
) -> Decide<Option<Suspicion>> {
    let declined = |reason| Err(Halt::Declined(reason));
    let attribution = &current.compiled.model.attribution;
    let found = identity::alike(view, told.person, invitee.participant, named.referrer)?;
    let suspicion = match (found, attribution.same_mailbox) {
        (Some(Alike::Person), _) => return declined(Reason::SelfReferral),
        (Some(Alike::Mailbox), SameMailbox::Decline) => {
            view.find_in_what_was_told(Finding::new(Reason::SameMailbox).in_campaign(current.id()));
            return declined(Reason::SelfReferral);
        }
        (Some(Alike::Mailbox), SameMailbox::Hold) => Some(Suspicion { at: told.at, order: None, mailbox: true }),
        (Some(Alike::Mailbox), SameMailbox::Allow) | (None, _) => None,
    };
    let refuses = attribution.existing_customers == ExistingCustomers::Refuse;
    // An order that makes the lead makes its buyer a customer: the host's answer rests on that very order.
    if refuses && told.order.is_none() && view.facts().existing_customer {
        return declined(Reason::ExistingCustomer);
    }
    if invitee.referred_in.len() >= MOST_CAMPAIGNS {
        return declined(Reason::TooManyCampaigns);
    }
    refuse_cycle(view, current.id(), invitee, named.referrer)?;
    Ok(suspicion)
}

/// The guards of a referral that a hand gives to another referrer.
pub(super) fn guard_hand(
    view: &mut View<'_>,
    current: &Current,
    invitee: &Participant,
    referrer: ParticipantId,
) -> Decide<()> {
    let found = identity::alike(view, &Person::default(), invitee.participant, referrer)?;
    let declines = current.compiled.model.attribution.same_mailbox == SameMailbox::Decline;
    if found == Some(Alike::Person) || (found == Some(Alike::Mailbox) && declines) {
        return Err(Halt::Declined(Reason::SelfReferral));
    }
    let known = view.expect::<Participant>(ParticipantKey { participant: referrer })?;
    if known.state != ParticipantState::Active {
        return Err(Halt::Declined(Reason::ReferrerNotActive));
    }
    refuse_cycle(view, current.id(), invitee, referrer)
}

/// Walks the referrer's ancestors. Each of them, and the first who was not referred, is guarded: whoever becomes a lead at
/// the same time puts their own participant, so of two leads that would close a circle one is refused.
fn refuse_cycle(
    view: &mut View<'_>,
    campaign: CampaignId,
    invitee: &Participant,
    referrer: ParticipantId,
) -> Decide<()> {
    let mut ancestor = referrer;
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

fn new_referral(
    view: &View<'_>,
    current: &Current,
    invitee: &Participant,
    (named, version, at, is_new): (&Named, u32, Timestamp, bool),
) -> Referral {
    Referral {
        campaign: current.id(),
        invitee: invitee.participant,
        referrer: named.referrer,
        progress: Progress::Lead,
        moderation: Moderation::Clear,
        version,
        evidence: named.evidence,
        channel: named.channel.clone(),
        country: invitee.country.or(view.facts().country),
        is_new,
        clicked_at: named.clicked_at,
        command: view.command(),
        lead_at: at,
        expires_at: None,
        qualified_at: None,
        reading: String::new(),
        orders: Vec::new(),
        sealed: None,
        marks: Vec::new(),
        moderating: None,
        suspected: None,
        reassigned: None,
        places: Places::default(),
    }
}

/// Foresees what a sign-up reads.
pub(super) fn foresee(view: &mut View<'_>, command: &RecordLead) {
    let campaign = foresee::campaign(view, &command.campaign);
    let invitee = foresee::person(view, &command.person);
    let Some(campaign) = campaign else { return };
    let referrers = evidence::foresee(view, campaign, &command.evidence);
    let Some(invitee) = invitee else { return };
    view.want([ReferralKey { campaign, invitee }]);
    for referrer in referrers {
        foresee_new(view, campaign, referrer, invitee);
    }
}

/// Foresees what a new referral reads.
pub(super) fn foresee_new(view: &mut View<'_>, campaign: CampaignId, referrer: ParticipantId, invitee: ParticipantId) {
    view.want([
        Key::from(ParticipantKey { participant: referrer }),
        PersonKey { participant: referrer }.into(),
        EnrolmentKey { campaign, participant: referrer }.into(),
        ReferralKey { campaign, invitee: referrer }.into(),
    ]);
    let named = view.glance::<Participant>(ParticipantKey { participant: invitee });
    let named = named.map(|person| person.orders.iter().map(|order| order.conversion.clone()).collect::<Vec<_>>());
    view.want(named.unwrap_or_default());
    if let Some(compiled) = view.campaigns().newest(view.tenant(), campaign) {
        let people = (referrer, invitee);
        pays(view, reward_keys(&compiled, Trigger::Joined, &Cause::Referral(invitee), people), None);
        if compiled.model.qualification.on == QualifiesOn::Joined {
            let first = Cause::Qualification(invitee, LEAD);
            pays(view, reward_keys(&compiled, Trigger::Qualified, &first, people), None);
            counts(view, &compiled, referrer);
        }
    }
}
