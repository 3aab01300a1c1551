//! Whole processes, from text to answer: prints the table of `benches/README.md`.
//!
//! ```sh
//! cargo bench --bench end_to_end -- --chars poems.txt --chars articles.txt --words english.txt \
//!     --peer 'count_ngrams -o {order} -S 2G -T /tmp --write_vocab_list /tmp/vocab < {text}'
//! ```

#![allow(clippy::print_stdout)] // its output is the table

use std::error::Error;
use std::path::{Path, PathBuf};

use clap::Parser;

mod ingest;
mod process;
mod queries;
mod table;
mod text;

use ingest::Case;
use table::Goal;
use text::Texts;

/// Measures ingest, statistics and queries on files, or on generated text
#[derive(Debug, Parser)]
struct Arguments {
    /// A file for the corpus of characters; several add up
    #[arg(long)]
    chars: Vec<PathBuf>,
    /// A file for the corpus of words
    #[arg(long)]
    words: Vec<PathBuf>,
    /// A command to compare ingest with; {order} and {text} (units between blanks) are filled in
    #[arg(long)]
    peer: Option<String>,
    /// A command to compare WORDS BY minent with; {text} is filled in
    #[arg(long)]
    words_peer: Option<String>,
    /// The budget of the run that is to stay within one
    #[arg(long, default_value = "256MiB")]
    memory: String,
    /// How often each ingest runs; the medians are shown
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Leaves out what is asked after the ingest
    #[arg(long)]
    only_ingest: bool,
    /// Where databases and texts go for the time of the run
    #[arg(long)]
    folder: Option<PathBuf>,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

/// The folder and the arguments that all rows share.
struct Bench<'a> {
    folder: &'a Path,
    arguments: &'a Arguments,
}

/// What a step gives, or why there is no table.
type Outcome<T> = Result<T, Box<dyn Error>>;

impl Bench<'_> {
    fn database(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.db"))
    }
}

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let folder = match &arguments.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let bench = Bench { folder: folder.path(), arguments: &arguments };
    table::head();
    let chars = Texts::write(folder.path(), "chars", &arguments.chars, true)?;
    let words = Texts::write(folder.path(), "words", &arguments.words, false)?;
    let characters = |order, alone, both, disk| Case {
        what: "characters",
        unit: "char",
        order,
        texts: &chars,
        alone,
        both: Some(both),
        disk: Some(disk),
    };
    bench.ingest(&characters(
        4,
        Goal::AtLeast(10.0, 18.0),
        Goal::AtLeast(18.0, 30.0),
        Goal::AtMost(0.6, 0.45),
    ))?;
    bench.ingest(&characters(
        6,
        Goal::AtLeast(7.0, 11.0),
        Goal::AtLeast(12.0, 20.0),
        Goal::AtMost(1.5, 1.1),
    ))?;
    bench.ingest(&Case {
        what: "words",
        unit: "word",
        order: 5,
        texts: &words,
        alone: Goal::AtLeast(2.5, 4.0),
        both: None,
        disk: None,
    })?;
    bench.budget(&chars)?;
    if arguments.only_ingest {
        return Ok(());
    }
    bench.statistics(&chars)?;
    bench.lookups(&chars)?;
    bench.thresholds(&chars)
}
