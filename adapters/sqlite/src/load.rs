//! Loads records by key.

use referral_core::error::StoreError;
use referral_core::record::Key;
use referral_core::store::Stored;
use referral_core::value::TenantId;
use rusqlite::{Connection, Transaction};

use crate::cell::{bind, stored};
use crate::error::failed;
use crate::sql::Statements;

/// [`Store::load`](referral_core::store::Store::load) inside a transaction of the host.
///
/// # Errors
/// As there.
pub fn load_in(transaction: &Transaction<'_>, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
    load(transaction, tenant, keys)
}

// One prepared point query, run for each key: a query with all keys as `VALUES` was no faster, and has another text for
// each number of keys.
pub(crate) fn load(connection: &Connection, tenant: &TenantId, keys: &[Key]) -> Result<Vec<Stored>, StoreError> {
    let mut found = Vec::with_capacity(keys.len());
    for same in keys.chunk_by(|one, next| one.kind() == next.kind()) {
        let Some(kind) = same.first().map(Key::kind) else { continue };
        let mut statement = connection.prepare_cached(&Statements::of(kind)?.select).map_err(failed)?;
        statement.raw_bind_parameter(1, tenant.as_str()).map_err(failed)?;
        for key in same {
            bind(&mut statement, 2, &key.cells())?;
            let mut rows = statement.raw_query();
            if let Some(row) = rows.next().map_err(failed)? {
                found.push(stored(kind, row)?);
            }
        }
    }
    Ok(found)
}

/// The record of one key.
pub(crate) fn one(connection: &Connection, tenant: &TenantId, key: &Key) -> Result<Option<Stored>, StoreError> {
    Ok(load(connection, tenant, std::slice::from_ref(key))?.pop())
}
