//! Signatures: what the senders' own packages made is accepted, and nothing else.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

use referral_core::value::Timestamp;
use referral_inbound::{Delivery, InboundError, Scheme, Secrets, verify};
use serde_json::Value;

fn scheme(vector: &Value) -> Scheme {
    let text = |name: &str| vector[name].as_str().unwrap().to_owned();
    match vector["scheme"].as_str().unwrap() {
        "stripe" => Scheme::Stripe,
        "standard" => Scheme::StandardWebhooks,
        "intercom" => Scheme::Intercom,
        "hubspot" => Scheme::HubSpot { method: text("method"), uri: text("uri") },
        other => panic!("{other}"),
    }
}

struct Signed {
    name: String,
    scheme: Scheme,
    secrets: Secrets,
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
    now: Timestamp,
    result: String,
}

impl Signed {
    fn of(vector: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let headers = vector["headers"].as_object().unwrap().iter();
        let secrets: Vec<_> = vector["secrets"].as_array().unwrap().iter().map(text).collect();
        Self {
            name: text(&vector["name"]),
            scheme: scheme(vector),
            secrets: Secrets::new(&secrets).unwrap(),
            headers: headers.map(|(name, value)| (name.clone(), text(value).into_bytes())).collect(),
            body: text(&vector["body"]).into_bytes(),
            now: Timestamp::from_millis(vector["now"].as_i64().unwrap() * 1_000).unwrap(),
            result: text(&vector["result"]),
        }
    }

    fn verify(&self) -> Result<(), InboundError> {
        let headers: Vec<_> = self.headers.iter().map(|(name, value)| (name.as_str(), value.as_slice())).collect();
        let delivery = Delivery { headers: &headers, body: &self.body };
        verify(&self.scheme, &delivery, &self.secrets, self.now).map(drop)
    }
}

fn vectors() -> Vec<Signed> {
    let vectors: Vec<Value> = serde_json::from_str(include_str!("official/vectors.json")).unwrap();
    vectors.iter().map(Signed::of).collect()
}

#[test]
fn what_the_senders_packages_sign_is_accepted_and_nothing_else() {
    let (mut accepted, mut refused) = (0, 0);
    for vector in vectors() {
        match vector.verify() {
            Ok(()) => assert_eq!(vector.result, "ok", "{}", vector.name),
            Err(error) => assert_eq!(error.code(), vector.result, "{}: {error}", vector.name),
        }
        if vector.result == "ok" { accepted += 1 } else { refused += 1 }
    }
    assert!(accepted >= 30 && refused >= 30, "{accepted} {refused}");
}

#[test]
fn a_bit_that_flips_anywhere_in_body_or_headers_is_noticed() {
    for vector in vectors().into_iter().filter(|vector| vector.result == "ok" && vector.body.len() < 100) {
        let several = vector.name.contains("several") || vector.name.contains("two signatures");
        for place in 0..vector.body.len() {
            let mut changed = Signed { body: vector.body.clone(), ..Signed::clone(&vector) };
            changed.body[place] ^= 1;
            assert!(changed.verify().is_err(), "{}: byte {place}", vector.name);
        }
        for (header, place) in vector
            .headers
            .iter()
            .enumerate()
            .flat_map(|(header, (_, value))| (0..value.len()).map(move |place| (header, place)))
        {
            let mut changed = vector.clone();
            changed.headers[header].1[place] ^= 1;
            // Of several signatures one may be wrong; a hexadecimal digit may be upper or lower case.
            assert!(several || changed.verify().is_err(), "{}: header {header}, byte {place}", vector.name);
        }
    }
}

impl Clone for Signed {
    fn clone(&self) -> Self {
        Self {
            name: self.name.clone(),
            scheme: self.scheme.clone(),
            secrets: self.secrets.clone(),
            headers: self.headers.clone(),
            body: self.body.clone(),
            now: self.now,
            result: self.result.clone(),
        }
    }
}

