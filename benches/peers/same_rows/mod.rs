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
use rusqlite::{Connection, Transaction, params};

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

/// Totals and standings of one transaction, so that each is written once: how much, and up to which sum.
type Counters = BTreeMap<Counter, (i64, Option<i64>)>;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Counter {
    Total(&'static str, &'static str, &'static str, &'static str, String),
    Standing(&'static str, &'static str, &'static str, ParticipantId),
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
            counters: Counters::new(),
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

    /// Counts something on its day, and for a participant by month and for ever.
    fn count(&mut self, metric: &'static str, unit: &'static str, by: i64, of: Option<ParticipantId>) {
        self.add(Counter::Total(metric, unit, "all", DAY, String::new()), by);
        for period in [MONTH, "all"] {
            if let Some(participant) = of {
                self.add(Counter::Standing(metric, unit, period, participant), by);
            }
        }
    }

    /// Counts something by country and version.
    fn tell_apart(&mut self, metric: &'static str, unit: &'static str, by: i64) {
        self.add(Counter::Total(metric, unit, "country", DAY, "FR".to_owned()), by);
        self.add(Counter::Total(metric, unit, "version", DAY, "1".to_owned()), by);
    }

    fn add(&mut self, counter: Counter, by: i64) {
        self.counters.entry(counter).or_default().0 += by;
    }

    /// Takes room of a limit, which the transaction's end checks.
    fn take(&mut self, unit: &'static str, period: &'static str, member: String, by: i64, at_most: i64) {
        let (sum, most) = self.counters.entry(Counter::Total("limit", unit, "limit", period, member)).or_default();
        *sum += by;
        *most = Some(at_most);
    }

    fn write_counters(&mut self, sql: &Transaction<'_>) -> rusqlite::Result<()> {
        let at = self.now.as_micros();
        for (counter, (by, at_most)) in std::mem::take(&mut self.counters) {
            let at_most = at_most.unwrap_or(i64::MAX) - by.max(0);
            let written = match counter {
                Counter::Total(metric, unit, dimension, period, member) => sql
                    .prepare_cached(
                        "INSERT INTO referral_total VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1)
                         ON CONFLICT DO UPDATE SET value = value + ?8, reached_at = ?9 WHERE value <= ?10",
                    )?
                    .execute(params![TENANT, CAMPAIGN, metric, unit, dimension, period, member, by, at, at_most])?,
                Counter::Standing(metric, unit, period, participant) => sql
                    .prepare_cached(
                        "INSERT INTO referral_standing VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 1)
                         ON CONFLICT DO UPDATE SET value = value + ?7, reached_at = ?8",
                    )?
                    .execute(params![TENANT, CAMPAIGN, metric, unit, period, participant.0.as_bytes(), by, at])?,
            };
            assert_eq!(written, 1, "every limit has room");
        }
        Ok(())
    }
}
