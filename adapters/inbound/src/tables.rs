//! The tables that come with the crate: JSON under `tables/`, to be taken as they are, set by constants and maps, or copied
//! and edited.
//!
//! ```
//! use referral_inbound::{Table, tables};
//! let stripe = Table::from_json(tables::STRIPE).map_err(|mistakes| format!("{mistakes:?}"))?;
//! let stripe = stripe.with_constant("campaign", "friends").with_map("promotion_codes", [("promo_1", "ADA-10")]);
//! # let _ = stripe;
//! # Ok::<(), String>(())
//! ```

/// Stripe: checkouts, invoices, refunds, disputes, credit notes, new emails, and subscriptions that ended.
///
/// The constant `campaign` makes leads of checkouts that carry evidence; the map `promotion_codes` tells which of Stripe's
/// promotion code ids stands for which code. The constant `mode` is `live` or `test`: events of the other one are ignored. The
/// constant `refunds` is `refund` or `charge`: by which events refunds are told.
pub const STRIPE: &str = include_str!("../tables/stripe.json");

/// HubSpot: contacts that got a referral code, became customers or are to be erased, deals that were won, lost or reopened.
///
/// Constants: `campaign`, and `currency` for deals that state none. The list `won_stages` holds the stages in which a deal is won.
pub const HUBSPOT: &str = include_str!("../tables/hubspot.json");

/// Intercom: contacts that came with a referral code, were tagged `qualified`, or have a new email. Constant: `campaign`.
pub const INTERCOM: &str = include_str!("../tables/intercom.json");

/// Zapier, and whatever else can post a flat body. Constant: `campaign`, for bodies that state none.
pub const ZAPIER: &str = include_str!("../tables/zapier.json");

/// To HubSpot: a batch upsert of the contact that a notification is about.
pub const TO_HUBSPOT: &str = include_str!("../tables/to_hubspot.json");

/// To Intercom: a data event of the person that a notification is about.
pub const TO_INTERCOM: &str = include_str!("../tables/to_intercom.json");

/// To Zapier: a flat body.
pub const TO_ZAPIER: &str = include_str!("../tables/to_zapier.json");
