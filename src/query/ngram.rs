//! The columns of an n-gram, each computed from stored statistics when somebody asks for it.

use crate::index::{CorpusView, FIRST_SYMBOL, MAX_ORDER, Row, Statistics, Totals};
use crate::measure::Contingency;
use crate::query::rows::{ColumnKind, Datum};

/// A column of NGRAMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NgramColumn {
    /// Its text.
    Ngram,
    /// Its units.
    N,
    /// Its occurrences.
    Count,
    /// Occurrences in a million units.
    PerMillion,
    /// log2(O11/E11), the smallest over all splits.
    Pmi,
    /// pmi on a scale from −1 to 1.
    Npmi,
    /// Dunning's log-likelihood ratio, with the sign of O11 − E11.
    G2,
    /// The t score.
    T,
    /// 14 + log2 of the dice coefficient.
    Logdice,
    /// Of the unit before it, in nats.
    LeftEntropy,
    /// Of the unit after it, in nats.
    RightEntropy,
    /// Distinct units before it.
    LeftVariety,
    /// Distinct units after it.
    RightVariety,
}

use NgramColumn as C;

impl NgramColumn {
    /// All of them, with their names and kinds.
    pub const ALL: [(NgramColumn, &'static str, ColumnKind); 13] = [
        (C::Ngram, "ngram", ColumnKind::Text),
        (C::N, "n", ColumnKind::Integer),
        (C::Count, "count", ColumnKind::Integer),
        (C::PerMillion, "per_million", ColumnKind::Real),
        (C::Pmi, "pmi", ColumnKind::Real),
        (C::Npmi, "npmi", ColumnKind::Real),
        (C::G2, "g2", ColumnKind::Real),
        (C::T, "t", ColumnKind::Real),
        (C::Logdice, "logdice", ColumnKind::Real),
        (C::LeftEntropy, "left_entropy", ColumnKind::Real),
        (C::RightEntropy, "right_entropy", ColumnKind::Real),
        (C::LeftVariety, "left_variety", ColumnKind::Integer),
        (C::RightVariety, "right_variety", ColumnKind::Integer),
    ];

    /// The column of a name.
    pub fn named(name: &str) -> Option<NgramColumn> {
        Self::ALL.iter().find(|(_, own, _)| *own == name).map(|(column, ..)| *column)
    }
}

/// Computes columns of n-grams.
pub struct NgramReader<'v> {
    view: &'v CorpusView<'v>,
    statistics: &'v Statistics,
    totals: &'v Totals,
}

impl<'v> NgramReader<'v> {
    /// A reader of the statistics of a corpus.
    pub fn new(view: &'v CorpusView<'v>, statistics: &'v Statistics) -> Self {
        NgramReader { view, statistics, totals: &view.manifest().totals }
    }

    /// The value of a column; null where it is not defined.
    pub fn datum(&self, row: Row, length: usize, column: NgramColumn) -> Datum {
        let integer = |value: Option<u64>| value.map_or(Datum::Null, Datum::count);
        match column {
            C::Ngram => Datum::text(self.text(row)),
            C::N => Datum::count(length as u64),
            C::Count => Datum::count(self.statistics.count(row)),
            C::LeftVariety => integer(self.statistics.varieties(row).map(|(left, _)| left)),
            C::RightVariety => integer(self.statistics.varieties(row).map(|(_, right)| right)),
            _ => self.value(row, length, column).into(),
        }
    }

    /// The value of a column as a number, if it is one.
    pub fn value(&self, row: Row, length: usize, column: NgramColumn) -> Option<f64> {
        let count = self.statistics.count(row);
        match column {
            C::Ngram => None,
            C::N => Some(length as f64),
            C::Count => Some(count as f64),
            C::PerMillion => Some(count as f64 * 1e6 / self.totals.units() as f64),
            C::Pmi => self.pmi(row, length),
            C::Npmi => {
                let surprise = (self.tokens(length) as f64 / count as f64).log2();
                let pmi = self.pmi(row, length)?;
                Some(if surprise > 0.0 { pmi / surprise } else { 1.0 })
            }
            C::G2 => self.weakest(row, length, Contingency::g2),
            C::T => self.weakest(row, length, Contingency::t),
            C::Logdice => self.weakest(row, length, Contingency::logdice),
            C::LeftEntropy => self.statistics.left_entropy(row),
            C::RightEntropy => self.statistics.right_entropy(row),
            C::LeftVariety => self.statistics.varieties(row).map(|(left, _)| left as f64),
            C::RightVariety => self.statistics.varieties(row).map(|(_, right)| right as f64),
        }
    }

