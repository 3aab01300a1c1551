//! The options that every subcommand understands.

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, RangedU64ValueParser, TypedValueParser};

use crate::cli::size;
use crate::render::{FORMATS, Format};

/// Options of every subcommand.
#[derive(Args, Clone, Debug)]
pub(super) struct GlobalOptions {
    /// How results are written [default: a table on a terminal, tsv otherwise]
    #[arg(long, global = true, value_name = "FORMAT", value_parser = formats())]
    pub(super) format: Option<Format>,

    /// Shows no progress bar
    #[arg(long, global = true)]
    pub(super) no_progress: bool,

    /// Shows no notes and no footer
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,

    /// Threads to work with [default: all cores]
    #[arg(long, global = true, value_name = "N", env = "ERYA_THREADS")]
    #[arg(value_parser = RangedU64ValueParser::<usize>::new().range(1..=1024))]
    pub(super) threads: Option<usize>,

    /// Memory to work in, as in 512MiB or 4GB [default: 1GiB]
    #[arg(long, global = true, value_name = "SIZE", env = "ERYA_MEMORY")]
    #[arg(value_parser = size::parse)]
    pub(super) memory: Option<u64>,

    /// Opens the database for reading only
    #[arg(long, global = true)]
    pub(super) read_only: bool,
}

fn formats() -> impl TypedValueParser<Value = Format> {
    let names = FORMATS.iter().map(|row| PossibleValue::new(row.name).help(row.help));
    PossibleValuesParser::new(names).try_map(|name| name.parse::<Format>())
}
