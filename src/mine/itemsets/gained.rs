//! What new transactions have made frequent.
//!
//! A depth-first search of the itemsets that the new transactions hold, each with the bits of the
//! old transactions that hold it too. An itemset was not frequent if the old ones are too few, so
//! that nothing need be known of those that were; it had at most one less than the old least
//! count, so it occurs in the new ones as often as makes up for the rest. Rarest items come first.

use super::bits::{Field, KERNELS, WORD};
use super::sink::Sink;
use crate::control::Control;
use crate::error::Result;
use crate::index::Vertical;

/// Steps between two looks at the controls.
const CHECK_EVERY: usize = 1 << 20;

/// Old and new transactions, and the least counts before and now, which is no lower.
#[derive(Clone, Copy)]
pub struct Gain<'g> {
    /// All transactions, the old ones first.
    pub data: &'g Vertical,
    /// The first of the new ones.
    pub first_new: u32,
    /// The least count among the old ones.
    pub old_least: u64,
    /// The least count among all.
    pub least: u64,
    /// Bytes of memory to stay within.
    pub memory: u64,
}

/// Hands over the itemsets that are frequent now and were not; false, and nothing handed over,
/// where the memory does not suffice for the bitmaps of the items that are in new transactions.
///
/// # Errors
/// When the work is stopped, and what the sink returns.
pub fn gained(gain: &Gain<'_>, control: &Control, sink: &mut dyn Sink) -> Result<bool> {
    let mut items = Items::of(gain);
    let bytes = items.0.len() as u64 * u64::from(gain.data.transactions()) / 8;
    if bytes > gain.memory / 4 {
        return Ok(false);
    }
    let rows = items.rows(gain);
    let mut holding: Vec<Vec<u32>> = vec![Vec::new(); items.0.len()];
    for (row, own) in (0u32..).zip(&rows) {
        own.iter().for_each(|&code| holding[code as usize].push(row));
    }
    let mut finder = Finder::new(gain, items.0.len(), control, sink);
    for (code, own) in holding.iter().enumerate() {
        finder.branch(&mut items, &rows, code, own)?;
    }
    Ok(true)
}

/// How often at least an itemset that was not frequent occurs in the new transactions.
fn needed(gain: &Gain<'_>) -> u64 {
    (gain.least + 1).saturating_sub(gain.old_least).max(1)
}

/// The items that may be in what is looked for, the rarest first.
struct Items(Vec<Item>);

struct Item {
    item: u32,
    count: u64,
    new: u64,
    /// The old and the new transactions that hold it, once they are asked for.
    bits: Option<(Vec<u64>, Vec<u64>)>,
}

impl Items {
    fn of(gain: &Gain<'_>) -> Self {
        let mut items = Vec::new();
        for item in 0..gain.data.items() {
            let count = u64::from(gain.data.count(item));
            if count < gain.least {
                continue;
            }
            let mut new = 0;
            gain.data.each_from(item, gain.first_new, |_| new += 1);
            if new >= needed(gain) {
                items.push(Item { item, count, new, bits: None });
            }
        }
        items.sort_by_key(|item| item.count);
        Items(items)
    }

    /// The new transactions as places among the items, ascending.
    fn rows(&self, gain: &Gain<'_>) -> Vec<Vec<u32>> {
        let number = gain.data.transactions().saturating_sub(gain.first_new);
        let mut rows = vec![Vec::new(); number as usize];
        for (code, item) in (0u32..).zip(&self.0) {
            gain.data.each_from(item.item, gain.first_new, |transaction| {
                rows[(transaction - gain.first_new) as usize].push(code);
            });
        }
        rows
    }

