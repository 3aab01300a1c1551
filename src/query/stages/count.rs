//! `COUNT 'pattern' [, 'pattern']`: how often patterns occur.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::cut;

use crate::error::{Error, Result, Span};
use crate::index::{BOUNDARY, CorpusView, MAX_ORDER};
use crate::query::automaton::Automaton;
use crate::query::constant::write_list;
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, pattern, separated, symbol};
use crate::query::node::{Place, Quoted};
use crate::query::pattern::Part;
use crate::query::pattern::QuotedPattern;
use crate::query::rows::{ColumnKind, Datum};
use crate::query::source::Corpus;
use crate::query::stage::{ColumnSet, Kind, Reads, Shape, Stage, StageRow, Takes, Value, With};
use crate::query::tokenised::tokenised;

/// The row of COUNT.
pub(super) static ROW: StageRow = StageRow {
    name: "COUNT",
    syntax: "COUNT 'pattern' [, 'pattern'] …",
    takes: Takes::Only(&[Kind::Corpus]),
    makes: Some(Kind::Table),
    gives: "pattern, ngram, count, per_million",
    help: "how often each n-gram that a pattern matches occurs",
    with: With::Nothing,
    example: "FROM hlm | COUNT '黛玉', '林?玉'",
    paper: "",
    parse: count_stage,
};

/// COUNT, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Count {
    /// What is counted.
    pub patterns: Vec<QuotedPattern>,
    /// Where it stands.
    pub place: Place,
}

fn count_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("COUNT")(input)?;
    let (rest, patterns) = cut(separated(symbol(","), pattern)).parse(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Count { patterns, place })))
}

impl Stage for Count {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, _: &Shape, _: &dyn Catalog) -> Result<Shape> {
        Ok(shape())
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::none()
    }

    fn reads(&self) -> Reads {
        Reads::Sums
    }

    fn patterns(&self) -> Vec<&QuotedPattern> {
        self.patterns.iter().collect()
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let corpora = input.corpora()?;
        let units = corpora.iter().map(|corpus| corpus.0.manifest().totals.units()).sum();
        let mut rows = Vec::new();
        for pattern in &self.patterns {
            let shown = Datum::text(&pattern.quoted.text);
            let mut sums: BTreeMap<String, u64> = BTreeMap::new();
            for Corpus(view) in &corpora {
                for (ngram, count) in count(pattern, view, context)? {
                    *sums.entry(ngram).or_default() += count;
                }
            }
            let mut found: Vec<(String, u64)> = sums.into_iter().collect();
            found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            rows.extend(found.into_iter().map(|(ngram, count)| {
                let per_million = per_million(count, units);
                Ok(vec![shown.clone(), Datum::text(ngram), Datum::count(count), per_million])
            }));
        }
        Ok(Value::Table(shape(), Box::new(rows.into_iter())))
    }
}

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("COUNT ")?;
        write_list(f, &self.patterns)
    }
}

fn shape() -> Shape {
    let columns = [
        ("pattern", ColumnKind::Text),
        ("ngram", ColumnKind::Text),
        ("count", ColumnKind::Integer),
        ("per_million", ColumnKind::Real),
    ];
    Shape::of(Kind::Table, &columns)
}

/// Occurrences in a million units.
pub(super) fn per_million(count: u64, units: u64) -> Datum {
    if units == 0 { Datum::Null } else { Datum::real(count as f64 * 1e6 / units as f64) }
}

/// The n-grams that a pattern matches, with their counts; a plain text is there even with none.
fn count(
    pattern: &QuotedPattern,
    view: &CorpusView<'_>,
    context: &Context<'_>,
) -> Result<Vec<(String, u64)>> {
    let span = pattern.quoted.span;
    let at = |error: Error| error.at(span);
    if pattern.pattern.parts.iter().any(|part| has_boundary(part, view)) {
        let read = tokenised(&pattern.pattern, &view.record().text);
        return Err(broken(&pattern.quoted, &read, view).at(span));
    }
    let mut automaton = Automaton::new(&pattern.pattern, view).map_err(at)?;
    let shortest = pattern.pattern.parts.iter().map(|part| shortest(part, view)).sum::<usize>();
    if shortest > view.order() {
        let read = tokenised(&pattern.pattern, &view.record().text);
        return Err(too_long(&read, shortest, view.order(), view).at(span));
    }
    if let Some(symbols) = automaton.literal() {
        let text = &pattern.quoted.text;
        let Some(symbols) = symbols.into_iter().collect::<Option<Vec<u32>>>() else {
            // As it would be counted, so that it adds up with another corpus that has it.
            return Ok(vec![(view.normalized(text), 0)]);
        };
        let count = view.counter().count(&symbols)?;
        return Ok(vec![(view.render(&symbols), count)]);
    }
    let matches = automaton.matches(context)?;
    Ok(matches.into_iter().map(|found| (view.render(&found.symbols), found.count)).collect())
}

/// The error for a text that no stored window can hold; `most` units would do.
pub(super) fn too_long(read: &str, units: usize, most: usize, view: &CorpusView<'_>) -> Error {
    let name = &view.record().name;
    let error = Error::query(format!(
        "`{read}` is {units} units long, and {name} has order {}: {most} are the most here",
        view.order()
    ));
    let order = view.order() + units - most;
    if order > MAX_ORDER {
        return error;
    }
    error.hint(format!("CREATE CORPUS … WITH order = {order} counts longer ones"))
}

/// The error for a text with a character in it that the corpus does not keep.
pub(super) fn broken(text: &Quoted, read: &str, view: &CorpusView<'_>) -> Error {
    let name = &view.record().name;
    let message = format!("{text} reads as `{read}`: no count of {name} goes across an edge |");
    let edge = read.strip_suffix(" |").filter(|rest| !rest.contains('|'));
    Error::query(message).hint(match edge {
        Some(rest) => format!(
            "'{}$' counts it before any edge; CONCORDANCE {text} finds it in the text",
            rest.replace(' ', "")
        ),
        None => format!(
            "^ and $ are edges; CONCORDANCE {text} finds it in the text, and CREATE CORPUS … WITH \
             keep = all counts punctuation"
        ),
    })
}

/// Whether a part spells out a character at which sentences end.
fn has_boundary(part: &Part, view: &CorpusView<'_>) -> bool {
    match part {
        Part::Literal(text) => view.symbols_of(text).contains(&Some(BOUNDARY)),
        Part::Either(choices) => {
            choices.iter().flat_map(|choice| &choice.parts).any(|part| has_boundary(part, view))
        }
        _ => false,
    }
}

/// How many symbols a part reads at least.
fn shortest(part: &Part, view: &CorpusView<'_>) -> usize {
    match part {
        Part::Literal(text) => view.symbols_of(text).len(),
        Part::One | Part::Many | Part::Regex(_) | Part::Start | Part::End => 1,
        Part::Either(choices) => choices
            .iter()
            .map(|choice| choice.parts.iter().map(|part| shortest(part, view)).sum())
            .min()
            .unwrap_or(0),
    }
}
