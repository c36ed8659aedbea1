//! Sums over subtrees: each is one pass from the last person to the first.

use std::collections::BTreeMap;

use referrals::value::{Currency, ParticipantId};
use serde::Serialize;

use crate::error::GraphError;
use crate::forest::{Graph, LevelRange, NOBODY, PersonIndex, count, index, span};

/// What is summed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// People.
    People,
    /// Leads, with those that are lost, expired or denied. A person who came again has several.
    Leads,
    /// Leads that are qualified now.
    Qualified,
    /// Revenue less tax, shipping and refunds, in minor units of a currency.
    Revenue(Currency),
    /// Rewards that single referrals brought, by currency or unit.
    Rewards(String),
}

/// How many people are below somebody, and what they count for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TreeSum {
    /// The person above.
    pub participant: ParticipantId,
    /// How many are below.
    pub people: u32,
    /// Over how many levels.
    pub levels: u32,
    /// Their leads.
    pub leads: i64,
    /// Those that are qualified.
    pub qualified: i64,
    /// Their revenue, in minor units by currency.
    pub revenue: BTreeMap<String, i64>,
    /// The rewards that their referrals brought, by currency or unit.
    pub rewards: BTreeMap<String, i64>,
}

impl Graph {
    /// For each person, how many people the subtree has, with the person.
    #[must_use]
    pub fn subtree_sizes(&self) -> Vec<u32> {
        let mut sizes = vec![1_u32; self.len()];
        // Those whom a person referred stand behind the person, so each is summed up before it is added.
        for (number, parent) in self.parents.iter().enumerate().rev() {
            if *parent == NOBODY {
                // Nor does anybody before have a referrer.
                break;
            }
            let size = sizes.get(number).copied().unwrap_or_default();
            if let Some(sum) = sizes.get_mut(index(*parent)) {
                *sum = sum.saturating_add(size);
            }
        }
        sizes
    }

    /// For each person, the sum of a measure over the subtree, with the person.
    ///
    /// # Errors
    /// [`GraphError::OutOfRange`].
    pub fn subtree_values(&self, measure: &Measure) -> Result<Vec<i64>, GraphError> {
        let mut sums = self.values(measure);
        for (number, parent) in self.parents.iter().enumerate().rev() {
            if *parent == NOBODY {
                break;
            }
            let value = sums.get(number).copied().unwrap_or_default();
            if let Some(sum) = sums.get_mut(index(*parent)) {
                *sum = sum.checked_add(value).ok_or_else(|| out_of_range(measure))?;
            }
        }
        Ok(sums)
    }

    /// What each person counts for by a measure.
    fn values(&self, measure: &Measure) -> Vec<i64> {
        let counts = |counts: &[u32]| counts.iter().copied().map(i64::from).collect();
        let nothing = || vec![0; self.len()];
        match measure {
            Measure::People => vec![1; self.len()],
            Measure::Leads => counts(&self.leads),
            Measure::Qualified => counts(&self.qualified),
            Measure::Revenue(currency) => self.revenue.get(currency).cloned().unwrap_or_else(nothing),
            Measure::Rewards(unit) => self.rewards.get(unit).cloned().unwrap_or_else(nothing),
        }
    }

    /// What one person counts for by a measure.
    #[must_use]
    pub fn value_of(&self, person: PersonIndex, measure: &Measure) -> i64 {
        self.value(index(person.0), measure)
    }

    fn value(&self, number: usize, measure: &Measure) -> i64 {
        match measure {
            Measure::People => i64::from(number < self.len()),
            Measure::Leads => self.leads.get(number).copied().map_or(0, i64::from),
            Measure::Qualified => self.qualified.get(number).copied().map_or(0, i64::from),
            Measure::Revenue(currency) => amount(self.revenue.get(currency), number),
            Measure::Rewards(unit) => amount(self.rewards.get(unit), number),
        }
    }

