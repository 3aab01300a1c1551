//! How a file looks: its header, its size, its name, and what it may not hold.

use std::collections::BTreeSet;

use regex::Regex;
use unicode_width::UnicodeWidthStr;

use super::Fault;
use super::source::{Source, closing, item_end};

const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 70;
const COLUMNS: usize = 100;

/// Files that may be longer for now: path, lines. This list may only shrink.
const LONG_FILES: &[(&str, usize)] = &[];
/// Functions that may be longer for now: path::name, lines. This list may only shrink.
const LONG_FUNCTIONS: &[(&str, usize)] = &[];
/// Files that may have wider lines for now: path, columns. This list may only shrink.
const WIDE_FILES: &[(&str, usize)] = &[];

/// A crate, and the one file that may name it.
const FENCES: &[(&str, &str)] =
    &[("rocksdb", "src/store/rocks.rs"), ("bincode", "src/store/codec.rs")];
/// Names of files that say nothing of what is inside.
const VAGUE: &[&str] = &["common", "helpers", "manager", "misc", "util", "utils"];

/// Files that do not begin with `//!`.
pub(super) fn headers(sources: &[Source]) -> Vec<Fault> {
    let bare = sources.iter().filter(|source| !source.text.starts_with("//! "));
    bare.map(|source| Fault::new(&source.path, 1, "the file does not begin with `//! `")).collect()
}

/// Files with too many lines.
pub(super) fn long_files(sources: &[Source]) -> Vec<Fault> {
    let sizes = sources.iter().map(|source| {
        let lines = source.text.lines().count();
        (source.path.clone(), Fault::new(&source.path, lines, format!("{lines} lines")), lines)
    });
    beyond(FILE_LINES, LONG_FILES, "LONG_FILES", sizes)
}

/// Functions with too many lines, from `fn` to the closing brace.
pub(super) fn long_functions(sources: &[Source]) -> Vec<Fault> {
    let head = Regex::new(r"\bfn\s+(\w+)").unwrap();
    let mut sizes = Vec::new();
    for source in sources {
        for found in head.captures_iter(&source.code) {
            let start = found.get(0).unwrap();
            let first = source.line(start.start());
            let lines = source.line(item_end(&source.code, start.end())) - first + 1;
            let fault = Fault::new(&source.path, first, format!("`{}`: {lines} lines", &found[1]));
            sizes.push((format!("{}::{}", source.path, &found[1]), fault, lines));
        }
    }
    beyond(FUNCTION_LINES, LONG_FUNCTIONS, "LONG_FUNCTIONS", sizes)
}

/// Lines with too many columns on a screen.
pub(super) fn wide_lines(sources: &[Source]) -> Vec<Fault> {
    let lines = sources.iter().flat_map(|source| {
        source.text.lines().enumerate().map(|(number, line)| {
            let columns = line.width();
            let fault = Fault::new(&source.path, number + 1, format!("{columns} columns"));
            (source.path.clone(), fault, columns)
        })
    });
    beyond(COLUMNS, WIDE_FILES, "WIDE_FILES", lines)
}

/// What is larger than the limit or its exception, and exceptions that nothing needs any more.
fn beyond(
    limit: usize,
    exceptions: &[(&str, usize)],
    list: &str,
    sizes: impl IntoIterator<Item = (String, Fault, usize)>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut needed = BTreeSet::new();
    let large = sizes.into_iter().filter(|(_, _, size)| *size > limit);
    for (key, mut fault, size) in large {
        let allowed = exceptions.iter().find(|(excepted, _)| *excepted == key);
        needed.extend(allowed.map(|(excepted, _)| *excepted));
        let allowed = allowed.map_or(limit, |(_, allowed)| *allowed);
        if size > allowed {
            fault.what.push_str(&format!(", and at most {allowed} are allowed"));
            faults.push(fault);
        }
    }
    for (excepted, _) in exceptions.iter().filter(|(excepted, _)| !needed.contains(excepted)) {
        let path = excepted.split("::").next().unwrap_or_default();
        let what = format!("keeps the limit of {limit} again: take `{excepted}` off {list}");
        faults.push(Fault::new(path, 1, what));
    }
    faults
}