    /// The text of an n-gram.
    pub fn text(&self, row: Row) -> String {
        self.view.render(&self.symbols(row))
    }

    /// The place of an n-gram in the order of the texts of its units, given that of each symbol.
    pub fn place(&self, row: Row, ranks: &[u32]) -> [u32; MAX_ORDER] {
        let mut place = [0; MAX_ORDER];
        let mut at = Some(row);
        let mut length = 0;
        while let Some(row) = at {
            place[length] = ranks[self.statistics.last_symbol(row) as usize];
            length += 1;
            at = self.statistics.prefix(row);
        }
        place[..length].reverse();
        place
    }

    /// The place of each symbol in the order of their texts, from 1.
    pub fn ranks(&self) -> Vec<u32> {
        let dictionary = self.view.dictionary();
        let mut symbols: Vec<u32> = (FIRST_SYMBOL..dictionary.end()).collect();
        symbols.sort_unstable_by_key(|&symbol| dictionary.text(symbol));
        let mut ranks = vec![0; dictionary.end() as usize];
        for (rank, symbol) in (1..).zip(symbols) {
            ranks[symbol as usize] = rank;
        }
        ranks
    }

    /// The texts of its units.
    pub fn units(&self, row: Row) -> Vec<&'v str> {
        let dictionary = self.view.dictionary();
        self.symbols(row).into_iter().map(|symbol| dictionary.text(symbol)).collect()
    }

    fn symbols(&self, row: Row) -> Vec<u32> {
        let mut symbols = Vec::new();
        self.statistics.symbols(row, &mut symbols);
        symbols
    }

    /// How many n-grams of that length there are, counted as often as they occur.
    fn tokens(&self, length: usize) -> u64 {
        self.totals.grams[length - 1]
    }

    /// Calls `each` with both margins of every split. Those of a pair come from the table of
    /// pairs, where an occurrence at an edge has no partner; those of longer n-grams are the
    /// counts of their parts.
    fn splits(&self, row: Row, length: usize, mut each: impl FnMut(u64, u64)) {
        let statistics = self.statistics;
        statistics.splits(row, |left, right| {
            let (mut before, mut after) = (statistics.count(left), statistics.count(right));
            if length == 2 {
                let at_end = statistics.edges(left).map_or(0, |(_, at_end)| at_end);
                before = before.saturating_sub(at_end);
                let at_start = statistics.edges(right).map_or(0, |(at_start, _)| at_start);
                after = after.saturating_sub(at_start);
            }
            each(before, after);
        });
    }

    /// log2(N·f / (f(left)·f(right))), the smallest over all splits.
    fn pmi(&self, row: Row, length: usize) -> Option<f64> {
        let tokens = self.tokens(length) as f64;
        let count = self.statistics.count(row) as f64;
        let mut most: Option<f64> = None;
        self.splits(row, length, |before, after| {
            let product = before as f64 * after as f64;
            most = Some(most.map_or(product, |most| most.max(product)));
        });
        most.map(|product| (tokens * count / product).log2())
    }

    /// A measure of two parts, the smallest over all splits.
    fn weakest(
        &self,
        row: Row,
        length: usize,
        measure: impl Fn(&Contingency) -> Option<f64>,
    ) -> Option<f64> {
        let (count, tokens) = (self.statistics.count(row), self.tokens(length));
        let mut least: Option<f64> = None;
        self.splits(row, length, |before, after| {
            let table = Contingency::new(count, before, after, tokens);
            if let Some(value) = table.and_then(|table| measure(&table)) {
                least = Some(least.map_or(value, |least| least.min(value)));
            }
        });
        least
    }
}
