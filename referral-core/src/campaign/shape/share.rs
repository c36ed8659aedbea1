//! The tables and forms of what a campaign says to people.

use super::form::{self, Form};
use super::table::field;
use super::{Kind, Presence, Table};
use crate::campaign::model::{TRACKING_PLACES, UNSUBSCRIBE_PLACES};
use crate::error::{Error, Result};
use crate::link::ShareText;
use crate::quote::quoted;
use crate::record::Channel;
use crate::value::Language;
use Presence::{Required, Without};

pub(super) static LANGUAGE: Form = Form {
    name: "language",
    doc: "a language by its tag",
    pattern: "^[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*$",
    examples: &["en", "pt-BR"],
    check: |text| text.parse::<Language>().map(drop),
};
static CHANNEL: Form = Form {
    name: "channel",
    doc: "`whatsapp`, `sms`, `email`, `telegram`, `messenger`, `facebook`, `x`, `linkedin`, `line`, `wechat`, `copy`, `qr`, \
          `print`, or `other:` and a name of at most 32 characters from `a-z`, `0-9`, `-`",
    pattern: "^([a-z]+|other:[a-z0-9-]{1,32})$",
    examples: &["whatsapp", "other:flyer"],
    check: |text| text.parse::<Channel>().map(drop),
};
static SHARE_TEXT: Form = Form {
    name: "share text",
    doc: "text of at most 2,000 characters with the places `{link}`, `{code}`, `{title}` and `{name|a friend}`, whose words \
          stand for people who gave no name; a brace is written `{{` or `}}`",
    // Line breaks are nothing to `.`.
    pattern: "^(.|\\s){1,2000}$",
    examples: &["{name|A friend} gives you 10 euros: {link}"],
    check: |text| text.parse::<ShareText>().map(drop),
};
static SUBJECT: Form = Form {
    name: "subject",
    doc: "a share text of at most 200 characters in one line",
    pattern: "^.{1,200}$",
    examples: &["{name|A friend} has something for you"],
    check: |text| {
        form::prose(text, 200)?;
        text.parse::<ShareText>().map(drop)
    },
};
static TRACKING: Form = Form {
    name: "page",
    doc: "a [destination](#forms) with any of the places `{participant}`, `{code}`, `{campaign}`",
    pattern: form::URL,
    examples: &["https://shop.example/friends/{code}"],
    check: |text| page(text, TRACKING_PLACES, &[]),
};
static UNSUBSCRIBE: Form = Form {
    name: "unsubscribe page",
    doc: "a [destination](#forms) with the place `{token}`",
    pattern: form::URL,
    examples: &["https://shop.example/unsubscribe/{token}"],
    check: |text| page(text, UNSUBSCRIBE_PLACES, UNSUBSCRIBE_PLACES),
};

pub(super) static PAGES: Table = Table {
    name: "pages",
    doc: "The host's pages that messages lead to.",
    fields: &[
        field(
            "tracking",
            Kind::Text(&TRACKING),
            Without("messages lead to none"),
            "\"https://shop.example/friends/{code}\"",
            "Where participants see what they have. Codes and ids are no secret: what the page shows is for whoever is signed in.",
        ),
        field(
            "unsubscribe",
            Kind::Text(&UNSUBSCRIBE),
            Without("mails carry the token alone"),
            "\"https://shop.example/unsubscribe/{token}\"",
            "Where people unsubscribe, with one click (RFC 8058). Whoever serves it hands the token to `unsubscribe`.",
        ),
    ],
};

pub(super) static SHARE_TEXTS: Table = Table {
    name: "share",
    doc: "The words for sharing in one channel and one language.",
    fields: &[
        field(
            "channel",
            Kind::Text(&CHANNEL),
            Without("wherever no other text stands for the channel"),
            "\"whatsapp\"",
            "Where it is shared.",
        ),
        field("language", Kind::Text(&LANGUAGE), Without("the campaign's"), "\"de\"", "In which language it is."),
        field(
            "subject",
            Kind::Text(&SUBJECT),
            Without("the campaign's title"),
            "\"{name|A friend} has something for you\"",
            "The subject of a mail.",
        ),
        field("text", Kind::Text(&SHARE_TEXT), Required, "\"{name|A friend} gives you 10 euros: {link}\"", "The text."),
    ],
};