    /// Makes sure of the bits of an item.
    fn prepare(&mut self, gain: &Gain<'_>, code: usize) {
        let own = &mut self.0[code];
        if own.bits.is_some() {
            return;
        }
        let new = gain.data.transactions().saturating_sub(gain.first_new);
        let mut bits = (empty(gain.first_new), empty(new));
        gain.data.each(own.item, |transaction| match transaction.checked_sub(gain.first_new) {
            None => set(&mut bits.0, transaction),
            Some(later) => set(&mut bits.1, later),
        });
        own.bits = Some(bits);
    }
}

fn empty(bits: u32) -> Vec<u64> {
    vec![0; (bits as usize).div_ceil(WORD)]
}

fn set(bits: &mut [u64], place: u32) {
    bits[place as usize / WORD] |= 1 << (place as usize % WORD);
}

/// An item that may extend a prefix.
#[derive(Clone, Copy)]
struct Entry {
    item: u32,
    old: u64,
    new: u64,
}

/// The items that may extend a prefix, and which transactions of it hold them: a row each.
#[derive(Default)]
struct Class {
    entries: Vec<Entry>,
    old: Field,
    new: Field,
}

struct Finder<'f> {
    gain: &'f Gain<'f>,
    /// How often at least an itemset that was not frequent occurs in the new transactions.
    needed: u64,
    control: &'f Control,
    sink: &'f mut dyn Sink,
    prefix: Vec<u32>,
    sorted: Vec<u32>,
    /// By place among the items, how many new transactions hold it too; 0 between two branches.
    together: Vec<u64>,
    /// Rows of a class, and what two kinds of transactions they have in common with a mask.
    rows: Vec<u32>,
    common: (Vec<u32>, Vec<u32>),
    classes: Vec<Class>,
    steps: usize,
}

impl<'f> Finder<'f> {
    fn new(gain: &'f Gain<'f>, items: usize, control: &'f Control, sink: &'f mut dyn Sink) -> Self {
        Finder {
            gain,
            needed: needed(gain),
            control,
            sink,
            prefix: Vec::new(),
            sorted: Vec::new(),
            together: vec![0; items],
            rows: Vec::new(),
            common: (Vec::new(), Vec::new()),
            classes: Vec::new(),
            steps: 0,
        }
    }

    /// The itemsets of an item and those behind it; `own` are the new rows that hold it.
    fn branch(
        &mut self,
        items: &mut Items,
        rows: &[Vec<u32>],
        code: usize,
        own: &[u32],
    ) -> Result<()> {
        let Item { item, count, new, .. } = items.0[code];
        self.prefix.push(item);
        self.report(count - new, new)?;
        let mut others = Vec::new();
        for &row in own {
            let behind = rows[row as usize].iter().rev();
            for &other in behind.take_while(|other| **other as usize > code) {
                let together = &mut self.together[other as usize];
                if *together == 0 {
                    others.push(other);
                }
                *together += 1;
            }
        }
        let together = &mut self.together;
        others.retain(|&other| {
            let new = std::mem::take(&mut together[other as usize]);
            new >= self.needed
        });
        if !others.is_empty() {
            others.sort_unstable();
            let class = self.class(items, code, &others);
            self.search(&class)?;
            self.classes.push(class);
        }
        self.prefix.pop();
        Ok(())
    }

