//! The small language inside quoted patterns, taken apart once and for all.
//!
//! What a unit is, a character or a word, is not known here: literals stay as they were written.

use std::fmt;

use crate::error::{Error, Result};
use crate::query::node::Quoted;

/// How deep alternatives may stand inside one another.
const DEEPEST: usize = 32;

/// A pattern taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pattern {
    /// Its parts, in order.
    pub parts: Vec<Part>,
}

/// A part of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// This text; never empty, never next to another literal.
    Literal(String),
    /// `?`: exactly one unit.
    One,
    /// `*`: one or more units.
    Many,
    /// `(a|b)`: any of these.
    Either(Vec<Pattern>),
    /// `^`: the beginning of a sentence, or of the string.
    Start,
    /// `$`: the end of a sentence, or of the string.
    End,
    /// `/…/`: one unit that the regular expression matches whole.
    Regex(String),
}

impl Pattern {
    /// Takes a quoted pattern apart; errors point into the string.
    pub fn parse(quoted: &Quoted) -> Result<Pattern> {
        let mut reader = Reader { quoted, at: 0 };
        let pattern = reader.sequence(0)?;
        if let Some(character) = reader.next() {
            let hint = "write \\) for the character itself";
            return Err(reader.error(character.len_utf8(), "this `)` closes nothing").hint(hint));
        }
        if pattern.parts.is_empty() {
            return Err(Error::query("a pattern cannot be empty").at(quoted.span));
        }
        Ok(pattern)
    }

    /// The text it is, if it is nothing but literal text.
    pub fn literal(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [Part::Literal(text)] => Some(text),
            _ => None,
        }
    }

    fn push(&mut self, part: Part) {
        match (self.parts.last_mut(), part) {
            (Some(Part::Literal(text)), Part::Literal(more)) => text.push_str(&more),
            (_, part) => self.parts.push(part),
        }
    }
}

struct Reader<'q> {
    quoted: &'q Quoted,
    at: usize,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.quoted.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    /// An error about the `width` bytes last read.
    fn error(&self, width: usize, message: &str) -> Error {
        self.error_at(self.at - width, self.at, message)
    }

    fn error_at(&self, start: usize, end: usize, message: &str) -> Error {
        Error::query(format!("in the pattern {}: {message}", self.quoted))
            .at(self.quoted.span_of(start, end))
    }

    /// Parts up to `|`, `)` or the end.
    fn sequence(&mut self, depth: usize) -> Result<Pattern> {
        let mut pattern = Pattern::default();
        while let Some(character) = self.peek() {
            if character == ')' || (character == '|' && depth > 0) {
                break;
            }
            self.next();
            pattern.push(self.part(character, depth)?);
        }
        Ok(pattern)
    }

    fn part(&mut self, character: char, depth: usize) -> Result<Part> {
        Ok(match character {
            '?' => Part::One,
            '*' => Part::Many,
            '^' => Part::Start,
            '$' => Part::End,
            '(' => self.either(depth)?,
            '/' => self.regex()?,
            '|' => {
                let hint = "alternatives go in parentheses: (a|b); the character itself is \\|";
                return Err(self.error(1, "`|` stands outside parentheses").hint(hint));
            }
            '\\' => match self.next() {
                Some(next) => Part::Literal(next.into()),
                None => {
                    let hint = "\\\\ is the character itself";
                    return Err(self.error(1, "`\\` has nothing after it").hint(hint));
                }
            },
            other => Part::Literal(other.into()),
        })
    }

    fn either(&mut self, depth: usize) -> Result<Part> {
        let opening = self.at - 1;
        if depth >= DEEPEST {
            return Err(self.error(1, "alternatives are nested too deep"));
        }
        let mut choices = Vec::new();
        loop {
            let choice = self.sequence(depth + 1)?;
            if choice.parts.is_empty() && self.peek().is_some() {
                self.next();
                return Err(self.error(1, "an alternative is empty before this"));
            }
            choices.push(choice);
            match self.next() {
                Some(')') => return Ok(Part::Either(choices)),
                Some(_) => {}
                None => {
                    let error = self.error_at(opening, opening + 1, "this `(` is never closed");
                    return Err(error.hint("write \\( for the character itself"));
                }
            }
        }
    }

    fn regex(&mut self) -> Result<Part> {
        let opening = self.at - 1;
        let mut expression = String::new();
        loop {
            match self.next() {
                Some('/') => break,
                Some('\\') if self.peek() == Some('/') => {
                    self.next();
                    expression.push('/');
                }
                // What is escaped is the regular expression's own business, but never the end.
                Some('\\') => {
                    expression.push('\\');
                    expression.extend(self.next());
                }
                Some(character) => expression.push(character),
                None => {
                    let error = self.error_at(opening, opening + 1, "this `/` is never closed");
                    return Err(error.hint("write \\/ for the character itself"));
                }
            }
        }
        if expression.is_empty() {
            return Err(self.error(2, "this regular expression is empty"));
        }
        match regex::Regex::new(&expression) {
            Ok(_) => Ok(Part::Regex(expression)),
            Err(cause) => {
                let message = format!("this is no regular expression: {}", reason(&cause));
                Err(self.error_at(opening, self.at, &message))
            }
        }
    }
}

