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
use crate::index::prefetch;
use crate::mine::derive::refuse_beyond;

/// How many transactions ahead items are asked for.
const AHEAD: usize = 12;
/// No row.
const NONE: usize = usize::MAX;
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

/// Hands over the itemsets that are frequent now and were not.
///
/// # Errors
/// When the memory does not suffice or the work is stopped, and what the sink returns.
pub fn gained(gain: &Gain<'_>, control: &Control, sink: &mut dyn Sink) -> Result<()> {
    let items = Items::of(gain)?;
    let mut finder = Finder::new(gain, &items, control, sink);
    (0..items.items.len()).try_for_each(|code| finder.branch(code))
}

/// How often at least an itemset that was not frequent occurs in the new transactions.
fn needed(gain: &Gain<'_>) -> u64 {
    (gain.least + 1).saturating_sub(gain.old_least).max(1)
}

/// The items that may be in what is looked for, the rarest first, and all transactions in their
/// places, ascending.
struct Items {
    items: Vec<Item>,
    /// Where the places of each transaction begin.
    starts: Vec<u32>,
    places: Vec<u32>,
}

#[derive(Clone, Copy)]
struct Item {
    item: u32,
    count: u32,
    new: u32,
}

impl Items {
    fn of(gain: &Gain<'_>) -> Result<Self> {
        let Gain { data, first_new, .. } = *gain;
        let mut items = Vec::new();
        for item in 0..data.items() {
            let count = data.count(item);
            if u64::from(count) < gain.least {
                continue;
            }
            let mut new = 0;
            data.each_within(item, first_new..data.transactions(), |_| new += 1);
            if u64::from(new) >= needed(gain) {
                items.push(Item { item, count, new });
            }
        }
        items.sort_by_key(|item| item.count);
        let postings: u64 = items.iter().map(|item| u64::from(item.count)).sum();
        let transactions = data.transactions() as usize;
        refuse_beyond((postings + transactions as u64) * 4, gain.memory)?;
        // Counted one behind, so that in the end each place holds where its transaction begins.
        let mut starts = vec![0u32; transactions + 2];
        for item in &items {
            data.each(item.item, |transaction| starts[transaction as usize + 2] += 1);
        }
        for place in 1..starts.len() {
            starts[place] += starts[place - 1];
        }
        let mut places = vec![0; starts.last().map_or(0, |end| *end as usize)];
        for (place, item) in (0u32..).zip(&items) {
            data.each(item.item, |transaction| {
                let next = &mut starts[transaction as usize + 1];
                places[*next as usize] = place;
                *next += 1;
            });
        }
        Ok(Items { items, starts, places })
    }

    /// Calls `each` with the number of each of some transactions and the items in it behind one of
    /// them; those to come are asked for in time, for they lie far apart.
    #[inline]
    fn each_behind(&self, transactions: &[u32], code: u32, mut each: impl FnMut(usize, usize)) {
        for (number, &transaction) in transactions.iter().enumerate() {
            if let Some(&later) = transactions.get(number + AHEAD) {
                prefetch(&self.places, self.starts[later as usize + 1] as usize);
            }
            self.behind(transaction, code, |other| each(number, other));
        }
    }

    #[inline]
    fn behind(&self, transaction: u32, code: u32, mut each: impl FnMut(usize)) {
        let range = self.starts[transaction as usize]..self.starts[transaction as usize + 1];
        for &place in self.places[range.start as usize..range.end as usize].iter().rev() {
            if place <= code {
                break;
            }
            each(place as usize);
        }
    }
}

/// An item that may extend a prefix.
#[derive(Clone, Copy)]
struct Entry {
    item: u32,
    old: u32,
    new: u32,
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
    items: &'f Items,
    /// How often at least an itemset that was not frequent occurs in the new transactions.
    needed: u32,
    control: &'f Control,
    sink: &'f mut dyn Sink,
    prefix: Vec<u32>,
    sorted: Vec<u32>,
    /// The old and the new transactions of the item at hand.
    holding: (Vec<u32>, Vec<u32>),
    /// By item, how many of the old and the new transactions of the one at hand hold it.
    together: Vec<(u32, u32)>,
    /// By item, its row in the class of the one at hand; beyond all rows for none.
    lines: Vec<usize>,
    /// Rows of a class, and what they have in common with a mask.
    rows: Vec<u32>,
    common: (Vec<u32>, Vec<u32>),
    classes: Vec<Class>,
    steps: usize,
}

