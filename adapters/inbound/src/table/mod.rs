//! Tables: JSON that says which events become which commands, and what their fields are taken from.
//!
//! A table decides nothing: the commands that it makes are the ones that anybody could send.

mod assemble;
mod condition;
mod mapped;
mod parse;
mod path;
mod people;
mod read;
mod read_take;
mod spec;
mod take;

use referral_core::command::{AnyCommand, HostFacts, Request};
use referral_core::error::Error;
use referral_core::value::{CommandKey, Entropy, SourceName, Timestamp};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub use mapped::{Answer, Erasure, Expected, Mapped, Origin, Shortfall, Unrecorded};
pub use read::TableMistake;

use assemble::{Made, assemble};
pub(crate) use condition::Condition;
use path::Path;
pub(crate) use path::{Place, scalar};
pub(crate) use read::Reading;
pub(crate) use take::{Names, Scope, Take, Taken};

use crate::error::{InboundError, Result};
use crate::json::Json;
use crate::verify::Verified;
use spec::{EXISTING_CUSTOMER, Kind, Spec};

/// So many events of one delivery are mapped; HubSpot sends at most 100.
const MOST_EVENTS: usize = 1_000;

/// A table of the events of one system: which of them become which commands.
///
/// ```
/// use referral_inbound::{Delivery, Scheme, Secrets, Table, verify};
/// let table = Table::from_json(r#"{
///     "source": "shop",
///     "rules": [{
///         "name": "paid",
///         "when": [{"path": "type", "is": "order.paid"}],
///         "command": "record_conversion",
///         "fields": {
///             "event": "order.id",
///             "kind": {"value": "purchase"},
///             "person.host_id": "order.customer",
///             "total": {"amount": "order.total", "currency": {"value": "EUR"}, "unit": "major"}
///         }
///     }]
/// }"#).map_err(|mistakes| format!("{mistakes:?}"))?;
///
/// let body = br#"{"type": "order.paid", "order": {"id": "o-1", "customer": "bob", "total": 49.90}}"#;
/// let headers: &[(&str, &[u8])] = &[("authorization", b"Bearer a-long-shared-secret")];
/// let scheme = Scheme::SharedSecret { header: "authorization".into() };
/// let secrets = Secrets::new(&["a-long-shared-secret"])?;
/// let verified = verify(&scheme, &Delivery { headers, body }, &secrets, "2026-05-01T09:00:00Z".parse()?)?;
/// let mapped = table.map(&verified)?;
/// assert_eq!(mapped.requests[0].command.name(), "record_conversion");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    source: SourceName,
    each: Option<Path>,
    id: Option<Take>,
    at: Option<Take>,
    names: Names,
    ignore: Vec<Ignored>,
    /// Whether every event is meant for this table: one to which no rule applies is a mistake of who sent it.
    every_event: bool,
    rules: Vec<Rule>,
}

/// Events that the table ignores on purpose, with the name that says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Ignored {
    name: String,
    when: Vec<Condition>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    name: String,
    when: Vec<Condition>,
    /// Without any of these groups of fields the rule does not apply.
    skip_without: Vec<String>,
    command: &'static str,
    fields: Vec<(String, Kind, Take)>,
    /// Errors after which there is nothing left to do.
    expects: Vec<Expected>,
}

/// What one event is mapped with.
struct Event<'a> {
    scope: Scope<'a>,
    index: usize,
    id: Option<String>,
    at: Option<Timestamp>,
    /// When a message that was kept was received: what it tells happened no later.
    told_at: Option<Timestamp>,
    received_at: Timestamp,
}

impl Table {
    /// Reads a table.
    ///
    /// # Errors
    /// Every mistake in it, each with its place.
    pub fn from_json(text: &str) -> Result<Self, Vec<TableMistake>> {
        read::table(text)
    }

    /// The table with a constant set that its rules name: the campaign of those that come with this crate.
    #[must_use]
    pub fn with_constant(mut self, name: &str, value: &str) -> Self {
        self.names.constants.insert(name.to_owned(), Json::Text(value.to_owned()));
        self
    }

    /// The table with a map set that its rules name: Stripe's promotion code ids and the codes that people type.
    #[must_use]
    pub fn with_map<K: Into<String>, V: Into<String>>(
        mut self,
        name: &str,
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let entries = entries.into_iter().map(|(from, to)| (from.into(), to.into())).collect();
        self.names.maps.insert(name.to_owned(), entries);
        self
    }

