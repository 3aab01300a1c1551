//! Frequent itemsets brought up to date after transactions were added (after the idea of FUP,
//! Cheung, Han, Ng & Wong 1996): exact, and writing little but what is new.
//!
//! What was frequent is counted in the new transactions only; what was not is looked for in them
//! by [`gained`]. The list itself stays as it is: what its itemsets have gained is kept beside it,
//! and so are those that have come later.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::derive::refuse_beyond;
use super::gains::{GainStep, Gains};
use super::grown::{Grown, reaches};
use super::itemsets::{Counter, Gain, Sink, gained, is_rare, unknown};
use super::lookup::Lookup;
use super::ranking::Ranking;
use super::sets::{SetList, SetReader, Step};
use crate::control::Control;
use crate::error::Result;

/// How many itemsets pass between two looks at the controls.
const CHECK_EVERY: u64 = 1 << 14;

/// What has changed.
pub struct Refresh<'r> {
    /// All frequent itemsets of the old transactions; of its list, some may be so no longer. The
    /// numbers are what those in the list are now.
    pub old: Grown<'r>,
    /// Where each count of the list ends.
    pub steps: &'r [Step],
    /// What each number in those that came later is now; ascending.
    pub numbers: &'r [u32],
    /// The item of the transactions that each of the present numbers stands for; all items that
    /// are frequent now are among them.
    pub items: &'r [u32],
    /// The transactions and the least counts.
    pub gain: Gain<'r>,
    /// How many transactions there were when the list was made, and a count that all in it had
    /// and all not in it had not.
    pub made: (u32, u64),
}

/// What holds now.
#[derive(Debug, Default)]
pub struct Refreshed {
    /// What the itemsets of the list have gained since it was made.
    pub gains: Gains,
    /// Where that ends for each count of the list.
    pub steps: Vec<GainStep>,
    /// Those that have come later, ranked.
    pub later: SetList,
    /// Where each count ends among them.
    pub later_steps: Vec<Step>,
    /// For each count that itemsets have now, the highest first, how many have it or a higher one.
    pub counts: Vec<(u64, u64)>,
    /// How many of the list are not frequent.
    pub gone: u64,
    /// What is other than before.
    pub changes: Changes,
}

