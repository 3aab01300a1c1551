//! What the ingest asks of a batch, whether of text or of baskets, and what every commit writes.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::dictionary::Dictionary;
use super::index::{Corpus, Index, RECORD};
use super::layout::{
    CorpusId, IngestRecord, Manifest, SYMBOL_BLOCK, SourceRecord, Totals, ingest_key, source_key,
    symbols_key,
};
use crate::control::Control;
use crate::error::Result;
use crate::store::{Batch as Changes, Family, encode};

/// Whole lines of one document.
#[derive(Default)]
pub(super) struct Piece {
    /// The lines.
    pub text: String,
}

/// What is committed beside the counts.
pub(super) struct Commitment<'c> {
    /// The ingest so far; its totals and its last block are brought up to date.
    pub record: &'c mut IngestRecord,
    /// The sources that are complete.
    pub sources: BTreeMap<[u8; 32], SourceRecord>,
}

/// Sources on their way into a corpus, not yet visible to anyone.
pub(super) trait Intake {
    /// A new document begins.
    fn begin_document(&mut self, name: &str) -> Result<()>;

    /// Takes pieces of the current document in, and does something else, once, beside it.
    fn fill(&mut self, pieces: &[Piece], meanwhile: &mut (dyn FnMut() + Send)) -> Result<()>;

    /// The current document ends.
    fn end_document(&mut self) -> Result<()>;

    /// So many bytes of input are read and will be done when they are written.
    fn owe(&mut self, bytes: u64);

    /// Whether the next piece might not fit any more.
    fn is_full(&self) -> bool;

    /// Whether it is time to commit between two sources.
    fn wants_commit(&self) -> bool;

    /// Writes what has been read, invisibly.
    fn spill(&mut self, control: &Control) -> Result<()>;

    /// Makes everything since the last commit visible, at once.
    fn commit(&mut self, commitment: Commitment<'_>, control: &Control) -> Result<()>;

    /// Forgets everything since the last commit.
    fn roll_back(&mut self) -> Result<()>;

    /// What a person should be told of what came in.
    fn advice(&self) -> Option<String> {
        None
    }
}

/// Makes the segments of `manifest` visible, at once, with what every commit writes beside them.
/// Gives back the manifest that further batches of the same ingest go on from.
///
/// # Errors
/// When the disk refuses.
pub(super) fn publish(
    index: &Index,
    corpus: &Corpus,
    mut manifest: Manifest,
    dictionary: Arc<Dictionary>,
    commitment: Commitment<'_>,
    totals: &Totals,
) -> Result<Manifest> {
    let ingest = commitment.record.ingest;
    let symbols = (manifest.symbols, &*dictionary);
    let changes = ledger(corpus.record.id, symbols, commitment, totals, manifest.blocks)?;
    manifest.version += 1;
    manifest.totals.add(totals);
    manifest.symbols = dictionary.end();
    manifest.ingests = ingest;
    index.publish(corpus, manifest.clone(), dictionary, changes)?;
    // The number of the ingest stays taken while its further batches are on their way.
    manifest.ingests = ingest - 1;
    Ok(manifest)
}

/// The changes that every commit makes: new symbols, the sources, the record of the ingest.
fn ledger(
    id: CorpusId,
    symbols: (u32, &Dictionary),
    commitment: Commitment<'_>,
    totals: &Totals,
    blocks: u64,
) -> Result<Changes> {
    let mut changes = Changes::new();
    let (mut first, dictionary) = symbols;
    while first < dictionary.end() {
        let end = dictionary.end().min(first.saturating_add(SYMBOL_BLOCK));
        let texts: Vec<&str> = (first..end).map(|symbol| dictionary.text(symbol)).collect();
        changes.put(Family::Symbols, symbols_key(id, first), encode(RECORD, &texts)?);
        first = end;
    }
    for (hash, source) in &commitment.sources {
        changes.put(Family::Meta, source_key(id, hash), encode(RECORD, source)?);
    }
    let record = commitment.record;
    record.totals.add(totals);
    record.end_block = blocks;
    changes.put(Family::Meta, ingest_key(id, record.ingest), encode(RECORD, record)?);
    Ok(changes)
}
