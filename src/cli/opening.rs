//! Opens a database for a subcommand: with Ctrl-C, the progress bar, threads and memory.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::sync::Arc;

use crate::cli::arguments::GlobalOptions;
use crate::control::{Control, Progress, Silent, Stop};
use crate::database::{Database, Options};
use crate::error::{Error, Result};
use crate::render::{Bar, Source, amount};
use crate::shell::{Idle, Interrupts, Outcome, Runner, RunnerOptions, complain, note};

/// An open database and what watches over work on it.
pub(super) struct Opened {
    pub(super) database: Database,
    pub(super) bar: Option<Arc<Bar>>,
    pub(super) interrupts: Interrupts,
    options: RunnerOptions,
}

/// Opens the database at `path`; `create` makes one where there is none.
pub(super) fn open(
    path: &Path,
    create: bool,
    idle: Idle,
    global: &GlobalOptions,
) -> Result<Opened> {
    let stop = Stop::default();
    let interrupts = Interrupts::install(stop.clone(), idle)?;
    let is_watched = io::stderr().is_terminal();
    let bar = (is_watched && !global.no_progress).then(|| Arc::new(Bar::new()));
    let progress: Arc<dyn Progress> = match &bar {
        Some(bar) => Arc::<Bar>::clone(bar),
        None => Arc::new(Silent),
    };
    let defaults = Options::default();
    let options = Options {
        create: create && !global.read_only,
        read_only: global.read_only,
        threads: global.threads.unwrap_or(defaults.threads),
        memory: global.memory.unwrap_or(defaults.memory),
        control: Control { stop, progress, ..Control::default() },
    };
    let database = {
        // Opening may have to put things in order; Ctrl-C stops that like any other work.
        let _working = interrupts.working();
        Database::open(path, options)?
    };
    let options = RunnerOptions {
        format: global.format,
        notes: !global.quiet,
        footer: !global.quiet && is_watched,
        mark: "",
    };
    Ok(Opened { database, bar, interrupts, options })
}

impl Opened {
    /// A runner in a new session.
    pub(super) fn runner(&self) -> Runner<'_> {
        Runner::new(self.database.session(), self.options(), self.bar.clone())
    }

    /// How answers are shown.
    pub(super) fn options(&self) -> RunnerOptions {
        self.options.clone()
    }
}

/// Copies a database, read without a lock, to a new directory.
pub(super) fn copy(from: &Path, to: &Path, global: &GlobalOptions) -> Result<Outcome> {
    let global = GlobalOptions { read_only: true, ..global.clone() };
    let opened = open(from, false, Idle::Exit, &global)?;
    let copied = {
        let _working = opened.interrupts.working();
        opened.database.copy_to(to)?
    };
    if !global.quiet {
        let (entries, bytes) = (amount(copied.entries), amount(copied.bytes));
        note(&format!("{}: {entries} entries of {bytes} bytes", to.display()));
    }
    Ok(Outcome::Done)
}

/// Shows an error that has no place in a query.
pub(super) fn refuse(error: &Error) -> Outcome {
    complain(error, Source::new(""));
    Outcome::Failed
}
