//! `erya segment`: lines in, segmented lines out, as they come.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::Args;

use crate::cli::arguments::GlobalOptions;
use crate::cli::opening::open;
use crate::error::{Error, Result};
use crate::shell::{Idle, Outcome};
use crate::text::{Input, InputOptions};

/// Bytes of text that are cut at once, for each thread.
const CHUNK: usize = 1 << 20;

/// Cuts the lines of a file into words, separated by blanks
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The directory of the database
    #[arg(value_name = "DB")]
    database: PathBuf,

    /// A lexicon, or a method that cuts text: nvbe, bayes, ngram
    #[arg(long, value_name = "NAME")]
    by: String,

    /// The corpus whose statistics a method uses; for a lexicon, what says what a unit is
    #[arg(long, value_name = "NAME")]
    corpus: Option<String>,

    /// Parameters as after WITH: 'seed = 2' of a method, "words = ('a', 'b')" of a lexicon
    #[arg(long = "with", value_name = "PARAMETERS")]
    parameters: Vec<String>,

    /// A file of more words for a lexicon, one a line, a count behind it if you like; each stays
    /// whole unless a word that overlaps it is more probable
    #[arg(long, value_name = "FILE")]
    words: Option<String>,

    /// The file; standard input without one, or with -
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &Arguments, global: &GlobalOptions) -> Result<Outcome> {
    let opened = open(&arguments.database, false, Idle::Exit, global)?;
    let _working = opened.interrupts.working();
    let mut session = opened.database.session();
    let parameters = arguments.parameters.join(", ");
    let segmenter = session.segmenter(
        &arguments.by,
        arguments.corpus.as_deref(),
        &parameters,
        arguments.words.as_deref(),
    )?;
    let threads = session.threads();
    let options = InputOptions::default();
    let mut input = match arguments.file.as_ref().filter(|file| file.as_os_str() != "-") {
        Some(file) => Input::open(file, &options)?,
        None => Input::reader("standard input", Box::new(io::stdin()), &options)?,
    };
    let mut out = io::stdout().lock();
    let mut chunk = String::new();
    while input.next_chunk(CHUNK * threads, &mut chunk)? {
        opened.database.control().check()?;
        for part in segmenter.lines(&chunk, threads) {
            match out.write_all(&part) {
                Ok(()) => {}
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                    return Ok(Outcome::Closed);
                }
                Err(error) => {
                    let error = Error::retry("standard output cannot be written").because(error);
                    return Err(error);
                }
            }
        }
    }
    match out.flush() {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Error::retry("standard output cannot be written").because(error))
        }
        _ => Ok(Outcome::Done),
    }
}
