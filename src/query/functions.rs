//! The functions of expressions, a table. Each is a pure function of values.

use std::sync::Arc;

use crate::query::constant::whole;
use crate::query::measures;
use crate::query::rows::{ColumnKind, Datum};
use crate::query::value::{bar, comparable, compare, finite, is_number, real};

/// A function in the table of functions.
#[derive(Debug)]
pub struct FunctionRow {
    /// Its name.
    pub name: &'static str,
    /// How it is called.
    pub signature: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// A call.
    pub example: &'static str,
    /// What the call gives, as an expression.
    pub result: &'static str,
    /// What its arguments must be.
    pub takes: Arguments,
    /// What it gives.
    pub gives: Gives,
    /// What it does. A null argument gives null before it is asked, unless it takes nulls.
    pub call: fn(&[Datum]) -> Datum,
}

/// What the arguments of a function must be.
#[derive(Clone, Copy, Debug)]
pub enum Arguments {
    /// One of each of these; the last `optional` may be left out.
    Each {
        /// What each must be.
        kinds: &'static [Accepts],
        /// How many of the last may be left out.
        optional: usize,
    },
    /// One or more that compare with one another.
    Alike {
        /// Whether nulls are handed to the function.
        nulls: bool,
    },
}

/// What one argument must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepts {
    /// A number.
    Number,
    /// Text.
    Text,
    /// Text or a list.
    TextOrList,
    /// Anything.
    Any,
}

/// What a function gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gives {
    /// Always this.
    Kind(ColumnKind),
    /// What its arguments are; a number with a fraction if one of them is.
    Same,
}

impl Accepts {
    /// Whether a value of that kind will do; a bare null always does.
    pub fn accepts(self, kind: Option<ColumnKind>) -> bool {
        let Some(kind) = kind else { return true };
        match self {
            Accepts::Number => is_number(kind),
            Accepts::Text => kind == ColumnKind::Text,
            Accepts::TextOrList => matches!(kind, ColumnKind::Text | ColumnKind::List),
            Accepts::Any => true,
        }
    }

    /// What it is called in messages.
    pub fn name(self) -> &'static str {
        match self {
            Accepts::Number => "a number",
            Accepts::Text => "text",
            Accepts::TextOrList => "text or a list",
            Accepts::Any => "any value",
        }
    }
}

impl Gives {
    /// The kind of the result, given those of the arguments.
    pub fn kind(self, arguments: &[Option<ColumnKind>]) -> Option<ColumnKind> {
        match self {
            Gives::Kind(kind) => Some(kind),
            Gives::Same if arguments.contains(&Some(ColumnKind::Real)) => Some(ColumnKind::Real),
            Gives::Same => arguments.iter().copied().flatten().next(),
        }
    }
}

impl FunctionRow {
    /// The value for these arguments.
    pub fn apply(&self, arguments: &[Datum]) -> Datum {
        let takes_nulls = matches!(self.takes, Arguments::Alike { nulls: true });
        if !takes_nulls && arguments.contains(&Datum::Null) {
            return Datum::Null;
        }
        (self.call)(arguments)
    }
}

/// The function of that name, in any case.
pub fn function(name: &str) -> Option<&'static FunctionRow> {
    FUNCTIONS.iter().find(|row| row.name.eq_ignore_ascii_case(name))
}

const NUMBER: Arguments = Arguments::Each { kinds: &[Accepts::Number], optional: 0 };
const TWO_TEXTS: Arguments =
    Arguments::Each { kinds: &[Accepts::Text, Accepts::Text], optional: 0 };

