//! Which pieces stand where in the candidates of `minent`. That is the same whatever has been
//! folded, so that another thread can find it out ahead.

use std::ops::Range;

use crate::index::{Cut, Dictionary, Filter, Key, Piece};
use crate::word::{draws, joins};

/// Stretches of up to so many units are looked for without asking whether a candidate begins so.
const SHORT: usize = 4;
/// How many candidates before its turn one is asked for; nothing is in a cache by itself.
const AHEAD: usize = 16;
/// Stretches of a candidate that are asked for, at most.
const ASKED: usize = 6;
/// Bits of the filter for each candidate that is longer.
const FILTER_BITS: usize = 16;

/// Edges that a candidate has, more than most.
const EDGES: usize = 6;

/// What is special about a unit when chunks are cut.
#[derive(Clone, Copy, Default)]
pub(super) struct Traits {
    /// A mark at which nlp-zero always cuts.
    alone: bool,
    /// As of [`joins`].
    pub(super) joins: bool,
    /// As of [`draws`].
    pub(super) draws: bool,
}

impl Traits {
    fn of(text: &str) -> Self {
        let alone = ["。", "，", "、", "！", "？", " "].contains(&text);
        Traits { alone, joins: joins(text), draws: draws(text) }
    }
}

/// Finds the lattices of candidates.
pub(super) struct Lattices<'c> {
    cut: &'c Cut,
    /// What longer candidates begin with: most stretches of a candidate begin no other one.
    prefixes: Filter,
    /// By symbol.
    traits: Vec<Traits>,
}

/// A piece that stands in a candidate and may be a word: where it does, and its number.
#[derive(Clone, Copy)]
pub(super) struct Edge {
    pub(super) start: u32,
    pub(super) end: u32,
    pub(super) word: u32,
}

/// The lattices of some candidates, one after the other. The edges of each ascend by where they
/// start and end; one of a unit is there for every place. The candidate itself is none of them.
#[derive(Default)]
pub(super) struct Batch {
    edges: Vec<Edge>,
    /// By candidate, where its edges end, and whether some of its units draw others.
    ends: Vec<(usize, bool)>,
}

impl<'c> Lattices<'c> {
    /// Of candidates that are pieces of `cut`, the longest first.
    pub(super) fn new(cut: &'c Cut, dictionary: &Dictionary, candidates: &[Piece]) -> Self {
        let texts = (0..dictionary.end()).map(|symbol| dictionary.text(symbol));
        let traits = texts.map(Traits::of).collect();
        let long = candidates.partition_point(|piece| piece.len() > SHORT);
        let mut prefixes = Filter::new(long, FILTER_BITS);
        for piece in &candidates[..long] {
            if !cut.stands_alone(piece) {
                let (first, rest) = cut.symbols(piece).split_at(SHORT);
                rest.iter().fold(Key::of(first), |key, &symbol| {
                    let key = key.and(symbol);
                    prefixes.add(key);
                    key
                });
            }
        }
        Lattices { cut, prefixes, traits }
    }

    /// The lattices of the candidates of a range.
    pub(super) fn of(&self, candidates: &[Piece], range: Range<usize>) -> Batch {
        let mut batch = Batch::default();
        batch.edges.reserve(range.len() * EDGES);
        for candidate in range {
            if let Some(piece) = candidates.get(candidate + AHEAD) {
                self.cut.ask(piece);
            }
            if let Some(piece) = candidates.get(candidate + AHEAD / 2) {
                self.ask(piece);
            }
            let draws = self.edges(&candidates[candidate], &mut batch.edges);
            batch.ends.push((batch.edges.len(), draws));
        }
        batch
    }

    /// Asks for what is known of the stretches of a candidate.
    #[inline]
    fn ask(&self, piece: &Piece) {
        let symbols = self.cut.symbols(piece);
        if symbols.len() > 3 {
            for (three, end) in symbols.windows(3).zip(3..).take(ASKED) {
                if !self.cut.is_alone(piece, end) {
                    self.cut.ask_longer(Key::of(three));
                }
            }
        }
    }

    /// Adds the edges of a candidate, and says whether some of its units draw others.
    fn edges(&self, piece: &Piece, edges: &mut Vec<Edge>) -> bool {
        let symbols = self.cut.symbols(piece);
        let mut draws = false;
        // A unit has no parts.
        let length = if symbols.len() == 1 { 0 } else { symbols.len() };
        for (&first, start) in symbols[..length].iter().zip(0..) {
            let mut add = |end: usize, word: u32| {
                let end = u32::try_from(end).unwrap_or(u32::MAX);
                edges.push(Edge { start, end, word });
            };
            let from = start as usize;
            add(from + 1, self.cut.unit(first));
            let traits = self.traits[first as usize];
            draws |= traits.draws;
            if traits.alone {
                continue;
            }
            let mut key = Key::default().and(first);
            for end in from + 2..=length {
                let symbol = symbols[end - 1];
                if end - from == length || self.traits[symbol as usize].alone {
                    break;
                }
                key = key.and(symbol);
                if end - from == 2 {
                    add(end, self.cut.pair(piece, end));
                    continue;
                }
                let goes_on = end - from <= SHORT || self.prefixes.may_have(key);
                if !goes_on || self.cut.is_alone(piece, end) {
                    break;
                }
                if let Some(word) = self.cut.longer(key, piece, from..end) {
                    add(end, word);
                }
            }
        }
        draws
    }

    /// What is special about the units of a candidate.
    pub(super) fn traits(&self, piece: &Piece) -> impl Fn(usize) -> Traits {
        let symbols = self.cut.symbols(piece);
        |at| self.traits[symbols[at] as usize]
    }

    /// The number of a stretch of a candidate, if it may be a word.
    pub(super) fn number(&self, piece: &Piece, place: Range<usize>) -> Option<u32> {
        let symbols = &self.cut.symbols(piece)[place.clone()];
        match symbols {
            [symbol] => Some(self.cut.unit(*symbol)),
            [_, _] => Some(self.cut.pair(piece, place.end)),
            _ => self.cut.longer(Key::of(symbols), piece, place),
        }
    }
}

impl Batch {
    /// All edges.
    pub(super) fn edges(&self) -> &[Edge] {
        &self.edges
    }

    /// By candidate, where its edges are, and whether some of its units draw others.
    pub(super) fn candidates(&self) -> impl Iterator<Item = (Range<usize>, bool)> {
        let mut start = 0;
        self.ends.iter().map(move |&(end, draws)| (std::mem::replace(&mut start, end)..end, draws))
    }
}
