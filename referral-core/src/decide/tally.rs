//! What a referrer has towards groups of `every` and towards levels.

use super::context::ReferralContext;
use super::halt::Decide;
use super::view::View;
use crate::command::Reason;
use crate::evaluate::{Membership, NoAmount};
use crate::record::{Member, Referral, Tally, TallyKey};
use crate::value::RuleId;

/// What a referrer has towards a rule, or has not yet.
pub(super) fn tally(view: &mut View<'_>, context: &ReferralContext, rule: &RuleId) -> Decide<Tally> {
    let (campaign, participant) = (context.referral.campaign, context.referral.referrer);
    let key = TallyKey { campaign, rule: rule.clone(), participant };
    let blank = Tally {
        campaign,
        rule: rule.clone(),
        participant,
        qualified: 0,
        flagged: 0,
        open_group: 0,
        open_size: 0,
        open_version: None,
        groups: 0,
        open: Vec::new(),
        empty: Vec::new(),
        counted: 0,
        first: Vec::new(),
        kept: Vec::new(),
        fallen: Vec::new(),
    };
    Ok(view.get::<Tally>(key)?.unwrap_or(blank))
}

/// A referral as it counts towards a rule.
pub(super) fn member_of(context: &ReferralContext, membership: &Membership) -> Member {
    let Membership { base, qualified_at, at, flagged, .. } = *membership;
    let Referral { invitee, lead, version, .. } = context.referral;
    Member {
        invitee,
        lead,
        version,
        base,
        qualified_at,
        at,
        carrier: membership.carrier.clone(),
        flagged,
        discredited: false,
        number: 0,
    }
}

/// Why there is no amount, as a reason.
pub(super) fn reason_of(why: NoAmount) -> Reason {
    match why {
        NoAmount::Currency => Reason::Currency,
        NoAmount::NoBase => Reason::NoBase,
    }
}
