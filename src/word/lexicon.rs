//! A lexicon and the maximum-probability segmentation over it (a unigram model).
//!
//! A [`Lexicon`] is immutable, is made once and is read from bytes where it was made before.

use super::double_array::DoubleArray;
use super::segmenter::UnitRun;
use crate::error::{Error, Result};
use crate::index::CharacterTable;

/// What a unit costs that is in no word, as a logarithm (nlp-zero's null score).
const NULL_SCORE: f64 = -100.0;
/// No unit begins here.
const NOWHERE: u32 = u32::MAX;
/// The first byte of a lexicon as bytes.
const VERSION: u8 = 1;

/// Words with their probabilities, ready to cut text.
#[derive(Default)]
pub struct Lexicon {
    words: u64,
    alphabet: Vec<char>,
    codes: CharacterTable,
    array: DoubleArray,
}

impl Lexicon {
    /// Makes a lexicon of words with counts. Words are spelled as the corpus that they come from
    /// spells its symbols; in a corpus of words, the units of an entry are separated by one blank.
    /// Entries that occur twice add up, empty ones and those of count 0 are left out.
    pub fn new(words: impl IntoIterator<Item = (String, u64)>) -> Self {
        let words = words.into_iter().filter(|(word, count)| !word.is_empty() && *count > 0);
        let mut words: Vec<(String, u64)> = words.collect();
        words.sort();
        words.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        let alphabet = alphabet(&words);
        let codes = codes(&alphabet);
        let total = (words.iter().map(|(_, count)| count).sum::<u64>() as f64).ln();
        let mut coded: Vec<(Vec<u32>, f32)> = words
            .iter()
            .map(|(word, count)| {
                let word = word.chars().map(|c| codes.get(c)).collect();
                (word, log(*count, total))
            })
            .collect();
        coded.sort_by(|(a, _), (b, _)| a.cmp(b));
        let array = DoubleArray::new(&coded);
        Lexicon { words: words.len() as u64, alphabet, codes, array }
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
    /// alphabet   4 bytes how many, then 4 bytes each, by code from 1
    /// trie       8 bytes how many nodes, then base, parent and value, 4 bytes each
    /// ```
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = vec![VERSION];
        bytes.extend(self.words.to_le_bytes());
        bytes.extend(u32::try_from(self.alphabet.len()).unwrap_or(u32::MAX).to_le_bytes());
        for &character in &self.alphabet {
            bytes.extend(u32::from(character).to_le_bytes());
        }
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
        let split = length.checked_mul(4).and_then(|bytes| rest.split_at_checked(bytes));
        let (alphabet, rest) = split.ok_or_else(damaged)?;
        if version != VERSION {
            return Err(damaged());
        }
        let character = |code: &[u8]| {
            let code = u32::from_le_bytes([code[0], code[1], code[2], code[3]]);
            char::from_u32(code).ok_or_else(damaged)
        };
        let alphabet: Vec<char> = alphabet.chunks_exact(4).map(character).collect::<Result<_>>()?;
        let codes = codes(&alphabet);
        let array = DoubleArray::read(rest)?;
        Ok(Lexicon { words: u64::from_le_bytes(*words), alphabet, codes, array })
    }
}

#[expect(clippy::cast_possible_truncation, reason = "the logarithm of a count")]
fn log(count: u64, total: f64) -> f32 {
    ((count as f64).ln() - total) as f32
}

/// The characters of the words, the frequent ones first.
fn alphabet(words: &[(String, u64)]) -> Vec<char> {
    let mut places = CharacterTable::default();
    let mut counts: Vec<(u64, char)> = Vec::new();
    for character in words.iter().flat_map(|(word, _)| word.chars()) {
        match places.get(character).checked_sub(1) {
            Some(place) => counts[place as usize].0 += 1,
            None => {
                counts.push((1, character));
                places.set(character, u32::try_from(counts.len()).unwrap_or(u32::MAX));
            }
        }
    }
    counts.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
    counts.into_iter().map(|(_, character)| character).collect()
}

