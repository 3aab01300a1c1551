//! What a query yields: typed columns and a stream of rows. No formatting here; see `render`.

use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Result;
use crate::mine::templates::Tree;

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Datum {
    /// No value: not defined here (an entropy of an n-gram of the full order, say).
    Null,
    /// True or false.
    Boolean(bool),
    /// A count, a length, a position.
    Integer(i64),
    /// A measure. Never NaN: what is undefined is `Null`.
    Real(f64),
    /// A string.
    Text(Arc<str>),
    /// Tokens.
    List(Vec<Datum>),
    /// The structure of a sentence.
    Tree(Arc<Tree>),
    /// A list whose order says nothing: items, the sides of a rule.
    Set(Vec<Datum>),
}

/// What the values of a column are, apart from nulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// [`Datum::Boolean`].
    Boolean,
    /// [`Datum::Integer`].
    Integer,
    /// [`Datum::Real`].
    Real,
    /// [`Datum::Text`].
    Text,
    /// [`Datum::List`] or [`Datum::Set`].
    List,
    /// [`Datum::Tree`].
    Tree,
}

/// A column: its name and what it holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// The name as the language spells it.
    pub name: String,
    /// What its values are.
    pub kind: ColumnKind,
}

impl Column {
    /// A column.
    pub fn new(name: impl Into<String>, kind: ColumnKind) -> Self {
        Column { name: name.into(), kind }
    }
}

/// The values of one row, one for each column.
pub type Row = Vec<Datum>;

/// A stream of rows; it ends at the first error.
pub type RowStream<'a> = Box<dyn Iterator<Item = Result<Row>> + 'a>;

/// Rows that are made when the first of them is asked for.
pub(super) fn lazily<'a>(make: impl FnOnce() -> Result<RowStream<'a>> + 'a) -> RowStream<'a> {
    Box::new(std::iter::once_with(make).flat_map(|made| match made {
        Ok(rows) => rows,
        Err(error) => Box::new(std::iter::once(Err(error))),
    }))
}

/// Rows that are at hand, as a stream.
pub(super) fn stream<'a>(rows: Vec<Row>) -> RowStream<'a> {
    Box::new(rows.into_iter().map(Ok))
}

/// A number of rows that turns out while they are read.
#[derive(Clone, Debug, Default)]
pub struct Total(Arc<Mutex<Option<u64>>>);

impl Total {
    /// Notes it; what is noted last counts.
    pub fn set(&self, rows: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(rows);
    }

    /// What was noted.
    pub fn get(&self) -> Option<u64> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The answer to one statement: a table whose rows are made as they are asked for.
pub struct Answer<'a> {
    /// The columns, in order. Empty for a statement that only does something.
    pub columns: Vec<Column>,
    /// The rows.
    pub rows: RowStream<'a>,
    /// Lines for a person, to be shown beside the table and never mixed with it.
    pub notes: Vec<String>,
    /// How many rows there would be without the last LIMIT; known, if at all, once they are read.
    pub total: Total,
}

impl<'a> Answer<'a> {
    /// A table.
    pub fn table(columns: Vec<Column>, rows: RowStream<'a>) -> Self {
        Answer { columns, rows, notes: Vec::new(), total: Total::default() }
    }

    /// No table, only a word for the person who asked.
    pub fn note(note: impl Into<String>) -> Self {
        let rows = Box::new(std::iter::empty());
        Answer { columns: Vec::new(), rows, notes: vec![note.into()], total: Total::default() }
    }
}

impl Datum {
    /// A string value.
    pub fn text(text: impl AsRef<str>) -> Self {
        Datum::Text(Arc::from(text.as_ref()))
    }

    /// A count; counts beyond `i64` do not occur in a corpus that fits on a disk.
    pub fn count(count: u64) -> Self {
        Datum::Integer(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// A measure, null where it is not a number.
    pub fn real(value: f64) -> Self {
        if value.is_nan() { Datum::Null } else { Datum::Real(value) }
    }
}

impl From<Option<f64>> for Datum {
    fn from(value: Option<f64>) -> Self {
        value.map_or(Datum::Null, Datum::real)
    }
}
