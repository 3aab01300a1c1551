//! The command as a whole: parses the arguments, runs a subcommand, gives the exit status.

use std::ffi::OsString;
use std::io::{self, Write};
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, Subcommand};

use crate::cli::arguments::GlobalOptions;
use crate::cli::{backup, check, completions, ingest, man, query, restore, segment, shell};
use crate::error::Result;
use crate::shell::Outcome;

/// Everything a statement can go wrong with.
const FAILED: u8 = 1;
/// The command line is wrong.
const MISUSED: u8 = 2;

const NEXT: &str = "\
erya counts the n-grams of a corpus once and answers questions about them. To begin:

  erya ingest my.db poems poems.txt              counts a text into the corpus poems
  erya query my.db 'FROM poems | NGRAMS 2..4'    asks one question
  erya shell my.db                               asks in conversation; .help explains
  erya --help                                    tells everything else
";

/// An embedded n-gram corpus database with a query language
#[derive(Debug, Parser)]
#[command(name = "erya", version, about, arg_required_else_help = false)]
#[command(propagate_version = true)]
pub(super) struct Arguments {
    #[command(flatten)]
    global: GlobalOptions,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Shell(shell::Arguments),
    Query(query::Arguments),
    Ingest(ingest::Arguments),
    Segment(segment::Arguments),
    Check(check::Arguments),
    Backup(backup::Arguments),
    Restore(restore::Arguments),
    Completions(completions::Arguments),
    Man(man::Arguments),
}

/// Runs the command that these arguments are, the name of the program first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help is a result; a complaint goes to standard error. Neither can fail usefully.
            drop(error.print());
            let told = [ErrorKind::DisplayHelp, ErrorKind::DisplayVersion].contains(&error.kind());
            return ExitCode::from(if told { 0 } else { MISUSED });
        }
    };
    let Some(command) = arguments.command else {
        drop(io::stderr().write_all(NEXT.as_bytes()));
        return ExitCode::from(MISUSED);
    };
    match dispatch(command, &arguments.global) {
        Ok(Outcome::Done | Outcome::Closed) => ExitCode::SUCCESS,
        Ok(Outcome::Failed) => ExitCode::from(FAILED),
        Err(error) => {
            super::opening::refuse(&error);
            ExitCode::from(FAILED)
        }
    }
}

fn dispatch(command: Command, global: &GlobalOptions) -> Result<Outcome> {
    match command {
        Command::Shell(arguments) => shell::run(&arguments, global),
        Command::Query(arguments) => query::run(&arguments, global),
        Command::Ingest(arguments) => ingest::run(&arguments, global),
        Command::Segment(arguments) => segment::run(&arguments, global),
        Command::Check(arguments) => check::run(&arguments, global),
        Command::Backup(arguments) => backup::run(&arguments, global),
        Command::Restore(arguments) => restore::run(&arguments, global),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man(arguments) => man::run(&arguments),
    }
}

/// The command as clap knows it, for completions and the manual.
pub(super) fn definition() -> clap::Command {
    Arguments::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        definition().debug_assert();
    }

    #[test]
    fn options_stand_before_or_behind_the_subcommand() {
        for line in [
            "erya --format json query a.db x",
            "erya query a.db x --format json",
            "erya query --memory 256MiB --threads 2 a.db -f file.erya -",
            "erya ingest a.db poems a.txt b.txt --order 4 --with latin=char --with keep=all",
            "erya shell a.db --read-only",
            "erya backup a.db b.db",
            "erya restore b.db a.db --quiet",
        ] {
            assert!(Arguments::try_parse_from(line.split(' ')).is_ok(), "{line}");
        }
        for line in [
            "erya query a.db",
            "erya query a.db x --format yaml",
            "erya query a.db x --memory lots",
            "erya ingest a.db poems",
            "erya backup a.db",
            "erya ingest a.db poems a.txt --with latin",
            "erya nonsense",
        ] {
            let error = Arguments::try_parse_from(line.split(' ')).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{line}");
        }
    }
}
