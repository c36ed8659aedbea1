//! People who want to see their referrals, and come back with the token that was sent; and people who want to be erased.

use referral_core::link::LookupToken;
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
