//! Windows of symbols: as arrays, and packed into one integer for sorting.

use super::layout::MAX_ORDER;

/// Fills a window after its boundary.
pub const PAD: u32 = 0;
/// Stands between runs of text.
pub const BOUNDARY: u32 = 1;
/// The first symbol that is text.
pub const FIRST_SYMBOL: u32 = 2;

/// A window, padded.
pub type Window = [u32; MAX_ORDER];

/// How many leading symbols two windows share.
pub(super) fn shared_prefix(a: &Window, b: &Window) -> usize {
    a.iter().zip(b).take_while(|(x, y)| x == y).count()
}

/// An integer that holds a window, the first symbol in its highest bits, so that the order of the
/// integers is the order of the windows.
pub(super) trait Packed: Copy + Ord + Default + Send + Sync {
    /// The window at the beginning of a stream of symbols, which has at least as many as a window.
    fn pack(stream: &[u32], shape: Shape) -> Self;
    /// The symbol at a position.
    fn symbol(self, position: usize, shape: Shape) -> u32;
    /// How many leading symbols two different windows share.
    fn shared(self, other: Self, shape: Shape) -> usize;
}

/// How windows are packed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Symbols in a window.
    pub order: u32,
    /// Bits for each.
    pub bits: u32,
}

impl Shape {
    /// The shape for windows of `order` symbols below `symbols`.
    pub(super) fn new(order: usize, symbols: u32) -> Self {
        let bits = (u32::BITS - symbols.leading_zeros()).max(1);
        Shape { order: u32::try_from(order).unwrap_or(u32::MAX), bits }
    }

    /// The symbols of the window at the beginning of a stream: up to the order, or up to the first
    /// boundary after its first symbol.
    #[inline(always)]
    fn window(self, stream: &[u32]) -> &[u32] {
        let most = stream.len().min(self.order as usize);
        let end = stream[1..most].iter().position(|&symbol| symbol == BOUNDARY);
        &stream[..end.map_or(most, |end| end + 2)]
    }

    /// Bits of a whole window.
    pub(super) fn width(self) -> u32 {
        self.order * self.bits
    }

    fn shift(self, position: usize) -> u32 {
        (self.order - 1).saturating_sub(u32::try_from(position).unwrap_or(u32::MAX)) * self.bits
    }

    fn mask(self) -> u32 {
        u32::MAX >> (u32::BITS - self.bits)
    }
}

macro_rules! packed {
    ($integer:ty) => {
        impl Packed for $integer {
            #[inline(always)]
            fn pack(stream: &[u32], shape: Shape) -> Self {
                // Without a branch: what follows the first boundary is masked out.
                let mut alive = u32::MAX;
                let mut packed = 0;
                for (position, &symbol) in stream[..shape.order as usize].iter().enumerate() {
                    packed = packed << shape.bits | <$integer>::from(symbol & alive);
                    alive &= u32::from(symbol != BOUNDARY || position == 0).wrapping_neg();
                }
                packed
            }

            #[inline(always)]
            #[allow(clippy::cast_possible_truncation)] // masked to the bits of one symbol
            fn symbol(self, position: usize, shape: Shape) -> u32 {
                (self >> shape.shift(position)) as u32 & shape.mask()
            }

            #[inline(always)]
            fn shared(self, other: Self, shape: Shape) -> usize {
                let unused = <$integer>::BITS - shape.width();
                (((self ^ other).leading_zeros() - unused) / shape.bits) as usize
            }
        }
    };
}

packed!(u64);
packed!(u128);

/// Two halves of up to four symbols each, for windows beyond 128 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Wide {
    high: u128,
    low: u128,
}

impl Wide {
    const HALF: usize = MAX_ORDER / 2;
}

impl Packed for Wide {
    fn pack(stream: &[u32], shape: Shape) -> Self {
        let mut window = [PAD; MAX_ORDER];
        let symbols = shape.window(stream);
        window[..symbols.len()].copy_from_slice(symbols);
        let half = |half: &[u32]| half.iter().fold(0u128, |bits, &s| bits << 32 | u128::from(s));
        Wide { high: half(&window[..Self::HALF]), low: half(&window[Self::HALF..]) }
    }

    #[allow(clippy::cast_possible_truncation)] // 32 bits are kept on purpose
    fn symbol(self, position: usize, _shape: Shape) -> u32 {
        let half = if position < Self::HALF { self.high } else { self.low };
        (half >> ((Self::HALF - 1 - position % Self::HALF) * 32)) as u32
    }

    fn shared(self, other: Self, _shape: Shape) -> usize {
        let high = (self.high ^ other.high).leading_zeros() as usize / 32;
        if high < Self::HALF {
            return high;
        }
        high + (self.low ^ other.low).leading_zeros() as usize / 32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Packs two streams and compares with what arrays say.
    fn agrees<K: Packed>(a: &[u32], b: &[u32], bits: u32) {
        let shape = Shape { order: u32::try_from(a.len()).unwrap(), bits };
        let (x, y) = (K::pack(a, shape), K::pack(b, shape));
        let (a, b) = (cut(a), cut(b));
        assert_eq!(x.cmp(&y), a.cmp(&b));
        for (position, &symbol) in a.iter().enumerate() {
            assert_eq!(x.symbol(position, shape), symbol);
        }
        if a != b {
            let shared = a.iter().zip(&b).take_while(|(s, t)| s == t).count();
            assert_eq!(x.shared(y, shape), shared);
        }
    }

    /// The window as an array: nothing but pads after a boundary.
    fn cut(stream: &[u32]) -> Vec<u32> {
        let end = stream.iter().skip(1).position(|&symbol| symbol == BOUNDARY);
        let end = end.map_or(stream.len(), |end| end + 2);
        let mut window = stream.to_vec();
        window[end..].fill(PAD);
        window
    }

    proptest! {
        #[test]
        fn packed_windows_sort_like_arrays(
            (a, b) in (2usize..=8).prop_flat_map(|n| (
                proptest::collection::vec(1u32..1 << 8, n), proptest::collection::vec(1u32..4, n)
            )),
        ) {
            agrees::<u64>(&a, &b, 8);
            agrees::<u128>(&a, &b, 16);
            agrees::<Wide>(&a, &b, 32);
        }

        #[test]
        fn wide_windows_hold_any_symbol(
            a in proptest::collection::vec(any::<u32>(), 8),
            b in proptest::collection::vec(any::<u32>(), 8),
        ) {
            agrees::<Wide>(&a, &b, 32);
        }
    }
}
