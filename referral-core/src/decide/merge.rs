//! Makes two people one, because the host found out that they are: what leads to the one leads to the other from now on.
//!
//! The person who was enrolled first stays or, if nobody was, who was seen first. Ids, emails, remembered orders and debts go to
//! that person; all else stays under the id of the other, whose pointer is followed one step. In each campaign their leads are laid out as those of one person.

use std::collections::BTreeSet;

use super::balance;
use super::campaign;
use super::follow::{self, Told};
use super::foresee;
use super::halt::{Decide, Halt};
use super::hand;
use super::identity;
use super::lay::{self, Which};
use super::lead::{MOST_ANCESTORS, MOST_CAMPAIGNS};
use super::leads;
use super::ledger;
use super::merged;
use super::notify::{self, About};
use super::orders;
use super::people;
use super::view::View;
use crate::command::{MergePeople, PeopleMerged, Reason};
use crate::record::{
    Alias, BalanceKey, Choice, Conversion, ConversionKey, DebtKey, Formerly, Key, MailChoice, Merge, Moderating,
    Moderation, NotificationKind, OrderFact, Participant, ParticipantKey, ParticipantState, Person, PersonKey,
    RecordKind, Referral, Reward, Said, note_moderating,
};
use crate::store::Listing;
use crate::value::{CampaignId, ParticipantId, Timestamp};

const WHY: &str = "two people turned out to be one";
/// So many other ids lead to one person.
const MOST_MERGED: usize = 16;
/// How many rewards a page holds.
const PAGE: u32 = 100;

/// Makes two people one. Told again it changes nothing.
pub(super) fn merge(view: &mut View<'_>, command: &MergePeople) -> Decide<PeopleMerged> {
    let said = hand::said(view, command.actor.as_ref(), command.reason.as_ref())?;
    let one = people::known_and_not_erased(view, &command.one)?;
    let other = people::known_and_not_erased(view, &command.other)?;
    if one.participant == other.participant {
        let (superseded, denied) = (Vec::new(), Vec::new());
        return Ok(PeopleMerged { participant: one.participant, merged: Vec::new(), superseded, denied });
    }
    let (mut kept, gone) = if first(&one) <= first(&other) { (one, other) } else { (other, one) };
    let ids = merged::of(&gone);
    if kept.merged.len() + ids.len() > MOST_MERGED {
        return Err(Halt::Declined(Reason::TooManyMerged));
    }
    join(view, &mut kept, &gone, &said)?;
    move_row(view, kept.participant, &ids)?;
    move_balances(view, kept.participant, (gone.participant, &ids))?;
    let about = About::person(kept.participant, Some(gone.participant));
    notify::tell(view, NotificationKind::ParticipantMerged, &about)?;
    let mut outcome =
        PeopleMerged { participant: kept.participant, merged: ids, superseded: Vec::new(), denied: Vec::new() };
    for campaign in kept.referred_in.clone() {
        lay_out(view, &kept, campaign, &said, &mut outcome)?;
    }
    Ok(outcome)
}

/// Who comes first stays: who was enrolled first or, if nobody was, who was seen first.
fn first(person: &Participant) -> (Timestamp, Timestamp, ParticipantId) {
    (person.refers_since.unwrap_or(Timestamp::LAST), person.enrolled_at, person.participant)
}

