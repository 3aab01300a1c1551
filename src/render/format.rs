//! The table of output formats, and the loop that drives one of them over an answer.
//!
//! To add a format, add its file, its variant of [`Format`] and its line in [`FORMATS`].

use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::str::FromStr;

use crate::error::{Error, Result};
use crate::query::rows::{Answer, Column, Datum};
use crate::render::{csv, dot, indent, json, jsonl, markdown, table, tsv};

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For a person: columns in line by display width.
    Table,
    /// RFC 4180.
    Csv,
    /// Fields between tabs, with `\t`, `\n`, `\r` and `\\` escaped.
    Tsv,
    /// One array of objects.
    Json,
    /// One object a line.
    Jsonl,
    /// A pipe table.
    Markdown,
    /// Trees as indented text.
    Indent,
    /// Trees as a graph for Graphviz.
    Dot,
}

/// A format in the table of formats.
pub struct FormatRow {
    /// The name that `--format`, `.mode` and `SET format` take.
    pub name: &'static str,
    /// Which one it is.
    pub format: Format,
    /// One line of help.
    pub help: &'static str,
    /// Makes its writer.
    pub writer: for<'o> fn(&'o mut dyn Write, &RenderOptions) -> Box<dyn TableWriter + 'o>,
}

/// Every format that there is.
pub static FORMATS: &[FormatRow] = &[
    FormatRow {
        name: "table",
        format: Format::Table,
        help: "columns in line, fitted to the terminal",
        writer: table::writer,
    },
    FormatRow {
        name: "csv",
        format: Format::Csv,
        help: "comma separated values, RFC 4180",
        writer: csv::writer,
    },
    FormatRow {
        name: "tsv",
        format: Format::Tsv,
        help: "tab separated values, tabs and newlines escaped",
        writer: tsv::writer,
    },
    FormatRow {
        name: "json",
        format: Format::Json,
        help: "one array of objects",
        writer: json::writer,
    },
    FormatRow {
        name: "jsonl",
        format: Format::Jsonl,
        help: "one object a line",
        writer: jsonl::writer,
    },
    FormatRow {
        name: "markdown",
        format: Format::Markdown,
        help: "a pipe table",
        writer: markdown::writer,
    },
    FormatRow {
        name: "indent",
        format: Format::Indent,
        help: "a row a line, trees as indented text below it",
        writer: indent::writer,
    },
    FormatRow {
        name: "dot",
        format: Format::Dot,
        help: "trees as a graph for Graphviz",
        writer: dot::writer,
    },
];

impl Format {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Format::Table => "table",
            Format::Csv => "csv",
            Format::Tsv => "tsv",
            Format::Json => "json",
            Format::Jsonl => "jsonl",
            Format::Markdown => "markdown",
            Format::Indent => "indent",
            Format::Dot => "dot",
        }
    }

    /// The format that the ending of a file's name asks for.
    pub fn of_file(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()?.to_ascii_lowercase().as_str() {
            "md" => Some(Format::Markdown),
            "ndjson" => Some(Format::Jsonl),
            ending => ending.parse().ok(),
        }
    }

    /// Whether several tables one after another stand apart by an empty line.
    pub fn is_spaced(self) -> bool {
        [Format::Table, Format::Markdown].contains(&self)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    fn from_str(name: &str) -> Result<Self> {
        let row = FORMATS.iter().find(|row| row.name.eq_ignore_ascii_case(name));
        row.map(|row| row.format).ok_or_else(|| {
            Error::input(format!("no format is called {name}"))
                .expected(FORMATS.iter().map(|row| row.name))
        })
    }
}

/// What a writer may want to know besides the rows.
#[derive(Clone, Debug, Default)]
pub struct RenderOptions {
    /// The cells of a line of the terminal; without it nothing is cut.
    pub width: Option<usize>,
}

/// How writing an answer ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum End {
    /// Every row was written.
    #[default]
    Whole,
    /// The reader went away: nobody wants the rest, and nothing is wrong.
    Closed,
}

/// What was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// The rows.
    pub rows: u64,
    /// Whether anybody was there to read them all.
    pub end: End,
    /// Columns for which the terminal had no room.
    pub hidden: Vec<String>,
}

/// One table on its way out, part by part.
pub trait TableWriter {
    /// The table begins.
    ///
    /// # Errors
    /// What the output says.
    fn begin(&mut self, columns: &[Column]) -> io::Result<()>;

    /// One row, with a value for each column.
    ///
    /// # Errors
    /// What the output says.
    fn row(&mut self, row: Vec<Datum>) -> io::Result<()>;

    /// The table is whole.
    ///
    /// # Errors
    /// What the output says.
    fn end(&mut self) -> io::Result<()>;

    /// Columns that it left out for want of room.
    fn hidden(&self) -> Vec<String> {
        Vec::new()
    }
}

/// Writes an answer; an answer without columns is run to its end and leaves no trace.
///
/// Two different tables written one after another are not told apart here; see
/// [`Format::is_spaced`].
///
/// # Errors
/// The first error among the rows: what came before it has been written, and a json array stays
/// open so that nobody takes a part for the whole. [`Error::Retry`] when the output fails in
/// another way than by being closed.
pub fn write(
    format: Format,
    answer: Answer<'_>,
    out: &mut dyn Write,
    options: &RenderOptions,
) -> Result<Written> {
    let mut written = Written::default();
    let outcome = if answer.columns.is_empty() {
        drain(answer, &mut written)
    } else {
        let row = FORMATS.iter().find(|row| row.format == format);
        let writer = row.map_or(table::writer as _, |row| row.writer);
        drive(writer(out, options).as_mut(), answer, &mut written)
    };
    match outcome.and_then(|()| out.flush().map_err(Failure::Output)) {
        Ok(()) => Ok(written),
        Err(Failure::Query(error)) => Err(error),
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            written.end = End::Closed;
            Ok(written)
        }
        Err(Failure::Output(error)) => {
            Err(Error::retry("the result cannot be written").because(error))
        }
    }
}

