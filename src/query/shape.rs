//! What flows between stages, as it is known before anything runs: kinds, columns, provenance.

use std::fmt;

use crate::mine::itemsets::Target;
use crate::query::parameters::Support;
use crate::query::rows::{Column, ColumnKind};
use crate::text::{TextOptions, Unit};

/// What flows through a pipe. Every kind but `Corpus` and `Text` is also a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The counts of one or several corpora.
    Corpus,
    /// The transactions of one or several corpora of items.
    Baskets,
    /// Lines of text that were never counted.
    Text,
    /// A table that is nothing more special.
    Table,
    /// A table with a column `word`: saved, it is a lexicon.
    Words,
    /// A table with a column `tokens`.
    Sentences,
    /// A table with a column `template`: saved, it is a template set.
    Templates,
    /// A table with columns `items` and `count`.
    Itemsets,
    /// A table with columns `antecedent` and `consequent`.
    Rules,
}

impl Kind {
    /// Whether it has rows and columns.
    pub fn is_table(self) -> bool {
        !matches!(self, Kind::Corpus | Kind::Baskets | Kind::Text)
    }

    /// What it is called in messages.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Corpus => "a corpus",
            Kind::Baskets => "a corpus of items",
            Kind::Text => "plain text",
            Kind::Table => "a table",
            Kind::Words => "words",
            Kind::Sentences => "sentences",
            Kind::Templates => "templates",
            Kind::Itemsets => "itemsets",
            Kind::Rules => "rules",
        }
    }

    /// The columns without which it would be a mere table.
    fn marks(self) -> &'static [(&'static str, ColumnKind)] {
        match self {
            Kind::Corpus | Kind::Baskets | Kind::Text | Kind::Table => &[],
            Kind::Words => &[("word", ColumnKind::Text)],
            Kind::Sentences => &[("tokens", ColumnKind::List)],
            Kind::Templates => &[("template", ColumnKind::Text)],
            Kind::Rules => &[("antecedent", ColumnKind::List), ("consequent", ColumnKind::List)],
            Kind::Itemsets => &[("items", ColumnKind::List), ("count", ColumnKind::Integer)],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What is known of a value before anything runs: its kind and, for a table, its columns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// What it is.
    pub kind: Kind,
    /// The columns of a table; none for a corpus or text.
    pub columns: Vec<Column>,
    /// What a unit of a corpus is.
    pub unit: Unit,
    /// How the text was cut that it comes from, where that is known.
    pub text: Option<TextOptions>,
    /// Of itemsets: what they are all of, where none has been left out since.
    pub mined: Option<Mined>,
}

/// Which itemsets a table holds all of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mined {
    /// Of which kind.
    pub target: Target,
    /// From which support on.
    pub support: Support,
    /// Whether that had to be exceeded.
    pub strict: bool,
    /// Whether there were no other conditions.
    pub plain: bool,
}

impl Shape {
    /// A shape; a kind that lacks the columns that mark it becomes a mere table.
    pub fn new(kind: Kind, columns: Vec<Column>) -> Self {
        let marked = |(name, kind): &(&str, ColumnKind)| {
            columns.iter().any(|column| column.name == *name && column.kind == *kind)
        };
        let kind = if kind.marks().iter().all(marked) { kind } else { Kind::Table };
        Shape { kind, columns, unit: Unit::default(), text: None, mined: None }
    }

    /// A shape from names and kinds of columns.
    pub fn of(kind: Kind, columns: &[(&str, ColumnKind)]) -> Self {
        Shape::new(kind, columns.iter().map(|(name, kind)| Column::new(*name, *kind)).collect())
    }

    /// The shape of a corpus.
    pub fn corpus() -> Self {
        Shape { kind: Kind::Corpus, ..Shape::text() }
    }

    /// The shape of a corpus whose units are these.
    pub fn corpus_of(unit: Unit) -> Self {
        let kind = if unit == Unit::Item { Kind::Baskets } else { Kind::Corpus };
        Shape { kind, unit, ..Shape::corpus() }
    }

    /// The shape of lines of text.
    pub fn text() -> Self {
        Shape {
            kind: Kind::Text,
            columns: Vec::new(),
            unit: Unit::default(),
            text: None,
            mined: None,
        }
    }

    /// The shape of a table of these columns only, in that order.
    #[must_use]
    pub fn picked(&self, places: &[usize]) -> Self {
        let columns = places.iter().filter_map(|place| self.columns.get(*place));
        Shape::new(self.kind, columns.cloned().collect())
    }

    /// Where the column of that name stands.
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

/// The kinds that a stage takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Takes {
    /// Only these.
    Only(&'static [Kind]),
    /// Whatever has rows and columns.
    AnyTable,
}

impl Takes {
    /// Whether a value of that kind may come in.
    pub fn accepts(self, kind: Kind) -> bool {
        match self {
            Takes::Only(kinds) => kinds.contains(&kind),
            Takes::AnyTable => kind.is_table(),
        }
    }
}

impl fmt::Display for Takes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Takes::Only(kinds) => {
                let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
                f.write_str(&names.join(" or "))
            }
            Takes::AnyTable => f.write_str("a table"),
        }
    }
}
