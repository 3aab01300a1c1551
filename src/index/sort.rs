//! Windows in order: scattered from the streams into buckets, sorted bucket after bucket.
//!
//! Only the streams are kept for the whole batch. Windows take up to eight times as much, so a
//! large batch is read several times, each time for as many buckets as the memory holds. Work is
//! cut finer than there are threads: streams into shares that are scattered, the key space into
//! regions that are sorted and written, the next one by whichever thread is free. No hash map sees
//! an n-gram.

use std::ops::Range;

use super::buckets::Buckets;
use super::layout::MAX_ORDER;
use super::room::Room;
use super::tokens::Settled;
use super::window::{BOUNDARY, Packed, Shape};
use crate::control::share_out;
use crate::error::Result;

/// Shares of a stream for each thread, where there are several.
const SHARES: usize = 4;
/// Regions for each thread, where there are several. Each becomes a file, which is waited for at
/// the end; as [`Sorter::regions`] cuts them, two are enough for all threads to end together.
const REGIONS: usize = 2;
/// Fewer windows than this are not worth a share, or a file, of their own; tests have few.
const LEAST_WINDOWS: u64 = if cfg!(test) { 8 } else { 1 << 18 };

/// Streams of symbols and how many windows of each go into each bucket.
pub(super) struct Sorter {
    streams: Vec<Vec<u32>>,
    threads: usize,
    buckets: Buckets,
    shares: Vec<Share>,
}

/// A part of a stream whose windows are scattered together.
struct Share {
    stream: usize,
    /// Where its windows begin.
    range: Range<usize>,
    /// Its windows in each bucket; a stream is shorter than 2^32, as a batch is.
    counts: Vec<u32>,
}

/// Neighbouring buckets that are written as one stretch.
pub(super) struct Region {
    buckets: Range<usize>,
    /// Windows in the buckets before them.
    pub before: u64,
}

/// Takes distinct windows in order.
pub(super) trait WindowSink<K>: Send {
    /// What is left when all are taken.
    type Outcome: Send;

    /// The next window and its count.
    ///
    /// # Errors
    /// Whatever ends the sorting.
    fn take(&mut self, window: K, count: u64) -> Result<()>;

    /// All are taken.
    ///
    /// # Errors
    /// Whatever is found out at the end.
    fn finish(self) -> Result<Self::Outcome>;
}

impl Sorter {
    /// Counts what goes where.
    pub(super) fn new(settled: Settled, threads: usize) -> Self {
        let mut frequencies = vec![0; settled.frequencies.first().map_or(0, Vec::len)];
        for part in &settled.frequencies {
            for (sum, frequency) in frequencies.iter_mut().zip(part) {
                *sum += frequency;
            }
        }
        let buckets = Buckets::new(&frequencies);
        let streams = settled.streams;
        let mut ranges = Vec::new();
        for (number, stream) in streams.iter().enumerate() {
            let windows = stream.len() - 1;
            let step = windows.div_ceil(cuts(windows as u64, finer(threads, SHARES))).max(1);
            let ends = (0..windows).step_by(step).map(|start| start..windows.min(start + step));
            ranges.extend(ends.map(|range| (number, range)));
        }
        let shares = share_out(vec![(); threads], ranges, |(), (stream, range)| {
            let mut counts = vec![0u32; buckets.len()];
            let symbols: &[u32] = &streams[stream];
            for pair in symbols[range.start..range.end + 1].windows(2) {
                counts[buckets.of(pair[0], pair[1])] += 1;
            }
            Share { stream, range, counts }
        });
        Sorter { streams, threads, buckets, shares }
    }

    /// How many windows there are.
    pub(super) fn windows(&self) -> u64 {
        self.shares.iter().map(|share| share.range.len() as u64).sum()
    }

    fn in_bucket(&self, bucket: usize) -> u64 {
        self.shares.iter().map(|share| u64::from(share.counts[bucket])).sum()
    }

