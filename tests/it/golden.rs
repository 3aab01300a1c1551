//! Golden scripts: `tests/scripts/` read as the users' manual, and every output in it is checked.
//!
//! A script runs in one session on a database of its own in memory. A line `> statement` runs a
//! statement and shows what the shell would: the table and the notes, or the error with its caret.
//! `[json]> statement` shows the result in that format. `file NAME TEXT…` writes a file, a line for
//! each text, in UTF-8 or with `encoding=` in another; its folder is `{dir}` in statements and in
//! outputs. `UPDATE_GOLDENFILES=1` writes the outputs anew; then the difference is to be read.

use std::error::Error;
use std::fs;
use std::path::Path;

use encoding_rs::Encoding;
use erya::database::{Database, Options, Session};
use erya::error::{Error as Failure, Span};
use erya::query;
use erya::query::rows::{Answer, Column, Datum, Row};
use erya::render::{Format, RenderOptions, Source, draw, write};
use goldenscript::{Command, Context, Runner};
use tempfile::TempDir;

/// Columns, and properties of DESCRIBE, that differ from run to run or from version to version.
const VOLATILE: &[&str] = &[
    "seconds",
    "milliseconds",
    "time",
    "bytes",
    "bytes on disk, counts",
    "bytes on disk, kept text",
    "bytes on disk, postings",
];

/// The folder of a script's files, in its statements and outputs.
const TOKEN: &str = "{dir}";

struct Manual<'d> {
    session: Session<'d>,
    directory: TempDir,
}

impl Runner for Manual<'_> {
    type Command = Command;

    fn run(&mut self, command: &Command, context: &Context) -> Result<String, Box<dyn Error>> {
        let is_statement = command.args.is_empty() && command.name != "file";
        if !is_statement {
            return self.file(command);
        }
        let format = match context.tags.first() {
            Some(name) => name.parse::<Format>()?,
            None => Format::Table,
        };
        let text = command.name.replace(TOKEN, &self.path());
        let mut shown = String::new();
        if let Err(error) = self.statements(&text, format, &mut shown) {
            let error = self.told(&error, &text);
            shown.push_str(&draw(&error, Source::new(&command.name), false));
        }
        // The end of a line of csv is `\r\n`; a script has only one kind of line.
        Ok(shown.replace("\r\n", "\\r\n"))
    }
}

impl Manual<'_> {
    fn statements(
        &mut self,
        text: &str,
        format: Format,
        shown: &mut String,
    ) -> Result<(), Failure> {
        for statement in query::parse(text)? {
            let path = self.path();
            let mut answer = self.session.execute(&statement, None)?;
            let notes = std::mem::take(&mut answer.notes);
            let mut out = Vec::new();
            let options = RenderOptions::default();
            let written = write(format, steady(answer, &path), &mut out, &options);
            shown.push_str(&String::from_utf8_lossy(&out));
            written?;
            notes.iter().for_each(|note| {
                shown.push_str(&format!("{}\n", note.replace(&path, TOKEN)));
            });
        }
        Ok(())
    }

    /// The folder of the script's files.
    fn path(&self) -> String {
        self.directory.path().display().to_string()
    }

    /// An error about `text` as it would be if the folder were really called `{dir}`.
    fn told(&self, error: &Failure, text: &str) -> Failure {
        let path = self.path();
        let report = error.report();
        let told = |text: &str| text.replace(&path, TOKEN);
        let mut same = Failure::query(told(&report.to_string()));
        same = same.expected(report.expected.iter().map(|wanted| told(wanted)));
        if let Some(span) = report.span {
            let place = |at: usize| text.get(..at).map_or(at, |before| told(before).len());
            same = same.at(Span::new(place(span.start), place(span.end)));
        }
        report.hint.iter().fold(same, |same, hint| same.hint(told(hint)))
    }

    fn file(&self, command: &Command) -> Result<String, Box<dyn Error>> {
        let mut arguments = command.consume_args();
        let name = arguments.next_pos().ok_or("the name of the file is missing")?;
        let encoding = arguments.take_key("encoding").unwrap_or("utf-8");
        let encoding = Encoding::for_label(encoding.as_bytes()).ok_or("no such encoding")?;
        let mut text = String::new();
        while let Some(line) = arguments.next_pos() {
            text.push_str(line);
            text.push('\n');
        }
        arguments.reject_next()?;
        let path = self.directory.path().join(name);
        fs::create_dir_all(path.parent().ok_or("a file has a folder")?)?;
        fs::write(path, encoding.encode(&text).0)?;
        Ok(String::new())
    }
}

/// The same answer with `…` for what differs from run to run, and `{dir}` for the folder.
pub(super) fn steady<'a>(answer: Answer<'a>, path: &str) -> Answer<'a> {
    let path = path.to_owned();
    let is_volatile = |column: &Column| VOLATILE.contains(&column.name.as_str());
    let volatile: Vec<bool> = answer.columns.iter().map(is_volatile).collect();
    let rows = answer.rows.map(move |row| row.map(|row| steady_row(row, &volatile, &path)));
    Answer { rows: Box::new(rows), ..answer }
}

fn steady_row(mut row: Row, volatile: &[bool], path: &str) -> Row {
    let is_property = matches!(row.first(), Some(Datum::Text(name)) if VOLATILE.contains(&&**name));
    for (index, datum) in row.iter_mut().enumerate() {
        if volatile[index] || (is_property && index == 1) {
            *datum = Datum::text("…");
        } else if let Datum::Text(text) = datum {
            *datum = Datum::text(text.replace(path, TOKEN));
        }
    }
    row
}

/// Runs a script from the manual.
#[track_caller]
fn script(name: &str) {
    let database = Database::in_memory(Options { threads: 2, ..Options::default() }).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let mut manual = Manual { session: database.session(), directory };
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts").join(name);
    goldenscript::run(&mut manual, path).unwrap();
}

/// One test for each script, named like it.
macro_rules! scripts {
    ($($name:ident),* $(,)?) => {
        $(#[test] fn $name() { script(stringify!($name)); })*

        const SCRIPTS: &[&str] = &[$(stringify!($name)),*];
    };
}

scripts!(
    baskets,
    compare,
    concordance,
    corpora,
    count,
    errors,
    evaluate,
    explain,
    formats,
    ingest,
    itemsets,
    neighbours,
    ngrams,
    segment,
    settings,
    su930,
    tables,
    templates,
    units,
    why,
    words,
);

#[test]
fn every_script_is_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts");
    let mut found: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    found.sort();
    assert_eq!(found, SCRIPTS);
}
