//! A lexicon and the maximum-probability segmentation over it (a unigram model).
//!
//! A [`Lexicon`] is immutable, is made once and is read from bytes where it was made before.

use rustc_hash::FxHashMap;

use super::double_array::{At, DoubleArray};
use super::segmenter::UnitRun;
use crate::error::{Error, Result};
use crate::index::CharacterTable;
use crate::text::{DIGIT_CLASS, Digits, PlacedKind, PlacedUnits, Splitter, TextOptions};

/// What a unit costs that is in no word, as a logarithm (nlp-zero's null score).
const NULL_SCORE: f64 = -100.0;
/// The first byte of a lexicon as bytes.
const VERSION: u8 = 1;

/// Words with their probabilities, ready to cut text.
#[derive(Default)]
pub struct Lexicon {
    words: u64,
    alphabet: Alphabet,
    array: DoubleArray,
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

    /// The code of a unit; 0 where no word has it.
    fn code(&self, unit: &str) -> u32 {
        let mut characters = unit.chars();
        match (characters.next(), characters.next()) {
            (Some(only), None) => self.characters.get(only),
            _ => self.runs.get(unit).copied().unwrap_or(0),
        }
    }
}

impl Lexicon {
    /// Makes a lexicon of words with counts. Words are spelled as the corpus that `options`
    /// describes spells its symbols, and cut into units as there; in a corpus of words, the units
    /// of an entry are separated by blanks. Entries of the same units add up; empty ones, those of
    /// count 0 and those with something in them that is no text are left out: none of them could be
    /// found.
    pub fn new(words: impl IntoIterator<Item = (String, u64)>, options: &TextOptions) -> Self {
        let splitter = Splitter::new(options);
        let is_class = options.digits == Digits::Class;
        let mut placed = PlacedUnits::default();
        let mut interned: FxHashMap<String, u32> = FxHashMap::default();
        let mut frequencies: Vec<(u64, String)> = Vec::new();
        let mut numbered: Vec<(Vec<u32>, u64)> = Vec::new();
        for (word, count) in words {
            let word = match is_class && word.contains(DIGIT_CLASS) {
                true => word.replace(DIGIT_CLASS, "0"),
                false => word,
            };
            splitter.place(&word, &mut placed);
            let is_text = placed.units.iter().all(|unit| unit.kind != PlacedKind::Boundary);
            if count == 0 || !is_text {
                continue;
            }
            let mut numbers = Vec::with_capacity(placed.units.len());
            let mut buffer = [0; 4];
            for unit in &placed.units {
                let text = match unit.kind {
                    PlacedKind::Character(character) => &*character.encode_utf8(&mut buffer),
                    PlacedKind::Run(from, to) => placed.run(from, to),
                    PlacedKind::Boundary | PlacedKind::Blank => continue,
                };
                let number = match interned.get(text) {
                    Some(&number) => number,
                    None => {
                        let number = u32::try_from(frequencies.len()).unwrap_or(u32::MAX);
                        interned.insert(text.to_owned(), number);
                        frequencies.push((0, text.to_owned()));
                        number
                    }
                };
                frequencies[number as usize].0 += 1;
                numbers.push(number);
            }
            if !numbers.is_empty() {
                numbered.push((numbers, count));
            }
        }
        Lexicon::from_numbered(numbered, frequencies)
    }

