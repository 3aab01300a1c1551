//! The way in: sources are read, cut into batches that fit the memory, counted, committed.
//!
//! A batch becomes one segment. A source is committed whole: a long one may fill several segments,
//! which stay invisible until its last one is there. A source that is refused takes everything
//! since the last commit back, and the good ones among that are read again without it.

use std::collections::{BTreeMap, VecDeque};
use std::io::Read;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use super::baskets::BasketBatch;
use super::batch::{Batch, BatchLimits};
use super::index::{Corpus, Index};
use super::intake::{Commitment, Intake, Piece};
use super::layout::{IngestRecord, SourceRecord, Totals};
use crate::control::{Control, Measure};
use crate::error::{Error, Result};
use crate::text::{BasketFormat, Input, InputOptions, Unit, digest};

/// Text that one thread tokenises at a time.
const CHUNK_BYTES: usize = 128 << 10;
/// Chunks for each thread that are read at once, at most: with several, none waits long for
/// another.
const CHUNKS_AHEAD: usize = 8;
/// How many names an ingest record keeps.
const NAMES_KEPT: usize = 3;

/// Where text comes from.
pub enum Source {
    /// A file, plain or compressed.
    File(PathBuf),
    /// A stream that can be read once.
    Stream(String, Box<dyn Read + Send>),
    /// Text at hand.
    Literal(String),
}

/// How an ingest is to run.
#[derive(Clone, Debug)]
pub struct IngestOptions {
    /// Encoding, and what to do about bytes that do not fit it.
    pub input: InputOptions,
    /// Bytes of memory to stay within.
    pub memory: u64,
    /// Threads to use.
    pub threads: usize,
    /// How the transactions of a corpus of items are laid out; by the ending of each source where
    /// this is `None`.
    pub baskets: Option<BasketFormat>,
}

/// What an ingest has done.
#[derive(Debug, Default)]
pub struct IngestSummary {
    /// The number of the ingest; 0 when there was nothing new.
    pub ingest: u32,
    /// Sources taken in.
    pub files: u64,
    /// Their sums.
    pub totals: Totals,
    /// Live segments afterwards.
    pub segments: usize,
    /// Sources that were there already.
    pub skipped: u64,
    /// Undecodable bytes that were replaced.
    pub replaced: u64,
    /// Sources that were refused, and why.
    pub refused: Vec<(String, Error)>,
    /// Encodings that were guessed: source and guess.
    pub guessed: Vec<(String, String)>,
    /// What looks odd about what came in.
    pub advice: Option<String>,
}

/// A source on its way, with what was found out about it.
struct Queued {
    source: Source,
    /// Known before reading where that was needed.
    hash: Option<[u8; 32]>,
}

/// What has been read of a source, to be committed with its batch.
struct Finished {
    source: Option<Source>,
    hash: [u8; 32],
    record: SourceRecord,
    guessed: bool,
    replaced: u64,
}

impl Source {
    fn name(&self) -> String {
        match self {
            Source::File(path) => path.display().to_string(),
            Source::Stream(name, _) => name.clone(),
            Source::Literal(_) => "text".into(),
        }
    }

    /// Bytes of it, if it is not a stream.
    fn size(&self) -> Option<u64> {
        match self {
            Source::File(path) => std::fs::metadata(path).ok().map(|data| data.len()),
            Source::Stream(..) => None,
            Source::Literal(text) => Some(text.len() as u64),
        }
    }
}

impl Index {
    /// Counts sources into a corpus, each content once.
    ///
    /// # Errors
    /// What stops the whole: the disk, an interruption. What is wrong with single sources is in
    /// the summary.
    pub fn ingest(
        &self,
        corpus: &Arc<Corpus>,
        sources: Vec<Source>,
        options: &IngestOptions,
        control: &Control,
    ) -> Result<IngestSummary> {
        let _writing = self.lock_for_writing()?;
        let bytes = sources.iter().filter_map(Source::size).sum::<u64>();
        control.progress.begin("ingesting", (bytes > 0).then_some(bytes), Measure::Bytes);
        let result = Ingestion::new(self, corpus, options, control)
            .and_then(|ingestion| ingestion.run(sources));
        control.progress.finish();
        let mut summary = result?;
        // Baskets lie in chunks, which are never merged.
        if summary.files > 0 && corpus.record.text.unit != Unit::Item {
            self.merge_tiers(corpus, control)?;
        }
        summary.segments = corpus.manifest().segments.len();
        Ok(summary)
    }
}

