//! The statistics trie, from two passes over the leaves in order.
//!
//! The first pass closes every n-gram when its last leaf has gone by: its count is known then, and
//! the sum of c·ln c over its extensions, which is its right entropy. Those above the floor become
//! rows. The second pass joins every n-gram of count ≥ 2 with the row of its suffix for the left
//! entropy; what is left of the count are neighbours that occur once, and c·ln c is 0 there.
//!
//! Sums of c·ln c are kept in fixed point: in whatever order they are added, the bits are the same.

use super::trie::{Columns, NONE, ROW_BYTES, Row, Statistics};
use crate::control::{Control, Measure};
use crate::error::{Error, Result};
use crate::index::layout::MAX_ORDER;
use crate::index::page::Leaf;
use crate::index::view::CorpusView;
use crate::index::window::{BOUNDARY, PAD, Window};
use crate::measure::XLogX;

/// How many leaves pass between two looks at the controls.
const CHECK_EVERY: u64 = 1 << 16;

impl Statistics {
    /// Derives the statistics of all n-grams with at least `floor` occurrences.
    ///
    /// # Errors
    /// When a page cannot be read, the work is stopped, or the rows do not fit `memory` bytes.
    pub fn build(
        view: &CorpusView<'_>,
        floor: u64,
        memory: u64,
        control: &Control,
    ) -> Result<Statistics> {
        let leaves = view.manifest().segments.iter().map(|segment| segment.leaves).sum::<u64>();
        control.progress.begin("statistics", Some(leaves * 2), Measure::Items);
        let built = build(view, floor, memory, control);
        control.progress.finish();
        built
    }
}

fn build(view: &CorpusView<'_>, floor: u64, memory: u64, control: &Control) -> Result<Statistics> {
    let order = view.order();
    let xlogx = XLogX::new();
    let mut first = FirstPass::new(order, floor.max(1), memory, &xlogx);
    each_leaf(view, control, |leaf| first.leaf(leaf))?;
    let mut statistics = first.finish()?;
    statistics.link();
    let mut second = SecondPass::new(&statistics, &xlogx);
    each_leaf(view, control, |leaf| {
        second.leaf(leaf);
        Ok(())
    })?;
    let left = second.finish();
    left.write(&mut statistics, &xlogx);
    Ok(statistics)
}

fn each_leaf(
    view: &CorpusView<'_>,
    control: &Control,
    mut each: impl FnMut(&Leaf) -> Result<()>,
) -> Result<()> {
    let mut scan = view.scan(None)?;
    let mut leaves = 0u64;
    while let Some(leaf) = scan.next_leaf()? {
        each(leaf)?;
        leaves += 1;
        if leaves.is_multiple_of(CHECK_EVERY) {
            control.check()?;
            control.progress.advance(CHECK_EVERY);
        }
    }
    Ok(())
}

/// An n-gram that is a prefix of the leaf at hand.
#[derive(Clone, Copy, Default)]
struct Open {
    count: u64,
    right_sum: u64,
    right_distinct: u32,
    right_edge: u64,
    /// Rows in the next level when it was opened: its extensions begin there.
    children: u32,
}

struct FirstPass<'x> {
    order: usize,
    floor: u64,
    most_rows: usize,
    rows: usize,
    xlogx: &'x XLogX,
    levels: Vec<Columns>,
    types: [u64; MAX_ORDER],
    open: [Open; MAX_ORDER],
    window: Window,
    depth: usize,
}

impl<'x> FirstPass<'x> {
    fn new(order: usize, floor: u64, memory: u64, xlogx: &'x XLogX) -> Self {
        let most = usize::try_from(memory).unwrap_or(usize::MAX) / ROW_BYTES;
        FirstPass {
            order,
            floor,
            most_rows: most.min(NONE as usize),
            rows: 0,
            xlogx,
            levels: vec![Columns::default(); order],
            types: [0; MAX_ORDER],
            open: [Open::default(); MAX_ORDER],
            window: [PAD; MAX_ORDER],
            depth: 0,
        }
    }

    fn leaf(&mut self, leaf: &Leaf) -> Result<()> {
        self.close(leaf.shared)?;
        self.window = leaf.window;
        for depth in leaf.shared..leaf.length {
            let children = self.levels.get(depth + 1).map_or(0, |level| level.symbol.len());
            let children = u32::try_from(children).unwrap_or(NONE);
            self.open[depth] = Open { children, ..Open::default() };
        }
        for open in &mut self.open[..leaf.length] {
            open.count += leaf.count;
        }
        self.depth = leaf.length;
        Ok(())
    }

    /// Closes the n-grams longer than `depth`, the longest first.
    fn close(&mut self, depth: usize) -> Result<()> {
        let starts_at_edge = self.window[0] == BOUNDARY;
        while self.depth > depth {
            self.depth -= 1;
            let closed = self.open[self.depth];
            if starts_at_edge {
                continue;
            }
            let symbol = self.window[self.depth];
            if let Some(shorter) = self.depth.checked_sub(1) {
                let shorter = &mut self.open[shorter];
                shorter.right_sum += self.xlogx.of(closed.count);
                if symbol == BOUNDARY {
                    shorter.right_edge += closed.count;
                } else {
                    shorter.right_distinct += 1;
                }
            }
            if symbol != BOUNDARY {
                self.types[self.depth] += 1;
                if closed.count >= self.floor {
                    self.push(symbol, &closed)?;
                }
            }
        }
        Ok(())
    }

