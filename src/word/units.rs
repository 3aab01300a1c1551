//! A sentence as units with their codes and places: what lexicons and models cut.
//!
//! What is no text is a unit too, with a code that no word has. What is never cut, found in
//! `wholes`, has become one unit.

use std::ops::Range;

use super::wholes::{Kept, Whole, Wholes, repeats};
use crate::index::CharacterTable;
use crate::text::{DIGIT_CLASS, PlaceSink, Splitter};

/// The code of what is no text. Units that nobody knows have 0.
pub(super) const SIGN: u32 = u32::MAX;

/// The codes of units.
pub(super) trait Codes {
    /// Those of single characters.
    fn characters(&self) -> &CharacterTable;
    /// That of a unit of any number of characters; 0 where there is none.
    fn run(&self, text: &str) -> u32;
}

/// A unit's first byte in the sentence and one past its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// The units of one sentence. Keeps its buffers.
#[derive(Default)]
pub(super) struct Units {
    pub(super) codes: Vec<u32>,
    pub(super) places: Vec<Place>,
    wholes: Wholes,
}

impl Units {
    /// Puts the units of a sentence in place of those that were there; `kept` says what stays
    /// whole.
    pub(super) fn fill(
        &mut self,
        sentence: &str,
        splitter: &Splitter,
        codes: &impl Codes,
        kept: Kept,
    ) {
        let characters = codes.characters();
        splitter.place(sentence, &mut Coder { sentence, characters, codes, units: self });
        let found = self.wholes.find(sentence, kept);
        if !found.is_empty() {
            let number = codes.run(DIGIT_CLASS);
            join(&mut self.codes, &mut self.places, found, number);
        }
    }
}

impl Units {
    /// Whether something in a sentence stays whole.
    pub(super) fn has_wholes(&mut self, sentence: &str, kept: Kept) -> bool {
        !self.wholes.find(sentence, kept).is_empty()
    }
}

/// Makes each whole one unit: a number like its first digits, an address like a sign.
fn join(
    codes: &mut Vec<u32>,
    places: &mut Vec<Place>,
    wholes: &[(Range<usize>, Whole)],
    number: u32,
) {
    let mut wholes = wholes.iter().peekable();
    let (mut kept, mut at) = (0, 0);
    while at < places.len() {
        let (mut code, mut place) = (codes[at], places[at]);
        let start = place.start as usize;
        while wholes.peek().is_some_and(|(range, _)| range.end <= start) {
            wholes.next();
        }
        at += 1;
        if let Some((range, whole)) = wholes.peek()
            && range.start <= start
        {
            while at < places.len() && (places[at].start as usize) < range.end {
                place.end = place.end.max(places[at].end);
                at += 1;
            }
            match whole {
                Whole::Address => code = SIGN,
                Whole::Number => {}
                Whole::HanNumber => code = number,
            }
        }
        (codes[kept], places[kept]) = (code, place);
        kept += 1;
    }
    codes.truncate(kept);
    places.truncate(kept);
}

/// Gives units their codes as they come.
struct Coder<'c, C> {
    sentence: &'c str,
    characters: &'c CharacterTable,
    codes: &'c C,
    units: &'c mut Units,
}

impl<C> Coder<'_, C> {
    #[inline(always)]
    fn push(&mut self, start: usize, end: usize, code: u32) {
        self.units.codes.push(code);
        self.units.places.push(Place { start: offset(start), end: offset(end) });
    }
}

/// A place in a line; lines beyond 4 GB are refused long before.
#[inline(always)]
fn offset(byte: usize) -> u32 {
    u32::try_from(byte).unwrap_or(u32::MAX)
}

impl<C: Codes> PlaceSink for Coder<'_, C> {
    fn begin(&mut self) {
        self.units.codes.clear();
        self.units.places.clear();
    }

    #[inline(always)]
    fn character(&mut self, start: usize, end: usize, character: char) {
        self.push(start, end, self.characters.get(character));
    }

    fn run(&mut self, start: usize, end: usize, text: &str) {
        let mut characters = text.chars();
        let code = match (characters.next(), characters.next()) {
            (Some(only), None) => self.characters.get(only),
            _ => self.codes.run(text),
        };
        self.push(start, end, code);
    }

    /// Signs are units one by one, save that a repeated dash or dot is one.
    fn boundary(&mut self, start: usize, end: usize) {
        if let (Some(&SIGN), Some(last)) = (self.units.codes.last(), self.units.places.last_mut())
            && last.end as usize == start
            && let Some(character) = self.sentence[start..end].chars().next()
            && repeats(character)
            && self.sentence[last.start as usize..].starts_with(character)
        {
            last.end = offset(end);
            return;
        }
        self.push(start, end, SIGN);
    }
}
