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
use super::ground::{Counted, Ground};
use super::output::Output;
use super::rows::{Merge, NONE, Occurrence, Occurrences, Rows};
use super::search::Target;
use super::seen::Seen;
use super::sums::{Guess, MOST_SUMMED};
use crate::control::on_threads;
use crate::error::Result;

/// Where codes are so many times more than occurrences, those that occur are noted one by one.
const SPARSE: usize = 4;
/// Bits of the bitmaps of a branch that are so few that their density does not matter.
const SMALL_FIELD: u64 = 64 * 64;
/// What an itemset costs without bitmaps, in words that a bitmap of it could have.
const ROWS_AS_WORDS: usize = 16;

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

impl Form {
    /// Whether a search begins with bitmaps: their bits, and how many of these are ones.
    pub(super) fn suits_class(self, ones: u64, bits: u64, memory: u64) -> bool {
        self.sparsest > 0 && bits / 8 <= memory / 4 && ones.saturating_mul(self.sparsest) >= bits
    }
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

/// All transactions that matter, by row.
#[derive(Debug)]
pub(super) struct Root {
    node: Node,
    /// The occurrences of neighbouring heads, and how many of the heads are theirs or before them.
    shares: Vec<(usize, Occurrences)>,
}

impl Root {
    /// Reads them with so many threads.
    pub(super) fn new(ground: &Ground<'_>, target: Target, threads: usize) -> Self {
        let node = Node {
            rows: Rows::of(ground, threads),
            heads: ground.heads.clone(),
            guards: ground.guards.len(),
            ..Node::default()
        };
        let each = ground.postings() / threads as u64 + 1;
        let (mut ranges, mut first, mut sum) = (Vec::new(), 0, 0);
        for (head, counted) in node.heads.iter().enumerate() {
            sum += u64::from(counted.count);
            if sum >= each || head + 1 == node.heads.len() {
                ranges.push(first..head + 1);
                (first, sum) = (head + 1, 0);
            }
        }
        let shares = on_threads(ranges, |heads| {
            let mut occurrences = Occurrences::default();
            let end = heads.end;
            occurrences.gather(&node.rows, heads, target.is_guarded());
            (end, occurrences)
        });
        Root { node, shares }
    }

    fn occurrences(&self, head: usize) -> &[Occurrence] {
        let share = self.shares.partition_point(|(end, _)| *end <= head);
        self.shares[share].1.of(head)
    }
}

/// What a thread searches with.
pub(super) struct Searcher<'o, 's> {
    pub(super) output: Output<'o, 's>,
    pub(super) form: Form,
    /// The generators so far.
    pub(super) seen: Option<Seen>,
    /// By code, how many transactions of the branch at hand hold it; 0 between branches.
    counts: Vec<u32>,
    /// By code, that in the branch; [`NONE`] between branches.
    map: Vec<u32>,
    /// The codes with the least count or more, ascending.
    frequent: Vec<u32>,
    /// Where few codes have a count, those that have one; else empty.
    touched: Vec<u32>,
    /// Codes of the database at hand.
    codes: usize,
    /// Those of heads that go on.
    kept: Vec<usize>,
    nodes: Vec<Node>,
    pub(super) sums: Vec<u32>,
    /// The items of a choice in `sums`, by bit.
    summed: Vec<u32>,
    pub(super) classes: Vec<Class>,
}

/// What is below an itemset.
enum Below {
    Nothing,
    /// One more item, and that is all.
    Pair(Counted),
    /// Choices of few items, in the sums of the searcher.
    Sums,
    Class(Class),
    Node(Node),
}

impl<'o, 's> Searcher<'o, 's> {
    pub(super) fn new(output: Output<'o, 's>, form: Form, seen: Option<Seen>) -> Self {
        Searcher {
            output,
            form,
            seen,
            counts: Vec::new(),
            map: Vec::new(),
            frequent: Vec::new(),
            touched: Vec::new(),
            codes: 0,
            kept: Vec::new(),
            nodes: Vec::new(),
            sums: Vec::new(),
            summed: Vec::new(),
            classes: Vec::new(),
        }
    }

    /// Searches all branches of a node, in an order in which subsets come first.
    fn grow(&mut self, node: &Node) -> Result<()> {
        for head in 0..node.heads.len() {
            self.branch(node, head, node.occurrences.of(head))?;
        }
        Ok(())
    }

    /// Searches the itemsets that have a head of all transactions and else only heads before it.
    pub(super) fn root_branch(&mut self, root: &Root, head: usize) -> Result<()> {
        self.branch(&root.node, head, root.occurrences(head))
    }

    fn branch(&mut self, node: &Node, head: usize, occurrences: &[Occurrence]) -> Result<()> {
        let Counted { item, count } = node.heads[head];
        if count < self.output.least() {
            return Ok(());
        }
        let depth = (self.output.items.len(), self.output.free.len());
        self.output.items.push(item);
        let searched = self.extend(node, head, occurrences);
        self.output.items.truncate(depth.0);
        self.output.free.truncate(depth.1);
        searched
    }

