//! A batch of baskets: transactions on their way into the postings of a corpus of items.
//!
//! A corpus of items is a list of chunks of 65 536 transactions, each a segment of its own that
//! holds the [`super::posting`] containers of its items. Only the last chunk has room; what comes
//! in is added to it, and the commit names the new segment in place of the old one. The segment
//! that a commit ends with holds the counts of all items as well.

use std::sync::Arc;

use super::batch::BatchLimits;
use super::dictionary::Dictionary;
use super::index::{Corpus, Index};
use super::intake::{Commitment, Intake, Piece, publish};
use super::layout::{Manifest, SegmentId, SegmentRecord, Totals, counts_key, postings_key};
use super::posting::{CHUNK, Gathered, seal};
use super::text::TextWriter;
use super::transactions::Lines;
use super::window::FIRST_SYMBOL;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::store::{Family, encode};
use crate::text::{BasketFormat, BasketReader, BasketSink, CsvLayout};

/// The version of the record of counts.
pub(super) const COUNTS: u8 = 1;
/// What separates items where the separator was not said.
const OTHER_SEPARATORS: &[char] = &[',', ';', '|', '\t'];

/// Transactions that are being read and not yet visible to anyone.
pub(super) struct BasketBatch<'i> {
    index: &'i Index,
    corpus: &'i Corpus,
    limits: BatchLimits,
    format: Option<BasketFormat>,
    reader: Option<BasketReader>,
    rows: Rows,
    /// The transactions as they were written, and what has been compressed of them.
    lines: Lines,
    text: TextWriter<'i>,
    /// The chunk with room, once something is to be added to it.
    open: Option<Chunk>,
    /// Like the manifest, with what has been written.
    manifest: Manifest,
    /// The last chunk of the manifest, once it was written anew.
    replaced: Option<SegmentRecord>,
    /// Chunks since the last commit.
    written: Vec<SegmentRecord>,
    totals: Totals,
    owed: u64,
    /// Transactions with more than one item, among those of this ingest.
    several: u64,
    /// An item that looks like several.
    suspect: Option<String>,
}

/// Transactions by row, as a piece of text gives them.
#[derive(Default)]
struct Rows {
    dictionary: Dictionary,
    items: Vec<u32>,
    ends: Vec<usize>,
}

/// The chunk with room.
struct Chunk {
    containers: Vec<Gathered>,
    postings: u64,
    /// Of all chunks, by item.
    counts: Vec<u64>,
}

impl BasketSink for Rows {
    fn item(&mut self, item: &str) -> Result<()> {
        let symbol = match self.dictionary.find(item) {
            Some(symbol) => symbol,
            None => self.dictionary.add(item),
        };
        self.items.push(symbol - FIRST_SYMBOL);
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        self.ends.push(self.items.len());
        Ok(())
    }
}

impl<'i> BasketBatch<'i> {
    /// An empty batch.
    pub(super) fn new(
        index: &'i Index,
        corpus: &'i Corpus,
        limits: BatchLimits,
        format: Option<BasketFormat>,
    ) -> Self {
        let dictionary = corpus.dictionary().as_ref().clone();
        let manifest = (*corpus.manifest()).clone();
        BasketBatch {
            index,
            corpus,
            limits,
            format,
            reader: None,
            rows: Rows { dictionary, ..Rows::default() },
            lines: Lines::default(),
            text: TextWriter::new(index.store(), corpus.record.id, &manifest),
            open: None,
            manifest,
            replaced: None,
            written: Vec::new(),
            totals: Totals::default(),
            owed: 0,
            several: 0,
            suspect: None,
        }
    }

