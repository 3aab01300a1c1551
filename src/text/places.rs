//! The units of a line with their places, into buffers that are used again: what segmentation cuts.
//!
//! Lines of characters that normalise one by one, which are nearly all, are cut in one pass; any
//! other line takes the way of [`Splitter::pieces`], and a property test holds the two together.

use super::class::Class;
use super::options::{Digits, Unit};
use super::splitter::{DIGIT_CLASS, Splitter};

/// A unit in its line, or what stands between units. Together they tile the line, as pieces do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// First byte in the line.
    pub start: u32,
    /// One past the last byte in the line.
    pub end: u32,
    /// What it is.
    pub kind: PlacedKind,
}

/// What stands in a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlacedKind {
    /// A unit whose symbol is this character.
    Character(char),
    /// A unit of several characters; where they are in [`PlacedUnits::run`].
    Run(u32, u32),
    /// Something that is not text.
    Boundary,
    /// Blanks between words, and what a unit before it has used up.
    Blank,
}

/// The units of one line.
#[derive(Clone, Debug, Default)]
pub struct PlacedUnits {
    /// In the order of the line.
    pub units: Vec<Placed>,
    runs: String,
}

impl PlacedUnits {
    /// The text of a unit of several characters, after mapping.
    pub fn run(&self, from: u32, to: u32) -> &str {
        &self.runs[from as usize..to as usize]
    }

    /// Keeps the text of a unit; returns what the unit is.
    pub fn keep_run(&mut self, text: &str) -> PlacedKind {
        let from = offset(self.runs.len());
        self.runs.push_str(text);
        PlacedKind::Run(from, offset(self.runs.len()))
    }

    fn push_run(&mut self, start: usize, end: usize, text: &str) {
        let kind = self.keep_run(text);
        self.units.push(Placed { start: offset(start), end: offset(end), kind });
    }
}

/// A place in a line; lines beyond 4 GB are refused long before.
fn offset(byte: usize) -> u32 {
    u32::try_from(byte).unwrap_or(u32::MAX)
}

impl Splitter {
    /// Puts the units of `line` with their places into `into`.
    pub fn place(&self, line: &str, into: &mut PlacedUnits) {
        into.units.clear();
        into.runs.clear();
        if self.options.unit != Unit::Char || !self.place_plain(line, into) {
            into.units.clear();
            into.runs.clear();
            self.place_pieces(line, into);
        }
    }

    /// The fast way; false where a character does not stand for itself.
    fn place_plain(&self, line: &str, into: &mut PlacedUnits) -> bool {
        let mut characters = line.char_indices().peekable();
        while let Some((start, c)) = characters.next() {
            let entry = self.table.get(c);
            if entry.needs_segment() {
                return false;
            }
            let class = entry.class();
            let kind = match class {
                Class::Letter | Class::Mark => PlacedKind::Character(entry.mapped()),
                Class::Latin | Class::Digit => {
                    let from = into.runs.len();
                    into.runs.push(entry.mapped());
                    let mut end = start + c.len_utf8();
                    while let Some(&(_, next)) = characters.peek() {
                        let ahead = self.table.get(next);
                        let joins = match ahead.class() {
                            Class::Mark => class == Class::Latin,
                            other => other == class,
                        };
                        if !joins || ahead.needs_segment() {
                            break;
                        }
                        into.runs.push(ahead.mapped());
                        end += next.len_utf8();
                        characters.next();
                    }
                    self.close_run(into, start, end, from, class);
                    continue;
                }
                _ => PlacedKind::Boundary,
            };
            let end = start + c.len_utf8();
            into.units.push(Placed { start: offset(start), end: offset(end), kind });
        }
        true
    }

    /// Makes what was gathered since `from` one unit.
    fn close_run(
        &self,
        into: &mut PlacedUnits,
        start: usize,
        end: usize,
        from: usize,
        class: Class,
    ) {
        if class == Class::Digit && self.options.digits == Digits::Class {
            into.runs.truncate(from);
            into.push_run(start, end, DIGIT_CLASS);
            return;
        }
        let mut run = into.runs[from..].chars();
        let kind = match (run.next(), run.next()) {
            (Some(one), None) => PlacedKind::Character(one),
            _ => PlacedKind::Run(offset(from), offset(into.runs.len())),
        };
        into.units.push(Placed { start: offset(start), end: offset(end), kind });
    }

    fn place_pieces(&self, line: &str, into: &mut PlacedUnits) {
        for piece in self.pieces(line) {
            let mut characters = piece.text.chars();
            let kind = match (characters.next(), characters.next()) {
                _ if piece.boundary => PlacedKind::Boundary,
                (None, _) => PlacedKind::Blank,
                (Some(one), None) => PlacedKind::Character(one),
                _ => {
                    into.push_run(piece.start, piece.end, &piece.text);
                    continue;
                }
            };
            let (start, end) = (offset(piece.start), offset(piece.end));
            into.units.push(Placed { start, end, kind });
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::{Latin, TextOptions};

    proptest! {
        #[test]
        fn both_ways_give_the_same(
            line in "[a-cé1-3一-三あ，。 \u{301}ﬁ½ガ９Ａ％\n\u{feff}]{0,20}|\\PC{0,20}",
            digits in prop::sample::select(Digits::ALL),
            latin in prop::sample::select(Latin::ALL),
        ) {
            let options = TextOptions { digits, latin, ..TextOptions::default() };
            let splitter = Splitter::new(&options);
            let (mut fast, mut slow) = (PlacedUnits::default(), PlacedUnits::default());
            splitter.place(&line, &mut fast);
            splitter.place_pieces(&line, &mut slow);
            let shown = |placed: &PlacedUnits| -> Vec<(u32, u32, String)> {
                let text = |kind| match kind {
                    PlacedKind::Character(c) => c.to_string(),
                    PlacedKind::Run(from, to) => placed.run(from, to).to_owned(),
                    PlacedKind::Boundary => "|".to_owned(),
                    PlacedKind::Blank => String::new(),
                };
                placed.units.iter().map(|unit| (unit.start, unit.end, text(unit.kind))).collect()
            };
            prop_assert_eq!(shown(&fast), shown(&slow));
        }
    }
}
