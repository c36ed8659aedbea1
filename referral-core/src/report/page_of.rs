//! Which page of a list is asked for.

use serde::{Deserialize, Serialize};

use crate::store::{Cursor, Listing, PageRequest};

/// How many rows a page of an answer has where nothing is said.
pub(super) const PAGE: u32 = 50;
/// How many it has at most.
const LARGEST_PAGE: u32 = 1_000;

/// Which page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PageOf {
    /// Where the page before ended; by default the first page.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Cursor>,
    /// How many rows at most, up to 1,000.
    pub limit: u32,
}

impl Default for PageOf {
    fn default() -> Self {
        Self { after: None, limit: PAGE }
    }
}

impl PageOf {
    pub(super) fn of(&self, listing: Listing) -> PageRequest {
        PageRequest { after: self.after.clone(), ..listing.first(self.limit.clamp(1, LARGEST_PAGE)) }
    }
}

pub(super) fn bounded(limit: u32) -> u32 {
    limit.clamp(1, LARGEST_PAGE)
}
