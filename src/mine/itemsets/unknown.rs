//! What new transactions have made frequent, where nearly all that comes near is known.
//!
//! What is not known was in fewer than so many of the old transactions, so it is in more of the new
//! ones than one would expect. These alone are searched, depth first; what is met there and not
//! known is counted in all transactions. Few are, as long as little is new: see [`is_rare`].

use super::bits::{Field, KERNELS, WORD};
use super::counter::Counter;
use super::gained::Gain;
use super::sink::Sink;
use crate::control::Control;
use crate::error::Result;

/// Steps between two looks at the controls.
const CHECK_EVERY: usize = 1 << 20;

/// Below this count none are kept to spare: they would be too many.
const LEAST_WITH_SPARE: u64 = 8;

/// The count down to which itemsets are worth knowing where those of `least` transactions are
/// wanted: what was in fewer is hardly ever made frequent by a hundredth more transactions. They
/// bring it a hundredth of its count, and twice the root of that is seldom exceeded.
///
/// ```
/// use erya::mine::itemsets::spare_floor;
/// assert_eq!(spare_floor(400), 400 - 8);
/// assert_eq!(spare_floor(9), 8);
/// assert_eq!(spare_floor(7), 7);
/// ```
pub fn spare_floor(least: u64) -> u64 {
    match least {
        0..LEAST_WITH_SPARE => least,
        _ => least - least.saturating_add(20 * least.isqrt() + 50) / 100,
    }
}

/// Whether it is unlikely that something unknown is frequent now.
pub fn is_rare(gain: &Gain<'_>) -> bool {
    let all = gain.data.transactions();
    let expected = f64::from(all - gain.first_new) * gain.least as f64 / f64::from(all);
    gain.needed() > 1 && gain.needed() as f64 > expected + 2.0 * expected.sqrt()
}

/// Hands over the itemsets that are frequent now and not known, as numbers of `items`, whose new
/// transactions are those of `new`. All that
/// was in `gain.old_least` of the old transactions and is frequent now has to be known. False
/// where the memory does not suffice; then nothing was handed over.
///
/// # Errors
/// When the work is stopped, and what the sink returns.
pub fn unknown(
    gain: &Gain<'_>,
    items: &[u32],
    new: &Counter,
    known: &dyn Fn(&[u32]) -> bool,
    control: &Control,
    sink: &mut dyn Sink,
) -> Result<bool> {
    let Gain { data, least, memory, .. } = *gain;
    let needed = u32::try_from(gain.needed()).unwrap_or(u32::MAX);
    let mut root = Class::default();
    root.new.reset(0, new.rows().words);
    for (number, &item) in (0u32..).zip(items) {
        if u64::from(data.count(item)) < least {
            continue;
        }
        let row = new.rows().row(number);
        if row.iter().map(|word| word.count_ones()).sum::<u32>() >= needed {
            root.numbers.push(number);
            root.new.push().copy_from_slice(row);
        }
    }
    let all = words(data.transactions());
    if (root.numbers.len() * all * 8) as u64 > memory / 4 {
        return Ok(false);
    }
    let rows = items.iter().map(|_| Vec::new()).collect();
    let (held, both) = (vec![0; all], vec![0; all]);
    let mut finder = Finder {
        gain,
        items,
        needed,
        known,
        control,
        sink,
        prefix: Vec::new(),
        rows,
        held_for: Vec::new(),
        held,
        both,
        classes: Vec::new(),
        others: Vec::new(),
        counts: Vec::new(),
        steps: 0,
    };
    for &number in &root.numbers {
        if !known(&[number]) {
            finder.sink.take(&[number], data.count(items[number as usize]).into())?;
        }
    }
    finder.search(&root)?;
    Ok(true)
}

fn words(transactions: u32) -> usize {
    (transactions as usize).div_ceil(WORD)
}

/// The items that extend a prefix, and which new transactions hold it with them: a row each.
#[derive(Default)]
struct Class {
    numbers: Vec<u32>,
    new: Field,
}

struct Finder<'f> {
    gain: &'f Gain<'f>,
    items: &'f [u32],
    needed: u32,
    known: &'f dyn Fn(&[u32]) -> bool,
    control: &'f Control,
    sink: &'f mut dyn Sink,
    prefix: Vec<u32>,
    /// By number, all transactions that hold the item; empty until it is asked for.
    rows: Vec<Vec<u64>>,
    /// The prefix that all transactions were last asked for, and those that hold it.
    held_for: Vec<u32>,
    held: Vec<u64>,
    both: Vec<u64>,
    classes: Vec<Class>,
    others: Vec<u32>,
    counts: Vec<u32>,
    steps: usize,
}

impl Finder<'_> {
    /// The itemsets of the prefix and two or more items of a class, all of which are frequent.
    fn search(&mut self, class: &Class) -> Result<()> {
        for (place, &number) in class.numbers.iter().enumerate() {
            self.prefix.push(number);
            let next = self.next(class, place)?;
            self.search(&next)?;
            self.classes.push(next);
            self.prefix.pop();
        }
        Ok(())
    }

    /// The class of an item of a class.
    fn next(&mut self, class: &Class, place: usize) -> Result<Class> {
        let mut next = self.classes.pop().unwrap_or_default();
        next.numbers.clear();
        next.new.reset(0, class.new.words);
        let (first, end) = (index(place), index(class.numbers.len()));
        let row = class.new.row(first);
        let (mut others, mut counts) =
            (std::mem::take(&mut self.others), std::mem::take(&mut self.counts));
        others.clear();
        others.extend(first + 1..end);
        (KERNELS.counts)(row, &class.new, &others, &mut counts);
        self.steps += others.len() * class.new.words + 8;
        if self.steps >= CHECK_EVERY {
            self.steps = 0;
            self.control.check()?;
        }
        for (&other, &new) in others.iter().zip(&counts) {
            if new < self.needed {
                continue;
            }
            let number = class.numbers[other as usize];
            self.prefix.push(number);
            let frequent = (self.known)(&self.prefix) || self.is_frequent()?;
            self.prefix.pop();
            if frequent {
                next.numbers.push(number);
                (KERNELS.and)(row, class.new.row(other), next.new.push());
            }
        }
        (self.others, self.counts) = (others, counts);
        Ok(next)
    }

    /// Counts the itemset at hand in all transactions, and hands it over if these are enough.
    fn is_frequent(&mut self) -> Result<bool> {
        let Some((&last, before)) = self.prefix.split_last() else { return Ok(false) };
        for &number in &self.prefix {
            let row = &mut self.rows[number as usize];
            if row.is_empty() {
                row.resize(self.held.len(), 0);
                self.gain.data.each(self.items[number as usize], |transaction| {
                    row[transaction as usize / WORD] |= 1 << (transaction as usize % WORD);
                });
            }
        }
        if self.held_for != before {
            self.held_for.clear();
            self.held_for.extend_from_slice(before);
            self.held.fill(u64::MAX);
            for &number in before {
                (KERNELS.and)(&self.held, &self.rows[number as usize], &mut self.both);
                std::mem::swap(&mut self.held, &mut self.both);
            }
        }
        let count = (KERNELS.and)(&self.held, &self.rows[last as usize], &mut self.both);
        self.steps += self.held.len();
        if u64::from(count) < self.gain.least {
            return Ok(false);
        }
        self.sink.take(&self.prefix, count.into())?;
        Ok(true)
    }
}

fn index(place: usize) -> u32 {
    u32::try_from(place).expect("there are fewer than 2³² items")
}
