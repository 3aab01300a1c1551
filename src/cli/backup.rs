//! `erya backup`: a database copied to a new directory, while others may be at work in it.

use std::path::PathBuf;

use clap::Args;

use crate::cli::arguments::GlobalOptions;
use crate::cli::opening::copy;
use crate::error::Result;
use crate::shell::Outcome;

/// Copies a database to a new directory, also while others read and write it
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The directory of the database
    #[arg(value_name = "DB")]
    database: PathBuf,

    /// The directory of the backup, which is empty or does not exist yet
    #[arg(value_name = "DIR")]
    backup: PathBuf,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &Arguments, global: &GlobalOptions) -> Result<Outcome> {
    copy(&arguments.database, &arguments.backup, global)
}
