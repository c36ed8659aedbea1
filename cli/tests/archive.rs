//! Exports and their restores: whole or not at all, never over what is there, and audited.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod common;

use std::fs;
use std::process::Output;

use common::{Home, err, out, well};
use referrals::ManualClock;
use referrals::command::{Enrol, Person};
use referrals::record::Kind;
use serde_json::Value;

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// Runs over another store than the program's.
fn over(home: &Home, store: &str, arguments: &[&str]) -> Output {
    home.bare(&[&["--db", &format!("sqlite:{store}"), "--keyring", "keyring.toml"], arguments].concat())
}

#[test]
fn an_export_read_back_is_the_same_store() {
    let home = Home::with_program();
    for format in ["csv", "jsonl"] {
        let (first, second, store) = (format!("{format}-1"), format!("{format}-2"), format!("{format}.sqlite"));
        let told = json(&well(&home.run(&["export", &first, "--format", format, "--json"])));
        assert_eq!(told["export"]["files"][format!("referral.{format}")]["records"], 27);
        let restored = json(&well(&over(&home, &store, &["restore", &first, "--json"])));
        assert_eq!(restored["records"], told["records"]);
        assert!(well(&over(&home, &store, &["audit"])).ends_with(" 0 differences\n"));
        well(&over(&home, &store, &["export", &second, "--format", format]));
        let names = home.names(&first);
        assert_eq!((names.len(), &names), (Kind::ALL.len() + 1, &home.names(&second)));
        for name in names.iter().filter(|name| *name != "export.json") {
            let read = |folder: &str| fs::read(home.path(folder).join(name)).unwrap();
            assert!(read(&first) == read(&second), "{name}");
        }
        #[cfg(unix)]
        for name in &names {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: std::path::PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!(mode(home.path(&first).join(name)), 0o600, "{name}");
            assert_eq!(mode(home.path(&first)), 0o700);
        }
    }
    // An export of a program, without a list, needs its form.
    fs::remove_file(home.path("csv-1").join("export.json")).unwrap();
    assert!(well(&over(&home, "listless.sqlite", &["restore", "csv-1", "--format", "csv"])).contains("no difference"));
    // An export is tried out in memory.
    assert!(
        well(&home.bare(&["--db", "memory:", "--keyring", "keyring.toml", "restore", "csv-2"]))
            .contains("no difference")
    );
}

#[test]
fn nothing_is_overwritten_unless_it_is_asked() {
    let home = Home::with_program();
    well(&home.run(&["export", "backup"]));
    fs::write(home.path("backup/notes.txt"), "mine").unwrap();
    let before = fs::read(home.path("backup/export.json")).unwrap();
    for format in ["csv", "jsonl"] {
        let refused = home.run(&["export", "backup", "--format", format]);
        assert!(err(&refused).contains("is there already\nhelp: `--replace`"), "{}", err(&refused));
        assert_eq!(refused.status.code(), Some(1));
        assert_eq!(fs::read(home.path("backup/export.json")).unwrap(), before);
    }
    well(&home.run(&["export", "backup", "--format", "jsonl", "--replace"]));
    let names = home.names("backup");
    assert_eq!(names.len(), Kind::ALL.len() + 2);
    assert!(names.contains(&"notes.txt".to_owned()) && !names.iter().any(|name| name.ends_with(".csv")), "{names:?}");
    well(&over(&home, "again.sqlite", &["restore", "backup"]));

    let refused = over(&home, "again.sqlite", &["restore", "backup"]);
    assert!(err(&refused).contains("the tenant is not empty"), "{}", err(&refused));
    assert!(well(&over(&home, "again.sqlite", &["audit"])).ends_with(" 0 differences\n"));
}

/// The system ends the program when a file grows beyond a limit: a death in the middle of an export, at the same place each
/// time.
#[cfg(unix)]
#[test]
fn an_export_that_dies_on_its_way_is_none() {
    let home = Home::with_program();
    let dies = |arguments: &str| {
        let script = format!(
            "ulimit -c 0; ulimit -f 128; exec '{}' --db '{}' --keyring keyring.toml {arguments}",
            env!("CARGO_BIN_EXE_referrals"),
            home.url()
        );
        let status = home.command("sh").args(["-c", &script]).status().unwrap();
        assert_eq!(status.code(), None, "it was to die");
    };
    dies("export backup");
    let names = home.names("backup");
    assert!(!names.is_empty() && names.iter().all(|name| name.ends_with(".partial")), "{names:?}");
    let refused = over(&home, "again.sqlite", &["restore", "backup"]);
    assert!(err(&refused).contains("holds no whole export: `export.json` is missing"), "{}", err(&refused));
    // The next one needs no leave to replace anything.
    well(&home.run(&["export", "backup"]));
    // One that dies while it replaces another leaves that as it was.
    dies("export backup --replace");
    well(&over(&home, "again.sqlite", &["restore", "backup"]));
}

