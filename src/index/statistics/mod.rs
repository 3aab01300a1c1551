//! Tables derived from the counts: kept with the version of the manifest, never counted again.
//!
//! [`Statistics`] is a trie of the n-grams above a floor with their entropies and edges, [`Pairs`]
//! all adjacent pairs, [`Chunks`] the stretches of text whose pairs are all strong.

mod build;
mod chunks;
mod pairs;
mod trie;

pub use chunks::{Chunks, StrongPairs, Thresholds};
pub use pairs::Pairs;
pub use trie::{Row, Statistics};
