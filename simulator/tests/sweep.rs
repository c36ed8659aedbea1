//! A small sweep of the k-th fault; `simulator ci` does a large one.

use simulator::sweep::sweep;

#[test]
fn a_command_that_is_disturbed_anywhere_and_sent_again_ends_as_if_nothing_had_happened() {
    let swept = sweep(3, 40);
    assert!(swept.total() > 200, "{}", swept.total());
    assert_eq!(swept.failures, Vec::<String>::new());
}
