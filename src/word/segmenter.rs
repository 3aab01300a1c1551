//! Sentences cut into words, by a lexicon or by the scores of a method.
//!
//! A [`Segmenter`] is immutable and shared; a [`Worker`] is cheap and keeps its buffers. What is
//! never cut stands in `wholes`.

use std::ops::Range;
use std::sync::Arc;

use super::joining::join;
use super::lexicon::{Lexicon, LexiconPath};
use super::model::Model;
use super::path::{Path, Scores};
use super::units::{Codes, SIGN, Units};
use super::wholes::Kept;
use crate::control::on_threads;
use crate::index::{CharacterTable, Dictionary};
use crate::text::{Splitter, TextOptions};

/// A stretch of a sentence, in bytes. Tokens tile the sentence: nothing is left out.
pub type Token = Range<usize>;

/// Something that cuts sentences.
pub struct Segmenter {
    splitter: Splitter,
    /// What stays whole.
    kept: Kept,
    /// Whether letters and digits that were cut apart are put together again.
    joins: bool,
    cutter: Cutter,
}

enum Cutter {
    Lexicon(Arc<Lexicon>),
    Model { dictionary: Arc<Dictionary>, model: Arc<dyn Model> },
}

impl Codes for Dictionary {
    #[inline(always)]
    fn characters(&self) -> &CharacterTable {
        self.characters()
    }

    fn run(&self, text: &str) -> u32 {
        self.find(text).unwrap_or(0)
    }
}

impl Segmenter {
    /// Cuts by the words of a lexicon; `options` are those of the corpus whose units they have.
    pub fn by_lexicon(lexicon: Arc<Lexicon>, options: &TextOptions) -> Self {
        Segmenter::new(options, Cutter::Lexicon(lexicon))
    }

    /// Cuts by the scores of a model over the symbols of a dictionary.
    pub fn by_model(
        model: Arc<dyn Model>,
        dictionary: Arc<Dictionary>,
        options: &TextOptions,
    ) -> Self {
        Segmenter::new(options, Cutter::Model { dictionary, model })
    }

    fn new(options: &TextOptions, cutter: Cutter) -> Self {
        let kept = Kept::of(options);
        Segmenter { splitter: Splitter::new(options), kept, joins: false, cutter }
    }

    /// The same, putting letters and digits together again that it cuts apart, or not: `iP`,
    /// `hone` and `4` become one token, as with the tokenizer of nlp-zero.
    #[must_use]
    pub fn joining(self, joins: bool) -> Self {
        Segmenter { joins, ..self }
    }

    /// Cuts the lines of a text, on several threads: its lines with a blank after each token but
    /// the last, blanks of the text left out; in parts, to be put one after the other.
    pub fn lines(&self, text: &str, threads: usize) -> Vec<Vec<u8>> {
        let mut parts = Vec::new();
        let mut rest = text;
        for left in (1..=threads.max(1)).rev() {
            let wanted = rest.len() / left;
            let end = rest.as_bytes()[wanted.saturating_sub(1).min(rest.len())..]
                .iter()
                .position(|&byte| byte == b'\n')
                .map_or(rest.len(), |end| wanted.saturating_sub(1) + end + 1);
            let (part, after) = rest.split_at(end);
            parts.push(part);
            rest = after;
        }
        on_threads(parts, |part| self.part(part))
    }

    fn part(&self, text: &str) -> Vec<u8> {
        let mut out = Vec::with_capacity(text.len() + text.len() / 2);
        let mut worker = self.worker();
        let mut tokens = Vec::new();
        let mut first = 0;
        for part in text.split_inclusive('\n') {
            let line = part
                .strip_suffix('\n')
                .map_or(part, |line| line.strip_suffix('\r').unwrap_or(line));
            worker.segment(line, &mut tokens);
            // A blank after each token is as much as the line again, at most.
            let start = out.len();
            let mut at = start;
            out.resize(start + 2 * line.len() + 1, b' ');
            for token in tokens.iter().filter(|token| !is_blank(&line[token.start..token.end])) {
                copy(&mut out, at, text.as_bytes(), first + token.start..first + token.end);
                at += token.len();
                out[at] = b' ';
                at += 1;
            }
            // In place of the last blank.
            out.truncate(start.max(at.saturating_sub(1)));
            out.push(b'\n');
            first += part.len();
        }
        out
    }

