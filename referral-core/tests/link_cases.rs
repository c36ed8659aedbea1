//! Links and codes agree with `conformance/cases/links`, which another implementation computed.

#![allow(clippy::panic, clippy::unwrap_used, reason = "helpers of tests fail by panicking")]

use std::path::Path;

use referral_core::error::Error;
use referral_core::link::{AnyCode, ClaimLink, Code, CodeKind, LinkText, LinkToken, SealedToken, grant_key};
use referral_core::value::{CampaignId, GrantId, KeyState, Keyring, KeyringBuilder, LinkHost, Secret, TenantId};
use serde::Deserialize;
use serde::de::DeserializeOwned;

fn read<T: DeserializeOwned>(name: &str) -> T {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/cases/links").join(name);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn assert_refused<T>(result: Result<T, Error>, problem: &str, text: &str) {
    let error = result.err().unwrap_or_else(|| panic!("`{text}` was accepted"));
    assert_eq!(error.code(), "invalid_link", "{text}");
    assert!(error.to_string().contains(problem), "{text}: `{error}` does not say `{problem}`");
}

#[derive(Deserialize)]
struct Tokens {
    link_keys: Vec<LinkKey>,
    cases: Vec<TokenCase>,
    refused: Vec<RefusedToken>,
}

#[derive(Deserialize)]
struct LinkKey {
    id: u8,
    state: KeyState,
    root: String,
}

#[derive(Deserialize)]
struct TokenCase {
    tenant: TenantId,
    link_host: LinkHost,
    key_id: u8,
    campaign: CampaignId,
    grant: GrantId,
    hours: u32,
    counter: u32,
    grant_key: String,
    url: String,
    print: String,
}

#[derive(Deserialize)]
struct RefusedToken {
    tenant: TenantId,
    link_host: LinkHost,
    text: String,
    problem: String,
}

fn keyring(keys: &[LinkKey]) -> Keyring {
    let builder = Keyring::builder().alias_key(Secret::new([0xa1; 32])).lookup_key(Secret::new([0x10; 32]));
    let add = |builder: KeyringBuilder, key: &LinkKey| {
        builder.link_key(key.id, Secret::from_hex(&key.root).unwrap(), key.state)
    };
    keys.iter().fold(builder, add).build().unwrap()
}

#[test]
fn signed_links_are_the_ones_that_were_computed_elsewhere() {
    let tokens: Tokens = read("tokens.json");
    let keyring = keyring(&tokens.link_keys);
    assert!(tokens.cases.len() >= 60 && tokens.refused.len() >= 13);
    for case in &tokens.cases {
        let TokenCase { key_id, campaign, grant, hours, counter, .. } = *case;
        let token = LinkToken { key_id, campaign, grant, hours, counter };
        let key = grant_key(&keyring, key_id, &case.tenant, grant).unwrap();
        assert_eq!(key, Secret::from_hex(&case.grant_key).unwrap(), "{}", case.url);
        let sealed = token.seal(&key, &case.link_host).unwrap();
        assert_eq!((sealed.to_string(), sealed.print_form()), (case.url.clone(), case.print.clone()));
        for text in [&case.url, &case.print] {
            let received: SealedToken = text.parse().unwrap();
            assert_eq!(received.verify(&keyring, &case.tenant, &case.link_host), Ok(token), "{text}");
            assert_eq!(text.parse(), Ok(LinkText::Token(received)));
        }
    }
    for case in &tokens.refused {
        let received = case.text.parse::<SealedToken>();
        let verified = received.and_then(|token| token.verify(&keyring, &case.tenant, &case.link_host));
        assert_refused(verified, &case.problem, &case.text);
    }
}

#[derive(Deserialize)]
struct Claims {
    cases: Vec<ClaimCase>,
    refused: Vec<RefusedClaim>,
}

#[derive(Deserialize)]
struct ClaimCase {
    tenant: TenantId,
    link_host: u8,
    campaign: CampaignId,
    secret: String,
    text: String,
}

#[derive(Deserialize)]
struct RefusedClaim {
    text: String,
    problem: String,
}

#[test]
fn claim_links_are_the_ones_that_were_computed_elsewhere() {
    let claims: Claims = read("claims.json");
    assert!(claims.cases.len() >= 20 && claims.refused.len() >= 4);
    for case in &claims.cases {
        let secret = Secret::from_hex(&case.secret).unwrap();
        let link = ClaimLink::new(case.link_host, &case.tenant, case.campaign, &secret);
        assert_eq!(link.to_string(), case.text);
        assert_eq!(case.text.parse(), Ok(LinkText::Claim(link)));
        assert_eq!(link.check_reveal(&case.tenant, &secret), Ok(()));
    }
    for case in &claims.refused {
        assert_refused(case.text.parse::<ClaimLink>(), &case.problem, &case.text);
    }
}

#[derive(Deserialize)]
struct Codes {
    random: Vec<RandomCase>,
    vanity: Vec<VanityCase>,
    refused: Vec<RefusedCode>,
}

#[derive(Deserialize)]
struct RandomCase {
    typed: String,
    kind: CodeKind,
    shown: String,
    key: String,
}

#[derive(Deserialize)]
struct VanityCase {
    typed: String,
    shown: String,
    key: String,
}

#[derive(Deserialize)]
struct RefusedCode {
    typed: String,
    problem: String,
}

#[test]
fn codes_are_the_ones_that_were_computed_elsewhere() {
    let codes: Codes = read("codes.json");
    assert!(codes.random.len() >= 40 && codes.vanity.len() >= 7 && codes.refused.len() >= 7);
    for case in &codes.random {
        let code: Code = case.typed.parse().unwrap_or_else(|error| panic!("{}: {error}", case.typed));
        assert_eq!((code.kind(), code.to_string()), (case.kind, case.shown.clone()));
        assert_eq!(AnyCode::from(code).key().as_str(), case.key);
    }
    for case in &codes.vanity {
        let code: AnyCode = case.typed.parse().unwrap_or_else(|error| panic!("{}: {error}", case.typed));
        assert!(matches!(code, AnyCode::Vanity(_)), "{}", case.typed);
        assert_eq!((code.to_string(), code.key().to_string()), (case.shown.clone(), case.key.clone()));
    }
    for case in &codes.refused {
        assert_refused(case.typed.parse::<AnyCode>(), &case.problem, &case.typed);
    }
}
