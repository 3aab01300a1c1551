//! The memory budget: a process that ingests much more text than it may hold stays within it, and
//! so does one whose statistics are larger than that.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

const MEBI: u64 = 1 << 20;
const TEXT: u64 = 60 * MEBI;
/// In the smaller one the text becomes dozens of segments, which are merged within it as well.
const BUDGETS: [u64; 2] = [64 * MEBI, 128 * MEBI];
/// The program itself, its stacks, and what RocksDB keeps beside its cache.
const SLACK: u64 = 8 * MEBI;

/// Text with the repetition of real one: words of one to three Han characters, some common, most
/// rare, a few numbers.
fn write_text(path: &Path) {
    let mut random = 0x9E37_79B9_7F4A_7C15u64;
    let mut next = |below: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % below
    };
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    let mut written = 0;
    while written < TEXT {
        let mut line = String::new();
        for _ in 0..12 + next(20) {
            let scale = 1 << next(16);
            let word = next(scale);
            for place in 0..1 + word % 3 {
                let offset = u32::try_from(((word * 2_654_435_761) >> (place * 8)) % 5000).unwrap();
                line.push(char::from_u32(0x4e00 + offset).unwrap());
            }
            if next(9) == 0 {
                line.push('，');
            }
        }
        line.push_str(&format!("{}\n", next(100_000)));
        written += line.len() as u64;
        file.write_all(line.as_bytes()).unwrap();
    }
    file.flush().unwrap();
}

/// The most memory that a process has had so far.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<u64>().ok()? * 1024)
}

#[test]
#[cfg(target_os = "linux")]
fn an_ingest_stays_within_its_budget() {
    let directory = tempfile::tempdir().unwrap();
    write_text(&directory.path().join("a.txt"));
    for budget in BUDGETS {
        let most = ingest(directory.path(), budget);
        assert!(most > 16 * MEBI, "nothing was measured");
        assert!(most <= budget + SLACK, "{} MiB of {}", most / MEBI, budget / MEBI);
    }
    statistics_stay_within_their_budget(directory.path());
}

/// Asks for the statistics of millions of n-grams with little memory, from the leaves and from the
/// stored table, and with enough.
fn statistics_stay_within_their_budget(directory: &Path) {
    let [little, _] = BUDGETS;
    let limits = "count BETWEEN 2 AND 4 AND left_entropy > 1";
    let question = format!("FROM c | NGRAMS | WHERE {limits} | LIMIT 50");
    let database = format!("{little}.db");
    let mut answers = Vec::new();
    for (run, budget) in [little, little, 1 << 30].into_iter().enumerate() {
        let output = format!("answer{run}");
        let arguments = ["query", &database, &question];
        let most = peak_of(directory, budget, &arguments, Some(&output));
        if budget == little {
            assert!(most <= budget + SLACK, "{} MiB of {}", most / MEBI, budget / MEBI);
        } else {
            // The table alone is larger than the budget of the others.
            assert!(most > 2 * little, "{} MiB", most / MEBI);
        }
        answers.push(std::fs::read_to_string(directory.join(output)).unwrap());
    }
    assert_eq!(answers[0].lines().count(), 51);
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0], answers[2]);
}

/// The peak of a process that ingests the text.
fn ingest(directory: &Path, budget: u64) -> u64 {
    let database = format!("{budget}.db");
    peak_of(directory, budget, &["ingest", &database, "c", "a.txt"], None)
}

/// The peak of a process; what it prints goes to a file.
fn peak_of(directory: &Path, budget: u64, arguments: &[&str], output: Option<&str>) -> u64 {
    let output = output.map_or(Stdio::null(), |name| {
        Stdio::from(std::fs::File::create(directory.join(name)).unwrap())
    });
    let mut child = Command::new(env!("CARGO_BIN_EXE_erya"))
        .arg(format!("--memory={}MiB", budget / MEBI))
        .args(["--quiet", "--threads=2"])
        .args(arguments)
        .current_dir(directory)
        .stdout(output)
        .spawn()
        .unwrap();
    let mut most = 0;
    let status = loop {
        most = most.max(peak(child.id()).unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    assert!(status.success());
    most
}
