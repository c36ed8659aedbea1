//! The command of a row, once what it is about is known: or why the row is left alone.

use referrals::command::{
    AnyCommand, CancelRefund, CorrectConversion, HostFacts, Lose, Moderate, MoveReward, Qualify, RemoveMark,
    RestoreConversion, RewardMove, Unqualify, VoidConversion, Who,
};
use referrals::record::{Conversion, ConversionKey, MarkKind, Progress, RecordKind, Referral, Reward, RewardState};
use referrals::value::{CampaignSlug, ParticipantId, TenantId, Timestamp};

use crate::draft::{Draft, Hand, Wrong};
use crate::key::command_key;
use crate::lookup::Found;
use crate::mapping::Mapping;
use crate::report::RowResult;
use crate::standing::{self, About, Said};

/// The row that asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    /// Its key.
    pub(crate) name: &'a str,
    /// How its file is read.
    pub(crate) mapping: &'a Mapping,
    /// Whose file it is.
    pub(crate) tenant: &'a TenantId,
    /// The time of the upload.
    pub(crate) now: Timestamp,
}

/// The command of a row.
pub(crate) fn command(
    draft: Draft,
    found: Found,
    row: Row<'_>,
    said: &mut Said,
) -> Result<(AnyCommand, HostFacts), Wrong> {
    match (draft, found) {
        (Draft::Run(command, facts), _) => Ok((command, facts)),
        (Draft::Issue(_, reference, hand, facts), Found::Reward(reward)) => {
            Ok((issue(&reward, reference, row.name, hand)?, facts))
        }
        (Draft::Lead(_, command, facts), Found::Leads(leads)) => {
            let command = command.into();
            let key = command_key(row.tenant, row.mapping, row.name, (&command, &facts), row.now);
            already_if(standing::signed_up(&leads, key))?;
            Ok((command, facts))
        }
        (Draft::Qualify(_, hand, facts), Found::Referral(referral)) => {
            let command = qualify(&referral, row.mapping.campaign.as_ref(), hand, facts.at)?;
            said.note(About::Referral(referral.invitee), MarkKind::Qualified.as_str(), facts.at)?;
            Ok((command, facts))
        }
        (Draft::Mark(_, says, hand, facts), Found::Referral(referral)) => {
            not_later(&facts, row.now)?;
            already_if(standing::marked(&referral, says, facts.at))?;
            said.note(About::Referral(referral.invitee), says.as_str(), facts.at)?;
            Ok((mark(says, row.mapping.campaign.as_ref(), referral.invitee, hand)?, facts))
        }
        (Draft::Moderate(_, moderation, hand, facts), Found::Referral(referral)) => {
            not_later(&facts, row.now)?;
            already_if(standing::moderated(&referral, moderation, facts.at.unwrap_or(row.now)))?;
            said.note(About::Referral(referral.invitee), moderation.as_str(), facts.at)?;
            let campaign = row.mapping.campaign.clone().ok_or_else(no_campaign)?;
            let (invitee, Hand { actor, reason: note }) = (Who::Id(referral.invitee), hand);
            Ok((Moderate { campaign, invitee, moderation, actor, note }.into(), facts))
        }
        (Draft::Void(_, is_void, hand, facts), Found::Conversion(order, known)) => {
            not_later(&facts, row.now)?;
            already_if(standing::voided(known.as_deref(), is_void, facts.at))?;
            said.note(About::Order(order.clone()), if is_void { "void" } else { "restored" }, facts.at)?;
            Ok((void(is_void, order, hand), facts))
        }
        (Draft::CancelRefund(_, refund, hand, facts), Found::Conversion(order, known)) => {
            already_if(standing::cancelled(known.as_deref(), &refund))?;
            let (source, event, Hand { actor, reason }) = (order.source, order.event, hand);
            Ok((CancelRefund { source, event, refund, actor, reason }.into(), facts))
        }
        (Draft::Correct(command, facts), Found::Conversion(order, known)) => {
            Ok((correct(command, &facts, (order, known.as_deref()), row.now)?, facts))
        }
        (_, found) => {
            let reason = if let Found::Nothing(reason) = found { reason } else { "unknown" };
            Err(Wrong { result: RowResult::Unknown, reason, detail: String::new() })
        }
    }
}

