//! What follows WITH: named constants, and typed ways to read them that know their places.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::mine::{Argument, Arguments, MethodHead, Share};
pub use crate::mine::{ParameterKind, ParameterRow};
use crate::query::constant::{Constant, Number, write_list};
use crate::query::nearest::did_you_mean;
use crate::query::node::{Name, Spanned};

/// What may follow WITH in a stage.
#[derive(Clone, Copy, Debug)]
pub enum With {
    /// It has no WITH.
    Nothing,
    /// These parameters.
    Parameters(&'static [ParameterRow]),
    /// The parameters of the method that stands after BY, the first one where there is no BY.
    Methods(fn() -> Vec<MethodHead>),
    /// The same, and these where something saved stands after BY.
    MethodsOr(fn() -> Vec<MethodHead>, &'static [ParameterRow]),
}

impl With {
    /// The methods that may stand after BY.
    pub fn methods(self) -> Vec<MethodHead> {
        match self {
            With::Nothing | With::Parameters(_) => Vec::new(),
            With::Methods(methods) | With::MethodsOr(methods, _) => methods(),
        }
    }

    /// The parameters of something saved after BY.
    pub fn of_saved(self) -> &'static [ParameterRow] {
        match self {
            With::MethodsOr(_, rows) => rows,
            _ => &[],
        }
    }

    /// The parameters with that method, or with the first one.
    pub fn parameters(self, method: Option<&str>) -> &'static [ParameterRow] {
        match self {
            With::Nothing => &[],
            With::Parameters(rows) => rows,
            With::Methods(_) | With::MethodsOr(..) => {
                let is_meant = |head: &MethodHead| method.is_none_or(|name| head.name == name);
                let head = self.methods().into_iter().find(is_meant);
                head.map_or(self.of_saved(), |head| head.parameters)
            }
        }
    }
}

/// One `name = value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name.
    pub name: Name,
    /// The value.
    pub value: Spanned<Constant>,
}

/// All that follows WITH, in the order written.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters(pub Vec<Parameter>);

/// A limit on a count, absolute or relative to the total.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ShareOrCount {
    /// From 0 to 1, both in.
    Share(f64),
    /// 1 or more.
    Count(u64),
}

impl ShareOrCount {
    /// The least count that fulfils it, of `total`.
    pub fn least(self, total: u64) -> u64 {
        match self {
            ShareOrCount::Count(count) => count,
            // Clamped by the cast where a share of a total beyond 2^53 is no longer exact.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            ShareOrCount::Share(share) => (share * total as f64).ceil().max(0.0) as u64,
        }
    }
}

/// A limit on the number of transactions, as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Support {
    /// So many.
    Count(u64),
    /// So many of all.
    Share(Share),
}

impl Support {
    /// The least number that is this many of `transactions`, or more where `strict`; at least 1.
    pub fn least(self, transactions: u64, strict: bool) -> u64 {
        match self {
            Support::Count(count) => count.saturating_add(u64::from(strict)),
            Support::Share(share) => share.least(transactions, strict).max(1),
        }
    }
}

impl Parameters {
    /// The parameter of that name.
    pub fn get(&self, name: &str) -> Option<&Parameter> {
        self.0.iter().find(|parameter| parameter.name.text == name)
    }

    /// A limit on a count, exactly as it is written: a whole number of 1 or more is a count,
    /// anything from 0 to 1 and a percentage are a share.
    pub fn support(&self, name: &str) -> Result<Option<Support>> {
        self.share_or_count(name)?;
        let Some(Constant::Number(number)) = self.get(name).map(|own| &own.value.node) else {
            return Ok(None);
        };
        let count = number.whole().filter(|count| *count >= 1).map(Support::Count);
        Ok(count.or_else(|| exact_share(*number).map(Support::Share)))
    }

    /// A share from 0 to 1, exactly as it is written.
    pub fn share(&self, name: &str) -> Result<Option<Share>> {
        self.read(name, "a share from 0 to 1, such as 0.5 or 50%", |value| match value {
            Constant::Number(number) => exact_share(*number).filter(|own| !own.is_beyond_one()),
            _ => None,
        })
    }

