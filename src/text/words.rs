//! Where words begin and end, and which of them are text.
//!
//! Words are cut in the mapped line, so that full-width and half-width text fall apart alike.

use unicode_segmentation::UnicodeSegmentation;

use super::class::{Class, ClassTable};
use super::options::{Case, Digits, Keep, Split};
use super::splitter::{DIGIT_CLASS, Splitter, UnitSink};

/// What a stretch between two word boundaries is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A unit.
    Word,
    /// A word of decimal digits only, which shares the symbol of its class.
    DigitClass,
    /// Nothing: neither a unit nor a boundary.
    Blank,
    /// Not text.
    Boundary,
}

impl Splitter {
    /// Hands the words of `text` to `sink`.
    pub(super) fn feed_words(&self, text: &str, sink: &mut impl UnitSink) {
        let mut mapped = String::new();
        for line in text.split_inclusive('\n') {
            let line = line.strip_suffix('\n').unwrap_or(line);
            if line.is_ascii() {
                let line = self.fold_ascii(line, &mut mapped);
                match self.options.split {
                    Split::Unicode => cut_ascii(line, |part| self.send_ascii(part, sink)),
                    Split::Blank => self.cut(line, |part| self.send(part, sink)),
                }
            } else {
                let line = self.map_line(line, &mut mapped);
                self.cut(line, |part| self.send(part, sink));
            }
            sink.boundary();
            sink.line();
        }
    }

    #[inline]
    fn send(&self, part: &str, sink: &mut impl UnitSink) {
        match self.judge(part) {
            Part::Word => sink.run(part),
            Part::DigitClass => sink.run(DIGIT_CLASS),
            Part::Blank => {}
            Part::Boundary => sink.boundary(),
        }
    }

    /// The same for what [`cut_ascii`] gives, most of which its first byte decides.
    #[inline]
    fn send_ascii(&self, part: &str, sink: &mut impl UnitSink) {
        let plain = self.options.keep != Keep::Nlpzero && self.options.digits != Digits::Class;
        match part.as_bytes().first() {
            Some(b' ') => {}
            Some(first) if plain && first.is_ascii_alphanumeric() => sink.run(part),
            _ => self.send(part, sink),
        }
    }

    fn fold_ascii<'a>(&self, line: &'a str, mapped: &'a mut String) -> &'a str {
        if self.options.case == Case::Keep {
            return line;
        }
        mapped.clear();
        mapped.push_str(line);
        mapped.make_ascii_lowercase();
        mapped
    }

    /// The line as the options map it: itself where they change nothing.
    fn map_line<'a>(&self, line: &'a str, mapped: &'a mut String) -> &'a str {
        let mut segments = self.segments(line);
        if segments.all(|segment| segment.single() && !segment.entry.changed()) {
            return line;
        }
        mapped.clear();
        for segment in self.segments(line) {
            if segment.single() {
                mapped.push(segment.entry.mapped());
            } else {
                self.table.map(&line[segment.start..segment.end], mapped);
            }
        }
        mapped
    }

    /// Calls `each` with every stretch between word boundaries of a mapped line; they tile it.
    pub(super) fn cut<'a>(&self, line: &'a str, mut each: impl FnMut(&'a str)) {
        match self.options.split {
            Split::Unicode => line.split_word_bounds().for_each(each),
            Split::Blank => {
                let mut rest = line;
                while let Some(first) = rest.chars().next() {
                    let blank = first.is_whitespace();
                    let end = rest.find(|c: char| c.is_whitespace() != blank);
                    let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
                    each(part);
                    rest = after;
                }
            }
        }
    }

    /// What a stretch of a mapped line is.
    pub(super) fn judge(&self, part: &str) -> Part {
        let class = |c| self.table.get(c).plain();
        let word = match self.options.keep {
            Keep::All => !part.chars().all(|c| class(c) == Class::Blank),
            Keep::Letters => part.chars().any(|c| begins_word(&self.table, c)),
            Keep::Nlpzero => part.chars().all(|c| class(c).is_kept()),
        };
        if !word {
            let blank = part.chars().all(|c| class(c) == Class::Blank);
            return if blank { Part::Blank } else { Part::Boundary };
        }
        if self.options.digits == Digits::Class && part.chars().all(|c| class(c) == Class::Digit) {
            return Part::DigitClass;
        }
        Part::Word
    }
}

/// Whether a stretch with `c` is a word. A mark alone does not make one: it may follow anything, as
/// the variation selector does that turns a symbol into an emoji.
fn begins_word(table: &ClassTable, c: char) -> bool {
    let class = table.get(c).plain();
    class.is_kept() && class != Class::Mark
}

/// Cuts an ASCII line at the word boundaries of UAX #29, several times as fast as the tables do.
fn cut_ascii<'a>(line: &'a str, mut each: impl FnMut(&'a str)) {
    let bytes = line.as_bytes();
    let mut start = 0;
    while let Some(&first) = bytes.get(start) {
        let mut end = start + 1;
        if is_word_byte(first) {
            while let Some(&next) = bytes.get(end) {
                if is_word_byte(next) {
                    end += 1;
                } else if bytes
                    .get(end + 1)
                    .is_some_and(|&after| joins(bytes[end - 1], next, after))
                {
                    end += 2;
                } else {
                    break;
                }
            }
        } else if first == b' ' {
            while bytes.get(end) == Some(&b' ') {
                end += 1;
            }
        } else if first == b'\r' && bytes.get(end) == Some(&b'\n') {
            end += 1;
        }
        each(&line[start..end]);
        start = end;
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Rules WB6, WB7, WB11 and WB12: `middle` stands inside a word or a number.
fn joins(before: u8, middle: u8, after: u8) -> bool {
    match middle {
        b'\'' | b'.' => {
            (before.is_ascii_alphabetic() && after.is_ascii_alphabetic())
                || (before.is_ascii_digit() && after.is_ascii_digit())
        }
        b':' => before.is_ascii_alphabetic() && after.is_ascii_alphabetic(),
        b',' | b';' => before.is_ascii_digit() && after.is_ascii_digit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn ascii_words_are_those_of_the_annex(
            line in "[a-c1-3_'.,;: \r\t\"\\-\0]{0,24}|[\0-\x7f]{0,24}",
        ) {
            let mut words = Vec::new();
            cut_ascii(&line, |part| words.push(part));
            prop_assert_eq!(words, line.split_word_bounds().collect::<Vec<_>>());
        }
    }
}
