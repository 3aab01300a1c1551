//! What comes in and what does not: refused files, encodings, compression, streams, interruption.

use std::io::{Cursor, Read, Write};
use std::path::Path;

use erya::control::{Control, Stop};
use erya::database::{Database, Options, Session};
use erya::error::Error;
use erya::index::{IngestOptions, Source};
use erya::store::{Access, Family};
use erya::text::{InputOptions, TextOptions};

use crate::answers::{cell, count, number, quoted, rows, text, try_rows};
use crate::counts::agrees;
use crate::naive::Naive;

const LINES: &str = "床前明月光，疑是地上霜。\nMoon 12 月\n\n举头望明月\n";
const ORDER: usize = 4;

fn database(threads: usize, memory: u64, stop: &Stop) -> Database {
    let control = Control { stop: stop.clone(), ..Control::default() };
    let options = Options { threads, memory, control, ..Options::default() };
    let database = Database::in_memory(options).unwrap();
    database.session().run(&format!("CREATE CORPUS c WITH order = {ORDER}")).unwrap();
    database
}

fn usual() -> Database {
    database(2, 1 << 30, &Stop::default())
}

fn naive(texts: &[&str]) -> Naive {
    let mut naive = Naive::new(&TextOptions::default(), ORDER);
    for text in texts {
        naive.add(text);
    }
    naive
}

fn write(directory: &Path, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = directory.join(name);
    std::fs::write(&path, bytes).unwrap();
    quoted(path.to_str().unwrap())
}

/// Whether anything lies in a family.
fn is_empty(database: &Database, family: Family) -> bool {
    let view = database.index().store().view();
    let mut cursor = view.cursor(family, Access::Point);
    cursor.seek(&[]);
    cursor.entry().unwrap().is_none()
}

/// A text with an invalid byte in its middle, or at the end of many megabytes.
fn spoiled(before: usize) -> Vec<u8> {
    let mut bytes = LINES.repeat(before).into_bytes();
    bytes.extend(b"\xE6\x98\xFF!\n");
    bytes.extend(LINES.as_bytes());
    bytes
}

#[test]
fn a_refused_file_takes_nothing_else_with_it() {
    // 45 000 times the lines are more than three megabytes: several segments before the bad byte.
    for (threads, memory, before) in
        [(1, 8 << 20, 45_000), (3, 8 << 20, 45_000), (2, 1 << 30, 45_000), (2, 1 << 30, 1)]
    {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        let texts: Vec<String> = (0..4).map(|number| format!("{LINES}第{number}本\n")).collect();
        for (number, text) in texts.iter().enumerate() {
            write(directory, &format!("{number}-good.txt"), text);
        }
        write(directory, "1-spoiled.txt", spoiled(before));
        write(directory, "2-spoiled.txt", spoiled(before + 1));
        let database = database(threads, memory, &Stop::default());
        let mut session = database.session();
        let statement = format!("INGEST {} INTO c", quoted(directory.to_str().unwrap()));
        let error = try_rows(&mut session, &statement).unwrap_err();
        let message = error.to_string();
        assert!(matches!(error, Error::Input(_)), "{error:?}");
        let place = format!("offset {} (line {})", before * LINES.len(), before * 4 + 1);
        for part in ["1-spoiled.txt", &place, "1 more refused", "4 other files were ingested"] {
            assert!(message.contains(part), "{message}");
        }
        let mut naive = naive(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        agrees(&database, &naive, ORDER);
        assert_eq!(rows(&mut session, "SHOW INGESTS IN c").len(), 1);

        let error = try_rows(&mut session, &statement).unwrap_err().to_string();
        assert!(error.contains("nothing was ingested"), "{error}");
        agrees(&database, &naive, ORDER);

        let answer = rows(&mut session, &format!("{statement} WITH invalid = replace"));
        assert_eq!((cell(&answer, 0), cell(&answer, 5)), (2, 4));
        for before in [before, before + 1] {
            let bytes = spoiled(before);
            let lossy = String::from_utf8_lossy(&bytes);
            naive.add(&lossy);
        }
        // The sequence E6 98 is cut short by FF, which is a sequence of its own.
        assert_eq!(cell(&answer, 6), 4);
        agrees(&database, &naive, ORDER);
    }
}

#[test]
fn every_encoding_counts_like_utf8() {
    let chinese = "床前明月光，疑是地上霜。\n举头望明月，低头思故乡。\n";
    let traditional = "黛玉聽了，不覺心動神搖。\n寶釵笑道：「你們說的是。」\n";
    let japanese = "吾輩は猫である。\n名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n";
    let wide = |text: &str, order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(order).collect()
    };
    for repeats in [20, 12_000] {
        let [chinese, traditional, japanese] =
            [chinese, traditional, japanese].map(|text| text.repeat(repeats) + "ab");
        let encoded = |encoding: &'static encoding_rs::Encoding, text: &str| {
            let (bytes, _, had_errors) = encoding.encode(text);
            assert!(!had_errors);
            bytes.into_owned()
        };
        let cases = [
            ("gb18030", &chinese, encoded(encoding_rs::GB18030, &chinese)),
            ("big5", &traditional, encoded(encoding_rs::BIG5, &traditional)),
            ("shift_jis", &japanese, encoded(encoding_rs::SHIFT_JIS, &japanese)),
            ("utf-16le", &chinese, wide(&chinese, u16::to_le_bytes)),
            ("utf-16be", &japanese, wide(&japanese, u16::to_be_bytes)),
        ];
        for (name, text, bytes) in cases {
            let directory = tempfile::tempdir().unwrap();
            let file = write(directory.path(), "a.txt", &bytes);
            let naive = naive(&[text]);
            for with in [String::new(), format!(" WITH encoding = '{name}'")] {
                let database = database(2, 64 << 20, &Stop::default());
                rows(&mut database.session(), &format!("INGEST {file} INTO c{with}"));
                agrees(&database, &naive, ORDER);
            }
        }
    }
}

