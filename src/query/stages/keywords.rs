//! `KEYWORDS AGAINST other [WITH n = 1..4]`: what is commoner in one corpus than in another.

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::cut;

use crate::error::{Error, Result, Span};
use crate::index::{CorpusView, Counter, Row, Statistics};
use crate::measure::Comparison;
use crate::mine::{ParameterKind, ParameterRow};
use crate::query::context::{Catalog, Context, known_corpus};
use crate::query::grammar::{Parsed, Tokens, keyword, named, with_clause};
use crate::query::node::{Name, Place};
use crate::query::parameters::Parameters;
use crate::query::rows::{ColumnKind, Datum};
use crate::query::source::Corpus;
use crate::query::stage::{
    ColumnSet, Kind, Limit, Shape, Stage, StageRow, Takes, Value, With, least_count, note_of,
};

/// The row of KEYWORDS.
pub(super) static ROW: StageRow = StageRow {
    name: "KEYWORDS",
    syntax: "KEYWORDS AGAINST other [WITH n = 1..4]",
    takes: Takes::Only(&[Kind::Corpus]),
    makes: Some(Kind::Table),
    gives: "ngram, count, other_count, g2, log_ratio",
    help: "the n-grams of the corpus, those first that are most surely commoner in it than in \
           the other; g2 and log_ratio are negative for those that are rarer",
    with: With::Parameters(PARAMETERS),
    example: "FROM hlm | KEYWORDS AGAINST sgyy WITH n = 2..3 | WHERE count >= 20 | LIMIT 20",
    paper: "Dunning 1993; Hardie 2014",
    parse: keywords_stage,
};

const PARAMETERS: &[ParameterRow] = &[ParameterRow {
    name: "n",
    kind: ParameterKind::Range,
    default: "1..4",
    help: "the lengths, one or a range; the default ends where a corpus does",
}];

/// KEYWORDS, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Keywords {
    /// The corpus that the one in hand is compared with.
    pub other: Name,
    /// The lengths.
    pub parameters: Parameters,
    /// What every n-gram that is wanted fulfils, pushed down from WHERE.
    pub limits: Vec<Limit>,
    /// Where it stands.
    pub place: Place,
}

fn keywords_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("KEYWORDS")(input)?;
    let (rest, (_, other)) = (cut(keyword("AGAINST")), cut(named("a corpus"))).parse(rest)?;
    let (rest, parameters) = with_clause(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Keywords { other, parameters, limits: Vec::new(), place })))
}

impl Stage for Keywords {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, input: &Shape, catalog: &dyn Catalog) -> Result<Shape> {
        known_corpus(&self.other, catalog)?;
        self.parameters.check(ROW.name, PARAMETERS)?;
        if let Some(record) = catalog.record(&self.other.text)
            && record.text.unit != input.unit
        {
            let (name, unit, own) = (&self.other, record.text.unit, input.unit);
            let message = format!("{name} counts by {unit}, and the source by {own}");
            return Err(Error::query(message).at(self.other.span));
        }
        if self.parameters.range("n")?.is_some_and(|range| *range.start() == 0) {
            let span = self.parameters.get("n").map(|n| n.value.span).unwrap_or_default();
            return Err(Error::query("an n-gram has at least one unit").at(span));
        }
        Ok(shape())
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::none()
    }

    fn with_limits(&self, limits: &[Limit]) -> Option<Arc<dyn Stage>> {
        let own = limits.iter().filter(|limit| limit.column == "count");
        let limits: Vec<Limit> = own.cloned().collect();
        if limits.is_empty() {
            return None;
        }
        Some(Arc::new(Keywords { limits, ..self.clone() }))
    }

    fn note(&self) -> Option<String> {
        note_of(&self.limits)
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let Corpus(view) = input.corpus()?;
        let index = context.index()?;
        let other = index.view(&self.other.text).ok_or_else(|| {
            Error::query(format!("there is no corpus `{}`", self.other.text)).at(self.other.span)
        })?;
        let lengths = self.lengths(&view, &other)?;
        let least = least_count(&self.limits);
        let statistics = view.statistics(least, *lengths.end(), context.cost, &context.control)?;
        let mut reference = Reference {
            statistics: other.usual_statistics(context.cost, &context.control)?,
            counter: other.counter(),
            view: &other,
        };
        let mut found = Vec::new();
        let mut symbols = Vec::new();
        for length in lengths {
            let (own, others) = (&view.manifest().totals.grams, &other.manifest().totals.grams);
            let (own, others) = (own[length - 1], others[length - 1]);
            for (seen, row) in statistics.rows(length).enumerate() {
                if seen % (1 << 12) == 0 {
                    context.check()?;
                }
                let count = statistics.count(row);
                if !self.limits.iter().all(|limit| limit.allows(count as f64)) {
                    continue;
                }
                statistics.symbols(row, &mut symbols);
                let other_count = reference.count(&view, &mut symbols)?;
                let comparison = Comparison::new(count, own, other_count, others);
                found.push(Keyword { row, count, other_count, comparison });
            }
        }
        let found = sorted(found, &view, &statistics);
        statistics.check()?;
        reference.statistics.check()?;
        let rows = found.into_iter().map(|(ngram, keyword)| {
            let Keyword { count, other_count, comparison, .. } = keyword;
            Ok(vec![
                Datum::text(ngram),
                Datum::count(count),
                Datum::count(other_count),
                comparison.and_then(|comparison| comparison.g2()).into(),
                comparison.and_then(|comparison| comparison.log_ratio()).into(),
            ])
        });
        Ok(Value::Table(shape(), Box::new(rows)))
    }
}

