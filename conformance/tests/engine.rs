//! Cases for whole operations hold on the store in memory.

use conformance::engine;
use referral_core::store::MemoryStore;

#[test]
fn operations_come_to_what_the_cases_say() {
    let report = engine::run(&MemoryStore::new());
    assert!(report.holds(), "{report}");
    assert!(report.checked.len() >= 13);
}
