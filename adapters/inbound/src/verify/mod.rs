//! Is this request from who it says, about this body, and of now?
//!
//! Every scheme is compared in constant time, against every secret and every signature that came, so that neither the time
//! nor the answer tells which secret is near. Nothing here looks into the body.

mod schemes;
mod secrets;

use referral_core::value::Timestamp;

pub use secrets::Secrets;

use crate::error::{InboundError, Result};
use crate::json::MOST_BYTES;

/// How far the signed time may be from now, in seconds, on either side.
pub const WINDOW_SECONDS: u64 = 300;
/// So many signatures of one request are looked at; a sender that rotates its secret sends two.
const MOST_SIGNATURES: usize = 16;

/// How a request is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Scheme {
    /// `Stripe-Signature: t=…,v1=…`: HMAC-SHA256 over time and body. The secret is the endpoint's, `whsec_…`, as it stands.
    Stripe,
    /// `X-HubSpot-Signature-v3` and `X-HubSpot-Request-Timestamp`: HMAC-SHA256 over method, URI, body and time. The secret is the
    /// app's client secret.
    HubSpot {
        /// The HTTP method: `POST`.
        method: String,
        /// The whole URI as it was given to HubSpot, with `https://` and the query. Behind a proxy it must be configured: what
        /// the request itself says of its host is not to be trusted.
        uri: String,
    },
    /// `X-Hub-Signature: sha1=…`: HMAC-SHA1 over the body. The secret is the app's client secret. No time is signed, so a
    /// replay is told by what the table says of the event's own time and ids.
    Intercom,
    /// `webhook-id`, `webhook-timestamp`, `webhook-signature: v1,…`: the Standard Webhooks specification. The secret is Base64,
    /// with or without `whsec_`.
    StandardWebhooks,
    /// The secret itself in a header, for senders that cannot sign, such as Zapier; `Bearer ` before it is left out. Use it over
    /// TLS only.
    SharedSecret {
        /// The header: `x-webhook-secret`, `authorization`.
        header: String,
    },
}

/// A request as it came: headers and raw bytes, before anything was parsed.
///
/// Names of headers are compared without regard to case.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    /// The headers.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body, byte for byte.
    pub body: &'a [u8],
}

impl std::fmt::Debug for Delivery<'_> {
    // Headers may hold secrets, and bodies people.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Delivery({} headers, {} bytes)", self.headers.len(), self.body.len())
    }
}

impl<'a> Delivery<'a> {
    /// The only header of a name, as text.
    fn header(&self, name: &str) -> Result<&'a str> {
        let mut found = self.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
        let (_, value) = found.next().ok_or_else(|| InboundError::HeaderMissing { name: name.to_owned() })?;
        if found.next().is_some() {
            return Err(invalid(name, "is there twice"));
        }
        let text = std::str::from_utf8(value).map_err(|_| invalid(name, "is not text"))?;
        Ok(text.trim())
    }
}

fn invalid(name: &str, problem: &'static str) -> InboundError {
    InboundError::HeaderInvalid { name: name.to_owned(), problem }
}

/// A body that [`verify`] found to be from its sender, now or before it was kept as a letter. There is no other way to make
/// one, so nothing unverified is mapped.
#[derive(Clone, Copy)]
pub struct Verified<'a> {
    body: &'a [u8],
    delivery: Option<&'a str>,
    received_at: Timestamp,
    is_kept: bool,
}

impl std::fmt::Debug for Verified<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Verified({} bytes, {})", self.body.len(), self.received_at)
    }
}

impl<'a> Verified<'a> {
    /// A message that was verified and then kept as a letter.
    pub(crate) fn kept(body: &'a [u8], delivery: Option<&'a str>, received_at: Timestamp) -> Self {
        Self { body, delivery, received_at, is_kept: true }
    }

    /// When what the message tells happened at the latest, if it was received before now.
    pub(crate) fn told_at(&self) -> Option<Timestamp> {
        self.is_kept.then_some(self.received_at)
    }

    /// The same delivery with a body to which the host added what it fetched by the ids in it: HubSpot's contact and deal.
    #[must_use]
    pub fn with_body<'b>(self, body: &'b [u8]) -> Verified<'b>
    where
        'a: 'b,
    {
        Verified { body, ..self }
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &'a [u8] {
        self.body
    }

    /// The id of the delivery, where the scheme signs one.
    #[must_use]
    pub fn delivery(&self) -> Option<&'a str> {
        self.delivery
    }

    /// When it was verified.
    #[must_use]
    pub fn received_at(&self) -> Timestamp {
        self.received_at
    }
}

/// Verifies a request.
///
/// ```
/// use referral_inbound::{Delivery, Scheme, Secrets, verify};
/// let secrets = Secrets::new(&["a-long-shared-secret", "the-one-before-it"])?;
/// let headers: &[(&str, &[u8])] = &[("X-Webhook-Secret", b"the-one-before-it")];
/// let delivery = Delivery { headers, body: b"{}" };
/// let scheme = Scheme::SharedSecret { header: "x-webhook-secret".into() };
/// let now = "2026-05-01T09:00:00Z".parse()?;
/// assert!(verify(&scheme, &delivery, &secrets, now).is_ok());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`InboundError::HeaderMissing`], [`InboundError::HeaderInvalid`], [`InboundError::SignatureMismatch`],
/// [`InboundError::OutsideWindow`] if the signed time is more than [`WINDOW_SECONDS`] from `now`, [`InboundError::TooLarge`],
/// [`InboundError::SecretInvalid`] if a secret is not of the form that the scheme needs.
pub fn verify<'a>(scheme: &Scheme, delivery: &Delivery<'a>, secrets: &Secrets, now: Timestamp) -> Result<Verified<'a>> {
    if delivery.body.len() > MOST_BYTES {
        return Err(InboundError::TooLarge { bytes: delivery.body.len(), most: MOST_BYTES });
    }
    let mut verified = Verified { body: delivery.body, delivery: None, received_at: now, is_kept: false };
    match scheme {
        Scheme::Stripe => schemes::stripe(delivery, secrets, now)?,
        Scheme::HubSpot { method, uri } => schemes::hubspot(delivery, secrets, now, method, uri)?,
        Scheme::Intercom => schemes::intercom(delivery, secrets)?,
        Scheme::StandardWebhooks => verified.delivery = Some(schemes::standard(delivery, secrets, now)?),
        Scheme::SharedSecret { header } => schemes::shared(delivery, secrets, header)?,
    }
    Ok(verified)
}
