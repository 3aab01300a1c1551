//! The command from outside: arguments, streams, exit statuses, and what is said about bad input.
//!
//! Every complaint has to say what is wrong, where, and what to do; the tests look for all three.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use assert_cmd::Command;
use tempfile::TempDir;

/// A folder with a database in it, and the command.
struct Place {
    folder: TempDir,
}

/// What a run of the command has left.
#[derive(Debug)]
struct Run {
    status: i32,
    out: String,
    err: String,
}

impl Place {
    fn new() -> Self {
        Place { folder: tempfile::tempdir().unwrap() }
    }

    /// With the corpus `poems` of two lines in the database `a.db`.
    fn with_poems() -> Self {
        let place = Place::new();
        place.file("poems.txt", "床前明月光，疑是地上霜。\n举头望明月，低头思故乡。\n");
        let run = place.run(&["ingest", "a.db", "poems", "poems.txt"], "");
        assert_eq!(run.status, 0, "{run:?}");
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn file(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.path(name), bytes).unwrap();
    }

    /// Runs the command in the folder, with this standard input.
    fn run(&self, arguments: &[&str], input: &str) -> Run {
        let mut command = Command::new(env!("CARGO_BIN_EXE_erya"));
        command.current_dir(self.folder.path()).args(arguments).write_stdin(input);
        let output = command.output().unwrap();
        Run {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Asks one question of the database.
    fn query(&self, statements: &str) -> Run {
        self.run(&["query", "a.db", statements], "")
    }

    /// Runs what has to fail, and looks for these pieces in the complaint.
    #[track_caller]
    fn refuses(&self, arguments: &[&str], pieces: &[&str]) {
        let run = self.run(arguments, "");
        assert_eq!(run.status, 1, "{run:?}");
        assert!(run.err.lines().any(|line| line.starts_with("error: ")), "{run:?}");
        for piece in pieces {
            assert!(run.err.contains(piece), "`{piece}` is missing in\n{}", run.err);
        }
        assert!(!run.err.contains("panicked"), "{}", run.err);
    }
}

#[test]
fn alone_it_says_what_to_do_next() {
    let run = Place::new().run(&[], "");
    assert_eq!((run.status, run.out.as_str()), (2, ""));
    for line in ["erya ingest my.db", "erya query my.db", "erya shell my.db", "erya --help"] {
        assert!(run.err.contains(line), "{line}");
    }
}

#[test]
fn help_is_a_result_and_a_wrong_command_line_is_not() {
    let place = Place::new();
    for arguments in [&["--help"][..], &["--version"], &["query", "--help"]] {
        let run = place.run(arguments, "");
        assert_eq!((run.status, run.err.as_str()), (0, ""), "{arguments:?}");
        assert!(!run.out.is_empty());
    }
    for arguments in [&["qurey"][..], &["query", "a.db"], &["query", "a.db", "x", "--format", "y"]]
    {
        let run = place.run(arguments, "");
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{arguments:?}");
        assert!(run.err.contains("--help") || run.err.contains("possible values"), "{}", run.err);
    }
    assert!(!place.path("a.db").exists());
}

#[test]
fn results_and_everything_else_go_different_ways() {
    let place = Place::with_poems();
    let run = place.query("FROM poems | COUNT '明月' | KEEP ngram, count");
    assert_eq!(
        (run.status, run.out.as_str(), run.err.as_str()),
        (0, "ngram\tcount\n明月\t2\n", "")
    );
    let run = place.query("CREATE CORPUS other");
    assert_eq!((run.status, run.out.as_str()), (0, ""));
    assert_eq!(run.err, "created the corpus other\n");
    let run = place.run(&["query", "-q", "a.db", "DROP CORPUS other"], "");
    assert_eq!((run.status, run.out.as_str(), run.err.as_str()), (0, "", ""));
}

#[test]
fn formats_before_and_behind() {
    let place = Place::with_poems();
    let query = "FROM poems | COUNT '明月' | KEEP ngram, count";
    let cases = [
        ("csv", "ngram,count\r\n明月,2\r\n"),
        ("tsv", "ngram\tcount\n明月\t2\n"),
        ("json", "[\n{\"ngram\":\"明月\",\"count\":2}\n]\n"),
        ("jsonl", "{\"ngram\":\"明月\",\"count\":2}\n"),
        ("markdown", "| ngram | count |\n| --- | ---: |\n| 明月 | 2 |\n"),
        ("table", "ngram │ count\n──────┼──────\n明月  │     2\n"),
    ];
    for (format, expected) in cases {
        assert_eq!(place.run(&["query", "a.db", query, "--format", format], "").out, expected);
        assert_eq!(place.run(&["--format", format, "query", "a.db", query], "").out, expected);
    }
    let run = place.query(&format!("SET format = csv; {query}"));
    assert_eq!(run.out, "ngram,count\r\n明月,2\r\n");
}

#[test]
fn statements_from_arguments_files_and_standard_input() {
    let place = Place::with_poems();
    let query = "FROM poems | COUNT '明月' | KEEP count";
    place.file("one.erya", format!("-- a question\n{query};\n"));
    assert_eq!(place.run(&["query", "a.db", "-f", "one.erya"], "").out, "count\n2\n");
    assert_eq!(place.run(&["query", "a.db", "-"], query).out, "count\n2\n");
    let run = place.run(&["query", "a.db", "-f", "one.erya", query], "");
    assert_eq!(run.out, "count\n2\ncount\n2\n");
    let run = place.run(&["query", "a.db", &format!("{query}; {query}")], "");
    assert_eq!(run.out, "count\n2\ncount\n2\n");

    place.file("wrong.erya", format!("{query};\n\nFROM poems\n  | CUONT '明月';\n"));
    let run = place.run(&["query", "a.db", "-f", "wrong.erya"], "");
    assert_eq!((run.status, run.out.as_str()), (1, ""), "nothing runs before all is parsed");
    assert!(run.err.contains("--> wrong.erya, line 4, column 5"), "{}", run.err);
    assert!(run.err.contains("did you mean COUNT?"), "{}", run.err);
}

#[test]
fn the_first_statement_that_fails_ends_a_query() {
    let place = Place::with_poems();
    let run =
        place.query("FROM poems | COUNT '月' | KEEP count; DROP CORPUS no; DROP CORPUS poems");
    assert_eq!((run.status, run.out.as_str()), (1, "count\n2\n"));
    assert_eq!(place.query("FROM poems | COUNT '月' | KEEP count").out, "count\n2\n");
}

#[test]
fn ingest_reads_standard_input_and_skips_what_is_there() {
    let place = Place::new();
    let run = place.run(&["ingest", "a.db", "poems", "-", "--order", "3"], "明月几时有\n");
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.err.contains("ingest 1 into poems"), "{}", run.err);
    let run = place.run(&["ingest", "a.db", "poems", "-"], "明月几时有\n");
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.err.contains("nothing new"), "{}", run.err);
    assert_eq!(place.query("FROM poems | COUNT '明月' | KEEP count").out, "count\n1\n");
    assert!(place.query("DESCRIBE poems").out.contains("order\t3\n"));
}

