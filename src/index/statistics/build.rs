//! How the statistics come about: from nothing, or from what they were and what is new.
//!
//! From nothing every leaf is new. Where a table is there and the segments that it was derived
//! from still stand apart, only rows that occur in what is new are made; the others are as they
//! were. Both give the same table to the bit.

use super::left::{Gathered, join};
use super::trie::{Level, Links, NONE, ROW_BYTES, Sides, Statistics};
use super::walk::{Means, Walked, walk};
use crate::control::{Control, Measure};
use crate::error::Result;
use crate::index::layout::SegmentRecord;
use crate::index::view::CorpusView;
use crate::measure::XLogX;

/// Rows that are linked at a time.
const LINKED: usize = 1 << 14;
/// What is new may be this share of the leaves; beyond it, it is faster to begin from nothing.
const MOST_NEW: u64 = 3;

impl Statistics {
    /// Derives the statistics of all n-grams with at least `floor` occurrences. What does not fit
    /// `memory` bytes is put into scratch files.
    ///
    /// # Errors
    /// When a page or a scratch file cannot be read, or the work is stopped.
    pub fn build(
        view: &CorpusView<'_>,
        floor: u64,
        memory: u64,
        control: &Control,
    ) -> Result<Statistics> {
        let segments = &view.manifest().segments;
        begin(segments, control);
        let built = build(view, floor.max(1), memory, control);
        control.progress.finish();
        built
    }

    /// Brings the statistics up to date. `None` where they have to be built from nothing: when old
    /// and new counts are in one segment, when there is too much that is new, or the memory does
    /// not hold both tables.
    ///
    /// # Errors
    /// When a page cannot be read, or the work is stopped.
    pub(in crate::index) fn update(
        &self,
        view: &CorpusView<'_>,
        memory: u64,
        control: &Control,
    ) -> Result<Option<Statistics>> {
        let Some((old, new)) = view.apart(&self.seen) else { return Ok(None) };
        let leaves = |segments: &[SegmentRecord]| segments.iter().map(|s| s.leaves).sum::<u64>();
        if leaves(&new) > leaves(&old) / MOST_NEW {
            return Ok(None);
        }
        self.updated(view, memory, control)
    }

    /// The same, however much is new.
    pub(super) fn updated(
        &self,
        view: &CorpusView<'_>,
        memory: u64,
        control: &Control,
    ) -> Result<Option<Statistics>> {
        let Some((old, new)) = view.apart(&self.seen) else { return Ok(None) };
        let is_large = self.len() as u64 * ROW_BYTES > memory / 4;
        if old.is_empty() || is_large || !self.is_in_memory() {
            return Ok(None);
        }
        begin(&view.manifest().segments, control);
        let updated = update(self, view, (&old, &new), memory, control);
        control.progress.finish();
        updated.map(Some)
    }
}

fn begin(segments: &[SegmentRecord], control: &Control) {
    let leaves = segments.iter().map(|segment| segment.leaves).sum::<u64>();
    control.progress.begin("statistics", Some(leaves), Measure::Items);
}

fn build(view: &CorpusView<'_>, floor: u64, memory: u64, control: &Control) -> Result<Statistics> {
    let xlogx = XLogX::new();
    let scratch = || view.index().store().scratch();
    let means = Means { memory, scratch: &scratch, xlogx: &xlogx };
    let mut walked = walk(view, (&[], &view.manifest().segments), floor, &means, control)?;
    join(&mut walked, &xlogx, control, |_, level, range, gathered| {
        let Level { links, sides } = level;
        let links = links.read(range.clone())?;
        sides.change(range, |sides| {
            for ((sides, links), gathered) in sides.iter_mut().zip(&*links).zip(&gathered) {
                write_left(sides, links.count, gathered);
            }
        })
    })?;
    let mut statistics = Statistics::new(floor, view.order(), view.seen());
    (statistics.types, statistics.levels) = (walked.types, walked.levels);
    statistics.index_units();
    link(&mut statistics, control)?;
    Ok(statistics)
}

/// Writes the left side of a row that was not there before.
fn write_left(sides: &mut Sides, count: u64, gathered: &Gathered) {
    // What is left of the count are neighbours that occur once, and c·ln c is 0 there.
    let once = count - gathered.count - sides.left_edge;
    sides.left_sum = gathered.sum;
    sides.left_distinct = plus(gathered.distinct, once);
}

fn plus(distinct: u32, more: u64) -> u32 {
    distinct.saturating_add(u32::try_from(more).unwrap_or(u32::MAX))
}

/// Finds the suffixes, level by level: that of a row extends the suffix of its prefix.
fn link(statistics: &mut Statistics, control: &Control) -> Result<()> {
    for level in 1..statistics.levels.len() {
        let rows = statistics.levels[level].links.len();
        let mut links = std::mem::take(&mut statistics.levels[level].links);
        for start in (0..rows).step_by(LINKED) {
            control.check()?;
            links.change(start..rows.min(start + LINKED), |links| {
                for links in links {
                    links.suffix = statistics.suffix_of(level, links);
                }
            })?;
        }
        statistics.levels[level].links = links;
    }
    statistics.check()
}

