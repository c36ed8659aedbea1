//! Makes a graph of leads, in whatever order they come.
//!
//! Broken data breaks nothing: a circle loses the latest of its referrals, and is counted.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasherDefault, Hasher};

use referrals::value::{Currency, Money, ParticipantId, Timestamp};

use crate::error::GraphError;
use crate::forest::{Graph, NOBODY, count, index};

/// A lead of a campaign that is not superseded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lead {
    /// Who was referred.
    pub invitee: ParticipantId,
    /// Who referred.
    pub referrer: ParticipantId,
    /// Which of the invitee's leads it is.
    pub number: u32,
    /// When it became a lead.
    pub at: Timestamp,
    /// Whether it is qualified now.
    pub is_qualified: bool,
}

/// What a graph is made of.
#[derive(Clone, Debug, Default)]
pub struct Builder {
    leads: Vec<Lead>,
    revenue: BTreeMap<Currency, Vec<(ParticipantId, i64)>>,
    rewards: BTreeMap<String, Vec<(ParticipantId, i64)>>,
    merged: Ids<ParticipantId>,
}

/// Minted ids end in random bits, so a hash has little to do. Ids that a restored file invented are spread by it too.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct IdHasher(u64);

/// An odd number without a pattern: the golden ratio in 64 bits.
const FACTOR: u128 = 0x9e37_79b9_7f4a_7c15;

impl Hasher for IdHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut number = [0; 8];
            number.iter_mut().zip(part).for_each(|(to, from)| *to = *from);
            // Both halves of the product: each bit of the id reaches high and low bits of the hash.
            let product = u128::from(self.0 ^ u64::from_le_bytes(number)).wrapping_mul(FACTOR);
            let [high, low] = [product >> 64, product & u128::from(u64::MAX)];
            self.0 = u64::try_from(high ^ low).unwrap_or_default().rotate_left(23);
        }
    }

    fn write_usize(&mut self, _length: usize) {}
}

type Ids<T> = HashMap<ParticipantId, T, BuildHasherDefault<IdHasher>>;

/// People in the order in which they were met.
#[derive(Debug)]
struct Met {
    numbers: Ids<u32>,
    people: Vec<ParticipantId>,
    places: Vec<Place>,
    leads: Vec<u32>,
    qualified: Vec<u32>,
}

/// Where a person stands: under whom, by which lead.
#[derive(Clone, Copy, Debug)]
struct Place {
    referrer: u32,
    lead: Option<(Timestamp, u32, ParticipantId)>,
}

impl Builder {
    /// Adds a lead.
    pub fn lead(&mut self, lead: Lead) {
        self.leads.push(lead);
    }

    /// Adds revenue of a person's orders.
    pub fn revenue(&mut self, person: ParticipantId, money: Money) {
        self.revenue.entry(money.currency).or_default().push((person, money.minor));
    }

    /// Adds what rewards are worth that a person's referral brought.
    pub fn rewards(&mut self, person: ParticipantId, unit: &str, quantity: i64) {
        match self.rewards.get_mut(unit) {
            Some(all) => all.push((person, quantity)),
            None => drop(self.rewards.insert(unit.to_owned(), vec![(person, quantity)])),
        }
    }

    /// Says that one id is of the person with another id, which stays.
    pub fn merge(&mut self, participant: ParticipantId, into: ParticipantId) {
        self.merged.insert(participant, into);
    }

