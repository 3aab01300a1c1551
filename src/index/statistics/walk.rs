//! One pass over the leaves: every n-gram is closed when its last item has gone by. Its count and
//! its right neighbours are known then; what it tells of its suffix is scattered to be joined.
//!
//! Where a table is brought up to date, old and new items go by together. Only n-grams that occur
//! in the new ones are of interest: those become rows. All of the old ones have to be looked at,
//! because a row that is new needs all of its neighbours.

use std::fs::File;

use super::items::{Item, Items};
use super::scatter::{Joined, PARTS, Parts, Scatter};
use super::trie::{Level, Links, MOST_ROWS, ROW_BYTES, Sides};
use crate::control::Control;
use crate::error::{Error, Result};
use crate::index::layout::{MAX_ORDER, SegmentRecord};
use crate::index::merge::MergeScan;
use crate::index::view::CorpusView;
use crate::index::window::{BOUNDARY, FIRST_SYMBOL, PAD, Window};
use crate::measure::XLogX;

/// What a walk has found: a trie of rows without suffixes and left sides.
pub(super) struct Walked<'s> {
    pub levels: Vec<Level>,
    /// By level and row, occurrences that are new, at a left edge and in all. Only where a table
    /// is brought up to date.
    pub new: Vec<Vec<(u64, u64)>>,
    /// N-grams of each length that were not there before.
    pub types: [u64; MAX_ORDER],
    /// What is known of suffixes, by their first unit.
    pub scatter: Scatter<'s>,
    /// The same of n-grams that are not new. Their suffixes may be: each has a group of its own,
    /// where what is shorter has no count.
    pub others: Scatter<'s>,
    /// By part, where the rows of its first units begin in each level; one more for the end.
    pub bounds: Vec<[usize; MAX_ORDER]>,
}

/// What a walk may use.
pub(super) struct Means<'s> {
    /// Bytes for rows and for what is scattered.
    pub memory: u64,
    /// Makes a file for what is beyond that.
    pub scratch: &'s dyn Fn() -> Result<File>,
    pub xlogx: &'s XLogX,
}

/// An n-gram that is a prefix of the item at hand.
#[derive(Clone, Copy, Default)]
struct Node {
    old: u64,
    new: u64,
    old_edge: u64,
    new_edge: u64,
    right_sum: u64,
    right_edge: u64,
    right_distinct: u32,
    /// Rows in the next level when it was opened: its extensions begin there.
    children: u32,
}

struct Walk<'w, 's> {
    order: usize,
    floor: u64,
    means: &'w Means<'s>,
    parts: Parts,
    filter: Option<&'w Filter>,
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
    part: usize,
}

/// Walks over all n-grams of some old and some new segments; finds those that occur in the new
/// ones with at least `floor` occurrences altogether.
///
/// # Errors
/// When a page or a scratch file cannot be read, the work is stopped, there are too many rows.
pub(super) fn walk<'s>(
    view: &CorpusView<'_>,
    (old, new): (&[SegmentRecord], &[SegmentRecord]),
    floor: u64,
    means: &Means<'s>,
    control: &Control,
) -> Result<Walked<'s>> {
    let filter = if old.is_empty() { None } else { Some(Filter::new(view, new, means.memory)?) };
    let mut items = Items::new(view, old, new)?;
    let parts = Parts::new(view.manifest().symbols);
    let mut walk = Walk::new(view.order(), floor, means, parts, filter.as_ref());
    let mut next = items.next(control)?;
    while let Some(item) = next {
        next = items.next(control)?;
        // A boundary after a boundary is no n-gram.
        if item.window[0] >= FIRST_SYMBOL {
            walk.step(&item, next.as_ref().map_or(0, |next| next.shared))?;
        }
    }
    walk.finish()
}

