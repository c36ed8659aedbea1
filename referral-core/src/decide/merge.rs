//! Makes two people one, because the host found out that they are: what leads to the one leads to the other from now on.
//!
//! The person who was enrolled first stays or, if nobody was, who was seen first. Ids, emails, remembered orders and debts go to
//! that person; all else stays under the id of the other, whose pointer is followed one step. In each campaign their leads are laid out as those of one person.

use std::collections::BTreeSet;

use super::balance;
use super::campaign;
use super::context::ReferralContext;
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
use super::overdue;
use super::people;
use super::view::View;
use crate::command::{MergePeople, PeopleMerged, Reason};
use crate::record::{
    Alias, BalanceKey, CampaignName, Choice, Conversion, ConversionKey, DebtKey, Enrolment, EnrolmentKey, Formerly,
    Key, Kind, MailChoice, Merge, Moderating, Moderation, NotificationKind, OrderFact, Participant, ParticipantKey,
    ParticipantState, Person, PersonKey, Record, RecordKind, Referral, ReferralKey, Reward, Said, note_moderating,
};
use crate::store::Listing;
use crate::value::{CampaignId, ParticipantId, Timestamp};

const WHY: &str = "two people turned out to be one";
/// So many other ids lead to one person.
const MOST_MERGED: usize = 16;
/// How many records a page holds.
const PAGE: u32 = 1_000;

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
    let units = units_of(view, &ids)?;
    catch_up(view, &units, [kept.participant, gone.participant])?;
    join(view, &mut kept, &gone, &said)?;
    move_row(view, kept.participant, &ids)?;
    move_balances(view, units, kept.participant, gone.participant)?;
    let about = About::person(kept.participant, Some(gone.participant));
    notify::tell(view, NotificationKind::ParticipantMerged, &about)?;
    let mut outcome =
        PeopleMerged { participant: kept.participant, merged: ids, superseded: Vec::new(), denied: Vec::new() };
    for campaign in kept.referred_in.clone() {
        lay_out(view, &kept, campaign, &said, &mut outcome)?;
    }
    lay_out_referred(view, &kept, &mut outcome)?;
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
    row.shown_as = row.shown_as.or(other.shown_as);
    row.pseudonym = row.pseudonym.take().or(other.pseudonym);
    row.message = row.message.take().or(other.message);
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

/// The campaigns and units in which rewards stand under these ids. Also of what is being handed over: it is no claim, and yet a part
/// of the balance.
fn units_of(view: &mut View<'_>, ids: &[ParticipantId]) -> Decide<BTreeSet<(CampaignId, String)>> {
    let mut units = BTreeSet::new();
    for id in ids {
        let rows = listed(view, Listing::RewardsOf { participant: *id })?;
        let rewards = rows.iter().filter_map(Reward::from_record);
        units.extend(rewards.map(|reward| (reward.campaign, reward.unit.clone())));
    }
    Ok(units)
}

/// Where one of two people owes something, posts first what time has brought to the rewards of both, while they are two.
fn catch_up(view: &mut View<'_>, units: &BTreeSet<(CampaignId, String)>, people: [ParticipantId; 2]) -> Decide<()> {
    for (campaign, unit) in units {
        let current = campaign::existing(view, *campaign)?;
        let accounts = people.map(|participant| DebtKey { campaign: *campaign, participant, unit: unit.clone() });
        let debts = accounts.iter().try_fold(0_i64, |sum, account| {
            Ok::<_, Halt>(sum.saturating_add(balance::debt_of_person(view, account)?))
        })?;
        if debts > 0 {
            accounts.iter().try_for_each(|account| overdue::catch_up_all(view, &current, account))?;
        }
    }
    Ok(())
}

/// Moves what the other person is owed and owes to the balances of the one who stays. A listing may be behind: a balance that it
/// does not lead to yet moves with the next posting of one of its rewards.
fn move_balances(
    view: &mut View<'_>,
    units: BTreeSet<(CampaignId, String)>,
    kept: ParticipantId,
    gone: ParticipantId,
) -> Decide<()> {
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
    let parted = outcome.merged.clone();
    let followed = follow::follow_laid(view, &before, laid, &Told::merge(&parted, WHY))?;
    note_superseded(outcome, &before, &followed);
    Ok(())
}

