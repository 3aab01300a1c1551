//! One pass over the old leaves for what the new ones touch.
//!
//! What a touched row counted before is in the table. Only leaves that share a touched n-gram
//! without a row with a new leaf are looked into, and these are few: such an n-gram is rare.
//! Besides, what stood before one more than once is scattered: if it becomes a row, its left side
//! is made of that.

use super::pieces::{Filter, Key};
use super::scatter::{Joined, Parts, Scatter};
use super::touched::{Paths, Rows, units};
use super::trie::Extent;
use super::walk::Means;
use crate::control::Control;
use crate::error::Result;
use crate::index::layout::MAX_ORDER;
use crate::index::merge::MergeScan;
use crate::index::page::Leaf;
use crate::index::window::{BOUNDARY, PAD, Window, shared_prefix};

/// A row that is new, or what is new of one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    /// The place of the row in its level, or the one before which it comes to stand.
    pub place: u32,
    /// Whether there was no such row.
    pub is_added: bool,
    /// The place of its prefix when all rows have been added.
    pub prefix: u32,
    pub symbol: u32,
    /// How often it occurs, old and new.
    pub count: u64,
    /// How often it occurs in what is new.
    pub new: u64,
    /// What is to be added to its right side.
    pub right_sum: u64,
    pub right_edge: u64,
    pub right_distinct: u32,
}

/// What a pass has found.
pub(super) struct Found<'s> {
    /// By level, in the order of their places.
    pub changes: Vec<Vec<Change>>,
    /// N-grams of each length that were not there before.
    pub types: [u64; MAX_ORDER],
    /// What touched n-grams tell of their suffixes.
    pub scatter: Scatter<'s>,
    /// What old n-grams tell of suffixes that may become rows. Each has a group of its own, where
    /// what is shorter has no count.
    pub before: Scatter<'s>,
}

/// An n-gram that is a prefix of the leaf taken in last.
#[derive(Clone, Copy, Default)]
struct Node {
    place: u32,
    is_row: bool,
    new: u64,
    /// Its old occurrences, unless it is a row.
    old: u64,
    right_sum: u64,
    right_edge: u64,
    right_distinct: u32,
}

struct Revisit<'r, 'v, 's> {
    extent: Extent,
    rows: &'r Rows<'r>,
    paths: Paths<'r, 'v>,
    means: &'r Means<'s>,
    parts: &'r Parts,
    found: Found<'s>,
    /// Rows added to each level.
    added: [u32; MAX_ORDER],
    nodes: [Node; MAX_ORDER],
    depth: usize,
    window: Window,
    /// Symbols that the old leaf at hand shares with the new one before it, and those with which it
    /// shares an n-gram without a row.
    behind: usize,
    wanted_behind: usize,
    /// The same of the new leaf after it.
    ahead: usize,
    wanted_ahead: usize,
    /// Whether the old leaf at hand shares an n-gram without a row with either.
    is_near: bool,
}

/// Goes over old leaves beside new ones.
///
/// # Errors
/// When a page or a scratch file cannot be read, or the work is stopped.
pub(super) fn revisit<'s>(
    mut old: MergeScan<'_>,
    paths: Paths<'_, '_>,
    (rows, extent): (&Rows<'_>, Extent),
    filter: &Filter,
    (means, parts): (&Means<'s>, &Parts),
    control: &Control,
) -> Result<Found<'s>> {
    let scatter = || Scatter::new(means.memory / 16, means.scratch);
    let changes = vec![Vec::new(); extent.longest];
    let found = Found { changes, types: [0; MAX_ORDER], scatter: scatter(), before: scatter() };
    let mut befores = Befores::new(filter, parts);
    let mut revisit = Revisit {
        extent,
        rows,
        paths,
        means,
        parts,
        found,
        added: [0; MAX_ORDER],
        nodes: [Node::default(); MAX_ORDER],
        depth: 0,
        window: [PAD; MAX_ORDER],
        behind: 0,
        wanted_behind: usize::MAX,
        ahead: 0,
        wanted_ahead: 0,
        is_near: false,
    };
    revisit.look_ahead();
    let mut ticks = control.ticks();
    while let Some(run) = old.next_run()? {
        befores.take(run, &mut revisit.found.before)?;
        for leaf in run {
            if leaf.shared <= revisit.ahead || revisit.is_near {
                revisit.meet(leaf)?;
            }
        }
        ticks.add(run.len())?;
    }
    befores.finish(&mut revisit.found.before)?;
    while revisit.paths.leaf.is_some() {
        revisit.take_new(0)?;
    }
    revisit.close(0)?;
    Ok(revisit.found)
}

