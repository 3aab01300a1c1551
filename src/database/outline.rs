//! What there is in a database at one moment, by name: enough to plan a query, without a count.
//!
//! The shell completes with it while a session is at work.

use std::collections::BTreeMap;

use crate::database::session::Session;
use crate::error::Result;
use crate::index::CorpusRecord;
use crate::query::context::Catalog;
use crate::query::saved;
use crate::query::stage::Shape;

/// The names of a database and what they stand for.
#[derive(Default)]
pub struct Outline {
    corpora: BTreeMap<String, (CorpusRecord, u32)>,
    saved: BTreeMap<String, (String, Shape)>,
    current: Option<String>,
    last: Option<Shape>,
}

impl Outline {
    /// The number of the last ingest of a corpus.
    pub fn ingests(&self, corpus: &str) -> u32 {
        self.corpora.get(corpus).map_or(0, |(_, ingests)| *ingests)
    }

    /// The names of the corpora, in order.
    pub fn corpora(&self) -> impl Iterator<Item = &str> {
        self.corpora.keys().map(String::as_str)
    }

    /// The names of the saved results with their kinds, as SHOW names them, in order.
    pub fn saved(&self) -> impl Iterator<Item = (&str, &str)> {
        self.saved.iter().map(|(name, (kind, _))| (name.as_str(), kind.as_str()))
    }
}

impl Catalog for Outline {
    fn corpora(&self) -> Vec<String> {
        self.corpora.keys().cloned().collect()
    }

    fn record(&self, corpus: &str) -> Option<CorpusRecord> {
        self.corpora.get(corpus).map(|(record, _)| record.clone())
    }

    fn saved(&self, name: &str) -> Result<Option<Shape>> {
        Ok(self.saved.get(name).map(|(_, shape)| shape.clone()))
    }

    fn saved_names(&self) -> Vec<String> {
        self.saved.keys().cloned().collect()
    }

    fn current(&self) -> Option<String> {
        self.current.clone()
    }

    fn last(&self) -> Option<Shape> {
        self.last.clone()
    }
}

impl Session<'_> {
    /// What there is now.
    pub fn outline(&self) -> Outline {
        let index = self.database.index();
        let corpora = index.names().into_iter().filter_map(|name| {
            let corpus = index.corpus(&name)?;
            Some((name, (corpus.record.clone(), corpus.manifest().ingests)))
        });
        let saved = index.saved().unwrap_or_default().into_iter().map(|head| {
            let shape = saved::shape(&head);
            (head.name, (head.kind, shape))
        });
        Outline {
            corpora: corpora.collect(),
            saved: saved.collect(),
            current: self.current.clone(),
            last: self.last_result().shape.clone(),
        }
    }
}
