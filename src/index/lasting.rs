//! Derived tables that outlast a version of their corpus: each says how far into the kept text it
//! reaches, and is brought up to date from what came after.
//!
//! They lie beside the tables of `tables`, under a version that no manifest reaches, so that those
//! do not sweep them away: corpus, eight bytes `ff`, the hash of the name, the number of the piece.
//! Piece 0 is the head, the others hold the body, which the floors above understand.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::index::{Index, RECORD};
use super::layout::CorpusId;
use super::view::CorpusView;
use crate::error::Result;
use crate::store::{Access, Batch, Family, View, decode, encode};

const PIECE: usize = 1 << 17;

/// What a lasting table is of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastingHead {
    /// Its name, which says what is in it.
    pub name: String,
    /// The saved result it depends on; dropped with it.
    pub owner: String,
    /// A hash of whatever else it depends on: a table of another one is as good as none.
    pub identity: [u8; 32],
    /// The first block of kept text that is not in it.
    pub blocks: u64,
    /// The last ingest that is in it.
    pub ingests: u32,
}

impl CorpusView<'_> {
    /// The head of a lasting table of the corpus, where there is one of that identity. Parts of a
    /// corpus have none.
    ///
    /// # Errors
    /// What the store says.
    pub fn lasting_head(&self, name: &str, identity: &[u8; 32]) -> Result<Option<LastingHead>> {
        if self.is_part() {
            return Ok(None);
        }
        let head = self.store().get(Family::Statistics, &key(self.record().id, name, 0))?;
        // A cache: what cannot be read is made again.
        let head = head.and_then(|bytes| read_head(&bytes));
        let is_it = |head: &LastingHead| {
            head.name == name && head.identity == *identity && head.blocks <= self.blocks().end
        };
        Ok(head.filter(is_it))
    }

    /// The body of a lasting table.
    ///
    /// # Errors
    /// What the store says.
    pub fn lasting_body(&self, name: &str) -> Result<Vec<u8>> {
        let head = key(self.record().id, name, 0);
        let prefix = &head[..head.len() - 4];
        let mut body = Vec::new();
        let mut cursor = self.store().cursor(Family::Statistics, Access::Once);
        cursor.seek(&head);
        while let Some((key, piece)) = cursor.entry()? {
            if !key.starts_with(prefix) {
                break;
            }
            if key != head {
                body.extend_from_slice(piece);
            }
            cursor.advance();
        }
        Ok(body)
    }

    /// Stores a lasting table in place of the one of that name, its body in two parts. Does nothing
    /// for a part of a corpus, and where the database is only read.
    ///
    /// # Errors
    /// What the store says.
    pub fn keep_lasting(&self, head: &LastingHead, body: [&[u8]; 2]) -> Result<()> {
        let index = self.index();
        if index.read_only() || self.is_part() {
            return Ok(());
        }
        let _writing = index.lock_for_writing()?;
        let (store, corpus, mut batch) = (index.store(), self.record().id, Batch::new());
        forget(&*store.view(), corpus, &head.name, &mut batch)?;
        if !batch.changes().is_empty() {
            store.commit(&batch)?;
        }
        // A file of its own: no log, no copy in memory. Until it is taken in there is no table.
        let mut bulk = store.bulk(Family::Statistics)?;
        bulk.put(&key(corpus, &head.name, 0), &encode(RECORD, head)?)?;
        let pieces = body.into_iter().flat_map(|part| part.chunks(PIECE));
        for (number, piece) in (1..).zip(pieces) {
            bulk.put(&key(corpus, &head.name, number), piece)?;
        }
        store.adopt(Family::Statistics, bulk.finish()?.into_iter().collect())
    }
}

impl Index {
    /// Removes the lasting tables that depend on a saved result.
    ///
    /// # Errors
    /// What the store says.
    pub fn drop_lasting(&self, owner: &str) -> Result<()> {
        let _writing = self.lock_for_writing()?;
        let (view, mut batch) = (self.store().view(), Batch::new());
        for corpus in self.names().iter().filter_map(|name| self.corpus(name)) {
            let id = corpus.record.id;
            let mut names = Vec::new();
            view.each_with_prefix(Family::Statistics, &prefix(id), |key, bytes| {
                let head = if key.ends_with(&[0; 4]) { read_head(bytes) } else { None };
                names.extend(head.filter(|head| head.owner == owner).map(|head| head.name));
                Ok(())
            })?;
            names.iter().try_for_each(|name| forget(&*view, id, name, &mut batch))?;
        }
        self.store().commit(&batch)
    }
}

fn read_head(bytes: &[u8]) -> Option<LastingHead> {
    decode(RECORD, "the head of a lasting table", bytes).ok()
}

fn forget(view: &dyn View, corpus: CorpusId, name: &str, batch: &mut Batch) -> Result<()> {
    let own = key(corpus, name, 0);
    view.each_with_prefix(Family::Statistics, &own[..own.len() - 4], |key, _| {
        batch.delete(Family::Statistics, key.to_vec());
        Ok(())
    })
}

fn prefix(corpus: CorpusId) -> Vec<u8> {
    [&corpus.0.to_be_bytes()[..], &[0xff; 8]].concat()
}

fn key(corpus: CorpusId, name: &str, piece: u32) -> Vec<u8> {
    let mut key = prefix(corpus);
    key.extend(xxh3_64(name.as_bytes()).to_be_bytes());
    key.extend(piece.to_be_bytes());
    key
}
