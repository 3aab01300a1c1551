//! `STATS aggregate [AS name], … [BY column, …]`: one row for each group, in order of appearance.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use nom::Parser;
use nom::combinator::{cut, opt};
use nom::sequence::preceded;

use crate::error::{Error, Result, Span};
use crate::query::aggregates::{AGGREGATES, AggregateRow, Fold, aggregate};
use crate::query::check::{find_columns, infer};
use crate::query::constant::write_list;
use crate::query::context::{Catalog, Context};
use crate::query::evaluate::Compiled;
use crate::query::expression::{Call, Expression, Literal};
use crate::query::grammar::{Parsed, Tokens, call, keyword, named, separated, symbol};
use crate::query::nearest::did_you_mean;
use crate::query::node::{Name, Place};
use crate::query::rows::{Column, ColumnKind, Datum, Row, RowStream, lazily, stream};
use crate::query::stage::{ColumnSet, Kind, Shape, Stage, StageRow, Takes, Value, With};
use crate::query::value::{key, kind_name};

/// The row of STATS.
pub(super) static ROW: StageRow = StageRow {
    name: "STATS",
    syntax: "STATS aggregate(…) [AS name] [, …] [BY column, …]",
    takes: Takes::AnyTable,
    makes: Some(Kind::Table),
    gives: "the columns of BY, then one for each aggregate",
    help: "sums up all rows, or each group of them, in order of first appearance",
    with: With::Nothing,
    example: "FROM lex | STATS count() AS words, avg(count) BY n",
    paper: "",
    parse: stats_stage,
};

/// STATS, parsed.
#[derive(Clone, Debug, PartialEq)]
pub struct Stats {
    /// What is computed.
    pub aggregates: Vec<AggregateCall>,
    /// What the groups are of; all rows are one group where this is empty.
    pub by: Vec<Name>,
    /// Where it stands.
    pub place: Place,
}

/// An aggregate and the name of its column.
#[derive(Clone, Debug, PartialEq)]
pub struct AggregateCall {
    /// The call.
    pub call: Call,
    /// The name after AS.
    pub name: Option<Name>,
}

fn stats_stage(input: Tokens<'_>) -> Parsed<'_, Arc<dyn Stage>> {
    let (rest, start) = keyword("STATS")(input)?;
    let (rest, aggregates) = cut(separated(symbol(","), aggregate_call)).parse(rest)?;
    let columns = separated(symbol(","), named("a column"));
    let (rest, by) = opt(preceded(keyword("BY"), cut(columns))).parse(rest)?;
    let place = Place(start.0.to(input.last_before(rest)));
    Ok((rest, Arc::new(Stats { aggregates, by: by.unwrap_or_default(), place })))
}

fn aggregate_call(input: Tokens<'_>) -> Parsed<'_, AggregateCall> {
    input.note("an aggregate");
    let name = preceded(keyword("AS"), cut(named("a column")));
    let (rest, (call, name)) = (call, opt(name)).parse(input)?;
    Ok((rest, AggregateCall { call, name }))
}

impl AggregateCall {
    fn row(&self) -> Result<&'static AggregateRow> {
        let name = &self.call.name;
        aggregate(&name.text).ok_or_else(|| {
            let names = || AGGREGATES.iter().map(|row| row.name);
            let error = Error::query(format!("there is no aggregate `{}`", name.text));
            let error = error.at(name.span).expected(names());
            did_you_mean(&name.text, names()).into_iter().fold(error, Error::hint)
        })
    }

    /// The name after AS, or one made of the aggregate and its column: `sum_count`.
    fn column_name(&self) -> String {
        let function = self.call.name.text.to_lowercase();
        match (&self.name, self.call.arguments.first()) {
            (Some(name), _) => name.text.clone(),
            (None, Some(Expression::Column(column))) => format!("{function}_{}", column.text),
            (None, _) => function,
        }
    }

    fn column(&self, columns: &[Column]) -> Result<Column> {
        let row = self.row()?;
        let wanted = row.takes.len() + usize::from(row.share);
        if self.call.arguments.len() != wanted {
            let message = format!("{} is given {} values", row.name, self.call.arguments.len());
            let hint = format!("it is called as {}", row.signature);
            return Err(Error::query(message).at(self.call.place.0).hint(hint));
        }
        self.share(row)?;
        let mut first = None;
        for (argument, takes) in self.call.arguments.iter().zip(row.takes) {
            let kind = infer(argument, columns)?;
            first = first.or(kind);
            if !takes.accepts(kind) {
                let (wanted, found) = (takes.name(), kind_name(kind));
                let message = format!("{} takes {wanted}, and this is {found}", row.name);
                return Err(Error::query(message).at(argument.span()));
            }
        }
        let kind = row.gives.kind(&[first]).unwrap_or(ColumnKind::Text);
        Ok(Column::new(self.column_name(), kind))
    }

    /// The share that a quantile is of.
    fn share(&self, row: &AggregateRow) -> Result<f64> {
        let Some(argument) = self.call.arguments.get(1).filter(|_| row.share) else {
            return Ok(0.0);
        };
        if let Expression::Literal(literal) = argument
            && let Literal::Number(number) = literal.node
            && (0.0..=1.0).contains(&number.value())
        {
            return Ok(number.value());
        }
        let message = format!("{} takes a share from 0 to 1, such as 0.9 or 90%", row.name);
        Err(Error::query(message).at(argument.span()))
    }
}

impl Stats {
    fn shape(&self, input: &Shape) -> Result<Shape> {
        let by = find_columns(&self.by, &input.columns)?;
        let kept = by.iter().filter_map(|index| input.columns.get(*index));
        let mut columns: Vec<Column> = kept.cloned().collect();
        for aggregate in &self.aggregates {
            let column = aggregate.column(&input.columns)?;
            if columns.iter().any(|earlier| earlier.name == column.name) {
                let message = format!("there would be two columns `{}`", column.name);
                let span = aggregate.name.as_ref().map_or(aggregate.call.place.0, |n| n.span);
                return Err(Error::query(message).at(span).hint("name one of them with AS"));
            }
            columns.push(column);
        }
        Ok(Shape::new(Kind::Table, columns))
    }
}

impl Stage for Stats {
    fn row(&self) -> &'static StageRow {
        &ROW
    }

    fn span(&self) -> Span {
        self.place.0
    }

    fn plan(&self, input: &Shape, _: &dyn Catalog) -> Result<Shape> {
        self.shape(input)
    }

    fn counts_rows(&self) -> Option<String> {
        match (self.aggregates.as_slice(), self.by.is_empty()) {
            ([only], true) if only.call.name.text.eq_ignore_ascii_case("count") => {
                Some(only.column_name())
            }
            _ => None,
        }
    }

    fn needs(&self, _: &ColumnSet) -> ColumnSet {
        let by = self.by.iter().map(|name| name.text.clone());
        let arguments = self.aggregates.iter().flat_map(|aggregate| &aggregate.call.arguments);
        ColumnSet::of(by).with(arguments.flat_map(Expression::column_names))
    }

    fn run<'a>(
        &'a self,
        input: Value<'a>,
        _needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>> {
        let (before, rows) = input.table()?;
        let shape = self.shape(&before)?;
        let by = find_columns(&self.by, &before.columns)?;
        let measures = self.aggregates.iter().map(|aggregate| {
            let row = aggregate.row()?;
            let share = aggregate.share(row)?;
            let arguments = aggregate.call.arguments.iter().take(row.takes.len());
            let arguments = arguments.map(|argument| Compiled::new(argument, &before.columns));
            Ok(Measure { row, share, arguments: arguments.collect::<Result<_>>()? })
        });
        let measures: Vec<Measure> = measures.collect::<Result<_>>()?;
        let rows = context.watch(rows);
        Ok(Value::Table(shape, lazily(move || summed(rows, &by, &measures).map(stream))))
    }
}

