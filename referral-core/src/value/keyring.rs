//! The host's secrets, and what is derived from them.
//!
//! The host passes them in; there is no default and none is ever written down. What a store keeps is a [`KeyCheck`] of
//! each, so that a wrong key is refused when the store is opened, before it can hash a single alias.

use std::collections::BTreeMap;
use std::fmt;

use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::{LetterId, Secret, SourceName, TenantId, VisitorId};
use crate::error::Error;

const CONTEXT_LINK_KEY: &str = "referrals 2026 link key 1";
const LABEL_CHECK: &str = "referrals key check 1";
const LABEL_ALIAS: &str = "referrals alias 1";
const LABEL_VISITOR: &str = "referrals visitor 1";
const LABEL_CONTENT: &str = "referrals content 1";
const LABEL_LOOKUP: &str = "referrals lookup 1";
const LABEL_LETTER: &str = "referrals letter 1";
const LABEL_SEAL: &str = "referrals letter seal 1";

/// What a link root is still good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// It signs new tokens and verifies old ones. Exactly one is.
    Active,
    /// It verifies old tokens.
    VerifyOnly,
    /// Its tokens are refused. It stays listed, so that its id is not given to another.
    Retired,
}

/// The check value of one key: it tells whether two keyrings hold the same key, and nothing about it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct KeyCheck {
    /// Which key: `link 1`, `alias`, `lookup`.
    pub name: String,
    /// Sixteen bytes in hexadecimal.
    pub check: String,
}

/// The host's secrets: link roots by id and state, the alias key, the lookup key.
///
/// ```
/// use referral_core::value::{KeyState, Keyring, Secret};
/// let keyring = Keyring::builder()
///     .link_key(1, Secret::new([1; 32]), KeyState::VerifyOnly)
///     .link_key(2, Secret::new([2; 32]), KeyState::Active)
///     .alias_key(Secret::new([3; 32]))
///     .lookup_key(Secret::new([4; 32]))
///     .build()?;
/// assert_eq!(keyring.active_link_key().0, 2);
/// # Ok::<(), referral_core::error::Error>(())
/// ```
#[derive(Clone)]
pub struct Keyring {
    active: u8,
    active_key: Secret,
    links: BTreeMap<u8, (Secret, KeyState)>,
    alias: Secret,
    lookup: Secret,
}

impl Keyring {
    /// A keyring to be filled.
    #[must_use]
    pub fn builder() -> KeyringBuilder {
        KeyringBuilder { links: Vec::new(), alias: None, lookup: None }
    }

    /// The id and the link key that new tokens are signed under.
    #[must_use]
    pub fn active_link_key(&self) -> (u8, &Secret) {
        (self.active, &self.active_key)
    }

    /// The link key with this id and its state, if there is one: `BLAKE3.derive_key(context, root)`, derived once, with the
    /// context `referrals 2026 link key 1`.
    #[must_use]
    pub fn link_key(&self, key_id: u8) -> Option<(&Secret, KeyState)> {
        self.links.get(&key_id).map(|(key, state)| (key, *state))
    }

    /// The check value of every key, for the store to keep.
    #[must_use]
    pub fn checks(&self) -> Vec<KeyCheck> {
        let links = self.links.iter().map(|(id, (key, _))| key_check(format!("link {id}"), key));
        let others = [key_check("alias".into(), &self.alias), key_check("lookup".into(), &self.lookup)];
        links.chain(others).collect()
    }

    /// Whether this is the keyring whose checks were stored, perhaps with link roots added since.
    ///
    /// # Errors
    /// [`Error::KeyringMismatch`] if a key that was stored is another one now, or is missing.
    pub fn compare(&self, stored: &[KeyCheck]) -> Result<(), Error> {
        let ours = self.checks();
        for theirs in stored {
            let name = &theirs.name;
            let problem = match ours.iter().find(|ours| ours.name == *name) {
                Some(ours) if ours.check == theirs.check => continue,
                Some(_) => format!("key `{name}` is another one"),
                None => format!("key `{name}` is missing; a link key that is no longer used stays, as retired"),
            };
            return Err(Error::KeyringMismatch { problem });
        }
        Ok(())
    }

    /// The keyed hash under which an alias is found: `keyed_hash(alias key, label, tenant, kind, value)[..16]`.
    ///
    /// `kind` is `host id`, `email` and so on: one value is another alias for each kind.
    #[must_use]
    pub fn alias_hash(&self, tenant: &TenantId, kind: &str, value: &[u8]) -> [u8; 16] {
        Digest::keyed(&self.alias, LABEL_ALIAS).text(tenant.as_str()).text(kind).bytes(value).finish()
    }

