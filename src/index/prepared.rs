//! What was made ready of saved results, kept in memory as long as they are what they were.
//!
//! A lexicon that cuts another corpus than its own, the trie of templates, a fingerprint: each is
//! made once and not by each query. What it is made of is the name and the content of a saved
//! result, and a key for all else; whatever changes the content forgets what was made of it.

use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::index::Index;
use crate::error::Result;

/// So many are kept, the last used ones.
const MOST: usize = 8;

/// What is kept, the last used first.
#[derive(Default)]
pub(super) struct PreparedCache(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    things: Vec<Thing>,
    /// Counts up whenever something is forgotten.
    changes: u64,
}

struct Thing {
    name: String,
    key: Vec<u8>,
    made: Arc<dyn Any + Send + Sync>,
}

impl PreparedCache {
    /// Forgets what was made of a saved result, once its content is another.
    pub(super) fn forget(&self, name: &str) {
        let mut kept = self.kept();
        kept.changes += 1;
        kept.things.retain(|thing| thing.name != name);
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn find<T: Any + Send + Sync>(&mut self, name: &str, key: &[u8]) -> Option<Arc<T>> {
        let is_it = |thing: &Thing| thing.name == name && thing.key == key && thing.made.is::<T>();
        let place = self.things.iter().position(is_it)?;
        self.things[..=place].rotate_right(1);
        Arc::clone(&self.things[0].made).downcast().ok()
    }
}

impl Index {
    /// What `make` makes of a saved result, and of all that `key` says; made once while the result
    /// stays what it is. `make` reads the content from the index, after this was called.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn prepared<T: Any + Send + Sync>(
        &self,
        name: &str,
        key: &[u8],
        make: impl FnOnce() -> Result<T>,
    ) -> Result<Arc<T>> {
        let before = {
            let mut kept = self.prepared_cache().kept();
            if let Some(made) = kept.find(name, key) {
                return Ok(made);
            }
            kept.changes
        };
        let made = Arc::new(make()?);
        let mut kept = self.prepared_cache().kept();
        // Of what was changed meanwhile it may be made of what was there before.
        if kept.changes == before {
            let own = Arc::clone(&made);
            kept.things.insert(0, Thing { name: name.into(), key: key.into(), made: own });
            kept.things.truncate(MOST);
        }
        Ok(made)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::index::SavedHead;
    use crate::store::MemoryStore;

    #[test]
    fn made_once_and_anew_when_it_is_saved_amended_or_dropped() {
        let index = Index::open(Box::new(MemoryStore::default()), false).unwrap();
        let head = |query: &str| SavedHead {
            name: "lex".into(),
            kind: "lexicon".into(),
            columns: Vec::new(),
            rows: 0,
            query: query.into(),
            sources: Vec::new(),
            text: None,
        };
        let made = Cell::new(0);
        let ask = |key: &[u8]| {
            let make = || {
                made.set(made.get() + 1);
                Ok((index.saved_body("lex")?, made.get()))
            };
            index.prepared("lex", key, make).unwrap().0.clone()
        };
        index.save(&head("a"), b"one", &[]).unwrap();
        assert_eq!((ask(b"1"), ask(b"1"), made.get()), (b"one".to_vec(), b"one".to_vec(), 1));
        ask(b"2");
        assert_eq!(made.get(), 2, "another key");
        index.save(&head("b"), b"two", &[]).unwrap();
        assert_eq!((ask(b"1"), made.get()), (b"two".to_vec(), 3));
        index.amend(&head("b"), &head("c"), b"later").unwrap();
        assert_eq!((ask(b"1"), made.get()), (b"two".to_vec(), 4));
        index.drop_saved("lex").unwrap();
        assert_eq!((ask(b"1"), made.get()), (Vec::new(), 5));
        // What changes while it is made is not kept.
        let during = index.prepared("lex", b"1", || {
            index.save(&head("d"), b"three", &[])?;
            Ok((b"old".to_vec(), 0))
        });
        assert_eq!(during.unwrap().0, b"".to_vec(), "it was there already");
        let racing = index.prepared("lex", b"3", || {
            index.save(&head("d"), b"three", &[])?;
            Ok((b"old".to_vec(), 0))
        });
        assert_eq!((racing.unwrap().0.clone(), ask(b"3")), (b"old".to_vec(), b"three".to_vec()));
        (0..100u8).for_each(|key| drop(ask(&[key])));
        assert_eq!(index.prepared_cache().kept().things.len(), MOST);
    }
}
