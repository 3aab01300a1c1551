//! EXPORT and IMPORT LEXICON.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use crate::database::session::{Input, Session};
use crate::error::{Error, Result};
use crate::query::node::{Name, Quoted};
use crate::query::rows::{Answer, Column, ColumnKind, Datum, Row};
use crate::query::saved;
use crate::query::stage::{Kind, Shape};
use crate::query::tree::Query;
use crate::render::{Format, RenderOptions, write};

/// The endings that EXPORT knows.
const ENDINGS: &[&str] = &["csv", "tsv", "jsonl", "txt"];

impl Session<'_> {
    pub(super) fn export<'s>(
        &'s mut self,
        query: &Query,
        file: &Quoted,
        input: Option<Input>,
    ) -> Result<Answer<'s>> {
        let path = Path::new(&file.text);
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or("");
        if !ENDINGS.contains(&ending) {
            return Err(Error::query(format!("`{}` does not say which format", file.text))
                .at(file.span)
                .expected(ENDINGS.iter().map(|ending| format!(".{ending}"))));
        }
        let (shape, rows) = self.run_query(query, input)?;
        // Written beside the file and moved into its place, so that a failure leaves no half file.
        let partial = path.with_extension(format!("{ending}.partial"));
        let failed = |cause: std::io::Error| {
            Error::input(format!("{} cannot be written", path.display())).because(cause)
        };
        let out = BufWriter::new(File::create(&partial).map_err(failed)?);
        let answer = Answer::table(shape.columns.clone(), rows);
        let written = if ending == "txt" {
            write_lexicon(answer, &shape, out)
        } else {
            let format: Format = ending.parse()?;
            let mut out = out;
            let written = write(format, answer, &mut out, &RenderOptions::default());
            written.and_then(|written| out.flush().map_err(failed).map(|()| written.rows))
        };
        let count = written.inspect_err(|_| {
            let _ = fs::remove_file(&partial);
        })?;
        fs::rename(&partial, path).map_err(failed)?;
        Ok(Answer::note(format!("wrote {} to {}", amount(count, "row"), path.display())))
    }

    pub(super) fn import_lexicon(&mut self, name: &Name, file: &Quoted) -> Result<Answer<'static>> {
        let opened = File::open(&file.text).map_err(|cause| {
            Error::input(format!("{} cannot be read", file.text)).because(cause).at(file.span)
        })?;
        let mut rows: Vec<Row> = Vec::new();
        for (number, line) in (1..).zip(BufReader::new(opened).lines()) {
            let line = line.map_err(|cause| {
                Error::input(format!("{}: line {number} is not UTF-8", file.text)).because(cause)
            })?;
            rows.extend(lexicon_entry(&line));
        }
        let columns =
            vec![Column::new("word", ColumnKind::Text), Column::new("count", ColumnKind::Integer)];
        let shape = Shape::new(Kind::Words, columns);
        self.context.query = format!("IMPORT LEXICON {name} FROM {file}");
        saved::save(&self.context, &name.text, &shape, &rows)?;
        Ok(Answer::note(format!("{name} has {}", amount(rows.len() as u64, "word"))))
    }
}

/// `word count`, or a word alone, which then counts once; what follows the count is left out, and
/// so are empty lines.
fn lexicon_entry(line: &str) -> Option<Row> {
    let line = line.trim_start_matches('\u{feff}').trim();
    let mut fields = line.split_whitespace();
    let word = fields.next()?;
    let count = fields.next().and_then(|count| count.parse().ok()).unwrap_or(1);
    Some(vec![Datum::text(word), Datum::Integer(count)])
}

/// A lexicon in the form that jieba reads; anything else a row a line, its first column only.
fn write_lexicon(answer: Answer<'_>, shape: &Shape, mut out: impl Write) -> Result<u64> {
    let names = ["word", "items", "antecedent"];
    let word = names.iter().find_map(|name| shape.position(name)).unwrap_or(0);
    let count = shape.position("count").filter(|_| shape.kind == Kind::Words);
    let mut rows = 0;
    for row in answer.rows {
        let row = row?;
        let line = match (text(&row[word]), count.map(|count| text(&row[count]))) {
            (word, Some(count)) => format!("{word} {count}"),
            (word, None) => word,
        };
        // A rule is its two sides.
        let line = match (shape.kind, shape.position("consequent")) {
            (Kind::Rules, Some(right)) => format!("{} → {}", line, text(&row[right])),
            (Kind::Itemsets, _) => format!("{{{line}}}"),
            _ => line,
        };
        writeln!(out, "{line}")
            .map_err(|cause| Error::input("the file cannot be written").because(cause))?;
        rows += 1;
    }
    out.flush().map_err(|cause| Error::input("the file cannot be written").because(cause))?;
    Ok(rows)
}

/// `1 row`, `2 rows`.
fn amount(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn text(datum: &Datum) -> String {
    match datum {
        Datum::Null => String::new(),
        Datum::Boolean(value) => value.to_string(),
        Datum::Integer(value) => value.to_string(),
        Datum::Real(value) => value.to_string(),
        Datum::Text(text) => text.to_string(),
        Datum::List(list) => list.iter().map(text).collect::<Vec<_>>().join(" "),
        Datum::Set(list) => list.iter().map(text).collect::<Vec<_>>().join(", "),
    }
}
