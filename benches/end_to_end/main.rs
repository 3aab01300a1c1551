//! Whole processes, from text to answer: prints the table of `benches/README.md`.
//!
//! ```sh
//! cargo bench --bench end_to_end -- --chars poems.txt --chars articles.txt --words english.txt \
//!     --peer 'count_ngrams -o {order} -S 2G -T /tmp --write_vocab_list /tmp/vocab < {text}'
//! ```

#![allow(clippy::print_stdout)] // its output is the table

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use clap::Parser;
use erya::database::{Database, Options};
use erya::index::Index;

mod process;
mod table;
mod text;

use process::{Usage, run};
use table::{compared, row, times};
use text::Texts;

/// N-grams that are counted one by one.
const LOOKUPS: usize = 20_000;

/// Measures ingest, statistics and queries on files, or on generated text
#[derive(Debug, Parser)]
struct Arguments {
    /// A file for the corpus of characters; several add up
    #[arg(long)]
    chars: Vec<PathBuf>,
    /// A file for the corpus of words
    #[arg(long)]
    words: Vec<PathBuf>,
    /// A command to compare ingest with; {order} and {text} (units between blanks) are filled in
    #[arg(long)]
    peer: Option<String>,
    /// A command to compare WORDS BY minent with; {text} is filled in
    #[arg(long)]
    words_peer: Option<String>,
    /// The budget of the run that is to stay within one
    #[arg(long, default_value = "256MiB")]
    memory: String,
    /// Where databases and texts go for the time of the run
    #[arg(long)]
    folder: Option<PathBuf>,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let folder = match &arguments.folder {
        Some(folder) => tempfile::tempdir_in(folder)?,
        None => tempfile::tempdir()?,
    };
    let bench = Bench { folder: folder.path(), arguments: &arguments };
    table::head();
    let chars = Texts::write(folder.path(), "chars", &arguments.chars, true)?;
    for order in [4, 6] {
        bench.ingest("characters", &chars, "char", order)?;
    }
    let words = Texts::write(folder.path(), "words", &arguments.words, false)?;
    bench.ingest("words", &words, "word", 5)?;
    bench.budget(&chars)?;
    bench.statistics(&chars)?;
    bench.lookups(&chars)?;
    bench.thresholds(&chars)
}

struct Bench<'a> {
    folder: &'a Path,
    arguments: &'a Arguments,
}

