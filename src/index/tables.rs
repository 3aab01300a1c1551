//! Derived tables, each made when first needed, kept in memory and on disk with what was counted
//! when it was derived.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::index::RECORD;
use super::layout::{CorpusId, SegmentRecord, TableId, range_of, table_key, table_prefix};
use super::statistics::{Base, Branching, Cut, Extent, Head, Pairs, Seen, Statistics, Thresholds};
use super::vertical::Vertical;
use super::view::CorpusView;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::store::{Access, Cursor, Family, View, decode, encode};

/// Bytes of one piece of a table on disk.
const PIECE: usize = 1 << 20;
/// N-grams rarer than this are not in the statistics that are kept, unless the corpus is small.
const FLOOR: u64 = 5;
/// Up to so many units the statistics are kept of every n-gram.
const SMALL: u64 = 500_000;
/// Chunks are kept at these thresholds: all pairs that attract each other. What cuts by anything
/// stricter cuts these.
const USUAL: Thresholds = Thresholds { min_pmi: 0.0, min_proba: 0.0 };
/// Chunks at these are kept as well: far fewer.
const FIRM: Thresholds = Thresholds::FIRM;
/// What the transactions are called in notes.
const TRANSACTIONS: &str = "transactions";
/// Whole runs, for whoever asks for chunks with pairs in them that repel each other.
const EVERYTHING: Thresholds = Thresholds { min_pmi: f64::NEG_INFINITY, min_proba: 0.0 };

/// The tables of a corpus that are in memory.
#[derive(Default)]
pub(super) struct TableCache {
    statistics: Mutex<Option<Kept<Statistics>>>,
    rare: Mutex<Option<Kept<Statistics>>>,
    pairs: Mutex<Option<Kept<Pairs>>>,
    chunks: Mutex<Option<Kept<Base>>>,
    firm: Mutex<Option<Kept<Base>>>,
    branching: Mutex<Option<Kept<Branching>>>,
    transactions: Mutex<Option<Kept<Vertical>>>,
}

struct Kept<T> {
    seen: Seen,
    table: Arc<T>,
}

/// Takes a piece of a table.
type Put<'p> = &'p mut dyn FnMut(&[u8]) -> Result<()>;

/// How a table is written in pieces and read back.
struct Form<'f, T> {
    write: &'f dyn Fn(&Seen, &T, Put<'_>) -> Result<()>,
    read: &'f dyn Fn(Pieces<'_>) -> Result<(Seen, T)>,
}

impl<T: Serialize + DeserializeOwned> Form<'static, T> {
    /// As one record.
    fn record() -> Self {
        Form {
            write: &|seen, table, put| {
                encode(RECORD, &(seen, table))?.chunks(PIECE).try_for_each(put)
            },
            read: &|mut pieces| {
                let mut bytes = Vec::new();
                while let Some(piece) = pieces.next()? {
                    bytes.extend_from_slice(&piece);
                }
                decode(RECORD, "a derived table", &bytes)
            },
        }
    }
}

/// What a table may cost.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// Bytes of memory.
    pub memory: u64,
    /// Threads.
    pub threads: usize,
}

/// How a table came to hand.
#[derive(Clone, Copy)]
enum Came {
    FromMemory,
    FromDisk,
    UpToDate,
    Built,
}

impl Came {
    fn note(self, name: &str, control: &Control) {
        let how = match self {
            Came::FromMemory => "in memory",
            Came::FromDisk => "read from disk",
            Came::UpToDate => "brought up to date",
            Came::Built => "built",
        };
        control.notes.add(|| format!("{name} {how}"));
    }
}

/// The memory of the statistics: the rest is the program's, the store's cache and the answer's.
fn own_share(cost: Cost) -> u64 {
    cost.memory / 5 * 3
}

