//! Itemset mining: files of baskets, or made-up ones, beside what another program took for them.
//!
//! `cargo bench --bench itemsets -- [--peer TIMES] [FILE:SUPPORT[:TARGET] …]`. TIMES is a file of
//! lines of set, support, target, program and seconds, tabs between; the fastest counts. Itemsets
//! are counted and not listed. Without files, sparse baskets as of a shop and dense ones as of a
//! table are made by a seeded generator, so that two runs measure the same work.
//!
//! `cargo bench --bench itemsets -- --refresh FILE:SUPPORT …`: the last hundredth of the
//! transactions comes later; saved itemsets are then brought up to date, beside mining and saving
//! them anew, and asked again.

#![expect(clippy::print_stdout)] // the table is what it is for

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use erya::control::Control;
use erya::database::{Database, Options, Session};
use erya::index::Vertical;
use erya::mine::itemsets::{METHODS, Method, Search, Tally, Target, mine};
use erya::query::rows::Datum;

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

/// Wall time of a statement, its rows not read; and CPU time of the process meanwhile.
fn time(session: &mut Session<'_>, statement: &str) -> Result<(f64, f64), Box<dyn Error>> {
    let (begun, before) = (Instant::now(), cpu_seconds());
    drop(session.query(statement)?);
    Ok((begun.elapsed().as_secs_f64(), cpu_seconds() - before))
}

/// What all threads of this process have used so far.
fn cpu_seconds() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}

/// The times of one kind of statement.
#[derive(Default)]
struct Measured {
    wall: Vec<f64>,
    cpu: Vec<f64>,
}

impl Measured {
    fn take(&mut self, (wall, cpu): (f64, f64)) {
        self.wall.push(wall);
        self.cpu.push(cpu);
    }

    /// Of wall time and of CPU time.
    fn medians(&mut self) -> (f64, f64) {
        let median = |times: &mut Vec<f64>| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        };
        (median(&mut self.wall), median(&mut self.cpu))
    }
}

/// The whole numbers of the only row of a statement.
fn numbers(session: &mut Session<'_>, statement: &str) -> Result<String, Box<dyn Error>> {
    let row = session.query(statement)?.rows.next().ok_or("there is no row")??;
    let number = |cell: &Datum| match cell {
        Datum::Integer(number) => number.to_string(),
        _ => String::new(),
    };
    Ok(row.iter().map(number).collect::<Vec<String>>().join(" | "))
}

/// Whether two queries have the same rows, in the same order.
fn is_same(database: &Database, one: &str, other: &str) -> Result<bool, Box<dyn Error>> {
    let mut sessions = (database.session(), database.session());
    let (mut one, mut other) = (sessions.0.query(one)?.rows, sessions.1.query(other)?.rows);
    loop {
        match (one.next().transpose()?, other.next().transpose()?) {
            (None, None) => return Ok(true),
            (one, other) if one != other => return Ok(false),
            _ => {}
        }
    }
}

fn print_refresh(path: &str, support: &str) -> Result<(), Box<dyn Error>> {
    let text = std::fs::read_to_string(path)?;
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let (before, after) = lines.split_at(lines.len() - lines.len().div_ceil(100));
    let directory = tempfile::tempdir()?;
    let file = |name: &str| directory.path().join(name).display().to_string();
    std::fs::write(file("before.dat"), before.join("\n"))?;
    std::fs::write(file("after.dat"), after.join("\n"))?;
    let options = Options { threads: 1, ..Options::default() };
    let database = Database::open(file("shop.db"), options)?;
    let mut session = database.session();
    let ingest = |name: &str| format!("INGEST '{}' INTO shop", file(name));
    session.run(&format!("CREATE CORPUS shop WITH unit = item; {}", ingest("before.dat")))?;
    // A method that is named is run, whatever is saved.
    let mine = format!("FROM shop | ITEMSETS BY auto WITH support = {support}");
    for run in 0..RUNS {
        drop(session.query(&format!("{mine} | SAVE AS kept{run}"))?);
    }
    session.run(&ingest("after.dat"))?;
    let (mut anew, mut refresh) = (Measured::default(), Measured::default());
    let mut report = String::new();
    for run in 0..RUNS {
        anew.take(time(&mut session, &format!("{mine} | SAVE AS fresh"))?);
        let (begun, before) = (Instant::now(), cpu_seconds());
        report = numbers(&mut session, &format!("REFRESH ITEMSETS kept{run}"))?;
        refresh.take((begun.elapsed().as_secs_f64(), cpu_seconds() - before));
    }
    let mut asked = Vec::new();
    for top in ["", ", top = 1000"] {
        for name in ["fresh", "kept0"] {
            let query = format!("FROM {name} | ITEMSETS WITH support = {support}{top}");
            let mut again = Measured::default();
            for _ in 0..RUNS {
                again.take(time(&mut session, &query)?);
            }
            asked.push(format!("{:.4}", again.medians().0));
        }
    }
    let is_same = is_same(&database, "FROM kept0", "FROM fresh")?;
    assert!(is_same, "{path}: what is brought up to date is other than what is mined anew");
    let name = Path::new(path).file_stem().unwrap_or_default().to_string_lossy();
    let (anew, refresh) = (anew.medians(), refresh.medians());
    println!(
        "| {name} | {support} | {report} | {:.4} | {:.4} | {:.2} | {:.4} | {:.4} | {:.2} | {} |",
        anew.0,
        refresh.0,
        refresh.0 / anew.0,
        anew.1,
        refresh.1,
        refresh.1 / anew.1,
        asked.join(" | "),
    );
    Ok(())
}

fn print_refresh_head() {
    println!(
        "| set | support | itemsets | added | removed | changed | anew, s | refresh, s | ratio | \
         anew, CPU s | refresh, CPU s | ratio | asked again, s: fresh | refreshed | \
         top 1000, s: fresh | refreshed |"
    );
    println!("| --- |{}", " ---: |".repeat(15));
}

fn main() {
    let mut peer = Times::new();
    let mut searches = Vec::new();
    let mut refresh = false;
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--peer" => peer = times(&arguments.next().expect("--peer takes a file")),
            "--refresh" => refresh = true,
            _ => searches.push(argument),
        }
    }
    if refresh {
        print_refresh_head();
        for search in searches {
            let (file, support) = search.rsplit_once(':').unwrap_or((&search, "0.1%"));
            print_refresh(file, support).unwrap_or_else(|error| panic!("{search}: {error}"));
        }
        return;
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
