//! Association rules from itemsets (Agrawal & Srikant 1994): what is in a transaction that holds
//! other items. The counts of the parts decide, so that no transaction is read.

use std::cmp::Ordering;

use super::derive::{is_subset, refuse_beyond};
use super::itemsets::Target;
use super::lookup::Lookup;
use super::sets::SetList;
use super::share::Share;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::measure::RuleCounts;

/// How many itemsets pass between two looks at the controls.
const CHECK_EVERY: usize = 1 << 12;

/// Which rules are wanted.
pub struct RuleSearch {
    /// The least confidence.
    pub confidence: Share,
    /// Whether the confidence has to be more than that.
    pub strict: bool,
    /// Whether a consequent may have several items.
    pub multi: bool,
    /// Items that every antecedent contains.
    pub left: Vec<u32>,
    /// Items that every consequent contains.
    pub right: Vec<u32>,
    /// Bytes of memory to stay within.
    pub memory: u64,
}

/// A rule: its sides, ascending, and their counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// What a transaction holds.
    pub antecedent: Vec<u32>,
    /// What it then holds as well.
    pub consequent: Vec<u32>,
    /// In how many transactions both are.
    pub both: u64,
    /// In how many the antecedent is.
    pub left: u64,
    /// In how many the consequent is.
    pub right: u64,
}

impl Rule {
    /// The counts, of so many transactions.
    pub fn counts(&self, transactions: u64) -> Option<RuleCounts> {
        RuleCounts::new(self.both, self.left, self.right, transactions)
    }
}

/// Rules on their way to whoever reads them, made one by one.
pub struct Rules {
    sides: Sides,
    splits: std::vec::IntoIter<Split>,
}

/// The itemsets and consequents that splits speak of.
struct Sides {
    lookup: Lookup,
    /// The consequents, one behind the other.
    right: Vec<u32>,
}

/// A rule: an itemset, and which of its items are the consequent.
#[derive(Clone, Copy)]
struct Split {
    place: usize,
    /// Where the consequent begins, and how many items it has.
    start: usize,
    length: u32,
    left: u64,
    right: u64,
}

impl Sides {
    fn right(&self, split: Split) -> &[u32] {
        &self.right[split.start..split.start + split.length as usize]
    }

    fn left(&self, split: Split) -> impl Iterator<Item = &u32> {
        let right = self.right(split);
        self.lookup.items(split.place).iter().filter(|item| !right.contains(item))
    }

    /// The most confident first, then the most frequent, the shortest, in the order of items.
    fn order(&self, one: Split, other: Split) -> Ordering {
        let both = |split: Split| self.lookup.count(split.place);
        let mine = u128::from(both(one)) * u128::from(other.left);
        let theirs = u128::from(both(other)) * u128::from(one.left);
        let size = |split: Split| self.lookup.items(split.place).len();
        theirs
            .cmp(&mine)
            .then_with(|| both(other).cmp(&both(one)))
            .then_with(|| size(one).cmp(&size(other)))
            .then_with(|| self.left(one).cmp(self.left(other)))
            .then_with(|| self.right(one).cmp(self.right(other)))
    }
}

impl Iterator for Rules {
    type Item = Rule;

