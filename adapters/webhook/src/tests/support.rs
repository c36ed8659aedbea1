//! A receiver on loopback that answers as it is told, a resolver that knows what a test says, and a count of connections.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::net::{IpAddr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use referral_core::notify::Notice;
use serde_json::json;

use crate::guard::Resolve;
use crate::http::Route;
use crate::{Endpoint, Limits};

pub(crate) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// What the receiver does with a message.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Answers with a status and further header lines.
    Status(u16, String),
    /// Says nothing until the sender leaves.
    Stall,
    /// Says one byte of an answer at a time, for ever.
    Drip,
    /// Leaves at once.
    Close,
    /// Answers something that is not HTTP.
    Garbage,
    /// Answers 200 and a body without end.
    Flood,
    /// Answers with headers without end.
    HeaderFlood,
}

/// A message that arrived.
#[derive(Clone, Debug, Default)]
pub(crate) struct Message {
    pub(crate) line: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

type Script = dyn Fn(&Message) -> Reply + Send + Sync;

/// A receiver on loopback.
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    pub(crate) messages: Arc<Mutex<Vec<Message>>>,
    stopped: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Receiver {
    pub(crate) fn new(script: impl Fn(&Message) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (messages, stopped) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (kept, stop, script) = (messages.clone(), stopped.clone(), Arc::new(script) as Arc<Script>);
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Acquire) {
                    return;
                }
                serve(&stream.unwrap(), &kept, &*script).ok();
            }
        });
        Self { address, messages, stopped, thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/hooks", self.address)
    }

    pub(crate) fn take(&self) -> Vec<Message> {
        std::mem::take(&mut self.messages.lock().unwrap())
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::Release);
        TcpStream::connect(self.address).ok();
        self.thread.take().map(JoinHandle::join);
    }
}

fn serve(mut stream: &TcpStream, kept: &Mutex<Vec<Message>>, script: &Script) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let message = read(stream)?;
    kept.lock().unwrap().push(message.clone());
    match script(&message) {
        Reply::Status(status, headers) => {
            write!(stream, "HTTP/1.1 {status} Answer\r\n{headers}content-length: 2\r\n\r\nok")
        }
        Reply::Stall => stream.read(&mut [0]).map(drop),
        Reply::Drip => flood(stream, "HTTP/1.1 200 OK\r\nx: ", "y", Duration::from_millis(5)),
        Reply::Close => Ok(()),
        Reply::Garbage => stream.write_all(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"),
        Reply::Flood => flood(stream, "HTTP/1.1 200 OK\r\n\r\n", &"x".repeat(4_096), Duration::ZERO),
        Reply::HeaderFlood => {
            flood(stream, "HTTP/1.1 200 OK\r\n", &format!("x: {}\r\n", "y".repeat(1_000)), Duration::ZERO)
        }
    }
}

fn flood(mut stream: &TcpStream, begin: &str, part: &str, pause: Duration) -> io::Result<()> {
    stream.write_all(begin.as_bytes())?;
    loop {
        stream.write_all(part.as_bytes())?;
        std::thread::sleep(pause);
    }
}

fn read(mut stream: &TcpStream) -> io::Result<Message> {
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while !bytes.ends_with(b"\r\n\r\n") {
        // The hello of TLS has no such end; its length stands in it.
        if let [0x16, 3, _, high, low, rest @ ..] = bytes.as_slice()
            && rest.len() == usize::from(u16::from_be_bytes([*high, *low]))
        {
            return Ok(Message { line: "hello".to_owned(), body: bytes, ..Message::default() });
        }
        stream.read_exact(&mut byte)?;
        bytes.extend(byte);
    }
    let head = String::from_utf8(bytes).unwrap();
    let mut lines = head.lines();
    let line = lines.next().unwrap().to_owned();
    let pair = |line: &str| line.split_once(": ").map(|(name, value)| (name.to_lowercase(), value.to_owned()));
    let headers: BTreeMap<_, _> = lines.filter_map(pair).collect();
    let mut body = vec![0; headers.get("content-length").map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body)?;
    Ok(Message { line, headers, body })
}

/// Knows what a test says, and counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Known {
    pub(crate) names: BTreeMap<String, Vec<IpAddr>>,
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
}

impl Known {
    pub(crate) fn one(name: &str, addresses: &[&str]) -> Self {
        let addresses = addresses.iter().map(|address| address.parse().unwrap()).collect();
        Self { names: [(name.to_owned(), addresses)].into(), ..Self::default() }
    }
}

impl Resolve for Known {
    fn resolve(&self, host: &str, _: Duration) -> io::Result<Vec<IpAddr>> {
        self.asked.lock().unwrap().push(host.to_owned());
        self.names.get(host).cloned().ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

/// Counts connections, and leads them to a receiver or nowhere.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counted {
    pub(crate) tried: Arc<Mutex<Vec<SocketAddr>>>,
    pub(crate) to: Option<SocketAddr>,
}

impl Counted {
    pub(crate) fn tried(&self) -> Vec<SocketAddr> {
        self.tried.lock().unwrap().clone()
    }
}

impl Route for Counted {
    fn route(&self, address: SocketAddr) -> io::Result<SocketAddr> {
        self.tried.lock().unwrap().push(address);
        self.to.ok_or_else(|| io::ErrorKind::ConnectionRefused.into())
    }
}

pub(crate) fn endpoint(url: &str) -> Endpoint {
    serde_json::from_value(json!({
        "id": "crm", "url": url, "secrets": [SECRET], "kinds": ["participant.enrolled"],
    }))
    .unwrap()
}

/// Short, because a receiver that stalls is waited for.
pub(crate) fn limits() -> Limits {
    Limits { connect_millis: 2_000, answer_millis: 80, total_millis: 2_500, ..Limits::default() }
}

pub(crate) fn notice() -> Notice {
    serde_json::from_value(json!({
        "id": "0190a6e8-7c3b-7e2a-9a3f-5d6c7b8a9f01", "kind": "participant.enrolled", "at": "2026-05-01T09:00:00Z",
        "attempt": 1, "campaign": "spring", "participant": {"participant": "0190a6e8-7c3b-7e2a-9a3f-5d6c7b8a9f02"},
    }))
    .unwrap()
}