    /// Something to cut sentences with; one a thread.
    pub fn worker(&self) -> Worker<'_> {
        Worker {
            segmenter: self,
            units: Units::default(),
            ends: Vec::new(),
            lexicon: LexiconPath::default(),
            runs: RunPath::default(),
        }
    }
}

/// Cuts sentences, one after the other.
pub struct Worker<'s> {
    segmenter: &'s Segmenter,
    units: Units,
    /// The ends of the words, in units.
    ends: Vec<u32>,
    lexicon: LexiconPath,
    runs: RunPath,
}

impl Worker<'_> {
    /// Cuts a sentence; what is no text is a token character by character, save that a repeated
    /// dash or dot is one.
    pub fn segment(&mut self, sentence: &str, tokens: &mut Vec<Token>) {
        let Segmenter { splitter, kept, joins, cutter } = self.segmenter;
        match cutter {
            Cutter::Lexicon(lexicon) => {
                self.units.fill(sentence, splitter, &**lexicon, *kept);
                self.lexicon.cut(lexicon, &self.units.codes, &mut self.ends);
            }
            Cutter::Model { dictionary, model } => {
                self.units.fill(sentence, splitter, &**dictionary, *kept);
                self.runs.cut(&**model, &self.units.codes, &mut self.ends);
            }
        }
        self.tokens(sentence, tokens);
        if *joins {
            join(sentence, tokens);
        }
    }

    /// The stretches of a sentence from one boundary to the next, each of which is cut as if it
    /// stood by itself. False where that is not to be seen without cutting.
    pub fn stretches(&mut self, sentence: &str, stretches: &mut Vec<Range<usize>>) -> bool {
        let Segmenter { splitter, kept, .. } = self.segmenter;
        stretches.clear();
        !self.units.has_wholes(sentence, *kept)
            && splitter.stretches(sentence, |stretch| stretches.push(stretch))
    }

    /// The words as stretches of the sentence, and what lies between them.
    fn tokens(&self, sentence: &str, tokens: &mut Vec<Token>) {
        tokens.clear();
        let (mut first, mut at) = (0, 0);
        for &end in &self.ends {
            let word = &self.units.places[first..end as usize];
            first = end as usize;
            let (Some(begins), Some(ends)) = (word.first(), word.last()) else { continue };
            let (start, end) = (begins.start as usize, ends.end as usize);
            // Blanks between words belong to no unit.
            if start > at {
                tokens.push(at..start);
            }
            // Units that a normal form has made out of one character lie on top of each other.
            if end > start {
                tokens.push(start..end);
                at = end;
            }
        }
        if at < sentence.len() {
            tokens.push(at..sentence.len());
        }
    }
}

/// Finds the best path of a model through each run between two signs; keeps its buffers.
#[derive(Default)]
struct RunPath {
    path: Path,
    scores: Scores,
    lengths: Vec<usize>,
}

impl RunPath {
    fn cut(&mut self, model: &dyn Model, codes: &[u32], ends: &mut Vec<u32>) {
        ends.clear();
        let mut end = 0;
        for run in codes.split_inclusive(|&code| code == SIGN) {
            let (run, sign) = match run.split_last() {
                Some((&SIGN, run)) => (run, true),
                _ => (run, false),
            };
            if !run.is_empty() {
                model.score(run, &mut self.scores);
                self.path.best(&self.scores, &mut self.lengths);
                for &length in &self.lengths {
                    end += u32::try_from(length).unwrap_or(0);
                    ends.push(end);
                }
            }
            if sign {
                end += 1;
                ends.push(end);
            }
        }
    }
}

/// How many bytes are copied at once: most words have fewer.
const CHUNK: usize = 16;

/// Copies a stretch of a text. More than the stretch is overwritten where there is room.
#[inline(always)]
fn copy(out: &mut [u8], at: usize, text: &[u8], stretch: Range<usize>) {
    let chunk = (text.get(stretch.start..stretch.start + CHUNK), out.get_mut(at..at + CHUNK));
    match chunk {
        (Some(from), Some(to)) if stretch.len() <= CHUNK => to.copy_from_slice(from),
        _ => out[at..at + stretch.len()].copy_from_slice(&text[stretch]),
    }
}

/// Whether a token is nothing but white space.
fn is_blank(token: &str) -> bool {
    token.chars().all(char::is_whitespace)
}