fn update(
    old: &Statistics,
    view: &CorpusView<'_>,
    segments: (&[SegmentRecord], &[SegmentRecord]),
    memory: u64,
    control: &Control,
) -> Result<Statistics> {
    let xlogx = XLogX::new();
    let scratch = || view.index().store().scratch();
    let means = Means { memory, scratch: &scratch, xlogx: &xlogx };
    let mut walked = walk(view, segments, old.floor, &means, control)?;
    let mut gathered: Vec<Vec<Gathered>> = vec![Vec::new(); old.order];
    join(&mut walked, &xlogx, control, |level, _, _, more| {
        gathered[level].extend(more);
        Ok(())
    })?;
    let mut statistics = Statistics::new(old.floor, old.order, view.seen());
    for (types, (before, more)) in
        statistics.types.iter_mut().zip(old.types.iter().zip(walked.types))
    {
        *types = before + more;
    }
    let mut above = Merged { origins: vec![(Some(0), Some(0))], moved: Vec::new() };
    for (level, gathered) in gathered.iter().enumerate().take(old.order) {
        control.check()?;
        above = merge(level, &mut statistics, old, &walked, gathered, &above)?;
    }
    Ok(statistics)
}

/// How the rows of a level came about.
struct Merged {
    /// Of each row, its place in the old level and among the rows of the walk.
    origins: Vec<(Option<usize>, Option<usize>)>,
    /// Of each old row, where it is now.
    moved: Vec<u32>,
}

/// Makes the rows of one level; `above` is the level before.
fn merge(
    level: usize,
    statistics: &mut Statistics,
    old: &Statistics,
    walked: &Walked<'_>,
    gathered: &[Gathered],
    above: &Merged,
) -> Result<Merged> {
    let before = Source::new(&old.levels, level)?;
    let fresh = Source::new(&walked.levels, level)?;
    let mut merged = Merged { origins: Vec::new(), moved: vec![NONE; before.links.len()] };
    let mut children = Vec::with_capacity(above.origins.len());
    let mut made = Level::default();
    for (prefix, &(old_prefix, new_prefix)) in above.origins.iter().enumerate() {
        let place = |place: usize| u32::try_from(place).unwrap_or(NONE);
        children.push(place(merged.origins.len()));
        let (mut a, mut b) = (before.children(old_prefix), fresh.children(new_prefix));
        loop {
            let symbol = |links: &[Links], at: Option<usize>| at.map(|at| links[at].symbol);
            let one = symbol(&before.links, (!a.is_empty()).then_some(a.start));
            let two = symbol(&fresh.links, (!b.is_empty()).then_some(b.start));
            let origin = match (one, two) {
                (None, None) => break,
                (Some(x), Some(y)) if x == y => (a.next(), b.next()),
                (Some(x), Some(y)) if x > y => (None, b.next()),
                (Some(_), _) => (a.next(), None),
                (None, _) => (None, b.next()),
            };
            let mut links = match origin {
                (_, Some(at)) => fresh.links[at],
                (at, None) => before.links[at.unwrap_or(0)],
            };
            (links.prefix, links.children) = (if level == 0 { 0 } else { place(prefix) }, 0);
            if let Some(at) = origin.0 {
                merged.moved[at] = place(merged.origins.len());
            }
            links.suffix = match origin.0 {
                _ if level == 0 => 0,
                Some(at) => above.moved[before.links[at].suffix as usize],
                None => statistics.suffix_of(level, &links),
            };
            made.links.push(links);
            if level + 1 < old.order {
                let new = origin.1.map(|at| (at, walked.new[level][at], gathered[at]));
                let count = links.count;
                made.sides.push(merge_sides(
                    origin.0.map(|at| before.sides[at]),
                    new.map(|(at, counts, gathered)| (fresh.sides[at], counts, gathered)),
                    count,
                ));
            }
            merged.origins.push(origin);
        }
    }
    if let Some(above) = level.checked_sub(1) {
        statistics.levels[above].links.change(0..children.len(), |links| {
            links.iter_mut().zip(children).for_each(|(links, first)| links.children = first);
        })?;
    }
    statistics.levels[level] = made;
    if level == 0 {
        statistics.index_units();
    }
    Ok(merged)
}

/// The neighbours of a row from what they were, and from what the walk has found: its row, its new
/// occurrences in all and at an edge, its left neighbours.
fn merge_sides(
    old: Option<Sides>,
    new: Option<(Sides, (u64, u64), Gathered)>,
    count: u64,
) -> Sides {
    match (old, new) {
        (Some(old), Some((mut sides, (new, new_edge), gathered))) => {
            // New neighbours that occur once are what is left of the new occurrences.
            let once = new - (gathered.count - gathered.old) - new_edge;
            sides.left_sum = old.left_sum + gathered.sum - gathered.old_sum;
            sides.left_distinct = plus(old.left_distinct.saturating_add(gathered.fresh), once);
            sides
        }
        (None, Some((mut sides, _, gathered))) => {
            write_left(&mut sides, count, &gathered);
            sides
        }
        (old, None) => old.unwrap_or_default(),
    }
}

/// A level of a trie that is read in order.
struct Source<'s> {
    links: std::borrow::Cow<'s, [Links]>,
    sides: std::borrow::Cow<'s, [Sides]>,
    above: Option<std::borrow::Cow<'s, [Links]>>,
}

impl<'s> Source<'s> {
    fn new(levels: &'s [Level], level: usize) -> Result<Self> {
        let all = |level: &'s Level| level.links.read(0..level.links.len());
        let above = level.checked_sub(1).map(|above| all(&levels[above])).transpose()?;
        let sides = &levels[level].sides;
        Ok(Source { links: all(&levels[level])?, sides: sides.read(0..sides.len())?, above })
    }

    /// The places of what extends a row of the level above; those of all units for the root.
    fn children(&self, of: Option<usize>) -> std::ops::Range<usize> {
        let Some(of) = of else { return 0..0 };
        let Some(above) = &self.above else { return 0..self.links.len() };
        let end = above.get(of + 1).map_or(self.links.len(), |next| next.children as usize);
        above[of].children as usize..end
    }
}