    /// Cuts the buckets into regions, each of fewer windows than the one before it: what threads
    /// wait for at the end is short.
    pub(super) fn regions(&self) -> Vec<Region> {
        let total = self.windows();
        let number = cuts(total, self.threads * finer(self.threads, REGIONS)) as u64;
        let after = |region: u64| total - total * (number - region).pow(2) / number.pow(2);
        let mut regions = Vec::new();
        let (mut bucket, mut sum) = (0, 0);
        for region in 1..=number {
            let (start, before) = (bucket, sum);
            while bucket < self.buckets.len() && (region == number || sum < after(region)) {
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
        sinks: Vec<S>,
    ) -> Result<Vec<S::Outcome>> {
        let rounds = self.rounds(regions, memory / size_of::<K::Waiting>() as u64);
        let mut places = Vec::with_capacity(self.shares.len());
        for share in &self.shares {
            let windows = |round: &Vec<Range<usize>>| -> usize {
                let buckets = round.iter().cloned().flatten();
                buckets.map(|bucket| share.counts[bucket] as usize).sum()
            };
            let most = rounds.iter().map(windows).max().unwrap_or(0);
            places.push(Places::new(most, self.buckets.len())?);
        }
        let mut sinks: Vec<Option<S>> = sinks.into_iter().map(Some).collect();
        let mut outcomes = Vec::new();
        for (number, round) in rounds.iter().enumerate() {
            let work = places.iter_mut().zip(&self.shares).collect();
            share_out(vec![(); self.threads], work, |(), (places, share): (&mut Places<K>, _)| {
                places.begin(round, &share.counts);
                places.scatter(&self.streams[share.stream], share, &self.buckets, shape);
            });
            let is_last = number + 1 == rounds.len();
            let work = sinks.iter_mut().zip(round.iter().cloned()).collect();
            let scratches = vec![Vec::new(); self.threads];
            let sorted = share_out(scratches, work, |windows, (sink, slice)| {
                if let Some(sink) = sink {
                    self.sort(&places, slice, windows, sink)?;
                }
                // A file that is complete is written out while others are being sorted.
                if is_last { sink.take().map(S::finish).transpose() } else { Ok(None) }
            });
            for outcome in sorted {
                outcomes.extend(outcome?);
            }
        }
        Ok(outcomes)
    }

    /// Cuts each region into slices of about equally many windows, one for each round; those of a
    /// round are about `most` windows together.
    fn rounds(&self, regions: Vec<Region>, most: u64) -> Vec<Vec<Range<usize>>> {
        let number = self.windows().div_ceil(most.max(1)).clamp(1, self.buckets.len() as u64);
        let cut = |region: Region| {
            let Range { mut start, end } = region.buckets;
            let total: u64 = (start..end).map(|bucket| self.in_bucket(bucket)).sum();
            let mut before = 0;
            let slices = (1..=number).map(|round| {
                let from = start;
                while start < end && before + self.in_bucket(start) <= total * round / number {
                    before += self.in_bucket(start);
                    start += 1;
                }
                from..start
            });
            slices.collect()
        };
        let slices: Vec<Vec<Range<usize>>> = regions.into_iter().map(cut).collect();
        let round = |round: usize| slices.iter().map(|slices| slices[round].clone()).collect();
        (0..slices.first().map_or(0, Vec::len)).map(round).collect()
    }

    /// Sorts the buckets of a slice one after the other; `windows` is room to do so.
    fn sort<K: Packed>(
        &self,
        places: &[Places<K>],
        slice: Range<usize>,
        windows: &mut Vec<K>,
        sink: &mut impl WindowSink<K>,
    ) -> Result<()> {
        for bucket in slice {
            windows.clear();
            for (places, share) in places.iter().zip(&self.shares) {
                let end = places.ends[bucket] as usize;
                let start = end - share.counts[bucket] as usize;
                windows.extend(places.room.elements()[start..end].iter().map(|&own| K::of(own)));
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

/// How much finer than by threads work is cut.
fn finer(threads: usize, number: usize) -> usize {
    if threads == 1 { 1 } else { number }
}

/// How many parts, up to `most`, so many windows are worth.
fn cuts(windows: u64, most: usize) -> usize {
    usize::try_from(windows / LEAST_WINDOWS).unwrap_or(most).clamp(1, most)
}

/// The windows of one share that are at hand.
struct Places<K: Packed> {
    room: Room<K::Waiting>,
    /// Where the windows of each bucket end; `aside` for those that are not at hand.
    ends: Vec<u32>,
    /// The last place of the room. What is written there is of no use.
    aside: u32,
}

impl<K: Packed> Places<K> {
    /// Room for so many windows at a time.
    fn new(most: usize, buckets: usize) -> Result<Self> {
        let aside = u32::try_from(most).unwrap_or(u32::MAX);
        Ok(Places { room: Room::new(most + 1)?, ends: vec![aside; buckets], aside })
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
    fn scatter(&mut self, symbols: &[u32], share: &Share, buckets: &Buckets, shape: Shape) {
        let places = self.room.elements_mut();
        let boundary = K::single(BOUNDARY, shape);
        let (mut window, mut second) = (boundary, BOUNDARY);
        let mut prepend = |first| {
            // Nothing follows a boundary in a window, unless it is the first symbol.
            let rest = if second == BOUNDARY { boundary } else { window };
            window = rest.prepend(first, shape);
            (window, std::mem::replace(&mut second, first))
        };
        // The last windows reach into what the next share begins with.
        let Range { start, end } = share.range;
        let reach = (end + MAX_ORDER).min(symbols.len() - 1);
        for &first in symbols[end..reach].iter().rev() {
            prepend(first);
        }
        for &first in symbols[start..end].iter().rev() {
            let (window, second) = prepend(first);
            let end = &mut self.ends[buckets.of(first, second)];
            places[*end as usize] = window.waiting();
            *end += u32::from(*end != self.aside);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::window::{Middle, PAD, Wide, Window};
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// Keeps what it takes as arrays.
    struct Collect(Shape, usize, Vec<(Window, u64)>);

    impl<K: Packed> WindowSink<K> for Collect {
        type Outcome = Vec<(Window, u64)>;

        fn take(&mut self, packed: K, count: u64) -> Result<()> {
            let mut window = [PAD; MAX_ORDER];
            for (position, symbol) in window[..self.1].iter_mut().enumerate() {
                *symbol = packed.symbol(position, self.0);
            }
            self.2.push((window, count));
            Ok(())
        }

        fn finish(self) -> Result<Self::Outcome> {
            Ok(self.2)
        }
    }

    fn sorted<K: Packed>(
        streams: &[Vec<u32>],
        (order, symbols): (usize, u32),
        threads: usize,
        memory: u64,
    ) -> Vec<(Window, u64)> {
        let frequencies = streams.iter().map(|stream| {
            let mut frequencies = vec![0; 8];
            stream[1..].iter().for_each(|&symbol| frequencies[symbol as usize] += 1);
            frequencies
        });
        let frequencies = frequencies.collect();
        let sorter = Sorter::new(Settled { streams: streams.to_vec(), frequencies }, threads);
        let shape = Shape::new(order, symbols);
        let regions = sorter.regions();
        let sinks = regions.iter().map(|_| Collect(shape, order, Vec::new())).collect();
        sorter.drain::<K, _>(shape, memory, regions, sinks).unwrap().concat()
    }

    fn naive(streams: &[Vec<u32>], order: usize) -> Vec<(Window, u64)> {
        let mut counts: BTreeMap<Window, u64> = BTreeMap::new();
        for stream in streams {
            for start in 0..stream.len() - 1 {
                let mut window = [PAD; MAX_ORDER];
                for (place, &symbol) in window[..order].iter_mut().zip(&stream[start..]) {
                    *place = symbol;
                }
                let end = (1..order).find(|&place| window[place] == BOUNDARY);
                window[end.map_or(order, |end| end + 1)..].fill(PAD);
                *counts.entry(window).or_default() += 1;
            }
        }
        counts.into_iter().collect()
    }

    proptest! {
        #[test]
        fn shares_regions_and_rounds_change_nothing(
            texts in proptest::collection::vec(
                proptest::collection::vec(proptest::collection::vec(2u32..8, 1..12), 0..20), 1..4),
            order in 2usize..=8,
            threads in 1usize..5,
            memory in prop_oneof![Just(1u64), 64u64..4096, Just(1 << 20)],
        ) {
            let stream = |runs: &Vec<Vec<u32>>| -> Vec<u32> {
                let runs = runs.iter().flat_map(|run| run.iter().copied().chain([BOUNDARY]));
                [BOUNDARY].into_iter().chain(runs).collect()
            };
            let streams: Vec<Vec<u32>> = texts.iter().map(stream).collect();
            let wanted = naive(&streams, order);
            prop_assert_eq!(&sorted::<u64>(&streams, (order, 8), threads, memory), &wanted);
            prop_assert_eq!(&sorted::<Middle>(&streams, (order, 4095), threads, memory), &wanted);
            prop_assert_eq!(&sorted::<u128>(&streams, (order, 60_000), threads, memory), &wanted);
            if order > 4 {
                let shape = (order, u32::MAX);
                prop_assert_eq!(&sorted::<Wide>(&streams, shape, threads, memory), &wanted);
            }
        }
    }
}
