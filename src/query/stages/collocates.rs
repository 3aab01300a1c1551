//! `COLLOCATES 'pattern' [WITH window = 5]`: the units that stand near a pattern.

use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::cut;
use rustc_hash::FxHashMap;

use crate::error::{Result, Span};
use crate::measure::Contingency;
use crate::mine::{ParameterKind, ParameterRow};
use crate::query::context::{Catalog, Context};
use crate::query::finder::{Finder, Line};
use crate::query::grammar::{Parsed, Tokens, keyword, pattern, with_clause};
use crate::query::kept;
use crate::query::node::Place;
use crate::query::parameters::Parameters;
use crate::query::pattern::QuotedPattern;
use crate::query::rows::{ColumnKind, Datum};
use crate::query::source::Corpus;
use crate::query::stage::{ColumnSet, Kind, Reads, Shape, Stage, StageRow, Takes, Value, With};
use crate::text::{Splitter, Unit};

/// The row of COLLOCATES.
pub(super) static ROW: StageRow = StageRow {
    name: "COLLOCATES",
    syntax: "COLLOCATES 'pattern' [WITH window = 5]",
    takes: Takes::Only(&[Kind::Corpus]),
    makes: Some(Kind::Table),
    gives: "unit (word in a corpus of words), count, pmi, npmi, g2, t, z, logdice, dice, mi2, \
            mi3, chi2, min_sensitivity, dp_forward, dp_backward, log_ratio",
    help: "the units that stand at most `window` units before or after a match, without a \
           boundary between, and how strongly they are attracted by it",
    with: With::Parameters(PARAMETERS),
    example: "FROM hlm | COLLOCATES '黛玉' WITH window = 5 | WHERE count >= 10 | SORT logdice DESC",
    paper: "Evert 2008, Corpora and collocations",
    parse: collocates_stage,
};

const PARAMETERS: &[ParameterRow] = &[ParameterRow {
    name: "window",
    kind: ParameterKind::POSITIVE,
    default: "5",
    help: "units looked at on either side",
}];

type Measure = fn(&Contingency) -> Option<f64>;

const MEASURES: &[(&str, Measure)] = &[
    ("pmi", Contingency::pmi),
    ("npmi", Contingency::npmi),
    ("g2", Contingency::g2),
    ("t", Contingency::t),
    ("z", Contingency::z),
    ("logdice", Contingency::logdice),
    ("dice", Contingency::dice),
    ("mi2", Contingency::mi2),
    ("mi3", Contingency::mi3),
    ("chi2", Contingency::chi2),
    ("min_sensitivity", Contingency::min_sensitivity),
    ("dp_forward", Contingency::dp_forward),
    ("dp_backward", Contingency::dp_backward),
    ("log_ratio", Contingency::log_ratio),
];

/// COLLOCATES, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Collocates {
    /// What stands in the middle.
    pub pattern: QuotedPattern,
    /// The window.
    pub parameters: Parameters,
    /// Where it stands.
    pub place: Place,
}

fn collocates_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("COLLOCATES")(input)?;
    let (rest, pattern) = cut(pattern).parse(rest)?;
    let (rest, parameters) = with_clause(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Collocates { pattern, parameters, place })))
}