/// Anything in a `mod.rs` but declarations, imports and tables.
pub(super) fn modules_with_logic(sources: &[Source]) -> Vec<Fault> {
    let allowed = Regex::new(r"^(?:pub(?:\([^)]*\))?\s+)?(?:mod\s+\w+\s*;|use\s[^;]*;)").unwrap();
    // A slice of names and nothing that is called or computed: the table of what the module has.
    let table = Regex::new(r"^(?:pub(?:\([^)]*\))?\s+)?(?:static|const)\s[^;(){}]*;").unwrap();
    let mut faults = Vec::new();
    for source in sources.iter().filter(|source| source.path.ends_with("/mod.rs")) {
        // Where all of it is test code, all of it is looked at.
        let code = if source.production.is_empty() { &source.code } else { &source.production };
        let mut at = 0;
        while let Some(offset) = code[at..].find(|c: char| !c.is_whitespace()) {
            at += offset;
            let rest = &code[at..];
            if rest.starts_with('#') {
                at = (closing(code, at + rest.find('[').unwrap_or(0)) + 1).min(code.len());
            } else if let Some(item) = allowed.find(rest).or_else(|| table.find(rest)) {
                at += item.end();
            } else {
                let line = source.line(at);
                let text = source.text.lines().nth(line - 1).unwrap_or_default().trim();
                faults.push(Fault::new(&source.path, line, format!("holds `{text}`")));
                at = item_end(code, at);
            }
        }
    }
    faults
}

/// Crates that are named outside the one file that may.
pub(super) fn fenced_crates(sources: &[Source]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for (name, home) in FENCES {
        let word = Regex::new(&format!(r"\b{name}\b")).unwrap();
        let others = sources.iter().filter(|source| source.is_in_src() && source.path != *home);
        for source in others {
            faults.extend(word.find_iter(&source.code).map(|found| {
                let what = format!("names `{name}`, and only {home} may");
                Fault::new(&source.path, source.line(found.start()), what)
            }));
        }
    }
    faults
}

/// `unwrap()` in production code.
pub(super) fn unwraps(sources: &[Source]) -> Vec<Fault> {
    let unwrap = Regex::new(r"\bunwrap\s*\(\s*\)").unwrap();
    let mut faults = Vec::new();
    for source in sources {
        faults.extend(unwrap.find_iter(&source.production).map(|found| {
            Fault::new(&source.path, source.line(found.start()), "`unwrap()` outside a test")
        }));
    }
    faults
}

/// `matches!(…)` whose answer nobody looks at; the value of a function or of a `let` is used.
pub(super) fn idle_matches(sources: &[Source]) -> Vec<Fault> {
    let line_start = Regex::new(r"(?m)^\s*(matches!\s*\()").unwrap();
    let mut faults = Vec::new();
    for source in sources {
        for found in line_start.captures_iter(&source.code) {
            let call = found.get(1).unwrap();
            let before = source.code[..call.start()].trim_end();
            let is_statement = before.is_empty() || before.ends_with([';', '{', '}']);
            let end = closing(&source.code, call.end() - 1);
            if is_statement && source.code[end..].starts_with(");") {
                let line = source.line(call.start());
                faults.push(Fault::new(&source.path, line, "`matches!(…);` asserts nothing"));
            }
        }
    }
    faults
}

/// Files and folders whose names say nothing.
pub(super) fn vague_names(sources: &[Source]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for source in sources {
        let path = source.path.trim_end_matches(".rs");
        for part in path.split('/').filter(|part| VAGUE.contains(part)) {
            let what = format!("`{part}` does not say what is inside");
            faults.push(Fault::new(&source.path, 1, what));
        }
    }
    faults
}

