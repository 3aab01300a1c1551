//! The stages of the language: one file each, and the table that names them all.
//!
//! To add a stage, add its file and its line here, and its productions to `grammar/erya.ebnf`.

use crate::query::stage::StageRow;

mod collocates;
mod concordance;
mod count;
mod diff;
mod drop;
mod eval;
mod evaluate;
mod filter;
mod itemsets;
mod keep;
mod keywords;
mod limit;
mod neighbours;
mod ngrams;
mod parse;
mod rules;
mod sample;
mod save;
mod segment;
mod sequences;
mod slots;
mod sort;
mod stats;
mod templates;
mod why;
mod words;

pub use collocates::Collocates;
pub use concordance::Concordance;
pub use count::Count;
pub use diff::Diff;
pub use drop::DropColumns;
pub use eval::{Assignment, Eval};
pub use evaluate::Evaluate;
pub use filter::Where;
pub use itemsets::Itemsets;
pub use keep::Keep;
pub use keywords::Keywords;
pub use limit::LimitRows;
pub use neighbours::{Neighbours, Side};
pub use ngrams::Ngrams;
pub use parse::Parse;
pub use rules::Rules;
pub use sample::Sample;
pub use save::Save;
pub use segment::{Cut, Segment};
pub use sequences::Sequences;
pub use slots::Slots;
pub use sort::{Sort, SortKey};
pub use stats::{AggregateCall, Stats};
pub use templates::{Templates, templates_shape};
pub use why::Why;
pub use words::Words;

/// Every stage of the language.
pub static STAGES: &[&StageRow] = &[
    &count::ROW,
    &ngrams::ROW,
    &neighbours::NEXT,
    &neighbours::PREV,
    &concordance::ROW,
    &collocates::ROW,
    &keywords::ROW,
    &words::ROW,
    &why::ROW,
    &segment::ROW,
    &templates::ROW,
    &parse::ROW,
    &slots::ROW,
    &sequences::ROW,
    &itemsets::ROW,
    &rules::ROW,
    &evaluate::ROW,
    &diff::ROW,
    &filter::ROW,
    &sort::ROW,
    &limit::ROW,
    &keep::ROW,
    &drop::ROW,
    &eval::ROW,
    &stats::ROW,
    &sample::ROW,
    &save::ROW,
];
