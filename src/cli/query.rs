//! `erya query`: runs statements and writes their results.

use std::path::PathBuf;

use clap::Args;

use crate::cli::arguments::GlobalOptions;
use crate::cli::opening::open;
use crate::error::Result;
use crate::shell::{Idle, Outcome, Script, run_all};

/// Runs statements, in order, up to the first that fails
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The directory of the database
    #[arg(value_name = "DB")]
    database: PathBuf,

    /// Statements, several of them between semicolons; - reads them from standard input
    #[arg(value_name = "STATEMENTS", required_unless_present = "files")]
    statements: Vec<String>,

    /// Runs the statements of a file first
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Runs the subcommand. Everything is parsed before anything runs.
pub(super) fn run(arguments: &Arguments, global: &GlobalOptions) -> Result<Outcome> {
    let Some(scripts) = scripts(arguments)? else { return Ok(Outcome::Failed) };
    let opened = open(&arguments.database, creates(&scripts), Idle::Exit, global)?;
    let mut runner = opened.runner();
    // Whoever reads the statements from standard input has nothing left there for INGEST STDIN.
    let with_input = !is_piped(arguments);
    Ok(run_all(&mut runner, &opened.interrupts, &scripts, with_input))
}

fn is_piped(arguments: &Arguments) -> bool {
    arguments.statements.iter().any(|text| text == "-")
        || arguments.files.iter().any(|path| path.as_os_str() == "-")
}

fn scripts(arguments: &Arguments) -> Result<Option<Vec<Script>>> {
    let mut scripts = Vec::new();
    for path in &arguments.files {
        let script = match path.as_os_str() == "-" {
            true => Script::read_standard_input()?,
            false => Script::read(path)?,
        };
        let Some(script) = script else { return Ok(None) };
        scripts.push(script);
    }
    for text in &arguments.statements {
        let script = match text.as_str() {
            "-" => Script::read_standard_input()?,
            text => Script::parse(text.to_owned(), None),
        };
        let Some(script) = script else { return Ok(None) };
        scripts.push(script);
    }
    Ok(Some(scripts))
}

/// Whether a database may be made: only by a script that begins with making a corpus or importing
/// a word list, so that a path mistyped in a question is an error and not an empty database.
fn creates(scripts: &[Script]) -> bool {
    let first = scripts.iter().flat_map(Script::statements).next();
    first.is_some_and(|statement| {
        let written = statement.node.to_string();
        ["CREATE CORPUS", "IMPORT"].iter().any(|start| written.starts_with(start))
    })
}
