//! An order that is told again under another id of its own: a checkout and its invoice each tell a part of it. What was left out
//! before is added. What contradicts the first telling is passed over: it counts, whichever came first.

use super::campaign;
use super::context::ReferralContext;
use super::counted::{campaign_of, count_everywhere, give_evidence};
use super::follow::{self, Told};
use super::halt::Decide;
use super::leads;
use super::merged;
use super::orders;
use super::people;
use super::view::View;
use crate::command::RecordConversion;
use crate::record::{
    Conversion, ConversionKey, OrderFact, Participant, ParticipantKey, ParticipantState, RecordKind, note_order,
};
use crate::value::{CampaignId, ParticipantId};

const WHY: &str = "the order was told again";

/// Adds what another telling of a known order says beside the first one: who the person is, where it was bought and with what
/// coupon, what the host states of it, and the evidence.
pub(super) fn add(view: &mut View<'_>, command: &RecordConversion, known: Conversion) -> Decide<()> {
    let Some(buyer) = known.participant else { return Ok(()) };
    let buyer = merged::root(view, buyer)?;
    if buyer.state == ParticipantState::Erased {
        return Ok(());
    }
    let only_in = campaign_of(view, command)?;
    let person = people::register(view, &command.person)?;
    let mut conversion = known.clone();
    fill(&mut conversion, command);
    if conversion.counted_in.is_empty() {
        conversion.only_in = conversion.only_in.or(only_in);
        go_to_referred(view, &mut conversion, buyer.participant, &person)?;
    }
    if conversion != known {
        view.put(conversion.clone());
    }
    let key = conversion.key();
    let is_more = conversion != known || (person.participant == buyer.participant && person != buyer);
    for campaign in conversion.counted_in.clone().into_iter().filter(|_| is_more) {
        read_anew(view, &key, campaign)?;
    }
    let is_buyers = conversion.participant == Some(person.participant);
    if let Some(campaign) = only_in.filter(|campaign| is_buyers && !conversion.counted_in.contains(campaign)) {
        give_evidence(view, command, campaign, &key, person)?;
    }
    count_everywhere(view, &key, &command.person).map(drop)
}

/// Adds what is not known of the order itself.
fn fill(conversion: &mut Conversion, command: &RecordConversion) {
    conversion.country = conversion.country.or(command.country);
    conversion.coupon = conversion.coupon.take().or_else(|| command.coupon.clone());
    for (name, value) in &command.data.0 {
        if conversion.data.0.len() < people::MOST_DATA {
            conversion.data.0.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// An order that waits is that of the person whom the other telling names, if that person was referred and the first one was not.
fn go_to_referred(
    view: &mut View<'_>,
    conversion: &mut Conversion,
    buyer: ParticipantId,
    person: &Participant,
) -> Decide<()> {
    let fits = |campaign: &CampaignId| conversion.only_in.is_none_or(|only| only == *campaign);
    if buyer == person.participant || !person.referred_in.iter().any(fits) {
        return Ok(());
    }
    let mut before = view.expect::<Participant>(ParticipantKey { participant: buyer })?;
    before.orders.retain(|named| named.conversion != conversion.key());
    view.put(before);
    conversion.participant = Some(person.participant);
    let mut person = view.expect::<Participant>(ParticipantKey { participant: person.participant })?;
    orders::name(view, &mut person, conversion);
    view.put(person);
    Ok(())
}

/// Reads anew what conditions ask of an order, where it counts.
fn read_anew(view: &mut View<'_>, key: &ConversionKey, campaign: CampaignId) -> Decide<()> {
    let conversion = view.expect::<Conversion>(key.clone())?;
    let Some(invitee) = conversion.participant else { return Ok(()) };
    let current = campaign::existing(view, campaign)?;
    let Some(referral) = leads::holding(view, campaign, invitee, key)? else { return Ok(()) };
    let mut context = ReferralContext::around(view, current, referral)?;
    let Some(was) = context.referral.orders.iter().find(|order| order.is(key)).cloned() else { return Ok(()) };
    let fact = OrderFact { is_over: was.is_over, ..orders::read(&context, &conversion) };
    if fact == was {
        return Ok(());
    }
    follow::change(view, &mut context, &Told::order(key, WHY), |context| {
        note_order(&mut context.referral.orders, fact);
    })?;
    context.leave(view);
    Ok(())
}
