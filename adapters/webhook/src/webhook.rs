//! One endpoint that notices are handed over to. Decides what an answer means; when to try again is the relay's business.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};

use referral_core::command::Subscribe;
use referral_core::error::{Error, Result};
use referral_core::notify::{Lease, Notice, Notifier, NotifierError, Schedule};
use referral_core::value::{Span, SubscriberName};
use ureq::tls::RootCerts;

use crate::endpoint::{Endpoint, Options};
use crate::guard::{self, Guard};
use crate::http::{Answer, Sender, Straight};
use crate::retry_after;
use crate::sign::sign;
use crate::target::Target;

const MOST_SECRETS: usize = 8;
/// How many deliveries one pass of the relay takes.
const PASS: u32 = 20;
const GONE: &str = "the endpoint is gone: it answered 410";

/// One endpoint: the [`Notifier`] of its subscriber.
///
/// What became of a delivery is told by its answer alone:
///
/// | answer | means |
/// |---|---|
/// | 200 to 299 | delivered |
/// | 410 | the endpoint is gone: this delivery is dead, and so are all others, without being sent; its subscription ends |
/// | anything else, redirects included | failed; tried again on schedule, and not before `Retry-After` (at most a day) says |
/// | none in time, no connection, an address that is not public | failed; tried again on schedule |
///
/// A message that is longer than [`Limits::request_bytes`](crate::Limits::request_bytes) is dead at once.
#[derive(Debug)]
pub struct Webhook {
    endpoint: Endpoint,
    options: Options,
    sender: Sender,
    gone: AtomicBool,
}

impl Webhook {
    /// An endpoint, checked as far as that goes without a look-up.
    ///
    /// # Errors
    /// [`Error::InvalidValue`] if the URL may not be delivered to, or if there is no secret, no kind, or more than eight
    /// secrets.
    pub fn open(endpoint: Endpoint, options: &Options) -> Result<Self> {
        let target = Target::parse(&endpoint.url, options.reach)?;
        let (reach, resolver) = (options.reach, options.resolver.clone());
        let guard = Guard { target, reach, resolver, judge: guard::judge };
        Self::with(endpoint, options, Sender::new(guard, options.limits, Straight, RootCerts::WebPki))
    }

    pub(crate) fn with(endpoint: Endpoint, options: &Options, sender: Sender) -> Result<Self> {
        let invalid = |problem: &str| Error::InvalidValue { what: "webhook endpoint", problem: problem.to_owned() };
        if endpoint.secrets.is_empty() || endpoint.secrets.len() > MOST_SECRETS {
            return Err(invalid("has not one to eight secrets"));
        }
        if endpoint.kinds.is_empty() {
            return Err(invalid("has no kinds"));
        }
        Ok(Self { endpoint, options: options.clone(), sender, gone: AtomicBool::new(false) })
    }

    /// The subscriber.
    #[must_use]
    pub fn id(&self) -> &SubscriberName {
        &self.endpoint.id
    }

    /// The command that lets this endpoint be told: once when it is added, and again when its kinds change or when it comes
    /// back after it was gone.
    #[must_use]
    pub fn subscribe(&self) -> Subscribe {
        let kinds: BTreeSet<_> = self.endpoint.kinds.iter().copied().collect();
        let Endpoint { id, purpose, .. } = &self.endpoint;
        Subscribe { subscriber: id.clone(), kinds: kinds.into_iter().collect(), purpose: *purpose }
    }

    /// What one pass of the relay takes: few enough deliveries that its lease lasts even if each takes as long as it may.
    #[must_use]
    pub fn lease(&self) -> Lease {
        let longest_millis = u64::from(self.options.limits.total_millis).saturating_mul(PASS.into());
        // Rounded up, and a minute for the store.
        let minutes = (longest_millis / 60_000).saturating_add(2);
        let lease_for = Span::minutes(u32::try_from(minutes).unwrap_or(u32::MAX));
        Lease { subscriber: self.endpoint.id.clone(), most: PASS, lease_for, schedule: Schedule::default() }
    }

    /// Whether the receiver said that it is gone. Nothing is sent to it then, until the endpoint is opened anew.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.gone.load(Ordering::Acquire)
    }

    fn judge(&self, answer: &Answer) -> Result<(), NotifierError> {
        match answer.status {
            200..=299 => Ok(()),
            410 => {
                self.gone.store(true, Ordering::Release);
                Err(NotifierError::new(GONE).gone())
            }
            status => {
                let failed = NotifierError::new(format!("answered {status}"));
                let now = (self.options.clock)();
                let wait = answer.retry_after.as_deref().and_then(|header| retry_after::read(header, now));
                Err(wait.into_iter().fold(failed, NotifierError::after))
            }
        }
    }
}

impl Notifier for Webhook {
    fn notify(&self, notice: &Notice) -> Result<(), NotifierError> {
        if self.is_gone() {
            return Err(NotifierError::new(GONE).gone());
        }
        let unwritable = |_| NotifierError::new("the notice could not be written").permanent();
        let body = serde_json::to_vec(notice).map_err(unwritable)?;
        let limit = self.options.limits.request_bytes;
        if body.len() > usize::try_from(limit).unwrap_or(usize::MAX) {
            return Err(NotifierError::new(format!("the message is longer than {limit} bytes")).permanent());
        }
        let now = (self.options.clock)();
        let signed = sign(&self.endpoint.secrets, &notice.id.to_string(), now, &body);
        let signed = signed.map_err(|error| NotifierError::new(error.to_string()).permanent())?;
        self.judge(&self.sender.post(&signed, &body).map_err(NotifierError::new)?)
    }
}
