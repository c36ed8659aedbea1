//! What an error says of a text that somebody else wrote: at most 64 characters of it, escaped, and never an email.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Display;
use std::str::FromStr;

use referral_core::campaign::{CampaignModel, Format};
use referral_core::link::{
    AnyCode, ClaimLink, Code, LinkText, LookupToken, SealedToken, ShareText, UnsubscribeToken, VanityCode,
};
use referral_core::record::{Cause, Channel, ConversionKind, Metric, RewardState, Subject, Verdict};
use referral_core::rule::condition::{Condition, Root, Schema};
use referral_core::value::{
    CampaignSlug, Country, Currency, Day, Email, EventId, HostId, IpPrefix, Language, LinkHost, Money, Month,
    ParticipantId, Rate, SourceName, Span, TenantId, Timestamp, UnitName, Zone,
};

/// More than anybody wants to read in a log.
const LONG: usize = 100_000;
/// The words of the message itself, with the longest list of what there is.
const OWN_WORDS: usize = 900;

fn refusal<T: FromStr>(text: &str) -> Option<String>
where
    T::Err: Display,
{
    text.parse::<T>().err().map(|error| error.to_string())
}

type Parse = fn(&str) -> Option<String>;

/// Every kind of text that the library parses.
const PARSERS: &[(&str, Parse)] = &[
    ("participant id", refusal::<ParticipantId>),
    ("tenant", refusal::<TenantId>),
    ("campaign", refusal::<CampaignSlug>),
    ("source", refusal::<SourceName>),
    ("unit", refusal::<UnitName>),
    ("event id", refusal::<EventId>),
    ("host id", refusal::<HostId>),
    ("email", refusal::<Email>),
    ("network", refusal::<IpPrefix>),
    ("language", refusal::<Language>),
    ("country", refusal::<Country>),
    ("link host", refusal::<LinkHost>),
    ("currency", refusal::<Currency>),
    ("money", refusal::<Money>),
    ("money without form", |text| refusal::<Money>(&format!("{text} EUR"))),
    ("money of another currency", |text| refusal::<Money>(&format!("1 {text}"))),
    ("rate", refusal::<Rate>),
    ("rate without form", |text| refusal::<Rate>(&format!("{text}%"))),
    ("span", refusal::<Span>),
    ("time", refusal::<Timestamp>),
    ("day", refusal::<Day>),
    ("month", refusal::<Month>),
    ("zone", refusal::<Zone>),
    ("subject", refusal::<Subject>),
    ("channel", refusal::<Channel>),
    ("another channel", |text| refusal::<Channel>(&format!("other:{text}"))),
    ("cause", refusal::<Cause>),
    ("cause of an event", |text| refusal::<Cause>(&format!("event/{text}/{text}"))),
    ("kind of conversion", refusal::<ConversionKind>),
    ("metric", refusal::<Metric>),
    ("state", refusal::<RewardState>),
    ("verdict", refusal::<Verdict>),
    ("code", refusal::<Code>),
    ("any code", refusal::<AnyCode>),
    ("vanity code", refusal::<VanityCode>),
    ("token", refusal::<SealedToken>),
    ("link", refusal::<LinkText>),
    ("claim link", refusal::<ClaimLink>),
    ("lookup token", refusal::<LookupToken>),
    ("unsubscribe token", refusal::<UnsubscribeToken>),
    ("share text", refusal::<ShareText>),
    ("place in a share text", |text| refusal::<ShareText>(&format!("{{{text}}} {{link}}"))),
    ("name in a condition", |text| condition(&format!("order.{text} == 1"))),
    ("method in a condition", |text| condition(&format!("order.country.{text}('x')"))),
    ("function in a condition", |text| condition(&format!("{text}('x')"))),
    ("duration in a condition", |text| condition(&format!("order.occurred_at - now < duration('{text}')"))),
    ("number in a condition", |text| condition(&format!("order.number == 1{text}"))),
    ("field of a campaign", |text| campaign(&format!("{} = 1", serde_json::Value::from(text)))),
    ("choice of a campaign", |text| campaign(&format!("qualification = {{ on = {} }}", serde_json::Value::from(text)))),
    ("destination of a campaign", |text| campaign(&format!("destination = {}", serde_json::Value::from(text)))),
    ("window of a campaign", |text| {
        campaign(&format!("limits = [{{ per = \"campaign\", value = 1, each = {} }}]", serde_json::Value::from(text)))
    }),
    ("campaign in JSON", |text| {
        let name = serde_json::Value::from(text);
        CampaignModel::read(&format!("{{{name}: 1, {name}: 2}}"), Format::Json).err().map(|error| error.to_string())
    }),
];

fn condition(text: &str) -> Option<String> {
    let schema = Schema::new(Root::CONVERTED, &[]).unwrap();
    let mistakes = Condition::parse(text, &schema).err()?;
    Some(mistakes.iter().map(ToString::to_string).collect())
}

fn campaign(line: &str) -> Option<String> {
    let text = format!("name = \"spring\"\nlink_host = \"go.shop.example\"\n{line}\n");
    CampaignModel::read(&text, Format::Toml).err().map(|error| error.to_string())
}

#[test]
fn a_long_text_is_quoted_by_its_beginning() {
    let mut refused = 0;
    for (what, parse) in PARSERS {
        for letter in ["a", "A", "1", "ä", "\u{202e}", "`", "@"] {
            let Some(told) = parse(&letter.repeat(LONG / letter.len())) else { continue };
            refused += 1;
            assert!(told.chars().count() <= OWN_WORDS, "{what}: {} characters", told.chars().count());
            let quoted = if letter == "`" { "\\u{60}" } else { letter };
            assert!(!told.contains(&quoted.repeat(65)), "{what}: {told}");
        }
    }
    assert!(refused > 5 * PARSERS.len(), "{refused}");
}

#[test]
fn an_escape_sequence_and_a_mark_of_direction_are_escaped() {
    let mut refused = 0;
    for (what, parse) in PARSERS {
        for text in
            ["\u{1b}[2J\u{1b}]0;owned\u{7}", "x\u{202e}moc.live\u{202c}", "x\r\nerror: forged line", "\u{9b}31m"]
        {
            let Some(told) = parse(text) else { continue };
            refused += 1;
            let raw = |letter: char| letter.is_control() || ('\u{202a}'..='\u{202e}').contains(&letter);
            assert!(!told.contains(raw), "{what}: {told:?}");
        }
    }
    assert!(refused > 3 * PARSERS.len(), "{refused}");
}

#[test]
fn what_may_be_an_email_is_not_quoted() {
    let mut refused = 0;
    for (what, parse) in PARSERS {
        for text in ["eve.smith@mail.example", "?email=eve.smith%40mail.example", "eve.smith＠mail.example x"] {
            let Some(told) = parse(text) else { continue };
            refused += 1;
            assert!(!told.contains("eve.smith") && !told.contains("mail.example"), "{what}: {told}");
        }
    }
    assert!(refused > 2 * PARSERS.len(), "{refused}");
}
