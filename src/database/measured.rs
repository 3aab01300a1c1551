//! EXPLAIN ANALYZE: a query run as it would be, with a meter behind every stage.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::query::context::Context;
use crate::query::planner::Plan;
use crate::query::rows::{Answer, Column, ColumnKind, Datum, Row};
use crate::query::stage::Value;

/// What passed a place of a pipe.
#[derive(Default)]
struct Meter {
    rows: Cell<u64>,
    bytes: Cell<u64>,
    /// Until here, everything before included.
    time: Cell<Duration>,
    is_table: Cell<bool>,
    /// Which tables were read, and which were made.
    notes: RefCell<Vec<String>>,
}

impl Meter {
    fn pass(&self, row: &Row) {
        self.rows.set(self.rows.get() + 1);
        self.bytes.set(self.bytes.get() + row.iter().map(size).sum::<u64>());
    }

    fn took(&self, since: Instant) {
        self.time.set(self.time.get() + since.elapsed());
    }
}

/// Runs a plan to its last row and tells what each of its stages gave, and how long it took for
/// that by itself. `opening` is what opening the source took.
pub(super) fn measure<'a>(
    plan: &'a Plan,
    source: Value<'a>,
    opening: Duration,
    context: &'a Context<'a>,
) -> Result<Answer<'static>> {
    context.control.notes.begin();
    let mut meters = vec![Rc::new(Meter::default())];
    let mut value = metered(source, &meters[0])?;
    for step in &plan.steps {
        let meter = Rc::new(Meter::default());
        let started = Instant::now();
        let ran = step.stage.run(value, &step.needed, context);
        meter.took(started);
        value = metered(ran.map_err(|error| error.at(step.stage.span()))?, &meter)?;
        *meter.notes.borrow_mut() = context.control.notes.take();
        meters.push(meter);
    }
    if let (Value::Kept(_), Some(last)) = (&value, meters.last()) {
        let (shape, rows) = value.table()?;
        value = metered(Value::Table(shape, rows), last)?;
    }
    if let Value::Table(_, mut rows) = value {
        rows.try_for_each(|row| row.map(drop))?;
    }
    if let Some(last) = meters.last() {
        last.notes.borrow_mut().extend(context.control.notes.take());
    }
    let mut rows = Vec::with_capacity(meters.len());
    let stages = plan.steps.iter().map(|step| (Some(step), step.shape.kind));
    let places = std::iter::once((None, plan.shape.kind)).chain(stages);
    let mut before = Duration::ZERO;
    for ((step, kind), meter) in places.zip(&meters) {
        let (name, time) = match step {
            Some(step) => (format!("{}{}", step.stage, plan.notes(step)), meter.time.get()),
            None => (plan.source.to_string(), opening + meter.time.get()),
        };
        let alone = time.saturating_sub(before);
        before = meter.time.get();
        let counted = |count: &Cell<u64>| match meter.is_table.get() {
            true => Datum::count(count.get()),
            false => Datum::Null,
        };
        rows.push(Ok(vec![
            Datum::text(name),
            Datum::text(kind.name()),
            counted(&meter.rows),
            counted(&meter.bytes),
            Datum::real((alone.as_secs_f64() * 1e6).round() / 1e3),
            Datum::text(meter.notes.borrow().join("; ")),
        ]));
    }
    let columns = [
        ("stage", ColumnKind::Text),
        ("gives", ColumnKind::Text),
        ("rows", ColumnKind::Integer),
        ("bytes", ColumnKind::Integer),
        ("milliseconds", ColumnKind::Real),
        ("tables", ColumnKind::Text),
    ];
    let columns = columns.map(|(name, kind)| Column::new(name, kind)).to_vec();
    Ok(Answer::table(columns, Box::new(rows.into_iter())))
}

/// The same value with a meter on its rows.
///
/// # Errors
/// When saved itemsets cannot be read.
fn metered<'a>(value: Value<'a>, meter: &Rc<Meter>) -> Result<Value<'a>> {
    let is_table = matches!(value, Value::Table(..) | Value::Itemsets(_) | Value::Found(_));
    if !is_table {
        return Ok(value);
    }
    let (shape, mut rows) = value.table()?;
    meter.is_table.set(true);
    let meter = Rc::clone(meter);
    let rows = std::iter::from_fn(move || {
        let started = Instant::now();
        let row = rows.next();
        meter.took(started);
        if let Some(Ok(row)) = &row {
            meter.pass(row);
        }
        row
    });
    Ok(Value::Table(shape, Box::new(rows)))
}

/// The bytes of a value: those of a text, eight of a number, those of all values of a list, those
/// of a tree in one line.
fn size(datum: &Datum) -> u64 {
    match datum {
        Datum::Null => 0,
        Datum::Boolean(_) => 1,
        Datum::Integer(_) | Datum::Real(_) => 8,
        Datum::Text(text) => text.len() as u64,
        Datum::Tree(tree) => tree.nested().len() as u64,
        Datum::List(list) | Datum::Set(list) => list.iter().map(size).sum(),
    }
}
