//! INGEST.

use std::time::Instant;

use crate::database::session::{Input, Session};
use crate::error::{Error, Result};
use crate::index::{IngestOptions, IngestSummary, Source};
use crate::query::node::Name;
use crate::query::parameters::Parameters;
use crate::query::rows::{Answer, Column, ColumnKind, Datum};
use crate::query::tree::IngestInput;
use crate::query::vocabulary::{INGEST_OPTIONS, TEXT_INGEST_OPTIONS};
use crate::text::{BasketFormat, CsvLayout, InputOptions, Invalid, Unit, expand};

/// The formats of transactions.
const BASKET_FORMATS: &[&str] = &["baskets", "csv", "jsonl"];
/// A line may take up this share of the memory.
const LINE_SHARE: u64 = 16;

impl Session<'_> {
    pub(super) fn ingest(
        &mut self,
        from: &IngestInput,
        format: Option<&Name>,
        corpus: &Name,
        options: &Parameters,
        input: Option<Input>,
    ) -> Result<Answer<'static>> {
        let index = self.database.index();
        let target = index.corpus(&corpus.text).ok_or_else(|| {
            self.unknown("corpus", corpus).hint(format!("CREATE CORPUS {corpus} makes one"))
        })?;
        let baskets = match target.record.text.unit {
            Unit::Item => basket_format(format, options)?,
            Unit::Char | Unit::Word => {
                refuse_basket_format(format, corpus)?;
                options.check_names("INGEST", TEXT_INGEST_OPTIONS)?;
                options.check("INGEST", INGEST_OPTIONS)?;
                None
            }
        };
        let cost = self.context.cost;
        let options = IngestOptions {
            input: input_options(options, cost.memory)?,
            memory: cost.memory,
            threads: cost.threads,
            baskets,
        };
        let sources = sources(from, input)?;
        let started = Instant::now();
        let summary = index.ingest(&target, sources, &options, &self.context.control)?;
        refused(&summary)?;
        let seconds = started.elapsed().as_secs_f64();
        Ok(answer(&summary, corpus, target.record.text.unit, seconds))
    }
}

/// Refuses formats other than lines for a corpus of text.
fn refuse_basket_format(format: Option<&Name>, corpus: &Name) -> Result<()> {
    let Some(format) = format.filter(|name| !name.text.eq_ignore_ascii_case("lines")) else {
        return Ok(());
    };
    let is_basket = BASKET_FORMATS.iter().any(|name| name.eq_ignore_ascii_case(&format.text));
    let message = if is_basket {
        format!("{corpus} is a corpus of text, and {format} is a format of transactions")
    } else {
        format!("`{}` is no format of files", format.text)
    };
    let error = Error::query(message).at(format.span).expected(["lines"]);
    let hint = is_basket.then_some("CREATE CORPUS name WITH unit = item makes one for them");
    Err(hint.into_iter().fold(error, Error::hint))
}

/// How transactions are laid out; `None` where the endings of the files say it.
fn basket_format(format: Option<&Name>, options: &Parameters) -> Result<Option<BasketFormat>> {
    options.check("INGEST", INGEST_OPTIONS)?;
    let asked = |name: &str| options.get(name).is_some();
    let is_csv = asked("columns") || asked("transaction") || asked("item");
    let name = match format {
        Some(name) => BASKET_FORMATS.iter().find(|own| own.eq_ignore_ascii_case(&name.text)),
        None if is_csv => Some(&"csv"),
        None if asked("separator") => Some(&"baskets"),
        None => return Ok(None),
    };
    let Some(name) = name else {
        let (span, text) = format.map(|name| (name.span, &*name.text)).unwrap_or_default();
        let error = Error::query(format!("`{text}` is no format of transactions")).at(span);
        return Err(error.expected(BASKET_FORMATS.iter().copied()));
    };
    let known: &[&str] = match *name {
        "baskets" => &["encoding", "invalid", "separator"],
        "jsonl" => &["encoding", "invalid", "item"],
        _ => &["encoding", "invalid", "separator", "columns", "transaction", "item"],
    };
    options.check_names(&format!("INGEST … FORMAT {name}"), known)?;
    let separator = options.text("separator")?.map(|text| text.replace("\\t", "\t"));
    let span = |name: &str| options.get(name).map(|own| own.value.span).unwrap_or_default();
    let format = match *name {
        "jsonl" => BasketFormat::JsonLines(options.text("item")?),
        "csv" => {
            let byte = match separator.as_deref().unwrap_or(",").as_bytes() {
                &[byte] if byte.is_ascii() && byte != b'"' && byte != b'\n' => byte,
                _ => {
                    let error = Error::query("fields of csv are separated by one character");
                    return Err(error.at(span("separator")).expected(["',', ';' or '\\t'"]));
                }
            };
            BasketFormat::Csv(byte, csv_layout(options)?)
        }
        _ => match separator {
            Some(text) if text.is_empty() => {
                let error = Error::query("items cannot be separated by nothing");
                return Err(error.at(span("separator")).expected(["a string such as ','"]));
            }
            separator => BasketFormat::Lines(separator.unwrap_or_else(|| " ".into())),
        },
    };
    Ok(Some(format))
}

