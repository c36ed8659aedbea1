//! Which share each touch has in a referral: of all that a visitor followed before, not of the one that decided.
//!
//! It changes nothing of who is paid. Shares are whole millionths, computed with integers alone, and those of one referral add up
//! to a million exactly.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::question::ShowTouchShares;
use crate::decide::Decide;
use crate::engine::{Reader, Rows};
use crate::error::Error;
use crate::record::{
    EvidenceTouches, EvidenceTouchesKey, Key, Progress, Referral, ToldTouch, Utm, UtmValue, text_enum,
};
use crate::store::{Cursor, Listing};
use crate::value::{CampaignId, ParticipantId};

/// What the shares of one referral add up to.
pub const WHOLE: u32 = 1_000_000;

text_enum! {
    /// How the shares of a referral are spread over its touches.
    TouchSpread {
        /// Each touch has the same.
        Linear = "linear",
        /// The first and the last have 40 % each, those between them share 20 %. Of two, each has half.
        Position = "position",
        /// A touch has half of what one seven days later has.
        Decay = "decay",
    }
    /// By what touches are put together.
    TouchDimension {
        /// The channel of the link.
        Channel = "channel",
        /// The campaign of the link, by its number.
        Campaign = "campaign",
        /// The link.
        Link = "link",
        /// Whose link it was.
        Referrer = "referrer",
        /// `utm_source`.
        UtmSource = "utm_source",
        /// `utm_medium`.
        UtmMedium = "utm_medium",
        /// `utm_campaign`.
        UtmCampaign = "utm_campaign",
    }
}

/// The share that the touches of one member have in something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchShare {
    /// The channel, the campaign, and so on; none where a touch has none.
    pub member: Option<String>,
    /// The share, in millionths of the referral.
    pub millionths: u32,
}

/// The shares of one referral.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferralTouches {
    /// Who was referred.
    pub invitee: ParticipantId,
    /// Which of the invitee's leads it is.
    pub lead: u32,
    /// Who referred.
    pub referrer: ParticipantId,
    /// How far it is.
    pub progress: Progress,
    /// How many touches led to it; 1 if only the evidence itself is known.
    pub touches: u32,
    /// The shares, by the first touch of each member. They add up to 1,000,000.
    pub shares: Vec<TouchShare>,
}

/// What one member has in all referrals of a page, in millionths of a referral.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchSum {
    /// The channel, the campaign, and so on; none where a touch has none.
    pub member: Option<String>,
    /// Of the leads.
    pub leads: i64,
    /// Of those that are qualified now.
    pub qualified: i64,
}

/// Shares of the referrals of a campaign, one page of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TouchShares {
    /// The campaign.
    pub campaign: CampaignId,
    /// How shares are spread.
    pub model: TouchSpread,
    /// By what touches are put together.
    pub by: TouchDimension,
    /// The referrals, by the time of the lead. Those that were superseded are left out.
    pub referrals: Vec<ReferralTouches>,
    /// What each member has in the referrals of this page, by member. Pages are added up by the caller.
    pub sums: Vec<TouchSum>,
    /// Where the next page begins; none if this is the last.
    pub next: Option<Cursor>,
}

pub(super) fn show(reader: &mut Reader<'_>, asked: &ShowTouchShares) -> Decide<TouchShares> {
    let current = reader.campaign(&asked.campaign)?;
    let (campaign, zone) = (current.id(), &current.compiled.model.zone);
    if asked.until <= asked.from {
        return Err(Error::command("until", "is not after `from`").into());
    }
    let (from, until) = (zone.start_of(asked.from), zone.start_of(asked.until));
    let Rows { rows, next, .. } =
        reader.rows::<Referral>(&asked.page.of(Listing::ReferralsBetween { campaign, from, until }))?;
    let referrals: Vec<Referral> = rows.into_iter().filter(|referral| !referral.superseded).collect();
    let key = |referral: &Referral| EvidenceTouchesKey { campaign, command: referral.command };
    reader.need(referrals.iter().map(|referral| Key::from(key(referral))))?;
    let mut shown = Vec::with_capacity(referrals.len());
    for referral in referrals {
        let told = reader.peek::<EvidenceTouches>(key(&referral))?;
        let touches = told.map(|told| told.touches).filter(|touches| !touches.is_empty());
        let touches = touches.unwrap_or_else(|| vec![of_evidence(&referral)]);
        shown.push(ReferralTouches {
            invitee: referral.invitee,
            lead: referral.lead,
            referrer: referral.referrer,
            progress: referral.progress,
            touches: u32::try_from(touches.len()).unwrap_or(u32::MAX),
            shares: by_member(&touches, asked.model, asked.by),
        });
    }
    let sums = sums(&shown);
    Ok(TouchShares { campaign, model: asked.model, by: asked.by, referrals: shown, sums, next })
}

