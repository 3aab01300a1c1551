//! `SEGMENT [BY name] [IN corpus] [WITH …]`: text cut into words, by a lexicon or a method.

use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::{cut, opt};
use nom::sequence::preceded;

use crate::error::{Error, Result, Span};
use crate::query::context::{Catalog, Context, known_corpus};
use crate::query::grammar::{Parsed, Tokens, keyword, named, with_clause};
use crate::query::node::{Name, Place};
use crate::query::parameters::Parameters;
use crate::query::rows::ColumnKind;
use crate::query::stage::{ColumnSet, Kind, Shape, Stage, StageRow, Takes, Value};

/// The row of SEGMENT.
pub(super) static ROW: StageRow = StageRow {
    name: "SEGMENT",
    syntax: "SEGMENT [BY lexicon or method] [IN corpus] [WITH parameter = value, …]",
    takes: Takes::Only(&[Kind::Corpus, Kind::Text]),
    makes: Some(Kind::Sentences),
    gives: "sentence, tokens",
    help: "sentences cut into words; a method takes its statistics from the source or from IN",
    example: "FROM '鸡蛋可以吃吗' | SEGMENT BY lex",
    paper: "",
    parse: segment_stage,
};

/// SEGMENT, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Segment {
    /// The lexicon or method.
    pub by: Option<Name>,
    /// The corpus whose statistics a method uses.
    pub corpus: Option<Name>,
    /// Parameters of the method.
    pub parameters: Parameters,
    /// Where it stands.
    pub place: Place,
}

fn segment_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("SEGMENT")(input)?;
    let by = preceded(keyword("BY"), cut(named("a lexicon or a method")));
    let (rest, by) = opt(by).parse(rest)?;
    let (rest, corpus) = opt(preceded(keyword("IN"), cut(named("a corpus")))).parse(rest)?;
    let (rest, parameters) = with_clause(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Segment { by, corpus, parameters, place })))
}

impl Stage for Segment {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, _: &Shape, catalog: &dyn Catalog) -> Result<Shape> {
        if let Some(corpus) = &self.corpus {
            known_corpus(corpus, catalog)?;
        }
        let columns = [("sentence", ColumnKind::Text), ("tokens", ColumnKind::List)];
        Ok(Shape::of(Kind::Sentences, &columns))
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::none()
    }

    fn run<'a>(
        &'a self,
        _input: Value<'a>,
        _needed: &ColumnSet,
        _context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        Err(Error::internal("SEGMENT does not run yet").at(self.span()))
    }
}

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SEGMENT")?;
        self.by.iter().try_for_each(|by| write!(f, " BY {by}"))?;
        self.corpus.iter().try_for_each(|corpus| write!(f, " IN {corpus}"))?;
        write!(f, "{}", self.parameters)
    }
}