#[test]
fn compressed_files_are_the_same_content() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let text = LINES.repeat(100);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(text.as_bytes()).unwrap();
    let gzip = gzip.finish().unwrap();
    let zstd = zstd::stream::encode_all(text.as_bytes(), 1).unwrap();
    for (name, bytes) in [("a.gz", &gzip), ("a.zst", &zstd)] {
        let file = write(directory, name, bytes);
        let plain = write(directory, "a.txt", &text);
        let database = usual();
        let mut session = database.session();
        assert_eq!(cell(&rows(&mut session, &format!("INGEST {file} INTO c")), 0), 1);
        agrees(&database, &naive(&[&text]), ORDER);
        assert_eq!(cell(&rows(&mut session, &format!("INGEST {plain} INTO c")), 5), 1);
        agrees(&database, &naive(&[&text]), ORDER);

        let cut = write(directory, "cut", &bytes[..bytes.len() - 9]);
        let database = usual();
        let error = try_rows(&mut database.session(), &format!("INGEST {cut} INTO c"));
        assert!(matches!(error, Err(Error::Input(_))), "{name}");
        agrees(&database, &naive(&[]), ORDER);
    }
}

#[test]
fn what_is_not_there_or_has_no_text() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    std::fs::create_dir(directory.join("nothing")).unwrap();
    std::fs::create_dir(directory.join("blank")).unwrap();
    let blank = write(directory, "blank/blank.txt", "\n \n，。\n");
    let empty = write(directory, "empty.txt", "");
    let binary = write(directory, "binary", b"\x7fELF\0\0\0");
    let missing = quoted(directory.join("missing.txt").to_str().unwrap());
    let nothing = quoted(directory.join("nothing").to_str().unwrap());
    let database = usual();
    let mut session = database.session();
    for (source, said) in [
        (&missing, "cannot read"),
        (&nothing, "no files in the directory"),
        (&binary, "is not text"),
        (&quoted(directory.join("*.gz").to_str().unwrap()), "no file matches"),
    ] {
        let error = try_rows(&mut session, &format!("INGEST {source} INTO c")).unwrap_err();
        assert!(matches!(error, Error::Input(_)) && error.to_string().contains(said), "{error}");
        agrees(&database, &naive(&[]), ORDER);
    }
    assert_eq!(cell(&rows(&mut session, &format!("INGEST {empty} INTO c")), 0), 1);
    agrees(&database, &naive(&[""]), ORDER);
    let answer = rows(&mut session, &format!("INGEST {empty}, {blank} INTO c"));
    assert_eq!((cell(&answer, 0), cell(&answer, 5), cell(&answer, 3)), (1, 1, 0));
    agrees(&database, &naive(&["", "\n \n，。\n"]), ORDER);
    session.run("INGEST TEXT '明月' INTO c").unwrap();
    agrees(&database, &naive(&["", "\n \n，。\n", "明月"]), ORDER);
    let error = try_rows(&mut session, "INGEST TEXT '明月' INTO other").unwrap_err();
    assert!(matches!(error, Error::Query(_)));
}

