//! The search over bitmaps: a prefix, and the items that may extend it, as rows of bits.
//!
//! A bit is a transaction that held the itemset at which the bitmaps were made. Branches go on
//! within the same rows, under a mask, until the mask is so sparse that the rows are made anew
//! from the bits under it. Rarest entries come first; an entry is extended by those behind it.
//!
//! Sources: Eclat (Zaki et al. 1997) for the classes; MAFIA (Burdick, Calimlim & Gehrke 2001) for
//! bitmaps and their compression, and for looking ahead to the longest itemset of a class.

use std::mem::take;

use super::bits::{Field, KERNELS, WORD};
use super::ground::{Counted, Ground};
use super::growth::Searcher;
use super::search::Target;
use super::sums::{Guess, MOST_SUMMED};
use crate::error::Result;

/// Fewer entries are not worth sums.
const LEAST_SUMMED: usize = 5;
/// What finding the choices of the transactions of a word costs.
const CHOICE_STEPS: usize = 200;

/// An item that may extend a prefix.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) row: u32,
    pub(super) item: u32,
    /// How many transactions hold it and the prefix.
    pub(super) count: u32,
}

/// What a class of itemsets with one prefix is searched in, and room for the next one.
#[derive(Debug, Default)]
pub(super) struct Class {
    /// The rows of entries.
    rows: Vec<u32>,
    /// The transactions of the branch at hand.
    mask: Vec<u64>,
    counts: Vec<u32>,
    /// What extends the branch at hand.
    pub(super) entries: Vec<Entry>,
    /// Rows of items that decide what is closed or maximal in the branch at hand.
    pub(super) guards: Vec<u32>,
    /// The rows of the branch at hand, where they were made anew.
    pub(super) field: Field,
}

/// A class as its branches see it.
#[derive(Clone, Copy)]
struct Above<'a> {
    field: &'a Field,
    /// The transactions of the prefix; empty for all.
    mask: &'a [u64],
    /// How many those are.
    count: u32,
    entries: &'a [Entry],
    guards: &'a [u32],
}

/// How a class is searched: its first entries branch by branch, the others together.
#[derive(Debug, Default)]
pub(super) struct Plan {
    /// How many branches there are.
    first: usize,
    /// For maximal itemsets: the transactions of that of all other entries, and how many.
    mask: Vec<u64>,
    count: u32,
    /// How many parts there are: the branches, and the rest if there is one.
    pub(super) parts: usize,
}

impl Class {
    /// All transactions that matter, the rarest item first.
    pub(super) fn of(ground: &Ground<'_>) -> Class {
        let mut class = Class::default();
        let heads = ground.heads.len();
        let words = (ground.transactions as usize).div_ceil(WORD);
        class.field.reset(heads + ground.guards.len(), words);
        let lines = class.field.bits.chunks_exact_mut(words);
        let counted = ground.heads.iter().rev().chain(&ground.guards);
        for ((row, line), counted) in (0u32..).zip(lines).zip(counted) {
            let Counted { item, count } = *counted;
            ground.each(item, |place| line[place as usize / WORD] |= 1 << (place as usize % WORD));
            if (row as usize) < heads {
                class.entries.push(Entry { row, item, count });
            } else {
                class.guards.push(row);
            }
        }
        class
    }

    /// The class as its branches see it; it fills its field, which holds so many transactions.
    fn whole(&self, count: u32) -> Above<'_> {
        let Class { field, entries, guards, .. } = self;
        Above { field, mask: &[], count, entries, guards }
    }
}

impl Searcher<'_, '_> {
    /// Searches a class that fills its field.
    pub(super) fn search_class(&mut self, class: &Class, count: u32) -> Result<()> {
        self.search(class.whole(count))
    }

    /// How a class that fills its field is to be searched.
    pub(super) fn plan_class(&self, class: &Class, count: u32) -> Plan {
        self.plan(class.whole(count))
    }

    /// Searches one part of a class that fills its field.
    pub(super) fn search_part(
        &mut self,
        class: &Class,
        count: u32,
        plan: &Plan,
        part: usize,
    ) -> Result<()> {
        let above = class.whole(count);
        let mut below = self.room(above);
        let searched = self.part(above, plan, part, &mut below);
        self.classes.push(below);
        searched
    }

    fn search(&mut self, above: Above<'_>) -> Result<()> {
        let plan = self.plan(above);
        let mut class = self.room(above);
        let searched =
            (0..plan.parts).try_for_each(|part| self.part(above, &plan, part, &mut class));
        self.classes.push(class);
        searched
    }

