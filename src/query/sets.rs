//! Itemsets with the names of their items, and as the rows of a table.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::{Error, Result};
use crate::mine::{SetList, SetReader, Step};
use crate::query::rows::{ColumnKind, Datum, Row, RowStream};
use crate::query::stage::{Kind, Shape};

/// Itemsets of some transactions.
#[derive(Clone, Debug, Default)]
pub struct Sets {
    /// How many transactions there are.
    pub transactions: u64,
    /// The number of the corpus that they are of, where they are of one.
    pub corpus: Option<u32>,
    /// The names of the items, sorted.
    pub names: Vec<Arc<str>>,
    /// The count below which itemsets are not meant, and that down to which they are there all the
    /// same, to spare; 0 where all are meant.
    pub spare: (u64, u64),
    /// The itemsets, ascending in these numbers.
    pub list: SetList,
}

impl Sets {
    /// The shape of itemsets as a table.
    pub fn shape() -> Shape {
        let columns = [
            ("items", ColumnKind::List),
            ("size", ColumnKind::Integer),
            ("count", ColumnKind::Integer),
            ("support", ColumnKind::Real),
        ];
        Shape::of(Kind::Itemsets, &columns)
    }

    /// Reads rows with the columns items, count and support.
    ///
    /// # Errors
    /// The first of the rows, where count and support do not belong together, and when they take
    /// more than `memory` bytes.
    pub fn from_rows(shape: &Shape, rows: RowStream<'_>, memory: u64) -> Result<Sets> {
        let place = |name: &str| {
            shape.position(name).ok_or_else(|| Error::internal("itemsets without their columns"))
        };
        let (items, count, support) = (place("items")?, place("count")?, place("support")?);
        let mut numbers: HashMap<Arc<str>, u32> = HashMap::new();
        let mut sets = Sets::default();
        let mut own = Vec::new();
        for row in rows {
            let row = row?;
            own.clear();
            if let Datum::Set(list) | Datum::List(list) = &row[items] {
                for item in list {
                    let Datum::Text(text) = item else { continue };
                    let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
                    let number = match numbers.get(text) {
                        Some(number) => *number,
                        None => {
                            sets.names.push(Arc::clone(text));
                            *numbers.entry(Arc::clone(text)).or_insert(next)
                        }
                    };
                    own.push(number);
                }
            }
            let (Datum::Integer(count), Datum::Real(support)) = (&row[count], &row[support]) else {
                return Err(Error::query("an itemset has no count or no support"));
            };
            if sets.list.is_empty() && *support > 0.0 {
                // The support was this count divided by the transactions, so this is exact.
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let transactions = (*count as f64 / support).round() as u64;
                sets.transactions = transactions;
            }
            // Counts that somebody has changed would say nothing of the transactions.
            if (support * sets.transactions as f64 - *count as f64).abs() > 0.5 {
                return Err(Error::query(format!(
                    "an itemset has count {count} and support {support}, which is not that count \
                     of the {} transactions of the others",
                    sets.transactions
                ))
                .hint("leave count and support as ITEMSETS gives them"));
            }
            own.sort_unstable();
            sets.list.push(&own, u64::try_from(*count).unwrap_or(0));
            sets.refuse_beyond(memory)?;
        }
        sets.sorted()
    }

    /// The same itemsets with the names in order.
    pub fn sorted(self) -> Result<Sets> {
        if self.names.is_sorted() {
            return Ok(self);
        }
        let mut order: Vec<usize> = (0..self.names.len()).collect();
        order.sort_by_key(|&item| &self.names[item]);
        let mut ranks = vec![0u32; order.len()];
        for (rank, &item) in (0u32..).zip(&order) {
            ranks[item] = rank;
        }
        let list = self.list.renumbered(&ranks)?;
        let names = order.into_iter().map(|item| Arc::clone(&self.names[item])).collect();
        Ok(Sets { names, list, ..self })
    }