    /// The table with a list set that its conditions name: the stages in which a deal is won.
    #[must_use]
    pub fn with_list<V: Into<String>>(mut self, name: &str, entries: impl IntoIterator<Item = V>) -> Self {
        self.names.lists.insert(name.to_owned(), entries.into_iter().map(Into::into).collect());
        self
    }

    /// Where conversions of this table come from, and letters.
    #[must_use]
    pub fn source(&self) -> &SourceName {
        &self.source
    }

    /// Maps a delivery to requests.
    ///
    /// The key of each request is made of the event's own id and time, so the same event, delivered again, is the same request:
    /// it is answered from its receipt, and refused once receipts of its time are gone. Conversions and refunds are known for
    /// ever by ids of their own.
    ///
    /// # Errors
    /// [`InboundError::NotJson`], [`InboundError::EventsInvalid`]. What is wrong with a single event stands in
    /// [`Mapped::problems`].
    pub fn map(&self, verified: &Verified<'_>) -> Result<Mapped> {
        let body = Json::read(verified.body())?;
        let mut mapped = Mapped::default();
        for (index, event) in self.events(&body)?.into_iter().enumerate() {
            let place = Place { body: &body, event };
            let scope = Scope { place, names: &self.names, delivery: verified.delivery() };
            self.map_event(scope, index, verified, &mut mapped);
        }
        mapped.put_unsure_last();
        Ok(mapped)
    }

