//! What new transactions have made frequent, where nearly all that comes near is known.
//!
//! What is not known was in fewer than so many of the old transactions, so it is in more of the new
//! ones than one would expect. These alone are searched, depth first; what is met there and not
//! known is counted in all transactions. Few are, as long as little is new: see [`is_rare`].

use super::bits::{Field, KERNELS};
use super::counter::Counter;
use super::gained::Gain;
use super::holders::Holders;
use super::sink::Sink;
use crate::control::Control;
use crate::error::Result;
use crate::mine::lookup::Lookup;

/// Steps between two looks at the controls.
const CHECK_EVERY: usize = 1 << 20;

/// Below this count none are kept to spare: they would be too many.
const LEAST_WITH_SPARE: u64 = 8;

/// The count down to which itemsets are worth knowing where those of `least` transactions are
/// wanted: what was in fewer is hardly ever made frequent by a hundredth more transactions. They
/// bring it a hundredth of its count, and three times the root of that are seldom exceeded.
///
/// ```
/// use erya::mine::itemsets::spare_floor;
/// assert_eq!(spare_floor(400), 400 - 10);
/// assert_eq!(spare_floor(9), 8);
/// assert_eq!(spare_floor(7), 7);
/// ```
pub fn spare_floor(least: u64) -> u64 {
    match least {
        0..LEAST_WITH_SPARE => least,
        _ => least - least.saturating_add(30 * least.isqrt() + 50) / 100,
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
    let holders = Holders::new(data, items);
    if (root.numbers.len() * holders.words() * 8) as u64 > memory / 4 {
        return Ok(false);
    }
    let mut finder = Finder {
        gain,
        needed,
        known,
        control,
        sink,
        prefix: Vec::new(),
        part: Vec::new(),
        found: Lookup::default(),
        holders,
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

/// The items that extend a prefix, and which new transactions hold it with them: a row each.
#[derive(Default)]
struct Class {
    numbers: Vec<u32>,
    new: Field,
}

struct Finder<'f> {
    gain: &'f Gain<'f>,
    needed: u32,
    known: &'f dyn Fn(&[u32]) -> bool,
    control: &'f Control,
    sink: &'f mut dyn Sink,
    prefix: Vec<u32>,
    part: Vec<u32>,
    /// What was handed over, of two items or more.
    found: Lookup,
    holders: Holders<'f>,
    classes: Vec<Class>,
    others: Vec<u32>,
    counts: Vec<u32>,
    steps: usize,
}

impl Finder<'_> {
    /// The itemsets of the prefix and two or more items of a class, all of which are frequent.
    fn search(&mut self, class: &Class) -> Result<()> {
        // From the last item on, so that what leaves out another one comes before.
        for (place, &number) in class.numbers.iter().enumerate().rev() {
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
            let frequent =
                (self.known)(&self.prefix) || self.has_frequent_parts() && self.is_frequent()?;
            self.prefix.pop();
            if frequent {
                next.numbers.push(number);
                (KERNELS.and)(row, class.new.row(other), next.new.push());
            }
        }
        (self.others, self.counts) = (others, counts);
        Ok(next)
    }

    /// Whether the itemset at hand is frequent without any one of its items. Without one of the
    /// last two it is, or it would not be at hand.
    fn has_frequent_parts(&mut self) -> bool {
        (0..self.prefix.len().saturating_sub(2)).all(|left_out| {
            self.part.clear();
            self.part.extend_from_slice(&self.prefix[..left_out]);
            self.part.extend_from_slice(&self.prefix[left_out + 1..]);
            (self.known)(&self.part) || self.found.find(&self.part).is_some()
        })
    }

    /// Counts the itemset at hand in all transactions, and hands it over if these are enough.
    fn is_frequent(&mut self) -> Result<bool> {
        let count = self.holders.count(&self.prefix);
        self.steps += self.holders.words();
        if u64::from(count) < self.gain.least {
            return Ok(false);
        }
        self.found.insert(&self.prefix, count.into());
        self.sink.take(&self.prefix, count.into())?;
        Ok(true)
    }
}

fn index(place: usize) -> u32 {
    u32::try_from(place).expect("there are fewer than 2³² items")
}
