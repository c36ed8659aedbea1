//! The forms of strings: what a string must look like, in words, as a pattern, and as the parser that decides.

use crate::error::{Error, Result};
use crate::quote::quoted;
use crate::rule::destination::risk;
use crate::value::letters::hides;
use crate::value::{CampaignSlug, LimitId, LinkHost, Money, Rate, RuleId, Span, Timestamp, UnitName, Zone};

use crate::campaign::{Hold, LimitEach};

/// The form of a string.
#[derive(Debug)]
pub(in crate::campaign) struct Form {
    /// What it is called: `span`.
    pub(in crate::campaign) name: &'static str,
    /// What it looks like, in words.
    pub(in crate::campaign) doc: &'static str,
    /// What it looks like, as a regular expression. It may accept more than `check`, never less.
    pub(in crate::campaign) pattern: &'static str,
    /// Strings of this form.
    pub(in crate::campaign) examples: &'static [&'static str],
    /// Decides.
    pub(in crate::campaign) check: fn(&str) -> Result<()>,
}

pub(super) const SLUG: &str = "^[a-z0-9][a-z0-9._-]{0,63}$";
pub(super) const URL: &str = "^(https://[^/@ ]+|http://localhost(:[0-9]+)?)/[!-~]*$";
pub(super) const SLUG_DOC: &str = "1 to 64 characters from `a-z`, `0-9`, `-`, `_` and `.`, the first a letter or digit";

pub(super) static CAMPAIGN_NAME: Form = Form {
    name: "name",
    doc: SLUG_DOC,
    pattern: SLUG,
    examples: &["spring-2026"],
    check: |text| CampaignSlug::new(text).map(drop),
};
pub(super) static RULE_ID: Form = Form {
    name: "rule id",
    doc: SLUG_DOC,
    pattern: SLUG,
    examples: &["friend-buys"],
    check: |text| RuleId::new(text).map(drop),
};
pub(super) static LIMIT_ID: Form = Form {
    name: "limit id",
    doc: SLUG_DOC,
    pattern: SLUG,
    examples: &["budget"],
    check: |text| LimitId::new(text).map(drop),
};
pub(super) static UNIT: Form = Form {
    name: "unit",
    doc: SLUG_DOC,
    pattern: SLUG,
    examples: &["points", "free-months"],
    check: |text| UnitName::new(text).map(drop),
};
pub(super) static TITLE: Form = Form {
    name: "title",
    doc: "text of at most 200 characters in one line, without characters that show nothing, such as marks of direction",
    pattern: "^.{0,200}$",
    examples: &["Bring a friend"],
    check: |text| prose(text, 200),
};
pub(super) static DOC: Form = Form {
    name: "explanation",
    doc: "text of at most 500 characters in one line",
    pattern: "^.{0,500}$",
    examples: &["whether the order was delivered"],
    check: |text| prose(text, 500),
};
pub(super) static ZONE: Form = Form {
    name: "zone",
    doc: "a time zone by its IANA name",
    pattern: "^[A-Za-z][A-Za-z0-9_+/-]*$",
    examples: &["Europe/Paris", "UTC"],
    check: |text| text.parse::<Zone>().map(drop),
};
pub(super) static TIME: Form = Form {
    name: "time",
    doc: "an instant by RFC 3339 with a zone, between 1970 and 9999; TOML may write it without quotes",
    pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt _][0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$",
    examples: &["2026-05-01T00:00:00Z", "2026-05-01T00:00:00+02:00"],
    check: |text| match text.parse::<Timestamp>() {
        Ok(_) => Ok(()),
        Err(_) => {
            let problem =
                "is not an instant such as `2026-05-01T00:00:00Z`, with date, time and zone, from 1970 to 9999";
            Err(Error::invalid("time", format!("{} {problem}", quoted(text))))
        }
    },
};
pub(super) static HOST: Form = Form {
    name: "host",
    doc: "a host name without scheme, port and path",
    pattern: "^[^/:@ ]+[.][^/:@ ]+$",
    examples: &["go.shop.example"],
    check: |text| text.parse::<LinkHost>().map(drop),
};
pub(super) static DESTINATION: Form = Form {
    name: "destination",
    doc: "an absolute `https` URL with a path, at least `/`, of at most 2,000 characters; `http` only for `localhost`; without \
          `.` and `..` in its path, and without markup or marks of direction behind percent signs",
    pattern: URL,
    examples: &["https://shop.example/", "http://localhost:8000/welcome"],
    check: destination,
};
pub(super) static SPAN: Form = Form {
    name: "span",
    doc: "a length of time in weeks, days (of 24 hours), hours or minutes, at most 100 years",
    pattern: "^[0-9]+ (week|day|hour|minute)s?$",
    examples: &["30 days", "72 hours"],
    check: |text| text.parse::<Span>().map(drop),
};
pub(super) static HOLD: Form = Form {
    name: "hold",
    doc: "a span, or `approval`: until a person approves",
    pattern: "^(approval|[0-9]+ (week|day|hour|minute)s?)$",
    examples: &["30 days", "approval"],
    check: |text| Hold::try_from(text.to_owned()).map(drop),
};
pub(super) static EACH: Form = Form {
    name: "window",
    doc: "`ever`, a calendar window (`calendar day`, `calendar week` from Monday, `calendar month`, `calendar year`), or a \
          span for the time until now: `(now − span, now]`",
    pattern: "^(ever|calendar (day|week|month|year)|[0-9]+ (week|day|hour|minute)s?)$",
    examples: &["calendar month", "30 days", "ever"],
    check: |text| match LimitEach::try_from(text.to_owned()) {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::invalid("window", format!("{} is no window; {}", quoted(text), EACH.doc))),
    },
};
pub(super) static MONEY: Form = Form {
    name: "money",
    doc: "an amount above zero and its currency by ISO 4217",
    pattern: "^[0-9]+([.][0-9]{1,4})? [A-Z]{3}$",
    examples: &["25 EUR", "12.50 USD", "500 JPY"],
    check: |text| match text.parse::<Money>()? {
        money if money.minor > 0 => Ok(()),
        _ => Err(Error::invalid("money", format!("{} is not above zero", quoted(text)))),
    },
};
pub(super) static RATE: Form = Form {
    name: "rate",
    doc: "a percentage above 0% and at most 100%, with at most four decimals",
    pattern: "^[0-9]+([.][0-9]{1,4})?%$",
    examples: &["10%", "12.5%"],
    check: |text| match text.parse::<Rate>()?.ppm() {
        1..=1_000_000 => Ok(()),
        _ => Err(Error::invalid("rate", format!("{} is not above 0% and at most 100%", quoted(text)))),
    },
};
pub(super) static FIELD_PATH: Form = Form {
    name: "path",
    doc: "`order.data.`, `invitee.data.` or `referrer.data.` and a name of at most 64 characters from `a-z`, `0-9`, `_`, the first a letter",
    pattern: "^(order|invitee|referrer)[.]data[.][a-z][a-z0-9_]{0,63}$",
    examples: &["order.data.status"],
    check: |text| {
        use crate::rule::condition::{CustomField, Schema, Type};
        let field = CustomField { path: text.to_owned(), kind: Type::Bool, doc: String::new() };
        Schema::new(&[], &[field]).map(drop)
    },
};

