//! The difference of two word lists: what DIFF and REFRESH report.

use std::collections::BTreeMap;

use crate::error::Result;
use crate::query::rows::{ColumnKind, Datum, Row, RowStream};
use crate::query::stage::{Kind, Shape};

/// Words with their counts; none where a list has no counts.
pub type Counts = BTreeMap<String, Option<i64>>;

/// The columns of a difference of words.
pub fn shape() -> Shape {
    shape_of("word")
}

/// The columns of a difference, the first of that name.
pub fn shape_of(entry: &str) -> Shape {
    let columns = [
        (entry, ColumnKind::Text),
        ("status", ColumnKind::Text),
        ("count", ColumnKind::Integer),
        ("other_count", ColumnKind::Integer),
    ];
    Shape::of(Kind::Table, &columns)
}

/// The columns of what has changed in itemsets: how many there are, are new, are gone, are counted
/// otherwise.
pub fn shape_of_sets() -> Shape {
    let columns = ["itemsets", "added", "removed", "changed"];
    Shape::of(Kind::Table, &columns.map(|name| (name, ColumnKind::Integer)))
}

/// Adds the words, or the templates, of a table; those that occur twice add up.
pub fn collect(shape: &Shape, rows: RowStream<'_>, words: &mut Counts) -> Result<()> {
    let entry = if shape.kind == Kind::Templates { "template" } else { "word" };
    let (word, count) = (shape.position(entry), shape.position("count"));
    for row in rows {
        let row = row?;
        let Some(Datum::Text(word)) = word.and_then(|word| row.get(word)) else { continue };
        let count = match count.and_then(|count| row.get(count)) {
            Some(Datum::Integer(count)) => Some(*count),
            _ => None,
        };
        let sum = words.entry(word.to_string()).or_insert(None);
        *sum = match (*sum, count) {
            (Some(sum), Some(count)) => Some(sum.saturating_add(count)),
            (sum, count) => sum.or(count),
        };
    }
    Ok(())
}

/// What is only in the first list, what is only in the other, what is counted otherwise: in this
/// order, the frequent first, ties by the word. The count of a list that lacks the word is null.
pub fn rows(words: Counts, mut other: Counts) -> Vec<Row> {
    let mut found: Vec<(&str, String, Option<i64>, Option<i64>)> = Vec::new();
    for (word, count) in words {
        match other.remove(&word) {
            None => found.push(("added", word, count, None)),
            Some(before) if before != count => found.push(("changed", word, count, before)),
            Some(_) => {}
        }
    }
    found.extend(other.into_iter().map(|(word, before)| ("removed", word, None, before)));
    let rank = |status: &str| ["added", "removed", "changed"].iter().position(|own| *own == status);
    found.sort_by(|a, b| {
        let most = |count: Option<i64>, other: Option<i64>| count.or(other);
        rank(a.0)
            .cmp(&rank(b.0))
            .then_with(|| most(b.2, b.3).cmp(&most(a.2, a.3)))
            .then_with(|| a.1.cmp(&b.1))
    });
    let integer = |count: Option<i64>| count.map_or(Datum::Null, Datum::Integer);
    let row = |(status, word, count, other): (&str, String, Option<i64>, Option<i64>)| {
        vec![Datum::text(word), Datum::text(status), integer(count), integer(other)]
    };
    found.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_added_removed_and_changed() {
        let list = |words: &[(&str, i64)]| -> Counts {
            words.iter().map(|(word, count)| ((*word).to_owned(), Some(*count))).collect()
        };
        let rows = rows(
            list(&[("甲", 1), ("乙", 5), ("丙", 3), ("丁", 7)]),
            list(&[("丙", 3), ("丁", 2), ("戊", 9), ("己", 9)]),
        );
        let wanted = [
            ("乙", "added", Datum::Integer(5), Datum::Null),
            ("甲", "added", Datum::Integer(1), Datum::Null),
            ("己", "removed", Datum::Null, Datum::Integer(9)),
            ("戊", "removed", Datum::Null, Datum::Integer(9)),
            ("丁", "changed", Datum::Integer(7), Datum::Integer(2)),
        ];
        let wanted = wanted.map(|(word, status, count, other)| {
            vec![Datum::text(word), Datum::text(status), count, other]
        });
        assert_eq!(rows, wanted);
    }

    #[test]
    fn words_that_occur_twice_add_up() {
        let shape = Shape::of(Kind::Words, &[("word", ColumnKind::Text)]);
        let rows = || ["甲", "甲"].map(|word| Ok(vec![Datum::text(word)])).into_iter();
        let mut words = Counts::new();
        collect(&shape, Box::new(rows()), &mut words).unwrap();
        assert_eq!(words["甲"], None);
        let columns = [("count", ColumnKind::Integer), ("word", ColumnKind::Text)];
        let shape = Shape::of(Kind::Words, &columns);
        let row = |count| Ok(vec![Datum::Integer(count), Datum::text("甲")]);
        collect(&shape, Box::new([row(1), row(2)].into_iter()), &mut words).unwrap();
        assert_eq!(words["甲"], Some(3));
    }
}
