//! A process that dies at any point of an ingest or a merge leaves the database whole: what was
//! going on is wholly there or wholly absent, and doing it again gives the full counts.

use std::path::Path;
use std::process::{Command, Stdio};

use erya::database::{Database, Options};

use crate::answers::{count, number, numbered, rows};

const POINTS: &[&str] =
    &["bulk-written", "adopted", "before-commit", "after-commit", "merge-adopted", "discard"];
/// Files of the second ingest; what is committed is whole files.
const FILES: u64 = 3;

/// Runs the command; whether it died on the way.
fn dies(directory: &Path, point: &str, arguments: &[&str]) -> bool {
    let status = Command::new(env!("CARGO_BIN_EXE_erya"))
        .args(arguments)
        .current_dir(directory)
        .env("ERYA_CRASH_AT", point)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
    // By a signal, so that there is no code.
    assert!(status.success() || status.code().is_none(), "{point}: {status}");
    status.code().is_none()
}

fn open(directory: &Path) -> Database {
    Database::open(directory.join("t.db"), Options::default()).unwrap()
}

fn write_files(directory: &Path) {
    let line = "床前明月光，疑是地上霜。\n举头望明月，低头思故乡。\n";
    for number in 1..=FILES {
        let text = format!("{}这是第{number}本\n", line.repeat(50));
        std::fs::write(directory.join(format!("{number}.txt")), text).unwrap();
    }
    std::fs::write(directory.join("before.txt"), "明月几时有\n").unwrap();
}

/// A database with one ingest, made without any crash.
fn begin(directory: &Path) {
    write_files(directory);
    let path = directory.join("before.txt");
    let script = format!("CREATE CORPUS c; INGEST '{}' INTO c", path.display());
    open(directory).session().run(&script).unwrap();
}

/// Everything agrees with having taken in this many of the files.
#[track_caller]
fn holds(database: &Database, files: u64) {
    let mut session = database.session();
    rows(&mut session, "CHECK c");
    assert_eq!(count(&mut session, "c", "明月"), 1 + files * 100);
    assert_eq!(count(&mut session, "c", "这是第"), files);
    let after: u64 =
        numbered(&mut session, "FROM c | NEXT '月'", 0, 1).iter().map(|row| row.1).sum();
    assert_eq!(after, 1 + files * 100);
    assert_eq!(number(&rows(&mut session, "SHOW CORPORA")[0][4]), 1 + files * 101);
}

#[test]
fn an_ingest_is_there_or_not() {
    let mut died = 0;
    for point in POINTS {
        for hit in 1..=4 {
            let directory = tempfile::tempdir().unwrap();
            let directory = directory.path();
            begin(directory);
            let point = format!("{point}:{hit}");
            let arguments = ["ingest", "t.db", "c", "1.txt", "2.txt", "3.txt"];
            died += usize::from(dies(directory, &point, &arguments));
            let database = open(directory);
            let there = count(&mut database.session(), "c", "这是第");
            assert!(there == 0 || there == FILES, "{point}: {there} files");
            holds(&database, there);
            drop(database);
            assert!(!dies(directory, "", &arguments));
            holds(&open(directory), FILES);
            // And once more from the start, as the numbers of segments are taken again.
            assert!(!dies(directory, "", &arguments));
            holds(&open(directory), FILES);
        }
    }
    assert!(died >= 5, "only {died} runs died: are the points still there?");
}

/// A new database, too: its first writes may be cut short as well.
#[test]
fn a_first_ingest_is_there_or_not() {
    for point in POINTS {
        for hit in 1..=3 {
            let directory = tempfile::tempdir().unwrap();
            let directory = directory.path();
            write_files(directory);
            let point = format!("{point}:{hit}");
            dies(directory, &point, &["ingest", "t.db", "c", "before.txt"]);
            let arguments = ["ingest", "t.db", "c", "before.txt", "1.txt", "2.txt", "3.txt"];
            assert!(!dies(directory, "", &arguments), "{point}");
            holds(&open(directory), FILES);
        }
    }
}

#[test]
fn a_merge_changes_nothing() {
    let mut died = 0;
    for point in POINTS {
        for hit in 1..=2 {
            let directory = tempfile::tempdir().unwrap();
            let directory = directory.path();
            begin(directory);
            for number in 1..=FILES {
                assert!(!dies(directory, "", &["ingest", "t.db", "c", &format!("{number}.txt")]));
            }
            let point = format!("{point}:{hit}");
            died += usize::from(dies(directory, &point, &["query", "t.db", "COMPACT c"]));
            holds(&open(directory), FILES);
            assert!(!dies(directory, "", &["query", "t.db", "COMPACT c"]));
            let database = open(directory);
            holds(&database, FILES);
            assert_eq!(database.index().view("c").unwrap().manifest().segments.len(), 1);
        }
    }
    assert!(died >= 6, "only {died} runs died: are the points still there?");
}

/// Segments that are spilled one by one before their common commit are no exception.
#[test]
fn a_file_of_many_segments_is_there_or_not() {
    let directory = tempfile::tempdir().unwrap();
    let large: String = (0..90_000).map(|line| format!("第{line}行，床前明月光\n")).collect();
    for point in ["adopted:1", "adopted:2", "adopted:5", "bulk-written:6", "before-commit:1"] {
        let directory = directory.path().join(point.replace(':', "-"));
        std::fs::create_dir(&directory).unwrap();
        begin(&directory);
        std::fs::write(directory.join("large.txt"), &large).unwrap();
        let little = ["--memory=32MiB", "--threads=1", "ingest", "t.db", "c", "large.txt"];
        assert!(dies(&directory, point, &little), "{point}");
        let database = open(&directory);
        holds(&database, 0);
        assert_eq!(count(&mut database.session(), "c", "床前明月光"), 0);
        drop(database);
        assert!(!dies(&directory, "", &little));
        let database = open(&directory);
        rows(&mut database.session(), "CHECK c");
        assert_eq!(count(&mut database.session(), "c", "床前明月光"), 90_000);
        assert_eq!(count(&mut database.session(), "c", "第"), 90_000);
    }
}

/// Baskets: the chunk with room is written anew by every ingest, and the old one stays until then.
#[test]
fn an_ingest_of_baskets_is_there_or_not() {
    let mut died = 0;
    for point in POINTS {
        for hit in 1..=3 {
            let directory = tempfile::tempdir().unwrap();
            let directory = directory.path();
            for (name, line) in [("before", "tea milk\n"), ("1", "tea\n"), ("2", "tea rum\n")] {
                std::fs::write(directory.join(format!("{name}.dat")), line.repeat(40)).unwrap();
            }
            let first = "CREATE CORPUS c WITH unit = item; INGEST 'before.dat' INTO c";
            assert!(!dies(directory, "", &["query", "t.db", first]));
            let point = format!("{point}:{hit}");
            let arguments = ["query", "t.db", "INGEST '1.dat', '2.dat' INTO c"];
            died += usize::from(dies(directory, &point, &arguments));
            let baskets = |expected: &[u64]| {
                let database = open(directory);
                let mut session = database.session();
                let checked = rows(&mut session, "CHECK c");
                let found = numbered(&mut session, "SHOW ITEMS IN c", 0, 1);
                let tea = found.iter().find(|(item, _)| item == "tea").unwrap().1;
                assert!(expected.contains(&tea), "{point}: {tea}");
                assert_eq!(number(&checked[0][1]), tea, "{point}");
            };
            baskets(&[40, 120]);
            assert!(!dies(directory, "", &arguments));
            baskets(&[120]);
        }
    }
    assert!(died >= 4, "only {died} runs died: are the points still there?");
}
