//! All integration tests: one binary, so that the crate is linked once.

mod answers;
mod command;
mod counts;
mod crash;
mod golden;
mod naive;
mod terminal;
mod tidy;
