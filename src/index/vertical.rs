//! Transactions by column: for every item the transactions that hold it, as posting containers.
//!
//! What every mining method starts from. It is read from the postings of a corpus, or made from
//! rows in memory; either way it lies in sealed pieces, and making another form of it is up to the
//! method.

use std::ops::Range;

use super::posting::{CHUNK, Container, Gathered, open, seal};
use crate::error::{Error, Result};

/// Items and the transactions that hold them.
///
/// ```
/// use erya::index::Vertical;
/// let baskets = Vertical::from_rows([[0, 1].as_slice(), &[1], &[]])?;
/// let mut holding = Vec::new();
/// baskets.each(1, |transaction| holding.push(transaction));
/// assert_eq!((baskets.transactions(), baskets.items(), baskets.count(1)), (3, 2, 2));
/// assert_eq!(holding, [0, 1]);
/// # Ok::<(), erya::error::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct Vertical {
    transactions: u32,
    counts: Vec<u32>,
    pieces: Vec<Vec<u8>>,
    /// By item, and within it by chunk, from `starts[item]` to `starts[item + 1]`.
    parts: Vec<Part>,
    starts: Vec<usize>,
}

/// One container of an item.
#[derive(Clone, Copy, Debug)]
struct Part {
    /// The transaction of place 0.
    base: u32,
    piece: u32,
    container: Container,
}

impl Vertical {
    /// Gathers rows of items. An item that a row names twice counts once; the order within a row
    /// does not matter.
    ///
    /// # Errors
    /// [`Error::Input`] beyond 2³² − 1 transactions.
    pub fn from_rows(rows: impl IntoIterator<Item = impl AsRef<[u32]>>) -> Result<Vertical> {
        let mut gathering = Gathering::default();
        for row in rows {
            gathering.row(row.as_ref())?;
        }
        gathering.finish()
    }

    /// How many transactions there are, those without items included.
    pub fn transactions(&self) -> u32 {
        self.transactions
    }

    /// How many items there are: one more than the largest, some may be in no transaction.
    pub fn items(&self) -> u32 {
        u32::try_from(self.counts.len()).unwrap_or(u32::MAX)
    }

    /// In how many transactions an item is.
    pub fn count(&self, item: u32) -> u32 {
        self.counts.get(item as usize).copied().unwrap_or(0)
    }

    /// How often a transaction holds an item: the sum of all counts.
    pub fn postings(&self) -> u64 {
        self.counts.iter().map(|&count| u64::from(count)).sum()
    }

    /// Calls `each` with the numbers of the transactions that hold an item, ascending.
    #[inline]
    pub fn each(&self, item: u32, mut each: impl FnMut(u32)) {
        let item = item as usize;
        let Some((&start, &end)) = self.starts.get(item).zip(self.starts.get(item + 1)) else {
            return;
        };
        for part in &self.parts[start..end] {
            let piece = &self.pieces[part.piece as usize];
            part.container.each(piece, |place| each(part.base | u32::from(place)));
        }
    }

    /// Calls `each` with those of them within a range.
    pub fn each_within(&self, item: u32, range: Range<u32>, mut each: impl FnMut(u32)) {
        let item = item as usize;
        let Some((&start, &end)) = self.starts.get(item).zip(self.starts.get(item + 1)) else {
            return;
        };
        let parts = &self.parts[start..end];
        // Chunks are in order, and the first of the wanted ones is within one of them.
        let first = parts.partition_point(|part| part.base < range.start / CHUNK * CHUNK);
        for part in parts[first..].iter().take_while(|part| part.base < range.end) {
            let piece = &self.pieces[part.piece as usize];
            let first = u16::try_from(range.start.saturating_sub(part.base)).unwrap_or(u16::MAX);
            part.container.each_from(piece, first, |place| {
                let transaction = part.base | u32::from(place);
                if range.contains(&transaction) {
                    each(transaction);
                }
            });
        }
    }

    /// Bytes it takes up.
    pub fn memory(&self) -> usize {
        self.pieces.iter().map(Vec::len).sum::<usize>()
            + self.parts.len() * size_of::<Part>()
            + self.counts.len() * (size_of::<u32>() + size_of::<usize>())
    }

