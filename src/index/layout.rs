//! Every key and every record of the database, in one place.
//!
//! | family | key | value |
//! | --- | --- | --- |
//! | meta | `00` | [`FormatRecord`] |
//! | meta | `01` | [`Counters`] |
//! | meta | `02` name | [`CorpusRecord`] |
//! | meta | `03` corpus | [`Manifest`] |
//! | meta | `04` corpus, content hash (32 bytes) | [`SourceRecord`] |
//! | meta | `05` corpus, ingest | [`IngestRecord`] |
//! | symbols | corpus, first symbol | the texts of up to [`SYMBOL_BLOCK`] symbols in a row |
//! | pages | segment, the symbols of the first leaf | a page, see [`super::page`] |
//! | pages | segment, `00` | the counts of all items, where the segment is the last of a commit |
//! | pages | segment, `01`, piece | containers of postings, see [`super::posting`] |
//! | text | corpus, block (8 bytes) | a text block, see [`super::text`] |
//! | statistics | corpus, `ff` 8 times, hash of a name (8 bytes), piece | see [`super::lasting`] |
//! | statistics | corpus, table, version (8 bytes), chunk | a piece of a derived table |
//! | saved | name | see [`super::saved`] |
//!
//! Corpus, segment, ingest, symbol, chunk and piece are 4 bytes. A corpus of items keeps postings
//! instead of leaves, one segment for each chunk of 65 536 transactions. All integers in keys are
//! big-endian, so that the order of the bytes is the order of the numbers. Records are bincode with
//! a version byte.

use serde::{Deserialize, Serialize};

use crate::text::TextOptions;

/// The version of this layout. Another one on disk is refused.
pub const FORMAT: u8 = 2;

/// The longest window of any corpus.
pub const MAX_ORDER: usize = 8;

/// How many dictionary entries share one record.
pub(super) const SYMBOL_BLOCK: u32 = 4096;

/// The number of a corpus, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CorpusId(pub u32);

/// The number of a segment, never reused, unique among all corpora.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SegmentId(pub u32);

/// The number of a derived table of a corpus.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub(super) enum TableId {
    /// The statistics trie.
    Statistics = 1,
    /// Adjacent pairs with their counts.
    Pairs = 2,
    /// Distinct chunks with their counts.
    Chunks = 3,
    /// Branching entropies of what occurs twice.
    Branching = 4,
    /// The statistics trie of rarer n-grams than the other has, up to some length.
    Rare = 5,
    /// Distinct chunks at the thresholds of every day.
    Firm = 6,
}

impl TableId {
    /// What it is called where somebody asks how an answer came about.
    pub(super) fn name(self) -> &'static str {
        match self {
            TableId::Statistics => "statistics",
            TableId::Pairs => "pairs",
            TableId::Chunks => "chunks",
            TableId::Branching => "branching entropies",
            TableId::Rare => "statistics of rare n-grams",
            TableId::Firm => "firm chunks",
        }
    }
}

/// What wrote the database.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct FormatRecord {
    /// The version of the program.
    pub program: String,
    /// The version of Unicode whose classes and normal forms cut the texts.
    pub unicode: String,
}

/// The next free numbers.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct Counters {
    /// The next corpus.
    pub corpus: u32,
    /// The next segment.
    pub segment: u32,
}

/// A corpus as it was created.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CorpusRecord {
    /// Its number.
    pub id: CorpusId,
    /// Its name.
    pub name: String,
    /// What a symbol is and what is text.
    pub text: TextOptions,
    /// The longest window.
    pub order: u8,
    /// Whether the text is kept.
    pub keep_text: bool,
}

/// An option of a corpus and its value, as CREATE CORPUS has them.
pub type CorpusOption = (&'static str, String);

impl CorpusRecord {
    /// All of its options.
    pub fn options(&self) -> [CorpusOption; 9] {
        let CorpusRecord { text, order, keep_text, .. } = self;
        [
            ("unit", text.unit.to_string()),
            ("order", order.to_string()),
            ("split", text.split.to_string()),
            ("normalize", text.normalize.to_string()),
            ("case", text.case.to_string()),
            ("latin", text.latin.to_string()),
            ("digits", text.digits.to_string()),
            ("keep", text.keep.to_string()),
            ("keep_text", keep_text.to_string()),
        ]
    }
}

/// Sums over everything that was ingested.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Files, streams and literal texts.
    pub documents: u64,
    /// Lines with at least one unit.
    pub sentences: u64,
    /// Bytes of text as UTF-8.
    pub bytes: u64,
    /// `grams[n - 1]`: how often `n` units stand in a row without a boundary between them.
    pub grams: [u64; MAX_ORDER],
}

impl Totals {
    /// Tokens: units of text.
    pub fn units(&self) -> u64 {
        self.grams[0]
    }

    /// Adds the sums of another part.
    pub fn add(&mut self, other: &Totals) {
        self.documents += other.documents;
        self.sentences += other.sentences;
        self.bytes += other.bytes;
        for (sum, more) in self.grams.iter_mut().zip(other.grams) {
            *sum += more;
        }
    }
}

