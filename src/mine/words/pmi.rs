//! `pmi`: solid n-grams joined where they overlap (the word-discovery program, Su Jianlin 2019).
//!
//! An n-gram is solid when it is frequent and the weakest of its joints holds; the limit depends on
//! its length. Two units belong together where any solid n-gram covers both, so that solid n-grams
//! that overlap make one word. A long word made so is taken only if each of its stretches is solid.

use super::method::{Evidence, Found, Method, Request, Word};
use super::runs::{WordCounts, need_text, on_runs};
use crate::error::Result;
use crate::index::{Row, Statistics};
use crate::mine::{Bounds, ParameterKind, ParameterRow};

/// The row of the method.
pub(super) const METHOD: Method = Method {
    name: "pmi",
    help: "joins solid n-grams where they overlap, counts what is joined, checks the long ones",
    score: "the weakest joint, ln(N·c/(c(left)·c(right))), in nats; null for a word longer than \
            max_length",
    paper: "Su Jianlin 2019, https://kexue.fm/archives/6920 and word-discovery",
    parameters: &[
        ParameterRow {
            name: "min_count",
            kind: ParameterKind::COUNT,
            default: "32",
            help: "an n-gram, and a word, occurs so often",
        },
        ParameterRow {
            name: "max_length",
            kind: ParameterKind::Count(Bounds::from(2.0)),
            default: "4",
            help: "the most units of a solid n-gram, up to the order of the corpus; words may be \
                   longer",
        },
        ParameterRow {
            name: "min_pmi_2",
            kind: ParameterKind::REAL,
            default: "2",
            help: "the joint of a solid pair holds at least so much, in nats",
        },
        ParameterRow {
            name: "min_pmi_3",
            kind: ParameterKind::REAL,
            default: "4",
            help: "the same for every joint of three units",
        },
        ParameterRow {
            name: "min_pmi_4",
            kind: ParameterKind::REAL,
            default: "6",
            help: "the same for every joint of four units or more",
        },
    ],
    measures: &[],
    find,
    model: None,
    why,
};

/// Which n-grams hold together.
struct Solid<'s> {
    statistics: &'s Statistics,
    total: f64,
    longest: usize,
    limits: [f64; 3],
    /// By the number of the row.
    solid: Vec<bool>,
}

impl<'s> Solid<'s> {
    fn new(request: &Request<'_>, statistics: &'s Statistics) -> Self {
        let arguments = request.arguments;
        let mut solid = Solid {
            statistics,
            total: request.view.manifest().totals.units() as f64,
            longest: request.longest(request.view.order()),
            limits: ["min_pmi_2", "min_pmi_3", "min_pmi_4"].map(|name| arguments.real(name)),
            solid: vec![false; statistics.len()],
        };
        let least = arguments.count("min_count").max(1);
        for length in 2..=solid.longest {
            for row in statistics.rows(length) {
                solid.solid[statistics.number(row)] =
                    statistics.count(row) >= least && solid.joint(row) >= solid.limit(length);
            }
        }
        solid
    }

    fn limit(&self, length: usize) -> f64 {
        self.limits[length.clamp(2, 4) - 2]
    }

    /// The weakest joint of an n-gram, in nats.
    fn joint(&self, row: Row) -> f64 {
        let count = |row: Row| self.statistics.count(row) as f64;
        let mut weakest = f64::INFINITY;
        self.statistics.splits(row, |left, right| {
            weakest = weakest.min((self.total * count(row) / (count(left) * count(right))).ln());
        });
        weakest
    }

    fn is_solid(&self, symbols: &[u32]) -> bool {
        self.statistics.find(symbols).is_some_and(|row| self.solid[self.statistics.number(row)])
    }

    /// Hands over the words of a run.
    fn join<'r>(&self, run: &'r [u32], mut each: impl FnMut(&'r [u32])) {
        let (mut start, mut end) = (0, 1);
        for at in 0..run.len() {
            if at == end {
                each(&run[start..end]);
                (start, end) = (at, at + 1);
            }
            let mut row = self.statistics.unit(run[at]);
            for (place, &symbol) in run.iter().enumerate().skip(at + 1).take(self.longest - 1) {
                row = row.and_then(|row| self.statistics.child(row, symbol));
                let Some(row) = row else { break };
                if self.solid[self.statistics.number(row)] {
                    end = end.max(place + 1);
                }
            }
        }
        if !run.is_empty() {
            each(&run[start..end]);
        }
    }

    /// Whether a word stands the check: short ones do, up to the length of an n-gram they have to
    /// be solid, and longer ones in each of their stretches.
    fn stands(&self, word: &[u32]) -> bool {
        match word.len() {
            0..=2 => true,
            length if length <= self.longest => self.is_solid(word),
            _ => word.windows(self.longest).all(|stretch| self.is_solid(stretch)),
        }
    }
}

fn joined(request: &Request<'_>, solid: &Solid<'_>) -> Result<WordCounts> {
    let parts = on_runs(request, "words", WordCounts::default, |words, run| {
        solid.join(run, |word| words.add(word, 1));
    })?;
    Ok(WordCounts::sum(parts))
}

fn find(request: &Request<'_>) -> Result<Found> {
    need_text(request.view, "pmi")?;
    let least = request.arguments.count("min_count").max(1);
    let statistics = request.statistics(least, request.view.order())?;
    let solid = Solid::new(request, &statistics);
    let words = joined(request, &solid)?.sorted().into_iter();
    let words = words.filter(|(word, count)| *count >= least && solid.stands(word));
    let score = |word: &[u32]| {
        let row = Some(word).filter(|word| (2..=solid.longest).contains(&word.len()));
        row.and_then(|word| statistics.find(word)).map(|row| solid.joint(row))
    };
    let word = |(symbols, count): (Vec<u32>, u64)| {
        let score = score(&symbols);
        Word { symbols, count, score, measures: Vec::new() }
    };
    Ok(Found::from(words.map(word).collect::<Vec<_>>()))
}

fn why(request: &Request<'_>, symbols: &[u32]) -> Result<Vec<Evidence>> {
    need_text(request.view, "pmi")?;
    let least = request.arguments.count("min_count").max(1);
    let statistics = request.statistics(least, request.view.order())?;
    let solid = Solid::new(request, &statistics);
    let short = &symbols[..symbols.len().min(request.view.order())];
    let occurs = request.view.counter().count(short)?;
    let mut evidence = vec![Evidence::at_least("count", Some(occurs as f64), least as f64)];
    let stretches = symbols.windows(symbols.len().min(solid.longest));
    for stretch in stretches.filter(|stretch| stretch.len() > 1) {
        let row = statistics.find(stretch);
        let joint = row.map(|row| solid.joint(row));
        let name = format!("weakest joint of {}", request.view.render(stretch));
        evidence.push(Evidence::at_least(name, joint, solid.limit(stretch.len())));
    }
    let count = joined(request, &solid)?.count(symbols);
    evidence.push(Evidence::at_least("joined in the text", Some(count as f64), least as f64));
    let stands = solid.stands(symbols);
    let reason =
        if count < least { "other n-grams cut it or go on" } else { "a stretch is not solid" };
    evidence.push(Evidence::verdict((count >= least && stands).then_some(count), reason));
    Ok(evidence)
}
