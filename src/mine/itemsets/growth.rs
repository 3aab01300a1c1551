//! The search from one conditional database to the next, rarest item first.
//!
//! A node is an itemset and the rows that hold it, less the items that it has. Its branches are its
//! heads; the branch of a head goes on with the heads before it, which are more frequent, so that
//! no itemset comes twice. A head that is in every row of a branch joins the itemset at once, or
//! stands free for any choice (a perfect extension).
//!
//! Sources: FP-growth (Han, Pei & Yin 2000) for the conditional databases; LCM (Uno, Kiyomi &
//! Arimura 2004) for keeping them as arrays, counting by occurrences, and telling by the guards
//! alone what is closed.

use std::mem::take;

use super::bits::WORD;
use super::classes::{Class, Entry};
use super::ground::Counted;
use super::output::Output;
use super::rows::{Merge, NONE, Occurrence, Occurrences, Rows};
use super::search::Target;
use super::seen::Seen;
use crate::error::Result;

/// Where bitmaps take over from rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    /// The least density of a bitmap, as one of so many bits; 0 for no bitmaps.
    pub(super) sparsest: u64,
    /// The most bits of the bitmaps of a branch.
    pub(super) most_bits: u64,
    /// Whether small branches are counted by superset sums.
    pub(super) sums: bool,
}

/// A conditional database with its items.
#[derive(Debug, Default)]
pub(super) struct Node {
    pub(super) rows: Rows,
    pub(super) occurrences: Occurrences,
    pub(super) heads: Vec<Counted>,
    /// How many guards there are; their codes follow those of the heads.
    pub(super) guards: usize,
}

/// What a thread searches with.
pub(super) struct Searcher<'o, 's> {
    pub(super) output: Output<'o, 's>,
    pub(super) form: Form,
    /// The generators so far.
    pub(super) seen: Option<Seen>,
    counts: Vec<u32>,
    /// New codes by old ones.
    map: Vec<u32>,
    /// Heads of the branch at hand.
    kept: Vec<usize>,
    nodes: Vec<Node>,
    pub(super) sums: Vec<u32>,
    pub(super) classes: Vec<Class>,
}

impl<'o, 's> Searcher<'o, 's> {
    pub(super) fn new(output: Output<'o, 's>, form: Form, seen: Option<Seen>) -> Self {
        Searcher {
            output,
            form,
            seen,
            counts: Vec::new(),
            map: Vec::new(),
            kept: Vec::new(),
            nodes: Vec::new(),
            sums: Vec::new(),
            classes: Vec::new(),
        }
    }

    /// Searches all branches of a node, in an order in which subsets come first.
    fn grow(&mut self, node: &Node) -> Result<()> {
        for head in 0..node.heads.len() {
            self.branch(node, head)?;
        }
        Ok(())
    }

    /// Searches the itemsets that have a head and else only heads before it.
    pub(super) fn branch(&mut self, node: &Node, head: usize) -> Result<()> {
        let Counted { item, count } = node.heads[head];
        if count < self.output.least() {
            return Ok(());
        }
        let depth = (self.output.items.len(), self.output.free.len());
        self.output.items.push(item);
        let searched = self.extend(node, head, count);
        self.output.items.truncate(depth.0);
        self.output.free.truncate(depth.1);
        searched
    }

    fn extend(&mut self, node: &Node, head: usize, count: u32) -> Result<()> {
        let occurrences = node.occurrences.of(head);
        if !self.is_new(count)? {
            return Ok(());
        }
        let steps = self.count(node, head, occurrences);
        self.output.step(steps + 64)?;
        let target = self.output.shared.target;
        let guarded = matches!(target, Target::Closed | Target::Maximal);
        if guarded && self.counts[head + 1..].contains(&count) {
            return Ok(());
        }
        self.sort_out(node, head, count);
        let guards = if guarded { self.guards(node, head) } else { 0 };
        let is_leaf = self.kept.is_empty() || !self.output.has_room();
        match target {
            Target::Closed if self.output.items.len() > self.output.shared.sizes.max => {
                return Ok(());
            }
            Target::Maximal if guards > 0 || !self.kept.is_empty() => {}
            _ => self.output.emit(count)?,
        }
        if is_leaf {
            return Ok(());
        }
        self.go_down(node, head, count, guards, steps)
    }

    /// For generators: whether the itemset at hand is one.
    fn is_new(&mut self, count: u32) -> Result<bool> {
        match &mut self.seen {
            None => Ok(true),
            Some(seen) => seen.admit(&self.output.items, count),
        }
    }

    /// Counts the other codes in the rows of a head; gives back how many there were.
    fn count(&mut self, node: &Node, head: usize, occurrences: &[Occurrence]) -> usize {
        self.counts.clear();
        self.counts.resize(node.heads.len() + node.guards, 0);
        let mut steps = 0;
        for &seen in occurrences {
            let (before, behind) = (node.rows.before(seen), node.rows.behind(seen));
            steps += before.len() + behind.len();
            for &code in before.iter().chain(behind) {
                self.counts[code as usize] += seen.weight;
            }
        }
        debug_assert!(self.counts[head] == 0);
        steps
    }

