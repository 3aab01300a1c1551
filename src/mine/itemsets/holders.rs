//! The transactions that hold an itemset, where itemsets are asked for that share their first items
//! with the one before.

use super::bits::{Field, KERNELS, WORD};
use crate::index::Vertical;

/// To look for a transaction in a row of bits takes about as long as to go over so many words.
const WORDS_A_LOOK: usize = 4;

/// Counts itemsets in all transactions.
pub(super) struct Holders<'h> {
    rows: Rows<'h>,
    /// The items that were last asked for but the last, and who holds the first of them, the first
    /// two, and so on.
    numbers: Vec<u32>,
    held: Vec<Held>,
    counts: Vec<u32>,
}

/// Some transactions: a list where they are few.
enum Held {
    Few(Vec<u32>),
    Bits(Vec<u64>),
}

/// The transactions that hold each item, by its number.
struct Rows<'h> {
    data: &'h Vertical,
    /// The items that the numbers stand for.
    items: &'h [u32],
    /// The bits of all transactions, in one row; none until they are asked for.
    bits: Vec<Field>,
}

impl<'h> Holders<'h> {
    /// Of itemsets of these items, given by their numbers.
    pub(super) fn new(data: &'h Vertical, items: &'h [u32]) -> Self {
        let bits = items.iter().map(|_| Field::default()).collect();
        let rows = Rows { data, items, bits };
        Holders { rows, numbers: Vec::new(), held: Vec::new(), counts: Vec::new() }
    }

    /// How many words a row of bits has.
    pub(super) fn words(&self) -> usize {
        self.rows.words()
    }

    /// How many transactions hold an itemset.
    pub(super) fn count(&mut self, numbers: &[u32]) -> u32 {
        let Some((&last, before)) = numbers.split_last() else {
            return self.rows.data.transactions();
        };
        let same = self.numbers.iter().zip(before).take_while(|(one, other)| one == other).count();
        self.numbers.truncate(same);
        self.held.truncate(same);
        for &number in &before[same..] {
            let held = self.held_with(number);
            self.held.push(held);
            self.numbers.push(number);
        }
        match self.held.last() {
            None => self.rows.count(last),
            Some(Held::Few(list)) => {
                let row = self.rows.bits(last).row(0);
                list.iter().map(|&transaction| u32::from(contains(row, transaction))).sum()
            }
            Some(Held::Bits(bits)) if self.rows.are_few(last) => {
                let mut count = 0;
                self.rows.each(last, |transaction| count += u32::from(contains(bits, transaction)));
                count
            }
            Some(Held::Bits(bits)) => {
                (KERNELS.counts)(bits, self.rows.bits(last), &[0], &mut self.counts);
                self.counts[0]
            }
        }
    }

    /// Who holds the items at hand and another one.
    fn held_with(&mut self, number: u32) -> Held {
        let are_few = self.rows.are_few(number);
        match self.held.last() {
            None if are_few => Held::Few(self.rows.list(number)),
            None => Held::Bits(self.rows.bits(number).row(0).to_vec()),
            Some(Held::Few(list)) => Held::Few(kept(list.clone(), self.rows.bits(number).row(0))),
            Some(Held::Bits(bits)) if are_few => Held::Few(kept(self.rows.list(number), bits)),
            Some(Held::Bits(bits)) => {
                let mut both = vec![0; bits.len()];
                (KERNELS.and)(bits, self.rows.bits(number).row(0), &mut both);
                Held::Bits(both)
            }
        }
    }
}

impl Rows<'_> {
    fn words(&self) -> usize {
        (self.data.transactions() as usize).div_ceil(WORD)
    }

    fn count(&self, number: u32) -> u32 {
        self.data.count(self.items[number as usize])
    }

    /// Whether it is quicker to look for each transaction that holds an item than to go over all.
    fn are_few(&self, number: u32) -> bool {
        self.count(number) as usize <= self.words() / WORDS_A_LOOK
    }

    fn each(&self, number: u32, each: impl FnMut(u32)) {
        self.data.each(self.items[number as usize], each);
    }

    fn list(&self, number: u32) -> Vec<u32> {
        let mut list = Vec::with_capacity(self.count(number) as usize);
        self.each(number, |transaction| list.push(transaction));
        list
    }

    fn bits(&mut self, number: u32) -> &Field {
        if self.bits[number as usize].bits.is_empty() {
            let mut field = Field::default();
            field.reset(0, self.words());
            let row = field.push();
            self.each(number, |transaction| {
                row[transaction as usize / WORD] |= 1 << (transaction as usize % WORD);
            });
            self.bits[number as usize] = field;
        }
        &self.bits[number as usize]
    }
}

#[inline]
fn contains(row: &[u64], transaction: u32) -> bool {
    row[transaction as usize / WORD] >> (transaction as usize % WORD) & 1 == 1
}

/// What a row has of a list. Nothing branches on what is there by chance.
fn kept(mut list: Vec<u32>, row: &[u64]) -> Vec<u32> {
    let mut kept = 0;
    for at in 0..list.len() {
        let transaction = list[at];
        list[kept] = transaction;
        kept += usize::from(contains(row, transaction));
    }
    list.truncate(kept);
    list
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_are_those_of_brute_force(
            rows in proptest::collection::vec(
                proptest::collection::btree_set(0u32..6, 0..6), 1..600),
            asked in proptest::collection::vec(
                proptest::collection::btree_set(0u32..8, 0..5), 0..40),
        ) {
            // The last two items are rare, and the first transaction holds all.
            let whole = |(mut row, number): (BTreeSet<u32>, u32)| {
                row.extend((0..6).filter(|_| number == 0));
                row.extend((6..8).filter(|item| number == 0 || number % 100 == item * 7));
                row.into_iter().collect::<Vec<u32>>()
            };
            let rows: Vec<Vec<u32>> = rows.into_iter().zip(0..).map(whole).collect();
            let data = Vertical::from_rows(&rows).unwrap();
            let items: Vec<u32> = (0..8).rev().collect();
            let mut holders = Holders::new(&data, &items);
            for set in asked {
                let naive = rows.iter().filter(|row| set.iter().all(|item| row.contains(item)));
                let numbers: Vec<u32> = set.iter().rev().map(|item| 7 - item).collect();
                prop_assert_eq!(holders.count(&numbers) as usize, naive.count());
            }
        }
    }
}
