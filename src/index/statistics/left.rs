//! The left sides of rows: what the walk scattered is joined with them, part by part, so that the
//! rows of a part are near each other, and need not be in memory all at once. What follows a
//! boundary comes in the order of the rows, and goes by beside them.

use std::borrow::Cow;
use std::ops::Range;

use super::scatter::{Groups, Joined, PARTS, Parts, Scatter};
use super::trie::{Level, Links, Sides};
use super::walk::Walked;
use crate::control::Control;
use crate::error::Result;
use crate::index::layout::MAX_ORDER;
use crate::index::page::Leaf;
use crate::index::segment::SegmentScan;
use crate::index::view::CorpusView;
use crate::index::window::BOUNDARY;
use crate::measure::XLogX;

const NOWHERE: usize = usize::MAX;

/// What is known of the left neighbours of a row that occur before it at least twice, and of edges.
/// Where a table is brought up to date, what is to be added to what was known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gathered {
    /// Σ c·ln c.
    pub sum: u64,
    /// Their occurrences.
    pub count: u64,
    /// How many there are.
    pub distinct: u32,
    /// Occurrences of the row at the left edge of a run.
    pub edge: u64,
}

impl Sides {
    /// Adds what has been gathered of `count` more occurrences.
    pub(super) fn add_left(&mut self, count: u64, gathered: &Gathered) {
        // What is left of them are neighbours that occur once, and c·ln c is 0 there.
        let once = count - gathered.count - gathered.edge;
        self.left_edge += gathered.edge;
        self.left_sum += gathered.sum;
        let once = u32::try_from(once).unwrap_or(u32::MAX);
        self.left_distinct =
            self.left_distinct.saturating_add(gathered.distinct.saturating_add(once));
    }
}

/// Some rows of a level, one after the other, and what was found of them.
pub(super) struct Side {
    pub level: usize,
    pub rows: Range<usize>,
    pub gathered: Vec<Gathered>,
    /// What was scattered of the time before what is new; nothing where all is.
    pub before: Vec<Gathered>,
}

/// Calls `each` with some rows of a level at a time, in order, and what is known of them; `before`
/// is what was scattered of the time before what is new.
///
/// # Errors
/// When a page or a scratch file cannot be read, the work is stopped, and what `each` says.
pub(super) fn join(
    walked: &mut Walked<'_>,
    mut before: Option<Scatter<'_>>,
    view: &CorpusView<'_>,
    xlogx: &XLogX,
    control: &Control,
    mut each: impl FnMut(&mut Level, Side) -> Result<()>,
) -> Result<()> {
    let complete = walked.levels.len().min(view.order() - 1);
    let mut scans = Vec::new();
    for segment in &view.manifest().segments {
        scans.push(SegmentScan::new(view.store(), segment.id, view.order(), None)?);
    }
    let mut ticks = control.ticks();
    let mut ends = bounds(&walked.levels, &walked.parts, 0);
    for part in 0..PARTS {
        control.check()?;
        let starts = std::mem::replace(&mut ends, bounds(&walked.levels, &walked.parts, part + 1));
        let range = |level: usize| starts[level]..ends[level];
        let within = |unit: u32| walked.parts.of(unit) <= part;
        let mut links = Vec::with_capacity(complete);
        for (number, level) in walked.levels[..complete].iter().enumerate() {
            links.push(level.links.read(range(number))?);
        }
        let nothing = || -> Vec<Vec<Gathered>> {
            (0..complete).map(|level| vec![Gathered::default(); range(level).len()]).collect()
        };
        let mut rows = Rows { links, starts, gathered: nothing(), xlogx };
        let mut others = vec![Vec::new(); complete];
        if let Some(before) = &mut before {
            rows.join_all(before.take(part))?;
            others = std::mem::replace(&mut rows.gathered, nothing());
        }
        rows.join_all(walked.scatter.take(part))?;
        // One segment after the other: what is the same in several need not be found to be so.
        for scan in &mut scans {
            let mut path = Path::default();
            while let Some(leaf) = edge(scan).filter(|leaf| within(leaf.window[1])) {
                rows.pass(leaf, &mut path);
                scan.advance()?;
                ticks.add(1)?;
            }
            rows.leave(0, &mut path);
        }
        let gathered = rows.gathered;
        for (level, (gathered, before)) in gathered.into_iter().zip(others).enumerate() {
            let side = Side { level, rows: range(level), gathered, before };
            each(&mut walked.levels[level], side)?;
        }
    }
    Ok(())
}

/// Where the rows of the first units of a part begin in each level.
fn bounds(levels: &[Level], parts: &Parts, part: usize) -> [usize; MAX_ORDER] {
    let units = &levels[0].links;
    let (mut low, mut high) = (0, units.len());
    while low < high {
        let middle = low.midpoint(high);
        match parts.of(units.get(middle).symbol) < part {
            true => low = middle + 1,
            false => high = middle,
        }
    }
    let mut bounds = [0; MAX_ORDER];
    for (level, bound) in bounds.iter_mut().enumerate().take(levels.len()) {
        if let Some(above) = level.checked_sub(1).map(|above| &levels[above].links) {
            low = match low == above.len() {
                true => levels[level].links.len(),
                false => above.get(low).children as usize,
            };
        }
        *bound = low;
    }
    bounds
}

