//! One pass over the leaves of text: every n-gram is closed when its last leaf has gone by. Its
//! count and its right neighbours are known then; what it tells of its suffix is scattered to be
//! joined.

use std::fs::File;

use super::scatter::{Joined, Parts, Scatter};
use super::trie::{Extent, Level, Links, MOST_ROWS, ROW_BYTES, Sides};
use crate::control::Control;
use crate::error::{Error, Result};
use crate::index::layout::MAX_ORDER;
use crate::index::page::Leaf;
use crate::index::view::CorpusView;
use crate::index::window::{BOUNDARY, FIRST_OF_TEXT, PAD, Window};
use crate::measure::XLogX;

/// What a walk has found: a trie of rows without suffixes and left sides.
pub(super) struct Walked<'s> {
    pub levels: Vec<Level>,
    /// Distinct n-grams of each length.
    pub types: [u64; MAX_ORDER],
    /// What is known of suffixes, by their first unit.
    pub scatter: Scatter<'s>,
    /// Which first units are in which part.
    pub parts: Parts,
}

/// What a walk may use.
pub(super) struct Means<'s> {
    /// Bytes for rows and for what is scattered.
    pub memory: u64,
    /// Makes a file for what is beyond that.
    pub scratch: &'s dyn Fn() -> Result<File>,
    pub xlogx: &'s XLogX,
}

/// An n-gram that is a prefix of the leaf at hand.
#[derive(Clone, Copy, Default)]
struct Node {
    count: u64,
    right_sum: u64,
    right_edge: u64,
    right_distinct: u32,
    /// Rows in the next level when it was opened: its extensions begin there.
    children: u32,
}

struct Walk<'w, 's> {
    order: usize,
    extent: Extent,
    means: &'w Means<'s>,
    found: Walked<'s>,
    /// Rows of each level.
    rows: [usize; MAX_ORDER + 1],
    /// Rows in memory.
    held: u64,
    /// How many more tails begin at a depth than end there; see [`Walk::tail`].
    tails: [i64; MAX_ORDER + 1],
    nodes: [Node; MAX_ORDER],
    window: Window,
    depth: usize,
}

/// Walks over all n-grams of a view; finds those of the extent.
///
/// # Errors
/// When a page or a scratch file cannot be read, the work is stopped, there are too many rows.
pub(super) fn walk<'s>(
    view: &CorpusView<'_>,
    extent: Extent,
    means: &Means<'s>,
    control: &Control,
) -> Result<Walked<'s>> {
    let mut walk = Walk::new(view.order(), extent, means, Parts::new(view.manifest().symbols));
    let mut scan = view.scan(Some(&FIRST_OF_TEXT))?;
    let mut ticks = control.ticks();
    let mut last: Option<Leaf> = None;
    while let Some(run) = scan.next_run()? {
        if let (Some(last), Some(next)) = (last, run.first()) {
            walk.step(&last, next.shared)?;
        }
        for pair in run.windows(2) {
            walk.step(&pair[0], pair[1].shared)?;
        }
        last = run.last().copied();
        ticks.add(run.len())?;
    }
    if let Some(last) = last {
        walk.step(&last, 0)?;
    }
    walk.finish()
}

impl<'w, 's> Walk<'w, 's> {
    fn new(order: usize, extent: Extent, means: &'w Means<'s>, parts: Parts) -> Self {
        let mut levels = Vec::new();
        levels.resize_with(extent.longest, Level::default);
        let found = Walked {
            levels,
            types: [0; MAX_ORDER],
            scatter: Scatter::new(means.memory / 8, means.scratch),
            parts,
        };
        Walk {
            order,
            extent,
            means,
            found,
            rows: [0; MAX_ORDER + 1],
            held: 0,
            tails: [0; MAX_ORDER + 1],
            nodes: [Node::default(); MAX_ORDER],
            window: [PAD; MAX_ORDER],
            depth: 0,
        }
    }

    /// Takes a leaf in; the one after it shares `next` symbols with it.
    #[inline]
    fn step(&mut self, leaf: &Leaf, next: usize) -> Result<()> {
        self.window = leaf.window;
        // What nothing else begins with and is no row has no need of a node.
        let is_tail = leaf.count == 1 && self.extent.floor > 1;
        let top = if is_tail { leaf.shared.max(next) } else { leaf.length };
        while self.depth < top {
            self.open();
        }
        if top < leaf.length {
            self.tail(leaf, top);
        } else if let Some(node) = top.checked_sub(1).map(|last| &mut self.nodes[last]) {
            node.count += leaf.count;
        }
        self.close(next)
    }

