//! Sentence templates: found from skip-grams, matched by a trie, and nested into sentence trees.
//!
//! ```text
//! sentences → clauses → skip-grams → links → paths → templates → index → chart → trees
//! ```

mod beyond;
mod chart;
mod clauses;
mod discovery;
mod pairs;
mod parser;
mod paths;
mod prepared;
mod repeats;
mod skipgrams;
mod slice;
mod slots;
mod template;
mod trail;
mod tree;
mod trie;

pub use clauses::{Clause, Spelled, Spelling, Token, Vocabulary};
pub use discovery::{Capped, Discovery, Limits, Survey};
pub use parser::{ParserOptions, ParserWorker, TemplateParser};
pub use paths::{Cap, Paths};
pub use prepared::TemplateSet;
pub use repeats::{Clauses, Tag};
pub use skipgrams::{Links, SkipGrams, Thresholds};
pub use slice::Slice;
pub use slots::Fitting;
pub use template::{SLOT, Template, text_of};
pub use tree::Tree;
pub use trie::{Match, TemplateIndex, UNKNOWN};
