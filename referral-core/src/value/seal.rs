//! Seals the bodies of letters: who has the store alone cannot read them, and a changed one does not open.
//!
//! ChaCha20-Poly1305 (RFC 8439) under a key that is derived for one message.

use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::{Aead as _, KeyInit as _};

use super::{Keyring, LetterId, MessageBody, SourceName, TenantId};
use crate::error::{Error, StoreError};

/// What is sealed of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    /// The id of the delivery, where its scheme signs one.
    pub(crate) delivery: Option<String>,
    /// The raw body.
    pub(crate) body: MessageBody,
}

impl Keyring {
    /// Seals a message of a source. The same message gives the same bytes.
    pub(crate) fn seal(
        &self,
        tenant: &TenantId,
        source: &SourceName,
        letter: LetterId,
        message: &Message,
    ) -> Result<Vec<u8>, Error> {
        let cipher = self.cipher(tenant, source, letter);
        let delivery = message.delivery.as_deref();
        let length = delivery.map_or(0, |delivery| delivery.len().saturating_add(1));
        let length = u16::try_from(length).map_err(|_| Error::invalid("delivery", "is too long"))?;
        let mut plain = length.to_be_bytes().to_vec();
        plain.extend(delivery.unwrap_or_default().as_bytes());
        plain.extend(message.body.expose());
        cipher.encrypt(&NONCE.into(), plain.as_slice()).map_err(|_| Error::invalid("body", "cannot be sealed"))
    }

    /// Opens what [`Keyring::seal`] sealed.
    pub(crate) fn unseal(
        &self,
        tenant: &TenantId,
        source: &SourceName,
        letter: LetterId,
        sealed: &[u8],
    ) -> Result<Message, Error> {
        let corrupt = || Error::Store(StoreError::Corrupt("letter_body.sealed: does not open".to_owned()));
        let plain = self.cipher(tenant, source, letter).decrypt(&NONCE.into(), sealed).map_err(|_| corrupt())?;
        let (length, rest) = plain.split_first_chunk::<2>().ok_or_else(corrupt)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (delivery, body) = rest.split_at_checked(length.saturating_sub(1)).ok_or_else(corrupt)?;
        let delivery = String::from_utf8(delivery.to_vec()).map_err(|_| corrupt())?;
        let body = MessageBody::new(body.to_vec()).map_err(|_| corrupt())?;
        Ok(Message { delivery: (length > 0).then_some(delivery), body })
    }

    fn cipher(&self, tenant: &TenantId, source: &SourceName, letter: LetterId) -> ChaCha20Poly1305 {
        ChaCha20Poly1305::new(self.sealing_key(tenant, source, letter).expose().into())
    }
}

// INVARIANT: a key seals one message. It is derived from the letter's id, which is a keyed hash of the message itself. So the
// nonce has nothing to tell apart.
const NONCE: [u8; 12] = [0; 12];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::{KeyState, Secret};

    fn keyring(byte: u8) -> Keyring {
        let secret = |byte| Secret::new([byte; 32]);
        Keyring::builder()
            .link_key(1, secret(1), KeyState::Active)
            .alias_key(secret(byte))
            .lookup_key(secret(9))
            .build()
            .unwrap()
    }

    fn message(delivery: Option<&str>, body: &[u8]) -> Message {
        Message { delivery: delivery.map(str::to_owned), body: MessageBody::new(body.to_vec()).unwrap() }
    }

    #[test]
    fn what_is_sealed_opens_with_its_own_key_alone_and_only_unchanged() {
        let (ours, others) = (keyring(2), keyring(3));
        let (tenant, source): (_, SourceName) = (TenantId::default(), "stripe".parse().unwrap());
        for message in [message(None, b"ada@shop.example"), message(Some(""), b""), message(Some("msg_1"), b"{}")] {
            let delivery = message.delivery.as_deref();
            let letter = ours.letter_id(&tenant, &source, delivery, message.body.expose());
            let sealed = ours.seal(&tenant, &source, letter, &message).unwrap();
            assert!(!sealed.windows(3).any(|window| window == b"ada"));
            assert_eq!(ours.unseal(&tenant, &source, letter, &sealed), Ok(message.clone()));
            let two = TenantId::new("two").unwrap();
            let (other, zapier) = (LetterId([7; 16]), "zapier".parse().unwrap());
            assert!(others.unseal(&tenant, &source, letter, &sealed).is_err());
            assert!(ours.unseal(&two, &source, letter, &sealed).is_err());
            assert!(ours.unseal(&tenant, &zapier, letter, &sealed).is_err());
            assert!(ours.unseal(&tenant, &source, other, &sealed).is_err());
            for at in [0, sealed.len() - 1] {
                let mut changed = sealed.clone();
                changed[at] ^= 1;
                let error = ours.unseal(&tenant, &source, letter, &changed).unwrap_err();
                assert_eq!(error.code(), "store_corrupt");
            }
        }
    }

    #[test]
    fn messages_that_differ_in_source_delivery_or_body_have_other_ids() {
        let (keyring, tenant) = (keyring(2), TenantId::default());
        let [stripe, zapier]: [SourceName; 2] = ["stripe", "zapier"].map(|name| name.parse().unwrap());
        let ids = [
            keyring.letter_id(&tenant, &stripe, None, b"{}"),
            keyring.letter_id(&tenant, &stripe, Some(""), b"{}"),
            keyring.letter_id(&tenant, &stripe, Some("m"), b"{}"),
            keyring.letter_id(&tenant, &stripe, None, b"{} "),
            keyring.letter_id(&tenant, &zapier, None, b"{}"),
            keyring.letter_id(&TenantId::new("two").unwrap(), &stripe, None, b"{}"),
        ];
        for (index, id) in ids.iter().enumerate() {
            assert!(!ids.iter().skip(index + 1).any(|other| other == id), "{index}");
        }
    }
}
