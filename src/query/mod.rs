//! Floor 5, the query language: text → tokens → tree → plan → rows.
//!
//! `lexer` and `grammar` know syntax only; names and kinds are the business of `planner`. Stages,
//! functions and aggregates are rows of tables: `stages`, `functions`, `aggregates`. Nothing here
//! formats rows; `render` does, and nothing below this floor knows the language.

pub mod aggregates;
pub mod answered;
pub mod automaton;
pub mod batches;
pub mod check;
pub mod constant;
pub mod context;
pub mod difference;
pub mod evaluate;
pub mod expression;
pub mod finder;
pub mod functions;
pub mod grammar;
pub mod kept;
pub mod kept_later;
pub mod kept_sets;
pub mod lexer;
pub mod matcher;
pub mod measures;
pub mod mining;
pub mod nearest;
pub mod ngram;
pub mod node;
pub mod parameters;
pub mod pattern;
pub mod planner;
mod ranked;
pub mod rows;
pub mod saved;
pub mod sentences;
pub mod sets;
pub mod shape;
pub mod skipgrams;
pub mod source;
pub mod stage;
pub mod stages;
mod steps;
mod tokenised;
pub mod transactions;
pub mod tree;
pub mod trees;
pub mod value;
pub mod vocabulary;

pub use grammar::{is_complete, parse};

#[cfg(test)]
mod tests;
