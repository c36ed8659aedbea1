//! Whom a message names, as far as it can be read: by this a message that is kept is found when a person is erased.

use std::borrow::Cow;

use referral_core::command::Who;
use referral_core::record::FurtherId;
use referral_core::value::{Email, HostId, ParticipantId, SourceName};

use super::path::{Place, scalar};
use super::spec::{Kind, system_of};
use super::take::{Scope, Take, Taken};
use super::{Rule, Table};
use crate::json::Json;
use crate::verify::Verified;

/// A message that names more people is not kept whole: not all of them could be noted.
const MOST: usize = 1_000;

/// People whom a message names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Named {
    pub(crate) people: Vec<Who>,
    pub(crate) ids: Vec<FurtherId>,
}

impl Named {
    fn note(&mut self, who: Who) {
        if self.people.len() + self.ids.len() < MOST && !self.people.contains(&who) {
            self.people.push(who);
        }
    }

    fn note_id(&mut self, id: FurtherId) {
        if self.people.len() + self.ids.len() < MOST && !self.ids.contains(&id) {
            self.ids.push(id);
        }
    }
}

impl Table {
    /// Everybody whom a message names: by what any rule would read as an id or an email, whether or not it applies, and by
    /// every email in any text.
    pub(crate) fn people(&self, verified: &Verified<'_>) -> Named {
        let mut named = Named::default();
        let Ok(body) = Json::read(verified.body()) else {
            note_emails(&String::from_utf8_lossy(verified.body()), &mut named);
            return named;
        };
        let events = self.events(&body).unwrap_or_else(|_| vec![&body]);
        for event in events {
            let place = Place { body: &body, event };
            let scope = Scope { place, names: &self.names, delivery: verified.delivery() };
            self.rules.iter().for_each(|rule| rule.note_people(scope, &mut named));
        }
        note_texts(&body, &mut named);
        named
    }
}

impl Rule {
    fn note_people(&self, scope: Scope<'_>, named: &mut Named) {
        for (name, kind, take) in &self.fields {
            for text in texts(take, scope) {
                let text = text.trim();
                match kind {
                    Kind::HostId => drop(HostId::new(text).map(|id| named.note(Who::Host(id)))),
                    Kind::Email => drop(text.parse::<Email>().map(|email| named.note(Who::Email(email)))),
                    Kind::Participant => drop(text.parse::<ParticipantId>().map(|id| named.note(Who::Id(id)))),
                    Kind::FurtherIds => {
                        let source = system_of(name).and_then(|system| SourceName::new(system).ok());
                        let id = source.zip(HostId::new(text).ok()).map(|(source, id)| FurtherId { source, id });
                        id.into_iter().for_each(|id| named.note_id(id));
                    }
                    _ => {}
                }
            }
        }
    }
}

/// What a field would be: of several ways all, because another one may be read once the table is mended.
fn texts(take: &Take, scope: Scope<'_>) -> Vec<String> {
    match take {
        Take::First(takes) => takes.iter().flat_map(|take| texts(take, scope)).collect(),
        take => match take.take(scope) {
            Ok(Some(Taken::Plain(json))) => scalar(&json).into_iter().collect(),
            Ok(Some(Taken::List(texts))) => texts,
            _ => Vec::new(),
        },
    }
}

fn note_texts(json: &Json, named: &mut Named) {
    match json {
        Json::Text(text) => note_emails(text, named),
        Json::List(entries) => entries.iter().for_each(|entry| note_texts(entry, named)),
        Json::Object(members) => {
            for (name, value) in members {
                note_emails(name, named);
                note_texts(value, named);
            }
        }
        Json::Null | Json::Bool(_) | Json::Number(_) => {}
    }
}

/// Every email in a text: alone, in a sentence, in a URL.
fn note_emails(text: &str, named: &mut Named) {
    let text: Cow<'_, str> = if text.contains("%40") { text.replace("%40", "@").into() } else { text.into() };
    if !text.contains('@') {
        return;
    }
    let apart = |c: char| c.is_whitespace() || c.is_control() || "<>()[]{},;:\"'`\\|".contains(c);
    let parts = text.split(apart).chain(text.split(|c: char| apart(c) || "/?=&#".contains(c)));
    for part in parts.filter(|part| part.contains('@')) {
        if let Ok(email) = part.trim_matches('.').parse::<Email>() {
            named.note(Who::Email(email));
        }
    }
}
