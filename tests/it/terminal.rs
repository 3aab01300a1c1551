//! The shell in a real terminal: a pseudo-terminal types, and reads what a person would see.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use erya::database::Database;
use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{ControlCode, Eof, Expect, Session};
use tempfile::TempDir;

const PROMPT: &str = "erya> ";
const PATIENCE: Duration = Duration::from_secs(8);

/// A shell in a terminal of 100 columns and 30 lines, with a home of its own.
struct Terminal {
    folder: TempDir,
    session: OsSession,
}

impl Terminal {
    /// A database with the poems of the manual, and a shell on it.
    fn with_poems() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let poems = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/texts/poems.txt");
        let ingest = format!("INGEST '{}' INTO poems", poems.display());
        make(folder.path(), &format!("CREATE CORPUS poems; {ingest}"));
        Terminal::open(folder)
    }

    fn open(folder: TempDir) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_erya"));
        command.args(["shell", "a.db"]).current_dir(folder.path());
        command.env("XDG_DATA_HOME", folder.path()).env("HOME", folder.path());
        command.env("TERM", "xterm").env("NO_COLOR", "1").env("PAGER", "sed 's/^/paged: /'");
        let mut session = Session::spawn(command).unwrap();
        session.get_process_mut().set_window_size(100, 30).unwrap();
        session.set_expect_timeout(Some(PATIENCE));
        let mut terminal = Terminal { folder, session };
        terminal.sees(".help explains");
        terminal.sees(PROMPT);
        terminal
    }

    /// Leaves and comes back.
    fn again(mut self) -> Self {
        self.leave();
        Terminal::open(self.folder)
    }

    /// Types a line and Enter.
    #[track_caller]
    fn types(&mut self, line: &str) {
        self.session.send(format!("{line}\r")).unwrap();
    }

    /// Types without Enter.
    fn keys(&mut self, keys: &str) {
        self.session.send(keys).unwrap();
    }

    fn interrupts(&mut self) {
        self.session.send(ControlCode::EndOfText).unwrap();
    }

    /// Ctrl-C at the prompt; the line on the screen ends before a fresh prompt comes.
    #[track_caller]
    fn drops(&mut self) {
        self.interrupts();
        self.sees("\r\n");
        self.sees(PROMPT);
    }

    /// Waits until a text is on the screen, and gives what came before it.
    #[track_caller]
    fn sees(&mut self, text: &str) -> String {
        match self.session.expect(text) {
            Ok(found) => String::from_utf8_lossy(found.before()).into_owned(),
            Err(error) => {
                let mut rest = [0; 4096];
                let length = self.session.try_read(&mut rest).unwrap_or(0);
                let rest = String::from_utf8_lossy(&rest[..length]);
                panic!("`{text}` is not on the screen: {error}; there is {rest:?}");
            }
        }
    }

    /// Runs a statement to the next prompt, and gives all that was on the screen.
    #[track_caller]
    fn runs(&mut self, line: &str) -> String {
        self.types(line);
        // The line stands there as it is typed; the answer begins below it.
        self.sees("\r\n");
        self.sees(PROMPT)
    }

    #[track_caller]
    fn leave(&mut self) {
        self.types(".quit");
        self.ends();
    }

    /// Waits until the shell is over, without an error.
    #[track_caller]
    fn ends(&mut self) {
        if let Err(error) = self.session.expect(Eof) {
            panic!("the shell goes on: {error}");
        }
        let process = self.session.get_process();
        assert_eq!(process.wait().unwrap(), WaitStatus::Exited(process.pid(), 0));
    }
}

fn make(folder: &Path, script: &str) {
    let database = Database::open(folder.join("a.db"), Default::default()).unwrap();
    database.session().run(script).unwrap();
}

#[test]
fn a_statement_of_several_lines_and_its_table() {
    let mut terminal = Terminal::with_poems();
    terminal.types("FROM poems");
    terminal.sees("  ... ");
    terminal.types("  | COUNT '明月', '故人'");
    terminal.sees("  ... ");
    let screen = terminal.runs("  | KEEP ngram, count;");
    assert!(screen.contains("ngram │ count\r\n──────┼──────\r\n明月  │     7\r\n"), "{screen}");
    assert!(screen.contains("故人  │     2\r\n-- 2 rows, "), "{screen}");
    assert!(screen.contains(" ms\r\n"), "{screen}");
    let screen = terminal.runs("USE poems;");
    assert!(screen.contains("queries begin with FROM poems"), "{screen}");
    terminal.leave();
}

