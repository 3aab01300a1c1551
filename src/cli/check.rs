//! `erya check`: CHECK for every corpus.

use std::path::PathBuf;

use clap::Args;

use crate::cli::arguments::GlobalOptions;
use crate::cli::opening::open;
use crate::error::Result;
use crate::shell::{Idle, Outcome, Script, note, run_all};

/// Verifies every checksum and invariant of every corpus, or of those named
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The directory of the database
    #[arg(value_name = "DB")]
    database: PathBuf,

    /// Corpora, all of them if none is named
    corpora: Vec<String>,
}

/// Runs the subcommand. A corpus that is damaged does not keep the others from being checked.
pub(super) fn run(arguments: &Arguments, global: &GlobalOptions) -> Result<Outcome> {
    let opened = open(&arguments.database, false, Idle::Exit, global)?;
    let mut runner = opened.runner();
    let mut corpora = arguments.corpora.clone();
    if corpora.is_empty() {
        let names = runner.session.names().into_iter();
        corpora = names.filter(|(_, kind)| *kind == "corpus").map(|(name, _)| name).collect();
    }
    if corpora.is_empty() && !global.quiet {
        note("there is no corpus to check");
    }
    let mut outcome = Outcome::Done;
    let are_several = corpora.len() > 1;
    for corpus in corpora {
        if are_several && !global.quiet {
            note(&format!("corpus {corpus}:"));
        }
        let text = format!("CHECK `{}`", corpus.replace('`', "``"));
        let Some(script) = Script::parse(text, None) else { return Ok(Outcome::Failed) };
        match run_all(&mut runner, &opened.interrupts, &[script], false) {
            Outcome::Done => {}
            Outcome::Failed if opened.database.control().stop.is_set() => {
                return Ok(Outcome::Failed);
            }
            Outcome::Failed => outcome = Outcome::Failed,
            Outcome::Closed => return Ok(outcome),
        }
    }
    Ok(outcome)
}
