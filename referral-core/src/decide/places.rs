//! Places in groups of `every`: which referral is a member of which group.
//!
//! Referrals have numbers in the order in which they first counted, and keep them. Members of a group that is not full are
//! open: holes are filled oldest group first, with the open referral of the least number. No reward moves here.
//!
//! INVARIANT: at most one group that is not full has members; the others that are not full are empty.

use std::collections::BTreeSet;

use super::campaign;
use super::context::ReferralContext;
use super::halt::Decide;
use super::tally::{member_of, tally};
use super::view::View;
use crate::command::{Finding, Reason};
use crate::evaluate::Membership;
use crate::record::{EmptyGroup, Group, GroupKey, Key, Member, Places, Referral, RewardKey, Tally, TallyKey};
use crate::value::{CampaignId, ParticipantId, RuleId};

/// The most empty groups of which a tally remembers that they were full once.
const MOST_EMPTY: usize = 100;

/// The groups whose members changed, or count otherwise; and whether other members fill them.
#[derive(Debug, Default)]
pub(super) struct Changed {
    /// All of them.
    pub(super) groups: BTreeSet<u32>,
    /// Those with other members.
    pub(super) others: BTreeSet<u32>,
}

impl Changed {
    fn note(&mut self, group: u32) {
        self.groups.insert(group);
        self.others.insert(group);
    }
}

/// A group that is not full, while its hole is looked at.
struct Open {
    group: u32,
    size: u32,
    version: Option<u32>,
    members: Vec<Member>,
}

impl Open {
    fn is_full(&self) -> bool {
        let size = usize::try_from(self.size).unwrap_or(usize::MAX);
        !self.members.is_empty() && self.members.len() >= size
    }

    /// Takes out the member of the least number.
    fn take_oldest(&mut self) -> Option<Member> {
        let (index, _) = self.members.iter().enumerate().min_by_key(|(_, member)| member.number)?;
        Some(self.members.remove(index))
    }

    fn oldest(&self) -> Option<u32> {
        self.members.iter().map(|member| member.number).min()
    }
}

/// Gives a referral, which counts towards a rule from now on, its place.
pub(super) fn join(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    rule: &RuleId,
    membership: &Membership,
    changed: &mut Changed,
) -> Decide<()> {
    let mut tally = tally(view, context, rule)?;
    let number = match context.referral.places.numbers.get(rule) {
        Some(number) => *number,
        None => {
            tally.counted += 1;
            tally.counted
        }
    };
    context.referral.places.numbers.insert(rule.clone(), number);
    let waiting = Open {
        group: u32::MAX,
        size: u32::MAX,
        version: None,
        members: vec![Member { number, ..member_of(context, membership) }],
    };
    let groups = open_groups(&mut tally);
    fill(view, context, &mut tally, (groups, waiting), changed)?;
    let missing = usize::try_from(tally.open_size).unwrap_or(usize::MAX).saturating_sub(tally.open.len());
    if context.referral.places.groups.get(rule) == Some(&tally.open_group) {
        let finding = Finding::new(Reason::GroupOpen).in_campaign(context.current.id()).by_rule(rule);
        view.find(finding.because(format!("{missing} missing")));
    }
    view.put(tally);
    Ok(())
}

/// Takes a referral, which counts towards a rule no longer, out of its group.
pub(super) fn leave(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    rule: &RuleId,
    changed: &mut Changed,
) -> Decide<()> {
    let Some(number) = context.referral.places.groups.remove(rule) else { return Ok(()) };
    let mut tally = tally(view, context, rule)?;
    let is_open = tally.open_group == number;
    tally.open.retain(|member| !is_open || !member.is(&context.referral));
    let mut groups = open_groups(&mut tally);
    if !is_open {
        let key = group_key(&tally, number);
        let Group { version, mut members, .. } = view.expect::<Group>(key)?;
        let size = u32::try_from(members.len()).unwrap_or(u32::MAX);
        members.retain(|member| !member.is(&context.referral));
        changed.note(number);
        groups.push(Open { group: number, size, version: Some(version), members });
    }
    let nobody = Open { group: u32::MAX, size: u32::MAX, version: None, members: Vec::new() };
    let full = fill(view, context, &mut tally, (groups, nobody), changed)?;
    if !is_open && !full.contains(&number) {
        view.delete(group_key(&tally, number));
    }
    view.put(tally);
    Ok(())
}

/// Renews what is known of a member: what a percentage of it is taken of, since when it counts, and whether it is under
/// review.
pub(super) fn renew(
    view: &mut View<'_>,
    context: &ReferralContext,
    rule: &RuleId,
    membership: &Membership,
    changed: &mut Changed,
) -> Decide<()> {
    let Some(number) = context.referral.places.groups.get(rule) else { return Ok(()) };
    let renew = |members: &mut Vec<Member>| {
        for member in members.iter_mut().filter(|member| member.is(&context.referral)) {
            *member = Member { number: member.number, ..member_of(context, membership) };
        }
    };
    let mut tally = tally(view, context, rule)?;
    if tally.open_group == *number {
        renew(&mut tally.open);
        view.put(tally);
        return Ok(());
    }
    let mut group = view.expect::<Group>(group_key(&tally, *number))?;
    renew(&mut group.members);
    view.put(group);
    changed.groups.insert(*number);
    Ok(())
}