#[test]
fn a_caret_stands_under_the_word() {
    let mut terminal = Terminal::with_poems();
    let screen = terminal.runs("FROM '南京市长江大桥' | SEGMNT BY lex;");
    let (line, caret) =
        (" 1 | FROM '南京市长江大桥' | SEGMNT BY lex;", "   |                         ^^^^^^");
    assert!(screen.contains(line) && screen.contains(caret), "{screen}");
    assert!(screen.contains("did you mean SEGMENT?"), "{screen}");
    // An error is not the end of anything.
    assert!(terminal.runs("FROM poems | COUNT '明月';").contains("-- 1 row, "));
    terminal.leave();
}

#[test]
fn interrupting_at_the_prompt_drops_the_line() {
    let mut terminal = Terminal::with_poems();
    terminal.keys("FROM poems | DR");
    terminal.drops();
    terminal.types("FROM poems");
    terminal.sees("  ... ");
    terminal.drops();
    let screen = terminal.runs("FROM poems | COUNT '明月' | KEEP count;");
    assert!(screen.contains("    7\r\n-- 1 row, "), "{screen}");
    terminal.leave();
}

#[test]
fn interrupting_a_long_query_stops_it_and_not_the_shell() {
    let folder = tempfile::tempdir().unwrap();
    let (mut seed, mut text) = (1_u32, String::new());
    for index in 0..3_000_000 {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let unit = char::from_u32(0x4e00 + (seed >> 16) * (seed >> 20) % 5000).unwrap_or('明');
        text.push(if index % 30 == 0 { '\n' } else { unit });
    }
    fs::write(folder.path().join("big.txt"), text).unwrap();
    let path = folder.path().join("big.txt").display().to_string();
    make(folder.path(), &format!("CREATE CORPUS big; INGEST '{path}' INTO big"));
    let mut terminal = Terminal::open(folder);
    let mut told = 0;
    for query in [
        "FROM big | NGRAMS 1..6 | STATS max(pmi), max(left_entropy);",
        "FROM big | COUNT '*', '?*', '*?', '??*' | STATS count();",
    ] {
        terminal.types(query);
        terminal.sees("\r\n");
        std::thread::sleep(Duration::from_millis(700));
        let pressed = Instant::now();
        terminal.interrupts();
        let screen = terminal.sees(PROMPT);
        assert!(pressed.elapsed() < Duration::from_secs(3), "{:?}", pressed.elapsed());
        assert!(screen.contains("error: interrupted"), "{screen}");
        told += usize::from(screen.contains(" % done; "));
    }
    assert!(told > 0, "nobody said how far it got");
    let screen = terminal.runs("SHOW CORPORA;");
    assert!(screen.contains("big"), "{screen}");
    terminal.leave();
}

#[test]
fn tab_completes_by_position() {
    let mut terminal = Terminal::with_poems();
    terminal.keys("FROM po\t");
    terminal.sees("poems");
    terminal.keys(" | NGR\t");
    terminal.sees("NGRAMS ");
    terminal.keys("2 | WHERE left_en\t");
    terminal.sees("left_entropy");
    let screen = terminal.runs(" > 1.7;");
    assert!(screen.contains("明月"), "{screen}");
    // Parameters and their values, the numbers of ingests, columns that the pipe has made.
    terminal.keys("FROM poems | CONCORDANCE '明月' WITH w\t");
    terminal.sees("window = ");
    terminal.keys("\t");
    terminal.sees("12");
    terminal.drops();
    terminal.keys("FROM poems SIN\t");
    terminal.sees("SINCE ");
    terminal.drops();
    terminal.keys("FROM poems | COUNT '明月' | EVAL doubled = 2 * count | SORT dou\t");
    terminal.sees("doubled");
    terminal.drops();
    // Several that fit are listed.
    terminal.keys("SHOW S\t");
    terminal.sees("STAGES");
    terminal.types("ETTINGS;");
    terminal.sees("-- 4 rows, ");
    terminal.sees(PROMPT);
    terminal.leave();
}

