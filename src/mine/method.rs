//! The parameters of a method: their rows in its table, and their values for one run.

use std::collections::BTreeMap;

/// A parameter that a stage or a method knows, as a row of its table.
#[derive(Clone, Copy, Debug)]
pub struct ParameterRow {
    /// The name.
    pub name: &'static str,
    /// What it takes.
    pub kind: ParameterKind,
    /// The default, as it would be written; empty where there is none.
    pub default: &'static str,
    /// One line of help.
    pub help: &'static str,
}

impl ParameterRow {
    /// A row.
    pub const fn new(
        name: &'static str,
        kind: ParameterKind,
        default: &'static str,
        help: &'static str,
    ) -> Self {
        ParameterRow { name, kind, default, help }
    }
}

/// What help and completion know of a method, whatever it finds.
#[derive(Clone, Copy, Debug)]
pub struct MethodHead {
    /// What it is called after BY.
    pub name: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// What its score means; empty where it gives none.
    pub score: &'static str,
    /// Where it comes from.
    pub paper: &'static str,
    /// Its parameters.
    pub parameters: &'static [ParameterRow],
}

/// What a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ParameterKind {
    /// Any number, negative ones too.
    Real,
    /// A whole number, zero or more.
    Count,
    /// A count of 1 or more, or a share below 1 or in percent.
    ShareOrCount,
    /// `true` or `false`.
    Boolean,
    /// One of these words.
    Word(&'static [&'static str]),
    /// The name of something in the database.
    Name,
    /// A string.
    Text,
    /// `(a, 'b c')`, or one of them.
    Names,
    /// The name of a lexicon, or words in brackets.
    Words,
    /// `2..4`, or one number for both ends.
    Range,
    /// `512MiB`.
    Size,
    /// `30s`.
    Duration,
}

impl ParameterKind {
    /// What it takes, for a reader.
    pub fn describe(self) -> String {
        match self {
            ParameterKind::Real => "a number".into(),
            ParameterKind::Count => "a whole number, 0 or more".into(),
            ParameterKind::ShareOrCount => "a count of 1 or more, or a share such as 0.1%".into(),
            ParameterKind::Boolean => "true or false".into(),
            ParameterKind::Word(words) => words.join(", "),
            ParameterKind::Name => "a name".into(),
            ParameterKind::Text => "a string".into(),
            ParameterKind::Names => "a list such as (a, 'b c')".into(),
            ParameterKind::Words => "the name of a lexicon, or words in brackets".into(),
            ParameterKind::Range => "a range such as 2..4".into(),
            ParameterKind::Size => "a size such as 512MiB".into(),
            ParameterKind::Duration => "a duration such as 30s".into(),
        }
    }

    /// The words that it takes, where there are only a few.
    pub fn words(self) -> &'static [&'static str] {
        match self {
            ParameterKind::Boolean => &["true", "false"],
            ParameterKind::Word(words) => words,
            _ => &[],
        }
    }
}

/// The value of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub enum Argument {
    /// A number.
    Real(f64),
    /// A whole number.
    Count(u64),
    /// A switch.
    Boolean(bool),
    /// A word or a string.
    Text(String),
    /// A lexicon by its name.
    Lexicon(String),
    /// Words one by one.
    Words(Vec<String>),
}

/// The values of the parameters of one run, defaults filled in.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Arguments(BTreeMap<&'static str, Argument>);

impl Arguments {
    /// Sets a parameter.
    pub fn set(&mut self, name: &'static str, value: Argument) {
        self.0.insert(name, value);
    }

    /// A number; 0 where it was not set.
    pub fn real(&self, name: &str) -> f64 {
        match self.0.get(name) {
            Some(Argument::Real(value)) => *value,
            Some(Argument::Count(value)) => *value as f64,
            _ => 0.0,
        }
    }

    /// A whole number; 0 where it was not set.
    pub fn count(&self, name: &str) -> u64 {
        match self.0.get(name) {
            Some(Argument::Count(value)) => *value,
            _ => 0,
        }
    }

    /// A lexicon by its name, and words one by one.
    pub fn words(&self, name: &str) -> (Option<&str>, &[String]) {
        match self.0.get(name) {
            Some(Argument::Lexicon(name)) => (Some(name), &[]),
            Some(Argument::Words(words)) => (None, words),
            _ => (None, &[]),
        }
    }

    /// A switch; off where it was not set.
    pub fn boolean(&self, name: &str) -> bool {
        self.0.get(name) == Some(&Argument::Boolean(true))
    }
}
