//! Saved itemsets as bytes: a head, then the itemsets, the most frequent first. Those of a higher
//! support are what the list begins with: how many they are is read off the head, and nothing
//! beyond them is read at all.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::error::{Error, Result};
use crate::index::{Index, SavedParts};
use crate::mine::{SetList, Step};
use crate::query::sets::Sets;
use crate::store::{decode, encode};

/// The first byte of the stored form, which no other saved result begins with.
const PACKED: u8 = 3;
const HEAD: u8 = 2;
/// The first byte, and the length of the head.
const BEFORE_HEAD: usize = 5;
/// What is read at once of a result whose head may be longer or shorter.
const FIRST_READ: usize = 1 << 20;

#[derive(Default, Serialize, Deserialize)]
struct Head {
    transactions: u64,
    corpus: Option<u32>,
    names: Vec<String>,
    stretches: Vec<Stretch>,
}

/// The itemsets of one count.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Stretch {
    count: u64,
    /// How many itemsets there are until its end.
    number: u64,
    /// Where it ends.
    end: usize,
    /// Of its bytes.
    checksum: u64,
}

/// Saved itemsets of which the head has been read.
pub struct KeptSets<'i> {
    /// What the head says of them; the list is empty.
    pub sets: Sets,
    parts: SavedParts<'i>,
    stretches: Vec<Stretch>,
    /// Where the list begins.
    start: usize,
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
    let mut start = 0;
    let stretches = steps.iter().map(|step| {
        let checksum = xxh3_64(&list.bytes()[start..step.end]);
        start = step.end;
        Stretch { count: step.count, number: step.number, end: step.end, checksum }
    });
    let head = Head {
        transactions: sets.transactions,
        corpus: sets.corpus,
        stretches: stretches.collect(),
        names: sets.names.iter().map(|name| name.to_string()).collect(),
    };
    let head = encode(HEAD, &head)?;
    let length = u32::try_from(head.len())
        .map_err(|_| Error::internal("the names of the items are too long"))?;
    let mut bytes = vec![PACKED];
    bytes.extend(length.to_le_bytes());
    bytes.extend(head);
    bytes.extend(list.bytes());
    Ok(bytes)
}

impl<'i> KeptSets<'i> {
    /// Reads the head of a saved result; `None` where it is not of this form.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when it is damaged, and what the store says.
    pub fn open(index: &'i Index, name: &str) -> Result<Option<Self>> {
        let parts = index.saved_parts(name);
        let mut bytes = parts.bytes(0..FIRST_READ)?;
        let Some((&PACKED, rest)) = bytes.split_first() else { return Ok(None) };
        let length = rest.first_chunk().ok_or_else(damaged)?;
        let start = BEFORE_HEAD + u32::from_le_bytes(*length) as usize;
        if start > bytes.len() {
            bytes = parts.bytes(0..start)?;
        }
        let head = bytes.get(BEFORE_HEAD..start).ok_or_else(damaged)?;
        let head: Head = decode(HEAD, "the head of saved itemsets", head)?;
        let Head { transactions, corpus, names, stretches } = head;
        let names = names.into_iter().map(Arc::from).collect();
        let sets = Sets { transactions, corpus, names, list: SetList::default() };
        Ok(Some(KeptSets { sets, parts, stretches, start }))
    }

    /// How many itemsets at least `least` transactions hold.
    pub fn number(&self, least: u64) -> u64 {
        self.reached(least).last().map_or(0, |stretch| stretch.number)
    }

    /// The itemsets that at least `least` transactions hold.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when they are damaged, and what the store says.
    pub fn load(self, least: u64) -> Result<Sets> {
        let reached = self.reached(least);
        let end = reached.last().map_or(0, |stretch| stretch.end);
        let bytes = self.parts.bytes(self.start..self.start.saturating_add(end))?;
        let mut start = 0;
        for stretch in reached {
            let own = bytes.get(start..stretch.end).ok_or_else(damaged)?;
            if xxh3_64(own) != stretch.checksum {
                return Err(damaged());
            }
            start = stretch.end;
        }
        let list = SetList::from_bytes(self.number(least), bytes);
        Ok(Sets { list, ..self.sets })
    }

    fn reached(&self, least: u64) -> &[Stretch] {
        &self.stretches[..self.stretches.partition_point(|stretch| stretch.count >= least)]
    }
}

fn damaged() -> Error {
    Error::corrupt("saved itemsets are damaged").hint("DROP ITEMSETS and mine them again")
}
