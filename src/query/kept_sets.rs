//! Saved itemsets as bytes: a head, then the itemsets, the most frequent first. Those of a higher
//! support are what the list begins with: how many they are is read off the head, and nothing
//! beyond them is read at all. What REFRESH adds to them is another record
//! ([`kept_later`](super::kept_later)).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::error::{Error, Result};
use crate::index::{Index, SavedParts};
use crate::mine::{Gains, Group, Grown, GrownReader, SetList, Step};
use crate::query::kept_later::Later;
use crate::query::rows::{Row, RowStream};
use crate::query::sets::Sets;
use crate::store::{decode, encode};

/// The first byte of the stored form, which no other saved result begins with.
const PACKED: u8 = 4;
/// The same of one that is always whole: nothing has been added to it.
const WHOLE: u8 = 3;
const HEAD: u8 = 3;
const WHOLE_HEAD: u8 = 2;
/// The first byte, and the length of the head.
const BEFORE_HEAD: usize = 5;
/// What is read at once of a result whose head may be longer or shorter.
pub(super) const FIRST_READ: usize = 1 << 20;

#[derive(Default, Serialize, Deserialize)]
struct Head {
    transactions: u64,
    corpus: Option<u32>,
    names: Vec<String>,
    stretches: Vec<Stretch>,
    /// As of [`Sets`].
    spare: (u64, u64),
}

/// The head of what is always whole.
#[derive(Deserialize)]
struct WholeHead {
    transactions: u64,
    corpus: Option<u32>,
    names: Vec<String>,
    stretches: Vec<Stretch>,
}

impl From<WholeHead> for Head {
    fn from(whole: WholeHead) -> Head {
        let WholeHead { transactions, corpus, names, stretches } = whole;
        Head { transactions, corpus, names, stretches, spare: (0, 0) }
    }
}

/// The itemsets of one count.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Stretch {
    pub(super) count: u64,
    /// How many itemsets there are until its end.
    pub(super) number: u64,
    /// Where it ends.
    pub(super) end: usize,
    /// Of its bytes.
    checksum: u64,
}

/// Saved itemsets of which the heads have been read.
pub struct KeptSets<'i> {
    /// What the heads say of them; the list is empty.
    pub sets: Sets,
    /// Those that fewer transactions hold are left out.
    least: u64,
    parts: SavedParts<'i>,
    stored: Box<Stored>,
}

/// Where they are, and what has become of them.
struct Stored {
    stretches: Vec<Stretch>,
    /// Where the list begins.
    start: usize,
    /// Of the head.
    checksum: u64,
    /// Whether something may be added.
    grows: bool,
    /// How many transactions there were when they were saved, and what was to spare.
    made: (u64, (u64, u64)),
    later: Option<Later>,
}

/// Saved itemsets as they are stored.
#[derive(Default)]
pub struct KeptParts {
    /// Those that were saved.
    pub base: SetList,
    /// Where each count of them ends.
    pub steps: Vec<Step>,
    /// What each number in them is now, where it is another.
    pub numbers: Option<Vec<u32>>,
    /// What they have gained since.
    pub gains: Gains,
    /// How far that takes them, by count.
    pub reaches: Vec<u64>,
    /// Those that have come later.
    pub later: SetList,
}

/// Brings itemsets into the order in which they are stored.
///
/// # Errors
/// When that takes more than `memory` bytes.
pub fn ranked(sets: &mut Sets, memory: u64) -> Result<Vec<Step>> {
    // What is sorted takes about eight times the bytes of the list.
    sets.refuse_beyond(memory / 4)?;
    let (list, steps) = sets.list.ranked()?;
    sets.list = list;
    Ok(steps)
}

/// The stored form of itemsets that are ranked, and where the counts in them end.
///
/// # Errors
/// When the head is beyond what a record may have.
pub fn encode_sets(sets: &Sets, steps: &[Step]) -> Result<Vec<u8>> {
    let list = &sets.list;
    let head = Head {
        transactions: sets.transactions,
        corpus: sets.corpus,
        stretches: stretches(list, steps),
        names: sets.names.iter().map(|name| name.to_string()).collect(),
        spare: sets.spare,
    };
    framed(PACKED, &encode(HEAD, &head)?, list.bytes())
}

/// The form that is always whole, as earlier versions saved it.
#[cfg(test)]
pub(crate) fn encode_whole(sets: &Sets) -> Result<Vec<u8>> {
    let (list, steps) = sets.list.ranked()?;
    let names: Vec<&str> = sets.names.iter().map(|name| &**name).collect();
    let head = (sets.transactions, sets.corpus, names, stretches(&list, &steps));
    framed(WHOLE, &encode(WHOLE_HEAD, &head)?, list.bytes())
}

