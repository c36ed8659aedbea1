//! What payouts, reviews and corrections on the command line come to: the amounts that commands come to.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{Home, out, well};
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Runs it at noon of a day of May 2026. It goes well.
fn at(home: &Home, day: u32, arguments: &[&str]) -> String {
    let now = format!("2026-05-{day:02}T12:00:00Z");
    well(&home.run(&[&["--now", now.as_str()], arguments].concat()))
}

/// A program with one rule of these fields, and these people as friends of `ada`.
fn with(rule: &str, friends: &[&str]) -> Home {
    let home = Home::new();
    let text = format!(
        "name = \"friends\"\nlink_host = \"go.shop.example\"\nlimits = [{{ per = \"campaign\", value = [\"5000 EUR\", \"500000 JPY\"] }}]\n\
         rewards = [{{ id = \"thanks\", to = \"referrer\", {rule} }}]\n"
    );
    home.write("friends.toml", &text);
    at(&home, 1, &["campaign", "define", "friends.toml"]);
    at(&home, 1, &["person", "enrol", "friends", "ada"]);
    let rows: String = friends.iter().map(|name| format!("{name},ada\n")).collect();
    home.write("friends.csv", &format!("host_id,referrer_host_id\n{rows}"));
    at(&home, 1, &["upload", "friends.csv", "--content", "invitees", "--campaign", "friends"]);
    home.write("orders.toml", "content = \"conversions\"\nsource = \"shop\"\n");
    home
}

fn buy(home: &Home, day: u32, order: &str, friend: &str, total: &str) {
    home.write("order.csv", &format!("id,host_id,total\n{order},{friend},{total}\n"));
    at(home, day, &["upload", "order.csv", "--mapping", "orders.toml"]);
}

/// The rewards in a state.
fn rewards(home: &Home, state: &str) -> Vec<Value> {
    let listed = json(&well(&home.run(&["rewards", "due", "friends", "--state", state, "--json"])));
    listed.as_array().unwrap().clone()
}

/// One figure of each reward in a state.
fn each(home: &Home, state: &str, name: &str) -> Vec<String> {
    rewards(home, state).iter().map(|one| one[name].as_str().unwrap_or_default().to_owned()).collect()
}

fn key(home: &Home, state: &str) -> String {
    each(home, state, "key").remove(0)
}

/// What `ada` owes in a currency; `none` if nothing.
fn debt(home: &Home, currency: &str) -> String {
    let person = json(&well(&home.run(&["person", "show", "friends", "ada", "--json"])));
    let owed = person["balances"][currency]["debt"].as_str().filter(|debt| !debt.starts_with('0'));
    owed.unwrap_or("none").to_owned()
}

fn is_clean(home: &Home) {
    assert!(well(&home.run(&["audit"])).ends_with(" 0 differences\n"));
}

const EACH: &str = "on = \"purchase\", give = { percent = \"10%\" }";

#[test]
fn a_debt_takes_the_next_reward_whole_and_its_begin_books_that() {
    for (total, amount, nothing) in [("100 EUR", "10.00 EUR", "0.00 EUR"), ("10000 JPY", "1000 JPY", "0 JPY")] {
        let home = with(EACH, &["bob"]);
        buy(&home, 2, "o1", "bob", total);
        at(&home, 3, &["rewards", "issue", "order:shop/o1", "--reference", "t-1"]);
        at(&home, 4, &["conversion", "refund", "shop", "o1", "r-1", total]);
        buy(&home, 5, "o2", "bob", total);
        let listed = rewards(&home, "due");
        let figures = ["due", "debt", "payable"].map(|name| listed[0][name].as_str().unwrap().to_owned());
        assert_eq!(figures, [amount, amount, nothing]);
        let begun = at(&home, 6, &["rewards", "begin", "order:shop/o2"]);
        assert!(begun.contains("issued") && begun.contains(nothing), "{begun}");
        let unit = amount.split(' ').next_back().unwrap();
        assert_eq!(debt(&home, unit), "none");
        is_clean(&home);
    }
}

