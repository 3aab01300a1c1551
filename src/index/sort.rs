//! Windows in order: scattered into buckets by their first symbol, then sorted bucket by bucket.
//!
//! Buckets hold about equally many windows; a frequent symbol has one of its own, which is split
//! again by the next symbol. Threads take neighbouring buckets, so that each writes one stretch of
//! the key space. No hash map sees an n-gram.

use super::tokens::{Settled, on_threads_owned};
use super::window::{BOUNDARY, Packed, Shape};

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

/// Windows in buckets, one array for each stream they came from.
pub struct Scattered<K> {
    parts: Vec<Part<K>>,
    buckets: Buckets,
    shape: Shape,
}

struct Part<K> {
    windows: Vec<K>,
    /// Where each bucket begins, and the end.
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

/// Builds the window of every position and puts it into its bucket, one thread a stream.
pub fn scatter<K: Packed>(settled: Settled, shape: Shape) -> Scattered<K> {
    let buckets = Buckets::new(&settled.frequencies);
    let streams = settled.streams.into_iter().zip(settled.frequencies).collect();
    let parts = on_threads_owned(streams, |(symbols, frequencies): (Vec<u32>, Vec<u64>)| {
        let mut starts = vec![0; buckets.len() + 1];
        for (symbol, &frequency) in frequencies.iter().enumerate() {
            starts[usize::from(buckets.of_symbol[symbol]) + 1] +=
                usize::try_from(frequency).unwrap_or(usize::MAX);
        }
        for bucket in 0..buckets.len() {
            starts[bucket + 1] += starts[bucket];
        }
        let windows = place(&symbols, &starts, &buckets, shape);
        Part { windows, starts }
    });
    Scattered { parts, buckets, shape }
}

/// Walks a stream from its end: the window of a position is its symbol before the window of the
/// next position, which counts as a bare boundary where it begins with one.
fn place<K: Packed>(symbols: &[u32], starts: &[usize], buckets: &Buckets, shape: Shape) -> Vec<K> {
    let mut windows = vec![K::default(); symbols.len() - 1];
    let mut next: Vec<usize> = starts[..buckets.len()].to_vec();
    let boundary = K::default().prepend(BOUNDARY, shape);
    let mut after = boundary;
    for &symbol in symbols[..symbols.len() - 1].iter().rev() {
        let window = after.prepend(symbol, shape);
        let place = &mut next[buckets.of(symbol)];
        windows[*place] = window;
        *place += 1;
        after = if symbol == BOUNDARY { boundary } else { window };
    }
    windows
}

impl<K: Packed> Scattered<K> {
    /// Cuts the buckets into `threads` neighbouring ranges of about equal size; for each the
    /// number of windows before it.
    pub fn ranges(&self, threads: usize) -> Vec<(std::ops::Range<usize>, u64)> {
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
    pub fn drain<E>(
        &self,
        range: std::ops::Range<usize>,
        mut each: impl FnMut(K, u64) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut windows = Vec::new();
        let mut scratch = Vec::new();
        for bucket in range {
            windows.clear();
            for part in &self.parts {
                let slice = &part.windows[part.starts[bucket]..part.starts[bucket + 1]];
                windows.extend_from_slice(slice);
            }
            let depth = usize::from(self.buckets.single[bucket]);
            self.sort(&mut windows, &mut scratch, depth);
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
    fn sort(&self, windows: &mut [K], scratch: &mut Vec<K>, depth: usize) {
        if windows.len() < SMALL || depth >= self.shape.order as usize {
            windows.sort_unstable();
            return;
        }
        let bucket_of = |window: K| self.buckets.of(window.symbol(depth, self.shape));
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
                _ if self.buckets.single[bucket] => self.sort(part, scratch, depth + 1),
                _ => part.sort_unstable(),
            }
        }
    }
}
