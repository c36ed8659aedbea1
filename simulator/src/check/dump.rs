//! Everything that one tenant has, by kind.

use std::collections::BTreeMap;

use referral_core::record::{Kind, Record, RecordKind};
use referral_core::store::{Listing, PageRequest, Store};
use referral_core::value::TenantId;

/// Everything that one tenant has.
#[derive(Debug, Default)]
pub struct Dump {
    records: BTreeMap<Kind, Vec<Record>>,
}

impl Dump {
    /// All records of `tenant`, each kind in the order of its keys.
    ///
    /// # Errors
    /// What the store answers.
    pub fn of(store: &dyn Store, tenant: &TenantId) -> Result<Self, String> {
        let mut records: BTreeMap<Kind, Vec<Record>> = BTreeMap::new();
        for kind in Kind::ALL {
            let mut request = Listing::All(*kind).first(PageRequest::MOST);
            loop {
                let page = store.list(tenant, &request).map_err(|error| format!("listing failed: {error}"))?;
                records.entry(*kind).or_default().extend(page.rows.into_iter().map(|stored| stored.record));
                if page.next.is_none() {
                    break;
                }
                request.after = page.next;
            }
        }
        Ok(Self { records })
    }

    /// All records of one kind.
    pub fn all<'a, T: RecordKind + 'a>(&'a self) -> impl Iterator<Item = &'a T> {
        self.records.get(&T::KIND).into_iter().flatten().filter_map(T::from_record)
    }

    /// A hash over all of it.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut hasher = blake3::Hasher::new();
        for record in self.records.values().flatten() {
            hasher.update(&serde_json::to_vec(record).unwrap_or_default());
        }
        *hasher.finalize().as_bytes()
    }
}
