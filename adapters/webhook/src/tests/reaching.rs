//! Where deliveries go: to public addresses, to loopback by the development switch, and to nothing else.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;

use referral_core::error::Result;
use referral_core::notify::Notifier;
use ureq::tls::RootCerts;

use super::support::{Counted, Known, Receiver, Reply, endpoint, limits, notice};
use crate::address;
use crate::guard::{self, Guard, Judge, Resolve};
use crate::http::Sender;
use crate::target::Target;
use crate::{Options, Reach, Webhook};

/// URLs whose host is a private address, however it is spelled.
const LITERAL: &[&str] = &[
    // Loopback, spelled in every way that a resolver or a URL parser takes.
    "https://127.0.0.1/",
    "https://127.0.0.2/",
    "https://127.255.255.254/",
    "https://127.1/",
    "https://127.0.1/",
    "https://2130706433/",
    "https://2130706433./",
    "https://017700000001/",
    "https://0x7f000001/",
    "https://0X7F000001/",
    "https://0x7f.0.0.1/",
    "https://0x7f.1/",
    "https://0177.0.0.1/",
    "https://0177.1/",
    "https://00000177.0x0.0.1/",
    "https://127.0.0.01/",
    "https://127.0x0.0.1/",
    "https://127.0.0.1./",
    "https://127.0.0.1:8443/",
    "https://127.0.0.1:443/",
    "https://127.0.0.1?x=https://hooks.shop.example/",
    "https://127.0.0.1#@hooks.shop.example/",
    "https:127.0.0.1/",
    "https:/127.0.0.1/",
    "https:\\\\127.0.0.1\\",
    "https:////127.0.0.1/",
    "https://127.0.0.1\\@hooks.shop.example/",
    "https://hooks.shop.example@127.0.0.1/",
    "https://ada:secret@127.0.0.1/",
    "https://hooks.shop.example:443@127.0.0.1/",
    "https://%31%32%37.0.0.1/",
    "https://127%2e0%2e0%2e1/",
    "https://%31%32%37%2E%30%2E%30%2E%31/",
    "https://１２７.０.０.１/",
    "https://①②⑦.⓪.⓪.①/",
    "https://127。0。0。1/",
    "https://127．0．0．1/",
    "https://127｡0｡0｡1/",
    "https://𝟏𝟐𝟕.𝟎.𝟎.𝟏/",
    "https://127.0.\t0.1/",
    "https://127.0.\n0.1/",
    " https://127.0.0.1/ ",
    "HTTPS://127.0.0.1/",
    "https://127.\u{ad}0.0.1/",
    "http://127.0.0.1/",
    "http://127.0.0.1:443/",
    "http://0x7f.1/",
    // The other ranges of IPv4.
    "https://0.0.0.0/",
    "https://0/",
    "https://0x0/",
    "https://0.1.2.3/",
    "https://0.255.255.255/",
    "https://10.0.0.0/",
    "https://10.0.0.1/",
    "https://10.1/",
    "https://167772161/",
    "https://012.0.0.1/",
    "https://0xa.0.0.1/",
    "https://10.255.255.255/",
    "https://100.64.0.1/",
    "https://100.100.100.200/",
    "https://100.127.255.255/",
    "https://168.63.129.16/",
    "https://169.254.0.1/",
    "https://169.254.169.254/",
    "https://2852039166/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    "https://169.254.43518/",
    "https://169.254.170.2/",
    "https://172.16.0.1/",
    "https://172.17.0.1/",
    "https://172.31.255.255/",
    "https://192.0.0.1/",
    "https://192.0.0.192/",
    "https://192.0.2.1/",
    "https://192.88.99.1/",
    "https://192.168.0.1/",
    "https://192.168.1.254/",
    "https://192.168.257/",
    "https://3232235777/",
    "https://0xc0.0xa8.1.1/",
    "https://192.168.255.255/",
    "https://198.18.0.1/",
    "https://198.19.255.255/",
    "https://198.51.100.7/",
    "https://203.0.113.9/",
    "https://224.0.0.1/",
    "https://239.255.255.250/",
    "https://240.0.0.1/",
    "https://255.255.255.255/",
    "https://4294967295/",
    "http://10.0.0.1/",
    // IPv6, and IPv4 inside it.
    "https://[::]/",
    "https://[::1]/",
    "https://[0:0:0:0:0:0:0:1]/",
    "https://[::0001]/",
    "https://[::1]:8443/",
    "https://[::127.0.0.1]/",
    "https://[::7f00:1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[::FFFF:7F00:1]/",
    "https://[0:0:0:0:0:ffff:10.0.0.1]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[::ffff:192.168.1.1]/",
    "https://[::ffff:0:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::10.0.0.1]/",
    "https://[64:ff9b::169.254.169.254]/",
    "https://[64:ff9b:1::1]/",
    "https://[100::1]/",
    "https://[2001::1]/",
    "https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/",
    "https://[2001:2::1]/",
    "https://[2001:10::1]/",
    "https://[2001:20::1]/",
    "https://[2001:db8::1]/",
    "https://[2002:7f00:1::]/",
    "https://[2002:a00:1::1]/",
    "https://[2002:c0a8:101::1]/",
    "https://[2002:a9fe:a9fe::1]/",
    "https://[3fff::1]/",
    "https://[5f00::1]/",
    "https://[fc00::1]/",
    "https://[fd00::1]/",
    "https://[fd00:ec2::254]/",
    "https://[fdff:ffff::1]/",
    "https://[fe80::1]/",
    "https://[febf::1]/",
    "https://[fec0::1]/",
    "https://[feff::1]/",
    "https://[ff02::1]/",
    "https://[ff0e::1]/",
    "https://[4000::1]/",
    "https://[8000::1]/",
    "https://[2600::5efe:10.0.0.1]/",
    "https://ada@[::1]/",
    "http://[::1]/",
];

