//! Sentence templates: discovery, matching among many, parsing. Prints the table of
//! `benches/README.md`.
//!
//! ```sh
//! cargo bench --bench templates -- --text reviews.txt --lexicon words.txt --window 2 \
//!     --peer 'python3 finder.py {text} {lexicon} {window}' \
//!     --sentences titles.txt --sentence-lexicon title-words.txt \
//!     --parse-peer 'python3 parser.py {sentences} {lexicon} {templates}'
//! ```
//!
//! Texts that are not given are generated. Peers are commands of whoever runs it.

#![allow(clippy::print_stdout)] // its output is the table

use std::error::Error;
use std::fs;
use std::hint::black_box;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Parser;
use erya::database::{Database, Options};
use erya::mine::templates::{ParserOptions, Slice, Template, TemplateIndex, TemplateParser};
use erya::query::saved;
use erya::text::{Digits, Keep, Latin, Normalize, TextOptions};
use erya::word::Segmenter;

#[path = "end_to_end/process.rs"]
#[allow(dead_code)] // medians are for others
mod process;
#[path = "end_to_end/table.rs"]
mod table;
#[path = "end_to_end/text.rs"]
#[allow(dead_code)] // only the generator is wanted here
mod text;

use process::{Usage, run};
use table::{Goal, Row, ratio};
use text::Generator;

/// How nlp-zero takes text: each letter and each digit is a unit.
const LIKE_NLP_ZERO: &str = "latin = char, digits = char, normalize = none, keep = nlpzero";
/// Lines that are generated.
const GENERATED: usize = 20_000;
/// Templates that are matched, sentences that they are matched against, and the words of one.
const TEMPLATES: u64 = 100_000;
const SENTENCES: usize = 2000;
const WORDS: u64 = 60;
/// Sentences that are parsed.
const PARSED: usize = 10_000;
/// How often that is done; the fastest counts, as others may use the machine.
const TIMES: usize = 10;

/// Measures the templates of a text
#[derive(Debug, Parser)]
struct Arguments {
    /// The text that templates are found in
    #[arg(long)]
    text: Option<PathBuf>,
    /// Its words, one a line with their counts; without them, WORDS BY minent finds some
    #[arg(long)]
    lexicon: Option<PathBuf>,
    /// How far apart two words of a link may stand
    #[arg(long, default_value_t = 2)]
    window: u32,
    /// A command to compare discovery with; {text}, {lexicon} and {window} are filled in
    #[arg(long)]
    peer: Option<String>,
    /// Sentences to parse, one a line, by the templates found in them
    #[arg(long)]
    sentences: Option<PathBuf>,
    /// Their words; without them, WORDS BY minent finds some
    #[arg(long)]
    sentence_lexicon: Option<PathBuf>,
    /// Puts letters and digits of the sentences together that the lexicon cuts apart
    #[arg(long)]
    join: bool,
    /// A command to compare parsing with; {sentences}, {lexicon} and {templates} are filled in
    #[arg(long)]
    parse_peer: Option<String>,
    /// What cargo adds
    #[arg(long, hide = true)]
    bench: bool,
}

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir()?;
    table::head();
    discovery(folder.path(), &arguments)?;
    matching();
    parsing(folder.path(), &arguments)
}

/// The file that was given, else one with generated lines.
fn text(folder: &Path, given: &Option<PathBuf>, name: &str) -> Outcome<PathBuf> {
    if let Some(path) = given {
        return Ok(path.clone());
    }
    let mut generator = Generator::new(true);
    let lines: Vec<String> = (0..GENERATED).map(|_| generator.line()).collect();
    let path = folder.join(name);
    fs::write(&path, lines.join("\n"))?;
    Ok(path)
}

fn query(database: &Path, statements: &str) -> Outcome<Usage> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_erya"));
    run(command.args(["--no-progress", "query"]).arg(database).arg(statements))
}

/// A corpus `c` of a text and a lexicon `lex` for it; the file of the lexicon.
fn prepare(database: &Path, text: &Path, lexicon: &Option<PathBuf>) -> Outcome<PathBuf> {
    let text = text.display();
    let create = format!("CREATE CORPUS c WITH {LIKE_NLP_ZERO}; INGEST '{text}' INTO c");
    query(database, &create)?;
    let path = match lexicon {
        Some(lexicon) => {
            query(database, &format!("IMPORT LEXICON lex FROM '{}'", lexicon.display()))?;
            lexicon.clone()
        }
        None => {
            let path = database.with_extension("words.txt");
            let words = "FROM c | WORDS BY minent WITH min_proba = 1e-6, min_pmi = 1";
            let export = format!("EXPORT FROM lex TO '{}'", path.display());
            query(database, &format!("{words} | SAVE AS lex; {export}"))?;
            path
        }
    };
    settle(database)?;
    Ok(path)
}

