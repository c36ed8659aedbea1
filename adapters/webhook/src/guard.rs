//! Stands between a name and a connection: resolves once, judges every address, and hands on exactly those.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use crate::address::{self, Reach};
use crate::target::Target;

/// As many addresses of one host are tried at most. All of them are judged.
const MOST: usize = 8;

/// Finds the addresses of a host.
pub trait Resolve: fmt::Debug + Send + Sync {
    /// All addresses of `host`, a name without a port, within `timeout`.
    ///
    /// # Errors
    /// What kept it from answering. The delivery is then tried again on schedule.
    fn resolve(&self, host: &str, timeout: Duration) -> io::Result<Vec<IpAddr>>;
}

/// The resolver of the operating system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

impl Resolve for SystemResolver {
    fn resolve(&self, host: &str, timeout: Duration) -> io::Result<Vec<IpAddr>> {
        let (answer, answered) = mpsc::sync_channel(1);
        let host = (host.to_owned(), 0);
        // The system's call has no time limit: whoever is too late answers nobody.
        thread::Builder::new().spawn(move || {
            let found = host.to_socket_addrs().map(|found| found.map(|address| address.ip()).collect());
            answer.send(found).ok();
        })?;
        answered.recv_timeout(timeout).map_err(|_| io::ErrorKind::TimedOut)?
    }
}

/// Says what is wrong with connecting to an address of a target.
pub(crate) type Judge = fn(&Target, IpAddr, Reach) -> Option<&'static str>;

/// The judge of real deliveries.
pub(crate) fn judge(target: &Target, address: IpAddr, reach: Reach) -> Option<&'static str> {
    let exposed = target.is_plain() && !address.is_loopback();
    address::problem(address, reach).or_else(|| exposed.then_some("not loopback, and `https` is missing"))
}

/// The one way to an address: what ureq resolves with.
#[derive(Debug)]
pub(crate) struct Guard {
    pub(crate) target: Target,
    pub(crate) reach: Reach,
    pub(crate) resolver: Arc<dyn Resolve>,
    pub(crate) judge: Judge,
}

impl Guard {
    /// The addresses that may be connected to: all of the host's, or none.
    fn addresses(&self, timeout: Duration) -> Result<Vec<SocketAddr>, Refused> {
        let found = match self.target.host() {
            Err(address) => vec![address],
            Ok(name) => self.resolver.resolve(name, timeout).map_err(|error| Refused::no_name(&error))?,
        };
        if found.is_empty() {
            return Err(Refused("the host has no address".to_owned()));
        }
        // One bad address among good ones is an attempt to be lucky.
        if let Some(what) = found.iter().find_map(|address| (self.judge)(&self.target, *address, self.reach)) {
            return Err(Refused(format!("refused: the host leads to an address that is {what}")));
        }
        Ok(found.into_iter().take(MOST).map(|address| SocketAddr::new(address, self.target.port())).collect())
    }
}

impl Resolver for Guard {
    fn resolve(
        &self,
        _: &Uri,
        _: &ureq::config::Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let mut pinned = self.empty();
        let addresses = self.addresses(*timeout.after).map_err(|refused| ureq::Error::Other(Box::new(refused)))?;
        addresses.into_iter().for_each(|address| pinned.push(address));
        Ok(pinned)
    }
}

/// Why nothing was connected to.
#[derive(Debug)]
pub(crate) struct Refused(String);

impl Refused {
    fn no_name(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::TimedOut => Self("the host was not resolved in time".to_owned()),
            _ => Self("the host was not resolved".to_owned()),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Refused {}
