//! Draws segmentations of all runs, sweep by sweep.
//!
//! A sweep goes through the runs in blocks. Within a block every run is cut anew from the counts at
//! the beginning of the block, its own words left out, by filtering forward and drawing backward;
//! then the counts are brought up to date. What is drawn depends on the seed, the sweep and the run
//! alone: any number of threads gives the same.

use rustc_hash::FxHashMap;

use super::lattice::{Cell, Lattice};
use super::weights::{Tally, Weights};
use crate::control::{Control, Measure, on_threads};
use crate::error::Result;
use crate::index::prefetch;

/// Blocks of a sweep, and how many runs each has at least.
const BLOCKS: usize = 48;
const LEAST_RUNS: usize = 64;
/// How many units ahead what words are worth is asked for.
const AHEAD: usize = 12;
/// Forward sums are kept above this by a factor whose exponent is kept apart.
const TINY: f64 = 1e-150;
const HUGE: f64 = 1e150;

/// How long to sample.
#[derive(Clone, Copy, Debug)]
pub(super) struct Schedule {
    pub sweeps: u64,
    /// The last so many sweeps vote.
    pub voting: u64,
    pub seed: u64,
    pub threads: usize,
}

/// What sampling says.
pub(super) struct Votes {
    /// By rank, how often it was a word in an average sweep that voted.
    pub expected: Vec<f32>,
    /// By unit and length, the votes of words that occur once.
    pub once: FxHashMap<(usize, u8), u32>,
    /// Sweeps that voted.
    pub sweeps: u64,
    /// The counts at an average sweep that voted.
    pub tally: Tally,
}

pub(super) struct Sampler<'l> {
    lattice: &'l mut Lattice,
    weights: &'l Weights,
    schedule: Schedule,
    counts: Vec<u32>,
    words: u64,
    types: u64,
    /// By rank, what it is worth at the counts of the beginning of the block.
    worth: Vec<f32>,
    fresh: f64,
    scale: f64,
}

impl<'l> Sampler<'l> {
    pub(super) fn new(lattice: &'l mut Lattice, weights: &'l Weights, schedule: Schedule) -> Self {
        let counts = vec![0; weights.len()];
        let worth = vec![0.0; weights.len()];
        let (words, types, fresh, scale) = (0, 0, 0.0, 0.0);
        let mut sampler =
            Sampler { lattice, weights, schedule, counts, words, types, worth, fresh, scale };
        for unit in 0..sampler.lattice.lengths.len() {
            let length = usize::from(sampler.lattice.lengths[unit]);
            if length > 0 {
                sampler.add(unit, length);
            }
        }
        sampler
    }

    /// Samples, and gathers the votes.
    pub(super) fn run(mut self, control: &Control) -> Result<Votes> {
        let Schedule { sweeps, voting, .. } = self.schedule;
        let mut votes = Votes {
            expected: vec![0.0; self.counts.len()],
            once: FxHashMap::default(),
            sweeps: voting.min(sweeps),
            tally: Tally::default(),
        };
        control.progress.begin("sweeps", Some(sweeps), Measure::Items);
        for sweep in 0..sweeps {
            let swept = self.sweep(sweep, control);
            if swept.is_err() {
                control.progress.finish();
            }
            swept?;
            if sweep + voting >= sweeps {
                self.vote(&mut votes);
            }
            control.progress.advance(1);
        }
        control.progress.finish();
        let share = 1.0 / votes.sweeps.max(1) as f64;
        #[expect(clippy::cast_possible_truncation, reason = "a mean needs no more digits")]
        let share32 = share as f32;
        votes.expected.iter_mut().for_each(|count| *count *= share32);
        votes.tally.words *= share;
        votes.tally.types *= share;
        Ok(votes)
    }

    fn vote(&self, votes: &mut Votes) {
        for (expected, &count) in votes.expected.iter_mut().zip(&self.counts) {
            *expected += count as f32;
        }
        for (unit, &length) in self.lattice.lengths.iter().enumerate() {
            if length > 0 && matches!(self.lattice.cell(unit, usize::from(length)), Cell::Once(_)) {
                *votes.once.entry((unit, length)).or_default() += 1;
            }
        }
        votes.tally.words += self.words as f64;
        votes.tally.types += self.types as f64;
    }

