//! `minent`: the word finder of nlp-zero (Su Jianlin 2018, "minimum entropy principle").
//!
//! Pairs of units that do not attract each other are cut, the chunks between the cuts are counted,
//! and chunks that their own parts explain are folded into those parts, the longest first.
//! Everything comes from stored tables; the text is not read again for another threshold.
//!
//! Chunks of equal length are folded in the order in which the text brought them, as nlp-zero does:
//! folding one changes the counts of its parts, and so what becomes of the next. The stored chunks
//! are in that order, and cutting them further keeps it.

use regex::Regex;
use rustc_hash::{FxBuildHasher, FxHashMap};

use super::method::{Evidence, Method, Request, Word};
use crate::error::{Error, Result};
use crate::index::{Chunks, CorpusView, Pairs, Thresholds};
use crate::mine::{ParameterKind, ParameterRow};

/// The row of the method.
pub(super) const METHOD: Method = Method {
    name: "minent",
    help: "cuts at weak pairs, counts the chunks, folds what its parts explain",
    score: "ln p(word) − Σ ln p(part) over its best parts, in nats; at least n − 1 for a word; a \
            part that is no word adds 100",
    paper: "Su Jianlin 2018, https://kexue.fm/archives/5476 and nlp-zero 0.1.6",
    parameters: &[
        ParameterRow {
            name: "min_proba",
            kind: ParameterKind::Real,
            default: "1e-7",
            help: "a pair, and a word, is more frequent than this share of all",
        },
        ParameterRow {
            name: "min_pmi",
            kind: ParameterKind::Real,
            default: "1",
            help: "a pair holds together when ln p(ab) − ln p(a) − ln p(b) is above this, \
                   in nats",
        },
        ParameterRow {
            name: "min_count",
            kind: ParameterKind::Count,
            default: "1",
            help: "a word is seen at least so often before folding; min_proba alone lets \
                   everything through in a small corpus",
        },
    ],
    measures: &["pair_pmi"],
    find,
    model: None,
    why,
};

/// What a unit costs that is no word, as a logarithm.
const NULL_SCORE: f64 = -100.0;
/// How many words are folded between two looks at the controls.
const CHECK_EVERY: usize = 1 << 12;

fn find(request: &Request<'_>) -> Result<Vec<Word>> {
    let arguments = request.arguments;
    let thresholds =
        Thresholds { min_pmi: arguments.real("min_pmi"), min_proba: arguments.real("min_proba") };
    let view = request.view;
    let (chunks, _) = view.chunks(thresholds, request.cost, request.control)?;
    let candidates = frequent(&chunks, thresholds.min_proba, arguments.count("min_count"));
    let mut folding = Folding::new(&candidates, view)?;
    for number in 0..candidates.len() {
        if number % CHECK_EVERY == 0 {
            request.control.check()?;
        }
        folding.fold(number);
    }
    let pairs = view.pairs(request.control)?;
    let total = (pairs.unit_total as f64).ln();
    let logs: Vec<f64> = pairs.units.iter().map(|&count| (count as f64).ln() - total).collect();
    let words = candidates.iter().zip(&folding.entries).filter(|(_, entry)| entry.count > 0);
    Ok(words
        .map(|((symbols, _), entry)| Word {
            symbols: symbols.to_vec(),
            count: entry.count,
            score: entry.score,
            measures: vec![weakest_pair(symbols, &pairs, &logs)],
        })
        .collect())
}

