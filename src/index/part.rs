//! A part of a corpus: what came after an ingest.

use super::index::RECORD;
use super::layout::{IngestRecord, Manifest, SegmentRecord, Totals, ingest_prefix};
use super::posting::CHUNK;
use super::view::CorpusView;
use crate::error::Result;
use crate::store::{Family, decode};
use crate::text::Unit;

impl CorpusView<'_> {
    /// Whether the segments of what came after an ingest stand apart from those of what was
    /// there, so that its counts can be read off them.
    pub fn stands_apart_since(&self, ingest: u32) -> bool {
        let apart = |segment: &SegmentRecord| {
            segment.first_ingest > ingest || segment.last_ingest <= ingest
        };
        self.manifest().segments.iter().all(apart)
    }

    /// The part that came after an ingest: its kept text and totals, and those of its segments
    /// that hold nothing else. Its counts are right where it stood apart; see
    /// [`CorpusView::stands_apart_since`].
    ///
    /// # Errors
    /// When a record of an ingest cannot be read.
    pub fn since(self, ingest: u32) -> Result<Self> {
        let manifest = self.manifest();
        let mut totals = Totals::default();
        let mut first_block = manifest.blocks;
        self.store().each_with_prefix(
            Family::Meta,
            &ingest_prefix(self.record().id),
            |_, bytes| {
                let record: IngestRecord = decode(RECORD, "an ingest record", bytes)?;
                if record.ingest > ingest {
                    totals.add(&record.totals);
                    first_block = first_block.min(record.first_block);
                }
                Ok(())
            },
        )?;
        if self.record().text.unit == Unit::Item {
            return self.transactions_since(totals, first_block);
        }
        let segments = manifest.segments.iter().filter(|segment| segment.first_ingest > ingest);
        let segments = segments.cloned().collect();
        let part = Manifest { segments, totals, ..manifest.clone() };
        Ok(self.narrowed(part, first_block))
    }

    /// The last transactions of a corpus of items, as many as these totals say: the chunks that
    /// hold them, read from the first of them on.
    fn transactions_since(self, totals: Totals, first_block: u64) -> Result<Self> {
        let manifest = self.manifest();
        let first = manifest.totals.sentences.saturating_sub(totals.sentences);
        let chunk = usize::try_from(first / u64::from(CHUNK)).unwrap_or(usize::MAX);
        let segments = manifest.segments.iter().skip(chunk).cloned().collect();
        let part = Manifest { segments, totals, ..manifest.clone() };
        let first = u32::try_from(first).map_err(|_| super::posting::damaged())?;
        Ok(self.narrowed(part, first_block).beginning_at(first))
    }
}
