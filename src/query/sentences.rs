//! Segmented sentences as clauses of numbered words, for the stages that look for structure.

use std::ops::Range;
use std::sync::Arc;

use crate::control::{Measure, on_threads};
use crate::error::{Error, Result};
use crate::index::PackedBlock;
use crate::mine::templates::{Clause, Clauses, Tag, Token, Vocabulary};
use crate::query::context::Context;
use crate::query::kept;
use crate::query::rows::{Datum, Row, RowStream};
use crate::query::source::Corpus;
use crate::query::stage::Shape;
use crate::query::stages::Segment;
use crate::word::{Segmenter, Worker};

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
    /// Reads the clauses of a corpus from a block of its kept text on, as numbers of words: into
    /// `clauses`, each once; or, once those would be too many, to `each`, with how often they were
    /// met: what there is in `clauses` first, which is `None` from then on.
    ///
    /// Each thread cuts a block of its own, and in it only what it finds in no clause that was cut
    /// before. Words that are new are numbered afterwards, in the order of the text.
    ///
    /// # Errors
    /// What reading, cutting and `each` say; an interruption.
    pub fn each_clause(
        &self,
        corpus: &Corpus<'a>,
        first_block: u64,
        task: &str,
        vocabulary: &mut Vocabulary,
        clauses: &mut Option<Clauses>,
        mut each: impl FnMut(&[u32], u64) -> Result<()>,
    ) -> Result<()> {
        let Corpus(view) = corpus;
        kept::check(view)?;
        let segmenter = self.segment.segmenter(Some(Arc::clone(view)), self.context)?;
        let blocks = first_block..view.blocks().end;
        let progress = &self.context.control.progress;
        progress.begin(task, Some(blocks.end.saturating_sub(blocks.start)), Measure::Items);
        let mut scan = view.text(blocks);
        let mut words = Vec::new();
        loop {
            self.context.check()?;
            let mut some = Vec::new();
            while some.len() < self.context.cost.threads.max(1)
                && let Some(block) = scan.next_packed()?
            {
                some.push(block);
            }
            if some.is_empty() {
                break;
            }
            progress.advance(some.len() as u64);
            let (known, before) = (&*vocabulary, clauses.as_ref());
            let cut = |block: PackedBlock| CutBlock::new(&block, &segmenter, known, before);
            for cut in on_threads(some, cut) {
                cut?.hand_over(vocabulary, clauses, &mut words, &mut each)?;
            }
            if let Some(many) = clauses.take_if(|clauses| clauses.are_too_many()) {
                many.each(&mut each)?;
            }
        }
        progress.finish();
        Ok(())
    }
}

/// A block of text as clauses and tokens.
struct CutBlock {
    text: String,
    stretches: Vec<Stretch>,
    /// What each token is, where that is known.
    tokens: Vec<Option<Token>>,
    /// Where those stand in the text that are not known, in order.
    unknown: Vec<Range<usize>>,
}

/// A part of a line.
enum Stretch {
    /// A clause that was there before.
    Known(u32),
    /// A clause that was not: the hash of its text, its place, how many tokens it has.
    New { tag: Tag, place: Range<usize>, tokens: usize },
    /// A whole line of so many tokens.
    Line { tokens: usize },
}

/// A part of a line before it is cut: its place, and its hash where it is a clause.
type Piece = (Range<usize>, Option<Tag>);

/// So many bytes of clauses are cut at once: looks at memory then need not wait for each other.
const CUT_AT_ONCE: usize = 1 << 10;
/// So many clauses ahead memory is asked for.
const AHEAD: usize = 4;

impl CutBlock {
    /// Cuts a block into tokens, save for the clauses that are in `before`.
    fn new(
        block: &PackedBlock,
        segmenter: &Segmenter,
        known: &Vocabulary,
        before: Option<&Clauses>,
    ) -> Result<Self> {
        let (_, text) = block.unpack()?;
        let pieces = match before {
            Some(_) => clauses_of(&text, segmenter),
            None => lines_of(&text).map(|line| (line, None)).collect(),
        };
        let mut cutting = Cutting::of(&text, segmenter, known);
        let nothing = Clauses::default();
        let before = before.unwrap_or(&nothing);
        for (number, (place, tag)) in pieces.iter().enumerate() {
            if let Some((_, Some(tag))) = pieces.get(number + 2 * AHEAD) {
                before.prefetch_place(*tag);
            }
            if let Some((_, Some(tag))) = pieces.get(number + AHEAD) {
                before.prefetch_clause(*tag);
            }
            match tag {
                None => cutting.line(place),
                Some(tag) => match before.find(*tag, &text[place.clone()], known) {
                    Some(clause) => cutting.stretches.push(Stretch::Known(clause)),
                    None => cutting.clause(*tag, place),
                },
            }
        }
        cutting.flush();
        let Cutting { stretches, tokens, unknown, .. } = cutting;
        Ok(CutBlock { text, stretches, tokens, unknown })
    }

