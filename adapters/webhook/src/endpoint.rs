//! What a host configures: endpoints, and how deliveries are made.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use referral_core::record::{NotificationKind, Purpose};
use referral_core::value::{SubscriberName, Timestamp};
use serde::{Deserialize, Serialize};

use crate::address::Reach;
use crate::guard::{Resolve, SystemResolver};
use crate::sign::SigningSecret;

/// Where one subscriber is told, of what, and signed with which secrets.
///
/// It is read from the host's configuration, and holds secrets, so it never serialises.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Endpoint {
    /// The subscriber in the outbox: one for each endpoint.
    pub id: SubscriberName,
    /// Where messages are posted.
    pub url: String,
    /// The secrets; each signs. One, and while it is replaced two; at most eight.
    pub secrets: Vec<SigningSecret>,
    /// What is told.
    pub kinds: Vec<NotificationKind>,
    /// What the receiver does with it: by default it keeps events; one that writes mails is handed what a mail needs.
    #[serde(default)]
    pub purpose: Purpose,
}

impl fmt::Debug for Endpoint {
    /// Without the URL, whose path may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").field("id", &self.id).field("kinds", &self.kinds).finish_non_exhaustive()
    }
}

/// How long a delivery may take and how much may be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// How long resolving the host may take, and then connecting to it, TLS included, in milliseconds.
    pub connect_millis: u32,
    /// How long the receiver may take to answer, in milliseconds.
    pub answer_millis: u32,
    /// How long a delivery may take, whatever happens, in milliseconds.
    pub total_millis: u32,
    /// The longest body that is sent, in bytes. A longer one is never sent, and its delivery is dead.
    pub request_bytes: u32,
    /// So much of an answer's body is read and thrown away, so that its sender can finish; and its headers may be so long.
    pub response_bytes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect_millis: 5_000,
            answer_millis: 10_000,
            total_millis: 15_000,
            request_bytes: 256 * 1_024,
            response_bytes: 16 * 1_024,
        }
    }
}

type Clock = dyn Fn() -> Timestamp + Send + Sync;

/// How deliveries are made. The same for all endpoints of a host: whoever may configure an endpoint may not configure this.
#[derive(Clone)]
pub struct Options {
    pub(crate) reach: Reach,
    pub(crate) limits: Limits,
    pub(crate) resolver: Arc<dyn Resolve>,
    pub(crate) clock: Arc<Clock>,
}

impl Options {
    /// The same, reaching so far.
    #[must_use]
    pub fn reach(self, reach: Reach) -> Self {
        Self { reach, ..self }
    }

    /// The same with other limits.
    #[must_use]
    pub fn limits(self, limits: Limits) -> Self {
        Self { limits, ..self }
    }

    /// The same with a resolver of the host's own. What it answers is judged like any other answer.
    #[must_use]
    pub fn resolver(self, resolver: impl Resolve + 'static) -> Self {
        Self { resolver: Arc::new(resolver), ..self }
    }

    /// The same with another clock: it dates messages and reads dates in `Retry-After`.
    #[must_use]
    pub fn clock(self, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { clock: Arc::new(clock), ..self }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reach: Reach::default(),
            limits: Limits::default(),
            resolver: Arc::new(SystemResolver),
            clock: Arc::new(system_now),
        }
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reach, limits, resolver, .. } = self;
        f.debug_struct("Options").field("reach", reach).field("limits", limits).field("resolver", resolver).finish()
    }
}

fn system_now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let micros = i64::try_from(since.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(micros).unwrap_or(Timestamp::LAST)
}
