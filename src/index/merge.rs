//! Several segments read as one: a loser tree over their scans, equal leaves added up.

use super::layout::{MAX_ORDER, SegmentId, SegmentRecord};
use super::page::Leaf;
use super::segment::{SegmentScan, SegmentWriter, Stretch};
use super::window::{PAD, Window, shared_prefix};
use crate::control::Control;
use crate::error::Result;
use crate::store::{Store, View};

/// How many leaves pass between two looks at the controls.
const CHECK_EVERY: u64 = 1 << 16;

/// All leaves of some segments in order, each distinct window once.
pub struct MergeScan<'v> {
    sources: Vec<SegmentScan<'v>>,
    /// The window at the head of each source; `None` when it is read to its end.
    heads: Vec<Option<Window>>,
    /// `tree[0]` is the source with the smallest head, `tree[node]` the loser of that node's match.
    tree: Vec<usize>,
    last: Window,
    current: Leaf,
    /// Whether a lone source stands on a leaf that was handed out.
    started: bool,
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
        let open = |id: SegmentId| match from {
            Some(from) => SegmentScan::starting_at(view, id, order, from),
            None => Ok(SegmentScan::new(view, id, order)),
        };
        let mut sources = Vec::with_capacity(segments.len());
        for segment in segments {
            sources.push(open(segment.id)?);
        }
        let mut heads = Vec::with_capacity(sources.len());
        for source in &mut sources {
            heads.push(source.peek()?.map(|leaf| leaf.window));
        }
        let tree = vec![0; sources.len().max(1)];
        let (last, current) = ([PAD; MAX_ORDER], Leaf::default());
        let mut merge = MergeScan { sources, heads, tree, last, current, started: false };
        merge.play_all();
        Ok(merge)
    }

    /// The next leaf. It stays valid until the next call.
    ///
    /// # Errors
    /// When a page cannot be read.
    #[inline]
    pub fn next_leaf(&mut self) -> Result<Option<&Leaf>> {
        match self.sources.len() {
            0 => Ok(None),
            1 => self.next_of_one(),
            _ => self.next_of_many(),
        }
    }

    /// A lone segment knows what its leaves share, and nothing is to be compared.
    #[inline]
    fn next_of_one(&mut self) -> Result<Option<&Leaf>> {
        let only = &mut self.sources[0];
        if self.started {
            only.advance();
        }
        self.started = true;
        let leaf = only.peek_after(&self.last)?;
        if let Some(leaf) = leaf {
            self.last = leaf.window;
        }
        Ok(leaf)
    }

    fn next_of_many(&mut self) -> Result<Option<&Leaf>> {
        let Some(window) = self.heads[self.tree[0]] else { return Ok(None) };
        let mut first = true;
        while self.heads[self.tree[0]] == Some(window) {
            let winner = self.tree[0];
            let source = &mut self.sources[winner];
            if let Some(leaf) = source.peek()? {
                if first {
                    self.current = *leaf;
                    first = false;
                } else {
                    self.current.count += leaf.count;
                }
            }
            source.advance();
            self.heads[winner] = source.peek()?.map(|leaf| leaf.window);
            self.replay(winner);
        }
        self.current.shared = shared_prefix(&self.last, &window);
        self.last = window;
        Ok(Some(&self.current))
    }

    /// Whether source `a` comes before source `b`: an ended one comes last, ties by number.
    fn before(&self, a: usize, b: usize) -> bool {
        match (&self.heads[a], &self.heads[b]) {
            (Some(x), Some(y)) => (x, a) < (y, b),
            (head, _) => head.is_some(),
        }
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
            let a_wins = self.before(a, b);
            winners[node] = if a_wins { a } else { b };
            self.tree[node] = if a_wins { b } else { a };
        }
        if leaves > 0 {
            self.tree[0] = if leaves == 1 { 0 } else { winners[1] };
        }
    }

    /// The head of `source` has changed: replays the matches on its way up.
    #[inline]
    fn replay(&mut self, source: usize) {
        let mut winner = source;
        let mut node = (self.sources.len() + source) / 2;
        while node > 0 {
            if self.before(self.tree[node], winner) {
                std::mem::swap(&mut self.tree[node], &mut winner);
            }
            node /= 2;
        }
        self.tree[0] = winner;
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
