//! A lexicon and the maximum-probability segmentation over it (a unigram model).
//!
//! A [`Lexicon`] is immutable, is made once and is read from bytes where it was made before.

use std::hint::select_unpredictable;

use rustc_hash::FxHashMap;

use super::coded::Coded;
use super::double_array::{At, DoubleArray, NO_WORD, Walk};
use super::numbering::Numbering;
use super::own;
use super::units::{Codes, SIGN};
use crate::error::{Error, Result};
use crate::index::CharacterTable;
use crate::text::TextOptions;

/// Logarithms are whole numbers of this part of a nat: sums are exact, whatever their order.
const NAT: f64 = (1 << 20) as f64;
/// What a unit is worth that is in no word: −100 nats, nlp-zero's null score.
pub(super) const ALONE: i32 = -100 << 20;
/// The first byte of a lexicon as bytes.
const VERSION: u8 = 2;

/// Words with their probabilities, ready to cut text.
#[derive(Default)]
pub struct Lexicon {
    words: u64,
    alphabet: Alphabet,
    array: DoubleArray,
}

/// Words as numbers of their units: all that a lexicon is made of, so that what they were read from
/// can go before.
pub struct Numbered {
    words: Coded<u64>,
    own: Coded<u64>,
    /// How often each unit is in them, and the unit.
    units: Vec<(u64, String)>,
}

impl Numbered {
    /// Of words with counts; see [`Lexicon::new`].
    pub fn new(
        words: impl IntoIterator<Item = (impl AsRef<str>, u64)>,
        options: &TextOptions,
    ) -> Self {
        Numbered::with_own(words, Vec::<(String, u64)>::new(), options)
    }

    fn with_own(
        words: impl IntoIterator<Item = (impl AsRef<str>, u64)>,
        own: impl IntoIterator<Item = (impl AsRef<str>, u64)>,
        options: &TextOptions,
    ) -> Self {
        let mut numbering = Numbering::default();
        let words = numbering.all(words, options);
        let own = numbering.all(own, options);
        Numbered { words, own, units: numbering.into_units() }
    }
}

/// The units of the words and their codes, from 1 up, the frequent ones first.
#[derive(Default)]
struct Alphabet {
    units: Vec<String>,
    characters: CharacterTable,
    /// Units of several characters.
    runs: FxHashMap<String, u32>,
}

impl Alphabet {
    fn new(units: Vec<String>) -> Self {
        let mut alphabet = Alphabet { units, ..Alphabet::default() };
        for (unit, code) in alphabet.units.iter().zip(1..) {
            let mut characters = unit.chars();
            match (characters.next(), characters.next()) {
                (Some(only), None) => alphabet.characters.set(only, code),
                _ => drop(alphabet.runs.insert(unit.clone(), code)),
            }
        }
        alphabet
    }
}

impl Codes for Lexicon {
    #[inline(always)]
    fn characters(&self) -> &CharacterTable {
        &self.alphabet.characters
    }

    fn run(&self, text: &str) -> u32 {
        self.alphabet.runs.get(text).copied().unwrap_or(0)
    }
}