/// Names, and what a resolver says of them.
const NAMED: &[(&str, &[&str])] = &[
    ("localhost", &["127.0.0.1"]),
    ("LOCALHOST", &["127.0.0.1"]),
    ("ⓛocalhost", &["127.0.0.1"]),
    ("localhost.", &["127.0.0.1"]),
    ("hooks.localhost", &["127.0.0.1"]),
    ("localhost.localdomain", &["127.0.0.1"]),
    ("ip6-localhost", &["::1"]),
    ("intranet", &["10.0.0.7"]),
    ("printer.local", &["192.168.1.9"]),
    ("metadata.google.internal", &["169.254.169.254"]),
    ("router.home.arpa", &["192.168.1.1"]),
    ("127.0.0.1.nip.example", &["127.0.0.1"]),
    ("a.shop.example", &["0.0.0.0"]),
    ("b.shop.example", &["10.2.3.4"]),
    ("c.shop.example", &["100.64.1.1"]),
    ("d.shop.example", &["169.254.169.254"]),
    ("e.shop.example", &["172.20.0.1"]),
    ("f.shop.example", &["192.168.0.10"]),
    ("g.shop.example", &["198.18.1.1"]),
    ("h.shop.example", &["224.0.0.251"]),
    ("i.shop.example", &["255.255.255.255"]),
    ("j.shop.example", &["::"]),
    ("k.shop.example", &["::1"]),
    ("l.shop.example", &["::ffff:10.0.0.1"]),
    ("m.shop.example", &["64:ff9b::a00:1"]),
    ("n.shop.example", &["fd12:3456::1"]),
    ("o.shop.example", &["fe80::1"]),
    ("p.shop.example", &["2002:a00:1::1"]),
    ("q.shop.example", &["2001:0:1::1"]),
    ("r.shop.example", &["ff02::1"]),
    // One private address among public ones.
    ("s.shop.example", &["93.184.215.14", "10.0.0.1"]),
    ("t.shop.example", &["10.0.0.1", "93.184.215.14"]),
    ("u.shop.example", &["2606:2800:21f::1", "fd00::1"]),
    ("v.shop.example", &["93.184.215.14", "2606:2800:21f::1", "::1"]),
    (
        "w.shop.example",
        &["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4", "1.1.1.5", "1.1.1.6", "1.1.1.7", "1.1.1.8", "127.0.0.1"],
    ),
];