    fn push(&mut self, symbol: u32, closed: &Open) -> Result<()> {
        self.rows += 1;
        if self.rows > self.most_rows {
            return Err(Error::query(format!(
                "the n-grams with {} or more occurrences do not fit the memory",
                self.floor
            ))
            .hint("ask for more frequent ones (WHERE count >= 5), or give --memory more"));
        }
        // The prefix is still open and frequent enough: it will be the next row of its level.
        let prefix = match self.depth.checked_sub(1) {
            Some(shorter) => u32::try_from(self.levels[shorter].symbol.len()).unwrap_or(NONE),
            None => NONE,
        };
        let level = &mut self.levels[self.depth];
        level.symbol.push(symbol);
        level.prefix.push(prefix);
        level.children.push(closed.children);
        level.count.push(closed.count);
        level.right_edge.push(closed.right_edge);
        level.right_distinct.push(closed.right_distinct);
        level.right_entropy.push(self.xlogx.entropy(closed.right_sum, closed.count));
        Ok(())
    }

    /// Joins the levels; rows in `prefix` and `children` become rows of the whole.
    fn finish(mut self) -> Result<Statistics> {
        self.close(0)?;
        let mut starts = vec![0];
        for level in &self.levels {
            starts.push(starts[starts.len() - 1] + level.symbol.len());
        }
        let mut columns = Columns::default();
        let offset = |level: usize| u32::try_from(starts[level]).unwrap_or(NONE);
        for (length, level) in self.levels.into_iter().enumerate() {
            let before = length.checked_sub(1).map_or(0, offset);
            let after = offset((length + 1).min(self.order));
            columns.symbol.extend(level.symbol);
            columns.prefix.extend(
                level.prefix.into_iter().map(|row| if row == NONE { NONE } else { row + before }),
            );
            columns.children.extend(level.children.into_iter().map(|row| row + after));
            columns.count.extend(level.count);
            columns.right_edge.extend(level.right_edge);
            columns.right_distinct.extend(level.right_distinct);
            columns.right_entropy.extend(level.right_entropy);
        }
        let (floor, order, types) = (self.floor, self.order, self.types);
        Ok(Statistics { floor, order, types, starts, units: Vec::new(), columns })
    }
}

/// What the second pass gathers of the left neighbours of each row.
struct LeftSide {
    sum: Vec<u64>,
    /// Neighbours that occur at least twice.
    distinct: Vec<u32>,
    /// Occurrences after such neighbours.
    covered: Vec<u64>,
    edge: Vec<u64>,
}

struct SecondPass<'s> {
    statistics: &'s Statistics,
    xlogx: &'s XLogX,
    left: LeftSide,
    counts: [u64; MAX_ORDER],
    /// `suffixes[d]`: the row of the window's symbols 1 to d, for d up to `known`.
    suffixes: [u32; MAX_ORDER],
    known: usize,
    window: Window,
    depth: usize,
}

impl<'s> SecondPass<'s> {
    fn new(statistics: &'s Statistics, xlogx: &'s XLogX) -> Self {
        let rows = statistics.starts[statistics.order - 1];
        let left = LeftSide {
            sum: vec![0; rows],
            distinct: vec![0; rows],
            covered: vec![0; rows],
            edge: vec![0; rows],
        };
        SecondPass {
            statistics,
            xlogx,
            left,
            counts: [0; MAX_ORDER],
            suffixes: [NONE; MAX_ORDER],
            known: 0,
            window: [PAD; MAX_ORDER],
            depth: 0,
        }
    }

    fn leaf(&mut self, leaf: &Leaf) {
        self.close(leaf.shared);
        self.window = leaf.window;
        self.known = self.known.min(leaf.shared.saturating_sub(1));
        self.counts[leaf.shared..leaf.length].fill(0);
        for count in &mut self.counts[..leaf.length] {
            *count += leaf.count;
        }
        self.depth = leaf.length;
    }

    /// Joins the n-grams longer than `depth`, the shortest first: counts only fall.
    fn close(&mut self, depth: usize) {
        let at_edge = self.window[0] == BOUNDARY;
        for length in depth.max(1) + 1..=self.depth {
            let count = self.counts[length - 1];
            if count < 2 && !at_edge {
                break;
            }
            let Some(row) = self.suffix(length - 1) else { break };
            self.left.sum[row] += self.xlogx.of(count);
            if at_edge {
                self.left.edge[row] += count;
            } else {
                self.left.distinct[row] += 1;
                self.left.covered[row] += count;
            }
        }
        self.depth = self.depth.min(depth);
    }

    /// The row of the window's symbols 1 to `length`.
    fn suffix(&mut self, length: usize) -> Option<usize> {
        while self.known < length {
            let symbol = self.window[self.known + 1];
            let row = match self.known {
                0 => self.statistics.unit(symbol),
                known => Some(self.suffixes[known])
                    .filter(|&row| row != NONE)
                    .and_then(|row| self.statistics.child(Row(row), symbol)),
            };
            self.known += 1;
            self.suffixes[self.known] = row.map_or(NONE, |row| row.0);
        }
        Some(self.suffixes[length]).filter(|&row| row != NONE).map(|row| row as usize)
    }

    fn finish(mut self) -> LeftSide {
        self.close(0);
        self.left
    }
}

impl LeftSide {
    fn write(self, statistics: &mut Statistics, xlogx: &XLogX) {
        let rows = statistics.len();
        let columns = &mut statistics.columns;
        let complete = self.sum.len();
        columns.left_entropy =
            (0..complete).map(|row| xlogx.entropy(self.sum[row], columns.count[row])).collect();
        columns.left_distinct = (0..complete)
            .map(|row| {
                let once = columns.count[row] - self.covered[row] - self.edge[row];
                self.distinct[row].saturating_add(u32::try_from(once).unwrap_or(u32::MAX))
            })
            .collect();
        columns.left_edge = self.edge;
        columns.left_entropy.resize(rows, 0.0);
        columns.left_distinct.resize(rows, 0);
        columns.left_edge.resize(rows, 0);
    }
}
