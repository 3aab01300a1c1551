//! Several segments read as one: a loser tree over their scans, equal leaves added up.

use super::layout::{MAX_ORDER, SegmentId, SegmentRecord};
use super::page::Leaf;
use super::segment::{SegmentScan, SegmentWriter, Stretch};
use super::window::{Window, shared_prefix};
use crate::control::Control;
use crate::error::Result;
use crate::store::{Store, View};

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
    /// The source whose head was given out, and is to be left behind.
    given: Option<usize>,
    /// Equal leaves of several sources, added up.
    current: Leaf,
}

/// What may come between the leaves of a source: a head of another one.
#[derive(Clone, Copy)]
struct Challenger {
    /// Symbols it shares with the head of the source.
    shared: usize,
    /// The symbol after those.
    symbol: u32,
}

impl Challenger {
    /// Whether the next leaf of the source still comes before it, and shares more with the leaf
    /// before or as much: then it shares as much with this leaf, too.
    #[inline]
    fn comes_behind(self, next: &Leaf) -> bool {
        next.shared > self.shared
            || next.shared == self.shared && next.window[self.shared] < self.symbol
    }
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
        let mut merge = MergeScan { sources, shared, tree, given: None, current: Leaf::default() };
        merge.play_all();
        Ok(merge)
    }

    /// The next leaf. It stays valid until the next call.
    ///
    /// # Errors
    /// When a page cannot be read.
    #[inline]
    pub fn next_leaf(&mut self) -> Result<Option<&Leaf>> {
        Ok(self.run(1)?.and_then(<[Leaf]>::first))
    }

    /// The next leaves, as many as are at hand in one place, at least one. They stay valid until
    /// the next call.
    ///
    /// # Errors
    /// When a page cannot be read.
    #[inline]
    pub fn next_run(&mut self) -> Result<Option<&[Leaf]>> {
        self.run(usize::MAX)
    }

    fn run(&mut self, most: usize) -> Result<Option<&[Leaf]>> {
        if let Some(source) = self.given.take() {
            self.advance(source)?;
        }
        let winner = self.tree[0];
        let Some(head) = self.sources.get(winner).and_then(SegmentScan::head) else {
            return Ok(None);
        };
        let shared = self.shared[winner].unwrap_or(0);
        let challenger = self.challenger(winner);
        if challenger.shared == MAX_ORDER {
            self.current = Leaf { shared, ..*head };
            self.advance(winner)?;
            while self.shared[self.tree[0]] == SAME {
                let winner = self.tree[0];
                self.current.count += self.sources[winner].head().map_or(0, |leaf| leaf.count);
                self.advance(winner)?;
            }
            return Ok(Some(std::slice::from_ref(&self.current)));
        }
        self.given = Some(winner);
        let run = self.sources[winner].run(most, |leaf| challenger.comes_behind(leaf));
        if let Some(first) = run.first_mut() {
            first.shared = shared;
        }
        Ok(Some(run))
    }

    /// The next of all heads after that of the winner, each of which has lost to the winner or to
    /// another that has.
    #[inline]
    fn challenger(&self, winner: usize) -> Challenger {
        let mut next = Challenger { shared: 0, symbol: u32::MAX };
        let mut node = (self.sources.len() + winner) / 2;
        while node > 0 {
            let loser = self.tree[node];
            if let (Some(shared), Some(head)) = (self.shared[loser], self.sources[loser].head())
                && shared >= next.shared
            {
                let symbol = head.window.get(shared).copied().unwrap_or(0);
                let symbol = if shared > next.shared { symbol } else { symbol.min(next.symbol) };
                next = Challenger { shared, symbol };
            }
            node /= 2;
        }
        next
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
    let mut ticks = control.ticks();
    while let Some(run) = scan.next_run()? {
        for leaf in run {
            writer.push(&leaf.window, leaf.shared, leaf.count)?;
        }
        ticks.add(run.len())?;
    }
    writer.finish()
}
