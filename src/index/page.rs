//! A page: up to 64 leaves in columns, front coded, with a checksum of its own.
//!
//! ```text
//! checksum   4 bytes, the low half of xxh3 over the rest, little-endian
//! before     varint, the counts of all leaves of the segment before this page
//! sum        varint, the counts of this page
//! leaves     varint
//! symbols    varint, bytes of the column of symbols
//! control    half a byte a leaf, the lower half first: symbols shared with the leaf before it * 2,
//!            + 1 where the count is 1
//! symbols    varints: the first that differs as its distance, the rest as they are,
//!            up to the order or the boundary that ends the window
//! counts     varints, where the count is not 1
//! ```
//!
//! The first leaf has no symbols here: it is the key of the page.

use xxhash_rust::xxh3::xxh3_64;

use super::layout::MAX_ORDER;
use super::window::{BOUNDARY, PAD, Window};
use crate::error::{Error, Result};

/// Leaves in a full page. Fewer make counting one n-gram faster and the index larger.
pub(super) const PAGE_LEAVES: usize = 64;

/// A distinct window with its count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leaf {
    /// The window, padded.
    pub window: Window,
    /// How many leading symbols it shares with the leaf before it.
    pub shared: usize,
    /// Symbols in it, its closing boundary included.
    pub length: usize,
    /// How often it occurs.
    pub count: u64,
}

/// A window as it is at hand: an array, or packed into an integer.
pub(super) trait Symbols {
    /// The symbol at a position below the order.
    fn symbol_at(&self, position: usize) -> u32;
}

impl Symbols for &Window {
    #[inline(always)]
    fn symbol_at(&self, position: usize) -> u32 {
        self[position]
    }
}

/// Gathers the leaves of one page.
pub(super) struct PageBuilder {
    leaves: usize,
    control: [u8; PAGE_LEAVES / 2],
    symbols: VarintColumn,
    counts: VarintColumn,
    first: Window,
    /// The last leaf up to the boundary that ends it; what lies behind is left over.
    last: Window,
    sum: u64,
}

impl Default for PageBuilder {
    fn default() -> Self {
        PageBuilder {
            leaves: 0,
            control: [0; PAGE_LEAVES / 2],
            symbols: VarintColumn::new(PAGE_LEAVES * MAX_ORDER),
            counts: VarintColumn::new(PAGE_LEAVES),
            first: [PAD; MAX_ORDER],
            last: [PAD; MAX_ORDER],
            sum: 0,
        }
    }
}

impl PageBuilder {
    /// Appends a leaf that shares `shared` symbols with the one before it; at most
    /// [`PAGE_LEAVES`] to a page.
    #[inline(always)]
    pub(super) fn push(&mut self, leaf: impl Symbols, shared: usize, order: usize, count: u64) {
        let single = u8::from(count == 1);
        if self.leaves == 0 {
            self.begin(leaf, order);
            self.control[0] = single;
        } else {
            #[allow(clippy::cast_possible_truncation)] // below MAX_ORDER
            let control = (shared as u8) << 1 | single;
            self.control[self.leaves / 2] |= control << (self.leaves % 2 * 4);
            let mut symbol = leaf.symbol_at(shared);
            self.symbols.put(u64::from(symbol - self.last[shared]));
            self.last[shared] = symbol;
            for position in shared + 1..order {
                if symbol == BOUNDARY && position > 1 {
                    break;
                }
                symbol = leaf.symbol_at(position);
                self.symbols.put(u64::from(symbol));
                self.last[position] = symbol;
            }
        }
        if count != 1 {
            self.counts.put(count);
        }
        self.leaves += 1;
        self.sum += count;
    }

    #[inline(never)]
    fn begin(&mut self, leaf: impl Symbols, order: usize) {
        for (position, symbol) in self.first[..order].iter_mut().enumerate() {
            *symbol = leaf.symbol_at(position);
        }
        self.last = self.first;
    }

    /// Leaves so far.
    pub(super) fn len(&self) -> usize {
        self.leaves
    }

    /// The first leaf: the key.
    pub(super) fn first(&self) -> &Window {
        &self.first
    }

    /// Writes the page and begins the next; returns the sum of its counts.
    pub(super) fn finish(&mut self, before: u64, page: &mut Vec<u8>) -> u64 {
        page.clear();
        page.extend([0; 4]);
        put_varint(page, before);
        put_varint(page, self.sum);
        put_varint(page, self.leaves as u64);
        put_varint(page, self.symbols.length as u64);
        page.extend_from_slice(&self.control[..self.leaves.div_ceil(2)]);
        self.symbols.append_to(page);
        self.counts.append_to(page);
        let checksum = checksum(&page[4..]);
        page[..4].copy_from_slice(&checksum);
        self.leaves = 0;
        self.control.fill(0);
        std::mem::take(&mut self.sum)
    }
}

/// Varints one after the other, each written as one word: nothing depends on how long it is.
struct VarintColumn {
    bytes: Box<[u8]>,
    length: usize,
}

impl VarintColumn {
    /// A varint of 64 bits at most.
    const LONGEST: usize = 10;

