//! The list of productions in `grammar/erya.ebnf` and the functions that parse them are one list.

use std::collections::{BTreeMap, BTreeSet};

use regex::Regex;

use super::Fault;
use super::source::{Source, item_end};

/// Where the productions are listed.
pub(super) const PATH: &str = "grammar/erya.ebnf";
/// Where their functions stand.
const PLACES: &[&str] = &["src/query/grammar/", "src/query/stages/", "src/query/lexer.rs"];
/// Where reading begins: a script, and its tokens.
const BEGINNINGS: &[&str] = &["script", "token", "end"];

/// What is in one list and not in the other, what names nothing, and what nothing leads to.
pub(super) fn faults(sources: &[Source], grammar: &str) -> Vec<Fault> {
    let productions = productions(grammar);
    let functions = functions(sources);
    let mut faults = Vec::new();
    for (name, production) in &productions {
        let mut fault = |what| faults.push(Fault::new(PATH, production.line, what));
        if !functions.contains_key(name) {
            fault(format!("the production `{name}` has no function in {}", PLACES.join(", ")));
        }
        for part in production.parts.iter().filter(|part| !productions.contains_key(*part)) {
            fault(format!("`{name}` wants `{part}`, which is no production"));
        }
    }
    let reached = reached(&productions);
    for (name, production) in productions.iter().filter(|(name, _)| !reached.contains(*name)) {
        faults.push(Fault::new(PATH, production.line, format!("nothing leads to `{name}`")));
    }
    for (name, (path, line)) in functions {
        if !productions.contains_key(&name) {
            let what = format!("the function `{name}` parses a production that {PATH} lacks");
            faults.push(Fault::new(&path, line, what));
        }
    }
    faults
}

struct Production {
    line: usize,
    /// The productions that its right side names.
    parts: BTreeSet<String>,
}

fn productions(grammar: &str) -> BTreeMap<String, Production> {
    let noise = Regex::new(r#"'[^'\n]*'|"[^"\n]*"|\[[^\]\n]*\]|(?s:/\*.*?\*/)"#).unwrap();
    // Line ends stay, for the numbers of lines.
    let bare = noise.replace_all(grammar, |found: &regex::Captures<'_>| {
        found[0].chars().filter(|c| *c == '\n').collect::<String>() + " "
    });
    let left = Regex::new(r"(?m)^ *([a-z_]+)\s*::=").unwrap();
    let starts: Vec<_> = left.captures_iter(&bare).map(|found| found.get(1).unwrap()).collect();
    let word = Regex::new(r"[a-z_]{2,}").unwrap();
    let mut productions = BTreeMap::new();
    for (number, start) in starts.iter().enumerate() {
        let end = starts.get(number + 1).map_or(bare.len(), regex::Match::start);
        let right = &bare[start.end()..end];
        let parts = word.find_iter(right).map(|part| part.as_str().to_owned()).collect();
        let line = bare[..start.start()].matches('\n').count() + 1;
        productions.insert(start.as_str().to_owned(), Production { line, parts });
    }
    productions
}

/// The functions that take the input and nothing else, and give what was parsed.
fn functions(sources: &[Source]) -> BTreeMap<String, (String, usize)> {
    let head = Regex::new(r"\bfn\s+([a-z_]+)\s*\(").unwrap();
    let production = Regex::new(r"^\(input:(?:Tokens<'_>,?\)->Parsed|&str,?\)->Lexed)<").unwrap();
    let is_place = |source: &&Source| PLACES.iter().any(|place| source.path.starts_with(place));
    let mut functions = BTreeMap::new();
    for source in sources.iter().filter(is_place) {
        for found in head.captures_iter(&source.production) {
            let name = found.get(1).unwrap();
            let item = &source.production[name.end()..item_end(&source.production, name.end())];
            let signature: String = item.split_whitespace().collect();
            if production.is_match(&signature) {
                let place = (source.path.clone(), source.line(name.start()));
                functions.insert(name.as_str().to_owned(), place);
            }
        }
    }
    functions
}

fn reached(productions: &BTreeMap<String, Production>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<String> = BEGINNINGS.iter().map(ToString::to_string).collect();
    while let Some(name) = open.pop() {
        if let Some(production) = productions.get(&name)
            && reached.insert(name)
        {
            open.extend(production.parts.iter().cloned());
        }
    }
    reached
}

#[test]
fn the_two_lists_are_compared_both_ways() {
    let lexer = "fn token(input: &str) -> Lexed<'_, T> { x }\n\
                 fn helper(input: &str, x: u8) -> Lexed<'_, T> {}";
    let script = "pub(super) fn script(\n    input: Tokens<'_>,\n) -> Parsed<'_, Vec<S>> {}\n\
                  fn forgotten(input: Tokens<'_>) -> Parsed<'_, S> {}";
    let sources =
        [Source::new("src/query/lexer.rs", lexer), Source::new("src/query/grammar/a.rs", script)];
    let fine = "/* script */\nscript ::= 'A' /* x */ forgotten\n  | \"/*\" token\n\
                forgotten ::= [^'] \"'\"\ntoken ::= 'x'\n";
    assert_eq!(faults(&sources, fine), []);
    let bad = "script ::= missing\ntoken ::= 'x'\nlonely ::= token\n";
    let found: Vec<String> = faults(&sources, bad).iter().map(ToString::to_string).collect();
    assert_eq!(found.len(), 4, "{found:#?}");
    assert!(found[0].starts_with("grammar/erya.ebnf:3: the production `lonely` has no function"));
    assert!(found[1].contains(":1: `script` wants `missing`, which is no production"));
    assert!(found[2].contains(":3: nothing leads to `lonely`"));
    assert!(found[3].starts_with("src/query/grammar/a.rs:4: the function `forgotten`"));
}
