//! Finds a pattern in lines of text: leftmost, of those the longest, none inside another.
//!
//! A line is read as its units with one edge before, between and after its runs. All ways through
//! the pattern are followed at once, each with the place where it began, so that no pattern
//! explodes. How often n-grams occur is the business of `automaton`, which reads the index.

use std::ops::Range;

use memchr::memmem;
use unicode_normalization::{IsNormalized, is_nfkc_quick};

use crate::error::{Error, Result};
use crate::query::pattern::{Part, Pattern};
use crate::query::steps::{Label, Steps};
use crate::text::{Case, Piece, Splitter, TextOptions, Unit};

/// A pattern made ready to be looked for.
#[derive(Debug)]
pub struct Finder {
    steps: Steps<String>,
    required: Option<memmem::Finder<'static>>,
}

/// A line cut into its units.
pub struct Line<'t> {
    /// The units, boundaries left out.
    pub units: Vec<Piece<'t>>,
    /// What is read one after the other: whether it is an edge, and the units before it.
    tokens: Vec<(bool, usize)>,
}

impl<'t> Line<'t> {
    /// Cuts a line.
    pub fn new(text: &'t str, splitter: &Splitter) -> Self {
        let mut line = Line { units: Vec::new(), tokens: vec![(true, 0)] };
        for piece in splitter.pieces(text) {
            if piece.boundary {
                line.edge();
            } else if piece.is_unit() {
                line.tokens.push((false, line.units.len()));
                line.units.push(piece);
            }
        }
        line.edge();
        line
    }

    fn edge(&mut self) {
        if self.tokens.last().is_none_or(|(edge, _)| !edge) {
            self.tokens.push((true, self.units.len()));
        }
    }

    /// The units of the run that a unit stands in.
    pub fn run(&self, unit: usize) -> Range<usize> {
        let is_before = |&(edge, before): &(bool, usize)| before < unit + usize::from(edge);
        let after = self.tokens.partition_point(is_before);
        let (earlier, later) = self.tokens.split_at(after);
        let edge = |token: &&(bool, usize)| token.0;
        let start = earlier.iter().rev().find(edge).map_or(0, |token| token.1);
        start..later.iter().find(edge).map_or(self.units.len(), |token| token.1)
    }
}

impl Finder {
    /// Makes a pattern ready for text that is cut with `options`.
    ///
    /// # Errors
    /// [`Error::Query`] for a wrong regular expression, and for a pattern that nothing matches.
    pub fn new(pattern: &Pattern, splitter: &Splitter, options: &TextOptions) -> Result<Self> {
        let read = |text: &str| {
            let pieces = splitter.pieces(text).into_iter();
            let read = pieces.filter(|piece| piece.boundary || piece.is_unit());
            read.map(|piece| (!piece.boundary).then(|| piece.text.into_owned())).collect()
        };
        let steps = Steps::new(pattern, &read)?;
        let required = required(pattern, splitter, options);
        let required = required.map(|text| memmem::Finder::new(&text).into_owned());
        let finder = Finder { steps, required };
        let mut begin = vec![None; finder.steps.states];
        finder.enter(&mut begin, 0, 0);
        if begin[finder.steps.end].is_some() {
            let error = Error::query(format!("the pattern {pattern} can match no unit at all"));
            return Err(error.hint("it has to name a unit: a text, `?` or `*`"));
        }
        Ok(finder)
    }

