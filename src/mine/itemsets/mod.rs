//! Frequent itemsets: which items stand together in many transactions, one row a method in
//! [`METHODS`].
//!
//! A method takes transactions by column and a [`Search`], and hands what it finds to a [`Sink`].
//! `apriori` goes level by level; the others are one depth-first search with two forms of data,
//! conditional databases (`growth`, `rows`) and bitmaps (`classes`, `bits`), which `auto` mixes.

mod apriori;
mod ground;
mod method;
mod search;
mod sink;
#[cfg(test)]
mod tests;
mod top;

pub use method::{METHODS, Method, method, mine};
pub use search::{Search, Target};
pub use sink::{Listing, Sink, Tally};
