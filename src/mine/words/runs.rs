//! The kept text of a corpus as runs of symbols, on several threads, and words counted in them.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::method::Request;
use crate::control::{Measure, on_threads};
use crate::error::{Error, Result};
use crate::index::{CorpusView, Dictionary};
use crate::text::UnitSink;
use crate::word::{Model, Path, Scores};

/// Runs of symbols between two boundaries, one after the other with a gap in between.
#[derive(Default)]
pub(super) struct Runs {
    pub(super) symbols: Vec<u32>,
    /// Where each ends, at its gap.
    ends: Vec<usize>,
}

/// What stands between two runs: no symbol.
const GAP: u32 = 0;
/// Units of a batch of runs, about.
const BATCH: usize = 1 << 10;

impl Runs {
    /// Where they stand.
    pub(super) fn places(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let starts = std::iter::once(0).chain(self.ends.iter().map(|end| end + 1));
        starts.zip(&self.ends).map(|(start, &end)| start..end)
    }

    fn end_run(&mut self) {
        if self.symbols.len() > self.ends.last().map_or(0, |end| end + 1) {
            self.ends.push(self.symbols.len());
            self.symbols.push(GAP);
        }
    }

    fn clear(&mut self) {
        self.symbols.clear();
        self.ends.clear();
    }
}

/// Hands runs to a function, in batches.
struct RunSink<'d, F> {
    dictionary: &'d Dictionary,
    runs: Runs,
    each: F,
}

impl<F: FnMut(&Runs)> RunSink<'_, F> {
    fn flush(&mut self) {
        self.runs.end_run();
        (self.each)(&self.runs);
        self.runs.clear();
    }
}

impl<F: FnMut(&Runs)> UnitSink for RunSink<'_, F> {
    #[inline]
    fn unit(&mut self, character: char) {
        self.runs.symbols.push(self.dictionary.characters().get(character));
    }

    fn run(&mut self, text: &str) {
        // Whatever stands in the kept text was counted, so that its units are in the dictionary.
        self.runs.symbols.extend(self.dictionary.find(text));
    }

    #[inline]
    fn boundary(&mut self) {
        self.runs.end_run();
        if self.runs.symbols.len() > BATCH {
            self.flush();
        }
    }

    fn line(&mut self) {
        self.boundary();
    }
}

/// Refuses a corpus whose text was not kept.
pub(super) fn need_text(view: &CorpusView<'_>, method: &str) -> Result<()> {
    if view.record().keep_text {
        return Ok(());
    }
    let name = &view.record().name;
    let message = format!(
        "the corpus {name} was created WITH keep_text = false, and {method} reads the text"
    );
    Err(Error::query(message).hint("ingest the texts into a corpus that keeps them"))
}

/// Calls `each` with every run of the kept text, block by block on all threads. The parts, one a
/// thread, come in the order of the text.
pub(super) fn on_runs<T: Send>(
    request: &Request<'_>,
    task: &str,
    begin: impl Fn() -> T + Sync,
    each: impl Fn(&mut T, &[u32]) + Sync,
) -> Result<Vec<T>> {
    on_batches(request, task, begin, |part, runs| {
        runs.places().for_each(|place| each(part, &runs.symbols[place]));
    })
}

/// The same with the runs in batches, for what looks ahead.
pub(super) fn on_batches<T: Send>(
    request: &Request<'_>,
    task: &str,
    begin: impl Fn() -> T + Sync,
    each: impl Fn(&mut T, &Runs) + Sync,
) -> Result<Vec<T>> {
    let Request { view, control, cost, .. } = *request;
    let blocks = view.blocks();
    let total = blocks.end - blocks.start;
    control.progress.begin(task, Some(total), Measure::Items);
    let share = total.div_ceil(cost.threads.max(1) as u64).max(1);
    let starts = blocks.clone().step_by(usize::try_from(share).unwrap_or(usize::MAX));
    let work = |from: u64| -> Result<T> {
        let mut part = begin();
        let mut text = view.text(from..blocks.end.min(from + share));
        while let Some((_, block)) = text.next_block()? {
            control.check()?;
            let dictionary = view.dictionary();
            let sink = |runs: &Runs| each(&mut part, runs);
            let mut sink = RunSink { dictionary, runs: Runs::default(), each: sink };
            view.splitter().feed(&block, &mut sink);
            sink.flush();
            control.progress.advance(1);
        }
        Ok(part)
    };
    let parts = on_threads(starts.collect(), work);
    control.progress.finish();
    parts.into_iter().collect()
}