impl Refreshed {
    /// How far the gains take the itemsets of the list, of which is known where counts end.
    pub fn reaches(&self, steps: &[Step]) -> Vec<u64> {
        let gained = steps.iter().zip(&self.steps);
        reaches(gained.map(|(step, gained)| (step.count, gained.most)))
    }
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

/// Brings the frequent itemsets of the old transactions up to date with all, and tells what is
/// other than before.
///
/// # Errors
/// When the memory does not suffice or the work is stopped.
pub fn refresh(task: &Refresh<'_>, control: &Control) -> Result<Refreshed> {
    let mut refreshed = Refreshed::default();
    let mut counter = Counter::new(&task.gain, task.items);
    let mut held = FxHashMap::default();
    let (first_new, old_least) = task.made;
    let since = Gain { first_new, old_least, ..task.gain };
    let since = Some(since).filter(is_rare);
    let needed = since.map_or(u64::MAX, |since| since.needed());
    let mut known = Known { needed, ..Known::default() };
    recount(task, control, &mut counter, &mut held, &mut refreshed, &mut known)?;
    let mut ranking = Ranking::default();
    recount_later(task, &mut counter, &mut ranking, &mut refreshed.changes, &mut known)?;
    let found = newcomers(task, since.as_ref(), (&known, counter), &mut ranking, control)?;
    refreshed.changes.added = known.returned + found;
    (refreshed.later, refreshed.later_steps) = SetList::packed(ranking);
    let mut before = 0;
    for step in &refreshed.later_steps {
        *held.entry(step.count).or_default() += step.number - before;
        before = step.number;
    }
    refreshed.counts = held.into_iter().collect();
    refreshed.counts.sort_unstable_by_key(|(count, _)| Reverse(*count));
    let mut all = 0;
    for (_, number) in &mut refreshed.counts {
        all += *number;
        *number = all;
    }
    Ok(refreshed)
}

/// Itemsets that are frequent now, and need not be counted again.
#[derive(Default)]
struct Known {
    /// Those that have gained so much are all among them.
    needed: u64,
    /// So are those that were not frequent before.
    sets: Lookup,
    /// How many these are.
    returned: u64,
}

/// Counts those of the list in the new transactions, and says how many have each count now.
fn recount(
    task: &Refresh<'_>,
    control: &Control,
    counter: &mut Counter,
    held: &mut FxHashMap<u64, u64>,
    refreshed: &mut Refreshed,
    known: &mut Known,
) -> Result<()> {
    let Gain { old_least, least, memory, .. } = task.gain;
    let number = |item: u32| task.old.number(item);
    let (mut reader, mut old_gains) = (SetReader::default(), task.old.gains.reader());
    let mut renamed = Vec::new();
    let Refreshed { gains, steps, gone, changes, .. } = refreshed;
    // How many of a count have gained how much, and which gains these are.
    let (mut by_gain, mut different): (Vec<u64>, Vec<u64>) = Default::default();
    let mut place = 0;
    for step in task.steps {
        let (mut most, mut before) = (0, 0);
        while place < step.number {
            let Some((items, shared, count)) = reader.next_shared(task.old.base) else { break };
            if place % CHECK_EVERY == 0 {
                control.check()?;
                refuse_beyond(gains.bytes().len() as u64, memory)?;
            }
            place += 1;
            before = count;
            let new = counter.count(items, shared, number);
            let old = old_gains.next(task.old.gains);
            let gain = old + new;
            gains.push(gain);
            most = most.max(gain);
            let (was, is) = (count + old >= old_least, count + gain >= least);
            changes.changed += u64::from(was && is && new > 0);
            changes.removed += u64::from(was && !is);
            *gone += u64::from(!is);
            if is && (!was || gain >= known.needed) {
                renamed.clear();
                renamed.extend(items.iter().map(|&item| number(item)));
                known.sets.insert(&renamed, count + gain);
                known.returned += u64::from(!was);
            }
            let place = usize::try_from(gain).unwrap_or(usize::MAX);
            if by_gain.len() <= place {
                by_gain.resize(place + 1, 0);
            }
            if by_gain[place] == 0 {
                different.push(gain);
            }
            by_gain[place] += 1;
        }
        for gain in different.drain(..) {
            let number = std::mem::take(&mut by_gain[usize::try_from(gain).unwrap_or(usize::MAX)]);
            if before + gain >= least {
                *held.entry(before + gain).or_default() += number;
            }
        }
        steps.push(GainStep { most, end: gains.bytes().len() });
    }
    Ok(())
}

/// Counts those that came later in the new transactions, and ranks those that are still frequent.
fn recount_later(
    task: &Refresh<'_>,
    counter: &mut Counter,
    ranking: &mut Ranking,
    changes: &mut Changes,
    known: &mut Known,
) -> Result<()> {
    let number = |item: u32| task.numbers[item as usize];
    let mut reader = SetReader::default();
    let mut renamed = Vec::new();
    counter.begin();
    while let Some((items, shared, count)) = reader.next_shared(task.old.later) {
        let new = counter.count(items, shared, number);
        if count + new < task.gain.least {
            changes.removed += 1;
            continue;
        }
        changes.changed += u64::from(new > 0);
        renamed.clear();
        renamed.extend(items.iter().map(|&item| number(item)));
        ranking.push(&renamed, count + new);
        if known.needed < u64::MAX {
            known.sets.insert(&renamed, count + new);
        }
    }
    Ok(())
}

/// Adds what has become frequent and is not known, and says how much that is. `since` is what is
/// new since the list was made, where that may be searched alone; `counter` has what is new now.
fn newcomers(
    task: &Refresh<'_>,
    since: Option<&Gain<'_>>,
    (known, counter): (&Known, Counter),
    ranking: &mut Ranking,
    control: &Control,
) -> Result<u64> {
    let (numbers, items, memory) = (None, Vec::new(), task.gain.memory);
    let known = &known.sets;
    let mut sink = Newcomers { numbers, known, ranking, items, number: 0, memory };
    if let Some(since) = since {
        let is_known = |items: &[u32]| known.find(items).is_some();
        let is_same = since.first_new == task.gain.first_new;
        let new = if is_same { counter } else { Counter::new(since, task.items) };
        if unknown(since, task.items, &new, &is_known, control, &mut sink)? {
            return Ok(sink.number);
        }
    }
    let mut numbers = vec![0; task.gain.data.items() as usize];
    for (number, &item) in (0u32..).zip(task.items) {
        numbers[item as usize] = number;
    }
    sink.numbers = Some(&numbers);
    gained(&task.gain, control, &mut sink)?;
    Ok(sink.number)
}

/// Takes what has become frequent.
struct Newcomers<'n> {
    /// The present numbers of the items of the transactions, where it comes as these.
    numbers: Option<&'n [u32]>,
    /// Those that are counted already.
    known: &'n Lookup,
    ranking: &'n mut Ranking,
    items: Vec<u32>,
    /// How many there are.
    number: u64,
    memory: u64,
}

