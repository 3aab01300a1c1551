//! Frequent itemsets brought up to date after transactions were added (after the idea of FUP,
//! Cheung, Han, Ng & Wong 1996): exact, and reading little but what is new.
//!
//! What was frequent is counted in the new transactions only. What was not had at most one
//! transaction less than the old least count, so it has to occur in the new ones often enough to
//! make up for the rest. Those few are looked for in the new transactions, depth first with the
//! items descending, so that every part of an itemset is decided before the itemset itself; only
//! what has no infrequent part is counted in all the data.

use super::derive::refuse_beyond;
use super::lookup::{Lookup, each_without_one};
use super::sets::SetList;
use crate::control::Control;
use crate::error::Result;
use crate::index::Vertical;

/// How many itemsets pass between two looks at the controls.
const CHECK_EVERY: usize = 1 << 12;

/// What has changed.
pub struct Refresh<'r> {
    /// All frequent itemsets of the old transactions.
    pub old: &'r SetList,
    /// The item of the transactions that each number in them stands for.
    pub items: &'r [u32],
    /// The least count they were found with.
    pub old_least: u64,
    /// The least count now, which is no lower.
    pub least: u64,
    /// All transactions, the old ones first.
    pub data: &'r Vertical,
    /// The first of the new ones.
    pub first_new: u32,
    /// Bytes of memory to stay within.
    pub memory: u64,
}

/// What holds now.
#[derive(Debug, Default)]
pub struct Refreshed {
    /// All frequent itemsets of all transactions.
    pub list: SetList,
    /// The items of the numbers, with those that have become frequent behind the old ones.
    pub items: Vec<u32>,
    /// What is other than before.
    pub changes: Changes,
}

/// How two lists of itemsets differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Only in the later one.
    pub added: u64,
    /// Only in the earlier one.
    pub removed: u64,
    /// In both, with another count.
    pub changed: u64,
}

/// How a list differs from an earlier one over the same items.
///
/// # Errors
/// None that a caller could cause.
pub fn compare(before: &SetList, after: &SetList) -> Result<Changes> {
    let known = Lookup::new(before, 0)?;
    let (mut changes, mut kept) = (Changes::default(), 0);
    after.each(|items, count| {
        match known.find(items) {
            None => changes.added += 1,
            Some(place) => {
                kept += 1;
                changes.changed += u64::from(known.count(place) != count);
            }
        }
        Ok(())
    })?;
    changes.removed = before.len() - kept;
    Ok(changes)
}

/// All frequent itemsets of all transactions, and what is other than before.
///
/// # Errors
/// When the memory does not suffice or the work is stopped.
pub fn refresh(task: &Refresh<'_>, control: &Control) -> Result<Refreshed> {
    let items = numbered(task);
    let rows = new_rows(task, &items);
    let needed = (task.least + 1).saturating_sub(task.old_least).max(1);
    let mut recounted = recount(task, &rows, items.len(), needed, control)?;
    let all: Vec<(u32, u32)> = (0u32..).zip(&rows).map(|(row, _)| (row, 0)).collect();
    let mut finder = Finder {
        least: task.least,
        known: &recounted.known,
        added: Lookup::default(),
        needed,
        whole: Whole::new(task.data, &items),
        rest: Vec::new(),
        visited: 0,
        control,
    };
    finder.expand(&mut Vec::new(), &rows, &all)?;
    let added = finder.added;
    recounted.changes.added = added.len() as u64;
    let (mut list, changes) = (recounted.list, recounted.changes);
    (0..added.len()).for_each(|place| list.push(added.items(place), added.count(place)));
    Ok(Refreshed { list, items, changes })
}

/// The items of the numbers, and behind them those that have become frequent.
fn numbered(task: &Refresh<'_>) -> Vec<u32> {
    let mut items = task.items.to_vec();
    let mut is_known = vec![false; task.data.items() as usize];
    items.iter().for_each(|&item| is_known[item as usize] = true);
    let new = (0..task.data.items())
        .filter(|&item| !is_known[item as usize] && u64::from(task.data.count(item)) >= task.least);
    items.extend(new);
    items
}

