//! Branching entropies of all n-grams that occur at least twice, and how they change from length to
//! length over all n-grams, those that occur once included.
//!
//! The rows are a trie as in `trie`. An n-gram that occurs once has no row: it has one
//! neighbour on each side and no entropy, so that its steps follow from its prefix and its suffix.
//! How many of them extend a row is counted while the leaves go by; none is ever held.
//!
//! Here an occurrence at the edge of a run is a neighbour of its own each time (Feng et al. 2004),
//! so that edges and neighbours that occur once are the same thing: what is left of the count when
//! those that occur more often are taken off. Entropies are corrected by Miller and Madow.

use serde::{Deserialize, Serialize};

use super::build::build;
use crate::control::{Control, Measure};
use crate::error::Result;
use crate::index::room::prefetch;
use crate::index::statistics::trie::NONE;
use crate::index::view::CorpusView;
use crate::index::window::FIRST_SYMBOL;

/// The number of an n-gram in [`Branching`], from 0 on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Branch(pub u32);

/// N-grams of up to `longest` units that occur at least twice, with their branching entropies.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Branching {
    /// The most units of a row.
    pub longest: usize,
    /// Occurrences of all units.
    pub total: u64,
    /// The entropy of the units themselves, in nats.
    pub unit_entropy: f64,
    pub(super) starts: Vec<usize>,
    pub(super) units: Vec<u32>,
    pub(super) columns: Columns,
    pub(super) steps: Vec<Steps>,
}

/// One entry a row in each.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct Columns {
    pub(super) symbol: Vec<u32>,
    /// The first extension; those of a row end where those of the next row begin.
    pub(super) children: Vec<u32>,
    pub(super) suffix: Vec<u32>,
    pub(super) count: Vec<u64>,
    pub(super) right: Vec<f32>,
    pub(super) left: Vec<f32>,
    /// Distinct right neighbours, every edge being one.
    pub(super) variety: Vec<u32>,
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
    pub fn rows(&self, length: usize) -> impl Iterator<Item = Branch> + use<> {
        let bound = |level: usize| self.starts.get(level).copied().unwrap_or(self.len());
        let range = if length == 0 { 0..0 } else { bound(length - 1)..bound(length) };
        range.map(|row| Branch(u32::try_from(row).unwrap_or(NONE)))
    }

    /// The row of a unit.
    #[inline]
    pub fn unit(&self, symbol: u32) -> Option<Branch> {
        self.units.get(symbol as usize).filter(|&&row| row != NONE).map(|&row| Branch(row))
    }

    /// The rows that extend a row by one unit to the right.
    #[inline]
    pub fn children(&self, row: Branch) -> std::ops::Range<u32> {
        let at = row.0 as usize;
        self.columns.children[at]..self.columns.children[at + 1]
    }

    /// The row of an n-gram extended by one unit.
    #[inline]
    pub fn child(&self, row: Branch, symbol: u32) -> Option<Branch> {
        let children = self.children(row);
        let symbols = &self.columns.symbol[children.start as usize..children.end as usize];
        // Frequent symbols are small, and so most places near the beginning.
        let mut end = 8;
        while symbols.get(end - 1).is_some_and(|&last| last < symbol) {
            end *= 2;
        }
        let begin = if end > 8 { end / 2 } else { 0 };
        let near = symbols.get(begin..end.min(symbols.len())).unwrap_or_default();
        let place = begin + near.binary_search(&symbol).ok()?;
        Some(Branch(children.start + u32::try_from(place).unwrap_or(NONE)))
    }

    /// Asks for where the extensions of a row stand.
    #[inline(always)]
    pub fn ask_for_extensions(&self, row: Branch) {
        prefetch(&self.columns.children, row.0 as usize);
    }

    /// Asks for the first of the extensions of a row.
    #[inline(always)]
    pub fn ask_for_symbols(&self, row: Branch) {
        prefetch(&self.columns.symbol, self.columns.children[row.0 as usize] as usize);
    }

    /// Asks for the entropies of a row.
    #[inline(always)]
    pub fn ask_for_entropies(&self, row: Branch) {
        prefetch(&self.columns.left, row.0 as usize);
        prefetch(&self.columns.right, row.0 as usize);
    }

    /// The row of an n-gram.
    pub fn find(&self, symbols: &[u32]) -> Option<Branch> {
        let (&first, rest) = symbols.split_first()?;
        rest.iter().try_fold(self.unit(first)?, |row, &symbol| self.child(row, symbol))
    }

    /// The n-gram without its first unit.
    pub fn suffix(&self, row: Branch) -> Option<Branch> {
        Some(self.columns.suffix[row.0 as usize]).filter(|&row| row != NONE).map(Branch)
    }

    /// The last unit of an n-gram.
    pub fn last_symbol(&self, row: Branch) -> u32 {
        self.columns.symbol[row.0 as usize]
    }

    /// How often an n-gram occurs.
    #[inline]
    pub fn count(&self, row: Branch) -> u64 {
        self.columns.count[row.0 as usize]
    }

    /// The entropy of the left neighbour, in nats.
    #[inline]
    pub fn left(&self, row: Branch) -> f64 {
        f64::from(self.columns.left[row.0 as usize])
    }

    /// The entropy of the right neighbour, in nats.
    #[inline]
    pub fn right(&self, row: Branch) -> f64 {
        f64::from(self.columns.right[row.0 as usize])
    }

    /// Distinct right neighbours, every occurrence at an edge being one.
    pub fn variety(&self, row: Branch) -> u64 {
        u64::from(self.columns.variety[row.0 as usize])
    }

    /// The steps of the n-grams of one length, from 1.
    pub fn steps(&self, length: usize) -> Steps {
        length.checked_sub(1).and_then(|at| self.steps.get(at)).copied().unwrap_or_default()
    }
}

impl Branching {
    /// Fills what follows from the symbols: the rows of units and the suffixes.
    pub(super) fn link(&mut self) {
        let units = self.starts.get(1).copied().unwrap_or(0);
        let end = self.columns.symbol[..units].last().map_or(0, |&last| last as usize + 1);
        self.units = vec![NONE; end.max(FIRST_SYMBOL as usize)];
        for (row, &symbol) in self.columns.symbol[..units].iter().enumerate() {
            self.units[symbol as usize] = u32::try_from(row).unwrap_or(NONE);
        }
        self.columns.suffix = vec![NONE; self.len()];
        for row in 0..u32::try_from(self.len()).unwrap_or(NONE) {
            let shorter = self.suffix(Branch(row));
            for child in self.children(Branch(row)) {
                let suffix = self.extended(shorter, self.last_symbol(Branch(child)));
                self.columns.suffix[child as usize] = suffix.map_or(NONE, |suffix| suffix.0);
            }
        }
    }

    /// The row of an n-gram, or of none, extended by one unit.
    pub(super) fn extended(&self, row: Option<Branch>, symbol: u32) -> Option<Branch> {
        match row {
            None => self.unit(symbol),
            Some(row) => self.child(row, symbol),
        }
    }
}
