//! The options of a corpus that say how text becomes symbols, and the words that name their values.
//!
//! They are fixed when a corpus is created and stored with it. What they mean for each character
//! is in `class`; how lines are cut with them is in `splitter`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// The Unicode versions that decide what a symbol is: of the normalisation tables, and of the
/// properties and word boundaries.
///
/// It is recorded with a corpus: a character that a later version assigns may be a letter there and
/// a boundary here.
pub const UNICODE_VERSION: &str = "18.0.0/17.0.0";

/// Declares an option as an enum whose values are lower-case words; the first is the default.
macro_rules! option {
    (
        $(#[$about:meta])* $name:ident, $option:literal:
        $(#[$first_about:meta])* $first:ident = $first_word:literal
        $(, $(#[$value_about:meta])* $value:ident = $word:literal)* $(,)?
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $(#[$first_about])*
            #[default]
            #[serde(rename = $first_word)]
            $first,
            $($(#[$value_about])* #[serde(rename = $word)] $value,)*
        }

        impl $name {
            /// All values, the default first.
            pub const ALL: &'static [Self] = &[Self::$first $(, Self::$value)*];

            /// The word that names this value.
            pub fn as_str(self) -> &'static str {
                match self {
                    Self::$first => $first_word,
                    $(Self::$value => $word,)*
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = Error;

            /// Reads the word of a value, in any case of letters; anything else is an input error.
            fn from_str(word: &str) -> Result<Self> {
                let named = |value: &&Self| value.as_str().eq_ignore_ascii_case(word);
                let found = Self::ALL.iter().find(named);
                found.copied().ok_or_else(|| unknown($option, word, &[$first_word $(, $word)*]))
            }
        }
    };
}

option! {
    /// What a symbol is.
    Unit, "unit":
    /// A character, or a run of Latin letters or digits.
    Char = "char",
    /// A word, cut as [`Split`] says.
    Word = "word",
    /// An item of an unordered transaction: what stands between blanks.
    Item = "item",
}

option! {
    /// Where words begin and end; only for `unit = word`.
    Split, "split":
    /// The word boundaries of Unicode Standard Annex #29.
    Unicode = "unicode",
    /// Blanks only.
    Blank = "blank",
}

option! {
    /// The normalisation applied to symbols.
    Normalize, "normalize":
    /// Compatibility composition (NFKC): full-width and half-width forms become one.
    Nfkc = "nfkc",
    /// None: symbols are what the text has.
    None = "none",
}

option! {
    /// What becomes of capital letters.
    Case, "case":
    /// They stay.
    Keep = "keep",
    /// Full case folding, without the Turkic mappings: `ß` becomes `ss`.
    Fold = "fold",
}

option! {
    /// How Latin letters become symbols in a corpus of characters.
    Latin, "latin":
    /// A run of them is one symbol.
    Run = "run",
    /// Each is one.
    Char = "char",
}

option! {
    /// How digits become symbols.
    Digits, "digits":
    /// A run of them is one symbol of its own.
    Run = "run",
    /// All runs share one symbol, printed `<0>`.
    Class = "class",
    /// Each is one.
    Char = "char",
}

option! {
    /// What is text; everything else is a boundary.
    Keep, "keep":
    /// Letters, marks and numbers of every script.
    Letters = "letters",
    /// Everything but line ends.
    All = "all",
    /// U+4E00 to U+9FA5, 0–9, a–z and A–Z, as in nlp-zero.
    Nlpzero = "nlpzero",
}

option! {
    /// What to do with bytes that are not valid in the encoding of a file.
    Invalid, "invalid":
    /// The file is refused with the place of the first such byte.
    Refuse = "refuse",
    /// U+FFFD stands in for each such sequence, and they are counted.
    Replace = "replace",
}

/// How the text of a corpus becomes symbols.
///
/// ```
/// use erya::text::{Case, TextOptions, Unit};
/// let options = TextOptions { case: Case::Fold, ..TextOptions::default() };
/// assert_eq!(options.unit, Unit::Char);
/// assert_eq!("fold".parse::<Case>()?, options.case);
/// # Ok::<(), erya::error::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TextOptions {
    /// What a symbol is.
    pub unit: Unit,
    /// Where words are cut.
    pub split: Split,
    /// The normalisation of symbols.
    pub normalize: Normalize,
    /// What becomes of capitals.
    pub case: Case,
    /// How Latin letters become symbols.
    pub latin: Latin,
    /// How digits become symbols.
    pub digits: Digits,
    /// What is text.
    pub keep: Keep,
}

/// The error for a word that names no value of an option.
pub(super) fn unknown(option: &str, word: &str, accepted: &[&str]) -> Error {
    Error::input(format!("`{word}` is not a value of {option}"))
        .expected(accepted.iter().copied())
        .hint(format!("{option} is one of: {}", accepted.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_reads_back() {
        for value in Keep::ALL {
            assert_eq!(value.to_string().parse::<Keep>().unwrap(), *value);
        }
        assert_eq!("RUN".parse::<Digits>().unwrap(), Digits::Run);
        assert_eq!(Unit::ALL.iter().map(|unit| unit.as_str()).collect::<Vec<_>>().join(" "), {
            "char word item"
        });
    }

    #[test]
    fn an_unknown_word_names_the_accepted_ones() {
        let error = "letter".parse::<Keep>().unwrap_err();
        assert_eq!(error.to_string(), "`letter` is not a value of keep");
        assert_eq!(error.report().expected, ["letters", "all", "nlpzero"]);
        assert!(error.report().hint.as_deref().unwrap().contains("letters, all, nlpzero"));
    }

    #[test]
    fn the_defaults_come_first() {
        let options = TextOptions::default();
        assert_eq!((options.unit, options.split), (Unit::Char, Split::Unicode));
        assert_eq!((options.normalize, options.case), (Normalize::Nfkc, Case::Keep));
        assert_eq!((options.latin, options.digits), (Latin::Run, Digits::Run));
        assert_eq!(options.keep, Keep::Letters);
        let json = serde_json::to_string(&options).unwrap();
        assert!(json.contains(r#""normalize":"nfkc""#), "{json}");
    }

    #[test]
    fn the_unicode_version_is_that_of_the_tables() {
        let dotted = |(a, b, c): (u64, u64, u64)| format!("{a}.{b}.{c}");
        let (a, b, c) = unicode_normalization::UNICODE_VERSION;
        let normalization = dotted((a.into(), b.into(), c.into()));
        let properties = dotted(unicode_segmentation::UNICODE_VERSION);
        assert_eq!(UNICODE_VERSION, format!("{normalization}/{properties}"));
        let (a, b, c) = char::UNICODE_VERSION;
        assert_eq!(properties, dotted((a.into(), b.into(), c.into())));
    }
}