impl Revisit<'_, '_, '_> {
    /// Finds where an old leaf stands among the new ones. One that shares more with the old leaf
    /// before it than that does with the next new one need not be met: it stands where that stood.
    fn meet(&mut self, leaf: &Leaf) -> Result<()> {
        self.behind = self.behind.min(leaf.shared);
        while let Some(next) = &self.paths.leaf {
            let common = shared_prefix(&leaf.window, &next.window);
            if common == MAX_ORDER {
                self.take_new(leaf.count)?;
                self.is_near = self.behind >= self.wanted_behind;
                return Ok(());
            }
            self.ahead = common;
            if leaf.window[common] < next.window[common] {
                break;
            }
            self.take_new(0)?;
            self.behind = common;
        }
        self.is_near = self.behind >= self.wanted_behind || self.ahead >= self.wanted_ahead;
        if self.is_near { self.take(&leaf.window, leaf.length, leaf.count, 0) } else { Ok(()) }
    }

    /// Takes in the next new leaf, which is an old one so many times, and goes on behind it.
    fn take_new(&mut self, old: u64) -> Result<()> {
        let Some(leaf) = self.paths.leaf else { return Ok(()) };
        self.take(&leaf.window, leaf.length, old, leaf.count)?;
        (self.behind, self.wanted_behind) = (MAX_ORDER, self.wanted_ahead);
        self.paths.advance()?;
        self.look_ahead();
        Ok(())
    }

    fn look_ahead(&mut self) {
        (self.ahead, self.wanted_ahead) = match &self.paths.leaf {
            Some(leaf) => (leaf.shared, self.paths.path.top + 1),
            None => (0, usize::MAX),
        };
    }

    fn take(&mut self, window: &Window, length: usize, old: u64, new: u64) -> Result<()> {
        self.close(shared_prefix(&self.window, window).min(self.depth))?;
        let path = &self.paths.path;
        while self.depth < length {
            let (place, is_row) = (path.places[self.depth], self.depth < path.top);
            self.nodes[self.depth] = Node { place, is_row, ..Node::default() };
            self.depth += 1;
        }
        self.window = *window;
        let node = &mut self.nodes[length - 1];
        node.old += old;
        node.new += new;
        Ok(())
    }

    /// Closes the n-grams longer than `depth`, the longest first.
    fn close(&mut self, depth: usize) -> Result<()> {
        while self.depth > depth {
            self.depth -= 1;
            self.close_last()?;
        }
        Ok(())
    }

    fn close_last(&mut self) -> Result<()> {
        let last = self.depth;
        let (node, symbol) = (self.nodes[last], self.window[last]);
        let is_touched = node.new > 0;
        // One that is not touched may have the path of another one.
        let old = match is_touched && node.is_row {
            true => self.rows.level(last)[node.place as usize].count,
            false => node.old,
        };
        let count = old + node.new;
        let xlogx = self.means.xlogx;
        if let Some(before) = last.checked_sub(1).map(|before| &mut self.nodes[before]) {
            before.new += node.new;
            before.old += node.old;
            // What is known of a row is not counted again.
            let known = if before.is_row { old } else { 0 };
            if symbol == BOUNDARY {
                before.right_edge += if before.is_row { node.new } else { count };
            } else {
                before.right_sum += xlogx.of(count) - xlogx.of(known);
                before.right_distinct += u32::from(known == 0);
            }
        }
        if symbol == BOUNDARY || !is_touched {
            return Ok(());
        }
        self.found.types[last] += u64::from(old == 0);
        // One that occurs once in all has no neighbour that occurs more often.
        if last > 0 && count > 1 {
            let record = Joined { length: last, symbol, count, old };
            self.found.scatter.push(self.parts.of(self.window[1]), &record)?;
        }
        if node.is_row || count >= self.extent.floor {
            self.change(symbol, &node, count);
        }
        Ok(())
    }

    fn change(&mut self, symbol: u32, node: &Node, count: u64) {
        let last = self.depth;
        // The prefix is still open: all that is added before it is.
        let prefix = last.checked_sub(1).map_or(0, |up| self.nodes[up].place + self.added[up]);
        self.found.changes[last].push(Change {
            place: node.place,
            is_added: !node.is_row,
            prefix,
            symbol,
            count,
            new: node.new,
            right_sum: node.right_sum,
            right_edge: node.right_edge,
            right_distinct: node.right_distinct,
        });
        self.added[last] += u32::from(!node.is_row);
    }
}

