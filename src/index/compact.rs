//! Keeping the number of segments small.

use std::sync::Arc;

use super::index::{Corpus, Index};
use super::layout::{SegmentId, SegmentRecord};
use super::merge::merge_segments;
use crate::control::{Control, Measure};
use crate::error::Result;
use crate::store::{Batch, Family, crash_point};
use crate::text::Unit;

/// More live segments than this are merged.
const MOST_SEGMENTS: usize = 8;
/// A merge takes at least this many segments, so that a leaf is rewritten seldom.
const FAN_OUT: usize = 4;
/// A merge takes at most this many: each is read ahead by megabytes, and a budget may be 64 MiB.
const MOST_MERGED: usize = 12;

impl Index {
    /// Merges small segments until at most eight are left.
    pub(super) fn merge_tiers(&self, corpus: &Arc<Corpus>, control: &Control) -> Result<()> {
        loop {
            let mut segments = corpus.manifest().segments.clone();
            if segments.len() <= MOST_SEGMENTS {
                return Ok(());
            }
            segments.sort_by_key(|segment| (segment.leaves, segment.id));
            let mut sum: u64 = segments[..FAN_OUT].iter().map(|segment| segment.leaves).sum();
            let mut take = FAN_OUT;
            // A segment no larger than what is merged anyway costs little and saves a later merge.
            while take < segments.len().min(MOST_MERGED)
                && (segments[take].leaves <= sum || segments.len() - take >= MOST_SEGMENTS)
            {
                sum += segments[take].leaves;
                take += 1;
            }
            self.replace_with_one(corpus, &segments[..take], control)?;
        }
    }

    /// Folds all segments of a corpus into one; how many there were.
    ///
    /// # Errors
    /// When the disk refuses or the work is stopped; what was folded until then stays folded.
    pub fn compact(&self, corpus: &Arc<Corpus>, control: &Control) -> Result<usize> {
        let _writing = self.lock_for_writing()?;
        let before = corpus.manifest().segments.len();
        loop {
            let mut segments = corpus.manifest().segments.clone();
            // Chunks of baskets are as folded as they can be.
            if segments.len() <= 1 || corpus.record.text.unit == Unit::Item {
                return Ok(before);
            }
            segments.sort_by_key(|segment| (segment.leaves, segment.id));
            segments.truncate(MOST_MERGED);
            self.replace_with_one(corpus, &segments, control)?;
        }
    }

    fn replace_with_one(
        &self,
        corpus: &Arc<Corpus>,
        parts: &[SegmentRecord],
        control: &Control,
    ) -> Result<()> {
        let leaves = parts.iter().map(|part| part.leaves).sum();
        control.progress.begin("merging", Some(leaves), Measure::Items);
        let id = {
            let mut counters = self.counters();
            counters.segment += 1;
            SegmentId(counters.segment)
        };
        let merged = merge_segments(self.store(), parts, corpus.order(), id, control);
        control.progress.finish();
        let merged = merged?;
        let record = SegmentRecord {
            id,
            leaves: merged.leaves,
            windows: merged.end,
            first_ingest: parts.iter().map(|part| part.first_ingest).min().unwrap_or(0),
            last_ingest: parts.iter().map(|part| part.last_ingest).max().unwrap_or(0),
        };
        self.store().adopt(Family::Pages, merged.file.into_iter().collect())?;
        crash_point("merge-adopted");
        let mut manifest = (*corpus.manifest()).clone();
        manifest.segments.retain(|segment| parts.iter().all(|part| part.id != segment.id));
        manifest.segments.push(record);
        manifest.segments.sort_by_key(|segment| (segment.first_ingest, segment.id));
        self.publish(corpus, manifest, corpus.dictionary(), Batch::new())
    }
}
