//! Tables derived from the counts: kept with the version of the manifest, never counted again.
//!
//! [`Statistics`] is a trie of the n-grams above a floor with their entropies and edges, [`Pairs`]
//! all adjacent pairs, `chunks` the stretches of text whose pairs are all strong, [`Branching`]
//! the branching entropies of all that occurs twice.
//!
//! A trie comes about by `build` (one `walk` over the leaves, then `left` sides, then suffixes), or
//! from that of an earlier state by `update` (what new leaves have `touched`, old ones `revisit`ed
//! for it, then the same `left` sides).

mod bits;
mod branching;
mod build;
mod chunks;
mod column;
mod cut;
mod cutting;
mod left;
mod pairs;
mod pieces;
mod revisit;
mod scatter;
mod stored;
mod strong;
mod touched;
mod trie;
mod update;
mod walk;

#[cfg(test)]
mod build_tests;
#[cfg(test)]
mod cut_tests;

pub use branching::{Branch, Branching, StepMoments, Steps};
pub(super) use chunks::Base;
pub use cut::Cut;
pub use pairs::Pairs;
pub use pieces::{Filter, Key, Piece};
pub(super) use stored::Head;
pub use strong::Thresholds;
pub(super) use trie::{Extent, Seen};
pub use trie::{Row, Statistics};
