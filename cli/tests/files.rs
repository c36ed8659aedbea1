//! Who can read the files that are written, which files are read, and that no planted link is followed.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod common;

use std::fs::{self, File, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use common::{Home, err, out, well};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Runs over another store than the program's.
fn over(home: &Home, store: &str, arguments: &[&str]) -> Output {
    home.bare(&[&["--db", &format!("sqlite:{store}"), "--keyring", "keyring.toml"], arguments].concat())
}

/// Makes a pipe to which nobody ever writes.
fn pipe(path: &Path) {
    assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn stores_keyrings_and_exports_can_be_read_by_their_owner_alone() {
    let home = Home::with_program();
    well(&home.run(&["export", "backup"]));
    well(&over(&home, "restored.sqlite", &["restore", "backup"]));
    well(&over(&home, "defined.sqlite", &["campaign", "define", "friends.toml"]));
    well(&home.bare(&["keyring", "new.toml"]));
    for name in ["shop.sqlite", "restored.sqlite", "defined.sqlite", "new.toml", "backup/export.json"] {
        assert_eq!(mode(&home.path(name)), 0o600, "{name}");
    }
}

#[test]
fn a_keyring_that_others_can_read_or_write_is_warned_of_once_and_works() {
    let home = Home::with_program();
    for (given, told) in [
        (0o600, None),
        (0o400, None),
        (0o640, Some("others can read the keyring `")),
        (0o604, Some("others can read the keyring `")),
        (0o620, Some("others can write the keyring `")),
        (0o666, Some("others can read and write the keyring `")),
    ] {
        fs::set_permissions(home.path("keyring.toml"), Permissions::from_mode(given)).unwrap();
        let output = home.run(&["audit"]);
        well(&output);
        let warnings = err(&output).matches("warning: ").count();
        assert_eq!(warnings, usize::from(told.is_some()), "{given:o}: {}", err(&output));
        assert!(told.is_none_or(|told| err(&output).contains(told)), "{given:o}: {}", err(&output));
    }
}

/// The name of a store that is being restored was made of its process's number, which others can foretell.
#[test]
fn planted_links_are_not_followed_by_a_restore() {
    let home = Home::with_program();
    well(&home.run(&["export", "backup"]));
    home.write("precious", "kept");
    let child = Command::new("sh").args(["-c", "echo $$"]).output().unwrap();
    let number: u32 = String::from_utf8(child.stdout).unwrap().trim().parse().unwrap();
    for planted in number..number + 2_000 {
        symlink(home.path("precious"), home.path(&format!("again.sqlite.{planted}.partial"))).unwrap();
    }
    well(&over(&home, "again.sqlite", &["restore", "backup"]));
    assert_eq!(fs::read_to_string(home.path("precious")).unwrap(), "kept");
    assert!(!fs::symlink_metadata(home.path("again.sqlite")).unwrap().is_symlink());
    assert!(!home.names("").iter().any(|name| name.starts_with(".restore-")), "nothing is left of the folder");

    // A link in place of the store itself, and logs that would be taken for the store's.
    symlink(home.path("new-precious"), home.path("link.sqlite")).unwrap();
    let refused = over(&home, "link.sqlite", &["restore", "backup"]);
    assert!(err(&refused).contains("link.sqlite"), "{}", err(&refused));
    assert!(!home.path("new-precious").exists());
    home.write("logged.sqlite-wal", "of another database");
    let refused = over(&home, "logged.sqlite", &["restore", "backup"]);
    assert!(err(&refused).contains("logged.sqlite-wal"), "{}", err(&refused));
    assert!(!home.path("logged.sqlite").exists());
}

#[test]
fn a_restore_takes_a_store_whose_name_holds_odd_letters() {
    let home = Home::with_program();
    well(&home.run(&["export", "backup"]));
    fs::create_dir(home.path("a ? b")).unwrap();
    // Behind the `?` stand options: the folder is not reached by a URL.
    let refused = over(&home, "a ? b/r.sqlite", &["restore", "backup"]);
    assert_eq!(refused.status.code(), Some(2), "{}", err(&refused));
    fs::create_dir(home.path("a # b")).unwrap();
    well(&over(&home, "a # b/r.sqlite", &["restore", "backup"]));
    assert!(home.path("a # b/r.sqlite").exists());
}

#[test]
fn options_of_sqlite_are_a_mistake_on_the_command_line_and_make_no_file() {
    let home = Home::new();
    let before = home.names("");
    for url in ["file:x.sqlite?cache=shared", "x.sqlite?mode=memory", "file:x.sqlite"] {
        let refused = over(&home, url, &["campaign", "define", "friends.toml"]);
        assert_eq!(refused.status.code(), Some(2), "{url}: {}", err(&refused));
        assert_eq!(home.names(""), before, "{url}");
    }
}

/// Runs the command line, and ends it if it does not end by itself.
fn soon(home: &Home, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = home.command(env!("CARGO_BIN_EXE_referrals"));
    command.args(["--db", "sqlite:shop.sqlite"]).args(arguments);
    let told = home.path("told");
    command.stderr(File::create(&told).unwrap()).stdout(Stdio::null());
    let (mut child, began) = (command.spawn().unwrap(), Instant::now());
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), fs::read_to_string(&told).unwrap());
        }
        if began.elapsed() > Duration::from_secs(20) {
            child.kill().unwrap();
            child.wait().unwrap();
            return (None, "it hung".to_owned());
        }
        std::thread::yield_now();
    }
}