struct Ingestion<'i> {
    index: &'i Index,
    corpus: &'i Corpus,
    options: &'i IngestOptions,
    control: &'i Control,
    batch: Box<dyn Intake + 'i>,
    queue: VecDeque<Queued>,
    /// How many sources there are of each size.
    sizes: BTreeMap<u64, usize>,
    finished: Vec<Finished>,
    record: IngestRecord,
    names: Vec<String>,
    summary: IngestSummary,
}

impl<'i> Ingestion<'i> {
    fn new(
        index: &'i Index,
        corpus: &'i Corpus,
        options: &'i IngestOptions,
        control: &'i Control,
    ) -> Result<Self> {
        let limits = BatchLimits { memory: options.memory, threads: options.threads.max(1) };
        let batch: Box<dyn Intake + 'i> = match corpus.record.text.unit {
            Unit::Item => {
                Box::new(BasketBatch::new(index, corpus, limits, options.baskets.clone()))
            }
            Unit::Char | Unit::Word => Box::new(Batch::new(index, corpus, limits)?),
        };
        let manifest = corpus.manifest();
        let ingest = manifest.ingests + 1;
        let record =
            IngestRecord { ingest, first_block: manifest.blocks, ..IngestRecord::default() };
        Ok(Ingestion {
            index,
            corpus,
            options,
            control,
            batch,
            queue: VecDeque::new(),
            sizes: BTreeMap::new(),
            finished: Vec::new(),
            record,
            names: Vec::new(),
            summary: IngestSummary::default(),
        })
    }

    fn run(mut self, sources: Vec<Source>) -> Result<IngestSummary> {
        for size in sources.iter().filter_map(Source::size) {
            *self.sizes.entry(size).or_default() += 1;
        }
        self.queue = sources.into_iter().map(|source| Queued { source, hash: None }).collect();
        while let Some(queued) = self.queue.pop_front() {
            self.control.check()?;
            let name = queued.source.name();
            match self.take(queued) {
                Ok(()) => {}
                Err(error @ Error::Input(_)) => {
                    self.summary.refused.push((name, error));
                    self.roll_back()?;
                }
                Err(error) => return Err(error),
            }
            // A stream cannot be read again, should a later source be refused.
            let is_unique = self.finished.last().is_some_and(|last| last.source.is_none());
            if is_unique || self.batch.wants_commit() {
                self.commit()?;
            }
        }
        self.commit()?;
        Ok(self.summary)
    }

    /// Reads one source into the batch.
    fn take(&mut self, mut queued: Queued) -> Result<()> {
        if queued.hash.is_none() && self.may_be_known(&queued.source) {
            queued.hash = match &queued.source {
                Source::File(path) => Some(digest(path)?),
                Source::Literal(text) => Some(*blake3::hash(text.as_bytes()).as_bytes()),
                Source::Stream(..) => None,
            };
        }
        if let Some(hash) = queued.hash
            && self.is_known(&hash)?
        {
            self.summary.skipped += 1;
            self.control.progress.advance(queued.source.size().unwrap_or(0));
            return Ok(());
        }
        let name = queued.source.name();
        let options = &InputOptions { digest: queued.hash.is_none(), ..self.options.input };
        let (mut input, again) = match queued.source {
            Source::File(path) => (Input::open(&path, options)?, Some(Source::File(path))),
            Source::Stream(name, stream) => (Input::reader(&name, stream, options)?, None),
            Source::Literal(text) => {
                let stream = std::io::Cursor::new(text.clone().into_bytes());
                (Input::reader(&name, Box::new(stream), options)?, Some(Source::Literal(text)))
            }
        };
        self.batch.begin_document(&name)?;
        self.read(&mut input)?;
        self.batch.end_document()?;
        let hash = match queued.hash {
            Some(hash) => hash,
            None => input.digest().unwrap_or_default(),
        };
        if queued.hash.is_none() && self.is_known(&hash)? {
            // It had to be read before it could be recognised: a stream, or a file that was
            // compressed.
            self.summary.skipped += 1;
            return self.roll_back();
        }
        let encoding = input.encoding().to_owned();
        let record = SourceRecord { ingest: self.record.ingest, name, encoding };
        self.finished.push(Finished {
            source: again,
            hash,
            record,
            guessed: input.encoding_guessed(),
            replaced: input.replaced(),
        });
        Ok(())
    }

    /// Whether a source may be there already, so that it is worth while to hash it beforehand. What
    /// is hashed as it is read is read once.
    fn may_be_known(&self, source: &Source) -> bool {
        let size = source.size();
        let ours = |size| self.sizes.get(&size).is_some_and(|&number| number > 1);
        self.corpus.manifest().ingests > 0 || size.is_some_and(ours)
    }

    fn is_known(&self, hash: &[u8; 32]) -> Result<bool> {
        Ok(self.finished.iter().any(|finished| finished.hash == *hash)
            || self.index.source(self.corpus, hash)?.is_some())
    }

    fn read(&mut self, input: &mut Input) -> Result<()> {
        let threads = self.options.threads.max(1);
        let most = if threads == 1 { 1 } else { threads * CHUNKS_AHEAD };
        let mut reported = 0;
        let (mut pieces, mut next) = (Vec::new(), Vec::new());
        next_pieces(input, threads, &mut pieces)?;
        while !pieces.is_empty() {
            // Few to begin with: nothing can be done beside the reading of the first ones.
            let wanted = most.min(pieces.len() * 2);
            self.control.check()?;
            let read = input.bytes_read().saturating_sub(reported);
            let mut outcome = Ok(());
            let mut meanwhile = || outcome = next_pieces(input, wanted, &mut next);
            self.batch.fill(&pieces, &mut meanwhile)?;
            outcome?;
            std::mem::swap(&mut pieces, &mut next);
            // Reading is about half of the work; the other half is told of while it is written.
            reported += read;
            self.control.progress.advance(read / 2);
            self.batch.owe(read - read / 2);
            if self.batch.is_full() {
                self.batch.spill(self.control)?;
            }
        }
        Ok(())
    }

    /// Forgets everything since the last commit; what was good in it is read again.
    fn roll_back(&mut self) -> Result<()> {
        for finished in self.finished.drain(..).rev() {
            if let Some(source) = finished.source {
                self.queue.push_front(Queued { source, hash: Some(finished.hash) });
            }
        }
        self.batch.roll_back()
    }

    fn commit(&mut self) -> Result<()> {
        if self.finished.is_empty() {
            return Ok(());
        }
        let mut sources = BTreeMap::new();
        for finished in self.finished.drain(..) {
            let name = finished.record.name.clone();
            if finished.guessed {
                self.summary.guessed.push((name.clone(), finished.record.encoding.clone()));
            }
            self.summary.files += 1;
            self.summary.replaced += finished.replaced;
            self.names.push(name);
            sources.insert(finished.hash, finished.record);
        }
        self.record.files = self.summary.files;
        self.record.sources = shown_names(&self.names);
        self.record.time =
            SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let commitment = Commitment { record: &mut self.record, sources };
        self.batch.commit(commitment, self.control)?;
        self.summary.advice = self.batch.advice().or(self.summary.advice.take());
        self.summary.ingest = self.record.ingest;
        self.summary.totals = self.record.totals.clone();
        Ok(())
    }
}

/// Reads so many chunks of text into `pieces`, whose room is used again; none at the end of the
/// input.
fn next_pieces(input: &mut Input, wanted: usize, pieces: &mut Vec<Piece>) -> Result<()> {
    pieces.resize_with(wanted, Piece::default);
    for filled in 0..wanted {
        if !input.next_chunk(CHUNK_BYTES, &mut pieces[filled].text)? {
            pieces.truncate(filled);
            break;
        }
    }
    Ok(())
}

fn shown_names(names: &[String]) -> String {
    let shown = names[..names.len().min(NAMES_KEPT)].join(", ");
    match names.len().saturating_sub(NAMES_KEPT) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
