//! Segmenters by name, for whoever streams text past the language.

use std::sync::Arc;

use crate::database::exchange::words_of_file;
use crate::database::session::Session;
use crate::error::{Error, Result, Span};
use crate::query::node::{Name, Spanned};
use crate::query::parse;
use crate::query::stage::{Shape, Stage};
use crate::query::stages::Segment;
use crate::query::tree::Statement;
use crate::word::Segmenter;

impl Session<'_> {
    /// What SEGMENT BY `by` IN `corpus` WITH `parameters` cuts with: a lexicon, or a method with
    /// the statistics of a corpus. Parameters are written as in the language, `seed = 2, tilt = 0`.
    /// `words` is a file of words beside those of the lexicon, as IMPORT LEXICON reads it.
    ///
    /// # Errors
    /// [`Error::Query`] where there is no such lexicon, method, corpus or parameter;
    /// [`Error::Input`] where the file cannot be read.
    pub fn segmenter(
        &mut self,
        by: &str,
        corpus: Option<&str>,
        parameters: &str,
        words: Option<&str>,
    ) -> Result<Segmenter> {
        self.prepare();
        let name = |text: &str| Name::new(text, Span::default());
        let of = corpus.map(|corpus| format!(" IN {}", name(corpus))).unwrap_or_default();
        let with = match parameters.trim() {
            "" => String::new(),
            parameters => format!(" WITH {parameters}"),
        };
        let query = format!("FROM STDIN | SEGMENT BY {}{of}{with}", name(by));
        let statements = parse(&query).map_err(without_place)?;
        let stage = match statements.as_slice() {
            [Spanned { node: Statement::Query(query), .. }] => match query.stages.as_slice() {
                [stage] => Segment::of(stage),
                _ => None,
            },
            _ => None,
        };
        let stage = stage.ok_or_else(|| {
            Error::query(format!("`{parameters}` are more than parameters"))
                .hint("they are what stands after WITH: seed = 2, tilt = 0.2")
        })?;
        stage.plan(&Shape::text(), self).map_err(without_place)?;
        let view = corpus.and_then(|corpus| self.database.index().view(corpus));
        let words = words.map(words_of_file).transpose()?.unwrap_or_default();
        stage.segmenter_with(words, view.map(Arc::new), &self.context).map_err(without_place)
    }

    /// How many threads the session works with.
    pub fn threads(&mut self) -> usize {
        self.prepare();
        self.context.cost.threads.max(1)
    }
}

/// There is no query to point into.
fn without_place(error: Error) -> Error {
    let mut error = error;
    match &mut error {
        Error::Query(report)
        | Error::Input(report)
        | Error::Retry(report)
        | Error::Corrupt(report)
        | Error::Internal(report) => report.span = None,
    }
    error
}
