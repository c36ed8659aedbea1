//! Four fresh stores of one program, each of which is told the same facts in another way: by commands, by a file, by a message
//! of another system, and by the command line.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use referral_csv::{Format, Mapping, RowReport, RowResult, Upload, export};
use referral_inbound::{Delivery, Scheme, Secrets, Table, handle};
use referrals::command::{
    AnyCommand, Decision, DefineCampaign, Enrol, EvidenceGiven, Finding, HostFacts, Outcome, Person, RecordConversion,
    RecordLead, RecordRefund, Reference, RefundAmount, Request,
};
use referrals::record::{Data, FurtherId, Kind};
use referrals::value::{CommandKey, Entropy, Timestamp};
use referrals::{CampaignModel, Clock as _, ManualClock, Referrals};
use serde_json::{Value, json};

use crate::common::{Home, open, well};

/// A way in which a fact comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    Commands,
    File,
    Message,
    CommandLine,
}

pub(crate) const WAYS: [Way; 4] = [Way::Commands, Way::File, Way::Message, Way::CommandLine];

/// Which fact: it has the fields of a row of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tells {
    Lead,
    Order,
    Refund,
}

/// A fact: what is told, and its fields by the names that files have for them.
pub(crate) type Fact<'a> = (Tells, &'a [(&'a str, &'a str)]);

/// What the teller is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It is recorded; the reasons why less came of it than may be expected.
    Recorded(Vec<String>),
    /// It was recorded before.
    Known,
    Declined(String),
    /// It is refused. What is wrong names the field.
    Refused(String),
}

/// A program that is told facts in one way.
pub(crate) struct World {
    home: Home,
    way: Way,
    clock: ManualClock,
    /// What is told by this program itself is kept in memory.
    referrals: Option<Referrals>,
    told: u32,
    pub(crate) code: String,
}

impl World {
    /// A campaign of these lines, in which Ada refers.
    pub(crate) fn new(way: Way, lines: &str) -> Self {
        let clock = ManualClock::at("2026-05-01T12:00:00Z".parse().unwrap());
        let referrals = (way != Way::CommandLine).then(|| open("memory:", clock.clone()));
        let mut world = Self { home: Home::new(), way, clock, referrals, told: 0, code: String::new() };
        let text = format!("name = 'friends'\nlink_host = 'go.shop.example'\n{lines}");
        world.open().execute(DefineCampaign::new(CampaignModel::from_toml(&text).unwrap())).unwrap();
        world.code = world.enrol(Person::by_host_id("ada").unwrap());
        world
    }

    /// Enrols somebody, and gives the code.
    pub(crate) fn enrol(&self, person: Person) -> String {
        let enrol = Enrol::new(&"friends".parse().unwrap(), person);
        self.open().execute(enrol).unwrap().outcome.accepted().unwrap().code
    }

    /// Goes to noon of a day after the first.
    pub(crate) fn day(&mut self, days: i64) {
        let first: Timestamp = "2026-05-01T12:00:00Z".parse().unwrap();
        self.clock.set(first.plus(chrono::TimeDelta::days(days)));
    }

    fn open(&self) -> Referrals {
        self.referrals.clone().unwrap_or_else(|| self.home.open(self.clock.clone()))
    }

    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Tells a fact. `CODE` in a field stands for Ada's code.
    pub(crate) fn tell(&mut self, (tells, fields): Fact<'_>) -> Answer {
        self.told += 1;
        let filled = fields.iter().map(|(name, text)| ((*name).to_owned(), text.replace("CODE", &self.code)));
        let fields: BTreeMap<String, String> = filled.collect();
        match self.way {
            Way::Commands => self.by_command(tells, &fields),
            Way::File => self.by_file(tells, &fields),
            Way::Message => self.by_message(tells, &fields),
            Way::CommandLine => self.by_command_line(tells, &fields),
        }
    }

