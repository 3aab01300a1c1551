//! The tables of the language that no stage owns: statements, settings, the options of a corpus
//! and of an ingest, and the words that mean something inside them.
//!
//! Help, completion, colours, `SHOW`, messages and the reference read these tables and have none
//! of their own. Stages, functions and aggregates have theirs in `stages`, `functions` and
//! `aggregates`.

use crate::mine::{Bounds, ParameterKind, ParameterRow};
use crate::query::stages::STAGES;

/// A statement in the table of statements.
#[derive(Debug)]
pub struct StatementRow {
    /// The keywords that it begins with.
    pub name: &'static str,
    /// How it is written.
    pub syntax: &'static str,
    /// One line of help.
    pub help: &'static str,
    /// One that could be run.
    pub example: &'static str,
    /// What may follow WITH.
    pub parameters: &'static [ParameterRow],
}

const fn row(
    name: &'static str,
    syntax: &'static str,
    help: &'static str,
    example: &'static str,
) -> StatementRow {
    StatementRow { name, syntax, help, example, parameters: &[] }
}

/// Every statement, a query first.
pub static STATEMENTS: &[StatementRow] = &[
    row(
        "FROM",
        "FROM source | stage | …",
        "a query: one source and any number of stages",
        "FROM hlm | NGRAMS 2..4 | SORT g2 DESC | LIMIT 20",
    ),
    StatementRow {
        name: "CREATE CORPUS",
        syntax: "CREATE CORPUS [IF NOT EXISTS] name [WITH option = value, …]",
        help: "makes a new, empty corpus; its options are fixed from then on",
        example: "CREATE CORPUS hlm WITH unit = char, order = 6",
        parameters: CORPUS_OPTIONS,
    },
    StatementRow {
        name: "INGEST",
        syntax: "INGEST 'glob' [, …] | STDIN | TEXT '…' [, …] [FORMAT name] INTO name [WITH …]",
        help: "counts files, standard input or strings into a corpus, each content once",
        example: "INGEST 'books/*.txt' INTO hlm",
        parameters: INGEST_OPTIONS,
    },
    row(
        "DROP CORPUS",
        "DROP CORPUS [IF EXISTS] name",
        "removes a corpus with its index and its kept text",
        "DROP CORPUS IF EXISTS hlm",
    ),
    row("DROP LEXICON", "DROP LEXICON [IF EXISTS] name", "removes a lexicon", "DROP LEXICON lex"),
    row(
        "DROP TEMPLATES",
        "DROP TEMPLATES [IF EXISTS] name",
        "removes a set of templates",
        "DROP TEMPLATES tpl",
    ),
    row(
        "DROP ITEMSETS",
        "DROP ITEMSETS [IF EXISTS] name",
        "removes saved itemsets",
        "DROP ITEMSETS sets",
    ),
    row(
        "DROP TABLE",
        "DROP TABLE [IF EXISTS] name",
        "removes any other saved result",
        "DROP TABLE pairs",
    ),
    row(
        "USE",
        "USE name",
        "lets queries start at their first stage",
        "USE hlm; NGRAMS 2 | LIMIT 5",
    ),
    row("SHOW CORPORA", "SHOW CORPORA", "the corpora of this database", "SHOW CORPORA"),
    row("SHOW LEXICONS", "SHOW LEXICONS", "the lexicons", "SHOW LEXICONS"),
    row("SHOW TABLES", "SHOW TABLES", "the other saved results", "SHOW TABLES"),
    row("SHOW TEMPLATES", "SHOW TEMPLATES", "the saved template sets", "SHOW TEMPLATES"),
    row(
        "SHOW INGESTS",
        "SHOW INGESTS IN name",
        "what was ingested, when, and how much",
        "SHOW INGESTS IN hlm",
    ),
    row(
        "SHOW ITEMS",
        "SHOW ITEMS IN name",
        "the items of a corpus of items, the most frequent first",
        "SHOW ITEMS IN shop",
    ),
    row(
        "SHOW METHODS",
        "SHOW METHODS",
        "the methods that stand after BY, with their parameters",
        "SHOW METHODS",
    ),
    row("SHOW STAGES", "SHOW STAGES", "the stages of a query", "SHOW STAGES"),
    row("SHOW FUNCTIONS", "SHOW FUNCTIONS", "the functions of expressions", "SHOW FUNCTIONS"),
    row("SHOW SETTINGS", "SHOW SETTINGS", "the settings of this session", "SHOW SETTINGS"),
    row("DESCRIBE", "DESCRIBE name", "everything about a corpus or a saved result", "DESCRIBE hlm"),
    row(
        "EXPLAIN",
        "EXPLAIN [ANALYZE] query",
        "the plan of a query, with ANALYZE run and measured",
        "EXPLAIN FROM hlm | NGRAMS 2 | WHERE count > 5 | KEEP ngram",
    ),
    row("SET", "SET name = value", "changes a setting of this session", "SET timeout = 30s"),
    row("RESET", "RESET name", "takes a setting back", "RESET timeout"),
    row(
        "EXPORT",
        "EXPORT query TO 'file'",
        "writes a result to a csv, tsv, jsonl or txt file; trees to a dot file as well",
        "EXPORT FROM lex TO 'lexicon.txt'",
    ),
    row(
        "IMPORT LEXICON",
        "IMPORT LEXICON name FROM 'file'",
        "a word list, with or without counts",
        "IMPORT LEXICON dict FROM 'dict.txt'",
    ),
    row(
        "IMPORT TEMPLATES",
        "IMPORT TEMPLATES name FROM 'file'",
        "templates, one a line, their slots written [X]; a tab and a count may follow",
        "IMPORT TEMPLATES tpl FROM 'templates.txt'",
    ),
    row(
        "REFRESH LEXICON",
        "REFRESH LEXICON name [| stage | …]",
        "runs the query that made it on today's counts and tells what changed: word, status \
         (added, removed, changed), count, other_count",
        "REFRESH LEXICON lex | WHERE status == 'added' | LIMIT 10",
    ),
    row(
        "REFRESH TEMPLATES",
        "REFRESH TEMPLATES name [| stage | …]",
        "runs the query that made them on today's text and tells what changed, as for a lexicon",
        "REFRESH TEMPLATES tpl",
    ),
    row(
        "REFRESH ITEMSETS",
        "REFRESH ITEMSETS name [| stage | …]",
        "brings saved itemsets up to date, from what is new where that says all",
        "REFRESH ITEMSETS sets",
    ),
    row("CHECK", "CHECK name", "verifies every checksum and invariant of a corpus", "CHECK hlm"),
    row("COMPACT", "COMPACT name", "folds together what ingests have left", "COMPACT hlm"),
];

