//! Backups by the real command: taken while others write, restored elsewhere, never over anything.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use erya::database::Database;

const QUESTIONS: &str = "FROM poems | COUNT '明月', '?月', '春*'; \
     FROM poems | NGRAMS 1..4 | KEEP ngram, count, pmi, right_entropy; FROM lex; \
     FROM poems | CONCORDANCE '月' | DROP document; SHOW INGESTS IN poems";

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_erya"));
    command.current_dir(folder).args(arguments).output().unwrap()
}

#[track_caller]
fn succeeds(folder: &Path, arguments: &[&str]) -> String {
    let output = run(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn what_was_backed_up_while_open_answers_the_same_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let poems = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/texts/poems.txt");
    let database = Database::open(folder.path().join("a.db"), Default::default()).unwrap();
    let mut session = database.session();
    let ingest = format!("INGEST '{}' INTO poems", poems.display());
    session.run(&format!("CREATE CORPUS poems; {ingest}")).unwrap();
    session.run("INGEST TEXT '明月几时有' INTO poems").unwrap();
    session.run("FROM poems | WORDS WITH min_count = 2 | SAVE AS lex").unwrap();
    let before = succeeds(folder.path(), &["query", "--read-only", "a.db", QUESTIONS]);

    // The database is open, and written to, while the command copies it.
    succeeds(folder.path(), &["backup", "a.db", "b.db"]);
    session.run("INGEST TEXT '明月明月明月' INTO poems").unwrap();
    let after = succeeds(folder.path(), &["query", "--read-only", "a.db", QUESTIONS]);
    assert_ne!(before, after);
    drop(session);
    drop(database);

    succeeds(folder.path(), &["restore", "b.db", "c.db"]);
    assert_eq!(succeeds(folder.path(), &["query", "c.db", QUESTIONS]), before);
    succeeds(folder.path(), &["check", "c.db"]);
    // It is a database like any other.
    succeeds(folder.path(), &["query", "c.db", "INGEST TEXT '新月' INTO poems"]);
    assert_eq!(succeeds(folder.path(), &["query", "b.db", QUESTIONS]), before);
}

#[test]
fn nothing_is_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::open(folder.path().join("a.db"), Default::default()).unwrap();
    drop(database);
    fs::create_dir(folder.path().join("full")).unwrap();
    fs::write(folder.path().join("full/letter.txt"), "mine").unwrap();
    fs::create_dir(folder.path().join("empty")).unwrap();
    for arguments in [["backup", "a.db", "full"], ["restore", "a.db", "full"]] {
        let output = run(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains("there is something at full already"), "{said}");
    }
    assert_eq!(fs::read_to_string(folder.path().join("full/letter.txt")).unwrap(), "mine");
    succeeds(folder.path(), &["backup", "a.db", "empty"]);
    succeeds(folder.path(), &["check", "empty"]);
    for arguments in [["backup", "nothing", "b.db"], ["restore", "full", "b.db"]] {
        assert_eq!(run(folder.path(), &arguments).status.code(), Some(1));
        assert!(!folder.path().join("b.db").exists());
    }
}
