//! The aggregates of STATS, a table: each folds the values of a group into one.

use std::cmp::Ordering;
use std::collections::HashSet;

use crate::measure::{dp, dpnorm, entropy, juilland_d};
use crate::query::constant::whole;
use crate::query::functions::{Accepts, Gives};
use crate::query::rows::{ColumnKind, Datum};
use crate::query::value::{compare, finite, key, real};

/// An aggregate in the table of aggregates.
#[derive(Debug)]
pub struct AggregateRow {
    /// Its name.
    pub name: &'static str,
    /// How it is called.
    pub signature: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// A call over a column `x` that holds 1, 2, 3, 4.
    pub example: &'static str,
    /// What the call gives, as an expression.
    pub result: &'static str,
    /// What it folds: the values of so many columns; none for what counts rows.
    pub takes: &'static [Accepts],
    /// Whether a share from 0 to 1 follows, a constant.
    pub share: bool,
    /// What it gives.
    pub gives: Gives,
    /// A new fold, given the share.
    pub start: fn(f64) -> Box<dyn Fold>,
}

/// A fold under way. It is handed one value for each column that it folds, and never a null.
pub trait Fold {
    /// Takes the values of one more row.
    fn add(&mut self, values: &[Datum]);

    /// What came of it; null if it makes no sense of nothing.
    fn finish(&self) -> Datum;
}

/// The aggregate of that name, in any case.
pub fn aggregate(name: &str) -> Option<&'static AggregateRow> {
    AGGREGATES.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}

/// Every aggregate of STATS.
pub static AGGREGATES: &[AggregateRow] = &[
    AggregateRow {
        name: "count",
        signature: "count()",
        help: "how many rows there are",
        example: "count()",
        result: "4",
        takes: &[],
        share: false,
        gives: Gives::Kind(ColumnKind::Integer),
        start: |_| Box::new(Count(0)),
    },
    AggregateRow {
        name: "count_distinct",
        signature: "count_distinct(x)",
        help: "how many different values there are, nulls left out",
        example: "count_distinct(x)",
        result: "4",
        takes: &[Accepts::Any],
        share: false,
        gives: Gives::Kind(ColumnKind::Integer),
        start: |_| Box::new(Distinct(HashSet::new())),
    },
    AggregateRow {
        name: "sum",
        signature: "sum(x)",
        help: "the sum, nulls left out; null of nothing",
        example: "sum(x)",
        result: "10",
        takes: &[Accepts::Number],
        share: false,
        gives: Gives::Same,
        start: |_| Box::new(Sum::default()),
    },
    AggregateRow {
        name: "avg",
        signature: "avg(x)",
        help: "the mean, nulls left out",
        example: "avg(x)",
        result: "2.5",
        takes: &[Accepts::Number],
        share: false,
        gives: Gives::Kind(ColumnKind::Real),
        start: |_| Box::new(Mean(Sum::default())),
    },
    AggregateRow {
        name: "min",
        signature: "min(x)",
        help: "the least value",
        example: "min(x)",
        result: "1",
        takes: &[Accepts::Any],
        share: false,
        gives: Gives::Same,
        start: |_| Box::new(Extreme(Ordering::Less, Datum::Null)),
    },
    AggregateRow {
        name: "max",
        signature: "max(x)",
        help: "the greatest value",
        example: "max(x)",
        result: "4",
        takes: &[Accepts::Any],
        share: false,
        gives: Gives::Same,
        start: |_| Box::new(Extreme(Ordering::Greater, Datum::Null)),
    },
    AggregateRow {
        name: "median",
        signature: "median(x)",
        help: "the value in the middle, or the mean of the two there",
        example: "median(x)",
        result: "2.5",
        takes: &[Accepts::Number],
        share: false,
        gives: Gives::Kind(ColumnKind::Real),
        start: |_| Box::new(Quantile(0.5, Vec::new())),
    },
    AggregateRow {
        name: "quantile",
        signature: "quantile(x, share)",
        help: "the value below which that share lies, interpolated between neighbours",
        example: "quantile(x, 0.25)",
        result: "1.75",
        takes: &[Accepts::Number],
        share: true,
        gives: Gives::Kind(ColumnKind::Real),
        start: |share| Box::new(Quantile(share, Vec::new())),
    },
    AggregateRow {
        name: "entropy",
        signature: "entropy(count)",
        help: "-Σ p ln p of counts, in nats: how evenly they are shared out",
        example: "entropy(x * 0 + 5)",
        result: "log(4)",
        takes: &[Accepts::Number],
        share: false,
        gives: Gives::Kind(ColumnKind::Real),
        start: |_| {
            Box::new(Spread {
                measure: |counts, _| Some(entropy(counts.iter().copied())),
                ..Spread::new()
            })
        },
    },
    dispersion(
        "dp",
        "dp(count, size)",
        "from 0, spread as evenly as the parts are large, to 1; a row is a part (Gries 2008)",
        "dp(x, x)",
        "0.0",
        |_| Box::new(Spread { measure: dp, ..Spread::new() }),
    ),
    dispersion(
        "dpnorm",
        "dpnorm(count, size)",
        "dp on the whole scale from 0 to 1 (Lijffijt and Gries 2012)",
        "dpnorm(x, x)",
        "0.0",
        |_| Box::new(Spread { measure: dpnorm, ..Spread::new() }),
    ),
    dispersion(
        "juilland_d",
        "juilland_d(count, size)",
        "from 0, all in one part, to 1, even (Juilland and Chang-Rodríguez 1964)",
        "juilland_d(x, x)",
        "1.0",
        |_| Box::new(Spread { measure: juilland_d, ..Spread::new() }),
    ),
];