/// An aggregate made ready.
struct Measure {
    row: &'static AggregateRow,
    share: f64,
    arguments: Vec<Compiled>,
}

/// A group of rows: its values of BY and its folds.
struct Group {
    by: Row,
    folds: Vec<Box<dyn Fold>>,
}

impl Group {
    fn new(by: Row, measures: &[Measure]) -> Self {
        let folds = measures.iter().map(|measure| (measure.row.start)(measure.share));
        Group { by, folds: folds.collect() }
    }

    fn add(&mut self, row: &[Datum], measures: &[Measure]) {
        for (fold, measure) in self.folds.iter_mut().zip(measures) {
            let arguments = measure.arguments.iter();
            let values: Vec<Datum> = arguments.map(|argument| argument.evaluate(row)).collect();
            if !values.contains(&Datum::Null) {
                fold.add(&values);
            }
        }
    }
}

fn summed(rows: RowStream<'_>, by: &[usize], measures: &[Measure]) -> Result<Vec<Row>> {
    let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut groups: Vec<Group> = Vec::new();
    if by.is_empty() {
        // Nothing summed up is still one row.
        groups.push(Group::new(Row::new(), measures));
        places.insert(Vec::new(), 0);
    }
    for row in rows {
        let row = row?;
        let values = by.iter().map(|index| row.get(*index).cloned().unwrap_or(Datum::Null));
        let values: Row = values.collect();
        let mut bytes = Vec::new();
        values.iter().for_each(|value| key(value, &mut bytes));
        let place = *places.entry(bytes).or_insert(groups.len());
        if place == groups.len() {
            groups.push(Group::new(values, measures));
        }
        if let Some(group) = groups.get_mut(place) {
            group.add(&row, measures);
        }
    }
    let rows = groups.into_iter().map(|group| {
        let results = group.folds.iter().map(|fold| fold.finish());
        group.by.into_iter().chain(results).collect()
    });
    Ok(rows.collect())
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("STATS ")?;
        write_list(f, &self.aggregates)?;
        if !self.by.is_empty() {
            f.write_str(" BY ")?;
            write_list(f, &self.by)?;
        }
        Ok(())
    }
}

impl fmt::Display for AggregateCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.call)?;
        self.name.iter().try_for_each(|name| write!(f, " AS {name}"))
    }
}
