//! Windows in order: positions are scattered into buckets by their first symbol, and the windows of
//! one bucket after the other are gathered from the stream and sorted.
//!
//! Only positions are kept for the whole batch: whole windows would take four times the memory, and
//! giving them memory costs more than reading the stream again.
//!
//! Buckets hold about equally many windows; a frequent symbol has one of its own, which is split
//! again by the next symbol. Threads take neighbouring buckets, so that each writes one stretch of
//! the key space. No hash map sees an n-gram.

use super::layout::MAX_ORDER;
use super::tokens::{Settled, on_threads_owned};
use super::window::{BOUNDARY, PAD, Packed, Shape, Window};

/// Below this many windows a comparison sort is faster than another round of buckets.
const SMALL: usize = 4096;
/// At most this many buckets, so that their write positions stay in the fast caches.
const MOST_BUCKETS: usize = 4096;

/// Where symbols go, in order.
struct Buckets {
    of_symbol: Vec<u16>,
    /// Whether the bucket holds the windows of one symbol only.
    single: Vec<bool>,
}

/// Positions in buckets, one array for each stream.
pub(super) struct Scattered {
    parts: Vec<Part>,
    buckets: Buckets,
}

struct Part {
    symbols: Vec<u32>,
    positions: Vec<u32>,
    /// Where each bucket begins in `positions`, and the end.
    starts: Vec<usize>,
}

impl Buckets {
    fn new(frequencies: &[Vec<u64>]) -> Self {
        let symbols = frequencies.first().map_or(0, Vec::len);
        let sum = |symbol: usize| frequencies.iter().map(|part| part[symbol]).sum::<u64>();
        let total: u64 = (0..symbols).map(sum).sum();
        let count = usize::try_from(total).unwrap_or(usize::MAX) / SMALL;
        let target = total / count.clamp(64, MOST_BUCKETS - 1) as u64 + 1;
        let mut buckets = Buckets { of_symbol: vec![0; symbols], single: Vec::new() };
        let (mut filled, mut members) = (0, 0);
        for symbol in 0..symbols {
            let frequency = sum(symbol);
            if members > 0 && filled + frequency > target {
                buckets.single.push(members == 1);
                (filled, members) = (0, 0);
            }
            // Fewer than MOST_BUCKETS fill up, by the choice of the target and the clamp below.
            buckets.of_symbol[symbol] = u16::try_from(buckets.single.len()).unwrap_or(u16::MAX);
            filled += frequency;
            members += usize::from(frequency > 0);
        }
        buckets.single.push(members == 1);
        buckets
    }

    fn len(&self) -> usize {
        self.single.len()
    }

    #[inline(always)]
    fn of(&self, symbol: u32) -> usize {
        usize::from(self.of_symbol[symbol as usize])
    }
}

/// Puts every position into the bucket of its symbol, one thread a stream.
pub(super) fn scatter(settled: Settled) -> Scattered {
    let buckets = Buckets::new(&settled.frequencies);
    let streams = settled.streams.into_iter().zip(settled.frequencies).collect();
    let parts = on_threads_owned(streams, |(mut symbols, frequencies): (Vec<u32>, Vec<u64>)| {
        let mut starts = vec![0; buckets.len() + 1];
        for (symbol, &frequency) in frequencies.iter().enumerate() {
            starts[usize::from(buckets.of_symbol[symbol]) + 1] +=
                usize::try_from(frequency).unwrap_or(usize::MAX);
        }
        for bucket in 0..buckets.len() {
            starts[bucket + 1] += starts[bucket];
        }
        let mut positions = vec![0; symbols.len() - 1];
        let mut next: Vec<usize> = starts[..buckets.len()].to_vec();
        // A stream is shorter than 2^32: a batch is.
        for (position, &symbol) in (0u32..).zip(&symbols[..symbols.len() - 1]) {
            let place = &mut next[buckets.of(symbol)];
            positions[*place] = position;
            *place += 1;
        }
        // So that a whole window can be read at every position.
        symbols.extend([BOUNDARY; MAX_ORDER]);
        Part { symbols, positions, starts }
    });
    Scattered { parts, buckets }
}

impl Scattered {
    /// Cuts the buckets into `threads` neighbouring ranges of about equal size; for each the
    /// number of windows before it.
    pub(super) fn ranges(&self, threads: usize) -> Vec<(std::ops::Range<usize>, u64)> {
        let before = |bucket: usize| self.parts.iter().map(|p| p.starts[bucket]).sum::<usize>();
        let total = before(self.buckets.len());
        let mut ranges = Vec::with_capacity(threads);
        let mut from = 0;
        for thread in 1..=threads {
            let mut to = from;
            let target = total / threads * thread;
            while to < self.buckets.len() && (thread == threads || before(to) < target) {
                to += 1;
            }
            if to > from {
                ranges.push((from..to, before(from) as u64));
            }
            from = to;
        }
        ranges
    }

    /// Hands the distinct windows of a range of buckets to `each` in order, with their counts.
    ///
    /// # Errors
    /// The first of `each`.
    pub(super) fn drain<K: Packed, E>(
        &self,
        range: std::ops::Range<usize>,
        shape: Shape,
        mut each: impl FnMut(K, u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut windows: Vec<K> = Vec::new();
        let mut scratch = Vec::new();
        let mut raw: Vec<Window> = Vec::new();
        for bucket in range {
            windows.clear();
            for part in &self.parts {
                let positions = &part.positions[part.starts[bucket]..part.starts[bucket + 1]];
                // Copied first and packed after: nothing depends on what is read, so that the
                // reads, all over the stream, overlap.
                raw.clear();
                raw.extend(positions.iter().map(|&at| {
                    let mut window: Window = [PAD; MAX_ORDER];
                    window.copy_from_slice(&part.symbols[at as usize..at as usize + MAX_ORDER]);
                    window
                }));
                windows.extend(raw.iter().map(|window| K::pack(window, shape)));
            }
            let depth = usize::from(self.buckets.single[bucket]);
            self.sort(&mut windows, &mut scratch, depth, shape);
            let mut rest = windows.iter();
            let Some(&first) = rest.next() else { continue };
            let (mut current, mut count) = (first, 1u64);
            for &window in rest {
                if window == current {
                    count += 1;
                } else {
                    each(current, count)?;
                    (current, count) = (window, 1);
                }
            }
            each(current, count)?;
        }
        Ok(())
    }

    /// Sorts windows that agree in their first `depth` symbols.
    fn sort<K: Packed>(&self, windows: &mut [K], scratch: &mut Vec<K>, depth: usize, shape: Shape) {
        if windows.len() < SMALL || depth >= shape.order as usize {
            windows.sort_unstable();
            return;
        }
        let bucket_of = |window: K| self.buckets.of(window.symbol(depth, shape));
        let mut starts = vec![0; self.buckets.len() + 1];
        for &window in windows.iter() {
            starts[bucket_of(window) + 1] += 1;
        }
        for bucket in 0..self.buckets.len() {
            starts[bucket + 1] += starts[bucket];
        }
        scratch.clear();
        scratch.extend_from_slice(windows);
        let mut next = starts.clone();
        for &window in scratch.iter() {
            let place = &mut next[bucket_of(window)];
            windows[*place] = window;
            *place += 1;
        }
        for bucket in 0..self.buckets.len() {
            let part = &mut windows[starts[bucket]..starts[bucket + 1]];
            match part.len() {
                0 | 1 => {}
                _ if self.buckets.single[bucket] => self.sort(part, scratch, depth + 1, shape),
                _ => part.sort_unstable(),
            }
        }
    }
}
