//! The same rows in the same tables as the engine, by hand: what is left between the two is what the engine itself costs.
//!
//! It knows one campaign with two rules by heart, reads nothing that this flow does not need, and cannot do anything else:
//! no other rule, no refund, no version, no retry, no check that a concurrent writer has not been before it (it holds the
//! write lock from its first read on). A test beside this crate compares what both leave in the tables.

mod rows;
mod steps;

use std::collections::BTreeMap;
use std::path::Path;

use referral_core::value::{Entropy, Keyring, LinkHost, ParticipantId, TenantId, Timestamp};
use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{durably, open};
use crate::Contender;
use crate::flow::{Flow, keyring, link_host, start};

const TENANT: &str = "default";
const CAMPAIGN: i64 = 1;
const DAY: &str = "d2026-06-15";
const MONTH: &str = "m2026-06";
const WELCOME_MINOR: i64 = 1_000;
const MOST_A_MONTH: i64 = 1_000;
const BUDGET_MINOR: i64 = 90_000_000_000;
const LEAD_LASTS_MICROS: i64 = 60 * 24 * 3_600 * 1_000_000;
const REWARD_LASTS_MICROS: i64 = 90 * 24 * 3_600 * 1_000_000;

/// The flow by hand, with the engine's rows.
#[derive(Debug)]
pub struct SameRows {
    connection: Connection,
    hand: Hand,
}

/// What writing by hand needs beside the connection.
#[derive(Debug)]
struct Hand {
    keyring: Keyring,
    tenant: TenantId,
    host: LinkHost,
    now: Timestamp,
    entropy: Entropy,
    counters: Counters,
}

/// Limits and numbers of one transaction, so that each row is written once.
#[derive(Debug, Default)]
struct Counters {
    /// By unit, period and member of a limit: how much, and up to which sum.
    limits: BTreeMap<(&'static str, &'static str, String), (i64, i64)>,
    /// By row and name of the number: how much.
    sums: BTreeMap<Sums, BTreeMap<String, i64>>,
}

/// A row of numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sums {
    Period(&'static str),
    Parts,
    Person(ParticipantId),
}

impl SameRows {
    /// Over the database at `path`. `run` tells two runs on one database apart.
    #[must_use]
    pub fn open(path: &Path, run: u64) -> Self {
        let hand = Hand {
            keyring: keyring(),
            tenant: TenantId::default(),
            host: link_host(),
            now: start(),
            entropy: Entropy::new([8; 32]).part("run", run),
            counters: Counters::default(),
        };
        Self { connection: open(path), hand }
    }

    fn run(&mut self, work: impl FnOnce(&Transaction<'_>, &mut Hand) -> rusqlite::Result<()>) {
        let hand = &mut self.hand;
        hand.now = Timestamp::from_micros(hand.now.as_micros() + 1_000).expect("a time");
        durably(&mut self.connection, |transaction| {
            work(transaction, hand)?;
            hand.write_counters(transaction)
        });
    }
}

impl Contender for SameRows {
    fn single(&mut self, flow: &Flow) {
        self.batch(std::slice::from_ref(flow));
    }

    fn batch(&mut self, flows: &[Flow]) {
        self.run(|transaction, hand| flows.iter().try_for_each(|flow| hand.click(transaction, flow)));
        self.run(|transaction, hand| flows.iter().try_for_each(|flow| hand.lead(transaction, flow)));
        self.run(|transaction, hand| flows.iter().try_for_each(|flow| hand.purchase(transaction, flow)));
        self.run(|transaction, hand| flows.iter().try_for_each(|flow| hand.issue(transaction, flow)));
    }
}

impl Hand {
    fn version(&mut self) -> i64 {
        i64::try_from(self.entropy.number() >> 1).expect("63 bits")
    }

    /// Counts something on its day, and of a person.
    fn count(&mut self, metric: &str, unit: &str, by: i64, of: Option<ParticipantId>) {
        let name = if unit.is_empty() { metric.to_owned() } else { format!("{metric}/{unit}") };
        self.add(Sums::Period(DAY), name.clone(), by);
        if let Some(participant) = of {
            self.add(Sums::Person(participant), name, by);
        }
    }

    /// Counts something by country and version.
    fn tell_apart(&mut self, metric: &str, unit: &str, by: i64) {
        self.add(Sums::Parts, format!("{metric}/{unit}/country/FR"), by);
        self.add(Sums::Parts, format!("{metric}/{unit}/version/1"), by);
    }

    fn add(&mut self, row: Sums, name: String, by: i64) {
        *self.counters.sums.entry(row).or_default().entry(name).or_default() += by;
    }

    /// Takes room of a limit, which the transaction's end checks.
    fn take(&mut self, unit: &'static str, period: &'static str, member: String, by: i64, at_most: i64) {
        let (sum, most) = self.counters.limits.entry((unit, period, member)).or_default();
        *sum += by;
        *most = at_most;
    }

    fn write_counters(&mut self, sql: &Transaction<'_>) -> rusqlite::Result<()> {
        let at = self.now.as_micros();
        let Counters { limits, sums } = std::mem::take(&mut self.counters);
        for ((unit, period, member), (by, at_most)) in limits {
            let written = sql
                .prepare_cached(
                    "INSERT INTO referral_total VALUES (?1, ?2, 'limit', ?3, 'limit', ?4, ?5, ?6, ?7, 1)
                     ON CONFLICT DO UPDATE SET value = value + ?6, reached_at = ?7 WHERE value <= ?8",
                )?
                .execute(params![TENANT, CAMPAIGN, unit, period, member, by, at, at_most - by.max(0)])?;
            assert_eq!(written, 1, "every limit has room");
        }
        for (row, by) in sums {
            match row {
                Sums::Period(period) => add_sums(sql, "period_sums", "period", &period, by)?,
                Sums::Parts => add_sums(sql, "part_sums", "period", &DAY, by)?,
                Sums::Person(participant) => add_sums(sql, "person_sums", "participant", participant.0.as_bytes(), by)?,
            }
        }
        Ok(())
    }
}

/// Adds to the numbers of one row.
fn add_sums(
    sql: &Transaction<'_>,
    table: &str,
    column: &str,
    key: &dyn rusqlite::ToSql,
    by: BTreeMap<String, i64>,
) -> rusqlite::Result<()> {
    let of_row = format!("WHERE tenant = ?1 AND campaign = ?2 AND {column} = ?3");
    let known: Option<String> = sql
        .prepare_cached(&format!("SELECT sums FROM referral_{table} {of_row}"))?
        .query_row(params![TENANT, CAMPAIGN, key], |row| row.get(0))
        .optional()?;
    let mut sums: BTreeMap<String, i64> =
        known.as_deref().map(|text| serde_json::from_str(text).expect("numbers")).unwrap_or_default();
    for (name, by) in by {
        *sums.entry(name).or_default() += by;
    }
    sums.retain(|_, sum| *sum != 0);
    let text = serde_json::to_string(&sums).expect("numbers");
    let write = match known {
        Some(_) => format!("UPDATE referral_{table} SET sums = ?4 {of_row}"),
        None => format!("INSERT INTO referral_{table} VALUES (?1, ?2, ?3, ?4, 1)"),
    };
    sql.prepare_cached(&write)?.execute(params![TENANT, CAMPAIGN, key, text])?;
    Ok(())
}
