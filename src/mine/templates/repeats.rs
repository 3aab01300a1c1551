//! The clauses of a text in memory, each once with how often it occurs: half of what people write
//! has been written before.

use xxhash_rust::xxh3::xxh3_64;

use crate::index::prefetch;

/// Bytes of a clause beside its words and its text: where the words end, how often it occurs, its
/// place in the table, its number before the text and the end behind it.
const CLAUSE_BYTES: u64 = 32;
/// Bytes of text that most words and clauses have at least.
const WORD_BYTES: usize = 4;
const CLAUSE_TEXT_BYTES: usize = 24;
/// Bytes of the number of a clause before its text.
const NUMBER_BYTES: usize = 4;
/// What follows each text, and is in none.
const END: u8 = b'\n';
/// The table has at least so many places, a power of two.
const FEWEST_PLACES: usize = 1 << 10;

/// Clauses as numbers of words, one after the other.
#[derive(Default)]
pub struct Clauses {
    words: Vec<u32>,
    /// By clause, where its words end.
    ends: Vec<u32>,
    /// By clause, how often it occurs.
    times: Vec<u64>,
    /// The texts of those that are to be found, each with the number of its clause before it.
    texts: Vec<u8>,
    /// Open addressing; at most three places of four are taken.
    table: Vec<Place>,
    taken: usize,
    most: u64,
}

/// A place of the table: a part of the hash, and where number and text begin.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    tag: u32,
    start: u32,
}

const FREE: Place = Place { tag: 0, start: u32::MAX };

/// The hash of a text, as far as the table knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(u32);

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

    /// Makes room for the clauses of so many bytes of text. It costs nothing before it is used, and
    /// what has room need not be moved.
    pub fn reserve(&mut self, bytes: u64) {
        let room = usize::try_from(bytes.min(self.most)).unwrap_or(0);
        self.texts.reserve(room);
        self.words.reserve(room / WORD_BYTES);
        self.ends.reserve(room / CLAUSE_TEXT_BYTES);
        self.times.reserve(room / CLAUSE_TEXT_BYTES);
    }

    /// Whether they take more bytes than they may.
    pub fn are_too_many(&self) -> bool {
        self.bytes() > self.most
    }

    /// How many words they have together, each clause counted once.
    pub fn words(&self) -> u64 {
        self.words.len() as u64
    }

    /// Asks for the place of a text that will be looked for soon.
    #[inline]
    pub fn expect(&self, tag: Tag) {
        prefetch(&self.table, self.place(tag));
    }

    /// Asks for what the place of a text names, once that is at hand.
    #[inline]
    pub fn expect_text(&self, tag: Tag) {
        if let Some(place) = self.table.get(self.place(tag)) {
            prefetch(&self.texts, place.start as usize);
        }
    }

    /// The number of the clause of a text.
    #[inline]
    pub fn find(&self, tag: Tag, text: &str) -> Option<u32> {
        let mut place = self.place(tag);
        loop {
            let own = *self.table.get(place).filter(|own| **own != FREE)?;
            if own.tag == tag.0
                && let Some(number) = self.number(own.start as usize, text.as_bytes())
            {
                return Some(number);
            }
            place = (place + 1) & (self.table.len() - 1);
        }
    }

    /// The number of the clause whose text begins at a place, if it is this one.
    #[inline]
    fn number(&self, start: usize, text: &[u8]) -> Option<u32> {
        let (number, rest) = self.texts.get(start..)?.split_first_chunk::<NUMBER_BYTES>()?;
        let is_it = rest.starts_with(text) && rest.get(text.len()) == Some(&END);
        is_it.then(|| u32::from_le_bytes(*number))
    }

    #[inline]
    fn place(&self, tag: Tag) -> usize {
        tag.0 as usize & self.table.len().wrapping_sub(1)
    }

    /// A clause that is there occurs once more.
    #[inline]
    pub fn again(&mut self, clause: u32) {
        self.times[clause as usize] += 1;
    }

    /// Adds a clause that was not there, with its text.
    pub fn add(&mut self, tag: Tag, text: &str, words: &[u32]) {
        if self.taken >= self.table.len() / 4 * 3 {
            self.grow();
        }
        let number = narrow(self.ends.len());
        self.enter(Place { tag: tag.0, start: narrow(self.texts.len()) });
        self.texts.extend_from_slice(&number.to_le_bytes());
        self.texts.extend_from_slice(text.as_bytes());
        self.texts.push(END);
        self.push(words);
    }

    /// Adds a clause that need not be found by its text.
    pub fn push(&mut self, words: &[u32]) {
        self.words.extend_from_slice(words);
        self.ends.push(narrow(self.words.len()));
        self.times.push(1);
    }

    fn grow(&mut self) {
        let places = (self.table.len() * 2).max(FEWEST_PLACES);
        let before = std::mem::replace(&mut self.table, vec![FREE; places]);
        self.taken = 0;
        before.into_iter().filter(|place| *place != FREE).for_each(|place| self.enter(place));
    }

    fn enter(&mut self, new: Place) {
        let mut place = self.place(Tag(new.tag));
        while self.table[place] != FREE {
            place = (place + 1) & (self.table.len() - 1);
        }
        self.table[place] = new;
        self.taken += 1;
    }

    /// Gives up the texts once all clauses are there.
    pub fn forget_texts(&mut self) {
        (self.texts, self.table, self.taken) = Default::default();
    }

    /// The bytes that they take; beyond all bounds where they cannot be numbered.
    pub fn bytes(&self) -> u64 {
        let longest = self.words.len().max(self.texts.len());
        if u32::try_from(longest).is_err() {
            return u64::MAX;
        }
        let clauses = self.ends.len() as u64 * CLAUSE_BYTES;
        self.words.len() as u64 * 4 + self.texts.len() as u64 + clauses
    }

    /// All of them with how often they occur, in the order in which they first came.
    pub fn iter(&self) -> impl Iterator<Item = (&[u32], u64)> {
        let mut start = 0;
        self.ends.iter().zip(&self.times).map(move |(end, times)| {
            let end = *end as usize;
            (&self.words[std::mem::replace(&mut start, end)..end], *times)
        })
    }
}

/// Whoever fills it looks at [`Clauses::bytes`] in time.
fn narrow(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn each_once_with_how_often(
            texts in proptest::collection::vec(("[ab]{1,3}|[a-h]{3}", any::<bool>()), 0..2000),
        ) {
            let mut clauses = Clauses::default();
            let mut naive: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
            for (text, has_text) in &texts {
                let words: Vec<u32> = text.chars().map(u32::from).collect();
                *naive.entry(words.clone()).or_default() += 1;
                let tag = Tag::of(text);
                clauses.expect(tag);
                clauses.expect_text(tag);
                match clauses.find(tag, text) {
                    Some(clause) => clauses.again(clause),
                    None if *has_text => clauses.add(tag, text, &words),
                    None => clauses.push(&words),
                }
            }
            clauses.forget_texts();
            let mut found: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
            for (words, times) in clauses.iter() {
                *found.entry(words.to_vec()).or_default() += times;
            }
            prop_assert_eq!(found, naive);
        }
    }
}