    /// Makes the graph.
    ///
    /// # Errors
    /// [`GraphError::TooManyPeople`]; [`GraphError::OutOfRange`] if what one person brought is out of range.
    pub fn build(self) -> Result<Graph, GraphError> {
        let root = |id: ParticipantId| {
            // Mostly nobody is somebody else.
            if self.merged.is_empty() { id } else { self.merged.get(&id).copied().unwrap_or(id) }
        };
        let mut met = Met::with_capacity(self.leads.len());
        let mut circles = 0_u32;
        for lead in &self.leads {
            let (invitee, referrer) = (met.number(root(lead.invitee))?, met.number(root(lead.referrer))?);
            if invitee == referrer {
                circles = circles.saturating_add(1);
                continue;
            }
            met.note(invitee, referrer, lead);
        }
        circles = circles.saturating_add(met.cut_circles());
        let order = met.by_level();
        let numbers = turned(&order);
        let mut graph = met.graph(&order, &numbers);
        graph.circles = circles;
        let number = |id| met.numbers.get(&root(id)).and_then(|old| numbers.get(index(*old))).copied();
        let all = graph.len();
        graph.revenue = spread(&self.revenue, all, number, |currency| currency.code().to_owned())?;
        graph.rewards = spread(&self.rewards, all, number, Clone::clone)?;
        Ok(graph)
    }
}

impl Met {
    fn with_capacity(leads: usize) -> Self {
        Self {
            numbers: Ids::with_capacity_and_hasher(leads, BuildHasherDefault::default()),
            people: Vec::with_capacity(leads),
            places: Vec::with_capacity(leads),
            leads: Vec::with_capacity(leads),
            qualified: Vec::with_capacity(leads),
        }
    }

    fn number(&mut self, id: ParticipantId) -> Result<u32, GraphError> {
        let next = count(self.people.len());
        let number = *self.numbers.entry(id).or_insert(next);
        if number == NOBODY {
            return Err(GraphError::TooManyPeople);
        }
        if number == next {
            self.people.push(id);
            self.places.push(Place { referrer: NOBODY, lead: None });
            self.leads.push(0);
            self.qualified.push(0);
        }
        Ok(number)
    }

    fn note(&mut self, invitee: u32, referrer: u32, lead: &Lead) {
        let of = index(invitee);
        let place = (lead.at, lead.number, lead.invitee);
        if let Some(known) = self.places.get_mut(of).filter(|known| known.lead < Some(place)) {
            *known = Place { referrer, lead: Some(place) };
        }
        if let Some(leads) = self.leads.get_mut(of) {
            *leads = leads.saturating_add(1);
        }
        if let Some(qualified) = self.qualified.get_mut(of) {
            *qualified = qualified.saturating_add(u32::from(lead.is_qualified));
        }
    }

    fn referrer(&self, person: u32) -> u32 {
        self.places.get(index(person)).map_or(NOBODY, |place| place.referrer)
    }

    /// Cuts each circle where its latest lead is. Answers how many there were.
    fn cut_circles(&mut self) -> u32 {
        let mut circles = 0_u32;
        let mut walks = vec![NOBODY; self.people.len()];
        for walk in 0..count(self.people.len()) {
            let mut person = walk;
            while let Some(seen) = walks.get_mut(index(person)).filter(|seen| **seen == NOBODY) {
                *seen = walk;
                person = self.referrer(person);
            }
            if walks.get(index(person)) == Some(&walk) {
                self.cut(person);
                circles = circles.saturating_add(1);
            }
        }
        circles
    }

    /// Cuts the circle in which somebody is.
    fn cut(&mut self, somebody: u32) {
        let lead = |met: &Self, person: u32| met.places.get(index(person)).and_then(|place| place.lead);
        let (mut latest, mut person) = (somebody, self.referrer(somebody));
        while person != somebody && person != NOBODY {
            if lead(self, person) > lead(self, latest) {
                latest = person;
            }
            person = self.referrer(person);
        }
        if let Some(place) = self.places.get_mut(index(latest)) {
            *place = Place { referrer: NOBODY, lead: None };
        }
    }

