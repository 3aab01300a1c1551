//! The clauses of a text in memory, each once with how often it occurs: half of what people write
//! has been written before.
//!
//! A clause is the numbers of its words, the frequent ones of which are small. To be found again it
//! needs no text beside them, as long as that is nothing but the texts of its words.
//!
//! ```text
//! times  1 byte, what goes beyond it is elsewhere
//! head   varint, twice the number of words; one more where a text follows
//! text   varint length, bytes: only where the words put together are spelled otherwise
//! words  varint each
//! ```

use xxhash_rust::xxh3::xxh3_64;

use crate::error::Result;
use crate::index::{prefetch, put_varint};
use crate::mine::packed::take;
use crate::mine::templates::beyond::Beyond;
use crate::mine::templates::clauses::Vocabulary;

/// The table has at least so many places.
const FEWEST_PLACES: usize = 1 << 10;

/// Clauses as numbers of words, one after the other.
#[derive(Default)]
pub struct Clauses {
    packed: Vec<u8>,
    beyond: Beyond,
    words: u64,
    /// Open addressing; at most three places of four are taken.
    table: Vec<Place>,
    taken: usize,
    most: u64,
}

/// A place of the table: a part of the hash, and where the clause begins.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    tag: u32,
    start: u32,
}

const FREE: Place = Place { tag: 0, start: u32::MAX };

/// The hash of a text, as far as the table knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(u32);

/// The words of a clause from the front.
struct Words<'c> {
    packed: &'c [u8],
    at: usize,
    left: u64,
}

impl Tag {
    /// That of the text of a clause.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "half of the hash will do")]
    pub fn of(text: &str) -> Self {
        Tag(xxh3_64(text.as_bytes()) as u32)
    }
}

impl Clauses {
    /// No clause yet, and no more than so many bytes of them.
    pub fn within(most: u64) -> Self {
        Clauses { most, ..Clauses::default() }
    }

    /// Whether they take more bytes than they may.
    pub fn are_too_many(&self) -> bool {
        self.bytes() > self.most
    }

    /// How many words they have together, each clause counted once.
    pub fn words(&self) -> u64 {
        self.words
    }

    /// Asks for the place of a text that will be looked for soon.
    #[inline]
    pub fn prefetch_place(&self, tag: Tag) {
        prefetch(&self.table, self.place(tag));
    }

    /// Asks for what the place of a text names, once that is at hand.
    #[inline]
    pub fn prefetch_clause(&self, tag: Tag) {
        if let Some(place) = self.table.get(self.place(tag)) {
            prefetch(&self.packed, place.start as usize);
        }
    }

    /// Where the clause of a text is.
    #[inline]
    pub fn find(&self, tag: Tag, text: &str, vocabulary: &Vocabulary) -> Option<u32> {
        let mut place = self.place(tag);
        loop {
            let own = *self.table.get(place).filter(|own| **own != FREE)?;
            if own.tag == tag.0 && self.is_of(own.start as usize, text, vocabulary) {
                return Some(own.start);
            }
            place = self.after(place);
        }
    }

    /// Whether the clause at a place has that text.
    #[inline]
    fn is_of(&self, start: usize, text: &str, vocabulary: &Vocabulary) -> bool {
        match self.open(start) {
            Some((Some(own), _)) => own == text.as_bytes(),
            Some((None, words)) => vocabulary.spells(words, text),
            None => false,
        }
    }

    /// The text of the clause at a place, where it has one, and its words.
    #[inline]
    fn open(&self, start: usize) -> Option<(Option<&[u8]>, Words<'_>)> {
        let (packed, mut at, mut text) = (&self.packed[..], start + 1, None);
        let head = take(packed, &mut at)?;
        if head & 1 == 1 {
            let end = usize::try_from(take(packed, &mut at)?).ok()?.checked_add(at)?;
            text = packed.get(at..end);
            at = end;
        }
        Some((text, Words { packed, at, left: head >> 1 }))
    }

    #[inline]
    fn place(&self, tag: Tag) -> usize {
        ((u64::from(tag.0) * self.table.len() as u64) >> u32::BITS) as usize
    }

    #[inline]
    fn after(&self, place: usize) -> usize {
        if place + 1 < self.table.len() { place + 1 } else { 0 }
    }

    /// The clause that begins there occurs once more.
    #[inline]
    pub fn again(&mut self, start: u32) {
        self.beyond.add(start.into(), &mut self.packed[start as usize], 1);
    }