    /// The layout of a source: what was asked for, else what its name says.
    fn format_of(&self, name: &str) -> BasketFormat {
        if let Some(format) = &self.format {
            return format.clone();
        }
        let name = name.to_lowercase();
        let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
        match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("csv") => BasketFormat::Csv(b',', CsvLayout::Indicators(None)),
            Some("tsv") => BasketFormat::Csv(b'\t', CsvLayout::Indicators(None)),
            Some("jsonl" | "ndjson") => BasketFormat::JsonLines(None),
            _ => BasketFormat::Lines(" ".into()),
        }
    }

    /// Adds the rows that were read to the chunks.
    fn gather(&mut self, is_end: bool) -> Result<()> {
        let ends = std::mem::take(&mut self.rows.ends);
        let items = std::mem::take(&mut self.rows.items);
        let mut start = 0;
        for end in ends {
            self.add(&items[start..end])?;
            if self.corpus.record.keep_text {
                self.lines.push(&items[start..end]);
            }
            start = end;
        }
        self.text.put(&self.lines.packed(is_end)?)
    }

    fn add(&mut self, items: &[u32]) -> Result<()> {
        let before = self.manifest.totals.sentences + self.totals.sentences;
        let transaction = u32::try_from(before).ok().filter(|number| *number < u32::MAX);
        let transaction = transaction
            .ok_or_else(|| Error::input("there are more than 4 294 967 295 transactions"))?;
        if transaction > 0 && transaction.is_multiple_of(CHUNK) {
            self.close(false)?;
        }
        #[expect(clippy::cast_possible_truncation)] // the place within its chunk
        let place = transaction as u16;
        let symbols = self.rows.dictionary.len();
        let chunk = match &mut self.open {
            Some(chunk) => chunk,
            open => open.insert(Chunk::load(self.index, self.corpus, &self.manifest)?),
        };
        if chunk.containers.len() < symbols {
            chunk.containers.resize_with(symbols, Gathered::default);
            chunk.counts.resize(symbols, 0);
        }
        let mut distinct = 0;
        for &item in items {
            if chunk.containers[item as usize].push(place) {
                chunk.counts[item as usize] += 1;
                distinct += 1;
            }
        }
        chunk.postings += distinct;
        self.totals.sentences += 1;
        self.totals.grams[0] += distinct;
        self.several += u64::from(distinct > 1);
        Ok(())
    }

    /// Writes the open chunk as a segment that no manifest names yet. The last one of a commit
    /// stays open, and holds the counts.
    fn close(&mut self, is_last: bool) -> Result<()> {
        let Some(chunk) = &mut self.open else { return Ok(()) };
        // Nothing was added since it was committed, and full.
        if self.totals.sentences == 0 {
            chunk.clear();
            return Ok(());
        }
        let id = {
            let mut counters = self.index.counters();
            counters.segment += 1;
            SegmentId(counters.segment)
        };
        let store = self.index.store();
        let mut file = store.bulk(Family::Pages)?;
        if is_last {
            file.put(&counts_key(id), &encode(COUNTS, &chunk.counts)?)?;
        }
        let mut number = 0;
        seal(&chunk.containers, |piece| {
            number += 1;
            file.put(&postings_key(id, number), &piece)
        })?;
        store.adopt(Family::Pages, file.finish()?.into_iter().collect())?;
        let ingest = self.manifest.ingests + 1;
        let had_room = !self.manifest.totals.sentences.is_multiple_of(CHUNK.into());
        if self.written.is_empty() && had_room {
            self.replaced = self.manifest.segments.last().cloned();
        }
        let first_ingest = match (&self.replaced, self.written.is_empty()) {
            (Some(replaced), true) => replaced.first_ingest,
            _ => ingest,
        };
        let containers = chunk.containers.iter().filter(|own| own.count() > 0).count() as u64;
        self.written.push(SegmentRecord {
            id,
            leaves: containers,
            windows: chunk.postings,
            first_ingest,
            last_ingest: ingest,
        });
        if !is_last {
            chunk.clear();
        }
        Ok(())
    }

    fn memory(&self) -> u64 {
        let items = self.rows.dictionary.len() as u64;
        // A place takes two bytes, and as much again while its list grows; a bitmap is less.
        let open = self.open.as_ref().map_or(0, |chunk| (chunk.postings * 4).min(items * 8300));
        let waiting = self.reader.as_ref().map_or(0, |reader| reader.memory() as u64);
        open + items * 48 + 2 * self.rows.dictionary.memory() as u64 + waiting
    }

    fn feed(&mut self, pieces: &[Piece]) -> Result<()> {
        for piece in pieces {
            self.totals.bytes += piece.text.len() as u64;
            if let Some(reader) = &mut self.reader {
                reader.feed(&piece.text, &mut self.rows)?;
            }
            self.gather(false)?;
        }
        Ok(())
    }

    /// Remembers an item that a missing separator may have made of several.
    fn suspect(&mut self) {
        if self.several == 0 && self.suspect.is_none() {
            let dictionary = &self.rows.dictionary;
            let mut new =
                (self.manifest.symbols..dictionary.end()).map(|item| dictionary.text(item));
            self.suspect = new.find(|item| item.contains(OTHER_SEPARATORS)).map(str::to_owned);
        }
    }
}

impl Chunk {
    fn clear(&mut self) {
        self.containers.iter_mut().for_each(|own| *own = Gathered::default());
        self.postings = 0;
    }

