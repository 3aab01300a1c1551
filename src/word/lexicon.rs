//! A lexicon and the maximum-probability segmentation over it (a unigram model).
//!
//! A [`Lexicon`] is immutable and shared; a [`Worker`] is cheap and keeps its buffers.

use std::ops::Range;

use daachorse::CharwiseDoubleArrayAhoCorasick;
use daachorse::charwise::CharwiseDoubleArrayAhoCorasickBuilder;

use crate::error::{Error, Result};
use crate::text::{Piece, Splitter, TextOptions, Unit};

/// What a unit costs that is in no word, as a logarithm (nlp-zero's null score).
const NULL_SCORE: f64 = -100.0;
/// No unit begins at this byte.
const NOWHERE: u32 = u32::MAX;

/// Words with their probabilities, ready to cut text.
pub struct Lexicon {
    automaton: Option<CharwiseDoubleArrayAhoCorasick<u32>>,
    logs: Vec<f64>,
    splitter: Splitter,
    separator: &'static str,
}

/// A stretch of a sentence, in bytes. Tokens tile the sentence: nothing is left out.
pub type Token = Range<usize>;

impl Lexicon {
    /// Makes a lexicon of words with counts. Words are spelled as the corpus that `options`
    /// describes spells its symbols; in a corpus of words, the units of an entry are separated by
    /// one blank. Entries that occur twice add up, empty ones and those of count 0 are left out.
    ///
    /// # Errors
    /// [`Error::Input`] when there are more words than an automaton can hold.
    pub fn new(
        words: impl IntoIterator<Item = (String, u64)>,
        options: &TextOptions,
    ) -> Result<Self> {
        let mut words: Vec<(String, u64)> =
            words.into_iter().filter(|(word, count)| !word.is_empty() && *count > 0).collect();
        words.sort();
        words.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        let total = (words.iter().map(|(_, count)| count).sum::<u64>() as f64).ln();
        let logs = words.iter().map(|&(_, count)| (count as f64).ln() - total).collect();
        let automaton = if words.is_empty() {
            None
        } else {
            let built = CharwiseDoubleArrayAhoCorasickBuilder::new()
                .build(words.iter().map(|(word, _)| word));
            Some(built.map_err(|cause| {
                Error::input("the lexicon cannot be built").because(cause.to_string())
            })?)
        };
        let separator = if options.unit == Unit::Char { "" } else { " " };
        Ok(Lexicon { automaton, logs, splitter: Splitter::new(options), separator })
    }

    /// How many words it has.
    pub fn len(&self) -> usize {
        self.logs.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.logs.is_empty()
    }

    /// Something to cut sentences with; one a thread.
    pub fn worker(&self) -> Worker<'_> {
        Worker { lexicon: self, text: String::new(), starts: Vec::new(), best: Vec::new() }
    }
}

/// Cuts sentences, one after the other.
pub struct Worker<'l> {
    lexicon: &'l Lexicon,
    /// The run at hand as its symbols spell it.
    text: String,
    /// By byte of `text`, which unit begins there.
    starts: Vec<u32>,
    /// The best score up to each unit, and where its last word begins.
    best: Vec<(f64, u32)>,
}

impl Worker<'_> {
    /// Cuts a sentence into the words of the most probable path; what is in no word stands alone,
    /// unit by unit, and what is no text character by character. Ties go to the longer last word.
    pub fn segment(&mut self, sentence: &str, tokens: &mut Vec<Token>) {
        tokens.clear();
        let mut pieces = self.lexicon.splitter.pieces(sentence);
        pieces.retain(|piece| piece.boundary || piece.is_unit());
        let mut at = 0;
        while at < pieces.len() {
            if pieces[at].boundary {
                tokens.push(pieces[at].start..pieces[at].end);
                at += 1;
                continue;
            }
            let end = pieces[at..].iter().position(|piece| piece.boundary);
            let end = end.map_or(pieces.len(), |length| at + length);
            self.cut(&pieces[at..end], tokens);
            at = end;
        }
        // Units that a normal form has made out of one character lie on top of each other.
        tokens.retain(|token| !token.is_empty());
        self.fill_gaps(sentence, tokens);
    }

    /// Blanks between words belong to no piece; they become tokens, so that all of the text is
    /// there.
    fn fill_gaps(&self, sentence: &str, tokens: &mut Vec<Token>) {
        let mut end = 0;
        let mut gaps = Vec::new();
        for (place, token) in tokens.iter().enumerate() {
            if token.start > end {
                gaps.push((place, end..token.start));
            }
            end = token.end;
        }
        if end < sentence.len() {
            gaps.push((tokens.len(), end..sentence.len()));
        }
        for (place, gap) in gaps.into_iter().rev() {
            tokens.insert(place, gap);
        }
    }

    fn cut(&mut self, pieces: &[Piece<'_>], tokens: &mut Vec<Token>) {
        self.spell(pieces);
        self.best.clear();
        self.best.resize(pieces.len() + 1, (f64::NEG_INFINITY, 0));
        self.best[0].0 = 0.0;
        let mut reached = 0;
        if let Some(automaton) = &self.lexicon.automaton {
            for found in automaton.find_overlapping_iter(&self.text) {
                let (from, to) = (self.starts[found.start()], self.unit_end(found.end()));
                let (Some(to), true) = (to, from != NOWHERE) else { continue };
                // Matches come by their ends: whatever ends before is settled once this is.
                Self::relax_units(&mut self.best, &mut reached, from as usize);
                let log = self.lexicon.logs[found.value() as usize];
                let score = self.best[from as usize].0 + log;
                if score > self.best[to].0 {
                    self.best[to] = (score, from);
                }
            }
        }
        Self::relax_units(&mut self.best, &mut reached, pieces.len());
        let first = tokens.len();
        let mut end = pieces.len();
        while end > 0 {
            let start = self.best[end].1 as usize;
            tokens.push(pieces[start].start..pieces[end - 1].end);
            end = start;
        }
        tokens[first..].reverse();
    }

    /// Settles the positions up to `until`: each may be reached by a single unit as well.
    fn relax_units(best: &mut [(f64, u32)], reached: &mut usize, until: usize) {
        while *reached < until {
            let alone = best[*reached].0 + NULL_SCORE;
            if alone > best[*reached + 1].0 {
                best[*reached + 1] = (alone, u32::try_from(*reached).unwrap_or(NOWHERE));
            }
            *reached += 1;
        }
    }

    /// Writes the run as its symbols spell it and notes where each unit begins.
    fn spell(&mut self, pieces: &[Piece<'_>]) {
        self.text.clear();
        self.starts.clear();
        for (number, piece) in pieces.iter().enumerate() {
            if number > 0 {
                self.text.push_str(self.lexicon.separator);
            }
            self.starts.resize(self.text.len(), NOWHERE);
            self.starts.push(u32::try_from(number).unwrap_or(NOWHERE));
            self.text.push_str(&piece.text);
        }
        self.starts.resize(self.text.len(), NOWHERE);
        self.starts.push(u32::try_from(pieces.len()).unwrap_or(NOWHERE));
    }

    /// Which unit a match that ends at this byte ends with, if it does not end within one.
    fn unit_end(&self, byte: usize) -> Option<usize> {
        let next = if byte == self.text.len() { byte } else { byte + self.lexicon.separator.len() };
        let unit = *self.starts.get(next)?;
        (unit != NOWHERE && unit > 0).then_some(unit as usize)
    }
}
