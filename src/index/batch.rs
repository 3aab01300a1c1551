//! A batch: text of one or more sources on its way into one segment, and the commit.

use std::sync::Arc;

use super::dictionary::Dictionary;
use super::index::{Corpus, Index};
use super::intake::{Commitment, Intake, Piece, publish};
use super::layout::{Manifest, SegmentId, SegmentRecord, Totals};
use super::segment::{SegmentWriter, Stretch};
use super::sort::{Sorter, WindowSink};
use super::text::{TextWriter, pack};
use super::tokens::{Settled, TokenStream, settle};
use super::window::{Middle, Packed, Shape, Shaped, Wide};
use crate::control::{Control, share_out};
use crate::error::Result;
use crate::store::{BulkFile, Family};
use crate::text::Splitter;

/// How many windows pass between two looks at the controls.
const CHECK_EVERY: u64 = 1 << 18;
/// What a batch needs beside its positions: chunks of text, compressors, writers of sorted files.
const FIXED_MEMORY: u64 = 48 << 20;
/// Bytes that windows may take, however little memory there is.
const LEAST_ROOM: u64 = 8 << 20;
/// Bytes beyond which more room for windows makes nothing faster: what is saved by reading the
/// streams less often goes into pages that nobody has touched before.
const MOST_ROOM: u64 = 256 << 20;
/// Symbols of one stream; places in it are 32 bits wide, and what comes in at once is far less.
const MOST_SYMBOLS: usize = 1 << 31;
/// This share of the memory is left to the cache of the store.
const CACHE_SHARE: u64 = 8;

/// How large a batch may become.
#[derive(Clone, Copy, Debug)]
pub(super) struct BatchLimits {
    /// Bytes to stay within.
    pub memory: u64,
    /// Threads to use.
    pub threads: usize,
}

/// Writes the distinct windows of a region as leaves. No two share a line of the cache, as threads
/// write in neighbouring ones.
#[repr(align(128))]
struct LeafSink<'a, K> {
    writer: SegmentWriter<'a>,
    shape: Shape,
    last: Option<K>,
    leaves: u64,
    /// Windows that the progress has not been told of.
    windows: u64,
    /// Bytes of input that all windows stand for, and how many windows these are.
    owed: (u64, u64),
    control: &'a Control,
}

impl<'a, K: Packed> LeafSink<'a, K> {
    fn new(
        writer: SegmentWriter<'a>,
        shape: Shape,
        owed: (u64, u64),
        control: &'a Control,
    ) -> Self {
        LeafSink { writer, shape, last: None, leaves: 0, windows: 0, owed, control }
    }

    #[cold]
    fn report(&mut self) {
        let (bytes, all) = self.owed;
        let windows = std::mem::take(&mut self.windows);
        let done = u128::from(bytes) * u128::from(windows) / u128::from(all.max(1));
        self.control.progress.advance(u64::try_from(done).unwrap_or(u64::MAX));
    }
}

impl<K: Packed> WindowSink<K> for LeafSink<'_, K> {
    type Outcome = Stretch;

    #[inline]
    fn take(&mut self, packed: K, count: u64) -> Result<()> {
        let shared = self.last.map_or(0, |last| last.shared(packed, self.shape));
        self.last = Some(packed);
        self.leaves += 1;
        self.windows += count;
        if self.leaves.is_multiple_of(CHECK_EVERY) {
            self.control.check()?;
            self.report();
        }
        self.writer.push(Shaped { window: packed, shape: self.shape }, shared, count)
    }

    fn finish(mut self) -> Result<Stretch> {
        self.report();
        self.writer.finish()
    }
}

/// What a thread does while a batch is being filled.
enum Part<'p> {
    Piece(&'p Piece),
    Meanwhile(&'p mut (dyn FnMut() + Send)),
}

/// Text that is being counted and not yet visible to anyone.
pub(super) struct Batch<'i> {
    index: &'i Index,
    corpus: &'i Corpus,
    limits: BatchLimits,
    splitter: Splitter,
    dictionary: Arc<Dictionary>,
    streams: Vec<TokenStream>,
    text: TextWriter<'i>,
    /// Like the manifest, with what has been spilled.
    manifest: Manifest,
    spilled: Vec<SegmentRecord>,
    totals: Totals,
    /// Bytes of input whose windows are still to be written, for the progress.
    owed: u64,
}

impl<'i> Batch<'i> {
    /// An empty batch.
    pub(super) fn new(index: &'i Index, corpus: &'i Corpus, limits: BatchLimits) -> Result<Self> {
        let manifest = (*corpus.manifest()).clone();
        let mut batch = Batch {
            index,
            corpus,
            limits,
            splitter: Splitter::new(&corpus.record.text),
            dictionary: corpus.dictionary(),
            streams: Vec::new(),
            text: TextWriter::new(index.store(), corpus.record.id, &manifest),
            manifest,
            spilled: Vec::new(),
            totals: Totals::default(),
            owed: 0,
        };
        batch.begin();
        Ok(batch)
    }

    fn begin(&mut self) {
        self.owed = 0;
        let streams = (0..self.limits.threads).map(|_| TokenStream::new(&self.dictionary));
        self.streams = streams.collect();
    }

    /// Bytes that the batch has filled.
    fn filled(&self) -> u64 {
        let streams: usize = self.streams.iter().map(TokenStream::memory).sum();
        (streams + self.dictionary.memory()) as u64
    }

    /// Bytes for the batch and its windows.
    fn available(&self) -> u64 {
        self.limits.memory.saturating_sub(FIXED_MEMORY + self.limits.memory / CACHE_SHARE)
    }