    /// The class of an item, of those of some others that are frequent with it.
    fn class(&mut self, items: &mut Items, code: usize, others: &[u32]) -> Class {
        let mut class = self.classes.pop().unwrap_or_default();
        let Item { item, count, new, .. } = items.0[code];
        let old = count - new;
        class.reset(old, new);
        items.prepare(self.gain, code);
        others.iter().for_each(|&other| items.prepare(self.gain, other as usize));
        let mut transactions = Vec::new();
        let first_new = self.gain.first_new;
        // Few transactions are looked up one by one.
        let is_rare = old < u64::from(first_new) / 128;
        if is_rare {
            let is_old = |transaction: &u32| *transaction < first_new;
            self.gain.data.each(item, |transaction| transactions.push(transaction));
            transactions.truncate(transactions.partition_point(is_old));
        }
        for &other in others {
            let (Some(mask), Some(own)) = (&items.0[code].bits, &items.0[other as usize].bits)
            else {
                continue;
            };
            let line = class.old.push();
            if is_rare {
                for (place, &transaction) in (0u32..).zip(&transactions) {
                    let bit =
                        own.0[transaction as usize / WORD] >> (transaction as usize % WORD) & 1;
                    line[place as usize / WORD] |= bit << (place as usize % WORD);
                }
            } else {
                (KERNELS.extract)(&mask.0, &own.0, line);
            }
            let old = ones(line);
            let line = class.new.push();
            (KERNELS.extract)(&mask.1, &own.1, line);
            let entry = Entry { item: items.0[other as usize].item, old, new: ones(line) };
            if entry.old + entry.new >= self.gain.least {
                class.entries.push(entry);
            } else {
                class.old.pop();
                class.new.pop();
            }
            self.steps += class.old.words + 1;
        }
        class
    }

    /// The itemsets of the prefix and the items of a class.
    fn search(&mut self, class: &Class) -> Result<()> {
        let all = number(class.entries.len());
        for place in 0..all {
            let Entry { item, old, new } = class.entries[place as usize];
            self.prefix.push(item);
            self.report(old, new)?;
            if place + 1 < all {
                let next = self.next(class, place);
                if !next.entries.is_empty() {
                    self.search(&next)?;
                }
                self.classes.push(next);
            }
            self.prefix.pop();
        }
        Ok(())
    }

    /// The class of an item of a class.
    fn next(&mut self, class: &Class, place: u32) -> Class {
        let mut next = self.classes.pop().unwrap_or_default();
        let Entry { old, new, .. } = class.entries[place as usize];
        next.reset(old, new);
        let masks = (class.old.row(place), class.new.row(place));
        self.rows.clear();
        self.rows.extend(place + 1..number(class.entries.len()));
        (KERNELS.counts)(masks.1, &class.new, &self.rows, &mut self.common.1);
        let mut new = self.common.1.iter();
        self.rows.retain(|_| new.next().is_some_and(|&new| u64::from(new) >= self.needed));
        self.common.1.retain(|&new| u64::from(new) >= self.needed);
        (KERNELS.counts)(masks.0, &class.old, &self.rows, &mut self.common.0);
        for ((&row, &old), &new) in self.rows.iter().zip(&self.common.0).zip(&self.common.1) {
            let (old, new) = (u64::from(old), u64::from(new));
            if old + new < self.gain.least {
                continue;
            }
            next.entries.push(Entry { item: class.entries[row as usize].item, old, new });
            (KERNELS.extract)(masks.0, class.old.row(row), next.old.push());
            (KERNELS.extract)(masks.1, class.new.row(row), next.new.push());
        }
        self.steps += self.rows.len() * class.old.words + 8;
        next
    }

    /// Hands over the itemset at hand if it was not frequent.
    fn report(&mut self, old: u64, new: u64) -> Result<()> {
        self.steps += 1;
        if self.steps >= CHECK_EVERY {
            self.steps = 0;
            self.control.check()?;
        }
        if old >= self.gain.old_least {
            return Ok(());
        }
        self.sorted.clone_from(&self.prefix);
        self.sorted.sort_unstable();
        self.sink.take(&self.sorted, old + new)
    }
}

impl Class {
    fn reset(&mut self, old: u64, new: u64) {
        self.entries.clear();
        let words = |count: u64| usize::try_from(count).unwrap_or(usize::MAX).div_ceil(WORD);
        self.old.reset(0, words(old));
        self.new.reset(0, words(new));
    }
}

fn ones(words: &[u64]) -> u64 {
    words.iter().map(|word| u64::from(word.count_ones())).sum()
}

fn number(place: usize) -> u32 {
    u32::try_from(place).expect("there are fewer than 2³² items")
}