    #[inline]
    fn open(&mut self) {
        let depth = self.depth;
        let children = u32::try_from(self.rows[depth + 1]).unwrap_or(u32::MAX);
        self.nodes[depth] = Node { children, ..Node::default() };
        self.depth += 1;
    }

    /// Counts the n-grams of a leaf that are longer than `top`, each of which occurs once.
    #[inline]
    fn tail(&mut self, leaf: &Leaf, top: usize) {
        let ends_at_edge = leaf.window[leaf.length - 1] == BOUNDARY;
        self.tails[top] += 1;
        self.tails[leaf.length - usize::from(ends_at_edge)] -= 1;
        let Some(node) = top.checked_sub(1).map(|last| &mut self.nodes[last]) else { return };
        node.count += 1;
        if leaf.window[top] == BOUNDARY {
            node.right_edge += 1;
        } else {
            node.right_distinct += 1;
        }
    }

    /// Closes the n-grams longer than `depth`, the longest first.
    #[inline]
    fn close(&mut self, depth: usize) -> Result<()> {
        while self.depth > depth {
            self.depth -= 1;
            self.close_last()?;
        }
        Ok(())
    }

    fn close_last(&mut self) -> Result<()> {
        let last = self.depth;
        let node = self.nodes[last];
        let symbol = self.window[last];
        let count = node.count;
        if let Some(before) = last.checked_sub(1).map(|before| &mut self.nodes[before]) {
            before.count += count;
            if symbol == BOUNDARY {
                before.right_edge += count;
            } else {
                before.right_distinct += 1;
                before.right_sum += self.means.xlogx.of(count);
            }
        }
        if symbol == BOUNDARY {
            return Ok(());
        }
        if last > 0 && count > 1 && last <= self.extent.longest {
            let record = Joined { length: last, symbol, count, old: 0 };
            let part = self.found.parts.of(self.window[1]);
            self.found.scatter.push(part, &record)?;
        }
        self.found.types[last] += 1;
        let is_wanted = count >= self.extent.floor && last < self.extent.longest;
        if is_wanted { self.push(symbol, &node) } else { Ok(()) }
    }

    fn push(&mut self, symbol: u32, node: &Node) -> Result<()> {
        let last = self.depth;
        if self.rows[last] == MOST_ROWS {
            return Err(Error::query(format!(
                "there are more than {MOST_ROWS} n-grams of {} units with {} or more occurrences",
                last + 1,
                self.extent.floor
            ))
            .hint("ask for more frequent ones (WHERE count >= 5)"));
        }
        // The prefix is still open and frequent enough: it will be the next row of its level.
        let prefix = last.checked_sub(1).map_or(0, |before| self.rows[before]);
        let level = &mut self.found.levels[last];
        level.links.push(Links {
            symbol,
            prefix: u32::try_from(prefix).unwrap_or(u32::MAX),
            suffix: 0,
            children: if last + 1 < self.extent.longest { node.children } else { 0 },
            count: node.count,
        });
        if last + 1 < self.order {
            level.sides.push(Sides {
                right_sum: node.right_sum,
                right_edge: node.right_edge,
                right_distinct: node.right_distinct,
                ..Sides::default()
            });
        }
        self.rows[last] += 1;
        self.held += 1;
        if self.held * ROW_BYTES > self.means.memory / 4 { self.spill() } else { Ok(()) }
    }

    #[cold]
    fn spill(&mut self) -> Result<()> {
        self.held = 0;
        let columns = self.found.levels.len() as u64 * 2;
        let cache = self.means.memory / 8 / columns;
        for level in &mut self.found.levels {
            level.links.spill(self.means.scratch, cache)?;
            level.sides.spill(self.means.scratch, cache)?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Walked<'s>> {
        self.close(0)?;
        let mut tails = 0;
        for (types, more) in self.found.types.iter_mut().zip(self.tails) {
            tails += more;
            *types += u64::try_from(tails).unwrap_or(0);
        }
        if self.found.levels.iter().any(|level| level.links.in_memory().is_none()) {
            self.spill()?;
        }
        Ok(self.found)
    }
}
