//! Which fields each command has, and how they are put together.

use referral_core::command::AnyCommand;
use referral_core::link::{ClaimLink, Code, SealedToken};
use referral_core::record::{Channel, ConversionKind};
use referral_core::value::{CampaignSlug, Country, Email, EventId, HostId, Language, ParticipantId, SourceName};
use serde_json::{Map, Value, json};

use super::path::scalar;
use super::take::{Take, Taken};
use crate::json::Json;

/// What a field may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Campaign,
    Event,
    Events,
    HostId,
    Email,
    Participant,
    Channel,
    Conversion,
    Text,
    /// A link token, a code or a visitor, told apart by their check characters.
    Evidence,
    Plain,
    Money,
    /// A truth value, or a text that says one.
    YesOrNo,
    Time,
    // Those below describe: one that does not fit is left out and reported, and the command stands.
    Name,
    Language,
    Country,
    Coupon,
}

impl Kind {
    /// Whether the command stands without it.
    pub(crate) fn is_soft(self) -> bool {
        matches!(self, Self::Name | Self::Language | Self::Country | Self::Coupon)
    }
}

/// A command that tables may make.
#[derive(Debug)]
pub(crate) struct Spec {
    pub(crate) name: &'static str,
    /// Its fields; a name that ends with a dot takes any further name.
    pub(crate) fields: &'static [(&'static str, Kind)],
    /// Of each of these groups, at least one field is needed.
    pub(crate) needs: &'static [&'static [&'static str]],
    /// Whether it is unique for ever by ids of its own, so that it needs no time for its key.
    pub(crate) is_unique: bool,
}

const PERSON: &[&str] = &["person.host_id", "person.email"];
const PARTICIPANT: &[&str] = &["participant.id", "participant.host_id", "participant.email"];
const INVITEE: &[&str] = &["invitee.id", "invitee.host_id", "invitee.email"];

const OF_INVITEE: &[(&str, Kind)] = &[
    ("campaign", Kind::Campaign),
    ("invitee.id", Kind::Participant),
    ("invitee.host_id", Kind::HostId),
    ("invitee.email", Kind::Email),
];