impl Bench<'_> {
    fn database(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.db"))
    }

    /// The command `erya ingest`, into a corpus `c`.
    fn command(&self, name: &str, unit: &str, order: u32, files: &[&PathBuf]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_erya"));
        command.args(["--no-progress", "ingest"]).arg(self.database(name)).arg("c").args(files);
        command.args(["--unit", unit, "--order", &order.to_string()]);
        command
    }

    fn ingest(&self, what: &str, texts: &Texts, unit: &str, order: u32) -> Outcome<()> {
        let peer = self.peer(&self.arguments.peer, order, &texts.spaced)?;
        let megabytes = texts.bytes as f64 / 1e6;
        for threads in ["1", "2"] {
            let name = format!("{what}-{order}-{threads}");
            let mut command = self.command(&name, unit, order, &[&texts.whole]);
            let used = run(command.args(["--with", "keep_text=false", "--threads", threads]))?;
            let time = if threads == "1" { used.cpu } else { used.wall };
            let rate = megabytes / time.as_secs_f64();
            let disk = size(&self.database(&name))? as f64 / texts.bytes as f64;
            row(
                &format!("ingest {megabytes:.0} MB of {what}, order {order}, {threads} thread(s)"),
                Some(&used),
                &format!("{rate:.1} MB/s; {disk:.2} bytes on disk a byte of text"),
                peer.map(|peer| compared(&used, &peer)),
            );
        }
        if unit == "char" {
            let name = format!("{what}-{order}-growing");
            let quiet = ["--with", "keep_text=false", "--threads", "1"];
            run(self.command(&name, unit, order, &[&texts.most]).args(quiet))?;
            let used = run(self.command(&name, unit, order, &[&texts.rest]).args(quiet))?;
            let what = format!("adding 4 % to 96 % of it, order {order}");
            row(&what, Some(&used), "", peer.map(|peer| compared(&used, &peer)));
        }
        Ok(())
    }

    fn peer(&self, command: &Option<String>, order: u32, text: &Path) -> Outcome<Option<Usage>> {
        let Some(command) = command else { return Ok(None) };
        let command = command.replace("{order}", &order.to_string());
        let command = command.replace("{text}", &text.display().to_string());
        let used = run(Command::new("sh").arg("-c").arg(&command))?;
        row(&format!("peer: `{command}`"), Some(&used), "", None);
        Ok(Some(used))
    }

    fn budget(&self, texts: &Texts) -> Outcome<()> {
        let memory = &self.arguments.memory;
        let mut command = self.command("budget", "char", 6, &[&texts.whole]);
        let used = run(command.args(["--memory", memory]))?;
        row(&format!("ingest, order 6, text kept, --memory {memory}"), Some(&used), "", None);
        Ok(())
    }

    fn statistics(&self, texts: &Texts) -> Outcome<()> {
        let name = "statistics";
        run(&mut self.command(name, "char", 6, &[&texts.most]))?;
        let count = "FROM c | NGRAMS 1..5 | WHERE count >= 5 AND left_entropy > 1 | STATS count()";
        let mut query = Command::new(env!("CARGO_BIN_EXE_erya"));
        query.args(["--no-progress", "query"]).arg(self.database(name)).arg(count);
        row("statistics of all n-grams with 5 or more, order 6", Some(&run(&mut query)?), "", None);
        row("the same query again", Some(&run(&mut query)?), "", None);
        run(&mut self.command(name, "char", 6, &[&texts.rest]))?;
        row("the same after adding 4 %", Some(&run(&mut query)?), "", None);
        Ok(())
    }

    fn lookups(&self, texts: &Texts) -> Outcome<()> {
        for file in &texts.eighths {
            run(&mut self.command("eighths", "char", 6, &[file]))?;
        }
        for (name, what) in [("statistics", "one or two"), ("eighths", "eight")] {
            let database = Database::open(self.database(name), Options::default())?;
            let spent = lookups(database.index())?;
            let micros = spent.as_secs_f64() * 1e6 / LOOKUPS as f64;
            let what = format!("counting one n-gram, warm, {what} segments");
            row(&what, None, &format!("{micros:.1} µs"), None);
        }
        Ok(())
    }

    fn thresholds(&self, texts: &Texts) -> Outcome<()> {
        let peer = self.peer(&self.arguments.words_peer, 6, &texts.whole)?;
        let database = Database::open(self.database("statistics"), Options::default())?;
        let mut session = database.session();
        for (first, then) in [
            ("NGRAMS 2..4 | WHERE count >= 50 AND pmi > 5", "NGRAMS 2..4 | WHERE pmi > 7"),
            ("WORDS BY minent WITH min_pmi = 2", "WORDS BY minent WITH min_pmi = 2.5"),
        ] {
            session.run(&format!("FROM c | {first} | LIMIT 10;"))?;
            let began = Instant::now();
            session.run(&format!("FROM c | {then} | LIMIT 10;"))?;
            let wall = began.elapsed();
            let ratio = peer.filter(|_| then.starts_with("WORDS"));
            let ratio = ratio.map(|peer| times(peer.wall, wall, "wall"));
            let what = format!("`{then}` in an open database, after other thresholds");
            row(&what, None, &format!("{:.0} ms", wall.as_secs_f64() * 1e3), ratio);
        }
        Ok(())
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

/// Bytes of all files in a folder.
fn size(folder: &Path) -> Outcome<u64> {
    let mut sum = 0;
    for entry in walkdir::WalkDir::new(folder) {
        let entry = entry?;
        if entry.file_type().is_file() {
            sum += entry.metadata()?.len();
        }
    }
    Ok(sum)
}
