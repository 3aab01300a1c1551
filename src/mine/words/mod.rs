//! Word discovery: one file a method, one row each in [`METHODS`].

mod method;
mod minent;

pub use method::{METHODS, Method, Request, Word, method};