    /// The transactions from one on, which becomes number 0; the items stay as they are.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn after(self, first: u32) -> Result<Vertical> {
        if first == 0 {
            return Ok(self);
        }
        let rows = self.rows(first);
        let mut gathering = Gathering::default();
        gathering.containers.resize_with(self.counts.len(), Gathered::default);
        rows.iter().try_for_each(|row| gathering.row(row))?;
        gathering.finish()
    }

    /// The transactions by row, from one on.
    pub fn rows(&self, first: u32) -> Vec<Vec<u32>> {
        let number = self.transactions.saturating_sub(first) as usize;
        let mut rows = vec![Vec::new(); number];
        for item in 0..self.items() {
            self.each_within(item, first..self.transactions, |transaction| {
                rows[(transaction - first) as usize].push(item);
            });
        }
        rows
    }

    /// From pieces and the chunks they belong to, in order.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when a piece is damaged.
    pub(super) fn from_pieces(
        transactions: u32,
        items: u32,
        pieces: Vec<(u32, Vec<u8>)>,
    ) -> Result<Vertical> {
        let mut vertical =
            Vertical { transactions, counts: vec![0; items as usize], ..Vertical::default() };
        let mut found: Vec<(u32, Part)> = Vec::new();
        for (number, (chunk, bytes)) in (0u32..).zip(pieces) {
            let base = chunk.checked_mul(CHUNK).ok_or_else(super::posting::damaged)?;
            open(&bytes, |item, container| {
                found.push((item, Part { base, piece: number, container }));
            })?;
            vertical.pieces.push(bytes);
        }
        let mut starts = vec![0usize; items as usize + 1];
        for (item, part) in &found {
            let count = vertical.counts.get_mut(*item as usize);
            *count.ok_or_else(super::posting::damaged)? += part.container.count;
            starts[*item as usize + 1] += 1;
        }
        for item in 1..starts.len() {
            starts[item] += starts[item - 1];
        }
        let mut next = starts.clone();
        let nowhere = Part {
            base: 0,
            piece: 0,
            container: Container { shape: super::posting::Shape::Array, count: 0, body: (0, 0) },
        };
        vertical.parts = vec![nowhere; found.len()];
        for (item, part) in found {
            let place = &mut next[item as usize];
            vertical.parts[*place] = part;
            *place += 1;
        }
        vertical.starts = starts;
        Ok(vertical)
    }
}

/// Transactions on their way into a [`Vertical`].
#[derive(Debug, Default)]
pub struct Gathering {
    transactions: u32,
    containers: Vec<Gathered>,
    pieces: Vec<(u32, Vec<u8>)>,
    /// Bytes of the open chunk, at most.
    open: usize,
}

impl Gathering {
    /// Adds a transaction. An item that it names twice counts once.
    ///
    /// # Errors
    /// [`Error::Input`] beyond 2³² − 1 transactions.
    pub fn row(&mut self, items: &[u32]) -> Result<()> {
        let transaction = self.transactions;
        self.transactions = transaction
            .checked_add(1)
            .ok_or_else(|| Error::input("there are more than 4 294 967 295 transactions"))?;
        if transaction > 0 && transaction.is_multiple_of(CHUNK) {
            self.seal(transaction / CHUNK - 1)?;
        }
        #[expect(clippy::cast_possible_truncation)] // the place within its chunk
        let place = transaction as u16;
        self.open += items.len() * 4;
        for &item in items {
            let item = item as usize;
            if item >= self.containers.len() {
                self.containers.resize_with(item + 1, Gathered::default);
            }
            self.containers[item].push(place);
        }
        Ok(())
    }

    fn seal(&mut self, chunk: u32) -> Result<()> {
        let pieces = &mut self.pieces;
        seal(&self.containers, |piece| {
            pieces.push((chunk, piece));
            Ok(())
        })?;
        self.containers.iter_mut().for_each(|container| *container = Gathered::default());
        self.open = self.containers.len() * size_of::<Gathered>();
        Ok(())
    }

    /// Bytes of what has been gathered, near enough for a budget.
    pub fn memory(&self) -> usize {
        let pieces: usize = self.pieces.iter().map(|(_, piece)| piece.len()).sum();
        pieces + self.open
    }

    /// What has been gathered.
    ///
    /// # Errors
    /// None that a caller could cause.
    pub fn finish(mut self) -> Result<Vertical> {
        if self.transactions > 0 {
            self.seal((self.transactions - 1) / CHUNK)?;
        }
        let items = u32::try_from(self.containers.len()).unwrap_or(u32::MAX);
        Vertical::from_pieces(self.transactions, items, self.pieces)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn columns(vertical: &Vertical) -> Vec<Vec<u32>> {
        let column = |item| {
            let mut column = Vec::new();
            vertical.each(item, |transaction| column.push(transaction));
            assert_eq!(vertical.count(item) as usize, column.len());
            column
        };
        (0..vertical.items()).map(column).collect()
    }

    proptest! {
        #[test]
        fn rows_become_columns(
            rows in proptest::collection::vec(proptest::collection::vec(0u32..9, 0..7), 0..50),
            repeats in 1usize..4000,
        ) {
            let all: Vec<&[u32]> =
                rows.iter().map(Vec::as_slice).cycle().take(rows.len() * repeats).collect();
            let vertical = Vertical::from_rows(&all).unwrap();
            let items = rows.iter().flatten().max().map_or(0, |item| item + 1);
            let mut wanted = vec![Vec::new(); items as usize];
            for (transaction, row) in (0u32..).zip(&all) {
                for &item in &row.iter().copied().collect::<BTreeSet<u32>>() {
                    wanted[item as usize].push(transaction);
                }
            }
            let [first, end] = [3, 2].map(|part| u32::try_from(all.len() / part).unwrap());
            for (item, wanted) in (0u32..).zip(&wanted) {
                let mut some = Vec::new();
                vertical.each_within(item, first..end, |transaction| some.push(transaction));
                prop_assert!(wanted.iter().filter(|row| (first..end).contains(*row)).eq(&some));
            }
            prop_assert_eq!(columns(&vertical), wanted);
            prop_assert_eq!(vertical.transactions() as usize, all.len());
        }
    }
}