    /// Room for so many numbers.
    fn new(numbers: usize) -> Self {
        VarintColumn { bytes: vec![0; (numbers + 1) * Self::LONGEST].into(), length: 0 }
    }

    #[inline(always)]
    fn put(&mut self, value: u64) {
        if value >= 1 << 28 {
            return self.put_long(value);
        }
        let length = (70 - (value | 1).leading_zeros() as usize) / 7;
        let spread =
            value & 0x7F | value << 1 & 0x7F00 | value << 2 & 0x7F_0000 | value << 3 & 0x7F00_0000;
        let more = 0x8080_8080 & !(u64::MAX << (8 * (length - 1)));
        let word = (spread | more).to_le_bytes();
        self.bytes[self.length..self.length + word.len()].copy_from_slice(&word);
        self.length += length;
    }

    #[cold]
    fn put_long(&mut self, value: u64) {
        let mut bytes = Vec::with_capacity(Self::LONGEST);
        put_varint(&mut bytes, value);
        self.bytes[self.length..self.length + bytes.len()].copy_from_slice(&bytes);
        self.length += bytes.len();
    }

    /// Moves what is there to the end of `page`.
    fn append_to(&mut self, page: &mut Vec<u8>) {
        page.extend_from_slice(&self.bytes[..self.length]);
        self.length = 0;
    }
}

/// Reads the leaves of one page.
#[derive(Clone, Copy, Debug)]
pub(super) struct PageReader<'a> {
    symbols: Column<'a>,
    counts: Column<'a>,
    control: &'a [u8],
    leaves: usize,
    next: usize,
    order: usize,
    /// The counts of all leaves of the segment before this page.
    pub before: u64,
}

impl<'a> PageReader<'a> {
    /// Checks a page and reads its head.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the checksum or the head is wrong.
    pub(super) fn new(page: &'a [u8], order: usize) -> Result<Self> {
        let (stored, body) = page.split_at_checked(4).ok_or_else(damaged)?;
        if stored != checksum(body) {
            return Err(damaged());
        }
        Self::head(body, order)
    }

    /// The same for a page that was checked before.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the head is wrong.
    pub(super) fn checked(page: &'a [u8], order: usize) -> Result<Self> {
        Self::head(page.get(4..).ok_or_else(damaged)?, order)
    }

    fn head(body: &'a [u8], order: usize) -> Result<Self> {
        let mut head = Column { bytes: body };
        let before = head.varint()?;
        let _sum = head.varint()?;
        let leaves = usize::try_from(head.varint()?).map_err(|_| damaged())?;
        let width = usize::try_from(head.varint()?).map_err(|_| damaged())?;
        let (control, rest) =
            head.bytes.split_at_checked(leaves.div_ceil(2)).ok_or_else(damaged)?;
        let (symbols, counts) = rest.split_at_checked(width).ok_or_else(damaged)?;
        let (symbols, counts) = (Column { bytes: symbols }, Column { bytes: counts });
        Ok(PageReader { symbols, counts, control, leaves, next: 0, order, before })
    }

    #[inline(always)]
    fn control_of(&self, leaf: usize) -> u8 {
        self.control[leaf / 2] >> (leaf % 2 * 4) & 0xf
    }

    /// Puts the next leaf into `leaf`, which holds the one before it (for the first leaf of a
    /// page: the window of the key). False at the end of the page.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the columns are cut short.
    #[inline]
    pub(super) fn read(&mut self, leaf: &mut Leaf) -> Result<bool> {
        if self.next == self.leaves {
            return Ok(false);
        }
        let control = self.control_of(self.next);
        if self.next == 0 {
            leaf.shared = 0;
            leaf.length = length(&leaf.window, self.order);
        } else {
            let shared = usize::from(control >> 1);
            let distance = self.symbols.varint()?;
            if shared >= self.order {
                return Err(damaged());
            }
            let mut symbol = u64::from(leaf.window[shared]).saturating_add(distance);
            let mut position = shared;
            loop {
                leaf.window[position] = u32::try_from(symbol).map_err(|_| damaged())?;
                position += 1;
                if position == self.order || position > 1 && symbol == u64::from(BOUNDARY) {
                    break;
                }
                symbol = self.symbols.varint()?;
            }
            // As a whole: what a loop of varying length would cost is more.
            for (place, symbol) in leaf.window.iter_mut().enumerate() {
                *symbol = if place < position { *symbol } else { PAD };
            }
            leaf.shared = shared;
            leaf.length = position;
        }
        self.next += 1;
        leaf.count = if control & 1 == 1 { 1 } else { self.counts.varint()? };
        Ok(true)
    }
}

/// What a page says of an n-gram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    /// The counts of all leaves of the segment that come before those that begin with it.
    pub before: u64,
    /// The counts of those, as far as they are on this page.
    pub within: u64,
    /// Whether the page goes on behind them.
    pub is_whole: bool,
}

impl Tally {
    /// What there is to say where there is no page.
    pub(super) const NOTHING: Tally = Tally { before: 0, within: 0, is_whole: true };
}

