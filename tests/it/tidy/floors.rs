//! The floors of the house: a module imports what stands lower, never beside it or above.

use regex::Regex;

use super::Fault;
use super::source::{Source, closing};

/// The floors, from the ground up; `lib.rs` joins them and `main.rs` stands on top of them.
const FLOORS: &[&[&str]] = &[
    &["docs", "error"],
    &["control"],
    &["measure", "store", "text"],
    &["index"],
    &["word"],
    &["mine"],
    &["query"],
    &["render"],
    &["database"],
    &["shell"],
    &["cli"],
];

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// Every import that does not go down, and every module that stands nowhere.
pub(super) fn faults(sources: &[Source]) -> Vec<Fault> {
    let is_exempt = |source: &Source| ["src/lib.rs", "src/main.rs"].contains(&&*source.path);
    let inside = sources.iter().filter(|source| source.is_in_src() && !is_exempt(source));
    inside.flat_map(faults_of).collect()
}

fn faults_of(source: &Source) -> Vec<Fault> {
    let here = source.module()[0];
    let Some(own) = floor(here) else {
        let what = format!("the module `{here}` stands on no floor; give it one in FLOORS");
        return vec![Fault::new(&source.path, 1, what)];
    };
    let mut faults = Vec::new();
    for (offset, there) in imports(source) {
        let what = match floor(&there) {
            Some(other) if other < own || there == here => continue,
            Some(other) => {
                let place = if other == own { "beside" } else { "above" };
                format!("`{here}` (floor {own}) imports `{there}` (floor {other}), {place} it")
            }
            None => format!("`crate::{there}` is no module of a floor; name it by its module"),
        };
        faults.push(Fault::new(&source.path, source.line(offset), what));
    }
    faults
}

/// The modules at the top of the crate that production code names, with the places where it does.
fn imports(source: &Source) -> Vec<(usize, String)> {
    let code = &source.production;
    let from_top = Regex::new(r"\b(?:crate|erya)\s*::\s*(\w+|\{)").unwrap();
    let mut imports = Vec::new();
    for path in from_top.captures_iter(code) {
        let first = path.get(1).unwrap();
        imports.extend(members(code, first.start()));
    }
    let upward = Regex::new(r"\b((?:super\s*::\s*)+)(\w+|\{)").unwrap();
    for path in upward.captures_iter(code) {
        if path[1].matches("super").count() >= source.module().len() {
            let named = members(code, path.get(2).unwrap().start());
            imports.extend(named.into_iter().filter(|(_, name)| floor(name).is_some()));
        }
    }
    imports
}

/// The first names of `name::…` or of every branch of `{name::…, name}`.
fn members(code: &str, start: usize) -> Vec<(usize, String)> {
    let name_at = |offset: usize| {
        let blank = code[offset..].len() - code[offset..].trim_start().len();
        let name = code[offset + blank..].split(|c: char| !c.is_alphanumeric() && c != '_').next();
        (offset + blank, name.unwrap_or_default().to_owned())
    };
    if !code[start..].starts_with('{') {
        return vec![name_at(start)];
    }
    let end = closing(code, start);
    let mut members = vec![name_at(start + 1)];
    let mut at = start + 1;
    while at < end {
        match code.as_bytes()[at] {
            b'{' => at = closing(code, at),
            b',' => members.push(name_at(at + 1)),
            _ => {}
        }
        at += 1;
    }
    members.retain(|(_, name)| !name.is_empty());
    members
}

#[test]
fn imports_go_down() {
    let found = |path: &str, text: &str| -> Vec<String> {
        faults(&[Source::new(path, text)]).iter().map(ToString::to_string).collect()
    };
    let fine = "use crate::{error::Error, index::{self, X}, query::rows};\n//! crate::shell\n\
                #[cfg(test)]\nmod tests { use crate::database::Database; }\n";
    assert!(found("src/query/a.rs", fine).is_empty());
    assert!(found("src/lib.rs", "pub use crate::shell::run;").is_empty());
    for (path, text, fault) in [
        (
            "src/text/a.rs",
            "use crate::store::X;",
            "`text` (floor 2) imports `store` (floor 2), beside",
        ),
        ("src/query/mod.rs", "\nuse crate::{error::Error,\n    render::Format};", ":3: `query`"),
        ("src/store/a.rs", "fn f(x: crate::index::X) {}", "imports `index` (floor 3), above it"),
        ("src/query/a/b.rs", "use super::super::super::shell;", "imports `shell`"),
        ("src/query/a.rs", "use crate::Database;", "`crate::Database` is no module of a floor"),
        ("src/helper.rs", "", "the module `helper` stands on no floor"),
    ] {
        let found = found(path, text);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(fault), "{found:?}");
    }
}
