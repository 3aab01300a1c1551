//! The rows of what is asked afterwards: statistics, single counts, new thresholds.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use erya::database::{Database, Options};
use erya::index::Index;

use crate::process::run;
use crate::table::{Goal, Row, ratio};
use crate::text::Texts;
use crate::{Bench, Outcome};

/// N-grams that are counted one by one.
const LOOKUPS: usize = 20_000;
/// Makes the statistics, and hardly any row of an answer.
const STATISTICS: &str = "FROM c | NGRAMS 1..5 | WHERE count >= 5 AND left_entropy > 1 | LIMIT 10";
/// Thresholds of NGRAMS; the first finds the statistics on disk, the others in memory.
const NGRAMS: [&str; 3] = [
    "count >= 50 AND pmi > 5",
    "count >= 5 AND pmi > 7 AND left_entropy > 1 AND right_entropy > 1",
    "count >= 5 AND left_entropy > 0.5",
];
/// Thresholds of minent: a strict one that makes the tables, weaker ones, and stricter ones again.
const MINENT: [&str; 5] = ["3", "2", "1", "1.5", "2.5"];

impl Bench<'_> {
    /// Statistics from nothing, once more, and after an ingest.
    ///
    /// # Errors
    /// When a process fails.
    pub(crate) fn statistics(&self, texts: &Texts) -> Outcome<()> {
        let name = "statistics";
        run(&mut self.command(name, "char", 6, &[&texts.most]))?;
        let mut query = Command::new(env!("CARGO_BIN_EXE_erya"));
        query.args(["--no-progress", "--threads", "1", "query"]);
        query.arg(self.database(name)).arg(STATISTICS);
        let what = "statistics of all n-grams with 5 or more, order 6, CPU";
        let first = run(&mut query)?;
        let (must, aim) = (5.0, 2.5);
        Row {
            figure: Some(first.cpu.as_secs_f64()),
            unit: " s",
            goal: Some(Goal::AtMost(must, aim)),
            ours: Some(first),
            ..Row::new(what)
        }
        .print();
        Row { ours: Some(run(&mut query)?), ..Row::new("the same query again") }.print();
        run(&mut self.command(name, "char", 6, &[&texts.rest]))?;
        let again = run(&mut query)?;
        // A third of what may be taken from nothing, and a tenth of what is aimed at.
        Row {
            figure: Some(again.cpu.as_secs_f64()),
            unit: " s",
            goal: Some(Goal::AtMost(must / 3.0, aim / 10.0)),
            ours: Some(again),
            note: format!("{:.2} of the time from nothing", ratio(again.cpu, first.cpu)),
            ..Row::new("the same after adding 4 %, CPU")
        }
        .print();
        Ok(())
    }

    /// Single counts with few segments and with eight.
    ///
    /// # Errors
    /// When a process or a count fails.
    pub(crate) fn lookups(&self, texts: &Texts) -> Outcome<()> {
        for file in &texts.eighths {
            run(&mut self.command("eighths", "char", 6, &[file]))?;
        }
        for (name, what, goal) in [
            ("characters-6", "one segment", Goal::AtMost(12.0, 5.0)),
            ("eighths", "eight segments", Goal::AtMost(60.0, 25.0)),
        ] {
            let database = Database::open(self.database(name), Options::default())?;
            let spent = lookups(database.index())?;
            Row {
                figure: Some(spent.as_secs_f64() * 1e6 / LOOKUPS as f64),
                unit: " µs",
                goal: Some(goal),
                ..Row::new(format!("counting one n-gram, warm, library call, {what}"))
            }
            .print();
        }
        Ok(())
    }

    /// Other thresholds in an open database.
    ///
    /// # Errors
    /// When a query or the peer fails.
    pub(crate) fn thresholds(&self, texts: &Texts) -> Outcome<()> {
        let peer = match &self.arguments.words_peer {
            Some(command) => Some(self.peer(command, 6, &texts.whole)?),
            None => None,
        };
        let database = Database::open(self.database("statistics"), Options::default())?;
        let mut session = database.session();
        let mut wall = |query: &str| -> Outcome<Duration> {
            let began = Instant::now();
            session.run(query)?;
            Ok(began.elapsed())
        };
        for limits in NGRAMS {
            let query = format!("NGRAMS 2..4 | WHERE {limits} | LIMIT 10");
            let wall = wall(&format!("FROM c | {query};"))?;
            Row {
                figure: Some(wall.as_secs_f64()),
                unit: " s",
                goal: Some(Goal::AtMost(0.3, 0.1)),
                ..Row::new(format!("`{query}` in an open database, wall"))
            }
            .print();
        }
        for (number, min_pmi) in MINENT.iter().enumerate() {
            let query = format!("WORDS BY minent WITH min_pmi = {min_pmi} | LIMIT 10");
            let wall = wall(&format!("FROM c | {query};"))?;
            let is_new = number > 0;
            Row {
                figure: Some(wall.as_secs_f64()),
                unit: " s",
                goal: is_new.then_some(Goal::AtMost(0.3, 0.1)),
                ..Row::new(format!("`{query}` in an open database, wall"))
            }
            .print();
            let Some(peer) = peer.filter(|_| is_new) else { continue };
            Row {
                figure: Some(ratio(peer.wall, wall)),
                unit: " ×",
                goal: Some(Goal::AtLeast(100.0, 1000.0)),
                peer: Some(peer),
                ..Row::new("the same against the peer, wall")
            }
            .print();
        }
        Ok(())
    }

    /// Runs a peer's command.
    ///
    /// # Errors
    /// When it fails.
    pub(crate) fn peer(
        &self,
        command: &str,
        order: u32,
        text: &Path,
    ) -> Outcome<crate::process::Usage> {
        let command = command.replace("{order}", &order.to_string());
        let command = command.replace("{text}", &text.display().to_string());
        run(Command::new("sh").arg("-c").arg(&command))
    }
}

/// Counts n-grams that occur, again and again; the time of the second round.
fn lookups(index: &Index) -> Outcome<Duration> {
    let view = index.view("c").ok_or("the corpus is gone")?;
    let mut ngrams = Vec::new();
    let mut scan = view.scan(None)?;
    let leaves: u64 = view.manifest().segments.iter().map(|segment| segment.leaves).sum();
    let step = (leaves / LOOKUPS as u64).max(1);
    let mut number = 0u64;
    while let Some(leaf) = scan.next_leaf()? {
        number += 1;
        if number.is_multiple_of(step) {
            let length = 1 + usize::try_from(number / step)? % leaf.length.max(1);
            ngrams.push(leaf.window[..length.min(leaf.length)].to_vec());
        }
    }
    let mut counter = view.counter();
    let mut spent = Duration::ZERO;
    for _ in 0..2 {
        let began = Instant::now();
        for at in 0..LOOKUPS {
            // Not in order: neighbours would find their page at hand.
            let ngram = &ngrams[at * 7919 % ngrams.len()];
            std::hint::black_box(counter.count(ngram)?);
        }
        spent = began.elapsed();
    }
    Ok(spent)
}
