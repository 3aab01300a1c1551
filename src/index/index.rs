//! The index: the corpora of a database, their manifests, and who still reads what.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

use super::dictionary::Dictionary;
use super::layout::{
    CorpusId, CorpusRecord, Counters, FORMAT, FormatRecord, IngestRecord, MAX_ORDER, Manifest,
    SegmentId, SourceRecord, corpus_key, counters_key, format_key, ingest_prefix, manifest_key,
    range_of, source_key, source_prefix,
};
use super::page_cache::PageCache;
use super::prepared::PreparedCache;
use super::tables::TableCache;
use super::view::CorpusView;
use crate::error::{Error, Result};
use crate::store::{Access, Batch, Family, Store, View, decode, encode};
use crate::text::{TextOptions, UNICODE_VERSION, Unit};

/// The version of records in `meta` and `symbols`.
pub(super) const RECORD: u8 = 1;

/// A corpus that is open.
pub struct Corpus {
    /// How it was created.
    pub record: CorpusRecord,
    pub(super) state: RwLock<State>,
    pub(super) tables: TableCache,
}

/// What a corpus consists of now. Replaced as a whole, so that a reader's copy stays as it was.
#[derive(Clone)]
pub(super) struct State {
    pub manifest: Arc<Manifest>,
    pub dictionary: Arc<Dictionary>,
}

/// All corpora of a store.
pub struct Index {
    store: Box<dyn Store>,
    corpora: RwLock<BTreeMap<String, Arc<Corpus>>>,
    counters: Mutex<Counters>,
    /// Held by whoever changes anything.
    writing: Mutex<()>,
    retired: Mutex<Retired>,
    prepared: PreparedCache,
    pages: PageCache,
    read_only: bool,
}

/// Segments that no manifest names any more, corpora that were dropped, and the manifests that
/// somebody may still read.
#[derive(Default)]
struct Retired {
    segments: BTreeSet<SegmentId>,
    corpora: BTreeSet<CorpusId>,
    read: Vec<(CorpusId, Weak<Manifest>)>,
}

impl Index {
    /// Opens what is in a store; prepares a new one.
    ///
    /// # Errors
    /// [`Error::Corrupt`] for another format version or damaged records, and what the store says.
    pub fn open(store: Box<dyn Store>, read_only: bool) -> Result<Self> {
        let view = store.view();
        let format = view.get(Family::Meta, &format_key())?;
        let counters = match &format {
            None => {
                refuse_foreign(&*view)?;
                Counters::default()
            }
            Some(bytes) => {
                decode::<FormatRecord>(FORMAT, "the database", bytes)?;
                let bytes = view.get(Family::Meta, &counters_key())?;
                bytes.map_or(Ok(Counters::default()), |bytes| decode(RECORD, "counters", &bytes))?
            }
        };
        let mut corpora = BTreeMap::new();
        view.each_with_prefix(Family::Meta, &corpus_key(""), |_, bytes| {
            let corpus = Corpus::load(&*view, decode(RECORD, "a corpus record", bytes)?)?;
            corpora.insert(corpus.record.name.clone(), Arc::new(corpus));
            Ok(())
        })?;
        drop(view);
        let index = Index {
            store,
            corpora: RwLock::new(corpora),
            counters: Mutex::new(counters),
            writing: Mutex::new(()),
            retired: Mutex::default(),
            prepared: PreparedCache::default(),
            pages: PageCache::default(),
            read_only,
        };
        if !read_only {
            if format.is_none() {
                index.write_format()?;
            }
            index.sweep()?;
        }
        Ok(index)
    }

    /// The same with so many bytes for pages that single counts were asked of.
    #[must_use]
    pub fn keeping(self, pages: usize) -> Self {
        Index { pages: PageCache::new(pages), ..self }
    }

    fn write_format(&self) -> Result<()> {
        let record = FormatRecord {
            program: env!("CARGO_PKG_VERSION").into(),
            unicode: UNICODE_VERSION.into(),
        };
        let mut batch = Batch::new();
        batch.put(Family::Meta, format_key(), encode(FORMAT, &record)?);
        self.store.commit(&batch)
    }

    /// The store below.
    pub fn store(&self) -> &dyn Store {
        &*self.store
    }