/// The new transactions in numbers, ascending, without what is not frequent now.
fn new_rows(task: &Refresh<'_>, items: &[u32]) -> Vec<Vec<u32>> {
    let mut numbers = vec![None; task.data.items() as usize];
    for (number, &item) in (0u32..).zip(items) {
        if u64::from(task.data.count(item)) >= task.least {
            numbers[item as usize] = Some(number);
        }
    }
    let mut rows = task.data.rows(task.first_new);
    for row in &mut rows {
        let own: Vec<u32> = row.iter().filter_map(|&item| numbers[item as usize]).collect();
        *row = own;
        row.sort_unstable();
    }
    rows
}

/// What was frequent, counted in the new transactions as well.
#[derive(Default)]
struct Recounted {
    /// What still is.
    list: SetList,
    /// Those that occur in the new transactions as often as something that was not frequent would
    /// have to, with their counts now. Nothing else is ever looked for.
    known: Lookup,
    changes: Changes,
}

fn recount(
    task: &Refresh<'_>,
    rows: &[Vec<u32>],
    items: usize,
    needed: u64,
    control: &Control,
) -> Result<Recounted> {
    let words = rows.len().div_ceil(64);
    let mut bits = vec![0u64; items * words];
    for (row, own) in rows.iter().enumerate() {
        for &item in own {
            bits[item as usize * words + row / 64] |= 1 << (row % 64);
        }
    }
    let mut found = Recounted::default();
    // The rows of each prefix of the last itemset, and how many they are: neighbours share most.
    let mut prefix: Vec<u32> = Vec::new();
    let mut held: Vec<u64> = Vec::new();
    let mut numbers: Vec<u64> = Vec::new();
    let mut seen = 0;
    task.old.each(|items, count| {
        seen += 1;
        if seen % CHECK_EVERY == 0 {
            control.check()?;
            refuse_beyond(found.known.memory() as u64, task.memory)?;
        }
        let shared = prefix.iter().zip(items).take_while(|(one, other)| one == other).count();
        prefix.truncate(shared);
        numbers.truncate(shared);
        held.truncate(shared * words);
        for &item in &items[shared..] {
            prefix.push(item);
            let own = &bits[item as usize * words..][..words];
            let start = held.len();
            let number = match numbers.last() {
                // What is in none of them is in none with more.
                Some(0) => {
                    held.resize(start + words, 0);
                    0
                }
                Some(_) => {
                    held.extend_from_within(start - words..);
                    held[start..].iter_mut().zip(own).for_each(|(held, own)| *held &= own);
                    ones(&held[start..])
                }
                None => {
                    held.extend_from_slice(own);
                    ones(own)
                }
            };
            numbers.push(number);
        }
        let new = numbers.last().copied().unwrap_or(0);
        if new >= needed {
            found.known.insert(items, count + new);
        }
        if count + new >= task.least {
            found.list.push(items, count + new);
            found.changes.changed += u64::from(new > 0);
        }
        Ok(())
    })?;
    found.changes.removed = task.old.len() - found.list.len();
    Ok(found)
}

fn ones(words: &[u64]) -> u64 {
    words.iter().map(|word| u64::from(word.count_ones())).sum()
}

/// Looks for what has become frequent.
struct Finder<'f> {
    /// The least count.
    least: u64,
    /// What was frequent and occurs often enough in the new transactions.
    known: &'f Lookup,
    added: Lookup,
    /// How often at least an itemset that was not frequent occurs in the new transactions.
    needed: u64,
    whole: Whole<'f>,
    rest: Vec<u32>,
    visited: usize,
    control: &'f Control,
}