/// Notes which leads would not have begun, beside those that are denied.
fn note_superseded(outcome: &mut PeopleMerged, before: &[Referral], after: &[ReferralContext]) {
    let stood = |key: &ReferralKey| before.iter().any(|was| was.key() == *key && !was.superseded);
    let gone = after.iter().map(|context| &context.referral).filter(|lead| lead.superseded).map(Referral::key);
    let gone: Vec<_> = gone.filter(|key| stood(key) && !outcome.denied.contains(key)).collect();
    outcome.superseded.extend(gone);
}

/// Lays out the leads of people whom both referred: two referrers of somebody turned out to be one. A listing may be behind: what
/// it does not show yet is laid out with the next fact.
fn lay_out_referred(view: &mut View<'_>, kept: &Participant, outcome: &mut PeopleMerged) -> Decide<()> {
    let gone = outcome.merged.clone();
    let stay: Vec<ParticipantId> = merged::of(kept).into_iter().filter(|id| !gone.contains(id)).collect();
    for campaign in referring_in(view, &gone, &stay)? {
        let current = campaign::existing(view, campaign)?;
        for invitee in referred_again(view, campaign, &gone)? {
            let before = leads::all(view, campaign, invitee)?;
            let standing = leads::standing(&before);
            let is_by = |ids: &[ParticipantId]| standing.iter().any(|lead| ids.contains(&lead.referrer));
            if is_by(&gone) && is_by(&stay) {
                let laid = lay::lay(view, &current, &before, Which::SinceAnotherReferrer, &[])?;
                let followed = follow::follow_laid(view, &before, laid, &Told::merge(&gone, WHY))?;
                note_superseded(outcome, &before, &followed);
            }
        }
    }
    Ok(())
}

/// The campaigns in which both refer.
fn referring_in(view: &mut View<'_>, gone: &[ParticipantId], stay: &[ParticipantId]) -> Decide<Vec<CampaignId>> {
    let all = listed(view, Listing::All(Kind::CampaignName))?;
    let all: Vec<CampaignId> = all.iter().filter_map(CampaignName::from_record).map(|name| name.campaign).collect();
    let key = |campaign: CampaignId, participant: ParticipantId| EnrolmentKey { campaign, participant };
    let ids = || gone.iter().chain(stay).copied();
    view.need(all.iter().flat_map(|campaign| ids().map(|id| Key::from(key(*campaign, id)))))?;
    let mut campaigns = Vec::new();
    for campaign in all {
        let mut refer = |ids: &[ParticipantId]| {
            ids.iter()
                .try_fold(false, |any, id| Ok::<_, Halt>(any || view.peek::<Enrolment>(key(campaign, *id))?.is_some()))
        };
        if refer(gone)? && refer(stay)? {
            campaigns.push(campaign);
        }
    }
    Ok(campaigns)
}

/// The people whom somebody with these ids referred and who have another lead, or may have one, each once.
fn referred_again(
    view: &mut View<'_>,
    campaign: CampaignId,
    gone: &[ParticipantId],
) -> Decide<BTreeSet<ParticipantId>> {
    let mut leads: Vec<Referral> = Vec::new();
    for id in gone {
        let rows = listed(view, Listing::ReferralsBy { campaign, referrer: *id })?;
        leads.extend(rows.iter().filter_map(Referral::from_record).cloned());
    }
    view.need(leads.iter().map(|lead| ParticipantKey { participant: lead.invitee }.into()))?;
    let mut people = BTreeSet::new();
    for lead in leads {
        let Some(invitee) = view.peek::<Participant>(ParticipantKey { participant: lead.invitee })? else { continue };
        if lead.lead > 1 || lead.leads > 1 || !invitee.merged.is_empty() || invitee.merged_into.is_some() {
            people.insert(invitee.merged_into.map_or(lead.invitee, |merge| merge.into));
        }
    }
    Ok(people)
}

/// All rows of a listing.
fn listed(view: &mut View<'_>, listing: Listing) -> Decide<Vec<Record>> {
    let (mut request, mut rows) = (listing.first(PAGE), Vec::new());
    loop {
        let page = view.page(&request)?;
        rows.extend(page.rows.iter().map(|stored| stored.record.clone()));
        let Some(next) = page.next.clone() else { return Ok(rows) };
        request.after = Some(next);
    }
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