#[test]
fn ingest_takes_compressed_files_directories_and_patterns() {
    let place = Place::new();
    fs::create_dir(place.path("texts")).unwrap();
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let bytes = {
        let mut gzip = gzip;
        std::io::Write::write_all(&mut gzip, "举头望明月\n".as_bytes()).unwrap();
        gzip.finish().unwrap()
    };
    place.file("texts/a.txt.gz", bytes);
    place.file("texts/b.txt.zst", zstd::encode_all("床前明月光\n".as_bytes(), 1).unwrap());
    place.file("texts/c.txt", "海上生明月\n");
    let run = place.run(&["ingest", "a.db", "poems", "texts"], "");
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(place.query("FROM poems | COUNT '明月' | KEEP count").out, "count\n3\n");
    let run = place.run(&["ingest", "a.db", "poems", "texts/*.txt*"], "");
    assert!(run.err.contains("nothing new: all 3 files"), "{}", run.err);
}

#[test]
fn check_finds_a_sound_database_sound() {
    let place = Place::with_poems();
    let run = place.run(&["check", "a.db"], "");
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.out.contains("sound"), "{run:?}");
    place.refuses(&["check", "a.db", "peoms"], &["no corpus `peoms`", "did you mean poems?"]);
    place.refuses(&["check", "none.db"], &["none.db", "= help:"]);
}