impl Lexicon {
    /// Makes a lexicon of words with counts. Words are spelled as the corpus that `options`
    /// describes spells its symbols, and cut into units as there; in a corpus of words, the units
    /// of an entry are separated by blanks. Entries of the same units add up; empty ones, those of
    /// count 0 and those with something in them that is no text are left out: none of them could be
    /// found.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn new(
        words: impl IntoIterator<Item = (impl AsRef<str>, u64)>,
        options: &TextOptions,
    ) -> Result<Self> {
        Lexicon::of(Numbered::new(words, options))
    }

    /// The same with words of one's own, each of them at least as probable as what the others
    /// would cut it into; what it counts may make it more.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn with_own(
        words: impl IntoIterator<Item = (impl AsRef<str>, u64)>,
        own: impl IntoIterator<Item = (impl AsRef<str>, u64)>,
        options: &TextOptions,
    ) -> Result<Self> {
        Lexicon::of(Numbered::with_own(words, own, options))
    }

    /// Makes a lexicon of words that were numbered before.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn of(numbered: Numbered) -> Result<Self> {
        let Numbered { mut words, mut own, mut units } = numbered;
        // Units of words that were left out have no place in the alphabet, nor a code.
        let mut order: Vec<usize> = (0..units.len()).filter(|&unit| units[unit].0 > 0).collect();
        order.sort_by(|&a, &b| units[b].0.cmp(&units[a].0).then(units[a].1.cmp(&units[b].1)));
        let mut codes = vec![0; units.len()];
        for (&number, code) in order.iter().zip(1..) {
            codes[number] = code;
        }
        words.recode(|unit| codes[unit as usize]);
        own.recode(|unit| codes[unit as usize]);
        let words = words.sorted(|one, other| one + other);
        let total = (words.values().iter().sum::<u64>().max(1) as f64).ln();
        let mut words = words.revalue(|count| log(count, total));
        if !own.is_empty() {
            own::add(&mut words, &own.revalue(|count| log(count, total)));
        }
        let count = words.len() as u64;
        let array = DoubleArray::new(words)?;
        let unit = |number: usize| std::mem::take(&mut units[number].1);
        let alphabet = order.into_iter().map(unit).collect();
        Ok(Lexicon { words: count, alphabet: Alphabet::new(alphabet), array })
    }

    /// Whether a lexicon can have that word at all: all of it is text.
    pub fn can_have(word: &str, options: &TextOptions) -> bool {
        !Numbering::default().all([(word, 1)], options).is_empty()
    }

    /// How many words it has.
    pub fn len(&self) -> u64 {
        self.words
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.words == 0
    }

    /// The lexicon as bytes, to be stored.
    ///
    /// ```text
    /// version    1 byte
    /// words      8 bytes, little-endian like all that follows
    /// alphabet   4 bytes how many bytes, then the units by code from 1, each ended by a line feed
    /// trie       8 bytes how many nodes, then 16 bytes each
    /// ```
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(self.words.to_le_bytes());
        let alphabet: String = self.alphabet.units.iter().map(|unit| format!("{unit}\n")).collect();
        bytes.extend(u32::try_from(alphabet.len()).unwrap_or(u32::MAX).to_le_bytes());
        bytes.extend(alphabet.as_bytes());
        self.array.write(&mut bytes);
        bytes
    }

    /// Reads the bytes of [`Self::to_bytes`].
    ///
    /// # Errors
    /// [`Error::Corrupt`] for anything else.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let damaged = || Error::corrupt("the automaton of a lexicon is damaged");
        let (&[version], rest) = bytes.split_first_chunk::<1>().ok_or_else(damaged)?;
        let (words, rest) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or_else(damaged)?;
        let length = u32::from_le_bytes(*length) as usize;
        let (alphabet, rest) = rest.split_at_checked(length).ok_or_else(damaged)?;
        if version != VERSION {
            return Err(damaged());
        }
        let alphabet = std::str::from_utf8(alphabet).map_err(|_| damaged())?;
        let alphabet = Alphabet::new(alphabet.split_terminator('\n').map(str::to_owned).collect());
        let array = DoubleArray::read(rest)?;
        Ok(Lexicon { words: u64::from_le_bytes(*words), alphabet, array })
    }
}

/// The logarithm of a share, at most of all; a share of nothing would be below all that counts can
/// be.
#[expect(clippy::cast_possible_truncation, reason = "from −45 nats to 0")]
fn log(count: u64, total: f64) -> i32 {
    (((count as f64).ln() - total) * NAT).round().min(0.0) as i32
}

/// How long words may be that are looked up in rows; there are few longer ones.
const SHORT: usize = 4;
/// The lengths of those.
const LENGTHS: [u32; SHORT] = [1, 2, 3, 4];
/// What a way is worth that does not exist.
const NO_WAY: i64 = i64::MIN / 4;

/// A string of units that words may go on from.
#[derive(Clone, Copy)]
struct Open {
    /// The unit after it.
    next: u32,
    at: At,
}

