//! All units and all adjacent pairs with their counts, none left out.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::control::{Control, Measure};
use crate::error::Result;
use crate::index::layout::SegmentRecord;
use crate::index::merge::MergeScan;
use crate::index::page::Leaf;
use crate::index::view::CorpusView;
use crate::index::window::{BOUNDARY, PAD};

/// The bigram table of a corpus, boundaries left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Pairs {
    /// By symbol, how often the unit occurs.
    pub units: Vec<u64>,
    /// By symbol, where its pairs begin in `seconds`; one more entry for the end.
    starts: Vec<usize>,
    seconds: Vec<u32>,
    counts: Vec<u64>,
    /// Occurrences of all units.
    pub unit_total: u64,
    /// Occurrences of all pairs.
    pub pair_total: u64,
}

impl Pairs {
    /// Reads them off the leaves.
    ///
    /// # Errors
    /// When a page cannot be read or the work is stopped.
    pub fn build(view: &CorpusView<'_>, control: &Control) -> Result<Pairs> {
        let leaves = view.manifest().segments.iter().map(|segment| segment.leaves).sum();
        control.progress.begin("pairs", Some(leaves), Measure::Items);
        let built = read(view, &view.manifest().segments, control);
        control.progress.finish();
        built
    }

    /// These pairs and those of some segments that are not in them.
    ///
    /// # Errors
    /// When a page cannot be read or the work is stopped.
    pub(in crate::index) fn with(
        &self,
        view: &CorpusView<'_>,
        segments: &[SegmentRecord],
        control: &Control,
    ) -> Result<Pairs> {
        let more = read(view, segments, control)?;
        let mut sum = Pairs {
            units: more.units.clone(),
            unit_total: self.unit_total + more.unit_total,
            pair_total: self.pair_total + more.pair_total,
            ..Pairs::default()
        };
        for (count, own) in sum.units.iter_mut().zip(&self.units) {
            *count += own;
        }
        let (mut own, mut new) = (self.iter().peekable(), more.iter().peekable());
        loop {
            let key = |next: Option<&(u32, u32, u64)>| next.map(|&(a, b, _)| (a, b));
            let (first, second) = (key(own.peek()), key(new.peek()));
            let takes = |this: Option<(u32, u32)>, other: Option<(u32, u32)>| {
                this.is_some() && (other.is_none() || this <= other)
            };
            let one = if takes(first, second) { own.next() } else { None };
            let two = if takes(second, first) { new.next() } else { None };
            let Some((a, b, _)) = one.or(two) else { break };
            sum.starts.resize(a as usize + 1, sum.seconds.len());
            sum.seconds.push(b);
            sum.counts.push(one.map_or(0, |(.., count)| count) + two.map_or(0, |(.., c)| c));
        }
        sum.starts.resize(sum.units.len() + 1, sum.seconds.len());
        Ok(sum)
    }

    /// Some of the pairs, which get other numbers; what else is known stays the same.
    pub(super) fn only(&self, is_kept: impl Fn(u32) -> bool) -> Pairs {
        let (unit_total, pair_total) = (self.unit_total, self.pair_total);
        let mut some =
            Pairs { units: self.units.clone(), unit_total, pair_total, ..Pairs::default() };
        for ((first, second, count), number) in self.iter().zip(0..) {
            if is_kept(number) {
                some.starts.resize(first as usize + 1, some.seconds.len());
                some.seconds.push(second);
                some.counts.push(count);
            }
        }
        some.starts.resize(some.units.len() + 1, some.seconds.len());
        some
    }

    /// How often `second` follows `first`.
    pub fn count(&self, first: u32, second: u32) -> u64 {
        self.number(first, second).map_or(0, |number| self.counts[number])
    }

    /// The number of a pair: its place in [`Pairs::iter`].
    pub fn number(&self, first: u32, second: u32) -> Option<usize> {
        let &end = self.starts.get(first as usize + 1)?;
        let start = self.starts[first as usize];
        self.seconds[start..end].binary_search(&second).ok().map(|place| start + place)
    }

    /// The pairs of some runs of units.
    #[cfg(test)]
    pub(super) fn of(runs: &[Vec<u32>]) -> Self {
        let mut counted = std::collections::BTreeMap::new();
        let mut pairs = Pairs { units: vec![0; 1 << 16], starts: vec![0], ..Pairs::default() };
        for run in runs {
            run.iter().for_each(|&symbol| pairs.units[symbol as usize] += 1);
            run.windows(2).for_each(|two| *counted.entry((two[0], two[1])).or_insert(0) += 1);
        }
        for ((first, second), count) in counted {
            pairs.starts.resize(first as usize + 1, pairs.seconds.len());
            pairs.seconds.push(second);
            pairs.counts.push(count);
        }
        pairs.starts.resize(pairs.units.len() + 1, pairs.seconds.len());
        pairs.unit_total = pairs.units.iter().sum();
        pairs.pair_total = pairs.counts.iter().sum();
        pairs
    }

    /// How often the pair of a number occurs.
    pub(super) fn count_of(&self, number: usize) -> u64 {
        self.counts[number]
    }

    /// Distinct pairs.
    pub fn len(&self) -> usize {
        self.counts.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }

    /// The pairs in order: first, second, count.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32, u64)> + '_ {
        self.range(0..self.len())
    }

    /// The pairs of some numbers in order.
    pub(super) fn range(
        &self,
        numbers: Range<usize>,
    ) -> impl Iterator<Item = (u32, u32, u64)> + '_ {
        let mut next = self.starts.partition_point(|&start| start <= numbers.start);
        numbers.map(move |at| {
            while self.starts[next] <= at {
                next += 1;
            }
            let first = u32::try_from(next - 1).unwrap_or(u32::MAX);
            (first, self.seconds[at], self.counts[at])
        })
    }
}

fn read(view: &CorpusView<'_>, segments: &[SegmentRecord], control: &Control) -> Result<Pairs> {
    let mut pairs = Pairs::default();
    let symbols = view.manifest().symbols as usize;
    pairs.units = vec![0; symbols];
    pairs.starts = vec![0; symbols + 1];
    let mut scan = MergeScan::new(view.store(), segments, view.order(), None)?;
    let mut ticks = control.ticks();
    while let Some(run) = scan.next_run()? {
        run.iter().for_each(|leaf| pairs.add(leaf));
        ticks.add(run.len())?;
    }
    for symbol in 0..symbols {
        pairs.starts[symbol + 1] = pairs.starts[symbol + 1].max(pairs.starts[symbol]);
    }
    Ok(pairs)
}

impl Pairs {
    /// Adds up the leaves, which come in order; `starts` has gaps then where units have no pairs.
    fn add(&mut self, leaf: &Leaf) {
        let [first, second, ..] = leaf.window;
        if first == BOUNDARY {
            return;
        }
        self.units[first as usize] += leaf.count;
        self.unit_total += leaf.count;
        if second == BOUNDARY || second == PAD {
            return;
        }
        self.pair_total += leaf.count;
        if leaf.shared < 2 {
            self.seconds.push(second);
            self.counts.push(0);
            self.starts[first as usize + 1] = self.seconds.len();
        }
        if let Some(count) = self.counts.last_mut() {
            *count += leaf.count;
        }
    }
}
