//! A keyring, a campaign, and a store that counts, fails and panics as it is told.

#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use referrals::command::{AnyCommand, DefineCampaign, Enrol, EvidenceGiven, Outcome, Person, RecordLead};
use referrals::record::{Key, Metric};
use referrals::store::{Batch, Commit, Listing, Page, PageRequest, Store, Stored};
use referrals::value::TenantId;
use referrals::{Error, KeyState, Keyring, Referrals, Secret, StoreError};

pub fn keyring() -> Keyring {
    keyring_with_alias_key(2)
}

pub fn keyring_with_alias_key(byte: u8) -> Keyring {
    Keyring::builder()
        .link_key(1, Secret::new([1; 32]), KeyState::Active)
        .alias_key(Secret::new([byte; 32]))
        .lookup_key(Secret::new([3; 32]))
        .build()
        .unwrap()
}

pub fn campaign() -> DefineCampaign {
    let definition = r#"
        name = "spring"
        link_host = "go.example.com"
        leaderboard = ["leads"]
        [[rewards]]
        id = "thanks"
        to = "referrer"
        on = "joined"
        give = { flat = "1 EUR" }
        limits = [{ per = "campaign", count = 150 }]
    "#;
    DefineCampaign { definition: referrals::CampaignModel::from_toml(definition).unwrap() }
}

pub fn person(host_id: &str) -> Person {
    Person { host_id: Some(host_id.parse().unwrap()), ..Person::default() }
}

pub fn enrol(host_id: &str) -> Enrol {
    Enrol { campaign: "spring".parse().unwrap(), person: person(host_id) }
}

pub fn lead(host_id: &str, code: &str) -> RecordLead {
    let evidence = EvidenceGiven { code: Some(code.to_owned()), ..EvidenceGiven::default() };
    RecordLead { campaign: "spring".parse().unwrap(), person: person(host_id), evidence }
}

/// Defines the campaign, enrols somebody, and gives the code.
pub fn begin(referrals: &Referrals, host_id: &str) -> String {
    referrals.execute(campaign()).unwrap();
    match referrals.execute(enrol(host_id)).unwrap().outcome {
        Outcome::Accepted(enrolled) => enrolled.code,
        Outcome::Declined(reason) => panic!("{reason}"),
    }
}

/// What goes wrong with one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Busy,
    NoAnswerBefore,
    NoAnswerAfter,
    Panic,
    Broken,
}

/// A store that counts, fails and panics as it is told.
#[derive(Debug)]
pub struct Watched<S> {
    pub inner: S,
    pub commits: AtomicUsize,
    pub faults: Mutex<VecDeque<Fault>>,
    pub panics_at_load: AtomicBool,
    pub pause: Duration,
}

impl<S: Store> Watched<S> {
    pub fn new(inner: S) -> Self {
        let (commits, faults, panics_at_load) = (AtomicUsize::new(0), Mutex::default(), AtomicBool::new(false));
        Self { inner, commits, faults, panics_at_load, pause: Duration::ZERO }
    }

    pub fn fail(&self, faults: impl IntoIterator<Item = Fault>) {
        self.faults.lock().unwrap().extend(faults);
    }

    pub fn commits(&self) -> usize {
        self.commits.load(Ordering::Relaxed)
    }

    /// A total of all days.
    pub fn total(&self, metric: Metric) -> i64 {
        let (campaign, from, until) = (referrals::value::CampaignId(1), "d".to_owned(), "e".to_owned());
        let listing = Listing::PeriodSums { campaign, from, until };
        let page = self.inner.list(&TenantId::default(), &listing.first(10)).unwrap();
        let sums = page.rows.iter().filter_map(|row| row.record.sums());
        sums.map(|sums| sums.get(&referrals::record::sum_name(metric, ""))).sum()
    }
}

impl<S: Store> Store for Watched<S> {
    fn load(&self, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
        assert!(!self.panics_at_load.load(Ordering::Relaxed), "planted");
        self.inner.load(tenant, keys)
    }

    fn list(&self, tenant: &TenantId, request: &PageRequest) -> Result<Page, StoreError> {
        self.inner.list(tenant, request)
    }

    fn commit(&self, batch: &Batch) -> Result<Commit, StoreError> {
        self.commits.fetch_add(1, Ordering::Relaxed);
        let fault = self.faults.lock().unwrap().pop_front();
        match fault {
            None => self.inner.commit(batch),
            Some(Fault::Busy) => Err(StoreError::Busy("planted".to_owned())),
            Some(Fault::NoAnswerBefore) => Err(StoreError::NoAnswer("planted".to_owned())),
            Some(Fault::NoAnswerAfter) => {
                let _ = self.inner.commit(batch)?;
                Err(StoreError::NoAnswer("planted".to_owned()))
            }
            Some(Fault::Panic) => panic!("planted"),
            Some(Fault::Broken) => Err(StoreError::Failed("planted".to_owned())),
        }
    }
}

/// The code of a result's error.
pub fn code<T>(result: Result<T, Error>) -> &'static str {
    result.err().map_or("none", |error| error.code())
}

/// Any commands.
pub fn leads(code: &str, from: usize, until: usize) -> Vec<AnyCommand> {
    (from..until).map(|number| lead(&format!("friend-{number}"), code).into()).collect()
}