#[test]
fn a_line_that_does_not_fit_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let long = format!("明月\n{}\n", "光".repeat(1 << 20));
    let file = write(directory.path(), "long.txt", &long);
    let small = database(2, 16 << 20, &Stop::default());
    let error = try_rows(&mut small.session(), &format!("INGEST {file} INTO c")).unwrap_err();
    assert!(error.to_string().contains("line 2 is longer than 1048576 bytes"), "{error}");
    agrees(&small, &naive(&[]), ORDER);
    let large = usual();
    rows(&mut large.session(), &format!("INGEST {file} INTO c"));
    agrees(&large, &naive(&[&long]), ORDER);
}

fn ingest_input(session: &mut Session<'_>, bytes: &str) -> (u64, u64) {
    let statements = erya::query::parse("INGEST STDIN INTO c").unwrap();
    let input = Box::new(Cursor::new(bytes.to_owned()));
    let answer = session.execute(&statements[0], Some(input)).unwrap();
    let rows: Vec<_> = answer.rows.map(Result::unwrap).collect();
    (cell(&rows, 0), cell(&rows, 5))
}

#[test]
fn standard_input_is_recognised_after_reading() {
    let long = LINES.repeat(40_000);
    for memory in [8 << 20, 1 << 30] {
        let database = database(2, memory, &Stop::default());
        let mut session = database.session();
        assert_eq!(ingest_input(&mut session, LINES), (1, 0));
        assert_eq!(ingest_input(&mut session, LINES), (0, 1));
        agrees(&database, &naive(&[LINES]), ORDER);
        assert_eq!(ingest_input(&mut session, &long), (1, 0));
        assert_eq!(ingest_input(&mut session, &long), (0, 1));
        let answer = rows(&mut session, &format!("INGEST TEXT {} INTO c", quoted(LINES)));
        assert_eq!((cell(&answer, 0), cell(&answer, 5)), (0, 1));
        agrees(&database, &naive(&[LINES, &long]), ORDER);
    }
}

fn ingest_options() -> IngestOptions {
    let input = InputOptions { digest: true, ..InputOptions::default() };
    IngestOptions { input, memory: 1 << 30, threads: 2, baskets: None }
}

/// A stream cannot be read again, so that what is refused after it must not take it along.
#[test]
fn a_refused_file_does_not_cost_a_stream() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("spoiled.txt");
    std::fs::write(&path, spoiled(1)).unwrap();
    let database = usual();
    let index = database.index();
    let sources = vec![
        Source::Literal("明月".into()),
        Source::Stream("a stream".into(), Box::new(LINES.as_bytes())),
        Source::Stream("the same".into(), Box::new(LINES.as_bytes())),
        Source::File(path),
        Source::Literal("月光".into()),
    ];
    let corpus = index.corpus("c").unwrap();
    let summary = index.ingest(&corpus, sources, &ingest_options(), &Control::default()).unwrap();
    assert_eq!((summary.files, summary.skipped, summary.refused.len()), (3, 1, 1));
    agrees(&database, &naive(&["明月", LINES, "月光"]), ORDER);
    assert_eq!(rows(&mut database.session(), "SHOW INGESTS IN c").len(), 1);
}