    /// Refuses names other than these, and names given twice. `owner` is whose they are: "WORDS".
    pub fn check_names(&self, owner: &str, known: &[&str]) -> Result<()> {
        for (index, Parameter { name, .. }) in self.0.iter().enumerate() {
            if !known.contains(&name.text.as_str()) {
                let error = Error::query(format!("{owner} has no parameter `{}`", name.text));
                let error = error.at(name.span).expected(known.iter().copied());
                let near = did_you_mean(&name.text, known.iter().copied());
                return Err(near.into_iter().fold(error, Error::hint));
            }
            if self.0.iter().take(index).any(|earlier| earlier.name == *name) {
                let message = format!("the parameter `{}` is given twice", name.text);
                return Err(Error::query(message).at(name.span));
            }
        }
        Ok(())
    }

    /// Refuses what the rows do not know, values of the wrong kind, and numbers that are out of
    /// their bounds.
    pub fn check(&self, owner: &str, rows: &[ParameterRow]) -> Result<()> {
        let names: Vec<&str> = rows.iter().map(|row| row.name).collect();
        self.check_names(owner, &names)?;
        for row in rows {
            match row.kind {
                ParameterKind::Real(bounds) => {
                    self.within(row, self.real(row.name)?.is_none_or(|own| bounds.have(own)))
                }
                ParameterKind::Count(bounds) => {
                    let count = self.count(row.name)?;
                    self.within(row, count.is_none_or(|own| bounds.have(own as f64)))
                }
                ParameterKind::ShareOrCount => self.share_or_count(row.name).map(drop),
                ParameterKind::Boolean => self.boolean(row.name).map(drop),
                ParameterKind::Word(words) => self.word(row.name, words).map(drop),
                ParameterKind::Name => self.name(row.name).map(drop),
                ParameterKind::Text => self.text(row.name).map(drop),
                ParameterKind::Names => self.names(row.name).map(drop),
                ParameterKind::Words => self.words(row.name).map(drop),
                ParameterKind::Range => self.range(row.name).map(drop),
                ParameterKind::Size => self.size(row.name).map(drop),
                ParameterKind::Duration => self.duration(row.name).map(drop),
            }?;
        }
        Ok(())
    }

    /// Refuses a number that is not within the bounds of its row.
    fn within(&self, row: &ParameterRow, is_within: bool) -> Result<()> {
        let Some(Parameter { value, .. }) = self.get(row.name).filter(|_| !is_within) else {
            return Ok(());
        };
        let message = format!("`{}` is {}, not {value}", row.name, row.kind.describe());
        Err(Error::query(message).at(value.span))
    }

    /// The values for a run, with the defaults of what is not given.
    pub fn arguments(&self, rows: &[ParameterRow]) -> Result<Arguments> {
        let mut arguments = Arguments::default();
        for row in rows {
            let value = match row.kind {
                ParameterKind::Real(_) => {
                    let real = self.real(row.name)?.or_else(|| row.default.parse().ok());
                    real.map(Argument::Real)
                }
                ParameterKind::Count(_) => {
                    let count = self.count(row.name)?.or_else(|| row.default.parse().ok());
                    count.map(Argument::Count)
                }
                ParameterKind::Boolean => {
                    let value = self.boolean(row.name)?.or_else(|| row.default.parse().ok());
                    value.map(Argument::Boolean)
                }
                ParameterKind::Word(words) => {
                    let word = self.word(row.name, words)?.unwrap_or(row.default);
                    Some(Argument::Text(word.to_owned()))
                }
                ParameterKind::Words => self.words(row.name)?,
                _ => {
                    let text = self.text(row.name)?.unwrap_or_else(|| row.default.to_owned());
                    Some(Argument::Text(text))
                }
            };
            if let Some(value) = value {
                arguments.set(row.name, value);
            }
        }
        Ok(arguments)
    }

    /// Any number; a percentage reads as a share of one.
    pub fn real(&self, name: &str) -> Result<Option<f64>> {
        self.read(name, "a number", |value| match value {
            Constant::Number(number @ (Number::Integer(_) | Number::Real(_))) => {
                Some(number.value())
            }
            Constant::Number(number @ Number::Percent(_)) => Some(number.value()),
            _ => None,
        })
    }

