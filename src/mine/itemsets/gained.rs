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
/// Items that fewer than one in so many transactions hold are searched by row.
const SPARSE: u64 = 24;
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
    let items = Items::wanted(gain);
    let postings: u64 = items.iter().map(|item| u64::from(item.count)).sum();
    let all = items.len() as u64 * u64::from(gain.data.transactions());
    if postings * SPARSE > all {
        refuse_beyond(all / 8, gain.memory)?;
        let root = root(gain, &items);
        return Finder::new(gain, &Items::default(), control, sink).search(&root);
    }
    let items = Items::new(gain, items, postings)?;
    let mut finder = Finder::new(gain, &items, control, sink);
    (0..items.items.len()).try_for_each(|code| finder.branch(code))
}

/// The class of the items themselves.
fn root(gain: &Gain<'_>, items: &[Item]) -> Class {
    let mut class = Class::default();
    let Gain { data, first_new, .. } = *gain;
    class.reset(first_new, data.transactions() - first_new);
    for &Item { item, count, new } in items {
        class.entries.push(Entry { item, old: count - new, new });
        let (old, new) = (class.old.push(), class.new.push());
        data.each(item, |transaction| {
            let (row, place) = match transaction.checked_sub(first_new) {
                None => (&mut *old, transaction as usize),
                Some(place) => (&mut *new, place as usize),
            };
            row[place / WORD] |= 1 << (place % WORD);
        });
    }
    class
}

impl Gain<'_> {
    /// How often at least an itemset that was not frequent occurs in the new transactions.
    pub fn needed(&self) -> u64 {
        (self.least + 1).saturating_sub(self.old_least).max(1)
    }
}

/// The items that may be in what is looked for, the rarest first, and all transactions in their
/// places, ascending.
#[derive(Default)]
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
    /// Those that are frequent and in enough new transactions.
    fn wanted(gain: &Gain<'_>) -> Vec<Item> {
        let Gain { data, first_new, .. } = *gain;
        let mut items = Vec::new();
        for item in 0..data.items() {
            let count = data.count(item);
            if u64::from(count) < gain.least {
                continue;
            }
            let mut new = 0;
            data.each_within(item, first_new..data.transactions(), |_| new += 1);
            if u64::from(new) >= gain.needed() {
                items.push(Item { item, count, new });
            }
        }
        items.sort_by_key(|item| item.count);
        items
    }

    fn new(gain: &Gain<'_>, items: Vec<Item>, postings: u64) -> Result<Self> {
        let data = gain.data;
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
    old: Vec<u32>,
    new: Vec<u32>,
    /// The places of the items that enough of its new transactions hold.
    others: Vec<u32>,
    /// By place, how many of them hold it; 0 but while they are counted.
    together: Vec<u32>,
    /// By place, its row in the class of the one at hand; beyond all rows for none.
    lines: Vec<usize>,
    /// Rows of a class, and what they have in common with a mask.
    rows: Vec<u32>,
    common: Common,
    classes: Vec<Class>,
    steps: usize,
}