/// A word of more than [`SHORT`] units.
#[derive(Clone, Copy)]
struct Long {
    log: i32,
    units: u32,
    /// Another one that ends at the same unit.
    other: u32,
}

/// No other word.
const NONE: u32 = u32::MAX;

/// Finds best paths through sentences; keeps its buffers.
#[derive(Default)]
pub(super) struct LexiconPath {
    /// By the unit that they end with, the words of one unit, of two and so on.
    logs: Vec<[i32; SHORT]>,
    /// By the same, the first of the longer words, where there are any.
    first_long: Vec<u32>,
    long: Vec<Long>,
    open: Vec<Open>,
    /// The best score up to each unit, and how many units its last word has.
    best: Vec<i64>,
    units: Vec<u32>,
}

impl LexiconPath {
    /// Puts the ends of the words of the most probable path into `ends`, in units; what is in no
    /// word stands alone, unit by unit. Ties go to the longer last word.
    ///
    /// A sign is a unit that is in no word: all ways lead over it, so that none gains by it.
    pub(super) fn cut(&mut self, lexicon: &Lexicon, codes: &[u32], ends: &mut Vec<u32>) {
        self.look_up(lexicon.array.walk(), codes);
        self.find_best(codes.len());
        ends.clear();
        let mut end = codes.len();
        while end > 0 {
            ends.push(u32::try_from(end).unwrap_or(u32::MAX));
            end -= self.units[end - 1] as usize;
        }
        ends.reverse();
    }

    /// Finds all words, length by length: looks at memory along one word wait for each other, those
    /// of different words do not. Nothing branches on what is found, which is hard to foretell.
    fn look_up(&mut self, array: Walk<'_>, codes: &[u32]) {
        let following = |unit: usize| codes.get(unit).copied().unwrap_or(SIGN);
        self.logs.clear();
        self.logs.resize(codes.len(), [NO_WORD; SHORT]);
        self.long.clear();
        let (root, nothing) = (array.root(), Open { next: 0, at: array.root() });
        self.open.resize(codes.len(), nothing);
        let mut kept = 0;
        for (unit, (&code, logs)) in codes.iter().zip(&mut self.logs).enumerate() {
            let (there, at, log) = array.step(root, code);
            logs[0] = log.max(ALONE);
            let next = unit + 1;
            self.open[kept] = Open { next: u32::try_from(next).unwrap_or(u32::MAX), at };
            let may_go_on = there & array.may_begin(code, following(next));
            array.prefetch(at, following(next), may_go_on);
            kept += usize::from(may_go_on);
        }
        for length in 1..SHORT {
            let open = std::mem::take(&mut kept);
            for place in 0..open {
                let Open { next, at } = self.open[place];
                let unit = next as usize;
                let (there, at, log) = array.step(at, following(unit));
                if let Some(logs) = self.logs.get_mut(unit) {
                    logs[length] = log;
                }
                self.open[kept] = Open { next: next + 1, at };
                let may_go_on = there & at.may_go_on(following(unit + 1));
                array.prefetch(at, following(unit + 1), may_go_on);
                kept += usize::from(may_go_on);
            }
        }
        self.open.truncate(kept);
        if kept > 0 {
            self.look_up_long(array, codes);
        }
    }

    /// Goes on from what is open after [`SHORT`] units.
    fn look_up_long(&mut self, array: Walk<'_>, codes: &[u32]) {
        self.first_long.clear();
        self.first_long.resize(codes.len(), NONE);
        let mut units = u32::try_from(SHORT).unwrap_or(0);
        while !self.open.is_empty() {
            units += 1;
            let mut kept = 0;
            for place in 0..self.open.len() {
                let Open { next, at } = self.open[place];
                let Some(&code) = codes.get(next as usize) else { continue };
                let (true, at, log) = array.step(at, code) else { continue };
                if log != NO_WORD {
                    // Longer ones come later and go before.
                    let first = &mut self.first_long[next as usize];
                    self.long.push(Long { log, units, other: *first });
                    *first = u32::try_from(self.long.len() - 1).unwrap_or(NONE);
                }
                self.open[kept] = Open { next: next + 1, at };
                kept += 1;
            }
            self.open.truncate(kept);
        }
    }

