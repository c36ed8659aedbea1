//! Foresees what a referral and its rewards read: what a change of its facts may move.

use super::leads;
use super::limits;
use super::places;
use super::sealed::MOST_OPEN;
use super::view::View;
use crate::campaign::{Beneficiary, Compiled, Give, Occurrence, QualifiesOn, Trigger};
use crate::record::{
    BalanceKey, CampaignKey, Cause, Conversion, DebtKey, EnrolmentKey, Key, OrderFact, Participant, ParticipantKey,
    PersonKey, Progress, Referral, ReferralKey, Reward, RewardKey, Role, Subject, TallyKey, TimerKey, TimerKind,
};
use crate::value::{CampaignId, Currency, ParticipantId, Timestamp};

/// The rewards that the simple rules of a trigger may bring, and their beneficiaries' sides.
pub(super) fn reward_keys(
    compiled: &Compiled,
    on: Trigger,
    cause: &Cause,
    (referrer, invitee, lead): (ParticipantId, ParticipantId, u32),
) -> Vec<(RewardKey, Role)> {
    let simple = compiled.rules.iter().filter(|rule| rule.model.on == on && !rule.counts_members());
    let mut keys = Vec::new();
    for rule in simple {
        let cause = match (on.is_conversion(), rule.model.occurrence) {
            (true, Occurrence::First) => Cause::Place(invitee, lead, 1),
            (true, Occurrence::Nth(nth)) => Cause::Place(invitee, lead, nth),
            _ => cause.clone(),
        };
        let sides: &[(ParticipantId, Role)] = match rule.model.to {
            Beneficiary::Referrer => &[(referrer, Role::Referrer)],
            Beneficiary::Invitee => &[(invitee, Role::Invitee)],
            Beneficiary::Both => &[(referrer, Role::Referrer), (invitee, Role::Invitee)],
        };
        for (participant, role) in sides {
            let (campaign, rule, participant) = (compiled.campaign, rule.model.id.clone(), *participant);
            keys.push((RewardKey { campaign, rule, participant, cause: cause.clone() }, *role));
        }
    }
    keys
}

/// A conversion that a decision is about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Converts<'a> {
    /// The trigger of its kind.
    pub(super) on: Trigger,
    /// The cause that it is.
    pub(super) cause: &'a Cause,
    /// Its currency.
    pub(super) currency: Option<Currency>,
}

/// What a decision about a referral reads, and what a conversion of the invitee brings.
pub(super) fn referral(view: &mut View<'_>, first: ReferralKey, converts: Option<Converts<'_>>) {
    view.want([Key::from(CampaignKey { campaign: first.campaign }), first.clone().into()]);
    let Some(known) = view.glance::<Referral>(first) else { return };
    for key in leads::keys(known) {
        lead(view, key, converts);
    }
}

/// What a decision about one lead reads.
fn lead(view: &mut View<'_>, key: ReferralKey, converts: Option<Converts<'_>>) {
    let ReferralKey { campaign, invitee, lead } = key;
    view.want([key.clone()]);
    let Some(referral) = view.glance::<Referral>(key.clone()) else { return };
    let earliest = referral.orders.first().filter(|_| referral.orders.len() >= MOST_OPEN).map(OrderFact::key);
    let (referrer, version, held) = (referral.referrer, referral.version, referral.places.clone());
    let qualifies = referral.progress != Progress::Qualified;
    let qualification = Cause::Qualification(invitee, lead);
    let expiry = referral.expires_at.filter(|_| referral.progress == Progress::Lead);
    view.want([
        Key::from(ParticipantKey { participant: invitee }),
        ParticipantKey { participant: referrer }.into(),
        PersonKey { participant: referrer }.into(),
        EnrolmentKey { campaign, participant: referrer }.into(),
    ]);
    // One more order seals the earliest.
    view.want(earliest.filter(|_| converts.is_some()));
    view.want(expiry.map(|at| timer_key(at, TimerKind::LeadExpires, Subject::Referral(key))));
    let Some(pinned) = view.campaigns().get(view.tenant(), campaign, version) else { return };
    let people = (referrer, invitee, lead);
    let currency = converts.and_then(|converts| converts.currency);
    if let Some(Converts { on, cause, .. }) = converts {
        pays(view, reward_keys(&pinned, on, cause, people), currency);
    }
    if qualifies {
        pays(view, reward_keys(&pinned, Trigger::Qualified, &qualification, people), currency);
        counts(view, &pinned, referrer);
    } else if !held.groups.is_empty() {
        counts(view, &pinned, referrer);
        for key in places::left_keys(view, campaign, referrer, &held) {
            match key {
                Key::Reward(key) => reward(view, &key),
                key => view.want([key]),
            }
        }
    }
}

/// What counting a referral of `referrer` towards groups and milestones reads, less the reward of a group, whose number
/// the tally gives out.
pub(super) fn counts(view: &mut View<'_>, pinned: &Compiled, referrer: ParticipantId) {
    let campaign = pinned.campaign;
    for rule in pinned.rules.iter().filter(|rule| rule.counts_members()) {
        let key = |cause| RewardKey { campaign, rule: rule.model.id.clone(), participant: referrer, cause };
        view.want([TallyKey { campaign, rule: rule.model.id.clone(), participant: referrer }]);
        if let Some(current) = view.campaigns().newest(view.tenant(), campaign) {
            view.want(limits::keys(&current, &key(Cause::Group(1)), Role::Referrer, view.now()));
        }
        let gives = rule.model.give.iter().chain(rule.model.milestones.iter().map(|level| &level.give));
        view.want(gives.filter_map(|give| account_keys(campaign, referrer, give, None)).flatten());
        view.want(rule.model.milestones.iter().map(|level| key(Cause::Level(level.at))));
    }
}