    fn by_command(&self, tells: Tells, fields: &BTreeMap<String, String>) -> Answer {
        let referrals = self.open();
        let key = CommandKey::mint(self.now(), &mut Entropy::new([u8::try_from(self.told).unwrap(); 32]));
        let existing_customer = fields.get("existing_customer").is_some_and(|says| says == "yes");
        let facts = HostFacts { existing_customer, ..HostFacts::default() };
        match referrals.execute_request(Request { key, command: command(tells, fields), facts }) {
            Err(error) => Answer::Refused(error.to_string()),
            Ok(receipt) if receipt.repeated => Answer::Known,
            Ok(receipt) => match receipt.outcome {
                Outcome::Declined(reason) => Answer::Declined(reason.to_string()),
                Outcome::Accepted(_) => recorded(&receipt.decision),
            },
        }
    }

    fn by_file(&self, tells: Tells, fields: &BTreeMap<String, String>) -> Answer {
        let upload = Upload::new(Mapping::from_toml(&mapping(tells, fields)).unwrap()).unwrap();
        let mut rows = Vec::new();
        upload.run(&self.open(), file(fields).as_bytes(), |row| rows.push(row)).unwrap();
        answer(&rows[0])
    }

    fn by_command_line(&self, tells: Tells, fields: &BTreeMap<String, String>) -> Answer {
        let now = self.now().to_string();
        if tells == Tells::Refund {
            let source = fields.get("source").map_or("shop", String::as_str);
            let refund = [source, &fields["event"], &fields["id"], &fields["amount"]];
            let arguments = [&["--now", &now, "--json", "conversion", "refund"], refund.as_slice()].concat();
            let document: Value = serde_json::from_str(&well(&self.home.run(&arguments))).unwrap();
            let findings = document["findings"].as_array().unwrap().iter();
            let findings = findings.map(|one| serde_json::from_value::<Finding>(one["finding"].clone()).unwrap());
            return recorded(&Decision { findings: findings.collect() });
        }
        self.home.write("mapping.toml", &mapping(tells, fields));
        self.home.write("rows.csv", &file(fields));
        let how = ["--mapping", "mapping.toml", "--report", "rows.jsonl", "--replace"];
        let _ = self.home.run(&[&["--now", &now, "upload", "rows.csv"], how.as_slice()].concat());
        let report = std::fs::read_to_string(self.home.path("rows.jsonl")).unwrap();
        answer(&serde_json::from_str(&report).unwrap())
    }

