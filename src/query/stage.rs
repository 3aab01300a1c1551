//! What a stage of a query is: the trait, its row in the table of stages, kinds and shapes.
//!
//! No stage is named here; each has its file under `stages`, and `planner` fits them together.

use std::any::Any;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Result, Span};
use crate::query::context::{Catalog, Context};
use crate::query::grammar::{Parsed, Tokens};
use crate::query::kept_sets::KeptSets;
use crate::query::mining::NamedSets;
pub use crate::query::parameters::With;
use crate::query::pattern::QuotedPattern;
use crate::query::rows::{Datum, RowStream};
use crate::query::sets::Sets;
pub use crate::query::shape::{Kind, Mined, Shape, Takes};
use crate::query::source::{Corpus, Lines};

/// The grammar of a stage: reads it from its keyword on.
pub type StageGrammar = for<'t> fn(Tokens<'t>) -> Parsed<'t, Arc<dyn Stage>>;

/// A stage in the table of stages: what help, completion, messages and the grammar know of it.
#[derive(Debug)]
pub struct StageRow {
    /// Its keyword, in capitals.
    pub name: &'static str,
    /// How it is written.
    pub syntax: &'static str,
    /// What it takes.
    pub takes: Takes,
    /// The kind that it makes; `None` for the kind that came in.
    pub makes: Option<Kind>,
    /// What it gives, for a reader: columns or a phrase.
    pub gives: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// What may follow WITH.
    pub with: With,
    /// A query that uses it.
    pub example: &'static str,
    /// Where the method comes from; empty for what needs no citation.
    pub paper: &'static str,
    /// Its grammar.
    pub parse: StageGrammar,
}

/// The names of columns somebody asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnSet {
    /// Every column that there is.
    All,
    /// These only.
    Some(BTreeSet<String>),
}

impl ColumnSet {
    /// No column at all: rows are only counted.
    pub fn none() -> Self {
        ColumnSet::Some(BTreeSet::new())
    }

    /// These columns.
    pub fn of(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        ColumnSet::Some(names.into_iter().map(Into::into).collect())
    }

    /// Whether somebody asks for that column.
    pub fn contains(&self, name: &str) -> bool {
        match self {
            ColumnSet::All => true,
            ColumnSet::Some(names) => names.contains(name),
        }
    }

    /// These and those.
    #[must_use]
    pub fn with(&self, names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        match self {
            ColumnSet::All => ColumnSet::All,
            ColumnSet::Some(own) => {
                let more = names.into_iter().map(Into::into);
                ColumnSet::Some(own.iter().cloned().chain(more).collect())
            }
        }
    }

    /// These without one.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        match self {
            ColumnSet::All => ColumnSet::All,
            ColumnSet::Some(own) => {
                ColumnSet::Some(own.iter().filter(|own| *own != name).cloned().collect())
            }
        }
    }
}

/// A comparison of two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    More,
    /// `>=`
    AtLeast,
}

impl Comparison {
    /// How it is written.
    pub fn symbol(self) -> &'static str {
        match self {
            Comparison::Equal => "==",
            Comparison::Unequal => "!=",
            Comparison::Less => "<",
            Comparison::AtMost => "<=",
            Comparison::More => ">",
            Comparison::AtLeast => ">=",
        }
    }

    /// The comparison that holds of the sides exchanged.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Comparison::Equal | Comparison::Unequal => self,
            Comparison::Less => Comparison::More,
            Comparison::AtMost => Comparison::AtLeast,
            Comparison::More => Comparison::Less,
            Comparison::AtLeast => Comparison::AtMost,
        }
    }

    /// Whether it holds of two things in that order.
    pub fn holds(self, order: std::cmp::Ordering) -> bool {
        match self {
            Comparison::Equal => order.is_eq(),
            Comparison::Unequal => order.is_ne(),
            Comparison::Less => order.is_lt(),
            Comparison::AtMost => order.is_le(),
            Comparison::More => order.is_gt(),
            Comparison::AtLeast => order.is_ge(),
        }
    }
}

/// A condition that every row wanted from a stage fulfils: what fails it need not be made.
///
/// The WHERE it was read from still runs, so a stage may use as little of it as it likes.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The column. An upper limit of `length(word)` or `length(ngram)` is one on `n` as well,
    /// for a unit has a character or more; a lower limit is one on the pseudo-column `length`,
    /// which is `n` only where every unit is one character.
    pub column: String,
    /// How it is compared.
    pub comparison: Comparison,
    /// With what.
    pub value: f64,
}

impl Limit {
    /// Whether a value of the column fulfils it.
    pub fn allows(&self, value: f64) -> bool {
        value.partial_cmp(&self.value).is_some_and(|order| self.comparison.holds(order))
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.column, self.comparison.symbol(), self.value)
    }
}

