//! Several segments read as one: a loser tree over their scans, equal leaves added up.

use super::layout::{MAX_ORDER, SegmentId, SegmentRecord};
use super::page::Leaf;
use super::segment::{SegmentScan, SegmentWriter, Stretch};
use super::window::{Window, shared_prefix};
use crate::control::Control;
use crate::error::Result;
use crate::store::{Store, View};

/// How many leaves pass between two looks at the controls.
const CHECK_EVERY: u64 = 1 << 16;

/// What equal windows share.
const SAME: Option<usize> = Some(MAX_ORDER);

/// All leaves of some segments in order, each distinct window once.
///
/// Which of two heads comes first is mostly said by how much they share with the leaf before both:
/// the one that shares more does. Symbols are only compared where both share as much.
pub struct MergeScan<'v> {
    sources: Vec<SegmentScan<'v>>,
    /// What the head of each source shares with the leaf that it last lost to; `None` when the
    /// source is read to its end.
    shared: Vec<Option<usize>>,
    /// `tree[0]` is the source with the smallest head, `tree[node]` the loser of that node's match.
    tree: Vec<usize>,
    current: Leaf,
}

impl<'v> MergeScan<'v> {
    /// Stands before the first leaf that is `from` or after it.
    ///
    /// # Errors
    /// When a page cannot be read.
    pub fn new(
        view: &'v dyn View,
        segments: &[SegmentRecord],
        order: usize,
        from: Option<&Window>,
    ) -> Result<Self> {
        let mut sources = Vec::with_capacity(segments.len());
        for segment in segments {
            sources.push(SegmentScan::new(view, segment.id, order, from)?);
        }
        let shared = sources.iter().map(|source| source.head().map(|_| 0)).collect();
        let tree = vec![0; sources.len().max(1)];
        let mut merge = MergeScan { sources, shared, tree, current: Leaf::default() };
        merge.play_all();
        Ok(merge)
    }

    /// The next leaf. It stays valid until the next call.
    ///
    /// # Errors
    /// When a page cannot be read.
    #[inline]
    pub fn next_leaf(&mut self) -> Result<Option<&Leaf>> {
        let winner = self.tree[0];
        let Some(head) = self.sources.get(winner).and_then(SegmentScan::head) else {
            return Ok(None);
        };
        self.current = *head;
        self.current.shared = self.shared[winner].unwrap_or(0);
        self.advance(winner)?;
        while self.shared[self.tree[0]] == SAME {
            let winner = self.tree[0];
            self.current.count += self.sources[winner].head().map_or(0, |leaf| leaf.count);
            self.advance(winner)?;
        }
        Ok(Some(&self.current))
    }

    /// Goes on in the source whose head has won, and replays the matches on its way up.
    #[inline]
    fn advance(&mut self, source: usize) -> Result<()> {
        self.sources[source].advance()?;
        self.shared[source] = self.sources[source].head().map(|leaf| leaf.shared);
        let mut winner = source;
        let mut node = (self.sources.len() + source) / 2;
        while node > 0 {
            if self.precedes(self.tree[node], winner) {
                std::mem::swap(&mut self.tree[node], &mut winner);
            }
            node /= 2;
        }
        self.tree[0] = winner;
        Ok(())
    }

    /// Whether the head of source `a` comes before that of `b`, equal ones by their numbers. Both
    /// have lost to the same leaf; from now on what the later one shares is with the other.
    #[inline]
    fn precedes(&mut self, a: usize, b: usize) -> bool {
        if self.shared[a] != self.shared[b] {
            return self.shared[a] > self.shared[b];
        }
        let (Some(x), Some(y)) = (self.sources[a].head(), self.sources[b].head()) else {
            return false;
        };
        let more = shared_prefix(&x.window, &y.window);
        let first = if more == MAX_ORDER { a < b } else { x.window[more] < y.window[more] };
        self.shared[if first { b } else { a }] = Some(more);
        first
    }

    fn play_all(&mut self) {
        let leaves = self.sources.len();
        // Winners going up: node n has the children 2n and 2n + 1, source s sits at leaves + s.
        let mut winners = vec![0; leaves * 2];
        for source in 0..leaves {
            winners[leaves + source] = source;
        }
        for node in (1..leaves).rev() {
            let (a, b) = (winners[node * 2], winners[node * 2 + 1]);
            let a_wins = self.precedes(a, b);
            winners[node] = if a_wins { a } else { b };
            self.tree[node] = if a_wins { b } else { a };
        }
        if leaves > 0 {
            self.tree[0] = if leaves == 1 { 0 } else { winners[1] };
        }
    }
}

/// Writes some segments as one new segment; the store does not know of it yet.
///
/// # Errors
/// When a page cannot be read, the disk refuses, or the work is stopped.
pub(super) fn merge_segments(
    store: &dyn Store,
    segments: &[SegmentRecord],
    order: usize,
    target: SegmentId,
    control: &Control,
) -> Result<Stretch> {
    let view = store.view();
    let mut scan = MergeScan::new(&*view, segments, order, None)?;
    let mut writer = SegmentWriter::new(store, target, order, 0)?;
    let mut leaves = 0u64;
    while let Some(leaf) = scan.next_leaf()? {
        writer.push(&leaf.window, leaf.shared, leaf.count)?;
        leaves += 1;
        if leaves.is_multiple_of(CHECK_EVERY) {
            control.check()?;
            control.progress.advance(CHECK_EVERY);
        }
    }
    writer.finish()
}
