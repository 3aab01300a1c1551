//! A consistent view of a corpus: everything a query reads comes through one.

use std::sync::Arc;

use super::dictionary::Dictionary;
use super::index::{Corpus, Index, State};
use super::layout::{CorpusRecord, Manifest, SegmentId, range_of};
use super::merge::MergeScan;
use super::page_cache::Lookup;
use super::segment::Counter;
use super::text::TextScan;
use super::window::Window;
use crate::error::Result;
use crate::store::{Family, View};
use crate::text::{DIGIT_CLASS, Digits, Splitter};

/// A corpus as it was at one moment, whatever is ingested or merged meanwhile.
pub struct CorpusView<'i> {
    index: &'i Index,
    store: Box<dyn View + 'i>,
    corpus: Arc<Corpus>,
    state: State,
    splitter: Splitter,
    first_block: u64,
    first_transaction: u32,
    /// The manifest of the whole corpus, which keeps its segments alive while a part is read.
    whole: Option<Arc<Manifest>>,
}

impl<'i> CorpusView<'i> {
    pub(super) fn new(
        index: &'i Index,
        store: Box<dyn View + 'i>,
        corpus: Arc<Corpus>,
        state: State,
    ) -> Self {
        let splitter = Splitter::new(&corpus.record.text);
        CorpusView {
            index,
            store,
            corpus,
            state,
            splitter,
            first_block: 0,
            first_transaction: 0,
            whole: None,
        }
    }

    /// Whether it shows a part of its corpus: no table of the whole will do, and its counts may
    /// lack what was merged with the rest.
    pub fn is_part(&self) -> bool {
        self.whole.is_some()
    }

    /// The same view of what is in these segments and in the text from a block on.
    pub(super) fn narrowed(mut self, manifest: Manifest, first_block: u64) -> Self {
        let whole = std::mem::replace(&mut self.state.manifest, Arc::new(manifest));
        self.corpus = Arc::new(self.corpus.part(&self.state));
        CorpusView { first_block, whole: Some(self.whole.unwrap_or(whole)), ..self }
    }

    /// The same view of what comes after so many transactions, in the segments it has.
    pub(super) fn beginning_at(self, first_transaction: u32) -> Self {
        CorpusView { first_transaction, ..self }
    }

    /// The number of the first transaction that it shows.
    pub(super) fn first_transaction(&self) -> u32 {
        self.first_transaction
    }

    /// How the corpus was created.
    pub fn record(&self) -> &CorpusRecord {
        &self.corpus.record
    }

    /// The corpus itself, with the tables derived from it.
    pub(super) fn corpus(&self) -> &Corpus {
        &self.corpus
    }

    /// The index it belongs to.
    pub fn index(&self) -> &'i Index {
        self.index
    }

    /// The longest window.
    pub fn order(&self) -> usize {
        self.corpus.order()
    }

    /// What it consists of.
    pub fn manifest(&self) -> &Manifest {
        &self.state.manifest
    }

    /// The symbols and their texts.
    pub fn dictionary(&self) -> &Dictionary {
        &self.state.dictionary
    }

    /// The same, to be kept longer than the view.
    pub fn shared_dictionary(&self) -> Arc<Dictionary> {
        Arc::clone(&self.state.dictionary)
    }

    /// Cuts text into units the way the corpus does.
    pub fn splitter(&self) -> &Splitter {
        &self.splitter
    }

    /// The stored bytes.
    pub(super) fn store(&self) -> &(dyn View + 'i) {
        &*self.store
    }

    /// Counts single n-grams.
    pub fn counter(&self) -> Counter<'_> {
        let segments = self.state.manifest.segments.iter().map(|segment| segment.id).collect();
        let lookup = Lookup::new(self.index.page_cache(), &*self.store, self.order());
        Counter::new(lookup, segments)
    }

    /// All leaves in order, from the first or from a window on.
    ///
    /// # Errors
    /// When a page cannot be read.
    pub fn scan(&self, from: Option<&Window>) -> Result<MergeScan<'_>> {
        MergeScan::new(&*self.store, &self.state.manifest.segments, self.order(), from)
    }

    /// The numbers of its blocks of kept text.
    pub fn blocks(&self) -> std::ops::Range<u64> {
        self.first_block..self.state.manifest.blocks
    }

    /// The kept text of a range of blocks; those that are not its own are left out.
    pub fn text(&self, blocks: std::ops::Range<u64>) -> TextScan<'_> {
        let own = self.blocks();
        let blocks = blocks.start.max(own.start)..blocks.end.min(own.end);
        TextScan::new(&*self.store, self.corpus.record.id, blocks)
    }

    /// Bytes on disk: counts, kept text.
    pub fn size(&self) -> (u64, u64) {
        let store = self.index.store();
        let pages = |id: SegmentId| {
            let (from, to) = range_of(id.0);
            store.size(Family::Pages, &from, &to)
        };
        let (from, to) = range_of(self.corpus.record.id.0);
        let symbols = store.size(Family::Symbols, &from, &to);
        let counts = self.state.manifest.segments.iter().map(|s| pages(s.id)).sum::<u64>();
        (counts + symbols, store.size(Family::Text, &from, &to))
    }

    /// The symbols of a string, its boundaries as [`super::window::BOUNDARY`]; `None` where a unit
    /// has never occurred. The symbol of all digits may be written as it is printed.
    pub fn symbols_of(&self, text: &str) -> Vec<Option<u32>> {
        let is_class = self.corpus.record.text.digits == Digits::Class;
        let digits = is_class && text.contains(DIGIT_CLASS);
        let text = if digits { &text.replace(DIGIT_CLASS, "0") } else { text };
        self.splitter
            .pieces(text)
            .iter()
            .filter(|piece| piece.boundary || piece.is_unit())
            .map(|piece| {
                if piece.boundary {
                    Some(super::window::BOUNDARY)
                } else {
                    self.state.dictionary.find(&piece.text)
                }
            })
            .collect()
    }

    /// A text as its units would be rendered.
    pub fn normalized(&self, text: &str) -> String {
        let pieces = self.splitter.pieces(text);
        let units: Vec<&str> =
            pieces.iter().filter(|piece| piece.is_unit()).map(|piece| &*piece.text).collect();
        let characters = self.corpus.record.text.unit == crate::text::Unit::Char;
        units.join(if characters { "" } else { " " })
    }

    /// The text of some symbols, as it would stand in a sentence: words are separated by blanks.
    pub fn render(&self, symbols: &[u32]) -> String {
        let mut text = String::new();
        for (position, &symbol) in symbols.iter().enumerate() {
            if position > 0 && self.corpus.record.text.unit != crate::text::Unit::Char {
                text.push(' ');
            }
            text.push_str(self.state.dictionary.text(symbol));
        }
        text
    }
}
