//! The picture of an error: the line of the query it is about, a caret under the place, what was
//! expected, what helps.
//!
//! Drawn by hand: the caret has to stand under the right cell behind Han text (two cells a
//! character), tabs, and in long lines, of which only the part around the place is shown.

use std::error::Error as StdError;

use unicode_width::UnicodeWidthChar;

use crate::error::{Error, Report, Span};
use crate::render::measured::{cells, cut_tail, visible};

/// A tab inside a query is shown as so many blanks.
const TAB: &str = "    ";
/// No more cells of the query than this stand before the caret; longer lines lose their beginning.
const BEFORE: usize = 60;
/// No more cells of the query than this are shown on a line.
const WIDEST: usize = 90;
/// What was expected stands behind the caret up to this cell, and otherwise below it.
const BEHIND: usize = 74;
/// Longer lists of what was expected end in `…`.
const MOST_EXPECTED: usize = 12;

/// The text an error speaks about.
#[derive(Clone, Copy, Debug)]
pub struct Source<'t> {
    /// The whole text that was parsed.
    pub text: &'t str,
    /// The file it was read from.
    pub name: Option<&'t str>,
    /// How many lines of the file stand before it.
    pub lines_before: usize,
}

impl<'t> Source<'t> {
    /// A text that comes from no file.
    pub fn new(text: &'t str) -> Self {
        Source { text, name: None, lines_before: 0 }
    }
}

/// Draws the report of an error, several lines that end in a line end.
///
/// A span beyond the text, or inside a character, is moved to the nearest place that exists; an
/// empty one at the end of the text shows where the text goes on wrongly, not the blank line after.
pub fn draw(error: &Error, source: Source<'_>, colour: bool) -> String {
    let report = error.report();
    let paint = Paint { colour };
    let mut picture = format!("{} {}\n", paint.red("error:"), paint.bold(&message(report)));
    if let Some(span) = report.span {
        picture.push_str(&place(span, report, source, &paint));
        return picture;
    }
    if !report.expected.is_empty() {
        let line = format!("  {} {}\n", paint.blue("="), expectation(&report.expected));
        picture.push_str(&line);
    }
    if let Some(hint) = &report.hint {
        picture.push_str(&advice(hint, "  ", &paint));
    }
    picture
}

/// The message with every cause once: a cause that the text above it already tells is not repeated.
fn message(report: &Report) -> String {
    let mut text = report.to_string();
    let mut cause = report.source().and_then(StdError::source);
    while let Some(lower) = cause {
        let told = lower.to_string();
        if !text.contains(&told) {
            text.push_str(": ");
            text.push_str(&told);
        }
        cause = lower.source();
    }
    visible(text.trim_end()).into_owned()
}