/// The leaf at hand, as long as it begins with a boundary: these are the first of all.
#[inline]
fn edge<'s>(scan: &'s SegmentScan<'_>) -> Option<&'s Leaf> {
    scan.head().filter(|leaf| leaf.window[0] == BOUNDARY)
}

/// The rows that what followed a boundary last begins with.
#[derive(Default)]
struct Path {
    /// How many there are.
    depth: usize,
    /// By level, the place of the row.
    places: [usize; MAX_ORDER],
    /// By level, how often the row was passed, as far as longer rows do not know it.
    passed: [u64; MAX_ORDER],
    /// By level, where the next row may be.
    next: [usize; MAX_ORDER],
}

/// The rows of one part.
struct Rows<'r> {
    links: Vec<Cow<'r, [Links]>>,
    starts: [usize; MAX_ORDER],
    gathered: Vec<Vec<Gathered>>,
    xlogx: &'r XLogX,
}

impl Rows<'_> {
    fn join_all(&mut self, mut groups: Groups<'_>) -> Result<()> {
        let mut group = Vec::new();
        while groups.next(&mut group)? {
            self.join(&group);
        }
        Ok(())
    }

    /// Joins one group. Backwards, an n-gram comes before what extends it, and its extensions come
    /// in descending order, so that each is looked for below the one before only.
    fn join(&mut self, group: &[Joined]) {
        // By length: where the n-gram is, and where the extensions to be looked at end.
        let mut path = [(NOWHERE, 0); MAX_ORDER + 1];
        path[0] = (0, self.links[0].len());
        for record in group.iter().rev() {
            let length = record.length;
            let (before, end) = path[length - 1];
            path[length].0 = NOWHERE;
            if before == NOWHERE {
                continue;
            }
            let level = &self.links[length - 1];
            let start = length.checked_sub(2).map_or(0, |above| self.children(above, before));
            match level[start..end].binary_search_by_key(&record.symbol, |links| links.symbol) {
                Ok(place) => {
                    let place = start + place;
                    path[length - 1].1 = place;
                    path[length] = (place, self.end_of_children(length, place));
                    self.add(length - 1, place, record);
                }
                Err(place) => path[length - 1].1 = start + place,
            }
        }
    }

    /// Where the extensions of a row begin, in the level after it.
    fn children(&self, level: usize, place: usize) -> usize {
        self.links[level][place].children as usize - self.starts[level + 1]
    }

    fn end_of_children(&self, length: usize, place: usize) -> usize {
        let Some(next) = self.links.get(length) else { return 0 };
        let after = self.links[length - 1].get(place + 1);
        after.map_or(next.len(), |after| after.children as usize - self.starts[length])
    }

    fn add(&mut self, level: usize, place: usize, record: &Joined) {
        let row = &mut self.gathered[level][place];
        row.sum += self.xlogx.of(record.count) - self.xlogx.of(record.old);
        row.count += record.count - record.old;
        row.distinct += u32::from(record.old == 0 && record.count > 0);
    }

    /// Takes in what follows the boundary of a leaf; it comes after what came before.
    fn pass(&mut self, leaf: &Leaf, path: &mut Path) {
        let shared = leaf.shared.saturating_sub(1);
        // Where they share more, the row that was missing is missing again.
        if shared <= path.depth {
            self.leave(shared, path);
            let longest = leaf.length.min(self.links.len() + 1);
            for &symbol in &leaf.window[1 + shared..longest] {
                if !self.enter(symbol, path) {
                    break;
                }
            }
        }
        if let Some(last) = path.depth.checked_sub(1) {
            path.passed[last] += leaf.count;
        }
    }

    fn enter(&mut self, symbol: u32, path: &mut Path) -> bool {
        let level = path.depth;
        let start = path.next[level];
        let end = match level.checked_sub(1) {
            Some(above) => self.end_of_children(level, path.places[above]),
            None => self.links[0].len(),
        };
        let found = self.links[level][start..end].binary_search_by_key(&symbol, |row| row.symbol);
        let place = start + found.unwrap_or_else(|place| place);
        path.next[level] = place;
        if found.is_err() {
            return false;
        }
        path.places[level] = place;
        path.depth += 1;
        if path.depth < self.links.len() {
            path.next[path.depth] = self.children(level, place);
        }
        true
    }

    /// Leaves the rows that are longer than `depth`.
    fn leave(&mut self, depth: usize, path: &mut Path) {
        while path.depth > depth {
            path.depth -= 1;
            let passed = std::mem::take(&mut path.passed[path.depth]);
            self.gathered[path.depth][path.places[path.depth]].edge += passed;
            if let Some(before) = path.depth.checked_sub(1) {
                path.passed[before] += passed;
            }
        }
    }
}