    /// A whole number, zero or more.
    pub fn count(&self, name: &str) -> Result<Option<u64>> {
        self.read(name, "a whole number, 0 or more", |value| match value {
            Constant::Number(number) => number.whole(),
            _ => None,
        })
    }

    /// A number of 1 or more as a count, one below 1 or a percentage as a share.
    pub fn share_or_count(&self, name: &str) -> Result<Option<ShareOrCount>> {
        let wanted = "a count of 1 or more, or a share such as 0.001 or 0.1%";
        let share = |share: f64| (0.0..=1.0).contains(&share).then_some(ShareOrCount::Share(share));
        self.read(name, wanted, |value| match value {
            Constant::Number(number @ Number::Percent(_)) => share(number.value()),
            Constant::Number(number @ (Number::Integer(_) | Number::Real(_))) => {
                let count = number.whole().filter(|count| *count >= 1).map(ShareOrCount::Count);
                count.or_else(|| share(number.value()))
            }
            _ => None,
        })
    }

    /// `true` or `false`.
    pub fn boolean(&self, name: &str) -> Result<Option<bool>> {
        self.read(name, "true or false", |value| match value {
            Constant::Boolean(value) => Some(*value),
            _ => None,
        })
    }

    /// One of these words, in any case.
    pub fn word<'w>(&self, name: &str, words: &[&'w str]) -> Result<Option<&'w str>> {
        let Some(parameter) = self.get(name) else { return Ok(None) };
        let found = match &parameter.value.node {
            Constant::Word(word) | Constant::Text(word) => word.as_str(),
            Constant::Boolean(true) => "true",
            Constant::Boolean(false) => "false",
            _ => "",
        };
        let known = words.iter().find(|word| word.eq_ignore_ascii_case(found));
        known.map(|word| Some(*word)).ok_or_else(|| {
            let message = format!("`{name}` does not take {}", parameter.value);
            let error = Error::query(message).at(parameter.value.span);
            let error = error.expected(words.iter().copied());
            did_you_mean(found, words.iter().copied()).into_iter().fold(error, Error::hint)
        })
    }

    /// A name, bare, in backquotes or as a string.
    pub fn name(&self, name: &str) -> Result<Option<Name>> {
        let span = self.get(name).map(|parameter| parameter.value.span).unwrap_or_default();
        self.read(name, "a name", |value| match value {
            Constant::Word(word) | Constant::Text(word) => Some(Name::new(word.clone(), span)),
            _ => None,
        })
    }

    /// A string, or a bare word.
    pub fn text(&self, name: &str) -> Result<Option<String>> {
        self.read(name, "a string", |value| match value {
            Constant::Word(text) | Constant::Text(text) => Some(text.clone()),
            _ => None,
        })
    }

    /// Strings or bare words in parentheses; one alone stands for itself. Numbers read as they are
    /// written.
    pub fn names(&self, name: &str) -> Result<Option<Vec<String>>> {
        let word = |value: &Constant| match value {
            Constant::Word(text) | Constant::Text(text) => Some(text.clone()),
            Constant::Number(Number::Integer(number)) => Some(number.to_string()),
            Constant::Boolean(value) => Some(value.to_string()),
            _ => None,
        };
        self.read(name, "a list such as (a, 'b c')", |value| match value {
            Constant::List(list) => list.iter().map(|value| word(&value.node)).collect(),
            other => word(other).map(|only| vec![only]),
        })
    }

    /// The name of a lexicon, or words in brackets.
    pub fn words(&self, name: &str) -> Result<Option<Argument>> {
        let word = |value: &Spanned<Constant>| match &value.node {
            Constant::Word(word) | Constant::Text(word) => Some(word.clone()),
            _ => None,
        };
        self.read(name, "the name of a lexicon, or words in brackets", |value| match value {
            Constant::Word(name) | Constant::Text(name) => Some(Argument::Lexicon(name.clone())),
            Constant::List(list) => {
                list.iter().map(word).collect::<Option<_>>().map(Argument::Words)
            }
            _ => None,
        })
    }

    /// `2..4`, both ends in; one number stands for both.
    pub fn range(&self, name: &str) -> Result<Option<RangeInclusive<u64>>> {
        self.read(name, "a range such as 2..4", |value| match value {
            Constant::Range(low, high) if low <= high => Some(*low..=*high),
            Constant::Number(number) => number.whole().map(|only| only..=only),
            _ => None,
        })
    }

    /// A size in bytes; a bare number is bytes.
    pub fn size(&self, name: &str) -> Result<Option<u64>> {
        self.read(name, "a size such as 512MiB", |value| match value {
            Constant::Number(Number::Size(bytes)) => Some(*bytes),
            Constant::Number(number) => number.whole(),
            _ => None,
        })
    }

    /// A duration.
    pub fn duration(&self, name: &str) -> Result<Option<Duration>> {
        self.read(name, "a duration such as 30s", |value| match value {
            Constant::Number(number) => number.duration(),
            _ => None,
        })
    }

    fn read<T>(
        &self,
        name: &str,
        wanted: &str,
        read: impl FnOnce(&Constant) -> Option<T>,
    ) -> Result<Option<T>> {
        let Some(Parameter { value, .. }) = self.get(name) else { return Ok(None) };
        read(&value.node).map(Some).ok_or_else(|| {
            let message = format!("`{name}` does not take {value}, which is {}", value.node.kind());
            Error::query(message).at(value.span).expected([wanted])
        })
    }
}