    /// Adds a clause that was not there, with its text.
    pub fn add(&mut self, tag: Tag, text: &str, words: &[u32], vocabulary: &Vocabulary) {
        if self.taken >= self.table.len() / 4 * 3 {
            self.grow();
        }
        self.enter(Place { tag: tag.0, start: narrow(self.packed.len()) });
        let is_spelled = vocabulary.spells(words.iter().copied(), text);
        self.append(words, (!is_spelled).then_some(text));
    }

    /// Adds a clause that need not be found by its text.
    pub fn push(&mut self, words: &[u32]) {
        self.append(words, None);
    }

    fn append(&mut self, words: &[u32], text: Option<&str>) {
        self.words += words.len() as u64;
        self.packed.push(1);
        put_varint(&mut self.packed, (words.len() as u64) << 1 | u64::from(text.is_some()));
        if let Some(text) = text {
            put_varint(&mut self.packed, text.len() as u64);
            self.packed.extend_from_slice(text.as_bytes());
        }
        words.iter().for_each(|word| put_varint(&mut self.packed, (*word).into()));
    }

    fn grow(&mut self) {
        let places = (self.table.len() / 2 * 3).max(FEWEST_PLACES);
        let before = std::mem::replace(&mut self.table, vec![FREE; places]);
        self.taken = 0;
        before.into_iter().filter(|place| *place != FREE).for_each(|place| self.enter(place));
    }

    fn enter(&mut self, new: Place) {
        let mut place = self.place(Tag(new.tag));
        while self.table[place] != FREE {
            place = self.after(place);
        }
        self.table[place] = new;
        self.taken += 1;
    }

    /// Gives up what finds them once all are there.
    pub fn forget_texts(&mut self) {
        (self.table, self.taken) = Default::default();
    }

    /// The bytes that they take; beyond all bounds where their places have no numbers.
    pub fn bytes(&self) -> u64 {
        match u32::try_from(self.packed.len()) {
            Ok(packed) => {
                u64::from(packed) + size_of_val(&self.table[..]) as u64 + self.beyond.memory()
            }
            Err(_) => u64::MAX,
        }
    }

    /// Hands over all of them with how often they occur, in the order in which they first came.
    ///
    /// # Errors
    /// The first of `each`, which ends it.
    pub fn each(&self, mut each: impl FnMut(&[u32], u64) -> Result<()>) -> Result<()> {
        let (mut start, mut buffer) = (0, Vec::new());
        while let Some((_, mut words)) = self.open(start) {
            buffer.clear();
            words.by_ref().for_each(|word| buffer.push(word));
            each(&buffer, self.beyond.total(start as u64, self.packed[start]))?;
            start = words.at;
        }
        Ok(())
    }
}

impl Iterator for Words<'_> {
    type Item = u32;

    #[inline]
    fn next(&mut self) -> Option<u32> {
        self.left = self.left.checked_sub(1)?;
        u32::try_from(take(self.packed, &mut self.at)?).ok()
    }
}

/// Whoever fills it looks at [`Clauses::bytes`] in time.
fn narrow(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::TextOptions;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn each_once_with_how_often(
            texts in proptest::collection::vec(
                ("[ab]{1,3}|[a-h]{3}", any::<bool>(), 0usize..3), 0..2000),
        ) {
            let (mut clauses, mut naive) = (Clauses::default(), BTreeMap::new());
            // Words of one letter. A is not spelled as it is in the text, where it stands for a.
            let mut vocabulary = Vocabulary::new(&TextOptions::default());
            for (text, has_text, folded) in &texts {
                let words: Vec<u32> =
                    text.chars().map(|letter| vocabulary.add(&letter.to_string())).collect();
                let text = if *folded == 0 { text.replace('a', "A") } else { text.clone() };
                *naive.entry(words.clone()).or_default() += 1;
                let tag = Tag::of(&text);
                clauses.prefetch_place(tag);
                clauses.prefetch_clause(tag);
                match clauses.find(tag, &text, &vocabulary) {
                    Some(clause) => clauses.again(clause),
                    None if *has_text => clauses.add(tag, &text, &words, &vocabulary),
                    None => clauses.push(&words),
                }
            }
            clauses.forget_texts();
            let mut found: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
            let each = |words: &[u32], times| {
                *found.entry(words.to_vec()).or_default() += times;
                Ok(())
            };
            clauses.each(each).unwrap();
            prop_assert_eq!(found, naive);
        }
    }
}