#[test]
fn pipes_and_endless_devices_are_refused_wherever_a_file_is_read() {
    let home = Home::with_program();
    well(&home.run(&["export", "backup"]));
    well(&home.run(&["export", "tables"]));
    for (what, make) in [("pipe", &pipe as &dyn Fn(&Path)), ("device", &|path| symlink("/dev/zero", path).unwrap())] {
        for planted in ["backup/export.json", "tables/reward.csv", "planted.toml", "planted.csv", "planted.json"] {
            let _ = fs::remove_file(home.path(planted));
            make(&home.path(planted));
        }
        let keyring = ["--keyring", "keyring.toml"];
        for arguments in [
            &["restore", "backup", "--db", "sqlite:new.sqlite"][..],
            &["restore", "tables", "--db", "sqlite:new.sqlite"],
            &["upload", "planted.csv", "--content", "invitees", "--campaign", "friends"],
            &["upload", "friends.toml", "--mapping", "planted.toml"],
            &["campaign", "check", "planted.toml"],
            &["campaign", "define", "planted.json"],
        ] {
            let (code, told) = soon(&home, &[&keyring[..], arguments].concat());
            assert_eq!(code, Some(1), "{what}: {arguments:?}: {told}");
            assert!(told.contains("no regular file"), "{what}: {arguments:?}: {told}");
        }
        let (code, told) = soon(&home, &["--keyring", "planted.toml", "audit"]);
        assert_eq!(code, Some(1), "{what}: {told}");
        assert!(told.contains("no regular file"), "{what}: {told}");
        // An export that replaces another does not read the list of that either.
        let (code, told) = soon(&home, &[&keyring[..], &["export", "backup", "--replace"]].concat());
        assert_eq!(code, Some(0), "{what}: {told}");
        well(&home.run(&["export", "tables", "--replace"]));
    }
}

#[test]
fn files_that_are_read_at_once_have_a_greatest_size() {
    let home = Home::with_program();
    let large = "# \n".repeat(2_000_000);
    home.write("large.toml", &large);
    for arguments in [&["campaign", "check", "large.toml"][..], &["--keyring", "large.toml", "audit"]] {
        let (code, told) = soon(&home, &[&["--keyring-env", "NONE"][..0], arguments].concat());
        assert_eq!(code, Some(1), "{arguments:?}: {told}");
        assert!(told.contains("more than the 4194304 bytes"), "{arguments:?}: {told}");
    }
    // One of that size is read.
    home.write("fits.toml", &format!("{}{}", common::CAMPAIGN, "#".repeat(4_194_304 - common::CAMPAIGN.len())));
    let output = home.bare(&["campaign", "check", "fits.toml"]);
    assert!(!err(&output).contains("more than"), "{}{}", out(&output), err(&output));
}