    /// The last chunk of a corpus if it has room, else an empty one.
    fn load(index: &Index, corpus: &Corpus, manifest: &Manifest) -> Result<Chunk> {
        let items = corpus.dictionary().len();
        let containers = vec![Gathered::default(); items];
        let mut chunk = Chunk { containers, postings: 0, counts: vec![0; items] };
        let Some(last) = manifest.segments.last() else { return Ok(chunk) };
        let view = index.store().view();
        chunk.counts = super::items::counts(&*view, last.id, items)?;
        if manifest.totals.sentences.is_multiple_of(CHUNK.into()) {
            return Ok(chunk);
        }
        let containers = &mut chunk.containers;
        super::items::each_piece(&*view, last.id, |piece| {
            let mut beyond = false;
            super::posting::open(&piece, |item, container| {
                match containers.get_mut(item as usize) {
                    Some(own) => container.each(&piece, |place| {
                        own.push(place);
                    }),
                    None => beyond = true,
                }
            })?;
            if beyond { Err(super::posting::damaged()) } else { Ok(()) }
        })?;
        chunk.postings = last.windows;
        Ok(chunk)
    }
}

impl Intake for BasketBatch<'_> {
    fn begin_document(&mut self, name: &str) -> Result<()> {
        self.totals.documents += 1;
        self.text.begin_document(name);
        let format = self.format_of(name);
        self.reader = Some(BasketReader::new(name, &format, &self.corpus.record.text));
        Ok(())
    }

    fn fill(&mut self, pieces: &[Piece], meanwhile: &mut (dyn FnMut() + Send)) -> Result<()> {
        if self.limits.threads < 2 {
            meanwhile();
            return self.feed(pieces);
        }
        std::thread::scope(|scope| {
            scope.spawn(meanwhile);
            self.feed(pieces)
        })
    }

    fn end_document(&mut self) -> Result<()> {
        if let Some(mut reader) = self.reader.take() {
            reader.finish(&mut self.rows)?;
        }
        self.gather(true)
    }

    fn owe(&mut self, bytes: u64) {
        self.owed += bytes;
    }

    fn is_full(&self) -> bool {
        self.memory() >= self.limits.memory
    }

    fn wants_commit(&self) -> bool {
        !self.written.is_empty()
    }

    fn spill(&mut self, _: &Control) -> Result<()> {
        let (needed, allowed) = (self.memory() >> 20, self.limits.memory >> 20);
        Err(Error::input(format!(
            "65 536 transactions at a time take {needed} MB here, and {allowed} MB are allowed"
        ))
        .hint(format!("SET memory = {}MiB", needed * 2)))
    }

    fn commit(&mut self, commitment: Commitment<'_>, control: &Control) -> Result<()> {
        self.suspect();
        if self.totals.sentences > 0 {
            self.close(true)?;
        }
        control.progress.advance(std::mem::take(&mut self.owed));
        self.manifest.blocks = self.text.adopt()?;
        let mut manifest = self.manifest.clone();
        if self.replaced.take().is_some() {
            manifest.segments.pop();
        }
        manifest.segments.append(&mut self.written);
        let (corpus, dictionary) = (self.corpus, Arc::new(self.rows.dictionary.clone()));
        self.manifest =
            publish(self.index, corpus, manifest, dictionary, commitment, &self.totals)?;
        self.totals = Totals::default();
        Ok(())
    }

    fn roll_back(&mut self) -> Result<()> {
        let written = std::mem::take(&mut self.written);
        self.index.retire(written.into_iter().map(|segment| segment.id).collect())?;
        self.replaced = None;
        self.open = None;
        self.reader = None;
        let ingests = self.manifest.ingests;
        self.manifest = (*self.corpus.manifest()).clone();
        self.manifest.ingests = ingests;
        self.lines.clear();
        self.text.roll_back(&self.manifest)?;
        self.rows =
            Rows { dictionary: self.corpus.dictionary().as_ref().clone(), ..Rows::default() };
        self.totals = Totals::default();
        self.owed = 0;
        Ok(())
    }

    fn advice(&self) -> Option<String> {
        let suspect = self.suspect.as_ref().filter(|_| self.several == 0)?;
        let shown: String = suspect.chars().take(40).collect();
        let separator = suspect.chars().find(|c| OTHER_SEPARATORS.contains(c))?;
        Some(format!(
            "no transaction has more than one item, and one item is `{shown}`: \
             WITH separator = '{separator}' may have been meant"
        ))
    }
}

impl Drop for BasketBatch<'_> {
    /// Whatever was not committed is taken back; what fails here is swept at the next start.
    fn drop(&mut self) {
        if !self.written.is_empty() {
            let _ = self.roll_back();
        }
    }
}
