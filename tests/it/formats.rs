//! What is no database, or not ours, or not of this version, or damaged: typed errors, no panic,
//! and never a wrong number.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use erya::database::{Database, Options};
use erya::error::{Error, Result};
use erya::index::FORMAT;
use erya::store::{Access, Batch, Family, RocksOptions, RocksStore, Store};

use crate::answers::{cell, numbered, rows, try_rows};

const LINES: u64 = 3000;

fn open(path: &Path) -> Result<Database> {
    Database::open(path, Options::default())
}

/// A database with some pages and blocks of text.
fn make(path: &Path) {
    let lines = (0..LINES).map(|line| format!("第{line}行，床前明月光{}\n", line * 7919 % 3001));
    let text: String = lines.collect();
    let database = open(path).unwrap();
    let mut session = database.session();
    session.run("CREATE CORPUS c WITH order = 4").unwrap();
    session.run(&format!("INGEST TEXT '{text}' INTO c")).unwrap();
}

fn store(path: &Path) -> RocksStore {
    let options = RocksOptions { create: true, read_only: false, cache: 1 << 20 };
    RocksStore::open(path, &options).unwrap()
}

fn put(path: &Path, key: &[u8], value: &[u8]) {
    let mut batch = Batch::new();
    batch.put(Family::Meta, key.to_vec(), value.to_vec());
    store(path).commit(&batch).unwrap();
}

/// All entries of `meta`.
fn records(path: &Path) -> Vec<(Vec<u8>, Vec<u8>)> {
    let store = store(path);
    let view = store.view();
    let mut records = Vec::new();
    let mut cursor = view.cursor(Family::Meta, Access::Scan);
    cursor.seek(&[]);
    while let Some((key, value)) = cursor.entry().unwrap() {
        records.push((key.to_vec(), value.to_vec()));
        cursor.advance();
    }
    records
}

#[track_caller]
fn refused(path: &Path, said: &str) -> Error {
    let Err(error) = open(path) else { panic!("{} was opened", path.display()) };
    assert!(error.to_string().contains(said), "{error}");
    error
}

#[test]
fn another_version_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.db");
    make(&path);
    let records = records(&path);
    let format = &records[0];
    assert_eq!(format.0, [0]);
    let mut other = format.1.clone();
    other[0] = 99;
    put(&path, &format.0, &other);
    let error = refused(&path, "the database has format version 99");
    assert!(matches!(error, Error::Corrupt(_)) && error.report().hint.is_some());
    let status = Command::new(env!("CARGO_BIN_EXE_erya"))
        .args(["query".as_ref(), path.as_os_str(), "SHOW CORPORA".as_ref()])
        .output()
        .unwrap();
    assert_eq!(status.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&status.stderr).contains("format version 99"));
    put(&path, &format.0, &format.1);
    assert!(open(&path).is_ok());
}

/// Databases as earlier programs left them, a folder each.
#[test]
fn databases_of_the_past_are_named_and_left_alone() {
    let past = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/databases");
    for version in 1..FORMAT {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("past.db");
        fs::create_dir(&path).unwrap();
        for file in fs::read_dir(past.join(format!("format-{version}"))).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), path.join(file.file_name())).unwrap();
        }
        let before = records(&path);
        let error = refused(&path, &format!("the database has format version {version}"));
        assert!(matches!(error, Error::Corrupt(_)) && error.report().hint.is_some());
        assert!(!before.is_empty() && records(&path) == before);
    }
}

#[test]
fn damaged_records_are_errors() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.db");
    make(&path);
    for (key, value) in records(&path) {
        let mut version = value.clone();
        version[0] ^= 0x40;
        let longer = [&value[..], &[0]].concat();
        // What bincode reads as a length of exabytes.
        let endless = [&value[..1], &[0xfd; 9]].concat();
        for changed in [Vec::new(), value[..value.len() / 2].to_vec(), version, longer, endless] {
            put(&path, &key, &changed);
            let answer = open(&path).and_then(|database| {
                let mut session = database.session();
                try_rows(&mut session, "SHOW INGESTS IN c")?;
                session.run("INGEST TEXT '明月' INTO c")
            });
            // The ledger is looked at only by who brings the same content again.
            if key[0] != 4 {
                assert!(matches!(answer, Err(Error::Corrupt(_))), "{key:?}: {answer:?}");
            }
        }
        put(&path, &key, &value);
    }
}

