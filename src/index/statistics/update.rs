//! How the statistics are brought up to date: what new leaves touch is looked up in the table, the
//! old leaves tell what else they have of it, and then both tables are one. The same to the bit as
//! a table that is built from nothing.

use super::left::{Side, join};
use super::revisit::{Change, Found, revisit};
use super::scatter::Parts;
use super::stored::Head;
use super::touched::{Paths, Rows, Touched};
use super::trie::{Extent, Level, Links, NONE, ROW_BYTES, Sides, Statistics};
use super::walk::{Means, Walked};
use crate::control::{Control, Measure};
use crate::error::Result;
use crate::index::layout::SegmentRecord;
use crate::index::merge::MergeScan;
use crate::index::view::CorpusView;
use crate::index::window::FIRST_OF_TEXT;
use crate::measure::XLogX;

/// What is new may be one in so many leaves.
const MOST_NEW: u64 = 16;

impl Head {
    /// The segments of what was counted in a table and those of what came after, if it should be
    /// brought up to date for an extent. `None` where a build from nothing does better: these stand
    /// in one segment, so much is new, or the memory does not hold two tables.
    pub(in crate::index) fn changes(
        &self,
        view: &CorpusView<'_>,
        extent: Extent,
        memory: u64,
    ) -> Option<(Vec<SegmentRecord>, Vec<SegmentRecord>)> {
        let is_it = self.extent() == extent && extent.longest == view.order();
        if !is_it || self.rows() * ROW_BYTES > memory / 4 {
            return None;
        }
        view.apart(&self.seen).filter(|(old, new)| leaves(new) <= leaves(old) / MOST_NEW)
    }
}

impl Statistics {
    /// Brings the statistics up to date, which reach up to the order of the corpus. `None` where
    /// they are not in memory.
    ///
    /// # Errors
    /// When a page or a scratch file cannot be read, or the work is stopped.
    pub(in crate::index) fn update(
        &self,
        view: &CorpusView<'_>,
        (old, new): (&[SegmentRecord], &[SegmentRecord]),
        memory: u64,
        control: &Control,
    ) -> Result<Option<Statistics>> {
        let Some(rows) = Rows::of(self) else { return Ok(None) };
        control.progress.begin("statistics", Some(leaves(old) + leaves(new)), Measure::Items);
        let updated = update(self, &rows, view, (old, new), memory, control);
        control.progress.finish();
        updated.map(Some)
    }
}

fn leaves(segments: &[SegmentRecord]) -> u64 {
    segments.iter().map(|segment| segment.leaves).sum()
}

fn update(
    table: &Statistics,
    rows: &Rows<'_>,
    view: &CorpusView<'_>,
    (old, new): (&[SegmentRecord], &[SegmentRecord]),
    memory: u64,
    control: &Control,
) -> Result<Statistics> {
    let xlogx = XLogX::new();
    let scratch = || view.index().store().scratch();
    let means = Means { memory, scratch: &scratch, xlogx: &xlogx };
    let parts = Parts::new(view.manifest().symbols);
    let first = Some(&FIRST_OF_TEXT);
    let scan = |segments| MergeScan::new(view.store(), segments, view.order(), first);

    let touched = Touched::by(scan(new)?, leaves(new), rows, control)?;
    let paths = Paths::new(scan(new)?, rows, &touched)?;
    let about = (rows, table.extent);
    let found = revisit(scan(old)?, paths, about, &touched.filter, (&means, &parts), control)?;
    drop(touched);

    let mut statistics = Statistics::new(table.extent, view.order(), view.seen());
    for (number, types) in statistics.types.iter_mut().enumerate() {
        *types = table.types[number] + found.types[number];
    }
    let Found { changes, scatter, before, .. } = found;
    let mut above = Merged::default();
    let mut unknown = Vec::new();
    for (level, changes) in changes.into_iter().enumerate() {
        control.check()?;
        above = statistics.merge(level, table, &changes, &above)?;
        unknown.push(std::mem::take(&mut above.unknown));
    }
    let levels = std::mem::take(&mut statistics.levels);
    let mut walked = Walked { levels, types: statistics.types, scatter, parts };
    join(&mut walked, Some(before), view, &xlogx, control, |level, side| {
        write_left(level, side, &unknown)
    })?;
    statistics.levels = walked.levels;
    Ok(statistics)
}