/// The evidence itself, as the one touch that is known.
fn of_evidence(referral: &Referral) -> ToldTouch {
    let Utm { source, medium, campaign, .. } = referral.origin.utm.clone();
    ToldTouch {
        campaign: referral.campaign,
        referrer: referral.referrer,
        channel: referral.channel.clone(),
        link: referral.link,
        utm: Utm { source, medium, campaign, ..Utm::default() },
        hours: 0,
    }
}

/// The shares of touches, put together by member.
fn by_member(touches: &[ToldTouch], model: TouchSpread, by: TouchDimension) -> Vec<TouchShare> {
    let mut shares: Vec<TouchShare> = Vec::new();
    for (touch, millionths) in touches.iter().zip(millionths(&weights(touches, model))) {
        let member = member(touch, by);
        match shares.iter_mut().find(|share| share.member == member) {
            Some(share) => share.millionths += millionths,
            None => shares.push(TouchShare { member, millionths }),
        }
    }
    shares
}

fn member(touch: &ToldTouch, by: TouchDimension) -> Option<String> {
    let text = |value: &Option<UtmValue>| value.as_ref().map(ToString::to_string);
    match by {
        TouchDimension::Channel => touch.channel.as_ref().map(ToString::to_string),
        TouchDimension::Campaign => Some(touch.campaign.to_string()),
        TouchDimension::Link => touch.link.map(|link| link.to_string()),
        TouchDimension::Referrer => Some(touch.referrer.to_string()),
        TouchDimension::UtmSource => text(&touch.utm.source),
        TouchDimension::UtmMedium => text(&touch.utm.medium),
        TouchDimension::UtmCampaign => text(&touch.utm.campaign),
    }
}

/// How much each touch weighs. The last one always weighs something.
fn weights(touches: &[ToldTouch], model: TouchSpread) -> Vec<u64> {
    let count = touches.len() as u64;
    let last = touches.last().map_or(0, |touch| touch.hours);
    let weight = |(index, touch): (usize, &ToldTouch)| match model {
        TouchSpread::Linear => 1,
        TouchSpread::Position if count <= 2 => 1,
        TouchSpread::Position if index == 0 || index + 1 == touches.len() => 40 * (count - 2),
        TouchSpread::Position => 20,
        TouchSpread::Decay => halved(touch.hours.saturating_sub(last)),
    };
    touches.iter().enumerate().map(weight).collect()
}

/// So many hours halve a weight: seven days.
const HALF_LIFE: u32 = 168;
/// One, with 62 binary places.
const ONE: u64 = 1 << 62;
/// What is left of one after an hour: the 168th root of a half, with 62 binary places.
const AFTER_AN_HOUR: u64 = 4_592_697_971_519_754_423;

/// What is left of one after so many hours, with 62 binary places.
fn halved(hours: u32) -> u64 {
    let after_an_hour = |weight: u64| ((u128::from(weight) * u128::from(AFTER_AN_HOUR)) >> 62) as u64;
    let rest = (0..hours % HALF_LIFE).fold(ONE, |weight, _| after_an_hour(weight));
    rest.checked_shr(hours / HALF_LIFE).unwrap_or(0)
}

