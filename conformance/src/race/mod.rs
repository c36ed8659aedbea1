//! Threads that race for the same records, and exact counts of what each of them got.
//!
//! Every race checks both ways: nothing is given twice, and nothing that was there is withheld. No thread sleeps; they start
//! together at a barrier and go on until their attempts are used up. A busy store is asked again.

mod commands;
mod counters;
mod hands;
mod records;
mod visibility;

use std::sync::Barrier;

use referral_core::error::StoreError;
use referral_core::record::{
    CampaignName, Debt, Dimension, Key, Metric, Notification, NotificationKind, Record, Total, TotalKey,
};
use referral_core::store::{Add, Batch, Commit, Listing, PageRequest, Put, Store, Stored, Version};
use referral_core::value::{CampaignId, CampaignSlug, Entropy, NotificationId, ParticipantId, TenantId, Timestamp};

use crate::draw::Draw;
use crate::report::Report;

pub use commands::{last_of_a_campaign_budget, last_reward_under_a_cap, one_event_from_many};
pub use counters::{adds_are_not_lost, last_of_a_budget, last_place, places_given_back};
pub use hands::{facts_of_one_order, one_transfer_from_many, refused_rewards_by_hand};
pub use records::{one_key, one_version, write_skew};
pub use visibility::{refused_writes_are_never_seen, visible_in_order};

/// How hard the races are.
#[derive(Clone, Debug)]
pub struct Effort {
    /// How many threads race; at least 2.
    pub threads: usize,
    /// How often each of them tries.
    pub attempts: usize,
    /// How often each race is run, each time in another tenant.
    pub rounds: usize,
    /// Part of the tenants' names, of `a-z` and `0-9`: another one for each run on the same store.
    pub label: String,
}

impl Default for Effort {
    /// 32 threads with 10 attempts each, twice.
    fn default() -> Self {
        Self { threads: 32, attempts: 10, rounds: 2, label: "a".to_owned() }
    }
}

/// A race: `Err` says what was given twice, withheld, lost or seen too early.
pub type Race = fn(&dyn Store, &Effort) -> Result<(), String>;

/// All races of commits, by name.
pub const RACES: &[(&str, Race)] = &[
    ("last_place", last_place),
    ("last_of_a_budget", last_of_a_budget),
    ("places_given_back", places_given_back),
    ("adds_are_not_lost", adds_are_not_lost),
    ("one_key", one_key),
    ("one_version", one_version),
    ("write_skew", write_skew),
    ("refused_writes_are_never_seen", refused_writes_are_never_seen),
    ("visible_in_order", visible_in_order),
];

/// The races of whole commands, by name.
pub const COMMAND_RACES: &[(&str, Race)] = &[
    ("last_reward_under_a_cap", last_reward_under_a_cap),
    ("last_of_a_campaign_budget", last_of_a_campaign_budget),
    ("one_event_from_many", one_event_from_many),
    ("facts_of_one_order", facts_of_one_order),
    ("one_transfer_from_many", one_transfer_from_many),
    ("refused_rewards_by_hand", refused_rewards_by_hand),
];

/// Runs every race of whole commands on `store`.
pub fn run_commands(store: &dyn Store, effort: &Effort) -> Report {
    let mut report = Report::default();
    for (name, race) in COMMAND_RACES {
        report.note(name, race(store, effort).map_err(|problem| (None, problem)));
    }
    report
}

/// Runs every race of commits on `store`.
pub fn run(store: &dyn Store, effort: &Effort) -> Report {
    let mut report = Report::default();
    for (name, race) in RACES {
        report.note(name, race(store, effort).map_err(|problem| (None, problem)));
    }
    report
}

/// Runs `round` as often as `effort` says, each time in a tenant of its own.
fn rounds(name: &str, effort: &Effort, round: impl Fn(&TenantId) -> Result<(), String>) -> Result<(), String> {
    for number in 0..effort.rounds {
        let tenant =
            TenantId::new(format!("race.{}.{name}.{number}", effort.label)).map_err(|error| error.to_string())?;
        round(&tenant).map_err(|problem| format!("round {number}: {problem}"))?;
    }
    Ok(())
}

