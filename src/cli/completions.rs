//! `erya completions`: what makes a command shell complete our command line.

use std::io::{self, Write};

use clap::Args;
use clap_complete::Shell;

use crate::cli::command::definition;
use crate::error::{Error, Result};
use crate::shell::Outcome;

/// Writes the completions of this command for a shell
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &Arguments) -> Result<Outcome> {
    let mut text = Vec::new();
    clap_complete::generate(arguments.shell, &mut definition(), "erya", &mut text);
    write(&text)
}

/// Writes a text of ours to standard output.
pub(super) fn write(text: &[u8]) -> Result<Outcome> {
    let mut out = io::stdout().lock();
    match out.write_all(text).and_then(|()| out.flush()) {
        Ok(()) => Ok(Outcome::Done),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(Outcome::Closed),
        Err(error) => Err(Error::retry("standard output cannot be written").because(error)),
    }
}
