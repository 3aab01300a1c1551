//! What every store offers, whatever it is made of.

use std::fs::File;
use std::path::PathBuf;

use crate::error::Result;

/// A key space of its own, with its own way of being laid out on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Family {
    /// Format version, catalog, manifests, ledger.
    Meta,
    /// Blocks of dictionary entries.
    Symbols,
    /// Pages of leaves.
    Pages,
    /// Blocks of kept text, compressed by their writer.
    Text,
    /// Derived tables; a cache that can be thrown away.
    Statistics,
    /// Lexicons and other saved results.
    Saved,
}

impl Family {
    /// All of them, in the order of their declaration.
    pub const ALL: [Family; 6] = [
        Family::Meta,
        Family::Symbols,
        Family::Pages,
        Family::Text,
        Family::Statistics,
        Family::Saved,
    ];

    /// The name on disk.
    pub fn name(self) -> &'static str {
        match self {
            Family::Meta => "meta",
            Family::Symbols => "symbols",
            Family::Pages => "pages",
            Family::Text => "text",
            Family::Statistics => "statistics",
            Family::Saved => "saved",
        }
    }
}

/// One change of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Sets a key.
    Put(Family, Vec<u8>, Vec<u8>),
    /// Removes a key, present or not.
    Delete(Family, Vec<u8>),
}

/// Changes that become visible and durable together or not at all.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    changes: Vec<Change>,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Batch::default()
    }

    /// Adds: set `key` to `value`.
    pub fn put(&mut self, family: Family, key: Vec<u8>, value: Vec<u8>) {
        self.changes.push(Change::Put(family, key, value));
    }

    /// Adds: remove `key`.
    pub fn delete(&mut self, family: Family, key: Vec<u8>) {
        self.changes.push(Change::Delete(family, key));
    }

    /// The changes in the order they were added; a later one wins.
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }
}

/// How a cursor is going to be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// A few seeks; blocks are worth keeping in the cache.
    Point,
    /// A long walk forward; reads ahead and leaves the cache alone.
    Scan,
    /// Large values that are not wanted again soon; leaves the cache alone.
    Once,
}

/// A sorted file that the store does not know of yet.
#[derive(Debug)]
pub enum BulkFile {
    /// A file on disk.
    Path(PathBuf),
    /// The twin in memory.
    Entries(Vec<(Vec<u8>, Vec<u8>)>),
}

/// Writes a [`BulkFile`]; keys must ascend.
pub trait Bulk: Send {
    /// Appends one entry.
    ///
    /// # Errors
    /// When the disk refuses.
    fn put(&mut self, key: &[u8], value: &[u8]) -> Result<()>;

    /// Closes the file; `None` when nothing was put.
    ///
    /// # Errors
    /// When the disk refuses.
    fn finish(self: Box<Self>) -> Result<Option<BulkFile>>;
}

/// An ordered set of byte strings in families.
pub trait Store: Send + Sync {
    /// What is stored now; later changes do not show in it.
    fn view(&self) -> Box<dyn View + '_>;

    /// Applies a batch and waits until it is on disk.
    ///
    /// # Errors
    /// When the disk refuses; then nothing of the batch is visible.
    fn commit(&self, batch: &Batch) -> Result<()>;

    /// Begins a sorted file outside the database.
    ///
    /// # Errors
    /// When the file cannot be made.
    fn bulk(&self, family: Family) -> Result<Box<dyn Bulk + '_>>;

    /// Takes finished files in. Their key ranges must not overlap each other or what is there.
    /// Views made before may show them: nothing that such a view shows may name their keys.
    ///
    /// # Errors
    /// When the disk refuses.
    fn adopt(&self, family: Family, files: Vec<BulkFile>) -> Result<()>;

    /// Removes all keys from `from` up to but not including `to` and gives their space back.
    /// Views made before may miss them: the caller sees to it that no view needs them.
    ///
    /// # Errors
    /// When the disk refuses.
    fn discard(&self, family: Family, from: &[u8], to: &[u8]) -> Result<()>;

    /// A file to put things aside in, gone when it is closed.
    ///
    /// # Errors
    /// When the disk refuses.
    fn scratch(&self) -> Result<File>;

    /// Bytes on disk between two keys, near enough for a person.
    fn size(&self, family: Family, from: &[u8], to: &[u8]) -> u64;
}

/// A consistent picture of a store.
pub trait View: Send + Sync {
    /// The value of a key.
    ///
    /// # Errors
    /// When the disk or a checksum fails.
    fn get(&self, family: Family, key: &[u8]) -> Result<Option<Vec<u8>>>;

    /// A cursor that stands nowhere yet.
    fn cursor(&self, family: Family, access: Access) -> Box<dyn Cursor + '_>;
}

/// A place in a family.
pub trait Cursor: Send {
    /// Goes to the first key that is `key` or after it.
    fn seek(&mut self, key: &[u8]);

    /// Goes to the last key that is `key` or before it.
    fn seek_back(&mut self, key: &[u8]);

    /// Goes to the next key.
    fn advance(&mut self);

    /// The entry under the cursor; `None` past the end.
    ///
    /// # Errors
    /// When the disk or a checksum fails.
    fn entry(&self) -> Result<Option<(&[u8], &[u8])>>;
}

impl dyn View + '_ {
    /// Calls `each` for every entry whose key begins with `prefix`, in order.
    ///
    /// # Errors
    /// The first of the store or of `each`.
    pub fn each_with_prefix(
        &self,
        family: Family,
        prefix: &[u8],
        mut each: impl FnMut(&[u8], &[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut cursor = self.cursor(family, Access::Once);
        cursor.seek(prefix);
        while let Some((key, value)) = cursor.entry()? {
            if !key.starts_with(prefix) {
                break;
            }
            each(key, value)?;
            cursor.advance();
        }
        Ok(())
    }
}
