//! People who want to see their referrals: they ask by email, and come back with the token that was sent.

use referral_core::link::LookupToken;
use referral_core::record::{Kind, Record};
use serde_json::{Value, json};

use super::people::email;
use super::{Maker, cheat};
use crate::run::keyring;

impl Maker<'_> {
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
