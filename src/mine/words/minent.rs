//! `minent`: the word finder of nlp-zero (Su Jianlin 2018, "minimum entropy principle").
//!
//! Pairs of units that do not attract each other are cut, the chunks between the cuts are counted,
//! and chunks that their own parts explain are folded into those parts, the longest first.
//! Everything comes from stored tables; the text is not read again for another threshold.
//!
//! Chunks of equal length are folded in the order in which the text brought them, as nlp-zero does:
//! folding one changes the counts of its parts, and so what becomes of the next. The stored chunks
//! are in that order, and cutting them further keeps it.

use super::folding::{Folded, Folding};
use super::method::{Evidence, Found, Method, Request, Word};
use crate::error::Result;
use crate::index::Thresholds;
use crate::measure::Logarithms;
use crate::mine::{ParameterKind, ParameterRow};

/// The row of the method.
pub(super) const METHOD: Method = Method {
    name: "minent",
    help: "cuts at weak pairs, counts the chunks, folds what its parts explain",
    score: "ln p(word) − Σ ln p(part) over its best parts, in nats; at least n − 1 for a word; a \
            part that is no word adds 100",
    paper: "Su Jianlin 2018, https://kexue.fm/archives/5476 and nlp-zero 0.1.6",
    parameters: &[
        ParameterRow {
            name: "min_proba",
            kind: ParameterKind::SHARE,
            default: "1e-7",
            help: "a pair, and a word, is more frequent than this share of all",
        },
        ParameterRow {
            name: "min_pmi",
            kind: ParameterKind::REAL,
            default: "1",
            help: "a pair holds together when ln p(ab) − ln p(a) − ln p(b) is above this, \
                   in nats",
        },
        ParameterRow {
            name: "min_count",
            kind: ParameterKind::COUNT,
            default: "1",
            help: "a word is seen at least so often before folding; min_proba alone lets \
                   everything through in a small corpus",
        },
    ],
    measures: &["pair_pmi"],
    find,
    model: None,
    why,
};

fn find(request: &Request<'_>) -> Result<Found> {
    let arguments = request.arguments;
    let thresholds =
        Thresholds { min_pmi: arguments.real("min_pmi"), min_proba: arguments.real("min_proba") };
    let logarithms = Logarithms::default();
    // More frequent than a share of all chunks, and at least so frequent.
    let least = |occurrences: u64| {
        let total = (occurrences as f64).ln();
        let share = thresholds.min_proba.ln();
        let is_too_rare = |count: u64| logarithms.of(count) - total <= share;
        least(occurrences, is_too_rare).max(arguments.count("min_count"))
    };
    let cut = request.view.chunks(thresholds, least, request.cost, request.control)?;
    let mut folding = Folding::new(&cut, (request.view, request.cost), &logarithms);
    let words = folding.fold_all(request.cost.threads, request.control)?;
    let counts = words.iter().map(|word| word.count).collect();
    Ok(Found::lazily(counts, move |number, count| {
        let Folded { candidate, score, .. } = words[number];
        let piece = &cut.pieces()[candidate];
        let measures = vec![cut.pmi(piece)];
        let score = Some(score).filter(|score| !score.is_nan());
        Word { symbols: cut.symbols(piece).to_vec(), count, score, measures }
    }))
}

/// The least count up to one more than `most` that is not too rare; what is more frequent is not
/// either.
fn least(most: u64, is_too_rare: impl Fn(u64) -> bool) -> u64 {
    let (mut from, mut to) = (0, most + 1);
    while from < to {
        let middle = from + (to - from) / 2;
        if is_too_rare(middle) { from = middle + 1 } else { to = middle }
    }
    from
}

fn why(request: &Request<'_>, symbols: &[u32]) -> Result<Vec<Evidence>> {
    let arguments = request.arguments;
    let thresholds =
        Thresholds { min_pmi: arguments.real("min_pmi"), min_proba: arguments.real("min_proba") };
    let view = request.view;
    let occurs = view.counter().count(&symbols[..symbols.len().min(view.order())])?;
    let mut evidence = vec![Evidence::shown("count", Some(occurs as f64))];
    let pairs = view.pairs(request.control)?;
    let (units, total) = ((pairs.unit_total as f64).ln(), (pairs.pair_total as f64).ln());
    let unit = |symbol: u32| (*pairs.units.get(symbol as usize).unwrap_or(&0) as f64).ln() - units;
    for pair in symbols.windows(2) {
        let log = (pairs.count(pair[0], pair[1]) as f64).ln() - total;
        let pmi = Some(log - unit(pair[0]) - unit(pair[1])).filter(|pmi| pmi.is_finite());
        let (limit, name) = (thresholds.min_pmi, view.render(pair));
        let met = pmi.is_some_and(|pmi| pmi > limit);
        evidence.push(Evidence::judged(format!("pmi of {name}"), pmi, format!("> {limit}"), met));
        let limit = thresholds.min_proba;
        let (measure, share) = (format!("share of {name}"), log.exp());
        let met = share > limit;
        evidence.push(Evidence::judged(measure, Some(share), format!("> {limit}"), met));
    }
    let cut = view.chunks(thresholds, |_| 1, request.cost, request.control)?;
    let counts = cut.tallies(|count| count);
    let chunk = cut.pieces().iter().find(|piece| cut.symbols(piece) == symbols);
    let chunk = chunk.map_or(0, |piece| counts[piece.number as usize]);
    let least = arguments.count("min_count").max(1);
    evidence.push(Evidence::at_least("count as a chunk", Some(chunk as f64), least as f64));
    let word = find(request)?.words().find(|word| word.symbols == symbols);
    if let Some(score) = word.as_ref().and_then(|word| word.score) {
        let limit = symbols.len().saturating_sub(1) as f64;
        evidence.push(Evidence::at_least("score over its parts", Some(score), limit));
    }
    let reason = if chunk == 0 { "no chunk of the text" } else { "its parts explain it" };
    evidence.push(Evidence::verdict(word.map(|word| word.count), reason));
    Ok(evidence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_those_that_chunks_are_kept_for() {
        let default = |name: &str| {
            let row = METHOD.parameters.iter().find(|row| row.name == name).unwrap();
            row.default.parse::<f64>().unwrap()
        };
        let (min_pmi, min_proba) = (default("min_pmi"), default("min_proba"));
        assert_eq!(Thresholds { min_pmi, min_proba }, Thresholds::FIRM);
    }
}