/// The names of the formats that results are written in.
pub const FORMATS: &[&str] = &["table", "csv", "tsv", "json", "jsonl", "markdown", "indent", "dot"];

/// The settings of a session, in the order of their names.
pub static SETTINGS: &[ParameterRow] = &[
    ParameterRow {
        name: "format",
        kind: ParameterKind::Word(FORMATS),
        default: "as the output suits",
        help: "how results are written",
    },
    ParameterRow {
        name: "memory",
        kind: ParameterKind::Size,
        default: "1GiB",
        help: "bytes that ingest, merge and statistics stay within",
    },
    ParameterRow {
        name: "threads",
        kind: ParameterKind::COUNT,
        default: "all cores",
        help: "threads that a statement uses",
    },
    ParameterRow {
        name: "timeout",
        kind: ParameterKind::Duration,
        default: "none",
        help: "how long a statement may take",
    },
];

const fn option(
    name: &'static str,
    words: &'static [&'static str],
    default: &'static str,
    help: &'static str,
) -> ParameterRow {
    ParameterRow { name, kind: ParameterKind::Word(words), default, help }
}

/// The options of a corpus.
pub static CORPUS_OPTIONS: &[ParameterRow] = &[
    option(
        "unit",
        &["char", "word", "item"],
        "char",
        "what a symbol is: a character, a word, or an item of an unordered transaction",
    ),
    ParameterRow {
        name: "order",
        kind: ParameterKind::Count(Bounds::between(2.0, 8.0)),
        default: "6 for char, 5 for word",
        help: "the longest window: counts reach it, entropies one less",
    },
    option(
        "split",
        &["unicode", "blank"],
        "unicode",
        "where words end: as UAX #29 says, or at blanks only",
    ),
    option(
        "normalize",
        &["nfkc", "none"],
        "nfkc",
        "applied to symbols; the kept text stays as it was",
    ),
    option("case", &["keep", "fold"], "keep", "whether capital and small letters are the same"),
    option("latin", &["run", "char"], "run", "a run of Latin letters is one symbol, or each is"),
    option(
        "digits",
        &["run", "class", "char"],
        "run",
        "a run of digits is one symbol, or all runs share `<0>`, or each digit is one",
    ),
    option(
        "keep",
        &["letters", "all", "nlpzero"],
        "letters",
        "what is text, everything else being a boundary: letters, marks and numbers of every \
         script; everything but line ends; U+4E00–9FA5, 0–9, a–z, A–Z",
    ),
    ParameterRow {
        name: "keep_text",
        kind: ParameterKind::Boolean,
        default: "true",
        help: "keeps the text for concordances, segmentation and word discovery; of transactions, \
               the order of their items for SEQUENCES",
    },
];

