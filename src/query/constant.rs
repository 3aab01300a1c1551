//! Numbers with their units, and the other constants that stand after `=` in WITH and SET.

use std::fmt;
use std::time::Duration;

use crate::query::node::{Spanned, write_name, write_text};

/// A number as written: its kind is kept, for `0.1%` and `0.001` mean different things to a reader.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// `10`, `1_000`, `5k`.
    Integer(i64),
    /// `1.5`, `1e-7`.
    Real(f64),
    /// `0.1%`, kept as the number before the sign.
    Percent(f64),
    /// `512MiB`, in bytes.
    Size(u64),
    /// `30s`, in milliseconds.
    Duration(u64),
}

impl Number {
    /// The number itself, a percentage as a share of one, a size in bytes, a duration in seconds.
    pub fn value(self) -> f64 {
        match self {
            Number::Integer(value) => value as f64,
            Number::Real(value) => value,
            Number::Percent(value) => value / 100.0,
            Number::Size(bytes) => bytes as f64,
            Number::Duration(milliseconds) => milliseconds as f64 / 1000.0,
        }
    }

    /// The whole number that it is, if it is one and neither negative nor a percentage.
    pub fn whole(self) -> Option<u64> {
        match self {
            Number::Integer(value) => u64::try_from(value).ok(),
            Number::Real(value) => whole(value),
            Number::Percent(_) | Number::Size(_) | Number::Duration(_) => None,
        }
    }

    /// The duration that it is.
    pub fn duration(self) -> Option<Duration> {
        match self {
            Number::Duration(milliseconds) => Some(Duration::from_millis(milliseconds)),
            _ => None,
        }
    }

    /// What it is, for messages.
    pub fn kind(self) -> &'static str {
        match self {
            Number::Integer(_) => "a whole number",
            Number::Real(_) => "a number",
            Number::Percent(_) => "a percentage",
            Number::Size(_) => "a size",
            Number::Duration(_) => "a duration",
        }
    }
}

/// `value` as a whole number, where it is one that a float holds exactly.
pub fn whole(value: f64) -> Option<u64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let fits = (0.0..=EXACT).contains(&value) && value.fract() == 0.0;
    // In range by the line above, and without a fraction.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    fits.then_some(value as u64)
}

/// Units of size, the largest first.
pub const SIZES: &[(&str, u64)] = &[
    ("TiB", 1 << 40),
    ("TB", 1_000_000_000_000),
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("KB", 1_000),
    ("B", 1),
];

/// Units of time in milliseconds, the largest first.
pub const DURATIONS: &[(&str, u64)] =
    &[("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Number::Integer(value) => write!(f, "{value}"),
            Number::Real(value) => write!(f, "{value:?}"),
            Number::Percent(value) => write!(f, "{value}%"),
            Number::Size(bytes) => write_unit(f, *bytes, SIZES),
            Number::Duration(milliseconds) => write_unit(f, *milliseconds, DURATIONS),
        }
    }
}

/// Writes in the largest unit that divides the amount.
fn write_unit(f: &mut fmt::Formatter<'_>, amount: u64, units: &[(&str, u64)]) -> fmt::Result {
    let fitting = units.iter().find(|(_, size)| amount != 0 && amount.is_multiple_of(*size));
    match fitting.or(units.last()) {
        Some((name, size)) => write!(f, "{}{name}", amount / size),
        None => write!(f, "{amount}"),
    }
}

/// What may stand after `=` in WITH and SET.
#[derive(Clone, Debug, PartialEq)]
pub enum Constant {
    /// `null`.
    Null,
    /// `true`, `false`.
    Boolean(bool),
    /// A number of any kind, negative ones too.
    Number(Number),
    /// A quoted string.
    Text(String),
    /// A bare or backquoted word: `char`, `closed`.
    Word(String),
    /// `2..4`, both ends in.
    Range(u64, u64),
    /// `(a, b)`.
    List(Vec<Spanned<Constant>>),
}

impl Constant {
    /// What it is, for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Constant::Null => "null",
            Constant::Boolean(_) => "true or false",
            Constant::Number(number) => number.kind(),
            Constant::Text(_) => "a string",
            Constant::Word(_) => "a word",
            Constant::Range(..) => "a range",
            Constant::List(_) => "a list",
        }
    }
}

impl fmt::Display for Constant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Constant::Null => f.write_str("null"),
            Constant::Boolean(value) => write!(f, "{value}"),
            Constant::Number(number) => write!(f, "{number}"),
            Constant::Text(text) => write_text(f, text),
            Constant::Word(word) => write_name(f, word),
            Constant::Range(low, high) => write!(f, "{low}..{high}"),
            Constant::List(items) => {
                f.write_str("(")?;
                write_list(f, items)?;
                f.write_str(")")
            }
        }
    }
}

/// Writes items with `, ` between them.
pub fn write_list<T: fmt::Display>(f: &mut dyn fmt::Write, items: &[T]) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            f.write_str(", ")?;
        }
        write!(f, "{item}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_in_their_largest_unit() {
        assert_eq!(Number::Size(512 << 20).to_string(), "512MiB");
        assert_eq!(Number::Size(1_000).to_string(), "1KB");
        assert_eq!(Number::Size(7).to_string(), "7B");
        assert_eq!(Number::Size(0).to_string(), "0B");
        assert_eq!(Number::Duration(90_000).to_string(), "90s");
        assert_eq!(Number::Duration(0).to_string(), "0ms");
        assert_eq!(Number::Percent(0.1).to_string(), "0.1%");
        assert_eq!(Number::Real(1e-7).to_string(), "1e-7");
        assert_eq!(Number::Real(2.0).to_string(), "2.0");
    }

    #[test]
    fn whole_numbers_are_exact() {
        assert_eq!(whole(1e3), Some(1000));
        assert_eq!(whole(1.5), None);
        assert_eq!(whole(-1.0), None);
        assert_eq!(whole(f64::INFINITY), None);
        assert_eq!(Number::Percent(100.0).whole(), None);
    }
}
