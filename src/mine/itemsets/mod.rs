//! Frequent itemsets: which items stand together in many transactions, one row a method in
//! [`METHODS`].
//!
//! A method takes transactions by column and a [`Search`], and hands what it finds to a [`Sink`].
//! `apriori` goes level by level; the others are one depth-first search with two forms of data,
//! conditional databases (`growth`, `rows`) and bitmaps (`classes`, `bits`), which `auto` mixes.

mod apriori;
mod bits;
mod classes;
mod counter;
mod gained;
mod ground;
mod growth;
mod holders;
mod hybrid;
mod method;
mod output;
mod rows;
mod search;
mod seen;
mod sink;
mod sums;
#[cfg(test)]
mod tests;
mod top;
mod unknown;

pub use counter::Counter;
pub use gained::{Gain, gained};
pub use method::{METHODS, Method, method, mine};
pub use search::{Search, Target};
pub use sink::{Listing, Sink, Tally};
pub use unknown::{is_rare, spare_floor, unknown};
