//! EXPORT and IMPORT.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, BufWriter, Write};
use std::path::Path;

use crate::database::session::{Input, Session};
use crate::error::{Error, Result};
use crate::mine::templates::Template;
use crate::query::node::{Name, Quoted};
use crate::query::rows::{Answer, ColumnKind, Datum, Row};
use crate::query::saved;
use crate::query::stage::{Kind, Shape};
use crate::query::stages::templates_shape;
use crate::query::tree::{Listed, Query};
use crate::render::{Format, RenderOptions, write};

/// The endings that EXPORT knows.
const ENDINGS: &[&str] = &["csv", "tsv", "jsonl", "txt", "dot"];

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
        let notes = self.context.notes.clone();
        let (shape, rows) = self.run_query(query, input)?;
        // Written beside the file and moved into its place, so that a failure leaves no half file.
        let partial = path.with_extension(format!("{ending}.partial"));
        let failed = |cause: std::io::Error| {
            Error::input(format!("{} cannot be written", path.display())).because(cause)
        };
        let out = BufWriter::new(File::create(&partial).map_err(failed)?);
        let answer = Answer::table(shape.columns.clone(), rows);
        let has_trees = shape.columns.iter().any(|column| column.kind == ColumnKind::Tree);
        let written = if ending == "txt" && !has_trees {
            write_lines(answer, &shape, out)
        } else {
            let format = if ending == "txt" { Format::Indent } else { ending.parse()? };
            let mut out = out;
            let written = write(format, answer, &mut out, &RenderOptions::default());
            written.and_then(|written| out.flush().map_err(failed).map(|()| written.rows))
        };
        let count = written.inspect_err(|_| {
            let _ = fs::remove_file(&partial);
        })?;
        fs::rename(&partial, path).map_err(failed)?;
        let mut answer =
            Answer::note(format!("wrote {} to {}", amount(count, "row"), path.display()));
        answer.notes.extend(notes.take());
        Ok(answer)
    }

    pub(super) fn import(
        &mut self,
        what: Listed,
        name: &Name,
        file: &Quoted,
    ) -> Result<Answer<'static>> {
        let (shape, noun) = match what {
            Listed::Lexicon => {
                let columns = [("word", ColumnKind::Text), ("count", ColumnKind::Integer)];
                (Shape::of(Kind::Words, &columns), "word")
            }
            Listed::Templates => (templates_shape(), "template"),
        };
        saved::check_name(name, shape.kind, self)?;
        let mut rows: Vec<Row> = Vec::new();
        for line in numbered_lines(&file.text).map_err(|error| error.at(file.span))? {
            let (number, line) = line?;
            let row = match what {
                Listed::Lexicon => lexicon_row(&line),
                Listed::Templates => template_entry(&line),
            };
            rows.extend(row.map_err(|cause| told_line(cause, &file.text, number).at(file.span))?);
        }
        self.context.query = format!("IMPORT {what} {name} FROM {file}");
        saved::save(&self.context, &name.text, &shape, &rows)?;
        Ok(Answer::note(format!("{name} has {}", amount(rows.len() as u64, noun))))
    }
}

/// The lines of a file with their numbers.
fn numbered_lines(file: &str) -> Result<impl Iterator<Item = Result<(u64, String)>> + '_> {
    let opened = File::open(file)
        .map_err(|cause| Error::input(format!("{file} cannot be read")).because(cause))?;
    Ok((1..).zip(BufReader::new(opened).lines()).map(move |(number, line)| match line {
        Ok(line) => Ok((number, line)),
        Err(cause) => {
            Err(Error::input(format!("{file}: line {number} is not UTF-8")).because(cause))
        }
    }))
}

