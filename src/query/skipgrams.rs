//! The skip-grams of segmented corpora: kept in the database by corpus, lexicon and window, and
//! brought up to date from the text of later ingests only.

use crate::error::Result;
use crate::index::{CorpusView, LastingHead};
use crate::mine::templates::{Clauses, SkipGrams, Vocabulary};
use crate::query::kept;
use crate::query::sentences::Segmented;
use crate::query::source::Corpus;
use crate::text::TextOptions;

/// Clauses between two looks at the memory.
const CHECK_EVERY: u64 = 1 << 14;
/// The share of the memory that clauses may take that are kept to be read again.
pub const CLAUSES_SHARE: u64 = 8;

/// A lexicon that the skip-grams depend on: its name, and a hash of all that is in it.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'o> {
    /// The name.
    pub name: &'o str,
    /// The hash.
    pub identity: [u8; 32],
}

/// The name of the table.
fn table_name(owner: &Owner<'_>, window: u64) -> String {
    format!("skip-grams within {window} by {}", owner.name)
}

/// How far what is kept of a corpus reaches: the ingests that are in it, and whether those are all.
pub fn reach(view: &CorpusView<'_>, owner: &Owner<'_>, window: u64) -> Result<Option<(u32, bool)>> {
    let head = view.lasting_head(&table_name(owner, window), &owner.identity)?;
    Ok(head.map(|head| (head.ingests, head.blocks == view.blocks().end)))
}

/// Skip-grams of some text with the words that they are of.
pub struct Counted {
    /// The counts.
    pub grams: SkipGrams,
    /// Their words.
    pub vocabulary: Vocabulary,
    /// The clauses that they were counted in, where all of them were read just now and found room.
    pub clauses: Option<Clauses>,
}

impl Counted {
    /// Nothing yet.
    pub fn new(window: usize, options: &TextOptions) -> Self {
        let vocabulary = Vocabulary::new(options);
        Counted { grams: SkipGrams::new(window), vocabulary, clauses: None }
    }

    /// The skip-grams of some corpora, added up; what is counted now is kept for the next time.
    ///
    /// # Errors
    /// What reading the text says; [`crate::error::Error::Query`] where memory does not do.
    pub fn of(
        segmented: &Segmented<'_>,
        owner: &Owner<'_>,
        window: u64,
        options: &TextOptions,
    ) -> Result<Self> {
        let mut sum: Option<Counted> = None;
        for corpus in &segmented.corpora {
            let own = Counted::of_corpus(segmented, corpus, owner, window, options)?;
            match &mut sum {
                None => sum = Some(own),
                Some(sum) => {
                    sum.grams.add(&mut sum.vocabulary, own.grams, &own.vocabulary);
                    sum.clauses = None;
                    sum.grams.fits(segmented.context.cost.memory)?;
                }
            }
        }
        let window = usize::try_from(window).unwrap_or(usize::MAX);
        Ok(sum.unwrap_or_else(|| Counted::new(window, options)))
    }

    fn of_corpus(
        segmented: &Segmented<'_>,
        corpus: &Corpus<'_>,
        owner: &Owner<'_>,
        window: u64,
        options: &TextOptions,
    ) -> Result<Self> {
        let Corpus(view) = corpus;
        kept::check(view)?;
        let name = table_name(owner, window);
        let width = usize::try_from(window).unwrap_or(usize::MAX);
        let mut counted = Counted::new(width, options);
        let mut from = view.blocks().start;
        if let Some(head) = view.lasting_head(&name, &owner.identity)? {
            let mut vocabulary = Vocabulary::new(options);
            // A cache: what cannot be read is counted again.
            if let Ok(grams) = SkipGrams::from_bytes(view.lasting_body(&name)?, &mut vocabulary) {
                counted = Counted { grams, vocabulary, clauses: None };
                from = head.blocks;
            }
        }
        let end = view.blocks().end;
        segmented.context.control.notes.add(|| match from {
            _ if from == view.blocks().start => format!("{name} built"),
            _ if from == end => format!("{name} read from disk"),
            _ => format!("{name} brought up to date from {} of {end} blocks of text", end - from),
        });
        if from == end {
            return Ok(counted);
        }
        counted.read(segmented, corpus, from)?;
        let head = LastingHead {
            name,
            owner: owner.name.to_owned(),
            identity: owner.identity,
            blocks: view.blocks().end,
            ingests: view.manifest().ingests,
        };
        let (words, pairs) = counted.grams.to_bytes(&counted.vocabulary);
        view.keep_lasting(&head, [&words, pairs])?;
        Ok(counted)
    }

    fn read(&mut self, segmented: &Segmented<'_>, corpus: &Corpus<'_>, from: u64) -> Result<()> {
        let memory = segmented.context.cost.memory;
        let task = format!("skip-grams of {}", corpus.0.record().name);
        let Counted { grams, vocabulary, clauses } = self;
        let mut seen = 0u64;
        let mut count = |clause: &[u32], times: u64| {
            grams.count(clause, times);
            seen += 1;
            if seen.is_multiple_of(CHECK_EVERY) { grams.fits(memory) } else { Ok(()) }
        };
        let mut own = Some(Clauses::within(memory / CLAUSES_SHARE));
        segmented.each_clause(corpus, from, &task, vocabulary, &mut own, &mut count)?;
        if let Some(own) = &mut own {
            own.forget_texts();
            own.each(count)?;
        }
        // Those of earlier text are missing.
        *clauses = own.filter(|_| from == corpus.0.blocks().start);
        grams.fits(memory)
    }
}
