//! Branching entropies of all n-grams that occur at least twice, and how they change from length to
//! length over all n-grams, those that occur once included.
//!
//! The rows are a trie as in [`super::trie`]. An n-gram that occurs once has no row: it has one
//! neighbour on each side and no entropy, so that its steps follow from its prefix and its suffix.
//! How many of them extend a row is counted while the leaves go by; none is ever held.
//!
//! Here an occurrence at the edge of a run is a neighbour of its own each time (Feng et al. 2004),
//! so that edges and neighbours that occur once are the same thing: what is left of the count when
//! those that occur more often are taken off. Entropies are corrected by Miller and Madow.

use serde::{Deserialize, Serialize};

use super::trie::{NONE, Row};
use crate::control::{Control, Measure};
use crate::error::{Error, Result};
use crate::index::layout::MAX_ORDER;
use crate::index::page::Leaf;
use crate::index::view::CorpusView;
use crate::index::window::{BOUNDARY, FIRST_SYMBOL, PAD, Window};
use crate::measure::{XLogX, miller_madow};

/// How many leaves pass between two looks at the controls.
const CHECK_EVERY: u64 = 1 << 16;
/// Bytes of a row while the table is being made.
const ROW_BYTES: usize = 64;

/// N-grams of up to `longest` units that occur at least twice, with their branching entropies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Branching {
    /// The most units of a row.
    pub longest: usize,
    /// Occurrences of all units.
    pub total: u64,
    /// The entropy of the units themselves, in nats.
    pub unit_entropy: f64,
    starts: Vec<usize>,
    units: Vec<u32>,
    columns: Columns,
    steps: Vec<Steps>,
}

/// One entry a row in each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Columns {
    symbol: Vec<u32>,
    /// The first extension; those of a row end where those of the next row begin.
    children: Vec<u32>,
    suffix: Vec<u32>,
    count: Vec<u64>,
    right: Vec<f32>,
    left: Vec<f32>,
    /// Distinct right neighbours, every edge being one.
    variety: Vec<u32>,
}

/// Mean and variance of something over all n-grams of one length.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepMoments {
    /// The mean.
    pub mean: f64,
    /// The variance of the population.
    pub variance: f64,
}

/// The steps of branching entropy that n-grams of one length make from those one unit shorter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Steps {
    /// How many n-grams there are, those that occur once included.
    pub types: u64,
    /// H of the left neighbour, less that of the n-gram without its first unit.
    pub left: StepMoments,
    /// H of the right neighbour, less that of the n-gram without its last unit.
    pub right: StepMoments,
}

impl Branching {
    /// Reads it off the leaves; `longest` is below the order of the corpus.
    ///
    /// # Errors
    /// When a page cannot be read, the work is stopped, or the rows do not fit `memory` bytes.
    pub fn build(
        view: &CorpusView<'_>,
        longest: usize,
        memory: u64,
        control: &Control,
    ) -> Result<Branching> {
        let leaves = view.manifest().segments.iter().map(|segment| segment.leaves).sum::<u64>();
        control.progress.begin("branching entropies", Some(leaves), Measure::Items);
        let built = build(view, longest.min(view.order() - 1), memory, control);
        control.progress.finish();
        built
    }

    /// Rows of all lengths.
    pub fn len(&self) -> usize {
        self.columns.symbol.len()
    }

    /// Whether nothing occurs twice.
    pub fn is_empty(&self) -> bool {
        self.columns.symbol.is_empty()
    }

    /// The rows of n-grams of one length.
    pub fn rows(&self, length: usize) -> impl Iterator<Item = Row> + use<> {
        let bound = |level: usize| self.starts.get(level).copied().unwrap_or(self.len());
        let range = if length == 0 { 0..0 } else { bound(length - 1)..bound(length) };
        range.map(|row| Row(u32::try_from(row).unwrap_or(NONE)))
    }

    /// The row of a unit.
    #[inline]
    pub fn unit(&self, symbol: u32) -> Option<Row> {
        self.units.get(symbol as usize).filter(|&&row| row != NONE).map(|&row| Row(row))
    }