impl CorpusView<'_> {
    /// What is counted in this view.
    pub(super) fn seen(&self) -> Seen {
        let windows = self.manifest().segments.iter().map(|segment| segment.windows).sum();
        Seen { ingests: self.manifest().ingests, windows }
    }

    /// The segments of what was counted at some time, and those of what came after; `None` where
    /// they do not stand apart.
    pub(super) fn apart(&self, seen: &Seen) -> Option<(Vec<SegmentRecord>, Vec<SegmentRecord>)> {
        if self.is_part() || !self.stands_apart_since(seen.ingests) {
            return None;
        }
        let segments = self.manifest().segments.iter().cloned();
        let (new, old): (Vec<_>, Vec<_>) =
            segments.partition(|segment| segment.first_ingest > seen.ingests);
        let windows = old.iter().map(|segment| segment.windows).sum::<u64>();
        (windows == seen.windows).then_some((old, new))
    }

    /// N-grams of all lengths that occur at least so often are in the statistics of every query.
    /// Those of rarer ones are large and are made only for who asks for them.
    pub fn usual_count(&self) -> u64 {
        if self.manifest().totals.units() <= SMALL { 1 } else { FLOOR }
    }

    /// The statistics that most queries read: n-grams of all lengths, without rare ones.
    ///
    /// # Errors
    /// Those of [`CorpusView::statistics`].
    pub fn usual_statistics(&self, cost: Cost, control: &Control) -> Result<Arc<Statistics>> {
        self.statistics(self.usual_count(), self.order(), cost, control)
    }

    /// The statistics of n-grams of up to `longest` units with at least `count` occurrences, and
    /// perhaps of others.
    ///
    /// # Errors
    /// When a page or a scratch file cannot be read, or the work is stopped.
    pub fn statistics(
        &self,
        count: u64,
        longest: usize,
        cost: Cost,
        control: &Control,
    ) -> Result<Arc<Statistics>> {
        let (tables, usual) = (&self.corpus().tables, self.usual_count());
        let (slot, id, extent) = if count >= usual {
            let extent = Extent { floor: usual, longest: self.order() };
            (&tables.statistics, TableId::Statistics, extent)
        } else {
            let extent = Extent { floor: count.max(1), longest: longest.min(self.order()) };
            (&tables.rare, TableId::Rare, extent)
        };
        let mut slot = lock(slot);
        let seen = self.seen();
        if let Some(kept) = &*slot
            && kept.seen == seen
            && kept.table.extent.includes(extent)
        {
            Came::FromMemory.note(id.name(), control);
            return Ok(Arc::clone(&kept.table));
        }
        let is_it = |head: &Head| head.seen == seen && head.extent().includes(extent);
        let (table, came) = match self.stored_statistics(id, is_it, cost, control)? {
            Some(table) => (table, Came::FromDisk),
            None => {
                let earlier = slot.take().map(|kept| kept.table);
                let (table, came) = self.new_statistics(id, extent, earlier, cost, control)?;
                // Of what has been counted since, nobody asks the old ones any more.
                self.discard_table(TableId::Rare)?;
                self.write_table(id, |put| table.write(put))?;
                (table, came)
            }
        };
        let table = Arc::new(table);
        came.note(id.name(), control);
        *slot = Some(Kept { seen, table: Arc::clone(&table) });
        Ok(table)
    }

    /// Statistics from those of an earlier state of the corpus, in memory or on disk, or from
    /// nothing.
    fn new_statistics(
        &self,
        id: TableId,
        extent: Extent,
        earlier: Option<Arc<Statistics>>,
        cost: Cost,
        control: &Control,
    ) -> Result<(Statistics, Came)> {
        let memory = own_share(cost);
        let changes = |head: &Head| head.changes(self, extent, memory);
        let earlier = match earlier {
            None => {
                let wants = |head: &Head| changes(head).is_some();
                self.stored_statistics(id, wants, cost, control)?.map(Arc::new)
            }
            earlier => earlier,
        };
        if let Some(earlier) = earlier
            && let Some((old, new)) = changes(&earlier.head())
            && let Some(table) = earlier.update(self, (&old, &new), memory, control)?
        {
            return Ok((table, Came::UpToDate));
        }
        Ok((Statistics::build(self, extent, memory, control)?, Came::Built))
    }

    /// The statistics on disk, if they are wanted. What cannot be read is made again.
    fn stored_statistics(
        &self,
        id: TableId,
        wants: impl Fn(&Head) -> bool,
        cost: Cost,
        control: &Control,
    ) -> Result<Option<Statistics>> {
        let Some(mut pieces) = self.pieces(id)? else { return Ok(None) };
        let Some(first) = pieces.next()? else { return Ok(None) };
        let Some(head) = Head::read(&first).ok().filter(|head| wants(head)) else {
            return Ok(None);
        };
        let table = Statistics::read(&head, self, own_share(cost), control, || pieces.next());
        control.check()?;
        Ok(table.ok())
    }

    /// The transactions of a corpus of items, by column.
    ///
    /// # Errors
    /// [`Error::Query`] when they take more than `memory` bytes, [`Error::Corrupt`] when a piece
    /// is damaged, and when the work is stopped.
    pub fn vertical(&self, memory: u64, control: &Control) -> Result<Arc<Vertical>> {
        let mut slot = lock(&self.corpus().tables.transactions);
        let seen = self.seen();
        if let Some(kept) = &*slot
            && kept.seen == seen
            && kept.table.memory() as u64 <= memory
        {
            Came::FromMemory.note(TRANSACTIONS, control);
            return Ok(Arc::clone(&kept.table));
        }
        *slot = None;
        let table = Arc::new(self.read_vertical(memory, control)?);
        Came::FromDisk.note(TRANSACTIONS, control);
        *slot = Some(Kept { seen, table: Arc::clone(&table) });
        Ok(table)
    }

    /// All adjacent pairs. Those of an earlier state of the corpus are added to.
    ///
    /// # Errors
    /// When they cannot be read or made.
    pub fn pairs(&self, control: &Control) -> Result<Arc<Pairs>> {
        let slot = &self.corpus().tables.pairs;
        self.table(
            slot,
            TableId::Pairs,
            &Form::record(),
            control,
            |_| true,
            |earlier| {
                let apart = earlier.and_then(|(seen, pairs)| Some((pairs, self.apart(&seen)?)));
                match apart {
                    Some((pairs, (_, new))) => {
                        Ok((pairs.with(self, &new, control)?, Came::UpToDate))
                    }
                    None => Ok((Pairs::build(self, control)?, Came::Built)),
                }
            },
        )
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
        self.table(slot, TableId::Branching, &Form::record(), control, fits, |_| {
            Ok((Branching::build(self, longest, cost.memory, control)?, Came::Built))
        })
    }

    /// The chunks at some thresholds. Told how many there are, `least` says how often one has to
    /// occur to be kept.
    ///
    /// # Errors
    /// [`Error::Query`] when the text was not kept, and what reading it says.
    pub fn chunks(
        &self,
        thresholds: Thresholds,
        least: impl FnOnce(u64) -> u64,
        cost: Cost,
        control: &Control,
    ) -> Result<Cut> {
        let pairs = self.pairs(control)?;
        if !self.record().keep_text {
            return Err(Error::query(format!(
                "the corpus {} was created WITH keep_text = false, and chunks come from the text",
                self.record().name
            ))
            .hint("ingest the texts into a corpus that keeps them"));
        }
        // A part of a corpus, whose tables do not last, is cut but once.
        let base = if FIRM.include(&thresholds) && !self.is_part() {
            self.firm_chunks(&pairs, cost, control)?
        } else {
            self.loose_chunks(&pairs, thresholds, cost, control)?
        };
        Ok(Cut::new(base, thresholds, least, cost.threads))
    }

    /// Chunks read off the text, which can be cut at some thresholds.
    fn loose_chunks(
        &self,
        pairs: &Arc<Pairs>,
        thresholds: Thresholds,
        cost: Cost,
        control: &Control,
    ) -> Result<Arc<Base>> {
        let (slot, seen) = (&self.corpus().tables.chunks, self.seen());
        let fits = |base: &Base| base.thresholds.include(&thresholds);
        let form = Form {
            write: &|seen, base: &Base, put| base.write(seen, put),
            read: &|mut pieces| Base::read(&seen, |_| Arc::clone(pairs), || pieces.next()),
        };
        self.table(slot, TableId::Chunks, &form, control, fits, |_| {
            let all = if USUAL.include(&thresholds) { USUAL } else { EVERYTHING };
            let base = Base::build(self, pairs, all, cost.threads, control)?;
            // Of what has been counted since, nobody asks the old ones any more.
            self.discard_table(TableId::Firm)?;
            Ok((base, Came::Built))
        })
    }

    /// Those chunks cut at the thresholds of every day.
    fn firm_chunks(&self, pairs: &Arc<Pairs>, cost: Cost, control: &Control) -> Result<Arc<Base>> {
        let (slot, seen) = (&self.corpus().tables.firm, self.seen());
        let fits = |base: &Base| base.thresholds.include(&FIRM);
        let strong = |thresholds| Arc::new(pairs.strong(thresholds, cost.threads));
        let form = Form {
            write: &|seen, base: &Base, put| base.write(seen, put),
            read: &|mut pieces| Base::read(&seen, strong, || pieces.next()),
        };
        self.table(slot, TableId::Firm, &form, control, fits, |_| {
            let loose = self.loose_chunks(pairs, FIRM, cost, control)?;
            let cut = Cut::new(loose, FIRM, |_| 1, cost.threads);
            Ok((cut.to_base(FIRM), Came::Built))
        })
    }

    /// A table from memory, from disk or newly made; `fits` says whether one that is there will
    /// do. `make` is given the one of an earlier state.
    fn table<T>(
        &self,
        slot: &Mutex<Option<Kept<T>>>,
        id: TableId,
        form: &Form<'_, T>,
        control: &Control,
        fits: impl Fn(&T) -> bool,
        make: impl FnOnce(Option<(Seen, &T)>) -> Result<(T, Came)>,
    ) -> Result<Arc<T>> {
        let mut slot = lock(slot);
        let seen = self.seen();
        let mut earlier = slot.as_ref().map(|kept| (kept.seen, Arc::clone(&kept.table)));
        if let Some((_, table)) =
            earlier.as_ref().filter(|(own, table)| *own == seen && fits(table))
        {
            Came::FromMemory.note(id.name(), control);
            return Ok(Arc::clone(table));
        }
        // A cache: what cannot be read is made again.
        let stored = self.pieces(id)?.and_then(|pieces| (form.read)(pieces).ok());
        let stored = stored.map(|(seen, table)| (seen, Arc::new(table)));
        let is_it = |(own, table): &(Seen, Arc<T>)| *own == seen && fits(table);
        let (table, came) = match stored {
            Some(stored) if is_it(&stored) => (stored.1, Came::FromDisk),
            stored => {
                earlier = earlier.or(stored);
                let basis = earlier.as_ref().map(|(seen, table)| (*seen, &**table));
                let (table, came) = make(basis)?;
                self.write_table(id, |put| (form.write)(&seen, &table, put))?;
                (Arc::new(table), came)
            }
        };
        came.note(id.name(), control);
        *slot = Some(Kept { seen, table: Arc::clone(&table) });
        Ok(table)
    }

    /// The pieces of the latest version of a table.
    fn pieces(&self, id: TableId) -> Result<Option<Pieces<'_>>> {
        if self.is_part() {
            return Ok(None);
        }
        Pieces::of_latest(self.store(), self.record().id, id)
    }

    /// Writes a table beside the index, in place of those of earlier versions.
    fn write_table(&self, id: TableId, write: impl FnOnce(Put<'_>) -> Result<()>) -> Result<()> {
        let index = self.index();
        if index.read_only() || self.is_part() {
            return Ok(());
        }
        let corpus = self.record().id;
        let version = self.manifest().version;
        let mut bulk = index.store().bulk(Family::Statistics)?;
        let mut number = 0;
        write(&mut |piece| {
            bulk.put(&table_key(corpus, id, version, number), piece)?;
            number += 1;
            Ok(())
        })?;
        let file = bulk.finish()?;
        // What another layout has left has a smaller number.
        let (from, _) = range_of(corpus.0);
        let tables = table_prefix(corpus, TableId::Statistics);
        index.store().discard(Family::Statistics, &from, &tables)?;
        self.discard_table(id)?;
        index.store().adopt(Family::Statistics, file.into_iter().collect())
    }

    /// Takes all versions of a table off the disk.
    fn discard_table(&self, id: TableId) -> Result<()> {
        if self.index().read_only() || self.is_part() {
            return Ok(());
        }
        let corpus = self.record().id;
        let (from, to) = (table_prefix(corpus, id), table_key(corpus, id, u64::MAX, u32::MAX));
        self.index().store().discard(Family::Statistics, &from, &to)
    }
}