#[test]
fn a_shell_reads_statements_through_a_pipe() {
    let place = Place::with_poems();
    let input = "FROM poems\n  | COUNT '明月'\n  | KEEP count;\n.mode json\nFROM _;\n";
    let run = place.run(&["shell", "a.db"], input);
    assert_eq!((run.status, run.err.as_str()), (0, ""), "{run:?}");
    assert_eq!(run.out, "count\n2\n[\n{\"count\":2}\n]\n");
    // An error keeps nothing from running, but is told in the end.
    let run = place.run(&["shell", "a.db"], "\nFROM peoms;\nFROM poems | COUNT '月' | KEEP count;");
    assert_eq!((run.status, run.out.as_str()), (1, "count\n2\n"));
    assert!(run.err.contains("standard input, line 2, column 6"), "{}", run.err);
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let place = Place::new();
    let text: String = (0..20_000_u32).map(|i| format!("{i} {}\n", i * 7)).collect();
    place.file("numbers.txt", text);
    let run = place.run(&["ingest", "a.db", "n", "numbers.txt", "--order", "2"], "");
    assert_eq!(run.status, 0, "{run:?}");
    for format in ["tsv", "csv", "json", "jsonl", "table", "markdown"] {
        let mut child = Process::new(env!("CARGO_BIN_EXE_erya"))
            .args(["query", "--format", format, "a.db", "FROM n | NGRAMS 1..2"])
            .current_dir(place.folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{format}");
        assert_eq!(output.status.code(), Some(0), "{format}");
    }
}

/// The names of all corpora.
fn corpora(place: &Place) -> Vec<String> {
    let run = place.query("SHOW CORPORA");
    assert_eq!(run.status, 0, "{run:?}");
    let names = run.out.lines().skip(1).filter_map(|line| line.split('\t').next());
    names.map(str::to_owned).collect()
}

#[test]
fn files_that_are_not_there_or_not_readable() {
    let place = Place::with_poems();
    let ingest = |path| ["ingest", "a.db", "poems", path];
    place.refuses(&ingest("no.txt"), &["no.txt", "= help:"]);
    place.refuses(&ingest("no*.txt"), &["no file matches no*.txt", "= help:"]);
    fs::create_dir(place.path("empty")).unwrap();
    place.refuses(&ingest("empty"), &["empty", "= help:"]);
    for paths in [&["no.txt"][..], &["no*.txt"], &["empty"], &["-", "no.txt"]] {
        place.refuses(&[&["ingest", "new.db", "poems"], paths].concat(), &["= help:"]);
        assert!(!place.path("new.db").exists(), "{paths:?} makes no database");
    }
    let run = place.run(&["ingest", "new.db", "poems", "-"], "明月\n");
    assert_eq!(run.status, 0, "{run:?}");
    place.refuses(&["query", "a.db", "-f", "no.erya"], &["cannot read no.erya"]);
    assert_eq!(place.query("SHOW INGESTS IN poems | KEEP ingest").status, 1);
    assert_eq!(place.query("SHOW INGESTS IN poems").out.lines().count(), 2);
}

#[test]
fn an_empty_file_is_a_clear_result() {
    let place = Place::with_poems();
    place.file("empty.txt", "");
    let run = place.run(&["ingest", "a.db", "poems", "empty.txt"], "");
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.out.contains("files\tdocuments\tsentences"), "{}", run.out);
    assert_eq!(place.query("FROM poems | COUNT '明月' | KEEP count").out, "count\n2\n");
}