    fn adopt(&self, family: Family, files: Vec<BulkFile>) -> Result<()> {
        self.index.store().adopt(family, files)
    }

    fn allocate(&self) -> SegmentId {
        let mut counters = self.index.counters();
        counters.segment += 1;
        SegmentId(counters.segment)
    }

    fn write_segment<K: Packed>(
        &self,
        id: SegmentId,
        settled: Settled,
        shape: Shape,
        control: &Control,
    ) -> Result<Vec<Stretch>> {
        let streams: usize = settled.streams.iter().map(|stream| stream.len() * 4).sum();
        let room = self.available().saturating_sub(streams as u64).max(LEAST_ROOM);
        let sorter = Sorter::new(settled, self.limits.threads);
        let regions = sorter.regions();
        let owed = (self.owed, sorter.windows());
        let mut sinks = Vec::with_capacity(regions.len());
        for region in &regions {
            let order = self.corpus.order();
            let writer = SegmentWriter::new(self.index.store(), id, order, region.before)?;
            sinks.push(LeafSink::<K>::new(writer, shape, owed, control));
        }
        sorter.drain(shape, room.min(MOST_ROOM), regions, sinks)
    }
}

impl Intake for Batch<'_> {
    fn begin_document(&mut self, name: &str) -> Result<()> {
        self.totals.documents += 1;
        self.text.begin_document(name);
        Ok(())
    }

    fn fill(&mut self, pieces: &[Piece], meanwhile: &mut (dyn FnMut() + Send)) -> Result<()> {
        let (splitter, dictionary) = (&self.splitter, &self.dictionary);
        let keep = self.corpus.record.keep_text;
        let streams = self.streams.iter_mut().collect();
        // What is done meanwhile is begun first: it is longer than a piece.
        let mut parts = vec![Part::Meanwhile(meanwhile)];
        parts.extend(pieces.iter().map(Part::Piece));
        let packed = share_out(streams, parts, |stream: &mut &mut TokenStream, part| {
            let piece = match part {
                Part::Piece(piece) => piece,
                Part::Meanwhile(work) => {
                    work();
                    return Ok(Vec::new());
                }
            };
            stream.fill(&piece.text, splitter, dictionary);
            if keep { pack(&piece.text) } else { Ok(Vec::new()) }
        });
        for blocks in packed {
            self.text.put(&blocks?)?;
        }
        Ok(())
    }

    fn end_document(&mut self) -> Result<()> {
        Ok(())
    }

    fn owe(&mut self, bytes: u64) {
        self.owed += bytes;
    }

    fn is_full(&self) -> bool {
        let is_long = |stream: &TokenStream| stream.len() >= MOST_SYMBOLS;
        self.filled() >= self.available() / 2 || self.streams.iter().any(is_long)
    }

    fn wants_commit(&self) -> bool {
        !self.spilled.is_empty() || self.filled() >= self.available() / 4
    }

    fn spill(&mut self, control: &Control) -> Result<()> {
        let streams = std::mem::take(&mut self.streams);
        for stream in &streams {
            self.totals.add(stream.totals());
        }
        let settled = settle(streams, &mut self.dictionary);
        let windows: usize = settled.streams.iter().map(|stream| stream.len() - 1).sum();
        if windows > 0 {
            let id = self.allocate();
            let shape = Shape::new(self.corpus.order(), self.dictionary.end());
            let stretches = match shape.width() {
                ..=64 => self.write_segment::<u64>(id, settled, shape, control)?,
                65..=96 => self.write_segment::<Middle>(id, settled, shape, control)?,
                97..=128 => self.write_segment::<u128>(id, settled, shape, control)?,
                _ => self.write_segment::<Wide>(id, settled, shape, control)?,
            };
            let record = SegmentRecord {
                id,
                leaves: stretches.iter().map(|stretch| stretch.leaves).sum(),
                windows: stretches.last().map_or(0, |stretch| stretch.end),
                first_ingest: self.manifest.ingests + 1,
                last_ingest: self.manifest.ingests + 1,
            };
            self.adopt(Family::Pages, stretches.into_iter().filter_map(|s| s.file).collect())?;
            self.spilled.push(record);
        }
        self.manifest.blocks = self.text.adopt()?;
        self.begin();
        Ok(())
    }

    fn commit(&mut self, commitment: Commitment<'_>, control: &Control) -> Result<()> {
        self.spill(control)?;
        let mut manifest = self.manifest.clone();
        manifest.segments.append(&mut self.spilled);
        let (corpus, dictionary) = (self.corpus, Arc::clone(&self.dictionary));
        self.manifest =
            publish(self.index, corpus, manifest, dictionary, commitment, &self.totals)?;
        self.totals = Totals::default();
        Ok(())
    }

    fn roll_back(&mut self) -> Result<()> {
        let spilled = std::mem::take(&mut self.spilled);
        self.index.retire(spilled.into_iter().map(|segment| segment.id).collect())?;
        let ingests = self.manifest.ingests;
        self.manifest = (*self.corpus.manifest()).clone();
        self.manifest.ingests = ingests;
        self.text.roll_back(&self.manifest)?;
        self.dictionary = self.corpus.dictionary();
        self.totals = Totals::default();
        self.begin();
        Ok(())
    }
}

impl Drop for Batch<'_> {
    /// Whatever was not committed is taken back; what fails here is swept at the next start.
    fn drop(&mut self) {
        if !self.spilled.is_empty() {
            let _ = self.roll_back();
        }
    }
}
