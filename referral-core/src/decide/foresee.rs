//! Foresees which records a command will read, so that they are loaded in a few rounds, each as wide as can be.
//!
//! Decides nothing: a key that is foreseen and never read costs its load, one that is read and was not foreseen costs a
//! round. What is foreseen rests on the command, on campaigns that this process compiled before, and on records that
//! are loaded already.

use super::consent;
use super::foresee_rewards::{Converts, changed, counts, pays, referral, reward, reward_keys};
use super::handled::has_receipt;
use super::lookup;
use super::notify;
use super::people;
use super::view::View;
use crate::campaign::{QualifiesOn, Trigger};
use crate::command::{
    AnyCommand, EvidenceGiven, OpenLookup, Person, Recipient, RecordClick, RecordConversion, RecordLead, RecordRefund,
    Request, Who,
};
use crate::evaluate::LEAD;
use crate::link::{AnyCode, LinkText, LinkToken, LookupToken, SealedToken};
use crate::record::{
    Alias, AliasKey, CampaignKey, CampaignNameKey, Cause, Code, CodeKey, Conversion, ConversionKey, EnrolmentKey,
    Grant, GrantKey, Key, LinkKey, Lookup, LookupKey, Participant, ParticipantKey, PersonKey, ReceiptKey, ReferenceKey,
    ReferralKey, RefundKey, SettingsKey, Subject, TimerKey, VisitKey, Visitor, VisitorKey,
};
use crate::value::{CampaignId, CampaignSlug, EventId, ParticipantId, SourceName};

/// In so many campaigns of a tenant a person's referral is looked for before it is known where the person was referred.
const FEW_CAMPAIGNS: usize = 4;

/// Names what the request will probably read, beside what it was found to lack.
pub(super) fn widen(view: &mut View<'_>, request: &Request) {
    view.want([SettingsKey {}]);
    if has_receipt(&request.command) {
        view.want([ReceiptKey { command: request.key }]);
    }
    match &request.command {
        AnyCommand::Enrol(command) => {
            campaign(view, &command.campaign);
            person(view, &command.person);
        }
        AnyCommand::CreateLink(command) => member(view, &command.campaign, &command.participant),
        AnyCommand::CreateCode(command) => member(view, &command.campaign, &command.participant),
        AnyCommand::RecordShare(command) => member(view, &command.campaign, &command.participant),
        AnyCommand::Qualify(command) => invitee(view, &command.campaign, &command.invitee),
        AnyCommand::Unqualify(command) => invitee(view, &command.campaign, &command.invitee),
        AnyCommand::Lose(command) => invitee(view, &command.campaign, &command.invitee),
        AnyCommand::RemoveMark(command) => invitee(view, &command.campaign, &command.invitee),
        AnyCommand::VoidConversion(command) => known(view, &command.source, &command.event),
        AnyCommand::RestoreConversion(command) => known(view, &command.source, &command.event),
        AnyCommand::CorrectConversion(command) => known(view, &command.source, &command.event),
        AnyCommand::CancelRefund(command) => known(view, &command.source, &command.event),
        AnyCommand::Moderate(command) => invitee(view, &command.campaign, &command.invitee),
        AnyCommand::RecordClick(command) => click(view, command),
        AnyCommand::RecordLead(command) => lead(view, command),
        AnyCommand::RecordConversion(command) => conversion(view, command),
        AnyCommand::RecordRefund(command) => refund(view, command),
        AnyCommand::RequestLookup(command) => {
            campaign(view, &command.campaign);
            let keys = lookup::first_keys(view, &command.email);
            view.want(keys);
        }
        AnyCommand::Unsubscribe(command) => match &command.recipient {
            // What a token says is read only once it is known to be good.
            Recipient::Token(token) => {
                let participant = consent::told_by(view, token).ok();
                row(view, participant);
                view.want(participant.map(|participant| ParticipantKey { participant }));
            }
            Recipient::Participant(participant) => {
                let participant = who(view, participant);
                row(view, participant);
            }
        },
        AnyCommand::Resubscribe(command) => {
            let participant = who(view, &command.participant);
            row(view, participant);
        }
        AnyCommand::ErasePerson(command) => {
            let participant = who(view, &command.participant);
            row(view, participant);
            view.want(command.records.iter().cloned());
        }
        AnyCommand::OpenLookup(command) => opening(view, command),
        AnyCommand::MoveReward(command) => reward(view, &command.reward),
        AnyCommand::GrantReward(command) => reward(view, &command.reward),
        AnyCommand::Redeliver(command) => view.want([notify::delivery(command)]),
        AnyCommand::FireTimer(command) => timer(view, &command.timer),
        _ => {}
    }
}

