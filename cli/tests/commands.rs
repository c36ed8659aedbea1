//! The command line, typed as an operator types it.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use common::{CAMPAIGN, Home, err, out, well};
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_campaign_is_checked_compared_defined_and_listed() {
    let home = Home::new();
    assert_eq!(well(&home.bare(&["campaign", "check", "friends.toml"])), "0 mistakes, 0 warnings\n");
    home.write("wrong.toml", &CAMPAIGN.replace("percent", "percnt"));
    let wrong = home.bare(&["campaign", "check", "wrong.toml"]);
    assert!(!wrong.status.success());
    assert!(out(&wrong).starts_with("wrong.toml:6:"), "{}", out(&wrong));
    let document = json(&out(&home.bare(&["--json", "campaign", "check", "wrong.toml"])));
    assert_eq!(document["warnings"], serde_json::json!([]));

    home.write("new.toml", &CAMPAIGN.replace("10%", "12%"));
    let changed = "rewards[thanks].give: `{\"percent\":\"10%\"}` becomes `{\"percent\":\"12%\"}`";
    assert_eq!(well(&home.bare(&["campaign", "diff", "friends.toml", "new.toml"])), format!("{changed}\n"));
    assert_eq!(well(&home.run(&["campaign", "define", "friends.toml", "--dry-run"])), "`friends` would be new\n");
    assert_eq!(well(&home.run(&["campaign", "define", "friends.toml"])), "version 1 of `friends` is current now\n");
    assert_eq!(
        well(&home.run(&["campaign", "define", "friends.toml"])),
        "version 1 of `friends` was current already\n"
    );
    let told = well(&home.run(&["campaign", "define", "new.toml", "--dry-run"]));
    assert_eq!(told, format!("version 1 of `friends` is current\n{changed}\n"));
    assert!(well(&home.run(&["campaign", "list"])).contains("friends"));
    assert_eq!(json(&well(&home.run(&["campaign", "list", "--json"])))[0]["version"], 1);
}

#[test]
fn what_is_due_is_handed_over_once_and_explained() {
    let home = Home::with_program();
    let due = json(&well(&home.run(&["rewards", "due", "friends", "--json"])));
    let due = due.as_array().unwrap();
    assert_eq!(due.len(), 4 + 3 + 2);
    let key = due[0]["key"].as_str().unwrap();
    assert!(well(&home.run(&["rewards", "due", "friends"])).contains(key));

    let issue = |more: &[&str]| home.run(&[&["rewards", "issue", "--reference", "transfer 7"], more].concat());
    assert!(well(&issue(&[key, "--dry-run"])).contains("would be issued"));
    assert!(well(&issue(&[key])).contains("issued"));
    let again = issue(&[key]);
    assert!(!again.status.success() && out(&again).contains("declined: reward_state"), "{}", out(&again));
    assert!(well(&issue(&["--all-due", "friends"])).lines().count() > 8);
    assert_eq!(well(&home.run(&["rewards", "due", "friends"])), "none\n");

    assert!(well(&home.run(&["explain", "reward", key])).contains("8.00 EUR is issued"));
    let referral = well(&home.run(&["explain", "referral", "friends", "friend 2 of ada"]));
    assert!(referral.contains("the referral is qualified, by code"), "{referral}");
    assert!(well(&home.run(&["explain", "conversion", "shop", "ada-2"])).contains("granted: 8.00 EUR"));
    let unknown = home.run(&["explain", "referral", "friends", "host:nobody"]);
    assert_eq!(err(&unknown), "error: no participant `with this host id`\n");
}

#[test]
fn a_program_is_counted_ranked_settled_and_audited() {
    let home = Home::with_program();
    let days = ["--from", "2026-05-01", "--until", "2026-05-11"];
    let metrics = well(&home.run(&[&["metrics", "friends"], &days[..]].concat()));
    for row in ["enrolled", "clicks", "9 of 27", "720.00 EUR", "still to be handed over"] {
        assert!(metrics.contains(row), "{row} in\n{metrics}");
    }
    let funnel = json(&well(&home.run(&[&["metrics", "friends", "--json"], &days[..]].concat())));
    assert_eq!(funnel["funnel"]["total"]["leads"], 27);
    assert_eq!(funnel["funnel"]["total"]["clicks"], 45 * (3 + 2 + 1));

    let board = json(&well(&home.run(&["leaderboard", "friends", "--json"])));
    let values: Vec<_> = board["places"].as_array().unwrap().iter().map(|place| place["value"].clone()).collect();
    assert_eq!(values, [4, 3, 2]);
    assert_eq!(well(&home.run(&["leaderboard", "friends", "--month", "2026-06"])), "none\n");
    assert_eq!(well(&home.run(&["settle"])), "0 done, 0 obsolete, 0 failed\n");
    assert!(well(&home.run(&["audit"])).ends_with(" 0 differences\n"));
}