impl<'f> Finder<'f> {
    fn new(
        gain: &'f Gain<'f>,
        items: &'f Items,
        control: &'f Control,
        sink: &'f mut dyn Sink,
    ) -> Self {
        Finder {
            gain,
            items,
            needed: u32::try_from(needed(gain)).unwrap_or(u32::MAX),
            control,
            sink,
            prefix: Vec::new(),
            sorted: Vec::new(),
            holding: (Vec::new(), Vec::new()),
            together: vec![(0, 0); items.items.len()],
            lines: vec![NONE; items.items.len()],
            rows: Vec::new(),
            common: (Vec::new(), Vec::new()),
            classes: Vec::new(),
            steps: 0,
        }
    }

    /// The itemsets of an item and those behind it.
    fn branch(&mut self, code: usize) -> Result<()> {
        let Item { item, count, new } = self.items.items[code];
        self.prefix.push(item);
        self.report(count - new, new)?;
        let others = self.others(code);
        if !others.is_empty() {
            let class = self.class(code, &others);
            self.search(&class)?;
            self.classes.push(class);
        }
        self.prefix.pop();
        Ok(())
    }

    /// The items behind one that are frequent with it, and in enough new transactions.
    fn others(&mut self, code: usize) -> Vec<u32> {
        let Gain { data, first_new, least, .. } = *self.gain;
        let (items, together, needed) = (self.items, &mut self.together, self.needed);
        let (item, place) = (items.items[code].item, number(code));
        together[code + 1..].fill((0, 0));
        let (old, new) = &mut self.holding;
        new.clear();
        data.each_within(item, first_new..data.transactions(), |transaction| new.push(transaction));
        let mut most = 0;
        items.each_behind(new, place, |_, other| {
            together[other].1 += 1;
            most = most.max(together[other].1);
        });
        if most < needed {
            return Vec::new();
        }
        old.clear();
        data.each(item, |transaction| old.push(transaction));
        old.truncate(old.len() - new.len());
        items.each_behind(old, place, |_, other| together[other].0 += 1);
        self.steps += items.items[code].count as usize * 8;
        let wanted = |other: &u32| {
            let (old, new) = together[*other as usize];
            new >= needed && u64::from(old + new) >= least
        };
        (place + 1..number(items.items.len())).filter(wanted).collect()
    }

    /// The class of an item and others behind it.
    fn class(&mut self, code: usize, others: &[u32]) -> Class {
        let mut class = self.classes.pop().unwrap_or_default();
        let Item { count, new, .. } = self.items.items[code];
        class.reset(count - new, new);
        // The row behind the last takes what is not wanted.
        let all = others.len();
        class.old.reset(all + 1, class.old.words);
        class.new.reset(all + 1, class.new.words);
        for (line, &other) in others.iter().enumerate() {
            self.lines[other as usize] = line;
            let (old, new) = self.together[other as usize];
            let item = self.items.items[other as usize].item;
            class.entries.push(Entry { item, old, new });
        }
        let parts = [(&self.holding.0, &mut class.old), (&self.holding.1, &mut class.new)];
        for (transactions, field) in parts {
            let (words, bits) = (field.words, &mut field.bits);
            self.items.each_behind(transactions, number(code), |place, other| {
                let line = self.lines[other].min(all);
                bits[line * words + place / WORD] |= 1 << (place % WORD);
            });
        }
        others.iter().for_each(|&other| self.lines[other as usize] = NONE);
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
        self.rows.retain(|_| new.next().is_some_and(|&new| new >= self.needed));
        self.common.1.retain(|&new| new >= self.needed);
        (KERNELS.counts)(masks.0, &class.old, &self.rows, &mut self.common.0);
        for ((&row, &old), &new) in self.rows.iter().zip(&self.common.0).zip(&self.common.1) {
            if u64::from(old + new) < self.gain.least {
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
    fn report(&mut self, old: u32, new: u32) -> Result<()> {
        self.steps += 1;
        if self.steps >= CHECK_EVERY {
            self.steps = 0;
            self.control.check()?;
        }
        if u64::from(old) >= self.gain.old_least {
            return Ok(());
        }
        self.sorted.clone_from(&self.prefix);
        self.sorted.sort_unstable();
        self.sink.take(&self.sorted, u64::from(old + new))
    }
}

impl Class {
    fn reset(&mut self, old: u32, new: u32) {
        self.entries.clear();
        let words = |count: u32| (count as usize).div_ceil(WORD);
        self.old.reset(0, words(old));
        self.new.reset(0, words(new));
    }
}

fn number(place: usize) -> u32 {
    u32::try_from(place).expect("there are fewer than 2³² items")
}
