//! Windows of symbols: as arrays, and packed into one integer for sorting.

use bytemuck::{Pod, Zeroable};

use super::layout::MAX_ORDER;
use super::page::Symbols;

/// Fills a window after its boundary.
pub const PAD: u32 = 0;
/// Stands between runs of text.
pub const BOUNDARY: u32 = 1;
/// The first symbol that is text.
pub const FIRST_SYMBOL: u32 = 2;

/// A window, padded.
pub type Window = [u32; MAX_ORDER];

/// Comes before all windows that begin with text, and after those that begin with a boundary.
pub(super) const FIRST_OF_TEXT: Window = {
    let mut window = [PAD; MAX_ORDER];
    window[0] = FIRST_SYMBOL;
    window
};

/// How many leading symbols two windows share.
pub(super) fn shared_prefix(a: &Window, b: &Window) -> usize {
    a.iter().zip(b).take_while(|(x, y)| x == y).count()
}

/// An integer that holds a window, the first symbol in its highest bits, so that the order of the
/// integers is the order of the windows.
pub(super) trait Packed: Ord + Copy + Send + Sync {
    /// A window as it waits to be sorted, in as few bytes as hold it.
    type Waiting: Pod + Send + Sync;
    /// The window of one symbol.
    fn single(symbol: u32, shape: Shape) -> Self;
    /// The window that begins one symbol before this one, whose last symbol falls out.
    fn prepend(self, symbol: u32, shape: Shape) -> Self;
    /// The symbol at a position.
    fn symbol(self, position: usize, shape: Shape) -> u32;
    /// How many leading symbols two different windows share.
    fn shared(self, other: Self, shape: Shape) -> usize;
    /// As it waits.
    fn waiting(self) -> Self::Waiting;
    /// The window that waited.
    fn of(waiting: Self::Waiting) -> Self;
}

/// How windows are packed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    /// Symbols in a window.
    order: u32,
    /// Bits for each.
    bits: u32,
    /// Bits behind the first.
    top: u32,
    /// One over `bits`, rounded up, in units of 2^-16: dividing takes longer than all the rest.
    inverse: u32,
}

impl Shape {
    /// The shape for windows of `order` symbols below `symbols`.
    pub(super) fn new(order: usize, symbols: u32) -> Self {
        let bits = (u32::BITS - symbols.leading_zeros()).max(1);
        let order = u32::try_from(order).unwrap_or(u32::MAX);
        Shape { order, bits, top: (order - 1) * bits, inverse: (1 << 16) / bits + 1 }
    }

    /// Bits of a whole window.
    pub(super) fn width(self) -> u32 {
        self.order * self.bits
    }

    /// Bits behind the symbol at a position.
    #[inline(always)]
    fn behind(self, position: usize) -> u32 {
        self.top - u32::try_from(position).unwrap_or(0) * self.bits
    }

    fn mask(self) -> u32 {
        u32::MAX >> (u32::BITS - self.bits)
    }
}

/// A packed window that knows its shape.
#[derive(Clone, Copy)]
pub(super) struct Shaped<K> {
    /// The window.
    pub window: K,
    /// How it is packed.
    pub shape: Shape,
}

impl<K: Packed> Symbols for Shaped<K> {
    #[inline(always)]
    fn symbol_at(&self, position: usize) -> u32 {
        self.window.symbol(position, self.shape)
    }
}

macro_rules! packed {
    ($integer:ty) => {
        impl Packed for $integer {
            type Waiting = Self;

            #[inline(always)]
            fn single(symbol: u32, shape: Shape) -> Self {
                <$integer>::from(symbol) << shape.top
            }

            #[inline(always)]
            fn prepend(self, symbol: u32, shape: Shape) -> Self {
                Self::single(symbol, shape) | self >> shape.bits
            }

            #[inline(always)]
            #[allow(clippy::cast_possible_truncation)] // masked to the bits of one symbol
            fn symbol(self, position: usize, shape: Shape) -> u32 {
                (self >> shape.behind(position)) as u32 & shape.mask()
            }

            #[inline(always)]
            fn shared(self, other: Self, shape: Shape) -> usize {
                let unused = <$integer>::BITS - shape.width();
                let bits = (self ^ other).leading_zeros() - unused;
                (bits * shape.inverse >> 16) as usize
            }

            #[inline(always)]
            fn waiting(self) -> Self {
                self
            }

            #[inline(always)]
            fn of(waiting: Self) -> Self {
                waiting
            }
        }
    };
}