/// Those options of an ingest that say something about text.
pub const TEXT_INGEST_OPTIONS: &[&str] = &["encoding", "invalid"];

/// The options of an ingest.
pub static INGEST_OPTIONS: &[ParameterRow] = &[
    ParameterRow {
        name: "encoding",
        kind: ParameterKind::Text,
        default: "found out",
        help: "the encoding of the files, by any name of the WHATWG standard",
    },
    option(
        "invalid",
        &["refuse", "replace"],
        "refuse",
        "what becomes of a file with bytes that cannot be decoded",
    ),
    ParameterRow {
        name: "separator",
        kind: ParameterKind::Text,
        default: "a blank; of csv a comma",
        help: "of baskets: what stands between items, or between fields",
    },
    ParameterRow {
        name: "columns",
        kind: ParameterKind::Names,
        default: "all",
        help: "of csv with a column an item: these columns",
    },
    ParameterRow {
        name: "transaction",
        kind: ParameterKind::Text,
        default: "",
        help: "of csv with a row an item: the column that names the transaction",
    },
    ParameterRow {
        name: "item",
        kind: ParameterKind::Text,
        default: "",
        help: "of csv with a row an item: the column that names the item; of jsonl the field",
    },
];

/// Words that mean something inside statements, stages and expressions.
pub static KEYWORDS: &[&str] = &[
    "AGAINST", "ANALYZE", "AND", "AS", "ASC", "BETWEEN", "BY", "DESC", "EXISTS", "FALSE", "FILE",
    "FORMAT", "FROM", "IF", "IN", "INTO", "IS", "LIKE", "NOT", "NULL", "OFFSET", "OR", "SEED",
    "SINCE", "STDIN", "TEXT", "TO", "TRUE", "WITH",
];

/// Whether a word is one of the language's own, in any case of letters.
pub fn is_keyword(word: &str) -> bool {
    let same = |keyword: &str| keyword.eq_ignore_ascii_case(word);
    KEYWORDS.iter().copied().any(same)
        || STAGES.iter().any(|stage| same(stage.name))
        || STATEMENTS.iter().any(|row| row.name.split(' ').any(same))
}

/// The keywords that a syntax line mentions, without those of the name itself.
pub fn inner_keywords(syntax: &str, name: &str) -> Vec<&'static str> {
    let mentioned = |keyword: &&&str| {
        syntax.split(|c: char| !c.is_ascii_alphabetic()).any(|word| word == **keyword)
            && !name.split(' ').any(|word| word == **keyword)
    };
    KEYWORDS.iter().filter(mentioned).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::parse;
    use crate::query::stage::With;
    use crate::text::{Case, Digits, Invalid, Keep, Latin, Normalize, Split, Unit};

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

    #[test]
    fn every_example_is_a_statement_of_that_name() {
        for row in STATEMENTS {
            let parsed = parse(row.example).unwrap();
            let printed = parsed[0].node.to_string();
            assert!(printed.starts_with(row.name), "{} has the example {printed}", row.name);
        }
        for row in STAGES {
            let parsed = parse(row.example).unwrap();
            assert!(parsed[0].node.to_string().contains(row.name), "{}", row.example);
        }
    }

    #[test]
    fn stages_with_with_say_what_follows() {
        for row in STAGES {
            let has_with = row.syntax.contains("WITH");
            assert_eq!(has_with, !matches!(row.with, With::Nothing), "{}", row.name);
        }
    }

    #[test]
    fn options_take_the_words_of_text() {
        let listed = |rows: &[ParameterRow], name: &str| {
            rows.iter().find(|row| row.name == name).map(|row| row.kind.words()).unwrap().to_vec()
        };
        let corpus = |name: &str| listed(CORPUS_OPTIONS, name);
        macro_rules! same {
            ($listed:expr, $option:ty) => {
                assert_eq!($listed, <$option>::ALL.iter().map(|v| v.as_str()).collect::<Vec<_>>());
            };
        }
        same!(corpus("unit"), Unit);
        same!(corpus("split"), Split);
        same!(corpus("normalize"), Normalize);
        same!(corpus("case"), Case);
        same!(corpus("latin"), Latin);
        same!(corpus("digits"), Digits);
        same!(corpus("keep"), Keep);
        same!(listed(INGEST_OPTIONS, "invalid"), Invalid);
    }
}