impl Finder<'_> {
    /// Tries every item behind the last one of an itemset that is frequent now. `held` are the new
    /// rows that hold it, each with the place behind its last item.
    fn expand(
        &mut self,
        items: &mut Vec<u32>,
        rows: &[Vec<u32>],
        held: &[(u32, u32)],
    ) -> Result<()> {
        self.visited += 1;
        if self.visited.is_multiple_of(CHECK_EVERY) {
            self.control.check()?;
        }
        let mut occurrences: Vec<(u32, u32, u32)> = Vec::new();
        for &(row, from) in held {
            let behind = rows[row as usize].iter().enumerate().skip(from as usize);
            for (place, &item) in behind {
                let next = u32::try_from(place + 1).unwrap_or(u32::MAX);
                occurrences.push((item, row, next));
            }
        }
        occurrences.sort_unstable();
        let groups: Vec<&[(u32, u32, u32)]> =
            occurrences.chunk_by(|one, other| one.0 == other.0).collect();
        let mut children = Vec::new();
        for group in groups {
            let new = group.len() as u64;
            if new < self.needed {
                continue;
            }
            items.push(group[0].0);
            if self.decide(items, new)? {
                children.push(group);
            }
            items.pop();
        }
        for group in children.into_iter().rev() {
            items.push(group[0].0);
            let held: Vec<(u32, u32)> = group.iter().map(|&(_, row, next)| (row, next)).collect();
            self.expand(items, rows, &held)?;
            items.pop();
        }
        Ok(())
    }

    /// Whether an itemset is frequent now; one that was not before is added.
    fn decide(&mut self, items: &[u32], new: u64) -> Result<bool> {
        if let Some(place) = self.known.find(items) {
            return Ok(self.known.count(place) >= self.least);
        }
        if items.len() > 1 {
            let (known, added, least) = (self.known, &self.added, self.least);
            let mut possible = true;
            each_without_one(items, &mut self.rest, |part| {
                possible &= match known.find(part) {
                    Some(place) => known.count(place) >= least,
                    None => added.find(part).is_some(),
                };
            });
            if !possible {
                return Ok(false);
            }
        }
        let count = self.whole.count(items);
        debug_assert!(count >= new, "the new transactions are among all of them");
        if count < self.least {
            return Ok(false);
        }
        self.added.insert(items, count);
        Ok(true)
    }
}

/// All transactions, as far as they are asked for.
struct Whole<'w> {
    data: &'w Vertical,
    /// The item of each number.
    items: &'w [u32],
    bits: Vec<Option<Vec<u64>>>,
    /// The transactions of the prefixes of the itemset counted last.
    prefix: Vec<u32>,
    held: Vec<Vec<u32>>,
}

impl<'w> Whole<'w> {
    fn new(data: &'w Vertical, items: &'w [u32]) -> Self {
        let bits = vec![None; items.len()];
        Whole { data, items, bits, prefix: Vec::new(), held: Vec::new() }
    }

    fn bits(&mut self, number: u32) -> &[u64] {
        let (data, item) = (self.data, self.items[number as usize]);
        self.bits[number as usize].get_or_insert_with(|| {
            let mut bits = vec![0; (data.transactions() as usize).div_ceil(64)];
            data.each(item, |row| bits[row as usize / 64] |= 1u64 << (row % 64));
            bits
        })
    }