#[test]
fn a_very_long_line_is_read_or_refused_with_its_place() {
    let place = Place::with_poems();
    place.file("long.txt", "明月光".repeat(1_000_000));
    let run = place.run(&["ingest", "a.db", "long", "long.txt", "--order", "2"], "");
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(place.query("FROM long | COUNT '明月' | KEEP count").out, "count\n1000000\n");
    let arguments = ["--memory", "64MiB", "ingest", "a.db", "other", "long.txt"];
    place.refuses(&arguments, &["long.txt", "line 1", "= help:"]);
    assert_eq!(corpora(&place), ["long", "poems"]);
}

#[test]
fn bytes_that_are_no_text() {
    let place = Place::with_poems();
    place.file("broken.txt", b"\xe6\x98\x8e\xe6\x9c\x88\n\xe6\x98\x8e\xff\xe6\x9c\x88\n");
    let ingest = ["ingest", "a.db", "poems", "broken.txt", "--encoding", "utf-8"];
    place.refuses(&ingest, &["broken.txt", "0xFF", "offset 10", "line 2", "invalid = replace"]);
    assert_eq!(place.query("FROM poems | COUNT '明月' | KEEP count").out, "count\n2\n");
    let run = place.run(&[&ingest[..], &["--invalid", "replace"]].concat(), "");
    assert_eq!(run.status, 0, "{run:?}");
    assert!(run.err.contains("1 undecodable byte"), "{}", run.err);
    assert_eq!(place.query("FROM poems | COUNT '明月' | KEEP count").out, "count\n3\n");
    let other = ["ingest", "a.db", "other", "broken.txt", "--unit", "word", "--encoding", "utf-8"];
    place.refuses(&other, &["offset 10", "dropped the corpus other again"]);
    assert_eq!(corpora(&place), ["poems"]);
    let quiet = place.run(&[&["--quiet"], &other[..]].concat(), "");
    assert!(!quiet.err.contains("dropped"), "{}", quiet.err);
    let run = place.run(&["ingest", "a.db", "other", "poems.txt", "--unit", "char"], "");
    assert_eq!(run.status, 0, "it can be made with other options: {run:?}");
    let both = ["ingest", "a.db", "both", "poems.txt", "broken.txt", "--encoding", "utf-8"];
    place.refuses(&both, &["offset 10", "1 other file was ingested"]);
    assert_eq!(corpora(&place), ["both", "other", "poems"], "what something came into stays");
    place.query("CREATE CORPUS empty");
    place.refuses(&["ingest", "a.db", "empty", "broken.txt", "--encoding", "utf-8"], &["offset"]);
    assert_eq!(corpora(&place), ["both", "empty", "other", "poems"], "so does what was there");
    place.file("cut.txt.gz", [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1]);
    place.refuses(&["ingest", "a.db", "poems", "cut.txt.gz"], &["cut.txt.gz"]);
    let latin = ["ingest", "a.db", "poems", "poems.txt", "--encoding", "latin-17"];
    place.refuses(&latin, &["latin-17", "expected utf-8"]);
}

#[test]
fn no_database_and_no_database_of_ours() {
    let place = Place::new();
    place.refuses(&["query", "no.db", "SHOW CORPORA"], &["no.db", "= help:"]);
    assert!(!place.path("no.db").exists(), "a question makes no database");
    place.file("file.db", "this is a file");
    place.refuses(&["query", "file.db", "SHOW CORPORA"], &["file.db"]);
    place.refuses(&["ingest", "file.db", "poems", "-"], &["file.db"]);
    fs::create_dir(place.path("folder.db")).unwrap();
    place.file("folder.db/notes.txt", "not a database");
    place.refuses(&["query", "folder.db", "SHOW CORPORA"], &["folder.db"]);
    place.refuses(&["shell", "nowhere/at/all/a.db", "--read-only"], &["a.db"]);
}

