//! Stretches of an array of symbols, and a table that knows them by all that they are.

use std::ops::Range;

use crate::index::room::{prefetch, spacious};

/// Bits of a common symbol: up to four of them are a key that says all.
const COMMON: u32 = 15;
/// Set in a key that is a hash, so that what has it must be compared as well.
const HASHED: u64 = 1 << 63;
/// A slot without a piece. Not all zeros, so that a table is written once before it is read: memory
/// that is zero by itself costs a second fault where it is first read and then written, and all
/// other threads stop for that one.
const FREE: (u64, u32) = (0, u32::MAX);
/// How many pieces are asked for before the first of them is looked at.
pub(super) const AHEAD: usize = 32;

/// A stretch of symbols that occurs somewhere else as well, perhaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    pub(super) start: u32,
    pub(super) end: u32,
    /// Equal for equal pieces.
    pub number: u32,
}

impl Piece {
    /// Units in it.
    #[inline]
    #[allow(clippy::len_without_is_empty)] // there is always one
    pub fn len(&self) -> usize {
        (self.end - self.start) as usize
    }

    #[inline]
    pub(super) fn range(&self) -> Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// What a piece is, as a number that grows with it unit by unit: itself, while it is short and its
/// units are common, else a hash.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Key(u64);

impl Key {
    /// The key of a piece.
    #[inline]
    pub fn of(symbols: &[u32]) -> Self {
        symbols.iter().fold(Key::default(), |key, &symbol| key.and(symbol))
    }

    /// The key of a piece with one more unit. No symbol of a unit is 0, so that the length of a
    /// short one is in it as well.
    #[inline]
    #[must_use]
    pub fn and(self, symbol: u32) -> Self {
        let Key(key) = self;
        if symbol >> COMMON == 0 && key >> (3 * COMMON) == 0 {
            return Key(key << COMMON | u64::from(symbol));
        }
        let mixed = (key ^ u64::from(symbol) << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        Key((mixed ^ mixed >> 32) | HASHED)
    }

    /// Whether equal keys need not be of equal pieces.
    #[inline]
    fn is_hash(self) -> bool {
        self.0 & HASHED != 0
    }

    /// Which of so many parts, a power of two, it belongs to; the place in a table says nothing
    /// about that.
    #[inline]
    pub(super) fn part(self, parts: usize) -> usize {
        (self.mixed() >> 16) as usize & (parts - 1)
    }

    /// Mixed bits of it, the best above.
    #[inline]
    fn mixed(self) -> u64 {
        (self.0 ^ self.0 >> 32).wrapping_mul(0xbf58_476d_1ce4_e5b9)
    }
}

/// Keys that may be there: most are not, and need not be looked for then. A Bloom filter, three
/// bits of one word for each key (Putze, Sanders and Singler 2007).
#[derive(Debug)]
pub struct Filter {
    words: Vec<u64>,
    shift: u32,
}

impl Filter {
    /// For so many keys, with so many bits for each.
    pub fn new(keys: usize, bits: usize) -> Self {
        let length = (keys.saturating_mul(bits) / 64).next_power_of_two().max(1 << 4);
        let mut words = spacious(length);
        words.resize(length, 0);
        Filter { words, shift: u64::BITS - length.trailing_zeros() }
    }

    /// Adds a key.
    #[inline]
    pub fn add(&mut self, key: Key) {
        let (word, bits) = self.place(key);
        self.words[word] |= bits;
    }

    /// Says that a key will soon be looked for.
    #[inline]
    pub(super) fn ask(&self, key: Key) {
        prefetch(&self.words, self.place(key).0);
    }

    /// Whether a key was added; sometimes it was not.
    #[inline]
    pub fn may_have(&self, key: Key) -> bool {
        let (word, bits) = self.place(key);
        self.words[word] & bits == bits
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "below the number of words")]
    fn place(&self, key: Key) -> (usize, u64) {
        let mixed = key.mixed();
        let bit = |below: u32| 1u64 << (mixed >> (self.shift - below) & 63);
        ((mixed >> self.shift) as usize, bit(6) | bit(12) | bit(18))
    }
}

/// Gives pieces numbers, those that are equal the same: an open table with the keys in it, so that
/// most looks are one look at memory, and that can be asked for before it is needed.
pub(super) struct Table {
    /// A key, 0 where there is none, and the number of its piece.
    slots: Vec<(u64, u32)>,
    shift: u32,
    /// The distinct pieces by number, each where it was when it was new.
    pub pieces: Vec<Piece>,
}

impl Table {
    /// A table that takes so many pieces without growing.
    pub(super) fn new(pieces: usize) -> Self {
        let slots = (pieces * 4 / 3 + 1).next_power_of_two().max(1 << 6);
        let shift = u64::BITS - slots.trailing_zeros();
        let mut free = spacious(slots);
        free.resize(slots, FREE);
        Table { slots: free, shift, pieces: Vec::new() }
    }

