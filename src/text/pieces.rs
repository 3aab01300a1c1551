//! Cuts one line into units with their exact places: the reference path, for queries and
//! segmentation. It shares the tables of the fast path but none of its loop.

use std::borrow::Cow;
use std::ops::Range;

use super::class::Class;
use super::options::{Digits, Unit};
use super::splitter::{DIGIT_CLASS, Splitter};
use super::words::Part;

/// A unit of a line, or what stands between units.
///
/// The spans of the pieces of a line tile it. Where one character, or one stable segment of a
/// character and its marks, becomes several pieces (`½` is `1`, a boundary and `2`), the first has
/// the whole span and the others an empty one at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece<'t> {
    /// The text of the symbol, after mapping. Empty for a boundary, and for the blanks between
    /// words, which are no boundary either.
    pub text: Cow<'t, str>,
    /// First byte in the original line.
    pub start: usize,
    /// One past the last byte in the original line.
    pub end: usize,
    /// Whether this is not text. Each character that is not has a piece of its own.
    pub boundary: bool,
}

impl Piece<'_> {
    /// Whether this is a unit: neither a boundary nor a blank between words.
    pub fn is_unit(&self) -> bool {
        !self.text.is_empty()
    }
}

impl Splitter {
    /// The units of `line` in order, with all that lies between them.
    ///
    /// The units and boundaries are those that [`Splitter::feed`] hands over. A line feed, should
    /// `line` hold one, is a boundary.
    ///
    /// ```
    /// use erya::text::{Splitter, TextOptions};
    /// let splitter = Splitter::new(&TextOptions::default());
    /// let pieces = splitter.pieces("黛玉，ｉｓ");
    /// let texts: Vec<&str> = pieces.iter().map(|piece| &*piece.text).collect();
    /// assert_eq!(texts, ["黛", "玉", "", "is"]);
    /// assert_eq!((pieces[3].start, pieces[3].end), (9, 15));
    /// ```
    pub fn pieces<'t>(&self, line: &'t str) -> Vec<Piece<'t>> {
        let mut pieces = Pieces { line, pieces: Vec::new(), mapped: Mapped::default() };
        let mut offset = 0;
        for part in line.split_inclusive('\n') {
            let content = part.strip_suffix('\n').unwrap_or(part);
            pieces.mapped.fill(self, content, offset);
            match self.options.unit {
                Unit::Char => self.character_pieces(&mut pieces),
                Unit::Word | Unit::Item => self.word_pieces(&mut pieces),
            }
            offset += part.len();
            if content.len() < part.len() {
                let (start, end) = (offset - 1, offset);
                let text = Cow::Borrowed("");
                pieces.pieces.push(Piece { text, start, end, boundary: true });
            }
        }
        pieces.pieces
    }

    fn character_pieces(&self, pieces: &mut Pieces<'_>) {
        let classes: Vec<Class> =
            pieces.mapped.text.chars().map(|c| self.table.get(c).plain()).collect();
        let mut at = 0;
        while let Some(&class) = classes.get(at) {
            let in_run = |next: &&Class| match class {
                Class::Latin => matches!(next, Class::Latin | Class::Mark),
                Class::Digit => **next == Class::Digit,
                _ => false,
            };
            let range = at..at + 1 + classes[at + 1..].iter().take_while(in_run).count();
            at = range.end;
            if !class.is_kept() {
                pieces.gap(range, true);
            } else if class == Class::Digit && self.options.digits == Digits::Class {
                pieces.symbol(range, Some(DIGIT_CLASS));
            } else {
                pieces.symbol(range, None);
            }
        }
    }

    fn word_pieces(&self, pieces: &mut Pieces<'_>) {
        let mapped = std::mem::take(&mut pieces.mapped.text);
        let mut parts = Vec::new();
        self.cut(&mapped, |part| parts.push((part.chars().count(), self.judge(part))));
        pieces.mapped.text = mapped;
        let mut at = 0;
        for (count, part) in parts {
            let range = at..at + count;
            at = range.end;
            match part {
                Part::Word => pieces.symbol(range, None),
                Part::DigitClass => pieces.symbol(range, Some(DIGIT_CLASS)),
                Part::Blank => pieces.gap(range, false),
                Part::Boundary => pieces.gap(range, true),
            }
        }
    }
}

/// Where a character of the mapped line comes from.
struct Origin {
    /// Its first byte in the mapped line.
    at: usize,
    /// First byte in the original line.
    start: usize,
    /// One past the last byte in the original line.
    end: usize,
}

/// A line as the options map it, with the origin of each character.
#[derive(Default)]
struct Mapped {
    text: String,
    origins: Vec<Origin>,
}

impl Mapped {
    fn fill(&mut self, splitter: &Splitter, content: &str, offset: usize) {
        self.text.clear();
        self.text.reserve(content.len());
        self.origins.clear();
        self.origins.reserve(content.len() / 2);
        for segment in splitter.segments(content) {
            let before = self.text.len();
            if segment.single() {
                let (start, end) = (offset + segment.start, offset + segment.end);
                self.text.push(segment.entry.mapped());
                self.origins.push(Origin { at: before, start, end });
                continue;
            }
            splitter.table.map(&content[segment.start..segment.end], &mut self.text);
            let end = offset + segment.end;
            let mut start = offset + segment.start;
            for (at, _) in self.text[before..].char_indices() {
                self.origins.push(Origin { at: before + at, start, end });
                start = end;
            }
        }
    }
}

/// The pieces of a line as they come about.
struct Pieces<'t> {
    line: &'t str,
    pieces: Vec<Piece<'t>>,
    mapped: Mapped,
}

impl<'t> Pieces<'t> {
    /// Adds a unit of the characters in `range`, whose symbol is `name` or else their own text.
    fn symbol(&mut self, range: Range<usize>, name: Option<&'static str>) {
        let Mapped { text, origins } = &self.mapped;
        let (start, end) = (origins[range.start].start, origins[range.end - 1].end);
        let after = origins.get(range.end).map_or(text.len(), |origin| origin.at);
        let mapped = &text[origins[range.start].at..after];
        let text = match name {
            Some(name) => Cow::Borrowed(name),
            None if self.line[start..end] == *mapped => Cow::Borrowed(&self.line[start..end]),
            None => Cow::Owned(mapped.to_string()),
        };
        self.pieces.push(Piece { text, start, end, boundary: false });
    }

    /// Adds what is no unit, one piece for each original character.
    fn gap(&mut self, range: Range<usize>, boundary: bool) {
        for origin in &self.mapped.origins[range] {
            let (start, end) = (origin.start, origin.end);
            let needless = self.pieces.last().is_some_and(|last| last.boundary) || !boundary;
            if start < end || !needless {
                self.pieces.push(Piece { text: Cow::Borrowed(""), start, end, boundary });
            }
        }
    }
}
