//! The graph itself: people by number, level by level.

use std::collections::BTreeMap;
use std::ops::Range;

use referrals::value::{Currency, ParticipantId, Timestamp};

/// In `parents`, nobody.
pub(crate) const NOBODY: u32 = u32::MAX;

/// Who referred whom in a campaign.
///
/// The people are those who referred somebody or were referred. First come those whom nobody referred, by id; then, level by
/// level, those whom the people before referred, in the order of the people before and then by when they became leads.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    pub(crate) people: Vec<ParticipantId>,
    /// Who referred each; grows from person to person, behind those whom nobody referred.
    pub(crate) parents: Vec<u32>,
    /// The first whom each referred; one entry more than people.
    pub(crate) first_children: Vec<u32>,
    /// The first person of each level; one entry more than levels.
    pub(crate) levels: Vec<u32>,
    /// When each became a lead of the referrer.
    pub(crate) since: Vec<Option<Timestamp>>,
    pub(crate) leads: Vec<u32>,
    pub(crate) qualified: Vec<u32>,
    pub(crate) revenue: BTreeMap<Currency, Vec<i64>>,
    pub(crate) rewards: BTreeMap<String, Vec<i64>>,
    /// The people's numbers in the order of their ids.
    pub(crate) by_id: Vec<u32>,
    pub(crate) circles: u32,
}

/// A person of one graph: its number, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonIndex(pub u32);

/// The people who are as many steps below a person: they stand side by side.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelRange {
    /// How many steps, from 1.
    pub level: u32,
    /// Their numbers.
    pub people: Range<u32>,
}

