//! Pages that single counts were asked of lately, ready for the next one.
//!
//! The store comes to a page through its levels, files and blocks, which takes several times longer
//! than to count on it. So a page is copied when it is first asked for, and found by its segment
//! and window from then on. Segments never change and their numbers are never used again: what is
//! here grows useless, but never wrong.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::layout::{MAX_ORDER, SegmentId, page_key, range_of};
use super::page::{PageReader, Tally, key_window};
use super::segment::is_of;
use super::window::{PAD, Window};
use crate::error::Result;
use crate::store::{Access, Cursor, Family, View};

/// Bytes to keep where nobody says how many.
const USUAL: usize = 16 << 20;
/// Bytes of a page beside the page itself: its place in the tree, which is not full.
const OVERHEAD: usize = 160;

/// Pages of all segments of a database.
pub(super) struct PageCache {
    most: usize,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    /// By the first window that a page knows about.
    pages: BTreeMap<Place, Page>,
    bytes: usize,
}

/// Where a window belongs.
type Place = (SegmentId, Window);

struct Page {
    /// As it is stored; its checksum was right.
    bytes: Box<[u8]>,
    /// The first window of the next page.
    until: Option<Window>,
    /// Whether somebody asked again since the cache was full.
    is_wanted: bool,
}

impl Default for PageCache {
    fn default() -> Self {
        PageCache::new(USUAL)
    }
}

impl PageCache {
    /// A cache of so many bytes.
    pub(super) fn new(most: usize) -> Self {
        PageCache { most, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    /// The page on which a window belongs, and its first one.
    fn find(&mut self, place: &Place) -> Option<(&Window, &Page)> {
        let ((segment, first), page) = self.pages.range_mut(..=place).next_back()?;
        let is_it = *segment == place.0 && page.until.is_none_or(|until| place.1 < until);
        page.is_wanted |= is_it;
        is_it.then_some((first, page))
    }

    fn keep(&mut self, place: Place, page: Page, most: usize) {
        self.bytes += page.memory();
        if let Some(before) = self.pages.insert(place, page) {
            self.bytes -= before.memory();
        }
        if self.bytes > most {
            self.forget(most);
        }
    }

    /// Forgets what nobody has asked for again since the last time, or all where that is not
    /// enough.
    #[cold]
    fn forget(&mut self, most: usize) {
        self.pages.retain(|_, page| std::mem::take(&mut page.is_wanted));
        self.bytes = self.pages.values().map(Page::memory).sum();
        if self.bytes > most / 4 * 3 {
            *self = Known::default();
        }
    }
}

impl Page {
    fn memory(&self) -> usize {
        OVERHEAD + self.bytes.len()
    }
}

/// Looks n-grams up in the cache, and in a view where the cache does not know.
pub(super) struct Lookup<'v> {
    cache: &'v PageCache,
    view: &'v dyn View,
    /// Opened once it is needed.
    cursor: Option<Box<dyn Cursor + 'v>>,
    order: usize,
}

impl<'v> Lookup<'v> {
    /// Looks up n-grams of up to so many symbols.
    pub(super) fn new(cache: &'v PageCache, view: &'v dyn View, order: usize) -> Self {
        Lookup { cache, view, cursor: None, order }
    }

    /// The longest n-gram.
    pub(super) fn order(&self) -> usize {
        self.order
    }

    /// What the page on which an n-gram begins says of it.
    ///
    /// # Errors
    /// When a page cannot be read.
    pub(super) fn tally(&mut self, segment: SegmentId, ngram: &[u32]) -> Result<Tally> {
        let mut place = (segment, [PAD; MAX_ORDER]);
        place.1[..ngram.len()].copy_from_slice(ngram);
        if let Some((first, page)) = self.cache.known().find(&place) {
            return PageReader::checked(&page.bytes, self.order)?.tally(first, ngram);
        }
        // Others go on counting while this one reads.
        let Some((first, page)) = self.read(&place)? else { return Ok(Tally::NOTHING) };
        let tally = PageReader::new(&page.bytes, self.order)?.tally(&first, ngram)?;
        self.cache.known().keep((segment, first), page, self.cache.most);
        Ok(tally)
    }

    /// Reads the page on which a window belongs, and its first one: what comes before the first
    /// page belongs there as well. None where the segment is empty.
    fn read(&mut self, (segment, window): &Place) -> Result<Option<(Window, Page)>> {
        let order = self.order;
        let open = || self.view.cursor(Family::Pages, Access::Point);
        let cursor = self.cursor.get_or_insert_with(open);
        let mut key = Vec::new();
        page_key(*segment, &window[..order], &mut key);
        cursor.seek_back(&key);
        if !cursor.entry()?.is_some_and(|(key, _)| is_of(key, *segment)) {
            cursor.seek(&range_of(segment.0).0);
        }
        let Some((key, page)) = cursor.entry()?.filter(|(key, _)| is_of(key, *segment)) else {
            return Ok(None);
        };
        let (first, bytes) = (key_window(key, order)?, page.into());
        cursor.advance();
        let next = cursor.entry()?.filter(|(key, _)| is_of(key, *segment));
        let until = next.map(|(key, _)| key_window(key, order)).transpose()?;
        Ok(Some((first, Page { bytes, until, is_wanted: false })))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::index::segment::{Counter, SegmentWriter};
    use crate::store::{MemoryStore, Store};
    use proptest::prelude::*;

    const ORDER: usize = 3;

    /// Each segment has some windows, each of them as often as it is there.
    fn stored(segments: &[Vec<[u32; ORDER]>]) -> (MemoryStore, Vec<SegmentId>) {
        let store = MemoryStore::new();
        let mut ids = Vec::new();
        for (leaves, id) in segments.iter().zip(7..) {
            let mut leaves = leaves.clone();
            leaves.sort_unstable();
            let id = SegmentId(id);
            let mut writer = SegmentWriter::new(&store, id, ORDER, 0).unwrap();
            let mut last: Option<[u32; ORDER]> = None;
            for alike in leaves.chunk_by(|a, b| a == b) {
                let mut window = [PAD; MAX_ORDER];
                window[..ORDER].copy_from_slice(&alike[0]);
                let alike_symbols = |last: [u32; ORDER]| {
                    last.iter().zip(&alike[0]).take_while(|(a, b)| a == b).count()
                };
                let shared = last.map_or(0, alike_symbols);
                writer.push(&window, shared, alike.len() as u64).unwrap();
                last = Some(alike[0]);
            }
            store
                .adopt(Family::Pages, writer.finish().unwrap().file.into_iter().collect())
                .unwrap();
            ids.push(id);
        }
        (store, ids)
    }

    proptest! {
        #[test]
        fn counts_are_the_same_whatever_is_kept(
            segments in proptest::collection::vec(
                proptest::collection::vec([2u32..40, 2u32..6, 2u32..6], 0..900), 1..4),
            asked in proptest::collection::vec(
                proptest::collection::vec(1u32..42, 1..=ORDER), 1..120),
            most in prop_oneof![Just(0usize), 500usize..4000, Just(1 << 20)],
        ) {
            let (store, ids) = stored(&segments);
            let (view, cache) = (store.view(), PageCache::new(most));
            for _ in 0..2 {
                let mut counter = Counter::new(Lookup::new(&cache, &*view, ORDER), ids.clone());
                for ngram in &asked {
                    let leaves = segments.iter().flatten();
                    let naive = leaves.filter(|leaf| leaf.starts_with(ngram)).count();
                    prop_assert_eq!(counter.count(ngram).unwrap(), naive as u64);
                }
                prop_assert!(cache.known().bytes <= most);
            }
        }
    }
}
