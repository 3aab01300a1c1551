//! `entropy`: frequent strings that hold together within and are free at both ends, without those
//! that are known already.

use std::collections::BTreeSet;

use super::method::{Evidence, Found, Method, Request, Word};
use crate::error::Result;
use crate::index::{Row, Statistics};
use crate::measure::ngram_pmi;
use crate::mine::{Bounds, ParameterKind, ParameterRow};

/// The row of the method.
pub(super) const METHOD: Method = Method {
    name: "entropy",
    help: "strings that are frequent, hold together and vary at both ends; for new words",
    score: "pmi plus the smaller of the two entropies",
    paper: "Feng et al. 2004; Jin & Tanaka-Ishii 2006; known as new-word discovery by solidity and \
            freedom (Gu Sen 2012)",
    parameters: &[
        ParameterRow {
            name: "min_count",
            kind: ParameterKind::COUNT,
            default: "5",
            help: "a word occurs so often",
        },
        ParameterRow {
            name: "max_length",
            kind: ParameterKind::Count(Bounds::from(2.0)),
            default: "4",
            help: "the most units of a word; below the order of the corpus in any case",
        },
        ParameterRow {
            name: "min_pmi",
            kind: ParameterKind::REAL,
            default: "4",
            help: "the weakest joint holds at least so much, log2(N·c/(c(left)·c(right))), in bits",
        },
        ParameterRow {
            name: "min_entropy",
            kind: ParameterKind::REAL,
            default: "1",
            help: "the neighbours on each side vary at least so much, in nats",
        },
        ParameterRow {
            name: "known",
            kind: ParameterKind::Words,
            default: "",
            help: "a lexicon, or words in brackets, that are left out",
        },
        ParameterRow {
            name: "stop",
            kind: ParameterKind::Words,
            default: "",
            help: "a lexicon, or words in brackets, that no word begins or ends with",
        },
    ],
    measures: &["pmi", "left_entropy", "right_entropy"],
    find,
    model: None,
    why,
};

/// What a word has to be.
struct Limits {
    count: u64,
    length: usize,
    pmi: f64,
    entropy: f64,
    known: BTreeSet<String>,
    stop: BTreeSet<String>,
}

impl Limits {
    fn new(request: &Request<'_>) -> Result<Self> {
        let arguments = request.arguments;
        Ok(Limits {
            count: arguments.count("min_count").max(1),
            length: request.longest(request.view.order() - 1),
            pmi: arguments.real("min_pmi"),
            entropy: arguments.real("min_entropy"),
            known: request.words("known")?.into_iter().collect(),
            stop: request.words("stop")?.into_iter().collect(),
        })
    }

    /// The stop word that a word begins or ends with.
    fn stop_word(&self, text: &str) -> Option<&String> {
        self.stop.iter().find(|stop| text.starts_with(&***stop) || text.ends_with(&***stop))
    }
}

/// The weakest joint of a row, in bits.
fn joint(request: &Request<'_>, statistics: &Statistics, row: Row) -> Option<f64> {
    let mut splits = Vec::new();
    statistics.splits(row, |left, right| {
        splits.push((statistics.count(left), statistics.count(right)));
    });
    let total = request.view.manifest().totals.units();
    ngram_pmi(statistics.count(row), total, splits)
}

fn find(request: &Request<'_>) -> Result<Found> {
    let limits = Limits::new(request)?;
    let statistics = request.statistics(limits.count, limits.length)?;
    let mut words = Vec::new();
    for length in 2..=limits.length {
        for row in statistics.rows(length) {
            let count = statistics.count(row);
            let (Some((left, right)), true) = (statistics.entropies(row), count >= limits.count)
            else {
                continue;
            };
            if left < limits.entropy || right < limits.entropy {
                continue;
            }
            let pmi = joint(request, &statistics, row);
            let Some(pmi) = pmi.filter(|pmi| *pmi >= limits.pmi) else { continue };
            let mut symbols = Vec::new();
            statistics.symbols(row, &mut symbols);
            let text = request.view.render(&symbols);
            if limits.known.contains(&text) || limits.stop_word(&text).is_some() {
                continue;
            }
            let score = Some(pmi + left.min(right));
            words.push(Word {
                symbols,
                count,
                score,
                measures: vec![Some(pmi), Some(left), Some(right)],
            });
        }
        request.control.check()?;
    }
    Ok(Found::from(words))
}

fn why(request: &Request<'_>, symbols: &[u32]) -> Result<Vec<Evidence>> {
    let limits = Limits::new(request)?;
    let statistics = request.statistics(limits.count, limits.length)?;
    let short = &symbols[..symbols.len().min(request.view.order())];
    let count = request.view.counter().count(short)?;
    let length = symbols.len();
    let row = statistics.find(symbols);
    let entropies = row.and_then(|row| statistics.entropies(row));
    let pmi = row.and_then(|row| joint(request, &statistics, row));
    let text = request.view.render(symbols);
    let fits = (2..=limits.length).contains(&length);
    let mut evidence = vec![
        Evidence::at_least("count", Some(count as f64), limits.count as f64),
        Evidence::judged("units", Some(length as f64), format!("2 to {}", limits.length), fits),
        Evidence::at_least("pmi", pmi, limits.pmi),
        Evidence::at_least("left_entropy", entropies.map(|(left, _)| left), limits.entropy),
        Evidence::at_least("right_entropy", entropies.map(|(_, right)| right), limits.entropy),
    ];
    if !limits.known.is_empty() {
        let is_new = !limits.known.contains(&text);
        evidence.push(Evidence::judged("known", None, "not in the list", is_new));
    }
    if !limits.stop.is_empty() {
        let free = limits.stop_word(&text).is_none();
        evidence.push(Evidence::judged("stop words at its ends", None, "none", free));
    }
    let failed = evidence.iter().find(|evidence| evidence.verdict == "not met");
    let reason = failed.map_or(String::new(), |evidence| evidence.measure.clone());
    let word = reason.is_empty().then_some(count);
    evidence.push(Evidence::verdict(word, reason));
    Ok(evidence)
}
