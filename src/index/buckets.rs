//! Which windows are sorted together: neighbours in order, about equally many in each bucket.
//!
//! Rare symbols share a bucket; a frequent one has several, told apart by the symbol that follows
//! it. So a bucket fits a fast cache whatever the text is, and a window's bucket takes two lookups.

/// Windows in a bucket when there are not too many buckets.
const TARGET: u64 = 8192;
/// About so many buckets at most, so that their write positions stay in the fast caches.
const MOST: u64 = 8192;
/// Second symbols are told apart by 2 to this power ranks.
const RANK_BITS: u32 = 10;
const MOST_RANK: u16 = (1 << RANK_BITS) - 1;

/// The bucket of every window.
pub(super) struct Buckets {
    places: Vec<Place>,
    /// For each symbol, how much of the text comes before it in the order of symbols.
    ranks: Vec<u16>,
    len: usize,
}

/// Where the windows of a first symbol go.
#[derive(Clone, Copy, Default)]
struct Place {
    base: u32,
    /// Bits of the second symbol's rank that do not matter.
    shift: u32,
}

impl Buckets {
    /// Buckets for symbols of these frequencies.
    pub(super) fn new(frequencies: &[u64]) -> Self {
        let total: u64 = frequencies.iter().sum();
        let target = TARGET.max(total / MOST);
        let mut places = Vec::with_capacity(frequencies.len());
        let mut ranks = Vec::with_capacity(frequencies.len());
        let (mut base, mut filled, mut before) = (0, 0, 0);
        for &frequency in frequencies {
            let rank = (u128::from(before) << RANK_BITS) / u128::from(total.max(1));
            // Symbols that do not occur may come after all that do.
            ranks.push(u16::try_from(rank).map_or(MOST_RANK, |rank| rank.min(MOST_RANK)));
            before += frequency;
            if filled > 0 && filled + frequency > target {
                (base, filled) = (base + 1, 0);
            }
            let bits = (frequency / target).checked_ilog2().map_or(0, |bits| bits + 1);
            let bits = bits.min(RANK_BITS);
            places.push(Place { base, shift: RANK_BITS - bits });
            match bits {
                0 => filled += frequency,
                _ => base += 1 << bits,
            }
        }
        let len = base as usize + 1;
        Buckets { places, ranks, len }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    /// The bucket of the windows that begin with these two symbols.
    #[inline(always)]
    pub(super) fn of(&self, first: u32, second: u32) -> usize {
        let place = self.places[first as usize];
        let rank = u32::from(self.ranks[second as usize]);
        (place.base + (rank >> place.shift)) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn buckets_keep_the_order_of_windows(
            frequencies in proptest::collection::vec(
                prop_oneof![0u64..9, 0u64..9_000, 0u64..9_000_000], 2..40),
        ) {
            let buckets = Buckets::new(&frequencies);
            let symbols = 0..u32::try_from(frequencies.len()).unwrap();
            let windows = symbols.clone().flat_map(|a| symbols.clone().map(move |b| (a, b)));
            let places: Vec<usize> = windows.map(|(a, b)| buckets.of(a, b)).collect();
            prop_assert!(places.is_sorted());
            prop_assert!(places[places.len() - 1] < buckets.len());
        }
    }

    #[test]
    fn a_frequent_symbol_has_several() {
        let buckets = Buckets::new(&[0, 100_000, 100_000, 1, 1]);
        assert!(buckets.of(1, 1) < buckets.of(1, 2));
        assert!(buckets.of(1, 4) < buckets.of(2, 1));
        assert_eq!(buckets.of(3, 1), buckets.of(4, 2));
    }
}