/// The share that a number is written as.
fn exact_share(number: Number) -> Option<Share> {
    match number {
        Number::Integer(value) => Share::new(value as f64, false),
        Number::Real(value) => Share::new(value, false),
        Number::Percent(value) => Share::new(value, true),
        Number::Size(_) | Number::Duration(_) => None,
    }
}

impl fmt::Display for Parameter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} = {}", self.name, self.value)
    }
}

/// ` WITH a = 1, b = 2`, or nothing.
impl fmt::Display for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.0.is_empty() {
            f.write_str(" WITH ")?;
        }
        write_list(f, &self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Span;

    fn with(name: &str, value: Constant) -> Parameters {
        let name = Name::new(name, Span::new(0, 4));
        Parameters(vec![Parameter { name, value: Spanned::new(value, Span::new(7, 9)) }])
    }

    fn number(number: Number) -> Parameters {
        with("support", Constant::Number(number))
    }

    #[test]
    fn support_reads_shares_and_counts() {
        let read = |value| number(value).share_or_count("support");
        assert_eq!(read(Number::Integer(100)).unwrap(), Some(ShareOrCount::Count(100)));
        assert_eq!(read(Number::Real(0.001)).unwrap(), Some(ShareOrCount::Share(0.001)));
        assert_eq!(read(Number::Percent(100.0)).unwrap(), Some(ShareOrCount::Share(1.0)));
        assert!(read(Number::Real(1.5)).is_err());
        assert!(read(Number::Percent(200.0)).is_err());
        assert_eq!(ShareOrCount::Share(0.001).least(1001), 2);
    }

    #[test]
    fn unknown_names_ask_what_was_meant() {
        let error = with("min_pmy", Constant::Null).check_names("WORDS", &["min_pmi"]).unwrap_err();
        assert_eq!(error.to_string(), "WORDS has no parameter `min_pmy`");
        assert_eq!(error.report().hint.as_deref(), Some("did you mean min_pmi?"));
        assert_eq!(error.report().span, Some(Span::new(0, 4)));
    }

    #[test]
    fn values_of_the_wrong_kind_are_shown() {
        let error = with("window", Constant::Boolean(true)).count("window").unwrap_err();
        assert_eq!(error.to_string(), "`window` does not take true, which is true or false");
        assert_eq!(error.report().span, Some(Span::new(7, 9)));
        let parameters = with("target", Constant::Word("clsed".into()));
        let error = parameters.word("target", &["all", "closed"]).unwrap_err();
        assert_eq!(error.report().hint.as_deref(), Some("did you mean closed?"));
    }

    #[test]
    fn one_number_is_a_range() {
        assert_eq!(with("n", Constant::Range(2, 4)).range("n").unwrap(), Some(2..=4));
        assert_eq!(
            with("n", Constant::Number(Number::Integer(3))).range("n").unwrap(),
            Some(3..=3)
        );
        assert!(with("n", Constant::Range(4, 2)).range("n").is_err());
        assert_eq!(Parameters::default().range("n").unwrap(), None);
    }
}