/// Every function of expressions.
pub static FUNCTIONS: &[FunctionRow] = &[
    FunctionRow {
        name: "length",
        signature: "length(text or list)",
        help: "how many characters a text has, or values a list",
        example: "length('红楼梦')",
        result: "3",
        takes: Arguments::Each { kinds: &[Accepts::TextOrList], optional: 0 },
        gives: Gives::Kind(ColumnKind::Integer),
        call: length,
    },
    FunctionRow {
        name: "lower",
        signature: "lower(text)",
        help: "the text in small letters",
        example: "lower('Erya')",
        result: "'erya'",
        takes: Arguments::Each { kinds: &[Accepts::Text], optional: 0 },
        gives: Gives::Kind(ColumnKind::Text),
        call: |values| text(values, 0).map_or(Datum::Null, |text| Datum::text(text.to_lowercase())),
    },
    FunctionRow {
        name: "starts_with",
        signature: "starts_with(text, beginning)",
        help: "whether the text begins so",
        example: "starts_with('林黛玉', '林')",
        result: "true",
        takes: TWO_TEXTS,
        gives: Gives::Kind(ColumnKind::Boolean),
        call: |values| two_texts(values, |text, part| text.starts_with(part)),
    },
    FunctionRow {
        name: "ends_with",
        signature: "ends_with(text, ending)",
        help: "whether the text ends so",
        example: "ends_with('林黛玉', '林')",
        result: "false",
        takes: TWO_TEXTS,
        gives: Gives::Kind(ColumnKind::Boolean),
        call: |values| two_texts(values, |text, part| text.ends_with(part)),
    },
    FunctionRow {
        name: "contains",
        signature: "contains(text or list, value)",
        help: "whether the text has that within, or the list that value",
        example: "contains('林黛玉', '黛')",
        result: "true",
        takes: Arguments::Each { kinds: &[Accepts::TextOrList, Accepts::Any], optional: 0 },
        gives: Gives::Kind(ColumnKind::Boolean),
        call: contains,
    },
    FunctionRow {
        name: "abs",
        signature: "abs(number)",
        help: "the number without its sign",
        example: "abs(-2)",
        result: "2",
        takes: NUMBER,
        gives: Gives::Same,
        call: |values| match values {
            [Datum::Integer(value)] => value.checked_abs().map_or(Datum::Null, Datum::Integer),
            _ => measure(values, f64::abs),
        },
    },
    FunctionRow {
        name: "log",
        signature: "log(number)",
        help: "the natural logarithm; null at zero and below",
        example: "log(1)",
        result: "0.0",
        takes: NUMBER,
        gives: Gives::Kind(ColumnKind::Real),
        call: |values| measure(values, f64::ln),
    },
    FunctionRow {
        name: "exp",
        signature: "exp(number)",
        help: "e to that power",
        example: "exp(0)",
        result: "1.0",
        takes: NUMBER,
        gives: Gives::Kind(ColumnKind::Real),
        call: |values| measure(values, f64::exp),
    },
    FunctionRow {
        name: "sqrt",
        signature: "sqrt(number)",
        help: "the square root; null below zero",
        example: "sqrt(9)",
        result: "3.0",
        takes: NUMBER,
        gives: Gives::Kind(ColumnKind::Real),
        call: |values| measure(values, f64::sqrt),
    },
    FunctionRow {
        name: "round",
        signature: "round(number [, digits])",
        help: "rounded to that many digits after the point, to none if not given",
        example: "round(2.345, 2)",
        result: "2.35",
        takes: Arguments::Each { kinds: &[Accepts::Number, Accepts::Number], optional: 1 },
        gives: Gives::Kind(ColumnKind::Real),
        call: round,
    },
    FunctionRow {
        name: "min",
        signature: "min(value, value, …)",
        help: "the least of its arguments; null if one is null",
        example: "min(3, 1, 2)",
        result: "1",
        takes: Arguments::Alike { nulls: false },
        gives: Gives::Same,
        call: |values| extreme(values, std::cmp::Ordering::Less),
    },
    FunctionRow {
        name: "max",
        signature: "max(value, value, …)",
        help: "the greatest of its arguments; null if one is null",
        example: "max(3, 1, 2)",
        result: "3",
        takes: Arguments::Alike { nulls: false },
        gives: Gives::Same,
        call: |values| extreme(values, std::cmp::Ordering::Greater),
    },
    FunctionRow {
        name: "coalesce",
        signature: "coalesce(value, value, …)",
        help: "the first of its arguments that is not null",
        example: "coalesce(null, 7)",
        result: "7",
        takes: Arguments::Alike { nulls: true },
        gives: Gives::Same,
        call: |values| {
            values.iter().find(|value| **value != Datum::Null).cloned().unwrap_or(Datum::Null)
        },
    },
    FunctionRow {
        name: "bar",
        signature: "bar(number, most)",
        help: "a bar of 20 cells where the number is `most`, shorter where it is less",
        example: "bar(1.5, 10)",
        result: "'███'",
        takes: Arguments::Each { kinds: &[Accepts::Number, Accepts::Number], optional: 0 },
        gives: Gives::Kind(ColumnKind::Text),
        call: |values| {
            let share = values.first().and_then(real).zip(values.get(1).and_then(real));
            let share = share.filter(|(_, most)| *most > 0.0).map(|(number, most)| number / most);
            share.map_or(Datum::Null, |share| Datum::text(bar(share, 20)))
        },
    },
    measures::PMI,
    measures::NPMI,
    measures::MI2,
    measures::MI3,
    measures::T,
    measures::Z,
    measures::CHI2,
    measures::G2,
    measures::DICE,
    measures::LOGDICE,
    measures::MIN_SENSITIVITY,
    measures::DP_FORWARD,
    measures::DP_BACKWARD,
    measures::LOG_RATIO,
    measures::KEYNESS_G2,
    measures::G2_RAYSON,
    measures::KEYNESS_LOG_RATIO,
    measures::SIMPLE_MATHS,
    measures::SCP_F,
    measures::NVBE,
    measures::CONFIDENCE,
    measures::LIFT,
    measures::LEVERAGE,
    measures::CONVICTION,
    measures::ZHANG,
];