    /// Hands over the clauses, to `clauses` where they are kept; `words` is a buffer.
    fn hand_over(
        mut self,
        vocabulary: &mut Vocabulary,
        clauses: &mut Option<Clauses>,
        words: &mut Vec<u32>,
        each: &mut impl FnMut(&[u32], u64) -> Result<()>,
    ) -> Result<()> {
        let mut unknown = self.unknown.iter();
        for token in self.tokens.iter_mut().filter(|token| token.is_none()) {
            let place = unknown.next().cloned().unwrap_or_default();
            *token = Some(vocabulary.token(&self.text[place]));
        }
        let mut tokens = self.tokens.iter().copied().flatten();
        for stretch in &self.stretches {
            words.clear();
            match (stretch, clauses.as_mut()) {
                (Stretch::Known(clause), Some(clauses)) => clauses.again(*clause),
                (Stretch::Known(_), None) => {}
                (Stretch::New { tag, place, tokens: count }, clauses) => {
                    words.extend(tokens.by_ref().take(*count).filter_map(word));
                    let text = &self.text[place.clone()];
                    let Some(clauses) = clauses else {
                        each(words, 1)?;
                        continue;
                    };
                    // Another thread, or this one, may have cut it a moment before.
                    match clauses.find(*tag, text, vocabulary) {
                        Some(clause) => clauses.again(clause),
                        None => clauses.add(*tag, text, words, vocabulary),
                    }
                }
                (Stretch::Line { tokens: count }, clauses) => {
                    hand_over_line(tokens.by_ref().take(*count), clauses, words, each)?;
                }
            }
        }
        Ok(())
    }
}

/// The places of lines without their ends.
fn lines_of(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n').map(move |line| {
        let place = start..start + line.strip_suffix('\n').unwrap_or(line).len();
        start += line.len();
        place
    })
}

/// The clauses of a text, and the lines in which they are not to be seen without cutting.
fn clauses_of(text: &str, segmenter: &Segmenter) -> Vec<Piece> {
    let (mut worker, mut spans, mut pieces) = (segmenter.worker(), Vec::new(), Vec::new());
    for line in lines_of(text) {
        if !worker.stretches(&text[line.clone()], &mut spans) {
            pieces.push((line, None));
            continue;
        }
        pieces.extend(spans.iter().map(|span| {
            let place = line.start + span.start..line.start + span.end;
            let tag = Tag::of(&text[place.clone()]);
            (place, Some(tag))
        }));
    }
    pieces
}

/// A block that is being cut.
struct Cutting<'c> {
    text: &'c str,
    worker: Worker<'c>,
    known: &'c Vocabulary,
    /// Clauses that wait to be cut, each with a line feed behind it, and which stretches they are.
    waiting: String,
    new: Vec<usize>,
    cut: Vec<Range<usize>>,
    stretches: Vec<Stretch>,
    tokens: Vec<Option<Token>>,
    unknown: Vec<Range<usize>>,
}

impl<'c> Cutting<'c> {
    fn of(text: &'c str, segmenter: &'c Segmenter, known: &'c Vocabulary) -> Self {
        Cutting {
            text,
            worker: segmenter.worker(),
            known,
            waiting: String::new(),
            new: Vec::new(),
            cut: Vec::new(),
            stretches: Vec::new(),
            tokens: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// A clause that was not there before is cut, sooner or later.
    fn clause(&mut self, tag: Tag, place: &Range<usize>) {
        self.waiting.push_str(&self.text[place.clone()]);
        self.waiting.push('\n');
        self.new.push(self.stretches.len());
        self.stretches.push(Stretch::New { tag, place: place.clone(), tokens: 0 });
        if self.waiting.len() >= CUT_AT_ONCE {
            self.flush();
        }
    }

    fn line(&mut self, place: &Range<usize>) {
        self.flush();
        self.worker.segment(&self.text[place.clone()], &mut self.cut);
        for token in &self.cut {
            let token = place.start + token.start..place.start + token.end;
            let found = self.known.find(&self.text[token.clone()]);
            self.tokens.push(found);
            self.unknown.extend(found.is_none().then_some(token));
        }
        self.stretches.push(Stretch::Line { tokens: self.cut.len() });
    }

    /// Cuts the clauses that wait.
    fn flush(&mut self) {
        self.worker.segment(&self.waiting, &mut self.cut);
        let mut cut = self.cut.iter();
        for number in self.new.drain(..) {
            let Some(Stretch::New { place, tokens, .. }) = self.stretches.get_mut(number) else {
                continue;
            };
            // Its tokens tile it.
            let mut at = place.start;
            for token in cut.by_ref().map(|token| &self.waiting[token.clone()]) {
                if token == "\n" {
                    break;
                }
                let found = self.known.find(token);
                self.tokens.push(found);
                self.unknown.extend(found.is_none().then_some(at..at + token.len()));
                at += token.len();
                *tokens += 1;
            }
        }
        self.waiting.clear();
    }
}

/// Hands over the clauses of a whole line.
fn hand_over_line(
    tokens: impl Iterator<Item = Token>,
    mut clauses: Option<&mut Clauses>,
    words: &mut Vec<u32>,
    each: &mut impl FnMut(&[u32], u64) -> Result<()>,
) -> Result<()> {
    for token in tokens.chain([Token::Boundary]) {
        match (token, &mut clauses) {
            (Token::Word(word), _) => words.push(word),
            (Token::Blank, _) => {}
            (Token::Boundary, _) if words.is_empty() => {}
            (Token::Boundary, clauses) => {
                match clauses {
                    Some(clauses) => clauses.push(words),
                    None => each(words, 1)?,
                }
                words.clear();
            }
        }
    }
    Ok(())
}

/// The word that a token is.
fn word(token: Token) -> Option<u32> {
    match token {
        Token::Word(word) => Some(word),
        Token::Blank | Token::Boundary => None,
    }
}