    fn extend(&mut self, node: &Node, head: usize, occurrences: &[Occurrence]) -> Result<()> {
        let count = node.heads[head].count;
        if !self.is_new(count)? {
            return Ok(());
        }
        let below = self.look_below(node, head, occurrences);
        self.forget();
        match below? {
            Below::Nothing => Ok(()),
            Below::Pair(Counted { item, count }) => {
                self.output.items.push(item);
                self.output.emit(count)
            }
            Below::Sums => {
                let (mut sums, items) = (take(&mut self.sums), take(&mut self.summed));
                let reported = self.report_sums(&mut sums, &items);
                (self.sums, self.summed) = (sums, items);
                reported
            }
            Below::Class(class) => {
                let searched = self.search_class(&class, count);
                self.classes.push(class);
                searched
            }
            Below::Node(next) => {
                let grown = self.grow(&next);
                self.nodes.push(next);
                grown
            }
        }
    }

    /// For generators: whether the itemset at hand is one.
    fn is_new(&mut self, count: u32) -> Result<bool> {
        match &mut self.seen {
            None => Ok(true),
            Some(seen) => seen.admit(&self.output.items, count),
        }
    }

    /// Reports the itemset at hand, and lays out what is below it in the form that suits it.
    fn look_below(
        &mut self,
        node: &Node,
        head: usize,
        occurrences: &[Occurrence],
    ) -> Result<Below> {
        let count = node.heads[head].count;
        let steps = self.count(node, occurrences);
        self.output.step(steps + 64)?;
        let shared = self.output.shared;
        let guarded = shared.target.is_guarded();
        let behind = self.frequent.partition_point(|&code| (code as usize) < head);
        if guarded {
            let guards = &self.frequent[behind..];
            if guards.iter().any(|&code| self.counts[code as usize] == count) {
                return Ok(Below::Nothing);
            }
        }
        self.sort_out(node, behind, count);
        let guards = if guarded { self.guards(behind) } else { 0 };
        match shared.target {
            Target::Closed if self.output.items.len() > shared.sizes.max => {
                return Ok(Below::Nothing);
            }
            Target::Maximal if guards > 0 || !self.kept.is_empty() => {}
            _ => self.output.emit(count)?,
        }
        if self.kept.is_empty() || !self.output.has_room() {
            return Ok(Below::Nothing);
        }
        if let [code] = self.kept[..]
            && shared.target == Target::All
        {
            return Ok(Below::Pair(Counted { count: self.counts[code], ..node.heads[code] }));
        }
        let bits = self.suits_bits(count, guards, occurrences.len());
        if self.suits_sums(count, steps, bits) {
            self.fill_sums(node, occurrences);
            return Ok(Below::Sums);
        }
        if bits {
            return Ok(Below::Class(self.class(node, occurrences, count, guards)));
        }
        Ok(Below::Node(self.node(node, occurrences, guards)))
    }

    /// Counts the other codes in the rows of a head; gives back how many there were.
    fn count(&mut self, node: &Node, occurrences: &[Occurrence]) -> usize {
        let codes = node.heads.len() + node.guards;
        if self.counts.len() < codes {
            self.counts.resize(codes, 0);
            self.map.resize(codes, NONE);
        }
        let steps = occurrences.iter().map(|seen| seen.others()).sum();
        self.codes = codes;
        self.frequent.clear();
        let least = self.output.shared.min;
        let counts = &mut self.counts[..codes];
        if steps * SPARSE < codes {
            for seen in node.rows.visit(occurrences) {
                for &code in node.rows.before(seen).iter().chain(node.rows.behind(seen)) {
                    if counts[code as usize] == 0 {
                        self.touched.push(code);
                    }
                    counts[code as usize] += seen.weight;
                }
            }
            let touched = self.touched.iter().copied();
            self.frequent.extend(touched.filter(|&code| counts[code as usize] >= least));
            self.frequent.sort_unstable();
            return steps;
        }
        for seen in node.rows.visit(occurrences) {
            for &code in node.rows.before(seen) {
                counts[code as usize] += seen.weight;
            }
            for &code in node.rows.behind(seen) {
                counts[code as usize] += seen.weight;
            }
        }
        for (counts, start) in counts.chunks(16).zip((0u32..).step_by(16)) {
            if counts.iter().fold(0, |most, &count| count.max(most)) >= least {
                let frequent = (start..).zip(counts).filter(|(_, count)| **count >= least);
                self.frequent.extend(frequent.map(|(code, _)| code));
            }
        }
        steps
    }

