//! What flows out of a source: the counts of a corpus, or lines of text.

use std::fmt;
use std::sync::Arc;

use crate::error::Result;
use crate::index::CorpusView;

/// A corpus as it was when the query began.
#[derive(Clone)]
pub struct Corpus<'a>(pub Arc<CorpusView<'a>>);

/// Lines of text, without their ends.
pub struct Lines<'a>(pub Box<dyn Iterator<Item = Result<String>> + 'a>);

impl fmt::Debug for Corpus<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Corpus({})", self.0.record().name)
    }
}

impl fmt::Debug for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lines")
    }
}