    /// The id of the visitor whom the host knows by `raw`: a cookie, a device id.
    #[must_use]
    pub fn visitor_id(&self, tenant: &TenantId, raw: &str) -> VisitorId {
        let bytes = Digest::keyed(&self.alias, LABEL_VISITOR).text(tenant.as_str()).text(raw).finish();
        VisitorId(uuid::Builder::from_custom_bytes(bytes).into_uuid())
    }

    /// The keyed hash that single-use tokens and the like are derived by: `keyed_hash(lookup key, label, tenant, purpose,
    /// value)`.
    #[must_use]
    pub fn lookup_hash(&self, tenant: &TenantId, purpose: &str, value: &[u8]) -> [u8; 32] {
        self.lookup_digest(tenant, purpose, value).finish()
    }

    /// The first sixteen bytes of [`Keyring::lookup_hash`].
    pub(crate) fn lookup_tag(&self, tenant: &TenantId, purpose: &str, value: &[u8]) -> [u8; 16] {
        self.lookup_digest(tenant, purpose, value).finish()
    }

    fn lookup_digest(&self, tenant: &TenantId, purpose: &str, value: &[u8]) -> Digest {
        Digest::keyed(&self.lookup, LABEL_LOOKUP).text(tenant.as_str()).text(purpose).bytes(value)
    }

    /// The id of a message of a source: the same message has the same one.
    pub(crate) fn letter_id(
        &self,
        tenant: &TenantId,
        source: &SourceName,
        delivery: Option<&str>,
        body: &[u8],
    ) -> LetterId {
        let digest = Digest::keyed(&self.alias, LABEL_LETTER).text(tenant.as_str()).text(source.as_str());
        let digest = digest.fixed(&[u8::from(delivery.is_some())]).text(delivery.unwrap_or_default());
        LetterId(digest.bytes(body).finish())
    }

    /// The key that seals one message and no other.
    pub(super) fn sealing_key(&self, tenant: &TenantId, source: &SourceName, letter: LetterId) -> Secret {
        let digest = Digest::keyed(&self.alias, LABEL_SEAL).text(tenant.as_str()).text(source.as_str());
        Secret::new(digest.fixed(&letter.0).finish())
    }

    /// The keyed hash of a command, by which the same command is known again. Keyed, because a command may hold an email:
    /// without the key, whoever has the store could find out by trying.
    pub(crate) fn content_hash(&self, tenant: &TenantId, command: &[u8]) -> [u8; 32] {
        Digest::keyed(&self.alias, LABEL_CONTENT).text(tenant.as_str()).bytes(command).finish()
    }
}

fn derive_link_key(root: &Secret) -> Secret {
    Secret::new(blake3::derive_key(CONTEXT_LINK_KEY, root.expose()))
}

fn key_check(name: String, key: &Secret) -> KeyCheck {
    let check: [u8; 16] = Digest::keyed(key, LABEL_CHECK).text(&name).finish();
    KeyCheck { name, check: HEXLOWER.encode(&check) }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Keyring(..)")
    }
}

/// A [`Keyring`] that is being filled.
#[derive(Clone)]
pub struct KeyringBuilder {
    links: Vec<(u8, Secret, KeyState)>,
    alias: Option<Secret>,
    lookup: Option<Secret>,
}

impl KeyringBuilder {
    /// Adds a link root. The id is part of every token that it signs.
    #[must_use]
    pub fn link_key(mut self, key_id: u8, root: Secret, state: KeyState) -> Self {
        self.links.push((key_id, root, state));
        self
    }

    /// Sets the key that aliases and visitors are hashed with. It cannot be changed later.
    #[must_use]
    pub fn alias_key(mut self, key: Secret) -> Self {
        self.alias = Some(key);
        self
    }

    /// Sets the key that single-use tokens are derived by.
    #[must_use]
    pub fn lookup_key(mut self, key: Secret) -> Self {
        self.lookup = Some(key);
        self
    }

    /// The keyring.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] if a key is missing, is all zeros or serves twice, if a key id is used twice, or if not
    /// exactly one link key is active.
    pub fn build(self) -> Result<Keyring, Error> {
        let refuse = |problem: &str| Error::invalid("keyring", problem);
        let alias = self.alias.ok_or_else(|| refuse("has no alias key"))?;
        let lookup = self.lookup.ok_or_else(|| refuse("has no lookup key"))?;
        let mut seen = vec![&alias, &lookup];
        seen.extend(self.links.iter().map(|(_, root, _)| root));
        for (index, key) in seen.iter().enumerate() {
            if key.expose() == &[0; 32] {
                return Err(refuse("has a key that is all zeros"));
            }
            if seen.iter().skip(index + 1).any(|other| other == key) {
                return Err(refuse("has one secret in two places"));
            }
        }
        let mut active = self.links.iter().filter(|(_, _, state)| *state == KeyState::Active);
        let (active, active_key) = match (active.next(), active.next()) {
            (Some((key_id, root, _)), None) => (*key_id, derive_link_key(root)),
            (None, _) => return Err(refuse("has no active link key")),
            (Some(_), Some(_)) => return Err(refuse("has more than one active link key")),
        };
        let mut links = BTreeMap::new();
        for (key_id, root, state) in self.links {
            if links.insert(key_id, (derive_link_key(&root), state)).is_some() {
                return Err(refuse(&format!("has two link keys with the id {key_id}")));
            }
        }
        Ok(Keyring { active, active_key, links, alias, lookup })
    }
}