impl<'w, 's> Walk<'w, 's> {
    fn new(
        order: usize,
        floor: u64,
        means: &'w Means<'s>,
        parts: Parts,
        filter: Option<&'w Filter>,
    ) -> Self {
        let mut levels = Vec::new();
        levels.resize_with(order, Level::default);
        let found = Walked {
            levels,
            new: if filter.is_some() { vec![Vec::new(); order] } else { Vec::new() },
            types: [0; MAX_ORDER],
            scatter: Scatter::new(means.memory / 8, means.scratch),
            others: Scatter::new(means.memory / 8, means.scratch),
            bounds: vec![[0; MAX_ORDER]],
        };
        Walk {
            order,
            floor,
            means,
            parts,
            filter,
            found,
            rows: [0; MAX_ORDER + 1],
            held: 0,
            tails: [0; MAX_ORDER + 1],
            nodes: [Node::default(); MAX_ORDER],
            window: [PAD; MAX_ORDER],
            depth: 0,
            part: 0,
        }
    }

    /// Takes an item in; the one after it shares `next` symbols with it.
    #[inline]
    fn step(&mut self, item: &Item, next: usize) -> Result<()> {
        if item.shared == 0 {
            self.enter_part(self.parts.of(item.window[0]));
        }
        self.window = item.window;
        // What nothing else begins with and is no row has no need of a node.
        let is_tail = item.count == 1 && !item.at_edge && self.floor > 1;
        let top = if is_tail { item.shared.max(next).min(item.length) } else { item.length };
        while self.depth < top {
            self.open();
        }
        if top < item.length {
            self.tail(item, top);
        } else if let Some(node) = top.checked_sub(1).map(|last| &mut self.nodes[last]) {
            match (item.at_edge, item.is_new) {
                (false, true) => node.new += item.count,
                (false, false) => node.old += item.count,
                (true, true) => node.new_edge += item.count,
                (true, false) => node.old_edge += item.count,
            }
        }
        self.close(next)
    }

    fn enter_part(&mut self, part: usize) {
        while self.part < part {
            self.part += 1;
            let mut bounds = [0; MAX_ORDER];
            bounds.copy_from_slice(&self.rows[..MAX_ORDER]);
            self.found.bounds.push(bounds);
        }
    }

    #[inline]
    fn open(&mut self) {
        let depth = self.depth;
        let children = u32::try_from(self.rows[depth + 1]).unwrap_or(u32::MAX);
        self.nodes[depth] = Node { children, ..Node::default() };
        self.depth += 1;
    }

