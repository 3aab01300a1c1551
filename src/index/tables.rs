//! Derived tables, each built when first needed, kept in memory and on disk with the version of
//! the manifest that it was derived from.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::index::RECORD;
use super::layout::{TableId, range_of, table_key};
use super::statistics::{Branching, Chunks, Pairs, Statistics, StrongPairs, Thresholds};
use super::view::CorpusView;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::store::{Family, decode, encode};

/// Bytes of one piece of a table on disk.
const PIECE: usize = 1 << 20;
/// N-grams rarer than this are not in the statistics that are kept, unless the corpus is small.
const FLOOR: u64 = 5;
/// Up to so many units the statistics are kept of every n-gram.
const SMALL: u64 = 500_000;

/// The tables of a corpus that are in memory.
#[derive(Default)]
pub(super) struct TableCache {
    statistics: Mutex<Option<Kept<Statistics>>>,
    pairs: Mutex<Option<Kept<Pairs>>>,
    chunks: Mutex<Option<Kept<BaseChunks>>>,
    branching: Mutex<Option<Kept<Branching>>>,
}

struct Kept<T> {
    version: u64,
    table: Arc<T>,
}

/// Chunks at the weakest thresholds asked for so far.
#[derive(serde::Serialize, serde::Deserialize)]
struct BaseChunks {
    thresholds: Thresholds,
    chunks: Chunks,
}

/// What a table may cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Bytes of memory.
    pub memory: u64,
    /// Threads.
    pub threads: usize,
}

impl CorpusView<'_> {
    /// The statistics of n-grams with at least `count` occurrences, and perhaps of rarer ones.
    ///
    /// # Errors
    /// When they cannot be read or built; see [`Statistics::build`].
    pub fn statistics(&self, count: u64, cost: Cost, control: &Control) -> Result<Arc<Statistics>> {
        let usual = if self.manifest().totals.units() <= SMALL { 1 } else { FLOOR };
        let floor = count.max(1).min(usual);
        let slot = &self.corpus().tables.statistics;
        let fits = |table: &Statistics| table.floor <= floor;
        self.table(slot, TableId::Statistics, fits, || {
            Statistics::build(self, floor, cost.memory, control)
        })
    }

    /// All adjacent pairs.
    ///
    /// # Errors
    /// When they cannot be read or built.
    pub fn pairs(&self, control: &Control) -> Result<Arc<Pairs>> {
        let slot = &self.corpus().tables.pairs;
        self.table(slot, TableId::Pairs, |_| true, || Pairs::build(self, control))
    }

    /// The branching entropies of n-grams of up to `longest` units; fewer where the order of the
    /// corpus does not reach so far.
    ///
    /// # Errors
    /// When they cannot be read or built; see [`Branching::build`].
    pub fn branching(
        &self,
        longest: usize,
        cost: Cost,
        control: &Control,
    ) -> Result<Arc<Branching>> {
        let slot = &self.corpus().tables.branching;
        let fits = |table: &Branching| table.longest >= longest.min(self.order() - 1);
        self.table(slot, TableId::Branching, fits, || {
            Branching::build(self, longest, cost.memory, control)
        })
    }

    /// The chunks at some thresholds, and the pairs that are strong for them.
    ///
    /// # Errors
    /// [`Error::Query`] when the text was not kept, and what reading it says.
    pub fn chunks(
        &self,
        thresholds: Thresholds,
        cost: Cost,
        control: &Control,
    ) -> Result<(Chunks, StrongPairs)> {
        let pairs = self.pairs(control)?;
        let strong = StrongPairs::new(&pairs, thresholds);
        if !self.record().keep_text {
            return Err(Error::query(format!(
                "the corpus {} was created WITH keep_text = false, and chunks come from the text",
                self.record().name
            ))
            .hint("ingest the texts into a corpus that keeps them"));
        }
        let slot = &self.corpus().tables.chunks;
        let fits = |base: &BaseChunks| base.thresholds.include(&thresholds);
        let base = self.table(slot, TableId::Chunks, fits, || {
            let usual = Thresholds { min_pmi: 1.0, min_proba: 1e-7 };
            let thresholds = thresholds.weaker(&usual);
            let strong = StrongPairs::new(&pairs, thresholds);
            let chunks = Chunks::build(self, &strong, cost.threads, control)?;
            Ok(BaseChunks { thresholds, chunks })
        })?;
        Ok((base.chunks.split(&strong), strong))
    }

    /// A table from memory, from disk or newly built; `fits` says whether one that is there
    /// will do.
    fn table<T: Serialize + DeserializeOwned>(
        &self,
        slot: &Mutex<Option<Kept<T>>>,
        id: TableId,
        fits: impl Fn(&T) -> bool,
        build: impl FnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        let version = self.manifest().version;
        if let Some(kept) = &*slot
            && kept.version == version
            && fits(&kept.table)
        {
            return Ok(Arc::clone(&kept.table));
        }
        let stored = self.read_table::<T>(id)?.filter(|table| fits(table));
        let table = match stored {
            Some(table) => table,
            None => {
                let table = build()?;
                self.write_table(id, &table)?;
                table
            }
        };
        let table = Arc::new(table);
        *slot = Some(Kept { version, table: Arc::clone(&table) });
        Ok(table)
    }

    fn read_table<T: DeserializeOwned>(&self, id: TableId) -> Result<Option<T>> {
        if self.is_part() {
            return Ok(None);
        }
        let mut bytes = Vec::new();
        let key = table_key(self.record().id, self.manifest().version, id, 0);
        let prefix = &key[..key.len() - 4];
        self.store().each_with_prefix(Family::Statistics, prefix, |_, piece| {
            bytes.extend_from_slice(piece);
            Ok(())
        })?;
        // A cache: what cannot be read is built again.
        Ok(if bytes.is_empty() { None } else { decode(RECORD, "a derived table", &bytes).ok() })
    }

    /// Writes a table beside the index, in place of those of earlier versions.
    fn write_table<T: Serialize>(&self, id: TableId, table: &T) -> Result<()> {
        let index = self.index();
        if index.read_only() || self.is_part() {
            return Ok(());
        }
        let corpus = self.record().id;
        let version = self.manifest().version;
        let bytes = encode(RECORD, table)?;
        let mut bulk = index.store().bulk(Family::Statistics)?;
        for (number, piece) in bytes.chunks(PIECE).enumerate() {
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            bulk.put(&table_key(corpus, version, id, number), piece)?;
        }
        let file = bulk.finish()?;
        let (from, _) = range_of(corpus.0);
        let stale = table_key(corpus, version, TableId::Statistics, 0);
        index.store().discard(Family::Statistics, &from, &stale[..stale.len() - 5])?;
        let own = table_key(corpus, version, id, 0);
        let own_end = table_key(corpus, version, id, u32::MAX);
        index.store().discard(Family::Statistics, &own, &own_end)?;
        index.store().adopt(Family::Statistics, file.into_iter().collect())
    }
}