    fn add(&mut self, unit: usize, length: usize) {
        self.words += 1;
        match self.lattice.cell(unit, length) {
            Cell::Ranked(rank) => {
                let count = &mut self.counts[rank as usize];
                self.types += u64::from(*count == 0);
                *count += 1;
            }
            Cell::Once(_) => self.types += 1,
        }
    }

    fn remove(&mut self, unit: usize, length: usize) {
        self.words -= 1;
        match self.lattice.cell(unit, length) {
            Cell::Ranked(rank) => {
                let count = &mut self.counts[rank as usize];
                *count -= 1;
                self.types -= u64::from(*count == 0);
            }
            Cell::Once(_) => self.types -= 1,
        }
    }

    fn sweep(&mut self, sweep: u64, control: &Control) -> Result<()> {
        let tally = Tally { words: self.words as f64, types: self.types as f64 };
        (self.fresh, self.scale) = self.weights.factors(tally);
        for rank in 0..self.counts.len() {
            self.worth[rank] = self.worth_of(rank, self.counts[rank]);
        }
        let runs = self.lattice.runs();
        let size = runs.div_ceil(BLOCKS).max(LEAST_RUNS);
        for first in (0..runs).step_by(size) {
            control.check()?;
            self.block(first..runs.min(first + size), sweep);
        }
        Ok(())
    }

    #[expect(clippy::cast_possible_truncation, reason = "weights need no more digits")]
    fn worth_of(&self, rank: usize, count: u32) -> f32 {
        let rank = u32::try_from(rank).unwrap_or(u32::MAX);
        (self.weights.of_rank(rank, f64::from(count), self.fresh) * self.scale) as f32
    }

    /// Cuts the runs of a block anew and counts what has changed.
    fn block(&mut self, runs: std::ops::Range<usize>, sweep: u64) {
        let share = runs.len().div_ceil(self.schedule.threads.max(1)).max(1);
        let parts: Vec<_> =
            runs.clone().step_by(share).map(|from| from..runs.end.min(from + share)).collect();
        let drawn = {
            let this = &*self;
            on_threads(parts, |part| this.draw(part, sweep))
        };
        let units = self.lattice.units(runs);
        let drawn: Vec<u8> = drawn.into_iter().flatten().collect();
        let first = units.start;
        for unit in units {
            let ahead = unit + AHEAD;
            if let Some(&length) = drawn.get(ahead - first)
                && length != self.lattice.lengths[ahead]
            {
                self.ask_for(ahead, length);
                self.ask_for(ahead, self.lattice.lengths[ahead]);
            }
            let (before, length) = (self.lattice.lengths[unit], drawn[unit - first]);
            if before == length {
                continue;
            }
            if before > 0 {
                self.remove(unit, usize::from(before));
                self.settle(unit, usize::from(before));
            }
            if length > 0 {
                self.add(unit, usize::from(length));
                self.settle(unit, usize::from(length));
            }
            self.lattice.lengths[unit] = length;
        }
    }

    /// Asks for all that is kept of a word.
    #[inline(always)]
    fn ask_for(&self, unit: usize, length: u8) {
        if length > 0
            && let Cell::Ranked(rank) = self.lattice.cell(unit, usize::from(length))
        {
            prefetch(&self.counts, rank as usize);
            prefetch(&self.worth, rank as usize);
            self.weights.ask_for_factors(rank);
        }
    }

    /// Brings the worth of a word up to date.
    fn settle(&mut self, unit: usize, length: usize) {
        if let Cell::Ranked(rank) = self.lattice.cell(unit, length) {
            let rank = rank as usize;
            self.worth[rank] = self.worth_of(rank, self.counts[rank]);
        }
    }

    /// The words of some runs, drawn: by unit the length of the word that begins there, or 0.
    fn draw(&self, runs: std::ops::Range<usize>, sweep: u64) -> Vec<u8> {
        let mut drawn = Vec::with_capacity(self.lattice.units(runs.clone()).len());
        let mut drawing = Drawing::default();
        for run in runs {
            drawing.weigh(self, run);
            let mut random = Random::new(self.schedule.seed, sweep, run as u64);
            drawing.draw(self.lattice.longest, &mut random, &mut drawn);
        }
        drawn
    }
}

/// Buffers for cutting one run.
#[derive(Default)]
struct Drawing {
    /// By unit and length, what the word is worth.
    worth: Vec<f64>,
    /// By end, the sum over all ways there, and how often it was scaled.
    forward: Vec<(f64, i32)>,
    own: Vec<u32>,
}

