//! All integration tests: one binary, so that the crate is linked once.

mod command;
mod golden;
mod terminal;
mod tidy;