    /// From words as numbers of units, and how often each unit is in them.
    fn from_numbered(mut words: Vec<(Vec<u32>, u64)>, units: Vec<(u64, String)>) -> Self {
        let mut order: Vec<usize> = (0..units.len()).collect();
        order.sort_by(|&a, &b| units[b].0.cmp(&units[a].0).then(units[a].1.cmp(&units[b].1)));
        let mut codes = vec![0; units.len()];
        for (&number, code) in order.iter().zip(1..) {
            codes[number] = code;
        }
        for (word, _) in &mut words {
            word.iter_mut().for_each(|unit| *unit = codes[*unit as usize]);
        }
        words.sort();
        words.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        let total = (words.iter().map(|(_, count)| count).sum::<u64>() as f64).ln();
        let logs = words.into_iter().map(|(word, count)| (word, log(count, total)));
        let words: Vec<(Vec<u32>, f32)> = logs.collect();
        let array = DoubleArray::new(&words);
        let alphabet = order.into_iter().map(|number| units[number].1.clone()).collect();
        Lexicon { words: words.len() as u64, alphabet: Alphabet::new(alphabet), array }
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

#[expect(clippy::cast_possible_truncation, reason = "the logarithm of a count")]
fn log(count: u64, total: f64) -> f32 {
    ((count as f64).ln() - total) as f32
}

/// A string of units on a way through the trie.
#[derive(Clone, Copy)]
struct Match {
    /// ln p, NaN where it is no word.
    log: f32,
    /// The match with one unit more, if there is one.
    longer: u32,
}

/// No longer match.
const NONE: u32 = u32::MAX;

/// Finds best paths through runs; keeps its buffers.
#[derive(Default)]
pub(super) struct LexiconPath {
    /// The run at hand as codes of its units.
    codes: Vec<u32>,
    /// First the match of one unit at each unit, then all longer ones.
    matches: Vec<Match>,
    /// Matches that may go on: which, the unit after it, where it is in the trie.
    open: Vec<(u32, u32, At)>,
    /// The best score up to each unit, and how long its last word is.
    best: Vec<(f64, u32)>,
}

impl LexiconPath {
    /// Puts the lengths of the words of the most probable path into `lengths`; what is in no word
    /// stands alone, unit by unit. Ties go to the longer last word.
    pub(super) fn cut(&mut self, lexicon: &Lexicon, run: &UnitRun<'_>, lengths: &mut Vec<usize>) {
        let alphabet = &lexicon.alphabet;
        self.codes.clear();
        self.codes.extend((0..run.len()).map(|unit| match run.character(unit) {
            Some(character) => alphabet.characters.get(character),
            None => alphabet.code(run.text(unit)),
        }));
        self.look_up(&lexicon.array);
        self.best.clear();
        self.best.resize(run.len() + 1, (f64::NEG_INFINITY, 1));
        self.best[0].0 = 0.0;
        for start in 0..run.len() {
            let so_far = self.best[start].0;
            let mut found = self.matches[start];
            for (end, length) in self.best[start + 1..].iter_mut().zip(1..) {
                // False for the NaN of what is no word.
                let score = so_far + f64::from(found.log);
                if score > end.0 {
                    *end = (score, length);
                }
                let Some(&longer) = self.matches.get(found.longer as usize) else { break };
                found = longer;
            }
            // A single unit that is no word; whatever ends here by now is longer, and is kept.
            let (alone, end) = (so_far + NULL_SCORE, &mut self.best[start + 1]);
            if alone > end.0 {
                *end = (alone, 1);
            }
        }
        lengths.clear();
        let mut end = run.len();
        while end > 0 {
            let length = self.best[end].1 as usize;
            lengths.push(length);
            end -= length;
        }
        lengths.reverse();
    }

    /// Finds all matches, length by length: the looks at memory of one length do not wait for each
    /// other, those along one word would.
    fn look_up(&mut self, array: &DoubleArray) {
        self.matches.clear();
        self.open.clear();
        let root = array.root();
        for (unit, &code) in (0u32..).zip(&self.codes) {
            let found = array.step(root, code);
            let log = found.map_or(f32::NAN, |(_, log)| log);
            self.matches.push(Match { log, longer: NONE });
            self.open.extend(found.map(|(at, _)| (unit, unit + 1, at)));
        }
        while !self.open.is_empty() {
            let mut kept = 0;
            for place in 0..self.open.len() {
                let (shorter, next, at) = self.open[place];
                let Some(&code) = self.codes.get(next as usize) else { continue };
                let Some((at, log)) = array.step(at, code) else { continue };
                let longer = u32::try_from(self.matches.len()).unwrap_or(NONE);
                self.matches[shorter as usize].longer = longer;
                self.matches.push(Match { log, longer: NONE });
                self.open[kept] = (longer, next + 1, at);
                kept += 1;
            }
            self.open.truncate(kept);
        }
    }
}