/// Opens a database once, which takes in what the process before has written.
fn settle(database: &Path) -> Outcome<()> {
    query(database, "SHOW CORPORA").map(drop)
}

fn discovery(folder: &Path, arguments: &Arguments) -> Outcome<()> {
    let (text, database) = (text(folder, &arguments.text, "text.txt")?, folder.join("text.db"));
    let lexicon = prepare(&database, &text, &arguments.lexicon)?;
    let window = arguments.window;
    let words = [
        ("{text}", text.display().to_string()),
        ("{lexicon}", lexicon.display().to_string()),
        ("{window}", window.to_string()),
    ];
    let peer = peer(&arguments.peer, &words)?;
    let with = |more: &str| {
        format!(
            "FROM c | SEGMENT BY lex IN c | TEMPLATES WITH window = {window}, min_count = 1, \
             trivial = true{more} | STATS count()"
        )
    };
    let every = ", max_paths = 1_000_000_000";
    for (what, statement) in [
        ("every path, as nlp-zero", with(every)),
        ("the same from the kept skip-grams", with(every)),
        ("at most 1000 paths of a clause", with("")),
    ] {
        let ours = query(&database, &statement)?;
        let memory = |peer: Usage| peer.peak as f64 / ours.peak.max(1) as f64;
        let note = peer.map(|peer| format!("{:.1} × less memory (must 10)", memory(peer)));
        Row {
            figure: peer.map(|peer| ratio(peer.cpu, ours.cpu)),
            unit: " ×",
            goal: Some(Goal::AtLeast(50.0, 200.0)),
            ours: Some(ours),
            peer,
            note: note.unwrap_or_default(),
            ..Row::new(format!("discovery, window {window}: {what}"))
        }
        .print();
    }
    Ok(())
}

/// Runs a peer's command with what is filled in.
///
/// # Errors
/// When it cannot be started or fails.
fn peer(command: &Option<String>, words: &[(&str, String)]) -> Outcome<Option<Usage>> {
    let Some(command) = command else { return Ok(None) };
    let filled = words.iter().fold(command.clone(), |all, (name, word)| all.replace(name, word));
    Ok(Some(run(Command::new("sh").arg("-c").arg(&filled))?))
}

/// Numbers by a linear congruential generator, small ones more often.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.0 >> 33) % end
    }

    fn word(&mut self) -> String {
        let scale = 1 << (2 + self.below(12));
        format!("w{}", self.below(scale))
    }
}

fn matching() {
    let mut random = Random(1);
    let mut template = || {
        let parts = 3 + random.below(5);
        Template::new((0..parts).map(|_| (random.below(5) < 3).then(|| random.word())))
    };
    let templates: Vec<Template> = (0..TEMPLATES * 2).filter_map(|_| template()).collect();
    let most = usize::try_from(TEMPLATES).unwrap_or(usize::MAX);
    let index = TemplateIndex::new(&templates[..templates.len().min(most)]);
    let (mut sum, mut worst, mut matches) = (Duration::ZERO, Duration::ZERO, 0u64);
    for _ in 0..SENTENCES {
        let sentence: Vec<u32> = (0..WORDS).map(|_| index.word(&random.word())).collect();
        let began = Instant::now();
        let done = index.each_match(&sentence, |found| {
            matches += black_box(found).places.len() as u64;
            ControlFlow::Continue(())
        });
        let spent = began.elapsed();
        assert!(done.is_continue(), "nothing stops it");
        sum += spent;
        worst = worst.max(spent);
    }
    let micros = |time: Duration| time.as_secs_f64() * 1e6;
    Row {
        figure: Some(micros(sum) / SENTENCES as f64),
        unit: " µs",
        goal: Some(Goal::AtMost(1000.0, 1000.0)),
        note: format!("at worst {:.1} µs, {matches} words in matches", micros(worst)),
        ..Row::new("all matches in a sentence of 60 words among 100 000 templates")
    }
    .print();
}

/// How nlp-zero takes text, for the library.
fn options() -> TextOptions {
    TextOptions {
        latin: Latin::Char,
        digits: Digits::Char,
        normalize: Normalize::None,
        keep: Keep::Nlpzero,
        ..TextOptions::default()
    }
}

