//! Referral programs inside your own application: who referred whom, what that earns, and why.
//!
//! This is the crate to add. [`Referrals`] opens a store by its URL and executes commands; [`AsyncReferrals`] does the same
//! for any asynchronous runtime. Everything is decided by `referral-core`, which is pure; here is what it must not reach
//! for: time, entropy, the keyring, the store, patience, and what only the host knows. No rule of referrals lives here.
//!
//! ```
//! use referrals::command::{DefineCampaign, Enrol, EvidenceGiven, Person, RecordConversion, RecordLead};
//! use referrals::record::RewardState;
//! use referrals::report::{PageOf, Unexplained};
//! use referrals::{CampaignModel, KeyState, Keyring, Referrals, Secret};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let keyring = Keyring::builder() // 32 bytes each, from your own vault
//!     .link_key(1, Secret::new([1; 32]), KeyState::Active)
//!     .alias_key(Secret::new([2; 32]))
//!     .lookup_key(Secret::new([3; 32]))
//!     .build()?;
//! let referrals = Referrals::open("memory:", keyring)?; // or "sqlite:referrals.sqlite"
//! let definition = CampaignModel::from_toml(r#"
//!     name = "friends"
//!     link_host = "go.shop.example"
//!     rewards = [{ id = "thanks", to = "referrer", on = "qualified", give = { percent = "10%" }, hold = "30 days" }]
//! "#)?;
//! let campaign = definition.name.clone();
//! referrals.execute(DefineCampaign::new(definition))?;
//!
//! let ada = referrals.execute(Enrol::new(&campaign, Person::by_email("ada@shop.example")?))?;
//! let code = ada.outcome.accepted().map(|ada| ada.code).unwrap_or_default(); // Ada passes it on: Bob signs up with it,
//! referrals.execute(RecordLead::new(&campaign, Person::by_host_id("bob")?, EvidenceGiven::by_code(code)))?;
//! let bob = Person::by_host_id("bob")?; // and buys
//! referrals.execute(RecordConversion::purchase("shop", "order-1", bob, "80 EUR")?)?;
//!
//! // Who is owed what, and why. `referrals.settle()` does what time brings: here, the end of the hold.
//! for reward in referrals.rewards(&campaign, RewardState::Pending, PageOf::default())?.rewards {
//!     println!("{}: {}", reward.amount, referrals.explain(Unexplained::Reward(reward.reward))?.summary);
//! }
//! # Ok(())
//! # }
//! ```

mod asynchronous;
mod builder;
mod clock;
mod door;
mod entropy;
mod host;
mod patience;
mod people;
mod queries;
mod queue;
mod referrals;
mod relay;
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
pub use referral_core::{campaign, command, engine, error, link, notify, quote, record, report, rule, store, value};
#[cfg(feature = "qr")]
pub use referral_qr as qr;
#[cfg(feature = "sqlite")]
pub use referral_sqlite as sqlite;
pub use referrals::Referrals;
pub use url::{open_store, store_file};

/// The example of the README, so that it stays true.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

/// The example of the page on landings.
#[cfg(doctest)]
#[doc = include_str!("../../docs/landing.md")]
struct LandingPage;
