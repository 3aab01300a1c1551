//! Bytes on disk in key order: families, views, atomic batches, bulk files.
//!
//! The store knows bytes and order, never language. `rocks` is the only file of the crate that
//! names RocksDB; `memory` is its twin for tests and for text that is not to be kept.

mod codec;
mod contract;
mod crash;
mod memory;
mod rocks;

pub use codec::{Elements, decode, decode_each, encode};
pub use contract::{Access, Batch, Bulk, BulkFile, Change, Cursor, Family, Store, View};
pub use crash::crash_point;
pub use memory::MemoryStore;
pub use rocks::{RocksOptions, RocksStore};
