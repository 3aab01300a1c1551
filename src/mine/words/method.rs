//! The table of discovery methods and what they share.

use std::sync::Arc;

use super::{bayes, entropy, minent, ngram, nvbe, pmi, topwords};
use crate::control::Control;
use crate::error::Result;
use crate::index::{CorpusView, Cost, Statistics};
use crate::mine::{Arguments, MethodHead, ParameterRow};
use crate::word::Model;

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
    /// The words of a saved lexicon, by its name.
    pub lexicon: &'r dyn Fn(&str) -> Result<Vec<String>>,
    /// Tells the person who asked what the answer does not show.
    pub tell: &'r dyn Fn(String),
}

impl Request<'_> {
    /// The statistics of n-grams of up to `longest` units that occur at least so often.
    ///
    /// # Errors
    /// When they cannot be read or made.
    pub fn statistics(&self, count: u64, longest: usize) -> Result<Arc<Statistics>> {
        self.view.statistics(count, longest, self.cost, self.control)
    }

    /// The most units of a word, as `max_length` has it; `most` where the corpus says nothing of
    /// longer ones.
    pub fn longest(&self, most: usize) -> usize {
        let asked = self.arguments.count("max_length");
        let longest = usize::try_from(asked).unwrap_or(usize::MAX).min(most);
        if asked > longest as u64 {
            let record = self.view.record();
            (self.tell)(format!(
                "max_length = {asked} was taken for {longest}: the corpus {} has order {}",
                record.name,
                self.view.order()
            ));
        }
        longest
    }

    /// The words that a parameter gives, by the name of a lexicon or one by one.
    ///
    /// # Errors
    /// When there is no such lexicon.
    pub fn words(&self, name: &str) -> Result<Vec<String>> {
        let (lexicon, words) = self.arguments.words(name);
        let mut words = words.to_vec();
        if let Some(lexicon) = lexicon {
            words.extend((self.lexicon)(lexicon)?);
        }
        Ok(words)
    }
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

/// What a method has found: counts at once, the words themselves when they are asked for.
pub struct Found {
    counts: Vec<u64>,
    make: Box<dyn Fn(usize, u64) -> Word>,
}

impl Found {
    /// Words that `make` makes of their number and their count.
    pub fn lazily(counts: Vec<u64>, make: impl Fn(usize, u64) -> Word + 'static) -> Self {
        Found { counts, make: Box::new(make) }
    }

    /// How often each was seen as a word.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The word of a number.
    pub fn word(&self, number: usize) -> Word {
        (self.make)(number, self.counts[number])
    }

    /// All words.
    pub fn words(&self) -> impl Iterator<Item = Word> {
        (0..self.counts.len()).map(|number| self.word(number))
    }
}

impl From<Vec<Word>> for Found {
    fn from(words: Vec<Word>) -> Self {
        let counts = words.iter().map(|word| word.count).collect();
        Found::lazily(counts, move |number, _| words[number].clone())
    }
}

/// One thing that speaks for a word or against it.
#[derive(Clone, Debug, PartialEq)]
pub struct Evidence {
    /// What was measured.
    pub measure: String,
    /// How much it is; `None` where it is not defined.
    pub value: Option<f64>,
    /// What the method asks for; empty where it asks for nothing.
    pub limit: String,
    /// What follows.
    pub verdict: String,
}

impl Evidence {
    /// A measure that a method only reports.
    pub fn shown(measure: impl Into<String>, value: Option<f64>) -> Self {
        let (limit, verdict) = (String::new(), String::new());
        Evidence { measure: measure.into(), value, limit, verdict }
    }

    /// A measure that a method wants to be at least so much.
    pub fn at_least(measure: impl Into<String>, value: Option<f64>, least: f64) -> Self {
        let met = value.is_some_and(|value| value >= least);
        Evidence::judged(measure, value, format!(">= {least}"), met)
    }

    /// A measure with a limit in words.
    pub fn judged(
        measure: impl Into<String>,
        value: Option<f64>,
        limit: impl Into<String>,
        met: bool,
    ) -> Self {
        let verdict = if met { "met" } else { "not met" };
        let (measure, limit) = (measure.into(), limit.into());
        Evidence { measure, value, limit, verdict: verdict.into() }
    }

    /// The last line: whether it is a word, and how often.
    pub fn verdict(count: Option<u64>, reason: impl Into<String>) -> Self {
        let verdict = match count {
            Some(_) => "a word".to_owned(),
            None => format!("no word: {}", reason.into()),
        };
        let value = count.map(|count| count as f64);
        let measure = "counted as a word".into();
        Evidence { measure, value, limit: ">= 1".into(), verdict }
    }
}

/// Makes what SEGMENT BY a method cuts by.
pub type MakeModel = fn(&Request<'_>) -> Result<Arc<dyn Model>>;

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
    pub find: fn(&Request<'_>) -> Result<Found>,
    /// What SEGMENT BY asks it; `None` where it cuts no text by itself.
    pub model: Option<MakeModel>,
    /// What speaks for a string of symbols and against it, the verdict last.
    pub why: fn(&Request<'_>, &[u32]) -> Result<Vec<Evidence>>,
}

impl Method {
    /// What help and completion know of it.
    pub fn head(&self) -> MethodHead {
        let Method { name, help, score, paper, parameters, .. } = *self;
        MethodHead { name, help, score, paper, parameters }
    }
}

/// All methods, the default first.
pub static METHODS: &[Method] = &[
    nvbe::METHOD,
    bayes::METHOD,
    minent::METHOD,
    pmi::METHOD,
    entropy::METHOD,
    topwords::METHOD,
    ngram::METHOD,
];

/// A method by its name.
pub fn method(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}
