//! One referral with the records that nearly every decision about it reads, loaded together.

use std::sync::Arc;

use super::campaign::{self, Current};
use super::halt::Decide;
use super::merged;
use super::metrics::Dimensions;
use super::view::View;
use crate::campaign::Compiled;
use crate::record::{Enrolment, EnrolmentKey, Key, Participant, ParticipantKey, Referral, ReferralKey};

/// One referral with the people that a decision is about. What is changed in it is written by [`ReferralContext::leave`].
#[derive(Clone, Debug)]
pub(super) struct ReferralContext {
    /// The campaign as it is now: limits, budget, pause and dates follow it.
    pub(super) current: Current,
    /// The version pinned on the referral: conditions, amounts and holds follow it.
    pub(super) pinned: Arc<Compiled>,
    /// The referral.
    pub(super) referral: Referral,
    /// Who was referred: whom the person turned out to be.
    pub(super) invitee: Participant,
    /// Who referred: whom the person turned out to be.
    pub(super) referrer: Participant,
    /// The referrer's part in the campaign.
    pub(super) enrolment: Enrolment,
}

impl ReferralContext {
    /// The context of the referral with this key, if there is one.
    pub(super) fn enter(view: &mut View<'_>, current: Current, key: &ReferralKey) -> Decide<Option<Self>> {
        let Some(referral) = view.get::<Referral>(key.clone())? else { return Ok(None) };
        Self::around(view, current, referral).map(Some)
    }

    /// The context of a referral that is loaded, or new.
    pub(super) fn around(view: &mut View<'_>, current: Current, referral: Referral) -> Decide<Self> {
        let invitee = ParticipantKey { participant: referral.invitee };
        let referrer = ParticipantKey { participant: referral.referrer };
        let enrolment = EnrolmentKey { campaign: referral.campaign, participant: referral.referrer };
        view.need([Key::from(invitee), referrer.into(), enrolment.clone().into()])?;
        Ok(Self {
            pinned: campaign::version(view, referral.campaign, referral.version)?,
            invitee: merged::root(view, referral.invitee)?,
            referrer: merged::root(view, referral.referrer)?,
            enrolment: view.expect(enrolment)?,
            current,
            referral,
        })
    }

    /// The channel, country, version and referrer by which the totals of this referral are split.
    pub(super) fn dimensions(&self) -> Dimensions {
        Dimensions {
            channel: self.referral.channel.clone(),
            country: self.referral.country,
            version: Some(self.referral.version),
            link: self.referral.link,
            origin: self.referral.origin.clone(),
            person: Some(self.referral.referrer),
            ..Dimensions::default()
        }
    }

    /// Writes what was changed: the referral and the referrer's enrolment.
    pub(super) fn leave(self, view: &mut View<'_>) {
        view.put(self.referral);
        view.put(self.enrolment);
    }
}
