//! The folding of `minent`: candidates that their own parts explain give their counts to them.
//!
//! Candidates stand in a trie with suffix links, as of Aho and Corasick. Within a candidate every
//! prefix of it is in the trie, so that the words that end at any place of it are found by going up
//! from its end and along the links, without looking for anything.

use regex::Regex;
use rustc_hash::FxHashMap;

use crate::error::{Error, Result};
use crate::index::{CorpusView, Cut, Piece};
use crate::measure::Logarithms;

/// What a unit costs that is no word, as a logarithm.
const NULL_SCORE: f64 = -100.0;
const NO_WORD: u32 = u32::MAX;

/// What may become a word: the longest first, those of equal length in the order of the text.
pub(super) struct Candidates<'c> {
    pub cut: &'c Cut,
    pub pieces: Vec<Piece>,
}

/// A candidate while words are being folded.
pub(super) struct Entry {
    /// 0 once it is folded into its parts.
    pub count: u64,
    log: f64,
    /// How much more frequent it is than its parts explain.
    pub score: Option<f64>,
    length: u32,
}

/// What is special about a unit when chunks are cut.
#[derive(Clone, Copy, Default)]
struct Traits {
    /// A mark at which nlp-zero always cuts.
    alone: bool,
    /// Letters, digits and points only.
    joins: bool,
    /// Ends in an ASCII letter or digit, so that what joins is drawn to it.
    draws: bool,
}

/// A prefix of a candidate.
#[derive(Clone, Copy)]
struct Node {
    /// Without its last unit; 0 is empty.
    prefix: u32,
    /// The longest other suffix of it that is in the trie.
    suffix: u32,
    /// The candidate that it is.
    word: u32,
    /// The longest other suffix of it that is a candidate.
    shorter: u32,
}

pub(super) struct Folding<'c> {
    candidates: &'c Candidates<'c>,
    logarithms: &'c Logarithms,
    /// Of each candidate.
    pub entries: Vec<Entry>,
    trie: Trie,
    /// Of each candidate, where it is in the trie.
    nodes: Vec<u32>,
    /// By symbol, where it is in a candidate.
    traits: Vec<Option<Traits>>,
    total: u64,
    path: Vec<u32>,
    best: Vec<Best>,
    parts: Vec<Part>,
}

/// The best score up to a position, where the last part of it begins, and which word that is.
#[derive(Clone, Copy)]
struct Best {
    score: f64,
    start: usize,
    word: u32,
}

/// A part of a candidate that is cut, and the word that it is.
struct Part {
    place: std::ops::Range<usize>,
    word: u32,
}

impl<'c> Folding<'c> {
    /// Makes ready to fold candidates one after the other.
    ///
    /// # Errors
    /// None that a user could cause.
    pub(super) fn new(
        candidates: &'c Candidates<'c>,
        view: &CorpusView<'_>,
        logarithms: &'c Logarithms,
    ) -> Result<Self> {
        let joining = Regex::new(r"\A[a-zA-Z\d.]+\z")
            .map_err(|cause| Error::internal("a pattern of ours").because(cause))?;
        let mut traits = vec![None; view.dictionary().end() as usize];
        let (mut entries, mut total) = (Vec::with_capacity(candidates.pieces.len()), 0);
        for piece in &candidates.pieces {
            for &symbol in candidates.cut.symbols(piece) {
                traits[symbol as usize].get_or_insert_with(|| {
                    let text = view.dictionary().text(symbol);
                    Traits {
                        alone: ["。", "，", "、", "！", "？", " "].contains(&text),
                        joins: joining.is_match(text),
                        draws: text.ends_with(|last: char| last.is_ascii_alphanumeric()),
                    }
                });
            }
            let (count, log) = (piece.count, logarithms.of(piece.count));
            let length = u32::try_from(piece.len()).unwrap_or(u32::MAX);
            entries.push(Entry { count, log, score: None, length });
            total += count;
        }
        let (trie, nodes) = Trie::new(candidates, &traits);
        let (path, best, parts) = (Vec::new(), Vec::new(), Vec::new());
        Ok(Folding { candidates, logarithms, entries, trie, nodes, traits, total, path, best, parts })
    }