/// The old n-grams that occur more than once and extend a filtered one to the left.
struct Befores<'r> {
    filter: &'r Filter,
    parts: &'r Parts,
    last: Leaf,
    /// By length, the n-grams that the last leaf begins with, without their first units.
    keys: [Key; MAX_ORDER + 1],
    /// The longest of them that is known.
    known: usize,
    /// What is to be looked for in the filter.
    wanted: Vec<Wanted>,
    /// By length, how often one of them has occurred; 0 where it is not wanted.
    counts: [u64; MAX_ORDER + 1],
    /// The longest of them.
    deepest: usize,
}

/// An n-gram that begins at the last leaf before one of a run, and occurs again.
struct Wanted {
    leaf: usize,
    length: usize,
    key: Key,
}

impl<'r> Befores<'r> {
    fn new(filter: &'r Filter, parts: &'r Parts) -> Self {
        Befores {
            filter,
            parts,
            last: Leaf::default(),
            keys: [Key::default(); MAX_ORDER + 1],
            known: 1,
            wanted: Vec::new(),
            counts: [0; MAX_ORDER + 1],
            deepest: 0,
        }
    }

    /// Takes in the next leaves.
    fn take(&mut self, run: &[Leaf], before: &mut Scatter<'_>) -> Result<()> {
        // The filter is far away: what is asked of it is asked at once.
        let mut last = self.last;
        for (number, leaf) in run.iter().enumerate() {
            if leaf.shared > last.shared.max(1) || last.count > 1 {
                self.ask(number, &last, leaf.shared);
            }
            last = *leaf;
            self.known = self.known.min(leaf.shared.max(1));
        }
        let filter = self.filter;
        self.wanted.retain(|wanted| filter.may_have(wanted.key));
        let mut wanted = std::mem::take(&mut self.wanted);
        let mut next = wanted.iter().peekable();
        let mut at = 0;
        while at < run.len() {
            if self.deepest == 0 {
                // Nothing is counted until the next one begins.
                let Some(first) = next.peek() else { break };
                at = first.leaf;
            }
            let (last, leaf) = (at.checked_sub(1).map_or(&self.last, |last| &run[last]), &run[at]);
            let last = *last;
            while let Some(begun) = next.next_if(|next| next.leaf == at) {
                self.counts[begun.length] = last.count;
                self.deepest = begun.length;
            }
            self.close(leaf.shared, &last.window, before)?;
            self.counts[..=self.deepest].iter_mut().for_each(|count| {
                *count += if *count > 0 { leaf.count } else { 0 };
            });
            at += 1;
        }
        wanted.clear();
        (self.wanted, self.last) = (wanted, last);
        Ok(())
    }

    /// Asks for the n-grams of a leaf that are not in the one before it and occur again, there or
    /// in the next one, which shares so many symbols.
    #[inline(always)]
    fn ask(&mut self, next: usize, leaf: &Leaf, shared: usize) {
        let end = if leaf.count > 1 { units(leaf) } else { shared.min(units(leaf)) };
        while self.known < end {
            self.keys[self.known + 1] = self.keys[self.known].and(leaf.window[self.known]);
            self.known += 1;
        }
        for length in leaf.shared.max(1) + 1..=end {
            let key = self.keys[length];
            self.filter.ask(key);
            self.wanted.push(Wanted { leaf: next, length, key });
        }
    }

    /// Has done with n-grams of the last leaf longer than `length`.
    fn close(&mut self, length: usize, window: &Window, before: &mut Scatter<'_>) -> Result<()> {
        while self.deepest > length {
            let longest = self.deepest;
            let count = std::mem::take(&mut self.counts[longest]);
            if count > 0 {
                let part = self.parts.of(window[1]);
                for length in (1..longest).rev() {
                    let count = if length + 1 == longest { count } else { 0 };
                    let symbol = window[length];
                    before.push(part, &Joined { length, symbol, count, old: 0 })?;
                }
            }
            self.deepest -= 1;
        }
        if self.counts[..=self.deepest].iter().all(|&count| count == 0) {
            self.deepest = 0;
        }
        Ok(())
    }

    /// Takes in that there are no more leaves.
    fn finish(&mut self, before: &mut Scatter<'_>) -> Result<()> {
        self.take(&[Leaf::default()], before)
    }
}
