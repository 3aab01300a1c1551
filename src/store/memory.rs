//! The twin of the disk store: ordered maps in memory, copied when a view is taken.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::{Arc, PoisonError, RwLock};

use super::contract::{Access, Batch, Bulk, BulkFile, Change, Cursor, Family, Store, View};
use crate::error::{Error, Result};

type Map = BTreeMap<(Family, Vec<u8>), Vec<u8>>;
type Entry<'a> = (&'a (Family, Vec<u8>), &'a Vec<u8>);

/// A store that is gone when it is dropped.
#[derive(Default)]
pub struct MemoryStore {
    map: RwLock<Arc<Map>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        MemoryStore::default()
    }

    fn change(&self, change: impl FnOnce(&mut Map)) {
        let mut map = self.map.write().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut map));
    }

    fn current(&self) -> Arc<Map> {
        Arc::clone(&self.map.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store for MemoryStore {
    fn view(&self) -> Box<dyn View + '_> {
        Box::new(MemoryView { map: self.current() })
    }

    fn commit(&self, batch: &Batch) -> Result<()> {
        self.change(|map| {
            for change in batch.changes() {
                match change {
                    Change::Put(family, key, value) => {
                        map.insert((*family, key.clone()), value.clone());
                    }
                    Change::Delete(family, key) => {
                        map.remove(&(*family, key.clone()));
                    }
                }
            }
        });
        Ok(())
    }

    fn bulk(&self, _family: Family) -> Result<Box<dyn Bulk + '_>> {
        Ok(Box::new(MemoryBulk::default()))
    }

    fn adopt(&self, family: Family, files: Vec<BulkFile>) -> Result<()> {
        for file in files {
            let BulkFile::Entries(entries) = file else {
                return Err(Error::internal("a store in memory was given a file on disk"));
            };
            self.change(|map| {
                map.extend(entries.into_iter().map(|(key, value)| ((family, key), value)));
            });
        }
        Ok(())
    }

    fn discard(&self, family: Family, from: &[u8], to: &[u8]) -> Result<()> {
        self.change(|map| {
            map.retain(|(f, key), _| *f != family || key.as_slice() < from || key.as_slice() >= to);
        });
        Ok(())
    }

    fn scratch(&self) -> Result<File> {
        tempfile::tempfile()
            .map_err(|cause| Error::retry("there is no place for a temporary file").because(cause))
    }

    fn size(&self, family: Family, from: &[u8], to: &[u8]) -> u64 {
        let map = self.current();
        let range = (family, from.to_vec())..(family, to.to_vec());
        map.range(range).map(|((_, key), value)| (key.len() + value.len()) as u64).sum()
    }
}

#[derive(Default)]
struct MemoryBulk {
    entries: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Bulk for MemoryBulk {
    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()> {
        if self.entries.last().is_some_and(|(last, _)| last.as_slice() >= key) {
            return Err(Error::internal("keys of a bulk file do not ascend"));
        }
        self.entries.push((key.to_vec(), value.to_vec()));
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Option<BulkFile>> {
        Ok((!self.entries.is_empty()).then_some(BulkFile::Entries(self.entries)))
    }
}

struct MemoryView {
    map: Arc<Map>,
}

impl View for MemoryView {
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(self.map.get(&(family, key.to_vec())).cloned())
    }

    fn cursor(&self, family: Family, _access: Access) -> Box<dyn Cursor + '_> {
        Box::new(MemoryCursor { map: &self.map, family, at: None })
    }
}

struct MemoryCursor<'a> {
    map: &'a Map,
    family: Family,
    at: Option<(&'a [u8], &'a [u8])>,
}

impl<'a> MemoryCursor<'a> {
    fn place(&mut self, entry: Option<Entry<'a>>) {
        self.at = entry
            .filter(|((family, _), _)| *family == self.family)
            .map(|((_, key), value)| (key.as_slice(), value.as_slice()));
    }
}

impl Cursor for MemoryCursor<'_> {
    fn seek(&mut self, key: &[u8]) {
        let found = self.map.range((self.family, key.to_vec())..).next();
        self.place(found);
    }

    fn seek_back(&mut self, key: &[u8]) {
        let found = self.map.range(..=(self.family, key.to_vec())).next_back();
        self.place(found);
    }

    fn advance(&mut self) {
        let Some((key, _)) = self.at else { return };
        let mut after = key.to_vec();
        after.push(0);
        self.seek(&after);
    }

    fn entry(&self) -> Result<Option<(&[u8], &[u8])>> {
        Ok(self.at)
    }
}
