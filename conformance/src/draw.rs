//! Numbers drawn from a seed: the same seed, the same numbers. Never used where chance must be hard to guess.

/// A stream of numbers from one seed (SplitMix64, Steele and others 2014).
#[derive(Clone, Debug)]
pub struct Draw(u64);

impl Draw {
    /// A stream of `seed` for the part of the work named by `label`.
    #[must_use]
    pub fn new(seed: u64, label: &str) -> Self {
        let mut draw = Self(seed);
        for byte in label.bytes() {
            draw.0 = draw.number() ^ u64::from(byte);
        }
        draw
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to before `end`; 0 if `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        let end = end.max(1) as u64;
        usize::try_from(self.number() % end).unwrap_or(0)
    }

    /// True once in `times`.
    pub fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// One of `items`; none if there is none.
    pub fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(self.below(items.len()))
    }

    /// Some bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        std::iter::repeat_with(|| self.number().to_le_bytes()).flatten().take(length).collect()
    }
}
