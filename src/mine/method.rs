//! The parameters of a method: their rows in its table, and their values for one run.

use std::collections::BTreeMap;
use std::fmt;

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
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ParameterKind {
    /// A number, a percentage read as a share of one.
    Real(Bounds),
    /// A whole number.
    Count(Bounds),
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

/// Which numbers a parameter takes; what is beyond them is refused when a query is planned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    least: f64,
    /// Whether the least itself is too little.
    is_above: bool,
    most: f64,
}

impl Bounds {
    /// All numbers.
    pub const ANY: Bounds = Bounds::from(f64::NEG_INFINITY);

    /// This number and all beyond.
    pub const fn from(least: f64) -> Self {
        Bounds { least, is_above: false, most: f64::INFINITY }
    }

    /// All beyond this number.
    pub const fn above(least: f64) -> Self {
        Bounds { least, is_above: true, most: f64::INFINITY }
    }

    /// From one number to another, both of them in.
    pub const fn between(least: f64, most: f64) -> Self {
        Bounds { least, is_above: false, most }
    }

    /// Whether a number is one of them.
    pub fn have(self, number: f64) -> bool {
        (number > self.least || number == self.least && !self.is_above) && number <= self.most
    }
}

/// What follows "a number".
impl fmt::Display for Bounds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Bounds { least, is_above, most } = self;
        match (most.is_finite(), is_above) {
            (true, _) => write!(f, " from {least} to {most}"),
            (false, true) => write!(f, " above {least}"),
            (false, false) if least.is_finite() => write!(f, ", {least} or more"),
            (false, false) => Ok(()),
        }
    }
}

impl ParameterKind {
    /// A whole number, zero or more.
    pub const COUNT: ParameterKind = ParameterKind::Count(Bounds::from(0.0));
    /// A whole number, one or more.
    pub const POSITIVE: ParameterKind = ParameterKind::Count(Bounds::from(1.0));
    /// Any number, negative ones too.
    pub const REAL: ParameterKind = ParameterKind::Real(Bounds::ANY);
    /// A number from 0 to 1.
    pub const SHARE: ParameterKind = ParameterKind::Real(Bounds::between(0.0, 1.0));

    /// What it takes, for a reader.
    pub fn describe(self) -> String {
        match self {
            ParameterKind::Real(bounds) => format!("a number{bounds}"),
            ParameterKind::Count(bounds) => format!("a whole number{bounds}"),
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