/// Lets the one lead to the other, who remembers the campaigns and the orders of both.
fn join(view: &mut View<'_>, kept: &mut Participant, gone: &Participant, said: &Said) -> Decide<()> {
    let Said { at, command, actor, reason } = said.clone();
    let merge = Merge { into: kept.participant, at, command, actor, reason };
    for id in merged::of(gone) {
        let person = view.expect::<Participant>(ParticipantKey { participant: id })?;
        let merged_into = Some(merge.clone());
        view.put(Participant { merged_into, merged: Vec::new(), orders: Vec::new(), ..person });
        kept.merged.push(id);
    }
    let new = gone.referred_in.iter().filter(|campaign| !kept.referred_in.contains(campaign));
    let new: Vec<CampaignId> = new.copied().collect();
    kept.referred_in.extend(new);
    if kept.referred_in.len() > MOST_CAMPAIGNS {
        return Err(Halt::Declined(Reason::TooManyCampaigns));
    }
    if gone.state == ParticipantState::Suspended {
        // Who may not refer may not refer under another id either.
        (kept.state, kept.said) = (gone.state, gone.said.clone());
    }
    kept.refers_since = kept.refers_since.into_iter().chain(gone.refers_since).min();
    kept.country = kept.country.or(gone.country);
    for (name, value) in &gone.data.0 {
        if kept.data.0.len() < people::MOST_DATA {
            kept.data.0.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    orders::join_named(view, kept, &gone.orders);
    view.put(kept.clone());
    Ok(())
}

/// Puts what leads to the other person, and what is personal of that person, into the row of the one who stays.
fn move_row(view: &mut View<'_>, kept: ParticipantId, ids: &[ParticipantId]) -> Decide<()> {
    view.need([Key::from(PersonKey { participant: kept })])?;
    let Some(mut row) = view.get::<Person>(PersonKey { participant: kept })? else { return Ok(()) };
    for id in ids {
        let Some(other) = view.get::<Person>(PersonKey { participant: *id })? else { continue };
        let keys = identity::aliases_of(view, &other);
        view.need(keys.iter().cloned().map(Key::from))?;
        for key in keys {
            if view.get::<Alias>(key.clone())?.is_some_and(|alias| ids.contains(&alias.participant)) {
                view.put(Alias { alias: key.alias, hash: key.hash, participant: kept });
            }
        }
        view.delete(PersonKey { participant: *id });
        add_row(&mut row, other);
    }
    view.put(row);
    Ok(())
}

/// What one person has a single one of stays that of the one who stays; the other's is remembered.
fn add_row(row: &mut Person, other: Person) {
    let mut former = Formerly::default();
    match row.host_id {
        None => row.host_id = other.host_id,
        Some(_) => former.host_id = other.host_id,
    }
    match row.email {
        None => row.email = other.email,
        Some(_) => former.email = other.email,
    }
    let former = Some(former).filter(|former| *former != Formerly::default());
    row.formerly.extend(other.formerly.into_iter().chain(former));
    for id in other.ids {
        identity::keep_last(&mut row.ids, id);
    }
    for alias in other.of_others {
        identity::keep_last(&mut row.of_others, alias);
    }
    for mailbox in other.mailboxes {
        identity::keep_last(&mut row.mailboxes, mailbox);
    }
    row.name = row.name.take().or(other.name);
    row.language = row.language.take().or(other.language);
    row.consent.all = later(row.consent.all.take(), other.consent.all);
    for (kind, choice) in other.consent.kinds {
        let known = row.consent.kinds.remove(&kind);
        row.consent.kinds.extend(later(known, Some(choice)).map(|choice| (kind, choice)));
    }
}

/// The later of two choices about mail; of two at one time, the one for no mail.
fn later(one: Option<Choice>, other: Option<Choice>) -> Option<Choice> {
    let refuses = |choice: &Choice| choice.choice == MailChoice::Unsubscribed;
    one.into_iter().chain(other).max_by_key(|choice| (choice.at, refuses(choice)))
}

/// Moves what the other person is owed and owes to the balances of the one who stays. A listing may be behind: a balance that it
/// does not lead to yet moves with the next posting of one of its rewards.
fn move_balances(
    view: &mut View<'_>,
    kept: ParticipantId,
    (gone, ids): (ParticipantId, &[ParticipantId]),
) -> Decide<()> {
    let mut units: BTreeSet<(CampaignId, String)> = BTreeSet::new();
    for id in ids {
        let mut request = Listing::RewardsOf { participant: *id }.first(PAGE);
        loop {
            let page = view.page(&request)?;
            // Also of what is being handed over: it is no claim, and yet a part of the balance.
            let rewards = page.rows.iter().filter_map(|stored| Reward::from_record(&stored.record));
            units.extend(rewards.map(|reward| (reward.campaign, reward.unit.clone())));
            let Some(next) = page.next.clone() else { break };
            request.after = Some(next);
        }
    }
    for (campaign, unit) in units {
        let current = campaign::existing(view, campaign)?;
        let balance = |participant| BalanceKey { campaign, participant, unit: unit.clone() };
        let at = view.now();
        ledger::fold(view, &current, balance(gone), balance(kept), at)?;
        let debt = |participant| DebtKey { campaign, participant, unit: unit.clone() };
        balance::fold_debt(view, debt(gone), debt(kept))?;
    }
    Ok(())
}

/// Lays out the leads of both in one campaign as those of one person. A referral between the two is denied, and one that would not
/// have begun is taken back.
fn lay_out(
    view: &mut View<'_>,
    kept: &Participant,
    campaign: CampaignId,
    said: &Said,
    outcome: &mut PeopleMerged,
) -> Decide<()> {
    let current = campaign::existing(view, campaign)?;
    let before = leads::all(view, campaign, kept.participant)?;
    if before.iter().any(|lead| lead.sealed.is_some()) {
        // What sealed orders earned and count for cannot move between leads.
        return Err(Halt::Declined(Reason::TooManyOrders));
    }
    let mut known = before.clone();
    let mut named: Vec<ConversionKey> = orders::named_in(kept, campaign).collect();
    for lead in &mut known {
        if !descends(view, campaign, lead.referrer, kept.participant)? {
            continue;
        }
        if !lead.superseded {
            named.extend(lead.orders.iter().map(OrderFact::key));
            if lead.moderation != Moderation::Denied {
                let about = About::referral(&lead.key(), lead.referrer);
                notify::tell(view, NotificationKind::ReferralDenied, &about)?;
            }
            outcome.denied.push(lead.key());
        }
        if lead.moderation != Moderation::Denied || !lead.superseded {
            deny(lead, said);
        }
    }
    let laid = lay::lay(view, &current, &known, Which::All, &named)?;
    forget_counted(view, campaign, &before, laid.iter().map(|context| &context.referral))?;
    let followed = follow::follow_laid(view, &before, laid, &Told::referral(WHY))?;
    let is_gone =
        |lead: &Referral| lead.superseded && before.iter().any(|was| was.key() == lead.key() && !was.superseded);
    let gone = followed.iter().map(|context| &context.referral).filter(|lead| is_gone(lead));
    let gone: Vec<_> = gone.map(Referral::key).filter(|key| !outcome.denied.contains(key)).collect();
    outcome.superseded.extend(gone);
    Ok(())
}

/// Whether somebody is a person, or was referred by that person, directly or through others.
fn descends(view: &mut View<'_>, campaign: CampaignId, who: ParticipantId, person: ParticipantId) -> Decide<bool> {
    let mut ancestor = who;
    for _ in 0..MOST_ANCESTORS {
        if merged::root(view, ancestor)?.participant == person {
            return Ok(true);
        }
        let leads = leads::all(view, campaign, ancestor)?;
        let Some(latest) = leads::standing(&leads).last().copied() else { return Ok(false) };
        ancestor = latest.referrer;
    }
    Ok(true)
}

/// Nobody refers themself: the referral holds nothing any more.
fn deny(lead: &mut Referral, said: &Said) {
    let Said { at, command, actor, .. } = said.clone();
    let word = Moderating { says: Moderation::Denied, at, command, actor, reason: Some(WHY.to_owned()) };
    note_moderating(&mut lead.moderating, word);
    (lead.moderation, lead.superseded) = (Moderation::Denied, true);
    (lead.orders, lead.marks, lead.further) = (Vec::new(), Vec::new(), Vec::new());
}

/// An order that no lead holds any more is not counted in the campaign.
fn forget_counted<'l>(
    view: &mut View<'_>,
    campaign: CampaignId,
    before: &[Referral],
    after: impl Iterator<Item = &'l Referral>,
) -> Decide<()> {
    let held: BTreeSet<ConversionKey> = after.flat_map(|lead| &lead.orders).map(OrderFact::key).collect();
    let was: BTreeSet<ConversionKey> = before.iter().flat_map(|lead| &lead.orders).map(OrderFact::key).collect();
    for key in was.difference(&held) {
        let mut conversion = view.expect::<Conversion>(key.clone())?;
        conversion.counted_in.retain(|known| *known != campaign);
        view.put(conversion);
    }
    Ok(())
}

/// Foresees what making two people one reads.
pub(super) fn foresee(view: &mut View<'_>, command: &MergePeople) {
    for who in [&command.one, &command.other] {
        let participant = foresee::who(view, who);
        foresee::row(view, participant);
    }
}