/// An expression that is to match a unit whole.
///
/// # Errors
/// [`Error::Query`] when it is no regular expression.
pub(crate) fn whole_unit(expression: &str) -> Result<regex::Regex> {
    regex::Regex::new(&format!(r"\A(?:{expression})\z")).map_err(|cause| {
        Error::query(format!("`{expression}` is no regular expression")).because(cause)
    })
}

/// Why an expression is none, without the picture that regex draws of it.
fn reason(cause: &regex::Error) -> String {
    let text = cause.to_string();
    let last = text.lines().last().unwrap_or_default();
    last.trim_start_matches("error: ").to_owned()
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts.iter().try_for_each(|part| part.fmt(f))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Literal(text) => text.chars().try_for_each(|character| {
                let escaped = "?*()|^$\\/".contains(character);
                write!(f, "{}{character}", if escaped { "\\" } else { "" })
            }),
            Part::One => f.write_str("?"),
            Part::Many => f.write_str("*"),
            Part::Start => f.write_str("^"),
            Part::End => f.write_str("$"),
            Part::Regex(expression) => write_regex(f, expression),
            Part::Either(choices) => {
                f.write_str("(")?;
                for (index, choice) in choices.iter().enumerate() {
                    write!(f, "{}{choice}", if index > 0 { "|" } else { "" })?;
                }
                f.write_str(")")
            }
        }
    }
}

/// Writes a regular expression between slashes, its own slashes escaped unless they are already.
fn write_regex(f: &mut fmt::Formatter<'_>, expression: &str) -> fmt::Result {
    f.write_str("/")?;
    let mut escaped = false;
    for character in expression.chars() {
        if character == '/' && !escaped {
            f.write_str("\\")?;
        }
        escaped = character == '\\' && !escaped;
        write!(f, "{character}")?;
    }
    f.write_str("/")
}

/// A quoted pattern with what it was taken apart into; equal and printed as the string.
#[derive(Clone, Debug, PartialEq)]
pub struct QuotedPattern {
    /// As it was written.
    pub quoted: Quoted,
    /// Taken apart.
    pub pattern: Pattern,
}

impl QuotedPattern {
    /// Takes the string apart.
    pub fn new(quoted: Quoted) -> Result<Self> {
        let pattern = Pattern::parse(&quoted)?;
        Ok(QuotedPattern { quoted, pattern })
    }
}

impl fmt::Display for QuotedPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.quoted.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Span;

    fn parse(text: &str) -> Result<Pattern> {
        Pattern::parse(&Quoted::new(text, Span::new(100, 102 + text.len())))
    }

    fn literal(text: &str) -> Part {
        Part::Literal(text.into())
    }

    fn failure(text: &str) -> (String, Span) {
        let error = parse(text).unwrap_err();
        (error.to_string(), error.report().span.unwrap())
    }

    #[test]
    fn parts_of_every_kind() {
        let parts = parse(r"^林?(玉|妹妹)*\?$").unwrap().parts;
        let choices = ["玉", "妹妹"].map(|text| Pattern { parts: vec![literal(text)] });
        let expected = [
            Part::Start,
            literal("林"),
            Part::One,
            Part::Either(choices.into()),
            Part::Many,
            literal("?"),
            Part::End,
        ];
        assert_eq!(parts, expected);
    }

    #[test]
    fn regular_expressions_stand_between_slashes() {
        let parts = parse("strong /.*ing/").unwrap().parts;
        assert_eq!(parts, [literal("strong "), Part::Regex(".*ing".into())]);
        assert_eq!(parse(r"/a\/b/").unwrap().parts, [Part::Regex("a/b".into())]);
    }

    #[test]
    fn a_pattern_prints_as_it_reads() {
        for text in
            [r"^林?(玉|妹妹)*\?$", "strong /.*ing/", r"/a\/b/", r"/a\\\/b/", "(a(b|c)|?)", r"/\d+/"]
        {
            let pattern = parse(text).unwrap();
            assert_eq!(parse(&pattern.to_string()).unwrap(), pattern, "{text}");
        }
    }

    #[test]
    fn slips_point_into_the_string() {
        let (message, span) = failure("黛(玉");
        assert_eq!(message, "in the pattern '黛(玉': this `(` is never closed");
        assert_eq!(span, Span::new(104, 105));
        assert_eq!(failure("a)").1, Span::new(102, 103));
        assert_eq!(failure("a|b").1, Span::new(102, 103));
        assert_eq!(failure("a'|b").1, Span::new(104, 105));
        assert_eq!(failure("a\\").1, Span::new(102, 103));
        assert_eq!(failure("(|a)").1, Span::new(102, 103));
        assert_eq!(failure("/[/").1, Span::new(101, 104));
        assert_eq!(failure("").0, "a pattern cannot be empty");
        assert!(failure(&"(".repeat(1000)).0.ends_with("alternatives are nested too deep"));
    }
}
