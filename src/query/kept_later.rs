//! What has become of saved itemsets since: a head, what each has gained, and those that came
//! later, ranked. The itemsets themselves stay as they were saved; whoever reads them puts both
//! together ([`Grown`](crate::mine::Grown)).

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use crate::error::Result;
use crate::index::SavedParts;
use crate::mine::{Gains, Refreshed, SetList, reaches};
use crate::query::kept_sets::{
    Stretch, check_parts, checked, damaged, framed, reached, stretches, unframed,
};
use crate::query::sets::Sets;
use crate::store::{decode, encode};

/// The first byte of the stored form.
const LATER: u8 = 1;
const HEAD: u8 = 1;

#[derive(Default, Serialize, Deserialize)]
struct Head {
    /// Of the head of what was saved.
    base: u64,
    transactions: u64,
    /// What fewer transactions hold does not count.
    least: u64,
    /// The names that the saved ones lack, sorted.
    names: Vec<String>,
    /// For each count that was saved.
    gains: Vec<Gained>,
    /// For each count that there is now, the highest first, how many have it or a higher one.
    counts: Vec<(u64, u64)>,
    /// Of those that came later.
    stretches: Vec<Stretch>,
}

/// What the itemsets of one count have gained.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Gained {
    most: u64,
    /// Where it ends.
    end: usize,
    /// Of its bytes.
    checksum: u64,
}

/// What has become of saved itemsets, of which the head has been read.
pub(super) struct Later {
    head: Head,
    /// Where the gains begin.
    start: usize,
    /// What each number in the saved ones is now, where it is another.
    numbers: Option<Vec<u32>>,
}

/// The stored form of what has become of itemsets that are told by `base`, and lack some names.
///
/// # Errors
/// When the head is beyond what a record may have.
pub fn encode_later(
    base: u64,
    names: Vec<String>,
    (transactions, least): (u64, u64),
    refreshed: &Refreshed,
) -> Result<Vec<u8>> {
    let Refreshed { gains, steps, later, later_steps, counts, .. } = refreshed;
    let mut start = 0;
    let gained = steps.iter().map(|step| {
        let checksum = xxh3_64(&gains.bytes()[start..step.end]);
        start = step.end;
        Gained { most: step.most, end: step.end, checksum }
    });
    let head = Head {
        base,
        transactions,
        least,
        names,
        gains: gained.collect(),
        counts: counts.clone(),
        stretches: stretches(later, later_steps),
    };
    framed(LATER, &encode(HEAD, &head)?, &[gains.bytes(), later.bytes()].concat())
}

impl Later {
    /// Reads the head of what belongs to saved itemsets, and makes what is known of these true of
    /// today; `None` where there is none.
    pub(super) fn open(
        parts: &SavedParts<'_>,
        base: u64,
        sets: &mut Sets,
    ) -> Result<Option<Later>> {
        let Some((first, head, start)) = unframed(|range| parts.later(range))? else {
            return Ok(None);
        };
        let head: Head = decode(HEAD, "what has become of saved itemsets", &head)?;
        if first != LATER || head.base != base {
            return Err(damaged());
        }
        sets.transactions = head.transactions;
        let numbers = (!head.names.is_empty()).then(|| {
            let own = std::mem::take(&mut sets.names);
            let mut others = head.names.iter().peekable();
            let mut numbers = Vec::with_capacity(own.len());
            for name in own {
                while let Some(other) = others.next_if(|other| other.as_str() < &*name) {
                    sets.names.push(Arc::from(other.as_str()));
                }
                numbers.push(u32::try_from(sets.names.len()).unwrap_or(u32::MAX));
                sets.names.push(name);
            }
            sets.names.extend(others.map(|name| Arc::from(name.as_str())));
            numbers
        });
        Ok(Some(Later { head, start, numbers }))
    }

    pub(super) fn least(&self) -> u64 {
        self.head.least
    }

    pub(super) fn numbers(&self) -> Option<&[u32]> {
        self.numbers.as_deref()
    }

    /// How many itemsets at least `least` transactions hold.
    pub(super) fn number(&self, least: u64) -> u64 {
        let reached = self.head.counts.partition_point(|(count, _)| *count >= least);
        reached.checked_sub(1).map_or(0, |last| self.head.counts[last].1)
    }

    /// The highest count that so many itemsets have or exceed; 0 where there are fewer.
    pub(super) fn reaching(&self, number: u64) -> u64 {
        let place = self.head.counts.partition_point(|(_, all)| *all < number);
        self.head.counts.get(place).map_or(0, |(count, _)| *count)
    }

    /// How many of the counts that were saved have to be read for those that are so high now.
    pub(super) fn reached(&self, stretches: &[Stretch], least: u64) -> usize {
        let reaches = |(stretch, gained): (&Stretch, &Gained)| {
            stretch.count.saturating_add(gained.most) >= least
        };
        let last = stretches.iter().zip(&self.head.gains).rposition(reaches);
        last.map_or(0, |last| last + 1)
    }

    /// How far the gains take the itemsets of the first of the counts that were saved.
    pub(super) fn reaches(&self, stretches: &[Stretch]) -> Vec<u64> {
        let counts = stretches.iter().zip(&self.head.gains);
        reaches(counts.map(|(stretch, gained)| (stretch.count, gained.most)))
    }

    /// The gains of so many of the counts that were saved, and those of the later itemsets that
    /// at least `least` transactions hold.
    pub(super) fn load(
        &self,
        parts: &SavedParts<'_>,
        counts: usize,
        least: u64,
    ) -> Result<(Gains, SetList)> {
        let gained = self.head.gains.get(..counts).ok_or_else(damaged)?;
        let end = gained.last().map_or(0, |gained| gained.end);
        let bytes = parts.later(self.start..self.start.saturating_add(end))?;
        check_parts(&bytes, gained.iter().map(|gained| (gained.end, gained.checksum)))?;
        let list = self.start.saturating_add(self.head.gains.last().map_or(0, |last| last.end));
        let reached = reached(&self.head.stretches, least);
        let end = reached.last().map_or(0, |stretch| stretch.end);
        let later = checked(parts.later(list..list.saturating_add(end))?, reached)?;
        Ok((Gains::from_bytes(bytes), later))
    }
}
