//! What to say to typical slips, from the token found and what was wanted there.

use crate::query::lexer::{Token, TokenKind};
use crate::query::nearest::did_you_mean;
use crate::query::stages::STAGES;
use crate::query::vocabulary::STATEMENTS;

/// Signs of other languages and what is written here.
const FOREIGN: &[(&str, &str)] = &[
    ("=>", "greater or equal is written >="),
    ("=<", "less or equal is written <="),
    ("<>", "unequal is written !="),
    ("&&", "write AND"),
    ("||", "write OR; between stages, one |"),
    ("!", "write NOT"),
    ("=~", "write LIKE '/…/' for a regular expression"),
];

/// Words of other languages and what is written here.
const FOREIGN_WORDS: &[(&str, &str)] = &[
    ("SELECT", "a query begins with its source: FROM name | KEEP column, …"),
    ("ORDER", "write SORT column"),
    ("GROUP", "write STATS aggregate BY column"),
    ("HAVING", "write WHERE after STATS"),
    ("HEAD", "write LIMIT n"),
    ("TAKE", "write LIMIT n"),
    ("TOP", "write SORT column DESC | LIMIT n"),
    ("FILTER", "write WHERE"),
    ("DELETE", "write DROP CORPUS name, or DROP LEXICON name"),
    ("LOAD", "write INGEST 'files' INTO name"),
];

/// A hint, if the slip is a known one.
pub(super) fn advice(
    before: Option<&Token>,
    found: &Token,
    wanted: &[&'static str],
) -> Option<String> {
    let wants = |what: &str| wanted.contains(&what);
    match &found.kind {
        TokenKind::Operator(symbol) => {
            let foreign = FOREIGN.iter().find(|(theirs, _)| theirs == symbol);
            foreign.map(|(_, ours)| (*ours).to_owned()).or_else(|| after_pipe(symbol, wanted))
        }
        TokenKind::Word(word) => word_advice(word, before, wanted),
        TokenKind::Text { text, .. } if wants("a name") || wants("a corpus") => {
            Some(format!("a name stands without quotes, an unusual one in backquotes: `{text}`"))
        }
        TokenKind::Text { .. } if wants("a column") => {
            Some("a column stands without quotes, an unusual one in backquotes".into())
        }
        TokenKind::End if wants("a stage") && ends_with_pipe(before) => {
            Some("a stage follows each |".into())
        }
        _ => None,
    }
}

fn ends_with_pipe(before: Option<&Token>) -> bool {
    before.is_some_and(|token| token.kind == TokenKind::Operator("|"))
}

fn after_pipe(symbol: &str, wanted: &[&'static str]) -> Option<String> {
    let stage = wanted.contains(&"a stage");
    (stage && matches!(symbol, "|" | ";")).then(|| "a stage is missing before this".to_owned())
}

fn word_advice(word: &str, before: Option<&Token>, wanted: &[&'static str]) -> Option<String> {
    let wants = |what: &str| wanted.contains(&what);
    let stages = || STAGES.iter().map(|row| row.name);
    let is_stage = |word: &str| stages().any(|name| name.eq_ignore_ascii_case(word));
    if wants("`|`") && is_stage(word) {
        return Some(format!("did you forget the | before {}?", word.to_uppercase()));
    }
    let foreign = FOREIGN_WORDS.iter().find(|(theirs, _)| theirs.eq_ignore_ascii_case(word));
    if let Some((_, ours)) = foreign
        && (wants("a stage") || wants("`|`"))
    {
        return Some((*ours).to_owned());
    }
    let keywords = wanted.iter().copied().filter(|w| w.chars().all(|c| c.is_ascii_uppercase()));
    let statements = STATEMENTS.iter().filter(|_| wants("a statement"));
    let statements = statements.filter_map(|row| row.name.split(' ').next());
    let after_wanted = stages().filter(|_| wants("a stage") || wants("`|`"));
    let near = did_you_mean(word, keywords.chain(statements).chain(after_wanted));
    if near.is_some() {
        return near;
    }
    let quoted = wanted.iter().any(|wanted| wanted.starts_with("a quoted"));
    if quoted && !wants("a corpus") {
        return Some(format!("write it in quotes: '{word}'"));
    }
    let reserved = wants("a column") && before.is_some();
    reserved.then(|| format!("{word} is a keyword here; a column of that name goes in backquotes"))
}
