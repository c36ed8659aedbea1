//! All that is held on one person, as JSON.
//!
//! It reads every record of the tenant, kind by kind, and keeps what names the person: so what is added to the records one
//! day is in it without a line here. Of other people it holds random ids and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::engine::{Operation, Reply, Step};
use crate::error::{Error, Result, StoreError};
use crate::record::{
    Cell, ConversionKey, EvidenceTouchesKey, Kind, Met, NotificationKey, Origin, Record, RecordKind, ReferenceKey,
    Referral, Touch, TouchKind,
};
use crate::store::{Listing, Page, PageRequest};
use crate::value::{ParticipantId, TenantId};

/// How many records a page holds.
const PAGE: u32 = 5_000;

/// All that is held on one person.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonData {
    /// The id that this library gave.
    pub participant: ParticipantId,
    /// The records that name the person, by kind, each as it is stored. Hashes are left out; of an alias its kind stays.
    pub records: BTreeMap<String, Vec<Value>>,
}

impl std::fmt::Debug for PersonData {
    /// Says how much it is, and nothing of it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let counts: BTreeMap<_, _> = self.records.iter().map(|(kind, records)| (kind, records.len())).collect();
        f.debug_struct("PersonData").field("participant", &self.participant).field("records", &counts).finish()
    }
}

/// Reads everything and keeps what names one person.
///
/// It takes as long as an audit: it is for the request of a person, not for a page.
#[derive(Debug)]
pub struct Export {
    tenant: TenantId,
    kinds: std::slice::Iter<'static, Kind>,
    page: Option<PageRequest>,
    found: Found,
}

#[derive(Debug)]
struct Found {
    participant: ParticipantId,
    /// The person's ids: that of the one who stays, and of all who turned out to be that person.
    ids: Vec<(ParticipantId, String)>,
    events: BTreeSet<ConversionKey>,
    notifications: BTreeSet<NotificationKey>,
    /// What told evidence of the person.
    told: BTreeSet<EvidenceTouchesKey>,
    aliases: BTreeSet<String>,
    data: PersonData,
}

impl Export {
    /// What is held on `participant`.
    #[must_use]
    pub fn new(tenant: TenantId, participant: ParticipantId) -> Self {
        let data = PersonData { participant, records: BTreeMap::new() };
        let (events, notifications, aliases) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        let told = BTreeSet::new();
        let ids = vec![(participant, participant.to_string())];
        let found = Found { participant, ids, events, notifications, told, aliases, data };
        Self { tenant, kinds: Kind::ALL.iter(), page: None, found }
    }

    fn next_kind(&mut self) -> Result<Step<PersonData>> {
        self.page = self.kinds.next().map(|kind| Listing::All(*kind).first(kind.page_size(PAGE)));
        if let Some(page) = &self.page {
            return Ok(Step::List(page.clone()));
        }
        if self.found.data.records.is_empty() {
            return Err(Error::not_found("participant", self.found.participant));
        }
        Ok(Step::Done(self.found.data.clone()))
    }

    fn listed(&mut self, page: Page) -> Result<Step<PersonData>> {
        page.rows.into_iter().for_each(|stored| self.found.note(stored.record));
        match (page.next, self.page.as_mut()) {
            (Some(after), Some(request)) => {
                request.after = Some(after);
                Ok(Step::List(request.clone()))
            }
            _ => self.next_kind(),
        }
    }
}

impl Found {
    fn note(&mut self, record: Record) {
        if !self.is_theirs(&record) {
            return;
        }
        let record = match record {
            // Somebody else came by their link: where from is that person's.
            Record::Touch(touch) if touch.touched != TouchKind::Share => {
                Record::Touch(Touch { visitor: None, network: None, origin: Origin::default(), ..touch })
            }
            // So is where somebody whom they referred came from.
            Record::Referral(referral) if !self.has_id(referral.invitee) => {
                let further =
                    referral.further.iter().map(|met| Met { origin: Origin::default(), ..met.clone() }).collect();
                Record::Referral(Referral { origin: Origin::default(), further, ..referral })
            }
            other => other,
        };
        let kind = record.kind().table().name.to_owned();
        let mut json = serde_json::to_value(&record).unwrap_or_else(|_| json!({}));
        if let Value::Object(fields) = &mut json {
            fields.retain(|name, _| !matches!(name.as_str(), "kind" | "hash" | "content" | "asker" | "people"));
        }
        self.data.records.entry(kind).or_default().push(json);
    }

