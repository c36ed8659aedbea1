//! The form of the tokens that go out in mails: 33 bytes as 44 characters of base64url.
//!
//! ```text
//! byte    0             1..17  17..33
//!         version·type  id     tag
//! ```

use data_encoding::BASE64URL_NOPAD;
use uuid::Uuid;

use super::refuse;
use crate::error::Error;

const BYTES: usize = 33;
const CHARS: usize = 44;

pub(super) fn write(version_and_type: u8, id: Uuid, tag: &[u8; 16]) -> String {
    let bytes: Vec<u8> = [version_and_type].iter().chain(id.as_bytes()).chain(tag).copied().collect();
    BASE64URL_NOPAD.encode(&bytes)
}

/// The id and the tag. What is refused is called `what`, and never quoted.
pub(super) fn read(what: &'static str, version_and_type: u8, text: &str) -> Result<(Uuid, [u8; 16]), Error> {
    let wrong = || refuse(what, "is not 44 characters of the form that was sent");
    let text = text.trim();
    let bytes = (text.len() == CHARS).then(|| BASE64URL_NOPAD.decode(text.as_bytes()).ok()).flatten();
    let bytes: [u8; BYTES] = bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(wrong)?;
    let [found, rest @ ..] = bytes;
    if found != version_and_type {
        return Err(wrong());
    }
    let (mut id, mut tag) = ([0; 16], [0; 16]);
    for (to, from) in id.iter_mut().chain(&mut tag).zip(rest) {
        *to = from;
    }
    Ok((Uuid::from_bytes(id), tag))
}
