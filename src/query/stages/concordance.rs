//! `CONCORDANCE 'pattern' [WITH window = 12]`: every place where a pattern occurs, in its context.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::cut;

use crate::error::{Result, Span};
use crate::mine::{ParameterKind, ParameterRow};
use crate::query::context::{Catalog, Context};
use crate::query::finder::{Finder, Line};
use crate::query::grammar::{Parsed, Tokens, keyword, pattern, with_clause};
use crate::query::kept;
use crate::query::node::Place;
use crate::query::parameters::Parameters;
use crate::query::pattern::QuotedPattern;
use crate::query::rows::{ColumnKind, Datum, Row};
use crate::query::stage::{ColumnSet, Kind, Reads, Shape, Stage, StageRow, Takes, Value, With};
use crate::text::Splitter;

/// The row of CONCORDANCE.
pub(super) static ROW: StageRow = StageRow {
    name: "CONCORDANCE",
    syntax: "CONCORDANCE 'pattern' [WITH window = 12]",
    takes: Takes::Only(&[Kind::Corpus]),
    makes: Some(Kind::Table),
    gives: "document, position, left, match, right",
    help: "every match in the kept text, leftmost and longest first, with `window` units of its \
           line on either side; document is the name of the file, position the line in it",
    with: With::Parameters(PARAMETERS),
    example: "FROM hlm | CONCORDANCE '林?玉' WITH window = 8 | LIMIT 20",
    paper: "",
    parse: concordance_stage,
};

const PARAMETERS: &[ParameterRow] = &[ParameterRow {
    name: "window",
    kind: ParameterKind::COUNT,
    default: "12",
    help: "units shown on either side",
}];

/// CONCORDANCE, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Concordance {
    /// What is looked for.
    pub pattern: QuotedPattern,
    /// The window.
    pub parameters: Parameters,
    /// Where it stands.
    pub place: Place,
}

fn concordance_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("CONCORDANCE")(input)?;
    let (rest, pattern) = cut(pattern).parse(rest)?;
    let (rest, parameters) = with_clause(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Concordance { pattern, parameters, place })))
}

impl Stage for Concordance {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, _: &Shape, _: &dyn Catalog) -> Result<Shape> {
        self.parameters.check(ROW.name, PARAMETERS)?;
        Ok(shape())
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        ColumnSet::none()
    }

    fn reads(&self) -> Reads {
        Reads::Text
    }

    fn patterns(&self) -> Vec<&QuotedPattern> {
        vec![&self.pattern]
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let corpora = input.corpora()?;
        let window = self.parameters.arguments(PARAMETERS)?.count("window");
        let window = usize::try_from(window).unwrap_or(usize::MAX);
        let options = corpora.first().map(|corpus| corpus.0.record().text).unwrap_or_default();
        let splitter = Splitter::new(&options);
        let finder = Finder::new(&self.pattern.pattern, &splitter, &options)
            .map_err(|error| error.at(self.pattern.quoted.span))?;
        let corpora = kept::holding(corpora, &self.pattern.pattern)?;
        // Once all that were counted are found there is nothing more to read.
        let mut missing = kept::total(&corpora, &self.pattern.pattern)?;
        let blocks = kept::blocks(corpora, context)?;
        let rows = blocks.map(move |read| {
            let found = read.map(|(head, text)| {
                let document = Datum::text(&head.name);
                let mut rows = Vec::new();
                for (number, line) in finder.candidates(head.line, &text) {
                    let shown = Shown { line, cut: Line::new(line, &splitter), window };
                    let matches = finder.find(&shown.cut).into_iter();
                    rows.extend(matches.map(|units| Ok(shown.row(&document, number, units))));
                }
                rows
            });
            found.unwrap_or_else(|error| vec![Err(error)])
        });
        let mut is_over = missing == Some(0);
        let rows = rows.map_while(move |rows| {
            let rows = (!is_over).then_some(rows)?;
            missing = missing.map(|count| count.saturating_sub(rows.len() as u64));
            is_over = missing == Some(0);
            Some(rows)
        });
        Ok(Value::Table(shape(), Box::new(rows.flatten())))
    }
}

impl fmt::Display for Concordance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CONCORDANCE {}{}", self.pattern, self.parameters)
    }
}

fn shape() -> Shape {
    let columns = [
        ("document", ColumnKind::Text),
        ("position", ColumnKind::Integer),
        ("left", ColumnKind::Text),
        ("match", ColumnKind::Text),
        ("right", ColumnKind::Text),
    ];
    Shape::of(Kind::Table, &columns)
}

/// A line that is shown, as it was and cut.
struct Shown<'t> {
    line: &'t str,
    cut: Line<'t>,
    window: usize,
}

impl Shown<'_> {
    /// The match of some units with what stands beside it, cut out of the line as it was. Where
    /// the line has fewer units than the window, it is shown up to its end.
    fn row(&self, document: &Datum, number: u64, matched: Range<usize>) -> Row {
        let units = &self.cut.units;
        let (start, end) = (units[matched.start].start, units[matched.end - 1].end);
        let left = match matched.start.checked_sub(self.window) {
            Some(_) if self.window == 0 => start,
            Some(first) => units[first].start,
            None => 0,
        };
        let right = match matched.end.checked_add(self.window) {
            Some(_) if self.window == 0 => end,
            Some(after) if after <= units.len() => units[after - 1].end,
            _ => self.line.len(),
        };
        let part = |from: usize, to: usize| {
            Datum::text(self.line.get(from..to.max(from)).unwrap_or_default())
        };
        let position = Datum::count(number);
        vec![document.clone(), position, part(left, start), part(start, end), part(end, right)]
    }
}