    /// The greatest trees by a measure, at most `most`: their tops, each with the sum over all who are below and the top
    /// itself. Of two that are equal, the one that stands first.
    ///
    /// # Errors
    /// [`GraphError::OutOfRange`].
    pub fn greatest(&self, most: usize, measure: &Measure) -> Result<Vec<(PersonIndex, i64)>, GraphError> {
        let sums = match measure {
            Measure::People => self.subtree_sizes().into_iter().map(i64::from).collect(),
            measure => self.subtree_values(measure)?,
        };
        let mut tops: Vec<(PersonIndex, i64)> = (0..self.tops()).map(PersonIndex).zip(sums).collect();
        let greater = |(one, a): &(PersonIndex, i64), (other, b): &(PersonIndex, i64)| b.cmp(a).then(one.cmp(other));
        if most < tops.len() {
            tops.select_nth_unstable_by(most, greater);
            tops.truncate(most);
        }
        tops.sort_unstable_by(greater);
        Ok(tops)
    }

    /// How many people are below a person, and what they count for. It takes as long as there are people below.
    ///
    /// # Errors
    /// [`GraphError::OutOfRange`].
    pub fn below_person(&self, person: PersonIndex) -> Result<Option<TreeSum>, GraphError> {
        let Some(participant) = self.id(person) else { return Ok(None) };
        let mut sum = TreeSum::of(participant);
        for range in self.descendants_by_level(person) {
            self.add_level(&mut sum, &range)?;
        }
        Ok(Some(sum))
    }

    /// The same, level by level.
    ///
    /// # Errors
    /// [`GraphError::OutOfRange`].
    pub fn below_by_level(&self, person: PersonIndex) -> Result<Vec<TreeSum>, GraphError> {
        let Some(participant) = self.id(person) else { return Ok(Vec::new()) };
        let level = |range: LevelRange| {
            let mut sum = TreeSum::of(participant);
            self.add_level(&mut sum, &range)?;
            sum.levels = range.level;
            Ok(sum)
        };
        self.descendants_by_level(person).map(level).collect()
    }

    /// What all people count for, and how many there are.
    ///
    /// # Errors
    /// [`GraphError::OutOfRange`].
    pub fn sum(&self, measure: &Measure) -> Result<i64, GraphError> {
        let sum = self.values(measure).into_iter().try_fold(0_i64, i64::checked_add);
        sum.ok_or_else(|| out_of_range(measure))
    }

    fn add_level(&self, sum: &mut TreeSum, range: &LevelRange) -> Result<(), GraphError> {
        sum.people = sum.people.saturating_add(count(range.people.len()));
        sum.levels = range.level;
        let whole = |counts: &[u32]| {
            counts.get(span(&range.people)).unwrap_or_default().iter().copied().map(i64::from).sum::<i64>()
        };
        sum.leads = sum.leads.saturating_add(whole(&self.leads));
        sum.qualified = sum.qualified.saturating_add(whole(&self.qualified));
        let revenue = self.revenue.iter().map(|(currency, amounts)| (currency.code(), amounts));
        let rewards = self.rewards.iter().map(|(unit, amounts)| (unit.as_str(), amounts));
        add_amounts(&mut sum.revenue, revenue, range)?;
        add_amounts(&mut sum.rewards, rewards, range)
    }
}

impl TreeSum {
    fn of(participant: ParticipantId) -> Self {
        let (revenue, rewards) = (BTreeMap::new(), BTreeMap::new());
        Self { participant, people: 0, levels: 0, leads: 0, qualified: 0, revenue, rewards }
    }
}

fn amount(amounts: Option<&Vec<i64>>, number: usize) -> i64 {
    amounts.and_then(|amounts| amounts.get(number)).copied().unwrap_or_default()
}

fn add_amounts<'a>(
    sums: &mut BTreeMap<String, i64>,
    amounts: impl Iterator<Item = (&'a str, &'a Vec<i64>)>,
    range: &LevelRange,
) -> Result<(), GraphError> {
    for (unit, amounts) in amounts {
        let some = amounts.get(span(&range.people)).unwrap_or_default();
        for amount in some.iter().filter(|amount| **amount != 0) {
            let sum = sums.entry(unit.to_owned()).or_default();
            let out_of_range = || GraphError::OutOfRange { unit: unit.to_owned() };
            *sum = sum.checked_add(*amount).ok_or_else(out_of_range)?;
        }
    }
    Ok(())
}

fn out_of_range(measure: &Measure) -> GraphError {
    let unit = match measure {
        Measure::People => "people".to_owned(),
        Measure::Leads => "leads".to_owned(),
        Measure::Qualified => "qualified".to_owned(),
        Measure::Revenue(currency) => currency.code().to_owned(),
        Measure::Rewards(unit) => unit.clone(),
    };
    GraphError::OutOfRange { unit }
}