    fn next(&mut self) -> Option<Rule> {
        let split = self.splits.next()?;
        Some(Rule {
            antecedent: self.sides.left(split).copied().collect(),
            consequent: self.sides.right(split).to_vec(),
            both: self.sides.lookup.count(split.place),
            left: split.left,
            right: split.right,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.splits.size_hint()
    }
}

/// The rules whose sides make up an itemset of a list, the best first. `target` is which itemsets
/// the list has; the parts of closed ones count as often as their most frequent superset. `name`
/// names an itemset whose count would be needed and is not there.
///
/// # Errors
/// [`Error::Query`] when a count is not there, [`Error::Input`] when the memory does not suffice,
/// and when the work is stopped.
pub fn rules(
    list: &SetList,
    target: Target,
    search: &RuleSearch,
    name: &dyn Fn(&[u32]) -> String,
    control: &Control,
) -> Result<Rules> {
    let lookup = Lookup::new(list, 0)?;
    refuse_beyond(lookup.memory() as u64, search.memory)?;
    let closed = (target == Target::Closed).then(|| Closed::new(&lookup));
    let mut finder = Finder {
        lookup: &lookup,
        closed,
        search,
        name,
        splits: Vec::new(),
        consequents: Vec::new(),
        left: Vec::new(),
        right: Vec::new(),
    };
    for place in 0..lookup.len() {
        if place % CHECK_EVERY == 0 {
            control.check()?;
        }
        let items = lookup.items(place);
        if items.len() < 2 {
            continue;
        }
        if is_subset(&search.left, items) && is_subset(&search.right, items) {
            finder.split(place, 0)?;
        }
    }
    let (mut splits, right) = (finder.splits, finder.consequents);
    let sides = Sides { lookup, right };
    splits.sort_unstable_by(|one, other| sides.order(*one, *other));
    Ok(Rules { sides, splits: splits.into_iter() })
}

struct Finder<'f> {
    lookup: &'f Lookup,
    closed: Option<Closed>,
    search: &'f RuleSearch,
    name: &'f dyn Fn(&[u32]) -> String,
    splits: Vec<Split>,
    consequents: Vec<u32>,
    left: Vec<u32>,
    /// The consequent so far.
    right: Vec<u32>,
}

impl Finder<'_> {
    /// Moves each item from a place on to the consequent. A larger consequent is never more
    /// confident, so what fails is not tried with more.
    fn split(&mut self, set: usize, from: usize) -> Result<()> {
        let (items, both) = (self.lookup.items(set), self.lookup.count(set));
        let most = if self.search.multi { items.len() - 1 } else { 1 };
        if self.right.len() >= most {
            return Ok(());
        }
        for place in from..items.len() {
            if self.search.left.contains(&items[place]) {
                continue;
            }
            self.right.push(items[place]);
            self.left.clear();
            self.left.extend(items.iter().filter(|item| !self.right.contains(item)));
            let left = self.count(&self.left)?;
            if self.search.confidence.is_reached(both, left, self.search.strict) {
                if is_subset(&self.search.right, &self.right) {
                    self.take(set, left)?;
                }
                self.split(set, place + 1)?;
            }
            self.right.pop();
        }
        Ok(())
    }

    fn take(&mut self, place: usize, left: u64) -> Result<()> {
        let right = self.count(&self.right)?;
        let (start, length) = (self.consequents.len(), u32::try_from(self.right.len()));
        let length = length.map_err(|_| Error::internal("a consequent is too long"))?;
        self.consequents.extend_from_slice(&self.right);
        self.splits.push(Split { place, start, length, left, right });
        if self.splits.len().is_multiple_of(CHECK_EVERY) {
            let bytes =
                self.splits.capacity() * size_of::<Split>() + self.consequents.capacity() * 4;
            refuse_beyond((self.lookup.memory() + bytes) as u64, self.search.memory)?;
        }
        Ok(())
    }

    fn count(&self, items: &[u32]) -> Result<u64> {
        if let Some(place) = self.lookup.find(items) {
            return Ok(self.lookup.count(place));
        }
        let closed = self.closed.as_ref().and_then(|closed| closed.count(self.lookup, items));
        closed.ok_or_else(|| {
            let name = (self.name)(items);
            Error::query(format!(
                "RULES needs the count of {name}, which is not among the itemsets"
            ))
            .hint(
                "give it all frequent itemsets: no min_size, contains, without, top or WHERE \
                     before RULES; contains_left, contains_right and WHERE after it select rules",
            )
        })
    }
}

/// Closed itemsets by item, the most frequent first.
struct Closed(Vec<Vec<usize>>);

impl Closed {
    fn new(lookup: &Lookup) -> Closed {
        let mut order: Vec<usize> = (0..lookup.len()).collect();
        order.sort_by_key(|&place| std::cmp::Reverse(lookup.count(place)));
        let mut holding: Vec<Vec<usize>> = Vec::new();
        for place in order {
            for &item in lookup.items(place) {
                let item = item as usize;
                if item >= holding.len() {
                    holding.resize_with(item + 1, Vec::new);
                }
                holding[item].push(place);
            }
        }
        Closed(holding)
    }

    /// As often as the most frequent closed itemset that contains it.
    fn count(&self, lookup: &Lookup, items: &[u32]) -> Option<u64> {
        let lists = items.iter().map(|&item| self.0.get(item as usize));
        let shortest = lists.min_by_key(|list| list.map_or(0, Vec::len))??;
        let place = shortest.iter().find(|&&place| is_subset(items, lookup.items(place)))?;
        Some(lookup.count(*place))
    }
}