/// Opens a webhook, or one that checks nothing: the control.
#[derive(Clone, Copy, PartialEq)]
enum Checks {
    On,
    Off,
}

fn open(url: &str, options: &Options, counted: &Counted, checks: Checks) -> Result<Webhook> {
    let (target, judge): (Target, Judge) = match checks {
        Checks::On => (Target::parse(url, options.reach)?, guard::judge),
        Checks::Off => (Target::unchecked(url)?, |_, _, _| None),
    };
    let guard = Guard { target, reach: options.reach, resolver: options.resolver.clone(), judge };
    Webhook::with(endpoint(url), options, Sender::new(guard, options.limits, counted.clone(), RootCerts::WebPki))
}

/// The addresses that a delivery to `url` connects to. Nothing leaves the machine: the connections are counted and end there.
fn connections(url: &str, known: &Known, reach: Reach, checks: Checks) -> Vec<SocketAddr> {
    let counted = Counted::default();
    let options = Options::default().reach(reach).limits(limits()).resolver(known.clone());
    if let Ok(webhook) = open(url, &options, &counted, checks) {
        let problem = webhook.notify(&notice()).unwrap_err();
        assert!(!problem.to_string().contains("example"), "{problem}");
    }
    counted.tried()
}

/// Every form: a URL, and what a resolver knows.
fn forms() -> Vec<(String, Known)> {
    let literal = LITERAL.iter().map(|url| ((*url).to_owned(), Known::default()));
    let named = NAMED.iter().map(|(name, addresses)| {
        let url = format!("https://{name}/");
        (url.clone(), Known::one(Target::unchecked(&url).unwrap().host().unwrap(), addresses))
    });
    literal.chain(named).collect()
}

#[test]
fn no_form_of_a_private_address_is_connected_to_and_each_would_be_without_the_check() {
    let forms = forms();
    let distinct: BTreeSet<&String> = forms.iter().map(|(url, _)| url).collect();
    assert!(distinct.len() == forms.len() && forms.len() >= 150, "{}", forms.len());
    for (url, known) in &forms {
        assert_eq!(connections(url, known, Reach::Public, Checks::On), [], "{url}");
        let unchecked = connections(url, known, Reach::Public, Checks::Off);
        assert!(!unchecked.is_empty(), "{url}: this form cannot connect at all, so refusing it shows nothing");
        let private = |address: &SocketAddr| address::problem(address.ip(), Reach::Public).is_some();
        let beyond = known.names.values().any(|found| found.len() > unchecked.len());
        assert!(unchecked.iter().any(private) || beyond, "{url}: {unchecked:?}");
    }
}

#[test]
fn the_development_switch_leads_to_loopback_and_to_nothing_else_that_is_private() {
    let mut loopback = 0;
    for (url, known) in forms() {
        let tried = connections(&url, &known, Reach::PublicAndLoopback, Checks::On);
        let refused = |address: &SocketAddr| address::problem(address.ip(), Reach::Public).is_some();
        assert!(tried.iter().all(|address| address.ip().is_loopback() || !refused(address)), "{url}: {tried:?}");
        loopback += usize::from(tried.iter().any(refused));
    }
    assert!(loopback > 30, "{loopback}");
    for url in ["http://hooks.shop.example/", "http://93.184.215.14/"] {
        let known = Known::one("hooks.shop.example", &["93.184.215.14"]);
        assert_eq!(connections(url, &known, Reach::PublicAndLoopback, Checks::On), [], "{url}");
    }
}

