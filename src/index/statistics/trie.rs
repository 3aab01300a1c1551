//! The statistics of n-grams as a trie in columns.
//!
//! Rows stand level by level (all units, then all pairs, …), within a level in the order of their
//! symbols, so that the extensions of an n-gram are neighbours in the next level. Each row knows
//! its prefix and its suffix, both one unit shorter and, having at least its count, always there:
//! any split of an n-gram is reached by walking, without a hash table.

use crate::index::layout::MAX_ORDER;
use crate::index::window::{BOUNDARY, FIRST_SYMBOL};

/// No row.
pub(super) const NONE: u32 = u32::MAX;

/// The number of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row(pub u32);

/// All n-grams of a corpus with at least `floor` occurrences.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Statistics {
    /// The smallest count in it.
    pub floor: u64,
    /// The longest n-gram in it.
    pub order: usize,
    /// Distinct n-grams of each length, those below the floor included.
    pub types: [u64; MAX_ORDER],
    /// Where each length begins, and the end.
    pub(super) starts: Vec<usize>,
    /// By symbol, the row of the unit.
    pub(super) units: Vec<u32>,
    pub(super) columns: Columns,
}

/// One entry a row in each.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) struct Columns {
    pub symbol: Vec<u32>,
    pub prefix: Vec<u32>,
    pub suffix: Vec<u32>,
    /// The first extension; those of a row end where those of the next row begin.
    pub children: Vec<u32>,
    pub count: Vec<u64>,
    pub left_edge: Vec<u64>,
    pub right_edge: Vec<u64>,
    pub left_distinct: Vec<u32>,
    pub right_distinct: Vec<u32>,
    pub left_entropy: Vec<f64>,
    pub right_entropy: Vec<f64>,
}

/// Bytes of one row, for a budget.
pub(super) const ROW_BYTES: usize = 4 * 6 + 8 * 5;

impl Statistics {
    /// Rows of all lengths.
    pub fn len(&self) -> usize {
        self.columns.symbol.len()
    }

    /// Whether nothing is frequent enough to be in it.
    pub fn is_empty(&self) -> bool {
        self.columns.symbol.is_empty()
    }

    /// The rows of n-grams of one length.
    pub fn rows(&self, length: usize) -> impl Iterator<Item = Row> + use<> {
        let bound = |level: usize| self.starts.get(level).copied().unwrap_or(self.len());
        let range = if length == 0 { 0..0 } else { bound(length - 1)..bound(length) };
        range.map(|row| Row(u32::try_from(row).unwrap_or(NONE)))
    }

    /// How many units the n-gram of a row has.
    pub fn length(&self, row: Row) -> usize {
        self.starts.partition_point(|&start| start <= row.0 as usize)
    }

    /// The row of an n-gram.
    pub fn find(&self, symbols: &[u32]) -> Option<Row> {
        let (&first, rest) = symbols.split_first()?;
        let mut row = self.unit(first)?;
        for &symbol in rest {
            row = self.child(row, symbol)?;
        }
        Some(row)
    }

    /// The row of a unit.
    pub fn unit(&self, symbol: u32) -> Option<Row> {
        self.units.get(symbol as usize).filter(|&&row| row != NONE).map(|&row| Row(row))
    }

    /// The rows that extend a row by one unit to the right.
    pub fn children(&self, row: Row) -> std::ops::Range<u32> {
        let at = row.0 as usize;
        let next = self.columns.children.get(at + 1).copied();
        let end = next.unwrap_or_else(|| u32::try_from(self.len()).unwrap_or(NONE));
        self.columns.children[at]..end
    }

    /// The row of an n-gram extended by one unit.
    pub fn child(&self, row: Row, symbol: u32) -> Option<Row> {
        let children = self.children(row);
        let symbols = &self.columns.symbol[children.start as usize..children.end as usize];
        let place = symbols.binary_search(&symbol).ok()?;
        Some(Row(children.start + u32::try_from(place).unwrap_or(NONE)))
    }

