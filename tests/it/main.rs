//! All integration tests: one binary, so that the crate is linked once.

#![allow(clippy::unwrap_used, clippy::iter_over_hash_type)]

mod answers;
mod backup;
mod command;
mod contract;
mod counts;
mod crash;
mod formats;
mod golden;
mod grammar;
mod ingest;
mod memory;
mod minent;
mod naive;
mod rare;
mod reference;
mod segment;
mod terminal;
mod tidy;
mod tutorials;
mod words;