/// Absolute paths into somebody's home or workplace.
pub(super) fn machine_paths(texts: &[(String, String)]) -> Vec<Fault> {
    let place =
        Regex::new(r"(?:^|[^\w.~}/-])(/(?:wor[k]|roo[t]|hom[e]/[\w-]+|User[s]/[\w-]+)/[^\s'`)]*)")
            .unwrap();
    let mut faults = Vec::new();
    for (path, text) in texts {
        for (number, line) in text.lines().enumerate() {
            faults.extend(place.captures_iter(line).map(|found| {
                let what = format!("names a path of one machine: {}", &found[1]);
                Fault::new(path, number + 1, what)
            }));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(path: &str, text: &str) -> [Source; 1] {
        [Source::new(path, text)]
    }

    #[test]
    fn sizes_have_limits_and_exceptions_that_shrink() {
        let size = |size| [("a.rs".to_owned(), Fault::new("a.rs", 7, "x"), size)];
        let found = |exceptions: &[(&str, usize)], lines| {
            let faults = beyond(10, exceptions, "LIST", size(lines));
            faults.iter().map(ToString::to_string).collect::<Vec<_>>()
        };
        assert!(found(&[], 10).is_empty());
        assert_eq!(found(&[], 11), ["a.rs:7: x, and at most 10 are allowed"]);
        assert!(found(&[("a.rs", 12)], 12).is_empty());
        assert_eq!(found(&[("a.rs", 12)], 13), ["a.rs:7: x, and at most 12 are allowed"]);
        assert_eq!(
            found(&[("a.rs", 12)], 9),
            ["a.rs:1: keeps the limit of 10 again: take `a.rs` off LIST"]
        );
    }

    #[test]
    fn long_files_and_functions_and_wide_lines() {
        let body = "    x();\n".repeat(69);
        let long = format!("fn a() {{\n{body}}}\nfn b(f: fn(u8) -> [u8; 2]) {{}}\n");
        let faults = long_functions(&one("src/a.rs", &long));
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].to_string(), "src/a.rs:1: `a`: 71 lines, and at most 70 are allowed");
        assert!(long_functions(&one("src/a.rs", &long.replacen("    x();\n", "", 1))).is_empty());
        assert_eq!(long_files(&one("src/a.rs", &"\n".repeat(501))).len(), 1);
        assert_eq!(wide_lines(&one("src/a.rs", &"字".repeat(51))).len(), 1);
        assert!(wide_lines(&one("src/a.rs", &"字".repeat(50))).is_empty());
    }

    #[test]
    fn what_a_module_may_hold() {
        let fine = "//! A.\n#![allow(x)]\n\npub(crate) mod a;\n#[cfg(test)]\nmod tests;\n\
                    pub use a::{B, c::D};\npub static ROWS: &[&Row] = &[&a::ROW];\n";
        assert!(modules_with_logic(&one("src/a/mod.rs", fine)).is_empty());
        let bad = "mod a;\npub fn b() { c(); }\nmod d { }\npub const E: F = f();\nmod g;\n";
        let lines: Vec<usize> =
            modules_with_logic(&one("src/a/mod.rs", bad)).iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [2, 3, 4]);
    }

    #[test]
    fn what_a_file_may_not_hold() {
        assert_eq!(headers(&one("src/a.rs", "// A.\n")).len(), 1);
        assert_eq!(fenced_crates(&one("src/a.rs", "use rocksdb::DB; // bincode\n")).len(), 1);
        assert!(fenced_crates(&one("src/store/rocks.rs", "use rocksdb::DB;\n")).is_empty());
        let text = "fn a() { b.unwrap(); c.unwrap_or(1); }\n#[cfg(test)]\nfn d() { e.unwrap() }\n";
        assert_eq!(unwraps(&one("src/a.rs", text)).len(), 1);
        let text = "fn a() -> bool {\n    matches!(b, C)\n}\nfn d() {\n    matches!(e, F);\n    \
                    let g =\n        matches!(h, I);\n}\n";
        let faults = idle_matches(&one("src/a.rs", text));
        assert_eq!(faults.iter().map(|fault| fault.line).collect::<Vec<_>>(), [5]);
        assert_eq!(vague_names(&one("src/utils/a.rs", "")).len(), 1);
        assert!(vague_names(&one("src/utility.rs", "")).is_empty());
    }

    #[test]
    fn paths_of_one_machine() {
        let found = |text: &str| machine_paths(&[("a".to_owned(), text.to_owned())]).len();
        let (home, work) = (["/ho", "me/ann/x"].concat(), ["/wo", "rk/x"].concat());
        assert_eq!(found(&format!("cd {home}; cat '{work}'")), 2);
        assert_eq!(found(&format!("$HOME{work} https://a.org{work} ~{home}")), 0);
    }
}
