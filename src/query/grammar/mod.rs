//! The grammar of the language: nom combinators over tokens, one function for each production.
//!
//! `grammar/erya.ebnf` lists the productions; a test compares the two. The productions of a stage
//! stand in the file of that stage.

mod advice;
mod expression;
mod query;
mod script;
mod statement;
mod tokens;
mod value;

pub use expression::{call, column, expression};
pub use script::{is_complete, parse};
pub use tokens::{
    Failure, Parsed, Tokens, clause, keyword, name, named, quoted, separated, string, symbol,
};
pub use value::{number, parameter, pattern, whole, with_clause};
