//! `erya restore`: a backup made a database again, where there is none.

use std::path::PathBuf;

use clap::Args;

use crate::cli::arguments::GlobalOptions;
use crate::cli::opening::copy;
use crate::error::Result;
use crate::shell::Outcome;

/// Makes a database of a backup; refuses to write over anything
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The directory of the backup
    #[arg(value_name = "DIR")]
    backup: PathBuf,

    /// The directory of the database, which is empty or does not exist yet
    #[arg(value_name = "DB")]
    database: PathBuf,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &Arguments, global: &GlobalOptions) -> Result<Outcome> {
    copy(&arguments.backup, &arguments.database, global)
}
