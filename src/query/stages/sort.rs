//! `SORT expression [ASC|DESC] [, …]`: stable, nulls last either way.

use std::cmp::Ordering;
use std::collections::BinaryHeap;
use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::branch::alt;
use nom::combinator::{cut, map, opt};

use crate::error::{Result, Span};
use crate::query::check::{check, find_column};
use crate::query::constant::write_list;
use crate::query::context::{Catalog, Context};
use crate::query::evaluate::Compiled;
use crate::query::expression::Expression;
use crate::query::grammar::{Parsed, Tokens, expression, keyword, separated, symbol};
use crate::query::node::Place;
use crate::query::rows::{Datum, Row, RowStream, Total, lazily, stream};
use crate::query::stage::{ColumnSet, Shape, Stage, StageRow, Takes, Value, With};
use crate::query::value::order;

/// The row of SORT.
pub(super) static ROW: StageRow = StageRow {
    name: "SORT",
    syntax: "SORT column or expression [ASC|DESC] [, …]",
    takes: Takes::AnyTable,
    makes: None,
    gives: "the same rows in order",
    help: "sorts by columns or what is computed from them, the least first unless DESC; nulls come \
           last",
    with: With::Nothing,
    example: "FROM lex | SORT count * length(word) DESC, word",
    paper: "",
    parse: sort_stage,
};

/// SORT, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Sort {
    /// What it sorts by, the most important first.
    pub keys: Vec<SortKey>,
    /// How many rows are wanted at most, pushed down from LIMIT.
    pub rows: Option<u64>,
    /// Where it stands.
    pub place: Place,
}

/// What is sorted by.
#[derive(Clone, Debug, PartialEq)]
pub struct SortKey {
    /// A column, or what is computed from columns.
    pub expression: Expression,
    /// Whether the greatest comes first.
    pub descending: bool,
}

fn sort_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("SORT")(input)?;
    let (rest, keys) = cut(separated(symbol(","), sort_key)).parse(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Sort { keys, rows: None, place })))
}

fn sort_key(input: Tokens<'_>) -> Parsed<'_, SortKey> {
    let direction = alt((map(keyword("ASC"), |_| false), map(keyword("DESC"), |_| true)));
    input.note("a column");
    let (rest, (expression, direction)) = (expression, opt(direction)).parse(input)?;
    Ok((rest, SortKey { expression, descending: direction.unwrap_or(false) }))
}

impl Stage for Sort {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, input: &Shape, _: &dyn Catalog) -> Result<Shape> {
        for key in &self.keys {
            check(&key.expression, &input.columns)?;
        }
        Ok(input.clone())
    }

    fn needs(&self, output: &ColumnSet) -> ColumnSet {
        output.with(self.keys.iter().flat_map(|key| key.expression.column_names()))
    }

    fn sorts_by(&self) -> Option<&str> {
        match self.keys.as_slice() {
            [SortKey { expression: Expression::Column(name), descending: true }] => {
                Some(&name.text)
            }
            _ => None,
        }
    }

    fn with_row_limit(&self, rows: u64) -> Option<Arc<dyn Stage>> {
        let rows = self.rows.map_or(rows, |before| before.min(rows));
        Some(Arc::new(Sort { rows: Some(rows), ..self.clone() }))
    }

    fn note(&self) -> Option<String> {
        self.rows.map(|rows| format!("keeps the first {rows}"))
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let (shape, rows) = input.table()?;
        let width = shape.columns.len();
        let mut places = Vec::with_capacity(self.keys.len());
        let mut computed = Vec::new();
        for key in &self.keys {
            let place = match &key.expression {
                Expression::Column(name) => find_column(name, &shape.columns)?,
                expression => {
                    computed.push(Compiled::new(expression, &shape.columns)?);
                    width + computed.len() - 1
                }
            };
            places.push((place, key.descending));
        }
        let most = self.rows.and_then(|rows| usize::try_from(rows).ok());
        let rows = context.watch(rows);
        let sorted = lazily(move || {
            let rows = Box::new(rows.map(|row| row.map(|row| extended(row, &computed))));
            let mut sorted = match most {
                Some(most) => first(rows, &places, most, &context.total)?,
                None => all(rows, &places)?,
            };
            sorted.iter_mut().for_each(|row| row.truncate(width));
            Ok(stream(sorted))
        });
        Ok(Value::Table(shape, sorted))
    }
}

impl fmt::Display for Sort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SORT ")?;
        write_list(f, &self.keys)
    }
}

impl fmt::Display for SortKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.expression, if self.descending { " DESC" } else { "" })
    }
}

/// A row with what it is sorted by at its end.
fn extended(mut row: Row, computed: &[Compiled]) -> Row {
    for compiled in computed {
        let value = compiled.evaluate(&row);
        row.push(value);
    }
    row
}

fn all(rows: RowStream<'_>, places: &[(usize, bool)]) -> Result<Vec<Row>> {
    let mut rows: Vec<Row> = rows.collect::<Result<_>>()?;
    rows.sort_by(|one, two| compare_rows(one, two, places));
    Ok(rows)
}

/// The first `most` rows of the sorted table, with a heap of no more than that.
fn first(
    rows: RowStream<'_>,
    places: &[(usize, bool)],
    most: usize,
    total: &Total,
) -> Result<Vec<Row>> {
    let mut heap: BinaryHeap<Entry<'_>> = BinaryHeap::new();
    if most == 0 {
        return Ok(Vec::new());
    }
    let mut came = 0;
    for (arrival, row) in rows.enumerate() {
        came += 1;
        let entry = Entry { row: row?, arrival, places };
        if heap.len() < most {
            heap.push(entry);
        } else if heap.peek().is_some_and(|worst| entry < *worst) {
            heap.pop();
            heap.push(entry);
        }
    }
    total.set(came);
    Ok(heap.into_sorted_vec().into_iter().map(|entry| entry.row).collect())
}

/// A row in the heap: the greatest is the one that comes last in the sorted table.
struct Entry<'p> {
    row: Row,
    arrival: usize,
    places: &'p [(usize, bool)],
}

impl Ord for Entry<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_keys = compare_rows(&self.row, &other.row, self.places);
        by_keys.then(self.arrival.cmp(&other.arrival))
    }
}

impl PartialOrd for Entry<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Entry<'_> {}

fn compare_rows(one: &[Datum], two: &[Datum], places: &[(usize, bool)]) -> Ordering {
    let compared = places.iter().map(|(index, descending)| {
        let values = (one.get(*index), two.get(*index));
        let (Some(one), Some(two)) = values else { return Ordering::Equal };
        let nulls = one == &Datum::Null || two == &Datum::Null;
        let order = order(one, two);
        if *descending && !nulls { order.reverse() } else { order }
    });
    compared.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}
