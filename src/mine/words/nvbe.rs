//! `nvbe`: normalised variation of branching entropy (Magistry & Sagot 2012).
//!
//! Where a word ends, what follows is suddenly harder to guess than within it. The step of
//! branching entropy at each of the two ends, as a deviation from the steps of all strings of that
//! length, is the autonomy of a string; a run is cut so that the autonomies, each as often as the
//! word is long and less what an unusual length costs, are the most together. The words are those
//! of the kept text cut that way.

use std::sync::Arc;

use super::method::{Evidence, Found, Method, Request, Word};
use super::runs::{WordCounts, need_text, on_batches};
use crate::error::Result;
use crate::measure::path_weight;
use crate::mine::{Bounds, ParameterKind, ParameterRow};
use crate::word::{Autonomy, Model, Path, RunRows, Scores};

/// The row of the method.
pub(super) const METHOD: Method = Method {
    name: "nvbe",
    help: "cuts where branching entropy rises more than is usual, counts the words",
    score: "autonomy: the deviations of both steps of branching entropy together, in standard \
            deviations; above 0 for what stands apart from its neighbours",
    paper: "Magistry & Sagot 2012, Unsupervized word segmentation: the case for Mandarin Chinese",
    parameters: &[MAX_LENGTH, MIN_COUNT],
    measures: &["left_step", "right_step"],
    find,
    model: Some(model),
    why,
};

/// The longest word.
pub(super) const MAX_LENGTH: ParameterRow = ParameterRow {
    name: "max_length",
    kind: ParameterKind::Count(Bounds::between(1.0, 7.0)),
    default: "4",
    help: "the most units of a word; below the order of the corpus in any case",
};

const MIN_COUNT: ParameterRow = ParameterRow {
    name: "min_count",
    kind: ParameterKind::COUNT,
    default: "1",
    help: "a word is cut out so often; SEGMENT does not look at it",
};

/// The autonomies of a corpus.
pub(super) fn autonomy(request: &Request<'_>) -> Result<Autonomy> {
    let longest = request.longest(request.view.order() - 1);
    let branching = request.view.branching(longest.max(4), request.cost, request.control)?;
    Ok(Autonomy::new(branching, request.view.dictionary(), longest))
}

fn model(request: &Request<'_>) -> Result<Arc<dyn Model>> {
    Ok(Arc::new(autonomy(request)?))
}

fn find(request: &Request<'_>) -> Result<Found> {
    need_text(request.view, "nvbe")?;
    let autonomy = autonomy(request)?;
    let least = request.arguments.count("min_count");
    let words = cut_words(request, &autonomy)?.sorted().into_iter();
    let words = words.filter(|(_, count)| *count >= least).map(|(symbols, count)| {
        let (score, measures) = measures(&autonomy, &symbols);
        Word { symbols, count, score, measures }
    });
    Ok(Found::from(words.collect::<Vec<_>>()))
}

/// Cuts the kept text by autonomy and counts the words.
fn cut_words(request: &Request<'_>, autonomy: &Autonomy) -> Result<WordCounts> {
    #[derive(Default)]
    struct Part {
        words: WordCounts,
        rows: RunRows,
        scores: Scores,
        path: Path,
        lengths: Vec<usize>,
    }
    let parts = on_batches(request, "words", Part::default, |part, runs| {
        part.rows.fill(autonomy.branching(), &runs.symbols, autonomy.longest());
        for place in runs.places() {
            let run = &runs.symbols[place.clone()];
            autonomy.score_rows(run, place.start, &part.rows, &mut part.scores);
            part.path.best(&part.scores, &mut part.lengths);
            part.words.add_cut(run, &part.lengths);
        }
    })?;
    Ok(WordCounts::sum(parts.into_iter().map(|part| part.words).collect()))
}

/// The score of a string and the two steps that it consists of.
pub(super) fn measures(autonomy: &Autonomy, symbols: &[u32]) -> (Option<f64>, Vec<Option<f64>>) {
    match autonomy.of(symbols) {
        Some((_, left, right)) => (Some(left + right), vec![Some(left), Some(right)]),
        None => (None, vec![None, None]),
    }
}

fn why(request: &Request<'_>, symbols: &[u32]) -> Result<Vec<Evidence>> {
    need_text(request.view, "nvbe")?;
    let autonomy = autonomy(request)?;
    let mut evidence = autonomy_evidence(request, &autonomy, symbols)?;
    let least = request.arguments.count("min_count").max(1);
    let words = cut_words(request, &autonomy)?;
    let count = words.count(symbols);
    let reason = if count == 0 {
        "the best path never cuts it out".to_owned()
    } else {
        format!("cut out {count} times, and min_count is {least}")
    };
    evidence.push(Evidence::verdict((count >= least).then_some(count), reason));
    Ok(evidence)
}

/// How often a string occurs, its entropies and its autonomy.
pub(super) fn autonomy_evidence(
    request: &Request<'_>,
    autonomy: &Autonomy,
    symbols: &[u32],
) -> Result<Vec<Evidence>> {
    // Longer ones are counted as far as the order reaches.
    let short = &symbols[..symbols.len().min(request.view.order())];
    let occurs = request.view.counter().count(short)?;
    let longest = autonomy.longest();
    let mut evidence = vec![
        Evidence::judged("count", Some(occurs as f64), ">= 1", occurs >= 1),
        Evidence::judged(
            "units",
            Some(symbols.len() as f64),
            format!("<= {longest}"),
            symbols.len() <= longest,
        ),
    ];
    let Some((row, left, right)) = autonomy.of(symbols) else { return Ok(evidence) };
    let branching = autonomy.branching();
    let entropies = row.map_or((0.0, 0.0), |row| (branching.left(row), branching.right(row)));
    evidence.extend([
        Evidence::shown("left_entropy with edges", Some(entropies.0)),
        Evidence::shown("right_entropy with edges", Some(entropies.1)),
        Evidence::judged("left_step", Some(left), "> 0 is more than usual", left > 0.0),
        Evidence::judged("right_step", Some(right), "> 0 is more than usual", right > 0.0),
        Evidence::shown("autonomy", Some(left + right)),
        Evidence::shown("weight on a path", Some(path_weight(left, right, symbols.len()))),
    ]);
    Ok(evidence)
}