    /// Tells heads that are in all rows from those that go on, and codes the latter anew.
    fn sort_out(&mut self, node: &Node, head: usize, count: u32) {
        let target = self.output.shared.target;
        let least = match target {
            Target::Maximal => self.output.shared.min,
            _ => self.output.least(),
        };
        self.kept.clear();
        self.map.clear();
        self.map.resize(node.heads.len() + node.guards, NONE);
        for (code, &with) in self.counts[..head].iter().enumerate() {
            if with == count {
                match target {
                    Target::All => self.output.free.push(node.heads[code].item),
                    Target::Closed | Target::Maximal => {
                        self.output.items.push(node.heads[code].item);
                    }
                    Target::Generators => {}
                }
            } else if with >= least {
                self.map[code] = number(self.kept.len());
                self.kept.push(code);
            }
        }
    }

    /// Codes the guards of a branch behind its heads; gives back how many.
    fn guards(&mut self, node: &Node, head: usize) -> usize {
        let mut guards = 0;
        for code in head + 1..node.heads.len() + node.guards {
            if self.counts[code] >= self.output.shared.min {
                self.map[code] = number(self.kept.len() + guards);
                guards += 1;
            }
        }
        guards
    }

    /// Searches below the itemset at hand, in the form that suits the branch.
    fn go_down(
        &mut self,
        node: &Node,
        head: usize,
        count: u32,
        guards: usize,
        steps: usize,
    ) -> Result<()> {
        let occurrences = node.occurrences.of(head);
        let target = self.output.shared.target;
        if target == Target::All && self.kept.len() == 1 {
            return self.pair(node);
        }
        if self.suits_sums(steps) {
            return self.sum(node, occurrences);
        }
        if self.suits_bits(count, guards, occurrences.len()) {
            return self.search_bits(node, occurrences, count, guards);
        }
        let mut next = self.nodes.pop().unwrap_or_default();
        let merge = if target == Target::Closed { Merge::Common } else { Merge::Equal };
        next.rows.clear(occurrences.len());
        for &seen in occurrences {
            next.rows.add(&node.rows, seen, &self.map, merge);
        }
        let counted = |&code: &usize| Counted { count: self.counts[code], ..node.heads[code] };
        next.heads.clear();
        next.heads.extend(self.kept.iter().map(counted));
        next.guards = guards;
        let guarded = matches!(target, Target::Closed | Target::Maximal);
        next.occurrences.gather(&next.rows, next.heads.len(), guarded);
        let grown = self.grow(&next);
        self.nodes.push(next);
        grown
    }

    /// The one itemset below, where a single head goes on.
    fn pair(&mut self, node: &Node) -> Result<()> {
        let code = self.kept[0];
        self.output.items.push(node.heads[code].item);
        let emitted = self.output.emit(self.counts[code]);
        self.output.items.pop();
        emitted
    }

    fn suits_bits(&self, count: u32, guards: usize, rows: usize) -> bool {
        let Form { sparsest, most_bits, .. } = self.form;
        let lines = (self.kept.len() + guards) as u64;
        let length = u64::from(count).next_multiple_of(WORD as u64);
        if sparsest == 0 || lines.saturating_mul(length) > most_bits {
            return false;
        }
        // A row of weight w takes w bits.
        if count as usize > rows * 2 && sparsest != u64::MAX {
            return false;
        }
        let ones: u64 = self.kept.iter().map(|&code| u64::from(self.counts[code])).sum();
        ones.saturating_mul(sparsest) >= self.kept.len() as u64 * u64::from(count)
    }

    /// Turns the rows of a branch into bitmaps, rarest head first, and searches them.
    fn search_bits(
        &mut self,
        node: &Node,
        occurrences: &[Occurrence],
        count: u32,
        guards: usize,
    ) -> Result<()> {
        let mut class = self.classes.pop().unwrap_or_default();
        let lines = self.kept.len() + guards;
        class.field.reset(lines, (count as usize).div_ceil(WORD));
        let words = class.field.words;
        let mut place = 0;
        for &seen in occurrences {
            for &code in node.rows.before(seen).iter().chain(node.rows.behind(seen)) {
                let line = self.map[code as usize];
                if line != NONE {
                    let row = &mut class.field.bits[line as usize * words..][..words];
                    for place in place..place + seen.weight as usize {
                        row[place / WORD] |= 1 << (place % WORD);
                    }
                }
            }
            place += seen.weight as usize;
        }
        class.entries.clear();
        for (row, &code) in (0u32..).zip(&self.kept) {
            class.entries.push(Entry {
                row,
                item: node.heads[code].item,
                count: self.counts[code],
            });
        }
        class.entries.reverse();
        class.guards.clear();
        class.guards.extend(number(self.kept.len())..number(lines));
        let searched = self.search_class(&class);
        self.classes.push(class);
        searched
    }

    fn suits_sums(&self, steps: usize) -> bool {
        let heads = self.kept.len();
        self.form.sums
            && self.output.shared.target == Target::All
            && heads <= super::sums::MOST_HEADS
            && 1 << heads <= 2 * steps + 64
    }

    /// Counts every choice of the heads at once.
    fn sum(&mut self, node: &Node, occurrences: &[Occurrence]) -> Result<()> {
        let mut sums = take(&mut self.sums);
        sums.clear();
        sums.resize(1 << self.kept.len(), 0);
        for &seen in occurrences {
            let mut choice = 0usize;
            for &code in node.rows.before(seen) {
                let new = self.map[code as usize];
                if new != NONE {
                    choice |= 1 << new;
                }
            }
            sums[choice] += seen.weight;
        }
        let items: Vec<u32> = self.kept.iter().map(|&code| node.heads[code].item).collect();
        let reported = self.report_sums(&mut sums, &items);
        self.sums = sums;
        reported
    }
}

/// As a code.
fn number(place: usize) -> u32 {
    u32::try_from(place).expect("there are fewer than 2³² items")
}
