//! One request, one answer: no retry, no redirect, no proxy, no cookie, no connection that is used twice.

use std::fmt;
use std::io::{self, Read};
use std::net::SocketAddr;
use std::time::Duration;

use ureq::http::header::{CONTENT_TYPE, RETRY_AFTER};
use ureq::tls::{RootCerts, TlsConfig};
use ureq::unversioned::transport::{ConnectionDetails, Connector, RustlsConnector, TcpConnector};
use ureq::{Agent, Error, Timeout};

use crate::endpoint::Limits;
use crate::guard::{Guard, Refused};
use crate::sign::Signed;

const USER_AGENT: &str = concat!("referral-webhook/", env!("CARGO_PKG_VERSION"));

/// What a receiver said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<String>,
}

/// Posts messages to one target.
pub(crate) struct Sender {
    agent: Agent,
    url: String,
    limits: Limits,
}

impl Sender {
    pub(crate) fn new(guard: Guard, limits: Limits, route: impl Route, roots: RootCerts) -> Self {
        let connect = Some(Duration::from_millis(limits.connect_millis.into()));
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // The environment must not say where messages go.
            .proxy(None)
            .max_idle_connections(0)
            .tls_config(TlsConfig::builder().root_certs(roots).build())
            .max_response_header_size(bytes(limits.response_bytes))
            .user_agent(USER_AGENT)
            .timeout_resolve(connect)
            .timeout_connect(connect)
            .timeout_recv_response(Some(Duration::from_millis(limits.answer_millis.into())))
            .timeout_global(Some(Duration::from_millis(limits.total_millis.into())))
            .build();
        let url = guard.target.as_str().to_owned();
        let connector = ().chain(Dial(route)).chain(RustlsConnector::default());
        Self { agent: Agent::with_parts(config, connector, guard), url, limits }
    }

    /// Posts `body`. The problem of a failure holds no address, no path and nothing of the body.
    pub(crate) fn post(&self, signed: &Signed, body: &[u8]) -> Result<Answer, String> {
        let request = self
            .agent
            .post(&self.url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", &signed.id)
            .header("webhook-timestamp", &signed.timestamp)
            .header("webhook-signature", &signed.signature);
        let mut response = request.send(body).map_err(|error| problem(&error))?;
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let answer = Answer { status: response.status().as_u16(), retry_after };
        // What the receiver says beside its status is not needed: it may say it, up to a limit, and not saying it changes
        // nothing.
        let mut rest = response.body_mut().as_reader().take(self.limits.response_bytes.into());
        io::copy(&mut rest, &mut io::sink()).ok();
        Ok(answer)
    }
}

impl fmt::Debug for Sender {
    /// Without the URL, whose path may be a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("limits", &self.limits).finish_non_exhaustive()
    }
}

/// Where a connection to an address really goes: to it. Tests count here, and lead elsewhere.
pub(crate) trait Route: fmt::Debug + Send + Sync + 'static {
    /// The address to connect to for `address`.
    fn route(&self, address: SocketAddr) -> io::Result<SocketAddr> {
        Ok(address)
    }
}

/// There, and nowhere else.
#[derive(Debug)]
pub(crate) struct Straight;

impl Route for Straight {}

#[derive(Debug)]
struct Dial<R>(R);

impl<R: Route> Connector<()> for Dial<R> {
    type Out = <TcpConnector as Connector<()>>::Out;

    fn connect(&self, details: &ConnectionDetails<'_>, chained: Option<()>) -> Result<Option<Self::Out>, Error> {
        let mut addrs = details.resolver.empty();
        for address in &details.addrs {
            addrs.push(self.0.route(*address)?);
        }
        let routed = ConnectionDetails {
            uri: details.uri,
            addrs,
            config: details.config,
            request_level: details.request_level,
            resolver: details.resolver,
            now: details.now,
            timeout: details.timeout,
            current_time: details.current_time.clone(),
            run_connector: details.run_connector.clone(),
            register_shutdown: details.register_shutdown.clone(),
        };
        TcpConnector::default().connect(&routed, chained)
    }
}

/// What went wrong, in words of our own: the library's may quote a URL.
fn problem(error: &Error) -> String {
    match error {
        Error::Timeout(Timeout::Resolve) => "the host was not resolved in time".to_owned(),
        Error::Timeout(Timeout::Connect) => "no connection in time".to_owned(),
        Error::Timeout(_) => "no answer in time".to_owned(),
        Error::Other(other) => match other.downcast_ref::<Refused>() {
            Some(refused) => refused.to_string(),
            None => "the request failed".to_owned(),
        },
        // A certificate that is refused during the handshake comes as this.
        Error::Io(error) if error.kind() == io::ErrorKind::InvalidData => "no secure connection".to_owned(),
        Error::Io(error) => format!("the connection failed: {}", error.kind()),
        Error::ConnectionFailed => "the connection failed".to_owned(),
        Error::Tls(_) | Error::Rustls(_) => "no secure connection".to_owned(),
        Error::LargeResponseHeader(..) => "the answer's headers are too long".to_owned(),
        Error::Http(_) | Error::Protocol(_) => "the answer is not HTTP".to_owned(),
        _ => "the request failed".to_owned(),
    }
}

fn bytes(limit: u32) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
