//! The words of the language as the shell offers and colours them: the statements with one line of
//! help each, and the words that stand inside statements and stages.
//!
//! Stages, functions and aggregates have tables of their own, in `query`.

use crate::query::stages::STAGES;

/// A statement as help and completion know it.
pub(super) struct StatementRow {
    /// The keywords that it begins with.
    pub(super) name: &'static str,
    /// How it is written.
    pub(super) syntax: &'static str,
    /// One line of help.
    pub(super) help: &'static str,
}

const fn row(name: &'static str, syntax: &'static str, help: &'static str) -> StatementRow {
    StatementRow { name, syntax, help }
}

/// Every statement.
pub(super) static STATEMENTS: &[StatementRow] = &[
    row("FROM", "FROM name | stage | …", "a query: one source and any number of stages"),
    row(
        "CREATE CORPUS",
        "CREATE CORPUS [IF NOT EXISTS] name [WITH unit = char, order = 6, …]",
        "makes a new, empty corpus",
    ),
    row(
        "INGEST",
        "INGEST 'glob' [, 'glob'] [FORMAT lines|baskets|csv|jsonl] INTO name [WITH …]",
        "counts files into a corpus, each content once; also INGEST STDIN, INGEST TEXT '…'",
    ),
    row("DROP CORPUS", "DROP CORPUS [IF EXISTS] name", "removes a corpus"),
    row("DROP LEXICON", "DROP LEXICON [IF EXISTS] name", "removes a lexicon"),
    row("DROP TABLE", "DROP TABLE [IF EXISTS] name", "removes a saved table"),
    row("USE", "USE name", "lets queries start at their first stage"),
    row("SHOW CORPORA", "SHOW CORPORA", "the corpora of this database"),
    row("SHOW LEXICONS", "SHOW LEXICONS", "the lexicons"),
    row("SHOW INGESTS", "SHOW INGESTS IN name", "what was ingested, when, and how much"),
    row("SHOW ITEMS", "SHOW ITEMS IN name", "the items of a corpus, the frequent first"),
    row("SHOW METHODS", "SHOW METHODS", "the methods of finding words and mining"),
    row("SHOW STAGES", "SHOW STAGES", "the stages of a query"),
    row("SHOW SETTINGS", "SHOW SETTINGS", "the settings of this session"),
    row("DESCRIBE", "DESCRIBE name", "everything about a corpus or a saved result"),
    row("EXPLAIN", "EXPLAIN [ANALYZE] query", "the plan of a query, with ANALYZE run and timed"),
    row("SET", "SET name = value", "a setting of this session: threads, memory, timeout, format"),
    row("RESET", "RESET name", "a setting as it was"),
    row("EXPORT", "EXPORT query TO 'file'", "writes a result to a csv, tsv, jsonl or txt file"),
    row("IMPORT LEXICON", "IMPORT LEXICON name FROM 'file'", "a word list, with or without counts"),
    row("REFRESH ITEMSETS", "REFRESH ITEMSETS name", "brings saved itemsets up to date"),
    row("REFRESH LEXICON", "REFRESH LEXICON name", "runs the query that made it again"),
    row("CHECK", "CHECK name", "verifies every checksum and invariant of a corpus"),
    row("COMPACT", "COMPACT name", "folds together what ingests have left"),
];

/// The settings of a session.
pub(super) static SETTINGS: &[&str] = &["format", "memory", "threads", "timeout"];

/// The options of a corpus with their values, the default first.
pub(super) static CORPUS_OPTIONS: &[(&str, &[&str])] = &[
    ("unit", &["char", "word", "item"]),
    ("order", &["6", "5", "4", "3", "2", "7", "8"]),
    ("normalize", &["nfkc", "none"]),
    ("case", &["keep", "fold"]),
    ("latin", &["run", "char"]),
    ("digits", &["run", "class", "char"]),
    ("keep", &["letters", "all", "nlpzero"]),
    ("keep_text", &["true", "false"]),
    ("split", &["unicode", "blank"]),
];

/// The options of an ingest.
pub(super) static INGEST_OPTIONS: &[(&str, &[&str])] = &[
    ("encoding", &["utf-8", "gb18030", "big5", "shift_jis", "utf-16le", "utf-16be"]),
    ("invalid", &["refuse", "replace"]),
];

/// Words that mean something inside statements, stages and expressions.
static INNER: &[&str] = &[
    "AGAINST", "ANALYZE", "AND", "AS", "ASC", "BETWEEN", "BY", "DESC", "EXISTS", "FALSE", "FILE",
    "FORMAT", "FROM", "IF", "IN", "INTO", "IS", "LIKE", "NOT", "NULL", "OFFSET", "OR", "SEED",
    "SINCE", "STDIN", "TEXT", "TO", "TRUE", "WITH",
];

/// Whether a word is coloured as a keyword.
pub(super) fn is_keyword(word: &str) -> bool {
    let same = |keyword: &str| keyword.eq_ignore_ascii_case(word);
    INNER.iter().copied().any(same)
        || STAGES.iter().any(|stage| same(stage.name))
        || STATEMENTS.iter().any(|row| row.name.split(' ').any(same))
}

/// The keywords that a syntax line mentions, without those of the name itself.
pub(super) fn inner_keywords(syntax: &str, name: &str) -> Vec<&'static str> {
    let mentioned = |keyword: &&&str| {
        syntax.split(|c: char| !c.is_ascii_alphabetic()).any(|word| word == **keyword)
            && !name.split(' ').any(|word| word == **keyword)
    };
    INNER.iter().filter(mentioned).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keywords_of_all_tables() {
        assert!(is_keyword("ngrams"));
        assert!(is_keyword("Corpus"));
        assert!(is_keyword("by"));
        assert!(!is_keyword("poems"));
    }

    #[test]
    fn syntax_lines_give_their_keywords() {
        assert_eq!(inner_keywords("WORDS [BY method] [WITH …]", "WORDS"), ["BY", "WITH"]);
        assert_eq!(inner_keywords("SHOW INGESTS IN name", "SHOW INGESTS"), ["IN"]);
    }
}
