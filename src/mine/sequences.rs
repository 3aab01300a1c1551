//! Frequent sequences with gaps: PrefixSpan (Pei et al. 2004) with a limit on the gaps.
//!
//! A sequence occurs in a sentence where its items stand in that order, with at most `max_gap`
//! places between two that follow each other; it counts once a sentence. Without a limit on gaps,
//! the earliest place where a prefix ends decides everything; with one, all are followed.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::control::Control;
use crate::error::{Error, Result};

/// A place that no sequence uses, but that counts in a gap: punctuation.
pub const GAP: u32 = u32::MAX;
/// Bytes of a sequence that was found, beside its items.
const SEQUENCE_BYTES: u64 = 48;

/// Sentences, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Sentences {
    items: Vec<u32>,
    ends: Vec<usize>,
}

/// What a sequence has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequenceLimits {
    /// It occurs in at least so many sentences; 0 is taken for 1.
    pub support: u64,
    /// At most so many places stand between two of its items; `None` is no limit.
    pub max_gap: Option<usize>,
    /// It has no more items; 0 is no limit.
    pub max_size: usize,
    /// Leaves out sequences that occur in as many sentences as one with one more item, which may
    /// stand before, between or after theirs and be of any size.
    pub closed: bool,
    /// Bytes that the sequences may take.
    pub memory: u64,
}

/// A sequence and the number of sentences that it occurs in.
pub type Sequence = (Vec<u32>, u64);

impl Sentences {
    /// Adds a sentence.
    pub fn push(&mut self, items: impl IntoIterator<Item = u32>) {
        self.items.extend(items);
        self.ends.push(self.items.len());
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The bytes that they take.
    pub fn bytes(&self) -> u64 {
        (self.items.len() * 4 + self.ends.len() * 8) as u64
    }

    /// An error once they take more than `memory` bytes.
    ///
    /// # Errors
    /// [`Error::Query`] that says so.
    pub fn fits(&self, memory: u64) -> Result<()> {
        if self.bytes() <= memory {
            return Ok(());
        }
        let message =
            format!("the sentences take more than the {} MB that are allowed", memory >> 20);
        Err(Error::query(message).hint("SET memory = 2GiB allows more"))
    }

    fn end(&self, sentence: u32) -> usize {
        self.ends.get(sentence as usize).copied().unwrap_or(0)
    }

    fn each_place(&self) -> impl Iterator<Item = (u32, usize)> {
        let mut start = 0;
        (0u32..).zip(&self.ends).flat_map(move |(sentence, &end)| {
            let places = start..end;
            start = end;
            places.map(move |place| (sentence, place))
        })
    }
}

/// All frequent sequences, in no order that a caller may rely on.
///
/// # Errors
/// [`Error::Query`] where they take more memory than is allowed; an interruption.
pub fn sequences(
    sentences: &Sentences,
    limits: &SequenceLimits,
    control: &Control,
) -> Result<Vec<Sequence>> {
    let items = sentences.items.iter().filter(|item| **item != GAP).max();
    let mut search = Search {
        sentences,
        limits,
        control,
        prefix: Vec::new(),
        found: Vec::new(),
        bytes: 0,
        tally: vec![Tally::default(); items.map_or(0, |item| *item as usize + 1)],
    };
    let first = search.frequent(|take| {
        sentences.each_place().for_each(|(sentence, place)| take(sentence, place));
    });
    search.grow(first)?;
    let mut found = search.found;
    if limits.closed {
        keep_closed(&mut found);
        found.retain(|(items, _)| limits.max_size == 0 || items.len() <= limits.max_size);
    }
    Ok(found)
}

/// Where a prefix ends: sentences with places, in order.
#[derive(Default)]
struct Projection {
    ends: Vec<(u32, usize)>,
    sentences: u64,
}

impl Projection {
    /// Adds a place; unless `all` are wanted, only the first of each sentence is kept.
    fn add(&mut self, sentence: u32, place: usize, all: bool) {
        let is_new = self.ends.last().is_none_or(|(last, _)| *last != sentence);
        self.sentences += u64::from(is_new);
        if is_new || all {
            self.ends.push((sentence, place));
        }
    }