fn parsing(folder: &Path, arguments: &Arguments) -> Outcome<()> {
    let given = text(folder, &arguments.sentences, "sentences.txt")?;
    let lines = fs::read_to_string(given)?;
    let lines: Vec<&str> = lines.lines().cycle().take(PARSED).collect();
    let sentences = folder.join("parsed.txt");
    fs::write(&sentences, lines.join("\n"))?;
    let (database, templates) = (folder.join("parsed.db"), folder.join("templates.txt"));
    let lexicon = prepare(&database, &sentences, &arguments.sentence_lexicon)?;
    let with = "window = 3, min_count = 1, trivial = true";
    let segment = format!("SEGMENT BY lex IN c WITH join = {}", arguments.join);
    let found = format!("FROM c | {segment} | TEMPLATES WITH {with}");
    let export = format!("EXPORT FROM tpl TO '{}'", templates.display());
    query(&database, &format!("{found} | SAVE AS tpl; {export}"))?;
    settle(&database)?;
    let peer = parse_peer(folder, arguments, &sentences, &lexicon, &templates)?;
    let goal = Some(Goal::AtLeast(100.0, 100.0));
    let against = |spent: Duration| peer.map(|peer| ratio(peer.cpu, spent));
    let statement = format!("FROM FILE '{}' | {segment} | PARSE BY tpl", sentences.display());
    let (library, asked) = {
        let options = Options { threads: 1, ..Options::default() };
        let database = Database::open(&database, options)?;
        (in_the_library(&database, &lines, arguments.join)?, in_a_session(&database, &statement)?)
    };
    let (spent, note) = library;
    let what = format!("cutting and parsing {PARSED} sentences in the library");
    Row { figure: against(spent), unit: " ×", goal, peer, note, ..Row::new(what) }.print();
    let note = format!("{:.3} s", asked.as_secs_f64());
    let row = Row::new("the same as a query, asked before, in an open database");
    Row { figure: against(asked), unit: " ×", goal, peer, note, ..row }.print();
    let ours = query(&database, &statement)?;
    let row = Row::new("the same in a process of its own, its trees printed");
    Row { figure: against(ours.cpu), unit: " ×", ours: Some(ours), peer, ..row }.print();
    Ok(())
}

/// What a peer takes for parsing alone: less what it takes for no sentence at all.
fn parse_peer(
    folder: &Path,
    arguments: &Arguments,
    sentences: &Path,
    lexicon: &Path,
    templates: &Path,
) -> Outcome<Option<Usage>> {
    let none = folder.join("none.txt");
    fs::write(&none, "")?;
    let run = |sentences: &Path| {
        let words = [
            ("{sentences}", sentences.display().to_string()),
            ("{lexicon}", lexicon.display().to_string()),
            ("{templates}", templates.display().to_string()),
        ];
        peer(&arguments.parse_peer, &words)
    };
    let (Some(all), Some(loading)) = (run(sentences)?, run(&none)?) else { return Ok(None) };
    let less = |all: Duration, loading: Duration| all.saturating_sub(loading);
    let (cpu, wall) = (less(all.cpu, loading.cpu), less(all.wall, loading.wall));
    Ok(Some(Usage { cpu, wall, ..all }))
}

/// The time of a query in a session, all of its rows read, once it has run before. On one thread
/// that is the time of the processor, too.
fn in_a_session(database: &Database, statement: &str) -> Outcome<Duration> {
    let mut spent = Duration::MAX;
    for _ in 0..TIMES {
        let mut session = database.session();
        let began = Instant::now();
        for row in session.query(statement)?.rows {
            black_box(row?);
        }
        spent = spent.min(began.elapsed());
    }
    Ok(spent)
}

/// Cuts and parses sentences with the lexicon and the templates of a database, once that was done
/// before; the time, and what it is to a sentence.
fn in_the_library(database: &Database, lines: &[&str], join: bool) -> Outcome<(Duration, String)> {
    let (options, lexicon) = saved::lexicon(database.index(), "lex", Some(options()))?;
    let segmenter = Segmenter::by_lexicon(lexicon, &options).joining(join);
    let templates = saved::templates(database.index(), "tpl")?;
    let parser = TemplateParser::new(templates, ParserOptions::default());
    let (mut spent, mut sum) = (Duration::MAX, 0.0);
    for _ in 0..TIMES {
        let began = Instant::now();
        sum = parsed(&segmenter, &parser, lines)?;
        spent = spent.min(began.elapsed());
    }
    let micros = spent.as_secs_f64() * 1e6 / lines.len().max(1) as f64;
    let cpu = spent.as_secs_f64();
    Ok((spent, format!("{cpu:.3} s, {micros:.2} µs a sentence, sum of scores {sum:.0}")))
}

/// Makes trees of all sentences; the sum of their scores.
fn parsed(segmenter: &Segmenter, parser: &TemplateParser, lines: &[&str]) -> Outcome<f64> {
    let (mut cutter, mut worker) = (segmenter.worker(), parser.worker());
    let (mut tokens, mut words, mut sum) = (Vec::new(), Vec::new(), 0.0);
    for line in lines {
        cutter.segment(line, &mut tokens);
        words.clear();
        words.extend(tokens.iter().map(|token| parser.word(&line[token.clone()])));
        let sentence = Arc::from(*line);
        let text = |span: Range<usize>| match tokens.get(span) {
            Some([first, .., last]) => Slice::of(&sentence, first.start..last.end),
            Some([only]) => Slice::of(&sentence, only.clone()),
            _ => Slice::from(""),
        };
        let (tree, score) = worker.parse(&words, &text)?;
        black_box(tree);
        sum += score;
    }
    Ok(sum)
}
