//! The kept text of corpora, block by block, for the stages that read text.

use crate::control::Measure;
use crate::error::{Error, Result};
use crate::index::{BOUNDARY, BlockHead, CorpusView};
use crate::query::context::Context;
use crate::query::pattern::{Part, Pattern};
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

/// The blocks of some corpora, one corpus after the other. Each is read when it is asked for, and
/// then reported as progress and checked for an interruption.
///
/// # Errors
/// [`Error::Query`] where a corpus was created without its text.
pub fn blocks<'a>(
    corpora: Vec<Corpus<'a>>,
    context: &'a Context<'a>,
) -> Result<impl Iterator<Item = Result<Block>> + 'a> {
    corpora.iter().try_for_each(|Corpus(view)| check(view))?;
    let total = corpora.iter().map(|Corpus(view)| view.blocks().end - view.blocks().start).sum();
    let progress = &context.control.progress;
    let mut begun = false;
    let mut failed = false;
    let blocks = corpora.into_iter().flat_map(move |Corpus(view)| {
        let numbers = view.blocks();
        numbers.filter_map(move |block| {
            if !std::mem::replace(&mut begun, true) {
                progress.begin("reading the kept text", Some(total), Measure::Items);
            }
            let read = context.check().and_then(|()| view.text(block..block + 1).next_block());
            progress.advance(1);
            read.transpose()
        })
    });
    // After an error there is nothing more to say.
    let blocks = blocks.take_while(move |block| !std::mem::replace(&mut failed, block.is_err()));
    Ok(blocks.chain(std::iter::from_fn(|| {
        progress.finish();
        None
    })))
}

/// Those corpora in which every text that the pattern spells out occurs: the counts are asked
/// before any text is read.
///
/// # Errors
/// When a page cannot be read.
pub fn holding<'a>(corpora: Vec<Corpus<'a>>, pattern: &Pattern) -> Result<Vec<Corpus<'a>>> {
    let mut holding = Vec::new();
    for corpus in corpora {
        if corpus.0.is_part() || fewest(&corpus.0, pattern)? > 0 {
            holding.push(corpus);
        }
    }
    Ok(holding)
}

/// How often a pattern occurs in all of the corpora, where it is a text that is counted.
///
/// # Errors
/// When a page cannot be read.
pub fn total(corpora: &[Corpus<'_>], pattern: &Pattern) -> Result<Option<u64>> {
    let Some(text) = pattern.literal() else { return Ok(None) };
    let mut total = 0;
    for Corpus(view) in corpora {
        let symbols = view.symbols_of(text);
        if view.is_part() || symbols.len() > view.order() || symbols.contains(&Some(BOUNDARY)) {
            return Ok(None);
        }
        total += fewest(view, pattern)?;
    }
    Ok(Some(total))
}

/// The smallest count of the texts that a pattern spells out, taken in pieces of the order.
fn fewest(view: &CorpusView<'_>, pattern: &Pattern) -> Result<u64> {
    let mut fewest = u64::MAX;
    for part in &pattern.parts {
        let Part::Literal(text) = part else { continue };
        let symbols = view.symbols_of(text);
        let runs = symbols.split(|symbol| *symbol == Some(BOUNDARY));
        for window in runs.flat_map(|run| run.chunks(view.order())) {
            let known: Option<Vec<u32>> = window.iter().copied().collect();
            let count = known.map_or(Ok(0), |known| view.counter().count(&known))?;
            fewest = fewest.min(count);
        }
    }
    Ok(fewest)
}
