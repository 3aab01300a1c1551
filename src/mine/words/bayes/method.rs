//! The row of `bayes` in the table of methods.

use std::sync::Arc;

use super::lattice::Lattice;
use super::sampler::{Sampler, Schedule, Votes};
use super::weights::{Process, Sampled, Weights};
use crate::error::Result;
use crate::index::Branch;
use crate::mine::words::method::{Evidence, Found, Method, Request, Word};
use crate::mine::words::nvbe::{MAX_LENGTH, autonomy, autonomy_evidence, measures};
use crate::mine::words::runs::need_text;
use crate::mine::{Bounds, ParameterKind, ParameterRow};
use crate::word::Model;

/// The row of the method.
pub(in crate::mine::words) const METHOD: Method = Method {
    name: "bayes",
    help: "samples segmentations from a Dirichlet process over words that autonomy tilts",
    score: "autonomy, as nvbe has it; count is the expected count, rounded, and expected the same \
            unrounded",
    paper: "Goldwater, Griffiths & Johnson 2009; Mochihashi, Yamada & Ueda 2009; started from \
            Magistry & Sagot 2012",
    parameters: &[
        MAX_LENGTH,
        ParameterRow::new(
            "tilt",
            ParameterKind::REAL,
            "0.3",
            "how much a word gains by its weight on a path of nvbe: exp(tilt · weight)",
        ),
        ParameterRow::new(
            "bonus",
            ParameterKind::REAL,
            "1.5",
            "what each word gains beyond that: exp(bonus); more makes words shorter",
        ),
        ParameterRow::new(
            "strength",
            ParameterKind::Real(Bounds::above(0.0)),
            "100",
            "how many words the spelling of new words is worth",
        ),
        ParameterRow::new("discount", ParameterKind::SHARE, "0.5", "what is taken off each count"),
        ParameterRow::new(
            "sweeps",
            ParameterKind::POSITIVE,
            "12",
            "how often all of the text is cut anew",
        ),
        ParameterRow::new(
            "votes",
            ParameterKind::POSITIVE,
            "8",
            "how many of the last sweeps count",
        ),
        ParameterRow::new(
            "seed",
            ParameterKind::COUNT,
            "1",
            "another seed, another sample; the same seed, the same words",
        ),
        ParameterRow::new(
            "min_count",
            ParameterKind::Real(Bounds::from(0.0)),
            "0.5",
            "a word is expected so often; SEGMENT does not look at it",
        ),
    ],
    measures: &["expected", "left_step", "right_step"],
    find,
    model: Some(model),
    why,
};

fn sample(request: &Request<'_>) -> Result<(Weights, Lattice, Votes)> {
    need_text(request.view, "bayes")?;
    let arguments = request.arguments;
    let weights = Weights::new(autonomy(request)?, Process::new(arguments));
    let mut lattice = Lattice::new(request, &weights)?;
    let schedule = Schedule {
        sweeps: arguments.count("sweeps"),
        voting: arguments.count("votes"),
        seed: arguments.count("seed"),
        threads: request.cost.threads,
    };
    let votes = Sampler::new(&mut lattice, &weights, schedule).run(request.control)?;
    Ok((weights, lattice, votes))
}

fn model(request: &Request<'_>) -> Result<Arc<dyn Model>> {
    let (weights, _, votes) = sample(request)?;
    Ok(Arc::new(Sampled::new(weights, votes.expected, votes.tally)))
}

/// The words that are expected at least so often, with that.
fn expected(
    votes: &Votes,
    weights: &Weights,
    lattice: &Lattice,
    least: f64,
) -> Vec<(Vec<u32>, f64)> {
    let mut words = Vec::new();
    let mut symbols = Vec::new();
    for row in weights.autonomy.branching().rows(1) {
        gather(weights, row, &votes.expected, least, &mut symbols, &mut words);
    }
    let mut once: Vec<(&(usize, u8), &u32)> = votes.once.iter().collect();
    once.sort();
    for (&(unit, length), &count) in once {
        let share = f64::from(count) / votes.sweeps.max(1) as f64;
        if share >= least {
            let word = &lattice.symbols()[unit..unit + usize::from(length)];
            words.push((word.to_vec(), share));
        }
    }
    words
}

/// Adds the words of a row and of what extends it.
fn gather(
    weights: &Weights,
    row: Branch,
    expected: &[f32],
    least: f64,
    symbols: &mut Vec<u32>,
    words: &mut Vec<(Vec<u32>, f64)>,
) {
    let branching = weights.autonomy.branching();
    let Some(&count) = expected.get(weights.rank(row) as usize) else { return };
    symbols.push(branching.last_symbol(row));
    let count = f64::from(count);
    if count >= least && count > 0.0 {
        words.push((symbols.clone(), count));
    }
    for child in branching.children(row) {
        gather(weights, Branch(child), expected, least, symbols, words);
    }
    symbols.pop();
}

fn find(request: &Request<'_>) -> Result<Found> {
    let (weights, lattice, votes) = sample(request)?;
    let least = request.arguments.real("min_count");
    let words =
        expected(&votes, &weights, &lattice, least).into_iter().map(|(symbols, expected)| {
            let (score, steps) = measures(&weights.autonomy, &symbols);
            let measures = std::iter::once(Some(expected)).chain(steps).collect();
            Word { symbols, count: rounded(expected), score, measures }
        });
    Ok(Found::from(words.collect::<Vec<_>>()))
}

/// An expected count as a count; what is there at all counts once.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts are not negative"
)]
fn rounded(expected: f64) -> u64 {
    (expected.round() as u64).max(1)
}

fn why(request: &Request<'_>, symbols: &[u32]) -> Result<Vec<Evidence>> {
    let (weights, lattice, votes) = sample(request)?;
    let mut evidence = autonomy_evidence(request, &weights.autonomy, symbols)?;
    let all = expected(&votes, &weights, &lattice, 0.0).into_iter();
    let expected: f64 = all.filter(|(word, _)| word == symbols).map(|(_, expected)| expected).sum();
    let least = request.arguments.real("min_count");
    let short = &symbols[..symbols.len().min(request.view.order())];
    let occurs = request.view.counter().count(short)? as f64;
    if occurs > 0.0 {
        let share = expected / occurs;
        evidence.push(Evidence::shown("share of occurrences cut as a word", Some(share)));
    }
    evidence.push(Evidence::at_least("expected count", Some(expected), least));
    let is_word = expected >= least && expected > 0.0;
    let count = is_word.then(|| rounded(expected));
    evidence.push(Evidence::verdict(count, "the samples cut it otherwise"));
    Ok(evidence)
}