#[test]
fn an_order_that_is_taken_back_during_a_transfer_leaves_a_debt_only_if_the_transfer_left() {
    for job in [["refund", "r-1", "100 EUR"].as_slice(), &["void"]] {
        for left in [true, false] {
            let home = with(EACH, &["bob"]);
            buy(&home, 2, "o1", "bob", "100 EUR");
            at(&home, 3, &["rewards", "begin", "order:shop/o1"]);
            at(&home, 4, &[&["conversion", job[0], "shop", "o1"], &job[1..]].concat());
            let (state, owed) = if left {
                at(&home, 5, &["rewards", "issue", "order:shop/o1", "--reference", "t-1"]);
                ("reversed", "10.00 EUR")
            } else {
                at(&home, 5, &["rewards", "fail", "order:shop/o1", "--why", "no account"]);
                ("cancelled", "none")
            };
            assert_eq!(rewards(&home, state).len(), 1);
            assert_eq!(debt(&home, "EUR"), owed, "{job:?}");
            is_clean(&home);
        }
    }
}

#[test]
fn a_transfer_that_came_back_is_payable_beside_the_next_reward() {
    let home = with(EACH, &["bob"]);
    buy(&home, 2, "o1", "bob", "80 EUR");
    at(&home, 3, &["rewards", "issue", "order:shop/o1", "--reference", "t-1"]);
    at(&home, 4, &["rewards", "return", "order:shop/o1", "--why", "closed account"]);
    buy(&home, 5, "o2", "bob", "50 EUR");
    let mut payable = each(&home, "due", "payable");
    payable.sort();
    assert_eq!(
        (payable, each(&home, "due", "debt")),
        (vec!["5.00 EUR".to_owned(), "8.00 EUR".to_owned()], vec!["0.00 EUR".to_owned(); 2])
    );
    is_clean(&home);
}

#[test]
fn a_transfer_that_failed_and_was_told_at_last_has_no_reason() {
    let home = with(EACH, &["bob"]);
    buy(&home, 2, "o1", "bob", "8000 JPY");
    at(&home, 3, &["rewards", "begin", "order:shop/o1"]);
    at(&home, 4, &["rewards", "fail", "order:shop/o1", "--why", "no account"]);
    assert_eq!(each(&home, "failed", "reason"), ["no account"]);
    at(&home, 5, &["rewards", "begin", "order:shop/o1"]);
    at(&home, 6, &["rewards", "issue", "order:shop/o1", "--reference", "t-2"]);
    assert_eq!(
        (each(&home, "issued", "reason"), each(&home, "issued", "issued")),
        (vec![String::new()], vec!["800 JPY".to_owned()])
    );
    is_clean(&home);
}

#[test]
fn a_reward_of_a_referral_that_is_flagged_during_a_transfer_is_held_once_it_fails() {
    let home = with(
        "on = \"qualified\", every = 2, give = { units = 7, unit = \"points\" }, limits = [{ per = \"referrer\", count = 9 }]",
        &["bob", "cyd"],
    );
    // The campaign's limit on value knows no points.
    let text = std::fs::read_to_string(home.path("friends.toml")).unwrap();
    let known = text.replace("\"500000 JPY\"]", "\"500000 JPY\", { unit = \"points\", quantity = 100 }]");
    home.write("friends.toml", &known);
    at(&home, 1, &["campaign", "define", "friends.toml"]);
    buy(&home, 2, "o1", "bob", "80 EUR");
    buy(&home, 2, "o2", "cyd", "80 EUR");
    let group = key(&home, "due");
    at(&home, 3, &["rewards", "begin", &group]);
    at(&home, 4, &["referral", "moderate", "friends", "cyd", "flagged"]);
    at(&home, 5, &["rewards", "fail", &group, "--why", "no account"]);
    let issued = home.run(&["--now", "2026-05-06T12:00:00Z", "rewards", "issue", &group, "--reference", "t-1"]);
    assert!(!issued.status.success() && out(&issued).contains("declined: under_review"), "{}", out(&issued));
    assert_eq!(rewards(&home, "pending").len(), 1);
    at(&home, 7, &["referral", "moderate", "friends", "cyd", "clear"]);
    assert_eq!(rewards(&home, "due")[0]["due"], serde_json::json!({"quantity": 7, "unit": "points"}));
    is_clean(&home);
}

