//! Tells web servers what happened in the referral engine: notices from the outbox, as signed webhooks.
//!
//! A [`Webhook`] is one [`Endpoint`], and a [`Notifier`](referral_core::notify::Notifier) that the relay hands notices to.
//! Messages are signed by [Standard Webhooks](https://www.standardwebhooks.com/), with every secret of the endpoint while
//! one is being replaced. It never retries by itself, never follows a redirect, never uses a proxy, and connects to public
//! addresses only: a host is resolved once for each delivery, every address is judged, and the connection goes to one of
//! exactly those. When and how often a delivery is tried again is the relay's
//! [`Schedule`](referral_core::notify::Schedule); what `Retry-After` and `410 Gone` say reaches it as an answer.
//!
//! ```
//! use referral_webhook::{Endpoint, Options, Webhook};
//!
//! let endpoint: Endpoint = serde_json::from_str(r#"{
//!     "id": "crm",
//!     "url": "https://hooks.shop.example/referrals",
//!     "secrets": ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
//!     "kinds": ["referral.qualified", "reward.due"]
//! }"#)?;
//! let webhook = Webhook::open(endpoint, &Options::default())?;
//! // Once, when the endpoint is added or changed: referrals.execute(webhook.subscribe())?;
//! // Again and again:                              referrals.relay(&webhook.lease(), &webhook)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod address;
mod endpoint;
mod guard;
mod http;
mod retry_after;
mod sign;
mod target;
mod webhook;

#[cfg(test)]
mod tests;

pub use address::Reach;
pub use endpoint::{Endpoint, Limits, Options};
pub use guard::{Resolve, SystemResolver};
pub use sign::{Signed, SigningSecret, sign};
pub use webhook::Webhook;