/// Every command that tables may make: what outside events say. Definitions, moderation and money moved by hand are not
/// among them.
pub(crate) const SPECS: &[Spec] = &[
    Spec {
        name: "enrol",
        fields: &[
            ("campaign", Kind::Campaign),
            ("person.host_id", Kind::HostId),
            ("person.email", Kind::Email),
            ("person.name", Kind::Name),
            ("person.language", Kind::Language),
            ("person.country", Kind::Country),
            ("person.data.", Kind::Plain),
        ],
        needs: &[&["campaign"], PERSON],
        is_unique: false,
    },
    Spec {
        name: "record_share",
        fields: &[
            ("campaign", Kind::Campaign),
            ("participant.id", Kind::Participant),
            ("participant.host_id", Kind::HostId),
            ("participant.email", Kind::Email),
            ("channel", Kind::Channel),
        ],
        needs: &[&["campaign"], PARTICIPANT, &["channel"]],
        is_unique: false,
    },
    Spec {
        name: "record_lead",
        fields: &[
            ("campaign", Kind::Campaign),
            ("person.host_id", Kind::HostId),
            ("person.email", Kind::Email),
            ("person.name", Kind::Name),
            ("person.language", Kind::Language),
            ("person.country", Kind::Country),
            ("person.data.", Kind::Plain),
            ("evidence.referrer.id", Kind::Participant),
            ("evidence.referrer.host_id", Kind::HostId),
            ("evidence.referrer.email", Kind::Email),
            ("evidence.code", Kind::Text),
            ("evidence.link", Kind::Text),
            ("evidence.visitor", Kind::Text),
            ("evidence.any", Kind::Evidence),
        ],
        needs: &[&["campaign"], PERSON],
        is_unique: false,
    },
    Spec { name: "qualify", fields: OF_INVITEE, needs: &[&["campaign"], INVITEE], is_unique: false },
    Spec { name: "unqualify", fields: OF_INVITEE, needs: &[&["campaign"], INVITEE], is_unique: false },
    Spec { name: "lose", fields: OF_INVITEE, needs: &[&["campaign"], INVITEE], is_unique: false },
    Spec {
        name: "record_conversion",
        fields: &[
            ("event", Kind::Event),
            ("kind", Kind::Conversion),
            ("person.host_id", Kind::HostId),
            ("person.email", Kind::Email),
            ("person.name", Kind::Name),
            ("person.language", Kind::Language),
            ("person.country", Kind::Country),
            ("person.data.", Kind::Plain),
            ("campaign", Kind::Campaign),
            ("total", Kind::Money),
            ("no_amount", Kind::YesOrNo),
            ("tax", Kind::Money),
            ("shipping", Kind::Money),
            ("country", Kind::Country),
            ("coupon", Kind::Coupon),
            ("data.", Kind::Plain),
            ("occurred_at", Kind::Time),
            ("references", Kind::Events),
        ],
        needs: &[&["event"], &["kind"], PERSON],
        is_unique: true,
    },
    Spec {
        name: "add_reference",
        fields: &[("conversion", Kind::Event), ("reference", Kind::Event)],
        needs: &[&["conversion"], &["reference"]],
        is_unique: false,
    },
    Spec {
        name: "record_refund",
        fields: &[
            ("event", Kind::Event),
            ("refund", Kind::Event),
            ("amount.amount", Kind::Money),
            ("amount.cumulative", Kind::Money),
        ],
        needs: &[&["event"], &["refund"], &["amount.amount", "amount.cumulative"]],
        is_unique: true,
    },
    Spec {
        name: "add_alias",
        fields: &[
            ("participant.id", Kind::Participant),
            ("participant.host_id", Kind::HostId),
            ("participant.email", Kind::Email),
            ("host_id", Kind::HostId),
            ("email", Kind::Email),
        ],
        needs: &[PARTICIPANT, &["host_id", "email"]],
        is_unique: false,
    },
];

impl Spec {
    /// The command of a name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        SPECS.iter().find(|spec| spec.name == name)
    }

    /// What the field of a name may hold.
    pub(crate) fn kind(&self, name: &str) -> Option<Kind> {
        let fits = |known: &str| {
            known == name || (known.ends_with('.') && name.len() > known.len() && name.starts_with(known))
        };
        self.fields.iter().find(|(known, _)| fits(known)).map(|(_, kind)| *kind)
    }
}

/// What was taken, as the command's JSON has it.
pub(crate) fn parse(kind: Kind, taken: Taken, source: &SourceName) -> Result<Value, String> {
    match (kind, taken) {
        (Kind::Money, Taken::Money(money)) => Ok(json!(money.to_string())),
        (Kind::Money, _) => Err("needs `amount` and `currency`".to_owned()),
        (Kind::Time, Taken::Time(time)) => Ok(json!(time.to_string())),
        (Kind::Time, _) => Err("needs `time` and `unit`".to_owned()),
        (Kind::Events, Taken::List(texts)) => texts.iter().map(|text| reference(text, source)).collect(),
        (Kind::Events, _) => Err("needs a `list`".to_owned()),
        (Kind::Plain, Taken::Plain(json)) => Ok(plain(&json)),
        (Kind::YesOrNo, Taken::Plain(json)) => yes_or_no(&json),
        (kind, Taken::Plain(json)) => text(kind, scalar(&json).unwrap_or_default().trim(), source),
        (kind, Taken::Money(money)) => text(kind, &money.to_string(), source),
        (kind, Taken::Time(time)) => text(kind, &time.to_string(), source),
        (_, Taken::List(_)) => Err("takes one value, not a list".to_owned()),
    }
}

/// Whole numbers stay numbers; others would lose digits, so they become texts.
fn plain(json: &Json) -> Value {
    match json {
        Json::Bool(value) => json!(value),
        Json::Number(number) => number.parse::<i64>().map_or_else(|_| json!(number), |number| json!(number)),
        other => json!(scalar(other).unwrap_or_default()),
    }
}

