//! What was told of a person over several leads, while it is laid out: taken from the leads, and held by no lead yet.

use super::context::ReferralContext;
use super::halt::Decide;
use super::orders;
use super::view::View;
use crate::evaluate::{Facts, window_end};
use crate::record::{
    Conversion, Key, Mark, Met, Moderating, OrderFact, Referral, Suspicion, moderation_of, note_order,
};
use crate::value::{CommandKey, ParticipantId, Timestamp};

/// By which lead an order was read: its verdicts hold for this lead alone.
pub(super) type ReadBy = (Timestamp, CommandKey, u32);

/// By which lead the orders of a referral were read.
pub(super) fn reads(referral: &Referral) -> ReadBy {
    (referral.lead_at, referral.command, referral.version)
}

/// What was told, and which no lead holds yet.
#[derive(Default)]
pub(super) struct Pool {
    /// The evidence, and the referrer of each.
    pub(super) met: Vec<(ParticipantId, Met)>,
    /// The orders, and by which lead each was read.
    pub(super) orders: Vec<(ReadBy, OrderFact)>,
    /// The marks.
    pub(super) marks: Vec<Mark>,
    /// What hands said by moderation.
    pub(super) moderating: Vec<Moderating>,
    /// That the invitee seems to be a referrer, and which one.
    pub(super) suspected: Vec<(ParticipantId, Suspicion)>,
}

impl Pool {
    /// Takes all that was told of a lead.
    pub(super) fn take(&mut self, lead: &Referral) {
        let told = std::iter::once(beginning(lead)).chain(lead.further.iter().cloned());
        self.met.extend(told.map(|met| (lead.referrer, met)));
        self.orders.extend(lead.orders.iter().map(|order| (reads(lead), order.clone())));
        self.marks.extend(lead.marks.iter().cloned());
        self.moderating.extend(lead.moderating.iter().cloned());
        self.suspected.extend(lead.suspected.clone().map(|found| (lead.referrer, found)));
    }

    /// Puts everything in order of time.
    pub(super) fn sort(&mut self) {
        self.met.sort_by_key(|(_, met)| (met.at, met.command));
        self.met.dedup_by_key(|(referrer, met)| (met.at, *referrer));
        self.orders.sort_by(|(_, a), (_, b)| a.place().cmp(&b.place()));
        self.marks.sort_by_key(|mark| (mark.at, mark.command));
        self.moderating.sort_by_key(|said| (said.at, said.command));
    }
}

/// The evidence that began a lead.
pub(super) fn beginning(lead: &Referral) -> Met {
    Met {
        at: lead.lead_at,
        command: lead.command,
        evidence: lead.evidence,
        channel: lead.channel.clone(),
        link: lead.link,
        origin: lead.origin.clone(),
        clicked_at: lead.clicked_at,
        is_new: lead.is_new,
    }
}

/// Takes the orders after the window of a lead, unless it has sealed some, and what hands said since the next leads began: a later
/// lead may hold them.
pub(super) fn take_late(context: &mut ReferralContext, pool: &mut Pool, begins: Option<Timestamp>) {
    if context.referral.sealed.is_some() {
        return;
    }
    if let Some(begins) = begins {
        take_said(&mut context.referral, pool, begins);
    }
    let Some(end) = window_end(&context.pinned, &Facts::of(&context.referral)) else { return };
    let read_by = reads(&context.referral);
    let (late, own) = std::mem::take(&mut context.referral.orders).into_iter().partition(|order| order.at >= end);
    context.referral.orders = own;
    let late: Vec<OrderFact> = late;
    pool.orders.extend(late.into_iter().map(|order| (read_by, order)));
}

/// Takes what hands said since a time.
fn take_said(referral: &mut Referral, pool: &mut Pool, since: Timestamp) {
    let (late, own) = std::mem::take(&mut referral.marks).into_iter().partition(|mark: &Mark| mark.at >= since);
    referral.marks = own;
    let late: Vec<Mark> = late;
    pool.marks.extend(late);
    let (late, own) =
        std::mem::take(&mut referral.moderating).into_iter().partition(|said: &Moderating| said.at >= since);
    referral.moderating = own;
    let late: Vec<Moderating> = late;
    pool.moderating.extend(late);
    judge(referral);
}

/// Lets a referral say what moderation says of it.
fn judge(referral: &mut Referral) {
    referral.moderation = moderation_of(&referral.moderating, referral.lead_at, referral.suspected.as_ref());
}

/// What hands said, without the orders.
pub(super) fn pool_of_said(pool: &Pool) -> Pool {
    Pool {
        marks: pool.marks.clone(),
        moderating: pool.moderating.clone(),
        suspected: pool.suspected.clone(),
        ..Pool::default()
    }
}

/// Gives a lead what hands said before a time, and what was found of it.
pub(super) fn hold_said(context: &mut ReferralContext, pool: &mut Pool, until: Option<Timestamp>) {
    let is_before = |at: Timestamp| until.is_none_or(|until| at < until);
    let referral = &mut context.referral;
    (referral.marks, pool.marks) = std::mem::take(&mut pool.marks).into_iter().partition(|mark| is_before(mark.at));
    (referral.moderating, pool.moderating) =
        std::mem::take(&mut pool.moderating).into_iter().partition(|said| is_before(said.at));
    // That the invitee seems to be the referrer holds for later leads by the same referrer as well.
    let own = pool.suspected.iter().filter(|(referrer, found)| *referrer == referral.referrer && is_before(found.at));
    referral.suspected = own.map(|(_, found)| found.clone()).min();
    referral.moderation = moderation_of(&referral.moderating, referral.lead_at, referral.suspected.as_ref());
}

/// Gives a lead an order, read anew if another lead read it.
pub(super) fn hold_order(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    read_by: ReadBy,
    order: &OrderFact,
) -> Decide<()> {
    let fact = if read_by == reads(&context.referral) {
        order.clone()
    } else {
        let conversion = view.expect::<Conversion>(order.key())?;
        orders::read(context, &conversion)
    };
    note_order(&mut context.referral.orders, fact);
    Ok(())
}

/// Asks for the orders that another lead read.
pub(super) fn need(view: &mut View<'_>, context: &ReferralContext, orders: &[(ReadBy, OrderFact)]) -> Decide<()> {
    let others = orders.iter().filter(|(read_by, _)| *read_by != reads(&context.referral));
    view.need(others.map(|(_, order)| Key::from(order.key())))
}
