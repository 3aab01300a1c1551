//! What is found in counts: words today; templates, itemsets and rules in files of their own.
//!
//! A method is a pure function of stored statistics and arguments. Its row in [`words::METHODS`]
//! says what it is called, what it takes and where it comes from.

mod method;
pub mod templates;
pub mod words;

pub use method::{Argument, Arguments, ParameterKind, ParameterRow};
