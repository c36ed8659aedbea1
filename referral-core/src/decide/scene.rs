//! The scene of a decision about one referral: the records that nearly every rule asks for, loaded together.

use std::sync::Arc;

use super::campaign::{self, Current};
use super::halt::Decide;
use super::view::View;
use crate::campaign::Compiled;
use crate::record::{
    Conversion, Enrolment, EnrolmentKey, Key, Participant, ParticipantKey, RecordKind, Referral, ReferralKey, Reward,
};

/// One referral with the people and the order that a decision is about. What is changed in it is written by
/// [`Scene::leave`].
#[derive(Debug)]
pub(super) struct Scene {
    /// The campaign as it is now: limits, budget, pause and dates follow it.
    pub(super) current: Current,
    /// The version pinned on the referral: conditions, amounts and holds follow it.
    pub(super) pinned: Arc<Compiled>,
    /// The referral.
    pub(super) referral: Referral,
    /// Who was referred.
    pub(super) invitee: Participant,
    /// Who referred.
    pub(super) referrer: Participant,
    /// The referrer's part in the campaign.
    pub(super) enrolment: Enrolment,
    /// The order, if one is decided about.
    pub(super) order: Option<Conversion>,
    /// Which of the referral's conversions of its kind the order is.
    pub(super) order_number: u32,
}

impl Scene {
    /// The scene of the referral with this key, if there is one.
    pub(super) fn enter(view: &mut View<'_>, current: Current, key: &ReferralKey) -> Decide<Option<Self>> {
        let Some(referral) = view.get::<Referral>(key.clone())? else { return Ok(None) };
        Self::around(view, current, referral).map(Some)
    }

    /// The scene of a referral that is loaded, or new.
    pub(super) fn around(view: &mut View<'_>, current: Current, referral: Referral) -> Decide<Self> {
        let invitee = ParticipantKey { participant: referral.invitee };
        let referrer = ParticipantKey { participant: referral.referrer };
        let enrolment = EnrolmentKey { campaign: referral.campaign, participant: referral.referrer };
        view.need([Key::from(invitee.clone()), referrer.clone().into(), enrolment.clone().into()])?;
        Ok(Self {
            pinned: campaign::version(view, referral.campaign, referral.version)?,
            invitee: view.expect(invitee)?,
            referrer: view.expect(referrer)?,
            enrolment: view.expect(enrolment)?,
            order: None,
            order_number: 0,
            current,
            referral,
        })
    }

    /// Notes a reward on the referral that brought it about, and on the order on which its amount rests.
    pub(super) fn note(&mut self, reward: &Reward) {
        let key = reward.key();
        if let Some(order) = self.order.as_mut().filter(|order| reward.base_event.as_ref() == Some(&order.event)) {
            order.rewards.push(key.clone());
        }
        self.referral.rewards.push(key);
    }

    /// Writes what was changed: the referral, the referrer's enrolment, the order.
    pub(super) fn leave(self, view: &mut View<'_>) {
        view.put(self.referral);
        view.put(self.enrolment);
        if let Some(order) = self.order {
            view.put(order);
        }
    }
}
