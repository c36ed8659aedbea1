//! What must hold of a store at rest: a second opinion, read from the records alone and written without a look at the code
//! that decides.

mod dump;

pub use dump::Dump;

use referral_core::engine::drive;
use referral_core::report::audit::{Audit, Invariant};
use referral_core::store::Store;
use referral_core::value::TenantId;

/// What a check found.
#[derive(Debug, Default)]
pub struct Found {
    /// How many invariants were checked.
    pub checks: u64,
    /// What does not hold.
    pub failures: Vec<String>,
}

/// A hash over everything that is stored for `tenants`.
///
/// # Errors
/// What the store answers.
pub fn hash(store: &dyn Store, tenants: &[TenantId]) -> Result<[u8; 32], String> {
    let mut hasher = blake3::Hasher::new();
    for tenant in tenants {
        hasher.update(&Dump::of(store, tenant)?.hash());
    }
    Ok(*hasher.finalize().as_bytes())
}

/// Checks all tenants.
pub fn check(store: &dyn Store, tenants: &[TenantId]) -> Found {
    let mut found = Found::default();
    for tenant in tenants {
        match Dump::of(store, tenant) {
            Ok(_) => {}
            Err(problem) => found.failures.push(problem),
        }
        found.audit(store, tenant);
    }
    found
}

impl Found {
    /// What the core's own audit says.
    fn audit(&mut self, store: &dyn Store, tenant: &TenantId) {
        self.checks += Invariant::ALL.len() as u64;
        match drive(store, &mut Audit::new(tenant.clone())) {
            Err(error) => self.failures.push(format!("the audit failed: {error}")),
            Ok(audited) => {
                self.failures.extend(audited.differences.iter().map(|found| format!("{tenant}: {found:?}")));
            }
        }
    }
}
