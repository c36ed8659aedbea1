//! Boards and comparisons over days: what cannot be read is refused.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::Program;
use referral_core::engine::drive;
use referral_core::error::Error;
use referral_core::report::AnyQuestion;
use referral_core::value::TenantId;
use serde_json::json;

#[test]
fn boards_and_comparisons_that_cannot_be_read_are_refused_by_name() {
    let program = Program::with(json!({"leaderboard": ["leads"]}));
    let cases = [
        (json!({"show_motivators": {"campaign": "spring", "from": "2026-05-01", "until": "2026-05-01"}}), "until"),
        (
            json!({"show_motivators": {"campaign": "spring", "from": "2026-05-01", "until": "2026-05-02", "by": "rule"}}),
            "by",
        ),
        (
            json!({"show_motivators": {"campaign": "spring", "from": "2026-05-01", "until": "2026-05-02", "by": "city"}}),
            "by",
        ),
        (
            json!({"show_leaderboard": {"campaign": "spring", "metric": "leads",
            "period": {"days": {"from": "2026-05-01", "until": "2026-05-01"}}}}),
            "period",
        ),
        (
            json!({"show_leaderboard": {"campaign": "spring", "metric": "leads",
            "period": {"days": {"from": "2026-01-01", "until": "2026-05-01"}}}}),
            "period",
        ),
        (
            json!({"show_leaderboard": {"campaign": "spring", "metric": "leads", "period": {"week": "2026-05-01"},
            "begin": {"after": []}}}),
            "begin",
        ),
    ];
    for (asked, wrong) in cases {
        let question: AnyQuestion = serde_json::from_value(asked.clone()).unwrap();
        let now = program.now;
        match drive(&program.store, &mut program.engine.ask(TenantId::default(), question, now)) {
            Err(Error::InvalidCommand { field, .. }) => assert_eq!(field, wrong, "{asked}"),
            other => panic!("{asked}: {other:?}"),
        }
    }
}
