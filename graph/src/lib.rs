//! Who referred whom over generations: a whole campaign as a compact graph in memory.
//!
//! Each person has one referrer at most: the one of the person's latest lead that is not superseded. So the graph is a
//! forest, and flat arrays hold it. People are numbered level by level, and those whom one person referred stand side by
//! side. A subtree is therefore a range of each level: all sizes are one pass over an array, and nothing is recursive.
//!
//! ```
//! use referral_graph::{Builder, Lead};
//! use referrals::value::{ParticipantId, Timestamp};
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let id = |text: &str| text.parse::<ParticipantId>();
//! let (ada, bob) = (id("00000000-0000-7000-8000-00000000000a")?, id("00000000-0000-7000-8000-00000000000b")?);
//! let mut builder = Builder::default();
//! builder.lead(Lead { invitee: bob, referrer: ada, number: 1, at: Timestamp::FIRST, is_qualified: true });
//! let graph = builder.build()?;
//! let top = graph.find(ada).ok_or("ada is in the graph")?;
//! assert_eq!(graph.subtree_sizes().first(), Some(&2));
//! assert_eq!(graph.descendants(top).count(), 1);
//! # Ok(())
//! # }
//! ```
//!
//! [`Graph::read`] reads a campaign from a store. Names of people are in no graph: whoever draws one says what to write.

mod error;
mod builder;
mod forest;
mod sums;
mod generations;
mod read;
mod escape;
mod text;
mod layout;
mod picture;
mod timeline;

pub use builder::{Builder, Lead};
pub use error::GraphError;
pub use forest::{Graph, LevelRange, PersonIndex};
pub use generations::Generation;
pub use picture::MOST_DRAWN;
pub use read::WithRewards;
pub use sums::{Measure, TreeSum};
pub use timeline::timeline;
