//! Queries: planned, run, explained.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::Instant;

use crate::database::measured::measure;
use crate::database::session::{Input, LastResult, Session};
use crate::error::{Error, Result};
use crate::index::{CorpusRecord, Index};
use crate::query::context::Catalog;
use crate::query::planner::plan;
use crate::query::rows::{Answer, Column, ColumnKind, Datum, RowStream, Total};
use crate::query::saved;
use crate::query::source::{Corpus, Lines};
use crate::query::stage::{Shape, Value};
use crate::query::tree::Query;
use crate::text::Unit;

/// A result longer than this is not kept for `FROM _`.
const MOST_KEPT: usize = 200_000;

impl Catalog for Session<'_> {
    fn corpora(&self) -> Vec<String> {
        self.database.index().names()
    }

    fn record(&self, corpus: &str) -> Option<CorpusRecord> {
        self.database.index().corpus(corpus).map(|corpus| corpus.record.clone())
    }

    fn saved(&self, name: &str) -> Result<Option<Shape>> {
        Ok(self.database.index().saved_head(name)?.map(|head| saved::shape(&head)))
    }

    fn saved_names(&self) -> Vec<String> {
        let heads = self.database.index().saved().unwrap_or_default();
        heads.into_iter().map(|head| head.name).collect()
    }

    fn current(&self) -> Option<String> {
        self.current.clone()
    }

    fn index(&self) -> Option<&Index> {
        Some(self.database.index())
    }

    fn last(&self) -> Option<Shape> {
        self.last_result().shape.clone()
    }
}

impl<'d> Session<'d> {
    pub(super) fn last_result(&self) -> MutexGuard<'_, LastResult> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a query for a person: the result can be asked again as `_`.
    pub(super) fn answer<'s>(
        &'s mut self,
        query: &Query,
        input: Option<Input>,
    ) -> Result<Answer<'s>> {
        let last = Arc::clone(&self.last);
        let notes = self.context.notes.clone();
        let saved = query.stages.last().filter(|stage| stage.row().name == "SAVE");
        let saved = saved.map(ToString::to_string);
        self.context.total = Total::default();
        let total = self.context.total.clone();
        let (shape, rows) = self.run_query(query, input)?;
        if let Some(saved) = saved {
            // What is saved knows how many it is, and need not be told row by row.
            let count = match rows.size_hint() {
                (least, Some(most)) if least == most => least,
                _ => rows.count(),
            };
            let noun = if count == 1 { "row" } else { "rows" };
            let name = saved.trim_start_matches("SAVE AS ");
            let mut answer = Answer::note(format!("saved {count} {noun} as {name}"));
            answer.notes.extend(notes.take());
            return Ok(answer);
        }
        {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            *last = LastResult { shape: Some(shape.clone()), rows: Vec::new(), complete: false };
        }
        let mut keeper = Some(last);
        let mut rows = rows;
        let kept = std::iter::from_fn(move || {
            let next = rows.next();
            keep(&mut keeper, next.as_ref());
            next
        });
        let mut answer = Answer::table(shape.columns, Box::new(kept));
        answer.notes = notes.take();
        // Behind the last LIMIT as many rows have to come out as went in.
        let mut last = query.stages.iter().rev().skip_while(|stage| stage.is_row_by_row());
        if last.next().is_some_and(|stage| stage.row_limit().is_some()) {
            answer.total = total;
        }
        Ok(answer)
    }

    /// Plans and runs a query.
    pub(super) fn run_query<'s>(
        &'s mut self,
        query: &Query,
        input: Option<Input>,
    ) -> Result<(Shape, RowStream<'s>)> {
        let planned = plan(query, self)?;
        let (plan, source, context) = self.begin(planned, query, input)?;
        table(plan.run(source, context)?)
    }

    pub(super) fn explain<'s>(
        &'s mut self,
        analyze: bool,
        query: &Query,
        input: Option<Input>,
    ) -> Result<Answer<'s>> {
        let planned = plan(query, self)?;
        if !analyze {
            let lines: Vec<String> = planned.to_string().lines().map(String::from).collect();
            let rows = lines.into_iter().map(|line| Ok(vec![Datum::text(line)]));
            return Ok(Answer::table(vec![Column::new("plan", ColumnKind::Text)], Box::new(rows)));
        }
        let started = Instant::now();
        let (plan, source, context) = self.begin(planned, query, input)?;
        let measured = measure(plan, source, started.elapsed(), context);
        context.control.notes.end();
        measured
    }
}

/// Appends a row to the last result, or gives up on one that is too long.
fn keep(keeper: &mut Option<Arc<std::sync::Mutex<LastResult>>>, next: Option<&Result<Vec<Datum>>>) {
    let Some(last) = keeper else { return };
    let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
    match next {
        Some(Ok(row)) if last.rows.len() < MOST_KEPT => {
            last.rows.push(row.clone());
            return;
        }
        Some(_) => last.rows = Vec::new(),
        None => last.complete = true,
    }
    drop(last);
    *keeper = None;
}

/// Any value as a table: a corpus or text on its own shows what it holds.
fn table(value: Value<'_>) -> Result<(Shape, RowStream<'_>)> {
    match value {
        Value::Table(shape, rows) => Ok((shape, rows)),
        Value::Kept(_) | Value::Itemsets(_) | Value::Found(_) => value.table(),
        Value::Corpus(Corpus(view)) => {
            let name = &view.record().name;
            let stage = match view.record().text.unit {
                Unit::Item => "ITEMSETS",
                Unit::Char | Unit::Word => "NGRAMS 2",
            };
            Err(Error::query(format!("FROM {name} alone gives a corpus, which is no table"))
                .hint(format!("add a stage: FROM {name} | {stage}, or DESCRIBE {name}")))
        }
        Value::Corpora(_) => Err(Error::query("corpora alone are no table")
            .hint("add a stage: FROM a, b | COUNT 'text'")),
        Value::Text(Lines(lines)) => {
            let columns = vec![Column::new("text", ColumnKind::Text)];
            let rows = lines.map(|line| line.map(|line| vec![Datum::text(line)]));
            Ok((Shape::new(crate::query::stage::Kind::Table, columns), Box::new(rows)))
        }
    }
}
