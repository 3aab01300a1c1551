//! The house rules that a machine can check: floors, lengths, headers, names, productions.
//!
//! Each rule is a function from sources to faults, and is tried on a few bad lines beside it. A
//! fault says where and what, its test what to do. The exceptions at the top of `page` may only
//! shrink.

mod floors;
mod grammar;
mod page;
mod project;
mod source;

use std::fmt;
use std::sync::LazyLock;

use project::Project;

/// Read once for all rules.
static PROJECT: LazyLock<Project> = LazyLock::new(Project::read);

/// One place that breaks a rule.
#[derive(Debug, PartialEq)]
struct Fault {
    path: String,
    line: usize,
    what: String,
}

impl Fault {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Fault { path: path.to_owned(), line, what: what.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.what)
    }
}

/// Fails with every fault at once, and with what to do about them.
#[track_caller]
fn refuse(faults: &[Fault], advice: &str) {
    let list: String = faults.iter().map(|fault| format!("\n  {fault}")).collect();
    assert!(faults.is_empty(), "{} fault(s){list}\n\n{advice}\n", faults.len());
}

#[test]
fn a_module_imports_lower_floors_only() {
    refuse(
        &floors::faults(&PROJECT.sources),
        "Move what both need to a lower floor, or hand it down as a value or a trait. \
         The floors stand in tests/it/tidy/floors.rs.",
    );
}

#[test]
fn grammar_and_functions_agree() {
    refuse(
        &grammar::faults(&PROJECT.sources, PROJECT.text(grammar::PATH)),
        "A production of grammar/erya.ebnf is one function of the same name, from \
         `input: Tokens<'_>` to `Parsed`, or from `input: &str` to `Lexed` in the lexer.",
    );
}

#[test]
fn every_file_says_what_it_is_for() {
    refuse(
        &page::headers(&PROJECT.sources),
        "Begin the file with `//! …`: what it is for, and what it is not.",
    );
}

#[test]
fn files_are_short() {
    refuse(
        &page::long_files(&PROJECT.sources),
        "A file is one responsibility: look for the second one, and give it a file.",
    );
}

#[test]
fn functions_are_short() {
    refuse(
        &page::long_functions(&PROJECT.sources),
        "Name the steps, and make each a function below this one.",
    );
}

#[test]
fn lines_are_narrow() {
    refuse(
        &page::wide_lines(&PROJECT.sources),
        "Break the line; `\\` at its end breaks a string. A Han character is two columns wide.",
    );
}

#[test]
fn modules_hold_no_logic() {
    refuse(
        &page::modules_with_logic(&PROJECT.sources),
        "Move it to a file that is named for it. A mod.rs holds `//!`, `mod`, `use` and, at \
         most, the table of what it has.",
    );
}

#[test]
fn crates_that_are_fenced_in_stay_there() {
    refuse(
        &page::fenced_crates(&PROJECT.sources),
        "Ask the file that owns the crate for what is wanted, in terms of bytes and order.",
    );
}

#[test]
fn nothing_unwraps_outside_tests() {
    refuse(
        &page::unwraps(&PROJECT.sources),
        "Return an `Error`; for an invariant of our own, `expect(\"why it cannot fail\")`.",
    );
}

#[test]
fn matches_is_never_a_statement() {
    refuse(
        &page::idle_matches(&PROJECT.sources),
        "A `matches!(…);` asserts nothing: write `assert!(matches!(…))`.",
    );
}

#[test]
fn files_are_named_for_what_they_hold() {
    refuse(
        &page::vague_names(&PROJECT.sources),
        "A module is one noun, and the noun says what is in it.",
    );
}

#[test]
fn no_file_knows_the_machine_it_was_written_on() {
    refuse(
        &page::machine_paths(&PROJECT.texts),
        "Use a path relative to the clone, an environment variable or a temporary directory.",
    );
}