    /// Makes ready for the next count.
    fn forget(&mut self) {
        if self.touched.is_empty() {
            self.counts[..self.codes].fill(0);
        }
        for &code in &self.touched {
            self.counts[code as usize] = 0;
        }
        for &code in &self.frequent {
            self.map[code as usize] = NONE;
        }
        self.touched.clear();
    }

    /// Tells heads that are in all rows from those that go on, and codes the latter anew.
    fn sort_out(&mut self, node: &Node, behind: usize, count: u32) {
        let target = self.output.shared.target;
        let least = match target {
            Target::Maximal => self.output.shared.min,
            _ => self.output.least(),
        };
        self.kept.clear();
        for &code in &self.frequent[..behind] {
            let code = code as usize;
            let with = self.counts[code];
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
    fn guards(&mut self, behind: usize) -> usize {
        let mut guards = 0;
        for &code in &self.frequent[behind..] {
            self.map[code as usize] = number(self.kept.len() + guards);
            guards += 1;
        }
        guards
    }

    /// The conditional database of a branch.
    fn node(&mut self, node: &Node, occurrences: &[Occurrence], guards: usize) -> Node {
        let target = self.output.shared.target;
        let merge = if target == Target::Closed { Merge::Common } else { Merge::Equal };
        let mut next = self.nodes.pop().unwrap_or_default();
        next.rows.clear(occurrences.len());
        for seen in node.rows.visit(occurrences) {
            next.rows.add(&node.rows, seen, &self.map, merge);
        }
        let counted = |&code: &usize| Counted { count: self.counts[code], ..node.heads[code] };
        next.heads.clear();
        next.heads.extend(self.kept.iter().map(counted));
        next.guards = guards;
        next.occurrences.gather(
            &next.rows,
            0..next.heads.len(),
            self.output.shared.target.is_guarded(),
        );
        next
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
        if lines * length <= SMALL_FIELD {
            return true;
        }
        self.ones().saturating_mul(sparsest) >= self.kept.len() as u64 * u64::from(count)
    }

    /// How often the heads of the branch occur in it.
    fn ones(&self) -> u64 {
        self.kept.iter().map(|&code| u64::from(self.counts[code])).sum()
    }

    /// The bitmaps of a branch, the rarest head first.
    fn class(
        &mut self,
        node: &Node,
        occurrences: &[Occurrence],
        count: u32,
        guards: usize,
    ) -> Class {
        let mut class = self.classes.pop().unwrap_or_default();
        let lines = self.kept.len() + guards;
        // The line behind the last takes what is not wanted.
        class.field.reset(lines + 1, (count as usize).div_ceil(WORD));
        let words = class.field.words;
        let mut place = 0;
        for seen in node.rows.visit(occurrences) {
            let (before, behind) = (node.rows.before(seen), node.rows.behind(seen));
            for _ in 0..seen.weight {
                let (word, bit) = (place / WORD, 1 << (place % WORD));
                for &code in before.iter().chain(behind) {
                    let line = (self.map[code as usize] as usize).min(lines);
                    class.field.bits[line * words + word] |= bit;
                }
                place += 1;
            }
        }
        let entry = |(row, &code): (u32, &usize)| Entry {
            row,
            item: node.heads[code].item,
            count: self.counts[code],
        };
        class.entries.clear();
        class.entries.extend((0u32..).zip(&self.kept).map(entry));
        class.entries.reverse();
        if self.output.shared.target != Target::Generators {
            class.entries.sort_by_key(|entry| entry.count);
        }
        class.guards.clear();
        class.guards.extend(number(self.kept.len())..number(lines));
        class
    }

    fn suits_sums(&self, count: u32, steps: usize, bits: bool) -> bool {
        let heads = self.kept.len();
        if !self.form.sums || self.output.shared.target != Target::All || heads > MOST_SUMMED {
            return false;
        }
        let words = if bits { (count as usize).div_ceil(WORD) } else { ROWS_AS_WORDS };
        let ones = self.ones();
        Guess { items: heads, ones, of: count, least: self.output.least() }.suits_sums(words, steps)
    }

    /// Notes how many rows hold which choice of the heads.
    fn fill_sums(&mut self, node: &Node, occurrences: &[Occurrence]) {
        self.sums.clear();
        let choices = 1 << self.kept.len();
        self.sums.resize(choices, 0);
        for seen in node.rows.visit(occurrences) {
            // NONE sets a bit beyond the choices.
            let bit = |&code: &u32| 1u32 << (self.map[code as usize] & 31);
            let choice = node.rows.before(seen).iter().fold(0, |choice, code| choice | bit(code));
            self.sums[choice as usize & (choices - 1)] += seen.weight;
        }
        self.summed.clear();
        self.summed.extend(self.kept.iter().map(|&code| node.heads[code].item));
    }
}

/// As a code.
fn number(place: usize) -> u32 {
    u32::try_from(place).expect("there are fewer than 2³² items")
}
