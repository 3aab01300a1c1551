//! Symbols and their texts, in memory. Grows with the vocabulary, not with the corpus.

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;

use super::window::FIRST_SYMBOL;

/// Strings numbered in the order they came, each once.
#[derive(Clone, Default)]
pub(super) struct Interner {
    table: HashTable<u32>,
    ends: Vec<usize>,
    texts: String,
}

impl Interner {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    /// The string of a number.
    pub(super) fn text(&self, number: usize) -> Option<&str> {
        let end = *self.ends.get(number)?;
        let start = if number == 0 { 0 } else { self.ends[number - 1] };
        Some(&self.texts[start..end])
    }

    /// The number of a string.
    pub(super) fn find(&self, text: &str) -> Option<u32> {
        self.find_hashed(hash(text), text)
    }

    fn find_hashed(&self, hash: u64, text: &str) -> Option<u32> {
        self.table.find(hash, |&number| self.text(number as usize) == Some(text)).copied()
    }

    /// The number of a string, new or not.
    pub(super) fn intern(&mut self, text: &str) -> u32 {
        let hash = hash(text);
        if let Some(number) = self.find_hashed(hash, text) {
            return number;
        }
        let number = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.texts.push_str(text);
        self.ends.push(self.texts.len());
        let (texts, ends) = (&self.texts, &self.ends);
        self.table.insert_unique(hash, number, |&other| {
            let other = other as usize;
            let start = if other == 0 { 0 } else { ends[other - 1] };
            hash_bytes(&texts.as_bytes()[start..ends[other]])
        });
        number
    }

    /// Bytes it takes up, near enough for a budget.
    pub(super) fn memory(&self) -> usize {
        self.texts.capacity() + self.ends.capacity() * 8 + self.table.capacity() * 6
    }
}

fn hash(text: &str) -> u64 {
    hash_bytes(text.as_bytes())
}

fn hash_bytes(bytes: &[u8]) -> u64 {
    FxBuildHasher.hash_one(bytes)
}

/// The symbols of a corpus.
#[derive(Clone, Default)]
pub struct Dictionary {
    texts: Interner,
    characters: CharacterTable,
}

impl Dictionary {
    /// One past the last symbol.
    pub fn end(&self) -> u32 {
        FIRST_SYMBOL + u32::try_from(self.texts.len()).unwrap_or(u32::MAX - FIRST_SYMBOL)
    }

    /// How many symbols it has.
    pub fn len(&self) -> usize {
        self.texts.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.texts.len() == 0
    }

    /// The symbol of a unit of text.
    pub fn find(&self, text: &str) -> Option<u32> {
        self.texts.find(text).map(|number| number + FIRST_SYMBOL)
    }

    /// The text of a symbol; empty for the boundary.
    pub fn text(&self, symbol: u32) -> &str {
        let number = symbol.checked_sub(FIRST_SYMBOL);
        number.and_then(|number| self.texts.text(number as usize)).unwrap_or_default()
    }

    /// Adds a text that is not there yet; returns its symbol.
    pub fn add(&mut self, text: &str) -> u32 {
        let symbol = self.texts.intern(text) + FIRST_SYMBOL;
        let mut characters = text.chars();
        if let (Some(character), None) = (characters.next(), characters.next()) {
            self.characters.set(character, symbol);
        }
        symbol
    }

    /// The symbols of units that are single characters.
    pub fn characters(&self) -> &CharacterTable {
        &self.characters
    }

    /// Bytes it takes up, near enough for a budget.
    pub fn memory(&self) -> usize {
        self.texts.memory() + self.characters.memory()
    }
}

/// From characters to numbers, in blocks of 256 that exist once something in them does.
#[derive(Clone)]
pub struct CharacterTable {
    blocks: Vec<u16>,
    numbers: Vec<u32>,
}

impl Default for CharacterTable {
    fn default() -> Self {
        CharacterTable { blocks: vec![0; 0x1100], numbers: vec![0; 256] }
    }
}

impl CharacterTable {
    /// The number of a character, 0 where it has none.
    #[inline(always)]
    pub fn get(&self, character: char) -> u32 {
        let code = character as usize;
        self.numbers[usize::from(self.blocks[code >> 8]) << 8 | code & 0xff]
    }

    /// Gives a character a number.
    pub fn set(&mut self, character: char, number: u32) {
        let code = character as usize;
        let block = &mut self.blocks[code >> 8];
        if *block == 0 {
            // 0x1100 blocks at most, so that the number of a block fits.
            *block = u16::try_from(self.numbers.len() >> 8).unwrap_or(u16::MAX);
            self.numbers.resize(self.numbers.len() + 256, 0);
        }
        let place = usize::from(*block) << 8 | code & 0xff;
        self.numbers[place] = number;
    }

    /// Bytes it takes up.
    pub fn memory(&self) -> usize {
        self.blocks.len() * 2 + self.numbers.len() * 4
    }
}