    /// Leaves out what is there to spare, of a list in rank of which is known where counts end.
    pub fn without_spare(&mut self, steps: &[Step]) {
        let meant = steps.partition_point(|step| step.count >= self.spare.0);
        if meant < steps.len() {
            self.list = match steps[..meant].last() {
                None => SetList::default(),
                Some(last) => {
                    SetList::from_bytes(last.number, self.list.bytes()[..last.end].to_vec())
                }
            };
        }
        self.spare = (0, 0);
    }

    /// Refuses more than fits.
    pub fn refuse_beyond(&self, memory: u64) -> Result<()> {
        if self.list.memory() as u64 <= memory / 2 {
            return Ok(());
        }
        Err(Error::input(format!(
            "more than {} itemsets do not fit the {} MB that are allowed",
            self.list.len(),
            memory >> 20
        ))
        .hint("a higher support gives fewer; EXPORT writes any number; SET memory allows more"))
    }

    /// The number of an item.
    pub fn find(&self, name: &str) -> Option<u32> {
        let place = self.names.binary_search_by(|own| (**own).cmp(name)).ok()?;
        u32::try_from(place).ok()
    }

    /// Items as a value, in the order of their names.
    pub fn datum(&self, items: &[u32]) -> Datum {
        let names = items.iter().filter_map(|&item| self.names.get(item as usize));
        Datum::Set(names.map(|name| Datum::Text(Arc::clone(name))).collect())
    }

    /// An itemset as a row.
    pub fn row(&self, items: &[u32], count: u64) -> Row {
        row(self.datum(items), items.len(), count, count as f64 / self.transactions as f64)
    }

    /// Items as they are printed.
    pub fn shown(&self, items: &[u32]) -> String {
        let names: Vec<&str> = items.iter().map(|&item| &*self.names[item as usize]).collect();
        format!("{{{}}}", names.join(", "))
    }

    /// The rows of the table, in the order of the list.
    pub fn into_rows<'a>(self) -> RowStream<'a> {
        Box::new(Rows { sets: self, reader: SetReader::default(), given: 0 })
    }
}

/// The rows of a list.
struct Rows {
    sets: Sets,
    reader: SetReader,
    given: u64,
}

impl Iterator for Rows {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        let (items, count) = self.reader.next(&self.sets.list)?;
        self.given += 1;
        Some(Ok(self.sets.row(items, count)))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::try_from(self.sets.list.len() - self.given).unwrap_or(usize::MAX);
        (left, Some(left))
    }
}

/// A row of itemsets.
pub fn row(items: Datum, size: usize, count: u64, support: f64) -> Row {
    vec![items, Datum::count(size as u64), Datum::count(count), Datum::real(support)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_sorted_by_name() {
        let text = |names: &[&str]| Datum::Set(names.iter().map(Datum::text).collect());
        let rows = [(text(&["b", "a"]), 2), (text(&["c"]), 3)];
        let rows = rows.map(|(items, count)| Ok(row(items, 1, count, count as f64 / 7.0)));
        let sets = Sets::from_rows(&Sets::shape(), Box::new(rows.into_iter()), 1 << 20).unwrap();
        assert_eq!((sets.transactions, sets.list.len()), (7, 2));
        assert_eq!(sets.names.iter().map(|name| &**name).collect::<Vec<_>>(), ["a", "b", "c"]);
        let mut rows = sets.into_rows();
        assert_eq!(rows.size_hint(), (2, Some(2)));
        let first = rows.next().unwrap().unwrap();
        assert_eq!(first, row(text(&["a", "b"]), 2, 2, 2.0 / 7.0));
    }

    #[test]
    fn counts_that_were_changed_are_refused() {
        let set = |name: &str| Datum::Set(vec![Datum::text(name)]);
        let rows = [row(set("a"), 1, 2, 2.0 / 7.0), row(set("b"), 1, 2, 3.0 / 7.0)].map(Ok);
        let sets = Sets::from_rows(&Sets::shape(), Box::new(rows.into_iter()), 1 << 20);
        let error = sets.unwrap_err().to_string();
        assert!(error.contains("count 2 and support 0.428"), "{error}");
    }
}