/// The balance that a reward of `give` moves and the debt that it asks for, as far as its unit is known.
fn account_keys(
    campaign: CampaignId,
    participant: ParticipantId,
    give: &Give,
    currency: Option<Currency>,
) -> Option<[Key; 2]> {
    let unit = match give {
        Give::Flat(flat) => flat.flat.currency.code().to_owned(),
        Give::Units(units) => units.unit.to_string(),
        Give::Percent(_) => currency?.code().to_owned(),
    };
    Some(account(campaign, participant, unit))
}

/// The balance and the debt of a person in a unit.
pub(super) fn account(campaign: CampaignId, participant: ParticipantId, unit: String) -> [Key; 2] {
    [BalanceKey { campaign, participant, unit: unit.clone() }.into(), DebtKey { campaign, participant, unit }.into()]
}

/// What granting these rewards reads, for an order in a currency.
pub(super) fn pays(view: &mut View<'_>, rewards: Vec<(RewardKey, Role)>, currency: Option<Currency>) {
    let now = view.now();
    for (key, role) in rewards {
        if let Some(current) = view.campaigns().newest(view.tenant(), key.campaign) {
            view.want(limits::keys(&current, &key, role, now));
            let give = current.rule(&key.rule).and_then(|rule| rule.model.give.as_ref());
            let account = give.and_then(|give| account_keys(key.campaign, key.participant, give, currency));
            view.want(account.into_iter().flatten());
        }
        view.want([key]);
    }
}

/// What a change of a known conversion reads: its referrals, and the rewards that rest on it.
pub(super) fn changed(view: &mut View<'_>, conversion: &Conversion) {
    let Some(invitee) = conversion.participant else { return };
    let cause = Cause::Event(conversion.source.clone(), conversion.event.clone());
    for campaign in &conversion.counted_in {
        let first = leads::first_key(*campaign, invitee);
        let (on, currency) = (Trigger::of(conversion.converted), conversion.currency);
        referral(view, first.clone(), Some(Converts { on, cause: &cause, currency }));
        let Some(known) = view.glance::<Referral>(first) else { continue };
        for key in leads::keys(known) {
            changed_in(view, key, on, &cause);
        }
    }
}

/// The rewards of one lead that rest on a conversion.
fn changed_in(view: &mut View<'_>, key: ReferralKey, on: Trigger, cause: &Cause) {
    let ReferralKey { campaign, invitee, lead } = key;
    let Some(known) = view.glance::<Referral>(key) else { return };
    let (referrer, version, progress) = (known.referrer, known.version, known.progress);
    let Some(pinned) = view.campaigns().get(view.tenant(), campaign, version) else { return };
    let people = (referrer, invitee, lead);
    let mut keys = reward_keys(&pinned, on, cause, people);
    if progress == Progress::Qualified {
        let cause = Cause::Qualification(invitee, lead);
        keys.extend(reward_keys(&pinned, Trigger::Qualified, &cause, people));
    }
    for (key, _) in keys {
        reward(view, &key);
    }
}

pub(super) fn reward(view: &mut View<'_>, key: &RewardKey) {
    let RewardKey { campaign, participant, .. } = *key;
    view.want([Key::from(key.clone()), CampaignKey { campaign }.into(), ParticipantKey { participant }.into()]);
    let Some(reward) = view.glance::<Reward>(key.clone()) else { return };
    let (unit, held_until, expires_at) = (reward.unit.clone(), reward.held_until, reward.expires_at);
    let redeem_by = reward.redeem_by;
    let subject = || Subject::Reward(key.clone());
    view.want(account(campaign, participant, unit));
    view.want(held_until.map(|at| timer_key(at, TimerKind::HoldEnds, subject())));
    view.want(expires_at.map(|at| timer_key(at, TimerKind::RewardExpires, subject())));
    view.want(redeem_by.map(|at| timer_key(at, TimerKind::RedemptionEnds, subject())));
}

fn timer_key(due_at: Timestamp, brings: TimerKind, subject: Subject) -> TimerKey {
    TimerKey { due_at, brings, subject }
}

/// Foresees what a new referral reads.
pub(super) fn new_referral(view: &mut View<'_>, campaign: CampaignId, referrer: ParticipantId, invitee: ParticipantId) {
    view.want([
        Key::from(ParticipantKey { participant: referrer }),
        PersonKey { participant: referrer }.into(),
        EnrolmentKey { campaign, participant: referrer }.into(),
        leads::first_key(campaign, referrer).into(),
    ]);
    let named = view.glance::<Participant>(ParticipantKey { participant: invitee });
    let named = named.map(|person| person.orders.iter().map(|order| order.conversion.clone()).collect::<Vec<_>>());
    view.want(named.unwrap_or_default());
    if let Some(compiled) = view.campaigns().newest(view.tenant(), campaign) {
        let people = (referrer, invitee, 1);
        pays(view, reward_keys(&compiled, Trigger::Joined, &Cause::Referral(invitee), people), None);
        if compiled.model.qualification.on == QualifiesOn::Joined {
            let first = Cause::Qualification(invitee, 1);
            pays(view, reward_keys(&compiled, Trigger::Qualified, &first, people), None);
            counts(view, &compiled, referrer);
        }
    }
}
