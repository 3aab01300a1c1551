//! The units of words by numbers, in the order in which they came.

use rustc_hash::FxHashMap;

use super::coded::Coded;
use crate::index::CharacterTable;
use crate::text::{DIGIT_CLASS, Digits, PlaceSink, Splitter, TextOptions};

/// Numbers the units of words.
#[derive(Default)]
pub(super) struct Numbering {
    /// One more than the number of each unit of one character.
    characters: CharacterTable,
    /// The numbers of the others.
    runs: FxHashMap<String, u32>,
    /// By number, how often the unit stands in words, and the unit.
    units: Vec<(u64, String)>,
    /// The numbers of the word at hand; void once something in it is no text.
    word: Vec<u32>,
    is_text: bool,
}

impl PlaceSink for Numbering {
    fn begin(&mut self) {
        self.word.clear();
        self.is_text = true;
    }

    fn character(&mut self, _: usize, _: usize, character: char) {
        let number = match self.characters.get(character).checked_sub(1) {
            Some(number) => number,
            None => {
                let number = self.add(character.into());
                self.characters.set(character, number + 1);
                number
            }
        };
        self.word.push(number);
    }

    fn run(&mut self, start: usize, end: usize, text: &str) {
        let mut characters = text.chars();
        if let (Some(only), None) = (characters.next(), characters.next()) {
            return self.character(start, end, only);
        }
        let number = match self.runs.get(text) {
            Some(&number) => number,
            None => {
                let number = self.add(text.into());
                self.runs.insert(text.into(), number);
                number
            }
        };
        self.word.push(number);
    }

    fn boundary(&mut self, _: usize, _: usize) {
        self.is_text = false;
    }
}

impl Numbering {
    fn add(&mut self, unit: String) -> u32 {
        let number = u32::try_from(self.units.len()).unwrap_or(u32::MAX);
        self.units.push((0, unit));
        number
    }

    /// Words as numbers, each with its count, spelled as the corpus that `options` describes spells
    /// its symbols. What could never be found is left out.
    pub(super) fn all(
        &mut self,
        words: impl IntoIterator<Item = (impl AsRef<str>, u64)>,
        options: &TextOptions,
    ) -> Coded<u64> {
        let splitter = Splitter::new(options);
        let is_class = options.digits == Digits::Class;
        let mut numbered = Coded::default();
        for (word, count) in words {
            let word = word.as_ref();
            match is_class && word.contains(DIGIT_CLASS) {
                true => splitter.place(&word.replace(DIGIT_CLASS, "0"), self),
                false => splitter.place(word, self),
            }
            if count == 0 || !self.is_text || self.word.is_empty() {
                continue;
            }
            for &number in &self.word {
                self.units[number as usize].0 += 1;
            }
            numbered.push(&self.word, count);
        }
        numbered
    }

    /// By number, how often each unit stands in words, and the unit; those of words that were left
    /// out stand in none.
    pub(super) fn into_units(self) -> Vec<(u64, String)> {
        self.units
    }
}
