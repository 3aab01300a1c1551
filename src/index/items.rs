//! Corpora of items, read: counts by item, and the transactions by column.

use super::baskets::COUNTS;
use super::layout::{SegmentId, counts_key, postings_key, range_of};
use super::posting::{CHUNK, damaged};
use super::vertical::Vertical;
use super::view::CorpusView;
use super::window::FIRST_SYMBOL;
use crate::control::Control;
use crate::error::{Error, Result};
use crate::store::{Access, Family, View, decode};

impl CorpusView<'_> {
    /// Reads the transactions; see [`CorpusView::vertical`].
    pub(super) fn read_vertical(&self, memory: u64, control: &Control) -> Result<Vertical> {
        let first = self.first_transaction();
        let manifest = self.manifest();
        let skipped = first / CHUNK;
        let end = u64::from(first) + manifest.totals.sentences;
        let end = u32::try_from(end).map_err(|_| damaged())?;
        let (mut pieces, mut bytes) = (Vec::new(), 0u64);
        for (chunk, segment) in (skipped..).zip(&manifest.segments) {
            control.check()?;
            each_piece(self.store(), segment.id, |piece| {
                bytes += piece.len() as u64;
                pieces.push((chunk - skipped, piece));
                Ok(())
            })?;
            if bytes > memory {
                return Err(Error::query(format!(
                    "the postings of {} take more than the {} MB that are allowed",
                    self.record().name,
                    memory >> 20
                ))
                .hint("SET memory = … allows more"));
            }
        }
        let items = u32::try_from(self.dictionary().len()).map_err(|_| damaged())?;
        let base = skipped * CHUNK;
        Vertical::from_pieces(end - base, items, pieces)?.after(first - base)
    }

    /// The names of the items, by number.
    pub fn item(&self, item: u32) -> &str {
        self.dictionary().text(item + FIRST_SYMBOL)
    }

    /// The number of an item of that name.
    pub fn item_number(&self, name: &str) -> Option<u32> {
        self.dictionary().find(name).map(|symbol| symbol - FIRST_SYMBOL)
    }

    /// In how many transactions each item is.
    ///
    /// # Errors
    /// [`Error::Corrupt`] when the record of it is damaged.
    pub fn item_counts(&self) -> Result<Vec<u64>> {
        let items = self.dictionary().len();
        match self.manifest().segments.last() {
            None => Ok(vec![0; items]),
            Some(last) => counts(self.store(), last.id, items),
        }
    }

    /// Reads all chunks and compares them with the counts and the manifest; the transactions, the
    /// items and the postings that there are.
    pub(super) fn check_items(&self, control: &Control) -> Result<[(&'static str, u64); 3]> {
        let manifest = self.manifest();
        let chunks = manifest.totals.sentences.div_ceil(CHUNK.into());
        if manifest.segments.len() as u64 != chunks {
            let found = manifest.segments.len();
            return Err(Error::corrupt(format!(
                "there are {found} chunks of postings, not {chunks}"
            )));
        }
        let vertical = self.read_vertical(u64::MAX, control)?;
        let said = self.item_counts()?;
        for item in 0..vertical.items() {
            control.check()?;
            let (mut found, mut next) = (0u64, 0u64);
            let mut wrong = false;
            vertical.each(item, |transaction| {
                wrong |= u64::from(transaction) < next || transaction >= vertical.transactions();
                next = u64::from(transaction) + 1;
                found += 1;
            });
            if wrong || said.get(item as usize) != Some(&found) {
                let name = self.item(item);
                return Err(Error::corrupt(format!("the postings of the item {name} are wrong"))
                    .hint("restore a backup or ingest the baskets again"));
            }
        }
        let (postings, units) = (vertical.postings(), manifest.totals.units());
        if postings != units {
            return Err(Error::corrupt(format!("there are {postings} postings, not {units}")));
        }
        let (transactions, items) = (vertical.transactions().into(), vertical.items().into());
        Ok([("transactions", transactions), ("items", items), ("postings", postings)])
    }
}

/// The counts that a segment was committed with, none for items that came later.
pub(super) fn counts(view: &(dyn View + '_), segment: SegmentId, items: usize) -> Result<Vec<u64>> {
    let bytes = view.get(Family::Pages, &counts_key(segment))?;
    let bytes = bytes.ok_or_else(|| Error::corrupt("the counts of the items are missing"))?;
    let mut counts: Vec<u64> = decode(COUNTS, "the counts of the items", &bytes)?;
    counts.resize(items, 0);
    Ok(counts)
}

/// Reads the pieces of a chunk in order.
pub(super) fn each_piece(
    view: &(dyn View + '_),
    segment: SegmentId,
    mut each: impl FnMut(Vec<u8>) -> Result<()>,
) -> Result<()> {
    let mut cursor = view.cursor(Family::Pages, Access::Scan);
    cursor.seek(&postings_key(segment, 0));
    let (_, end) = range_of(segment.0);
    while let Some((key, piece)) = cursor.entry()? {
        if key >= &end[..] {
            break;
        }
        each(piece.to_vec())?;
        cursor.advance();
    }
    Ok(())
}
