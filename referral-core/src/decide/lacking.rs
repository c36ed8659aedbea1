//! What a decision lacks, and what was listed for it.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::record::Key;
use crate::store::{Page, PageRequest};

/// A page that was listed, and the request for it.
pub type ListedPage = (PageRequest, Arc<Page>);

/// What is to be loaded and listed before deciding goes on.
#[derive(Clone, Debug, Default)]
pub struct Lacking {
    /// The keys to load.
    pub keys: BTreeSet<Key>,
    /// The pages to list.
    pub pages: Vec<PageRequest>,
}

impl Lacking {
    /// Whether nothing is lacking.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty() && self.pages.is_empty()
    }

    /// Adds what another command lacks.
    pub fn extend(&mut self, other: Self) {
        self.keys.extend(other.keys);
        for page in other.pages {
            if !self.pages.contains(&page) {
                self.pages.push(page);
            }
        }
    }
}
