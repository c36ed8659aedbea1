//! Reads what was taken for a field: a value of the command, or what is wrong with it.

use referral_core::link::{ClaimLink, Code, SealedToken};
use referral_core::record::{Cause, Channel, ConversionKind, Moderation, NotificationKind, ParticipantState, Role};
use referral_core::value::{
    CampaignSlug, Country, Email, EventId, HostId, Language, ParticipantId, RuleId, SourceName, Span, UnitName,
};
use serde_json::{Value, json};

use super::path::scalar;
use super::spec::{Kind, Spec};
use super::take::{Take, Taken};
use crate::json::Json;

/// The moves of a reward that a message can tell.
const MOVES: &[&str] = &["approve", "begin_issue", "issue", "fail", "return_issue", "redeem", "cancel", "reverse"];

/// What was taken, as the command's JSON has it.
pub(crate) fn parse(kind: Kind, taken: Taken, source: &SourceName) -> Result<Value, String> {
    match (kind, taken) {
        (Kind::Money, Taken::Money(money)) => Ok(json!(money.to_string())),
        (Kind::Money, _) => Err("needs `amount` and `currency`".to_owned()),
        (Kind::Time, Taken::Time(time)) => Ok(json!(time.to_string())),
        (Kind::Time, _) => Err("needs `time` and `unit`".to_owned()),
        (Kind::Events, Taken::List(texts)) => texts.iter().map(|text| reference(text, source)).collect(),
        (Kind::Mails, Taken::List(texts)) => texts.iter().map(|text| mail(text)).collect(),
        (Kind::Plain, Taken::List(texts)) => Ok(json!(texts)),
        (Kind::FurtherIds, Taken::List(texts)) => texts.iter().map(|id| text(Kind::FurtherIds, id.trim())).collect(),
        (Kind::FurtherIds, Taken::Plain(json)) => {
            text(Kind::FurtherIds, scalar(&json).unwrap_or_default().trim()).map(|id| json!([id]))
        }
        (Kind::Events | Kind::Mails, _) => Err("needs a `list`".to_owned()),
        (Kind::Plain, Taken::Plain(json)) => Ok(plain(&json)),
        (Kind::YesOrNo, Taken::Plain(json)) => yes_or_no(&json),
        (kind, Taken::Plain(json)) => text(kind, scalar(&json).unwrap_or_default().trim()),
        (kind, Taken::Money(money)) => text(kind, &money.to_string()),
        (kind, Taken::Time(time)) => text(kind, &time.to_string()),
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

fn mail(kind: &str) -> Result<Value, String> {
    let known = kind.trim().parse::<NotificationKind>();
    known.map(|kind| json!(kind.as_str())).map_err(|_| "holds something other than kinds of mails".to_owned())
}

fn text(kind: Kind, text: &str) -> Result<Value, String> {
    let checked = match kind {
        Kind::Campaign => CampaignSlug::new(text).is_ok(),
        Kind::Event => EventId::new(text).is_ok(),
        Kind::HostId | Kind::FurtherIds => HostId::new(text).is_ok(),
        Kind::Email => text.parse::<Email>().is_ok(),
        Kind::Participant => text.parse::<ParticipantId>().is_ok(),
        Kind::Channel => text.parse::<Channel>().is_ok(),
        Kind::Conversion => text.parse::<ConversionKind>().is_ok(),
        Kind::Moderation => text.parse::<Moderation>().is_ok(),
        Kind::ParticipantState => text.parse::<ParticipantState>().is_ok_and(|state| state != ParticipantState::Erased),
        Kind::Rule => text.parse::<RuleId>().is_ok(),
        Kind::Cause => text.parse::<Cause>().is_ok(),
        Kind::Number => text.parse::<u32>().is_ok(),
        Kind::Move => MOVES.contains(&text),
        Kind::Unit => UnitName::new(text).is_ok(),
        Kind::Role => text.parse::<Role>().is_ok(),
        Kind::Span => text.parse::<Span>().is_ok(),
        Kind::Language => text.parse::<Language>().is_ok(),
        Kind::Country => text.to_ascii_uppercase().parse::<Country>().is_ok(),
        Kind::Name => text.chars().count() <= 200 && !text.contains(char::is_control),
        Kind::Text | Kind::Coupon => text.len() <= 255 && !text.contains(char::is_control),
        Kind::Token => text.len() <= 1_024 && !text.contains(char::is_control),
        Kind::Events | Kind::Mails | Kind::Plain | Kind::Money | Kind::YesOrNo | Kind::Time | Kind::Typed => true,
    };
    // The core's messages may quote an id that is no id; a stranger's text stays out of ours.
    if !checked {
        return Err(described(kind));
    }
    Ok(match kind {
        Kind::Country => json!(text.to_ascii_uppercase()),
        Kind::Number => json!(text.parse::<u32>().unwrap_or_default()),
        _ => json!(text),
    })
}

fn described(kind: Kind) -> String {
    let is = match kind {
        Kind::Name => return "has at most 200 characters, none of them a control character".to_owned(),
        Kind::Text | Kind::Coupon => {
            return "has at most 255 bytes, none of them a control character".to_owned();
        }
        Kind::Move => return format!("is none of {}", MOVES.join(", ")),
        Kind::ParticipantState => return "is neither active nor suspended".to_owned(),
        Kind::Moderation => return "is none of clear, flagged, denied".to_owned(),
        Kind::Campaign => "the name of a campaign",
        Kind::Role => return "is neither referrer nor invitee".to_owned(),
        Kind::Unit => "the name of a unit",
        Kind::Span => "a length of time, such as `30 days`",
        Kind::Event | Kind::Events | Kind::HostId | Kind::FurtherIds => {
            "an id of 1 to 255 bytes without control characters"
        }
        Kind::Email => "an email",
        Kind::Participant => "a participant's id",
        Kind::Channel => "a channel",
        Kind::Conversion => "a kind of conversion",
        Kind::Rule => "the name of a rule",
        Kind::Cause => "a reward's cause",
        Kind::Number => "a whole number",
        Kind::Language => "a language tag",
        Kind::Country => "a country of ISO 3166 in two letters",
        _ => "what this field takes",
    };
    format!("is not {is}")
}

/// Which evidence a text is: tokens and codes carry check characters, so what has none is a visitor.
pub(super) fn evidence(text: &str) -> &'static str {
    if text.parse::<SealedToken>().is_ok() || text.parse::<ClaimLink>().is_ok() {
        return "link";
    }
    if text.parse::<Code>().is_ok() { "code" } else { "visitor" }
}

/// Why a field cannot hold what is taken, as far as that is known beforehand.
pub(crate) fn unfit(kind: Kind, take: &Take, source: Option<&SourceName>) -> Option<String> {
    let taken = match take {
        Take::Value(value) => Taken::Plain(value.clone()),
        Take::First(takes) => return takes.iter().find_map(|take| unfit(kind, take, source)),
        Take::Money { .. } if kind != Kind::Money => return Some("takes no amount".to_owned()),
        Take::Time { .. } if kind != Kind::Time => return Some("takes no time".to_owned()),
        Take::List(_) if !kind.may_be_list() => return Some("takes one value, not a list".to_owned()),
        Take::Money { .. } | Take::Time { .. } | Take::List(_) => return None,
        _ => match kind {
            Kind::Money => return Some("needs `amount` and `currency`".to_owned()),
            Kind::Time => return Some("needs `time` and `unit`".to_owned()),
            Kind::Events | Kind::Mails => return Some("needs a `list`".to_owned()),
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
