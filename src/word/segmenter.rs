//! Sentences cut into words, by a lexicon or by the scores of a method.
//!
//! A [`Segmenter`] is immutable and shared; a [`Worker`] is cheap and keeps its buffers. What is
//! never cut stands in `wholes`.

use std::ops::Range;
use std::sync::Arc;

use super::lexicon::{Lexicon, LexiconPath};
use super::model::Model;
use super::path::{Path, Scores};
use super::wholes::{Whole, repeats, wholes};
use crate::control::on_threads;
use crate::index::Dictionary;
use crate::text::{DIGIT_CLASS, Digits, Placed, PlacedKind, PlacedUnits, Splitter, TextOptions};

/// A stretch of a sentence, in bytes. Tokens tile the sentence: nothing is left out.
pub type Token = Range<usize>;

/// Something that cuts sentences.
pub struct Segmenter {
    splitter: Splitter,
    /// Whether numbers in Han characters are numbers like all others.
    han_numbers: bool,
    cutter: Cutter,
}

enum Cutter {
    Lexicon(Arc<Lexicon>),
    Model { dictionary: Arc<Dictionary>, model: Arc<dyn Model> },
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
        let han_numbers = options.digits == Digits::Class;
        Segmenter { splitter: Splitter::new(options), han_numbers, cutter }
    }

    /// Cuts the lines of a text, on several threads: its lines with a blank after each token but
    /// the last, blanks of the text left out; in parts, to be put one after the other.
    pub fn lines(&self, text: &str, threads: usize) -> Vec<String> {
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

    fn part(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len() + text.len() / 4);
        let mut worker = self.worker();
        let mut tokens = Vec::new();
        for line in text.lines() {
            worker.segment(line, &mut tokens);
            let start = out.len();
            for token in &tokens {
                let token = &line[token.clone()];
                if !is_blank(token) {
                    if out.len() > start {
                        out.push(' ');
                    }
                    out.push_str(token);
                }
            }
            out.push('\n');
        }
        out
    }

    /// Something to cut sentences with; one a thread.
    pub fn worker(&self) -> Worker<'_> {
        Worker {
            segmenter: self,
            placed: PlacedUnits::default(),
            wholes: Vec::new(),
            lengths: Vec::new(),
            lexicon: LexiconPath::default(),
            path: Path::default(),
            scores: Scores::default(),
            symbols: Vec::new(),
        }
    }
}

/// Units in a row with no boundary between them.
pub(super) struct UnitRun<'r> {
    placed: &'r PlacedUnits,
    units: &'r [Placed],
}

impl UnitRun<'_> {
    /// How many units there are.
    pub(super) fn len(&self) -> usize {
        self.units.len()
    }

    /// The character that a unit is, if it is one.
    #[inline(always)]
    pub(super) fn character(&self, unit: usize) -> Option<char> {
        match self.units[unit].kind {
            PlacedKind::Character(character) => Some(character),
            _ => None,
        }
    }

    /// The text of a unit that is not one character.
    pub(super) fn text(&self, unit: usize) -> &str {
        match self.units[unit].kind {
            PlacedKind::Run(from, to) => self.placed.run(from, to),
            _ => "",
        }
    }
}

/// Cuts sentences, one after the other.
pub struct Worker<'s> {
    segmenter: &'s Segmenter,
    placed: PlacedUnits,
    wholes: Vec<(Range<usize>, Whole)>,
    lengths: Vec<usize>,
    lexicon: LexiconPath,
    path: Path,
    scores: Scores,
    symbols: Vec<u32>,
}

impl Worker<'_> {
    /// Cuts a sentence; what is no text is a token character by character, save that a repeated
    /// dash or dot is one.
    pub fn segment(&mut self, sentence: &str, tokens: &mut Vec<Token>) {
        tokens.clear();
        self.segmenter.splitter.place(sentence, &mut self.placed);
        self.placed.units.retain(|unit| unit.kind != PlacedKind::Blank);
        wholes(sentence, self.segmenter.han_numbers, &mut self.wholes);
        if !self.wholes.is_empty() {
            self.join_wholes();
        }
        let mut at = 0;
        while at < self.placed.units.len() {
            let unit = self.placed.units[at];
            if unit.kind == PlacedKind::Boundary {
                push_sign(sentence, unit.start as usize..unit.end as usize, tokens);
                at += 1;
                continue;
            }
            let end = self.placed.units[at..]
                .iter()
                .position(|unit| unit.kind == PlacedKind::Boundary)
                .map_or(self.placed.units.len(), |length| at + length);
            self.cut(at..end);
            let units = &self.placed.units;
            for &length in &self.lengths {
                tokens.push(units[at].start as usize..units[at + length - 1].end as usize);
                at += length;
            }
        }
        // Units that a normal form has made out of one character lie on top of each other.
        tokens.retain(|token| !token.is_empty());
        fill_gaps(sentence, tokens);
    }

    /// Puts the lengths of the words of a run into `lengths`.
    fn cut(&mut self, range: Range<usize>) {
        let units = &self.placed.units[range];
        let run = UnitRun { placed: &self.placed, units };
        match &self.segmenter.cutter {
            Cutter::Lexicon(lexicon) => self.lexicon.cut(lexicon, &run, &mut self.lengths),
            Cutter::Model { dictionary, model } => {
                self.symbols.clear();
                self.symbols.extend((0..run.len()).map(|unit| match run.character(unit) {
                    Some(character) => dictionary.characters().get(character),
                    None => dictionary.find(run.text(unit)).unwrap_or(0),
                }));
                model.score(&self.symbols, &mut self.scores);
                self.path.best(&self.scores, &mut self.lengths);
            }
        }
    }

    /// Makes each whole one unit: a number like its first digits, anything else a boundary.
    fn join_wholes(&mut self) {
        let mut wholes = self.wholes.iter().peekable();
        let mut units = std::mem::take(&mut self.placed.units);
        let mut kept = 0;
        let mut at = 0;
        while at < units.len() {
            let unit = units[at];
            let start = unit.start as usize;
            while wholes.peek().is_some_and(|(range, _)| range.end <= start) {
                wholes.next();
            }
            at += 1;
            let mut joined = unit;
            if let Some((range, whole)) = wholes.peek()
                && range.start <= start
            {
                while at < units.len() && (units[at].start as usize) < range.end {
                    joined.end = joined.end.max(units[at].end);
                    at += 1;
                }
                match whole {
                    Whole::Address => joined.kind = PlacedKind::Boundary,
                    Whole::Number => {}
                    Whole::HanNumber => joined.kind = self.placed.keep_run(DIGIT_CLASS),
                }
            }
            units[kept] = joined;
            kept += 1;
        }
        units.truncate(kept);
        self.placed.units = units;
    }
}

/// Whether a token is nothing but white space.
fn is_blank(token: &str) -> bool {
    token.chars().all(char::is_whitespace)
}

/// Adds a token that is no text, to the one before it where both are the same dash or dot.
fn push_sign(sentence: &str, sign: Token, tokens: &mut Vec<Token>) {
    if let Some(last) = tokens.last_mut()
        && last.end == sign.start
        && let Some(character) = sentence[sign.clone()].chars().next()
        && repeats(character)
        && sentence[last.clone()].chars().all(|other| other == character)
    {
        last.end = sign.end;
        return;
    }
    tokens.push(sign);
}

/// Blanks between words belong to no unit; they become tokens, so that all of the text is there.
fn fill_gaps(sentence: &str, tokens: &mut Vec<Token>) {
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
