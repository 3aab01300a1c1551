//! Segmented sentences as clauses of numbered words, for the stages that look for structure.

use std::ops::Range;
use std::sync::Arc;

use crate::control::{Measure, on_threads};
use crate::error::{Error, Result};
use crate::index::CorpusView;
use crate::mine::templates::{Clause, Token, Vocabulary};
use crate::query::context::Context;
use crate::query::kept;
use crate::query::rows::{Datum, Row, RowStream};
use crate::query::source::Corpus;
use crate::query::stage::Shape;
use crate::query::stages::Segment;
use crate::word::Segmenter;

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
    pub segment: &'a Segment,
    /// What the query may use.
    pub context: &'a Context<'a>,
}

impl<'a> Segmented<'a> {
    /// Hands over the words of the clauses of a corpus from a block of its kept text on. Each
    /// thread reads and cuts a block of its own; words that are new are numbered afterwards, in
    /// the order of the text.
    ///
    /// # Errors
    /// What reading, cutting and `each` say; an interruption.
    pub fn each_clause(
        &self,
        corpus: &Corpus<'a>,
        first_block: u64,
        task: &str,
        vocabulary: &mut Vocabulary,
        mut each: impl FnMut(&[u32]) -> Result<()>,
    ) -> Result<()> {
        let Corpus(view) = corpus;
        kept::check(view)?;
        let segmenter = self.segment.segmenter(Some(Arc::clone(view)), self.context)?;
        let mut blocks = first_block..view.blocks().end;
        let progress = &self.context.control.progress;
        progress.begin(task, Some(blocks.end.saturating_sub(blocks.start)), Measure::Items);
        let mut clause = Vec::new();
        while !blocks.is_empty() {
            self.context.check()?;
            let some: Vec<u64> = blocks.by_ref().take(self.context.cost.threads.max(1)).collect();
            progress.advance(some.len() as u64);
            let known = &*vocabulary;
            for cut in on_threads(some, |block| CutBlock::new(view, block, &segmenter, known)) {
                cut?.each_clause(vocabulary, &mut clause, &mut each)?;
            }
        }
        progress.finish();
        Ok(())
    }
}

/// A block of text as tokens.
struct CutBlock {
    text: String,
    /// What each token is, where that is known; a boundary after each line.
    tokens: Vec<Option<Token>>,
    /// Where those stand in the text that are not known, in order.
    unknown: Vec<Range<usize>>,
}

impl CutBlock {
    fn new(
        view: &CorpusView<'_>,
        block: u64,
        segmenter: &Segmenter,
        known: &Vocabulary,
    ) -> Result<Self> {
        let read = view.text(block..block + 1).next_block()?;
        let text = read.map(|(_, text)| text).unwrap_or_default();
        let (mut tokens, mut unknown) = (Vec::with_capacity(text.len() / 4), Vec::new());
        let (mut worker, mut line_tokens, mut start) = (segmenter.worker(), Vec::new(), 0);
        for line in text.split_inclusive('\n') {
            let content = line.strip_suffix('\n').unwrap_or(line);
            worker.segment(content, &mut line_tokens);
            for token in &line_tokens {
                let found = known.find(&content[token.clone()]);
                if found.is_none() {
                    unknown.push(start + token.start..start + token.end);
                }
                tokens.push(found);
            }
            tokens.push(Some(Token::Boundary));
            start += line.len();
        }
        Ok(CutBlock { text, tokens, unknown })
    }

    /// Hands over the clauses; `clause` is a buffer, empty before and after.
    fn each_clause(
        &self,
        vocabulary: &mut Vocabulary,
        clause: &mut Vec<u32>,
        each: &mut impl FnMut(&[u32]) -> Result<()>,
    ) -> Result<()> {
        let mut unknown = self.unknown.iter();
        for token in &self.tokens {
            let token = token.unwrap_or_else(|| {
                let place = unknown.next().cloned().unwrap_or_default();
                vocabulary.token(&self.text[place])
            });
            match token {
                Token::Word(word) => clause.push(word),
                Token::Boundary if !clause.is_empty() => {
                    each(clause)?;
                    clause.clear();
                }
                Token::Boundary | Token::Blank => {}
            }
        }
        Ok(())
    }
}

/// The end of a clause among the numbers of words.
const END: u32 = u32::MAX;

/// Clauses in memory, one after the other.
#[derive(Default)]
pub struct Clauses(Vec<u32>);

impl Clauses {
    /// Adds a clause to those that are kept, and gives them up where they take more than `most`
    /// bytes.
    pub fn keep(kept: &mut Option<Clauses>, clause: &[u32], most: u64) {
        if let Some(clauses) = kept {
            clauses.push(clause);
            if clauses.bytes() > most {
                *kept = None;
            }
        }
    }

    /// Adds a clause.
    pub fn push(&mut self, clause: &[u32]) {
        self.0.extend_from_slice(clause);
        self.0.push(END);
    }

    /// The bytes that they take.
    pub fn bytes(&self) -> u64 {
        self.0.len() as u64 * 4
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &[u32]> {
        self.0.split_inclusive(|word| *word == END).map(|clause| &clause[..clause.len() - 1])
    }
}
