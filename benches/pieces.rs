//! The pieces on their own: `cargo bench --bench pieces`. Text comes from a generator, everything
//! stays in memory.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use erya::control::Control;
use erya::index::{Cost, Index, IngestOptions, Source, Thresholds};
use erya::store::MemoryStore;
use erya::text::{InputOptions, Splitter, TextOptions, Unit, UnitSink};
use erya::word::{Lexicon, Segmenter};

#[path = "end_to_end/text.rs"]
#[allow(dead_code)] // only the generator is wanted here
mod text;

use text::Generator;

/// Bytes of text for each piece.
const BYTES: usize = 2 << 20;

fn sample(characters: bool) -> String {
    let mut generator = Generator::new(characters);
    let mut text = String::with_capacity(BYTES + 1024);
    while text.len() < BYTES {
        text.push_str(&generator.line());
        text.push('\n');
    }
    text
}

fn options(unit: Unit) -> TextOptions {
    TextOptions { unit, ..TextOptions::default() }
}

/// Counts, so that nothing is optimised away.
#[derive(Default)]
struct Counting(usize);

impl UnitSink for Counting {
    fn unit(&mut self, _: char) {
        self.0 += 1;
    }
    fn run(&mut self, text: &str) {
        self.0 += text.len();
    }
    fn boundary(&mut self) {}
    fn line(&mut self) {}
}

fn ingested(parts: &[String], unit: Unit, order: usize) -> Index {
    let built = || -> Result<Index, erya::error::Error> {
        let index = Index::open(Box::new(MemoryStore::new()), false)?;
        index.create("c", options(unit), order, true)?;
        let options = IngestOptions {
            input: InputOptions::default(),
            memory: 1 << 30,
            threads: 1,
            baskets: None,
        };
        if let Some(corpus) = index.corpus("c") {
            for part in parts {
                let sources = vec![Source::Literal(part.clone())];
                index.ingest(&corpus, sources, &options, &Control::default())?;
            }
        }
        Ok(index)
    };
    built().unwrap_or_else(|error| panic!("the sample cannot be ingested: {error}"))
}

fn splitting(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("split");
    for (name, unit) in [("characters", Unit::Char), ("words", Unit::Word)] {
        let text = sample(unit == Unit::Char);
        let splitter = Splitter::new(&options(unit));
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                let mut units = Counting::default();
                splitter.feed(black_box(&text), &mut units);
                units.0
            });
        });
    }
    group.finish();
}

fn ingest(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ingest");
    group.sample_size(10);
    for (name, unit, order) in
        [("order 4", Unit::Char, 4), ("order 6", Unit::Char, 6), ("words", Unit::Word, 5)]
    {
        let text = [sample(unit == Unit::Char)];
        group.throughput(Throughput::Bytes(text[0].len() as u64));
        group.bench_function(name, |bencher| bencher.iter(|| ingested(&text, unit, order)));
    }
    group.finish();
}

fn counting(criterion: &mut Criterion) {
    let text = sample(true);
    let ngrams: Vec<[u32; 2]> = (2..2002).map(|symbol| [symbol, symbol % 97 + 2]).collect();
    let mut group = criterion.benchmark_group("count");
    for parts in [1, 8] {
        let lines: Vec<&str> = text.lines().collect();
        let parts: Vec<String> =
            lines.chunks(lines.len().div_ceil(parts)).map(|lines| lines.join("\n")).collect();
        let index = ingested(&parts, Unit::Char, 6);
        let Some(view) = index.view("c") else { return };
        let mut counter = view.counter();
        let mut next = 0;
        let name = format!("segments: {}", view.manifest().segments.len());
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                next = (next + 1) % ngrams.len();
                counter.count(black_box(&ngrams[next])).unwrap_or_default()
            });
        });
    }
    group.finish();
}

fn deriving(criterion: &mut Criterion) {
    let text = [sample(true)];
    let cost = Cost { memory: 1 << 30, threads: 1 };
    let mut group = criterion.benchmark_group("statistics");
    group.sample_size(10);
    group.bench_function("all", |bencher| {
        let build = |index: Index| {
            let view = index.view("c")?;
            view.statistics(5, view.order(), cost, &Control::default())
                .ok()
                .map(|table| table.len())
        };
        bencher.iter_batched(|| ingested(&text, Unit::Char, 6), build, BatchSize::PerIteration);
    });
    group.finish();
    let mut group = criterion.benchmark_group("chunks");
    let index = ingested(&text, Unit::Char, 6);
    let Some(view) = index.view("c") else { return };
    // The first asks for the text to be read, the others cut what is kept.
    for min_pmi in [3.0, 1.0, 2.0] {
        let thresholds = Thresholds { min_pmi, min_proba: 1e-7 };
        group.bench_function(format!("pmi above {min_pmi}"), |bencher| {
            bencher.iter(|| {
                let cut = view.chunks(thresholds, |_| 1, cost, &Control::default());
                cut.map_or(0, |cut| cut.pieces().len())
            });
        });
    }
    group.finish();
}

fn segmenting(criterion: &mut Criterion) {
    let text = sample(true);
    let units: Vec<char> = text.chars().filter(|c| c.is_alphabetic()).take(100_000).collect();
    let words = units
        .windows(4)
        .enumerate()
        .map(|(at, window)| (window[..1 + at % 4].iter().collect::<String>(), 1 + at as u64 % 50));
    let options = options(Unit::Char);
    let Ok(lexicon) = Lexicon::new(words, &options) else { return };
    let lexicon = Arc::new(lexicon);
    let segmenter = Segmenter::by_lexicon(lexicon, &options);
    let mut group = criterion.benchmark_group("segment");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("lexicon", |bencher| {
        let (mut worker, mut tokens) = (segmenter.worker(), Vec::new());
        bencher.iter(|| {
            let mut sum = 0;
            for line in text.lines() {
                worker.segment(line, &mut tokens);
                sum += tokens.len();
            }
            sum
        });
    });
    group.finish();
}

fn parsing(criterion: &mut Criterion) {
    let query = "FROM c | NGRAMS 2..4 | WHERE count >= 50 AND pmi > 3 | SORT g2 DESC | LIMIT 20";
    criterion.bench_function("parse a query", |bencher| {
        bencher.iter(|| erya::query::parse(black_box(query)).is_ok());
    });
}

criterion_group!(pieces, splitting, ingest, counting, deriving, segmenting, parsing);
criterion_main!(pieces);
