//! Kept text counted again: parts of corpora whose counts do not stand apart become a corpus of
//! their own, in another store.

use std::collections::BTreeMap;

use super::batch::{Batch, BatchLimits};
use super::index::Index;
use super::intake::{Commitment, Intake, Piece};
use super::layout::IngestRecord;
use super::tables::Cost;
use super::view::CorpusView;
use crate::control::{Control, Measure};
use crate::error::{Error, Result};

impl Index {
    /// Counts the kept text of some views into a new corpus, document by document. Unlike
    /// [`Index::ingest`] it takes a content as often as it is there.
    ///
    /// # Errors
    /// [`Error::Query`] where there is no kept text, and what reading and counting it say.
    pub fn recount(
        &self,
        name: &str,
        views: &[CorpusView<'_>],
        cost: Cost,
        control: &Control,
    ) -> Result<()> {
        let Some(first) = views.first() else { return Ok(()) };
        self.create(name, first.record().text, first.order(), true)?;
        let bytes = views.iter().map(|view| view.manifest().totals.bytes).sum();
        control.progress.begin("counting the kept text", Some(bytes), Measure::Bytes);
        let counted = self.count_again(name, views, cost, control);
        control.progress.finish();
        counted
    }

    fn count_again(
        &self,
        name: &str,
        views: &[CorpusView<'_>],
        cost: Cost,
        control: &Control,
    ) -> Result<()> {
        let _writing = self.lock_for_writing()?;
        let corpus = self
            .corpus(name)
            .ok_or_else(|| Error::internal("a corpus is not where it was made"))?;
        let limits = BatchLimits { memory: cost.memory, threads: cost.threads.max(1) };
        let mut batch = Batch::new(self, &corpus, limits)?;
        for view in views {
            if !view.record().keep_text {
                return Err(Error::query(format!(
                    "the corpus {} was created WITH keep_text = false, and what is asked has to be \
                     counted from the text",
                    view.record().name
                )));
            }
            let mut document = None;
            let mut text = view.text(view.blocks());
            loop {
                let mut pieces = Vec::with_capacity(limits.threads);
                while pieces.len() < limits.threads {
                    let Some((head, text)) = text.next_block()? else { break };
                    if document != Some(head.document) {
                        // What is read already belongs to the document before.
                        batch.fill(&pieces, &mut || {})?;
                        pieces.clear();
                        batch.begin_document(&head.name)?;
                        document = Some(head.document);
                    }
                    control.progress.advance(text.len() as u64);
                    pieces.push(Piece { text });
                }
                control.check()?;
                if pieces.is_empty() {
                    break;
                }
                batch.fill(&pieces, &mut || {})?;
                if batch.is_full() {
                    batch.spill(control)?;
                }
            }
        }
        let mut record = IngestRecord { ingest: 1, ..IngestRecord::default() };
        batch.commit(Commitment { record: &mut record, sources: BTreeMap::new() }, control)
    }
}