fn campaign(view: &mut View<'_>, slug: &CampaignSlug) -> Option<CampaignId> {
    let campaign = view.campaigns().named(view.tenant(), slug);
    match campaign {
        Some(campaign) => view.want([CampaignKey { campaign }]),
        None => view.want([CampaignNameKey { slug: slug.clone() }]),
    }
    campaign
}

/// The participant behind aliases, if they are loaded.
fn behind(view: &mut View<'_>, keys: Vec<AliasKey>) -> Option<ParticipantId> {
    let found = keys.iter().find_map(|key| view.glance::<Alias>(key.clone())).map(|alias| alias.participant);
    view.want(keys);
    if let Some(participant) = found {
        view.want([Key::from(ParticipantKey { participant }), PersonKey { participant }.into()]);
    }
    found
}

fn person(view: &mut View<'_>, person: &Person) -> Option<ParticipantId> {
    let keys = people::alias_keys(view, person.host_id.as_ref(), person.email.as_ref());
    behind(view, keys)
}

fn who(view: &mut View<'_>, who: &Who) -> Option<ParticipantId> {
    let keys = match who {
        Who::Id(participant) => {
            view.want([ParticipantKey { participant: *participant }]);
            return Some(*participant);
        }
        Who::Host(host_id) => people::alias_keys(view, Some(host_id), None),
        Who::Email(email) => people::alias_keys(view, None, Some(email)),
    };
    behind(view, keys)
}

/// The row with what is personal.
fn row(view: &mut View<'_>, participant: Option<ParticipantId>) {
    view.want(participant.map(|participant| PersonKey { participant }));
}

fn member(view: &mut View<'_>, slug: &CampaignSlug, participant: &Who) {
    let campaign = campaign(view, slug);
    if let (Some(campaign), Some(participant)) = (campaign, who(view, participant)) {
        view.want([EnrolmentKey { campaign, participant }]);
    }
}

fn invitee(view: &mut View<'_>, slug: &CampaignSlug, invitee: &Who) {
    let campaign = campaign(view, slug);
    if let (Some(campaign), Some(invitee)) = (campaign, who(view, invitee)) {
        referral(view, ReferralKey { campaign, invitee }, None);
    }
}

fn click(view: &mut View<'_>, command: &RecordClick) {
    let campaign = match command.link.parse::<LinkText>() {
        Ok(LinkText::Token(sealed)) => {
            view.want([CampaignKey { campaign: sealed.campaign() }]);
            token(view, &sealed);
            Some(sealed.campaign())
        }
        Ok(LinkText::Code(parsed)) => {
            let campaign = command.campaign.as_ref().and_then(|slug| campaign(view, slug));
            if let Some(owner) = campaign.and_then(|campaign| code(view, campaign, &parsed)) {
                view.want(campaign.map(|campaign| EnrolmentKey { campaign, participant: owner }));
            }
            campaign
        }
        _ => None,
    };
    if let Some(raw) = &command.visitor {
        let visitor = view.keyring().visitor_id(view.tenant(), raw);
        view.want([VisitorKey { visitor }]);
        view.want(campaign.map(|campaign| VisitKey { campaign, visitor }));
    }
}

fn opening(view: &mut View<'_>, command: &OpenLookup) {
    let Ok(token) = command.token.parse::<LookupToken>() else { return };
    let key = LookupKey { lookup: token.lookup() };
    let participant = view.glance::<Lookup>(key.clone()).map(|lookup| lookup.participant);
    view.want([key]);
    view.want(participant.map(|participant| ParticipantKey { participant }));
}

/// Whose link it is, if that is loaded. Nothing is looked up for a token whose signature does not hold.
fn token(view: &mut View<'_>, sealed: &SealedToken) -> Option<ParticipantId> {
    let compiled = view.campaigns().newest(view.tenant(), sealed.campaign())?;
    let verified = sealed.verify(view.keyring(), view.tenant(), &compiled.model.link_host).ok()?;
    let LinkToken { campaign, grant, counter, .. } = verified;
    let grant = GrantKey { campaign, grant };
    view.want([Key::from(grant.clone()), LinkKey { campaign, grant: grant.grant, counter }.into()]);
    view.glance::<Grant>(grant).map(|grant| grant.participant)
}

