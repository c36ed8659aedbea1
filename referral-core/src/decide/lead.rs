//! Records sign-ups: who referred this person?

use super::ask;
use super::campaign::{self, Current};
use super::context::ReferralContext;
use super::evidence::{self, Named};
use super::follow::{self, Told};
use super::foresee;
use super::foresee_rewards;
use super::halt::{Decide, Halt};
use super::identity::{self, Alike};
use super::lay;
use super::leads;
use super::merged;
use super::moderate;
use super::notify::{self, About};
use super::orders;
use super::people;
use super::pool;
use super::sealed;
use super::stated;
use super::view::View;
use crate::campaign::{ExistingCustomers, SameMailbox};
use crate::command::{EvidenceGiven, Finding, LeadRecorded, Person, Reason, RecordLead};
use crate::record::{
    ConversionKey, Met, Moderation, NotificationKind, Participant, ParticipantKey, ParticipantState, Places, Progress,
    RecordKind, Referral, Suspicion, note_met,
};
use crate::value::{CampaignId, ParticipantId, Timestamp};

/// A person has a referral in at most so many campaigns.
pub(super) const MOST_CAMPAIGNS: usize = 64;
/// A person has at most so many leads in one campaign.
const MOST_LEADS: u32 = 16;
/// So many ancestors are walked in search of a cycle; a longer line of them is taken for one.
pub(super) const MOST_ANCESTORS: usize = 64;

/// Records that a person signed up.
pub(super) fn record(view: &mut View<'_>, command: &RecordLead) -> Decide<LeadRecorded> {
    let current = campaign::by_slug(view, &command.campaign)?;
    stated::check(&current.compiled.model.fields, "invitee.data.", "person.data", &command.person.data)?;
    let invitee = people::register(view, &command.person)?;
    let at = view.now();
    let told = LeadTold { person: &command.person, evidence: &command.evidence, at, order: None };
    tell(view, current, invitee, &told)
}

/// Tells of a sign-up, or of an order with evidence: it begins the person's first lead, belongs to a lead that there is, or
/// begins another one. The first referrer stays while a lead is open, and once it is qualified.
pub(super) fn tell(
    view: &mut View<'_>,
    current: Current,
    invitee: Participant,
    told: &LeadTold<'_>,
) -> Decide<LeadRecorded> {
    let (campaign, person, at) = (current.id(), invitee.participant, told.at);
    let known = leads::all(view, campaign, person)?;
    let standing = leads::standing(&known).len();
    match leads::not_after(&known, at).cloned() {
        None => begin(view, current, invitee, told, &known)?.leave(view),
        Some(_) if told.evidence.is_empty() => {}
        Some(lead) => again(view, current, invitee, told, (&known, lead))?,
    }
    let known = leads::all(view, campaign, person)?;
    let already = leads::standing(&known).len() == standing;
    let lead = leads::not_after(&known, at).ok_or(Halt::Declined(Reason::NoReferral))?;
    let Referral { referrer, evidence, progress, .. } = *lead;
    Ok(LeadRecorded { referral: lead.key(), referrer, evidence, progress, already })
}

/// Evidence of a person who has leads. For the last referrer it is a fact of the last leads, which are laid out anew. For
/// another one it begins another lead only at or after the end of the last one's window, if that is not qualified.
fn again(
    view: &mut View<'_>,
    current: Current,
    invitee: Participant,
    told: &LeadTold<'_>,
    (known, lead): (&[Referral], Referral),
) -> Decide<()> {
    let at = told.at;
    let named = evidence::resolve(view, &current, told.evidence, at, known)?;
    let standing = leads::standing(known);
    let Some(last) = standing.last() else { return Err(Halt::Declined(Reason::NoReferral)) };
    let is_last = last.key() == lead.key();
    let behind = lay::first_of_segment(view, &standing, last.referrer)?;
    let is_of_last = standing.iter().skip(behind).any(|own| own.key() == lead.key());
    if is_of_last && merged::are_one(view, named.referrer, last.referrer)? {
        return add_evidence(view, current, lead, named, told);
    }
    if merged::are_one(view, named.referrer, lead.referrer)? {
        // Another referrer's evidence came after this lead: it stays as it was then.
        return Ok(());
    }
    if !lay::is_over(view, &current, &lead, at)? {
        return Err(Halt::Declined(Reason::AlreadyReferred));
    }
    if let Some(first) = standing.get(behind).filter(|_| !is_of_last) {
        // The lead before had ended by then: the next referrer's lead began earlier than was known.
        if merged::are_one(view, named.referrer, first.referrer)? {
            return add_evidence(view, current, (*first).clone(), named, told);
        }
    }
    if !is_last {
        return Err(Halt::Declined(Reason::AlreadyReferred));
    }
    begin(view, current, invitee, told, known)?.leave(view);
    Ok(())
}