/// Where the counts in a list end.
pub(super) fn stretches(list: &SetList, steps: &[Step]) -> Vec<Stretch> {
    let mut start = 0;
    let stretches = steps.iter().map(|step| {
        let checksum = xxh3_64(&list.bytes()[start..step.end]);
        start = step.end;
        Stretch { count: step.count, number: step.number, end: step.end, checksum }
    });
    stretches.collect()
}

/// Refuses bytes whose parts, given by where they end, have other checksums.
pub(super) fn check_parts(bytes: &[u8], parts: impl Iterator<Item = (usize, u64)>) -> Result<()> {
    let mut start = 0;
    for (end, checksum) in parts {
        let own = bytes.get(start..end).ok_or_else(damaged)?;
        if xxh3_64(own) != checksum {
            return Err(damaged());
        }
        start = end;
    }
    Ok(())
}

/// The list that begins with some stretches, of the bytes that end with them.
pub(super) fn checked(bytes: Vec<u8>, stretches: &[Stretch]) -> Result<SetList> {
    check_parts(&bytes, stretches.iter().map(|stretch| (stretch.end, stretch.checksum)))?;
    Ok(SetList::from_bytes(stretches.last().map_or(0, |last| last.number), bytes))
}

/// A first byte, the length of a head, the head, and the rest.
pub(super) fn framed(first: u8, head: &[u8], rest: &[u8]) -> Result<Vec<u8>> {
    let length = u32::try_from(head.len())
        .map_err(|_| Error::internal("the names of the items are too long"))?;
    let mut bytes = Vec::with_capacity(BEFORE_HEAD + head.len() + rest.len());
    bytes.push(first);
    bytes.extend(length.to_le_bytes());
    bytes.extend(head);
    bytes.extend(rest);
    Ok(bytes)
}

/// The first byte and the head of what [`framed`] has made, and where the rest begins; `None` of
/// nothing.
pub(super) fn unframed(
    read: impl Fn(std::ops::Range<usize>) -> Result<Vec<u8>>,
) -> Result<Option<(u8, Vec<u8>, usize)>> {
    let mut bytes = read(0..FIRST_READ)?;
    let Some((&first, rest)) = bytes.split_first() else { return Ok(None) };
    let Some(length) = rest.first_chunk() else { return Ok(Some((first, Vec::new(), 0))) };
    let start = BEFORE_HEAD + u32::from_le_bytes(*length) as usize;
    if start > bytes.len() {
        bytes = read(0..start)?;
    }
    bytes.truncate(start);
    Ok(Some((first, bytes.split_off(BEFORE_HEAD), start)))
}

impl<'i> KeptSets<'i> {
    /// Reads the heads of a saved result; `None` where it is not of this form.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it is damaged, and what the store says.
    pub fn open(index: &'i Index, name: &str) -> Result<Option<Self>> {
        let parts = index.saved_parts(name);
        let Some((first @ (PACKED | WHOLE), head, start)) = unframed(|range| parts.bytes(range))?
        else {
            return Ok(None);
        };
        let checksum = xxh3_64(&head);
        let what = "the head of saved itemsets";
        let grows = first == PACKED;
        let head: Head = match grows {
            true => decode(HEAD, what, &head)?,
            false => decode::<WholeHead>(WHOLE_HEAD, what, &head)?.into(),
        };
        let Head { transactions, corpus, names, stretches, spare } = head;
        let names = names.into_iter().map(Arc::from).collect();
        let mut sets = Sets { transactions, corpus, names, ..Sets::default() };
        let later = if grows { Later::open(&parts, checksum, &mut sets)? } else { None };
        let made = (transactions, spare);
        let stored = Box::new(Stored { stretches, start, checksum, grows, made, later });
        Ok(Some(KeptSets { sets, least: 0, parts, stored }))
    }

    /// How many transactions there were when it was saved as a whole, and the count down to which
    /// it had all itemsets then; `None` where that is the least count that was asked for.
    pub fn made(&self) -> (u64, Option<u64>) {
        let (transactions, (_, floor)) = self.stored.made;
        (transactions, Some(floor).filter(|floor| *floor > 0))
    }

    /// What tells it from others that may be added to; `None` where nothing may be.
    pub fn identity(&self) -> Option<u64> {
        self.stored.grows.then_some(self.stored.checksum)
    }

