//! Itemset mining: files of baskets, or made-up ones, beside what another program took for them.
//!
//! `cargo bench --bench itemsets -- [--peer TIMES] [FILE:SUPPORT[:TARGET] …]`. TIMES is a file of
//! lines of set, support, target, program and seconds, tabs between; the fastest counts. Itemsets
//! are counted and not listed. Without files, sparse baskets as of a shop and dense ones as of a
//! table are made by a seeded generator, so that two runs measure the same work.

#![expect(clippy::print_stdout)] // the table is what it is for

use std::path::Path;
use std::time::Instant;

use erya::control::Control;
use erya::index::Vertical;
use erya::mine::itemsets::{METHODS, Method, Search, Tally, Target, mine};

/// How often each search is run; the median counts.
const RUNS: usize = 5;

/// Numbers below `end` by a linear congruential generator.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let [a, b, c, d, ..] = self.0.to_be_bytes();
        u32::from_be_bytes([a, b, c, d]) % end
    }
}

/// Ten of a thousand items in a row, low numbers more often, and patterns of four that recur.
fn sparse() -> Vertical {
    let mut random = Random(1);
    let rows = (0..20_000).map(|_| {
        let pattern = random.below(200) * 5;
        let mut row: Vec<u32> = (pattern..pattern + 4).collect();
        row.extend((0..6).map(|_| random.below(1000) * random.below(1000) / 1000));
        row
    });
    Vertical::from_rows(rows).expect("few rows")
}

/// One value of each of twelve columns, the first value in most rows.
fn dense() -> Vertical {
    let mut random = Random(2);
    let rows = (0..3000).map(|_| {
        let mut row = Vec::new();
        for column in 0..12u32 {
            let value = if random.below(10) < 8 { 0 } else { random.below(4) };
            row.push(column * 4 + value);
        }
        row
    });
    Vertical::from_rows(rows).expect("few rows")
}

/// A file of numbers, a transaction a line.
fn read(path: &str) -> Vertical {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let number =
        |word: &str| word.parse().unwrap_or_else(|_| panic!("{path}: {word} is no number"));
    let rows = text.lines().map(|line| line.split_whitespace().map(number).collect::<Vec<u32>>());
    Vertical::from_rows(rows.filter(|row| !row.is_empty())).expect("fewer than 2³² rows")
}

/// What other programs took: name, support, target, program, seconds.
type Times = Vec<(String, u64, String, String, f64)>;

fn times(path: &str) -> Times {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let line = |line: &str| {
        let fields: Vec<&str> = line.split('\t').collect();
        let [name, support, target, program, seconds] = fields[..] else { return None };
        let (support, seconds) = (support.parse().ok()?, seconds.trim().parse().ok()?);
        Some((name.to_owned(), support, target.to_owned(), program.to_owned(), seconds))
    };
    text.lines().filter_map(line).collect()
}

/// The median time of a search, and how many itemsets it found.
fn measure(method: &Method, data: &Vertical, search: &Search) -> (f64, u64) {
    let mut seconds = Vec::new();
    let mut tally = Tally::default();
    for _ in 0..RUNS {
        tally = Tally::default();
        let begun = Instant::now();
        mine(method, data, search, &Control::default(), &mut tally).expect("a search that fits");
        seconds.push(begun.elapsed().as_secs_f64());
    }
    seconds.sort_by(f64::total_cmp);
    (seconds[RUNS / 2], tally.found)
}

fn print_row(name: &str, data: &Vertical, (support, target): (u64, &str), times: &Times) {
    let kind = Target::named(target).unwrap_or_else(|| panic!("{target} is no target"));
    let search = Search { min_count: support, target: kind, ..Search::default() };
    let (one, found) = measure(&METHODS[0], data, &search);
    let (two, _) = measure(&METHODS[0], data, &Search { threads: 2, ..search });
    let of = times
        .iter()
        .filter(|time| (time.0.as_str(), time.1, time.2.as_str()) == (name, support, target));
    let peer = of.min_by(|one, other| one.4.total_cmp(&other.4)).map_or_else(
        || "| |".to_owned(),
        |(.., program, peer)| format!("{program} {peer:.4} | {:.1} |", peer / one),
    );
    println!("| {name} | {support} | {target} | {found} | {one:.4} | {:.2} | {peer}", one / two);
}

fn print_head() {
    println!(
        "| set | support | target | itemsets | one thread, s | two against one | peer, s | ratio |"
    );
    println!("| --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |");
}

fn main() {
    let mut peer = Times::new();
    let mut searches = Vec::new();
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--peer" => peer = times(&arguments.next().expect("--peer takes a file")),
            _ => searches.push(argument),
        }
    }
    print_head();
    if searches.is_empty() {
        for (data, name, support) in [(sparse(), "sparse", 10), (dense(), "dense", 300)] {
            for target in Target::NAMES {
                print_row(name, &data, (support, target), &peer);
            }
        }
    }
    for search in searches {
        let mut parts = search.split(':');
        let (file, support) = (parts.next().unwrap_or_default(), parts.next());
        let support = support.and_then(|support| support.parse().ok());
        let support = support.unwrap_or_else(|| panic!("{search} is not FILE:SUPPORT"));
        let name = Path::new(file).file_stem().unwrap_or_default().to_string_lossy();
        print_row(&name, &read(file), (support, parts.next().unwrap_or("all")), &peer);
    }
}