    /// What was made ready of saved results.
    pub(super) fn prepared_cache(&self) -> &PreparedCache {
        &self.prepared
    }

    /// Pages that single counts were asked of.
    pub(super) fn page_cache(&self) -> &PageCache {
        &self.pages
    }

    /// The names of the corpora, sorted.
    pub fn names(&self) -> Vec<String> {
        self.corpora.read().unwrap_or_else(PoisonError::into_inner).keys().cloned().collect()
    }

    /// A corpus by its name.
    pub fn corpus(&self, name: &str) -> Option<Arc<Corpus>> {
        self.corpora.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }

    /// A consistent view of a corpus.
    pub fn view(&self, name: &str) -> Option<CorpusView<'_>> {
        // Locked first: what a view is about to read must not be deleted before it is on the list.
        let mut retired = self.retired();
        let corpus = self.corpus(name)?;
        let (state, view) = {
            let guard = corpus.state.read().unwrap_or_else(PoisonError::into_inner);
            (guard.clone(), self.store.view())
        };
        if retired.read.len() > 64 {
            retired.read.retain(|(_, manifest)| manifest.strong_count() > 0);
        }
        retired.read.push((corpus.record.id, Arc::downgrade(&state.manifest)));
        drop(retired);
        Some(CorpusView::new(self, view, corpus, state))
    }

    /// Makes an empty corpus.
    ///
    /// # Errors
    /// [`Error::Query`] when the name is taken or the order is out of range.
    pub fn create(&self, name: &str, text: TextOptions, order: usize, keep: bool) -> Result<()> {
        let _writing = self.lock_for_writing()?;
        if self.corpus(name).is_some() {
            return Err(Error::query(format!("there is a corpus {name} already"))
                .hint("CREATE CORPUS IF NOT EXISTS leaves it as it is"));
        }
        // Items have no order, so that there are no windows of them.
        if text.unit != Unit::Item && !(2..=MAX_ORDER).contains(&order) {
            return Err(Error::query(format!("order is from 2 to {MAX_ORDER}, not {order}")));
        }
        let mut counters = *self.counters();
        let id = CorpusId(counters.corpus);
        counters.corpus += 1;
        let record = CorpusRecord {
            id,
            name: name.into(),
            text,
            order: u8::try_from(order).unwrap_or(u8::MAX),
            keep_text: keep,
        };
        let manifest = Manifest { symbols: Dictionary::default().end(), ..Manifest::default() };
        let mut batch = Batch::new();
        batch.put(Family::Meta, corpus_key(name), encode(RECORD, &record)?);
        batch.put(Family::Meta, manifest_key(id), encode(RECORD, &manifest)?);
        batch.put(Family::Meta, counters_key(), encode(RECORD, &counters)?);
        self.store.commit(&batch)?;
        *self.counters() = counters;
        let corpus = Corpus::new(record, manifest, Dictionary::default());
        let mut corpora = self.corpora.write().unwrap_or_else(PoisonError::into_inner);
        corpora.insert(name.into(), Arc::new(corpus));
        Ok(())
    }

    /// Removes a corpus; false when there is none of that name.
    ///
    /// # Errors
    /// What the store says.
    pub fn drop_corpus(&self, name: &str) -> Result<bool> {
        let _writing = self.lock_for_writing()?;
        let Some(corpus) = self.corpus(name) else { return Ok(false) };
        let id = corpus.record.id;
        let mut batch = Batch::new();
        batch.delete(Family::Meta, corpus_key(name));
        batch.delete(Family::Meta, manifest_key(id));
        let view = self.store.view();
        for prefix in [source_prefix(id), ingest_prefix(id)] {
            view.each_with_prefix(Family::Meta, &prefix, |key, _| {
                batch.delete(Family::Meta, key.to_vec());
                Ok(())
            })?;
        }
        drop(view);
        self.store.commit(&batch)?;
        self.corpora.write().unwrap_or_else(PoisonError::into_inner).remove(name);
        let segments = corpus.manifest().segments.iter().map(|segment| segment.id).collect();
        drop(corpus);
        self.retired().corpora.insert(id);
        self.retire(segments)?;
        Ok(true)
    }

    /// The ingests of a corpus, oldest first.
    ///
    /// # Errors
    /// What the store says.
    pub fn ingests(&self, corpus: &Corpus) -> Result<Vec<IngestRecord>> {
        let mut records = Vec::new();
        let prefix = ingest_prefix(corpus.record.id);
        self.store.view().each_with_prefix(Family::Meta, &prefix, |_, bytes| {
            records.push(decode(RECORD, "an ingest record", bytes)?);
            Ok(())
        })?;
        Ok(records)
    }

    /// What the ledger says of a content.
    ///
    /// # Errors
    /// What the store says.
    pub fn source(&self, corpus: &Corpus, hash: &[u8; 32]) -> Result<Option<SourceRecord>> {
        let bytes = self.store.view().get(Family::Meta, &source_key(corpus.record.id, hash))?;
        bytes.map(|bytes| decode(RECORD, "a source record", &bytes)).transpose()
    }

    /// Waits until nobody else writes.
    ///
    /// # Errors
    /// [`Error::Input`] when the database was opened for reading.
    pub(super) fn lock_for_writing(&self) -> Result<MutexGuard<'_, ()>> {
        if self.read_only {
            return Err(Error::input("the database is open for reading only")
                .hint("open it without --read-only to change it"));
        }
        Ok(self.writing.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn counters(&self) -> MutexGuard<'_, Counters> {
        self.counters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nothing may be written.
    pub fn read_only(&self) -> bool {
        self.read_only
    }

    fn retired(&self) -> MutexGuard<'_, Retired> {
        self.retired.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Commits a new manifest together with other changes and makes it the current state.
    pub(super) fn publish(
        &self,
        corpus: &Corpus,
        manifest: Manifest,
        dictionary: Arc<Dictionary>,
        mut batch: Batch,
    ) -> Result<()> {
        let id = corpus.record.id;
        batch.put(Family::Meta, manifest_key(id), encode(RECORD, &manifest)?);
        batch.put(Family::Meta, counters_key(), encode(RECORD, &*self.counters())?);
        self.store.commit(&batch)?;
        let before = {
            let mut state = corpus.state.write().unwrap_or_else(PoisonError::into_inner);
            let manifest = Arc::new(manifest);
            std::mem::replace(&mut *state, State { manifest, dictionary }).manifest
        };
        let now = corpus.manifest();
        let live: BTreeSet<SegmentId> = now.segments.iter().map(|segment| segment.id).collect();
        let gone = before.segments.iter().map(|s| s.id).filter(|id| !live.contains(id)).collect();
        drop(before);
        self.retire(gone)
    }

    /// Marks segments as unwanted and deletes those that nobody reads any more.
    pub(super) fn retire(&self, segments: Vec<SegmentId>) -> Result<()> {
        let mut retired = self.retired();
        retired.segments.extend(segments);
        let mut wanted = BTreeSet::new();
        let mut open = BTreeSet::new();
        retired.read.retain(|(corpus, manifest)| match manifest.upgrade() {
            None => false,
            Some(manifest) => {
                open.insert(*corpus);
                wanted.extend(manifest.segments.iter().map(|segment| segment.id));
                true
            }
        });
        let free: Vec<SegmentId> = retired.segments.difference(&wanted).copied().collect();
        for segment in free {
            let (from, to) = range_of(segment.0);
            self.store.discard(Family::Pages, &from, &to)?;
            retired.segments.remove(&segment);
        }
        let free: Vec<CorpusId> = retired.corpora.difference(&open).copied().collect();
        for corpus in free {
            let (from, to) = range_of(corpus.0);
            for family in [Family::Symbols, Family::Text, Family::Statistics] {
                self.store.discard(family, &from, &to)?;
            }
            retired.corpora.remove(&corpus);
        }
        Ok(())
    }

    /// Gives back the space of segments and dropped corpora whose last reader is gone.
    ///
    /// # Errors
    /// What the store says.
    pub fn reclaim(&self) -> Result<()> {
        let is_tidy = |retired: &Retired| retired.segments.is_empty() && retired.corpora.is_empty();
        if self.read_only || is_tidy(&self.retired()) {
            return Ok(());
        }
        self.retire(Vec::new())
    }

    /// Removes what a process that was killed has left: segments that no manifest names, text
    /// behind the last block, whatever belongs to a corpus that is gone.
    fn sweep(&self) -> Result<()> {
        let corpora = self.corpora.read().unwrap_or_else(PoisonError::into_inner);
        let mut segments = BTreeSet::new();
        let mut ids = BTreeSet::new();
        for corpus in corpora.values() {
            let manifest = corpus.manifest();
            segments.extend(manifest.segments.iter().map(|segment| segment.id.0));
            ids.insert(corpus.record.id.0);
            let (_, end) = range_of(corpus.record.id.0);
            let from = super::layout::text_key(corpus.record.id, manifest.blocks);
            if self.has_any(Family::Text, &from, &end)? {
                self.store.discard(Family::Text, &from, &end)?;
            }
        }
        self.sweep_family(Family::Pages, &segments)?;
        for family in [Family::Symbols, Family::Text, Family::Statistics] {
            self.sweep_family(family, &ids)?;
        }
        Ok(())
    }

    fn sweep_family(&self, family: Family, wanted: &BTreeSet<u32>) -> Result<()> {
        let mut unwanted = Vec::new();
        {
            let view = self.store.view();
            let mut cursor = view.cursor(family, Access::Once);
            cursor.seek(&[]);
            while let Some((key, _)) = cursor.entry()? {
                let Some(&[a, b, c, d]) = key.first_chunk::<4>() else {
                    return Err(Error::corrupt(format!("a key of {} is too short", family.name())));
                };
                let number = u32::from_be_bytes([a, b, c, d]);
                if !wanted.contains(&number) {
                    unwanted.push(number);
                }
                cursor.seek(&range_of(number).1);
            }
        }
        for number in unwanted {
            let (from, to) = range_of(number);
            self.store.discard(family, &from, &to)?;
        }
        Ok(())
    }

    fn has_any(&self, family: Family, from: &[u8], to: &[u8]) -> Result<bool> {
        let view = self.store.view();
        let mut cursor = view.cursor(family, Access::Point);
        cursor.seek(from);
        Ok(cursor.entry()?.is_some_and(|(key, _)| key < to))
    }
}

