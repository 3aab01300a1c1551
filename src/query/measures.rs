//! The measures of `measure` as functions of expressions, for counts from anywhere.
//!
//! Null where a measure has no value, and for counts that cannot be: a part larger than its whole,
//! one that is not whole or negative.

use crate::measure::{Comparison, Contingency, RuleCounts, nvbe, scp_f};
use crate::query::constant::whole;
use crate::query::functions::{Accepts, Arguments, FunctionRow, Gives};
use crate::query::rows::{ColumnKind, Datum};
use crate::query::value::{finite, real};

const FOUR: Arguments = Arguments::Each { kinds: &[Accepts::Number; 4], optional: 0 };
const FOUR_AND_ONE: Arguments = Arguments::Each { kinds: &[Accepts::Number; 5], optional: 1 };

/// A measure of the pair (w1, w2) from O11, R1, C1 and N.
macro_rules! association {
    ($row:ident, $name:literal, $measure:ident, $help:literal, $result:literal) => {
        #[doc = concat!("`", $name, "(o11, r1, c1, n)`.")]
        pub const $row: FunctionRow = FunctionRow {
            name: $name,
            signature: concat!($name, "(o11, r1, c1, n)"),
            help: $help,
            example: concat!("round(", $name, "(110, 2552, 221, 1000000), 6)"),
            result: $result,
            takes: FOUR,
            gives: Gives::Kind(ColumnKind::Real),
            call: |values| {
                let table =
                    counts(values).and_then(|[o11, r1, c1, n]| Contingency::new(o11, r1, c1, n));
                number(table.and_then(|table| table.$measure()))
            },
        };
    };
}

association!(PMI, "pmi", pmi, "log2 of how much likelier a pair is than chance", "7.607613");
association!(NPMI, "npmi", npmi, "pmi on a scale from -1 to 1", "0.578517");
association!(MI2, "mi2", mi2, "pmi with more weight on frequent pairs", "14.388973");
association!(MI3, "mi3", mi3, "pmi with yet more weight on frequent pairs", "21.170333");
association!(T, "t", t, "the t score of a pair", "10.434314");
association!(Z, "z", z, "the z score of a pair", "145.721546");
association!(CHI2, "chi2", chi2, "Pearson's chi-squared of a pair", "21293.804727");
association!(G2, "g2", g2, "log-likelihood ratio of a pair, signed", "1012.568398");
association!(DICE, "dice", dice, "the share of both units that is the pair", "0.079336");
association!(LOGDICE, "logdice", logdice, "14 + log2 of dice", "10.344128");
association!(
    MIN_SENSITIVITY,
    "min_sensitivity",
    min_sensitivity,
    "how much the less attached unit depends on the other",
    "0.043103"
);
association!(
    DP_FORWARD,
    "dp_forward",
    dp_forward,
    "how much the first unit raises the probability of the second",
    "0.042992"
);
association!(
    DP_BACKWARD,
    "dp_backward",
    dp_backward,
    "how much the second unit raises the probability of the first",
    "0.495295"
);
association!(
    LOG_RATIO,
    "log_ratio",
    log_ratio,
    "log2 of how much commoner the second unit is after the first",
    "8.597413"
);

/// A measure of something that occurs a times among c, and in another corpus b times among d.
macro_rules! keyness {
    ($row:ident, $name:literal, $measure:ident, $help:literal, $result:literal) => {
        #[doc = concat!("`", $name, "(a, c, b, d)`.")]
        pub const $row: FunctionRow = FunctionRow {
            name: $name,
            signature: concat!($name, "(a, c, b, d)"),
            help: $help,
            example: concat!("round(", $name, "(120, 10000, 60, 20000), 6)"),
            result: $result,
            takes: FOUR,
            gives: Gives::Kind(ColumnKind::Real),
            call: |values| number(comparison(values).and_then(|both| both.$measure())),
        };
    };
}