/// What EXPLAIN says of a stage that makes use of limits.
pub fn note_of(limits: &[Limit]) -> Option<String> {
    let written: Vec<String> = limits.iter().map(Limit::to_string).collect();
    (!written.is_empty()).then(|| format!("only where {}", written.join(" and ")))
}

/// The least count that fulfils all limits on `count`.
pub fn least_count(limits: &[Limit]) -> u64 {
    let least = limits.iter().filter(|limit| limit.column == "count");
    let least = least.filter_map(|limit| match limit.comparison {
        Comparison::AtLeast | Comparison::Equal => Some(limit.value.ceil()),
        Comparison::More => Some(limit.value.floor() + 1.0),
        _ => None,
    });
    // A count beyond 2^53 is met by nothing, and whoever asks checks the limits again.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let least = least.fold(1.0, f64::max) as u64;
    least
}

/// What flows between stages at run time.
pub enum Value<'a> {
    /// Counts to be asked.
    Corpus(Corpus<'a>),
    /// Several corpora, each to be asked by itself; only for a stage that adds up.
    Corpora(Vec<Corpus<'a>>),
    /// Lines to be read.
    Text(Lines<'a>),
    /// Saved itemsets, not yet read.
    Kept(KeptSets<'a>),
    /// Itemsets as they are kept.
    Itemsets(Sets),
    /// Itemsets as they are found.
    Found(NamedSets),
    /// Rows. Each has every column of the shape; those that nobody needs may be null.
    Table(Shape, RowStream<'a>),
}

impl<'a> Value<'a> {
    /// The shape and the rows of a table. The planner has seen to it that it is one.
    pub fn table(self) -> Result<(Shape, RowStream<'a>)> {
        match self {
            Value::Table(shape, rows) => Ok((shape, rows)),
            Value::Kept(kept) => Ok((Sets::shape(), kept.into_rows()?)),
            Value::Itemsets(sets) => Ok((Sets::shape(), sets.into_rows())),
            Value::Found(found) => Ok((Sets::shape(), Box::new(found))),
            Value::Corpus(_) | Value::Corpora(_) | Value::Text(_) => {
                Err(Error::internal("a stage for tables was given something else"))
            }
        }
    }

    /// A table of some columns of a table: those at the places that `choose` gives, in that order.
    pub fn picked(
        self,
        choose: impl FnOnce(&Shape) -> Result<Vec<usize>>,
        context: &'a Context<'a>,
    ) -> Result<Self> {
        let (shape, rows) = self.table()?;
        let places = choose(&shape)?;
        let shape = shape.picked(&places);
        let picked = context.watch(rows).map(move |row| {
            let mut row = row?;
            let take = |place: &usize| {
                row.get_mut(*place)
                    .map_or(Datum::Null, |value| std::mem::replace(value, Datum::Null))
            };
            Ok(places.iter().map(take).collect())
        });
        Ok(Value::Table(shape, Box::new(picked)))
    }

    /// The itemsets of a table that has their columns.
    ///
    /// # Errors
    /// Whatever ends its rows, and when they do not fit the memory.
    pub fn sets(self, context: &'a Context<'a>) -> Result<Sets> {
        let memory = context.cost.memory;
        match self {
            Value::Kept(kept) => kept.load(),
            Value::Itemsets(sets) => Ok(sets),
            Value::Found(found) => found.into_sets(memory),
            other => {
                let (shape, rows) = other.table()?;
                Sets::from_rows(&shape, context.watch(rows), memory)
            }
        }
    }

    /// The corpus. The planner has seen to it that it is one.
    pub fn corpus(self) -> Result<Corpus<'a>> {
        match self {
            Value::Corpus(corpus) => Ok(corpus),
            _ => Err(Error::internal("a stage for a corpus was given something else")),
        }
    }

    /// One corpus or several, for a stage that adds up what each says.
    pub fn corpora(self) -> Result<Vec<Corpus<'a>>> {
        match self {
            Value::Corpora(corpora) => Ok(corpora),
            other => other.corpus().map(|corpus| vec![corpus]),
        }
    }
}

/// What a stage reads of a corpus. It decides what becomes of `FROM a, b` and `FROM a SINCE n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reads {
    /// The counts of one corpus: of several, the kept texts are counted together first.
    Counts,
    /// Counts that add up: each corpus is asked by itself.
    Sums,
    /// Nothing but the kept text, one corpus after the other.
    Text,
}

/// One step of a query, parsed: it knows its parameters and place, and nothing of what came before.
pub trait Stage: fmt::Debug + fmt::Display + SameStage + Send + Sync {
    /// Its row in the table of stages.
    fn row(&self) -> &'static StageRow;

    /// Where it stands in the query.
    fn span(&self) -> Span;

    /// The shape of what it gives for what it takes. Checks names, kinds and parameters; reads
    /// nothing. `input.kind` is one that its row accepts.
    fn plan(&self, input: &Shape, catalog: &dyn Catalog) -> Result<Shape>;

    /// The input columns it needs to make those columns of its output.
    fn needs(&self, output: &ColumnSet) -> ColumnSet;

    /// Conditions on its input that every row it lets through fulfils.
    fn limits(&self) -> Vec<Limit> {
        Vec::new()
    }

    /// The same stage making use of conditions that its output will be held to.
    fn with_limits(&self, _limits: &[Limit]) -> Option<Arc<dyn Stage>> {
        None
    }

    /// The same stage doing the work of the first one, before it, too. `corpora` are those that the
    /// query is of, where it is of the whole of some.
    fn join(
        &self,
        _first: &dyn Stage,
        _corpora: Option<&[String]>,
        _catalog: &dyn Catalog,
    ) -> Result<Option<Arc<dyn Stage>>> {
        Ok(None)
    }

    /// How many rows of its input it takes at most.
    fn row_limit(&self) -> Option<u64> {
        None
    }

    /// The same stage giving only its first `rows` rows.
    fn with_row_limit(&self, _rows: u64) -> Option<Arc<dyn Stage>> {
        None
    }

    /// Whether it gives exactly one row for each row, in the same order.
    fn is_row_by_row(&self) -> bool {
        false
    }

    /// The column by which its rows come, the greatest first.
    fn descends_by(&self) -> Option<&str> {
        None
    }

    /// The column that it sorts rows by, the greatest first, if it does nothing else.
    fn sorts_by(&self) -> Option<&str> {
        None
    }

    /// The same stage knowing what comes in, where that changes what it does.
    ///
    /// # Errors
    /// What the store says.
    fn with_input(&self, _input: &Shape, _catalog: &dyn Catalog) -> Result<Option<Arc<dyn Stage>>> {
        Ok(None)
    }

    /// Whether it asks of which document each sentence is.
    fn wants_documents(&self) -> bool {
        false
    }

    /// The same stage saying of which document each of its rows is.
    fn with_documents(&self) -> Option<Arc<dyn Stage>> {
        None
    }

    /// The column of a count of all rows, where that is all it gives.
    fn counts_rows(&self) -> Option<String> {
        None
    }

    /// The same stage giving nothing but the number of its rows, under a name.
    fn with_count(&self, _name: &str) -> Option<Arc<dyn Stage>> {
        None
    }

    /// The patterns that it looks for in the units of a corpus, for EXPLAIN.
    fn patterns(&self) -> Vec<&QuotedPattern> {
        Vec::new()
    }

    /// What it reads of a corpus, if it takes one.
    fn reads(&self) -> Reads {
        Reads::Counts
    }

    /// What rewrites have added to it, for EXPLAIN.
    fn note(&self) -> Option<String> {
        None
    }

    /// Does it. `needed` are the columns of its output that somebody asks for.
    fn run<'a>(
        &'a self,
        input: Value<'a>,
        needed: &ColumnSet,
        context: &'a Context<'a>,
    ) -> Result<Value<'a>>;
}