impl Corpus {
    fn new(record: CorpusRecord, manifest: Manifest, dictionary: Dictionary) -> Self {
        let state = State { manifest: Arc::new(manifest), dictionary: Arc::new(dictionary) };
        Corpus { record, state: RwLock::new(state), tables: TableCache::default() }
    }

    /// A part of it, with tables of its own.
    pub(super) fn part(&self, state: &State) -> Self {
        let (record, state) = (self.record.clone(), RwLock::new(state.clone()));
        Corpus { record, state, tables: TableCache::default() }
    }

    fn load(view: &(dyn View + '_), record: CorpusRecord) -> Result<Self> {
        let name = &record.name;
        let bytes = view
            .get(Family::Meta, &manifest_key(record.id))?
            .ok_or_else(|| Error::corrupt(format!("the corpus {name} has no manifest")))?;
        let manifest: Manifest = decode(RECORD, "a manifest", &bytes)?;
        let mut dictionary = Dictionary::default();
        view.each_with_prefix(Family::Symbols, &range_of(record.id.0).0, |_, bytes| {
            for text in decode::<Vec<String>>(RECORD, "a block of symbols", bytes)? {
                dictionary.add(&text);
            }
            Ok(())
        })?;
        if dictionary.end() != manifest.symbols {
            return Err(Error::corrupt(format!(
                "the dictionary of {name} ends at {}, its manifest says {}",
                dictionary.end(),
                manifest.symbols
            )));
        }
        Ok(Corpus::new(record, manifest, dictionary))
    }

    /// What it consists of now.
    pub fn manifest(&self) -> Arc<Manifest> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner).manifest)
    }

    /// Its symbols now.
    pub(super) fn dictionary(&self) -> Arc<Dictionary> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner).dictionary)
    }

    /// The longest window.
    pub fn order(&self) -> usize {
        usize::from(self.record.order)
    }
}

fn refuse_foreign(view: &(dyn View + '_)) -> Result<()> {
    let mut cursor = view.cursor(Family::Meta, Access::Point);
    cursor.seek(&[]);
    match cursor.entry()? {
        None => Ok(()),
        Some(_) => Err(Error::corrupt("the database does not say which version wrote it")
            .hint("it was made by another program, or its first write was cut short")),
    }
}
