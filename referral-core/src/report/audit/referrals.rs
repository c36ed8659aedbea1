//! Referrals against people, conversions, rewards, groups and one another.

use std::collections::{BTreeMap, BTreeSet};

use super::books::{Books, latest_lead, leads_of};
use super::{Audited, Invariant};
use crate::decide::amounts_of;
use crate::record::{
    CodeKey, ConversionState, EnrolmentKey, GrantKey, GroupKey, Member, Moderation, OrderFact, ParticipantKey,
    Progress, RecordKind, Referral, ReferralKey, TallyKey, TouchKind,
};
use crate::value::{CampaignId, ParticipantId, RuleId, Timestamp};

pub(super) fn check(books: &Books, audited: &mut Audited) {
    for referral in books.referrals.values() {
        if latest_lead(books, referral.campaign, referral.invitee) == Some(referral) {
            edges(books, audited, referral);
        }
        relations(books, audited, referral);
    }
    people(books, audited);
    enrolments(books, audited);
    conversions(books, audited);
    groups(books, audited);
    levels(books, audited);
}

fn name(key: &ReferralKey) -> String {
    format!("referral {}/{}/{}", key.campaign, key.invitee, key.lead)
}

fn edges(books: &Books, audited: &mut Audited, referral: &Referral) {
    let (campaign, mut ancestor) = (referral.campaign, referral.referrer);
    let mut walked = BTreeSet::from([referral.invitee]);
    loop {
        if !walked.insert(ancestor) {
            audited.differ(Invariant::NoCircle, name(&referral.key()), "no circle", ancestor);
            return;
        }
        match latest_lead(books, campaign, ancestor) {
            Some(next) => ancestor = next.referrer,
            None => return,
        }
    }
}

fn relations(books: &Books, audited: &mut Audited, referral: &Referral) {
    let (campaign, invitee) = (referral.campaign, referral.invitee);
    let person = books.participants.get(&ParticipantKey { participant: invitee });
    let knows = person.is_some_and(|person| person.referred_in.contains(&campaign));
    let enrolled = books.enrolments.contains_key(&EnrolmentKey { campaign, participant: referral.referrer });
    if !knows || !enrolled {
        let found = format!("invitee knows: {knows}, referrer enrolled: {enrolled}");
        audited.differ(Invariant::RelationsAgree, name(&referral.key()), "both", found);
    }
}

fn people(books: &Books, audited: &mut Audited) {
    for person in books.participants.values() {
        for campaign in &person.referred_in {
            let key = ReferralKey { campaign: *campaign, invitee: person.participant, lead: 1 };
            if leads_of(books, *campaign, person.participant).next().is_none() {
                audited.differ(Invariant::RelationsAgree, name(&key), "a referral", "none");
            }
        }
    }
    for alias in books.aliases.values() {
        if !books.participants.contains_key(&ParticipantKey { participant: alias.participant }) {
            audited.differ(Invariant::RelationsAgree, format!("alias of {}", alias.participant), "a person", "none");
        }
    }
}

fn enrolments(books: &Books, audited: &mut Audited) {
    let mut qualified: BTreeMap<EnrolmentKey, i64> = BTreeMap::new();
    for referral in books.referrals.values().filter(|referral| referral.progress == Progress::Qualified) {
        let key = EnrolmentKey { campaign: referral.campaign, participant: referral.referrer };
        *qualified.entry(key).or_default() += 1;
    }
    let mut shares: BTreeMap<EnrolmentKey, u32> = BTreeMap::new();
    for touch in books.touches.values().filter(|touch| touch.touched == TouchKind::Share) {
        *shares.entry(EnrolmentKey { campaign: touch.campaign, participant: touch.referrer }).or_default() += 1;
    }
    for (key, enrolment) in &books.enrolments {
        let subject = format!("enrolment {}/{}", key.campaign, key.participant);
        let expected = (qualified.get(key).copied().unwrap_or(0), shares.get(key).copied().unwrap_or(0));
        audited.compare(Invariant::RelationsAgree, &subject, &expected, &(enrolment.qualified, enrolment.shares));
        let campaign = key.campaign;
        let grant = books.grants.get(&GrantKey { campaign, grant: enrolment.grant });
        let code = books.codes.get(&CodeKey { campaign, code: enrolment.code.clone() });
        let own = grant.is_some_and(|grant| grant.participant == key.participant)
            && code.is_some_and(|code| code.participant == key.participant)
            && books.participants.contains_key(&ParticipantKey { participant: key.participant });
        if !own {
            audited.differ(Invariant::RelationsAgree, subject, "a person with a grant and a code", "other");
        }
    }
}