fn csv_layout(options: &Parameters) -> Result<CsvLayout> {
    let columns = options.names("columns")?;
    let (transaction, item) = (options.text("transaction")?, options.text("item")?);
    let place = |name: &str| options.get(name).map(|own| own.name.span).unwrap_or_default();
    match (columns, transaction, item) {
        (columns, None, None) => Ok(CsvLayout::Indicators(columns)),
        (None, Some(transaction), Some(item)) => Ok(CsvLayout::Long { transaction, item }),
        (None, Some(_), None) => Err(Error::query("`transaction` needs `item` beside it")
            .at(place("transaction"))
            .hint("item = … names the column that holds the item of each row")),
        (None, None, Some(_)) => Err(Error::query("`item` needs `transaction` beside it")
            .at(place("item"))
            .hint("transaction = … names the column that says which rows belong together")),
        (Some(_), ..) => Err(Error::query(
            "`columns` is for a column an item, `transaction` and \
                                           `item` for a row an item",
        )
        .at(place("columns"))
        .hint("leave one of them out")),
    }
}

fn input_options(options: &Parameters, memory: u64) -> Result<InputOptions> {
    let longest_line = usize::try_from(memory / LINE_SHARE).unwrap_or(usize::MAX);
    let mut input = InputOptions { longest_line, ..InputOptions::default() };
    if let Some(name) = options.text("encoding")? {
        let span = options.get("encoding").map(|own| own.value.span).unwrap_or_default();
        let encoding = name.parse().map_err(|error: Error| {
            let report = error.report();
            let wanted = report.expected.clone();
            Error::query(report.message.clone()).at(span).expected(wanted)
        });
        input.encoding = Some(encoding?);
    }
    let words: Vec<&str> = Invalid::ALL.iter().map(|value| value.as_str()).collect();
    if let Some(word) = options.word("invalid", &words)? {
        input.invalid = word.parse()?;
    }
    Ok(input)
}

fn sources(from: &IngestInput, input: Option<Input>) -> Result<Vec<Source>> {
    match from {
        IngestInput::Files(patterns) => {
            let mut sources = Vec::new();
            for pattern in patterns {
                let files = expand(std::slice::from_ref(&pattern.text));
                let files = files.map_err(|error| error.at(pattern.span))?;
                sources.extend(files.into_iter().map(Source::File));
            }
            Ok(sources)
        }
        IngestInput::Stdin => match input {
            Some(input) => Ok(vec![Source::Stream("standard input".into(), input)]),
            None => Err(Error::input("there is no standard input to read here")
                .hint("erya ingest DB CORPUS - reads it")),
        },
        IngestInput::Text(texts) => {
            Ok(texts.iter().map(|text| Source::Literal(text.text.clone())).collect())
        }
    }
}

/// Files that were refused are an error, though the others are in.
fn refused(summary: &IngestSummary) -> Result<()> {
    let Some((name, first)) = summary.refused.first() else { return Ok(()) };
    let mut message = first.to_string();
    if !message.contains(name.as_str()) {
        message = format!("{name}: {message}");
    }
    let more = summary.refused.len() - 1;
    if more > 0 {
        message = format!("{message}; {more} more refused");
    }
    let rest = match summary.files {
        0 => "nothing was ingested".to_owned(),
        1 => "1 other file was ingested".to_owned(),
        files => format!("{files} other files were ingested"),
    };
    let hint = first.report().hint.clone();
    let error = Error::input(format!("{message} ({rest})"));
    Err(hint.into_iter().fold(error, Error::hint))
}

fn answer(summary: &IngestSummary, corpus: &Name, unit: Unit, seconds: f64) -> Answer<'static> {
    let totals = &summary.totals;
    let (sentences, units) = match unit {
        Unit::Item => ("transactions", "items"),
        Unit::Char | Unit::Word => ("sentences", "units"),
    };
    let cells = [
        ("files", summary.files),
        ("documents", totals.documents),
        (sentences, totals.sentences),
        (units, totals.units()),
        ("segments", summary.segments as u64),
        ("skipped", summary.skipped),
        ("replaced", summary.replaced),
    ];
    let mut columns: Vec<Column> =
        cells.iter().map(|(name, _)| Column::new(*name, ColumnKind::Integer)).collect();
    columns.push(Column::new("seconds", ColumnKind::Real));
    let mut row: Vec<Datum> = cells.iter().map(|(_, value)| Datum::count(*value)).collect();
    row.push(Datum::real((seconds * 1000.0).round() / 1000.0));
    let mut answer = Answer::table(columns, Box::new(std::iter::once(Ok(row))));
    for (name, encoding) in &summary.guessed {
        answer.notes.push(format!(
            "{name}: read as {encoding}, which is a guess; WITH encoding = … says what it is"
        ));
    }
    answer.notes.extend(summary.advice.clone());
    if summary.replaced > 0 {
        answer.notes.push(format!("{} undecodable bytes were replaced", summary.replaced));
    }
    answer.notes.push(match (summary.files, summary.skipped) {
        (0, 0) => format!("nothing to ingest; {corpus} is as it was"),
        (0, 1) => format!("nothing new: that file is in {corpus} already"),
        (0, skipped) => format!("nothing new: all {skipped} files are in {corpus} already"),
        (_, 0) => format!("ingest {} into {corpus}", summary.ingest),
        (_, skipped) => {
            format!("ingest {} into {corpus}; skipped {skipped} already there", summary.ingest)
        }
    });
    answer
}