impl fmt::Display for Keywords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KEYWORDS AGAINST {}{}", self.other, self.parameters)
    }
}

fn shape() -> Shape {
    let columns = [
        ("ngram", ColumnKind::Text),
        ("count", ColumnKind::Integer),
        ("other_count", ColumnKind::Integer),
        ("g2", ColumnKind::Real),
        ("log_ratio", ColumnKind::Real),
    ];
    Shape::of(Kind::Table, &columns)
}

impl Keywords {
    fn lengths(
        &self,
        view: &CorpusView<'_>,
        other: &CorpusView<'_>,
    ) -> Result<RangeInclusive<usize>> {
        let least = if view.order() <= other.order() { view } else { other };
        let order = least.order();
        let Some(range) = self.parameters.range("n")? else { return Ok(1..=order.min(4)) };
        let ends = usize::try_from(*range.start()).ok().zip(usize::try_from(*range.end()).ok());
        match ends {
            Some((low, high)) if high <= order => Ok(low..=high),
            _ => {
                let span = self.parameters.get("n").map(|n| n.value.span).unwrap_or_default();
                let message = format!("{} counts n-grams up to {order}", least.record().name);
                Err(Error::query(message).at(span))
            }
        }
    }
}

/// An n-gram with what is known of it.
struct Keyword {
    row: Row,
    count: u64,
    other_count: u64,
    comparison: Option<Comparison>,
}

/// The surest first, ties by their texts.
fn sorted(
    found: Vec<Keyword>,
    view: &CorpusView<'_>,
    statistics: &Statistics,
) -> Vec<(String, Keyword)> {
    let mut symbols = Vec::new();
    let mut texts: Vec<(f64, String, Keyword)> = found
        .into_iter()
        .map(|keyword| {
            statistics.symbols(keyword.row, &mut symbols);
            let g2 = keyword.comparison.and_then(|comparison| comparison.g2());
            (g2.unwrap_or(f64::NEG_INFINITY), view.render(&symbols), keyword)
        })
        .collect();
    texts.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    texts.into_iter().map(|(_, text, keyword)| (text, keyword)).collect()
}

/// The corpus that is compared with. Its symbols are others, so that units are found by text.
struct Reference<'o> {
    statistics: Arc<Statistics>,
    counter: Counter<'o>,
    view: &'o CorpusView<'o>,
}

impl Reference<'_> {
    /// How often an n-gram of another corpus occurs; `symbols` are translated in place.
    fn count(&mut self, from: &CorpusView<'_>, symbols: &mut [u32]) -> Result<u64> {
        for symbol in symbols.iter_mut() {
            match self.view.dictionary().find(from.dictionary().text(*symbol)) {
                Some(own) => *symbol = own,
                None => return Ok(0),
            }
        }
        match self.statistics.find(symbols) {
            Some(row) => Ok(self.statistics.count(row)),
            None if self.statistics.floor() <= 1 => Ok(0),
            None => self.counter.count(symbols),
        }
    }
}
