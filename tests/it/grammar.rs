//! Sentences made from `grammar/erya.ebnf` itself: whatever it derives parses, and prints as text
//! that parses to the same tree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use erya::query::lexer::{Token, TokenKind, tokens};
use regex::Regex;

/// How many sentences are made.
const SEEDS: u64 = 4000;
/// From this depth on, the shortest way out is taken.
const DEEPEST: usize = 22;
/// Where sentences end: what these stand for is taken from a pool.
const POOLS: &[(&str, &[&str])] = &[
    ("name", &["hlm", "词典", "words", "count", "`my corpus`", "`not`", "`a``b`", "_x1", "n"]),
    ("column", &["ngram", "count", "词", "`and`", "pmi"]),
    ("string", &["'黛玉'", "'it''s'", "\"\"", "\"a \"\"b\"\"\"", "'a.txt'", "'*.txt'"]),
    ("pattern", &["'林?玉'", "'^(宝|黛)*$'", "'strong /.*ing/'", "\"\\?\\|\"", "'/a\\/b/'"]),
    ("whole", &["2", "10", "5k", "1_000", "1e3"]),
    ("number", &["0", "7", "1e-7", "2.5", "1_000", "5k", "2M"]),
];
/// Numbers that have no negative; only where no sign stands before them.
const UNSIGNED: &[&str] = &["0.1%", "512MiB", "30s", "7ms", "1.5KB"];

/// The right side of a production, or a part of it.
#[derive(Debug)]
enum Part {
    /// One after the other.
    Sequence(Vec<Part>),
    /// Any one of them.
    Choice(Vec<Part>),
    /// At least so often, and at most once if not `many`.
    Repeat { part: Box<Part>, least: usize, many: bool },
    /// A keyword, in any case.
    Keyword(String),
    /// A sign.
    Sign(String),
    /// Another production.
    Production(String),
}

struct Grammar {
    productions: BTreeMap<String, Part>,
    /// How deep the shallowest derivation of each production is.
    depths: BTreeMap<String, usize>,
}