impl Sink for Newcomers<'_> {
    fn take(&mut self, items: &[u32], count: u64) -> Result<()> {
        let number = |&item: &u32| self.numbers.map_or(item, |numbers| numbers[item as usize]);
        self.items.clear();
        self.items.extend(items.iter().map(number));
        self.items.sort_unstable();
        if self.known.find(&self.items).is_some() {
            return Ok(());
        }
        self.ranking.push(&self.items, count);
        self.number += 1;
        if self.number.is_multiple_of(CHECK_EVERY) {
            refuse_beyond(self.ranking.memory() as u64, self.memory)?;
        }
        Ok(())
    }
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

    /// Itemsets as they are kept.
    struct Kept {
        base: SetList,
        base_steps: Vec<Step>,
        base_items: Vec<u32>,
        gains: Gains,
        reaches: Vec<u64>,
        later: SetList,
        items: Vec<u32>,
        made: (u32, u64),
    }

    /// The items that are frequent, the highest first: so are they numbered here.
    fn frequent(sets: &BTreeMap<Vec<u32>, u64>) -> Vec<u32> {
        (0..7u32).rev().filter(|item| sets.contains_key(&vec![*item])).collect()
    }

    fn numbers(of: &[u32], among: &[u32]) -> Vec<u32> {
        let place = |item: &u32| among.iter().position(|own| own == item).unwrap();
        of.iter().map(|item| u32::try_from(place(item)).unwrap()).collect()
    }

    impl Kept {
        fn new(sets: &BTreeMap<Vec<u32>, u64>, made: (u32, u64)) -> Kept {
            let items = frequent(sets);
            let mut own = vec![0; 7];
            (0u32..).zip(&items).for_each(|(number, &item)| own[item as usize] = number);
            let (base, base_steps) = list(sets).renumbered(&own).unwrap().ranked().unwrap();
            let reaches = reaches(base_steps.iter().map(|step| (step.count, 0)));
            let (gains, later, base_items) = (Gains::default(), SetList::default(), items.clone());
            Kept { base, base_steps, base_items, gains, reaches, later, items, made }
        }

        /// Brought up to date, and all that is said of it held against `now`.
        fn grown(self, gain: Gain<'_>, now: &BTreeMap<Vec<u32>, u64>) -> Kept {
            let (Gain { least, old_least, .. }, old) = (gain, &self);
            let mut items: Vec<u32> = old.items.iter().copied().chain(frequent(now)).collect();
            items.sort_unstable_by(|one, other| other.cmp(one));
            items.dedup();
            let of_base = numbers(&old.base_items, &items);
            let grown = Grown {
                base: &old.base,
                numbers: Some(&of_base),
                gains: &old.gains,
                reaches: &old.reaches,
                later: &old.later,
            };
            let task = Refresh {
                old: grown,
                steps: &old.base_steps,
                numbers: &numbers(&old.items, &items),
                items: &items,
                gain,
                made: old.made,
            };
            let refreshed = refresh(&task, &Control::default()).unwrap();
            let later = &refreshed.later;
            let before = Grown { numbers: Some(&numbers(&old.base_items, &old.items)), ..grown };
            let before = before.ranked(old_least).0.renumbered(&old.items).unwrap();
            let reaches = refreshed.reaches(&old.base_steps);
            let grown = Grown { gains: &refreshed.gains, reaches: &reaches, later, ..grown };
            let (all, steps) = grown.ranked(least);
            let counts: Vec<(u64, u64)> =
                steps.iter().map(|step| (step.count, step.number)).collect();
            let all = all.renumbered(&items).unwrap();
            assert_eq!(&map(&all), now);
            assert_eq!(refreshed.changes, compare(&before, &all).unwrap());
            assert_eq!(refreshed.counts, counts);
            assert_eq!(refreshed.gone, old.base.len() + later.len() - all.len());
            let ranked = later.ranked().unwrap();
            assert_eq!((&ranked.0, &ranked.1), (later, &refreshed.later_steps));
            let Refreshed { gains, later, .. } = refreshed;
            Kept { gains, reaches, later, items, ..self }
        }
    }

    proptest! {
        #[test]
        fn refreshed_is_mined_anew(
            rows in rows(),
            cuts in proptest::collection::vec((0.0f64..1.0, 0u64..4), 1..5),
            least in 1u64..12,
            spare in 0u64..5,
        ) {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            let mut cuts: Vec<(u32, u64)> = cuts
                .into_iter()
                .map(|(share, more)| ((rows.len() as f64 * share) as u32, more))
                .collect();
            cuts.sort_unstable();
            cuts.push((u32::try_from(rows.len()).unwrap(), 0));
            let (mut end, mut least) = (cuts[0].0, least);
            let floor = least.saturating_sub(spare).max(1);
            let mut kept = Kept::new(&brute(&rows[..end as usize], 7, floor), (end, floor));
            for (next, more) in cuts.into_iter().skip(1) {
                let (first_new, old_least) = (end, least);
                (end, least) = (next, least + more);
                let rows = &rows[..end as usize];
                let data = Vertical::from_rows(rows).unwrap();
                let data = &data;
                let gain = Gain { data, first_new, old_least, least, memory: 1 << 30 };
                kept = kept.grown(gain, &brute(rows, 7, least));
            }
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
