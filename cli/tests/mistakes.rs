//! What is answered to mistakes: what is wrong, what to do, and an exit code that tells a wrong command line from a refusal.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::io::Read as _;
use std::process::Stdio;

use common::{Home, err, out, well};
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

#[test]
fn a_wrong_command_line_ends_with_2_and_a_refusal_with_1_each_with_help() {
    let home = Home::with_program();
    home.write("wrong.toml", "name = 'x'");
    home.write("no.sqlite", "this is no database, although it is long enough to be one".repeat(20).as_str());
    for (arguments, exit, told) in [
        (&["--help"][..], 0, "Exit codes: 0 done"),
        (&["--version"], 0, "referrals 0."),
        (&["audit"], 0, "0 differences"),
        (&[], 2, "Usage: referrals"),
        (&["audt"], 2, "'audit'"),
        (&["leaderbord", "friends"], 2, "'leaderboard'"),
        (&["rewards", "isue", "friends"], 2, "'issue'"),
        (&["campaign", "chekc", "friends.toml"], 2, "'check'"),
        (&["metrics", "friends", "--htlm", "x"], 2, "'--html'"),
        (&["metrics", "Not A Name"], 2, "invalid value"),
        (&["export", "-", "--table", "rewrd"], 2, "'reward'"),
        (&["export", "-"], 2, "help: say which one by `--table reward`"),
        (&["rewards", "issue", "thanks", "--reference", "x"], 2, "is no key of a reward"),
        (&["person", "export", "email:nobody"], 2, "email: "),
        (&["upload", "friends.toml"], 2, "help: say it by `--content invitees`"),
        (&["campaign", "check", "wrong.toml"], 1, "wrong.toml:"),
        (&["campaign", "check", "nowhere.toml"], 1, "nowhere.toml"),
        (&["metrics", "freinds"], 1, "help: is it `friends`?"),
        (&["rewards", "due", "frends"], 1, "help: is it `friends`?"),
        (&["metrics", "spring"], 1, "help: `referrals campaign list` lists the campaigns"),
        (&["explain", "referral", "friends", "nobody"], 1, "help: people are named by"),
        (&["explain", "conversion", "shop", "no-such"], 1, "error: no "),
        (
            &["referral", "mark", "friends", "friend 1 of ada", "lost", "--by", "a\nb"],
            1,
            "help: the actor is what `--by` says",
        ),
        (&["conversion", "void", "shop", "ada-2", "--why", "a\nb"], 1, "help: the reason is what `--why` says"),
        (&["referral", "moderate", "friends", "ada", "denyed"], 2, "'denied'"),
        (&["referral", "moderate", "friends", "ada", "denied"], 1, "declined: no_referral"),
        (
            &["person", "enrol", "friends", "id:01890000-0000-7000-8000-000000000000"],
            2,
            "names nobody who could be new",
        ),
        (&["person", "link", "friends", "ada", "--utm", "may"], 2, "help: say it by `--utm campaign=may`"),
        (&["rewards", "due", "friends", "--state", "isued"], 2, "'issued'"),
        (&["--now", "yesterday", "audit"], 2, "--now"),
    ] {
        let output = home.run(arguments);
        let text = out(&output) + &err(&output);
        assert_eq!(output.status.code(), Some(exit), "{arguments:?}: {text}");
        assert!(text.contains(told), "{arguments:?}: {text}");
    }
    for (url, told) in [("sqlite:no.sqlite", "`no.sqlite`"), ("sqlite:.", "`.`")] {
        let output = home.bare(&["--db", url, "--keyring", "keyring.toml", "audit"]);
        assert_eq!(output.status.code(), Some(1), "{url}: {}", err(&output));
        assert!(err(&output).contains(told), "{url}: {}", err(&output));
    }
}

#[test]
fn errors_are_documents_too() {
    let home = Home::with_program();
    for (arguments, code, help) in [
        (["--json", "metrics", "freinds"], "not_found", "is it `friends`?"),
        (["--json", "leaderbord", "friends"], "usage", "a similar subcommand exists: 'leaderboard'"),
        (["export", "-", "--json"], "usage", ""),
    ] {
        let output = home.run(&arguments);
        assert_eq!(out(&output), "");
        let document = json(&err(&output));
        assert_eq!(document["error"]["code"], code, "{document}");
        assert_eq!(document["error"]["help"].as_str().unwrap_or_default(), help, "{document}");
    }
}