/// Equality across stage types; every stage that is `PartialEq` has it.
pub trait SameStage: Any {
    /// Whether the other is the same stage with the same parameters, wherever it stands.
    fn same_as(&self, other: &dyn Stage) -> bool;
}

impl<T: Stage + PartialEq + Any> SameStage for T {
    fn same_as(&self, other: &dyn Stage) -> bool {
        let other: &dyn Any = other;
        other.downcast_ref::<T>().is_some_and(|other| self == other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::rows::{Column, ColumnKind};

    #[test]
    fn a_kind_without_its_column_is_a_table() {
        let word = Column::new("word", ColumnKind::Text);
        assert_eq!(Shape::new(Kind::Words, vec![word]).kind, Kind::Words);
        assert_eq!(Shape::new(Kind::Words, vec![]).kind, Kind::Table);
        let number = Column::new("word", ColumnKind::Integer);
        assert_eq!(Shape::new(Kind::Words, vec![number]).kind, Kind::Table);
    }

    #[test]
    fn column_sets_add_and_subtract() {
        let set = ColumnSet::of(["a"]).with(["b"]).without("a");
        assert_eq!(set, ColumnSet::of(["b"]));
        assert!(ColumnSet::All.without("a").contains("b"));
        assert!(!ColumnSet::none().contains("a"));
    }

    #[test]
    fn a_limit_refuses_what_is_not_a_number() {
        let limit = Limit { column: "n".into(), comparison: Comparison::AtLeast, value: 2.0 };
        assert!(limit.allows(2.0));
        assert!(!limit.allows(1.0));
        assert!(!limit.allows(f64::NAN));
        assert_eq!(limit.to_string(), "n >= 2");
    }
}