    /// Counts the n-grams of an item that are longer than `top`, each of which occurs once.
    #[inline]
    fn tail(&mut self, item: &Item, top: usize) {
        let ends_at_edge = item.window[item.length - 1] == BOUNDARY;
        if item.is_new {
            let end = item.length - usize::from(ends_at_edge);
            self.tails[top] += 1;
            self.tails[end] -= 1;
        }
        let Some(node) = top.checked_sub(1).map(|last| &mut self.nodes[last]) else { return };
        if item.is_new {
            node.new += 1;
        } else {
            node.old += 1;
        }
        if item.window[top] == BOUNDARY {
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
        let count = node.old + node.new;
        if let Some(before) = last.checked_sub(1).map(|before| &mut self.nodes[before]) {
            before.old += node.old;
            before.new += node.new;
            before.old_edge += node.old_edge;
            before.new_edge += node.new_edge;
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
        if node.new == 0 {
            // Rows that are new have been rarer than the floor, and so has all that ends in them.
            return if (2..self.floor).contains(&count) {
                self.scatter_other(count)
            } else {
                Ok(())
            };
        }
        if last > 0 && count > 1 {
            let record = Joined { length: last, symbol, count, old: node.old };
            self.found.scatter.push(self.parts.of(self.window[1]), &record)?;
        }
        self.found.types[last] += u64::from(node.old == 0);
        if count >= self.floor { self.push(symbol, &node) } else { Ok(()) }
    }

    /// Scatters what is not new where its suffix may be.
    fn scatter_other(&mut self, count: u64) -> Result<()> {
        let suffix = &self.window[1..=self.depth];
        if suffix.is_empty() || !self.filter.is_some_and(|filter| filter.contains(suffix)) {
            return Ok(());
        }
        let part = self.parts.of(suffix[0]);
        for length in (1..=suffix.len()).rev() {
            let symbol = suffix[length - 1];
            let count = if length == suffix.len() { count } else { 0 };
            self.found.others.push(part, &Joined { length, symbol, count, old: count })?;
        }
        Ok(())
    }

    fn push(&mut self, symbol: u32, node: &Node) -> Result<()> {
        let last = self.depth;
        if self.rows[last] == MOST_ROWS {
            return Err(Error::query(format!(
                "there are more than {MOST_ROWS} n-grams of {} units with {} or more occurrences",
                last + 1,
                self.floor
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
            children: if last + 1 < self.order { node.children } else { 0 },
            count: node.old + node.new,
        });
        if last + 1 < self.order {
            level.sides.push(Sides {
                right_sum: node.right_sum,
                left_edge: node.old_edge + node.new_edge,
                right_edge: node.right_edge,
                right_distinct: node.right_distinct,
                ..Sides::default()
            });
        }
        if let Some(new) = self.found.new.get_mut(last) {
            new.push((node.new, node.new_edge));
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
        self.enter_part(PARTS);
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

const SEED: u64 = 0x517c_c1b7_2722_0a95;

#[inline]
fn mix(hash: u64, symbol: u32) -> u64 {
    let mixed = (hash ^ u64::from(symbol)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ mixed >> 29
}

/// Which n-grams may be among the new ones: certainly all that are, and a few that are not. What
/// extends the same n-gram is found in the same cache line.
struct Filter {
    lines: Vec<[u64; 8]>,
    shift: u32,
}

impl Filter {
    fn new(view: &CorpusView<'_>, new: &[SegmentRecord], memory: u64) -> Result<Self> {
        let leaves: u64 = new.iter().map(|segment| segment.leaves).sum();
        let lines = (leaves / 32).min(memory / 512).next_power_of_two().clamp(1 << 6, 1 << 24);
        let shift = 64 - lines.trailing_zeros();
        let lines = usize::try_from(lines).unwrap_or(1 << 6);
        let mut filter = Filter { lines: vec![[0; 8]; lines], shift };
        let mut first = [PAD; MAX_ORDER];
        first[0] = FIRST_SYMBOL;
        let mut scan = MergeScan::new(view.store(), new, view.order(), Some(&first))?;
        let mut hashes = [SEED; MAX_ORDER + 1];
        while let Some(leaf) = scan.next_leaf()? {
            for place in leaf.shared..leaf.length {
                filter.insert(hashes[place], leaf.window[place]);
                hashes[place + 1] = mix(hashes[place], leaf.window[place]);
            }
        }
        Ok(filter)
    }

    /// The line, the word and the bit of an n-gram from the hash of its prefix.
    #[inline]
    fn place(&self, prefix: u64, symbol: u32) -> (usize, usize, u64) {
        // The low bits of a product say less than the high ones.
        let line = prefix.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> self.shift;
        let bit = mix(prefix, symbol).wrapping_mul(0x94d0_49bb_1331_11eb) >> 55;
        let number = |number: u64| usize::try_from(number).unwrap_or(0);
        (number(line), number(bit >> 6), 1 << (bit & 63))
    }

    fn insert(&mut self, prefix: u64, symbol: u32) {
        let (line, word, bit) = self.place(prefix, symbol);
        self.lines[line][word] |= bit;
    }

    fn contains(&self, symbols: &[u32]) -> bool {
        let Some((last, before)) = symbols.split_last() else { return false };
        let prefix = before.iter().fold(SEED, |hash, &symbol| mix(hash, symbol));
        let (line, word, bit) = self.place(prefix, *last);
        self.lines[line][word] & bit != 0
    }
}
