//! Answers and errors as bytes for a person or a program: one file for each format, and the carets.
//!
//! Takes rows and a writer. It never runs a query, and never decides where its output goes.

mod branches;
mod carets;
mod csv;
mod datum;
mod dot;
mod format;
mod indent;
mod json;
mod jsonl;
mod markdown;
mod measured;
mod progress;
mod table;
mod tsv;

pub use carets::{Source, draw};
pub use format::{End, FORMATS, Format, FormatRow, RenderOptions, TableWriter, Written, write};
pub use measured::{amount, cut_head, cut_tail, elapsed, visible};
pub use progress::Bar;