impl Grammar {
    /// Reads the productions above the terminals.
    fn read() -> Self {
        let text = read("grammar/erya.ebnf");
        let comments = Regex::new(r"(?s)/\*.*?\*/").unwrap();
        let (syntax, _) = text.split_once("/* ---- Terminals").unwrap();
        let syntax = comments.replace_all(syntax, " ");
        let token = Regex::new(r#"'[^'\s]+'|"[^"\s]+"|::=|[a-z_]+|[()|?*+]"#).unwrap();
        let tokens: Vec<&str> = token.find_iter(&syntax).map(|found| found.as_str()).collect();
        let left = token.replace_all(&syntax, "");
        assert!(left.trim().is_empty(), "not understood in the grammar: {}", left.trim());
        let starts: Vec<usize> =
            (1..tokens.len()).filter(|&at| tokens[at] == "::=").map(|at| at - 1).collect();
        let ends = starts.iter().skip(1).copied().chain([tokens.len()]);
        let mut productions = BTreeMap::new();
        for (start, end) in starts.iter().copied().zip(ends) {
            let mut rest = &tokens[start + 2..end];
            let part = choice(&mut rest);
            assert!(rest.is_empty(), "{}: {rest:?} is left over", tokens[start]);
            assert!(productions.insert(tokens[start].to_owned(), part).is_none());
        }
        let mut grammar = Grammar { productions, depths: BTreeMap::new() };
        grammar.measure();
        grammar
    }

    /// Finds the depth of every production, from those without others to the deeper ones.
    fn measure(&mut self) {
        self.depths.extend(POOLS.iter().map(|(name, _)| ((*name).to_owned(), 0)));
        loop {
            let known = self.depths.len();
            let mut found = Vec::new();
            for (name, part) in &self.productions {
                if !self.depths.contains_key(name)
                    && let Some(depth) = self.depth(part)
                {
                    found.push((name.clone(), depth + 1));
                }
            }
            self.depths.extend(found);
            if self.depths.len() == known {
                break;
            }
        }
        for name in self.productions.keys() {
            assert!(self.depths.contains_key(name), "{name} never ends");
        }
    }

    fn depth(&self, part: &Part) -> Option<usize> {
        match part {
            Part::Sequence(parts) => {
                parts.iter().try_fold(0, |most, part| Some(self.depth(part)?.max(most)))
            }
            Part::Choice(parts) => parts.iter().filter_map(|part| self.depth(part)).min(),
            Part::Repeat { least: 0, .. } | Part::Keyword(_) | Part::Sign(_) => Some(0),
            Part::Repeat { part, .. } => self.depth(part),
            Part::Production(name) => self.depths.get(name).copied(),
        }
    }

    fn keywords(&self) -> BTreeSet<String> {
        let mut keywords = BTreeSet::new();
        let mut parts: Vec<&Part> = self.productions.values().collect();
        while let Some(part) = parts.pop() {
            match part {
                Part::Sequence(more) | Part::Choice(more) => parts.extend(more),
                Part::Repeat { part, .. } => parts.push(part),
                Part::Keyword(word) => drop(keywords.insert(word.clone())),
                Part::Sign(_) | Part::Production(_) => {}
            }
        }
        keywords
    }
}

fn choice(rest: &mut &[&str]) -> Part {
    let mut choices = vec![sequence(rest)];
    while rest.first() == Some(&"|") {
        *rest = &rest[1..];
        choices.push(sequence(rest));
    }
    if choices.len() == 1 { choices.remove(0) } else { Part::Choice(choices) }
}

fn sequence(rest: &mut &[&str]) -> Part {
    let mut parts = Vec::new();
    while let Some((&first, after)) = rest.split_first() {
        let part = match first {
            "|" | ")" => break,
            "(" => {
                *rest = after;
                let inner = choice(rest);
                assert_eq!(rest.first(), Some(&")"));
                inner
            }
            keyword if keyword.starts_with('\'') => {
                Part::Keyword(keyword.trim_matches('\'').into())
            }
            sign if sign.starts_with('"') => Part::Sign(sign.trim_matches('"').into()),
            name => Part::Production(name.into()),
        };
        *rest = &rest[1..];
        let (least, many) = match rest.first() {
            Some(&"?") => (0, false),
            Some(&"*") => (0, true),
            Some(&"+") => (1, true),
            _ => {
                parts.push(part);
                continue;
            }
        };
        *rest = &rest[1..];
        parts.push(Part::Repeat { part: Box::new(part), least, many });
    }
    Part::Sequence(parts)
}

/// Derives a sentence; the same seed gives the same one.
struct Derivation<'g> {
    grammar: &'g Grammar,
    seed: u64,
    words: Vec<String>,
    used: &'g mut BTreeSet<String>,
}

impl Derivation<'_> {
    /// A number below `end`.
    fn random(&mut self, end: usize) -> usize {
        // SplitMix64.
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }

    fn pick(&mut self, pool: &[&str]) -> String {
        let place = self.random(pool.len());
        pool[place].to_owned()
    }

    fn production(&mut self, name: &str, depth: usize) {
        if let Some((_, pool)) = POOLS.iter().find(|(pool, _)| *pool == name) {
            let signed = self.words.last().is_some_and(|last| last == "-");
            let word = match name {
                "number" if !signed && self.random(3) == 0 => self.pick(UNSIGNED),
                _ => self.pick(pool),
            };
            self.words.push(word);
            return;
        }
        self.used.insert(name.to_owned());
        let grammar = self.grammar;
        self.part(&grammar.productions[name], depth + 1);
    }

    fn part(&mut self, part: &Part, depth: usize) {
        match part {
            Part::Sequence(parts) => parts.iter().for_each(|part| self.part(part, depth)),
            Part::Choice(parts) if depth > DEEPEST => {
                let shallow = |part: &&Part| self.grammar.depth(part);
                let shallowest = parts.iter().min_by_key(shallow).unwrap();
                self.part(shallowest, depth);
            }
            Part::Choice(parts) => {
                let place = self.random(parts.len());
                self.part(&parts[place], depth);
            }
            Part::Repeat { part, least, many } => {
                let more = if depth > DEEPEST { 0 } else { self.random(if *many { 3 } else { 2 }) };
                (0..(*least).max(more)).for_each(|_| self.part(part, depth));
            }
            Part::Keyword(word) => {
                let word = if self.random(4) == 0 { word.to_lowercase() } else { word.clone() };
                self.words.push(word);
            }
            Part::Sign(sign) => self.words.push(sign.clone()),
            Part::Production(name) => self.production(name, depth),
        }
    }
}