    fn by_message(&self, tells: Tells, fields: &BTreeMap<String, String>) -> Answer {
        let table = Table::from_json(&table(fields).to_string()).unwrap_or_else(|mistakes| panic!("{mistakes:?}"));
        let mut body: Value = fields
            .iter()
            .map(|(name, text)| (name.replace('.', "_"), json!(text)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        body["type"] = json!(format!("{tells:?}"));
        (body["event_id"], body["happened"]) = (json!(format!("e-{}", self.told)), json!(self.now().to_string()));
        let body = body.to_string();
        let headers: &[(&str, &[u8])] = &[("x-webhook-secret", b"a-long-shared-secret")];
        let delivery = Delivery { headers, body: body.as_bytes() };
        let scheme = Scheme::SharedSecret { header: "x-webhook-secret".into() };
        let secrets = Secrets::new(&["a-long-shared-secret"]).unwrap();
        let received = handle(&self.open(), &scheme, &secrets, &table, &delivery);
        assert_eq!((received.status, received.unmatched), (200, 0), "{received:?}");
        if let Some(unrecorded) = received.unrecorded.first() {
            return Answer::Refused(unrecorded.problem.clone());
        }
        if let Some(declined) = received.shortfalls.iter().find(|one| one.declined) {
            return Answer::Declined(declined.finding.reason.to_string());
        }
        let findings = received.shortfalls.into_iter().map(|one| one.finding).collect();
        recorded(&Decision { findings })
    }

    /// What is owed: each reward that was not cancelled, as `rule role state amount`.
    pub(crate) fn owed(&self) -> Vec<String> {
        let standing = self.exported(Kind::Reward).into_iter().filter(|reward| reward["state"] != "cancelled");
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
        let shown =
            |reward: Value| ["rule", "role", "state", "quantity", "unit"].map(|column| text(&reward[column])).join(" ");
        let mut owed: Vec<String> = standing.map(shown).collect();
        owed.sort();
        assert!(self.open().audit().unwrap().is_clean());
        owed
    }

    /// How far each referral is, as `progress moderation`.
    pub(crate) fn progress(&self) -> Vec<String> {
        let shown = |referral: Value| format!("{} {}", referral["progress"], referral["moderation"]).replace('"', "");
        let mut progress: Vec<String> = self.exported(Kind::Referral).into_iter().map(shown).collect();
        progress.sort();
        progress
    }

    /// How many orders are recorded, and how many people are known.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.exported(Kind::Conversion).len(), self.exported(Kind::Participant).len())
    }

    fn exported(&self, kind: Kind) -> Vec<Value> {
        let mut lines = Vec::new();
        export(&self.open(), kind, Format::JsonLines, &mut lines).unwrap();
        String::from_utf8(lines).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

/// Tells the same facts in every way: what each is answered, and what is owed in the end.
pub(crate) fn told_in_every_way(lines: &str, facts: &[Fact<'_>]) -> (Vec<Answer>, Vec<String>, Vec<String>) {
    told_by(|_| (), lines, facts)
}

/// The same in programs that are made ready by `ready`.
pub(crate) fn told_by(
    ready: impl Fn(&mut World),
    lines: &str,
    facts: &[Fact<'_>],
) -> (Vec<Answer>, Vec<String>, Vec<String>) {
    let one = |way| {
        let mut world = World::new(way, lines);
        ready(&mut world);
        let answers: Vec<Answer> = facts.iter().map(|fact| world.tell(*fact)).collect();
        let answers = answers.into_iter().map(|answer| match answer {
            // Each way has its own words around the field that is wrong.
            Answer::Refused(problem) => Answer::Refused(fields_in(&problem)),
            answer => answer,
        });
        let answers: Vec<Answer> = answers.collect();
        (answers, (world.owed(), world.progress(), world.counts()))
    };
    let (first, state) = one(Way::Commands);
    for way in [Way::File, Way::Message, Way::CommandLine] {
        let (answers, other) = one(way);
        assert_eq!(other, state, "{way:?}: {facts:?}");
        assert_eq!(answers, first, "{way:?}: {facts:?}");
    }
    (first, state.0, state.1)
}

/// The field that a problem names.
fn fields_in(problem: &str) -> String {
    let fields = ["total", "no_amount", "tax", "items"];
    let named = fields.iter().find(|field| problem.contains(**field));
    named.map_or_else(|| problem.to_owned(), |field| (*field).to_owned())
}

fn recorded(decision: &Decision) -> Answer {
    Answer::Recorded(decision.shortfalls().into_iter().map(|finding| finding.reason.to_string()).collect())
}

fn answer(row: &RowReport) -> Answer {
    let reason = || row.reason.clone().unwrap_or_default();
    match row.result {
        RowResult::Applied => Answer::Recorded(row.findings.iter().map(|finding| finding.reason.to_string()).collect()),
        RowResult::Already => Answer::Known,
        RowResult::Declined => Answer::Declined(reason()),
        _ => Answer::Refused(format!("{} {}", reason(), row.detail.clone().unwrap_or_default())),
    }
}

fn command(tells: Tells, fields: &BTreeMap<String, String>) -> AnyCommand {
    let text = |name: &str| fields.get(name).filter(|text| !text.is_empty()).cloned();
    let data = |data: bool| {
        let named =
            fields.iter().filter_map(|(name, text)| Some((name.strip_prefix("data.")?.to_owned(), json!(text))));
        Data(named.filter(|_| data).collect())
    };
    let ids = text("ids.stripe").map(|id| FurtherId { source: "stripe".parse().unwrap(), id: id.parse().unwrap() });
    let person = |data| Person {
        host_id: text("host_id").map(|id| id.parse().unwrap()),
        email: text("email").map(|email| email.parse().unwrap()),
        ids: ids.clone().into_iter().collect(),
        data,
        ..Person::default()
    };
    let campaign = text("campaign").map(|campaign| campaign.parse().unwrap());
    // An empty code is one that somebody left empty.
    let evidence = EvidenceGiven { code: fields.get("code").cloned(), ..EvidenceGiven::default() };
    let (source, money) = ("shop".parse().unwrap(), |name: &str| text(name).map(|amount| amount.parse().unwrap()));
    match tells {
        Tells::Lead => RecordLead { campaign: "friends".parse().unwrap(), person: person(data(true)), evidence }.into(),
        Tells::Order => RecordConversion {
            source,
            event: fields["id"].parse().unwrap(),
            kind: text("kind").map_or(referrals::record::ConversionKind::Purchase, |kind| kind.parse().unwrap()),
            person: person(Data::default()),
            campaign,
            total: money("total"),
            no_amount: false,
            tax: None,
            shipping: None,
            country: None,
            coupon: None,
            data: data(true),
            evidence,
            occurred_at: None,
            references: text("references")
                .map(|id| Reference { source: "shop".parse().unwrap(), id: id.parse().unwrap() })
                .into_iter()
                .collect(),
        }
        .into(),
        Tells::Refund => RecordRefund {
            source,
            event: fields["event"].parse().unwrap(),
            refund: fields["id"].parse().unwrap(),
            amount: RefundAmount::Amount(money("amount").unwrap()),
            actor: None,
            reason: None,
        }
        .into(),
    }
}

fn mapping(tells: Tells, fields: &BTreeMap<String, String>) -> String {
    match tells {
        Tells::Lead => "content = 'invitees'\ncampaign = 'friends'".to_owned(),
        Tells::Order => {
            // A file is of one campaign or of none.
            let campaign = fields.get("campaign").map(|campaign| format!("\ncampaign = '{campaign}'"));
            format!("content = 'conversions'\nsource = 'shop'{}", campaign.unwrap_or_default())
        }
        Tells::Refund => "content = 'refunds'\nsource = 'shop'".to_owned(),
    }
}

/// A file of one row.
fn file(fields: &BTreeMap<String, String>) -> String {
    let escaped = |text: &String| format!("\"{}\"", text.replace('"', "\"\""));
    let row = |cells: Vec<String>| cells.join(",") + "\n";
    row(fields.keys().cloned().collect()) + &row(fields.values().map(escaped).collect())
}

/// The table of a system that sends flat messages.
fn table(fields: &BTreeMap<String, String>) -> Value {
    let mut person = json!({
        "person.host_id": "host_id", "person.email": "email", "person.ids.stripe": "ids_stripe", "evidence.code": "code",
        "existing_customer": "existing_customer",
    });
    let mut lead = json!({"campaign": {"value": "friends"}});
    let money = |path: &str| {
        let mut amounts = json!({});
        for (place, name) in [(0, "amount"), (1, "currency")] {
            let part = fields.get(path).and_then(|text| text.split(' ').nth(place)).unwrap_or_default();
            amounts[name] = json!({ "value": part });
        }
        amounts["unit"] = json!("major");
        if fields.get(path).is_none_or(String::is_empty) { Value::Null } else { amounts }
    };
    let mut order = json!({
        "event": "id", "kind": {"first": ["kind", {"value": "purchase"}]}, "campaign": "campaign",
        "references": {"list": ["references"]},
        "total": {"amount": "no_such_field", "currency": {"value": "EUR"}, "unit": "major"},
    });
    if money("total") != Value::Null {
        order["total"] = money("total");
    }
    for name in fields.keys().filter_map(|name| name.strip_prefix("data.")) {
        lead[format!("person.data.{name}")] = json!(format!("data_{name}"));
        order[format!("data.{name}")] = json!(format!("data_{name}"));
    }
    for told in [&mut lead, &mut order] {
        told.as_object_mut().unwrap().extend(person.as_object().unwrap().clone());
    }
    person.take();
    let refund = json!({
        "event": "event", "refund": "id",
        "amount.amount": if money("amount") == Value::Null { order["total"].clone() } else { money("amount") },
    });
    let rule = |tells: Tells, command: &str, fields: Value| json!({"name": command, "when": [{"path": "type", "is": format!("{tells:?}")}], "command": command, "fields": fields});
    json!({
        "source": "shop", "id": "event_id", "at": {"time": "happened", "unit": "rfc3339"},
        "rules": [
            rule(Tells::Lead, "record_lead", lead), rule(Tells::Order, "record_conversion", order),
            rule(Tells::Refund, "record_refund", refund),
        ],
    })
}
