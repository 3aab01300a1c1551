//! All integration tests: one binary, so that the crate is linked once.

#![allow(clippy::unwrap_used, clippy::iter_over_hash_type)]

mod answers;
mod command;
mod counts;
mod crash;
mod golden;
mod grammar;
mod naive;
mod terminal;
mod tidy;