#[test]
fn a_distribution_is_drawn_beside_its_numbers() {
    let mut terminal = Terminal::with_poems();
    let screen = terminal.runs("FROM poems | NEXT '明' | LIMIT 2;");
    assert!(screen.contains(&"█".repeat(20)), "{screen}");
    assert!(screen.contains("-- 2 rows of 4, "), "{screen}");
    let screen = terminal.runs("FROM poems | NGRAMS 1 | SORT count DESC | KEEP ngram | LIMIT 3;");
    assert!(screen.contains("-- 3 rows of 453, "), "{screen}");
    let screen = terminal.runs("FROM poems | NEXT '明' | LIMIT 2 | STATS count();");
    assert!(screen.contains("-- 1 row, "), "{screen}");
    let screen = terminal.runs("FROM poems | COUNT '明月';");
    assert!(!screen.contains('█'), "{screen}");
    let screen = terminal.runs(".help concordance");
    assert!(screen.contains("window = 12"), "{screen}");
    terminal.leave();
}

#[test]
fn history_lasts_and_keeps_entries_whole() {
    let mut terminal = Terminal::with_poems();
    terminal.types("FROM poems");
    terminal.sees("  ... ");
    terminal.runs("  | COUNT '明月';");
    let mut terminal = terminal.again();
    let screen = terminal.runs(".history");
    assert!(screen.contains("1  FROM poems\r\n         | COUNT '明月';"), "{screen}");
    // Up over `.history` and the `.quit` of the first shell.
    terminal.keys("\x1b[A\x1b[A\x1b[A");
    terminal.sees("COUNT");
    terminal.types("");
    terminal.sees("-- 1 row, ");
    terminal.sees(PROMPT);
    terminal.leave();
}

#[test]
fn the_dot_commands() {
    let mut terminal = Terminal::with_poems();
    let screen = terminal.runs(".help");
    for command in [".mode", ".timer", ".once", ".output", ".read", ".history", ".last", ".quit"] {
        assert!(screen.contains(command), "{command} is missing in\n{screen}");
    }
    assert!(terminal.runs(".help words").contains("minent"));
    assert!(terminal.runs(".hepl").contains("no command is called .hepl"));
    terminal.runs(".mode csv");
    let screen = terminal.runs("FROM poems | COUNT '明月' | KEEP ngram, count;");
    assert!(screen.contains("ngram,count\r") && screen.contains("\n明月,7\r"), "{screen}");
    terminal.runs(".mode table");
    terminal.runs(".timer off");
    assert!(!terminal.runs(".last").contains("-- "));
    terminal.runs(".once out.csv");
    let screen = terminal.runs("FROM _;");
    assert!(screen.contains("written to out.csv"), "{screen}");
    let written = fs::read_to_string(terminal.folder.path().join("out.csv")).unwrap();
    assert_eq!(written, "ngram,count\r\n明月,7\r\n");
    fs::write(terminal.folder.path().join("s.erya"), "SHOW LEXICONS; USE poems;").unwrap();
    assert!(terminal.runs(".read s.erya").contains("queries begin with FROM poems"));
    assert!(terminal.runs("help").contains(".quit"));
    terminal.types("exit");
    terminal.ends();
}

#[test]
fn a_pager_only_for_what_is_longer_than_the_screen() {
    let mut terminal = Terminal::with_poems();
    let screen = terminal.runs("FROM poems | NGRAMS 1 | SORT ngram | LIMIT 20;");
    assert!(!screen.contains("paged: "), "{screen}");
    let screen = terminal.runs("FROM poems | NGRAMS 1 | SORT ngram | LIMIT 60;");
    assert_eq!(screen.matches("paged: ").count(), 62, "{screen}");
    assert!(screen.contains("-- 60 rows"), "{screen}");
    terminal.runs(".pager off");
    let screen = terminal.runs("FROM poems | NGRAMS 1 | SORT ngram | LIMIT 60;");
    assert!(!screen.contains("paged: "), "{screen}");
    terminal.leave();
}

#[test]
fn a_table_fits_the_terminal_and_says_what_it_left_out() {
    let mut terminal = Terminal::with_poems();
    let screen = terminal.runs("FROM poems | NGRAMS 2 | SORT count DESC | LIMIT 3;");
    assert!(screen.contains("no room for "), "{screen}");
    let rows = screen.lines().filter(|line| line.contains('│'));
    let widths: Vec<usize> = rows.map(|row| console::measure_text_width(row.trim_end())).collect();
    assert!(widths.iter().all(|width| *width <= 100), "{widths:?}\n{screen}");
    terminal.leave();
}
