//! Symbols and their texts, in memory. Grows with the vocabulary, not with the corpus.

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;
use std::hash::BuildHasher;

use super::window::FIRST_SYMBOL;
use crate::control::both;

/// Strings numbered in the order they came, each once.
#[derive(Clone, Default)]
pub struct Interner {
    table: Table,
    strings: Strings,
}

/// Strings by number.
#[derive(Clone, Default)]
pub(super) struct Strings {
    ends: Vec<usize>,
    texts: String,
}

/// Where strings are found: all of them, or the first ones, as long as others wait to be entered.
#[derive(Clone, Default)]
pub(super) struct Table(HashTable<Slot>);

/// A string in the table. What it holds of the text tells most strings apart, so that a look at a
/// word is one look at memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    /// The first eight bytes, zero where there are fewer.
    head: u64,
    /// All bytes.
    length: u32,
    number: u32,
}

/// A text that is looked for, with what tables are asked by: several can be asked one after the
/// other.
#[derive(Clone, Copy)]
pub(super) struct Sought<'t> {
    text: &'t str,
    slot: Slot,
    hash: u64,
}

impl<'t> Sought<'t> {
    #[inline(always)]
    pub(super) fn new(text: &'t str) -> Self {
        let slot = Slot::of(text);
        Sought { text, slot, hash: hash(slot, text) }
    }
}

impl Slot {
    /// The slot of a text that is not numbered yet.
    #[inline(always)]
    fn of(text: &str) -> Self {
        let bytes = text.as_bytes();
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let head = match bytes.first_chunk() {
            Some(&first) => u64::from_le_bytes(first),
            None => short_head(bytes),
        };
        Slot { head, length, number: u32::MAX }
    }

    /// Whether the head is the whole text.
    fn is_whole(&self) -> bool {
        self.length <= u64::BITS / u8::BITS
    }
}

/// Up to seven bytes, the first one lowest.
#[inline(always)]
fn short_head(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk(), bytes.last_chunk()) {
        // Where the two overlap they agree.
        (Some(&first), Some(&last)) => {
            let last = u64::from(u32::from_le_bytes(last)) << (8 * (bytes.len() - 4));
            u64::from(u32::from_le_bytes(first)) | last
        }
        _ => bytes.iter().rev().fold(0, |head, &byte| head << 8 | u64::from(byte)),
    }
}

impl Strings {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn get(&self, number: usize) -> Option<&str> {
        let end = *self.ends.get(number)?;
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.texts[start..end])
    }

    /// All of them, by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |&end| &self.texts[std::mem::replace(&mut start, end)..end])
    }

    /// Adds a string that is not there; a table finds it once it has caught up.
    pub(super) fn push(&mut self, text: &str) -> u32 {
        let number = u32::try_from(self.ends.len()).unwrap_or(u32::MAX);
        self.texts.push_str(text);
        self.ends.push(self.texts.len());
        number
    }

    /// The same strings in another order, which names them by their numbers of now.
    fn in_order(&self, order: &[u32]) -> Self {
        let (ends, texts) =
            (Vec::with_capacity(order.len()), String::with_capacity(self.texts.len()));
        let mut ordered = Strings { ends, texts };
        for &number in order {
            ordered.push(self.get(number as usize).unwrap_or_default());
        }
        ordered
    }
}

impl Table {
    /// The number of one of the strings, if it has been entered.
    #[inline(always)]
    pub(super) fn seek(&self, sought: &Sought<'_>, strings: &Strings) -> Option<u32> {
        let Sought { text, slot: wanted, hash } = *sought;
        let is_it = |slot: &Slot| {
            let alike = slot.head == wanted.head && slot.length == wanted.length;
            alike && (wanted.is_whole() || strings.get(slot.number as usize) == Some(text))
        };
        self.0.find(hash, is_it).map(|slot| slot.number)
    }

    /// Enters the string of a number.
    fn enter(&mut self, new: &Sought<'_>, number: u32, strings: &Strings) {
        self.0.insert_unique(new.hash, Slot { number, ..new.slot }, |slot| rehash(slot, strings));
    }

    /// Enters the strings that wait for it.
    pub(super) fn catch_up(&mut self, strings: &Strings) {
        let known = self.0.len();
        self.0.reserve(strings.len() - known, |slot| rehash(slot, strings));
        for number in known..strings.len() {
            let text = strings.get(number).unwrap_or_default();
            self.enter(&Sought::new(text), u32::try_from(number).unwrap_or(u32::MAX), strings);
        }
    }

    /// Gives each string another number, by the one that it has. The slots stay where they are: a
    /// string has the hash that it had.
    fn renumber(&mut self, numbers: &[u32]) {
        self.0.iter_mut().for_each(|slot| slot.number = numbers[slot.number as usize]);
    }
}

impl Interner {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.strings.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The string of a number.
    pub fn text(&self, number: usize) -> Option<&str> {
        self.strings.get(number)
    }

