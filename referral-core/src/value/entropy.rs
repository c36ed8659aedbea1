//! Randomness as an input: a stream that is fully determined by the seed that the host drew.

use std::fmt;

use super::Timestamp;

/// A deterministic stream of bytes from one seed. The host draws the seed; the core only stretches it.
#[derive(Clone)]
pub struct Entropy {
    seed: [u8; 32],
    drawn: u64,
}

impl fmt::Debug for Entropy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Entropy(..)")
    }
}

impl Entropy {
    /// A stream from `seed`, which must come from the host's random source, once per operation.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, drawn: 0 }
    }

    /// An independent stream for the part named by `label` and `index`.
    ///
    /// ```
    /// use referral_core::value::Entropy;
    /// let seed = Entropy::new([7; 32]);
    /// assert_eq!(seed.part("command", 1).bytes::<4>(), seed.part("command", 1).bytes::<4>());
    /// assert_ne!(seed.part("command", 1).bytes::<4>(), seed.part("command", 2).bytes::<4>());
    /// ```
    #[must_use]
    pub fn part(&self, label: &str, index: u64) -> Self {
        let mut hasher = blake3::Hasher::new_keyed(&self.seed);
        hasher.update(&(label.len() as u64).to_le_bytes()).update(label.as_bytes()).update(&index.to_le_bytes());
        Self::new(*hasher.finalize().as_bytes())
    }

    /// The next `N` bytes of the stream.
    pub fn bytes<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0; N];
        let mut hasher = blake3::Hasher::new_keyed(&self.seed);
        hasher.update(&self.drawn.to_le_bytes());
        hasher.finalize_xof().fill(&mut out);
        self.drawn = self.drawn.wrapping_add(1);
        out
    }

    /// The next number of the stream.
    pub fn number(&mut self) -> u64 {
        u64::from_le_bytes(self.bytes())
    }

    /// A UUIDv7: its time is `at`, the rest comes from the stream.
    ///
    /// Built from parts, because `uuid`'s own `v7` feature pulls in an entropy source.
    pub fn uuid_v7(&mut self, at: Timestamp) -> uuid::Uuid {
        let millis = u64::try_from(at.as_millis()).unwrap_or(0);
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }
}