    /// How many transactions hold all of some items.
    fn count(&mut self, items: &[u32]) -> u64 {
        let Some((&last, rest)) = items.split_last() else { return 0 };
        if let &[other] = rest {
            // The rarer of two is the one to walk.
            let data = self.data;
            let of = |number: u32| self.items[number as usize];
            let (walked, tested) = match data.count(of(last)) < data.count(of(other)) {
                true => (of(last), other),
                false => (of(other), last),
            };
            let bits = self.bits(tested);
            let mut count = 0;
            data.each(walked, |row| count += bits[row as usize / 64] >> (row % 64) & 1);
            return count;
        }
        if rest.is_empty() {
            return self.data.count(self.items[last as usize]).into();
        }
        let shared = self.prefix.iter().zip(rest).take_while(|(one, other)| one == other).count();
        self.prefix.truncate(shared);
        self.held.truncate(shared);
        for &item in &rest[shared..] {
            let held = match self.held.pop() {
                None => {
                    let mut held = Vec::new();
                    self.data.each(self.items[item as usize], |row| held.push(row));
                    held
                }
                Some(above) => {
                    let bits = self.bits(item);
                    let holds = |row: &&u32| bits[**row as usize / 64] >> (**row % 64) & 1 == 1;
                    let held = above.iter().filter(holds).copied().collect();
                    self.held.push(above);
                    held
                }
            };
            self.held.push(held);
            self.prefix.push(item);
        }
        let held = self.held.pop().unwrap_or_default();
        let bits = self.bits(last);
        let count = held.iter().map(|row| bits[*row as usize / 64] >> (row % 64) & 1).sum();
        self.held.push(held);
        count
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::mine::derive::derive;
    use crate::mine::itemsets::Target;

    type Rows = Vec<Vec<u32>>;

    /// All frequent itemsets, by looking at every subset of the items.
    fn brute(rows: &[Vec<u32>], items: u32, least: u64) -> BTreeMap<Vec<u32>, u64> {
        let sets = (1u32..1 << items)
            .map(|bits| (0..items).filter(|item| bits >> item & 1 == 1).collect::<Vec<u32>>());
        let counted = sets.map(|set| {
            let holds = |row: &&Vec<u32>| set.iter().all(|item| row.contains(item));
            let count = rows.iter().filter(holds).count() as u64;
            (set, count)
        });
        counted.filter(|(_, count)| *count >= least).collect()
    }

    fn list(sets: &BTreeMap<Vec<u32>, u64>) -> SetList {
        let mut list = SetList::default();
        sets.iter().for_each(|(items, count)| list.push(items, *count));
        list
    }

    fn map(list: &SetList) -> BTreeMap<Vec<u32>, u64> {
        let mut sets = BTreeMap::new();
        list.each(|items, count| {
            assert!(sets.insert(items.to_vec(), count).is_none(), "{items:?} twice");
            Ok(())
        })
        .unwrap();
        sets
    }

    fn rows() -> impl Strategy<Value = Rows> {
        let row = proptest::collection::btree_set(0u32..7, 0..7);
        let row = row.prop_map(|row| row.into_iter().collect::<Vec<u32>>());
        proptest::collection::vec(row, 0..40)
    }

    proptest! {
        #[test]
        fn refreshed_is_mined_anew(
            rows in rows(), share in 0.0f64..1.0, old_least in 1u64..12, more in 0u64..6,
        ) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let first_new = (rows.len() as f64 * share) as u32;
            let old = list(&brute(&rows[..first_new as usize], 7, old_least));
            let least = old_least + more;
            let data = Vertical::from_rows(&rows).unwrap();
            // Numbers as they are kept: the highest item first, and only what was frequent.
            let mut used = [false; 7];
            old.each(|items, _| {
                items.iter().for_each(|&item| used[item as usize] = true);
                Ok(())
            }).unwrap();
            let items: Vec<u32> = (0..data.items()).rev().filter(|i| used[*i as usize]).collect();
            let mut numbers = vec![0; 7];
            (0u32..).zip(&items).for_each(|(number, &item)| numbers[item as usize] = number);
            let kept = old.renumbered(&numbers).unwrap();
            let memory = 1 << 30;
            let task = Refresh {
                old: &kept, items: &items, old_least, least, data: &data, first_new, memory,
            };
            let refreshed = refresh(&task, &Control::default()).unwrap();
            let list = refreshed.list.renumbered(&refreshed.items).unwrap();
            prop_assert_eq!(refreshed.changes, compare(&old, &list).unwrap());
            prop_assert_eq!(map(&list), brute(&rows, 7, least));
        }

        #[test]
        fn derived_is_mined(rows in rows(), least in 1u64..8, more in 0u64..4) {
            let transactions = rows.len() as u64;
            let weak = brute(&rows, 7, least);
            let least = least + more;
            let all = brute(&rows, 7, least);
            let superset = |one: &[u32], other: &[u32]| {
                one.len() < other.len() && one.iter().all(|item| other.contains(item))
            };
            let is = |target: Target, from: &BTreeMap<Vec<u32>, u64>, items: &[u32], count: u64| {
                let above = |equal: bool| from.iter().any(|(other, own)| {
                    superset(items, other) && (!equal || *own == count)
                });
                let below = from.iter().any(|(other, own)| superset(other, items) && *own == count);
                match target {
                    Target::All => true,
                    Target::Closed => !above(true),
                    Target::Maximal => !above(false),
                    Target::Generators => !below && count != transactions,
                }
            };
            let select = |target, from: &BTreeMap<Vec<u32>, u64>| -> BTreeMap<Vec<u32>, u64> {
                let own = from.iter().filter(|(items, count)| is(target, from, items, **count));
                own.map(|(items, count)| (items.clone(), *count)).collect()
            };
            let targets = [Target::All, Target::Closed, Target::Maximal, Target::Generators];
            for from in [Target::All, Target::Closed] {
                let saved = list(&select(from, &weak));
                for to in targets {
                    let at = (least, transactions);
                    let control = Control::default();
                    let derived = derive((&saved, from), to, at, 1 << 30, &control).unwrap();
                    prop_assert_eq!(map(&derived), select(to, &all), "{:?} from {:?}", to, from);
                }
            }
        }
    }
}