impl Stage for Collocates {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, input: &Shape, _: &dyn Catalog) -> Result<Shape> {
        self.parameters.check(ROW.name, PARAMETERS)?;
        Ok(shape(input.unit))
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::none()
    }

    fn reads(&self) -> Reads {
        Reads::Sums
    }

    fn patterns(&self) -> Vec<&QuotedPattern> {
        vec![&self.pattern]
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let corpora = input.corpora()?;
        let unit = corpora.first().map(|corpus| corpus.0.record().text.unit).unwrap_or_default();
        let neighbourhood = self.neighbourhood(&corpora, context)?;
        let measures: Vec<Option<Measure>> = MEASURES
            .iter()
            .map(|(name, measure)| needed.contains(name).then_some(*measure))
            .collect();
        let frequencies = match measures.iter().any(Option::is_some) {
            true => frequencies(&corpora, neighbourhood.counts.keys(), context)?,
            false => FxHashMap::default(),
        };
        let total = corpora.iter().map(|corpus| corpus.0.manifest().totals.units()).sum::<u64>();
        let slots = 2 * self.window()?;
        let mut counts: Vec<(String, u64)> = neighbourhood.counts.into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let rows = counts.into_iter().map(move |(text, count)| {
            // Each occurrence has as many slots, so that E11 = W·f1·f2/N.
            let frequency = frequencies.get(&text).copied().unwrap_or(0);
            let [nodes, units, all] =
                [neighbourhood.nodes, frequency, total].map(|count| count.saturating_mul(slots));
            let table = Contingency::new(count, nodes, units, all);
            let mut row = vec![Datum::text(text), Datum::count(count)];
            row.extend(measures.iter().map(|measure| {
                table.as_ref().zip(*measure).and_then(|(table, measure)| measure(table)).into()
            }));
            Ok(row)
        });
        Ok(Value::Table(shape(unit), Box::new(rows)))
    }
}

impl fmt::Display for Collocates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "COLLOCATES {}{}", self.pattern, self.parameters)
    }
}

fn shape(unit: Unit) -> Shape {
    let name = if unit == Unit::Word { "word" } else { "unit" };
    let mut columns = vec![(name, ColumnKind::Text), ("count", ColumnKind::Integer)];
    columns.extend(MEASURES.iter().map(|(name, _)| (*name, ColumnKind::Real)));
    Shape::of(Kind::Table, &columns)
}

/// What was seen around the matches.
#[derive(Default)]
struct Neighbourhood {
    /// How many matches there are.
    nodes: u64,
    /// How often each unit stands in a slot of a match.
    counts: FxHashMap<String, u64>,
}

impl Collocates {
    fn window(&self) -> Result<u64> {
        Ok(self.parameters.arguments(PARAMETERS)?.count("window"))
    }

    fn neighbourhood(
        &self,
        corpora: &[Corpus<'_>],
        context: &Context<'_>,
    ) -> Result<Neighbourhood> {
        let window = usize::try_from(self.window()?).unwrap_or(usize::MAX);
        let options = corpora.first().map(|corpus| corpus.0.record().text).unwrap_or_default();
        let splitter = Splitter::new(&options);
        let finder = Finder::new(&self.pattern.pattern, &splitter, &options)
            .map_err(|error| error.at(self.pattern.quoted.span))?;
        let mut seen = Neighbourhood::default();
        let corpora = kept::holding(corpora.to_vec(), &self.pattern.pattern)?;
        for block in kept::blocks(corpora, context)? {
            let (head, text) = block?;
            for (_, line) in finder.candidates(head.line, &text) {
                let line = Line::new(line, &splitter);
                for matched in finder.find(&line) {
                    let start = line.run(matched.start).start;
                    let end = line.run(matched.end - 1).end;
                    let before = matched.start.saturating_sub(window).max(start)..matched.start;
                    let after = matched.end..matched.end.saturating_add(window).min(end);
                    seen.nodes += 1;
                    for unit in before.chain(after) {
                        seen.add(&line.units[unit].text);
                    }
                }
            }
        }
        Ok(seen)
    }
}

impl Neighbourhood {
    fn add(&mut self, unit: &str) {
        match self.counts.get_mut(unit) {
            Some(count) => *count += 1,
            None => {
                self.counts.insert(unit.to_owned(), 1);
            }
        }
    }
}

/// How often units occur in all of the corpora.
fn frequencies<'n>(
    corpora: &[Corpus<'_>],
    units: impl Iterator<Item = &'n String> + Clone,
    context: &Context<'_>,
) -> Result<FxHashMap<String, u64>> {
    let mut frequencies = FxHashMap::default();
    for Corpus(view) in corpora {
        let pairs = view.pairs(&context.control)?;
        for unit in units.clone() {
            let symbol = view.dictionary().find(unit);
            let count = symbol.and_then(|symbol| pairs.units.get(symbol as usize));
            *frequencies.entry(unit.clone()).or_default() += count.copied().unwrap_or(0);
        }
    }
    Ok(frequencies)
}
