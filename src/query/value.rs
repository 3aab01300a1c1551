//! Order, equality and arithmetic of single values, as the language defines them.
//!
//! Null is neither equal nor unequal to anything; what is not a finite number is null.

use std::cmp::Ordering;

use crate::mine::templates::Tree;
use crate::query::expression::Arithmetic;
use crate::query::rows::{ColumnKind, Datum};

/// How two values compare; nothing where one is null or they are of different kinds.
pub fn compare(one: &Datum, two: &Datum) -> Option<Ordering> {
    match (one, two) {
        (Datum::Boolean(one), Datum::Boolean(two)) => Some(one.cmp(two)),
        (Datum::Integer(one), Datum::Integer(two)) => Some(one.cmp(two)),
        (Datum::Text(one), Datum::Text(two)) => Some(one.cmp(two)),
        (Datum::List(one) | Datum::Set(one), Datum::List(two) | Datum::Set(two)) => {
            let different = one.iter().zip(two).map(|(one, two)| order(one, two));
            let first = different.into_iter().find(|order| order.is_ne());
            Some(first.unwrap_or_else(|| one.len().cmp(&two.len())))
        }
        (Datum::Tree(one), Datum::Tree(two)) => Some(one.nested().cmp(&two.nested())),
        (one, two) => real(one)?.partial_cmp(&real(two)?),
    }
}

/// A total order for sorting: nulls last, values of different kinds by kind.
pub fn order(one: &Datum, two: &Datum) -> Ordering {
    let rank = |value: &Datum| match value {
        Datum::Boolean(_) => 0,
        Datum::Integer(_) | Datum::Real(_) => 1,
        Datum::Text(_) => 2,
        Datum::List(_) | Datum::Set(_) => 3,
        Datum::Tree(_) => 4,
        Datum::Null => 5,
    };
    compare(one, two).unwrap_or_else(|| rank(one).cmp(&rank(two)))
}

/// The number that a value is.
pub fn real(value: &Datum) -> Option<f64> {
    match value {
        Datum::Integer(value) => Some(*value as f64),
        Datum::Real(value) => Some(*value),
        _ => None,
    }
}

/// A measure, null where it is no finite number.
pub fn finite(value: f64) -> Datum {
    if value.is_finite() { Datum::Real(value) } else { Datum::Null }
}

/// `one operator two`. Whole numbers stay whole except in division; what overflows is null.
pub fn calculate(operator: Arithmetic, one: &Datum, two: &Datum) -> Datum {
    if let (Datum::Integer(one), Datum::Integer(two)) = (one, two) {
        let result = match operator {
            Arithmetic::Add => one.checked_add(*two),
            Arithmetic::Subtract => one.checked_sub(*two),
            Arithmetic::Multiply => one.checked_mul(*two),
            Arithmetic::Remainder => one.checked_rem(*two),
            Arithmetic::Divide => return finite(*one as f64 / *two as f64),
        };
        return result.map_or(Datum::Null, Datum::Integer);
    }
    let (Some(one), Some(two)) = (real(one), real(two)) else { return Datum::Null };
    finite(match operator {
        Arithmetic::Add => one + two,
        Arithmetic::Subtract => one - two,
        Arithmetic::Multiply => one * two,
        Arithmetic::Divide => one / two,
        Arithmetic::Remainder => one % two,
    })
}

/// Bytes that are equal exactly when the values are; for grouping. Nulls group together.
pub fn key(value: &Datum, bytes: &mut Vec<u8>) {
    let mut put = |tag: u8, content: &[u8]| {
        bytes.push(tag);
        bytes.extend_from_slice(content);
    };
    match value {
        Datum::Null => put(0, &[]),
        Datum::Boolean(value) => put(1, &[u8::from(*value)]),
        Datum::Integer(value) => put(2, &value.to_le_bytes()),
        Datum::Real(value) => put(3, &(value + 0.0).to_le_bytes()),
        Datum::Text(text) => {
            put(4, &text.len().to_le_bytes());
            bytes.extend_from_slice(text.as_bytes());
        }
        Datum::List(list) | Datum::Set(list) => {
            put(5, &list.len().to_le_bytes());
            list.iter().for_each(|value| key(value, bytes));
        }
        Datum::Tree(tree) => tree_key(tree, bytes),
    }
}

