//! The tutorials: every example in them is run, and what they show is what comes out.
//!
//! In a block of text, a line `$ erya …` runs the command, `erya> …` a statement, and `  ... …`
//! goes on with it; all up to the next of them is its output. `UPDATE_GOLDENFILES=1` writes the
//! outputs anew; then the difference is to be read.

use std::fs;
use std::path::Path;
use std::process::Command;

use erya::database::{Database, Session};
use erya::query;
use erya::render::{Format, RenderOptions, Source, draw, write};
use regex::Regex;
use tempfile::TempDir;

use crate::golden::steady;

const COMMAND: &str = "$ erya ";
const STATEMENT: &str = "erya> ";
const CONTINUED: &str = "  ... ";
/// The texts that a tutorial finds in its folder, and the database that it makes there.
const TEXTS: &[&str] = &["aesop.txt", "lunyu.txt", "poems.txt"];
const DATABASE: &str = "my.db";

/// What was typed, and what the page says came of it.
struct Example {
    typed: String,
    shown: String,
}

/// The page as its parts: what is only read, and examples.
enum Part {
    Prose(String),
    Example(Example),
}

fn parts(page: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut is_block = false;
    for line in page.split_inclusive('\n') {
        let is_fence = line.starts_with("```");
        is_block ^= is_fence;
        let begins = is_block && (line.starts_with(COMMAND) || line.starts_with(STATEMENT));
        match parts.last_mut() {
            _ if begins => {
                let (typed, shown) = (line.to_owned(), String::new());
                parts.push(Part::Example(Example { typed, shown }));
            }
            Some(Part::Example(example)) if is_block => match line.starts_with(CONTINUED) {
                true => example.typed.push_str(line),
                false => example.shown.push_str(line),
            },
            Some(Part::Prose(text)) => text.push_str(line),
            _ => parts.push(Part::Prose(line.to_owned())),
        }
    }
    parts
}

/// Runs a command in the folder; what it says of the time it took is left out.
fn command(typed: &str, folder: &Path) -> String {
    let words = Regex::new(r#""([^"]*)"|(\S+)"#).unwrap();
    let words: Vec<String> = words
        .captures_iter(typed.trim_start_matches("$ "))
        .map(|found| found.get(1).or(found.get(2)).unwrap().as_str().to_owned())
        .collect();
    assert_eq!(words[0], "erya", "{typed}");
    let mut command = Command::new(env!("CARGO_BIN_EXE_erya"));
    // On a terminal, where a reader is, it would be a table.
    command.current_dir(folder).args(&words[1..]).args(["--format", "table"]);
    let output = command.output().unwrap();
    let shown = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
    // Whatever they are, none at all for a file that is in already.
    let seconds = Regex::new(r"(?m)(│ seconds\n[^\n]*\n[^\n]*│) +[\d.]+$").unwrap();
    seconds.replace_all(&shown, "$1       …").into_owned()
}

fn statement(typed: &str, session: &mut Session<'_>) -> String {
    let text: String = typed
        .split_inclusive('\n')
        .map(|line| line.strip_prefix(STATEMENT).or(line.strip_prefix(CONTINUED)).unwrap())
        .collect();
    let mut out = Vec::new();
    let mut run = || -> erya::error::Result<()> {
        for statement in query::parse(text.trim_end())? {
            let mut answer = session.execute(&statement, None)?;
            let notes = std::mem::take(&mut answer.notes);
            write(Format::Table, steady(answer, "{dir}"), &mut out, &RenderOptions::default())?;
            notes.iter().for_each(|note| out.extend(format!("{note}\n").into_bytes()));
        }
        Ok(())
    };
    if let Err(error) = run() {
        out.extend(draw(&error, Source::new(text.trim_end()), false).into_bytes());
    }
    String::from_utf8(out).unwrap()
}

/// The page with what really comes out.
fn run(page: &str) -> String {
    let folder = TempDir::new().unwrap();
    for text in TEXTS {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/texts").join(text);
        fs::copy(from, folder.path().join(text)).unwrap();
    }
    let mut parts = parts(page);
    let mut at = 0;
    while at < parts.len() {
        let is_command = |part: &Part| match part {
            Part::Prose(_) => None,
            Part::Example(example) => Some(example.typed.starts_with(COMMAND)),
        };
        // Statements run in one session, until a command needs the database for itself.
        let until = parts[at..].iter().position(|part| is_command(part) == Some(true));
        let until = until.map_or(parts.len(), |offset| at + offset);
        let path = folder.path().join(DATABASE);
        if path.exists() {
            let database = Database::open(path, Default::default()).unwrap();
            let mut session = database.session();
            for part in &mut parts[at..until] {
                if let Part::Example(example) = part {
                    example.shown = statement(&example.typed, &mut session);
                }
            }
        }
        if let Some(Part::Example(example)) = parts.get_mut(until)
            && !example.typed.contains("erya shell")
        {
            example.shown = command(&example.typed, folder.path());
        }
        at = until + 1;
    }
    let text = |part: &Part| match part {
        Part::Prose(text) => text.clone(),
        Part::Example(example) => format!("{}{}", example.typed, example.shown),
    };
    parts.iter().map(text).collect()
}

#[track_caller]
fn holds(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/docs").join(name);
    let page = fs::read_to_string(&path).unwrap();
    let wanted = run(&page);
    assert!(page.matches(STATEMENT).count() > 10, "{name} shows nearly nothing");
    if std::env::var_os("UPDATE_GOLDENFILES").is_some() {
        fs::write(&path, &wanted).unwrap();
        return;
    }
    let differs = page.lines().zip(wanted.lines()).find(|(old, new)| old != new);
    assert!(page == wanted, "{name} shows something else: {differs:?}");
}

#[test]
fn the_english_tutorial_holds() {
    holds("tutorial.md");
}

#[test]
fn the_chinese_tutorial_holds() {
    holds("tutorial.zh.md");
}
