//! A segment on disk: written leaf by leaf, read in order, asked for single counts.

use super::layout::{MAX_ORDER, SegmentId, page_key, range_of};
use super::page::{Leaf, PAGE_LEAVES, PageBuilder, PageReader, Symbols, key_window};
use super::page_cache::Lookup;
use super::window::{PAD, Window, shared_prefix};
use crate::error::Result;
use crate::store::{Access, Bulk, BulkFile, Cursor, Family, Store, View};

/// Writes a stretch of a segment; leaves must ascend.
pub(super) struct SegmentWriter<'a> {
    bulk: Box<dyn Bulk + 'a>,
    segment: SegmentId,
    order: usize,
    builder: PageBuilder,
    before: u64,
    leaves: u64,
    key: Vec<u8>,
    page: Vec<u8>,
}

/// What a [`SegmentWriter`] has written.
pub(super) struct Stretch {
    /// The file, to be taken in by the store.
    pub file: Option<BulkFile>,
    /// Leaves in it.
    pub leaves: u64,
    /// The counts of the segment up to its end.
    pub end: u64,
}

impl<'a> SegmentWriter<'a> {
    /// Begins a stretch; `before` is the sum of the counts of all leaves before it.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub(super) fn new(
        store: &'a dyn Store,
        segment: SegmentId,
        order: usize,
        before: u64,
    ) -> Result<Self> {
        let bulk = store.bulk(Family::Pages)?;
        let builder = PageBuilder::default();
        let (key, page) = (Vec::new(), Vec::new());
        Ok(SegmentWriter { bulk, segment, order, builder, before, leaves: 0, key, page })
    }

    /// Appends a leaf that shares `shared` symbols with the one before it.
    ///
    /// # Errors
    /// When the disk refuses.
    #[inline(always)]
    pub(super) fn push(&mut self, leaf: impl Symbols, shared: usize, count: u64) -> Result<()> {
        self.builder.push(leaf, shared, self.order, count);
        if self.builder.len() == PAGE_LEAVES { self.write_page() } else { Ok(()) }
    }

    #[inline(never)]
    fn write_page(&mut self) -> Result<()> {
        page_key(self.segment, &self.builder.first()[..self.order], &mut self.key);
        self.leaves += self.builder.len() as u64;
        self.before += self.builder.finish(self.before, &mut self.page);
        self.bulk.put(&self.key, &self.page)
    }

    /// Ends the stretch.
    ///
    /// # Errors
    /// When the disk refuses.
    pub(super) fn finish(mut self) -> Result<Stretch> {
        if self.builder.len() > 0 {
            self.write_page()?;
        }
        let file = self.bulk.finish()?;
        Ok(Stretch { file, leaves: self.leaves, end: self.before })
    }
}

/// Reads the leaves of one segment in order.
pub(super) struct SegmentScan<'v> {
    cursor: Box<dyn Cursor + 'v>,
    segment: SegmentId,
    order: usize,
    /// The leaves of the page at hand.
    leaves: Vec<Leaf>,
    next: usize,
}

impl<'v> SegmentScan<'v> {
    /// Stands on the first leaf, or on the first one whose window is `from` or after it.
    ///
    /// # Errors
    /// When a page cannot be read.
    pub(super) fn new(
        view: &'v dyn View,
        segment: SegmentId,
        order: usize,
        from: Option<&Window>,
    ) -> Result<Self> {
        let mut cursor = view.cursor(Family::Pages, Access::Scan);
        if let Some(from) = from {
            let mut key = Vec::new();
            page_key(segment, &from[..order], &mut key);
            cursor.seek_back(&key);
        }
        if from.is_none() || !entry_is_of(&*cursor, segment)? {
            cursor.seek(&range_of(segment.0).0);
        }
        let leaves = Vec::with_capacity(PAGE_LEAVES);
        let mut scan = SegmentScan { cursor, segment, order, leaves, next: 0 };
        scan.read_page()?;
        while scan.head().zip(from).is_some_and(|(leaf, from)| leaf.window < *from) {
            scan.advance()?;
        }
        Ok(scan)
    }

    /// The leaf at hand with what it shares with the one before it; `None` behind the last.
    #[inline]
    pub(super) fn head(&self) -> Option<&Leaf> {
        self.leaves.get(self.next)
    }

    /// The leaf at hand and those after it, up to the first that is not `among` them or the end of
    /// the page; at most `most`. Stands on the last of them then.
    pub(super) fn run(&mut self, most: usize, among: impl Fn(&Leaf) -> bool) -> &mut [Leaf] {
        let start = self.next;
        let ends = |leaf: &&Leaf| among(leaf);
        let more = self.leaves.iter().skip(start + 1).take(most - 1).take_while(ends).count();
        self.next += more;
        self.leaves.get_mut(start..=self.next).unwrap_or_default()
    }

    /// Goes to the next leaf.
    ///
    /// # Errors
    /// When a page cannot be read.
    #[inline]
    pub(super) fn advance(&mut self) -> Result<()> {
        self.next += 1;
        if self.next == self.leaves.len() { self.read_page() } else { Ok(()) }
    }

    fn read_page(&mut self) -> Result<()> {
        let last = self.leaves.last().map(|leaf| leaf.window);
        self.leaves.clear();
        self.next = 0;
        let Some((key, page)) = self.cursor.entry()? else { return Ok(()) };
        if !is_of(key, self.segment) {
            return Ok(());
        }
        let mut reader = PageReader::new(page, self.order)?;
        let mut leaf = Leaf { window: key_window(key, self.order)?, ..Leaf::default() };
        while reader.read(&mut leaf)? {
            self.leaves.push(leaf);
        }
        if let (Some(last), Some(first)) = (last, self.leaves.first_mut()) {
            first.shared = shared_prefix(&last, &first.window);
        }
        self.cursor.advance();
        Ok(())
    }
}

/// Counts single n-grams. Keeps its cursor, so ask one counter many times.
pub struct Counter<'v> {
    lookup: Lookup<'v>,
    segments: Vec<SegmentId>,
}

impl<'v> Counter<'v> {
    /// A counter over some segments.
    pub(super) fn new(lookup: Lookup<'v>, segments: Vec<SegmentId>) -> Self {
        Counter { lookup, segments }
    }

    /// How often `symbols` (1 to the order of them) occur in a row.
    ///
    /// # Errors
    /// When a page cannot be read.
    pub fn count(&mut self, symbols: &[u32]) -> Result<u64> {
        let Some(last) = symbols.len().checked_sub(1) else { return Ok(0) };
        if symbols.len() > self.lookup.order() {
            return Ok(0);
        }
        let mut next = [PAD; MAX_ORDER];
        let next = &mut next[..symbols.len()];
        next.copy_from_slice(symbols);
        next[last] = next[last].saturating_add(1);
        let mut sum = 0;
        for &segment in &self.segments {
            let tally = self.lookup.tally(segment, symbols)?;
            // Where they go on beyond the page, the page where they end says how many there are.
            sum += match tally.is_whole {
                true => tally.within,
                false => self.lookup.tally(segment, next)?.before - tally.before,
            };
        }
        Ok(sum)
    }
}

fn entry_is_of(cursor: &(dyn Cursor + '_), segment: SegmentId) -> Result<bool> {
    Ok(cursor.entry()?.is_some_and(|(key, _)| is_of(key, segment)))
}

pub(super) fn is_of(key: &[u8], segment: SegmentId) -> bool {
    key.starts_with(&segment.0.to_be_bytes())
}
