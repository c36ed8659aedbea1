//! From a row to what it asks for: typed, or a reason why it cannot be.

use referrals::Error;
use referrals::campaign::{Amounts, Content};
use referrals::command::{
    AnyCommand, CorrectConversion, Enrol, EvidenceGiven, HostFacts, Person, RecordConversion, RecordLead, Reference,
    Who,
};
use referrals::record::{
    Cause, ConversionKey, ConversionKind, Data, FurtherId, MarkKind, Moderation, Private, RewardKey, Subject,
};
use referrals::value::{CampaignSlug, Country, Currency, EventId, Money, RuleId, SourceName};

use crate::date;
use crate::hand;
use crate::mapping::Mapping;
use crate::number;
use crate::report::RowResult;
use crate::rows::Row;

/// Why a row cannot be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    pub(crate) result: RowResult,
    pub(crate) reason: &'static str,
    pub(crate) detail: String,
}

impl Wrong {
    pub(crate) fn new(reason: &'static str, detail: &str) -> Self {
        Self { result: RowResult::Invalid, reason, detail: detail.to_owned() }
    }

    pub(crate) fn in_field(mut self, field: &str) -> Self {
        self.detail = format!("{field}: {}", self.detail);
        self
    }

    pub(crate) fn of(field: &str, error: &Error) -> Self {
        // What the core's values say of a text quotes it; a cell may hold what belongs to a person.
        let detail = match error {
            Error::InvalidValue { what, problem } if !problem.contains('`') => format!("{field}: {what} {problem}"),
            Error::InvalidValue { what, .. } => format!("{field}: is not a {what}"),
            _ => field.to_owned(),
        };
        Self { result: RowResult::Invalid, reason: error.code(), detail }
    }
}

/// What a row asks for.
#[derive(Clone, Debug)]
pub(crate) enum Draft {
    /// A command.
    Run(AnyCommand, HostFacts),
    /// To record a sign-up of which the row says no time, once the person's leads are known.
    Lead(Who, RecordLead, HostFacts),
    /// To qualify somebody, once it is known how far the referral is.
    Qualify(Invitee, Hand, HostFacts),
    /// To hand a reward over, once it is known where it stands.
    Issue(Owed, Option<String>, Hand, HostFacts),
    /// To mark a referral, once its marks are known.
    Mark(Invitee, MarkKind, Hand, HostFacts),
    /// To moderate a referral, once it is known what was found of it.
    Moderate(Invitee, Moderation, Hand, HostFacts),
    /// To say of an order whether it never was, once it is known what was said.
    Void(ConversionKey, bool, Hand, HostFacts),
    /// To take a refund back, once it is known whether it was.
    CancelRefund(ConversionKey, EventId, Hand, HostFacts),
    /// To correct an order, once it is known how it was corrected.
    Correct(CorrectConversion, HostFacts),
}

/// Who did what a row says, and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hand {
    pub(crate) actor: Option<String>,
    pub(crate) reason: Option<String>,
}

/// How a row names an invitee.
#[derive(Clone, Debug)]
pub(crate) enum Invitee {
    Who(Who),
    Code(String),
}

/// How a row names a reward.
#[derive(Clone, Debug)]
pub(crate) enum Owed {
    Key(RewardKey),
    Of(RuleId, Who, Cause),
    /// Under a rule, by the order that brought it about.
    ByOrder(RuleId, Who, ConversionKey),
}

/// What a row of this content asks for. `id` is the row's key, `source` where rows come from that do not say.
pub(crate) fn draft(row: &Row<'_>, mapping: &Mapping, source: &SourceName, id: &str) -> Result<Draft, Wrong> {
    let facts = facts(row, mapping)?;
    match (mapping.content, &mapping.campaign) {
        (Content::Referrers, Some(campaign)) => {
            let person = Person { data: data(row), country: Country::from_row(row)?, ..person(row)? };
            Ok(Draft::Run(Enrol { campaign: campaign.clone(), person }.into(), facts))
        }
        (Content::Invitees, Some(campaign)) => {
            let person = Person { data: data(row), country: Country::from_row(row)?, ..person(row)? };
            let who = who(&person).filter(|_| facts.at.is_none());
            let command = RecordLead { campaign: campaign.clone(), person, evidence: evidence(row, mapping)? };
            Ok(match who {
                Some(who) => Draft::Lead(who, command, facts),
                None => Draft::Run(command.into(), facts),
            })
        }
        (Content::Conversions, campaign) => {
            let command = conversion(row, mapping, campaign.as_ref(), source, id)?;
            let command = RecordConversion { occurred_at: facts.at, ..command };
            Ok(Draft::Run(command.into(), facts))
        }
        (Content::Qualifications, Some(_)) => Ok(Draft::Qualify(invitee(row)?, hand::of(row, mapping), facts)),
        (Content::Rewards, Some(_)) => {
            let reference = row.get("reference").map(ToOwned::to_owned);
            Ok(Draft::Issue(owed(row, source)?, reference, hand::of(row, mapping), facts))
        }
        (Content::Refunds, _) => hand::refund(row, mapping, source, id, facts),
        (Content::Voids, _) => hand::void(row, mapping, source, facts),
        (Content::Corrections, _) => hand::correction(row, mapping, source, id, facts),
        (Content::Marks, Some(_)) => hand::mark(row, mapping, facts),
        (Content::Moderation, Some(_)) => hand::moderation(row, mapping, facts),
        (_, None) => Err(Wrong::new("mapping", "no campaign")),
    }
}