fn yes_or_no(json: &Json) -> Result<Value, String> {
    match scalar(json).unwrap_or_default().trim().to_ascii_lowercase().as_str() {
        "yes" | "true" | "1" => Ok(json!(true)),
        "no" | "false" | "0" => Ok(json!(false)),
        _ => Err("is neither yes nor no".to_owned()),
    }
}

fn reference(id: &str, source: &SourceName) -> Result<Value, String> {
    EventId::new(id).map_err(|error| error.to_string())?;
    Ok(json!({"source": source.as_str(), "id": id}))
}

fn text(kind: Kind, text: &str, source: &SourceName) -> Result<Value, String> {
    let checked = match kind {
        Kind::Campaign => CampaignSlug::new(text).map(drop),
        Kind::Event => EventId::new(text).map(drop),
        Kind::HostId => HostId::new(text).map(drop),
        Kind::Email => text.parse::<Email>().map(drop),
        Kind::Participant => text.parse::<ParticipantId>().map(drop),
        Kind::Channel => text.parse::<Channel>().map(drop),
        Kind::Conversion => text.parse::<ConversionKind>().map(drop),
        Kind::Language => text.parse::<Language>().map(drop),
        Kind::Country => text.to_ascii_uppercase().parse::<Country>().map(drop),
        Kind::Events => return reference(text, source),
        Kind::Name if text.chars().count() > 200 || text.contains(char::is_control) => {
            return Err("has at most 200 characters, none of them a control character".to_owned());
        }
        Kind::Text | Kind::Evidence | Kind::Coupon if text.len() > 255 || text.contains(char::is_control) => {
            return Err("has at most 255 bytes, none of them a control character".to_owned());
        }
        _ => Ok(()),
    };
    // The core's messages may quote an id that is no id; a stranger's text stays out of ours.
    checked.map_err(|_| format!("is not {}", described(kind)))?;
    Ok(match kind {
        Kind::Country => json!(text.to_ascii_uppercase()),
        _ => json!(text),
    })
}

fn described(kind: Kind) -> &'static str {
    match kind {
        Kind::Campaign => "the name of a campaign",
        Kind::Event | Kind::Events | Kind::HostId => "an id of 1 to 255 bytes without control characters",
        Kind::Email => "an email",
        Kind::Participant => "a participant's id",
        Kind::Channel => "a channel",
        Kind::Conversion => "a kind of conversion",
        Kind::Language => "a language tag",
        Kind::Country => "a country of ISO 3166 in two letters",
        _ => "what this field takes",
    }
}

/// Which evidence a text is: tokens and codes carry check characters, so what has none is a visitor.
fn evidence(text: &str) -> &'static str {
    if text.parse::<SealedToken>().is_ok() || text.parse::<ClaimLink>().is_ok() {
        return "link";
    }
    if text.parse::<Code>().is_ok() { "code" } else { "visitor" }
}

/// The command of these fields.
pub(crate) fn assemble(spec: &Spec, source: &SourceName, fields: Vec<(String, Value)>) -> Result<AnyCommand, String> {
    let mut root = Map::new();
    if spec.is_unique {
        root.insert("source".to_owned(), json!(source.as_str()));
    }
    for (name, value) in fields {
        let value = match (spec.name, name.as_str()) {
            ("add_reference", "conversion") => json!({"source": source.as_str(), "event": value}),
            ("add_reference", "reference") => json!({"source": source.as_str(), "id": value}),
            _ => value,
        };
        insert(&mut root, &name, value);
    }
    drop_own_reference(&mut root);
    let command = json!({ spec.name: root });
    serde_json::from_value(command).map_err(|_| "does not fit the command".to_owned())
}

