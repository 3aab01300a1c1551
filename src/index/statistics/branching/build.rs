//! The table of branching entropies, from one pass over the leaves in order and a short one over
//! those that begin with a boundary.

use super::sums::Sums;
use super::table::{Branch, Branching, Columns};
use crate::control::Control;
use crate::error::{Error, Result};
use crate::index::layout::MAX_ORDER;
use crate::index::page::Leaf;
use crate::index::statistics::trie::NONE;
use crate::index::view::CorpusView;
use crate::index::window::{BOUNDARY, PAD, Window};
use crate::measure::{XLogX, miller_madow};

/// Bytes of a row while the table is being made.
const ROW_BYTES: usize = 64;

/// Reads the table off the leaves.
///
/// # Errors
/// When a page cannot be read, the work is stopped, or the rows do not fit `memory` bytes.
pub(super) fn build(
    view: &CorpusView<'_>,
    longest: usize,
    memory: u64,
    control: &Control,
) -> Result<Branching> {
    let xlogx = XLogX::new();
    let mut gathering = Gathering::new(longest, memory, &xlogx);
    let mut scan = view.scan(None)?;
    let mut ticks = control.ticks();
    while let Some(run) = scan.next_run()? {
        for leaf in run.iter().filter(|leaf| leaf.window[0] != BOUNDARY) {
            gathering.leaf(leaf)?;
        }
        ticks.add(run.len())?;
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
    let mut ticks = control.ticks();
    while let Some(leaf) = scan.next_leaf()?.filter(|leaf| leaf.window[0] == BOUNDARY) {
        ticks.add(1)?;
        let count = u32::try_from(leaf.count).unwrap_or(u32::MAX);
        let symbols = leaf.window[1..].iter().take(branching.longest);
        let mut row: Option<Branch> = None;
        for (depth, &symbol) in symbols.enumerate() {
            row = match row {
                None if depth == 0 => branching.unit(symbol),
                None => None,
                Some(row) => branching.child(row, symbol),
            };
            let Some(Branch(row)) = row else { break };
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
            sums: Sums::new(longest + 1),
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
