//! How the statistics come about: one walk over the leaves, then left sides, then suffixes.

use super::left::join;
use super::trie::{Extent, Level, Statistics};
use super::walk::{Means, walk};
use crate::control::{Control, Measure};
use crate::error::Result;
use crate::index::view::CorpusView;
use crate::measure::XLogX;

/// Rows that are linked at a time.
const LINKED: usize = 1 << 14;
impl Statistics {
    /// Derives the statistics of all n-grams of the extent. What does not fit `memory` bytes is
    /// put into scratch files.
    ///
    /// # Errors
    /// When a page or a scratch file cannot be read, or the work is stopped.
    pub(in crate::index) fn build(
        view: &CorpusView<'_>,
        extent: Extent,
        memory: u64,
        control: &Control,
    ) -> Result<Statistics> {
        let leaves = view.manifest().segments.iter().map(|segment| segment.leaves).sum::<u64>();
        control.progress.begin("statistics", Some(leaves), Measure::Items);
        let built = build(view, extent, memory, control);
        control.progress.finish();
        built
    }
}

fn build(
    view: &CorpusView<'_>,
    extent: Extent,
    memory: u64,
    control: &Control,
) -> Result<Statistics> {
    let xlogx = XLogX::new();
    let scratch = || view.index().store().scratch();
    let means = Means { memory, scratch: &scratch, xlogx: &xlogx };
    let mut walked = walk(view, extent, &means, control)?;
    join(&mut walked, None, view, &xlogx, control, |level, side| {
        let Level { links, sides } = level;
        let links = links.read(side.rows.clone())?;
        sides.change(side.rows, |sides| {
            for ((sides, links), gathered) in sides.iter_mut().zip(&*links).zip(&side.gathered) {
                sides.add_left(links.count, gathered);
            }
        })
    })?;
    let mut statistics = Statistics::new(extent, view.order(), view.seen());
    (statistics.types, statistics.levels) = (walked.types, walked.levels);
    statistics.index_units();
    link(&mut statistics, control)?;
    Ok(statistics)
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
