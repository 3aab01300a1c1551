//! What the stages that ask the statistics are given. A stand-in for now.

/// The counts of one or several corpora.
#[derive(Debug)]
pub struct Corpus<'a>(pub std::marker::PhantomData<&'a ()>);

/// Lines of text.
pub struct Lines<'a>(pub Box<dyn Iterator<Item = crate::error::Result<String>> + 'a>);

impl std::fmt::Debug for Lines<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Lines")
    }
}