/// Counts of rows.
#[derive(Default)]
struct Common {
    old: Vec<u32>,
    new: Vec<u32>,
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
            needed: u32::try_from(gain.needed()).unwrap_or(u32::MAX),
            control,
            sink,
            prefix: Vec::new(),
            sorted: Vec::new(),
            old: Vec::new(),
            new: Vec::new(),
            others: Vec::new(),
            together: vec![0; items.items.len()],
            lines: vec![NONE; items.items.len()],
            rows: Vec::new(),
            common: Common::default(),
            classes: Vec::new(),
            steps: 0,
        }
    }

    /// The itemsets of an item and those behind it.
    fn branch(&mut self, code: usize) -> Result<()> {
        let Item { item, count, new } = self.items.items[code];
        self.prefix.push(item);
        self.report(count - new, new)?;
        self.hold(code);
        if !self.others.is_empty() {
            let class = self.class(code);
            self.search(&class)?;
            self.classes.push(class);
        }
        self.prefix.pop();
        Ok(())
    }

    /// Finds the new transactions of an item, and the items behind it that enough of them hold.
    fn hold(&mut self, code: usize) {
        let Gain { data, first_new, .. } = *self.gain;
        let (items, together, others) = (self.items, &mut self.together, &mut self.others);
        let new = &mut self.new;
        new.clear();
        data.each_within(items.items[code].item, first_new..data.transactions(), |transaction| {
            new.push(transaction)
        });
        others.clear();
        items.each_behind(new, number(code), |_, other| {
            if together[other] == 0 {
                others.push(number(other));
            }
            together[other] += 1;
        });
        let needed = self.needed;
        others.retain(|&other| std::mem::take(&mut together[other as usize]) >= needed);
        others.sort_unstable();
    }

    /// The class of an item and those others.
    fn class(&mut self, code: usize) -> Class {
        let mut class = self.classes.pop().unwrap_or_default();
        let Item { item, count, new } = self.items.items[code];
        class.reset(count - new, new);
        // The row behind the last takes what is not wanted.
        let all = self.others.len();
        class.old.reset(all + 1, class.old.words);
        class.new.reset(all + 1, class.new.words);
        for (line, &other) in self.others.iter().enumerate() {
            self.lines[other as usize] = line;
        }
        self.old.clear();
        let old = &mut self.old;
        self.gain.data.each(item, |transaction| old.push(transaction));
        old.truncate((count - new) as usize);
        for (transactions, field) in [(&*old, &mut class.old), (&self.new, &mut class.new)] {
            let (words, bits) = (field.words, &mut field.bits);
            self.items.each_behind(transactions, number(code), |place, other| {
                let line = self.lines[other].min(all);
                bits[line * words + place / WORD] |= 1 << (place % WORD);
            });
        }
        self.others.iter().for_each(|&other| self.lines[other as usize] = NONE);
        self.steps += count as usize * 8;
        self.keep_frequent(&mut class);
        class
    }

    /// Leaves the rows of a class that are frequent, those of `others`.
    fn keep_frequent(&mut self, class: &mut Class) {
        let Common { old, new } = &mut self.common;
        self.rows.clear();
        self.rows.extend(0..number(self.others.len()));
        for (field, counts) in [(&mut class.old, &mut *old), (&mut class.new, &mut *new)] {
            // The row of what is not wanted stands for the transactions themselves.
            let mask = self.rows.len() * field.words;
            field.bits[mask..].fill(u64::MAX);
            (KERNELS.counts)(&field.bits[mask..], field, &self.rows, counts);
        }
        for (row, &other) in self.others.iter().enumerate() {
            let (old, new) = (old[row], new[row]);
            if u64::from(old + new) < self.gain.least {
                continue;
            }
            for field in [&mut class.old, &mut class.new] {
                let (from, to) = (row * field.words, class.entries.len() * field.words);
                field.bits.copy_within(from..from + field.words, to);
            }
            let item = self.items.items[other as usize].item;
            class.entries.push(Entry { item, old, new });
        }
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
        let (rows, common, needed) = (&mut self.rows, &mut self.common, self.needed);
        rows.clear();
        rows.extend(place + 1..number(class.entries.len()));
        (KERNELS.counts)(masks.1, &class.new, rows, &mut common.new);
        let mut new = common.new.iter();
        rows.retain(|_| new.next().is_some_and(|&new| new >= needed));
        common.new.retain(|&new| new >= needed);
        (KERNELS.counts)(masks.0, &class.old, rows, &mut common.old);
        self.steps += rows.len() * class.old.words + 8;
        let mut kept = 0;
        for place in 0..rows.len() {
            let (row, old, new) = (rows[place], common.old[place], common.new[place]);
            if u64::from(old + new) >= self.gain.least {
                next.entries.push(Entry { item: class.entries[row as usize].item, old, new });
                rows[kept] = row;
                kept += 1;
            }
        }
        // One alone has nothing behind it.
        if kept > 1 {
            for &row in &rows[..kept] {
                (KERNELS.extract)(masks.0, class.old.row(row), next.old.push());
                (KERNELS.extract)(masks.1, class.new.row(row), next.new.push());
            }
        }
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
