//! Itemsets from itemsets: what a stricter search would find, without the transactions.
//!
//! All frequent itemsets, or the closed ones (from which the others follow with their counts), say
//! everything about any higher support (Pasquier et al. 1999). Maximal ones and generators do not.

use super::itemsets::Target;
use super::lookup::{Lookup, each_without_one};
use super::sets::SetList;
use crate::control::Control;
use crate::error::{Error, Result};

/// How many itemsets pass between two looks at the controls.
const CHECK_EVERY: usize = 1 << 14;

/// Whether itemsets of one kind say which there are of another, at a higher support.
pub fn is_derivable(from: Target, to: Target) -> bool {
    from == to && from != Target::Maximal || matches!(from, Target::All | Target::Closed)
}

/// The itemsets of a kind with at least `least` transactions, of `transactions`, from a list of
/// all or of the closed ones at that count or a lower one, or of the same kind.
///
/// # Errors
/// When the memory does not suffice or the work is stopped.
pub fn derive(
    (list, from): (&SetList, Target),
    to: Target,
    (least, transactions): (u64, u64),
    memory: u64,
    control: &Control,
) -> Result<SetList> {
    if from == to {
        return filtered(list, |_, count| count >= least);
    }
    let mut lookup = Lookup::new(list, least)?;
    if from == Target::Closed {
        if to == Target::Maximal {
            return maximal_of_closed(&lookup, control);
        }
        lookup = all_of_closed(lookup, memory, control)?;
        if to == Target::All {
            let mut all = SetList::default();
            (0..lookup.len()).for_each(|place| all.push(lookup.items(place), lookup.count(place)));
            return Ok(all);
        }
    }
    marked(&lookup, to, transactions, control)
}

/// Those that a condition holds for.
pub fn filtered(list: &SetList, mut keep: impl FnMut(&[u32], u64) -> bool) -> Result<SetList> {
    let mut kept = SetList::default();
    list.each(|items, count| {
        if keep(items, count) {
            kept.push(items, count);
        }
        Ok(())
    })?;
    Ok(kept)
}

/// From all: every itemset is held against those of one item less.
fn marked(lookup: &Lookup, to: Target, transactions: u64, control: &Control) -> Result<SetList> {
    let mut dropped = vec![false; lookup.len()];
    let mut rest = Vec::new();
    for place in 0..lookup.len() {
        if place % CHECK_EVERY == 0 {
            control.check()?;
        }
        let (items, count) = (lookup.items(place), lookup.count(place));
        if to == Target::Generators && items.len() == 1 {
            dropped[place] = count == transactions;
        }
        each_without_one(items, &mut rest, |part| {
            let Some(part) = lookup.find(part) else { return };
            let equal = lookup.count(part) == count;
            match to {
                Target::Closed => dropped[part] |= equal,
                Target::Maximal => dropped[part] = true,
                Target::Generators => dropped[place] |= equal,
                Target::All => {}
            }
        });
    }
    let mut kept = SetList::default();
    for (place, _) in dropped.iter().enumerate().filter(|(_, dropped)| !**dropped) {
        kept.push(lookup.items(place), lookup.count(place));
    }
    Ok(kept)
}

/// Every part of a closed itemset is frequent, as often as its most frequent closed superset.
fn all_of_closed(closed: Lookup, memory: u64, control: &Control) -> Result<Lookup> {
    let mut order: Vec<usize> = (0..closed.len()).collect();
    order.sort_by_key(|&place| std::cmp::Reverse(closed.count(place)));
    let mut all = Lookup::default();
    let mut rest = Vec::new();
    let mut pending = Vec::new();
    for (number, place) in order.into_iter().enumerate() {
        let count = closed.count(place);
        pending.push(closed.items(place).to_vec());
        // What is there already has all its parts there, with counts no lower.
        while let Some(items) = pending.pop() {
            if !all.insert(&items, count) {
                continue;
            }
            each_without_one(&items, &mut rest, |part| {
                if !part.is_empty() && all.find(part).is_none() {
                    pending.push(part.to_vec());
                }
            });
            if all.len().is_multiple_of(CHECK_EVERY) {
                control.check()?;
                refuse_beyond(all.memory() as u64, memory)?;
            }
        }
        if number % CHECK_EVERY == 0 {
            control.check()?;
        }
    }
    Ok(all)
}

/// A closed itemset is maximal when it is part of no other that is frequent.
fn maximal_of_closed(closed: &Lookup, control: &Control) -> Result<SetList> {
    let items = (0..closed.len()).flat_map(|place| closed.items(place)).max();
    let mut holding: Vec<Vec<usize>> = vec![Vec::new(); items.map_or(0, |item| *item as usize + 1)];
    for place in 0..closed.len() {
        closed.items(place).iter().for_each(|&item| holding[item as usize].push(place));
    }
    let mut kept = SetList::default();
    for place in 0..closed.len() {
        if place % (CHECK_EVERY / 64) == 0 {
            control.check()?;
        }
        let items = closed.items(place);
        let rarest = items.iter().map(|&item| &holding[item as usize]).min_by_key(|own| own.len());
        let is_part = rarest.is_some_and(|candidates| {
            candidates.iter().any(|&other| {
                let larger = closed.items(other);
                larger.len() > items.len() && is_subset(items, larger)
            })
        });
        if !is_part {
            kept.push(items, closed.count(place));
        }
    }
    Ok(kept)
}

/// Whether all items of an ascending list are in another.
pub fn is_subset(items: &[u32], of: &[u32]) -> bool {
    let mut of = of.iter();
    items.iter().all(|item| of.by_ref().find(|other| *other >= item) == Some(item))
}

/// Refuses what does not fit.
pub(super) fn refuse_beyond(bytes: u64, memory: u64) -> Result<()> {
    if bytes <= memory {
        return Ok(());
    }
    let message = format!("the itemsets take more than the {} MB that are allowed", memory >> 20);
    Err(Error::input(message).hint("a higher support gives fewer; SET memory = … allows more"))
}
