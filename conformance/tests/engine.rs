//! Cases for whole operations hold on the store in memory.

use conformance::engine;
use referral_core::engine::drive;
use referral_core::report::audit::Audit;
use referral_core::store::MemoryStore;

#[test]
fn operations_come_to_what_the_cases_say_and_leave_clean_books() {
    let store = MemoryStore::new();
    let report = engine::run(&store);
    assert!(report.holds(), "{report}");
    assert!(report.checked.len() >= 290, "{}", report.checked.len());
    for case in engine::cases().unwrap_or_default() {
        let audited = drive(&store, &mut Audit::new(case.tenant.clone()));
        assert!(audited.as_ref().is_ok_and(|audited| audited.is_clean()), "{}: {audited:#?}", case.name);
    }
}

#[test]
fn no_two_cases_share_a_name_or_a_tenant() {
    let cases = engine::cases().unwrap_or_default();
    let names: std::collections::BTreeSet<_> = cases.iter().map(|case| &case.name).collect();
    let tenants: std::collections::BTreeSet<_> = cases.iter().map(|case| &case.tenant).collect();
    assert_eq!((names.len(), tenants.len()), (cases.len(), cases.len()));
    assert!(!cases.is_empty());
}
