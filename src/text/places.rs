//! The units of a line with their places, handed to a sink: what segmentation cuts.
//!
//! Lines of characters that normalise one by one, which are nearly all, are cut in one pass; any
//! other line takes the way of [`Splitter::pieces`], and a property test holds the two together.

use std::ops::Range;

use super::class::{Class, Entry};
use super::options::{Digits, Unit};
use super::splitter::{DIGIT_CLASS, Splitter};

/// Receives the units of a line with their first byte and one past their last, in order. Together
/// with blanks they tile the line, as pieces do.
pub trait PlaceSink {
    /// The line begins, perhaps once more: whatever came before is void.
    fn begin(&mut self);
    /// A unit of one character.
    fn character(&mut self, start: usize, end: usize, character: char);
    /// A unit of any number of characters.
    fn run(&mut self, start: usize, end: usize, text: &str);
    /// A character that is not text.
    fn boundary(&mut self, start: usize, end: usize);
}

impl Splitter {
    /// Hands the units of `line` to `sink`. What lies between them are blanks between words.
    pub fn place(&self, line: &str, sink: &mut impl PlaceSink) {
        sink.begin();
        if self.options.unit != Unit::Char || !self.place_plain(line, sink) {
            sink.begin();
            self.place_pieces(line, sink);
        }
    }

    /// Whether a text is nothing but units that stay as they are, so that put together they are the
    /// text again. May be false where that is so all the same: of words it always is.
    pub fn keeps(&self, text: &str) -> bool {
        let is_unit = |entry: Entry| match entry.class() {
            Class::Letter | Class::Latin => true,
            Class::Digit => self.options.digits != Digits::Class,
            _ => false,
        };
        let stays = |c| {
            let entry = self.table.get(c);
            is_unit(entry) && !entry.changed()
        };
        self.options.unit == Unit::Char && text.chars().all(stays)
    }

    /// Hands over each stretch of a line that is all text, from one boundary to the next. False,
    /// perhaps after some, where that cannot be told from the characters one by one: of words it
    /// never can.
    pub fn stretches(&self, line: &str, mut each: impl FnMut(Range<usize>)) -> bool {
        if self.options.unit != Unit::Char {
            return false;
        }
        let mut start = 0;
        for (at, c) in line.char_indices() {
            match self.table.get(c).class() {
                Class::Letter | Class::Latin | Class::Digit | Class::Mark => {}
                Class::Expand | Class::Context => return false,
                Class::Boundary | Class::Blank | Class::Newline => {
                    if at > start {
                        each(start..at);
                    }
                    start = at + c.len_utf8();
                }
            }
        }
        if line.len() > start {
            each(start..line.len());
        }
        true
    }

    /// The fast way; false where a character does not stand for itself.
    fn place_plain(&self, line: &str, sink: &mut impl PlaceSink) -> bool {
        let mut mapped = String::new();
        let mut rest = line.chars();
        let mut start = 0;
        while let Some(c) = rest.next() {
            let mut end = line.len() - rest.as_str().len();
            let entry = self.table.get(c);
            match entry.class() {
                // The commonest first.
                Class::Letter | Class::Mark => sink.character(start, end, entry.mapped()),
                Class::Latin | Class::Digit => {
                    let changed;
                    (end, changed) = self.run_end(line, end, entry);
                    rest = line[end..].chars();
                    let text = if changed {
                        mapped.clear();
                        mapped.extend(line[start..end].chars().map(|c| self.table.get(c).mapped()));
                        &mapped
                    } else {
                        &line[start..end]
                    };
                    let is_class = entry.is(Class::Digit) && self.options.digits == Digits::Class;
                    sink.run(start, end, if is_class { DIGIT_CLASS } else { text });
                }
                Class::Expand | Class::Context => return false,
                Class::Boundary | Class::Blank | Class::Newline => sink.boundary(start, end),
            }
            start = end;
        }
        true
    }

    /// Where the run ends whose first character, with this entry, ends at `end`; and whether the
    /// mapping changes any of it.
    fn run_end(&self, line: &str, mut end: usize, first: Entry) -> (usize, bool) {
        let class = first.class();
        let mut changed = first.changed();
        let bytes = line.as_bytes();
        loop {
            while bytes.get(end).is_some_and(|&next| self.table.continues_run(next, class)) {
                end += 1;
            }
            let Some(next) = line[end..].chars().next() else { return (end, changed) };
            let ahead = self.table.get(next);
            let joins = ahead.is(class) || ahead.is(Class::Mark) && class == Class::Latin;
            if !joins {
                return (end, changed);
            }
            changed |= ahead.changed();
            end += next.len_utf8();
        }
    }

    fn place_pieces(&self, line: &str, sink: &mut impl PlaceSink) {
        for piece in self.pieces(line) {
            if piece.boundary {
                sink.boundary(piece.start, piece.end);
            } else if !piece.text.is_empty() {
                sink.run(piece.start, piece.end, &piece.text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::{Latin, TextOptions};

    #[derive(Debug, Default, PartialEq)]
    struct Shown(Vec<(usize, usize, String)>);

    impl PlaceSink for Shown {
        fn begin(&mut self) {
            self.0.clear();
        }
        fn character(&mut self, start: usize, end: usize, character: char) {
            self.0.push((start, end, character.to_string()));
        }
        fn run(&mut self, start: usize, end: usize, text: &str) {
            self.0.push((start, end, text.to_owned()));
        }
        fn boundary(&mut self, start: usize, end: usize) {
            self.0.push((start, end, "|".to_owned()));
        }
    }

    proptest! {
        #[test]
        fn both_ways_give_the_same(
            line in "[a-cé1-3一-三あ，。 \u{301}ﬁ½ガ９Ａ％\n\u{feff}]{0,20}|\\PC{0,20}",
            digits in prop::sample::select(Digits::ALL),
            latin in prop::sample::select(Latin::ALL),
        ) {
            let options = TextOptions { digits, latin, ..TextOptions::default() };
            let splitter = Splitter::new(&options);
            let (mut fast, mut slow) = (Shown::default(), Shown::default());
            splitter.place(&line, &mut fast);
            splitter.place_pieces(&line, &mut slow);
            prop_assert_eq!(&fast, &slow);
            let mut stretches = Vec::new();
            if splitter.stretches(&line, |stretch| stretches.push(stretch)) {
                let mut runs: Vec<(usize, usize)> = Vec::new();
                for (start, end, _) in slow.0.iter().filter(|(.., text)| text != "|") {
                    match runs.last_mut() {
                        Some(last) if last.1 == *start => last.1 = *end,
                        _ => runs.push((*start, *end)),
                    }
                }
                let stretches = stretches.into_iter().map(|stretch| (stretch.start, stretch.end));
                prop_assert_eq!(stretches.collect::<Vec<_>>(), runs);
            }
            if splitter.keeps(&line) {
                let again: String = slow.0.into_iter().map(|(.., text)| text).collect();
                prop_assert_eq!(again, line);
            }
        }
    }
}
