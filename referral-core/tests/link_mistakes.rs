//! No changed token and no mistyped code gets past its check: every single change of many is tried.
//!
//! With `DEEP` set, ten times as many.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "helpers of tests fail by panicking")]

use referral_core::link::{Code, CodeKind, LinkToken, SealedToken};
use referral_core::value::{CampaignId, Entropy, GrantId, KeyState, Keyring, LinkHost, Secret, TenantId, Timestamp};

const BASE64URL: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CODE_ALPHABET: &[u8; 31] = b"23456789ABCDEFGHJKMNPQRSTUVWXYZ";

fn times(normal: u64) -> u64 {
    if std::env::var_os("DEEP").is_some() { normal * 10 } else { normal }
}

struct Bench {
    keyring: Keyring,
    tenant: TenantId,
    host: LinkHost,
}

impl Bench {
    fn new() -> Self {
        // Every key id leads to a key: a changed key id must fall over the signature too.
        let mut builder = Keyring::builder().alias_key(Secret::new([0xa1; 32])).lookup_key(Secret::new([0xb1; 32]));
        for key_id in 0..=u8::MAX {
            let mut root = [0xc1; 32];
            root[0] = key_id;
            let state = if key_id == 1 { KeyState::Active } else { KeyState::VerifyOnly };
            builder = builder.link_key(key_id, Secret::new(root), state);
        }
        let host = "go.shop.example".parse().unwrap();
        Self { keyring: builder.build().unwrap(), tenant: TenantId::default(), host }
    }

    fn token(&self, seed: u64) -> SealedToken {
        let mut entropy = Entropy::new([0x5e; 32]).part("token", seed);
        let grant = GrantId::mint(&mut entropy);
        let [campaign, counter] = [0; 2].map(|_: u8| entropy.number() as u32);
        let at = Timestamp::from_millis(1_700_000_000_000 + (entropy.number() % 1_000_000_000) as i64).unwrap();
        let campaign = CampaignId(campaign);
        LinkToken::mint(&self.keyring, &self.tenant, &self.host, campaign, grant, at, counter).unwrap()
    }

    fn accepts(&self, text: &str) -> bool {
        text.parse::<SealedToken>().is_ok_and(|token| token.verify(&self.keyring, &self.tenant, &self.host).is_ok())
    }
}

/// Every text that differs from `text` in one character of `alphabet`.
fn each_substitution(text: &str, alphabet: &[u8], mut visit: impl FnMut(&str)) {
    for index in 0..text.len() {
        let mut changed = text.as_bytes().to_vec();
        for symbol in alphabet.iter().filter(|symbol| **symbol != text.as_bytes()[index]) {
            changed[index] = *symbol;
            visit(std::str::from_utf8(&changed).unwrap());
        }
    }
}

#[test]
fn no_token_with_one_bit_flipped_is_accepted() {
    let bench = Bench::new();
    for seed in 0..times(1_000) {
        let bytes = bench.token(seed).to_bytes();
        assert!(bench.accepts(&data_encoding::BASE64URL_NOPAD.encode(&bytes)), "token {seed} itself");
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes;
            changed[bit / 8] ^= 1 << (bit % 8);
            let text = data_encoding::BASE64URL_NOPAD.encode(&changed);
            assert!(!bench.accepts(&text), "token {seed}, bit {bit}");
        }
    }
}

#[test]
fn no_token_with_one_character_replaced_is_accepted() {
    let bench = Bench::new();
    for seed in 0..times(1_000) {
        let token = bench.token(seed);
        each_substitution(&token.to_string(), BASE64URL, |text| assert!(!bench.accepts(text), "{token}: {text}"));
    }
}

#[test]
fn no_printed_token_with_one_character_replaced_is_accepted() {
    let bench = Bench::new();
    for seed in 0..times(100) {
        let print = bench.token(seed).print_form();
        each_substitution(&print, CROCKFORD, |text| assert!(!bench.accepts(text), "{print}: {text}"));
    }
}

fn each_code(mut visit: impl FnMut(&Code)) {
    for seed in 0..times(10_000) {
        let kind = if seed % 4 == 0 { CodeKind::Money } else { CodeKind::Plain };
        visit(&Code::generate(kind, &mut Entropy::new([0xc0; 32]).part("code", seed)));
    }
}

#[test]
fn no_code_with_one_symbol_replaced_is_accepted() {
    each_code(|code| {
        assert_eq!(code.as_str().parse().as_ref(), Ok(code));
        each_substitution(code.as_str(), CODE_ALPHABET, |text| {
            assert!(text.parse::<Code>().is_err(), "{code}: {text}");
        });
    });
}

#[test]
fn no_code_with_two_symbols_swapped_is_accepted() {
    each_code(|code| {
        let symbols = code.as_str().as_bytes();
        // Adjacent and jump swaps are what people do; the sum catches every other distance too.
        for distance in 1..symbols.len() {
            for index in 0..symbols.len() - distance {
                let mut changed = symbols.to_vec();
                changed.swap(index, index + distance);
                let text = std::str::from_utf8(&changed).unwrap();
                assert!(changed == symbols || text.parse::<Code>().is_err(), "{code}: {text}");
            }
        }
    });
}

/// The control: a sum without weights lets swaps pass, so the test above can fail.
#[test]
fn a_sum_without_weights_would_let_swaps_pass() {
    let value = |symbol: &u8| CODE_ALPHABET.iter().position(|known| known == symbol).unwrap();
    let sum = |symbols: &[u8]| symbols.iter().map(value).sum::<usize>() % 31;
    let code = Code::generate(CodeKind::Plain, &mut Entropy::new([0xc0; 32]));
    let symbols = code.as_str().as_bytes();
    let mut swapped = symbols.to_vec();
    let unequal = (1..symbols.len()).find(|index| symbols[*index] != symbols[0]).unwrap();
    swapped.swap(0, unequal);
    assert_eq!(sum(&swapped), sum(symbols));
    assert!(std::str::from_utf8(&swapped).unwrap().parse::<Code>().is_err());
}