    /// Cuts a candidate as if it were no word, and folds it unless it is much more frequent than
    /// its parts explain.
    pub(super) fn fold(&mut self, number: usize) {
        let length = self.candidates.pieces[number].len();
        if length == 1 {
            return;
        }
        let total = (self.total as f64).ln();
        let Entry { count, log, .. } = self.entries[number];
        self.entries[number].count = 0;
        self.cut(number, total);
        let mut score = log - total;
        let mut words = 0;
        for part in &self.parts {
            let log = self.entries.get(part.word as usize).map_or(NULL_SCORE, |entry| entry.log);
            score -= log - total;
            words += u64::from(part.word != NO_WORD);
        }
        if score < (length - 1) as f64 && words == self.parts.len() as u64 {
            self.total = self.total - count + count * words;
            for part in &self.parts {
                let entry = &mut self.entries[part.word as usize];
                entry.count += count;
                entry.log = self.logarithms.of(entry.count);
            }
        } else {
            self.entries[number].count = count;
            self.entries[number].score = Some(score);
        }
    }

    /// The maximum-probability path over the words that are left; ties go to the longer last word.
    fn cut(&mut self, number: usize, total: f64) {
        let piece = &self.candidates.pieces[number];
        self.path.clear();
        let mut node = self.nodes[number];
        while node != 0 {
            self.path.push(node);
            node = self.trie.nodes[node as usize].prefix;
        }
        self.path.reverse();
        self.best.clear();
        // Where nlp-zero begins, so that sums that are nearly equal are rounded as there.
        self.best.push(Best { score: 1.0, start: 0, word: NO_WORD });
        for (start, &node) in self.path.iter().enumerate() {
            let end = start + 1;
            let none = Best { score: f64::NEG_INFINITY, start, word: NO_WORD };
            let mut best = none;
            let mut node = self.trie.nodes[node as usize];
            loop {
                if let Some(entry) = self.entries.get(node.word as usize)
                    && entry.count > 0
                {
                    let start = end - entry.length as usize;
                    let score = self.best[start].score + (entry.log - total);
                    if score > best.score {
                        best = Best { score, start, word: node.word };
                    }
                }
                if node.shorter == 0 {
                    break;
                }
                node = self.trie.nodes[node.shorter as usize];
            }
            // Only where no word ends here, however bad the path to it, as in nlp-zero.
            if best.word == NO_WORD {
                best = Best { score: self.best[start].score + NULL_SCORE, ..none };
            }
            self.best.push(best);
        }
        self.parts.clear();
        let mut end = self.path.len();
        while end > 0 {
            let Best { start, word, .. } = self.best[end];
            self.parts.push(Part { place: start..end, word });
            end = start;
        }
        self.parts.reverse();
        let cut = self.candidates.cut;
        self.join(cut.symbols(piece), cut.pairs(piece));
    }

    /// Puts letters and digits that were cut apart together again.
    fn join(&mut self, symbols: &[u32], pairs: &[u32]) {
        let traits = |at: usize| self.traits[symbols[at] as usize].unwrap_or_default();
        let mut kept: usize = 0;
        let mut drawing = false;
        for at in 0..self.parts.len() {
            let Part { place, word } = &self.parts[at];
            let (place, word) = (place.clone(), *word);
            let draws = traits(place.end - 1).draws;
            let joins = drawing && draws && place.clone().all(|at| traits(at).joins);
            match kept.checked_sub(1) {
                Some(last) if joins => {
                    let joined = self.parts[last].place.start..place.end;
                    let word = self.trie.find(&symbols[joined.clone()], &pairs[joined.start..]);
                    let is_left = |entry: &&Entry| entry.count > 0;
                    let is_left = self.entries.get(word as usize).filter(is_left).is_some();
                    let word = if is_left { word } else { NO_WORD };
                    self.parts[last] = Part { place: joined, word };
                }
                _ => {
                    // After a failed join the next part starts anew, as in nlp-zero.
                    drawing = draws && !drawing;
                    self.parts[kept] = Part { place, word };
                    kept += 1;
                }
            }
        }
        self.parts.truncate(kept);
    }
}

/// The candidates by their units.
struct Trie {
    nodes: Vec<Node>,
    /// By symbol, its node; 0 where none begins with it.
    units: Vec<u32>,
    /// By the number of a pair, its node.
    pairs: Vec<u32>,
    /// Further down: (node, symbol) to node.
    deeper: FxHashMap<u64, u32>,
}

