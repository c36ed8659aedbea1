//! Files that are hostile or broken, and files that are odd and valid: families, each over its parameters. Nothing here was
//! taken from elsewhere; where a family follows a published list or standard, it says which.

#![allow(dead_code, unreachable_pub, reason = "each test uses its part")]
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

pub mod hostile;
mod hostile_cells;
pub mod odd;
mod odd_cells;

/// What a file must come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Must {
    /// It ends with the problem of this code; the rows before it, as `line result reason`.
    End(&'static str, Vec<String>),
    /// It ends with some problem, and nothing of it is done.
    EndSomehow,
    /// Its rows come to this.
    Tell(Vec<String>),
    /// Every row is done, and these are what is there then: people as `host id|email|name`, conversions as
    /// `event|amount|time`.
    Hold(Vec<String>),
}

/// One file.
#[derive(Clone, Debug)]
pub struct File {
    pub name: String,
    pub mapping: String,
    pub bytes: Vec<u8>,
    pub must: Must,
}

pub const REFERRERS: &str = "content = 'referrers'\ncampaign = 'spring'\n";
pub const INVITEES: &str = "content = 'invitees'\ncampaign = 'spring'\n";
pub const CONVERSIONS: &str = "content = 'conversions'\nsource = 'shop'\n";

impl File {
    pub fn new(name: impl Into<String>, mapping: impl Into<String>, bytes: impl Into<Vec<u8>>, must: Must) -> Self {
        Self { name: name.into(), mapping: mapping.into(), bytes: bytes.into(), must }
    }
}

pub fn end(code: &'static str) -> Must {
    Must::End(code, Vec::new())
}

pub fn tell(rows: &[&str]) -> Must {
    Must::Tell(rows.iter().map(|row| (*row).to_owned()).collect())
}

/// A field in quotes.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

/// Numbers that are the same each time.
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}