/// Words with their counts.
#[derive(Default)]
pub(super) struct WordCounts {
    /// Those of up to four symbols, packed.
    short: FxHashMap<u128, u64>,
    long: FxHashMap<Vec<u32>, u64>,
}

impl WordCounts {
    /// Counts a word.
    pub(super) fn add(&mut self, word: &[u32], count: u64) {
        if word.len() > 4 {
            match self.long.get_mut(word) {
                Some(known) => *known += count,
                None => drop(self.long.insert(word.to_vec(), count)),
            }
        } else {
            *self.short.entry(pack(word)).or_default() += count;
        }
    }

    /// Counts the words of a run, given by their lengths.
    pub(super) fn add_cut(&mut self, run: &[u32], lengths: &[usize]) {
        let mut rest = run;
        for &length in lengths {
            let (word, after) = rest.split_at(length);
            self.add(word, 1);
            rest = after;
        }
    }

    /// How often a word was counted.
    pub(super) fn count(&self, word: &[u32]) -> u64 {
        let count = if word.len() > 4 { self.long.get(word) } else { self.short.get(&pack(word)) };
        count.copied().unwrap_or(0)
    }

    /// Adds all of another.
    fn merge(&mut self, other: WordCounts) {
        #[expect(clippy::iter_over_hash_type, reason = "sums do not depend on the order")]
        for (word, count) in other.short {
            *self.short.entry(word).or_default() += count;
        }
        #[expect(clippy::iter_over_hash_type, reason = "sums do not depend on the order")]
        for (word, count) in other.long {
            *self.long.entry(word).or_default() += count;
        }
    }

    /// All words of some parts.
    pub(super) fn sum(parts: Vec<WordCounts>) -> Self {
        let mut parts = parts.into_iter();
        let mut all = parts.next().unwrap_or_default();
        parts.for_each(|part| all.merge(part));
        all
    }

    /// The words in order of their symbols.
    pub(super) fn sorted(self) -> Vec<(Vec<u32>, u64)> {
        let short = self.short.into_iter().map(|(word, count)| (unpack(word), count));
        let mut words: Vec<(Vec<u32>, u64)> = short.chain(self.long).collect();
        words.sort();
        words
    }
}

/// Up to four symbols as one number; no symbol is 0.
fn pack(word: &[u32]) -> u128 {
    word.iter().fold(0, |packed, &symbol| packed << 32 | u128::from(symbol))
}

#[expect(clippy::cast_possible_truncation, reason = "takes the symbols apart")]
fn unpack(packed: u128) -> Vec<u32> {
    let symbols = [packed >> 96, packed >> 64, packed >> 32, packed].map(|part| part as u32);
    symbols.into_iter().filter(|&symbol| symbol != 0).collect()
}

/// Cuts the kept text by a model and counts the words.
pub(super) fn count_words(request: &Request<'_>, model: &dyn Model) -> Result<WordCounts> {
    #[derive(Default)]
    struct Part {
        words: WordCounts,
        scores: Scores,
        path: Path,
        lengths: Vec<usize>,
    }
    let parts = on_runs(request, "words", Part::default, |part, run| {
        model.score(run, &mut part.scores);
        part.path.best(&part.scores, &mut part.lengths);
        part.words.add_cut(run, &part.lengths);
    })?;
    Ok(WordCounts::sum(parts.into_iter().map(|part| part.words).collect()))
}
