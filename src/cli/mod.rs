//! The command line: one file for each subcommand, over the same door as everybody's.
//!
//! Results go to standard output, everything else to standard error. The exit status is 0 when all
//! went well, 1 when a statement failed, 2 when the command line was wrong.

mod arguments;
mod backup;
mod check;
mod command;
mod completions;
mod ingest;
mod man;
mod opening;
mod query;
mod restore;
mod segment;
mod shell;
mod size;

pub use command::run;