    /// Room for the branches of a class.
    fn room(&mut self, above: Above<'_>) -> Class {
        let mut class = self.classes.pop().unwrap_or_default();
        class.rows.clear();
        class.rows.extend(above.entries.iter().map(|entry| entry.row));
        class
    }

    fn plan(&self, above: Above<'_>) -> Plan {
        let all = above.entries.len();
        match self.output.shared.target {
            Target::Maximal => self.plan_maximal(above),
            Target::All => {
                let first = self.first_summed(above);
                Plan { first, parts: first + usize::from(first < all), ..Plan::default() }
            }
            _ => Plan { first: all, parts: all, ..Plan::default() },
        }
    }

    fn part(
        &mut self,
        above: Above<'_>,
        plan: &Plan,
        part: usize,
        class: &mut Class,
    ) -> Result<()> {
        match self.output.shared.target {
            // Subsets first.
            Target::Generators => self.class_branch(above, plan.first - 1 - part, class),
            _ if part < plan.first => self.class_branch(above, part, class),
            Target::Maximal => self.report_longest(above, plan, class),
            _ => self.report_together(above, plan.first, class),
        }
    }

    fn class_branch(&mut self, above: Above<'_>, place: usize, class: &mut Class) -> Result<()> {
        let Entry { item, count, .. } = above.entries[place];
        if count < self.output.least() {
            return Ok(());
        }
        let depth = (self.output.items.len(), self.output.free.len());
        self.output.items.push(item);
        let searched = self.extend_class(above, place, class);
        self.output.items.truncate(depth.0);
        self.output.free.truncate(depth.1);
        searched
    }

    /// Reports all choices of the entries from `first` on.
    fn report_together(&mut self, above: Above<'_>, first: usize, class: &mut Class) -> Result<()> {
        let together = &above.entries[first..];
        let mut sums = take(&mut self.sums);
        sums.clear();
        sums.resize(1 << together.len(), 0);
        (KERNELS.choices)(above.mask, above.field, &class.rows[first..], &mut sums);
        let items: Vec<u32> = together.iter().map(|entry| entry.item).collect();
        let reported = self.report_sums(&mut sums, &items);
        self.sums = sums;
        reported
    }

    /// From which entry on sums cost less than branches.
    fn first_summed(&self, above: Above<'_>) -> usize {
        let Above { field, entries, .. } = above;
        let all = entries.len();
        if !self.form.sums || all < LEAST_SUMMED {
            return all;
        }
        let mut ones: u64 =
            entries.iter().rev().take(MOST_SUMMED).map(|entry| u64::from(entry.count)).sum();
        let steps = field.words * CHOICE_STEPS;
        for items in (LEAST_SUMMED..=all.min(MOST_SUMMED)).rev() {
            let guess = Guess { items, ones, of: above.count, least: self.output.least() };
            if guess.suits_sums(field.words, steps) {
                return all - items;
            }
            ones -= u64::from(entries[all - items].count);
        }
        all
    }

    /// Looks ahead: itemsets of entries from some place on are below the one of all of these, which
    /// is frequent.
    fn plan_maximal(&self, above: Above<'_>) -> Plan {
        let field = above.field;
        let (mut first, mut count, mut mask) = (above.entries.len(), 0, above.mask.to_vec());
        let mut both = vec![0; field.words];
        while first > 0 {
            let entry = above.entries[first - 1];
            let row = field.row(entry.row);
            let with = if mask.is_empty() {
                both.copy_from_slice(row);
                entry.count
            } else {
                (KERNELS.and)(&mask, row, &mut both)
            };
            if with < self.output.shared.min {
                break;
            }
            mask.clone_from(&both);
            (first, count) = (first - 1, with);
        }
        Plan { first, mask, count, parts: first + 1 }
    }

    /// Reports the itemset of all entries behind the branches, if it is maximal.
    fn report_longest(&mut self, above: Above<'_>, plan: &Plan, class: &Class) -> Result<()> {
        let (field, least) = (above.field, self.output.shared.min);
        if (KERNELS.reached)(&plan.mask, field, above.guards, least)
            || (KERNELS.reached)(&plan.mask, field, &class.rows[..plan.first], least)
        {
            return Ok(());
        }
        let length = self.output.items.len();
        self.output.items.extend(above.entries[plan.first..].iter().map(|entry| entry.item));
        let emitted = self.output.emit(plan.count);
        self.output.items.truncate(length);
        emitted
    }

