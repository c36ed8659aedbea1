//! Deliveries as tests make them.

#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use referral_core::value::Timestamp;
use referral_inbound::{Delivery, InboundError, Mapped, Scheme, Secrets, Table, verify};
use serde_json::Value;

/// A secret that is shared with a sender.
pub const SHARED: &str = "a-long-shared-secret";

/// The time of all deliveries.
pub fn now() -> Timestamp {
    "2026-05-01T09:00:00Z".parse().unwrap()
}

/// Maps a body that came with the shared secret.
pub fn map_bytes(table: &Table, body: &[u8]) -> Result<Mapped, InboundError> {
    let headers: &[(&str, &[u8])] = &[("x-webhook-secret", SHARED.as_bytes())];
    let scheme = Scheme::SharedSecret { header: "x-webhook-secret".into() };
    let secrets = Secrets::new(&[SHARED]).unwrap();
    table.map(&verify(&scheme, &Delivery { headers, body }, &secrets, now())?)
}

/// Maps an event that has nothing wrong with it.
pub fn map(table: &Table, event: &Value) -> Mapped {
    let mapped = map_bytes(table, event.to_string().as_bytes()).unwrap();
    assert_eq!((mapped.problems.as_slice(), mapped.left_out.as_slice()), ([].as_slice(), [].as_slice()), "{event}");
    mapped
}

/// The commands of an event, as JSON.
pub fn commands(table: &Table, event: &Value) -> Vec<Value> {
    let json = |request: referral_core::command::Request| serde_json::to_value(request.command).unwrap();
    map(table, event).requests.into_iter().map(json).collect()
}
