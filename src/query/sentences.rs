//! Segmented sentences as clauses of numbered words, for the stages that look for structure.

use crate::control::Measure;
use crate::error::{Error, Result};
use crate::mine::templates::{Clause, Vocabulary};
use crate::query::context::Context;
use crate::query::kept;
use crate::query::rows::{Datum, Row, RowStream};
use crate::query::source::{Corpus, Lines};
use crate::query::stage::{ColumnSet, Shape, Stage, Value};

/// The tokens of a row; other values than texts are left out.
pub fn tokens(row: &Row, column: usize) -> impl Iterator<Item = &str> {
    let list = match row.get(column) {
        Some(Datum::List(list)) => list.as_slice(),
        _ => &[],
    };
    list.iter().filter_map(|token| match token {
        Datum::Text(token) => Some(token.as_ref()),
        _ => None,
    })
}

/// Where the tokens of sentences are. The planner has seen to it that there are some.
pub fn tokens_column(shape: &Shape) -> Result<usize> {
    shape.position("tokens").ok_or_else(|| Error::internal("sentences without tokens"))
}

/// Hands over the clauses of all rows.
pub fn each_clause(
    rows: RowStream<'_>,
    column: usize,
    vocabulary: &mut Vocabulary,
    mut each: impl FnMut(&Vocabulary, &Clause) -> Result<()>,
) -> Result<()> {
    for row in rows {
        let row = row?;
        let mut outcome = Ok(());
        vocabulary.clauses(tokens(&row, column), |vocabulary, clause| {
            if outcome.is_ok() {
                outcome = each(vocabulary, clause);
            }
        });
        outcome?;
    }
    Ok(())
}

/// Corpora and the stage that cuts their kept text into tokens, any part of it at any time.
pub struct Segmented<'a> {
    /// The corpora.
    pub corpora: Vec<Corpus<'a>>,
    /// SEGMENT.
    pub segment: &'a dyn Stage,
    /// What the query may use.
    pub context: &'a Context<'a>,
}

impl<'a> Segmented<'a> {
    /// Hands over the clauses of a corpus from a block of its kept text on.
    ///
    /// # Errors
    /// What reading, cutting and `each` say; an interruption.
    pub fn each_clause(
        &self,
        corpus: &Corpus<'a>,
        first_block: u64,
        task: &str,
        vocabulary: &mut Vocabulary,
        each: impl FnMut(&Vocabulary, &Clause) -> Result<()>,
    ) -> Result<()> {
        let Corpus(view) = corpus;
        kept::check(view)?;
        let blocks = first_block..view.blocks().end;
        let progress = &self.context.control.progress;
        progress.begin(task, Some(blocks.end.saturating_sub(blocks.start)), Measure::Items);
        let view = view.clone();
        let lines = blocks.flat_map(move |block| {
            let read = view.text(block..block + 1).next_block().transpose();
            progress.advance(1);
            let lines: Vec<Result<String>> = match read {
                Some(Ok((_, text))) => text.lines().map(|line| Ok(line.to_owned())).collect(),
                Some(Err(error)) => vec![Err(error)],
                None => Vec::new(),
            };
            lines.into_iter().filter(|line| line.as_ref().map_or(true, |line| !line.is_empty()))
        });
        let text = Value::Text(Lines(Box::new(lines)));
        let sentences = self.segment.run(text, &ColumnSet::of(["tokens"]), self.context)?;
        let (shape, rows) = sentences.table()?;
        let outcome = each_clause(rows, tokens_column(&shape)?, vocabulary, each);
        progress.finish();
        outcome
    }
}

/// Clauses in memory, one after the other.
#[derive(Default)]
pub struct Clauses {
    words: Vec<u32>,
    ends: Vec<usize>,
}

impl Clauses {
    /// Adds a clause.
    pub fn push(&mut self, clause: &[u32]) {
        self.words.extend_from_slice(clause);
        self.ends.push(self.words.len());
    }

    /// The bytes that they take.
    pub fn bytes(&self) -> u64 {
        (self.words.len() * 4 + self.ends.len() * 8) as u64
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        let starts = std::iter::once(0).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.words[start..*end])
    }
}
