//! Whether a pattern matches a sequence of units, whole.
//!
//! All positions a part may end at are followed at once, so time is bounded by parts times units
//! and no pattern can make it explode.

use regex::Regex;

use crate::error::Result;
use crate::query::pattern::{Part, Pattern, whole_unit};

/// A pattern made ready to match sequences of units.
#[derive(Clone, Debug)]
pub struct Matcher {
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
enum Step {
    Unit(String),
    One,
    Many,
    Either(Vec<Matcher>),
    Start,
    End,
    Regex(Regex),
}

impl Matcher {
    /// Makes a pattern ready; `split` says which units a literal text is.
    pub fn new(pattern: &Pattern, split: &dyn Fn(&str) -> Vec<String>) -> Result<Self> {
        let mut steps = Vec::new();
        for part in &pattern.parts {
            match part {
                Part::Literal(text) => steps.extend(split(text).into_iter().map(Step::Unit)),
                Part::One => steps.push(Step::One),
                Part::Many => steps.push(Step::Many),
                Part::Start => steps.push(Step::Start),
                Part::End => steps.push(Step::End),
                Part::Regex(expression) => {
                    steps.push(Step::Regex(whole_unit(expression)?));
                }
                Part::Either(choices) => {
                    let choices = choices.iter().map(|choice| Matcher::new(choice, split));
                    steps.push(Step::Either(choices.collect::<Result<_>>()?));
                }
            }
        }
        Ok(Matcher { steps })
    }

    /// Makes a pattern ready whose units are characters.
    pub fn characters(pattern: &Pattern) -> Result<Self> {
        Matcher::new(pattern, &|text| text.chars().map(String::from).collect())
    }

    /// Whether it matches all of these units.
    pub fn matches(&self, units: &[&str]) -> bool {
        let mut from = vec![false; units.len() + 1];
        from[0] = true;
        self.follow(units, from)[units.len()]
    }

    /// Whether it matches all characters of a string.
    pub fn matches_text(&self, text: &str) -> bool {
        let ends = text.char_indices().map(|(at, character)| (at, at + character.len_utf8()));
        let units: Vec<&str> = ends.filter_map(|(start, end)| text.get(start..end)).collect();
        self.matches(&units)
    }

    /// Where it can end, for every place where it may begin.
    fn follow(&self, units: &[&str], from: Vec<bool>) -> Vec<bool> {
        self.steps.iter().fold(from, |from, step| step.follow(units, from))
    }
}

impl Step {
    fn follow(&self, units: &[&str], from: Vec<bool>) -> Vec<bool> {
        let single = |fits: &dyn Fn(&str) -> bool| {
            let mut to = vec![false; from.len()];
            for (at, unit) in units.iter().enumerate() {
                to[at + 1] = from[at] && fits(unit);
            }
            to
        };
        match self {
            Step::Unit(literal) => single(&|unit| unit == literal),
            Step::One => single(&|_| true),
            Step::Regex(regex) => single(&|unit| regex.is_match(unit)),
            Step::Many => {
                let mut reached = false;
                let later = from.iter().map(|here| {
                    let before = reached;
                    reached |= here;
                    before
                });
                later.collect()
            }
            Step::Start => only(from, 0),
            Step::End => only(from, units.len()),
            Step::Either(choices) => {
                let mut to = vec![false; from.len()];
                for choice in choices {
                    for (slot, reached) in to.iter_mut().zip(choice.follow(units, from.clone())) {
                        *slot |= reached;
                    }
                }
                to
            }
        }
    }
}

/// The positions without all but one.
fn only(mut positions: Vec<bool>, kept: usize) -> Vec<bool> {
    for (at, slot) in positions.iter_mut().enumerate() {
        *slot &= at == kept;
    }
    positions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Span;
    use crate::query::node::Quoted;

    fn like(text: &str, pattern: &str) -> bool {
        let pattern = Pattern::parse(&Quoted::new(pattern, Span::default())).unwrap();
        Matcher::characters(&pattern).unwrap().matches_text(text)
    }

    #[test]
    fn a_pattern_matches_the_whole() {
        assert!(like("林黛玉", "林?玉"));
        assert!(!like("林黛玉儿", "林?玉"));
        assert!(like("林黛玉儿", "林*"));
        assert!(!like("林", "林*"));
        assert!(like("宝玉", "(宝|黛)玉"));
        assert!(like("妹妹", "(林|妹妹)"));
        assert!(like("ab", "^ab$"));
        assert!(!like("ab", "a^b"));
        assert!(like("a7", "a/[0-9]/"));
        assert!(!like("a77", "a/[0-9]+/"));
        assert!(like("a.b", "a.b"));
        assert!(!like("axb", "a.b"));
    }

    #[test]
    fn words_are_units_too() {
        let pattern = Pattern::parse(&Quoted::new("strong /.*ing/", Span::default())).unwrap();
        let split = |text: &str| text.split_whitespace().map(String::from).collect();
        let matcher = Matcher::new(&pattern, &split).unwrap();
        assert!(matcher.matches(&["strong", "feeling"]));
        assert!(!matcher.matches(&["strong", "tea"]));
    }

    #[test]
    fn no_pattern_explodes() {
        let pattern = "*a".repeat(30);
        assert!(!like(&"a".repeat(2000), &(pattern + "b")));
    }
}
