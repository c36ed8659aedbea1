//! Lets every referral that knows a conversion follow what changed of it.

use super::campaign;
use super::context::ReferralContext;
use super::follow::{self, Told};
use super::halt::Decide;
use super::leads;
use super::orders::fact_of;
use super::sealed;
use super::view::View;
use crate::record::{Conversion, ConversionKey, OrderFact, RecordKind, ReferralKey};
use crate::value::{CampaignId, ParticipantId};

/// Lets every referral that knows a conversion follow what changed of it.
pub(super) fn follow_everywhere(view: &mut View<'_>, conversion: &Conversion, why: &'static str) -> Decide<()> {
    let Some(invitee) = conversion.participant else { return Ok(()) };
    let key = conversion.key();
    for campaign in &conversion.counted_in {
        follow_in(view, (*campaign, invitee), conversion, &key, why)?;
    }
    Ok(())
}

fn follow_in(
    view: &mut View<'_>,
    (campaign, invitee): (CampaignId, ParticipantId),
    conversion: &Conversion,
    key: &ConversionKey,
    why: &'static str,
) -> Decide<()> {
    let current = campaign::existing(view, campaign)?;
    if let Some(was) = conversion.sealed_in.iter().find(|known| known.campaign == campaign) {
        let referral = ReferralKey { campaign, invitee, lead: was.lead };
        let Some(mut context) = ReferralContext::enter(view, current, &referral)? else { return Ok(()) };
        let known = &was.fact;
        let fact =
            OrderFact { reading: known.reading.clone(), is_over: known.is_over, ..fact_of(&context, conversion) };
        sealed::follow(view, &mut context, conversion, (was, fact), why)?;
        context.leave(view);
        return Ok(());
    }
    let Some(referral) = leads::holding(view, campaign, invitee, key)? else { return Ok(()) };
    let mut context = ReferralContext::around(view, current, referral)?;
    follow::change(view, &mut context, &Told::order(key, why), |context| {
        let fact = fact_of(context, conversion);
        if let Some(known) = context.referral.orders.iter_mut().find(|order| order.is(key)) {
            let (reading, is_over) = (std::mem::take(&mut known.reading), known.is_over);
            *known = OrderFact { reading, is_over, ..fact };
        }
    })?;
    context.leave(view);
    Ok(())
}