    /// Hands over the places that may follow, in order.
    fn each_next(
        &self,
        sentences: &Sentences,
        max_gap: Option<usize>,
        take: &mut dyn FnMut(u32, usize),
    ) {
        for group in self.ends.chunk_by(|one, two| one.0 == two.0) {
            let sentence = group[0].0;
            let end = sentences.end(sentence);
            // The reaches of the places overlap; each place is looked at once.
            let mut from = 0;
            for &(_, place) in group {
                let reach = max_gap.map(|gap| place.saturating_add(gap).saturating_add(2));
                let to = reach.map_or(end, |reach| reach.min(end));
                (from.max(place + 1)..to).for_each(|at| take(sentence, at));
                from = from.max(to);
            }
        }
    }
}

struct Search<'s> {
    sentences: &'s Sentences,
    limits: &'s SequenceLimits,
    control: &'s Control,
    prefix: Vec<u32>,
    found: Vec<Sequence>,
    bytes: u64,
    /// By item; clean between two uses.
    tally: Vec<Tally>,
}

/// What is known of an item while the places that it follows at are gone through.
#[derive(Clone, Copy, Default)]
struct Tally {
    /// The last sentence it was seen in, from 1.
    seen: u64,
    sentences: u64,
    /// Its number among the frequent ones, from 1.
    number: usize,
}

impl Search<'_> {
    /// Takes the prefixes that end in each item, and makes them longer.
    fn grow(&mut self, by_item: Vec<(u32, Projection)>) -> Result<()> {
        self.control.check()?;
        // To know what is closed, one item more is looked at than is wanted.
        let most = match (self.limits.max_size, self.limits.closed) {
            (0, _) => usize::MAX,
            (size, closed) => size.saturating_add(usize::from(closed)),
        };
        for (item, ends) in by_item {
            self.prefix.push(item);
            self.take(ends.sentences)?;
            if self.prefix.len() < most {
                let (sentences, gap) = (self.sentences, self.limits.max_gap);
                let longer = self.frequent(|take| ends.each_next(sentences, gap, take));
                drop(ends);
                self.grow(longer)?;
            }
            self.prefix.pop();
        }
        Ok(())
    }

    /// The frequent items among some places, in order, with those places. They are gone through
    /// twice: most items turn out to be rare, and nothing is kept of those.
    fn frequent(&mut self, each: impl Fn(&mut dyn FnMut(u32, usize))) -> Vec<(u32, Projection)> {
        let (items, tally) = (&self.sentences.items, &mut self.tally);
        let mut touched = Vec::new();
        each(&mut |sentence, place| {
            let Some(own) = tally.get_mut(items[place] as usize) else { return };
            if own.seen != u64::from(sentence) + 1 {
                own.seen = u64::from(sentence) + 1;
                own.sentences += 1;
                if own.sentences == 1 {
                    touched.push(items[place]);
                }
            }
        });
        touched.sort_unstable();
        let mut found: Vec<(u32, Projection)> = Vec::new();
        for &item in &touched {
            let own = &mut tally[item as usize];
            if own.sentences >= self.limits.support.max(1) {
                found.push((item, Projection::default()));
                own.number = found.len();
            }
        }
        if !found.is_empty() {
            let all = self.limits.max_gap.is_some();
            each(&mut |sentence, place| {
                let number = tally.get(items[place] as usize).map_or(0, |own| own.number);
                if let Some((_, ends)) = number.checked_sub(1).and_then(|at| found.get_mut(at)) {
                    ends.add(sentence, place, all);
                }
            });
        }
        touched.iter().for_each(|item| tally[*item as usize] = Tally::default());
        found
    }

    fn take(&mut self, count: u64) -> Result<()> {
        self.bytes += self.prefix.len() as u64 * 4 + SEQUENCE_BYTES;
        if self.bytes > self.limits.memory {
            let message = format!(
                "more than {} frequent sequences take more than the {} MB that are allowed",
                self.found.len(),
                self.limits.memory >> 20
            );
            let hint = "a higher support, a smaller max_gap or max_size";
            return Err(Error::query(message).hint(hint));
        }
        self.found.push((self.prefix.clone(), count));
        Ok(())
    }
}

