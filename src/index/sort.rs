//! Windows in order: scattered from the streams into buckets, sorted bucket after bucket.
//!
//! Only the streams are kept for the whole batch. Windows take up to eight times as much, so a
//! large batch is read several times, each time for as many buckets as the memory holds. Threads
//! take neighbouring buckets, so that each writes one stretch of the key space. No hash map sees an
//! n-gram.

use std::ops::Range;

use super::buckets::Buckets;
use super::room::Room;
use super::tokens::Settled;
use super::window::{BOUNDARY, Packed, Shape};
use crate::control::on_threads;
use crate::error::Result;

/// Streams of symbols and how many windows of each go into each bucket.
pub(super) struct Sorter {
    streams: Vec<Vec<u32>>,
    buckets: Buckets,
    counts: Vec<Vec<u32>>,
}

/// Neighbouring buckets that one thread sorts.
pub(super) struct Region {
    buckets: Range<usize>,
    /// Windows in the buckets before them.
    pub before: u64,
}

/// Takes distinct windows in order.
pub(super) trait WindowSink<K>: Send {
    /// The next window and its count.
    ///
    /// # Errors
    /// Whatever ends the sorting.
    fn take(&mut self, window: K, count: u64) -> Result<()>;
}

impl Sorter {
    /// Counts what goes where, one thread a stream.
    pub(super) fn new(settled: Settled) -> Self {
        let mut frequencies = vec![0; settled.frequencies.first().map_or(0, Vec::len)];
        for part in &settled.frequencies {
            for (sum, frequency) in frequencies.iter_mut().zip(part) {
                *sum += frequency;
            }
        }
        let buckets = Buckets::new(&frequencies);
        let streams = settled.streams;
        let counts = on_threads(streams.iter().collect(), |symbols: &Vec<u32>| {
            // A stream is shorter than 2^32: a batch is.
            let mut counts = vec![0u32; buckets.len()];
            for pair in symbols.windows(2) {
                counts[buckets.of(pair[0], pair[1])] += 1;
            }
            counts
        });
        Sorter { streams, buckets, counts }
    }

    /// How many windows there are.
    pub(super) fn windows(&self) -> u64 {
        (0..self.buckets.len()).map(|bucket| self.in_bucket(bucket)).sum()
    }

    fn in_bucket(&self, bucket: usize) -> u64 {
        self.counts.iter().map(|counts| u64::from(counts[bucket])).sum()
    }

    /// Cuts the buckets into `threads` regions of about equally many windows.
    pub(super) fn regions(&self, threads: usize) -> Vec<Region> {
        let total = self.windows();
        let mut regions: Vec<Region> = Vec::with_capacity(threads);
        let (mut bucket, mut sum) = (0, 0);
        for thread in 1..=threads as u64 {
            let (start, before) = (bucket, sum);
            let last = thread == threads as u64;
            while bucket < self.buckets.len() && (last || sum < total * thread / threads as u64) {
                sum += self.in_bucket(bucket);
                bucket += 1;
            }
            regions.push(Region { buckets: start..bucket, before });
        }
        regions
    }

    /// Hands the distinct windows of each region to its sink, in order; beside the streams it takes
    /// about `memory` bytes, or what the largest bucket of each region needs.
    ///
    /// # Errors
    /// When the system has no memory, and the first of a sink.
    pub(super) fn drain<K: Packed, S: WindowSink<K>>(
        &self,
        shape: Shape,
        memory: u64,
        regions: Vec<Region>,
        sinks: &mut [S],
    ) -> Result<()> {
        let most = memory / size_of::<K>() as u64 / regions.len().max(1) as u64;
        let rounds = self.rounds(regions, most);
        let mut parts = Vec::with_capacity(self.streams.len());
        for counts in &self.counts {
            let windows = |round: &Vec<Range<usize>>| -> usize {
                let buckets = round.iter().cloned().flatten();
                buckets.map(|bucket| counts[bucket] as usize).sum()
            };
            let most = rounds.iter().map(windows).max().unwrap_or(0);
            parts.push(Part::new(most, self.buckets.len())?);
        }
        for round in rounds {
            let work = parts.iter_mut().zip(self.streams.iter().zip(&self.counts)).collect();
            on_threads(work, |(part, (symbols, counts)): (&mut Part<K>, (_, _))| {
                part.begin(&round, counts);
                part.scatter(symbols, &self.buckets, shape);
            });
            let work = sinks.iter_mut().zip(round).collect();
            let drained = on_threads(work, |(sink, slice)| self.sort(&parts, slice, sink));
            drained.into_iter().collect::<Result<()>>()?;
        }
        Ok(())
    }

