//! Runs one statement and shows its answer: the table, the notes, the footer.

use std::cell::Cell;
use std::io::{self, IsTerminal, Read, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::database::Session;
use crate::error::{Error, Result};
use crate::query::node::Spanned;
use crate::query::tree::Statement;
use crate::render::{self, Bar, End, Format, RenderOptions, Written, amount, elapsed};
use crate::shell::output::Output;
use crate::shell::screen::note;

/// How answers are shown.
#[derive(Clone, Debug)]
pub struct RunnerOptions {
    /// The format, until `SET format` says otherwise; without it, what suits the output.
    pub format: Option<Format>,
    /// Whether notes are shown.
    pub notes: bool,
    /// Whether rows and time are told after each answer.
    pub footer: bool,
    /// What stands before the footer.
    pub mark: &'static str,
}

/// How a statement, or several, went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All went well.
    Done,
    /// A statement failed, and that has been shown.
    Failed,
    /// Nobody reads the results any more.
    Closed,
}

/// Runs statements in one session.
pub struct Runner<'d> {
    /// The session.
    pub session: Session<'d>,
    /// Where results go.
    pub output: Output,
    /// How they are shown.
    pub options: RunnerOptions,
    bar: Option<Arc<Bar>>,
    tables: u64,
}

impl<'d> Runner<'d> {
    /// A runner; `bar` is the progress bar of the database's control, if it has one.
    pub fn new(session: Session<'d>, options: RunnerOptions, bar: Option<Arc<Bar>>) -> Self {
        Runner { session, output: Output::default(), options, bar, tables: 0 }
    }

    /// The format of the next answer: the ending of an output file decides before the setting of
    /// the session, that before the command line.
    ///
    /// # Errors
    /// [`Error::Input`] when the setting names no format.
    pub fn format(&self) -> Result<Format> {
        if let Some(format) = self.output.format_of_file() {
            return Ok(format);
        }
        match &self.session.settings().format {
            Some(name) => name.parse(),
            None => Ok(self.options.format.unwrap_or_else(|| self.output.format())),
        }
    }

    /// Runs a statement and shows its answer. `input` is the standard input it may read.
    ///
    /// # Errors
    /// Those of the statement, and those of writing its answer.
    pub fn run(
        &mut self,
        statement: &Spanned<Statement>,
        input: Option<Box<dyn Read + Send>>,
    ) -> Result<End> {
        let begun = Instant::now();
        let format = self.format()?;
        let options = RenderOptions { width: self.output.width() };
        let apart = format.is_spaced() && self.tables > 0 && !self.options.footer;
        let came = Cell::new(0);
        let mut answer = self.session.execute(statement, input)?;
        let notes = std::mem::take(&mut answer.notes);
        let (total, is_table) = (answer.total.clone(), !answer.columns.is_empty());
        answer.rows =
            Box::new(answer.rows.inspect(|row| came.set(came.get() + u64::from(row.is_ok()))));
        let (written, waited) = self.output.with(self.bar.as_deref(), |out| {
            separate(out, apart && is_table);
            render::write(format, answer, out, &options)
        });
        if let Some(bar) = &self.bar {
            bar.hide();
        }
        let written = written.map_err(|error| told_how_far(error, came.get()))?;
        self.tables += u64::from(is_table);
        let time = begun.elapsed().saturating_sub(waited);
        self.tell(&notes, is_table.then_some(&written), total.get(), time);
        Ok(written.end)
    }

    fn tell(&self, notes: &[String], table: Option<&Written>, total: Option<u64>, time: Duration) {
        if self.options.notes {
            notes.iter().for_each(|line| note(line));
        }
        let hidden = table.map_or(&[][..], |written| &written.hidden);
        if self.options.notes && !hidden.is_empty() {
            let names = hidden.join(", ");
            note(&format!("no room for {names}: KEEP chooses columns, other formats show all"));
        }
        if self.options.footer {
            note(&footer(self.options.mark, table.map(|written| written.rows), total, time));
        }
    }
}

/// Whether a person is there to read a footer.
pub(super) fn is_watched() -> bool {
    io::stderr().is_terminal()
}

/// An empty line between two tables; whether the output still takes it shows at the next write.
fn separate(out: &mut dyn Write, apart: bool) {
    if apart {
        let written = out.write_all(b"\n");
        drop(written);
    }
}

fn footer(mark: &str, rows: Option<u64>, total: Option<u64>, time: Duration) -> String {
    let time = elapsed(time);
    let Some(rows) = rows else { return format!("{mark}{time}") };
    let unit = if rows == 1 && total.is_none_or(|total| total == 1) { "row" } else { "rows" };
    match total {
        Some(total) if total > rows => {
            format!("{mark}{} {unit} of {}, {time}", amount(rows), amount(total))
        }
        _ => format!("{mark}{} {unit}, {time}", amount(rows)),
    }
}

/// What stopped the work says how many rows had come; a failure of the output itself has a cause,
/// and says nothing of that kind.
fn told_how_far(error: Error, rows: u64) -> Error {
    match &error {
        Error::Retry(report) if rows > 0 && report.cause.is_none() => {
            let advice = report.hint.as_ref().map_or(String::new(), |hint| format!("; {hint}"));
            error.hint(format!("{} rows had come by then{advice}", amount(rows)))
        }
        _ => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn footers() {
        let time = Duration::from_millis(34);
        assert_eq!(footer("-- ", Some(20), Some(12_345), time), "-- 20 rows of 12 345, 34 ms");
        assert_eq!(footer("", Some(1), None, time), "1 row, 34 ms");
        assert_eq!(footer("-- ", Some(0), Some(0), time), "-- 0 rows, 34 ms");
        assert_eq!(footer("-- ", None, None, time), "-- 34 ms");
    }

    #[test]
    fn only_what_was_stopped_says_how_far_it_got() {
        let error = told_how_far(Error::retry("interrupted").hint("run it again"), 12_345);
        let hint = error.report().hint.as_deref();
        assert_eq!(hint, Some("12 345 rows had come by then; run it again"));
        let full = Error::retry("x").because(io::Error::other("disk full"));
        assert!(told_how_far(full, 5).report().hint.is_none());
        assert!(told_how_far(Error::input("x"), 5).report().hint.is_none());
    }
}
