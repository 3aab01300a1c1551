//! The left sides of rows: what the walk scattered is joined with them, part by part, so that the
//! rows of a part are near each other, and need not be in memory all at once.

use std::borrow::Cow;
use std::ops::Range;

use super::scatter::{Joined, PARTS};
use super::trie::{Level, Links};
use super::walk::Walked;
use crate::control::Control;
use crate::error::Result;
use crate::index::layout::MAX_ORDER;
use crate::measure::XLogX;

const NOWHERE: usize = usize::MAX;

/// What is known of the left neighbours of a row that occur before it at least twice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Gathered {
    /// Σ c·ln c.
    pub sum: u64,
    /// Their occurrences.
    pub count: u64,
    /// How many there are.
    pub distinct: u32,
}

/// Calls `each` with some rows of a level at a time, in order, and what is known of them.
///
/// # Errors
/// When a scratch file cannot be read, the work is stopped, and what `each` says.
pub(super) fn join(
    walked: &mut Walked<'_>,
    xlogx: &XLogX,
    control: &Control,
    mut each: impl FnMut(&mut Level, Range<usize>, Vec<Gathered>) -> Result<()>,
) -> Result<()> {
    let complete = walked.levels.len() - 1;
    let mut group = Vec::new();
    for part in 0..PARTS {
        control.check()?;
        let (starts, ends) = (walked.bounds[part], walked.bounds[part + 1]);
        let range = |level: usize| starts[level]..ends[level];
        let mut links = Vec::with_capacity(complete);
        for (number, level) in walked.levels[..complete].iter().enumerate() {
            links.push(level.links.read(range(number))?);
        }
        let mut rows = Rows { links, starts, gathered: Vec::new(), xlogx };
        rows.gathered = (0..complete).map(|n| vec![Gathered::default(); range(n).len()]).collect();
        let mut groups = walked.scatter.take(part);
        while groups.next(&mut group)? {
            rows.join(&group);
        }
        let gathered = rows.gathered;
        for (number, gathered) in gathered.into_iter().enumerate() {
            each(&mut walked.levels[number], range(number), gathered)?;
        }
    }
    Ok(())
}

/// The rows of one part.
struct Rows<'r> {
    links: Vec<Cow<'r, [Links]>>,
    starts: [usize; MAX_ORDER],
    gathered: Vec<Vec<Gathered>>,
    xlogx: &'r XLogX,
}

impl Rows<'_> {
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
            let start = match length.checked_sub(2) {
                Some(above) => {
                    self.links[above][before].children as usize - self.starts[length - 1]
                }
                None => 0,
            };
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

    fn end_of_children(&self, length: usize, place: usize) -> usize {
        let Some(next) = self.links.get(length) else { return 0 };
        let after = self.links[length - 1].get(place + 1);
        after.map_or(next.len(), |after| after.children as usize - self.starts[length])
    }

    fn add(&mut self, level: usize, place: usize, record: &Joined) {
        let row = &mut self.gathered[level][place];
        row.sum += self.xlogx.of(record.count);
        row.count += record.count;
        row.distinct += 1;
    }
}