    /// Cuts each region into slices of at most `most` windows; a round has one slice of each.
    fn rounds(&self, regions: Vec<Region>, most: u64) -> Vec<Vec<Range<usize>>> {
        let mut rounds = Vec::new();
        let mut rests: Vec<Range<usize>> = regions.into_iter().map(|r| r.buckets).collect();
        while rests.iter().any(|rest| !rest.is_empty()) {
            let slices = rests.iter_mut().map(|rest| {
                let (start, mut sum) = (rest.start, 0);
                while let Some(bucket) = rest.clone().next() {
                    sum += self.in_bucket(bucket);
                    if sum > most && rest.start > start {
                        break;
                    }
                    rest.start += 1;
                }
                start..rest.start
            });
            rounds.push(slices.collect());
        }
        rounds
    }

    fn sort<K: Packed>(
        &self,
        parts: &[Part<K>],
        slice: Range<usize>,
        sink: &mut impl WindowSink<K>,
    ) -> Result<()> {
        let mut windows: Vec<K> = Vec::new();
        for bucket in slice {
            windows.clear();
            for (part, counts) in parts.iter().zip(&self.counts) {
                let end = part.ends[bucket] as usize;
                let start = end - counts[bucket] as usize;
                windows.extend_from_slice(&part.room.elements()[start..end]);
            }
            windows.sort_unstable();
            let mut rest = windows.iter();
            let Some(&first) = rest.next() else { continue };
            let (mut current, mut count) = (first, 1u64);
            for &window in rest {
                if window == current {
                    count += 1;
                } else {
                    sink.take(current, count)?;
                    (current, count) = (window, 1);
                }
            }
            sink.take(current, count)?;
        }
        Ok(())
    }
}

/// The windows of one stream that are at hand.
struct Part<K> {
    room: Room<K>,
    /// Where the windows of each bucket end; `aside` for those that are not at hand.
    ends: Vec<u32>,
    /// The last place of the room. What is written there is of no use.
    aside: u32,
}

impl<K: Packed> Part<K> {
    /// Room for so many windows at a time.
    fn new(most: usize, buckets: usize) -> Result<Self> {
        // A stream is shorter than 2^32: a batch is.
        let aside = u32::try_from(most).unwrap_or(u32::MAX);
        Ok(Part { room: Room::new(most + 1)?, ends: vec![aside; buckets], aside })
    }

    /// Gives the buckets of a round their places.
    fn begin(&mut self, round: &[Range<usize>], counts: &[u32]) {
        self.ends.fill(self.aside);
        let mut end = 0;
        for bucket in round.iter().cloned().flatten() {
            self.ends[bucket] = end;
            end += counts[bucket];
        }
    }

    /// Puts the windows of the round's buckets in their places, the last one first: each window
    /// is the one after it with a symbol in front. Whether it is its bucket's turn cannot be
    /// foretold, so that every window is written, some of them aside.
    fn scatter(&mut self, symbols: &[u32], buckets: &Buckets, shape: Shape) {
        let places = self.room.elements_mut();
        let boundary = K::single(BOUNDARY, shape);
        let (mut window, mut second) = (boundary, BOUNDARY);
        for &first in symbols[..symbols.len() - 1].iter().rev() {
            // Nothing follows a boundary in a window, unless it is the first symbol.
            let rest = if second == BOUNDARY { boundary } else { window };
            window = rest.prepend(first, shape);
            let end = &mut self.ends[buckets.of(first, second)];
            places[*end as usize] = window;
            *end += u32::from(*end != self.aside);
            second = first;
        }
    }
}
