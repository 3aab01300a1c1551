//! `NEXT 'text'` and `PREV 'text'`: what stands after a text, and before it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::cut;

use crate::error::{Error, Result, Span};
use crate::index::{BOUNDARY, CorpusView, FIRST_SYMBOL, MAX_ORDER, PAD};
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens, keyword, string};
use crate::query::node::{Place, Quoted};
use crate::query::rows::{ColumnKind, Datum};
use crate::query::source::Corpus;
use crate::query::stage::{ColumnSet, Kind, Reads, Shape, Stage, StageRow, Takes, Value, With};
use crate::query::stages::count::{broken, too_long};
use crate::query::tokenised::text_tokenised;

/// The row of NEXT.
pub(super) static NEXT: StageRow = StageRow {
    name: "NEXT",
    syntax: "NEXT 'text'",
    takes: Takes::Only(&[Kind::Corpus]),
    makes: Some(Kind::Table),
    gives: "unit, count, probability",
    help: "the units that follow a text, the most frequent first",
    with: With::Nothing,
    example: "FROM hlm | NEXT '林黛' | LIMIT 5",
    paper: "",
    parse: next_stage,
};

/// The row of PREV.
pub(super) static PREV: StageRow = StageRow {
    name: "PREV",
    syntax: "PREV 'text'",
    help: "the units that come before a text, the most frequent first",
    with: With::Nothing,
    example: "FROM hlm | PREV '黛玉' | LIMIT 5",
    parse: prev_stage,
    ..NEXT
};

/// The side of a text that is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// What comes before it: PREV.
    Before,
    /// What follows it: NEXT.
    After,
}

/// NEXT or PREV, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    /// Which side.
    pub side: Side,
    /// Of which text.
    pub text: Quoted,
    /// Where it stands.
    pub place: Place,
}

fn next_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    neighbours(Side::After, input)
}

fn prev_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    neighbours(Side::Before, input)
}

fn neighbours(side: Side, input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword(row(side).name)(input)?;
    let (rest, text) = cut(string).parse(rest)?;
    let place = Place(start.0.to(text.span));
    Ok((rest, Arc::new(Neighbours { side, text, place })))
}

fn row(side: Side) -> &'static StageRow {
    match side {
        Side::Before => &PREV,
        Side::After => &NEXT,
    }
}

impl Stage for Neighbours {
    fn row(&self) -> &'static StageRow {
        row(self.side)
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

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let mut sums: BTreeMap<String, u64> = BTreeMap::new();
        for Corpus(view) in input.corpora()? {
            for (unit, count) in self.found(&view, context)? {
                *sums.entry(unit).or_default() += count;
            }
        }
        let mut found: Vec<(String, u64)> = sums.into_iter().collect();
        let total: u64 = found.iter().map(|(_, count)| count).sum();
        found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let rows = found.into_iter().map(move |(unit, count)| {
            let probability = Datum::real(count as f64 / total as f64);
            Ok(vec![Datum::text(unit), Datum::count(count), probability])
        });
        Ok(Value::Table(shape(), Box::new(rows)))
    }
}

impl Neighbours {
    /// The neighbours in one corpus.
    fn found(&self, view: &CorpusView<'_>, context: &Context<'_>) -> Result<Vec<(String, u64)>> {
        let symbols = view.symbols_of(&self.text.text);
        if symbols.is_empty() {
            let error = Error::query(format!("{} wants a text", self.row().name));
            return Err(error.at(self.text.span));
        }
        let read = || text_tokenised(&self.text.text, &view.record().text);
        let (span, most) = (self.text.span, view.order() - 1);
        if symbols.contains(&Some(BOUNDARY)) {
            return Err(broken(&self.text, &read(), view).at(span));
        }
        if symbols.len() > most {
            return Err(too_long(&read(), symbols.len(), most, view).at(span));
        }
        match symbols.into_iter().collect::<Option<Vec<u32>>>() {
            None => Ok(Vec::new()),
            Some(symbols) => match self.side {
                Side::After => after(&symbols, view, context),
                Side::Before => before(&symbols, view, context),
            },
        }
    }
}

impl fmt::Display for Neighbours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.row().name, self.text)
    }
}

fn shape() -> Shape {
    let columns = [
        ("unit", ColumnKind::Text),
        ("count", ColumnKind::Integer),
        ("probability", ColumnKind::Real),
    ];
    Shape::of(Kind::Table, &columns)
}

/// What follows: the leaves that begin with the symbols, added up by the next symbol.
fn after(
    symbols: &[u32],
    view: &CorpusView<'_>,
    context: &Context<'_>,
) -> Result<Vec<(String, u64)>> {
    let mut from = [PAD; MAX_ORDER];
    from[..symbols.len()].copy_from_slice(symbols);
    let mut found: Vec<(u32, u64)> = Vec::new();
    let mut scan = view.scan(Some(&from))?;
    let mut leaves = 0usize;
    while let Some(leaf) = scan.next_leaf()? {
        if leaf.window[..symbols.len()] != *symbols {
            break;
        }
        let next = leaf.window[symbols.len()];
        match found.last_mut() {
            Some((symbol, count)) if *symbol == next => *count += leaf.count,
            _ => found.push((next, leaf.count)),
        }
        leaves += 1;
        if leaves.is_multiple_of(1 << 16) {
            context.check()?;
        }
    }
    let text = |symbol: u32| match symbol {
        BOUNDARY => "$".to_owned(),
        symbol => view.dictionary().text(symbol).to_owned(),
    };
    Ok(found.into_iter().map(|(symbol, count)| (text(symbol), count)).collect())
}

/// What comes before: every unit that stands before the first symbol anywhere is tried.
fn before(
    symbols: &[u32],
    view: &CorpusView<'_>,
    context: &Context<'_>,
) -> Result<Vec<(String, u64)>> {
    let pairs = view.pairs(&context.control)?;
    let mut counter = view.counter();
    let mut window = vec![BOUNDARY];
    window.extend_from_slice(symbols);
    let mut found = Vec::new();
    let edge = counter.count(&window)?;
    if edge > 0 {
        found.push(("^".to_owned(), edge));
    }
    for symbol in FIRST_SYMBOL..view.manifest().symbols {
        if pairs.count(symbol, symbols[0]) == 0 {
            continue;
        }
        context.check()?;
        window[0] = symbol;
        let count = counter.count(&window)?;
        if count > 0 {
            found.push((view.dictionary().text(symbol).to_owned(), count));
        }
    }
    Ok(found)
}