enum Failure {
    Query(Error),
    Output(io::Error),
}

fn drain(answer: Answer<'_>, written: &mut Written) -> std::result::Result<(), Failure> {
    for row in answer.rows {
        row.map_err(Failure::Query)?;
        written.rows += 1;
    }
    Ok(())
}

fn drive(
    writer: &mut dyn TableWriter,
    answer: Answer<'_>,
    written: &mut Written,
) -> std::result::Result<(), Failure> {
    writer.begin(&answer.columns).map_err(Failure::Output)?;
    for row in answer.rows {
        let row = row.map_err(Failure::Query)?;
        writer.row(row).map_err(Failure::Output)?;
        written.rows += 1;
    }
    writer.end().map_err(Failure::Output)?;
    written.hidden = writer.hidden();
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::sync::Arc;

    use crate::mine::templates::Tree;
    use crate::query::rows::ColumnKind;

    #[test]
    fn settings_know_every_format() {
        let names = FORMATS.iter().map(|row| row.name);
        assert!(names.eq(crate::query::vocabulary::FORMATS.iter().copied()));
    }

    pub(in crate::render) fn sample() -> Answer<'static> {
        let columns = vec![
            Column::new("word", ColumnKind::Text),
            Column::new("count", ColumnKind::Integer),
            Column::new("pmi", ColumnKind::Real),
            Column::new("tokens", ColumnKind::List),
            Column::new("kept", ColumnKind::Boolean),
        ];
        let list = Datum::List(vec![Datum::text("南京"), Datum::text("市")]);
        let rows = vec![
            vec![
                Datum::text("明月"),
                Datum::Integer(1234),
                Datum::Real(7.607_642_1),
                list,
                Datum::Boolean(true),
            ],
            vec![
                Datum::text("a|b\t\"c\",\\\nd"),
                Datum::Integer(-5),
                Datum::Real(0.5),
                Datum::List(vec![]),
                Datum::Boolean(false),
            ],
            vec![Datum::Null, Datum::Null, Datum::Null, Datum::Null, Datum::Null],
        ];
        Answer::table(columns, Box::new(rows.into_iter().map(Ok)))
    }

    pub(in crate::render) fn text(format: Format, answer: Answer<'_>) -> String {
        let mut out = Vec::new();
        write(format, answer, &mut out, &RenderOptions::default()).unwrap();
        String::from_utf8(out).unwrap()
    }

    pub(in crate::render) fn empty() -> Answer<'static> {
        let columns = vec![Column::new("word", ColumnKind::Text)];
        Answer::table(columns, Box::new(std::iter::empty()))
    }

    pub(in crate::render) fn trees() -> Answer<'static> {
        let tree = |template: Option<&str>, text: &str, children: Vec<Tree>| Tree {
            template: template.map(Into::into),
            text: text.into(),
            children,
        };
        let leaf = |text: &str| tree(None, text, vec![]);
        let inner = vec![leaf("鸡蛋"), leaf("吃")];
        let clause = tree(Some("[X]可以[X]吗"), "鸡蛋可以吃吗", inner);
        let whole = tree(Some("[X]说[X]"), "他说鸡蛋可以吃吗", vec![leaf("他"), clause]);
        let columns = vec![
            Column::new("sentence", ColumnKind::Text),
            Column::new("tree", ColumnKind::Tree),
            Column::new("score", ColumnKind::Real),
        ];
        let sentence = Datum::text("他说鸡蛋可以吃吗");
        let rows = vec![
            vec![sentence, Datum::Tree(Arc::new(whole)), Datum::Real(-2.5)],
            vec![Datum::Null, Datum::Null, Datum::Null],
        ];
        Answer::table(columns, Box::new(rows.into_iter().map(Ok)))
    }

    struct Closed;

    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_no_error() {
        for row in FORMATS {
            let rows = (0..100_000).map(|i| Ok(vec![Datum::Integer(i)]));
            let columns = vec![Column::new("n", ColumnKind::Integer)];
            let answer = Answer::table(columns, Box::new(rows));
            let options = RenderOptions::default();
            let written = write(row.format, answer, &mut Closed, &options).unwrap();
            assert_eq!(written.end, End::Closed, "{}", row.name);
        }
    }

    #[test]
    fn an_error_among_the_rows_comes_out() {
        for row in FORMATS {
            let rows = [Ok(vec![Datum::Integer(1)]), Err(Error::retry("interrupted"))];
            let columns = vec![Column::new("n", ColumnKind::Integer)];
            let answer = Answer::table(columns, Box::new(rows.into_iter()));
            let options = RenderOptions::default();
            let error = write(row.format, answer, &mut Vec::new(), &options).unwrap_err();
            assert_eq!(error.to_string(), "interrupted");
        }
    }

    #[test]
    fn an_answer_without_columns_leaves_no_trace() {
        for row in FORMATS {
            assert_eq!(text(row.format, Answer::note("done")), "");
        }
    }

    #[test]
    fn every_name_reads_back() {
        for row in FORMATS {
            assert_eq!(row.format.name(), row.name);
            assert_eq!(row.name.to_uppercase().parse::<Format>().unwrap(), row.format);
        }
        assert!("yaml".parse::<Format>().is_err());
    }
}
