//! `erya shell`: a conversation, or statements through a pipe.

use std::path::PathBuf;

use clap::Args;

use crate::cli::arguments::GlobalOptions;
use crate::cli::opening::open;
use crate::error::Result;
use crate::shell::{self as conversation, Idle, Outcome};

/// Talks with a database; makes one where there is none
#[derive(Args, Debug)]
pub(super) struct Arguments {
    /// The directory of the database
    #[arg(value_name = "DB")]
    database: PathBuf,
}

/// Runs the subcommand.
pub(super) fn run(arguments: &Arguments, global: &GlobalOptions) -> Result<Outcome> {
    let opened = open(&arguments.database, true, Idle::Stay, global)?;
    let title = arguments.database.display().to_string();
    let (options, bar) = (opened.options(), opened.bar.clone());
    conversation::run(&opened.database, &title, options, bar, opened.interrupts.clone())
}
