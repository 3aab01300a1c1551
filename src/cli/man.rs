//! `erya man`: the manual pages, for whoever packages the command.

use std::path::PathBuf;

use clap::Args;
use clap_mangen::Man;

use crate::cli::command::definition;
use crate::cli::completions::write;
use crate::error::{Error, Result};
use crate::shell::Outcome;

/// Writes the manual page, or all pages into a directory
#[derive(Args, Debug)]
#[command(hide = true)]
pub(super) struct Arguments {
    /// The directory for erya.1, erya-query.1 and so on
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &Arguments) -> Result<Outcome> {
    if let Some(directory) = &arguments.directory {
        clap_mangen::generate_to(definition(), directory).map_err(|error| {
            Error::input(format!("cannot write manual pages to {}", directory.display()))
                .because(error)
        })?;
        return Ok(Outcome::Done);
    }
    let mut text = Vec::new();
    Man::new(definition())
        .render(&mut text)
        .map_err(|error| Error::internal("the manual page cannot be made").because(error))?;
    write(&text)
}