keyness!(
    KEYNESS_G2,
    "keyness_g2",
    g2,
    "how surely a among c differs from b among d: G² of four cells, signed",
    "83.721470"
);
keyness!(
    G2_RAYSON,
    "g2_rayson",
    g2_rayson,
    "the same of two terms only, as Rayson and Garside have it",
    "83.177662"
);
keyness!(
    KEYNESS_LOG_RATIO,
    "keyness_log_ratio",
    log_ratio,
    "log2 of how much commoner a among c is than b among d",
    "2.0"
);

/// `simple_maths(a, c, b, d [, k])`.
pub const SIMPLE_MATHS: FunctionRow = FunctionRow {
    name: "simple_maths",
    signature: "simple_maths(a, c, b, d [, k])",
    help: "how many times commoner a among c is than b among d, per million and with k added, 1 if \
           not given",
    example: "round(simple_maths(120, 10000, 60, 20000), 6)",
    result: "3.999",
    takes: FOUR_AND_ONE,
    gives: Gives::Kind(ColumnKind::Real),
    call: |values| {
        let k = values.get(4).map_or(Some(1.0), real);
        number(comparison(values).zip(k).and_then(|(both, k)| both.simple_maths(k)))
    },
};

/// A measure of the rule A ⇒ C from the transactions with both, with A, with C, and all.
macro_rules! rule {
    ($row:ident, $name:literal, $measure:ident, $help:literal, $result:literal) => {
        #[doc = concat!("`", $name, "(both, a, c, n)`.")]
        pub const $row: FunctionRow = FunctionRow {
            name: $name,
            signature: concat!($name, "(both, a, c, n)"),
            help: $help,
            example: concat!("round(", $name, "(30, 40, 50, 100), 6)"),
            result: $result,
            takes: FOUR,
            gives: Gives::Kind(ColumnKind::Real),
            call: |values| {
                let rule =
                    counts(values).and_then(|[both, a, c, n]| RuleCounts::new(both, a, c, n));
                number(rule.and_then(|rule| rule.$measure()))
            },
        };
    };
}

rule!(CONFIDENCE, "confidence", confidence, "how many of those with A have C as well", "0.75");
rule!(LIFT, "lift", lift, "how many times likelier C is with A", "1.5");
rule!(LEVERAGE, "leverage", leverage, "how many more have both than by chance, as a share", "0.1");
rule!(
    CONVICTION,
    "conviction",
    conviction,
    "how many times rarer A without C is than by chance; null at confidence 1",
    "2.0"
);
rule!(ZHANG, "zhang", zhang, "from -1, C shuns A, to 1, C follows A", "0.555556");

/// `scp_f(p, left, right [, …])`.
pub const SCP_F: FunctionRow = FunctionRow {
    name: "scp_f",
    signature: "scp_f(p, left, right [, left, right] …)",
    help: "how far an n-gram of probability p is one thing, given those of its parts at each split \
           (Silva and Lopes 1999)",
    example: "scp_f(0.001, 0.002, 0.004, 0.001, 0.008)",
    result: "0.125",
    takes: Arguments::Alike { nulls: false },
    gives: Gives::Kind(ColumnKind::Real),
    call: |values| {
        let numbers: Option<Vec<f64>> = values.iter().map(real).collect();
        let Some((p, parts)) = numbers.as_deref().and_then(<[f64]>::split_first) else {
            return Datum::Null;
        };
        let (splits, rest) = parts.as_chunks::<2>();
        let value = scp_f(*p, splits.iter().map(|[left, right]| (*left, *right)));
        number(value.filter(|_| rest.is_empty()))
    },
};

