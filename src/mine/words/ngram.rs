//! `ngram`: a language model whose context ends where the word begins (Su Jianlin 2016).
//!
//! Each unit is the first, second, third or a later one of its word (tags b, c, d, e) and is
//! predicted by the units of its word before it, three at most. Going on within a word costs: the
//! further, the more. The most probable tags are the words.

use std::sync::Arc;

use super::method::{Evidence, Found, Method, Request, Word};
use super::runs::{count_words, need_text};
use crate::error::Result;
use crate::index::{Branch, Branching};
use crate::mine::{Bounds, ParameterKind, ParameterRow};
use crate::word::{Model, RunRows, Scores};

/// The row of the method.
pub(super) const METHOD: Method = Method {
    name: "ngram",
    help: "cuts where the units before do not help to predict the next, counts the words",
    score: "ln of the probability of the word with its costs, in nats a unit",
    paper: "Su Jianlin 2016, https://kexue.fm/archives/3956; smoothing of Witten & Bell 1991",
    parameters: &[
        cost("second", "0.15", "the probability that a word goes on after its first unit"),
        cost("third", "0.01", "the same after its second"),
        cost("fourth", "0.01", "the same after its third"),
        cost("further", "0.001", "the same after any later one"),
        ParameterRow {
            name: "max_length",
            kind: ParameterKind::Count(Bounds::between(1.0, 32.0)),
            default: "8",
            help: "the most units of a word",
        },
        ParameterRow {
            name: "min_count",
            kind: ParameterKind::COUNT,
            default: "1",
            help: "a word is cut out so often; SEGMENT does not look at it",
        },
    ],
    measures: &[],
    find,
    model: Some(model),
    why,
};

const fn cost(name: &'static str, default: &'static str, help: &'static str) -> ParameterRow {
    ParameterRow { name, kind: ParameterKind::SHARE, default, help }
}

/// The longest context and the unit after it.
const GRAM: usize = 4;

/// The model with its costs.
struct Tags {
    branching: Arc<Branching>,
    /// ln of going on after the first, second, third and a later unit.
    on: [f64; 4],
    longest: usize,
}

impl Tags {
    fn new(request: &Request<'_>) -> Result<Self> {
        let arguments = request.arguments;
        let branching = request.view.branching(GRAM, request.cost, request.control)?;
        let names = ["second", "third", "fourth", "further"];
        let longest = usize::try_from(arguments.count("max_length")).unwrap_or(usize::MAX);
        Ok(Tags { branching, on: names.map(|name| arguments.real(name).max(1e-30).ln()), longest })
    }

    /// p(last unit | those before it), interpolated: how many different units follow a context says
    /// how far it is trusted (Witten & Bell). `length` is that of the n-gram that ends at `end`.
    fn probability(&self, rows: &RunRows, end: usize, length: usize) -> f64 {
        let branching = &self.branching;
        let count = |row: Option<Branch>| row.map_or(0.0, |row| branching.count(row) as f64);
        // What has no row occurs once, or never.
        let unit = rows.get(end - 1, 1).map_or(1.0, |row| branching.count(row) as f64);
        let mut probability = unit / (branching.total.max(1) as f64);
        for length in 2..=length {
            let Some(context) = rows.get(end - length, length - 1) else { break };
            let variety = branching.variety(context) as f64;
            let together = count(rows.get(end - length, length));
            let all = branching.count(context) as f64;
            probability = (together + variety * probability) / (all + variety);
        }
        probability
    }
}

impl Model for Tags {
    fn score(&self, symbols: &[u32], scores: &mut Scores) {
        scores.begin(symbols.len(), self.longest);
        let mut rows = RunRows::default();
        rows.fill(&self.branching, symbols, GRAM.min(self.branching.longest).max(1));
        let most_context = GRAM.min(self.branching.longest);
        // By unit, ln p with none to three units of context.
        let logs: Vec<[f64; GRAM]> = (0..symbols.len())
            .map(|unit| {
                std::array::from_fn(|context| {
                    let length = (context + 1).min(most_context).min(unit + 1);
                    self.probability(&rows, unit + 1, length).ln()
                })
            })
            .collect();
        for start in 0..symbols.len() {
            let mut score = 0.0;
            for length in 1..=self.longest.min(symbols.len() - start) {
                let context = (length - 1).min(GRAM - 1);
                score += logs[start + length - 1][context];
                if length > 1 {
                    score += self.on[(length - 2).min(3)];
                }
                scores.set(start, length, score);
            }
        }
    }
}

fn model(request: &Request<'_>) -> Result<Arc<dyn Model>> {
    Ok(Arc::new(Tags::new(request)?))
}

/// The score of a string as one word, a unit.
fn score(tags: &Tags, symbols: &[u32]) -> Option<f64> {
    let mut scores = Scores::default();
    tags.score(symbols, &mut scores);
    let whole = (symbols.len() <= tags.longest).then(|| scores.of[symbols.len() - 1]);
    whole.map(|score| score / symbols.len() as f64)
}

fn find(request: &Request<'_>) -> Result<Found> {
    need_text(request.view, "ngram")?;
    let tags = Tags::new(request)?;
    let least = request.arguments.count("min_count");
    let words = count_words(request, &tags)?.sorted().into_iter();
    let words = words.filter(|(_, count)| *count >= least).map(|(symbols, count)| {
        let score = score(&tags, &symbols);
        Word { symbols, count, score, measures: Vec::new() }
    });
    Ok(Found::from(words.collect::<Vec<_>>()))
}

fn why(request: &Request<'_>, symbols: &[u32]) -> Result<Vec<Evidence>> {
    need_text(request.view, "ngram")?;
    let tags = Tags::new(request)?;
    let view = request.view;
    let short = &symbols[..symbols.len().min(view.order())];
    let occurs = view.counter().count(short)? as f64;
    let mut evidence = vec![Evidence::judged("count", Some(occurs), ">= 1", occurs >= 1.0)];
    let mut rows = RunRows::default();
    rows.fill(&tags.branching, symbols, GRAM.min(tags.branching.longest));
    for end in 2..=symbols.len() {
        let on = tags.on[(end - 2).min(3)];
        let within = tags.probability(&rows, end, end.min(GRAM).min(tags.branching.longest)).ln();
        let alone = tags.probability(&rows, end, 1).ln();
        let unit = view.render(&symbols[end - 1..end]);
        let gain = Some(within - alone);
        let limit = format!("> {:.3}, the cost of going on", -on);
        let met = within - alone > -on;
        evidence.push(Evidence::judged(format!("gain of {unit} by its context"), gain, limit, met));
    }
    evidence.push(Evidence::shown("score", score(&tags, symbols)));
    let least = request.arguments.count("min_count").max(1);
    let count = count_words(request, &tags)?.count(symbols);
    let reason = format!("the best path cuts it out {count} times, and min_count is {least}");
    evidence.push(Evidence::verdict((count >= least).then_some(count), reason));
    Ok(evidence)
}