/// The words of a file, each with its count, as IMPORT LEXICON reads them.
pub(super) fn words_of_file(file: &str) -> Result<Vec<(String, u64)>> {
    let mut words = Vec::new();
    for line in numbered_lines(file)? {
        let (number, line) = line?;
        let entry = lexicon_entry(&line).map_err(|cause| told_line(cause, file, number))?;
        words.extend(entry.map(|(word, count)| (word.to_owned(), count)));
    }
    Ok(words)
}

/// A template, then perhaps a tab and its count, which otherwise is 1; empty lines are left out.
fn template_entry(line: &str) -> Result<Option<Row>> {
    let line = line.trim_start_matches('\u{feff}').trim();
    if line.is_empty() {
        return Ok(None);
    }
    let counted = line.rsplit_once('\t');
    let counted = counted.and_then(|(text, count)| Some((text, count.trim().parse().ok()?)));
    let (text, count) = counted.unwrap_or((line, 1));
    let template = Template::parse(text)?;
    let number = |number: usize| Datum::count(number as u64);
    let (words, slots) = (number(template.words()), number(template.slots()));
    Ok(Some(vec![Datum::text(text.trim()), words, slots, Datum::Integer(count)]))
}

/// An error of a line of a file, with the file and the line.
fn told_line(cause: Error, file: &str, line: u64) -> Error {
    let hint = cause.report().hint.clone();
    let error = Error::input(format!("{file}: line {line}: {cause}"));
    hint.into_iter().fold(error, Error::hint)
}

fn lexicon_row(line: &str) -> Result<Option<Row>> {
    let row = |(word, count): (&str, u64)| vec![Datum::text(word), Datum::count(count)];
    Ok(lexicon_entry(line)?.map(row))
}

/// `word count`, with a tab in between where the word has blanks in it; or a word alone, which then
/// counts once. A part of speech may follow, as jieba has it; empty lines are left out.
fn lexicon_entry(line: &str) -> Result<Option<(&str, u64)>> {
    let line = line.trim_start_matches('\u{feff}').trim();
    let has_tab = line.contains('\t');
    let is_between = |one: char| if has_tab { one == '\t' } else { one.is_whitespace() };
    let mut fields = line.split(is_between).map(str::trim).filter(|field| !field.is_empty());
    let Some(word) = fields.next() else { return Ok(None) };
    let (second, third, more) = (fields.next(), fields.next(), fields.next());
    let is_tag = |field: &str| field.starts_with(|first: char| first.is_ascii_alphabetic());
    let count = match (second, third, more) {
        (None, ..) => Some(1),
        (Some(tag), None, _) if is_tag(tag) => Some(1),
        (Some(count), third, None) if third.is_none_or(is_tag) => count.parse::<u64>().ok(),
        _ => None,
    };
    let count = count.ok_or_else(|| {
        Error::input(format!("`{line}` is no word with a count"))
            .hint("write 词语 12; where a word has blanks in it, a tab stands before its count")
    })?;
    Ok(Some((word, count)))
}

/// A lexicon in the form that jieba reads, save that a tab stands before the count of a word with
/// blanks, as it does before those of templates; anything else a row a line, its first column only.
fn write_lines(answer: Answer<'_>, shape: &Shape, mut out: impl Write) -> Result<u64> {
    let names = ["word", "template", "items", "antecedent"];
    let word = names.iter().find_map(|name| shape.position(name)).unwrap_or(0);
    let between = |word: &str| match shape.kind {
        Kind::Words if !word.contains(' ') => " ",
        _ => "\t",
    };
    let is_list = matches!(shape.kind, Kind::Words | Kind::Templates);
    let count = shape.position("count").filter(|_| is_list);
    let mut rows = 0;
    for row in answer.rows {
        let row = row?;
        let line = match (text(&row[word]), count.map(|count| text(&row[count]))) {
            (word, Some(count)) => format!("{word}{}{count}", between(&word)),
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
        Datum::Tree(tree) => tree.nested(),
        Datum::Set(list) => list.iter().map(text).collect::<Vec<_>>().join(", "),
    }
}
