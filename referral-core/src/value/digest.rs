//! Hashes over several fields, written so that no two lists of fields give the same bytes.
//!
//! A text or a byte string goes in behind its length in eight bytes, little endian; a number or an id of fixed width goes
//! in as it is. The label comes first and names the purpose, so that a hash made for one never serves another.

use super::Secret;

/// A BLAKE3 hash that is being fed.
pub(crate) struct Digest(blake3::Hasher);

impl Digest {
    /// A hash that anybody can compute.
    pub(crate) fn open(label: &str) -> Self {
        Self(blake3::Hasher::new()).text(label)
    }

    /// A hash that only holders of `key` can compute.
    pub(crate) fn keyed(key: &Secret, label: &str) -> Self {
        Self(blake3::Hasher::new_keyed(key.expose())).text(label)
    }

    /// A hash that only holders of `key` can compute, for a key that serves one purpose and so needs no label.
    pub(crate) fn keyed_without_label(key: &Secret) -> Self {
        Self(blake3::Hasher::new_keyed(key.expose()))
    }

    /// A field of any length.
    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update(&(bytes.len() as u64).to_le_bytes()).update(bytes);
        self
    }

    /// A field of any length.
    pub(crate) fn text(self, text: &str) -> Self {
        self.bytes(text.as_bytes())
    }

    /// A field that always has `N` bytes.
    pub(crate) fn fixed<const N: usize>(mut self, bytes: &[u8; N]) -> Self {
        self.0.update(bytes);
        self
    }

    /// The first `N` bytes of the hash.
    pub(crate) fn finish<const N: usize>(self) -> [u8; N] {
        let mut out = [0; N];
        self.0.finalize_xof().fill(&mut out);
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_moves_to_the_next_field_changes_the_hash() {
        let one: [u8; 32] = Digest::open("label").text("ab").text("c").finish();
        let two: [u8; 32] = Digest::open("label").text("a").text("bc").finish();
        let three: [u8; 32] = Digest::open("labela").text("b").text("c").finish();
        assert!(one != two && two != three && one != three);
    }
}