/// Leaves out what is as frequent as a sequence with one more item.
fn keep_closed(found: &mut Vec<Sequence>) {
    let counts: FxHashMap<&[u32], u64> =
        found.iter().map(|(items, count)| (items.as_slice(), *count)).collect();
    let mut open: FxHashSet<Vec<u32>> = FxHashSet::default();
    let mut shorter = Vec::new();
    for (items, count) in found.iter() {
        for left_out in 0..items.len() {
            shorter.clear();
            shorter.extend_from_slice(&items[..left_out]);
            shorter.extend_from_slice(&items[left_out + 1..]);
            if counts.get(shorter.as_slice()) == Some(count) {
                open.insert(shorter.clone());
            }
        }
    }
    found.retain(|(items, _)| !open.contains(items));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    const ANY: SequenceLimits =
        SequenceLimits { support: 1, max_gap: None, max_size: 0, closed: false, memory: u64::MAX };

    fn mined(sentences: &[Vec<u32>], limits: &SequenceLimits) -> BTreeMap<Vec<u32>, u64> {
        let mut all = Sentences::default();
        sentences.iter().for_each(|items| all.push(items.iter().copied()));
        let found = sequences(&all, limits, &Control::default()).unwrap();
        let by_items: BTreeMap<_, _> = found.iter().cloned().collect();
        assert_eq!(by_items.len(), found.len(), "each sequence once");
        by_items
    }

    /// Every choice of places that keeps to the gap, sentence by sentence.
    fn naive(sentences: &[Vec<u32>], limits: &SequenceLimits) -> BTreeMap<Vec<u32>, u64> {
        let mut counts: BTreeMap<Vec<u32>, u64> = BTreeMap::new();
        for items in sentences {
            let mut own = BTreeSet::new();
            for choice in 1u32..1 << items.len() {
                let places: Vec<usize> =
                    (0..items.len()).filter(|place| choice >> place & 1 == 1).collect();
                let near =
                    |step: &[usize]| limits.max_gap.is_none_or(|gap| step[1] - step[0] - 1 <= gap);
                if places.windows(2).all(near) && places.iter().all(|place| items[*place] != GAP) {
                    own.insert(places.iter().map(|place| items[*place]).collect::<Vec<_>>());
                }
            }
            own.into_iter().for_each(|items| *counts.entry(items).or_default() += 1);
        }
        counts.retain(|_, count| *count >= limits.support.max(1));
        let all = counts.clone();
        let within = |own: &[u32], longer: &[u32]| {
            (0..longer.len()).any(|out| [&longer[..out], &longer[out + 1..]].concat() == own)
        };
        counts.retain(|items, count| {
            let fits = limits.max_size == 0 || items.len() <= limits.max_size;
            let absorbed = |(longer, other): (&Vec<u32>, &u64)| {
                longer.len() == items.len() + 1 && other == count && within(items, longer)
            };
            fits && !(limits.closed && all.iter().any(absorbed))
        });
        counts
    }

    proptest! {
        #[test]
        fn finds_what_brute_force_finds(
            sentences in proptest::collection::vec(
                proptest::collection::vec(prop_oneof![5 => 0u32..4, 1 => Just(GAP)], 0..8), 0..6),
            support in 0u64..4,
            max_gap in proptest::option::of(0usize..4),
            max_size in 0usize..4,
            closed: bool,
        ) {
            let limits = SequenceLimits { support, max_gap, max_size, closed, ..ANY };
            prop_assert_eq!(mined(&sentences, &limits), naive(&sentences, &limits));
        }
    }

    #[test]
    fn a_sequence_counts_once_a_sentence() {
        let found = mined(&[vec![1, 1, 2], vec![2, 1]], &ANY);
        assert_eq!(found[&vec![1]], 2);
        assert_eq!(found[&vec![1, 2]], 1);
        assert_eq!(found[&vec![1, 1]], 1);
        let near = mined(&[vec![1, GAP, 2]], &SequenceLimits { max_gap: Some(0), ..ANY });
        assert_eq!(near.len(), 2, "punctuation takes up a place");
    }

    #[test]
    fn too_many_are_refused() {
        let mut all = Sentences::default();
        all.push(0..20);
        let limits = SequenceLimits { memory: 10_000, ..ANY };
        let error = sequences(&all, &limits, &Control::default()).unwrap_err();
        assert!(error.to_string().contains("frequent sequences"), "{error}");
    }
}
