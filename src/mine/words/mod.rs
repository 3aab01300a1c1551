//! Word discovery: one file a method, one row each in [`METHODS`].

mod method;
mod minent;
mod nvbe;
mod runs;

pub use method::{Evidence, METHODS, Method, Request, Word, method};