#[test]
fn reading_only_writes_nothing() {
    let place = Place::with_poems();
    let query = |text| ["query", "--read-only", "a.db", text];
    let run = place.run(&query("FROM poems | COUNT '明月' | KEEP count"), "");
    assert_eq!((run.status, run.out.as_str()), (0, "count\n2\n"), "{run:?}");
    for statement in [
        "CREATE CORPUS other",
        "DROP CORPUS poems",
        "INGEST TEXT '明月' INTO poems",
        "FROM poems | NGRAMS 2 | SAVE AS pairs",
        "COMPACT poems",
    ] {
        place.refuses(&query(statement), &["read"]);
    }
    assert_eq!(place.query("SHOW TABLES").out.lines().count(), 1);
}

#[test]
fn a_database_that_is_open_elsewhere() {
    let place = Place::with_poems();
    let mut shell = Process::new(env!("CARGO_BIN_EXE_erya"))
        .args(["shell", "a.db"])
        .current_dir(place.folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = shell.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, b"SHOW CORPORA;\n").unwrap();
    let mut out = std::io::BufReader::new(shell.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut out, &mut String::new()).unwrap();
    place.refuses(&["query", "a.db", "SHOW CORPORA"], &["a.db", "= help:"]);
    place.refuses(&["ingest", "a.db", "poems", "poems.txt"], &["a.db", "= help:"]);
    drop(input);
    assert!(shell.wait().unwrap().success());
    assert_eq!(place.query("SHOW CORPORA").status, 0);
}

#[test]
fn names_that_do_not_exist() {
    let place = Place::with_poems();
    let cases: &[(&str, &[&str])] = &[
        ("FROM peoms | NGRAMS 2", &["`peoms`", "line 1, column 6", "did you mean poems?"]),
        ("FROM poems | WORDS BY minet", &["`minet`", "did you mean minent?"]),
        ("FROM poems | NGRAMS 2 | KEEP cuont", &["`cuont`", "did you mean count?"]),
        ("DROP LEXICON lex", &["`lex`", "line 1, column 14"]),
        ("FROM '明月' | SEGMENT BY lex", &["`lex`", "SAVE AS lex"]),
        ("SET treads = 1", &["`treads`", "did you mean threads?"]),
        ("FROM poems | KEEP count", &["KEEP takes a table", "a corpus", "NGRAMS"]),
    ];
    for (statement, pieces) in cases {
        place.refuses(&["query", "a.db", statement], pieces);
    }
}

/// A limit on the size of files stands in for a full disk: the error of the write is another, but
/// nothing may be half written either.
#[test]
fn a_disk_that_is_full_leaves_the_database_as_it_was() {
    let place = Place::with_poems();
    let text: String =
        (0..300_000_u32).map(|i| format!("{} {}\n", i * 7919, i * 104_729)).collect();
    place.file("numbers.txt", text);
    let script = format!(
        "ulimit -f 1000; trap '' XFSZ; exec '{}' ingest a.db numbers numbers.txt",
        env!("CARGO_BIN_EXE_erya")
    );
    let mut shell = Command::new("sh");
    let output = shell.args(["-c", &script]).current_dir(place.folder.path()).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("error: "), "{err}");
    assert!(!err.contains("panicked"), "{err}");
    assert_eq!(place.run(&["check", "a.db"], "").status, 0);
    assert_eq!(place.query("FROM poems | COUNT '明月' | KEEP count").out, "count\n2\n");
    assert_eq!(corpora(&place), ["poems"], "a corpus without anything in it is dropped");
    let run = place.run(&["ingest", "a.db", "numbers", "numbers.txt"], "");
    assert_eq!(run.status, 0, "{run:?}");
    assert_eq!(place.query("FROM numbers | COUNT '7919' | KEEP count").out, "count\n1\n");
}

#[test]
fn completions_and_manual_pages_are_made() {
    let place = Place::new();
    assert!(place.run(&["completions", "bash"], "").out.contains("_erya"));
    assert!(Path::new(env!("CARGO_BIN_EXE_erya")).exists());
}
