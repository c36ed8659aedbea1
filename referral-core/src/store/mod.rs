//! Where records live: the contract of a store, listings, and the store in memory.

mod contract;
mod memory;
mod page;

pub use contract::{Add, AsyncStore, Batch, BoxFuture, Commit, Delete, Guard, Put, Store, Stored, Version};
pub use memory::MemoryStore;
pub use page::{Cursor, Listing, Page, PageRequest, Scan};
