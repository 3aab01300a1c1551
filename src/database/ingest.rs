//! INGEST.

use std::time::Instant;

use crate::database::session::{Input, Session};
use crate::error::{Error, Result};
use crate::index::{IngestOptions, IngestSummary, Source};
use crate::query::node::Name;
use crate::query::parameters::Parameters;
use crate::query::rows::{Answer, Column, ColumnKind, Datum};
use crate::query::tree::IngestInput;
use crate::query::vocabulary::INGEST_OPTIONS;
use crate::text::{InputOptions, Invalid, expand};

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
        options.check("INGEST", INGEST_OPTIONS)?;
        if let Some(format) = format
            && !format.text.eq_ignore_ascii_case("lines")
        {
            let message = format!("`{}` is no format of files", format.text);
            return Err(Error::query(message).at(format.span).expected(["lines"]));
        }
        let index = self.database.index();
        let target = index.corpus(&corpus.text).ok_or_else(|| {
            self.unknown("corpus", corpus).hint(format!("CREATE CORPUS {corpus} makes one"))
        })?;
        let cost = self.context.cost;
        let options = IngestOptions {
            input: input_options(options, cost.memory)?,
            memory: cost.memory,
            threads: cost.threads,
        };
        let sources = sources(from, input)?;
        let started = Instant::now();
        let summary = index.ingest(&target, sources, &options, &self.context.control)?;
        refused(&summary)?;
        let seconds = started.elapsed().as_secs_f64();
        Ok(answer(&summary, corpus, seconds))
    }
}

fn input_options(options: &Parameters, memory: u64) -> Result<InputOptions> {
    let mut input = InputOptions { digest: true, ..InputOptions::default() };
    input.longest_line = usize::try_from(memory / LINE_SHARE).unwrap_or(usize::MAX);
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

fn answer(summary: &IngestSummary, corpus: &Name, seconds: f64) -> Answer<'static> {
    let totals = &summary.totals;
    let cells = [
        ("files", summary.files),
        ("documents", totals.documents),
        ("sentences", totals.sentences),
        ("units", totals.units()),
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
