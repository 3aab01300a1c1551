//! Erya (尔雅): a corpus database with a query language.
//!
//! Text is counted once; every question after that is answered from what is stored. Begin with
//! [`database::Database`].
//!
#![doc = include_str!("ARCHITECTURE.md")]

pub mod cli;
pub mod control;
pub mod database;
pub mod docs;
pub mod error;
pub mod index;
pub mod measure;
pub mod mine;
pub mod query;
pub mod render;
pub mod shell;
pub mod store;
pub mod text;
pub mod word;
