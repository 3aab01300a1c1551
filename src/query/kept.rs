//! The kept text of corpora, block by block, for the stages that read text.

use crate::error::{Error, Result};
use crate::index::{BlockHead, CorpusView};
use crate::query::source::Corpus;

/// A block of whole lines and where it comes from.
pub type Block = (BlockHead, String);

/// Refuses a corpus that was created without its text.
///
/// # Errors
/// [`Error::Query`] that says so.
pub fn check(view: &CorpusView<'_>) -> Result<()> {
    if view.record().keep_text {
        return Ok(());
    }
    let name = &view.record().name;
    let message = format!("the corpus {name} was created WITH keep_text = false");
    Err(Error::query(message).hint("FROM FILE 'a.txt' reads the text from a file"))
}

/// The blocks of some corpora, one corpus after the other. Each is read when it is asked for.
///
/// # Errors
/// [`Error::Query`] where a corpus was created without its text.
pub fn blocks<'a>(corpora: Vec<Corpus<'a>>) -> Result<impl Iterator<Item = Result<Block>> + 'a> {
    corpora.iter().try_for_each(|Corpus(view)| check(view))?;
    let mut failed = false;
    let blocks = corpora.into_iter().flat_map(|Corpus(view)| {
        let numbers = view.blocks();
        numbers.filter_map(move |block| view.text(block..block + 1).next_block().transpose())
    });
    // After an error there is nothing more to say.
    Ok(blocks.take_while(move |block| !std::mem::replace(&mut failed, block.is_err())))
}