fn text(values: &[Datum], index: usize) -> Option<&Arc<str>> {
    match values.get(index) {
        Some(Datum::Text(text)) => Some(text),
        _ => None,
    }
}

fn two_texts(values: &[Datum], holds: fn(&str, &str) -> bool) -> Datum {
    match (text(values, 0), text(values, 1)) {
        (Some(text), Some(part)) => Datum::Boolean(holds(text, part)),
        _ => Datum::Null,
    }
}

fn length(values: &[Datum]) -> Datum {
    let length = match values {
        [Datum::Text(text)] => text.chars().count(),
        [Datum::List(list) | Datum::Set(list)] => list.len(),
        _ => return Datum::Null,
    };
    i64::try_from(length).map_or(Datum::Null, Datum::Integer)
}

fn contains(values: &[Datum]) -> Datum {
    match values {
        [Datum::Text(text), Datum::Text(part)] => Datum::Boolean(text.contains(part.as_ref())),
        [Datum::List(list) | Datum::Set(list), value] => {
            let equal = |item| compare(item, value).is_some_and(std::cmp::Ordering::is_eq);
            Datum::Boolean(list.iter().any(equal))
        }
        _ => Datum::Null,
    }
}

fn measure(values: &[Datum], function: fn(f64) -> f64) -> Datum {
    values.first().and_then(real).map_or(Datum::Null, |value| finite(function(value)))
}

/// Rounds the decimal digits as they print, so that 2.345 gives 2.35 and not 2.34.
fn round(values: &[Datum]) -> Datum {
    let digits = values.get(1).map_or(Some(0.0), real).and_then(whole);
    let (Some(value), Some(digits)) = (values.first().and_then(real), digits) else {
        return Datum::Null;
    };
    if digits > 15 {
        return finite(value);
    }
    let shifted = format!("{value:e}");
    let (mantissa, exponent) = shifted.split_once('e').unwrap_or((&shifted, "0"));
    let digits = i64::try_from(digits).unwrap_or(0);
    let exponent = exponent.parse::<i64>().unwrap_or(0);
    let moved = format!("{mantissa}e{}", exponent + digits).parse::<f64>().map(f64::round);
    let back = moved.ok().and_then(|value| format!("{value}e-{digits}").parse().ok());
    back.map_or(Datum::Null, finite)
}

fn extreme(values: &[Datum], wanted: std::cmp::Ordering) -> Datum {
    let better = |best: Datum, value: &Datum| match compare(value, &best) {
        Some(order) if order == wanted => value.clone(),
        _ => best,
    };
    let Some((first, rest)) = values.split_first() else { return Datum::Null };
    let best = rest.iter().fold(first.clone(), better);
    let real_among = values.iter().any(|value| matches!(value, Datum::Real(_)));
    match best {
        Datum::Integer(value) if real_among => Datum::Real(value as f64),
        best => best,
    }
}

/// Whether all of these kinds compare with one another.
pub fn alike(kinds: &[Option<ColumnKind>]) -> bool {
    let known = kinds.iter().copied().find(Option::is_some).flatten();
    kinds.iter().all(|kind| comparable(*kind, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_follows_the_printed_digits() {
        let round = |value, digits| round(&[Datum::Real(value), Datum::Integer(digits)]);
        assert_eq!(round(2.345, 2), Datum::Real(2.35));
        assert_eq!(round(1e300, 2), Datum::Real(1e300));
        assert_eq!(round(-0.5, 0), Datum::Real(-1.0));
        assert_eq!(round(1.0, -1), Datum::Null);
    }

    #[test]
    fn names_are_known_in_any_case_and_differ() {
        assert!(function("LENGTH").is_some());
        for (index, row) in FUNCTIONS.iter().enumerate() {
            assert!(FUNCTIONS.iter().take(index).all(|earlier| earlier.name != row.name));
        }
    }
}