/// Whose code it is, if that is loaded.
fn code(view: &mut View<'_>, campaign: CampaignId, code: &AnyCode) -> Option<ParticipantId> {
    let key = CodeKey { campaign, code: code.key().as_str().to_owned() };
    view.want([key.clone()]);
    view.glance::<Code>(key).map(|code| code.participant)
}

fn lead(view: &mut View<'_>, command: &RecordLead) {
    let campaign = campaign(view, &command.campaign);
    let invitee = person(view, &command.person);
    let Some(campaign) = campaign else { return };
    let referrers = evidence(view, campaign, &command.evidence);
    let Some(invitee) = invitee else { return };
    view.want([ReferralKey { campaign, invitee }]);
    for referrer in referrers {
        joins(view, campaign, referrer, invitee);
    }
}

/// Who is named by the evidence, as far as that is loaded.
fn evidence(view: &mut View<'_>, campaign: CampaignId, given: &EvidenceGiven) -> Vec<ParticipantId> {
    let mut found = Vec::new();
    found.extend(given.referrer.as_ref().and_then(|referrer| who(view, referrer)));
    if let Some(parsed) = given.code.as_ref().and_then(|text| text.parse().ok()) {
        found.extend(code(view, campaign, &parsed));
    }
    if let Some(sealed) = given.link.as_ref().and_then(|text| text.parse().ok()) {
        found.extend(token(view, &sealed));
    }
    if let Some(raw) = &given.visitor {
        let key = VisitorKey { visitor: view.keyring().visitor_id(view.tenant(), raw) };
        let seen = view.glance::<Visitor>(key.clone());
        let seen = seen.and_then(|seen| seen.campaigns.iter().find(|seen| seen.first.campaign == campaign));
        found.extend(seen.map(|seen| [seen.first.referrer, seen.last.referrer]).into_iter().flatten());
        view.want([key]);
    }
    found
}

/// What a new referral reads.
fn joins(view: &mut View<'_>, campaign: CampaignId, referrer: ParticipantId, invitee: ParticipantId) {
    view.want([
        Key::from(ParticipantKey { participant: referrer }),
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

fn conversion(view: &mut View<'_>, command: &RecordConversion) {
    event(view, &command.source, &command.event);
    for reference in &command.references {
        event(view, &reference.source, &reference.id);
    }
    let participant = person(view, &command.person);
    let only_in = command.campaign.as_ref().and_then(|slug| campaign(view, slug));
    let referrers = only_in.map(|campaign| evidence(view, campaign, &command.evidence)).unwrap_or_default();
    let Some(invitee) = participant else { return };
    if let Some(campaign) = only_in {
        for referrer in referrers {
            joins(view, campaign, referrer, invitee);
        }
    }
    let campaigns = only_in.map_or_else(|| view.campaigns().few(view.tenant(), FEW_CAMPAIGNS), |only| vec![only]);
    let cause = Cause::Event(command.source.clone(), command.event.clone());
    for campaign in campaigns {
        let (on, currency) = (Trigger::of(command.kind), command.total.map(|total| total.currency));
        referral(view, ReferralKey { campaign, invitee }, Some(Converts { on, cause: &cause, currency }));
    }
}

/// The conversion under an id, if it is loaded.
fn event(view: &mut View<'_>, source: &SourceName, id: &EventId) -> Option<Conversion> {
    let key = ConversionKey { source: source.clone(), event: id.clone() };
    view.want([Key::from(key.clone()), ReferenceKey { source: source.clone(), id: id.clone() }.into()]);
    view.glance::<Conversion>(key).cloned()
}

/// What a change of the conversion under an id reads.
fn known(view: &mut View<'_>, source: &SourceName, id: &EventId) {
    if let Some(conversion) = event(view, source, id) {
        changed(view, &conversion);
    }
}

fn refund(view: &mut View<'_>, command: &RecordRefund) {
    let (source, event_id, refund) = (command.source.clone(), command.event.clone(), command.refund.clone());
    view.want([RefundKey { source, event: event_id, refund }]);
    let Some(conversion) = event(view, &command.source, &command.event) else { return };
    changed(view, &conversion);
}

fn timer(view: &mut View<'_>, key: &TimerKey) {
    view.want([key.clone()]);
    match &key.subject {
        Subject::Reward(key) => reward(view, key),
        Subject::Referral(key) => view.want([key.clone()]),
        Subject::Conversion(key) => view.want([key.clone()]),
        Subject::Lookup(key) => view.want([key.clone()]),
    }
}
