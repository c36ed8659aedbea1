//! A campaign with people in it, and short ways to upload and to look.

#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

pub mod program;

use std::collections::BTreeMap;
use std::sync::Arc;

use referral_csv::{Interrupted, Mapping, RowReport, Summary, Upload};
use referrals::command::{DefineCampaign, Enrol, Outcome, Person};
use referrals::record::{Cell, Kind, Record};
use referrals::store::{Listing, MemoryStore, Store, Stored};
use referrals::value::TenantId;
use referrals::{CampaignModel, FixedEntropy, KeyState, Keyring, ManualClock, Referrals, Secret};

pub const NOW: &str = "2026-05-01T12:00:00Z";

pub fn keyring() -> Keyring {
    keyring_with(2)
}

pub fn keyring_with(byte: u8) -> Keyring {
    Keyring::builder()
        .link_key(1, Secret::new([1; 32]), KeyState::Active)
        .alias_key(Secret::new([byte; 32]))
        .lookup_key(Secret::new([3; 32]))
        .build()
        .unwrap()
}

pub const CAMPAIGN: &str = r#"
    name = "spring"
    link_host = "go.example.com"
    limits = [{ id = "budget", per = "campaign", value = ["50 EUR", "50 USD"] }]
    [qualification]
    on = "purchase"
    window = "60 days"
    [[rewards]]
    id = "thanks"
    to = "referrer"
    on = "qualified"
    give = { flat = "1 EUR" }
    [[rewards]]
    id = "share"
    to = "invitee"
    on = "purchase"
    give = { percent = "10%" }
"#;

/// A door to a store, at a time that stands still.
#[derive(Debug)]
pub struct Place {
    pub store: Arc<MemoryStore>,
    pub clock: ManualClock,
    pub referrals: Referrals,
}

impl Place {
    /// With the campaign, and Ada as a referrer. Answers Ada's code.
    pub fn new() -> (Self, String) {
        let place = Self::over(MemoryStore::new(), 1);
        let definition = CampaignModel::from_toml(CAMPAIGN).unwrap();
        place.referrals.execute(DefineCampaign::new(definition)).unwrap();
        let ada = Enrol::new(&"spring".parse().unwrap(), Person::by_host_id("ada").unwrap());
        match place.referrals.execute(ada).unwrap().outcome {
            Outcome::Accepted(ada) => (place, ada.code),
            Outcome::Declined(reason) => panic!("{reason}"),
        }
    }

    pub fn over(store: MemoryStore, seed: u8) -> Self {
        let store = Arc::new(store);
        let clock = ManualClock::at(NOW.parse().unwrap());
        let builder = Referrals::builder(keyring()).clock(clock.clone()).entropy(FixedEntropy::new([seed; 32]));
        let referrals = builder.over(Arc::<MemoryStore>::clone(&store)).unwrap();
        Self { store, clock, referrals }
    }

    /// What a file comes to: each row's report, and the whole.
    pub fn upload(&self, mapping: &str, file: &[u8]) -> (Vec<RowReport>, Result<Summary, Interrupted>) {
        let mut rows = Vec::new();
        let done = upload(mapping).run(&self.referrals, file, |row| rows.push(row));
        (rows, done)
    }

    /// What a dry run says that it would come to.
    pub fn rehearse(&self, mapping: &str, file: &[u8]) -> (Vec<RowReport>, Result<Summary, Interrupted>) {
        let mut rows = Vec::new();
        let done = upload(mapping).rehearse(&self.referrals, file, |row| rows.push(row));
        (rows, done)
    }

    /// Each row as `line result reason`, of an upload that must reach the end of its file.
    pub fn told(&self, mapping: &str, file: &str) -> Vec<String> {
        let (rows, done) = self.upload(mapping, file.as_bytes());
        done.unwrap();
        rows.iter().map(shown).collect()
    }

    pub fn all(&self, kind: Kind) -> Vec<Record> {
        all(&*self.store, kind)
    }

    pub fn count(&self, kind: Kind) -> usize {
        self.all(kind).len()
    }

    /// How many records there are of each kind that has any.
    pub fn counts(&self) -> BTreeMap<&'static str, usize> {
        let counts = Kind::ALL.iter().map(|kind| (kind.table().name, self.count(*kind)));
        counts.filter(|(_, count)| *count > 0).collect()
    }
}