/// `nvbe(step, mean, variance)`.
pub const NVBE: FunctionRow = FunctionRow {
    name: "nvbe",
    signature: "nvbe(step, mean, variance)",
    help: "a step of branching entropy in standard deviations from the mean of its length \
           (Magistry and Sagot 2012)",
    example: "nvbe(0.5, -0.25, 2.25)",
    result: "0.5",
    takes: Arguments::Each { kinds: &[Accepts::Number; 3], optional: 0 },
    gives: Gives::Kind(ColumnKind::Real),
    call: |values| {
        let numbers: Option<Vec<f64>> = values.iter().map(real).collect();
        match numbers.as_deref() {
            Some(&[step, mean, variance]) => finite(nvbe(step, mean, variance)),
            _ => Datum::Null,
        }
    },
};

fn comparison(values: &[Datum]) -> Option<Comparison> {
    counts(values).and_then(|[a, c, b, d]| Comparison::new(a, c, b, d))
}

/// The first four arguments, if they are counts.
fn counts(values: &[Datum]) -> Option<[u64; 4]> {
    let count = |place: usize| values.get(place).and_then(real).and_then(whole);
    Some([count(0)?, count(1)?, count(2)?, count(3)?])
}

fn number(value: Option<f64>) -> Datum {
    value.map_or(Datum::Null, finite)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::functions::function;

    fn value(name: &str, counts: [i64; 4]) -> Datum {
        function(name).unwrap().apply(&counts.map(Datum::Integer))
    }

    /// The rows of MEASURES.md; a null is NaN here.
    const NULL: f64 = f64::NAN;
    const NAMES: [&str; 12] = [
        "pmi",
        "npmi",
        "g2",
        "chi2",
        "t",
        "z",
        "dice",
        "logdice",
        "mi3",
        "dp_forward",
        "dp_backward",
        "min_sensitivity",
    ];
    #[rustfmt::skip]
    const ROWS: [([i64; 4], [f64; 12]); 5] = [
        ([110, 2552, 221, 1_000_000],
         [7.607613, 0.578517, 1012.568398, 21293.804727, 10.434314, 145.721546, 0.079336,
          10.344128, 21.170333, 0.042992, 0.495295, 0.043103]),
        ([7, 15334, 120, 191_998],
         [-0.453250, -0.030743, -0.829802, 0.757556, -0.976603, -0.834636, 0.000906,
          3.891662, 5.161459, -0.000183, -0.021546, 0.000457]),
        ([30, 30, 30, 1000],
         [5.058894, 1.0, 269.484336, 1000.0, 5.312909, 30.674093, 1.0, 14.0, 14.872675, 1.0, 1.0,
          1.0]),
        ([3, 3, 2000, 100_000],
         [5.643856, 0.375639, 23.476550, 147.00441, 1.697410, 12.0025, 0.002996, 5.617016,
          8.813781, 0.980029, 0.0015, 0.0015]),
        ([0, 50, 60, 10_000],
         [NULL, NULL, -0.603321, 0.303328, NULL, -0.547723, 0.0, NULL, NULL, -0.00603, -0.00503,
          0.0]),
    ];

    #[test]
    fn the_fixtures_to_six_decimals() {
        for (counts, wanted) in ROWS {
            for (name, wanted) in NAMES.into_iter().zip(wanted) {
                match value(name, counts) {
                    Datum::Null => assert!(wanted.is_nan(), "{name}{counts:?} is null"),
                    found => {
                        let found = real(&found).unwrap();
                        assert!((found - wanted).abs() < 1e-6, "{name}{counts:?} is {found}");
                    }
                }
            }
        }
    }

    #[test]
    fn counts_that_cannot_be_give_null() {
        assert_eq!(value("pmi", [3, 2, 2, 10]), Datum::Null);
        assert_eq!(value("pmi", [-1, 2, 2, 10]), Datum::Null);
        assert_eq!(value("simple_maths", [2, 1, 0, 9]), Datum::Null);
        let half = [0.5, 2.0, 2.0, 10.0].map(Datum::Real);
        assert_eq!(function("g2").unwrap().apply(&half), Datum::Null);
        let smoothed = [120, 10_000, 60, 20_000, 0].map(Datum::Integer);
        assert_eq!(function("simple_maths").unwrap().apply(&smoothed), Datum::Real(4.0));
    }
}
