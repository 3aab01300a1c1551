//! The shell itself: what an entry does, and the loop over entries that come through a pipe.

use std::io::{self, BufRead, IsTerminal};
use std::sync::Arc;

use crate::database::Database;
use crate::error::{Error, Result};
use crate::query::is_complete;
use crate::render::{Bar, Source};
use crate::shell::commands::{self, Flow};
use crate::shell::interrupt::Interrupts;
use crate::shell::lexis::is_blank;
use crate::shell::prompt;
use crate::shell::runner::{Outcome, Runner, RunnerOptions, is_watched};
use crate::shell::screen::complain;
use crate::shell::script::{Script, run_all};

/// What stands before the footer, so that a result copied from the screen can be told from it.
const MARK: &str = "-- ";
const PIPE: &str = "standard input";

/// A shell on an open database.
pub struct Shell<'d> {
    pub(super) runner: Runner<'d>,
    interrupts: Interrupts,
    entries: Vec<String>,
    outcome: Outcome,
    /// Where entries come from, for messages; a person needs no name for what was just typed.
    name: Option<&'static str>,
}

/// Runs a shell until standard input ends or somebody leaves. With a terminal it is a conversation;
/// through a pipe there are no prompts, and an error does not keep the rest from running.
///
/// `options.footer` is taken for a conversation only where a person can see it.
///
/// # Errors
/// When standard input cannot be read or the terminal not be set up.
pub fn run(
    database: &Database,
    title: &str,
    options: RunnerOptions,
    bar: Option<Arc<Bar>>,
    interrupts: Interrupts,
) -> Result<Outcome> {
    let is_conversation = io::stdin().is_terminal();
    let footer = options.footer && is_conversation && is_watched();
    let options = RunnerOptions { footer, mark: MARK, ..options };
    let mut runner = Runner::new(database.session(), options, bar);
    runner.output.paged = is_conversation;
    let name = (!is_conversation).then_some(PIPE);
    let mut shell = Shell { runner, interrupts, entries: Vec::new(), outcome: Outcome::Done, name };
    if is_conversation {
        prompt::converse(&mut shell, title)?;
        return Ok(Outcome::Done);
    }
    shell.listen(&mut io::stdin().lock())?;
    Ok(shell.outcome)
}

impl Shell<'_> {
    /// Runs what was typed: statements, a dot-command, or one of the words people type to leave.
    pub(super) fn enter(&mut self, entry: &str, lines_before: usize) -> Flow {
        if let Some(command) = command(entry) {
            return match commands::run(self, command) {
                Ok(flow) => flow,
                Err(error) => {
                    complain(&error, Source::new(entry));
                    self.failed();
                    Flow::Stay
                }
            };
        }
        self.run_entry(entry, lines_before);
        Flow::Stay
    }

    /// Runs statements and shows what comes of them.
    pub(super) fn run_entry(&mut self, text: &str, lines_before: usize) {
        let name = self.name.map(str::to_owned);
        match Script::parse_after(text.to_owned(), name, lines_before) {
            Some(script) => self.run_script(&script),
            None => self.failed(),
        }
    }

    /// Runs a script up to its first error.
    pub(super) fn run_script(&mut self, script: &Script) {
        let scripts = std::slice::from_ref(script);
        let outcome = run_all(&mut self.runner, &self.interrupts, scripts, false);
        commands::remind(&self.runner.output, outcome);
        self.runner.output.entry_over();
        match outcome {
            Outcome::Done => {}
            Outcome::Failed => self.failed(),
            Outcome::Closed => {
                // A pager left early is a person who has seen enough.
                if self.outcome == Outcome::Done && !self.runner.output.paged {
                    self.outcome = Outcome::Closed;
                }
            }
        }
    }

    /// Runs statements of our own making, without notes and footer.
    pub(super) fn run_quietly(&mut self, text: &str) {
        let options = self.runner.options.clone();
        self.runner.options.notes = false;
        self.runner.options.footer = false;
        if let Some(script) = Script::parse(text.to_owned(), None) {
            let scripts = std::slice::from_ref(&script);
            if run_all(&mut self.runner, &self.interrupts, scripts, false) == Outcome::Failed {
                self.failed();
            }
        }
        self.runner.options = options;
    }

    /// Shows a text of ours where results go.
    pub(super) fn show(&mut self, text: &str) {
        let (shown, _) = self.runner.output.with(None, |out| out.write_all(text.as_bytes()));
        drop(shown);
    }

    /// Remembers that something failed.
    pub(super) fn failed(&mut self) {
        self.outcome = Outcome::Failed;
    }

    /// The entries so far, those of earlier starts included.
    pub(super) fn entries(&self) -> &[String] {
        &self.entries
    }

    /// Remembers an entry.
    pub(super) fn remember(&mut self, entry: &str) {
        if self.entries.last().is_none_or(|last| last != entry) {
            self.entries.push(entry.to_owned());
        }
    }

    /// Runs entries as they come through a pipe.
    fn listen(&mut self, input: &mut dyn BufRead) -> Result<()> {
        let mut entry = String::new();
        let (mut lines, mut begun) = (0, 0);
        loop {
            let length = input.read_line(&mut entry).map_err(|error| {
                Error::input("cannot read the statements on standard input").because(error)
            })?;
            lines += 1;
            let is_over = length == 0;
            if is_blank(&entry) {
                entry.clear();
                begun = lines;
            } else if is_over || command(&entry).is_some() || is_complete(&entry) {
                if self.enter(&entry, begun) == Flow::Leave {
                    return Ok(());
                }
                entry.clear();
                begun = lines;
            }
            if is_over || self.outcome == Outcome::Closed {
                return Ok(());
            }
        }
    }
}

/// The dot-command that an entry is.
pub(super) fn command(entry: &str) -> Option<&str> {
    let entry = entry.trim();
    if entry.contains('\n') {
        return None;
    }
    if entry.starts_with('.') { Some(entry) } else { commands::spoken(entry) }
}
