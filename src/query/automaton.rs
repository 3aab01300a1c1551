//! A pattern as an automaton over symbols, walked along the leaves of the index.

use std::collections::BTreeMap;

use regex::Regex;

use crate::error::{Error, Result};
use crate::index::{BOUNDARY, CorpusView, Leaf, MAX_ORDER, PAD};
use crate::query::context::Context;
use crate::query::pattern::{Part, Pattern, whole_unit};

/// States are bits of a word, so a pattern has at most this many.
const MOST_STATES: usize = 64;

/// What a step reads.
#[derive(Clone, Debug)]
enum Label {
    /// Nothing.
    Empty,
    /// One symbol; `None` for a unit that has never occurred.
    Symbol(Option<u32>),
    /// Any unit.
    Unit,
    /// The edge of a run.
    Edge,
    /// A unit that this expression matches whole.
    Regex(usize),
}

/// An automaton without a way back: reading symbols moves sets of states on.
pub struct Automaton<'v> {
    view: &'v CorpusView<'v>,
    steps: Vec<(usize, Label, usize)>,
    states: usize,
    end: usize,
    expressions: Vec<Regex>,
    /// What an expression says of a symbol, once asked.
    matched: BTreeMap<(usize, u32), bool>,
}

/// An n-gram that a pattern matches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Match {
    /// Its symbols, edges left out.
    pub symbols: Vec<u32>,
    /// How often it occurs.
    pub count: u64,
}

impl<'v> Automaton<'v> {
    /// Makes a pattern ready for a corpus.
    ///
    /// # Errors
    /// [`Error::Query`] for a pattern of more than 64 steps or a wrong regular expression.
    pub fn new(pattern: &Pattern, view: &'v CorpusView<'v>) -> Result<Self> {
        let (steps, expressions, matched) = (Vec::new(), Vec::new(), BTreeMap::new());
        let mut automaton = Automaton { view, steps, states: 1, end: 0, expressions, matched };
        automaton.end = automaton.add(pattern, 0)?;
        if automaton.states > MOST_STATES {
            return Err(Error::query(format!("the pattern {pattern} has too many parts")));
        }
        Ok(automaton)
    }

    fn state(&mut self) -> usize {
        self.states += 1;
        self.states - 1
    }

    fn step(&mut self, from: usize, label: Label) -> usize {
        let to = self.state();
        self.steps.push((from, label, to));
        to
    }

    /// Adds what a pattern reads after `from`; the state after it.
    fn add(&mut self, pattern: &Pattern, mut from: usize) -> Result<usize> {
        for part in &pattern.parts {
            from = match part {
                Part::Literal(text) => {
                    let symbols = self.view.symbols_of(text);
                    symbols.into_iter().fold(from, |from, symbol| match symbol {
                        Some(BOUNDARY) => self.step(from, Label::Edge),
                        symbol => self.step(from, Label::Symbol(symbol)),
                    })
                }
                Part::One => self.step(from, Label::Unit),
                Part::Many => {
                    let to = self.step(from, Label::Unit);
                    self.steps.push((to, Label::Unit, to));
                    to
                }
                Part::Start | Part::End => self.step(from, Label::Edge),
                Part::Regex(expression) => {
                    let regex = whole_unit(expression)?;
                    self.expressions.push(regex);
                    self.step(from, Label::Regex(self.expressions.len() - 1))
                }
                Part::Either(choices) => {
                    let to = self.state();
                    for choice in choices {
                        let end = self.add(choice, from)?;
                        self.steps.push((end, Label::Empty, to));
                    }
                    to
                }
            };
        }
        Ok(from)
    }

    /// The symbols of the pattern, when it is nothing but a text; an unknown unit as `None`.
    pub fn literal(&self) -> Option<Vec<Option<u32>>> {
        let symbol = |step: &(usize, Label, usize)| match step.1 {
            Label::Symbol(symbol) => Some(symbol),
            _ => None,
        };
        self.steps.iter().map(symbol).collect()
    }

    fn closure(&self, mut states: u64) -> u64 {
        loop {
            let mut more = states;
            for (from, label, to) in &self.steps {
                if matches!(label, Label::Empty) && states >> from & 1 == 1 {
                    more |= 1 << to;
                }
            }
            if more == states {
                return states;
            }
            states = more;
        }
    }

    fn read(&mut self, states: u64, symbol: u32) -> u64 {
        let mut next = 0;
        for place in 0..self.steps.len() {
            let (from, ref label, to) = self.steps[place];
            if states >> from & 1 == 0 {
                continue;
            }
            let reads = match *label {
                Label::Empty => false,
                Label::Symbol(wanted) => wanted == Some(symbol),
                Label::Unit => symbol != BOUNDARY,
                Label::Edge => symbol == BOUNDARY,
                Label::Regex(number) => symbol != BOUNDARY && self.expression(number, symbol),
            };
            if reads {
                next |= 1 << to;
            }
        }
        self.closure(next)
    }

    fn expression(&mut self, number: usize, symbol: u32) -> bool {
        let (expressions, view) = (&self.expressions, self.view);
        *self
            .matched
            .entry((number, symbol))
            .or_insert_with(|| expressions[number].is_match(view.dictionary().text(symbol)))
    }

    /// Every n-gram up to the order that the pattern matches, with its count.
    ///
    /// # Errors
    /// When a page cannot be read or the query is stopped.
    pub fn matches(&mut self, context: &Context<'_>) -> Result<Vec<Match>> {
        let start = self.closure(1);
        let mut walk = Walk { found: BTreeMap::new(), states: [start; MAX_ORDER + 1] };
        let mut scan = match self.first_symbol() {
            Some(Some(symbol)) => {
                let mut from = [PAD; MAX_ORDER];
                from[0] = symbol;
                self.view.scan(Some(&from))?
            }
            Some(None) => return Ok(Vec::new()),
            None => self.view.scan(None)?,
        };
        let last = self.first_symbol().flatten();
        let mut leaves = 0usize;
        while let Some(leaf) = scan.next_leaf()? {
            if last.is_some_and(|last| leaf.window[0] > last) {
                break;
            }
            walk.leaf(self, leaf);
            leaves += 1;
            if leaves.is_multiple_of(1 << 16) {
                context.check()?;
            }
        }
        Ok(walk.found.into_iter().map(|(symbols, count)| Match { symbols, count }).collect())
    }

    /// The symbol that every match begins with: `Some(None)` where it has never occurred.
    fn first_symbol(&self) -> Option<Option<u32>> {
        let mut first = self.steps.iter().filter(|(from, ..)| *from == 0);
        match (first.next(), first.next()) {
            (Some((_, Label::Symbol(symbol), _)), None) => Some(*symbol),
            (Some((_, Label::Edge, _)), None) => Some(Some(BOUNDARY)),
            _ => None,
        }
    }
}

/// The matches so far, and the states after each symbol of the leaf at hand.
struct Walk {
    found: BTreeMap<Vec<u32>, u64>,
    states: [u64; MAX_ORDER + 1],
}

impl Walk {
    fn leaf(&mut self, automaton: &mut Automaton<'_>, leaf: &Leaf) {
        for depth in leaf.shared..leaf.length {
            let before = self.states[depth];
            self.states[depth + 1] =
                if before == 0 { 0 } else { automaton.read(before, leaf.window[depth]) };
        }
        for depth in 1..=leaf.length {
            if self.states[depth] >> automaton.end & 1 == 1 {
                let text = leaf.window[..depth].iter().copied().filter(|&s| s != BOUNDARY);
                *self.found.entry(text.collect()).or_default() += leaf.count;
            }
        }
    }
}