/// A step in the trie as a key.
fn edge(node: u32, symbol: u32) -> u64 {
    u64::from(node) << 32 | u64::from(symbol)
}

impl Trie {
    /// The trie, and the node of each candidate. Candidates of more than one unit, one of which
    /// stands alone, are there, but are not found as words.
    fn new(candidates: &Candidates<'_>, traits: &[Option<Traits>]) -> (Trie, Vec<u32>) {
        let Candidates { cut, pieces } = candidates;
        let alone = |&symbol: &u32| traits[symbol as usize].is_some_and(|traits| traits.alone);
        let root = Node { prefix: 0, suffix: 0, word: NO_WORD, shorter: 0 };
        let (nodes, deeper) = (vec![root], FxHashMap::default());
        let pairs = vec![0; cut.strong.len()];
        let mut trie = Trie { nodes, units: vec![0; traits.len()], pairs, deeper };
        let mut at = vec![0; pieces.len()];
        // Level by level, so that all suffixes are there before what ends in them.
        let mut left = pieces.len();
        let mut depth = 0;
        while left > 0 {
            for (number, (piece, node)) in pieces[..left].iter().zip(&mut at).enumerate() {
                let symbols = cut.symbols(piece);
                *node = trie.step(*node, &symbols[..=depth], cut.pairs(piece));
                if symbols.len() == depth + 1 && (depth == 0 || !symbols.iter().any(alone)) {
                    trie.nodes[*node as usize].word = u32::try_from(number).unwrap_or(NO_WORD);
                }
            }
            depth += 1;
            left = pieces[..left].partition_point(|piece| piece.len() > depth);
        }
        trie.link();
        (trie, at)
    }

    /// The node of some symbols, made if there is none; `node` is that of all but the last.
    fn step(&mut self, node: u32, symbols: &[u32], pairs: &[u32]) -> u32 {
        let (depth, last) = (symbols.len() - 1, symbols[symbols.len() - 1]);
        let next = u32::try_from(self.nodes.len()).unwrap_or(NO_WORD);
        let place = match depth {
            0 => &mut self.units[last as usize],
            1 => &mut self.pairs[pairs[0] as usize],
            _ => self.deeper.entry(edge(node, last)).or_insert(0),
        };
        if *place != 0 {
            return *place;
        }
        *place = next;
        let suffix = match depth {
            0 => 0,
            _ => self.suffix(node, last, symbols[depth - 1], pairs[depth - 1]),
        };
        self.nodes.push(Node { prefix: node, suffix, word: NO_WORD, shorter: 0 });
        next
    }

    /// The longest suffix in the trie of a node extended by `last`; the node ends in `before`, and
    /// `pair` is the two.
    fn suffix(&self, node: u32, last: u32, before: u32, pair: u32) -> u32 {
        let mut shorter = self.nodes[node as usize].suffix;
        let unit = self.units[before as usize];
        while shorter != 0 {
            let found = if shorter == unit {
                self.pairs[pair as usize]
            } else {
                self.deeper.get(&edge(shorter, last)).copied().unwrap_or(0)
            };
            if found != 0 {
                return found;
            }
            shorter = self.nodes[shorter as usize].suffix;
        }
        self.units[last as usize]
    }

    /// Links each node to the longest candidate that it ends in.
    fn link(&mut self) {
        for number in 1..self.nodes.len() {
            let suffix = self.nodes[number].suffix;
            let Node { word, shorter, .. } = self.nodes[suffix as usize];
            self.nodes[number].shorter = if word == NO_WORD { shorter } else { suffix };
        }
    }

    /// The candidate of some symbols.
    fn find(&self, symbols: &[u32], pairs: &[u32]) -> u32 {
        let mut node = 0;
        for (depth, &symbol) in symbols.iter().enumerate() {
            let next = match depth {
                0 => self.units.get(symbol as usize),
                1 => self.pairs.get(pairs[0] as usize),
                _ => self.deeper.get(&edge(node, symbol)),
            };
            match next {
                Some(&next) if next != 0 => node = next,
                _ => return NO_WORD,
            }
        }
        self.nodes[node as usize].word
    }
}