fn why(request: &Request<'_>, symbols: &[u32]) -> Result<Vec<Evidence>> {
    let arguments = request.arguments;
    let thresholds =
        Thresholds { min_pmi: arguments.real("min_pmi"), min_proba: arguments.real("min_proba") };
    let view = request.view;
    let occurs = view.counter().count(&symbols[..symbols.len().min(view.order())])?;
    let mut evidence = vec![Evidence::shown("count", Some(occurs as f64))];
    let pairs = view.pairs(request.control)?;
    let (units, total) = ((pairs.unit_total as f64).ln(), (pairs.pair_total as f64).ln());
    let unit = |symbol: u32| (*pairs.units.get(symbol as usize).unwrap_or(&0) as f64).ln() - units;
    for pair in symbols.windows(2) {
        let log = (pairs.count(pair[0], pair[1]) as f64).ln() - total;
        let pmi = Some(log - unit(pair[0]) - unit(pair[1])).filter(|pmi| pmi.is_finite());
        let (limit, name) = (thresholds.min_pmi, view.render(pair));
        let met = pmi.is_some_and(|pmi| pmi > limit);
        evidence.push(Evidence::judged(format!("pmi of {name}"), pmi, format!("> {limit}"), met));
        let limit = thresholds.min_proba;
        let (measure, share) = (format!("share of {name}"), log.exp());
        let met = share > limit;
        evidence.push(Evidence::judged(measure, Some(share), format!("> {limit}"), met));
    }
    let (chunks, _) = view.chunks(thresholds, request.cost, request.control)?;
    let chunk = chunks.iter().find(|(chunk, _)| *chunk == symbols).map_or(0, |(_, count)| count);
    let least = arguments.count("min_count").max(1);
    evidence.push(Evidence::at_least("count as a chunk", Some(chunk as f64), least as f64));
    let word = find(request)?.into_iter().find(|word| word.symbols == symbols);
    if let Some(score) = word.as_ref().and_then(|word| word.score) {
        let limit = symbols.len().saturating_sub(1) as f64;
        evidence.push(Evidence::at_least("score over its parts", Some(score), limit));
    }
    let reason = if chunk == 0 { "no chunk of the text" } else { "its parts explain it" };
    evidence.push(Evidence::verdict(word.map(|word| word.count), reason));
    Ok(evidence)
}

/// The chunks that are frequent enough, longest first, those of equal length as they came.
fn frequent(chunks: &Chunks, min_proba: f64, min_count: u64) -> Vec<(&[u32], u64)> {
    let total = (chunks.total() as f64).ln();
    let least = min_proba.ln();
    let mut frequent: Vec<(&[u32], u64)> = chunks
        .iter()
        .filter(|&(_, count)| count >= min_count && (count as f64).ln() - total > least)
        .collect();
    frequent.sort_by_key(|(symbols, _)| std::cmp::Reverse(symbols.len()));
    frequent
}

/// ln p(ab) − ln p(a) − ln p(b) of the pair that holds least; `logs` are ln p of units.
fn weakest_pair(symbols: &[u32], pairs: &Pairs, logs: &[f64]) -> Option<f64> {
    let total = (pairs.pair_total as f64).ln();
    let pmi = |pair: &[u32]| {
        let together = (pairs.count(pair[0], pair[1]) as f64).ln() - total;
        together - logs[pair[0] as usize] - logs[pair[1] as usize]
    };
    symbols.windows(2).map(pmi).min_by(f64::total_cmp)
}

/// A candidate while words are being folded.
struct Entry {
    /// 0 once it is folded into its parts.
    count: u64,
    log: f64,
    score: Option<f64>,
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

struct Folding<'c> {
    candidates: &'c [(&'c [u32], u64)],
    entries: Vec<Entry>,
    /// By symbol, its node in the trie of the candidates; 0 where none begins with it.
    units: Vec<u32>,
    /// Further down: (node, symbol) to node.
    children: FxHashMap<u64, u32>,
    /// By node, the candidate that ends there.
    ends: Vec<u32>,
    /// By symbol, where it is in a candidate.
    traits: Vec<Option<Traits>>,
    total: u64,
    best: Vec<Best>,
    parts: Vec<Part>,
}

const NO_WORD: u32 = u32::MAX;

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

/// A step in the trie as a key.
fn edge(node: u32, symbol: u32) -> u64 {
    u64::from(node) << 32 | u64::from(symbol)
}

