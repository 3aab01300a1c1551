//! The language reference. `tests/it/reference.rs` writes it from the tables, and fails when it is
//! stale.
#![doc = ""]
#![doc = include_str!("reference.md")]
