//! A pattern as steps between numbered states, whatever a unit is: symbols for `automaton`, texts
//! for `finder`. Following the steps is their business.

use regex::Regex;

use crate::error::Result;
use crate::query::pattern::{Part, Pattern, whole_unit};

/// What a step reads.
#[derive(Clone, Debug)]
pub(super) enum Label<U> {
    /// Nothing.
    Empty,
    /// This unit.
    Unit(U),
    /// Any unit.
    Any,
    /// The edge of a run.
    Edge,
    /// A unit that the expression matches whole.
    Regex(Regex),
}

/// A pattern taken into steps; state 0 is where it begins.
#[derive(Clone, Debug)]
pub(super) struct Steps<U> {
    /// From which state, reading what, to which state.
    pub(super) list: Vec<(usize, Label<U>, usize)>,
    /// How many states there are.
    pub(super) states: usize,
    /// The state in which the pattern has matched.
    pub(super) end: usize,
}

impl<U> Steps<U> {
    /// The steps of a pattern. `read` gives the units of a literal text, `None` for an edge in it.
    ///
    /// # Errors
    /// [`Error::Query`](crate::error::Error::Query) for a wrong regular expression.
    pub(super) fn new(pattern: &Pattern, read: &dyn Fn(&str) -> Vec<Option<U>>) -> Result<Self> {
        let mut steps = Steps { list: Vec::new(), states: 1, end: 0 };
        steps.end = steps.add(pattern, 0, read)?;
        Ok(steps)
    }

    fn state(&mut self) -> usize {
        self.states += 1;
        self.states - 1
    }

    fn step(&mut self, from: usize, label: Label<U>) -> usize {
        let to = self.state();
        self.list.push((from, label, to));
        to
    }

    /// Adds what a pattern reads after `from`; the state after it.
    fn add(
        &mut self,
        pattern: &Pattern,
        mut from: usize,
        read: &dyn Fn(&str) -> Vec<Option<U>>,
    ) -> Result<usize> {
        for part in &pattern.parts {
            from = match part {
                Part::Literal(text) => read(text).into_iter().fold(from, |from, unit| {
                    self.step(from, unit.map_or(Label::Edge, Label::Unit))
                }),
                Part::One => self.step(from, Label::Any),
                Part::Many => {
                    let to = self.step(from, Label::Any);
                    self.list.push((to, Label::Any, to));
                    to
                }
                Part::Start | Part::End => self.step(from, Label::Edge),
                Part::Regex(expression) => self.step(from, Label::Regex(whole_unit(expression)?)),
                Part::Either(choices) => {
                    let to = self.state();
                    for choice in choices {
                        let end = self.add(choice, from, read)?;
                        self.list.push((end, Label::Empty, to));
                    }
                    to
                }
            };
        }
        Ok(from)
    }
}