/// Where a part of the grammar can end when it begins at a token: all derivations at once.
struct Recogniser<'g> {
    grammar: &'g Grammar,
    tokens: Vec<Token>,
    known: BTreeMap<(String, usize), BTreeSet<usize>>,
}

impl Recogniser<'_> {
    /// Whether a production derives the whole text.
    fn derives(grammar: &Grammar, production: &str, text: &str) -> bool {
        let tokens = tokens(text).unwrap();
        let is_end = |token: &Token| token.kind == TokenKind::End;
        let tokens: Vec<Token> = tokens.into_iter().filter(|token| !is_end(token)).collect();
        let length = tokens.len();
        let mut recogniser = Recogniser { grammar, tokens, known: BTreeMap::new() };
        recogniser.production(production, 0).contains(&length)
    }

    fn production(&mut self, name: &str, from: usize) -> BTreeSet<usize> {
        if let Some(fits) = self.terminal(name, from) {
            return if fits { BTreeSet::from([from + 1]) } else { BTreeSet::new() };
        }
        let key = (name.to_owned(), from);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let grammar = self.grammar;
        let ends = self.part(&grammar.productions[name], from);
        self.known.insert(key, ends.clone());
        ends
    }

    /// Whether the token there is that terminal; `None` where the name is no terminal.
    fn terminal(&self, name: &str, at: usize) -> Option<bool> {
        let kind = self.tokens.get(at).map(|token| &token.kind);
        let operators = ["and", "between", "in", "is", "like", "not", "or"];
        Some(match name {
            "name" => matches!(kind, Some(TokenKind::Word(_) | TokenKind::Backquoted(_))),
            "column" => match kind {
                Some(TokenKind::Word(word)) => !operators.contains(&&*word.to_lowercase()),
                other => matches!(other, Some(TokenKind::Backquoted(_))),
            },
            "string" | "pattern" => matches!(kind, Some(TokenKind::Text { .. })),
            "number" => matches!(kind, Some(TokenKind::Number(_))),
            "whole" => match kind {
                Some(TokenKind::Number(number)) => number.whole().is_some(),
                _ => false,
            },
            _ => return None,
        })
    }

    fn part(&mut self, part: &Part, from: usize) -> BTreeSet<usize> {
        let token = self.tokens.get(from).map(|token| &token.kind);
        let one = |fits: bool| fits.then_some(from + 1).into_iter().collect();
        match part {
            Part::Keyword(word) => {
                one(matches!(token, Some(TokenKind::Word(own)) if own.eq_ignore_ascii_case(word)))
            }
            Part::Sign(sign) => one(matches!(token, Some(TokenKind::Operator(own)) if own == sign)),
            Part::Production(name) => self.production(name, from),
            Part::Choice(parts) => parts.iter().flat_map(|part| self.part(part, from)).collect(),
            Part::Sequence(parts) => parts.iter().fold(BTreeSet::from([from]), |ends, part| {
                ends.into_iter().flat_map(|end| self.part(part, end)).collect()
            }),
            Part::Repeat { part, least, many } => {
                let mut ends = BTreeSet::from([from]);
                let mut all = if *least == 0 { ends.clone() } else { BTreeSet::new() };
                loop {
                    ends = ends.iter().flat_map(|end| self.part(part, *end)).collect();
                    let before = all.len();
                    all.extend(&ends);
                    if !many || all.len() == before {
                        return all;
                    }
                }
            }
        }
    }
}