/// Runs `work` in so many threads that start together. What they came back with, in the order of their numbers.
fn at_once<T: Send>(threads: usize, work: impl Fn(usize) -> Result<T, String> + Sync) -> Result<Vec<T>, String> {
    let barrier = Barrier::new(threads);
    std::thread::scope(|scope| {
        let start = |number| {
            let (barrier, work) = (&barrier, &work);
            scope.spawn(move || {
                barrier.wait();
                work(number)
            })
        };
        let running: Vec<_> = (0..threads).map(start).collect();
        let done =
            running.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err("a thread panicked".to_owned())));
        done.collect::<Vec<_>>().into_iter().collect()
    })
}

/// Commits, again while the store is busy.
pub(crate) fn commit(store: &dyn Store, batch: &Batch) -> Result<Commit, String> {
    let mut result = store.commit(batch);
    for _ in 0..10_000 {
        if !matches!(result, Err(StoreError::Busy(_))) {
            break;
        }
        std::thread::yield_now();
        result = store.commit(batch);
    }
    result.map_err(|error| format!("commit failed: {error}"))
}

fn load(store: &dyn Store, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, String> {
    store.load(tenant, keys).map_err(|error| format!("load failed: {error}"))
}

/// All records of a listing, page by page.
fn list(store: &dyn Store, tenant: &TenantId, listing: Listing) -> Result<Vec<Stored>, String> {
    let mut request = listing.first(100);
    let mut rows = Vec::new();
    loop {
        let page = store.list(tenant, &request).map_err(|error| format!("list failed: {error}"))?;
        rows.extend(page.rows);
        match page.next {
            Some(after) => request = PageRequest { after: Some(after), ..request },
            None => return Ok(rows),
        }
    }
}

/// The value of a total; 0 if there is none.
fn value(store: &dyn Store, tenant: &TenantId, key: &Key) -> Result<i64, String> {
    Ok(match load(store, tenant, std::slice::from_ref(key))?.into_iter().next().map(|stored| stored.record) {
        Some(Record::Total(Total { value, .. })) => value,
        _ => 0,
    })
}

/// That a number is the one it must be.
fn exactly<T: PartialEq + std::fmt::Debug>(what: &str, expected: T, found: T) -> Result<(), String> {
    if expected == found { Ok(()) } else { Err(format!("{what}: expected {expected:?}, found {found:?}")) }
}

fn batch(tenant: &TenantId) -> Batch {
    Batch { tenant: tenant.clone(), ..Batch::default() }
}

fn put(record: Record, expected: Version, draw: &mut Draw) -> Put {
    Put { stored: Stored { record, version: Version::from_random(draw.number()) }, expected }
}

fn add(key: &Key, by: i64) -> Add {
    Add { key: key.clone(), by, at_least: None, at_most: None, at: Timestamp::FIRST }
}

fn total(member: &str) -> Key {
    let (campaign, metric, dimension) = (CampaignId(1), Metric::Limit, Dimension::Limit);
    let (unit, period) = (String::new(), "all".to_owned());
    TotalKey { campaign, metric, unit, dimension, period, member: member.to_owned() }.into()
}

/// A small record that says who made it.
fn place(thread: usize, attempt: usize) -> Result<Record, String> {
    let slug = CampaignSlug::new(format!("t{thread}-{attempt}")).map_err(|error| error.to_string())?;
    Ok(CampaignName { slug, campaign: CampaignId(thread as u32) }.into())
}

fn debt(participant: ParticipantId, quantity: usize) -> Record {
    Debt { campaign: CampaignId(1), participant, unit: "EUR".to_owned(), quantity: quantity as i64 }.into()
}

fn participant(number: usize) -> ParticipantId {
    ParticipantId::mint(Timestamp::FIRST, &mut Entropy::new([7; 32]).part("participant", number as u64))
}

fn notification(thread: usize, attempt: usize) -> Record {
    let mut entropy = Entropy::new([8; 32]).part("thread", thread as u64).part("attempt", attempt as u64);
    Notification {
        notification: NotificationId::mint(Timestamp::FIRST, &mut entropy),
        happened: NotificationKind::RewardDue,
        campaign: Some(CampaignId(1)),
        participant: participant(thread),
        former: None,
        invitee: None,
        lead: None,
        rule: None,
        cause: None,
        at: Timestamp::FIRST,
    }
    .into()
}