#[test]
fn headers_that_lack_repeat_or_garble_something_are_refused_by_name() {
    let (now, secrets) = ("2026-05-01T09:00:00Z".parse().unwrap(), Secrets::new(&["0123456789abcdef"]).unwrap());
    let many = format!("t=1777626000{}", ",v1=00".repeat(17));
    let hubspot = || Scheme::HubSpot { method: "POST".into(), uri: "https://a.example/".into() };
    type Case<'a> = (Scheme, Vec<(&'a str, &'a [u8])>, &'a str);
    let cases: Vec<Case<'_>> = vec![
        (Scheme::Stripe, vec![], "header_missing"),
        (Scheme::Stripe, vec![("stripe-signature", b"")], "header_invalid"),
        (Scheme::Stripe, vec![("stripe-signature", b"v1=00")], "header_invalid"),
        (Scheme::Stripe, vec![("stripe-signature", b"t=1777626000")], "signature_mismatch"),
        (Scheme::Stripe, vec![("stripe-signature", b"t=1777626000,t=1,v1=00")], "header_invalid"),
        (Scheme::Stripe, vec![("stripe-signature", b"t=+1777626000,v1=00")], "header_invalid"),
        (Scheme::Stripe, vec![("stripe-signature", b"t=-1,v1=00")], "header_invalid"),
        (Scheme::Stripe, vec![("stripe-signature", b"t=99999999999999999999,v1=00")], "header_invalid"),
        (Scheme::Stripe, vec![("stripe-signature", b"t=\xff,v1=00")], "header_invalid"),
        (Scheme::Stripe, vec![("stripe-signature", many.as_bytes())], "header_invalid"),
        (
            Scheme::Stripe,
            vec![("stripe-signature", b"t=1777626000,v1=00"), ("Stripe-Signature", b"t=1777626000,v1=00")],
            "header_invalid",
        ),
        (hubspot(), vec![("x-hubspot-signature-v3", b"AAAA")], "header_missing"),
        (
            hubspot(),
            vec![("x-hubspot-signature-v3", b"AAAA"), ("x-hubspot-request-timestamp", b"yesterday")],
            "header_invalid",
        ),
        (Scheme::Intercom, vec![("x-hub-signature", b"sha256=00")], "header_invalid"),
        (Scheme::Intercom, vec![("x-hub-signature", b"sha1=00")], "signature_mismatch"),
        (Scheme::StandardWebhooks, vec![("webhook-id", b"m"), ("webhook-timestamp", b"1777626000")], "header_missing"),
        (Scheme::SharedSecret { header: "x-secret".into() }, vec![("x-secret", b"")], "signature_mismatch"),
        (
            Scheme::SharedSecret { header: "x-secret".into() },
            vec![("x-secret", b"0123456789abcde")],
            "signature_mismatch",
        ),
    ];
    for (scheme, headers, code) in cases {
        let error = verify(&scheme, &Delivery { headers: &headers, body: b"{}" }, &secrets, now).unwrap_err();
        assert_eq!(error.code(), code, "{scheme:?} {headers:?}: {error}");
        assert_eq!(error.status(), 401, "{error}");
    }
}

#[test]
fn secrets_that_could_be_guessed_or_are_not_there_are_refused_and_never_print() {
    for secrets in [vec![], vec![""], vec!["short"], vec!["0123456789abcdef"; 9]] {
        assert_eq!(Secrets::new(&secrets).unwrap_err().status(), 500, "{secrets:?}");
    }
    let secrets = Secrets::new(&["do-not-print-me-please"]).unwrap();
    assert_eq!(format!("{secrets:?}"), "Secrets(1)");
    let headers: &[(&str, &[u8])] = &[("x-secret", b"do-not-print-me-please")];
    let delivery = Delivery { headers, body: b"bob@example.com" };
    assert_eq!(format!("{delivery:?}"), "Delivery(1 headers, 15 bytes)");
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_is_hashed() {
    let secrets = Secrets::new(&["0123456789abcdef"]).unwrap();
    let body = vec![b' '; referral_inbound::MOST_BYTES + 1];
    let delivery = Delivery { headers: &[], body: &body };
    let error = verify(&Scheme::Stripe, &delivery, &secrets, "2026-05-01T09:00:00Z".parse().unwrap()).unwrap_err();
    assert_eq!((error.code(), error.status()), ("body_too_large", 413));
}