trait FromRow: Sized {
    fn from_row(row: &Row<'_>) -> Result<Option<Self>, Wrong>;
}

impl FromRow for Country {
    fn from_row(row: &Row<'_>) -> Result<Option<Self>, Wrong> {
        let parse = |text: &str| text.to_ascii_uppercase().parse().map_err(|error| Wrong::of("country", &error));
        row.get("country").map(parse).transpose()
    }
}

pub(crate) fn parsed<T: std::str::FromStr<Err = Error>>(row: &Row<'_>, field: &str) -> Result<Option<T>, Wrong> {
    row.get(field).map(|text| text.parse().map_err(|error| Wrong::of(field, &error))).transpose()
}

fn facts(row: &Row<'_>, mapping: &Mapping) -> Result<HostFacts, Wrong> {
    let read = |text: &str| date::instant(text, mapping.dates, mapping.zone).map_err(|wrong| wrong.in_field("at"));
    let at = row.get("at").map(read).transpose()?;
    let existing_customer = yes_or_no(row, "existing_customer")?.unwrap_or(false);
    Ok(HostFacts { existing_customer, at, ..HostFacts::default() })
}

pub(crate) fn yes_or_no(row: &Row<'_>, field: &str) -> Result<Option<bool>, Wrong> {
    match row.get(field).map(str::to_ascii_lowercase).as_deref() {
        None => Ok(None),
        Some("no" | "false" | "0") => Ok(Some(false)),
        Some("yes" | "true" | "1") => Ok(Some(true)),
        Some(_) => Err(Wrong::new("not_yes_or_no", "is neither yes nor no").in_field(field)),
    }
}

fn person(row: &Row<'_>) -> Result<Person, Wrong> {
    let person = Person {
        host_id: parsed(row, "host_id")?,
        ids: further_ids(row)?,
        email: parsed(row, "email")?,
        name: row.get("name").map(|name| Private(name.to_owned())),
        language: parsed(row, "language")?,
        ..Person::default()
    };
    match who(&person) {
        Some(_) => Ok(person),
        None => Err(Wrong::new("nobody", "names nobody: `host_id`, `email` and every `ids.…` are empty")),
    }
}

/// The surest of the ways in which a row names a person.
fn who(person: &Person) -> Option<Who> {
    let host_id = person.host_id.clone().map(Who::Host);
    let further = || person.ids.first().cloned().map(Who::Further);
    host_id.or_else(further).or_else(|| person.email.clone().map(Who::Email))
}

/// The values of all columns named `prefix` and the name of another system, such as `ids.stripe`, each with that name.
fn by_source<T: std::str::FromStr<Err = Error>>(row: &Row<'_>, prefix: &str) -> Result<Vec<(SourceName, T)>, Wrong> {
    let mut found = Vec::new();
    for field in row.columns().fields() {
        let Some(system) = field.strip_prefix(prefix) else { continue };
        if let Some(id) = parsed(row, field)? {
            found.push((system.parse().map_err(|error| Wrong::of(field, &error))?, id));
        }
    }
    Ok(found)
}

/// The ids of a person in other systems: `ids.stripe`.
fn further_ids(row: &Row<'_>) -> Result<Vec<FurtherId>, Wrong> {
    Ok(by_source(row, "ids.")?.into_iter().map(|(source, id)| FurtherId { source, id }).collect())
}

fn data(row: &Row<'_>) -> Data {
    let named = row.columns().fields().filter_map(|field| {
        let name = field.strip_prefix("data.")?;
        row.get(field).map(|text| (name.to_owned(), serde_json::Value::from(text)))
    });
    Data(named.collect())
}

fn evidence(row: &Row<'_>, mapping: &Mapping) -> Result<EvidenceGiven, Wrong> {
    let text = |field: &str| row.get(field).map(ToOwned::to_owned);
    let referrer = match (parsed(row, "referrer")?, parsed(row, "referrer_host_id")?) {
        (Some(participant), _) => Some(Who::Id(participant)),
        (None, Some(host_id)) => Some(Who::Host(host_id)),
        (None, None) => parsed(row, "referrer_email")?.map(Who::Email),
    };
    let read = |text: &str| date::instant(text, mapping.dates, mapping.zone);
    let at = row.get("evidence_at").map(read).transpose().map_err(|wrong| wrong.in_field("evidence_at"))?;
    Ok(EvidenceGiven { referrer, code: text("code"), link: text("link"), visitor: text("visitor"), at })
}

fn conversion(
    row: &Row<'_>,
    mapping: &Mapping,
    campaign: Option<&CampaignSlug>,
    source: &SourceName,
    id: &str,
) -> Result<RecordConversion, Wrong> {
    let event: EventId = id.parse().map_err(|error| Wrong::of("id", &error))?;
    let kind = match row.get("kind") {
        Some(text) => text.to_ascii_lowercase().parse().map_err(|error| Wrong::of("kind", &error))?,
        None => mapping.kind.unwrap_or(ConversionKind::Purchase),
    };
    let campaign: Option<CampaignSlug> = parsed(row, "campaign")?.or_else(|| campaign.cloned());
    let currency = currency(row, mapping)?;
    let money = |field: &str| row.get(field).map(|text| amount(text, mapping, currency)).transpose();
    let in_field = |field: &'static str| move |wrong: Wrong| wrong.in_field(field);
    let source = parsed(row, "source")?.unwrap_or_else(|| source.clone());
    let mut references = by_source(row, "references.")?;
    if let Some(id) = parsed(row, "references")? {
        references.insert(0, (source.clone(), id));
    }
    Ok(RecordConversion {
        source,
        event,
        kind,
        person: person(row)?,
        campaign,
        total: money("total").map_err(in_field("total"))?,
        no_amount: yes_or_no(row, "no_amount")?.unwrap_or(mapping.amounts == Amounts::None),
        tax: money("tax").map_err(in_field("tax"))?,
        shipping: money("shipping").map_err(in_field("shipping"))?,
        country: Country::from_row(row)?,
        coupon: row.get("coupon").map(ToOwned::to_owned),
        data: data(row),
        evidence: evidence(row, mapping)?,
        occurred_at: None,
        references: references.into_iter().map(|(source, id)| Reference { source, id }).collect(),
    })
}

/// The currency of a row's amounts, unless they name their own.
pub(crate) fn currency(row: &Row<'_>, mapping: &Mapping) -> Result<Option<Currency>, Wrong> {
    let parse = |text: &str| text.to_ascii_uppercase().parse().map_err(|error| Wrong::of("currency", &error));
    row.get("currency").map(parse).transpose().map(|stated| stated.or(mapping.currency))
}

/// An amount, whose currency may stand behind it.
pub(crate) fn amount(text: &str, mapping: &Mapping, currency: Option<Currency>) -> Result<Money, Wrong> {
    let (number, behind) = match text.rsplit_once(' ') {
        Some((number, code)) if code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_alphabetic()) => {
            let code = code.to_ascii_uppercase().parse::<Currency>();
            (number.trim_end(), Some(code.map_err(|error| Wrong::of("currency", &error))?))
        }
        _ => (text, None),
    };
    if let (Some(behind), Some(currency)) = (behind, currency)
        && behind != currency
    {
        return Err(Wrong::new("currency", "is in another currency than the row or the mapping says"));
    }
    let currency = behind.or(currency).ok_or_else(|| Wrong::new("currency", "has no currency"))?;
    let number = number::plain(number, mapping.decimals)?;
    let outside = |_| Wrong::new("not_an_amount", "has more decimals than its currency, or is too large");
    format!("{number} {currency}").parse().map_err(outside)
}

