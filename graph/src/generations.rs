//! Generations by cohort: what came of the trees that began in one month.

use std::collections::BTreeMap;

use referrals::value::{Month, Timestamp, Zone};
use serde::Serialize;

use crate::error::GraphError;
use crate::forest::{Graph, PersonIndex, index};

/// The people of one generation in the trees that began in one month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Generation {
    /// The month in which the trees began: that of the first lead of their tops.
    pub cohort: Month,
    /// How many steps below the top: 0 are the tops themselves, whom nobody referred.
    pub generation: u32,
    /// How many people.
    pub people: u32,
    /// Their leads.
    pub leads: i64,
    /// Those that are qualified.
    pub qualified: i64,
    /// Their revenue, in minor units by currency.
    pub revenue: BTreeMap<String, i64>,
}

impl Graph {
    /// How many people each generation has, by the month in which their tree began; months are those of a zone.
    ///
    /// # Errors
    /// [`GraphError::OutOfRange`].
    pub fn generations(&self, zone: Zone) -> Result<Vec<Generation>, GraphError> {
        let mut cohorts: Vec<Option<Month>> = Vec::with_capacity(self.len());
        let mut found: BTreeMap<(Month, u32), Generation> = BTreeMap::new();
        for (generation, range) in (0..).zip(self.levels.windows(2)) {
            let [begin, end] = range else { continue };
            // Of each level, a row for each cohort that has anybody on it.
            let mut rows: BTreeMap<Month, Generation> = BTreeMap::new();
            let mut last: Option<(Month, Generation)> = None;
            for number in *begin..*end {
                let person = PersonIndex(number);
                let cohort = match self.referrer(person) {
                    Some(above) => cohorts.get(index(above.0)).copied().flatten(),
                    None => self.began(person).map(|at| zone.day(at).month()),
                };
                cohorts.push(cohort);
                let Some(cohort) = cohort else { continue };
                // Neighbours are mostly of one cohort.
                if last.as_ref().is_none_or(|(known, _)| *known != cohort) {
                    if let Some((known, row)) = last.take() {
                        rows.insert(known, row);
                    }
                    let row = rows.remove(&cohort).unwrap_or_else(|| Generation::new(cohort, generation));
                    last = Some((cohort, row));
                }
                if let Some((_, row)) = &mut last {
                    self.count_in(row, number)?;
                }
            }
            rows.extend(last);
            found.extend(rows.into_iter().map(|(cohort, row)| ((cohort, generation), row)));
        }
        Ok(found.into_values().collect())
    }

    /// When a person first referred somebody.
    fn began(&self, person: PersonIndex) -> Option<Timestamp> {
        self.referred(person).next().and_then(|first| self.since(PersonIndex(first)))
    }

    fn count_in(&self, row: &mut Generation, number: u32) -> Result<(), GraphError> {
        let of = index(number);
        row.people = row.people.saturating_add(1);
        row.leads = row.leads.saturating_add(self.leads.get(of).copied().map_or(0, i64::from));
        row.qualified = row.qualified.saturating_add(self.qualified.get(of).copied().map_or(0, i64::from));
        for (currency, amounts) in &self.revenue {
            let amount = amounts.get(of).copied().unwrap_or_default();
            if amount == 0 {
                continue;
            }
            let sum = row.revenue.entry(currency.code().to_owned()).or_default();
            let out_of_range = || GraphError::OutOfRange { unit: currency.code().to_owned() };
            *sum = sum.checked_add(amount).ok_or_else(out_of_range)?;
        }
        Ok(())
    }
}

impl Generation {
    fn new(cohort: Month, generation: u32) -> Self {
        Self { cohort, generation, people: 0, leads: 0, qualified: 0, revenue: BTreeMap::new() }
    }
}
