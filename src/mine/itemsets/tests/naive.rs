//! Brute force: every subset of every transaction, and the targets by their definitions.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::super::{Search, Target};

/// An itemset and its count.
pub(super) type Found = (Vec<u32>, u64);

/// The answer to a search, in ascending order; in order of rank where it wants the top.
pub(super) fn mine(rows: &[Vec<u32>], search: &Search) -> Vec<Found> {
    let counts = counts(rows);
    let frequent: BTreeMap<&Vec<u32>, u64> = counts
        .iter()
        .filter(|(_, count)| **count >= search.min_count)
        .map(|(set, count)| (set, *count))
        .collect();
    let mut found: Vec<Found> = frequent
        .iter()
        .filter(|(set, count)| is_target(set, **count, &frequent, search.target))
        .filter(|(set, _)| is_wanted(set, search))
        .map(|(set, count)| ((*set).clone(), *count))
        .collect();
    if let Some(top) = search.top {
        found.sort_by_key(|(set, count)| (Reverse(*count), set.len(), set.clone()));
        found.truncate(top);
    }
    found
}

fn counts(rows: &[Vec<u32>]) -> BTreeMap<Vec<u32>, u64> {
    let mut counts = BTreeMap::from([(Vec::new(), rows.len() as u64)]);
    for row in rows {
        let items: Vec<u32> = row.iter().copied().collect::<BTreeSet<u32>>().into_iter().collect();
        for mask in 1u32..1 << items.len() {
            let chosen = (0..items.len()).filter(|place| mask >> place & 1 == 1);
            *counts.entry(chosen.map(|place| items[place]).collect()).or_default() += 1;
        }
    }
    counts
}

fn is_target(set: &[u32], count: u64, frequent: &BTreeMap<&Vec<u32>, u64>, target: Target) -> bool {
    let includes = |large: &[u32], small: &[u32]| {
        large.len() > small.len() && small.iter().all(|item| large.contains(item))
    };
    let mut others = frequent.iter().map(|(other, count)| (other.as_slice(), *count));
    match target {
        Target::All => true,
        Target::Closed => !others.any(|(other, same)| same == count && includes(other, set)),
        Target::Maximal => !others.any(|(other, _)| includes(other, set)),
        Target::Generators => !others.any(|(other, same)| same == count && includes(set, other)),
    }
}

fn is_wanted(set: &[u32], search: &Search) -> bool {
    let max = if search.max_size == 0 { usize::MAX } else { search.max_size };
    !set.is_empty()
        && search.min_size <= set.len()
        && set.len() <= max
        && search.contains.iter().all(|item| set.contains(item))
        && !search.without.iter().any(|item| set.contains(item))
}