pub(crate) fn invitee(row: &Row<'_>) -> Result<Invitee, Wrong> {
    if let Some(host_id) = parsed(row, "host_id")? {
        return Ok(Invitee::Who(Who::Host(host_id)));
    }
    if let Some(id) = further_ids(row)?.into_iter().next() {
        return Ok(Invitee::Who(Who::Further(id)));
    }
    if let Some(email) = parsed(row, "email")? {
        return Ok(Invitee::Who(Who::Email(email)));
    }
    let code = row.get("code").map(|code| Invitee::Code(code.to_owned()));
    code.ok_or_else(|| Wrong::new("nobody", "names nobody"))
}

fn owed(row: &Row<'_>, source: &SourceName) -> Result<Owed, Wrong> {
    if let Some(text) = row.get("reward") {
        return match text.parse() {
            Ok(Subject::Reward(key)) => Ok(Owed::Key(key)),
            _ => Err(Wrong::new("invalid_value", "reward: is not the key of a reward")),
        };
    }
    let lacking = || Wrong::new("nothing", "names no reward: `rule`, a person, and `event` or `cause` are needed");
    let who = match (parsed(row, "participant")?, parsed(row, "host_id")?) {
        (Some(participant), _) => Who::Id(participant),
        (None, Some(host_id)) => Who::Host(host_id),
        (None, None) => match further_ids(row)?.into_iter().next() {
            Some(id) => Who::Further(id),
            None => Who::Email(parsed(row, "email")?.ok_or_else(lacking)?),
        },
    };
    let rule = parsed(row, "rule")?.ok_or_else(lacking)?;
    match parsed(row, "cause")? {
        Some(cause) => Ok(Owed::Of(rule, who, cause)),
        None if row.get("event").is_some() => Ok(Owed::ByOrder(rule, who, order(row, source)?)),
        None => Err(lacking()),
    }
}

/// The order that a row is about.
pub(crate) fn order(row: &Row<'_>, source: &SourceName) -> Result<ConversionKey, Wrong> {
    let event = parsed(row, "event")?.ok_or_else(|| Wrong::new("no_event", "event: is empty"))?;
    Ok(ConversionKey { source: parsed(row, "source")?.unwrap_or_else(|| source.clone()), event })
}
