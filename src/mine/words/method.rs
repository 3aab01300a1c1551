//! The table of discovery methods and what they share.

use super::minent;
use crate::control::Control;
use crate::error::Result;
use crate::index::{CorpusView, Cost};
use crate::mine::{Arguments, MethodHead, ParameterRow};

/// What a method is asked.
pub struct Request<'r> {
    /// The statistics.
    pub view: &'r CorpusView<'r>,
    /// The parameters.
    pub arguments: &'r Arguments,
    /// Memory and threads to stay within.
    pub cost: Cost,
    /// How to stop it and whom to tell.
    pub control: &'r Control,
}

/// A string that a method takes for a word.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// Its symbols.
    pub symbols: Vec<u32>,
    /// How often the method saw it as a word.
    pub count: u64,
    /// How sure the method is; what that means is in its help. `None` where it does not say.
    pub score: Option<f64>,
    /// The measures that decided, one for each of [`Method::measures`].
    pub measures: Vec<Option<f64>>,
}

/// A row of the table of methods.
pub struct Method {
    /// What it is called after BY.
    pub name: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// What its score means.
    pub score: &'static str,
    /// Where it comes from.
    pub paper: &'static str,
    /// Its parameters.
    pub parameters: &'static [ParameterRow],
    /// The columns of measures that it adds.
    pub measures: &'static [&'static str],
    /// The method itself.
    pub find: fn(&Request<'_>) -> Result<Vec<Word>>,
}

impl Method {
    /// What help and completion know of it.
    pub fn head(&self) -> MethodHead {
        let Method { name, help, score, paper, parameters, .. } = *self;
        MethodHead { name, help, score, paper, parameters }
    }
}

/// All methods, the default first.
pub static METHODS: &[Method] = &[minent::METHOD];

/// A method by its name.
pub fn method(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}