/// A tree as bytes: its own texts with their lengths, then its children with their number.
fn tree_key(tree: &Tree, bytes: &mut Vec<u8>) {
    bytes.push(6);
    for text in [tree.template.as_deref().unwrap_or(""), &tree.text] {
        bytes.extend_from_slice(&text.len().to_le_bytes());
        bytes.extend_from_slice(text.as_bytes());
    }
    bytes.extend_from_slice(&tree.children.len().to_le_bytes());
    tree.children.iter().for_each(|child| tree_key(child, bytes));
}

/// Whether values of these kinds compare; an unknown kind is that of a bare null.
pub fn comparable(one: Option<ColumnKind>, two: Option<ColumnKind>) -> bool {
    match (one, two) {
        (None, _) | (_, None) => true,
        (Some(one), Some(two)) => one == two || (is_number(one) && is_number(two)),
    }
}

/// Whether values of this kind are numbers.
pub fn is_number(kind: ColumnKind) -> bool {
    [ColumnKind::Integer, ColumnKind::Real].contains(&kind)
}

/// A bar that fills that share of `width` cells, to an eighth of a cell; nothing for none.
pub fn bar(share: f64, width: u16) -> String {
    const EIGHTHS: [char; 8] = ['█', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];
    // At most 8 · 65 535, and never negative.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let eighths = (share.clamp(0.0, 1.0) * f64::from(width) * 8.0).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    match eighths % 8 {
        0 => {}
        rest => bar.extend(EIGHTHS.get(rest)),
    }
    bar
}

/// What a kind of column is called in messages.
pub fn kind_name(kind: Option<ColumnKind>) -> &'static str {
    match kind {
        None => "null",
        Some(ColumnKind::Boolean) => "true or false",
        Some(ColumnKind::Integer) => "a whole number",
        Some(ColumnKind::Real) => "a number",
        Some(ColumnKind::Text) => "text",
        Some(ColumnKind::List) => "a list",
        Some(ColumnKind::Tree) => "a tree",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_compare_across_kinds_and_nulls_never() {
        assert_eq!(compare(&Datum::Integer(1), &Datum::Real(1.0)), Some(Ordering::Equal));
        assert_eq!(compare(&Datum::Null, &Datum::Null), None);
        assert_eq!(compare(&Datum::text("1"), &Datum::Integer(1)), None);
        assert_eq!(order(&Datum::Null, &Datum::Integer(1)), Ordering::Greater);
    }

    #[test]
    fn arithmetic_never_panics() {
        let (most, zero) = (Datum::Integer(i64::MAX), Datum::Integer(0));
        assert_eq!(calculate(Arithmetic::Add, &most, &Datum::Integer(1)), Datum::Null);
        assert_eq!(calculate(Arithmetic::Divide, &most, &zero), Datum::Null);
        assert_eq!(calculate(Arithmetic::Remainder, &most, &zero), Datum::Null);
        let (least, minus) = (Datum::Integer(i64::MIN), Datum::Integer(-1));
        assert_eq!(calculate(Arithmetic::Remainder, &least, &minus), Datum::Null);
        assert_eq!(
            calculate(Arithmetic::Divide, &Datum::Integer(1), &Datum::Integer(2)),
            Datum::Real(0.5)
        );
        assert_eq!(calculate(Arithmetic::Add, &Datum::Null, &zero), Datum::Null);
    }

    #[test]
    fn keys_tell_values_apart() {
        let bytes = |value: Datum| {
            let mut bytes = Vec::new();
            key(&value, &mut bytes);
            bytes
        };
        let list = |texts: &[&str]| Datum::List(texts.iter().map(Datum::text).collect());
        assert_ne!(bytes(list(&["ab", "c"])), bytes(list(&["a", "bc"])));
        assert_eq!(bytes(Datum::Real(0.0)), bytes(Datum::Real(-0.0)));
        assert_ne!(bytes(Datum::Null), bytes(Datum::text("")));
    }
}