pub(super) fn prose(text: &str, most: usize) -> Result<()> {
    if text.chars().count() > most {
        return Err(Error::invalid("text", format!("is longer than {most} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::invalid("text", "holds a control character"));
    }
    if hides(text) {
        return Err(Error::invalid("text", "holds a character that shows nothing, such as a mark of direction"));
    }
    Ok(())
}

pub(super) fn destination(text: &str) -> Result<()> {
    let refuse = |why: &str| Err(Error::invalid("destination", format!("{} {why}", quoted(text))));
    if text.len() > 2_000 {
        return refuse("is longer than 2,000 characters");
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        return refuse("is not an absolute URL such as `https://shop.example/`");
    };
    if let Some(why) = risk(text) {
        return refuse(why);
    }
    let Some((authority, _)) = rest.split_once('/') else {
        // Links lead to whatever begins like a destination: without the slash, to hosts that begin like this one too.
        return refuse("has no path; write at least `/` after the host");
    };
    let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
    if port.is_some_and(|port| !matches!(port.parse::<u16>(), Ok(1..)) || !port.bytes().all(|b| b.is_ascii_digit())) {
        return refuse("has no valid port");
    }
    match scheme {
        "https" if host == "localhost" || host.parse::<LinkHost>().is_ok() => Ok(()),
        "http" if host == "localhost" => Ok(()),
        "http" => refuse("is not `https`; `http` is only for `localhost`"),
        "https" => refuse("has no valid host"),
        _ => refuse("is not `https`"),
    }
}
