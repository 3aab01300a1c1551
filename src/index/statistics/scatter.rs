//! A radix partition: what one pass finds, put where a later pass needs it. Kept in memory while
//! that is allowed, else in a scratch file.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};

use super::column::unusable;
use crate::error::Result;
use crate::index::page::{Column as Bytes, put_varint};

/// Into how many parts symbols are divided.
pub(super) const PARTS: usize = 128;
/// Symbols before which the frequency of the next does not fall much.
const HEAD: f64 = 8.0;
/// Bytes that may be added between two looks at how many there are.
const SLACK: usize = 1 << 12;
/// A count from here on has a number of its own.
const SMALL_COUNT: u64 = 15;

/// What is known of an n-gram `x·w`, seen from `w`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Joined {
    /// Units of `w`.
    pub length: usize,
    /// The last unit of `w`.
    pub symbol: u32,
    /// How often `x·w` occurs.
    pub count: u64,
    /// How often it did before what is new.
    pub old: u64,
}

/// Divides symbols, ascending, into parts of about equal weight by Zipf's law: the frequent ones
/// were numbered first.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    of: Vec<u8>,
}

impl Parts {
    pub(super) fn new(symbols: u32) -> Self {
        let weight = |symbol: f64| ((symbol + HEAD) / HEAD).ln();
        let whole = weight(f64::from(symbols.max(1)));
        #[expect(clippy::cast_possible_truncation, reason = "a share of the parts")]
        #[expect(clippy::cast_sign_loss, reason = "a share of the parts")]
        let part = |symbol| (weight(f64::from(symbol)) / whole * (PARTS - 1) as f64) as u8;
        Parts { of: (0..symbols).map(part).collect() }
    }

    #[inline]
    pub(super) fn of(&self, symbol: u32) -> usize {
        self.of.get(symbol as usize).map_or(PARTS - 1, |&part| usize::from(part))
    }
}

/// Where the records of [`Joined`] wait, part by part.
///
/// In a part they stand in groups, one of each pair `x·w₁`; within a group what extends an n-gram
/// comes before it, so that the pair itself ends the group.
pub(super) struct Scatter<'s> {
    parts: Vec<Vec<u8>>,
    /// Of each part what was put into the file: from where, how much.
    spilled: Vec<Vec<(u64, usize)>>,
    file: Option<File>,
    file_end: u64,
    held: usize,
    most: usize,
    scratch: &'s dyn Fn() -> Result<File>,
}

impl<'s> Scatter<'s> {
    /// Holds at most about `memory` bytes.
    pub(super) fn new(memory: u64, scratch: &'s dyn Fn() -> Result<File>) -> Self {
        Scatter {
            parts: vec![Vec::new(); PARTS],
            spilled: vec![Vec::new(); PARTS],
            file: None,
            file_end: 0,
            held: 0,
            most: usize::try_from(memory).unwrap_or(usize::MAX),
            scratch,
        }
    }

    /// Appends a record to a part.
    ///
    /// # Errors
    /// When the scratch file cannot be written.
    #[inline]
    pub(super) fn push(&mut self, part: usize, record: &Joined) -> Result<()> {
        let bytes = &mut self.parts[part];
        let before = bytes.len();
        // Three bits of length, one for what is old, four of count.
        let (is_old, small) = (u8::from(record.old > 0), record.count.min(SMALL_COUNT));
        #[expect(clippy::cast_possible_truncation, reason = "below 8 and below 16")]
        bytes.push((record.length as u8) << 5 | is_old << 4 | small as u8);
        put_varint(bytes, u64::from(record.symbol));
        if small == SMALL_COUNT {
            put_varint(bytes, record.count - small);
        }
        if is_old == 1 {
            put_varint(bytes, record.count - record.old);
        }
        self.held += bytes.len() - before;
        if self.held > self.most { self.spill() } else { Ok(()) }
    }

