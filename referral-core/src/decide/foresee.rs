//! What several commands foresee: which records they will read, so that they are loaded in a few rounds, each as wide as can
//! be.
//!
//! Decides nothing: a key that is foreseen and never read costs its load, one that is read and was not foreseen costs a
//! round. What is foreseen rests on the command, on campaigns that this process compiled before, and on records that
//! are loaded already. What one command alone foresees stands beside its decision; `table` names it.

use super::foresee_rewards::{changed, referral};
use super::identity;
use super::leads::first_key;
use super::view::View;
use crate::command::{Person, Who};
use crate::record::{
    Alias, AliasKey, CampaignKey, CampaignNameKey, Conversion, ConversionKey, EnrolmentKey, Key, ParticipantKey,
    PersonKey, ReferenceKey,
};
use crate::value::{CampaignId, CampaignSlug, EventId, ParticipantId, SourceName};

/// The campaign of this name, if this process compiled it before.
pub(super) fn campaign(view: &mut View<'_>, slug: &CampaignSlug) -> Option<CampaignId> {
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

/// The participant that a person is known as, if that is loaded.
pub(super) fn person(view: &mut View<'_>, person: &Person) -> Option<ParticipantId> {
    let keys = identity::told_keys(view, person);
    behind(view, keys)
}

/// The participant that `who` names, if that is loaded.
pub(super) fn who(view: &mut View<'_>, who: &Who) -> Option<ParticipantId> {
    let keys = match who {
        Who::Id(participant) => {
            view.want([ParticipantKey { participant: *participant }]);
            return Some(*participant);
        }
        Who::Host(host_id) => identity::alias_keys(view, Some(host_id), &[], None),
        Who::Email(email) => identity::alias_keys(view, None, &[], Some(email)),
        Who::Further(id) => identity::alias_keys(view, None, std::slice::from_ref(id), None),
    };
    behind(view, keys)
}

/// The row with what is personal.
pub(super) fn row(view: &mut View<'_>, participant: Option<ParticipantId>) {
    view.want(participant.map(|participant| PersonKey { participant }));
}

/// What a command about somebody's part in a campaign reads.
pub(super) fn member(view: &mut View<'_>, slug: &CampaignSlug, participant: &Who) {
    let campaign = campaign(view, slug);
    if let (Some(campaign), Some(participant)) = (campaign, who(view, participant)) {
        view.want([EnrolmentKey { campaign, participant }]);
    }
}

/// What a command about the referral of an invitee reads.
pub(super) fn invitee(view: &mut View<'_>, slug: &CampaignSlug, invitee: &Who) {
    let campaign = campaign(view, slug);
    if let (Some(campaign), Some(invitee)) = (campaign, who(view, invitee)) {
        referral(view, first_key(campaign, invitee), None);
    }
}

/// The conversion under an id, if it is loaded.
pub(super) fn event(view: &mut View<'_>, source: &SourceName, id: &EventId) -> Option<Conversion> {
    let key = ConversionKey { source: source.clone(), event: id.clone() };
    view.want([Key::from(key.clone()), ReferenceKey { source: source.clone(), id: id.clone() }.into()]);
    view.glance::<Conversion>(key).cloned()
}

/// What a change of the conversion under an id reads.
pub(super) fn known(view: &mut View<'_>, source: &SourceName, id: &EventId) {
    if let Some(conversion) = event(view, source, id) {
        changed(view, &conversion);
    }
}