    fn events<'a>(&self, body: &'a Json) -> Result<Vec<&'a Json>> {
        let Some(each) = &self.each else { return Ok(vec![body]) };
        let wrong = |problem| Err(InboundError::EventsInvalid { problem });
        match each.find(Place { body, event: body }) {
            Some(Json::List(events)) if events.len() > MOST_EVENTS => wrong("has more than 1,000 entries"),
            Some(Json::List(events)) => Ok(events.iter().collect()),
            Some(event @ Json::Object(_)) => Ok(vec![event]),
            Some(_) => wrong("is no list"),
            None => wrong("is not there"),
        }
    }

    /// The body with one event alone, where it holds several.
    pub(crate) fn body_of(&self, verified: &Verified<'_>, event: usize) -> Option<Vec<u8>> {
        let each = self.each.as_ref()?;
        let body = Json::read(verified.body()).ok()?;
        let Some(Json::List(events)) = each.find(Place { body: &body, event: &body }) else { return None };
        let event = events.get(event).filter(|_| events.len() > 1)?.clone();
        each.replaced(body, Json::List(vec![event])).map(|body| body.to_string().into_bytes())
    }

    fn map_event(&self, scope: Scope<'_>, index: usize, verified: &Verified<'_>, mapped: &mut Mapped) {
        let all_hold = |when: &[Condition]| when.iter().all(|when| when.holds(scope));
        let rules: Vec<_> = self.rules.iter().filter(|rule| all_hold(&rule.when)).collect();
        let ignored = self.ignore.iter().find(|ignored| all_hold(&ignored.when));
        if let Some(ignored) = ignored {
            return mapped.ignored.push((index, ignored.name.clone()));
        }
        let wrong = |field: &str, problem: String| {
            let rule = rules.first().map_or_else(String::new, |rule| rule.name.clone());
            InboundError::FieldInvalid { rule, field: field.to_owned(), problem }
        };
        let id = match self.id.as_ref().map_or(Ok(None), |id| id.text(scope)) {
            Ok(id) => id,
            Err(problem) => return mapped.problems.push((index, wrong("id", problem))),
        };
        let at = match self.at.as_ref().map_or(Ok(None), |at| at.take(scope)) {
            Ok(Some(Taken::Time(at))) => Some(at),
            Ok(_) => None,
            Err(problem) if !rules.is_empty() => return mapped.problems.push((index, wrong("at", problem))),
            Err(_) => None,
        };
        let (told_at, received_at) = (verified.told_at(), verified.received_at());
        let event = Event { scope, index, id, at, told_at, received_at };
        let told = |mapped: &Mapped| mapped.requests.len() + mapped.problems.len() + mapped.erasures.len();
        let before = told(mapped);
        for rule in &rules {
            if let Err(problem) = self.apply(rule, &event, mapped) {
                mapped.problems.push((index, problem));
            }
        }
        if told(mapped) != before {
            return;
        }
        if self.every_event {
            let problem = "no rule of the table applies to the event".to_owned();
            let rule = "every_event".to_owned();
            let problem = InboundError::FieldInvalid { rule, field: "event".to_owned(), problem };
            return mapped.problems.push((index, problem));
        }
        mapped.unmatched += 1;
    }

    fn apply(&self, rule: &Rule, event: &Event<'_>, mapped: &mut Mapped) -> Result<()> {
        let spec = Spec::named(rule.command).ok_or_else(|| rule.wrong("command", "is unknown"))?;
        let mut left_out = Vec::new();
        let mut fields: Vec<(String, Value)> = Vec::new();
        for (name, kind, take) in &rule.fields {
            let taken = take.take(event.scope).and_then(|taken| match taken {
                Some(taken) => parse::parse(*kind, taken, &self.source).map(Some),
                None => Ok(None),
            });
            match taken {
                Ok(Some(value)) => fields.push((name.clone(), value)),
                Ok(None) => {}
                Err(problem) if kind.is_soft() => left_out.push((event.index, rule.wrong(name, problem))),
                Err(problem) => return Err(rule.wrong(name, problem)),
            }
        }
        let has = |wanted: &str| {
            let within = |name: &str| name.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('.'));
            fields.iter().any(|(name, _)| name == wanted || within(name))
        };
        if !rule.skip_without.iter().all(|group| has(group)) {
            return Ok(());
        }
        for group in spec.needs {
            if !group.iter().any(|name| has(name)) {
                let field = group.join("` or `");
                return Err(InboundError::FieldMissing { rule: rule.name.clone(), field });
            }
        }
        if !spec.is_unique && event.at.is_none() {
            return Err(InboundError::FieldMissing { rule: rule.name.clone(), field: "at".to_owned() });
        }
        let existing_customer = take_existing(&mut fields);
        let (made, changed) =
            assemble(spec, &self.source, fields).map_err(|(field, problem)| rule.wrong(field, problem))?;
        left_out.extend(changed.into_iter().map(|(field, problem)| (event.index, rule.wrong(field, problem))));
        match made {
            Made::Erasure(person) => mapped.erasures.push(Erasure { event: event.index, person }),
            Made::Commands(commands) => self.request(rule, event, (commands, existing_customer), mapped)?,
        }
        mapped.left_out.extend(left_out);
        Ok(())
    }

    /// Makes requests of commands. Each happened when the event did, whenever it is delivered.
    fn request(
        &self,
        rule: &Rule,
        event: &Event<'_>,
        (commands, existing_customer): (Vec<AnyCommand>, bool),
        mapped: &mut Mapped,
    ) -> Result<()> {
        commands.first().map_or(Ok(()), |command| rule.check_amount(command))?;
        for (place, command) in (0_u64..).zip(commands) {
            let key = self.key(rule, event, place, &command);
            let at = event.at.or(event.told_at);
            let facts = HostFacts { at, existing_customer, ..HostFacts::default() };
            mapped.requests.push(Request { key, command, facts });
            let (event, rule, expects) = (event.index, rule.name.clone(), rule.expects.clone());
            mapped.origins.push(Origin { event, rule, expects });
        }
        Ok(())
    }

    /// The same for the same event, whenever it is delivered.
    fn key(&self, rule: &Rule, event: &Event<'_>, place: u64, command: &AnyCommand) -> CommandKey {
        let told = event.id.clone().map_or_else(|| serde_json::to_vec(command).unwrap_or_default(), String::into_bytes);
        let at = event.at.unwrap_or(event.received_at);
        let mut hash = Sha256::new();
        for part in [b"referral-inbound key".as_slice(), self.source.as_str().as_bytes(), rule.name.as_bytes(), &told] {
            hash.update(u64::try_from(part.len()).unwrap_or_default().to_be_bytes());
            hash.update(part);
        }
        if place > 0 {
            hash.update(place.to_be_bytes());
        }
        CommandKey::mint(at, &mut Entropy::new(hash.finalize().into()))
    }
}

/// Whether the event says that the person was a customer before. It is no part of the command.
fn take_existing(fields: &mut Vec<(String, Value)>) -> bool {
    let says = fields.iter().any(|(name, value)| name == EXISTING_CUSTOMER && value == &Value::Bool(true));
    fields.retain(|(name, _)| name != EXISTING_CUSTOMER);
    says
}

impl Rule {
    /// An order has an amount, or the table says on purpose that it has none.
    fn check_amount(&self, command: &AnyCommand) -> Result<()> {
        let AnyCommand::RecordConversion(conversion) = command else { return Ok(()) };
        conversion.check_amount().map_err(|error| match error {
            Error::InvalidCommand { field, problem } => self.wrong(field, problem),
            other => self.wrong("total", other.to_string()),
        })
    }

    fn wrong(&self, field: &str, problem: impl Into<String>) -> InboundError {
        InboundError::FieldInvalid { rule: self.name.clone(), field: field.to_owned(), problem: problem.into() }
    }
}
