//! Counts a referral towards groups and levels, and posts what follows: first all that falls, then all that grows, by time, order
//! of rules, the referrer first.

use std::collections::{BTreeMap, BTreeSet};

use super::context::ReferralContext;
use super::group;
use super::halt::Decide;
use super::milestone;
use super::places::{self, Changed};
use super::reconcile::{self, Lines, Owed};
use super::view::View;
use crate::campaign::{Compiled, Rule};
use crate::evaluate::{Membership, Target};
use crate::record::ConversionKey;
use crate::value::{RuleId, Timestamp};

/// The groups and levels that a change of a referral moves.
pub(super) struct Moves {
    groups: BTreeMap<RuleId, Changed>,
    levels: Vec<milestone::Moved>,
}

/// Something that may grow.
enum Growing<'l> {
    Line(&'l Owed),
    Group(&'l RuleId, u32),
    Level(&'l milestone::Moved, u32),
}

/// When what carries it happened, which order it is, and the place of its rule.
type Turn = (Timestamp, Option<ConversionKey>, usize);

impl Moves {
    /// Lets all rewards follow: those of the referral itself, of its groups and of its levels.
    pub(super) fn post(
        &self,
        view: &mut View<'_>,
        context: &ReferralContext,
        lines: (&Lines, &Lines),
        why: &str,
    ) -> Decide<()> {
        self.fall(view, context, lines, why)?;
        self.grow(view, context, lines, why)
    }

    /// Lets the rewards fall that do.
    pub(super) fn fall(
        &self,
        view: &mut View<'_>,
        context: &ReferralContext,
        lines: (&Lines, &Lines),
        why: &str,
    ) -> Decide<()> {
        for (rule, changed) in &self.groups {
            group::fall(view, context, rule, changed)?;
        }
        self.levels.iter().try_for_each(|moved| milestone::fall(view, context, moved))?;
        reconcile::fall(view, context, lines, why)
    }

    /// Lets the rewards grow that do, after all that falls has fallen.
    pub(super) fn grow(
        &self,
        view: &mut View<'_>,
        context: &ReferralContext,
        (before, after): (&Lines, &Lines),
        why: &str,
    ) -> Decide<()> {
        for (_, growing) in self.in_turn(view, context, &reconcile::growing(before, after))? {
            match growing {
                Growing::Line(owed) => reconcile::adjust(view, context, &owed.key, Some(owed), why)?,
                Growing::Group(rule, number) => {
                    let others = self.groups.get(rule).is_some_and(|changed| changed.others.contains(&number));
                    group::grow(view, context, (rule, number), others)?;
                }
                Growing::Level(moved, level) => milestone::grow(view, context, moved, level)?,
            }
        }
        Ok(())
    }

    /// All that may grow, in turn: whoever comes first is asked first whether limits have room.
    fn in_turn<'l>(
        &'l self,
        view: &mut View<'_>,
        context: &ReferralContext,
        lines: &[&'l Owed],
    ) -> Decide<Vec<(Turn, Growing<'l>)>> {
        let place = |rule: &RuleId| {
            let place = context.pinned.rules.iter().position(|known| known.model.id == *rule);
            place.unwrap_or(usize::MAX)
        };
        let mut all: Vec<(Turn, Growing<'l>)> = Vec::with_capacity(lines.len());
        for owed in lines {
            all.push(((owed.at, owed.carrier.clone(), place(&owed.key.rule)), Growing::Line(owed)));
        }
        for (rule, changed) in &self.groups {
            for number in &changed.groups {
                if let Some((at, carrier)) = group::newest(view, context, (rule, *number))? {
                    all.push(((at, carrier, place(rule)), Growing::Group(rule, *number)));
                }
            }
        }
        for moved in &self.levels {
            for level in moved.levels() {
                let (at, carrier) = milestone::newest(view, context, moved, level)?;
                all.push(((at, carrier, place(moved.rule())), Growing::Level(moved, level)));
            }
        }
        all.sort_by(|(a, _), (b, _)| a.cmp(b));
        Ok(all)
    }
}

/// Counts a referral towards groups and milestones: first it leaves groups in which it no longer counts, then its levels follow,
/// then it joins groups. A rule may have had levels in one version and have groups in another. No reward moves yet.
pub(super) fn count(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    (pinned_before, before): (&Compiled, &Target<'_>),
    after: &Target<'_>,
) -> Decide<Moves> {
    let mut moves = Moves { groups: BTreeMap::new(), levels: Vec::new() };
    let pinned = context.pinned.clone();
    let in_groups = |rule: &Rule| rule.model.every.is_some();
    let (was, is) = (by_rule(pinned_before, before, in_groups), by_rule(&pinned, after, in_groups));
    for (rule, _) in was.iter().filter(|(id, _)| !is.contains_key(*id)).map(|(_, found)| found) {
        let changed = moves.groups.entry(rule.model.id.clone()).or_default();
        places::leave(view, context, &rule.model.id, changed)?;
    }
    moves.levels = count_levels(view, context, (pinned_before, before), after)?;
    let same_version = pinned_before.version == pinned.version;
    for (id, (_, member)) in &is {
        let changed = moves.groups.entry(id.clone()).or_default();
        match was.get(id) {
            None => places::join(view, context, id, member, changed)?,
            Some((_, known)) if known.is_same(member) && same_version => {}
            Some(_) => places::renew(view, context, id, member, changed)?,
        }
    }
    Ok(moves)
}

/// Counts a referral towards levels.
fn count_levels(
    view: &mut View<'_>,
    context: &mut ReferralContext,
    (pinned_before, before): (&Compiled, &Target<'_>),
    after: &Target<'_>,
) -> Decide<Vec<milestone::Moved>> {
    let pinned = context.pinned.clone();
    let with_levels = |rule: &Rule| !rule.model.milestones.is_empty();
    let (was, is) = (by_rule(pinned_before, before, with_levels), by_rule(&pinned, after, with_levels));
    let (was_discredited, discredited) = (before.discredited, after.discredited);
    let same_version = pinned_before.version == pinned.version;
    let rules = pinned_before.rules.iter().chain(&pinned.rules).filter(|rule| with_levels(rule));
    let mut moved = Vec::new();
    for id in rules.map(|rule| rule.model.id.clone()).collect::<BTreeSet<_>>() {
        let (was, is) = (was.get(&id).map(|(_, member)| *member), is.get(&id).map(|(_, member)| *member));
        let is_same = was.is_none() == is.is_none() && was.zip(is).is_none_or(|(was, is)| was.is_same(is));
        if !is_same || !same_version || was_discredited != discredited || before.flagged != after.flagged {
            let change = milestone::Change { was, is, was_discredited, discredited };
            moved.push(milestone::note(view, context, &id, &change)?);
        }
    }
    Ok(moved)
}

/// The memberships of a target under the rules that fit, by rule.
fn by_rule<'a>(
    version: &'a Compiled,
    target: &'a Target<'_>,
    fits: impl Fn(&Rule) -> bool,
) -> BTreeMap<RuleId, (&'a Rule, &'a Membership)> {
    let rule_of = |member: &'a Membership| Some((version.rules.get(member.rule)?, member));
    let found = target.memberships.iter().filter_map(rule_of).filter(|(rule, _)| fits(rule));
    found.map(|(rule, member)| (rule.model.id.clone(), (rule, member))).collect()
}