/// Asks to stop when so many bytes have been read.
struct Stopping {
    bytes: Cursor<String>,
    after: u64,
    stop: Stop,
}

impl Read for Stopping {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let count = self.bytes.read(buffer)?;
        if self.bytes.position() >= self.after {
            self.stop.set();
        }
        Ok(count)
    }
}

#[test]
fn an_interrupted_ingest_leaves_nothing_half_done() {
    let long: String = (0..120_000).map(|line| format!("第{line}行，床前明月光\n")).collect();
    let size = long.len() as u64;
    for (memory, share) in [(8, 2), (8, 1), (1 << 10, 2), (1 << 10, 1)] {
        let stop = Stop::default();
        let database = database(2, memory << 20, &stop);
        let index = database.index();
        let corpus = index.corpus("c").unwrap();
        let stopping =
            Stopping { bytes: Cursor::new(long.clone()), after: size / share, stop: stop.clone() };
        let sources = vec![Source::Stream("a stream".into(), Box::new(stopping))];
        let options = IngestOptions { memory: memory << 20, ..ingest_options() };
        let error = index.ingest(&corpus, sources, &options, database.control()).unwrap_err();
        assert!(matches!(error, Error::Retry(_)), "{error:?}");
        stop.clear();
        agrees(&database, &naive(&[]), ORDER);
        assert!(is_empty(&database, Family::Pages) && is_empty(&database, Family::Text));
        let mut session = database.session();
        assert_eq!(ingest_input(&mut session, &long), (1, 0));
        rows(&mut session, "CHECK c");
        assert_eq!(count(&mut session, "c", "床前明月"), 120_000);
        assert_eq!(number(&rows(&mut session, "SHOW CORPORA")[0][4]), 120_000);
    }
}

#[test]
fn without_text_the_counts_are_the_same() {
    let database = usual();
    let mut session = database.session();
    session.run("DROP CORPUS c; CREATE CORPUS c WITH order = 4, keep_text = false").unwrap();
    session.run(&format!("INGEST TEXT {} INTO c", quoted(LINES))).unwrap();
    agrees(&database, &naive(&[LINES]), ORDER);
    assert!(is_empty(&database, Family::Text));
    let error = try_rows(&mut session, "FROM c | WORDS BY minent").unwrap_err();
    assert!(error.to_string().contains("keep_text = false"), "{error}");
}

#[test]
fn the_books_are_kept() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let files: Vec<String> = (1..=5)
        .map(|number| write(directory, &format!("{number}.txt"), format!("第{number}本\n明月\n")))
        .collect();
    let database = usual();
    let mut session = database.session();
    session.run(&format!("INGEST {} INTO c", files.join(", "))).unwrap();
    session.run("INGEST TEXT '床前明月光', '月' INTO c").unwrap();
    session.run("INGEST TEXT '月' INTO c").unwrap();
    let ingests = rows(&mut session, "SHOW INGESTS IN c");
    let numbers =
        |row: &[erya::query::rows::Datum]| [0, 2, 3, 4, 5].map(|column| number(&row[column]));
    assert_eq!(ingests.len(), 2);
    assert_eq!(numbers(&ingests[0]), [1, 5, 5, 10, 25]);
    assert_eq!(numbers(&ingests[1]), [2, 2, 2, 2, 6]);
    assert!(text(&ingests[0][6]).ends_with("3.txt and 2 more"));
    let described = rows(&mut session, "DESCRIBE c");
    let property = |name: &str| {
        let row = described.iter().find(|row| text(&row[0]) == name);
        text(&row.unwrap_or_else(|| panic!("no {name}"))[1])
    };
    assert_eq!(property("ingests"), "2");
    assert_eq!((property("documents"), property("sentences")), ("7".into(), "12".into()));
    assert_eq!((property("units"), property("symbols")), ("31".into(), "12".into()));
    assert_eq!(property("1-grams"), "12 distinct of 31");
    assert_eq!(property("bytes of text"), (5 * 15 + 15 + 3).to_string());
}
