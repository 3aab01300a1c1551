//! Segmenters by name, for whoever streams text past the language.

use crate::database::session::Session;
use crate::error::{Error, Result, Span};
use crate::query::node::{Name, Place};
use crate::query::parameters::Parameters;
use crate::query::stage::{Shape, Stage};
use crate::query::stages::Segment;
use crate::word::Segmenter;

impl Session<'_> {
    /// What SEGMENT BY `by` IN `corpus` cuts with: a lexicon, or a method with the statistics of a
    /// corpus.
    ///
    /// # Errors
    /// [`Error::Query`] where there is no such lexicon, method or corpus.
    pub fn segmenter(&mut self, by: &str, corpus: Option<&str>) -> Result<Segmenter> {
        self.prepare();
        let name = |text: &str| Name::new(text, Span::default());
        let stage = Segment {
            by: Some(name(by)),
            corpus: corpus.map(name),
            parameters: Parameters::default(),
            documents: false,
            place: Place(Span::default()),
        };
        stage.plan(&Shape::text(), self).map_err(without_place)?;
        let view = corpus.and_then(|corpus| self.database.index().view(corpus));
        stage.segmenter(view.map(std::sync::Arc::new), &self.context).map_err(without_place)
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
