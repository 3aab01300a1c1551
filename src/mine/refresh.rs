//! Frequent itemsets brought up to date after transactions were added (after the idea of FUP,
//! Cheung, Han, Ng & Wong 1996): exact, and reading little but what is new.
//!
//! What was frequent is counted in the new transactions only; what was not is looked for in them
//! by [`gained`]. Few counts change, so that the list stays in order but for these.

use std::cmp::Reverse;

use super::derive::refuse_beyond;
use super::itemsets::{Gain, Listing, gained};
use super::lookup::Lookup;
use super::sets::{SetList, SetReader, Step};
use crate::control::Control;
use crate::error::Result;

/// How many itemsets pass between two looks at the controls.
const CHECK_EVERY: usize = 1 << 14;

/// What has changed.
pub struct Refresh<'r> {
    /// All frequent itemsets of the old transactions, [ranked](SetList::ranked).
    pub old: &'r SetList,
    /// What each number in them is called now; ascending.
    pub numbers: &'r [u32],
    /// The item of the transactions that each of the present numbers stands for; all items that
    /// are frequent now are among them.
    pub items: &'r [u32],
    /// The transactions and the least counts.
    pub gain: Gain<'r>,
}

/// What holds now.
#[derive(Debug, Default)]
pub struct Refreshed {
    /// All frequent itemsets of all transactions, ranked.
    pub list: SetList,
    /// Where each count ends.
    pub steps: Vec<Step>,
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
    let mut listing = Listing::default();
    gained(&task.gain, control, &mut listing)?;
    let mut changes = Changes { added: listing.itemsets.len() as u64, ..Changes::default() };
    let mut changed = SetList::default();
    let mut numbers = vec![0; task.gain.data.items() as usize];
    for (number, &item) in (0u32..).zip(task.items) {
        numbers[item as usize] = number;
    }
    for (mut items, count) in listing.itemsets {
        items.iter_mut().for_each(|item| *item = numbers[*item as usize]);
        items.sort_unstable();
        changed.push(&items, count);
    }
    let gains = recount(task, &mut changed, control)?;
    changes.changed = changed.len() - changes.added;
    let (list, steps) = merged(task, &gains, &changed.ranked()?.0, control)?;
    changes.removed = task.old.len() + changes.added - list.len();
    Ok(Refreshed { list, steps, changes })
}

/// In how many new transactions each of the old itemsets is. Those that are in any and still
/// frequent are added to `changed`.
fn recount(task: &Refresh<'_>, changed: &mut SetList, control: &Control) -> Result<Vec<u32>> {
    let Gain { data, first_new, least, memory, .. } = task.gain;
    let words = (data.transactions() - first_new).div_ceil(64) as usize;
    let mut bits = vec![0u64; task.items.len() * words];
    for (own, &item) in bits.chunks_exact_mut(words.max(1)).zip(task.items) {
        data.each_within(item, first_new..data.transactions(), |transaction| {
            let row = (transaction - first_new) as usize;
            own[row / 64] |= 1 << (row % 64);
        });
    }
    let mut gains: Vec<u32> = Vec::new();
    let mut held = vec![0u64; words];
    let mut renamed = Vec::new();
    task.old.each(|items, count| {
        if gains.len().is_multiple_of(CHECK_EVERY) {
            control.check()?;
            refuse_beyond((changed.memory() + gains.len() * 4) as u64, memory)?;
        }
        let mut new = 0;
        held.fill(u64::MAX);
        for &item in items {
            let start = task.numbers[item as usize] as usize * words;
            new = 0;
            for (held, own) in held.iter_mut().zip(&bits[start..start + words]) {
                *held &= own;
                new += held.count_ones();
            }
            if new == 0 {
                break;
            }
        }
        gains.push(new);
        let count = count + u64::from(new);
        if new > 0 && count >= least {
            renamed.clear();
            renamed.extend(items.iter().map(|&item| task.numbers[item as usize]));
            changed.push(&renamed, count);
        }
        Ok(())
    })?;
    Ok(gains)
}

/// The old itemsets without a gain, and those in `changed`, in order.
fn merged(
    task: &Refresh<'_>,
    gains: &[u32],
    changed: &SetList,
    control: &Control,
) -> Result<(SetList, Vec<Step>)> {
    let (mut list, mut steps) = (SetList::default(), Vec::new());
    let mut others = SetReader::default();
    let mut other = others.next(changed).map(|(items, count)| (items.to_vec(), count));
    let mut place = 0;
    let mut renamed = Vec::new();
    task.old.each(|items, count| {
        if place % CHECK_EVERY == 0 {
            control.check()?;
        }
        let gain = gains[place];
        place += 1;
        if gain > 0 || count < task.gain.least {
            return Ok(());
        }
        renamed.clear();
        renamed.extend(items.iter().map(|&item| task.numbers[item as usize]));
        while let Some((items, own)) = &mut other {
            let rank = (Reverse(*own), items.len()).cmp(&(Reverse(count), renamed.len()));
            if rank.then_with(|| items.as_slice().cmp(renamed.as_slice())).is_ge() {
                break;
            }
            list.push_ranked(items, *own, &mut steps);
            match others.next(changed) {
                Some((next, count)) => {
                    items.clear();
                    items.extend_from_slice(next);
                    *own = count;
                }
                None => other = None,
            }
        }
        list.push_ranked(&renamed, count, &mut steps);
        Ok(())
    })?;
    while let Some((items, count)) = other {
        list.push_ranked(&items, count, &mut steps);
        other = others.next(changed).map(|(items, count)| (items.to_vec(), count));
    }
    Ok((list, steps))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::index::Vertical;
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
            // Numbers as they are kept: the highest item first, and only what is frequent.
            let frequent = |rows: &[Vec<u32>], least| {
                let sets = brute(rows, 7, least);
                let items = (0..7u32).rev().filter(|item| sets.contains_key(&vec![*item]));
                items.collect::<Vec<u32>>()
            };
            let before = frequent(&rows[..first_new as usize], old_least);
            let now = frequent(&rows, least);
            let mut items: Vec<u32> = before.iter().chain(&now).copied().collect();
            items.sort_unstable();
            items.dedup();
            items.reverse();
            let place = |item: &u32| u32::try_from(items.iter().position(|o| o == item).unwrap());
            let numbers: Vec<u32> = before.iter().map(|item| place(item).unwrap()).collect();
            let mut own = vec![0; 7];
            (0u32..).zip(&before).for_each(|(number, &item)| own[item as usize] = number);
            let kept = old.renumbered(&own).unwrap().ranked().unwrap().0;
            let gain = Gain { data: &data, first_new, old_least, least, memory: 1 << 30 };
            let task = Refresh { old: &kept, numbers: &numbers, items: &items, gain };
            let refreshed = refresh(&task, &Control::default()).unwrap();
            let (ranked, steps) = refreshed.list.ranked().unwrap();
            prop_assert_eq!((&ranked, steps), (&refreshed.list, refreshed.steps));
            let list = refreshed.list.renumbered(&items).unwrap();
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