/// Writes the left sides of what is new; `unknown` are the occurrences that they do not know of.
fn write_left(level: &mut Level, side: Side, unknown: &[Vec<u64>]) -> Result<()> {
    let Level { links, sides } = level;
    let links = links.read(side.rows.clone())?;
    let unknown = &unknown[side.level][side.rows.clone()];
    sides.change(side.rows, |sides| {
        for (place, sides) in sides.iter_mut().enumerate() {
            let (mut gathered, unknown) = (side.gathered[place], unknown[place]);
            if unknown == 0 {
                continue;
            }
            // All edges have gone by, those that were known too.
            gathered.edge -= sides.left_edge;
            if unknown == links[place].count {
                gathered.sum += side.before[place].sum;
                gathered.count += side.before[place].count;
                gathered.distinct += side.before[place].distinct;
            }
            sides.add_left(unknown, &gathered);
        }
    })
}

/// How the rows of a level came about.
#[derive(Default)]
struct Merged {
    /// Of each row of the table, where it is now.
    moved: Vec<u32>,
    /// Of each row, the occurrences that its left side does not know of.
    unknown: Vec<u64>,
}

impl Statistics {
    /// Makes the rows of one level from those of the table and what changes; `above` is the level
    /// before.
    fn merge(
        &mut self,
        level: usize,
        table: &Statistics,
        changes: &[Change],
        above: &Merged,
    ) -> Result<Merged> {
        let (links, sides) = (&table.levels[level].links, &table.levels[level].sides);
        let (links, sides) = (links.read(0..links.len())?, sides.read(0..sides.len())?);
        let has_sides = level + 1 < self.order;
        let added = changes.iter().filter(|change| change.is_added).count();
        let mut made = Level::default();
        made.links.reserve(links.len() + added);
        made.sides.reserve(if has_sides { links.len() + added } else { 0 });
        let mut merged = Merged { moved: Vec::with_capacity(links.len()), unknown: Vec::new() };
        merged.unknown.reserve(if has_sides { links.len() + added } else { 0 });
        let mut put = |row: Links, side: Sides, unknown: u64| {
            made.links.push(row);
            if has_sides {
                made.sides.push(side);
                merged.unknown.push(unknown);
            }
        };
        let mut changes = changes.iter().peekable();
        let mut all = 0;
        for (place, row) in links.iter().enumerate() {
            while let Some(change) = changes.next_if(|next| next.is_at(place) && next.is_added) {
                put(change.row(self, level), change.side(Sides::default()), change.count);
                all += 1;
            }
            merged.moved.push(all);
            all += 1;
            let mut row = Links { children: 0, ..*row };
            if level > 0 {
                row.prefix = above.moved[row.prefix as usize];
                row.suffix = above.moved[row.suffix as usize];
            }
            let side = sides.get(place).copied().unwrap_or_default();
            match changes.next_if(|next| next.is_at(place)) {
                Some(change) => {
                    row.count = change.count;
                    put(row, change.side(side), change.new);
                }
                None => put(row, side, 0),
            }
        }
        for change in changes {
            put(change.row(self, level), change.side(Sides::default()), change.count);
        }
        self.levels[level] = made;
        match level {
            0 => self.index_units(),
            _ => self.set_children(level - 1)?,
        }
        Ok(merged)
    }

    /// Says where the extensions of the rows of a level begin, once they are there.
    fn set_children(&mut self, level: usize) -> Result<()> {
        let [above, below] = &mut self.levels[level..level + 2] else { return Ok(()) };
        let below = below.links.read(0..below.links.len())?;
        above.links.change(0..above.links.len(), |rows| {
            let mut next = 0;
            for (place, row) in rows.iter_mut().enumerate() {
                while below.get(next).is_some_and(|below| (below.prefix as usize) < place) {
                    next += 1;
                }
                row.children = u32::try_from(next).unwrap_or(NONE);
            }
        })
    }
}

impl Change {
    fn is_at(&self, place: usize) -> bool {
        self.place as usize == place
    }

    /// The row that it adds.
    fn row(&self, statistics: &Statistics, level: usize) -> Links {
        let Change { prefix, symbol, count, .. } = *self;
        let mut row = Links { symbol, prefix, suffix: 0, children: 0, count };
        if level > 0 {
            row.suffix = statistics.suffix_of(level, &row);
        }
        row
    }

    /// The sides of a row with what is new to the right.
    fn side(&self, known: Sides) -> Sides {
        Sides {
            right_sum: known.right_sum + self.right_sum,
            right_edge: known.right_edge + self.right_edge,
            right_distinct: known.right_distinct.saturating_add(self.right_distinct),
            ..known
        }
    }
}
