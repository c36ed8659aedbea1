//! People who want to see their referrals, and come back with the token that was sent; people who want no mails, or to be
//! erased.

use referral_core::link::{LookupToken, UnsubscribeToken};
use referral_core::record::{Key, Kind, Record};
use referral_core::store::Listing;
use serde_json::{Value, json};

use super::people::email;
use super::{Maker, cheat};
use crate::run::keyring;

impl Maker<'_> {
    /// Somebody is erased, with whatever a listing proposes: what is another's stays.
    pub(super) fn erase_person(&mut self) -> Option<Value> {
        let person = self.someone();
        let kinds = [Kind::Alias, Kind::Conversion, Kind::Code, Kind::Link];
        let proposed = kinds.into_iter().flat_map(|kind| self.list(Listing::All(kind)));
        let records: Vec<Key> = proposed.map(|record| record.key()).collect();
        Some(json!({"erase_person": {"participant": self.named(person), "records": records}}))
    }

    /// Somebody wants no mails: by the token of one, forged now and then, or as the host was told.
    pub(super) fn unsubscribe(&mut self) -> Option<Value> {
        let recipient = if self.chance(60) {
            let Some(Record::Participant(known)) = self.any(Kind::Participant) else { return None };
            let token = UnsubscribeToken::derive(&keyring().ok()?, &self.tenant.id, known.participant).expose();
            json!({"token": if self.draw.once_in(5) { cheat::forged(&token, self.draw) } else { token }})
        } else {
            let person = self.someone();
            json!({"participant": self.named(person)})
        };
        Some(json!({"unsubscribe": {"recipient": recipient, "kinds": self.kinds()}}))
    }

    /// Somebody wants mails again, or says so for the first time.
    pub(super) fn resubscribe(&mut self) -> Option<Value> {
        let person = self.someone();
        Some(json!({"resubscribe": {"participant": self.named(person), "kinds": self.kinds()}}))
    }

    /// Everything, some kinds, and now and then one that is not to be chosen.
    fn kinds(&mut self) -> Vec<&'static str> {
        match self.draw.below(20) {
            0..=10 => Vec::new(),
            11..=18 => vec!["reward.due", self.one(&["referral.lead", "referral.qualified", "reward.due"])],
            _ => vec!["lookup.requested"],
        }
    }

    /// Somebody asks; one in three has no such email.
    pub(super) fn request_lookup(&mut self) -> Option<Value> {
        let (person, spelling) = (self.someone(), self.draw.below(4));
        let email = if self.chance(33) { format!("nobody{person}@example.org") } else { email(person, spelling) };
        Some(json!({"request_lookup": {"campaign": self.campaign(), "email": email}}))
    }

    /// Somebody opens a lookup, soon or late, once or again; forged now and then.
    pub(super) fn open_lookup(&mut self) -> Option<Value> {
        let Some(Record::Lookup(lookup)) = self.any(Kind::Lookup) else { return None };
        let mut token = LookupToken::derive(&keyring().ok()?, &self.tenant.id, lookup.lookup).expose();
        if self.draw.once_in(4) {
            token = cheat::forged(&token, self.draw);
        }
        Some(json!({"open_lookup": {"token": token}}))
    }
}