#[test]
fn an_export_that_fails_while_it_replaces_another_is_none() {
    let home = Home::with_program();
    well(&home.run(&["export", "backup"]));
    fs::remove_file(home.path("backup/settings.csv")).unwrap();
    fs::create_dir(home.path("backup/settings.csv")).unwrap();
    let failed = home.run(&["export", "backup", "--replace"]);
    assert!(err(&failed).contains("settings.csv"), "{}", err(&failed));
    let names = home.names("backup");
    assert!(!names.iter().any(|name| name == "export.json" || name.ends_with(".partial")), "{names:?}");
    assert!(err(&over(&home, "again.sqlite", &["restore", "backup"])).contains("holds no whole export"));
}

#[test]
fn a_restore_that_does_not_hold_leaves_no_store_behind() {
    let home = Home::with_program();
    well(&home.run(&["export", "whole"]));
    well(&home.run(&["export", "some", "--table", "reward", "--table", "person"]));
    assert_eq!(home.names("some"), ["export.json", "person.csv", "reward.csv"]);
    let copy = |name: &str, change: &dyn Fn(&str, String) -> Option<String>| {
        fs::create_dir(home.path(name)).unwrap();
        for file in home.names("whole") {
            let text = fs::read_to_string(home.path("whole").join(&file)).unwrap();
            if let Some(text) = change(&file, text) {
                fs::write(home.path(name).join(&file), text).unwrap();
            }
        }
    };
    let is = |file: &str, name: &str| file == name;
    copy("listless", &|file, text| (!is(file, "export.json")).then_some(text));
    copy("less", &|file, text| (!is(file, "alias.csv")).then_some(text));
    // A row less, of a table that no total counts: only the list knows.
    let short = |text: String| text.lines().take(5).map(|line| format!("{line}\r\n")).collect::<String>();
    copy("short", &|file, text| Some(if is(file, "person.csv") { short(text) } else { text }));
    copy("forged", &|file, text| Some(if is(file, "reward.csv") { text.replace(",800,", ",900,") } else { text }));
    copy("odd", &|file, text| Some(if is(file, "reward.csv") { text.replacen(",due,", ",dew,", 1) } else { text }));
    home.write("other.toml", &fs::read_to_string(home.path("keyring.toml")).unwrap().replace("0202", "0404"));
    let before = home.names("");
    for (arguments, told) in [
        (&["restore", "nowhere"][..], "`nowhere`: "),
        (&["restore", "some"], "the export has no `settings.csv`"),
        (&["restore", "listless"], "`export.json` is missing"),
        (&["restore", "less"], "alias.csv"),
        (&["restore", "short"], "bytes, and had"),
        (&["restore", "odd"], "`reward`, line 2"),
        (&["restore", "forged"], "NOT RESTORED: the audit found"),
        (&["restore", "whole", "--tenant", "other"], "help: restore it by `--tenant default`"),
        (&["restore", "whole", "--keyring", "other.toml"], "the keyring does not fit this store"),
    ] {
        let keyring: &[&str] = if arguments.contains(&"--keyring") { &[] } else { &["--keyring", "keyring.toml"] };
        let output = home.bare(&[&["--db", "sqlite:new.sqlite"], keyring, arguments].concat());
        let text = out(&output) + &err(&output);
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: {text}");
        assert!(text.contains(told), "{arguments:?}: {text}");
        assert_eq!(home.names(""), before, "{arguments:?}");
    }
}

#[test]
fn an_export_and_an_audit_are_of_one_moment_while_others_write() {
    let home = Home::with_program();
    let referrals = home.open(ManualClock::at("2026-05-10T08:00:00Z".parse().unwrap()));
    let campaign = "friends".parse().unwrap();
    let url = home.url();
    for (name, job) in [("backup", &["export", "backup"][..]), ("audit", &["audit"])] {
        let mut command = home.command(env!("CARGO_BIN_EXE_referrals"));
        command.args(["--db", &url, "--keyring", "keyring.toml"]).args(job);
        let mut child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
        let mut written = 0;
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            let person = Person::by_host_id(&format!("{name} {written}")).unwrap();
            referrals.execute(Enrol::new(&campaign, person)).unwrap();
            written += 1;
        };
        println!("{name}: {written} people enrolled meanwhile");
        assert!(status.success() && written > 0, "{name}");
    }
    assert!(well(&over(&home, "again.sqlite", &["restore", "backup"])).contains("no difference"));
}

#[test]
fn one_table_goes_to_standard_output() {
    let home = Home::with_program();
    let csv = well(&home.run(&["export", "-", "--table", "referral"]));
    assert_eq!(csv.lines().count(), 28);
    let lines = well(&home.run(&["export", "-", "--table", "referral", "--format", "jsonl"]));
    assert!(lines.lines().all(|line| json(line)["tenant"] == "default"));
    assert_eq!(lines.lines().count(), 27);
}
