//! All integration tests, as one binary.

mod answers;
mod counts;
mod crash;
mod formats;
mod ingest;
mod memory;
mod minent;
mod naive;
mod tidy;