/// The statements of the golden scripts and of the tutorials.
fn written_statements() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut statements = Vec::new();
    let typed = Regex::new(r"(?m)^(?:\[\w+\])?> (.*)$").unwrap();
    for entry in fs::read_dir(root.join("tests/scripts")).unwrap() {
        let script = fs::read_to_string(entry.unwrap().path()).unwrap();
        statements.extend(typed.captures_iter(&script).map(|found| found[1].to_owned()));
    }
    for tutorial in ["tutorial.md", "tutorial.zh.md"] {
        let page = read(&format!("src/docs/{tutorial}"));
        let typed = page.lines().filter_map(|line| line.strip_prefix("erya> "));
        statements.extend(typed.map(str::to_owned));
    }
    statements
}

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn every_sentence_of_the_grammar_parses_and_prints_back() {
    let grammar = Grammar::read();
    let mut used = BTreeSet::new();
    let mut lengths = 0;
    for seed in 0..SEEDS {
        let words = Vec::new();
        let mut derivation = Derivation { grammar: &grammar, seed, words, used: &mut used };
        // Scripts are statements with `;` between them: half of the sentences are one statement.
        let start = if seed % 2 == 0 { "statement" } else { "script" };
        derivation.production(start, 0);
        let sentence = derivation.words.join(" ");
        lengths += sentence.len();
        let tree = erya::query::parse(&sentence).unwrap_or_else(|error| {
            panic!("seed {seed}: {sentence}\n{error} {:?}", error.report())
        });
        for statement in &tree {
            let printed = statement.to_string();
            let again = erya::query::parse(&printed)
                .unwrap_or_else(|error| panic!("seed {seed}: {sentence}\nas {printed}\n{error}"));
            assert_eq!(again.len(), 1, "seed {seed}: {printed}");
            assert_eq!(again[0], *statement, "seed {seed}: {sentence}\nas {printed}");
        }
    }
    assert!(lengths > 1000, "the sentences are empty");
    let pooled = |name: &str| POOLS.iter().any(|(pool, _)| *pool == name);
    let unused: Vec<&String> =
        grammar.productions.keys().filter(|name| !used.contains(*name) && !pooled(name)).collect();
    assert!(unused.is_empty(), "never derived: {unused:?}");
}

#[test]
fn what_the_manual_says_is_derivable_and_prints_back() {
    let grammar = Grammar::read();
    let mut derived = 0;
    for text in written_statements() {
        // The scripts also show what is refused.
        let Ok(script) = erya::query::parse(&text) else { continue };
        assert!(Recogniser::derives(&grammar, "script", &text), "not derivable: {text}");
        for statement in &script {
            let printed = statement.to_string();
            let again = erya::query::parse(&printed).unwrap();
            assert_eq!(again, std::slice::from_ref(statement), "{text}\nas {printed}");
            assert!(Recogniser::derives(&grammar, "statement", &printed), "{printed}");
        }
        derived += script.len();
    }
    assert!(derived > 300, "only {derived} statements were found");
    for text in ["FROM a |", "FROM a | LIMIT", "FROM a | EVAL b", "WITH a = 1", "SHOW a"] {
        assert!(!Recogniser::derives(&grammar, "script", text), "{text} is derivable");
    }
}

#[test]
fn the_grammar_for_editors_knows_every_word() {
    let editors: serde_json::Value =
        serde_json::from_str(&read("grammar/erya.tmLanguage.json")).unwrap();
    let words = |rule: &str| {
        let pattern = editors["repository"][rule]["match"].as_str().unwrap();
        // The alternatives stand in the one group that is not a look-around.
        let group = Regex::new(r"\((?:\?:)?([A-Za-z0-9_|]+)\)").unwrap();
        let group = group.captures(pattern).unwrap();
        group[1].split('|').map(str::to_owned).collect::<BTreeSet<String>>()
    };
    let keywords: BTreeSet<String> =
        Grammar::read().keywords().into_iter().filter(|word| word != "_").collect();
    let known: BTreeSet<String> = words("keywords").into_iter().chain(words("constants")).collect();
    assert_eq!(known, keywords);
    let functions = erya::query::functions::FUNCTIONS.iter().map(|row| row.name);
    let aggregates = erya::query::aggregates::AGGREGATES.iter().map(|row| row.name);
    assert_eq!(words("functions"), functions.chain(aggregates).map(str::to_owned).collect());
}