    /// The rows that extend a row by one unit to the right.
    #[inline]
    pub fn children(&self, row: Row) -> std::ops::Range<u32> {
        let at = row.0 as usize;
        self.columns.children[at]..self.columns.children[at + 1]
    }

    /// The row of an n-gram extended by one unit.
    #[inline]
    pub fn child(&self, row: Row, symbol: u32) -> Option<Row> {
        let children = self.children(row);
        let symbols = &self.columns.symbol[children.start as usize..children.end as usize];
        let place = symbols.binary_search(&symbol).ok()?;
        Some(Row(children.start + u32::try_from(place).unwrap_or(NONE)))
    }

    /// The row of an n-gram.
    pub fn find(&self, symbols: &[u32]) -> Option<Row> {
        let (&first, rest) = symbols.split_first()?;
        rest.iter().try_fold(self.unit(first)?, |row, &symbol| self.child(row, symbol))
    }

    /// The n-gram without its first unit.
    pub fn suffix(&self, row: Row) -> Option<Row> {
        Some(self.columns.suffix[row.0 as usize]).filter(|&row| row != NONE).map(Row)
    }

    /// The last unit of an n-gram.
    pub fn last_symbol(&self, row: Row) -> u32 {
        self.columns.symbol[row.0 as usize]
    }

    /// How often an n-gram occurs.
    #[inline]
    pub fn count(&self, row: Row) -> u64 {
        self.columns.count[row.0 as usize]
    }

    /// The entropy of the left neighbour, in nats.
    #[inline]
    pub fn left(&self, row: Row) -> f64 {
        f64::from(self.columns.left[row.0 as usize])
    }

    /// The entropy of the right neighbour, in nats.
    #[inline]
    pub fn right(&self, row: Row) -> f64 {
        f64::from(self.columns.right[row.0 as usize])
    }

    /// Distinct right neighbours, every occurrence at an edge being one.
    pub fn variety(&self, row: Row) -> u64 {
        u64::from(self.columns.variety[row.0 as usize])
    }

    /// The steps of the n-grams of one length, from 1.
    pub fn steps(&self, length: usize) -> Steps {
        length.checked_sub(1).and_then(|at| self.steps.get(at)).copied().unwrap_or_default()
    }
}

fn build(
    view: &CorpusView<'_>,
    longest: usize,
    memory: u64,
    control: &Control,
) -> Result<Branching> {
    let xlogx = XLogX::new();
    let mut gathering = Gathering::new(longest, memory, &xlogx);
    let mut scan = view.scan(None)?;
    let mut leaves = 0u64;
    while let Some(leaf) = scan.next_leaf()? {
        if leaf.window[0] != BOUNDARY {
            gathering.leaf(leaf)?;
        }
        leaves += 1;
        if leaves.is_multiple_of(CHECK_EVERY) {
            control.check()?;
            control.progress.advance(CHECK_EVERY);
        }
    }
    let (mut branching, sums, deepest) = gathering.finish()?;
    let edges = left_edges(view, &branching, control)?;
    let once = deepest.left_sides(&mut branching, &edges, &xlogx);
    sums.finish(&mut branching, &once);
    Ok(branching)
}

/// How often each row stands at the left edge of a run. Windows that begin with a boundary come
/// first.
fn left_edges(view: &CorpusView<'_>, branching: &Branching, control: &Control) -> Result<Vec<u32>> {
    let mut edges = vec![0u32; branching.len()];
    let mut scan = view.scan(None)?;
    let mut leaves = 0u64;
    while let Some(leaf) = scan.next_leaf()? {
        if leaf.window[0] != BOUNDARY {
            break;
        }
        leaves += 1;
        if leaves.is_multiple_of(CHECK_EVERY) {
            control.check()?;
        }
        let count = u32::try_from(leaf.count).unwrap_or(u32::MAX);
        let symbols = leaf.window[1..].iter().take(branching.longest);
        let mut row: Option<Row> = None;
        for (depth, &symbol) in symbols.enumerate() {
            row = match row {
                None if depth == 0 => branching.unit(symbol),
                None => None,
                Some(row) => branching.child(row, symbol),
            };
            let Some(Row(row)) = row else { break };
            edges[row as usize] = edges[row as usize].saturating_add(count);
        }
    }
    Ok(edges)
}