    fn extend_class(&mut self, above: Above<'_>, place: usize, class: &mut Class) -> Result<()> {
        let target = self.output.shared.target;
        let count = above.entries[place].count;
        self.output.step(above.field.words * (above.entries.len() - place) + 16)?;
        if let Some(seen) = &mut self.seen
            && !seen.admit(&self.output.items, count)?
        {
            return Ok(());
        }
        let row = above.field.row(above.entries[place].row);
        class.mask.clear();
        if above.mask.is_empty() {
            class.mask.extend_from_slice(row);
        } else {
            class.mask.resize(above.field.words, 0);
            (KERNELS.and)(above.mask, row, &mut class.mask);
        }
        let guarded = target.is_guarded();
        let (earlier, later) = (&class.rows[..place], &class.rows[place + 1..]);
        if guarded
            && ((KERNELS.covered)(&class.mask, above.field, earlier)
                || (KERNELS.covered)(&class.mask, above.field, above.guards))
        {
            return Ok(());
        }
        (KERNELS.counts)(&class.mask, above.field, later, &mut class.counts);
        self.sort_out_entries(&above.entries[place + 1..], count, class);
        if self.report_branch(above, place, count, class)? {
            return Ok(());
        }
        class.guards.clear();
        if guarded {
            class.guards.extend_from_slice(above.guards);
            class.guards.extend_from_slice(&class.rows[..place]);
        }
        self.search_below(above, count, class)
    }

    /// Tells entries that are in all transactions of the branch from those that extend it.
    fn sort_out_entries(&mut self, later: &[Entry], count: u32, class: &mut Class) {
        let target = self.output.shared.target;
        let least = match target {
            Target::Maximal => self.output.shared.min,
            _ => self.output.least(),
        };
        class.entries.clear();
        for (entry, &with) in later.iter().zip(&class.counts) {
            if with < least {
                continue;
            }
            if with < count {
                class.entries.push(Entry { count: with, ..*entry });
                continue;
            }
            match target {
                Target::All => self.output.free.push(entry.item),
                Target::Closed | Target::Maximal => self.output.items.push(entry.item),
                Target::Generators => {}
            }
        }
    }

    /// Reports the itemset at hand if it is wanted; says whether that is all of the branch.
    fn report_branch(
        &mut self,
        above: Above<'_>,
        place: usize,
        count: u32,
        class: &Class,
    ) -> Result<bool> {
        let shared = self.output.shared;
        let is_leaf = class.entries.is_empty() || !self.output.has_room();
        match shared.target {
            Target::Closed if self.output.items.len() > shared.sizes.max => return Ok(true),
            Target::Maximal if !class.entries.is_empty() => return Ok(is_leaf),
            Target::Maximal => {
                let earlier = &class.rows[..place];
                if (KERNELS.reached)(&class.mask, above.field, above.guards, shared.min)
                    || (KERNELS.reached)(&class.mask, above.field, earlier, shared.min)
                {
                    return Ok(true);
                }
            }
            _ => {}
        }
        self.output.emit(count)?;
        Ok(is_leaf)
    }

    fn search_below(&mut self, above: Above<'_>, count: u32, class: &mut Class) -> Result<()> {
        let target = self.output.shared.target;
        if target == Target::All
            && let [entry] = class.entries[..]
        {
            self.output.items.push(entry.item);
            return self.output.emit(entry.count);
        }
        let words = (count as usize).div_ceil(WORD);
        if words * 2 > above.field.words {
            let Class { mask, entries, guards, .. } = class;
            return self.search(Above { field: above.field, mask, count, entries, guards });
        }
        if !class.guards.is_empty() {
            // A guard that is rarer than the least can no longer decide anything.
            (KERNELS.counts)(&class.mask, above.field, &class.guards, &mut class.counts);
            let least = self.output.shared.min;
            let mut counts = class.counts.iter();
            class.guards.retain(|_| counts.next().is_some_and(|&count| count >= least));
        }
        class.field.reset(class.entries.len() + class.guards.len(), words);
        let entries = class.entries.iter_mut().map(|entry| &mut entry.row);
        let lines = class.field.bits.chunks_exact_mut(words);
        for ((row, line), place) in entries.chain(&mut class.guards).zip(lines).zip(0u32..) {
            (KERNELS.extract)(&class.mask, above.field.row(*row), line);
            *row = place;
        }
        let Class { field, entries, guards, .. } = class;
        self.search(Above { field, mask: &[], count, entries, guards })
    }
}