fn codes(alphabet: &[char]) -> CharacterTable {
    let mut codes = CharacterTable::default();
    for (&character, code) in alphabet.iter().zip(1..) {
        codes.set(character, code);
    }
    codes
}

/// Finds best paths through runs; keeps its buffers.
#[derive(Default)]
pub(super) struct LexiconPath {
    /// The run at hand as codes of its characters.
    codes: Vec<u32>,
    /// By code and one past the last, which unit begins there.
    units: Vec<u32>,
    /// The best score up to each place, and where its last word begins.
    best: Vec<(f64, u32)>,
}

impl LexiconPath {
    /// Puts the lengths of the words of the most probable path into `lengths`; what is in no word
    /// stands alone, unit by unit. Ties go to the longer last word.
    pub(super) fn cut(&mut self, lexicon: &Lexicon, run: &UnitRun<'_>, lengths: &mut Vec<usize>) {
        self.spell(lexicon, run);
        let places = self.codes.len();
        self.best.clear();
        self.best.resize(places + 1, (f64::NEG_INFINITY, NOWHERE));
        self.best[0].0 = 0.0;
        let mut last_unit = 0;
        for start in 0..places {
            if self.units[start] == NOWHERE {
                continue;
            }
            if self.best[start].0 == f64::NEG_INFINITY {
                // No word ends here: the unit before stands alone.
                self.best[start] = (self.best[last_unit].0 + NULL_SCORE, number(last_unit));
            } else if start > 0 {
                self.relax(last_unit, start);
            }
            last_unit = start;
            let so_far = self.best[start].0;
            let mut node = DoubleArray::ROOT;
            for end in start..places {
                let Some(next) = lexicon.array.step(node, self.codes[end]) else { break };
                node = next;
                let log = lexicon.array.value(node);
                if log.is_nan() || !self.ends_unit(end, run.separator.len()) {
                    continue;
                }
                let end = self.next_unit(end, run.separator.len());
                let score = so_far + f64::from(log);
                if score > self.best[end].0 {
                    self.best[end] = (score, number(start));
                }
            }
        }
        self.relax(last_unit, places);
        lengths.clear();
        let mut end = places;
        while end > 0 {
            let start = self.best[end].1 as usize;
            lengths.push((self.units[end] - self.units[start]) as usize);
            end = start;
        }
        lengths.reverse();
    }

    /// The unit from `start` to `end` may stand alone.
    fn relax(&mut self, start: usize, end: usize) {
        let alone = self.best[start].0 + NULL_SCORE;
        if alone > self.best[end].0 && start < end {
            self.best[end] = (alone, number(start));
        }
    }

    /// Where the unit after the one that ends with the code at `end` begins.
    #[inline(always)]
    fn next_unit(&self, end: usize, separator: usize) -> usize {
        if end + 1 == self.codes.len() { end + 1 } else { end + 1 + separator }
    }

    #[inline(always)]
    fn ends_unit(&self, end: usize, separator: usize) -> bool {
        let next = self.next_unit(end, separator);
        self.units.get(next).is_some_and(|&unit| unit != NOWHERE)
    }

    /// Writes the run as codes and notes where each unit begins.
    fn spell(&mut self, lexicon: &Lexicon, run: &UnitRun<'_>) {
        self.codes.clear();
        self.units.clear();
        for unit in 0..run.len() {
            if unit > 0 && !run.separator.is_empty() {
                self.codes.extend(run.separator.chars().map(|c| lexicon.codes.get(c)));
                self.units.resize(self.codes.len(), NOWHERE);
            }
            self.units.push(number(unit));
            match run.character(unit) {
                Some(character) => self.codes.push(lexicon.codes.get(character)),
                None => {
                    self.codes.extend(run.text(unit).chars().map(|c| lexicon.codes.get(c)));
                    self.units.resize(self.codes.len(), NOWHERE);
                }
            }
        }
        self.units.push(number(run.len()));
    }
}

fn number(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(NOWHERE)
}