/// An n-gram that is a prefix of the leaf at hand.
#[derive(Clone, Copy, Default)]
struct Open {
    count: u64,
    /// Of its right neighbours that occur at least twice: Σ c·ln c, how many, how often.
    sum: u64,
    distinct: u64,
    covered: u64,
    /// Its extensions that occur once.
    once: u64,
    /// Rows in the next level when it was opened: its extensions begin there.
    children: u32,
}

struct Gathering<'x> {
    longest: usize,
    most_rows: usize,
    rows: usize,
    xlogx: &'x XLogX,
    levels: Vec<Columns>,
    open: [Open; MAX_ORDER],
    window: Window,
    depth: usize,
    total: u64,
    unit_sum: u64,
    sums: Sums,
}

impl<'x> Gathering<'x> {
    fn new(longest: usize, memory: u64, xlogx: &'x XLogX) -> Self {
        let most = usize::try_from(memory).unwrap_or(usize::MAX) / ROW_BYTES;
        Gathering {
            longest,
            most_rows: most.min(NONE as usize),
            rows: 0,
            xlogx,
            levels: vec![Columns::default(); longest + 1],
            open: [Open::default(); MAX_ORDER],
            window: [PAD; MAX_ORDER],
            depth: 0,
            total: 0,
            unit_sum: 0,
            sums: Sums { of: vec![SumsOfLength::default(); longest + 1] },
        }
    }

    fn leaf(&mut self, leaf: &Leaf) -> Result<()> {
        let most = self.longest + 1;
        let (shared, length) = (leaf.shared.min(most), leaf.length.min(most));
        self.close(shared)?;
        self.window = leaf.window;
        for depth in shared..length {
            let children = self.levels.get(depth + 1).map_or(0, |level| level.symbol.len());
            let children = u32::try_from(children).unwrap_or(NONE);
            self.open[depth] = Open { children, ..Open::default() };
        }
        for open in &mut self.open[..length] {
            open.count += leaf.count;
        }
        self.depth = length;
        Ok(())
    }

    /// Closes the n-grams longer than `depth`, the longest first.
    fn close(&mut self, depth: usize) -> Result<()> {
        while self.depth > depth {
            self.depth -= 1;
            let closed = self.open[self.depth];
            let symbol = self.window[self.depth];
            if symbol == BOUNDARY {
                continue;
            }
            self.sums.of[self.depth].types += 1;
            match self.depth.checked_sub(1) {
                Some(shorter) => {
                    let shorter = &mut self.open[shorter];
                    if closed.count < 2 {
                        shorter.once += 1;
                    } else {
                        shorter.sum += self.xlogx.of(closed.count);
                        shorter.distinct += 1;
                        shorter.covered += closed.count;
                    }
                }
                None => {
                    self.total += closed.count;
                    self.unit_sum += self.xlogx.of(closed.count);
                }
            }
            if closed.count >= 2 {
                self.push(symbol, &closed)?;
            }
        }
        Ok(())
    }

    fn push(&mut self, symbol: u32, closed: &Open) -> Result<()> {
        self.rows += 1;
        if self.rows > self.most_rows {
            let longest = self.longest;
            let message = format!("the n-grams of up to {longest} units do not fit the memory");
            let hint = "give --memory more, or lower max_length, where the method has it";
            return Err(Error::query(message).hint(hint));
        }
        let level = &mut self.levels[self.depth];
        level.symbol.push(symbol);
        level.count.push(closed.count);
        level.children.push(closed.children);
        if self.depth == self.longest {
            return Ok(());
        }
        let side = Side { sum: closed.sum, distinct: closed.distinct, covered: closed.covered };
        let (entropy, variety) = side.entropy(closed.count, self.xlogx);
        level.right.push(entropy);
        level.variety.push(u32::try_from(variety).unwrap_or(u32::MAX));
        // Their step is 0 − H: what occurs once has no entropy.
        let longer = &mut self.sums.of[self.depth + 1];
        longer.right.add(-f64::from(entropy), closed.once);
        Ok(())
    }

