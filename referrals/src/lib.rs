//! Referral programs inside your own application: who referred whom, what that earns, and why.
//!
//! This is the crate to add. [`Referrals`] opens a store by its URL and executes commands; [`AsyncReferrals`] does the same
//! for any asynchronous runtime. Everything is decided by `referral-core`, which is pure; here is what it must not reach
//! for: time, entropy, the keyring, the store, patience, and what only the host knows. No rule of referrals lives here.
//!
//! ```
//! use referrals::command::{DefineCampaign, Enrol, EvidenceGiven, Outcome, Person, RecordConversion, RecordLead};
//! use referrals::{CampaignModel, KeyState, Keyring, Referrals, Secret};
//!
//! // Secrets come from your own vault: 32 bytes each.
//! let keyring = Keyring::builder()
//!     .link_key(1, Secret::new([1; 32]), KeyState::Active)
//!     .alias_key(Secret::new([2; 32]))
//!     .lookup_key(Secret::new([3; 32]))
//!     .build()?;
//! let referrals = Referrals::open("memory:", keyring)?; // or "sqlite:referrals.sqlite"
//! let definition = CampaignModel::from_toml(r#"
//!     name = "friends"
//!     link_host = "go.shop.example"
//!     [[rewards]]
//!     id = "thanks"
//!     to = "referrer"
//!     on = "qualified"
//!     give = { percent = "10%", at_most = "25 EUR" }
//! "#)?;
//! referrals.execute(DefineCampaign { definition })?;
//! # Ok::<(), referrals::Error>(())
//! ```

mod asynchronous;
mod builder;
mod clock;
mod door;
mod entropy;
mod host;
mod patience;
mod queue;
mod referrals;
mod task;
mod url;

pub use asynchronous::AsyncReferrals;
pub use builder::Builder;
pub use clock::{Clock, ManualClock, SystemClock};
pub use door::Occasion;
pub use entropy::{EntropySource, FixedEntropy, SystemEntropy};
pub use host::{Host, NoHost};
pub use referral_core::campaign::CampaignModel;
pub use referral_core::error::{Error, Family, Result, StoreError};
pub use referral_core::value::{KeyState, Keyring, Secret};
pub use referral_core::{campaign, command, engine, error, link, record, report, rule, store, value};
#[cfg(feature = "sqlite")]
pub use referral_sqlite as sqlite;
pub use referrals::Referrals;
pub use url::open_store;
