//! Where records live: the contract of a store, listings, and the store in memory.

mod contract;
mod memory;
mod page;
mod scan;

pub use contract::{Add, AddSums, AsyncStore, Batch, BoxFuture, Commit, Delete, Guard, Put, Store, Stored, Version};
pub use memory::MemoryStore;
pub use page::{Cursor, Listing, Page, PageRequest};
pub use scan::Scan;