impl Graph {
    /// How many people there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.people.len()
    }

    /// Whether nobody referred anybody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// How many people nobody referred: each is the top of a tree.
    #[must_use]
    pub fn tops(&self) -> u32 {
        self.levels.get(1).copied().unwrap_or_default()
    }

    /// How many levels there are, with that of the people whom nobody referred.
    #[must_use]
    pub fn depth(&self) -> u32 {
        count(self.levels.len().saturating_sub(1))
    }

    /// How many referrals were left out because they close a circle: that of the latest lead of each circle.
    #[must_use]
    pub fn circles(&self) -> u32 {
        self.circles
    }

    /// The currencies of the revenue.
    pub fn currencies(&self) -> impl Iterator<Item = Currency> + '_ {
        self.revenue.keys().copied()
    }

    /// The currencies and units of the rewards.
    pub fn units(&self) -> impl Iterator<Item = &str> {
        self.rewards.keys().map(String::as_str)
    }

    /// All people, by number.
    pub fn people(&self) -> impl Iterator<Item = (PersonIndex, ParticipantId)> + '_ {
        (0..).map(PersonIndex).zip(self.people.iter().copied())
    }

    /// The person with an id.
    #[must_use]
    pub fn find(&self, participant: ParticipantId) -> Option<PersonIndex> {
        let id = |number: &u32| self.people.get(index(*number)).copied();
        let place = self.by_id.binary_search_by(|number| id(number).cmp(&Some(participant))).ok()?;
        self.by_id.get(place).copied().map(PersonIndex)
    }

    /// The id of a person; none for a number of another graph.
    #[must_use]
    pub fn id(&self, person: PersonIndex) -> Option<ParticipantId> {
        self.people.get(index(person.0)).copied()
    }

    /// Who referred a person.
    #[must_use]
    pub fn referrer(&self, person: PersonIndex) -> Option<PersonIndex> {
        self.parents.get(index(person.0)).copied().filter(|parent| *parent != NOBODY).map(PersonIndex)
    }

    /// When a person became a lead of the referrer.
    #[must_use]
    pub fn since(&self, person: PersonIndex) -> Option<Timestamp> {
        self.since.get(index(person.0)).copied().flatten()
    }

    /// Whom a person referred, by when they became leads.
    #[must_use]
    pub fn referred(&self, person: PersonIndex) -> Range<u32> {
        self.below(person.0..person.0.saturating_add(1))
    }

    /// Who is above a person, from the nearest on.
    pub fn ancestors(&self, person: PersonIndex) -> impl Iterator<Item = PersonIndex> + '_ {
        std::iter::successors(self.referrer(person), |above| self.referrer(*above))
    }

    /// Who is below a person, by level. It takes one step for each level, however many people there are.
    pub fn descendants_by_level(&self, person: PersonIndex) -> impl Iterator<Item = LevelRange> + '_ {
        let some = |people: Range<u32>| Some(people).filter(|people| !people.is_empty());
        let first = some(self.referred(person));
        let ranges = std::iter::successors(first, move |people| some(self.below(people.clone())));
        (1..).zip(ranges).map(|(level, people)| LevelRange { level, people })
    }

    /// Who is below a person, by level, with the level.
    pub fn descendants(&self, person: PersonIndex) -> impl Iterator<Item = (u32, PersonIndex)> + '_ {
        self.descendants_by_level(person)
            .flat_map(|LevelRange { level, people }| people.map(move |number| (level, PersonIndex(number))))
    }

    /// A person and all who are below, as a graph of its own.
    #[must_use]
    pub fn tree_of(&self, person: PersonIndex) -> Self {
        if self.id(person).is_none() {
            return Self::default();
        }
        let top = person.0..person.0.saturating_add(1);
        let ranges: Vec<Range<u32>> =
            [top].into_iter().chain(self.descendants_by_level(person).map(|level| level.people)).collect();
        let mut tree = Self { levels: vec![0], ..Self::default() };
        // Of each range, how much greater its numbers are here than there.
        let mut above = (0, NOBODY);
        for range in &ranges {
            let begins = count(tree.people.len());
            copy(&self.people, range, &mut tree.people);
            copy(&self.since, range, &mut tree.since);
            copy(&self.leads, range, &mut tree.leads);
            copy(&self.qualified, range, &mut tree.qualified);
            let parents = self.parents.get(span(range)).unwrap_or_default();
            let moved = |parent: &u32| parent.saturating_sub(above.0).saturating_add(above.1);
            tree.parents.extend(parents.iter().map(|parent| if above.1 == NOBODY { NOBODY } else { moved(parent) }));
            above = (range.start, begins);
            tree.levels.push(count(tree.people.len()));
        }
        tree.revenue = amounts(&self.revenue, &ranges);
        tree.rewards = amounts(&self.rewards, &ranges);
        tree.index_children();
        tree.index_ids();
        tree
    }

    /// Those whom a range of people of one level referred.
    fn below(&self, people: Range<u32>) -> Range<u32> {
        let first = |number: u32| self.first_children.get(index(number)).copied().unwrap_or_default();
        first(people.start)..first(people.end)
    }

    /// Notes where those begin whom each person referred.
    pub(crate) fn index_children(&mut self) {
        let mut first = Vec::with_capacity(self.people.len().saturating_add(1));
        let mut next = self.tops();
        let all = count(self.people.len());
        for number in 0..all {
            first.push(next);
            while next < all && self.parents.get(index(next)) == Some(&number) {
                next = next.saturating_add(1);
            }
        }
        first.push(next);
        self.first_children = first;
    }

    pub(crate) fn index_ids(&mut self) {
        // With their ids, because looking each one up while they are sorted takes longer.
        let mut by_id: Vec<(ParticipantId, u32)> = self.people.iter().copied().zip(0..).collect();
        by_id.sort_unstable();
        self.by_id = by_id.into_iter().map(|(_, number)| number).collect();
    }
}

fn copy<T: Clone>(from: &[T], range: &Range<u32>, to: &mut Vec<T>) {
    to.extend_from_slice(from.get(span(range)).unwrap_or_default());
}

/// The amounts of some ranges of people. What nobody of them has is left out.
fn amounts<K: Ord + Clone>(all: &BTreeMap<K, Vec<i64>>, ranges: &[Range<u32>]) -> BTreeMap<K, Vec<i64>> {
    let of = |amounts: &Vec<i64>| {
        let mut some = Vec::new();
        ranges.iter().for_each(|range| copy(amounts, range, &mut some));
        some
    };
    let all = all.iter().map(|(unit, amounts)| (unit.clone(), of(amounts)));
    all.filter(|(_, some)| some.iter().any(|amount| *amount != 0)).collect()
}

pub(crate) fn span(range: &Range<u32>) -> Range<usize> {
    index(range.start)..index(range.end)
}

/// A number as an index: no supported machine has smaller ones.
pub(crate) fn index(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// An index as a number: a graph holds no more people.
pub(crate) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(NOBODY)
}
