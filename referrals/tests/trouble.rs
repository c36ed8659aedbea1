//! Stores that are busy, silent, broken or panic; hosts that panic.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use common::{Fault, Watched, begin, code, keyring, lead};
use referrals::command::{Outcome, Person, Reason, RecordClick};
use referrals::record::Metric;
use referrals::store::MemoryStore;
use referrals::value::Place;
use referrals::{Host, Referrals};

type Tried = (Arc<Watched<MemoryStore>>, Referrals, Arc<AtomicU64>, String);

/// A door whose sleep only counts milliseconds.
fn door() -> Tried {
    let (store, slept) = (Arc::new(Watched::new(MemoryStore::new())), Arc::new(AtomicU64::new(0)));
    let counter = Arc::clone(&slept);
    let sleep = move |pause: Duration| {
        counter.fetch_add(u64::try_from(pause.as_millis()).unwrap(), Ordering::Relaxed);
    };
    let referrals = Referrals::builder(keyring()).sleep(sleep).over(store.clone()).unwrap();
    let code = begin(&referrals, "ada");
    (store, referrals, slept, code)
}

#[test]
fn what_may_succeed_later_is_tried_again_under_the_same_key_and_done_once() {
    let (store, referrals, slept, code) = door();
    store.fail([Fault::Busy, Fault::NoAnswerBefore, Fault::NoAnswerAfter]);
    let receipt = referrals.execute(lead("bob", &code)).unwrap();
    assert!(matches!(receipt.outcome, Outcome::Accepted(_)));
    assert_eq!(store.total(Metric::Leads), 1);
    assert!(slept.load(Ordering::Relaxed) >= 15);
}

#[test]
fn patience_ends() {
    let (store, referrals, slept, friend) = door();
    store.fail(vec![Fault::Busy; 1_000]);
    assert_eq!(code(referrals.execute(lead("bob", &friend))), "store_busy");
    let slept = slept.load(Ordering::Relaxed);
    assert!((9_900..11_000).contains(&slept), "{slept} ms");
}

#[test]
fn what_cannot_succeed_later_is_not_tried_again() {
    let (store, referrals, slept, friend) = door();
    store.fail([Fault::Broken]);
    assert_eq!(code(referrals.execute(lead("bob", &friend))), "store_failed");
    assert_eq!(slept.load(Ordering::Relaxed), 0);
    referrals.execute(lead("bob", &friend)).unwrap();
}

#[test]
fn a_panic_in_a_store_is_an_error_and_nothing_is_left_locked() {
    let (store, referrals, _, friend) = door();
    store.fail([Fault::Panic]);
    let error = referrals.execute(lead("bob", &friend)).unwrap_err();
    assert!(error.to_string().contains("panic"), "{error}");
    store.panics_at_load.store(true, Ordering::Relaxed);
    assert_eq!(code(referrals.execute(lead("bob", &friend))), "store_failed");
    store.panics_at_load.store(false, Ordering::Relaxed);
    referrals.execute(lead("bob", &friend)).unwrap();
    assert_eq!(store.total(Metric::Leads), 1);
}

#[derive(Debug, Default)]
struct Knows {
    asked: Mutex<Vec<IpAddr>>,
}

impl Host for Knows {
    fn is_existing_customer(&self, person: &Person) -> bool {
        let host_id = person.host_id.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default();
        assert_ne!(host_id, "mallory", "planted");
        host_id == "old"
    }

    fn place_of(&self, address: IpAddr) -> Place {
        self.asked.lock().unwrap().push(address);
        Place { country: "FR".parse().ok(), city: "Lyon".parse().ok() }
    }
}

#[test]
fn the_host_is_asked_what_only_it_knows_and_its_panic_is_an_error() {
    let store = Arc::new(Watched::new(MemoryStore::new()));
    let referrals = Referrals::builder(keyring()).host(Knows::default()).over(store.clone()).unwrap();
    let friend = begin(&referrals, "ada");
    let declined = referrals.execute(lead("old", &friend)).unwrap().outcome;
    assert_eq!(declined, Outcome::Declined(Reason::ExistingCustomer));
    assert_eq!(code(referrals.execute(lead("mallory", &friend))), "store_failed");
    referrals.execute(lead("new", &friend)).unwrap();
    let click = RecordClick {
        campaign: "spring".parse().ok(),
        visitor: Some("v1".to_owned()),
        ip: "203.0.113.9".parse().ok(),
        ..RecordClick::new(friend)
    };
    referrals.execute(click).unwrap();
    let touches = referrals::store::Listing::All(referrals::record::Kind::Touch).first(10);
    let page = referrals::store::Store::list(&*store, referrals.tenant(), &touches).unwrap();
    let referrals::record::Record::Touch(touch) = &page.rows.first().unwrap().record else { panic!("no touch") };
    assert_eq!(touch.country.map(|country| country.to_string()), Some("FR".to_owned()));
    assert_eq!(touch.origin.city.as_ref().map(|city| city.as_str()), Some("Lyon"));
}