static LANDING_TEXT: Form = Form {
    name: "landing text",
    doc: "text of at most 2,000 characters with the places `{title}` and `{name|a friend}`, whose words stand for people who are \
          not shown; a brace is written `{{` or `}}`",
    pattern: "^(.|\\s){1,2000}$",
    examples: &["Sign up and get 10 euros off your first order."],
    check: |text| text.parse::<ShareText>().map(drop),
};
static HEADLINE: Form = Form {
    name: "headline",
    doc: "a landing text of at most 200 characters in one line",
    pattern: "^.{1,200}$",
    examples: &["{name|A friend} gives you 10 euros"],
    check: |text| {
        form::prose(text, 200)?;
        text.parse::<ShareText>().map(drop)
    },
};
pub(super) static PARAMETER: Form = Form {
    name: "parameter",
    doc: "the name of a parameter in a URL: 1 to 32 characters from `A-Z`, `a-z`, `0-9`, `_` and `-`, the first a letter, and not one of \
          `utm_`",
    pattern: "^[A-Za-z][A-Za-z0-9_-]{0,31}$",
    examples: &["ref"],
    check: |text| {
        let letters = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let is_name =
            text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.len() <= 32 && text.chars().all(letters);
        if !is_name || text.to_ascii_lowercase().starts_with("utm_") {
            let problem =
                "is the name of a parameter with at most 32 letters, digits, `_` and `-`, and not one of `utm_`";
            return Err(Error::invalid("parameter", problem));
        }
        Ok(())
    },
};

pub(super) static LANDINGS: Table = Table {
    name: "landing",
    doc: "What friends are shown where they land, in one language.",
    fields: &[
        field("language", Kind::Text(&LANGUAGE), Without("the campaign's"), "\"de\"", "In which language it is."),
        field(
            "title",
            Kind::Text(&HEADLINE),
            Required,
            "\"{name|A friend} gives you 10 euros\"",
            "The headline, also of a preview in a messenger.",
        ),
        field(
            "text",
            Kind::Text(&LANDING_TEXT),
            Without("there is the headline alone"),
            "\"Sign up and get 10 euros off your first order.\"",
            "The text below the headline.",
        ),
        field(
            "picture",
            Kind::Text(&form::DESTINATION),
            Without("no picture"),
            "\"https://shop.example/friends.png\"",
            "The URL of a picture, also of a preview.",
        ),
    ],
};

fn page(text: &str, known: &[&str], needed: &[&str]) -> Result<()> {
    let refuse = |problem: String| Err(Error::invalid("page", problem));
    let mut plain = String::new();
    let mut rest = text;
    let mut found = Vec::new();
    while let Some((before, from)) = rest.split_once('{') {
        let Some((place, after)) = from.split_once('}') else {
            return refuse("has a `{` that nothing closes".to_owned());
        };
        if !known.contains(&place) {
            let places: Vec<_> = known.iter().map(|name| format!("`{{{name}}}`")).collect();
            let shown = quoted(&format!("{{{place}}}"));
            return refuse(format!("knows no place {shown}; there are {}", places.join(", ")));
        }
        found.push(place);
        plain.push_str(before);
        // The third slash ends the host, which must not differ from person to person.
        if plain.matches('/').count() < 3 {
            return refuse("has a place before its path".to_owned());
        }
        plain.push('x');
        rest = after;
    }
    plain.push_str(rest);
    if let Some(lacking) = needed.iter().find(|name| !found.contains(*name)) {
        return refuse(format!("lacks the place `{{{lacking}}}`"));
    }
    form::destination(&plain)
}
