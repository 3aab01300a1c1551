//! The kept text as runs, each with the words that may stand in each place.
//!
//! A cell is the rank of a word, or for a word that occurs once what it is worth, with the top bit
//! set: such a word is never among the counts while its own run is being cut.

use std::ops::Range;

use super::weights::Weights;
use crate::error::{Error, Result};
use crate::index::prefetch;
use crate::mine::words::method::Request;
use crate::mine::words::runs::{Runs, on_batches};
use crate::word::{Path, RunRows, Scores};

/// The bit that tells a weight from a rank.
const ONCE: u32 = 1 << 31;
/// A place without a word: one that occurs once and is worth nothing.
const NOTHING: u32 = ONCE;
/// How many units ahead memory is asked for.
const AHEAD: usize = 8;
/// Bytes for each unit of text, and for each row.
const UNIT_BYTES: u64 = 4;
const CELL_BYTES: u64 = 4;
const ROW_BYTES: u64 = 28;

/// What a word may be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Cell {
    /// It occurs at least twice and has a rank.
    Ranked(u32),
    /// It occurs once and is worth so much.
    Once(f32),
}

/// All runs of the text.
#[derive(Default)]
pub(super) struct Lattice {
    pub(super) longest: usize,
    symbols: Vec<u32>,
    cells: Vec<u32>,
    /// Where each run begins, and the end.
    starts: Vec<usize>,
    /// By unit, the length of the word that begins there; 0 within words.
    pub(super) lengths: Vec<u8>,
}

#[derive(Default)]
struct Part {
    lattice: Lattice,
    rows: RunRows,
    scores: Scores,
    path: Path,
    words: Vec<usize>,
}

impl Lattice {
    /// Reads the kept text; cut, to begin with, by autonomy alone.
    pub(super) fn new(request: &Request<'_>, weights: &Weights) -> Result<Self> {
        let longest = weights.autonomy.longest();
        let units = request.view.manifest().totals.units();
        let bytes = units * (UNIT_BYTES + 1 + CELL_BYTES * longest as u64)
            + weights.len() as u64 * ROW_BYTES;
        if bytes > request.cost.memory {
            let message = format!(
                "sampling {units} units takes {} MB of memory, and {} MB are allowed",
                bytes >> 20,
                request.cost.memory >> 20
            );
            let hint =
                format!("SET memory = {}MiB, or ask nvbe, which takes less", (bytes >> 20) + 1);
            return Err(Error::query(message).hint(hint));
        }
        let parts = on_batches(request, "lattice", Part::default, |part, runs| {
            part.rows.fill(weights.autonomy.branching(), &runs.symbols, longest.max(2));
            runs.places().for_each(|place| part.add(runs, place, weights, longest));
        })?;
        let mut parts = parts.into_iter().map(|part| part.lattice);
        let mut lattice = parts.next().unwrap_or_default();
        lattice.longest = longest;
        if lattice.starts.is_empty() {
            lattice.starts.push(0);
        }
        for part in parts {
            let offset = lattice.symbols.len();
            lattice.symbols.extend(part.symbols);
            lattice.cells.extend(part.cells);
            lattice.lengths.extend(part.lengths);
            lattice.starts.extend(part.starts.iter().skip(1).map(|start| start + offset));
        }
        Ok(lattice)
    }

    /// How many runs there are.
    pub(super) fn runs(&self) -> usize {
        self.starts.len() - 1
    }

    /// The units of some runs.
    pub(super) fn units(&self, runs: Range<usize>) -> Range<usize> {
        self.starts[runs.start]..self.starts[runs.end]
    }

    /// The word of `length` units from a unit on, within its run.
    #[inline(always)]
    pub(super) fn cell(&self, unit: usize, length: usize) -> Cell {
        let cell = self.cells[unit * self.longest + length - 1];
        if cell & ONCE == 0 { Cell::Ranked(cell) } else { Cell::Once(f32::from_bits(cell & !ONCE)) }
    }

    /// Asks for what the words from a unit on are worth, by rank; behind the end there are none.
    #[inline(always)]
    pub(super) fn ask_for(&self, unit: usize, worth: &[f32]) {
        let first = unit * self.longest;
        for &cell in self.cells.get(first..first + self.longest).unwrap_or_default() {
            prefetch(worth, if cell & ONCE == 0 { cell as usize } else { 0 });
        }
    }

    /// The symbols of the text, run after run.
    pub(super) fn symbols(&self) -> &[u32] {
        &self.symbols
    }
}

impl Part {
    #[expect(clippy::cast_possible_truncation, reason = "lengths are below 8, weights are short")]
    fn add(&mut self, runs: &Runs, place: Range<usize>, weights: &Weights, longest: usize) {
        let (run, first) = (&runs.symbols[place.clone()], place.start);
        let lattice = &mut self.lattice;
        if lattice.starts.is_empty() {
            lattice.starts.push(0);
        }
        for start in 0..run.len() {
            weights.ask_for(&self.rows, first + start + AHEAD);
            let reach = weights.autonomy.reach(run, start);
            for length in 1..=longest {
                let cell = if length > reach {
                    NOTHING
                } else {
                    match self.rows.get(first + start, length) {
                        Some(row) => weights.rank(row),
                        None => {
                            let weight = weights.once(&self.rows, first + start, length) as f32;
                            weight.max(f32::MIN_POSITIVE).to_bits() | ONCE
                        }
                    }
                };
                lattice.cells.push(cell);
            }
        }
        weights.autonomy.score_rows(run, first, &self.rows, &mut self.scores);
        self.path.best(&self.scores, &mut self.words);
        for &length in &self.words {
            lattice.lengths.push(length as u8);
            lattice.lengths.resize(lattice.lengths.len() + length - 1, 0);
        }
        lattice.symbols.extend_from_slice(run);
        lattice.starts.push(lattice.symbols.len());
    }
}
