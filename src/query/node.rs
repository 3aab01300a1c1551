//! The leaves of the tree that remember their place: names, strings, anything spanned.
//!
//! Places never take part in equality, so that a tree printed and parsed again equals itself.

use std::fmt;

use crate::error::Span;

/// A value and the place it was written at; equal when the values are.
#[derive(Clone, Copy, Debug)]
pub struct Spanned<T> {
    /// The value.
    pub node: T,
    /// Where it stands in the query.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value at a place.
    pub fn new(node: T, span: Span) -> Self {
        Spanned { node, span }
    }
}

impl<T: PartialEq> PartialEq for Spanned<T> {
    fn eq(&self, other: &Self) -> bool {
        self.node == other.node
    }
}

impl<T: fmt::Display> fmt::Display for Spanned<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

/// A place alone, equal to every other place.
#[derive(Clone, Copy, Debug, Default)]
pub struct Place(pub Span);

impl PartialEq for Place {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// The name of a corpus, a saved result, a column, a setting. Prints in backquotes where needed.
#[derive(Clone, Debug)]
pub struct Name {
    /// The name without backquotes.
    pub text: String,
    /// Where it stands in the query.
    pub span: Span,
}

/// Words that cannot stand for a name somewhere, so that a name like these prints in backquotes.
pub const RESERVED: &[&str] = &[
    "_", "and", "between", "false", "file", "from", "if", "in", "is", "like", "not", "null", "or",
    "stdin", "text", "true",
];

impl Name {
    /// A name at a place.
    pub fn new(text: impl Into<String>, span: Span) -> Self {
        Name { text: text.into(), span }
    }
}

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_name(f, &self.text)
    }
}

/// Writes a name so that it reads back as that name.
pub fn write_name(f: &mut dyn fmt::Write, text: &str) -> fmt::Result {
    let mut rest = text.chars();
    let bare = rest.next().is_some_and(begins_name)
        && rest.all(continues_name)
        && !RESERVED.contains(&text.to_lowercase().as_str());
    if bare { f.write_str(text) } else { write!(f, "`{}`", text.replace('`', "``")) }
}

/// Whether a bare name may begin with this character.
pub fn begins_name(character: char) -> bool {
    character == '_' || character.is_alphabetic()
}

/// Whether a bare name may go on with this character.
pub fn continues_name(character: char) -> bool {
    character == '_'
        || character.is_alphanumeric()
        || unicode_normalization::char::is_combining_mark(character)
}

/// A string literal: its content, the quote it was written with and its place with the quotes.
#[derive(Clone, Debug)]
pub struct Quoted {
    /// The content, doubled quotes made single.
    pub text: String,
    /// `'` or `"`.
    pub quote: char,
    /// Where it stands in the query, quotes included.
    pub span: Span,
}

impl Quoted {
    /// A string as if written in single quotes at `span`.
    pub fn new(text: impl Into<String>, span: Span) -> Self {
        Quoted { text: text.into(), quote: '\'', span }
    }

    /// Where bytes `start..end` of the content stand in the query; a doubled quote there is two
    /// bytes.
    pub fn span_of(&self, start: usize, end: usize) -> Span {
        let place = |at: usize| {
            let doubled =
                self.text.get(..at).map_or(0, |before| before.matches(self.quote).count());
            self.span.start + 1 + at + doubled
        };
        Span::new(place(start), place(end))
    }
}

impl PartialEq for Quoted {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Display for Quoted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_text(f, &self.text)
    }
}

/// Writes a string literal that reads back as `text`.
pub fn write_text(f: &mut dyn fmt::Write, text: &str) -> fmt::Result {
    write!(f, "'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_print_in_backquotes_only_where_needed() {
        let print = |text: &str| Name::new(text, Span::default()).to_string();
        assert_eq!(print("hlm"), "hlm");
        assert_eq!(print("红楼"), "红楼");
        assert_eq!(print("words"), "words");
        assert_eq!(print("my corpus"), "`my corpus`");
        assert_eq!(print("a`b"), "`a``b`");
        assert_eq!(print("2018"), "`2018`");
        assert_eq!(print("_"), "`_`");
        assert_eq!(print("Not"), "`Not`");
        assert_eq!(print(""), "``");
    }

    #[test]
    fn a_doubled_quote_moves_what_follows() {
        let quoted = Quoted::new("a'b", Span::new(10, 16));
        assert_eq!(quoted.span_of(0, 1), Span::new(11, 12));
        assert_eq!(quoted.span_of(2, 3), Span::new(14, 15));
        assert_eq!(quoted.to_string(), "'a''b'");
    }
}