    /// The n-gram without its last unit.
    pub fn prefix(&self, row: Row) -> Option<Row> {
        Some(self.columns.prefix[row.0 as usize]).filter(|&row| row != NONE).map(Row)
    }

    /// The n-gram without its first unit.
    pub fn suffix(&self, row: Row) -> Option<Row> {
        Some(self.columns.suffix[row.0 as usize]).filter(|&row| row != NONE).map(Row)
    }

    /// The last unit of an n-gram.
    pub fn last_symbol(&self, row: Row) -> u32 {
        self.columns.symbol[row.0 as usize]
    }

    /// Writes the symbols of an n-gram.
    pub fn symbols(&self, row: Row, symbols: &mut Vec<u32>) {
        symbols.clear();
        let mut at = Some(row);
        while let Some(row) = at {
            symbols.push(self.last_symbol(row));
            at = self.prefix(row);
        }
        symbols.reverse();
    }

    /// How often an n-gram occurs.
    pub fn count(&self, row: Row) -> u64 {
        self.columns.count[row.0 as usize]
    }

    /// How often it stands at the left and at the right edge of a run; `None` at the full order.
    pub fn edges(&self, row: Row) -> Option<(u64, u64)> {
        let at = row.0 as usize;
        self.is_complete(row).then(|| (self.columns.left_edge[at], self.columns.right_edge[at]))
    }

    /// Entropies of the left and the right neighbour in nats, an edge being one neighbour of its
    /// own; `None` at the full order.
    pub fn entropies(&self, row: Row) -> Option<(f64, f64)> {
        let at = row.0 as usize;
        let columns = &self.columns;
        self.is_complete(row).then(|| (columns.left_entropy[at], columns.right_entropy[at]))
    }

    /// Distinct left and right neighbours, every occurrence at an edge being one more (Feng et al.
    /// 2004); `None` at the full order.
    pub fn varieties(&self, row: Row) -> Option<(u64, u64)> {
        let at = row.0 as usize;
        let columns = &self.columns;
        let (left, right) = self.edges(row)?;
        Some((
            u64::from(columns.left_distinct[at]) + left,
            u64::from(columns.right_distinct[at]) + right,
        ))
    }

    /// Calls `each` with the left and right part of every split of an n-gram.
    pub fn splits(&self, row: Row, mut each: impl FnMut(Row, Row)) {
        let mut lefts = [row; MAX_ORDER];
        let mut depth = 0;
        let mut at = self.prefix(row);
        while let Some(left) = at {
            lefts[depth] = left;
            depth += 1;
            at = self.prefix(left);
        }
        let mut right = row;
        for place in (0..depth).rev() {
            let Some(shorter) = self.suffix(right) else { return };
            right = shorter;
            each(lefts[place], right);
        }
    }

    fn is_complete(&self, row: Row) -> bool {
        (row.0 as usize) < self.starts.get(self.order - 1).copied().unwrap_or(0)
    }

    /// Fills what follows from the symbols: the rows of units and the suffixes.
    pub(super) fn link(&mut self) {
        let units = self.starts.get(1).copied().unwrap_or(0);
        let end = self.columns.symbol[..units].last().map_or(0, |&last| last as usize + 1);
        self.units = vec![NONE; end.max(FIRST_SYMBOL as usize)];
        for (row, &symbol) in self.columns.symbol[..units].iter().enumerate() {
            self.units[symbol as usize] = u32::try_from(row).unwrap_or(NONE);
        }
        debug_assert_eq!(self.units[BOUNDARY as usize], NONE);
        self.columns.suffix = vec![NONE; self.len()];
        for row in units..self.len() {
            let symbol = self.columns.symbol[row];
            let prefix = Row(self.columns.prefix[row]);
            let suffix = match self.suffix(prefix) {
                None => self.unit(symbol),
                Some(shorter) => self.child(shorter, symbol),
            };
            self.columns.suffix[row] = suffix.map_or(NONE, |suffix| suffix.0);
        }
    }
}