fn void(is_void: bool, order: ConversionKey, hand: Hand) -> AnyCommand {
    let (source, event, Hand { actor, reason }) = (order.source, order.event, hand);
    if is_void {
        VoidConversion { source, event, actor, reason }.into()
    } else {
        RestoreConversion { source, event, actor, reason }.into()
    }
}

fn correct(
    command: CorrectConversion,
    facts: &HostFacts,
    (order, known): (ConversionKey, Option<&Conversion>),
    now: Timestamp,
) -> Result<AnyCommand, Wrong> {
    not_later(facts, now)?;
    already_if(standing::corrected(known, &command.correction, facts.at.unwrap_or(now)))?;
    let ConversionKey { source, event } = order;
    Ok(CorrectConversion { source, event, ..command }.into())
}

fn issue(reward: &Reward, reference: Option<String>, row: &str, hand: Hand) -> Result<AnyCommand, Wrong> {
    let is_done = matches!(reward.state, RewardState::Issued | RewardState::Redeemed);
    let named = reference.unwrap_or_else(|| row.to_owned());
    let is_same = reward.issue_reference.as_deref() == Some(&named);
    if is_same && !is_done && named == row && reward.state != RewardState::Issuing {
        // An equal row of an earlier payout has the same name: whether this one is another transfer is not known.
        let detail = "something is due again of a reward that an equal row handed over: state a `reference`".to_owned();
        return Err(Wrong { result: RowResult::Conflict, reason: "reference_missing", detail });
    }
    already_if((is_done || is_same).then_some("already_issued"))?;
    let Hand { actor, reason } = hand;
    Ok(MoveReward { actor, reason, ..MoveReward::new(reward.key(), RewardMove::Issue(named)) }.into())
}

/// A mark that is known need not be told again where it qualified the referral. A referral that an order qualified is marked
/// beside it: the mark holds if the order is taken back.
fn qualify(
    referral: &Referral,
    campaign: Option<&CampaignSlug>,
    hand: Hand,
    at: Option<Timestamp>,
) -> Result<AnyCommand, Wrong> {
    let is_known = standing::marked(referral, MarkKind::Qualified, at).is_some();
    already_if(match referral.progress {
        Progress::Qualified if is_known => Some("already_qualified"),
        Progress::Reverted if is_known => Some("taken_back"),
        _ => None,
    })?;
    mark(MarkKind::Qualified, campaign, referral.invitee, hand)
}

fn mark(
    says: MarkKind,
    campaign: Option<&CampaignSlug>,
    invitee: ParticipantId,
    hand: Hand,
) -> Result<AnyCommand, Wrong> {
    let campaign = campaign.cloned().ok_or_else(no_campaign)?;
    let (invitee, Hand { actor, reason }) = (Who::Id(invitee), hand);
    Ok(match says {
        MarkKind::Qualified => Qualify { campaign, invitee, actor, reason }.into(),
        MarkKind::NotQualified => Unqualify { campaign, invitee, actor, reason }.into(),
        MarkKind::Lost => Lose { campaign, invitee, actor, reason }.into(),
        MarkKind::None => RemoveMark { campaign, invitee, actor, reason }.into(),
    })
}

/// What is said of a later time than now would be said again with each upload.
fn not_later(facts: &HostFacts, now: Timestamp) -> Result<(), Wrong> {
    match facts.at {
        Some(at) if at > now => Err(Wrong::new("in_the_future", "at: is later than now")),
        _ => Ok(()),
    }
}

fn already_if(reason: Option<&'static str>) -> Result<(), Wrong> {
    reason.map_or(Ok(()), |reason| Err(Wrong { result: RowResult::Already, reason, detail: String::new() }))
}

fn no_campaign() -> Wrong {
    Wrong::new("mapping", "no campaign")
}
