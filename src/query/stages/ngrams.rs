//! `NGRAMS [2..4] [LIKE 'pattern']`: n-grams with their counts and measures.

use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{cut, map, opt};
use nom::sequence::preceded;

use crate::error::{Error, Result, Span};
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, pattern, symbol, whole};
use crate::query::node::{Place, Spanned};
use crate::query::pattern::QuotedPattern;
use crate::query::rows::ColumnKind;
use crate::query::stage::{ColumnSet, Kind, Limit, Shape, Stage, StageRow, Takes, Value, note_of};

/// The row of NGRAMS.
pub(super) static ROW: StageRow = StageRow {
    name: "NGRAMS",
    syntax: "NGRAMS [2..4] [LIKE 'pattern']",
    takes: Takes::Only(&[Kind::Corpus]),
    makes: Some(Kind::Table),
    gives: "ngram, n, count, per_million, pmi, npmi, g2, t, logdice, left_entropy, \
            right_entropy, left_variety, right_variety",
    help: "n-grams of these lengths, of all lengths if none are given, with their measures",
    example: "FROM hlm | NGRAMS 2..4 | WHERE count >= 50 AND pmi >= 3 | SORT g2 DESC | LIMIT 20",
    paper: "",
    parse: ngrams_stage,
};

/// The columns of NGRAMS.
pub(super) const COLUMNS: &[(&str, ColumnKind)] = &[
    ("ngram", ColumnKind::Text),
    ("n", ColumnKind::Integer),
    ("count", ColumnKind::Integer),
    ("per_million", ColumnKind::Real),
    ("pmi", ColumnKind::Real),
    ("npmi", ColumnKind::Real),
    ("g2", ColumnKind::Real),
    ("t", ColumnKind::Real),
    ("logdice", ColumnKind::Real),
    ("left_entropy", ColumnKind::Real),
    ("right_entropy", ColumnKind::Real),
    ("left_variety", ColumnKind::Integer),
    ("right_variety", ColumnKind::Integer),
];

/// NGRAMS, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Ngrams {
    /// The lengths, both ends in; all lengths of the corpus where not given.
    pub lengths: Option<Spanned<(u64, u64)>>,
    /// What the n-grams look like.
    pub like: Option<QuotedPattern>,
    /// What every n-gram that is wanted fulfils, pushed down from WHERE.
    pub limits: Vec<Limit>,
    /// Where it stands.
    pub place: Place,
}

fn ngrams_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("NGRAMS")(input)?;
    let (rest, lengths) = opt(lengths).parse(rest)?;
    let (rest, like) = opt(preceded(keyword("LIKE"), cut(pattern))).parse(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Ngrams { lengths, like, limits: Vec::new(), place })))
}

fn lengths(input: Tokens<'_>) -> Parsed<'_, Spanned<(u64, u64)>> {
    let start = input.span();
    let range = map((whole, symbol(".."), cut(whole)), |(low, _, high)| (low, high));
    let (rest, ends) = alt((range, map(whole, |only| (only, only)))).parse(input)?;
    Ok((rest, Spanned::new(ends, start.to(input.last_before(rest)))))
}

impl Stage for Ngrams {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, _: &Shape, _: &dyn Catalog) -> Result<Shape> {
        if let Some(Spanned { node: (low, high), span }) = &self.lengths {
            if *low == 0 {
                return Err(Error::query("an n-gram has at least one unit").at(*span));
            }
            if low > high {
                let error = Error::query(format!("the range {low}..{high} is empty")).at(*span);
                return Err(error.hint(format!("write {high}..{low}")));
            }
        }
        Ok(Shape::of(Kind::Table, COLUMNS))
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::none()
    }

    fn with_limits(&self, limits: &[Limit]) -> Option<Arc<dyn Stage>> {
        let own =
            limits.iter().filter(|limit| COLUMNS.iter().any(|(name, _)| *name == limit.column));
        let limits: Vec<Limit> = own.cloned().collect();
        if limits.is_empty() {
            return None;
        }
        Some(Arc::new(Ngrams { limits, ..self.clone() }))
    }

    fn note(&self) -> Option<String> {
        note_of(&self.limits)
    }

    fn run<'a>(
        &'a self,
        _input: Value<'a>,
        _needed: &ColumnSet,
        _context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        Err(Error::internal("NGRAMS does not run yet").at(self.span()))
    }
}

impl fmt::Display for Ngrams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NGRAMS")?;
        match &self.lengths {
            Some(Spanned { node: (low, high), .. }) if low == high => write!(f, " {low}")?,
            Some(Spanned { node: (low, high), .. }) => write!(f, " {low}..{high}")?,
            None => {}
        }
        self.like.iter().try_for_each(|like| write!(f, " LIKE {like}"))
    }
}
