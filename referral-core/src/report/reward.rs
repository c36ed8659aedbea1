//! Rewards as they are shown: where one stands, why it is held, what is still to be handed over.

use serde::{Deserialize, Serialize};

use super::question::{ListRefused, ListRewards, ShowReward};
use crate::decide::{Decide, is_due, outstanding};
use crate::engine::{Reader, Rows};
use crate::error::{Error, StoreError};
use crate::record::{ConversionKey, HoldKind, RecordKind, Reward, RewardKey, RewardState, Role};
use crate::store::{Cursor, Listing, PageRequest};
use crate::value::{Amount, ParticipantId, Timestamp};

/// A reward.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardReport {
    /// Its key: campaign, rule, beneficiary, cause.
    pub reward: RewardKey,
    /// The beneficiary's side.
    pub role: Role,
    /// The invitee of the one referral that brought it about, if one did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invitee: Option<ParticipantId>,
    /// The campaign version that it follows.
    pub version: u32,
    /// Where it stands.
    pub state: RewardState,
    /// How much it is now; nothing once it is cancelled, expired or reversed.
    pub amount: Amount,
    /// How much was granted at first.
    pub granted: Amount,
    /// How much is still to be handed over, due or held.
    pub outstanding: Amount,
    /// How much of it is due now. Nothing is while it is being handed over.
    pub due: Amount,
    /// How much of what is due, or being handed over, pays debts of the beneficiary in this campaign.
    pub debt: Amount,
    /// How much is to be paid: what is due less `debt`; while it is being handed over, what was fixed.
    pub payable: Amount,
    /// Since when it is being handed over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuing_since: Option<Timestamp>,
    /// How much of it was refused.
    pub refused: Amount,
    /// Why a part of it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused_because: Option<String>,
    /// How much of it expired.
    pub expired: Amount,
    /// How much was handed over.
    pub issued: Amount,
    /// How much paid an older debt.
    pub netted: Amount,
    /// How much of what was handed over or netted was taken back: it is a debt, or was paid back.
    pub reclaimed: Amount,
    /// How much of that is still owed to the host.
    pub owes: Amount,
    /// How much of that other rewards paid back.
    pub paid_back: Amount,
    /// How much of what was handed over or netted was given up.
    pub written_off: Amount,
    /// How much was used.
    pub redeemed: Amount,
    /// How much of what was handed over was not used in time.
    pub lapsed: Amount,
    /// Until when what was handed over may be used, if its rule says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redeem_by: Option<Timestamp>,
    /// Why it is held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldKind>,
    /// Until when it is held, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Timestamp>,
    /// When it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// The conversion on which its amount rests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<ConversionKey>,
    /// Why it was cancelled, reversed or failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The host's reference of the hand-over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issue_reference: Option<String>,
    /// How often handing over was tried.
    pub attempts: u32,
    /// When it was granted.
    pub granted_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
}

/// A page of rewards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardPage {
    /// The rewards.
    pub rewards: Vec<RewardReport>,
    /// Where the next page begins; none if this is the last.
    pub next: Option<Cursor>,
}

pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowReward) -> Decide<RewardReport> {
    let key = &asked.reward;
    let missing = || Error::not_found("reward", format!("{}/{}/{}", key.rule, key.participant, key.cause));
    let reward = reader.peek::<Reward>(key.clone())?.ok_or_else(missing)?;
    report(reader, reward)
}

pub(super) fn list(reader: &mut Reader<'_>, asked: &ListRewards) -> Decide<RewardPage> {
    let campaign = reader.campaign(&asked.campaign)?.id();
    page(reader, &asked.page.of(Listing::RewardsIn { state: asked.state, campaign }), |_| true)
}

pub(super) fn refused(reader: &mut Reader<'_>, asked: &ListRefused) -> Decide<RewardPage> {
    let campaign = reader.campaign(&asked.campaign)?.id();
    let (because, from, until) = (asked.because.as_str().to_owned(), asked.from, asked.until);
    page(reader, &asked.page.of(Listing::RewardsRefused { campaign, because, from, until }), |_| true)
}

/// The rewards of one page of a listing that fit.
pub(super) fn page(
    reader: &mut Reader<'_>,
    request: &PageRequest,
    fits: impl Fn(&Reward) -> bool,
) -> Decide<RewardPage> {
    let Rows { rows, next, .. } = reader.rows::<Reward>(request)?;
    let rewards: Vec<Reward> = rows.into_iter().filter(fits).collect();
    // The union of what all will read, so that it is loaded together.
    reader.need_shares(&rewards)?;
    let rewards = rewards.into_iter().map(|reward| report(reader, reward)).collect::<Decide<_>>()?;
    Ok(RewardPage { rewards, next })
}

/// How much of a reward is due, how much of that pays debts, and how much is to be paid.
fn payable(reader: &mut Reader<'_>, reward: &Reward) -> Decide<(i64, i64, i64)> {
    if let Some(fixed) = &reward.fixed {
        return Ok((0, fixed.netted, fixed.payable));
    }
    if !is_due(reward, reader.now()) {
        return Ok((0, 0, 0));
    }
    let (due, debt) = (outstanding(reward), reader.share(reward)?);
    Ok((due, debt, due - debt))
}

/// A reward as it is shown.
pub(super) fn report(reader: &mut Reader<'_>, reward: Reward) -> Decide<RewardReport> {
    let (due, debt, payable) = payable(reader, &reward)?;
    let amount = |quantity| {
        let unreadable = |_| StoreError::Corrupt("the unit of a reward cannot be read".to_owned());
        Amount::from_unit_key(&reward.unit, quantity).map_err(unreadable)
    };
    let base = reward.base_source.clone().zip(reward.base_event.clone());
    Ok(RewardReport {
        reward: reward.key(),
        role: reward.role,
        invitee: reward.invitee,
        version: reward.version,
        state: reward.state,
        amount: amount(reward.quantity)?,
        granted: amount(reward.granted)?,
        outstanding: amount(outstanding(&reward))?,
        due: amount(due)?,
        debt: amount(debt)?,
        payable: amount(payable)?,
        issuing_since: reward.fixed.as_ref().map(|fixed| fixed.since),
        refused: amount(reward.refused)?,
        refused_because: reward.refused_because.clone(),
        expired: amount(reward.expired)?,
        issued: amount(reward.issued)?,
        netted: amount(reward.netted)?,
        reclaimed: amount(reward.reclaimed)?,
        owes: amount(reward.owes)?,
        paid_back: amount(reward.paid_back)?,
        written_off: amount(reward.written_off)?,
        redeemed: amount(reward.redeemed)?,
        lapsed: amount(reward.lapsed)?,
        redeem_by: reward.redeem_by,
        hold: reward.hold,
        held_until: reward.held_until.filter(|_| reward.hold.is_some()),
        expires_at: reward.expires_at,
        base: base.map(|(source, event)| ConversionKey { source, event }),
        reason: reward.reason.clone(),
        issue_reference: reward.issue_reference.clone(),
        attempts: reward.attempts,
        granted_at: reward.granted_at,
        changed_at: reward.changed_at,
    })
}