    /// All people, those whom nobody referred first, then level by level.
    fn by_level(&self) -> Vec<u32> {
        let all = count(self.people.len());
        let mut sorted: Vec<(Option<Timestamp>, ParticipantId, u32)> = Vec::with_capacity(self.people.len());
        for (number, (place, id)) in (0..all).zip(self.places.iter().zip(&self.people)) {
            sorted.push((place.lead.map(|(at, ..)| at), *id, number));
        }
        // A store lists people as they came: mostly in order.
        sorted.sort();
        // Those whom one person referred, side by side: where they begin, then they themselves.
        let mut ends = vec![0_u32; self.people.len()];
        for place in &self.places {
            if let Some(end) = ends.get_mut(index(place.referrer)) {
                *end = end.saturating_add(1);
            }
        }
        let mut begun = 0_u32;
        for end in &mut ends {
            begun = begun.saturating_add(std::mem::replace(end, begun));
        }
        let begins = ends.clone();
        let mut referred = vec![0_u32; index(begun)];
        let mut order = Vec::with_capacity(self.people.len());
        for (.., number) in sorted {
            match ends.get_mut(index(self.referrer(number))) {
                Some(end) => {
                    if let Some(slot) = referred.get_mut(index(*end)) {
                        *slot = number;
                    }
                    *end = end.saturating_add(1);
                }
                None => order.push(number),
            }
        }
        let mut next = 0;
        while let Some(person) = order.get(next).copied() {
            let of = index(person);
            let begin = begins.get(of).copied().unwrap_or_default();
            let end = ends.get(of).copied().unwrap_or_default();
            order.extend_from_slice(referred.get(index(begin)..index(end)).unwrap_or_default());
            next += 1;
        }
        order
    }

    fn graph(&self, order: &[u32], numbers: &[u32]) -> Graph {
        let new = |old: u32| numbers.get(index(old)).copied().unwrap_or(NOBODY);
        let mut graph = Graph::default();
        for old in order.iter().map(|old| index(*old)) {
            let Some((id, place)) = self.people.get(old).zip(self.places.get(old)) else { continue };
            graph.people.push(*id);
            graph.parents.push(new(place.referrer));
            graph.since.push(place.lead.map(|(at, ..)| at));
            graph.leads.push(self.leads.get(old).copied().unwrap_or_default());
            graph.qualified.push(self.qualified.get(old).copied().unwrap_or_default());
        }
        graph.levels = levels(&graph.parents);
        graph.index_children();
        graph.index_ids();
        graph
    }
}

/// Where each level begins, and where the last one ends.
fn levels(parents: &[u32]) -> Vec<u32> {
    let all = count(parents.len());
    let mut levels = vec![0];
    let mut begins = 0;
    let mut end = count(parents.iter().take_while(|parent| **parent == NOBODY).count());
    while begins < end {
        levels.push(end);
        let behind = parents.get(index(end)..).unwrap_or_default();
        let next = behind.partition_point(|parent| *parent < end);
        begins = end;
        end = end.saturating_add(count(next)).min(all);
    }
    levels
}

/// For each number of before, the number by level.
fn turned(order: &[u32]) -> Vec<u32> {
    let mut numbers = vec![NOBODY; order.len()];
    for (new, old) in (0..).zip(order) {
        if let Some(number) = numbers.get_mut(index(*old)) {
            *number = new;
        }
    }
    numbers
}

/// Amounts by person. What belongs to nobody in the graph is left out.
fn spread<K: Ord + Clone>(
    all: &BTreeMap<K, Vec<(ParticipantId, i64)>>,
    people: usize,
    number: impl Fn(ParticipantId) -> Option<u32>,
    name: impl Fn(&K) -> String,
) -> Result<BTreeMap<K, Vec<i64>>, GraphError> {
    let mut spread = BTreeMap::new();
    for (unit, amounts) in all {
        let mut by_person = vec![0_i64; people];
        for (person, amount) in amounts {
            let Some(sum) = number(*person).and_then(|number| by_person.get_mut(index(number))) else { continue };
            *sum = sum.checked_add(*amount).ok_or_else(|| GraphError::OutOfRange { unit: name(unit) })?;
        }
        spread.insert(unit.clone(), by_person);
    }
    Ok(spread)
}