    /// Finds the best way to each unit.
    fn find_best(&mut self, count: usize) {
        self.best.clear();
        self.best.resize(count, 0);
        self.units.clear();
        self.units.resize(count, 0);
        // The best scores up to one, two and more units before.
        let mut before = [NO_WAY; SHORT];
        before[0] = 0;
        for unit in 0..count {
            let logs = self.logs[unit];
            let (mut score, mut units) = (NO_WAY, 1);
            if !self.long.is_empty() {
                (score, units) = self.best_long(unit, score);
            }
            for shorter in (0..SHORT).rev() {
                let way = before[shorter] + i64::from(logs[shorter]);
                let is_better = way > score;
                score = select_unpredictable(is_better, way, score);
                units = select_unpredictable(is_better, LENGTHS[shorter], units);
            }
            self.best[unit] = score;
            self.units[unit] = units;
            before.rotate_right(1);
            before[0] = score;
        }
    }

    /// The best way whose last word is a long one and ends with a unit.
    fn best_long(&self, unit: usize, none: i64) -> (i64, u32) {
        let (mut score, mut units) = (none, 1);
        let mut next = self.first_long[unit];
        while let Some(word) = self.long.get(next as usize) {
            let start = unit + 1 - word.units as usize;
            let so_far = if start == 0 { 0 } else { self.best[start - 1] };
            let way = so_far + i64::from(word.log);
            if way > score {
                (score, units) = (way, word.units);
            }
            next = word.other;
        }
        (score, units)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// All ways to cut some codes, as the lengths of their words, with their scores.
    fn ways(words: &[(Vec<u32>, i32)], codes: &[u32]) -> Vec<(i64, Vec<u32>)> {
        if codes.is_empty() {
            return vec![(0, Vec::new())];
        }
        let mut all = Vec::new();
        for length in 1..=codes.len() {
            let word = words.iter().find(|(word, _)| word == &codes[..length]);
            let log = match word {
                Some(&(_, log)) => log,
                None if length == 1 => ALONE,
                None => continue,
            };
            for (score, mut lengths) in ways(words, &codes[length..]) {
                lengths.insert(0, u32::try_from(length).unwrap());
                all.push((score + i64::from(log), lengths));
            }
        }
        all
    }

    proptest! {
        #[test]
        fn no_other_way_is_better(
            words in prop::collection::btree_map(
                prop::collection::vec(1u32..4, 1..8), 1u64..60, 0..40),
            codes in prop::collection::vec(
                prop::sample::select(vec![0, 1, 2, 3, 3, 2, SIGN]), 0..12),
        ) {
            let total: u64 = words.values().sum();
            let total = (total as f64).ln();
            let words: Vec<(Vec<u32>, i32)> =
                words.into_iter().map(|(word, count)| (word, log(count, total))).collect();
            let mut coded = Coded::default();
            words.iter().for_each(|(word, log)| coded.push(word, *log));
            let array = DoubleArray::new(coded).unwrap();
            let lexicon = Lexicon { words: 0, alphabet: Alphabet::default(), array };
            let mut ends = Vec::new();
            let mut path = LexiconPath::default();
            for _ in 0..2 {
                path.cut(&lexicon, &codes, &mut ends);
                let starts = std::iter::once(&0).chain(&ends);
                let lengths = ends.iter().zip(starts).map(|(end, start)| end - start);
                let lengths: Vec<u32> = lengths.collect();
                // Of the best ways the one whose last word is the longest, then the one before it.
                let mut all = ways(&words, &codes);
                all.sort_by_key(|(score, lengths)| {
                    (*score, lengths.iter().rev().copied().collect::<Vec<_>>())
                });
                let best = all.pop().map(|(_, lengths)| lengths);
                prop_assert_eq!(Some(lengths), best);
            }
        }
    }
}
