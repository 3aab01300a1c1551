//! One value as plain text, exactly, for the formats that have no types of their own.

use std::borrow::Cow;

use crate::query::rows::Datum;

/// The value as text that reads back as the same value; a null is empty, a list is joined by one
/// blank, a set is put in braces, a tree is one line with brackets.
pub(super) fn plain(datum: &Datum) -> Cow<'_, str> {
    match datum {
        Datum::Null => Cow::Borrowed(""),
        Datum::Boolean(true) => Cow::Borrowed("true"),
        Datum::Boolean(false) => Cow::Borrowed("false"),
        Datum::Integer(value) => Cow::Owned(value.to_string()),
        Datum::Real(value) => Cow::Owned(real(*value)),
        Datum::Text(text) => Cow::Borrowed(text),
        Datum::List(values) => {
            let parts: Vec<Cow<'_, str>> = values.iter().map(plain).collect();
            Cow::Owned(parts.join(" "))
        }
        Datum::Tree(tree) => Cow::Owned(tree.nested()),
        Datum::Set(values) => {
            let parts: Vec<Cow<'_, str>> = values.iter().map(plain).collect();
            Cow::Owned(format!("{{{}}}", parts.join(", ")))
        }
    }
}

/// The shortest digits that read back as the same number, as json has them.
fn real(value: f64) -> String {
    format!("{value:?}")
}

/// A real for the eye: up to four decimals, six digits where there are many, with an exponent
/// where nothing would be left; no more than `most` decimals.
pub(super) fn rounded(value: f64, most: usize) -> String {
    let size = value.abs();
    if value == 0.0 {
        return format!("{:.*}", most.min(4), 0.0);
    }
    if !value.is_finite() {
        return value.to_string();
    }
    if !(0.001..1e15).contains(&size) {
        return exponential(value);
    }
    format!("{value:.*}", decimals_for(size).min(most))
}

/// How many decimals of a value say something, at most four.
pub(super) fn decimals(value: f64) -> usize {
    let size = value.abs();
    if !(0.001..1e15).contains(&size) {
        return 0;
    }
    let text = format!("{value:.*}", decimals_for(size));
    let fraction = text.split_once('.').map_or("", |(_, fraction)| fraction);
    fraction.trim_end_matches('0').len()
}

fn decimals_for(size: f64) -> usize {
    match size {
        size if size < 100.0 => 4,
        size if size < 1e3 => 3,
        size if size < 1e4 => 2,
        size if size < 1e5 => 1,
        _ => 0,
    }
}

/// `1.2346e-5`, without the zeros that say nothing.
fn exponential(value: f64) -> String {
    let text = format!("{value:.4e}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let digits = digits.trim_end_matches('0').trim_end_matches('.');
            format!("{digits}e{exponent}")
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reals_for_the_eye() {
        assert_eq!(rounded(7.607_642_1, 4), "7.6076");
        assert_eq!(rounded(7.5, 4), "7.5000");
        assert_eq!(rounded(7.5, 1), "7.5");
        assert_eq!(rounded(98_321.74, 4), "98321.7");
        assert_eq!(rounded(1_234_567.8, 4), "1234568");
        assert_eq!(rounded(0.000_012_345_6, 4), "1.2346e-5");
        assert_eq!(rounded(1e-7, 4), "1e-7");
        assert_eq!(rounded(-0.25, 2), "-0.25");
        assert_eq!(rounded(0.0, 0), "0");
        assert_eq!(rounded(f64::NEG_INFINITY, 4), "-inf");
        assert_eq!(decimals(7.5), 1);
        assert_eq!(decimals(100.0), 0);
        assert_eq!(decimals(1e-9), 0);
    }

    #[test]
    fn reals_for_programs_read_back() {
        for value in [0.1, 1e-7, 1.0 / 3.0, 1e300, 100.0] {
            assert_eq!(plain(&Datum::Real(value)).parse::<f64>().unwrap(), value);
        }
    }
}
