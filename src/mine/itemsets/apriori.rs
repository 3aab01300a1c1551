//! `apriori`: level by level, each itemset joined from two that are one item smaller.
//!
//! The method of the textbooks, for reference and for teaching. A level is kept until the one above
//! it is known, which is also what decides what is closed or maximal.

use super::ground::Counted;
use super::method::{Method, Task};
use super::search::{Sizes, Target};
use super::sink::Sink;
use super::top::Best;
use crate::error::Result;

/// The row of the method.
pub(super) const METHOD: Method = Method {
    name: "apriori",
    help: "level by level: joins itemsets that differ in their last item, counts, goes on",
    paper: "Agrawal & Srikant 1994, as told in https://kexue.fm/archives/3380",
    find,
};

/// How many candidates are counted between two looks at the controls.
const CHECK_EVERY: usize = 256;

/// An itemset of a level: places of its items in the list of items, ascending.
struct Itemset {
    places: Vec<usize>,
    count: u32,
    /// No larger itemset takes its place: it is closed, or maximal, where that is the target.
    stands: bool,
}

struct Levels<'t> {
    task: &'t Task<'t>,
    /// All items, ascending by number, with the transactions that hold them.
    items: Vec<(Counted, Vec<u32>)>,
    /// Whether an item is in no wanted itemset.
    barred: Vec<bool>,
    sizes: Sizes,
    found: u64,
}

fn find(task: Task<'_>, sink: &mut dyn Sink) -> Result<u64> {
    let ground = &task.ground;
    let bytes = (ground.postings() + ground.full.len() as u64 * u64::from(ground.transactions)) * 4;
    task.search.afford(bytes, "the lists of transactions")?;
    let mut best = task.search.top.map(Best::new);
    let mut levels = Levels::new(&task);
    let mut level = vec![Itemset { places: Vec::new(), count: ground.transactions, stands: true }];
    while !level.is_empty() {
        let next = if levels.goes_on(&level) { levels.next(&mut level)? } else { Vec::new() };
        levels.report(&level, &mut best, sink)?;
        level = next;
    }
    if let Some(best) = best {
        levels.found = best.deliver(sink)?;
    } else if !sink.lists() {
        sink.tally(levels.found)?;
    }
    Ok(levels.found)
}

impl<'t> Levels<'t> {
    fn new(task: &'t Task<'t>) -> Self {
        let ground = &task.ground;
        let full = ground.full.iter().map(|&item| Counted { item, count: ground.transactions });
        let mut counted: Vec<Counted> =
            full.chain(ground.heads.iter().copied()).chain(ground.guards.iter().copied()).collect();
        counted.sort_unstable_by_key(|counted| counted.item);
        let column = |counted: Counted| {
            let mut column = Vec::with_capacity(counted.count as usize);
            ground.each(counted.item, |row| column.push(row));
            (counted, column)
        };
        let is_guard = |counted: &Counted| ground.guards.contains(counted);
        let barred = counted.iter().map(is_guard).collect();
        let items = counted.into_iter().map(column).collect();
        Levels { task, items, barred, sizes: task.search.sizes(), found: 0 }
    }

    /// Whether the level above can hold anything wanted, or decides about this one.
    fn goes_on(&self, level: &[Itemset]) -> bool {
        let size = level.first().map_or(0, |set| set.places.len()) + self.task.ground.prefix.len();
        let decides = self.task.search.target.is_guarded();
        size < self.sizes.max.saturating_add(usize::from(decides))
    }

