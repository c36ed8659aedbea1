//! Over TLS: the certificate must be that of the name, whatever address the name led to.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread::JoinHandle;

use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};
use ureq::tls::{Certificate, RootCerts};

use super::support::{Counted, Known, endpoint, limits, notice};
use crate::guard::{self, Guard};
use crate::http::Sender;
use crate::target::Target;
use crate::{Options, Reach, Webhook};

const NAME: &str = "hooks.shop.example";

/// A receiver that speaks TLS with one sender, and answers 200. It gives back what it could read.
struct Secure {
    address: SocketAddr,
    certificate: Certificate<'static>,
    heard: JoinHandle<String>,
}

fn secure(name: &str) -> Secure {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(made.signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let heard = std::thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        let mut connection = ServerConnection::new(Arc::new(config)).unwrap();
        let mut stream = Stream::new(&mut connection, &mut socket);
        let (mut text, mut part) = (String::new(), [0; 4_096]);
        while !text.ends_with('}') {
            match stream.read(&mut part) {
                Ok(length) if length > 0 => text.push_str(std::str::from_utf8(&part[..length]).unwrap()),
                _ => return text,
            }
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok();
        text
    });
    Secure { address, certificate: Certificate::from_der(made.cert.der()).to_owned(), heard }
}

/// Notifies `NAME`, which leads to `receiver` by a public address, trusting `roots`; what the receiver heard, too.
fn notify(receiver: Secure, roots: RootCerts) -> (Result<(), String>, String) {
    let url = format!("https://{NAME}/hooks");
    let known = Known::one(NAME, &["93.184.215.14"]);
    let options = Options::default().limits(crate::Limits { answer_millis: 2_000, ..limits() }).resolver(known);
    let (target, resolver) = (Target::parse(&url, Reach::Public).unwrap(), options.resolver.clone());
    let guard = Guard { target, reach: Reach::Public, resolver, judge: guard::judge };
    let counted = Counted { to: Some(receiver.address), ..Counted::default() };
    let sender = Sender::new(guard, options.limits, counted, roots);
    let webhook = Webhook::with(endpoint(&url), &options, sender).unwrap();
    let notified = referral_core::notify::Notifier::notify(&webhook, &notice()).map_err(|error| error.to_string());
    (notified, receiver.heard.join().unwrap())
}

#[test]
fn the_receiver_whose_certificate_is_of_the_name_gets_the_message() {
    let receiver = secure(NAME);
    let roots = RootCerts::new_with_certs(std::slice::from_ref(&receiver.certificate));
    let (notified, heard) = notify(receiver, roots);
    assert_eq!(notified, Ok(()));
    assert!(heard.starts_with("POST /hooks HTTP/1.1\r\n") && heard.contains("webhook-signature: v1,"), "{heard}");
}

#[test]
fn nothing_is_said_to_a_receiver_that_cannot_show_that_it_is_the_name() {
    let stranger = secure("other.example");
    let trusted = RootCerts::new_with_certs(std::slice::from_ref(&stranger.certificate));
    for (case, receiver, roots) in [
        ("a trusted certificate of another name", stranger, trusted),
        ("a certificate that nobody trusts", secure(NAME), RootCerts::WebPki),
    ] {
        let (notified, heard) = notify(receiver, roots);
        assert_eq!(notified, Err("no secure connection".to_owned()), "{case}");
        assert_eq!(heard, "", "{case}");
    }
}