#[test]
fn an_upload_is_rehearsed_done_and_done_only_once() {
    let home = Home::with_program();
    home.write("more.csv", "host_id,referrer_host_id\nzoe,ada\nyan,nobody\n,ada\n");
    let upload = |more: &[&str]| {
        home.run(&[&["upload", "more.csv", "--content", "invitees", "--campaign", "friends"], more].concat())
    };
    let rehearsed = upload(&["--dry-run"]);
    assert!(out(&rehearsed).starts_with("a dry run, nothing was written: 3 rows"), "{}", out(&rehearsed));
    let lost = home.run(&["explain", "referral", "friends", "zoe"]);
    assert!(!lost.status.success());
    let done = upload(&["--report", "rows.jsonl"]);
    assert!(!done.status.success() && out(&done).contains("1 applied"), "{}", out(&done));
    assert_eq!(std::fs::read_to_string(home.path("rows.jsonl")).unwrap().lines().count(), 3);
    let again = json(&out(&upload(&["--json"])));
    assert_eq!(again["summary"]["results"]["already"], 1, "{again}");
    well(&home.run(&["explain", "referral", "friends", "zoe"]));
    assert!(err(&home.run(&["upload", "more.csv"])).contains("help: say it by `--content invitees`"));
}

#[test]
fn secrets_come_from_a_file_or_a_named_variable_and_are_never_told() {
    let home = Home::new();
    let text = std::fs::read_to_string(home.path("keyring.toml")).unwrap();
    let (url, secret) = (home.url(), "02".repeat(32));
    let with = |text: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_referrals"));
        command.args(["--db", &url, "--keyring-env", "SHOP_KEYS", "campaign", "list"]).env("SHOP_KEYS", text);
        command.output().unwrap()
    };
    assert_eq!(well(&with(&text)), "none\n");
    for (wrong, message) in [
        (text.replace("alias_key", "alias-key"), "the keyring cannot be read from line"),
        (text.replace("alias_key = ", "alias_key "), "the keyring cannot be read from line 1 on"),
        (text.replace(&secret, &secret[1..]), "`alias_key` is no secret"),
        (format!("{{\"alias_key\": [\"{secret}\"]}}"), "the keyring cannot be read from line 1 on"),
        (text.replace(&secret, &"09".repeat(32)), "keyring"),
    ] {
        let output = with(&wrong);
        let told = out(&output) + &err(&output);
        assert!(!output.status.success() && told.contains(message), "{message}: {told}");
        assert!(!told.contains(&secret[2..20]) && !told.contains("0909"), "{told}");
    }
    for (arguments, message) in [
        (vec!["campaign", "list"], "no store is given"),
        (vec!["--db", "memory:", "campaign", "list"], "no keyring is given"),
        (vec!["--db", "memory:", "--keyring-env", "NO_SUCH", "audit"], "`NO_SUCH` is not set"),
        (vec!["--db", "memory:", "--keyring", "nowhere.toml", "audit"], "nowhere.toml"),
    ] {
        let told = err(&home.bare(&arguments));
        assert!(told.contains(message) && told.contains("help: "), "{told}");
    }
}

#[test]
fn a_keyring_is_made_once_for_its_owner_alone_and_opens_a_store() {
    let home = Home::new();
    well(&home.bare(&["keyring", "new.toml"]));
    assert!(err(&home.bare(&["keyring", "new.toml"])).contains("new.toml"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(home.path("new.toml")).unwrap().permissions().mode() & 0o777, 0o600);
    }
    well(&home.bare(&["--db", "memory:", "--keyring", "new.toml", "audit"]));
}

#[test]
fn mistakes_are_answered_with_help_and_shells_complete() {
    let home = Home::with_program();
    let unknown = home.run(&["metrics", "freinds"]);
    assert!(err(&unknown).contains("help: `referrals campaign list`"), "{}", err(&unknown));
    let document = json(&err(&home.run(&["--json", "metrics", "freinds"])));
    assert_eq!(document["error"]["code"], "not_found");
    assert!(err(&home.run(&["leaderbord", "friends"])).contains("leaderboard"));
    assert!(err(&home.run(&["rewards", "issue", "thanks", "--reference", "x"])).contains("is no key of a reward"));
    assert_eq!(home.bare(&[]).status.code(), Some(2));
    for shell in ["bash", "zsh", "fish"] {
        assert!(well(&home.bare(&["completions", shell])).contains("leaderboard"), "{shell}");
    }
}