impl<'c> Folding<'c> {
    fn new(candidates: &'c [(&'c [u32], u64)], view: &CorpusView<'_>) -> Result<Self> {
        let mut folding = Folding {
            candidates,
            entries: Vec::with_capacity(candidates.len()),
            units: vec![0; view.dictionary().end() as usize],
            children: FxHashMap::with_capacity_and_hasher(candidates.len(), FxBuildHasher),
            ends: vec![NO_WORD],
            traits: vec![None; view.dictionary().end() as usize],
            total: 0,
            best: Vec::new(),
            parts: Vec::new(),
        };
        let joining = Regex::new(r"\A[a-zA-Z\d.]+\z")
            .map_err(|cause| Error::internal("a pattern of ours").because(cause))?;
        for (number, &(symbols, count)) in candidates.iter().enumerate() {
            let mut node = 0;
            for &symbol in symbols {
                let next = u32::try_from(folding.ends.len()).unwrap_or(NO_WORD);
                let place = match node {
                    0 => &mut folding.units[symbol as usize],
                    _ => folding.children.entry(edge(node, symbol)).or_insert(0),
                };
                if *place == 0 {
                    *place = next;
                }
                node = *place;
                if node == next {
                    folding.ends.push(NO_WORD);
                }
                let text = view.dictionary().text(symbol);
                folding.traits[symbol as usize].get_or_insert_with(|| Traits {
                    alone: matches!(text, "。" | "，" | "、" | "！" | "？" | " "),
                    joins: joining.is_match(text),
                    draws: text.ends_with(|last: char| last.is_ascii_alphanumeric()),
                });
            }
            folding.ends[node as usize] = u32::try_from(number).unwrap_or(NO_WORD);
            folding.entries.push(Entry { count, log: (count as f64).ln(), score: None });
            folding.total += count;
        }
        Ok(folding)
    }

    /// Cuts a candidate as if it were no word, and folds it unless it is much more frequent than
    /// its parts explain.
    fn fold(&mut self, number: usize) {
        let (symbols, _) = self.candidates[number];
        if symbols.len() == 1 {
            return;
        }
        let total = (self.total as f64).ln();
        let Entry { count, log, .. } = self.entries[number];
        self.entries[number].count = 0;
        self.cut(symbols, total);
        let mut score = log - total;
        let mut words = Vec::with_capacity(self.parts.len());
        for part in &self.parts {
            let word = Some(part.word).filter(|&word| word != NO_WORD).map(|word| word as usize);
            score -= word.map_or(NULL_SCORE, |word| self.entries[word].log) - total;
            words.extend(word);
        }
        if score < (symbols.len() - 1) as f64 && words.len() == self.parts.len() {
            self.total = self.total - count + count * words.len() as u64;
            for word in words {
                let entry = &mut self.entries[word];
                entry.count += count;
                entry.log = (entry.count as f64).ln();
            }
        } else {
            self.entries[number].count = count;
            self.entries[number].score = Some(score);
        }
    }

    #[inline]
    fn child(&self, node: u32, symbol: u32) -> Option<u32> {
        if node == 0 {
            return self.units.get(symbol as usize).copied().filter(|&node| node != 0);
        }
        self.children.get(&edge(node, symbol)).copied()
    }

    /// The candidate of these symbols, if it is still a word.
    fn find(&self, symbols: &[u32]) -> Option<usize> {
        let mut node = 0;
        for &symbol in symbols {
            node = self.child(node, symbol)?;
        }
        let word = self.ends[node as usize];
        (word != NO_WORD && self.entries[word as usize].count > 0).then_some(word as usize)
    }

    /// The maximum-probability path over the words that are left; ties go to the longer last word.
    fn cut(&mut self, symbols: &[u32], total: f64) {
        self.best.clear();
        let none = Best { score: f64::NEG_INFINITY, start: 0, word: NO_WORD };
        self.best.resize(symbols.len() + 1, none);
        // Where nlp-zero begins, so that sums that are nearly equal are rounded as there.
        self.best[0].score = 1.0;
        let alone = |symbol: u32| self.traits[symbol as usize].is_some_and(|traits| traits.alone);
        for start in 0..symbols.len() {
            let so_far = self.best[start].score;
            let mut node = 0;
            for end in start + 1..=symbols.len() {
                let symbol = symbols[end - 1];
                if end > start + 1 && (alone(symbol) || alone(symbols[start])) {
                    break;
                }
                let Some(next) = self.child(node, symbol) else { break };
                node = next;
                let word = self.ends[node as usize];
                if word == NO_WORD || self.entries[word as usize].count == 0 {
                    continue;
                }
                let score = so_far + (self.entries[word as usize].log - total);
                if score > self.best[end].score {
                    self.best[end] = Best { score, start, word };
                }
            }
            // Only where no word ends here, however bad the path to it, as in nlp-zero.
            if self.best[start + 1].score == f64::NEG_INFINITY {
                let score = so_far + NULL_SCORE;
                self.best[start + 1] = Best { score, start, word: NO_WORD };
            }
        }
        self.parts.clear();
        let mut end = symbols.len();
        while end > 0 {
            let Best { start, word, .. } = self.best[end];
            self.parts.push(Part { place: start..end, word });
            end = start;
        }
        self.parts.reverse();
        self.join(symbols);
    }

    /// Puts letters and digits that were cut apart together again.
    fn join(&mut self, symbols: &[u32]) {
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
                    let word = self.find(&symbols[joined.clone()]);
                    let word = word.and_then(|word| u32::try_from(word).ok()).unwrap_or(NO_WORD);
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