    /// Forgets all pieces.
    pub(super) fn clear(&mut self) {
        self.slots.fill(FREE);
        self.pieces.clear();
    }

    /// Makes sure that so many more fit.
    pub(super) fn reserve(&mut self, more: usize) {
        if (self.pieces.len() + more) * 4 <= self.slots.len() * 3 {
            return;
        }
        let mut grown = Table::new((self.pieces.len() + more).max(self.slots.len()));
        for &(key, number) in self.slots.iter().filter(|(key, _)| *key != 0) {
            // Keys that are equal were compared before.
            let mut slot = grown.home(Key(key));
            while grown.slots[slot].0 != 0 {
                slot = grown.after(slot);
            }
            grown.slots[slot] = (key, number);
        }
        self.slots = grown.slots;
        self.shift = grown.shift;
    }

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "below the number of slots")]
    fn home(&self, key: Key) -> usize {
        (key.mixed() >> self.shift) as usize
    }

    #[inline]
    fn after(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }

    /// Asks for where a key should be.
    #[inline]
    pub(super) fn ask(&self, key: Key) {
        prefetch(&self.slots, self.home(key));
    }

    /// The number of a piece, or the slot for it; `same` compares it with one that is there.
    #[inline]
    fn look(&self, key: Key, same: impl Fn(&Piece) -> bool) -> Result<u32, usize> {
        let mut slot = self.home(key);
        loop {
            let (own, number) = self.slots[slot];
            if own == 0 {
                return Err(slot);
            }
            if own == key.0 && (!key.is_hash() || same(&self.pieces[number as usize])) {
                return Ok(number);
            }
            slot = self.after(slot);
        }
    }

    /// The number of the piece `symbols[range]`, where it has one; pieces are of `symbols`.
    #[inline]
    pub(super) fn find(&self, key: Key, symbols: &[u32], range: Range<usize>) -> Option<u32> {
        self.look(key, |piece| symbols[piece.range()] == symbols[range.clone()]).ok()
    }

    /// The number of a piece with the symbols `own`; a new one is noted to stand at `place` of
    /// `symbols`. There must be room for it.
    #[inline]
    pub(super) fn number(
        &mut self,
        key: Key,
        own: &[u32],
        symbols: &[u32],
        place: Range<usize>,
    ) -> u32 {
        match self.look(key, |piece| symbols[piece.range()] == *own) {
            Ok(number) => number,
            Err(slot) => {
                let number = place_of(self.pieces.len());
                self.slots[slot] = (key.0, number);
                let (start, end) = (place_of(place.start), place_of(place.end));
                self.pieces.push(Piece { start, end, number });
                number
            }
        }
    }
}

/// A place as a number of 32 bits; that all symbols have one is checked where they are kept.
pub(super) fn place_of(place: usize) -> u32 {
    u32::try_from(place).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rustc_hash::FxHashMap;

    use super::*;

    proptest! {
        #[test]
        fn equal_pieces_have_equal_numbers(
            symbols in prop::collection::vec(prop_oneof![2..5u32, 0x7ffe..0x8002_u32], 12..40),
            starts in prop::collection::vec((0..6usize, 1..7usize), 0..300),
        ) {
            let mut table = Table::new(0);
            let mut naive: FxHashMap<&[u32], u32> = FxHashMap::default();
            for (start, length) in starts {
                let own = &symbols[start..start + length];
                let next = place_of(naive.len());
                let wanted = *naive.entry(own).or_insert(next);
                let key = Key::of(own);
                let found = table.find(key, &symbols, start..start + length);
                prop_assert_eq!(found, Some(wanted).filter(|&number| number != next));
                table.reserve(1);
                let number = table.number(key, own, &symbols, start..start + length);
                prop_assert_eq!(number, wanted);
                prop_assert_eq!(&symbols[table.pieces[number as usize].range()], own);
            }
        }
    }

    #[test]
    fn a_filter_has_what_was_added() {
        let keys = |from: u32| (from..from + 500).map(|symbol| Key::of(&[symbol, 2, 3, 4, 5]));
        let mut filter = Filter::new(500, 16);
        keys(2).for_each(|key| filter.add(key));
        assert!(keys(2).all(|key| filter.may_have(key)));
        assert!(keys(1000).filter(|&key| filter.may_have(key)).count() < 25);
    }

    #[test]
    fn short_keys_are_the_pieces_themselves() {
        let keys = [&[2][..], &[2, 2], &[2, 2, 2], &[2, 2, 2, 2], &[2, 2, 2, 3]].map(Key::of);
        assert!(keys.iter().all(|key| !key.is_hash()) && keys.is_sorted_by_key(|key| key.0));
        assert!(Key::of(&[2, 2, 2, 2, 2]).is_hash() && Key::of(&[1 << COMMON]).is_hash());
    }
}
