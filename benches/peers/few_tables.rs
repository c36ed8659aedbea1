//! The fewest tables: what a pragmatic developer would write for this one campaign and nothing else.
//!
//! It has no receipts, no ledger, no totals by day, channel and country, no notifications, no explanations, no versions of
//! a campaign, no tenants, and stores emails in the open. What it has in common with the engine: signed-up people have one
//! referrer, an order counts once, the limit and the budget hold.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::{durably, open};
use crate::Contender;
use crate::build::{BOUGHT, CHUNK, ENROLLED, FIRST_FLOW, time_of};
use crate::flow::{Drawer, Flow, start};

const SCHEMA: &str = "
    CREATE TABLE participants (
        id INTEGER PRIMARY KEY, host_id TEXT NOT NULL UNIQUE, email TEXT NOT NULL UNIQUE, code TEXT UNIQUE,
        created_at INTEGER NOT NULL, clicks INTEGER NOT NULL DEFAULT 0, leads INTEGER NOT NULL DEFAULT 0,
        qualified INTEGER NOT NULL DEFAULT 0, earned_minor INTEGER NOT NULL DEFAULT 0,
        issued_minor INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    CREATE TABLE clicks (
        id INTEGER PRIMARY KEY, referrer INTEGER NOT NULL, visitor TEXT NOT NULL, at INTEGER NOT NULL
    ) STRICT;
    CREATE INDEX clicks_by_visitor ON clicks (visitor, at);
    CREATE TABLE referrals (
        invitee INTEGER PRIMARY KEY, referrer INTEGER NOT NULL, state TEXT NOT NULL, lead_at INTEGER NOT NULL,
        qualified_at INTEGER
    ) STRICT;
    CREATE INDEX referrals_by_referrer ON referrals (referrer);
    CREATE TABLE conversions (
        event TEXT PRIMARY KEY, participant INTEGER NOT NULL, total_minor INTEGER NOT NULL, at INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE rewards (
        participant INTEGER NOT NULL, rule TEXT NOT NULL, invitee INTEGER NOT NULL, amount_minor INTEGER NOT NULL,
        state TEXT NOT NULL, reference TEXT, granted_at INTEGER NOT NULL, issued_at INTEGER,
        PRIMARY KEY (participant, rule, invitee)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE counters (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

const MOST_A_MONTH: i64 = 1_000;
const BUDGET_MINOR: i64 = 90_000_000_000;
const WELCOME_MINOR: i64 = 1_000;
const HOUR_MICROS: i64 = 3_600_000_000;

/// The flow by hand, with the fewest tables.
#[derive(Debug)]
pub struct FewTables {
    connection: Connection,
    now: i64,
}

impl FewTables {
    /// Over the database at `path`.
    #[must_use]
    pub fn open(path: &Path) -> Self {
        Self { connection: open(path), now: start().as_micros() }
    }

    fn run<T>(&mut self, work: impl FnOnce(&Transaction<'_>, i64) -> rusqlite::Result<T>) -> T {
        self.now += 1_000;
        let now = self.now;
        durably(&mut self.connection, |transaction| work(transaction, now))
    }
}

impl Contender for FewTables {
    fn single(&mut self, flow: &Flow) {
        self.run(|transaction, now| click(transaction, now, flow));
        self.run(|transaction, now| lead(transaction, now, flow));
        self.run(|transaction, now| purchase(transaction, now, flow));
        self.run(|transaction, now| issue(transaction, now, flow));
    }

    fn batch(&mut self, flows: &[Flow]) {
        self.run(|transaction, now| flows.iter().try_for_each(|flow| click(transaction, now, flow)));
        self.run(|transaction, now| flows.iter().try_for_each(|flow| lead(transaction, now, flow)));
        self.run(|transaction, now| flows.iter().try_for_each(|flow| purchase(transaction, now, flow)));
        self.run(|transaction, now| flows.iter().try_for_each(|flow| issue(transaction, now, flow)));
    }
}

/// The code of an enrolled participant: spread, as random codes are.
fn code(number: u64) -> String {
    blake3::hash(&number.to_le_bytes()).to_hex()[..10].to_owned()
}

fn click(transaction: &Transaction<'_>, now: i64, flow: &Flow) -> rusqlite::Result<()> {
    let referrer: i64 = transaction
        .prepare_cached("SELECT id FROM participants WHERE code = ?1")?
        .query_row([code(flow.referrer.number)], |row| row.get(0))?;
    let again: Option<i64> = transaction
        .prepare_cached("SELECT 1 FROM clicks WHERE visitor = ?1 AND at > ?2 AND referrer = ?3")?
        .query_row(params![flow.visitor, now - HOUR_MICROS, referrer], |row| row.get(0))
        .optional()?;
    if again.is_some() {
        return Ok(());
    }
    transaction.prepare_cached("INSERT INTO clicks (referrer, visitor, at) VALUES (?1, ?2, ?3)")?.execute(params![
        referrer,
        flow.visitor,
        now
    ])?;
    transaction.prepare_cached("UPDATE participants SET clicks = clicks + 1 WHERE id = ?1")?.execute([referrer])?;
    Ok(())
}

fn lead(transaction: &Transaction<'_>, now: i64, flow: &Flow) -> rusqlite::Result<()> {
    let referrer: i64 = transaction
        .prepare_cached("SELECT referrer FROM clicks WHERE visitor = ?1 ORDER BY at DESC LIMIT 1")?
        .query_row([&flow.visitor], |row| row.get(0))?;
    let invitee: i64 = transaction
        .prepare_cached(
            "INSERT INTO participants (host_id, email, created_at) VALUES (?1, ?2, ?3)
             ON CONFLICT (host_id) DO UPDATE SET email = excluded.email RETURNING id",
        )?
        .query_row(params![flow.host_id, flow.email, now], |row| row.get(0))?;
    assert_ne!(invitee, referrer, "nobody refers themselves");
    let new = transaction
        .prepare_cached(
            "INSERT INTO referrals (invitee, referrer, state, lead_at) VALUES (?1, ?2, 'lead', ?3) ON CONFLICT DO NOTHING",
        )?
        .execute(params![invitee, referrer, now])?;
    assert_eq!(new, 1, "nobody is referred twice");
    transaction.prepare_cached("UPDATE participants SET leads = leads + 1 WHERE id = ?1")?.execute([referrer])?;
    Ok(())
}

fn purchase(transaction: &Transaction<'_>, now: i64, flow: &Flow) -> rusqlite::Result<()> {
    let (invitee, referrer): (i64, i64) = transaction
        .prepare_cached(
            "SELECT invitee, referrer FROM referrals JOIN participants ON id = invitee WHERE host_id = ?1 AND state = 'lead'",
        )?
        .query_row([&flow.host_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    transaction
        .prepare_cached("INSERT INTO conversions (event, participant, total_minor, at) VALUES (?1, ?2, ?3, ?4)")?
        .execute(params![flow.order, invitee, flow.total_minor, now])?;
    transaction
        .prepare_cached("UPDATE referrals SET state = 'qualified', qualified_at = ?2 WHERE invitee = ?1")?
        .execute(params![invitee, now])?;
    let amount = (flow.total_minor / 10).min(2_500);
    assert!(take(transaction, &format!("month/2026-06/{referrer}"), 1, MOST_A_MONTH)?, "the month has room");
    assert!(take(transaction, "budget", amount + WELCOME_MINOR, BUDGET_MINOR)?, "the budget has room");
    grant(transaction, now, (referrer, "friend-buys", invitee), amount)?;
    grant(transaction, now, (invitee, "welcome", invitee), WELCOME_MINOR)?;
    transaction
        .prepare_cached("UPDATE participants SET qualified = qualified + 1 WHERE id = ?1")?
        .execute([referrer])?;
    Ok(())
}

/// Takes room of a limit, if it has that much.
fn take(transaction: &Transaction<'_>, name: &str, by: i64, at_most: i64) -> rusqlite::Result<bool> {
    let taken = transaction
        .prepare_cached(
            "INSERT INTO counters (name, value) VALUES (?1, ?2)
             ON CONFLICT (name) DO UPDATE SET value = value + ?2 WHERE value + ?2 <= ?3",
        )?
        .execute(params![name, by, at_most])?;
    Ok(taken == 1)
}

fn grant(
    transaction: &Transaction<'_>,
    now: i64,
    (participant, rule, invitee): (i64, &str, i64),
    amount: i64,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO rewards (participant, rule, invitee, amount_minor, state, granted_at)
             VALUES (?1, ?2, ?3, ?4, 'due', ?5)",
        )?
        .execute(params![participant, rule, invitee, amount, now])?;
    transaction
        .prepare_cached("UPDATE participants SET earned_minor = earned_minor + ?2 WHERE id = ?1")?
        .execute(params![participant, amount])?;
    Ok(())
}

fn issue(transaction: &Transaction<'_>, now: i64, flow: &Flow) -> rusqlite::Result<()> {
    let (invitee, referrer): (i64, i64) = transaction
        .prepare_cached("SELECT invitee, referrer FROM referrals JOIN participants ON id = invitee WHERE host_id = ?1")?
        .query_row([&flow.host_id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let amount: i64 = transaction
        .prepare_cached(
            "UPDATE rewards SET state = 'issued', issued_at = ?3, reference = ?4
             WHERE participant = ?1 AND rule = 'friend-buys' AND invitee = ?2 AND state = 'due' RETURNING amount_minor",
        )?
        .query_row(params![referrer, invitee, now, format!("transfer-{}", flow.number)], |row| row.get(0))?;
    transaction
        .prepare_cached("UPDATE participants SET issued_minor = issued_minor + ?2 WHERE id = ?1")?
        .execute(params![referrer, amount])?;
    Ok(())
}

/// Fills a new file with as many people and referrals as the engine's has.
pub(crate) fn build_file(path: &Path, participants: u64) {
    let mut connection = open(path);
    connection.execute_batch(SCHEMA).expect("tables");
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -2000000").expect("settings");
    let chunks = participants / CHUNK;
    let mut drawer = Drawer::new(Vec::new(), FIRST_FLOW);
    for chunk in 0..chunks {
        let now = time_of(chunk, chunks).as_micros();
        durably(&mut connection, |transaction| chunk_of(transaction, chunk, now, &mut drawer));
    }
    let ended = connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)");
    ended.expect("an end");
}

fn chunk_of(transaction: &Transaction<'_>, chunk: u64, now: i64, drawer: &mut Drawer) -> rusqlite::Result<()> {
    for number in chunk * ENROLLED..(chunk + 1) * ENROLLED {
        transaction
            .prepare_cached("INSERT INTO participants (host_id, email, code, created_at) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![format!("member-{number}"), format!("member.{number}@mail.example"), code(number), now])?;
    }
    let known = (chunk + 1) * ENROLLED;
    for index in 0..usize::try_from(CHUNK - ENROLLED).expect("a few") {
        let flow = drawer.by_number(known);
        click(transaction, now, &flow)?;
        lead(transaction, now, &flow)?;
        if index < BOUGHT {
            purchase(transaction, now, &flow)?;
            issue(transaction, now, &flow)?;
        }
    }
    Ok(())
}