packed!(u64);
packed!(u128);

/// Up to 96 bits, which take three quarters of the room that 128 take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Middle(u128);

impl Packed for Middle {
    type Waiting = [u32; 3];

    #[inline(always)]
    fn single(symbol: u32, shape: Shape) -> Self {
        Middle(u128::single(symbol, shape))
    }

    #[inline(always)]
    fn prepend(self, symbol: u32, shape: Shape) -> Self {
        Middle(self.0.prepend(symbol, shape))
    }

    #[inline(always)]
    fn symbol(self, position: usize, shape: Shape) -> u32 {
        self.0.symbol(position, shape)
    }

    #[inline(always)]
    fn shared(self, other: Self, shape: Shape) -> usize {
        self.0.shared(other.0, shape)
    }

    #[inline(always)]
    #[allow(clippy::cast_possible_truncation)] // cut into parts of 32 bits
    fn waiting(self) -> [u32; 3] {
        [self.0 as u32, (self.0 >> 32) as u32, (self.0 >> 64) as u32]
    }

    #[inline(always)]
    fn of([low, middle, high]: [u32; 3]) -> Self {
        let low = u64::from(middle) << 32 | u64::from(low);
        Middle(u128::from(high) << 64 | u128::from(low))
    }
}

/// Two halves of up to four symbols each, for windows beyond 128 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Pod, Zeroable)]
#[repr(C)]
pub(super) struct Wide {
    high: u128,
    low: u128,
}

impl Wide {
    const HALF: usize = MAX_ORDER / 2;
    const BITS: u32 = u128::BITS / 4;
}

impl Packed for Wide {
    type Waiting = Self;

    fn single(symbol: u32, _shape: Shape) -> Self {
        Wide { high: u128::from(symbol) << (u128::BITS - Self::BITS), low: 0 }
    }

    fn prepend(self, symbol: u32, shape: Shape) -> Self {
        let first = Self::single(symbol, shape);
        let low = self.high << (u128::BITS - Self::BITS) | self.low >> Self::BITS;
        // What lies beyond the order stays empty.
        let beyond = 2 * u128::BITS - shape.order * Self::BITS;
        let kept = if beyond < u128::BITS { u128::MAX << beyond } else { 0 };
        Wide { high: first.high | self.high >> Self::BITS, low: low & kept }
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

    fn waiting(self) -> Self {
        self
    }

    fn of(waiting: Self) -> Self {
        waiting
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Packs the windows of a stream, the last first, and compares them with what arrays say.
    fn agrees<K: Packed>(order: usize, symbols: u32, stream: &[u32]) {
        let shape = Shape::new(order, symbols);
        let mut packed: Vec<(K, Window)> = Vec::new();
        let mut window = K::single(BOUNDARY, shape);
        for at in (0..stream.len()).rev() {
            window = window.prepend(stream[at], shape);
            let mut array = [PAD; MAX_ORDER];
            let whole = stream[at..].iter().chain([&BOUNDARY]).take(order);
            for (place, &symbol) in array.iter_mut().zip(whole) {
                *place = symbol;
            }
            packed.push((window, array));
        }
        for (x, a) in &packed {
            assert!(K::of(x.waiting()) == *x);
            for (position, &symbol) in a[..order].iter().enumerate() {
                assert_eq!(x.symbol(position, shape), symbol);
            }
            for (y, b) in &packed {
                assert_eq!(x.cmp(y), a.cmp(b));
                if a != b {
                    assert_eq!(x.shared(*y, shape), shared_prefix(a, b));
                }
            }
        }
    }

    proptest! {
        #[test]
        fn packed_windows_sort_like_arrays(
            order in 2usize..=8,
            few in proptest::collection::vec(2u32..5, 1..20),
            many in proptest::collection::vec(2u32..256, 1..20),
        ) {
            for stream in [&few, &many] {
                agrees::<u64>(order, 255, stream);
                agrees::<Middle>(order, 4095, stream);
                agrees::<u128>(order, 65_535, stream);
            }
        }

        #[test]
        fn wide_windows_hold_any_symbol(
            order in 5usize..=8,
            stream in proptest::collection::vec(2u32.., 1..20),
        ) {
            agrees::<Wide>(order, u32::MAX, &stream);
        }
    }
}