#[test]
fn what_is_no_database_of_ours() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let foreign = directory.join("foreign");
    let database = rocksdb::DB::open_default(&foreign).unwrap();
    database.put("key", "value").unwrap();
    drop(database);
    assert!(matches!(refused(&foreign, "is not a database of erya"), Error::Corrupt(_)));
    // The refusal has not changed it.
    let database = rocksdb::DB::open_default(&foreign).unwrap();
    assert_eq!(database.get("key").unwrap().unwrap(), b"value");

    let similar = directory.join("similar");
    put(&similar, b"key", b"value");
    assert!(matches!(refused(&similar, "does not say which version"), Error::Corrupt(_)));

    let things = directory.join("things");
    fs::create_dir(&things).unwrap();
    fs::write(things.join("letter.txt"), "dear").unwrap();
    assert!(matches!(refused(&things, "with other things in it"), Error::Input(_)));
    assert_eq!(fs::read_dir(&things).unwrap().count(), 1);

    assert!(matches!(refused(&things.join("letter.txt"), "is a file"), Error::Input(_)));
    let below = things.join("letter.txt/t.db");
    assert!(matches!(refused(&below, "cannot be made"), Error::Input(_)));
    fs::create_dir(directory.join("empty")).unwrap();
    assert!(open(&directory.join("empty")).is_ok());
    for options in [
        Options { create: false, ..Options::default() },
        Options { read_only: true, ..Options::default() },
    ] {
        let missing = directory.join("missing");
        let error = Database::open(&missing, options).err().unwrap();
        assert!(matches!(error, Error::Input(_)), "{error:?}");
        assert!(!missing.exists());
    }
}

#[test]
fn a_database_is_open_once() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.db");
    make(&path);
    let first = open(&path).unwrap();
    assert!(matches!(refused(&path, "is open in another process"), Error::Retry(_)));
    let other = Command::new(env!("CARGO_BIN_EXE_erya"))
        .args(["query".as_ref(), path.as_os_str(), "SHOW CORPORA".as_ref()])
        .output()
        .unwrap();
    assert_eq!(other.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&other.stderr).contains("is open in another process"));
    // Readers may.
    let options = Options { read_only: true, ..Options::default() };
    let reader = Database::open(&path, options).unwrap();
    let wanted = [("明月".to_owned(), LINES)];
    assert_eq!(numbered(&mut reader.session(), "FROM c | COUNT '明月'", 1, 2), wanted);
    let error = reader.session().run("INGEST TEXT 'a' INTO c").unwrap_err();
    assert!(matches!(error, Error::Input(_)), "{error:?}");
    rows(&mut reader.session(), "FROM c | NGRAMS 2 | LIMIT 1");
    drop((first, reader));
    assert!(open(&path).is_ok());
}

fn sorted_files(path: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "sst")).collect();
    files.sort();
    files
}

/// What the database says, or why it does not.
fn ask(path: &Path) -> Result<(u64, u64, usize)> {
    let database = open(path)?;
    let mut session = database.session();
    let counted = try_rows(&mut session, "FROM c | COUNT '明月'")?;
    let pattern = try_rows(&mut session, "FROM c | COUNT '前?月' | STATS sum(count)")?;
    let ngrams = try_rows(&mut session, "FROM c | NGRAMS 1..4")?;
    try_rows(&mut session, "CHECK c")?;
    Ok((cell(&counted, 2), cell(&pattern, 0), ngrams.len()))
}

/// One changed byte anywhere in a sorted file is noticed or does not matter.
#[test]
fn a_flipped_byte_is_never_a_wrong_number() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("t.db");
    make(&path);
    let sound = ask(&path).unwrap();
    assert_eq!((sound.0, sound.1), (LINES, LINES));
    let (mut noticed, mut tried) = (0, 0);
    for file in sorted_files(&path) {
        let Ok(bytes) = fs::read(&file) else { continue };
        for place in 0..24 {
            let copy = directory.path().join(format!("copy{tried}.db"));
            fs::create_dir(&copy).unwrap();
            for entry in fs::read_dir(&path).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_file() {
                    fs::copy(entry.path(), copy.join(entry.file_name())).unwrap();
                }
            }
            let mut changed = bytes.clone();
            let at = (place * 7919 + bytes.len() * place / 24) % bytes.len();
            changed[at] ^= 1 << (place % 8);
            fs::write(copy.join(file.file_name().unwrap()), changed).unwrap();
            tried += 1;
            match ask(&copy) {
                Ok(answer) => assert_eq!(answer, sound, "byte {at} of {}", file.display()),
                Err(Error::Internal(report)) => panic!("byte {at} of {}: {report}", file.display()),
                Err(_) => noticed += 1,
            }
            fs::remove_dir_all(&copy).unwrap();
        }
    }
    assert!(noticed > tried / 4, "{noticed} of {tried}");
}
