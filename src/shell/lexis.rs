//! A text cut into words, strings, numbers and signs, however wrong it is: enough for colours and
//! completion. What is right is decided by `query` alone.

/// What a piece of text looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A keyword or a name.
    Word,
    /// A name in backquotes, closed or not.
    Quoted { closed: bool },
    /// A string, closed or not.
    Text { closed: bool },
    /// A number with its unit.
    Number,
    /// A comment.
    Comment,
    /// Any other character that is not blank.
    Sign,
}

/// A piece of text and where it stands, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece<'t> {
    pub(super) kind: Kind,
    pub(super) text: &'t str,
    pub(super) start: usize,
}

impl Piece<'_> {
    /// One past its last byte.
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether it is that sign.
    pub(super) fn is(&self, sign: &str) -> bool {
        self.kind == Kind::Sign && self.text == sign
    }

    /// Whether it is that keyword.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }
}

/// The pieces of a text, in order.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut start = 0;
    while let Some(first) = text[start..].chars().next() {
        let rest = &text[start..];
        if first.is_whitespace() {
            start += first.len_utf8();
            continue;
        }
        let (kind, length) = piece(first, rest);
        pieces.push(Piece { kind, text: &rest[..length], start });
        start += length;
    }
    pieces
}

/// Whether a text holds nothing to run: blanks and comments that are closed.
pub(super) fn is_blank(text: &str) -> bool {
    pieces(text).iter().all(|piece| {
        let is_open = piece.text.starts_with("/*") && !piece.text.ends_with("*/");
        piece.kind == Kind::Comment && !is_open
    })
}

fn piece(first: char, rest: &str) -> (Kind, usize) {
    let run = |wanted: fn(char) -> bool| rest.find(|c| !wanted(c)).unwrap_or(rest.len());
    match first {
        '\'' | '"' => {
            let (length, closed) = quoted(rest, first);
            (Kind::Text { closed }, length)
        }
        '`' => {
            let (length, closed) = quoted(rest, first);
            (Kind::Quoted { closed }, length)
        }
        '-' if rest.starts_with("--") => (Kind::Comment, rest.find('\n').unwrap_or(rest.len())),
        '/' if rest.starts_with("/*") => {
            (Kind::Comment, rest.find("*/").map_or(rest.len(), |at| at + 2))
        }
        '0'..='9' => (Kind::Number, number(rest)),
        first if first.is_alphabetic() || first == '_' => {
            (Kind::Word, run(|c| c.is_alphanumeric() || c == '_'))
        }
        other => (Kind::Sign, other.len_utf8()),
    }
}

/// The length of a string, and whether it ends; a doubled quote does not end it.
fn quoted(rest: &str, quote: char) -> (usize, bool) {
    let mut at = quote.len_utf8();
    while let Some(found) = rest[at..].find(quote) {
        at += found + 1;
        if !rest[at..].starts_with(quote) {
            return (at, true);
        }
        at += 1;
    }
    (rest.len(), false)
}

/// The length of a number with exponent and unit; `2..4` is a number, two dots and a number.
fn number(rest: &str) -> usize {
    let digits = |from: usize| {
        let tail = &rest[from..];
        from + tail.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(tail.len())
    };
    let is_digit = |at: usize| rest.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let mut end = digits(0);
    if rest[end..].starts_with('.') && is_digit(end + 1) {
        end = digits(end + 1);
    }
    if rest[end..].starts_with(['e', 'E']) {
        let sign = usize::from(rest[end + 1..].starts_with(['-', '+']));
        if is_digit(end + 1 + sign) {
            end = digits(end + 1 + sign);
        }
    }
    let unit = rest[end..].find(|c: char| !c.is_ascii_alphabetic() && c != '%');
    end + unit.unwrap_or(rest.len() - end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<(&str, Kind)> {
        pieces(text).iter().map(|piece| (piece.text, piece.kind)).collect()
    }

    #[test]
    fn comments_are_nothing_to_run() {
        assert!(is_blank(" \n -- FROM x;\n /* y */ "));
        assert!(!is_blank("/* y"));
        assert!(!is_blank("-- x\nUSE y"));
    }

    #[test]
    fn cuts_a_query() {
        use Kind::{Comment, Number, Quoted, Sign, Text, Word};
        let expected = [
            ("FROM", Word),
            ("红楼", Word),
            ("|", Sign),
            ("NGRAMS", Word),
            ("2", Number),
            (".", Sign),
            (".", Sign),
            ("4", Number),
            ("LIKE", Word),
            ("'it''s'", Text { closed: true }),
            ("1e-7", Number),
            ("512MiB", Number),
            ("0.1%", Number),
            ("`a b`", Quoted { closed: true }),
            ("-- rest", Comment),
            ("'un", Text { closed: false }),
        ];
        let text = "FROM 红楼| NGRAMS 2..4 LIKE 'it''s' 1e-7 512MiB 0.1% `a b` -- rest\n'un";
        assert_eq!(kinds(text), expected);
        assert_eq!(kinds("/* no end"), [("/* no end", Comment)]);
        assert_eq!(kinds("1e"), [("1e", Number)]);
        assert_eq!(kinds("''''"), [("''''", Text { closed: true })]);
    }
}