pub fn upload(mapping: &str) -> Upload {
    Upload::new(Mapping::from_toml(mapping).unwrap()).unwrap()
}

pub fn shown(row: &RowReport) -> String {
    let reason = row.reason.as_deref().map(|reason| format!(" {reason}")).unwrap_or_default();
    format!("{} {}{reason}", row.line, row.result.as_str())
}

pub fn all(store: &dyn Store, kind: Kind) -> Vec<Record> {
    stored(store, kind).into_iter().map(|stored| stored.record).collect()
}

pub fn stored(store: &dyn Store, kind: Kind) -> Vec<Stored> {
    let (mut rows, mut request) = (Vec::new(), Listing::All(kind).first(5_000));
    loop {
        let page = store.list(&TenantId::default(), &request).unwrap();
        rows.extend(page.rows);
        match page.next {
            Some(next) => request.after = Some(next),
            None => return rows,
        }
    }
}

/// The records of a kind without what is drawn at random: people by their host id or email, drawn ids left out, in order.
/// Two stores with the same history have the same, however often it was begun.
pub fn told_apart(store: &dyn Store, kind: Kind) -> Vec<Vec<String>> {
    let mut names = BTreeMap::new();
    for record in all(store, Kind::Person) {
        if let Record::Person(person) = record {
            let host_id = person.host_id.as_ref().map(|id| id.as_str().to_owned());
            let email = person.email.as_ref().map(|email| email.0.clone());
            names.insert(person.participant.to_string(), format!("<{}>", host_id.or(email).unwrap_or_default()));
        }
    }
    let mut drawn: BTreeMap<String, String> = BTreeMap::new();
    for record in all(store, Kind::Enrolment) {
        if let Record::Enrolment(enrolment) = record {
            let name = &names[&enrolment.participant.to_string()];
            drawn.insert(enrolment.code.clone(), format!("code of {name}"));
            drawn.insert(String::from(enrolment.grant), format!("grant of {name}"));
        }
    }
    for record in all(store, Kind::Code) {
        if let Record::Code(code) = record {
            drawn.insert(code.shown.clone(), "a code".to_owned());
        }
    }
    let columns = kind.table().columns;
    let mut rows: Vec<Vec<String>> = all(store, kind)
        .iter()
        .map(|record| {
            let cells = record.cells().into_iter().zip(columns);
            cells.map(|(cell, column)| plain(&cell, column.name, &names, &drawn)).collect()
        })
        .collect();
    rows.sort();
    rows
}

fn plain(cell: &Cell, column: &str, names: &BTreeMap<String, String>, drawn: &BTreeMap<String, String>) -> String {
    let mut text = match cell {
        Cell::Null => "null".to_owned(),
        Cell::Integer(number) => number.to_string(),
        Cell::Text(text) => text.clone(),
        Cell::Bytes(bytes) => match <[u8; 16]>::try_from(bytes.as_slice()) {
            Ok(bytes) if column != "hash" => {
                let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
            }
            _ => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
        },
    };
    // The hash of a command stands for people's ids where it names them.
    if matches!(column, "entry" | "notification" | "touch" | "lease" | "command" | "content") {
        return "drawn".to_owned();
    }
    for (from, to) in names.iter().chain(drawn) {
        text = text.replace(from.as_str(), to);
    }
    if matches!(column, "marks" | "moderating" | "hands") {
        let mut hands: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let hands_of = |hand: &mut serde_json::Value| hand.as_object_mut().map(|hand| hand.remove("command"));
        hands.as_array_mut().into_iter().flatten().for_each(|hand| drop(hands_of(hand)));
        hands_of(&mut hands);
        text = hands.to_string();
    }
    if column == "answer" {
        // The token of a link: its grant and its time of minting are in it.
        let mut answer: serde_json::Value = serde_json::from_str(&text).unwrap();
        if let Some(link) = answer.pointer_mut("/0/accepted/enrolled/link") {
            *link = "a link".into();
        }
        text = answer.to_string();
    }
    text
}

/// Everything but what is drawn at random.
pub fn state(store: &dyn Store) -> BTreeMap<&'static str, Vec<Vec<String>>> {
    Kind::ALL.iter().map(|kind| (kind.table().name, told_apart(store, *kind))).collect()
}