    #[cold]
    fn spill(&mut self) -> Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            None => self.file.insert((self.scratch)()?),
        };
        file.seek(SeekFrom::Start(self.file_end)).map_err(unusable)?;
        for (part, bytes) in self.parts.iter_mut().enumerate() {
            if bytes.is_empty() {
                continue;
            }
            file.write_all(bytes).map_err(unusable)?;
            self.spilled[part].push((self.file_end, bytes.len()));
            self.file_end += bytes.len() as u64;
            *bytes = Vec::new();
        }
        self.held = 0;
        self.most = self.most.max(SLACK);
        Ok(())
    }

    /// Takes a part out, group after group, as they were put in.
    pub(super) fn take(&mut self, part: usize) -> Groups<'_> {
        let blocks = std::mem::take(&mut self.spilled[part]);
        let rest = std::mem::take(&mut self.parts[part]);
        self.held -= rest.len();
        let blocks = blocks.into_iter();
        Groups { file: self.file.as_mut(), blocks, rest: Some(rest), bytes: Vec::new(), at: 0 }
    }
}

/// The groups of one part.
pub(super) struct Groups<'f> {
    file: Option<&'f mut File>,
    blocks: std::vec::IntoIter<(u64, usize)>,
    rest: Option<Vec<u8>>,
    bytes: Vec<u8>,
    at: usize,
}

impl Groups<'_> {
    /// Reads the next group; false at the end.
    ///
    /// # Errors
    /// When the scratch file cannot be read.
    pub(super) fn next(&mut self, group: &mut Vec<Joined>) -> Result<bool> {
        group.clear();
        loop {
            if self.at == self.bytes.len() && !self.refill()? {
                return Ok(!group.is_empty());
            }
            let mut bytes = Bytes { bytes: &self.bytes[self.at..] };
            let record = read(&mut bytes)?;
            self.at = self.bytes.len() - bytes.bytes.len();
            group.push(record);
            if record.length == 1 {
                return Ok(true);
            }
        }
    }

    fn refill(&mut self) -> Result<bool> {
        self.at = 0;
        if let (Some((from, len)), Some(file)) = (self.blocks.next(), self.file.as_mut()) {
            self.bytes.resize(len, 0);
            file.seek(SeekFrom::Start(from)).map_err(unusable)?;
            file.read_exact(&mut self.bytes).map_err(unusable)?;
            return Ok(true);
        }
        self.bytes = self.rest.take().unwrap_or_default();
        Ok(!self.bytes.is_empty())
    }
}

fn read(bytes: &mut Bytes<'_>) -> Result<Joined> {
    // A byte of its own, written above: a varint of one or two bytes would read it differently.
    let (&head, rest) = bytes.bytes.split_first().unwrap_or((&0, &[]));
    bytes.bytes = rest;
    let symbol = u32::try_from(bytes.varint()?).unwrap_or(u32::MAX);
    let mut count = u64::from(head) & SMALL_COUNT;
    if count == SMALL_COUNT {
        count += bytes.varint()?;
    }
    let old = if head & 16 == 0 { 0 } else { count - bytes.varint()?.min(count) };
    Ok(Joined { length: usize::from(head >> 5), symbol, count, old })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn record() -> impl Strategy<Value = Joined> {
        (1usize..8, any::<u32>(), 0u64..1 << 40, any::<bool>(), any::<u64>()).prop_map(
            |(length, symbol, count, small, old)| {
                let count = if small { count % 20 } else { count };
                Joined { length, symbol, count, old: old % (count + 1) }
            },
        )
    }

    proptest! {
        #[test]
        fn what_is_put_in_comes_out(
            records in prop::collection::vec((0..PARTS, record()), 0..300),
            memory in 0u64..2000,
        ) {
            let scratch = || tempfile::tempfile().map_err(unusable);
            let mut scatter = Scatter::new(memory, &scratch);
            for (part, record) in &records {
                scatter.push(*part, record).unwrap();
            }
            for part in 0..PARTS {
                let put: Vec<Joined> =
                    records.iter().filter(|(own, _)| *own == part).map(|(_, r)| *r).collect();
                let (mut taken, mut group) = (vec![], vec![]);
                let mut groups = scatter.take(part);
                while groups.next(&mut group).unwrap() {
                    taken.extend_from_slice(&group);
                }
                prop_assert_eq!(put, taken);
            }
        }

        #[test]
        fn parts_ascend(symbols in 1u32..100_000) {
            let parts = Parts::new(symbols);
            let all: Vec<usize> = (0..symbols + 2).map(|symbol| parts.of(symbol)).collect();
            prop_assert!(all.is_sorted() && all.iter().all(|&part| part < PARTS));
        }
    }
}