    /// The level above, and which itemsets of this one it leaves standing.
    fn next(&self, level: &mut [Itemset]) -> Result<Vec<Itemset>> {
        let mut next = Vec::new();
        let mut counted = 0;
        let mut first = 0;
        while first < level.len() {
            let size = level[first].places.len();
            let shared = size.saturating_sub(1);
            let class = level[first].places[..shared].to_vec();
            let is_other = |set: &Itemset| set.places[..shared] != class[..];
            let length = level[first..].iter().position(is_other);
            let end = length.map_or(level.len(), |length| first + length);
            for left in first..end {
                let rows = self.rows(&level[left].places);
                for last in self.lasts(level, left, end) {
                    let mut places = level[left].places.clone();
                    places.push(last);
                    counted += 1;
                    if counted % CHECK_EVERY == 0 {
                        self.task.control.check()?;
                    }
                    next.extend(self.candidate(level, places, &rows));
                }
            }
            first = end;
        }
        Ok(next)
    }

    /// The last items of those that begin like `level[left]` and stand behind it, up to `end`; all
    /// items at the bottom.
    fn lasts(&self, level: &[Itemset], left: usize, end: usize) -> Vec<usize> {
        if level[left].places.is_empty() {
            return (0..self.items.len()).collect();
        }
        level[left + 1..end].iter().filter_map(|set| set.places.last().copied()).collect()
    }

    /// Counts a candidate whose subsets are all in the level; `rows` are those of all its items
    /// but the last.
    fn candidate(
        &self,
        level: &mut [Itemset],
        places: Vec<usize>,
        rows: &[u32],
    ) -> Option<Itemset> {
        let target = self.task.search.target;
        let mut subsets = Vec::with_capacity(places.len());
        for left_out in 0..places.len() {
            let mut subset = places.clone();
            subset.remove(left_out);
            subsets.push(level.binary_search_by(|set| set.places.cmp(&subset)).ok()?);
        }
        let last = *places.last()?;
        let count = common(rows, &self.items[last].1);
        if count < self.task.min {
            return None;
        }
        for &subset in &subsets {
            let same = level[subset].count == count;
            match target {
                Target::All => {}
                Target::Closed => level[subset].stands &= !same,
                Target::Maximal => level[subset].stands = false,
                Target::Generators if same => return None,
                Target::Generators => {}
            }
        }
        Some(Itemset { places, count, stands: true })
    }

    /// The transactions that hold all of these items.
    fn rows(&self, places: &[usize]) -> Vec<u32> {
        let mut rows: Vec<u32> = match places.first() {
            Some(&first) => self.items[first].1.clone(),
            None => (0..self.task.ground.transactions).collect(),
        };
        for &place in places.iter().skip(1) {
            let mut column = self.items[place].1.iter().copied().peekable();
            rows.retain(|row| {
                while column.next_if(|other| other < row).is_some() {}
                column.peek() == Some(row)
            });
        }
        rows
    }

    fn report(
        &mut self,
        level: &[Itemset],
        best: &mut Option<Best>,
        sink: &mut dyn Sink,
    ) -> Result<()> {
        let ground = &self.task.ground;
        let mut reported = 0;
        for set in level.iter().filter(|set| set.stands) {
            if set.places.iter().any(|&place| self.barred[place]) {
                continue;
            }
            let own = set.places.iter().map(|&place| self.items[place].0.item);
            let mut items: Vec<u32> = ground.prefix.iter().copied().chain(own).collect();
            items.sort_unstable();
            let has = |item: &u32| items.binary_search(item).is_ok();
            if !self.sizes.hold(items.len()) || !ground.wanted.iter().all(has) {
                continue;
            }
            reported += 1;
            match best {
                Some(best) => best.offer(&items, set.count),
                None if sink.lists() => sink.take(&items, u64::from(set.count))?,
                None => {}
            }
        }
        self.found += reported;
        self.task.control.progress.advance(reported);
        self.task.control.check()
    }
}

/// How many numbers two ascending lists have in common.
fn common(left: &[u32], right: &[u32]) -> u32 {
    let mut right = right.iter().copied().peekable();
    let mut common = 0;
    for &row in left {
        while right.next_if(|other| *other < row).is_some() {}
        common += u32::from(right.peek() == Some(&row));
    }
    common
}