/// Takes the groups that are not full out of a tally.
fn open_groups(tally: &mut Tally) -> Vec<Open> {
    let empty = |EmptyGroup { group, version }| Open { group, size: 0, version, members: Vec::new() };
    let mut groups: Vec<Open> = std::mem::take(&mut tally.empty).into_iter().map(empty).collect();
    if tally.open_group != 0 {
        let (group, size, members) = (tally.open_group, tally.open_size, std::mem::take(&mut tally.open));
        groups.push(Open { group, size, version: tally.open_version, members });
    }
    (tally.open_group, tally.open_size, tally.open_version) = (0, 0, None);
    groups
}

/// Fills the groups that are not full, and lets those that wait begin new ones. Those that are full now.
fn fill(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    tally: &mut Tally,
    (mut groups, waiting): (Vec<Open>, Open),
    changed: &mut Changed,
) -> Decide<BTreeSet<u32>> {
    groups.push(waiting);
    groups.sort_by_key(|open| open.group);
    let mut filled = Vec::new();
    while !groups.is_empty() {
        let mut open = groups.remove(0);
        if open.group == u32::MAX {
            if open.members.is_empty() {
                break;
            }
            tally.groups += 1;
            groups.push(open);
            open = Open { group: tally.groups, size: 0, version: None, members: Vec::new() };
        }
        while !open.is_full() {
            let donor = groups.iter_mut().filter(|later| !later.members.is_empty()).min_by_key(|later| later.oldest());
            let Some(member) = donor.and_then(Open::take_oldest) else { break };
            if open.members.is_empty() {
                // Its oldest member's version says how many it takes.
                open.size = size_by(view, tally, member.version)?;
            }
            place(view, context, tally, &member, open.group)?;
            open.members.push(member);
        }
        filled.push(open);
    }
    let full = filled.iter().filter(|open| open.is_full()).map(|open| open.group).collect();
    for open in filled {
        keep(view, tally, open, changed);
    }
    Ok(full)
}

/// How many members a group takes by a version.
fn size_by(view: &mut View<'_>, tally: &Tally, version: u32) -> Decide<u32> {
    let pinned = campaign::version(view, tally.campaign, version)?;
    Ok(pinned.rule(&tally.rule).and_then(|rule| rule.model.every).unwrap_or(1))
}

/// Notes in a referral in which group it is now.
fn place(view: &mut View<'_>, context: &mut ReferralContext, tally: &Tally, member: &Member, group: u32) -> Decide<()> {
    if member.is(&context.referral) {
        context.referral.places.groups.insert(tally.rule.clone(), group);
        return Ok(());
    }
    let mut moved = view.expect::<Referral>(member.referral(tally.campaign))?;
    moved.places.groups.insert(tally.rule.clone(), group);
    view.put(moved);
    Ok(())
}

/// Keeps a group as it is now: full, with some members, or empty.
fn keep(view: &mut View<'_>, tally: &mut Tally, open: Open, changed: &mut Changed) {
    let is_full = open.is_full();
    let Open { group, size, version, mut members } = open;
    // The last one to fill it first gives its terms.
    let terms = version.or_else(|| members.last().map(|member| member.version));
    members.sort_by_key(|member| member.number);
    if let Some(terms) = terms.filter(|_| is_full) {
        let (campaign, rule, participant) = (tally.campaign, tally.rule.clone(), tally.participant);
        let group = Group { campaign, rule, participant, group, version: terms, members };
        if version.is_none() {
            // The guarded tally gave this number out, and the group was never full.
            view.assume_absent(reward_key(&group));
        }
        changed.note(group.group);
        view.put(group);
    } else if !members.is_empty() {
        (tally.open_group, tally.open_size, tally.open_version) = (group, size, version);
        tally.open = members;
    } else if tally.empty.len() < MOST_EMPTY {
        tally.empty.push(EmptyGroup { group, version });
    }
}

fn group_key(tally: &Tally, group: u32) -> GroupKey {
    GroupKey { campaign: tally.campaign, rule: tally.rule.clone(), participant: tally.participant, group }
}

/// The key of the reward of a group.
pub(super) fn reward_key(group: &Group) -> RewardKey {
    let Group { campaign, rule, participant, .. } = group.clone();
    RewardKey { campaign, rule, participant, cause: crate::record::Cause::Group(group.group) }
}

/// What a referral that leaves its groups probably reads, as far as that is loaded.
pub(super) fn left_keys(
    view: &View<'_>,
    campaign: CampaignId,
    participant: ParticipantId,
    places: &Places,
) -> Vec<Key> {
    let mut keys = Vec::new();
    for (rule, group) in places.groups.iter().filter(|(_, group)| **group != 0) {
        let key = GroupKey { campaign, rule: rule.clone(), participant, group: *group };
        let known = view.glance::<Group>(key.clone());
        keys.extend(known.map(|group| reward_key(group).into()));
        keys.push(key.into());
        let tally = view.glance::<Tally>(TallyKey { campaign, rule: rule.clone(), participant });
        let open = tally.map(|tally| tally.open.as_slice()).unwrap_or_default();
        // The oldest open member takes the place that is left, or those who stay move to an older group.
        let moved = open.iter().chain(known.into_iter().flat_map(|group| &group.members));
        keys.extend(moved.map(|member| Key::from(member.referral(campaign))));
    }
    keys
}
