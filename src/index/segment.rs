//! A segment on disk: written leaf by leaf, read in order, asked for single counts.

use super::layout::{MAX_ORDER, SegmentId, page_key, range_of};
use super::page::{Leaf, PAGE_LEAVES, PageBuilder, PageReader, Symbols, key_window};
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
    leaves: Vec<Leaf>,
    next: usize,
}

impl<'v> SegmentScan<'v> {
    /// Stands before the first leaf.
    pub(super) fn new(view: &'v dyn View, segment: SegmentId, order: usize) -> Self {
        let mut cursor = view.cursor(Family::Pages, Access::Scan);
        cursor.seek(&range_of(segment.0).0);
        SegmentScan { cursor, segment, order, leaves: Vec::with_capacity(PAGE_LEAVES), next: 0 }
    }

    /// Stands before the first leaf whose window is `from` or after it.
    ///
    /// # Errors
    /// When a page cannot be read.
    pub(super) fn starting_at(
        view: &'v dyn View,
        segment: SegmentId,
        order: usize,
        from: &Window,
    ) -> Result<Self> {
        let mut scan = SegmentScan::new(view, segment, order);
        let mut key = Vec::new();
        page_key(segment, &from[..order], &mut key);
        scan.cursor.seek_back(&key);
        if !entry_is_of(&*scan.cursor, segment)? {
            scan.cursor.seek(&range_of(segment.0).0);
        }
        while scan.peek()?.is_some_and(|leaf| leaf.window < *from) {
            scan.next += 1;
        }
        Ok(scan)
    }

    /// The next leaf, if any, without going on. What it shares is right within its page only.
    ///
    /// # Errors
    /// When a page cannot be read.
    #[inline]
    pub(super) fn peek(&mut self) -> Result<Option<&Leaf>> {
        if self.next == self.leaves.len() && !self.read_page()? {
            return Ok(None);
        }
        Ok(self.leaves.get(self.next))
    }

    /// The next leaf without going on, with what it shares with `last`, the leaf before it.
    ///
    /// # Errors
    /// When a page cannot be read.
    #[inline]
    pub(super) fn peek_after(&mut self, last: &Window) -> Result<Option<&Leaf>> {
        if self.next == self.leaves.len() && !self.read_page()? {
            return Ok(None);
        }
        if self.next == 0
            && let Some(first) = self.leaves.first_mut()
        {
            first.shared = shared_prefix(last, &first.window);
        }
        Ok(self.leaves.get(self.next))
    }

    /// Goes past the leaf of [`Self::peek`].
    #[inline]
    pub(super) fn advance(&mut self) {
        self.next += 1;
    }

    fn read_page(&mut self) -> Result<bool> {
        self.leaves.clear();
        self.next = 0;
        let Some((key, page)) = self.cursor.entry()? else { return Ok(false) };
        if !key.starts_with(&self.segment.0.to_be_bytes()) {
            return Ok(false);
        }
        let mut reader = PageReader::new(page, self.order)?;
        let mut leaf = Leaf { window: key_window(key, self.order)?, ..Leaf::default() };
        while reader.read(&mut leaf)? {
            self.leaves.push(leaf);
        }
        self.cursor.advance();
        Ok(!self.leaves.is_empty())
    }
}

/// Counts single n-grams. Keeps its cursor, so ask one counter many times.
pub struct Counter<'v> {
    cursor: Box<dyn Cursor + 'v>,
    segments: Vec<SegmentId>,
    order: usize,
    key: Vec<u8>,
}

impl<'v> Counter<'v> {
    /// A counter over some segments.
    pub fn new(view: &'v dyn View, segments: Vec<SegmentId>, order: usize) -> Self {
        let cursor = view.cursor(Family::Pages, Access::Point);
        Counter { cursor, segments, order, key: Vec::new() }
    }

    /// How often `symbols` (1 to the order of them) occur in a row.
    ///
    /// # Errors
    /// When a page cannot be read.
    pub fn count(&mut self, symbols: &[u32]) -> Result<u64> {
        let (mut from, mut to) = ([PAD; MAX_ORDER], [PAD; MAX_ORDER]);
        let Some((last, before)) = symbols.split_last() else { return Ok(0) };
        from[..symbols.len()].copy_from_slice(symbols);
        to[..before.len()].copy_from_slice(before);
        to[before.len()] = last.saturating_add(1);
        let mut sum = 0;
        for segment in 0..self.segments.len() {
            sum += self.between(self.segments[segment], &from, &to)?;
        }
        Ok(sum)
    }

    /// The counts of the leaves of one segment from `from` up to but not including `to`.
    fn between(&mut self, segment: SegmentId, from: &Window, to: &Window) -> Result<u64> {
        let (start, end) = self.below(segment, from, Some(to))?;
        let end = match end {
            Some(end) => end,
            None => self.below(segment, to, None)?.0,
        };
        Ok(end - start)
    }

    /// The sum of the counts before `window`, and before `upper` where the same page says it.
    fn below(
        &mut self,
        segment: SegmentId,
        window: &Window,
        upper: Option<&Window>,
    ) -> Result<(u64, Option<u64>)> {
        page_key(segment, &window[..self.order], &mut self.key);
        self.cursor.seek_back(&self.key);
        if !entry_is_of(&*self.cursor, segment)? {
            // Everything in the segment comes after the window, so a walk from its first page.
            if upper.is_none() {
                return Ok((0, None));
            }
            self.cursor.seek(&range_of(segment.0).0);
            if !entry_is_of(&*self.cursor, segment)? {
                return Ok((0, Some(0)));
            }
        }
        let Some((key, page)) = self.cursor.entry()? else { return Ok((0, None)) };
        let mut reader = PageReader::new(page, self.order)?;
        let mut leaf = Leaf { window: key_window(key, self.order)?, ..Leaf::default() };
        let mut sum = reader.before;
        let mut lower = None;
        while reader.read(&mut leaf)? {
            if lower.is_none() && leaf.window >= *window {
                lower = Some(sum);
            }
            match (lower, upper) {
                (Some(lower), Some(upper)) if leaf.window >= *upper => {
                    return Ok((lower, Some(sum)));
                }
                (Some(lower), None) => return Ok((lower, None)),
                _ => sum += leaf.count,
            }
        }
        Ok((lower.unwrap_or(sum), None))
    }
}

fn entry_is_of(cursor: &(dyn Cursor + '_), segment: SegmentId) -> Result<bool> {
    Ok(cursor.entry()?.is_some_and(|(key, _)| key.starts_with(&segment.0.to_be_bytes())))
}