/// Adds evidence for the referrer of a lead to its facts. A code is used once more if one more lead begins by a code.
fn add_evidence(
    view: &mut View<'_>,
    current: Current,
    lead: Referral,
    named: Named,
    told: &LeadTold<'_>,
) -> Decide<()> {
    let (campaign, invitee) = (lead.campaign, lead.invitee);
    let before = leads::begun_by_code(&leads::all(view, campaign, invitee)?);
    note_evidence(view, current, lead, named.clone(), told)?;
    let after = leads::begun_by_code(&leads::all(view, campaign, invitee)?);
    if after > before { evidence::use_code(view, &named) } else { Ok(()) }
}

/// Notes evidence among the facts of a lead. What comes first says when the lead began; what comes at or after the end of its window
/// may begin another one.
fn note_evidence(
    view: &mut View<'_>,
    current: Current,
    lead: Referral,
    named: Named,
    told: &LeadTold<'_>,
) -> Decide<()> {
    let is_new = told.order.is_some() || !view.facts().existing_customer;
    let Named { evidence, channel, link, origin, clicked_at, .. } = named.clone();
    let met = Met { at: told.at, command: view.command(), evidence, channel, link, origin, clicked_at, is_new };
    if !current.is_running(told.at) {
        // It cannot count: it says neither that the lead began earlier nor that another one did.
        view.find_in_what_was_told(Finding::new(Reason::CampaignNotRunning).in_campaign(current.id()));
        return Ok(());
    }
    if told.at == lead.lead_at {
        return Ok(());
    }
    evidence::keep_touches(view, &current, &named);
    if told.at < lead.lead_at {
        return begin_earlier(view, current, lead, met);
    }
    let refuses = current.compiled.model.attribution.existing_customers == ExistingCustomers::Refuse;
    if refuses && !is_new && lay::is_over(view, &current, &lead, told.at)? && lead.moderation != Moderation::Denied {
        return Err(Halt::Declined(Reason::ExistingCustomer));
    }
    let mut context = ReferralContext::around(view, current, lead)?;
    let mut fits = true;
    follow::change(view, &mut context, &Told::referral("the person came again"), |context| {
        fits = note_met(&mut context.referral.further, met);
    })?;
    if !fits {
        view.find(Finding::new(Reason::TooManyLeads).in_campaign(context.current.id()));
    }
    context.leave(view);
    Ok(())
}