/// The lines with the place, the query and the caret.
fn place(span: Span, report: &Report, source: Source<'_>, paint: &Paint) -> String {
    let text = source.text;
    let span = within(span, text);
    let line_start = text[..span.start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = text[span.start..].find('\n').map_or(text.len(), |at| span.start + at);
    let number = source.lines_before + text[..line_start].matches('\n').count() + 1;
    let column = text[line_start..span.start].chars().count() + 1;
    let line = text[line_start..line_end].trim_end_matches('\r');
    let window = window(line, span.start - line_start, span.end.min(line_end) - line_start);

    let margin = " ".repeat(number.to_string().len());
    let name = source.name.map_or(String::new(), |name| format!("{name}, "));
    let (arrow, bar) = (paint.blue("-->"), paint.blue("|"));
    let marked = format!("{}{}", " ".repeat(window.before), paint.red(&"^".repeat(window.carets)));
    let wanted = expectation(&report.expected);
    let fits = window.before + window.carets + 1 + cells(&wanted) <= BEHIND;
    let label = match fits && !report.expected.is_empty() {
        true => format!(" {}", paint.red(&wanted)),
        false => String::new(),
    };
    let mut picture = format!("{margin} {arrow} {name}line {number}, column {column}\n");
    picture.push_str(&format!(" {margin} {bar}\n"));
    let shown = &window.shown;
    picture.push_str(&format!(" {} {bar} {shown}\n", paint.blue(&number.to_string())));
    picture.push_str(&format!(" {margin} {bar} {marked}{label}\n"));
    if !fits && !report.expected.is_empty() {
        picture.push_str(&below(&wanted, &format!(" {margin} "), paint));
    }
    if let Some(hint) = &report.hint {
        picture.push_str(&advice(hint, &format!(" {margin} "), paint));
    }
    picture
}

/// What was expected, on lines of its own that break between the words.
fn below(wanted: &str, indent: &str, paint: &Paint) -> String {
    let mut lines = vec![String::new()];
    for word in wanted.split_inclusive(' ') {
        let last = lines.last().map_or(0, |line| cells(line));
        if last > 0 && last + cells(word.trim_end()) > BEHIND {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(word);
        }
    }
    let mut text = String::new();
    for (index, line) in lines.iter().enumerate() {
        let sign = if index == 0 { paint.blue("=") } else { " ".to_owned() };
        text.push_str(&format!("{indent}{sign} {}\n", paint.red(line.trim_end())));
    }
    text
}

/// The hint, behind `= help:`.
fn advice(hint: &str, indent: &str, paint: &Paint) -> String {
    let mut lines = hint.lines();
    let first = lines.next().unwrap_or_default();
    let mut text = format!("{indent}{} {first}\n", paint.blue("= help:"));
    for line in lines {
        text.push_str(&format!("{indent}        {line}\n"));
    }
    text
}

/// The span on the characters of the text. An empty one behind everything that was written moves to
/// the end of what was written.
fn within(span: Span, text: &str) -> Span {
    let floor = |at: usize| text.floor_char_boundary(at.min(text.len()));
    let (mut start, mut end) = (floor(span.start), floor(span.end));
    let written = text.trim_end().len();
    if start >= written {
        (start, end) = (written, written);
    }
    Span::new(start, end.max(start))
}

/// The part of a line that is shown.
struct Window {
    shown: String,
    before: usize,
    carets: usize,
}

fn window(line: &str, start: usize, end: usize) -> Window {
    let mut before = cells(&expanded(&line[..start.min(line.len())]));
    let mut shown = expanded(line);
    let marked = line.get(start..end.min(line.len())).unwrap_or_default();
    let mut carets = cells(&expanded(marked)).max(1);
    if cells(&shown) > WIDEST {
        let cut = before.saturating_sub(BEFORE);
        let (rest, skipped) = skip(&shown, cut);
        let head = if skipped > 0 { "…" } else { "" };
        before = before - skipped + cells(head);
        let tail = cut_tail(rest, WIDEST - cells(head));
        shown = format!("{head}{tail}");
        carets = carets.min(cells(&shown).saturating_sub(before)).max(1);
    }
    Window { shown: shown.trim_end().to_owned(), before, carets }
}

/// The text from the first character on that begins at or behind the cell, and its cell.
fn skip(text: &str, cell: usize) -> (&str, usize) {
    let mut used = 0;
    for (at, character) in text.char_indices() {
        if used >= cell {
            return (&text[at..], used);
        }
        used += character.width().unwrap_or(0);
    }
    ("", used)
}

/// A piece of a query as it is shown: tabs as blanks, other control characters visible.
fn expanded(piece: &str) -> String {
    let piece = piece.replace('\t', TAB);
    visible(&piece).into_owned()
}

fn expectation(expected: &[String]) -> String {
    let shown = &expected[..expected.len().min(MOST_EXPECTED)];
    let list = match shown {
        [all @ .., last] if shown.len() == expected.len() && !all.is_empty() => {
            format!("{} or {last}", all.join(", "))
        }
        _ if shown.len() < expected.len() => format!("{}, …", shown.join(", ")),
        _ => shown.join(", "),
    };
    format!("expected {list}")
}

/// Colours, or none.
struct Paint {
    colour: bool,
}

impl Paint {
    fn with(&self, code: &str, text: &str) -> String {
        match self.colour && !text.is_empty() {
            true => format!("\x1b[{code}m{text}\x1b[0m"),
            false => text.to_owned(),
        }
    }

    fn red(&self, text: &str) -> String {
        self.with("1;31", text)
    }

    fn blue(&self, text: &str) -> String {
        self.with("1;34", text)
    }

    fn bold(&self, text: &str) -> String {
        self.with("1", text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(error: &Error, text: &str) -> String {
        draw(error, Source::new(text), false)
    }

    /// The text that stands above the carets.
    fn above(picture: &str) -> String {
        let lines: Vec<&str> = picture.lines().collect();
        let at = lines.iter().position(|line| line.contains('^')).unwrap();
        let carets = lines[at];
        let start = cells(&carets[..carets.find('^').unwrap()]);
        let count = carets.matches('^').count();
        let mut cell = 0;
        lines[at - 1]
            .chars()
            .filter(|character| {
                let here = cell;
                cell += character.width().unwrap_or(0);
                here >= start && here < start + count
            })
            .collect()
    }

    fn at(text: &str, part: &str) -> Span {
        let start = text.find(part).unwrap();
        Span::new(start, start + part.len())
    }

    #[test]
    fn the_whole_picture() {
        let text = "FROM poems | NGRMAS 2..4";
        let error = Error::query("no stage is called NGRMAS")
            .at(at(text, "NGRMAS"))
            .expected(["COUNT", "NGRAMS", "NEXT"])
            .hint("did you mean NGRAMS?");
        let expected = "\
error: no stage is called NGRMAS
  --> line 1, column 14
   |
 1 | FROM poems | NGRMAS 2..4
   |              ^^^^^^ expected COUNT, NGRAMS or NEXT
   = help: did you mean NGRAMS?
";
        assert_eq!(picture(&error, text), expected);
    }

    #[test]
    fn the_caret_stands_under_the_right_cells() {
        let han = "FROM '南京市长江大桥' | SEGMNT BY 词典";
        let error = Error::query("x").at(at(han, "SEGMNT"));
        assert_eq!(above(&picture(&error, han)), "SEGMNT");
        let error = Error::query("x").at(at(han, "词典"));
        assert_eq!(above(&picture(&error, han)), "词典");
        let tabs = "FROM\tpoems\t|\tCUONT '月'";
        let error = Error::query("x").at(at(tabs, "CUONT"));
        assert_eq!(above(&picture(&error, tabs)), "CUONT");
    }

    #[test]
    fn a_line_of_many_is_named_and_shown_alone() {
        let text = "FROM poems\r\n  | COUNT '明月'\r\n  | LIMT 3;\r\n";
        let error = Error::query("x").at(at(text, "LIMT"));
        let drawn = draw(&error, Source { text, name: Some("a.erya"), lines_before: 0 }, false);
        assert!(drawn.contains("--> a.erya, line 3, column 5\n"), "{drawn}");
        assert!(drawn.contains(" 3 |   | LIMT 3;\n"), "{drawn}");
        assert_eq!(above(&drawn), "LIMT");
    }

    #[test]
    fn the_end_of_the_input_is_behind_the_last_word() {
        let text = "FROM poems |\n\n";
        for end in [text.len(), text.len() + 7] {
            let error = Error::query("x").at(Span::new(end, end)).expected(["a stage"]);
            let drawn = picture(&error, text);
            assert!(drawn.contains("line 1, column 13\n"), "{drawn}");
            assert!(drawn.contains("   |             ^ expected a stage\n"), "{drawn}");
        }
        let drawn = picture(&Error::query("x").at(Span::new(0, 0)), "");
        assert!(drawn.contains("line 1, column 1\n"), "{drawn}");
    }

    #[test]
    fn a_span_over_lines_is_marked_to_the_end_of_its_first() {
        let text = "FROM 'a\nb\nc";
        let drawn = picture(&Error::query("x").at(Span::new(5, text.len())), text);
        assert_eq!(above(&drawn), "'a");
    }

    #[test]
    fn a_long_line_is_shown_around_the_place() {
        let text = format!("FROM '{}' | LIMT 3 {}", "明月".repeat(60), "x".repeat(300));
        let drawn = picture(&Error::query("x").at(at(&text, "LIMT")), &text);
        assert_eq!(above(&drawn), "LIMT");
        assert!(drawn.lines().all(|line| cells(line) <= WIDEST + 8), "{drawn}");
        assert!(drawn.contains("| …"), "{drawn}");
        let all = picture(&Error::query("x").at(Span::new(0, text.len())), &text);
        assert!(all.lines().all(|line| cells(line) <= WIDEST + 8), "{all}");
    }

    #[test]
    fn without_a_place_there_is_only_the_message() {
        let cause = std::io::Error::other("no such thing");
        let error = Error::input("cannot read a.txt").because(cause).hint("is it there?");
        let expected = "error: cannot read a.txt: no such thing\n  = help: is it there?\n";
        assert_eq!(picture(&error, ""), expected);
    }

    #[test]
    fn spans_inside_characters_do_no_harm() {
        let text = "明月";
        for start in 0..8 {
            for end in 0..8 {
                picture(&Error::query("x").at(Span { start, end }), text);
            }
        }
    }

    #[test]
    fn colours_only_on_demand() {
        let error = Error::query("x").at(Span::new(0, 1));
        let source = Source::new("a");
        assert!(draw(&error, source, true).contains("\x1b[1;31merror:\x1b[0m"));
        assert!(!draw(&error, source, false).contains('\x1b'));
    }
}
