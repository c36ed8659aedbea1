//! A folder with a keyring and a store that a program wrote to, and the command line over it.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::PathBuf;
use std::process::{Command, Output};

use referrals::command::{DefineCampaign, Enrol, EvidenceGiven, Person, RecordClick, RecordConversion, RecordLead};
use referrals::value::Timestamp;
use referrals::{CampaignModel, KeyState, Keyring, ManualClock, Referrals, Secret};
use tempfile::TempDir;

/// A campaign whose rewards are due at once.
pub(crate) const CAMPAIGN: &str = r#"
name = "friends"
title = "Friends <script>alert('1')</script> & more"
link_host = "go.shop.example"
leaderboard = ["qualified", "leads", "revenue"]
limits = [{ per = "campaign", value = "5000 EUR" }]
rewards = [{ id = "thanks", to = "referrer", on = "qualified", give = { percent = "10%" } }]
"#;

/// The folder of a test.
pub(crate) struct Home(TempDir);

impl Home {
    /// With a keyring and nothing else.
    pub(crate) fn new() -> Self {
        let home = Self(tempfile::tempdir().unwrap());
        let hex = |byte: u8| format!("{byte:02x}").repeat(32);
        let link = format!("[[link_keys]]\nid = 1\nsecret = '{}'\nstate = 'active'\n", hex(1));
        home.write("keyring.toml", &format!("alias_key = '{}'\nlookup_key = '{}'\n{link}", hex(2), hex(3)));
        #[cfg(unix)]
        {
            let private = std::os::unix::fs::PermissionsExt::from_mode(0o600);
            std::fs::set_permissions(home.path("keyring.toml"), private).unwrap();
        }
        home.write("friends.toml", CAMPAIGN);
        home
    }

    /// With a program of three referrers over the first days of May 2026.
    pub(crate) fn with_program() -> Self {
        let home = Self::new();
        home.program();
        home
    }

    /// A path in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).display().to_string()
    }

    /// The URL of its store.
    pub(crate) fn url(&self) -> String {
        format!("sqlite:{}", self.path("shop.sqlite").display())
    }

    /// Its store, as a backend opens it.
    pub(crate) fn open(&self, clock: ManualClock) -> Referrals {
        open(&self.url(), clock)
    }

    fn program(&self) {
        let clock = ManualClock::at("2026-05-01T08:00:00Z".parse::<Timestamp>().unwrap());
        let referrals = self.open(clock.clone());
        let definition = CampaignModel::from_toml(CAMPAIGN).unwrap();
        let campaign = definition.name.clone();
        referrals.execute(DefineCampaign::new(definition)).unwrap();
        for (number, name) in ["ada", "ben", "cleo"].into_iter().enumerate() {
            let enrolled = referrals.execute(Enrol::new(&campaign, Person::by_host_id(name).unwrap())).unwrap();
            let enrolled = enrolled.outcome.accepted().unwrap();
            for day in 1..=9 {
                clock.set(format!("2026-05-0{day}T1{number}:00:00Z").parse().unwrap());
                for visitor in 0..day * (3 - number) {
                    let visitor = Some(format!("{name} {day} {visitor}"));
                    let agent = Some("Mozilla/5.0 Firefox/140.0".to_owned());
                    let click = RecordClick { visitor, user_agent: agent, ..RecordClick::new(&enrolled.link) };
                    referrals.execute(click).unwrap();
                }
                let friend = || Person::by_host_id(&format!("friend {day} of {name}")).unwrap();
                let evidence = EvidenceGiven::by_code(enrolled.code.clone());
                referrals.execute(RecordLead::new(&campaign, friend(), evidence)).unwrap();
                if day % (number + 2) == 0 {
                    let order = format!("{name}-{day}");
                    let bought = RecordConversion::purchase("shop", &order, friend(), "80 EUR").unwrap();
                    referrals.execute(bought).unwrap();
                }
            }
        }
    }

    /// Runs the command line with the store and its keyring.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let keyring = self.path("keyring.toml").display().to_string();
        self.bare(&[&["--db", self.url().as_str(), "--keyring", keyring.as_str()], arguments].concat())
    }

    /// Runs the command line with nothing.
    pub(crate) fn bare(&self, arguments: &[&str]) -> Output {
        self.command(env!("CARGO_BIN_EXE_referrals")).args(arguments).output().unwrap()
    }

    /// A program to run in this folder, which learns nothing of the store from outside.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.0.path());
        for name in ["REFERRALS_DB", "REFERRALS_KEYRING", "REFERRALS_TENANT"] {
            command.env_remove(name);
        }
        command
    }

    /// The names of what is in the folder or below it, in order.
    pub(crate) fn names(&self, below: &str) -> Vec<String> {
        let entries = std::fs::read_dir(self.path(below)).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

/// A store with the keyring of these tests.
pub(crate) fn open(url: &str, clock: ManualClock) -> Referrals {
    let keyring = Keyring::builder()
        .link_key(1, Secret::new([1; 32]), KeyState::Active)
        .alias_key(Secret::new([2; 32]))
        .lookup_key(Secret::new([3; 32]))
        .build()
        .unwrap();
    Referrals::builder(keyring).clock(clock).open(url).unwrap()
}

/// What a run that went well printed.
pub(crate) fn well(output: &Output) -> String {
    assert!(output.status.success(), "{}{}", out(output), err(output));
    out(output)
}

/// What a run printed.
pub(crate) fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// What a run complained of.
pub(crate) fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}