/// Sets a field by its dotted name. Where a person is named several ways, the surest comes first and stays.
fn insert(root: &mut Map<String, Value>, name: &str, value: Value) {
    for prefix in ["participant", "invitee", "evidence.referrer"] {
        if let Some(way) = name.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('.')) {
            let way = if way == "host_id" { "host" } else { way };
            let (parents, own) = split(prefix);
            return set(root, &parents, own, json!({ way: value }));
        }
    }
    if name == "evidence.any" {
        let way = evidence(value.as_str().unwrap_or_default());
        return set(root, &["evidence"], way, value);
    }
    let (parents, own) = split(name);
    set(root, &parents, own, value);
}

/// Names below `data` may hold dots themselves.
fn split(name: &str) -> (Vec<&str>, &str) {
    for prefix in ["person.data.", "data."] {
        if let Some(own) = name.strip_prefix(prefix) {
            return (prefix.trim_end_matches('.').split('.').collect(), own);
        }
    }
    let mut parts: Vec<&str> = name.split('.').collect();
    let own = parts.pop().unwrap_or_default();
    (parts, own)
}

fn set(place: &mut Map<String, Value>, parents: &[&str], own: &str, value: Value) {
    let Some((first, rest)) = parents.split_first() else {
        place.entry(own).or_insert(value);
        return;
    };
    let mut inner = match place.remove(*first) {
        Some(Value::Object(inner)) => inner,
        _ => Map::new(),
    };
    set(&mut inner, rest, own, value);
    place.insert((*first).to_owned(), Value::Object(inner));
}

/// A conversion's own id is no further id of it, and none is one twice.
fn drop_own_reference(root: &mut Map<String, Value>) {
    let own = root.get("event").cloned();
    let Some(Value::Array(references)) = root.get_mut("references") else { return };
    let mut seen = Vec::new();
    references.retain(|reference| {
        let is_new = reference.get("id") != own.as_ref() && !seen.contains(reference);
        seen.push(reference.clone());
        is_new
    });
}

/// Why a field cannot hold what is taken, as far as that is known beforehand.
pub(crate) fn unfit(kind: Kind, take: &Take, source: Option<&SourceName>) -> Option<String> {
    let taken = match take {
        Take::Value(value) => Taken::Plain(value.clone()),
        Take::First(takes) => return takes.iter().find_map(|take| unfit(kind, take, source)),
        Take::Money { .. } if kind != Kind::Money => return Some("takes no amount".to_owned()),
        Take::Time { .. } if kind != Kind::Time => return Some("takes no time".to_owned()),
        Take::List(_) if kind != Kind::Events => return Some("takes one value, not a list".to_owned()),
        Take::Money { .. } | Take::Time { .. } | Take::List(_) => return None,
        _ => match kind {
            Kind::Money => return Some("needs `amount` and `currency`".to_owned()),
            Kind::Time => return Some("needs `time` and `unit`".to_owned()),
            Kind::Events => return Some("needs a `list`".to_owned()),
            _ => return None,
        },
    };
    parse(kind, taken, source?).err()
}

/// What is wrong with how a rule takes the amount of an order, as far as that is known beforehand.
pub(crate) fn amount_mistake(spec: &Spec, fields: &[(String, Kind, Take)]) -> Option<&'static str> {
    let take = |wanted: &str| fields.iter().find(|(name, ..)| name == wanted).map(|(.., take)| take);
    let says = |take: &Take| match take {
        Take::Value(value) => scalar(value),
        _ => None,
    };
    if spec.name != "record_conversion" {
        return None;
    }
    let kind = take("kind").and_then(says).and_then(|kind| kind.parse::<ConversionKind>().ok());
    let is_order = kind.is_some_and(|kind| kind != ConversionKind::Custom);
    match (take("total"), take("no_amount")) {
        (None, None) if is_order => {
            Some("an order needs `total`; where no event has an amount, say `\"no_amount\": {\"value\": true}`")
        }
        (Some(_), Some(Take::Value(Json::Bool(true)))) => Some("`no_amount` is always true, so no event has a `total`"),
        _ => None,
    }
}