    /// The lines of a text in which there may be a match, with their numbers, the first being
    /// `first`: those that hold what every match holds, or what normalisation may turn into it.
    pub fn candidates<'t>(
        &'t self,
        first: u64,
        text: &'t str,
    ) -> impl Iterator<Item = (u64, &'t str)> + 't {
        (first..).zip(text.lines()).filter(|(_, line)| match &self.required {
            Some(required) => {
                required.find(line.as_bytes()).is_some()
                    || !line.chars().all(is_inert)
                        && is_nfkc_quick(line.chars()) != IsNormalized::Yes
            }
            None => true,
        })
    }

    /// The matches in a line, as ranges of its units.
    pub fn find(&self, line: &Line<'_>) -> Vec<Range<usize>> {
        let mut found = Vec::new();
        let mut from = 0;
        while let Some(tokens) = self.next(line, from) {
            let units = line.units_of(&tokens);
            // An edge that ends one match may begin the next one.
            let last_is_edge = line.tokens[tokens.end - 1].0;
            let shared = last_is_edge && tokens.end - 1 > tokens.start;
            from = if shared { tokens.end - 1 } else { tokens.end };
            if !units.is_empty() {
                found.push(units);
            }
        }
        found
    }

    /// The leftmost longest match that begins at a token or after it.
    fn next(&self, line: &Line<'_>, from: usize) -> Option<Range<usize>> {
        let mut best: Option<Range<usize>> = None;
        let mut now = vec![None; self.steps.states];
        for at in from..line.tokens.len() {
            if best.is_none() {
                self.enter(&mut now, 0, at);
            }
            let mut next = vec![None; self.steps.states];
            for (state, label, to) in &self.steps.list {
                let Some(start) = now[*state] else { continue };
                if best.as_ref().is_none_or(|best| start <= best.start) && reads(label, line, at) {
                    self.enter(&mut next, *to, start);
                }
            }
            if let Some(start) = next[self.steps.end] {
                best = Some(start..at + 1);
            }
            if best.is_some() && next.iter().all(Option::is_none) {
                break;
            }
            now = next;
        }
        best
    }

    /// Enters a state, and those that are reached from it without reading, with the earliest start.
    fn enter(&self, states: &mut [Option<usize>], state: usize, start: usize) {
        if states[state].is_some_and(|earlier| earlier <= start) {
            return;
        }
        states[state] = Some(start);
        for (from, label, to) in &self.steps.list {
            if *from == state && matches!(label, Label::Empty) {
                self.enter(states, *to, start);
            }
        }
    }
}

impl Line<'_> {
    /// The units among some tokens.
    fn units_of(&self, tokens: &Range<usize>) -> Range<usize> {
        let before = |token: usize| self.tokens.get(token).map_or(self.units.len(), |t| t.1);
        before(tokens.start)..before(tokens.end)
    }
}

fn reads(label: &Label<String>, line: &Line<'_>, at: usize) -> bool {
    let (edge, unit) = line.tokens[at];
    match label {
        Label::Empty => false,
        Label::Edge => edge,
        Label::Any => !edge,
        Label::Unit(text) => !edge && line.units[unit].text == *text,
        Label::Regex(regex) => !edge && regex.is_match(&line.units[unit].text),
    }
}

/// A string that stands in every line with a match, as long as the line has none but inert
/// characters: Han, or Latin letters where their case is kept. The longest there is.
fn required(pattern: &Pattern, splitter: &Splitter, options: &TextOptions) -> Option<String> {
    let plain = |c: char| {
        ('\u{4E00}'..='\u{9FFF}').contains(&c)
            || (c.is_ascii_alphabetic() && options.case == Case::Keep)
    };
    let mut stretches: Vec<String> = Vec::new();
    for part in &pattern.parts {
        let Part::Literal(text) = part else { continue };
        let mut joins = false;
        for piece in splitter.pieces(text) {
            let fits = piece.is_unit() && piece.text.chars().all(plain);
            match stretches.last_mut() {
                // Between characters nothing is left out; between words there are blanks.
                Some(last) if fits && joins => last.push_str(&piece.text),
                _ if fits => stretches.push(piece.text.into_owned()),
                _ => {}
            }
            joins = fits && options.unit == Unit::Char;
        }
    }
    stretches.into_iter().max_by_key(String::len)
}