#[test]
fn a_level_goes_once_who_reached_it_is_denied_and_stays_cancelled_if_a_hand_cancelled_it() {
    let level = "on = \"qualified\", milestones = [{ at = 2, give = { flat = \"10 EUR\" } }]";
    for (handed_over, state, owed) in [(false, "cancelled", "none"), (true, "reversed", "10.00 EUR")] {
        let home = with(level, &["bob", "cyd"]);
        buy(&home, 2, "o1", "bob", "80 EUR");
        buy(&home, 3, "o2", "cyd", "80 EUR");
        let reached = key(&home, "due");
        if handed_over {
            at(&home, 4, &["rewards", "issue", &reached, "--reference", "t-1"]);
        }
        at(&home, 5, &["referral", "moderate", "friends", "cyd", "denied", "--why", "fraud"]);
        assert_eq!(rewards(&home, state).len(), 1);
        assert_eq!(debt(&home, "EUR"), owed);
        is_clean(&home);
    }
    let home = with(
        &level.replace("at = 2", "at = 1").replace("milestones", "clawback = \"take_back\", milestones"),
        &["bob", "cyd"],
    );
    buy(&home, 2, "o1", "bob", "80 EUR");
    at(&home, 3, &["rewards", "cancel", &key(&home, "due"), "--why", "fraud"]);
    buy(&home, 4, "o2", "cyd", "80 EUR");
    assert_eq!((rewards(&home, "cancelled").len(), rewards(&home, "due").len()), (1, 0));
    is_clean(&home);
}

#[test]
fn a_corrected_order_earns_by_its_new_amount_and_a_void_or_a_failed_refund_is_followed() {
    for (old, new, paid, grown) in
        [("80 EUR", "120 EUR", "8.00 EUR", "12.00 EUR"), ("8000 JPY", "12000 JPY", "800 JPY", "1200 JPY")]
    {
        let home = with("on = \"qualified\", give = { percent = \"10%\" }", &["bob"]);
        buy(&home, 2, "o1", "bob", old);
        at(&home, 3, &["conversion", "refund", "shop", "o1", "r-1", old]);
        assert_eq!(rewards(&home, "due").len(), 0);
        at(&home, 4, &["conversion", "cancel-refund", "shop", "o1", "r-1", "--why", "card closed"]);
        assert_eq!(each(&home, "due", "due"), [paid]);
        at(&home, 5, &["conversion", "correct", "shop", "o1", "c-1", new]);
        assert_eq!(each(&home, "due", "due"), [grown]);
        at(&home, 6, &["conversion", "void", "shop", "o1", "--why", "a test"]);
        assert_eq!((rewards(&home, "due").len(), rewards(&home, "cancelled").len()), (0, 1));
        let shown = well(&home.run(&["referral", "show", "friends", "bob"]));
        assert!(shown.contains("reverted"), "{shown}");
        is_clean(&home);
    }
}

#[test]
fn a_paused_campaign_keeps_what_stands_and_what_it_refused_is_granted_by_hand() {
    let home = with("on = \"qualified\", give = { percent = \"10%\" }", &["bob", "cyd"]);
    buy(&home, 2, "o1", "bob", "80 EUR");
    buy(&home, 3, "o2", "bob", "80 EUR");
    at(&home, 4, &["campaign", "pause", "friends"]);
    at(&home, 5, &["conversion", "void", "shop", "o1", "--why", "a test"]);
    assert_eq!(each(&home, "due", "due"), ["8.00 EUR"]);
    buy(&home, 5, "o3", "cyd", "8000 JPY");
    at(&home, 6, &["campaign", "resume", "friends"]);
    let refused = json(&well(&home.run(&["rewards", "refused", "friends", "--because", "campaign_paused", "--json"])));
    assert_eq!((refused.as_array().unwrap().len(), &refused[0]["refused"]), (1, &"800 JPY".into()));
    at(&home, 7, &["rewards", "grant", refused[0]["key"].as_str().unwrap(), "--why", "promised"]);
    let mut due = each(&home, "due", "due");
    due.sort();
    assert_eq!(due, ["8.00 EUR", "800 JPY"]);
    is_clean(&home);
}

#[test]
fn a_group_that_a_limit_refused_is_granted_beyond_it() {
    let home = with(
        "on = \"qualified\", every = 2, give = { percent = \"10%\" }, limits = [{ per = \"referrer\", value = \"15 EUR\" }]",
        &["bob", "cyd"],
    );
    buy(&home, 2, "o1", "bob", "100 EUR");
    buy(&home, 3, "o2", "cyd", "100 EUR");
    let refused = json(&well(&home.run(&["rewards", "refused", "friends", "--because", "limit_reached", "--json"])));
    let group = refused[0]["key"].as_str().unwrap();
    let within = home.run(&["--now", "2026-05-04T12:00:00Z", "rewards", "grant", group, "--why", "promised"]);
    assert!(!within.status.success() && out(&within).contains("declined: limit_reached"), "{}", out(&within));
    at(&home, 5, &["rewards", "grant", group, "--beyond-limits", "--why", "promised"]);
    assert_eq!(each(&home, "due", "due"), ["20.00 EUR"]);
    is_clean(&home);
}
