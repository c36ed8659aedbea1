//! Every scene plays to its end, and its books are in order.

#[test]
fn every_scene_comes_to_what_it_says() {
    let (coverage, failures) = simulator::directed::play();
    assert_eq!(failures, Vec::<String>::new());
    assert!(coverage.total() > 500, "{}", coverage.total());
}