    /// The strings by number.
    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.strings.iter()
    }

    /// The number of a string.
    pub fn find(&self, text: &str) -> Option<u32> {
        self.seek(&Sought::new(text))
    }

    #[inline(always)]
    pub(super) fn seek(&self, sought: &Sought<'_>) -> Option<u32> {
        self.table.seek(sought, &self.strings)
    }

    /// The number of a string, new or not.
    #[inline]
    pub fn intern(&mut self, text: &str) -> u32 {
        let sought = Sought::new(text);
        match self.seek(&sought) {
            Some(number) => number,
            None => self.add(&sought),
        }
    }

    /// Adds a string that is not there.
    #[inline(never)]
    pub(super) fn add(&mut self, new: &Sought<'_>) -> u32 {
        let number = self.strings.push(new.text);
        self.table.enter(new, number, &self.strings);
        number
    }

    /// What finds strings, and the strings: each can be worked on while the other is looked at.
    pub(super) fn into_parts(self) -> (Table, Strings) {
        (self.table, self.strings)
    }

    /// Bytes it takes up, near enough for a budget.
    pub fn memory(&self) -> usize {
        let table = self.table.0.capacity() * (size_of::<Slot>() + 2);
        self.strings.texts.capacity() + self.strings.ends.capacity() * 8 + table
    }
}

fn rehash(slot: &Slot, strings: &Strings) -> u64 {
    hash(*slot, strings.get(slot.number as usize).unwrap_or_default())
}

/// The hash of a text and its slot: a short text is all in the slot.
#[inline(always)]
fn hash(slot: Slot, text: &str) -> u64 {
    if slot.is_whole() {
        FxBuildHasher.hash_one((slot.head, slot.length))
    } else {
        FxBuildHasher.hash_one(text.as_bytes())
    }
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
        self.seek(&Sought::new(text))
    }

    #[inline(always)]
    pub(super) fn seek(&self, sought: &Sought<'_>) -> Option<u32> {
        self.texts.seek(sought).map(|number| number + FIRST_SYMBOL)
    }

    /// The text of a symbol; empty for the boundary.
    pub fn text(&self, symbol: u32) -> &str {
        let number = symbol.checked_sub(FIRST_SYMBOL);
        number.and_then(|number| self.texts.text(number as usize)).unwrap_or_default()
    }

    /// Adds a text that is not there yet; returns its symbol.
    pub fn add(&mut self, text: &str) -> u32 {
        let symbol = self.texts.intern(text) + FIRST_SYMBOL;
        self.note_character(symbol);
        symbol
    }

    /// Takes in strings and what finds all of them, in place of no texts, in an order that names
    /// them by their numbers; `ranks` are their places in it.
    pub(super) fn begin(
        &mut self,
        (mut table, strings): (Table, Strings),
        (order, ranks): (&[u32], &[u32]),
        threads: usize,
    ) {
        let renumber = || table.renumber(ranks);
        let ((), strings) = both(threads, renumber, || strings.in_order(order));
        self.texts = Interner { table, strings };
        (FIRST_SYMBOL..self.end()).for_each(|symbol| self.note_character(symbol));
    }

    /// Adds strings that are not there yet, in an order that names them by their numbers.
    pub(super) fn extend(&mut self, strings: &Strings, order: &[u32]) {
        for &number in order {
            self.add(strings.get(number as usize).unwrap_or_default());
        }
    }

    /// If a text is a single character, it is found as one.
    fn note_character(&mut self, symbol: u32) {
        let mut characters = self.text(symbol).chars();
        if let (Some(character), None) = (characters.next(), characters.next()) {
            self.characters.set(character, symbol);
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::HashMap;

    proptest! {
        #[test]
        fn strings_are_numbered_once_and_found(
            texts in proptest::collection::vec("[ab\0]{0,3}|[a-c]{6,10}|\\PC{0,20}", 0..200),
        ) {
            let mut interner = Interner::default();
            let (mut table, mut strings) = (Table::default(), Strings::default());
            let mut numbers: HashMap<&str, u32> = HashMap::new();
            for text in &texts {
                let next = u32::try_from(numbers.len()).unwrap();
                prop_assert_eq!(interner.find(text), numbers.get(&text[..]).copied());
                if !numbers.contains_key(&text[..]) {
                    prop_assert_eq!(strings.push(text), next);
                }
                if next % 3 == 0 {
                    table.catch_up(&strings);
                }
                let number = *numbers.entry(text).or_insert(next);
                prop_assert_eq!(interner.intern(text), number);
                prop_assert_eq!(interner.text(number as usize), Some(&text[..]));
            }
            prop_assert_eq!(interner.len(), numbers.len());
            table.catch_up(&strings);
            for text in &texts {
                prop_assert_eq!(table.seek(&Sought::new(text), &strings), interner.find(text));
            }
        }
    }
}