/// A sorted run of leaves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentRecord {
    /// Its number.
    pub id: SegmentId,
    /// Distinct windows.
    pub leaves: u64,
    /// Windows, counted as often as they occur.
    pub windows: u64,
    /// The first ingest in it.
    pub first_ingest: u32,
    /// The last ingest in it.
    pub last_ingest: u32,
}

/// What a corpus consists of at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Grows with every commit that changes a count or a symbol.
    pub version: u64,
    /// The live segments, oldest first.
    pub segments: Vec<SegmentRecord>,
    /// Sums over all segments.
    pub totals: Totals,
    /// The next free symbol.
    pub symbols: u32,
    /// Ingests so far.
    pub ingests: u32,
    /// Text blocks so far.
    pub blocks: u64,
}

/// A file, stream or text that was ingested, found by the hash of its content.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SourceRecord {
    /// The ingest that brought it.
    pub ingest: u32,
    /// Its name at the time.
    pub name: String,
    /// Its encoding.
    pub encoding: String,
}

/// One INGEST statement.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct IngestRecord {
    /// Its number, from 1.
    pub ingest: u32,
    /// When it was committed, seconds since 1970.
    pub time: u64,
    /// The names of its sources as they were given, at most a few.
    pub sources: String,
    /// Sources taken in.
    pub files: u64,
    /// Its share of the totals.
    pub totals: Totals,
    /// The first text block of it.
    pub first_block: u64,
    /// One past its last text block.
    pub end_block: u64,
}

/// Key of the [`FormatRecord`].
pub(super) fn format_key() -> Vec<u8> {
    vec![0x00]
}

/// Key of the [`Counters`].
pub(super) fn counters_key() -> Vec<u8> {
    vec![0x01]
}

/// Key of a [`CorpusRecord`]; with an empty name the prefix of all.
pub(super) fn corpus_key(name: &str) -> Vec<u8> {
    [&[0x02], name.as_bytes()].concat()
}

/// Key of a [`Manifest`].
pub(super) fn manifest_key(corpus: CorpusId) -> Vec<u8> {
    [&[0x03][..], &corpus.0.to_be_bytes()].concat()
}

/// Key of a [`SourceRecord`].
pub(super) fn source_key(corpus: CorpusId, hash: &[u8; 32]) -> Vec<u8> {
    [&source_prefix(corpus)[..], hash].concat()
}

/// Prefix of all sources of a corpus.
pub(super) fn source_prefix(corpus: CorpusId) -> Vec<u8> {
    [&[0x04][..], &corpus.0.to_be_bytes()].concat()
}

/// Key of an [`IngestRecord`].
pub(super) fn ingest_key(corpus: CorpusId, ingest: u32) -> Vec<u8> {
    [&ingest_prefix(corpus)[..], &ingest.to_be_bytes()].concat()
}

/// Prefix of all ingests of a corpus.
pub(super) fn ingest_prefix(corpus: CorpusId) -> Vec<u8> {
    [&[0x05][..], &corpus.0.to_be_bytes()].concat()
}

/// Key of a block of dictionary entries.
pub(super) fn symbols_key(corpus: CorpusId, first: u32) -> Vec<u8> {
    [corpus.0.to_be_bytes(), first.to_be_bytes()].concat()
}

/// Key of a text block.
pub(super) fn text_key(corpus: CorpusId, block: u64) -> Vec<u8> {
    [&corpus.0.to_be_bytes()[..], &block.to_be_bytes()].concat()
}

/// Key of a piece of a derived table.
pub(super) fn table_key(corpus: CorpusId, table: TableId, version: u64, chunk: u32) -> Vec<u8> {
    let mut key = table_prefix(corpus, table);
    key.extend(version.to_be_bytes());
    key.extend(chunk.to_be_bytes());
    key
}

/// Prefix of all versions of a derived table.
pub(super) fn table_prefix(corpus: CorpusId, table: TableId) -> Vec<u8> {
    let mut key = corpus.0.to_be_bytes().to_vec();
    key.push(table as u8);
    key
}

/// Key of the counts of all items, in a segment of a corpus of items.
pub(super) fn counts_key(segment: SegmentId) -> Vec<u8> {
    [&segment.0.to_be_bytes()[..], &[0]].concat()
}

/// Key of a piece of postings.
pub(super) fn postings_key(segment: SegmentId, piece: u32) -> Vec<u8> {
    [&segment.0.to_be_bytes()[..], &[1], &piece.to_be_bytes()].concat()
}

/// The keys of everything that a number owns: from the first slice up to the second.
pub(super) fn range_of(number: u32) -> ([u8; 4], Vec<u8>) {
    let end = number.checked_add(1).map_or(vec![0xff; 5], |next| next.to_be_bytes().to_vec());
    (number.to_be_bytes(), end)
}

/// Writes the key of a page: the segment, then the first leaf padded to the order.
pub(super) fn page_key(segment: SegmentId, leaf: &[u32], key: &mut Vec<u8>) {
    key.clear();
    key.extend(segment.0.to_be_bytes());
    for symbol in leaf {
        key.extend(symbol.to_be_bytes());
    }
}