/// Whether a character is no part of anything that normalisation turns into a letter: neither
/// it nor what it stands next to becomes another one.
fn is_inert(character: char) -> bool {
    character.is_ascii()
        || matches!(character,
            '\u{4E00}'..='\u{9FFF}'
            | '\u{2010}'..='\u{2026}'
            | '\u{3000}'..='\u{3002}'
            | '\u{3008}'..='\u{3011}'
            | '\u{FF01}' | '\u{FF08}' | '\u{FF09}' | '\u{FF0C}' | '\u{FF1A}' | '\u{FF1B}'
            | '\u{FF1F}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::error::Span;
    use crate::query::node::Quoted;

    fn pattern(text: &str) -> Pattern {
        Pattern::parse(&Quoted::new(text, Span::default())).unwrap()
    }

    fn found(text: &str, line: &str, options: &TextOptions) -> Vec<String> {
        let splitter = Splitter::new(options);
        let finder = Finder::new(&pattern(text), &splitter, options).unwrap();
        let cut = Line::new(line, &splitter);
        let matches = finder.find(&cut);
        if finder.candidates(1, line).next().is_none() {
            assert!(matches.is_empty(), "{text} in {line}");
        }
        let bytes = matches.into_iter().map(|m| cut.units[m.start].start..cut.units[m.end - 1].end);
        bytes.map(|bytes| line[bytes].to_owned()).collect()
    }

    fn characters(text: &str, line: &str) -> Vec<String> {
        found(text, line, &TextOptions::default())
    }

    #[test]
    fn matches_are_leftmost_and_longest() {
        assert_eq!(characters("玉", "宝玉黛玉"), ["玉", "玉"]);
        assert_eq!(characters("(宝|宝玉|玉)", "宝玉，玉"), ["宝玉", "玉"]);
        assert_eq!(characters("甲*乙", "甲一乙二乙，甲乙"), ["甲一乙二乙"]);
        assert_eq!(characters("^?$", "甲，乙，丙丁，戊"), ["甲", "乙", "戊"]);
        assert_eq!(characters("玉，道", "玉，，道玉道"), ["玉，，道"]);
        assert_eq!(characters("ｉｓ/[0-9]+/", "is12，is x"), ["is12"]);
        assert_eq!(characters("^", "甲乙"), Vec::<String>::new());
    }

    #[test]
    fn words_are_units() {
        let options = TextOptions { unit: Unit::Word, ..TextOptions::default() };
        let line = "A strong, strong  feeling is strong";
        assert_eq!(found("strong /.*ing/", line, &options), ["strong  feeling"]);
        let splitter = Splitter::new(&options);
        assert!(Finder::new(&pattern(" "), &splitter, &options).is_err());
        let cut = Line::new(line, &splitter);
        assert_eq!([cut.run(0), cut.run(1), cut.run(2), cut.run(5)], [0..2, 0..2, 2..6, 2..6]);
    }

    #[test]
    fn what_is_required_depends_on_the_options() {
        let fold = TextOptions { case: Case::Fold, ..TextOptions::default() };
        let of = |text: &str, options: &TextOptions| {
            required(&pattern(text), &Splitter::new(options), options)
        };
        assert_eq!(of("?宝玉(黛|钗)是", &fold).as_deref(), Some("宝玉"));
        assert_eq!(of("is", &fold), None);
        assert_eq!(of("is", &TextOptions::default()).as_deref(), Some("is"));
        assert_eq!(of("(宝|玉)12", &fold), None);
        assert_eq!(found("IS", "Is", &fold), ["Is"]);
        assert_eq!(characters("一", "㊀"), ["㊀"]);
    }

    /// Whether parts match a stretch of a run, tried one after the other.
    fn naive(parts: &[Part], run: &[char], at: usize, end: usize) -> bool {
        let Some((part, rest)) = parts.split_first() else { return at == end };
        let after = |to: usize| to <= end && naive(rest, run, to, end);
        match part {
            Part::Literal(text) => {
                let text: Vec<char> = text.chars().collect();
                run[at..end].starts_with(&text) && after(at + text.len())
            }
            Part::One => after(at + 1),
            Part::Many => (at + 1..=end).any(after),
            Part::Start => at == 0 && after(at),
            Part::End => at == run.len() && after(at),
            Part::Regex(_) => unreachable!(),
            Part::Either(choices) => (at..=end)
                .any(|to| choices.iter().any(|c| naive(&c.parts, run, at, to)) && after(to)),
        }
    }

    proptest! {
        #[test]
        fn as_if_tried_everywhere(
            line in "[甲乙丙，]{0,14}",
            text in "\\^?([甲乙?*]|\\(甲\\|乙丙?\\)){1,4}\\$?",
        ) {
            let parts = pattern(&text).parts;
            let mut wanted = Vec::new();
            for run in line.split('，') {
                let run: Vec<char> = run.chars().collect();
                let mut at = 0;
                while at < run.len() {
                    match (at + 1..=run.len()).rev().find(|&end| naive(&parts, &run, at, end)) {
                        Some(end) => {
                            wanted.push(run[at..end].iter().collect::<String>());
                            at = end;
                        }
                        None => at += 1,
                    }
                }
            }
            prop_assert_eq!(characters(&text, &line), wanted);
        }
    }
}