    /// Joins the levels; the n-grams beyond the longest are only needed for their suffixes.
    fn finish(mut self) -> Result<(Branching, Sums, Deepest)> {
        self.close(0)?;
        let deepest = self.levels.pop().unwrap_or_default();
        let mut starts = vec![0];
        for level in &self.levels {
            starts.push(starts[starts.len() - 1] + level.symbol.len());
        }
        let number = |row: usize| u32::try_from(row).unwrap_or(NONE);
        let mut columns = Columns::default();
        let mut deepest_starts = Vec::new();
        let last = self.levels.len().saturating_sub(1);
        for (length, level) in self.levels.into_iter().enumerate() {
            columns.symbol.extend(level.symbol);
            columns.count.extend(level.count);
            columns.right.extend(level.right);
            columns.variety.extend(level.variety);
            if length == last {
                deepest_starts = level.children;
                deepest_starts.push(number(deepest.symbol.len()));
                break;
            }
            let after = number(starts[length + 1]);
            columns.children.extend(level.children.into_iter().map(|row| row + after));
        }
        columns.children.resize(columns.symbol.len() + 1, number(columns.symbol.len()));
        let mut branching = Branching {
            longest: self.longest,
            total: self.total,
            unit_entropy: self.xlogx.entropy(self.unit_sum, self.total),
            starts,
            columns,
            ..Branching::default()
        };
        branching.link();
        let deepest = Deepest { starts: deepest_starts, columns: deepest };
        Ok((branching, self.sums, deepest))
    }
}

impl Branching {
    /// Fills what follows from the symbols: the rows of units and the suffixes.
    fn link(&mut self) {
        let units = self.starts.get(1).copied().unwrap_or(0);
        let end = self.columns.symbol[..units].last().map_or(0, |&last| last as usize + 1);
        self.units = vec![NONE; end.max(FIRST_SYMBOL as usize)];
        for (row, &symbol) in self.columns.symbol[..units].iter().enumerate() {
            self.units[symbol as usize] = u32::try_from(row).unwrap_or(NONE);
        }
        self.columns.suffix = vec![NONE; self.len()];
        for row in 0..u32::try_from(self.len()).unwrap_or(NONE) {
            let shorter = self.suffix(Row(row));
            for child in self.children(Row(row)) {
                let suffix = self.extended(shorter, self.last_symbol(Row(child)));
                self.columns.suffix[child as usize] = suffix.map_or(NONE, |suffix| suffix.0);
            }
        }
    }

    /// The row of an n-gram, or of none, extended by one unit.
    fn extended(&self, row: Option<Row>, symbol: u32) -> Option<Row> {
        match row {
            None => self.unit(symbol),
            Some(row) => self.child(row, symbol),
        }
    }
}

/// The neighbours of an n-gram on one side that occur at least twice.
#[derive(Clone, Copy, Default)]
struct Side {
    sum: u64,
    distinct: u64,
    covered: u64,
}

impl Side {
    fn add(&mut self, count: u64, xlogx: &XLogX) {
        self.sum += xlogx.of(count);
        self.distinct += 1;
        self.covered += count;
    }

    /// The corrected entropy and the number of neighbours; those that occur once, and edges, are
    /// what is left of the count.
    #[expect(clippy::cast_possible_truncation, reason = "an entropy needs no more digits")]
    fn entropy(&self, count: u64, xlogx: &XLogX) -> (f32, u64) {
        let variety = self.distinct + (count - self.covered);
        (miller_madow(xlogx.entropy(self.sum, count), variety, count) as f32, variety)
    }
}

