//! What is found in counts: words, templates, sequences, itemsets.
//!
//! A method is a pure function of stored statistics and arguments. Its row in [`words::METHODS`] or
//! [`itemsets::METHODS`] says what it is called and where it comes from.

pub mod itemsets;
mod method;
pub mod sequences;
pub mod templates;
pub mod words;

pub use method::{Argument, Arguments, MethodHead, ParameterKind, ParameterRow};
