//! The language reference, `src/docs/reference.md`, written from the tables of the language.
//!
//! `UPDATE_GOLDENFILES=1` writes it anew; otherwise the test fails when it is stale.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use erya::mine::ParameterRow;
use erya::query::aggregates::AGGREGATES;
use erya::query::functions::FUNCTIONS;
use erya::query::stage::{StageRow, With};
use erya::query::stages::STAGES;
use erya::query::vocabulary::{CORPUS_OPTIONS, INGEST_OPTIONS, SETTINGS, STATEMENTS};
use erya::render::FORMATS;

const FILE: &str = "src/docs/reference.md";

/// What no table says: how words, patterns, sources and expressions are written.
const HEAD: &str = include_str!("reference.head.md");

fn reference() -> String {
    let mut page = HEAD.to_owned();
    statements(&mut page);
    page.push_str("## Options of a corpus\n\nFixed by CREATE CORPUS, shown by DESCRIBE.\n\n");
    parameters(&mut page, CORPUS_OPTIONS);
    page.push_str("## Options of an ingest\n\n");
    parameters(&mut page, INGEST_OPTIONS);
    page.push_str("## Settings\n\nFor one session, by SET and RESET.\n\n");
    parameters(&mut page, SETTINGS);
    page.push_str("## Stages\n\n");
    for row in STAGES {
        stage(&mut page, row);
    }
    functions(&mut page);
    page.push_str("## Formats\n\n`--format`, `SET format`, `.mode`, and the ending of a file:\n\n");
    page.push_str("| format | is |\n| --- | --- |\n");
    for row in FORMATS {
        line(&mut page, &[&code(row.name), row.help]);
    }
    // A slot is no link.
    page.replace(" [X]", " `[X]`")
}

fn statements(page: &mut String) {
    page.push_str("## Statements\n\n| statement | does | example |\n| --- | --- | --- |\n");
    for row in STATEMENTS {
        line(page, &[&code(row.syntax), row.help, &code(row.example)]);
    }
    page.push('\n');
}

fn stage(page: &mut String, row: &StageRow) {
    writeln!(page, "### {}\n\n```text\n{}\n```\n", row.name, row.syntax).unwrap();
    writeln!(page, "{}.\n", sentence(row.help)).unwrap();
    writeln!(page, "Takes {}. Gives {}.\n", row.takes, row.gives).unwrap();
    match row.with {
        With::Nothing => {}
        With::Parameters(rows) => parameters(page, rows),
        With::Methods(_) | With::MethodsOr(..) => {
            if !row.with.of_saved().is_empty() {
                writeln!(page, "#### {} BY a lexicon\n", row.name).unwrap();
                parameters(page, row.with.of_saved());
            }
            for head in row.with.methods() {
                writeln!(page, "#### {} BY {}\n\n{}.", row.name, head.name, sentence(head.help))
                    .unwrap();
                if !head.score.is_empty() {
                    writeln!(page, "Score: {}.", head.score).unwrap();
                }
                if !head.paper.is_empty() {
                    writeln!(page, "Source: {}.", linked(head.paper)).unwrap();
                }
                page.push('\n');
                parameters(page, head.parameters);
            }
        }
    }
    writeln!(page, "```text\n{}\n```\n", row.example).unwrap();
    if !row.paper.is_empty() {
        writeln!(page, "Source: {}.\n", linked(row.paper)).unwrap();
    }
}

fn parameters(page: &mut String, rows: &[ParameterRow]) {
    if rows.is_empty() {
        page.push_str("No parameters.\n\n");
        return;
    }
    page.push_str("| name | takes | default | meaning |\n| --- | --- | --- | --- |\n");
    for row in rows {
        line(page, &[&code(row.name), &row.kind.describe(), row.default, row.help]);
    }
    page.push('\n');
}

fn functions(page: &mut String) {
    page.push_str("## Functions\n\n| function | gives | example |\n| --- | --- | --- |\n");
    for row in FUNCTIONS {
        let example = format!("`{}` is `{}`", row.example, row.result);
        line(page, &[&code(row.signature), row.help, &example]);
    }
    page.push_str(
        "\n## Aggregates\n\nIn STATS; the examples are over a column `x` of 1, 2, 3, 4.\n\n",
    );
    page.push_str("| aggregate | gives | example |\n| --- | --- | --- |\n");
    for row in AGGREGATES {
        let example = format!("`{}` is `{}`", row.example, row.result);
        line(page, &[&code(row.signature), row.help, &example]);
    }
    page.push('\n');
}

fn code(text: &str) -> String {
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// A citation with its address as a link.
fn linked(paper: &str) -> String {
    let link = |word: &str| match word.strip_prefix("https://") {
        Some(_) => format!("<{word}>"),
        None => word.to_owned(),
    };
    paper.split(' ').map(link).collect::<Vec<_>>().join(" ")
}

/// A help line as a sentence.
fn sentence(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map_or(String::new(), |first| first.to_uppercase().chain(rest).collect())
}

fn line(page: &mut String, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    writeln!(page, "| {} |", cells.join(" | ")).unwrap();
}

#[test]
fn the_reference_is_what_the_tables_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(FILE);
    let wanted = reference();
    if std::env::var_os("UPDATE_GOLDENFILES").is_some() {
        fs::write(&path, &wanted).unwrap();
    }
    let written = fs::read_to_string(&path).unwrap();
    assert!(written == wanted, "{FILE} is stale: UPDATE_GOLDENFILES=1 cargo test reference");
}