/// How a leaf stands to an n-gram that it does not come behind.
struct Stand<'n> {
    ngram: &'n [u32],
    /// How many leading symbols of the n-gram the leaf has.
    common: usize,
    /// Its symbol after these.
    symbol: u64,
}

impl Stand<'_> {
    /// Takes in the symbol of the leaf after those in common; false where it is too large.
    #[inline(always)]
    fn take(&mut self, symbol: u64) -> bool {
        let wanted = u64::from(self.ngram[self.common]);
        self.common += usize::from(symbol == wanted);
        self.symbol = symbol;
        symbol <= wanted
    }

    #[inline(always)]
    fn is_within(&self) -> bool {
        self.common == self.ngram.len()
    }
}

impl PageReader<'_> {
    /// Finds an n-gram; `first` is the window of the key. Windows need not be put together for
    /// that: a leaf that shares more with the one before it than the n-gram does stands where that
    /// stands, and one that shares less comes behind.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the columns are cut short.
    pub(super) fn tally(mut self, first: &[u32], ngram: &[u32]) -> Result<Tally> {
        let mut tally = Tally { before: self.before, within: 0, is_whole: false };
        let mut stand = Stand { ngram, common: 0, symbol: 0 };
        let mut goes_on = true;
        for &symbol in first.iter().take(ngram.len()) {
            let before = stand.common;
            goes_on = stand.take(u64::from(symbol));
            if stand.common == before {
                break;
            }
        }
        for number in 0..self.leaves {
            let control = self.control_of(number);
            if number > 0 {
                let shared = usize::from(control >> 1);
                if shared >= self.order {
                    return Err(damaged());
                }
                goes_on = shared >= stand.common
                    && self.symbols.compare(shared, self.order, &mut stand)?;
            }
            if !goes_on {
                tally.is_whole = true;
                break;
            }
            let count = if control & 1 == 1 { 1 } else { self.counts.varint()? };
            *if stand.is_within() { &mut tally.within } else { &mut tally.before } += count;
        }
        Ok(tally)
    }
}

/// The symbols of a padded window up to its closing boundary.
pub(super) fn length(window: &Window, order: usize) -> usize {
    (1..order).find(|&position| window[position] == BOUNDARY).map_or(order, |end| end + 1)
}

/// Reads the window out of the key of a page.
///
/// # Errors
/// [`Error::Corrupt`] when the key has another length.
pub(super) fn key_window(key: &[u8], order: usize) -> Result<Window> {
    let symbols = key.get(4..).filter(|symbols| symbols.len() == order * 4).ok_or_else(damaged)?;
    let mut window = [PAD; MAX_ORDER];
    for (place, bytes) in window.iter_mut().zip(symbols.chunks_exact(4)) {
        *place = u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    }
    Ok(window)
}

pub(super) fn checksum(body: &[u8]) -> [u8; 4] {
    let [a, b, c, d, ..] = xxh3_64(body).to_le_bytes();
    [a, b, c, d]
}

fn damaged() -> Error {
    Error::corrupt("a page of the index is damaged")
        .hint("CHECK names what is affected; restore a backup or ingest the texts again")
}

/// Appends an integer, seven bits a byte, the lowest first.
#[inline(always)]
#[allow(clippy::cast_possible_truncation)] // seven or eight bits are kept on purpose
pub fn put_varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// Bytes that are read from the front.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column<'a> {
    /// What is left.
    pub bytes: &'a [u8],
}

impl Column<'_> {
    /// Takes an integer written by [`put_varint`].
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the bytes end within it or it is beyond 64 bits.
    #[inline(always)]
    pub(super) fn varint(&mut self) -> Result<u64> {
        // Nearly all have one byte or two; which of both is no branch that could be foretold.
        if let Some(&[first, second]) = self.bytes.first_chunk() {
            let more = first >> 7;
            if more & second >> 7 == 0 {
                self.bytes = &self.bytes[1 + usize::from(more)..];
                let high = u64::from(second & more.wrapping_neg());
                return Ok(u64::from(first & 0x7f) | high << 7);
            }
        }
        self.long_varint()
    }

    /// Reads the symbols of a leaf that shares so many with the one before it. False where it comes
    /// behind the n-gram; the rest of it is not read then.
    #[inline]
    fn compare(&mut self, shared: usize, order: usize, stand: &mut Stand<'_>) -> Result<bool> {
        let distance = self.varint()?;
        let mut undecided = shared == stand.common && !stand.is_within();
        if undecided {
            let common = stand.common;
            if !stand.take(stand.symbol.saturating_add(distance)) {
                return Ok(false);
            }
            undecided = stand.common > common && !stand.is_within();
        }
        // The first that differs is larger than another symbol, and no boundary.
        for _ in shared + 1..order {
            let symbol = self.varint()?;
            if undecided {
                let common = stand.common;
                if !stand.take(symbol) {
                    return Ok(false);
                }
                undecided = stand.common > common && !stand.is_within();
            }
            if symbol == u64::from(BOUNDARY) {
                break;
            }
        }
        Ok(true)
    }

    #[inline]
    fn long_varint(&mut self) -> Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.bytes.split_first().ok_or_else(damaged)?;
            self.bytes = rest;
            value |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(damaged())
    }
}