fn lock<T>(slot: &Mutex<Option<Kept<T>>>) -> MutexGuard<'_, Option<Kept<T>>> {
    slot.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The pieces of a stored table, one after the other.
struct Pieces<'v> {
    cursor: Box<dyn Cursor + 'v>,
    prefix: Vec<u8>,
}

impl<'v> Pieces<'v> {
    fn of_latest(view: &'v (dyn View + 'v), corpus: CorpusId, id: TableId) -> Result<Option<Self>> {
        let mut cursor = view.cursor(Family::Statistics, Access::Scan);
        cursor.seek_back(&table_key(corpus, id, u64::MAX, u32::MAX));
        let own = table_prefix(corpus, id);
        let Some((key, _)) = cursor.entry()?.filter(|(key, _)| key.starts_with(&own)) else {
            return Ok(None);
        };
        let Some(prefix) = key.get(..own.len() + 8).map(<[u8]>::to_vec) else { return Ok(None) };
        cursor.seek(&prefix);
        Ok(Some(Pieces { cursor, prefix }))
    }

    fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let Some((key, piece)) = self.cursor.entry()? else { return Ok(None) };
        if !key.starts_with(&self.prefix) {
            return Ok(None);
        }
        let piece = piece.to_vec();
        self.cursor.advance();
        Ok(Some(piece))
    }
}
