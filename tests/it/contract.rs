//! The output as a contract: what other programs may rely on, format by format.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

/// A text with everything that a format has to escape.
const AWKWARD: &str = "a,b\t\"c\" \\d\n甲'乙";

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_erya"));
    command.current_dir(folder).args(arguments).output().unwrap()
}

/// Asks a database that has the poems and the awkward text.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let poems = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/texts/poems.txt");
        fs::copy(poems, folder.path().join("poems.txt")).unwrap();
        let place = Place { folder };
        let made = run(place.folder.path(), &["ingest", "a.db", "poems", "poems.txt"]);
        assert!(made.status.success());
        place
    }

    #[track_caller]
    fn asks(&self, format: &str, statement: &str) -> String {
        let output = run(self.folder.path(), &["query", "--format", format, "a.db", statement]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// A row with a text, a whole number, a number, a truth, a null and a list.
    fn row(&self, format: &str) -> String {
        let text = AWKWARD.replace('\'', "''");
        self.asks(
            format,
            &format!(
                "FROM poems | COUNT '明月' | LIMIT 1 | EVAL text = '{text}', half = count / 4, \
                 much = count > 1, none = log(0) | KEEP text, count, half, much, none"
            ),
        )
    }
}

#[test]
fn json_carries_numbers_as_numbers() {
    let place = Place::new();
    let rows: Value = serde_json::from_str(&place.row("json")).unwrap();
    let row = &rows[0];
    assert_eq!(row["text"], AWKWARD);
    assert!(row["count"].is_u64() && row["half"].is_f64(), "{row}");
    assert_eq!((&row["much"], &row["none"]), (&Value::Bool(true), &Value::Null));
    let lines = place.row("jsonl");
    assert_eq!(lines.lines().count(), 1);
    assert_eq!(&serde_json::from_str::<Value>(&lines).unwrap(), row);
    let entropy = place.asks("json", "FROM poems | NEXT '明' | KEEP probability");
    let entropy: Value = serde_json::from_str(&entropy).unwrap();
    assert!(entropy.as_array().unwrap().iter().all(|row| row["probability"].is_f64()));
    let empty = place.asks("json", "FROM poems | COUNT '甲' | WHERE count > 0");
    assert_eq!(serde_json::from_str::<Value>(&empty).unwrap(), Value::Array(Vec::new()));
}

#[test]
fn csv_is_what_the_rfc_says() {
    let place = Place::new();
    let shown = place.row("csv");
    assert!(shown.starts_with("text,count,half,much,none\r\n\"a,b\t\"\"c\"\" \\d\n甲'乙\","));
    assert!(shown.ends_with(",true,\r\n"), "{shown:?}");
    let mut reader = csv::Reader::from_reader(shown.as_bytes());
    let row = reader.records().next().unwrap().unwrap();
    assert_eq!((&row[0], &row[3], &row[4]), (AWKWARD, "true", ""));
}

#[test]
fn tsv_escapes_what_would_break_a_line_or_a_field() {
    let place = Place::new();
    let shown = place.row("tsv");
    let lines: Vec<&str> = shown.split('\n').collect();
    assert_eq!(lines.len(), 3, "{shown:?}");
    let fields: Vec<&str> = lines[1].split('\t').collect();
    assert_eq!(fields.len(), 5);
    assert_eq!(fields[0], "a,b\\t\"c\" \\\\d\\n甲'乙");
}

#[test]
fn the_same_query_prints_the_same_bytes() {
    let place = Place::new();
    let query = "FROM poems | NGRAMS 1..3 | SORT g2 DESC; FROM poems | WORDS WITH min_count = 1; \
                 FROM poems | COLLOCATES '月'; FROM poems | SAMPLE 5 SEED 7";
    let query = query.replace("FROM poems | SAMPLE", "FROM poems | NGRAMS 2 | SAMPLE");
    for format in ["table", "csv", "tsv", "json", "jsonl", "markdown"] {
        let first = place.asks(format, &query);
        for threads in ["1", "2", "7"] {
            let arguments =
                ["query", "--threads", threads, "--format", format, "a.db", query.as_str()];
            let again = run(place.folder.path(), &arguments);
            assert!(first.as_bytes() == again.stdout, "{format} with {threads} threads");
        }
    }
}

#[test]
fn the_exit_status_tells_what_went_wrong() {
    let place = Place::new();
    let status = |arguments: &[&str]| run(place.folder.path(), arguments).status.code();
    assert_eq!(status(&["query", "a.db", "FROM poems | COUNT '月'"]), Some(0));
    assert_eq!(status(&["query", "a.db", "FROM nothing | COUNT '月'"]), Some(1));
    assert_eq!(status(&["query", "a.db", "FORM poems"]), Some(1));
    assert_eq!(status(&["query", "a.db", "--nonsense"]), Some(2));
    assert_eq!(status(&["backup", "a.db"]), Some(2));
    assert_eq!(status(&[]), Some(2));
    assert_eq!(status(&["--help"]), Some(0));
}

#[test]
fn what_the_command_makes_up_is_not_shown_as_written() {
    let place = Place::new();
    let output = run(place.folder.path(), &["ingest", "a.db", "poems", "nothing.txt"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("nothing.txt") && !said.contains("INGEST"), "{said}");
}