/// Lets a lead begin earlier than was known: with the version of that time, and with the orders of its window.
fn begin_earlier(view: &mut View<'_>, current: Current, referral: Referral, met: Met) -> Decide<()> {
    let pinned = campaign::version_at(view, &current, met.at)?;
    let mut context = ReferralContext::around(view, current, referral)?;
    let mut moved = ReferralContext { pinned: pinned.clone(), ..context.clone() };
    moved.referral.version = pinned.version;
    let beginning = pool::beginning(&moved.referral);
    note_met(&mut moved.referral.further, beginning);
    let Met { at, command, evidence, channel, link, origin, clicked_at, is_new } = met;
    (moved.referral.lead_at, moved.referral.command, moved.referral.is_new) = (at, command, is_new);
    (moved.referral.evidence, moved.referral.channel, moved.referral.clicked_at) = (evidence, channel, clicked_at);
    (moved.referral.link, moved.referral.origin) = (link, origin);
    moderate::judge(&mut moved.referral);
    orders::read_anew(view, &mut moved)?;
    let others = leads::all(view, moved.referral.campaign, moved.referral.invitee)?;
    let found = orders::free_for(&moved, &others);
    orders::add(view, &mut moved, &found)?;
    follow::change(view, &mut context, &Told::referral("the lead began earlier"), |context| {
        context.pinned = moved.pinned;
        context.referral = moved.referral;
    })?;
    sealed::seal_earliest(view, &mut context)?;
    context.leave(view);
    Ok(())
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
fn begin(
    view: &mut View<'_>,
    current: Current,
    mut invitee: Participant,
    told: &LeadTold<'_>,
    known: &[Referral],
) -> Decide<ReferralContext> {
    let LeadTold { evidence: given, at, order, .. } = *told;
    let own = known.iter().filter(|lead| lead.invitee == invitee.participant).count();
    let lead = u32::try_from(own).unwrap_or(u32::MAX).saturating_add(1);
    if lead > MOST_LEADS {
        return Err(Halt::Declined(Reason::TooManyLeads));
    }
    if !current.is_running(at) {
        return Err(Halt::Declined(Reason::CampaignNotRunning));
    }
    let named = evidence::resolve(view, &current, given, at, &[])?;
    let suspicion = guard(view, &current, &invitee, &named, told)?;
    evidence::use_code(view, &named)?;
    evidence::keep_touches(view, &current, &named);
    if known.is_empty() {
        invitee.referred_in.push(current.id());
    }
    let pinned = campaign::version_at(view, &current, at)?;
    let is_new = order.is_some() || !view.facts().existing_customer;
    let mut referral = new_referral(view, &current, &invitee, (&named, pinned.version, at, is_new));
    (referral.lead, referral.leads) = (lead, u32::from(lead == 1));
    let is_suspected = suspicion.is_some();
    if let Some(found) = suspicion {
        moderate::suspect(view, &mut referral, found);
    }
    // A later cycle check guards the invitee; so does a purchase that names no lead yet.
    view.put(invitee);
    let mut context = ReferralContext::around(view, current, referral)?;
    context.referral.reading = ask::read_lead(&context);
    let found = orders::free_for(&context, known);
    orders::add(view, &mut context, &found)?;
    if leads::is_alone(&context) {
        let about = About::referral(&context.referral.key(), context.referral.referrer);
        notify::tell(view, NotificationKind::ReferralLead, &about)?;
    }
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

/// The guards of a referral that a hand gives to another referrer: what was found of the two being one person, if they share a
/// mailbox and the campaign holds such referrals.
pub(super) fn guard_hand(
    view: &mut View<'_>,
    current: &Current,
    invitee: &Participant,
    referrer: ParticipantId,
) -> Decide<Option<Suspicion>> {
    let found = identity::alike(view, &Person::default(), invitee.participant, referrer)?;
    let held = match (found, current.compiled.model.attribution.same_mailbox) {
        (Some(Alike::Person), _) | (Some(Alike::Mailbox), SameMailbox::Decline) => {
            return Err(Halt::Declined(Reason::SelfReferral));
        }
        (Some(Alike::Mailbox), SameMailbox::Hold) => Some(Suspicion { at: view.now(), order: None, mailbox: true }),
        (Some(Alike::Mailbox), SameMailbox::Allow) | (None, _) => None,
    };
    let known = merged::root(view, referrer)?;
    if known.state != ParticipantState::Active {
        return Err(Halt::Declined(Reason::ReferrerNotActive));
    }
    refuse_cycle(view, current.id(), invitee, referrer)?;
    Ok(held)
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
        let leads = leads::all(view, campaign, ancestor)?;
        let Some(referral) = leads::not_after(&leads, Timestamp::LAST) else { return Ok(()) };
        let (referrer, is_invitee) =
            (referral.referrer, merged::are_one(view, referral.referrer, invitee.participant)?);
        if is_invitee {
            return Err(Halt::Declined(Reason::Cycle));
        }
        ancestor = referrer;
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
        lead: 1,
        leads: 1,
        referrer: named.referrer,
        progress: Progress::Lead,
        moderation: Moderation::Clear,
        version,
        evidence: named.evidence,
        channel: named.channel.clone(),
        link: named.link,
        origin: named.origin.clone(),
        country: invitee.country.or(view.facts().country),
        is_new,
        clicked_at: named.clicked_at,
        click_class: None,
        command: view.command(),
        lead_at: at,
        expires_at: None,
        qualified_at: None,
        further: Vec::new(),
        superseded: false,
        reading: String::new(),
        orders: Vec::new(),
        sealed: None,
        marks: Vec::new(),
        moderating: Vec::new(),
        suspected: None,
        reassigned: Vec::new(),
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
    view.want([leads::first_key(campaign, invitee)]);
    for referrer in referrers {
        foresee_rewards::new_referral(view, campaign, referrer, invitee);
    }
}