/// Weights as shares of a million: each rounded down, and what is left one by one to those that lost most, the earlier first.
fn millionths(weights: &[u64]) -> Vec<u32> {
    let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum::<u128>().max(1);
    let parts: Vec<(u128, u128)> = weights
        .iter()
        .map(|weight| {
            let part = u128::from(*weight) * u128::from(WHOLE);
            (part / sum, part % sum)
        })
        .collect();
    let mut shares: Vec<u32> = parts.iter().map(|(share, _)| u32::try_from(*share).unwrap_or(WHOLE)).collect();
    let left = WHOLE.saturating_sub(shares.iter().sum());
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(parts.get(*index).map_or(0, |(_, lost)| *lost)));
    for index in order.into_iter().take(left as usize) {
        if let Some(share) = shares.get_mut(index) {
            *share += 1;
        }
    }
    shares
}

fn sums(referrals: &[ReferralTouches]) -> Vec<TouchSum> {
    let mut sums: BTreeMap<Option<&String>, (i64, i64)> = BTreeMap::new();
    for referral in referrals {
        for share in &referral.shares {
            let (leads, qualified) = sums.entry(share.member.as_ref()).or_default();
            *leads += i64::from(share.millionths);
            if referral.progress == Progress::Qualified {
                *qualified += i64::from(share.millionths);
            }
        }
    }
    let sum =
        |(member, (leads, qualified)): (Option<&String>, _)| TouchSum { member: member.cloned(), leads, qualified };
    sums.into_iter().map(sum).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(hours: &[u32]) -> Vec<ToldTouch> {
        let touch = |hours: &u32| ToldTouch {
            campaign: CampaignId(1),
            referrer: ParticipantId(uuid::Uuid::from_u128(7)),
            channel: None,
            link: None,
            utm: Utm::default(),
            hours: *hours,
        };
        hours.iter().map(touch).collect()
    }

    fn shares(hours: &[u32], model: TouchSpread) -> Vec<u32> {
        millionths(&weights(&told(hours), model))
    }

    #[test]
    fn shares_are_spread_as_the_model_says() {
        use TouchSpread::{Decay, Linear, Position};
        let cases: [(&[u32], TouchSpread, &[u32]); 12] = [
            (&[5], Linear, &[1_000_000]),
            (&[5], Position, &[1_000_000]),
            (&[5], Decay, &[1_000_000]),
            (&[9, 5, 1], Linear, &[333_334, 333_333, 333_333]),
            (&[9, 5], Position, &[500_000, 500_000]),
            (&[9, 5, 1], Position, &[400_000, 200_000, 400_000]),
            (&[9, 7, 5, 3, 1], Position, &[400_000, 66_667, 66_667, 66_666, 400_000]),
            (&[168, 0], Decay, &[333_333, 666_667]),
            (&[336, 168, 0], Decay, &[142_857, 285_714, 571_429]),
            // Half of a half-life: the root of a half.
            (&[84, 0], Decay, &[414_214, 585_786]),
            (&[3, 3], Decay, &[500_000, 500_000]),
            (&[u32::MAX, 87_600, 0], Decay, &[0, 0, 1_000_000]),
        ];
        for (hours, model, expected) in cases {
            assert_eq!(shares(hours, model), expected, "{hours:?} {model}");
        }
    }

    #[test]
    fn shares_of_any_touches_add_up_to_a_million() {
        let mut seed = 7_u32;
        let mut draw = |below: u32| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (seed >> 8) % below
        };
        for _ in 0..2_000 {
            let count = 1 + draw(16);
            let mut hours: Vec<u32> = (0..count).map(|_| draw(9_000)).collect();
            hours.sort_by_key(|hours| std::cmp::Reverse(*hours));
            for model in TouchSpread::ALL {
                let shares = shares(&hours, *model);
                assert_eq!(shares.iter().sum::<u32>(), WHOLE, "{hours:?} {model}");
                let is_later_more = shares.windows(2).all(|pair| pair[0] <= pair[1] + 1);
                assert!(*model != TouchSpread::Decay || is_later_more, "{hours:?}: {shares:?}");
            }
        }
    }

    #[test]
    fn touches_of_one_member_are_put_together() {
        let mut touches = told(&[9, 5, 1]);
        touches[0].channel = "email".parse().ok();
        touches[2].channel = "email".parse().ok();
        let shares = by_member(&touches, TouchSpread::Position, TouchDimension::Channel);
        let shown: Vec<_> = shares.iter().map(|share| (share.member.as_deref(), share.millionths)).collect();
        assert_eq!(shown, [(Some("email"), 800_000), (None, 200_000)]);
    }
}