#[test]
fn what_is_allowed_connects_to_exactly_what_was_resolved() {
    let receiver = Receiver::new(|_| Reply::Status(200, String::new()));
    let cases: &[(&str, &[&str])] = &[
        ("http://127.0.0.1:8080/", &[]),
        ("http://127.0.0.1:80/", &[]),
        ("http://127.1.2.3:8080/hooks?a=b", &[]),
        ("http://2130706433:8080/", &[]),
        ("http://0x7f.1:8080/", &[]),
        ("http://[::1]:8080/", &[]),
        ("http://localhost:8080/", &["127.0.0.1"]),
        ("http://LocalHost:8080/", &["::1"]),
        ("http://a.localhost/", &["127.0.0.2"]),
        ("http://hooks.shop.example:8080/", &["127.0.0.1"]),
        ("http://hooks.shop.example/", &["::1", "127.0.0.1"]),
        ("http://bücher.example:9000/", &["127.0.0.1"]),
        ("https://hooks.shop.example/", &["93.184.215.14"]),
        ("https://hooks.shop.example:8443/a", &["93.184.215.14"]),
        ("https://hooks.shop.example/", &["2606:2800:21f::1"]),
        ("https://hooks.shop.example/", &["1.1.1.1", "2606:4700::1111"]),
        ("https://hooks.shop.example/", &["64:ff9b::93.184.215.14"]),
        ("https://bücher.example/", &["8.8.8.8"]),
        ("https://93.184.215.14/", &[]),
        ("https://[2606:2800:21f::1]:8443/", &[]),
        ("https://127.0.0.1/", &[]),
    ];
    assert!(cases.len() >= 20);
    for (url, addresses) in cases {
        let target = Target::unchecked(url).unwrap();
        let known = target.host().map_or_else(|_| Known::default(), |name| Known::one(name, addresses));
        let counted = Counted { to: Some(receiver.address), ..Counted::default() };
        let options = Options::default().reach(Reach::PublicAndLoopback).limits(limits()).resolver(known.clone());
        let notified = open(url, &options, &counted, Checks::On).unwrap().notify(&notice());
        let expected = target.host().map_or_else(|address| vec![address], |name| known.names[name].clone());
        let tried = counted.tried();
        assert_eq!(tried.iter().map(SocketAddr::ip).collect::<Vec<_>>(), expected, "{url}");
        assert!(tried.iter().all(|address| address.port() == target.port()), "{url}: {tried:?}");
        assert_eq!(known.asked.lock().unwrap().len(), usize::from(target.host().is_ok()), "{url}: resolved once");
        let [message] = &receiver.take()[..] else { panic!("{url}: no connection") };
        if target.is_plain() {
            assert_eq!((notified, message.headers["content-type"].as_str()), (Ok(()), "application/json"), "{url}");
        } else {
            // The receiver cannot speak TLS; that it was spoken to by name shows in the hello.
            assert!(notified.is_err() && message.line == "hello", "{url}");
            let named = |name: &str| message.body.windows(name.len()).any(|part| part == name.as_bytes());
            assert!(target.host().is_err() || named(target.host().unwrap()), "{url}");
        }
    }
}

#[test]
fn a_name_that_moves_after_it_was_judged_is_not_followed() {
    /// Public when it is asked first, private ever after.
    #[derive(Debug, Default)]
    struct Moving(std::sync::atomic::AtomicU32);
    impl Resolve for Moving {
        fn resolve(&self, _: &str, _: std::time::Duration) -> std::io::Result<Vec<std::net::IpAddr>> {
            let first = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
            Ok(vec![if first { [93, 184, 215, 14] } else { [127, 0, 0, 1] }.into()])
        }
    }
    let counted = Counted::default();
    let moving = Arc::new(Moving::default());
    let mut options = Options::default().limits(limits());
    options.resolver = moving.clone();
    let webhook = open("https://hooks.shop.example/", &options, &counted, Checks::On).unwrap();
    for problem in ["the connection failed", "refused: the host leads to an address that is loopback"] {
        assert!(webhook.notify(&notice()).unwrap_err().to_string().starts_with(problem));
        assert_eq!(counted.tried(), ["93.184.215.14:443".parse().unwrap()]);
    }
    assert_eq!(moving.0.load(std::sync::atomic::Ordering::Relaxed), 2);
}

#[test]
fn a_name_that_does_not_resolve_fails_its_delivery() {
    let options = Options::default().limits(limits());
    for (known, problem) in [
        (Known::default(), "the host was not resolved"),
        (Known::one("hooks.shop.example", &[]), "the host has no address"),
    ] {
        let counted = Counted::default();
        let webhook =
            open("https://hooks.shop.example/", &options.clone().resolver(known), &counted, Checks::On).unwrap();
        assert_eq!(webhook.notify(&notice()).unwrap_err().to_string(), problem);
        assert_eq!(counted.tried(), []);
    }
}