impl fmt::Debug for KeyringBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyringBuilder(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(byte: u8) -> Secret {
        Secret::new([byte; 32])
    }

    fn builder() -> KeyringBuilder {
        Keyring::builder().alias_key(secret(8)).lookup_key(secret(9))
    }

    #[test]
    fn a_keyring_that_lacks_or_doubles_a_key_is_refused() {
        use KeyState::{Active, Retired, VerifyOnly};
        let cases = [
            (Keyring::builder().lookup_key(secret(9)).link_key(1, secret(1), Active), "no alias key"),
            (Keyring::builder().alias_key(secret(9)).link_key(1, secret(1), Active), "no lookup key"),
            (builder(), "no active link key"),
            (builder().link_key(1, secret(1), VerifyOnly).link_key(2, secret(2), Retired), "no active link key"),
            (builder().link_key(1, secret(1), Active).link_key(2, secret(2), Active), "more than one active"),
            (builder().link_key(1, secret(1), Active).link_key(1, secret(2), Retired), "two link keys with the id 1"),
            (builder().link_key(1, secret(1), Active).link_key(2, secret(1), Retired), "one secret in two places"),
            (builder().link_key(1, secret(9), Active), "one secret in two places"),
            (builder().link_key(1, secret(0), Active), "all zeros"),
        ];
        for (builder, problem) in cases {
            let error = builder.build().unwrap_err();
            assert!(error.to_string().contains(problem), "{error}");
        }
    }

    #[test]
    fn another_or_a_missing_key_is_refused_and_an_added_link_key_is_not() {
        let first = builder().link_key(1, secret(1), KeyState::Active).build().unwrap();
        let stored = first.checks();
        let names: Vec<_> = stored.iter().map(|check| check.name.as_str()).collect();
        assert_eq!(names, ["link 1", "alias", "lookup"]);
        let rotated = builder().link_key(1, secret(1), KeyState::Retired).link_key(2, secret(2), KeyState::Active);
        assert_eq!(rotated.build().unwrap().compare(&stored), Ok(()));
        for wrong in [
            builder().link_key(2, secret(2), KeyState::Active),
            builder().link_key(1, secret(2), KeyState::Active),
            builder().alias_key(secret(7)).link_key(1, secret(1), KeyState::Active),
            builder().lookup_key(secret(7)).link_key(1, secret(1), KeyState::Active),
        ] {
            let error = wrong.build().unwrap().compare(&stored).unwrap_err();
            assert_eq!(error.code(), "keyring_mismatch");
        }
    }

    #[test]
    fn hashes_differ_by_key_tenant_kind_and_value() {
        let keyring = builder().link_key(1, secret(1), KeyState::Active).build().unwrap();
        let other = builder().alias_key(secret(7)).link_key(1, secret(1), KeyState::Active).build().unwrap();
        let (one, two) = (TenantId::default(), TenantId::new("two").unwrap());
        let hashes = [
            keyring.alias_hash(&one, "email", b"x"),
            keyring.alias_hash(&one, "email", b"y"),
            keyring.alias_hash(&one, "emai", b"lx"),
            keyring.alias_hash(&two, "email", b"x"),
            other.alias_hash(&one, "email", b"x"),
            *keyring.visitor_id(&one, "x").0.as_bytes(),
            *keyring.visitor_id(&two, "x").0.as_bytes(),
        ];
        for (index, hash) in hashes.iter().enumerate() {
            assert!(!hashes.iter().skip(index + 1).any(|other| other == hash), "{index}");
        }
        assert_eq!(keyring.visitor_id(&one, "x"), keyring.visitor_id(&one, "x"));
        assert_ne!(keyring.lookup_hash(&one, "a", b"x"), keyring.lookup_hash(&one, "b", b"x"));
    }

    #[test]
    fn no_secret_prints() {
        let keyring = builder().link_key(1, secret(b'S'), KeyState::Active);
        let shown = format!("{keyring:?} {:?}", keyring.clone().build().unwrap());
        assert_eq!(shown, "KeyringBuilder(..) Keyring(..)");
    }
}