#[test]
fn a_store_that_is_not_there_is_named_and_not_made() {
    let home = Home::new();
    let before = home.names("");
    for arguments in [
        &["audit"][..],
        &["campaign", "list"],
        &["settle"],
        &["metrics", "friends"],
        &["export", "backup"],
        &["upload", "friends.toml", "--content", "referrers"],
        &["person", "erase", "ada", "--yes"],
    ] {
        let output = home.run(arguments);
        let told = err(&output);
        let path = home.path("shop.sqlite").display().to_string();
        assert!(told.contains(&format!("there is no store at `{path}`")) && told.contains("help: "), "{told}");
        assert_eq!(output.status.code(), Some(1));
    }
    assert_eq!(well(&home.run(&["campaign", "define", "friends.toml", "--dry-run"])), "`friends` would be new\n");
    assert_eq!(home.names(""), before);
    // Neither is an empty file: a disk was full, or a copy failed.
    std::fs::write(home.path("shop.sqlite"), "").unwrap();
    let output = home.run(&["audit"]);
    assert!(err(&output).contains("is empty") && output.status.code() == Some(1), "{}", err(&output));
    assert_eq!(std::fs::metadata(home.path("shop.sqlite")).unwrap().len(), 0);
}

#[test]
fn secrets_come_from_a_file_or_a_named_variable_and_are_never_told() {
    let home = Home::new();
    well(&home.run(&["campaign", "define", "friends.toml"]));
    let text = std::fs::read_to_string(home.path("keyring.toml")).unwrap();
    let (url, secret) = (home.url(), "02".repeat(32));
    let with = |text: &str| {
        let mut command = home.command(env!("CARGO_BIN_EXE_referrals"));
        command.args(["--db", &url, "--keyring-env", "SHOP_KEYS", "campaign", "list"]).env("SHOP_KEYS", text);
        command.output().unwrap()
    };
    assert!(well(&with(&text)).contains("friends"));
    for (wrong, message) in [
        (text.replace("alias_key", "alias-key"), "the keyring cannot be read from line"),
        (text.replace("alias_key = ", "alias_key "), "the keyring cannot be read from line 1 on"),
        (text.replace(&secret, &secret[1..]), "`alias_key` is no secret"),
        (format!("{{\"alias_key\": [\"{secret}\"]}}"), "the keyring cannot be read from line 1 on"),
        (text.replace(&secret, &"09".repeat(32)), "help: this store was begun with other secrets"),
    ] {
        let output = with(&wrong);
        let told = out(&output) + &err(&output);
        assert!(!output.status.success() && told.contains(message), "{message}: {told}");
        assert!(!told.contains(&secret[2..20]) && !told.contains("0909"), "{told}");
    }
    let named = home
        .command(env!("CARGO_BIN_EXE_referrals"))
        .args(["--db", &url, "campaign", "list"])
        .env("REFERRALS_KEYRING", "keyring.toml")
        .output();
    assert!(well(&named.unwrap()).contains("friends"));
    for (arguments, message, exit) in [
        (vec!["campaign", "list"], "no store is given", 2),
        (vec!["--db", "memory:", "campaign", "list"], "no keyring is given", 2),
        (vec!["--db", "memory:", "--keyring-env", "NO_SUCH", "audit"], "`NO_SUCH` is not set", 2),
        (
            vec!["--db", "postgres://me:hunter2@host/db", "--keyring", "keyring.toml", "audit"],
            "no store for the scheme",
            2,
        ),
        (vec!["--db", "memory:", "--keyring", "nowhere.toml", "audit"], "nowhere.toml", 1),
    ] {
        let output = home.bare(&arguments);
        let told = err(&output);
        assert!(told.contains(message) && told.contains("help: ") && !told.contains("hunter2"), "{told}");
        assert_eq!(output.status.code(), Some(exit), "{told}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let home = Home::with_program();
    let url = home.url();
    let gone = |arguments: &[&str]| {
        let mut command = home.command(env!("CARGO_BIN_EXE_referrals"));
        command.args(["--db", &url, "--keyring", "keyring.toml"]).args(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        (child.wait().unwrap().code(), told)
    };
    for arguments in [
        &["metrics", "friends"][..],
        &["--help"],
        &["completions", "zsh"],
        &["export", "-", "--table", "receipt"],
        &["export", "-", "--table", "receipt", "--format", "jsonl"],
        &["person", "export", "ada"],
    ] {
        assert_eq!(gone(arguments), (Some(0), String::new()), "{arguments:?}");
    }
    // Nor is it one more to nobody being there to read the error.
    let mut command = home.command(env!("CARGO_BIN_EXE_referrals"));
    let mut child = command.args(["audit"]).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stderr.take());
    assert_eq!(child.wait().unwrap().code(), Some(2));
}

#[cfg(target_os = "linux")]
#[test]
fn an_answer_that_cannot_be_written_is_a_failure() {
    let home = Home::with_program();
    let url = home.url();
    for arguments in [&["campaign", "list"][..], &["export", "-", "--table", "receipt"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let mut command = home.command(env!("CARGO_BIN_EXE_referrals"));
        command.args(["--db", &url, "--keyring", "keyring.toml"]).args(arguments);
        let output = command.stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments:?}");
        assert!(err(&output).starts_with("error: "), "{}", err(&output));
    }
}