    /// How many itemsets at least `least` transactions hold.
    pub fn number(&self, least: u64) -> u64 {
        match &self.stored.later {
            Some(later) => later.number(least),
            None => self.reached(self.meant(least)).last().map_or(0, |stretch| stretch.number),
        }
    }

    /// The highest count that so many itemsets have or exceed; 0 where there are fewer.
    pub fn reaching(&self, number: u64) -> u64 {
        match &self.stored.later {
            Some(later) => later.reaching(number),
            None => {
                let place =
                    self.stored.stretches.partition_point(|stretch| stretch.number < number);
                let count = self.stored.stretches.get(place).map_or(0, |stretch| stretch.count);
                if count < self.meant(0) { 0 } else { count }
            }
        }
    }

    /// The same without those that fewer than so many transactions hold.
    pub fn at_least(self, least: u64) -> Self {
        KeptSets { least: least.max(self.least), ..self }
    }

    /// The itemsets.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when they are damaged, and what the store says.
    pub fn load(self) -> Result<Sets> {
        let least = self.meant(self.least);
        let parts = self.parts(least)?;
        let list = if parts.is_whole() { parts.base } else { parts.grown().ranked(least).0 };
        Ok(Sets { list, ..self.sets })
    }

    /// The itemsets as rows. Those of a list that has grown are put together on the way.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when they are damaged, and what the store says.
    pub fn into_rows<'a>(self) -> Result<RowStream<'a>> {
        let least = self.meant(self.least);
        let parts = self.parts(least)?;
        if parts.is_whole() {
            return Ok(Sets { list: parts.base, ..self.sets }.into_rows());
        }
        let reader = GrownReader::new(&parts.grown(), least);
        let (group, place, count) = (Group::default(), 0, 0);
        Ok(Box::new(GrownRows { sets: self.sets, parts, reader, group, place, count }))
    }

    /// The parts of what is stored that may be of itemsets that at least `least` transactions hold.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when they are damaged, and what the store says.
    pub fn parts(&self, least: u64) -> Result<KeptParts> {
        let reached = match &self.stored.later {
            Some(later) => &self.stored.stretches[..later.reached(&self.stored.stretches, least)],
            None => self.reached(least),
        };
        let end = reached.last().map_or(0, |stretch| stretch.end);
        let bytes = self.parts.bytes(self.stored.start..self.stored.start.saturating_add(end))?;
        let base = checked(bytes, reached)?;
        let steps = reached
            .iter()
            .map(|&Stretch { count, number, end, .. }| Step { count, number, end })
            .collect();
        let mut parts = KeptParts { base, steps, ..KeptParts::default() };
        if let Some(later) = &self.stored.later {
            (parts.gains, parts.later) = later.load(&self.parts, reached.len(), least)?;
            parts.reaches = later.reaches(reached);
            parts.numbers = later.numbers().map(<[u32]>::to_vec);
        }
        Ok(parts)
    }

    /// That count, or the least of those that are meant.
    fn meant(&self, least: u64) -> u64 {
        least.max(self.stored.later.as_ref().map_or(self.stored.made.1.0, |later| later.least()))
    }

    fn reached(&self, least: u64) -> &[Stretch] {
        reached(&self.stored.stretches, least)
    }
}

impl KeptParts {
    /// Whether nothing has become of those that were saved.
    fn is_whole(&self) -> bool {
        self.gains.is_empty() && self.later.is_empty() && self.numbers.is_none()
    }

    /// All parts together.
    fn grown(&self) -> Grown<'_> {
        let KeptParts { base, numbers, gains, reaches, later, .. } = self;
        Grown { base, numbers: numbers.as_deref(), gains, reaches, later }
    }
}

/// The rows of a list that has grown.
struct GrownRows {
    sets: Sets,
    parts: KeptParts,
    reader: GrownReader,
    /// The itemsets of a count, and how many of them have been given.
    group: Group,
    place: usize,
    count: u64,
}

impl Iterator for GrownRows {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.group.get(self.place).is_none() {
            self.count = self.reader.next_group(&self.parts.grown(), &mut self.group)?;
            self.place = 0;
        }
        let items = self.group.get(self.place)?;
        self.place += 1;
        Some(Ok(self.sets.row(items, self.count)))
    }
}

/// Those of so high a count.
pub(super) fn reached(stretches: &[Stretch], least: u64) -> &[Stretch] {
    &stretches[..stretches.partition_point(|stretch| stretch.count >= least)]
}

pub(super) fn damaged() -> Error {
    Error::corrupt("saved itemsets are damaged").hint("DROP ITEMSETS and mine them again")
}