/// A conversion and the referrals that know it name each other, and say the same of its amounts.
fn conversions(books: &Books, audited: &mut Audited) {
    for conversion in books.conversions.values() {
        let Some(invitee) = conversion.participant else { continue };
        for campaign in &conversion.counted_in {
            let sealed =
                conversion.sealed_in.iter().filter(|order| order.campaign == *campaign).map(|order| &order.fact);
            let leads = leads_of(books, *campaign, invitee);
            let open = leads.flat_map(|lead| &lead.orders).filter(|order| order.is(&conversion.key()));
            // Exactly one lead knows it, open or sealed.
            let mut known = sealed.chain(open);
            let fact = known.next().filter(|_| known.next().is_none());
            let expected = (amounts_of(conversion), conversion.voiding.as_ref().is_some_and(|voiding| voiding.is_void));
            let found = fact.map(|fact| {
                let OrderFact { currency, total_minor, tax_minor, shipping_minor, is_void, .. } = fact;
                ((*currency, *total_minor, *tax_minor, *shipping_minor), *is_void)
            });
            let subject = format!("conversion {}/{} in {campaign}", conversion.source, conversion.event);
            audited.compare(Invariant::RelationsAgree, subject, &Some(expected), &found);
        }
    }
    for (key, referral) in &books.referrals {
        for order in &referral.orders {
            let conversion = books.conversions.get(&order.key());
            if !conversion.is_some_and(|conversion| conversion.counted_in.contains(&key.campaign)) {
                let found = format!("order {}/{}", order.source, order.event);
                audited.differ(Invariant::RelationsAgree, name(key), "a conversion that names it", found);
            }
        }
    }
    for reference in books.references.values() {
        let subject = format!("reference {}/{}", reference.source, reference.id);
        let own = crate::record::ConversionKey { source: reference.source.clone(), event: reference.id.clone() };
        // A further id's place is held with nothing in it.
        let holds = |own: &crate::record::Conversion| {
            own.state == ConversionState::Awaited && own.refunds.is_empty() && own.correction.is_none()
        };
        if books.conversions.get(&own).is_some_and(|own| !holds(own)) {
            audited.differ(Invariant::RelationsAgree, subject, "no conversion of its own", "one");
        }
    }
}

type Placed = BTreeMap<(TallyKey, u32), BTreeSet<(ParticipantId, u32)>>;

fn groups(books: &Books, audited: &mut Audited) {
    let mut placed = Placed::new();
    let mut flagged: BTreeMap<TallyKey, i64> = BTreeMap::new();
    for referral in books.referrals.values() {
        for (rule, group) in &referral.places.groups {
            let key = tally_key(referral.campaign, rule, referral.referrer);
            if *group == 0 && referral.moderation == Moderation::Flagged {
                *flagged.entry(key.clone()).or_default() += 1;
            }
            placed.entry((key, *group)).or_default().insert((referral.invitee, referral.lead));
            if referral.progress != Progress::Qualified {
                audited.differ(
                    Invariant::GroupsHoldTheirMembers,
                    name(&referral.key()),
                    "qualified",
                    referral.progress,
                );
            }
        }
    }
    let members =
        |members: &[Member]| members.iter().map(|member| (member.invitee, member.lead)).collect::<BTreeSet<_>>();
    let mut found = Placed::new();
    for (key, tally) in &books.tallies {
        if !tally.open.is_empty() {
            found.insert((key.clone(), tally.open_group), members(&tally.open));
        }
        let counted = placed.remove(&(key.clone(), 0)).unwrap_or_default();
        let subject = format!("tally {}/{}/{}", key.campaign, key.rule, key.participant);
        let expected = i64::try_from(counted.len()).unwrap_or(i64::MAX);
        let expected = (expected, flagged.get(key).copied().unwrap_or_default());
        audited.compare(Invariant::GroupsHoldTheirMembers, subject, &expected, &(tally.qualified, tally.flagged));
    }
    for (key, group) in &books.groups {
        let GroupKey { campaign, rule, participant, group: number } = key;
        found.insert((tally_key(*campaign, rule, *participant), *number), members(&group.members));
    }
    let keys: BTreeSet<_> = placed.keys().chain(found.keys()).cloned().collect();
    for key in keys {
        let of = |map: &Placed| map.get(&key).cloned().unwrap_or_default();
        let subject = format!("group {}/{}/{}/{}", key.0.campaign, key.0.rule, key.0.participant, key.1);
        audited.compare(Invariant::GroupsHoldTheirMembers, subject, &of(&placed), &of(&found));
    }
}

/// The first referrals of a tally are those that counted first, and each kept level has its list.
fn levels(books: &Books, audited: &mut Audited) {
    let mut counted: BTreeMap<TallyKey, BTreeSet<(Timestamp, ParticipantId, u32)>> = BTreeMap::new();
    for referral in books.referrals.values() {
        for (rule, _) in referral.places.groups.iter().filter(|(_, group)| **group == 0) {
            let key = tally_key(referral.campaign, rule, referral.referrer);
            let at = referral.qualified_at.unwrap_or(referral.lead_at);
            counted.entry(key).or_default().insert((at, referral.invitee, referral.lead));
        }
    }
    let mut kept: BTreeMap<TallyKey, BTreeSet<u32>> = BTreeMap::new();
    for key in books.kept_levels.keys() {
        kept.entry(tally_key(key.campaign, &key.rule, key.participant)).or_default().insert(key.level);
    }
    for (key, tally) in &books.tallies {
        let subject = format!("tally {}/{}/{}", key.campaign, key.rule, key.participant);
        let first = counted.get(key).into_iter().flatten().take(tally.first.len()).copied().collect::<Vec<_>>();
        let found: Vec<_> =
            tally.first.iter().map(|member| (member.qualified_at, member.invitee, member.lead)).collect();
        let (expected, listed) =
            (kept.remove(key).unwrap_or_default(), tally.kept.iter().chain(&tally.fallen).copied().collect());
        audited.compare(Invariant::GroupsHoldTheirMembers, subject, &(first, expected), &(found, listed));
    }
}

fn tally_key(campaign: CampaignId, rule: &RuleId, participant: ParticipantId) -> TallyKey {
    TallyKey { campaign, rule: rule.clone(), participant }
}