/// A measure of counts in parts of those sizes.
const fn dispersion(
    name: &'static str,
    signature: &'static str,
    help: &'static str,
    example: &'static str,
    result: &'static str,
    start: fn(f64) -> Box<dyn Fold>,
) -> AggregateRow {
    let takes = &[Accepts::Number, Accepts::Number];
    let gives = Gives::Kind(ColumnKind::Real);
    AggregateRow { name, signature, help, example, result, takes, share: false, gives, start }
}

struct Count(i64);

impl Fold for Count {
    fn add(&mut self, _: &[Datum]) {
        self.0 = self.0.saturating_add(1);
    }

    fn finish(&self) -> Datum {
        Datum::Integer(self.0)
    }
}

struct Distinct(HashSet<Vec<u8>>);

impl Fold for Distinct {
    fn add(&mut self, values: &[Datum]) {
        let mut bytes = Vec::new();
        values.iter().for_each(|value| key(value, &mut bytes));
        self.0.insert(bytes);
    }

    fn finish(&self) -> Datum {
        i64::try_from(self.0.len()).map_or(Datum::Null, Datum::Integer)
    }
}

/// Whole numbers are summed exactly, the others as floats in the order they come.
#[derive(Default)]
struct Sum {
    whole: i128,
    real: f64,
    any_real: bool,
    count: u64,
}

impl Sum {
    fn total(&self) -> f64 {
        self.whole as f64 + self.real
    }
}

impl Fold for Sum {
    fn add(&mut self, values: &[Datum]) {
        match values {
            [Datum::Integer(value)] => self.whole = self.whole.saturating_add(i128::from(*value)),
            [Datum::Real(value)] => {
                self.real += value;
                self.any_real = true;
            }
            _ => return,
        }
        self.count += 1;
    }

    fn finish(&self) -> Datum {
        match (self.count, self.any_real) {
            (0, _) => Datum::Null,
            (_, true) => finite(self.total()),
            (_, false) => i64::try_from(self.whole).map_or(Datum::Null, Datum::Integer),
        }
    }
}

struct Mean(Sum);

impl Fold for Mean {
    fn add(&mut self, values: &[Datum]) {
        self.0.add(values);
    }

    fn finish(&self) -> Datum {
        finite(self.0.total() / self.0.count as f64)
    }
}

struct Extreme(Ordering, Datum);

impl Fold for Extreme {
    fn add(&mut self, values: &[Datum]) {
        let Some(value) = values.first() else { return };
        if self.1 == Datum::Null || compare(value, &self.1) == Some(self.0) {
            self.1 = value.clone();
        }
    }

    fn finish(&self) -> Datum {
        self.1.clone()
    }
}

struct Quantile(f64, Vec<f64>);

impl Fold for Quantile {
    fn add(&mut self, values: &[Datum]) {
        self.1.extend(values.first().and_then(real));
    }

    /// The place `share · (n − 1)` in the sorted values, interpolated: R's type 7.
    fn finish(&self) -> Datum {
        let mut values = self.1.clone();
        values.sort_by(f64::total_cmp);
        let Some(last) = values.len().checked_sub(1) else { return Datum::Null };
        let place = self.0.clamp(0.0, 1.0) * last as f64;
        let below = whole(place.floor());
        let below = below.and_then(|below| usize::try_from(below).ok()).unwrap_or(0).min(last);
        let above = (below + 1).min(last);
        let part = place - place.floor();
        finite(values[below] * (1.0 - part) + values[above] * part)
    }
}

/// How counts are spread over rows; nothing where one is no count.
struct Spread {
    counts: Vec<u64>,
    sizes: Vec<u64>,
    are_counts: bool,
    measure: fn(&[u64], &[u64]) -> Option<f64>,
}

impl Spread {
    fn new() -> Self {
        Spread { counts: Vec::new(), sizes: Vec::new(), are_counts: true, measure: |_, _| None }
    }
}

impl Fold for Spread {
    fn add(&mut self, values: &[Datum]) {
        let count = |place: usize| values.get(place).and_then(real).and_then(whole);
        match (count(0), values.len(), count(1)) {
            (Some(value), 1, _) => self.counts.push(value),
            (Some(value), _, Some(size)) => {
                self.counts.push(value);
                self.sizes.push(size);
            }
            _ => self.are_counts = false,
        }
    }

    fn finish(&self) -> Datum {
        let value = (self.measure)(&self.counts, &self.sizes).filter(|_| self.are_counts);
        value.map_or(Datum::Null, finite)
    }
}