impl Drawing {
    /// Weighs all words of a run at the counts of the block, without the words of the run itself.
    fn weigh(&mut self, sampler: &Sampler<'_>, run: usize) {
        let lattice = &sampler.lattice;
        let units = lattice.units(run..run + 1);
        let longest = lattice.longest;
        let fresh = sampler.fresh * sampler.scale;
        self.worth.clear();
        for unit in units.clone() {
            lattice.ask_for(unit + AHEAD, &sampler.worth);
            if let Some(&length) = lattice.lengths.get(unit + AHEAD) {
                sampler.ask_for(unit + AHEAD, length);
            }
            let most = longest.min(units.end - unit);
            for length in 1..=most {
                self.worth.push(match lattice.cell(unit, length) {
                    Cell::Ranked(rank) => f64::from(sampler.worth[rank as usize]),
                    Cell::Once(weight) => f64::from(weight) * fresh,
                });
            }
            self.worth.resize(self.worth.len() + longest - most, 0.0);
        }
        self.own.clear();
        let word = |unit: usize| match usize::from(lattice.lengths[unit]) {
            0 => None,
            length => match lattice.cell(unit, length) {
                Cell::Ranked(rank) => Some((rank, length)),
                Cell::Once(_) => None,
            },
        };
        self.own.extend(units.clone().filter_map(word).map(|(rank, _)| rank));
        self.own.sort_unstable();
        for unit in units.clone() {
            let Some((rank, length)) = word(unit) else { continue };
            let same = &self.own[self.own.partition_point(|&own| own < rank)..];
            let times = same.iter().take_while(|&&own| own == rank).count();
            let times = u32::try_from(times).unwrap_or(u32::MAX);
            let count = sampler.counts[rank as usize].saturating_sub(times);
            let worth = sampler.worth_of(rank as usize, count);
            self.worth[(unit - units.start) * longest + length - 1] = f64::from(worth);
        }
    }

    /// Draws a way through the run that was weighed.
    fn draw(&mut self, longest: usize, random: &mut Random, drawn: &mut Vec<u8>) {
        let units = self.worth.len() / longest;
        self.forward.clear();
        self.forward.push((1.0, 0));
        for end in 1..=units {
            let scaled = self.forward[end - 1].1;
            let ways = (1..=longest.min(end)).map(|length| self.way(end, length, longest, scaled));
            let sum: f64 = ways.sum();
            self.forward.push(if sum < TINY { (sum * HUGE, scaled + 1) } else { (sum, scaled) });
        }
        let first = drawn.len();
        drawn.resize(first + units, 0);
        let mut end = units;
        while end > 0 {
            let scaled = self.forward[end - 1].1;
            let most = longest.min(end);
            let total: f64 = (1..=most).map(|length| self.way(end, length, longest, scaled)).sum();
            let mut left = random.share() * total;
            let mut chosen = most;
            for length in 1..=most {
                left -= self.way(end, length, longest, scaled);
                if left < 0.0 {
                    chosen = length;
                    break;
                }
            }
            end -= chosen;
            drawn[first + end] = u8::try_from(chosen).unwrap_or(u8::MAX);
        }
    }

    /// The sum over the ways whose last word has `length` units and ends at `end`, scaled.
    #[inline(always)]
    fn way(&self, end: usize, length: usize, longest: usize, scaled: i32) -> f64 {
        let start = end - length;
        let (forward, own) = self.forward[start];
        let way = forward * self.worth[start * longest + length - 1];
        if own == scaled { way } else { rescaled(way, scaled - own) }
    }
}

/// What a sum is beside one that was scaled more often.
#[cold]
fn rescaled(sum: f64, times: i32) -> f64 {
    sum * HUGE.powi(times)
}

/// xorshift64*, seeded for one run of one sweep.
struct Random(u64);

impl Random {
    fn new(seed: u64, sweep: u64, run: u64) -> Self {
        let mixed = seed
            ^ sweep.wrapping_mul(0x9e37_79b9_7f4a_7c15)
            ^ run.wrapping_mul(0xd1b5_4a32_d192_ed03);
        let mut state = mixed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        state = (state ^ state >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        state = (state ^ state >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        Random((state ^ state >> 31) | 1)
    }

    /// A number from 0 up to but not including 1.
    fn share(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 11) as f64 / (1u64 << 53) as f64
    }
}