/// The n-grams one unit longer than the longest.
struct Deepest {
    /// By row of the longest, where its extensions begin.
    starts: Vec<u32>,
    columns: Columns,
}

impl Deepest {
    /// Fills the left entropies; returns by row how many n-grams that occur once it ends.
    fn left_sides(self, branching: &mut Branching, edges: &[u32], xlogx: &XLogX) -> Vec<u64> {
        let mut sides = vec![Side::default(); branching.len()];
        for length in 2..=branching.longest {
            for row in branching.rows(length) {
                if let Some(suffix) = branching.suffix(row) {
                    sides[suffix.0 as usize].add(branching.count(row), xlogx);
                }
            }
        }
        for (place, row) in branching.rows(branching.longest).enumerate() {
            let shorter = branching.suffix(row);
            for at in self.starts[place] as usize..self.starts[place + 1] as usize {
                let suffix = branching.extended(shorter, self.columns.symbol[at]);
                if let Some(suffix) = suffix {
                    sides[suffix.0 as usize].add(self.columns.count[at], xlogx);
                }
            }
        }
        let counts = &branching.columns.count;
        let rows = sides.iter().zip(counts);
        branching.columns.left = rows.map(|(side, &count)| side.entropy(count, xlogx).0).collect();
        let rows = sides.iter().zip(counts).zip(edges);
        rows.map(|((side, count), &edge)| count - side.covered - u64::from(edge)).collect()
    }
}

/// Sums over the n-grams of each length. In fixed point: the order of the symbols, which depends on
/// the order of ingests, does not show.
struct Sums {
    of: Vec<SumsOfLength>,
}

#[derive(Clone, Copy, Default)]
struct SumsOfLength {
    types: u64,
    left: FixedSums,
    right: FixedSums,
}

#[derive(Clone, Copy, Default)]
struct FixedSums {
    sum: i128,
    squares: i128,
}

impl FixedSums {
    const ONE: f64 = (1u64 << 32) as f64;

    #[expect(clippy::cast_possible_truncation, reason = "steps are below a hundred nats")]
    fn add(&mut self, step: f64, times: u64) {
        let fixed = |value: f64| (value * Self::ONE).round() as i128 * i128::from(times);
        self.sum += fixed(step);
        self.squares += fixed(step * step);
    }

    fn moments(&self, types: u64) -> StepMoments {
        if types == 0 {
            return StepMoments::default();
        }
        let share = |sum: i128| sum as f64 / Self::ONE / types as f64;
        let mean = share(self.sum);
        StepMoments { mean, variance: (share(self.squares) - mean * mean).max(0.0) }
    }
}

impl Sums {
    /// Adds the steps of the rows to those of what occurs once, and writes the moments.
    fn finish(mut self, branching: &mut Branching, once_left: &[u64]) {
        let unit = branching.unit_entropy;
        let mut units = 0;
        for row in branching.rows(1) {
            units += 1;
            self.of[0].right.add(branching.right(row) - unit, 1);
            self.of[0].left.add(branching.left(row) - unit, 1);
        }
        let once = self.of[0].types - units;
        self.of[0].right.add(-unit, once);
        self.of[0].left.add(-unit, once);
        for length in 1..branching.longest {
            for row in branching.rows(length) {
                let longer = &mut self.of[length];
                longer.left.add(-branching.left(row), once_left[row.0 as usize]);
                for child in branching.children(row) {
                    longer.right.add(branching.right(Row(child)) - branching.right(row), 1);
                    let suffix = branching.suffix(Row(child));
                    let shorter = suffix.map_or(0.0, |suffix| branching.left(suffix));
                    longer.left.add(branching.left(Row(child)) - shorter, 1);
                }
            }
        }
        let of = self.of.iter().take(branching.longest);
        branching.steps = of
            .map(|sums| Steps {
                types: sums.types,
                left: sums.left.moments(sums.types),
                right: sums.right.moments(sums.types),
            })
            .collect();
    }
}
