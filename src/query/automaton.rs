//! A pattern as an automaton over symbols, walked along the leaves of the index.

use std::collections::BTreeMap;

use crate::control::Measure;
use crate::error::{Error, Result};
use crate::index::{BOUNDARY, CorpusView, Leaf, MAX_ORDER, PAD};
use crate::query::context::Context;
use crate::query::pattern::Pattern;
use crate::query::steps::{Label, Steps};

/// States are bits of a word, so a pattern has at most this many.
const MOST_STATES: usize = 64;
/// An automaton without a way back: reading symbols moves sets of states on.
pub struct Automaton<'v> {
    view: &'v CorpusView<'v>,
    /// A unit that has never occurred is `None`.
    steps: Steps<Option<u32>>,
    /// What the expression of a step says of a symbol, once asked.
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
        let read = |text: &str| {
            let symbols = view.symbols_of(text).into_iter();
            symbols.map(|symbol| (symbol != Some(BOUNDARY)).then_some(symbol)).collect()
        };
        let steps = Steps::new(pattern, &read)?;
        if steps.states > MOST_STATES {
            return Err(Error::query(format!("the pattern {pattern} has too many parts")));
        }
        Ok(Automaton { view, steps, matched: BTreeMap::new() })
    }

    /// The symbols of the pattern, when it is nothing but a text; an unknown unit as `None`.
    pub fn literal(&self) -> Option<Vec<Option<u32>>> {
        let symbol = |step: &(usize, Label<Option<u32>>, usize)| match step.1 {
            Label::Unit(symbol) => Some(symbol),
            _ => None,
        };
        self.steps.list.iter().map(symbol).collect()
    }

    fn closure(&self, mut states: u64) -> u64 {
        loop {
            let mut more = states;
            for (from, label, to) in &self.steps.list {
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
        for (place, (from, label, to)) in self.steps.list.iter().enumerate() {
            if states >> from & 1 == 0 {
                continue;
            }
            let reads = match label {
                Label::Empty => false,
                Label::Unit(wanted) => *wanted == Some(symbol),
                Label::Any => symbol != BOUNDARY,
                Label::Edge => symbol == BOUNDARY,
                Label::Regex(expression) => {
                    let texts = self.view.dictionary();
                    let asked = || expression.is_match(texts.text(symbol));
                    symbol != BOUNDARY && *self.matched.entry((place, symbol)).or_insert_with(asked)
                }
            };
            if reads {
                next |= 1 << to;
            }
        }
        self.closure(next)
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
        let progress = &context.control.progress;
        let segments = self.view.manifest().segments.iter();
        let total = last.is_none().then(|| segments.map(|segment| segment.leaves).sum());
        progress.begin("scanning the counts", total, Measure::Items);
        let mut ticks = context.control.ticks();
        let is_behind = |leaf: &Leaf| last.is_some_and(|last| leaf.window[0] > last);
        while let Some(run) = scan.next_run()?.filter(|run| !is_behind(&run[0])) {
            run.iter().take_while(|leaf| !is_behind(leaf)).for_each(|leaf| walk.leaf(self, leaf));
            ticks.add(run.len())?;
        }
        progress.finish();
        Ok(walk.found.into_iter().map(|(symbols, count)| Match { symbols, count }).collect())
    }

    /// The symbol that every match begins with: `Some(None)` where it has never occurred.
    fn first_symbol(&self) -> Option<Option<u32>> {
        let mut first = self.steps.list.iter().filter(|(from, ..)| *from == 0);
        match (first.next(), first.next()) {
            (Some((_, Label::Unit(symbol), _)), None) => Some(*symbol),
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
            if self.states[depth] >> automaton.steps.end & 1 == 1 {
                let text = leaf.window[..depth].iter().copied().filter(|&s| s != BOUNDARY);
                *self.found.entry(text.collect()).or_default() += leaf.count;
            }
        }
    }
}