    /// Whether an id is one of the person.
    fn has_id(&self, participant: ParticipantId) -> bool {
        self.ids.iter().any(|(id, _)| *id == participant)
    }

    /// Whether a record names the person, or belongs to one that does. Kinds come in the order in which they refer to one
    /// another: conversions before their further ids and refunds, notifications before their deliveries.
    fn is_theirs(&mut self, record: &Record) -> bool {
        match record {
            // Participants come before all that names them by their ids.
            Record::Participant(known) => {
                let theirs = known.participant == self.participant
                    || known.merged_into.as_ref().is_some_and(|merge| merge.into == self.participant);
                if theirs && !self.has_id(known.participant) {
                    self.ids.push((known.participant, known.participant.to_string()));
                }
                theirs
            }
            Record::Referral(referral) if self.has_id(referral.invitee) => self.note_told(referral),
            Record::EvidenceTouches(told) => self.told.contains(&told.key()),
            // Somebody else's memory of their links.
            Record::Visitor(_) => false,
            Record::Conversion(conversion) => {
                let theirs = conversion.participant.is_some_and(|participant| self.has_id(participant));
                if theirs {
                    self.events.insert(conversion.key());
                }
                theirs
            }
            Record::Reference(reference) => {
                let (source, event) = (reference.conversion_source.clone(), reference.conversion_event.clone());
                let theirs = self.events.contains(&ConversionKey { source, event });
                if theirs {
                    let ReferenceKey { source, id } = reference.key();
                    self.events.insert(ConversionKey { source, event: id });
                }
                theirs
            }
            Record::Refund(refund) => {
                let (source, event) = (refund.source.clone(), refund.event.clone());
                self.events.contains(&ConversionKey { source, event })
            }
            Record::Delivery(delivery) => {
                self.notifications.contains(&NotificationKey { notification: delivery.notification })
            }
            // What it says is encrypted: the question `show_letter` opens it.
            Record::Letter(letter) => letter.people.iter().any(|name| self.aliases.contains(name)),
            Record::Alias(alias) => {
                let theirs = self.has_id(alias.participant);
                if theirs {
                    self.aliases.insert(HEXLOWER.encode(&alias.hash));
                }
                theirs
            }
            other => {
                let theirs = self.names(other);
                if let (Record::Notification(notification), true) = (other, theirs) {
                    self.notifications.insert(notification.key());
                }
                theirs
            }
        }
    }

    /// Notes what told evidence of a referral of the person: touches are kept with it.
    fn note_told(&mut self, referral: &Referral) -> bool {
        let commands = std::iter::once(referral.command).chain(referral.further.iter().map(|met| met.command));
        self.told.extend(commands.map(|command| EvidenceTouchesKey { campaign: referral.campaign, command }));
        true
    }

    fn names(&self, record: &Record) -> bool {
        record.cells().iter().any(|cell| match cell {
            Cell::Bytes(bytes) => self.ids.iter().any(|(id, _)| bytes == id.0.as_bytes()),
            Cell::Text(text) => self.ids.iter().any(|(_, id)| text.contains(id)),
            Cell::Null | Cell::Integer(_) => false,
        })
    }
}

impl Operation for Export {
    type Output = PersonData;

    fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    fn next(&mut self, reply: Option<Reply>) -> Result<Step<PersonData>> {
        match reply {
            None => self.next_kind(),
            Some(Reply::Listed(page)) => self.listed(page),
            Some(Reply::Failed(error)) => Err(error.into()),
            Some(_) => Err(Error::Store(StoreError::Failed("the reply does not fit the step".to_owned()))),
        }
    }
}
